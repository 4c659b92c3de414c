"""How good: pure functions over arrays. Truth and predictions are indicator matrices (n_items, n_themes)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.bool_]
Values = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class ThemeQuality:
    """Precision, recall and F1 of one theme, and how many items carry it."""

    precision: float
    recall: float
    f1: float
    support: int


def per_theme(truth: Matrix, predicted: Matrix) -> list[ThemeQuality]:
    """Quality of each column; a theme neither carried nor predicted has F1 0 and support 0."""
    hits = (truth & predicted).sum(axis=0)
    said, carried = predicted.sum(axis=0), truth.sum(axis=0)
    return [
        ThemeQuality(float(h / max(1, s)), float(h / max(1, c)), float(2 * h / max(1, s + c)), int(c))
        for h, s, c in zip(hits, said, carried, strict=True)
    ]


def micro_f1(truth: Matrix, predicted: Matrix) -> float:
    """F1 over all decisions; 1 where there is nothing to find and nothing was found."""
    total = int(truth.sum() + predicted.sum())
    return float(2 * (truth & predicted).sum() / total) if total else 1.0


def mean_row_f1(truth: Matrix, predicted: Matrix) -> float:
    """Mean over the rows of the row's own F1; a row with nothing to find in which nothing was found counts 1."""
    total = truth.sum(axis=1) + predicted.sum(axis=1)
    hits = 2 * (truth & predicted).sum(axis=1)
    return float(np.where(total > 0, hits / np.maximum(1, total), 1.0).mean()) if len(total) else 1.0


def macro_f1(truth: Matrix, predicted: Matrix) -> float:
    """Mean F1 over the themes present in ``truth``."""
    present = [quality.f1 for quality in per_theme(truth, predicted) if quality.support]
    return float(np.mean(present)) if present else 1.0


def expected_calibration_error(probabilities: Values, truth: Matrix, bins: int = 10) -> float:
    """Mean distance between probability and frequency over equal-width bins, weighted by their size.

    Decisions with a probability under 0.05 are left out: they are most of a multi-label table and would hide the rest.
    Naeini et al., AAAI 2015.
    """
    values, hits = probabilities.ravel(), truth.ravel()
    kept = values >= 0.05
    values, hits = values[kept], hits[kept]
    if not len(values):
        return 0.0
    place = np.minimum((values * bins).astype(int), bins - 1)
    gaps = [abs(values[place == b].mean() - hits[place == b].mean()) * (place == b).mean() for b in np.unique(place)]
    return float(np.sum(gaps))


def reliability(probabilities: Values, truth: Matrix, bins: int = 10) -> list[tuple[float, float, int]]:
    """Per bin of equal width: mean probability, frequency, and number of decisions."""
    values, hits = probabilities.ravel(), truth.ravel()
    place = np.minimum((values * bins).astype(int), bins - 1)
    return [
        (float(values[place == b].mean()), float(hits[place == b].mean()), int((place == b).sum()))
        for b in np.unique(place)
    ]


def coverage_curve(confidence: Values, truth: Matrix, predicted: Matrix, steps: int = 20) -> list[tuple[float, float]]:
    """``(coverage, micro-F1)`` on the most confident share of the items, from one step to all of them."""
    order = np.argsort(-confidence, kind="stable")
    sizes = [max(1, round(len(order) * k / steps)) for k in range(1, steps + 1)] if len(order) else []
    return [(size / len(order), micro_f1(truth[order[:size]], predicted[order[:size]])) for size in sizes]


def theme_confidence(probabilities: Values, threshold: Values) -> Values:
    """Confidence (n_items,) in an item's whole set of themes: the distance of its least sure theme from its threshold.

    Distances are measured on the side they lie: 1 is a probability of 0 or 1, 0 one at the threshold.
    """
    above = (probabilities - threshold) / (1 - threshold)
    below = (threshold - probabilities) / threshold
    return np.where(probabilities >= threshold, above, below).min(axis=1)


def bootstrap_interval(
    statistic: Callable[[NDArray[np.int64]], float],
    groups: NDArray[np.int64],
    *,
    rounds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[float, float]:
    """Percentile interval of ``statistic(rows)`` when whole groups (reports) are drawn anew. Efron 1979."""
    generator = np.random.default_rng(seed)
    members = [np.flatnonzero(groups == name) for name in np.unique(groups)]
    values = [
        statistic(np.concatenate([members[k] for k in generator.integers(0, len(members), len(members))]))
        for _ in range(rounds)
    ]
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
