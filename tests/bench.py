"""Peers and ours side by side on the same machine, alternating, medians and ratios: ``python -m tests.bench``.

Writes ``experiments/benchmarks.md``. Times depend on the machine, ratios hardly. fastText is measured where it is
installed (``pip install fasttext-wheel``), ``--gigabyte`` adds a file of 1 GB. Topics have their own benchmark,
``python -m tests.bench_topics``.
"""

from __future__ import annotations

import importlib.metadata
import json
import logging
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from toolkit.codebook import load_codebook
from toolkit.labels import Labelled, load_reports
from toolkit.resources import shipped
from toolkit.store import load_model
from toolkit.structure import parse_items

OUT = Path(__file__).resolve().parent.parent / "experiments" / "benchmarks.md"
ROUNDS = 3
PACKAGES = ("numpy", "scipy", "scikit-learn", "jieba", "rjieba", "fasttext-wheel", "joblib")
Timed = Callable[[], object]


def labelled() -> list[Labelled]:
    """The shipped labelled reports."""
    return load_reports(shipped("labels", "reports"), load_codebook())


def item_texts(reports: Sequence[Labelled], size: int) -> list[str]:
    """Items of the reports, over and over with other figures, to ``size`` bytes."""
    texts: list[str] = []
    while size > 0:
        for report in reports:
            for item in report.document.items:
                text = item.text.replace("1", str(len(texts) % 9 + 1))
                texts.append(text)
                size -= len(text.encode())
            if size <= 0:
                break
    return texts


def alternate(runs: dict[str, Timed], rounds: int = ROUNDS) -> dict[str, float]:
    """Median seconds of each run; a round runs each once, so that a busy machine is busy for all."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(found) for name, found in times.items()}


def ours(texts: Sequence[str]) -> Timed:
    """Items in, predictions out, a report's worth of items at a time."""
    model = load_model()
    rows = [(str(number), text, None) for number, text in enumerate(texts)]

    def run() -> object:
        return [model.predict(parse_items("items", rows[at : at + 2000])) for at in range(0, len(rows), 2000)]

    return run


def scikit_learn(reports: Sequence[Labelled], texts: Sequence[str], words: bool) -> Timed:
    """TF-IDF over jieba's words or characters 1–4, and a linear SVM a theme: what a user would write."""
    import jieba
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.svm import LinearSVC

    from toolkit.learn import indicator

    jieba.setLogLevel(logging.ERROR)
    jieba.initialize()
    how: dict[str, Any] = {"tokenizer": jieba.lcut, "token_pattern": None} if words else {"analyzer": "char"}
    vectorizer = TfidfVectorizer(min_df=2, ngram_range=(1, 1) if words else (1, 4), **how)
    known = [item.text for report in reports for item in report.document.items]
    truth = indicator((themes for report in reports for themes in report.themes), load_codebook().theme_ids)
    model = OneVsRestClassifier(LinearSVC()).fit(vectorizer.fit_transform(known), truth)
    return lambda: model.predict(vectorizer.transform(texts))


def fasttext(reports: Sequence[Labelled], texts: Sequence[str], folder: Path) -> Timed | None:
    """rjieba's words and fastText, one-versus-all."""
    try:
        import fasttext as peer  # type: ignore[import-not-found]
    except ImportError:
        return None
    import rjieba

    path = folder / "fasttext.txt"
    with path.open("w", encoding="utf-8") as file:
        for report in reports:
            for item, themes in zip(report.document.items, report.themes, strict=True):
                names = " ".join(f"__label__{theme}" for theme in themes)
                file.write(f"{names} {' '.join(rjieba.cut(item.text.replace(chr(10), ' ')))}\n")
    model = peer.train_supervised(str(path), loss="ova", epoch=5, thread=1, verbose=0)

    def run() -> object:
        # model.predict fails with numpy 2; this is the call it makes.
        return [
            model.f.predict(" ".join(rjieba.cut(text.replace("\n", " "))) + "\n", -1, 0.5, "strict") for text in texts
        ]

    return run


def command(*argv: str) -> tuple[float, float]:
    """Seconds and peak megabytes of a Python process."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, *argv], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(said.decode())
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def write_items(texts: Sequence[str], path: Path) -> int:
    """``texts`` as items; gives the bytes of text."""
    with path.open("w", encoding="utf-8") as file:
        for number, text in enumerate(texts):
            file.write(json.dumps({"id": str(number), "text": text}, ensure_ascii=False) + "\n")
    return sum(len(text.encode()) for text in texts)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def speed(reports: Sequence[Labelled], folder: Path, megabytes: float = 0.8) -> tuple[dict[str, float], float]:
    """Median seconds of every classifier on the same items, and their megabytes."""
    texts = item_texts(reports, int(megabytes * 1e6))
    runs: dict[str, Timed | None] = {
        "ours": ours(texts),
        "rjieba + fastText": fasttext(reports, texts, folder),
        "characters 1–4 + LinearSVC": scikit_learn(reports, texts, words=False),
        "jieba words + LinearSVC": scikit_learn(reports, texts, words=True),
    }
    found = {name: run for name, run in runs.items() if run is not None}
    found["ours"]()  # the first call builds tables and loads scipy
    return alternate(found), sum(len(text.encode()) for text in texts) / 1e6


def start_up(folder: Path, reports: Sequence[Labelled]) -> tuple[float, float]:
    """Median seconds of one cold classification of a report of 15 KB, and of importing scikit-learn."""
    path = folder / "one.txt"
    text = max((report.document.text for report in reports), key=len)
    path.write_text((text * 3).encode()[:15_000].decode("utf-8", "ignore"), encoding="utf-8")
    found = alternate(
        {
            "ours": lambda: command("-m", "toolkit", "classify", str(path), "-o", str(folder / "one.jsonl")),
            "sklearn": lambda: command("-c", "import sklearn.linear_model"),
        },
        5,
    )
    return found["ours"], found["sklearn"]


def growth(folder: Path, reports: Sequence[Labelled], times: Sequence[int], unit: float) -> list[list[str]]:
    """Rows: megabytes of text, seconds, peak megabytes, and both as a multiple of the first."""
    rows, first = [], (0.0, 0.0)
    for multiple in times:
        path = folder / f"{multiple}.jsonl"
        size = write_items(item_texts(reports, int(unit * multiple * 1e6)), path) / 1e6
        seconds, peak = command("-m", "toolkit", "classify", "--items", str(path), "-o", str(folder / "out.jsonl"))
        first = first if rows else (seconds, peak)
        rows.append(
            [
                f"{size:.0f} MB",
                f"{seconds:.1f} s",
                f"{seconds / first[0]:.1f}",
                f"{peak:.0f} MB",
                f"{peak / first[1]:.2f}",
            ]
        )
    return rows


def main(argv: Sequence[str]) -> int:
    """Measure everything and write the page."""
    warnings.simplefilter("ignore")
    reports = labelled()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cold, sklearn = start_up(folder, reports)
        times = (1, 4, 16)
        grown = growth(folder, reports, times, unit=1.0)
        jobs = {}
        for number in ("1", "2"):
            last = str(folder / f"{times[-1]}.jsonl")
            jobs[number], _ = command(
                *("-m", "toolkit", "classify", "--items", last, "--jobs", number),
                *("-o", str(folder / f"jobs-{number}.jsonl")),
            )
        same = (folder / "jobs-1.jsonl").read_bytes() == (folder / "jobs-2.jsonl").read_bytes()
        training = "left out (--no-training)"
        if "--no-training" not in argv:
            experiment = str(shipped("experiments") / "themes.toml")
            took, _ = command("-m", "toolkit", "train", experiment, "--jobs", "2", "-o", str(folder / "model"))
            training = f"{took:.0f} s"
        huge = growth(folder, reports, (1,), unit=1000.0) if "--gigabyte" in argv else []
        # Last: a child's peak memory counts from its parent's, which the peers make large.
        seconds, size = speed(reports, folder)
        fast = [
            [who, f"{size / took:.2f}", f"{took / seconds['ours']:.1f}"]
            for who, took in sorted(seconds.items(), key=lambda each: each[1])
        ]
    versions = []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{package} –")
    page = f"""# Benchmarks

Written by `make bench`. {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end, Python
{platform.python_version()}; {", ".join(versions)}.
Ratios are of medians of {ROUNDS} alternating runs. On a busy machine times grow, ratios hold better.

## Items already split, one process, the shipped model ({size:.1f} MB of text)

{table(["", "MB/s", "times ours"], fast)}
Ours gives stage, themes, calibrated probabilities and headings; the peers give theme labels only.

## Start

A report of 15 KB, cold, everything included: {cold:.2f} s. `import sklearn.linear_model`: {sklearn:.2f} s. Ratio
{cold / sklearn:.2f}.

## Growth (`fazhi classify --items`)

{table(["text", "time", "× first", "peak memory", "× first"], grown + huge)}
## Workers

{grown[-1][0]} with `--jobs 1` {jobs["1"]:.1f} s, `--jobs 2` {jobs["2"]:.1f} s: {jobs["1"] / jobs["2"]:.2f} times as
fast, {"the same bytes" if same else "OTHER BYTES"}.

## Training

`fazhi train experiments/themes.toml --jobs 2`, cross-validation included: {training}.
"""
    OUT.write_text(page, encoding="utf-8")
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
