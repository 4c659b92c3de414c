"""Learning: labelled items in, the arrays of :mod:`toolkit.classify` out, with scikit-learn.

Everything learned is learned from training data alone: vocabulary, idf, weights, trees, calibration, thresholds. What
the trees and the calibration see are scores of models that never saw the item's report (cross-fitting by group;
Wolpert 1992, "Stacked generalization").
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self, cast

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from toolkit.classify import (
    NOISE,
    THEME_ROW,
    UNLIKELY,
    Floats,
    ReportModel,
    Substrings,
    ThemeHead,
    Trees,
    candidates,
    known_shares,
    sigmoid,
    stage_rows,
    theme_rows,
    view,
)
from toolkit.document import Document, Item
from toolkit.errors import DataError
from toolkit.features import MAX_NGRAM, Units, Vocabulary, inverse_document_frequency, learn_vocabulary, ngrams
from toolkit.labels import Labelled

Truth = NDArray[np.bool_]
Groups = NDArray[np.int64]


@dataclass(frozen=True)
class Learning:
    """How to learn: every number here was chosen by cross-validation on the training reports (see ``experiments/``)."""

    max_ngram: int = MAX_NGRAM
    min_df: int = 3
    c: float = 0.5
    folds: int = 5
    trees: int = 80
    depth: int = 3
    learning_rate: float = 0.1
    seed: int = 0
    jobs: int = 1


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
    """A learned model, and what models that never saw an item's report said of it (both in order of the reports)."""

    model: ReportModel
    themes: Floats
    stages: Floats
    truth: Truth
    stage_truth: NDArray[np.int64]
    groups: Groups


def fit_cross(
    reports: Sequence[Labelled], theme_ids: Sequence[str], stage_ids: Sequence[str], how: Learning
) -> CrossFit:
    """Learn in six steps, keeping the cross-fitted probabilities."""
    groups = np.repeat(np.arange(len(reports)), [len(report.themes) for report in reports])
    items = [item for report in reports for item in report.document.items]
    truth = indicator((themes for report in reports for themes in report.themes), theme_ids)
    named = [stage for report in reports for stage in report.stages]
    stage_of = {stage: number for number, stage in enumerate(stage_ids)}
    with_stages = bool(stage_ids) and all(named)
    stage_truth = np.array([stage_of[name] for name in named] if with_stages else np.zeros(len(named)), np.int64)
    outputs = np.hstack([truth, np.eye(len(stage_ids), dtype=bool)[stage_truth]]) if with_stages else truth
    fold = folds_of(groups, how.folds, how.seed)
    # 1. What is counted: substrings of the training items.
    counted = Counted.of([item.text for item in items], how)
    # 2. The linear model, once a fold and once for good. Noise teaches stages only: captions name themes without
    #    carrying them.
    noise = stage_truth == stage_of[NOISE] if with_stages and NOISE in stage_of else np.zeros(len(items), bool)
    masks = [fold != number for number in range(how.folds)] + [np.ones(len(items), bool)]
    linears = _linears(counted, outputs, noise, len(theme_ids), masks, how)
    # 3. What the linear models say of items whose report they never saw.
    documents = [report.document for report in reports]
    bounds = np.searchsorted(groups, np.arange(len(reports) + 1))
    seen = [view(linears[fold[bounds[d]]], document.items, len(theme_ids)) for d, document in enumerate(documents)]
    # 4. Stages: trees over those scores, cross-fitted by the same folds.
    stages = np.zeros((len(items), len(stage_ids) if with_stages else 0), np.float32)
    stage_trees: list[Trees] = []
    if with_stages:
        rows = np.vstack(
            [
                stage_rows(linears[fold[bounds[d]]], seen[d], document.items, len(theme_ids))
                for d, document in enumerate(documents)
            ]
        )
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
    # 5. Themes: one set of trees for all themes, over an item's scores for a theme; cross-fitted.
    noisy = stages[:, stage_of[NOISE]] if with_stages and NOISE in stage_of else np.zeros(len(items), np.float32)
    rows = np.vstack(
        [
            theme_rows(seen[d], document.items, noisy[bounds[d] : bounds[d + 1]], len(theme_ids))
            for d, document in enumerate(documents)
        ]
    )
    body = ~noise
    likely = candidates(rows)
    taught = [np.repeat(mask & body, len(theme_ids)) & likely for mask in masks]
    calls = [delayed(grow)(rows[mask], truth.ravel()[mask], how, how.trees, min_leaf=40) for mask in taught]
    fits = run_parallel(how.jobs, calls)
    log_odds = np.full((len(items), len(theme_ids)), UNLIKELY, np.float32)
    for number in range(how.folds):
        held = np.repeat(fold == number, len(theme_ids)) & likely
        log_odds.reshape(-1)[held] = fits[number].score(rows[held])
    # 6. Calibration and thresholds per theme, from the cross-fitted scores.
    head = calibrate(fits[-1], log_odds, truth, body)
    probabilities = sigmoid(log_odds * head.slope + head.offset)
    model = ReportModel(
        linears[-1],
        tuple(theme_ids),
        tuple(stage_ids) if with_stages else (),
        head,
        tuple(stage_trees),
        familiar=_familiar([item.text for item in items], np.asarray(truth.any(axis=1)), fold, how),
    )
    return CrossFit(model, probabilities, stages, truth, stage_truth, groups)


def _familiar(texts: Sequence[str], carrying: Truth, fold: NDArray[np.int64], how: Learning) -> float:
    """The share of known pairs that 98 in 100 items with a theme reach in a vocabulary without their report."""
    shares = []
    for number in range(how.folds):
        vocabulary, _ = learn_vocabulary(
            [texts[k] for k in np.flatnonzero(fold != number).tolist()], how.min_df, how.max_ngram
        )
        held = [texts[k] for k in np.flatnonzero((fold == number) & carrying).tolist()]
        shares.append(known_shares(vocabulary, [text for text in held if len(text) >= 15]))
    found = np.concatenate(shares)
    return round(float(np.quantile(found, 0.02)), 4) if len(found) else 0.0


@dataclass(frozen=True)
class Counted:
    """Occurrences of substrings in training texts: ``counts`` (n_texts, n_features), normed as prediction does."""

    vocabulary: Vocabulary
    idf: Floats
    rows: sparse.csr_matrix

    @classmethod
    def of(cls, texts: Sequence[str], how: Learning) -> Counted:
        """Learn the vocabulary of ``texts`` and count it in them.

        Raises:
            DataError: no substring stands in ``min_df`` texts.
        """
        vocabulary, frequency = learn_vocabulary(texts, how.min_df, how.max_ngram)
        if not len(vocabulary):
            raise DataError(
                f"no substring stands in {how.min_df} texts", remedy="give more texts, or lower features.min_df"
            )
        idf = inverse_document_frequency(frequency, len(texts))
        units = Units.of_texts(texts)
        keys, places = ngrams(units.codes, how.max_ngram)
        found = vocabulary.find(keys)
        known = found >= 0
        owner = units.of_position(places[known])
        counts = sparse.csr_matrix(
            (np.ones(len(owner), np.float64), (owner, found[known])), shape=(len(texts), len(vocabulary))
        )
        norms = np.sqrt(np.maximum(counts @ (idf.astype(np.float64) ** 2), 1e-12))
        rows = (sparse.diags(1 / norms) @ counts @ sparse.diags(idf.astype(np.float64))).tocsr()
        return cls(vocabulary, idf, rows)


def _linears(
    counted: Counted, outputs: Truth, noise: Truth, themes: int, masks: Sequence[Truth], how: Learning
) -> list[Substrings]:
    """One linear model a mask; each output is learned apart, so any number of workers gives the same bytes."""
    jobs = [
        delayed(_separate)(counted.rows, outputs[:, column], mask & ~noise if column < themes else mask, how)
        for mask in masks
        for column in range(outputs.shape[1])
    ]
    columns = run_parallel(how.jobs, jobs)
    width = outputs.shape[1]
    models = []
    for at in range(0, len(columns), width):
        part = columns[at : at + width]
        weights = np.stack([weights for weights, _ in part], axis=1)
        models.append(
            Substrings(counted.vocabulary, counted.idf, weights, np.array([bias for _, bias in part], np.float32))
        )
    return models


def _separate(rows: sparse.csr_matrix, truth: Truth, mask: Truth, how: Learning) -> tuple[Floats, float]:
    """Weights (n_features,) and bias of one output; an output with one class only says so with its bias."""
    target = truth[mask]
    if target.all() or not target.any():
        return np.zeros(cast(Any, rows).shape[1], np.float32), 1.0 if target.all() else -1.0
    # Dual coordinate descent is plain C without BLAS: the same numbers on every machine of one architecture.
    machine = LinearSVC(C=how.c, dual=cast(Any, True), random_state=how.seed, max_iter=4000, tol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        machine.fit(rows[mask], target)
    # Rounded, so that the last bits of another machine's arithmetic leave the arrays the same.
    return np.round(machine.coef_[0], 5).astype(np.float32), float(np.round(cast(Any, machine.intercept_)[0], 5))


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


def calibrate(trees: Trees, log_odds: Floats, truth: Truth, body: Truth) -> ThemeHead:
    """Per theme a logistic calibration (Platt 1999) drawn towards the identity, and the threshold that is best for F1.

    A threshold of few examples is drawn towards that of all themes: ``(n × own + 30 × common) / (n + 30)`` with n its
    positives.
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
    return ThemeHead(trees, slope, offset, threshold)


def _best_threshold(probabilities: Floats, truth: Truth) -> float:
    """The threshold with the best F1 between 0.2 and 0.8, the middle of the best plateau."""
    grid = np.round(np.arange(0.2, 0.801, 0.01), 2)
    order = np.argsort(-probabilities, kind="stable")
    hits = np.r_[0, np.cumsum(truth[order])]
    accepted = np.searchsorted(-probabilities[order], -grid, side="right")
    f1 = 2 * hits[accepted] / np.maximum(1, accepted + truth.sum())
    best = np.flatnonzero(f1 >= f1.max() - 1e-9)
    return float(grid[best[len(best) // 2]])


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


class ThemeClassifier(ClassifierMixin, BaseEstimator):
    """Multi-label themes of texts, for any codebook: substrings → linear models over clauses → calibrated trees.

    Parameters:
        max_ngram: longest substring, 1 to 4 characters.
        min_df: texts a substring must stand in.
        c: inverse regularisation of the linear models.
        folds: cross-fitting folds.
        trees, depth, learning_rate: of the boosted trees on top.
        random_state: seed.
        n_jobs: workers; any number gives the same model.

    Attributes:
        classes_: theme ids, sorted, or column numbers if ``y`` was an indicator matrix.
        model_: the learned arrays (:class:`toolkit.classify.ReportModel`, without stages).
    """

    def __init__(
        self, *, max_ngram: int = 4, min_df: int = 2, c: float = 0.5, folds: int = 5, trees: int = 80, depth: int = 3,
        learning_rate: float = 0.1, random_state: int = 0, n_jobs: int = 1,
    ) -> None:  # fmt: skip
        self.max_ngram = max_ngram
        self.min_df = min_df
        self.c = c
        self.folds = folds
        self.trees = trees
        self.depth = depth
        self.learning_rate = learning_rate
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: Sequence[str] | Sequence[Item], y: Any, groups: Sequence[object] | None = None) -> Self:
        """Learn from texts or items ``X`` and labels ``y``.

        ``y`` is a sequence of label collections, a sequence of single labels, or an indicator matrix (n, n_classes).
        ``groups`` names the report of each text: cross-fitting keeps reports whole. Without, every text is its own.

        Raises:
            DataError: empty, of different lengths, or too few texts for the folds.
        """
        items = as_items(X)
        classes, labels = as_labels(y)
        if len(items) != len(labels):
            raise DataError(f"{len(items)} texts but {len(labels)} rows of labels")
        if len(classes) < 1:
            raise DataError("no labels at all", remedy="give at least one labelled text")
        names = [str(name) for name in classes]
        own = np.arange(len(items)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
        reports = [
            Labelled(Document(str(n), "", (item,)), (tuple(label),), ("",))
            for n, (item, label) in enumerate(zip(items, labels, strict=True))
        ]
        how = Learning(
            self.max_ngram,
            self.min_df,
            self.c,
            self.folds,
            self.trees,
            self.depth,
            self.learning_rate,
            self.random_state,
            self.n_jobs,
        )
        self.model_ = fit_texts(reports, names, own, how)
        self.classes_ = np.asarray(classes)
        self.n_features_in_ = 1
        return self

    def predict_proba(self, X: Sequence[str] | Sequence[Item]) -> Floats:
        """Calibrated probabilities (n, n_classes)."""
        check_is_fitted(self, "model_")
        items = as_items(X)
        if not items:
            return np.zeros((0, len(self.classes_)), np.float32)
        model: ReportModel = self.model_
        seen = view(model.linear, items, len(model.theme_ids), neighbours=False)
        return model.themes.probabilities(
            theme_rows(seen, items, np.zeros(len(items), np.float32), len(model.theme_ids))
        )

    def predict(self, X: Sequence[str] | Sequence[Item]) -> NDArray[np.int64]:
        """Indicator matrix (n, n_classes) of the themes at or above their thresholds."""
        return (self.predict_proba(X) >= self.model_.themes.threshold).astype(np.int64)

    def predict_themes(self, X: Sequence[str] | Sequence[Item]) -> list[tuple[Any, ...]]:
        """Accepted themes of each text, most probable first."""
        probabilities = self.predict_proba(X)
        accepted = probabilities >= self.model_.themes.threshold
        return [
            tuple(self.classes_[k] for k in np.argsort(-row, kind="stable") if yes[k])
            for row, yes in zip(probabilities, accepted, strict=True)
        ]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.target_tags.two_d_labels = True
        tags.classifier_tags.multi_label = True
        return tags


def fit_texts(reports: Sequence[Labelled], names: Sequence[str], groups: Groups, how: Learning) -> ReportModel:
    """A model without stages, from texts that stand alone; ``groups`` are kept whole in cross-fitting."""
    items = [item for report in reports for item in report.document.items]
    truth = indicator((themes for report in reports for themes in report.themes), names)
    fold = folds_of(groups, how.folds, how.seed)
    counted = Counted.of([item.text for item in items], how)
    masks = [fold != number for number in range(how.folds)] + [np.ones(len(items), bool)]
    linears = _linears(counted, truth, np.zeros(len(items), bool), len(names), masks, how)
    rows = np.zeros((len(items), len(names), len(THEME_ROW)), np.float32)
    for number in range(how.folds):
        held = np.flatnonzero(fold == number)
        part = [items[k] for k in held]
        seen = view(linears[number], part, len(names), neighbours=False)
        rows[held] = theme_rows(seen, part, np.zeros(len(part), np.float32), len(names)).reshape(
            len(part), len(names), -1
        )
    flat = rows.reshape(-1, len(THEME_ROW))
    likely = candidates(flat)
    taught = [np.repeat(mask, len(names)) & likely for mask in masks]
    calls = [delayed(grow)(flat[mask], truth.ravel()[mask], how, how.trees, min_leaf=40) for mask in taught]
    fits = run_parallel(how.jobs, calls)
    log_odds = np.full(truth.shape, UNLIKELY, np.float32)
    for number in range(how.folds):
        held = np.repeat(fold == number, len(names)) & likely
        log_odds.reshape(-1)[held] = fits[number].score(flat[held])
    head = calibrate(fits[-1], log_odds, truth, np.ones(len(items), bool))
    return ReportModel(linears[-1], tuple(names), (), head, ())


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
