"""PDF to blocks: columns one by one, lines joined to paragraphs, page numbers, running heads and feet dropped.

A PDF knows no paragraphs. A line goes on in the next when it reaches the right margin and the next one is neither
indented nor set apart; measures are taken from the file itself, in points.
"""

from __future__ import annotations

import ctypes
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from statistics import median

import pypdfium2
from pypdfium2 import raw

from toolkit.document import Found
from toolkit.errors import InputError
from toolkit.read.columns import Row, in_columns
from toolkit.read.limits import LIMITS, Limits
from toolkit.read.source import Source, clean, from_blocks

CHARACTERS = 20_000_000
_PAGE_NUMBER = re.compile(r"[-—–－·.\s]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:[,，\s]*[/／共]\s*\d{1,4}\s*页?)?[-—–－·.\s]*")
_STOP = "。！？；：!?;:"
_OPENS = re.compile(
    r"[一二三四五六七八九十]{1,3}(?:、|是|要)|第[一二三四五六七八九十]{1,3}|[（(][一二三四五六七八九十\d]{1,3}[）)]|\d{1,2}[.．、](?!\d)"
)
# Some fonts map hanzi to the look-alike radicals of dictionaries; those are no text of any report.
_RADICALS = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)}
_ODD = _RADICALS | {0x2: "-", 0xFFFE: "-", 0x0: "", 0xFFFF: ""}


def read_pdf(name: str, data: bytes, where: object, limits: Limits = LIMITS) -> Source:
    """The blocks of a PDF, in reading order.

    Raises:
        InputError: encrypted, damaged, too long, scanned (no text in it), or with fonts that name no characters.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as problem:
        if "password" in str(problem).lower():
            raise InputError("an encrypted PDF", where=where, remedy="save it without its password") from None
        raise InputError("a damaged PDF", where=where, remedy="save it again as PDF") from None
    try:
        if (count := len(document)) > limits.pages:
            raise limits.beyond("pages", f"{count:,} pages", where, "split it", count)
        pages = [in_columns(_rows(document, number)) for number in range(len(document))]
        title = document.get_metadata_value("Title") or ""
    except pypdfium2.PdfiumError:
        raise InputError("a damaged PDF", where=where, remedy="save it again as PDF") from None
    finally:
        document.close()
    text = "".join(row.text for rows in pages for row in rows)
    if len(text.strip()) < 8 * max(1, len(pages)):
        raise InputError(
            "a scanned PDF, or one without text", where=where, remedy="recognise its text (OCR) first, or save as .txt"
        )
    if text.count("\ufffd") > len(text) // 5:
        raise InputError("a PDF whose fonts name no characters", where=where, remedy="recognise its text (OCR) first")
    metadata = {"title": Found(value, "page")} if (value := " ".join(clean(title).split())) else {}
    return from_blocks(name, _paragraphs([row for rows in _without_furniture(pages) for row in rows]), metadata)


# Lines -----------------------------------------------------------------------------------------------------------


def _rows(document: pypdfium2.PdfDocument, number: int) -> list[Row]:
    page = document[number]
    text_page = page.get_textpage()
    try:
        count = min(text_page.count_chars(), CHARACTERS)
        codes = [raw.FPDFText_GetUnicode(text_page, at) for at in range(count)]
        rows, start = [], 0
        for at in [*(i for i, code in enumerate(codes) if code in (10, 13)), count]:
            if (row := _row(text_page, codes, start, at, number)) is not None:
                rows.append(row)
            start = at + 1
        return rows
    finally:
        text_page.close()
        page.close()


def _row(text_page: pypdfium2.PdfTextPage, codes: list[int], start: int, end: int, page: int) -> Row | None:
    blank = {32, 9, 0x3000, 0xA0}
    while start < end and codes[start] in blank:
        start += 1
    while end > start and codes[end - 1] in blank:
        end -= 1
    if start == end:
        return None
    left, low, _ = _box(text_page, start)
    _, _, right = _box(text_page, end - 1)
    middle = (start + end) // 2
    size = max(_size(text_page, start), _size(text_page, middle)) or 10.0
    pieces, begin, at = [], start, start
    while at < end:
        if codes[at] in blank:
            after = at
            while codes[after] in blank:
                after += 1
            if _box(text_page, after)[0] - _box(text_page, at - 1)[2] > 1.2 * size:
                pieces.append((begin, at))
                begin = after
            at = after
        at += 1
    pieces.append((begin, end))
    parts = tuple((_characters(codes[a:b]), _box(text_page, a)[0], _box(text_page, b - 1)[2]) for a, b in pieces)
    bold = _bold(text_page, start) and _bold(text_page, middle) and _bold(text_page, end - 1)
    return Row(_characters(codes[start:end]), left, right, low, round(size, 1), bold, page, parts)


def _characters(codes: list[int]) -> str:
    return "".join(chr(c) if c not in _ODD else _ODD[c] for c in codes)


def _box(text_page: pypdfium2.PdfTextPage, at: int) -> tuple[float, float, float]:
    """Left, bottom and right of a character with its room."""
    box = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(text_page, at, ctypes.byref(box))
    return box.left, box.bottom, box.right


def _size(text_page: pypdfium2.PdfTextPage, at: int) -> float:
    """The height a character is drawn with: font size times the scale of its matrix."""
    size, matrix = raw.FPDFText_GetFontSize(text_page, at), raw.FS_MATRIX()
    if raw.FPDFText_GetMatrix(text_page, at, ctypes.byref(matrix)):
        size *= abs(matrix.d) or 1.0
    return size


def _bold(text_page: pypdfium2.PdfTextPage, at: int) -> bool:
    buffer = ctypes.create_string_buffer(120)
    flags = ctypes.c_int()
    raw.FPDFText_GetFontInfo(text_page, at, buffer, 120, ctypes.byref(flags))
    name = buffer.value.decode("utf-8", "replace").lower()
    return any(word in name for word in ("bold", "hei", "黑")) or raw.FPDFText_GetFontWeight(text_page, at) >= 600


# Pages -----------------------------------------------------------------------------------------------------------


def _without_furniture(pages: list[list[Row]]) -> list[list[Row]]:
    """Pages without their numbers and without the lines that most pages repeat at their edge.

    Two pages that repeat a line are few; there it must also be printed smaller than the text.
    """
    body = _body_size([row for rows in pages for row in rows])
    edges = [_edge(rows) for rows in pages]
    repeated = Counter(key for rows in edges for key in {_masked(row.text) for row in rows})

    def drop(row: Row) -> bool:
        count = repeated[_masked(row.text)]
        often = count >= max(3, 0.5 * len(pages)) or (count == len(pages) == 2 and row.size < 0.8 * body)
        return often or bool(_PAGE_NUMBER.fullmatch(row.text))

    dropped = {id(row) for rows in edges for row in rows if drop(row)}
    return [[row for row in rows if id(row) not in dropped] for rows in pages]


def _edge(rows: list[Row]) -> list[Row]:
    """The two highest and the two lowest lines of a page."""
    ordered = sorted(rows, key=lambda row: -row.y)
    return ordered[:2] + ordered[max(2, len(ordered) - 2) :]


def _body_size(rows: list[Row]) -> float:
    """The size that most characters are printed in."""
    sizes: Counter[float] = Counter()
    for row in rows:
        sizes[row.size] += len(row.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def _masked(text: str) -> str:
    return re.sub(r"\d+", "0", re.sub(r"\s", "", text))


# Paragraphs ------------------------------------------------------------------------------------------------------


def _paragraphs(rows: list[Row]) -> Iterator[tuple[str, str]]:
    if not rows:
        return
    body = _body_size(rows)
    ofbody = [row for row in rows if abs(row.size - body) <= 0.6]
    margins = {column: _margins([row for row in ofbody if row.column == column]) for column in (0, 1, 2)}
    steps = [a.y - b.y for a, b in pairwise(rows) if _together(a, b) and a.y > b.y and abs(a.size - b.size) <= 0.6]
    step = median(steps) if steps else 2 * body
    plain_bold = sum(len(row.text) for row in rows if row.bold) * 2 > sum(len(row.text) for row in rows)
    tables = [
        any(0 <= at < len(rows) and rows[at].gaps for at in (index - 1, index + 1)) and row.gaps
        for index, row in enumerate(rows)
    ]

    def hint(index: int) -> str:
        row = rows[index]
        if tables[index]:
            return "row"
        if row.size >= 1.15 * body:
            return "h1" if row.size >= 1.3 * body and row.page == rows[0].page else "h2"
        return "strong" if row.bold and not plain_bold else ""

    def goes_on(index: int) -> bool:
        """Whether ``rows[index]`` goes on with the paragraph of the row above."""
        last, row = rows[index - 1], rows[index]
        if tables[index] or tables[index - 1] or abs(last.size - row.size) > 0.6:
            return False
        if bool(last.column) != bool(row.column):  # from the columns to a line across the page
            return False
        apart = _together(last, row) and not 0 <= last.y - row.y <= 1.5 * step
        if apart or (hint(index) != hint(index - 1) and last.text[-1] in _STOP):
            return False
        if last.size >= 1.15 * body:  # titles are centred, so margins say nothing
            return not _OPENS.match(row.text)
        if row.left > margins[row.column][0] + 1.2 * body or (last.text[-1] in _STOP and _OPENS.match(row.text)):
            return False
        return last.right >= margins[last.column][1] - 1.6 * body

    text, of = rows[0].text, 0
    for index in range(1, len(rows)):
        row = rows[index]
        if goes_on(index):
            both = text[-1:] + row.text[:1]
            text += (" " if both.isascii() and both.isalpha() else "") + row.text
        else:
            yield text, hint(of)
            text, of = row.text, index
    yield text, hint(of)


def _together(last: Row, row: Row) -> bool:
    return last.page == row.page and last.flow == row.flow


def _margins(rows: list[Row]) -> tuple[float, float]:
    """Where lines begin and end, a few that stick out aside."""
    if not rows:
        return 0.0, 0.0
    twentieth = len(rows) // 20
    return sorted(row.left for row in rows)[twentieth], sorted(row.right for row in rows)[-1 - twentieth]
