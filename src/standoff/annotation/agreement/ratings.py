"""Who gave which label to which unit, and the distinct patterns of that with their counts.

Agreement depends on the ratings only through how often each pattern of labels occurs (within each group, where
groups are resampled). A million units of three coders and three labels have at most 64 patterns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from standoff.errors import InputError, listed, shorten, unknown_name

if TYPE_CHECKING:
    import pandas as pd

    from standoff.evaluation.metrics import IntArray

MISSING = -1
"""The value of a unit that a coder did not rate."""

Row: TypeAlias = tuple[Hashable, str, str | None] | tuple[Hashable, str, str | None, Hashable]
"""Unit, coder, label (None: not rated) and, in all rows or in none, the group."""


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """The labels that C coders gave to U units.

    The order of the units never matters.

    Attributes:
        values: Shape (U, C), read-only: the position of each label in ``labels``, or -1 where not rated.
        labels: The label inventory, in its order.
        coders: The C coders.
        units: The U units.
        groups: Shape (U,), numbers from 0 to U - 1: equal ones mark units that are resampled together, such as
            those of one article. None where each unit is resampled by itself.

    Raises:
        InputError: The lengths differ, a value is out of range, or a label, coder or unit occurs twice.
    """

    values: npt.NDArray[np.int16]
    labels: tuple[str, ...]
    coders: tuple[str, ...]
    units: Sequence[Hashable]
    groups: IntArray | None = None

    def __post_init__(self) -> None:
        values = np.asarray(self.values)
        if values.ndim != 2 or values.dtype.kind not in "iu":
            raise InputError("ratings are whole numbers, a row per unit and a column per coder", got=values)
        for what, names in (("label", self.labels), ("coder", self.coders), ("unit", self.units)):
            if not isinstance(names, range) and len(set(names)) != len(names):
                raise InputError(f"a {what} occurs twice among the {what}s", got=_most_frequent(names))
        lengths = (len(self.units), len(self.coders))
        if values.shape != lengths or (self.groups is not None and self.groups.shape != lengths[:1]):
            groups = "" if self.groups is None else f", groups of shape {self.groups.shape}"
            raise InputError(
                "the lengths differ",
                got=f"values of shape {values.shape}, {lengths[0]} units, {lengths[1]} coders{groups}",
            )
        if values.size and not (values.min() >= MISSING and values.max() < len(self.labels)):
            raise InputError(
                "a rating is out of range",
                got=int(values.min()) if values.min() < MISSING else int(values.max()),
                expected=f"the position of one of {len(self.labels)} labels, or -1 where not rated",
            )
        if self.groups is not None and np.any((self.groups < 0) | (self.groups >= lengths[0])):
            raise InputError("a group is out of range", expected="numbers from 0, below the number of units")
        own = values.astype(np.int16)
        own.flags.writeable = False
        object.__setattr__(self, "values", own)

    @classmethod
    def from_rows(cls, rows: Iterable[Row], labels: Sequence[str]) -> Self:
        """Return ratings from rows (unit, coder, label) or (unit, coder, label, group).

        A label of None says not rated. Coders stand in sorted order, units in that of their first rows.

        Raises:
            InputError: A coder rates a unit twice, a label is not in ``labels``, a unit is in two groups, or some
                rows have a group and some have none.
        """
        taken = list(rows)
        if len(widths := {len(row) for row in taken}) > 1 or not widths <= {3, 4}:
            raise InputError("rows are all (unit, coder, label), or all (unit, coder, label, group)", got=widths)
        unit_at = {unit: place for place, unit in enumerate(dict.fromkeys(row[0] for row in taken))}
        coder_at = {coder: place for place, coder in enumerate(sorted({row[1] for row in taken}))}
        label_at: dict[str | None, int] = {None: MISSING, **{label: place for place, label in enumerate(labels)}}
        values = np.full((len(unit_at), len(coder_at)), MISSING, dtype=np.int16)
        seen: set[tuple[int, int]] = set()
        problems: list[str] = []
        group_of: dict[int, Hashable] = {}
        for unit, coder, label, *group in taken:
            cell = (unit_at[unit], coder_at[coder])
            if cell in seen:
                problems.append(f"{shorten(coder)} rates {shorten(unit)} twice")
            elif label not in label_at:
                problems.append(f"{shorten(coder)} gives {shorten(unit)} the unknown label {shorten(label)}")
            elif group and group_of.setdefault(cell[0], group[0]) != group[0]:
                problems.append(f"{shorten(unit)} is in the groups {group_of[cell[0]]!r} and {group[0]!r}")
            else:
                values[cell] = label_at[label]
            seen.add(cell)
        if problems:
            expected = f"each coder once on each unit; the labels {', '.join(labels)}"
            raise InputError(f"{len(problems)} ratings do not fit:\n{listed(problems)}", expected=expected)
        groups = _numbered([group_of[number] for number in range(len(unit_at))]) if widths == {4} else None
        return cls(values, tuple(labels), tuple(coder_at), tuple(unit_at), groups)

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        labels: Sequence[str],
        *,
        unit: str = "unit",
        coder: str = "coder",
        label: str = "label",
        group: str | None = None,
    ) -> Self:
        """Return ratings from a frame with a row per rating; a missing label says not rated.

        Args:
            frame: One row per unit and coder.
            labels: The label inventory, in its order.
            unit: Name of the column of units.
            coder: Name of the column of coders.
            label: Name of the column of labels.
            group: Name of the column of groups; without it each unit is resampled by itself.

        Raises:
            InputError: A column is missing, or as :meth:`from_rows`.
        """
        columns = [unit, coder, label, *([group] if group is not None else [])]
        if lacking := [name for name in columns if name not in frame.columns]:
            raise InputError(
                "the frame lacks columns", got=lacking, expected=f"columns among {list(frame.columns)}"
            )
        given = frame[label].astype(object).where(frame[label].notna(), None)
        parts = [frame[name].tolist() if name != label else given.tolist() for name in columns]
        return cls.from_rows(zip(*parts, strict=True), labels)

    @classmethod
    def from_array(
        cls,
        values: npt.ArrayLike,
        labels: Sequence[str],
        *,
        coders: Sequence[str] | None = None,
        units: Sequence[Hashable] | None = None,
        groups: Sequence[Hashable] | npt.NDArray[Any] | None = None,
    ) -> Self:
        """Return ratings from an array with a row per unit and a column per coder.

        Args:
            values: Shape (U, C): positions in ``labels`` and -1 where not rated; or the labels themselves, and
                None, NaN or "" where not rated.
            labels: The label inventory, in its order.
            coders: The C coders; default "0", "1", ….
            units: The U units; default 0, 1, ….
            groups: The U units' groups; default each unit its own.

        Raises:
            InputError: A label is not in ``labels``, or as the class.
        """
        array = np.asarray(values)
        if array.ndim == 2 and array.dtype.kind in "OUS":
            array = _from_labels(array, labels)
        n_units, n_coders = array.shape if array.ndim == 2 else (0, 0)
        return cls(
            array,
            tuple(labels),
            tuple(map(str, range(n_coders))) if coders is None else tuple(coders),
            range(n_units) if units is None else units,
            None if groups is None else _numbered(groups),
        )

    def restrict(self, coders: Iterable[str]) -> Self:
        """Return the ratings of some coders, such as a pair, who keep their order.

        Raises:
            NotFoundError: No such coder.
        """
        wanted = set(coders)
        for coder in sorted(wanted - set(self.coders)):
            raise unknown_name("coder", coder, self.coders)
        places = [place for place, coder in enumerate(self.coders) if coder in wanted]
        return replace(self, values=self.values[:, places], coders=tuple(self.coders[place] for place in places))

    def keep(self, chosen: npt.NDArray[np.bool_]) -> Self:
        """Return the ratings of some units.

        Args:
            chosen: Shape (U,): whether a unit is kept.
        """
        places = np.flatnonzero(chosen).tolist()
        groups = None if self.groups is None else _numbered(self.groups[chosen])
        return replace(self, values=self.values[chosen], units=[self.units[n] for n in places], groups=groups)

    def map_labels(self, mapping: Mapping[str, str | None], labels: Sequence[str] | None = None) -> Self:
        """Return the ratings under other labels; None turns a label into not rated.

        So ``{"support": "position", "oppose": "position", "none": "none"}`` asks whether a position is seen at
        all, and ``{"support": "support", "oppose": "oppose", "none": None}`` which one, given that two saw one.

        Args:
            mapping: Every label to its new one.
            labels: The new inventory; default the new labels in the order of their first occurrence, by the
                order of the old ones.

        Raises:
            InputError: The mapping lacks a label, or leads to one that is not in ``labels``.
        """
        if lacking := [label for label in self.labels if label not in mapping]:
            raise InputError("the mapping lacks labels", got=lacking, expected="each label, None for not rated")
        new = [mapping[label] for label in self.labels]
        inventory = tuple(dict.fromkeys(label for label in new if label is not None) if labels is None else labels)
        if unknown := sorted({label for label in new if label is not None} - set(inventory)):
            raise InputError("the mapping leads to unknown labels", got=unknown, expected=", ".join(inventory))
        # One more place at the end, which is where -1 points.
        places = [MISSING if label is None else inventory.index(label) for label in new] + [MISSING]
        return replace(self, values=np.array(places, dtype=np.int16)[self.values], labels=inventory)


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """How many units of a group have a pattern, where any have: three arrays of one length.

    They are sorted by group, then pattern.
    """

    group: IntArray
    pattern: IntArray
    count: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """The distinct rows of ratings with two or more labels, and how often each occurs.

    Attributes:
        rows: Shape (P, C): positions of labels, -1 where not rated; in lexicographic order.
        counts: Shape (P,): the number of units.
        cells: The counts by group; None where each unit is its own group.
        n_groups: The number of groups that hold such a unit.
        labels: The label inventory.
        coders: The C coders.
    """

    rows: IntArray
    counts: IntArray
    cells: Cells | None
    n_groups: int
    labels: tuple[str, ...]
    coders: tuple[str, ...]

    @property
    def tallies(self) -> IntArray:
        """Shape (P, L): how many coders gave each label in each pattern."""
        return np.stack([(self.rows == place).sum(axis=1) for place in range(len(self.labels))], axis=1)

    @property
    def label_order(self) -> list[int]:
        """The labels' positions, the most frequent first, equal ones by name; whatever the inventory's order is.

        In this order nominal coefficients take labels, so that a seed draws the same for any inventory.
        """
        frequency = (self.counts @ self.tallies).tolist()
        return sorted(range(len(self.labels)), key=lambda place: (-frequency[place], self.labels[place]))

    @property
    def sorted_tallies(self) -> IntArray:
        """Shape (P, L): the tallies, labels in their :attr:`label_order`."""
        return self.tallies[:, self.label_order]

    @property
    def most_drawn(self) -> int:
        """The most units that a resample of as many groups may hold: the largest group drawn each time."""
        if self.cells is None:
            return self.n_units
        return int(np.bincount(self.cells.group, weights=self.cells.count).max(initial=0)) * self.n_groups

    @property
    def n_units(self) -> int:
        """The number of units with two or more ratings."""
        return int(self.counts.sum())

    @property
    def n_ratings(self) -> int:
        """The number of ratings of these units."""
        return int(((self.rows >= 0).sum(axis=1) * self.counts).sum())

    @property
    def n_coders(self) -> int:
        """The number of coders who rated one of these units."""
        return int((self.rows >= 0).any(axis=0).sum())


def patterns(ratings: Ratings) -> Patterns:
    """Return the distinct patterns of ratings with their counts.

    Units with fewer than two ratings hold no pair that could agree; they, and groups without other units, do not
    count (Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, section C).
    """
    values, groups = ratings.values, ratings.groups  # noqa: PD011 - ratings, not a frame
    pairable = _n_rated(values) >= 2
    if not pairable.all():
        values, groups = values[pairable], None if groups is None else groups[pairable]
    rows, counts, of_unit = _distinct_rows(values, len(ratings.labels), wanted=groups is not None)
    cells, n_groups = None, len(values)
    if groups is not None:
        present = np.bincount(groups) > 0
        key, count = np.unique((np.cumsum(present) - 1)[groups] * len(rows) + of_unit, return_counts=True)
        group, pattern = np.divmod(key, max(1, len(rows)))
        cells, n_groups = Cells(group, pattern, count), int(present.sum())
    return Patterns(rows, counts, cells, n_groups, ratings.labels, ratings.coders)


def _n_rated(values: npt.NDArray[np.int16]) -> IntArray:
    """Return how many ratings each row has; column by column, as rows are short."""
    rated = np.zeros(len(values), dtype=np.int64)
    for column in values.T:
        rated += column >= 0
    return rated


def _distinct_rows(
    values: npt.NDArray[np.int16], n_labels: int, *, wanted: bool
) -> tuple[IntArray, IntArray, IntArray]:
    """Return the distinct rows, how often each occurs and, where wanted, which of them each row is."""
    base, n_coders = n_labels + 1, values.shape[1]
    if base**n_coders >= 2**62:  # rows that fit into no 64-bit number
        distinct, of_unit, counts = np.unique(values, axis=0, return_inverse=True, return_counts=True)
        return distinct.astype(np.int64), counts, of_unit.reshape(-1)
    # A row as a number in base L + 1, whose digits are the values plus one.
    codes = np.zeros(len(values), dtype=np.int64)
    for column in values.T:
        codes *= base
        codes += column
        codes += 1
    numbers, counts = np.unique(codes, return_counts=True)
    place_values = base ** np.arange(n_coders - 1, -1, -1, dtype=np.int64)
    rows = numbers[:, None] // place_values % base - 1
    return rows, counts, np.searchsorted(numbers, codes) if wanted else counts[:0]


def _numbered(names: Sequence[Hashable] | npt.NDArray[Any]) -> IntArray:
    """Return a number from 0 for each name, equal for equal names."""
    if isinstance(names, np.ndarray) and names.ndim == 1 and names.dtype.kind in "iu":
        return np.asarray(np.unique(names, return_inverse=True)[1], dtype=np.int64)
    number = {name: place for place, name in enumerate(dict.fromkeys(names))}
    return np.fromiter((number[name] for name in names), dtype=np.int64, count=len(names))


def _from_labels(array: npt.NDArray[Any], labels: Sequence[str]) -> npt.NDArray[np.int16]:
    """Return the positions of labels in the inventory, -1 where there is none."""
    place = {label: number for number, label in enumerate(labels)}
    cells = [None if cell is None or cell != cell or cell == "" else cell for cell in array.ravel().tolist()]  # noqa: PLR0124 - NaN is what differs from itself
    unknown = [number for number, cell in enumerate(cells) if cell is not None and cell not in place]
    if unknown:
        where = (f"unit {n // array.shape[1]}, coder {n % array.shape[1]}: {shorten(cells[n])}" for n in unknown)
        raise InputError(
            f"{len(unknown)} ratings are not among the labels:\n{listed(where)}", expected=", ".join(labels)
        )
    numbers = [MISSING if cell is None else place[cell] for cell in cells]
    return np.array(numbers, dtype=np.int16).reshape(array.shape)


def _most_frequent(names: Iterable[Hashable]) -> Hashable:
    return Counter(names).most_common(1)[0][0]
