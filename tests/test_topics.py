"""Topics: one interface over four models, seeded topics under their themes, rows that never shift, the same bytes."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from toolkit.document import Item
from toolkit.errors import ConfigError, DataError, ModelError
from toolkit.topics import KINDS, TopicModel, Topics

SEEDS = {
    "mediation": ["人民调解", "矛盾纠纷", "调解员", "调委会"],
    "legal_aid": ["法律援助", "农民工", "值班律师", "讨薪"],
    "community_correction": ["社区矫正", "安置帮教", "矫正对象", "脱管"],
}
NAMES = {"mediation": "人民调解与矛盾化解", "legal_aid": "法律援助", "community_correction": "社区矫正与安置帮教"}
SENTENCES = {
    "mediation": [
        "镇调委会上门排查矛盾纠纷，邻里宅基地争议当场达成协议。",
        "聘请退休教师担任调解员，山林承包纠纷握手言和。",
        "人民调解进小区，物业漏水争议当场达成协议并握手言和。",
        "矛盾纠纷按月研判，婚姻家庭争议由调解员上门疏导。",
    ],
    "legal_aid": [
        "为受骗的农民工追回工资，法律援助当天指派律师。",
        "讨薪案件免除经济困难审查，律师代理仲裁追回工资。",
        "值班律师在看守所提供帮助，刑事辩护指派律师见证。",
        "法律援助窗口受理残疾人申请，经济困难审查只看承诺。",
    ],
    "community_correction": [
        "矫正对象手机定位核查，外出请假逐级审批，没有脱管。",
        "社区矫正中心组织公益劳动，心理测评逐人建档。",
        "安置帮教衔接刑满释放人员，就业培训与救助落地。",
        "社区矫正入矫宣告当场进行，矫正对象心理测评逐人建档。",
    ],
}
TEXTS = [text for n in range(8) for texts in SENTENCES.values() for text in (texts[n % 4], texts[(n + 1) % 4])]
THEMES = [theme for _ in range(8) for theme in SENTENCES for _ in range(2)]


def model(kind: str = "seeded_lda", n_topics: int | None = 4, **options: object) -> TopicModel:
    settings = {"seeds": SEEDS, "names": NAMES, "min_df": 1, "max_df": 0.5, **options}
    return TopicModel(kind, n_topics, **settings)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def fitted() -> dict[str, TopicModel]:
    return {kind: model(kind).fit(TEXTS) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_distributions_with_ids_and_names(fitted: dict[str, TopicModel], kind: str) -> None:
    found = fitted[kind]
    shares = found.transform(TEXTS)
    assert shares.shape == (len(TEXTS), 4)
    assert found.topics_.shape == (4, len(found.terms_))
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    np.testing.assert_allclose(found.topics_.sum(axis=1), 1.0)
    assert len(set(found.ids_)) == len(set(found.names_)) == 4
    assert [len(words) for words in found.top_terms(5)] == [5] * 4


def test_a_seeded_topic_stands_under_its_theme_and_finds_its_items(fitted: dict[str, TopicModel]) -> None:
    found = fitted["seeded_lda"]
    assert found.ids_ == (*SEEDS, "topic_01")
    assert found.names_[:3] == tuple(NAMES.values())
    assert [found.ids_[k] for k in found.transform(TEXTS).argmax(axis=1)] == THEMES


def test_a_seeded_topic_learns_words_that_are_no_seeds(fitted: dict[str, TopicModel]) -> None:
    """一条没有任何种子词的话也归到它的主题。"""
    found = fitted["seeded_lda"]
    shares = found.transform(["物业漏水争议握手言和", "追回工资并代理仲裁", "心理测评逐人建档"])
    assert [found.ids_[k] for k in shares.argmax(axis=1)] == list(SEEDS)


@pytest.mark.parametrize("kind", ["lda", "nmf", "kmeans"])
def test_an_unseeded_topic_is_named_after_the_theme_it_is_nearest_to(fitted: dict[str, TopicModel], kind: str) -> None:
    named = {name.split("：")[0] for name in fitted[kind].names_ if "：" in name}
    assert named
    assert named <= set(NAMES.values())
    assert all(id_.startswith("topic_") for id_ in fitted[kind].ids_)


def test_items_texts_and_words_give_the_same(fitted: dict[str, TopicModel]) -> None:
    found = fitted["seeded_lda"]
    items = [Item(str(n), 0, len(text), text, "paragraph") for n, text in enumerate(TEXTS)]
    words = [found.learnt_.bag.words(text) for text in TEXTS]
    np.testing.assert_array_equal(found.transform(items), found.transform(TEXTS))
    np.testing.assert_array_equal(found.transform(words), found.transform(TEXTS))


@pytest.mark.parametrize("kind", KINDS)
def test_rows_do_not_depend_on_their_neighbours(fitted: dict[str, TopicModel], kind: str) -> None:
    found = fitted[kind]
    together = found.transform(TEXTS)
    alone = np.vstack([found.transform([text]) for text in TEXTS])
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_item_stays_a_row_of_zeros(fitted: dict[str, TopicModel], kind: str) -> None:
    shares = fitted[kind].transform([TEXTS[0], "", "2023年100%", TEXTS[5]])
    assert shares.sum(axis=1).round(9).tolist() == [1.0, 0.0, 0.0, 1.0]
    np.testing.assert_array_equal(shares[[0, 3]], fitted[kind].transform([TEXTS[0], TEXTS[5]]))


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_bytes(fitted: dict[str, TopicModel], kind: str) -> None:
    again = model(kind).fit(TEXTS)
    assert again.components_.tobytes() == fitted[kind].components_.tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_learnt_survives_being_arrays_and_json(fitted: dict[str, TopicModel], kind: str) -> None:
    arrays, meta = fitted[kind].to_arrays()
    read = Topics.from_arrays(arrays, json.loads(json.dumps(meta)))
    assert (read.ids, read.names) == (fitted[kind].ids_, fitted[kind].names_)
    assert read.top_terms(8) == fitted[kind].top_terms(8)
    assert read.transform(TEXTS).tobytes() == fitted[kind].transform(TEXTS).tobytes()


def test_arrays_that_do_not_agree_are_refused(fitted: dict[str, TopicModel]) -> None:
    arrays, meta = fitted["nmf"].to_arrays()
    with pytest.raises(ModelError, match="don't agree on 4 topics"):
        Topics.from_arrays({**arrays, "components": arrays["components"][:, 1:]}, meta)
    with pytest.raises(ModelError, match="without 'idf'"):
        Topics.from_arrays({name: part for name, part in arrays.items() if name != "idf"}, meta)


def test_inference_agrees_with_gensim(fitted: dict[str, TopicModel]) -> None:
    plain = model(seed_weight=0.0).fit(TEXTS)
    reference = plain.to_gensim()
    reference.iterations, reference.gamma_threshold = 500, 1e-6
    rows = plain.learnt_.count(TEXTS)
    bags = [list(zip(row.indices.tolist(), row.data.tolist(), strict=True)) for row in rows]
    gamma, _ = reference.inference(bags)
    expected = gamma / gamma.sum(axis=1, keepdims=True)
    close = np.abs(plain.transform(TEXTS) - expected).max(axis=1) < 0.02
    # Variational inference may end in another local optimum on a row or two: the two start elsewhere.
    assert close.mean() > 0.9


@pytest.mark.parametrize("kind", KINDS)
def test_a_corpus_in_chunks_is_iterated_again_and_again(kind: str) -> None:
    found = model(kind, chunk_size=20).fit(TEXTS)
    assert found.n_items_ == len(TEXTS)
    np.testing.assert_allclose(found.transform(TEXTS).sum(axis=1), 1.0)


def test_a_seeded_corpus_in_chunks_gives_the_same_topics(fitted: dict[str, TopicModel]) -> None:
    found = model(chunk_size=7).fit(TEXTS)
    np.testing.assert_allclose(found.topics_[:3], fitted["seeded_lda"].topics_[:3], atol=0.01)


def test_more_items_move_the_topics_and_keep_their_ids(fitted: dict[str, TopicModel]) -> None:
    found = model().fit(TEXTS[:24])
    before = found.components_.sum()
    found.partial_fit(TEXTS[24:])
    assert found.components_.sum() > before
    assert found.ids_ == fitted["seeded_lda"].ids_
    assert found.n_items_ == len(TEXTS)
    with pytest.raises(ConfigError, match="a nmf model can't be updated"):
        model("nmf").fit(TEXTS).partial_fit(TEXTS)


# What is wrong with the corpus or the seeds is said plainly.


def test_three_paragraphs_give_topics_and_a_note() -> None:
    found = model().fit(TEXTS[:1] + TEXTS[2:3] + TEXTS[4:5])
    assert "only 3 items for 4 topics" in " ".join(found.notes_)
    assert [found.ids_[k] for k in found.transform(TEXTS[:6:2]).argmax(axis=1)] == list(SEEDS)


@pytest.mark.parametrize(
    ("make", "texts", "error", "message"),
    [
        (lambda: model("lda", 10), TEXTS[:5], DataError, "10 topics for 5 items"),
        (lambda: model(stopwords=["各项", "工作"], seeds={"a": ["普法"]}), ["各项工作", "工作。"], DataError, "no item has a word"),
        (lambda: model(), [], DataError, "no item has a word"),
        (lambda: model(min_df=90, seeds={"a": ["普法"]}), TEXTS, DataError, "at least 90"),
        (lambda: TopicModel("seeded_lda"), TEXTS, ConfigError, "without seeds"),
        (lambda: model("lsa"), TEXTS, ConfigError, "allowed: lda, seeded_lda, nmf, kmeans"),
        (lambda: model(n_topics=2), TEXTS, ConfigError, "2 topics for 3 seeded themes"),
        (lambda: model(n_topics=0, kind="lda"), TEXTS, ConfigError, "n_topics is 0"),
        (lambda: model(chunk_size=0), TEXTS, ConfigError, "chunk_size is 0"),
        (lambda: model(chunk_size=5), iter(TEXTS), DataError, "can be read once"),
        (lambda: model(), np.eye(3), DataError, "a row of float64 where"),
        (lambda: model(), "一段话", DataError, "one text where items are expected"),
    ],
)  # fmt: skip
def test_what_cannot_be_fitted_is_a_plain_error(make, texts, error, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error, match=message):
        make().fit(texts)


def test_a_seed_of_two_themes_points_to_neither() -> None:
    seeds = {**SEEDS, "public_legal_service": ["值班律师", "热线"]}
    found = model(seeds=seeds, n_topics=5).fit(TEXTS)
    notes = " ".join(found.notes_)
    assert "seed '值班律师' belongs to legal_aid and public_legal_service; it is used for neither" in notes
    assert "theme 'public_legal_service' has no seed that occurs" in notes
    assert "1 seeds never occur: 热线" in notes
    assert found.ids_[3] == "public_legal_service"


def test_an_empty_paragraph_among_the_training_items_is_counted_and_kept() -> None:
    found = model().fit([*TEXTS, "", "　"])
    assert found.n_items_ == len(TEXTS) + 2
    assert "2 of 50 items have no word" in " ".join(found.notes_)


# scikit-learn's habits


def test_it_behaves_as_a_transformer_of_scikit_learn() -> None:
    fresh = model()
    copied = clone(fresh)
    assert copied.get_params() == fresh.get_params()
    with pytest.raises(NotFittedError, match="call fit first"):
        fresh.transform(TEXTS)
    assert fresh.fit(TEXTS) is fresh
    assert fresh.get_feature_names_out().tolist() == list(fresh.ids_)
    np.testing.assert_array_equal(copied.fit_transform(TEXTS), fresh.transform(TEXTS))
    again = pickle.loads(pickle.dumps(fresh))
    np.testing.assert_array_equal(again.transform(TEXTS), fresh.transform(TEXTS))


def test_an_item_of_one_cluster_has_most_of_it_and_not_all(fitted: dict[str, TopicModel]) -> None:
    largest = fitted["kmeans"].transform(TEXTS).max(axis=1)
    assert 0.6 < largest.mean() < 1.0


def test_stored_topics_need_neither_gensim_nor_scikit_learn() -> None:
    code = "import sys, toolkit.topics; print([m for m in ('gensim', 'sklearn', 'matplotlib') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@settings(deadline=None, max_examples=30)  # the first call builds the segmenter
@given(st.lists(st.sampled_from([*TEXTS[:6], "", "　", "2023年", "abc", "😀"]), min_size=1, max_size=8))
def test_rows_never_get_lost_or_shift(fitted: dict[str, TopicModel], texts: list[str]) -> None:
    topics = fitted["seeded_lda"]
    found = topics.transform(texts)
    assert len(found) == len(texts)
    known = dict(zip(TEXTS[:6], topics.transform(TEXTS[:6]), strict=True))
    for text, row in zip(texts, found, strict=True):
        np.testing.assert_array_equal(row, known.get(text, np.zeros(4)))
