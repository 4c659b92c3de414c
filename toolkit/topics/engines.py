"""What learns: gensim's LDA from a start of our own, NMF and k-means of scikit-learn. Heavy imports stay in here."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from gensim.models import LdaModel
from scipy import sparse
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.decomposition import NMF, MiniBatchNMF
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from toolkit.topics.bag import Csr, tfidf
from toolkit.topics.inference import memberships, nonnegative_weights
from toolkit.topics.seeding import seeded_start

_CHUNK = 4096  # rows gensim infers at a time; the result of a batch pass does not depend on it but for rounding
_STREAM_PASSES = 3  # passes of the mini-batch learners over a corpus in chunks


class Corpus(Protocol):
    """Word counts ``(rows, n_terms)`` part by part, as often as asked; no row is empty."""

    @property
    def chunked(self) -> bool: ...
    def __iter__(self) -> Iterator[Csr]: ...


@dataclass(frozen=True)
class Settings:
    """Numbers the engines need; see :class:`toolkit.topics.TopicModel`."""

    n_topics: int
    n_free: int
    alpha: float
    eta: float
    passes: int
    pseudo_count: float
    free_share: float
    random_state: int


@dataclass(frozen=True)
class Learnt:
    """``components (n_topics, n_terms)``, and the variance of k-means' clusters."""

    components: np.ndarray
    variance: float = 1.0


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread for linear algebra: sums split over threads differ in the last digits.

    scikit-learn's warning that rounds ran out is silenced: topics of a small corpus are a sketch either way, and
    :class:`toolkit.topics.TopicModel` says so in its notes.
    """
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def learn(kind: str, corpus: Corpus, idf: np.ndarray, seeds: Csr | None, settings: Settings) -> Learnt:
    """Fit ``kind`` on ``corpus``; ``seeds (n_topics, n_terms)`` are needed by ``seeded_lda`` only."""
    if kind == "nmf":
        return Learnt(_nmf(corpus, idf, settings)[0])
    if kind == "kmeans":
        return _kmeans(corpus, idf, settings)
    if seeds is not None:
        rng = np.random.RandomState(settings.random_state)
        start = seeded_start(
            corpus, seeds, settings.n_free, rng, pseudo_count=settings.pseudo_count, free_share=settings.free_share
        )
    else:
        start = _nmf_start(corpus, idf, settings)
    return Learnt(_lda(corpus, start, settings))


def _lda(corpus: Corpus, start: np.ndarray, settings: Settings) -> np.ndarray:
    """gensim's ``LdaModel`` from ``start`` (expected counts), then ``passes`` batch passes; λ of the topics."""
    model = _empty(start.shape, settings.alpha, settings.eta, settings.random_state)
    model.state.sstats[:] = start
    model.sync_state()
    if settings.passes:
        model.update(_Documents(corpus), chunksize=_CHUNK, passes=settings.passes, update_every=0)
    return model.state.get_lambda()


def _empty(shape: tuple[int, int], alpha: float, eta: float, random_state: int) -> Any:
    """gensim's model before it has seen anything; untyped, as gensim's annotations come from its defaults."""
    options: dict[str, Any] = {
        "num_topics": shape[0],
        "id2word": {column: str(column) for column in range(shape[1])},
        "alpha": np.full(shape[0], alpha),
        "eta": np.full(shape[1], eta),
        "dtype": np.float64,
        "eval_every": None,
        "random_state": random_state,
    }
    return LdaModel(**options)


def gensim_model(components: np.ndarray, terms: Sequence[str], alpha: float, eta: float, random_state: int) -> LdaModel:
    """gensim's model whose topics have the Dirichlet parameters ``components``."""
    model = _empty(components.shape, alpha, eta, random_state)
    model.id2word = dict(enumerate(terms))
    model.state.sstats[:] = np.maximum(components.astype(np.float64) - eta, 0.0)
    model.sync_state()
    return model


def update(model: Any, counts: Csr) -> np.ndarray:
    """λ after ``model`` has seen ``counts`` too; their expected counts are added, so all rows weigh the same."""
    _, fresh = model.inference(list(_Documents((counts,))), collect_sstats=True)
    return model.state.get_lambda() + fresh


class _Documents:
    """gensim's bags of words of a corpus; iterable again and again, with a length."""

    def __init__(self, corpus: Corpus | tuple[Csr, ...]) -> None:
        self._corpus = corpus
        self._length = sum(part.shape[0] for part in corpus)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[list[tuple[int, float]]]:
        for part in self._corpus:
            for row in range(part.shape[0]):
                span = slice(part.indptr[row], part.indptr[row + 1])
                yield list(zip(part.indices[span].tolist(), part.data[span].tolist(), strict=True))


def _nmf(corpus: Corpus, idf: np.ndarray, settings: Settings) -> tuple[np.ndarray, np.ndarray | None]:
    """NMF's topics; and the weights of the rows where the corpus is held whole."""
    if not corpus.chunked:
        (counts,) = corpus
        n_topics = min(settings.n_topics, *counts.shape)
        options: dict[str, Any] = {
            "n_components": n_topics,
            "init": "nndsvda" if n_topics < min(counts.shape) else "random",
            "random_state": settings.random_state,
            "max_iter": 400,
        }
        model = NMF(**options)
        weights = model.fit_transform(tfidf(counts, idf))
        return _padded(model.components_, settings.n_topics), weights
    stream = MiniBatchNMF(n_components=settings.n_topics, random_state=settings.random_state)
    for _ in range(_STREAM_PASSES):
        for part in corpus:
            stream.partial_fit(tfidf(part, idf))
    return stream.components_, None


def _padded(components: np.ndarray, n_topics: int) -> np.ndarray:
    return np.vstack([components, np.zeros((n_topics - len(components), components.shape[1]))])


def _nmf_start(corpus: Corpus, idf: np.ndarray, settings: Settings) -> np.ndarray:
    """Expected counts of words in topics if each item had its topics in the proportions NMF gives."""
    components, weights = _nmf(corpus, idf, settings)
    start = np.zeros(components.shape)
    for counts in corpus:
        rows = nonnegative_weights(tfidf(counts, idf), components) if weights is None else weights
        totals = rows.sum(axis=1, keepdims=True)
        shares = np.where(totals > 0, rows / np.where(totals > 0, totals, 1.0), 1.0 / rows.shape[1])
        start[: rows.shape[1]] += (counts.T @ shares).T
    return start


def _kmeans(corpus: Corpus, idf: np.ndarray, settings: Settings) -> Learnt:
    options: dict[str, Any] = {"n_clusters": settings.n_topics, "random_state": settings.random_state, "n_init": 3}
    if not corpus.chunked:
        (counts,) = corpus
        rows = tfidf(counts, idf)
        model = KMeans(**options).fit(rows)
        centres = model.cluster_centers_
    else:
        stream = MiniBatchKMeans(**options)
        for _ in range(_STREAM_PASSES):
            for part in corpus:
                stream.partial_fit(tfidf(part, idf))
        centres = stream.cluster_centers_
    centres = np.maximum(centres, 0.0)
    return Learnt(centres, _variance(corpus, idf, centres))


def _variance(corpus: Corpus, idf: np.ndarray, centres: np.ndarray) -> float:
    """Mean squared distance of a row to its nearest centre, per row: rows near two clusters then share them."""
    total, n = 0.0, 0
    for counts in corpus:
        rows = tfidf(counts, idf)
        nearest = memberships(rows, centres, 1e-3).argmax(axis=1)
        squares = np.asarray(rows.multiply(rows).sum(axis=1)).ravel()
        cross = np.asarray(rows.multiply(sparse.csr_matrix(centres)[nearest]).sum(axis=1)).ravel()
        total += float((squares - 2 * cross + (centres[nearest] ** 2).sum(axis=1)).sum())
        n += rows.shape[0]
    return max(total / max(1, n) / 8.0, 1e-4)
