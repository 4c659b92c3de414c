"""The one table of numbering, how a mark is read, and where points open inside a paragraph."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from toolkit.structure.lines import APART, Line

_NUMERAL = "一二三四五六七八九十"
_CN = f"[{_NUMERAL}百]{{1,4}}"
# What may follow a bare number and still be numbering: 1.健全 and 1、健全, never 1.4万 or 10.5%.
_MARKS: tuple[tuple[str, str], ...] = (
    # style, pattern at the start of a line                       for                not for
    # Without a blank after it only where the line is no sentence: 第一部分工作回顾, 第一章总则.
    (
        "chapter",
        rf"第{_CN}(?:章|部分|篇|编)(?=[\s、，,：:]|$|[^，,。；;]{{2,30}}$)",
    ),  # 第一部分 工作回顾   第一编辑部，
    ("section", rf"第{_CN}节(?=[\s、，,：:]|$)"),  #                    第一节 总体要求     第一节普法课
    ("roman", r"[Ⅰ-Ⅻ]\s?[、.．\s]"),  #                              Ⅰ. Ⅱ、             Ⅱ类水质
    ("cn", rf"{_CN}(?:\s?、|[.．]|[,，](?=\S{{2}})|[:：](?=\S)|[ \u3000]+(?=\S))"),  # 一、 一. 一，   一村一顾问
    ("cn_paren", rf"[（(]\s*{_CN}\s*[）)][、.．]?|[㈠-㈩][、.．]?|{_CN}[）)]"),  # （一） (一) 一） ㈠   （二十大）
    # 1. 1、 1．, 1.2023年 as a year has no decimals, and not 1.4万个 or 2022年
    ("arabic", r"\d{1,2}\s?(?:、|[.．](?!\d(?!\d{3}[年—-]|2348))|[ \u3000]+(?=[^\d\s年月日时]))|[⒈-⒛]"),
    ("decimal", ""),  # 1.1 总体要求: see `settle`
    ("subdecimal", ""),  # 1.1.1 目标
    ("arabic_paren", r"[（(]\s*\d{1,2}\s*[）)][、.．]?|[⑴-⒇][、.．]?"),  # （1） (1) ⑴       （2022）
    ("arabic_half", r"\d{1,2}[）)][、.．]?"),  #                       1)                   12)
    ("letter", r"[A-Z]\s?[、.．](?=[\u4e00-\u9fff])"),  #             A.立法审查           A类
    ("circled", "[①-⑳❶-❿]"),  #                                      ① ② ❶
    ("ordinal", rf"第{_CN}(?:(?:方面|点|项|个方面)?[，,、：:](?=\S)|是)"),  # 第一， 第二方面，     第一次会议
    ("shi", rf"{_CN}(?:是|要)(?=\S)"),  #                              一是 二要             一是一
    ("qi", rf"其{_CN}[，,、：:是]"),  #                                 其一，               其一生
    ("order", r"(?:首先|其次|再次|再者|最后|最终)(?:[，,、：:是])"),  # 首先，               首先要
)
MARK = re.compile("|".join(f"(?P<{style}>{pattern})" for style, pattern in _MARKS if pattern))
RANK = {style: rank for rank, (style, _) in enumerate(_MARKS)}
POINTS = {"ordinal", "shi", "qi", "order", "circled"}
"""Styles that open points inside a paragraph; the others head a line of their own."""

# Inline points open after a sentence or clause end, or a blank in place of a lost line break, and the run counts from
# one: 一是…二是… A match begins with the mark before it, so that the search skips to the next one, and leaves what may
# end the clause to the match after it.
INLINE = re.compile(
    rf"[。；;：:！？!?，,、”）)…\n \u3000](?=[{_NUMERAL}百第其首再最①-⑳❶-❿（(\d])"
    r"(?<![^\u4e00-\u9fff。；;：:！？!?，,、”）)…\s]\s)"
    rf"(?:(?P<shi>{_CN}(?:是|要)(?=\S))"
    rf"|(?P<ordinal>第{_CN}(?:(?:方面|点|项|个方面)?(?=[，,、：:]\S)|是))|(?P<qi>其{_CN}(?=[，,、：:是]))"
    rf"|(?P<order>(?:首先|其次|再次|再者|最后)(?=[，,、：:]))|(?P<circled>[①-⑳❶-❿])"
    rf"|(?P<arabic_paren>[（(]\d{{1,2}}(?=[）)]))|(?P<cn_paren>(?<![、，,”）)])[（(]{_CN}(?=[）)]))"
    rf"|(?P<cn>(?<![、，,”）)]){_CN}、(?=[^{_NUMERAL}\s]))"
    r"|(?P<arabic>(?<![、，,”）)])\d{1,2}(?:、|[.．](?!\d))))"
)
_FIRST = frozenset(f"{_NUMERAL}百第其首再最（(") | {
    chr(code) for first, last in ("09", "AZ", "ⅠⅫ", "①⒛", "❶❿", "㈠㈩") for code in range(ord(first), ord(last) + 1)
}
"""What a mark opens with."""
_POINTED = re.compile(
    r"(?P<number>(?P<first>\d{1,2})[.．]\d{1,2}(?:[.．]\d{1,2})?(?!\d))(?P<amount>\s?(?:[%％‰万亿千倍元亩米]|公里|平方|个百分点))?"
)
_ABOVE = {style for style, rank in RANK.items() if rank < RANK["arabic"]}
_SHORTEST = 5
"""Characters; no shorter line is a list of points."""
_DIGITS = re.compile(r"\d+")
_NUMERALS = re.compile(f"[{_NUMERAL}百]+")
_SENTENCE = re.compile("[。；！？]")
_ORDER = {"首先": 1, "其次": 2, "再次": 3, "再者": 3, "最后": 4, "最终": 4}


def mark(lines: Sequence[Line]) -> None:
    """Set the style and number of the mark that each of ``lines`` opens with, if any; rows of tables bear none."""
    pointed: dict[int, re.Match[str]] = {}
    for at, line in enumerate(lines):
        if line.text[:1] not in _FIRST or line.hint in APART:
            continue
        if (match := MARK.match(line.text)) and match.lastgroup:
            line.style, line.number = match.lastgroup, value(match[0])
        elif match := _POINTED.match(line.text):
            pointed[at] = match
    if pointed:
        _count_decimals(lines, pointed)
        _count_on(lines, pointed)


def _count_decimals(lines: Sequence[Line], pointed: dict[int, re.Match[str]]) -> None:
    """1.1 and 1.1.1 are numbers if others count on from them; 3.15消费者权益日 and 1.5倍 stand alone."""
    runs: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    for at, match in pointed.items():
        if match["amount"] is None:
            *within, number = map(int, match["number"].replace("．", ".").split("."))
            run = runs.setdefault(tuple(within), [])
            if number == len(run) + 1:
                run.append((at, number))
    for within, run in runs.items():
        if len(run) > 1 or runs.get((*within[:-1], within[-1] - 1)) or runs.get((*within, 1)):
            for at, number in run:
                lines[at].style, lines[at].number = ("decimal", "subdecimal")[len(within) > 1], number
                del pointed[at]


def _count_on(lines: Sequence[Line], pointed: dict[int, re.Match[str]]) -> None:
    """2.3月底前 after 1.健全机制 is the second point, and 3.15消费者权益日 is no third one."""
    marked = [(at, line) for at, line in enumerate(lines) if line.style or at in pointed]
    following: dict[int, int] = {}
    number = 0
    for at, line in reversed(marked):
        following[at] = number
        number = _arabic(line, number) if at not in pointed else int(pointed[at]["first"])
    number = 0
    for at, line in marked:
        match = pointed.get(at)
        counts = match and match["amount"] is None and int(match["first"]) == number + 1
        if counts and (following[at] == number + 2 or (number and following[at] != number + 1)):
            line.style, line.number = "arabic", number + 1
        number = _arabic(line, number)


def _arabic(line: Line, number: int) -> int:
    """The number that 1. 2. 3. have come to with ``line``, where they had come to ``number``."""
    if line.style == "arabic":
        return line.number
    return 0 if line.style in _ABOVE else number


@lru_cache(maxsize=1024)
def value(mark: str) -> int:
    """The number that a mark counts: 一、 → 1, （十二） → 12, ③ → 3, 其次 → 2; 0 if it has none."""
    if digits := _DIGITS.search(mark):
        return int(digits[0])
    for first, last in ("①⑳", "❶❿", "⑴⒇", "⒈⒛", "㈠㈩", "ⅠⅫ", "AZ"):
        if first <= mark.strip()[:1] <= last:
            return ord(mark.strip()[0]) - ord(first) + 1
    for word, number in _ORDER.items():
        if word in mark:
            return number
    numerals = _NUMERALS.search(mark)
    if not numerals or "百" in numerals[0]:
        return 0
    tens, ten, ones = numerals[0].rpartition("十")
    if not ten:
        return _NUMERAL.index(ones[-1]) + 1
    return (_NUMERAL.index(tens[-1]) + 1 if tens else 1) * 10 + (_NUMERAL.index(ones[-1]) + 1 if ones else 0)


def split(line: Line, following: Line | None) -> list[Line]:
    """The line itself, or its lead-in and its inline points, each with its own span.

    ``following`` is the marked line below it, where the points may count on.
    """
    if line.heading or line.title or line.furniture or line.hint in {"row", "link"} or len(line.text) < _SHORTEST:
        return [line]
    cuts = _cuts(line, following)
    if not cuts:
        return [line]
    edges = [0, *(at for at, _, _ in cuts), len(line.text)]
    marks = [(line.style, line.number), *((style, number) for _, style, number in cuts)]
    parts: list[Line] = []
    for (style, number), start, end in zip(marks, edges, edges[1:], strict=False):
        piece = line.text[start:end]
        left = start + len(piece) - len(piece.lstrip())
        right = left + len(piece.strip())
        if right > left:
            part = Line(line.start + left, line.start + right, line.text[left:right], line.hint, style, number)
            parts.append(part)
    # 2.健全决策制度。一是…: the lead-in heads the points that follow it in the paragraph, one within it those of a
    # lower level; a lead-in of several sentences is a point that says something itself.
    for at, (part, after) in enumerate(pairwise(parts)):
        lead = bool(part.style) and part.style not in POINTS and (at == 0 or RANK[after.style] > RANK[part.style])
        part.heading = lead and len(part.text) <= 70 and not _SENTENCE.search(part.text[:-1])
    return parts


def _cuts(line: Line, following: Line | None) -> list[tuple[int, str, int]]:
    """Where inline points open: ``(offset, style, number)`` of every run that counts one, two, …"""
    found: dict[str, list[tuple[int, str, int]]] = {}
    for match in INLINE.finditer(line.text):
        style = match.lastgroup or ""
        found.setdefault(style, []).append((match.start(style), style, value(match[style])))
    if not found:
        return []
    return sorted(cut for style, marks in found.items() for cut in _run(line, following, marks, style))


def _run(
    line: Line, following: Line | None, found: list[tuple[int, str, int]], style: str
) -> list[tuple[int, str, int]]:
    """The cuts of one style that count on from one another; none if they are too few to be a list."""
    # A run of its own counts from one; one that goes on from the line's own mark counts from the next. Where the
    # paragraph itself is the first point and bears no mark, it counts from two, and must count to three.
    own = line.style == style
    headless = not own and style in {"shi", "ordinal", "qi"} and [cut[2] for cut in found[:2]] == [2, 3]
    expected = line.number + 1 if own else 2 if headless else 1
    run: list[tuple[int, str, int]] = []
    for cut in found:
        last = style == "order" and cut[2] >= expected
        if cut[2] == expected or last:
            run.append(cut)
            expected = cut[2] + 1
        elif cut[2] == 1 and len(run) >= 2:  # a second run in the same paragraph
            run.append(cut)
            expected = 2
    goes_on = following is not None and following.style == style and following.number == expected
    return run if len(run) >= 2 or (run and (own or goes_on)) else []
