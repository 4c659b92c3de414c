"""Step 1: the input cut into tasks, by what it holds alone."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from toolkit.bounds import read_report
from toolkit.document import Document
from toolkit.errors import FazhiError, InputError
from toolkit.files import unreadable
from toolkit.jsonl import writable
from toolkit.read import LIMITS, Limits, find_reports
from toolkit.structure import parse_items

TASK_BYTES = 1_000_000
"""Bytes of files in one task: about a second's work with everything, and far below the memory of any machine."""
TASK_FILES = 64
MOST_ITEMS = 2048
"""A file of more items is taken for several reports; the longest report seen has 400."""
MOST_CHARACTERS = 400_000
LINE_BYTES = 20_000_000
"""A longer line is no item; without an end to it, a device in place of a file would fill the memory."""

_LINE_ENDS = frozenset(("", "\n", "\r\n"))
_DECODE = json.JSONDecoder().raw_decode
Given = tuple[str, str, tuple[str, ...] | None]
"""An item as it is given: id, text, heading path or None."""
_OPENING = re.compile(r"\s*(?:一、|第一(?:部分|章|篇))")
_TITLE = re.compile(
    r"[^。；！？]{4,60}(?:报告|总结|汇报|要点|计划|方案|材料|情况|述职|述法)\s*(?:[（(][^）)]{1,12}[）)])?\s*"
)


@dataclass(frozen=True)
class Task:
    """A piece of the input: ``paths`` of reports, or ``items`` of the file ``name``, or what is wrong with the input.

    ``mark`` tells whether the piece is the one a journal speaks of; ``size`` is in bytes.
    """

    name: str = ""
    paths: tuple[str, ...] = ()
    items: tuple[Given, ...] = ()
    size: int = 0
    mark: str = ""
    failure: FazhiError | None = None


def read_unchanged(path: Path, limits: Limits = LIMITS) -> Document:
    """The document of the report in ``path``, refused if the file changed while it was read.

    Raises:
        InputError: it can't be read, or has another size or time afterwards than before.
    """
    before = _state(path)
    document = read_report(path, limits)
    if before is not None and before != _state(path):
        raise InputError("changed while it was read", where=path, remedy="run again when it is finished")
    return document


def _state(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None  # inside an archive, or gone: reading says so
    return found.st_size, found.st_mtime_ns


def tasks_of_reports(paths: Sequence[str], limits: Limits = LIMITS) -> Iterator[Task]:
    """Step 1 for reports: neighbours of about a megabyte together. Nothing is read yet.

    Raises:
        InputError: a path does not exist or holds no report.
    """
    group: list[str] = []
    marks: list[str] = []
    size = 0
    for path in find_reports(list(paths), limits):
        state = _state(path) or (0, 0)
        group.append(str(path))
        marks.append(f"{path}:{state}")
        size += state[0]
        if size >= TASK_BYTES or len(group) >= TASK_FILES:
            yield Task(paths=tuple(group), size=size, mark=_mark(marks))
            group, marks, size = [], [], 0
    if group:
        yield Task(paths=tuple(group), size=size, mark=_mark(marks))


def _mark(parts: Iterable[str]) -> str:
    return hashlib.blake2b("\n".join(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()


def tasks_of_items(path: Path) -> Iterator[Task]:
    """Step 1 for items already split: the file read line by line, cut where a new report seems to begin.

    A file of up to :data:`MOST_ITEMS` items is one report. What is wrong with it comes as a last task with ``failure``.
    """
    try:
        yield from _item_tasks(path)
    except FazhiError as problem:
        yield Task(failure=problem)
    except OSError as problem:
        yield Task(failure=unreadable(path, problem))


def documents_of_items(path: Path) -> Iterator[Document]:
    """Items already split, ``{"id","text"[,"headings"]}`` a line, as documents in their order, one at a time.

    Raises:
        InputError: a line is no such row (line named), or an id stands twice.
    """
    for task in tasks_of_items(path):
        if task.failure is not None:
            raise task.failure
        yield parse_items(task.name, task.items)


def _item_tasks(path: Path) -> Iterator[Task]:
    waiting: list[Given] = []
    characters, read, told = 0, 0, 0
    with path.open("rb") as file:
        before = os.fstat(file.fileno())
        ids = _Ids(path)
        for given, length in _given_items(file, path):
            waiting.append(given)
            read += length
            characters += len(given[1])
            while len(waiting) >= MOST_ITEMS or (characters >= MOST_CHARACTERS and len(waiting) > 1):
                cut = _cut(waiting)
                ids.add([each[0] for each in waiting[:cut]])
                yield _items_task(path, waiting[:cut], read - told)
                waiting, told = waiting[cut:], read
                characters = sum(len(each[1]) for each in waiting)
        ids.add([each[0] for each in waiting])
        after = os.fstat(file.fileno())
        named = path.stat()
        if (after.st_size, after.st_mtime_ns, named.st_ino) != (before.st_size, before.st_mtime_ns, before.st_ino):
            raise InputError("changed while it was read", where=path, remedy="run again when it is finished")
    if waiting:
        yield _items_task(path, waiting, read - told)
    if not read:
        raise InputError("no rows", where=path, remedy='one line an item: {"id": …, "text": …}')


def _items_task(path: Path, items: Sequence[Given], size: int) -> Task:
    mark = _mark(
        [*(i for i, _, _ in items), *(t for _, t, _ in items), *(str(h) for _, _, h in items if h is not None)]
    )
    return Task(str(path), (), tuple(items), size, mark)


def _cut(items: Sequence[Given]) -> int:
    """Where the last report in ``items`` begins: a title, the first chapter, a new outermost heading; else the end.

    Only the second half is looked at, so that a task is never small; the last item is never followed by a cut.
    """
    least = len(items) // 2
    for better in (_begins, _outermost_changes):
        for at in range(len(items) - 1, least, -1):
            if better(items, at):
                return at
    return max(1, len(items) - 1)


def _begins(items: Sequence[Given], at: int) -> bool:
    """Whether a title, or a first chapter without a title close before it, stands at ``at``."""
    if _TITLE.fullmatch(items[at][1]):
        return not items[at][2]
    return bool(_OPENING.match(items[at][1])) and not any(_TITLE.fullmatch(text) for _, text, _ in items[at - 6 : at])


def _outermost_changes(items: Sequence[Given], at: int) -> bool:
    here, above = items[at][2], items[at - 1][2]
    return here is not None and above is not None and here[:1] != above[:1]


def _given_items(file: BinaryIO, path: Path) -> Iterator[tuple[Given, int]]:
    """Items of JSON lines with the bytes they took, each checked."""
    for number, line in enumerate(iter(lambda: file.readline(LINE_BYTES + 1), b""), 1):
        if len(line) > LINE_BYTES:
            raise InputError(f"more than {LINE_BYTES:,} bytes", where=f"{path}:{number}", remedy="one item a line")
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            row = _parsed(line)
        except UnicodeDecodeError as problem:
            raise InputError(f"not UTF-8 at byte {problem.start}", where=where, remedy="save it as UTF-8") from None
        except (ValueError, RecursionError) as problem:
            message = getattr(problem, "msg", "nested too deeply")
            raise InputError(f"not valid JSON: {message}", where=where, remedy="one object a line") from None
        if not isinstance(row, dict):
            raise InputError("not a JSON object", where=where, remedy="one object a line")
        if (b"\\u" in line or b"\xed" in line) and not writable(row):
            raise InputError("half a character (a lone surrogate)", where=where, remedy="write it as UTF-8")
        for key in ("id", "text"):
            if key not in row:
                raise InputError(f"no {key!r}", where=where, remedy="a row has id, text")
            if not isinstance(row[key], str):
                raise InputError(f"{key!r} is {str(row[key])[:60]!r}, not a text", where=where)
        headings = row.get("headings")
        if headings is not None and not (isinstance(headings, list) and all(isinstance(h, str) for h in headings)):
            raise InputError("'headings' is not a list of texts", where=where)
        yield (row["id"], row["text"], None if headings is None else tuple(headings)), len(line)


def _parsed(line: bytes) -> Any:
    """``json.loads(line)``; a line that is one object in UTF-8 and nothing else takes a third of the time."""
    try:
        text = line.decode()
        row, end = _DECODE(text)
        if text[end:] in _LINE_ENDS:
            return row
    except ValueError:
        pass  # said below, with its place
    return json.loads(line)


class _Ids:
    """The ids of a file so far, as sorted runs of 64-bit hashes: eight bytes an id however long the file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.runs: list[NDArray[np.int64]] = []

    def add(self, ids: Sequence[str]) -> None:
        """Take the next ids.

        Raises:
            InputError: one stands twice.
        """
        fresh = np.sort(np.fromiter(map(hash, ids), np.int64, len(ids)))
        again = bool((fresh[1:] == fresh[:-1]).any())
        for run in self.runs:
            place = np.minimum(np.searchsorted(run, fresh), len(run) - 1)
            again |= bool((run[place] == fresh).any())
        if again:
            self._prove(set(ids))
        while self.runs and len(self.runs[-1]) <= len(fresh):
            fresh = np.sort(np.concatenate([self.runs.pop(), fresh]))
        if len(fresh):
            self.runs.append(fresh)

    def _prove(self, ids: set[str]) -> None:
        """Two ids of one hash may differ: read the file again for the first that does stand twice."""
        seen: set[str] = set()
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                row = json.loads(line.removeprefix(b"\xef\xbb\xbf")) if line.strip() else {}
                if row.get("id") in seen:
                    raise InputError(f"id {row['id']!r} stands twice", where=f"{self.path}:{number}")
                if row.get("id") in ids:
                    seen.add(row["id"])
