"""What is wrong with labels is named, and nothing is named that is right; items to label next are unsure and unlike."""

from __future__ import annotations

import numpy as np

from toolkit.codebook import Codebook
from toolkit.diagnose import find_faults, find_suspects, label_next
from toolkit.labels import Labelled, ReportEntry
from toolkit.learn import Learning, fit_cross, second_opinion
from toolkit.structure import text_document

from .test_learn import THEMES, report, texts


def entry(name: str, split: str) -> ReportEntry:
    return ReportEntry.model_validate(
        {
            "id": name,
            "file": f"{name}.txt",
            "title": name,
            "year": 2023,
            "date": "2024-01-08",
            "place": "临棠区",
            "level": "county",
            "kind": "news",
            "split": split,
            "sha256": "",
        }
    )


def labelled(name: str, split: str, line: str) -> Labelled:
    return Labelled(text_document(f"{name}.txt", line), ((),), ("achievement",), entry(name, split))


def test_a_passage_on_both_sides_of_the_split_is_named_though_its_figures_differ(codebook: Codebook) -> None:
    line = "全区各级人民调解组织共排查受理矛盾纠纷{}件，化解成功{}件，涉及协议金额{}万元，没有一件转为刑事案件。"
    faults = find_faults(
        [
            labelled("甲", "train", line.format(812, 799, 1640)),
            labelled("乙", "heldout", line.format(455, 447, 903)),
            labelled("丙", "heldout", "公证处迁入新址，设置遗嘱室和涉外窗口，办证时间缩短到三个工作日以内。"),
        ],
        codebook,
    )
    both = [fault for fault in faults if "both sides" in fault]
    assert len(both) == 1
    assert "乙.txt" in both[0] and "甲.txt" in both[0]


def test_the_same_passage_twice_in_training_is_no_fault_of_the_split(codebook: Codebook) -> None:
    line = "全区各级人民调解组织共排查受理矛盾纠纷812件，化解成功799件，涉及协议金额1640万元。"
    faults = find_faults([labelled("甲", "train", line), labelled("乙", "train", line)], codebook)
    assert not any("both sides" in fault for fault in faults)


def test_a_theme_of_too_few_reports_is_named_with_what_is_needed(codebook: Codebook) -> None:
    faults = find_faults([labelled("甲", "train", "一行。")], codebook)
    assert any(fault.startswith("legal_aid: 0 items in 0 reports; give 20 in 5") for fault in faults)


def test_two_models_find_the_labels_that_were_turned_wrong() -> None:
    lines, labels = texts(count=180)
    wrong = {row: tuple(sorted(set(THEMES) - set(labels[row]))) for row in (17, 63, 120)}
    assert all(wrong.values())
    given = [wrong.get(row, label) for row, label in enumerate(labels)]
    reports = [report(k, lines[k::12], given[k::12]) for k in range(12)]
    order = [row for k in range(12) for row in range(k, 180, 12)]
    crossed = fit_cross(reports, sorted(THEMES), (), Learning(min_df=1, trees=10, folds=4))
    body = np.ones(180, bool)
    other = second_opinion([lines[row] for row in order], body, crossed)
    suspects = find_suspects(
        [str(row) for row in order], sorted(THEMES), crossed.truth, crossed.themes, other, sure=0.7
    )
    assert {int(suspect.item) for suspect in suspects} == set(wrong)
    for suspect in suspects:
        assert suspect.carried == (suspect.theme in wrong[int(suspect.item)])


def test_a_label_that_one_model_alone_contradicts_is_no_suspect() -> None:
    truth = np.array([[True], [True], [False]])
    first = np.array([[0.01], [0.01], [0.99]], np.float32)
    second = np.array([[0.01], [0.95], [0.02]], np.float32)
    [suspect] = find_suspects(["a", "b", "c"], ["legal_aid"], truth, first, second)
    assert (suspect.item, suspect.carried) == ("a", True)


def test_items_to_label_next_are_unsure_unlike_and_not_all_of_one_report() -> None:
    generator = np.random.default_rng(3)
    themes = np.where(generator.random((60, 4)) < 0.5, 0.02, 0.98).astype(np.float32)
    themes[:12] = [0.5, 0.02, 0.02, 0.02]  # twelve alike, all at the threshold
    themes[12] = [0.02, 0.5, 0.02, 0.02]
    groups = np.repeat(np.arange(6), 10)
    chosen = label_next(themes, np.full(4, 0.5, np.float32), groups, most=10)
    assert chosen[:2] == [0, 12]
    assert len(set(chosen)) == len(chosen)
    assert np.bincount(groups[chosen]).max() <= 2
    assert sum(row < 12 for row in chosen) <= 2
