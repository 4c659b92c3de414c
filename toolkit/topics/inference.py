"""Which topics an item is about, from stored arrays alone: numpy and scipy, no gensim and no scikit-learn.

Every row is worked out by itself: the same item gives the same bytes alone or among a million others.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.special import psi

from toolkit.topics.bag import Csr

_ROWS = 2048  # rows worked on at a time: their words × topics stay below some 60 MB


def lda_gamma(
    counts: Csr,
    topics: np.ndarray,
    alpha: np.ndarray,
    *,
    iterations: int = 100,
    tolerance: float = 1e-3,
) -> np.ndarray:
    """Variational posterior of LDA, ``(n_rows, n_topics)``: Hoffman et al. 2010, as gensim's ``LdaModel.inference``.

    Args:
        counts: word counts ``(n_rows, n_terms)``.
        topics: the topics' Dirichlet parameters λ ``(n_topics, n_terms)``.
        alpha: prior over topics, ``(n_topics,)`` or one a row ``(n_rows, n_topics)``.
        iterations: most rounds a row.
        tolerance: a row is done when its mean change falls below.

    gensim starts each row at random; here a row starts from its prior and its length, so that the answer does not
    depend on what was asked before.
    """
    return gamma_of(counts, exp_elog(topics).T.copy(), alpha, iterations=iterations, tolerance=tolerance)


def gamma_of(counts: Csr, by_term: np.ndarray, alpha: np.ndarray, *, iterations: int, tolerance: float) -> np.ndarray:
    """As :func:`lda_gamma`, from ``exp(E[log p(term|topic)])`` the other way round, ``(n_terms, n_topics)``."""
    n_rows, n_topics = counts.shape[0], by_term.shape[1]
    gamma = np.empty((n_rows, n_topics))
    prior = np.broadcast_to(alpha, (n_rows, n_topics))
    for start in range(0, n_rows, _ROWS):
        part = slice(start, min(start + _ROWS, n_rows))
        gamma[part] = _gamma(counts[part], by_term, prior[part], iterations, tolerance)
    return gamma


def expected_counts(counts: Csr, by_term: np.ndarray, gamma: np.ndarray) -> np.ndarray:
    """How often each topic is expected to have given each term, ``(n_topics, n_terms)``: what LDA's M-step needs."""
    total = np.zeros(by_term.shape[::-1])
    for start in range(0, counts.shape[0], _ROWS):
        part, weights = counts[start : start + _ROWS], exp_elog(gamma[start : start + _ROWS])
        total += (_ratio(part, by_term, weights).T @ weights).T
    return total * by_term.T


def _gamma(counts: Csr, by_term: np.ndarray, prior: np.ndarray, iterations: int, tolerance: float) -> np.ndarray:
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    gamma = prior + lengths[:, None] / prior.shape[1]
    open_rows = np.flatnonzero(np.diff(counts.indptr))
    matrix = counts[open_rows]
    for _ in range(iterations):
        if not len(open_rows):
            break
        before = gamma[open_rows]
        weights = exp_elog(before)
        after = prior[open_rows] + weights * (_ratio(matrix, by_term, weights) @ by_term)
        gamma[open_rows] = after
        moving = np.abs(after - before).mean(axis=1) >= tolerance
        if not moving.all():
            open_rows, matrix = open_rows[moving], matrix[moving]
    return gamma


def _ratio(counts: Csr, by_term: np.ndarray, weights: np.ndarray) -> Csr:
    """Counts over what the topics give each word of each row: never the full ``(rows, terms)`` product."""
    owner = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    norm = np.einsum("ij,ij->i", weights[owner], by_term[counts.indices]) + 1e-100
    return sparse.csr_matrix((counts.data / norm, counts.indices, counts.indptr), shape=counts.shape)


def exp_elog(parameters: np.ndarray) -> np.ndarray:
    """``exp(E[log p])`` of Dirichlet rows."""
    values = np.asarray(parameters, np.float64)
    return np.exp(psi(values) - psi(values.sum(axis=1, keepdims=True)))


def nonnegative_weights(rows: Csr, topics: np.ndarray, *, iterations: int = 60) -> np.ndarray:
    """Weights ``W ≥ 0`` with ``rows ≈ W @ topics``: coordinate descent, as scikit-learn's NMF solves for W."""
    target = np.asarray(rows @ topics.T)
    gram = topics @ topics.T
    weights = np.zeros_like(target)
    used = [k for k in range(len(topics)) if gram[k, k] > 0]
    # A fixed number of rounds: stopping when the slowest row is done would let one row change another's last digits.
    for _ in range(iterations):
        for k in used:
            slope = np.einsum("ij,j->i", weights, gram[k]) - target[:, k]
            weights[:, k] = np.maximum(0.0, weights[:, k] - slope / gram[k, k])
    return weights


def squared_distances(rows: Csr, centres: np.ndarray) -> np.ndarray:
    """Squared Euclidean distances ``(n_rows, n_centres)``."""
    return (
        np.asarray(rows.multiply(rows).sum(axis=1)).ravel()[:, None]
        - 2.0 * np.asarray(rows @ centres.T)
        + np.einsum("ij,ij->i", centres, centres)[None, :]
    )


def memberships(rows: Csr, centres: np.ndarray, variance: float) -> np.ndarray:
    """Posterior of clusters as round Gaussians of the same ``variance``: rows sum to 1."""
    scores = -squared_distances(rows, centres) / (2.0 * variance)
    scores -= scores.max(axis=1, keepdims=True)
    weights = np.exp(scores)
    return weights / weights.sum(axis=1, keepdims=True)
