"""Substrings: folding keeps places, clauses cover the text, look-up finds exactly the vocabulary."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.features import (
    Units,
    Vocabulary,
    clause_spans,
    clause_starts,
    fold,
    key_text,
    learn_vocabulary,
    ngrams,
    raw_codes,
    text_key,
)
from toolkit.scorers import Groups

LINES = ["全年调解矛盾纠纷832件，成功率98％。", "社区矫正对象96人；电子定位81人。", "ＡＢＣ平台上线，调解纠纷12件！"]


def test_folding_is_one_for_one() -> None:
    """Full width, case and digits are folded for matching; every character keeps its place."""
    folded = fold("Ａb３年，％")
    assert "".join(chr(c) if c else "_" for c in folded) == "ab0年_%"


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("全年排查纠纷；成功率98%。", ["全年排查纠纷；", "成功率98%。"]),
        ("没有句号的一行", ["没有句号的一行"]),
        ("提出“应援尽援。”的目标。", ["提出“应援尽援。”", "的目标。"]),
        ("", [""]),
    ],
)
def test_clauses_end_at_full_stops_and_semicolons(text: str, clauses: list[str]) -> None:
    assert [text[a:b] for a, b in clause_spans(text)] == clauses


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="调解。；\n a1！”", max_size=40))
def test_clauses_are_in_order_and_miss_no_letter(text: str) -> None:
    spans = clause_spans(text)
    assert spans
    at = 0
    for start, end in spans:
        assert not any(c.isalnum() for c in text[at:start])
        assert start <= end
        at = end
    assert not any(c.isalnum() for c in text[at:])


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="调解纠纷法律援助，。1a", max_size=30))
def test_ngrams_are_the_substrings_without_breaks(text: str) -> None:
    keys, places = ngrams(fold(text))
    folded = "".join(chr(c) if c else "。" for c in fold(text))
    expected = sorted(
        folded[i : i + n] for n in range(1, 5) for i in range(len(folded) - n + 1) if "。" not in folded[i : i + n]
    )
    assert sorted(key_text(int(key)) for key in keys) == expected
    assert all(folded[place] == key_text(int(key))[0] for key, place in zip(keys, places, strict=True))


def test_vocabulary_finds_exactly_what_it_holds() -> None:
    vocabulary, _ = learn_vocabulary(["调解", "矫正对象", "法", "件"], min_df=1)
    keys = vocabulary.keys
    asked = np.array([text_key(word) for word in ["调解", "纠", "矫正对象", "解调", "件", "对象矫"]], np.uint64)
    found = vocabulary.find(asked)
    assert [key_text(int(keys[k])) if k >= 0 else None for k in found] == ["调解", None, "矫正对象", None, "件", None]


def test_document_frequency_counts_texts_not_occurrences() -> None:
    vocabulary, frequency = learn_vocabulary(["调解调解调解", "调解", "矫正"], min_df=1)
    counts = {key_text(int(key)): int(n) for key, n in zip(vocabulary.keys, frequency, strict=True)}
    assert counts["调解"] == 2
    assert counts["矫正"] == 1


def test_no_substring_crosses_two_texts() -> None:
    units = Units.of_texts(LINES)
    keys, places = ngrams(units.codes)
    owners = units.of_position(places)
    for key, owner in zip(keys.tolist(), owners.tolist(), strict=True):
        folded = "".join(chr(c) if c else "。" for c in fold(LINES[owner]))
        assert key_text(key) in folded


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(alphabet="调解，。；！”）)\n 　a\U00020000", max_size=12), max_size=6))
def test_clauses_of_many_texts_are_those_of_each(texts: list[str]) -> None:
    starts, counts = clause_starts(texts, raw_codes("".join(text + "\n" for text in texts)))
    expected, at = [], 0
    for text in texts:
        expected += [at + start for start, _ in clause_spans(text)]
        at += len(text) + 1
    assert starts.tolist() == expected
    assert counts.tolist() == [len(clause_spans(text)) for text in texts]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(alphabet="调解纠纷，", max_size=9), max_size=6), st.text(alphabet="调解纠纷矫，", max_size=40))
def test_occurrences_are_those_of_looking_up_every_ngram(learnt: list[str], text: str) -> None:
    vocabulary, _ = learn_vocabulary(learnt, min_df=1)
    known = {int(key): number for number, key in enumerate(vocabulary.keys)}
    keys, places = ngrams(fold(text))
    expected = sorted((known[k], p) for k, p in zip(keys.tolist(), places.tolist(), strict=True) if k in known)
    got = [(int(k), int(p)) for each, at in vocabulary.occurrences(fold(text)) for k, p in zip(each, at, strict=True)]
    assert sorted(got) == expected
    longest = {place: number for number, place in sorted(expected)}  # sorted keys: the longer ones come later
    assert dict(zip(*(each.tolist() for each in reversed(vocabulary.longest(fold(text)))), strict=True)) == longest


@pytest.mark.parametrize("words", [["调解"], ["调", "解", "调解", "调解纠"], ["\0"]])
def test_a_vocabulary_without_the_parts_of_a_substring_is_refused(words: list[str]) -> None:
    with pytest.raises(ValueError, match=r"without its parts|a break"):
        Vocabulary.of(np.unique(np.array([text_key(word) for word in words], np.uint64)))


def test_every_substring_of_a_large_vocabulary_has_a_place_of_its_own() -> None:
    """Tens of thousands of substrings: each is found, nothing else is, and none waits behind another."""
    rng = np.random.default_rng(3)
    texts = ["".join(map(chr, 0x4E00 + rng.zipf(1.3, 60) % 900)) for _ in range(600)]
    vocabulary, _ = learn_vocabulary(texts, min_df=1)
    assert len(vocabulary) > 20_000
    assert vocabulary.find(vocabulary.keys).tolist() == list(range(len(vocabulary)))
    strange = np.unique(np.array([text_key(text[::-1][at : at + 3]) for text in texts for at in range(50)], np.uint64))
    expected = np.where(np.isin(strange, vocabulary.keys), np.searchsorted(vocabulary.keys, strange), -1)
    assert vocabulary.find(strange).tolist() == expected.tolist()
    assert 0 < (expected < 0).mean() < 1


def test_a_vocabulary_out_of_order_is_refused() -> None:
    for words in (["调", "解"], ["调", "调"]):  # 解 stands before 调
        with pytest.raises(ValueError, match="not sorted"):
            Vocabulary.of(np.array([text_key(word) for word in words], np.uint64))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.sampled_from([np.add, np.maximum]))
def test_groups_are_reduced_as_one_after_the_other(counts: list[int], ufunc: np.ufunc) -> None:
    sizes = np.array(counts, np.int64)
    rows = (np.arange(3 * sizes.sum()).reshape(-1, 3) * 37 % 11).astype(np.float32)
    begins = np.cumsum(sizes) - sizes
    expected = [ufunc.reduce(rows[at : at + n], axis=0).tolist() for at, n in zip(begins.tolist(), counts, strict=True)]
    assert Groups(begins, sizes).reduce(ufunc, rows).tolist() == expected
