"""When a shortcut is worth a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from standoff.tasks.audits.findings import ABOVE_CHANCE, find
from standoff.tasks.audits.leaks import find_leaks
from standoff.tasks.audits.shortcuts import Shortcut, Shortcuts
from standoff.tasks.audits.texts import check_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from standoff.tasks.task import LoadedTask

    Load = Callable[[Sequence[dict[str, Any]]], LoadedTask]


@pytest.mark.parametrize(
    ("value", "low", "expected"),
    [
        (0.9, 0.4 + ABOVE_CHANCE + 0.001, ["shortcut-actor"]),
        (0.9, 0.4 + ABOVE_CHANCE - 0.001, []),  # above chance, but by too little to be sure
        (0.9, None, []),  # too few groups to be sure of anything
        (None, None, []),
    ],
)
def test_the_lower_end_must_be_above_chance_by_the_margin(
    load: Load, value: float | None, low: float | None, expected: list[str]
) -> None:
    clean = load([{}, {"split": "test"}])
    model = Shortcut("actor", value, low, None, none_because=None)
    shortcuts = Shortcuts(n=1, chance=0.4, majority=0.3, models=(model,), none_because=None)
    findings = find(find_leaks(clean), (), check_texts(clean.frame), shortcuts)
    assert [(one.id, one.count, one.unit, one.examples) for one in findings] == [
        (name, 1, "models", ()) for name in expected
    ]
