"""Counts that figures, the page and the spreadsheets share, so that one number stands everywhere.

Everything starts from the rows of ``fazhi classify``, one an item::

    {"document", "id", "kind", "start", "end", "headings": [], "text", "stage",
     "themes": [{"id", "probability"}], "uncertain": false}

A theme's **count** is the number of items that carry it; its **share** is that count over the sum of all themes'
counts, so an item with two themes counts once for each, and the shares of a report sum to 1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from colorsys import hls_to_rgb
from pathlib import PurePath
from typing import Any

import numpy as np

from toolkit.codebook import NOISE, Codebook

Row = Mapping[str, Any]
Documents = Mapping[str, Mapping[str, Any]]
"""Name of a document → what is known of it: ``title``, ``year``, ``place``; each may be missing."""


def say(language: str, zh: str, en: str) -> str:
    """The wording for readers of ``language``; Chinese unless English is asked for."""
    return en if language == "en" else zh


def document_names(rows: Sequence[Row], documents: Documents | None = None) -> list[str]:
    """Every document, in order of its first row; then those without a row, in order of ``documents``."""
    return list(dict.fromkeys([*(str(row["document"]) for row in rows), *(documents or {})]))


def facts_of(rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """What the rows alone tell of each document: its ``title``, and the ``year`` that the title names."""
    facts: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row.get("kind") == "title" and row["stage"] != NOISE and row["document"] not in facts:
            facts[row["document"]] = {"title": str(row["text"])}
            if year := re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", str(row["text"])):
                facts[row["document"]]["year"] = int(year.group())
    return facts


def document_labels(names: Sequence[str], documents: Documents | None = None) -> list[str]:
    """What a reader calls each document: its title, or its file's name; equal ones get the file's name added."""
    known = documents or {}
    labels = [str((known.get(name) or {}).get("title") or PurePath(name).stem or name) for name in names]
    twice = {label for label in labels if labels.count(label) > 1} if len(set(labels)) < len(labels) else set()
    return [f"{a}（{PurePath(n).name}）" if a in twice else a for a, n in zip(labels, names, strict=True)]


def theme_ids(row: Row) -> list[str]:
    """Themes of an item, most probable first."""
    return [str(theme["id"]) for theme in row["themes"]]


def theme_counts(
    rows: Sequence[Row], groups: Sequence[Any], codebook: Codebook, key: Mapping[str, Any] | None = None
) -> np.ndarray:
    """Items a theme and group ``(n_groups, n_themes)``, int.

    A row's group is its document, or ``key[document]``; rows of no listed group are left out.
    """
    row_of = {group: number for number, group in enumerate(groups)}
    column_of = {theme: number for number, theme in enumerate(codebook.theme_ids)}
    counts = np.zeros((len(groups), len(codebook.theme_ids)), dtype=np.int64)
    for row in rows:
        group = row_of.get(row["document"] if key is None else key.get(row["document"]))
        if group is None:
            continue
        for theme in theme_ids(row):
            if theme in column_of:
                counts[group, column_of[theme]] += 1
    return counts


def stage_counts(rows: Sequence[Row], codebook: Codebook) -> np.ndarray:
    """Items a theme and stage ``(n_themes, n_stages)``, int; stages in the codebook's order, noise left out."""
    themes = {theme: number for number, theme in enumerate(codebook.theme_ids)}
    stages = {stage: number for number, stage in enumerate(text_stages(codebook))}
    counts = np.zeros((len(themes), len(stages)), dtype=np.int64)
    for row in rows:
        if row["stage"] in stages:
            for theme in theme_ids(row):
                if theme in themes:
                    counts[themes[theme], stages[row["stage"]]] += 1
    return counts


def text_stages(codebook: Codebook) -> list[str]:
    """Stages of report text: all but noise."""
    return [stage for stage in codebook.stage_ids if stage != NOISE]


def shares(counts: np.ndarray) -> np.ndarray:
    """Rows of ``counts`` divided by their sums; a row of zeros stays zeros."""
    totals = counts.sum(axis=-1, keepdims=True)
    return counts / np.where(totals > 0, totals, 1)


def groups_by(documents: Documents, field: str, names: Sequence[str]) -> dict[str, Any]:
    """Document → its value of ``field`` (``year`` as a number), for those of ``names`` that have one."""
    found: dict[str, Any] = {}
    for name in names:
        value = (documents.get(name) or {}).get(field)
        if field == "year":
            value = int(str(value)) if str(value).isdecimal() and len(str(value)) == 4 else None
        if value:
            found[name] = value
    return found


def theme_colours(codebook: Codebook) -> dict[str, str]:
    """Id → colour of themes and stages; themes that share a colour (a codebook without any) get one of their own."""
    colours = codebook.colours()
    own = distinct([colours[theme] for theme in codebook.theme_ids])
    return {**colours, **dict(zip(codebook.theme_ids, own, strict=True))}


def distinct(colours: Sequence[str]) -> list[str]:
    """``colours`` with every one that stood before replaced by one of its own."""
    found: list[str] = []
    for number, colour in enumerate(colours):
        if colour.lower() in found:
            # Steps of the golden angle keep neighbours apart; three depths tell them apart without hue as well.
            red, green, blue = hls_to_rgb((0.58 + number * 0.381966) % 1, (0.32, 0.48, 0.64)[number % 3], 0.45)
            colour = f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"
        found.append(colour.lower())
    return found


def year_shares(
    counts: np.ndarray, years: Sequence[int | None], draws: int = 1000, random_state: int = 0
) -> tuple[list[int], np.ndarray, np.ndarray, np.ndarray]:
    """Theme shares by year with 95 % intervals from resampling whole reports.

    Args:
        counts: items a report and theme ``(n_reports, n_themes)``.
        years: of each report; one without a year is left out.

    Returns:
        The years in order, and share, lower and upper bound ``(n_years, n_themes)``; bounds are NaN for a year of one
        report, of which nothing can be resampled.
    """
    random = np.random.default_rng(random_state)
    found = sorted({year for year in years if year is not None})
    size = (len(found), counts.shape[1])
    middle, low, high = np.zeros(size), np.full(size, np.nan), np.full(size, np.nan)
    for row, year in enumerate(found):
        inside = counts[[i for i, own in enumerate(years) if own == year]]
        middle[row] = shares(inside.sum(axis=0))
        if len(inside) > 1:
            drawn = random.integers(0, len(inside), (draws, len(inside)))
            low[row], high[row] = np.percentile(shares(inside[drawn].sum(axis=1)), [2.5, 97.5], axis=0)
    return found, middle, low, high
