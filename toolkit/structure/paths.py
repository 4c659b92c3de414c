"""Levels from the document itself: every line's heading path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from toolkit.structure.headings import is_question
from toolkit.structure.lines import HEADINGS, Line
from toolkit.structure.marks import POINTS, RANK

_UNNUMBERED = "unnumbered"
_QUESTION = "question"


@dataclass(frozen=True, slots=True)
class _Open:
    style: str
    text: str
    hint: str


def paths(lines: Sequence[Line], text: str) -> list[tuple[tuple[str, ...], int]]:
    """Heading path and level of every line; ``text`` is the document's, whose words the paths keep.

    A style that is open already closes everything below it; a new one goes below the deepest, unless it is by its
    nature a higher one (一、 after 1.). So a report may start at （一）, skip a level, or number under bare headings.
    Unnumbered headings of a page go by its own levels (<h2> closes <h3>), and a question stands below them.
    """
    stack: list[_Open] = []
    result: list[tuple[tuple[str, ...], int]] = []
    for line in lines:
        if line.title:
            stack.clear()
            result.append(((), 0))
            continue
        style = line.style if line.style not in POINTS else ""
        if line.heading and not style:
            style = line.style or (_QUESTION if is_question(line) else _UNNUMBERED)
        if style:
            _close(stack, style, line.hint)
        result.append((tuple(heading.text for heading in stack), len(stack) + line.heading))
        if line.heading:
            stack.append(_Open(style, " ".join(text[line.start : line.end].split("\n")).strip(), line.hint))
    return result


def _close(stack: list[_Open], style: str, hint: str) -> None:
    """Take from ``stack`` what a heading of this style ends."""
    same = [at for at, heading in enumerate(stack) if heading.style == style]
    if style == _UNNUMBERED:
        if hint in HEADINGS:  # the page's levels tell which of the unnumbered is the same, and what is deeper
            same = [at for at in same if stack[at].hint not in HEADINGS or stack[at].hint >= hint]
        asked = [at for at, heading in enumerate(stack) if heading.style == _QUESTION]
        del stack[min([*same, *asked], default=len(stack)) :]
        return
    if same:
        del stack[same[0] :]
        return
    if style == _QUESTION:
        return
    while stack and any(h.style in RANK and RANK[h.style] > RANK[style] for h in stack):
        stack.pop()
