"""Blocks as lines: what a stray newline broke is one line again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from toolkit.read.fold import fold
from toolkit.read.source import Source
from toolkit.structure.furniture import is_furniture

STOP = "。！？!?；;…"
CLOSERS = "”’）)】》」"
BULLETS = "▲★☆●○■□◆◇▍▎◎▪➢➤►▶❖※√✓•·"
_OPENERS = "（(【　" + BULLETS
APART = {"row", "link", "note"}
"""Hints of blocks that stand by themselves: nothing is joined to them, and they head nothing."""
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_SECTION = re.compile("[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[）)]")
_CLAUSE = re.compile("[，,。；;]")
QUESTION = re.compile(r"(?:【|\[)?(?:记者|主持人|提问|网友|问|Q)(?:提?问)?(?:】|\])?\s*[:：】]")
"""记者：… 【主持人】… 问：… opens a question of an interview."""


@dataclass(slots=True)
class Line:
    """A line of the document while its structure is found, ``text == fold(source.text)[start:end]``."""

    start: int
    end: int
    text: str
    hint: str = ""
    style: str = ""  # of its numbering
    number: int = 0
    heading: bool = False
    title: bool = False
    furniture: bool = False
    indented: bool = False


def lines_of(source: Source, opens: re.Pattern[str]) -> list[Line]:
    """Blocks as lines, joined where a newline fell into the middle of a sentence or heading.

    ``opens`` matches the numbering that begins something new.
    """
    text = fold(source.text)
    indented = [bool(block.start) and text[block.start - 1] == "\u3000" for block in source.blocks]
    # Where the paragraphs of a text are indented, a line that is not goes on with the one above it.
    wide = [i for i, block in zip(indented, source.blocks, strict=True) if block.end - block.start >= 25]
    indents = len(wide) >= 4 and sum(wide) >= 0.7 * len(wide)
    lines: list[Line] = []
    joined: list[Line] = []
    last: Line | None = None
    for block, indent in zip(source.blocks, indented, strict=True):
        shown = text[block.start : block.end]
        line = Line(block.start, block.end, shown, block.hint, "", 0, False, False, is_furniture(shown), indent)
        if last is not None and _broken(last, line, opens, indents):
            last.end = block.end
            # Only the edges matter for the next line; a page of a hundred thousand broken lines is not sliced anew.
            last.text = text[last.start] + text[max(last.start + 1, last.end - 400) : last.end]
            if not joined or joined[-1] is not last:
                joined.append(last)
        else:
            lines.append(line)
            last = line
    for line in joined:
        line.text = text[line.start : line.end]
    return lines


def _broken(last: Line, line: Line, opens: re.Pattern[str], indents: bool) -> bool:
    """Whether ``line`` goes on with the sentence that ``last`` left open."""
    if last.furniture or line.furniture or line.hint not in ("", last.hint) or last.hint in APART:
        return False
    if not _left_off(last, line, opens, indents):
        return False
    text = line.text
    return text[0] not in _OPENERS and not opens.match(text) and not QUESTION.match(text)


def _left_off(last: Line, line: Line, opens: re.Pattern[str], indents: bool) -> bool:
    """Whether ``last`` ends in the middle, as far as ``line`` below it can tell."""
    text, body = line.text, last.text
    tail = body.rstrip(CLOSERS)[-1:]
    if not tail or tail in STOP + "：:":
        return False
    if body[-1] in "，,、":
        # 一、加强组织领导， over a paragraph of its own is a heading; a line broken by its width is no shorter.
        return not (len(body) <= 40 and _SECTION.match(body) and len(text) >= 60)
    if body[-1] in CLOSERS and body[0] in "（(":
        return False
    if last.hint in HEADINGS:  # <h2>一、坚持党建引领</h2><h2>锻造过硬队伍</h2>
        return line.hint == last.hint != "h1" and bool(opens.match(body)) and len(body) + len(text) <= 60
    if _left_open(body) or (indents and last.indented and not line.indented and len(body) >= 8):
        return True
    # No mark at its end: only a line long enough to be body text was broken, a short one is a heading. What follows
    # must go on like a sentence; a line that itself begins a paragraph after a heading is no continuation.
    return _is_prose(body) and (text[-1:] in STOP + CLOSERS + "，,、：:" or _is_prose(text))


def _is_prose(text: str) -> bool:
    """Whether a line without a full stop is too long, and too much of a sentence, to be a heading."""
    return len(text) >= 45 and _CLAUSE.search(text) is not None


def _left_open(body: str) -> bool:
    """Whether the last quote or bracket of a short line is still open: 实施“百 / 千万”工程."""
    end = body[-40:]
    return (
        ("“" in end and end.rfind("“") > end.rfind("”"))
        or ("《" in end and end.rfind("《") > end.rfind("》"))
        or ("（" in end and end.rfind("（") > end.rfind("）"))
    )
