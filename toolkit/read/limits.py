"""How much of a file is taken: every limit has a plain message, and every one can be set."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What :func:`toolkit.read.read_source` takes at most; a report of a justice bureau is a thousandth of it."""

    file_bytes: int = 100_000_000
    """Bytes of one file, or of one member of an archive."""
    members: int = 10_000
    """Members of a zip archive or Word file."""
    unpacked_bytes: int = 300_000_000
    """Bytes of all members together; what a zip declares is checked before anything is unpacked, and zipfile reads no
    member further than it declares."""
    ratio: int = 250
    """Unpacked over packed bytes, from 10 MB on. Deflate reaches a thousandfold on zeros; text and Word's own XML stay
    below sixty."""
    pages: int = 3000
    """Pages of a PDF."""
    blocks: int = 1_000_000
    """Lines or paragraphs of one report."""


LIMITS = Limits()
