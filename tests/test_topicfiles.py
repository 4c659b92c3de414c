"""What a topic run writes: every item once, numbers as numbers, a model folder that gives the same topics."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from tests.test_topics import TEXTS
from tests.test_topics_run import corpus, run, small_codebook  # noqa: F401  (fixtures)
from toolkit.codebook import Codebook
from toolkit.coherence import adherence, hits
from toolkit.errors import ModelError
from toolkit.labels import load_gold
from toolkit.plots.groups import topic_shares
from toolkit.resources import shipped
from toolkit.topicfiles import about, load_topics, run_tables, save_run, save_topics
from toolkit.topics import TopicsRun, corpus_of_labelled, read_topics_config
from toolkit.topics.quality import seeds_of_topics
from toolkit.words import Segmenter


def test_a_model_folder_gives_the_same_topics(run: TopicsRun, tmp_path: Path) -> None:  # noqa: F811
    save_topics(tmp_path / "topics", run.topics, about(run))
    read = load_topics(tmp_path / "topics")
    assert (read.ids, read.names) == (run.topics.ids, run.topics.names)
    assert read.transform(TEXTS).tobytes() == run.topics.transform(TEXTS).tobytes()
    manifest = json.loads((tmp_path / "topics" / "manifest.json").read_text("utf-8"))
    assert manifest["config"]["topics"] == 4
    assert manifest["scores"]["hits"] == 1.0


def test_the_same_run_gives_the_same_folder(run: TopicsRun, tmp_path: Path) -> None:  # noqa: F811
    for name in ("a", "b"):
        save_topics(tmp_path / name, run.topics, about(run))
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


def test_a_model_folder_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such folder"):
        load_topics(tmp_path / "none")


def test_words_cut_otherwise_are_refused_with_both_named(
    run: TopicsRun,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A dictionary of another version, and a lexicon that is not the one it was learnt with."""
    save_topics(tmp_path / "topics", run.topics, about(run))
    learnt = json.loads((tmp_path / "topics" / "manifest.json").read_text("utf-8"))["segmenter"]
    assert learnt["engine"].startswith("rjieba ")
    plain = Segmenter.cut
    with monkeypatch.context() as changed:
        changed.setattr(
            Segmenter, "cut", lambda self, text: [w for word in plain(self, text) for w in word.split("田")]
        )
        with pytest.raises(
            ModelError, match=r"learnt over words of rjieba .* this is rjieba .*; train the model anew"
        ) as said:
            load_topics(tmp_path / "topics")
        assert f"words {learnt['words']}" in str(said.value)
    save_topics(tmp_path / "topics", run.topics, {**about(run), "lexicon": ["社区矫正对象"]})
    with pytest.raises(ModelError, match=rf"\(lexicon {learnt['lexicon']}, words .*\), this is rjieba .*\(lexicon "):
        load_topics(tmp_path / "topics")
    save_topics(tmp_path / "topics", run.topics, {**about(run), "segmenter": None})
    with pytest.raises(ModelError, match="learnt over words of an unknown segmenter, this is rjieba"):
        load_topics(tmp_path / "topics")


def test_the_other_engine_reads_the_same_topics(run: TopicsRun, tmp_path: Path) -> None:  # noqa: F811
    """It cuts the same, so a model learnt with it is as good."""
    other = Segmenter(run.topics.lexicon, "jieba").fingerprint
    assert other["engine"].startswith("jieba 0.42")
    save_topics(tmp_path / "topics", run.topics, {**about(run), "segmenter": other})
    assert load_topics(tmp_path / "topics").ids == run.topics.ids


def test_everything_a_run_found_is_written(run: TopicsRun, small_codebook: Codebook, tmp_path: Path) -> None:  # noqa: F811
    written = save_run(run, tmp_path, small_codebook)
    names = {path.name for path in written}
    assert {"topics.json", "items.jsonl", "topics.csv", "shares.csv", "topics.xlsx", "topic-terms.png"} <= names
    assert {"topics-by-year.svg", "topic-number.png", "sweep.csv", "passages.csv", "seeds.csv"} <= names
    assert {"document-topics.png", "document-topics.csv", "topic-alignment.svg"} <= names
    rows = [json.loads(line) for line in (tmp_path / "items.jsonl").read_text("utf-8").splitlines()]
    assert [row["id"] for row in rows] == [item.id for item in run.corpus.items]
    with (tmp_path / "items.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) == len(rows) + 1
    found = json.loads((tmp_path / "topics.json").read_text("utf-8"))
    assert [topic["id"] for topic in found["topics"]] == list(run.topics.ids)
    assert sum(topic["share"] for topic in found["topics"]) == pytest.approx(1.0, abs=1e-4)
    # One report a group leaves nothing to resample: no interval, which JSON says as null.
    assert found["groups"]["report"][0]["low"][0] is None


@pytest.mark.parametrize("language", ["zh", "en"])
def test_tables_speak_the_reader_s_language(run: TopicsRun, language: str) -> None:  # noqa: F811
    tables = run_tables(run, language)
    assert tables["topics"].columns[1] == ("话题" if language == "zh" else "Topic")
    for table in tables.values():
        assert all(len(row) == len(table.columns) for row in table.rows)


def test_figures_draw_every_character_and_say_when_there_is_nothing() -> None:
    shares = np.array([[0.4, 0.6], [0.5, 0.5]])
    chart = topic_shares(shares, shares - 0.1, shares + 0.1, ["2022", "2023"], ["法律援助", "人民调解"])
    assert not chart.missing
    assert len(chart.table.rows) == 4
    assert topic_shares(np.zeros((0, 0)), np.zeros((0, 0)), np.zeros((0, 0)), [], []).table.rows == ()


# The shipped model


def test_the_shipped_model_is_what_its_experiment_says(codebook: Codebook) -> None:
    config = read_topics_config(shipped("experiments", "topics-seeded.toml"))
    manifest = json.loads((shipped("models", "topics") / "manifest.json").read_text("utf-8"))
    assert manifest["config"] == config.model_dump(mode="json")
    topics = load_topics()
    assert topics.ids[: len(codebook.themes)] == codebook.theme_ids
    assert topics.names[: len(codebook.themes)] == tuple(theme.zh for theme in codebook.themes)


def test_the_shipped_model_keeps_its_seeds_and_says_how_good_it_is() -> None:
    """Targets of the project: stability 0.85, nine of ten seeds among a topic's first 30 words."""
    topics = load_topics()
    seeds = seeds_of_topics(topics)
    kept = adherence(topics.top_terms(30), topics.ids, seeds, set(topics.terms))
    assert min(kept.values()) >= 0.9
    scores = json.loads((shipped("models", "topics") / "manifest.json").read_text("utf-8"))["scores"]
    assert min(scores["stability"], scores["bootstrap"]) >= 0.85


def test_the_shipped_model_finds_the_themes_of_real_reports(shared: Path, codebook: Codebook) -> None:
    """A floor, and better than counting the seeds; labels of these reports are seen by no model."""
    gold = corpus_of_labelled([load_gold(path, codebook) for path in sorted((shared / "reports").glob("*.gold.jsonl"))])
    labels = gold.label_matrix(codebook.theme_ids)
    topics = load_topics()
    columns = slice(0, len(codebook.themes))
    found = hits(topics.transform(gold.items)[:, columns], labels)
    counted = hits(topics.seed_counts(topics.count(gold.items))[:, columns], labels)
    assert found >= 0.92
    assert found > counted
