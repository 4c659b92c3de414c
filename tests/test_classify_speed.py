"""The fast ways of the classifier give what the plain ways give."""

from __future__ import annotations

import numpy as np
import pytest

from toolkit import features, scorers
from toolkit.classify import ReportModel
from toolkit.features import Units
from toolkit.scorers import ABSENT, Trees
from toolkit.store import load_model
from toolkit.structure import text_document

from .conftest import REPORT


@pytest.fixture(scope="module")
def model() -> ReportModel:
    return load_model()


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_masks_are_a_walk_down_the_trees(depth: int) -> None:
    random = np.random.default_rng(depth)
    inner = 2**depth - 1
    threshold = random.normal(size=(30, inner)).astype(np.float32)
    threshold[random.random(threshold.shape) < 0.1] = np.inf
    feature = random.integers(0, 5, (30, inner)).astype(np.int16)
    trees = Trees(0.25, feature, threshold, random.normal(size=(30, inner + 1)).astype(np.float32))
    rows = random.normal(size=(20_000, 5)).astype(np.float32)
    walked = np.full(len(rows), trees.base, np.float32)
    trees._walk(rows, walked)
    assert (trees.score(rows) == walked).all()


@pytest.mark.parametrize("rounds", [1, 7, 1 << 10])
def test_a_text_sums_to_the_same_bits_whatever_stands_beside_it(
    model: ReportModel, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a run gives the same bytes however its documents are cut into batches."""
    lines = [*REPORT.split("\n"), "", "调解" * 3000, "，" * 9]
    alone = [model.linear.sums(Units.of_texts([line])) for line in lines]
    monkeypatch.setattr(features, "_BLOCK", 100)
    monkeypatch.setattr(scorers, "_ROUNDS", rounds)
    sums, norms = model.linear.sums(Units.of_texts(lines))
    assert (sums == np.concatenate([sums for sums, _ in alone])).all()
    assert (norms == np.concatenate([norms for _, norms in alone])).all()
    assert norms[lines.index("")] == 0 < norms.max()


def test_many_documents_at_once_are_predicted_like_each_alone(model: ReportModel) -> None:
    documents = [
        text_document(str(k), text) for k, text in enumerate([REPORT, "法律援助。", "一、调解\n排查纠纷9件。"])
    ]
    together = model.predict_all([*documents, *documents])
    assert together == [model.predict(document) for document in documents] * 2


def test_scores_are_those_of_a_linear_model_over_counts(model: ReportModel) -> None:
    """The definition, spelled out with a dictionary, to 1e-6 of a score."""
    linear = model.linear
    known = {int(key): number for number, key in enumerate(linear.vocabulary.keys)}
    from toolkit.features import fold, ngrams

    texts = REPORT.split("\n")
    scores = linear.scores(*linear.sums(Units.of_texts(texts)))
    for text, score in zip(texts, scores, strict=True):
        found = [known[int(key)] for key in ngrams(fold(text))[0] if int(key) in known]
        idf = linear.idf[found].astype(float)
        if not found:  # an empty line says nothing
            assert (score == np.float32(ABSENT)).all()
            continue
        exact = (idf[:, None] * linear.weights[found]).sum(axis=0) / np.sqrt((idf**2).sum()) + linear.bias
        assert np.abs(score - exact).max() < 1e-5
