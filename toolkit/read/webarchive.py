"""Pages saved as one file (``.mht``): the page itself, out of the message it is packed in."""

from __future__ import annotations

import email
import re
from email.message import Message

from toolkit.errors import InputError

_HEADER = re.compile(rb"\A(?:[A-Za-z-]{2,40}:[^\n]*\n(?:[ \t][^\n]*\n)*){0,40}?MIME-Version:", re.IGNORECASE)


def is_web_archive(data: bytes) -> bool:
    """Whether ``data`` opens with the headers of a MIME message."""
    return bool(_HEADER.match(data[:8192].lstrip(b"\r\n\xef\xbb\xbf")))


def page_of(data: bytes, where: object) -> bytes:
    """The bytes of the first page in a web archive, or of its first text.

    Raises:
        InputError: no page inside, or nested deeper than any browser writes.
    """
    try:
        message = email.message_from_bytes(data.lstrip(b"\r\n\xef\xbb\xbf"))
        parts = [part for part in message.walk() if not part.is_multipart()]
    except (RecursionError, ValueError, LookupError) as problem:
        raise InputError(f"a damaged web archive ({type(problem).__name__})", where=where) from None
    for kind in ("text/html", "application/xhtml+xml", "text/plain"):
        for part in parts:
            if part.get_content_type() == kind:
                return _payload(part)
    raise InputError("a web archive without a page", where=where, remedy="save the page as .html")


def _payload(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""
