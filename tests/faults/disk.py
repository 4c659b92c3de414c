"""Write errors and full disks: a plain error, the old file in its place, nothing half-written beside it."""

from __future__ import annotations

import errno
import os
import pkgutil
import random
import resource
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np

from tests.faults.kill import ended, forked
from tests.faults.report import Outcome
from toolkit.errors import InputError
from toolkit.files import PART
from toolkit.pipeline import write_jsonl
from toolkit.store import load_arrays, save_arrays
from toolkit.tables import Table, write_csv, write_xlsx

TABLE = Table("条目", ("文本", "数"), tuple((f"全年调解纠纷{n}件", n) for n in range(400)))
PLAIN, OTHER = 3, 4  # exit codes of a child: a plain error, anything else


def _model(path: Path) -> None:
    save_arrays(path, "x", {"a": np.arange(3000.0), "b": np.arange(5000.0)}, {})


WRITERS: dict[str, Callable[[Path], object]] = {
    "out.csv": lambda path: write_csv(TABLE, path),
    "out.xlsx": lambda path: write_xlsx([TABLE], path),
    "out.jsonl": lambda path: write_jsonl(({"text": text, "n": n} for text, n in TABLE.rows), path),
    "model": _model,
}


def snapshot(path: Path) -> object:
    """What stands under ``path``: bytes of a file, checked content of a model."""
    if path.is_dir():
        arrays, manifest = load_arrays(path, "x")
        return manifest["sha256"], {name: array.tobytes() for name, array in arrays.items()}
    return path.read_bytes() if path.exists() else None


def judge(outcome: Outcome, how: str, name: str, folder: Path, old: object, code: int) -> None:
    """Count one case by the child's exit ``code`` and by what stands in ``folder``."""
    left = [path.name for path in folder.rglob(f"*{PART}")]
    try:
        found = snapshot(folder / name)
    except Exception as problem:
        outcome.lost(f"{how}: {name} is broken: {problem!r}")
        return
    if code not in (0, PLAIN):
        outcome.lost(f"{how}: {name}: no plain error ({code})")
    elif left:
        outcome.lost(f"{how}: {name}: {left} left behind")
    elif code == PLAIN and found != old:
        outcome.lost(f"{how}: {name}: an error, but what stood there has changed")
    elif code == 0 and (found is None or found == old):
        outcome.lost(f"{how}: {name}: no error, but nothing written")
    else:
        outcome.survived(f"{how}: plain error" if code else f"{how}: written")


def attempt(name: str, path: Path, before: Callable[[], object] = lambda: None) -> int:
    """Write in a child process, after ``before``; gives its exit code."""

    def run() -> None:
        before()
        try:
            WRITERS[name](path)
        except InputError as problem:
            os._exit(PLAIN if "\n" not in str(problem) else OTHER)
        except BaseException:
            os._exit(OTHER)

    return ended(forked(run))


def prepare(folder: Path, name: str) -> object:
    """An older result under ``name``."""
    if name == "model":
        save_arrays(folder / name, "x", {"old": np.zeros(4)}, {})
    else:
        (folder / name).write_bytes(b"old")
    return snapshot(folder / name)


def write_errors(count: int, seed: int = 1) -> Outcome:
    """Half by the system's own limit on a file's size, at random bytes; half by errors put into single calls."""
    dice, outcome = random.Random(seed), Outcome("write errors")
    codes = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS, errno.EACCES)
    for number in range(count):
        name = dice.choice(list(WRITERS))
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            old = prepare(folder, name)
            if number % 2:
                limit = dice.choice((0, dice.randrange(1, 2000), dice.randrange(1, 60_000)))
                code = attempt(name, folder / name, lambda limit=limit: _limit(limit))
                judge(outcome, "size limit", name, folder, old, code)
            else:
                call = dice.choice(("os.fsync", "tempfile.mkstemp", "pathlib.Path.replace", "pathlib.Path.chmod"))
                fault = Fault(call, dice.randrange(4), dice.choice(codes))
                judge(outcome, call, name, folder, old, attempt(name, folder / name, fault))
    return outcome


def _limit(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


class Fault:
    """From its ``after``-th call on, ``call`` fails with an error of the system."""

    def __init__(self, call: str, after: int, code: int) -> None:
        self.call, self.after, self.code = call, after, code

    def __call__(self) -> None:
        module, _, attribute = self.call.rpartition(".")
        true = getattr(pkgutil.resolve_name(module), attribute)

        def fails(*arguments: object, **options: object) -> object:
            self.after -= 1
            if self.after < 0:
                raise OSError(self.code, os.strerror(self.code))
            return true(*arguments, **options)

        mock.patch(self.call, fails).start()


def full_disk(count: int, seed: int = 2) -> Outcome:
    """A file system of 192 kB, filled to a random rest; needs the right to mount, and says so where it is missing."""
    dice, outcome = random.Random(seed), Outcome("full disk")
    with tempfile.TemporaryDirectory() as place:
        mount = ["mount", "-t", "tmpfs", "-o", "size=192k", "tmpfs", place]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            outcome.name += " (not run: no right to mount a small file system)"
            return outcome
        try:
            folder = Path(place)
            for _ in range(count):
                name = dice.choice(list(WRITERS))
                for path in folder.iterdir():
                    _remove(path)
                old = prepare(folder, name)
                free = os.statvfs(place)
                rest = dice.choice((dice.randrange(8 * 1024), dice.randrange(64 * 1024)))
                with (folder / "fill").open("wb") as file:
                    file.write(b"x" * max(0, free.f_bavail * free.f_bsize - rest))
                judge(outcome, "full", name, folder, old, attempt(name, folder / name))
        finally:
            subprocess.run(["umount", place], check=False)
    return outcome


def _remove(path: Path) -> None:
    if path.is_dir():
        for inner in path.iterdir():
            inner.unlink()
        path.rmdir()
    else:
        path.unlink()
