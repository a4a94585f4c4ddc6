"""Real ratings: eight of each sentence of GWSD."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from standoff.annotation.agreement.ratings import Ratings

LABELS = ("disagrees", "neutral", "agrees")


def read_gwsd(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "gwsd" / "GWSD.tsv", sep="\t")


def gwsd_ratings(frame: pd.DataFrame) -> Ratings:
    return Ratings.from_array(frame[[f"worker_{number}" for number in range(8)]].to_numpy(), LABELS)


@pytest.fixture(scope="session")
def gwsd(shared_data: Path) -> Ratings:
    """All 2,300 rows."""
    return gwsd_ratings(read_gwsd(shared_data))


@pytest.fixture(scope="session")
def gwsd_with_posterior(shared_data: Path) -> Ratings:
    """The 2,050 rows that are not the screen sentences of each batch."""
    frame = read_gwsd(shared_data)
    return gwsd_ratings(frame[frame["agree"].notna()])
