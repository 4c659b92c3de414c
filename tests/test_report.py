"""The page: complete, escaped, without a word of the network, and the same numbers everywhere."""

from __future__ import annotations

import re
from html import unescape

import pytest

from toolkit.report import build_report, shown


def row(document: str, number: int, text: str, themes=(), stage="achievement", headings=(), **more) -> dict:
    """A row of ``fazhi classify``."""
    labels = [{"id": theme, "probability": 0.9 - 0.1 * i} for i, theme in enumerate(themes)]
    return {"document": document, "id": f"i{number}", "kind": "point", "start": 0, "end": len(text), "headings": list(headings), "text": text, "stage": stage, "themes": labels, "uncertain": False, **more}  # fmt: skip


ROWS = [
    row("澄江.txt", 1, "一、人民调解工作", ["mediation"], kind="heading"),
    row("澄江.txt", 2, "排查矛盾纠纷832件，调解成功815件。", ["mediation", "legal_aid"], headings=["一、人民调解工作"], evidence=[{"theme": "mediation", "start": 2, "end": 6, "weight": 0.7}]),
    row("澄江.txt", 3, "分享到微信", stage="noise"),
    row("云岭.txt", 1, "下一步推进立法调研。", ["legislation"], stage="plan", uncertain=True),
]  # fmt: skip
DOCUMENTS = {
    "澄江.txt": {"title": "澄江县司法局2023年工作总结", "year": 2023, "place": "澄江县"},
    "云岭.txt": {"title": "云岭市司法局2022年工作总结", "year": 2022, "place": "云岭市"},
}


def text_of(page: str) -> str:
    """What a reader reads, tags left out."""
    body = page.split("<body>")[1].split("<script>")[0]
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", body)))


def test_every_item_is_there_once_with_its_path_themes_probability_and_evidence(codebook) -> None:
    page = build_report(ROWS, DOCUMENTS, codebook)
    assert page.count("<article ") == len(ROWS)
    assert '<html lang="zh-CN">' in page and "<title>报告主题分析</title>" in page
    text = text_of(page)
    for wanted in (
        "共 2 份报告、3 个条目",
        "3 个带有主题",
        "1 个存疑",
        "另有 1 个非正文",
        "人民调解与矛盾化解90%",
        "法律援助80%",
    ):
        assert wanted in text
    assert re.search(r'<mark [^>]*title="人民调解与矛盾化解"[^>]*>矛盾纠纷</mark>832件', page)
    assert re.search(r"<h4><bdi>一、人民调解工作</bdi></h4>\s*<article id=\"r1-2\"", page)
    assert 'id="r2-1"' in page and 'data-stage="plan" data-uncertain' in page


def test_english_pages_speak_english_but_for_the_reports_text(codebook) -> None:
    page = build_report(ROWS, DOCUMENTS, codebook, language="en")
    assert (
        '<html lang="en">' in page
        and "2 reports, 3 items, 3 with a theme, 1 uncertain; 1 more are not report text." in text_of(page)
    )
    chrome = re.sub(r"<bdi>.*?</bdi>", "", page.split("<body>")[1].split("<script>")[0], flags=re.S)
    chrome = re.sub(
        r'<mark.*?</mark>|data-place="[^"]*"|<option value="[dpy]:.*?</option>|title="[^"]*"|aria-label="[^"]*"',
        "",
        chrome,
    )
    assert re.findall(r"[\u4e00-\u9fff]+", chrome) == []


def test_topics_that_are_themes_are_called_as_the_pages_language_has_it(codebook) -> None:
    topics = [{"id": "mediation", "name": "人民调解与矛盾化解", "terms": ["调解"], "share": 0.4}, {"id": "topic_01", "name": "窗口、回访", "terms": ["窗口"], "share": 0.1}]  # fmt: skip
    section = build_report(ROWS, DOCUMENTS, codebook, topics, language="en").split('id="topics"')[1]
    heads = [unescape(text) for text in re.findall(r"</i><bdi>(.*?)</bdi>", section)]
    assert heads == ["People's mediation, dispute resolution", "窗口、回访"]


def test_nothing_is_loaded_and_only_our_script_runs(codebook) -> None:
    page = build_report(ROWS, DOCUMENTS, codebook)
    assert not re.search(r"(?:src|href)=[\"'](?!#)", page)
    assert re.findall(r"url\((.{5})", page) == ["data:"]
    assert "default-src 'none'" in page and page.count("<script>") == 1
    assert len(page.encode()) < 200_000


def test_five_whole_reports_with_evidence_stay_under_a_megabyte(codebook) -> None:
    from toolkit.labels import load_reports
    from toolkit.pipeline import describe, rows_of
    from toolkit.resources import shipped
    from toolkit.store import load_model

    model, reports = load_model(), load_reports(shipped("labels", "reports"), codebook)
    held = [report.document for report in reports if report.entry and report.entry.split == "heldout"][:5]
    rows = [row for document in held for row in rows_of(document, model, evidence=True)]
    page = build_report(rows, {document.name: describe(document) for document in held}, codebook)
    assert page.count("<mark") > 300 and len(page.encode()) < 1_000_000


def test_the_same_rows_give_the_same_page(codebook) -> None:
    assert build_report(ROWS, DOCUMENTS, codebook) == build_report(ROWS, DOCUMENTS, codebook)


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "</style><img src=x onerror=alert(1)>",
        "\u202e反\u2066转",
        '" onclick="x',
        "{{ 7*7 }}",
        "长" * 10_000,
        "a\x00b",
        "𠮷",
    ],
)
def test_hostile_text_is_text_everywhere(evil: str, codebook) -> None:
    rows = [
        row(
            evil,
            1,
            evil,
            ["mediation"],
            headings=[evil],
            evidence=[{"theme": "mediation", "start": 0, "end": 3, "weight": 1}],
        )
    ]
    topics = [{"id": evil, "name": evil, "terms": [evil], "share": 0.5}]
    page = build_report(rows, {evil: {"title": evil, "year": evil, "place": evil}}, codebook, topics, title=evil)
    body = page.split("<body>")[1]
    assert (
        page.count("<script") == 1
        and "<img" not in page
        and 'onclick="x' not in page
        and "49" not in text_of(page)[:40]
    )
    assert not set("\u202e\u2066\x00𠮷") & set(page)
    assert (
        shown(evil)[:20] in unescape(body).replace("</mark>", "").replace("<mark", "")
        or "<script" in evil
        or "</style" in evil
    )
    assert page.count("<article ") == 1


@pytest.mark.parametrize(
    "rows", [[], [row("a.txt", 1, "分享", stage="noise")], [row("a.txt", 1, "", ["no_such_theme"], stage="other")]]
)
def test_a_page_of_nothing_one_item_or_unknown_labels_is_still_a_page(rows, codebook) -> None:
    page = build_report(rows, {}, codebook)
    assert page.count("<article ") == len(rows) and "全部条目" in page


def test_evidence_outside_the_item_is_left_out_and_overlaps_keep_the_text(codebook) -> None:
    spans = [(0, 4, "mediation"), (2, 6, "legal_aid"), (90, 99, "mediation")]
    item = row(
        "a.txt",
        1,
        "人民调解员援助",
        ["mediation"],
        evidence=[{"theme": t, "start": 10 + a, "end": 10 + b, "weight": 1} for a, b, t in spans],
    ) | {"start": 10, "end": 17}
    article = re.search(r'<p class="text"><bdi>(.*?)</bdi>', build_report([item], {}, codebook)).group(1)
    assert re.sub(r"<[^>]+>", "", article) == "人民调解员援助"
    assert re.findall(r'title="([^"]*)">(.*?)</mark>', article) == [
        ("人民调解与矛盾化解", "人民"),
        ("人民调解与矛盾化解 法律援助", "调解"),
        ("法律援助", "员援"),
    ]


def test_marks_of_an_item_with_several_themes_carry_their_letters(codebook) -> None:
    page = build_report([ROWS[1], {**ROWS[1], "themes": ROWS[1]["themes"][:1]}], DOCUMENTS, codebook)
    assert page.count('data-n="a"') == 1
    assert "a 人民调解与矛盾化解90% b 法律援助80%" in text_of(page)


def test_a_page_of_very_many_figures_lists_the_first_and_says_how_many_there_are(codebook) -> None:
    rows = [row("澄江.txt", n, f"调解纠纷{n + 1}件。", ["mediation"]) for n in range(300)]
    section = build_report(rows, {}, codebook).split('id="figures"')[1].split("</section>")[0]
    assert section.count("<tr>") == 250 and ">300<" in section and "列出前 250 项，其余见电子表格" in section


def test_one_report_is_compared_with_nothing(codebook) -> None:
    page = build_report(ROWS[:3], {"澄江.txt": DOCUMENTS["澄江.txt"]}, codebook)
    assert 'id="compare"' not in page and "#compare" not in page and "所有报告都未提及" not in text_of(page)
    assert 'id="compare"' in build_report(ROWS, DOCUMENTS, codebook)


def test_large_sums_stand_in_ten_thousands_and_long_titles_say_that_they_are_cut(codebook) -> None:
    rows = [
        row(name, 1, f"挽回经济损失{n}万元，调解成功率9{n % 10}%。", ["legal_aid", "mediation"])
        for n, name in ((476, "甲.txt"), (12850, "乙.txt"))
    ]
    documents = {
        "甲.txt": {"title": "澄江县人民政府关于2023年度法治政府建设情况的报告", "year": 2023},
        "乙.txt": {"title": "云岭市总结", "year": 2022},
    }
    text = text_of(build_report(rows, documents, codebook))
    assert re.search(r"挽回经济损失 ?万元 ?12,850 ?476", text)
    assert "澄江县人民政府关于2023年度法治政府建设情况…" in text


def test_topics_that_are_themes_stand_before_others(codebook) -> None:
    topics = [
        {"id": "t1", "name": "首页、公开", "terms": ["首页"], "share": 0.3},
        {"id": "mediation", "name": "调解", "terms": ["纠纷"], "share": 0.1},
    ]
    text = text_of(build_report(ROWS, DOCUMENTS, codebook, topics))
    assert text.index("人民调解与矛盾化解 10.0%") < text.index("首页、公开 30.0%")


def test_themes_that_no_report_mentions_are_named(codebook) -> None:
    section = build_report(ROWS, DOCUMENTS, codebook).split('id="absent"')[1].split("</section>")[0]
    everywhere = section.split("</p>")[0]
    assert "行政复议" in everywhere and "法律援助" not in everywhere
    assert "法律援助" in section.split("云岭市")[1]


def test_a_sentence_carried_over_is_shown_once_and_its_figures_may_differ(codebook) -> None:
    formula = "始终坚持把非诉讼纠纷解决机制挺在前面，全年共化解各类矛盾纠纷{}件。"
    rows = [
        row("a", 1, "一是建强队伍。" + formula.format(120)),
        row("b", 1, formula.format(98) + "其他。"),
        row("b", 2, "全年共化解。"),
    ]
    section = build_report(rows, {}, codebook).split('id="repeats"')[1].split("</section>")[0]
    assert section.count("<li>") == 1
    assert formula.format(120) in section and formula.format(98) not in section
    assert 'href="#r1-1"' in section and 'href="#r2-1"' in section and 'href="#r2-2"' not in section
    assert 'id="repeats"' not in build_report([rows[0], rows[2]], {}, codebook)
