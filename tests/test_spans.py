from __future__ import annotations

import numpy as np
import pytest

from standoff.spans import are_spans, is_span


@pytest.mark.parametrize(("start", "end"), [(0, 1), (0, 5), (4, 5), (np.int64(1), np.int32(3))])
def test_a_span_lies_inside_its_text(start: object, end: object) -> None:
    assert is_span(start, end, 5)
    assert are_spans([(0, 1), (start, end)], 5)
    assert are_spans([[start, end]], 5)


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 6), (-1, 3), (3, 3), (4, 2), (0.0, 3.0), (False, True), (0, True), ("0", "3"), (None, 3), (0, None)],
)
def test_what_is_no_span(start: object, end: object) -> None:
    assert not is_span(start, end, 5)
    assert not are_spans([(0, 1), (start, end)], 5)


def test_no_spans_are_spans_of_any_text() -> None:
    assert are_spans([], 0)
    assert are_spans((), 5)
    assert not are_spans([(0, 1)], 0)


@pytest.mark.parametrize("value", [None, 3, "01", b"01", [1, 2], [(0, 1, 2)], [(0,)], ["01"], [{0, 1}], {"a": 1}])
def test_what_is_no_list_of_pairs(value: object) -> None:
    assert not are_spans(value, 5)
