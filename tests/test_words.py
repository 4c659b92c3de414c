"""Segmentation: domain terms stay whole, words never cross punctuation, both engines agree."""

from __future__ import annotations

import pytest

from toolkit.codebook import Codebook
from toolkit.errors import LabelsError
from toolkit.words import Engine, Segmenter

LINES = [
    "全年接收社区矫正对象96人，解除81人，无脱管漏管。",
    "完善社会。保障农民工工资支付，12348热线值班律师解答咨询。",
    "行政复议决定维持17件、撤销5件，纠错率15.2%；出庭应诉率100%。",
    "建成公共法律服务中心1个，公共法律服务工作站16个。",
]


@pytest.fixture(scope="module", params=["rjieba", "jieba"])
def segmenter(request: pytest.FixtureRequest, codebook: Codebook) -> Segmenter:
    engine: Engine = request.param
    return Segmenter(codebook.words, engine)


def test_domain_terms_stay_whole(segmenter: Segmenter) -> None:
    words = segmenter.cut("社区矫正、公共法律服务、行政执法、规范性文件、行政应诉、安置帮教、司法所")
    assert words == ["社区矫正", "公共法律服务", "行政执法", "规范性文件", "行政应诉", "安置帮教", "司法所"]


def test_words_never_cross_punctuation(segmenter: Segmenter) -> None:
    assert "社会保障" not in segmenter.cut("完善社会。保障农民工工资")


def test_engines_agree(codebook: Codebook) -> None:
    fast, reference = Segmenter(codebook.words, "rjieba"), Segmenter(codebook.words, "jieba")
    assert [fast.cut(line) for line in LINES] == [reference.cut(line) for line in LINES]


def test_lexicon_is_large_and_proved(codebook: Codebook) -> None:
    assert len(codebook.lexicon) >= 600


def test_a_term_that_cannot_stay_whole_is_a_loud_error() -> None:
    with pytest.raises(LabelsError, match="do not stay whole: 普法A进"):
        Segmenter(["普法A进"])
