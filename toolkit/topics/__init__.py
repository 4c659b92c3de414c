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
from toolkit.topics.fitted import KINDS, Kind, Topics

if TYPE_CHECKING:
    from toolkit.topics.model import TopicModel

__all__ = ["KINDS", "Kind", "TopicModel", "Topics", "Unit"]


def __getattr__(name: str) -> Any:
    # The estimator brings scikit-learn and gensim (3.5 s); stored topics need neither.
    if name != "TopicModel":
        raise AttributeError(f"module 'toolkit.topics' has no attribute {name!r}")
    return import_module("toolkit.topics.model").TopicModel
