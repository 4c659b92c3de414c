"""Labelled reports: a raw document, its labels by span, and what is known of it, checked line by line.

A folder holds ``index.jsonl``, one line a report (``id, file, title, year, date, place, level, kind, split, sha256``),
the documents it names, and ``<id>.jsonl`` beside each: ``{"id","start","end","stage","themes"}`` an item. Spans count
characters of ``document.text`` as :mod:`toolkit.read` gives it; ``sha256`` of that text makes a drift a loud error.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from toolkit.codebook import NOISE, Codebook
from toolkit.document import Document, Item
from toolkit.errors import InputError, LabelsError
from toolkit.jsonl import check_fields, item_rows, read_rows
from toolkit.read import read_source
from toolkit.settings import Settings, build
from toolkit.structure import parse

Split = Literal["train", "heldout"]


class ReportEntry(Settings):
    """One line of ``index.jsonl``."""

    id: str
    file: str
    title: str
    year: Annotated[int, Field(ge=1900, le=2100)]
    date: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
    place: str
    level: str
    kind: str
    split: Split
    sha256: str


@dataclass(frozen=True)
class Labelled:
    """Items with their labels: of one report, or of one file of gold rows.

    ``themes`` and ``stages`` run beside ``document.items``; a stage is empty where the rows name none.
    """

    document: Document
    themes: tuple[tuple[str, ...], ...]
    stages: tuple[str, ...]
    entry: ReportEntry | None = None

    @property
    def id(self) -> str:
        """The report's id, or the document's name."""
        return self.entry.id if self.entry else self.document.name


def load_reports(folder: Path, codebook: Codebook) -> tuple[Labelled, ...]:
    """All labelled reports of ``folder``, in the order of its index.

    Raises:
        LabelsError: the first thing that is wrong, with file and line, what was found and what is allowed.
    """
    index = folder / "index.jsonl"
    if not index.is_file():
        raise LabelsError("no index.jsonl here", where=folder, remedy="a folder of labelled reports holds one")
    reports: list[Labelled] = []
    seen: set[str] = set()
    for where, row in read_rows(index, LabelsError):
        entry = build(ReportEntry, row, where, LabelsError)
        if entry.id in seen:
            raise LabelsError(f"report id {entry.id!r} stands twice", where=where)
        if Path(entry.file).name != entry.file or Path(entry.id).name != entry.id:
            raise LabelsError(f"{entry.file!r} is no file name", where=where, remedy="name a file of this folder")
        seen.add(entry.id)
        reports.append(_load_report(folder, entry, codebook))
    if not reports:
        raise LabelsError("no reports", where=index)
    return tuple(reports)


def _load_report(folder: Path, entry: ReportEntry, codebook: Codebook) -> Labelled:
    try:
        document = parse(read_source(folder / entry.file, name=entry.file))
    except InputError as problem:
        raise LabelsError(problem.what, where=problem.where, remedy=problem.remedy) from None
    found = hashlib.sha256(document.text.encode()).hexdigest()
    if found != entry.sha256:
        raise LabelsError(
            f"its text has changed (sha256 {found[:12]}…, index says {entry.sha256[:12]}…)",
            where=folder / entry.file,
            remedy="the spans no longer hold; restore the document or label it anew",
        )
    items: list[Item] = []
    themes: list[tuple[str, ...]] = []
    stages: list[str] = []
    seen: set[str] = set()
    parsed = iter(document.items)
    near = next(parsed, None)
    end = 0
    for where, row in read_rows(folder / f"{entry.id}.jsonl", LabelsError):
        fields = {"id": str, "start": int, "end": int, "stage": str, "themes": list}
        check_fields(row, fields, where, LabelsError)
        start, stop = row["start"], row["end"]
        if not (end <= start < stop <= len(document.text)):
            raise LabelsError(
                f"span {start}–{stop} does not follow {end} within {len(document.text)} characters",
                where=where,
                remedy="spans are in order, not empty and do not overlap",
            )
        if row["id"] in seen:
            raise LabelsError(f"item id {row['id']!r} stands twice", where=where)
        seen.add(row["id"])
        while near is not None and near.end <= start:
            near = next(parsed, None)
        kind, level, path = (near.kind, near.level, near.headings) if near else ("paragraph", 0, ())
        text = document.text[start:stop]
        items.append(Item(row["id"], start, stop, text, kind, level, path))
        themes.append(_themes(row["themes"], codebook, where))
        stages.append(_stage(row["stage"], codebook, where))
        if stages[-1] == NOISE and themes[-1]:
            raise LabelsError("noise with a theme", where=where, remedy="noise never carries a theme")
        end = stop
    if not items:
        raise LabelsError("no labelled items", where=folder / f"{entry.id}.jsonl")
    labelled = Document(entry.file, document.text, tuple(items), document.metadata)
    return Labelled(labelled, tuple(themes), tuple(stages), entry)


def load_gold(path: Path, codebook: Codebook) -> Labelled:
    """Gold rows ``{"id","text","stage","themes"[,"headings"]}`` in reading order, as a labelled document.

    Raises:
        LabelsError: a line is no such row, an id stands twice, a theme or stage is not of the codebook.
    """
    from toolkit.structure import parse_items

    rows, themes, stages = [], [], []
    for where, row in item_rows(path, LabelsError):
        rows.append((row["id"], row["text"], row.get("headings")))
        check_fields(row, {"themes": list}, where, LabelsError)
        themes.append(_themes(row["themes"], codebook, where))
        stages.append(_stage(row["stage"], codebook, where) if "stage" in row else "")
    return Labelled(parse_items(str(path), rows), tuple(themes), tuple(stages))


def _themes(found: Sequence[Any], codebook: Codebook, where: str) -> tuple[str, ...]:
    for theme in found:
        if theme not in codebook.theme_ids:
            raise LabelsError(
                f"unknown theme {theme!r}", where=where, remedy="allowed: " + ", ".join(codebook.theme_ids)
            )
    if len(set(found)) < len(found):
        raise LabelsError(f"a theme stands twice in {found}", where=where)
    return tuple(found)


def _stage(found: Any, codebook: Codebook, where: str) -> str:
    if codebook.stage_ids and found not in codebook.stage_ids:
        raise LabelsError(f"unknown stage {found!r}", where=where, remedy="allowed: " + ", ".join(codebook.stage_ids))
    return str(found)
