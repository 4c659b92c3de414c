"""Choosing the number of topics: the criteria for several, and a recommendation in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from toolkit.topics.model import TopicModel
from toolkit.topics.naming import theme_of_topics
from toolkit.topics.quality import Words, copy_of, judge

_STABLE = 0.03  # a difference in stability that another seed would give as well
_COHERENT = 0.01  # the same of NPMI


@dataclass(frozen=True)
class Candidate:
    """One number of topics and its criteria; ``split`` names themes that more than one topic is nearest to."""

    n_topics: int
    npmi: float
    c_v: float
    diversity: float
    exclusivity: float
    stability: float
    split: tuple[str, ...] = ()
    themes: int = 0
    """Themes some topic is nearest to."""


@dataclass(frozen=True)
class Sweep:
    """All candidates, the one to take, and why."""

    candidates: tuple[Candidate, ...]
    best: int
    advice: str


def sweep(model: TopicModel, words: Words, numbers: Sequence[int], *, refits: int = 2, jobs: int = 1) -> Sweep:
    """Fit ``model``'s kind with each of ``numbers`` topics and compare.

    Args:
        model: parameters are taken from it.
        words: of each item.
        numbers: of topics.
        refits: for stability.
        jobs: processes; the result does not depend on it.
    """
    names = dict(model.names or {})
    candidates: list[Candidate] = []
    for number in sorted(set(numbers)):
        again = copy_of(model, n_topics=number).fit(words)
        quality = judge(again, words, refits=refits, jobs=jobs)
        themes = Counter(theme for theme in theme_of_topics(again.top_terms(10), again.seeds or {}) if theme)
        split = tuple(sorted(names.get(theme, theme) for theme, count in themes.items() if count > 1))
        candidates.append(
            Candidate(
                number,
                quality.npmi,
                quality.c_v,
                quality.diversity,
                quality.exclusivity,
                # a new sample of reports or another seed: what is worse counts
                float(np.nanmin([quality.stability, quality.bootstrap])) if refits else float("nan"),
                split,
                len(themes),
            )
        )
    return recommend(candidates)


def recommend(candidates: Sequence[Candidate]) -> Sweep:
    """The number to take, in words.

    Among those as stable as the most stable and as coherent as the most coherent of these, the one that finds the most
    themes without splitting one; of equals the smaller.
    """
    stables = [c.stability for c in candidates if not np.isnan(c.stability)]
    top = max(stables, default=float("nan"))
    stable = [c for c in candidates if np.isnan(c.stability) or c.stability >= top - _STABLE]
    most = max(c.npmi for c in stable)
    close = [c for c in stable if c.npmi >= most - _COHERENT]
    best = max(close, key=lambda c: (c.themes - 2 * len(c.split), -c.n_topics))
    return Sweep(tuple(candidates), best.n_topics, _advice(candidates, stable, close, best))


def _advice(
    candidates: Sequence[Candidate], stable: Sequence[Candidate], close: Sequence[Candidate], best: Candidate
) -> str:
    if len(candidates) == 1:
        return f"only {best.n_topics} was tried"
    parts: list[str] = []
    if len(stable) > 1:
        shown = " and ".join(str(c.n_topics) for c in stable)
        figures = ", ".join(f"{c.stability:.2f}" for c in stable if not np.isnan(c.stability))
        parts.append(f"{shown} are equally stable" + (f" ({figures})" if figures else ""))
    else:
        parts.append(f"{best.n_topics} is the most stable ({best.stability:.2f})")
    for c in stable:
        if c not in close:
            parts.append(f"{c.n_topics} is less coherent (NPMI {c.npmi:.3f} against {max(o.npmi for o in stable):.3f})")
    for c in close:
        if c is best:
            continue
        gone = [name for name in c.split if name not in best.split]
        if gone:
            parts.append(f"{c.n_topics} splits {'、'.join(gone[:3])} in two")
        elif c.themes < best.themes:
            parts.append(f"{c.n_topics} finds {c.themes} themes where {best.n_topics} finds {best.themes}")
        else:
            parts.append(f"{c.n_topics} brings nothing more")
    return "; ".join([*parts, f"take {best.n_topics}"])
