"""One page to hand on: overview, themes, comparison, topics and every item, in a single file that needs no network.

The page carries its own font (the characters it uses), style and script. Text of reports, file names and theme names
are untrusted: jinja2 escapes all of it, a content security policy lets no other script run and nothing be loaded, and
control codes are shown by their number instead of acting.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from toolkit.codebook import NOISE, Codebook
from toolkit.fonts import glyphs, subset, visible
from toolkit.repeats import repeated_passages
from toolkit.resources import VERSION
from toolkit.summary import (
    Documents,
    Row,
    document_labels,
    document_names,
    groups_by,
    say,
    shares,
    stage_counts,
    text_stages,
    theme_counts,
    theme_ids,
)

MOST_COLUMNS = 24  # themes a comparison shows side by side; more are folded into one column
MOST_GROUPS = 60  # rows of a comparison; more would be no comparison
MOST_REPEATS = 60
UNKNOWN = "#7a828a"


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
    unmentioned: tuple[str, ...]
    totals: Mapping[str, int]
    places: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    colours: Mapping[str, str] = field(default_factory=dict)


def build_report(
    rows: Sequence[Row],
    documents: Documents,
    codebook: Codebook,
    topics: Sequence[Mapping[str, Any]] | None = None,
    language: str = "zh",
    title: str | None = None,
) -> str:
    """The page as HTML.

    Args:
        rows: rows of ``fazhi classify``; ``evidence``, where a row has it, counts characters of the document, as
            ``start`` and ``end`` do.
        documents: what is known of each document: ``title``, ``year``, ``place``; each may be missing.
        topics: ``{"id", "name", "terms": [...], "share": 0.12}`` a topic.
        language: of everything but the reports' own text: ``zh`` or ``en``.
    """
    from jinja2 import Environment
    from markupsafe import Markup

    page = _page(rows, documents, codebook, topics or (), language, title)
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(shown=shown, percent=lambda value: f"{100 * value:.1f}%")
    environment.globals.update(t=lambda zh, en: say(language, zh, en), page=page, version=VERSION, NOISE=NOISE)
    body = environment.from_string(_asset("body.html")).render()
    script, style = _asset("report.js"), _asset("report.css")
    # Every character of the page, so that no letter is left to a font the reader may not have.
    font = base64.b64encode(subset(body + page.title)).decode()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.from_string(_asset("page.html")).render(
        language="en" if language == "en" else "zh-CN",
        body=Markup(body),
        script=Markup(script),
        style=Markup(style),
        font=font,
        digest=digest,
    )


@cache
def _asset(name: str) -> str:
    return (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")


def shown(text: object) -> str:
    """``text`` for the page: line breaks kept, what can't be drawn or would act on its surroundings named by number."""
    return "".join(c if c in "\n\t\u3000" or ord(c) in glyphs() else visible(c) or " " for c in str(text))


def _page(
    rows: Sequence[Row],
    documents: Documents,
    codebook: Codebook,
    topics: Sequence[Mapping[str, Any]],
    language: str,
    title: str | None,
) -> Page:
    names = document_names(rows, documents)
    labels = document_labels(names, documents)
    in_order = _entries(rows, names)
    entries: dict[str, list[Entry]] = {name: [] for name in names}
    for entry in in_order:
        entries[entry.row["document"]].append(entry)
    counts = theme_counts(rows, names, codebook)
    known = codebook.names(language)
    unknown = {theme for row in rows for theme in theme_ids(row)} - set(codebook.theme_ids)
    colours = {**codebook.colours(), **dict.fromkeys(unknown, UNKNOWN)}
    # Codes name stages where the codebook has none.
    stages = list(dict.fromkeys([*codebook.stage_ids, *(str(row["stage"]) for row in rows)]))
    reports = tuple(
        _report(number, name, labels[number], documents.get(name) or {}, entries[name], counts[number], codebook)
        for number, name in enumerate(names)
    )
    repeats = repeated_passages(rows)
    places, years = groups_by(documents, "place", names), groups_by(documents, "year", names)
    total = counts.sum(axis=0)
    return Page(
        title=title or say(language, "报告主题分析", "Themes of the reports"),
        reports=reports,
        bars=_bars(rows, codebook),
        comparisons=tuple(_comparisons(rows, names, labels, places, years, codebook, language)),
        topics=tuple(sorted(topics, key=lambda topic: -float(topic.get("share") or 0))),
        uncertain=tuple((report, found) for report in reports if (found := _uncertain(report))),
        repeats=tuple((r.text, tuple(in_order[i] for i in r.rows)) for r in repeats[:MOST_REPEATS]),
        repeats_total=len(repeats),
        unmentioned=tuple(theme for theme, count in zip(codebook.theme_ids, total, strict=True) if not count),
        totals={
            "reports": len(names),
            "items": sum(row["stage"] != NOISE for row in rows),
            "themed": sum(bool(row["themes"]) for row in rows),
            "noise": sum(row["stage"] == NOISE for row in rows),
            "uncertain": sum(bool(row.get("uncertain")) for row in rows),
        },
        places=tuple(dict.fromkeys(str(place) for place in places.values())),
        years=tuple(str(year) for year in sorted(set(years.values()))),
        themes=(*codebook.theme_ids, *sorted(unknown)),
        stages=tuple(stages),
        names={**{key: key for key in (*unknown, *stages)}, **known},
        colours=colours,
    )


def _entries(rows: Sequence[Row], names: Sequence[str]) -> list[Entry]:
    """An entry a row, in order; an anchor counts the items of its document."""
    number_of = {name: number for number, name in enumerate(names, 1)}
    seen: Counter[str] = Counter()
    entries = []
    for row in rows:
        seen[row["document"]] += 1
        anchor = f"r{number_of[row['document']]}-{seen[row['document']]}"
        themes = tuple((str(theme["id"]), float(theme["probability"])) for theme in row["themes"])
        entries.append(Entry(anchor, row, tuple(_pieces(row)), themes))
    return entries


def _uncertain(report: Report) -> tuple[Entry, ...]:
    return tuple(entry for part in report.parts for entry in part.entries if entry.row.get("uncertain"))


def _pieces(row: Row) -> list[Piece]:
    """The item's text cut where evidence begins and ends."""
    text, start = row["text"], int(row.get("start") or 0)
    spans = []
    for found in row.get("evidence") or ():
        first, last = max(0, int(found["start"]) - start), min(len(text), int(found["end"]) - start)
        if first < last:
            spans.append((first, last, str(found["theme"])))
    edges = sorted({0, len(text), *(edge for span in spans for edge in span[:2])})
    return [
        Piece(text[a:b], tuple(dict.fromkeys(theme for first, last, theme in spans if first <= a and b <= last)))
        for a, b in pairwise(edges)
    ]


def _report(
    number: int,
    name: str,
    label: str,
    known: Mapping[str, Any],
    entries: Sequence[Entry],
    counts: np.ndarray,
    codebook: Codebook,
) -> Report:
    parts: list[Part] = []
    for entry in entries:
        path = tuple(entry.row.get("headings") or ())
        if parts and parts[-1].path == path:
            parts[-1] = Part(path, (*parts[-1].entries, entry))
        else:
            parts.append(Part(path, (entry,)))
    order = [int(j) for j in np.argsort(-counts, kind="stable") if counts[j]]
    ids = codebook.theme_ids
    return Report(
        number=number + 1,
        name=name,
        label=label,
        year=str(known.get("year") or ""),
        place=str(known.get("place") or ""),
        parts=tuple(parts),
        items=sum(entry.row["stage"] != NOISE for entry in entries),
        noise=sum(entry.row["stage"] == NOISE for entry in entries),
        uncertain=sum(bool(entry.row.get("uncertain")) for entry in entries),
        top=tuple(ids[j] for j in order[:3]),
        absent=tuple(theme for theme, count in zip(ids, counts, strict=True) if not count),
    )


def _bars(rows: Sequence[Row], codebook: Codebook) -> tuple[Bar, ...]:
    totals = Counter(theme for row in rows for theme in theme_ids(row))
    stages = stage_counts(rows, codebook)
    everything, most = max(1, sum(totals.values())), max([1, *totals.values()])
    bars = []
    for number, theme in enumerate(codebook.theme_ids):
        count = totals[theme]
        split = tuple(
            (stage, int(stages[number, column]), float(stages[number, column]) / max(1, count))
            for column, stage in enumerate(text_stages(codebook))
            if stages[number, column]
        )
        bars.append(Bar(theme, count, count / everything, count / most, split))
    return tuple(sorted(bars, key=lambda bar: -bar.count))


def _comparisons(
    rows: Sequence[Row],
    names: Sequence[str],
    labels: Sequence[str],
    places: Mapping[str, Any],
    years: Mapping[str, Any],
    codebook: Codebook,
    language: str,
) -> list[Comparison]:
    """Reports, and where at least two are known, places and years side by side."""
    wanted: list[tuple[str, str, list[Any], Mapping[str, Any] | None]] = [
        ("d", say(language, "报告", "Report"), list(names), None)
    ]
    if len(set(places.values())) > 1:
        wanted.append(("p", say(language, "地区", "Place"), list(dict.fromkeys(places.values())), places))
    if len(set(years.values())) > 1:
        wanted.append(("y", say(language, "年份", "Year"), sorted(set(years.values())), years))
    found = []
    for kind, head, groups, key in wanted:
        counts = theme_counts(rows, groups, codebook, key)
        part = shares(counts)
        order = [int(j) for j in np.argsort(-counts.sum(axis=0), kind="stable") if counts[:, j].sum()][:MOST_COLUMNS]
        most = max(float(part.max()) if part.size else 0.0, 1e-9)
        lines = tuple(
            Line(
                label=labels[i] if kind == "d" else str(group),
                value=f"{kind}:{i + 1}",
                total=int(counts[i].sum()),
                cells=tuple((codebook.theme_ids[j], int(counts[i, j]), part[i, j], part[i, j] / most) for j in order),
            )
            for i, group in enumerate(groups[:MOST_GROUPS])
        )
        title = say(language, f"按{head}比较", f"By {head.lower()}")
        themes = tuple(codebook.theme_ids[j] for j in order)
        found.append(Comparison(f"by-{kind}", title, head, themes, lines, max(0, len(groups) - MOST_GROUPS)))
    return found
