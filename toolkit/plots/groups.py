"""Shares of topics by group (year, place, stage) with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from toolkit.plots.style import MUTED, RULE, SERIES, Chart, empty_chart, house_style, label, new_chart, percent_axis
from toolkit.summary import say
from toolkit.tables import Table


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
    connected: bool = True,
) -> Chart:
    """Shares of the ``count`` largest topics by group (year, place, stage), one panel a topic, with 95 % intervals.

    Args:
        mean, low, high: ``(n_groups, n_topics)``; NaN where there is no interval.
        groups: in order, along the axis.
        names, colours: one a topic.
        count: of topics shown; the CSV has all.
        connected: draw a line through the groups, as for years.
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
        top = 1.05 * max(1e-6, float(np.nanmax(np.vstack([mean, high])[:, shown])))
        for number, axes in enumerate(grid.flat):
            if number >= len(shown):
                axes.set_axis_off()
                continue
            k = shown[number]
            colour = colours[k] if colours else SERIES[0]
            axes.vlines(places, low[:, k], high[:, k], color=RULE, linewidth=3)
            # Only years follow one another: a line between places or stages would show a course there is none of.
            axes.plot(
                places,
                mean[:, k],
                color=colour,
                marker="o",
                markersize=3.5,
                linewidth=1.2 if connected else 0,
                clip_on=False,
            )
            step = max(1, -(-(len(groups) - 1) // 4)) if connected else 1
            axes.set_xticks(
                places[::step], [label(str(groups[g]), 10) for g in range(0, len(groups), step)], fontsize=8
            )
            axes.set_title(label(names[int(k)], 30), fontsize=9, color=MUTED, pad=4)
            axes.set_ylim(0, top)
            percent_axis(axes, "y")
        return chart
