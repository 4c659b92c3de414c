"""The whole run: rows, shares with intervals, new terms, passages, quality in one call, the number of topics."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from tests.test_topics import NAMES, SEEDS, TEXTS, THEMES, model
from toolkit.codebook import Codebook, Theme
from toolkit.document import Document, Found, Item
from toolkit.errors import ConfigError, DataError
from toolkit.topics import (
    TopicCorpus,
    TopicsRun,
    corpus_of_documents,
    read_topics_config,
    run_topics,
    topics_config,
    topics_for_items,
)
from toolkit.topics.newterms import new_terms
from toolkit.topics.quality import judge
from toolkit.topics.seeding import check_seeds
from toolkit.topics.shares import group_shares
from toolkit.topics.sweep import Candidate, recommend, sweep
from toolkit.words import Segmenter

SMALL = {"topics": 4, "words": {"min_df": 1, "max_df": 0.5}, "judge": {"refits": 1, "draws": 50, "sweep": [4, 5]}}


def items_of(texts: list[str]) -> tuple[Item, ...]:
    return tuple(
        Item(f"{n:03}", 0, len(text), text, "paragraph", 1, ("一、主要工作",)) for n, text in enumerate(texts, 1)
    )


@pytest.fixture(scope="module")
def corpus() -> TopicCorpus:
    texts = [*TEXTS, ""]
    n = len(texts)
    return TopicCorpus(
        items=items_of(texts),
        reports=tuple(f"r{i // 7}" for i in range(n)),
        places=tuple("澄江县" if i // 7 % 2 else "平湖区" for i in range(n)),
        years=tuple("2022" if i < 28 else "2023" for i in range(n)),
        stages=tuple("achievement" for _ in range(n)),
        labels=(*((theme,) for theme in THEMES), ()),
    )


@pytest.fixture(scope="module")
def small_codebook() -> Codebook:
    themes = [Theme(id=id_, zh=NAMES[id_], en=id_, seeds=tuple(seeds)) for id_, seeds in SEEDS.items()]
    return Codebook(tuple(themes))


@pytest.fixture(scope="module")
def run(corpus: TopicCorpus, small_codebook: Codebook) -> TopicsRun:
    return run_topics(corpus, small_codebook, topics_config(SMALL))


def test_a_row_an_item_in_order_largest_share_first(run: TopicsRun, corpus: TopicCorpus) -> None:
    rows = [row.row() for row in run.rows()]
    assert [row["id"] for row in rows] == [item.id for item in corpus.items]
    assert rows[0]["topics"][0]["id"] == THEMES[0]
    assert rows[0]["topics"][0]["name"] == NAMES[THEMES[0]]
    for row in rows:
        found = [topic["share"] for topic in row["topics"]]
        assert found == sorted(found, reverse=True)
    assert json.loads(json.dumps(rows)) == rows


def test_an_empty_item_is_a_marked_row(run: TopicsRun) -> None:
    assert run.rows()[-1].row() == {"id": "049", "topics": [], "empty": True}
    rows = topics_for_items(run.topics, items_of(["", TEXTS[0]]))
    assert [row.empty for row in rows] == [True, False]


def test_quality_has_every_criterion_in_one_call(run: TopicsRun) -> None:
    quality = run.quality
    assert quality.hits == 1.0
    assert quality.adherence == 1.0
    assert quality.agreement == 1.0
    assert 0.9 < quality.stability <= 1.0
    assert [topic.theme for topic in quality.topics[:3]] == list(SEEDS)
    assert not any(
        math.isnan(value) for value in (quality.npmi, quality.c_v, quality.bootstrap, quality.word_stability)
    )


def test_labels_change_nothing_that_is_fitted(corpus: TopicCorpus, small_codebook: Codebook, run: TopicsRun) -> None:
    shuffled = TopicCorpus(
        corpus.items, corpus.reports, corpus.places, corpus.years, corpus.stages, corpus.labels[::-1]
    )
    again = run_topics(shuffled, small_codebook, topics_config(SMALL), judge=False)
    assert again.shares.tobytes() == run.shares.tobytes()


def test_quality_does_not_depend_on_the_number_of_processes() -> None:
    fitted = model().fit(TEXTS)
    words = [fitted.learnt_.bag.words(text) for text in TEXTS]
    # As text: NaN, of a criterion that does not apply, is not equal to itself.
    assert str(judge(fitted, words, refits=1, jobs=1)) == str(judge(fitted, words, refits=1, jobs=2))


def test_an_unseeded_run_with_fewer_topics_than_themes_is_judged_too(
    corpus: TopicCorpus, small_codebook: Codebook
) -> None:
    config = {"kind": "nmf", "topics": 2, "words": {"min_df": 1, "max_df": 0.5}, "judge": {"refits": 1, "draws": 10}}
    found = run_topics(corpus, small_codebook, topics_config(config))
    assert found.topics.ids == ("topic_01", "topic_02")
    assert math.isnan(found.quality.hits)
    assert {topic.theme for topic in found.quality.topics} <= {*SEEDS, ""}


def test_passages_come_from_different_reports_with_their_heading(run: TopicsRun) -> None:
    for topic in SEEDS:
        passages = [passage for passage in run.passages if passage.topic == topic]
        assert len({passage.report for passage in passages}) == len(passages) == 3
        assert passages[0].headings == ("一、主要工作",)
        assert all(THEMES[passage.row] == topic for passage in passages)


# Shares of groups


def test_shares_of_groups_are_means_over_items_with_words() -> None:
    shares = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [1.0, 0.0]])
    found = group_shares(shares, ["甲", "甲", "甲", "乙"], ["r1", "r2", "r2", "r3"], draws=200)
    assert found.groups == ("乙", "甲")
    np.testing.assert_allclose(found.mean, [[1.0, 0.0], [0.5, 0.5]])
    assert found.items.tolist() == [1, 2]
    assert np.isnan(found.low[0]).all()
    assert (found.low[1] <= found.mean[1]).all()
    assert (found.mean[1] <= found.high[1]).all()


def test_an_interval_over_reports_is_wider_than_one_over_items() -> None:
    """十份报告各写一个主题：按条目重抽会假装有一百个独立样本。"""
    shares = np.repeat(np.eye(2)[[0, 1] * 5], 10, axis=0)
    by_report = group_shares(shares, ["2023"] * 100, [f"r{i // 10}" for i in range(100)])
    by_item = group_shares(shares, ["2023"] * 100, [f"r{i}" for i in range(100)])
    assert by_report.high[0, 0] - by_report.low[0, 0] > 2 * (by_item.high[0, 0] - by_item.low[0, 0])


def test_another_group_changes_no_interval() -> None:
    rng = np.random.default_rng(1)
    shares = rng.dirichlet([1, 1, 1], 40)
    groups, reports = ["2022"] * 20 + ["2023"] * 20, [f"r{i // 4}" for i in range(40)]
    both = group_shares(shares, groups, reports)
    alone = group_shares(shares[20:], groups[20:], reports[20:])
    np.testing.assert_array_equal(both.low[1], alone.low[0])


def test_items_of_no_group_are_left_out() -> None:
    found = group_shares(np.eye(2), ["", "2023"], ["a", "b"])
    assert found.groups == ("2023",)


# New terms


def test_a_term_that_stands_together_is_proposed_with_its_year() -> None:
    before, after = "重点推进数字门牌登记，", "本月完成数字门牌核验；"
    others = ["数字平台上线", "门牌修缮完成", "街道整治结束", "道路养护完成"]
    texts = [
        t
        for n in range(8)
        for t in (f"{'东南西北春夏秋冬'[n]}片{before}", f"{'甲乙丙丁戊己庚辛'[n]}组{after}", others[n % 4])
    ]
    n = len(texts)
    found = new_terms(
        texts,
        [f"r{i % 6}" for i in range(n)],
        ["2022" if i < 3 else "2024" for i in range(n)],
        ["甲" if i % 2 else "乙" for i in range(n)],
        Segmenter([]),
        stopwords=["推进", "完成", "重点", "本月", "登记", "核验"],
        least_score=0.3,
        least_freedom=0.5,
    )
    by_term = {new.term: new for new in found}
    assert "数字门牌" in by_term
    new = by_term["数字门牌"]
    assert (new.year, new.count, new.places) == ("2022", 16, 2)
    assert dict(new.by_year) == {"2022": 2, "2024": 14}
    assert not [term for term in by_term if "完成" in term]


def test_a_term_of_the_lexicon_and_a_term_of_one_report_are_not_proposed() -> None:
    texts = ["推行数字门牌登记"] * 10
    same = new_terms(texts, ["r1"] * 10, ["2022"] * 10, [""] * 10, Segmenter([]), least_freedom=0, least_score=0)
    assert same == ()
    many = [f"r{i}" for i in range(10)]
    known = new_terms(
        texts, many, ["2022"] * 10, [""] * 10, Segmenter([]), known=["数字门牌"], least_freedom=0, least_score=0
    )
    assert "数字门牌" not in [new.term for new in known]


# Seeds before fitting


def test_seeds_are_counted_before_fitting() -> None:
    rows = [["调解员", "律师"], ["调解员", "调解员"], ["律师", "援助"]]
    seeds = {"mediation": ["调解员", "从未出现"], "legal_aid": ["律师", "援助"]}
    used = {use.seed: use for use in check_seeds(rows, ["r1", "r1", "r2"], seeds)}
    assert (used["调解员"].count, used["调解员"].items, used["调解员"].reports) == (3, 2, 1)
    assert used["从未出现"].count == 0
    # Half of the items with 律师 hold seeds of mediation and no other of legal aid.
    assert used["律师"].pulls == (("mediation", 0.5),)


# The number of topics


def candidate(n: int, npmi: float, stability: float, split: tuple[str, ...] = (), themes: int = 10) -> Candidate:
    return Candidate(n, npmi, 0.5, 0.9, 0.8, stability, split, themes)


@pytest.mark.parametrize(
    ("candidates", "best", "words"),
    [
        ([candidate(12, 0.2, 0.81), candidate(16, 0.2, 0.8, ("法律援助",))], 12, "12 and 16 are equally stable (0.81, 0.80); 16 splits 法律援助 in two; take 12"),
        ([candidate(12, 0.2, 0.6), candidate(16, 0.2, 0.8)], 16, "16 is the most stable (0.80); take 16"),
        ([candidate(12, 0.1, 0.8), candidate(16, 0.2, 0.8)], 16, "12 is less coherent (NPMI 0.100 against 0.200); take 16"),
        ([candidate(12, 0.2, 0.8, (), 8), candidate(16, 0.2, 0.8, (), 10)], 16, "12 finds 8 themes where 16 finds 10; take 16"),
        ([candidate(12, 0.2, 0.8)], 12, "only 12 was tried"),
    ],
)  # fmt: skip
def test_the_number_of_topics_is_recommended_in_words(candidates: list[Candidate], best: int, words: str) -> None:
    found = recommend(candidates)
    assert found.best == best
    assert found.advice.endswith(words)


def test_a_sweep_fits_every_number_once(run: TopicsRun) -> None:
    found = sweep(model("nmf"), [run.topics.bag.words(text) for text in TEXTS], [3, 4, 3], refits=1)
    assert [c.n_topics for c in found.candidates] == [3, 4]
    assert found.best in (3, 4)


# Corpus and configuration


def test_place_and_year_come_from_the_report() -> None:
    text = "澄江县司法局2023年工作总结"
    items = (Item("0001", 0, len(text), text, "title"),)
    titled = Document("a.txt", text, items, {"place": Found("澄江县", "text"), "date": Found("2024-01-05", "text")})
    dated = Document("b.txt", "", (Item("0001", 0, 0, "", "paragraph"),), {"date": Found("2024-01-05", "text")})
    late = Document("c.txt", "", (Item("0001", 0, 0, "", "paragraph"),), {"date": Found("2024-11-05", "text")})
    found = corpus_of_documents([titled, dated, late])
    assert found.years == ("2023", "2023", "2024")
    assert found.places == ("澄江县", "", "")


def test_fields_of_another_length_are_refused() -> None:
    with pytest.raises(DataError, match="differ in length"):
        TopicCorpus(items_of(["一段话"]), ("r1", "r2"), ("",), ("",), ("",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind = 'lsa'", "kind"),
        ("[words]\nmin_dff = 2", "unknown key 'words.min_dff'"),
        ("topics = 0", "topics"),
        ("topics = [", "not valid TOML"),
    ],
)
def test_a_wrong_configuration_names_the_key(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "topics.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        read_topics_config(path)
