"""The lowest release of every dependency that ``setup.cfg`` allows, as constraints for pip.

python -m tests.lowest > lowest.txt && pip install -e '.[test]' -c lowest.txt
"""

from __future__ import annotations

import configparser
import re
from pathlib import Path


def lowest(extras: tuple[str, ...] = ("test", "dask")) -> list[str]:
    """``name==lower bound`` of the requirements at run time and of ``extras``.

    Raises:
        ValueError: a requirement has no lower bound.
    """
    parser = configparser.ConfigParser()
    parser.read(Path(__file__).parents[1] / "setup.cfg", encoding="utf-8")
    wanted = parser["options"]["install_requires"].splitlines()
    for extra in extras:
        wanted += parser["options.extras_require"][extra].splitlines()
    found = []
    for line in filter(None, (line.strip() for line in wanted)):
        match = re.fullmatch(r"([A-Za-z0-9_.-]+)>=([0-9.]+)(?:,<[0-9.]+)?", line)
        if match is None:
            raise ValueError(f"{line!r} has no lower bound of the form name>=1.2,<3")
        found.append(f"{match[1]}=={match[2]}")
    return found


if __name__ == "__main__":
    print("\n".join(lowest()))
