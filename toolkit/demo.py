"""``fazhi demo``: the whole line once, on what is shipped, with everything it gives in one folder.

1. train a model on the shipped labels (training split);
2. classify the held-out reports, which that model has never seen;
3. fit topics on all shipped reports, without any label;
4. draw the figures and write one page to hand on;
5. say where everything stands and what was found.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from toolkit.codebook import Codebook, load_codebook
from toolkit.document import Item
from toolkit.experiment import Run, read_config, run_training
from toolkit.files import write_whole
from toolkit.labels import load_reports
from toolkit.pipeline import Row, describe, rows_of, write_jsonl
from toolkit.plots import plot_results, save, topic_terms
from toolkit.report import build_report, results_tables
from toolkit.resources import shipped
from toolkit.tables import write_xlsx
from toolkit.topics import Topics

Say = Callable[[str], None]


def demo(folder: Path, *, language: str = "zh", jobs: int = 1, say: Say = lambda _: None) -> None:
    """Run the five steps into ``folder``; ``say`` hears progress and findings, one line at a time.

    Raises:
        FazhiError: the folder cannot be written, or the shipped data are damaged.
    """
    started = time.monotonic()

    def step(number: int, line: str) -> None:
        say(f"[{number}/5 {time.monotonic() - started:4.0f} s] {line}")

    step(1, "training on the shipped labels …")  # 1
    config = shipped("experiments", "themes.toml")
    run = run_training(
        read_config(config), config.parent, out=folder / "model", jobs=jobs, say=lambda line: step(1, line)
    )
    codebook = load_codebook()
    reports = load_reports(shipped("labels", "reports"), codebook)
    held = [report for report in reports if report.entry is not None and report.entry.split == "heldout"]
    step(2, f"classifying {len(held)} reports the model has not seen …")  # 2
    rows: list[Row] = []
    facts: dict[str, dict[str, Any]] = {}
    for report in held:
        rows.extend(rows_of(report.document, run.model, evidence=True))
        entry = report.entry
        known = (
            {"year": str(entry.year), "place": entry.place, "date": entry.date, "title": entry.title} if entry else {}
        )
        facts[report.document.name] = {**describe(report.document), **known}
    write_jsonl(rows, folder / "items.jsonl")
    write_xlsx(results_tables(rows, facts, codebook, language), folder / "items.xlsx")
    step(3, "fitting seeded topics on all shipped reports, without labels …")  # 3
    topics = fit_topics([item for report in reports for item in report.document.items], codebook, language)
    step(4, "drawing …")  # 4
    written = plot_results(rows, facts, codebook, folder / "figures", language=language)
    shown = topics.top_terms(8)
    weights = [[float(topics.topics[k, topics.terms.index(term)]) for term in terms] for k, terms in enumerate(shown)]
    colours = codebook.colours()
    chart = topic_terms(
        shown, weights, list(topics.names), [colours.get(i, "#808080") for i in topics.ids], language=language
    )
    written += [path for kind in ("png", "svg") for path in save(chart, folder / "figures" / f"topic-terms.{kind}")]
    some = [report.document.name for report in held[:5]]
    share = (topics.frequency @ topics.topics.T) / max(1, topics.frequency.sum())
    named = zip(topics.ids, topics.names, topics.top_terms(10), share, strict=True)
    page = build_report(
        [row for row in rows if row["document"] in some],
        {name: facts[name] for name in some},
        codebook,
        [{"id": id_, "name": name, "terms": terms, "share": float(part)} for id_, name, terms, part in named],
        language,
    )
    write_whole(folder / "report.html", page.encode())
    step(5, f"everything is in {folder}/")  # 5
    for line in _findings(run, rows, codebook, topics, folder, written, language):
        say(line)


def fit_topics(items: Sequence[Item], codebook: Codebook, language: str = "zh") -> Topics:
    """Seeded topics of ``items``: one a theme of ``codebook``, started from its seeds, and a few free ones."""
    from toolkit.topics import TopicModel  # gensim

    seeds = {theme.id: theme.seeds for theme in codebook.themes}
    model = TopicModel(
        "seeded_lda", seeds=seeds, names=codebook.names(language), lexicon=codebook.words, stopwords=codebook.stopwords
    )
    return model.fit(items).learnt_


def _findings(
    run: Run,
    rows: Sequence[Row],
    codebook: Codebook,
    topics: Topics,
    folder: Path,
    written: Sequence[Path],
    language: str,
) -> list[str]:
    names = codebook.names(language)
    held = run.scores["heldout"]
    counts = Counter(theme["id"] for row in rows for theme in row["themes"])
    stages = Counter(row["stage"] for row in rows)
    largest = ", ".join(f"{names[theme]} {count}" for theme, count in counts.most_common(5))
    terms = topics.top_terms(4)
    order = np.argsort(-topics.frequency @ topics.topics.T, kind="stable")[:4]
    quality = f"micro-F1 {held['micro_f1']:.3f}, stage accuracy {held['stage_accuracy']:.3f} on held-out reports"
    uncertain = sum(row["uncertain"] for row in rows)
    lines = [
        f"  model      {folder / 'model'}: {quality}",
        f"  items      {folder / 'items.jsonl'}, items.xlsx: {len(rows)} items, {uncertain} uncertain",
        f"  stages     {', '.join(f'{names[stage]} {count}' for stage, count in stages.most_common())}",
        f"  themes     {largest} …",
    ]
    lines += [f"  topic      {topics.names[k]}: {' '.join(terms[k])}" for k in order]
    pictures = sorted({path.name for path in written if path.suffix == ".png"})
    lines.append(
        f"  page       {folder / 'report.html'}: five of the reports, with filter and evidence; open it in a browser"
    )
    return [*lines, f"  pictures   {folder / 'figures'}: {', '.join(pictures)}"]
