"""A sealed round, made once: tests that change a file copy it."""

from __future__ import annotations

import pytest
from tests.tasks.sealed.rounds import Round, sealed_round


@pytest.fixture(scope="package")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Round:
    """A round with the made-up task; not to be written to."""
    return sealed_round(tmp_path_factory.mktemp("zoo"))
