"""The linear model over substrings: learned from items, then from their clauses.

A theme often lives in one clause of a long item, but labels are given to items. So the model is learned twice
(multiple-instance learning; Andrews et al., NIPS 2002, "mi-SVM"): from whole items first; then from items and clauses
together, where a clause carries a theme of its item if the first model says so, or if none of its item says so louder.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from joblib import delayed
from numpy.typing import NDArray
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from toolkit.errors import DataError
from toolkit.features import Units, Vocabulary, clause_spans, inverse_document_frequency, learn_vocabulary
from toolkit.learn.setting import Learning, Truth, run_parallel
from toolkit.scorers import Floats, Substrings

_SPEAKS = -0.3  # score from which a clause of an item with a theme carries it
_SILENT = -0.8  # score below which it does not; clauses between the two teach nothing


@dataclass(frozen=True)
class Counted:
    """What a text is to the linear model: the substrings of training texts, and ``idf × count`` of them, normed.

    The vocabulary and idf are those of the texts they were learned from, and of no other.
    """

    vocabulary: Vocabulary
    idf: Floats
    damped: bool = False

    @classmethod
    def of(cls, texts: Sequence[str], how: Learning) -> Counted:
        """Learn vocabulary and idf of ``texts``.

        Raises:
            DataError: no substring stands in ``min_df`` texts.
        """
        vocabulary, frequency = learn_vocabulary(texts, how.min_df, how.max_ngram)
        if not len(vocabulary):
            raise DataError(
                f"no substring stands in {how.min_df} texts", remedy="give more texts, or lower features.min_df"
            )
        return cls(vocabulary, inverse_document_frequency(frequency, len(texts)), how.damped)

    def rows(self, texts: Sequence[str]) -> Any:
        """Sparse rows (n_texts, n_features), normed as prediction does; with ``damped`` counts are ``1 + log``."""
        units = Units.of_texts(texts)
        each = list(self.vocabulary.occurrences(units.codes))
        found = np.concatenate([found for found, _ in each])
        owner = units.of_position(np.concatenate([at for _, at in each]))
        idf = self.idf.astype(np.float64)
        counts = sparse.csr_matrix((np.ones(len(owner)), (owner, found)), shape=(len(texts), len(self.vocabulary)))
        if self.damped:
            counts.data = 1 + np.log(counts.data)
        norms = np.sqrt(np.maximum(counts @ (idf**2), 1e-12))
        return (sparse.diags(1 / norms) @ counts @ sparse.diags(idf)).tocsr()


def linear_models(
    texts: Sequence[str], outputs: Truth, noise: Truth, themes: int, masks: Sequence[Truth], how: Learning
) -> list[Substrings]:
    """One linear model a mask; each is learned apart, so any number of workers gives the same bytes."""
    calls = [
        delayed(linear_model)(
            [texts[k] for k in np.flatnonzero(mask).tolist()], outputs[mask], noise[mask], themes, how
        )
        for mask in masks
    ]
    return run_parallel(how.jobs, calls)


def linear_model(texts: Sequence[str], outputs: Truth, noise: Truth, themes: int, how: Learning) -> Substrings:
    """A linear model of ``outputs`` (n_texts, n_outputs), of which the first ``themes`` are themes.

    ``noise`` (n_texts,) teaches no theme: captions name themes without carrying them.
    """
    counted = Counted.of(texts, how)
    whole = counted.rows(texts)
    taught = [~noise if column < themes else np.ones_like(noise) for column in range(outputs.shape[1])]
    fits = [_separate(whole[mask], outputs[mask, column], how) for column, mask in enumerate(taught)]
    spans = [clause_spans(text) for text in texts]
    parted = np.array([len(found) > 1 for found in spans]) & ~noise
    owner = np.repeat(
        np.arange(len(texts)), [len(found) if use else 0 for found, use in zip(spans, parted, strict=True)]
    )
    if how.clauses and len(owner):
        parts = [text[a:b] for text, found, use in zip(texts, spans, parted, strict=True) if use for a, b in found]
        clauses = counted.rows(parts)
        for column in range(themes):
            weights, bias = fits[column]
            scores = clauses @ weights.astype(np.float64) + bias
            carried, teaches = clause_labels(scores, owner, outputs[:, column])
            rows = sparse.vstack([whole[~noise], clauses[teaches]]).tocsr()
            fits[column] = _separate(rows, np.r_[outputs[~noise, column], carried[teaches]], how)
    weights = np.stack([weights for weights, _ in fits], axis=1)
    return Substrings(counted.vocabulary, counted.idf, weights, np.array([bias for _, bias in fits], np.float32))


def clause_labels(scores: NDArray[np.floating], owner: NDArray[np.int64], truth: Truth) -> tuple[Truth, Truth]:
    """Which clauses carry a theme, and which teach it, both (n_clauses,).

    ``scores`` (n_clauses,) are the first model's, ``owner`` (n_clauses,) the item of each clause, ``truth`` (n_items,)
    whether the item carries the theme. The best clause of an item with the theme always carries it.
    """
    best = np.full(len(truth), -np.inf)
    np.maximum.at(best, owner, scores)
    within = truth[owner]
    carried = within & ((scores >= best[owner]) | (scores > _SPEAKS))
    return carried, ~within | carried | (scores <= _SILENT)


def _separate(rows: Any, target: Truth, how: Learning) -> tuple[Floats, float]:
    """Weights (n_features,) and bias of one output; an output with one class only says so with its bias."""
    if target.all() or not target.any():
        return np.zeros(rows.shape[1], np.float32), 1.0 if target.all() else -1.0
    # Dual coordinate descent is plain C without BLAS: the same numbers on every machine of one architecture.
    machine = LinearSVC(C=how.c, dual=cast(Any, True), random_state=how.seed, max_iter=4000, tol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        machine.fit(rows, target)
    # Rounded, so that the last bits of another machine's arithmetic leave the arrays the same.
    return np.round(machine.coef_[0], 5).astype(np.float32), float(np.round(cast(Any, machine.intercept_)[0], 5))
