"""Malformed configurations, codebooks, labels, gold and result rows: taken, or one plain line that says what is wrong."""

from __future__ import annotations

import json
import math
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.faults.report import Outcome
from tests.faults.small import world
from toolkit.codebook import load_codebook
from toolkit.errors import FazhiError
from toolkit.experiment import read_config
from toolkit.labels import load_gold, load_reports
from toolkit.pipeline import read_rows_file
from toolkit.stream import documents_of_items

_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["", "mediation", "noise", "../x", "r0.txt", "\x1b[2J", "\ud800", "=1+1", "a" * 500, -1, 0, 1e308]),
)
VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
BYTES = st.sampled_from(
    [b"", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\n", b"[", b'"', b"=", b"{", b"'''", b"\\u", b"9" * 400, b"[" * 3000]
)


def toml(value: Any) -> str:
    """A value as TOML writes it inline; what TOML lacks becomes a text."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(inner) for inner in value) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return json.dumps(str(value) if value is None else value)


@st.composite
def changed(draw: st.DrawFn, value: Any) -> Any:
    """``value`` with one part, at any depth, replaced, taken away, doubled or added to."""
    if isinstance(value, dict) and value and draw(st.integers(0, 9)) < 8:
        key = draw(st.sampled_from(sorted(value)))
        how = draw(st.integers(0, 9))
        if how == 0:
            return {name: inner for name, inner in value.items() if name != key}
        if how == 1:
            return {**value, draw(st.text(max_size=8)): draw(VALUES)}
        return {**value, key: draw(changed(value[key]))}
    if isinstance(value, list) and value and draw(st.integers(0, 9)) < 8:
        at = draw(st.integers(0, len(value) - 1))
        how = draw(st.integers(0, 9))
        if how == 0:
            return value[:at] + value[at + 1 :]
        if how == 1:
            return [*value, value[at]]
        return [*value[:at], draw(changed(value[at])), *value[at + 1 :]]
    return draw(VALUES)


def _toml_file(table: Any) -> bytes:
    if not isinstance(table, dict):
        return str(table).encode("utf-8", "replace")
    return "\n".join(f"{json.dumps(str(key))} = {toml(inner)}" for key, inner in table.items()).encode(
        "utf-8", "replace"
    )


def _rows_file(rows: Any) -> bytes:
    lines = rows if isinstance(rows, list) else [rows]
    return "\n".join(json.dumps(row) for row in lines).encode()


def malformed(count: int, seed: int = 1) -> Outcome:
    """Every kind of file the toolkit reads as data, changed in its values or in its bytes."""
    outcome = Outcome("malformed configurations and labels")
    with tempfile.TemporaryDirectory() as place:
        base = world(Path(place))
        codebook = load_codebook(base / "codebook")
        reports = base / "reports"
        rows = [json.loads(line) for line in (reports / "r0.jsonl").read_text("utf-8").splitlines()]
        index = [json.loads((reports / "index.jsonl").read_text("utf-8").splitlines()[0])]
        gold = [{"id": "a", "text": "调解纠纷9件", "themes": ["mediation"], "stage": "plan", "headings": ["一、调解"]}]
        result = {
            "document": "a",
            "id": "1",
            "kind": "point",
            "start": 0,
            "end": 2,
            "headings": [],
            "text": "调解",
            "stage": "plan",
        }
        results = [{**result, "themes": [{"id": "mediation", "probability": 0.9}], "uncertain": False}]
        kinds: list[tuple[Any, Callable[[Any], bytes], Path, Callable[[], object]]] = [
            (tomllib.loads((base / "small.toml").read_text("utf-8")), _toml_file, base / "small.toml", lambda: read_config(base / "small.toml")),
            (tomllib.loads((base / "codebook/themes.toml").read_text("utf-8")), _toml_file, base / "codebook/themes.toml", lambda: load_codebook(base / "codebook")),
            (tomllib.loads((base / "codebook/stages.toml").read_text("utf-8")), _toml_file, base / "codebook/stages.toml", lambda: load_codebook(base / "codebook")),
            (["社区矫正", "法律援助"], _rows_file, base / "codebook/lexicon.txt", lambda: load_codebook(base / "codebook")),
            (index, _rows_file, reports / "index.jsonl", lambda: load_reports(reports, codebook)),
            (rows, _rows_file, reports / "r0.jsonl", lambda: load_reports(reports, codebook)),
            (gold, _rows_file, base / "gold.jsonl", lambda: load_gold(base / "gold.jsonl", codebook)),
            (gold, _rows_file, base / "items.jsonl", lambda: list(documents_of_items(base / "items.jsonl"))),
            (results, _rows_file, base / "results.jsonl", lambda: read_rows_file(base / "results.jsonl")),
        ]  # fmt: skip
        (reports / "index.jsonl").write_bytes(_rows_file(index))

        @settings(
            max_examples=count, database=None, deadline=None, suppress_health_check=list(HealthCheck), print_blob=False
        )
        @given(st.data())
        def tries(data: st.DataObject) -> None:
            value, write, path, read = data.draw(st.sampled_from(kinds))
            if data.draw(st.integers(0, 3)):
                content = write(data.draw(changed(value)))
            else:
                content = write(value)
                at = data.draw(st.integers(0, len(content)))
                content = content[:at] + data.draw(BYTES) + content[at + data.draw(st.integers(0, 9)) :]
            before = path.read_bytes() if path.exists() else None
            path.write_bytes(content)
            try:
                read()
                outcome.survived("taken")
            except FazhiError as problem:
                if "\n" in str(problem) or not str(problem).isprintable():
                    outcome.lost(f"{path.name}: an error of several lines or with control codes")
                else:
                    outcome.survived("refused")
            except Exception as problem:
                outcome.lost(f"{path.name}: {problem!r:.160} on {content[:200]!r}")
            finally:
                if before is None:
                    path.unlink()
                else:
                    path.write_bytes(before)

        tries()
    return outcome
