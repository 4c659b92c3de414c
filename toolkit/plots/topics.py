"""Figures of topics: the terms of each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from toolkit.plots.style import MUTED, SERIES, Chart, empty_chart, house_style, label, new_chart
from toolkit.summary import say
from toolkit.tables import Table

MOST_TOPICS = 27  # panels on one page of A4; the CSV has all


def topic_terms(
    terms: Sequence[Sequence[str]],
    weights: Sequence[Sequence[float]],
    names: Sequence[str],
    colours: Sequence[str] | None = None,
    *,
    language: str = "zh",
    title: str | None = None,
    count: int = 8,
) -> Chart:
    """The first ``count`` terms of each topic, longest bar first, one panel a topic; the table keeps their rank.

    Args:
        terms, weights: a topic's terms, most telling first, and the weight of each.
        names, colours: one a topic.
    """
    with house_style():
        title = title or say(language, "各话题的主要词语", "Terms of each topic")
        columns = tuple(say(language, "话题 次序 词语 权重", "Topic Rank Term Weight").split())
        body = tuple(
            (name, rank, term, float(weight))
            for name, row, values in zip(names, terms, weights, strict=True)
            for rank, (term, weight) in enumerate(zip(row, values, strict=True), 1)
        )
        table = Table(say(language, "话题词语", "Topic terms"), columns, body)
        shown = min(len(names), MOST_TOPICS)
        if not shown:
            return empty_chart(table, title, say(language, "没有话题", "No topics"))
        if len(names) > shown:
            title += say(language, f"（前 {shown} 个，共 {len(names)} 个）", f" (first {shown} of {len(names)})")
        across = min(3, shown)
        down = -(-shown // across)
        count = min(count, 5 if shown > 21 else 6 if shown > 15 else count)
        most = min(count, max(len(row) for row in terms[:shown]))
        height = 0.6 + down * (0.36 + 0.16 * max(1, most))
        chart, grid = new_chart(table, height, title, nrows=down, ncols=across, squeeze=False)
        for number, axes in enumerate(grid.flat):
            if number >= shown:
                axes.set_axis_off()
                continue
            values = np.asarray(weights[number][:count], dtype=float)
            order = np.argsort(-values, kind="stable")
            values, row = values[order], [label(terms[number][int(k)], 18) for k in order]
            colour = colours[number] if colours else SERIES[0]
            axes.barh(np.arange(len(row)), values, color=colour, height=0.72)
            axes.set_yticks(np.arange(len(row)), row, fontsize=8)
            axes.set_ylim(most - 0.5, -0.5)
            axes.set_xlim(0, max(float(values.max()) if len(values) else 0, 1e-9) * 1.02)
            axes.set_xticks([])
            axes.spines[["left", "bottom"]].set_visible(False)
            axes.set_title(label(f"{number + 1}　{names[number]}", 34), fontsize=9, color=MUTED, pad=4)
        return chart
