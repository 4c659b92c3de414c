"""Peers and ours side by side on the same machine, alternating, medians and ratios: ``python -m tests.bench``.

Writes ``experiments/benchmarks.md``. Times depend on the machine, ratios hardly. fastText and tomotopy are measured where
they are installed (the ``bench`` extra). ``--only NAME[,NAME]`` measures some parts, prints them and writes nothing;
``--gigabyte`` classifies a file of 1 GB and writes ``experiments/gigabyte.md``, which the page quotes. How good topics are
beside their peers is another question: ``python -m tests.bench_topics``.
"""

from __future__ import annotations

import argparse
import filecmp
import gc
import importlib.metadata
import json
import logging
import os
import platform
import re
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

OUT = Path(__file__).resolve().parent.parent / "experiments"
ROUNDS = 5
JOBS_MEGABYTES = 128  # twenty seconds for one process, so that starting the workers hardly counts
PACKAGES = (*("numpy", "scipy", "scikit-learn", "joblib", "jieba", "rjieba", "fasttext-wheel", "gensim", "tomotopy"),)
Timed = Callable[[], object]


def labelled() -> Sequence[Labelled]:
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
    """Median seconds of each run; a round runs each once, so that a busy machine is busy for all.

    Garbage is collected between the runs, not in them: one would pay for what another left (so does ``timeit``).
    """
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            gc.collect()
            gc.disable()
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
            gc.enable()
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


def write_many(reports: Sequence[Labelled], size: int, path: Path) -> tuple[int, int]:
    """Items of ``size`` bytes of text and more, a few megabytes of them at a time; gives their bytes and number."""
    written = number = 0
    with path.open("w", encoding="utf-8") as file:
        while written < size:
            for text in item_texts(reports, 16_000_000):
                file.write(json.dumps({"id": str(number), "text": text}, ensure_ascii=False) + "\n")
                number, written = number + 1, written + len(text.encode())
    return written, number


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def speed(reports: Sequence[Labelled], folder: Path) -> str:
    """Every classifier on the same items."""
    texts = item_texts(reports, 1_300_000)  # two reports' worth as the stream cuts them
    size = sum(len(text.encode()) for text in texts) / 1e6
    runs: dict[str, Timed | None] = {
        "ours": ours(texts),
        "rjieba + fastText": fasttext(reports, texts, folder),
        "characters 1–4 + LinearSVC": scikit_learn(reports, texts, words=False),
        "jieba words + LinearSVC": scikit_learn(reports, texts, words=True),
    }
    found = {name: run for name, run in runs.items() if run is not None}
    found["ours"]()  # the first call builds tables
    seconds = alternate(found)
    rows = [
        [who, f"{size / took:.2f}", f"{took / seconds['ours']:.2f}"]
        for who, took in sorted(seconds.items(), key=lambda each: each[1])
    ]
    return f"""## Items already split, one process, the shipped model ({size:.1f} MB of text)

{table(["", "MB/s", "times ours"], rows)}
Ours gives stage, themes, calibrated probabilities and headings; the peers give theme labels only.
"""


def start_up(reports: Sequence[Labelled], folder: Path) -> str:
    """One cold classification of a report of 15 KB beside importing scikit-learn."""
    path = folder / "one.txt"
    text = max((report.document.text for report in reports), key=len)
    path.write_text((text * 3).encode()[:15_000].decode("utf-8", "ignore"), encoding="utf-8")
    found = alternate(
        {
            "ours": lambda: command("-m", "toolkit", "classify", str(path), "-o", str(folder / "one.jsonl")),
            "sklearn": lambda: command("-c", "import sklearn.linear_model"),
        },
        7,
    )
    return f"""## Start

A report of 15 KB, cold, everything included: {found["ours"]:.2f} s. `import sklearn.linear_model`:
{found["sklearn"]:.2f} s. Ratio {found["ours"] / found["sklearn"]:.2f}.
"""


def classify_items(path: Path, jobs: int = 1) -> tuple[float, float]:
    """Seconds and peak megabytes of ``fazhi classify --items``; results stand in ``out-<jobs>.jsonl`` beside ``path``."""
    out = path.with_name(f"out-{jobs}.jsonl")
    return command("-m", "toolkit", "classify", "--items", str(path), "-o", str(out), "--jobs", str(jobs))


def growth(reports: Sequence[Labelled], folder: Path) -> str:
    """Time and peak memory over 1, 4 and 16 times the text."""
    sizes, paths = [], []
    for multiple in (1, 4, 16):
        paths.append(folder / f"{multiple}.jsonl")
        sizes.append(write_items(item_texts(reports, multiple * 1_000_000), paths[-1]) / 1e6)
    runs = [[classify_items(path) for path in paths] for _ in range(3)]
    seconds, peaks = ([statistics.median(run[k][part] for run in runs) for k in range(3)] for part in (0, 1))
    rows = [
        [f"{size:.0f} MB", f"{took:.1f} s", f"{took / seconds[0]:.1f}", f"{peak:.0f} MB", f"{peak / peaks[0]:.2f}"]
        for size, took, peak in zip(sizes, seconds, peaks, strict=True)
    ]
    return f"""## Growth (`fazhi classify --items`)

{table(["text", "time", "× first", "peak memory", "× first"], rows)}"""


def workers(reports: Sequence[Labelled], folder: Path) -> str:
    """One process beside two."""
    path = folder / "items.jsonl"
    size = write_many(reports, JOBS_MEGABYTES * 1_000_000, path)[0] / 1e6
    one, two = alternate({str(jobs): lambda jobs=jobs: classify_items(path, jobs) for jobs in (1, 2)}, 2).values()
    same = filecmp.cmp(folder / "out-1.jsonl", folder / "out-2.jsonl", shallow=False)
    return f"""## Workers

{size:.0f} MB with `--jobs 1` {one:.1f} s, `--jobs 2` {two:.1f} s: {one / two:.2f} times as fast,
{"the same bytes" if same else "OTHER BYTES"}. Two cores are needed to see it.
"""


def training(_: Sequence[Labelled], folder: Path) -> str:
    """The shipped experiment, cross-validation and held-out scores included."""
    experiment = str(shipped("experiments") / "themes.toml")
    took, peak = command("-m", "toolkit", "train", experiment, "--jobs", "2", "-o", str(folder / "model"))
    return f"""## Training

`fazhi train experiments/themes.toml --jobs 2`, cross-validation included: {took:.0f} s, peak memory {peak:.0f} MB.
"""


def topics(reports: Sequence[Labelled], _: Path) -> str:
    """Fitting topics on jieba's words of the labelled items: seconds, and coherence beside them."""
    import jieba
    import numpy as np

    from tests.bench_topics import TOPICS, unseeded
    from toolkit import coherence

    jieba.setLogLevel(logging.ERROR)
    texts = [item.text for report in reports for item in report.document.items if len(item.text) > 30]
    words = [re.findall("[\u4e00-\u9fff]{2,}", " ".join(jieba.cut(text))) for text in texts]
    found = [
        (name, took, float(np.nanmean(coherence.coherence(tops, words, "c_npmi"))))
        for name, tops, took in unseeded(words)
    ]
    first = min(took for name, took, _ in found if name.startswith("toolkit lda"))
    rows = [[name, f"{took:.1f}", f"{took / first:.2f}", f"{npmi:.3f}"] for name, took, npmi in found]
    return f"""## Topics ({len(words):,} paragraphs of the labelled reports, {TOPICS} topics; one run)

{table(["", "seconds to fit", "times ours (lda)", "NPMI of the first 10 words"], rows)}"""


PARTS = {
    # The peers come last: a child's peak memory counts from its parent's, which they make large.
    "start": start_up,
    "growth": growth,
    "workers": workers,
    "training": training,
    "speed": speed,
    "topics": topics,
}


def gigabyte(reports: Sequence[Labelled], folder: Path) -> str:
    """One gigabyte of text: rate and peak memory."""
    path = folder / "gigabyte.jsonl"
    size, number = write_many(reports, 1_000_000_000, path)
    took, peak = classify_items(path)
    return f"""## One gigabyte

{size / 1e6:,.0f} MB of text in {number:,} items, one process: {took / 60:.1f} min ({size / took / 1e6:.1f} MB/s), peak memory
{peak:.0f} MB. {machine()}
"""


def machine() -> str:
    """Machine and versions."""
    versions = []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{package} –")
    return f"""{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end, Python {platform.python_version()};
{", ".join(versions[:5])},
{", ".join(versions[5:])}."""


def main(argv: Sequence[str]) -> int:
    """Measure and write the page."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--gigabyte", action="store_true", help="classify 1 GB instead")
    arguments = parser.parse_args(argv)
    reports, kept = labelled(), OUT / "gigabyte.md"
    with tempfile.TemporaryDirectory() as name:
        if arguments.gigabyte:
            page = gigabyte(reports, Path(name))
            kept.write_text(page, encoding="utf-8")
            print(page)
            return 0
        asked = arguments.only.split(",")
        found = []
        for part, measure in PARTS.items():
            if part in asked:
                started = time.perf_counter()
                found.append(measure(reports, Path(name)))
                print(found[-1], f"({part}: {time.perf_counter() - started:.0f} s)\n", flush=True)
                for file in Path(name).glob("*.*"):
                    file.unlink()
    if len(found) < len(PARTS):
        return 0
    if kept.exists():
        found.append(kept.read_text("utf-8"))
    head = f"""# Benchmarks

Written by `make bench`. {machine()}
Ratios are of medians of alternating runs, {ROUNDS} where nothing else is said. On a busy machine times grow, ratios hold
better.
"""
    (OUT / "benchmarks.md").write_text("\n".join([head, *found]), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
