"""Boosted trees learned by scikit-learn, handed over as plain arrays; calibration and thresholds on top."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from joblib import delayed
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from toolkit.classify import UNLIKELY, ThemeHead
from toolkit.learn.setting import Groups, Learning, Truth, masks_of, run_parallel
from toolkit.scorers import Floats, Trees, sigmoid


def grow(rows: Floats, truth: Truth, how: Learning, count: int, min_leaf: int) -> Trees:
    """Boosted trees of ``truth`` over ``rows``; with one class only, a constant."""
    share = float(truth.mean()) if len(truth) else 0.0
    inner = 2**how.depth - 1
    if share in (0.0, 1.0) or len(truth) < 4:
        base = 6.0 if share == 1.0 else -6.0
        return Trees(
            base, np.zeros((0, inner), np.int16), np.zeros((0, inner), np.float32), np.zeros((0, inner + 1), np.float32)
        )
    # One thread: rows are few, and OpenMP threads that wait for each other on a busy machine cost minutes.
    with threadpool_limits(1):
        boosted = HistGradientBoostingClassifier(
            max_iter=count,
            learning_rate=how.learning_rate,
            max_depth=how.depth,
            max_leaf_nodes=2**how.depth,
            min_samples_leaf=min(min_leaf, max(1, len(truth) // 20)),
            l2_regularization=1.0,
            early_stopping=cast(Any, False),
            random_state=how.seed,
        ).fit(rows, truth)
    # scikit-learn keeps its trees in private tables; that ours say the same is checked below, whatever its version.
    parts = [_complete(stage[0].nodes, how.depth) for stage in boosted._predictors]
    trees = Trees(
        base=float(np.float32(boosted._baseline_prediction.item())),
        feature=np.stack([feature for feature, _, _ in parts]),
        threshold=np.stack([threshold for _, threshold, _ in parts]),
        value=np.stack([value for _, _, value in parts]),
    )
    sample = rows[:: max(1, len(rows) // 2000)]
    if not np.allclose(trees.score(sample), boosted.decision_function(sample), atol=1e-3):
        raise RuntimeError("the boosted trees of this scikit-learn are laid out differently; use a tested version")
    return trees


def _complete(nodes: Any, depth: int) -> tuple[NDArray[np.int16], Floats, Floats]:
    """One regression tree as a complete tree: a leaf above the last level hands its value to all below it."""
    inner = 2**depth - 1
    feature = np.zeros(inner, np.int16)
    threshold = np.full(inner, np.inf, np.float32)
    value = np.zeros(inner + 1, np.float32)
    stack = [(0, 0)]
    while stack:
        node, place = stack.pop()
        row = nodes[node]
        if place >= inner:
            value[place - inner] = row["value"]
        elif row["is_leaf"]:
            stack.extend([(node, 2 * place + 1), (node, 2 * place + 2)])
        else:
            feature[place], threshold[place] = row["feature_idx"], row["num_threshold"]
            stack.extend([(row["left"], 2 * place + 1), (row["right"], 2 * place + 2)])
    return feature, threshold, value


def theme_head(
    rows: Floats, likely: Truth, truth: Truth, body: Truth, fold: Groups, how: Learning
) -> tuple[ThemeHead, Floats, Floats]:
    """The trees of themes with calibration and thresholds; and what the other folds say of each item.

    Args:
        rows: (n_items × n_themes, n_features), of scores of models that never saw the item's report.
        likely: (n_items, n_themes), the rows the trees are asked about.
        truth: (n_items, n_themes).
        body: (n_items,), which items teach themes.
        fold: (n_items,).

    Returns:
        The head; probabilities and thresholds (both n_items, n_themes) from trees, calibration and thresholds fitted to
        the rows of the other folds.
    """
    themes = truth.shape[1]
    asked = likely.ravel()
    taught = [np.repeat(mask & body, themes) & asked for mask in masks_of(fold, how.folds)]
    calls = [delayed(grow)(rows[mask], truth.ravel()[mask], how, how.trees, min_leaf=40) for mask in taught]
    fits = run_parallel(how.jobs, calls)
    log_odds = np.full(truth.shape, UNLIKELY, np.float32)
    for number in range(how.folds):
        held = np.repeat(fold == number, themes) & asked
        log_odds.reshape(-1)[held] = fits[number].score(rows[held])
    head = ThemeHead(fits[-1], *calibrate(log_odds, truth, body))
    return head, *cross_calibrate(log_odds, truth, body, fold)


def cross_calibrate(log_odds: Floats, truth: Truth, body: Truth, fold: Groups) -> tuple[Floats, Floats]:
    """Probabilities and thresholds (both n_items, n_themes) by the calibration of the other folds."""
    probabilities, thresholds = np.zeros_like(log_odds), np.zeros_like(log_odds)
    for number in np.unique(fold):
        held = fold == number
        slope, offset, threshold = calibrate(log_odds[~held], truth[~held], body[~held])
        probabilities[held] = sigmoid(log_odds[held] * slope + offset)
        thresholds[held] = threshold
    return probabilities, thresholds


def calibrate(log_odds: Floats, truth: Truth, body: Truth) -> tuple[Floats, Floats, Floats]:
    """Slope, offset and threshold of every theme, from cross-fitted log-odds (n_items, n_themes).

    A logistic calibration (Platt 1999) drawn towards the identity, and the threshold that is best for F1. A threshold
    of few examples is drawn towards that of all themes: ``(n × own + 30 × common) / (n + 30)`` with n its positives.
    """
    themes = truth.shape[1]
    slope, offset = np.ones(themes, np.float32), np.zeros(themes, np.float32)
    for k in range(themes):
        odds, target = log_odds[body, k].astype(np.float64), truth[body, k]
        if 5 <= target.sum() < len(target):
            fitted = LogisticRegression(C=1.0).fit(odds[:, None], target)
            weight = target.sum() / (target.sum() + 30)
            slope[k] = np.round(weight * fitted.coef_[0, 0] + (1 - weight), 4)
            offset[k] = np.round(weight * fitted.intercept_[0], 4)
    probabilities = sigmoid(log_odds * slope + offset)[body]
    common = _best_threshold(probabilities.ravel(), truth[body].ravel())
    positives = truth[body].sum(axis=0)
    own = np.array(
        [_best_threshold(probabilities[:, k], truth[body, k]) if positives[k] >= 5 else common for k in range(themes)]
    )
    threshold = np.round((positives * own + 30 * common) / (positives + 30), 4).astype(np.float32)
    return slope, offset, threshold


def _best_threshold(probabilities: Floats, truth: Truth) -> float:
    """The threshold with the best F1 between 0.2 and 0.8, the middle of the best plateau."""
    grid = np.round(np.arange(0.2, 0.801, 0.01), 2)
    order = np.argsort(-probabilities, kind="stable")
    hits = np.r_[0, np.cumsum(truth[order])]
    accepted = np.searchsorted(-probabilities[order], -grid, side="right")
    f1 = 2 * hits[accepted] / np.maximum(1, accepted + truth.sum())
    best = np.flatnonzero(f1 >= f1.max() - 1e-9)
    return float(grid[best[len(best) // 2]])
