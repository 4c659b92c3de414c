"""Near-duplicate passages across reports."""

from __future__ import annotations

import pytest

from toolkit.document import Document
from toolkit.duplicates import find_repeats
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
    assert [(r.document, r.item, r.of, r.of_item, r.similarity) for r in found.repeats] == [
        (0, "0002", 1, "0002", 1.0),
        (1, "0002", 0, "0002", 1.0),
    ]
    assert found.shares == (len(OLD) / (len(OLD) + len(OTHER)), 1.0)


def test_a_changed_clause_is_measured_and_the_nearest_is_named() -> None:
    found = find_repeats([report(OLD), report(NEAR), report(SAME)])
    by = {r.document: r for r in found.repeats}
    assert by[0].of == 2
    assert 0.7 <= by[1].similarity < 1
    assert find_repeats([report(OLD), report(NEAR)], threshold=1.0).repeats == ()


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
