"""Step 3: results written in order as they come, and a journal from which an interrupted run goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from toolkit.errors import FazhiError, InputError
from toolkit.files import sole_writer, sync_folder
from toolkit.resources import VERSION
from toolkit.stream.tasks import Task
from toolkit.stream.work import Done, Work


@dataclass
class Progress:
    """What has been done so far."""

    items: int = 0
    documents: int = 0
    refused: int = 0

    def add(self, done: Done) -> None:
        """Count a task's results."""
        self.items += done.items
        self.documents += done.documents
        self.refused += len(done.refused)


def write_results(
    tasks: Iterable[Task],
    work: Work,
    path: Path,
    run: Callable[[Iterable[Task]], Iterator[Done]],
    *,
    resume: bool = False,
    seen: Callable[[Done], None] | None = None,
) -> Progress:
    """Step 3: results of ``tasks`` to ``path``, which appears when all is done.

    Until then rows stand in ``<path>.unfinished`` and what is done in ``<path>.journal``; with ``resume`` a run goes on
    from there. ``seen`` is told of every task that was done now.

    Raises:
        InputError: the output can't be written, the input is wrong, or ``resume`` finds another input than before.
    """
    with sole_writer(Path(f"{path}.unfinished")):
        return _write(tasks, work, path, run, resume, seen)


def _write(
    tasks: Iterable[Task],
    work: Work,
    path: Path,
    run: Callable[[Iterable[Task]], Iterator[Done]],
    resume: bool,
    seen: Callable[[Done], None] | None,
) -> Progress:
    partial, journal = Path(f"{path}.unfinished"), Path(f"{path}.journal")
    head = {"toolkit": VERSION, "model": work.fingerprint, "evidence": work.evidence, "kind": work.kind}
    head |= {"language": work.language, "limits": asdict(work.limits)}
    finished = _read_journal(journal, partial, head) if resume else []
    so_far = Progress()
    for entry in finished:
        so_far.add(Done(items=entry["items"], documents=entry["documents"], refused=tuple(entry["refused"])))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            raise InputError("can't be written: is no plain file", where=path, remedy="name another file")
        with partial.open("r+b" if finished else "wb") as out, journal.open("r+b" if finished else "wb") as log:
            if finished:
                out.seek(finished[-1]["bytes"])
                out.truncate()
                log.truncate(finished[-1]["end"])
                log.seek(0, os.SEEK_END)
            else:
                log.write(json.dumps(head).encode() + b"\n")
                log.flush()
                out.write(work.header())
            for done in run(_after(tasks, finished, path)):
                out.write(done.text)
                out.flush()
                so_far.add(done)
                if seen:
                    seen(done)
                if done.failure is not None:
                    raise done.failure
                entry = {"mark": done.task.mark, "bytes": out.tell(), "items": done.items}
                entry |= {"documents": done.documents, "refused": list(done.refused)}
                log.write(json.dumps(entry).encode() + b"\n")
                log.flush()
            os.fsync(out.fileno())
        partial.replace(path)
        journal.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as problem:
        raise InputError(
            f"can't be written: {(problem.strerror or 'error').lower()}", where=path, remedy=_kept(partial, journal)
        ) from None
    except FazhiError as problem:
        kept = _kept(partial, journal)
        if not kept:
            raise
        remedy = "; ".join(filter(None, [problem.remedy, kept]))
        raise type(problem)(problem.what, where=problem.where, remedy=remedy) from None
    except BaseException:
        _kept(partial, journal)
        raise
    return so_far


def _kept(partial: Path, journal: Path) -> str:
    """What is kept of a run that failed; nothing is left behind by one that had finished nothing."""
    try:
        tasks = len(journal.read_bytes().splitlines()) - 1
    except OSError:
        tasks = 0
    if tasks > 0:
        return f"finished rows are kept in {partial.name}, go on with --resume"
    for path in (partial, journal):
        with suppress(OSError):
            path.unlink(missing_ok=True)
    return ""


def _read_journal(journal: Path, partial: Path, head: dict[str, Any]) -> list[dict[str, Any]]:
    """What an interrupted run had finished, or nothing if there was none.

    Raises:
        InputError: it was a run with another model or other options.
    """
    try:
        lines = journal.read_bytes().splitlines(keepends=True)
        size = partial.stat().st_size
        if not lines or not lines[0].endswith(b"\n"):
            return []  # stopped before its first line was written
        if json.loads(lines[0]) != head:
            raise InputError(
                "the interrupted run had another model or other options",
                where=journal,
                remedy="give the same, or start anew without --resume",
            )
    except FileNotFoundError:
        return []
    except (OSError, ValueError):
        raise InputError("can't be read", where=journal, remedy="start anew without --resume") from None
    found: list[dict[str, Any]] = []
    end = len(lines[0])
    for line in lines[1:]:
        end += len(line)
        try:
            entry = json.loads(line)
        except ValueError:
            break  # the line the interruption cut
        if not line.endswith(b"\n") or entry["bytes"] > size:
            break
        found.append({**entry, "end": end})
    return found


def _after(tasks: Iterable[Task], finished: Sequence[dict[str, Any]], path: Path) -> Iterator[Task]:
    """The tasks that are not finished, once the finished ones are found to be the same as before.

    What is wrong comes as a last task, since an error raised here would be lost among the workers' threads.
    """
    try:
        for number, task in enumerate(tasks):
            if number >= len(finished) or task.failure is not None:
                yield task
            elif task.mark != finished[number]["mark"]:
                raise InputError(
                    "the input changed since the run was interrupted",
                    where=task.name or task.paths[0],
                    remedy=f"start anew without --resume (this drops {path.name}.unfinished)",
                )
    except FazhiError as problem:
        yield Task(failure=problem)
