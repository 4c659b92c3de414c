"""Comparison of classifiers: the folds of the model, nothing learned from the held fold, every run in the table."""

from __future__ import annotations

import csv
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from toolkit.baselines import OneVsRest, RunSettings, keyword_table, learn_baseline, rows_of
from toolkit.cli import main
from toolkit.codebook import Codebook
from toolkit.compare import Comparison, compare, read_comparison, write_results
from toolkit.document import Document, Item
from toolkit.errors import ConfigError
from toolkit.labels import Labelled
from toolkit.learn import folds_of
from toolkit.quality import Gold
from toolkit.settings import build
from toolkit.words import Segmenter

ROOT = Path(__file__).parents[1]
LINES = (
    ("全年调解矛盾纠纷{}件，调解成功率保持在高位。", ("people_mediation",), "achievement"),
    ("受理法律援助案件{}件，为农民工挽回损失。", ("legal_aid",), "achievement"),
    ("人民调解员下沉{}个村，调解邻里纠纷。", ("people_mediation",), "achievement"),
    ("法律援助窗口力量不足，有{}个乡镇缺少律师。", ("legal_aid",), "problem"),
    ("明年计划再建{}个调解室，推进调解工作。", ("people_mediation",), "plan"),
    ("责任编辑：小周，浏览{}次", (), "noise"),
)
PLACES = ("桐川", "芦浦", "雁石", "沙溪")


@pytest.fixture(scope="module")
def small(codebook: Codebook) -> Codebook:
    """The shipped codebook with the two themes the lines are of."""
    themes = tuple(theme for theme in codebook.themes if "调解" in theme.zh or "法律援助" in theme.zh)[:2]
    assert len(themes) == 2
    return Codebook(themes, codebook.stages, ("桐川", "芦浦", "雁石", "沙溪"))


@pytest.fixture(scope="module")
def reports(small: Codebook) -> list[Labelled]:
    """Four reports of six lines; each names its own place, which stands in no other."""
    ids = {"people_mediation": small.themes[0].id, "legal_aid": small.themes[1].id}
    if "法律援助" in small.themes[0].zh:
        ids = {"people_mediation": small.themes[1].id, "legal_aid": small.themes[0].id}
    made = []
    for number, place in enumerate(PLACES):
        items, at = [], 0
        for row, (line, _, _) in enumerate(LINES):
            text = place + line.format(number + 2)
            items.append(Item(f"{place}-{row}", at, at + len(text), text, "paragraph", 1, ("一、工作情况",)))
            at += len(text) + 1
        document = Document(place, "\n".join(item.text for item in items), tuple(items))
        themes = tuple(tuple(ids[name] for name in names) for _, names, _ in LINES)
        made.append(Labelled(document, themes, tuple(stage for _, _, stage in LINES)))
    return made


def run(**settings: object) -> RunSettings:
    return RunSettings.model_validate({"name": "x", "learner": "svm", "min_df": 1, **settings})


def test_the_held_fold_is_in_no_vocabulary_and_folds_are_those_of_the_model(
    small: Codebook, reports: list[Labelled]
) -> None:
    gold = Gold.of(reports, small.theme_ids, small.stage_ids)
    rows = rows_of(reports, small, Segmenter(small.words))
    how = run(features=("words", "chars", "lexicon", "context"))
    learned = learn_baseline(rows, gold, how, folds=4, seed=3)
    fold = folds_of(gold.groups, 4, 3)
    for number, scorer in enumerate(learned.by_fold):
        [held] = set(gold.groups[fold == number].tolist())
        assert isinstance(scorer, OneVsRest)
        words = scorer.vocabulary()
        assert PLACES[held] not in words
        assert {place for place in PLACES if place in words} == set(PLACES) - {PLACES[held]}
    everything = learned.scorer
    assert isinstance(everything, OneVsRest) and set(PLACES) <= everything.vocabulary()


def test_what_is_said_of_a_fold_does_not_hang_on_its_labels(small: Codebook, reports: list[Labelled]) -> None:
    gold = Gold.of(reports, small.theme_ids, small.stage_ids)
    rows = rows_of(reports, small, Segmenter(small.words))
    fold = folds_of(gold.groups, 2, 0)
    turned = gold.truth.copy()
    turned[fold == 0] = ~turned[fold == 0]
    other = Gold(gold.theme_ids, gold.stage_ids, turned, gold.stages, gold.groups)
    how = run(features=("words",))
    one, two = (learn_baseline(rows, g, how, 2, 0).cross_validated for g in (gold, other))
    # The weights behind fold 0 are learned from fold 1 alone: its order stays, whatever fold 0 is said to be.
    first = learn_baseline(rows, gold, how, 2, 0).by_fold[0].scores(rows)[0]
    assert np.array_equal(first, learn_baseline(rows, other, how, 2, 0).by_fold[0].scores(rows)[0])
    assert not np.array_equal(one.probabilities[fold == 1], two.probabilities[fold == 1])


def test_keywords_are_counted_by_theme(small: Codebook, reports: list[Labelled]) -> None:
    rows = rows_of(reports[:1], small, Segmenter(small.words))
    assert rows[1].path and rows[1].before == rows[0].words and rows[0].before == ()
    table = keyword_table(rows).toarray()
    assert table.shape == (6, 2) and table[:5].any(axis=1).all() and not table[5].any()


def test_the_table_has_every_run(small: Codebook, reports: list[Labelled], tmp_path: Path) -> None:
    runs = [
        {"name": "keyword list", "learner": "keywords"},
        {"name": "words, logistic", "learner": "logistic", "features": ["words"], "min_df": 1, "c": 10.0},
        {"name": "words, bayes", "learner": "bayes", "features": ["words"], "min_df": 1, "c": 0.1},
        {"name": "fastText", "learner": "fasttext", "min_df": 1, "epochs": 5},
        {"name": "ours", "learner": "report_model", "experiment": "themes.toml", "set": ["features.chars.min_df=1"]},
    ]
    config = build(Comparison, {"learn": {"folds": 2}, "run": runs}, "x.toml", ConfigError)
    (tmp_path / "themes.toml").write_text('name = "t"\n[learn]\ntrees = 10\n', encoding="utf-8")
    folder = tmp_path / "codebook"
    folder.mkdir()
    for name in ("themes", "stages"):
        (folder / f"{name}.toml").write_text((ROOT / "labels" / f"{name}.toml").read_text("utf-8"), encoding="utf-8")
    config = config.model_copy(update={"data": config.data.model_copy(update={"codebook": "codebook"})})
    results = compare(config, tmp_path, reports[3:], reports=reports)
    assert [result.name for result in results] == [entry["name"] for entry in runs]
    skipped = [result.name for result in results if result.skipped]
    assert skipped == ([] if find_spec("fasttext") else ["fastText"])
    table, flat = write_results(results, tmp_path)
    text = table.read_text("utf-8")
    assert all(text.count(f"| {entry['name']} |") >= 2 for entry in runs)
    assert "## F1 of each theme" in text and "| 50 % |" in text
    rows = list(csv.DictReader(flat.read_text("utf-8").splitlines()))
    assert {row["tested_on"] for row in rows} == {"cross-validated", "development"}
    ours = {row["tested_on"]: row for row in rows if row["run"] == "ours"}
    assert 0 <= float(ours["cross-validated"]["low"]) <= float(ours["cross-validated"]["high"]) <= 1
    keywords = next(row for row in rows if row["run"] == "keyword list")
    assert keywords["calibration_error"] == "" and float(keywords["micro_f1"]) > 0.5


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[learn]\nfolds = 5\n", "run: field required"),
        ('[[run]]\nname = "a"\nlearner = "forest"\n', "run.0.learner"),
        ('[[run]]\nname = "a"\nlearner = "svm"\n', "need features"),
        ('[[run]]\nname = "a"\nlearner = "keywords"\nfeatures = ["words"]\n', "take none"),
        ('[[run]]\nname = "a"\nlearner = "report_model"\n', "experiment"),
        ('[[run]]\nname = "a"\nlearner = "keywords"\n' * 2, "stands twice"),
        ('[[run]]\nname = "a"\nlearner = "keywords"\nspeed = 1\n', "unknown key"),
    ],
)
def test_a_wrong_configuration_is_one_line(
    toml: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "comparison.toml"
    path.write_text(toml, encoding="utf-8")
    assert main(["compare", str(path)]) == 1
    [line] = capsys.readouterr().err.strip().splitlines()
    assert said in line and "comparison.toml" in line


def test_the_shipped_comparison_reads() -> None:
    config = read_comparison(ROOT / "experiments" / "comparison.toml")
    assert {run.learner for run in config.run} == {
        *("keywords", "logistic", "svm", "bayes", "fasttext", "report_model"),
    }
