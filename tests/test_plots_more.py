"""Heat maps, lines and all figures of one classification, by structure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex

from toolkit import plots
from toolkit.codebook import Codebook, Theme
from toolkit.plots.style import label
from toolkit.summary import document_labels, groups_by, shares, stage_counts, theme_colours, theme_counts, year_shares

THEMES, COLOURS = ["人民调解", "法律援助", "立法"], ["#4c7a34", "#7fb35a", "#3b6ea5"]


def texts(axes) -> list[str]:
    return [t.get_text() for t in axes.texts]


def row(document: str, themes: list[str], stage: str = "achievement") -> dict:
    labels = [{"id": theme, "probability": 0.9} for theme in themes]
    return {"document": document, "id": "i", "kind": "point", "start": 0, "end": 2, "headings": [], "text": "甲乙", "stage": stage, "themes": labels, "uncertain": False}  # fmt: skip


ROWS = [
    row("a.txt", ["mediation"]), row("a.txt", ["mediation", "legal_aid"], "plan"), row("b.txt", ["legislation"], "problem"),
    row("c.txt", ["mediation"]), row("c.txt", ["legal_aid"]), row("c.txt", [], "noise"),
]  # fmt: skip
DOCUMENTS = {
    "a.txt": {"title": "甲", "year": 2022, "place": "澄江县"},
    "b.txt": {"title": "乙", "year": "2023", "place": "云岭市"},
    "c.txt": {"title": "丙", "year": 2023, "place": "云岭市"},
}


def test_counts_are_of_items_and_shares_of_mentions(codebook) -> None:
    counts = theme_counts(ROWS, ["a.txt", "b.txt", "c.txt"], codebook)
    place = {theme: number for number, theme in enumerate(codebook.theme_ids)}
    assert counts[:, place["mediation"]].tolist() == [2, 0, 1] and counts.sum() == 6
    assert shares(counts)[0, place["mediation"]] == pytest.approx(2 / 3)
    by_year = theme_counts(ROWS, [2022, 2023], codebook, groups_by(DOCUMENTS, "year", list(DOCUMENTS)))
    assert by_year[:, place["legal_aid"]].tolist() == [1, 1]
    assert stage_counts(ROWS, codebook)[place["mediation"]].tolist() == [2, 0, 1]


def test_themes_without_colours_of_their_own_are_told_apart(codebook) -> None:
    plain = Codebook(tuple(Theme(id=f"t{i}", zh=f"主题{i}", en=f"Theme {i}") for i in range(60)))
    assert len(set(theme_colours(plain).values())) == 60
    assert theme_colours(codebook) == codebook.colours()


def test_reports_of_the_same_title_are_told_apart_by_their_file() -> None:
    known = {"x/a.txt": {"title": "总结"}, "y/a.docx": {"title": "总结"}, "z.txt": {}}
    assert document_labels(list(known), known) == ["总结（a.txt）", "总结（a.docx）", "z"]


def test_intervals_over_years_resample_reports_and_know_when_there_is_but_one() -> None:
    counts = np.array([[5, 5], [9, 1], [1, 9], [3, 3]])
    years, middle, low, high = year_shares(counts, [2022, 2023, 2023, None])
    assert years == [2022, 2023] and middle.tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert np.isnan(low[0]).all() and np.isnan(high[0]).all()
    assert low[1, 0] == pytest.approx(0.1) and high[1, 0] == pytest.approx(0.9)


def test_a_heat_map_writes_its_shares_and_leaves_out_themes_nobody_mentions() -> None:
    chart = plots.theme_heat(np.array([[3, 0, 1], [0, 0, 2]]), ["澄江县", "云岭市"], THEMES, head="地区")
    axes = chart.axes[0]
    assert [t.get_text().replace("\n", "") for t in axes.get_xticklabels()] == ["立法", "人民调解"]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["澄江县", "云岭市"]
    assert texts(axes) == ["25", "75", "100", "·"]
    assert chart.table.columns == ("地区", "主题", "份额") and chart.table.rows[1] == ("澄江县", "人民调解", 0.75)


def test_a_heat_map_too_large_to_read_shows_a_part_and_says_so() -> None:
    chart = plots.theme_heat(np.ones((200, 60)), [f"第{i}份" for i in range(200)], [f"主题{i}" for i in range(60)])
    assert len(chart.axes[0].get_yticklabels()) == 40 and len(chart.axes[0].get_xticklabels()) == 24
    assert "200 × 60" in chart.get_suptitle() and len(chart.table.rows) == 12_000


def test_confusion_and_alignment_keep_rows_and_columns_apart() -> None:
    chart = plots.theme_confusion(np.array([[0, 7, 0], [1, 0, 0], [0, 0, 0]]), THEMES)
    assert chart.table.rows[1] == ("人民调解", "法律援助", 7.0) and texts(chart.axes[0])[1] == "7"
    chart = plots.topic_alignment(np.array([[3, 1]]), ["话题一"], THEMES[:2])
    assert [cells[2] for cells in chart.table.rows] == [0.75, 0.25]


def test_like_reports_stand_side_by_side_in_a_heat_map_and_years_in_order() -> None:
    counts = np.array([[1, 3], [4, 0], [2, 2]])
    chart = plots.theme_heat(counts, ["甲", "乙", "丙"], THEMES[:2], sort=True)
    assert [t.get_text() for t in chart.axes[0].get_yticklabels()] == ["乙", "丙", "甲"]
    assert chart.table.rows[0] == ("乙", "人民调解", 1.0)
    chart = plots.theme_heat(counts, ["2021", "2022", "2023"], THEMES[:2])
    assert [t.get_text() for t in chart.axes[0].get_yticklabels()] == ["2021", "2022", "2023"]


def test_confusion_counts_pairs_and_what_was_missed_or_given_alone() -> None:
    truth = np.array([[1, 0], [1, 0], [0, 0], [0, 1]], bool)
    given = np.array([[0, 1], [0, 0], [1, 0], [0, 1]], bool)
    likely = np.array([[0.2, 0.9], [0.1, 0], [0.8, 0], [0, 0.9]])
    found = dict(plots.quality_charts(likely, given, truth, np.array([0.4, 0.3, 0.2, 0.9]), THEMES[:2]))
    assert list(found) == ["reliability", "coverage", "theme-confusion"]
    cells = {row[:2]: row[2] for row in found["theme-confusion"].table.rows if row[2]}
    assert cells == {("人民调解", "法律援助"): 1, ("人民调解", "（无）"): 1, ("（无）", "人民调解"): 1}
    assert found["coverage"].table.rows[-1][0] == 1.0 and sum(r[2] for r in found["reliability"].table.rows) == 5


def test_stages_stack_up_to_the_items_of_a_theme() -> None:
    counts = np.array([[4, 1, 0], [9, 0, 3], [0, 0, 0]])
    chart = plots.theme_stages(counts, THEMES, ["成效", "问题", "计划"], ["#2f6f9f", "#b3572b", "#5b8c3a"])
    axes = chart.axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["法律援助", "人民调解"]
    assert [[bar.get_width() for bar in group] for group in axes.containers] == [[9, 4], [0, 1], [3, 0]]
    assert to_hex(axes.containers[1][0].get_facecolor()) == "#b3572b"


def test_years_have_a_panel_a_theme_with_line_and_band() -> None:
    share = np.array([[0.5, 0.5, 0], [0.6, 0.4, 0]])
    chart = plots.theme_years([2022, 2023], share, share - 0.1, share + 0.1, THEMES, COLOURS)
    panels = [axes for axes in chart.axes if axes.axison]
    assert [axes.get_title(loc="left") for axes in panels] == ["人民调解", "法律援助"]
    assert panels[0].lines[0].get_ydata().tolist() == [0.5, 0.6] and to_hex(panels[1].lines[0].get_color()) == "#7fb35a"
    assert len(panels[0].collections) == 1
    assert "不足两个年份" in texts(plots.theme_years([2022], share[:1], share[:1], share[:1], THEMES, COLOURS).axes[0])


def test_a_year_of_one_report_is_a_hollow_point() -> None:
    share = np.array([[0.5, 0.5, 0], [0.6, 0.4, 0]])
    low, high = share - 0.1, share + 0.1
    low[1], high[1] = np.nan, np.nan
    chart = plots.theme_years([2022, 2023], share, low, high, THEMES, COLOURS)
    assert chart.axes[0].collections[1].get_offsets().tolist() == [[2023, 0.6]]
    assert to_hex(chart.axes[0].collections[1].get_facecolor()[0]) == "#ffffff"
    assert "空心点仅一份报告" in chart.get_suptitle()
    full = plots.theme_years([2022, 2023], share, share, share, THEMES, COLOURS)
    assert "空心" not in full.get_suptitle()


def test_many_themes_by_stage_say_that_some_are_left_out() -> None:
    counts = np.arange(1, 181).reshape(60, 3)
    chart = plots.theme_stages(counts, [f"主题{i}" for i in range(60)], ["成效", "问题", "计划"], ["#2f6f9f"] * 3)
    assert len(chart.axes[0].get_yticklabels()) == 40 and "条目最多的 40 个" in chart.get_suptitle()
    assert len(chart.table.rows) == 180


def test_curves_show_what_they_were_given() -> None:
    chart = plots.topic_sweep([10, 20], {"一致性": [0.1, 0.2], "多样性": [0.9, 0.8]}, recommended=20)
    assert [axes.get_title(loc="left") for axes in chart.axes] == ["一致性", "多样性"]
    assert chart.axes[1].lines[0].get_ydata().tolist() == [0.9, 0.8]
    chart = plots.learning_curve([60, 120], {"字": [0.6, 0.7]}, {"字": ([0.5, 0.6], [0.7, 0.8])}, ceiling=0.98)
    assert chart.table.rows[1] == (120, "字", 0.7, 0.6, 0.8)
    assert [t.get_text() for t in chart.axes[0].get_legend().get_texts()] == ["字"]
    chart = plots.reliability([0.2, 0.8], [0.1, 0.9], [40, 10])
    assert len(chart.axes[0].collections[0].get_offsets()) == 2 and chart.table.rows[0] == (0.2, 0.1, 40)
    chart = plots.coverage([0.5, 1.0], [0.95, 0.85])
    assert chart.axes[0].lines[0].get_xdata().tolist() == [0.5, 1.0]


@pytest.mark.parametrize(
    "chart",
    [
        lambda: plots.theme_heat(np.zeros((0, 3)), [], THEMES),
        lambda: plots.theme_stages(np.zeros((3, 2), int), THEMES, ["甲", "乙"], COLOURS[:2]),
        lambda: plots.topic_sweep([], {}),
        lambda: plots.learning_curve([], {}),
        lambda: plots.reliability([], [], []),
        lambda: plots.coverage([], []),
        lambda: plots.topic_terms([], [], []),
        lambda: plots.document_topics(np.zeros((1, 2)), ["甲"], ["话题一", "话题二"], COLOURS[:2]),
    ],
)
def test_a_figure_of_nothing_says_so_in_words(chart) -> None:
    assert any(len(text) > 3 for text in texts(chart().axes[0]))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_all_figures_of_a_classification_with_their_data(tmp_path: Path, codebook, language: str) -> None:
    written = plots.plot_results(ROWS, DOCUMENTS, codebook, tmp_path, language=language, formats=("svg",))
    names = {path.stem for path in written}
    assert names == {
        "themes-by-report",
        "theme-heat-by-report",
        "theme-heat-by-place",
        "theme-heat-by-year",
        "themes-over-years",
        "stages-by-theme",
    }
    assert all((tmp_path / f"{name}.csv").stat().st_size > 20 for name in names)


def test_titles_and_years_are_taken_from_the_rows_where_nothing_else_tells(tmp_path: Path, codebook) -> None:
    titled = [{**row(f"{year}.txt", []), "kind": "title", "text": f"澄江县{year}年工作总结"} for year in (2022, 2023)]
    rows = [*titled, row("2022.txt", ["mediation"]), row("2023.txt", ["legal_aid"])]
    written = {path.stem for path in plots.plot_results(rows, {}, codebook, tmp_path, formats=("svg",))}
    assert "themes-over-years" in written and "theme-heat-by-place" not in written
    assert "澄江县2022年工作总结" in (tmp_path / "themes-by-report.csv").read_text(encoding="utf-8-sig")


def test_one_report_of_one_item_and_none_at_all_are_drawn(tmp_path: Path, codebook) -> None:
    assert plots.plot_results([], {}, codebook, tmp_path / "none", formats=("png",))
    assert plots.plot_results(ROWS[:1], {}, codebook, tmp_path / "one", formats=("png",))


def test_labels_are_cut_by_width_not_by_letters() -> None:
    assert label("a" * 32) == "a" * 32 and label("长" * 17) == "长" * 15 + "…"
