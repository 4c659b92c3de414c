"""Imports run one way: a module imports only from those above it in the README's table."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import toolkit

PACKAGE = Path(toolkit.__file__).parent
README = PACKAGE.parent / "README.md"


def table() -> list[str]:
    """Modules in the order of the README's map of the code."""
    rows = re.findall(r"^\| `([a-z_]+)` \|", README.read_text("utf-8"), flags=re.MULTILINE)
    assert len(rows) > 15
    return rows


def modules() -> dict[str, list[Path]]:
    """Module or sub-package → its files."""
    found: dict[str, list[Path]] = {}
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if name not in ("__init__", "__main__"):
            found.setdefault(name, []).append(path)
    return found


def test_the_readme_lists_exactly_the_modules() -> None:
    assert sorted(table()) == sorted(modules())


def test_imports_run_one_way() -> None:
    order = {name: place for place, name in enumerate(table())}
    for name, paths in modules().items():
        for path in paths:
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("toolkit."):
                    used = (node.module or "").split(".")[1]
                    assert used == name or order[used] < order[name], f"{path.name} imports {used}"
