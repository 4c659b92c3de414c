"""How good topics are, without labels and with them: pure functions, arrays and words in, values out.

No function here knows a model. Where ``tops`` stands, it is the first words of each topic, best first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from scipy.optimize import linear_sum_assignment

Measure = Literal["c_npmi", "c_v", "u_mass"]


def coherence(
    tops: Sequence[Sequence[str]], rows: Sequence[Sequence[str]], measure: Measure = "c_npmi", k: int = 10
) -> np.ndarray:
    """Coherence of each topic's first ``k`` words in ``rows`` (Röder et al. 2015), by gensim's ``CoherenceModel``.

    Args:
        tops: first words of each topic.
        rows: the words of each item, stop words and all if the figure is to be compared with published ones.
        measure: ``c_npmi`` (−1 … 1, windows of 10 words), ``c_v`` (0 … 1, windows of 110) or ``u_mass``.
        k: words a topic.

    Returns:
        ``(n_topics,)``; NaN for a topic with fewer than two words that occur.
    """
    from gensim.corpora import Dictionary
    from gensim.models import CoherenceModel

    known = {word for row in rows for word in row}
    cut = [[word for word in top[:k] if word in known] for top in tops]
    usable = [place for place, words in enumerate(cut) if len(words) > 1]
    values = np.full(len(tops), np.nan)
    if usable:
        # Only the words asked about: a dictionary of all of them costs time and changes nothing.
        dictionary = Dictionary([sorted({word for place in usable for word in cut[place]})])
        model = CoherenceModel(
            topics=[cut[place] for place in usable],
            texts=rows,
            dictionary=dictionary,
            coherence=measure,
            topn=k,
            processes=1,  # results must not depend on the number of cores
        )
        values[usable] = model.get_coherence_per_topic()
    return values


def diversity(tops: Sequence[Sequence[str]]) -> float:
    """Share of different words among the first words of all topics (Dieng et al. 2020)."""
    words = [word for top in tops for word in top]
    return len(set(words)) / len(words) if words else float("nan")


def exclusivity(topics: np.ndarray, k: int = 10) -> np.ndarray:
    """How much each topic's ``k`` likeliest terms are its own, ``(n_topics,)``: mean of p(term|topic) / Σ p(term|·)."""
    own = topics / np.maximum(topics.sum(axis=0, keepdims=True), 1e-300)
    best = np.argsort(-topics, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(own, best, axis=1).mean(axis=1)


def similarity(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Cosine of every topic of ``first`` with every one of ``second``, ``(n_first, n_second)``."""
    lengths = [np.maximum(np.linalg.norm(t, axis=1, keepdims=True), 1e-300) for t in (first, second)]
    return np.clip((first / lengths[0]) @ (second / lengths[1]).T, -1.0, 1.0)


def match(similarities: np.ndarray) -> np.ndarray:
    """The column matched to each row so that the sum is largest (Hungarian method); −1 where columns run out."""
    rows, columns = linear_sum_assignment(-similarities)
    result = np.full(len(similarities), -1)
    result[rows] = columns
    return result


def stability(reference: np.ndarray, others: Sequence[np.ndarray]) -> np.ndarray:
    """How much of each topic comes back when the model is fitted again, ``(n_topics,)``, 0 … 1.

    Each refit's topics are matched to the reference's; the figure is the mean cosine of the matched term
    distributions.

    Args:
        reference: term distributions ``(n_topics, n_terms)``.
        others: those of the refits, on the same terms.
    """
    if not others:
        return np.full(len(reference), np.nan)
    total = np.zeros(len(reference))
    for other in others:
        similarities = similarity(reference, other)
        matched = match(similarities)
        found = matched >= 0
        total[found] += similarities[found, matched[found]]
    return total / len(others)


def overlap(reference: Sequence[Sequence[str]], other: Sequence[Sequence[str]]) -> np.ndarray:
    """Share of each topic's first words among those of the matched topic, ``(n_topics,)``: a stricter stability."""
    shares = np.array([[len(set(a) & set(b)) / max(1, len(set(a))) for b in other] for a in reference])
    matched = match(shares)
    return np.array([shares[row, column] if column >= 0 else 0.0 for row, column in enumerate(matched)])


def adherence(
    tops: Sequence[Sequence[str]], ids: Sequence[str], seeds: Mapping[str, Sequence[str]], known: set[str], k: int = 30
) -> dict[str, float]:
    """Share of each theme's seeds among the first ``k`` words of its topic.

    Themes without a seed that occurs are left out.

    Args:
        tops: first words of each topic, at least ``k``.
        ids: id of each topic; a theme's topic stands under the theme's id.
        seeds: theme → seeds.
        known: words that occur.
    """
    result: dict[str, float] = {}
    for top, topic in zip(tops, ids, strict=True):
        found = [word for word in seeds.get(topic, ()) if word in known]
        if found:
            # At most k of them can be there.
            result[topic] = len(set(found) & set(top[:k])) / min(k, len(found))
    return result


def agreement(shares: np.ndarray, counts: np.ndarray) -> float:
    """How often the largest topic is the one whose seeds an item counts most, where the count has one winner.

    Args:
        shares: ``(n_items, n_seeded)``.
        counts: seeds counted ``(n_items, n_seeded)``.
    """
    ordered = np.sort(counts, axis=1)
    clear = (ordered[:, -1] > 0) & (ordered[:, -1] > (ordered[:, -2] if counts.shape[1] > 1 else 0))
    if not clear.any():
        return float("nan")
    return float((shares[clear].argmax(axis=1) == counts[clear].argmax(axis=1)).mean())


def hits(shares: np.ndarray, labels: np.ndarray) -> float:
    """Share of the items that have a label whose largest topic is one of their labels; columns of both are the same.

    Args:
        shares: ``(n_items, n_themes)``.
        labels: true where an item carries a theme ``(n_items, n_themes)``.
    """
    rows = np.flatnonzero(labels.any(axis=1))
    if not len(rows):
        return float("nan")
    told = shares[rows].max(axis=1) > 0
    return float((labels[rows, shares[rows].argmax(axis=1)] & told).mean())


def alignment(shares: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Cosine of each topic's shares with each theme's labels over the items, ``(n_topics, n_themes)``.

    The largest entry of a row says which theme the topic is; a row without a large one is a topic nobody listed.
    """
    return similarity(shares.T, labels.T.astype(np.float64))
