"""Topics that carry names: LDA, seeded LDA, NMF and k-means behind one scikit-learn interface.

::

    model = TopicModel("seeded_lda", seeds=seeds_of(codebook), names=codebook.names()).fit(items)
    shares = model.transform(items)          # (n_items, n_topics), a row an item, in order
    model.ids_, model.names_, model.top_terms(10)

What a model has learnt is a :class:`Topics`: arrays and names, stored as data, inferred with numpy alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from toolkit.topics.bag import Unit
from toolkit.topics.corpus import TopicCorpus, corpus_of_documents, corpus_of_labelled
from toolkit.topics.fitted import KINDS, Kind, Topics
from toolkit.topics.run import (
    ItemTopics,
    TopicsConfig,
    TopicsRun,
    read_topics_config,
    run_topics,
    seeds_of,
    topics_config,
    topics_for_items,
)

if TYPE_CHECKING:
    from toolkit.topics.model import TopicModel

__all__ = [
    "KINDS",
    "ItemTopics",
    "Kind",
    "TopicCorpus",
    "TopicModel",
    "Topics",
    "TopicsConfig",
    "TopicsRun",
    "Unit",
    "corpus_of_documents",
    "corpus_of_labelled",
    "read_topics_config",
    "run_topics",
    "seeds_of",
    "topics_config",
    "topics_for_items",
]


def __getattr__(name: str) -> Any:
    # The estimator brings scikit-learn and gensim (3.5 s); stored topics need neither.
    if name != "TopicModel":
        raise AttributeError(f"module 'toolkit.topics' has no attribute {name!r}")
    return import_module("toolkit.topics.model").TopicModel
