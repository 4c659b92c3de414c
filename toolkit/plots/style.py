"""The house style, the chart that carries its data, and writing it whole or not at all."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from toolkit.errors import InputError
from toolkit.fonts import font_path, missing_glyphs, visible
from toolkit.tables import Table, write_csv, write_whole

WIDTH = 7.6  # inches: the text width of A4; shown across a slide (13.3 in) 9 pt becomes 16 pt
INK, MUTED, RULE, OTHER = "#1f2933", "#5b6670", "#d5dbe1", "#c4c9ce"
FORMATS = ("png", "svg")
# Okabe and Ito's eight (2008), which readers with any colour vision tell apart; without the yellow, pale on white.
SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")


class Chart(Figure):
    """A figure and the table it shows; ``missing`` names characters that the font could not draw."""

    def __init__(self, table: Table, **options: Any) -> None:
        super().__init__(**options)
        self.table = table
        cells = [*table.columns, *(cell for row in table.rows for cell in row if isinstance(cell, str))]
        self.missing = missing_glyphs(cells)


@cache
def _family() -> str:
    font_manager.fontManager.addfont(str(font_path()))
    return font_manager.FontProperties(fname=str(font_path())).get_name()


@contextmanager
def house_style() -> Iterator[None]:
    """The settings of every figure, for making and for writing it; the caller's own settings stay untouched."""
    settings: dict[Any, Any] = {
        "font.family": [_family()],
        "font.size": 9,
        "axes.titlesize": 11,
        "axes.titlelocation": "left",
        "axes.titlepad": 10,
        "axes.labelsize": 9,
        "axes.labelcolor": MUTED,
        "axes.edgecolor": RULE,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.unicode_minus": True,
        "text.color": INK,
        # a name with two dollar signs is a name, not a formula
        "text.parse_math": False,
        "xtick.color": MUTED,
        "ytick.color": INK,
        "xtick.labelsize": 8.5,
        "ytick.labelsize": 9,
        "xtick.major.size": 0,
        "ytick.major.size": 0,
        "grid.color": RULE,
        "grid.linewidth": 0.6,
        "hatch.color": "white",
        "hatch.linewidth": 0.8,
        "legend.frameon": False,
        "legend.fontsize": 8.5,
        "figure.facecolor": "white",
        "savefig.dpi": 200,
        # the same figure gives the same bytes; letters as outlines, so that no reader needs a font
        "svg.hashsalt": "fazhi-toolkit",
        "svg.fonttype": "path",
    }
    with matplotlib.rc_context(settings):
        yield


def new_chart(table: Table, height: float, title: str, **grid: Any) -> tuple[Chart, Any]:
    """A chart ``height`` inches high with its axes; ``grid`` goes to ``Figure.subplots``."""
    chart = Chart(table, figsize=(WIDTH, height), layout="constrained")
    axes = chart.subplots(**grid)
    chart.suptitle(label(title, 80), x=0.01, ha="left", fontsize=11.5, color=INK)
    return chart, axes


def empty_chart(table: Table, title: str, note: str) -> Chart:
    """A chart that says why it shows nothing."""
    chart, axes = new_chart(table, 1.6, title)
    axes.set_axis_off()
    axes.text(0, 0.5, note, transform=axes.transAxes, color=MUTED)
    return chart


def label(text: str, limit: int = 32) -> str:
    """``text`` as the label of a bar: drawable, on one line, at most ``limit`` columns (a hanzi takes two)."""
    clean = visible(text[: 4 * limit])
    if columns(clean) <= limit:
        return clean
    while columns(clean) > limit - 1:
        clean = clean[:-1]
    return clean.rstrip() + "…"


def columns(text: str) -> int:
    """Columns ``text`` takes in a font where a hanzi is twice as wide as a letter."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def contrast(colour: str) -> str:
    """Black or white, whichever reads better on ``colour`` (WCAG's relative luminance)."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#ffffff" if 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 else "#000000"


def percent_axis(axes: Axes, which: str = "x") -> None:
    """Ticks of a share as whole percentages."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(lambda value, _: f"{value * 100:.0f}%")


def key(
    chart: Chart,
    names: Sequence[str],
    colours: Sequence[str],
    per_row: int = 4,
    hatches: Sequence[str] | None = None,
) -> None:
    """A legend below the chart, in rows; the colour of the folded rest is hatched, as its bars are."""
    from matplotlib.patches import Patch

    marks = hatches or ["////" if colour == OTHER else "" for colour in colours]
    handles = [
        Patch(facecolor=colour, edgecolor="white", linewidth=0, hatch=hatch, label=label(name, 26))
        for name, colour, hatch in zip(names, colours, marks, strict=True)
    ]
    if handles:
        chart.legend(handles=handles, loc="outside lower left", ncols=min(per_row, len(handles)), handlelength=1.2)


def row_labels(names: Sequence[str], limit: int = 34, most: int = 20) -> tuple[list[str], float]:
    """Labels of rows, and the height of a row in inches: names of ``limit`` columns; of few rows in two lines."""
    short = [label(name, limit) for name in names]
    if len(names) > most or all(not name.endswith("…") for name in short):
        return short, 0.26
    return [_two_lines(label(name, 2 * limit - 2), limit) for name in names], 0.34


def _two_lines(text: str, limit: int) -> str:
    """``text`` broken once where it is too wide, never inside a number or a word of Latin letters."""
    if columns(text) <= limit:
        return text
    cut = next(at for at in range(len(text), 0, -1) if columns(text[:at]) <= limit)
    while cut > 1 and text[cut - 1 : cut + 1].isascii() and text[cut - 1 : cut + 1].isalnum():
        cut -= 1
    return text[:cut].rstrip() + "\n" + text[cut:].lstrip()


def save(chart: Chart, path: Path) -> list[Path]:
    """The picture (``.png`` or ``.svg``) and its data (``.csv`` beside it), each whole or not at all.

    Raises:
        InputError: the name ends otherwise, or can't be written.
    """
    kind = path.suffix.lower().lstrip(".")
    if kind not in FORMATS:
        raise InputError(f"no picture format {path.suffix!r}", where=path, remedy="end the name with .png or .svg")
    out = io.BytesIO()
    with house_style():
        chart.savefig(out, format=kind, metadata={"Date": None} if kind == "svg" else None)
    write_whole(path, out.getvalue())
    beside = path.with_suffix(".csv")
    write_csv(chart.table, beside)
    return [path, beside]
