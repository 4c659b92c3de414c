"""Step 2: a task read, predicted and encoded; in this process, in others, or on a cluster."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from toolkit.classify import ReportModel
from toolkit.document import Document
from toolkit.errors import FazhiError, InputError, ModelError
from toolkit.pipeline import Row, describe, lines_of, row_of
from toolkit.read import LIMITS, Limits
from toolkit.resources import VERSION, shipped
from toolkit.store import load_model
from toolkit.stream.tasks import Task, read_unchanged
from toolkit.structure import parse_items

Kind = Literal["jsonl", "csv", "rows"]
_ENCODE = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True)
class Done:
    """A task's results: encoded ``text`` (or ``rows`` and ``facts``), counts, and what could not be read."""

    text: bytes = b""
    rows: tuple[Row, ...] = ()
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    items: int = 0
    documents: int = 0
    refused: tuple[str, ...] = ()
    failure: FazhiError | None = None
    task: Task = field(default_factory=Task)


@dataclass(frozen=True)
class Work:
    """What is done with every task; ``fingerprint`` is the model's (see :func:`model_fingerprint`)."""

    model: str | None = None
    fingerprint: str = ""
    evidence: bool = False
    kind: Kind = "jsonl"
    language: str = "zh"
    strict: bool = False
    limits: Limits = LIMITS
    version: str = VERSION

    def __call__(self, task: Task) -> Done:
        """Step 2. A failure is a value, so that what was finished before it is not lost on the way."""
        about = replace(task, items=(), paths=())
        if task.failure is not None:
            return Done(failure=task.failure, task=about)
        try:
            model = self._load()
        except FazhiError as problem:
            return Done(failure=problem, task=about)
        documents: list[Document] = []
        refused: list[str] = []
        failure: FazhiError | None = None
        if task.items:
            documents = [parse_items(task.name, task.items)]
        for path in task.paths:
            try:
                documents.append(read_unchanged(Path(path), self.limits))
            except InputError as problem:
                if self.strict:
                    failure = problem
                    break
                refused.append(str(problem))
        predicted = list(zip(documents, model.predict_all(documents), strict=True))
        rows: list[Row] = []
        facts: dict[str, dict[str, Any]] = {}
        if self.kind == "jsonl" and not self.evidence:
            text = "".join([lines_of(document.name, predictions) for document, predictions in predicted])
        else:
            explained = model if self.evidence else None
            rows = [row_of(document.name, each, explained) for document, found in predicted for each in found]
            facts = {} if self.kind == "jsonl" else {document.name: describe(document) for document in documents}
            text = self._text(rows, facts)
        return Done(
            text=text.encode("utf-8", "replace"),
            rows=tuple(rows) if self.kind == "rows" else (),
            facts=facts if self.kind == "rows" else {},
            items=sum(len(found) for _, found in predicted),
            documents=len(documents),
            refused=tuple(refused),
            failure=failure,
            task=about,
        )

    def _load(self) -> ReportModel:
        if self.version != VERSION:
            raise ModelError(f"a worker has toolkit {VERSION}, this is {self.version}", remedy="install one version")
        return _model(self.model, self.fingerprint)

    def _text(self, rows: Sequence[Row], facts: dict[str, dict[str, Any]]) -> str:
        if self.kind == "jsonl":
            return "".join([_ENCODE(row) + "\n" for row in rows])
        return "" if self.kind == "rows" else self._csv(rows, facts).split("\r\n", 1)[1]

    def header(self) -> bytes:
        """What the output begins with."""
        return ("\ufeff" + self._csv([], {}).split("\r\n", 1)[0] + "\r\n").encode() if self.kind == "csv" else b""

    def _csv(self, rows: Sequence[Row], facts: dict[str, dict[str, Any]]) -> str:
        from toolkit.codebook import load_codebook
        from toolkit.tables import csv_text, items_table

        return csv_text(items_table(rows, load_codebook(), facts, self.language))


@lru_cache(maxsize=1)
def _model(folder: str | None, fingerprint: str) -> ReportModel:
    """The model of this process, loaded once; another than the run began with is refused."""
    found = model_fingerprint(folder)
    if found != fingerprint:
        raise ModelError(
            "is another version of the model than the run began with",
            where=folder or shipped("models", "themes"),
            remedy="give every worker the same model",
        )
    return load_model(folder)


def model_fingerprint(folder: str | None = None) -> str:
    """Hash of the model's manifest, which itself holds the hash of every array."""
    path = (shipped("models", "themes") if folder is None else Path(folder)) / "manifest.json"
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        load_model(folder)  # says what is wrong with the folder
        raise


def run_tasks(tasks: Iterable[Task], work: Work, jobs: int = 1, cluster: str | None = None) -> Iterator[Done]:
    """Results in order of ``tasks``, from this process, ``jobs`` processes, or the Dask scheduler at ``cluster``.

    Raises:
        InputError: the cluster can't be reached, or workers die again and again.
    """
    if cluster is None and jobs == 1:
        yield from map(work, tasks)
        return
    from joblib import Parallel, delayed, parallel_config
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    with _client(cluster) if cluster else _nothing() as lost:
        where = {"backend": "dask"} if cluster else {"backend": "loky"}
        # Two tasks a worker wait at most, so memory does not grow with the input.
        with parallel_config(**where, n_jobs=-1 if cluster else jobs):
            options: dict[str, Any] = {"return_as": "generator", "pre_dispatch": "2*n_jobs", "batch_size": 1}
            pool = Parallel(**options)
            try:
                yield from pool(delayed(work)(task) for task in tasks)  # type: ignore
            except (TerminatedWorkerError, *lost) as problem:
                reason = type(problem).__name__
                raise InputError(
                    f"workers died ({reason})", where=cluster or f"--jobs {jobs}", remedy="give them more memory"
                ) from None


@contextmanager
def _nothing() -> Iterator[tuple[type[Exception], ...]]:
    yield ()


@contextmanager
def _client(address: str) -> Iterator[tuple[type[Exception], ...]]:
    """A connection to the Dask scheduler at ``address``; gives the errors that mean it was lost."""
    try:
        from distributed import Client, KilledWorker  # pyright: ignore[reportMissingImports]
        from distributed.comm.core import CommClosedError  # pyright: ignore[reportMissingImports]
    except ImportError:
        remedy = "pip install 'fazhi-toolkit[dask]'"
        raise InputError("dask is not installed", where="--cluster", remedy=remedy) from None
    try:
        client = Client(address, timeout="10s")
    except (OSError, ValueError, TimeoutError):
        remedy = "give a running scheduler, tcp://HOST:8786"
        raise InputError("no cluster answers", where=address, remedy=remedy) from None
    try:
        yield (KilledWorker, CommClosedError)
    finally:
        with suppress(Exception):
            client.close(timeout=5)
