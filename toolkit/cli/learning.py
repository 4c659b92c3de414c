"""Commands over labels and models: demo, train, evaluate, labels, export."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.cli.terminal import say, show, show_json

if TYPE_CHECKING:
    from toolkit.codebook import Codebook
    from toolkit.labels import Labelled


def run_demo(arguments: argparse.Namespace) -> None:
    from toolkit.demo import demo

    demo(Path(arguments.output), language=arguments.language, jobs=arguments.jobs, say=say)


def run_train(arguments: argparse.Namespace) -> None:
    from toolkit.experiment import read_config, run_training

    path = Path(arguments.config)
    config = read_config(path, arguments.set)
    run = run_training(
        config,
        path.resolve().parent,
        out=Path(arguments.output) if arguments.output else None,
        jobs=arguments.jobs,
        say=say,
    )
    for name, scores in run.scores.items():
        low, high = scores["micro_f1_interval"]
        stage = f", stage accuracy {scores['stage_accuracy']:.3f}" if "stage_accuracy" in scores else ""
        show(
            f"{name}: micro-F1 {scores['micro_f1']:.3f} ({low:.3f}–{high:.3f}), macro-F1 {scores['macro_f1']:.3f}"
            f"{stage}, calibration error {scores['calibration_error']:.3f}"
        )
    show(f"label next: {', '.join(run.asked_next)}")


def run_evaluate(arguments: argparse.Namespace) -> None:
    from toolkit.codebook import load_codebook
    from toolkit.labels import load_gold
    from toolkit.quality import decide_reports, score
    from toolkit.store import load_model, read_names

    model = load_model(arguments.model)
    codebook = load_codebook(Path(arguments.codebook) if arguments.codebook else None)
    gold = [load_gold(Path(path), codebook) for path in arguments.gold]
    decided = decide_reports(model, gold)
    scores = score(decided)
    names = read_names(arguments.model, arguments.language)
    if arguments.output:
        from toolkit.plots import quality_charts, save

        arrays = (decided.probabilities, decided.predicted, decided.gold.truth, decided.confidence)
        called = [names.get(theme, theme) for theme in model.theme_ids]
        for name, chart in quality_charts(*arrays, called, language=arguments.language):
            for kind in ("png", "svg"):
                save(chart, Path(arguments.output) / f"{name}.{kind}")
        say(f"reliability, coverage and confusion → {arguments.output}/")
    if arguments.json:
        show_json(json.dumps(scores, ensure_ascii=False, indent=1) + "\n")
        return
    low, high = scores["micro_f1_interval"]
    show(f"items {scores['items']}")
    show(f"micro-F1 {scores['micro_f1']:.3f}  (95 % by report {low:.3f}–{high:.3f})")
    show(f"macro-F1 {scores['macro_f1']:.3f}  over the themes present")
    if "stage_accuracy" in scores:
        show(f"stage accuracy {scores['stage_accuracy']:.3f}")
    show(f"expected calibration error {scores['calibration_error']:.3f}")
    show(f"{'theme':26} {'precision':>9} {'recall':>7} {'F1':>6} {'items':>6}")
    for theme, quality in scores["themes"].items():
        figures = f"{quality['precision']:9.3f} {quality['recall']:7.3f} {quality['f1']:6.3f} {quality['support']:6d}"
        show(f"{theme:26} {figures}  {names.get(theme, '')}")


def run_labels(arguments: argparse.Namespace) -> None:
    from toolkit.codebook import load_codebook
    from toolkit.labels import load_gold, load_reports
    from toolkit.resources import shipped

    codebook = load_codebook(Path(arguments.codebook) if arguments.codebook else None)
    reports = load_reports(Path(arguments.folder) if arguments.folder else shipped("labels", "reports"), codebook)
    beside = {path: load_gold(Path(path), codebook) for path in arguments.beside}
    if arguments.action == "curve":
        from toolkit.curves import learn_by_size, write_curve

        sides = {side: [r for r in reports if r.entry and r.entry.split == side] for side in ("train", "heldout")}
        tests = {"held-out reports": sides["heldout"]} | (
            {"development reports": list(beside.values())} if beside else {}
        )
        sizes = [*range(10, len(sides["train"]), 10), len(sides["train"])]
        points = learn_by_size(sides["train"], tests, codebook, sizes, jobs=arguments.jobs, say=say)
        for path in write_curve(points, Path(arguments.output)):
            show(str(path))
        return
    _check_labels(reports, beside, codebook)


def _check_labels(reports: Sequence[Labelled], beside: dict[str, Labelled], codebook: Codebook) -> None:
    from toolkit.curves import body_text, pairwise_novelty, type_token_curve
    from toolkit.diagnose import find_faults
    from toolkit.words import Segmenter

    count = sum(len(report.themes) for report in reports)
    show(f"{len(reports)} reports, {count} items, every span, id, stage and theme valid")
    for stage in codebook.stage_ids:
        show(f"  {stage:24} {sum(report.stages.count(stage) for report in reports):5d} items")
    for theme in codebook.themes:
        within = [sum(theme.id in found for found in report.themes) for report in reports]
        show(f"  {theme.id:24} {sum(within):5d} items in {sum(n > 0 for n in within):3d} reports  {theme.zh}")
    segmenter = Segmenter(codebook.words)
    for name, group in {"these reports": list(reports), "beside them": list(beside.values())}.items():
        if group:
            texts = [body_text(report) for report in group]
            types = type_token_curve(texts, segmenter, (1000, 2000, 5000, 10000, 20000, 50000, 100000))
            words = ", ".join(f"{types[n]:,} in {n:,}" for n in types)
            show(f"{name}: distinct words {words}; 5-grams another report lacks {pairwise_novelty(texts):.1%}")
    for fault in find_faults(reports, codebook):
        show(f"fault: {fault}")


def run_compare(arguments: argparse.Namespace) -> None:
    from toolkit.codebook import load_codebook
    from toolkit.compare import compare, read_comparison, write_results
    from toolkit.labels import load_gold

    path = Path(arguments.config)
    config = read_comparison(path)
    base = path.resolve().parent
    codebook = load_codebook(base / config.data.codebook if config.data.codebook else None)
    gold = [load_gold(Path(name), codebook) for name in arguments.gold]
    results = compare(config, base, gold, say=say)
    for written in write_results(results, Path(arguments.output) if arguments.output else path.parent):
        show(str(written))


def run_benchmark(arguments: argparse.Namespace) -> None:
    from toolkit.benchmark import read_benchmark, run_benchmark, write_benchmarks

    paths = [Path(name) for name in arguments.configs]
    configs = [read_benchmark(path) for path in paths]
    results = [run_benchmark(config, path.resolve().parent, say) for config, path in zip(configs, paths, strict=True)]
    for result in results:
        show(f"{result.benchmark.name}: {result.benchmark.measure} {result.mean:.4f}")
    if arguments.output:
        write_benchmarks(results, Path(arguments.output))
        show(arguments.output)


def run_export(arguments: argparse.Namespace) -> None:
    from toolkit.experiment import read_config
    from toolkit.export import export_sklearn

    path = Path(arguments.config)
    note = export_sklearn(read_config(path), path.resolve().parent, Path(arguments.output))
    show(f"{len(note['themes'])} themes learned from {note['items']} items → {arguments.output}")
    show(note["warning"])
