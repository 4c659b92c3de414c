"""Passages that stand in more than one item, word for word: formulas carried over from year to year."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from toolkit.codebook import NOISE
from toolkit.summary import Row

# A sentence of at least this many characters (figures and marks left out) is no coincidence; shorter ones
# (下一步工作打算如下) stand everywhere.
SHORTEST = 18
_SENTENCE = re.compile(r"[^。！？；!?;\n]+[。！？；!?;]?")
_KEY = re.compile(r"[\W\d_]+")


@dataclass(frozen=True)
class Repeat:
    """A passage as it first stands, and the rows (by number) it stands in."""

    text: str
    rows: tuple[int, ...]


def repeated_passages(rows: Sequence[Row]) -> list[Repeat]:
    """Sentences that stand in two or more items, longest first; figures, spaces and marks may differ.

    Sentences that follow each other in the same items are one passage. Noise is left out.
    """
    where: dict[str, list[int]] = {}
    first: dict[str, str] = {}
    for number, row in enumerate(rows):
        if row["stage"] == NOISE:
            continue
        for key, sentence in _sentences(row["text"]):
            found = where.setdefault(key, [])
            first.setdefault(key, sentence)
            if not found or found[-1] != number:
                found.append(number)
    repeats: list[Repeat] = []
    for number, row in enumerate(rows):
        run, at = "", ()
        for key, sentence in _sentences(row["text"]):
            here = tuple(where.get(key, ()))
            if len(here) < 2 or here[0] != number or first.get(key) is None:
                here = ()
            else:
                del first[key]
            if here != at and run:
                repeats.append(Repeat(run.strip(), at))
                run = ""
            run, at = (run + sentence, here) if here else ("", ())
        if run:
            repeats.append(Repeat(run.strip(), at))
    return sorted(repeats, key=lambda repeat: (-len(repeat.text) * (len(repeat.rows) - 1), repeat.rows))


def _sentences(text: str) -> Iterator[tuple[str, str]]:
    for match in _SENTENCE.finditer(text):
        key = _KEY.sub("", match.group())
        if len(key) >= SHORTEST:
            yield key, match.group()
