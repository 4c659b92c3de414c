"""Learning: the scikit-learn contract, nothing learned from test reports, chance for permuted labels, bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from toolkit.document import Document, Item
from toolkit.errors import DataError
from toolkit.evaluate import micro_f1
from toolkit.labels import Labelled
from toolkit.learn import Counted, Learning, ThemeClassifier, fit_cross, folds_of

SUBJECTS = ("村里", "街道", "县局", "乡镇", "市局", "园区")
THEMES = {
    "mediation": ("调解纠纷{}件", "排查化解矛盾{}起", "人民调解员培训{}期", "调委会受理{}件"),
    "legal_aid": ("办理法律援助案件{}件", "为农民工讨薪{}万元", "指派援助律师{}次", "受理援助申请{}份"),
    "law_education": ("开展普法讲座{}场", "发放宣传册{}份", "建成法治文化广场{}个", "培养法律明白人{}名"),
}
SMALL: dict[str, Any] = {"min_df": 1, "trees": 10, "folds": 3}


def texts(seed: int = 0, count: int = 72) -> tuple[list[str], list[tuple[str, ...]]]:
    """Lines of one or two themes, in an order that says nothing."""
    draw = np.random.default_rng(seed)
    lines, labels = [], []
    for number in range(count):
        names = list(draw.permutation(list(THEMES))[: 1 + number % 2])
        parts = [draw.choice(THEMES[name]).format(draw.integers(3, 90)) for name in names]
        lines.append(draw.choice(SUBJECTS) + "；".join(parts) + "。")
        labels.append(tuple(str(name) for name in names))
    return lines, labels


def report(number: int, lines: list[str], labels: list[tuple[str, ...]]) -> Labelled:
    items, at = [], 0
    for row, line in enumerate(lines):
        items.append(Item(f"r{number}-{row}", at, at + len(line), line, "paragraph"))
        at += len(line) + 1
    document = Document(f"r{number}", "\n".join(lines), tuple(items))
    return Labelled(document, tuple(labels), tuple("achievement" for _ in lines))


class Checked(ThemeClassifier):
    """Said to take tables, or scikit-learn would generate no check at all for an estimator of texts."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        return tags


def fed_numbers(estimator: Any) -> dict[str, str]:
    """Checks that fit on tables of numbers, each with the reason it cannot hold for texts."""
    return dict.fromkeys(FED_NUMBERS, "hands in a table of numbers; the input is texts")


FED_NUMBERS = (
    *("check_fit_score_takes_y", "check_estimators_overwrite_params", "check_dont_overwrite_parameters"),
    *("check_estimators_fit_returns_self", "check_readonly_memmap_input", "check_n_features_in_after_fitting"),
    *("check_positive_only_tag_during_fit", "check_estimators_dtypes", "check_complex_data", "check_dtype_object"),
    *("check_estimators_empty_data_messages", "check_pipeline_consistency", "check_estimators_nan_inf"),
    *("check_estimator_sparse_tag", "check_estimator_sparse_array", "check_estimator_sparse_matrix"),
    *("check_estimators_pickle", "check_f_contiguous_array_estimator", "check_classifier_data_not_an_array"),
    *("check_classifiers_one_label", "check_classifiers_classes", "check_classifiers_train"),
    *("check_classifiers_regression_target", "check_classifiers_multilabel_representation_invariance"),
    *("check_classifiers_multilabel_output_format_predict", "check_supervised_y_no_nan", "check_supervised_y_2d"),
    *("check_classifiers_multilabel_output_format_predict_proba", "check_methods_sample_order_invariance"),
    *("check_classifiers_multilabel_output_format_decision_function", "check_methods_subset_invariance"),
    *("check_fit2d_1sample", "check_fit2d_1feature", "check_dict_unchanged", "check_fit_idempotent"),
    *("check_fit_check_is_fitted", "check_n_features_in", "check_fit1d", "check_fit2d_predict1d"),
    "check_requires_y_none",
)


@parametrize_with_checks([Checked()], expected_failed_checks=fed_numbers)
def test_scikit_learn_contract(estimator: Any, check: Any) -> None:
    check(estimator)


def test_learns_texts_and_says_probabilities() -> None:
    lines, labels = texts()
    model = ThemeClassifier(**SMALL).fit(lines, labels)
    new, truth = texts(seed=1)
    probabilities = model.predict_proba(new)
    assert list(model.classes_) == sorted(THEMES)
    assert probabilities.shape == (72, 3)
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    found = model.predict_themes(new)
    assert np.mean([set(a) == set(b) for a, b in zip(found, truth, strict=True)]) > 0.9


def test_fits_anew_and_the_same_for_any_number_of_workers() -> None:
    lines, labels = texts()
    model = ThemeClassifier(**SMALL).fit(lines, labels)
    first = model.predict_proba(lines)
    assert (model.fit(lines[:40], labels[:40]).predict_proba(lines) != first).any()
    assert (clone(model).set_params(n_jobs=2).fit(lines, labels).predict_proba(lines) == first).all()


def test_indicator_matrix_and_single_labels() -> None:
    lines, labels = texts()
    matrix = np.array([[name in found for name in sorted(THEMES)] for found in labels]).astype(int)
    by_matrix = ThemeClassifier(**SMALL).fit(lines, matrix)
    by_names = ThemeClassifier(**SMALL).fit(lines, labels)
    assert list(by_matrix.classes_) == [0, 1, 2]
    assert (by_matrix.predict(lines) == by_names.predict(lines)).all()
    single = ThemeClassifier(**SMALL).fit(lines, [found[0] for found in labels])
    assert single.predict(lines).shape == (72, 3)


def test_permuted_labels_give_chance_scores() -> None:
    lines, labels = texts(count=120)
    reports = [report(k, lines[k::12], labels[k::12]) for k in range(12)]
    shuffled = [labels[k] for k in np.random.default_rng(5).permutation(120)]
    chance = [report(k, lines[k::12], shuffled[k::12]) for k in range(12)]
    how = Learning(min_df=1, trees=10, folds=3)

    def quality(known: list[Labelled]) -> float:
        crossed = fit_cross(known, sorted(THEMES), (), how)
        order = np.argsort(-crossed.themes, axis=1)[:, :1]  # the first theme, whatever its threshold
        return float(np.take_along_axis(crossed.truth, order, axis=1).mean())

    assert quality(reports) > 0.95
    assert quality(chance) < 0.65  # an item has one or two of three themes: chance is a half


def test_no_score_of_an_item_comes_from_a_model_that_saw_its_report() -> None:
    """A report whose labels are all wrong is scored by what the others teach."""
    lines, labels = texts(count=90)
    reports = [report(k, lines[k::9], labels[k::9]) for k in range(9)]
    wrong = tuple(tuple(sorted(set(THEMES) - set(found))) for found in reports[4].themes)
    reports[4] = Labelled(reports[4].document, wrong, reports[4].stages)
    crossed = fit_cross(reports, sorted(THEMES), (), Learning(min_df=1, trees=10, folds=9))
    own = crossed.groups == 4
    predicted = crossed.themes >= 0.5
    assert micro_f1(crossed.truth[own], predicted[own]) < 0.1
    assert micro_f1(~crossed.truth[own], predicted[own]) > 0.9


def test_vocabulary_idf_and_thresholds_are_those_of_the_training_texts() -> None:
    lines, labels = texts(count=60)
    model = ThemeClassifier(**SMALL).fit(lines, labels)
    counted = Counted.of(lines, Learning(min_df=1))
    assert (model.model_.linear.vocabulary.keys == counted.vocabulary.keys).all()
    assert (model.model_.linear.idf == counted.idf).all()
    before = [model.model_.linear.idf.copy(), model.model_.themes.threshold.copy()]
    model.predict(["全新的词语氪金鼹鼠饕餮"] * 5)
    assert (model.model_.linear.idf == before[0]).all()
    assert (model.model_.themes.threshold == before[1]).all()


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n\n", "😀😀👍", "Nothing to see here.", "12345 678 90%", "。。。；；", "\ud800", "龘", "a" * 70_000],
    ids=["empty", "space", "lines", "emoji", "English", "digits", "marks", "half character", "rare", "long"],
)
def test_strange_texts_carry_no_theme(text: str) -> None:
    lines, labels = texts()
    model = ThemeClassifier(**SMALL).fit(
        [*lines, *["今天天气很好，适合出门走走。", "会议室重新粉刷，编号20230516。"] * 9], [*labels, *[()] * 18]
    )
    assert np.isfinite(model.predict_proba([text])).all()
    assert model.predict_themes([text]) == [()]


def test_ten_megabytes_in_one_item() -> None:
    lines, labels = texts()
    model = ThemeClassifier(**SMALL).fit(lines, labels)
    assert model.predict_themes(["全县调解纠纷832件。" * 300_000]) == [("mediation",)]


def test_nothing_in_nothing_out() -> None:
    lines, labels = texts()
    assert ThemeClassifier(**SMALL).fit(lines, labels).predict_proba([]).shape == (0, 3)


def test_a_theme_with_one_example_and_a_theme_everywhere() -> None:
    lines, labels = texts()
    rare = [(*found, "bar_exam") if k == 0 else found for k, found in enumerate(labels)]
    model = ThemeClassifier(**SMALL).fit(lines, [(*found, "always") for found in rare])
    found = model.predict_themes(lines)
    assert all("always" in names for names in found)
    assert sum("bar_exam" in names for names in found) <= 1


@pytest.mark.parametrize(
    ("lines", "labels", "said"),
    [
        ([], [], "no labels at all"),
        (["调解纠纷"] * 3, ["a", "b"], "3 texts but 2 rows of labels"),
        (["调解纠纷"] * 6, [()] * 6, "no labels at all"),
        (["调解纠纷"] * 2, ["a", "b"], "2 reports for 3 folds"),
        (["，。"] * 6, ["a", "b"] * 3, "no substring stands in"),
        ([1, 2, 3], ["a", "b", "c"], "row 0 is int, not text"),
    ],
    ids=["nothing", "lengths", "unlabelled", "few", "no letters", "numbers"],
)
def test_bad_training_data_is_a_plain_error(lines: list[Any], labels: list[Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        ThemeClassifier(**SMALL).fit(lines, labels)


def test_folds_keep_reports_whole_and_even() -> None:
    groups = np.repeat(np.arange(20), np.arange(20) + 1)
    fold = folds_of(groups, 5, 0)
    assert all(len(set(fold[groups == name])) == 1 for name in range(20))
    sizes = np.bincount(fold)
    assert sizes.max() - sizes.min() <= 4
