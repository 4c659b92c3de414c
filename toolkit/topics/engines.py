"""What learns: gensim's LDA from a start of our own, NMF and k-means of scikit-learn. Heavy imports stay in here."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
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
from toolkit.topics.inference import exp_elog, expected_counts, gamma_of, nonnegative_weights, squared_distances
from toolkit.topics.seeding import seeded_start, unclaimed

_CHUNK = 4096  # rows gensim infers at a time; the result of a batch pass does not depend on it but for rounding
_START_ROUNDS = 40  # of NMF where LDA takes over: more change its topics little and cost most of the time
_UNCLAIMED = 20_000  # items without a seed that are enough to find the free topics
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
    seed_count: float
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

    What gensim and scikit-learn say of too few rounds is silenced: the passes are few by design, topics of a small
    corpus are a sketch either way, and :class:`toolkit.topics.TopicModel` says so in its notes.
    """
    logger = logging.getLogger("gensim.models.ldamodel")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        # invalid: scikit-learn takes the root of a residual that rounding has put a hair below 0.
        with threadpool_limits(limits=1), warnings.catch_warnings(), np.errstate(invalid="ignore"):
            warnings.simplefilter("ignore", ConvergenceWarning)
            yield
    finally:
        logger.setLevel(level)


def learn(kind: str, corpus: Corpus, idf: np.ndarray, seeds: Csr | None, settings: Settings) -> Learnt:
    """Fit ``kind`` on ``corpus``; ``seeds (n_topics, n_terms)`` are needed by ``seeded_lda`` only."""
    if kind == "nmf":
        return Learnt(_nmf(corpus, idf, settings)[0])
    if kind == "kmeans":
        return _kmeans(corpus, idf, settings)
    if seeds is not None:
        membership = _free_membership(corpus, idf, seeds, settings)
        start = seeded_start(corpus, seeds, settings.n_free, settings.free_share, membership)
        eta = settings.eta + settings.seed_count * np.asarray(seeds.todense())
    else:
        start = _nmf_start(corpus, idf, settings)
        eta = np.full(start.shape, settings.eta)
    return Learnt(_lda(corpus, start, eta, settings))


def _lda(corpus: Corpus, start: np.ndarray, eta: np.ndarray, settings: Settings) -> np.ndarray:
    """gensim's ``LdaModel`` from ``start`` (expected counts), then ``passes`` batch passes; λ of the topics."""
    model = _empty(_Lda, start.shape, settings.alpha, eta, settings.random_state)
    model.state.sstats[:] = start
    model.sync_state()
    if settings.passes:
        # update_every=0: one step a pass, whatever the chunks; decay=0: the step replaces what was there.
        model.update(_Documents(corpus), chunksize=_CHUNK, passes=settings.passes, update_every=0, decay=0.0)
    return model.state.get_lambda()


class _Lda(LdaModel):
    """gensim's LDA with an E-step of sparse matrix products: the same fixed point, several times faster.

    gensim's own starts every row at random; this one does not, so passes over chunks of any size agree.
    """

    def inference(self, chunk: Any, collect_sstats: bool = False) -> tuple[np.ndarray, np.ndarray | None]:
        ends = np.cumsum([0, *(len(columns) for columns, _ in chunk)])
        columns = np.concatenate([columns for columns, _ in chunk])
        data = np.concatenate([data for _, data in chunk])
        counts = sparse.csr_matrix((data, columns, ends), shape=(len(chunk), self.num_terms))
        by_term = self.expElogbeta.T.copy()
        gamma = gamma_of(counts, by_term, self.alpha, iterations=self.iterations, tolerance=self.gamma_threshold)
        return gamma, expected_counts(counts, by_term, gamma) if collect_sstats else None


class _Documents:
    """The rows of a corpus as (columns, counts), which :class:`_Lda` takes; iterable again and again, with a length."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._length = sum(part.shape[0] for part in corpus)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for part in self._corpus:
            for row in range(part.shape[0]):
                span = slice(part.indptr[row], part.indptr[row + 1])
                yield part.indices[span], part.data[span]


def _empty(kind: type[LdaModel], shape: tuple[int, int], alpha: float, eta: np.ndarray, random_state: int) -> Any:
    """gensim's model before it has seen anything; untyped, as gensim's annotations come from its defaults."""
    options: dict[str, Any] = {
        "num_topics": shape[0],
        "id2word": {column: str(column) for column in range(shape[1])},
        "alpha": np.full(shape[0], alpha),
        "eta": eta,
        "dtype": np.float64,
        "eval_every": None,
        "random_state": random_state,
    }
    return kind(**options)


def gensim_model(components: np.ndarray, terms: Sequence[str], alpha: float, eta: float, random_state: int) -> LdaModel:
    """gensim's model whose topics have the Dirichlet parameters ``components``."""
    model = _empty(LdaModel, components.shape, alpha, np.full(components.shape[1], eta), random_state)
    model.id2word = dict(enumerate(terms))
    model.state.sstats[:] = np.maximum(components.astype(np.float64) - eta, 0.0)
    model.sync_state()
    return model


def update(components: np.ndarray, counts: Csr, alpha: float) -> np.ndarray:
    """λ after more rows: their expected counts are added, so old and new rows weigh the same."""
    by_term = exp_elog(components).T.copy()
    gamma = gamma_of(counts, by_term, np.full(len(components), alpha), iterations=50, tolerance=1e-3)
    return components + expected_counts(counts, by_term, gamma)


def _nmf(
    corpus: Corpus, idf: np.ndarray, settings: Settings, max_iter: int = 400
) -> tuple[np.ndarray, np.ndarray | None]:
    """NMF's topics; and the weights of the rows where the corpus is held whole."""
    if not corpus.chunked:
        (counts,) = corpus
        n_topics = min(settings.n_topics, *counts.shape)
        options: Any = {
            "n_components": n_topics,
            "init": "nndsvda" if n_topics < min(counts.shape) else "random",
            "random_state": settings.random_state,
            "max_iter": max_iter,
        }
        model = NMF(**options)
        weights = model.fit_transform(tfidf(counts, idf))
        return _padded(model.components_, settings.n_topics), weights
    make: Any = MiniBatchNMF
    stream = make(n_components=settings.n_topics, random_state=settings.random_state)
    for _ in range(_STREAM_PASSES):
        for part in corpus:
            stream.partial_fit(tfidf(part, idf))
    return stream.components_, None


def _free_membership(corpus: Corpus, idf: np.ndarray, seeds: Csr, settings: Settings) -> Callable[[Csr], np.ndarray]:
    """Proportions of the free topics in a row: those of NMF on items without any seed, where there are enough."""
    rows: list[Csr] = []
    for part in corpus:
        rows.append(unclaimed(part, seeds))
        if sum(found.shape[0] for found in rows) >= _UNCLAIMED:
            break
    free: Csr = sparse.vstack(rows, format="csr") if rows else None
    if free is None or not settings.n_free or free.shape[0] < 2 * settings.n_free:
        rng = np.random.RandomState(settings.random_state)
        return lambda chunk: rng.dirichlet(np.full(settings.n_free, 0.1), size=chunk.shape[0])
    options: dict[str, Any] = {"n_components": settings.n_free, "random_state": settings.random_state}
    topics = NMF(**options, init="nndsvda", max_iter=_START_ROUNDS * 3).fit(tfidf(free, idf)).components_
    return lambda chunk: _proportions(nonnegative_weights(tfidf(chunk, idf), topics))


def _proportions(weights: np.ndarray) -> np.ndarray:
    """Rows that sum to 1; a row of zeros is spread evenly."""
    totals = weights.sum(axis=1, keepdims=True)
    return np.where(totals > 0, weights / np.where(totals > 0, totals, 1.0), 1.0 / max(1, weights.shape[1]))


def _padded(components: np.ndarray, n_topics: int) -> np.ndarray:
    return np.vstack([components, np.zeros((n_topics - len(components), components.shape[1]))])


def _nmf_start(corpus: Corpus, idf: np.ndarray, settings: Settings) -> np.ndarray:
    """Expected counts of words in topics if each item had its topics in the proportions NMF gives."""
    components, weights = _nmf(corpus, idf, settings, _START_ROUNDS)
    start = np.zeros(components.shape)
    for counts in corpus:
        rows = nonnegative_weights(tfidf(counts, idf), components) if weights is None else weights
        shares = _proportions(rows)
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
    """Variance that makes an item's nearest centre weigh e³ = 20 times its second nearest, in the mean.

    The true variance of the clusters would make every share 1 or 0: in thousands of dimensions all distances are large
    beside their differences.
    """
    if len(centres) < 2:
        return 1.0
    total, n = 0.0, 0
    for counts in corpus:
        nearest = np.sort(squared_distances(tfidf(counts, idf), centres), axis=1)
        total += float((nearest[:, 1] - nearest[:, 0]).sum())
        n += counts.shape[0]
    return max(total / max(1, n) / 6.0, 1e-6)
