"""Criteria of topics: figures one can work out by hand, on small arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from toolkit.coherence import (
    adherence,
    agreement,
    alignment,
    coherence,
    diversity,
    exclusivity,
    hits,
    match,
    overlap,
    similarity,
    stability,
)

ROWS = [["调解", "纠纷", "排查"], ["调解", "纠纷"], ["援助", "律师"], ["援助", "律师", "指派"]] * 5
TOPICS = np.array([[0.7, 0.2, 0.1, 0.0], [0.0, 0.1, 0.2, 0.7]])


def test_words_that_meet_are_more_coherent_than_words_that_never_do() -> None:
    together, apart = coherence([["调解", "纠纷"], ["调解", "援助"]], ROWS)
    assert together == pytest.approx(1.0, abs=0.01)
    assert apart < -0.9


def test_a_topic_with_one_word_that_occurs_has_no_coherence() -> None:
    values = coherence([["调解", "没有的词"], ["援助", "律师"]], ROWS, "c_v")
    assert np.isnan(values[0])
    assert values[1] > 0.5


@pytest.mark.parametrize(
    ("tops", "share"),
    [
        ([["调解", "纠纷"], ["援助", "律师"]], 1.0),
        ([["调解", "纠纷"], ["纠纷", "律师"]], 0.75),
        ([["调解"], ["调解"]], 0.5),
    ],
)
def test_diversity_is_the_share_of_different_words(tops: list[list[str]], share: float) -> None:
    assert diversity(tops) == share


def test_exclusive_words_belong_to_one_topic() -> None:
    np.testing.assert_allclose(exclusivity(TOPICS, 1), [1.0, 1.0])
    np.testing.assert_allclose(exclusivity(TOPICS[[0, 0]], 2), [0.5, 0.5])


def test_topics_in_another_order_are_the_same_topics() -> None:
    np.testing.assert_allclose(stability(TOPICS, [TOPICS[::-1], TOPICS]), [1.0, 1.0])
    assert match(similarity(TOPICS, TOPICS[::-1])).tolist() == [1, 0]


def test_a_topic_that_does_not_come_back_is_unstable() -> None:
    first, second = stability(TOPICS, [np.array([[0.7, 0.2, 0.1, 0.0], [0.0, 1.0, 0.0, 0.0]])])
    assert first == pytest.approx(1.0)
    assert second < 0.2


@given(arrays(float, (3, 5), elements=st.floats(0.01, 1)), st.permutations(range(3)))
def test_stability_does_not_see_the_order_of_topics(topics: np.ndarray, order: list[int]) -> None:
    np.testing.assert_allclose(stability(topics, [topics[order]]), 1.0)


def test_overlap_counts_shared_first_words() -> None:
    assert overlap([["调解", "纠纷"], ["援助", "律师"]], [["援助", "指派"], ["调解", "纠纷"]]).tolist() == [1.0, 0.5]


def test_adherence_counts_the_seeds_that_occur() -> None:
    found = adherence(
        [["调解", "纠纷", "排查"], ["律师", "公证"]],
        ["mediation", "legal_aid"],
        {"mediation": ["调解", "纠纷", "从未出现"], "legal_aid": ["援助", "律师"], "bar_exam": ["考场"]},
        {"调解", "纠纷", "排查", "援助", "律师", "公证"},
    )
    assert found == {"mediation": 1.0, "legal_aid": 0.5}


def test_agreement_looks_only_at_items_with_one_winner() -> None:
    counts = np.array([[2, 0], [1, 1], [0, 0], [0, 3]])
    shares = np.array([[0.9, 0.1], [0.1, 0.9], [0.5, 0.5], [0.8, 0.2]])
    assert agreement(shares, counts) == 0.5
    assert np.isnan(agreement(shares, np.zeros((4, 2))))


def test_hits_are_counted_over_labelled_items_and_an_empty_row_is_no_hit() -> None:
    labels = np.array([[True, False], [True, True], [False, False], [True, False]])
    shares = np.array([[0.9, 0.1], [0.2, 0.8], [0.9, 0.1], [0.0, 0.0]])
    assert hits(shares, labels) == pytest.approx(2 / 3)


def test_alignment_says_which_topic_is_which_theme() -> None:
    labels = np.array([[True, False], [True, False], [False, True]])
    shares = np.array([[0.1, 0.9], [0.0, 1.0], [1.0, 0.0]])
    assert alignment(shares, labels).argmax(axis=1).tolist() == [1, 0]
