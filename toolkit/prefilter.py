"""Many patterns over many short texts: only the texts that could match are handed to :mod:`re`.

From each pattern follows which pairs of neighbouring characters (or single characters) one of which every match must
hold: ``不足|差距`` needs 不足 or 差距, ``[:：]$`` a colon before the end. All texts are checked for all patterns in one
pass of array operations, and the regular expression runs on what is left. Cox, "Regular Expression Matching with a
Trigram Index" (2012), does the same for files. A pattern of which nothing follows is run on every text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolkit.features import Codes, fold_codes, raw_codes

_DIGIT, _BLANK, _EDGE = ord("0"), ord(" "), 0
"""What every decimal digit, every space, and the edge of a text are to the filter."""
_MOST = 1024  # pairs of one pattern; more would let nearly every text through
_MIX = 31421  # odd, so that pairs spread over the table

Characters = frozenset[int] | None
"""The characters that may stand at a place; None is any."""


@dataclass(frozen=True)
class _Need:
    """Every match holds one of ``pairs`` or one of ``singles``."""

    pairs: frozenset[tuple[int, int]] = frozenset()
    singles: frozenset[int] = frozenset()

    @property
    def cost(self) -> int:
        """About how often it is met in vain: figures and blanks stand everywhere."""
        common = {_DIGIT, _BLANK}
        pairs = sum(1 + 10 * ((a in common) + (b in common)) for a, b in self.pairs)
        return pairs + sum(1000 if a in common else 100 for a in self.singles)


@dataclass(frozen=True)
class _Part:
    """A piece of a pattern: whether it may be empty, how it may begin and end, what it needs."""

    empty: bool
    first: Characters
    last: Characters
    needs: tuple[_Need, ...] = ()  # the cheapest first, at most two


_NOTHING = _Part(True, frozenset(), frozenset())
_ANYTHING = _Part(False, None, None)
_UNKNOWN = _Part(True, None, None)


class Patterns:
    """Regular expressions, searched for in many texts at once."""

    def __init__(self, patterns: Sequence[re.Pattern[str]]) -> None:
        """At most 32 ``patterns``."""
        self.patterns = tuple(patterns)

    @cached_property
    def _tables(self) -> tuple[NDArray[np.uint32], NDArray[np.uint32], list[int]]:
        """Bits that a pair (hashed) and a single character speak for, and by pattern the bits that it needs."""
        pairs, singles = np.zeros(65536, np.uint32), np.zeros(65536, np.uint32)
        needs = [_needs(pattern) for pattern in self.patterns]
        # A bit for the first need of each pattern, then for second ones as long as there are bits.
        order = [(number, need[at]) for at in (0, 1) for number, need in enumerate(needs) if len(need) > at][:32]
        asked = [0] * len(self.patterns)
        for place, (number, need) in enumerate(order):
            bit = np.uint32(1 << place)
            asked[number] |= 1 << place
            for a, b in need.pairs:
                pairs[(a * _MIX + b) & 0xFFFF] |= bit
            for a in need.singles:
                singles[a] |= bit
        return pairs, singles, asked

    def search(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each pattern is found in each text: (n_texts, n_patterns)."""
        found = np.zeros((len(texts), len(self.patterns)), bool)
        if not texts:
            return found
        pairs, singles, needed = self._tables
        joined = raw_codes("\x00" + "\x00".join(texts) + "\x00")
        codes = _classes(joined)
        # The edges fold to 0 like every mark that is no part of a pattern's need; both mean "nothing here".
        bits = pairs[codes[:-1] * np.uint16(_MIX) + codes[1:]]
        bits |= singles[codes[:-1]]
        bits[joined[:-1] == 0xFFFF] = 0xFFFFFFFF  # beyond the basic plane nothing is known
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        starts = np.cumsum(lengths + 1) - lengths - 1  # the edge before each text
        met = np.bitwise_or.reduceat(bits, starts)
        for number, (pattern, need) in enumerate(zip(self.patterns, map(np.uint32, needed), strict=True)):
            search = pattern.search
            asked = np.flatnonzero((met & need) == need).tolist()
            found[[row for row in asked if search(texts[row])], number] = True
        return found


def _classes(codes: Codes) -> Codes:
    """Digits as one, blanks as one, everything else itself."""
    return _class_table()[codes]


@cache
def _class_table() -> Codes:
    table = np.arange(65536, dtype=np.uint16)
    table[fold_codes(table) == _DIGIT] = _DIGIT
    table[[code for code in range(0x3001) if chr(code).isspace()]] = _BLANK
    return table


def _code(code: int) -> int:
    return int(_classes(np.array([min(code, 0xFFFF)], np.uint16))[0])


def _needs(pattern: re.Pattern[str]) -> tuple[_Need, ...]:
    """What every match of ``pattern`` holds: at most two needs, none if nothing follows from it."""
    if pattern.flags & (re.IGNORECASE | re.MULTILINE | re.ASCII | re.VERBOSE):
        return ()
    try:
        # The parse tree has no public door; without it patterns are merely searched for.
        import re._parser as parser  # pyright: ignore[reportMissingImports]

        tree: Any = parser.parse(pattern.pattern)
        return _sequence(list(tree)).needs
    except (ImportError, AttributeError, ValueError, TypeError):
        return ()


def _sequence(nodes: Sequence[tuple[Any, Any]]) -> _Part:
    parts = [_part(str(op), value) for op, value in nodes]
    heads, tails = [_NOTHING], [_NOTHING]  # what stands before and after each boundary
    for part in parts:
        heads.append(_join(heads[-1], part))
    for part in reversed(parts):
        tails.append(_join(part, tails[-1]))
    tails.reverse()
    needs = [need for part in parts if not part.empty for need in part.needs]
    for head, tail in zip(heads[1:-1], tails[1:-1], strict=True):
        if not head.empty and not tail.empty and head.last is not None and tail.first is not None:
            needs.append(_Need(frozenset((a, b) for a in head.last for b in tail.first)))
    for part in parts:
        if not part.empty and part.first is not None:
            needs.append(_Need(singles=part.first))
    needs = [need for need in needs if len(need.pairs) <= _MOST and _EDGE not in need.singles]
    whole = heads[-1]
    return _Part(whole.empty, whole.first, whole.last, tuple(sorted(needs, key=lambda need: need.cost)[:2]))


def _join(left: _Part, right: _Part) -> _Part:
    first = _either(left.first, right.first) if left.empty else left.first
    last = _either(left.last, right.last) if right.empty else right.last
    return _Part(left.empty and right.empty, first, last)


def _either(one: Characters, other: Characters) -> Characters:
    return None if one is None or other is None else one | other


def _part(op: str, value: Any) -> _Part:
    """One node of the parse tree."""
    if op == "LITERAL":
        here = frozenset([_code(value)])
        return _Part(False, here, here)
    if op == "IN":
        here = _set(value)
        return _Part(False, here, here)
    if op in ("ANY", "NOT_LITERAL"):
        return _ANYTHING
    if op == "BRANCH":
        ways = [_sequence(list(way)) for way in value[1]]
        first, last = ways[0].first, ways[0].last
        pairs: frozenset[tuple[int, int]] = frozenset()
        singles: frozenset[int] = frozenset()
        for way in ways:
            first, last = _either(first, way.first), _either(last, way.last)
            for need in way.needs[:1]:
                pairs |= need.pairs
                singles |= need.singles
        known = all(way.needs for way in ways)
        return _Part(any(way.empty for way in ways), first, last, (_Need(pairs, singles),) if known else ())
    if op == "SUBPATTERN":
        return _UNKNOWN if value[1] or value[2] else _sequence(list(value[3]))
    if op == "ATOMIC_GROUP":
        return _sequence(list(value))
    if op in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, _, inner = value
        part = _sequence(list(inner))
        return _Part(part.empty or not least, part.first, part.last, part.needs if least else ())
    if op == "AT" and str(value) in ("AT_BEGINNING", "AT_BEGINNING_STRING"):
        return _Part(False, frozenset([_EDGE]), frozenset([_EDGE]))
    if op == "AT" and str(value) in ("AT_END", "AT_END_STRING"):  # $ also stands before a last line feed
        return _Part(False, frozenset([_EDGE, _BLANK]), frozenset([_EDGE, _BLANK]))
    if op in ("AT", "ASSERT", "ASSERT_NOT"):
        return _NOTHING
    return _UNKNOWN


def _set(members: Sequence[tuple[Any, Any]]) -> Characters:
    """The characters of ``[…]``, or None if they are too many to list."""
    found: set[int] = set()
    for op, value in members:
        kind = str(op)
        if kind == "LITERAL":
            found.add(_code(value))
        elif kind == "RANGE" and value[1] - value[0] <= 64:
            found |= {_code(code) for code in range(value[0], value[1] + 1)}
        elif kind == "CATEGORY" and str(value) == "CATEGORY_DIGIT":
            found.add(_DIGIT)
        elif kind == "CATEGORY" and str(value) == "CATEGORY_SPACE":
            found.add(_BLANK)
        else:
            return None
    return frozenset(found)
