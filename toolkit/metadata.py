"""What a report is: title, issuing body, dates, place and kind, each with where it was found.

Values come from the page's own metadata, from the text, then from the file name; what none of them says is absent,
never guessed. Keys: ``title``, ``issuer``, ``date`` (ISO), ``year`` (reported on), ``place``, ``province``, ``city``,
``county``, ``code`` (GB/T 2260) and ``kind`` (see :data:`KINDS`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import PurePath

from toolkit.document import Document, Found, Item
from toolkit.places import names_in, resolve
from toolkit.structure import is_furniture

_DIGITS = "〇一二三四五六七八九"
_ORGAN = (
    r"[\u4e00-\u9fff·（）]{2,30}?"
    r"(?:司法局|司法厅|司法所(?!规范|建设|标准|所?长)|(?:人民政府|管理委员会|委员会)(?:办公室)?|管委会|街道办事处|办公室|党委|检察院|法院|"
    r"政府办|[市县区省]政府)"
)
# What a title's words say of its kind, in order: the first that matches names it.
KINDS: Mapping[str, str] = {
    "interview": r"访谈|专访|对话|做客|——访|^访|问答",  # 让法治润泽每一寸土地——访某局局长
    "accountability": r"述法|述职|第一责任人",
    "bulletin": r"简报|法治动态|工作动态|[（(].{0,8}第\s?\d+\s?期[）)]",
    "station_summary": r"(?:司法所|综治中心).{0,20}(?:总结|小结|打算)",
    "experience": r"做法|经验|体会|探索|实践|样本|模式[”\"]?$|新路径|典型案例",
    "overview": r"综述|亮点|大事|回眸|盘点|速览",
    "congress_report": r"审议意见",
    "annual_report": r"法治(?:政府)?建设.{0,12}(?:报告|总结|情况)|依法行政.{0,12}(?:报告|情况)|年度工作?报告",
    "work_summary": r"总结|小结|工作情况|(?:情况|工作)的?汇报",
    "work_plan": r"要点|计划|打算|工作思路|工作安排|实施方案",
    "news": r"纪实|特写|巡礼|侧记|速写|掠影|新局面|新篇章|谱写",
}
_CONGRESS = re.compile(r"[在向].{0,30}(?:人民代表大会|人大).{0,30}会议?上|政协.{0,20}会议?上")
_DATE = re.compile(
    r"((?:19|20)\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)"
    r"|([二一][〇○零Ｏ0九][〇○零Ｏ0一二三四五六七八九]{2})\s*年\s*([一二三四五六七八九十]{1,2})月\s*([一二三四五六七八九十]{1,3})日"
)
_NAMED_DATE = re.compile(r"20\d{2}[-_.年]?(?:0[1-9]|1[0-2])[-_.月]?(?:0[1-9]|[12]\d|3[01])")
_YEAR = re.compile(
    r"(?<!\d)(?<!\d[-—~至])(20\d\d)(?=\s*年|年度|度|\s*[（(]|[:：]|工作|法治)|(二[〇○零Ｏ0][〇○零Ｏ0一二三]\S)年"
)
_BODY_YEAR = re.compile(r"(?<!\d)(20\d\d)年(以来|来|起|度|，|,|、|我|全|县|市|区|省|上半年|在|是)")
_PUBLISHED = re.compile(r"发布(?:日期|时间)|公布日期|公开时间|发表时间|公开日期|(?:^|\s)(?:时间|日期)\s*[:：]")
_WRITTEN = re.compile(r"成文(?:日期|时间)|印发")
_MEETING = re.compile(r"会议?上[）)]?|有效期|今天是")
_TOLD = re.compile(r"日在.{4,50}会议?上?")
_BODY_LABEL = re.compile(
    rf"(?:(?:发布机构|发文机关|公开主体|信息来源)[\s:：\]】|]+|来源\s*[:：]\s*)[“]?({_ORGAN}|[\u4e00-\u9fff]{{2,20}}(?:局|厅|委|办))"
)
# 2022年，长治市司法局坚持…: who reports is the subject of the first sentence.
_OPENING = re.compile(
    rf"(?:20\d\d年(?:度|以来|上半年)?[，,])?(?:在[^。；，,]{{2,40}}下[，,])?({_ORGAN})"
    r"(?:坚持|深入|紧紧|紧扣|认真|始终|全面|扎实|积极|切实|严格|立足|围绕|以|在)"
)
_SITE = re.compile(r"\s*(?:[-_|｜]|--|——)\s*[^-_|｜]{2,24}(?:网|网站|门户|政府|局|厅|平台|频道)?$")
# A place that no table knows still names the report, if an office or a year follows it.
_LEVEL = r"(?:省|自治区|自治州|自治县|市|县|区|旗|镇|乡|街道|村|开发区|高新区)"
_OWN_PLACE = re.compile(
    rf"(?:^|关于|访|年|话|[\s　—丨|:：“（(])((?:(?:(?!关于|访|年|丨)[\u4e00-\u9fff]){{2,12}}?{_LEVEL}){{1,4}})"
    r"(?=司法|人民政府|政府|管理委员会|委员会|20\d\d年|二〇|[:：]|[区县市镇乡省]长|党委|政协|抓|深化|打造|推动|法律援助|律师|政法|法治动态)",
    re.MULTILINE,
)
# What a headline puts before a name: 对话澄江市司法局局长, 记者从澄江市司法局获悉, 奋进中的澄江市.
_BEFORE_NAME = re.compile(
    r"^(?:.*的|(?:本报|本网)?记者.{0,6}?从|今天|日前|近日|我们|这就是|首届|"
    r"对话|专访|访谈|走访|探访|寻访|走进|走近|走读|聚焦|关注|直击|直通|解码|解读|读懂|揭秘|点赞|点击|来自|做客|邀请|致敬|感谢|"
    r"(?:热烈)?祝贺|恭喜|喜报|学习|推介|寄语|回望|展望|发现|跟着|带你|今日|关于|转发|印发|新时代|(?:从|在|对(?!口)))[“”‘’\s·：:]*"
)
_NO_PLACE = re.compile(r"^(?:全|本|我|各|欢迎|依法治|法治|上级|社|辖|园|校|景|城|山|小|新时代)|治[省市县区]$")


def find_metadata(document: Document) -> dict[str, Found]:
    """What is known of ``document``; see the module for the keys.

    ``document.metadata`` holds what the page or file declares of itself; it is read, not trusted: a declared title that
    the page does not show loses to the one it shows.
    """
    page = document.metadata
    name = PurePath(document.name).stem
    found: dict[str, Found] = {}
    _put(found, "title", _title(document, page, name))
    title = found["title"].value if "title" in found and found["title"].source != "name" else ""
    edges = [item for item in [*document.items[:25], *document.items[-20:]] if is_furniture(item.text)]
    _put(found, "date", _published(page, edges, name))
    _put(found, "year", _year(document, title, found.get("date"), name))
    _put(found, "issuer", _issuer(page, title, document, name))
    _put(found, "kind", _kind(document, title, name))
    found |= _place(document, found, title, name)
    issuer, place = found.get("issuer"), found.get("place")
    relative = issuer and re.match(
        "[省市县区](?=司法|委|人民|人大|政府)|(?=司法[局厅所]|人民政府)|本[省市县区局]", issuer.value
    )
    if issuer and relative:
        del found["issuer"]  # there is a 区司法局 in every district
        if place and place.value.endswith(relative[0]):
            own = next((found[key].value for key in ("county", "city", "province") if key in found), place.value)
            found["issuer"] = Found(own + issuer.value[relative.end() :], issuer.source)  # of its own page
    return found


def _bare_name(name: str) -> str:
    """A place or organ without what a headline puts before it; 从江县 keeps its first character."""
    while (match := _BEFORE_NAME.match(name)) and len(name) - match.end() >= 3:
        if any(name.startswith(known) for known in names_in(name)):
            break
        name = name[match.end() :]
    return name


def with_metadata(document: Document) -> Document:
    """The same document with :func:`find_metadata` as its metadata, over what the page declared."""
    return replace(document, metadata={**document.metadata, **find_metadata(document)})


def _put(found: dict[str, Found], key: str, value: Found | None) -> None:
    if value is not None and value.value:
        found[key] = value


def _title(document: Document, page: Mapping[str, Found], name: str) -> Found | None:
    titles = [re.sub(r"[\s|]+$|\s*\n\s*", "", item.text) for item in document.items[:30] if item.kind == "title"]
    first = "".join(titles[0].split()) if titles else ""
    shown = "".join(titles[:1] + [text for text in titles[1:] if not first.endswith("".join(text.split()))])
    declared = page["title"].value if "title" in page else ""
    if shown:
        same = declared and re.sub(r"\s", "", titles[0])[:12] in re.sub(r"\s", "", declared)
        return Found(shown, "page" if same else "text")
    if declared and len(bare := _SITE.sub("", declared)) >= 6 and re.search("[㐀-鿿]{4}", bare):
        return Found(bare, "page")
    return Found(name, "name") if len(re.findall("[㐀-鿿]", name)) >= 6 else None


def _dates(text: str) -> Iterator[date]:
    for match in _DATE.finditer(text[:2000]):
        if match[1]:
            year, month, day = int(match[1]), int(match[2]), int(match[3])
        else:
            year, month, day = _chinese_year(match[4]), _chinese(match[5]), _chinese(match[6])
        try:
            yield date(year, month, day)
        except ValueError:
            continue


def _chinese_year(text: str) -> int:
    return int("".join(str(max(0, _DIGITS.find(c))) for c in text))


def _chinese(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return max(0, _DIGITS.find(ones))
    return (_DIGITS.find(tens) if tens else 1) * 10 + (_DIGITS.find(ones) if ones else 0)


def _published(page: Mapping[str, Found], edges: list[Item], name: str) -> Found | None:
    """The date of publication: what the page declares, then its 发布日期 line, then any dated line of its edges."""
    if "date" in page and (day := next(_dates(page["date"].value), None)):
        return Found(day.isoformat(), "page")

    def rank(item: Item) -> int:
        if _PUBLISHED.search(item.text):
            return 0
        return 2 if _WRITTEN.search(item.text) else 1

    for item in sorted(edges, key=rank):  # stable: of one rank, the first
        if _MEETING.search(item.text) and rank(item) != 0:
            continue  # the day it was read to a meeting, or the day somebody saved the page
        label = _PUBLISHED.search(item.text)
        if day := next(_dates(item.text[label.start() :] if label else item.text), None):
            return Found(day.isoformat(), "text")
    if match := _NAMED_DATE.search(name):
        digits = re.sub(r"\D", "", match[0])
        if day := next(_dates(f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"), None):
            return Found(day.isoformat(), "name")
    return None


def _years(text: str) -> Iterator[int]:
    for match in _YEAR.finditer(text):
        yield int(match[1]) if match[1] else _chinese_year(match[2])


def _year(document: Document, title: str, published: Found | None, name: str) -> Found | None:
    """The year reported on: of the title, of how the text begins, 今年 of a dated text, the file name, its day."""
    if year := next(_years(title), None):
        return Found(str(year), "text")
    body = [i.text for i in document.items if i.kind not in ("title", "heading") and not is_furniture(i.text)][:4]
    begins = "".join(body)[:800]
    latest = int(published.value[:4]) if published else 9999
    # 2020年以来 tells where a story begins; a report tells of the year it appears in, or of the one before.
    for match in _BODY_YEAR.finditer(begins):
        year = int(match[1])
        if year == latest or (match[2] not in ("以来", "来", "起") and (not published or latest - 1 <= year <= latest)):
            return Found(match[1], "text")
    if published and re.search("今年|本年度|年初以来", begins):
        return Found(published.value[:4], "text")
    if year := next(_years(name), None):
        return Found(str(year), "name")
    # What was told to a meeting, or published, in the second half of a year tells of that year.
    told = next((i.text for i in document.items[:12] if is_furniture(i.text) and _TOLD.search(i.text)), "")
    met = next(_dates(told), None)
    day = met or (date.fromisoformat(published.value) if published else None)
    source = published.source if published and not met else "text"
    return Found(str(day.year), source) if day and day.month >= 7 else None


def _issuer(page: Mapping[str, Found], title: str, document: Document, name: str) -> Found | None:
    """The body that reports: declared, named by the title, signed at the end, or given as the source."""
    organ = re.compile(rf"^(?:关于)?({_ORGAN})")
    if "issuer" in page and (match := organ.search(page["issuer"].value)):
        return Found(_bare_name(match[1]), "page")
    for part in re.split("——|丨|访", title):
        if (match := organ.search(part)) and not re.match("[省市县区]?(?:司法|全)", named := _bare_name(match[1])):
            return Found(named, "text")
    last = [item.text for item in document.items[-12:] if is_furniture(item.text)]
    for line in last:
        signed = re.match(rf"({_ORGAN})(?:[（(]盖章[）)])?\s*(?=$|\d{{4}}|二)", line)
        if signed:
            return Found(_bare_name(signed[1]), "text")
    for item in [*document.items[:15], *document.items[-15:]]:
        if is_furniture(item.text) and (match := _BODY_LABEL.search(item.text)):
            return Found(_bare_name(match[1]), "text")
    first = next((item.text for item in document.items if item.kind == "paragraph" and not is_furniture(item.text)), "")
    if match := _OPENING.match(first):
        return Found(_bare_name(match[1]), "text")
    return Found(_bare_name(match[1]), "name") if (match := organ.search(name)) else None


def _kind(document: Document, title: str, name: str) -> Found | None:
    for text, source in ((title, "text"), (name, "name")):
        if source == "text" and _CONGRESS.search("".join(item.text[:80] for item in document.items[:8])):
            return Found("congress_report", "text")
        for kind, pattern in KINDS.items():
            if re.search(pattern, text):
                return Found(kind, source)
    questions = sum(item.kind == "heading" and item.text[-1:] in "？?" for item in document.items)
    return Found("interview", "text") if questions >= 4 else None


def _place(document: Document, found: Mapping[str, Found], title: str, name: str) -> dict[str, Found]:
    """Place, its parents and its code: of the title and issuer, of the page's lines, of what the text names most."""
    year = int(found["year"].value) if "year" in found else None
    issuer = found["issuer"].value if "issuer" in found else ""
    edges = "\n".join(i.text for i in [*document.items[:15], *document.items[-10:]] if is_furniture(i.text))
    for text, source in ((f"{title} {issuer}", "text"), (edges, "text"), (name, "name")):
        names = list(names_in(text))
        if names and (place := resolve(names, document.text, year)):
            parts = {"place": place.name, "province": place.province, "city": place.city, "county": place.county}
            return {key: Found(value, source) for key, value in (parts | {"code": place.code}).items() if value}
    for text, source in ((title, "text"), (issuer, "text"), (edges, "text"), (name, "name")):
        for match in _OWN_PLACE.finditer(text[:400]):  # the pattern tries every division of a line
            own = _bare_name(match[1])
            if not _NO_PLACE.search(own):
                return {"place": Found(own, source)}
    ranked = names_in(document.text).most_common(2)
    if ranked and ranked[0][1] >= 3 and (len(ranked) == 1 or ranked[0][1] >= 2 * ranked[1][1]):
        place = resolve([ranked[0][0]], document.text, year)
        if place:
            parts = {"place": place.name, "province": place.province, "city": place.city, "county": place.county}
            return {key: Found(value, "text") for key, value in (parts | {"code": place.code}).items() if value}
    return {}
