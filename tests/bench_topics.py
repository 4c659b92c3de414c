"""Topics beside their peers, in one process: ``python -m tests.bench_topics [SHARED]`` prints two tables as Markdown.

1. Government reports (``benchmarks/government_reports``), preprocessing and number of topics as its README states:
   coherence and diversity of the first ten words, and seconds to fit.
2. Seeded topics, fitted on the labelled reports without a label, compared with labels afterwards: how often the largest
   seeded topic is one of an item's themes.

tomotopy is needed here only (``pip install tomotopy``); without it its rows are left out.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from toolkit import coherence as measures
from toolkit.codebook import load_codebook
from toolkit.labels import load_gold, load_reports
from toolkit.resources import shipped
from toolkit.topics import TopicModel, corpus_of_labelled, seeds_of
from toolkit.topics.bag import Bag, counts
from toolkit.topics.seeding import seed_table
from toolkit.words import Segmenter

TOPICS, WORDS = 30, 10
FREE = 6
Words = list[list[str]]


def government_reports(shared: Path) -> Words:
    """jieba words of two hanzi and more, of the paragraphs of over 30 characters."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    rows: Words = []
    for name in ("central.jsonl", "provincial_2026.jsonl"):
        for line in (shared / "benchmarks" / "government_reports" / name).read_text("utf-8").splitlines():
            text = json.loads(line)["text"]
            if len(text) > 30:
                rows.append([word for word in jieba.cut(text) if re.fullmatch("[\u4e00-\u9fff]{2,}", word)])
    return rows


def unseeded(rows: Words) -> list[tuple[str, list[list[str]], float]]:
    """(name, first words, seconds) of every model."""
    from gensim.corpora import Dictionary
    from gensim.models import LdaModel
    from sklearn.decomposition import NMF
    from sklearn.feature_extraction.text import TfidfVectorizer

    dictionary = Dictionary(rows)
    dictionary.filter_extremes(no_below=5, no_above=0.2, keep_n=None)
    bags = [dictionary.doc2bow(row) for row in rows]
    kept = [[word for word in row if word in dictionary.token2id] for row in rows]

    def gensim(**options: Any) -> list[list[str]]:
        model = LdaModel(bags, num_topics=TOPICS, id2word=dictionary, random_state=0, **options)
        return [[word for word, _ in model.show_topic(k, WORDS)] for k in range(TOPICS)]

    def tomotopy() -> list[list[str]]:
        import tomotopy as tp

        model: Any = tp.LDAModel(k=TOPICS, alpha=0.1, eta=0.01, seed=0)
        for row in kept:
            if row:
                model.add_doc(row)
        model.train(500)
        return [[word for word, _ in model.get_topic_words(k, top_n=WORDS)] for k in range(TOPICS)]

    def nmf() -> list[list[str]]:
        vectors = TfidfVectorizer(analyzer=lambda row: row, sublinear_tf=True)
        matrix = vectors.fit_transform(kept)
        topics = NMF(TOPICS, init="nndsvda", random_state=0, max_iter=400).fit(matrix).components_
        terms = vectors.get_feature_names_out()
        return [[str(terms[i]) for i in np.argsort(-row)[:WORDS]] for row in topics]

    def ours(kind: Any) -> list[list[str]]:
        return TopicModel(kind, TOPICS, min_df=5, max_df=0.2).fit(rows).top_terms(WORDS)

    plans: list[tuple[str, Callable[[], list[list[str]]]]] = [
        ("gensim LdaModel, defaults", gensim),
        ("gensim LdaModel, 20 passes, learned priors", lambda: gensim(passes=20, alpha="auto", eta="auto")),
        ("scikit-learn NMF, sublinear TF-IDF", nmf),
    ]
    if find_spec("tomotopy"):
        plans.append(("tomotopy LDA, 500 iterations", tomotopy))
    plans += [(f"toolkit {kind}", lambda kind=kind: ours(kind)) for kind in ("lda", "nmf", "kmeans")]
    results = []
    for name, fit in plans:
        start = time.perf_counter()
        tops = fit()
        results.append((name, tops, time.perf_counter() - start))
    return results


def seeded(shared: Path) -> list[tuple[str, float, float, float]]:
    """(name, hits on the labelled reports, hits on the real reports, seeds kept) of every way to seed."""
    codebook = load_codebook()
    seeds = seeds_of(codebook)
    ids = list(seeds)
    corpus = corpus_of_labelled(load_reports(shipped("labels", "reports"), codebook))
    gold = corpus_of_labelled([load_gold(path, codebook) for path in sorted((shared / "reports").glob("*.gold.jsonl"))])
    bag = Bag(Segmenter(codebook.words), codebook.stopwords, (word for words in seeds.values() for word in words))
    words, real = ([bag.words(item) for item in part.items] for part in (corpus, gold))
    truth = [part.label_matrix(ids) for part in (corpus, gold)]
    model = TopicModel("seeded_lda", seeds=seeds, names=codebook.names(), stopwords=codebook.stopwords).fit(words)
    found = model.learnt_
    matrices = [counts(rows, found.index) for rows in (words, real)]
    table = seed_table(seeds, found.index)
    marks = table.matrix(len(ids) + FREE, len(found.terms)).toarray()
    known = set(found.terms)

    def row(name: str, shares: Sequence[np.ndarray], tops: Sequence[Sequence[str]]) -> tuple[str, float, float, float]:
        hits = [measures.hits(part[:, : len(ids)], labels) for part, labels in zip(shares, truth, strict=True)]
        kept = measures.adherence(tops[: len(ids)], ids, seeds, known) if tops else {}
        return name, *hits, float(np.mean(list(kept.values()))) if kept else float("nan")

    rows = [row("plain count of the seeds", [matrix @ marks[: len(ids)].T for matrix in matrices], [])]
    rows += [
        row(f"gensim eta only, boost {boost}", *_eta_only(matrices, found.terms, marks, boost)) for boost in (1, 50)
    ]
    if find_spec("tomotopy"):
        rows.append(row("tomotopy word priors", *_word_priors([words, real], found.index, marks)))
    plain = TopicModel(
        "seeded_lda", seeds=seeds, names=codebook.names(), stopwords=codebook.stopwords, seed_weight=0.0
    ).fit(words)
    for name, fitted in (("toolkit seeded_lda, shares alone", plain), ("toolkit seeded_lda", model)):
        shares = [fitted.learnt_.transform_counts(matrix) for matrix in matrices]
        rows.append(row(name, shares, fitted.top_terms(30)))
    return rows


def _eta_only(
    matrices: Sequence[Any], terms: Sequence[str], marks: np.ndarray, boost: float
) -> tuple[list[np.ndarray], list[list[str]]]:
    from gensim.matutils import Sparse2Corpus
    from gensim.models import LdaModel

    bags = [Sparse2Corpus(matrix, documents_columns=False) for matrix in matrices]
    model: Any = LdaModel(
        bags[0],
        num_topics=len(marks),
        id2word=dict(enumerate(terms)),
        eta=0.01 + boost * marks,
        random_state=0,
        passes=5,
    )
    shares = []
    for bag in bags:
        gamma, _ = model.inference(list(bag))
        shares.append(gamma / gamma.sum(axis=1, keepdims=True))
    return shares, [[terms[i] for i in np.argsort(-row)[:30]] for row in model.get_topics()]


def _word_priors(
    texts: Sequence[Words], index: dict[str, int], marks: np.ndarray
) -> tuple[list[np.ndarray], list[list[str]]]:
    import tomotopy as tp

    model: Any = tp.LDAModel(k=len(marks), alpha=0.1, eta=0.01, seed=0)
    for word, column in index.items():
        if marks[:, column].any():
            model.set_word_prior(word, [1.0 if mark else 0.01 for mark in marks[:, column]])
    for row in texts[0]:
        if kept := [word for word in row if word in index]:
            model.add_doc(kept)
    model.train(500)
    shares = []
    for part in texts:
        result = np.zeros((len(part), len(marks)))
        for place, row in enumerate(part):
            if kept := [word for word in row if word in index]:
                result[place] = model.infer(model.make_doc(kept))[0]
        shares.append(result)
    return shares, [[word for word, _ in model.get_topic_words(k, top_n=30)] for k in range(len(marks))]


def main(argv: Sequence[str] | None = None) -> int:
    """Run both benchmarks and print them."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    shared = Path(arguments[0]) if arguments else Path(__file__).resolve().parents[2] / "shared"
    out = sys.stdout.write
    rows = government_reports(shared)
    out(f"{len(rows):,} paragraphs, {TOPICS} topics, first {WORDS} words\n\n")
    out("| model | NPMI | c_v | diversity | seconds |\n|---|---|---|---|---|\n")
    for name, tops, seconds in unseeded(rows):
        npmi, c_v = (float(np.nanmean(measures.coherence(tops, rows, measure))) for measure in ("c_npmi", "c_v"))
        out(f"| {name} | {npmi:.3f} | {c_v:.3f} | {measures.diversity(tops):.2f} | {seconds:.1f} |\n")
    out("\n| seeding | labelled reports | real reports | seeds in first 30 words |\n|---|---|---|---|\n")
    for name, own, real, kept in seeded(shared):
        out(f"| {name} | {own:.3f} | {real:.3f} | {kept:.2f} |\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
