"""HTML to blocks: every block element and every ``<br>`` line is one, with what its markup said of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from toolkit.document import Found
from toolkit.read.source import Source, clean, from_blocks

_SKIPPED = {"script", "style", "template", "noscript", "head", "svg", "math", "iframe", "object", "select", "textarea"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCKS = _HEADINGS | set(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure "
    "footer form header hr html legend li main menu nav ol p pre section summary table tbody tfoot thead tr ul".split()
)
_BOLD = {"strong", "b"}
# Building a tree walks the open elements at every tag, so nesting makes it quadratic: 100,000 open <div> took 25 s.
# Browsers stop at 512; a page beyond is read tag by tag, every block a line, without what its other markup said.
_DEPTH = 400
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*+)[^<>]*+(>?)")
_UNCLOSED = set(
    "p li td th tr dt dd option br img input meta link hr area base col embed param source wbr thead tbody".split()
)
_FLAT_KEPT = _HEADINGS | {"html", "head", "body", "title", "meta", "script", "style", "textarea", "select", "p", "br"}
# Formatting elements left open are opened anew in every later block.
_FORMATTING = {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
_REOPENED = 500_000
_OPTIONS = 3000  # options of a list are searched for one another
_ATTRIBUTES = 20_000  # bytes of one tag; every attribute is compared with those before it
# Names of the metadata that government pages carry, and what we call them.
_META = {
    "articletitle": "title",
    "og:title": "title",
    "pubdate": "date",
    "publishdate": "date",
    "article:published_time": "date",
    "contentsource": "issuer",
    "author": "author",
    "sitename": "site",
    "keywords": "keywords",
    "description": "description",
}
_CELL = 150  # characters; what is longer is text and no entry of a table
_WIDE = re.compile("[^\x00-\u2fff]")  # hanzi, full-width punctuation, the ideographic space
_BLANKS = re.compile(r"\s++")


def read_html(name: str, markup: str) -> Source:
    """The blocks of a page, in order; nothing of the visible body is left out.

    Source newlines inside a block are blanks of the markup: between hanzi they vanish, elsewhere they are one space.
    """
    tree = LexborHTMLParser(_flat(markup) if _too_deep(markup) else markup)
    metadata: dict[str, Found] = {}
    for node in tree.css("meta"):
        key = (node.attributes.get("name") or node.attributes.get("property") or "").lower()
        value = " ".join(clean(node.attributes.get("content") or "").split())
        if key in _META and value:
            metadata.setdefault(_META[key], Found(value, "page"))
    head = tree.css_first("title")
    if head is not None and (value := " ".join(clean(head.text()).split())):
        metadata.setdefault("title", Found(value, "page"))
    return from_blocks(name, _parts(tree.root) if tree.root is not None else (), metadata)


def _too_deep(markup: str) -> bool:
    """Whether a tree of this page would be too deep, or swell: 400 elements open at once, or much formatting."""
    depth = formatting = reopened = options = 0
    for match in _TAG.finditer(markup):
        name = match[2].lower()
        if match.end() - match.start() > _ATTRIBUTES:
            return True
        step = -1 if match[1] else 1
        options += name == "option"
        if name in _FORMATTING:
            formatting = max(0, formatting + step)
        elif name in _BLOCKS:
            reopened += formatting
        if name not in _UNCLOSED:
            depth = max(0, depth + step)
        if depth > _DEPTH or reopened > _REOPENED or options > _OPTIONS:
            return True
    return False


def _flat(markup: str) -> str:
    """The page with its nesting taken out: blocks and rows are line breaks, cells blanks, other tags nothing."""

    def flat(match: re.Match[str]) -> str:
        name = match[2].lower()
        if name in _FLAT_KEPT:
            return f"<{match[1]}{name}>" if match.end() - match.start() > _ATTRIBUTES else match[0]
        if name in {"td", "th"}:
            return " "
        return "<br>" if name in _BLOCKS else ""

    return _TAG.sub(flat, markup)


def _parts(root: LexborNode) -> Iterator[tuple[str, str]]:
    """``(text, hint)`` of every block. A loop, not recursion: pages nest a hundred thousand deep."""
    pieces: list[str] = []
    size = {"all": 0, "bold": 0, "link": 0}
    bold = link = 0
    heading = ""
    cells = _Cells()
    found: list[tuple[str, str, list[int]]] = []

    def flush() -> None:
        text = _BLANKS.sub(_unbroken, "".join(pieces))
        text = re.sub(r"[ \t\r\n\f]+", " ", text).strip()
        hint = heading
        if not hint and size["all"]:
            if size["link"] == size["all"]:
                hint = "link"
            elif size["bold"] == size["all"]:
                hint = "strong"
        if text:
            found.append((text, hint, cells.told))
        cells.told = []
        pieces.clear()
        size.update(all=0, bold=0, link=0)

    node: LexborNode | None = root
    depth = 0  # below root; nodes are not compared, which would serialise them
    while node is not None:
        tag = node.tag
        down = None
        if tag == "-text":
            text = node.text_content or ""
            pieces.append(text)
            weight = len(text.strip())
            size["all"] += weight
            size["bold"] += weight if bold else 0
            size["link"] += weight if link else 0
            if weight:
                cells.tell(weight)
        elif tag not in _SKIPPED:
            if tag in _BLOCKS or tag == "br":
                flush()
                heading = tag if tag in _HEADINGS else heading
                if tag == "tr":
                    cells.open_row()
            elif tag in {"td", "th"}:
                if pieces:
                    pieces.append(" ")
                cells.open()
            bold += tag in _BOLD
            link += tag == "a"
            down = node.child
        if down is not None:
            node, depth = down, depth + 1
            continue
        while node is not None:  # leave elements until one has a following sibling
            tag = node.tag
            if tag not in _SKIPPED and tag != "-text":
                if tag in _BLOCKS:
                    flush()
                    heading = "" if tag in _HEADINGS else heading
                    if tag == "tr":
                        cells.close_row()
                elif tag in {"td", "th"}:
                    cells.close()
                bold -= tag in _BOLD
                link -= tag == "a"
            if depth == 0 or node.next is not None:
                node = node.next if depth else None
                break
            node, depth = node.parent, depth - 1
    flush()
    for text, hint, told in found:
        yield text, "row" if hint in {"", "strong"} and cells.are_row(told) else hint


class _Cells:
    """Which blocks are rows of a table, and which stand in a cell that only places them on the page.

    Old sites put a whole report, or its text beside a menu, into one cell.
    """

    def __init__(self) -> None:
        self.told: list[int] = []  # cells that the block has text of
        self._amount: list[int] = []  # characters of each cell, those of inner tables aside
        self._row: list[int] = []  # of each cell
        self._filled: list[int] = []  # cells with text, of each row
        self._rows: list[int] = []  # open ones
        self._open: list[int] = []

    def open_row(self) -> None:
        self._rows.append(len(self._filled))
        self._filled.append(0)

    def close_row(self) -> None:
        self._rows.pop()

    def open(self) -> None:
        if not self._rows:
            self.open_row()
        self._open.append(len(self._amount))
        self._amount.append(0)
        self._row.append(self._rows[-1])

    def close(self) -> None:
        self._open.pop()

    def tell(self, characters: int) -> None:
        """Text in the innermost open cell, if there is one."""
        if self._open:
            cell = self._open[-1]
            self._filled[self._row[cell]] += not self._amount[cell]
            self._amount[cell] += characters
            if self.told[-1:] != [cell]:
                self.told.append(cell)

    def are_row(self, told: list[int]) -> bool:
        """Whether text of these cells is a row, or a short cell of one."""
        return len(told) > 1 or any(self._filled[self._row[at]] > 1 and self._amount[at] <= _CELL for at in told)


def _unbroken(blanks: re.Match[str]) -> str:
    """A run of blanks without the newline between two wide characters, and what stands about it in the run."""
    run = blanks[0]
    if "\n" not in run:
        return run
    text, start, end = blanks.string, 0, len(run)
    # An ideographic space is a wide character itself: the run is cut from after the first to before the last one.
    if not _WIDE.match(text, blanks.start() - 1) or not blanks.start():
        start = run.find("\u3000") + 1
        if not start:
            return run
    if not _WIDE.match(text, blanks.end()):
        end = run.rfind("\u3000")
    return run[:start] + run[end:] if end > start and "\n" in run[start:end] else run
