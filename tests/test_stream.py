"""Streaming: the same bytes for any number of workers, an interrupted run goes on, and what breaks is named."""

from __future__ import annotations

import errno
import json
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit import stream
from toolkit.classify import Prediction, ThemeScore
from toolkit.cli import main
from toolkit.document import KINDS, Item
from toolkit.errors import FazhiError, InputError, ModelError
from toolkit.pipeline import lines_of, row_of
from toolkit.stream import Done, Task, Work, model_fingerprint, run_tasks, tasks_of_items, tasks_of_reports
from toolkit.stream import tasks as cutting

from .conftest import REPORT

ITEMS = [line for line in REPORT.split("\n") if line]


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """Nine reports of three places."""
    folder = tmp_path / "reports"
    folder.mkdir()
    for number in range(9):
        text = REPORT.replace("澄江县", "澄碧浣"[number % 3] + "江县").replace("832", str(100 + number))
        (folder / f"{number}.txt").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def items(tmp_path: Path) -> Path:
    """Ninety items in one file."""
    path = tmp_path / "items.jsonl"
    rows = [{"id": f"{k}", "text": ITEMS[k % len(ITEMS)]} for k in range(90)]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks so small that a few reports make many."""
    monkeypatch.setattr(cutting, "TASK_FILES", 2)
    monkeypatch.setattr(cutting, "MOST_ITEMS", 20)


TEXTS = st.text(alphabet='调解件"\\\n\t\x00\x1f\x7f\u2028 /0é😀', max_size=8)


@settings(max_examples=100, deadline=None)
@given(
    TEXTS, st.lists(st.tuples(TEXTS, st.lists(TEXTS, max_size=2), st.lists(st.floats(0, 1), max_size=3)), max_size=4)
)
def test_lines_are_the_rows_as_json(name: str, drawn: list[tuple[str, list[str], list[float]]]) -> None:
    """Written field by field, or as a row through json: the same text."""
    found = [
        Prediction(
            Item(text, number, number + len(text), text, KINDS[number], 1, tuple(headings)),
            "plan",
            0.5,
            tuple(ThemeScore(f"t{number}", sure) for number, sure in enumerate(scores)),
            number % 2 == 0,
        )
        for number, (text, headings, scores) in enumerate(drawn)
    ]
    rows = [json.dumps(row_of(name, each), ensure_ascii=False) + "\n" for each in found]
    assert lines_of(name, found) == "".join(rows)


@pytest.mark.parametrize(
    "line",
    [
        b'{"id": "1", "text": "\xe8\xb0\x83"}\n',
        b'{"id": "1"}\r\n',
        b'{"id": "1"}',
        b' {"id": 1} \t\n',
        b'{"id": "1"} {"id": "2"}\n',
        b'{"id": "1"},\n',
        b"{'id': 1}\n",
        b'{"id": "\xff"}\n',
        b'{"id": "\xed\xa0\x80"}\n',
        b'{"id": NaN}\n',
        b"nothing\n",
        b"7\n",
        '{"id": "调"}'.encode("utf-16"),
        b"[" * 100_000,
    ],
)
def test_a_line_is_read_as_json_reads_it(line: bytes) -> None:
    """The short way gives the same value, and leaves what is wrong to json."""

    def said(read: Callable[[bytes], Any]) -> str:
        try:
            return repr(read(line))
        except (ValueError, RecursionError) as problem:
            return f"{type(problem)} {problem}"

    assert said(cutting._parsed) == said(json.loads)


def work(**options: Any) -> Work:
    return Work(fingerprint=model_fingerprint(), **options)


def alone(each: Work) -> Callable[[Iterable[Task]], Iterator[Done]]:
    return lambda tasks: run_tasks(tasks, each)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".xlsx"])
def test_tasks_do_not_show_in_the_output(reports: Path, tmp_path: Path, suffix: str) -> None:
    """One document at a time and all at once write the same rows."""
    assert main(["classify", str(reports), "-o", str(tmp_path / f"a{suffix}")]) == 0
    cutting.TASK_FILES = 1000
    assert main(["classify", str(reports), "-o", str(tmp_path / f"b{suffix}")]) == 0
    if suffix != ".xlsx":
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"a{suffix}", f"b{suffix}", "reports"]


def test_any_number_of_workers_gives_the_same_bytes(items: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(cutting, "MOST_ITEMS", 20)
    for jobs in ("1", "2", "3"):
        assert main(["classify", "--items", str(items), "--jobs", jobs, "-o", str(tmp_path / f"{jobs}.jsonl")]) == 0
    one = (tmp_path / "1.jsonl").read_bytes()
    assert [json.loads(line)["id"] for line in one.splitlines()] == [str(k) for k in range(90)]
    assert (tmp_path / "2.jsonl").read_bytes() == one
    assert (tmp_path / "3.jsonl").read_bytes() == one


def test_a_file_of_one_report_is_one_task(items: Path) -> None:
    [task] = tasks_of_items(items)
    assert len(task.items) == 90


@pytest.mark.usefixtures("small")
def test_a_long_file_is_cut_where_a_report_begins(items: Path) -> None:
    tasks = list(tasks_of_items(items))
    assert sum(len(task.items) for task in tasks) == 90
    assert max(len(task.items) for task in tasks) <= 20
    for task in tasks:
        assert task.items[0][1].endswith("工作总结")


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("broken_at", [0, 2, 4])
def test_an_interrupted_run_goes_on_to_the_same_bytes(reports: Path, tmp_path: Path, broken_at: int) -> None:
    out, whole = tmp_path / "out.jsonl", tmp_path / "whole.jsonl"
    each = work()
    stream.write_results(tasks_of_reports([str(reports)]), each, whole, alone(each))

    def dies(tasks: Iterable[Task]) -> Iterator[Done]:
        for number, done in enumerate(run_tasks(tasks, each)):
            if number == broken_at:
                raise KeyboardInterrupt
            yield done

    with pytest.raises(KeyboardInterrupt):
        stream.write_results(tasks_of_reports([str(reports)]), each, out, dies)
    assert not out.exists()
    if broken_at:
        partial = tmp_path / "out.jsonl.unfinished"
        assert whole.read_bytes().startswith(partial.read_bytes())
        with partial.open("ab") as file:
            file.write(b'{"half a ro')
        with (tmp_path / "out.jsonl.journal").open("ab") as file:
            file.write(b'{"mark"')
    asked: list[Task] = []

    def counted(tasks: Iterable[Task]) -> Iterator[Done]:
        for task in tasks:
            asked.append(task)
            yield each(task)

    so_far = stream.write_results(tasks_of_reports([str(reports)]), each, out, counted, resume=True)
    assert out.read_bytes() == whole.read_bytes()
    assert so_far.documents == 9
    assert len(asked) == 5 - broken_at
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.jsonl", "reports", "whole.jsonl"]


@pytest.mark.usefixtures("small")
def test_resuming_refuses_another_input_or_other_options(reports: Path, tmp_path: Path) -> None:
    out, each = tmp_path / "out.jsonl", work()

    def dies(tasks: Iterable[Task]) -> Iterator[Done]:
        yield each(next(iter(tasks)))
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(InputError, match=r"out.jsonl: can't be written: no space left.*kept in out.jsonl.unfinished"):
        stream.write_results(tasks_of_reports([str(reports)]), each, out, dies)
    other = work(evidence=True)
    with pytest.raises(InputError, match="other options"):
        stream.write_results(tasks_of_reports([str(reports)]), other, out, alone(other), resume=True)
    (reports / "0.txt").write_text("一、调解\n排查纠纷9件。", encoding="utf-8")
    with pytest.raises(InputError, match=r"0.txt: the input changed since"):
        stream.write_results(tasks_of_reports([str(reports)]), each, out, alone(each), resume=True)


@pytest.mark.usefixtures("small")
def test_a_report_that_vanishes_is_named_and_the_rest_is_done(reports: Path, tmp_path: Path) -> None:
    tasks = tasks_of_reports([str(reports)])
    first = next(tasks)
    (reports / "1.txt").unlink()
    done = work()(first)
    assert done.documents == 1
    assert [line for line in done.refused if "1.txt: no such file" in line]


def test_a_report_that_changes_while_it_is_read_is_named(report: Path, monkeypatch: Any) -> None:
    plain = cutting.read_report

    def slow(path: Path, limits: Any) -> Any:
        document = plain(path, limits)
        os.utime(path, ns=(0, 0))
        return document

    monkeypatch.setattr(cutting, "read_report", slow)
    with pytest.raises(InputError, match=r"澄江县.txt: changed while it was read"):
        cutting.read_unchanged(report)


@pytest.mark.usefixtures("small")
def test_items_that_change_while_they_are_read_are_named(items: Path) -> None:
    tasks = tasks_of_items(items)
    assert next(tasks).failure is None
    with items.open("a", encoding="utf-8") as file:
        file.write('{"id": "x", "text": "普法"}\n')
    last = list(tasks)[-1]
    assert "items.jsonl: changed while it was read" in str(last.failure)


def test_topics_of_items_are_the_same_in_pieces(items: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, pieces = tmp_path / "whole.jsonl", tmp_path / "pieces.jsonl"
    assert main(["topics", "--items", str(items), "-o", str(whole)]) == 0
    monkeypatch.setattr(cutting, "MOST_ITEMS", 8)
    assert main(["topics", "--items", str(items), "-o", str(pieces)]) == 0
    assert pieces.read_bytes() == whole.read_bytes()
    with items.open("a", encoding="utf-8") as file:
        file.write("{}\n")
    pieces.unlink()
    assert main(["topics", "--items", str(items), "-o", str(pieces)]) == 1
    assert not pieces.exists()


@pytest.mark.usefixtures("small")
def test_items_that_vanish_while_they_are_read_are_named_and_finished_rows_kept(items: Path, tmp_path: Path) -> None:
    each, out = work(), tmp_path / "out.jsonl"

    def vanishing(tasks: Iterable[Task]) -> Iterator[Done]:
        for task in tasks:
            items.unlink(missing_ok=True)
            yield each(task)

    with pytest.raises(InputError, match=r"items.jsonl: .*no such file.*kept in out.jsonl.unfinished"):
        stream.write_results(tasks_of_items(items), each, out, vanishing)
    assert len((tmp_path / "out.jsonl.unfinished").read_text("utf-8").splitlines()) > 60


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"id": "3", "text": "普法"}', "items.jsonl:91: id '3' stands twice"),
        ('{"id": "a", "text": 3}', "items.jsonl:91: 'text' is '3', not a text"),
        ('{"id": "a"', "items.jsonl:91: not valid JSON"),
    ],
)
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_broken_line_keeps_the_rows_before_it(
    items: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, says: str, jobs: str
) -> None:
    with items.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    out = tmp_path / "out.jsonl"
    assert main(["classify", "--items", str(items), "-o", str(out), "--jobs", jobs]) == 1
    [printed] = capsys.readouterr().err.strip().splitlines()
    assert says in printed
    assert "go on with --resume" in printed
    assert not out.exists()
    kept = (tmp_path / "out.jsonl.unfinished").read_text("utf-8").splitlines()
    assert [json.loads(row)["id"] for row in kept] == [str(k) for k in range(len(kept))]
    assert len(kept) > 60


def test_a_worker_with_another_model_is_refused(items: Path) -> None:
    [task] = tasks_of_items(items)
    done = Work(fingerprint="0" * 64)(task)
    assert isinstance(done.failure, ModelError)
    assert "another version of the model" in str(done.failure)
    done = Work(fingerprint=model_fingerprint(), version="0.0.1")(task)
    assert "a worker has toolkit" in str(done.failure)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("journal", [b"", b'{"toolkit": "0.'])
def test_a_run_stopped_before_its_first_line_is_done_anew(reports: Path, tmp_path: Path, journal: bytes) -> None:
    """A kill may fall between making the journal and writing to it."""
    out, each = tmp_path / "out.jsonl", work()
    stream.write_results(tasks_of_reports([str(reports)]), each, out, alone(each))
    whole = out.read_bytes()
    out.unlink()
    (tmp_path / "out.jsonl.journal").write_bytes(journal)
    (tmp_path / "out.jsonl.unfinished").write_bytes(b"")
    stream.write_results(tasks_of_reports([str(reports)]), each, out, alone(each), resume=True)
    assert out.read_bytes() == whole


@pytest.mark.usefixtures("small")
def test_rows_before_a_worker_with_another_model_are_kept(items: Path, tmp_path: Path) -> None:
    """It joined late; what the others finished stays, and a run with the right workers goes on from there."""
    out, right = tmp_path / "out.jsonl", work()
    late = replace(right, fingerprint="0" * 64)
    tasks = list(tasks_of_items(items))
    assert len(tasks) > 3

    def run(each: Any) -> Any:
        return ((right if number < 2 else late)(task) for number, task in enumerate(each))

    with pytest.raises(ModelError, match="is another version of the model than the run began with; give every worker"):
        stream.write_results(tasks, right, out, run)
    kept = (tmp_path / "out.jsonl.unfinished").read_bytes()
    assert kept.count(b"\n") == sum(len(task.items) for task in tasks[:2])
    stream.write_results(tasks, right, out, alone(right), resume=True)
    assert out.read_bytes().startswith(kept)
    assert out.read_bytes().count(b"\n") == sum(len(task.items) for task in tasks)


def test_a_line_without_an_end_is_a_plain_error(
    tmp_path: Path, monkeypatch: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cutting, "LINE_BYTES", 1000)
    path = tmp_path / "items.jsonl"
    path.write_text('{"id": "1", "text": "' + "调" * 1000, encoding="utf-8")
    assert main(["classify", "--items", str(path)]) == 1
    assert f"{path}:1: more than 1,000 bytes; one item a line" in capsys.readouterr().err


def test_an_unreachable_cluster_is_a_plain_error(
    items: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("distributed", reason="the dask extra is not installed")
    out = tmp_path / "out.jsonl"
    assert main(["classify", "--items", str(items), "-o", str(out), "--cluster", "nonsense://here"]) == 1
    assert "nonsense://here: no cluster answers" in capsys.readouterr().err
    assert not list(tmp_path.glob("out.jsonl*"))


def test_errors_survive_the_way_from_a_worker() -> None:
    import pickle

    problem = InputError("is empty", where="报告.txt", remedy="give text")
    again: FazhiError = pickle.loads(pickle.dumps(problem))
    assert (str(again), again.where, type(again)) == (str(problem), "报告.txt", InputError)


def test_a_cluster_gives_the_same_bytes_also_when_a_worker_is_killed(
    items: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes behind a scheduler; one dies in the middle and its task is done by another."""
    distributed = pytest.importorskip("distributed", reason="the dask extra is not installed")
    monkeypatch.setattr(cutting, "MOST_ITEMS", 8)
    plain, out = tmp_path / "plain.jsonl", tmp_path / "out.jsonl"
    each = work()
    stream.write_results(tasks_of_items(items), each, plain, alone(each))
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster:
        pids = [worker.pid for worker in cluster.workers.values()]
        killed: list[int] = []

        def seen(_: Done) -> None:
            if not killed:
                killed.append(pids[0])
                os.kill(pids[0], signal.SIGKILL)

        stream.write_results(
            tasks_of_items(items),
            each,
            out,
            lambda tasks: run_tasks(tasks, each, cluster=cluster.scheduler_address),
            seen=seen,
        )
    assert killed
    assert out.read_bytes() == plain.read_bytes()
