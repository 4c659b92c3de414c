"""The same report in every format gives the same items."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.formats import (
    PIECES,
    Paragraphs,
    as_markdown,
    as_page,
    as_page_of_breaks,
    as_pdf,
    as_text,
    as_web_archive,
    as_word,
    covers,
    pdf_of,
)
from toolkit.read import read_source
from toolkit.structure import parse

REPORT: Paragraphs = [
    ("title", "桐川县司法局2023年工作总结和2024年工作打算"),
    ("body", "2023年，桐川县司法局在县委、县政府的坚强领导和市司法局的精心指导下，围绕中心、服务大局，各项工作取得了新的进展。现将有关情况总结如下："),
    ("heading", "一、主要工作开展情况"),
    ("heading", "（一）坚持党建引领，锻造过硬队伍"),
    ("body", "一是抓学习。组织中心组学习14次，开展专题研讨6次，撰写心得体会112篇。二是抓支部。规范“三会一课”，创建标准化党支部3个，发展党员2名。三是抓作风。开展警示教育4次，对2名同志进行提醒谈话。"),
    ("heading", "（二）强化源头治理，调解工作提质增效"),
    ("body", "全县186个调委会共排查矛盾纠纷3275件，调解成功3241件，成功率98.9%，涉及金额4100余万元，防止民转刑案件11件，防止群体性上访9起。建成个人品牌调解室7个，12名调解员获市级以上表彰。"),
    ("body", "1.开展“百日攻坚”专项行动，排查婚恋家庭、邻里、山林土地纠纷682件，全部建立台账，实行销号管理。"),
    ("body", "2.推动警调、诉调、访调对接，派驻调解员26名，全年接受委托移送案件917件，调解成功率达到83.5%。"),
    ("heading", "（三）深化普法依法治理"),
    ("body", "新时代“八五”普法中期评估顺利通过，举办讲座、送法下乡等活动240余场次，发放资料3.2万份，受教育群众8万余人次；培育“法律明白人”1164名。"),
    ("heading", "二、存在的问题"),
    ("body", "基层司法所人员力量不足，5个司法所仅有1名在编人员；律师资源总量偏少，县域内仅有律师事务所3家，难以满足群众多元化的法律服务需求。"),
    ("heading", "三、2024年工作打算"),
    ("body", "（一）健全行政执法协调监督体系，对12个重点执法部门开展案卷评查，年内实现乡镇执法监督全覆盖。"),
    ("body", "（二）实施公共法律服务“村村通”工程，法律援助案件办理量增长5%以上，农民工讨薪案件当日受理。"),
]  # fmt: skip


def items_of(path: Path) -> list[tuple[str, str, tuple[str, ...]]]:
    bare = str.maketrans("", "", " 　\n")
    return [
        (item.kind, item.text.translate(bare), tuple(heading.translate(bare) for heading in item.headings))
        for item in parse(read_source(path)).items
    ]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, tuple[str, ...]]]:
    path = tmp_path_factory.mktemp("report") / "report.txt"
    path.write_text(as_text(REPORT), encoding="utf-8")
    return items_of(path)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("report.txt", lambda r: as_text(r).encode("gb18030")),
        ("report.txt", lambda r: as_text(r).encode("utf-16")),
        ("report.txt", lambda r: as_text(r).encode("utf-8-sig")),
        ("report.txt", lambda r: as_text(r).replace("\n", "\r\n").encode("utf-8")),
        ("report.html", lambda r: as_page(r).encode("utf-8")),
        ("report.html", lambda r: as_page_of_breaks(r).encode("gb18030")),
        ("report.md", lambda r: as_markdown(r).encode("utf-8")),
        ("report.mht", as_web_archive),
        ("report.docx", as_word),
        ("report.pdf", as_pdf),
        ("no-suffix", as_pdf),
        ("report.doc", lambda r: as_page(r).encode("utf-8")),
    ],
)
def test_the_same_items_in_every_format(
    tmp_path: Path,
    expected: list[tuple[str, str, tuple[str, ...]]],
    name: str,
    write: Callable[[Paragraphs], bytes],
) -> None:
    """What a report says and how it is built does not depend on how it was saved."""
    path = tmp_path / name
    path.write_bytes(write(REPORT))
    assert items_of(path) == expected


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(["title", "heading", "body"]), st.lists(PIECES, max_size=12)), min_size=1),
    st.sampled_from(["utf-8-sig", "gb18030", "utf-16", "page", "breaks", "archive", "word", "pdf", "markdown"]),
)
def test_no_character_is_lost_in_any_format(tmp_path: Path, report: list[tuple[str, list[str]]], kind: str) -> None:
    """Whatever is written, in whatever format: items say what stands at their place, and leave nothing of it out."""
    written = [(style, " ".join("".join(["总结", *pieces]).split())) for style, pieces in report]
    formats: dict[str, Callable[[], bytes]] = {
        "page": lambda: as_page(written).encode("utf-8"),
        "breaks": lambda: as_page_of_breaks(written).encode("gb18030"),
        "archive": lambda: as_web_archive(written),
        "word": lambda: as_word(written),
        "pdf": lambda: as_pdf([("body", text) for _, text in written]),
        "markdown": lambda: as_markdown(written).encode("utf-8"),
    }
    (tmp_path / "a").write_bytes(formats[kind]() if kind in formats else as_text(written).encode(kind))
    document = parse(read_source(tmp_path / "a"))
    covers(document)
    if kind not in ("pdf", "markdown"):  # a PDF drops page numbers and repeated lines, Markdown its marks
        assert "".join(document.text.split()) == "".join("".join(text.split()) for _, text in written)


def test_the_report_is_understood(expected: list[tuple[str, str, tuple[str, ...]]]) -> None:
    kinds = [kind for kind, _, _ in expected]
    assert kinds.count("heading") == 6
    assert kinds.count("point") == 3 + 2 + 2
    assert expected[0][0] == "title"
    assert ("point", "二是抓支部。规范“三会一课”，创建标准化党支部3个，发展党员2名。") in [e[:2] for e in expected]


def test_long_pdf_loses_its_page_numbers_and_running_heads(tmp_path: Path) -> None:
    path = tmp_path / "long.pdf"
    path.write_bytes(as_pdf([*REPORT, *REPORT[2:], *REPORT[2:]], rows=12))
    text = read_source(path).text
    assert "法治工作\n" not in text
    assert not re.search(r"- \d+ -", text)
    assert text.count("（二）强化源头治理，调解工作提质增效") == 3
    assert "撰写心得体会112篇。二是抓支部。" in text


def test_word_lists_keep_the_numbers_that_word_shows(tmp_path: Path) -> None:
    """Automatic numbers stand in numbering.xml, not in the paragraph; an inner level starts anew."""
    document = docx.Document()
    part = document.part.numbering_part.element
    levels = [("chineseCounting", "%1、"), ("chineseCounting", "（%2）"), ("decimal", "%3.")]
    inner = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for at, (form, text) in enumerate(levels)
    )
    part.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="90">{inner}</w:abstractNum>'))
    part.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="90"><w:abstractNumId w:val="90"/></w:num>'))
    for level, text in [
        (0, "工作成效"),
        (1, "人民调解"),
        (2, "排查纠纷"),
        (2, "2023年度考评"),
        (1, "社区矫正"),
        (2, "教育帮扶"),
        (0, "存在问题"),
    ]:
        properties = document.add_paragraph(text)._p.get_or_add_pPr()
        properties.append(
            parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="90"/></w:numPr>')
        )
    document.add_paragraph("不在列表之内的一段话。")
    path = tmp_path / "list.docx"
    document.save(str(path))
    assert read_source(path).text.split("\n") == [
        "一、工作成效",
        "（一）人民调解",
        "1.排查纠纷",
        "2. 2023年度考评",
        "（二）社区矫正",
        "1.教育帮扶",
        "二、存在问题",
        "不在列表之内的一段话。",
    ]


def test_word_tables_insertions_and_boxes_are_text_and_deletions_are_not(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("调解案件")._p
    w = nsdecls("w")
    paragraph.append(parse_xml(f"<w:ins {w}><w:r><w:t>320件</w:t></w:r></w:ins>"))
    paragraph.append(parse_xml(f"<w:del {w}><w:r><w:delText>310件</w:delText></w:r></w:del>"))
    box = "<w:pict><w:txbxContent><w:p><w:r><w:t>文本框里的一句</w:t></w:r></w:p></w:txbxContent></w:pict>"
    paragraph.append(parse_xml(f"<w:r {w}>{box}</w:r>"))
    table = document.add_table(2, 2)
    for cell, text in zip(
        (c for row in table.rows for c in row.cells), ["指标", "数量", "援助案件", "56件"], strict=True
    ):
        cell.text = text
    layout = document.add_table(1, 1)
    layout.cell(0, 0).text = "一、版式表格里的标题\n下面是正文第一段。"
    document.core_properties.title = "桐川县情况"
    path = tmp_path / "a.docx"
    document.save(str(path))
    source = read_source(path)
    assert (
        source.text
        == "调解案件320件\n文本框里的一句\n指标 数量\n援助案件 56件\n一、版式表格里的标题\n下面是正文第一段。"
    )
    assert [block.hint for block in source.blocks] == ["", "", "row", "row", "", ""]
    assert source.metadata["title"].value == "桐川县情况"


def with_notes(document: Any, kind: str, notes: dict[int, str]) -> None:
    """Give ``document`` a part of footnotes or endnotes, as Word writes it; python-docx has no door to them."""
    one = kind.removesuffix("s")
    inner = f'<w:{one} w:type="separator" w:id="0"><w:p><w:r><w:t>——</w:t></w:r></w:p></w:{one}>' + "".join(
        f'<w:{one} w:id="{number}"><w:p><w:r><w:{one}Ref/></w:r><w:r><w:t>{text}</w:t></w:r></w:p></w:{one}>'
        for number, text in notes.items()
    )
    office = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    part = Part(
        PackURI(f"/word/{kind}.xml"),
        f"{office}.{kind}+xml",
        f"<w:{kind} {nsdecls('w')}>{inner}</w:{kind}>".encode(),
        document.part.package,
    )
    document.part.relate_to(part, f"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}")


def refer(paragraph: Any, kind: str, number: int, then: str = "") -> None:
    one = kind.removesuffix("s")
    paragraph._p.append(parse_xml(f'<w:r {nsdecls("w")}><w:{one}Reference w:id="{number}"/></w:r>'))
    paragraph.add_run(then)


def test_word_notes_stand_after_what_refers_to_them_and_heads_and_feet_are_dropped(tmp_path: Path) -> None:
    document = docx.Document()
    with_notes(document, "footnotes", {1: "口径为全年受理数，含上年结转。", 2: "不含行业性调委会", 3: "无人引用的注"})
    with_notes(document, "endnotes", {1: "见县政府第十二次常务会议纪要。"})
    heading = document.add_paragraph("一、人民调解")
    refer(heading, "footnotes", 2)
    body = "全县调解组织共排查矛盾纠纷832件，调解成功815件，成功率98%，涉及金额1200余万元，未发生民转刑案件。"
    first = document.add_paragraph(body[:18])
    refer(first, "footnotes", 1, body[18:])
    refer(first, "footnotes", 1)
    table = document.add_table(1, 2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "援助", "56件"
    refer(table.rows[0].cells[1].paragraphs[0], "endnotes", 1)
    document.sections[0].header.paragraphs[0].text = "澄江县司法局文件"
    document.sections[0].footer.paragraphs[0].text = "第1页"
    path = tmp_path / "a.docx"
    document.save(str(path))
    source = read_source(path)
    assert [(source.text[b.start : b.end], b.hint) for b in source.blocks] == [
        ("一、人民调解", ""),
        ("不含行业性调委会", "note"),
        (body, ""),
        ("口径为全年受理数，含上年结转。", "note"),
        ("援助 56件", "row"),
        ("见县政府第十二次常务会议纪要。", "note"),
    ]
    items = parse(source).items
    assert [(item.kind, item.headings) for item in items] == [
        ("heading", ()),
        ("paragraph", ("一、人民调解",)),
        ("paragraph", ("一、人民调解",)),
        ("paragraph", ("一、人民调解",)),
        ("row", ("一、人民调解",)),
        ("paragraph", ("一、人民调解",)),
    ]


def test_boxes_within_boxes_are_read_once(tmp_path: Path) -> None:
    """Each level once: read anew at every level, thirty would be a thousand million."""
    inner = "<w:r><w:t>最里面</w:t></w:r>"
    for depth in range(30):
        box = f"<w:pict><w:txbxContent><w:p>{inner}</w:p></w:txbxContent></w:pict>"
        inner = f"<w:r><w:t>第{depth}层</w:t></w:r><w:r>{box}</w:r>"
    document = docx.Document()
    document.element.body.insert(0, parse_xml(f"<w:p {nsdecls('w')}>{inner}</w:p>"))
    path = tmp_path / "a.docx"
    document.save(str(path))
    assert read_source(path).text.split("\n") == [*(f"第{depth}层" for depth in reversed(range(30))), "最里面"]


def test_markdown_marks_are_hints_and_list_numbers_stay(tmp_path: Path) -> None:
    text = "# 工作总结\n\n**一、成效**\n\n1. 排查纠纷\n2. 培训**骨干**\n\n- 没有编号\n\n| 指标 | 数量 |\n|---|---|\n| 调解 | 56件 |\n\n    缩进的一段\n\n见[附件](http://x)。\n"
    path = tmp_path / "a.md"
    path.write_text(text, encoding="utf-8")
    source = read_source(path)
    lines = [
        "工作总结",
        "一、成效",
        "1. 排查纠纷",
        "2. 培训骨干",
        "没有编号",
        "指标 数量",
        "调解 56件",
        "缩进的一段",
        "见附件。",
    ]
    assert source.text.split("\n") == lines
    assert [block.hint for block in source.blocks] == ["h1", "strong", "", "", "", "row", "row", "", ""]


def show(left: float, y: float, size: float, text: str) -> str:
    return f"BT /F1 {size} Tf {left} {y} Td <{text.encode('utf-16-be').hex()}> Tj ET"


LEFT = [
    "一、人民调解工作",
    "　　全县调解组织共排查矛盾纠纷八百余件，",
    "调解成功率百分之九十八，涉及金额一千二百",
    "余万元，未发生民转刑案件，群众满意率稳步",
    "提升，平安建设考核位居全市前列，得到市委",
    "政法委通报表扬。",
    "　　各乡镇调委会全部配齐专职调解员，建立",
]
RIGHT = [
    "例会、培训、考核三项制度，全年举办骨干培",
    "训班四期，覆盖调解员六百余人次，案卷质量",
    "明显提高，优秀率达到百分之七十以上，在全",
    "市案卷评查中排名第一。",
    "二、社区矫正工作",
    "　　全年接收社区矫正对象九十六人，解除矫",
    "正八十一人，无一人脱管漏管。",
]


@pytest.mark.parametrize("order", ["by line", "by column"])
@pytest.mark.parametrize("gutter", [14, 24])
def test_pdf_columns_are_read_one_by_one(tmp_path: Path, order: str, gutter: int) -> None:
    """However it was drawn: a paragraph goes on from the foot of the left column to the head of the right one."""
    page = [show(250, 815, 8, "内部刊物"), show(150, 780, 18, "澄江县司法局工作简报二〇二三年总结")]
    places = [(60, text) for text in LEFT], [(60 + 20 * 10.5 + gutter, text) for text in RIGHT]
    cells = [(x, 740 - 16 * row, text) for column in places for row, (x, text) in enumerate(column)]
    if order == "by line":
        cells.sort(key=lambda cell: -cell[1])
    page += [show(x + 21 * text.startswith("　　"), y, 10.5, text.strip("　")) for x, y, text in cells]
    page += [show(300, 40, 9, "- 3 -")]
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf_of(["\n".join(page).encode()]))
    source = read_source(path)
    joined = "".join(text.replace("　　", "\n") if "、" not in text[:2] else f"\n{text}" for text in LEFT + RIGHT)
    assert source.text.split("\n") == ["内部刊物", "澄江县司法局工作简报二〇二三年总结", *joined.strip().split("\n")]


def test_pdf_table_of_two_columns_stays_rows(tmp_path: Path) -> None:
    cells = [
        ("法律援助案件", "五十六件"),
        ("人民调解案件", "八百三十二件"),
        ("社区矫正对象", "九十六人"),
        ("公证办证", "九百件"),
    ]
    page = [
        show(x, 700 - 20 * row, 12, text)
        for row, pair in enumerate(cells * 3)
        for x, text in zip((72, 350), pair, strict=True)
    ]
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf_of(["\n".join(page).encode()]))
    source = read_source(path)
    assert source.text.split("\n") == [" ".join(pair) for pair in cells * 3]
    assert {block.hint for block in source.blocks} == {"row"}


def test_pdf_tables_are_rows_and_headings_are_told_by_size(tmp_path: Path) -> None:
    """Columns are wide blanks in two lines or more; a paragraph goes on over a page break."""

    body = "全县调委会共排查矛盾纠纷八百余件调解成功率百分之九十八涉及金额"
    first = [show(90, 760, 20, "工作成效"), *(show(72, 730 - 20 * n, 16, body[n : 28 + n]) for n in range(2))]
    first += [
        show(72, 600, 16, "指标"),
        show(300, 600, 16, "数量"),
        show(72, 580, 16, "援助"),
        show(300, 580, 16, "五六件"),
    ]
    first += [show(104, 540, 16, body[:26]), show(72, 520, 16, body[:28])]
    second = [show(72, 760, 16, "一千二百余万元。"), show(104, 740, 16, "另起一段。")]
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf_of(["\n".join(page).encode() for page in (first, second)]))
    source = read_source(path)
    assert [(source.text[b.start : b.end], b.hint) for b in source.blocks] == [
        ("工作成效", "h2"),
        (body[:28] + body[1:29], ""),
        ("指标 数量", "row"),
        ("援助 五六件", "row"),
        (body[:26] + body[:28] + "一千二百余万元。", ""),
        ("另起一段。", ""),
    ]
