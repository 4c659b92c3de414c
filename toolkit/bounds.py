"""A report read and parsed within its time, whatever it does to a parser.

Reading is stopped in one of two ways:

- **an alarm of the system** interrupts Python: text, pages and Word files, whose parsers take time in proportion to
  their size. They are read in this process;
- **a process of its own** is ended: PDFs, where four kilobytes can keep pdfium busy for years inside one call of C,
  reports in archives, and files so large that a parser of C alone could outlast its time. One such process serves all
  of a run's reports, is started when the first comes, and anew when it was ended; a crash of a parser ends it and not
  the run. It is handed a path and gives back JSON. Where there is no alarm (Windows, a thread of a cluster's worker) it
  reads everything.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, TypeVar
from zipfile import ZipFile

from toolkit.document import Document, Found, Item
from toolkit.errors import InputError
from toolkit.metadata import with_metadata
from toolkit.read import LIMITS, Limits, read_source
from toolkit.read.archive import BROKEN, unpacked_size
from toolkit.structure import parse

T = TypeVar("T")
HERE_BYTES = 4_000_000
"""Larger files are read in a process of their own; a page made to be slow takes two seconds a megabyte."""
_START = 20.0  # seconds that the process itself has to start
_SERVE = "import sys; sys.path.append(sys.argv[1]); from toolkit.bounds import serve; serve()"


class _Alarm(BaseException):
    """Time is over; no parser's handler of errors catches it."""


def read_report(path: str | Path, limits: Limits = LIMITS) -> Document:
    """The document of the report in ``path``, parsed, with its metadata, within ``limits``.

    Raises:
        InputError: it can't be read, is beyond a limit, or took longer than ``limits.seconds``.
    """
    path = Path(path)
    if _alarm_works() and not _needs_process(path):
        return within(limits, path, lambda: _read(path, limits))
    return _reader().read(path, limits)


def name_of(path: Path) -> str:
    """``path`` as it is given; bytes that are no UTF-8, which no output could take, are written ``\\xff``."""
    name = str(path)
    return name if name.isprintable() else os.fsencode(name).decode("utf-8", "backslashreplace")


def _read(path: Path, limits: Limits) -> Document:
    document = with_metadata(parse(read_source(path, name_of(path), limits)))
    if (count := len(document.items)) > limits.items:
        raise limits.beyond("items", f"{count:,} items", path, "split it", count)
    return document


def _needs_process(path: Path) -> bool:
    """Whether a parser could outlast its time inside one call: PDFs, what is large, and what an archive hides."""
    if not path.is_file():
        return not path.exists()  # a path inside an archive
    try:
        with path.open("rb") as file:
            start = file.read(1024)
            if b"%PDF-" in start or os.fstat(file.fileno()).st_size > HERE_BYTES:
                return True
            if not start.startswith(b"PK"):
                return False
            with ZipFile(file) as archive:
                return unpacked_size(archive) > 4 * HERE_BYTES
    except BROKEN:
        return False  # reading says what is wrong


def _too_slow(limits: Limits, path: Path) -> InputError:
    return limits.beyond("seconds", f"not read after {limits.seconds:g} s", path, "leave it out")


# By alarm --------------------------------------------------------------------------------------------------------


def _alarm_works() -> bool:
    """Whether this is the main thread, of a system with alarms, and nobody else has set one."""
    return (
        hasattr(signal, "setitimer")
        and threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGALRM) == signal.SIG_DFL
    )


def within(limits: Limits, path: Path, call: Callable[[], T]) -> T:
    """What ``call`` gives, within ``limits.seconds`` of the clock.

    Raises:
        InputError: it took longer.
    """

    def ring(*_: object) -> None:
        raise _Alarm

    signal.signal(signal.SIGALRM, ring)
    try:
        try:
            # Rings again and again, since a library may swallow the first.
            signal.setitimer(signal.ITIMER_REAL, limits.seconds, 0.5)
            return call()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _Alarm:
        raise _too_slow(limits, path) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


# By process ------------------------------------------------------------------------------------------------------


class _Reader:
    """The process that reads, from this side; one path is with it at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._one = threading.Lock()
        atexit.register(self.close)

    def read(self, path: Path, limits: Limits) -> Document:
        """As :func:`read_report`."""
        with self._one:
            try:
                return self._asked(path, limits)
            except BaseException as problem:
                if not isinstance(problem, InputError):
                    self.close()  # an answer on its way would be taken for the next one
                raise

    def _asked(self, path: Path, limits: Limits) -> Document:
        process = self._running(path)
        assert process.stdin is not None and process.stdout is not None
        asked = {"path": str(path), "limits": {name: getattr(limits, name) for name in Limits.__slots__}}
        over = threading.Event()

        def stop() -> None:
            over.set()
            process.kill()

        timer = threading.Timer(limits.seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except OSError:
            answer = b""
        finally:
            timer.cancel()
        if answer.endswith(b"\n") and not over.is_set():
            return _document(path, json.loads(answer))
        self.close()
        if over.is_set():
            raise _too_slow(limits, path)
        raise InputError("its parser crashed", where=path, remedy="save it anew, or as .txt")

    def _running(self, path: Path) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            package = str(Path(__file__).resolve().parents[1])
            try:
                # -P: what lies in the folder where the command runs is no part of the program.
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-c", _SERVE, package],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            except OSError as problem:
                reason = (problem.strerror or "error").lower()
                raise InputError(f"no process to read it in ({reason})", where=path, remedy="free memory") from None
            self._greeted(self._process, path)
        return self._process

    def _greeted(self, process: subprocess.Popen[bytes], path: Path) -> None:
        """Wait until it is ready, so that its start is not counted as time of the first file."""
        assert process.stdout is not None
        timer = threading.Timer(_START, process.kill)
        timer.daemon = True
        timer.start()
        ready = process.stdout.readline()
        timer.cancel()
        if ready != b"ready\n":
            self.close()
            raise InputError("the process to read it in did not start", where=path, remedy="run it again")

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        process.wait()


_READERS: dict[int, _Reader] = {}


def _reader() -> _Reader:
    """The one of this process; a forked process starts its own."""
    found = _READERS.get(os.getpid())
    if found is None:
        _READERS.clear()
        found = _READERS.setdefault(os.getpid(), _Reader())
    return found


def _document(path: Path, answer: Any) -> Document:
    if "refused" in answer:
        raise InputError(answer["refused"], where=answer["where"], remedy=answer["remedy"])
    text = answer["text"]
    items = tuple(
        Item(id_, start, end, text[start:end], kind, level, tuple(headings))
        for id_, start, end, kind, level, headings in answer["items"]
    )
    metadata = {key: Found(value, source) for key, (value, source) in answer["metadata"].items()}
    return Document(name_of(path), text, items, metadata)


def serve() -> None:
    """What the process does: a line of JSON in, a path and limits; a line out, a document or why it was refused."""
    out: IO[bytes] = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a parser prints is no answer
    out.write(b"ready\n")
    out.flush()
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        limits = Limits(**asked["limits"])
        _limit_processor(limits.seconds)
        try:
            document = _read(Path(asked["path"]), limits)
            answer: dict[str, Any] = {
                "text": document.text,
                "items": [[i.id, i.start, i.end, i.kind, i.level, i.headings] for i in document.items],
                "metadata": {key: [found.value, found.source] for key, found in document.metadata.items()},
            }
        except InputError as problem:
            where = None if problem.where is None else str(problem.where)
            answer = {"refused": problem.what, "where": where, "remedy": problem.remedy}
        except MemoryError:
            answer = {"refused": "takes more memory than there is", "where": asked["path"], "remedy": "split it"}
        out.write(json.dumps(answer).encode() + b"\n")
        out.flush()


def _limit_processor(seconds: float) -> None:
    """The system ends this process when it works on for long after nobody waits any more."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime + seconds) + 5
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))
