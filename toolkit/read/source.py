"""What reading gives: one cleaned text, and the blocks the page or file was made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from toolkit.document import Found


@dataclass(frozen=True, slots=True)
class Block:
    """A line or block element of a source, ``text[start:end]``, and what its markup said of it.

    ``hint`` is ``""`` (nothing known), ``h1`` … ``h6`` (marked as heading), ``strong`` (wholly bold), ``row`` (of a
    table), ``link`` (only links: navigation, most often) or ``note`` (a footnote, after what refers to it).
    """

    start: int
    end: int
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A file as read: its name, its text, its blocks in order, and metadata the file itself declares."""

    name: str
    text: str
    blocks: tuple[Block, ...]
    metadata: Mapping[str, Found] = field(default_factory=dict)


# Characters that are no text: zero-width and byte-order marks, direction codes, controls other than tab and newline.
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NEWLINES = re.compile("\r\n?|[\u2028\u2029\x85]")
# Blanks that look alike; each becomes one space. The ideographic space stays: it is typed on purpose.
_BLANKS = str.maketrans({"\u00a0": " ", "\u2002": " ", "\u2003": " ", "\u2009": " ", "\u202f": " ", "\t": " "})


def clean(text: str) -> str:
    """The one cleaning: newlines made one, invisible characters dropped, odd blanks made spaces."""
    if _SURROGATE.search(text):  # PDF and JSON write 𠮷 as two halves; one half alone is no character
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _INVISIBLE.sub("", _NEWLINES.sub("\n", text)).translate(_BLANKS)


def from_lines(name: str, text: str, metadata: Mapping[str, Found] | None = None) -> Source:
    """A source of plain text: every line with something on it is a block, without its outer blanks."""
    text = clean(text)
    blocks = tuple(Block(m.start(), m.end()) for m in re.finditer(r"\S(?:[^\n]*[^\s])?", text))
    return Source(name, text, blocks, metadata or {})


def from_blocks(name: str, parts: Iterable[tuple[str, str]], metadata: Mapping[str, Found] | None = None) -> Source:
    """A source made of ``(text, hint)`` parts, joined by newlines; empty parts are left out."""
    pieces: list[str] = []
    blocks: list[Block] = []
    at = 0
    for raw, hint in parts:
        for line in clean(raw).split("\n"):
            if piece := line.strip():
                blocks.append(Block(at, at + len(piece), hint))
                pieces.append(piece)
                at += len(piece) + 1
    return Source(name, "\n".join(pieces), tuple(blocks), metadata or {})
