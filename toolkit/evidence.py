"""Evidence: the phrases of an item that carried a theme, as whole words, with offsets and weights.

The weight of a substring is spread over its characters, and the weight of a word is that of its characters; words side
by side that weigh enough are one phrase. Substrings are what the linear model saw; the trees above it add where the
item stands, which no phrase shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from toolkit.classify import Prediction, ReportModel
from toolkit.document import Span
from toolkit.features import Units
from toolkit.words import Segmenter

ENOUGH = 0.25
"""A word belongs to a phrase from this share of the heaviest word's weight."""
LONGEST = 16
"""Characters of a phrase, where its first word is not longer."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A phrase that carried a theme: its heaviest place in the document, and its share of what speaks for the theme.

    The share counts all places of the phrase in the item.
    """

    theme: str
    span: Span
    weight: float


def evidence_of(
    model: ReportModel, prediction: Prediction, *, most: int = 3, segmenter: Segmenter | None = None
) -> Iterator[Evidence]:
    """The ``most`` heaviest phrases of every accepted theme, heaviest first; none is part of another.

    ``segmenter`` says where words begin and end; without, the one with the shipped lexicon. Stop words are no part of a
    phrase.
    """
    item = prediction.item
    if not prediction.themes:
        return
    units = Units.of_texts([item.text])
    each = list(model.linear.vocabulary.occurrences(units.codes))
    found, places = np.concatenate([found for found, _ in each]), np.concatenate([at for _, at in each])
    lengths = np.repeat(np.arange(1, len(each) + 1), [len(at) for _, at in each])
    segmenter, empty = (segmenter or shipped_words()[0]), shipped_words()[1]
    words = [(a, b) for a, b in segmenter.spans(item.text) if item.text[a:b] not in empty]
    for theme in prediction.themes:
        column = model.theme_ids.index(theme.id)
        share = model.linear.weights[found, column] * model.linear.idf[found] / lengths
        heat = np.zeros(len(item.text) + 1)
        for step in range(len(each)):
            inside = lengths > step
            np.add.at(heat, places[inside] + step, share[inside])
        speaks = float(np.maximum(heat, 0).sum())
        if speaks <= 0:
            continue
        for start, end, weight in _phrases(item.text, heat, words)[:most]:
            yield Evidence(theme.id, Span(item.start + start, item.start + end), min(1.0, weight / speaks))


@cache
def shipped_words() -> tuple[Segmenter, frozenset[str]]:
    """The segmenter with the shipped lexicon, and the words that say nothing; loaded once."""
    from toolkit.codebook import load_codebook  # pydantic, which a run without evidence need not load

    codebook = load_codebook()
    return Segmenter(codebook.words), codebook.stopwords


def _phrases(text: str, heat: NDArray[np.float64], words: list[tuple[int, int]]) -> list[tuple[int, int, float]]:
    """Phrases ``(start, end, weight)``, heaviest first; the same words elsewhere add to the weight of one."""
    weights = [float(heat[a:b].sum()) for a, b in words]
    least = ENOUGH * max(weights, default=0.0)
    runs: list[tuple[int, int, float]] = []
    for (start, end), weight in zip(words, weights, strict=True):
        if weight <= 0 or weight < least or text[start:end].isascii():
            continue
        if runs and runs[-1][1] == start and end - runs[-1][0] <= LONGEST:
            runs[-1] = (runs[-1][0], end, runs[-1][2] + weight)
        else:
            runs.append((start, end, weight))
    kept: list[tuple[int, int, float]] = []
    for start, end, weight in sorted((run for run in runs if run[1] - run[0] > 1), key=lambda run: -run[2]):
        same = next((n for n, (a, b, _) in enumerate(kept) if text[start:end] in text[a:b]), None)
        if same is None:
            kept.append((start, end, weight))
        else:
            kept[same] = (*kept[same][:2], kept[same][2] + weight)
    return sorted(kept, key=lambda phrase: -phrase[2])
