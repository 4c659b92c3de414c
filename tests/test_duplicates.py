"""Near-duplicate passages across reports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from toolkit.cli import main
from toolkit.document import Document
from toolkit.duplicates import Passage, Repeat, find_repeats
from toolkit.read import from_lines
from toolkit.structure import parse

OLD = (
    "全县调委会共排查矛盾纠纷832件，调解成功815件，成功率98%，组织骨干培训4期，新聘专职调解员12名，筑牢基层第一道防线。"
)
SAME = OLD.replace("832", "1,915").replace("815", "1903").replace("98", "99.4").replace("4期", "6期")
NEAR = OLD.replace("筑牢基层第一道防线", "筑牢了基层的防线")
OTHER = "深化“放管服”改革，公布第二批证明事项告知承诺清单，48个项目从签约到动工平均压缩到71天。"
HEAD = "一、主要工作"


def report(*lines: str, name: str = "a") -> Document:
    return parse(from_lines(name, "\n".join(lines)))


def test_last_years_passage_with_new_figures_is_a_repeat() -> None:
    """Figures are masked, headings too short to tell; the share counts characters."""
    found = find_repeats([report(HEAD, OLD, OTHER), report(HEAD, SAME)])
    one, other = Passage(0, "0002", 7, 7 + len(OLD)), Passage(1, "0002", 7, 7 + len(SAME))
    assert found.repeats == (Repeat(one, other, 1.0), Repeat(other, one, 1.0))
    assert found.shares == (len(OLD) / (len(OLD) + len(OTHER)), 1.0)


def test_a_changed_clause_is_measured_and_the_nearest_is_named() -> None:
    found = find_repeats([report(OLD), report(NEAR), report(SAME)])
    by = {r.passage.document: r for r in found.repeats}
    assert by[0].of.document == 2
    assert 0.7 <= by[1].similarity < 1
    assert find_repeats([report(OLD), report(NEAR)], threshold=1.0).repeats == ()


def test_one_sentence_of_a_paragraph_is_a_repeat_and_short_ones_count_together() -> None:
    """A paragraph half of which is last year's is repeated by half; its span says which half."""
    short = "建成中心9个。设立窗口12个。培训骨干4期，覆盖乡镇9个。"
    old, new = report(OTHER + OLD), report(OLD + short)
    found = find_repeats([old, new])
    assert [old.text[r.passage.start : r.passage.end] for r in found.repeats[:1]] == [OLD]
    assert found.shares == (len(OLD) / len(OTHER + OLD), len(OLD) / len(OLD + short))
    assert find_repeats([new, report(short)]).shares[1] == 1.0


def test_what_repeats_one_another_is_one_group() -> None:
    """The longest times the most often comes first; order within a group is that of the reports."""
    found = find_repeats([report(OTHER, OLD), report(SAME), report(OTHER), report(NEAR)])
    assert [[passage.document for passage in group] for group in found.groups()] == [[0, 1, 3], [0, 2]]
    assert find_repeats([]).groups() == []


def test_the_command_gives_a_table_and_the_share_of_each_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, lines in (("a", (OLD, OTHER)), ("b", (SAME,))):
        (tmp_path / f"{name}.txt").write_text("\n".join(lines), encoding="utf-8")
    a, b = str(tmp_path / "a.txt"), str(tmp_path / "b.txt")
    assert main(["duplicates", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    rows = [json.loads(line) for line in printed.out.splitlines()]
    assert rows[0] == {
        "document": a,
        "id": "0001",
        "start": 0,
        "end": len(OLD),
        "text": OLD,
        "other_document": b,
        "other_id": "0001",
        "other_start": 0,
        "other_end": len(SAME),
        "similarity": 1.0,
    }
    assert [line.split()[0] for line in printed.err.splitlines()] == [f"{len(OLD) / len(OLD + OTHER):.1%}", "100.0%"]
    for kind in ("csv", "xlsx", "jsonl"):
        assert main(["duplicates", a, b, "-o", str(tmp_path / f"out.{kind}")]) == 0
    assert (tmp_path / "out.csv").read_text("utf-8-sig").splitlines()[0].startswith("文件,编号,起,止,文本,另一文件")
    assert [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()] == rows


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ([], "one report alone repeats no other; give two or more"),
        (["--threshold", "1.5"], "--threshold is 1.5, not above 0 and at most 1"),
        (["-o", "out.doc"], "no output format '.doc'; end the name with .jsonl, .csv or .xlsx"),
    ],
)
def test_the_command_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], message: str
) -> None:
    (tmp_path / "a.txt").write_text(OLD, encoding="utf-8")
    assert main(["duplicates", str(tmp_path / "a.txt"), *more]) == 1
    assert message in capsys.readouterr().err


def test_different_passages_and_one_report_alone_repeat_nothing() -> None:
    assert find_repeats([report(OLD), report(OTHER)]).repeats == ()
    assert find_repeats([report(OLD, OLD)]).repeats == ()
    assert find_repeats([report("发布日期：2024-01-05　来源：县司法局　浏览次数：88")] * 2).shares == (0.0, 0.0)
    assert find_repeats([]).shares == ()


def test_results_do_not_depend_on_chance() -> None:
    documents = [report(OLD, OTHER), report(NEAR, OTHER), report(SAME)]
    assert find_repeats(documents) == find_repeats(documents)


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.5, float("nan")])
def test_threshold_out_of_range_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match=r"not in \(0, 1\]"):
        find_repeats([], threshold=threshold)
