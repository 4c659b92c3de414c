"""Indicators: the quantities of the items, tied to theme and item, and the known ones side by side.

``labels/indicators.toml`` names figures that reports of many places and years share (调解纠纷, 法律援助案件); a
quantity whose theme, unit and words agree with one is put under its name, so that reports can be compared. Others
stand under the text's own words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from toolkit.codebook import NOISE, Codebook, Identifier, Name
from toolkit.errors import LabelsError
from toolkit.quantities import Quantity, quantities
from toolkit.resources import shipped
from toolkit.settings import Settings, build, read_toml
from toolkit.summary import Documents, Row, document_labels, say, theme_ids
from toolkit.tables import Cell, Table


class Known(Settings):
    """A figure that many reports give: its names, and how it is found again."""

    id: Identifier
    zh: Name
    en: Name
    theme: Identifier
    units: tuple[Name, ...]
    pattern: Name


class _File(Settings):
    indicator: tuple[Known, ...]


@dataclass(frozen=True, slots=True)
class Indicator:
    """A quantity, where it stands and what it belongs to.

    ``start`` and ``end`` count characters of the document, ``row`` is the number of the item's row. ``theme`` is the
    item's theme that the words around the number name, else its first, else empty. ``known`` is the id of the shared
    indicator, else empty. ``year`` is the year the figure speaks of, as far as text and document tell.
    """

    document: str
    item: str
    row: int
    theme: str
    stage: str
    known: str
    year: int | None
    start: int
    end: int
    quantity: Quantity


def load_known(path: Path | None = None) -> tuple[Known, ...]:
    """The shared indicators in ``path``, by default the shipped ones.

    Raises:
        LabelsError: the file is broken, an id stands twice, a pattern is no regular expression.
    """
    path = shipped("labels", "indicators.toml") if path is None else path
    known = build(_File, read_toml(path, LabelsError), path, LabelsError).indicator
    for number, entry in enumerate(known):
        if any(entry.id == other.id for other in known[:number]):
            raise LabelsError(f"id {entry.id!r} stands twice", where=path)
        try:
            re.compile(entry.pattern)
        except re.error as problem:
            raise LabelsError(f"{entry.id}: no regular expression: {problem}", where=path) from None
    return known


@cache
def _shipped() -> tuple[Known, ...]:
    return load_known()


def indicators(
    rows: Sequence[Row], documents: Documents, codebook: Codebook, known: Sequence[Known] | None = None
) -> list[Indicator]:
    """All quantities of the rows that are report text, in order."""
    known = _shipped() if known is None else known
    words = {theme.id: (*theme.aliases, *theme.seeds) for theme in codebook.themes}
    found: list[Indicator] = []
    for number, row in enumerate(rows):
        if row["stage"] == NOISE:
            continue
        themes, start = theme_ids(row), int(row.get("start") or 0)
        year = _year((documents.get(row["document"]) or {}).get("year"))
        for quantity in quantities(row["text"]):
            theme = _theme(quantity, themes, words)
            entry = next((k for k in known if k.theme in (theme, *themes) and _fits(quantity, k, row["text"])), None)
            found.append(
                Indicator(
                    document=str(row["document"]),
                    item=str(row["id"]),
                    row=number,
                    theme=entry.theme if entry else theme,
                    stage=str(row["stage"]),
                    known=entry.id if entry else "",
                    year=_year_of(quantity.period, year),
                    start=start + quantity.start,
                    end=start + quantity.end,
                    quantity=quantity,
                )
            )
    return found


def _theme(quantity: Quantity, themes: Sequence[str], words: dict[str, tuple[str, ...]]) -> str:
    """Of an item's themes the one whose words stand in the measure; of several, the longest word's."""
    named = [(len(w), -i) for i, t in enumerate(themes) for w in words.get(t, ()) if w in quantity.measure]
    return themes[-max(named)[1]] if named else (themes[0] if themes else "")


# 每调成一件补 30 元, 人均办案 80 件: a rate, not what the report adds up to.
_PER = re.compile(r"每|平均|[人户年月日]均")
# Units that count the same.
_SAME = {"名": "人", "位": "人", "起": "件", "宗": "件", "例": "件", "场次": "场", "所": "家"}


# 其中刑事案件 142 件, 分差过大的卷宗有 14 本, 有 4 件延期后才审结: a part of what is counted.
_PART = re.compile(r"其中[^。；;]*$|的[^，,。；;]{0,8}有$|[，,。；;]有$")


def _fits(quantity: Quantity, known: Known, text: str) -> bool:
    # a change (同比下降 9 %) is no level, whatever its words
    if quantity.comparison or quantity.unit not in known.units or _PER.search(quantity.measure):
        return False
    # 对败诉率超过 12 % 的单位: a mark to pass, not a figure reached
    if text.startswith("的", quantity.end) or _PART.search(text, 0, quantity.start):
        return False
    return bool(re.search(known.pattern, quantity.measure))


def _year(value: object) -> int | None:
    return int(str(value)) if re.fullmatch(r"\d{4}", str(value or "")) else None


def _year_of(period: str, year: int | None) -> int | None:
    """The year a period names: 2022年上半年 → 2022; 去年 → the one before the document's."""
    if match := re.match(r"(?:19|20)\d\d", period):
        return int(match.group())
    if period.startswith(("去年", "上年")):
        return None if year is None else year - 1
    return None if period.startswith(("近", "十", "“十")) else year


def indicators_table(
    found: Sequence[Indicator], documents: Documents, codebook: Codebook, language: str = "zh"
) -> Table:
    """One line a quantity, values as numbers."""
    names = codebook.names(language)
    called = {entry.id: say(language, entry.zh, entry.en) for entry in _shipped()}
    documents_named = list(dict.fromkeys(indicator.document for indicator in found))
    labels = dict(zip(documents_named, document_labels(documents_named, documents), strict=True))
    heads = say(
        language,
        "文件 标题 条目 主题 阶段 指标 原文说法 数值 上限 单位 精度 比较 增减 时期 年份 起 止",
        "Document Title Item Theme Stage Indicator Measure Value Upper Unit Precision Comparison Change Period Year "
        "Start End",
    )
    bounds = {"exact": "", "about": say(language, "约", "about"), "over": say(language, "以上", "over")}
    bounds["under"] = say(language, "以内", "at most")
    body: list[tuple[Cell, ...]] = []
    for indicator in found:
        q = indicator.quantity
        body.append(
            (
                indicator.document,
                labels[indicator.document],
                indicator.item,
                names.get(indicator.theme, indicator.theme),
                names.get(indicator.stage, indicator.stage),
                called.get(indicator.known, ""),
                q.measure,
                q.value,
                q.upper,
                q.unit,
                bounds[q.bound],
                q.comparison,
                q.direction * q.value if q.direction else None,
                q.period,
                indicator.year,
                indicator.start,
                indicator.end,
            )
        )
    return Table(say(language, "指标", "Indicators"), tuple(heads.split()), tuple(body))


@dataclass(frozen=True)
class Series:
    """A shared indicator in several documents: ``values`` holds the first reported figure of each that has one."""

    id: str
    name: str
    theme: str
    unit: str
    values: dict[str, Indicator]


def compared(found: Sequence[Indicator], language: str = "zh", stage: str = "achievement") -> list[Series]:
    """Shared indicators with their figure in each document, most widely reported first.

    Of several figures of one document the first is taken: the sum stands before its parts. Plans are left out
    (``stage``), they are no figures yet; so are units other than the most frequent one (名 and 人 count as one).
    """
    series: list[Series] = []
    for entry in _shipped():
        mine = [i for i in found if i.known == entry.id and i.stage == stage]
        units = [_SAME.get(i.quantity.unit, i.quantity.unit) for i in mine]
        if not units:
            continue
        unit = max(dict.fromkeys(units), key=units.count)
        values: dict[str, Indicator] = {}
        for indicator, own in zip(mine, units, strict=True):
            if own == unit:
                values.setdefault(indicator.document, indicator)
        series.append(Series(entry.id, say(language, entry.zh, entry.en), entry.theme, unit, values))
    return sorted(series, key=lambda s: -len(s.values))


def comparison_table(
    found: Sequence[Indicator], documents: Documents, codebook: Codebook, language: str = "zh"
) -> Table:
    """Shared indicators, one line each, a column a document, in order of year and place."""
    names = codebook.names(language)
    order = list(dict.fromkeys([*documents, *(indicator.document for indicator in found)]))
    order.sort(key=lambda name: str((documents.get(name) or {}).get("year") or ""))
    heads = (*say(language, "指标 主题 单位", "Indicator Theme Unit").split(), *document_labels(order, documents))
    body = []
    for series in compared(found, language):
        values = (series.values[name].quantity.value if name in series.values else None for name in order)
        body.append((series.name, names.get(series.theme, series.theme), series.unit, *values))
    return Table(say(language, "指标对比", "Indicators compared"), heads, tuple(body))
