"""Reading: encodings, pages, and everything that is no report."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.errors import InputError
from toolkit.read import find_reports, fold, read_source
from toolkit.read.fold import _is_plain, _odd_characters, fold_all

LINE = "全县社区矫正对象96人，行政复议案件32件，依法治县工作稳步推进。"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "big5"])
def test_text_in_any_usual_encoding(tmp_path: Path, encoding: str) -> None:
    line = "調解糾紛三百二十件，社區矯正對象九十六人，行政復議案件審結三十件。" * 8 if encoding == "big5" else LINE
    path = tmp_path / "报告.txt"
    path.write_bytes(line.encode(encoding))
    assert read_source(path).text == line


def test_a_page_that_declares_gb2312_and_means_gb18030(tmp_path: Path) -> None:
    page = f'<html><head><meta charset="gb2312"><title>总结</title></head><body><p>{LINE}镕</p></body></html>'
    path = tmp_path / "a.html"
    path.write_bytes(page.encode("gb18030"))
    source = read_source(path)
    assert source.text == LINE + "镕"
    assert source.metadata["title"].value == "总结"


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [("gb2312", "utf-8"), ("utf-8", "gb18030"), ("big5", "gb18030"), ("gb2312", "big5"), ("iso-8859-1", "gb18030")],
)
def test_a_page_that_declares_what_it_is_not(tmp_path: Path, declared: str, encoding: str) -> None:
    """What the bytes are counts, not what the page says of them."""
    line = "調解糾紛三百二十件，社區矯正對象九十六人。" if encoding == "big5" else LINE
    path = tmp_path / "a.html"
    path.write_bytes(f'<html><head><meta charset="{declared}"></head><body><p>{line}</p>'.encode(encoding))
    assert read_source(path).text == line


def test_page_blocks_are_lines_and_scripts_are_not_text(tmp_path: Path) -> None:
    page = "<html><body><script>var a</script><div><a href='/'>首页</a></div><h1>总结</h1><p>一、<b>调</b>解<br>好</p></body></html>"
    path = tmp_path / "a.html"
    path.write_text(page, encoding="utf-8")
    source = read_source(path)
    assert source.text == "首页\n总结\n一、调解\n好"
    assert [block.hint for block in source.blocks] == ["link", "h1", "", ""]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b" \n\t ", "is empty"),
        (b"\xd0\xcf\x11\xe0rest", "old Word"),
        (b"\x00\x01\x02abc\x00" * 9, "not a text file"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"<html><body><script>x</script></body></html>", "without any visible text"),
    ],
)
def test_what_is_no_report_is_a_plain_error(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message) as caught:
        read_source(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("２０２３年ＡＢｃ（一）", "2023年ABc（一）"),
        ("調解糾紛，社區矯正", "调解纠纷，社区矫正"),
        ("朱镕基😀", "朱镕基😀"),
        ("“法治”——１２３４８", "“法治”——12348"),
    ],
)
def test_folding_keeps_every_offset(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert len(fold(text)) == len(text)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_text_folds_to_its_length_and_stays_folded(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert len(fold(fold(text))) == len(text)


@settings(deadline=None)
@given(st.lists(st.text(alphabet="调解調糾纷２A件。·—\n 𠮷😀", max_size=6), min_size=1, max_size=9), st.integers(0, 80))
def test_many_texts_fold_as_each_alone(texts: list[str], plain: int) -> None:
    texts = ["全年调解纠纷九件。"] * plain + texts
    assert fold_all(texts) == [fold(text) for text in texts]


def test_the_table_of_plain_characters_is_what_the_encoding_says() -> None:
    table = _odd_characters().tolist()
    assert [code for code in range(65535) if table[code] == _is_plain(chr(code))] == []
    assert sum(table[0x4E00:0xA000]) > 10_000  # traditional, rare


def test_missing_file_and_folder_without_reports(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_source(tmp_path / "none.txt")
    with pytest.raises(InputError, match="no reports in this folder"):
        find_reports([str(tmp_path)])
