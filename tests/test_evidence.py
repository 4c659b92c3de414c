"""Evidence is made of whole words of the item, each said once, and it carries the theme: without it the theme falls."""

from __future__ import annotations

import pytest

from toolkit.classify import ReportModel
from toolkit.evidence import evidence_of, shipped_words
from toolkit.features import Units
from toolkit.store import load_model
from toolkit.structure import text_document

LINES = {
    "mediation": "全年排查矛盾纠纷1206件，调处成功1187件，新建行业性专业性人民调解委员会6个，发放调解员“以案定补”41万元。",
    "community_correction": "在册社区矫正对象318人，社区矫正中心全年开展教育帮扶52场次，刑满释放人员衔接率100%。",
    "admin_review": "收到行政复议申请97件，受理84件，经行政复议调解结案31件，纠错率12.5%。",
    "law_education": "组织“八五”普法讲师团进机关、进乡村宣讲64场，新建法治文化广场9处，培育法律明白人2100名。",
}


@pytest.fixture(scope="module")
def model() -> ReportModel:
    return load_model()


def found(model: ReportModel, line: str, theme: str) -> list[tuple[str, float]]:
    document = text_document("一行.txt", line)
    [prediction] = model.predict(document)
    return [(e.span.of(document.text), e.weight) for e in evidence_of(model, prediction) if e.theme == theme]


@pytest.mark.parametrize("theme", LINES)
def test_phrases_are_whole_words_said_once_and_weigh_most_first(model: ReportModel, theme: str) -> None:
    line = LINES[theme]
    phrases = found(model, line, theme)
    assert 1 <= len(phrases) <= 3
    edges = {edge for span in shipped_words()[0].spans(line) for edge in span}
    for phrase, weight in phrases:
        start = line.index(phrase)
        assert {start, start + len(phrase)} <= edges, phrase
        assert 0 < weight <= 1
    texts = [phrase for phrase, _ in phrases]
    assert not any(one in other for one in texts for other in texts if one is not other)
    weights = [weight for _, weight in phrases]
    assert weights == sorted(weights, reverse=True)
    assert sum(weights) <= 1.0 + 1e-6


def test_a_term_of_the_lexicon_is_one_phrase(model: ReportModel) -> None:
    assert any(
        "社区矫正" in phrase for phrase, _ in found(model, LINES["community_correction"], "community_correction")
    )
    assert any("行政复议" in phrase for phrase, _ in found(model, LINES["admin_review"], "admin_review"))


@pytest.mark.parametrize("theme", LINES)
def test_without_its_evidence_the_linear_score_falls_more_than_without_the_rest(model: ReportModel, theme: str) -> None:
    line = LINES[theme]
    phrases = [phrase for phrase, _ in found(model, line, theme)]

    def score(text: str) -> float:
        scores = model.linear.scores(*model.linear.sums(Units.of_texts([text])))
        return float(scores[0, model.theme_ids.index(theme)])

    without, rest = line, "，".join(phrases)
    for phrase in phrases:
        without = without.replace(phrase, "")
    assert score(without) < score(line) - 0.2
    assert score(rest) > score(without) + 0.2


def test_an_item_without_theme_has_no_evidence(model: ReportModel) -> None:
    [prediction] = model.predict(text_document("一行.txt", "现将一年来的主要情况报告如下。"))
    assert list(evidence_of(model, prediction)) == []
