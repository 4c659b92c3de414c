"""One segmenter interface over jieba and its Rust port, with the domain lexicon, never across punctuation.

jieba is the reference; rjieba, its port, is the engine used by default because it is ten times faster. A parity test
keeps the two one. Both are private instances: jieba's global tokenizer and its shared cache file are never touched.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable
from functools import cached_property
from importlib.metadata import version
from typing import Literal, Protocol

from toolkit.errors import LabelsError

Engine = Literal["rjieba", "jieba"]

# A run that may become words: hanzi, letters, digits, and the marks inside 4.5, 12·4 and 2020-2022. Words never form
# across anything else, so 完善社会。保障农民工 has no 社会保障 in it. Latin runs are split off: engines differ on them.
_RUN = re.compile(r"[㐀-鿿豈-﫿]+|[A-Za-z]+|\d+(?:\.\d+)?%?")
_FREQUENCY = 2_000_000
"""Weight of a lexicon entry: above every word of jieba's dictionary (的: 318,825), so a longer domain term wins."""


_SAMPLE = """
全年调解纠纷832件，成功率98.5%；“应援尽援”覆盖187名农民工，追回欠薪312万元。澄江县司法局开展“法律明白人”培训4期，新聘专职人民调解员12名。
行政复议受案41件，行政应诉出庭率100%，规范性文件备案审查3件。社区矫正对象96人，解除81人，未发生脱管漏管。二十大精神进乡村，普法宣讲团深入田间地头。
行政执法监督力量不足，部分乡镇法制审核流于形式。下一步，持续优化法治化营商环境，推进综合行政执法改革，完善公共法律服务体系建设，做好安置帮教工作。
"""


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

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the words of :meth:`cut` stand in ``text``, half-open."""
        spans: list[tuple[int, int]] = []
        end = 0
        for word in self.cut(text):
            start = text.index(word, end)
            end = start + len(word)
            spans.append((start, end))
        return spans

    @cached_property
    def fingerprint(self) -> dict[str, str]:
        """``engine`` with its version, and hashes of the ``lexicon`` and of the ``words`` it makes of a sample.

        A model learnt over words holds it and is refused where lexicon or words are others; another engine, or another
        version, that cuts the same is as good.
        """
        words = "/".join(self.cut(_SAMPLE))
        return {
            "engine": f"{self.engine} {version(self.engine)}",
            "lexicon": hashlib.sha256("\n".join(sorted(self.lexicon)).encode()).hexdigest()[:12],
            "words": hashlib.sha256(words.encode()).hexdigest()[:12],
        }
