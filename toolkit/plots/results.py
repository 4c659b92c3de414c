"""All figures of one classification, drawn and written in one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from toolkit.codebook import Codebook
from toolkit.evaluate import coverage_curve
from toolkit.evaluate import reliability as bins_of
from toolkit.plots.heat import theme_confusion, theme_heat
from toolkit.plots.lines import coverage, reliability, theme_years
from toolkit.plots.style import Chart, save
from toolkit.plots.themes import theme_distribution, theme_stages
from toolkit.summary import (
    Documents,
    Row,
    document_labels,
    document_names,
    facts_of,
    groups_by,
    say,
    stage_counts,
    text_stages,
    theme_colours,
    theme_counts,
    year_shares,
)


def plot_results(
    rows: Sequence[Row],
    documents: Documents,
    codebook: Codebook,
    folder: Path,
    *,
    language: str = "zh",
    formats: Sequence[str] = ("png", "svg"),
) -> list[Path]:
    """Every figure that the rows of ``fazhi classify`` allow, into ``folder``; gives the files written.

    Args:
        documents: what is known of each document: ``title``, ``year``, ``place``; what is missing is taken from the
            title's row. Figures by place and year are drawn where at least two are known.
    """
    written: list[Path] = []
    for name, chart in charts(rows, documents, codebook, language=language):
        for kind in formats:
            written += save(chart, folder / f"{name}.{kind}")
    return list(dict.fromkeys(written))


def quality_charts(
    probabilities: np.ndarray,
    predicted: np.ndarray,
    truth: np.ndarray,
    confidence: np.ndarray,
    themes: Sequence[str],
    *,
    language: str = "zh",
) -> Iterator[tuple[str, Chart]]:
    """File name and chart of reliability, coverage and confusion.

    Args:
        probabilities, predicted, truth: ``(n_items, n_themes)``.
        confidence: ``(n_items,)``; the surest items are covered first.
    """
    # Unlikely themes are nearly all of the table, and would be one dot at the origin.
    likely = probabilities >= 0.05
    bins = bins_of(probabilities[likely], truth[likely]) if likely.any() else []
    yield (
        "reliability",
        reliability(*([list(row) for row in zip(*bins, strict=True)] or [[], [], []]), language=language),
    )
    curve = coverage_curve(confidence, truth, predicted)
    yield (
        "coverage",
        coverage([c for c, _ in curve], [s for _, s in curve], name="micro-F1", language=language),
    )
    missed, extra = (with_none(wrong) for wrong in (truth & ~predicted, predicted & ~truth))
    matrix = missed.T @ extra
    matrix[-1, -1] = 0  # items with nothing wrong
    yield "theme-confusion", theme_confusion(matrix, [*themes, say(language, "（无）", "(none)")], language=language)


def with_none(wrong: np.ndarray) -> np.ndarray:
    """``wrong`` ``(n_items, n_themes)`` as numbers, with a last column for the items that have none."""
    return np.column_stack([wrong, ~wrong.any(axis=1)]).astype(int)


def charts(
    rows: Sequence[Row], documents: Documents, codebook: Codebook, *, language: str = "zh"
) -> Iterator[tuple[str, Chart]]:
    """File name (without ending) and chart of every figure the rows allow."""
    told = facts_of(rows)
    names = document_names(rows, documents)
    documents = {name: {**told.get(name, {}), **documents.get(name, {})} for name in names}
    called, paint = codebook.names(language), theme_colours(codebook)
    themes = [called[theme] for theme in codebook.theme_ids]
    colours = [paint[theme] for theme in codebook.theme_ids]
    labels = document_labels(names, documents)
    counts = theme_counts(rows, names, codebook)
    yield "themes-by-report", theme_distribution(counts, labels, themes, colours, language=language)
    if len(names) > 1:
        yield "theme-heat-by-report", theme_heat(counts, labels, themes, sort=True, language=language)
    places = groups_by(documents, "place", names)
    if len(set(places.values())) > 1:
        groups = list(dict.fromkeys(places.values()))
        by_place = theme_counts(rows, groups, codebook, places)
        head = say(language, "地区", "Place")
        yield (
            "theme-heat-by-place",
            theme_heat(by_place, [str(g) for g in groups], themes, head=head, sort=True, language=language),
        )
    years = groups_by(documents, "year", names)
    if len(set(years.values())) > 1:
        found, middle, low, high = year_shares(counts, [years.get(name) for name in names])
        by_year = theme_counts(rows, found, codebook, years)
        head = say(language, "年份", "Year")
        yield "theme-heat-by-year", theme_heat(by_year, [str(y) for y in found], themes, head=head, language=language)
        yield "themes-over-years", theme_years(found, middle, low, high, themes, colours, language=language)
    stages = text_stages(codebook)
    stage_names, stage_colours = [called[stage] for stage in stages], [paint[stage] for stage in stages]
    by_stage = stage_counts(rows, codebook)
    yield "stages-by-theme", theme_stages(by_stage, themes, stage_names, stage_colours, language=language)
