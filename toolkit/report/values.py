"""What the templates read: frozen values, made in :mod:`toolkit.report.page`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import ascii_lowercase
from typing import Any

from toolkit.summary import Row


@dataclass(frozen=True)
class Piece:
    """A stretch of an item's text, and the themes it is evidence for."""

    text: str
    themes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One item as the page shows it."""

    anchor: str
    row: Row
    pieces: tuple[Piece, ...]
    themes: tuple[tuple[str, float], ...]

    def letters(self, piece: Piece) -> str:
        """Letters of the item's themes that ``piece`` is evidence for; empty where it has but one theme.

        A mark's colour alone would not tell everybody. No digits: many a mark stands before a figure.
        """
        order = dict(zip((theme for theme, _ in self.themes), ascii_lowercase, strict=False))
        return "".join(order[theme] for theme in piece.themes if theme in order) if len(order) > 1 else ""

    def labelled(self) -> tuple[tuple[str, str, float], ...]:
        """Letter, theme and probability of each theme; the letter is empty where there is but one."""
        letters = [*ascii_lowercase, *[""] * len(self.themes)] if len(self.themes) > 1 else [""]
        return tuple((letter, *theme) for letter, theme in zip(letters, self.themes, strict=False))


@dataclass(frozen=True)
class Part:
    """Items that follow each other under one heading path."""

    path: tuple[str, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Bar:
    """A theme's count and share of everything, and its count a stage."""

    theme: str
    count: int
    share: float
    width: float
    stages: tuple[tuple[str, int, float], ...]


@dataclass(frozen=True)
class Line:
    """A row of a comparison: a report, place or year with the count, share and shade of each theme."""

    label: str
    value: str
    total: int
    cells: tuple[tuple[str, int, float, float], ...]


@dataclass(frozen=True)
class Comparison:
    """Themes of reports, places or years side by side; ``left_out`` counts rows that are not shown."""

    id: str
    title: str
    head: str
    themes: tuple[str, ...]
    lines: tuple[Line, ...]
    left_out: int = 0


@dataclass(frozen=True)
class Report:
    """One document as the page shows it."""

    number: int
    name: str
    label: str
    year: str
    place: str
    parts: tuple[Part, ...]
    items: int
    noise: int
    uncertain: int
    top: tuple[str, ...]
    absent: tuple[str, ...]


@dataclass(frozen=True)
class Figure:
    """A quantity of an item: what it measures, as the text gives it, and where it stands."""

    label: str
    measure: str
    text: str
    change: str
    period: str
    anchor: str


@dataclass(frozen=True)
class SideBySide:
    """Figures that several reports give: a head a report, and a line an indicator with a value and anchor a report."""

    heads: tuple[str, ...]
    lines: tuple[tuple[str, str, str, tuple[tuple[str, str], ...]], ...]
    left_out: int


@dataclass(frozen=True)
class Page:
    """Everything the template reads."""

    title: str
    reports: tuple[Report, ...]
    bars: tuple[Bar, ...]
    comparisons: tuple[Comparison, ...]
    topics: tuple[Mapping[str, Any], ...]
    uncertain: tuple[tuple[Report, tuple[Entry, ...]], ...]
    repeats: tuple[tuple[str, tuple[Entry, ...]], ...]
    repeats_total: int
    figures: tuple[tuple[str, tuple[Figure, ...], int], ...]
    side_by_side: SideBySide
    unmentioned: tuple[str, ...]
    totals: Mapping[str, int]
    stage_numbers: Mapping[str, int] = field(default_factory=dict)
    places: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    colours: Mapping[str, str] = field(default_factory=dict)
    paints: Mapping[str, str] = field(default_factory=dict)
    """Theme → the class that has its colour; a style on every mark would be a tenth of the page."""
