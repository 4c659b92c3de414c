"""Numbers with units in running Chinese text: 2440件, 476余万元, 二十三件, 六成, 三分之二, 3—5个工作日.

::

    >>> [(a.value, a.upper, a.unit, a.bound) for a in amounts("第3次会议后调解二十三件，近七成当场办结，3—5个工作日。")]
    [(23.0, None, '件', 'exact'), (70.0, None, '%', 'about'), (3.0, 5.0, '工作日', 'exact')]

A number is written in digits, or in hanzi: any before a unit of counted cases, people, events or money, others from
eleven on. 四个方面 and 十条措施 announce sections, 一次 is an idiom. 成, 一半 and fractions are percentages; money may
lack its 元 where the words before it speak of money (挽回损失476万). Dates, ordinals (第3次, 第十七条), numbers of
documents and telephones, names (“三支队伍”), titles (《二十问》) and round-the-clock services (24小时值守) are none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

Bound = Literal["exact", "about", "over", "under"]


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit: ``opens`` is where words like 约 before it begin, ``start`` where its digits do."""

    opens: int
    start: int
    end: int
    value: float
    upper: float | None
    unit: str
    bound: Bound
    closes: int
    """Where words like 以上 behind it end."""


# Longest first where one begins another. What may not follow stands with the unit: 3人民法院, 5部门, 2条例, 4名单.
_SHARES = ("个百分点", "百分点", "%", "％", "‰")
_COUNTS = (
    *("人次", "场次", "件次", "批次", "台次", "户次", "家次", "辆次", "车次", "篇次", "课时", "学时", "课次", "条次"),
    *("元", r"件(?![大实要好急]?事)", r"起(?!草|诉|步)", "宗", r"例(?!如|会)", r"人(?!民|员|大|均|社|口|力|事|小组)"),
    *(r"名(?!单|称|录|义|气)", "户", r"家(?!庭|长|属|访)", "份", r"期(?!间|满|限)", r"场(?!所|地|景)", r"次(?!日|年)"),
)
# Units that a number in hanzi may stand before from eleven on.
_LARGER = (
    *("平方公里", "平方米", "公里", "亩", "个工作日", "工作日", "个小时", "小时", "分钟", "个月", r"个(?!人)"),
    *(r"位(?!于|置)", r"项(?!目)", r"条(?!例|件)", "篇", "册", r"支(?!持|部)", "辆", "套", "卷", "张", "封", "笔"),
    *(r"部(?!门|分|署|队|委|长)", r"台(?!账|阶)", r"处(?!罚|理|置|分|长|级|室)", r"所(?!有|长|属|以|在)", "间", "座"),
    *(r"批(?!准|复)", "轮", r"组(?!织|长|成)", "类", "种", r"天(?!津)", r"日(?![常期益报均前起])", "倍"),
)
_DIGITS_ONLY = (
    *("米", "吨", "斤", "箱", "盒", "幅", "块", "枚", "面", "页", "秒", r"周(?!年|边|一|期)"),
    *(r"年(?!度|代|级|初|底|末)", r"分(?!之|别|局|队|管|级|期|析|类|布|工)", r"本(?!级|市|区|县|年|地|省)"),
    *("句", "道", "颗", "单", "堂", "讲", "集", r"节(?!日|点|约)", r"通(?!过|报|知)", "对", "款", "则", "门", "字"),
    *("艘", "株", r"岁(?!的|以[上下]|及|有|占)"),
)
UNITS = (*_SHARES, *_COUNTS, *_LARGER, *_DIGITS_ONLY)
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:[.．]\d+)?)"
_HANZI = "零〇一二两三四五六七八九十百千万亿"
_SCALE = {"百": 1e2, "千": 1e3, "万": 1e4, "十万": 1e5, "百万": 1e6, "千万": 1e7, "亿": 1e8, "万亿": 1e12, "": 1.0}
_BEFORE = (
    r"(?P<before>大约|(?<![预契合条节签制违履])约为?|将近|接近|近|超过|超出|超|逾|不少于|不低于|至少|"
    r"不超过|最多|至多|不足|不到|高达)?\s?"
)
_AFTER = r"(?P<after>以上|左右|上下|以内|以下)?"
_NUMBER = re.compile(
    rf"{_BEFORE}(?<![\dA-Za-z.．×])(?P<low>{_DIGITS})"
    rf"(?:\s?[%％]?(?P<lowscale>[万亿]?)\s?(?:[—–\-~～－]{{1,2}}|至)\s?(?P<high>{_DIGITS}))?"
    rf"(?P<more>[余多])?\s?(?P<scale>万亿|[百千十]?万|亿|千|百)?(?P<more2>[余多])?\s{{0,2}}(?P<unit>{'|'.join(UNITS)}){_AFTER}"
)
_WRITTEN = re.compile(
    rf"{_BEFORE}(?<![{_HANZI}第“‘《之数几])(?P<low>[一二两三四五六七八九十][{_HANZI}]*)(?P<more>[余多])?"
    rf"(?P<scale>万亿|[百千十]?万|亿)?(?P<more2>[余多])?(?P<unit>{'|'.join((*_COUNTS, '%', *_LARGER))}){_AFTER}"
)
_PARTS = re.compile(
    rf"{_BEFORE}(?<![{_HANZI}\d])(?P<whole>[{_HANZI}]+|\d+)分之(?P<low>{_DIGITS}|[{_HANZI}点]+){_AFTER}"
)
_TENTHS = re.compile(
    rf"{_BEFORE}(?<![{_HANZI}\d.第])(?P<low>[一二两三四五六七八九\d])成(?P<rest>[一二三四五六七八九半](?![{_HANZI}个名家件]))?"
    rf"(?P<more>[余多](?!数))?(?![立员果效功为本年交长品就套熟都不])(?:{_AFTER})"
)
_HALF = re.compile(
    r"(?P<before>超过|超|过|近|约|将近|接近|不足|不到|不少于|不低于)?(?P<low>一半|半数|(?<=[占比重]过)半|(?<=[占比重]近)半|(?<=力近)半)"
    rf"(?![天个年载辈月点]){_AFTER}"
)
# What must stand before 一半 for it to be a share and no figure of speech (说到一半).
_HALVED = re.compile(
    r"(?:占|占到|占了|占比|有|达|达到|减少|下降|降低|压减|压缩|缩短|缩减|降|减|少|不少于)了?(?:近|约|过)?$"
)
_MONEY = re.compile(
    rf"{_BEFORE}(?<![\dA-Za-z.．])(?P<low>{_DIGITS})(?P<more>[余多])?(?P<scale>[百千十]?万|亿)(?P<more2>[余多])?"
    rf"{_AFTER}(?=[，,。；;、！？!?）)\s]|$)"
)
_OF_MONEY = re.compile(
    r"(?:损失|金额|资金|经费|补助|补贴|费用?|标的|欠薪|工资|薪酬|薪金|赔偿|价款|货款|报酬|债务|产值|收入|创收|营收|罚没|"
    r"奖金|奖励|投资|投入|捐款|税|[借贷欠罚案存]款|款项|租金|救助金|分红|拨付)[^，,。；;]{0,6}$"
)
_DOUBLED = re.compile(r"翻了?(?P<low>[一二两三四])?番")
_LISTED = re.compile(rf"\s*\d{{1,2}}[.．](?=\d+\s?(?:{'|'.join(_COUNTS)}|个(?!百分点)|项|条|所|处|次))")
# Days that are counted (30日内, 由60日缩短至30日), and no day of a month.
_DAYS = re.compile(r"^[^月]*(?:(?:至|到|为|少|短|长|提前)\||\|(?:以?内|之内|缩|压|减|降|延))")
_ROUND_THE_CLOCK = re.compile(r"(?:24|二十四)个?小时(?!以?内|之内)")
# Digits side by side are a guess (五六项), and so is a lone 百 or 千 (千家万户).
_VAGUE = re.compile(r"[一二两三四五六七八九]{2}|^[百千万亿]")
_COUNTED = {re.sub(r"\(.*", "", unit) for unit in _COUNTS} | {"%"}
_TITLE = re.compile(r"《[^《》\n]{1,60}》")


def amounts(text: str) -> list[Amount]:
    """Numbers with their units that do not overlap, in order."""
    if listed := _LISTED.match(text):  # 3.9个社区: the third point, nine communities
        text = "。" * listed.end() + text[listed.end() :]
    titles = [match.span() for match in _TITLE.finditer(text)]
    found: list[Amount] = []
    for match in sorted((m for pattern in _FIGURES for m in pattern.finditer(text)), key=re.Match.start):
        if found and match.start() < found[-1].closes:
            continue
        if any(begin < match.start() < end for begin, end in titles) or (figure := _figure(text, match)) is None:
            continue
        groups = match.groupdict()
        start = match.start() + len(groups.get("before") or "")
        start += text[start : start + 1].isspace()
        end = match.end() - len(groups.get("after") or "")
        found.append(Amount(match.start(), start, end, *figure, _bound(groups), match.end()))
    return found


def _figure(text: str, match: re.Match[str]) -> tuple[float, float | None, str] | None:
    """Value, upper end and unit of a match; None where it is no quantity."""
    return _FIGURES[match.re](text, match)


def _counted(text: str, match: re.Match[str]) -> tuple[float, float | None, str] | None:
    start, unit = match.start("low"), match["unit"].replace("％", "%")
    before = text[max(0, start - 2) : start].rstrip()
    if (unit == "年" and len(match["low"]) == 4 and match["low"].isdecimal()) or before.endswith(("第", "届", "/")):
        return None  # a date, an ordinal (十一届十二次全会), a page (6/7页)
    if unit in ("个月", "年", "天") and before.endswith("前"):
        return None  # a period: 前十一个月
    if unit == "分" and before.endswith(("时", "点")):
        return None  # a clock time
    beside = text[max(0, start - 7) : start] + "|" + text[match.end("unit") : match.end("unit") + 2]
    if unit == "日" and not _DAYS.match(beside):
        return None  # a day of the month
    if _ROUND_THE_CLOCK.match(text, start):
        return None
    scale, high, groups = _SCALE[match["scale"] or ""], None, match.groupdict()
    if groups.get("high"):
        high = round(_value(match["high"]) * scale, 6)
        scale = _SCALE[match["lowscale"]] if match["lowscale"] else scale
    low = round(_value(match["low"]) * scale, 6)  # 8.13 亿 is 813000000, not a hair more
    if high is not None and high < low:
        return None
    return low, high, unit if unit in ("个", "个月") else unit.removeprefix("个")


def _written(text: str, match: re.Match[str]) -> tuple[float, float | None, str] | None:
    if _VAGUE.search(match["low"]) or text[match.end() : match.end() + 1] in ("”", "’", "》"):
        return None  # 五六项; “二十条” is a name
    if (figure := _counted(text, match)) is None or figure[0] < 2:
        return None
    return figure if match["unit"] in _COUNTED or figure[0] > 10 else None


def _part(text: str, match: re.Match[str]) -> tuple[float, float | None, str] | None:
    whole, low = _value(match["whole"]), _value(match["low"])
    return (round(100 * low / whole, 2), None, "%") if whole >= 2 and low <= 10 * whole else None


def _tenths(text: str, match: re.Match[str]) -> tuple[float, float | None, str] | None:
    rest = 5.0 if match["rest"] == "半" else _value(match["rest"] or "零")
    return 10 * _value(match["low"]) + rest, None, "%"


def _half(text: str, match: re.Match[str]) -> tuple[float, float | None, str] | None:
    plain = not (match["before"] or match["after"] or match["low"] == "半")
    return None if plain and not _HALVED.search(text, max(0, match.start() - 6), match.start()) else (50.0, None, "%")


def _money(text: str, match: re.Match[str]) -> tuple[float, float | None, str] | None:
    of_money = _OF_MONEY.search(text, max(0, match.start() - 16), match.start())
    return (round(_value(match["low"]) * _SCALE[match["scale"]], 6), None, "元") if of_money else None


def _doubled(text: str, match: re.Match[str]) -> tuple[float, float | None, str] | None:
    return 2 ** _value(match["low"] or "一") - 1, None, "倍"


_FIGURES: Mapping[re.Pattern[str], Callable[[str, re.Match[str]], tuple[float, float | None, str] | None]] = {
    _NUMBER: _counted,
    _WRITTEN: _written,
    _PARTS: _part,
    _TENTHS: _tenths,
    _HALF: _half,
    _MONEY: _money,
    _DOUBLED: _doubled,
}


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
            total = (total + section + digit or 1) * (1e4 if character == "万" else 1e8)
            section = digit = 0
        else:
            digit = "零一二三四五六七八九".find(character.replace("〇", "零").replace("两", "二"))
    places = "".join(str("零一二三四五六七八九".find(c)) for c in fraction if c in "零一二三四五六七八九")
    return total + section + digit + (float(f"0.{places}") if places else 0.0)


def _bound(groups: Mapping[str, str | None]) -> Bound:
    before, after = groups.get("before") or "", groups.get("after") or ""
    if before.startswith(("大约", "约", "将近", "接近", "近")) or after in ("左右", "上下"):
        return "about"
    if before in ("不超过", "最多", "至多", "不足", "不到") or after in ("以内", "以下"):
        return "under"
    more = groups.get("more") or groups.get("more2")
    return "over" if more or before or after == "以上" else "exact"
