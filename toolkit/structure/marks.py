"""The one table of numbering, how a mark is read, and where points open inside a paragraph."""

from __future__ import annotations

import re

from toolkit.structure.lines import Line

_NUMERAL = "一二三四五六七八九十"
_CN = f"[{_NUMERAL}百]{{1,4}}"
# What may follow a bare number and still be numbering: 1.健全 and 1、健全, never 1.4万 or 10.5%.
_MARKS: tuple[tuple[str, str], ...] = (
    # style, pattern at the start of a line                       for                not for
    ("chapter", rf"第{_CN}(?:章|部分|篇|编)(?=[\s、，,：:]|$)"),  # 第一部分 工作回顾   第一部分类方案
    ("cn", rf"{_CN}(?:、|[.．](?!\d)|[,，](?=\S{{2}})|[:：](?=\S)|[ \u3000]+(?=\S))"),  # 一、 一. 一，   一村一顾问
    ("cn_paren", rf"[（(]\s*{_CN}\s*[）)][、.．]?|[㈠-㈩][、.．]?|{_CN}[）)]"),  # （一） (一) 一） ㈠   （二十大）
    # 1. 1、 1．, and not 1.4万个 or 2022年
    ("arabic", r"\d{1,2}\s?(?:、|[.．](?!\d)|[ \u3000]+(?=[^\d\s年月日时]))|[⒈-⒛]"),
    ("arabic_paren", r"[（(]\s*\d{1,2}\s*[）)][、.．]?|[⑴-⒇][、.．]?"),  # （1） (1) ⑴       （2022）
    ("arabic_half", r"\d{1,2}[）)][、.．]?"),  #                       1)                   12)
    ("circled", "[①-⑳]"),  #                                          ① ②
    ("ordinal", rf"第{_CN}(?:方面|点|项|个方面)?[，,、：:](?=\S)"),  # 第一， 第二方面，     第一次会议
    ("shi", rf"{_CN}(?:是|要)(?=\S)"),  #                              一是 二要             一是一
    ("qi", rf"其{_CN}[，,、：:是]"),  #                                 其一，               其一生
    ("order", r"(?:首先|其次|再次|再者|最后|最终)(?:[，,、：:是])"),  # 首先，               首先要
)
MARK = re.compile("|".join(f"(?P<{style}>{pattern})" for style, pattern in _MARKS))
RANK = {style: rank for rank, (style, _) in enumerate(_MARKS)}
POINTS = {"ordinal", "shi", "qi", "order", "circled"}
"""Styles that open points inside a paragraph; the others head a line of their own."""

# Inline points open after a sentence or clause end, and the run counts from one: 一是…二是…
# A match begins with the mark before it, so that the search skips to the next one, and leaves what may end the clause
# to the match after it.
INLINE = re.compile(
    rf"[。；;：:！？!?，,、”）)…\n]\s*+(?=[{_NUMERAL}百第其首再最①-⑳（(\d])(?:(?P<shi>{_CN}(?:是|要)(?=\S))"
    rf"|(?P<ordinal>第{_CN}(?:方面|点|项|个方面)?(?=[，,、：:]\S))|(?P<qi>其{_CN}(?=[，,、：:是]))"
    rf"|(?P<order>(?:首先|其次|再次|再者|最后)(?=[，,、：:]))|(?P<circled>[①-⑳])"
    rf"|(?P<arabic_paren>[（(]\d{{1,2}}(?=[）)]))|(?P<cn_paren>(?<![、，,”）)])[（(]{_CN}(?=[）)]))"
    rf"|(?P<cn>(?<![、，,”）)]){_CN}、(?=[^{_NUMERAL}\s]))"
    r"|(?P<arabic>(?<![、，,”）)])\d{1,2}(?:、|[.．](?!\d))))"
)
_DIGITS = re.compile(r"\d+")
_NUMERALS = re.compile(f"[{_NUMERAL}百]+")
_SENTENCE = re.compile("[。；！？]")
_ORDER = {"首先": 1, "其次": 2, "再次": 3, "再者": 3, "最后": 4, "最终": 4}


def mark(line: Line) -> None:
    """Set the style and number of the mark that ``line`` opens with, if any."""
    match = MARK.match(line.text)
    if match and match.lastgroup:
        line.style, line.number = match.lastgroup, value(match[0])


def value(mark: str) -> int:
    """The number that a mark counts: 一、 → 1, （十二） → 12, ③ → 3, 其次 → 2; 0 if it has none."""
    if digits := _DIGITS.search(mark):
        return int(digits[0])
    for first, last in ("①⑳", "⑴⒇", "⒈⒛", "㈠㈩"):
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


def split(line: Line) -> list[Line]:
    """The line itself, or its lead-in and its inline points, each with its own span."""
    if line.heading or line.title or line.furniture or line.hint in {"row", "link"}:
        return [line]
    cuts = _cuts(line)
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
            # 2.健全决策制度。一是…: the lead-in heads the points that follow it in the paragraph; a lead-in of
            # several sentences is a point that says something itself.
            lead = start == 0 and bool(style) and style not in POINTS
            part.heading = lead and right - left <= 70 and not _SENTENCE.search(part.text[:-1])
            parts.append(part)
    return parts


def _cuts(line: Line) -> list[tuple[int, str, int]]:
    """Where inline points open: ``(offset, style, number)`` of every run that counts one, two, …"""
    found: dict[str, list[tuple[int, str, int]]] = {}
    for match in INLINE.finditer(line.text):
        style = match.lastgroup or ""
        found.setdefault(style, []).append((match.start(style), style, value(match[style])))
    if not found:
        return []
    return sorted(cut for style, marks in found.items() for cut in _run(line, marks, style))


def _run(line: Line, found: list[tuple[int, str, int]], style: str) -> list[tuple[int, str, int]]:
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
    return run if len(run) >= 2 or (run and own) else []
