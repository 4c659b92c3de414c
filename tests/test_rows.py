"""What the trees see of an item beside its scores, and what the shipped model makes of pages that are no annual report."""

from __future__ import annotations

import numpy as np
import pytest

from toolkit.document import Document
from toolkit.rows import STAGE_ROW, THEME_ROW, stage_rows, theme_rows, view
from toolkit.store import load_model
from toolkit.structure import text_document

PAGE = """泠川县公证处2024年工作总结
县公证处坚持公证为民，各项工作稳中有进，群众满意度不断提升。
一、主要做法
全年办理公证1286件，上门服务47次。
规范收费，材料清单张贴上墙。
"""


def theme_columns(document: Document) -> dict[str, list[float]]:
    """By name the columns of :data:`THEME_ROW` that are the same for every theme, one value an item."""
    model = load_model()
    themes = len(model.theme_ids)
    rows = theme_rows(
        view(model.linear, document.items, themes), document.items, np.zeros(len(document.items), np.float32), themes
    )
    return {name: rows[::themes, THEME_ROW.index(name)].tolist() for name in ("opening", "digits")}


def test_an_opening_ends_at_the_first_heading_and_figures_are_counted() -> None:
    document = text_document("页", PAGE)
    assert [item.kind for item in document.items] == ["title", "paragraph", "heading", "paragraph", "paragraph"]
    seen = theme_columns(document)
    assert seen["opening"] == [0, 1, 0, 0, 0]
    text = document.items[3].text
    assert seen["digits"][3] == pytest.approx(6 / len(text), abs=1e-4)
    assert seen["digits"][4] == 0


@pytest.mark.parametrize(
    ("title", "cue"),
    [
        ("泠川县法治社会建设规划（2021—2025年）", 1),
        ("泠川县司法所规范化建设三年行动方案", 1),
        ("泠川县2024年司法行政工作总结", 0),
        ("泠川县“八五”普法规划完成情况总结", 0),
    ],
)
def test_a_programme_is_a_plan_by_its_title_and_a_section_on_one_is_not(title: str, cue: int) -> None:
    document = text_document("页", f"{title}\n一、编制普法规划\n把普法任务分到37个部门，逐项列出完成时限和责任人员。\n")
    model = load_model()
    rows = stage_rows(view(model.linear, document.items, len(model.theme_ids)), document.items, len(model.theme_ids))
    assert set(rows[:, STAGE_ROW.index("plan_title")]) == {cue}
    assert not rows[:, STAGE_ROW.index("plan_top")].any()


NEWS = """全县司法行政工作会议召开
2月18日，全县司法行政工作会议在泠川召开，局领导班子成员和各司法所所长参加会议。
会议听取了各司法所2023年工作汇报，表彰了9个先进集体。
会议强调，各司法所要在3月底前把调解台账补录齐全，逐所开展抽查，抽查结果要全县通报。
通讯员　方禾
"""


def test_demands_of_a_meeting_are_plans_and_its_course_is_not() -> None:
    stages = [prediction.stage for prediction in load_model().predict(text_document("会", NEWS))]
    assert stages == ["achievement", "achievement", "achievement", "plan", "noise"]


OPENING = """泠川县司法局2024年工作总结
2024年，县司法局围绕县委、县政府中心工作，统筹推进普法、调解、法律援助、社区矫正等各项工作，取得新的成效。现将有关情况总结如下：
一、法律援助
全年受理援助申请312件，为农民工追回工资480万元。
"""


def test_themes_named_in_passing_by_an_opening_are_not_carried() -> None:
    said = [prediction.theme_ids for prediction in load_model().predict(text_document("页", OPENING))]
    assert said == [(), (), ("legal_aid",), ("legal_aid",)]
