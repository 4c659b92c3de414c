"""All campaigns, one line each: ``python -m tests.faults.run --short`` (under a minute) or ``--full``.

Ends with 1 if anything was lost; each loss is then described.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # cases run one after the other on whatever is free
    os.environ.setdefault(_name, "1")

import argparse  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable, Iterator  # noqa: E402

from tests.faults.disk import full_disk, write_errors  # noqa: E402
from tests.faults.fuzz import TARGETS, at_random, guided  # noqa: E402
from tests.faults.kill import kill_classifying, kill_reporting, kill_topics, kill_training, kill_writing  # noqa: E402
from tests.faults.models import damaged_models, forged_models, forged_topics  # noqa: E402
from tests.faults.report import Outcome  # noqa: E402
from tests.faults.texts import malformed  # noqa: E402


def campaigns(full: bool, fuzz_seconds: int) -> Iterator[tuple[str, Callable[[], Outcome]]]:
    """Name and campaign, in order."""
    yield "kill", lambda: kill_training(120 if full else 2)
    yield "kill", lambda: kill_writing(150 if full else 12)
    yield "kill", lambda: kill_classifying(150 if full else 9)
    yield "kill", lambda: kill_topics(60 if full else 2)
    yield "kill", lambda: kill_reporting(60 if full else 2)
    yield "disk", lambda: write_errors(200 if full else 40)
    yield "disk", lambda: full_disk(100 if full else 10)
    yield "models", lambda: damaged_models(4000 if full else 250)
    yield "models", lambda: forged_models(1500 if full else 80)
    yield "models", lambda: forged_topics(1500 if full else 80)
    yield "texts", lambda: malformed(4000 if full else 250)
    yield "fuzz", lambda: at_random(60 if full else 6)
    if full and fuzz_seconds:
        for target in TARGETS:
            yield "fuzz", lambda target=target: guided(target, fuzz_seconds)


def run(full: bool, only: str = "", fuzz_seconds: int = 0) -> list[Outcome]:
    """The outcomes, each printed as it comes."""
    found = []
    for name, campaign in campaigns(full, fuzz_seconds):
        if only and name != only:
            continue
        begun = time.monotonic()
        outcome = campaign()
        print(f"{outcome.line()}  [{time.monotonic() - begun:.0f} s]", flush=True)
        for finding in list(dict.fromkeys(outcome.findings))[:10]:
            print(f"    {finding}", flush=True)
        found.append(outcome)
    return found


def main() -> int:
    """The command line; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--short", action="store_true")
    size.add_argument("--full", action="store_true")
    parser.add_argument("--only", choices=["kill", "disk", "models", "texts", "fuzz"], default="")
    parser.add_argument(
        "--fuzz-seconds", type=int, default=300, help="a target, with --full and atheris (default: 300)"
    )
    arguments = parser.parse_args()
    return int(any(outcome.findings for outcome in run(arguments.full, arguments.only, arguments.fuzz_seconds)))


if __name__ == "__main__":
    sys.exit(main())
