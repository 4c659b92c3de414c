"""Themes and stage of every item of a document, with probability and evidence, in plain numpy.

What a stored model needs at prediction is here, and nothing here imports scikit-learn. A prediction takes these steps
(the numbers stand again in :meth:`ReportModel.predict`):

1. one pass over the text: a linear model over substrings scores every clause and every heading, for themes and stages;
2. the stage, from those scores, the item's neighbours, its section and its shape (boosted trees);
3. the themes, from the best clause, the whole item, its headings and its neighbours (boosted trees, calibrated);
4. thresholds: accepted themes, none for ``noise``, and whether the item is uncertain.

Learning the arrays is :mod:`toolkit.learn`'s work; :mod:`toolkit.store` keeps them as data.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache, cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from toolkit.document import Document, Item, Span
from toolkit.features import Ints, Units, Vocabulary, clause_starts, fold_codes, ngrams, raw_codes
from toolkit.prefilter import Patterns
from toolkit.structure import is_furniture

Floats = NDArray[np.float32]
NOISE = "noise"
ABSENT = -1.2
"""Score of a clause, heading or neighbour that is not there: that of a text that says nothing of the theme."""
LIKELY = -0.9
"""Score below which nothing speaks for a theme."""
_BLOCK = 1 << 16  # positions scored at once: what is gathered for them stays in the processor's cache
_SPARSE = 300_000  # positions from which loading scipy.sparse (0.3 s) pays for itself


@dataclass(frozen=True)
class Substrings:
    """A linear model: ``weights`` (n_features, n_outputs), ``idf`` (n_features,), ``bias`` (n_outputs,).

    The score of a text is the sum over the occurrences of its substrings of ``idf × weights``, divided by the root of
    the summed squares of their idf, plus the bias: TF-IDF with the norm of occurrences, which adds up over clauses.
    """

    vocabulary: Vocabulary
    idf: Floats
    weights: Floats
    bias: Floats

    @cached_property
    def _table(self) -> Floats:
        """``idf × weights`` and, in a last column, ``idf²``, by substring."""
        return np.hstack([self.weights * self.idf[:, None], (self.idf**2)[:, None]]).astype(np.float32)

    def sums(self, units: Units) -> tuple[Floats, Floats]:
        """Unnormed scores (n_units, n_outputs) and squared norms (n_units,) of texts laid end to end."""
        count = len(units)
        total = np.zeros((count, self._table.shape[1]), np.float32)
        add = _add_sparse if len(units.codes) >= _SPARSE or "scipy.sparse" in sys.modules else _add_dense
        at = 0
        while at < count:  # whole units, about a block of positions at a time
            to = max(at + 1, int(np.searchsorted(units.starts, units.starts[at] + _BLOCK, side="right")) - 1)
            first = int(units.starts[at])
            starts = units.starts[at:to] - first
            for found, places in self.vocabulary.occurrences(units.codes[first : int(units.starts[to])]):
                if len(found):
                    add(total[at:to], found, np.searchsorted(places, starts), self._table)
            at = to
        return total[:, :-1], total[:, -1]

    def scores(self, sums: Floats, norms: Floats) -> Floats:
        """Scores (n, n_outputs) from sums and squared norms; a text without a known substring scores the bias."""
        return (sums / np.sqrt(np.maximum(norms, 1e-12))[:, None] + self.bias).astype(np.float32)


def _add_sparse(total: Floats, found: NDArray[np.int32], edges: Ints, table: Floats) -> None:
    """Add to each unit the rows of ``table`` found in it; ``edges`` are where its part of ``found`` begins."""
    from scipy.sparse import csr_array

    bounds = np.append(edges, len(found)).astype(np.int32)
    counts = csr_array((np.ones(len(found), np.float32), found, bounds), shape=(len(total), len(table)))
    total += counts @ table


def _add_dense(total: Floats, found: NDArray[np.int32], edges: Ints, table: Floats) -> None:
    """The same sums in the same order, so to the last bit, for a text too short to load scipy for."""
    owner = np.repeat(np.arange(len(total)), np.diff(edges, append=len(found)))
    fresh = np.zeros((table.shape[1], len(total)), np.float32)
    for sums, rows in zip(fresh, table[found].T, strict=True):
        np.add.at(sums, owner, rows)  # one after the other; reduceat would add in pairs
    total += fresh.T


@dataclass(frozen=True)
class Trees:
    """Boosted binary trees of depth d: ``feature`` and ``threshold`` (n_trees, 2^d − 1), ``value`` (n_trees, 2^d).

    Node ``k`` has children ``2k + 1`` (feature ≤ threshold) and ``2k + 2``. Friedman, Annals of Statistics 29 (2001).
    """

    base: float
    feature: NDArray[np.int16]
    threshold: Floats
    value: Floats

    def score(self, rows: Floats) -> Floats:
        """Log-odds (n_rows,) of rows (n_rows, n_features)."""
        total = np.full(len(rows), self.base, np.float32)
        if self.feature.shape[1] > _MASKED:
            self._walk(rows, total)
            return total
        for at in range(0, len(rows), _ROWS):
            self._mask(np.ascontiguousarray(rows[at : at + _ROWS].T), total[at : at + _ROWS])
        return total

    def _walk(self, rows: Floats, total: Floats) -> None:
        """Every row down every tree, level by level."""
        at = np.arange(len(rows))
        inner = self.feature.shape[1]
        for feature, threshold, value in zip(self.feature, self.threshold, self.value, strict=True):
            node = np.zeros(len(rows), np.int64)
            while len(node) and node[0] < inner:  # all rows are on one level
                node = 2 * node + 1 + (rows[at, feature[node]] > threshold[node])
            total += value[node - inner]

    def _mask(self, columns: Floats, total: Floats) -> None:
        """Add the trees' values for ``columns`` (n_features, n_rows) by masks, without a branch.

        A node that sends a row to the right rules out the leaves on its left; the first leaf not ruled out is the
        row's. Lucchese et al., QuickScorer, SIGIR 2015.
        """
        inner = self.feature.shape[1]
        left, first = _leaf_masks(inner)
        gone, mask = np.empty(columns.shape[1], np.uint8), np.empty(columns.shape[1], np.uint8)
        above = np.empty(columns.shape[1], bool)
        for feature, threshold, value in zip(self.feature.tolist(), self.threshold, self.value[:, first], strict=True):
            gone[:] = 0
            for node in range(inner):
                if threshold[node] == np.inf:  # a split that never is
                    continue
                np.greater(columns[feature[node]], threshold[node], out=above)
                np.multiply(above.view(np.uint8), left[node], out=mask)
                np.bitwise_or(gone, mask, out=gone)
            total += value[gone]


_MASKED = 7  # inner nodes of a tree whose eight leaves fit a byte
_ROWS = 1 << 13  # rows at once, so that their columns stay in the processor's cache


@cache
def _leaf_masks(inner: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """For each node the leaves on its left as bits, and for each set of leaves ruled out the first that is not."""
    leaves = inner + 1
    masks = []
    for node in range(inner):
        depth = (node + 1).bit_length() - 1
        width = leaves >> depth
        begin = (node + 1 - (1 << depth)) * width
        masks.append(((1 << width // 2) - 1) << begin)
    first = [next((leaf for leaf in range(leaves) if not gone >> leaf & 1), 0) for gone in range(1 << 8)]
    return np.array(masks, np.uint8), np.array(first, np.int64)


def sigmoid(scores: Floats) -> Floats:
    """``1 / (1 + exp(−x))``, without overflow."""
    return (1 / (1 + np.exp(-np.clip(scores, -30, 30)))).astype(np.float32)


@dataclass(frozen=True)
class View:
    """The linear scores of a document's items, as the trees see them; every array is (n_items, n_outputs).

    ``item`` of the whole text, ``best`` of its best clause, ``mean`` over clauses, ``first`` of the first clause,
    ``near`` of the heading above, ``far`` of the best of the headings beyond it, ``before`` and ``after`` of the
    neighbouring items, ``section`` of all items under the same heading; ``likely`` the number of clauses that score
    above −0.3, ``leading`` the share of the text in clauses where no theme scores higher; ``clauses`` (n_items,).
    """

    item: Floats
    best: Floats
    mean: Floats
    first: Floats
    near: Floats
    far: Floats
    before: Floats
    after: Floats
    section: Floats
    likely: Floats
    leading: Floats
    clauses: Floats


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
    texts = [item.text for item in items]
    paths = {path: number for number, path in enumerate(dict.fromkeys(item.headings for item in items))}
    headings = {text: number for number, text in enumerate(dict.fromkeys(text for path in paths for text in path))}
    codes = raw_codes("\n".join([*texts, *headings, ""]))
    starts, counts = clause_starts(texts, codes)
    lengths = np.fromiter((len(heading) + 1 for heading in headings), np.int64, len(headings))
    ends = len(codes) - int(lengths.sum()) + np.cumsum(lengths)
    units = Units(fold_codes(codes), np.concatenate([starts, ends - lengths, [len(codes)]]))
    sums, norms = linear.sums(units)
    many = len(starts)
    begins = np.cumsum(counts) - counts
    clause = linear.scores(sums[:many], norms[:many])
    whole = linear.scores(np.add.reduceat(sums[:many], begins, axis=0), np.add.reduceat(norms[:many], begins))
    outputs = whole.shape[1]
    # The absent heading is a last row.
    heading = np.vstack([linear.scores(sums[many:], norms[many:]), np.full((1, outputs), ABSENT, np.float32)])
    path = np.fromiter((paths[item.headings] for item in items), np.int64, len(items))
    near = heading[[headings[names[-1]] if names else -1 for names in paths]][path]
    far = np.stack([heading[[headings[name] for name in names[:-1]] or [-1]].max(axis=0) for names in paths])[path]
    absent = np.full((1, outputs), ABSENT, np.float32)
    before, after = np.vstack([absent, whole[:-1]]), np.vstack([whole[1:], absent])
    sizes = [len(document) for document in documents]
    edges = np.cumsum([0, *sizes])
    before[edges[:-1][edges[:-1] < len(items)]] = ABSENT
    after[edges[1:] - 1] = ABSENT
    if neighbours:
        pairs = [(d, own) for d, document in enumerate(documents) for own in _parts(document)]
        section = _group_mean(whole, pairs)
    else:
        before[:], after[:], section = ABSENT, ABSENT, whole
    extent = np.diff(units.starts)[:many].astype(np.float32)
    leads = clause[:, :themes] >= np.maximum(clause[:, :themes].max(axis=1, keepdims=True), LIKELY)
    seen = View(
        item=whole,
        best=np.maximum.reduceat(clause, begins, axis=0),
        mean=(np.add.reduceat(clause, begins, axis=0) / counts[:, None]).astype(np.float32),
        first=clause[begins],
        near=near,
        far=far,
        before=before,
        after=after,
        section=section,
        likely=np.add.reduceat((clause > -0.3).astype(np.float32), begins, axis=0),
        leading=_share(leads, extent, begins),
        clauses=counts.astype(np.float32),
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
    *("length", "clauses", "heading", "title", "noise"),
)
"""What the theme trees see of an item and a theme; ``behind`` is how far the theme scores behind the item's first."""


def theme_rows(seen: View, items: Sequence[Item], noise: Floats, themes: int) -> Floats:
    """Rows (n_items × themes, len(THEME_ROW)) of the first ``themes`` outputs, item by item."""
    cut = [getattr(seen, name)[:, :themes] for name in THEME_ROW[:10]]
    item = seen.item[:, :themes]
    likely = seen.likely[:, :themes]
    own = np.stack(
        [
            *cut,
            item - item.max(axis=1, keepdims=True),
            likely,
            likely / seen.clauses[:, None],
        ],
        axis=2,
    )
    shared = np.stack(
        [
            np.log1p([len(i.text) for i in items]),
            np.log(seen.clauses),
            [i.kind == "heading" for i in items],
            [i.kind == "title" for i in items],
            noise,
        ],
        axis=1,
    ).astype(np.float32)
    rows = np.concatenate([own, np.repeat(shared[:, None, :], themes, axis=1)], axis=2)
    # Rounded, so that the last bits of another machine's arithmetic move no row across a tree's threshold.
    return np.round(rows.reshape(-1, len(THEME_ROW)), 4).astype(np.float32)


UNLIKELY = np.float32(-7.0)
"""Log-odds of a theme that no clause speaks for."""


def candidates(rows: Floats) -> NDArray[np.bool_]:
    """Which rows the trees are asked about: the item or its best clause scores above −0.9.

    The others, three in five, hold 0.2 % of the themes in the training reports.
    """
    return (rows[:, 0] > LIKELY) | (rows[:, 1] > LIKELY)


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
_PLAN = re.compile(
    r"下一?步|下一阶段|计划|打算|思路|要点|安排|今后|明年|来年|下半年|展望|举措与目标|工作目标|努力方向|改进措施"
)
_LACK = re.compile(r"问题|不足|困难|短板|差距|薄弱|挑战|原因|瓶颈|短处|弱项|体会")
_DONE = re.compile(r"总结|回顾|成效|情况|完成|做法|亮点|开展|取得|述法|述职|巡礼|纪实|综述|动态|特色|成绩|经验")
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


def stage_rows(linear: Substrings, seen: View, items: Sequence[Item], themes: int) -> Floats:
    """Rows (n_items, len(STAGE_ROW)) of one document; outputs after the first ``themes`` are the stages."""
    count = len(items)
    own = _four(seen.item[:, themes:])
    titles = [number for number, item in enumerate(items) if item.kind == "title"]
    tops = [item.headings[0] if item.headings else item.text if item.kind == "heading" else "" for item in items]
    parts = _parts(items)
    top = _by_heading(linear, tops, themes)
    blocks = [
        own,
        _four(seen.first[:, themes:]),
        _four(seen.near[:, themes:]),
        top,
        _four(seen.before[:, themes:]),
        _four(seen.after[:, themes:]),
        _group_mean(own, tops),
        _group_mean(own, parts),
    ]
    numbers = np.arange(count)
    first_title = titles[0] if titles else -1
    lengths = np.array([len(item.text) for item in items], np.float32)
    plain = [
        numbers < first_title,
        np.log1p(lengths),
        [len(item.headings) for item in items],
        [item.kind == "heading" for item in items],
        [item.kind == "title" for item in items],
        [item.kind == "row" for item in items],
        [is_furniture(item.text) for item in items],
        _hanzi_shares([item.text[:200] for item in items]),
        *_SHAPES_AT_ONCE.search([item.text[:400] for item in items]).T,
        *_stage_cues(items),
    ]
    rows = np.concatenate([*blocks, np.array(plain, np.float32).T], axis=1)
    return np.round(rows, 4).astype(np.float32)


def _parts(items: Sequence[Item]) -> list[str]:
    """The innermost heading each item stands under; a heading stands under itself if there is none."""
    return [item.headings[-1] if item.headings else item.text if item.kind == "heading" else "" for item in items]


def _hanzi_shares(texts: Sequence[str]) -> Floats:
    """Share of hanzi among the characters of each text."""
    codes = raw_codes("\n".join([*texts, ""]))
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    starts = np.cumsum(lengths + 1) - lengths - 1
    counts = np.add.reduceat(((codes >= 0x4E00) & (codes <= 0x9FFF)).astype(np.int64), starts)
    return (counts / np.maximum(1, lengths)).astype(np.float32)


def _stage_cues(items: Sequence[Item]) -> list[list[bool]]:
    """What title, outermost heading, heading path and the last outspoken heading say of the stage, one list a cue."""
    cues = (_PLAN, _LACK, _DONE)
    title = next((item.text for item in items if item.kind == "title"), "")
    heard: dict[str, list[bool]] = {}  # items under one heading ask the same

    def cues_of(text: str) -> list[bool]:
        if text not in heard:
            heard[text] = [bool(cue.search(text)) for cue in cues]
        return heard[text]

    since = [False, False, False]
    rows: list[list[bool]] = []
    for item in items:
        if item.kind == "heading" and any(cues_of(item.text)[:2]):
            since = cues_of(item.text)
        top = item.headings[0] if item.headings else item.text if item.kind == "heading" else ""
        path = " ".join((*item.headings, item.text if item.kind == "heading" else ""))
        rows.append([*cues_of(title), *cues_of(top), *cues_of(path), *since])
    return [list(column) for column in zip(*rows, strict=True)]


def _four(scores: Floats) -> Floats:
    """``scores`` with exactly four columns, so that a codebook with fewer stages has the same row."""
    count, stages = scores.shape
    return scores[:, :4] if stages >= 4 else np.hstack([scores, np.full((count, 4 - stages), ABSENT, np.float32)])


def _by_heading(linear: Substrings, names: Sequence[str], themes: int) -> Floats:
    distinct = list(dict.fromkeys(names))
    sums, norms = linear.sums(Units.of_texts(distinct))
    scores = _four(linear.scores(sums, norms)[:, themes:])
    place = {name: number for number, name in enumerate(distinct)}
    rows = scores[[place[name] for name in names]].copy()
    rows[[not name for name in names]] = ABSENT
    return rows


def _share(holds: NDArray[np.bool_], extent: Floats, begins: Ints) -> Floats:
    """Share of each item's characters in the clauses where something holds (n_clauses, n_themes)."""
    part = np.add.reduceat(holds * extent[:, None], begins, axis=0)
    return (part / np.add.reduceat(extent, begins)[:, None]).astype(np.float32)


def _group_mean(scores: Floats, names: Sequence[Hashable]) -> Floats:
    """Mean of ``scores`` over the items that share a name: the voice of the section an item stands in."""
    place = {name: number for number, name in enumerate(dict.fromkeys(names))}
    group = np.fromiter((place[name] for name in names), np.int64, len(scores))
    order, sizes = np.argsort(group, kind="stable"), np.bincount(group)
    total = np.add.reduceat(scores[order].astype(np.float64), np.cumsum(sizes) - sizes, axis=0)
    return (total / sizes[:, None])[group].astype(np.float32)


def known_shares(vocabulary: Vocabulary, texts: Sequence[str], most: int = 200) -> Floats:
    """Share of known pairs of characters (n_texts,) at the beginning of each text; 1 where there is no pair."""
    units = Units.of_texts([text[:most] for text in texts])
    wide = units.codes.astype(np.uint64)
    at = np.flatnonzero((wide[:-1] > 0) & (wide[1:] > 0))
    known = vocabulary.find((wide[at] << np.uint64(16)) | wide[at + 1]) >= 0
    owner = units.of_position(at)
    pairs = np.bincount(owner, minlength=len(texts))
    return np.where(pairs, np.bincount(owner[known], minlength=len(texts)) / np.maximum(1, pairs), 1).astype(np.float32)


@dataclass(frozen=True, slots=True)
class ThemeScore:
    """An accepted theme and its calibrated probability."""

    id: str
    probability: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """A phrase (offsets in the document) that carried a theme, and its share of the theme's weight in the item."""

    theme: str
    span: Span
    weight: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """What is said of one item: its stage, its accepted themes (most probable first), and whether to look at it."""

    item: Item
    stage: str
    stage_probability: float
    themes: tuple[ThemeScore, ...]
    uncertain: bool

    @property
    def theme_ids(self) -> tuple[str, ...]:
        """Ids of the accepted themes."""
        return tuple(theme.id for theme in self.themes)


@dataclass(frozen=True)
class ThemeHead:
    """Trees over theme rows, then per theme: calibration (slope, offset on the log-odds) and threshold."""

    trees: Trees
    slope: Floats
    offset: Floats
    threshold: Floats

    def log_odds(self, rows: Floats) -> Floats:
        """Uncalibrated log-odds (n_items, n_themes)."""
        odds = np.full(len(rows), UNLIKELY, np.float32)
        likely = candidates(rows)
        odds[likely] = self.trees.score(rows[likely])
        return odds.reshape(-1, len(self.slope))

    def probabilities(self, rows: Floats) -> Floats:
        """Calibrated probabilities (n_items, n_themes)."""
        return sigmoid(self.log_odds(rows) * self.slope + self.offset)


@dataclass(frozen=True)
class ReportModel:
    """All that is needed to label a report, as arrays: the linear model, stage and theme heads, names."""

    linear: Substrings
    theme_ids: tuple[str, ...]
    stage_ids: tuple[str, ...]
    themes: ThemeHead
    stages: tuple[Trees, ...]
    margin: float = 0.15
    familiar: float = 0.0
    """Share of known pairs of characters below which a text is of another field than the training reports."""

    def probabilities(self, document: Document) -> tuple[Floats, Floats]:
        """Probabilities of themes (n_items, n_themes) and stages (n_items, n_stages), without any threshold."""
        return self.probabilities_of([document.items])

    def probabilities_of(self, documents: Sequence[Sequence[Item]]) -> tuple[Floats, Floats]:
        """The same for the items of many documents at once, one document after the other."""
        documents = [items for items in documents if items]
        count = sum(map(len, documents))
        if not count:
            return np.zeros((0, len(self.theme_ids)), np.float32), np.zeros((0, len(self.stages)), np.float32)
        seen = views(self.linear, documents, len(self.theme_ids))  # 1
        pairs = list(zip(seen, documents, strict=True))
        stages = np.zeros((count, len(self.stages)), np.float32)
        if self.stages:  # 2
            asked = np.concatenate([stage_rows(self.linear, one, items, len(self.theme_ids)) for one, items in pairs])
            each = np.stack([sigmoid(trees.score(asked)) for trees in self.stages], axis=1)
            stages = each / each.sum(axis=1, keepdims=True)
        noise = stages[:, self.stage_ids.index(NOISE)] if NOISE in self.stage_ids else np.zeros(count, np.float32)
        themes, at = [], 0
        for one, items in pairs:  # 3
            rows = theme_rows(one, items, noise[at : at + len(items)], len(self.theme_ids))
            themes.append(self.themes.probabilities(rows))
            at += len(items)
        return np.concatenate(themes), stages

    def predict(self, document: Document) -> list[Prediction]:
        """One prediction an item, in order of the text."""
        return self.predict_all([document])[0]

    def predict_all(self, documents: Sequence[Document]) -> list[list[Prediction]]:
        """:meth:`predict` for each of many documents, in one pass; short documents cost less together."""
        themes, stages = self.probabilities_of([document.items for document in documents])
        threshold = self.themes.threshold
        number = np.arange(len(themes))
        best = stages.argmax(axis=1) if self.stages else np.zeros(len(themes), np.int64)
        names = [self.stage_ids[k] for k in best.tolist()] if self.stages else [""] * len(themes)
        sure = stages[number, best] if self.stages else np.ones(len(themes), np.float32)
        quiet = np.fromiter((name == NOISE for name in names), bool, len(names))
        near = (np.abs(themes - threshold) < self.margin).any(axis=1)  # 4
        doubtful = (near & ~quiet) | (sure < 0.6)
        row, column = np.nonzero((themes >= threshold) & ~quiet[:, None])
        ranked = np.lexsort((column, -themes[row, column], row))
        asked = np.setdiff1d(row, np.flatnonzero(doubtful))
        everything = [item for document in documents for item in document.items]
        known = known_shares(self.linear.vocabulary, [everything[k].text for k in asked.tolist()])
        doubtful[asked[known < self.familiar]] = True
        uncertain = doubtful.tolist()
        accepted: list[list[ThemeScore]] = [[] for _ in names]
        for owner, theme, probability in zip(
            row[ranked].tolist(), column[ranked].tolist(), themes[row, column][ranked].tolist(), strict=True
        ):
            accepted[owner].append(ThemeScore(self.theme_ids[theme], probability))
        found = [
            Prediction(item, stage, certain, tuple(scores), doubt)
            for item, stage, certain, scores, doubt in zip(
                everything, names, sure.tolist(), accepted, uncertain, strict=True
            )
        ]
        edges = np.cumsum([0, *(len(document.items) for document in documents)]).tolist()
        return [found[a:b] for a, b in pairwise(edges)]

    def evidence(self, prediction: Prediction, most: int = 3) -> Iterator[Evidence]:
        """The phrases that carried each accepted theme: runs of characters whose substrings weigh most for it.

        A substring's weight is spread over its characters; a run goes on while characters weigh more than a quarter of
        the best. ``weight`` is the run's share of all that speaks for the theme in the item.
        """
        item = prediction.item
        units = Units.of_texts([item.text])
        keys, places = ngrams(units.codes)
        found = self.linear.vocabulary.find(keys)
        known = found >= 0
        found, places, keys = found[known], places[known], keys[known]
        lengths = 1 + sum((keys >> np.uint64(bits) > 0).astype(np.int64) for bits in (16, 32, 48))
        for theme in prediction.themes:
            column = self.theme_ids.index(theme.id)
            share = self.linear.weights[found, column] * self.linear.idf[found] / lengths
            heat = np.zeros(len(item.text) + 1)
            for step in range(4):
                inside = lengths > step
                np.add.at(heat, places[inside] + step, share[inside])
            positive = np.maximum(heat, 0)
            total = positive.sum()
            if total <= 0:
                continue
            runs = _runs(positive > 0.25 * positive.max())
            ranked = sorted(runs, key=lambda run: -positive[run[0] : run[1]].sum())[:most]
            for start, end in ranked:
                if end - start >= 2:
                    weight = float(positive[start:end].sum() / total)
                    yield Evidence(theme.id, Span(item.start + start, item.start + end), weight)


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Half-open ranges where ``mask`` holds."""
    edges = np.flatnonzero(np.diff(np.r_[False, mask, False].astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
