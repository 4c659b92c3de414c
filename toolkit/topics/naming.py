"""Names for topics: the codebook's where a topic is a theme, otherwise its own first words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np


def relevance(topics: np.ndarray, marginal: np.ndarray, weight: float) -> np.ndarray:
    """How much each term says about each topic (Sievert and Shirley 2014), ``(n_topics, n_terms)``.

    ``weight · log p(term|topic) + (1 − weight) · log p(term|topic) / p(term)``: 1 ranks by probability, less prefers
    words that other topics do not use.

    Args:
        topics: term distributions ``(n_topics, n_terms)``, rows sum to 1.
        marginal: term distribution of the corpus ``(n_terms,)``.
        weight: between 0 and 1.
    """
    with np.errstate(divide="ignore"):
        logs = np.log(topics)
        lift = logs - np.log(np.maximum(marginal, 1e-300))
    return weight * logs + (1.0 - weight) * lift


def first_terms(scores: np.ndarray, terms: Sequence[str], k: int) -> list[list[str]]:
    """The ``k`` best terms of each topic, best first; equal scores in the order of ``terms``; −∞ is left out."""
    best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    words: list[str] = list(terms)
    return [[words[int(i)] for i in row if np.isfinite(scores[t, i])] for t, row in enumerate(best)]


def theme_of_topics(tops: Sequence[Sequence[str]], seeds: Mapping[str, Sequence[str]], least: int = 2) -> list[str]:
    """The theme whose seeds stand most often among each topic's words, weighted by place; ``""`` below ``least``."""
    owner = {word: theme for theme, words in seeds.items() for word in words}
    themes: list[str] = []
    for words in tops:
        scores: dict[str, float] = {}
        hits: dict[str, int] = {}
        for place, word in enumerate(words):
            if (theme := owner.get(word)) is not None:
                scores[theme] = scores.get(theme, 0.0) + 1.0 / (place + 2)
                hits[theme] = hits.get(theme, 0) + 1
        best = max(scores, key=lambda theme: (scores[theme], theme), default="")
        themes.append(best if best and hits[best] >= least else "")
    return themes


def name_topics(tops: Sequence[Sequence[str]], themes: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """A name for each topic, no two alike: theme and two words (法律援助：农民工、讨薪), or three words.

    Args:
        tops: first words of each topic.
        themes: the theme each topic is nearest to, ``""`` for none.
        names: theme id → name.
    """
    result: list[str] = []
    for words, theme in zip(tops, themes, strict=True):
        own = [word for word in words if word not in names.get(theme, "")]
        name = f"{names.get(theme, theme)}：{'、'.join(own[:2])}" if theme else "、".join(words[:3])
        base, n = name or "（无词）", 2
        name = base
        while name in result:
            name, n = f"{base}（{n}）", n + 1
        result.append(name)
    return result
