"""The main path: a TOML file becomes a typed configuration, a trained model, and its scores.

The steps of a training run (the numbers stand again in :func:`run_training`):

1. codebook and labelled reports are read and checked;
2. what is wrong with the labels is said before anything is learned;
3. reports are split as their index says; everything learned comes from the training reports;
4. the model is learned, cross-fitted by report;
5. scores: cross-validated on the training reports, and on the held-out reports the model never saw;
6. the model folder is written whole, with the resolved configuration and the scores in its manifest.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from toolkit.classify import NOISE, Floats, ReportModel
from toolkit.codebook import Codebook, load_codebook
from toolkit.errors import ConfigError, DataError
from toolkit.evaluate import (
    bootstrap_interval,
    coverage_curve,
    expected_calibration_error,
    macro_f1,
    micro_f1,
    per_theme,
    theme_confidence,
)
from toolkit.labels import Labelled, load_reports
from toolkit.resources import shipped
from toolkit.settings import Settings, build, read_toml
from toolkit.store import save_model

Progress = Callable[[str], None]


class Data(Settings):
    """Where codebook and labelled reports stand, from the configuration's folder; empty is the shipped ones."""

    codebook: str = ""
    reports: str = ""


class Chars(Settings):
    """Substrings as features: the longest, and the texts one must stand in."""

    max: Annotated[int, Field(ge=1, le=4)] = 4
    min_df: Annotated[int, Field(ge=1)] = 3


class Features(Settings):
    """What the linear model counts."""

    chars: Chars = Chars()


class Learn(Settings):
    """Linear models over clauses, boosted trees on top, cross-fitted by report."""

    c: Annotated[float, Field(gt=0)] = 0.5
    folds: Annotated[int, Field(ge=2, le=20)] = 5
    trees: Annotated[int, Field(ge=10, le=1000)] = 80
    depth: Annotated[int, Field(ge=1, le=6)] = 3
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.1
    seed: Annotated[int, Field(ge=0)] = 0


class Training(Settings):
    """A training experiment: ``experiments/themes.toml`` is the shipped one."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")] = "themes"
    model: str = ""
    data: Data = Data()
    features: Features = Features()
    learn: Learn = Learn()


def read_config(path: Path, overrides: Sequence[str] = ()) -> Training:
    """The configuration in ``path`` with dotted ``overrides`` (``features.chars.max=3``) laid over it.

    Raises:
        ConfigError: no such file, broken TOML (line named), unknown key or wrong value (dotted path named).
    """
    table = read_toml(path, ConfigError)
    for override in overrides:
        _override(table, override)
    return build(Training, table, path, ConfigError)


def _override(table: dict[str, Any], override: str) -> None:
    """Set one dotted key of ``table``; the value is read as TOML, or else taken as text."""
    key, equals, text = override.partition("=")
    parts = [part.strip() for part in key.split(".")]
    if not equals or not all(parts):
        raise ConfigError(f"{override!r} sets nothing", where="--set", remedy="write --set features.chars.max=3")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    for part in parts[:-1]:
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"{key!r}: {part!r} is a value, not a table", where="--set")
        table = inner
    table[parts[-1]] = value


@dataclass(frozen=True)
class Run:
    """What a training run gives: the model and its folder, scores, faults of the labels, and items to label next."""

    model: ReportModel
    folder: Path
    scores: Mapping[str, Any]
    warnings: tuple[str, ...]
    asked_next: tuple[str, ...]


def run_training(
    config: Training, base: Path, *, out: Path | None = None, jobs: int = 1, say: Progress = lambda _: None
) -> Run:
    """Train as ``config`` says; paths in it are taken from ``base``. ``say`` hears one line a step.

    Raises:
        FazhiError: labels, configuration or output folder are wrong; nothing is written then.
    """
    from toolkit.learn import Learning, fit_cross  # scikit-learn is loaded by those who train

    folder = out or (base / config.model if config.model else shipped("models") / config.name)
    # 1
    codebook = load_codebook(base / config.data.codebook if config.data.codebook else None)
    reports_folder = base / config.data.reports if config.data.reports else shipped("labels", "reports")
    reports = load_reports(reports_folder, codebook)
    # 2
    warnings = tuple(find_faults(reports, codebook))
    # 3
    train = [report for report in reports if report.entry is None or report.entry.split == "train"]
    held = [report for report in reports if report.entry is not None and report.entry.split == "heldout"]
    if not train:
        raise DataError("no training reports", where=reports_folder, remedy="give reports the split 'train'")
    say(f"{len(train)} training reports, {sum(len(r.themes) for r in train)} items; {len(held)} held out")
    # 4
    how = Learning(config.features.chars.max, config.features.chars.min_df, **config.learn.model_dump(), jobs=jobs)
    crossed = fit_cross(train, codebook.theme_ids, codebook.stage_ids, how)
    say(f"{len(crossed.model.linear.vocabulary)} substrings, cross-fitted in {how.folds} folds of whole reports")
    # 5
    model = crossed.model
    scores: dict[str, Any] = {
        "cross_validated": score(
            crossed.themes, crossed.stages, crossed.truth, [s for r in train for s in r.stages], crossed.groups, model
        )
    }
    if held:
        scores["heldout"] = score_reports(model, held)
    # 6
    about = {
        "config": config.model_dump(mode="json"),
        "names": {theme.id: {"zh": theme.zh, "en": theme.en} for theme in (*codebook.themes, *codebook.stages)},
        "data": {"reports": len(train), "items": len(crossed.truth), "sha256": fingerprint(train)},
        "scores": scores,
    }
    save_model(folder, model, about)
    say(f"model written to {folder}")
    items = [item.id for report in train for item in report.document.items]
    return Run(model, folder, scores, warnings, tuple(items[k] for k in least_sure(crossed.themes, model)))


def score_reports(model: ReportModel, reports: Sequence[Labelled]) -> dict[str, Any]:
    """Scores of ``model`` on labelled reports it has not seen."""
    pairs = [model.probabilities(report.document) for report in reports]
    truth = np.array(
        [[theme in found for theme in model.theme_ids] for report in reports for found in report.themes], dtype=bool
    )
    groups = np.repeat(np.arange(len(reports)), [len(report.themes) for report in reports])
    stages = [stage for report in reports for stage in report.stages]
    return score(np.vstack([t for t, _ in pairs]), np.vstack([s for _, s in pairs]), truth, stages, groups, model)


def score(
    themes: Floats,
    stages: Floats,
    truth: NDArray[np.bool_],
    stage_truth: Sequence[str],
    groups: NDArray[np.int64],
    model: ReportModel,
) -> dict[str, Any]:
    """All figures of one set of items, rounded: F1, calibration, coverage, stages, intervals by report."""
    said = [model.stage_ids[k] for k in stages.argmax(axis=1)] if stages.shape[1] else [""] * len(themes)
    noise = np.array([name == NOISE for name in said])
    predicted = (themes >= model.themes.threshold) & ~noise[:, None]
    shown = np.where(noise[:, None], 0, themes)
    low, high = bootstrap_interval(lambda rows: micro_f1(truth[rows], predicted[rows]), groups, rounds=400)
    confidence = np.where(noise, 1.0, theme_confidence(themes, model.themes.threshold))
    qualities = per_theme(truth, predicted)
    result: dict[str, Any] = {
        "items": len(truth),
        "micro_f1": micro_f1(truth, predicted),
        "micro_f1_interval": [low, high],
        "macro_f1": macro_f1(truth, predicted),
        "calibration_error": expected_calibration_error(shown, truth),
        "micro_f1_at_80_percent": dict(coverage_curve(confidence, truth, predicted, steps=10)).get(
            round(len(truth) * 0.8) / len(truth), None
        ),
        "themes": {
            name: {"precision": q.precision, "recall": q.recall, "f1": q.f1, "support": q.support}
            for name, q in zip(model.theme_ids, qualities, strict=True)
        },
    }
    if all(stage_truth) and stages.shape[1]:
        right = np.array([a == b for a, b in zip(said, stage_truth, strict=True)])
        result["stage_accuracy"] = float(right.mean())
        result["stages"] = {
            name: {
                "recall": float(
                    np.mean([a == name for a, b in zip(said, stage_truth, strict=True) if b == name] or [0])
                ),
                "precision": float(
                    np.mean([b == name for a, b in zip(said, stage_truth, strict=True) if a == name] or [0])
                ),
                "support": sum(b == name for b in stage_truth),
            }
            for name in model.stage_ids
        }
    return _rounded(result)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return round(float(value), 4) if isinstance(value, float | np.floating) else value


def find_faults(reports: Sequence[Labelled], codebook: Codebook) -> list[str]:
    """What is wrong with the labels, one line each: themes of few items, texts on both sides of the split."""
    faults = []
    for theme in codebook.theme_ids:
        within = [sum(theme in found for found in report.themes) for report in reports]
        if sum(within) < 20 or sum(count > 0 for count in within) < 5:
            faults.append(
                f"{theme}: {sum(within)} items in {sum(c > 0 for c in within)} reports; give 20 in 5 at least"
            )
    sides: dict[str, set[str]] = {}
    for report in reports:
        side = report.entry.split if report.entry else "train"
        for item in report.document.items:
            if len(item.text) >= 30:
                sides.setdefault("".join(item.text.split()), set()).add(side)
    faults.extend(f"on both sides of the split: {text[:40]}…" for text, found in sides.items() if len(found) > 1)
    return faults


def least_sure(themes: Floats, model: ReportModel, most: int = 30) -> list[int]:
    """Rows whose labels would teach most: those with a theme nearest to its threshold."""
    return [int(k) for k in np.argsort(theme_confidence(themes, model.themes.threshold), kind="stable")[:most]]


def fingerprint(reports: Sequence[Labelled]) -> str:
    """Hash of texts and labels, so that a model says what it was learned from."""
    digest = hashlib.sha256()
    for report in reports:
        rows = [
            [i.start, i.end, s, sorted(t)]
            for i, s, t in zip(report.document.items, report.stages, report.themes, strict=True)
        ]
        digest.update(json.dumps([report.document.text, rows], ensure_ascii=False).encode())
    return digest.hexdigest()
