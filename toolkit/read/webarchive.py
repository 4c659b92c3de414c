"""Pages saved as one file (``.mht``): the page itself, out of the message it is packed in."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from email.message import Message

from toolkit.errors import InputError
from toolkit.read.limits import LIMITS, Limits

_HEADER = re.compile(rb"\A(?:[A-Za-z-]{2,40}:[^\n]*\n(?:[ \t][^\n]*\n)*){0,40}?MIME-Version:", re.IGNORECASE)


def is_web_archive(data: bytes) -> bool:
    """Whether ``data`` opens with the headers of a MIME message."""
    return bool(_HEADER.match(data[:8192].lstrip(b"\r\n\xef\xbb\xbf")))


def page_of(data: bytes, where: object, limits: Limits = LIMITS) -> bytes:
    """The bytes of the first page in a web archive, or of its first text.

    Raises:
        InputError: no page inside, or nested deeper than any browser writes.
    """
    try:
        message = email.message_from_bytes(data.lstrip(b"\r\n\xef\xbb\xbf"))
        parts = list(_parts(message, limits, where))
    except RecursionError:
        raise limits.beyond("nesting", "parts of parts, deeper than can be read", where) from None
    except (ValueError, LookupError) as problem:
        raise InputError(f"a damaged web archive ({type(problem).__name__})", where=where) from None
    for kind in ("text/html", "application/xhtml+xml", "text/plain"):
        for part in parts:
            if part.get_content_type() == kind:
                return _payload(part)
    raise InputError("a web archive without a page", where=where, remedy="save the page as .html")


def _parts(message: Message, limits: Limits, where: object) -> Iterator[Message]:
    """The parts that are no containers, in order."""
    stack = [(message, 1)]
    while stack:
        part, depth = stack.pop()
        if depth > limits.nesting:
            raise limits.beyond("nesting", f"parts {depth} deep", where, "save the page as .html", depth)
        inside = part.get_payload()
        if part.is_multipart() and isinstance(inside, list):
            stack += [(each, depth + 1) for each in reversed(inside) if isinstance(each, Message)]
        else:
            yield part


def _payload(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""
