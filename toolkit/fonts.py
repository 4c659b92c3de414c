"""The Chinese font of figures and pages: found in a wheel, checked for glyphs, cut down to what a page uses.

A fresh machine has no Chinese font, and a figure drawn without one shows empty boxes. `zhplot`'s wheel carries
Noto Sans SC (SIL Open Font License 1.1), which is used everywhere, so that a figure looks the same on every machine.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from toolkit.errors import DataError

# Printable ASCII and the signs our own page uses; a subset always carries them, so that typing into a search box
# and a changed number never fall back to another font.
BASE = "".join(map(chr, range(0x20, 0x7F))) + "，。、；：？！（）《》“”‘’…—·％–−×→↑↓▲▼●○■□✓"


@cache
def font_path() -> Path:
    """The font file every figure and page is drawn with.

    Raises:
        DataError: the wheel that carries it is not installed.
    """
    # find_spec does not import: zhplot's own import brings matplotlib.
    spec = find_spec("zhplot")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "fonts" / "NotoSansSC-Regular.ttf"
        if path.is_file():
            return path
    raise DataError("no Chinese font", remedy="install the package zhplot, which carries Noto Sans SC")


@cache
def glyphs() -> frozenset[int]:
    """Code points the font has a glyph for."""
    from fontTools.ttLib import TTFont

    with TTFont(font_path(), lazy=True) as font:
        return frozenset(font.getBestCmap() or ())


def missing_glyphs(texts: Iterable[str]) -> tuple[str, ...]:
    """Characters of ``texts`` that the font can't draw, once each, in order of code point."""
    used = {character for text in texts for character in text}
    return tuple(sorted(c for c in used if ord(c) not in glyphs() and not _invisible(c)))


def visible(text: str) -> str:
    """``text`` as one line that the font can draw: what it can't is named ``[U+20BB7]`` instead of an empty box.

    Control codes and bidirectional marks are named too: they would turn the rest of a label around.
    """
    parts = (" " if c.isspace() else c if not _invisible(c) and ord(c) in glyphs() else code(c) for c in text)
    return " ".join("".join(parts).split())


def code(character: str) -> str:
    """The name a character is shown under when it can't be drawn."""
    return f"[U+{ord(character):04X}]"


def _invisible(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def subset(text: str) -> bytes:
    """A woff2 font of the characters of ``text`` and :data:`BASE`, for one page to carry."""
    from fontTools import subset as fonttools

    options = fonttools.Options(
        flavor="woff2", layout_features=[], hinting=False, desubroutinize=True, notdef_outline=True
    )
    font = fonttools.load_font(str(font_path()), options)
    cutter = fonttools.Subsetter(options)
    cutter.populate(unicodes=sorted({ord(c) for c in set(text + BASE)} & glyphs()))
    cutter.subset(font)
    out = io.BytesIO()
    fonttools.save_font(font, out, options)
    font.close()
    return out.getvalue()
