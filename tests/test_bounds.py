"""Limits: each is named in one line and can be set; no file holds a run up, and none ends it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.conftest import REPORT
from tests.faults.fuzz import document_xml
from tests.formats import as_pdf
from tests.test_read_formats import REPORT as BLOCKS
from tests.test_read_hostile import zipped
from toolkit import bounds
from toolkit.bounds import read_report
from toolkit.cli import main
from toolkit.errors import InputError
from toolkit.metadata import with_metadata
from toolkit.read import Limits, find_reports, limits_of, read_source
from toolkit.structure import parse

MODEL = str(Path(__file__).parent / "data" / "model-format-2")


def endless_pdf(levels: int = 40) -> bytes:
    """A page of forms, each of which draws the next one twice: four kilobytes, 2⁴⁰ steps inside one call of pdfium."""
    page = b"BT /F1 16 Tf 72 700 Td (text of the first page) Tj ET /X Do"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>/XObject<</X 6 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(page), page),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for level in range(levels):
        last = level == levels - 1
        body = b"BT /F1 1 Tf 1 1 Td (x) Tj ET" if last else b"/X Do /X Do"
        inside = b"<</Font<</F1 5 0 R>>>>" if last else b"<</XObject<</X %d 0 R>>>>" % (level + 7)
        head = b"<</Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources %s/Length %d>>" % (inside, len(body))
        objects.append(head + b"stream\n%s\nendstream" % body)
    out, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table) + end


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    path = tmp_path / "endless.pdf"
    path.write_bytes(endless_pdf())
    return path


def test_a_pdf_that_never_ends_is_skipped_and_the_run_goes_on(
    endless: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It stands between two reports that are read, the second by a process started anew."""
    (tmp_path / "a.txt").write_text(REPORT, encoding="utf-8")
    (tmp_path / "f.pdf").write_bytes(as_pdf(BLOCKS))
    out = tmp_path / "out.jsonl"
    command = ["classify", str(tmp_path), "--model", MODEL, "-o", str(out), "--limit", "seconds=3"]
    begun = time.monotonic()
    assert main(command) == 1
    assert time.monotonic() - begun < 20
    printed = capsys.readouterr().err
    said = "endless.pdf: not read after 3 s, more than the limit seconds=3; leave it out, or raise it with --limit"
    assert said in printed and "1 reports could not be read" in printed
    names = {json.loads(line)["document"] for line in out.read_text("utf-8").splitlines()}
    assert names == {str(tmp_path / "a.txt"), str(tmp_path / "f.pdf")}


def test_a_pdf_hidden_in_an_archive_under_another_name_is_stopped_too(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"a.txt": endless_pdf()}))
    with pytest.raises(InputError, match="more than the limit seconds=1"):
        read_report(tmp_path / "a.zip" / "a.txt", Limits(seconds=1))


def test_slow_python_is_stopped_by_the_alarm(tmp_path: Path) -> None:
    """Three megabytes of points take seconds; nothing of the alarm is left behind."""
    path = tmp_path / "a.txt"
    path.write_text("一是排查纠纷。二是培训。\n" * 80_000, encoding="utf-8")
    begun = time.monotonic()
    with pytest.raises(InputError, match=r"not read after 0\.2 s, more than the limit seconds=0\.2"):
        read_report(path, Limits(seconds=0.2))
    assert time.monotonic() - begun < 5
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_both_ways_give_the_same_document(tmp_path: Path) -> None:
    """In the process as in this one, and in a thread, where there is no alarm."""
    (tmp_path / "报告.pdf").write_bytes(as_pdf(BLOCKS))
    (tmp_path / "报告.txt").write_text(REPORT, encoding="utf-8")
    for name in ("报告.pdf", "报告.txt"):
        here = with_metadata(parse(read_source(tmp_path / name)))
        assert here.items
        assert read_report(tmp_path / name) == here
        found: list[object] = []
        thread = threading.Thread(target=lambda name=name, found=found: found.append(read_report(tmp_path / name)))
        thread.start()
        thread.join(30)
        assert found == [here]


def test_a_parser_that_crashes_ends_its_process_and_not_the_run(endless: Path, tmp_path: Path) -> None:
    problem: list[InputError] = []

    def read() -> None:
        try:
            read_report(endless, Limits(seconds=30))
        except InputError as found:
            problem.append(found)

    thread = threading.Thread(target=read)
    thread.start()
    for _ in range(200):
        reader = bounds._READERS.get(os.getpid())
        process = reader._process if reader else None
        time.sleep(0.05)
        if process is not None and process.poll() is None:
            time.sleep(0.3)
            process.send_signal(signal.SIGSEGV)
            break
    thread.join(20)
    assert "endless.pdf: its parser crashed; save it anew" in str(problem[0])
    (tmp_path / "b.pdf").write_bytes(as_pdf(BLOCKS))
    assert read_report(tmp_path / "b.pdf").items


def test_the_process_ends_with_the_command(endless: Path) -> None:
    """Also where the command is killed in the middle: then the system ends it by its processor time at the latest."""
    code = (
        "import sys, threading, os, time; from toolkit import bounds; from toolkit.read import Limits\n"
        "threading.Thread(target=lambda: bounds.read_report(sys.argv[1], Limits(seconds=1)), daemon=True).start()\n"
        "while not (bounds._READERS and bounds._reader()._process): time.sleep(0.05)\n"
        "time.sleep(0.5); print(bounds._reader()._process.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    run = subprocess.run([sys.executable, "-c", code, str(endless)], capture_output=True, text=True, check=False)
    child = int(run.stdout)
    until = time.monotonic() + 30
    while time.monotonic() < until and _alive(child):
        time.sleep(0.2)
    assert not _alive(child)


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("name", "data", "setting", "message"),
    [
        ("a.txt", REPORT.encode(), "size=0.1KB", "bytes, more than the limit size=100; split it, or raise it with"),
        ("a.txt", REPORT.encode(), "lines=3", "lines, more than the limit lines=3; split it, or raise it with"),
        ("a.txt", REPORT.encode(), "items=3", "items, more than the limit items=3; split it, or raise it with"),
        ("a.pdf", endless_pdf(3).replace(b"/Count 1", b"/Count 9"), "pages=4", "9 pages, more than the limit pages=4;"),
        ("a.zip", zipped({"a.txt": b"a", "b.txt": b"b"}), "members=1", "2 members, more than the limit members=1;"),
        ("a.zip", zipped({"a.txt": b"a" * 3000}), "unpacked=2KB", "3,000 bytes unpacked, more than the limit unpacked="),
        ("a.zip", zipped({"a.txt": b"a" * 11_000_000}), "ratio=9", "a zip bomb, more than the limit ratio=9; leave it"),
        ("a.docx", document_xml(b"<w:tbl><w:tr><w:tc>" * 9 + b"</w:tc></w:tr></w:tbl>" * 9), "nesting=5",
         "tables and text boxes 6 deep, more than the limit nesting=5; save its text as .txt, or raise it with"),
        ("a.zip", zipped({"b.zip": zipped({"c.txt": b"c"})}), "archives=1",
         "b.zip: an archive 1 deep in others, more than the limit archives=1; unpack it first, or raise it with --limit"),
    ],
)  # fmt: skip
def test_every_limit_is_set_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, data: bytes, setting: str, message: str
) -> None:
    """By the same option for every command that reads reports; the line names file, limit and how to raise it."""
    (tmp_path / name).write_bytes(data)
    for command in (["parse"], ["classify", "--model", MODEL], ["report", "--model", MODEL], ["topics"]):
        assert main([command[0], str(tmp_path / name), *command[1:], "--limit", setting]) == 1
        printed = capsys.readouterr().err
        assert message in printed and f"--limit {setting.split('=')[0]}=" in printed and name in printed
        assert "Traceback" not in printed


def test_limits_are_read_or_refused() -> None:
    limits = limits_of(["size=1.5GB", "seconds=0.5", "pages=7"])
    assert (limits.size, limits.seconds, limits.pages) == (1_500_000_000, 0.5, 7)
    for wrong in ("size", "size=", "size=-1", "size=1TB", "pages=2MB", "seconds=0", "seconds=inf", "sise=1", "pages=٣"):
        with pytest.raises(InputError, match="--limit: "):
            limits_of([wrong])


def test_archives_in_archives_are_read_up_to_the_limit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A province sends a zip of its cities' zips; one that is damaged or too deep is named, the others are read."""
    text = REPORT.encode()
    city = zipped({"甲县.zip": zipped({"总结.txt": text}), "乙县.txt": text})
    deep = zipped({"a.zip": zipped({"b.zip": zipped({"c.txt": text})})})
    (tmp_path / "省.zip").write_bytes(zipped({"市.zip": city, "坏.zip": b"PK\x03\x04broken", "深.zip": deep}))
    assert main(["parse", str(tmp_path / "省.zip"), "--json"]) == 1
    printed = capsys.readouterr()
    names = [json.loads(line)["document"] for line in printed.out.splitlines()]
    assert names == [str(tmp_path / "省.zip" / "市.zip" / inner) for inner in ("乙县.txt", "甲县.zip/总结.txt")]
    assert "坏.zip: a damaged zip" in printed.err
    assert "深.zip/a.zip/b.zip: an archive 3 deep in others, more than the limit archives=3" in printed.err
    assert main(["parse", str(tmp_path / "省.zip" / "市.zip" / "甲县.zip" / "总结.txt"), "--limit", "archives=4"]) == 0


def test_what_archives_unpack_to_is_counted_together(tmp_path: Path) -> None:
    """Each within the limit, all of them not."""
    inner = zipped({"a.txt": "调解纠纷。".encode() * 7000})
    (tmp_path / "a.zip").write_bytes(zipped({f"{n}.zip": inner for n in range(9)}))
    with pytest.raises(
        InputError, match="bytes unpacked with the archives inside, more than the limit unpacked=300,000"
    ):
        find_reports([str(tmp_path / "a.zip")], Limits(unpacked=300_000))
    assert len(find_reports([str(tmp_path / "a.zip")])) == 9


@pytest.mark.parametrize("command", [["parse"], ["classify", "--model", MODEL], ["report", "--model", MODEL]])
def test_one_bad_file_among_many_is_named_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """Whatever is wrong with it, an archive too; ``--strict`` stops."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "a.txt").write_text(REPORT, encoding="utf-8")
    (inbox / "b.docx").write_bytes(b"PK\x03\x04broken")
    (inbox / "c.zip").write_bytes(b"PK\x03\x04broken")
    (inbox / "d.zip").write_bytes(zipped({"../a.txt": b"x"}))
    (inbox / "e.zip").write_bytes(zipped({"a.png": b"x"}))
    out = [] if command == ["parse"] else ["-o", str(tmp_path / f"out.{'html' if command[0] == 'report' else 'csv'}")]
    assert main([command[0], str(inbox), *command[1:], *out]) == 1
    printed = capsys.readouterr().err
    for name in ("b.docx", "c.zip", "d.zip", "e.zip"):
        assert f"fazhi: skipped: {inbox / name}: " in printed
    assert "4 reports could not be read and were skipped" in printed
    if out:
        assert "社区矫正对象96人" in Path(out[1]).read_text("utf-8").replace("<mark>", "")
    assert main([command[0], str(inbox), *command[1:], *out, "--strict"]) == 1
    printed = capsys.readouterr().err.strip().splitlines()
    assert len(printed) == 1 and printed[0].startswith(f"fazhi: {inbox / 'b.docx'}: ")


def test_nothing_readable_is_one_plain_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.docx", "b.docx"):
        (tmp_path / name).write_bytes(b"PK\x03\x04broken")
    for command in (["report", "--model", MODEL], ["topics"]):
        out = tmp_path / "out"
        assert main([command[0], str(tmp_path), *command[1:], "-o", str(out)]) == 1
        assert "none of the 2 reports could be read; see the lines above" in capsys.readouterr().err
        assert not out.exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
def test_a_pipe_nobody_writes_to_is_given_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    begun = time.monotonic()
    with pytest.raises(InputError, match="more than the limit seconds=1"):
        read_report(tmp_path / "a.txt", Limits(seconds=1))
    assert time.monotonic() - begun < 5
