"""Damaged and forged models: refused in one line, or the same model; no code is run, nothing else is opened."""

from __future__ import annotations

import hashlib
import io
import json
import random
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.conftest import REPORT
from tests.faults.report import Outcome
from toolkit.errors import ModelError
from toolkit.evidence import evidence_of
from toolkit.read import from_lines
from toolkit.store import _seal, load_arrays, load_model
from toolkit.structure import parse
from toolkit.topicfiles import load_topics, save_topics
from toolkit.topics import Topics

Ask = Callable[[Path], list[tuple[Any, ...]]]
MODEL = Path(__file__).parents[1] / "data" / "model-format-2"
DOCUMENT = parse(from_lines("a.txt", REPORT))
FORBIDDEN = (
    "exec",
    "pickle.find_class",
    "import",
    "os.system",
    "os.exec",
    "subprocess.Popen",
    "socket.",
    "ctypes.dlopen",
)
_watching: list[str] | None = None


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching is not None and event.startswith(FORBIDDEN):
        _watching.append(f"{event} {arguments!r:.80}")


sys.addaudithook(_watch)


def said(folder: Path) -> list[tuple[Any, ...]]:
    """What the model in ``folder`` says of one report; every number must be finite.

    Raises:
        ModelError: the folder is refused.
        AssertionError: code was run, or a number is none.
    """
    global _watching
    _watching = []
    try:
        model = load_model(folder)
        events = _watching
    finally:
        _watching = None
    assert not events, f"ran {events[:3]}"
    predictions = model.predict(DOCUMENT)
    for found in predictions:
        list(evidence_of(model, found))
    rows = [(p.stage, p.stage_probability, *((t.id, t.probability) for t in p.themes)) for p in predictions]
    assert all(np.isfinite(p.stage_probability) for p in predictions), "a probability that is no number"
    return rows


def damaged_models(count: int, seed: int = 1) -> Outcome:
    """Bits flipped, files cut, zeroed, swapped, lengthened or taken away: refused, or it says what it said before."""
    dice, outcome = random.Random(seed), Outcome("truncated and bit-flipped models")
    load_model(MODEL)  # whatever is imported late is imported before anybody watches
    truth = said(MODEL)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(shutil.copytree(MODEL, Path(place) / "model"))
        files = sorted(folder.iterdir())
        content = {path: path.read_bytes() for path in files}
        for _ in range(count):
            # The manifest is one file of many and the one that is text, so it gets a third of the damage.
            path = folder / "manifest.json" if dice.random() < 0.33 else dice.choice(files)
            how, data = _damage(content[path], dice, content[dice.choice(files)])
            if data is None:
                path.unlink()
            else:
                path.write_bytes(data)
            _judge(outcome, how, folder, truth)
            path.write_bytes(content[path])
    return outcome


def _damage(data: bytes, dice: random.Random, other: bytes) -> tuple[str, bytes | None]:
    how = dice.choice(("bits", "bits", "bits", "cut", "cut", "zeros", "swapped", "longer", "gone"))
    found = bytearray(data)
    if how == "bits":
        for _ in range(dice.choice((1, 1, 1, 2, 8))):
            found[dice.randrange(len(found))] ^= 1 << dice.randrange(8)
    elif how == "cut":
        del found[dice.randrange(len(found)) :]
    elif how == "zeros":
        at = dice.randrange(len(found))
        to = min(len(found), at + dice.choice((1, 16, 512)))
        found[at:to] = bytes(to - at)
    elif how == "swapped":
        found = bytearray(other)
    elif how == "longer":
        found += dice.randbytes(dice.randrange(1, 64))
    return how, None if how == "gone" else bytes(found)


def shares(folder: Path) -> list[tuple[Any, ...]]:
    """As :func:`said`, of the topics in ``folder``: names, first terms and the shares in one report's items."""
    global _watching
    _watching = []
    try:
        topics = load_topics(folder)
        events = _watching
    finally:
        _watching = None
    assert not events, f"ran {events[:3]}"
    found = topics.transform(DOCUMENT.items)
    assert np.isfinite(found).all(), "a share that is no number"
    return [(*topics.ids, *topics.names), *map(tuple, topics.top_terms(3)), *map(tuple, found.tolist())]


def small_topics(folder: Path) -> Path:
    """Two topics over six terms, written to ``folder``."""
    terms = ("调解", "纠纷", "援助", "法律援助", "社区矫正", "普法")
    weights = np.array([[9, 8, 1, 1, 1, 2], [1, 1, 7, 9, 3, 2]], np.float32)
    seeds = np.array([0, 1], np.int32), np.array([0, 3], np.int32)
    plain = np.ones(6), weights.sum(axis=0).astype(float)
    lexicon = ("法律援助", "社区矫正")
    numbers = {"alpha": 0.1, "seed_weight": 1.0, "relevance_weight": 0.6}
    save_topics(
        folder,
        Topics("seeded_lda", terms, ("a", "b"), ("甲", "乙"), weights, *plain, *seeds, **numbers, lexicon=lexicon),
    )
    return folder


def forged_topics(count: int, seed: int = 3) -> Outcome:
    """As :func:`forged_models`, for topics."""
    with tempfile.TemporaryDirectory() as place:
        model = small_topics(Path(place) / "topics")
        return _forged(Outcome("forged topic models, hashes right"), model, "topic-model", shares, count, seed)


def forged_models(count: int, seed: int = 2) -> Outcome:
    """Values changed by somebody who also mends hashes and seal: refused, or it labels a report with finite numbers."""
    return _forged(Outcome("forged models, hashes right"), MODEL, "report-model", said, count, seed)


def _forged(outcome: Outcome, model: Path, kind: str, ask: Ask, count: int, seed: int) -> Outcome:
    dice = random.Random(seed)
    ask(model)
    arrays, _ = load_arrays(model, kind)
    odd = (np.nan, np.inf, -np.inf, 1e38, -1e38, 1e6, 0, -1, 32767, 2**62)
    values = (None, True, -1, 0, 2, 1e308, "", "x", [], {}, ["a"], [["a"]], {"a": 1}, "\x1b[2J", "../x", ["a"] * 2000)
    with tempfile.TemporaryDirectory() as place:
        for _ in range(count):
            folder = Path(shutil.copytree(model, Path(place) / "model"))
            manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
            if dice.random() < 0.6:
                how, name = "array", dice.choice(list(arrays))
                changed = arrays[name].copy()
                if dice.random() < 0.5 and changed.size:
                    with warnings.catch_warnings(), np.errstate(all="ignore"):
                        warnings.simplefilter("ignore")
                        changed.flat[dice.randrange(changed.size)] = np.array(dice.choice(odd)).astype(changed.dtype)
                else:
                    changed = dice.choice(
                        [changed[:-1], changed.astype("<f8"), changed.reshape(1, -1), changed[:0], changed[::-1]]
                    )
                stream = io.BytesIO()
                np.save(stream, changed, allow_pickle=False)
                entry = manifest["files"][name]
                (folder / entry["file"]).write_bytes(stream.getvalue())
                entry["sha256"] = hashlib.sha256(stream.getvalue()).hexdigest()
                entry |= {"dtype": changed.dtype.str, "shape": list(changed.shape)} if dice.random() < 0.8 else {}
            else:
                how, holder = "manifest", manifest
                key = dice.choice(list(manifest))
                if key == "files" and dice.random() < 0.8:
                    holder, key = manifest["files"], dice.choice(list(manifest["files"]))
                    if dice.random() < 0.7:
                        holder, key = holder[key], dice.choice(list(holder[key]))
                holder[key] = dice.choice(values)
            manifest.pop("sha256", None)
            manifest["sha256"] = _seal(manifest)
            (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
            _judge(outcome, how, folder, None, ask)
            shutil.rmtree(folder)
    return outcome


def _judge(outcome: Outcome, how: str, folder: Path, truth: list[tuple[Any, ...]] | None, ask: Ask = said) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = ask(folder)
    except ModelError as problem:
        if "\n" in str(problem) or not str(problem).isprintable():
            outcome.lost(f"{how}: an error of several lines or with control codes")
        else:
            outcome.survived("refused")
    except Exception as problem:
        outcome.lost(f"{how}: {problem!r:.200}")
    else:
        if truth is None or found == truth:
            outcome.survived("says the same" if truth else "labels the report")
        else:
            outcome.lost(f"{how}: another model was taken for this one")
