"""The prefilter never changes what a regular expression says; it only asks it less often."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.prefilter import Patterns
from toolkit.rows import _SHAPES

PATTERNS = [
    r"不足|差距|偏",
    r"[:：]$",
    r"^[（(].{2,9}[）)]$",
    r"\d{4}\s*[-/.年]\s*\d{1,2}",
    r"\d[\d,.]*\s*(?:余|多)?(?:万|亿)?(?:件|人|次)",
    r"将(?!.{0,6}纳入)|要(?!求)|到20\d\d年",
    r"^(?:上)?图(?:为|\d)|摄[）)]?$",
    r"(?<=，)一是(?=\S)",
    r"[^，。]{3}办",
    r"(?i)icp备",
    r"(?:调解)*",
    r"(?:局|厅){2}印",
    r".",
]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.text(
            alphabet="不足差距偏：:（）(年-2０9 \n\t，,万件人将要求纳入图为摄一是办ICPicp备调解局厅印甲𝟎𠀀", max_size=14
        )
    )
)
def test_the_same_answers_as_search(texts: list[str]) -> None:
    patterns = [re.compile(pattern) for pattern in PATTERNS] + [shape for _, shape in _SHAPES]
    found = Patterns(patterns).search(texts)
    assert found.tolist() == [[bool(pattern.search(text)) for pattern in patterns] for text in texts]


def test_every_pair_of_a_place_counts() -> None:
    """The edge of a text and a bracket share their place in the table with another pair of the shapes of the model."""
    texts = ["(召开全县行政复议工作推进会)", '("复议云庭"连线省外当事人)', "（图为调解现场）", "(一)工作"]
    found = Patterns([shape for _, shape in _SHAPES]).search(texts)
    assert found.tolist() == [[bool(shape.search(text)) for _, shape in _SHAPES] for text in texts]


@pytest.mark.parametrize("name", ["bracketed", "date", "label", "colon", "quantity", "lack", "will", "rights"])
def test_most_texts_are_never_searched(name: str) -> None:
    """The shapes of the model do follow a pair; a text with none of them is not handed to re."""
    from toolkit.prefilter import _whole

    assert _whole(dict(_SHAPES)[name]).needs
