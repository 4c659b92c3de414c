"""Numbering and headings: a source's blocks become items, each with its heading path and its span.

The steps, in order (the numbers stand again in :func:`parse`):

1. **lines**: blocks are joined where a sentence or a heading was broken by a stray newline;
2. **marks**: a line's numbering (一、 （一） 1. （1） ① 第一， 一是) is read from one table;
3. **title**: the line that names the report;
4. **headings**: numbered, marked by the page, questions, or unnumbered (short, no full stop, text below);
5. **split**: inline points (一是…；二是…) become items of their own;
6. **path**: levels are inferred from the document itself, and every item gets its heading path.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate

from toolkit.document import Document, Item, ItemKind
from toolkit.read.fold import fold_all
from toolkit.read.source import Source, from_blocks
from toolkit.structure.furniture import furniture_lines, furniture_of, is_furniture
from toolkit.structure.headings import find_headings, find_title
from toolkit.structure.lines import Line, lines_of
from toolkit.structure.marks import MARK, POINTS, mark, split
from toolkit.structure.paths import paths

__all__ = ["furniture_of", "is_furniture", "parse", "parse_items", "text_document"]


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection meanwhile.

    Items hold no cycles; walking over them again and again would take a third of the time of very short lines.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@_uncollected()
def parse(source: Source) -> Document:
    """The document of ``source``: its items in order of the text, covering every block of it."""
    lines = lines_of(source, MARK)  # 1
    mark(lines)  # 2
    find_title(lines, source)  # 3
    find_headings(lines)  # 4
    return Document(source.name, source.text, tuple(_items(source, lines)), source.metadata)  # 5, 6


@_uncollected()
def parse_items(name: str, rows: Iterable[tuple[str, str, Sequence[str] | None]]) -> Document:
    """A document of items already split: ``(id, text, heading path or None)``, in order of the text.

    Nothing is split or joined; kinds and the heading paths that are not given are inferred from the sequence.
    """
    rows = list(rows)
    pieces = [text for _, text, _ in rows]
    starts = list(accumulate((len(piece) + 1 for piece in pieces), initial=0))[: len(pieces)]
    text = "\n".join(pieces)
    folded = fold_all(pieces)
    asked = furniture_lines(folded)
    lines = [
        Line(
            start, start + len(line), line, "", "", 0, False, False, furniture or not line
        )  # an empty row heads nothing
        for start, line, furniture in zip(starts, folded, asked, strict=True)
    ]
    mark(lines)
    find_title(lines, Source(name, text, ()), join=False)
    find_headings(lines)
    inferred = paths(lines, text)
    items = []
    for line, (identifier, piece, given), (path, level), furniture in zip(lines, rows, inferred, asked, strict=True):
        if given is not None:
            path = tuple(given)
            level = len(path) + line.heading
        known = furniture if line.text is piece else None  # else of other words than the item's own
        items.append(Item(identifier, line.start, line.end, piece, _kind(line), level, path, known))
    return Document(name, text, tuple(items))


def text_document(name: str, text: str) -> Document:
    """A document of a plain string, parsed like a text file."""
    return parse(from_blocks(name, [(text, "")]))


def _items(source: Source, lines: list[Line]) -> Iterator[Item]:
    parts = [part for line, after in zip(lines, _followed(lines), strict=True) for part in split(line, after)]
    for number, (part, (path, level)) in enumerate(zip(parts, paths(parts, source.text), strict=True), 1):
        text = source.text[part.start : part.end]
        yield Item(f"{number:04d}", part.start, part.end, text, _kind(part), level, path)


def _followed(lines: list[Line]) -> list[Line | None]:
    """The line that may count on from each: the one below it if it bears a mark, else the next that is a point."""
    found: list[Line | None] = []
    below = point = None
    for line in reversed(lines):
        found.append(below if below is not None and below.style else point)
        below = line
        if line.style or line.heading:
            point = line if line.style in POINTS else None
    found.reverse()
    return found


def _kind(line: Line) -> ItemKind:
    if line.title:
        return "title"
    if line.heading:
        return "heading"
    if line.hint == "row":
        return "row"
    return "point" if line.style else "paragraph"
