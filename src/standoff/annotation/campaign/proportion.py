"""Shares with their intervals."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z = 1.959963984540054
"""The standard normal quantile of a two-sided interval of 95 %."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """``hits`` of ``n``; the share and its interval are None where ``n`` is 0."""

    hits: int
    n: int

    @property
    def share(self) -> float | None:
        """The share, between 0 and 1."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % score interval (Wilson 1927, Probable inference, JASA 22:209-212).

        It treats the n as independent, so that it is too narrow where several are of one article.
        """
        if not self.n:
            return None
        n, p = self.n, self.hits / self.n
        middle = p + Z**2 / (2 * n)
        half = Z * sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
        scale = 1 + Z**2 / n
        return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)

    def to_json(self) -> dict[str, float | int | None]:
        """Return hits, n, share, low and high as JSON-ready values."""
        low, high = self.interval or (None, None)
        return {"hits": self.hits, "n": self.n, "share": self.share, "low": low, "high": high}

    def __str__(self) -> str:
        """Return hits of n and the share in points of 100 with its interval."""
        if self.interval is None:
            return "none"
        low, high = self.interval
        return f"{self.hits}/{self.n}: {100 * self.hits / self.n:.0f} [{100 * low:.0f}, {100 * high:.0f}]"
