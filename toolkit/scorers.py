"""The two kinds of arrays a stored model is made of, and what they score: plain numpy, as read from disk.

:class:`Substrings` is a linear model over the substrings of a text; :class:`Trees` are boosted trees over rows of
numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from toolkit.features import MAX_NGRAM, Ints, Units, Vocabulary

Floats = NDArray[np.float32]
ABSENT = -1.2
"""Score of a text, heading or neighbour that is not there, or says nothing that is known."""
_ROUNDS = 1 << 10  # rows of one unit that are added side by side with those of the others


@dataclass(frozen=True)
class Substrings:
    """A linear model: ``weights`` (n_features, n_outputs), ``idf`` (n_features,), ``bias`` (n_outputs,).

    The score of a text is the sum over the occurrences of its substrings of ``idf × weights``, divided by the root of
    the summed squares of their idf, plus the bias: TF-IDF with the norm of occurrences, which adds up over clauses.
    """

    vocabulary: Vocabulary
    idf: Floats
    weights: Floats
    bias: Floats

    @cached_property
    def _table(self) -> Floats:
        """By substring, ``idf × weights`` and, in a last column, ``idf²``, summed over it and its prefixes."""
        table = np.hstack([self.weights * self.idf[:, None], (self.idf**2)[:, None]]).astype(np.float32)
        prefixes = self.vocabulary.prefixes
        for edge in range(1, MAX_NGRAM):  # prefixes first: keys are sorted, so shorter substrings stand before longer
            first, last = np.searchsorted(self.vocabulary.keys, [1 << 16 * edge, (1 << 16 * edge + 16) - 1])
            table[first:last] += table[prefixes[first:last]]
        return table

    def sums(self, units: Units) -> tuple[Floats, Floats]:
        """Unnormed scores (n_units, n_outputs) and squared norms (n_units,) of texts laid end to end."""
        found, places = self.vocabulary.longest(units.codes)
        return self.sums_of(found, np.searchsorted(places, units.starts))

    def sums_of(self, found: NDArray[np.int32], edges: Ints) -> tuple[Floats, Floats]:
        """The same from the longest substring at each place; unit ``k`` has ``found[edges[k] : edges[k + 1]]``."""
        total = _sum_rows(found, edges, self._table)
        return total[:, :-1], total[:, -1]

    def scores(self, sums: Floats, norms: Floats) -> Floats:
        """Scores (n, n_outputs) from sums and squared norms; ``ABSENT`` for a text without a known substring."""
        known = norms > 0
        scores = sums / np.sqrt(np.where(known, norms, 1))[:, None] + self.bias
        scores[~known] = ABSENT
        return scores.astype(np.float32)


def _sum_rows(found: NDArray[np.int32], edges: Ints, table: Floats) -> Floats:
    """For each unit ``k`` the sum of the rows of ``table`` that ``found[edges[k] : edges[k + 1]]`` names.

    The first row of every unit, then the second, and so on: each sum is made one after the other, so a unit has the
    same to the last bit whatever stands beside it.
    """
    sizes = np.diff(edges)
    order = np.argsort(-sizes, kind="stable")
    longest, place = -sizes[order], edges[:-1][order]
    sums = np.zeros((len(sizes), table.shape[1]), np.float32)
    rounds = np.searchsorted(longest, -np.arange(min(_ROUNDS, sizes.max(initial=0))))
    for step, units in enumerate(rounds.tolist()):  # those with a row left
        sums[:units] += table.take(found.take(place[:units] + step), axis=0)
    for unit in range(int(np.searchsorted(longest, -_ROUNDS))):  # a text without a mark in a thousand characters
        rest = found[place[unit] + _ROUNDS : place[unit] - longest[unit]]
        for begin in range(0, len(rest), _ROWS):
            rows = table[rest[begin : begin + _ROWS]]
            sums[unit] = np.add.accumulate(np.vstack([sums[unit], rows]), axis=0)[-1]
    back = np.empty_like(sums)
    back[order] = sums
    return back


class Groups:
    """Neighbouring rows in groups: ``counts`` rows from ``begins`` on, one at least."""

    def __init__(self, begins: Ints, counts: Ints) -> None:
        self._order = np.argsort(-counts, kind="stable")
        self._begins = begins[self._order]
        most = int(counts.max(initial=1))
        self._rounds = np.searchsorted(-counts[self._order], -np.arange(1, most)).tolist()

    def reduce(self, ufunc: np.ufunc, rows: Floats) -> Floats:
        """``ufunc.reduceat(rows, begins)`` where the order makes no difference, several times as fast."""
        found = rows.take(self._begins, axis=0)
        for step, groups in enumerate(self._rounds, 1):  # those with a row left
            ufunc(found[:groups], rows.take(self._begins[:groups] + step, axis=0), out=found[:groups])
        back = np.empty_like(found)
        back[self._order] = found
        return back


@dataclass(frozen=True)
class Trees:
    """Boosted binary trees of depth d: ``feature`` and ``threshold`` (n_trees, 2^d − 1), ``value`` (n_trees, 2^d).

    Node ``k`` has children ``2k + 1`` (feature ≤ threshold) and ``2k + 2``. Friedman, Annals of Statistics 29 (2001).
    """

    base: float
    feature: NDArray[np.int16]
    threshold: Floats
    value: Floats

    def score(self, rows: Floats) -> Floats:
        """Log-odds (n_rows,) of rows (n_rows, n_features)."""
        total = np.full(len(rows), self.base, np.float32)
        if self.feature.shape[1] > _MASKED:
            self._walk(rows, total)
            return total
        for at in range(0, len(rows), _ROWS):
            self._mask(np.ascontiguousarray(rows[at : at + _ROWS].T), total[at : at + _ROWS])
        return total

    def _walk(self, rows: Floats, total: Floats) -> None:
        """Every row down every tree, level by level."""
        at = np.arange(len(rows))
        inner = self.feature.shape[1]
        for feature, threshold, value in zip(self.feature, self.threshold, self.value, strict=True):
            node = np.zeros(len(rows), np.int64)
            while len(node) and node[0] < inner:  # all rows are on one level
                node = 2 * node + 1 + (rows[at, feature[node]] > threshold[node])
            total += value[node - inner]

    def _mask(self, columns: Floats, total: Floats) -> None:
        """Add the trees' values for ``columns`` (n_features, n_rows) by masks, without a branch.

        A node that sends a row to the right rules out the leaves on its left; the first leaf not ruled out is the
        row's. Lucchese et al., QuickScorer, SIGIR 2015.
        """
        splits, groups = self._plan
        right = np.empty((len(splits), columns.shape[1]), bool)
        for row, (feature, threshold) in zip(right, splits, strict=True):
            np.greater(columns[feature], threshold, out=row)
        rights = right.view(np.uint8)
        for nodes, left, values in groups:
            gone = np.zeros((len(nodes), columns.shape[1]), np.uint8)
            for node, leaves in zip(nodes.T, left, strict=True):
                gone |= rights[node] * leaves
            for tree, ruled_out in zip(values, gone, strict=True):
                total += tree.take(ruled_out)

    @cached_property
    def _plan(self) -> tuple[list[tuple[int, np.float32]], list[tuple[NDArray[np.int64], NDArray[np.uint8], Floats]]]:
        """Distinct splits (feature, threshold); and by group of trees the nodes' splits, leaves on the left, values."""
        left, first = _leaf_masks(self.feature.shape[1])
        number: dict[tuple[int, np.float32], int] = {}
        pairs = zip(self.feature.ravel().tolist(), self.threshold.ravel(), strict=True)
        nodes = np.array([number.setdefault(split, len(number)) for split in pairs]).reshape(self.feature.shape)
        values = self.value[:, first]
        groups = [(nodes[at : at + _TREES], left, values[at : at + _TREES]) for at in range(0, len(nodes), _TREES)]
        return list(number), groups


_TREES = 40  # trees at once
_MASKED = 7  # inner nodes of a tree whose eight leaves fit a byte
_ROWS = 1 << 14  # rows at once, so that their columns stay in the processor's cache


@cache
def _leaf_masks(inner: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """For each node the leaves on its left as bits, and for each set of leaves ruled out the first that is not."""
    leaves = inner + 1
    masks = []
    for node in range(inner):
        depth = (node + 1).bit_length() - 1
        width = leaves >> depth
        begin = (node + 1 - (1 << depth)) * width
        masks.append(((1 << width // 2) - 1) << begin)
    first = [next((leaf for leaf in range(leaves) if not gone >> leaf & 1), 0) for gone in range(1 << 8)]
    return np.array(masks, np.uint8), np.array(first, np.int64)


def sigmoid(scores: Floats) -> Floats:
    """``1 / (1 + exp(−x))``, without overflow."""
    return (1 / (1 + np.exp(-np.clip(scores, -30, 30)))).astype(np.float32)
