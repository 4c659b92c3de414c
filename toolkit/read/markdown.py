"""Markdown to blocks; list numbers, which a page would only draw, are kept as text."""

from __future__ import annotations

from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from toolkit.read.html import read_html
from toolkit.read.source import Source, from_blocks


def read_markdown(name: str, text: str) -> Source:
    """The blocks of a Markdown file: headings with their level, rows of tables, items of lists with their number.

    Indented code and underlined headings are read as text: reports indent paragraphs and draw lines.
    """
    parser = MarkdownIt("commonmark").enable("table").disable(["code", "lheading", "reference", "entity"])
    return from_blocks(name, _parts(parser.parse(text)))


def _parts(tokens: list[Token]) -> Iterator[tuple[str, str]]:
    hint = mark = ""
    row: list[str] | None = None
    for token in tokens:
        if token.type == "heading_open":
            hint = token.tag
        elif token.type == "heading_close":
            hint = ""
        elif token.type == "list_item_open":
            mark = f"{token.info}{token.markup} " if token.info else ""  # a bullet has no number
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row is not None:
            yield " ".join(row), "row"
            row = None
        elif token.type == "html_block":
            source = read_html("", token.content)
            yield from ((source.text[block.start : block.end], block.hint) for block in source.blocks)
        elif token.type == "fence":
            yield token.content, ""
        elif token.type == "inline":
            text, bold = _inline(token.children or [])
            if row is not None:
                row.append(text)
            else:
                yield mark + text, hint or ("strong" if bold else "")
                mark = ""


def _inline(tokens: list[Token]) -> tuple[str, bool]:
    """The text of a line without its marks, and whether it is wholly bold. Newlines stay newlines."""
    pieces: list[str] = []
    depth = plain = 0
    for token in tokens:
        depth += (token.type == "strong_open") - (token.type == "strong_close")
        if token.type in {"softbreak", "hardbreak"} or (token.type == "html_inline" and "<br" in token.content.lower()):
            pieces.append("\n")
        elif token.type in {"text", "code_inline", "image"}:
            pieces.append(token.content)
            plain += not depth and bool(token.content.strip())
    return "".join(pieces), bool(pieces) and not plain
