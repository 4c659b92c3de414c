"""How to learn, and how training data are laid out: truth as an indicator matrix, folds of whole groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel
from numpy.typing import NDArray

from toolkit.errors import DataError
from toolkit.features import MAX_NGRAM

Truth = NDArray[np.bool_]
Groups = NDArray[np.int64]


@dataclass(frozen=True)
class Learning:
    """How to learn: every number here was chosen by cross-validation on the training reports (see ``experiments/``)."""

    max_ngram: int = MAX_NGRAM
    min_df: int = 3
    clauses: bool = True
    c: float = 1.0
    folds: int = 5
    trees: int = 80
    depth: int = 3
    learning_rate: float = 0.1
    seed: int = 0
    jobs: int = 1
    damped: bool = False
    """Learn from ``1 + log(count)`` instead of counts: a word said twice says less the second time."""


def run_parallel(jobs: int, calls: Iterable[Any]) -> list[Any]:
    """Results of delayed calls in their order, whatever the number of workers."""
    return list(Parallel(n_jobs=jobs)(calls) or ())


def indicator(labels: Iterable[Iterable[str]], classes: Sequence[str]) -> Truth:
    """Label collections as an indicator matrix (n, n_classes)."""
    place = {name: number for number, name in enumerate(classes)}
    rows = [[place[name] for name in set(names)] for names in labels]
    truth = np.zeros((len(rows), len(classes)), bool)
    for row, columns in enumerate(rows):
        truth[row, columns] = True
    return truth


def folds_of(groups: Groups, folds: int, seed: int) -> NDArray[np.int64]:
    """Fold of every row, whole groups at a time, of about equal size.

    Raises:
        DataError: fewer groups than folds.
    """
    names, counts = np.unique(groups, return_counts=True)
    if len(names) < folds:
        raise DataError(
            f"{len(names)} reports for {folds} folds", remedy="give at least one report a fold, or lower learn.folds"
        )
    order = np.random.default_rng(seed).permutation(len(names))
    order = order[np.argsort(-counts[order], kind="stable")]
    size = np.zeros(folds, np.int64)
    fold_of = np.zeros(len(names), np.int64)
    for name in order:  # the largest first, each into the emptiest fold
        fold_of[name] = size.argmin()
        size[fold_of[name]] += counts[name]
    return fold_of[np.searchsorted(names, groups)]


def masks_of(fold: NDArray[np.int64], folds: int) -> list[Truth]:
    """What teaches the model of each fold: all but the fold; and last, all."""
    return [fold != number for number in range(folds)] + [np.ones(len(fold), bool)]
