"""The numbers that Word shows before a paragraph and keeps out of its text (automatic lists)."""

from __future__ import annotations

import re
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DIGITS = "零一二三四五六七八九"


class Numbering:
    """Counts a document's automatic lists as Word does; paragraphs are asked in order.

    A level's pattern (``（%1）``) and format (``chineseCounting``) stand in ``numbering.xml``; lists that share an
    abstract definition go on counting, and a higher level starts the lower ones anew.
    """

    def __init__(self, document: Any) -> None:
        self._levels: dict[str, dict[int, tuple[str, str, int]]] = {}  # abstract id -> level -> format, pattern, start
        self._lists: dict[str, tuple[str, dict[int, int]]] = {}  # list id -> abstract id, starts of its own
        self._styles: dict[str, tuple[str, int]] = {}  # style id -> list id, level
        self._counts: dict[tuple[str, int], int] = {}
        self._restarted: set[str] = set()
        for style in document.styles:
            if found := _properties(style.element):
                self._styles[str(style.style_id)] = found
        root = next(
            (r.target_part.element for r in document.part.rels.values() if r.reltype.endswith("/numbering")), None
        )
        if root is None:
            return
        for abstract in root.iter(_W + "abstractNum"):
            levels = {int(x.get(_W + "ilvl", "0")): _level(x) for x in abstract.iter(_W + "lvl")}
            self._levels[abstract.get(_W + "abstractNumId", "")] = levels
        for element in root.iter(_W + "num"):
            starts = {}
            for override in element.iter(_W + "lvlOverride"):
                if (start := _value(override, "startOverride")).isdigit():
                    starts[int(override.get(_W + "ilvl", "0"))] = int(start)
            self._lists[element.get(_W + "numId", "")] = (_value(element, "abstractNumId"), starts)

    def mark(self, paragraph: Any, text: str) -> str:
        """What Word writes before ``paragraph``: ``（一）``, ``1.``, or nothing (no list, or bullets)."""
        style = _value(paragraph.find(_W + "pPr"), "pStyle")
        found = _properties(paragraph) or self._styles.get(style)
        if not found or found[0] not in self._lists:
            return ""
        number, level = found
        abstract, starts = self._lists[number]
        levels = self._levels.get(abstract, {})
        if level not in levels:
            return ""
        if starts and number not in self._restarted:  # a list of its own numbers begins
            self._restarted.add(number)
            for at, start in starts.items():
                self._counts[abstract, at] = start - 1
        self._counts[abstract, level] = self._counts.get((abstract, level), levels[level][2] - 1) + 1
        for lower in [key for key in self._counts if key[0] == abstract and key[1] > level]:
            del self._counts[lower]
        form, pattern, _ = levels[level]
        if form in {"bullet", "none"}:
            return ""

        def count(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            form, _, start = levels.get(at, ("decimal", "", 1))
            return _written(self._counts.get((abstract, at), start), form)

        mark = re.sub(r"%([1-9])", count, pattern)
        return mark + " " if mark[-1:].isdigit() or text[:1].isdigit() else mark


def _level(element: Any) -> tuple[str, str, int]:
    start = _value(element, "start")
    return _value(element, "numFmt") or "decimal", _value(element, "lvlText"), int(start) if start.isdigit() else 1


def _properties(element: Any) -> tuple[str, int] | None:
    """List id and level of a paragraph or style; list 0 takes a paragraph out of its style's list."""
    found = element.find(f"{_W}pPr/{_W}numPr")
    number = _value(found, "numId")
    if not number:
        return None
    level = _value(found, "ilvl")
    return number, int(level) if level.isdigit() else 0


def _value(element: Any, name: str) -> str:
    child = element.find(_W + name) if element is not None else None
    return child.get(_W + "val", "") if child is not None else ""


def _written(number: int, form: str) -> str:
    """``number`` in one of Word's formats; formats that no report uses are written as digits."""
    if form in {"chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting"} and number < 100:
        tens, ones = divmod(number, 10)
        head = ("" if tens == 1 else _DIGITS[tens]) + "十" if tens else ""
        return head + (_DIGITS[ones] if ones or not tens else "")
    if form.startswith("decimalEnclosedCircle") and 1 <= number <= 20:
        return chr(ord("①") + number - 1)
    if form == "decimalFullWidth":
        return str(number).translate({ord("0") + i: ord("０") + i for i in range(10)})
    if form in {"lowerLetter", "upperLetter"} and 1 <= number <= 26:
        return chr((ord("a") if form == "lowerLetter" else ord("A")) + number - 1)
    return str(number)
