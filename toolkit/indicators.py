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
    """A figure that many reports give: its names, and how it is found again.

    Of ``own`` and ``rivals`` the words named last before the figure decide whether short ones (审结) speak of it.
    """

    id: Identifier
    zh: Name
    en: Name
    theme: Identifier
    units: tuple[Name, ...]
    pattern: Name
    own: str = ""
    rivals: str = ""


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
        for pattern in (entry.pattern, entry.own, entry.rivals):
            try:
                re.compile(pattern)
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
        reported = _year((documents.get(row["document"]) or {}).get("year"))
        headed = _headed(row.get("headings") or (), reported) if row["stage"] == "plan" else None
        text = row["text"]
        of_item = quantities(text)
        for quantity in of_item:
            theme = _theme(quantity, themes, words, text[: quantity.start])
            whole = known if not _is_part(quantity, of_item, text) else ()
            entry = next((k for k in whole if k.theme in (theme, *themes) and _fits(quantity, k, text)), None)
            year = _year_of(quantity.period, headed or reported) if quantity.period else headed or reported
            found.append(
                Indicator(
                    document=str(row["document"]),
                    item=str(row["id"]),
                    row=number,
                    theme=entry.theme if entry else theme,
                    stage=str(row["stage"]),
                    known=entry.id if entry else "",
                    year=year,
                    start=start + quantity.start,
                    end=start + quantity.end,
                    quantity=quantity,
                )
            )
    return found


def _theme(quantity: Quantity, themes: Sequence[str], words: dict[str, tuple[str, ...]], before: str) -> str:
    """Of an item's themes the one whose words stand in the measure; of several, the longest word's.

    Where the measure names none, the sentence before the figure does: the word nearest to it.
    """
    named = [(len(w), -i) for i, t in enumerate(themes) for w in words.get(t, ()) if w in quantity.measure]
    if not named and len(themes) > 1:
        sentence = re.split("[。；;\n]", before)[-1]
        named = [
            (sentence.rfind(w) + len(w), -i) for i, t in enumerate(themes) for w in words.get(t, ()) if w in sentence
        ]
    return themes[-max(named)[1]] if named else (themes[0] if themes else "")


# 每调成一件补 30 元, 人均办案 80 件: a rate, not what the report adds up to.
_PER = re.compile(r"每|平均|[人户年月日]均")
# Units that count the same.
_SAME = {"名": "人", "位": "人", "起": "件", "宗": "件", "例": "件", "场次": "场", "所": "家"}


# 3家律所在外地设立分所 are some of them, 76家律所全部通过年检 all.
_ALL = re.compile("全部|全员|全年|均|都|已|累计|$")
# 分差过大的卷宗有 14 本, 有 4 件延期后才审结: a part of what is counted; 对败诉率超过 12 % 的单位: a mark to pass.
_PART = re.compile(r"的[^，,。；;]{0,8}有$|[，,。；;]有$")
_CHOSEN = re.compile(r"[^，,。；;]*?(?:受到|荣获|获得?(?!感)|评为|入选)")
_WITHIN = re.compile(r"其中[^。；;]*$")


def _is_part(quantity: Quantity, beside: Sequence[Quantity], text: str) -> bool:
    """Whether a figure counts some of what the text counts: 援助案件 512 件, 其中刑事 142 件、民事 370 件."""
    if not _ALL.match(quantity.does) or text.startswith("的", quantity.end) or _PART.search(text, 0, quantity.start):
        return True
    if _CHOSEN.match(text, quantity.end):
        return True
    within = _WITHIN.search(text, 0, quantity.start)
    if within is None:
        return False
    if not re.search("[，,]", text[within.start() : quantity.start]):
        return True
    parts = [other for other in beside if within.start() < other.start <= quantity.start]
    same = _SAME.get(parts[0].unit, parts[0].unit) == _SAME.get(quantity.unit, quantity.unit)
    return same or (len(parts) == 2 and quantity.unit == "%")  # 其中邻里纠纷 812 件，成功率 98.5 %


def _counts(quantity: Quantity, known: Known) -> bool:
    return _SAME.get(quantity.unit, quantity.unit) in {_SAME.get(unit, unit) for unit in known.units}


def _fits(quantity: Quantity, known: Known, text: str) -> bool:
    """Whether a figure is the shared one: no change (同比下降 9 %) and no rate, by unit and words."""
    if quantity.comparison or not _counts(quantity, known) or _PER.search(quantity.measure):
        return False
    return bool(re.search(known.pattern, quantity.measure)) and not _of_rivals(known, text[: quantity.start])


# 首次超过同期行政诉讼收案数: what it is only compared with.
_BESIDE = re.compile("(?:同期|超过|高于|低于|多于)[^，,。；;]{0,16}")


def _of_rivals(known: Known, before: str) -> bool:
    """Whether the last of the words that tell it from its like speaks of something else."""
    if not known.rivals:
        return False
    before = _BESIDE.sub("", before)
    last = {key: max((m.end() for m in re.finditer(key, before)), default=-1) for key in (known.own, known.rivals)}
    return last[known.rivals] > last[known.own]


def _year(value: object) -> int | None:
    return int(str(value)) if re.fullmatch(r"\d{4}", str(value or "")) else None


def _year_of(period: str, year: int | None) -> int | None:
    """The year a period names: 2022年上半年 → 2022; 去年 → the one before the document's; 近三年 → none."""
    if match := re.search(r"(?:19|20)\d\d", period):
        return int(match.group())
    if _LONG.match(period):
        return None
    return year if year is None else year + ("明年" in period) - bool(re.search("去年|上年", period))


_LONG = re.compile(r"近|[“\"]?十[一二三四五]五|[一二两三四五]年来|[两三四五]年以来")


def _headed(headings: Sequence[str], year: int | None) -> int | None:
    """The year that the nearest heading with one names: 二、2025年工作打算, 明年工作安排."""
    for heading in reversed(headings):
        if match := re.search(r"(?<!\d)(20\d\d)年(?!以来|来|起)(?![-—至])", heading):
            return int(match[1])
        if "明年" in heading or "下一年" in heading:
            return None if year is None else year + 1
    return None


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

    Of several figures of one document the first is taken: the sum stands before its parts; one of the year that most
    figures of the document are of goes before one of another. Plans are left out (``stage``), they are no figures yet;
    so are units other than the most frequent one (名 and 人 count as one).
    """
    years: dict[str, list[int | None]] = {}
    for indicator in found:
        years.setdefault(indicator.document, []).append(indicator.year)
    reported = {document: max(dict.fromkeys(own), key=own.count) for document, own in years.items()}
    series: list[Series] = []
    for entry in _shipped():
        mine = [i for i in found if i.known == entry.id and i.stage == stage]
        units = [_SAME.get(i.quantity.unit, i.quantity.unit) for i in mine]
        if not units:
            continue
        unit = max(dict.fromkeys(units), key=units.count)
        values: dict[str, Indicator] = {}
        for indicator in sorted(
            (i for i, own in zip(mine, units, strict=True) if own == unit), key=lambda i: i.year != reported[i.document]
        ):
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
