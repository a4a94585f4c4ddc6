from __future__ import annotations

import json

import pytest

from standoff.experiments.spread import Spread


def test_by_hand() -> None:
    spread = Spread({5: 0.1, 6: 0.2, 7: 0.6})
    assert spread.n == 3
    assert spread.mean == pytest.approx(0.3)
    # Deviations -0.2, -0.1 and 0.3: squares add up to 0.14, over n - 1 = 2.
    assert spread.deviation == pytest.approx(0.07**0.5)


def test_what_is_stored_reads_back() -> None:
    spread = Spread({2: 0.25, 1: 0.5})
    stored = json.loads(json.dumps(spread.to_json()))
    assert stored == {
        "values": [{"seed": 2, "value": 0.25}, {"seed": 1, "value": 0.5}],
        "mean": 0.375,
        "standard_deviation": pytest.approx(0.125 * 2**0.5),
        "smallest": 0.25,
        "largest": 0.5,
    }
    assert Spread.from_json(stored) == spread
    assert list(Spread.from_json(stored).values) == [2, 1]
