"""A file in: its kind found by content, decoded, cleaned once, cut into blocks.

``read_source`` is the one door. What each kind keeps is said in its own module; all give a :class:`Source`.
"""

from __future__ import annotations

import re
from pathlib import Path

from toolkit.errors import InputError
from toolkit.read.decode import decode
from toolkit.read.source import Block, Source, clean, from_blocks, from_lines
from toolkit.settings import unreadable

__all__ = ["SUFFIXES", "Block", "Source", "clean", "find_reports", "from_blocks", "from_lines", "read_source"]

LIMIT = 100_000_000
"""Bytes of one file; a report of a justice bureau is a thousandth of it."""
SUFFIXES = (".txt", ".md", ".html", ".htm")
"""What a folder is searched for; a file that is named is read whatever its suffix."""

_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|div|p|table|meta|h[1-6]|br|span)\b", re.IGNORECASE)
_KINDS = (
    (b"\xd0\xcf\x11\xe0", "an old Word or WPS file (.doc, .wps)", "open it and save as .docx or .txt"),
    (b"%PDF", "a PDF file", "save its text as .txt"),
    (b"PK\x03\x04", "a zip or Word file", "save its text as .txt"),
    (b"\x89PNG", "a picture", "give a text or HTML file"),
    (b"\xff\xd8\xff", "a picture", "give a text or HTML file"),
    (b"GIF8", "a picture", "give a text or HTML file"),
)


def read_source(path: str | Path, name: str | None = None) -> Source:
    """The report in ``path`` as a :class:`Source`, named as the path is given.

    Raises:
        InputError: no such file, empty, too large, or of a kind that can't be read; says how to convert it.
    """
    path = Path(path)
    name = str(path) if name is None else name
    try:
        size = path.stat().st_size
        if size > LIMIT:
            raise InputError(f"{size:,} bytes, more than {LIMIT:,}", where=path, remedy="split it")
        data = path.read_bytes()
    except OSError as problem:
        raise unreadable(path, problem) from None
    for magic, kind, remedy in _KINDS:
        if data.startswith(magic):
            raise InputError(f"is {kind}, not text or HTML", where=path, remedy=remedy)
    text = decode(data, path)
    if not clean(text).strip():
        raise InputError("is empty", where=path, remedy="give a report with text in it")
    if _HTML.search(data[:4096]) or (b"\x00" in data[:4096] and "<html" in text[:2048].lower()):
        from toolkit.read.html import read_html  # only pages pay for the parser

        source = read_html(name, text)
        if not source.blocks:
            raise InputError("a page without any visible text", where=path, remedy="save the page with its content")
        return source
    return from_lines(name, text)


def find_reports(paths: list[str]) -> list[Path]:
    """Every report that ``paths`` name: files as they are, folders searched through, in order of the path.

    Raises:
        InputError: a path does not exist, or a folder holds no report.
    """
    found: list[Path] = []
    for given in paths:
        path = Path(given)
        if not path.is_dir():
            if not path.exists():
                raise InputError("no such file or folder", where=path)
            found.append(path)
            continue
        inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        if not inside:
            raise InputError("no reports in this folder", where=path, remedy=f"looked for {', '.join(SUFFIXES)}")
        found.extend(inside)
    return list(dict.fromkeys(found))
