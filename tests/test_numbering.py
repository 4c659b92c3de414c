"""Numbering that is rare or easily mistaken: which lines count, what they head, where a paragraph is cut."""

from __future__ import annotations

import time

import pytest

from toolkit.document import Item
from toolkit.read import from_lines
from toolkit.structure import parse, parse_items

BODY = "全县调解组织共排查矛盾纠纷832件，调解成功815件，成功率98%，涉及金额1200余万元，未发生民转刑案件。"


def items_of(text: str) -> tuple[Item, ...]:
    return parse(from_lines("样本", text)).items


def seen(text: str) -> list[tuple[str, str]]:
    return [(item.kind, item.text) for item in items_of(text)]


@pytest.mark.parametrize(
    "line",
    [
        "一 、存在的问题",
        "一.2023年工作情况",
        "第一章总则",
        "第二部分存在的不足",
        "第三节 经验做法",
        "Ⅱ．行政复议",
        "B.队伍建设",
        "3.2024年工作打算",
    ],
)
def test_odd_numbering_heads_the_text_below(line: str) -> None:
    item, body = items_of(f"{line}\n{BODY}")
    assert (item.kind, body.headings) == ("heading", (line,))


@pytest.mark.parametrize(
    "line",
    [
        "Ⅱ类水质断面全年达标，河长与检察长联合巡河16次，整改问题41个。",
        "A类企业减少检查频次，全年少跑现场260次，企业满意度明显上升。",
        "第一编辑部的记者随调解员走村入户，连续刊发报道12篇，反响热烈。",
        "第一节普法课由法治副校长讲授，全县48所中小学同步收看。",
    ],
)
def test_letters_and_ordinals_that_count_nothing(line: str) -> None:
    assert seen(line) == [("paragraph", line)]


def test_decimals_count_below_the_whole_numbers() -> None:
    """1.1 and 1.1.1 are levels of their own, in text handed in as rows too."""
    lines = ["1.总体要求", "1.1指导思想", BODY, "1.2 工作目标", "1.2.1 短期", BODY, "1.2.2 长期", BODY, "2.保障", BODY]
    items = items_of("\n".join(lines))
    assert [item.headings for item in items if item.kind == "paragraph"] == [
        ("1.总体要求", "1.1指导思想"),
        ("1.总体要求", "1.2 工作目标", "1.2.1 短期"),
        ("1.总体要求", "1.2 工作目标", "1.2.2 长期"),
        ("2.保障",),
    ]
    again = parse_items("行", [(item.id, item.text, None) for item in items]).items
    assert [(item.kind, item.headings) for item in again] == [(item.kind, item.headings) for item in items]


def test_decimals_count_on_from_chapter_to_chapter() -> None:
    lines = ["一、背景", "1.1政策要求", BODY, "1.2群众需求", BODY, "二、目标", "2.1总体目标", BODY]
    assert items_of("\n".join(lines))[-1].headings == ("二、目标", "2.1总体目标")


@pytest.mark.parametrize(
    "lines",
    [
        ["3.15消费者权益日进商场", "12.4国家宪法日进校园", "6.26国际禁毒日进社区"],
        ["1.5倍于上年的咨询量", "2.1万人次参加"],
        ["1.1万人次接受教育", "1.2万份资料发放到户"],
        ["5.1节前集中接访", "12.1艾滋病日宣传"],
        ["1.8米高的展板进村", "15.8%的案件当天办结"],
    ],
)
def test_dates_and_amounts_with_a_point_count_nothing(lines: list[str]) -> None:
    text = "\n".join(f"{line}，全县司法所共组织专场活动26场，发放资料3200份，解答咨询480人次。" for line in lines)
    assert [item.kind for item in items_of(text)] == ["paragraph"] * len(lines)


def test_a_number_before_a_number_counts_on() -> None:
    """1.3月底前 is point 1 if 2. follows; 3.15 after point 2 is none if 3. is yet to come."""
    first, second, day, third = (
        "1.3月底前印发年度要点，把46项任务分解到各乡镇和部门。",
        "2.4月组织党政主要负责人现场述法，群众代表当场评议。",
        "3.15消费者权益日当天，志愿者进商场答疑160人次。",
        "3.9个司法所配齐专职调解员，补贴标准由县财政统一保障。",
    )
    assert [item.kind for item in items_of("\n".join((first, second, third)))] == ["point"] * 3
    kinds = [item.kind for item in items_of("\n".join((first, second, day, third)))]
    assert kinds == ["point", "point", "paragraph", "point"]
    assert [item.kind for item in items_of(f"{BODY}\n{first}")] == ["paragraph", "paragraph"]


def test_points_count_on_over_lines() -> None:
    """A lead-in whose 一是 stands on its line, and 二是 below, also where every point has a text of its own."""
    lead, one, two, three = "（二）规范执法行为。", "一是健全制度。", "二是强化监督。", "三是开展培训。"
    assert seen(f"{lead}{one}\n{BODY}\n{two}\n{BODY}\n{three}\n{BODY}") == [
        ("heading", lead),
        ("point", one),
        ("paragraph", BODY),
        ("point", two),
        ("paragraph", BODY),
        ("point", three),
        ("paragraph", BODY),
    ]
    assert [item.text for item in items_of("主要做法：1.健全制度。\n2.强化监督。")] == [
        "主要做法：",
        "1.健全制度。",
        "2.强化监督。",
    ]


def test_a_lonely_point_is_not_cut_by_what_comes_after_a_heading() -> None:
    alone = "成绩的取得，一是靠班子，其余靠全体干警的辛勤付出和社会各界的大力支持。"
    assert seen(f"{alone}\n二、存在的问题\n二是培训不够。")[0] == ("paragraph", alone)


def test_blanks_in_place_of_lost_line_breaks() -> None:
    """A page whose lines were joined by blanks is cut where its numbers stand."""
    pieces = [
        "一、成效",
        "（一）调解 全县调解纠纷832件。",
        "（二）普法 全县开展宣讲96场。",
        "二、问题",
        "（一）人手不足。",
    ]
    items = items_of(" ".join([*pieces, "（二）经费不够。"]))
    assert [item.text for item in items] == [*pieces, "（二）经费不够。"]
    assert items[2].headings == ("一、成效",)
    assert items[-1].headings == ("二、问题",)
    assert seen("会上 一是通报情况。")[0][1] == "会上 一是通报情况。"


@pytest.mark.parametrize("mark", "▲★●◆•➢√")
def test_a_bullet_opens_a_line_of_its_own(mark: str) -> None:
    """Lines after a line without a full stop go on with it, but not where a bullet opens them."""
    first = "坚持问题导向，每月召开一次案件会商会，研究解决疑难复杂案件，推动化解积案三十一件，办结率稳步提高"
    second = f"{mark}坚持服务导向，为老年人、残疾人上门办理公证66件，群众满意度持续提升。"
    assert [item.text for item in items_of(f"{first}\n{second}")] == [first, second]


def test_a_boxed_line_heads_the_text_but_not_its_like() -> None:
    assert items_of(f"■ 织密调解网\n{BODY}")[0].kind == "heading"
    assert (
        items_of(
            "◆ 强化学习教育\n◆ 选派12名骨干到先进地区跟班学习三个月，回来后轮流上讲台授课，带动全员提升业务能力。"
        )[0].kind
        == "paragraph"
    )


def test_blanks_without_end_are_passed_once() -> None:
    text = f"会上{' ' * 300_000}一是通报情况；{'　' * 300_000}二是部署工作。"
    begun = time.process_time()
    assert [item.kind for item in items_of(text)] == ["paragraph", "point", "point"]
    assert time.process_time() - begun < 2
