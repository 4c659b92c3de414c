"""Every error a user can cause, in one tree.

::

    FazhiError                 base: one line that says what, where, and what would be right
    ├── InputError             a file, page or row handed in can't be read
    ├── LabelsError            codebook, lexicon, stop words or labelled reports are wrong
    ├── ConfigError            an experiment's configuration is wrong
    ├── ModelError             a model folder is missing, damaged or of another format
    └── DataError              the data are too few or too uniform for what was asked

The command line prints the line and exits with 1; nothing else is caught.
"""

from __future__ import annotations

import unicodedata


class FazhiError(Exception):
    """Base of all errors of the toolkit; ``str(error)`` is one line."""

    def __init__(self, what: str, *, where: object = None, remedy: str = "") -> None:
        """``what`` was found, ``where`` (path, path:line, key), and the ``remedy``: what would be right."""
        self.what, self.where, self.remedy = what, where, remedy
        place = "" if where is None else f"{where}: "
        line = f"{place}{what}" + (f"; {remedy}" if remedy else "")
        super().__init__(" ".join(printable(line).split()))


class InputError(FazhiError):
    """A file, page or row handed in can't be read."""


class LabelsError(FazhiError):
    """Codebook, lexicon, stop words or labelled reports are wrong."""


class ConfigError(FazhiError):
    """An experiment's configuration is wrong."""


class ModelError(FazhiError):
    """A model folder is missing, damaged or of another format."""


class DataError(FazhiError):
    """The data are too few or too uniform for what was asked."""


def printable(text: str, limit: int = 600) -> str:
    """``text`` in one line without control and direction codes, safe for a terminal, cut to ``limit`` characters."""
    line = " ".join(text.splitlines()) if not text.isprintable() else text
    clean = "".join(
        c if c.isprintable() or unicodedata.category(c) == "Zs" else " " if c == "\t" else "�" for c in line
    )
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"
