"""Topics written down: the model folder, tables as JSON, CSV and XLSX, figures."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from toolkit.codebook import Codebook, load_codebook
from toolkit.document import Item
from toolkit.errors import LabelsError, ModelError
from toolkit.labels import load_reports
from toolkit.plots.groups import topic_shares
from toolkit.plots.heat import heat, topic_alignment
from toolkit.plots.lines import topic_sweep
from toolkit.plots.style import save
from toolkit.plots.themes import document_topics
from toolkit.plots.topics import topic_terms
from toolkit.resources import shipped
from toolkit.store import ANEW, load_arrays, save_arrays
from toolkit.summary import distinct, document_labels, say
from toolkit.tables import Cell, Table, write_csv, write_whole, write_xlsx
from toolkit.topics import Topics, TopicsConfig, TopicsRun, corpus_of_labelled, run_topics

KIND = "topic-model"
_GROUPS = {
    "report": ("文件", "report"),
    "place": ("地区", "place"),
    "year": ("年份", "year"),
    "stage": ("阶段", "stage"),
}
_OTHER = "#4c78a8"  # of a topic that is no theme
_FEW_GROUPS = 5  # groups whose names stand below a panel; of more a heat map is drawn


def save_topics(folder: Path, topics: Topics, about: Mapping[str, Any] | None = None) -> None:
    """Write ``topics`` as a model folder: a manifest and plain arrays; ``about`` joins the manifest."""
    arrays, meta = topics.to_arrays()
    save_arrays(folder, KIND, arrays, {**meta, "segmenter": topics.segmenter.fingerprint, **(about or {})})


def load_topics(folder: str | Path | None = None) -> Topics:
    """The topics in ``folder``, by default the shipped ``models/topics``.

    Raises:
        ModelError: no topic model, another format, a file that was changed, shapes that don't fit; or words are cut
            otherwise here than when it was learnt.
    """
    folder = shipped("models", "topics") if folder is None else Path(folder)
    arrays, manifest = load_arrays(folder, KIND)
    topics = Topics.from_arrays(arrays, manifest)
    try:
        learnt, here = manifest.get("segmenter"), topics.segmenter.fingerprint
    except LabelsError as problem:
        raise ModelError(problem.what, where=folder, remedy=ANEW) from None
    if not isinstance(learnt, dict) or any(learnt.get(key) != here[key] for key in ("lexicon", "words")):
        raise ModelError(f"learnt over words of {_named(learnt)}, this is {_named(here)}", where=folder, remedy=ANEW)
    return topics


def _named(segmenter: object) -> str:
    """A segmenter's fingerprint in a line."""
    if not isinstance(segmenter, dict):
        return "an unknown segmenter"
    engine, lexicon, words = (str(segmenter.get(key))[:40] for key in ("engine", "lexicon", "words"))
    return f"{engine} (lexicon {lexicon}, words {words})"


def page_topics(items: Sequence[Item], folder: Path | None = None) -> list[dict[str, Any]]:
    """``{"id","name","terms","share"}`` a stored topic, as the report page takes them: shares in ``items``."""
    topics = load_topics(folder)
    shares = topics.transform(list(items))
    filled = shares[shares.sum(axis=1) > 0]
    totals = filled.mean(axis=0) if len(filled) else np.zeros(len(topics.ids))
    named = enumerate(zip(topics.ids, topics.names, topics.top_terms(10), strict=True))
    return [{"id": id_, "name": name, "terms": terms, "share": float(totals[k])} for k, (id_, name, terms) in named]


def train_topics(config: TopicsConfig, folder: Path, codebook: Codebook | None = None, **options: Any) -> TopicsRun:
    """Fit on the shipped reports, write the model to ``folder`` with its configuration and scores.

    Labels are compared with afterwards and never fitted on. ``options`` go to :func:`run_topics`.
    """
    codebook = codebook or load_codebook()
    run = run_topics(
        corpus_of_labelled(load_reports(shipped("labels", "reports"), codebook)), codebook, config, **options
    )
    save_topics(folder, run.topics, about(run))
    return run


def about(run: TopicsRun) -> dict[str, Any]:
    """What a manifest says of a run: configuration, notes, data, scores."""
    return {
        "config": run.config.model_dump(mode="json"),
        "notes": list(run.notes),
        "n_items": len(run.corpus.items),
        "n_reports": len(set(run.corpus.reports)),
        "scores": _plain(_scores(run)),
    }


def save_run(
    run: TopicsRun, folder: Path, codebook: Codebook | None = None, *, language: str = "zh", figures: bool = True
) -> list[Path]:
    """Everything ``run`` found, into ``folder``: ``topics.json``, ``items.jsonl``, CSV files, ``topics.xlsx``, figures.

    Gives the files written, each whole or not at all.
    """
    written: list[Path] = []
    path = folder / "topics.json"
    text = json.dumps(as_json(run), ensure_ascii=False, indent=1) + "\n"
    write_whole(path, text.encode())
    written.append(path)
    path = folder / "items.jsonl"
    write_whole(path, "".join(json.dumps(row.row(), ensure_ascii=False) + "\n" for row in run.rows()).encode())
    written.append(path)
    tables = run_tables(run, language)
    for name, table in tables.items():
        write_csv(table, folder / f"{name}.csv")
        written.append(folder / f"{name}.csv")
    write_xlsx(list(tables.values()), folder / "topics.xlsx")
    written.append(folder / "topics.xlsx")
    for name, chart in _charts(run, codebook, language) if figures else ():
        for kind in ("png", "svg"):
            written += save(chart, folder / f"{name}.{kind}")
    return list(dict.fromkeys(written))


def as_json(run: TopicsRun) -> dict[str, Any]:
    """All results as a value JSON can hold; what does not apply is ``null``."""
    tops, totals = run.topics.top_terms(20), run.totals()
    return _plain(
        {
            **about(run),
            "topics": [
                {
                    "id": id_,
                    "name": name,
                    "share": float(totals[k]),
                    "terms": tops[k],
                    "quality": vars(run.quality.topics[k]) if run.quality else None,
                    "passages": [vars(passage) for passage in run.passages if passage.topic == id_],
                }
                for k, (id_, name) in enumerate(zip(run.topics.ids, run.topics.names, strict=True))
            ],
            "groups": {
                by: [
                    {
                        "name": group,
                        "items": int(found.items[g]),
                        "reports": int(found.reports[g]),
                        "share": found.mean[g].tolist(),
                        "low": found.low[g].tolist(),
                        "high": found.high[g].tolist(),
                    }
                    for g, group in enumerate(found.groups)
                ]
                for by, found in run.groups.items()
            },
            "seeds": [vars(use) for use in run.seeds],
            "new_terms": [vars(new) for new in run.new_terms],
            "sweep": {
                "best": run.sweep.best,
                "advice": run.sweep.advice,
                "tried": [vars(tried) for tried in run.sweep.candidates],
            }
            if run.sweep
            else None,
        }
    )


def run_tables(run: TopicsRun, language: str = "zh") -> dict[str, Table]:
    """File name → table: topics, terms, shares, items, passages, seeds, new terms, sweep."""

    def columns(zh: str, en: str) -> tuple[str, ...]:
        return tuple(head.replace("_", " ") for head in say(language, zh, en).split())

    topics, corpus, totals = run.topics, run.corpus, run.totals()
    called = dict(zip(topics.ids, topics.names, strict=True))
    tops = topics.top_terms(30)
    seeds = set(zip(topics.seed_topics.tolist(), topics.seed_terms.tolist(), strict=True))
    heads = columns("话题代码 话题 份额 词语", "Id Topic Share Terms")
    rows: list[tuple[Cell, ...]] = [
        (id_, called[id_], float(totals[k]), "、".join(tops[k][:15])) for k, id_ in enumerate(topics.ids)
    ]
    if run.quality:
        heads += columns(
            "NPMI c_v 专属性 稳定性 种子保留 最近主题 接近度",
            "NPMI c_v Exclusivity Stability Seeds_kept Theme Alignment",
        )
        rows = [
            (*row, q.npmi, q.c_v, q.exclusivity, q.stability, q.adherence, q.theme, q.alignment)
            for row, q in zip(rows, run.quality.topics, strict=True)
        ]
    yes = say(language, "是", "yes")
    tables = {"topics": Table(say(language, "话题", "Topics"), heads, tuple(rows), frozenset(heads[2:3]))}
    tables["terms"] = Table(
        say(language, "词语", "Terms"),
        columns("话题代码 话题 次序 词语 概率 种子", "Id Topic Rank Term Probability Seed"),
        tuple(
            (id_, called[id_], rank, term, float(topics.topics[k, column]), yes if (k, column) in seeds else "")
            for k, id_ in enumerate(topics.ids)
            for rank, term in enumerate(tops[k], 1)
            for column in (topics.index[term],)
        ),
    )
    heads = columns(
        "分组 组 话题代码 话题 份额 下限 上限 条目数 文件数", "By Group Id Topic Share Low High Items Reports"
    )
    tables["shares"] = Table(
        say(language, "份额", "Shares"),
        heads,
        tuple(
            (
                say(language, *_GROUPS[by]),
                group,
                id_,
                called[id_],
                *(float(part[g, k]) for part in (found.mean, found.low, found.high)),
                int(found.items[g]),
                int(found.reports[g]),
            )
            for by, found in run.groups.items()
            for g, group in enumerate(found.groups)
            for k, id_ in enumerate(topics.ids)
        ),
        frozenset(heads[4:7]),
    )
    heads = columns(
        "文件 编号 标题路径 文本 话题代码 话题 份额 其他话题 无词",
        "Report Id Headings Text Topic_id Topic Share Others Empty",
    )
    body: list[tuple[Cell, ...]] = []
    for report, item, found in zip(corpus.reports, corpus.items, run.rows(), strict=True):
        first: tuple[Cell, ...] = found.topics[0] if found.topics else ("", "", None)
        others = "；".join(f"{name} {share:.0%}" for _, name, share in found.topics[1:4])
        path = " › ".join(item.headings)
        body.append((report, item.id, path, item.text, *first, others, yes if found.empty else ""))
    tables["items"] = Table(say(language, "条目", "Items"), heads, tuple(body), frozenset(heads[6:7]))
    heads = columns("话题代码 话题 文件 编号 标题路径 文本 份额", "Id Topic Report Item Headings Text Share")
    tables["passages"] = Table(
        say(language, "代表段落", "Passages"),
        heads,
        tuple(
            (p.topic, called[p.topic], p.report, p.item, " › ".join(p.headings), p.text, p.share) for p in run.passages
        ),
        frozenset(heads[6:7]),
    )
    tables["seeds"] = Table(
        say(language, "种子词", "Seeds"),
        columns("主题代码 种子词 次数 条目数 文件数 被拉向", "Theme Seed Count Items Reports Pulls_to"),
        tuple(
            (u.theme, u.seed, u.count, u.items, u.reports, "；".join(f"{t} {s:.0%}" for t, s in u.pulls if s >= 0.2))
            for u in run.seeds
        ),
    )
    tables["new-terms"] = Table(
        say(language, "新词建议", "New terms"),
        columns(
            "词 首见年份 次数 文件数 地区数 分数 现切分 各年",
            "Term First_year Count Reports Places Score Words By_year",
        ),
        tuple(
            (n.term, n.year, n.count, n.reports, n.places, n.score, " ".join(n.words), _years(n.by_year))
            for n in run.new_terms
        ),
    )
    if run.sweep:
        tables["sweep"] = Table(
            say(language, "话题数", "Number of topics"),
            columns(
                "话题数 NPMI c_v 多样性 专属性 稳定性 主题数 拆分 建议",
                "Topics NPMI c_v Diversity Exclusivity Stability Themes Split Advice",
            ),
            tuple(
                (
                    c.n_topics,
                    c.npmi,
                    c.c_v,
                    c.diversity,
                    c.exclusivity,
                    c.stability,
                    c.themes,
                    "、".join(c.split),
                    run.sweep.advice if c.n_topics == run.sweep.best else "",
                )
                for c in run.sweep.candidates
            ),
        )
    return tables


def _charts(run: TopicsRun, codebook: Codebook | None, language: str) -> list[tuple[str, Any]]:
    topics = run.topics
    known = codebook.colours() if codebook else {}
    colours = distinct([known.get(id_, _OTHER) for id_ in topics.ids])
    tops = topics.top_terms(8)
    weights = [[float(topics.topics[k, topics.index[term]]) for term in terms] for k, terms in enumerate(tops)]
    charts = [("topic-terms", topic_terms(tops, weights, topics.names, colours, language=language))]
    for by, found in run.groups.items():
        if by == "report":
            drawn = document_topics(found.mean, document_labels(found.groups), topics.names, colours, language=language)
            charts.append(("document-topics", drawn))
        elif len(found.groups) > 1:
            title = say(language, f"各话题份额：按{_GROUPS[by][0]}", f"Shares of topics by {by}")
            if by == "year" or len(found.groups) <= _FEW_GROUPS:
                parts = (found.mean, found.low, found.high, found.groups, topics.names, colours)
                drawn = topic_shares(*parts, language=language, title=title, connected=by == "year")
            else:
                order = np.argsort(-run.totals(), kind="stable")
                heads = (say(language, *_GROUPS[by]), *say(language, "话题 份额", "Topic Share").split())
                names = [topics.names[k] for k in order]
                cells = found.mean[:, order]
                drawn = heat(cells, found.groups, names, heads=heads, title=title, language=language, scale=100)
            charts.append((f"topics-by-{by}", drawn))
    if codebook and run.corpus.labels:
        aligned = run.shares.T @ run.corpus.label_matrix(codebook.theme_ids)
        called = [codebook.names(language)[theme] for theme in codebook.theme_ids]
        charts.append(("topic-alignment", topic_alignment(aligned, topics.names, called, language=language)))
    if run.sweep:
        tried = run.sweep.candidates
        names = ("npmi", "c_v", "diversity", "exclusivity", "stability")
        measures = {name: [float(getattr(c, name)) for c in tried] for name in names}
        numbers = [c.n_topics for c in tried]
        charts.append(("topic-number", topic_sweep(numbers, measures, recommended=run.sweep.best, language=language)))
    return charts


def _scores(run: TopicsRun) -> dict[str, float]:
    return {name: value for name, value in vars(run.quality).items() if isinstance(value, float)} if run.quality else {}


def _years(by_year: Sequence[tuple[str, int]]) -> str:
    return " ".join(f"{year}:{count}" for year, count in by_year)


def _plain(value: Any) -> Any:
    """``value`` with NaN as ``None`` and floats short: JSON has no NaN."""
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
