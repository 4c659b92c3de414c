"""The main path of topics: a typed configuration and a corpus in; topics, their words, shares and quality out.

1. every seed is looked for in the corpus;
2. the model is fitted, without any label;
3. shares of the topics in every item;
4. criteria of quality;
5. shares by report, place, year and stage, with intervals;
6. terms of several words that the lexicon lacks;
7. passages that stand for each topic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from toolkit.codebook import Codebook
from toolkit.document import Item
from toolkit.errors import ConfigError
from toolkit.settings import Settings, build, read_toml
from toolkit.topics.corpus import TopicCorpus
from toolkit.topics.fitted import Kind, Topics
from toolkit.topics.newterms import NewTerm, new_terms
from toolkit.topics.seeding import SeedUse, check_seeds
from toolkit.topics.shares import GroupShares, group_shares
from toolkit.words import Segmenter

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]


class Words(Settings):
    """Which words a model sees."""

    min_df: Count = 3
    max_df: Share = 0.3
    max_terms: Count | None = None


class Learning(Settings):
    """How a model learns; see :class:`toolkit.topics.TopicModel`."""

    alpha: Annotated[float, Field(gt=0)] = 0.1
    eta: Annotated[float, Field(gt=0)] = 0.01
    passes: Annotated[int, Field(ge=0)] | None = None
    seed_count: Annotated[float, Field(ge=0)] = 20.0
    free_share: Share = 0.2
    seed_weight: Annotated[float, Field(ge=0)] = 1.0
    relevance: Share | None = None
    seed: Annotated[int, Field(ge=0)] = 0


class Judging(Settings):
    """How a model is judged: refits for stability, draws of the bootstrap, and other numbers of topics to try."""

    refits: Annotated[int, Field(ge=0)] = 3
    draws: Count = 1000
    sweep: tuple[Count, ...] = ()


class TopicsConfig(Settings):
    """A topic experiment: ``experiments/topics-seeded.toml`` is the shipped model's."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")] = "topics"
    kind: Kind = "seeded_lda"
    topics: Count | None = None
    words: Words = Words()
    learn: Learning = Learning()
    judge: Judging = Judging()


def read_topics_config(path: Path) -> TopicsConfig:
    """The configuration in ``path``.

    Raises:
        ConfigError: no such file, broken TOML (line named), unknown key or wrong value (dotted path named).
    """
    return topics_config(read_toml(path, ConfigError), path)


def topics_config(table: dict[str, Any], where: object = None) -> TopicsConfig:
    """``table`` as a configuration; the first thing that is wrong raises ``ConfigError`` with its dotted path."""
    return build(TopicsConfig, table, where, ConfigError)


@dataclass(frozen=True)
class Passage:
    """An item that stands for a topic: where it is, and how much of it is the topic's."""

    topic: str
    row: int
    report: str
    item: str
    headings: tuple[str, ...]
    text: str
    share: float


@dataclass(frozen=True)
class ItemTopics:
    """The topics of one item, largest share first; ``empty`` marks an item without a word the model knows."""

    id: str
    topics: tuple[tuple[str, str, float], ...]
    """(id, name, share)."""
    empty: bool = False

    def row(self) -> dict[str, Any]:
        """The row of the contract, ``{"id","topics":[{"id","name","share"}]}``; an empty item says so."""
        topics = [{"id": id_, "name": name, "share": round(share, 4)} for id_, name, share in self.topics]
        return {"id": self.id, "topics": topics, **({"empty": True} if self.empty else {})}


@dataclass(frozen=True)
class TopicsRun:
    """What a run found; :mod:`toolkit.topics.tables` writes it down.

    Attributes:
        config: resolved.
        topics: the model's.
        notes: what was odd, in plain sentences.
        corpus: what it was learnt from.
        shares: ``(n_items, n_topics)``.
        seeds: use of every seed.
        quality: criteria, see :class:`toolkit.topics.quality.Quality`; ``None`` where not asked for.
        sweep: other numbers of topics, where asked for.
        groups: ``report``, ``place``, ``year``, ``stage`` → shares.
        new_terms: proposed for the lexicon.
        passages: three a topic.
    """

    config: TopicsConfig
    topics: Topics
    notes: tuple[str, ...]
    corpus: TopicCorpus
    shares: np.ndarray
    seeds: tuple[SeedUse, ...]
    quality: Any
    sweep: Any
    groups: dict[str, GroupShares]
    new_terms: tuple[NewTerm, ...]
    passages: tuple[Passage, ...]

    def totals(self) -> np.ndarray:
        """Share of each topic in all items that have words ``(n_topics,)``."""
        filled = self.shares[self.shares.sum(axis=1) > 0]
        return filled.mean(axis=0) if len(filled) else np.zeros(len(self.topics.ids))

    def summary(self, terms: int = 10) -> list[dict[str, Any]]:
        """``{"id","name","terms","share"}`` a topic, as the report page takes them."""
        tops, totals = self.topics.top_terms(terms), self.totals()
        named = zip(self.topics.ids, self.topics.names, strict=True)
        return [
            {"id": id_, "name": name, "terms": tops[k], "share": float(totals[k])}
            for k, (id_, name) in enumerate(named)
        ]

    def rows(self) -> list[ItemTopics]:
        """A row an item, in order."""
        return shares_as_rows(self.topics, [item.id for item in self.corpus.items], self.shares)


def seeds_of(codebook: Codebook) -> dict[str, tuple[str, ...]]:
    """Theme id → seeds, of the themes that have some."""
    return {theme.id: theme.seeds for theme in codebook.themes if theme.seeds}


def run_topics(
    corpus: TopicCorpus,
    codebook: Codebook,
    config: TopicsConfig | None = None,
    *,
    judge: bool = True,
    jobs: int = 1,
    progress: Callable[[str], None] = lambda _: None,
) -> TopicsRun:
    """Fit topics on ``corpus`` and look at them from every side; the steps are numbered in the module.

    Args:
        corpus: items and what is known of them.
        codebook: seeds, names, lexicon and stop words.
        config: by default that of :class:`TopicsConfig`.
        judge: work out coherence, stability and the sweep, which takes several times the fit.
        jobs: processes for refits; the result does not depend on it.
        progress: told what is being done.

    Raises:
        DataError, ConfigError: see :meth:`TopicModel.fit`.
    """
    # The estimator and gensim take seconds to import, and stored topics need neither.
    from toolkit.topics.bag import Bag
    from toolkit.topics.model import TopicModel
    from toolkit.topics.quality import judge as judged
    from toolkit.topics.sweep import sweep

    config = config or TopicsConfig()
    seeds = seeds_of(codebook)
    # 1
    progress("looking for the seeds")
    segmenter = Segmenter(codebook.words)
    bag = Bag(segmenter, codebook.stopwords, (word for words in seeds.values() for word in words))
    words = [bag.words(item) for item in corpus.items]
    used = check_seeds(words, corpus.reports, seeds)
    # 2
    progress(f"fitting {config.kind} on {len(words):,} items")
    model = TopicModel(
        config.kind,
        config.topics,
        seeds=seeds,
        names=codebook.names(),
        lexicon=codebook.words,
        stopwords=codebook.stopwords,
        min_df=config.words.min_df,
        max_df=config.words.max_df,
        max_terms=config.words.max_terms,
        alpha=config.learn.alpha,
        eta=config.learn.eta,
        passes=config.learn.passes,
        seed_count=config.learn.seed_count,
        free_share=config.learn.free_share,
        seed_weight=config.learn.seed_weight,
        relevance=config.learn.relevance,
        random_state=config.learn.seed,
    ).fit(words)
    found = model.learnt_
    # 3
    shares = found.transform(words)
    # 4
    quality = tried = None
    if judge:
        progress("judging coherence and stability")
        labels = corpus.label_matrix(codebook.theme_ids) if corpus.labels else None
        quality = judged(
            model,
            words,
            corpus.reports,
            labels=labels,
            themes=codebook.theme_ids,
            refits=config.judge.refits,
            jobs=jobs,
        )
        if config.judge.sweep:
            progress(f"trying {', '.join(map(str, config.judge.sweep))} topics")
            tried = sweep(model, words, config.judge.sweep, refits=config.judge.refits, jobs=jobs)
    # 5
    progress("shares by report, place, year and stage")
    columns = {"report": corpus.reports, "place": corpus.places, "year": corpus.years, "stage": corpus.stages}
    groups = {
        name: group_shares(shares, values, corpus.reports, draws=config.judge.draws, random_state=config.learn.seed)
        for name, values in columns.items()
        if any(values)
    }
    # 6
    progress("looking for terms the lexicon lacks")
    texts = [item.text for item in corpus.items]
    proposed = new_terms(
        texts,
        corpus.reports,
        corpus.years,
        corpus.places,
        segmenter,
        known=codebook.words,
        stopwords=codebook.stopwords,
    )
    # 7
    passages = passages_of(found, corpus, shares)
    return TopicsRun(config, found, model.notes_, corpus, shares, used, quality, tried, groups, proposed, passages)


def topics_for_items(topics: Topics, items: Iterable[Item], least: float = 0.05) -> list[ItemTopics]:
    """The topics of each item, a row an item in order; shares below ``least`` are left out, the largest never is."""
    rows = list(items)
    return shares_as_rows(topics, [item.id for item in rows], topics.transform(rows), least)


def shares_as_rows(topics: Topics, ids: Sequence[str], shares: np.ndarray, least: float = 0.05) -> list[ItemTopics]:
    """As :func:`topics_for_items`, from shares ``(n_items, n_topics)``."""
    result: list[ItemTopics] = []
    for id_, row in zip(ids, shares, strict=True):
        if not row.any():
            result.append(ItemTopics(id_, (), empty=True))
            continue
        order = np.argsort(-row, kind="stable")
        kept = [k for place, k in enumerate(order) if place == 0 or row[k] >= least]
        result.append(ItemTopics(id_, tuple((topics.ids[k], topics.names[k], float(row[k])) for k in kept)))
    return result


def passages_of(topics: Topics, corpus: TopicCorpus, shares: np.ndarray, each: int = 3) -> tuple[Passage, ...]:
    """For each topic the items most of it, from different reports, with their heading path.

    A passage is long enough to be read (20 characters), and of two with the same share the one that says more comes
    first: share times the logarithm of its length up to 200 characters.
    """
    lengths = np.array([len(item.text) for item in corpus.items], float)
    weight = np.where(lengths >= 20, np.log(np.minimum(np.maximum(lengths, 2.0), 200.0)), 0.0)
    result: list[Passage] = []
    for k, topic in enumerate(topics.ids):
        taken: set[str] = set()
        for row in np.argsort(-shares[:, k] * weight, kind="stable"):
            item, report = corpus.items[row], corpus.reports[row]
            if len(taken) == each or shares[row, k] * weight[row] <= 0:
                break
            if report not in taken:
                taken.add(report)
                share = float(shares[row, k])
                result.append(Passage(topic, int(row), report, item.id, item.headings, item.text, share))
    return tuple(result)
