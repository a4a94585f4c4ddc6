"""The code, the packages and the machine that a run is made with, and how they differ from those of a record."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from standoff.experiments.record import Code, Machine
from standoff.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from standoff.experiments.record import RunRecord

PACKAGES = ("numpy", "pandas", "scikit-learn", "scipy", "threadpoolctl")
"""The packages that predictions can depend on."""

_PACKAGE = Path(__file__).parents[1]


@cache
def code_here() -> Code:
    """Return the state of the code that runs; read once, as a process does not change its code while it runs."""
    return Code(standoff=__version__, **git_state(), source_sha256=source_digest(_PACKAGE))


def source_digest(package: Path) -> str:
    """Return the sha256 over names and contents of the Python files under a folder."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(f"{path.relative_to(package).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@cache
def last_change() -> str | None:
    """Return the commit that last changed the package; None where files differ from it, or outside a checkout.

    Unlike the commit that is checked out, it stays while only other files change.
    """
    return None if git_state()["dirty"] in {None, True} else _git("log", "-1", "--format=%H", "--", ".") or None


def git_state() -> dict[str, Any]:
    """Return the commit of the code and whether files differ from it; nulls outside a checkout."""
    try:
        # An environment may lie inside somebody else's checkout: only code that git tracks has its commit.
        _git("ls-files", "--error-unmatch", "__init__.py")
        return {"commit": _git("rev-parse", "HEAD"), "dirty": bool(_git("status", "--porcelain", "--", "."))}
    except (OSError, subprocess.CalledProcessError):
        return {"commit": None, "dirty": None}


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(_PACKAGE), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - fixed words, no shell
    return done.stdout.strip()


def packages_here() -> dict[str, str]:
    """Return the versions of :data:`PACKAGES`."""
    return {name: version(name) for name in PACKAGES}


def thread_pools_here() -> tuple[dict[str, str | int | None], ...]:
    """Return the libraries with threads that are loaded now, without the paths they lie at."""
    from threadpoolctl import threadpool_info  # noqa: PLC0415 - reading a record does not need it

    found = ({key: value for key, value in pool.items() if key != "filepath"} for pool in threadpool_info())
    return tuple(sorted(found, key=str))


def machine_here() -> Machine:
    """Return the machine."""
    return Machine(
        python=platform.python_version(),
        system=platform.system(),
        machine=platform.machine(),
        processor=_processor(),
        processors=os.cpu_count(),
    )


def _processor() -> str | None:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or None


def software_differences(record: RunRecord) -> list[str]:
    """Return how code and packages differ from a record; the same source files are the same code."""
    then, now = record.code, code_here()
    found = [] if then.source_sha256 == now.source_sha256 else [f"the code has changed: it was {then}, is {now}"]
    return found + _differences(record.packages, packages_here())


def machine_differences(record: RunRecord) -> list[str]:
    """Return how Python, system and processor differ from a record; how many processors there are is no matter."""
    then, now = (machine.to_json() | {"processors": None} for machine in (record.platform, machine_here()))
    return _differences(then, now)


def _differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [f"{name} was {then.get(name)}, is {value}" for name, value in now.items() if value != then.get(name)]


def forget_peak_memory() -> None:
    """Let the peak of this process start anew, so that a run does not inherit that of the one before (Linux)."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_memory_mib() -> float | None:
    """Return this process's peak resident memory since :func:`forget_peak_memory`; None where unknown."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / 1024, 1)
    return None
