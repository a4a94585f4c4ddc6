"""Numbers for people: -1, 0 and 1 are printed only where they are meant."""

from __future__ import annotations

import pytest

from standoff.annotation.agreement.rounding import number, percent, rounded


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.812, ".81"),
        (-0.034, "-.03"),
        (1.0, "1.00"),
        (-1.0, "-1.00"),
        (0.0, ".00"),
        (-0.0, ".00"),
        (1e-12, ".00"),
        (-1e-12, ".00"),
        (1 - 1e-12, "1.00"),
        (0.9961, ".996"),
        (0.99961, ".9996"),
        (0.99999, ".9999"),
        (-0.999, "-.999"),
        (-0.99999, "-.9999"),
        (-0.004, "-.004"),
        (0.004, ".004"),
        (0.00001, ".0001"),
        (-0.00001, "-.0001"),
        (-1.5, "-1.50"),
    ],
)
def test_coefficients(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1, "100"), (0, "0"), (0.93, "93"), (0.996, "99.6"), (0.9996, "99.96"), (0.999999, "99.99"), (0.004, "0.4")],
)
def test_shares(value: float, text: str) -> None:
    assert percent(value) == text


def test_decimals() -> None:
    assert [rounded(value, 3) for value in (1, 0.9996, 0.5)] == ["1.000", "0.9996", "0.500"]
    assert percent(0.9996, 1) == "99.96"
