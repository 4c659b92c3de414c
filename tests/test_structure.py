"""Numbering, headings, points and paths, on lines as reports have them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.read import from_lines, read_source
from toolkit.structure import parse, parse_items

BODY = "全县调解组织共排查矛盾纠纷832件，调解成功815件，成功率98%，涉及金额1200余万元，未发生民转刑案件。"


def items_of(text: str) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(item.kind, item.text, item.headings) for item in parse(from_lines("样本", text)).items]


@pytest.mark.parametrize(
    "line",
    [
        "一、工作成效",
        "（一）人民调解工作",
        "(二)社区矫正工作",
        "1.健全机制",
        "2、强化保障",
        "3．压实责任",
        "第一部分 工作回顾",
    ],
)
def test_numbered_line_over_text_is_a_heading(line: str) -> None:
    """Every numbering style of the table opens a heading when it stands alone over a paragraph."""
    kinds = items_of(f"{line}\n{BODY}")
    assert kinds[0][:2] == ("heading", line)
    assert kinds[1][2] == (line,)


@pytest.mark.parametrize(
    "line",
    [
        "2022年，全县法治建设取得新进展，各项工作稳步推进，有力保障了经济社会发展。",
        "12348热线全年接听群众来电3200余个，满意率99%，接通率较上年提高4个百分点。",
        "3月10日，全县司法行政工作会议召开，总结上年工作，部署当年任务，表彰先进集体。",
        "1.4万个网格全部配备法律明白人，实现村（社区）全覆盖，群众办事不出村。",
        "一村一法律顾问工作全面铺开，208个村签订聘用合同，律师每月到村服务半天。",
        "二十大精神宣讲团深入基层，开展宣讲120余场，覆盖干部群众1.2万人次。",
    ],
)
def test_numbers_that_count_nothing_open_no_heading(line: str) -> None:
    """A year, a hotline, a date or a quantity at the start of a line is no numbering."""
    [(kind, text, path)] = items_of(line)
    assert (kind, text, path) == ("paragraph", line, ())


def test_inline_points_are_split_and_keep_their_heading() -> None:
    lead = "2.健全决策制度。"
    first, second = "一是严格程序，审查文件31件；", "二是用好顾问，出具意见66份。"
    kinds = items_of(f"（二）依法决策\n{lead}{first}{second}")
    assert [(kind, text) for kind, text, _ in kinds] == [
        ("heading", "（二）依法决策"),
        ("heading", lead),
        ("point", first),
        ("point", second),
    ]
    assert kinds[3][2] == ("（二）依法决策", lead)


def test_one_lonely_point_word_splits_nothing() -> None:
    """一是 that counts no further is part of the sentence."""
    text = "成绩的取得，一是靠班子，其余靠全体干警的辛勤付出和社会各界的大力支持。"
    assert [item[1] for item in items_of(text)] == [text]


def test_levels_are_inferred_from_the_document() -> None:
    """A report that starts at （一） has its outermost headings there, one with 一、 below it."""
    assert items_of(f"（一）调解\n1.排查\n{BODY}")[2][2] == ("（一）调解", "1.排查")
    assert items_of(f"一、成效\n（一）调解\n{BODY}\n二、问题\n{BODY}")[4][2] == ("二、问题",)


def test_unnumbered_headings_carry_their_text() -> None:
    kinds = items_of(f"织密“防护网”\n{BODY}\n筑牢“压舱石”\n{BODY}")
    assert [kind for kind, _, _ in kinds] == ["heading", "paragraph", "heading", "paragraph"]
    assert kinds[3][2] == ("筑牢“压舱石”",)


def test_sentence_broken_by_a_newline_is_one_item() -> None:
    text = "将法治政府建设纳入全区工作，制定年度要点，召开会议研究部署推动各项重点任务落实落细，全年纳入全区工\n\n作规划计划，做到同部署、同考核、同落实。"
    [(kind, found, _)] = items_of(text)
    assert (kind, found) == ("paragraph", text)


def test_title_furniture_and_captions_keep_their_place(report: Path) -> None:
    document = parse(read_source(report))
    assert document.title == "澄江县司法局2023年工作总结"
    assert [item.text for item in document.items if item.kind == "point"] == [
        "一是排查纠纷。全县调委会共排查矛盾纠纷832件，调解成功815件。",
        "二是建强队伍。新聘专职调解员12名，培训4期。",
        "1.推进法律援助应援尽援，农民工讨薪案件当天受理、当天指派。",
        "2.启动“八五”普法终期验收。",
    ]
    assert document.items[-1].text == "（图为调解现场）"


def test_items_already_split_get_the_same_paths(report: Path) -> None:
    """A report given as rows has the kinds and heading paths it has as a file."""
    document = parse(read_source(report))
    again = parse_items("行", [(item.id, item.text, None) for item in document.items])
    assert [(i.kind, i.headings, i.text) for i in again.items] == [(i.kind, i.headings, i.text) for i in document.items]


PIECES = st.sampled_from(
    [
        "一、",
        "（二）",
        "1.",
        "一是",
        "二是",
        "三是",
        "第一，",
        "①",
        "。",
        "；",
        "\n",
        "　　",
        " ",
        "2022年",
        "12348",
        "调解纠纷",
        "法律援助",
        "——",
        "（",
        "）",
        "A",
        "\r\n",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=60).map("".join))
def test_no_character_is_lost_and_spans_are_true(text: str) -> None:
    """Items are in order, do not overlap, and cover every character that is no blank."""
    document = parse(from_lines("随机", text))
    covered = 0
    for item in document.items:
        assert document.text[item.start : item.end] == item.text
        assert not document.text[covered : item.start].strip()
        covered = item.end
    assert not document.text[covered:].strip()


def test_development_reports_have_the_gold_boundaries(shared: Path) -> None:
    for gold in sorted((shared / "reports").glob("*.gold.jsonl")):
        expected = [re.sub(r"\s", "", json.loads(line)["text"]) for line in gold.read_text("utf-8").splitlines()]
        document = parse(read_source(gold.with_name(gold.name.replace(".gold.jsonl", ".txt"))))
        found = [re.sub(r"\s", "", item.text) for item in document.items]
        common = len(set(expected) & set(found))
        assert 2 * common / (len(expected) + len(found)) >= 0.97, gold.name
