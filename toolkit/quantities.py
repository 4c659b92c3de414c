"""Quantities in running Chinese text: a number with its unit, what it measures, its period and its comparison.

::

    >>> [(q.measure, q.value, q.unit) for q in quantities("全年调解纠纷2440件，挽回经济损失476余万元，同比下降9%。")]
    [('调解纠纷', 2440.0, '件'), ('挽回经济损失', 4760000.0, '元'), ('挽回经济损失', 9.0, '%')]

What counts as a number with a unit is said in :mod:`toolkit.amounts`, what it measures in :mod:`toolkit.measures`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from toolkit.amounts import Amount, Bound, amounts
from toolkit.measures import (
    NOUN_FOLLOWS,
    bare,
    begins_with_verb,
    in_all,
    listed,
    measure,
    noun,
    own_part,
    predicate,
    with_shared_verb,
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number in a text.

    Attributes:
        start, end: of number and unit, in characters of the text.
        measure: what is counted, in the text's own words.
        value: in ``unit``, 万 and 亿 multiplied out; the lower end of a range.
        upper: the upper end of a range, else ``None``.
        unit: 件, 人次, 元, %.
        bound: ``about`` (约, 近, 左右), ``over`` (余, 超, 以上), ``under`` (不超过, 不足, 以内).
        comparison: the words that make it a change (同比下降, 比去年减少), its start (由上年) or a ratio (是去年的), or
            empty.
        direction: of that change: 1 up, -1 down, 0 none.
        period: the words that say when (2023年, 今年以来), else empty.
        does: what is said of the counted where they are the subject (3家律所|在外地设立分所), else empty.
    """

    start: int
    end: int
    measure: str
    value: float
    upper: float | None
    unit: str
    bound: Bound
    comparison: str = ""
    direction: int = 0
    period: str = ""
    does: str = ""


_DELIMITER = re.compile(r"[，,。；;：:！？!?\n\r（）()【】\[\]|]")
_ITEM_END = re.compile(r"[，,、。；;：:！？!?\n\r（）()【】\[\]|]")
_SENTENCE_END = re.compile(r"[。；;！？!?\n]")
# A remark without a figure: 6位县（市、区）委书记.
_REMARK = re.compile(r"[（(][^（）()\d\n。；;]{1,12}[）)]")
# A saying is one name: “谁执法、谁普法”.
_NAME = re.compile(r"[“\"‘][^“”\"‘’\d，。；\n]{1,24}[”\"’]")
_YEAR = r"(?:19|20)\d\d年"
_MONTH = r"(?:1[0-2]|0?[1-9])"
_PERIOD = re.compile(
    rf"(?<![\d.])(?P<month>(?:截[至止]\s?)?(?:{_YEAR}|今年|去年|本年)?{_MONTH}(?:月?[至到—–\-~～]{{1,2}}{_MONTH})?月(?:份|末|底|\d{{1,2}}日)?)"
    rf"|(?P<year>{_YEAR})(?:上半年|下半年|[一二三四1-4]季度|度|以来|[底末初])?"
    r"|(?:今年|去年|明年|上年|本年度|全年|年内|上半年|下半年|第?[一二三四]季度|前三季度|前[一二三四五六七八九十\d]{1,2}个月|近[一二两三四五\d]+年|近年)(?:以来|来|底|末|(?<!全年)初)?"
    r"|[两三四五]年(?:以来|来)|[“\"]?十[一二三四五]五[”\"]?(?:期间|时期|以来)"
)
# What a change is measured against.
_THAN = (
    r"(?:(?:同比|环比|(?:与|和|较|比|相比|同)(?:去年|上年|上一年|前年|以往|往年|上月|20\d\d年)度?(?:同期)?(?:相比|比)?"
    r"|(?<![占对评环同可])[比较][^，,。；;、比占较为]{1,8}?)[，,]?)"
)
_UP = "净增长?|增长|增幅|上升|增加|提高|提升|上涨|上浮|上调|攀升|回升|高出|多出|(?<![许众])多|增"
_DOWN = "下降|减少|降低|降幅|回落|缩短|缩减|下滑|下浮|下调|压减|压缩|压降|降|(?<!至)少"
_CHANGE = re.compile(
    rf"{_THAN}?(?:分别|又|再|均|共|平均|大幅)?(?:(?P<up>(?<!新)(?:{_UP}))|(?P<down>{_DOWN}))(?:幅度)?了?\s?$"
)
# 提升13个联系点功能 makes them better, not more.
_IMPROVES = re.compile("(?:提升|提高|多|增)$")
# How far from what others have: 高于全省平均, 比全市平均数低.
_APART = re.compile(
    r"(?:(?:比|较|与)[^，,。；;]{0,6}?(?:平均|均值)(?:水平|数)?(?P<way>高出?|多|低|少|差)|(?P<over>高于|低于)[^，,。；;]{0,8}?(?:平均|均值)(?:水平|数)?)$"
)
# The value a change started from: 由上年的12%下降到9%.
_FROM = re.compile(r"(?:由|从)[^，,。；;由从]{0,8}$")
_MOVES = re.compile(
    r"[^，。；]{0,6}?(?:增|升|提高|提升|提到|降|减|压|扩|缩短|延长|延至|涨|精简|调整|发展|壮大|[拉砍缩调]到|到\s?\d)"
)
# What it is a multiple of: 是去年的1.4倍.
_RATIO = re.compile(r"(?:是|为|达到?|相当于)[^，,。；;]{1,14}的$")
_OF_ANY = ("%", "‰", "百分点", "倍", "元")
_OF_A_THING, _WORD = re.compile(r"(?:以来)?[^，,。；;\d]{0,6}的"), re.compile(r"[\u4e00-\u9fff]")
_NO_PERIOD = re.compile(r"[比较与和同由从《]$|(?<![占对评])[比较][^，,。；;]{0,6}$")
_LEADS_ON = re.compile(
    r"(?:等(?:共|共计|合计)?|(?:[^核面]对|[向给为到在于从由被把将和与]|(?<![涉惠波])及)(?:全[省市县区镇乡]|辖区|各)?)$"
)
# A line of a table: what its first cell says.
_ROW = re.compile(r"^\s*(?:[|｜]\s*)?(?P<label>[^|｜\d\n]{1,30}?)\s*[|｜]")
_STAYS = re.compile(rf"{_THAN}$")
_AND = re.compile(r"(?:以上|左右|以下|以内)?[、，,]?(?:和|及|与|以及)?(?:约|近|超过?)?")


def quantities(text: str) -> list[Quantity]:
    """All quantities of ``text``, in order."""
    counted = amounts(text)
    plain = _REMARK.sub(lambda remark: "\0" * len(remark.group()), text) if counted else ""
    plain = _NAME.sub(lambda name: name.group().replace("、", "·"), plain)
    breaks = [m.end() for m in _DELIMITER.finditer(plain) if not _in_number(plain, m)]
    periods = list(_periods(plain))
    found: list[Quantity] = []
    for number, amount in enumerate(counted):
        previous = counted[number - 1] if number else None
        opens = _opens(plain, amount, previous, breaks)
        after = _after(plain, amount, counted[number + 1] if number + 1 < len(counted) else None)
        before, comparison, direction = _change(plain, amount, plain[opens : amount.opens], after)
        if comparison:
            after = after if direction and amount.unit in NOUN_FOLLOWS and noun(after) else ""
        named = measure(_before(before, amount, after), after, amount.unit)
        named = _beside(plain, amount, previous, opens, named, found, bool(comparison))
        if not named and (label := _ROW.match(plain[plain.rfind("\n", 0, amount.start) + 1 : amount.start])):
            named = measure(label["label"], "")
        found.append(
            Quantity(
                start=amount.start,
                end=amount.end,
                measure=named,
                value=amount.value,
                upper=amount.upper,
                unit=amount.unit,
                bound=amount.bound,
                comparison=comparison,
                direction=direction,
                period=_period(plain, periods, amount.start),
                does=predicate(after) if amount.unit in NOUN_FOLLOWS else "",
            )
        )
    return _respectively(plain, found, breaks)


def _beside(
    plain: str, amount: Amount, previous: Amount | None, opens: int, named: str, found: Sequence[Quantity], change: bool
) -> str:
    """What ``amount`` counts, seen beside the figure before it in the same sentence."""
    if previous is None or not found or _SENTENCE_END.search(plain, found[-1].end, amount.start):
        return named
    last, between = found[-1].measure, plain[previous.closes : amount.opens]
    if not between and (not named or amount.unit not in NOUN_FOLLOWS):
        return last  # 家属院9户13人
    if not named and between == "、":
        return last  # 举办培训26场、780余人次
    if not named and len(between) > 3 and not _DELIMITER.search(between):
        named = measure(between, "")  # 为312家企业梳理风险点480个
    if not named and (change or amount.unit in (found[-1].unit, *_OF_ANY)):
        return in_all(last, between)  # 新培养调解员27人，累计63人
    if amount.unit not in _OF_ANY and plain[opens : opens + 1] == "、":
        return with_shared_verb(named, last, previous.unit == amount.unit)
    if named and opens == previous.closes and plain[previous.end : opens] in ("以上", "以下", "以内"):
        return plain[previous.start : opens] + named  # 30人以上律所6家
    return named


def _opens(plain: str, amount: Amount, previous: Amount | None, breaks: Sequence[int]) -> int:
    """Where the words that may say what ``amount`` counts begin: behind a break, or behind the figure before."""
    at = bisect_right(breaks, amount.opens)
    opens = breaks[at - 1] if at else 0
    if previous is None or previous.closes < opens:
        return opens
    between = plain[previous.closes : amount.opens]
    return previous.closes + len(own_part(between.partition("、")[0], previous.unit))


def _after(plain: str, amount: Amount, following: Amount | None) -> str:
    """The words behind the number that may belong to it."""
    closes = _ITEM_END.search(plain, amount.closes)
    stop = closes.start() if closes else len(plain)
    stop = min(stop, following.opens) if following else stop
    words = plain[amount.closes : stop].replace("\0", "")
    return own_part(words, amount.unit) if following and stop == following.opens else words


def _before(clause: str, amount: Amount, after: str) -> str:
    """The words of ``clause`` that name what ``amount`` counts: its last part, or the whole list if it is one."""
    follows = amount.unit in NOUN_FOLLOWS and bool(noun(after))
    earlier, comma, last = clause.replace("\0", "").rpartition("、")
    if follows and (_LEADS_ON.search(last) or (earlier and not begins_with_verb(last))):
        return ""  # 报名、缴费、开户等6个环节: the last of the list is not what is counted
    return listed(earlier + comma, last) if earlier and bare(last) and not follows else last


def _change(plain: str, amount: Amount, before: str, after: str) -> tuple[str, str, int]:
    """What is left of the words before a number, the words that make it a change, and its direction."""
    if plain[amount.start] == "翻":
        than = _STAYS.search(before)
        start = than.start() if than else len(before)
        return before[:start], before[start:] + plain[amount.start : amount.end], 1
    direction, follows = 0, amount.unit in NOUN_FOLLOWS and bool(noun(after))
    if (change := _CHANGE.search(before)) and not (follows and _IMPROVES.search(before)):
        direction = 1 if change["up"] else -1
    elif change := _APART.search(before):
        direction = 1 if (change["way"] or change["over"])[0] in "高多" else -1
    elif amount.unit == "倍" and (change := _RATIO.search(before)):
        pass
    elif _MOVES.match(plain, amount.closes):
        change = _FROM.search(before)
    return (before[: change.start()], change.group().strip(), direction) if change else (before, "", 0)


def _respectively(plain: str, found: list[Quantity], breaks: Sequence[int]) -> list[Quantity]:
    """Each its own measure, all the same comparison: 刑事、民事案件分别下降28%、35%."""
    for number, quantity in enumerate(found):
        at = plain.rfind("分别", found[number - 1].end if number else 0, quantity.start)
        last = number
        while last + 1 < len(found) and _AND.fullmatch(plain, found[last].end, found[last + 1].start):
            last += 1
        if at < 0 or last == number or bisect_right(breaks, at) != bisect_right(breaks, quantity.start - 1):
            continue
        opens = breaks[bisect_right(breaks, at) - 1] if bisect_right(breaks, at) else 0
        named = [bare(part) for part in re.split("、|和|以及|及|与", _STAYS.sub("", plain[opens:at]))]
        if len(named) != last - number + 1 or len({name.endswith("率") for name in named}) > 1:
            named = [q.measure for q in found[max(0, 2 * number - last - 1) : number] if q.start > _sentence(plain, at)]
        for place in range(number, last + 1):
            own = found[place]
            if len(named) == last - number + 1 and named[place - number]:
                own = replace(own, measure=measure(named[place - number], ""))
            if not own.comparison and own.unit == quantity.unit:
                own = replace(own, comparison=quantity.comparison, direction=quantity.direction)
            found[place] = own
    return found


def _sentence(plain: str, at: int) -> int:
    """Where the sentence begins that ``at`` stands in."""
    return max((m.end() for m in _SENTENCE_END.finditer(plain, 0, at)), default=-1)


def _in_number(text: str, delimiter: re.Match[str]) -> bool:
    """A comma between thousands is no delimiter."""
    at = delimiter.start()
    return text[at] == "," and text[at - 1 : at].isdecimal() and text[at + 1 : at + 4].isdecimal()


def _period(plain: str, periods: Sequence[re.Match[str]], start: int) -> str:
    """The last of ``periods`` named before ``start`` that still holds there.

    A month holds within its sentence; so does a year, unless a sentence opens with it.
    """
    at = bisect_right(periods, start, key=lambda period: period.end())
    for period in reversed(periods[max(0, at - 20) : at]):
        if not _SENTENCE_END.search(plain, period.end(), start):
            return period.group()
        opens = max(0, _sentence(plain, period.start()))
        passing = period["year"] or period.group().startswith(("去年", "上年", "明年"))
        if not period["month"] and (not passing or period.start() - opens <= 2):
            return period.group()
    return ""


def _periods(text: str) -> Iterator[re.Match[str]]:
    """Periods named in ``text``; comparisons (比去年), titles (《2022年…), a thing's year (2019年的文件) are none."""
    for match in _PERIOD.finditer(text):
        of_a_thing = _OF_A_THING.match(text, match.end()) and _WORD.match(text, match.start() - 1)
        if not of_a_thing and not _NO_PERIOD.search(text, max(0, match.start() - 8), match.start()):
            yield match
