"""What a model decides on labelled items, and how good that is: one shape for every model that is compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolkit.classify import ReportModel
from toolkit.codebook import NOISE
from toolkit.evaluate import (
    bootstrap_interval,
    coverage_curve,
    expected_calibration_error,
    macro_f1,
    micro_f1,
    per_theme,
    theme_confidence,
)
from toolkit.labels import Labelled
from toolkit.scorers import Floats


@dataclass(frozen=True)
class Gold:
    """What is right: ``truth`` (n_items, n_themes), stage of each item ("" where none is named), and its report."""

    theme_ids: tuple[str, ...]
    stage_ids: tuple[str, ...]
    truth: NDArray[np.bool_]
    stages: tuple[str, ...]
    groups: NDArray[np.int64]

    @classmethod
    def of(cls, reports: Sequence[Labelled], theme_ids: Sequence[str], stage_ids: Sequence[str]) -> Gold:
        """The labels of ``reports``, in order."""
        rows = [[theme in found for theme in theme_ids] for report in reports for found in report.themes]
        return cls(
            tuple(theme_ids),
            tuple(stage_ids),
            np.array(rows, bool).reshape(-1, len(theme_ids)),
            tuple(stage for report in reports for stage in report.stages),
            np.repeat(np.arange(len(reports)), [len(report.themes) for report in reports]),
        )


@dataclass(frozen=True)
class Decisions:
    """What a model decided on labelled items; arrays (n_items, n_themes).

    Attributes:
        gold: what is right.
        probabilities: of every theme, 0 where the item is taken for noise.
        predicted: which themes are given.
        confidence: (n_items,) in an item's whole set of themes.
        stages: the stage given to each item, "" by a model without stages.
    """

    gold: Gold
    probabilities: Floats
    predicted: NDArray[np.bool_]
    confidence: Floats
    stages: tuple[str, ...]


def decide(gold: Gold, themes: Floats, stages: Floats, thresholds: Floats) -> Decisions:
    """Decisions from probabilities of themes and stages; ``thresholds`` (n_themes,) or one row an item."""
    said = [gold.stage_ids[k] for k in stages.argmax(axis=1)] if stages.shape[1] else [""] * len(themes)
    noise = np.array([name == NOISE for name in said], bool)
    return Decisions(
        gold,
        np.where(noise[:, None], 0, themes),
        (themes >= thresholds) & ~noise[:, None],
        np.where(noise, 1.0, theme_confidence(themes, thresholds)),
        tuple(said),
    )


def decide_reports(model: ReportModel, reports: Sequence[Labelled]) -> Decisions:
    """The decisions of ``model`` on labelled reports."""
    pairs = [model.probabilities(report.document) for report in reports]
    themes, stages = np.vstack([t for t, _ in pairs]), np.vstack([s for _, s in pairs])
    return decide(Gold.of(reports, model.theme_ids, model.stage_ids), themes, stages, model.themes.threshold)


def score(decisions: Decisions) -> dict[str, Any]:
    """All figures of one set of items, rounded: F1, calibration, coverage, stages, intervals by report."""
    gold, predicted = decisions.gold, decisions.predicted
    truth = gold.truth
    low, high = bootstrap_interval(lambda rows: micro_f1(truth[rows], predicted[rows]), gold.groups, rounds=400)
    coverage = coverage_curve(decisions.confidence, truth, predicted, steps=10)
    result: dict[str, Any] = {
        "items": len(truth),
        "micro_f1": micro_f1(truth, predicted),
        "micro_f1_interval": [low, high],
        "macro_f1": macro_f1(truth, predicted),
        "calibration_error": expected_calibration_error(decisions.probabilities, truth),
        "micro_f1_at_80_percent": dict(coverage).get(round(len(truth) * 0.8) / len(truth), None),
        "themes": {
            name: {"precision": q.precision, "recall": q.recall, "f1": q.f1, "support": q.support}
            for name, q in zip(gold.theme_ids, per_theme(truth, predicted), strict=True)
        },
    }
    if all(gold.stages) and any(decisions.stages):
        said, right = np.array(decisions.stages), np.array(gold.stages)
        result["stage_accuracy"] = float((said == right).mean())
        result["stages"] = {
            name: {
                "recall": float((said[right == name] == name).mean()) if (right == name).any() else 0.0,
                "precision": float((right[said == name] == name).mean()) if (said == name).any() else 0.0,
                "support": int((right == name).sum()),
            }
            for name in gold.stage_ids
        }
    return _rounded(result)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return round(float(value), 4) if isinstance(value, float | np.floating) else value


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
