"""Passages that repeat another report, or last year's own: near-duplicate sentences across documents.

MinHash signatures of character shingles in a locality-sensitive index find candidates (Broder, *On the resemblance and
containment of documents*, 1997; Leskovec, Rajaraman, Ullman, *Mining of Massive Datasets*, ch. 3); the resemblance that
is reported is exact. Figures are masked: 调解纠纷832件 repeats 调解纠纷915件.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolkit.document import Document, Item
from toolkit.structure import is_furniture

if TYPE_CHECKING:
    from datasketch import MinHash

SHINGLE = 4
"""Characters; two words of Chinese, so that word order counts."""
PERMUTATIONS = 128
COMPARED = 200
"""Candidates a passage is compared with; a sentence that stands in every report needs no more to be told repeated."""
SEED = 1
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_BARE = re.compile(r"[\s\W_]+")
_SENTENCE = re.compile("[^。！？；!?;]+[。！？；!?;”’）)]*")


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence, or a run of short ones, of item ``item`` in ``documents[document]``: ``text[start:end]`` of it."""

    document: int
    item: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Repeat:
    """``passage`` repeats ``of``; ``similarity`` is the Jaccard resemblance of their shingles, in [threshold, 1]."""

    passage: Passage
    of: Passage
    similarity: float


@dataclass(frozen=True)
class Repeats:
    """The nearest repeat of every passage that has one, in order, and the share of each document's text they are."""

    repeats: tuple[Repeat, ...]
    shares: tuple[float, ...]

    def groups(self) -> list[tuple[Passage, ...]]:
        """Passages that repeat one another, in order; those with most characters beyond their first come first."""
        group_of: dict[Passage, list[Passage]] = {}
        for repeat in self.repeats:
            one = group_of.setdefault(repeat.passage, [repeat.passage])
            other = group_of.setdefault(repeat.of, [repeat.of])
            if one is not other:
                small, large = sorted((one, other), key=len)
                large.extend(small)
                group_of.update(dict.fromkeys(small, large))
        found = {id(group): group for group in group_of.values()}.values()
        ordered = [tuple(sorted(group, key=lambda p: (p.document, p.start, p.item))) for group in found]
        return sorted(ordered, key=lambda group: -sum(p.end - p.start for p in group[1:]))


def find_repeats(documents: Sequence[Document], threshold: float = 0.7, shortest: int = 20) -> Repeats:
    """The passages of ``documents`` that stand, nearly alike, in another of them.

    Args:
        documents: reports, each different; order is kept.
        threshold: least resemblance, in (0, 1].
        shortest: characters of the shortest passage that is compared, punctuation aside; 现将情况报告如下 stands
            everywhere and says nothing.

    Returns:
        Of each passage its nearest repeat, of equal ones the first; and of each document the characters of repeated
        passages over those of all compared ones (0.0 where none is).

    Raises:
        ValueError: ``threshold`` is not in (0, 1].
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold is {threshold}, not in (0, 1]")
    from datasketch import MinHashLSH  # half a second that only this pays

    entries = [
        (passage, shingles)
        for number, document in enumerate(documents)
        for item in document.items
        for passage, shingles in _passages(number, item, max(shortest, SHINGLE))
    ]
    # Candidates are checked exactly, so the index errs towards finding more: at four fifths of the threshold it missed
    # one of 70 altered passages above it, at the threshold itself one in seven.
    index = MinHashLSH(threshold=min(0.8 * threshold, 0.9), num_perm=PERMUTATIONS, weights=(0.2, 0.8))
    signatures = [_signature(shingles) for _, shingles in entries]
    for key, signature in enumerate(signatures):
        index.insert(key, signature)
    repeats = []
    for key, (passage, shingles) in enumerate(entries):
        found = [int(str(other)) for other in index.query(signatures[key])]
        near = sorted(other for other in found if entries[other][0].document != passage.document)[:COMPARED]
        likest = max(near, key=lambda other: (_resemblance(shingles, entries[other][1]), -other), default=None)
        if likest is not None:
            similarity = _resemblance(shingles, entries[likest][1])
            if similarity >= threshold:
                repeats.append(Repeat(passage, entries[likest][0], similarity))
    return Repeats(tuple(repeats), _shares(len(documents), [passage for passage, _ in entries], repeats))


def _passages(document: int, item: Item, shortest: int) -> Iterator[tuple[Passage, frozenset[str]]]:
    """What of an item is compared, with its shingles; nothing of titles and furniture."""
    if item.kind == "title" or is_furniture(item.text):
        return
    for start, end in _spans(item.text, shortest):
        bare = _bare(item.text[start:end])
        shingles = frozenset(bare[at : at + SHINGLE] for at in range(len(bare) - SHINGLE + 1))
        yield Passage(document, item.id, item.start + start, item.start + end), shingles


def _spans(text: str, shortest: int) -> Iterator[tuple[int, int]]:
    """Sentences long enough, and runs of shorter ones that are so together."""
    begin = until = length = 0
    for sentence in _SENTENCE.finditer(text):
        own = len(_bare(sentence[0]))
        if own < shortest:
            begin, until, length = begin if length else sentence.start(), sentence.end(), length + own
            continue
        if length >= shortest:
            yield begin, until
        length = 0
        yield sentence.span()
    if length >= shortest:
        yield begin, until


def _bare(text: str) -> str:
    return _BARE.sub("", _NUMBER.sub("0", text))


def _signature(shingles: frozenset[str]) -> MinHash:
    from datasketch import MinHash

    signature = MinHash(num_perm=PERMUTATIONS, seed=SEED)
    signature.update_batch([shingle.encode() for shingle in sorted(shingles)])
    return signature


def _resemblance(one: frozenset[str], other: frozenset[str]) -> float:
    common = len(one & other)
    return common / (len(one) + len(other) - common)


def _shares(count: int, compared: list[Passage], repeats: list[Repeat]) -> tuple[float, ...]:
    repeated = {repeat.passage for repeat in repeats}
    total, share = [0] * count, [0] * count
    for passage in compared:
        total[passage.document] += passage.end - passage.start
        share[passage.document] += (passage.end - passage.start) * (passage in repeated)
    return tuple(part / whole if whole else 0.0 for part, whole in zip(share, total, strict=True))
