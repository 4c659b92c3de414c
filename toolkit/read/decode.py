"""Bytes to text, strictly: a byte that fits no encoding is an error, never dropped."""

from __future__ import annotations

import codecs
import re

from toolkit.errors import InputError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(
    rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,30})|encoding\s*=\s*[\"']([A-Za-z0-9_:.-]{2,30})[\"']"
)


def decode(data: bytes, where: object) -> str:
    """The text in ``data``: BOM, then UTF-8, then what the page declares, then GB18030, then a guess.

    UTF-8 comes before the declaration because pages declare gb2312 and send UTF-8; GB18030 stands for gb2312 and gbk,
    whose declared pages hold characters outside both.

    Raises:
        InputError: the bytes are no text in any of these encodings.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _strict(data, encoding, where)
    try:
        text = data.decode("utf-8")
        if "\x00" not in text:
            return text
    except UnicodeDecodeError:
        pass
    if 0 in data:
        return _utf16(data, where)
    found = _DECLARED.search(data[:4096])
    declared = (found[1] or found[2]).decode("ascii").lower() if found else ""
    if declared in {"big5", "big5-hkscs", "cp950"} and (text := _try(data, "big5hkscs")) is not None:
        return text
    # Bytes of one encoding often decode in the other too, but into characters that no report uses.
    readings = [text for encoding in ("gb18030", "big5hkscs") if (text := _try(data, encoding)) is not None]
    best = max(readings, key=_plausible, default=None)
    return best if best is not None and _plausible(best) >= 0.5 else _guess(data, where, best)


def _strict(data: bytes, encoding: str, where: object) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as problem:
        remedy = "save the file as UTF-8"
        raise InputError(f"not valid {encoding} at byte {problem.start}", where=where, remedy=remedy) from None


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _utf16(data: bytes, where: object) -> str:
    """UTF-16 without a mark, of the byte order that reads like text; other data with NUL bytes are no text."""
    readings = [text for encoding in ("utf-16-le", "utf-16-be") if (text := _try(data, encoding)) is not None]
    best = max(readings, key=_plausible, default="\x00")
    if "\x00" in best or _plausible(best) < 0.5:
        raise InputError("not a text file (NUL bytes)", where=where, remedy="give a text, HTML, Word or PDF file")
    return best


def _plausible(text: str) -> float:
    """Share of the characters beyond ASCII that Chinese text usually has: common hanzi and full-width punctuation."""
    beyond = [c for c in text[:20_000] if c > "\x7f" or c < "\t"]
    if not beyond:
        return 1.0
    return sum(_usual(c) for c in beyond) / len(beyond)


def _usual(character: str) -> bool:
    if character in "，。、；：？！“”‘’（）《》【】—…·　％":
        return True
    if not "\u4e00" <= character <= "\u9fff":
        return False
    # First levels of GB2312 and Big5: the few thousand commonest, simplified and traditional.
    simplified, traditional = character.encode("gb2312", "replace"), character.encode("big5", "replace")
    return b"\xb0" <= simplified[:1] <= b"\xd7" or b"\xa4" <= traditional[:1] <= b"\xc6"


def _guess(data: bytes, where: object, fallback: str | None) -> str:
    from charset_normalizer import from_bytes  # only odd files pay for it

    best = from_bytes(data[:200_000], cp_isolation=["big5hkscs", "big5", "gb18030", "utf_16_le", "utf_16_be"]).best()
    if best is not None:
        try:
            return data.decode(best.encoding)
        except (UnicodeDecodeError, LookupError):
            pass
    if fallback is not None:
        return fallback
    raise InputError(
        "text in an unknown encoding, or no text at all", where=where, remedy="save it as UTF-8 or GB18030"
    )
