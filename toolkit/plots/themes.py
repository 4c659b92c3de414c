"""Figures of themes: shares by report."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from toolkit.plots.style import (
    INK,
    OTHER,
    Chart,
    contrast,
    empty_chart,
    house_style,
    key,
    label,
    new_chart,
    percent_axis,
)
from toolkit.summary import say, shares
from toolkit.tables import Table

# More rows or segments than these are no longer legible on A4; the rest is folded into one, and the CSV has all.
MOST_ROWS, MOST_THEMES = 40, 24


def theme_distribution(
    counts: np.ndarray,
    documents: Sequence[str],
    themes: Sequence[str],
    colours: Sequence[str],
    *,
    language: str = "zh",
    title: str | None = None,
) -> Chart:
    """Shares of the themes in each report: one stacked bar a report.

    Themes stand in order of their share of everything, so a colour is at the same end of every bar; reports by the
    share of the first of them, which puts like beside like. Each report's number of theme mentions stands at its end.

    Args:
        counts: items a report and theme ``(n_documents, n_themes)``.
        documents, themes, colours: a name a row; a name and a colour a column.
    """
    with house_style():
        title = title or say(language, "各报告的主题分布", "Themes by report")
        part = shares(np.asarray(counts, dtype=float))
        table = _long_table(counts, part, documents, themes, language)
        order: list[int] = [int(j) for j in np.argsort(-part.sum(axis=0), kind="stable")]
        used = [j for j in order if part[:, j].sum() > 0]
        if not used or not len(documents):
            return empty_chart(table, title, say(language, "没有带主题的条目", "No item carries a theme"))
        kept, folded = used[:MOST_THEMES], used[MOST_THEMES:]
        rows = sorted(range(len(documents)), key=lambda i: tuple(-part[i, j] for j in kept[:3]))
        names = [themes[j] for j in kept]
        paint = [colours[j] for j in kept]
        bars = part[rows][:, kept]
        if folded:
            bars = np.column_stack([bars, part[rows][:, folded].sum(axis=1)])
            names.append(say(language, f"其余 {len(folded)} 个主题", f"{len(folded)} other themes"))
            paint.append(OTHER)
        totals = np.asarray(counts).sum(axis=1)[rows]
        called = [label(documents[i], 34) for i in rows]
        if len(rows) > MOST_ROWS:
            rest = len(rows) - MOST_ROWS + 1
            bars = np.vstack([bars[: MOST_ROWS - 1], bars[MOST_ROWS - 1 :].mean(axis=0)])
            totals = np.append(totals[: MOST_ROWS - 1], totals[MOST_ROWS - 1 :].sum())
            called = [*called[: MOST_ROWS - 1], say(language, f"其余 {rest} 份报告（平均）", f"{rest} others (mean)")]
        height = 1.2 + 0.26 * len(called) + 0.2 * -(-len(names) // 4)
        chart, axes = new_chart(table, height, title)
        left = np.zeros(len(called))
        places = np.arange(len(called))
        for column, (name, colour) in enumerate(zip(names, paint, strict=True)):
            width = bars[:, column]
            axes.barh(places, width, left=left, height=0.78, color=colour, edgecolor="white", linewidth=0.6, label=name)
            for place in places[width >= 0.055]:
                middle = left[place] + width[place] / 2
                text = f"{width[place] * 100:.0f}"
                axes.text(middle, place, text, ha="center", va="center", fontsize=7.5, color=contrast(colour))
            left = left + width
        for place, total in enumerate(totals):
            axes.text(1.01, place, f"n={int(total)}", va="center", fontsize=7.5, color=INK)
        axes.set_yticks(places, called)
        axes.set_xlim(0, 1)
        axes.set_ylim(len(called) - 0.5, -0.5)
        axes.spines[["left", "bottom"]].set_visible(False)
        percent_axis(axes)
        axes.set_xlabel(
            say(language, "占该报告全部主题条目次数的份额（%）", "Share of the report's theme mentions (%)")
        )
        key(chart, names, paint)
        return chart


def _long_table(
    counts: np.ndarray, part: np.ndarray, rows: Sequence[str], themes: Sequence[str], language: str, what: str = ""
) -> Table:
    """One line a row and theme, whole names, nothing folded."""
    what = what or say(language, "报告", "Report")
    share = say(language, "份额", "Share")
    columns = (what, say(language, "主题", "Theme"), say(language, "条目数", "Items"), share)
    body = tuple(
        (str(row), theme, int(counts[i, j]), float(part[i, j]))
        for i, row in enumerate(rows)
        for j, theme in enumerate(themes)
    )
    return Table(say(language, "主题份额", "Shares"), columns, body, frozenset({share}))
