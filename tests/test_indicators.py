"""Quantities in the text, and indicators that reports share."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import toolkit.quantities
from toolkit.errors import LabelsError
from toolkit.indicators import compared, comparison_table, indicators, indicators_table, load_known
from toolkit.quantities import quantities
from toolkit.read import read_source
from toolkit.structure import parse
from toolkit.tables import write_xlsx


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # number, unit, and the words before or after it
        ("调解纠纷2440件，化解率 99.1 %。", [("调解纠纷", 2440, "件"), ("化解率", 99.1, "%")]),
        ("挽回经济损失476余万元", [("挽回经济损失", 4_760_000, "元")]),
        ("全市共聘请12名法律顾问", [("聘请法律顾问", 12, "名")]),
        ("全县214个调委会1071名调解员", [("调委会", 214, "个"), ("调解员", 1071, "名")]),
        ("现有在册调解员963人", [("现有在册调解员", 963, "人")]),
        ("涉及8个领域的56项任务", [("涉及领域", 8, "个"), ("任务", 56, "项")]),
        ("编印《以案释法》 3 期、发放1.2万册", [("编印《以案释法》", 3, "期"), ("发放", 12_000, "册")]),
        # digits of all kinds, 万 and 亿, percentages
        ("历时2个月，提高3个百分点", [("历时", 2, "个月"), ("历时", 3, "百分点")]),
        ("受理１２３件", [("受理", 123, "件")]),
        ("受理1,041件", [("受理", 1041, "件")]),
        ("讨回劳动报酬8.13亿元", [("讨回劳动报酬", 813_000_000, "元")]),
        ("覆盖率达百分之九十九点五", [("覆盖率", 99.5, "%")]),
        ("满意率98．6％", [("满意率", 98.6, "%")]),
        # hanzi count only what is counted: cases, people, events, money
        ("走访群众三百二十余户，督导两次", [("走访群众", 320, "户"), ("督导", 2, "次")]),
        ("抓住五个环节，健全三项机制，召开一次会议", []),
        # no quantities: dates, times, ordinals, names, numbers of laws and telephones
        ("2023年3月5日10时30分，12348热线", []),
        ("第3次会议学习第二十次全会精神", []),
        ("“八五”普法、“2+4”指标、政发〔2022〕5号、3人民法院、5部门", []),
        ("", []),
    ],
)  # fmt: skip
def test_a_number_with_its_unit_and_what_it_measures(text: str, found: list[tuple[str, float, str]]) -> None:
    assert [(q.measure, q.value, q.unit) for q in quantities(text)] == found


@pytest.mark.parametrize(
    ("text", "bound"),
    [("约40件", "about"), ("近300人次", "about"), ("40件左右", "about"), ("300余件", "over"), ("3万多人", "over"), ("超100场", "over"), ("90%以上", "over"), ("不超过30件", "under"), ("5%以内", "under"), ("40件", "exact")],
)  # fmt: skip
def test_how_exact_a_figure_is(text: str, bound: str) -> None:
    assert [q.bound for q in quantities("办理" + text)] == [bound]


def test_ranges_have_two_ends() -> None:
    found = [
        (q.value, q.upper, q.unit) for q in quantities("每月300—350件，比例80%-90%，补贴3万至5万元，由12件增至15件")
    ]
    assert found == [(300, 350, "件"), (80, 90, "%"), (30_000, 50_000, "元"), (12, None, "件"), (15, None, "件")]


@pytest.mark.parametrize(
    ("text", "comparison", "direction", "measure"),
    [
        ("受理复议案件120件，同比下降9%", "同比下降", -1, "受理复议案件"),
        ("法律援助案件较上年增长9%", "较上年增长", 1, "法律援助案件"),
        ("顾问费用比去年减少约200万元", "比去年减少", -1, "顾问费用"),
        ("纠错率提高2个百分点", "提高", 1, "纠错率"),
        ("败诉率下降到9%", "", 0, "败诉率"),
        ("败诉率由上年的12%降至9%", "由上年的", 0, "败诉率"),
    ],
)
def test_changes_are_told_from_levels(text: str, comparison: str, direction: int, measure: str) -> None:
    found = [q for q in quantities(text) if q.comparison] or quantities(text)
    assert (found[0].comparison, found[0].direction, found[0].measure) == (comparison, direction, measure)


def test_the_period_is_the_last_one_named_before_the_figure() -> None:
    text = "2022年办案30件。今年以来，办案40件，比去年增加10件；上半年办案18件。"
    assert [q.period for q in quantities(text)] == ["2022年", "今年以来", "今年以来", "上半年"]


@given(st.text("调解纠纷约近余万亿十百千第个件人次元%％年月日.,，。0123456789—至由同比下降《》“”(", max_size=60))
def test_any_text_gives_spans_in_order_that_hold_the_figure(text: str) -> None:
    end = 0
    for q in quantities(text):
        assert end <= q.start < q.end <= len(text)
        assert q.unit[-1] in text[q.start : q.end].replace("％", "%") or "百分之" in text[q.start : q.end]
        assert q.value >= 0 and (q.upper is None or q.upper >= q.value)
        assert len(q.measure) <= 30
        end = q.end


def test_long_text_takes_little_time() -> None:
    assert len(quantities("调解纠纷12件，" * 400)) == 400
    assert quantities("1" * 20_000 + "，" + "余" * 20_000) == []


def test_the_example_of_the_documentation_holds() -> None:
    assert doctest.testmod(toolkit.quantities).failed == 0


# Every quantity with a unit of ../shared/reports/000.txt, counted by hand in order of the text: value, unit, words of
# its measure. Numbers in hanzi there announce sections (四个方面) and are none.
COUNTED = [
    (2, "次", "批示"), (1, "次", "常委会会议"), (2, "次", "常务会议"), (1, "次", "委员会会议"), (2, "次", "办公室会议"),
    (1, "次", "报告会"), (5, "次", "会前学法"), (2, "次", "动员会"), (4, "次", "实地督导"), (16, "个", "整改问题"),
    (117, "次", "宣讲"), (28, "期", "一周概览"), (300, "场次", "普法活动"), (104, "件", "议题"), (3, "件", "规范性文件"),
    (4000, "件", "合同"), (1041, "件", "文件及函件"), (58, "个", "单位"), (15, "组", "划分"), (2_000_000, "元", "顾问费用"),
    (70, "%", "顾问费用"), (2108, "次", "排查纠纷"), (2440, "件", "调解矛盾纠纷"), (165, "名", "援助律师团成员"), (37, "件", "受理案件"),
    (869, "件", "法律援助案件"), (493, "件", "民事案件"), (376, "件", "刑事案件"), (4_760_000, "元", "挽回经济损失"), (230, "件", "远程视频办证"),
    (170, "件", "邮寄送达"), (130, "件", "上门办证"), (25_000, "元", "减免公证费"), (5, "个", "领域"), (40, "项", "具体事项"),
    (60, "人", "监督员队伍"), (90, "卷", "案卷评查"), (315, "个", "整改问题"), (100, "%", "行政复议决定"), (11, "个", "街道司法所"),
    (5, "次", "实地监督履行"), (3, "次", "座谈交流"), (215, "名", "社区矫正对象"), (149, "人", "解除社区矫正"), (156, "件", "调查评估案件"),
    (269, "人次", "心理辅导"), (550, "人次", "集中教育学习"), (360, "人次", "公益活动"), (4, "个", "方面"),
]  # fmt: skip


def test_a_real_report_is_read_as_a_reader_counts_it(shared: Path) -> None:
    document = parse(read_source(shared / "reports" / "000.txt"))
    found = [q for item in document.items for q in quantities(item.text)]
    wanted = [(float(value), unit) for value, unit, _ in COUNTED]
    hits, rest = 0, [(q.value, q.unit) for q in found]
    for pair in wanted:
        if pair in rest:
            rest.remove(pair)
            hits += 1
    assert hits / len(wanted) >= 0.95 and hits / len(found) >= 0.95
    right = sum(
        any(q.value == value and q.unit == unit and words in q.measure for q in found) for value, unit, words in COUNTED
    )
    assert right / len(COUNTED) >= 0.95


def row(document: str, text: str, themes: list[str], stage: str = "achievement", start: int = 0) -> dict:
    labels = [{"id": theme, "probability": 0.9} for theme in themes]
    return {"document": document, "id": "i1", "kind": "point", "start": start, "end": start + len(text), "headings": [], "text": text, "stage": stage, "themes": labels, "uncertain": False}  # fmt: skip


ROWS = [
    row("a.txt", "调解纠纷2440件，办理法律援助案件869件，挽回经济损失476万元，同比下降9%。", ["legal_aid", "mediation"], start=100),
    row("b.txt", "全年化解矛盾纠纷815起，其中邻里纠纷300起。", ["mediation"]),
    row("b.txt", "2024年力争调解纠纷900件，新聘调解员12名。", ["mediation"], stage="plan"),
    row("b.txt", "浏览次数88次", [], stage="noise"),
]  # fmt: skip
DOCUMENTS = {"b.txt": {"title": "云岭", "year": 2023}, "a.txt": {"title": "澄江", "year": 2022}}


def test_a_figure_belongs_to_the_theme_its_words_name(codebook) -> None:
    found = indicators(ROWS, DOCUMENTS, codebook)
    assert [(i.theme, i.known) for i in found[:4]] == [
        ("mediation", "disputes_mediated"),
        ("legal_aid", "legal_aid_cases"),
        ("legal_aid", "losses_recovered"),
        ("legal_aid", ""),
    ]
    assert (found[0].start, found[0].end) == (104, 109) and ROWS[0]["text"][4:9] == "2440件"
    assert [i.year for i in found] == [2022] * 4 + [2023] * 2 + [2024] * 2
    assert not any(i.stage == "noise" for i in found)


def test_shared_indicators_stand_side_by_side_and_plans_do_not(codebook) -> None:
    found = indicators(ROWS, DOCUMENTS, codebook)
    series = {s.id: {name: i.quantity.value for name, i in s.values.items()} for s in compared(found)}
    assert series["disputes_mediated"] == {"a.txt": 2440, "b.txt": 815}
    assert "mediators" not in series
    table = comparison_table(found, DOCUMENTS, codebook)
    assert table.columns == ("指标", "主题", "单位", "澄江", "云岭")
    assert table.rows[0] == ("调解纠纷", "人民调解与矛盾化解", "件", 2440, 815)
    assert ("挽回经济损失", "法律援助", "元", 4_760_000, None) in table.rows


def test_the_sheet_of_indicators_holds_numbers(tmp_path: Path, codebook) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl reads the sheets back")
    path = tmp_path / "a.xlsx"
    write_xlsx([indicators_table(indicators(ROWS, DOCUMENTS, codebook), DOCUMENTS, codebook)], path)
    rows = list(openpyxl.load_workbook(path)["指标"].values)
    first = dict(zip(rows[0], rows[1], strict=True))
    assert (first["原文说法"], first["数值"], first["单位"], first["年份"]) == ("调解纠纷", 2440, "件", 2022)
    assert rows[4][rows[0].index("增减")] == -9


def test_shared_indicators_name_themes_of_the_codebook(codebook) -> None:
    known = load_known()
    assert {entry.theme for entry in known} <= set(codebook.theme_ids)


@pytest.mark.parametrize(("body", "wrong"), [('pattern = "("', "no regular expression"), ('pattern = "a"\nmore = 1', "unknown key"), ("", "pattern")])  # fmt: skip
def test_a_broken_list_of_indicators_is_a_plain_error(tmp_path: Path, body: str, wrong: str) -> None:
    path = tmp_path / "indicators.toml"
    path.write_text(
        f'[[indicator]]\nid = "a"\nzh = "甲"\nen = "A"\ntheme = "mediation"\nunits = ["件"]\n{body}\n', encoding="utf-8"
    )
    with pytest.raises(LabelsError, match=wrong):
        load_known(path)
