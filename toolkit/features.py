"""Substrings as features, in plain numpy: folding, clauses, and the n-grams of a text with their places.

A feature is a substring of one to four characters inside a run of letters and digits. Characters are folded one for one
for matching (full width to half, upper case to lower, every digit to 0, everything else a break), so positions stay
those of the text. Each n-gram of at most four folded characters is one unsigned 64-bit number, 16 bits a character,
which makes a vocabulary a sorted array, and looking up a whole batch of text a few array operations.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

MAX_NGRAM = 4
"""Longest substring that fits the 64-bit key."""

_BLOCK = 1 << 16  # positions looked up at once: their arrays stay in the processor's cache

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
    return fold_codes(raw_codes(text))


def fold_codes(codes: Codes) -> Codes:
    """:func:`raw_codes` folded."""
    return _folding().take(codes.astype(np.intp))


def raw_codes(text: str) -> Codes:
    """Code points of ``text``, one a character; 0xFFFF, which is no character, for those beyond the basic plane."""
    short = text.encode("utf-16-le", "replace")
    if len(short) == 2 * len(text):
        return np.frombuffer(short, np.uint16)
    return np.minimum(np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32), 0xFFFF).astype(np.uint16)


_END, _CLOSE, _SPACE = 1, 2, 4


@cache
def _clause_kinds() -> NDArray[np.uint8]:
    """What every character of the basic plane is to ``_CLAUSE``: an end, a closer after it, a space, or 0."""
    kinds = np.zeros(65536, np.uint8)
    kinds[[code for code in (*range(0x3001), *range(0xFEFF, 0xFF00)) if chr(code).isspace()]] = _SPACE
    kinds[[ord(c) for c in "”’）)"]] = _CLOSE
    kinds[[ord(c) for c in "。；;！!？?\n"]] = _END
    return kinds


def clause_starts(texts: Sequence[str], joined: Codes) -> tuple[Ints, Ints]:
    """Where the clauses of ``texts`` begin in ``joined``, their codes with a line feed after each; and clauses a text.

    The same clauses as :func:`clause_spans`, found for all texts at once. A text with a clause that begins in an
    unusual way (an end mark, a closer, a space) is left to the regular expression.
    """
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    begins = np.cumsum(lengths + 1) - lengths - 1
    whole = joined[: int(begins[-1] + lengths[-1] + 1) if len(texts) else 0]
    kinds = _clause_kinds().take(whole.astype(np.intp))
    # A tail is an end mark and the marks that follow it; a clause begins where one is over.
    tail = (kinds == _END) | (kinds == _CLOSE)
    closers = np.flatnonzero(kinds == _CLOSE)
    if len(closers):  # closers belong to the tail only where an end mark stands before them
        first = np.flatnonzero(np.diff(closers, prepend=-2) > 1)
        after_end = kinds[closers[first] - 1] == _END  # a closer at the very beginning is settled below
        tail[closers] = np.repeat(after_end, np.diff(first, append=len(closers)))
    before = np.r_[True, tail[:-1]]
    starts = np.flatnonzero(before & ~tail)
    owner = np.searchsorted(begins, starts, side="right") - 1
    odd = np.zeros(len(texts), bool)
    odd[owner[kinds[starts] == _SPACE]] = True
    odd |= lengths == 0
    odd |= (kinds[begins] & (_END | _CLOSE)) > 0
    if odd.any():
        kept = ~odd[owner]
        extra = [begins[k] + start for k in np.flatnonzero(odd).tolist() for start, _ in clause_spans(texts[k])]
        starts = np.sort(np.r_[starts[kept], np.array(extra, np.int64)])
        owner = np.searchsorted(begins, starts, side="right") - 1
    return starts, np.bincount(owner, minlength=len(texts))


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
    """Known substrings by sorted key, found character by character: 社区矫 and 正 are 社区矫正.

    A substring stands only where two known ones overlap, 社区矫 and 区矫正, so a text is looked up length by length and
    only known neighbours are asked for a longer one. A substring is at least as frequent as a longer one that holds
    it, so a vocabulary cut by frequency has all parts.
    """

    keys: Keys
    prefixes: NDArray[np.int32]
    """Index of each substring without its last character (n,); −1 for single characters."""
    _singles: NDArray[np.int32]
    _entries: Keys
    """A hash table: prefix (24 bits), last character (16), index (24)."""
    _turns: NDArray[np.uint8]
    """By bucket the turn at which each of its substrings found a place of its own, so that a look-up reads one."""

    @classmethod
    def of(cls, keys: Keys) -> Vocabulary:
        """The vocabulary of ``keys``, which must be sorted and distinct.

        Raises:
            ValueError: a substring stands without its parts, or holds a break, or they are not sorted, or too many.
        """
        count = len(keys)
        if count >= _INDEX:
            raise ValueError(f"{count:,} substrings, at most {_INDEX - 1:,}")
        if count and not keys[0]:
            raise ValueError("a substring holds a break")
        if (keys[1:] <= keys[:-1]).any():
            raise ValueError("substrings are not sorted")
        pairs = int(np.searchsorted(keys, 1 << 16))
        longer = keys[pairs:]
        prefixes = np.full(count, -1, np.int32)
        prefixes[pairs:] = np.searchsorted(keys, longer >> np.uint64(16))
        if (keys[prefixes[pairs:]] != longer >> np.uint64(16)).any():
            raise ValueError("a substring stands without its parts")
        singles = np.full(65536, -1, np.int32)
        singles[keys[:pairs].astype(np.int64)] = np.arange(pairs)
        asked = _asked(prefixes[pairs:], longer & np.uint64(0xFFFF))
        turns, places = _own_places(asked)
        entries = np.full(4 * len(turns), _FREE)
        entries[places] = asked << np.uint64(24) | np.arange(pairs, count, dtype=np.uint64)
        found = cls(keys, prefixes, singles, entries, turns)
        for length in range(2, MAX_NGRAM + 1):
            first, last = np.searchsorted(keys, [1 << 16 * (length - 1), (1 << 16 * length) - 1]).tolist()
            last = count if length == MAX_NGRAM else last
            low = np.uint64((1 << 16 * (length - 1)) - 1)
            if (found._index(keys[first:last] & low, length - 1) < 0).any():
                raise ValueError("a substring stands without its parts")
        return found

    def __len__(self) -> int:
        return len(self.keys)

    def _longer(self, prefix: NDArray[np.int32], last: Codes | Keys) -> tuple[Ints, NDArray[np.int32]]:
        """Which of the known ``prefix`` are, with the character ``last`` after them, a substring, and its index."""
        asked = _asked(prefix, last)
        mixed = asked * _MIX
        turns = self._turns.take(_top(mixed, len(self._turns)))
        entry = self._entries.take(_top(_turned(mixed, turns), len(self._entries)))
        known = np.flatnonzero(entry >> np.uint64(24) == asked)
        return known, (entry.take(known) & np.uint64(_INDEX)).astype(np.int32)

    def occurrences(self, codes: Codes) -> Iterator[tuple[NDArray[np.int32], Ints]]:
        """Index and place of every known substring in ``codes``, in order of place, for one length after the other."""
        for best, stands in self._by_length(codes):
            at = np.flatnonzero(stands)
            yield best.take(at), at

    def longest(self, codes: Codes) -> tuple[NDArray[np.int32], Ints]:
        """Index and place of the longest known substring at each place where one begins, in order of place.

        All that begin there are it and its prefixes; it is a pair or longer if the index is ``pairs`` or more.
        """
        whole = np.full(len(codes), -1, np.int32)
        for start in range(0, len(codes), _BLOCK):
            *_, (best, _) = self._by_length(codes[start : start + _BLOCK + MAX_NGRAM - 1])
            whole[start : start + _BLOCK] = best[:_BLOCK]
        places = np.flatnonzero(whole >= 0)
        return whole.take(places), places

    def _by_length(self, codes: Codes) -> Iterator[tuple[NDArray[np.int32], NDArray[np.bool_]]]:
        """For one length after the other the longest so far at each place, and where one of this length stands."""
        best = self._singles.take(codes.astype(np.intp))
        stands = best >= 0
        yield best, stands
        for length in range(2, MAX_NGRAM + 1):
            at = np.flatnonzero(stands[:-1] & stands[1:])
            known, found = self._longer(best.take(at), codes[length - 1 :].take(at))
            at = at.take(known)
            best[at] = found
            stands = np.zeros(max(0, len(stands) - 1), bool)
            stands[at] = True
            yield best, stands

    @property
    def pairs(self) -> int:
        """Index of the first substring of more than one character."""
        return int(np.searchsorted(self.keys, 1 << 16))

    def find(self, keys: Keys) -> NDArray[np.int32]:
        """Index of each key, or −1."""
        result = np.full(len(keys), -1, np.int32)
        lengths = key_lengths(keys)
        for length in range(1, MAX_NGRAM + 1):
            asked = np.flatnonzero(lengths == length)
            result[asked] = self._index(keys[asked], length)
        return result

    def _index(self, keys: Keys, length: int) -> NDArray[np.int32]:
        """Index of each key of ``length`` characters, or −1."""
        if length == 1:
            return self._singles[keys.astype(np.int64)]
        prefix = self._index(keys >> np.uint64(16), length - 1)
        result = np.full(len(keys), -1, np.int32)
        at = np.flatnonzero(prefix >= 0)
        known, found = self._longer(prefix[at], keys[at] & np.uint64(0xFFFF))
        result[at[known]] = found
        return result


_INDEX = (1 << 24) - 1
_FREE = np.uint64(0xFFFFFFFFFFFFFFFF)


_MIX = np.uint64(0x9E3779B97F4A7C15)  # multiplicative (Fibonacci) hashing; Knuth, TAOCP 3, 6.4


def _asked(prefix: NDArray[np.int32], last: Codes | Keys) -> Keys:
    return prefix.astype(np.uint64) << np.uint64(16) | last


def _top(mixed: Keys, size: int) -> Ints:
    """The upper bits, as many as count up to ``size``, a power of two."""
    return (mixed >> np.uint64(65 - size.bit_length())).view(np.int64)


def _turned(mixed: Keys, turns: NDArray[np.uint8]) -> Keys:
    return (mixed ^ turns * _MIX) * _MIX


def _own_places(asked: Keys) -> tuple[NDArray[np.uint8], Ints]:
    """A turn for each bucket, a quarter as many as places, so that no two of ``asked`` have the same place; the places.

    Buckets take turns until all they hold stand alone, the fullest first. Belazzougui, Botelho and Dietzfelbinger,
    "Hash, Displace, and Compress", ESA 2009.
    """
    size = 1 << max(4, int(np.ceil(np.log2(max(1, len(asked))))))  # places, twice as many; at most half are taken
    while True:
        size *= 2
        buckets = size // 4
        mixed = asked * _MIX
        bucket = _top(mixed, buckets)
        waiting = np.argsort(np.bincount(bucket, minlength=buckets)[bucket], kind="stable")
        turns, owner = np.zeros(buckets, np.uint8), np.full(size, -1, np.int64)
        taken, places = np.zeros(size, bool), np.zeros(len(asked), np.int64)
        for turn in range(256):
            place = _top(_turned(mixed[waiting], np.full(len(waiting), turn, np.uint8)), size)
            owner[place] = waiting  # the last one written, of the fullest bucket, has it
            crowded = np.zeros(buckets, bool)
            crowded[bucket[waiting[taken[place] | (owner[place] != waiting)]]] = True
            settled = ~crowded[bucket[waiting]]
            done = waiting[settled]
            taken[place[settled]], places[done], turns[bucket[done]] = True, place[settled], turn
            waiting = waiting[~settled]
            if not len(waiting):
                return turns, places


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
        return np.repeat(np.arange(len(self)), np.diff(self.starts))[places]


def inverse_document_frequency(frequency: Ints, texts: int) -> NDArray[np.float32]:
    """Smoothed idf, ``log((1 + n) / (1 + df)) + 1``, rounded so that it is the same on every machine."""
    return np.round(np.log((1 + texts) / (1 + frequency)) + 1, 4).astype(np.float32)
