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
from toolkit.errors import ModelError
from toolkit.plots.groups import topic_shares
from toolkit.topicfiles import about, load_topics, run_tables, save_run, save_topics
from toolkit.topics import TopicsRun


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


def test_everything_a_run_found_is_written(run: TopicsRun, small_codebook: Codebook, tmp_path: Path) -> None:  # noqa: F811
    written = save_run(run, tmp_path, small_codebook)
    names = {path.name for path in written}
    assert {"topics.json", "items.jsonl", "topics.csv", "shares.csv", "topics.xlsx", "topic-terms.png"} <= names
    assert {"topics-by-year.svg", "topic-number.png", "sweep.csv", "passages.csv", "seeds.csv"} <= names
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
