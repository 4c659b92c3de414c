"""What topics are learnt from and counted over: items in a row, and what is known of each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from toolkit.document import Document, Item
from toolkit.errors import DataError
from toolkit.labels import Labelled


@dataclass(frozen=True)
class TopicCorpus:
    """Items of many reports; the other fields run beside ``items``, empty where nothing is known.

    Attributes:
        items: in order.
        reports: name of the report of each item.
        places, years, stages: of each item.
        labels: themes of each item; never looked at in fitting, compared with afterwards. Empty without labels.
    """

    items: tuple[Item, ...]
    reports: tuple[str, ...]
    places: tuple[str, ...]
    years: tuple[str, ...]
    stages: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        sizes = {len(self.items), len(self.reports), len(self.places), len(self.years), len(self.stages)}
        if len(sizes) > 1 or (self.labels and len(self.labels) != len(self.items)):
            raise DataError("fields of a corpus differ in length", remedy="give one entry an item")

    def label_matrix(self, themes: Sequence[str]) -> np.ndarray:
        """True where an item carries a theme ``(n_items, n_themes)``; no rows without labels."""
        return np.array([[theme in row for theme in themes] for row in self.labels], bool).reshape(-1, len(themes))


def corpus_of_documents(documents: Sequence[Document], stages: Sequence[Sequence[str]] = ()) -> TopicCorpus:
    """All items of ``documents``; place and year from their metadata, ``stages`` a list a document where known."""
    items = tuple(item for document in documents for item in document.items)
    known = [stage for each in stages for stage in each] or [""] * len(items)
    sizes = [len(document.items) for document in documents]
    return TopicCorpus(
        items=items,
        reports=_each([document.name for document in documents], sizes),
        places=_each([_value(document, "place") for document in documents], sizes),
        years=_each([_year(document) for document in documents], sizes),
        stages=tuple(known),
    )


def corpus_of_labelled(reports: Sequence[Labelled]) -> TopicCorpus:
    """All items of labelled reports; place and year from the index where there is one."""
    plain = corpus_of_documents([report.document for report in reports], [report.stages for report in reports])
    sizes = [len(report.document.items) for report in reports]
    entries = [report.entry for report in reports]
    return TopicCorpus(
        items=plain.items,
        reports=_each([report.id for report in reports], sizes),
        places=_each([entry.place for entry in entries if entry], sizes) if all(entries) else plain.places,
        years=_each([str(entry.year) for entry in entries if entry], sizes) if all(entries) else plain.years,
        stages=plain.stages,
        labels=tuple(themes for report in reports for themes in report.themes),
    )


def _each(values: Sequence[str], sizes: Sequence[int]) -> tuple[str, ...]:
    return tuple(value for value, size in zip(values, sizes, strict=True) for _ in range(size))


def _value(document: Document, key: str) -> str:
    found = document.metadata.get(key)
    return found.value if found else ""


def _year(document: Document) -> str:
    """The year a report is about: its title's (2023年工作总结), otherwise its date's (of January: the year before)."""
    if titled := re.search(r"(?:19|20)\d\d(?=\s*年)", document.title):
        return titled.group()
    dated = re.match(r"((?:19|20)\d\d)-(\d\d)", _value(document, "date"))
    if not dated:
        return ""
    year, month = int(dated[1]), int(dated[2])
    return str(year - (month <= 3))  # annual reports of a year appear up to the end of the next March
