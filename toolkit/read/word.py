"""Word files to blocks: paragraphs with the numbers Word shows, table rows, boxes, notes; nothing is run or fetched."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any
from zipfile import ZipFile

import docx
from docx.opc.exceptions import OpcError
from docx.oxml import parse_xml
from lxml.etree import LxmlError

from toolkit.document import Found
from toolkit.errors import InputError
from toolkit.read.archive import BROKEN
from toolkit.read.limits import LIMITS, Limits
from toolkit.read.numbering import Numbering
from toolkit.read.source import Source, clean, from_blocks

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # an older copy of what stands by
_CONTAINERS = {_W + name for name in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo", "body")}
_GONE = {_W + name for name in ("del", "moveFrom", "pPr", "rPr", "sectPr", "instrText")} | {_FALLBACK}
_SHOWN = {
    _W + "t": "",
    _W + "br": "\n",
    _W + "cr": "\n",
    _W + "tab": " ",
    _W + "noBreakHyphen": "-",
    _W + "txbxContent": "",
}
_REFERENCES = {_W + "footnoteReference": "footnotes", _W + "endnoteReference": "endnotes"}
_HEADING = re.compile(r"^(?:heading|标题)\s*([1-9])$", re.IGNORECASE)


def read_word(name: str, data: bytes, archive: ZipFile, where: object, limits: Limits = LIMITS) -> Source:
    """The blocks of a ``.docx`` file, in order: body, tables (a row is a block), text boxes where they are anchored.

    A footnote or endnote is a block of its own, hint ``note``, after the paragraph or row that refers to it. Headers
    and footers (page numbers, a running title) are dropped, and so are deleted text and comments. Macros and linked
    files are never touched.

    Raises:
        InputError: damaged, macro-enabled, or with a document type declaration (entities) in its XML.
    """
    _refuse_entities(archive, where)
    try:
        document = docx.Document(io.BytesIO(data))
        if document.element.getroottree().docinfo.doctype:  # further down than the search above looks
            raise InputError("a Word file with entities", where=where, remedy="save it again with Word")
        styles = {str(style.style_id): style for style in document.styles}
        reader = _Reader(styles, Numbering(document), _notes(document.part.rels.values()), limits, where)
        blocks = list(reader.blocks(document.element.body))
        title = document.core_properties.title
    except (OpcError, LxmlError, KeyError, AttributeError, TypeError, *BROKEN) as problem:
        if "macroEnabled" in str(problem):
            raise InputError("a Word file with macros", where=where, remedy="save it as .docx") from None
        if "Excessive depth" in str(problem):  # libxml2 stops at 256 elements, some 85 tables
            raise InputError(
                "a Word file nested deeper than XML is read", where=where, remedy="save it as .txt"
            ) from None
        # What python-docx raises on broken files is not documented; each of these was met in fuzzing
        # (RecursionError is a RuntimeError).
        raise InputError(
            f"a damaged Word file ({type(problem).__name__})", where=where, remedy="save it again"
        ) from None
    metadata = {"title": Found(value, "page")} if (value := " ".join(clean(title or "").split())) else {}
    return from_blocks(name, blocks, metadata)


def _refuse_entities(archive: ZipFile, where: object) -> None:
    """Word never writes a document type; one in its XML is there to read files or to swell."""
    for member in archive.infolist():
        if member.filename.endswith((".xml", ".rels")) and not member.flag_bits & 0x1:
            try:
                with archive.open(member) as stream:
                    start = stream.read(4096)
            except BROKEN:
                start = b""
            if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
                raise InputError(
                    f"a Word file with entities in {member.filename}", where=where, remedy="save it again with Word"
                )


def _notes(relations: Iterable[Any]) -> dict[tuple[str, str], Any]:
    """Kind and id → element of every footnote and endnote; the lines that Word draws above them are none."""
    notes: dict[tuple[str, str], Any] = {}
    for relation in relations:
        kind = relation.reltype.rpartition("/")[2]
        if kind in {"footnotes", "endnotes"} and not relation.is_external:
            for note in parse_xml(relation.target_part.blob).iter(_W + kind.removesuffix("s")):
                if note.get(_W + "type", "normal") == "normal":
                    notes[kind, note.get(_W + "id", "")] = note
    return notes


class _Reader:
    """Walks the body's XML itself: python-docx's paragraphs leave out tracked insertions, fields, boxes and notes."""

    def __init__(
        self,
        styles: dict[str, Any],
        numbering: Numbering,
        notes: dict[tuple[str, str], Any],
        limits: Limits,
        where: object,
    ) -> None:
        self.styles, self.numbering, self.notes, self.limits, self.where = styles, numbering, notes, limits, where
        self.depth = 0
        self.hints: dict[str, str] = {}

    def blocks(self, parent: Any) -> Iterator[tuple[str, str]]:
        self.depth += 1
        if self.depth > self.limits.nesting:
            found = f"tables and text boxes {self.depth} deep"
            raise self.limits.beyond("nesting", found, self.where, "save its text as .txt", self.depth)
        for child in parent:
            if child.tag == _W + "p":
                yield from self.paragraph(child)
            elif child.tag == _W + "tbl":
                yield from self.table(child)
            elif child.tag in _CONTAINERS:
                yield from self.blocks(child)
        self.depth -= 1

    def paragraph(self, element: Any) -> Iterator[tuple[str, str]]:
        found = list(_visible(element))
        text = "".join(map(_text, found))
        if text.strip():
            yield self.numbering.mark(element, text.strip()) + text, self.hint(element)
        for child in found:
            if child.tag == _W + "txbxContent":
                yield from self.blocks(child)
            elif child.tag in _REFERENCES:  # a note is given once, however often it is referred to
                note = self.notes.pop((_REFERENCES[child.tag], child.get(_W + "id", "")), None)
                if note is not None:
                    yield from ((part, "note") for part, _ in self.blocks(note))

    def table(self, element: Any) -> Iterator[tuple[str, str]]:
        rows = [list(_children(row, "tc")) for row in _children(element, "tr")]
        wide = max((len(cells) for cells in rows), default=0) > 1
        for cells in rows:
            parts = [list(self.blocks(cell)) for cell in cells]
            contents = [[part for part in content if part[1] != "note"] for content in parts]
            # A table of one column, or a cell of several paragraphs, is layout; its paragraphs are blocks.
            if not wide or any(len(content) > 1 for content in contents):
                yield from (part for content in contents for part in content)
            elif text := " ".join(content[0][0].strip() for content in contents if content):
                yield text, "row"
            yield from (part for content in parts for part in content if part[1] == "note")

    def hint(self, element: Any) -> str:
        style = element.find(f"{_W}pPr/{_W}pStyle")
        level = element.find(f"{_W}pPr/{_W}outlineLvl")
        if level is not None and (value := level.get(_W + "val", "9")).isdigit() and int(value) < 6:
            return f"h{min(6, int(value) + 2)}"
        key = style.get(_W + "val", "") if style is not None else ""
        if key not in self.hints:
            self.hints[key] = self._of_style(key)
        return self.hints[key] or ("strong" if _bold(element) else "")

    def _of_style(self, key: str) -> str:
        """``h1`` for the title's style, ``h2`` … for headings, through the styles it is based on."""
        style, depth = self.styles.get(key), 0
        while style is not None and depth < 12:  # styles may be based on each other in a circle
            found = style.name or ""
            if found.lower() in {"title", "标题"}:
                return "h1"
            if match := _HEADING.match(found):
                return f"h{min(6, int(match[1]) + 1)}"
            style, depth = getattr(style, "base_style", None), depth + 1
        return ""


def _children(element: Any, name: str) -> Iterator[Any]:
    """Rows or cells, also those inside content controls and tracked insertions."""
    for child in element:
        if child.tag == _W + name:
            yield child
        elif child.tag in _CONTAINERS:
            yield from _children(child, name)


def _visible(element: Any) -> Iterator[Any]:
    """The elements of a paragraph that show something, in order and without recursion; boxes are not gone into."""
    stack = [iter(element)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
        elif child.tag in _SHOWN or child.tag in _REFERENCES:
            yield child
        elif child.tag not in _GONE:
            stack.append(iter(child))


def _text(element: Any) -> str:
    return (element.text or "") if element.tag == _W + "t" else _SHOWN.get(element.tag, "")


def _bold(element: Any) -> bool:
    """Whether every run with text in it is bold."""
    runs = [run for run in element.iter(_W + "r") if any((t.text or "").strip() for t in run.iter(_W + "t"))]
    marks = [run.find(f"{_W}rPr/{_W}b") for run in runs]
    return bool(runs) and all(mark is not None and mark.get(_W + "val", "1") not in {"0", "false"} for mark in marks)
