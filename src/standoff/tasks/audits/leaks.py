"""What stands twice in a task: within a split, across splits, under two labels, and groups that splits cut."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from standoff.tasks.duplicates import Duplicates, has_word, words
from standoff.tasks.frame import SPLITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from standoff.tasks.frame import Span
    from standoff.tasks.task import LoadedTask

Question = tuple[int, str, str, tuple[int, ...]]
"""What an item asks: the number of its text's words, its actor, its target."""

EXAMPLES = 20
"""How many ids of items stand with a count."""

OTHER_FOLDS = "the other folds"


@dataclass(frozen=True, slots=True)
class Counted:
    """A number of items and the ids of the first twenty, in the order of the task."""

    count: int
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Across:
    """Items of a split whose text also stands in an earlier split, or in another fold.

    Attributes:
        split: The split or fold.
        against: The earlier split, or :data:`OTHER_FOLDS`.
        n: Number of items in the split.
        exact: Items with the same words there.
        same_question: Those of them that have the same actor and target there too.
        same_label: Those of them that have the same label there too, so that memory alone answers them.
        near: Items with a near duplicate there, and not the same words.
    """

    split: str
    against: str
    n: int
    exact: Counted
    same_question: int
    same_label: int
    near: Counted


@dataclass(frozen=True, slots=True)
class Within:
    """What a split repeats.

    Attributes:
        split: The split or fold.
        n: Number of items in it.
        n_texts: Number of different texts in it.
        exact: Items whose words, actor and target an earlier item of the split has. One text with several actors
            or targets is how many tasks are made, and is not counted.
        near: Items that bring a text new to the split, which a chain of near duplicates joins to one before.
    """

    split: str
    n: int
    n_texts: int
    exact: Counted
    near: Counted


@dataclass(frozen=True, slots=True)
class Leaks:
    """What stands twice.

    Attributes:
        across: By pair of splits; see :class:`Across`.
        exact_across: Items with the same words in any earlier split or other fold.
        near_across: Items with a near duplicate there, and not the same words.
        within: By split.
        contradictory: Items with the same words, actor and target as another, and another label.
        n_contradictory_inputs: How many inputs these are.
        in_cut_groups: Items of a later split whose group has items in an earlier one; with folds, all items of
            groups that are in several folds.
        n_cut_groups: How many groups these are.
        n_limited: Texts so like many others that they were not compared with all candidates for near duplicates;
            see :mod:`standoff.tasks.near`.
    """

    across: tuple[Across, ...]
    exact_across: Counted
    near_across: Counted
    within: tuple[Within, ...]
    contradictory: Counted
    n_contradictory_inputs: int
    in_cut_groups: Counted
    n_cut_groups: int
    n_limited: int


def counted(ids: Iterable[str]) -> Counted:
    """Return the number of ids, and the first twenty."""
    found = list(ids)
    return Counted(len(found), tuple(found[:EXAMPLES]))


def comparisons(loaded: LoadedTask) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return (split, name of the others, the others): a split with each earlier one, or a fold with the rest."""
    if folds := loaded.folds:
        return [(fold, OTHER_FOLDS, tuple(one for one in folds if one != fold)) for fold in folds]
    here = [name for name in SPLITS if (loaded.frame["split"] == name).any()]
    return [(name, earlier, (earlier,)) for place, name in enumerate(here) for earlier in here[:place]]


def find_leaks(loaded: LoadedTask) -> Leaks:
    """Return what stands twice in a task."""
    frame = loaded.frame
    ids, labels = list(frame["id"]), list(frame["label"])
    duplicates = Duplicates(list(frame["text"]))
    questions = _questions(frame, duplicates.same())
    across, exact_in_any, near_in_any = [], set[str](), set[str]()
    for split, against, others in comparisons(loaded):
        parts = list(frame["split"])
        twins = duplicates.twins(parts, [others if part == split else () for part in parts])
        exact = [row for row, twin in enumerate(twins) if twin is not None and twin.exact]
        near = [row for row, twin in enumerate(twins) if twin is not None and not twin.exact]
        there = [row for row, part in enumerate(parts) if part in others]
        asked = {questions[row] for row in there}
        answered = {(questions[row], labels[row]) for row in there}
        across.append(
            Across(
                split=split,
                against=against,
                n=parts.count(split),
                exact=counted(ids[row] for row in exact),
                same_question=sum(questions[row] in asked for row in exact),
                same_label=sum((questions[row], labels[row]) in answered for row in exact),
                near=counted(ids[row] for row in near),
            )
        )
        exact_in_any.update(ids[row] for row in exact)
        near_in_any.update(ids[row] for row in near)
    only_near = near_in_any - exact_in_any
    contradictory = _contradictory(questions, labels)
    cut_groups, in_cut_groups = _cut_groups(loaded)
    within = _within(frame, questions, duplicates.clusters(), loaded.folds or SPLITS)
    return Leaks(
        across=tuple(across),
        exact_across=counted(item for item in ids if item in exact_in_any),
        near_across=counted(item for item in ids if item in only_near),
        within=tuple(within),
        contradictory=counted(
            item for item, question in zip(ids, questions, strict=True) if question in contradictory
        ),
        n_contradictory_inputs=len(contradictory),
        in_cut_groups=in_cut_groups,
        n_cut_groups=cut_groups,
        n_limited=duplicates.limited(),
    )


def _within(
    frame: pd.DataFrame, questions: Sequence[Question], clusters: Sequence[int], names: Iterable[str]
) -> list[Within]:
    ids, parts = list(frame["id"]), list(frame["split"])
    found = []
    for name in names:
        rows = [row for row, part in enumerate(parts) if part == name]
        if not rows:
            continue
        texts = [
            row for row, again in zip(rows, _again([questions[row][0] for row in rows]), strict=True) if not again
        ]
        exact = _again([questions[row] for row in rows])
        near = _again([clusters[row] for row in texts])
        found.append(
            Within(
                split=name,
                n=len(rows),
                n_texts=len(texts),
                exact=counted(ids[row] for row, again in zip(rows, exact, strict=True) if again),
                near=counted(ids[row] for row, again in zip(texts, near, strict=True) if again),
            )
        )
    return found


def _again(values: Sequence[object]) -> list[bool]:
    """Return for each value whether it stood before."""
    first: dict[object, int] = {}
    return [first.setdefault(value, place) != place for place, value in enumerate(values)]


def _questions(frame: pd.DataFrame, same: Sequence[int]) -> list[Question]:
    """Return what each item asks: its words, actor and target, and where these stand, counted in words.

    The place tells apart two mentions of one name in a text; it is looked at only where the rest is equal.
    """
    asked = list(zip(same, frame["actor"], frame["target"], strict=True))
    often = {question for question, n in Counter(asked).items() if n > 1}
    spans = zip(frame["text"], frame["actor_spans"], frame["target_spans"], strict=True)
    return [
        (*question, _places(*rest)) if question in often else (*question, ())
        for question, rest in zip(asked, spans, strict=True)
    ]


def _places(text: str, actor_spans: list[Span], target_spans: list[Span]) -> tuple[int, ...]:
    actor = [_words_before(text, start) for start, _ in actor_spans]
    target = [_words_before(text, start) for start, _ in target_spans]
    return len(actor), *actor, *target


def _words_before(text: str, start: int) -> int:
    before = text[:start]
    return len(words(before).split(" ")) if has_word(before) else 0


def _contradictory(questions: Sequence[Question], labels: Sequence[str]) -> set[Question]:
    """Return the questions that have more than one label."""
    answers = set(zip(questions, labels, strict=True))
    return {question for question, n in Counter(question for question, _ in answers).items() if n > 1}


def _cut_groups(loaded: LoadedTask) -> tuple[int, Counted]:
    frame, folds = loaded.frame, loaded.folds
    homes: dict[str, set[str]] = {}
    for group, part in zip(frame["group"], frame["split"], strict=True):
        homes.setdefault(group, set()).add(part)
    cut = {group for group, parts in homes.items() if len(parts) > 1}
    first = {group: next(name for name in SPLITS if name in homes[group]) for group in cut if not folds}
    items = counted(
        item
        for item, group, part in zip(frame["id"], frame["group"], frame["split"], strict=True)
        if group in cut and part != first.get(group)
    )
    return len(cut), items
