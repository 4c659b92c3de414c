"""The classifier as a scikit-learn estimator over plain texts, for any codebook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from toolkit.classify import ReportModel
from toolkit.document import Item
from toolkit.errors import DataError
from toolkit.learn.boost import theme_head
from toolkit.learn.linear import Counted, linear_models
from toolkit.learn.setting import Groups, Learning, Truth, folds_of, indicator, masks_of
from toolkit.rows import THEME_ROW, candidates, theme_rows, view
from toolkit.scorers import Floats, Substrings


class ThemeClassifier(ClassifierMixin, BaseEstimator):
    """Multi-label themes of texts, for any codebook: substrings → linear models over clauses → calibrated trees.

    Parameters:
        max_ngram: longest substring, 1 to 4 characters.
        min_df: texts a substring must stand in.
        clauses: learn the linear models from clauses too.
        c: inverse regularisation of the linear models.
        folds: cross-fitting folds.
        trees, depth, learning_rate: of the boosted trees on top.
        random_state: seed.
        n_jobs: workers; any number gives the same model.
        names: teach each label's own name as one more text of it; what a label is called says what it is.
        damped: learn from ``1 + log(count)`` of a substring instead of its count.
        exclusive: every text carries exactly one label. Then the linear models of whole texts decide alone, without
            trees; probabilities are their softmax, with a sharpness learned on cross-fitted scores.

    Attributes:
        classes_: theme ids, sorted, or column numbers if ``y`` was an indicator matrix.
        model_: the learned arrays (:class:`toolkit.classify.ReportModel`, without stages); not where ``exclusive``.
        linear_, sharpness_: the linear models and the factor of their scores, where ``exclusive``.
        out_of_fold_: indicator matrix (n, n_classes) of what is decided on the training texts, cross-fitted by group.
    """

    def __init__(
        self, *, max_ngram: int = 4, min_df: int = 2, clauses: bool = True, c: float = 0.5, folds: int = 5,
        trees: int = 80, depth: int = 3, learning_rate: float = 0.1, random_state: int = 0, n_jobs: int = 1,
        names: bool = False, damped: bool = False, exclusive: bool = False,
    ) -> None:  # fmt: skip
        self.max_ngram = max_ngram
        self.min_df = min_df
        self.clauses = clauses
        self.c = c
        self.folds = folds
        self.trees = trees
        self.depth = depth
        self.learning_rate = learning_rate
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.names = names
        self.damped = damped
        self.exclusive = exclusive

    def fit(self, X: Sequence[str] | Sequence[Item], y: Any, groups: Sequence[object] | None = None) -> Self:
        """Learn from texts or items ``X`` and labels ``y``.

        ``y`` is a sequence of label collections, a sequence of single labels, or an indicator matrix (n, n_classes).
        ``groups`` names the report of each text: cross-fitting keeps reports whole. Without, every text is its own.

        Raises:
            DataError: empty, of different lengths, too few texts for the folds, or, where ``exclusive``, a text with
                no label or several.
        """
        items = as_items(X)
        classes, labels = as_labels(y)
        if len(items) != len(labels):
            raise DataError(f"{len(items)} texts but {len(labels)} rows of labels")
        if len(classes) < 1:
            raise DataError("no labels at all", remedy="give at least one labelled text")
        names = [str(name) for name in classes]
        own = np.arange(len(items)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
        bad = next((n for n, label in enumerate(labels) if len(set(label)) != 1), None)
        if self.exclusive and bad is not None:
            raise DataError(
                f"row {bad} has {len(set(labels[bad]))} labels", remedy="give one label a text, or exclusive=False"
            )
        how = Learning(
            max_ngram=self.max_ngram,
            min_df=self.min_df,
            clauses=self.clauses,
            c=self.c,
            folds=self.folds,
            trees=self.trees,
            depth=self.depth,
            learning_rate=self.learning_rate,
            seed=self.random_state,
            jobs=self.n_jobs,
            damped=self.damped,
        )
        truth = indicator(labels, names)
        fold = folds_of(own, how.folds, how.seed)
        linears = _linear_models(items, truth, fold, names if self.names else (), how)
        if self.exclusive:
            self.linear_ = linears[-1]
            scores = np.zeros(truth.shape, np.float32)
            for number in range(how.folds):
                held = np.flatnonzero(fold == number)
                scores[held] = self._scores(linears[number], [items[k] for k in held.tolist()])
            self.sharpness_ = sharpness(scores, truth)
            self.out_of_fold_ = _one_hot(scores)
        else:
            self.model_, probabilities, thresholds = _stack(linears, items, truth, fold, names, how)
            self.out_of_fold_ = (probabilities >= thresholds).astype(np.int64)
        self.classes_ = np.asarray(classes)
        self.n_features_in_ = 1
        return self

    def predict_proba(self, X: Sequence[str] | Sequence[Item]) -> Floats:
        """Calibrated probabilities (n, n_classes)."""
        check_is_fitted(self, "classes_")
        items = as_items(X)
        if not items:
            return np.zeros((0, len(self.classes_)), np.float32)
        if self.exclusive:
            return softmax(self._scores(self.linear_, items) * self.sharpness_)
        model: ReportModel = self.model_
        seen = view(model.linear, items, len(model.theme_ids), neighbours=False)
        return model.themes.probabilities(seen, items, np.zeros(len(items), np.float32))

    def predict(self, X: Sequence[str] | Sequence[Item]) -> NDArray[np.int64]:
        """Indicator matrix (n, n_classes) of the themes at or above their thresholds, or of the only one."""
        if self.exclusive:
            return _one_hot(self.predict_proba(X))
        return (self.predict_proba(X) >= self.model_.themes.threshold).astype(np.int64)

    def predict_themes(self, X: Sequence[str] | Sequence[Item]) -> list[tuple[Any, ...]]:
        """Accepted themes of each text, most probable first."""
        probabilities = self.predict_proba(X)
        accepted = _one_hot(probabilities) > 0 if self.exclusive else probabilities >= self.model_.themes.threshold
        return [
            tuple(self.classes_[k] for k in np.argsort(-row, kind="stable") if yes[k])
            for row, yes in zip(probabilities, accepted, strict=True)
        ]

    def _scores(self, linear: Substrings, items: Sequence[Item]) -> Floats:
        """Scores (n_items, n_classes) of whole texts, counted as in learning."""
        rows = Counted(linear.vocabulary, linear.idf, self.damped).rows([item.text for item in items])
        return (rows @ linear.weights + linear.bias).astype(np.float32)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.target_tags.two_d_labels = True
        tags.classifier_tags.multi_label = True
        return tags


def _linear_models(
    items: Sequence[Item], truth: Truth, fold: Groups, names: Sequence[str], how: Learning
) -> list[Substrings]:
    """One linear model a fold and one for good; ``names`` of the labels teach all of them."""
    texts = [item.text for item in items] + list(names)
    outputs = np.vstack([truth, np.eye(truth.shape[1], dtype=bool)[: len(names)]])
    masks = masks_of(np.r_[fold, np.full(len(names), -1)], how.folds)
    return linear_models(texts, outputs, np.zeros(len(texts), bool), truth.shape[1], masks, how)


def _stack(
    linears: Sequence[Substrings],
    items: Sequence[Item],
    truth: Truth,
    fold: Groups,
    names: Sequence[str],
    how: Learning,
) -> tuple[ReportModel, Floats, Floats]:
    """A model without stages, from texts that stand alone; its cross-fitted probabilities and thresholds."""
    rows = np.zeros((len(items), len(names), len(THEME_ROW)), np.float32)
    likely = np.zeros(truth.shape, bool)
    for number in range(how.folds):
        held = np.flatnonzero(fold == number)
        part = [items[k] for k in held.tolist()]
        seen = view(linears[number], part, len(names), neighbours=False)
        rows[held] = theme_rows(seen, part, np.zeros(len(part), np.float32), len(names)).reshape(
            len(part), len(names), -1
        )
        likely[held] = candidates(seen, len(names))
    body = np.ones(len(items), bool)
    head, probabilities, thresholds = theme_head(rows.reshape(-1, len(THEME_ROW)), likely, truth, body, fold, how)
    return ReportModel(linears[-1], tuple(names), (), head, ()), probabilities, thresholds


def sharpness(scores: Floats, truth: Truth) -> float:
    """The factor of ``scores`` (n, n_classes) whose softmax says the one true label of each row best.

    Temperature scaling: Guo et al., ICML 2017.
    """

    def surprise(power: float) -> float:
        odds = scores * np.exp(power)
        top = odds.max(axis=1)
        return float((top + np.log(np.exp(odds - top[:, None]).sum(axis=1)) - odds[truth]).mean())

    found = cast(Any, optimize.minimize_scalar(surprise, bounds=(-3, 4), method="bounded"))
    return round(float(np.exp(found.x)), 4)


def softmax(scores: Floats) -> Floats:
    """Probabilities (n, n_classes) that add up to 1 in each row."""
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)


def _one_hot(scores: Floats) -> NDArray[np.int64]:
    return np.eye(scores.shape[1], dtype=np.int64)[scores.argmax(axis=1)]


def as_items(X: Sequence[str] | Sequence[Item]) -> list[Item]:
    """Texts or items as items.

    Raises:
        DataError: a value is neither.
    """
    items = []
    for number, value in enumerate(X):
        if isinstance(value, Item):
            items.append(value)
        elif isinstance(value, str):
            items.append(Item(str(number), 0, len(value), value, "paragraph"))
        else:
            raise DataError(f"row {number} is {type(value).__name__}, not text", remedy="give texts (str) or items")
    return items


def as_labels(y: Any) -> tuple[list[Any], list[tuple[str, ...]]]:
    """Classes, and the labels of each row by the classes' names."""
    if (isinstance(y, np.ndarray) and y.ndim == 2) or sparse.issparse(y):
        matrix = cast(Any, y).toarray() if sparse.issparse(y) else y
        return list(range(matrix.shape[1])), [tuple(str(k) for k in np.flatnonzero(row)) for row in matrix]
    rows = [(value,) if isinstance(value, str | int | np.integer) else tuple(value) for value in y]
    classes = sorted({label for row in rows for label in row})
    return classes, [tuple(str(label) for label in row) for row in rows]
