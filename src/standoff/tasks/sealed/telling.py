"""Ids that tell: where the name of an item says its label, hiding the label is of no use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from standoff.errors import RefusedError, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

FEWEST = 5
SHARE = 0.2
RIGHT = 0.9
"""Ids tell if they name a label for so many items, and for this share of all, and this share of them is right."""


def refuse_telling(items: pd.DataFrame, labels: Sequence[str], where: str) -> None:
    """Refuse items whose ids or groups name their labels.

    A label is named by a text that has its words, letter case apart: ``for/ann-1`` and ``For1`` name ``for``. What
    all items name, as the name of a set might, says nothing of any one; neither does a text that names several.

    Args:
        items: With the columns id, group, label.
        labels: The inventory.
        where: The task, for the message.

    Raises:
        RefusedError: They do.
    """
    for column in ("id", "group"):
        guesses = _guesses(list(items[column]), labels)
        told = [
            (text, label) for text, label in zip(items[column], items["label"], strict=True) if text in guesses
        ]
        right = [text for text, label in told if guesses[text] == label]
        if len(told) >= max(FEWEST, SHARE * len(items)) and len(right) >= RIGHT * len(told):
            raise RefusedError(
                f"the {column} says the label of {len(right)} of {len(items)} items, as {shorten(right[0])} does",
                where=where,
                expected="ids and groups that say nothing of labels: they are published with the items",
                remedy=f"give the items another {column}; a task file says it in columns.{column}",
            )


def _guesses(texts: Sequence[str], labels: Iterable[str]) -> Mapping[str, str]:
    """Return text -> the one label that it names and not all texts do."""
    words = {label: found for label in labels if (found := _words(label))}
    named = {text: _named(_words(text), words) for text in texts}
    everywhere = set.intersection(*named.values())
    return {text: min(left) for text, found in named.items() if len(left := found - everywhere) == 1}


def _named(text: str, words: Mapping[str, str]) -> set[str]:
    found = {label for label, own in words.items() if own in text}
    # "strongly for" is not "for" as well.
    return {one for one in found if not any(one != other and words[one] in words[other] for other in found)}


def _words(text: str) -> str:
    """Return the words and numbers of a text with a bar around each, so that words are found whole."""
    return "".join(f"|{word}|" for word in re.findall(r"[^\W\d_]+|\d+", text.casefold()))
