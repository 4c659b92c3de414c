"""Seeds: the words that start a theme's topic, checked before fitting and turned into a starting point for LDA."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from toolkit.topics.bag import Csr


@dataclass(frozen=True)
class SeedUse:
    """How one seed occurs: times, items, reports, and how often beside seeds of each other theme."""

    theme: str
    seed: str
    count: int
    items: int
    reports: int
    pulls: tuple[tuple[str, float], ...] = ()
    """Other themes, and the share of the seed's items that hold their seeds but no other seed of its own theme."""


@dataclass(frozen=True)
class SeedTable:
    """Seeds as pairs of row (topic) and column (term), and what is odd about them."""

    topics: np.ndarray
    terms: np.ndarray
    notes: tuple[str, ...] = ()

    def matrix(self, n_topics: int, n_terms: int) -> Csr:
        """1 where a term is a seed of a topic, ``(n_topics, n_terms)``."""
        ones = np.ones(len(self.terms))
        return sparse.csr_matrix((ones, (self.topics, self.terms)), shape=(n_topics, n_terms))


def seed_table(seeds: Mapping[str, Sequence[str]], index: Mapping[str, int]) -> SeedTable:
    """Where the seeds stand among the topics (in the order of ``seeds``) and terms; what is odd, in plain sentences.

    A seed of two themes points to neither: it is left out of both.
    """
    owners: dict[str, list[str]] = {}
    for theme, words in seeds.items():
        for word in dict.fromkeys(words):
            owners.setdefault(word, []).append(theme)
    shared = {word: themes for word, themes in owners.items() if len(themes) > 1}
    topics: list[int] = []
    terms: list[int] = []
    notes = [
        f"seed {word!r} belongs to {' and '.join(themes)}; it is used for neither" for word, themes in shared.items()
    ]
    missing: list[str] = []
    for row, (theme, words) in enumerate(seeds.items()):
        found = [word for word in dict.fromkeys(words) if word in index and word not in shared]
        missing += [word for word in dict.fromkeys(words) if word not in index]
        if not found:
            notes.append(f"theme {theme!r} has no seed that occurs; its topic stays empty")
        topics += [row] * len(found)
        terms += [index[word] for word in found]
    if missing:
        shown = "、".join(missing[:10]) + (" …" if len(missing) > 10 else "")
        notes.append(f"{len(missing)} seeds never occur: {shown}")
    return SeedTable(np.array(topics, np.int32), np.array(terms, np.int32), tuple(notes))


def seeded_start(
    chunks: Iterable[Csr],
    seeds: Csr,
    n_free: int,
    free_share: float,
    membership: Callable[[Csr], np.ndarray],
) -> np.ndarray:
    """Word counts that LDA starts from, ``(n_topics, n_terms)``; ``eta`` alone does not seed gensim.

    1. An item that holds seeds of exactly one theme gives its words to that theme's topic.
    2. An item without any seed gives its words to the free topics, in the proportions of ``membership``; so does
       ``free_share`` of every other item: residual topics start from what no theme claims and hold what themes share.

    Args:
        chunks: word counts ``(rows, n_terms)``, part by part.
        seeds: 1 where a term is a seed ``(n_topics, n_terms)``; the free topics' rows, the last ones, are empty.
        n_free: number of free topics.
        free_share: share of the items with seeds that the free topics start from.
        membership: counts of rows → proportions of the free topics ``(rows, n_free)``.
    """
    start = np.zeros(seeds.shape)
    n_seeded = seeds.shape[0] - n_free
    for chunk in chunks:
        hits = np.asarray((chunk @ seeds[:n_seeded].T).todense()) > 0
        found = hits.sum(axis=1, keepdims=True)
        sole = hits & (found == 1)
        start[:n_seeded] += np.asarray((sparse.csr_matrix(sole.T.astype(float)) @ chunk).todense())
        if n_free:
            shares = membership(chunk) * np.where(found == 0, 1.0, free_share)
            start[n_seeded:] += (chunk.T @ shares).T
    return start


def unclaimed(chunk: Csr, seeds: Csr) -> Csr:
    """Rows of ``chunk`` that hold no seed at all."""
    return chunk[np.flatnonzero(np.asarray((chunk @ seeds.T).sum(axis=1)).ravel() == 0)]


def check_seeds(
    rows: Iterable[Sequence[str]], reports: Iterable[str], seeds: Mapping[str, Sequence[str]]
) -> tuple[SeedUse, ...]:
    """How often each seed occurs, in how many items and reports, and which themes it is pulled to.

    Args:
        rows: the words of each item.
        reports: the report of each item, in the same order.
        seeds: theme → seeds.
    """
    themes = {word: {t for t, words in seeds.items() if word in words} for words in seeds.values() for word in words}
    times: Counter[str] = Counter()
    items: Counter[str] = Counter()
    found_in: dict[str, set[str]] = {}
    pulled: dict[tuple[str, str], Counter[str]] = {}
    for row, report in zip(rows, reports, strict=True):
        here = Counter(word for word in row if word in themes)
        times.update(here)
        items.update(here.keys())
        for word in here:
            found_in.setdefault(word, set()).add(report)
            around = {theme for other in here if other != word for theme in themes[other]}
            for theme in themes[word]:
                if theme not in around:
                    pulled.setdefault((theme, word), Counter()).update(around)
    return tuple(
        SeedUse(
            theme,
            seed,
            times[seed],
            items[seed],
            len(found_in.get(seed, ())),
            tuple(
                (other, count / items[seed])
                for other, count in sorted(pulled.get((theme, seed), Counter()).items(), key=lambda p: (-p[1], p[0]))
            ),
        )
        for theme, words in seeds.items()
        for seed in dict.fromkeys(words)
    )
