from __future__ import annotations

import pandas as pd
import pytest
from tests.tasks.conftest import rows

from standoff.errors import InputError, NotFoundError
from standoff.tasks.slices import pick


@pytest.fixture
def items() -> pd.DataFrame:
    return pd.DataFrame(rows()).assign(
        topic=pd.Series(["iran", None, "a=b"], dtype=object), vote=pd.Series([True, None, False], dtype=object)
    )


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ("quoted", ["i1", "i2"]),
        ("quoted=true", ["i1", "i2"]),
        ("quoted=false", ["i0"]),
        ("vote", ["i0"]),
        ("vote=null", ["i1"]),
        ("year=2021", ["i1"]),
        ("share=0.5", ["i0", "i1", "i2"]),
        ("topic=iran", ["i0"]),
        ("topic=a=b", ["i2"]),
        ("topic=null", ["i1"]),
    ],
)
def test_a_slice_is_the_items_with_the_value(items: pd.DataFrame, wanted: str, ids: list[str]) -> None:
    found = pick(items, wanted)
    assert found["id"].to_list() == ids
    assert found.index.to_list() == list(range(len(ids)))


def test_an_unknown_column_is_refused_with_the_nearest(items: pd.DataFrame) -> None:
    with pytest.raises(NotFoundError, match="did you mean topic"):
        pick(items, "topics=iran")


def test_a_column_of_the_frame_itself_is_no_slice(items: pd.DataFrame) -> None:
    with pytest.raises(NotFoundError, match="no slice column named 'label'"):
        pick(items, "label=neg")


def test_a_column_of_values_needs_one(items: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="topic=iran"):
        pick(items, "topic")


def test_a_value_nobody_has_is_refused_with_those_there_are(items: pd.DataFrame) -> None:
    with pytest.raises(NotFoundError, match=r"one of 3 values: 2020 \(1\), 2021 \(1\), 2022 \(1\)"):
        pick(items, "year=1999")
