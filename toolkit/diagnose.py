"""What is wrong with labels, and which items to label next: said by ``fazhi train`` and ``fazhi labels check``.

Faults are found without a model: themes of too few reports, passages on both sides of the split. Suspects are labels
that two models of different kind, neither taught the item's report, both contradict (Brodley and Friedl, JAIR 1999,
"Identifying mislabeled training data": consensus filter).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolkit.codebook import Codebook
from toolkit.duplicates import find_repeats
from toolkit.evaluate import theme_confidence
from toolkit.labels import Labelled
from toolkit.scorers import Floats

ITEMS, REPORTS = 20, 5
"""What a theme needs at least; with fewer, folds without it are likely and its threshold is chance."""
SURE = 0.9
"""Probability both models give to the contrary of a suspect label."""


def find_faults(reports: Sequence[Labelled], codebook: Codebook) -> list[str]:
    """What is wrong with the labels, one line each: themes of few items, passages on both sides of the split."""
    return [*_scarce(reports, codebook), *_straddling(reports)]


def _scarce(reports: Sequence[Labelled], codebook: Codebook) -> Iterator[str]:
    for theme in codebook.theme_ids:
        within = [sum(theme in found for found in report.themes) for report in reports]
        carrying = sum(count > 0 for count in within)
        if sum(within) < ITEMS or carrying < REPORTS:
            yield f"{theme}: {sum(within)} items in {carrying} reports; give {ITEMS} in {REPORTS} at least"


def _straddling(reports: Sequence[Labelled]) -> Iterator[str]:
    """Passages of a held-out report that nearly stand in a training report: the scores would be too good."""
    sides = [report.entry.split if report.entry else "train" for report in reports]
    documents = [report.document for report in reports]
    if len(set(sides)) < 2:
        return
    for repeat in find_repeats(documents).repeats:
        one, other = repeat.passage, repeat.of
        if sides[one.document] == "heldout" and sides[other.document] == "train":
            text = documents[one.document].text[one.start : one.end]
            yield (
                f"on both sides of the split: {documents[one.document].name} {one.item} and "
                f"{documents[other.document].name} {other.item} ({repeat.similarity:.0%} alike): {text[:30]}…"
            )


@dataclass(frozen=True, slots=True)
class Suspect:
    """A label that may be wrong: ``carried`` as labelled, and what each of two models holds for its probability."""

    item: str
    theme: str
    carried: bool
    first: float
    second: float

    def __str__(self) -> str:
        said = "labelled" if self.carried else "not labelled"
        return f"{self.item} {self.theme}: {said}, yet probable to {self.first:.2f} and {self.second:.2f}"


def find_suspects(
    ids: Sequence[str],
    theme_ids: Sequence[str],
    truth: NDArray[np.bool_],
    first: Floats,
    second: Floats,
    sure: float = SURE,
) -> list[Suspect]:
    """Labels that both models contradict, the surest contradiction first.

    Args:
        ids: of the items.
        theme_ids: of the columns.
        truth: labels, (n_items, n_themes).
        first, second: cross-fitted probabilities of two models, (n_items, n_themes).
        sure: least probability that both give to the contrary.
    """
    against = np.minimum(np.where(truth, 1 - first, first), np.where(truth, 1 - second, second))
    rows, columns = np.nonzero(against >= sure)
    order = np.lexsort((columns, rows, -against[rows, columns])).tolist()
    places = [(int(rows[k]), int(columns[k])) for k in order]
    return [
        Suspect(ids[r], theme_ids[c], bool(truth[r, c]), float(first[r, c]), float(second[r, c])) for r, c in places
    ]


def label_next(themes: Floats, thresholds: Floats, groups: NDArray[np.int64], most: int = 30) -> list[int]:
    """Rows whose labels would teach most: least sure, and unlike one another.

    Greedy: each time the row with the greatest doubt times its distance (1 − cosine of theme probabilities) from those
    already taken; two rows of one report at most. ``groups`` (n_items,) names the report of each row.
    """
    doubt = 1 - np.clip(theme_confidence(themes, thresholds), 0, 1)
    lengths = np.linalg.norm(themes, axis=1, keepdims=True)
    units = themes / np.maximum(lengths, 1e-9)
    far = np.ones(len(themes))
    taken: list[int] = []
    per_report: dict[int, int] = {}
    while len(taken) < min(most, len(themes)):
        worth = doubt * far
        best = int(worth.argmax())
        if worth[best] <= 0:
            break
        taken.append(best)
        report = int(groups[best])
        per_report[report] = per_report.get(report, 0) + 1
        far = np.minimum(far, 1 - units @ units[best])
        far[best] = 0
        if per_report[report] == 2:
            far[groups == report] = 0
    return taken
