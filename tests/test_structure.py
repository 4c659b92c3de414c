"""Numbering, headings, points and paths, on lines as reports have them."""

from __future__ import annotations

import json
import re
import time
from html import escape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats import PIECES, covers
from toolkit.metadata import find_metadata
from toolkit.read import from_blocks, from_lines, read_source
from toolkit.read.html import read_html
from toolkit.structure import furniture_of, is_furniture, parse, parse_items

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
        "一）人民调解",
        "㈡社区矫正",
        "⑶法律援助",
        "⒋普法宣传",
        "三：法治督察",
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


@pytest.mark.parametrize(
    "points",
    [
        ["（一）健全机制。修订制度12项，审查文件31件。", "（二）建强队伍。培训骨干4期，覆盖乡镇9个。"],
        ["1.健全机制。修订制度12项，增长1.4倍。", "2.建强队伍。培训骨干4期。", "3.强化保障。落实经费2.5万元。"],
        ["1、健全机制；", "2、建强队伍；"],
        ["一、健全机制。修订制度12项。", "二、建强队伍。培训骨干4期。"],
    ],
)
def test_numbers_inside_a_paragraph_open_points(points: list[str]) -> None:
    """Pages that lost their line breaks number on in one paragraph; a run counts from one."""
    lead = "主要抓了以下工作："
    assert [item[:2] for item in items_of(lead + "".join(points))] == [
        ("paragraph", lead),
        *(("point", point) for point in points),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "依据条例第九条（一）、（二）项处罚12件。3.5万元罚款全部入库。",
        "出庭应诉。一、二审案件12件；二、三级律师9人。",
        "建成窗口。1、2号楼设咨询台，5%；2.3万人受益。",
    ],
)
def test_figures_inside_a_paragraph_split_nothing(line: str) -> None:
    assert [item[1] for item in items_of(line)] == [line]


def test_one_lonely_point_word_splits_nothing() -> None:
    """一是 that counts no further is part of the sentence."""
    text = "成绩的取得，一是靠班子，其余靠全体干警的辛勤付出和社会各界的大力支持。"
    assert [item[1] for item in items_of(text)] == [text]


def test_levels_are_inferred_from_the_document() -> None:
    """A report that starts at （一） has its outermost headings there, one with 一、 below it."""
    assert items_of(f"（一）调解\n1.排查\n{BODY}")[2][2] == ("（一）调解", "1.排查")
    assert items_of(f"一、成效\n（一）调解\n{BODY}\n二、问题\n{BODY}")[4][2] == ("二、问题",)


def test_a_report_may_number_upside_down() -> None:
    """一、 that begins to count right under 1. goes below it; after text it goes above, as ever."""
    below = items_of(f"1.成效\n一、调解\n{BODY}\n二、普法\n{BODY}\n2.问题\n{BODY}")
    assert [path for kind, _, path in below if kind == "paragraph"] == [
        ("1.成效", "一、调解"),
        ("1.成效", "二、普法"),
        ("2.问题",),
    ]
    assert items_of(f"1.成效\n{BODY}\n一、调解\n{BODY}")[3][2] == ("一、调解",)


def test_a_heading_that_ends_in_a_comma_stands_over_its_text() -> None:
    assert [item[:2] for item in items_of(f"一、 加强组织领导，\n{BODY}{BODY}")] == [
        ("heading", "一、 加强组织领导，"),
        ("paragraph", BODY + BODY),
    ]


def test_a_title_shown_twice_is_a_title_twice() -> None:
    title, shown = "霁川市2023年法治政府建设情况报告", "来源：市府办　发布时间：2024-03-28"
    document = parse(from_lines("样本", f"{title}\n{shown}\n{title}\n{BODY}\n一、主要举措\n{BODY}"))
    assert [item.kind for item in document.items] == [
        "title",
        "paragraph",
        "title",
        "paragraph",
        "heading",
        "paragraph",
    ]
    assert document.items[-1].headings == ("一、主要举措",)
    assert find_metadata(document)["title"].value == title


def test_unnumbered_headings_carry_their_text() -> None:
    kinds = items_of(f"织密“防护网”\n{BODY}\n筑牢“压舱石”\n{BODY}")
    assert [kind for kind, _, _ in kinds] == ["heading", "paragraph", "heading", "paragraph"]
    assert kinds[3][2] == ("筑牢“压舱石”",)


def test_sentence_broken_by_a_newline_is_one_item() -> None:
    text = "将法治政府建设纳入全区工作，制定年度要点，召开会议研究部署推动各项重点任务落实落细，全年纳入全区工\n\n作规划计划，做到同部署、同考核、同落实。"
    [(kind, found, _)] = items_of(text)
    assert (kind, found) == ("paragraph", text)


def test_a_breadcrumb_is_no_title() -> None:
    lines = (
        "澄江县人民政府门户网站 〉政府信息公开 〉工作总结\n澄江县2019年度法治政府建设工作报告\n一、主要工作\n" + BODY
    )
    assert parse(from_lines("样本", lines)).title == "澄江县2019年度法治政府建设工作报告"


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


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("霁川市2022年法治建设", "暨司法行政工作年度报告"),
        ("关于霁川市2022年度法治政府建设", "情况的报告"),
        ("霁川市司法局2022年度", "工作总结"),
        ("霁川市人民政府", "关于2022年度法治政府建设情况的报告"),
        ("霁川市司法局", "2022年工作总结和2023年工作打算"),
    ],
)
def test_title_broken_in_two_is_one_item(first: str, second: str) -> None:
    document = parse(from_lines("样本", f"{first}\n{second}\n{BODY}"))
    assert [(item.kind, item.text) for item in document.items[:2]] == [
        ("title", f"{first}\n{second}"),
        ("paragraph", BODY),
    ]


@pytest.mark.parametrize("channel", ["法治政府建设", "法治政府建设工作"])
def test_a_whole_title_is_not_joined_to_a_channel_above_it(channel: str) -> None:
    """A title that names its own place goes on from nothing."""
    title = "霁川市2022年法治政府建设情况报告"
    assert [item[:2] for item in items_of(f"{channel}\n{title}\n{BODY}")][:2] == [
        ("paragraph", channel),
        ("title", title),
    ]


def test_subtitle_stands_by_itself() -> None:
    kinds = items_of(f"织就一张解纷网\n——霁川市司法局推进诉源治理工作纪实\n{BODY}")
    assert [kind for kind, _, _ in kinds] == ["title", "title", "paragraph"]


def test_questions_of_an_interview_head_their_answers() -> None:
    """A bare heading ends the question before it; question and answer in one paragraph are no heading."""
    question = "记者：办案量涨了三成，援助中心的人手够用吗？"
    both = f"主持人：怎么办？局长：{BODY}"
    kinds = items_of(f"谈援助：把好事办好\n{question}\n局长：{BODY}\n谈普法：怎样入脑入心？\n{BODY}\n{both}")
    assert [kind for kind, _, _ in kinds] == ["heading", "heading", "paragraph", "heading", "paragraph", "paragraph"]
    assert kinds[2][2] == ("谈援助：把好事办好", question)
    assert kinds[4][2] == ("谈普法：怎样入脑入心？",)


@pytest.mark.parametrize(
    ("broken", "rest"),
    [
        ("3.实施“百", "千万”工程，培养百名讲师、千名骨干，覆盖万户群众。"),
        ("（二）健全制度，", "规范执法行为"),
    ],
)
def test_short_lines_broken_in_the_middle_are_joined(broken: str, rest: str) -> None:
    assert items_of(f"{broken}\n{rest}\n{BODY}")[0][1] == f"{broken}\n{rest}"


def test_where_paragraphs_are_indented_a_bare_line_goes_on() -> None:
    body = f"　　{BODY}\n"
    kinds = items_of(f"{body * 3}　　各单位要把上述任务\n层层分解，明确到人，每季度通报一次进度。\n{body}")
    assert kinds[3][1] == "各单位要把上述任务\n层层分解，明确到人，每季度通报一次进度。"


def test_points_whose_first_bears_no_mark_are_split() -> None:
    text = "全县新建窗口12个，接听热线3万次。二是扩大援助，办案560件。三是规范公证，出证900份。"
    assert [kind for kind, _, _ in items_of(text)] == ["paragraph", "point", "point"]
    assert len(items_of("队伍不强，二是经费不足，群众不满意。")) == 1


def test_lead_in_of_several_sentences_is_no_heading() -> None:
    lead = "（二）学好条例。条例3月1日起施行，先办三件事："
    kinds = items_of(f"{lead}一是清理职责；二是开通投诉。")
    assert [kind for kind, _, _ in kinds] == ["point", "point", "point"]


def test_levels_of_a_page_nest_unnumbered_headings() -> None:
    parts = [("成效", "h2"), ("调解", "h3"), (BODY, ""), ("普法", "h3"), (BODY, ""), ("打算", "h2"), (BODY, "")]
    items = parse(from_blocks("页", parts)).items
    assert [item.headings for item in items if item.kind == "paragraph"] == [
        ("成效", "调解"),
        ("成效", "普法"),
        ("打算",),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "发布日期：2024-01-05　来源：县司法局　浏览次数：88",
        "首页 > 政务公开 > 法治政府建设 > 正文",
        "当前位置：首页／专题／年度报告",
        "澄江县司法局　2024年1月5日",
        "二〇二三年十二月二十八日",
        "（图为调解员走访商户　王一 摄）",
        "▲ 宣讲现场（县融媒体中心 供图）",
        "本报记者　李四　　通讯员　王五",
        "抄送：市司法局，县委办、县政府办。",
        "澄司发〔2023〕11号",
        "联系人：张三　电话：0000-6612345　邮箱：a@b.example",
        "版权所有：澄江县人民政府　ICP备00000000号",
        "各乡镇司法所，局机关各科室：",
        "——2024年1月8日在县第十八届人大常委会第二十次会议上",
        "附件：2023年度案件统计表.xlsx",
        "（乡镇调解员走进田间宣讲）",
        "今天是2024年1月8日　星期一",
        "今天是：2024年1月8日",
        "澄江县人民政府 2024年1月8日星期一",
        "— 3 —",
        "第3页 共12页",
    ],
)
def test_lines_of_the_page_are_furniture(line: str) -> None:
    assert is_furniture(line)
    assert items_of(f"{line}\n{BODY}")[0][0] != "heading"


@pytest.mark.parametrize(
    "line",
    [
        BODY,
        "（二）增强制度供给的针对性和有效性",
        "（十二）夯实司法所",
        "（一）健全行政执法监督机制（含乡镇）",
        "二、不足之处",
        "记者：复议案件多起来了，办得过来吗？",
        "会场设立咨询台，短视频点击量突破3万次，发放资料1200份，受教育群众8000余人。",
        "第3期（2月10日）　复工复产",
        "",
    ],
)
def test_lines_of_the_report_are_not(line: str) -> None:
    assert not is_furniture(line)


@pytest.mark.parametrize("channel", ["工作动态", "政务公开", "领导干部述法专栏", "法治政府建设年度报告"])
def test_a_channel_above_the_title_is_furniture_and_a_section_below_it_is_not(channel: str) -> None:
    """What a site calls its channel stands alone above the title; the same words may head a section."""
    title = "澄江县司法局2023年工作总结"
    above = parse(from_lines("样本", f"{channel}\n{title}\n{BODY}\n{channel}\n{BODY}"))
    assert [item.text for item in above.items if item.kind == "title"] == [title]
    assert furniture_of(above.items) == [True, False, False, False, False]
    assert furniture_of(parse(from_lines("样本", f"{channel}\n{BODY}")).items) == [False, False]


def test_a_traditional_report_is_understood_and_kept_as_it_is() -> None:
    """Matching is folded, the text is not: items and paths say what the report says."""
    body = "全縣調解組織共排查矛盾糾紛８３２件，調解成功８１５件，成功率９８％，涉及金額１２００余萬元。"
    text = f"霽川縣司法局２０２３年工作總結\n發布日期：２０２４-０１-０５\n一、調解工作\n１．排查\n{body}"
    assert items_of(text) == [
        ("title", "霽川縣司法局２０２３年工作總結", ()),
        ("paragraph", "發布日期：２０２４-０１-０５", ()),
        ("heading", "一、調解工作", ()),
        ("heading", "１．排查", ("一、調解工作",)),
        ("paragraph", body, ("一、調解工作", "１．排查")),
    ]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(alphabet="一、（）1.是记者：？\n 　法治。第，", max_size=12), max_size=12))
def test_any_rows_are_items(rows: list[str]) -> None:
    """Rows handed in come back one for one, empty ones too."""
    items = parse_items("行", [(str(number), row, None) for number, row in enumerate(rows)]).items
    assert [item.text for item in items] == rows


@settings(max_examples=700, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=80).map("".join))
def test_no_character_of_a_text_is_lost(text: str) -> None:
    document = parse(from_lines("随机", text))
    covers(document)
    assert document.text == text.replace("\r\n", "\n")


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(PIECES, st.sampled_from("p div h2 strong td br a li span".split())), min_size=1, max_size=50))
def test_no_character_of_a_page_is_lost(parts: list[tuple[str, str]]) -> None:
    markup = "".join(f"<{tag}>{escape(text)}</{tag}>" if tag != "br" else f"{escape(text)}<br>" for text, tag in parts)
    document = parse(read_html("随机", f"<html><body>{markup}</body></html>"))
    covers(document)
    said = "".join("".join(text.split()) for text, _ in parts)
    assert "".join(document.text.split()) == said
    again = parse_items("行", [(i.id, i.text, i.headings) for i in document.items])
    assert "".join(again.text.split()) == said


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(PIECES, st.integers(1, 4000)), min_size=1, max_size=6))
def test_no_line_makes_a_pattern_slow(parts: list[tuple[str, int]]) -> None:
    """Whatever is repeated, in one line or in many: a megabyte costs two seconds at most."""
    text = "".join(piece * count for piece, count in parts)
    begun = time.process_time()
    covers(parse(from_lines("随机", text)))
    assert time.process_time() - begun < 0.5 + 2e-6 * len(text.encode())


def test_development_reports_have_the_gold_boundaries(shared: Path) -> None:
    for gold in sorted((shared / "reports").glob("*.gold.jsonl")):
        expected = [re.sub(r"\s", "", json.loads(line)["text"]) for line in gold.read_text("utf-8").splitlines()]
        document = parse(read_source(gold.with_name(gold.name.replace(".gold.jsonl", ".txt"))))
        found = [re.sub(r"\s", "", item.text) for item in document.items]
        common = len(set(expected) & set(found))
        assert 2 * common / (len(expected) + len(found)) >= 0.97, gold.name
