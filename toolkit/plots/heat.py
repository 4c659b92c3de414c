"""Heat maps with their numbers: themes by report, place or year; topics against themes; themes taken for others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, PowerNorm, to_hex

from toolkit.plots.style import (
    MUTED,
    Chart,
    columns,
    contrast,
    empty_chart,
    house_style,
    label,
    new_chart,
    row_labels,
)
from toolkit.plots.themes import report_order
from toolkit.summary import say, shares
from toolkit.tables import Table

BLUES = LinearSegmentedColormap.from_list("house", ["#ffffff", "#c6dcec", "#6aa7cf", "#0b4f8a"])
MOST_ROWS, MOST_COLUMNS = 40, 24
_UPRIGHT = str.maketrans("、，（）", "︑︐︵︶")  # the forms of vertical writing


def theme_heat(
    counts: np.ndarray,
    groups: Sequence[str],
    themes: Sequence[str],
    *,
    head: str = "",
    sort: bool = False,
    language: str = "zh",
    title: str | None = None,
) -> Chart:
    """Share of each theme in each report, place or year.

    Args:
        counts: items a group and theme ``(n_groups, n_themes)``.
        head: what the groups are: 报告, 地区, 年份.
        sort: put like beside like, as the stacked bars do; years keep their order.
    """
    part = shares(np.asarray(counts, dtype=float))
    if sort:
        rows = report_order(part)
        part, groups = part[rows], [groups[i] for i in rows]
    order = [int(j) for j in np.argsort(-part.sum(axis=0), kind="stable") if part[:, j].sum() > 0]
    head = head or say(language, "报告", "Report")
    return heat(
        part[:, order],
        groups,
        [themes[j] for j in order],
        heads=(head, say(language, "主题", "Theme"), say(language, "份额", "Share")),
        title=title or say(language, f"主题份额：按{head}（%）", f"Theme shares by {head.lower()} (%)"),
        language=language,
        scale=100,
    )


def topic_alignment(
    matrix: np.ndarray, topics: Sequence[str], themes: Sequence[str], *, language: str = "zh", title: str | None = None
) -> Chart:
    """How the items of each topic are labelled ``(n_topics, n_themes)``: shares of a row."""
    return heat(
        shares(np.asarray(matrix, dtype=float)),
        topics,
        themes,
        heads=(*say(language, "话题 主题", "Topic Theme").split(), say(language, "份额", "Share")),
        title=title or say(language, "话题与主题的对应（%）", "Topics against themes (%)"),
        language=language,
        corner=say(language, "话题 ↓　主题 →", "topic ↓  theme →"),
        scale=100,
    )


def theme_confusion(
    matrix: np.ndarray, themes: Sequence[str], *, language: str = "zh", title: str | None = None
) -> Chart:
    """Themes taken for others ``(n_themes, n_themes)``: the missed one in the row, the one given in the column."""
    return heat(
        np.asarray(matrix, dtype=float),
        themes,
        themes,
        heads=tuple(say(language, "应为 判为 条目数", "True Given Items").split()),
        title=title or say(language, "主题之间的混淆（条目数）", "Themes taken for others (items)"),
        language=language,
        corner=say(language, "应为 ↓　判为 →", "true ↓  given →"),
    )


def heat(
    values: np.ndarray,
    rows: Sequence[str],
    names: Sequence[str],
    *,
    heads: Sequence[str],
    title: str,
    language: str = "zh",
    scale: float = 1.0,
    corner: str = "",
) -> Chart:
    """A matrix ``(n_rows, n_columns)`` as shades with numbers, at most 40 rows and 24 columns; the table has all.

    Args:
        heads: what rows, columns and cells are called in the table.
        scale: what a value is multiplied with to be read (100 for per cent).
        corner: what rows and columns are, where their names alone don't tell.
    """
    body = tuple((row, name, float(values[i, j])) for i, row in enumerate(rows) for j, name in enumerate(names))
    table = Table(title, tuple(heads), body, frozenset({heads[2]}) if scale == 100 else frozenset())
    with house_style():
        if not values.size or not np.any(values):
            return empty_chart(table, title, say(language, "没有可显示的数据", "Nothing to show"))
        shown = values[:MOST_ROWS, :MOST_COLUMNS]
        if shown.shape != values.shape:
            more = f"{values.shape[0]} × {values.shape[1]}"
            title += say(language, f"（仅显示部分，全部 {more} 见 CSV）", f" (part; all {more} in the CSV)")
        across = [label(name, 42) for name in names[:MOST_COLUMNS]]
        upright = all(columns(name) == 2 * len(name) for name in across)
        across = ["\n".join(name.translate(_UPRIGHT)) for name in across] if upright else across
        top = 0.16 * max(name.count("\n") + 1 for name in across) if upright else 0.5 + 0.035 * max(map(len, across))
        called, row_height = row_labels(list(rows)[:MOST_ROWS], 34 if upright else 42)
        chart, axes = new_chart(table, 0.9 + top + row_height * len(shown), title)
        most = float(np.nanmax(shown))
        shade = PowerNorm(0.6, 0, most)  # one large cell leaves the others their differences
        axes.pcolormesh(shown, cmap=BLUES, norm=shade, edgecolors="white", linewidth=1)
        for (i, j), value in np.ndenumerate(shown):
            ink = contrast(to_hex(BLUES(shade(value))))
            text = f"{value * scale:.0f}" if value else "·"
            axes.text(j + 0.5, i + 0.5, text, ha="center", va="center", fontsize=7.5, color=ink if value else MUTED)
        turn = {} if upright else {"rotation": 50, "ha": "left", "rotation_mode": "anchor"}
        axes.set_xticks(np.arange(len(across)) + 0.5, across, fontsize=8, linespacing=1.0, **turn)
        axes.set_yticks(np.arange(len(shown)) + 0.5, called, fontsize=8.5)
        axes.set_xlim(0, max(10, len(across)))  # a few columns stay narrow
        if corner:
            heads_at = {"xycoords": ("axes fraction", "axes fraction"), "textcoords": "offset points"}
            axes.annotate(corner, (0, 1), (-8, 6), ha="right", fontsize=8.5, color=MUTED, **heads_at)
        axes.xaxis.tick_top()
        axes.invert_yaxis()
        for spine in axes.spines.values():
            spine.set_visible(False)
        return chart
