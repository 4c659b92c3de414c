"""What a number in running text counts: the words before it and the noun behind it, without what only connects them.

>>> [measure("并已开展法律援助", "", "件"), measure("抽派", "审查骨干每月到街镇坐堂一天", "名")]
['开展法律援助', '抽派审查骨干']
"""

from __future__ import annotations

import re

# What opens a clause and says nothing of what is counted.
_LEAD = re.compile(
    r"^(?:[一二三四五六七八九十]+是|其中|仅有|只有|是(?!否|非)|[●★▲■◆○]|截[至止](?:年末|年底|[^，]{0,4}底)|其(?![他它余次实])|仍(?!旧)|到(?![期位庭场案])|自(?=\d)|截至目前|截止目前|目前|同时|此外|并(?![购联网轨])|又|再(?![犯次生审造])|已经?|"
    r"还(?![款贷原])|均|也|累计|总计|合计|共计|共有|共(?![同享建治青产商])|总共|"
    r"先后|分别|年内|全年|今年以来|去年|今年|明年(?:底|初)?|本年度|上半年|下半年|以来|20\d\d年(?:以来|度|上半年|下半年)?(?:[底末初]?[前后])?|(?:\d{1,2}月?[至到—–\-~～]{1,2})?\d{1,2}月(?:份|[底末初]|[上中下]旬|\d{1,2}日)?(?:起|以?[前后])?|近[一二两三四五六七八九十几\d]+年来?|前[一二三四五六七八九十]{1,2}个月|力争|确保|"
    r"至今|一共|全(?:系统|[省市区县州乡镇局国](?!场)(?:[市区县](?!场))?)|我[省市区县局所]|辖区内?|在(?![册矫编校岗职线建办押逃库])|将|"
    r"把(?!关)|对(?![口接外象账标照方于比])|从(?![业严])|由|为(?!民)|向|等(?!级|待)|的|有(?![偿效关])|达到|达(?!标|成)|约(?![谈束定见请])|近(?!邻)|超过|余|"
    r"内(?!部|设|控|审计)|[》〉、\s]|和(?!解)|及(?!时|格)|与(?!会)|\d+[\.．、])"
)
_TAIL = re.compile(
    r"(?:(?:精简|精减|调整|扩充|扩展|扩容|发展|壮大|回升|回落|跃升|推迟|提前|优化|收窄|"
    r"增长|增加|调增|上升|攀升|提高|提升|扩大|延长|下降|降低|减少|压缩|压减|压|缩短|上调|下调|放宽|调高|调低|增|提|升|降|减|延|涨|扩|拉|砍|缩|调)(?:至|到|为|成)"
    r"|(?:合并|整合|归并|拆|拆分|分解|细化|划分|划|分)(?:成|为)|(?:控制|稳定|保持|维持)在|力争|冲刺|突破|始终|继续|持续|保持|已?连续[一两二三四五六七八九十\d]+年|各(?=$)|首次|第一次|连续|预计|基本|(?:由|从)(?:户均|人均|原来)?|(?<![平人月年日周户])均|仅|只|(?<!人)才|就|共计|一共|总共|累计|总计|合计|"
    r"分别|达到|高达|(?<![送下到传触直转])达|共|(?<![作成列认行])为|是|(?<![预契合条节签制违履])约|(?<![最附邻])近|超过|超|逾|至|(?<![报接收得])到|了|拥有|"
    r"(?<![现设建配聘享实])有|等|(?<!标)的|已|(?<!参)与|[对向把将给]|\s)$"
)
# Where the noun behind a number ends: 30名|农民工|讨回欠薪, 43项|主要任务|拆成….
_PREDICATE = re.compile(
    r"整体|于(?=$|\d)|圆满|全覆盖|有望|(?<!集)中(?![心介小国医学级央标间型部])|里(?=只|有|都)|拿|年内|追(?=[讨索薪])|连夜|当场|当天|现场(?!会)|先后|随后|主动|逐步|专门(?!机构)|被|(?<![事理自案缘])由|将|(?<!一)把(?!关)|划(?=为|分)|因|从(?!业)|到(?!期|位|庭)|按照?|(?<![平人])均(?!衡)|都(?!市)|已经?|未(?!成年|达标)|逐|只|还|也|并(?![购联网轨])|(?<![公一总])共(?!同|享|建|青|产|商)|单独|联合(?!会|体)|属于|进入|走|(?<![修整更批])改(?![革制造善进良判])|"
    r"全部|全年|全员|今年|目前|每[周月季天人]|一[年季]|累计|分别|没有|无(?![线证障因偿]|人机)|不再|完成|开展|实行|实现|建立|建成|设立|设置|成立|装设|配备|配齐|聘请|通过|进行|达到|达|提供|落实|安排|"
    r"签(?!约率)|结(?:成|对)|组成|公布|受到|荣?获|提出|修复|讨回|追回|推行|参加|参与|接受|给予|作出|(?<![工操合著制运协])作|(?<!叫)做|(?<![移成外社])交(?![通易流警叉])|登上|递交|提交|汇总|纳入|列入|挂牌|常驻|下沉|采用|"
    r"采取|发出|责令|限期|予以|点名|报名|讨|免除|召开|办理|受理|审理|代理|自查|梳理|仅有|只有|增加|公示(?!平台|栏|墙)|认领|聘任|赋权|归集(?!库)|拆|分给|(?<![流周运])转(?!业)|赴|在(?!册|矫|校|编|岗|职|建|押|办|逃|线)|(?<!行)为(?!民)|向|(?<![核应面])对(?!象|口|外)|"
    r"合[为并]|补齐|补办|上门|出庭|坐上|申领|化解|调解(?!员|委员会|组织|室|协议|中心|案|书|工作|队|人员|平台|小组|超市|站|点)"
)
# These may as well stand in what qualifies the noun: 主要负责人为成员的领导小组.
_WEAK = re.compile("为|未|已经?|在|因|没有|从|由|被|向|对|参加|与|有")
# The list that ends before the number says how or about what, not what: 医疗等领域|设立….
_ABOUT = re.compile(
    r"^[^，,。；;]*?等(?:[\u4e00-\u9fff]{0,6}?(?:领域|方面|主题|环节|节点|形式|方式|渠道|载体|重点|场所|地|行业(?!性)|时机)|[多\d]+种)(?=.{2})"
)
# Verbs that a list shares: 审查决策事项97件、规范性文件41件.
_SHARED = re.compile(
    r"^(?:审查|审核|办理|受理|制定|修订|修改|废止|清理|建成|建立|设立|设置|新建|新增|新设|开展|举办|召开|组织|发放|印发|编印|制作|"
    r"培育|培养|培训|聘请|选聘|评选|审结|调解|调处|化解|排查|接待|解答|出具|制发|发出|收到|接收|代写|整改|纠正|列入|抽查|评查|查处|约谈|配备|完成|受理|解除|撤销|退回|注销|备案|报备|复核|征集|推送|移送|转办|指派|处罚|处分|惩戒|吊销|引进|检查)"
)
# Those that tell of some, whatever they are counted in: 处罚律师5人、律所2家.
_SOME_OF = re.compile("^(?:处罚|处分|惩戒|吊销|注销|查处|约谈|检查|抽查|新设|新建|新增|引进)")
_QUOTED = re.compile(r"(?:[“\"「][^”\"」]{1,24}[”\"」]、?)+等")
_JOINT = re.compile(r"^(?:的|以?内(?![设部控])|[里间](?=由|都|只|，|$)|以上|左右|\s)+")
_IN_ALL = re.compile("累计|总数|共有|总计")
_NEW = re.compile("^新(?:培养|培训|聘用|聘|增设|增|建|设|吸纳|发展|命名|选聘)")
# Units that the thing counted follows: 165名律师; after the others it stands in front: 公证230件.
NOUN_FOLLOWS = frozenset("个项名家位条支类组种所台部份册处户")
LONGEST = 30


def measure(before: str, after: str, unit: str = "") -> str:
    """What is counted: the words before the number without openers, then the noun after it."""
    before = bare(before)
    after = _JOINT.sub("", after).strip()
    if unit != "%":
        after = "" if before and _PREDICATE.match(after) else noun(after) or after
    joined = re.sub(r"[\s“”‘’\"]+|(?<![参总惠波涉顾])[与和及]$|(?<!标)的$|(?<![高初集心])中$", "", before + after)
    return joined if len(joined) <= LONGEST else "…" + joined[1 - LONGEST :]


def bare(words: str) -> str:
    """``words`` without what opens a clause, and without what leads over to a number."""
    for pattern in (_LEAD, _TAIL):
        while (match := pattern.search(words)) and match.group():
            words = words[match.end() :] if pattern is _LEAD else words[: match.start()]
    return words


def noun(after: str) -> str:
    """The noun that ``after`` begins with, what qualifies it included; empty if it begins with a predicate."""
    after = re.split(r"\d", after, maxsplit=1)[0]
    qualified = after.rfind("的") + 1
    if qualified == len(after):
        qualified = 0
    for match in _PREDICATE.finditer(after):
        if match.start() == 0 and not qualified:
            return ""
        within = match.start() < qualified and (match.start() < 2 or _WEAK.match(match.group()))
        if not within and match.start() >= (1 if after[0] in "市县区镇乡村所站" else 2):
            return after[: match.start()]
    return after


def predicate(after: str) -> str:
    """What is said of the noun that ``after`` begins with."""
    after = _JOINT.sub("", after)
    return after[len(noun(after)) :]


def own_part(between: str, unit: str) -> str:
    """The part of the words between two numbers that belongs to the first: 58个|单位|共划分15组, 5件|、赔偿3元."""
    if unit not in NOUN_FOLLOWS:
        return ""
    found = noun(between if between.startswith("的") else re.split("的|(?<!公)共|各", between)[0])
    verb = re.search(_SHARED.pattern[1:], found[2:])
    return found[: 2 + verb.start()] if verb else found


def begins_with_verb(words: str) -> bool:
    """Whether the words before a number begin with what was done: 新建, 审查."""
    return bool(_SHARED.match(bare(words)))


def listed(earlier: str, last: str) -> str:
    """The clause ``earlier、last`` that a number follows, as far as it is a list of what is counted."""
    words = _QUOTED.sub("", earlier + last)
    if re.search("全年|年内|累计|共(?!同|享|建|治)|总计|一年来", bare(last)):
        return last
    if chosen := re.search("中(?=[选聘评抽遴推][^举])", last):
        return last[chosen.end() :]  # 从退休法官、教师中|选聘专职调解员
    if "等" in last and (cut := _ABOUT.search(words)):
        return words[cut.end() :]
    if _SHARED.match(bare(last)) and len(bare(last)) > 3 and "等" not in last:
        return last
    return words if len(bare(words)) <= LONGEST or "等" in last else last


def with_shared_verb(words: str, earlier: str, same_unit: bool = True) -> str:
    """``words`` with the verb that the measure before it in the same list has: 规范性文件 after 审查决策事项."""
    if len(words) < 3 or _SHARED.match(words) or _PREDICATE.match(words):
        return words
    verb = (_SHARED if same_unit else _SOME_OF).match(earlier)
    return verb.group() + words if verb and len(earlier) > len(verb.group()) else words


def in_all(words: str, before: str) -> str:
    """The measure of 累计63人 after 新培养调解员27人."""
    return _NEW.sub("", words) if _IN_ALL.search(before) else words
