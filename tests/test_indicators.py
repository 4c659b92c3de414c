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


# Hand-written sentences and what a reader takes from them: measure, value, unit, how exact, comparison.
FACTS = [
    ("全市调处纠纷1.26万余件，涉及金额约3.4亿元，调解成功率由96%升至98.2%。", [("调处纠纷", 12_600, "件", "over", ""), ("涉及金额", 340_000_000, "元", "about", ""), ("调解成功率", 96, "%", "exact", "由"), ("调解成功率", 98.2, "%", "exact", "")]),
    ("接待来访近2万人次，开展宣讲80余场次，办理援助案件超500件。", [("接待来访", 20_000, "人次", "about", ""), ("开展宣讲", 80, "场次", "over", ""), ("办理援助案件", 500, "件", "over", "")]),
    ("受理预约316次，签约律师12名。", [("受理预约", 316, "次", "exact", ""), ("签约律师", 12, "名", "exact", "")]),
    ("女性当事人占比42.5%，网上申请占全部申请的六成，占受理案件的37%。", [("女性当事人占比", 42.5, "%", "exact", ""), ("网上申请占全部申请", 60, "%", "exact", ""), ("占受理案件", 37, "%", "exact", "")]),
    ("收到申请93件，同比增长31%，纠错率9%，较上年下降2.5个百分点。", [("收到申请", 93, "件", "exact", ""), ("收到申请", 31, "%", "exact", "同比增长"), ("纠错率", 9, "%", "exact", ""), ("纠错率", 2.5, "百分点", "exact", "较上年下降")]),
    ("败诉率8%，比全市平均低3个百分点；服判率高于全省平均水平1.2个百分点。", [("败诉率", 8, "%", "exact", ""), ("败诉率", 3, "百分点", "exact", "比全市平均低"), ("服判率", 1.2, "百分点", "exact", "高于全省平均水平")]),
    ("把报名、缴费、领证等7个环节合为一步，惠及酒店、药店等15家商户。", [("环节", 7, "个", "exact", ""), ("商户", 15, "家", "exact", "")]),
    ("执业律师由前年的88名增加到106名，律师事务所增至9家。", [("执业律师", 88, "名", "exact", "由前年的"), ("执业律师", 106, "名", "exact", ""), ("律师事务所", 9, "家", "exact", "")]),
    ("新培养法律明白人35名，累计210名；帮教基地新增2处。", [("新培养法律明白人", 35, "名", "exact", ""), ("法律明白人", 210, "名", "exact", ""), ("帮教基地新增", 2, "处", "exact", "")]),
    ("再犯罪率控制在0.2%以内，一审到庭率稳定在99%，平均办结时间缩短为6天。", [("再犯罪率", 0.2, "%", "under", ""), ("一审到庭率", 99, "%", "exact", ""), ("平均办结时间", 6, "天", "exact", "")]),
    ("全区市场监管部门抽查商户640户，创建示范村（社区）14个。", [("市场监管部门抽查商户", 640, "户", "exact", ""), ("创建示范村", 14, "个", "exact", "")]),
    ("4.6个乡镇设立工作站，每件补贴200至300元。", [("乡镇", 6, "个", "exact", ""), ("每件补贴", 200, "元", "exact", "")]),
    ("抓好三件大事，办结三百二十件，和解结案41件。", [("办结", 320, "件", "exact", ""), ("和解结案", 41, "件", "exact", "")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "facts"), FACTS, ids=[text[:12] for text, _ in FACTS])
def test_facts_are_read_as_a_reader_takes_them(text: str, facts: list[tuple]) -> None:
    assert [(q.measure, q.value, q.unit, q.bound, q.comparison) for q in quantities(text)] == facts


def test_the_year_a_change_starts_from_is_not_the_year_of_its_end() -> None:
    found = quantities("律师由2019年的612名增加到1346名。")
    assert [(q.value, q.comparison, q.period) for q in found] == [(612, "由2019年的", ""), (1346, "", "")]


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


@pytest.mark.parametrize(
    ("text", "theme", "known"),
    [
        ("全市现有律师事务所31家、执业律师402名。", "lawyers", ["law_firms", "lawyers"]),
        ("新设律所2家，3家律所在外地设立分所，处罚律师5人。", "lawyers", ["", "", ""]),
        ("调解纠纷3984件，其中邻里纠纷812件，成功率98.5%。", "mediation", ["disputes_mediated", "", ""]),
        ("在册社区矫正对象184人，新接收71人，解除64人。", "community_correction", ["correction_current", "correction_received", "correction_released"]),
        ("年初在册对象190人，对在册对象中的12名企业人员开展走访。", "community_correction", ["", ""]),
        ("审查规范性文件34件，清理规范性文件120件。", "legality_review", ["documents_reviewed", ""]),
        ("对败诉率超过12%的单位约谈，全市败诉率8.1%。", "admin_litigation", ["", "lost_rate"]),
        ("收到复议申请97件，受理89件，审结83件，有4件延期后审结。", "admin_review", ["review_received", "review_accepted", "review_closed", ""]),
        ("窗口日均接待46人次，全年解答咨询1.9万人次。", "public_legal_service", ["", "consultations"]),
        ("办理公证1062件，上门办理公证28件。", "notary_forensics", ["notarisations", ""]),
        ("办理公证392件，其中涉企公证86件。办理涉企公证86件。", "notary_forensics", ["notarisations", "", ""]),
        ("以县政府为被告的一审案件47件，已审结41件。", "admin_review", ["", ""]),
        ("收到申请86件，超过同期行政诉讼收案数，审结71件。", "admin_review", ["review_received", "review_closed"]),
        ("审查规范性文件12件，备案审查乡镇规范性文件30件，审查文件、协议50件。", "legality_review", ["documents_reviewed", "documents_filed", ""]),
        ("援助案件876件，其中刑事212件、民事664件，挽回经济损失761万。", "legal_aid", ["legal_aid_cases", "", "", "losses_recovered"]),
        ("刑释人员在册61人，规范化率90%。", "community_correction", ["", ""]),
        ("20多家律师事务所受到表彰。", "lawyers", [""]),
        ("共化解行政诉讼案件39件。", "admin_litigation", [""]),
        ("下设调解组织，规范化率达到80%，纠纷调解率97%。", "mediation", ["", "mediation_rate"]),
    ],
)  # fmt: skip
def test_a_shared_indicator_is_the_whole_and_not_a_part_or_a_mark(text, theme, known, codebook) -> None:
    assert [i.known for i in indicators([row("a.txt", text, [theme])], {}, codebook)] == known


def test_the_theme_is_of_the_words_nearest_to_the_figure(codebook) -> None:
    text = "人民调解组织受理纠纷5749宗，履行率97.4%；全市有司法鉴定机构7家，受理4751宗。"
    found = indicators([row("a.txt", text, ["legality_review", "mediation", "notary_forensics"])], {}, codebook)
    assert [i.theme for i in found] == ["mediation", "mediation", "notary_forensics", "notary_forensics"]


@pytest.mark.parametrize(
    ("text", "heading", "year"),
    [("调解纠纷30件", "一、工作成效", 2023), ("调解纠纷30件", "二、2024年工作打算", 2024), ("调解纠纷30件", "二、明年安排", 2024), ("明年调解纠纷30件", "", 2024), ("去年调解纠纷30件", "", 2022), ("近三年调解纠纷30件", "", None), ("到2025年调解纠纷30件", "二、2024年工作打算", 2025)],
)  # fmt: skip
def test_the_year_a_figure_speaks_of(text: str, heading: str, year: int | None, codebook) -> None:
    item = {**row("b.txt", text, ["mediation"], "plan" if "二、" in heading else "achievement"), "headings": [heading]}
    assert [i.year for i in indicators([item], DOCUMENTS, codebook)] == [year]


def test_a_figure_of_the_year_reported_on_goes_before_an_older_one(codebook) -> None:
    rows = [row("b.txt", "2020年调解纠纷30件。全年调解纠纷50件，成功率98%，防止械斗2起。", ["mediation"])]
    (series,) = [s for s in compared(indicators(rows, DOCUMENTS, codebook)) if s.id == "disputes_mediated"]
    assert series.values["b.txt"].quantity.value == 50


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
