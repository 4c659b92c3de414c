"""Every classifier on the same reports in the same folds, as a generated table: quality, calibration, size, speed."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

from pydantic import Field

from toolkit.baselines import RunSettings, keyword_decisions, learn_baseline, rows_of
from toolkit.codebook import Codebook, load_codebook
from toolkit.errors import ConfigError, DataError
from toolkit.evaluate import coverage_curve
from toolkit.experiment import Data, read_config
from toolkit.files import write_whole
from toolkit.labels import Labelled, load_reports
from toolkit.quality import Decisions, Gold, decide, decide_reports, score
from toolkit.resources import shipped
from toolkit.settings import Settings, build, read_toml
from toolkit.store import save_model
from toolkit.tables import Cell, Table, write_csv
from toolkit.words import Segmenter

Say = Callable[[str], None]
CROSSED, HELD, DEVELOPMENT = "cross-validated", "held out", "development"
COVERAGES = (100, 95, 90, 80, 70, 60, 50)


class Split(Settings):
    """Folds of whole reports, the same for every run."""

    folds: Annotated[int, Field(ge=2, le=20)] = 5
    seed: Annotated[int, Field(ge=0)] = 0


class Comparison(Settings):
    """``experiments/comparison.toml``: what the runs have in common, and the runs."""

    data: Data = Data()
    learn: Split = Split()
    run: Annotated[tuple[RunSettings, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Result:
    """What one run gave: decisions by what it was tested on, bytes stored, seconds; or why it was skipped."""

    name: str
    decisions: Mapping[str, Decisions]
    size: int = 0
    training_seconds: float = 0.0
    items_per_second: float = 0.0
    skipped: str = ""
    ours: bool = False


def read_comparison(path: Path) -> Comparison:
    """The comparison in ``path``.

    Raises:
        ConfigError: broken TOML, unknown key or wrong value; a name stands twice, or a run says too little or too much.
    """
    config = build(Comparison, read_toml(path, ConfigError), path, ConfigError)
    seen: set[str] = set()
    for run in config.run:
        where = f"{path}: run {run.name!r}"
        if run.name in seen:
            raise ConfigError("this name stands twice", where=where, remedy="give every run its own name")
        seen.add(run.name)
        if (run.learner in ("logistic", "svm", "bayes")) != bool(run.features):
            remedy = "logistic, svm and bayes need features; keywords, fasttext and report_model take none"
            raise ConfigError(f"learner {run.learner!r} with features {list(run.features)}", where=where, remedy=remedy)
        if (run.learner == "report_model") != bool(run.experiment):
            raise ConfigError("an experiment goes with report_model", where=where, remedy='experiment = "themes.toml"')
    return config


def compare(
    config: Comparison,
    base: Path,
    development: Sequence[Labelled] = (),
    *,
    reports: Sequence[Labelled] | None = None,
    say: Say = lambda _: None,
) -> list[Result]:
    """Run all runs; paths in ``config`` are taken from ``base``, ``development`` is only scored.

    ``reports`` stand in for those the configuration names. ``say`` hears one line a run.

    Raises:
        FazhiError: configuration or labels are wrong.
    """
    codebook = load_codebook(base / config.data.codebook if config.data.codebook else None)
    folder = base / config.data.reports if config.data.reports else shipped("labels", "reports")
    reports = load_reports(folder, codebook) if reports is None else reports
    train = [report for report in reports if report.entry is None or report.entry.split == "train"]
    held = [report for report in reports if report.entry is not None and report.entry.split == "heldout"]
    if not train:
        raise DataError("no training reports", where=folder, remedy="give reports the split 'train'")
    tests = {name: some for name, some in ((HELD, held), (DEVELOPMENT, list(development))) if some}
    results = []
    for run in config.run:
        result = _run(run, config.learn, base, codebook, train, tests)
        results.append(result)
        f1 = score(result.decisions[CROSSED])["micro_f1"] if result.decisions else None
        say(f"{run.name}: {result.skipped if f1 is None else f'micro-F1 {f1:.3f}, {result.training_seconds:.0f} s'}")
    return results


def _run(
    run: RunSettings,
    split: Split,
    base: Path,
    codebook: Codebook,
    train: Sequence[Labelled],
    tests: Mapping[str, Sequence[Labelled]],
) -> Result:
    def gold_of(reports: Sequence[Labelled]) -> Gold:
        return Gold.of(reports, codebook.theme_ids, codebook.stage_ids)

    if run.learner == "fasttext" and find_spec("fasttext") is None:
        return Result(run.name, {}, skipped="skipped: fasttext-wheel is not installed")
    began = perf_counter()
    ask: Callable[[Sequence[Labelled]], Decisions]
    if run.learner == "keywords":
        size = sum(len(alias.encode()) for theme in codebook.themes for alias in theme.aliases)
        crossed = keyword_decisions(train, gold_of(train), codebook)

        def ask_keywords(reports: Sequence[Labelled]) -> Decisions:
            return keyword_decisions(reports, gold_of(reports), codebook)

        ask = ask_keywords

    elif run.learner == "report_model":
        crossed, size, ask = _report_model(run, split, base, codebook, train)
    else:
        segmenter = Segmenter(codebook.words)
        baseline = learn_baseline(rows_of(train, codebook, segmenter), gold_of(train), run, split.folds, split.seed)
        crossed, size = baseline.cross_validated, baseline.scorer.size()

        def ask_baseline(reports: Sequence[Labelled]) -> Decisions:
            return baseline.decide(rows_of(reports, codebook, segmenter), gold_of(reports))

        ask = ask_baseline

    training = 0.0 if run.learner == "keywords" else perf_counter() - began
    decisions = {CROSSED: crossed} | {name: ask(reports) for name, reports in tests.items()}
    timed = [report for reports in tests.values() for report in reports] or train
    asked = []
    for _ in range(3):  # the quickest of three: other work on the machine only adds
        began = perf_counter()
        ask(timed)
        asked.append(perf_counter() - began)
    speed = sum(len(report.themes) for report in timed) / min(asked)
    return Result(run.name, decisions, size, training, speed, ours=run.learner == "report_model")


def _report_model(
    run: RunSettings, split: Split, base: Path, codebook: Codebook, train: Sequence[Labelled]
) -> tuple[Decisions, int, Callable[[Sequence[Labelled]], Decisions]]:
    from toolkit.learn import Learning, fit_cross

    same = (*run.set, f"learn.folds={split.folds}", f"learn.seed={split.seed}")
    config = read_config(base / run.experiment, same)
    chars = config.features.chars
    how = Learning(max_ngram=chars.max, min_df=chars.min_df, **config.learn.model_dump())
    fitted = fit_cross(train, codebook.theme_ids, codebook.stage_ids, how)
    gold = Gold.of(train, codebook.theme_ids, codebook.stage_ids)
    with tempfile.TemporaryDirectory() as folder:
        stored = Path(folder) / "model"
        save_model(stored, fitted.model, {})
        size = sum(path.stat().st_size for path in stored.iterdir())
    crossed = decide(gold, fitted.themes, fitted.stages, fitted.thresholds)
    return crossed, size, lambda reports: decide_reports(fitted.model, reports)


def write_results(results: Sequence[Result], folder: Path) -> list[Path]:
    """``results.md`` and ``results.csv`` in ``folder``; gives their paths."""
    done = [result for result in results if result.decisions]
    scores = {r.name: {name: score(decided) for name, decided in r.decisions.items()} for r in done}
    table = Table("results", *_flat(done, scores))
    paths = [folder / "results.md", folder / "results.csv"]
    write_whole(paths[0], _markdown(results, scores).encode())
    write_csv(table, paths[1], bom=False)
    return paths


def _flat(
    done: Sequence[Result], scores: Mapping[str, Mapping[str, dict[str, Any]]]
) -> tuple[tuple[str, ...], tuple[tuple[Cell, ...], ...]]:
    themes = list(next(iter(done)).decisions[CROSSED].gold.theme_ids) if done else []
    head = (
        *("run", "tested_on", "items", "micro_f1", "low", "high", "macro_f1", "stage_accuracy", "calibration_error"),
        *("micro_f1_at_80_percent", "megabytes", "training_seconds", "items_per_second"),
        *(f"f1_{theme}" for theme in themes),
    )
    rows = []
    for result in done:
        for name, s in scores[result.name].items():
            sure = _has_probabilities(result)
            figures: list[Cell] = [s["items"], s["micro_f1"], *s["micro_f1_interval"], s["macro_f1"]]
            figures += [s.get("stage_accuracy"), s["calibration_error"] if sure else None]
            figures += [s["micro_f1_at_80_percent"] if sure else None, round(result.size / 1e6, 3)]
            figures += [round(result.training_seconds, 1), round(result.items_per_second)]
            rows.append((result.name, name, *figures, *(s["themes"][theme]["f1"] for theme in themes)))
    return head, tuple(rows)


def _has_probabilities(result: Result) -> bool:
    """A keyword list says yes or no: to calibrate, or to take the surest, there is nothing."""
    values = result.decisions[CROSSED].probabilities
    return bool(((values > 0) & (values < 1)).any())


def _markdown(results: Sequence[Result], scores: Mapping[str, Mapping[str, dict[str, Any]]]) -> str:
    done = [result for result in results if result.decisions]
    first = next((result for result in done if result.ours), None)
    parts = ["# Every classifier on the same reports\n", _intro(done, scores)]
    tests = list(dict.fromkeys(name for result in done for name in result.decisions))
    for test in tests:
        parts.append(f"## Tested on: {test}\n")
        with_cost = test == CROSSED
        head = ["run", "micro-F1", "95 % by report", "macro-F1", "stage accuracy", "calibration error"]
        head += ["micro-F1 of the surest 80 %", *(["MB", "training", "speed"] if with_cost else [])]
        rows = []
        for result in results:
            if not result.decisions:
                rows.append([result.name, result.skipped, *[""] * (len(head) - 2)])
                continue
            s, sure = scores[result.name][test], _has_probabilities(result)
            low, high = s["micro_f1_interval"]
            row = [result.name, f"{s['micro_f1']:.3f}", f"{low:.3f}–{high:.3f}", f"{s['macro_f1']:.3f}"]
            row.append(f"{s['stage_accuracy']:.3f}" if "stage_accuracy" in s else "–")
            row += [f"{s[key]:.3f}" if sure else "–" for key in ("calibration_error", "micro_f1_at_80_percent")]
            if with_cost:
                row += [f"{result.size / 1e6:.1f}", *_ratios(result, first)]
            rows.append(row)
        parts.append(_table(head, rows))
    parts.append("## F1 of each theme, cross-validated\n")
    themes = done[0].decisions[CROSSED].gold.theme_ids if done else ()
    head = ["theme", "items", *(result.name for result in done)]
    each = {result.name: scores[result.name][CROSSED]["themes"] for result in done}
    parts.append(
        _table(
            head,
            [
                [theme, str(each[done[0].name][theme]["support"])]
                + [f"{each[result.name][theme]['f1']:.3f}" for result in done]
                for theme in themes
            ],
        )
    )
    if first:
        parts.append(f"## Coverage and quality: {first.name}\n")
        parts.append("Micro-F1 of themes over the surest share of the items.\n")
        curves = {test: coverage_curve(d.confidence, d.gold.truth, d.predicted) for test, d in first.decisions.items()}
        rows = [
            [f"{share} %", *(f"{round(curve[share // 5 - 1][1], 4):.3f}" for curve in curves.values())]
            for share in COVERAGES
        ]
        parts.append(_table(["coverage", *curves], rows))
    return "\n".join(parts)


def _intro(done: Sequence[Result], scores: Mapping[str, Mapping[str, dict[str, Any]]]) -> str:
    lines = []
    if done:
        decided = done[0].decisions
        sizes = ", ".join(
            f"{name}: {len(set(d.gold.groups.tolist()))} reports, {len(d.gold.truth)} items"
            for name, d in decided.items()
        )
        lines.append(f"{sizes[0].upper()}{sizes[1:]}.")
    lines.append(
        "Every run has the same folds of whole reports; vectorizers, weights, calibration and thresholds are learned "
        "from the training folds alone. The trees of ours are stacked: they never see an item's report, but the scores "
        "they are taught by come from linear models that did; the held-out reports are free of that. Development "
        "reports are only reported. Constants of the runs stand in comparison.toml."
    )
    lines.append(
        "Calibration error: expected, ten bins, decisions of 5 % and more. MB: what is stored (ours: the model folder; "
        "pipelines: joblib). Training: all folds and the final model, with calibration; speed: items a second from "
        "parsed reports to decisions"
        + next(
            (
                f"; both beside the first run of ours ({r.training_seconds:.0f} s, {r.items_per_second:,.0f} items/s "
                f"on {os.cpu_count()} cores, {platform.machine()})"
                for r in done
                if r.ours
            ),
            "",
        )
        + ".\n"
    )
    return "\n\n".join(lines)


def _ratios(result: Result, first: Result | None) -> list[str]:
    if first is None:
        return [f"{result.training_seconds:.1f} s", f"{result.items_per_second:,.0f}/s"]
    training = f"{result.training_seconds / first.training_seconds:.2f} ×" if result.training_seconds else "–"
    return [training, f"{result.items_per_second / first.items_per_second:.2f} ×"]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"
