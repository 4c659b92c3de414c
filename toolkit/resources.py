"""The version, and where the shipped labels, models and experiments stand."""

from __future__ import annotations

from pathlib import Path

VERSION = "0.1.0"


def shipped(*parts: str) -> Path:
    """A shipped file or folder (``shipped("labels", "themes.toml")``), in a wheel or in a checkout.

    A wheel carries ``labels/``, ``models/`` and ``experiments/`` inside the package; a checkout beside it.
    """
    package = Path(__file__).resolve().parent
    inside = package.joinpath(*parts)
    return inside if inside.exists() else package.parent.joinpath(*parts)
