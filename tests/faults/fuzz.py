"""Fuzzing of every reader and of the structure patterns; coverage-guided where atheris is installed.

``python -m tests.faults.fuzz TARGET --seconds 300`` runs one target; without atheris its seeds are mutated at random.
An input survives if it gives a document whose items stand where they say and lose no character, or an ``InputError`` in
one line, within ten seconds of processor time. Anything else stops the run and is kept as ``crash-*`` in the corpus folder.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.faults.report import Outcome
from tests.formats import as_markdown, as_page, as_page_of_breaks, as_pdf, as_text, as_web_archive, as_word, pdf_of

SECONDS = 10.0
REPORT = (
    ("title", "澄江县司法局2023年工作总结"),
    ("heading", "一、主要工作"),
    ("body", "（一）人民调解。一是排查纠纷832件；二是培训调解员12名。三是“应援尽援”，成功率98.5％。"),
    ("heading", "二、存在的问题"),
    ("body", "1.行政执法监督力量不足。2、部分乡镇法制审核流于形式。第一，人少；第二，事多。"),
    ("body", "记者：下一步怎么做？①推进普法②完善（图为调解现场）来源：县司法局　发布日期：2024-01-05"),
)
MARKS = (
    "一、 （一） (二) 1. 2、 3． （4） 5） ① ⑳ 第一， 第二方面： 一是 二要 三是 其一， 首先， 最后， 第一章 第三部分 十二、 百、 1.1 1.2 1.2.1 2.3月 Ⅰ. A. ❶ "
    "。 ； ， 、 ： “ ” （ ） 《 》 【 】 \n \n\n \u3000\u3000 记者：  问： 答： 图为 来源： 2023年 98% 1.4万个 ▲ ★ ● --- # ** | "
    "调解 法律援助 工作 下一步打算 存在问题 x Q: \t \u200b \ufeff �"
).split(" ")


@cache
def _word_members() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(as_word(REPORT[:2]))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def document_xml(body: bytes) -> bytes:
    """A Word file whose body is ``body``, right or not."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as changed:
        for name, data in _word_members().items():
            if name == "word/document.xml":
                at, to = data.index(b"<w:body>") + 8, data.index(b"</w:body>")
                data = data[:at] + body + data[to:]
            changed.writestr(name, data)
    return stream.getvalue()


def body_of_word() -> bytes:
    """The body of a Word file, as a seed."""
    with zipfile.ZipFile(io.BytesIO(as_word(REPORT))) as archive:
        data = archive.read("word/document.xml")
    return data[data.index(b"<w:body>") + 8 : data.index(b"</w:body>")]


def marks_text(data: bytes) -> str:
    """Bytes as a text made of what structure patterns look for: every byte below the number of marks is one."""
    text = data.decode("utf-8", "replace")
    return "".join(MARKS[ord(c)] if ord(c) < len(MARKS) else c for c in text)


def _page_stream(data: bytes) -> bytes:
    return pdf_of([data, b"BT /F1 16 Tf 72 700 Td <8c03 89e3> Tj ET"])


TARGETS: dict[str, tuple[Callable[[bytes], bytes], tuple[bytes, ...]]] = {
    # name: (fuzzed bytes → bytes of the file, seeds)
    "text": (bytes, (as_text(REPORT).encode(), as_text(REPORT).encode("gb18030"), as_text(REPORT).encode("utf-16"),
                     as_markdown(REPORT).encode(), as_web_archive(REPORT))),
    "page": (lambda data: b"<html><body>" + data, (as_page(REPORT).encode(), as_page_of_breaks(REPORT).encode())),
    "word": (document_xml, (body_of_word(),)),
    "pdf": (_page_stream, (b"BT /F1 16 Tf 72 770 Td <8c0389e3> Tj ET\nBT /F1 16 Tf 72 750 Td <4e003001> Tj ET",)),
    "packed": (bytes, (as_word(REPORT[:3]), as_pdf(REPORT[:3]))),
    "structure": (bytes, (bytes(range(60)), b"\x00\x35\x34\x08\x20", as_text(REPORT).encode())),
}  # fmt: skip


def check(target: str, data: bytes, path: Path) -> str:
    """Read and parse one input; gives ``document`` or ``refused``.

    Raises:
        AssertionError: something is lost, or it took longer than :data:`SECONDS`.
    """
    from toolkit.errors import InputError
    from toolkit.read import find_reports, from_lines, read_source
    from toolkit.structure import parse

    begun = time.process_time()
    said = "document"
    try:
        if target == "structure":
            source = from_lines("a.txt", marks_text(data))
        else:
            path.write_bytes(TARGETS[target][0](data))
            find_reports([str(path)])
            source = read_source(path)
        document = parse(source)
        blocks = "".join("".join(source.text[b.start : b.end].split()) for b in source.blocks)
        assert "".join("".join(item.text.split()) for item in document.items) == blocks, "text was lost"
        assert all(document.text[item.start : item.end] == item.text for item in document.items), "a span is wrong"
    except InputError as problem:
        assert "\n" not in str(problem), "an error of several lines"
        said = "refused"
    assert time.process_time() - begun < SECONDS, f"took {time.process_time() - begun:.0f} s"
    return said


def mutated(data: bytes, dice: random.Random) -> bytes:
    """``data`` with some bytes changed, doubled, moved or cut."""
    found = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 4, 16))):
        at = dice.randrange(len(found) + 1)
        to = min(len(found), at + dice.choice((1, 2, 8, 64)))
        kind = dice.randrange(5)
        if kind == 0:
            found[at:to] = b""
        elif kind == 1:
            found[at:at] = found[at:to] * dice.choice((1, 2, 50))
        elif kind == 2:
            found[at:to] = dice.randbytes(to - at)
        elif kind == 3 and at < len(found):
            found[at] ^= 1 << dice.randrange(8)
        else:
            found[at:at] = dice.choice(
                (b"<", b">", b"&#0;", b"\x00", b"\xff", "一、".encode(), b"\n", b"-->", b"(", b"[[")
            )
    return bytes(found[:65536])


def at_random(seconds: float, seed: int = 1) -> Outcome:
    """All targets in turn, their seeds mutated at random, for ``seconds``."""
    dice = random.Random(seed)
    outcome = Outcome("readers and structure, mutated at random")
    until = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < until:
            for target, (_, seeds) in TARGETS.items():
                data = mutated(dice.choice(seeds), dice)
                try:
                    outcome.survived(check(target, data, Path(folder) / "a.bin"))
                except Exception as problem:  # whatever it is, it is a finding
                    outcome.lost(f"{target}: {problem!r} on {data[:60]!r}")
    return outcome


def guided(target: str, seconds: int, corpus: Path | None = None) -> Outcome:
    """One target under atheris, in a process of its own."""
    outcome = Outcome(f"fuzzing {target}, coverage-guided, {seconds} s")
    with tempfile.TemporaryDirectory() as folder:
        place = corpus or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "tests.faults.fuzz", target, "--seconds", str(seconds), "--corpus", str(place)]
        run = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        units = re.search(r"number_of_executed_units:\s*(\d+)", run.stderr)
        outcome.survived("inputs", int(units[1]) if units else 0)
        if run.returncode or not units:
            cause = [
                line for line in run.stderr.splitlines() if "Error" in line or "ERROR" in line or "SUMMARY" in line
            ]
            outcome.lost(f"{target}: {' | '.join(cause[-3:])[:400]} (see {place}/crash-*)")
    return outcome


def main() -> None:
    """Run one target in this process until its time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--corpus", type=Path, required=True)
    arguments = parser.parse_args()
    import atheris

    with atheris.instrument_imports(include=["toolkit"]), contextlib.suppress(ImportError):
        import toolkit.read.html
        import toolkit.read.markdown
        import toolkit.read.pdf
        import toolkit.read.webarchive
        import toolkit.read.word
        import toolkit.structure  # noqa: F401
    for number, seed in enumerate(TARGETS[arguments.target][1]):
        (arguments.corpus / f"seed-{number}").write_bytes(seed)
    path = Path(tempfile.mkdtemp()) / "a.bin"
    options = [f"-max_total_time={arguments.seconds}", "-max_len=65536", "-timeout=60", "-print_final_stats=1"]
    options += ["-rss_limit_mb=4096", f"-artifact_prefix={arguments.corpus}{os.sep}"]
    atheris.Setup([sys.argv[0], *options, str(arguments.corpus)], lambda data: check(arguments.target, data, path))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
