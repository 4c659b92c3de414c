"""What lands on a terminal: no control code, no direction code, no forged line, whichever command prints it."""

from __future__ import annotations

import json
import os
import shutil
import unicodedata
from pathlib import Path

import pytest

from tests.conftest import REPORT
from tests.faults.small import world
from toolkit.cli import main
from toolkit.cli.terminal import show_json
from toolkit.errors import printable

CODES = "\x1b[2J\x1b]0;t\x07\x9b31m\x7f\u202e\u2066\u200b"
"""Clears the screen, renames the window, colours, in old C1 form too, deletes, and turns the direction of writing."""
FORGED = "\nfazhi: all is well\r"
NAME = f"报告{CODES}{FORGED}.txt"
MODEL = str(Path(__file__).parent / "data" / "model-format-2")


def unsafe(text: str) -> list[str]:
    """Characters that a terminal would act on, or not show."""
    return [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Reports with names that only a system without scruples gives, one of them no character in any encoding."""
    folder = tmp_path / f"in{CODES}"
    folder.mkdir()
    for name in (NAME.encode(), b"\xff\xfe.txt", "乙.txt".encode()):
        text = f"{CODES}{REPORT}"
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Labelled reports and an experiment whose themes and stages carry the codes."""
    found = world(tmp_path / "world")
    for name in ("themes.toml", "stages.toml"):
        path = found / "codebook" / name
        codes = json.dumps(CODES + FORGED)[1:-1]
        path.write_text(path.read_text("utf-8").replace('zh = "', f'zh = "{codes}'), encoding="utf-8")
    return found


def commands(inbox: Path, base: Path, out: Path) -> dict[str, tuple[int, list[str]]]:
    """Name → exit code and command line of every command that prints what it was given."""
    report, model = str(inbox / NAME), str(out / f"model{CODES}")
    config, codebook = str(base / "small.toml"), str(base / "codebook")
    rows, results = str(inbox / "rows.jsonl"), str(inbox / "results.jsonl")
    return {
        "train": (0, ["train", config, "-o", model]),
        "parse": (0, ["parse", str(inbox)]),
        "parse --json": (0, ["parse", report, "--json"]),
        "classify": (0, ["classify", str(inbox), "--model", model]),
        "classify -o": (0, ["classify", report, "--model", model, "-o", results]),
        "classify -o csv": (0, ["classify", str(inbox), "--model", model, "-o", str(out / f"{CODES}.csv")]),
        "classify -o xlsx": (0, ["classify", str(inbox), "--model", model, "-o", str(out / f"{CODES}.xlsx")]),
        "classify --items": (0, ["classify", "--items", rows, "--model", model]),
        "explain": (0, ["explain", report, "0002", "--model", model]),
        "evaluate": (0, ["evaluate", str(inbox / "gold.jsonl"), "--model", MODEL]),
        "evaluate --json": (0, ["evaluate", str(inbox / "gold.jsonl"), "--model", MODEL, "--json"]),
        "topics": (0, ["topics", str(inbox), "-o", str(out / f"topics{CODES}"), "--no-quality"]),
        "topics --items": (0, ["topics", "--items", rows]),
        "duplicates": (0, ["duplicates", str(inbox)]),
        "report": (0, ["report", str(inbox), "--model", MODEL, "-o", str(out / f"{CODES}.html"), "--title", CODES]),
        "plot": (0, ["plot", results, "--codebook", codebook, "-o", str(out / f"figures{CODES}")]),
        "labels check": (0, ["labels", "check", str(base / "reports"), "--codebook", codebook]),
        "export": (0, ["export", config, "-o", str(out / f"{CODES}.joblib")]),
        "no such report": (1, ["classify", report + "x", "--model", model]),
        "no such item": (1, ["explain", report, CODES, "--model", model]),
        "no such model": (1, ["classify", report, "--model", model + "x"]),
        "no such codebook": (1, ["labels", "check", str(base / "reports"), "--codebook", codebook + CODES]),
        "no such key": (1, ["train", config, "--set", f"{CODES}=1"]),
        "no such limit": (1, ["parse", report, "--limit", f"{CODES}=1"]),
        "no such output": (1, ["classify", report, "--model", model, "-o", f"x.{CODES}"]),
        "skipped": (1, ["parse", str(inbox), "--limit", "items=1"]),
    }  # fmt: skip


def test_every_command_shows_hostile_names_as_text(
    inbox: Path, base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing but newlines that the commands themselves end their lines with; results and figures are written all the same."""
    row = {"id": CODES, "text": f"全年调解纠纷9件。{CODES}", "headings": [CODES]}
    (inbox / "rows.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    gold = {"id": "1", "text": "全年调解纠纷9件。", "stage": "achievement", "themes": ["mediation"]}
    (inbox / "gold.jsonl").write_text(json.dumps(gold) + "\n", encoding="utf-8")
    out = tmp_path / "out"
    out.mkdir()
    for name, (code, command) in commands(inbox, base, out).items():
        assert main(command) == code, (name, capsys.readouterr().err)
        printed = capsys.readouterr()
        assert printed.out or printed.err, name
        assert unsafe(printed.out + printed.err) == [], name
        lines = (printed.out + printed.err).splitlines()
        assert not [line for line in lines if line.startswith("fazhi: all is well")], name
        if code and name != "skipped":
            assert len(printed.err.splitlines()) == 1, name


def test_names_typed_wrong_are_repeated_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    """A pattern of the shell puts names of files where options stand."""
    for command in (["parse", "a.txt", f"-{CODES}"], ["classify", f"--jobs={CODES}"], [NAME]):
        with pytest.raises(SystemExit) as stopped:
            main(command)
        assert stopped.value.code == 2
        assert unsafe(capsys.readouterr().err) == []


def test_json_on_the_terminal_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Escaped, not replaced: what reads it gets the name as it is."""
    value = {"name": f"{CODES}{FORGED}\U000e0041全年　调解𠮷"}
    show_json(json.dumps(value, ensure_ascii=False) + "\n")
    printed = capsys.readouterr().out
    assert unsafe(printed) == [] and "全年　调解𠮷" in printed
    assert json.loads(printed) == value


def test_the_blanks_of_reports_are_shown_as_they_are() -> None:
    assert printable("发布日期：2024-01-05　来源：县司法局") == "发布日期：2024-01-05　来源：县司法局"
    assert printable("甲\n乙\t丙\u2028丁\x1b戊") == "甲 乙 丙 丁�戊"


def test_results_of_a_folder_with_hostile_names_hold_every_report(inbox: Path, tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are written as escapes, so that every output takes the name."""
    out = tmp_path / "out.jsonl"
    assert main(["classify", str(inbox), "--model", MODEL, "-o", str(out)]) == 0
    names = {json.loads(line)["document"] for line in out.read_text("utf-8").splitlines()}
    assert names == {str(inbox / NAME), str(inbox / "乙.txt"), f"{inbox}/\\xff\\xfe.txt"}
    shutil.rmtree(inbox)
