"""What the trees see of an item: rows of numbers made of linear scores, of its neighbours and its shape.

:func:`views` asks the linear model about every clause and heading in one pass; :func:`theme_rows` and
:func:`stage_rows` lay the answers out as the trees of themes and stages were taught them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import reduce
from operator import or_
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolkit.document import Item
from toolkit.features import Codes, Ints, Units, Vocabulary, clause_starts, fold_codes, raw_codes
from toolkit.prefilter import Patterns
from toolkit.scorers import ABSENT, Floats, Groups, Substrings
from toolkit.structure import furniture_of

_BEGINNING = 200  # characters of a text that tell whether it is of the field
LIKELY = -0.9
"""Score below which nothing speaks for a theme."""


@dataclass(frozen=True)
class View:
    """The linear scores of a document's items, as the trees see them; every array is (n_items, n_outputs).

    ``item`` of the whole text, ``best`` of its best clause, ``mean`` over clauses, ``first`` of the first clause,
    ``near`` of the heading above, ``far`` of the best of the headings beyond it, ``top`` of the outermost, ``before``
    and ``after`` of the neighbouring items, ``section`` of all items under the same heading; ``likely`` the number of
    clauses that score above −0.3, ``leading`` the share of the text in clauses where no theme scores higher.

    The rest is (n_items,): ``clauses`` the number of clauses, ``known`` the share of known pairs of characters (see
    :func:`known_shares`), ``hanzi`` the share of hanzi, ``part`` and ``chapter`` the numbers of the innermost and the
    outermost heading an item stands under.
    """

    item: Floats
    best: Floats
    mean: Floats
    first: Floats
    near: Floats
    far: Floats
    top: Floats
    before: Floats
    after: Floats
    section: Floats
    likely: Floats
    leading: Floats
    clauses: Floats
    known: Floats
    hanzi: Floats
    part: Ints
    chapter: Ints


def view(linear: Substrings, items: Sequence[Item], themes: int, *, neighbours: bool = True) -> View:
    """Step 1: the linear scores of ``items``; with ``neighbours`` they are one document in order."""
    return views(linear, [items], themes, neighbours=neighbours)[0]


def views(
    linear: Substrings, documents: Sequence[Sequence[Item]], themes: int, *, neighbours: bool = True
) -> list[View]:
    """Step 1 for many documents (their items) in one pass; the first ``themes`` outputs are themes."""
    items = [item for document in documents for item in document]
    if not items:
        return []
    columns = _columns(items)
    texts, above = columns["text"], columns["headings"]
    paths = {path: number for number, path in enumerate(dict.fromkeys(above))}
    # A heading that stands under no other stands under itself.
    alone = {at: texts[at] for at, kind in enumerate(columns["kind"]) if kind == "heading" and not above[at]}
    named = [text for path in paths for text in path]
    headings = {text: number for number, text in enumerate(dict.fromkeys([*named, *alone.values()]))}
    codes = raw_codes("\n".join([*texts, *headings, ""]))
    starts, counts = clause_starts(texts, codes)
    lengths = np.fromiter((len(heading) + 1 for heading in headings), np.int64, len(headings))
    ends = len(codes) - int(lengths.sum()) + np.cumsum(lengths)
    units = Units(fold_codes(codes), np.concatenate([starts, ends - lengths, [len(codes)]]))
    found, places = linear.vocabulary.longest(units.codes)
    sums, norms = linear.sums_of(found, np.searchsorted(places, units.starts))
    bounds = np.cumsum([0, *map(len, texts)]) + np.arange(len(texts) + 1)
    many = len(starts)
    begins = np.cumsum(counts) - counts
    clause = linear.scores(sums[:many], norms[:many])
    each = Groups(begins, counts)
    whole = linear.scores(np.add.reduceat(sums[:many], begins, axis=0), np.add.reduceat(norms[:many], begins))
    outputs = whole.shape[1]
    # The absent heading is a last row.
    heading = np.vstack([linear.scores(sums[many:], norms[many:]), np.full((1, outputs), ABSENT, np.float32)])
    path = np.array([paths[names] for names in above])
    part = np.array([headings[names[-1]] if names else -1 for names in paths])[path]
    chapter = np.array([headings[names[0]] if names else -1 for names in paths])[path]
    near = heading[part]
    part[list(alone)] = chapter[list(alone)] = [headings[text] for text in alone.values()]
    beyond = [[headings[name] for name in names[:-1]] or [-1] for names in paths]
    first = np.cumsum([0, *map(len, beyond[:-1])])
    far = np.maximum.reduceat(heading[[each for numbers in beyond for each in numbers]], first, axis=0)[path]
    absent = np.full((1, outputs), ABSENT, np.float32)
    before, after = np.vstack([absent, whole[:-1]]), np.vstack([whole[1:], absent])
    sizes = [len(document) for document in documents]
    edges = np.cumsum([0, *sizes])
    before[edges[:-1][edges[:-1] < len(items)]] = ABSENT
    after[edges[1:] - 1] = ABSENT
    if neighbours:
        section = _group_mean(whole, np.repeat(np.arange(len(documents)) * (len(headings) + 1), sizes) + part)
    else:
        before[:], after[:], section = ABSENT, ABSENT, whole
    extent = np.diff(units.starts)[:many].astype(np.float32)
    leads = clause[:, :themes] >= np.maximum(clause[:, :themes].max(axis=1, keepdims=True), LIKELY)
    known, hanzi = _shares(units.codes, codes, places.compress(found >= linear.vocabulary.pairs), bounds)
    seen = View(
        item=whole,
        best=each.reduce(np.maximum, clause),
        mean=(np.add.reduceat(clause, begins, axis=0) / counts[:, None]).astype(np.float32),
        first=clause[begins],
        near=near,
        far=far,
        top=heading[chapter],
        before=before,
        after=after,
        section=section,
        likely=each.reduce(np.add, (clause > -0.3).astype(np.float32)),
        leading=_share(leads, extent, each),
        clauses=counts.astype(np.float32),
        known=known,
        hanzi=hanzi,
        part=part,
        chapter=chapter,
    )
    if len(documents) == 1:
        return [seen]
    names = [field.name for field in fields(View)]
    return [
        View(**{name: getattr(seen, name)[a:b] for name in names})
        for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    ]


THEME_ROW = (
    *("item", "best", "mean", "first", "near", "far", "before", "after", "section", "leading"),
    *("behind", "likely", "likely_share"),
    *("length", "clauses", "heading", "title", "noise", "opening", "digits"),
)
"""What the theme trees see of an item and a theme; ``behind`` is how far the theme scores behind the item's first."""


def theme_rows(seen: View, items: Sequence[Item], noise: Floats, themes: int, asked: Ints | None = None) -> Floats:
    """Rows (n_items × themes, len(THEME_ROW)) of the first ``themes`` outputs, item by item; or those ``asked`` for."""
    which, theme = np.divmod(np.arange(len(items) * themes) if asked is None else asked, themes)
    item, likely = seen.item[:, :themes], seen.likely[:, :themes]
    columns = _columns(items)
    own = [getattr(seen, name) for name in THEME_ROW[:10]]
    own += [item - item.max(axis=1, keepdims=True), likely, likely / seen.clauses[:, None]]
    shared = [
        np.log1p(list(map(len, columns["text"]))),
        np.log(seen.clauses),
        np.array([kind == "heading" for kind in columns["kind"]]),
        np.array([kind == "title" for kind in columns["kind"]]),
        noise,
        np.array(_openings(items)),
        np.array(_digit_shares(items)),
    ]
    rows = np.empty((len(THEME_ROW), len(which)), np.float32)  # by column, as the trees read it
    for row, scores in zip(rows, own, strict=False):
        row[:] = scores[which, theme]
    for row, facts in zip(rows[len(own) :], shared, strict=True):
        row[:] = facts[which]
    # Rounded, so that the last bits of another machine's arithmetic move no row across a tree's threshold.
    return np.round(rows, 4, out=rows).T


def _openings(items: Sequence[Item]) -> list[bool]:
    """Whether each item is a paragraph between the title, or the beginning, and the first heading."""
    found, opening = [], True
    for item in items:
        opening = item.kind == "title" or (opening and item.kind != "heading" and not item.headings)
        found.append(opening and item.kind == "paragraph")
    return found


def _digit_shares(items: Sequence[Item]) -> list[float]:
    """Share of figures among the characters of each item's beginning."""
    texts = [item.text[:_BEGINNING] for item in items]
    return [sum(map(str.isdigit, text)) / max(1, len(text)) for text in texts]


def candidates(seen: View, themes: int) -> NDArray[np.bool_]:
    """Which themes of which items (n_items, themes) the trees are asked about: item or best clause above −0.9.

    The others, three in five, hold 0.2 % of the themes in the training reports.
    """
    likely = [np.round(scores[:, :themes], 4) > LIKELY for scores in (seen.item, seen.best)]
    return likely[0] | likely[1]


# Shapes that tell page furniture and section from text, each with the example it exists for.
_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("bracketed", re.compile(r"^[（(【\[〔].*[）)】\]〕]$", re.DOTALL)),  # （图为调解现场）
    ("caption", re.compile(r"^[（(][^。；;]{2,45}[）)]$")),  # （召开全县行政复议工作推进会）
    ("figure", re.compile(r"^[（(▲△]?图(?:为|\d|片|：|:)|^▲|资料图|摄[）)]?$")),  # ▲2月11日，党员突击队值守
    ("date", re.compile(r"\d{4}\s*[-/.年]\s*\d{1,2}")),  # 2024-01-05
    ("date_only", re.compile(r"^[（(]?\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}日?[\d\s:：]*[）)]?$")),
    ("label", re.compile(r"^[\w\s]{2,8}[:：]")),  # 来源：县司法局
    ("path", re.compile(r"首页|[>»›]|位置")),  # 首页 > 政务公开
    ("address", re.compile(r"https?:|www\.|@|\d{3,4}[-—]\d{7,8}|邮编|电话|地址")),
    ("rights", re.compile(r"版权|ICP|公网安备|免责|转载|主办|承办|维护|网站")),
    ("share", re.compile(r"分享|打印|关闭|字号|字体|浏览|阅读|点击|扫一扫|二维码|上一[篇条]|下一[篇条]|附件")),
    ("credit", re.compile(r"责任编辑|责编|编辑[:：]|记者[:：]?|通讯员|供稿|来源[:：]|作者[:：]|审核[:：]")),
    ("stop", re.compile(r"[。；！？!?;][”’）)]*$")),
    ("colon", re.compile(r"[:：]$")),
    ("quantity", re.compile(r"\d[\d,.]*\s*(?:余|多)?(?:万|亿)?(?:件|人|次|场|名|个|份|起|户|家|元|%|％)")),
    ("will", re.compile(r"将(?!.{0,6}纳入)|下一步|力争|计划|拟|要(?!求)|年底前|到20\d\d年|继续|明年|进一步")),
    ("lack", re.compile(r"不足|不够|差距|薄弱|问题|短板|有待|仍有|尚未|不到位|不强|不高|滞后|偏|缺乏")),
    ("point", re.compile(r"^[一二三四五六七八九十]{1,2}(?:是|要)|^第[一二三四五六七八九十]")),
)
_SHAPES_AT_ONCE = Patterns([shape for _, shape in _SHAPES])
# What the headings above, or the title, say outright of the stage below them.
_CUES_AT_ONCE = Patterns(
    [
        re.compile(
            r"下一?步|下一阶段|计划|打算|思路|要点|安排|今后|明年|来年|下半年|展望|举措与目标|工作目标|努力方向|改进措施"
        ),
        re.compile(r"问题|不足|困难|短板|差距|薄弱|挑战|原因|瓶颈|短处|弱项|体会"),
        re.compile(r"总结|回顾|成效|情况|完成|做法|亮点|开展|取得|述法|述职|巡礼|纪实|综述|动态|特色|成绩|经验"),
        re.compile(r"规划|方案|纲要"),  # a plan where it names the whole report; a section may tell how one was made
    ]
)
_CUES = tuple(f"{cue}_{place}" for place in ("title", "top", "path", "since") for cue in ("plan", "lack", "done"))
STAGE_ROW = (
    *(f"item_{k}" for k in range(4)),
    *(f"first_{k}" for k in range(4)),
    *(f"near_{k}" for k in range(4)),
    *(f"top_{k}" for k in range(4)),
    *(f"before_{k}" for k in range(4)),
    *(f"after_{k}" for k in range(4)),
    *(f"section_{k}" for k in range(4)),
    *(f"part_{k}" for k in range(4)),
    *("before_title", "length", "depth"),
    *("heading", "title", "row", "furniture", "hanzi"),
    *(name for name, _ in _SHAPES),
    *_CUES,
)
"""What the stage trees see of an item; ``_k`` is the score of stage k.

Neither the title's score nor the place in the report is here: with whole kinds of reports left out of training (news,
interviews, plans …) they mislead, because a kind's titles and order say nothing of another's.
"""


def stage_rows(seen: View, items: Sequence[Item], themes: int) -> Floats:
    """Rows (n_items, len(STAGE_ROW)) of one document; outputs after the first ``themes`` are the stages."""
    own = _four(seen.item[:, themes:])
    first_title = next((number for number, item in enumerate(items) if item.kind == "title"), -1)
    scores = [
        own,
        _four(seen.first[:, themes:]),
        _four(seen.near[:, themes:]),
        _four(seen.top[:, themes:]),
        _four(seen.before[:, themes:]),
        _four(seen.after[:, themes:]),
        _group_mean(own, seen.chapter),
        _group_mean(own, seen.part),
    ]
    columns = _columns(items)
    texts, kinds = columns["text"], columns["kind"]
    facts = [
        np.arange(len(items)) < first_title,
        np.log1p(np.array(list(map(len, texts)), np.float32)),
        list(map(len, columns["headings"])),
        [kind == "heading" for kind in kinds],
        [kind == "title" for kind in kinds],
        [kind == "row" for kind in kinds],
        furniture_of(items),
        seen.hanzi,
        *_SHAPES_AT_ONCE.search([text[:400] for text in texts]).T,
        *_stage_cues(items),
    ]
    rows = np.empty((len(STAGE_ROW), len(items)), np.float32)  # by column, as the trees read it
    for at, each in enumerate(scores):
        rows[4 * at : 4 * at + 4] = each.T
    for row, each in zip(rows[4 * len(scores) :], facts, strict=True):
        row[:] = each
    return np.round(rows, 4, out=rows).T


def _stage_cues(items: Sequence[Item]) -> NDArray[np.int64]:
    """What title, outermost heading, heading path and the last outspoken heading say of the stage, one row a cue."""
    title = next((item.text for item in items if item.kind == "title"), "")
    paths = [(*item.headings, item.text) if item.kind == "heading" else item.headings for item in items]
    texts = list(dict.fromkeys([title, *(text for path in dict.fromkeys(paths) for text in path)]))
    cues = _CUES_AT_ONCE.search(texts)
    cues[0, 0] |= cues[0, 3] & ~cues[0, 2]
    heard = dict(zip(texts, (cues[:, :3] @ (1, 2, 4)).tolist(), strict=True))  # as bits
    since = 0
    above: dict[tuple[str, ...], int] = {}
    rows: list[int] = []
    for item, path in zip(items, paths, strict=True):
        if item.kind == "heading" and heard[item.text] & 3:  # plan or lack
            since = heard[item.text]
        if path not in above:
            along = reduce(or_, map(heard.__getitem__, path), 0)
            above[path] = heard[title] | (heard[path[0]] if path else 0) << 3 | along << 6
        rows.append(above[path] | since << 9)
    return np.array(rows)[None, :] >> np.arange(len(_CUES))[:, None] & 1


def _columns(items: Sequence[Item]) -> dict[str, tuple[Any, ...]]:
    """Each field of all items, by name; there is one item at least."""
    return dict(zip(Item._fields, zip(*items, strict=True), strict=True))


def _four(scores: Floats) -> Floats:
    """``scores`` with exactly four columns, so that a codebook with fewer stages has the same row."""
    count, stages = scores.shape
    return scores[:, :4] if stages >= 4 else np.hstack([scores, np.full((count, 4 - stages), ABSENT, np.float32)])


def _share(holds: NDArray[np.bool_], extent: Floats, each: Groups) -> Floats:
    """Share of each item's characters in the clauses where something holds (n_clauses, n_themes)."""
    part = each.reduce(np.add, holds * extent[:, None])
    return (part / each.reduce(np.add, extent)[:, None]).astype(np.float32)


def _group_mean(scores: Floats, group: Ints) -> Floats:
    """Mean of ``scores`` over the items of one group: the voice of the section an item stands in."""
    order = np.argsort(group, kind="stable")
    begins = np.flatnonzero(np.diff(group[order], prepend=-2))  # no group has that number
    sizes = np.diff(begins, append=len(group))
    total = np.add.reduceat(scores[order].astype(np.float64), begins, axis=0)
    means = np.empty_like(scores)
    means[order] = (total / sizes[:, None]).astype(np.float32).repeat(sizes, axis=0)
    return means


def known_shares(vocabulary: Vocabulary, texts: Sequence[str]) -> Floats:
    """Share of known pairs of characters (n_texts,) at the beginning of each text; 1 where there is no pair."""
    units = Units.of_texts(texts)
    found, places = vocabulary.longest(units.codes)
    return _shares(units.codes, units.codes, places.compress(found >= vocabulary.pairs), units.starts)[0]


def _shares(codes: Codes, raw: Codes, known: Ints, starts: Ints) -> tuple[Floats, Floats]:
    """Shares of ``known`` pairs (the places where they begin) and of hanzi at the beginning of each text.

    Text ``k`` stands from ``starts[k]`` to ``starts[k + 1]``. All is counted in one number, 16 bits a count: a part
    that counts has fewer characters.
    """
    counts = np.zeros(len(codes) + 1, np.int64)
    counts[1:] = (raw >= 0x4E00) & (raw <= 0x9FFF)
    counts <<= 32
    counts[2:] += (codes[:-1] > 0) & (codes[1:] > 0)
    counts[known + 1] += 1 << 16
    np.cumsum(counts, out=counts)
    first, lengths = counts[starts[:-1]], np.minimum(np.diff(starts) - 1, _BEGINNING)
    ends = np.maximum(starts[:-1], np.minimum(starts[:-1] + _BEGINNING - 1, starts[1:]))
    within = counts[ends] - first
    pairs, found = within & 0xFFFF, within >> 16 & 0xFFFF
    hanzi = (counts[starts[:-1] + lengths] - first) >> 32
    shares = np.where(pairs, found / np.maximum(1, pairs), 1), hanzi / np.maximum(1, lengths)
    return shares[0].astype(np.float32), shares[1].astype(np.float32)
