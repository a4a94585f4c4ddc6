"""One score over several seeds."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Spread:
    """The primary metric for each of two or more seeds.

    Args:
        values: Seed -> value, in the order of the seeds.
    """

    values: Mapping[int, float]

    @property
    def n(self) -> int:
        """Number of seeds."""
        return len(self.values)

    @property
    def mean(self) -> float:
        """Mean over the seeds."""
        return fmean(self.values.values())

    @property
    def deviation(self) -> float:
        """Sample standard deviation over the seeds (n - 1 in the denominator)."""
        return stdev(self.values.values())

    def to_json(self) -> dict[str, Any]:
        """Return the values and what is made of them, ready for JSON."""
        return {
            "values": [{"seed": seed, "value": value} for seed, value in self.values.items()],
            "mean": self.mean,
            "standard_deviation": self.deviation,
            "smallest": min(self.values.values()),
            "largest": max(self.values.values()),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Spread:
        """Return what :meth:`to_json` was made of."""
        return cls({one["seed"]: one["value"] for one in stored["values"]})
