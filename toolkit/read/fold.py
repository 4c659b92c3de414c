"""Folding for matching only: half-width letters and digits, simplified characters, the same length and offsets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Letters and digits; full-width punctuation is how Chinese is written, and patterns rely on it.
_WIDE = {code: code - 0xFEE0 for first, last in ("０９", "ＡＺ", "ａｚ") for code in range(ord(first), ord(last) + 1)}

_MARKS = "—·〇•©»"  # punctuation of every report that Python's GB2312 lacks
_MANY = 64  # texts for which a table of the plain characters is worth its making
_ANY_WIDE = re.compile("[０-９Ａ-Ｚａ-ｚ]")


def fold(text: str) -> str:
    """``text`` as patterns and lexicons are written; ``len(fold(text)) == len(text)``, so offsets hold in both.

    >>> fold("２０２３年調解糾紛")
    '2023年调解纠纷'
    """
    if _ANY_WIDE.search(text):
        text = text.translate(_WIDE)
    if _is_plain(text):
        return text
    simplified = _converter().convert(text)
    if len(simplified) == len(text):
        return simplified
    # No single character becomes two in any table known; if one did, it would be left as it is.
    return "".join(new if len(new := _converter().convert(old)) == 1 else old for old in text)


def fold_all(texts: Sequence[str]) -> list[str]:
    """:func:`fold` of each text; of many at once, those that need none are told by a table."""
    if len(texts) < _MANY:
        return [fold(text) for text in texts]
    import numpy as np  # a report alone is read without it

    from toolkit.features import raw_codes

    folded = list(texts)
    odd = np.flatnonzero(_odd_characters().take(raw_codes("\n".join(texts)).astype(np.intp)))
    if len(odd):
        ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1)
        for number in map(int, np.unique(np.searchsorted(ends, odd, side="right"))):
            folded[number] = fold(texts[number])
    return folded


@cache
def _odd_characters() -> NDArray[np.bool_]:
    """By character of the basic plane whether :func:`_is_plain` is false of it; 0xFFFF stands for all beyond."""
    import numpy as np

    pairs = [bytes([first, last]) for first in range(0xA1, 0xF8) for last in range(0xA1, 0xFF)]
    written = b"\n".join(pairs).decode(
        "gb2312", "ignore"
    )  # by line, so that a code without a character spoils no other
    odd = np.ones(65536, bool)
    odd[[*range(128), *map(ord, written), *map(ord, _MARKS)]] = False
    odd[list(_WIDE)] = True
    return odd


def _is_plain(text: str) -> bool:
    """Whether ``text`` holds nothing that simplified Chinese does not write."""
    if _ANY_WIDE.search(text):
        return False
    for mark in _MARKS:
        text = text.replace(mark, "")
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=1)
def _converter() -> Any:
    from opencc import OpenCC  # only traditional or odd texts pay for it

    return OpenCC("t2s")
