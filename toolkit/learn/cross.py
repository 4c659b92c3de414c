"""A model of themes and stages from labelled reports, cross-fitted by report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from joblib import delayed
from numpy.typing import NDArray

from toolkit.classify import NOISE, ReportModel
from toolkit.labels import Labelled
from toolkit.learn.boost import grow, theme_head
from toolkit.learn.linear import linear_models
from toolkit.learn.setting import Groups, Learning, Truth, folds_of, indicator, masks_of, run_parallel
from toolkit.rows import candidates, stage_rows, theme_rows, view
from toolkit.scorers import Floats, Substrings, Trees, sigmoid


def learn_report_model(
    reports: Sequence[Labelled], theme_ids: Sequence[str], stage_ids: Sequence[str], how: Learning
) -> ReportModel:
    """A model of themes and stages from labelled reports; folds are whole reports.

    Raises:
        DataError: fewer reports than folds, or a theme with examples in one report only.
    """
    return fit_cross(reports, theme_ids, stage_ids, how).model


@dataclass(frozen=True)
class CrossFit:
    """A learned model, and what models that never saw an item's report said of it, in order of the reports.

    ``themes`` and ``thresholds`` are (n_items, n_themes), ``stages`` (n_items, n_stages): the vocabulary, idf, weights,
    trees, calibration and thresholds behind them were fitted to the rows of other reports. As in all stacking, the
    scores in those rows come from linear models that were taught the report; the held-out reports are free of that.
    ``fold`` (n_items,) is the index in ``linears`` of the one that was not taught the item's report.
    """

    model: ReportModel
    themes: Floats
    thresholds: Floats
    stages: Floats
    truth: Truth
    stage_truth: NDArray[np.int64]
    groups: Groups
    fold: Groups
    linears: tuple[Substrings, ...]


def fit_cross(
    reports: Sequence[Labelled], theme_ids: Sequence[str], stage_ids: Sequence[str], how: Learning
) -> CrossFit:
    """Learn in five steps, keeping the cross-fitted probabilities."""
    groups = np.repeat(np.arange(len(reports)), [len(report.themes) for report in reports])
    items = [item for report in reports for item in report.document.items]
    truth = indicator((themes for report in reports for themes in report.themes), theme_ids)
    named = [stage for report in reports for stage in report.stages]
    stage_of = {stage: number for number, stage in enumerate(stage_ids)}
    with_stages = bool(stage_ids) and all(named)
    stage_truth = np.array([stage_of[name] for name in named] if with_stages else np.zeros(len(named)), np.int64)
    outputs = np.hstack([truth, np.eye(len(stage_ids), dtype=bool)[stage_truth]]) if with_stages else truth
    noise = stage_truth == stage_of[NOISE] if with_stages and NOISE in stage_of else np.zeros(len(items), bool)
    fold = folds_of(groups, how.folds, how.seed)
    masks = masks_of(fold, how.folds)
    # 1. The linear model, with vocabulary and idf of its own, once a fold and once for good.
    linears = linear_models([item.text for item in items], outputs, noise, len(theme_ids), masks, how)
    # 2. What the linear models say of items whose report they never saw.
    documents = [report.document for report in reports]
    bounds = np.searchsorted(groups, np.arange(len(reports) + 1))
    seen = [view(linears[fold[bounds[d]]], document.items, len(theme_ids)) for d, document in enumerate(documents)]
    # 3. Stages: trees over those scores, cross-fitted by the same folds.
    stages = np.zeros((len(items), len(stage_ids) if with_stages else 0), np.float32)
    stage_trees: list[Trees] = []
    if with_stages:
        rows = np.vstack([stage_rows(seen[d], document.items, len(theme_ids)) for d, document in enumerate(documents)])
        calls = [
            delayed(grow)(rows[mask], stage_truth[mask] == number, how, how.trees, min_leaf=10)
            for mask in masks
            for number in range(len(stage_ids))
        ]
        fits = run_parallel(how.jobs, calls)
        by_mask = [fits[k : k + len(stage_ids)] for k in range(0, len(fits), len(stage_ids))]
        for number in range(how.folds):
            held = fold == number
            stages[held] = np.stack([sigmoid(trees.score(rows[held])) for trees in by_mask[number]], axis=1)
        stages /= stages.sum(axis=1, keepdims=True)
        stage_trees = by_mask[-1]
    # 4. Themes: one set of trees for all themes, over an item's scores for a theme; calibration and thresholds.
    noisy = stages[:, stage_of[NOISE]] if with_stages and NOISE in stage_of else np.zeros(len(items), np.float32)
    rows = np.vstack(
        [
            theme_rows(seen[d], document.items, noisy[bounds[d] : bounds[d + 1]], len(theme_ids))
            for d, document in enumerate(documents)
        ]
    )
    likely = np.concatenate([candidates(one, len(theme_ids)) for one in seen])
    head, probabilities, thresholds = theme_head(rows, likely, truth, ~noise, fold, how)
    # 5. What texts of the field have in common.
    known = np.concatenate([one.known for one in seen])
    telling = truth.any(axis=1) & (np.array([len(item.text) for item in items]) >= 15)
    model = ReportModel(
        linears[-1],
        tuple(theme_ids),
        tuple(stage_ids) if with_stages else (),
        head,
        tuple(stage_trees),
        familiar=round(float(np.quantile(known[telling], _FAMILIAR)), 4) if telling.any() else 0.0,
    )
    return CrossFit(
        model, probabilities, thresholds, stages, truth, stage_truth, groups, fold, tuple(linears[: how.folds])
    )


_FAMILIAR = 0.02
"""Share of the items with a theme that, asked of the other folds' models, know fewer pairs than ``familiar``."""
