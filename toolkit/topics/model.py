"""`TopicModel`: LDA, seeded LDA, NMF and k-means behind one scikit-learn interface."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import NotFittedError

from toolkit.errors import ConfigError, DataError
from toolkit.topics import engines
from toolkit.topics.bag import Bag, Csr, Unit, batched, counts, smooth_idf
from toolkit.topics.fitted import KINDS, Kind, Topics
from toolkit.topics.naming import name_topics, theme_of_topics
from toolkit.topics.seeding import seed_table
from toolkit.words import Segmenter

if TYPE_CHECKING:
    from gensim.models import LdaModel

FREE_TOPICS = 6  # residual topics beside the seeded ones, where n_topics is not given
PLAIN_TOPICS = 20  # topics of the other kinds, where n_topics is not given
# More passes cost LDA started from NMF coherence (0.226 after 1, 0.214 after 3); they bring seeded topics words of
# their own (the largest seeded topic is the item's on 0.923 of labelled items after 1, 0.932 after 3).
PASSES = {"lda": 1, "seeded_lda": 3, "nmf": 0, "kmeans": 0}
# On government reports (30 topics) ranking by relevance instead of probability raises NPMI from 0.143 to 0.203 and
# diversity from 0.70 to 0.94 (lda, 0.6), from 0.232 to 0.272 and 0.90 to 0.97 (nmf, 0.8). TF-IDF is exclusive already,
# so NMF and k-means need less of it; 0.6 is also what Sievert and Shirley's readers preferred.
RELEVANCE = {"lda": 0.6, "seeded_lda": 0.6, "nmf": 0.8, "kmeans": 0.8}


class TopicModel(TransformerMixin, BaseEstimator):
    """Topics of a corpus of items, with stable ids and names.

    Args:
        kind: ``lda`` (gensim, started from NMF), ``seeded_lda`` (gensim, started from the passages that carry a
            theme's seeds), ``nmf`` or ``kmeans`` (both on sublinear TF-IDF).
        n_topics: number of topics; default: one a theme and 6 free ones (``seeded_lda``), otherwise 20.
        seeds: theme id → seeds. ``seeded_lda`` learns a topic a theme, in this order, before the free ones; the other
            kinds use seeds for names only.
        names: theme id → name.
        lexicon: terms that segmentation keeps whole; the seeds always are.
        stopwords: words left out.
        min_df: a term stands in at least this many items (a seed in one).
        max_df: a term stands in at most this share of the items (a seed in any).
        max_terms: most frequent terms kept; ``None`` keeps all.
        alpha: prior over an item's topics, one a topic; default 0.1.
        eta: prior over a topic's terms; default 0.01.
        passes: passes of gensim over the corpus after its start; default: 1 (``lda``) or 3 (``seeded_lda``).
        seed_count: count a seed has in its topic beyond the corpus, as part of ``eta``.
        free_share: share of the items with seeds that the free topics start from, beside the items without.
        seed_weight: how many words' worth a seed in an item counts for its topic when topics are inferred.
        relevance: rank of a topic's terms, 1 by probability, less prefers terms of few topics; default: 0.6 (LDA) or
            0.8 (the others).
        chunk_size: ``None`` holds all word counts in memory; a number never holds more items than that, and iterates
            the corpus several times.
        random_state: seed; the same one gives the same bytes.

    Attributes:
        learnt_: everything learnt, as a :class:`Topics` that works without scikit-learn and gensim.
        terms_: terms, most frequent first ``(n_terms,)``.
        components_: what was learnt ``(n_topics, n_terms)``, float32: Dirichlet parameters, NMF's H, or centres.
        topics_: term distributions ``(n_topics, n_terms)``; rows sum to 1.
        ids_: a stable id a topic: its theme's, or ``topic_01`` … in the order of fitting.
        names_: a name a topic, of the codebook or of its words.
        notes_: what was odd about the corpus or the seeds, in plain sentences.
        n_items_: items fitted on.
    """

    def __init__(
        self,
        kind: Kind = "seeded_lda",
        n_topics: int | None = None,
        *,
        seeds: Mapping[str, Sequence[str]] | None = None,
        names: Mapping[str, str] | None = None,
        lexicon: Sequence[str] = (),
        stopwords: Iterable[str] = (),
        min_df: int = 3,
        max_df: float = 0.3,
        max_terms: int | None = None,
        alpha: float = 0.1,
        eta: float = 0.01,
        passes: int | None = None,
        seed_count: float = 20.0,
        free_share: float = 0.2,
        seed_weight: float = 1.0,
        relevance: float | None = None,
        chunk_size: int | None = None,
        random_state: int = 0,
    ) -> None:
        self.kind: Kind = kind
        self.n_topics = n_topics
        self.seeds = seeds
        self.names = names
        self.lexicon = lexicon
        self.stopwords = stopwords
        self.min_df = min_df
        self.max_df = max_df
        self.max_terms = max_terms
        self.alpha = alpha
        self.eta = eta
        self.passes = passes
        self.seed_count = seed_count
        self.free_share = free_share
        self.seed_weight = seed_weight
        self.relevance = relevance
        self.chunk_size = chunk_size
        self.random_state = random_state

    # fitting ---------------------------------------------------------------------------------------------------------

    def fit(self, X: Iterable[Unit], y: object = None) -> Self:
        """Learn the topics of ``X``: items, texts, or lists of words. ``y`` is not looked at.

        Raises:
            ConfigError: a parameter is not allowed, or seeds are missing.
            DataError: no words are left, or there are fewer items with words than topics.
        """
        n_topics = self._checked()
        seeded = self.kind == "seeded_lda"
        keep = self._seed_words() if seeded else []
        bag = Bag(Segmenter([*self.lexicon, *self._seed_words()]), self.stopwords, keep)
        notes: list[str] = []
        # 1. words: once into memory, or again for every pass
        rows = _Rows(X, bag, self.chunk_size)
        # 2. vocabulary
        terms, frequency, filled = bag.vocabulary(rows, self.min_df, self.max_df, self.max_terms)
        index = {term: i for i, term in enumerate(terms)}
        corpus = _Counts(rows, index)
        if rows.n_rows > filled:
            notes.append(f"{rows.n_rows - filled} of {rows.n_rows} items have no word that could carry a topic")
        if self.kind != "seeded_lda" and n_topics > filled:
            raise DataError(
                f"{n_topics} topics for {filled} items with words",
                remedy=f"ask for at most {filled} topics, or hand in more items",
            )
        if filled < 10 * n_topics:
            notes.append(f"only {filled} items for {n_topics} topics: take them as a sketch")
        # 3. seeds
        table = seed_table((self.seeds if seeded else None) or {}, index)
        notes += table.notes
        # 4. the model itself
        seeds = table.matrix(n_topics, len(terms)) if self.kind == "seeded_lda" else None
        settings = engines.Settings(
            n_topics=n_topics,
            alpha=self.alpha,
            eta=self.eta,
            passes=PASSES[self.kind] if self.passes is None else self.passes,
            seed_count=self.seed_count,
            free_share=self.free_share,
            n_free=n_topics - len(self.seeds or {}),
            random_state=self.random_state,
        )
        idf = smooth_idf(frequency, filled)
        with engines.one_thread():
            learnt = engines.learn(self.kind, corpus, idf, seeds, settings)
        # 5. what is kept, with ids and names
        self._keep(
            Topics(
                kind=self.kind,
                terms=tuple(terms),
                ids=(),
                names=(),
                components=learnt.components.astype(np.float32),
                idf=idf,
                frequency=corpus.totals(),
                seed_topics=table.topics,
                seed_terms=table.terms,
                alpha=self.alpha,
                seed_weight=self.seed_weight,
                relevance_weight=RELEVANCE[self.kind] if self.relevance is None else self.relevance,
                variance=learnt.variance,
                lexicon=tuple(dict.fromkeys([*self.lexicon, *self._seed_words()])),
                stopwords=frozenset(self.stopwords),
            )
        )
        self.n_items_ = rows.n_rows
        self.notes_ = tuple(notes)
        return self

    def partial_fit(self, X: Iterable[Unit], y: object = None) -> Self:
        """Go on learning from more items with the terms, ids and names there are (``lda`` and ``seeded_lda``).

        Raises:
            ConfigError: this kind of model can't be updated.
        """
        if not hasattr(self, "learnt_"):
            return self.fit(X, y)
        if self.kind not in ("lda", "seeded_lda"):
            raise ConfigError(f"a {self.kind} model can't be updated", remedy="fit it again, or use lda or seeded_lda")
        found = self.learnt_
        matrix = found.count(X)
        self.n_items_ += matrix.shape[0]
        matrix = matrix[np.flatnonzero(np.diff(matrix.indptr))]
        if matrix.shape[0]:
            with engines.one_thread():
                components = engines.update(found.components, matrix, self.alpha).astype(np.float32)
            frequency = found.frequency + np.asarray(matrix.sum(axis=0)).ravel()
            self._keep(replace(found, components=components, frequency=frequency))
        return self

    update = partial_fit

    def _checked(self) -> int:
        """The number of topics; every parameter is allowed."""
        if self.kind not in KINDS:
            raise ConfigError(f"kind is {self.kind!r}", remedy=f"allowed: {', '.join(KINDS)}")
        n_seeded = len(self.seeds or {})
        if self.kind == "seeded_lda" and not n_seeded:
            raise ConfigError("seeded_lda without seeds", remedy="hand in seeds={theme: [words]}, or use kind='lda'")
        default = n_seeded + FREE_TOPICS if self.kind == "seeded_lda" else PLAIN_TOPICS
        n_topics = default if self.n_topics is None else self.n_topics
        if n_topics < 1:
            raise ConfigError(f"n_topics is {n_topics}", remedy="ask for at least one topic")
        if self.kind == "seeded_lda" and n_topics < n_seeded:
            raise ConfigError(
                f"{n_topics} topics for {n_seeded} seeded themes", remedy=f"ask for at least {n_seeded} topics"
            )
        if self.chunk_size is not None and self.chunk_size < n_topics:
            remedy = f"at least the number of topics, {n_topics}; or None"
            raise ConfigError(f"chunk_size is {self.chunk_size}", remedy=remedy)
        return n_topics

    def _seed_words(self) -> list[str]:
        return [word for words in (self.seeds or {}).values() for word in words]

    def _keep(self, found: Topics) -> None:
        """``found`` under its ids and names, and scikit-learn's names for its parts."""
        if not found.ids:
            seeded = list(self.seeds or {}) if self.kind == "seeded_lda" else []
            names = dict(self.names or {})
            tops = found.top_terms(10)[len(seeded) :]
            # Free topics of a seeded model are what no theme is: they are never named after one.
            themes = [""] * len(tops) if seeded else theme_of_topics(tops, self.seeds or {})
            ids = (*seeded, *(f"topic_{number:02d}" for number in range(1, len(tops) + 1)))
            named = (*(names.get(theme, theme) for theme in seeded), *name_topics(tops, themes, names))
            found = replace(found, ids=ids, names=named)
        self.learnt_ = found
        self.terms_ = np.array(found.terms, dtype=object)
        self.components_, self.topics_ = found.components, found.topics
        self.ids_, self.names_ = found.ids, found.names

    # using -----------------------------------------------------------------------------------------------------------

    def transform(self, X: Iterable[Unit]) -> np.ndarray:
        """Shares of the topics in each item ``(n_items, n_topics)``; rows sum to 1.

        An item without a word this model knows stays a row, of zeros: nothing can be said of it.
        """
        return self._fitted().transform(X)

    def top_terms(self, k: int = 10, relevance_weight: float | None = None) -> list[list[str]]:
        """The ``k`` first terms of each topic, most telling first; see :meth:`Topics.top_terms`."""
        return self._fitted().top_terms(k, relevance_weight)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """The topics' ids, the names of :meth:`transform`'s columns."""
        return np.array(self._fitted().ids, dtype=object)

    def to_gensim(self) -> LdaModel:
        """gensim's own model with what was learnt (``lda`` and ``seeded_lda``)."""
        found = self._fitted()
        if self.kind not in ("lda", "seeded_lda"):
            raise ConfigError(f"a {self.kind} model has no gensim model", remedy="use kind='lda' or 'seeded_lda'")
        return engines.gensim_model(found.components, found.terms, self.alpha, self.eta, self.random_state)

    def to_arrays(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """What was learnt: arrays, and a value JSON can hold; :meth:`Topics.from_arrays` reads it back."""
        arrays, meta = self._fitted().to_arrays()
        return arrays, {**meta, "n_items": int(self.n_items_), "notes": list(self.notes_)}

    def _fitted(self) -> Topics:
        if not hasattr(self, "learnt_"):
            raise NotFittedError("this TopicModel has not learnt anything yet; call fit first")
        return self.learnt_


class _Rows:
    """The words of each unit, iterable again and again; held in memory unless ``chunk_size`` is given."""

    def __init__(self, units: Iterable[Unit], bag: Bag, chunk_size: int | None) -> None:
        self.chunk_size = chunk_size
        self._units, self._bag = units, bag
        self._held: list[list[str]] | None = None
        if isinstance(units, str):
            raise DataError("one text where items are expected", remedy="hand in a list of texts or items")
        if chunk_size is None:
            self._held = [bag.words(unit) for unit in units]
        elif iter(units) is units:
            raise DataError(
                "an iterator can be read once, and a corpus in chunks is read several times",
                remedy="hand in a list, or an object whose iter() starts over; or leave chunk_size out",
            )
        self.n_rows = 0 if self._held is None else len(self._held)

    def __iter__(self) -> Iterator[list[str]]:
        if self._held is not None:
            yield from self._held
            return
        self.n_rows = 0
        for unit in self._units:
            self.n_rows += 1
            yield self._bag.words(unit)


class _Counts:
    """Word counts of all rows that have words, part by part, again and again: what the engines iterate."""

    def __init__(self, rows: _Rows, index: dict[str, int]) -> None:
        self.rows, self.index = rows, index
        self.n_terms = len(index)
        self._whole: Csr | None = None
        if rows.chunk_size is None:
            whole = counts(rows, index)
            self._whole = whole[np.flatnonzero(np.diff(whole.indptr))]

    @property
    def chunked(self) -> bool:
        """Whether the corpus comes in parts."""
        return self._whole is None

    def __iter__(self) -> Iterator[Csr]:
        if self._whole is not None:
            yield self._whole
            return
        filled = (row for row in self.rows if any(word in self.index for word in row))
        for batch in batched(filled, self.rows.chunk_size or 1):
            yield counts(batch, self.index)

    def totals(self) -> np.ndarray:
        """How often each term stands in the corpus ``(n_terms,)``."""
        total = np.zeros(self.n_terms)
        for part in self:
            total += np.asarray(part.sum(axis=0)).ravel()
        return total
