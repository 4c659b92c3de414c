"""One page to hand on: overview, themes, comparison, topics and every item, in a single file that needs no network.

The page carries its own font (the characters it uses), style and script. Text of reports, file names and theme names
are untrusted: jinja2 escapes all of it, a content security policy lets no other script run and nothing be loaded, and
control codes are shown by their number instead of acting.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from toolkit.codebook import NOISE, Codebook
from toolkit.fonts import glyphs, subset, visible
from toolkit.indicators import comparison_table, indicators, indicators_table
from toolkit.report.page import make_page
from toolkit.resources import VERSION
from toolkit.summary import Documents, Row, say
from toolkit.tables import Table, codebook_table, items_table, shares_table

__all__ = ["build_report", "results_tables", "shown"]


def build_report(
    rows: Sequence[Row],
    documents: Documents,
    codebook: Codebook,
    topics: Sequence[Mapping[str, Any]] | None = None,
    language: str = "zh",
    title: str | None = None,
) -> str:
    """The page as HTML.

    Args:
        rows: rows of ``fazhi classify``; ``evidence``, where a row has it, counts characters of the document, as
            ``start`` and ``end`` do.
        documents: what is known of each document: ``title``, ``year``, ``place``; each may be missing.
        topics: ``{"id", "name", "terms": [...], "share": 0.12}`` a topic.
        language: of everything but the reports' own text: ``zh`` or ``en``.
    """
    from jinja2 import Environment
    from markupsafe import Markup

    page = make_page(rows, documents, codebook, topics or (), language, title)
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(shown=shown, percent=lambda value: f"{100 * value:.1f}%")
    environment.globals.update(t=lambda zh, en: say(language, zh, en), page=page, version=VERSION, NOISE=NOISE)
    body = environment.from_string(_asset("body.html")).render()
    script, style = _asset("report.js"), _asset("report.css")
    # Every character of the page, so that no letter is left to a font the reader may not have.
    font = base64.b64encode(subset(body + page.title)).decode()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.from_string(_asset("page.html")).render(
        language="en" if language == "en" else "zh-CN",
        body=Markup(body),
        script=Markup(script),
        style=Markup(style),
        font=font,
        paints=[(name, page.colours[theme]) for theme, name in page.paints.items()],
        digest=digest,
    )


@cache
def _asset(name: str) -> str:
    return (Path(__file__).parent.parent / "templates" / name).read_text(encoding="utf-8")


def shown(text: object) -> str:
    """``text`` for the page: line breaks kept, what can't be drawn or would act on its surroundings named by number."""
    plain = str(text)
    if _drawable().issuperset(plain):
        return plain
    return "".join(c if c in _drawable() else visible(c) or " " for c in plain)


@cache
def _drawable() -> frozenset[str]:
    return frozenset("\n\t\u3000") | {chr(point) for point in glyphs()}


def results_tables(rows: Sequence[Row], documents: Documents, codebook: Codebook, language: str = "zh") -> list[Table]:
    """The sheets of a workbook: items, shares, indicators, indicators compared, codebook."""
    found = indicators(rows, documents, codebook)
    return [
        items_table(rows, codebook, documents, language),
        shares_table(rows, codebook, documents, language),
        indicators_table(found, documents, codebook, language),
        comparison_table(found, documents, codebook, language),
        codebook_table(codebook, language),
    ]
