"""Numbers for people: what is not 1 does not read 1.00, nor what is not 0 as .00, nor what is not -1 as -1.00."""

from __future__ import annotations

NOISE = 1e-9
"""What is nearer to -1, 0 or 1 is one of them: sums in floating point say no more."""


def rounded(value: float, decimals: int = 2, *, unit: int = 1) -> str:
    """Return a value times ``unit``, rounded; with up to two decimals more where it would read -1, 0 or 1 falsely.

    What even these do not tell apart is rounded away from the number that it is not, as in 0.9999 and 0.0001.

    Args:
        value: A coefficient, or a share.
        decimals: How many decimals do as a rule.
        unit: 100 for percent.
    """
    landmarks = [landmark for landmark in (-1, 0, 1) if abs(value - landmark) < NOISE]
    if landmarks:
        return f"{landmarks[0] * unit:.{decimals}f}"
    for places in range(decimals, decimals + 3):
        text = f"{value * unit:.{places}f}"
        if float(text) not in {-unit, 0, unit}:
            return text
    step = 10.0 ** -(decimals + 2)
    nearest = round(value)
    return f"{nearest * unit + (step if value > nearest else -step):.{decimals + 2}f}"


def number(value: float) -> str:
    """Return a coefficient with two decimals or more and without its leading zero, as in ``.81`` and ``-.03``."""
    text = rounded(value)
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def percent(value: float, decimals: int = 0) -> str:
    """Return a share in percent, without the sign: ``100`` only where it is all, ``0`` only where it is none."""
    return rounded(value, decimals, unit=100)
