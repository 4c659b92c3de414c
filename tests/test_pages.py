"""What the pages of sites and newspapers put around a report: told apart from its lines, and what it says of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.document import Document
from toolkit.metadata import find_metadata
from toolkit.read import from_lines
from toolkit.read.html import read_html
from toolkit.structure import furniture_of, is_furniture, parse, parse_items
from toolkit.structure.furniture import furniture_lines

BODY = "全县调解组织共排查矛盾纠纷832件，调解成功815件，成功率98%，涉及金额1200余万元，未发生民转刑案件。"


def document_of(text: str) -> Document:
    return parse(from_lines("样本.txt", text))


@pytest.mark.parametrize(
    "line",
    [
        "2023-12-19 16:15 霁川市桐岭区人民政府",
        "霁川网2024-01-12 13:06:32",
        "法治桐岭 | 2024-04-22 21:27:15",
        "霁川日报全媒体记者 何一凡 通讯员 罗二川 文/图",
        "通讯员罗二川",
        "记者：何一凡 罗二川",
        "2024年2月26日在霁川县第十四届人民代表大会第三次会议",
        "2024年2月",
        "区法宣办",
        "县委依法治县办",
        "□ 霁川市司法局",
        "[ 主题分类 ] 司法、公安 [ 体裁分类 ] 工作报告",
        "文号 主题分类 司法",
        "公开范围 面向全社会",
        "名   称: | 霁川县2023年度法治政府建设情况报告 |",
        "效力状态: | 有效 | 文   号: | 无 |",
        "http://www.a.example 霁川新闻网 2015年06月19日 08:25:05 |",
        "• 设为首页",
        "法治桐岭 > 政法动态",
        "大",
        "| |||",
        "区委、区政府：",
        "县人大常委会：",
        "活动现场",
        "霁川市司法局新闻发布会现场。",
    ],
)
def test_lines_of_a_page(line: str) -> None:
    assert is_furniture(line)
    assert document_of(f"{line}\n{BODY}").items[0].kind == "paragraph"


@pytest.mark.parametrize(
    "line",
    [
        "区委、区政府要求:",
        "镇党委副书记：",
        "市区两级合力推进：",
        "创新公开方式",
        "2024年2月，全县法治工作会议召开。",
        "把法庭搬到现场",
        "乡村振兴怎么办",
        "市民的事马上办",
        "记者手记",
        "排查→化解",
        "记者：复议案件多起来了，办得过来吗？",
        "记者：请谈谈体会",
        "名称预先核准全程网办",
    ],
)
def test_lines_of_a_report(line: str) -> None:
    assert not is_furniture(line)


PIECES = [
    *(
        "发布日期：",
        "来源",
        "：",
        "浏览次数",
        "12",
        "2024",
        "年",
        "月",
        "3",
        "日",
        "-",
        "/",
        "（",
        "）",
        "图",
        "为",
        "摄",
        "▲",
        "现场",
        "。",
    ),
    *(
        "首页",
        " > ",
        "»",
        "　",
        " ",
        "政务公开",
        "附件",
        "1",
        "第",
        "页",
        "期",
        "霁川县",
        "司法局",
        "办",
        "所长",
        "记者",
        "何一凡",
        "一、",
        "，",
        "；",
    ),
    *(
        "[（(]",
        "抄送：",
        "责编",
        "〔",
        "〕",
        "号",
        "大",
        "打印",
        "@",
        "www.",
        "调解纠纷",
        "召开全县法治工作会议",
        "𠮷",
        "\n",
        "\x00",
    ),
]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), min_size=1, max_size=40))
def test_many_lines_at_once_as_each_alone(lines: list[str]) -> None:
    many = [*lines, *(f"{line}{'调解' * 20}{line}" for line in lines)] * (128 // len(lines) + 1)
    assert furniture_lines(many) == list(map(is_furniture, many))


def test_items_already_split_know_whether_they_are_furniture() -> None:
    """Asked of the text as it is written: a traditional line is folded for the structure only."""
    lines = ["發布日期：２０２４-０１-０５", "发布日期：2024-01-05", "", BODY]
    items = parse_items("样本", [(str(number), line, None) for number, line in enumerate(lines)]).items
    assert [item.furniture for item in items] == [None, True, False, False]
    assert furniture_of(items) == [is_furniture(line) for line in lines]


def test_a_title_again_below_the_buttons_is_a_title() -> None:
    """The same words far below, or the last of them, head nothing; the metadata say them once."""
    title = "霁川市桐岭区石坪乡2022年度法治政府建设 工作报告"
    page = ["日期：2022-12-07", *"大中小", "分享到：", "石坪乡2022年度法治政府建设工作报告", BODY, "一、主要工作", BODY]
    document = document_of("\n".join([title, *page]))
    assert [item.kind for item in document.items if "石坪乡" in item.text] == ["title", "title"]
    assert document.items[-1].headings == ("一、主要工作",)
    assert find_metadata(document)["title"].value == title


def test_a_metadata_line_is_no_title() -> None:
    lines = "[ 主题分类 ] 司法 [ 体裁分类 ] 工作报告\n[ 发布机构 ] 霁川市石坪乡人民政府 [ 有效性 ]"
    found = find_metadata(document_of(f"{lines}\n石坪乡2022年法治政府建设情况报告\n{BODY}"))
    assert found["title"].value == "石坪乡2022年法治政府建设情况报告"
    assert found["issuer"].value == "霁川市石坪乡人民政府"


def test_two_short_lines_above_a_text_are_part_and_section() -> None:
    long = BODY * 2
    kinds = [item.kind for item in document_of(f"创新普法树品牌\n法治声音传得更远\n{long}").items]
    assert kinds == ["heading", "heading", "paragraph"]


def test_who_wrote_it_heads_nothing() -> None:
    text = f"霁川县司法局召开年度工作会议部署法治工作\n罗二川\n2024-01-17 16:37\n{BODY}"
    assert [item.kind for item in document_of(text).items] == ["title", "paragraph", "paragraph", "paragraph"]


def test_a_cell_that_only_places_the_text_makes_no_rows() -> None:
    """Old sites put a report into one cell, or beside a menu; its headings and points are those of a page without."""
    long = "全县调解组织共排查矛盾纠纷832件，调解成功815件，成功率98%。一是健全网络；二是建强队伍；三是落实保障。" * 4
    article = f"<p>一、主要工作</p><p>{long}</p><p><b>队伍建设</b></p><p>{long}</p>"
    data = "<table><tr><td><p>指标</p></td><td><p>数量</p></td></tr><tr><td>1、援助</td><td>56件</td></tr></table>"
    plain = [(block.hint, block.end - block.start) for block in read_html("页", f"<body>{article}</body>").blocks]
    for cells in (
        f"<tr><td>{article}</td></tr>",
        f"<tr><td><p>首页</p><p>机构</p></td><td>{article}</td></tr>",
        f"<tr><td><table><tr><td>{article}</td></tr></table></td></tr>",
        "".join(f"<tr><td>{part}</p></td></tr>" for part in article.split("</p>")[:-1]),
    ):
        blocks = read_html("页", f"<body><table>{cells}</table></body>").blocks
        assert [(block.hint, block.end - block.start) for block in blocks][-4:] == plain
    document = parse(read_html("页", f"<body><table><tr><td>{article}{data}</td></tr></table></body>"))
    rows = [(item.text, item.headings) for item in document.items if item.kind == "row"]
    assert rows == [(text, ("一、主要工作", "队伍建设")) for text in ("指标", "数量", "1、援助 56件")]
