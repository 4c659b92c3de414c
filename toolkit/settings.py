"""Typed TOML: one way to read a file into a frozen model, with errors that name the line or the key's path."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from toolkit.errors import FazhiError
from toolkit.files import read_utf8

LIMIT = 1_000_000  # bytes; the shipped codebook has 15,000; a megabyte takes tomllib two seconds
# tomllib takes time with the square of a dotted key's parts: 200,000 of them took longer than anybody waited.
_LONG_KEY = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){32}""")


class Settings(BaseModel):
    """Base of typed configuration: frozen, unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


S = TypeVar("S", bound=Settings)


def read_toml(path: Path, error: type[FazhiError]) -> dict[str, Any]:
    """The table in ``path``; a broken one raises ``error`` naming the line."""
    text = read_utf8(path, error, LIMIT)
    if found := _LONG_KEY.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise error("a key of more than 32 parts", where=f"{path}:{line}", remedy="write plain tables")
    try:
        return tomllib.loads(text)
    except ValueError as problem:  # also what int says of 5,000 digits
        raise error(f"not valid TOML: {problem}", where=path, remedy="mend that line") from None
    except RecursionError:
        raise error("nested too deeply", where=path, remedy="write plain tables") from None


def build(model: type[S], table: Mapping[str, Any], where: object, error: type[FazhiError]) -> S:
    """``table`` as a ``model``; the first thing that is wrong raises ``error`` naming its dotted path."""
    try:
        return model.model_validate(_tuples(table))
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        path = ".".join(str(part) for part in first["loc"]) or "the file"
        if first["type"] == "extra_forbidden":
            raise error(f"unknown key {path!r}", where=where, remedy=_allowed(model, first["loc"])) from None
        got = "" if first["type"] == "missing" else f", got {_shown(first['input'])}"
        raise error(f"{path}: {first['msg'].lower()}{got}", where=where) from None


def _tuples(value: Any) -> Any:
    """Arrays of TOML as tuples, which is what frozen models hold."""
    if isinstance(value, Mapping):
        return {key: _tuples(inner) for key, inner in value.items()}
    return tuple(_tuples(inner) for inner in value) if isinstance(value, list | tuple) else value


def _allowed(model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    """The keys allowed beside the unknown one at ``location``."""
    fields = model.model_fields
    for part in location[:-1]:
        inner = fields[part].annotation if isinstance(part, str) and part in fields else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return "see the documentation of this file"
        fields = inner.model_fields
    return "allowed: " + ", ".join(fields)


def _shown(value: object) -> str:
    """A value as the user wrote it, cut where it is long."""
    if isinstance(value, int | float):
        return repr(value)[:80]
    return repr(str(value)[:80])
