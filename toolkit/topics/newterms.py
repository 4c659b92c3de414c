"""Terms of several words that the lexicon lacks, with the year they came up: proposed, never added by themselves."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from toolkit.topics.bag import Cutter

_HANZI = re.compile(r"[㐀-鿿]+")


@dataclass(frozen=True)
class NewTerm:
    """A collocation proposed for the lexicon.

    Attributes:
        term: its words, joined.
        words: as segmented now.
        year: the first year it stands in, ``""`` where no year is known.
        count, reports, places: how often, in how many reports and places.
        score: normalised pointwise mutual information of its words, 0 … 1.
        by_year: (year, count), in order.
    """

    term: str
    words: tuple[str, ...]
    year: str
    count: int
    reports: int
    places: int
    score: float
    by_year: tuple[tuple[str, int], ...]


def new_terms(
    texts: Sequence[str],
    reports: Sequence[str],
    years: Sequence[str],
    places: Sequence[str],
    cutter: Cutter,
    *,
    known: Iterable[str] = (),
    stopwords: Iterable[str] = (),
    least_count: int = 6,
    least_reports: int = 3,
    least_places: int = 2,
    least_score: float = 0.55,
    least_freedom: float = 1.5,
) -> tuple[NewTerm, ...]:
    """Pairs and triples of neighbouring words that stand together like one word, by year and count.

    A term is proposed when its words prefer each other (NPMI), when what stands before and behind it varies
    (branching entropy, bits: 法律明白 is always followed by 人, so it is no term), and when it is neither one report's
    nor one place's own word. Words never join across punctuation, digits or stop words.

    Args:
        texts, reports, years, places: of each item.
        cutter: the segmenter with the lexicon.
        known: terms not to propose.
        stopwords: words no term begins or ends with or holds.
        least_count, least_reports, least_places, least_score, least_freedom: what a term must reach.
    """
    stops, taken = frozenset(stopwords), frozenset(known)
    singles: Counter[str] = Counter()
    found: Counter[tuple[str, ...]] = Counter()
    left: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    right: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    where: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, text in enumerate(texts):
        for run in _HANZI.findall(text):
            words = ["", *cutter.cut(run), ""]
            singles.update(words[1:-1])
            for size in (2, 3):
                for start in range(1, len(words) - size):
                    gram = tuple(words[start : start + size])
                    if any(word in stops for word in gram) or not 4 <= len("".join(gram)) <= 10:
                        continue
                    found[gram] += 1
                    # The edge of a clause is as free as any word: each one counts as another neighbour.
                    left[gram][words[start - 1] or f"<{number}"] += 1
                    right[gram][words[start + size] or f">{number}"] += 1
                    where[gram].append(number)
    total = max(1, sum(singles.values()))
    result: list[NewTerm] = []
    for gram, count in found.items():
        term = "".join(gram)
        if count < least_count or term in taken or any(len(word) < 2 for word in gram[1:-1] or gram[:1]):
            continue
        here = where[gram]
        names = {reports[i] for i in here}
        around = {places[i] for i in here}
        # Where no place is known, places can't be asked for.
        if len(names) < least_reports or (any(places) and len(around) < least_places):
            continue
        score = _npmi(count, [singles[word] for word in gram], total)
        if score < least_score or min(_entropy(left[gram]), _entropy(right[gram])) < least_freedom:
            continue
        by_year = Counter(years[i] for i in here if years[i])
        ordered = tuple(sorted(by_year.items()))
        first = ordered[0][0] if ordered else ""
        result.append(NewTerm(term, gram, first, count, len(names), len(around), round(score, 4), ordered))
    result.sort(key=lambda new: (new.year, -new.count, new.term))
    return tuple(new for new in result if not _inside_longer(new, result))


def _npmi(joint: int, parts: Sequence[int], total: int) -> float:
    """NPMI of a word sequence: 1 when its words only ever stand together, 0 when they meet by chance."""
    p = joint / total
    expected = math.prod(part / total for part in parts)
    return math.log(p / expected) / (-(len(parts) - 1) * math.log(p))


def _entropy(neighbours: Counter[str]) -> float:
    total = sum(neighbours.values())
    return -sum(n / total * math.log2(n / total) for n in neighbours.values())


def _inside_longer(new: NewTerm, others: Sequence[NewTerm]) -> bool:
    """Whether a longer term explains nearly all places of this one."""
    return any(new.term != other.term and new.term in other.term and other.count >= 0.8 * new.count for other in others)
