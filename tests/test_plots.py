"""Figures by their structure: labels, bars, colours and the table beside them; never by pixels."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex

from toolkit import plots
from toolkit.errors import InputError
from toolkit.fonts import missing_glyphs, subset, visible
from toolkit.plots.style import columns, contrast, label, row_labels

COUNTS = np.array([[3, 1, 0], [0, 2, 2], [5, 0, 0]])
REPORTS = ["澄江县2021年总结", "澄江县2022年总结", "云岭市2022年总结"]
THEMES, COLOURS = ["人民调解", "法律援助", "立法"], ["#4c7a34", "#7fb35a", "#3b6ea5"]


def words(chart) -> list[str]:
    """All text of a chart."""
    chart.draw_without_rendering()
    return [t.get_text() for t in chart.findobj(lambda o: hasattr(o, "get_text")) if t.get_text()]


def test_stacked_bars_sum_to_one_in_the_codebooks_colours_and_like_stands_beside_like() -> None:
    chart = plots.theme_distribution(COUNTS, REPORTS, THEMES, COLOURS)
    axes = chart.axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == [REPORTS[2], REPORTS[0], REPORTS[1]]
    bars = {group.get_label(): group for group in axes.containers}
    assert list(bars) == ["人民调解", "法律援助", "立法"]
    assert {to_hex(bar.get_facecolor()) for bar in bars["法律援助"]} == {"#7fb35a"}
    assert [sum(bars[name][i].get_width() for name in bars) for i in range(3)] == pytest.approx([1, 1, 1])
    assert [bar.get_width() for bar in bars["人民调解"]] == pytest.approx([1, 0.75, 0])
    assert "n=4" in words(chart) and "A 75" in words(chart)


def test_many_reports_and_themes_are_folded_and_the_table_keeps_all() -> None:
    counts = np.random.default_rng(0).integers(0, 9, (200, 60))
    chart = plots.theme_distribution(
        counts, [f"第{i}份" for i in range(200)], [f"主题{j}" for j in range(60)], ["#4c78a8"] * 60
    )
    assert len(chart.axes[0].get_yticklabels()) == 40 and len(chart.axes[0].containers) == 13
    assert "其余 161 份报告（平均）" in words(chart) and "其余 48 个主题" in words(chart)
    assert chart.get_size_inches()[1] < 14
    assert len(chart.table.rows) == 200 * 60


def test_a_report_without_a_theme_says_so_in_its_row() -> None:
    chart = plots.theme_distribution(np.vstack([COUNTS[:2], np.zeros(3)]), REPORTS, THEMES, COLOURS)
    (note,) = [text for text in chart.axes[0].texts if text.get_text() == "没有主题"]
    assert chart.axes[0].get_yticklabels()[int(note.get_position()[1])].get_text() == REPORTS[2]


@pytest.mark.parametrize("counts", [np.zeros((0, 3)), np.zeros((2, 3))])
def test_nothing_to_show_says_so(counts: np.ndarray) -> None:
    chart = plots.theme_distribution(counts, REPORTS[: len(counts)], THEMES, COLOURS)
    assert "没有带主题的条目" in words(chart)


def test_topic_panels_carry_names_terms_and_weights() -> None:
    chart = plots.topic_terms([["调解", "纠纷"], ["援助"]], [[0.4, 0.2], [0.3]], ["人民调解", "法律援助"], COLOURS[:2])
    panels = chart.axes
    assert [axes.get_title(loc="left") for axes in panels] == ["1 人民调解", "2 法律援助"]
    assert [t.get_text() for t in panels[0].get_yticklabels()] == ["调解", "纠纷"]
    assert [bar.get_width() for bar in panels[0].patches] == pytest.approx([0.4, 0.2])
    assert chart.table.rows[-1] == ("法律援助", 1, "援助", 0.3)


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_figure_is_written_with_its_data_and_the_same_bytes_again(tmp_path: Path, kind: str) -> None:
    written = [
        plots.save(plots.theme_distribution(COUNTS, REPORTS, THEMES, COLOURS), tmp_path / f"{n}.{kind}") for n in "ab"
    ]
    assert [path.name for path in written[0]] == [f"a.{kind}", "a.csv"]
    assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[:2] == [["报告", "主题", "条目数", "份额"], ["澄江县2021年总结", "人民调解", "3", "0.75"]]


def test_another_picture_format_is_a_plain_error(tmp_path: Path) -> None:
    chart = plots.theme_distribution(COUNTS, REPORTS, THEMES, COLOURS)
    with pytest.raises(InputError, match=r"\.png or \.svg"):
        plots.save(chart, tmp_path / "a.gif")


def test_every_letter_drawn_comes_from_the_font_that_has_it(codebook) -> None:
    assert missing_glyphs([*codebook.names().values(), *codebook.names("en").values()]) == ()
    chart = plots.theme_distribution(COUNTS, REPORTS, THEMES, COLOURS)
    chart.draw_without_rendering()
    fonts = {t.get_fontname() for t in chart.findobj(lambda o: hasattr(o, "get_fontname"))}
    assert fonts == {"Noto Sans SC"}


def test_a_missing_glyph_is_named_in_the_figure_and_on_the_chart() -> None:
    assert visible("𠮷村‮镇\n乡") == "[U+20BB7]村[U+202E]镇 乡"
    chart = plots.theme_distribution(COUNTS, ["𠮷村", *REPORTS[1:]], THEMES, COLOURS)
    assert chart.missing == ("𠮷",) and "[U+20BB7]村" in words(chart)
    assert chart.table.rows[0][0] == "𠮷村"


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "$\\frac{1}{2}$", "=cmd|x", "长" * 10_000, "", "</style>"]
)
def test_hostile_names_are_drawn_as_text(tmp_path: Path, name: str) -> None:
    chart = plots.theme_distribution(COUNTS, [name, *REPORTS[1:]], [name, *THEMES[1:]], COLOURS)
    plots.save(chart, tmp_path / "a.svg")
    svg = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert "<script" not in svg and chart.table.rows[0][0] == name
    drawn = {text.replace("\n", "") for text in words(chart)}
    assert label(name, 34) in drawn or label(name, 66) in drawn or not name
    assert columns(label(name)) <= 32


def test_a_subset_font_is_small_and_holds_what_was_asked() -> None:
    from io import BytesIO

    from fontTools.ttLib import TTFont

    data = subset("澄江县人民调解")
    held = TTFont(BytesIO(data)).getBestCmap()
    assert len(data) < 30_000 and {ord(c) for c in "澄江县人民调解abc"} <= set(held) and ord("鹤") not in held


def test_long_names_of_reports_stand_in_two_lines_and_numbers_stay_whole() -> None:
    names = ["澄江县人民政府办公室关于2023年度法治政府建设情况的报告", *REPORTS[1:]]
    chart = plots.theme_distribution(COUNTS, names, THEMES, COLOURS)
    lines = next(text for text in words(chart) if "\n" in text).split("\n")
    assert "".join(lines) == names[0] and all(columns(line) <= 34 for line in lines)
    broken, height = row_labels([f"{'长' * 16}2023年度报告"])
    assert broken[0].split("\n")[1].startswith("2023年") and height > row_labels(["短"])[1]
    assert "\n" not in "".join(row_labels(names * 9)[0])


@pytest.mark.parametrize(("colour", "ink"), [("#1f4e79", "#ffffff"), ("#e3a06f", "#000000")])
def test_letters_on_a_bar_can_be_read(colour: str, ink: str) -> None:
    assert contrast(colour) == ink
