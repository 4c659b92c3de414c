"""Themes and stage of every item of a document, with probability and evidence, in plain numpy.

What a stored model needs at prediction is here, and nothing here imports scikit-learn. A prediction takes these steps
(the numbers stand again in :meth:`ReportModel.predict`):

1. one pass over the text: a linear model over substrings scores every clause and every heading, for themes and stages;
2. the stage, from those scores, the item's neighbours, its section and its shape (boosted trees);
3. the themes, from the best clause, the whole item, its headings and its neighbours (boosted trees, calibrated);
4. thresholds: accepted themes, none for ``noise``, and whether the item is uncertain.

Learning the arrays is :mod:`toolkit.learn`'s work; :mod:`toolkit.store` keeps them as data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from toolkit.document import Document, Item
from toolkit.rows import View, candidates, stage_rows, theme_rows, views
from toolkit.scorers import Floats, Substrings, Trees, sigmoid

NOISE = "noise"
UNLIKELY = np.float32(-7.0)
"""Log-odds of a theme that no clause speaks for."""


class ThemeScore(NamedTuple):
    """An accepted theme and its calibrated probability."""

    id: str
    probability: float


class Prediction(NamedTuple):
    """What is said of one item: its stage, its accepted themes (most probable first), and whether to look at it."""

    item: Item
    stage: str
    stage_probability: float
    themes: tuple[ThemeScore, ...]
    uncertain: bool

    @property
    def theme_ids(self) -> tuple[str, ...]:
        """Ids of the accepted themes."""
        return tuple(theme.id for theme in self.themes)


@dataclass(frozen=True)
class ThemeHead:
    """Trees over theme rows, then per theme: calibration (slope, offset on the log-odds) and threshold."""

    trees: Trees
    slope: Floats
    offset: Floats
    threshold: Floats

    def probabilities(self, seen: View, items: Sequence[Item], noise: Floats) -> Floats:
        """Calibrated probabilities (n_items, n_themes) of a document; ``noise`` (n_items,) is that of its stage."""
        themes = len(self.slope)
        asked = np.flatnonzero(candidates(seen, themes))
        odds = np.full((len(items), themes), UNLIKELY, np.float32)
        odds.reshape(-1)[asked] = self.trees.score(theme_rows(seen, items, noise, themes, asked))
        return sigmoid(odds * self.slope + self.offset)


@dataclass(frozen=True)
class ReportModel:
    """All that is needed to label a report, as arrays: the linear model, stage and theme heads, names."""

    linear: Substrings
    theme_ids: tuple[str, ...]
    stage_ids: tuple[str, ...]
    themes: ThemeHead
    stages: tuple[Trees, ...]
    margin: float = 0.15
    familiar: float = 0.0
    """Share of known pairs of characters below which a text is of another field than the training reports."""

    def probabilities(self, document: Document) -> tuple[Floats, Floats]:
        """Probabilities of themes (n_items, n_themes) and stages (n_items, n_stages), without any threshold."""
        return self.probabilities_of([document.items])[:2]

    def probabilities_of(self, documents: Sequence[Sequence[Item]]) -> tuple[Floats, Floats, Floats]:
        """The same for the items of many documents at once, and the share of known pairs of characters (n_items,)."""
        documents = [items for items in documents if items]
        count = sum(map(len, documents))
        if not count:
            nothing = np.zeros((0, 0), np.float32)
            return nothing.reshape(0, len(self.theme_ids)), nothing.reshape(0, len(self.stages)), nothing.reshape(0)
        seen = views(self.linear, documents, len(self.theme_ids))  # 1
        pairs = list(zip(seen, documents, strict=True))
        stages = np.zeros((count, len(self.stages)), np.float32)
        if self.stages:  # 2
            asked = np.concatenate([stage_rows(one, items, len(self.theme_ids)) for one, items in pairs])
            each = np.stack([sigmoid(trees.score(asked)) for trees in self.stages], axis=1)
            stages = each / each.sum(axis=1, keepdims=True)
        noise = stages[:, self.stage_ids.index(NOISE)] if NOISE in self.stage_ids else np.zeros(count, np.float32)
        themes, at = [], 0
        for one, items in pairs:  # 3
            themes.append(self.themes.probabilities(one, items, noise[at : at + len(items)]))
            at += len(items)
        return np.concatenate(themes), stages, np.concatenate([one.known for one in seen])

    def predict(self, document: Document) -> list[Prediction]:
        """One prediction an item, in order of the text."""
        return self.predict_all([document])[0]

    def predict_all(self, documents: Sequence[Document]) -> list[list[Prediction]]:
        """:meth:`predict` for each of many documents, in one pass; short documents cost less together."""
        themes, stages, known = self.probabilities_of([document.items for document in documents])
        threshold = self.themes.threshold
        number = np.arange(len(themes))
        best = stages.argmax(axis=1) if self.stages else np.zeros(len(themes), np.int64)
        names = [self.stage_ids[k] for k in best.tolist()] if self.stages else [""] * len(themes)
        sure = stages[number, best] if self.stages else np.ones(len(themes), np.float32)
        quiet = np.array([stage == NOISE for stage in self.stage_ids] or [False])[best]
        near = (np.abs(themes - threshold) < self.margin).any(axis=1)  # 4
        doubtful = (near & ~quiet) | (sure < 0.6)
        row, column = np.nonzero((themes >= threshold) & ~quiet[:, None])
        ranked = np.lexsort((column, -themes[row, column], row))
        doubtful[row] |= known[row] < self.familiar  # of another field, and yet with themes
        named = [self.theme_ids[theme] for theme in column[ranked].tolist()]
        scores = list(map(ThemeScore._make, zip(named, themes[row, column][ranked].tolist(), strict=True)))
        ends = np.cumsum(np.bincount(row, minlength=len(names))).tolist()
        found = [
            Prediction(item, stage, certain, tuple(scores[a:b]), doubt)
            for item, stage, certain, (a, b), doubt in zip(
                (item for document in documents for item in document.items),
                names,
                sure.tolist(),
                pairwise([0, *ends]),
                doubtful.tolist(),
                strict=True,
            )
        ]
        edges = np.cumsum([0, *(len(document.items) for document in documents)]).tolist()
        return [found[a:b] for a, b in pairwise(edges)]
