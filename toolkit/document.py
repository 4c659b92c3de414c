"""The frozen values that every stage speaks: a text, its items, and where each item stands.

``document.text[item.start:item.end] == item.text`` holds for every item: text is decoded and cleaned once, in
:mod:`toolkit.read`, and never edited after that. Offsets count Unicode characters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

ItemKind = Literal["title", "heading", "paragraph", "point", "row"]
"""``title`` of the document, ``heading`` on a line of its own, ``point`` (numbered or 一是…), ``row`` of a table."""

KINDS: tuple[ItemKind, ...] = ("title", "heading", "paragraph", "point", "row")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of characters, ``0 <= start <= end``."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The characters of ``text`` in this range."""
        return text[self.start : self.end]


class Item(NamedTuple):
    """The unit that carries labels: one heading, one 一是…, one numbered point or one paragraph.

    ``headings`` is the heading path, outermost first, without the document's title. ``level`` is the depth of a
    heading (1 is outermost); for other kinds the depth of the heading above. ``furniture`` tells whether the text reads
    as part of the page, where the structure has asked already.
    """

    id: str
    start: int
    end: int
    text: str
    kind: ItemKind
    level: int = 0
    headings: tuple[str, ...] = ()
    furniture: bool | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A value of the document's metadata and where it was found (``page``, ``text``, ``name``)."""

    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Document:
    """One report: its name (the path given), its text, its items in order of the text, and its metadata."""

    name: str
    text: str
    items: tuple[Item, ...]
    metadata: Mapping[str, Found] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The first title item's text, or an empty string."""
        return next((item.text for item in self.items if item.kind == "title"), "")

    def renamed(self, name: str) -> Document:
        """The same document under another name."""
        return replace(self, name=name)
