"""A file in: its kind found by content, decoded, cleaned once, cut into blocks.

``read_source`` is the one door. What each kind keeps is said in its own module; all give a :class:`Source`.
A report inside a zip archive has the path ``packed.zip/inside/report.txt``, which :func:`find_reports` gives and
``read_source`` takes.
"""

from __future__ import annotations

import re
from pathlib import Path

from toolkit.errors import InputError
from toolkit.files import read_bounded
from toolkit.read.archive import open_archive, read_member, report_members, split_path
from toolkit.read.decode import decode
from toolkit.read.fold import fold
from toolkit.read.limits import LIMITS, Limits
from toolkit.read.source import Block, Source, clean, from_blocks, from_lines

__all__ = [
    "LIMITS",
    "SUFFIXES",
    "Block",
    "Limits",
    "Source",
    "clean",
    "find_reports",
    "fold",
    "from_blocks",
    "from_lines",
    "read_source",
]

SUFFIXES = (".txt", ".md", ".html", ".htm", ".mht", ".mhtml", ".docx", ".docm", ".pdf", ".doc", ".wps")
"""What a folder or archive is searched for, old Word files too, so that none is passed over in silence; a file that is
named is read whatever its suffix."""

_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|div|p|table|meta|h[1-6]|br|span)\b", re.IGNORECASE)
# What plain text of a report never holds: # 标题, a line wholly **bold**, the rule under the head of a table. Every
# repeat is possessive, so that a line of a million blanks costs one pass.
_MARKDOWN = re.compile(
    r"^#{1,6}+[ \t]++\S|^[ \t]*+\*\*[^*\n]{1,80}+\*\*[ \t]*+$|^[ \t]*+\|?+[ \t]*+:?+-{3,}+:?+[ \t]*+\|[ \t:|-]*+$",
    re.MULTILINE,
)
_CONVERT = "open it in Word or WPS and save as .docx, or run: soffice --headless --convert-to docx FILE"
_KINDS = (
    (b"{\\rtf", "an RTF file", _CONVERT),
    (b"\x89PNG", "a picture", "give a text, HTML, Word or PDF file"),
    (b"\xff\xd8\xff", "a picture", "give a text, HTML, Word or PDF file"),
    (b"GIF8", "a picture", "give a text, HTML, Word or PDF file"),
    (b"II*\x00", "a picture", "give a text, HTML, Word or PDF file"),
    (b"Rar!", "a rar archive", "unpack it, or pack it as .zip"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it, or pack it as .zip"),
    (b"\x1f\x8b", "a gzip archive", "unpack it, or pack it as .zip"),
)
# Members that tell what a zip file is, and how to get at its text.
_PACKED = (
    ("xl/workbook.xml", "a spreadsheet", "save its text as .txt"),
    ("ppt/presentation.xml", "a presentation", "save its text as .txt"),
    ("OFD.xml", "an OFD file", "open it and save as .pdf"),
    ("content.xml", "an OpenDocument file", _CONVERT),
)


def read_source(path: str | Path, name: str | None = None, limits: Limits = LIMITS) -> Source:
    """The report in ``path`` as a :class:`Source`, named as the path is given; no more is taken than ``limits`` allow.

    Raises:
        InputError: no such file, empty, too large, or of a kind that can't be read; says how to convert it.
    """
    path = Path(path)
    name = str(path) if name is None else name
    inside = split_path(path)
    data = read_bounded(path, limits.file_bytes) if inside is None else _load_member(*inside, path, limits)
    source = _source(name, data, path, limits)
    if len(source.blocks) > limits.blocks:
        found = f"{len(source.blocks):,} lines, more than {limits.blocks:,}"
        raise InputError(found, where=path, remedy="split it")
    return source


def _source(name: str, data: bytes, path: Path, limits: Limits) -> Source:
    if data.startswith(b"PK\x03\x04"):
        return _packed(name, data, path, limits)
    if b"%PDF-" in data[:1024]:
        from toolkit.read.pdf import read_pdf  # each parser is paid for by its own files only

        return _with_text(read_pdf(name, data, path, limits), path, "a PDF")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise InputError("an Office file with a password", where=path, remedy="save it without the password")
        raise InputError("is an old Word or WPS file (.doc, .wps)", where=path, remedy=_CONVERT)
    for magic, kind, remedy in _KINDS:
        if data.startswith(magic):
            raise InputError(f"is {kind}, not a report", where=path, remedy=remedy)
    return _text(name, data, path)


def _load_member(packed: Path, inner: str, path: Path, limits: Limits) -> bytes:
    data = read_bounded(packed, limits.file_bytes)
    if not data.startswith(b"PK\x03\x04"):
        raise InputError("no such file or folder", where=path, remedy=f"{packed} is no zip archive")
    with open_archive(data, packed, limits) as archive:
        members = report_members(archive, ("",), packed)
        if inner not in members:
            raise InputError("no such file in the archive", where=path)
        if (size := members[inner].file_size) > limits.file_bytes:
            raise InputError(f"{size:,} bytes, more than {limits.file_bytes:,}", where=path, remedy="split it")
        return read_member(archive, members[inner], path)


def _packed(name: str, data: bytes, path: Path, limits: Limits) -> Source:
    with open_archive(data, path, limits) as archive:
        members = set(archive.namelist())
        if "word/document.xml" in members or ("[Content_Types].xml" in members and any("word/" in m for m in members)):
            from toolkit.read.word import read_word

            return _with_text(read_word(name, data, archive, path), path, "a Word file")
        for member, kind, remedy in _PACKED:
            if member in members:
                raise InputError(f"is {kind}, not a report", where=path, remedy=remedy)
        reports = report_members(archive, SUFFIXES, path)
    raise InputError(
        f"is an archive of {len(reports)} reports, not a report", where=path, remedy="name one as archive.zip/report"
    )


def _text(name: str, data: bytes, path: Path) -> Source:
    from toolkit.read.webarchive import is_web_archive, page_of

    if is_web_archive(data):
        data = page_of(data, path)
    text = decode(data, path)
    if not clean(text).strip():
        raise InputError("is empty", where=path, remedy="give a report with text in it")
    if 'progid="Word.Document"' in text[:2048]:
        raise InputError("is a Word 2003 XML file", where=path, remedy=_CONVERT)
    if _HTML.search(data[:4096]) or (b"\x00" in data[:4096] and "<html" in text[:2048].lower()):
        from toolkit.read.html import read_html

        return _with_text(read_html(name, text), path, "a page")
    if _MARKDOWN.search(text):
        from toolkit.read.markdown import read_markdown

        return _with_text(read_markdown(name, text), path, "a Markdown file")
    return from_lines(name, text)


def _with_text(source: Source, path: Path, kind: str) -> Source:
    if not source.blocks:
        raise InputError(f"{kind} without any visible text", where=path, remedy="save it with its content")
    return source


def find_reports(paths: list[str], limits: Limits = LIMITS) -> list[Path]:
    """Every report that ``paths`` name: files as they are, folders and zip archives searched through, in order.

    Raises:
        InputError: a path does not exist, or a folder or archive holds no report.
    """
    found: list[Path] = []
    for given in paths:
        path = Path(given)
        if path.is_dir():
            inside = [p for p in sorted(path.rglob("*")) if _wanted(p)]
            if not inside:
                raise InputError("no reports in this folder", where=path, remedy=f"looked for {', '.join(SUFFIXES)}")
        elif path.exists() or split_path(path) is not None:
            inside = [path]
        else:
            raise InputError("no such file or folder", where=path)
        for each in inside:
            found.extend(_members(each, limits))
    return list(dict.fromkeys(found))


def _wanted(path: Path) -> bool:
    """A report or an archive of reports; Word's lock files (~$报告.docx) and hidden files are neither."""
    suffix = path.suffix.lower()
    return (suffix in SUFFIXES or suffix == ".zip") and not path.name.startswith(("~$", ".")) and path.is_file()


def _members(path: Path, limits: Limits) -> list[Path]:
    """The reports in a zip archive; any other file is one report."""
    try:
        with path.open("rb") as stream:
            zipped = stream.read(4) == b"PK\x03\x04"
    except OSError:
        zipped = False  # reading it will say what is wrong, also of a path inside an archive
    if not zipped or path.suffix.lower() in SUFFIXES:
        return [path]
    data = read_bounded(path, limits.file_bytes)
    with open_archive(data, path, limits) as archive:
        names = set(archive.namelist())
        if "[Content_Types].xml" in names or names & {member for member, _, _ in _PACKED}:
            return [path]
        members = report_members(archive, SUFFIXES, path)
    if not members:
        raise InputError("no reports in this archive", where=path, remedy=f"looked for {', '.join(SUFFIXES)}")
    return [path / member for member in members]
