"""How much of a file is taken: every limit has a plain message that names it, and every one can be set."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from toolkit.errors import InputError


@dataclass(frozen=True, slots=True)
class Limits:
    """What is taken of a file at most; a report of a justice bureau is a thousandth of it."""

    size: int = 100_000_000
    """Bytes of one file, or of one member of an archive."""
    members: int = 10_000
    """Members of a zip archive or Word file."""
    unpacked: int = 300_000_000
    """Bytes of all members together; what a zip declares is checked before anything is unpacked, and zipfile reads no
    member further than it declares."""
    ratio: int = 250
    """Unpacked over packed bytes, from 10 MB on. Deflate reaches a thousandfold on zeros; text and Word's own XML stay
    below sixty."""
    archives: int = 3
    """Archives within one another: 1 is a zip of reports; a zip in it would be named and refused."""
    nesting: int = 60
    """Tables, text boxes and content controls within one another in a Word file, parts in a web archive. No page is
    refused: one nested deeper than browsers go is read without its nesting (see :mod:`toolkit.read.html`)."""
    pages: int = 3000
    """Pages of a PDF."""
    lines: int = 1_000_000
    """Lines or paragraphs of one report."""
    items: int = 200_000
    """Items of one report: a line of points gives many; the longest report seen has 400."""
    seconds: float = 60.0
    """Seconds that reading one report may take by the clock; see :mod:`toolkit.bounds`."""

    def beyond(self, name: str, found: str, where: object, remedy: str = "", least: float = 0) -> InputError:
        """The error for ``found``, which is more than the limit ``name``; ``least`` is a value that would have done."""
        most = getattr(self, name)
        wanted = max(least or 2 * most, 1)
        step = 10 ** max(0, math.floor(math.log10(wanted)) - 1)
        raised = f"--limit {name}={math.ceil(wanted / step) * step}"
        shown = f"{most:,}" if isinstance(most, int) else f"{most:g}"
        what = f"{found}, more than the limit {name}={shown}"
        return InputError(what, where=where, remedy=f"{remedy + ', or ' if remedy else ''}raise it with {raised}")


LIMITS = Limits()
_UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}


def limits_of(settings: Iterable[str]) -> Limits:
    """Limits as the command line sets them: ``size=200MB``, ``seconds=120``.

    Raises:
        InputError: no such limit, or no number that it can be.
    """
    limits, names = LIMITS, [field.name for field in fields(Limits)]
    for setting in settings:
        name, _, value = setting.partition("=")
        if name not in names:
            raise InputError(f"no limit {name!r}", where="--limit", remedy=f"allowed: {', '.join(names)}")
        match = re.fullmatch(r"(\d{1,12}(?:\.\d{1,6})?)([KMG]B)?", value.strip(), re.IGNORECASE | re.ASCII)
        unit = (match[2] or "").upper() if match else ""
        if match is None or (unit and name not in ("size", "unpacked")):
            remedy = "give a number, sizes also with KB, MB or GB"
            raise InputError(f"{name}={value!r} is no such limit", where="--limit", remedy=remedy)
        number = float(match[1]) * _UNITS[unit]
        if number <= 0:
            raise InputError(f"{name}={value!r} would take nothing", where="--limit", remedy="give more than 0")
        limits = replace(limits, **{name: number if name == "seconds" else int(number)})
    return limits
