"""The codebook: themes, stages, seeds, aliases, lexicon and stop words, read from a folder of plain files.

The same codebook is read by the classifier, the seeds of the topic model, the labelling sheets, and the names and
colours of every figure. A folder holds ``themes.toml`` and may hold ``stages.toml``, ``lexicon.txt`` and
``stopwords.txt``; the shipped one is ``labels/``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints

from toolkit.errors import LabelsError
from toolkit.files import read_utf8
from toolkit.resources import shipped
from toolkit.settings import Settings, build, read_toml

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
NOISE = "noise"
"""The stage of what is not report text; an item of this stage carries no theme."""


class Theme(Settings):
    """One theme: its stable id, names, definition, and the words that point to it."""

    id: Identifier
    zh: Name
    en: Name
    definition: str = ""
    include: str = ""
    exclude: str = ""
    aliases: tuple[Name, ...] = ()
    seeds: tuple[Name, ...] = ()
    colour: Colour = "#4c78a8"


class Stage(Settings):
    """One stage of a report's text: achievement, problem, plan or noise."""

    id: Identifier
    zh: Name
    en: Name
    definition: str = ""
    colour: Colour = "#808080"


class _ThemesFile(Settings):
    theme: tuple[Theme, ...]


class _StagesFile(Settings):
    stage: tuple[Stage, ...]


@dataclass(frozen=True)
class Codebook:
    """Themes and stages in their order, and the word lists beside them."""

    themes: tuple[Theme, ...]
    stages: tuple[Stage, ...] = ()
    lexicon: tuple[str, ...] = ()
    stopwords: frozenset[str] = frozenset()

    @cached_property
    def theme_ids(self) -> tuple[str, ...]:
        """Ids of the themes, in the order of the file."""
        return tuple(theme.id for theme in self.themes)

    @cached_property
    def stage_ids(self) -> tuple[str, ...]:
        """Ids of the stages, in the order of the file."""
        return tuple(stage.id for stage in self.stages)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Every term that segmentation must keep whole: the lexicon, then the seeds."""
        return tuple(dict.fromkeys([*self.lexicon, *(seed for theme in self.themes for seed in theme.seeds)]))

    def names(self, language: str = "zh") -> dict[str, str]:
        """Id → name of all themes and stages in ``language`` (``zh`` or ``en``)."""
        return {entry.id: entry.en if language == "en" else entry.zh for entry in (*self.themes, *self.stages)}

    def colours(self) -> dict[str, str]:
        """Id → colour (``#rrggbb``) of all themes and stages."""
        return {entry.id: entry.colour for entry in (*self.themes, *self.stages)}

    def keyword_themes(self, text: str) -> tuple[str, ...]:
        """Themes one of whose aliases stands in ``text``: the baseline that every model is held against."""
        return tuple(theme.id for theme in self.themes if any(alias in text for alias in theme.aliases))


def load_codebook(folder: Path | None = None) -> Codebook:
    """The codebook in ``folder``, by default the shipped one.

    Raises:
        LabelsError: a file is missing or broken, an id stands twice, a theme has no name.
    """
    folder = shipped("labels") if folder is None else folder
    themes_path, stages_path = folder / "themes.toml", folder / "stages.toml"
    if not themes_path.is_file():
        raise LabelsError("no themes.toml here", where=folder, remedy="a codebook folder holds themes.toml")
    themes = build(_ThemesFile, read_toml(themes_path, LabelsError), themes_path, LabelsError).theme
    stages: tuple[Stage, ...] = ()
    if stages_path.is_file():
        stages = build(_StagesFile, read_toml(stages_path, LabelsError), stages_path, LabelsError).stage
    if not themes:
        raise LabelsError("no themes", where=themes_path, remedy="write at least one [[theme]]")
    seen: set[str] = set()
    for entry, path in [*((t, themes_path) for t in themes), *((s, stages_path) for s in stages)]:
        if entry.id in seen:
            raise LabelsError(
                f"id {entry.id!r} stands twice", where=path, remedy="give every theme and stage its own id"
            )
        seen.add(entry.id)
    return Codebook(
        themes=themes,
        stages=stages,
        lexicon=tuple(read_terms(folder / "lexicon.txt")),
        stopwords=frozenset(read_terms(folder / "stopwords.txt")),
    )


def read_terms(path: Path) -> list[str]:
    """Terms of a word list, once each in order: separated by white space, ``#`` opens a comment line.

    A list that does not exist is empty.
    """
    if not path.exists():
        return []
    lines = read_utf8(path, LabelsError).splitlines()
    terms: dict[str, None] = {}
    for number, line in enumerate(lines, 1):
        for term in () if line.startswith("#") else line.split():
            if re.search(r"[^\w·]", term) or len(term) > 40:
                where = f"{path}:{number}"
                raise LabelsError(f"{term[:40]!r} is no word", where=where, remedy="letters and digits, at most 40")
            terms[term] = None
    return list(terms)
