"""Plain text classifiers that the model is held against: scikit-learn pipelines, a keyword list, fastText.

Each is taught the same items in the same folds of whole reports as the model. Vectorizers see the training items of a
fold alone; what they say of the other items is calibrated, with a threshold a theme, on the scores of the other folds.
"""

from __future__ import annotations

import io
import os
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from toolkit.codebook import NOISE, Codebook
from toolkit.errors import DataError
from toolkit.labels import Labelled
from toolkit.learn import folds_of, indicator
from toolkit.learn.boost import calibrate
from toolkit.quality import Decisions, Gold, decide
from toolkit.scorers import Floats, sigmoid
from toolkit.settings import Settings
from toolkit.words import Segmenter

Truth = NDArray[np.bool_]
Part = Literal["words", "chars", "lexicon", "context"]
Learner = Literal["keywords", "logistic", "svm", "bayes", "fasttext", "report_model"]


class RunSettings(Settings):
    """One ``[[run]]`` of a comparison: what is counted, and what learns from it.

    ``c`` is the inverse regularisation of ``logistic`` and ``svm``, and the smoothing of ``bayes``. ``report_model`` is
    the experiment in ``experiment`` with the overrides in ``set``.
    """

    name: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^|\n]+$")]
    learner: Learner
    features: tuple[Part, ...] = ()
    min_df: Annotated[int, Field(ge=1)] = 2
    c: Annotated[float, Field(gt=0)] = 1.0
    epochs: Annotated[int, Field(ge=1, le=200)] = 25
    experiment: str = ""
    set: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """What the baselines see of an item; ``path``, ``before`` and ``after`` are words of headings and neighbours."""

    text: str
    words: tuple[str, ...]
    path: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    keywords: tuple[int, ...]


def rows_of(reports: Sequence[Labelled], codebook: Codebook, segmenter: Segmenter) -> list[Row]:
    """The items of ``reports`` in order; neighbours are those of the same report."""
    rows = []
    heard: dict[tuple[str, ...], tuple[str, ...]] = {}
    for report in reports:
        items = report.document.items
        words = [(), *(tuple(segmenter.cut(item.text)) for item in items), ()]
        for number, item in enumerate(items):
            if item.headings not in heard:
                heard[item.headings] = tuple(word for heading in item.headings for word in segmenter.cut(heading))
            hits = tuple(sum(map(item.text.count, theme.aliases)) for theme in codebook.themes)
            around = words[number], words[number + 2]
            rows.append(Row(item.text, words[number + 1], heard[item.headings], *around, hits))
    return rows


class Scorer(Protocol):
    """A learned baseline."""

    def scores(self, rows: Sequence[Row]) -> tuple[Floats, Floats]:
        """Scores of themes (n_rows, n_themes) and of stages (n_rows, n_stages), the higher the likelier."""
        ...

    def size(self) -> int:
        """Bytes of what is stored."""
        ...


Teach = Callable[[Sequence[Row], Truth, Truth, NDArray[np.bool_], RunSettings, int], Scorer]
"""Rows, themes (n, n_themes), stages (n, n_stages), which rows teach themes (n,), settings, seed → a scorer."""


@dataclass(frozen=True)
class OneVsRest:
    """A union of vectorizers, and one estimator an output over them."""

    union: Any
    themes: tuple[Any, ...]
    stages: tuple[Any, ...]

    @classmethod
    def teach(
        cls, rows: Sequence[Row], themes: Truth, stages: Truth, body: Truth, how: RunSettings, seed: int
    ) -> OneVsRest:
        """Fit vectorizers on ``rows``, then the outputs.

        Raises:
            DataError: a vectorizer finds no feature in the rows.
        """
        from sklearn.base import clone
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.pipeline import FeatureUnion

        union = FeatureUnion([pair for part in how.features for pair in _vectorizers(part, how.min_df)])
        try:
            table = union.fit_transform(list(rows)).tocsr()
        except ValueError as problem:  # scikit-learn: empty vocabulary, or nothing stands in min_df rows
            reason = str(problem).rstrip(".")
            raise DataError(reason, where=f"run {how.name!r}", remedy="give more texts, or lower min_df") from None
        learner: Any = _learner(how, seed)
        part = table[body]

        def each(table: Any, outputs: Truth) -> tuple[Any, ...]:
            # An output with one class only is no question: it scores lowest.
            live = [0 < column.sum() < len(column) for column in outputs.T]
            return tuple(
                cast(Any, clone(learner)).fit(table, column) if yes else None
                for column, yes in zip(outputs.T, live, strict=True)
            )

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return cls(union, each(part, themes[body]), each(table, stages))

    def scores(self, rows: Sequence[Row]) -> tuple[Floats, Floats]:
        table = self.union.transform(list(rows)).tocsr()
        return self._ask(self.themes, table), self._ask(self.stages, table)

    @staticmethod
    def _ask(fits: Sequence[Any], table: Any) -> Floats:
        columns = [np.full(table.shape[0], np.nan) if fit is None else _decision(fit, table) for fit in fits]
        scores = np.stack(columns, axis=1) if columns else np.zeros((table.shape[0], 0))
        lowest = np.nanmin(scores) if np.isfinite(scores).any() else -1.0
        return np.nan_to_num(scores, nan=lowest).astype(np.float32)

    def size(self) -> int:
        import joblib

        stream = io.BytesIO()
        joblib.dump(self, stream)
        return stream.tell()

    def vocabulary(self) -> set[str]:
        """Every word and substring a vectorizer knows."""
        return {term for _, one in self.union.transformer_list for term in getattr(one, "vocabulary_", ())}


def _vectorizers(part: Part, min_df: int) -> list[tuple[str, Any]]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import FunctionTransformer

    def words(field: str) -> tuple[str, Any]:
        return field, TfidfVectorizer(analyzer=cast(Any, attrgetter(field)), min_df=min_df, sublinear_tf=True)

    if part == "chars":
        chars = TfidfVectorizer(
            analyzer="char", preprocessor=attrgetter("text"), ngram_range=(1, 4), min_df=min_df, sublinear_tf=True
        )
        return [("chars", chars)]
    if part == "lexicon":
        return [("lexicon", FunctionTransformer(keyword_table))]
    return [words("words")] if part == "words" else [words(field) for field in ("path", "before", "after")]


def keyword_table(rows: Sequence[Row]) -> Any:
    """``log(1 + hits) / 10`` of every theme's aliases in each row, sparse (n_rows, n_themes).

    A tenth, so that a hit weighs about what one of an item's words does, of which a row of TF-IDF has norm 1.
    """
    from scipy import sparse

    return sparse.csr_matrix(0.1 * np.log1p(np.array([row.keywords for row in rows], np.float64)))


def _learner(how: RunSettings, seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import ComplementNB
    from sklearn.svm import LinearSVC

    if how.learner == "logistic":
        return LogisticRegression(C=how.c, solver="liblinear", dual=True, random_state=seed, tol=1e-3)
    if how.learner == "bayes":
        return ComplementNB(alpha=how.c)
    return LinearSVC(C=how.c, dual=cast(Any, True), random_state=seed, tol=1e-3)


def _decision(fit: Any, table: Any) -> NDArray[np.float64]:
    if hasattr(fit, "decision_function"):
        return fit.decision_function(table)
    odds = fit.predict_joint_log_proba(table)
    return odds[:, 1] - odds[:, 0]


@dataclass(frozen=True)
class FastText:
    """fastText over words, one-vs-all loss (Joulin et al., EACL 2017); one thread, so that a seed is a model."""

    model: Any
    themes: int
    stages: int

    @classmethod
    def teach(
        cls, rows: Sequence[Row], themes: Truth, stages: Truth, body: Truth, how: RunSettings, seed: int
    ) -> FastText:
        import fasttext  # pyright: ignore[reportMissingImports]

        lines = []
        for row, own, stage, teaches in zip(rows, themes, stages, body, strict=True):
            marks = [f"__label__t{k}" for k in np.flatnonzero(own) if teaches]
            marks += [f"__label__s{k}" for k in np.flatnonzero(stage)]
            lines.append(" ".join([*marks, *row.words]))
        handle, name = tempfile.mkstemp(suffix=".txt")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")
            model = fasttext.train_supervised(
                input=name, loss="ova", epoch=how.epochs, lr=0.5, dim=50, wordNgrams=2, bucket=200_000,
                minCount=how.min_df, thread=1, seed=seed, verbose=0,
            )  # fmt: skip
        finally:
            Path(name).unlink()
        return cls(model, themes.shape[1], stages.shape[1])

    def scores(self, rows: Sequence[Row]) -> tuple[Floats, Floats]:
        both = np.full((len(rows), self.themes + self.stages), 1e-5)
        for number, row in enumerate(rows):
            # The inner call: the outer one asks numpy for what numpy 2 refuses.
            for share, label in self.model.f.predict(" ".join(row.words) + "\n", -1, 0.0, "strict"):
                kind, place = label[len("__label__")], int(label[len("__label__") + 1 :])
                both[number, place + (self.themes if kind == "s" else 0)] = np.clip(share, 1e-5, 1 - 1e-5)
        odds = np.log(both / (1 - both)).astype(np.float32)
        return odds[:, : self.themes], odds[:, self.themes :]

    def size(self) -> int:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.bin"
            self.model.save_model(str(path))
            return path.stat().st_size


def teacher(how: RunSettings) -> Teach:
    """What learns a run's baseline."""
    return FastText.teach if how.learner == "fasttext" else OneVsRest.teach


@dataclass(frozen=True)
class Calibration:
    """Scores → probabilities and thresholds: one logistic curve for all themes, then one a theme drawn towards it."""

    slope: Floats
    offset: Floats
    threshold: Floats
    common: tuple[float, float]

    @classmethod
    def of(cls, scores: Floats, truth: Truth, body: Truth) -> Calibration:
        """From cross-fitted scores (n_items, n_themes); ``body`` (n_items,) are the items that teach themes."""
        from sklearn.linear_model import LogisticRegression

        flat, right = scores[body].reshape(-1, 1).astype(np.float64), truth[body].ravel()
        common = (1.0, 0.0)
        if 0 < right.sum() < len(right):
            scale = float(flat.std()) or 1.0
            fitted = LogisticRegression(C=1e4).fit(flat / scale, right)
            common = float(fitted.coef_[0, 0]) / scale, float(cast(Any, fitted.intercept_)[0])
        odds = (scores * common[0] + common[1]).astype(np.float32)
        return cls(*calibrate(odds, truth, body), common)

    def probabilities(self, scores: Floats) -> Floats:
        """Calibrated probabilities, shaped as ``scores``."""
        odds = scores * self.common[0] + self.common[1]
        return sigmoid((odds * self.slope + self.offset).astype(np.float32))


@dataclass(frozen=True)
class Baseline:
    """A learned baseline with its calibration, and what it decided on its training reports, cross-validated."""

    scorer: Scorer
    calibration: Calibration
    cross_validated: Decisions
    by_fold: tuple[Scorer, ...]

    def decide(self, rows: Sequence[Row], gold: Gold) -> Decisions:
        """What it decides on the items of other reports."""
        themes, stages = self.scorer.scores(rows)
        return decide(gold, self.calibration.probabilities(themes), stages, self.calibration.threshold)


def learn_baseline(rows: Sequence[Row], gold: Gold, how: RunSettings, folds: int, seed: int) -> Baseline:
    """Learn once a fold and once for good, in the folds the report model has.

    Raises:
        DataError: fewer reports than folds, or nothing to count.
    """
    fold = folds_of(gold.groups, folds, seed)
    with_stages = bool(gold.stage_ids) and all(gold.stages)
    names = gold.stage_ids if with_stages else ()
    stages = indicator(((stage,) if with_stages else () for stage in gold.stages), names)
    body = np.array([stage != NOISE for stage in gold.stages])
    teach = teacher(how)

    def learn(mask: Truth) -> Scorer:
        part = [rows[k] for k in np.flatnonzero(mask).tolist()]
        return teach(part, gold.truth[mask], stages[mask], body[mask], how, seed)

    scores, said = np.zeros(gold.truth.shape, np.float32), np.zeros(stages.shape, np.float32)
    by_fold = []
    for number in range(folds):
        held = fold == number
        by_fold.append(learn(~held))
        scores[held], said[held] = by_fold[-1].scores([rows[k] for k in np.flatnonzero(held).tolist()])
    probabilities, thresholds = np.zeros_like(scores), np.zeros_like(scores)
    for number in range(folds):
        held = fold == number
        fitted = Calibration.of(scores[~held], gold.truth[~held], body[~held])
        probabilities[held], thresholds[held] = fitted.probabilities(scores[held]), fitted.threshold
    crossed = decide(gold, probabilities, said, thresholds)
    everything = learn(np.ones(len(rows), bool))
    return Baseline(everything, Calibration.of(scores, gold.truth, body), crossed, tuple(by_fold))


def keyword_decisions(reports: Sequence[Labelled], gold: Gold, codebook: Codebook) -> Decisions:
    """What the keyword list of the codebook says: themes without probability, and no stage."""
    found = indicator(
        (codebook.keyword_themes(item.text) for report in reports for item in report.document.items), gold.theme_ids
    )
    return decide(gold, found.astype(np.float32), np.zeros((len(found), 0), np.float32), np.array([0.5], np.float32))
