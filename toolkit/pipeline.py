"""Reports in, contract rows out: what ``classify``, ``plot``, ``report`` and ``demo`` share.

A row is what one line of ``fazhi classify`` says of one item::

    {"document","id","kind","start","end","headings":[…],"text","stage","themes":[{"id","probability"}],"uncertain":bool}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.bounds import read_report
from toolkit.classify import Prediction, ReportModel
from toolkit.document import KINDS, Document
from toolkit.errors import FazhiError, InputError
from toolkit.evidence import evidence_of
from toolkit.files import whole_file
from toolkit.jsonl import read_rows
from toolkit.metadata import with_metadata
from toolkit.read import LIMITS, Limits, find_reports
from toolkit.structure import parse_items

if TYPE_CHECKING:
    from toolkit.codebook import Codebook  # pydantic, which classifying need not load

Row = dict[str, Any]
_FIELDS = {"document": str, "id": str, "text": str, "stage": str, "themes": list, "headings": list}
Refused = Callable[[FazhiError], None]


def documents_of(paths: Iterable[str], refused: Refused | None = None, limits: Limits = LIMITS) -> Iterator[Document]:
    """Every report below ``paths``, parsed, one at a time. A report that can't be read is handed to ``refused``.

    Raises:
        InputError: a path does not exist or holds no report; or, without ``refused``, a report can't be read.
    """
    for path in find_reports(list(paths), limits):
        try:
            document = read_report(path, limits)
        except InputError as problem:
            if refused is None:
                raise
            refused(problem)
            continue
        yield document


def rows_of(document: Document, model: ReportModel, *, evidence: bool = False) -> Iterator[Row]:
    """One contract row an item of ``document``; with ``evidence`` also the phrases that carried each theme."""
    for prediction in model.predict(document):
        yield row_of(document.name, prediction, model if evidence else None)


def row_of(name: str, prediction: Prediction, model: ReportModel | None = None) -> Row:
    """The contract row of one prediction; with ``model`` its evidence, offsets in the document."""
    item = prediction.item
    row: Row = {
        "document": name,
        "id": item.id,
        "kind": item.kind,
        "start": item.start,
        "end": item.end,
        "headings": list(item.headings),
        "text": item.text,
        "stage": prediction.stage,
        "themes": [{"id": theme.id, "probability": round(theme.probability, 4)} for theme in prediction.themes],
        "uncertain": prediction.uncertain,
    }
    if model is not None:
        row["evidence"] = [
            {"theme": found.theme, "start": found.span.start, "end": found.span.end, "weight": round(found.weight, 4)}
            for found in evidence_of(model, prediction)
        ]
    return row


def lines_of(name: str, predictions: Iterable[Prediction]) -> str:
    """:func:`row_of` of each prediction as a line of JSON, straight from its fields: a third of the time."""
    quoted = json.encoder.encode_basestring
    head = f'{{"document": {quoted(name)}, "id": '
    paths: dict[tuple[str, ...], str] = {}
    lines: list[str] = []
    for item, stage, _, scores, uncertain in predictions:
        headings = paths.get(item.headings)
        if headings is None:
            headings = paths[item.headings] = f"[{', '.join(map(quoted, item.headings))}]"
        themes = ", ".join([f'{{"id": {quoted(theme)}, "probability": {round(sure, 4)!r}}}' for theme, sure in scores])
        lines.append(
            f'{head}{quoted(item.id)}, "kind": "{item.kind}", "start": {item.start}, "end": {item.end}, '
            f'"headings": {headings}, "text": {quoted(item.text)}, "stage": {quoted(stage)}, "themes": [{themes}], '
            f'"uncertain": {"true" if uncertain else "false"}}}\n'
        )
    return "".join(lines)


def describe(document: Document) -> dict[str, Any]:
    """What is known of a document, for tables and figures: title and the metadata found."""
    facts: dict[str, Any] = {key: found.value for key, found in document.metadata.items()}
    facts["title"] = document.title or facts.get("title", "")
    return facts


def describe_rows(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """As :func:`describe`, a document each, from contract rows alone: title, year and place as the text tells."""
    texts: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        texts.setdefault(row["document"], []).append(row)
    found = {}
    for name, inside in texts.items():
        document = parse_items(name, ((str(row["id"]), row["text"], row["headings"]) for row in inside))
        kinds = [row["kind"] if row.get("kind") in KINDS else "paragraph" for row in inside]
        items = tuple(item._replace(kind=kind) for item, kind in zip(document.items, kinds, strict=True))
        found[name] = describe(with_metadata(replace(document, items=items)))
    return found


def read_rows_file(path: Path, codebook: Codebook | None = None) -> list[Row]:
    """Contract rows as ``classify -o out.jsonl`` wrote them.

    Raises:
        InputError: a line is no contract row, or names a theme or stage that ``codebook`` lacks (line and field named).
    """
    rows = []
    for where, row in read_rows(path, InputError):
        if wrong := _wrong(row, codebook):
            raise InputError(wrong[0], where=where, remedy=wrong[1] or "give the output of fazhi classify")
        rows.append(row)
    if not rows:
        raise InputError("no rows", where=path, remedy="give the output of fazhi classify")
    return rows


def _wrong(row: Mapping[str, Any], codebook: Codebook | None) -> tuple[str, str] | None:
    """What of ``row`` is not as ``classify`` writes it, and what would be right; None if nothing is."""
    for field, kind in _FIELDS.items():
        if not isinstance(row.get(field), kind):
            return f"no {field!r} as classify writes it", ""
    if not all(isinstance(heading, str) for heading in row["headings"]):
        return "'headings' is not a list of texts", ""
    for theme in row["themes"]:
        if not isinstance(theme, dict) or not isinstance(theme.get("id"), str):
            return "'themes' is not a list of {id, probability}", ""
        probability = theme.get("probability")
        if isinstance(probability, bool) or not isinstance(probability, int | float) or not 0 <= probability <= 1:
            return f"probability of {theme['id']!r} is {str(probability)[:40]}", "a number from 0 to 1"
        if codebook and theme["id"] not in codebook.theme_ids:
            return f"unknown theme {theme['id']!r}", "give the codebook it was classified with: --codebook"
    ids = [theme["id"] for theme in row["themes"]]
    if len(set(ids)) < len(ids):
        return f"a theme stands twice in {ids}", ""
    if codebook and codebook.stage_ids and row["stage"] not in codebook.stage_ids:
        return f"unknown stage {row['stage']!r}", "allowed: " + ", ".join(codebook.stage_ids)
    span = [row.get(key, 0) for key in ("start", "end")]
    if not all(isinstance(at, int) and not isinstance(at, bool) and at >= 0 for at in span) or span[0] > span[1]:
        return f"start {str(span[0])[:40]} and end {str(span[1])[:40]} are no span", "0 ≤ start ≤ end"
    if not isinstance(row.get("uncertain", False), bool):
        return f"'uncertain' is {str(row['uncertain'])[:40]!r}", "true or false"
    return None


def write_jsonl(rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    """Rows as JSON lines, written as they come; gives their number. The file appears when it is whole."""
    count = 0
    with whole_file(path) as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count
