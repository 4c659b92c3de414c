"""Outside benchmarks: :class:`toolkit.ThemeClassifier` on other people's texts and labels, as a generated table.

Parameters are chosen from a grid by cross-validation on the training texts; the test texts are asked once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from toolkit.errors import ConfigError, InputError
from toolkit.evaluate import mean_row_f1
from toolkit.files import write_whole
from toolkit.jsonl import check_fields, read_rows
from toolkit.learn import ThemeClassifier, indicator
from toolkit.settings import Settings, build, read_toml

Say = Callable[[str], None]
Measure = Literal["accuracy", "row_f1"]
_NAMES = {"accuracy": "accuracy", "row_f1": "mean row F1"}
Value = bool | int | float


class Published(Settings):
    """A figure of somebody else on the same test texts, as a share."""

    name: Annotated[str, Field(min_length=1, pattern=r"^[^|\n]+$")]
    kind: Annotated[str, Field(min_length=1, pattern=r"^[^|\n]+$")]
    value: Annotated[float, Field(ge=0, le=1)]


class Benchmark(Settings):
    """``experiments/benchmarks/*.toml``: files of ``{"text","labels"}`` lines, fixed parameters, and a grid."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
    measure: Measure
    train: Annotated[tuple[str, ...], Field(min_length=1)]
    test: str
    classifier: dict[str, Value] = Field(default_factory=dict)
    grid: dict[str, Annotated[tuple[Value, ...], Field(min_length=1)]] = Field(default_factory=dict)
    published: tuple[Published, ...] = ()


@dataclass(frozen=True)
class Scored:
    """What came out: the measure for each training set, what the grid said, and the parameters taken."""

    benchmark: Benchmark
    values: tuple[float, ...]
    tried: tuple[tuple[Mapping[str, Value], float], ...]
    chosen: Mapping[str, Value]
    texts: int
    tested: int
    seconds: float

    @property
    def mean(self) -> float:
        """Mean over the training sets."""
        return float(np.mean(self.values))


def read_benchmark(path: Path) -> Benchmark:
    """The benchmark in ``path``.

    Raises:
        ConfigError: broken TOML, unknown key or wrong value, or a parameter the classifier does not have.
    """
    config = build(Benchmark, read_toml(path, ConfigError), path, ConfigError)
    known = ThemeClassifier().get_params()
    for key in (*config.classifier, *config.grid):
        if key not in known:
            raise ConfigError(f"unknown parameter {key!r}", where=path, remedy="allowed: " + ", ".join(sorted(known)))
    return config


def read_texts(path: Path) -> tuple[list[str], list[tuple[str, ...]]]:
    """Texts and labels of ``{"text","labels"}`` lines.

    Raises:
        InputError: no such file, or a line is no such row.
    """
    if not path.is_file():
        raise InputError("no benchmark data here", where=path, remedy="put the files where the TOML says")
    texts, labels = [], []
    for where, row in read_rows(path, InputError):
        check_fields(row, {"text": str, "labels": list}, where, InputError)
        texts.append(row["text"])
        labels.append(tuple(str(label) for label in row["labels"]))
    if not texts:
        raise InputError("no rows", where=path, remedy='one line a text: {"text": …, "labels": […]}')
    return texts, labels


def measured(measure: Measure, truth: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> float:
    """``row_f1``, or the share of rows whose labels are all right."""
    return mean_row_f1(truth, predicted) if measure == "row_f1" else float((truth == predicted).all(axis=1).mean())


def run_benchmark(config: Benchmark, base: Path, say: Say = lambda _: None) -> Scored:
    """Choose parameters on the first training set, learn from each, ask the test texts; paths are from ``base``.

    Raises:
        InputError: a file is missing or broken.
    """
    began = perf_counter()
    sets = [read_texts(base / name) for name in config.train]
    test, right = read_texts(base / config.test)
    tried: list[tuple[Mapping[str, Value], float]] = []
    for values in product(*config.grid.values()):
        parameters = dict(zip(config.grid, values, strict=True))
        model = _classifier(config, parameters).fit(*sets[0])
        truth = indicator(sets[0][1], list(model.classes_))
        tried.append((parameters, measured(config.measure, truth, model.out_of_fold_ > 0)))
        say(f"{config.name}: {_shown(parameters)} cross-validated {tried[-1][1]:.4f}")
    chosen = max(tried, key=lambda pair: pair[1])[0]
    found = []
    for texts, labels in sets:
        model = _classifier(config, chosen).fit(texts, labels)
        # A label that training never showed is still one to miss.
        names = sorted({str(name) for name in model.classes_} | {name for row in right for name in row})
        predicted = indicator(model.predict_themes(test), names)
        found.append(measured(config.measure, indicator(right, names), predicted))
        say(f"{config.name}: {_NAMES[config.measure]} {found[-1]:.4f}")
    count = len(sets[0][0])
    return Scored(config, tuple(found), tuple(tried), chosen, count, len(test), perf_counter() - began)


def _classifier(config: Benchmark, parameters: Mapping[str, Value]) -> ThemeClassifier:
    settings: dict[str, Any] = {**config.classifier, **parameters}
    return ThemeClassifier(**settings)


def _shown(parameters: Mapping[str, Value]) -> str:
    return ", ".join(f"{key}={str(value).lower()}" for key, value in parameters.items()) or "no grid"


def write_benchmarks(results: Sequence[Scored], path: Path) -> None:
    """The results as Markdown."""
    parts = [
        "# Other people's texts and labels\n",
        "`fazhi benchmark experiments/benchmarks/*.toml` runs `toolkit.ThemeClassifier`, parameters chosen by "
        "cross-validation on training texts alone. A supervised model against zero-shot language models is not like "
        "for like: it has seen labelled examples and they have not; pretrained models have read what it has not.\n",
    ]
    for result in results:
        config = result.benchmark
        ours = ", ".join(f"{100 * value:.1f}" for value in result.values)
        several = f" (mean of {len(result.values)}: {ours})" if len(result.values) > 1 else ""
        parts.append(f"## {config.name}\n")
        parts.append(f"{result.texts:,} training texts, {result.tested:,} test texts; {_NAMES[config.measure]}, %.\n")
        rows = [(result.mean, f"| **ours**{several} | supervised | **{100 * result.mean:.2f}** |")]
        rows += [(one.value, f"| {one.name} | {one.kind} | {100 * one.value:.2f} |") for one in config.published]
        ranked = [row for _, row in sorted(rows, key=lambda pair: -pair[0])]
        parts.append("\n".join(["| what | how | % |", "|---|---|---|", *ranked]) + "\n")
        fixed = f"Fixed: {_shown(config.classifier)}. " if config.classifier else ""
        parts.append(f"{fixed}Chosen: {_shown(result.chosen)}. {result.seconds:.0f} s in all.\n")
        grid = [f"| {_shown(parameters)} | {100 * value:.2f} |" for parameters, value in result.tried]
        parts.append("\n".join(["| tried | cross-validated, % |", "|---|---|", *grid]) + "\n")
    write_whole(path, "\n".join(parts).encode())
