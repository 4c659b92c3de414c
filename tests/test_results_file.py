"""Results, labels and settings read back: what is no number, no span or no theme is one plain line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.test_cli import fails
from toolkit.errors import ConfigError, InputError, LabelsError
from toolkit.jsonl import read_rows
from toolkit.labels import load_gold
from toolkit.pipeline import read_rows_file
from toolkit.settings import Settings, build

ROW = {"document": "澄江.txt", "id": "0001", "kind": "point", "start": 0, "end": 9, "headings": ["一、工作成效"], "text": "调解纠纷2440件。", "stage": "achievement", "themes": [{"id": "mediation", "probability": 0.93}], "uncertain": False}  # fmt: skip


def lines(path: Path, *rows: dict | str) -> Path:
    texts = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def theme(probability: object, name: str = "mediation") -> dict:
    return {**ROW, "themes": [{"id": name, "probability": probability}]}


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (theme(float("nan")), "2: not valid JSON: NaN is no number"),
        (theme(float("inf")), "2: not valid JSON: Infinity is no number"),
        (json.dumps(ROW, ensure_ascii=False).replace("0.93", "1e999"), "2: probability of 'mediation' is inf; a number from 0 to 1"),
        (theme(1.2), "2: probability of 'mediation' is 1.2; a number from 0 to 1"),
        (theme(-0.1), "2: probability of 'mediation' is -0.1;"),
        (theme(True), "2: probability of 'mediation' is True;"),
        (theme("0.9"), "2: probability of 'mediation' is 0.9;"),
        (theme(None), "2: probability of 'mediation' is None;"),
        (theme(0.9, "魔法"), "2: unknown theme '魔法'; give the codebook it was classified with: --codebook"),
        ({**ROW, "themes": ROW["themes"] * 2}, "2: a theme stands twice in"),
        ({**ROW, "themes": ["mediation"]}, "2: 'themes' is not a list of {id, probability}"),
        ({**ROW, "stage": "成效"}, "2: unknown stage '成效'; allowed: achievement"),
        ({**ROW, "start": -1}, "2: start -1 and end 9 are no span; 0 ≤ start ≤ end"),
        ({**ROW, "start": 12}, "2: start 12 and end 9 are no span"),
        ({**ROW, "end": "9"}, "2: start 0 and end 9 are no span"),
        ({**ROW, "headings": [1]}, "2: 'headings' is not a list of texts"),
        ({**ROW, "uncertain": "no"}, "2: 'uncertain' is 'no'; true or false"),
    ],
)  # fmt: skip
def test_a_wrong_row_of_results_is_named_by_line(
    row: dict | str, wrong: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = lines(tmp_path / "out.jsonl", ROW, row)
    assert f"{path}:{wrong}" in fails(capsys, "plot", str(path), "-o", str(tmp_path / "figures"))
    assert not (tmp_path / "figures").exists()


def test_right_rows_are_read_as_they_are(tmp_path: Path, codebook) -> None:
    edges = [theme(0), theme(1), {**ROW, "themes": []}, {key: ROW[key] for key in ROW if key not in ("start", "end", "uncertain", "kind")}]  # fmt: skip
    assert read_rows_file(lines(tmp_path / "out.jsonl", *edges), codebook) == edges


def test_numbers_that_json_does_not_know_are_named(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", '{"id": "1", "text": "受理"}', '{"id": "2", "value": -Infinity}')
    with pytest.raises(InputError, match=r"a\.jsonl:2: not valid JSON: -Infinity is no number"):
        list(read_rows(path, InputError))
    long = lines(tmp_path / "b.jsonl", '{"id": ' + "9" * 5000 + "}")
    with pytest.raises(InputError, match=r"b\.jsonl:1: not valid JSON: Exceeds the limit"):
        list(read_rows(long, InputError))
    with pytest.raises(InputError, match=r"c\.jsonl:1: nested too deeply"):
        list(read_rows(lines(tmp_path / "c.jsonl", "[" * 100_000), InputError))


def test_gold_rows_with_a_wrong_value_are_named(tmp_path: Path, codebook) -> None:
    right = '{"id": "1", "text": "调解纠纷", "stage": "achievement", "themes": ["mediation"]}'
    path = lines(tmp_path / "gold.jsonl", right, right.replace('"1"', '"2"').replace('["mediation"]', "NaN"))
    with pytest.raises(LabelsError, match=r"gold\.jsonl:2: not valid JSON: NaN"):
        load_gold(path, codebook)
    path = lines(tmp_path / "gold.jsonl", right, right.replace('"1"', '"2"').replace('"mediation"', "{}"))
    with pytest.raises(LabelsError, match=r"gold\.jsonl:2: unknown theme"):
        load_gold(path, codebook)


def test_settings_take_no_nan() -> None:
    class Step(Settings):
        rate: float

    with pytest.raises(ConfigError, match="rate: input should be a finite number"):
        build(Step, {"rate": float("nan")}, "a.toml", ConfigError)
