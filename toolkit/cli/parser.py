"""The command line: every command with its options and an example."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NoReturn

from toolkit.cli import learning, reports
from toolkit.errors import printable
from toolkit.resources import VERSION


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = _Parser(prog="fazhi", description="Themes, topics and evidence in Chinese justice-bureau reports.")
    parser.add_argument("--version", action="version", version=f"fazhi {VERSION}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def add(
        name: str, run: Callable[[argparse.Namespace], int | None], help_: str, example: str
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=help_, description=help_, epilog=f"example: {example}")
        command.set_defaults(run=run)
        return command

    command = add(
        "demo", learning.run_demo, "train, classify, fit topics and draw on the shipped reports", "fazhi demo -o demo"
    )
    command.add_argument("-o", "--output", default="demo", help="folder for everything (default: demo)")
    _language(command)
    _jobs(command)

    command = add("parse", reports.run_parse, "show the structure found in reports", "fazhi parse report.html")
    command.add_argument("paths", nargs="+", metavar="FILE")
    command.add_argument("--json", action="store_true", help="one JSON object a document")
    _reading(command)

    command = add(
        "train",
        learning.run_train,
        "train a model from an experiment",
        "fazhi train experiments/themes.toml --set learn.c=1.0",
    )
    command.add_argument("config", metavar="CONFIG.toml")
    command.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override one dotted key")
    command.add_argument("-o", "--output", help="model folder (default: as the experiment says)")
    _jobs(command)

    command = add(
        "classify", reports.run_classify, "label every item of reports", "fazhi classify reports/ -o out.jsonl"
    )
    command.add_argument("paths", nargs="*", metavar="PATH")
    command.add_argument("--items", metavar="FILE.jsonl", help='items already split: {"id","text"[,"headings"]} a line')
    command.add_argument("-o", "--output", help="out.jsonl, out.csv or out.xlsx (default: JSON lines to the terminal)")
    command.add_argument("--evidence", action="store_true", help="add the phrases that carried each theme")
    command.add_argument("--resume", action="store_true", help="go on where an interrupted run with this -o stopped")
    command.add_argument("--cluster", metavar="ADDRESS", help="a Dask scheduler to work on, tcp://HOST:8786")
    _codebook(command)
    _reading(command)
    _model(command)
    _language(command)
    _jobs(command)

    command = add("explain", reports.run_explain, "why an item carries its themes", "fazhi explain report.txt 0007")
    command.add_argument("path", metavar="FILE")
    command.add_argument("item", metavar="ITEM")
    _limit(command)
    _model(command)
    _language(command)

    command = add(
        "duplicates",
        reports.run_duplicates,
        "passages that repeat another report, and the share of each report they make up",
        "fazhi duplicates reports/ -o repeats.xlsx",
    )
    command.add_argument("paths", nargs="+", metavar="PATH")
    command.add_argument("-o", "--output", help="out.jsonl, out.csv or out.xlsx (default: JSON lines to the terminal)")
    command.add_argument("--threshold", type=float, default=0.7, help="least resemblance, above 0 to 1 (default: 0.7)")
    _reading(command)
    _language(command)

    command = add("evaluate", learning.run_evaluate, "score a model on gold labels", "fazhi evaluate gold.jsonl --json")
    command.add_argument("gold", nargs="+", metavar="GOLD.jsonl")
    command.add_argument("--json", action="store_true", help="all figures as JSON")
    command.add_argument("-o", "--output", metavar="FOLDER", help="draw reliability, coverage and confusion there")
    _codebook(command)
    _model(command)
    _language(command)

    command = add(
        "labels", learning.run_labels, "check labelled reports, or draw their learning curve", "fazhi labels check"
    )
    command.add_argument("action", choices=["check", "curve"])
    command.add_argument("--beside", nargs="*", default=[], metavar="GOLD.jsonl", help="gold rows to compare with")
    command.add_argument("-o", "--output", default="experiments", help="folder of the curve (default: experiments)")
    _jobs(command)
    command.add_argument("folder", nargs="?", help="folder of labelled reports (default: the shipped ones)")
    _codebook(command)

    command = add(
        "compare",
        learning.run_compare,
        "every classifier of an experiment on the same folds, as a table",
        "fazhi compare experiments/comparison.toml --gold gold.jsonl",
    )
    command.add_argument("config", metavar="CONFIG.toml")
    command.add_argument("-o", "--output", metavar="DIR", help="folder of results.md and .csv (default: the config's)")
    command.add_argument("--gold", nargs="*", default=[], metavar="GOLD.jsonl", help="gold rows, only scored")

    command = add(
        "benchmark",
        learning.run_benchmark,
        "measure the classifier on other people's texts and labels",
        "fazhi benchmark experiments/benchmarks/*.toml -o results.md",
    )
    command.add_argument("configs", nargs="+", metavar="CONFIG.toml")
    command.add_argument("-o", "--output", metavar="FILE.md", help="write the table there")

    command = add(
        "topics",
        reports.run_topics,
        "topics, their words and names, shares, quality",
        "fazhi topics reports/ -o topics",
    )
    command.add_argument("paths", nargs="*", metavar="PATH|EXPERIMENT.toml")
    command.add_argument("--items", metavar="FILE.jsonl", help="a row an item from a stored model (with --model)")
    command.add_argument("--model", metavar="DIR", help="stored topics (default: the shipped models/topics)")
    command.add_argument("-o", "--output", help="folder for tables and figures; with --items a .jsonl file")
    command.add_argument(
        "--no-quality", action="store_true", help="leave out coherence and stability, which take longest"
    )
    _reading(command)
    _language(command)
    _jobs(command)

    command = add(
        "report",
        reports.run_report,
        "one HTML page to hand on, without network",
        "fazhi report reports/ -o report.html",
    )
    command.add_argument("paths", nargs="+", metavar="PATH")
    command.add_argument("-o", "--output", default="report.html", help="the page (default: report.html)")
    command.add_argument("--title", help="heading of the page")
    _reading(command)
    _codebook(command)
    _model(command)
    _language(command)

    command = add(
        "export",
        learning.run_export,
        "learn a plain scikit-learn pipeline and write it as a joblib file, which is code",
        "fazhi export experiments/themes.toml -o themes.joblib",
    )
    command.add_argument("config", metavar="CONFIG.toml")
    command.add_argument("-o", "--output", required=True, metavar="FILE.joblib")

    command = add("plot", reports.run_plot, "draw figures of classified reports", "fazhi plot out.jsonl -o figures/")
    command.add_argument("results", metavar="RESULTS.jsonl")
    command.add_argument("-o", "--output", default="figures", help="folder (default: figures)")
    _codebook(command)
    _language(command)
    return parser


class _Parser(argparse.ArgumentParser):
    """Usage errors repeat what was typed, or what a pattern of the shell put there: names of files."""

    def error(self, message: str) -> NoReturn:
        """Stop with exit code 2 and one safe line."""
        super().error(printable(message))


def _reading(command: argparse.ArgumentParser) -> None:
    command.add_argument("--strict", action="store_true", help="stop at the first report that can't be read")
    _limit(command)


def _limit(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="how much of a report is taken; size=100MB, unpacked=300MB, ratio=250, members=10000, archives=3, "
        "nesting=60, pages=3000, lines=1000000, items=200000, seconds=60",
    )


def _model(command: argparse.ArgumentParser) -> None:
    command.add_argument("--model", metavar="DIR", help="model folder (default: the shipped models/themes)")


def _codebook(command: argparse.ArgumentParser) -> None:
    command.add_argument("--codebook", metavar="DIR", help="codebook folder (default: the shipped one)")


def _language(command: argparse.ArgumentParser) -> None:
    command.add_argument("--language", choices=["zh", "en"], default="zh", help="of what readers see (default: zh)")


def _jobs(command: argparse.ArgumentParser) -> None:
    command.add_argument("--jobs", type=int, default=1, metavar="N", help="workers; any number gives the same result")
