"""Figures that choose and follow topics: criteria by number of topics, shares by group with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from toolkit.plots.style import MUTED, RULE, SERIES, Chart, empty_chart, house_style, label, new_chart, percent_axis
from toolkit.summary import say
from toolkit.tables import Table

_NAMES = {
    "npmi": ("连贯性（NPMI）", "coherence (NPMI)"),
    "c_v": ("连贯性（c_v）", "coherence (c_v)"),
    "diversity": ("多样性", "diversity"),
    "exclusivity": ("专属性", "exclusivity"),
    "stability": ("稳定性", "stability"),
}


def topic_sweep(
    numbers: Sequence[int], criteria: Mapping[str, Sequence[float]], best: int, advice: str, *, language: str = "zh"
) -> Chart:
    """One panel a criterion over the numbers of topics tried; the number to take is marked.

    Args:
        numbers: of topics.
        criteria: name (``npmi``, ``stability``, …) → a value a number.
        best: the number to take.
        advice: why, below the title.
    """
    with house_style():
        title = say(language, "取多少个话题", "How many topics")
        called = {key: say(language, *_NAMES.get(key, (key, key))) for key in criteria}
        columns = (say(language, "话题数", "Topics"), *called.values())
        body = tuple((n, *(float(values[i]) for values in criteria.values())) for i, n in enumerate(numbers))
        table = Table(say(language, "话题数", "Topics"), columns, body)
        if not numbers or not criteria:
            return empty_chart(table, title, say(language, "没有可比较的话题数", "Nothing to compare"))
        chart, grid = new_chart(table, 2.7, title, nrows=1, ncols=len(criteria), squeeze=False)
        for axes, (key, values) in zip(grid.flat, criteria.items(), strict=True):
            axes.plot(numbers, values, color=SERIES[0], marker="o", markersize=4, linewidth=1.4)
            axes.axvline(best, color=SERIES[1], linewidth=1, linestyle="--")
            axes.set_title(called[key], fontsize=9, color=MUTED, pad=4)
            axes.set_xticks(list(numbers))
            axes.grid(axis="y")
        chart.supxlabel(label(advice, 120), fontsize=8, color=MUTED)
        return chart


def topic_shares(
    mean: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    groups: Sequence[str],
    names: Sequence[str],
    colours: Sequence[str] | None = None,
    *,
    language: str = "zh",
    title: str | None = None,
    count: int = 12,
) -> Chart:
    """Shares of the ``count`` largest topics by group (year, place, stage), one panel a topic, with 95 % intervals.

    Args:
        mean, low, high: ``(n_groups, n_topics)``; NaN where there is no interval.
        groups: in order, along the axis.
        names, colours: one a topic.
    """
    with house_style():
        title = title or say(language, "各话题的份额及 95% 置信区间", "Shares of topics with 95 % intervals")
        columns = tuple(say(language, "组 话题 份额 下限 上限", "Group Topic Share Low High").split())
        body = tuple(
            (group, name, float(mean[g, k]), float(low[g, k]), float(high[g, k]))
            for g, group in enumerate(groups)
            for k, name in enumerate(names)
        )
        table = Table(say(language, "话题份额", "Topic shares"), columns, body, frozenset(columns[2:]))
        if not len(groups) or not len(names):
            return empty_chart(table, title, say(language, "没有可比较的组", "No groups to compare"))
        shown = np.argsort(-mean.sum(axis=0), kind="stable")[:count]
        across = min(3, len(shown))
        down = -(-len(shown) // across)
        chart, grid = new_chart(table, 0.6 + 1.5 * down, title, nrows=down, ncols=across, squeeze=False, sharey=True)
        places = np.arange(len(groups))
        for number, axes in enumerate(grid.flat):
            if number >= len(shown):
                axes.set_axis_off()
                continue
            k = shown[number]
            colour = colours[k] if colours else SERIES[0]
            axes.vlines(places, low[:, k], high[:, k], color=RULE, linewidth=3)
            axes.plot(places, mean[:, k], color=colour, marker="o", markersize=3.5, linewidth=1.2)
            step = max(1, -(-len(groups) // 6))
            axes.set_xticks(
                places[::step], [label(str(groups[g]), 10) for g in range(0, len(groups), step)], fontsize=8
            )
            axes.set_title(label(names[int(k)], 30), fontsize=9, color=MUTED, pad=4)
            axes.set_ylim(bottom=0)
            percent_axis(axes, "y")
        return chart
