"""Spreadsheets: numbers stay numbers, text stays text, nothing runs."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import InputError
from toolkit.tables import Table, codebook_table, csv_text, items_table, safe_text, shares_table, write_csv, write_xlsx

openpyxl = pytest.importorskip("openpyxl", reason="openpyxl reads the sheets back")

ROWS = [
    {"document": "a/澄江.txt", "id": "i1", "kind": "heading", "start": 0, "end": 8, "headings": [], "text": "一、人民调解工作", "stage": "achievement", "themes": [{"id": "mediation", "probability": 0.93}], "uncertain": False},
    {"document": "a/澄江.txt", "id": "i2", "kind": "point", "start": 9, "end": 30, "headings": ["一、人民调解工作"], "text": "=HYPERLINK(\"http://x\")", "stage": "achievement", "themes": [{"id": "mediation", "probability": 0.8}, {"id": "legal_aid", "probability": 0.6}], "uncertain": True},
    {"document": "b.txt", "id": "i1", "kind": "paragraph", "start": 0, "end": 5, "headings": [], "text": "分享到微信", "stage": "noise", "themes": [], "uncertain": False},
]  # fmt: skip
DOCUMENTS = {"a/澄江.txt": {"title": "澄江县司法局2023年工作总结", "year": 2023, "place": "澄江县"}}


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+86 10 6655", "'+86 10 6655"),
        ("\t=1+1", "'\t=1+1"),
        ("\n=1+1", "'\n=1+1"),
        ("＝1+1", "'＝1+1"),
        ("-2+3+cmd|x", "'-2+3+cmd|x"),
        # these are no formulas and stay as they are
        ("一是排查纠纷832件", "一是排查纠纷832件"),
        ("-3.5%", "-3.5%"),
        ("——", "——"),
        ("", ""),
        ("bad\x00byte", "bad�byte"),
    ],
)
def test_a_formula_gets_an_apostrophe_and_nothing_else_does(text: str, cell: str) -> None:
    assert safe_text(text) == cell


@given(st.text(max_size=60))
def test_no_cell_of_text_begins_like_a_formula(text: str) -> None:
    cell = safe_text(text)
    begins = cell.lstrip()[:1]
    assert begins not in set("=@＝＠") and (begins not in set("+-") or not set(cell) & set("=(|!"))


@given(
    st.lists(
        st.tuples(
            st.text("字a,\"\n\r';=", max_size=12), st.integers(), st.floats(allow_nan=False, allow_infinity=False)
        )
    )
)
def test_csv_comes_back_with_as_many_cells_as_went_in(rows: list[tuple[str, int, float]]) -> None:
    back = list(csv.reader(io.StringIO(csv_text(Table("t", ("甲", "乙", "丙"), tuple(rows))), newline="")))
    assert len(back) == len(rows) + 1
    assert [int(row[1]) for row in back[1:]] == [row[1] for row in rows]


def test_csv_begins_with_a_byte_order_mark_only_when_asked(tmp_path: Path, codebook) -> None:
    table = items_table(ROWS, codebook, DOCUMENTS)
    write_csv(table, tmp_path / "a.csv")
    write_csv(table, tmp_path / "b.csv", bom=False)
    assert (tmp_path / "a.csv").read_bytes()[:3] == b"\xef\xbb\xbf"
    assert (tmp_path / "b.csv").read_text(encoding="utf-8").startswith("文件,标题")


def test_a_workbook_has_frozen_headers_filters_numbers_and_no_formula(tmp_path: Path, codebook) -> None:
    path = tmp_path / "out.xlsx"
    write_xlsx(
        [items_table(ROWS, codebook, DOCUMENTS), shares_table(ROWS, codebook, DOCUMENTS), codebook_table(codebook)],
        path,
    )
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["条目", "主题份额", "编码手册"]
    for sheet in book:
        assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref
        assert all(cell.data_type != "f" for row in sheet for cell in row)
    items = {cell.value: cell.column for cell in book["条目"][1]}
    assert book["条目"].cell(3, items["文本"]).value == '=HYPERLINK("http://x")'
    assert book["条目"].cell(3, items["概率"]).value == 0.8
    assert book["条目"].cell(2, items["年份"]).value == 2023
    assert book["条目"].cell(3, items["主题"]).value == "人民调解与矛盾化解；法律援助"
    shares = [[cell.value for cell in row] for row in book["主题份额"]]
    assert next(row[:5] for row in shares if row[4] == 2) == [
        "a/澄江.txt",
        "澄江县司法局2023年工作总结",
        "mediation",
        "人民调解与矛盾化解",
        2,
    ]
    assert sum(row[5] for row in shares[1:] if row[0] == "a/澄江.txt") == pytest.approx(1)


def test_columns_are_as_wide_as_their_cells_and_long_heads_are_wrapped(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    heads = ("指标", "澄江县人民政府关于2023年度法治政府建设情况的报告", "文本")
    write_xlsx([Table("指标对比", heads, (("调解纠纷", 2440, "文" * 200),))], path)
    sheet = openpyxl.load_workbook(path).active
    widths = [round(sheet.column_dimensions[letter].width) for letter in "ABC"]
    assert 10 <= widths[0] <= 12 and 16 <= widths[1] <= 17 and 60 <= widths[2] <= 61
    assert sheet["B1"].alignment.wrap_text and sheet["C2"].alignment.wrap_text and sheet["B2"].value == 2440


def test_a_sheet_takes_hostile_names_and_long_text(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    wild = Table("a[b]:*?/\\" + "长" * 40, ("=A1", "</style>"), (("字" * 40_000, "=cmd|"), ("\u202e‮反", "\x00\x1f")))
    write_xlsx([wild, wild, Table("", ("只有表头",), ())], path)
    book = openpyxl.load_workbook(path)
    assert len(book.sheetnames) == 3 and all(len(name) <= 31 for name in book.sheetnames)
    first = book.worksheets[0]
    assert first["A1"].data_type == "s" and first["B2"].data_type == "s" and first["B2"].value == "=cmd|"
    assert len(first["A2"].value) == 32_767


def test_english_tables_speak_english(codebook) -> None:
    table = items_table(ROWS, codebook, DOCUMENTS, language="en")
    assert table.columns[0] == "Document" and table.rows[1][11] == "People's mediation, dispute resolution; Legal aid"


def test_no_half_file_is_left_where_writing_fails(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match="can't be written"):
        write_csv(Table("t", ("a",), ()), tmp_path / "folder.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["folder.csv"]
