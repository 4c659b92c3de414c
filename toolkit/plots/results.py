"""All figures of one classification, drawn and written in one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from toolkit.codebook import Codebook
from toolkit.plots.heat import theme_heat
from toolkit.plots.lines import theme_years
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
        yield "theme-heat-by-report", theme_heat(counts, labels, themes, language=language)
    places = groups_by(documents, "place", names)
    if len(set(places.values())) > 1:
        groups = list(dict.fromkeys(places.values()))
        by_place = theme_counts(rows, groups, codebook, places)
        head = say(language, "地区", "Place")
        yield (
            "theme-heat-by-place",
            theme_heat(by_place, [str(g) for g in groups], themes, head=head, language=language),
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
