"""Spreadsheets: CSV and XLSX that a spreadsheet program opens as what they are, numbers as numbers and text as text.

Text of a report or a file's name may begin with ``=`` or ``@``. A spreadsheet program would run it as a formula; in CSV
such a cell gets an apostrophe in front (the only format where it is needed), in XLSX it is stored as text.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from toolkit.codebook import Codebook
from toolkit.document import Document
from toolkit.duplicates import Repeats
from toolkit.files import write_whole
from toolkit.summary import Documents, Row, document_labels, document_names, say, shares, theme_counts, theme_ids

Cell = str | int | float | bool | None

# What Excel, LibreOffice and WPS take for the beginning of a formula, their full-width forms included; a tab or line
# break in front hides it from a naive check but not from the program.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠|%]")
# A number with its sign, or a mere dash, is no formula and stays as it is.
_HARMLESS = re.compile(r"[+-]?\d[\d,]*(\.\d+)?%?|[-+－—]+")
# XML 1.0 has no place for these; a spreadsheet program calls the file damaged.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
CELL_LIMIT = 32_767  # characters a cell of XLSX can hold


@dataclass(frozen=True)
class Table:
    """A named table: column names and rows of plain cells. Columns whose cells are shares stand in ``percent``."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    percent: frozenset[str] = frozenset()


def safe_text(text: str) -> str:
    """``text`` as a CSV cell that no spreadsheet program runs: ``'=1+1`` for ``=1+1``."""
    clean = _UNWRITABLE.sub("�", text)
    return "'" + clean if _FORMULA.match(clean) and not _HARMLESS.fullmatch(clean) else clean


def csv_text(table: Table) -> str:
    """The table as CSV (RFC 4180, lines end with CR LF)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([safe_text(column) for column in table.columns])
    for row in table.rows:
        writer.writerow([safe_text(cell) if isinstance(cell, str) else _number(cell) for cell in row])
    return out.getvalue()


def _number(cell: Any) -> Any:
    if isinstance(cell, bool | np.bool_):
        return int(cell)
    if isinstance(cell, float | np.floating):
        return f"{float(cell):.10g}" if math.isfinite(cell) else ""
    return cell


def write_csv(table: Table, path: Path, bom: bool = True) -> None:
    """``table`` to ``path``, whole or not at all; with ``bom``, so that Excel reads UTF-8 as such."""
    write_whole(path, csv_text(table).encode("utf-8-sig" if bom else "utf-8", "replace"))


def write_xlsx(tables: Sequence[Table], path: Path) -> None:
    """One sheet a table, to ``path``, whole or not at all: frozen header, filters, real numbers, nothing a formula."""
    write_whole(path, xlsx_bytes(tables))


def xlsx_bytes(tables: Sequence[Table]) -> bytes:
    """The bytes of :func:`write_xlsx`'s file."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        head = book.add_format({"bold": True, "bg_color": "#EEF2F6", "bottom": 1, "text_wrap": True, "valign": "top"})
        text = book.add_format({"text_wrap": True, "valign": "top"})
        plain, percent = book.add_format({"valign": "top"}), book.add_format({"num_format": "0.0%", "valign": "top"})
        names: set[str] = set()
        for table in tables:
            sheet = book.add_worksheet(_sheet_name(table.name, names))
            for column, name in enumerate(table.columns):
                sheet.write_string(0, column, _sheet_text(name), head)
                sheet.set_column(column, column, _width(table, column))
            for number, row in enumerate(table.rows, 1):
                for column, cell in enumerate(row):
                    if isinstance(cell, str):
                        if cell:
                            sheet.write_string(number, column, _sheet_text(cell), text)
                    elif isinstance(cell, bool | np.bool_):
                        sheet.write_boolean(number, column, bool(cell), plain)
                    elif cell is not None and math.isfinite(cell):
                        form = percent if table.columns[column] in table.percent else plain
                        sheet.write_number(number, column, float(cell), form)
            sheet.freeze_panes(1, 0)
            if table.columns:
                sheet.autofilter(0, 0, max(1, len(table.rows)), len(table.columns) - 1)
    return out.getvalue()


def _sheet_text(text: str) -> str:
    clean = _UNWRITABLE.sub("�", text)
    # Excel counts UTF-16 units.
    if len(clean.encode("utf-16-le", "replace")) // 2 <= CELL_LIMIT:
        return clean
    return clean.encode("utf-16-le", "replace")[: 2 * (CELL_LIMIT - 1)].decode("utf-16-le", "ignore") + "…"


def _sheet_name(name: str, taken: set[str]) -> str:
    """A name Excel allows: 31 characters, none of ``[]:*?/\\``, no apostrophe at the ends, each once."""
    base = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", name).strip(" '")[:28] or "Sheet"
    found, number = base, 2
    while found.casefold() in taken:
        found, number = f"{base} {number}", number + 1
    taken.add(found.casefold())
    return found


def _width(table: Table, column: int) -> float:
    """Characters a column is wide: its longest cell (a hanzi counts two) between 8 and 60, its head in lines of 16."""
    cells = [str(row[column]) for row in table.rows[:200] if column < len(row) and row[column] is not None]
    widths = [sum(1 + (c > "\u2e80") for c in cell[:60]) + 2 for cell in cells]
    head = min(16, sum(1 + (c > "\u2e80") for c in table.columns[column][:60]) + 4)  # the filter's button takes two
    return float(min(60, max(8, head, *widths)))


def items_table(
    rows: Sequence[Row], codebook: Codebook, documents: Documents | None = None, language: str = "zh"
) -> Table:
    """Every item with its heading path, stage, themes and probabilities, as a reader sees them."""
    names = codebook.names(language)
    known = documents or {}
    heads = say(
        language,
        "文件 标题 年份 地区 编号 类型 起 止 标题路径 文本 阶段 主题 主题代码 概率 存疑",
        "Document Title Year Place Id Kind Start End Headings Text Stage Themes Theme_ids Probability Uncertain",
    )
    columns = tuple(head.replace("_", " ") for head in heads.split())
    separator = say(language, "；", "; ")
    body: list[tuple[Cell, ...]] = []
    for row in rows:
        meta, themes = known.get(row["document"]) or {}, theme_ids(row)
        body.append(
            (
                row["document"],
                str(meta.get("title") or ""),
                _year(meta.get("year")),
                str(meta.get("place") or ""),
                str(row["id"]),
                str(row.get("kind") or ""),
                row.get("start"),
                row.get("end"),
                " › ".join(row.get("headings") or ()),
                row["text"],
                names.get(row["stage"], row["stage"]),
                separator.join(names.get(theme, theme) for theme in themes),
                " ".join(themes),
                float(row["themes"][0]["probability"]) if themes else None,
                say(language, "是", "yes") if row.get("uncertain") else "",
            )
        )
    return Table(say(language, "条目", "Items"), columns, tuple(body))


def _year(value: object) -> Cell:
    return int(str(value)) if str(value or "").isdecimal() else str(value or "")


def shares_table(
    rows: Sequence[Row], codebook: Codebook, documents: Documents | None = None, language: str = "zh"
) -> Table:
    """Count and share of every theme in every report, one line each."""
    names = document_names(rows, documents)
    counts = theme_counts(rows, names, codebook)
    part = shares(counts)
    called = codebook.names(language)
    share = say(language, "份额", "Share")
    columns = (*say(language, "文件 标题 主题代码 主题 条目数", "Document Title Theme_id Theme Items").split(), share)
    body = tuple(
        (name, label, theme, called[theme], int(counts[i, j]), float(part[i, j]))
        for i, (name, label) in enumerate(zip(names, document_labels(names, documents), strict=True))
        for j, theme in enumerate(codebook.theme_ids)
    )
    return Table(say(language, "主题份额", "Shares"), columns, body, frozenset({share}))


def repeats_tables(documents: Sequence[Document], found: Repeats, language: str = "zh") -> list[Table]:
    """Every repeated passage with what it repeats, one line each; and the share of each report that is repeated."""
    similarity, share = say(language, "相似度", "Similarity"), say(language, "重复份额", "Repeated share")
    heads = say(
        language,
        "文件 编号 起 止 文本 另一文件 另一编号 另一起 另一止",
        "Document Id Start End Text Other_document Other_id Other_start Other_end",
    )
    columns = (*(head.replace("_", " ") for head in heads.split()), similarity)
    body = []
    for repeat in found.repeats:
        one, other = repeat.passage, repeat.of
        text = " ".join(documents[one.document].text[one.start : one.end].split())
        places = [(documents[p.document].name, p.item, p.start, p.end) for p in (one, other)]
        body.append((*places[0], text, *places[1], round(repeat.similarity, 4)))
    reports = tuple((d.name, d.title, part) for d, part in zip(documents, found.shares, strict=True))
    named = (*say(language, "文件 标题", "Document Title").split(), share)
    return [
        Table(say(language, "重复段落", "Repeats"), columns, tuple(body)),
        Table(say(language, "重复份额", "Shares"), named, reports, frozenset({share})),
    ]


def codebook_table(codebook: Codebook, language: str = "zh") -> Table:
    """Themes and stages with their definitions."""
    heads = say(language, "代码 中文 英文 定义 包括 不包括", "Id Chinese English Definition Includes Excludes")
    body = tuple((t.id, t.zh, t.en, t.definition, t.include, t.exclude) for t in codebook.themes) + tuple(
        (s.id, s.zh, s.en, s.definition, "", "") for s in codebook.stages
    )
    return Table(say(language, "编码手册", "Codebook"), tuple(heads.split()), body)
