"""What is scored in numpy is what the scikit-learn estimators say that it was learned by, to 1e-6 of a probability."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from toolkit.codebook import load_codebook
from toolkit.features import Units
from toolkit.labels import load_reports
from toolkit.learn import Learning, boost, indicator
from toolkit.learn.boost import calibrate, grow
from toolkit.learn.linear import Counted
from toolkit.resources import shipped
from toolkit.scorers import Substrings, sigmoid

Labelled = tuple[list[str], np.ndarray]


@pytest.fixture(scope="module")
def items() -> Labelled:
    """Texts of shipped reports, and their themes (n_texts, n_themes)."""
    codebook = load_codebook()
    reports = load_reports(shipped("labels", "reports"), codebook)[:12]
    texts = [item.text for report in reports for item in report.document.items]
    truth = indicator((themes for report in reports for themes in report.themes), codebook.theme_ids)
    return texts, truth[:, (truth.sum(axis=0) >= 20)]


def test_substrings_score_like_a_linear_svc_and_a_logistic_regression(items: Labelled) -> None:
    texts, truth = items
    counted = Counted.of(texts, Learning())
    rows = counted.rows(texts)
    known = rows.getnnz(axis=1) > 0  # a text without a known substring is no question to a linear model
    for machine in (LinearSVC(C=0.5, random_state=0), LogisticRegression(C=10.0)):
        fitted = [type(machine)(**machine.get_params()).fit(rows, truth[:, k]) for k in range(5)]
        weights = np.stack([each.coef_[0] for each in fitted], axis=1).astype(np.float32)
        bias = np.array([each.intercept_[0] for each in fitted], np.float32)
        linear = Substrings(counted.vocabulary, counted.idf, weights, bias)
        ours = sigmoid(linear.scores(*linear.sums(Units.of_texts(texts))))
        theirs = 1 / (1 + np.exp(-np.stack([each.decision_function(rows) for each in fitted], axis=1)))
        assert np.abs(ours - theirs)[known].max() < 1e-6
        assert np.ptp(theirs, axis=0).min() > 0.1
    assert known.mean() > 0.95


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_trees_give_the_probabilities_of_the_boosting_classifier(depth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(depth)
    rows = np.round(random.normal(size=(6000, 9)), 4).astype(np.float32)
    truth = rows[:, 0] + np.abs(rows[:, 1]) * rows[:, 2] + random.normal(size=len(rows)) > 0.5
    fitted: list[HistGradientBoostingClassifier] = []

    class Kept(HistGradientBoostingClassifier):
        def fit(self, *arguments: object, **options: object) -> Kept:
            fitted.append(self)
            return super().fit(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(boost, "HistGradientBoostingClassifier", Kept)
    trees = grow(rows, truth, replace(Learning(), depth=depth), 80, min_leaf=20)
    [theirs] = fitted
    assert np.abs(sigmoid(trees.score(rows)) - theirs.predict_proba(rows)[:, 1]).max() < 1e-6


def test_calibration_is_a_logistic_regression_on_the_log_odds() -> None:
    """With so many examples that the theme's own regression is trusted."""
    random = np.random.default_rng(0)
    log_odds = random.normal(scale=2, size=(20_000, 1)).astype(np.float32)
    truth = random.random((20_000, 1)) < 1 / (1 + np.exp(-(0.7 * log_odds - 1)))
    slope, offset, _ = calibrate(log_odds, truth, np.ones(len(truth), bool))
    assert slope[0] == pytest.approx(0.7, abs=0.05)
    assert offset[0] == pytest.approx(-1, abs=0.05)
