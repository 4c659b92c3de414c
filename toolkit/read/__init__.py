"""A file in: its kind found by content, decoded, cleaned once, cut into blocks.

``read_source`` is the one door. What each kind keeps is said in its own module; all give a :class:`Source`.
A report inside a zip archive has the path ``packed.zip/inside/report.txt``, which :func:`find_reports` gives and
``read_source`` takes.
"""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path

from toolkit.errors import InputError
from toolkit.files import read_bounded
from toolkit.read.archive import open_archive, read_member, report_members, split_path, unpacked_size
from toolkit.read.decode import decode
from toolkit.read.fold import fold
from toolkit.read.limits import LIMITS, Limits, limits_of
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
    "limits_of",
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
_ZIP = b"PK\x03\x04"
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
    data = _load(path, limits) if inside is None else _load_member(*inside, path, limits)
    source = _source(name, data, path, limits)
    if (count := len(source.blocks)) > limits.lines:
        raise limits.beyond("lines", f"{count:,} lines", path, "split it", count)
    return source


def _load(path: Path, limits: Limits) -> bytes:
    return read_bounded(path, limits.size, too_large=lambda size: _too_large(size, path, limits))


def _too_large(size: int, path: Path, limits: Limits) -> InputError:
    return limits.beyond("size", f"{size:,} bytes", path, "split it", size)


def _source(name: str, data: bytes, path: Path, limits: Limits) -> Source:
    if data.startswith(_ZIP):
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
    return _text(name, data, path, limits)


def _load_member(packed: Path, inner: str, path: Path, limits: Limits) -> bytes:
    """The bytes of ``inner`` in the archive ``packed``, or in an archive inside it (``各市.zip/甲县.zip/总结.txt``)."""
    data = _load(packed, limits)
    for depth in count(1):
        if not data.startswith(_ZIP):
            raise InputError("no such file or folder", where=path, remedy=f"{packed} is no zip archive")
        if depth > limits.archives:
            raise limits.beyond("archives", f"archives {depth} deep", path, "unpack it first", depth)
        with open_archive(data, packed, limits) as archive:
            members = report_members(archive, ("",), packed)
            name = inner if inner in members else next((n for n in members if inner.startswith(f"{n}/")), "")
            if not name:
                raise InputError("no such file in the archive", where=path)
            if (size := members[name].file_size) > limits.size:
                raise _too_large(size, packed / name, limits)
            data = read_member(archive, members[name], packed / name)
        if name == inner:
            if depth >= limits.archives and name.lower().endswith(".zip"):
                raise limits.beyond(
                    "archives", f"an archive {depth} deep in others", path, "unpack it first", depth + 1
                )
            return data
        packed, inner = packed / name, inner[len(name) + 1 :]
    raise AssertionError("count is endless")


def _packed(name: str, data: bytes, path: Path, limits: Limits) -> Source:
    with open_archive(data, path, limits) as archive:
        members = set(archive.namelist())
        if "word/document.xml" in members or ("[Content_Types].xml" in members and any("word/" in m for m in members)):
            from toolkit.read.word import read_word

            return _with_text(read_word(name, data, archive, path, limits), path, "a Word file")
        for member, kind, remedy in _PACKED:
            if member in members:
                raise InputError(f"is {kind}, not a report", where=path, remedy=remedy)
        reports = report_members(archive, SUFFIXES, path)
    raise InputError(
        f"is an archive of {len(reports)} reports, not a report", where=path, remedy="name one as archive.zip/report"
    )


def _text(name: str, data: bytes, path: Path, limits: Limits) -> Source:
    from toolkit.read.webarchive import is_web_archive, page_of

    if is_web_archive(data):
        data = page_of(data, path, limits)
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

    An archive in a folder that can't be opened is given as it is: reading it says what is wrong, and the others go on.

    Raises:
        InputError: a path does not exist, or a folder or an archive that is named holds no report.
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
            try:
                found.extend(_members(each, limits))
            except InputError:
                if each == path:
                    raise
                found.append(each)
    return list(dict.fromkeys(found))


def _wanted(path: Path) -> bool:
    """A report or an archive of reports; Word's lock files (~$报告.docx) and hidden files are neither."""
    suffix = path.suffix.lower()
    return (suffix in SUFFIXES or suffix == ".zip") and not path.name.startswith(("~$", ".")) and path.is_file()


def _members(path: Path, limits: Limits) -> list[Path]:
    """The reports in a zip archive; any other file is one report."""
    if path.suffix.lower() in SUFFIXES or not path.is_file():  # a pipe can be read once only
        return [path]
    try:
        with path.open("rb") as stream:
            if stream.read(4) != _ZIP:
                return [path]
    except OSError:
        return [path]  # reading it will say what is wrong
    members = _Members(limits)
    members.add(_load(path, limits), path)
    if not members.found:
        raise InputError("no reports in this archive", where=path, remedy=f"looked for {', '.join(SUFFIXES)}")
    return members.found


class _Members:
    """Paths of the reports in an archive, and in the archives inside it; all of them together unpack to one limit."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.found, self.unpacked = limits, list[Path](), 0

    def add(self, data: bytes, path: Path, depth: int = 1) -> None:
        """The reports of the archive ``data`` at ``path``; one inside that can't be opened is given, to be refused."""
        with open_archive(data, path, self.limits) as archive:
            names = set(archive.namelist())
            if "[Content_Types].xml" in names or names & {member for member, _, _ in _PACKED}:
                self.found.append(path)
                return
            self.unpacked += (size := unpacked_size(archive))
            if self.unpacked > self.limits.unpacked:
                found = f"{self.unpacked:,} bytes unpacked with the archives inside"
                raise self.limits.beyond("unpacked", found, path, "unpack it first", self.unpacked + size)
            for name, member in report_members(archive, (*SUFFIXES, ".zip"), path).items():
                inside = path / name
                if not name.lower().endswith(".zip") or depth >= self.limits.archives:
                    self.found.append(inside)
                    continue
                before = len(self.found)
                try:
                    if member.file_size > self.limits.size:
                        raise _too_large(member.file_size, inside, self.limits)
                    self.add(read_member(archive, member, inside), inside, depth + 1)
                except InputError:
                    if self.unpacked > self.limits.unpacked:
                        raise
                    self.found[before:] = [inside]
