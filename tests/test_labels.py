"""Labels: what is shipped holds, and every wrong file is named with its line, what was found and what is allowed."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from toolkit.codebook import Codebook, load_codebook
from toolkit.errors import LabelsError
from toolkit.labels import Labelled, load_gold, load_reports
from toolkit.resources import shipped

TEXT = "一、人民调解\n全年调解纠纷832件。"


def write(folder: Path, *, labels: list[dict[str, Any]] | str | None = None, **changes: Any) -> Path:
    (folder / "r1.txt").write_text(TEXT, encoding="utf-8")
    rows = labels if labels is not None else [
        {"id": "a", "start": 0, "end": 6, "stage": "achievement", "themes": ["mediation"]},
        {"id": "b", "start": 7, "end": 18, "stage": "achievement", "themes": ["mediation"]},
    ]  # fmt: skip
    body = rows if isinstance(rows, str) else "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (folder / "r1.jsonl").write_text(body, encoding="utf-8")
    entry = {
        "id": "r1", "file": "r1.txt", "title": "总结", "year": 2023, "date": "2024-01-05", "place": "澄江县", "level": "county",
        "kind": "work_summary", "split": "train", "sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
    }  # fmt: skip
    (folder / "index.jsonl").write_text(json.dumps(entry | changes, ensure_ascii=False), encoding="utf-8")
    return folder


def row(**changes: Any) -> list[dict[str, Any]]:
    return [{"id": "a", "start": 0, "end": 6, "stage": "achievement", "themes": ["mediation"]} | changes]


def test_a_labelled_report_has_items_with_paths(tmp_path: Path, codebook: Codebook) -> None:
    [report] = load_reports(write(tmp_path), codebook)
    assert [item.text for item in report.document.items] == ["一、人民调解", "全年调解纠纷832件。"]
    assert report.document.items[1].headings == ("一、人民调解",)
    assert report.themes == (("mediation",), ("mediation",))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (row(themes=["mediations"]), r"r1.jsonl:1: unknown theme 'mediations'; allowed: coordination"),
        (row(stage="done"), r"r1.jsonl:1: unknown stage 'done'; allowed: achievement"),
        (row(end=999), r"r1.jsonl:1: span 0–999 does not follow 0 within 18 characters"),
        (row(start=3, end=3), r"span 3–3 does not follow"),
        (row(start="0"), r"'start' is '0', not a whole number"),
        (row(themes="mediation"), r"'themes' is 'mediation', not a list"),
        (row(stage="noise"), r"noise with a theme"),
        (row() + row(start=7, end=9), r"r1.jsonl:2: item id 'a' stands twice"),
        (row() + row(id="b", start=2, end=9), r"r1.jsonl:2: span 2–9 does not follow 6"),
        ('{"id": "a"', r"r1.jsonl:1: not valid JSON"),
        ("[1]", r"r1.jsonl:1: not a JSON object"),
        ('{"id": "a"}', r"r1.jsonl:1: no 'start'"),
        ("", r"no labelled items"),
    ],
)
def test_a_wrong_label_file_is_named(tmp_path: Path, codebook: Codebook, labels: Any, message: str) -> None:
    with pytest.raises(LabelsError, match=message):
        load_reports(write(tmp_path, labels=labels), codebook)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sha256": "0" * 64}, "r1.txt: its text has changed"),
        ({"split": "test"}, "index.jsonl:1: split: input should be 'train' or 'heldout', got 'test'"),
        ({"year": "2023"}, "index.jsonl:1: year: input should be a valid integer"),
        ({"year": 20233}, "index.jsonl:1: year: input should be less than or equal to 2100, got 20233"),
        ({"date": "2024-13-45"}, "index.jsonl:1: date: string should match pattern"),
        ({"colour": 1}, "unknown key 'colour'"),
        ({"file": "../r1.txt"}, "is no file name"),
        ({"file": "none.txt"}, "none.txt: no such file"),
    ],
)
def test_a_wrong_index_is_named(tmp_path: Path, codebook: Codebook, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(LabelsError, match=message):
        load_reports(write(tmp_path, **changes), codebook)


def test_a_broken_codebook_names_line_or_key(tmp_path: Path) -> None:
    (tmp_path / "themes.toml").write_text('[[theme]]\nid = "a"\nzh = \n', encoding="utf-8")
    with pytest.raises(LabelsError, match=r"themes.toml: not valid TOML: .*line 3"):
        load_codebook(tmp_path)
    (tmp_path / "themes.toml").write_text('[[theme]]\nid = "a"\nzh = "甲"\nen = "A"\nseed = ["x"]\n', encoding="utf-8")
    with pytest.raises(LabelsError, match=r"unknown key 'theme\.0\.seed'"):
        load_codebook(tmp_path)


def test_gold_rows_keep_their_order_and_ids(tmp_path: Path, codebook: Codebook) -> None:
    path = tmp_path / "gold.jsonl"
    rows = [
        {"id": f"x{n}", "text": text, "stage": "achievement", "themes": []}
        for n, text in enumerate(["一、成效", "全年调解832件。"])
    ]
    path.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), encoding="utf-8")
    gold = load_gold(path, codebook)
    assert [item.id for item in gold.document.items] == ["x0", "x1"]
    assert gold.document.items[1].headings == ("一、成效",)


# What is shipped ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reports(codebook: Codebook) -> tuple[Labelled, ...]:
    return load_reports(shipped("labels", "reports"), codebook)


def test_quotas_of_the_shipped_reports(reports: tuple[Labelled, ...], codebook: Codebook) -> None:
    """At least 70 reports and 3,500 items; every theme in 25 reports and 120 items; stages as real reports have them."""
    assert len(reports) >= 70
    assert sum(len(report.themes) for report in reports) >= 3500
    for theme in codebook.theme_ids:
        within = [sum(theme in found for found in report.themes) for report in reports]
        assert sum(within) >= 120, theme
        assert sum(count > 0 for count in within) >= 25, theme
    stages = Counter(stage for report in reports for stage in report.stages)
    assert stages["problem"] >= 250
    assert stages["plan"] >= 600
    assert stages["noise"] >= 350


def test_hard_cases_of_the_shipped_reports(reports: tuple[Labelled, ...], codebook: Codebook) -> None:
    """Themes told without any of their aliases, and aliases that stand there only in passing."""
    hidden = passing = 0
    for report in reports:
        for item, themes, stage in zip(report.document.items, report.themes, report.stages, strict=True):
            said = set(codebook.keyword_themes(item.text))
            hidden += bool(set(themes) - said)
            passing += stage != "noise" and bool(said - set(themes))
    assert hidden >= 300
    assert passing >= 200


def grams(text: str) -> set[str]:
    text = re.sub(r"\s", "", text)
    return {text[i : i + 5] for i in range(len(text) - 4)}


def test_no_text_is_recombined(reports: tuple[Labelled, ...]) -> None:
    """No two body items of different reports share over 35 % of their character 5-grams, and no report repeats itself."""
    bodies = [
        (number, item.text, grams(item.text))
        for number, report in enumerate(reports)
        for item, stage in zip(report.document.items, report.stages, strict=True)
        if stage != "noise" and item.kind not in ("heading", "title") and grams(item.text)
    ]
    places: dict[str, list[int]] = {}
    for at, (_, _, found) in enumerate(bodies):
        for gram in found:
            places.setdefault(gram, []).append(at)
    for at, (number, text, found) in enumerate(bodies):
        shared = Counter(other for gram in found for other in places[gram] if other > at)
        for other, count in shared.items():
            theirs = bodies[other]
            limit = 0.35 if theirs[0] != number else 0.6
            assert count / min(len(found), len(theirs[2])) <= limit, (text[:40], theirs[1][:40])


def test_splits_are_by_report_and_hold_both_sides(reports: tuple[Labelled, ...]) -> None:
    splits = Counter(report.entry.split for report in reports if report.entry)
    assert splits["heldout"] >= 10
    assert splits["train"] >= 50
    assert len({report.entry.id for report in reports if report.entry}) == len(reports)


def test_shipped_gold_is_no_development_text(shared: Path, reports: tuple[Labelled, ...]) -> None:
    """No run of 26 characters of the development reports stands in a shipped one."""
    seen = set()
    for gold in (shared / "reports").glob("*.gold.jsonl"):
        for line in gold.read_text("utf-8").splitlines():
            text = json.loads(line)["text"]
            seen |= {text[i : i + 26] for i in range(len(text) - 25)}
    for report in reports:
        text = report.document.text
        found = [text[i : i + 26] for i in range(len(text) - 25) if text[i : i + 26] in seen]
        assert len(found) <= 4, found[:2]
