"""Folding for matching only: half-width letters and digits, simplified characters, the same length and offsets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

# Letters and digits; full-width punctuation is how Chinese is written, and patterns rely on it.
_WIDE = {code: code - 0xFEE0 for first, last in ("０９", "ＡＺ", "ａｚ") for code in range(ord(first), ord(last) + 1)}

_MARKS = "—·〇•©»"  # punctuation of every report that Python's GB2312 lacks
_TOGETHER = 16  # texts asked at once whether they are plain
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
    """:func:`fold` of each text; neighbours that need none are told at once."""
    folded: list[str] = []
    for at in range(0, len(texts), _TOGETHER):
        group = texts[at : at + _TOGETHER]
        folded.extend(group if _is_plain("".join(group)) else map(fold, group))
    return folded


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
