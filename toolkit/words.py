"""One segmenter interface over jieba and its Rust port, with the domain lexicon, never across punctuation.

jieba is the reference; rjieba, its port, is the engine used by default because it is ten times faster. A parity test
keeps the two one. Both are private instances: jieba's global tokenizer and its shared cache file are never touched.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable
from typing import Literal, Protocol

from toolkit.errors import LabelsError

Engine = Literal["rjieba", "jieba"]

# A run that may become words: hanzi, letters, digits, and the marks inside 4.5, 12·4 and 2020-2022. Words never form
# across anything else, so 完善社会。保障农民工 has no 社会保障 in it. Latin runs are split off: engines differ on them.
_RUN = re.compile(r"[㐀-鿿豈-﫿]+|[A-Za-z]+|\d+(?:\.\d+)?%?")
_FREQUENCY = 2_000_000
"""Weight of a lexicon entry: above every word of jieba's dictionary (的: 318,825), so a longer domain term wins."""


class _Cutter(Protocol):
    def cut(self, text: str) -> list[str]: ...
    def add(self, word: str) -> None: ...


class _Rjieba:
    def __init__(self) -> None:
        import rjieba

        self._engine = rjieba.Jieba()

    def cut(self, text: str) -> list[str]:
        return self._engine.cut(text)

    def add(self, word: str) -> None:
        self._engine.add_word(word, _FREQUENCY, None)


class _Jieba:
    def __init__(self) -> None:
        import jieba

        jieba.setLogLevel(logging.WARNING)
        self._engine = engine = jieba.Tokenizer()
        # What `initialize` would do, without its cache in the shared temporary folder.
        engine.FREQ, engine.total = engine.gen_pfdict(engine.get_dict_file())
        engine.initialized = True

    def cut(self, text: str) -> list[str]:
        return list(self._engine.cut(text))

    def add(self, word: str) -> None:
        self._engine.add_word(word, _FREQUENCY)


class Segmenter:
    """Splits text into words, keeping every term of ``lexicon`` whole.

    Args:
        lexicon: terms to keep whole; proved at once, see Raises.
        engine: ``rjieba`` (default, fast) or ``jieba`` (the reference).

    Raises:
        LabelsError: a term that segmentation can't keep whole, by name.
    """

    def __init__(self, lexicon: Iterable[str] = (), engine: Engine = "rjieba") -> None:
        self.lexicon = tuple(dict.fromkeys(lexicon))
        self.engine: Engine = engine
        self._cutter: _Cutter = _Rjieba() if engine == "rjieba" else _Jieba()
        for term in self.lexicon:
            self._cutter.add(term)
        broken = [term for term in self.lexicon if self.cut(term) != [term]]
        if broken:
            found = "; ".join(f"{term} → {' / '.join(self.cut(term))}" for term in broken[:5])
            raise LabelsError(
                f"{len(broken)} terms of the lexicon do not stay whole: {found}",
                remedy="take them out, or write them without punctuation or mixed letters",
            )

    def cut(self, text: str) -> list[str]:
        """Words of ``text`` in order; punctuation and white space give none."""
        words: list[str] = []
        for run in _RUN.findall(text):
            words.extend(self._cutter.cut(run) if run[0] > "\u33ff" else (run,))
        return words

    @property
    def fingerprint(self) -> str:
        """Changes when engine or lexicon change: models learnt with another one refuse to load."""
        digest = hashlib.sha256("\n".join([self.engine, *sorted(self.lexicon)]).encode())
        return digest.hexdigest()[:16]
