"""Lines that belong to the page and not to the report: navigation, bylines, captions, signatures, contacts.

One commented table; a classifier takes the answer as a feature, the structure never makes a heading of such a line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from toolkit.document import Item

if TYPE_CHECKING:
    from toolkit.prefilter import Patterns

_DAY = r"(?:(?:19|20)\d\d|二[〇○零Ｏ0O][一二三四五六七八九〇○零Ｏ0O]{2})\s*年\s*\S{1,3}\s*月\s*\S{1,4}?\s*日"
_ISO = r"(?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?"
# A body signs by its name; a heading like 强基础夯实司法所 ends in one too, but bears its number.
_BODY = r"(?![一二三四五六七八九十]{1,3}、|[（(])[\u4e00-\u9fff（）()、]{2,30}"
_SIGNED = _BODY + r"(?:局|厅|部|院|府|委员会|管委会|办公室|司法所|办事处|中心)"
_DATED = _BODY + r"(?:局|厅|部|院|府|委|会|所|站|室|科|处|办|中心)"
_CLOCK = r"(?:\s*\d{1,2}[:：]\d\d(?:[:：]\d\d)?)?"
_MEDIUM = r"[\u4e00-\u9fff]{2,12}(?:(?:网|报|社|在线|客户端|融媒)\s*|\s*[|｜]\s*)"
_ROLE = r"(?:局长|厅长|主任|书记|县长|区长|市长|镇长|乡长|省长|所长|主席|院长|检察长|委员)"

# Marks of the page wherever they stand, also in a line that ends like a sentence. Every alternative opens with a
# literal character: the search then skips to the next possible beginning, ten times as fast as trying all everywhere.
_COUNTED = r"(?:次数|人次|量|数|率)?\s*[:：]\s*\d"
_HERE = r"(?:的|所在)?(?:位置|栏目|浏览[:：])"
_LABELS = (
    r"发布日期|发布时间|发布机构|发布人|发表时间|时间[:：]\s*\d|日期[:：]\s*\d",
    r"来源\s*[:：]|稿源[:：]|信息来源|作者[:：]|责编[:：]|编辑[:：]|审核[:：]|校对[:：]|打字[:：]|编印[:：]|承办[:：]|录入[:：]",
    rf"浏览{_COUNTED}|点击{_COUNTED}|阅读{_COUNTED}|访问{_COUNTED}|下载{_COUNTED}|浏览次数|阅读次数|访问次数|评论\s*[(（]\d",
    r"字号|字体|分享到|分享至|转发至|无障碍(?:浏览|阅读)|长者模式|关怀版|繁體|简体\s*[|｜]|扫一扫|扫\S{0,8}二维码|收听本文",
    r"索\s?引\s?号|成文日期|发文(?:日期|字号|机关)|主题(?:分类|词[:：])|有效性[:：\s]|效力状态|文\s*号[:：]|信息分类|体裁分类",
    rf"当前{_HERE}|所在{_HERE}|现在{_HERE}|您的{_HERE}|你的{_HERE}|欢迎您?(?:访问|光临)|网站首页|网站地图|上一[篇条版]|下一[篇条版]",
    r"相关(?:链接|阅读|新闻|稿件)|为您推荐|版权(?:所有|归|声明)|免责声明|转载(?:请|声明)|不代表本[网站]|侵权",
    r"未经[^，。]{0,12}授权|ICP备|公网安备|许可证编号|主办单位|承办单位|技术支持|电话\s*(?:[:：]|\d{3,4}[-—])",
    r"联系(?:人|我们)[:：]|邮编|邮政编码|传真[:：]|热线\s*[:：]?\s*0\d{2,3}-|关闭(?:窗口|本页)|点击(?:观看|收听|预览|下载|进入)|客户端",
    r"附件下载|\.(?:xlsx?|docx?|pdf|wps)\b|．(?:xlsx?|docx?|pdf|wps)\b|共印\s?\d+\s?份|供稿|撰稿|填报人|审签[:：]|内部资料",
    r"会后请?交回|延伸阅读|录音整理|（略[）)]$|\(略[）)]$|地址(?<!\S地址)[:：]|邮箱(?<!\S邮箱)[:：]|@(?<=[\w.]@)[\w-]+\.\w+",
)
# The same, at the beginning of a line only.
_OPENING = (
    r"今天是(?:\d|\s|[:：])|\W?(?:本站)?首页\W|附件\s*[:：\d]|附\s*[:：].{0,80}(?:表|图|清单|[（(](?:略|点击下载)[）)])$",
    r"(?:抄送|抄报|报送|主送|报|送|发)[:：]|[（(](?:此|本)(?:件|页|材料|版|报告)|https?://|公开(?:方式|范围|时限)[\s:：]|名\s*称[:：]",
    r"(?:文\s*号|时\s*效)\s",
)
# Captions: who took it, what is seen on it.
_CAPTIONS = (
    r"^[（(\[［【]?\s*[▲△▼↑↓◀▶]|^[（(\[［【]?(?:上|下|左|右)?图(?:为|\d|片|：|:|\s)|[（(/／\s](?:摄|供图|视频截图|资料图)[）)\]］]?$",
    r"^[（(\[［【]?(?:资料图|照片|配图|图片(?:新闻|说明)?|视频)\s*[:：]|摄影[:：]|\S{2,4}\s*[/／]?\s*(?:拍摄|摄)[）)\]］]?$|图[/／]\S{2,4}[）)]$|图片\S{0,8}提供",
    r"(?:\s|融媒体?|本报记者|通讯员|法治网)\s*(?:供图|图)[）)]$",
)
# Bylines, signatures and dates; whole lines, since the same words stand in sentences too.
_LINES = (
    rf"[（(]?\s*(?:{_MEDIUM})?(?:{_DAY}|{_ISO}){_CLOCK}(?:\s*印发?|\s+{_SIGNED})?\s*[）)]?|20\d\d年\s?\d{{1,2}}月",
    rf"[□■◆●]?\s?{_SIGNED}(?:[（(](?:盖章|代章)[）)])?|{_DATED}(?:[（(](?:盖章|代章)[）)])?\s*(?:{_DAY}|{_ISO})\s*(?:印发?)?",
    rf"{_DATED}\s*(?:{_DAY}|{_ISO})\s*星期[一二三四五六日天].{{0,12}}",
    r"[-—–－·\s]*\d{1,3}[-—–－·\s]*|第\s?\d{1,4}\s?页(?:[,，\s/／]*共\s?\d{1,4}\s?页)?",
    rf"(?:{_ISO}|{_DAY})\s.{{0,80}}(?:记者|通讯员|来源|稿源|日报|电视台|融媒).{{0,60}}",
    r"(?:[\u4e00-\u9fff]{0,8}(?:报|网|台|社|媒体?|特约))?(?:记者|通讯员|实习生)(?:\s.{2,40}|(?![手调观提感培队见节])[\u4e00-\u9fff]{2,4})",
    rf"(?:汇报|述法|述职|述职述法|报告|填报)人(?:签名)?[:：].{{2,40}}|\S{{2,24}}{_ROLE}\s+[\u4e00-\u9fff]\s?[\u4e00-\u9fff]{{1,3}}",
    rf"(?:——|[（(]).{{0,4}}{_DAY}在.{{4,50}}会议?上.{{0,30}}|{_DAY}在[^，。]{{4,50}}会议?上?",
    r"(?:记者|通讯员|摄影|摄像|文字|[文图])[:：]\s?[\u4e00-\u9fff]{2,4}(?:\s[\u4e00-\u9fff]{2,4}){0,3}",
    r"所长[:：]\s*\S{2,4}.{0,60}|[\u4e00-\u9fff]{1,8}[〔\[［（(](?:19|20)\d\d[〕\]］）)]\s*\d+\s*号",
    r".{0,30}第\s?\d+\s?期\s*[（(]?总第?\s?\d+期.{0,60}|.{2,30}公报\s.{0,6}第\s?\d+\s?[期号]|.{2,20}公示栏.{0,60}",
    r"各[^。；]{2,60}(?:[局所院室办委]|单位|部门|协会|委员会|政府)[:：]|[省市县区州旗镇乡](?:委|政府|人大|司法局)[^。；，,]{0,30}(?<=[委府会局办厅])[:：]",
    # 区法宣办 signs as well; the picture of a 培训会现场 has no mark of its own.
    r"[省市县区州镇乡][\u4e00-\u9fff]{0,6}(?:法宣|普法|法治|依法治.|综治|政府|委)办|[\u4e00-\u9fff]{0,16}(?:活动|会议|[会班赛]|宣传|调解|仪式|讲座|授课|庭审|检查|走访|座谈|咨询|演出)现场[。.]?",
    # （召开年度述法会议） is what a picture shows; （一）健全机制 is not wholly in brackets.
    r"[（(](?![一二三四五六七八九十\d]{1,3}[）)])[^（()）]{3,60}(?:[（(][^（()）]{1,20}[）)][^（()）]{0,30})?[）)]",
    r"(?:首页|打印|收藏|返回顶部|举报|我要评论|关闭)(?:\s*[|｜>》\s].*)?|【?(?:打印|收藏|纠错|关闭)】?.{0,20}",
    r"[-•·*\s]*(?:设为首页|加入收藏|长者版|长辈版|手机版|登录|注册|简体版|繁体版)|[大中小]|[-|•·\s]+",
)
_LABEL = re.compile("|".join(_LABELS))
_OPENS = re.compile("|".join(_OPENING))
_PICTURED = re.compile("[图摄照视▲△▼↑↓◀▶]")  # every caption holds one
_CAPTION = re.compile("|".join(_CAPTIONS))
_LINE = re.compile("|".join(f"(?:{line})" for line in _LINES))
_PATH = re.compile(r"\s*(?:>+|»|›|〉|＞|→|->|》>|▏|[|｜])\s*|\s+[/／·-]\s+|］［|\s{1,3}(?=\S{2,6}(?:\s|$))")
_STEP = re.compile(r"\S\s*[>＞»›〉]\s*\S")
_PARTED = re.compile(r"[>»›〉＞→▏|｜］\s]")  # every path holds one
_STOPS = re.compile("[，。；！？：、]")
_CHANNEL = re.compile("[\u4e00-\u9fff]{2,12}")

LONGEST = 200
"""Characters; a page's own lines are shorter, and the patterns stay cheap."""
_SHORT = 100  # characters of a caption, a byline, a path; labels stand in longer lines too
_MANY = 128  # lines for which the tables of the patterns are worth their making


@lru_cache(maxsize=2048)  # the structure asks first, the classifier asks again
def is_furniture(text: str) -> bool:
    """Whether a line reads as part of the page, by its form alone: no model, no place in the document.

    >>> is_furniture("发布日期：2024-01-05　来源：县司法局　浏览次数：88"), is_furniture("全年调解纠纷186件。")
    (True, False)
    """
    text = text.strip()
    if not _may_be_line(text):
        return False
    if _LABEL.search(text) or _OPENS.match(text):
        return True
    if len(text) > _SHORT:
        return False
    return bool(_is_caption(text) or _LINE.fullmatch(text)) or _is_path(text)


def furniture_lines(texts: Sequence[str]) -> list[bool]:
    """:func:`is_furniture` of each of ``texts``; of many at once, each pattern is asked only where it could match."""
    if len(texts) < _MANY:
        return list(map(is_furniture, texts))
    import numpy as np  # a report alone is read without it

    texts = [text.strip() for text in texts]
    asked = [number for number, text in enumerate(texts) if _may_be_line(text)]
    lines = [texts[number] for number in asked]
    found = _at_once().search(lines)
    short = np.fromiter(map(len, lines), np.int64, len(lines)) <= _SHORT
    known = found[:, :2].any(axis=1) | (short & found[:, 2:-3].any(axis=1))
    answers = [False] * len(texts)
    for row in np.flatnonzero(known).tolist():
        answers[asked[row]] = True
    pictured, parted, stops = found[:, -3:].T
    for row in np.flatnonzero(short & ~known & (pictured | (parted & ~stops))).tolist():
        answers[asked[row]] = _is_caption(lines[row]) or _is_path(lines[row])
    return answers


@cache
def _at_once() -> Patterns:
    """Labels and openings, the whole lines, then what captions and paths hold, as patterns that are searched for."""
    from toolkit.prefilter import Patterns

    lines = (rf"^(?:{line})\Z" for line in _LINES)
    opens = f"^(?:{_OPENS.pattern})"
    return Patterns([_LABEL, re.compile(opens), *map(re.compile, lines), _PICTURED, _PARTED, _STOPS])


def _may_be_line(text: str) -> bool:
    """Whether ``text`` is short enough, and no prose."""
    size = len(text)
    if size <= 58 or size > LONGEST:
        return 0 < size <= 58
    if text.count("。") > 1 or text.count("，") + text.count(",") > 2:
        return False
    return sum(map(text.count, "。；！？")) <= 1


def furniture_of(items: Sequence[Item]) -> list[bool]:
    """Whether each item of a document is page furniture, by its form or by where it stands.

    A few bare characters above the title (工作动态, 政务公开, 述法专栏) name the channel of the site; the same words
    below it may head a section.
    """
    title = next((number for number, item in enumerate(items) if item.kind == "title"), 0)
    found = [is_furniture(item.text) if item.furniture is None else item.furniture for item in items]
    for number, item in enumerate(items[:title]):
        found[number] = found[number] or _CHANNEL.fullmatch(item.text) is not None
    return found


def _is_caption(text: str) -> bool:
    return _PICTURED.search(text) is not None and _CAPTION.search(text) is not None


def _is_path(text: str) -> bool:
    """首页 > 政务公开 > 年度报告: short names in a row, no sentence; three or more, or two with the sign of a path."""
    if len(text) < 8 or _STOPS.search(text) or not _PARTED.search(text):
        return False
    parts = [part for part in _PATH.split(text) if part.strip()]
    return len(parts) >= (2 if _STEP.search(text) else 3) and max(map(len, parts)) <= 20
