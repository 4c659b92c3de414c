"""Stacked bars: themes and topics by report, stages by theme."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from toolkit.plots.style import (
    INK,
    MUTED,
    OTHER,
    Chart,
    contrast,
    empty_chart,
    house_style,
    key,
    label,
    new_chart,
    percent_axis,
    row_labels,
)
from toolkit.summary import say, shares
from toolkit.tables import Table

# More rows or segments than these are no longer legible on A4; the rest is folded into one, and the CSV has all.
MOST_ROWS, MOST_THEMES = 40, 12
# What a segment is called in the bar and in the key: nobody has to tell a dozen colours apart.
LETTERS = "ABCDEFGHIJKL"
HATCHES = ("", "", "////", "....")  # of stages: the third and fourth are told by pattern too


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

    The twelve largest themes stand in order of their share of everything, so a colour is at the same end of every bar,
    and carry a letter, so that no reader needs the colour; the others are one hatched segment. Reports stand by the
    share of the first theme, which puts like beside like, each with its number of theme mentions.

    Args:
        counts: items a report and theme ``(n_documents, n_themes)``.
        documents, themes, colours: a name a row; a name and a colour a column.
    """
    return _stacked(
        np.asarray(counts, dtype=float),
        documents,
        themes,
        colours,
        language=language,
        title=title or say(language, "各报告的主题分布", "Themes by report"),
        what=say(language, "主题", "Theme"),
        under=say(
            language,
            "占该报告全部主题条目次数的份额（%），n 为次数",
            "% of the report's theme mentions; n: their number",
        ),
        number=say(language, "条目数", "Items"),
    )


def document_topics(
    shares_: np.ndarray,
    documents: Sequence[str],
    topics: Sequence[str],
    colours: Sequence[str],
    *,
    language: str = "zh",
    title: str | None = None,
) -> Chart:
    """Shares of the topics in each report: one stacked bar a report.

    Args:
        shares_: mean topic shares of the report's items ``(n_documents, n_topics)``.
    """
    return _stacked(
        np.asarray(shares_, dtype=float),
        documents,
        topics,
        colours,
        language=language,
        title=title or say(language, "各报告的话题分布", "Topics by report"),
        what=say(language, "话题", "Topic"),
        under=say(language, "话题在该报告中的份额（%）", "% of the report"),
        number="",
    )


def theme_stages(
    counts: np.ndarray,
    themes: Sequence[str],
    stages: Sequence[str],
    colours: Sequence[str],
    *,
    language: str = "zh",
    title: str | None = None,
) -> Chart:
    """Items of each theme by stage: what was achieved, what is a problem, what is planned.

    Args:
        counts: items a theme and stage ``(n_themes, n_stages)``.
        stages, colours: a name and a colour a column.
    """
    title = title or say(language, "各主题的成效、问题与计划", "Achievements, problems and plans by theme")
    heads = say(language, "主题 阶段 条目数", "Theme Stage Items").split()
    body = tuple((theme, stage, int(counts[i, j])) for i, theme in enumerate(themes) for j, stage in enumerate(stages))
    table = Table(title, tuple(heads), body)
    order = [int(i) for i in np.argsort(-counts.sum(axis=1), kind="stable") if counts[i].sum()]
    if len(order) > MOST_ROWS:
        order = order[:MOST_ROWS]
        title += say(language, f"，条目最多的 {MOST_ROWS} 个", f", the {MOST_ROWS} most frequent")
    with house_style():
        if not order:
            return empty_chart(table, title, say(language, "没有带主题的条目", "No item carries a theme"))
        chart, axes = new_chart(table, 1.1 + 0.24 * len(order), title)
        left, places = np.zeros(len(order)), np.arange(len(order))
        for j, (stage, colour) in enumerate(zip(stages, colours, strict=True)):
            width = counts[order, j].astype(float)
            hatch = HATCHES[j % len(HATCHES)]
            axes.barh(places, width, 0.76, left, color=colour, hatch=hatch, edgecolor="white", linewidth=1, label=stage)
            for place in places[width >= 0.03 * counts.sum(axis=1).max()]:
                _inside(axes, float(left[place] + width[place] / 2), place, f"{int(width[place])}", colour, hatch)
            left = left + width
        for place, total in enumerate(left):
            axes.annotate(f"{int(total)}", (total, place), (4, 0), textcoords="offset points", va="center", fontsize=8)
        axes.set_yticks(places, [label(themes[i], 34) for i in order])
        axes.set_ylim(len(order) - 0.5, -0.5)
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.set_xlabel(heads[2])
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
        axes.grid(axis="x")
        key(chart, stages, colours, hatches=[HATCHES[j % len(HATCHES)] for j in range(len(stages))])
        return chart


def _stacked(
    counts: np.ndarray,
    documents: Sequence[str],
    themes: Sequence[str],
    colours: Sequence[str],
    *,
    language: str,
    title: str,
    what: str,
    under: str,
    number: str,
) -> Chart:
    """One stacked bar a document; ``number`` names the counts, empty where there are only shares."""
    with house_style():
        part = shares(counts)
        table = _long_table(counts, part, documents, themes, language, what, number)
        order: list[int] = [int(j) for j in np.argsort(-part.sum(axis=0), kind="stable")]
        used = [j for j in order if part[:, j].sum() > 0]
        if not used or not len(documents):
            return empty_chart(table, title, say(language, "没有带主题的条目", "No item carries a theme"))
        kept, folded = used[:MOST_THEMES], used[MOST_THEMES:]
        rows = report_order(part)
        names = [themes[j] for j in kept]
        paint = [colours[j] for j in kept]
        bars = part[rows][:, kept]
        if folded:
            bars = np.column_stack([bars, part[rows][:, folded].sum(axis=1)])
            names.append(say(language, f"其余 {len(folded)} 个{what}", f"{len(folded)} other {what.lower()}s"))
            paint.append(OTHER)
        totals = counts.sum(axis=1)[rows]
        called = [documents[i] for i in rows]
        if len(rows) > MOST_ROWS:
            rest = len(rows) - MOST_ROWS + 1
            bars = np.vstack([bars[: MOST_ROWS - 1], bars[MOST_ROWS - 1 :].mean(axis=0)])
            totals = np.append(totals[: MOST_ROWS - 1], totals[MOST_ROWS - 1 :].sum())
            called = [*called[: MOST_ROWS - 1], say(language, f"其余 {rest} 份报告（平均）", f"{rest} others (mean)")]
        called, row_height = row_labels(called)
        height = 1.2 + row_height * len(called) + 0.2 * -(-len(names) // 4)
        chart, axes = new_chart(table, height, title)
        left = np.zeros(len(called))
        places = np.arange(len(called))
        letters = [*LETTERS[: len(kept)], *([""] if folded else [])]
        for column, (name, colour, letter) in enumerate(zip(names, paint, letters, strict=True)):
            width = bars[:, column]
            hatch = "" if letter else "////"
            axes.barh(places, width, 0.78, left, color=colour, hatch=hatch, edgecolor="white", linewidth=1, label=name)
            for place in places[width >= 0.022]:
                text = f"{letter} {width[place] * 100:.0f}".strip() if width[place] >= 0.06 else letter
                _inside(axes, float(left[place] + width[place] / 2), place, text, colour, hatch)
            left = left + width
        for place in places[bars.sum(axis=1) == 0]:
            axes.text(
                0.005, place, say(language, f"没有{what}", f"no {what.lower()}"), va="center", fontsize=7.5, color=MUTED
            )
        for place, total in enumerate(totals if number else ()):
            axes.text(1.01, place, f"n={int(total)}", va="center", fontsize=7.5, color=INK)
        axes.set_yticks(places, called)
        axes.set_xlim(0, 1)
        axes.set_ylim(len(called) - 0.5, -0.5)
        axes.spines[["left", "bottom"]].set_visible(False)
        percent_axis(axes)
        axes.set_xlabel(under)
        key(chart, [f"{letter} {name}".strip() for letter, name in zip(letters, names, strict=True)], paint)
        return chart


def report_order(part: np.ndarray) -> list[int]:
    """Rows of ``part`` (shares, ``(n_reports, n_themes)``) by the share of the largest themes, largest first."""
    order = np.argsort(-part.sum(axis=0), kind="stable")[:3]
    return sorted(range(len(part)), key=lambda i: tuple(-part[i, j] for j in order))


def _inside(axes: Axes, x: float, y: float, text: str, colour: str, hatch: str = "") -> None:
    """``text`` in the middle of a segment, in the ink that reads on its colour, its pattern kept away."""
    box = {"facecolor": colour, "linewidth": 0, "pad": 0.8} if hatch else None
    axes.text(x, y, text, ha="center", va="center", fontsize=7.5, color=contrast(colour), bbox=box)


def _long_table(
    counts: np.ndarray,
    part: np.ndarray,
    rows: Sequence[str],
    themes: Sequence[str],
    language: str,
    what: str,
    number: str,
) -> Table:
    """One line a row and theme, whole names, nothing folded."""
    share = say(language, "份额", "Share")
    heads = (say(language, "报告", "Report"), what, *([number] if number else []), share)
    body = tuple(
        (str(row), theme, *([int(counts[i, j])] if number else []), float(part[i, j]))
        for i, row in enumerate(rows)
        for j, theme in enumerate(themes)
    )
    return Table(say(language, f"{what}份额", f"{what} shares"), heads, body, frozenset({share}))
