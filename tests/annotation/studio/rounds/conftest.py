"""Coders of a module's server, and campaigns that are not pushed yet."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from tests.annotation.studio.pilot import (
    CODERS,
    Coder,
    Lead,
    Pilot,
    make_pilot,
)

from standoff.annotation.studio.seats import Seat, add_coder
from standoff.annotation.studio.server import Desk

NUMBERS = count(1)


@pytest.fixture(scope="module")
def seats(desk: Desk) -> dict[str, Seat]:
    return {coder_id: add_coder(desk, coder_id) for coder_id in (*CODERS, "anna")}


@pytest.fixture(scope="module")
def coder(seats: dict[str, Seat]) -> Iterator[Coder]:
    coder = Coder(seats["model-a"])
    yield coder
    coder.close()


@pytest.fixture(scope="module")
def lead(seats: dict[str, Seat]) -> Iterator[Lead]:
    lead = Lead(seats["model-a"])
    yield lead
    lead.close()


@pytest.fixture
def pilot(tmp_path: Path, desk: Desk, seats: dict[str, Seat]) -> Pilot:
    """Three units of one coder; nothing pushed."""
    return make_pilot(tmp_path, desk, seats, f"pilot-{next(NUMBERS)}")


@pytest.fixture
def pilot_of_two(tmp_path: Path, desk: Desk, seats: dict[str, Seat]) -> Pilot:
    """Three units of two coders each."""
    return make_pilot(tmp_path, desk, seats, f"pilot-{next(NUMBERS)}", coders=CODERS)


@pytest.fixture
def pilot_with_news(tmp_path: Path, desk: Desk, seats: dict[str, Seat]) -> Pilot:
    """Units of one coder, some on a text that may not be passed on."""
    return make_pilot(tmp_path, desk, seats, f"pilot-{next(NUMBERS)}", conflicts=("norland-2001",))
