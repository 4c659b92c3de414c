"""Shares of topics by report, place, year or stage, with intervals that know that items of a report go together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class GroupShares:
    """Mean topic shares of groups of items, and their 95 % intervals.

    Attributes:
        groups: names, sorted.
        mean: ``(n_groups, n_topics)``; rows sum to 1 where a group has items with words, otherwise 0.
        low, high: bounds ``(n_groups, n_topics)``; NaN for a group of one report, of which nothing can be resampled.
        items, reports: numbers a group ``(n_groups,)``.
    """

    groups: tuple[str, ...]
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    items: np.ndarray
    reports: np.ndarray


def group_shares(
    shares: np.ndarray, groups: Sequence[str], reports: Sequence[str], *, draws: int = 1000, random_state: int = 0
) -> GroupShares:
    """Mean shares by group, with bootstrap intervals over whole reports.

    Items of a report are written by one hand on one subject after another: resampling items would promise twice the
    precision there is. Items without words (rows of zeros) and items of no group (``""``) are left out.

    Args:
        shares: ``(n_items, n_topics)``.
        groups: of each item.
        reports: of each item.
        draws: of the bootstrap.
        random_state: seed of the bootstrap.
    """
    names = np.array(groups, dtype=object)
    sources = np.array(reports, dtype=object)
    kept = (shares.sum(axis=1) > 0) & (names != "")
    found = tuple(sorted({str(name) for name in names if name != ""}))
    size = (len(found), shares.shape[1])
    mean, low, high = np.zeros(size), np.full(size, np.nan), np.full(size, np.nan)
    items, n_reports = np.zeros(len(found), int), np.zeros(len(found), int)
    for row, name in enumerate(found):
        inside = kept & (names == name)
        if not inside.any():
            continue
        _, owner = np.unique(sources[inside].astype(str), return_inverse=True)
        sums = np.zeros((owner.max() + 1, shares.shape[1]))
        np.add.at(sums, owner, shares[inside])
        sizes = np.bincount(owner).astype(float)
        mean[row] = sums.sum(axis=0) / sizes.sum()
        items[row], n_reports[row] = int(inside.sum()), len(sizes)
        if len(sizes) > 1:
            # Each group draws from its own stream, so that another group more or less changes no interval.
            rng = np.random.default_rng([random_state, *name.encode()])
            weights = rng.multinomial(len(sizes), np.full(len(sizes), 1 / len(sizes)), size=draws).astype(float)
            drawn = (weights @ sums) / (weights @ sizes)[:, None]
            low[row], high[row] = np.percentile(drawn, [2.5, 97.5], axis=0)
    return GroupShares(found, mean, low, high, items, n_reports)
