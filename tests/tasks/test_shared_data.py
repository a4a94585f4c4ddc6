from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SEEN = {
    "STANDOFF_TEST_DATA": "test_the_public_sets_are_folders",
    "STANDOFF_TEST_SEED": "test_the_seed_is_the_report",
}


def test_the_public_sets_are_folders(shared_data: Path) -> None:
    assert (shared_data / "seesaw" / "SEESAW").is_dir()


def test_the_seed_is_the_report(seed_text: Path) -> None:
    assert "Assad" in seed_text.read_text(encoding="utf-8")


@pytest.mark.parametrize("variable", sorted(SEEN))
@pytest.mark.parametrize(("required", "outcome", "code"), [(False, "1 skipped", 0), (True, "1 error", 1)])
def test_absent_data_skip_a_test_and_fail_it_where_required(
    tmp_path: Path, variable: str, required: bool, outcome: str, code: int
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "STANDOFF_REQUIRE_DATA"}
    environment |= {variable: str(tmp_path / "absent")} | ({"STANDOFF_REQUIRE_DATA": "1"} if required else {})
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"{__file__}::{SEEN[variable]}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert outcome in done.stdout
    assert f"set {variable} to where it is" in done.stdout
    assert done.returncode == code
