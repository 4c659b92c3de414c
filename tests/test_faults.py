"""The short form of the fault campaigns: nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_short_campaign_loses_nothing() -> None:
    """Kills, write errors, full disk, damaged and forged models, malformed files, mutated reports."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.faults.run", "--short"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
        timeout=300,
    )
    lines = [line for line in run.stdout.splitlines() if "tried" in line]
    assert len(lines) == 12, run.stdout + run.stderr
    assert all(" lost 0 " in line for line in lines), run.stdout
    assert run.returncode == 0, run.stderr
