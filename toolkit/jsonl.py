"""JSON lines in: one object a line, each with its place, so that what is wrong is named by line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from toolkit.errors import FazhiError
from toolkit.files import read_utf8


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")


_DECODER = json.JSONDecoder(parse_constant=_no_number)  # Python alone takes NaN and Infinity


def item_rows(path: Path, error: type[FazhiError]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rows ``{"id","text"[,"headings"]}`` of ``path`` with their place; ids are checked to be unique."""
    seen: set[str] = set()
    for where, row in read_rows(path, error):
        check_fields(row, {"id": str, "text": str}, where, error)
        if row["id"] in seen:
            raise error(f"id {row['id']!r} stands twice", where=where)
        seen.add(row["id"])
        headings = row.get("headings")
        if headings is not None and not (isinstance(headings, list) and all(isinstance(h, str) for h in headings)):
            raise error("'headings' is not a list of texts", where=where)
        yield where, row
    if not seen:
        raise error("no rows", where=path, remedy='one line an item: {"id": …, "text": …}')


def read_rows(path: Path, error: type[FazhiError]) -> Iterator[tuple[str, dict[str, Any]]]:
    """JSON objects of ``path``, one a line, each with its place ``path:line``."""
    for number, line in enumerate(read_utf8(path, error).split("\n"), 1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            row = _DECODER.decode(line)
        except RecursionError:
            raise error("nested too deeply", where=where, remedy="one object a line") from None
        except ValueError as problem:  # also what int says of 5,000 digits
            message = getattr(problem, "msg", str(problem).partition(":")[0])
            raise error(f"not valid JSON: {message}", where=where, remedy="one object a line") from None
        if not isinstance(row, dict):
            raise error("not a JSON object", where=where, remedy="one object a line")
        if "\\u" in line and not writable(row):
            raise error("half a character (a lone surrogate)", where=where, remedy="write it as UTF-8")
        yield where, row


def writable(row: Mapping[str, Any]) -> bool:
    """Whether every text of ``row`` can be written: JSON can say half of a character."""
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def check_fields(row: Mapping[str, Any], fields: Mapping[str, type], where: str, error: type[FazhiError]) -> None:
    """Raise ``error`` unless ``row`` has each of ``fields`` with its type."""
    names = {str: "a text", int: "a whole number", list: "a list"}
    for key, kind in fields.items():
        if key not in row:
            raise error(f"no {key!r}", where=where, remedy=f"a row has {', '.join(fields)}")
        if not isinstance(row[key], kind) or isinstance(row[key], bool):
            raise error(f"{key!r} is {str(row[key])[:60]!r}, not {names[kind]}", where=where)
