"""Data that tests read and the repository may not ship."""

from __future__ import annotations

import os
from pathlib import Path

# Tests run on all processors already; threads of a linear-algebra library would only get in their way. It reads
# this when it is loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest

BESIDE_REPOSITORY = Path(__file__).parents[2] / "shared"


def _provided(variable: str, default: Path, what: str) -> Path:
    """Return the path in the variable or the default; without it skip, or fail where data is required."""
    path = Path(os.environ.get(variable) or default)
    if path.exists():
        return path
    reason = f"{what} not found at {path}: set {variable} to where it is"
    if os.environ.get("STANDOFF_REQUIRE_DATA"):
        pytest.fail(reason)  # .ci/run sets it where the data is: nothing that can run is skipped
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the public sets, one folder each, laid out as upstream."""
    return _provided("STANDOFF_TEST_DATA", BESIDE_REPOSITORY / "data", "folder of the public sets")


@pytest.fixture(scope="session")
def seed_text() -> Path:
    """The text of the first article, which is copyrighted news."""
    return _provided(
        "STANDOFF_TEST_SEED", BESIDE_REPOSITORY / "seed" / "voz-2024-12-08.txt", "text of the first article"
    )
