"""Archives, and files made to hurt: a plain error or a right answer, soon."""

from __future__ import annotations

import io
import random
import time
import zipfile
from pathlib import Path

import pytest

from tests.formats import as_pdf, as_text, as_word, pdf_of
from tests.test_read_formats import REPORT
from toolkit.errors import InputError
from toolkit.read import LIMITS, Limits, find_reports, read_source
from toolkit.structure import parse


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def rewritten(data: bytes, name: str, change: bytes) -> bytes:
    """A zip with one member replaced."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return zipped({n: change if n == name else archive.read(n) for n in archive.namelist()})


def test_reports_in_archives_and_folders_are_found_and_read(tmp_path: Path) -> None:
    """A zip is a folder; its members have the archive's path before their own."""
    text = as_text(REPORT).encode("gb18030")
    members = {
        "甲/总结.txt": text,
        "乙.docx": as_word(REPORT),
        "说明.xlsx": b"no",
        "__MACOSX/._乙.docx": b"x",
        "~$乙.docx": b"",
    }
    (tmp_path / "各县.zip").write_bytes(zipped(members))
    (tmp_path / "丙.pdf").write_bytes(as_pdf(REPORT))
    (tmp_path / "~$丙.docx").write_bytes(b"lock")
    found = find_reports([str(tmp_path)])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "丙.pdf",
        "各县.zip/乙.docx",
        "各县.zip/甲/总结.txt",
    ]
    assert len({tuple(item.text.strip() for item in parse(read_source(path)).items) for path in found}) == 1
    assert find_reports([str(found[1])]) == [found[1]]
    assert read_source(found[2]).name == str(found[2])


def test_names_of_a_chinese_windows_are_read_as_gbk(tmp_path: Path) -> None:
    """Such archives store GBK bytes and don't say so."""
    raw = "年度报告.txt".encode("gbk")
    data = zipped({"n" * len(raw): "一、调解".encode()}).replace(b"n" * len(raw), raw)
    (tmp_path / "a.zip").write_bytes(data)
    [path] = find_reports([str(tmp_path / "a.zip")])
    assert path.name == "年度报告.txt"
    assert read_source(path).text == "一、调解"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (zipped({"../../etc/a.txt": b"x"}), "leads out of the archive"),
        (zipped({"/etc/a.txt": b"x"}), "leads out of the archive"),
        (zipped({"..\\a.txt": b"x"}), "leads out of the archive"),
        (zipped({"a.txt": b"\0" * 30_000_000}), "zip bomb"),
        (zipped({"a.png": b"x"}), "no reports in this archive"),
        (zipped({"a.txt": b"x"})[:-30], "damaged zip"),
        (
            zipped({f"{n}.txt": b"" for n in range(10_001)}, zipfile.ZIP_STORED),
            "more than the limit members=10,000; unpack it first, or raise it with --limit members=11000",
        ),
    ],
)
def test_hostile_archives_are_plain_errors(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message):
        find_reports([str(path)])


def test_an_encrypted_member_says_so(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": b"text"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(bytes(data))
    with pytest.raises(InputError, match="is encrypted; unpack it with its password"):
        read_source(tmp_path / "a.zip" / "a.txt")


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body></w:document>'


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (rewritten(as_word(REPORT), "word/document.xml", ENTITIES), "entities in word/document.xml"),
        (rewritten(as_word(REPORT), "word/document.xml", ENTITIES.replace(b"?>", b"?>" + b" " * 5000)), "with entities"),
        (rewritten(as_word(REPORT), "word/document.xml", b"<broken"), "damaged Word file"),
        (rewritten(as_word(REPORT), "word/document.xml", b"\0" * 40_000_000), "zip bomb"),
        (as_word([]), "without any visible text"),
        (zipped({"word/document.xml": b"<a/>"}), "damaged Word file"),
        (zipped({"xl/workbook.xml": b"<a/>"}), "is a spreadsheet"),
        (zipped({"OFD.xml": b"<a/>"}), "OFD file, not a report; open it and save as .pdf"),
        (zipped({"a.txt": b"one", "b.txt": b"two"}), "an archive of 2 reports"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, r"old Word or WPS file \(.doc, .wps\); open it in Word or WPS and save as .docx"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "with a password"),
        (b"{\\rtf1 text}", "an RTF file"),
        (b'<?xml version="1.0"?><?mso-application progid="Word.Document"?><w/>', "Word 2003 XML"),
        (b"MIME-Version: 1.0\nContent-Type: image/png\n\nxx", "a web archive without a page"),
        (pdf_of([b""] * 3), "a scanned PDF, or one without text; recognise its text"),
        (pdf_of([b""], encrypted=True), "an encrypted PDF; save it without its password"),
        (b"%PDF-1.7\nbroken", "a damaged PDF"),
        (b"Rar!\x1a\x07\x01\x00", "a rar archive"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_plain_error(tmp_path: Path, data: bytes, message: str) -> None:
    """It says what the file is and how to convert it."""
    path = tmp_path / "报告.bin"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message) as caught:
        read_source(path)
    assert "\n" not in str(caught.value)


def test_a_word_file_with_macros_is_refused(tmp_path: Path) -> None:
    data = as_word(REPORT)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        types = archive.read("[Content_Types].xml")
    plain = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    macros = types.replace(plain, b"application/vnd.ms-word.document.macroEnabled.main+xml")
    (tmp_path / "a.docm").write_bytes(rewritten(data, "[Content_Types].xml", macros))
    with pytest.raises(InputError, match=r"with macros; save it as \.docx"):
        read_source(tmp_path / "a.docm")


def test_a_file_beyond_the_limit_is_not_even_opened(tmp_path: Path) -> None:
    with (tmp_path / "a.txt").open("wb") as stream:
        stream.truncate(LIMITS.size + 1)
    with pytest.raises(
        InputError, match="more than the limit size=100,000,000; split it, or raise it with --limit size=110000000"
    ):
        read_source(tmp_path / "a.txt")


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 100_000 + "调解" + "</div>" * 100_000,
        "<table><tr><td>" * 30_000 + "调解",
        "".join(f"<font color={n}>" for n in range(300)) + "<p>调解" * 10_000,
        "<select>" + "<option>调" * 50_000 + "</select>调解",
        "<div " + " ".join(f"a{n}" for n in range(80_000)) + ">调解",
        "<ul><li>" * 50_000 + "调解",
        "<p>调解" + "\n" * 1_000_000 + "a</p>",
        "<" * 500_000 + "<p>调解",
        "<a '" * 200_000 + ">调解",
        "<!--" * 200_000 + "--><p>调解",
    ],
    ids=["div", "table", "font", "select", "attributes", "list", "blanks", "angles", "quotes", "comments"],
)
def test_pages_made_to_be_slow_are_read_in_bounded_time(tmp_path: Path, markup: str) -> None:
    """At most 2 s for a megabyte, whatever is nested, left open or repeated."""
    (tmp_path / "a.html").write_text(f"<html><body>{markup}", encoding="utf-8")
    begun = time.process_time()
    document = parse(read_source(tmp_path / "a.html"))
    assert "调解" in document.text
    assert time.process_time() - begun < 2 * max(1.0, len(markup.encode()) / 1e6) + 1


@pytest.mark.parametrize("piece", ["一是调解，", "；一是", "“（", "  \u3000"], ids=["points", "run", "open", "blank"])
def test_a_line_of_five_megabytes_is_one_line(tmp_path: Path, piece: str) -> None:
    line = "县" + piece * (5_000_000 // len(piece.encode())) + "。"
    (tmp_path / "a.txt").write_text(line, encoding="utf-8")
    begun = time.process_time()
    document = parse(read_source(tmp_path / "a.txt"))
    assert document.text == line
    assert time.process_time() - begun < 10


@pytest.mark.parametrize("line", ["调解县", "1.调", "（一）调解", "记者：怎么办？", "县，"])
def test_very_many_short_lines_cost_two_seconds_a_megabyte(tmp_path: Path, line: str) -> None:
    text = f"{line}\n" * 50_000
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    taken = []
    for _ in range(3):  # the shortest is what it costs; the others what a busy machine adds
        begun = time.process_time()
        document = parse(read_source(tmp_path / "a.txt"))
        taken.append(time.process_time() - begun)
        assert "".join(item.text for item in document.items).replace("\n", "") == line * 50_000
    assert min(taken) < 2e-6 * len(text.encode()) + 0.3


def test_nested_tables_are_rows_in_order(tmp_path: Path) -> None:
    inner = "<table><tr><td>援助</td><td>56件</td></tr></table>"
    page = (
        f"<html><body><table><tr><td>甲</td><td>{inner}</td></tr><tr><td>乙</td><td>丙</td></tr></table></body></html>"
    )
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    assert read_source(tmp_path / "a.html").text == "甲\n援助 56件\n乙 丙"


def test_deep_pages_keep_their_lines_and_headings(tmp_path: Path) -> None:
    deep = (
        "<div>" * 500
        + "<h1>工作<b>总结</b></h1><table><tr><td>援助</td><td>56件</td></tr></table>一段<span>话</span>。<script>var x</script>"
    )
    (tmp_path / "a.html").write_text(f"<html><body>{deep}", encoding="utf-8")
    source = read_source(tmp_path / "a.html")
    assert source.text == "工作总结\n援助 56件\n一段话。"
    assert source.blocks[0].hint == "h1"


@pytest.mark.parametrize("data", [as_word(REPORT[:4]), as_pdf(REPORT[:4])], ids=["docx", "pdf"])
def test_damaged_files_raise_nothing_but_plain_errors(tmp_path: Path, data: bytes) -> None:
    """Any byte may be wrong."""
    dice = random.Random(7)
    path = tmp_path / "a"
    for _ in range(60):
        broken = bytearray(data)
        for _ in range(dice.randint(1, 12)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        path.write_bytes(bytes(broken[: dice.choice([None, None, dice.randrange(len(broken))])]))
        try:
            assert read_source(path).text
        except InputError as problem:
            assert "\n" not in str(problem)


@pytest.mark.parametrize(
    ("data", "limits", "message"),
    [
        (
            "一、调解\n纠纷9件".encode(),
            Limits(size=20),
            "23 bytes, more than the limit size=20; split it, or raise it with --limit size=23",
        ),
        (
            "一、调解\n纠纷9件".encode(),
            Limits(lines=1),
            "2 lines, more than the limit lines=1; split it, or raise it with --limit lines=2",
        ),
        (
            as_pdf(REPORT),
            Limits(pages=0),
            "pages, more than the limit pages=0; split it, or raise it with --limit pages=",
        ),
        (
            as_word(REPORT),
            Limits(members=3),
            "members, more than the limit members=3; unpack it first, or raise it with --limit members=",
        ),
        (
            as_word(REPORT),
            Limits(unpacked=1000),
            "bytes unpacked, more than the limit unpacked=1,000; unpack it first, or raise it with --limit unpacked=",
        ),
    ],
)
def test_every_limit_can_be_set(tmp_path: Path, data: bytes, limits: Limits, message: str) -> None:
    (tmp_path / "a").write_bytes(data)
    assert read_source(tmp_path / "a").text
    with pytest.raises(InputError, match=message):
        read_source(tmp_path / "a", limits=limits)
