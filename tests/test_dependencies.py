"""Dependencies: few, each between a lowest release that is tested and a next major one that is not."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from pathlib import Path

from tests.lowest import lowest

ROOT = Path(__file__).parents[1]


def test_every_dependency_has_a_lower_and_an_upper_bound() -> None:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = [line for line in parser["options"]["install_requires"].splitlines() if line]
    assert 20 < len(lines) < 30
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+>=[0-9.]+,<[0-9.]+", line)] == []
    assert [pin.split("==")[0] for pin in lowest(())] == [line.split(">=")[0] for line in lines]


def test_the_lowest_releases_are_printed_as_constraints() -> None:
    run = subprocess.run([sys.executable, "-m", "tests.lowest"], capture_output=True, text=True, check=True, cwd=ROOT)
    pins = run.stdout.split()
    assert "jieba==0.42.1" in pins and any(pin.startswith("pytest==") for pin in pins)
