"""Substrings as features, in plain numpy: folding, clauses, and the n-grams of a text with their places.

A feature is a substring of one to four characters inside a run of letters and digits. Characters are folded one for one
for matching (full width to half, upper case to lower, every digit to 0, everything else a break), so positions stay
those of the text. Each n-gram of at most four folded characters is one unsigned 64-bit number, 16 bits a character,
which makes a vocabulary a sorted array, and looking up a whole batch of text a few array operations.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

MAX_NGRAM = 4
"""Longest substring that fits the 64-bit key."""

Codes = NDArray[np.uint16]
Keys = NDArray[np.uint64]
Ints = NDArray[np.int64]

# A clause ends at a full stop, semicolon, question or exclamation mark, or a line's end: a theme lives in one clause.
_CLAUSE = re.compile(r"[^。；;！!？?\n]*[^。；;！!？?\n\s][^。；;！!？?\n]*[。；;！!？?\n”’）)]*|[^\n]+")


@cache
def _folding() -> Codes:
    """Folded code of every character of the basic plane; 0 is a break."""
    table = np.zeros(65536, np.uint16)
    table[0x3400:0xA000] = np.arange(0x3400, 0xA000)  # hanzi fold to themselves
    for code in (*range(0x3400), *range(0xF900, 0x10000)):
        character = unicodedata.normalize("NFKC", chr(code)).lower()
        character = character if len(character) == 1 and character <= "\uffff" else chr(code)
        if character.isalnum():
            table[code] = ord("0") if character.isdecimal() else ord(character)
    table[ord("%")] = table[ord("％")] = ord("%")
    return table


def fold(text: str) -> Codes:
    """``text`` as folded codes, one a character; characters beyond the basic plane are breaks."""
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    folded = _folding()[np.minimum(codes, 65535)]
    folded[codes > 65535] = 0
    return folded


def clause_spans(text: str) -> list[tuple[int, int]]:
    """Half-open spans of the clauses of ``text``, at least one, in order."""
    return [match.span() for match in _CLAUSE.finditer(text)] or [(0, len(text))]


def ngrams(codes: Codes, longest: int = MAX_NGRAM) -> tuple[Keys, Ints]:
    """Keys of all n-grams of ``codes`` that contain no break, and the position where each begins."""
    wide = codes.astype(np.uint64)
    key = np.zeros(len(wide), np.uint64)
    valid = np.ones(len(wide), bool)
    keys: list[Keys] = []
    places: list[Ints] = []
    for length in range(1, min(longest, MAX_NGRAM) + 1):
        count = len(wide) - length + 1
        if count <= 0:
            break
        last = wide[length - 1 :]
        key = (key[:count] << np.uint64(16)) | last
        valid = valid[:count] & (last > 0)
        at = np.flatnonzero(valid)
        keys.append(key[at])
        places.append(at)
    if not keys:
        return np.zeros(0, np.uint64), np.zeros(0, np.int64)
    return np.concatenate(keys), np.concatenate(places)


def key_text(key: int) -> str:
    """The substring a key stands for."""
    text = ""
    while key:
        text = chr(key & 0xFFFF) + text
        key >>= 16
    return text


def text_key(text: str) -> int:
    """The key of a folded substring of one to four characters."""
    key = 0
    for character in text:
        key = key << 16 | ord(character)
    return key


def key_lengths(keys: Keys) -> Ints:
    """Number of characters of each key."""
    lengths = np.ones(len(keys), np.int64)
    for bits in (16, 32, 48):
        lengths += keys >> np.uint64(bits) > 0
    return lengths


@dataclass(frozen=True)
class Vocabulary:
    """Sorted keys of the known substrings, with a hash table over them for constant-time look-up of arrays."""

    keys: Keys
    _slots: NDArray[np.int32]
    _bits: int

    @classmethod
    def of(cls, keys: Keys) -> Vocabulary:
        """The vocabulary of ``keys``, which must be sorted and distinct."""
        bits = max(4, int(np.ceil(np.log2(max(1, len(keys)) * 4))))
        slots = np.full(1 << bits, -1, np.int32)
        waiting = np.arange(len(keys), dtype=np.int32)
        place = _hash(keys, bits)
        while len(waiting):  # each round every free slot takes one of the keys that want it
            free = slots[place] < 0
            slots[place[free]] = waiting[free]
            left = slots[place] != waiting
            waiting, place = waiting[left], (place[left] + 1) & ((1 << bits) - 1)
        return cls(keys, slots, bits)

    def __len__(self) -> int:
        return len(self.keys)

    def find(self, keys: Keys) -> NDArray[np.int32]:
        """Index of each key, or −1."""
        if not len(self.keys):
            return np.full(len(keys), -1, np.int32)
        mask = (1 << self._bits) - 1
        place = _hash(keys, self._bits)
        found = self._slots[place]
        # Only those that met another key look on; the table is a quarter full, so rounds are few.
        open_ = np.flatnonzero((found >= 0) & (self.keys[np.maximum(found, 0)] != keys))
        result = found
        place = place[open_]
        while len(open_):
            place = (place + 1) & mask
            found = self._slots[place]
            result[open_] = found
            going = (found >= 0) & (self.keys[np.maximum(found, 0)] != keys[open_])
            open_, place = open_[going], place[going]
        return result


def _hash(keys: Keys, bits: int) -> Ints:
    """Multiplicative (Fibonacci) hashing to ``bits`` bits; Knuth, TAOCP 3, 6.4."""
    return ((keys * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - bits)).astype(np.int64)


def learn_vocabulary(texts: Sequence[str], min_df: int = 4, longest: int = MAX_NGRAM) -> tuple[Vocabulary, Ints]:
    """Substrings that stand in at least ``min_df`` of ``texts``, and how many texts each stands in."""
    units = Units.of_texts(texts)
    keys, places = ngrams(units.codes, longest)
    distinct, inverse = np.unique(keys, return_inverse=True)
    pairs = np.unique(inverse.astype(np.int64) * len(texts) + units.of_position(places))
    frequency = np.bincount(pairs // max(1, len(texts)), minlength=len(distinct))
    kept = frequency >= min_df
    return Vocabulary.of(distinct[kept]), frequency[kept]


@dataclass(frozen=True)
class Units:
    """Texts laid end to end, a break between any two: ``starts`` are where each begins, plus the end of all."""

    codes: Codes
    starts: Ints

    @classmethod
    def of_texts(cls, texts: Sequence[str]) -> Units:
        """One unit a text."""
        lengths = np.fromiter((len(text) + 1 for text in texts), np.int64, len(texts))
        return cls(fold("\n".join(texts) + "\n") if texts else np.zeros(0, np.uint16), np.r_[0, np.cumsum(lengths)])

    def __len__(self) -> int:
        return len(self.starts) - 1

    def of_position(self, places: Ints) -> Ints:
        """Index of the unit each position lies in."""
        owner = np.zeros(len(self.codes) + 1, np.int64)
        np.add.at(owner, self.starts[1:-1], 1)
        return np.cumsum(owner)[places]


def inverse_document_frequency(frequency: Ints, texts: int) -> NDArray[np.float32]:
    """Smoothed idf, ``log((1 + n) / (1 + df)) + 1``, rounded so that it is the same on every machine."""
    return np.round(np.log((1 + texts) / (1 + frequency)) + 1, 4).astype(np.float32)
