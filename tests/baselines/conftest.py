"""Made-up items over the common frame."""

from __future__ import annotations

import pandas as pd
import pytest

WORDS = {
    "none": ("spoke of the weather over", "counted the ships before", "read a report on", "took a walk around"),
    "oppose": ("refused any part in", "vetoed", "warned against", "marched against"),
    "support": ("asked for", "offers ships for", "voted for", "welcomes"),
}
ACTORS = ("Ada", "Boris Ek", "Chloé", "The Dunes League")


def made_items(labels: tuple[str, ...] = ("none", "oppose", "support"), n_groups: int = 12) -> pd.DataFrame:
    """Return items whose label follows from the words of the text, four to a group, with spans."""
    rows = []
    for group in range(n_groups):
        for number, actor in enumerate(ACTORS):
            label = labels[(group + number) % len(labels)]
            target = f"mission {number % 2}"
            text = f"On day {group} {actor} {WORDS[label][(group * 3 + number) % 4]} the {target}."
            rows.append(
                {
                    "id": f"{group}-{number}",
                    "group": f"g{group}",
                    "text": text,
                    "actor": actor,
                    "target": target,
                    "label": label,
                    "actor_spans": [(text.index(actor), text.index(actor) + len(actor))],
                    "target_spans": [(text.index(target), text.index(target) + len(target))],
                    "split": "train",
                }
            )
    return pd.DataFrame(rows)


@pytest.fixture
def items() -> pd.DataFrame:
    """Items with three labels."""
    return made_items()


@pytest.fixture
def two_label_items() -> pd.DataFrame:
    """Items with two labels."""
    return made_items(("oppose", "support"))
