"""Ways to split a task: as published, and audited, where nothing of a later split stands in an earlier one.

The audited rule, for a set with published splits: an item is left out of validation or test when its text is an
exact or near duplicate of one in an earlier split, or its group has items there. For a set without published
splits: folds, stratified by label, which cut neither a group nor a cluster of duplicates. What the rule gives for
the built-in tasks is frozen in ``sets/splits/``, one list of ids per task; a test makes each list again.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from standoff.errors import InputError, Problem, listed
from standoff.files import read_text
from standoff.tasks.frame import FOLD, SPLITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd

LISTS = Path(__file__).parent / "sets" / "splits"
FOLDS = 5
SEED = 12345
LEFT_OUT = "-"
_HEADER = "id\tsplit\tbecause"


class Change(NamedTuple):
    """A line of a split list: the item, the split it goes to or :data:`LEFT_OUT`, and why."""

    id: str
    split: str
    because: str


def as_published(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with the splits of its source."""
    return frame


def without_leaks(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with audited splits, made now by the rule of this module."""
    return apply(frame, changes(frame))


def frozen(path: Path) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Return a split set that takes its changes from a file with the text of :func:`list_text`."""
    return lambda frame: apply(frame, read_list(path))


def apply(frame: pd.DataFrame, changed: Sequence[Change]) -> pd.DataFrame:
    """Return the frame with the changes made, without the items left out; ids it does not have are ignored."""
    new = {change.id: change.split for change in changed}
    split = [new.get(item, old) for item, old in zip(frame["id"], frame["split"], strict=True)]
    return frame.assign(split=split)[[name != LEFT_OUT for name in split]].reset_index(drop=True)


def changes(frame: pd.DataFrame, *, folds: int = FOLDS, seed: int = SEED) -> list[Change]:
    """Return what the audited rule changes, in the order of the frame.

    Args:
        frame: A task's frame as its source splits it; the column ``split`` is empty where there are no splits.
        folds: How many folds to make where there are no splits.
        seed: Seed of their shuffling.

    Raises:
        InputError: Some items have a split and others have none, or the items cannot fill the folds.
    """
    split = frame["split"]
    if (split == "").all():
        return _folds(frame, folds, seed)
    if not split.isin(SPLITS).all():
        strange = sorted(set(split) - set(SPLITS))
        raise InputError("splits are mixed", got=strange, expected="train, validation and test, or none at all")
    return list(_leaks(frame))


def _leaks(frame: pd.DataFrame) -> list[Change]:
    from standoff.tasks.duplicates import Duplicates  # noqa: PLC0415 - rensa loads only where duplicates are sought

    ids, splits = list(frame["id"]), list(frame["split"])
    earlier = {name: SPLITS[:place] for place, name in enumerate(SPLITS)}
    twins = Duplicates(list(frame["text"])).twins(splits, [earlier[name] for name in splits])
    homes: dict[str, set[str]] = {}
    for group, name in zip(frame["group"], splits, strict=True):
        homes.setdefault(group, set()).add(name)
    found = []
    for item, name, group, twin in zip(ids, splits, frame["group"], twins, strict=True):
        shared = [other for other in earlier[name] if other in homes[group]]
        if twin is not None:
            kind = "same words as" if twin.exact else f"near duplicate ({twin.similarity:.2f}) of"
            found.append(Change(item, LEFT_OUT, f"{kind} {ids[twin.item]} of {splits[twin.item]}"))
        elif shared:
            found.append(Change(item, LEFT_OUT, f"group {group} is in {shared[0]}"))
    return found


def _folds(frame: pd.DataFrame, folds: int, seed: int) -> list[Change]:
    whole = _whole(frame)
    n_groups, most = len(set(whole)), int(frame["label"].value_counts().max())
    number = np.zeros(len(frame), dtype=int)
    if min(n_groups, most) >= folds:
        for fold, held_out in enumerate(_held_out(frame, whole, folds, seed), start=1):
            number[held_out] = fold
    if len(set(number) - {0}) < folds:
        raise InputError(
            f"{len(frame)} items in {n_groups} groups cannot fill {folds} folds",
            expected="at least one group for each fold, and a label with as many items; duplicates are one group",
            remedy="name a finer column as group, or ask for fewer folds",
        )
    return [Change(item, f"fold-{fold}", "") for item, fold in zip(frame["id"], number, strict=True)]


def _held_out(frame: pd.DataFrame, whole: Sequence[int], folds: int, seed: int) -> Iterator[Sequence[int]]:
    from sklearn.model_selection import StratifiedGroupKFold  # noqa: PLC0415 - a second that reading need not pay

    splitter = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # A rare label cannot be in every fold; the audit says how far the folds differ.
        warnings.filterwarnings("ignore", message="The least populated class", category=UserWarning)
        yield from (held_out for _, held_out in splitter.split(frame, frame["label"], groups=whole))


def _whole(frame: pd.DataFrame) -> list[int]:
    """Return a number per item, equal where groups or duplicates say that two must not be parted.

    Numbers are in the order of first items: the folds depend on them, and should not on how duplicates are found.
    """
    from scipy.sparse import coo_array  # noqa: PLC0415 - comes with scikit-learn, and loads with it
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    from standoff.tasks.duplicates import Duplicates  # noqa: PLC0415 - as above

    clusters = np.asarray(Duplicates(list(frame["text"])).clusters())
    groups, _ = frame["group"].factorize()
    shift = len(frame)  # clusters and groups are the two sides of a graph whose edges are items
    edges = coo_array((np.ones(shift), (clusters, groups + shift)), shape=(2 * shift, 2 * shift))
    _, component = connected_components(edges, directed=False)
    numbers: dict[int, int] = {}
    return [numbers.setdefault(int(one), len(numbers)) for one in component[clusters]]


def read_list(path: Path) -> list[Change]:
    """Return the changes in a split list.

    Raises:
        NotFoundError: No such file.
        InputError: The header is wrong, a line has not three fields, an id stands twice, or a split is neither one
            of train, validation and test, nor a fold, nor left out.
    """
    header, *lines = read_text(path).removesuffix("\n").split("\n")
    problems = [] if header == _HEADER else [Problem("line 1", f"{header!r} is not the header")]
    found: dict[str, Change] = {}
    for number, line in enumerate(lines, start=2):
        where, fields = f"line {number}", line.split("\t")
        if len(fields) != len(Change._fields):
            problems.append(Problem(where, f"{line!r} has not three fields"))
            continue
        change = Change(*fields)
        if change.id in found:
            problems.append(Problem(where, f"the id {change.id!r} stands twice"))
        if change.split not in (*SPLITS, LEFT_OUT) and not FOLD.fullmatch(change.split):
            problems.append(Problem(where, f"{change.split!r} is not a split"))
        found[change.id] = change
    if problems:
        raise InputError(
            f"is not a split list:\n{listed(problems)}",
            where=path,
            expected=f"the header {_HEADER!r}, then three fields a line: an id, a split or {LEFT_OUT!r}, a reason",
            remedy="`standoff tasks split` writes such a list",
        )
    return list(found.values())


def list_text(changed: Sequence[Change]) -> str:
    """Return the text of a split list: a header, then a line of three fields per change.

    Raises:
        InputError: An id or a reason has a tab or a line end in it.
    """
    for change in changed:
        if any(set(field) & set("\t\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029") for field in change):
            raise InputError("an id in a split list may have no tab and no line end", got=change.id)
    return "".join(f"{line}\n" for line in (_HEADER, *("\t".join(change) for change in changed)))
