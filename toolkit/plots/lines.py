"""Lines: themes over years with intervals, number of topics, learning curve, reliability and coverage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.ticker import MaxNLocator

from toolkit.plots.style import MUTED, RULE, SERIES, Chart, empty_chart, house_style, label, new_chart, percent_axis
from toolkit.summary import say
from toolkit.tables import Table

MOST_PANELS = 12
MARKERS = "os^Dv*P"  # lines are told apart by them too


def theme_years(
    years: Sequence[int],
    share: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    themes: Sequence[str],
    colours: Sequence[str],
    *,
    language: str = "zh",
    title: str | None = None,
) -> Chart:
    """Share of each theme over the years with its interval, one panel a theme, all on one scale.

    Args:
        share, low, high: ``(n_years, n_themes)``; NaN bounds (a year of one report) draw the point alone, hollow.
    """
    alone = np.isnan(low).all(axis=1)
    title = title or say(language, "主题份额逐年变化", "Theme shares over the years")
    notes = [] if alone.all() else [say(language, "竖线为 95% 区间", "bars: 95 % intervals")]
    if alone.any():
        notes.append(say(language, "空心点仅一份报告", "hollow: one report only"))
    title += say(language, f"（{'，'.join(notes)}）", f" ({'; '.join(notes)})") if notes else ""
    heads = say(language, "年份 主题 份额 下限 上限", "Year Theme Share Low High").split()
    body = tuple(
        (int(year), theme, float(share[i, j]), float(low[i, j]), float(high[i, j]))
        for i, year in enumerate(years)
        for j, theme in enumerate(themes)
    )
    table = Table(title, tuple(heads), body, frozenset(heads[2:]))
    order = [int(j) for j in np.argsort(-share.sum(axis=0), kind="stable") if share[:, j].sum() > 0]
    with house_style():
        if len(years) < 2 or not order:
            return empty_chart(table, title, say(language, "不足两个年份", "Fewer than two years"))
        shown = order[:MOST_PANELS]
        if len(order) > len(shown):
            title += say(language, f"，份额最大的 {len(shown)} 个", f", the {len(shown)} largest")
        down = -(-len(shown) // 4)
        chart, grid = new_chart(
            table, 0.7 + 1.35 * down, title, nrows=down, ncols=4, squeeze=False, sharex=True, sharey=True
        )
        for number, axes in enumerate(grid.flat):
            if number >= len(shown):
                axes.set_axis_off()
                continue
            j = shown[number]
            axes.vlines(years, low[:, j], high[:, j], color=RULE, linewidth=4)
            axes.plot(years, share[:, j], color=colours[j], marker="o", markersize=3.5, linewidth=1.6, clip_on=False)
            if alone.any():
                hollow = {"facecolor": "white", "edgecolor": colours[j], "s": 14, "linewidth": 1.2, "zorder": 4}
                axes.scatter(np.asarray(years)[alone], share[alone, j], clip_on=False, **hollow)
            axes.set_title(label(themes[j], 22), fontsize=8.5, pad=3)
            axes.set_xticks(_some(years), [str(year) for year in _some(years)])
            axes.tick_params(axis="x", labelbottom=number + 4 >= len(shown))
            axes.grid(axis="y")
            percent_axis(axes, "y")
        grid.flat[0].set_ylim(bottom=0)
        return chart


def topic_sweep(
    numbers: Sequence[int],
    measures: Mapping[str, Sequence[float]],
    *,
    recommended: int | None = None,
    language: str = "zh",
    title: str | None = None,
) -> Chart:
    """Quality by number of topics: one panel a measure, the recommended number marked.

    Args:
        measures: name → one value a number of topics.
    """
    title = title or say(language, "话题数的选择", "Choosing the number of topics")
    heads = say(language, "话题数 指标 数值", "Topics Measure Value").split()
    body = tuple((int(n), name, float(v)) for name, row in measures.items() for n, v in zip(numbers, row, strict=True))
    table = Table(title, tuple(heads), body)
    with house_style():
        if not measures or not len(numbers):
            return empty_chart(table, title, say(language, "没有可显示的数据", "Nothing to show"))
        across = min(3, len(measures))
        down = -(-len(measures) // across)
        chart, grid = new_chart(table, 0.7 + 1.9 * down, title, nrows=down, ncols=across, squeeze=False, sharex=True)
        for number, axes in enumerate(grid.flat):
            if number >= len(measures):
                axes.set_axis_off()
                continue
            name = list(measures)[number]
            axes.plot(numbers, measures[name], color=SERIES[0], marker="o", markersize=4, linewidth=1.6)
            if recommended is not None:
                axes.axvline(recommended, color=SERIES[1], linewidth=1, linestyle="--", zorder=0)
                if not number:
                    text = say(language, f"建议 {recommended}", f"advised {recommended}")
                    axes.annotate(text, (recommended, 0.04), (3, 0), xycoords=("data", "axes fraction"),
                                  textcoords="offset points", fontsize=8, color=MUTED)  # fmt: skip
            axes.set_title(label(name, 30), fontsize=9, pad=4)
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
            axes.yaxis.set_major_locator(MaxNLocator(4))
            axes.yaxis.set_major_formatter("{x:.2f}")
            if number + across >= len(measures):
                axes.tick_params(axis="x", labelbottom=True)
                axes.set_xlabel(heads[0])
            axes.grid(axis="y")
        return chart


def learning_curve(
    sizes: Sequence[int],
    scores: Mapping[str, Sequence[float]],
    intervals: Mapping[str, tuple[Sequence[float], Sequence[float]]] | None = None,
    *,
    ceiling: float | None = None,
    language: str = "zh",
    title: str | None = None,
) -> Chart:
    """Scores by number of labelled items, one line a name; ``ceiling`` is the agreement of two annotators."""
    title = title or say(language, "学习曲线", "Learning curve")
    heads = say(language, "条目数 名称 得分 下限 上限", "Items Name Score Low High").split()
    bounds = intervals or {}
    unknown = np.full(len(sizes), np.nan)
    limits = {name: bounds.get(name, (unknown, unknown)) for name in scores}
    body = tuple(
        (int(n), name, float(v), float(a), float(b))
        for name, row in scores.items()
        for n, v, a, b in zip(sizes, row, limits[name][0], limits[name][1], strict=True)
    )
    table = Table(title, tuple(heads), body)
    with house_style():
        if not scores or not len(sizes):
            return empty_chart(table, title, say(language, "没有可显示的数据", "Nothing to show"))
        chart, axes = new_chart(table, 3.4, title)
        for number, (name, row) in enumerate(scores.items()):
            colour, mark = SERIES[number % len(SERIES)], MARKERS[number % len(MARKERS)]
            axes.fill_between(sizes, *limits[name], color=colour, alpha=0.18, linewidth=0)
            axes.plot(sizes, row, color=colour, marker=mark, markersize=4.5, linewidth=1.6, label=label(name, 30))
        if ceiling is not None:
            axes.axhline(ceiling, color=MUTED, linewidth=1, linestyle="--")
            text = say(language, f"两位标注者的一致性 {ceiling:.2f}", f"two annotators agree {ceiling:.2f}")
            axes.annotate(text, (sizes[0], ceiling), (0, 3), textcoords="offset points", fontsize=8, color=MUTED)
        axes.set_xlabel(say(language, "标注条目数", "labelled items"))
        axes.set_ylabel("F1")
        axes.grid(axis="y")
        axes.legend(loc="lower right")
        return chart


def reliability(
    predicted: Sequence[float],
    observed: Sequence[float],
    counts: Sequence[int],
    *,
    language: str = "zh",
    title: str | None = None,
) -> Chart:
    """Is 80 % right four times in five? Mean probability and share right of each bin; size of a dot: items in it."""
    title = title or say(language, "概率是否可信", "Reliability of the probabilities")
    heads = say(language, "平均概率 实际比例 个数", "Probability Observed Count").split()
    triples = zip(predicted, observed, counts, strict=True)
    table = Table(title, tuple(heads), tuple((float(p), float(o), int(n)) for p, o, n in triples))
    with house_style():
        if not len(predicted):
            return empty_chart(table, title, say(language, "没有可显示的数据", "Nothing to show"))
        chart, axes = new_chart(table, 4.2, title)
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--")
        axes.plot(predicted, observed, color=SERIES[0], linewidth=1.6)
        sizes = 20 + 160 * np.sqrt(np.asarray(counts, dtype=float) / max(1, max(counts)))
        axes.scatter(predicted, observed, s=sizes, color=SERIES[0], zorder=3, edgecolors="white", clip_on=False)
        axes.set(xlim=(0, 1.02), ylim=(0, 1.05), aspect="equal")
        percent_axis(axes)
        percent_axis(axes, "y")
        axes.set_xlabel(
            say(language, "模型给出的概率（点越大，个数越多）", "probability given (a larger dot: more cases)")
        )
        axes.set_ylabel(say(language, "其中正确的比例", "share that is right"))
        axes.grid()
        return chart


def coverage(
    covered: Sequence[float],
    score: Sequence[float],
    *,
    name: str = "F1",
    language: str = "zh",
    title: str | None = None,
) -> Chart:
    """Quality when only the surest items are taken: score by share of items covered."""
    title = title or say(language, "只取把握大的条目时的质量", "Quality of the surest items")
    heads = (say(language, "覆盖率", "Covered"), name)
    table = Table(title, heads, tuple((float(c), float(s)) for c, s in zip(covered, score, strict=True)))
    with house_style():
        if not len(covered):
            return empty_chart(table, title, say(language, "没有可显示的数据", "Nothing to show"))
        chart, axes = new_chart(table, 3.2, title)
        axes.plot(covered, score, color=SERIES[0], marker="o", markersize=3.5, linewidth=1.6)
        axes.set_xlim(0, 1.02)
        percent_axis(axes)
        axes.set_xlabel(say(language, "自动处理的条目比例", "share of items decided"))
        axes.set_ylabel(label(name, 20))
        axes.grid()
        return chart


def _some(years: Sequence[int]) -> list[int]:
    """The first and the last year, and the one nearest the middle where there is room."""
    middle = min(years, key=lambda year: abs(year - (years[0] + years[-1]) / 2))
    room = (years[-1] - years[0]) / 3
    return [years[0], *([middle] if middle - years[0] > room and years[-1] - middle > room else []), years[-1]]
