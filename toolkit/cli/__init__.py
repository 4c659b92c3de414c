"""``fazhi``: parse the command line, make one public call, print.

Heavy modules are imported by the command that needs them.

Exit codes: 0 done, 1 a plain error in one line on stderr, 2 usage.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

from toolkit.cli.parser import build_parser
from toolkit.cli.terminal import say
from toolkit.errors import FazhiError, InputError

__all__ = ["build_parser", "main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show a character is no reason to stop
            stream.reconfigure(errors="backslashreplace")
    parser = build_parser()
    arguments = parser.parse_args(argv)
    if not hasattr(arguments, "run"):
        parser.print_help()
        return 2
    try:
        return int(arguments.run(arguments) or 0)
    except FazhiError as problem:
        say(f"fazhi: {problem}")
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except OSError as problem:  # a name too long, a share that went away: plain to the user, whichever call met it
        reason = (problem.strerror or type(problem).__name__).lower()
        say(f"fazhi: {InputError(reason, where=problem.filename)}")
        return 1
    except MemoryError:
        say("fazhi: not enough memory; give fewer or smaller files at a time")
        return 1
    except KeyboardInterrupt:
        say("fazhi: stopped; no result is half-written, and classify --resume goes on from here")
        return 1
