"""What labelled reports are worth: the learning curve, and how much each report says that others do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np

from toolkit.codebook import NOISE, Codebook
from toolkit.files import write_whole
from toolkit.labels import Labelled
from toolkit.plots import learning_curve, save
from toolkit.quality import decide_reports, score
from toolkit.words import Segmenter

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Scores of a model learned from the first ``reports`` training reports of a fixed random order."""

    reports: int
    items: int
    tested_on: str
    micro_f1: float
    low: float
    high: float
    macro_f1: float
    stage_accuracy: float


def learn_by_size(
    train: Sequence[Labelled],
    tests: Mapping[str, Sequence[Labelled]],
    codebook: Codebook,
    sizes: Sequence[int],
    *,
    seed: int = 0,
    jobs: int = 1,
    say: Say = lambda _: None,
) -> list[CurvePoint]:
    """Train on growing numbers of whole reports and score on each of ``tests``; intervals are by report.

    Raises:
        DataError: a size is smaller than the number of folds.
    """
    from toolkit.learn import Learning, fit_cross

    order = np.random.default_rng(seed).permutation(len(train))
    points = []
    for size in sorted({min(size, len(train)) for size in sizes}):
        some = [train[k] for k in sorted(order[:size])]
        items = sum(len(report.themes) for report in some)
        model = fit_cross(some, codebook.theme_ids, codebook.stage_ids, replace(Learning(), jobs=jobs)).model
        for name, reports in tests.items():
            scores = score(decide_reports(model, reports))
            low, high = scores["micro_f1_interval"]
            point = CurvePoint(
                size, items, name, scores["micro_f1"], low, high, scores["macro_f1"], scores["stage_accuracy"]
            )
            points.append(point)
            say(f"{size:3d} reports, {items:4d} items, on {name}: micro-F1 {point.micro_f1:.3f}")
    return points


def write_curve(points: Sequence[CurvePoint], folder: Path) -> list[Path]:
    """The curve as ``learning-curve.md``, ``.png``, ``.svg`` and ``.csv`` in ``folder``."""
    head = (
        "| reports | items | tested on | micro-F1 | 95 % by report | macro-F1 | stage accuracy |\n" + "|---" * 7 + "|\n"
    )
    body = "".join(
        f"| {p.reports} | {p.items} | {p.tested_on} | {p.micro_f1:.3f} | {p.low:.3f}–{p.high:.3f} "
        f"| {p.macro_f1:.3f} | {p.stage_accuracy:.3f} |\n"
        for p in points
    )
    path = folder / "learning-curve.md"
    intro = (
        "Models learned from the first n training reports of one random order, scored on reports they never saw.\n\n"
    )
    write_whole(path, ("# Learning curve\n\n" + intro + head + body).encode())
    names = list(dict.fromkeys(point.tested_on for point in points))
    by_name = {name: [point for point in points if point.tested_on == name] for name in names}
    items = [point.items for point in by_name[names[0]]]
    chart = learning_curve(
        items,
        {name: [p.micro_f1 for p in rows] for name, rows in by_name.items()},
        {name: ([p.low for p in rows], [p.high for p in rows]) for name, rows in by_name.items()},
        language="en",
    )
    drawn = (written for kind in ("png", "svg") for written in save(chart, folder / f"learning-curve.{kind}"))
    return list(dict.fromkeys([path, *drawn]))


def type_token_curve(texts: Sequence[str], segmenter: Segmenter, steps: Sequence[int]) -> dict[int, int]:
    """Distinct words among the first n words of ``texts``, for each n of ``steps`` the texts reach."""
    seen: set[str] = set()
    found: dict[int, int] = {}
    count = 0
    wanted = sorted(steps)
    for text in texts:
        for word in segmenter.cut(text):
            seen.add(word)
            count += 1
            if wanted and count == wanted[0]:
                found[wanted.pop(0)] = len(seen)
    return found


def pairwise_novelty(texts: Sequence[str], length: int = 5) -> float:
    """Mean share of a text's character n-grams that another text of the collection lacks, over all ordered pairs.

    Pairs of texts, not a text against all others: so collections of different size can stand side by side.
    """
    grams = [{text[i : i + length] for i in range(len(text) - length + 1)} for text in texts]
    grams = [found for found in grams if found]
    shares = [
        share
        for first, second in combinations(grams, 2)
        for share in (1 - len(first & second) / len(first), 1 - len(first & second) / len(second))
    ]
    return float(np.mean(shares)) if shares else 1.0


def body_text(report: Labelled) -> str:
    """The report's own words: every item that is not noise, white space taken out."""
    return "\n".join(
        "".join(item.text.split())
        for item, stage in zip(report.document.items, report.stages, strict=True)
        if stage != NOISE
    )
