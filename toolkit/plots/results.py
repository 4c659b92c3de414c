"""All figures of one classification, drawn and written in one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from toolkit.codebook import Codebook
from toolkit.plots.style import Chart, save
from toolkit.plots.themes import theme_distribution
from toolkit.summary import Documents, Row, document_labels, document_names, theme_counts


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
        documents: what is known of each document: ``title``, ``year``, ``place``; each may be missing.
    """
    written: list[Path] = []
    for name, chart in charts(rows, documents, codebook, language=language):
        for kind in formats:
            written += save(chart, folder / f"{name}.{kind}")
    return list(dict.fromkeys(written))


def charts(
    rows: Sequence[Row], documents: Documents, codebook: Codebook, *, language: str = "zh"
) -> Iterator[tuple[str, Chart]]:
    """Name and chart of every figure the rows allow."""
    names = document_names(rows, documents)
    called = codebook.names(language)
    themes = [called[theme] for theme in codebook.theme_ids]
    colours = [theme.colour for theme in codebook.themes]
    labels = document_labels(names, documents)
    yield (
        "themes-by-report",
        theme_distribution(theme_counts(rows, names, codebook), labels, themes, colours, language=language),
    )
