"""Many patterns over many short texts: only the texts that could match are handed to :mod:`re`.

From each pattern follows which pairs of neighbouring characters (or single characters) one of which every match must
hold: ``不足|差距`` needs 不足 or 差距, ``[:：]$`` a colon before the end; and often which of them are a match by
themselves. All texts are checked for all patterns in one pass of array operations, and the regular expression runs on
what is left. Cox, "Regular Expression Matching with a Trigram Index" (2012), does the same for files. A pattern of
which nothing follows is run on every text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, reduce
from itertools import pairwise
from operator import or_
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolkit.features import Codes, fold_codes, raw_codes

_DIGIT, _BLANK, _EDGE, _NULL = ord("0"), ord(" "), 0, 1
"""What every decimal digit, every space, the edge of a text and a null character are to the filter."""
_UNLIKE = {*map(ord, "0123456789 "), _EDGE, _NULL, 0xFFFF}
"""Characters that share their code with others."""
_MOST = 1024  # pairs of one pattern; more would let nearly every text through
_MIX = 31421  # odd, so that pairs spread over the table
_BLOCK = 1 << 14  # characters looked at together: their arrays stay in the processor's cache
_ANY = 0xFFFF  # first character of a place that several pairs share
_NEEDS = 0xFFFFFFFF

Characters = frozenset[int] | None
"""The characters that may stand at a place; None is any."""


@dataclass(frozen=True)
class _Need:
    """Every match holds one of ``pairs`` or one of ``singles``."""

    pairs: frozenset[tuple[int, int]] = frozenset()
    singles: frozenset[int] = frozenset()

    @property
    def cost(self) -> int:
        """About how often it is met in vain: figures and blanks stand everywhere, every text has its edges."""
        common = {_DIGIT, _BLANK}
        pairs = sum(1 + 10 * ((a in common) + (b in common)) + 2 * (_EDGE in (a, b)) for a, b in self.pairs)
        return pairs + sum(1000 if a in common else 100 for a in self.singles)


@dataclass(frozen=True)
class _Part:
    """A piece of a pattern: whether it may be empty, how it may begin and end, what it needs and what proves it."""

    empty: bool
    first: Characters
    last: Characters
    needs: tuple[_Need, ...] = ()  # the cheapest first, at most two
    free: bool = False  # whether it matches nothing at all, wherever it stands
    one: frozenset[int] = frozenset()  # characters that are a match, each by itself
    proof: _Need = _Need()  # each of them is, wherever it stands, a match


_NOTHING = _Part(True, frozenset(), frozenset())
_ANYTHING = _Part(False, None, None)
_UNKNOWN = _Part(True, None, None)


class Patterns:
    """Regular expressions, searched for in many texts at once."""

    def __init__(self, patterns: Sequence[re.Pattern[str]]) -> None:
        """At most 32 ``patterns``."""
        self.patterns = tuple(patterns)

    @cached_property
    def _parts(self) -> list[_Part]:
        return [_whole(pattern) for pattern in self.patterns]

    @cached_property
    def _tables(self) -> tuple[NDArray[np.uint64], Codes, NDArray[np.uint64], NDArray[np.uint64]]:
        """Bits that a pair (hashed) and a single character speak for, and by pattern the bits that it needs.

        The upper 32 bits are of the patterns that are proved. The second table names the first character of the pair
        that has a place; the place tells the other.
        """
        parts = self._parts
        pairs: dict[tuple[int, int], int] = {}
        singles = np.zeros(65536, np.uint64)
        # A bit for the first need of each pattern, then for second ones as long as there are bits.
        order = [(number, part.needs[at]) for at in (0, 1) for number, part in enumerate(parts) if len(part.needs) > at]
        asked = [0] * len(parts)
        proofs = [(1 << 32 + number, part.proof) for number, part in enumerate(parts)]
        for place, (number, _) in enumerate(order[:32]):
            asked[number] |= 1 << place
        for bit, need in [*((1 << place, need) for place, (_, need) in enumerate(order[:32])), *proofs]:
            for pair in need.pairs:
                pairs[pair] = pairs.get(pair, 0) | bit
            singles[list(need.singles)] |= np.uint64(bit)
        singles[0xFFFF] |= np.uint64(_NEEDS)  # beyond the basic plane nothing is known
        places: dict[int, list[tuple[int, int]]] = {}
        for (a, b), bits in pairs.items():
            places.setdefault((a * _MIX + b) & 0xFFFF, []).append((a, bits))
        hashed, firsts = np.zeros(65536, np.uint64), np.zeros(65536, np.uint16)
        for place, found in places.items():
            if len(found) == 1:
                firsts[place], hashed[place] = found[0]
            else:  # two pairs in one place prove nothing
                firsts[place], hashed[place] = _ANY, reduce(or_, (bits for _, bits in found)) & _NEEDS
        return hashed, firsts, singles, np.array(asked, np.uint64)

    def _met(self, texts: Sequence[str]) -> NDArray[np.uint64]:
        """The bits that each of ``texts`` speaks for."""
        ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1)
        cuts = np.searchsorted(ends, np.arange(0, ends[-1] + _BLOCK, _BLOCK)).tolist()
        # Not np.unique, which loads numpy.ma: a cold run of one report would pay for it.
        return np.concatenate([self._met_together(texts[a:b]) for a, b in pairwise(dict.fromkeys(cuts))])

    def _met_together(self, texts: Sequence[str]) -> NDArray[np.uint64]:
        hashed, firsts, singles, _ = self._tables
        codes = _classes(raw_codes("\x00" + "\x00".join(texts) + "\x00"))
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        starts = np.cumsum(lengths + 1) - lengths - 1  # the edge before each text
        codes[starts], codes[-1] = _EDGE, _EDGE
        place = (codes[:-1] * np.uint16(_MIX) + codes[1:]).astype(np.intp)
        bits = hashed.take(place)
        spoken = np.flatnonzero(bits != 0)
        first = firsts.take(place.take(spoken))
        wrong = (first != codes.take(spoken)) & (first != _ANY)
        bits[spoken.compress(wrong)] = 0
        bits |= singles.take(codes[:-1].astype(np.intp))
        return np.bitwise_or.reduceat(bits, starts)

    def possible(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each pattern could be found in each text (n_texts, n_patterns), as far as its pairs can tell."""
        if not texts:
            return np.zeros((0, len(self.patterns)), bool)
        needed = self._tables[3]
        return self._met(texts)[:, None] & needed == needed

    def search(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each pattern is found in each text: (n_texts, n_patterns)."""
        if not texts:
            return np.zeros((0, len(self.patterns)), bool)
        met, needed = self._met(texts), self._tables[3]
        found = (met[:, None] >> np.arange(32, 32 + len(self.patterns), dtype=np.uint64)) & np.uint64(1) > 0
        asked = (met[:, None] & needed == needed) & ~found
        for number, pattern in enumerate(self.patterns):
            search, rows = pattern.search, np.flatnonzero(asked[:, number])
            if len(rows):
                found[rows, number] = [search(texts[row]) is not None for row in rows.tolist()]
        return found


def _classes(codes: Codes) -> Codes:
    """Digits as one, blanks as one, everything else itself."""
    return _class_table().take(codes.astype(np.intp))


@cache
def _class_table() -> Codes:
    table = np.arange(65536, dtype=np.uint16)
    digits = np.flatnonzero(fold_codes(table) == _DIGIT).tolist()
    table[[code for code in digits if chr(code).isdecimal()]] = _DIGIT
    table[[code for code in range(0x3001) if chr(code).isspace()]] = _BLANK
    table[0] = _NULL
    return table


def _code(code: int) -> int:
    return int(_classes(np.array([min(code, 0xFFFF)], np.uint16))[0])


def _whole(pattern: re.Pattern[str]) -> _Part:
    """What every match of ``pattern`` holds, and what proves one; nothing where nothing follows from it."""
    if pattern.flags & (re.IGNORECASE | re.MULTILINE | re.ASCII | re.VERBOSE):
        return _UNKNOWN
    try:
        # The parse tree has no public door; without it patterns are merely searched for.
        import re._parser as parser  # pyright: ignore[reportMissingImports]

        tree: Any = parser.parse(pattern.pattern)
        return _sequence(list(tree))
    except (ImportError, AttributeError, ValueError, TypeError):
        return _UNKNOWN


def _sequence(nodes: Sequence[tuple[Any, Any]]) -> _Part:
    nodes = _spread(nodes)
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
    whole, needs = heads[-1], sorted(needs, key=lambda need: need.cost)
    held = [part for part in parts if not part.free]
    one = held[0].one if len(held) == 1 else frozenset[int]()
    proof = held[0].proof if len(held) == 1 else _Need()
    if len(held) == 2:
        proof = _Need(frozenset((a, b) for a in held[0].one for b in held[1].one))
    return _Part(whole.empty, whole.first, whole.last, tuple(needs[:2]), not held, one, proof)


def _spread(nodes: Sequence[tuple[Any, Any]]) -> Sequence[tuple[Any, Any]]:
    """``^(?:一|二)$`` as ``^一$|^二$``: the edge tells more of each way than of all."""
    inner = [at for at, (op, _) in enumerate(nodes) if str(op) != "AT"]
    if len(inner) != 1 or len(nodes) == 1:
        return nodes
    at = inner[0]
    op, value = nodes[at]
    if str(op) == "SUBPATTERN" and not value[1] and not value[2] and len(value[3]) == 1:
        op, value = value[3][0]
    if str(op) != "BRANCH":
        return nodes
    return [(op, (None, [[*nodes[:at], *way, *nodes[at + 1 :]] for way in value[1]]))]


def _join(left: _Part, right: _Part) -> _Part:
    first = _either(left.first, right.first) if left.empty else left.first
    last = _either(left.last, right.last) if right.empty else right.last
    return _Part(left.empty and right.empty, first, last)


def _either(one: Characters, other: Characters) -> Characters:
    return None if one is None or other is None else one | other


def _part(op: str, value: Any) -> _Part:
    """One node of the parse tree."""
    if op == "LITERAL":
        return _character(frozenset([_code(value)]), _exact(value))
    if op == "IN":
        return _character(*_set(value))
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
        needs = (_Need(pairs, singles),) if all(way.needs for way in ways) else ()
        proof = _Need(
            frozenset[tuple[int, int]]().union(*(way.proof.pairs for way in ways)),
            frozenset[int]().union(*(way.proof.singles for way in ways)),
        )
        one = frozenset[int]().union(*(way.one for way in ways))
        free = any(way.free for way in ways)
        return _Part(any(way.empty for way in ways), first, last, needs, free, one, proof)
    if op == "SUBPATTERN":
        return _UNKNOWN if value[1] or value[2] else _sequence(list(value[3]))
    if op == "ATOMIC_GROUP":  # which of its ways it takes, and keeps, is not looked into
        return replace(_sequence(list(value)), free=False, one=frozenset(), proof=_Need())
    if op in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, most, inner = value
        part = _sequence(list(inner))
        part = replace(part, empty=part.empty or not least, needs=part.needs if least else ())
        if least > 1 or not most or op == "POSSESSIVE_REPEAT":
            return replace(part, free=False, one=frozenset(), proof=_Need())
        return replace(part, free=part.free or not least)
    if op == "AT" and str(value) in ("AT_BEGINNING", "AT_BEGINNING_STRING"):
        edge = frozenset([_EDGE])
        return _Part(False, edge, edge, one=edge)
    if op == "AT" and str(value) in ("AT_END", "AT_END_STRING"):  # $ also stands before a last line feed
        edges = frozenset([_EDGE, _BLANK])
        return _Part(False, edges, edges, one=frozenset([_EDGE]))
    if op in ("AT", "ASSERT", "ASSERT_NOT"):
        return _NOTHING
    return _UNKNOWN


def _character(here: Characters, exact: frozenset[int]) -> _Part:
    """A single character, ``here`` as the filter sees it; each of ``exact`` proves a match."""
    return _Part(False, here, here, one=exact, proof=_Need(singles=exact))


def _exact(code: int) -> frozenset[int]:
    return frozenset([code]) if _code(code) == code and code not in _UNLIKE else frozenset()


def _set(members: Sequence[tuple[Any, Any]]) -> tuple[Characters, frozenset[int]]:
    """The characters of ``[…]``, or None if they are too many to list; and those that no other shares its code with."""
    found: set[int] = set()
    exact: set[int] = set()
    for op, value in members:
        kind = str(op)
        if kind == "LITERAL" or (kind == "RANGE" and value[1] - value[0] <= 64):
            codes = [value] if kind == "LITERAL" else range(value[0], value[1] + 1)
            found |= {_code(code) for code in codes}
            exact = exact.union(*map(_exact, codes))
        elif kind == "CATEGORY" and str(value) in ("CATEGORY_DIGIT", "CATEGORY_SPACE"):
            code = _DIGIT if str(value) == "CATEGORY_DIGIT" else _BLANK
            found.add(code)
            exact.add(code)
        else:
            return None, frozenset()
    return frozenset(found), frozenset(exact)
