"""Title, issuer, dates, place and kind: found where they stand, absent where they don't."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.document import Document, Found
from toolkit.metadata import find_metadata, with_metadata
from toolkit.places import names_in, resolve
from toolkit.read import from_lines
from toolkit.read.html import read_html
from toolkit.structure import parse

BODY = "全县调解组织共排查矛盾纠纷832件，调解成功815件，成功率98%，涉及金额1200余万元，未发生民转刑案件。"


def of_text(text: str, name: str = "a.txt") -> dict[str, Found]:
    return find_metadata(parse(from_lines(name, text)))


def test_a_page_says_what_it_is() -> None:
    """Page metadata first, then the text; every value with where it was found."""
    page = (
        "<html><head><title>望江县司法局2023年工作总结 - 望江县人民政府</title><meta name='PubDate' content='2024-01-05 10:12'>"
        "<meta name='ContentSource' content='望江县司法局'></head><body><h1>望江县司法局2023年工作总结</h1>"
        f"<p>发布日期：2024-01-06</p><p>{BODY}</p></body></html>"
    )
    found = find_metadata(parse(read_html("a.html", page)))
    assert {key: (value.value, value.source) for key, value in found.items()} == {
        "title": ("望江县司法局2023年工作总结", "page"),
        "date": ("2024-01-05", "page"),
        "year": ("2023", "text"),
        "issuer": ("望江县司法局", "page"),
        "kind": ("work_summary", "text"),
        "place": ("安徽省安庆市望江县", "text"),
        "province": ("安徽省", "text"),
        "city": ("安庆市", "text"),
        "county": ("望江县", "text"),
        "code": ("340827", "text"),
    }


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("发布日期：2024-01-05　来源：县司法局　浏览次数：88", "2024-01-05"),
        ("成文日期:2019-03-06 公布日期:2019-03-11", "2019-03-11"),
        ("时间：2021/7/9 08:30", "2021-07-09"),
        ("二〇二三年十二月二十八日", "2023-12-28"),
        ("澄江县司法局　2024年2月30日", ""),
        ("今天是2024年3月1日　星期五　欢迎访问澄江县政府网", ""),
        ("——2026年1月6日在县第十八届人大常委会第二十次会议上", ""),
    ],
)
def test_dates_of_the_lines_around_a_report(line: str, day: str) -> None:
    """Publication before signature; no day that the calendar lacks, none of a meeting."""
    found = of_text(f"工作总结报告\n{line}\n{BODY}")
    assert (found["date"].value if "date" in found else "") == day


@pytest.mark.parametrize(
    ("title", "year"),
    [
        ("某县司法局2021年工作总结和2022年工作思路", "2021"),
        ("某市司法局二〇一七年工作总结", "2017"),
        ("关于2023年度法治政府建设情况的报告", "2023"),
        ("某区司法局“十四五”普法工作总结", ""),
        ("某区2021-2025年普法规划实施工作总结", ""),
    ],
)
def test_the_year_reported_on(title: str, year: str) -> None:
    found = of_text(f"{title}\n{BODY}")
    assert (found["year"].value if "year" in found else "") == year


def test_a_year_without_title_is_of_the_text_or_absent() -> None:
    dated = "发布日期：2022-08-17"
    assert (
        of_text(f"法治护航开新局\n{dated}\n2022年以来，全区围绕中心工作推进示范创建，成效明显。\n{BODY}")["year"].value
        == "2022"
    )
    assert (
        of_text(f"法治护航开新局\n{dated}\n今年，全区围绕中心工作推进示范创建，成效明显。\n{BODY}")["year"].value
        == "2022"
    )
    since = f"2019年以来，全区推进示范创建，成效明显。\n{BODY}"
    assert of_text(f"法治护航开新局\n{dated}\n{since}")["year"].value == "2022"
    assert "year" not in of_text(f"法治护航开新局\n发布日期：2022-03-17\n{since}")  # of 2021, or of its spring
    assert "year" not in of_text(f"法治护航开新局\n{since}")
    told = of_text(f"关于全市普法工作情况的报告\n（2022年11月8日在市人大常委会第六次会议上）\n{since}")
    assert told["year"] == Found("2022", "text")
    assert of_text(BODY, "某县司法局2020年度法治工作报告.txt")["year"] == Found("2020", "name")


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("柳溪县2023年法治政府建设年度报告", "annual_report"),
        ("柳溪县司法局2023年工作总结和2024年打算", "work_summary"),
        ("柳溪县司法局2024年工作要点", "work_plan"),
        ("柳溪镇司法所2023年工作总结", "station_summary"),
        ("柳溪镇2023年普法工作总结", "work_summary"),
        ("柳溪县司法局关于社区矫正工作的汇报", "work_summary"),
        ("柳溪县长2023年度述法报告", "accountability"),
        ("柳溪法治动态（2024年第3期）", "bulletin"),
        ("让法治照亮山乡——访柳溪县司法局局长", "interview"),
        ("柳溪县司法局2023年十件大事", "overview"),
        ("柳溪县推进诉源治理的做法和体会", "experience"),
        ("奋力谱写法治柳溪新篇章", "news"),
        ("柳溪河畔", ""),
    ],
)
def test_the_kind_is_in_the_title(title: str, kind: str) -> None:
    found = of_text(f"{title}\n{BODY}")
    assert (found["kind"].value if "kind" in found else "") == kind


@pytest.mark.parametrize(
    ("title", "place", "issuer"),
    [
        ("对话穗溪市司法局局长：让法治成为城市名片", "穗溪市", "穗溪市司法局"),
        ("专访穗溪市司法局局长林某", "穗溪市", "穗溪市司法局"),
        ("“对话穗溪市司法局局长”", "穗溪市", ""),
        ("走进穗溪市司法局：一站式服务的背后", "穗溪市", "穗溪市司法局"),
        ("记者从穗溪市司法局获悉，今年法援案件增长", "穗溪市", "穗溪市司法局"),
        ("来自穗溪市司法局的报告", "穗溪市", "穗溪市司法局"),
        ("奋进中的穗溪市司法局", "穗溪市", "穗溪市司法局"),
        ("热烈祝贺穗溪市司法局荣获先进", "穗溪市", "穗溪市司法局"),
        ("对穗溪市司法局2023年工作的审议意见", "穗溪市", "穗溪市司法局"),
        # a verb of a name is no verb
        ("从江县司法局2023年工作总结", "贵州省黔东南苗族侗族自治州从江县", "从江县司法局"),
        ("听澜县司法局2023年工作总结", "听澜县", "听澜县司法局"),
        ("对口镇司法所2023年工作总结", "对口镇", "对口镇司法所"),
        ("和塘区司法局2023年工作总结", "和塘区", "和塘区司法局"),
    ],
)
def test_what_a_headline_puts_before_a_name_is_no_part_of_it(title: str, place: str, issuer: str) -> None:
    found = of_text(f"{title}\n{BODY}")
    assert found["place"].value == place
    assert (found["issuer"].value if "issuer" in found else "") == issuer


def test_a_report_to_the_congress_is_told_by_its_subtitle() -> None:
    lines = "关于2023年法治政府建设情况的报告\n——2024年1月8日在柳溪县第十八届人民代表大会常务委员会第二十次会议上"
    assert of_text(f"{lines}\n{BODY}")["kind"].value == "congress_report"


def test_issuer_by_title_signature_or_source() -> None:
    assert of_text(f"柳溪县司法局2023年工作总结\n{BODY}")["issuer"].value == "柳溪县司法局"
    assert of_text(f"2023年工作总结\n{BODY}\n柳溪县人民政府　2024年1月5日")["issuer"].value == "柳溪县人民政府"
    own = of_text(f"望江县2023年法治政府建设情况报告\n来源：县司法局　时间：2024-01-05\n{BODY}")
    assert own["issuer"].value == "望江县司法局"
    assert "issuer" not in of_text(f"2023年工作总结\n{BODY}")


def test_places_of_one_name_are_settled_by_their_parents_or_left_out() -> None:
    """鼓楼区 is in four cities: the text must say which."""
    assert "code" not in of_text(f"鼓楼区2023年法治政府建设情况报告\n{BODY}")
    found = of_text(f"鼓楼区2023年法治政府建设情况报告\n来源：福州市鼓楼区司法局\n{BODY}")
    assert (found["code"].value, found["place"].value) == ("350102", "福建省福州市鼓楼区")
    place = resolve(names_in("南京市鼓楼区司法局"), "", 2023)
    assert place is not None
    assert (place.code, place.name, place.own) == ("320106", "江苏省南京市鼓楼区", "鼓楼区")


def test_divisions_founded_in_2021_have_their_code() -> None:
    """The last ones that the table knows."""
    place = resolve(names_in("杭州市临平区司法局"), "", 2023)
    assert place is not None
    assert (place.code, place.name) == ("330113", "浙江省杭州市临平区")


def test_municipalities_have_no_city_and_former_names_their_code() -> None:
    """A report is signed with the name of its year."""
    place = resolve(names_in("重庆市忠县司法局"), "")
    assert place is not None
    assert (place.code, place.name) == ("500233", "重庆市忠县")
    old, new = resolve(names_in("双流县司法局"), "", 2012), resolve(names_in("双流区司法局"), "", 2020)
    assert old is not None
    assert new is not None
    assert (old.code, new.code) == ("510122", "510116")


def test_a_place_that_no_table_knows_is_named_without_a_code() -> None:
    found = of_text(f"霁川市桐岭区人民政府关于2022年法治政府建设情况的报告\n{BODY}")
    assert found["place"].value == "霁川市桐岭区"
    assert "code" not in found
    assert "place" not in of_text(f"依法治市工作简报\n{BODY}")


def test_file_name_is_the_last_resort() -> None:
    found = of_text(BODY, "reports/20240105望江县司法局2023年工作总结.txt")
    assert found["title"] == Found("20240105望江县司法局2023年工作总结", "name")
    assert (found["date"], found["kind"]) == (Found("2024-01-05", "name"), Found("work_summary", "name"))
    assert found["code"].value == "340827"


def test_nothing_known_is_nothing_said() -> None:
    assert of_text(BODY) == {}
    assert with_metadata(Document("a", "", ())).metadata == {}


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="年月日20二〇县市区省司法局关于报告：-/13 \n访——（）", max_size=80))
def test_any_text_has_values_that_are_true(text: str) -> None:
    """Dates exist, years are years, codes have six digits."""
    from datetime import date

    found = of_text(text)
    if "date" in found:
        date.fromisoformat(found["date"].value)
    assert "year" not in found or 1900 < int(found["year"].value) < 2100
    assert "code" not in found or (found["code"].value.isdigit() and len(found["code"].value) == 6)


@pytest.mark.parametrize(
    ("opening", "issuer"),
    [
        ("2022年，望江县司法局坚持围绕中心，全年调解纠纷832件。", "望江县司法局"),
        ("2022年，在县委的坚强领导下，望江县司法局认真履行职责，全年调解纠纷832件。", "望江县司法局"),
        ("省司法厅检查组来到望江县司法局，查看台账12册。", ""),
        ("近日，市委依法治市办公室印发通知，对普法验收作出安排。", ""),
    ],
)
def test_the_subject_of_the_first_sentence_reports(opening: str, issuer: str) -> None:
    found = of_text(f"{opening}\n{BODY}")
    assert (found["issuer"].value if "issuer" in found else "") == issuer


@pytest.mark.parametrize("line", ["来源：区司法局", "文章来源：司法局"])
def test_an_issuer_without_a_place_is_none(line: str) -> None:
    """There is a 区司法局 in every district; with the place of its page it has a name."""
    assert "issuer" not in of_text(f"2023年工作总结\n{line}　时间：2024-01-05\n{BODY}")
    named = of_text(f"临平区2023年法治政府建设情况报告\n{line}　时间：2024-01-05\n{BODY}")
    assert named["issuer"].value == "临平区司法局"


@pytest.mark.parametrize(
    ("title", "issuer", "kind"),
    [
        ("镇海区司法局2022年工作总结", "镇海区司法局", "work_summary"),
        ("镇江市司法局2022年工作总结", "镇江市司法局", "work_summary"),
        ("临溪镇司法所2022年工作总结", "临溪镇司法所", "station_summary"),
        ("临溪街道办事处2022年法治政府建设年度报告", "临溪街道办事处", "annual_report"),
        ("临溪市人民政府办公室2022年法治政府建设年度报告", "临溪市人民政府办公室", "annual_report"),
        ("临溪县司法所规范化建设工作方案", "", ""),
    ],
)
def test_issuer_and_kind_by_title(title: str, issuer: str, kind: str) -> None:
    found = of_text(f"{title}\n{BODY}")
    assert [found[key].value if key in found else "" for key in ("issuer", "kind")] == [issuer, kind]


def test_a_place_of_no_year_is_one_that_still_exists() -> None:
    """菏泽市 was once a county-level city of the prefecture that bears its name now."""
    assert of_text(f"菏泽市司法局工作综述\n{BODY}")["code"].value == "371700"
    then = resolve(names_in("菏泽市司法局"), "", 1995)
    assert then is not None
    assert then.code == "372901"
