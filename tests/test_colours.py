"""What is drawn together can be told apart by readers of any colour vision, and never by colour alone."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from tests.colour import VISIONS, distances, nearest
from toolkit import plots
from toolkit.plots.style import OTHER, SERIES
from toolkit.summary import text_stages, theme_colours

# CIEDE2000; 1 is what a trained eye just sees side by side. Neighbours in a bar have a white line between them.
THEMES_APART, STAGES_APART, LINES_APART = 8.0, 12.0, 10.0


@pytest.mark.parametrize(
    ("first", "second", "apart"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_distance_is_the_published_one(first, second, apart: float) -> None:
    assert float(distances(np.array(first), np.array(second))) == pytest.approx(apart, abs=1e-4)


def test_red_and_green_are_alike_to_who_does_not_see_them() -> None:
    alike = ["#b3572b", "#5b8c3a"]
    assert nearest(alike, "usual")[0] > 40 and nearest(alike, "deuteranopia")[0] < 5


@pytest.mark.parametrize("vision", VISIONS)
def test_colours_that_share_a_picture_are_apart(codebook, vision: str) -> None:
    colours = theme_colours(codebook)
    themes = [colours[theme] for theme in codebook.theme_ids]
    assert nearest([*themes, OTHER, "#ffffff"], vision)[0] >= THEMES_APART, nearest(themes, vision)
    stages = [colours[stage] for stage in codebook.stage_ids]
    assert nearest([*stages, "#ffffff"], vision)[0] >= STAGES_APART, nearest(stages, vision)
    assert nearest(SERIES, vision)[0] >= LINES_APART


def test_a_segment_is_named_by_its_letter_and_the_rest_by_its_pattern(codebook) -> None:
    counts = np.random.default_rng(3).integers(3, 9, (6, 21))
    names = [codebook.names()[theme] for theme in codebook.theme_ids]
    paint = [theme_colours(codebook)[theme] for theme in codebook.theme_ids]
    chart = plots.theme_distribution(counts, [f"报告{i}" for i in range(6)], names, paint)
    axes = chart.axes[0]
    *kept, rest = axes.containers
    keyed = [text.get_text() for text in chart.legends[0].get_texts()]
    for container, letter, entry in zip(kept, "ABCDEFGHIJKL", keyed, strict=False):
        assert entry == f"{letter} {container.get_label()}"
        inside = [t for t in axes.texts if t.get_text().startswith(letter)]
        wide = [bar for bar in container if bar.get_width() >= 0.022]
        assert len(inside) == len(wide)
    assert rest.get_label() == "其余 9 个主题" == keyed[-1] and rest[0].get_hatch()
    assert len({to_hex(group[0].get_facecolor()) for group in axes.containers}) == 13
    assert all(to_hex(bar.get_edgecolor()) == "#ffffff" for group in axes.containers for bar in group)


def test_stages_differ_in_pattern_and_lines_in_their_marks(codebook) -> None:
    stages = text_stages(codebook)
    colours = [theme_colours(codebook)[stage] for stage in stages]
    chart = plots.theme_stages(np.array([[4, 2, 3]]), ["立法"], stages, colours)
    assert [group[0].get_hatch() or "" for group in chart.axes[0].containers] == ["", "", "////"]
    assert [patch.get_hatch() or "" for patch in chart.legends[0].get_patches()] == ["", "", "////"]
    chart = plots.learning_curve([1, 2], {name: [0.5, 0.6] for name in "甲乙丙丁"})
    assert len({line.get_marker() for line in chart.axes[0].lines}) == 4


def test_topics_that_are_no_theme_get_colours_of_their_own() -> None:
    from toolkit.summary import distinct

    found = distinct(["#007B6E", "#4c78a8", "#4c78a8", "#4c78a8"])
    assert found[:2] == ["#007b6e", "#4c78a8"] and len(set(found)) == 4
