"""Words of items as counts: which words a topic model sees, and the sparse matrices it learns from.

A corpus is anything that can be iterated, of items, texts or lists of words. One that is larger than memory is
iterated several times, a chunk at a time; nothing but the vocabulary and one chunk is held.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Protocol, TypeAlias, TypeVar

import numpy as np
from scipy import sparse

from toolkit.document import Item
from toolkit.errors import DataError

Csr: TypeAlias = Any
"""A scipy ``csr_matrix`` with rows as items; scipy gives no types that a checker could follow."""
Unit = Item | str | Sequence[str]
"""What a topic model takes for one item: the item, its text, or its words."""

T = TypeVar("T")

# Two hanzi at least: single ones (市, 人, 次) are units and places. Digits and Latin runs (2023, AI) carry no topic.
_WORD = re.compile(r"[㐀-鿿豈-﫿]{2,}")


class Cutter(Protocol):
    """What a bag needs of a segmenter."""

    def cut(self, text: str) -> list[str]: ...


class Bag:
    """Turns units into words, words into rows of counts over ``terms``.

    Args:
        cutter: splits text; units that are words already are taken as they are.
        stopwords: words that are left out.
        keep: words that are never left out (the seeds), whatever they look like.
    """

    def __init__(self, cutter: Cutter, stopwords: Iterable[str] = (), keep: Iterable[str] = ()) -> None:
        self._cutter = cutter
        self.keep = frozenset(keep)
        self._stopwords = frozenset(stopwords) - self.keep
        self._known: dict[str, bool] = {}

    def words(self, unit: Unit) -> list[str]:
        """The words of ``unit`` that may carry a topic, in order."""
        if isinstance(unit, Item):
            found = self._cutter.cut(unit.text)
        elif isinstance(unit, str):
            found = self._cutter.cut(unit)
        else:
            found = list(unit)
            if found and not isinstance(found[0], str):
                what = f"a row of {type(found[0]).__name__} where an item, a text or a list of words is expected"
                raise DataError(what, remedy="topics are learnt from texts, not from a matrix")
        return [word for word in found if self._carries(word)]

    def _carries(self, word: str) -> bool:
        carries = self._known.get(word)
        if carries is None:
            carries = word in self.keep or (word not in self._stopwords and _WORD.fullmatch(word) is not None)
            self._known[word] = carries
        return carries

    def vocabulary(
        self, rows: Iterable[Sequence[str]], min_df: int, max_df: float, limit: int | None
    ) -> tuple[list[str], np.ndarray, int]:
        """Terms, most frequent first, how many rows hold each, and the number of rows that have words.

        A term stands in at least ``min_df`` rows and in at most the share ``max_df`` of them; a word to keep is a
        term if it stands anywhere. ``limit`` keeps the most frequent.

        Raises:
            DataError: no word is left.
        """
        frequency: Counter[str] = Counter()
        filled = 0
        for row in rows:
            distinct = set(row)
            filled += bool(distinct)
            frequency.update(distinct)
        if not frequency:
            raise DataError(
                "no item has a word that could carry a topic",
                remedy="hand in texts with words of two hanzi and more that are not all stop words",
            )
        # The share rules out boilerplate; on a handful of items it would rule out everything (each word in 1 of 3).
        most = max(max_df * filled, float(min_df))
        chosen = [(word, count) for word, count in frequency.items() if word in self.keep or min_df <= count <= most]
        if not chosen:
            raise DataError(
                f"none of {len(frequency):,} words stands in at least {min_df} and at most {most:g} items",
                remedy="lower min_df, or hand in more items",
            )
        chosen.sort(key=lambda pair: (-pair[1], pair[0]))
        if limit is not None and len(chosen) > limit:
            kept = [pair for pair in chosen if pair[0] in self.keep]
            rest = [pair for pair in chosen if pair[0] not in self.keep]
            chosen = sorted([*kept, *rest[: max(0, limit - len(kept))]], key=lambda pair: (-pair[1], pair[0]))
        return [word for word, _ in chosen], np.array([count for _, count in chosen], np.int64), filled


def counts(rows: Iterable[Sequence[str]], index: dict[str, int]) -> Csr:
    """Counts of the terms of ``index`` in each row, ``(n_rows, n_terms)``; a row without any stays, empty."""
    data: list[int] = []
    columns: list[int] = []
    starts = [0]
    for row in rows:
        found: Counter[int] = Counter(index[word] for word in row if word in index)
        for column in sorted(found):
            columns.append(column)
            data.append(found[column])
        starts.append(len(columns))
    shape = (len(starts) - 1, len(index))
    arrays = (np.array(data, np.float64), np.array(columns, np.int32), np.array(starts, np.int32))
    return sparse.csr_matrix(arrays, shape=shape)


def batched(units: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of ``size`` units in order; the last may be shorter."""
    stream = iter(units)
    while batch := list(islice(stream, size)):
        yield batch


def tfidf(matrix: Csr, idf: np.ndarray) -> Csr:
    """Sublinear TF-IDF rows of length 1 from counts: ``(1 + log count) · idf``; empty rows stay empty."""
    weighted = matrix.astype(np.float64)
    weighted.data = (1.0 + np.log(weighted.data)) * idf[weighted.indices]
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    lengths[lengths == 0] = 1.0
    weighted.data /= np.repeat(lengths, np.diff(weighted.indptr))
    return weighted


def smooth_idf(document_frequency: np.ndarray, n_rows: int) -> np.ndarray:
    """scikit-learn's smoothed inverse document frequency, ``log((1 + n) / (1 + df)) + 1``."""
    return np.log((1.0 + n_rows) / (1.0 + document_frequency)) + 1.0
