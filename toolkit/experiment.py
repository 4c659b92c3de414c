"""The main path: a TOML file becomes a typed configuration, a trained model, and its scores.

The steps of a training run (the numbers stand again in :func:`run_training`):

1. codebook and labelled reports are read and checked;
2. what is wrong with the labels is said before anything is learned: scarce themes, passages on both sides of the split;
3. reports are split as their index says; everything learned comes from the training reports;
4. the model is learned, cross-fitted by report; labels that it and a model of another kind contradict are named;
5. scores: cross-validated on the training reports, and on the held-out reports the model never saw;
6. the model folder is written whole, with the resolved configuration and the scores in its manifest.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from toolkit.classify import ReportModel
from toolkit.codebook import NOISE, load_codebook
from toolkit.diagnose import Suspect, find_faults, find_suspects, label_next
from toolkit.errors import ConfigError, DataError
from toolkit.labels import load_reports
from toolkit.quality import Gold, decide, decide_reports, fingerprint, score
from toolkit.resources import shipped
from toolkit.settings import Settings, build, read_toml
from toolkit.store import save_model

Progress = Callable[[str], None]
_SHOWN = 10  # lines of faults and of suspects; the rest is counted


class Data(Settings):
    """Where codebook and labelled reports stand, from the configuration's folder; empty is the shipped ones."""

    codebook: str = ""
    reports: str = ""


class Chars(Settings):
    """Substrings as features: the longest, and the texts one must stand in."""

    max: Annotated[int, Field(ge=1, le=4)] = 4
    min_df: Annotated[int, Field(ge=1)] = 3


class Features(Settings):
    """What the linear model counts."""

    chars: Chars = Chars()


class Learn(Settings):
    """Linear models over substrings (``clauses``: learned from clauses too), boosted trees on top, cross-fitted."""

    clauses: bool = True
    c: Annotated[float, Field(gt=0)] = 1.0
    folds: Annotated[int, Field(ge=2, le=20)] = 5
    trees: Annotated[int, Field(ge=10, le=1000)] = 80
    depth: Annotated[int, Field(ge=1, le=6)] = 3
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.1
    seed: Annotated[int, Field(ge=0)] = 0


class Training(Settings):
    """A training experiment: ``experiments/themes.toml`` is the shipped one."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")] = "themes"
    model: str = ""
    data: Data = Data()
    features: Features = Features()
    learn: Learn = Learn()


def read_config(path: Path, overrides: Sequence[str] = ()) -> Training:
    """The configuration in ``path`` with dotted ``overrides`` (``features.chars.max=3``) laid over it.

    Raises:
        ConfigError: no such file, broken TOML (line named), unknown key or wrong value (dotted path named).
    """
    table = read_toml(path, ConfigError)
    for override in overrides:
        _override(table, override)
    return build(Training, table, path, ConfigError)


def _override(table: dict[str, Any], override: str) -> None:
    """Set one dotted key of ``table``; the value is read as TOML, or else taken as text."""
    key, equals, text = override.partition("=")
    parts = [part.strip() for part in key.split(".")]
    if not equals or not all(parts):
        raise ConfigError(f"{override!r} sets nothing", where="--set", remedy="write --set features.chars.max=3")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):  # no TOML, or more digits or brackets than Python reads
        value = text.strip()
    for part in parts[:-1]:
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"{key!r}: {part!r} is a value, not a table", where="--set")
        table = inner
    table[parts[-1]] = value


@dataclass(frozen=True)
class Run:
    """A training run: the model and its folder, scores, what is wrong with the labels, and items to label next."""

    model: ReportModel
    folder: Path
    scores: Mapping[str, Any]
    faults: tuple[str, ...]
    suspects: tuple[Suspect, ...]
    asked_next: tuple[str, ...]


def run_training(
    config: Training, base: Path, *, out: Path | None = None, jobs: int = 1, say: Progress = lambda _: None
) -> Run:
    """Train as ``config`` says; paths in it are taken from ``base``. ``say`` hears one line a step.

    Raises:
        FazhiError: labels, configuration or output folder are wrong; nothing is written then.
    """
    from toolkit.learn import Learning, fit_cross, second_opinion  # scikit-learn is loaded by those who train

    if out is None and not config.model:
        raise ConfigError("no folder for the model", where="model", remedy="set model in the experiment, or give -o")
    folder = out or base / config.model
    # 1
    codebook = load_codebook(base / config.data.codebook if config.data.codebook else None)
    reports_folder = base / config.data.reports if config.data.reports else shipped("labels", "reports")
    reports = load_reports(reports_folder, codebook)
    # 2
    faults = tuple(find_faults(reports, codebook))
    _list(say, "label fault", faults)
    # 3
    train = [report for report in reports if report.entry is None or report.entry.split == "train"]
    held = [report for report in reports if report.entry is not None and report.entry.split == "heldout"]
    if not train:
        raise DataError("no training reports", where=reports_folder, remedy="give reports the split 'train'")
    say(f"{len(train)} training reports, {sum(len(r.themes) for r in train)} items; {len(held)} held out")
    # 4
    chars = config.features.chars
    how = Learning(max_ngram=chars.max, min_df=chars.min_df, **config.learn.model_dump(), jobs=jobs)
    crossed = fit_cross(train, codebook.theme_ids, codebook.stage_ids, how)
    model = crossed.model
    say(f"{len(model.linear.vocabulary)} substrings, cross-fitted in {how.folds} folds of whole reports")
    items = [item for report in train for item in report.document.items]
    body = np.array([stage != NOISE for report in train for stage in report.stages])
    other = second_opinion([item.text for item in items], body, crossed)
    ids = [item.id for item in items]
    told = [ids[k] for k in np.flatnonzero(body).tolist()]  # noise carries no theme, whatever it names
    suspects = tuple(find_suspects(told, model.theme_ids, crossed.truth[body], crossed.themes[body], other[body]))
    _list(say, "perhaps mislabelled", suspects)
    # 5
    gold = Gold.of(train, model.theme_ids, model.stage_ids)
    scores = {"cross_validated": score(decide(gold, crossed.themes, crossed.stages, crossed.thresholds))}
    if held:
        scores["heldout"] = score(decide_reports(model, held))
    # 6
    about = {
        "config": config.model_dump(mode="json"),
        "names": {theme.id: {"zh": theme.zh, "en": theme.en} for theme in (*codebook.themes, *codebook.stages)},
        "data": {"reports": len(train), "items": len(crossed.truth), "sha256": fingerprint(train)},
        "scores": scores,
    }
    save_model(folder, model, about)
    say(f"model written to {folder}")
    chosen = label_next(crossed.themes, crossed.thresholds, crossed.groups)
    return Run(model, folder, scores, faults, suspects, tuple(ids[k] for k in chosen))


def _list(say: Progress, what: str, found: Sequence[object]) -> None:
    for one in found[:_SHOWN]:
        say(f"{what}: {one}")
    if len(found) > _SHOWN:
        say(f"{what}: {len(found) - _SHOWN} more")
