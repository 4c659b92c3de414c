"""Numbering and headings: a source's blocks become items, each with its heading path and its span.

The steps, in order (the numbers stand again in :func:`parse`):

1. **lines**: blocks are joined where a sentence or a heading was broken by a stray newline;
2. **marks**: a line's numbering (一、 （一） 1. （1） ① 第一， 一是) is read from one table;
3. **title**: the line that names the report;
4. **headings**: numbered, marked by the page, or unnumbered (short, no full stop, text below);
5. **split**: inline points (一是…；二是…) become items of their own;
6. **path**: levels are inferred from the document itself, and every item gets its heading path.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from toolkit.document import Document, Item, ItemKind
from toolkit.read.source import Block, Source, from_blocks

_NUMERAL = "一二三四五六七八九十"
_CN = f"[{_NUMERAL}百]{{1,4}}"
# What may follow a bare number and still be numbering: 1.健全 and 1、健全, never 1.4万 or 10.5%.
_MARKS: tuple[tuple[str, str], ...] = (
    # style, pattern at the start of a line                       for                not for
    ("chapter", rf"第{_CN}(?:章|部分|篇|编)(?=[\s、，,：:]|$)"),  # 第一部分 工作回顾   第一部分类方案
    ("cn", rf"{_CN}(?:、|[.．](?!\d)|,(?=\S{{2}})|，(?=\S{{2}})|[ \u3000]+(?=\S))"),  # 一、 一. 一，   一村一顾问
    ("cn_paren", rf"[（(]\s*{_CN}\s*[）)][、.．]?"),  #                （一） (一)           （二十大）
    ("arabic", r"\d{1,2}\s?(?:、|[.．](?!\d)|[ \u3000]+(?=[^\d\s年月日时]))"),  # 1. 1、 1．           1.4万个 2022年
    ("arabic_paren", r"[（(]\s*\d{1,2}\s*[）)][、.．]?"),  #           （1） (1)             （2022）
    ("arabic_half", r"\d{1,2}[）)][、.．]?"),  #                       1)                   12)
    ("circled", "[①-⑳]"),  #                                          ① ②
    ("ordinal", rf"第{_CN}(?:方面|点|项|个方面)?[，,、：:](?=\S)"),  # 第一， 第二方面，     第一次会议
    ("shi", rf"{_CN}(?:是|要)(?=\S)"),  #                              一是 二要             一是一
    ("qi", rf"其{_CN}[，,、：:是]"),  #                                 其一，               其一生
    ("order", r"(?:首先|其次|再次|再者|最后|最终)(?:[，,、：:是])"),  # 首先，               首先要
)
_MARK = re.compile("|".join(f"(?P<{style}>{pattern})" for style, pattern in _MARKS))
_RANK = {style: rank for rank, (style, _) in enumerate(_MARKS)}
_UNNUMBERED = "unnumbered"
_POINTS = {"ordinal", "shi", "qi", "order", "circled"}
"""Styles that open points inside a paragraph; the others head a line of their own."""

# Inline points open after a sentence or clause end, and the run counts from one: 一是…二是…
_INLINE = re.compile(
    rf"(?:(?<=[。；;：:！？!?，,、”）)…])|(?<=\n))\s*(?:(?P<shi>{_CN}(?:是|要)(?=\S))"
    rf"|(?P<ordinal>第{_CN}(?:方面|点|项|个方面)?[，,、：:](?=\S))|(?P<qi>其{_CN}[，,、：:是])"
    rf"|(?P<order>(?:首先|其次|再次|再者|最后)[，,、：:])|(?P<circled>[①-⑳])"
    rf"|(?P<arabic_paren>[（(]\d{{1,2}}[）)]))"
)
_ORDER = {"首先": 1, "其次": 2, "再次": 3, "再者": 3, "最后": 4, "最终": 4}

_STOP = "。！？!?；;…"
_CLOSERS = "”’）)】》」"
_TITLE = re.compile(
    r"(?:报告|总结|要点|计划|打算|安排|方案|情况|汇报|综述|纪实|讲话|致辞|思路|意见|简报|专访|巡礼|述法|述职|实践|探索|"
    r"新篇章?|动态|大事|亮点|通报|发言|材料|速写|侧记|新局面?|之路)(?:[（(].{1,20}[）)])?$"
)
_FURNITURE = re.compile(
    r"发布(?:日期|时间|机构|人)|发表时间|时间[:：]\s*\d|日期[:：]|来源[:：]|作者[:：]|责任编辑|编辑[:：]|浏览(?:次数|量|：|:)|点击(?:数|量|率|：|:)|阅读(?:数|量|次数|：|:)|"
    r"访问(?:次数|量)|字号|字体|打印|分享到|索\s?引\s?号|成文日期|发文(?:日期|字号|机关)|主题(?:分类|词)[:：]|有效性|文\s?号[:：]|"
    r"当前位置|所在位置|首页|无障碍|长者模式|繁體|简体|上一[篇条]|下一[篇条]|相关(?:链接|阅读|新闻|稿件)|版权所有|免责声明|ICP备|公网安备|"
    r"主办单位|承办单位|联系(?:电话|我们)|邮编|扫一扫|关闭(?:窗口|本页)|附件[:：\d]|网站地图|技术支持|咨询电话|信息来源|供稿|撰稿|摄影|^图为|^▲"
)
_DATE_LINE = re.compile(
    r"^[（(]?\s*(?:二[〇○零]|20|19)\S{2}\s*年.{1,8}日\s*[）)]?$|^\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}[日\s\d:：]*$"
)


@dataclass(slots=True)
class _Line:
    start: int
    end: int
    text: str
    hint: str = ""
    style: str = ""  # of its numbering
    number: int = 0
    heading: bool = False
    title: bool = False


def parse(source: Source) -> Document:
    """The document of ``source``: its items in order of the text, covering every block of it."""
    lines = _lines(source)  # 1
    for line in lines:
        _mark(line)  # 2
    _find_title(lines, source)  # 3
    _find_headings(lines)  # 4
    return Document(source.name, source.text, tuple(_items(source, lines)), source.metadata)  # 5, 6


def parse_items(name: str, rows: Iterable[tuple[str, str, Sequence[str] | None]]) -> Document:
    """A document of items already split: ``(id, text, heading path or None)``, in order of the text.

    Nothing is split or joined; kinds and the heading paths that are not given are inferred from the sequence.
    """
    rows = list(rows)
    pieces = [text for _, text, _ in rows]
    starts, at = [], 0
    for piece in pieces:
        starts.append(at)
        at += len(piece) + 1
    text = "\n".join(pieces)
    lines = [_Line(s, s + len(p), p) for s, p in zip(starts, pieces, strict=True)]
    for line in lines:
        _mark(line)
    _find_title(lines, Source(name, text, ()))
    _find_headings(lines)
    inferred = _paths(lines)
    items = []
    for line, (identifier, piece, given), (path, level) in zip(lines, rows, inferred, strict=True):
        path = tuple(given) if given is not None else path
        level = len(path) + (line.heading if given is not None else 0) if given is not None else level
        items.append(Item(identifier, line.start, line.end, piece, _kind(line), level, path))
    return Document(name, text, tuple(items))


def text_document(name: str, text: str) -> Document:
    """A document of a plain string, parsed like a text file."""
    return parse(from_blocks(name, [(text, "")]))


# 1 -- lines ---------------------------------------------------------------------------------------------------------


def _lines(source: Source) -> list[_Line]:
    """Blocks as lines, joined where a newline fell into the middle of a sentence or heading."""
    lines: list[_Line] = []
    for block in source.blocks:
        text = source.text[block.start : block.end]
        if lines and _broken(lines[-1], text, block):
            last = lines[-1]
            last.end, last.text = block.end, source.text[last.start : block.end]
        else:
            lines.append(_Line(block.start, block.end, text, block.hint))
    return lines


def _broken(last: _Line, text: str, block: Block) -> bool:
    """Whether ``text`` goes on with the sentence that ``last`` left open."""
    if block.hint not in ("", last.hint) or last.hint in {"row", "link"} or _opens(text):
        return False
    body = last.text
    tail = body.rstrip(_CLOSERS)[-1:]
    if not tail or tail in _STOP + "：:" or is_furniture(body) or is_furniture(text):
        return False
    if body[-1] in "，,、":
        return True
    if body[-1] in _CLOSERS and body[0] in "（(":
        return False
    # No mark at its end: only a line long enough to be body text was broken, a short one is a heading. What follows
    # must go on like a sentence; a line that itself begins a paragraph after a heading is no continuation.
    sentence = len(body) >= 45 and re.search("[，,。；;]", body) is not None
    return sentence and text[-1:] in _STOP + _CLOSERS + "，,、：:"


def _opens(text: str) -> bool:
    """Whether a line begins something new: numbering, a caption, an ideographic indent."""
    return bool(_MARK.match(text)) or text[0] in "（(【▲★●■◆　"


def is_furniture(text: str) -> bool:
    """Whether a line reads as page furniture; such a line is never a heading and never joined."""
    return len(text) < 160 and bool(_FURNITURE.search(text) or _DATE_LINE.match(text))


# 2 -- marks ---------------------------------------------------------------------------------------------------------


def _mark(line: _Line) -> None:
    match = _MARK.match(line.text)
    if match and match.lastgroup:
        line.style, line.number = match.lastgroup, _value(match[0])


def _value(mark: str) -> int:
    """The number that a mark counts: 一、 → 1, （十二） → 12, ③ → 3, 其次 → 2; 0 if it has none."""
    if digits := re.search(r"\d+", mark):
        return int(digits[0])
    if "①" <= mark.strip()[:1] <= "⑳":
        return ord(mark.strip()[0]) - ord("①") + 1
    for word, number in _ORDER.items():
        if word in mark:
            return number
    numerals = re.search(f"[{_NUMERAL}百]+", mark)
    if not numerals or "百" in numerals[0]:
        return 0
    tens, ten, ones = numerals[0].rpartition("十")
    if not ten:
        return _NUMERAL.index(ones[-1]) + 1
    return (_NUMERAL.index(tens[-1]) + 1 if tens else 1) * 10 + (_NUMERAL.index(ones[-1]) + 1 if ones else 0)


# 3 -- title ---------------------------------------------------------------------------------------------------------


def _find_title(lines: list[_Line], source: Source) -> None:
    """Mark the line (or two) that names the report: before the first text, by markup or by how titles end."""
    declared = source.metadata.get("title")
    best: tuple[float, int] | None = None
    for index, line in enumerate(lines[:25]):
        text = line.text
        if line.style in {"cn", "cn_paren", "arabic"} or len(text) > 90:
            break
        if is_furniture(text) or text[0] in "（(" or text[-1] in _STOP + "，,：:" or len(text) < 6:
            continue
        score = 3.0 * (line.hint in {"h1", "h2"}) + 2.0 * bool(_TITLE.search(text)) + (len(text) >= 12)
        score += 3.0 * bool(declared and text[:12] in declared.value)
        score -= 2.0 * (line.hint == "link") + 0.01 * index
        if score > 0.9 and (best is None or score > best[0]):
            best = score, index
    if best is None:
        return
    index = best[1]
    lines[index].title = True
    # A second line of the same title: ——副标题, or 关于……的 / 报告 broken in two.
    if index + 1 < len(lines):
        following = lines[index + 1]
        if following.text.startswith(("——", "—")) and len(following.text) < 60:
            following.title = True


# 4 -- headings ------------------------------------------------------------------------------------------------------


def _find_headings(lines: list[_Line]) -> None:
    title_at = next((i for i, line in enumerate(lines) if line.title), -1)
    for index, line in enumerate(lines):
        if line.title or is_furniture(line.text):
            continue
        if line.style and line.style not in _POINTS:
            line.heading = _numbered_heading(line, lines[index + 1] if index + 1 < len(lines) else None)
        elif not line.style and index > title_at:
            line.heading = _unnumbered_heading(line, lines, index)


def _numbered_heading(line: _Line, following: _Line | None) -> bool:
    """一、工作成效 heads what follows; 1.全年调解纠纷186件。 is a point of its own."""
    text = line.text
    if line.hint in {"h1", "h2", "h3", "h4", "strong"} and len(text) <= 90:
        return True
    inner = text.rstrip(_STOP)
    if len(text) > 70 or re.search("[。；;！？]", inner):
        return False
    if _INLINE.search(text):
        return False
    if text[-1] not in _STOP:
        return text[-1] not in "：:，," or len(text) <= 30
    # With a full stop: a heading if short, without figures, over a paragraph or a deeper level.
    if following is None or len(text) > 45 or re.search(r"\d", text[3:]):
        return False
    deeper = following.style and _RANK.get(following.style, 0) > _RANK[line.style]
    return bool(deeper) or (not following.style and len(following.text) > len(text))


def _unnumbered_heading(line: _Line, lines: list[_Line], index: int) -> bool:
    """A short line without a full stop over a longer text, or a line the page marks as heading."""
    text = line.text
    if line.hint == "link" or line.hint == "row" or text[0] in "（(▲★" or len(text) < 2:
        return False
    if line.hint in {"h1", "h2", "h3", "h4", "h5", "h6"}:
        return len(text) <= 60
    if len(text) > 42 or text[-1] in _STOP + "，,、：:" or re.search("[。；;]", text):
        return False
    if not re.search("[㐀-鿿]{2}", text) or re.search(r"\d{4}[-/]\d|\d{6,}|@|www|http", text):
        return False
    following = next((other for other in lines[index + 1 : index + 3] if not is_furniture(other.text)), None)
    if following is None or following.title:
        return False
    if line.hint == "strong":
        return True
    under = following.text
    return len(under) >= max(40, len(text) + 15) or (bool(following.style) and len(under) > len(text))


def _kind(line: _Line) -> ItemKind:
    if line.title:
        return "title"
    if line.heading:
        return "heading"
    if line.hint == "row":
        return "row"
    return "point" if line.style else "paragraph"


# 5 -- split ---------------------------------------------------------------------------------------------------------


def _split(line: _Line) -> Iterator[_Line]:
    """The line itself, or its lead-in and its inline points, each with its own span."""
    if line.heading or line.title or line.hint in {"row", "link"}:
        yield line
        return
    cuts = _cuts(line)
    edges = [0, *(at for at, _, _ in cuts), len(line.text)]
    marks = [(line.style, line.number), *((style, number) for _, style, number in cuts)]
    for (style, number), start, end in zip(marks, edges, edges[1:], strict=False):
        piece = line.text[start:end]
        left = start + len(piece) - len(piece.lstrip())
        right = left + len(piece.strip())
        if right > left:
            part = _Line(line.start + left, line.start + right, line.text[left:right], line.hint, style, number)
            # 2.健全决策制度。一是…: the lead-in heads the points that follow it in the paragraph.
            part.heading = bool(cuts) and start == 0 and bool(style) and style not in _POINTS and right - left <= 70
            yield part


def _cuts(line: _Line) -> list[tuple[int, str, int]]:
    """Where inline points open: ``(offset, style, number)`` of every run that counts one, two, …"""
    found: list[tuple[int, str, int]] = []
    for match in _INLINE.finditer(line.text):
        style = match.lastgroup or ""
        at = match.start(style)
        if at:
            found.append((at, style, _value(match[0])))
    cuts: list[tuple[int, str, int]] = []
    for style in dict.fromkeys(style for _, style, _ in found):
        # A run of its own counts from one; one that goes on from the line's own mark counts from the next.
        expected = line.number + 1 if line.style == style else 1
        run: list[tuple[int, str, int]] = []
        for cut in (cut for cut in found if cut[1] == style):
            last = style == "order" and cut[2] >= expected
            if cut[2] == expected or last:
                run.append(cut)
                expected = cut[2] + 1
            elif cut[2] == 1 and len(run) >= 2:  # a second run in the same paragraph
                run.append(cut)
                expected = 2
        if len(run) >= 2 or (run and line.style == style):
            cuts.extend(run)
    return sorted(cuts)


# 6 -- path ----------------------------------------------------------------------------------------------------------


def _items(source: Source, lines: list[_Line]) -> Iterator[Item]:
    parts = [part for line in lines for part in _split(line)]
    for number, (part, (path, level)) in enumerate(zip(parts, _paths(parts), strict=True), 1):
        text = source.text[part.start : part.end]
        kind = _kind(part)
        if kind == "heading" and part.heading and part.style and re.search("[。：:]$", text):
            kind = "heading"
        yield Item(f"{number:04d}", part.start, part.end, text, kind, level, path)


def _paths(lines: Sequence[_Line]) -> list[tuple[tuple[str, ...], int]]:
    """Heading path and level of every line.

    A style that is open already closes everything below it; a new one goes below the deepest, unless it is by its
    nature a higher one (一、 after 1.). So a report may start at （一）, skip a level, or number under bare headings.
    """
    stack: list[tuple[str, str]] = []  # (style, text) of the open headings
    result: list[tuple[tuple[str, ...], int]] = []
    for line in lines:
        if line.title:
            stack.clear()
            result.append(((), 0))
            continue
        style = line.style if line.style and line.style not in _POINTS else _UNNUMBERED if line.heading else ""
        if line.heading and line.style in _POINTS:
            style = line.style
        if style:
            _close(stack, style)
        result.append((tuple(text for _, text in stack), len(stack) + line.heading))
        if line.heading:
            stack.append((style, " ".join(line.text.split("\n")).strip()))
    return result


def _close(stack: list[tuple[str, str]], style: str) -> None:
    open_styles = [name for name, _ in stack]
    if style in open_styles:
        del stack[open_styles.index(style) :]
        return
    if style == _UNNUMBERED:
        return
    while stack and stack[-1][0] != _UNNUMBERED and _RANK[stack[-1][0]] > _RANK[style]:
        stack.pop()
    # An unnumbered heading at the bottom of the numbered ones ends when a higher numbering comes back.
    while stack and any(name != _UNNUMBERED and _RANK[name] > _RANK[style] for name, _ in stack):
        stack.pop()
