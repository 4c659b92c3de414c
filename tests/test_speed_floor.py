"""Speed may not fall below a floor, told as ratios within one run, so that any machine can check it in seconds."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench import item_texts, labelled, write_items
from toolkit.stream import Work, model_fingerprint, run_tasks, tasks_of_items
from toolkit.stream import tasks as cutting


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """About 0.3 MB of the shipped labelled items."""
    return item_texts(labelled(), 300_000)


def best(run: Callable[[], object], times: int = 3) -> float:
    """Processor seconds of the shortest of a few runs: what the machine can do, whoever else is on it."""
    found = []
    for _ in range(times):
        start = time.process_time()
        run()
        found.append(time.process_time() - start)
    return min(found)


def test_classifying_is_faster_than_segmenting_with_jieba(texts: list[str]) -> None:
    """Segmentation alone, which every peer begins with, takes longer than all of ours; measured 8 to 16 times."""
    import jieba

    from tests.bench import ours

    jieba.setLogLevel(logging.ERROR)
    jieba.initialize()
    run = ours(texts)
    times = [(best(lambda: [jieba.lcut(text) for text in texts], 1), best(run)) for _ in range(5)]  # side by side
    theirs, own = map(min, zip(*times, strict=True))
    assert theirs > 6.0 * own


def test_time_grows_with_the_text_and_memory_does_not(
    texts: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "MOST_ITEMS", 256)
    work = Work(fingerprint=model_fingerprint())
    small, large = tmp_path / "small.jsonl", tmp_path / "large.jsonl"
    write_items(texts, small)
    write_items(texts * 4, large)

    def run(path: Path) -> object:
        return sum(done.items for done in run_tasks(tasks_of_items(path), work))

    assert run(small) == len(texts)
    assert best(lambda: run(large), 2) < 6 * best(lambda: run(small), 2)  # 4, and a busy machine
    peaks = []
    for path in (small, large):
        tracemalloc.start()
        run(path)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def test_a_cold_classification_loads_nothing_heavy(tmp_path: Path) -> None:
    """No learning library, no scipy, no pool of workers for one report."""
    path = tmp_path / "报告.txt"
    path.write_text("一、人民调解\n全年排查纠纷9件。\n", encoding="utf-8")
    code = (
        "import sys; from toolkit.cli import main; main(['classify', sys.argv[1]]); "
        "print(sorted({m if m == 'numpy.ma' else m.split('.')[0] for m in sys.modules} & set(sys.argv[2:])), "
        "file=sys.stderr)"
    )
    heavy = [
        "sklearn",
        "gensim",
        "matplotlib",
        "scipy",
        "joblib",
        "jieba",
        "rjieba",
        "rich",
        "pandas",
        "lxml",
        "pydantic",
        "numpy.ma",
    ]
    done = subprocess.run([sys.executable, "-c", code, str(path), *heavy], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
