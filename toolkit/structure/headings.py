"""Which lines name the report, and which head what follows."""

from __future__ import annotations

import re

from toolkit.read.source import Source
from toolkit.structure.lines import APART, HEADINGS, QUESTION, STOP, Line
from toolkit.structure.marks import INLINE, POINTS, RANK

_TITLE = re.compile(
    r"(?:报告|总结|要点|计划|打算|安排|方案|情况|汇报|综述|纪实|讲话|致辞|思路|意见|简报|专访|巡礼|述法|述职|实践|探索|"
    r"新篇章?|动态|大事|亮点|通报|发言|材料|速写|侧记|新局面?|之路)(?:[（(].{1,20}[）)])?$"
)
_ISSUER = re.compile("[\u4e00-\u9fff]{2,30}(?:局|厅|政府|委员会|管委会|办公室|司法所)")
_OF_ISSUER = re.compile(r"关于|(?:19|20)\d\d年|二[〇○零]")
_OWN_NAME = re.compile(r"关于|(?:20\d\d年度?)?[\u4e00-\u9fff]{2,10}[省市县区州旗镇乡局厅](?![情区级域])")
_HANZI = re.compile("[㐀-鿿]{2}")
_SENTENCE = re.compile("[。；;]")
_CLAUSES = re.compile("[。；;！？]")
_DIGIT = re.compile(r"\d")
_NO_HEADING = re.compile(r"\d{4}[-/]\d|\d{6,}|@|www|http")
_NO_END = STOP.replace("？", "").replace("?", "") + "，,、：:"  # a heading may ask
_LONGEST = 42  # characters of a heading without a mark
_HEADED = "▍▎■◆◎"
"""Marks that pages put before a heading of their own; ▲ ★ ● stand before captions and points."""


def find_title(lines: list[Line], source: Source, *, join: bool = True) -> None:
    """Mark the line that names the report: before the first text, by markup or by how titles end.

    A title broken in two (关于某县2023年法治政府建设 / 情况的报告) becomes one line, unless ``join`` is false.
    """
    declared = source.metadata.get("title")
    best: tuple[float, int] | None = None
    for index, line in enumerate(lines[:25]):
        text = line.text
        if line.style in {"chapter", "cn", "cn_paren", "arabic"} or len(text) > 90:
            break
        if (
            not text
            or line.furniture
            or line.hint == "note"
            or text[0] in "（(•·"
            or text[-1] in STOP + "，,：:"
            or len(text) < 5
        ):
            continue
        score = 3.0 * (line.hint in {"h1", "h2"}) + 2.0 * bool(_TITLE.search(text)) + (len(text) >= 12)
        score += 3.0 * bool(declared and text[:12] in declared.value)
        score += 2.0 * (index + 1 < len(lines) and lines[index + 1].text.startswith("——")) - 3.0 * (text[0] == "—")
        score -= 2.0 * (line.hint == "link") + 0.01 * index
        if score > 0.9 and (best is None or score > best[0]):
            best = score, index
    if best is None:
        return
    index = best[1]
    if join and index and _split_title(lines[index - 1], lines[index]):
        index -= 1
    if join and index + 1 < len(lines) and _split_title(lines[index], lines[index + 1]):
        second = lines.pop(index + 1)
        lines[index].end, lines[index].text = second.end, source.text[lines[index].start : second.end]
    lines[index].title = True
    # Pages show the title above the report's own: the same words again below dates and buttons, or the last of them.
    shown = _close_up(lines[index].text)
    for line in lines[index + 1 : index + 25]:
        again = _close_up(line.text) if not line.furniture else ""
        line.title = again == shown or (len(again) >= 12 and shown.endswith(again))
    # A subtitle stands by itself: ——副标题.
    if index + 1 < len(lines):
        following = lines[index + 1]
        if following.text.startswith(("——", "—")) and len(following.text) < 60 and not following.furniture:
            following.title = True


def _close_up(text: str) -> str:
    return "".join(text.split())


def _split_title(first: Line, second: Line) -> bool:
    """Whether two lines are one title, broken where it was too wide."""
    if second.furniture or first.hint != second.hint or first.style or second.style:
        return False
    one, two = first.text, second.text
    if first.furniture:  # 澄江县人民政府 / 关于2023年法治政府建设情况的报告
        return bool(_ISSUER.fullmatch(one) and _OF_ISSUER.match(two) and _TITLE.search(two))
    if _OWN_NAME.match(two) and not _OWN_NAME.match(one):  # a channel of the site over a title that needs no more
        return False
    if len(one) > 40 or len(two) > 40 or one[-1] in STOP + "：:，," or two[-1] in STOP + "：:，," or two[0] in "（(—":
        return False
    if two[0] in "暨及和与的" or one[-1] in "的暨及和与、":
        return True
    unfinished = one.startswith("关于") or re.search("年度?$|工作$|建设$", one)
    return bool(unfinished) and not _TITLE.search(one) and bool(_TITLE.search(two))


def find_headings(lines: list[Line]) -> None:
    """Mark every line that heads what follows it; a note below a heading does not come between."""
    lines = [line for line in lines if line.hint != "note"]
    title_at = next((i for i, line in enumerate(lines) if line.title), -1)
    for index, line in enumerate(lines):
        if line.title or line.furniture:
            continue
        if line.style and line.style not in POINTS:
            line.heading = _numbered_heading(line, lines[index + 1] if index + 1 < len(lines) else None)
        elif line.style or index <= title_at:
            continue
        elif line.hint or len(line.text) <= _LONGEST or line.text[-1] in "？?":  # else prose
            line.heading = is_question(line) or _unnumbered_heading(line, lines, index)


def is_question(line: Line) -> bool:
    """记者：老百姓告政府，路子通了没有？ heads its answer; question and answer in one paragraph do not."""
    text = line.text
    return len(text) <= 160 and text.endswith(("？", "?")) and bool(QUESTION.match(text))


def _numbered_heading(line: Line, following: Line | None) -> bool:
    """一、工作成效 heads what follows; 1.全年调解纠纷186件。 is a point of its own."""
    text = line.text
    if line.hint in {"h1", "h2", "h3", "h4", "strong"} and len(text) <= 90:
        return True
    if len(text) > 70 or _CLAUSES.search(text.rstrip(STOP)):
        return False
    if INLINE.search(text):
        return False
    if text[-1] not in STOP:
        return text[-1] not in "：:，," or len(text) <= 30
    # 三、为什么还有短板？ asks what the text below answers.
    if text.endswith(("？", "?")) and following is not None and not following.style and len(following.text) > len(text):
        return True
    # With a full stop: a heading if short, without figures, over a paragraph or a deeper level.
    if following is None or len(text) > 45 or _DIGIT.search(text, 3):
        return False
    deeper = following.style and RANK.get(following.style, 0) > RANK[line.style]
    return bool(deeper) or (not following.style and len(following.text) > len(text))


def _unnumbered_heading(line: Line, lines: list[Line], index: int) -> bool:
    """A short line without a full stop over a longer text, or a line the page marks as heading."""
    text = line.text
    if len(text) < 2 or line.hint in APART or text[0] in "（(▲★●…":
        return False
    if line.hint in HEADINGS:
        return len(text) <= 60
    if not _short(text):
        return False
    if (
        len(text) <= 5
        and index
        and lines[index - 1].title
        and lines[index + 1 : index + 2]
        and lines[index + 1].furniture
    ):
        return False  # who wrote it, above the date
    following = None
    for other in lines[index + 1 : index + 3]:
        if not other.furniture:
            following = other
            break
    if following is None or following.title:
        return False
    under = following.text
    if text[0] in _HEADED:
        return under[0] != text[0]  # or one of a list
    if line.hint == "strong" or QUESTION.match(under):
        return True
    if len(under) >= max(40, len(text) + 15) or (bool(following.style) and len(under) > len(text)):
        return True
    # A part opens with its first section: 创新普法 / 让法治“声”入人心 / the text.
    after = lines[index + 2] if index + 2 < len(lines) else None
    return (
        after is not None
        and not (after.furniture or following.style)
        and following.hint not in APART
        and len(text) >= 6
        and _short(under)
        and len(after.text) >= 80
    )


def _short(text: str) -> bool:
    """Whether a line without a mark may be a heading, as far as it alone can tell."""
    if len(text) > _LONGEST or text[-1] in _NO_END or _SENTENCE.search(text):
        return False
    return _HANZI.search(text) is not None and not _NO_HEADING.search(text)
