"""Stresses on targets: the text stays, what is asked of it is another thing, and the label follows by rule."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from standoff.files import sha256_text
from standoff.records import BoardLabel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from standoff.tasks.stress.items import Item
    from standoff.tasks.task import LoadedTask, Task

CONFLICT = "conflict_id"
"""The column that says which conflict an item is about, and with it its target."""

_CAPITALISED = re.compile(r"\b[A-Z]\w+")

# One statement with one verb to negate, and no clause beside it that the negation might be of.
_NEGATABLE = re.compile(r"(?P<before>[^.;:?!]+ (?P<verb>should|is)) (?!not\b)(?P<after>[^.;:?!]+\.?)")
_VERBS = re.compile(r"\b(?:should|is|are)\b")


def target_swapped(loaded: LoadedTask, items: Sequence[Item]) -> Iterator[Item]:
    """Yield items toward a proposition of another conflict, toward which the label is the one for no position.

    It is sound where a text is judged by what it says and not by what is known of the actor, as the codebook of
    the corpus has it, and the proposition is about a conflict that the text does not mention: a text about Niger
    says nothing on Kosovo. So only tasks are changed whose items say which conflict they are about
    (``conflict_id``), and which have a label that the board calls none. Sets on one topic have no such target:
    what a sentence on global warming implies of energy policy, nobody has judged.

    Of the propositions whose names (those that no proposition of the item's own conflict has) are not in the text,
    one is drawn by the item's id.
    """
    nothing = _only_label(loaded.task, BoardLabel.NONE)
    if nothing is None or CONFLICT not in loaded.frame:
        return
    by_conflict: dict[str, set[str]] = {}
    for conflict, target in zip(loaded.frame[CONFLICT], loaded.frame["target"], strict=True):
        by_conflict.setdefault(conflict, set()).add(target)
    for item in items:
        own = item.slices[CONFLICT]
        known = {name for target in by_conflict[own] for name in _CAPITALISED.findall(target)}
        foreign = [
            target
            for conflict in sorted(set(by_conflict) - {own})
            for target in sorted(by_conflict[conflict])
            if _is_foreign(set(_CAPITALISED.findall(target)) - known, item.text)
        ]
        if foreign:
            drawn = int(sha256_text(f"target_swapped:{item.id}"), 16) % len(foreign)
            yield replace(item, target=foreign[drawn], target_spans=(), label=nothing)


def _is_foreign(names: set[str], text: str) -> bool:
    """Return whether there are names, and none of them is in the text, even as the beginning of a word."""
    return bool(names) and not any(re.search(rf"\b{re.escape(name)}", text) for name in names)


def target_negated(loaded: LoadedTask, items: Sequence[Item]) -> Iterator[Item]:
    """Yield items toward the negated proposition, with the labels for support and oppose exchanged; none stays.

    Who is for it that X should do Y is against it that X should not do Y, and the other way round; who takes no
    position on the one takes none on the other. Only propositions of one clause with one "should" or "is" are
    negated: of a motion with several clauses the negation of one is not the negation of the whole, and a name or a
    topic cannot be negated.
    """
    support, oppose = (_only_label(loaded.task, label) for label in (BoardLabel.SUPPORT, BoardLabel.OPPOSE))
    if support is None or oppose is None:
        return
    opposite = {support: oppose, oppose: support}
    for item in items:
        if negated := _negated(item.target):
            yield replace(item, target=negated, target_spans=(), label=opposite.get(item.label, item.label))


def _negated(target: str) -> str | None:
    found = _NEGATABLE.fullmatch(target)
    if found is None or len(_VERBS.findall(target)) != 1 or target.startswith("That "):
        return None
    return f"{found['before']} not {found['after']}"


def _only_label(task: Task, board_label: BoardLabel) -> str | None:
    """Return the task's one label for a label of the board; None where it has none, or several."""
    found = [name for name, label in (task.board_map or {}).items() if label == board_label]
    return found[0] if len(found) == 1 else None
