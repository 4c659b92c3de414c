"""A small world that trains in a fraction of a second: codebook, labelled reports, experiment, reports to classify."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

THEMES = """
[[theme]]
id = "mediation"
zh = "人民调解"
en = "Mediation"
seeds = ["调解", "纠纷"]

[[theme]]
id = "legal_aid"
zh = "法律援助"
en = "Legal aid"
seeds = ["法律援助"]
"""
STAGES = """
[[stage]]
id = "achievement"
zh = "工作成效"
en = "Achievement"

[[stage]]
id = "plan"
zh = "工作计划"
en = "Plan"

[[stage]]
id = "noise"
zh = "非正文"
en = "Not report text"
"""
CONFIG = """
name = "small"
model = "model"

[data]
codebook = "codebook"
reports = "reports"

[features.chars]
max = 2
min_df = 2

[learn]
folds = 2
trees = 10
depth = 2
"""
PLACES = ("云溪镇", "石桥乡", "枫林街道", "白鹭镇", "青塘乡", "河湾镇")


def lines(place: str, count: int) -> list[tuple[str, str, list[str]]]:
    """Items of one report: text, stage, themes."""
    return [
        ("一、矛盾纠纷化解", "achievement", ["mediation"]),
        (f"{place}调委会全年排查矛盾纠纷{count}件，调解成功{count - 3}件。", "achievement", ["mediation"]),
        (f"新聘专职调解员{count % 7 + 2}名，纠纷一律登记在册。", "achievement", ["mediation"]),
        ("二、法律援助", "achievement", ["legal_aid"]),
        (f"受理法律援助案件{count // 2}件，为农民工讨回欠薪。", "achievement", ["legal_aid"]),
        (f"值班律师在法律援助工作站接待{count + 9}人次。", "achievement", ["legal_aid"]),
        ("三、下一步打算", "plan", []),
        ("继续推进纠纷排查，做到早发现、早调解。", "plan", ["mediation"]),
        ("力争法律援助应援尽援。", "plan", ["legal_aid"]),
        ("（图为工作现场）", "noise", []),
    ]


def world(base: Path, change: int = 0) -> Path:
    """Write everything below ``base``; ``change`` gives other labels, and so another model."""
    for name in ("codebook", "reports", "inbox"):
        (base / name).mkdir(parents=True, exist_ok=True)
    (base / "codebook" / "themes.toml").write_text(THEMES, encoding="utf-8")
    (base / "codebook" / "stages.toml").write_text(STAGES, encoding="utf-8")
    (base / "small.toml").write_text(CONFIG, encoding="utf-8")
    index = []
    for number, place in enumerate(PLACES):
        name = f"r{number}"
        found = lines(place, 40 + 7 * number + change)
        text = "\n".join(line for line, _, _ in found)
        (base / "reports" / f"{name}.txt").write_text(text, encoding="utf-8")
        (base / "inbox" / f"{name}.txt").write_text(text, encoding="utf-8")
        at, rows = 0, []
        for line, stage, themes in found:
            rows.append({"id": f"{name}-{at}", "start": at, "end": at + len(line), "stage": stage, "themes": themes})
            at += len(line) + 1
        write_rows(base / "reports" / f"{name}.jsonl", rows)
        digest = hashlib.sha256(text.encode()).hexdigest()
        entry = {"id": name, "file": f"{name}.txt", "title": f"{place}总结", "year": 2023, "date": "2024-01-05"}
        index.append({**entry, "place": place, "level": "township", "kind": "work_summary"})
        index[-1] |= {"split": "heldout" if number == 5 else "train", "sha256": digest}
    write_rows(base / "reports" / "index.jsonl", index)
    return base


def write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    """JSON lines, one row a line."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
