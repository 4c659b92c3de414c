"""All criteria of a topic model in one call, without labels and, where there are some, beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from toolkit import coherence as measures
from toolkit.topics.fitted import Topics
from toolkit.topics.model import TopicModel

Words = Sequence[Sequence[str]]


@dataclass(frozen=True)
class TopicQuality:
    """The criteria of one topic; NaN where one does not apply."""

    id: str
    name: str
    npmi: float
    c_v: float
    exclusivity: float
    stability: float
    adherence: float
    theme: str
    """The theme it is nearest to by the labels, ``""`` without labels or where none is near: a topic nobody listed."""
    alignment: float


@dataclass(frozen=True)
class Quality:
    """The criteria of a model: one row a topic, and the means.

    Attributes:
        topics: a row a topic.
        npmi, c_v, diversity, exclusivity: of the first ten words.
        stability: mean over topics and refits with other seeds; ``bootstrap``: with resampled reports.
        word_stability: the same in shared first ten words, which is stricter.
        adherence: mean share of a theme's seeds among its topic's first 30 words; NaN without seeded topics.
        agreement: how often the largest seeded topic is the one whose seeds an item counts most.
        hits: on labelled items, how often the largest seeded topic is one of the labels; ``count_hits``: the plain
            seed count's. NaN without labels.
    """

    topics: tuple[TopicQuality, ...]
    npmi: float
    c_v: float
    diversity: float
    exclusivity: float
    stability: float
    bootstrap: float
    word_stability: float
    adherence: float
    agreement: float
    hits: float
    count_hits: float


_ALIGNED = 0.3  # cosine of shares and labels from which a topic is called a theme


def judge(
    model: TopicModel,
    words: Words,
    reports: Sequence[str] = (),
    *,
    labels: np.ndarray | None = None,
    themes: Sequence[str] = (),
    refits: int = 3,
    jobs: int = 1,
) -> Quality:
    """Every criterion of a fitted ``model``.

    Args:
        model: fitted on ``words``.
        words: the words of each item, as :meth:`Bag.words` gives them.
        reports: of each item: the bootstrap resamples reports; without them, items.
        labels: true where an item carries a theme ``(n_items, n_themes)``, of ``themes``.
        themes: ids of the labels' columns.
        refits: with other seeds, and as many with resampled reports; 0 leaves stability out.
        jobs: processes for the refits; the figures do not depend on it.
    """
    found = model.learnt_
    tops = found.top_terms(30)
    counts = found.count(words)
    shares = found.transform_counts(counts)
    first = [top[:10] for top in tops]
    npmi = measures.coherence(first, words, "c_npmi")
    c_v = measures.coherence(first, words, "c_v")
    exclusive = measures.exclusivity(found.topics)
    refit = _refits(model, words, reports, refits, jobs)
    again = [_on_terms(other, found.terms) for other in refit]
    by_seed, by_sample = (
        measures.stability(found.topics, again[:refits]),
        measures.stability(found.topics, again[refits:]),
    )
    in_words = [measures.overlap(first, other.top_terms(10)) for other in refit]
    seeds = seeds_of_topics(found)
    kept = measures.adherence(tops, found.ids, seeds, set(found.terms))
    n_seeded = len(seeds)
    seed_counts = found.seed_counts(counts)
    near, how_near = [""] * len(tops), [float("nan")] * len(tops)
    hits = count_hits = float("nan")
    if labels is not None and labels.any():
        table = measures.alignment(shares, labels)
        for row in range(len(tops)):
            best = int(table[row].argmax())
            near[row] = themes[best] if table[row, best] >= _ALIGNED else ""
            how_near[row] = float(table[row, best])
        columns = [found.ids.index(theme) for theme in themes if theme in seeds]
        kept_labels = labels[:, [i for i, theme in enumerate(themes) if theme in seeds]]
        if columns:
            hits = measures.hits(shares[:, columns], kept_labels)
            count_hits = measures.hits(seed_counts[:, columns], kept_labels)
    return Quality(
        topics=tuple(
            TopicQuality(
                id=found.ids[k],
                name=found.names[k],
                npmi=float(npmi[k]),
                c_v=float(c_v[k]),
                exclusivity=float(exclusive[k]),
                stability=float(by_seed[k]),
                adherence=kept.get(found.ids[k], float("nan")),
                theme=near[k],
                alignment=how_near[k],
            )
            for k in range(len(tops))
        ),
        npmi=_mean(npmi),
        c_v=_mean(c_v),
        diversity=measures.diversity(first),
        exclusivity=_mean(exclusive),
        stability=_mean(by_seed),
        bootstrap=_mean(by_sample),
        word_stability=_mean(np.array([value for row in in_words for value in row])),
        adherence=_mean(np.array(list(kept.values()))),
        agreement=measures.agreement(shares[:, :n_seeded], seed_counts[:, :n_seeded]) if n_seeded else float("nan"),
        hits=hits,
        count_hits=count_hits,
    )


def seeds_of_topics(found: Topics) -> dict[str, tuple[str, ...]]:
    """Seeds that occur, by the id of their topic; nothing for models without seeded topics."""
    if found.kind != "seeded_lda":
        return {}
    seeds: dict[str, list[str]] = {}
    for topic, term in zip(found.seed_topics.tolist(), found.seed_terms.tolist(), strict=True):
        seeds.setdefault(found.ids[topic], []).append(found.terms[term])
    return {theme: tuple(words) for theme, words in seeds.items()}


def _refits(model: TopicModel, words: Words, reports: Sequence[str], refits: int, jobs: int) -> list[Topics]:
    """``refits`` models with other seeds, then as many on resampled reports."""
    plans = [(model.random_state + 1 + n, False) for n in range(refits)]
    plans += [(model.random_state + 1 + n, True) for n in range(refits)]
    run = Parallel(n_jobs=jobs)
    return list(run(delayed(_refit)(model, words, reports, seed, resample) for seed, resample in plans))  # type: ignore[arg-type]


def copy_of(model: TopicModel, **changes: object) -> TopicModel:
    """An unfitted model of the same parameters but for ``changes``."""
    parameters: dict[str, Any] = {**model.get_params(deep=False), **changes}
    return TopicModel(**parameters)


def _refit(model: TopicModel, words: Words, reports: Sequence[str], seed: int, resample: bool) -> Topics:
    rows = list(words)
    again = copy_of(model)
    if resample:
        owner = np.unique(np.array(reports or range(len(rows))).astype(str), return_inverse=True)[1]
        members = [np.flatnonzero(owner == report) for report in range(owner.max() + 1)]
        drawn = np.random.default_rng(seed).integers(len(members), size=len(members))
        rows = [rows[i] for report in drawn for i in members[report]]
    else:
        again.set_params(random_state=seed)
    return again.fit(rows).learnt_


def _on_terms(other: Topics, terms: Sequence[str]) -> np.ndarray:
    """Term distributions of ``other`` on ``terms``: a resampled corpus has another vocabulary."""
    columns = [other.index.get(term, -1) for term in terms]
    padded = np.hstack([other.topics, np.zeros((len(other.topics), 1))])
    return padded[:, columns]


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)] if len(values) else values
    return float(known.mean()) if len(known) else float("nan")


def as_row(quality: Quality) -> Mapping[str, float]:
    """The means by name, in order, for tables."""
    return {name: value for name, value in vars(quality).items() if isinstance(value, float)}
