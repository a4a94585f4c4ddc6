"""The floors of the house: a module imports only from floors below its own, and nothing imports in a circle."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(__file__).parents[1] / "src" / "standoff"

FLOORS: dict[str, float] = {
    "errors": 0,
    "version": 0,
    "records": 1,
    "files": 1,
    "spans": 1,
    "rows": 1.5,  # between two floors: made of files, and read from by those above
    "corpus": 2,
    "evaluation": 2,
    "annotation": 3,
    "tasks": 3,
    "baselines": 3,
    "experiments": 4,
    "archive": 4,
    "site": 5,
    "cli": 6,
    "__init__": 6,
}
"""The rooms and the floors they are on; a room is a package or module directly under ``standoff``."""

Imports = dict[str, dict[str, int]]
"""For each module the modules that it imports, each with the line of the first import."""


def read_imports(source: Path) -> Imports:
    """Return who imports whom below ``source``, wherever the import stands: in functions and for types too.

    The root package is called ``__init__``. That importing ``a.b`` runs ``a`` first does not count.
    """
    package = source.name
    paths = {module_name(path, source): path for path in sorted(source.rglob("*.py"))}
    found: Imports = {}
    for module, path in paths.items():
        imports: dict[str, int] = {}
        for node in ast.walk(ast.parse(path.read_bytes())):
            for name in imported_names(node, module, is_package=path.name == "__init__.py"):
                if name.split(".")[0] == package:
                    imports.setdefault(nearest(name.removeprefix(package).removeprefix("."), paths), node.lineno)  # type: ignore[attr-defined]  # imports have a line
        found[module] = imports
    return found


def module_name(path: Path, source: Path) -> str:
    parts = path.relative_to(source).with_suffix("").parts
    return ".".join(parts if parts == ("__init__",) or parts[-1] != "__init__" else parts[:-1])


def imported_names(node: ast.AST, module: str, *, is_package: bool) -> Iterator[str]:
    """Yield the full names that an import statement may refer to; those of other nodes are none."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        parts = ["standoff", *(() if module == "__init__" else module.split("."))]
        above = parts[: len(parts) - node.level + (is_package and module != "__init__")] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        yield from (f"{base}.{alias.name}" for alias in node.names)


def nearest(name: str, known: dict[str, Path]) -> str:
    """Return the module that a name is or is in: ``corpus.load.load`` is in ``corpus.load``."""
    parts = name.split(".") if name else []
    for length in range(len(parts), 0, -1):
        if ".".join(parts[:length]) in known:
            return ".".join(parts[:length])
    return "__init__"


def room(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def violations(imports: Imports) -> list[str]:
    """Return what breaks the rules, one line each: unknown rooms, imports upward or to a neighbour, a circle."""
    found = [f"{name} is a room without a floor" for name in sorted({*map(room, imports)} - FLOORS.keys())]
    for module, imported in imports.items():
        for other, line in imported.items():
            above, below = FLOORS.get(room(module)), FLOORS.get(room(other))
            if above is not None and below is not None and room(module) != room(other) and below >= above:
                found.append(f"{module}:{line} (floor {above}) imports {other} (floor {below})")
    try:
        TopologicalSorter({module: set(imported) for module, imported in imports.items()}).prepare()
    except CycleError as error:
        found.append("a circle: " + " < ".join(error.args[1]))
    return found


def test_the_package_keeps_to_its_floors() -> None:
    assert violations(read_imports(SOURCE)) == []


def test_every_module_is_walked_and_imports_are_found() -> None:
    imports = read_imports(SOURCE)
    assert len(imports) == len(list(SOURCE.rglob("*.py")))
    assert "files" in imports["corpus.release"]
    assert "corpus.sources" in imports["corpus.release"]  # stands under TYPE_CHECKING
    assert "corpus.card" in imports["corpus.release"]  # from standoff.corpus import card
    assert "corpus.release" in imports["cli.corpus"]  # stands in a function


HOUSE = {
    "__init__.py": "from standoff.corpus.load import load\n",
    "errors.py": "import json\n",
    "files.py": "from standoff.errors import StandoffError\n",
    "corpus/__init__.py": "",
    "corpus/load.py": "from standoff import files\nfrom standoff.corpus import text\n",
    "corpus/text.py": "import standoff.errors\n",
    "evaluation/__init__.py": "",
    "evaluation/metrics.py": "",
    "tasks/__init__.py": "from . import task\n",
    "tasks/task.py": "from ..corpus.load import load\nfrom ..evaluation import metrics\n",
    "cli/__init__.py": "",
    "cli/app.py": "def run():\n    from standoff.tasks.task import load\n",
}
"""A small house that keeps the rules."""


def built(folder: Path, changed: dict[str, str]) -> list[str]:
    """Build the small house with some files changed, and return its violations."""
    for path, text in {**HOUSE, **changed}.items():
        (folder / "standoff" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "standoff" / path).write_text(text, encoding="utf-8")
    return violations(read_imports(folder / "standoff"))


def test_a_house_that_keeps_the_rules(tmp_path: Path) -> None:
    assert built(tmp_path, {}) == []


UPWARD = "corpus.text:{} (floor 2) imports tasks.task (floor 3)"


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("corpus/text.py", "import standoff.tasks.task\n", UPWARD.format(1)),
        ("corpus/text.py", "from standoff.tasks.task import load\n", UPWARD.format(1)),
        ("corpus/text.py", "from standoff.tasks import task\n", UPWARD.format(1)),
        ("corpus/text.py", "from ..tasks.task import load\n", UPWARD.format(1)),
        ("corpus/text.py", "from ..tasks import task as other\n", UPWARD.format(1)),
        ("corpus/text.py", "def f():\n    import standoff.tasks.task\n", UPWARD.format(2)),
        ("corpus/text.py", "if TYPE_CHECKING:\n    from standoff.tasks import task\n", UPWARD.format(2)),
        ("corpus/text.py", "try:\n    pass\nfinally:\n    import standoff.tasks.task\n", UPWARD.format(4)),
        ("corpus/text.py", "import standoff\n", "corpus.text:1 (floor 2) imports __init__ (floor 6)"),
        (
            "corpus/text.py",
            "from standoff import __version__\n",
            "corpus.text:1 (floor 2) imports __init__ (floor 6)",
        ),
        (
            "corpus/text.py",
            "from standoff.evaluation import metrics\n",
            "corpus.text:1 (floor 2) imports evaluation.metrics (floor 2)",
        ),
        ("corpus/__init__.py", "from .. import cli\n", "corpus:1 (floor 2) imports cli (floor 6)"),
        ("cli/app.py", "import standoff\n", "cli.app:1 (floor 6) imports __init__ (floor 6)"),
        ("errors.py", "from standoff import files\n", "errors:1 (floor 0) imports files (floor 1)"),
        ("attic/box.py", "", "attic is a room without a floor"),
    ],
)
def test_a_violation_is_found(tmp_path: Path, path: str, text: str, expected: str) -> None:
    assert expected in built(tmp_path, {path: text})


def test_a_circle_within_a_room_is_found(tmp_path: Path) -> None:
    (found,) = built(tmp_path, {"corpus/text.py": "def f():\n    from standoff.corpus.load import load\n"})
    assert found.startswith("a circle: ")
    assert {"corpus.load", "corpus.text"} == set(found.removeprefix("a circle: ").split(" < "))
