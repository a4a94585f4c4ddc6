"""What importing the package pulls in; ``experiments/benchmarks/import_time.py`` measures how long it takes."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

HEAVY = ("sklearn", "pandas", "datasets", "pyarrow", "numpy", "scipy")


def imported(statements: str) -> set[str]:
    """Return which of the heavy packages a fresh interpreter has imported after ``statements``."""
    code = f"{statements}\nimport sys\nprint(*sorted(sys.modules.keys() & {set(HEAVY)!r}), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(done.stderr.split())


def test_importing_the_package_is_light() -> None:
    assert imported("import standoff") == set()


def test_importing_the_package_is_quick() -> None:
    """Under 0.2 s above a bare interpreter: a promise with a wide margin, the benchmark measures some 10 ms."""
    assert min(seconds("import standoff") for _ in range(5)) - min(seconds("") for _ in range(5)) < 0.2


def seconds(statements: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statements], check=True)
    return time.perf_counter() - start


def test_looking_at_its_names_is_light() -> None:
    assert imported("import standoff; dir(standoff); standoff.__version__; standoff.StandoffError") == set()


def test_a_public_name_brings_what_it_needs() -> None:
    """The control: the tests above can fail."""
    assert imported("import standoff; standoff.load") >= {"pyarrow"}


RUN = "import sys; sys.argv[:] = {!r}\nfrom standoff.cli import main\ntry: main()\nexcept SystemExit: pass"


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["corpus", "--help"], ["corpus", "build", "--help"]]
)
def test_help_is_light(arguments: list[str]) -> None:
    assert imported(RUN.format(["standoff", *arguments])) & {"sklearn", "datasets", "pyarrow"} == set()


def test_every_public_name_resolves() -> None:
    import standoff

    for name in standoff.__all__:
        assert getattr(standoff, name) is not None
    with pytest.raises(AttributeError, match=r"no attribute 'laod'; it has .*\bload\b"):
        _ = standoff.laod
