"""Zip archives, opened without trust: counted before they are unpacked, read into memory, never onto the disk."""

from __future__ import annotations

import io
import zlib
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from toolkit.errors import InputError
from toolkit.files import unreadable
from toolkit.read.limits import LIMITS, Limits

BROKEN = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
"""What zipfile raises on damaged members, unknown packings and missing passwords."""


def open_archive(data: bytes, where: object, limits: Limits = LIMITS) -> ZipFile:
    """The archive in ``data``, its sizes checked.

    Raises:
        InputError: damaged, too many members, too large unpacked, or packed tighter than any text (a zip bomb).
    """
    try:
        archive = ZipFile(io.BytesIO(data))
    except BROKEN as problem:
        raise InputError(f"a damaged zip or Word file ({problem})", where=where, remedy="save it again") from None
    members = archive.infolist()
    if len(members) > limits.members:
        raise limits.beyond("members", f"{len(members):,} members", where, "unpack it first", len(members))
    total = unpacked_size(archive)
    if total > limits.unpacked:
        raise limits.beyond("unpacked", f"{total:,} bytes unpacked", where, "unpack it first", total)
    if total > 10_000_000 and total > limits.ratio * max(1, len(data)):
        found = f"{len(data):,} bytes that unpack to {total:,}, a zip bomb"
        raise limits.beyond("ratio", found, where, "leave it out", total / max(1, len(data)))
    return archive


def unpacked_size(archive: ZipFile) -> int:
    """Bytes of all members together, as the archive declares them."""
    return sum(member.file_size for member in archive.infolist())


def member_name(member: ZipInfo) -> str:
    """The name of a member; those written on a Chinese Windows are GBK that zipfile took for its old code page."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        raw = member.filename.encode("cp437")
    except UnicodeEncodeError:
        return member.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.filename


def report_members(archive: ZipFile, suffixes: tuple[str, ...], where: object) -> dict[str, ZipInfo]:
    """Name → member of every report of an archive, in order of the names; what systems put beside is left out.

    Raises:
        InputError: a name leads out of the archive.
    """
    found: dict[str, ZipInfo] = {}
    for member in archive.infolist():
        name = member_name(member).replace("\\", "/")
        parts = PurePosixPath(name).parts
        if ".." in parts or name.startswith("/") or (parts and parts[0].endswith(":")):
            raise InputError(f"its member {name!r} leads out of the archive", where=where, remedy="pack it anew")
        hidden = any(part.startswith((".", "~$", "__MACOSX")) for part in parts)
        if not member.is_dir() and not hidden and name.lower().endswith(suffixes):
            found.setdefault(str(PurePosixPath(name)), member)
    return dict(sorted(found.items()))


def read_member(archive: ZipFile, member: ZipInfo, where: object) -> bytes:
    """The bytes of one member.

    Raises:
        InputError: encrypted, damaged, or packed in a way Python can't unpack.
    """
    if member.flag_bits & 0x1:
        raise InputError("is encrypted", where=where, remedy="unpack it with its password first")
    try:
        return archive.read(member)
    except BROKEN as problem:
        raise InputError(f"damaged inside its archive ({problem})", where=where, remedy="pack it anew") from None


def split_path(path: Path) -> tuple[Path, str] | None:
    """``packed.zip/inside/a.txt`` as the archive that exists and the name inside it; None if no parent is a file."""
    for parent in path.parents:
        try:
            if parent.is_file():
                return parent, path.relative_to(parent).as_posix()
            if parent.exists():
                return None
        except OSError as problem:
            raise unreadable(path, problem) from None
    return None
