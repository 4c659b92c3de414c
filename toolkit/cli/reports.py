"""Commands over reports: parse, classify, explain, duplicates, topics, report, plot."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.cli.terminal import progress_bar, say, show, show_json
from toolkit.errors import FazhiError, InputError

if TYPE_CHECKING:
    from toolkit.document import Document
    from toolkit.stream import Done, Task


class _Reports:
    """The reports that a command names; one among several that can't be read is told, skipped and counted."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        from toolkit.pipeline import documents_of
        from toolkit.read import limits_of

        self.refused = 0
        strict = _strict(arguments)
        self.documents = documents_of(arguments.paths, None if strict else self._skip, limits_of(arguments.limit))

    def all(self) -> list[Document]:
        """All of them.

        Raises:
            InputError: none could be read.
        """
        found = list(self.documents)
        if not found:
            raise InputError(f"none of the {self.refused} reports could be read", remedy="see the lines above")
        return found

    def _skip(self, problem: FazhiError) -> None:
        self.refused += 1
        say(f"fazhi: skipped: {problem}")

    def code(self) -> int:
        """The exit code, after saying how many were skipped."""
        if self.refused:
            say(f"{self.refused} reports could not be read and were skipped")
        return int(self.refused > 0)


def _strict(arguments: argparse.Namespace) -> bool:
    """Whether the first report that can't be read ends the command: asked for, or it is the only one."""
    first = Path(arguments.paths[0]) if arguments.paths else Path()
    return arguments.strict or (len(arguments.paths) == 1 and first.is_file() and first.suffix.lower() != ".zip")


def run_parse(arguments: argparse.Namespace) -> int:
    from toolkit.pipeline import describe

    reports = _Reports(arguments)
    for document in reports.documents:
        if arguments.json:
            facts = {key: {"value": found.value, "source": found.source} for key, found in document.metadata.items()}
            items = [
                {
                    "id": i.id,
                    "kind": i.kind,
                    "level": i.level,
                    "start": i.start,
                    "end": i.end,
                    "headings": list(i.headings),
                    "text": i.text,
                }
                for i in document.items
            ]
            row = {"document": document.name, "metadata": facts, "items": items}
            show_json(json.dumps(row, ensure_ascii=False) + "\n")
            continue
        show(f"{document.name}: {len(document.items)} items  {describe(document).get('title', '')}")
        for item in document.items:
            line = " ".join(item.text.split())
            show(f"  {item.id} {item.kind:9} {'  ' * len(item.headings)}{line[:60]}{'…' if len(line) > 60 else ''}")
    return reports.code()


def run_classify(arguments: argparse.Namespace) -> int:
    from toolkit.read import limits_of
    from toolkit.stream import Progress, Work, model_fingerprint, run_tasks, tasks_of_items, tasks_of_reports
    from toolkit.stream import write_results as write

    if bool(arguments.paths) == bool(arguments.items):
        raise InputError("give reports, or --items FILE.jsonl", where="classify")
    kind = Path(arguments.output).suffix.lower() if arguments.output else ".jsonl"
    if kind not in (".jsonl", ".csv", ".xlsx"):
        raise InputError(
            f"no output format {kind!r}", where=arguments.output, remedy="end the name with .jsonl, .csv or .xlsx"
        )
    if arguments.resume and (not arguments.output or kind == ".xlsx"):
        raise InputError("--resume needs -o with a name in .jsonl or .csv", where="classify")
    if arguments.jobs < 1:
        raise InputError(f"--jobs is {arguments.jobs}, not 1 or more", where="classify")
    limits = limits_of(arguments.limit)
    work = Work(
        model=arguments.model,
        fingerprint=model_fingerprint(arguments.model),
        evidence=arguments.evidence,
        kind="jsonl" if kind == ".jsonl" else "csv" if kind == ".csv" else "rows",
        language=arguments.language,
        strict=_strict(arguments),
        limits=limits,
    )
    tasks = tasks_of_items(Path(arguments.items)) if arguments.items else tasks_of_reports(arguments.paths, limits)
    total = Path(arguments.items).stat().st_size if arguments.items and Path(arguments.items).is_file() else 0

    def run(each: Iterable[Task]) -> Iterator[Done]:
        return run_tasks(each, work, arguments.jobs, arguments.cluster)

    with progress_bar(total) as advance:

        def told(done: Done) -> None:
            for problem in done.refused:
                say(f"fazhi: skipped: {problem}")
            advance(done.task.size)

        if arguments.output and kind != ".xlsx":
            so_far = write(tasks, work, Path(arguments.output), run, resume=arguments.resume, seen=told)
        else:
            so_far, rows, facts = Progress(), [], {}
            for done in run(tasks):
                told(done)
                show_json(done.text.decode())
                rows.extend(done.rows)
                facts.update(done.facts)
                so_far.add(done)
                if done.failure is not None:
                    raise done.failure
            if arguments.output:
                _write_workbook(rows, facts, arguments)
    if arguments.output:
        say(f"{so_far.items} items of {so_far.documents} documents → {arguments.output}")
    if so_far.refused:
        say(f"{so_far.refused} reports could not be read and were skipped")
    return 1 if so_far.refused else 0


def _write_workbook(rows: list[dict[str, Any]], facts: dict[str, Any], arguments: argparse.Namespace) -> None:
    from toolkit.codebook import load_codebook
    from toolkit.report import results_tables
    from toolkit.tables import write_xlsx

    codebook = load_codebook(Path(arguments.codebook) if arguments.codebook else None)
    write_xlsx(results_tables(rows, facts, codebook, arguments.language), Path(arguments.output))


def run_explain(arguments: argparse.Namespace) -> None:
    from toolkit.evidence import evidence_of
    from toolkit.pipeline import documents_of
    from toolkit.read import limits_of
    from toolkit.store import load_model, read_names

    model = load_model(arguments.model)
    names = read_names(arguments.model, arguments.language)
    for document in documents_of([arguments.path], limits=limits_of(arguments.limit)):
        for prediction in model.predict(document):
            item = prediction.item
            if item.id != arguments.item:
                continue
            show(" > ".join(item.headings) or document.title or document.name)
            for line in item.text.splitlines():
                show(line)
            show(f"stage: {names.get(prediction.stage, prediction.stage)} ({prediction.stage_probability:.2f})")
            evidence = list(evidence_of(model, prediction))
            for theme in prediction.themes:
                phrases = [
                    f"“{found.span.of(document.text)}” {found.weight:.0%}"
                    for found in evidence
                    if found.theme == theme.id
                ]
                show(f"{names.get(theme.id, theme.id)} ({theme.probability:.2f}): {'  '.join(phrases)}")
            if not prediction.themes:
                show("no theme")
            if prediction.uncertain:
                show("uncertain: look at this item")
            return
    raise InputError(f"no item {arguments.item!r}", where=arguments.path, remedy="fazhi parse FILE shows the ids")


def run_duplicates(arguments: argparse.Namespace) -> int:
    from toolkit.duplicates import find_repeats
    from toolkit.pipeline import write_jsonl
    from toolkit.tables import repeats_tables, write_csv, write_xlsx

    kind = Path(arguments.output).suffix.lower() if arguments.output else ".jsonl"
    if kind not in (".jsonl", ".csv", ".xlsx"):
        raise InputError(
            f"no output format {kind!r}", where=arguments.output, remedy="end the name with .jsonl, .csv or .xlsx"
        )
    if not 0 < arguments.threshold <= 1:
        raise InputError(f"--threshold is {arguments.threshold}, not above 0 and at most 1", where="duplicates")
    reports = _Reports(arguments)
    documents = reports.all()
    if len(documents) < 2:
        raise InputError("one report alone repeats no other", where=documents[0].name, remedy="give two or more")
    found = find_repeats(documents, arguments.threshold)
    passages, shares = repeats_tables(documents, found, arguments.language)
    if kind == ".jsonl":
        keys = [column.lower().replace(" ", "_") for column in repeats_tables(documents, found, "en")[0].columns]
        rows = (dict(zip(keys, row, strict=True)) for row in passages.rows)
        if arguments.output:
            write_jsonl(rows, Path(arguments.output))
        else:
            for row in rows:
                show_json(json.dumps(row, ensure_ascii=False) + "\n")
    elif kind == ".csv":
        write_csv(passages, Path(arguments.output))
    else:
        write_xlsx([passages, shares], Path(arguments.output))
    for document, share in zip(documents, found.shares, strict=True):
        say(f"{share:6.1%} repeated  {document.name}  {document.title}")
    if arguments.output:
        say(f"{len(found.repeats)} passages of {len(documents)} reports → {arguments.output}")
    return reports.code()


def run_topics(arguments: argparse.Namespace) -> int:
    from toolkit.codebook import load_codebook
    from toolkit.pipeline import write_jsonl
    from toolkit.stream import documents_of_items
    from toolkit.topicfiles import load_topics, save_run, train_topics
    from toolkit.topics.corpus import corpus_of_documents
    from toolkit.topics.run import read_topics_config, topics_for_items
    from toolkit.topics.run import run_topics as fit

    if bool(arguments.paths) == bool(arguments.items):
        raise InputError("give reports or an experiment, or --items FILE.jsonl", where="topics")
    if arguments.items:
        topics = load_topics(arguments.model)
        documents = documents_of_items(Path(arguments.items))
        rows = (found.row() for document in documents for found in topics_for_items(topics, document.items))
        if arguments.output:
            say(f"{write_jsonl(rows, Path(arguments.output))} items → {arguments.output}")
        else:
            for row in rows:
                show_json(json.dumps(row, ensure_ascii=False) + "\n")
        return 0
    codebook, options = load_codebook(), {"jobs": arguments.jobs, "judge": not arguments.no_quality, "progress": say}
    reports = None
    if len(arguments.paths) == 1 and arguments.paths[0].endswith(".toml"):
        path = Path(arguments.paths[0])
        config = read_topics_config(path)
        folder = path.resolve().parent.parent / "models" / config.name
        run = train_topics(config, folder, codebook, **options)
        say(f"model written to {folder}")
    else:
        reports = _Reports(arguments)
        run = fit(corpus_of_documents(reports.all()), codebook, **options)
    for note in run.notes:
        show(f"note: {note}")
    for topic in run.summary(8):
        show(f"{topic['share']:6.1%}  {topic['id']:24} {topic['name']}  {' '.join(topic['terms'])}")
    if run.sweep is not None:
        show(run.sweep.advice)
    if arguments.output:
        written = save_run(run, Path(arguments.output), codebook, language=arguments.language)
        say(f"{len(written)} files in {arguments.output}/")
    return reports.code() if reports else 0


def run_report(arguments: argparse.Namespace) -> int:
    from toolkit.codebook import NOISE, load_codebook
    from toolkit.pipeline import describe, rows_of
    from toolkit.report import build_report
    from toolkit.store import load_model
    from toolkit.tables import write_whole
    from toolkit.topicfiles import page_topics

    model, codebook = load_model(arguments.model), load_codebook(arguments.codebook and Path(arguments.codebook))
    reports = _Reports(arguments)
    documents = reports.all()
    rows = [row for document in documents for row in rows_of(document, model, evidence=True)]
    facts = {document.name: describe(document) for document in documents}
    items = (item for document in documents for item in document.items)
    topics = page_topics([item for item, row in zip(items, rows, strict=True) if row["stage"] != NOISE])
    page = build_report(rows, facts, codebook, topics, arguments.language, arguments.title)
    write_whole(Path(arguments.output), page.encode())
    say(f"{len(rows)} items of {len(documents)} reports → {arguments.output}")
    return reports.code()


def run_plot(arguments: argparse.Namespace) -> None:
    from toolkit.codebook import load_codebook
    from toolkit.pipeline import describe_rows, read_rows_file
    from toolkit.plots import plot_results

    codebook = load_codebook(arguments.codebook and Path(arguments.codebook))
    rows = read_rows_file(Path(arguments.results), codebook)
    folder = Path(arguments.output)
    for path in plot_results(rows, describe_rows(rows), codebook, folder, language=arguments.language):
        show(str(path))
