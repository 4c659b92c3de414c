"""Files written whole or not at all, and read within bounds: the one place that does either.

Every output goes through here. It is written beside its place under a name ending in ``.fazhi-part``, brought to disk
(``fsync``), and renamed: a reader, a full disk or a killed process sees the old file or the new one, never a part. What
a killed process left is swept when the next one writes into the same folder.
"""

from __future__ import annotations

import io
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO, BinaryIO

from toolkit.errors import FazhiError, InputError

try:
    import fcntl
except ImportError:  # not on Windows: writers there are not kept apart
    fcntl = None

PART = ".fazhi-part"
TEXT_LIMIT = 20_000_000  # bytes; labels, rows or a word list larger than this are a mistake
PATIENCE = 60.0
"""Seconds to wait for another process that writes into the same folder; a model is written in one."""


def write_whole(path: Path, data: bytes) -> None:
    """``data`` to ``path``, whole or not at all.

    Raises:
        InputError: the folder can't be made or written to.
    """
    with _whole(Path(path)) as file:
        file.write(data)


@contextmanager
def whole_file(path: Path) -> Iterator[IO[str]]:
    """A UTF-8 text file that appears under ``path`` whole, when the block ends well, or not at all.

    Raises:
        InputError: it can't be written.
    """
    with _whole(Path(path)) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="\n", write_through=False)
        try:
            yield text
            text.flush()
        finally:
            with suppress(OSError, ValueError):
                text.detach()


@contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    temporary = ""
    try:
        path = Path(os.path.realpath(path))  # the file a link names is replaced, not the link
        if path.exists() and not path.is_file():
            raise InputError("can't be written: is no plain file", where=path, remedy="name another file")
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path.parent)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=PART, dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            _hold(handle)
            yield file
            file.flush()
            os.fsync(handle)
            # mkstemp makes a file that only its owner reads; a result is as readable as any new file.
            mask = os.umask(0)
            os.umask(mask)
            Path(temporary).chmod(0o666 & ~mask)
            Path(temporary).replace(path)
        temporary = ""
        sync_folder(path.parent)
    except OSError as problem:
        reason = (problem.strerror or "error").lower()
        raise InputError(f"can't be written: {reason}", where=path) from None
    finally:
        if temporary:
            with suppress(OSError):
                Path(temporary).unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Bring the names in ``folder`` to the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold ``folder`` against other processes that ask the same; the system lets go when a process dies.

    Raises:
        InputError: another process held it for longer than :data:`PATIENCE`.
    """
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        until = time.monotonic() + PATIENCE
        while not _hold(handle):
            if time.monotonic() > until:
                raise InputError("another process is writing here", where=folder, remedy="wait for it to end")
            time.sleep(0.02)
        yield
    finally:
        os.close(handle)


@contextmanager
def sole_writer(path: Path) -> Iterator[None]:
    """Hold the unfinished output ``path``, made if need be, against a second process that would write it too.

    Raises:
        InputError: another process holds it, or it can't be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as problem:
        raise InputError(f"can't be written: {(problem.strerror or 'error').lower()}", where=path) from None
    try:
        if not _hold(handle):
            raise InputError("another process is writing this", where=path, remedy="wait for it, or name another file")
        yield
    finally:
        os.close(handle)


def _hold(handle: int) -> bool:
    """Whether the lock on an open file is ours; a file system without locks gives it to everybody."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


@cache
def _sweep(folder: Path) -> None:
    """Remove parts that dead processes left in ``folder``: those a minute old whose lock nobody holds; once a run."""
    with suppress(OSError):
        for name in os.listdir(folder):  # noqa: PTH208 – a folder of results may be large, names are enough
            path = folder / name
            if not (name.startswith(".") and name.endswith(PART)) or time.time() - path.lstat().st_mtime < 60:
                continue
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
            try:
                if fcntl is not None and _hold(handle):
                    path.unlink(missing_ok=True)
            finally:
                os.close(handle)


def read_bounded(
    path: Path,
    limit: int,
    error: type[FazhiError] = InputError,
    remedy: str = "split it",
    too_large: Callable[[int], FazhiError] | None = None,
) -> bytes:
    """The bytes of ``path``, at most ``limit`` of them, whatever the file is or grows to.

    ``too_large`` makes the error of the size found, where the caller says it better.

    Raises:
        error: larger, no such file, a folder, or the system would not give it.
    """
    try:
        with path.open("rb") as file:
            facts = os.fstat(file.fileno())
            size = facts.st_size if stat.S_ISREG(facts.st_mode) else 0
            data = file.read(limit + 1) if size <= limit else b""
    except OSError as problem:
        raise unreadable(path, problem, error) from None
    if too_large is not None and max(size, len(data)) > limit:
        raise too_large(max(size, len(data)))
    if size > limit or len(data) > limit:
        found = f"{size:,} bytes, more than {limit:,}" if size > limit else f"more than {limit:,} bytes"
        raise error(found, where=path, remedy=remedy)
    return data


def unreadable(path: Path, problem: OSError, error: type[FazhiError] = InputError) -> FazhiError:
    """The plain error for a file the system would not give."""
    reasons = {FileNotFoundError: "no such file", IsADirectoryError: "is a folder, not a file"}
    return error(reasons.get(type(problem)) or (problem.strerror or "cannot be read").lower(), where=path)


def read_utf8(path: Path, error: type[FazhiError], limit: int = TEXT_LIMIT) -> str:
    """The UTF-8 text of a data file of the project, at most ``limit`` bytes; anything else raises ``error``."""
    data = read_bounded(path, limit, error)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise error(f"not UTF-8 at byte {problem.start}", where=path, remedy="save it as UTF-8") from None
