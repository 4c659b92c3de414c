"""Quantities in running Chinese text: a number with its unit, what it measures, its period and its comparison.

::

    >>> [(q.measure, q.value, q.unit) for q in quantities("全年调解纠纷2440件，挽回经济损失476余万元，同比下降9%。")]
    [('调解纠纷', 2440.0, '件'), ('挽回经济损失', 4760000.0, '元'), ('挽回经济损失', 9.0, '%')]

A quantity is a number in digits with a unit of :data:`UNITS`, or in hanzi (三百余件, 十二名) with a unit of counted
cases, people, events or money. Hanzi before other units are how sections are announced (四个方面, 十条措施), 一次 is
an idiom, and dates, ordinals (第3次), names (“三支队伍”) and telephone numbers are no quantities.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Bound = Literal["exact", "about", "over", "under"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number in a text.

    Attributes:
        start, end: of number and unit, in characters of the text.
        measure: what is counted, in the text's own words.
        value: in ``unit``, 万 and 亿 multiplied out; the lower end of a range.
        upper: the upper end of a range, else ``None``.
        unit: 件, 人次, 元, %.
        bound: ``about`` (约, 近, 左右), ``over`` (余, 超, 以上), ``under`` (不超过, 以内).
        comparison: the words that make it a change (同比下降, 比去年减少) or its start (由上年), else empty.
        direction: of that change: 1 up, -1 down, 0 none.
        period: the words that say when (2023年, 今年以来), else empty.
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


# Longest first where one begins another. What may not follow stands with the unit: 3人民法院, 5部门, 2条例, 4名单.
UNITS = (
    *("人次", "场次", "件次", "批次", "台次", "户次", "家次", "辆次", "车次", "篇次", "课时", "学时", "课次"),
    *(
        "个百分点",
        "百分点",
        "个工作日",
        "工作日",
        "个小时",
        "个月",
        "个",
        "平方公里",
        "平方米",
        "公里",
        "亩",
        "米",
        "吨",
    ),
    *("%", "％", "‰", "元", "件", r"起(?!草|诉|步)", "宗", r"例(?!如|会)", r"人(?!民|员|大|均|社|口|力|事)"),
    *(r"名(?!单|称|录|义)", r"位(?!于|置)", "户", r"家(?!庭|长)", r"项(?!目)", r"条(?!例|件)", "份", "篇", "册"),
    *(
        r"部(?!门|分|署|队|委|长)",
        r"本(?!级|市|区|县|年|地|省)",
        r"期(?!间|满|限)",
        "场",
        r"次(?!日|年)",
        r"批(?!准|复)",
    ),
    *(
        "轮",
        r"处(?!罚|理|置|分|长|级|室)",
        r"所(?!有|长|属|以|在)",
        "间",
        "座",
        r"台(?!账)",
        "套",
        "辆",
        r"支(?!持|部)",
    ),
    *(
        r"组(?!织|长|成)",
        "类",
        "种",
        "卷",
        "张",
        "幅",
        "块",
        "枚",
        "面",
        "页",
        r"条次",
        "小时",
        "分钟",
        "秒",
        r"天(?!津)",
    ),
    *(
        r"周(?!年|边|一|期)",
        r"年(?!度|代|级|初|底|末)",
        r"分(?!之|别|局|队|管|级|期|析|类|布|工)",
        "倍",
        "句",
        "道",
        "颗",
    ),
    *(
        "笔",
        "单",
        "堂",
        "讲",
        "集",
        r"节(?!日|点|约)",
        "封",
        r"通(?!过|报|知)",
        "对",
        "款",
        "则",
        "门",
        "字",
        "艘",
        "株",
        "岁",
    ),
)
# Units that a number in hanzi may stand before.
COUNTED = (
    *(
        "人次",
        "场次",
        "件次",
        "元",
        r"件(?![大实要好急]?事)",
        r"起(?!草|诉|步)",
        "宗",
        r"人(?!民|员|大|均|社|口|力|事|小组)",
    ),
    *(r"名(?!单|称|录|义)", "户", r"家(?!庭|长)", "份", r"期(?!间|满|限)", "场", r"次(?!日|年)", "%"),
)
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:[.．]\d+)?)"
_HANZI = "零〇一二两三四五六七八九十百千万亿"
_SCALE = {"百": 1e2, "千": 1e3, "万": 1e4, "十万": 1e5, "百万": 1e6, "千万": 1e7, "亿": 1e8, "万亿": 1e12, "": 1.0}
_BEFORE = (
    r"(?P<before>大约|(?<![预契合条节签制违履])约为?|将近|接近|近|超过|超出|超|逾|不少于|不低于|至少|"
    r"不超过|最多|至多|高达)?\s?"
)
_AFTER = r"(?P<after>以上|左右|上下|以内|以下)?"
_MORE = r"[余多]"
_NUMBER = re.compile(
    rf"{_BEFORE}(?<![\dA-Za-z.．])(?P<low>{_DIGITS})"
    rf"(?:\s?[%％]?(?P<lowscale>[万亿]?)\s?(?:[—–\-~～－]{{1,2}}|至)\s?(?P<high>{_DIGITS}))?"
    rf"(?P<more>{_MORE})?\s?(?P<scale>万亿|[百千十]?万|亿|千|百)?(?P<more2>{_MORE})?\s{{0,2}}(?P<unit>{'|'.join(UNITS)}){_AFTER}"
)
_WRITTEN = re.compile(
    rf"{_BEFORE}(?<![{_HANZI}第“‘《之数几])(?P<low>[一二两三四五六七八九十][{_HANZI}]*)(?P<more>{_MORE})?"
    rf"(?P<scale>万亿|[百千十]?万|亿)?(?P<more2>{_MORE})?(?P<unit>{'|'.join(COUNTED)}){_AFTER}"
)
_LISTED = re.compile(rf"\s*\d{{1,2}}[.．](?=\d+\s?(?:{'|'.join(COUNTED[:-1])}|个(?!百分点)|项|条|所|处|次))")
_PARTS = re.compile(rf"{_BEFORE}百分之(?P<low>{_DIGITS}|[{_HANZI}点]+){_AFTER}")
_DELIMITER = re.compile(r"[，,。；;：:、！？!?\n\r（）()【】\[\]|]")
_SENTENCE_END = re.compile(r"[。；;！？!?\n]")
_PERIOD = re.compile(
    r"(?:19|20)\d\d年(?:上半年|下半年|[一二三四1-4]季度|度|以来|\d{1,2}月(?:份|底|以来)?)?"
    r"|(?:今年|去年|上年|本年度|全年|年内|上半年|下半年|第[一二三四]季度|近[一二两三四五\d]+年|近年)(?:以来|来)?"
    r"|[“\"]?十[一二三四五]五[”\"]?(?:期间|时期|以来)"
)
_THAN = (
    r"(?:同比|环比|(?:与|和|较|比|相比|同)"
    r"(?:去年|上年|上一年|前年|以往|往年|上月|20\d\d年)(?:度)?(?:同期)?(?:相比|比)?[，,]?)"
)
_UP, _DOWN = "增长|上升|增加|提高|提升|上涨|多|增", "下降|减少|降低|回落|缩短|下滑|压减|压缩|少|降"
_CHANGE = re.compile(
    rf"(?P<than>{_THAN})?(?:分别|又|均|共|平均|大幅)?(?:(?P<up>(?<!新)(?:{_UP}))|(?P<down>{_DOWN}))(?:幅度)?了?(?:约|近|超过|超)?\s?$"
)
# How far from what others have: 高于全省平均, 比全市平均数低.
_APART = re.compile(
    r"(?:(?:比|较|与)[^，,。；;]{0,6}?(?:平均|均值)(?:水平|数)?(?P<way>高出?|多|低|少|差)|(?P<over>高于|低于)[^，,。；;]{0,8}?(?:平均|均值)(?:水平|数)?)$"
)
# The value a change started from: 由上年的12%下降到9%.
_FROM = re.compile(r"(?:由|从)[^，,。；;由从]{0,8}$")
_MOVES = re.compile(r"[^，。；]{0,6}?(?:增|升|提高|提升|提到|降|减|压|扩大|缩短|延长|延至|涨)")
# What opens a clause and says nothing of what is counted.
_LEAD = re.compile(
    r"^(?:[一二三四五六七八九十]+是|其中|截至目前|截止目前|目前|同时|此外|并(?!购)|又|再(?![犯次生审造])|已|还|均|也|累计|总计|合计|共计|共有|共|总共|"
    r"先后|分别|年内|全年|今年以来|去年|今年|本年度|上半年|下半年|以来|20\d\d年(?:以来|度|上半年|下半年)?|"
    r"至今|一共|全(?:系统|[省市区县州乡镇局国](?!场)(?:[市区县](?!场))?)|我[省市区县局所]|辖区内?|在(?![册矫编校岗职线建办押逃库])|将|把|对|从|由|为|向|等|的|有|达到|达(?!标|成)|约|近|超过|余|内|[》〉、\s]|和(?!解)|及(?!时|格)|与|\d+[\.．、])"
)
_TAIL = re.compile(
    r"(?:(?:增长|增加|调增|上升|攀升|提高|提升|扩大|延长|下降|降低|减少|压缩|压减|压|缩短|上调|下调|增|提|升|降|减|延|涨|扩)(?:至|到|为)"
    r"|(?:控制|稳定|保持|维持)在|力争|冲刺|突破|(?:由|从)(?:户均|人均)?|(?<![平人月年日周户])均|仅|只|共计|累计|总计|合计|分别|达到|高达|(?<!送)达|共|(?<![作成列])为|是|(?<![预契合条节签制违履])约|(?<![最附邻])近|超过|超|逾|至|(?<![报接收得])到|了|(?<!现)有|等|的|(?<!参)与|\s)$"
)
_IN_ALL, _NEW = (
    re.compile("累计|总数|共有|总计"),
    re.compile("^新(?:培养|培训|聘用|聘|增设|增|建|设|吸纳|发展|命名|选聘)"),
)
# Units that the thing counted follows: 165名律师; after the others it stands in front: 公证230件.
_NOUN_FOLLOWS = frozenset("个项名家位条支类组种所台部份册处户")
LONGEST_MEASURE = 30


def quantities(text: str) -> list[Quantity]:
    """All quantities of ``text``, in order."""
    matches = _matches(text)
    breaks = [m.end() for m in _DELIMITER.finditer(text) if not _in_number(text, m)]
    periods = list(_periods(text)) if matches else []
    found: list[Quantity] = []
    for number, (match, low, high, unit) in enumerate(matches):
        start = match.start("low") if match.re is not _PARTS else match.start() + len(match["before"] or "")
        end = match.end("unit") if match.re is not _PARTS else match.end("low")
        at = bisect_right(breaks, match.start())
        opens = breaks[at - 1] if at else 0
        opens = max(opens, matches[number - 1][0].end() if number else 0)
        closes = _DELIMITER.search(text, match.end())
        stop = closes.start() if closes else len(text)
        if number + 1 < len(matches):
            stop = min(stop, matches[number + 1][0].start())
        before, after = text[opens : match.start()], text[match.end() : stop]
        if number + 1 < len(matches) and stop == matches[number + 1][0].start():
            after = _own(after, unit)
        if number and opens == matches[number - 1][0].end():
            before = before[len(_own(before, matches[number - 1][3])) :]
        change = _CHANGE.search(before)
        direction = 0 if change is None else 1 if change["up"] else -1
        if not change and (change := _APART.search(before)):
            direction = 1 if (change["way"] or change["over"])[0] in "高多" else -1
        if not change and _MOVES.match(text, match.end()):
            change = _FROM.search(before)
        if change:
            before, after = before[: change.start()], ""
        if unit in _NOUN_FOLLOWS and before.endswith("等"):
            before = ""  # 报名、缴费、开户等6个环节: the last of the list is not what is counted
        measure = _measure(before, after) or _bracketed(text, match.start())
        if not measure and found and not _SENTENCE_END.search(text, found[-1].end, start):
            measure = found[-1].measure
            if _IN_ALL.search(before):  # 新培养调解员27人，累计63人
                measure = _NEW.sub("", measure)
        found.append(
            Quantity(
                start=start,
                end=end,
                measure=measure,
                value=low,
                upper=high,
                unit=unit,
                bound=_bound(match),
                comparison=change.group().strip("约近超过 ") if change else "",
                direction=direction,
                period=_period(periods, start),
            )
        )
    return found


def _matches(text: str) -> list[tuple[re.Match[str], float, float | None, str]]:
    """Number and unit pairs that don't overlap: match, value, upper end, plain unit."""
    found = []
    taken = 0
    if listed := _LISTED.match(text):  # 3.9个社区: the third point, nine communities
        text = "。" * listed.end() + text[listed.end() :]
    ordered = sorted(
        (m for pattern in (_NUMBER, _WRITTEN, _PARTS) for m in pattern.finditer(text)), key=lambda m: m.start()
    )
    for match in ordered:
        if match.start() < taken:
            continue
        parts = match.re is _PARTS
        unit = "%" if parts else match["unit"].replace("％", "%")
        if not parts and _no_quantity(text, match, unit):
            continue
        scale = 1.0 if parts else _SCALE[match["scale"] or ""]
        low, high = _value(match["low"]), None
        if match.re is _NUMBER and match["high"]:
            high = round(_value(match["high"]) * scale, 6)
            scale = _SCALE[match["lowscale"]] if match["lowscale"] else scale
        low *= scale
        if match.re is _WRITTEN and low < 2:
            continue
        if high is not None and high < low:
            continue
        low = round(low, 6)  # 8.13 亿 is 813000000, not a hair more
        found.append((match, low, high, unit if unit in ("个", "个月") else unit.removeprefix("个")))
        taken = match.end()
    return found


def _no_quantity(text: str, match: re.Match[str], unit: str) -> bool:
    """A date, an ordinal or a clock time."""
    start = match.start("low")
    before = text[max(0, start - 2) : start].rstrip()
    year = unit == "年" and len(match["low"]) == 4 and match["low"].isdecimal()
    return year or before.endswith("第") or (unit == "分" and before.endswith(("时", "点")))


def _value(digits: str) -> float:
    """A number in digits or hanzi: 1,041, 2.5, 三百二十, 两万, 九十九点一."""
    if digits[0].isdecimal():
        return float(digits.replace(",", "").replace("．", "."))
    whole, _, fraction = digits.partition("点")
    total, section, digit = 0.0, 0.0, 0.0
    for character in whole:
        if character in "十百千":
            section += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[character]
            digit = 0
        elif character in "万亿":
            total = (total + section + digit) * (1e4 if character == "万" else 1e8)
            section = digit = 0
        else:
            digit = "零一二三四五六七八九".find(character.replace("〇", "零").replace("两", "二"))
    places = "".join(str("零一二三四五六七八九".find(c)) for c in fraction if c in "零一二三四五六七八九")
    return total + section + digit + (float(f"0.{places}") if places else 0.0)


def _bound(match: re.Match[str]) -> Bound:
    groups = match.groupdict()
    before, after = groups.get("before") or "", groups.get("after") or ""
    if before.startswith(("大约", "约", "将近", "接近", "近")) or after in ("左右", "上下"):
        return "about"
    if before in ("不超过", "最多", "至多") or after in ("以内", "以下"):
        return "under"
    more = groups.get("more") or groups.get("more2")
    return "over" if more or before or after == "以上" else "exact"


def _in_number(text: str, delimiter: re.Match[str]) -> bool:
    """A comma between thousands is no delimiter."""
    at = delimiter.start()
    return text[at] == "," and text[at - 1 : at].isdecimal() and text[at + 1 : at + 4].isdecimal()


def _own(between: str, unit: str) -> str:
    """The part of the words between two numbers that belongs to the first: 58个|单位|共划分15组, 5件|、赔偿3元."""
    if unit not in _NOUN_FOLLOWS:
        return ""
    cut = re.search(r"的|共|(?<!平)均|全部|累计|分别|已|各", between)
    return between[: cut.start()] if cut else between


def _measure(before: str, after: str) -> str:
    """What is counted: the words before the number without openers, then the words after it."""
    for pattern in (_LEAD, _TAIL):
        while (match := pattern.search(before)) and match.group():
            before = before[match.end() :] if pattern is _LEAD else before[: match.start()]
    after = re.sub(r"^(?:的|内|以上|左右|\s)+", "", after).strip()
    joined = re.sub(r"[\s“”‘’\"]+|(?<!参)[与和及]$|的$", "", before + after)
    return joined if len(joined) <= LONGEST_MEASURE else joined[: LONGEST_MEASURE - 1] + "…"


def _bracketed(text: str, at: int) -> str:
    """The words before a bracket that closes just before the number: 示范村（社区）87个."""
    if text[at - 1 : at] not in ("）", ")"):
        return ""
    opened = max(text.rfind("（", 0, at), text.rfind("(", 0, at))
    words = _DELIMITER.split(text[max(0, opened - LONGEST_MEASURE) : max(0, opened)])[-1]
    return _measure(words, "")


def _period(periods: Sequence[re.Match[str]], start: int) -> str:
    """The last of ``periods`` named before ``start``."""
    at = bisect_right(periods, start, key=lambda period: period.end())
    return periods[at - 1].group() if at else ""


def _periods(text: str) -> Iterator[re.Match[str]]:
    """Periods named in ``text``; comparisons (比去年) and titles (《2022年…) are none."""
    for match in _PERIOD.finditer(text):
        if text[match.start() - 1 : match.start()] not in tuple("比较与和同由从《"):
            yield match
