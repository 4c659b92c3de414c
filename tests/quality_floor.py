"""The quality floor: the shipped model on the shipped held-out reports may not score below ``floor.json``.

``python -m tests.quality_floor`` checks; ``--raise`` writes higher figures (never lower ones). The floor names the hash
of the held-out labels, so that figures of other data are not taken for these.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from toolkit.codebook import load_codebook
from toolkit.labels import load_reports
from toolkit.quality import decide_reports, fingerprint, score
from toolkit.resources import shipped
from toolkit.store import load_model

FLOOR = Path(__file__).with_name("floor.json")
SLACK = 0.001  # a rounding in another library version is no loss


def measure() -> dict[str, Any]:
    """The figures of the shipped model on the held-out reports."""
    reports = [
        r for r in load_reports(shipped("labels", "reports"), load_codebook()) if r.entry and r.entry.split == "heldout"
    ]
    scores = score(decide_reports(load_model(), reports))
    figures = {name: scores[name] for name in ("micro_f1", "macro_f1", "stage_accuracy")}
    return {"heldout_sha256": fingerprint(reports), "figures": figures}


def losses(floor: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """What fell below the floor, one line each; other data than the floor's are a loss too."""
    if floor["heldout_sha256"] != found["heldout_sha256"]:
        return ["the held-out labels are not those the floor was measured on; measure again with --raise"]
    return [
        f"{name} {found['figures'][name]:.4f} is below the floor {least:.4f}"
        for name, least in floor["figures"].items()
        if found["figures"][name] < least - SLACK
    ]


def main(argv: list[str]) -> int:
    """Check the floor, or raise it."""
    found = measure()
    floor = json.loads(FLOOR.read_text("utf-8")) if FLOOR.exists() else None
    if "--raise" in argv:
        if floor and floor["heldout_sha256"] == found["heldout_sha256"]:
            for name, least in floor["figures"].items():
                found["figures"][name] = max(least, found["figures"][name])
        FLOOR.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        floor = found
    if floor is None:
        print("no floor.json; write one with --raise")
        return 1
    below = losses(floor, found)
    for line in below:
        print(line)
    print(
        "quality floor:",
        ", ".join(f"{name} {value:.4f}" for name, value in found["figures"].items()),
        "(broken)" if below else "(held)",
    )
    return bool(below)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
