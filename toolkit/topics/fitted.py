"""`Topics`: what a topic model has learnt, as arrays and names; infers topics without scikit-learn and gensim."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Self, get_args

import numpy as np
from scipy import sparse

from toolkit.errors import ModelError
from toolkit.topics.bag import Bag, Csr, Unit, batched, counts, tfidf
from toolkit.topics.inference import lda_gamma, memberships, nonnegative_weights
from toolkit.topics.naming import first_terms, relevance
from toolkit.words import Segmenter

Kind = Literal["lda", "seeded_lda", "nmf", "kmeans"]
KINDS: tuple[str, ...] = get_args(Kind)
_LARGEST = 1e12
_AGAIN = "fit and save it again"
ARRAYS = ("components", "idf", "frequency", "seed_topics", "seed_terms")


@dataclass(frozen=True)
class Topics:
    """Topics with stable ids and names, ready to be found in items.

    Attributes:
        kind: the kind of model.
        terms: most frequent first ``(n_terms,)``.
        ids: a stable id a topic ``(n_topics,)``; a seeded topic under its theme's.
        names: a name a topic.
        components: Dirichlet parameters, NMF's H or centres ``(n_topics, n_terms)``, float32.
        idf: inverse document frequency ``(n_terms,)``.
        frequency: how often each term stands in the corpus ``(n_terms,)``.
        seed_topics, seed_terms: pairs of row and column: which term is a seed of which topic.
        alpha: prior over an item's topics, one a topic.
        seed_weight: how many words' worth a seed counts for its topic.
        relevance_weight: rank of a topic's terms, see :func:`toolkit.topics.naming.relevance`.
        variance: of k-means' clusters.
        lexicon, stopwords: what segmentation keeps whole, and what is left out.
    """

    kind: Kind
    terms: tuple[str, ...]
    ids: tuple[str, ...]
    names: tuple[str, ...]
    components: np.ndarray = field(repr=False)
    idf: np.ndarray = field(repr=False)
    frequency: np.ndarray = field(repr=False)
    seed_topics: np.ndarray = field(repr=False)
    seed_terms: np.ndarray = field(repr=False)
    alpha: float
    seed_weight: float
    relevance_weight: float
    variance: float = 1.0
    lexicon: tuple[str, ...] = field(default=(), repr=False)
    stopwords: frozenset[str] = field(default=frozenset(), repr=False)

    @cached_property
    def topics(self) -> np.ndarray:
        """Term distributions ``(n_topics, n_terms)``; rows sum to 1."""
        weights = self.components.astype(np.float64)
        totals = weights.sum(axis=1, keepdims=True)
        return weights / np.where(totals > 0, totals, 1.0)

    @cached_property
    def index(self) -> dict[str, int]:
        """Term → column."""
        return {term: column for column, term in enumerate(self.terms)}

    @cached_property
    def segmenter(self) -> Segmenter:
        """The segmenter this model was fitted with: its own lexicon, whatever the codebook says today."""
        return Segmenter(self.lexicon)

    @cached_property
    def bag(self) -> Bag:
        """Units → words, with the segmenter this model was fitted with."""
        return Bag(self.segmenter, self.stopwords, (self.terms[i] for i in self.seed_terms))

    def __getstate__(self) -> dict[str, Any]:
        """What is copied to another process: not the segmenter, which is built again there."""
        return {name: value for name, value in vars(self).items() if name not in ("bag", "segmenter")}

    def count(self, units: Iterable[Unit]) -> Csr:
        """Counts of the terms in each item ``(n_items, n_terms)``."""
        return counts((self.bag.words(unit) for unit in units), self.index)

    def transform(self, units: Iterable[Unit]) -> np.ndarray:
        """Shares of the topics in each item ``(n_items, n_topics)``; rows sum to 1.

        An item without a word this model knows stays a row, of zeros: nothing can be said of it.
        """
        parts = [self.transform_counts(self.count(batch)) for batch in batched(units, 8192)]
        return np.vstack(parts) if parts else np.zeros((0, len(self.ids)))

    def transform_counts(self, matrix: Csr) -> np.ndarray:
        """As :meth:`transform`, from counts ``(n_items, n_terms)``."""
        components = self.components.astype(np.float64)
        if self.kind in ("lda", "seeded_lda"):
            prior = np.full((matrix.shape[0], len(components)), self.alpha)
            if self.kind == "seeded_lda" and self.seed_weight:
                prior += self.seed_weight * self.seed_counts(matrix)
            shares = lda_gamma(matrix, components, prior)
        elif self.kind == "nmf":
            shares = nonnegative_weights(tfidf(matrix, self.idf), components)
        else:
            shares = memberships(tfidf(matrix, self.idf), components, self.variance)
        shares[np.diff(matrix.indptr) == 0] = 0.0
        totals = shares.sum(axis=1, keepdims=True)
        return shares / np.where(totals > 0, totals, 1.0)

    def seed_counts(self, matrix: Csr) -> np.ndarray:
        """How many seeds of each topic stand in each item ``(n_items, n_topics)``: the plain keyword count."""
        pairs = (np.ones(len(self.seed_terms)), (self.seed_topics, self.seed_terms))
        return np.asarray((matrix @ sparse.csr_matrix(pairs, shape=self.components.shape).T).todense())

    def top_terms(self, k: int = 10, relevance_weight: float | None = None) -> list[list[str]]:
        """The ``k`` first terms of each topic, most telling first."""
        weight = self.relevance_weight if relevance_weight is None else relevance_weight
        marginal = self.frequency / max(1.0, float(self.frequency.sum()))
        return first_terms(relevance(self.topics, marginal, weight), self.terms, k)

    def to_arrays(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Everything this holds: arrays, and a value JSON can hold."""
        meta = {
            "model": self.kind,
            "terms": list(self.terms),
            "ids": list(self.ids),
            "names": list(self.names),
            "alpha": self.alpha,
            "seed_weight": self.seed_weight,
            "relevance_weight": self.relevance_weight,
            "variance": self.variance,
            "lexicon": list(self.lexicon),
            "stopwords": sorted(self.stopwords),
        }
        return {name: getattr(self, name) for name in ARRAYS}, meta

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> Self:
        """The topics :meth:`to_arrays` was called on: the same ids, names and shares, to the byte.

        Raises:
            ModelError: a part is missing or of the wrong kind, or shapes don't agree.
        """
        parts: dict[str, Any] = {}
        for name in ARRAYS:
            parts[name] = np.asarray(arrays.get(name))
            if parts[name].dtype.kind not in ("iu" if name.startswith("seed") else "f"):
                raise ModelError(f"a topic model without {name!r}", remedy=_AGAIN)
        terms, ids, names, lexicon, stopwords = (
            _texts(meta, key) for key in ("terms", "ids", "names", "lexicon", "stopwords")
        )
        plain: dict[str, Any] = {
            key: _number(meta, key) for key in ("alpha", "seed_weight", "relevance_weight", "variance")
        }
        shape = (len(ids), len(terms))
        seeds = parts["seed_topics"], parts["seed_terms"]
        fits = (
            meta.get("model") in KINDS
            and parts["components"].shape == shape
            and parts["idf"].shape == parts["frequency"].shape == shape[1:]
            and len(set(ids)) == len(names) == shape[0] > 0
            and len(set(terms)) == shape[1] > 0
            and seeds[0].ndim == 1
            and seeds[0].shape == seeds[1].shape
            and all(not len(s) or (s.min() >= 0 and s.max() < n) for s, n in zip(seeds, shape, strict=True))
            and all(((part >= 0) & (part <= _LARGEST)).all() for part in parts.values())
        )
        if not fits:
            what = f"arrays and names of a topic model don't agree on {shape[0]} topics, {shape[1]} terms"
            raise ModelError(what, remedy=_AGAIN)
        kind, stops = meta["model"], frozenset(stopwords)
        return cls(kind=kind, terms=terms, ids=ids, names=names, lexicon=lexicon, stopwords=stops, **parts, **plain)


def _texts(meta: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The list of short, printable texts under ``key``."""
    found = meta.get(key)
    if not isinstance(found, list) or not all(
        isinstance(text, str) and text.isprintable() and 0 < len(text) <= 200 for text in found
    ):
        raise ModelError(f"a topic model whose {key!r} are no texts", remedy=_AGAIN)
    return tuple(found)


def _number(meta: Mapping[str, Any], key: str) -> float:
    found = meta.get(key)
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found <= _LARGEST:
        raise ModelError(f"a topic model whose {key!r} is no number", remedy=_AGAIN)
    return float(found)
