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
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure footer "
    "form header hr html legend li main menu nav ol p pre section summary table tbody tfoot thead tr ul".split()
)
_BOLD = {"strong", "b"}
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
_BETWEEN_HANZI = re.compile(r"(?<=[^\x00-\u2fff])\s*\n\s*(?=[^\x00-\u2fff])")


def read_html(name: str, markup: str) -> Source:
    """The blocks of a page, in order; nothing of the visible body is left out.

    Source newlines inside a block are blanks of the markup: between hanzi they vanish, elsewhere they are one space.
    """
    tree = LexborHTMLParser(markup)
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


def _parts(root: LexborNode) -> Iterator[tuple[str, str]]:
    """``(text, hint)`` of every block. A loop, not recursion: pages nest a hundred thousand deep."""
    pieces: list[str] = []
    size = {"all": 0, "bold": 0, "link": 0}
    bold = link = 0
    heading = ""
    row = False

    def flush() -> tuple[str, str] | None:
        text = _BETWEEN_HANZI.sub("", "".join(pieces))
        text = re.sub(r"[ \t\r\n\f]+", " ", text).strip()
        hint = heading
        if not hint and size["all"]:
            if size["link"] == size["all"]:
                hint = "link"
            elif row:
                hint = "row"
            elif size["bold"] == size["all"]:
                hint = "strong"
        pieces.clear()
        size.update(all=0, bold=0, link=0)
        return (text, hint) if text else None

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
        elif tag not in _SKIPPED:
            if tag in _BLOCKS or tag == "br":
                if part := flush():
                    yield part
                heading = tag if tag in _HEADINGS else heading
                row = row or tag == "tr"
            elif tag in {"td", "th"} and pieces:
                pieces.append(" ")
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
                    if part := flush():
                        yield part
                    heading = "" if tag in _HEADINGS else heading
                    row = row and tag != "tr"
                bold -= tag in _BOLD
                link -= tag == "a"
            if depth == 0 or node.next is not None:
                node = node.next if depth else None
                break
            node, depth = node.parent, depth - 1
    if part := flush():
        yield part
