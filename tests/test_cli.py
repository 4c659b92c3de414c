"""The command line as a contract: rows, order, exit codes, and one plain line for everything that is wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from toolkit.cli import build_parser, main
from toolkit.document import KINDS

FIELDS = ["document", "id", "kind", "start", "end", "headings", "text", "stage", "themes", "uncertain"]


def rows_of(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def fails(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """The one line that a wrong call prints."""
    assert main(argv) == 1
    printed = capsys.readouterr().err.strip().splitlines()
    assert len(printed) == 1, printed
    assert printed[0].startswith("fazhi: ")
    return printed[0]


def test_classify_gives_every_item_once_in_order(report: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert main(["classify", str(report), "-o", str(out)]) == 0
    rows = rows_of(out)
    text = report.read_text("utf-8")
    assert [list(row) for row in rows] == [FIELDS] * len(rows)
    assert [row["start"] for row in rows] == sorted(row["start"] for row in rows)
    assert all(text[row["start"] : row["end"]] == row["text"] for row in rows)
    assert "".join("".join(row["text"].split()) for row in rows) == "".join(text.split())
    assert {row["kind"] for row in rows} <= set(KINDS)
    by_text = {row["text"]: row for row in rows}
    correction = by_text["全年接收社区矫正对象96人，解除81人，对外出人员使用电子定位，未发生脱管。"]
    assert correction["themes"][0]["id"] == "community_correction"
    assert correction["headings"] == ["一、主要工作", "（二）社区矫正工作"]
    assert by_text["发布日期：2024-01-05　来源：县司法局　浏览次数：88"]["stage"] == "noise"
    assert by_text["（图为调解现场）"]["stage"] == "noise"
    assert by_text["2.启动“八五”普法终期验收。"]["stage"] == "plan"
    for row in rows:
        probabilities = [theme["probability"] for theme in row["themes"]]
        assert probabilities == sorted(probabilities, reverse=True)
        assert not (row["stage"] == "noise" and row["themes"])


def test_items_come_back_in_their_order_under_their_ids(tmp_path: Path) -> None:
    given = [
        ("z9", "三、行政复议"),
        ("a1", "全年收到复议申请41件，受理36件，维持17件，撤销5件。"),
        ("空", ""),
        ("m", "（图为听证现场）"),
    ]
    path, out = tmp_path / "items.jsonl", tmp_path / "out.jsonl"
    path.write_text("\n".join(json.dumps({"id": i, "text": t}, ensure_ascii=False) for i, t in given), encoding="utf-8")
    assert main(["classify", "--items", str(path), "-o", str(out)]) == 0
    rows = rows_of(out)
    assert [(row["id"], row["text"]) for row in rows] == given
    assert rows[1]["headings"] == ["三、行政复议"]
    assert rows[1]["themes"][0]["id"] == "admin_review"


def test_evidence_points_into_the_text(report: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert main(["classify", str(report), "--evidence", "-o", str(out)]) == 0
    text = report.read_text("utf-8")
    rows = rows_of(out)
    assert any(row["evidence"] for row in rows)
    for row in rows:
        for found in row["evidence"]:
            assert row["start"] <= found["start"] < found["end"] <= row["end"]
            assert text[found["start"] : found["end"]].strip()
            assert found["theme"] in {theme["id"] for theme in row["themes"]}


def test_explain_names_theme_and_phrase(report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parse", str(report), "--json"]) == 0
    items = json.loads(capsys.readouterr().out)["items"]
    [wanted] = [item["id"] for item in items if item["text"].startswith("全年接收社区矫正")]
    assert main(["explain", str(report), wanted]) == 0
    shown = capsys.readouterr().out
    assert "社区矫正与安置帮教" in shown
    assert "矫正" in shown.split("社区矫正与安置帮教", 1)[1]


def test_evaluate_prints_scores(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold = tmp_path / "gold.jsonl"
    rows = [
        {
            "id": "1",
            "text": "全年受理法律援助案件386件，为187名农民工讨回工资312万元。",
            "stage": "achievement",
            "themes": ["legal_aid"],
        },
        {"id": "2", "text": "发布日期：2024-01-05　来源：县司法局　浏览次数：88", "stage": "noise", "themes": []},
    ]
    gold.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), encoding="utf-8")
    assert main(["evaluate", str(gold), "--json", "-o", str(tmp_path / "figures")]) == 0
    drawn = {path.name for path in (tmp_path / "figures").iterdir()}
    assert drawn >= {
        f"{name}.{kind}" for name in ("reliability", "coverage", "theme-confusion") for kind in ("png", "csv")
    }
    scores = json.loads(capsys.readouterr().out)
    assert scores["micro_f1"] == 1.0
    assert scores["stage_accuracy"] == 1.0
    assert scores["themes"]["legal_aid"]["support"] == 1


def test_csv_and_xlsx_are_written(report: Path, tmp_path: Path) -> None:
    for name in ("out.csv", "out.xlsx"):
        assert main(["classify", str(report), "-o", str(tmp_path / name)]) == 0
        assert (tmp_path / name).stat().st_size > 1000


def test_plain_errors(report: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (tmp_path / "gold.jsonl").write_text(
        '{"id":"1","text":"调解","stage":"achievement","themes":["法援"]}', encoding="utf-8"
    )
    (tmp_path / "bad.toml").write_text("name = \n", encoding="utf-8")
    (tmp_path / "key.toml").write_text("[features.chars]\nmaximum = 3\n", encoding="utf-8")
    out = str(tmp_path / "out.jsonl")
    assert "none.txt: no such file" in fails(capsys, "classify", str(tmp_path / "none.txt"), "-o", out)
    assert "no reports in this folder" in fails(capsys, "classify", str(empty), "-o", out)
    assert "no output format '.doc'" in fails(capsys, "classify", str(report), "-o", "out.doc")
    assert "unknown theme '法援'; allowed: coordination" in fails(capsys, "evaluate", str(tmp_path / "gold.jsonl"))
    assert "no such folder" in fails(capsys, "classify", str(report), "--model", str(tmp_path / "nomodel"), "-o", out)
    assert "line 1" in fails(capsys, "train", str(tmp_path / "bad.toml"))
    assert "unknown key 'features.chars.maximum'; allowed: max, min_df" in fails(
        capsys, "train", str(tmp_path / "key.toml")
    )
    assert "no item '9999'" in fails(capsys, "explain", str(report), "9999")
    assert not Path(out).exists()


def test_a_bad_file_among_many_is_named_and_the_rest_is_kept(
    report: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.txt").write_bytes(b"\x00\x01\x02\x00" * 50)
    out = tmp_path / "out" / "rows.jsonl"
    assert main(["classify", str(tmp_path), "-o", str(out)]) == 1
    assert {row["document"] for row in rows_of(out)} == {str(report)}
    assert "skipped: " in capsys.readouterr().err


def test_usage_is_exit_code_two() -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["classify", "--nonsense"])
    assert stopped.value.code == 2


def test_every_command_has_help_with_an_example() -> None:
    [commands] = [action for action in build_parser()._actions if action.choices and not action.option_strings]
    assert len(commands.choices) >= 8
    for name, command in commands.choices.items():
        assert f"example: fazhi {name}" in command.format_help().replace("\n", " ").replace("  ", " ")


@pytest.mark.parametrize(
    ("code", "banned"),
    [
        ("import toolkit", ["numpy", "sklearn", "gensim", "matplotlib", "pandas", "pydantic"]),
        ("from toolkit.cli import main; main(['--version'])", ["numpy", "sklearn", "gensim", "matplotlib", "pandas"]),
        ("from toolkit.cli import main; main(['--help'])", ["numpy", "sklearn", "gensim", "matplotlib", "pandas"]),
    ],
)
def test_starting_up_loads_nothing_heavy(code: str, banned: list[str]) -> None:
    check = f"import sys\ntry:\n    exec({code!r})\nexcept SystemExit:\n    pass\nprint([m for m in {banned!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_classifying_needs_neither_scikit_learn_nor_gensim(report: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from toolkit.cli import main\n"
        f"assert main(['classify', {str(report)!r}, '-o', {str(tmp_path / 'o.jsonl')!r}]) == 0\n"
        "print([m for m in ('sklearn', 'gensim', 'scipy', 'matplotlib', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_topics_gives_a_row_an_item_under_theme_ids(tmp_path: Path) -> None:
    texts = {
        "a": "全年受理法律援助案件386件，为农民工讨薪312万元，值班律师提供法律帮助。",
        "b": "",
        "c": "社区矫正对象96人，解除矫正81人，未发生脱管漏管。",
    }
    path, out = tmp_path / "items.jsonl", tmp_path / "out.jsonl"
    path.write_text(
        "\n".join(json.dumps({"id": i, "text": t}, ensure_ascii=False) for i, t in texts.items()), encoding="utf-8"
    )
    assert main(["topics", "--items", str(path), "-o", str(out)]) == 0
    rows = rows_of(out)
    assert [row["id"] for row in rows] == ["a", "b", "c"]
    assert rows[0]["topics"][0]["id"] == "legal_aid"
    assert rows[2]["topics"][0]["id"] == "community_correction"
    for row in rows:
        shares = [topic["share"] for topic in row["topics"]]
        assert shares == sorted(shares, reverse=True)
        assert all(set(topic) == {"id", "name", "share"} for topic in row["topics"])


def test_report_is_one_page_without_network(report: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    assert main(["report", str(report), "-o", str(out)]) == 0
    page = out.read_text("utf-8")
    assert "社区矫正对象96人" in re.sub(r"<[^>]+>", "", page)
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert len(page.encode()) < 1_000_000


def test_rows_alone_tell_title_year_and_place() -> None:
    from toolkit.pipeline import describe_rows

    texts = [("title", "沂水县司法局2023年工作总结"), ("paragraph", "2023年，全县调解纠纷320件。")]
    rows = [{"document": "a.txt", "id": str(n), "kind": kind, "headings": [], "text": text} for n, (kind, text) in enumerate(texts)]  # fmt: skip
    assert {key: describe_rows(rows)["a.txt"][key] for key in ("title", "year", "place")} == {
        "title": "沂水县司法局2023年工作总结",
        "year": "2023",
        "place": "山东省临沂市沂水县",
    }


def test_plot_draws_from_classified_rows(report: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert main(["classify", str(report), "-o", str(out)]) == 0
    assert main(["plot", str(out), "-o", str(tmp_path / "figures")]) == 0
    assert list((tmp_path / "figures").glob("*.png"))


def test_training_without_a_folder_for_the_model_overwrites_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "empty.toml"
    config.write_text("", encoding="utf-8")
    assert main(["train", str(config)]) == 1
    assert "no folder for the model; set model in the experiment, or give -o" in capsys.readouterr().err
