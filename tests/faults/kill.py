"""kill −9 at random moments of training, of writing a model and of classifying: what stood there, or the new, whole.

Each case is a process of its own that runs the real command; the signal is the system's. The moment is drawn evenly over
what the command took when nobody stopped it.
"""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from tests.faults.report import Outcome
from tests.faults.small import world
from toolkit.files import PART

Run = Callable[[], object]


def forked(run: Run) -> int:
    """Start ``run`` in a child process; gives its number. What it prints goes nowhere."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        run()
        code = 0
    finally:
        os._exit(code)


def ended(child: int) -> int:
    """Wait for a child; its exit code, or minus its signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def timed(run: Run) -> float:
    """Seconds ``run`` takes in a child that nobody stops."""
    begun = time.monotonic()
    code = ended(forked(run))
    assert code == 0, f"the command itself fails ({code})"
    return time.monotonic() - begun


def killed(run: Run, moment: float) -> bool:
    """Start ``run``, kill it after ``moment`` seconds; whether it was still running."""
    child = forked(run)
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    return ended(child) == -signal.SIGKILL


def kill_training(count: int, seed: int = 1) -> Outcome:
    """Trainings of two models in turn into one folder, killed; the folder must hold one of the two, whole."""
    import toolkit.learn  # noqa: F401  (loaded once, before the processes part)
    from toolkit.experiment import read_config, run_training

    dice, outcome = random.Random(seed), Outcome("kill -9 while training")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "model"
        bases = [world(Path(place) / "a"), world(Path(place) / "b", change=11)]

        def train(base: Path) -> Run:
            return lambda: run_training(read_config(base / "small.toml"), base, out=folder)

        takes = [timed(train(base)) for base in reversed(bases)]
        wholes = {state(folder): "old"}
        timed(train(bases[1]))
        wholes[state(folder)] = "new"
        assert len(wholes) == 2, "both worlds give one model"
        for number in range(count):
            before = state(folder)
            stopped = killed(train(bases[number % 2]), dice.uniform(0, 1.05 * max(takes)))
            judge(outcome, folder, wholes, before, stopped)
    return outcome


def kill_writing(count: int, seed: int = 2) -> Outcome:
    """As training, but the process does nothing except write one model after the other, so every kill meets a write."""
    from toolkit.store import load_model, save_model

    dice, outcome = random.Random(seed), Outcome("kill -9 while writing a model")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "model"
        model = load_model(Path(__file__).parents[1] / "data" / "model-format-2")
        other = type(model)(model.linear, model.theme_ids[::-1], model.stage_ids, model.themes, model.stages, 0.2)
        wholes = {}
        for each in (model, other):
            save_model(folder, each, {"names": {}})
            wholes[state(folder)] = "one of the two"

        def write() -> None:
            while True:
                save_model(folder, model, {"names": {}})
                save_model(folder, other, {"names": {}})

        for _ in range(count):
            judge(outcome, folder, wholes, "", killed(write, dice.uniform(0.002, 0.08)))
    return outcome


def state(folder: Path) -> str:
    """The manifest, if the model loads: it holds the hash of every array, and loading compares them."""
    from toolkit.store import load_model

    load_model(folder)
    return (folder / "manifest.json").read_text("utf-8")


def judge(outcome: Outcome, folder: Path, wholes: dict[str, str], before: str, stopped: bool) -> None:
    """Count one case: the folder must hold one of ``wholes``."""
    try:
        found = state(folder)
    except Exception as problem:
        outcome.lost(f"no model left: {problem!r}")
        return
    if found not in wholes:
        outcome.lost("a model that nobody wrote")
    elif not stopped:
        outcome.survived("ended before the signal")
    else:
        outcome.survived(
            "the model of before" if found == before else "a whole model" if not before else "the new model"
        )


def kill_classifying(count: int, seed: int = 3) -> Outcome:
    """``classify`` into an old results file, killed: the file is the old one or the new one, to the byte."""
    from toolkit.cli import main

    dice, outcome = random.Random(seed), Outcome("kill -9 while classifying")
    with tempfile.TemporaryDirectory() as place, mock.patch("toolkit.stream.tasks.TASK_FILES", 4):
        base = world(Path(place))
        model = str(Path(__file__).parents[1] / "data" / "model-format-2")
        for number in range(2 * count // 5):
            text = (base / "inbox" / f"r{number % 6}.txt").read_bytes()
            (base / "inbox" / f"s{number:03}.txt").write_bytes(text)
        for kind in ("jsonl", "csv", "xlsx"):
            out = base / f"out.{kind}"
            command = ["classify", str(base / "inbox"), "--model", model, "-o", str(out)]
            took = timed(lambda command=command: main(command))
            new = out.read_bytes()
            old = b"what stood there before"
            for _ in range(count // 3):
                out.write_bytes(old)
                stopped = killed(lambda command=command: main(command), dice.uniform(0, 1.05 * took))
                found = out.read_bytes() if out.exists() else b""
                if found not in (old, new) and not (kind == "xlsx" and _same_sheets(found, new)):
                    outcome.lost(f"{out.name}: {len(found)} bytes, neither the old nor the new")
                    continue
                how = ("the old file" if found == old else "the new file") if stopped else "ended before the signal"
                if kind != "xlsx" and found == old:
                    rows = journalled(out)
                    code = ended(forked(lambda command=command: _exit_with(main([*command, "--resume"]))))
                    if code or out.read_bytes() != new or journalled(out) is not None:
                        outcome.lost(f"{out.name}: --resume after a kill gives other bytes ({code})")
                        continue
                    how = (
                        "the old file; resumed to the same bytes"
                        if rows
                        else "the old file; done anew to the same bytes"
                    )
                outcome.survived(how)
    return outcome


def kill_topics(count: int, seed: int = 4) -> Outcome:
    """``topics`` into a folder of earlier results, killed: each of its files is the old one or the new one, whole."""
    import toolkit.topicfiles
    import toolkit.topics.model
    import toolkit.topics.run  # noqa: F401  (loaded once, before the processes part)
    from toolkit.cli import main

    dice, outcome = random.Random(seed), Outcome("kill -9 while topics are fitted, tabled and drawn")
    with tempfile.TemporaryDirectory() as place:
        base, out = world(Path(place)), Path(place) / "topics"
        command = ["topics", str(base / "inbox"), "-o", str(out), "--no-quality"]
        took = min(timed(lambda: _exit_with(main(command))) for _ in range(2))
        new = {path.name: path.read_bytes() for path in out.iterdir()}
        old = dict.fromkeys(new, b"what stood there before")
        for _ in range(count):
            for name, data in old.items():
                (out / name).write_bytes(data)
            stopped = killed(lambda: _exit_with(main(command)), dice.uniform(0, 1.05 * took))
            found = {path.name: path.read_bytes() for path in out.iterdir() if not path.name.endswith(PART)}
            wrong = [
                name
                for name in {*new, *found}
                if found.get(name) not in (old.get(name), new.get(name))
                and not (name.endswith(".xlsx") and _same_sheets(found.get(name, b""), new[name]))
            ]
            written = sum(found[name] != old[name] for name in new if name in found)
            if wrong:
                outcome.lost(f"neither old nor new: {', '.join(sorted(wrong)[:5])}")
            elif not stopped:
                outcome.survived("ended before the signal")
            else:
                outcome.survived("some files new, all whole" if written else "the old files")
    return outcome


def kill_reporting(count: int, seed: int = 5) -> Outcome:
    """``report`` over an old page, killed: the page is the old one or the new one, to the byte."""
    import toolkit.report
    import toolkit.topicfiles  # noqa: F401  (loaded once, before the processes part)
    from toolkit.cli import main

    dice, outcome = random.Random(seed), Outcome("kill -9 while the page is made")
    with tempfile.TemporaryDirectory() as place:
        base, out = world(Path(place)), Path(place) / "report.html"
        model = str(Path(__file__).parents[1] / "data" / "model-format-2")
        command = ["report", str(base / "inbox"), "--model", model, "-o", str(out)]
        took = min(timed(lambda: _exit_with(main(command))) for _ in range(2))
        new, old = out.read_bytes(), b"what stood there before"
        for _ in range(count):
            out.write_bytes(old)
            stopped = killed(lambda: _exit_with(main(command)), dice.uniform(0, 1.05 * took))
            found = out.read_bytes() if out.exists() else b""
            if found not in (old, new):
                outcome.lost(f"{len(found)} bytes, neither the old page nor the new")
            else:
                how = "the old page" if found == old else "the new page"
                outcome.survived(how if stopped else "ended before the signal")
    return outcome


def journalled(out: Path) -> int | None:
    """Tasks that an interrupted run had finished; None if there is no journal."""
    path = Path(f"{out}.journal")
    return path.read_bytes().count(b"\n") - 1 if path.exists() else None


def _exit_with(code: int) -> None:
    if code:
        os._exit(code)


def _same_sheets(found: bytes, new: bytes) -> bool:
    """Whether two XLSX files differ in their time of writing alone."""
    import io
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(io.BytesIO(found)) as a, ZipFile(io.BytesIO(new)) as b:
            names = [name for name in b.namelist() if name != "docProps/core.xml"]
            return all(a.read(name) == b.read(name) for name in names)
    except (BadZipFile, KeyError):
        return False
