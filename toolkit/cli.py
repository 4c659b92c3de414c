"""``fazhi``: parse the command line, make one public call, print.

Heavy modules are imported by the command that needs them.

Exit codes: 0 done, 1 a plain error in one line on stderr, 2 usage.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.errors import FazhiError, InputError, printable
from toolkit.resources import VERSION

if TYPE_CHECKING:
    from toolkit.codebook import Codebook
    from toolkit.labels import Labelled
    from toolkit.stream import Done, Task


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show a character is no reason to stop
            stream.reconfigure(errors="backslashreplace")
    parser = build_parser()
    arguments = parser.parse_args(argv)
    if not hasattr(arguments, "run"):
        parser.print_help()
        return 2
    try:
        return int(arguments.run(arguments) or 0)
    except FazhiError as problem:
        print(f"fazhi: {problem}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except OSError as problem:  # a name too long, a share that went away: plain to the user, whichever call met it
        reason = (problem.strerror or type(problem).__name__).lower()
        print(f"fazhi: {InputError(reason, where=problem.filename)}", file=sys.stderr)
        return 1
    except MemoryError:
        print("fazhi: not enough memory; give fewer or smaller files at a time", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("fazhi: stopped; no result is half-written, and classify --resume goes on from here", file=sys.stderr)
        return 1


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="fazhi", description="Themes, topics and evidence in Chinese justice-bureau reports."
    )
    parser.add_argument("--version", action="version", version=f"fazhi {VERSION}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def add(
        name: str, run: Callable[[argparse.Namespace], int | None], help_: str, example: str
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=help_, description=help_, epilog=f"example: {example}")
        command.set_defaults(run=run)
        return command

    command = add("demo", run_demo, "train, classify, fit topics and draw on the shipped reports", "fazhi demo -o demo")
    command.add_argument("-o", "--output", default="demo", help="folder for everything (default: demo)")
    _language(command)
    _jobs(command)

    command = add("parse", run_parse, "show the structure found in reports", "fazhi parse report.html")
    command.add_argument("paths", nargs="+", metavar="FILE")
    command.add_argument("--json", action="store_true", help="one JSON object a document")

    command = add(
        "train", run_train, "train a model from an experiment", "fazhi train experiments/themes.toml --set learn.c=1.0"
    )
    command.add_argument("config", metavar="CONFIG.toml")
    command.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override one dotted key")
    command.add_argument("-o", "--output", help="model folder (default: as the experiment says)")
    _jobs(command)

    command = add("classify", run_classify, "label every item of reports", "fazhi classify reports/ -o out.jsonl")
    command.add_argument("paths", nargs="*", metavar="PATH")
    command.add_argument("--items", metavar="FILE.jsonl", help='items already split: {"id","text"[,"headings"]} a line')
    command.add_argument("-o", "--output", help="out.jsonl, out.csv or out.xlsx (default: JSON lines to the terminal)")
    command.add_argument("--evidence", action="store_true", help="add the phrases that carried each theme")
    command.add_argument("--strict", action="store_true", help="stop at the first report that can't be read")
    command.add_argument("--resume", action="store_true", help="go on where an interrupted run with this -o stopped")
    command.add_argument("--cluster", metavar="ADDRESS", help="a Dask scheduler to work on, tcp://HOST:8786")
    _model(command)
    _language(command)
    _jobs(command)

    command = add("explain", run_explain, "why an item carries its themes", "fazhi explain report.txt 0007")
    command.add_argument("path", metavar="FILE")
    command.add_argument("item", metavar="ITEM")
    _model(command)
    _language(command)

    command = add("evaluate", run_evaluate, "score a model on gold labels", "fazhi evaluate gold.jsonl --json")
    command.add_argument("gold", nargs="+", metavar="GOLD.jsonl")
    command.add_argument("--json", action="store_true", help="all figures as JSON")
    _model(command)

    command = add("labels", run_labels, "check labelled reports, or draw their learning curve", "fazhi labels check")
    command.add_argument("action", choices=["check", "curve"])
    command.add_argument("--beside", nargs="*", default=[], metavar="GOLD.jsonl", help="gold rows to compare with")
    command.add_argument("-o", "--output", default="experiments", help="folder of the curve (default: experiments)")
    _jobs(command)
    command.add_argument("folder", nargs="?", help="folder of labelled reports (default: the shipped ones)")
    command.add_argument("--codebook", help="codebook folder (default: the shipped one)")

    command = add(
        "topics", run_topics, "topics, their words and names, shares, quality", "fazhi topics reports/ -o topics"
    )
    command.add_argument("paths", nargs="*", metavar="PATH|EXPERIMENT.toml")
    command.add_argument("--items", metavar="FILE.jsonl", help="a row an item from a stored model (with --model)")
    command.add_argument("--model", metavar="DIR", help="stored topics (default: the shipped models/topics)")
    command.add_argument("-o", "--output", help="folder for tables and figures; with --items a .jsonl file")
    command.add_argument(
        "--no-quality", action="store_true", help="leave out coherence and stability, which take longest"
    )
    _language(command)
    _jobs(command)

    command = add(
        "report", run_report, "one HTML page to hand on, without network", "fazhi report reports/ -o report.html"
    )
    command.add_argument("paths", nargs="+", metavar="PATH")
    command.add_argument("-o", "--output", default="report.html", help="the page (default: report.html)")
    command.add_argument("--title", help="heading of the page")
    _model(command)
    _language(command)

    command = add(
        "export",
        run_export,
        "learn a plain scikit-learn pipeline and write it as a joblib file, which is code",
        "fazhi export experiments/themes.toml -o themes.joblib",
    )
    command.add_argument("config", metavar="CONFIG.toml")
    command.add_argument("-o", "--output", required=True, metavar="FILE.joblib")

    command = add("plot", run_plot, "draw figures of classified reports", "fazhi plot out.jsonl -o figures/")
    command.add_argument("results", metavar="RESULTS.jsonl")
    command.add_argument("-o", "--output", default="figures", help="folder (default: figures)")
    _language(command)
    return parser


def _model(command: argparse.ArgumentParser) -> None:
    command.add_argument("--model", metavar="DIR", help="model folder (default: the shipped models/themes)")


def _language(command: argparse.ArgumentParser) -> None:
    command.add_argument("--language", choices=["zh", "en"], default="zh", help="of what readers see (default: zh)")


def _jobs(command: argparse.ArgumentParser) -> None:
    command.add_argument("--jobs", type=int, default=1, metavar="N", help="workers; any number gives the same result")


def run_demo(arguments: argparse.Namespace) -> None:
    from toolkit.demo import demo

    demo(Path(arguments.output), language=arguments.language, jobs=arguments.jobs, say=_say)


def run_parse(arguments: argparse.Namespace) -> None:
    from toolkit.pipeline import describe, documents_of

    for document in documents_of(arguments.paths):
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
            _print(json.dumps({"document": document.name, "metadata": facts, "items": items}, ensure_ascii=False))
            continue
        _print(f"{document.name}: {len(document.items)} items  {describe(document).get('title', '')}")
        for item in document.items:
            line = " ".join(item.text.split())
            _print(f"  {item.id} {item.kind:9} {'  ' * len(item.headings)}{line[:60]}{'…' if len(line) > 60 else ''}")


def run_train(arguments: argparse.Namespace) -> None:
    from toolkit.experiment import read_config, run_training

    path = Path(arguments.config)
    config = read_config(path, arguments.set)
    run = run_training(
        config,
        path.resolve().parent,
        out=Path(arguments.output) if arguments.output else None,
        jobs=arguments.jobs,
        say=_say,
    )
    for fault in run.warnings[:20]:
        _print(f"label fault: {fault}")
    for name, scores in run.scores.items():
        low, high = scores["micro_f1_interval"]
        stage = f", stage accuracy {scores['stage_accuracy']:.3f}" if "stage_accuracy" in scores else ""
        _print(
            f"{name}: micro-F1 {scores['micro_f1']:.3f} ({low:.3f}–{high:.3f}), macro-F1 {scores['macro_f1']:.3f}"
            f"{stage}, calibration error {scores['calibration_error']:.3f}"
        )
    _print(f"label next: {', '.join(run.asked_next)}")


def run_classify(arguments: argparse.Namespace) -> int:
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
    work = Work(
        model=arguments.model,
        fingerprint=model_fingerprint(arguments.model),
        evidence=arguments.evidence,
        kind="jsonl" if kind == ".jsonl" else "csv" if kind == ".csv" else "rows",
        language=arguments.language,
        strict=arguments.strict or (len(arguments.paths) == 1 and Path(arguments.paths[0]).is_file()),
    )
    tasks = tasks_of_items(Path(arguments.items)) if arguments.items else tasks_of_reports(arguments.paths)
    total = Path(arguments.items).stat().st_size if arguments.items and Path(arguments.items).is_file() else 0

    def run(each: Iterable[Task]) -> Iterator[Done]:
        return run_tasks(each, work, arguments.jobs, arguments.cluster)

    with _progress(total) as advance:

        def told(done: Done) -> None:
            for problem in done.refused:
                print(f"fazhi: skipped: {problem}", file=sys.stderr)
            advance(done.task.size)

        if arguments.output and kind != ".xlsx":
            so_far = write(tasks, work, Path(arguments.output), run, resume=arguments.resume, seen=told)
        else:
            so_far, rows, facts = Progress(), [], {}
            for done in run(tasks):
                told(done)
                sys.stdout.write(done.text.decode())
                rows.extend(done.rows)
                facts.update(done.facts)
                so_far.add(done)
                if done.failure is not None:
                    raise done.failure
            if arguments.output:
                _write_workbook(rows, facts, arguments)
    if arguments.output:
        _say(f"{so_far.items} items of {so_far.documents} documents → {arguments.output}")
    if so_far.refused:
        _say(f"{so_far.refused} reports could not be read and were skipped")
    return 1 if so_far.refused else 0


def _write_workbook(rows: list[dict[str, Any]], facts: dict[str, Any], arguments: argparse.Namespace) -> None:
    from toolkit.codebook import load_codebook
    from toolkit.report import results_tables
    from toolkit.tables import write_xlsx

    write_xlsx(results_tables(rows, facts, load_codebook(), arguments.language), Path(arguments.output))


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """Bytes done, rate and time left on stderr; nothing where nobody looks (a pipe, a file, CI)."""
    if not sys.stderr.isatty():
        yield lambda size: None
        return
    from rich import progress
    from rich.console import Console

    columns = (
        *(progress.BarColumn(), progress.DownloadColumn(), progress.TransferSpeedColumn()),
        *(progress.TimeElapsedColumn(), progress.TimeRemainingColumn()),
    )
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("classify", total=total or None)
        yield lambda size: bar.advance(task, size)


def run_explain(arguments: argparse.Namespace) -> None:
    from toolkit.pipeline import documents_of
    from toolkit.store import load_model, read_names

    model = load_model(arguments.model)
    names = read_names(arguments.model, arguments.language)
    for document in documents_of([arguments.path]):
        for prediction in model.predict(document):
            item = prediction.item
            if item.id != arguments.item:
                continue
            _print(" > ".join(item.headings) or document.title or document.name)
            _print(item.text)
            _print(f"stage: {names.get(prediction.stage, prediction.stage)} ({prediction.stage_probability:.2f})")
            evidence = list(model.evidence(prediction))
            for theme in prediction.themes:
                phrases = [
                    f"“{found.span.of(document.text)}” {found.weight:.0%}"
                    for found in evidence
                    if found.theme == theme.id
                ]
                _print(f"{names.get(theme.id, theme.id)} ({theme.probability:.2f}): {'  '.join(phrases)}")
            if not prediction.themes:
                _print("no theme")
            if prediction.uncertain:
                _print("uncertain: look at this item")
            return
    raise InputError(f"no item {arguments.item!r}", where=arguments.path, remedy="fazhi parse FILE shows the ids")


def run_evaluate(arguments: argparse.Namespace) -> None:
    from toolkit.codebook import load_codebook
    from toolkit.experiment import score_reports
    from toolkit.labels import load_gold
    from toolkit.store import load_model, read_names

    model = load_model(arguments.model)
    codebook = load_codebook()
    scores = score_reports(model, [load_gold(Path(path), codebook) for path in arguments.gold])
    if arguments.json:
        _print(json.dumps(scores, ensure_ascii=False, indent=1))
        return
    names = read_names(arguments.model, "zh")
    low, high = scores["micro_f1_interval"]
    _print(f"items {scores['items']}")
    _print(f"micro-F1 {scores['micro_f1']:.3f}  (95 % by report {low:.3f}–{high:.3f})")
    _print(f"macro-F1 {scores['macro_f1']:.3f}  over the themes present")
    if "stage_accuracy" in scores:
        _print(f"stage accuracy {scores['stage_accuracy']:.3f}")
    _print(f"expected calibration error {scores['calibration_error']:.3f}")
    _print(f"{'theme':26} {'precision':>9} {'recall':>7} {'F1':>6} {'items':>6}")
    for theme, quality in scores["themes"].items():
        figures = f"{quality['precision']:9.3f} {quality['recall']:7.3f} {quality['f1']:6.3f} {quality['support']:6d}"
        _print(f"{theme:26} {figures}  {names.get(theme, '')}")


def run_labels(arguments: argparse.Namespace) -> None:
    from toolkit.codebook import load_codebook
    from toolkit.labels import load_gold, load_reports
    from toolkit.resources import shipped

    codebook = load_codebook(Path(arguments.codebook) if arguments.codebook else None)
    reports = load_reports(Path(arguments.folder) if arguments.folder else shipped("labels", "reports"), codebook)
    beside = {path: load_gold(Path(path), codebook) for path in arguments.beside}
    if arguments.action == "curve":
        from toolkit.curves import learn_by_size, write_curve

        sides = {side: [r for r in reports if r.entry and r.entry.split == side] for side in ("train", "heldout")}
        tests = {"held-out reports": sides["heldout"]} | (
            {"development reports": list(beside.values())} if beside else {}
        )
        sizes = [*range(10, len(sides["train"]), 10), len(sides["train"])]
        points = learn_by_size(sides["train"], tests, codebook, sizes, jobs=arguments.jobs, say=_say)
        for path in write_curve(points, Path(arguments.output)):
            _print(str(path))
        return
    _check_labels(reports, beside, codebook)


def _check_labels(reports: Sequence[Labelled], beside: dict[str, Labelled], codebook: Codebook) -> None:
    from toolkit.curves import body_text, pairwise_novelty, type_token_curve
    from toolkit.experiment import find_faults
    from toolkit.words import Segmenter

    count = sum(len(report.themes) for report in reports)
    _print(f"{len(reports)} reports, {count} items, every span, id, stage and theme valid")
    for stage in codebook.stage_ids:
        _print(f"  {stage:24} {sum(report.stages.count(stage) for report in reports):5d} items")
    for theme in codebook.themes:
        within = [sum(theme.id in found for found in report.themes) for report in reports]
        _print(f"  {theme.id:24} {sum(within):5d} items in {sum(n > 0 for n in within):3d} reports  {theme.zh}")
    segmenter = Segmenter(codebook.words)
    for name, group in {"these reports": list(reports), "beside them": list(beside.values())}.items():
        if group:
            texts = [body_text(report) for report in group]
            types = type_token_curve(texts, segmenter, (1000, 2000, 5000, 10000, 20000, 50000, 100000))
            words = ", ".join(f"{types[n]:,} in {n:,}" for n in types)
            _print(f"{name}: distinct words {words}; 5-grams another report lacks {pairwise_novelty(texts):.1%}")
    for fault in find_faults(reports, codebook):
        _print(f"fault: {fault}")


def run_topics(arguments: argparse.Namespace) -> None:
    from toolkit.codebook import load_codebook
    from toolkit.pipeline import documents_of, items_document, write_jsonl
    from toolkit.topicfiles import load_topics, save_run, train_topics
    from toolkit.topics.corpus import corpus_of_documents
    from toolkit.topics.run import read_topics_config, topics_for_items
    from toolkit.topics.run import run_topics as fit

    if bool(arguments.paths) == bool(arguments.items):
        raise InputError("give reports or an experiment, or --items FILE.jsonl", where="topics")
    if arguments.items:
        document = items_document(Path(arguments.items))
        rows = (found.row() for found in topics_for_items(load_topics(arguments.model), document.items))
        if arguments.output:
            _say(f"{write_jsonl(rows, Path(arguments.output))} items → {arguments.output}")
        else:
            for row in rows:
                _print(json.dumps(row, ensure_ascii=False))
        return
    codebook, options = load_codebook(), {"jobs": arguments.jobs, "judge": not arguments.no_quality, "progress": _say}
    if len(arguments.paths) == 1 and arguments.paths[0].endswith(".toml"):
        path = Path(arguments.paths[0])
        config = read_topics_config(path)
        folder = path.resolve().parent.parent / "models" / config.name
        run = train_topics(config, folder, codebook, **options)
        _say(f"model written to {folder}")
    else:
        run = fit(corpus_of_documents(list(documents_of(arguments.paths))), codebook, **options)
    for note in run.notes:
        _print(f"note: {note}")
    for topic in run.summary(8):
        _print(f"{topic['share']:6.1%}  {topic['id']:24} {topic['name']}  {' '.join(topic['terms'])}")
    if run.sweep is not None:
        _print(run.sweep.advice)
    if arguments.output:
        written = save_run(run, Path(arguments.output), codebook, language=arguments.language)
        _say(f"{len(written)} files in {arguments.output}/")


def run_report(arguments: argparse.Namespace) -> None:
    from toolkit.codebook import load_codebook
    from toolkit.pipeline import describe, documents_of, rows_of
    from toolkit.report import build_report
    from toolkit.store import load_model
    from toolkit.tables import write_whole
    from toolkit.topicfiles import page_topics

    model, codebook = load_model(arguments.model), load_codebook()
    documents = list(documents_of(arguments.paths))
    rows = [row for document in documents for row in rows_of(document, model, evidence=True)]
    facts = {document.name: describe(document) for document in documents}
    topics = page_topics(documents)
    page = build_report(rows, facts, codebook, topics, arguments.language, arguments.title)
    write_whole(Path(arguments.output), page.encode())
    _say(f"{len(rows)} items of {len(documents)} reports → {arguments.output}")


def run_export(arguments: argparse.Namespace) -> None:
    from toolkit.experiment import read_config
    from toolkit.export import export_sklearn

    path = Path(arguments.config)
    note = export_sklearn(read_config(path), path.resolve().parent, Path(arguments.output))
    _print(f"{len(note['themes'])} themes learned from {note['items']} items → {arguments.output}")
    _print(note["warning"])


def run_plot(arguments: argparse.Namespace) -> None:
    from toolkit.codebook import load_codebook
    from toolkit.pipeline import read_rows_file
    from toolkit.plots import plot_results

    rows = read_rows_file(Path(arguments.results))
    for path in plot_results(rows, {}, load_codebook(), Path(arguments.output), language=arguments.language):
        _print(str(path))


def _print(line: str) -> None:
    """One line for the terminal, without control codes that a file may carry."""
    print(printable(line, limit=10_000_000))


def _say(line: str) -> None:
    """Progress, on stderr so that results can be piped."""
    print(printable(line), file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
