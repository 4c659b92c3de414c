"""Rows → everything the page shows: reports, bars, comparisons, figures, repeats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from toolkit.codebook import NOISE, Codebook
from toolkit.document import Document, Item
from toolkit.duplicates import Passage, find_repeats
from toolkit.indicators import Indicator, compared, indicators
from toolkit.report.values import Bar, Comparison, Entry, Figure, Line, Page, Part, Piece, Report, SideBySide
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
    theme_colours,
    theme_counts,
    theme_ids,
)

MOST_COLUMNS = 24  # themes a comparison shows side by side; more are folded into one column
MOST_GROUPS = 60  # rows of a comparison; more would be no comparison
MOST_REPEATS = 60
MOST_FIGURES = 250  # of one theme; with every one of 200 reports the page would be half figures
MOST_SIDE_BY_SIDE = 12  # reports whose figures stand side by side; the spreadsheet has all
UNKNOWN = "#7a828a"


def make_page(
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
    colours = {**theme_colours(codebook), **dict.fromkeys(unknown, UNKNOWN)}
    # Codes name stages where the codebook has none.
    stages = list(dict.fromkeys([*codebook.stage_ids, *(str(row["stage"]) for row in rows)]))
    reports = tuple(
        _report(number, name, labels[number], documents.get(name) or {}, entries[name], counts[number], codebook)
        for number, name in enumerate(names)
    )
    repeats, counted = _repeats(rows, names), indicators(rows, documents, codebook)
    places, years = groups_by(documents, "place", names), groups_by(documents, "year", names)
    total = counts.sum(axis=0)
    return Page(
        title=title or say(language, "报告主题分析", "Themes of the reports"),
        reports=reports,
        bars=_bars(rows, codebook),
        comparisons=tuple(_comparisons(rows, names, labels, places, years, codebook, language)),
        topics=tuple(sorted(topics, key=lambda topic: (topic.get("id") not in known, -float(topic.get("share") or 0)))),
        uncertain=tuple((report, found) for report in reports if (found := _uncertain(report))),
        repeats=tuple(
            (str(rows[int(group[0].item)]["text"])[group[0].start : group[0].end].strip(), _standing(group, in_order))
            for group in repeats[:MOST_REPEATS]
        ),
        repeats_total=len(repeats),
        figures=_figures(counted, in_order, dict(zip(names, labels, strict=True)), codebook),
        side_by_side=_side_by_side(counted, in_order, dict(zip(names, labels, strict=True)), documents, language),
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
        stage_numbers={stage: number for number, stage in enumerate((s for s in stages if s != NOISE), 1)},
        names={**{key: key for key in (*unknown, *stages)}, **known},
        colours=colours,
        paints={theme: f"c{number}" for number, theme in enumerate((*codebook.theme_ids, *sorted(unknown)))},
    )


def _repeats(rows: Sequence[Row], names: Sequence[str]) -> list[tuple[Passage, ...]]:
    """Passages that stand in several reports, noise aside; an item goes by the number of its row."""
    items: dict[str, list[Item]] = {name: [] for name in names}
    for number, row in enumerate(rows):
        if row["stage"] != NOISE:
            kind = "title" if row.get("kind") == "title" else "paragraph"
            items[row["document"]].append(Item(str(number), 0, len(row["text"]), row["text"], kind))
    return find_repeats([Document(name, "", tuple(found)) for name, found in items.items()]).groups()


def _standing(group: Sequence[Passage], entries: Sequence[Entry]) -> tuple[Entry, ...]:
    return tuple(entries[number] for number in sorted({int(passage.item) for passage in group}))


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
    for kind, head, groups, key in wanted if len(names) > 1 else ():
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


def _figures(
    found: Sequence[Indicator], entries: Sequence[Entry], labels: Mapping[str, str], codebook: Codebook
) -> tuple[tuple[str, tuple[Figure, ...], int], ...]:
    """Quantities of report text by theme, in the codebook's order, and how many there are; no theme is an empty id."""
    by_theme: dict[str, list[Figure]] = {theme: [] for theme in (*codebook.theme_ids, "")}
    for indicator in found:
        entry, quantity = entries[indicator.row], indicator.quantity
        by_theme.setdefault(indicator.theme, []).append(
            Figure(
                label=labels[indicator.document],
                measure=quantity.measure,
                text=entry.row["text"][quantity.start : quantity.end],
                change=quantity.comparison,
                period=quantity.period,
                anchor=entry.anchor,
            )
        )
    return tuple((theme, tuple(all_[:MOST_FIGURES]), len(all_)) for theme, all_ in by_theme.items() if all_)


def _side_by_side(
    found: Sequence[Indicator],
    entries: Sequence[Entry],
    labels: Mapping[str, str],
    documents: Documents,
    language: str,
) -> SideBySide:
    """Shared indicators that at least two reports give, reports in order of year."""
    series = [s for s in compared(found, language) if len(s.values) > 1]
    named = {name for s in series for name in s.values}
    order = sorted(
        (name for name in labels if name in named), key=lambda n: str((documents.get(n) or {}).get("year") or "")
    )
    shown_names = order[:MOST_SIDE_BY_SIDE]
    lines = []
    for s in series:
        cells = []
        large = s.unit == "元" and all(indicator.quantity.value >= 10_000 for indicator in s.values.values())
        scale, unit = (10_000, "万元") if large else (1, s.unit)
        for name in shown_names:
            indicator = s.values.get(name)
            value = "" if indicator is None else figure(indicator.quantity.value / scale)
            cells.append((value, "" if indicator is None else entries[indicator.row].anchor))
        if any(value for value, _ in cells):
            lines.append((s.name, s.theme, unit, tuple(cells)))
    return SideBySide(tuple(labels[name] for name in shown_names), tuple(lines), len(order) - len(shown_names))


def figure(value: float) -> str:
    """A number for readers: 2,440 and 99.1."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.6g}"
