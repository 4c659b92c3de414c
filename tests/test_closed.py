"""Closed: no socket, nothing written outside the output folder and the cache, nothing of a report acts where it lands."""

from __future__ import annotations

import ast
import csv
import json
import marshal
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import toolkit
from tests.conftest import REPORT
from tests.faults.small import world
from tests.formats import as_pdf
from tests.test_read_formats import REPORT as BLOCKS
from toolkit.cli import main

MODEL = str(Path(__file__).parent / "data" / "model-format-2")

# Runs one command, then prints as its last line every event that would leave the machine or start a process, and every
# path written to. The hook sees what the interpreter does, whichever library asked for it.
WATCHER = """
import json, os, sys
left, written = [], set()
def watch(event, arguments):
    if event.startswith(("socket.", "urllib.", "http.", "ftplib.", "smtplib.", "os.system", "os.exec", "pickle.find_class")):
        left.append(f"{event} {arguments!r:.80}")
    elif event == "subprocess.Popen" and arguments[0] not in ("fc-list", "lscpu"):  # matplotlib, joblib: what is here
        left.append(f"{event} {' '.join(map(str, arguments[1][1:])):.80}")  # the interpreter's path may be long
    elif event == "open" and isinstance(arguments[0], (str, bytes)):
        mode, flags = arguments[1], arguments[2] or 0
        if (isinstance(mode, str) and set(mode) & set("wax+")) or flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            written.add(os.path.abspath(os.fsdecode(arguments[0])))
    elif event in ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.symlink", "os.link", "os.truncate"):
        written.update(os.path.abspath(os.fsdecode(a)) for a in arguments[:2] if isinstance(a, (str, bytes)))
sys.addaudithook(watch)
# before
from toolkit.cli import main
code = main(sys.argv[1:])
sys.stdout.flush()
print()
print(json.dumps([code, left, sorted(written)]))
"""


def watched(tmp_path: Path, *argv: str, before: str = "") -> tuple[int, list[str], list[Path]]:
    """Exit code, events that leave the machine, and paths written outside the home and cache made for this run."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    variables = {**os.environ, "HOME": str(home), "TMPDIR": str(home), "MPLCONFIGDIR": str(home / "matplotlib")}
    run = subprocess.run(
        [sys.executable, "-B", "-c", WATCHER.replace("# before", before), *argv],
        capture_output=True,
        text=True,
        check=False,
        env=variables,
        timeout=120,
    )
    assert "Traceback" not in run.stderr, run.stderr
    code, left, written = json.loads(run.stdout.splitlines()[-1])
    paths = [Path(path) for path in written]
    return (
        code,
        left,
        [path for path in paths if home not in path.parents and path != home and path != Path("/dev/null")],
    )


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = world(tmp_path_factory.mktemp("world"))
    assert main(["classify", str(found / "inbox"), "--model", MODEL, "-o", str(found / "results.jsonl")]) == 0
    gold = {"id": "1", "text": "全年调解纠纷9件。", "stage": "achievement", "themes": ["mediation"]}
    (found / "gold.jsonl").write_text(json.dumps(gold) + "\n", encoding="utf-8")
    return found


def commands(base: Path, out: Path) -> dict[str, list[str]]:
    """Every command that reads, learns or writes; they write below ``out`` alone."""
    inbox, config, results = str(base / "inbox"), str(base / "small.toml"), str(base / "results.jsonl")
    return {
        "parse": ["parse", inbox],
        "train": ["train", config, "-o", str(out / "model")],
        "classify": ["classify", inbox, "--model", MODEL, "-o", str(out / "a.xlsx")],
        "explain": ["explain", str(base / "inbox" / "r0.txt"), "0002", "--model", MODEL],
        "evaluate": ["evaluate", str(base / "gold.jsonl"), "--model", MODEL],
        "labels": ["labels", "check", str(base / "reports"), "--codebook", str(base / "codebook")],
        "topics": ["topics", inbox, "-o", str(out / "topics"), "--no-quality"],
        "stored topics": ["topics", "--items", str(base / "gold.jsonl"), "-o", str(out / "topics.jsonl")],
        "duplicates": ["duplicates", inbox, "-o", str(out / "a.csv")],
        "report": ["report", inbox, "--model", MODEL, "-o", str(out / "report.html")],
        "plot": ["plot", results, "-o", str(out)],
        "export": ["export", config, "-o", str(out / "a.joblib")],
    }


@pytest.mark.parametrize("command", list(commands(Path(), Path())))
def test_no_socket_no_process_and_no_file_elsewhere(base: Path, tmp_path: Path, command: str) -> None:
    """What is written stands in the folder that was named; the cache of the drawing library is in the user's home."""
    out = tmp_path / "out"
    code, left, elsewhere = watched(tmp_path, *commands(base, out)[command])
    assert code == 0
    assert left == []
    assert [path for path in elsewhere if path != out and out not in path.parents] == []
    assert out.exists() == (command not in ("parse", "explain", "evaluate", "labels"))


def test_a_demo_stays_in_its_folder(base: Path, tmp_path: Path) -> None:
    """The whole line once, on a small world in place of the shipped one."""
    out = tmp_path / "out"
    code = f"""
from pathlib import Path
from toolkit import demo, codebook
small = Path({str(base)!r})
demo.shipped = lambda *parts: small / "small.toml" if parts[0] == "experiments" else small / "reports"
demo.load_codebook = lambda: codebook.load_codebook(small / "codebook")
"""
    ended, left, elsewhere = watched(tmp_path, "demo", "-o", str(out), before=code)
    assert ended == 0
    assert left == []
    assert [path for path in elsewhere if path != out and out not in path.parents] == []
    assert (out / "report.html").exists()


def test_a_pdf_starts_the_reader_and_nothing_else(tmp_path: Path) -> None:
    """One process, this program's own, which is named here."""
    folder = tmp_path / "pdf"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.pdf").write_bytes(as_pdf(BLOCKS))
    code, left, elsewhere = watched(
        tmp_path, "classify", str(folder), "--model", MODEL, "-o", str(tmp_path / "out" / "a.csv")
    )
    assert code == 0
    assert len(left) == 1 and left[0].startswith("subprocess.Popen -P -c ")
    assert {path.name for path in elsewhere} == {"out", "a.csv", "a.csv.journal", "a.csv.unfinished"}


def test_a_cluster_is_the_only_door_to_a_socket(base: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="the dask extra is not installed")
    inbox, nowhere = str(base / "inbox"), "tcp://127.0.0.1:1"
    code, left, _ = watched(tmp_path, "classify", inbox, "--model", MODEL, "--cluster", nowhere)
    assert code == 1
    assert any(event.startswith("socket.connect") for event in left)


def test_the_program_is_not_taken_from_the_folder_it_runs_in(tmp_path: Path) -> None:
    """A folder of reports may hold files named like modules; neither the command nor its reader imports them."""
    for name in ("json", "toolkit", "pypdfium2", "lxml", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken from the folder')", encoding="utf-8")
    (tmp_path / "a.pdf").write_bytes(as_pdf(BLOCKS))
    root = str(Path(toolkit.__file__).parents[1])
    run = subprocess.run(
        [sys.executable, "-P", "-c", "from toolkit.cli import main; raise SystemExit(main(['parse', 'a.pdf']))"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": root},
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    assert "taken from the folder" not in run.stdout + run.stderr


def test_a_poisoned_cache_of_jieba_is_never_opened(tmp_path: Path) -> None:
    """jieba reads ``jieba.cache`` from the temporary folder that all users share; ours builds its dictionary itself."""
    cache = tmp_path / "jieba.cache"
    cache.write_bytes(marshal.dumps(({"全年调解纠纷": 10**9}, 10**9)))
    code = """
import os, sys
opened = []
sys.addaudithook(lambda event, a: opened.append(str(a[0])) if event == "open" and "jieba.cache" in str(a[0]) else None)
from toolkit.words import Segmenter
for engine in ("jieba", "rjieba"):
    print("/".join(Segmenter(["社区矫正"], engine=engine).cut("全年调解纠纷，社区矫正")))
assert not opened, opened
"""
    variables = {**os.environ, "TMPDIR": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=variables,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    assert set(run.stdout.split()) == {"全年/调解纠纷/社区矫正"}
    assert [path.name for path in tmp_path.iterdir()] == ["jieba.cache"]


HOSTILE = "\x1b[2J\x1b]0;pwned\x07"
FORMULA = '=HYPERLINK("http://a.invalid";"x")'
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A report whose text, title and file name would act on a terminal, a spreadsheet or a page."""
    path = tmp_path / "=1+1\x1b[31m<b>.txt"
    path.write_text(f"{HOSTILE}{REPORT}\n{FORMULA}\n{MARKUP}\n@SUM(A1)全年调解纠纷9件。", encoding="utf-8")
    return path


def test_formulas_are_text_in_every_table(hostile: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert main(["classify", str(hostile), "--model", MODEL, "-o", str(out)]) == 0
    with out.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert any("HYPERLINK" in cell for cell in cells)
    assert not [cell for cell in cells if cell[:1] in ("=", "@", "+", "\t", "\x1b")]
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl reads the sheet back")
    assert main(["classify", str(hostile), "--model", MODEL, "-o", str(tmp_path / "out.xlsx")]) == 0
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    found = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert any("HYPERLINK" in str(cell.value) for cell in found)
    assert not [cell for cell in found if cell.data_type == "f"]


def test_markup_is_text_in_pages_and_pictures(hostile: Path, tmp_path: Path) -> None:
    from toolkit.codebook import load_codebook
    from toolkit.pipeline import read_rows_file
    from toolkit.plots import plot_results
    from toolkit.report import build_report

    results = tmp_path / "out.jsonl"
    assert main(["classify", str(hostile), "--model", MODEL, "-o", str(results)]) == 0
    rows = read_rows_file(results)
    page = build_report(rows, {}, load_codebook())
    assert "<script>alert(1)" not in page and "<img src=x" not in page and "\x1b" not in page
    assert "&lt;script&gt;alert(1)" in page
    for path in plot_results(rows, {rows[0]["document"]: {"title": MARKUP}}, load_codebook(), tmp_path / "figures"):
        if path.suffix == ".svg":
            text = path.read_text("utf-8")
            assert "<script" not in text and "<img" not in text and "onerror=alert(1)>" not in text


def test_half_a_character_is_a_plain_error_or_is_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON can say half of a character; nothing can print or write it."""
    path = tmp_path / "items.jsonl"
    path.write_text('{"id": "1", "text": "调解\\ud800纠纷"}\n', encoding="utf-8")
    assert main(["classify", "--items", str(path), "--model", MODEL]) == 1
    assert "items.jsonl:1: half a character (a lone surrogate); write it as UTF-8" in capsys.readouterr().err
    path.write_text('{"id": "1", "text": "调解\\ud842\\udfb7纠纷"}\n', encoding="utf-8")
    assert main(["classify", "--items", str(path), "--model", MODEL]) == 0
    assert "调解𠮷纠纷" in capsys.readouterr().out


def test_an_export_is_marked_as_code_and_works_without_the_toolkit(base: Path, tmp_path: Path) -> None:
    out = tmp_path / "themes.joblib"
    assert main(["export", str(base / "small.toml"), "-o", str(out)]) == 0
    note = json.loads((tmp_path / "themes.joblib.json").read_text("utf-8"))
    assert note["warning"].startswith("THIS FILE IS CODE")
    code = """
import sys, joblib
print(joblib.load(sys.argv[1]).predict(["全年排查矛盾纠纷9件，调解成功8件。", "受理法律援助案件5件。"]).tolist())
assert not any(name.startswith("toolkit") for name in sys.modules)
"""
    run = subprocess.run(
        [sys.executable, "-c", code, str(out)], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert run.stdout.strip() == "[[1, 0], [0, 1]]", run.stderr
    assert note["themes"] == ["mediation", "legal_aid"]


def test_an_export_under_another_name_is_refused(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(base / "small.toml"), "-o", str(tmp_path / "model.npy")]) == 1
    assert "an export is named .joblib" in capsys.readouterr().err


def test_nothing_in_the_package_loads_code_from_files() -> None:
    """No unpickling, no evaluation, no ``joblib.load``, no ``np.load`` of objects; names of attributes and calls."""
    package = Path(toolkit.__file__).parent
    banned = {"eval", "exec", "compile", "__import__", "system", "popen", "Popen", "Unpickler", "loads", "load"}
    allowed = {"json.loads", "tomllib.loads", "re.compile"}
    ours = {"bounds.py: subprocess.Popen"}  # the process that reports are read in; what it runs stands there
    found = []
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                if name.split(".")[-1] in banned and name not in allowed:
                    found.append(f"{path.name}: {name}")
            elif isinstance(node, ast.Import | ast.ImportFrom):
                names = (
                    [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
                )
                found += [f"{path.name}: imports {n}" for n in names if n in ("pickle", "marshal", "shelve", "dill")]
    assert set(found) == ours


def test_a_name_too_long_is_a_plain_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["classify", "名" * 400, "--model", MODEL]) == 1
    printed = capsys.readouterr().err
    assert printed.startswith("fazhi: ") and "file name too long" in printed and printed.count("\n") == 1


@pytest.mark.parametrize(
    ("addition", "message"),
    [
        ("x = " + "[" * 400_000 + "]" * 400_000, "nested too deeply"),
        ("x = [" + "1," * 600_000 + "]", "more than 1,000,000; split it"),
        ("a." * 200_000 + "b = 1", "small.toml:1: a key of more than 32 parts; write plain tables"),
        ("x = " + "9" * 10_000, "not valid TOML: Exceeds the limit"),
        ('x = "\\ud800"', "not valid TOML: "),
        ('x = "\x1b[2J"', "not valid TOML: "),
    ],
    ids=["arrays", "numbers", "key", "digits", "half", "escape"],
)
def test_hostile_configurations_are_plain_errors_soon(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], addition: str, message: str
) -> None:
    """In one line and in seconds; a key of 200,000 parts took tomllib longer than anybody waited."""
    path = tmp_path / "small.toml"
    path.write_text(addition + "\n", encoding="utf-8")
    begun = time.process_time()
    assert main(["train", str(path)]) == 1
    printed = capsys.readouterr().err
    assert message in printed and printed.count("\n") == 1
    assert time.process_time() - begun < 5


def test_a_dotted_override_may_hold_anything(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for value in ("[" * 100_000, "9" * 5000, "\x1b[2J", "{a=" * 5000):
        assert main(["train", str(base / "small.toml"), "--set", f"learn.trees={value}"]) == 1
        printed = capsys.readouterr().err
        assert "learn.trees: input should be a valid integer" in printed
        assert printed.count("\n") == 1
