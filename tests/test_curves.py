"""How new the words are: curves and novelty on lines one can count by hand."""

from __future__ import annotations

import pytest

from toolkit.codebook import Codebook
from toolkit.curves import CurvePoint, pairwise_novelty, type_token_curve, write_curve
from toolkit.words import Segmenter


def test_novelty_is_the_share_of_ngrams_the_other_lacks() -> None:
    assert pairwise_novelty(["全年调解纠纷八件", "全年调解纠纷八件"]) == 0
    assert pairwise_novelty(["全年调解纠纷八件", "社区矫正对象十人"]) == 1
    assert pairwise_novelty(["一二三四五六", "一二三四五七"]) == pytest.approx(0.5)


def test_type_token_curve_counts_distinct_words(codebook: Codebook) -> None:
    segmenter = Segmenter(codebook.words)
    assert type_token_curve(["调解，调解，普法，", "普法，矫正，"], segmenter, [1, 2, 3, 5, 100]) == {
        1: 1,
        2: 1,
        3: 2,
        5: 3,
    }


def test_the_curve_is_written_as_table_and_picture(tmp_path) -> None:
    points = [CurvePoint(n, n * 50, "held-out reports", 0.7 + n / 100, 0.6, 0.9, 0.7, 0.95) for n in (10, 20)]
    written = write_curve(points, tmp_path)
    assert {path.suffix for path in written} == {".md", ".png", ".svg", ".csv"}
    assert "| 20 | 1000 | held-out reports | 0.900 |" in (tmp_path / "learning-curve.md").read_text("utf-8")
