"""Numbers with units, what they count, and what is compared with what."""

from __future__ import annotations

import doctest

import pytest

import toolkit.amounts
import toolkit.measures
from toolkit.amounts import amounts
from toolkit.quantities import quantities


def read(text: str) -> list[tuple]:
    return [(a.value, a.unit) if a.upper is None else (a.value, a.upper, a.unit) for a in amounts(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # money may lack its 元 where the words say money
        ("挽回经济损失476万，", [(4_760_000, "元")]),
        ("发放补助30余万；", [(300_000, "元")]),
        ("常住人口51.6万，注册用户突破21万。", []),
        # tenths, halves, parts
        ("占全部申请的六成，近七成老人听懂，三成五，八成以上案件", [(60, "%"), (70, "%"), (35, "%"), (80, "%")]),
        ("七成立功，一成不变，第八成员单位，两成套", []),
        ("三分之二以上的站点，百分之九十五，千分之三", [(66.67, "%"), (95, "%"), (0.3, "%")]),
        ("女性不少于一半，等候缩短一半，占比过半，超半数", [(50, "%")] * 4),
        ("说到一半黑了屏，任务过半、时间过半，一半天", []),
        # hanzi
        ("办结二十三件，惠及两千余人次，二十三个站点，历时一百二十天", [(23, "件"), (2000, "人次"), (23, "个"), (120, "天")]),
        ("抓好四个方面十条措施，五六件小事，出台“法护企业二十条”，千家万户", []),
        # multiples, points, ranges, days
        ("增长2.3倍，翻了一番，翻两番，提高3.2个百分点", [(2.3, "倍"), (1, "倍"), (3, "倍"), (3.2, "百分点")]),
        ("3—5个工作日办结，补助3万至5万元", [(3, 5, "工作日"), (30_000, 50_000, "元")]),
        ("30日内答复，由60日缩短至30日", [(30, "日"), (60, "日"), (30, "日")]),
        # no quantities
        ("第十七条、第二十三条第二款，政发〔2023〕12号，电话0571-88886666，第3次会议，第十二期", []),
        ("2023年12月4日，6月1日至30日，12·4宪法日，“八五”普法，十四五", []),
        ("24小时热线，7×24小时值守，48小时内办结", [(48, "小时")]),
        ("十一届十二次全会，今年前十一个月，第6/7页", []),
        ("《封闭用工二十问》《常见陷阱三十例》《100件实事》", []),
        ("67岁的老叔，35岁以下干部，平均年龄47岁", [(47, "岁")]),
    ],
)  # fmt: skip
def test_what_is_an_amount_and_what_is_none(text: str, found: list[tuple]) -> None:
    assert read(text) == found


@pytest.mark.parametrize(
    ("text", "bound"),
    [("近七成案件", "about"), ("八成以上案件", "over"), ("不足三成的村", "under"), ("30余万，", "over"), ("一半以上", "over"), ("三分之一左右", "about")],
)  # fmt: skip
def test_how_exact_a_share_is(text: str, bound: str) -> None:
    assert [a.bound for a in amounts("补助" + text)] == [bound]


@pytest.mark.parametrize(
    ("text", "measures"),
    [
        # a list is counted as a whole, unless its members have figures of their own
        ("评查处罚、许可案卷150宗", ["评查处罚、许可案卷"]),
        ("审查决策事项97件、规范性文件41件、重大合同58件", ["审查决策事项", "审查规范性文件", "审查重大合同"]),
        ("累计接收对象2.3万人、解除2.1万人", ["接收对象", "解除"]),
        ("在物业、医疗等领域设立调解组织39个", ["设立调解组织"]),
        ("从退休法官、教师中选聘调解员50名", ["选聘调解员"]),
        ("甲溪、乙湾、丙桥3个社区获评示范", ["社区"]),
        ("“谁执法、谁普法”的责任单发到92个单位", ["单位"]),
        ("开展“送法下乡”“法律进企”等活动86场次", ["开展送法下乡法律进企等活动"]),
        # the noun, not what it does
        ("为296名农民工讨回工钱611万元", ["农民工", "讨回工钱"]),
        ("43项主要任务拆成172个节点", ["主要任务", "节点"]),
        ("12个街道公共法律服务站实现全覆盖", ["街道公共法律服务站"]),
        ("对证据不足的17项由分管县长包抓", ["证据不足"]),
        ("6位县（市、区）委书记述法", ["县委书记述法"]),
        ("7名青年律师的照片和承诺挂上墙", ["青年律师的照片和承诺挂上墙"]),
        ("听取专题汇报2次并部署法治建设工作", ["听取专题汇报"]),
        ("完成59项重点工作任务", ["完成重点工作任务"]),
        ("局机关设6个内设机构", ["局机关设内设机构"]),
        ("约谈1家，惠及4600人，实有29人", ["约谈", "惠及", "实有"]),
        # what stands beside another figure
        ("扶持30人以上律所6家", ["扶持", "30人以上律所"]),
        ("5家基层法律服务所合并成3家", ["基层法律服务所", "基层法律服务所"]),
        ("取消工伤等6类事项的事由限制", ["事项的事由限制"]),
        ("15个司法所仅有在编人员23名，为312家企业梳理风险点480个", ["司法所", "在编人员", "企业", "梳理风险点"]),
        ("组织旁听26场、780余人次", ["组织旁听", "组织旁听"]),
        ("查处违法行为96起，处罚权集中行使12项", ["查处违法行为", "处罚权集中行使"]),
        ("下辖1个社区，3.4万人", ["下辖社区", ""]),
        ("家属院9户13人完成采样", ["家属院", "家属院"]),
        ("数量 | 75件 | 16件", ["数量", "数量"]),
    ],
)  # fmt: skip
def test_what_is_counted(text: str, measures: list[str]) -> None:
    assert [q.measure for q in quantities(text)] == measures


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("刑事案件、被骗金额分别下降28%、35%", [("刑事案件", 28, "分别下降", -1), ("被骗金额", 35, "分别下降", -1)]),
        ("律所97家、律师1563名，比2016年底分别增长29.3%、41.7%", [("律所", 97, "", 0), ("律师", 1563, "", 0), ("律所", 29.3, "比2016年底分别增长", 1), ("律师", 41.7, "比2016年底分别增长", 1)]),
        ("收案526件，较改革前增长2.3倍", [("收案", 526, "", 0), ("收案", 2.3, "较改革前增长", 1)]),
        ("终端使用频次较去年翻了一番", [("终端使用频次", 1, "较去年翻了一番", 1)]),
        ("取得资格19人，是前五年总和的1.4倍", [("取得资格", 19, "", 0), ("取得资格", 1.4, "是前五年总和的", 0)]),
        ("指标由原来的68项精简到42项", [("指标", 68, "由原来的", 0), ("指标", 42, "", 0)]),
        ("优化提升13个基层立法联系点", [("优化提升基层立法联系点", 13, "", 0)]),
        ("新增律师8名，比上年增加3名", [("新增律师", 8, "", 0), ("新增律师", 3, "比上年增加", 1)]),
        ("女性占比较上年提高3个百分点", [("女性占比", 3, "较上年提高", 1)]),
    ],
)  # fmt: skip
def test_a_comparison_belongs_to_what_is_compared(text: str, found: list[tuple]) -> None:
    assert [(q.measure, q.value, q.comparison, q.direction) for q in quantities(text)] == found


@pytest.mark.parametrize(
    ("text", "periods"),
    [
        ("8月开展检查，查阅卷宗60本。发现问题12个。", ["8月", ""]),
        ("截至11月底，化解纠纷917件。1983年建站。成功率97%", ["截至11月底", "1983年"]),
        ("这个村早在1983年就有调委会。截至11月底，化解纠纷917件。成功率97%。", ["截至11月底", ""]),
        ("1至10月办理6.8万件，比2020年同期多2%", ["1至10月", "1至10月"]),
        ("明年力争出庭率达到60%", ["明年"]),
        ("全面清理，翻阅2019年以来制发的文件612件", [""]),
        ("全年办案30件。追回欠薪5万元。", ["全年", "全年"]),
    ],
)
def test_a_period_holds_as_long_as_a_reader_takes_it_to(text: str, periods: list[str]) -> None:
    assert [q.period for q in quantities(text)] == periods


def test_the_examples_of_the_documentation_hold() -> None:
    assert doctest.testmod(toolkit.amounts).failed == 0
    assert doctest.testmod(toolkit.measures).failed == 0
