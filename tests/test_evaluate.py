"""Figures of quality, each worked out by hand or against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays
from sklearn.metrics import f1_score

from toolkit.evaluate import (
    bootstrap_interval,
    coverage_curve,
    expected_calibration_error,
    macro_f1,
    micro_f1,
    per_theme,
    reliability,
    theme_confidence,
)

# Four items and three themes: mediation, legal aid, bar examination (which nobody carries).
TRUTH = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 0]], bool)
SAID = np.array([[1, 0, 0], [1, 0, 0], [1, 1, 0], [0, 0, 1]], bool)


def test_f1_by_hand() -> None:
    # mediation: 2 right of 3 said, 2 carried; legal aid: 1 of 1 said, 2 carried; the examination said once, carried never.
    assert micro_f1(TRUTH, SAID) == pytest.approx(2 * 3 / (5 + 4))
    mediation, aid, examination = per_theme(TRUTH, SAID)
    assert (mediation.precision, mediation.recall, mediation.f1) == pytest.approx((2 / 3, 1, 0.8))
    assert (aid.precision, aid.recall, aid.f1) == pytest.approx((1, 1 / 2, 2 / 3))
    assert (examination.f1, examination.support) == (0, 0)
    assert macro_f1(TRUTH, SAID) == pytest.approx((0.8 + 2 / 3) / 2)  # over the themes that are there


def test_nothing_to_find_and_nothing_found_is_no_fault() -> None:
    nothing = np.zeros((3, 2), bool)
    assert micro_f1(nothing, nothing) == 1.0
    assert micro_f1(nothing, ~nothing) == 0.0


@settings(max_examples=60, deadline=None)
@given(arrays(bool, (9, 4)), arrays(bool, (9, 4)))
def test_f1_is_that_of_scikit_learn(truth: np.ndarray, said: np.ndarray) -> None:
    if truth.any() or said.any():
        assert micro_f1(truth, said) == pytest.approx(f1_score(truth, said, average="micro", zero_division=0))
    for quality, exact in zip(
        per_theme(truth, said), f1_score(truth, said, average=None, zero_division=0), strict=True
    ):
        assert quality.f1 == pytest.approx(exact)


def test_calibration_error_by_hand() -> None:
    # Bin 0.6–0.7: mean 0.65, half of them right (0.15 off); bin 0.9–1: mean 0.95, all right (0.05 off); 0.01 is left out.
    probabilities = np.array([[0.65], [0.65], [0.95], [0.95], [0.01]])
    truth = np.array([[True], [False], [True], [True], [False]])
    assert expected_calibration_error(probabilities, truth) == pytest.approx((0.15 + 0.05) / 2)
    assert expected_calibration_error(np.full((4, 2), 0.01), np.zeros((4, 2), bool)) == 0.0
    [low, middle, high] = reliability(probabilities, truth)
    assert low == pytest.approx((0.01, 0, 1))
    assert middle == pytest.approx((0.65, 0.5, 2))
    assert high == pytest.approx((0.95, 1, 2))


def test_probabilities_drawn_as_they_say_are_calibrated_and_doubled_odds_are_not() -> None:
    draw = np.random.default_rng(7)
    probabilities = draw.uniform(0.05, 0.95, (4000, 3))
    truth = draw.random((4000, 3)) < probabilities
    assert expected_calibration_error(probabilities, truth) < 0.02
    assert expected_calibration_error(probabilities**0.4, truth) > 0.1


def test_confidence_is_the_distance_of_the_least_sure_theme_on_its_side() -> None:
    thresholds = np.array([0.5, 0.4])
    probabilities = np.array([[1.0, 0.0], [0.5, 0.0], [0.75, 0.3], [0.2, 0.7]])
    assert theme_confidence(probabilities, thresholds) == pytest.approx([1, 0, 0.25, 0.5])


def test_coverage_takes_the_surest_items_first() -> None:
    truth, said = np.array([[True], [True], [False], [True]]), np.array([[True], [True], [True], [False]])
    curve = coverage_curve(np.array([0.9, 0.8, 0.2, 0.1]), truth, said, steps=4)
    assert [share for share, _ in curve] == [0.25, 0.5, 0.75, 1.0]
    assert [quality for _, quality in curve] == pytest.approx([1, 1, 0.8, 2 * 2 / 6])
    assert coverage_curve(np.zeros(0), np.zeros((0, 1), bool), np.zeros((0, 1), bool)) == []


def test_the_interval_draws_whole_reports() -> None:
    """Two reports, one all right and one all wrong: drawn by report the figure is 0, ½ or 1; by item it never would be."""
    right = np.array([1.0] * 50 + [0.0] * 50)
    reports = np.repeat([0, 1], 50)
    low, high = bootstrap_interval(lambda rows: float(right[rows].mean()), reports, rounds=200)
    assert (low, high) == (0.0, 1.0)
    low, high = bootstrap_interval(lambda rows: float(right[rows].mean()), np.arange(100), rounds=200)
    assert 0.35 < low < 0.5 < high < 0.65
    again = bootstrap_interval(lambda rows: float(right[rows].mean()), np.arange(100), rounds=200)
    assert (low, high) == again
