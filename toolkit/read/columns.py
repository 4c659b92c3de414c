"""Pages of two columns: the gutter between them is found, and each column is read by itself.

A PDF gives its text in the order it was drawn, most often line by line across both columns.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby, pairwise
from statistics import median

_FAR = 20_000.0  # points; no page is wider, damaged ones say so


@dataclass(slots=True)
class Row:
    """A line of a page or of one of its columns, in points from the page's lower left corner.

    ``pieces`` are what blanks wider than a character part: ``(text, left, right)``. ``column`` is 0 for a line across
    the page, 1 for the left and 2 for the right column; ``flow`` counts the stretches of a page that are read from top
    to bottom.
    """

    text: str
    left: float
    right: float
    y: float
    size: float
    bold: bool
    page: int
    pieces: tuple[tuple[str, float, float], ...]
    column: int = 0
    flow: int = 0

    @property
    def gaps(self) -> bool:
        """Whether blanks wider than two characters part it: cells of a table, or a line of 日期　来源."""
        return any(after[1] - before[2] > 2.2 * self.size for before, after in pairwise(self.pieces))


def in_columns(rows: list[Row]) -> list[Row]:
    """The rows of one page in reading order: as they are, or column by column between the lines that span both."""
    gutter = _gutter(rows)
    if gutter is None:
        return rows
    halves = [half for row in rows for half in _halves(row, gutter)]
    across = sorted(-row.y for row in halves if not row.column)

    def place(row: Row) -> tuple[int, int]:
        """A line across closes the band above it, and stands after both of its columns."""
        return bisect_left(across, -row.y), row.column or 3

    ordered = sorted(halves, key=place)  # stable: within a column as drawn
    for flow, (_, group) in enumerate(groupby(ordered, key=place)):
        for row in group:
            row.flow = flow
    return ordered


def _gutter(rows: Sequence[Row]) -> float | None:
    """Where a strip without text parts lines of prose; None on pages of one column, and between cells of a table."""
    pieces = [(left, right, len(text)) for row in rows for text, left, right in row.pieces]
    if not pieces or not all(-_FAR < left <= right < _FAR for left, right, _ in pieces):
        return None
    first, last = int(min(p[0] for p in pieces)), int(max(p[1] for p in pieces)) + 1
    middle = range(first + 3 * (last - first) // 10, first + 7 * (last - first) // 10)
    if sum(left > middle.start for left, _, _ in pieces) < 5:
        return None
    starts = [0] * (last - first + 2)
    for left, right, _ in pieces:
        starts[int(left) - first] += 1
        starts[int(right) - first + 1] -= 1
    covered = list(accumulate(starts))
    least = min((covered[x - first] for x in middle), default=0)
    if least > 0.2 * len(rows):
        return None
    strip = [x for x in middle if covered[x - first] == least]
    gutter = strip[len(strip) // 2] + 0.5
    size = median(row.size for row in rows)
    for side in ([p for p in pieces if p[1] <= gutter], [p for p in pieces if p[0] >= gutter]):
        edge = max((right for _, right, _ in side), default=0.0)
        whole = sum(right >= edge - 2 * size for _, right, _ in side)
        # Prose fills its column; cells of a table are short and ragged.
        if len(side) < 5 or whole < 0.5 * len(side) or median(length for _, _, length in side) < 8:
            return None
    return gutter


def _halves(row: Row, gutter: float) -> Iterator[Row]:
    """The row itself, or what of it stands in each column."""
    if any(left < gutter < right for _, left, right in row.pieces):
        yield row
        return
    for column in (1, 2):
        pieces = tuple(piece for piece in row.pieces if (piece[1] < gutter) == (column == 1))
        if pieces:
            text = " ".join(text for text, _, _ in pieces)
            yield replace(row, text=text, left=pieces[0][1], right=pieces[-1][2], pieces=pieces, column=column)
