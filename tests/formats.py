"""One report written in every format the reader takes; the writers are as plain as the formats allow."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from html import escape

import docx
from hypothesis import strategies as st

from toolkit.document import Document

Paragraphs = Sequence[tuple[str, str]]
"""``(kind, text)`` in order; the kind is ``title``, ``heading`` or ``body``."""


def as_text(report: Paragraphs) -> str:
    return "\n".join(text if kind == "title" else f"　　{text}" for kind, text in report) + "\n"


def as_page(report: Paragraphs) -> str:
    tags = {"title": "h1", "heading": "h2", "body": "p"}
    lines = "\n".join(f"<{tags[kind]}>　　{escape(text)}</{tags[kind]}>" for kind, text in report)
    return f"<!DOCTYPE html>\n<html><head><meta charset='utf-8'></head><body><div>\n{lines}\n</div></body></html>"


def as_page_of_breaks(report: Paragraphs) -> str:
    return "<html><body><div>" + "<br>\n".join(f"　　{escape(text)}" for _, text in report) + "</div></body></html>"


def as_markdown(report: Paragraphs) -> str:
    marks = {"title": "# ", "heading": "## ", "body": ""}
    return "\n\n".join(marks[kind] + text for kind, text in report) + "\n"


def as_web_archive(report: Paragraphs) -> bytes:
    import base64

    page = base64.encodebytes(as_page(report).encode("gb18030")).decode("ascii")
    return (
        "From: <Saved by browser>\r\nSubject: report\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; type="text/html"; boundary="----=_part"\r\n\r\n'
        '------=_part\r\nContent-Type: text/html; charset="gb2312"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        f"{page}\r\n------=_part--\r\n"
    ).encode("ascii")


def as_word(report: Paragraphs) -> bytes:
    document = docx.Document()
    for kind, text in report:
        document.add_paragraph(text, style={"title": "Title", "heading": "Heading 1", "body": "Normal"}[kind])
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def as_pdf(report: Paragraphs, *, columns: int = 28, rows: int = 20) -> bytes:
    """A PDF as Word prints it: 16 points, paragraphs indented by two characters, running head and page numbers."""
    lines: list[tuple[float, float, str]] = []  # left, size, text
    for kind, text in report:
        if kind == "title":
            lines += [(200.0, 22.0, text[at : at + 14]) for at in range(0, len(text), 14)]
            continue
        wide = columns - 2
        lines.append((72.0 + 32, 16.0, text[:wide]))
        lines += [(72.0, 16.0, text[at : at + columns]) for at in range(wide, len(text), columns)]
    pages = []
    for number, start in enumerate(range(0, len(lines), rows), 1):
        shown = [f"BT /F1 9 Tf 250 810 Td <{'法治工作'.encode('utf-16-be').hex()}> Tj ET"]
        for at, (left, size, text) in enumerate(lines[start : start + rows]):
            code = text.encode("utf-16-be").hex()
            shown.append(f"BT /F1 {size} Tf {left} {770 - 20 * at} Td <{code}> Tj ET")
        shown.append(f"BT /F1 9 Tf 290 30 Td <{f'- {number} -'.encode('utf-16-be').hex()}> Tj ET")
        pages.append("\n".join(shown).encode("ascii"))
    return pdf_of(pages)


def pdf_of(pages: Sequence[bytes], encrypted: bool = False) -> bytes:
    """A PDF of page contents, with one font that every reader knows by name (no glyphs inside)."""
    kids = " ".join(f"{5 + 2 * at} 0 R" for at in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>",
    ]
    for at, page in enumerate(pages):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> "
            + f"/Contents {6 + 2 * at} 0 R >>".encode()
        )
        packed = zlib.compress(page)
        objects.append(b"<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(packed), packed))
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for place in places:
        out.write(b"%010d 00000 n \n" % place)
    lock = b""
    if encrypted:  # keys that no password opens
        key = b"<" + b"5a" * 32 + b">"
        lock = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -44 /O %s /U %s >> /ID [<00> <00>]" % (key, key)
    out.write(b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, lock, table))
    return out.getvalue()


PIECES = st.sampled_from(
    "一、 （二） 1. 一是 二是 三是 第一， ① 。 ； ： ？ “ ” \n \n 　　 2022年 12348 调解纠纷 法律援助 —— （ ） A \r\n "
    "记者： 关于 报告 情况的报告 发布日期： 首页>政务>正文 2024年1月5日 县司法局 、 ， ▲ 附： 1.1 1.2 1.2.1 2.3月 3.15 Ⅰ、 A. ❶ 第一节 活动现场".split(
        " "
    )
)


def covers(document: Document) -> None:
    """Items are in order, do not overlap, say what stands at their place, and leave out nothing but blanks."""
    covered = 0
    for item in document.items:
        assert document.text[item.start : item.end] == item.text
        assert not document.text[covered : item.start].strip()
        covered = item.end
    assert not document.text[covered:].strip()
