"""Levels from the document itself: every line's heading path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from toolkit.structure.headings import is_question
from toolkit.structure.lines import HEADINGS, Line
from toolkit.structure.marks import POINTS, RANK

_UNNUMBERED = "unnumbered"
_QUESTION = "question"


class _Open(NamedTuple):
    style: str
    text: str
    hint: str


def paths(lines: Sequence[Line], text: str) -> list[tuple[tuple[str, ...], int]]:
    """Heading path and level of every line; ``text`` is the document's, whose words the paths keep.

    A style that is open already closes everything below it; a new one goes below the deepest, unless it is by its
    nature a higher one (一、 after 1.). So a report may start at （一）, skip a level, or number under bare headings.
    Where a higher one begins to count right under a lower, the report has them the other way round.
    Unnumbered headings of a page go by its own levels (<h2> closes <h3>), and a question stands below them.
    """
    stack: list[_Open] = []
    result: list[tuple[tuple[str, ...], int]] = []
    path: tuple[str, ...] = ()
    fresh = False  # whether the line before is a heading
    for line in lines:
        if line.title:
            stack.clear()
            path = ()
            result.append(((), 0))
            continue
        style = line.style if line.style not in POINTS else ""
        if line.heading and not style:
            style = line.style or (_QUESTION if is_question(line) else _UNNUMBERED)
        if style and stack and not (fresh and _goes_below(stack, style, line)):
            _close(stack, style, line.hint)
            path = path[: len(stack)]
        result.append((path, len(stack) + line.heading))
        fresh = line.heading
        if line.heading:
            stack.append(_Open(style, text[line.start : line.end].replace("\n", " ").strip(), line.hint))
            path = (*path, stack[-1].text)
    return result


def _goes_below(stack: Sequence[_Open], style: str, line: Line) -> bool:
    """Whether 一、 goes below 1. for once: it begins to count right under it, in a report that numbers upside down."""
    return (
        line.number == 1
        and style in RANK
        and stack[-1].style in RANK
        and RANK[stack[-1].style] > RANK[style]
        and all(heading.style != style for heading in stack)
    )


def _close(stack: list[_Open], style: str, hint: str) -> None:
    """Take from ``stack`` what a heading of this style ends."""
    if style == _UNNUMBERED:
        same = [at for at, heading in enumerate(stack) if heading.style == style]
        if hint in HEADINGS:  # the page's levels tell which of the unnumbered is the same, and what is deeper
            same = [at for at in same if stack[at].hint not in HEADINGS or stack[at].hint >= hint]
        asked = [at for at, heading in enumerate(stack) if heading.style == _QUESTION]
        del stack[min([*same, *asked], default=len(stack)) :]
        return
    for at, heading in enumerate(stack):
        if heading.style == style:
            del stack[at:]
            return
    if style == _QUESTION:
        return
    rank = RANK[style]
    for at, heading in enumerate(stack):
        if RANK.get(heading.style, -1) > rank:
            del stack[at:]
            return
