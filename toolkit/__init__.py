"""Themes, topics and evidence in Chinese justice-bureau reports.

Importing the package loads nothing heavy; each name below is loaded when it is first used::

    import toolkit

    document = toolkit.parse(toolkit.read_source("report.html"))
    model = toolkit.load_model()
    for item, label in zip(document.items, model.predict(document), strict=True):
        print(label.stage, label.theme_ids, item.text)
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from toolkit.resources import VERSION as __version__

_PUBLIC = {
    "read_source": "toolkit.read",
    "parse": "toolkit.structure",
    "load_codebook": "toolkit.codebook",
    "Segmenter": "toolkit.words",
    "ThemeClassifier": "toolkit.learn",
    "TopicModel": "toolkit.topics",
    "load_model": "toolkit.store",
    "Document": "toolkit.document",
    "Item": "toolkit.document",
    "FazhiError": "toolkit.errors",
}

__all__ = ["__version__", *_PUBLIC]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'toolkit' has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)
