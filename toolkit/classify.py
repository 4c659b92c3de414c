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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolkit.document import Document, Item, Span
from toolkit.features import Units, Vocabulary, clause_spans, ngrams
from toolkit.structure import is_furniture

Floats = NDArray[np.float32]
NOISE = "noise"
ABSENT = -1.2
"""Score of a clause, heading or neighbour that is not there: that of a text that says nothing of the theme."""
_BLOCK = 1 << 14  # positions scored at once: their sums stay in the processor's cache


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

    def sums(self, units: Units) -> tuple[Floats, Floats]:
        """Unnormed scores (n_units, n_outputs) and squared norms (n_units,) of texts laid end to end."""
        count, outputs = len(units), self.weights.shape[1]
        # A last row of zeros is where a substring outside the vocabulary (index −1) lands.
        table = np.vstack([self.weights * self.idf[:, None], np.zeros((1, outputs), np.float32)])
        square = np.r_[self.idf**2, np.float32(0)]
        sums = np.zeros((count, outputs), np.float32)
        norms = np.zeros(count, np.float32)
        at = 0
        while at < count:  # whole units, about a block of positions at a time
            to = max(at + 1, int(np.searchsorted(units.starts, units.starts[at] + _BLOCK, side="right")) - 1)
            first, last = int(units.starts[at]), int(units.starts[to])
            keys, places = ngrams(units.codes[first:last])
            found = self.vocabulary.find(keys)
            known = found >= 0
            found, places = found[known], places[known]
            order = np.argsort(places, kind="stable")
            found, places = found[order], places[order]
            starts = units.starts[at:to] - first
            edges = np.searchsorted(places, starts)
            filled = np.flatnonzero(np.diff(np.r_[edges, len(places)]))
            if len(filled):
                sums[at + filled] = np.add.reduceat(table[found], edges[filled], axis=0)
                norms[at + filled] = np.add.reduceat(square[found], edges[filled])
            at = to
        return sums, norms

    def scores(self, sums: Floats, norms: Floats) -> Floats:
        """Scores (n, n_outputs) from sums and squared norms; a text without a known substring scores the bias."""
        return (sums / np.sqrt(np.maximum(norms, 1e-12))[:, None] + self.bias).astype(np.float32)


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
        at = np.arange(len(rows))
        inner = self.feature.shape[1]
        for feature, threshold, value in zip(self.feature, self.threshold, self.value, strict=True):
            node = np.zeros(len(rows), np.int64)
            while len(node) and node[0] < inner:  # all rows are on one level
                node = 2 * node + 1 + (rows[at, feature[node]] > threshold[node])
            total += value[node - inner]
        return total


def sigmoid(scores: Floats) -> Floats:
    """``1 / (1 + exp(−x))``, without overflow."""
    return (1 / (1 + np.exp(-np.clip(scores, -30, 30)))).astype(np.float32)


@dataclass(frozen=True)
class View:
    """The linear scores of a document's items, as the trees see them; every array is (n_items, n_outputs).

    ``item`` of the whole text, ``best`` of its best clause, ``mean`` over clauses, ``first`` of the first clause,
    ``near`` of the heading above, ``far`` of the best of the headings beyond it, ``before`` and ``after`` of the
    neighbouring items; ``clauses`` (n_items,) their number, ``likely`` the number that score above −0.3.
    """

    item: Floats
    best: Floats
    mean: Floats
    first: Floats
    near: Floats
    far: Floats
    before: Floats
    after: Floats
    likely: Floats
    clauses: Floats


def view(linear: Substrings, items: Sequence[Item], *, neighbours: bool = True) -> View:
    """Step 1: the linear scores of ``items``; with ``neighbours`` they are one document in order."""
    spans = [clause_spans(item.text) for item in items]
    texts = [item.text[a:b] for item, parts in zip(items, spans, strict=True) for a, b in parts]
    counts = np.fromiter((len(parts) for parts in spans), np.int64, len(items))
    starts = np.r_[0, np.cumsum(counts)[:-1]].astype(np.int64)
    headings = list(dict.fromkeys(heading for item in items for heading in item.headings))
    place = {heading: number for number, heading in enumerate(headings)}
    sums, norms = linear.sums(Units.of_texts([*texts, *headings]))
    clause = linear.scores(sums[: len(texts)], norms[: len(texts)])
    whole = linear.scores(
        np.add.reduceat(sums[: len(texts)], starts, axis=0), np.add.reduceat(norms[: len(texts)], starts)
    )
    outputs = whole.shape[1]
    heading = linear.scores(sums[len(texts) :], norms[len(texts) :])
    near = np.full((len(items), outputs), ABSENT, np.float32)
    far = near.copy()
    for row, item in enumerate(items):
        if item.headings:
            near[row] = heading[place[item.headings[-1]]]
        if len(item.headings) > 1:
            far[row] = heading[[place[name] for name in item.headings[:-1]]].max(axis=0)
    absent = np.full((1, outputs), ABSENT, np.float32)
    alone = not neighbours or len(items) < 2
    missing = np.repeat(absent, len(items), axis=0)
    return View(
        item=whole,
        best=np.maximum.reduceat(clause, starts, axis=0),
        mean=(np.add.reduceat(clause, starts, axis=0) / counts[:, None]).astype(np.float32),
        first=clause[starts],
        near=near,
        far=far,
        before=missing if alone else np.vstack([absent, whole[:-1]]),
        after=missing if alone else np.vstack([whole[1:], absent]),
        likely=np.add.reduceat((clause > -0.3).astype(np.float32), starts, axis=0),
        clauses=counts.astype(np.float32),
    )


THEME_ROW = (
    *("item", "best", "mean", "first", "near", "far", "before", "after", "behind", "likely", "likely_share"),
    *("length", "clauses", "heading", "title", "noise"),
)
"""What the theme trees see of an item and a theme; ``behind`` is how far the theme scores behind the item's first."""


def theme_rows(seen: View, items: Sequence[Item], noise: Floats, themes: int) -> Floats:
    """Rows (n_items × themes, len(THEME_ROW)) of the first ``themes`` outputs, item by item."""
    cut = [getattr(seen, name)[:, :themes] for name in THEME_ROW[:8]]
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
    return (rows[:, 0] > -0.9) | (rows[:, 1] > -0.9)


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
    *(f"title_{k}" for k in range(4)),
    *(f"before_{k}" for k in range(4)),
    *(f"after_{k}" for k in range(4)),
    *(f"section_{k}" for k in range(4)),
    *(f"part_{k}" for k in range(4)),
    *("place", "from_start", "from_end", "before_title", "length", "depth"),
    *("heading", "title", "row", "furniture", "hanzi"),
    *(name for name, _ in _SHAPES),
    *_CUES,
)
"""What the stage trees see of an item; ``_k`` is the score of stage k."""


def stage_rows(linear: Substrings, seen: View, items: Sequence[Item], themes: int) -> Floats:
    """Rows (n_items, len(STAGE_ROW)) of one document; outputs after the first ``themes`` are the stages."""
    count = len(items)
    own = _four(seen.item[:, themes:])
    titles = [number for number, item in enumerate(items) if item.kind == "title"]
    title = own[titles[0]] if titles else np.full(4, ABSENT, np.float32)
    tops = [item.headings[0] if item.headings else item.text if item.kind == "heading" else "" for item in items]
    parts = [item.headings[-1] if item.headings else item.text if item.kind == "heading" else "" for item in items]
    top = _by_heading(linear, tops, themes)
    blocks = [
        own,
        _four(seen.first[:, themes:]),
        _four(seen.near[:, themes:]),
        top,
        np.repeat(title[None], count, axis=0),
        _four(seen.before[:, themes:]),
        _four(seen.after[:, themes:]),
        _group_mean(own, tops),
        _group_mean(own, parts),
    ]
    numbers = np.arange(count)
    first_title = titles[0] if titles else -1
    lengths = np.array([len(item.text) for item in items], np.float32)
    plain = [
        numbers / max(1, count - 1),
        np.minimum(numbers, 12),
        np.minimum(count - 1 - numbers, 12),
        numbers < first_title,
        np.log1p(lengths),
        [len(item.headings) for item in items],
        [item.kind == "heading" for item in items],
        [item.kind == "title" for item in items],
        [item.kind == "row" for item in items],
        [is_furniture(item.text) for item in items],
        [sum("一" <= c <= "鿿" for c in item.text[:200]) / max(1, len(item.text[:200])) for item in items],
        *([bool(shape.search(item.text[:400])) for item in items] for _, shape in _SHAPES),
        *_stage_cues(items),
    ]
    rows = np.concatenate([*blocks, np.array(plain, np.float32).T], axis=1)
    return np.round(rows, 4).astype(np.float32)


def _stage_cues(items: Sequence[Item]) -> list[list[bool]]:
    """What title, outermost heading, heading path and the last outspoken heading say of the stage, one list a cue."""
    cues = (_PLAN, _LACK, _DONE)
    title = next((item.text for item in items if item.kind == "title"), "")
    since = [False, False, False]
    rows: list[list[bool]] = []
    for item in items:
        if item.kind == "heading" and any(cue.search(item.text) for cue in cues[:2]):
            since = [bool(cue.search(item.text)) for cue in cues]
        top = item.headings[0] if item.headings else item.text if item.kind == "heading" else ""
        path = " ".join((*item.headings, item.text if item.kind == "heading" else ""))
        rows.append([*(bool(cue.search(text)) for text in (title, top, path) for cue in cues), *since])
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


def _group_mean(scores: Floats, names: Sequence[str]) -> Floats:
    """Mean of ``scores`` over the items that share a name: the voice of the section an item stands in."""
    place = {name: number for number, name in enumerate(dict.fromkeys(names))}
    group = np.array([place[name] for name in names])
    total = np.zeros((len(place), scores.shape[1]))
    np.add.at(total, group, scores)
    return (total / np.bincount(group)[:, None])[group].astype(np.float32)


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

    def stage_probabilities(self, seen: View, items: Sequence[Item]) -> Floats:
        """Step 2: probabilities (n_items, n_stages) of the items of one document; each row sums to one."""
        rows = stage_rows(self.linear, seen, items, len(self.theme_ids))
        each = np.stack([sigmoid(trees.score(rows)) for trees in self.stages], axis=1)
        return each / each.sum(axis=1, keepdims=True)

    def probabilities(self, document: Document) -> tuple[Floats, Floats]:
        """Probabilities of themes (n_items, n_themes) and stages (n_items, n_stages), without any threshold."""
        items = document.items
        seen = view(self.linear, items)  # 1
        stages = self.stage_probabilities(seen, items) if self.stages else np.zeros((len(items), 0), np.float32)  # 2
        noise = stages[:, self.stage_ids.index(NOISE)] if NOISE in self.stage_ids else np.zeros(len(items), np.float32)
        rows = theme_rows(seen, items, noise, len(self.theme_ids))
        return self.themes.probabilities(rows), stages  # 3

    def predict(self, document: Document) -> list[Prediction]:
        """One prediction an item, in order of the text."""
        if not document.items:
            return []
        themes, stages = self.probabilities(document)
        threshold = self.themes.threshold
        result = []
        for number, item in enumerate(document.items):  # 4
            stage = int(stages[number].argmax()) if self.stages else -1
            name = self.stage_ids[stage] if self.stages else ""
            row = themes[number]
            accepted = np.flatnonzero(row >= threshold) if name != NOISE else np.zeros(0, np.int64)
            ranked = accepted[np.argsort(-row[accepted], kind="stable")]
            doubtful = bool(name != NOISE and (np.abs(row - threshold) < self.margin).any())
            sure = float(stages[number, stage]) if self.stages else 1.0
            result.append(
                Prediction(
                    item=item,
                    stage=name,
                    stage_probability=sure,
                    themes=tuple(ThemeScore(self.theme_ids[k], float(row[k])) for k in ranked),
                    uncertain=doubtful or sure < 0.6,
                )
            )
        return result

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
