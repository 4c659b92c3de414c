"""What the commands show on a terminal: escaped, results on stdout, progress on stderr."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from toolkit.errors import printable

# What JSON leaves as it is and a terminal acts on: DEL, C1 and direction codes, half characters, what is not seen.
_CODES = re.compile(
    "[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)


def show(line: str) -> None:
    """One line for a reader."""
    print(printable(line, limit=10_000_000))


def show_json(text: str) -> None:
    """Results for a program: JSON whose control and direction codes are escaped, so that it says the same."""
    sys.stdout.write(_CODES.sub(lambda code: json.dumps(code[0])[1:-1], text))


def say(line: str) -> None:
    """Progress and errors in one line, on stderr so that results can be piped."""
    print(printable(line), file=sys.stderr, flush=True)


@contextmanager
def progress_bar(total: int) -> Iterator[Callable[[int], None]]:
    """Bytes done, rate and time left on stderr; nothing where nobody looks (a pipe, a file, CI)."""
    if not sys.stderr.isatty():
        yield lambda size: None
        return
    from rich import progress
    from rich.console import Console

    columns = (
        *(progress.BarColumn(), progress.DownloadColumn(), progress.TransferSpeedColumn()),
        *(progress.TimeElapsedColumn(), progress.TimeRemainingColumn()),
    )
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("classify", total=total or None)
        yield lambda size: bar.advance(task, size)
