"""What a task declares about itself, and what loading one gives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from standoff.errors import InputError, NotFoundError, listed, unknown_name
from standoff.records import BoardLabel
from standoff.tasks.coder_labels import check_coder_labels
from standoff.tasks.frame import COLUMNS, FOLD, SPLITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import pandas as pd

    from standoff.tasks.getting.source import Source

FOLDS = "folds"
"""Name of all items of a cross-validated task together: each is predicted by a model that saw the other folds."""

BOARD_LABELS = tuple(label.value for label in BoardLabel)


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """A task: what is classified, who labelled it, on what terms, and how it is read.

    Everything is declared, nothing has a default. Tasks are compared by identity.

    Args:
        name: Lower-case name, as in ``standoff evaluate --task seesaw``.
        version: Raised whenever the frame changes for the same upstream files.
        title: The dataset's title.
        description: What an item is, and what a reader must know before using the numbers.
        language: BCP 47 tag.
        label_kind: Who made the labels; scores on model-made labels stand apart on the board.
        annotators: Who labelled, and how many labelled each item.
        agreement: The published agreement, or None when none was found.
        licence: SPDX expression of the data.
        terms: One sentence shown by ``standoff tasks get``; says so where use is non-commercial.
        citation: BibTeX.
        homepage: Address of the dataset.
        labels: The label inventory in the order every metric uses.
        metric: The primary metric.
        paper_metric: The metric of the dataset's paper where it is one that every score has; None otherwise.
        paper_scores: What the paper scores by, in words.
        board_map: Native label -> board label, or None when the labels do not mean a stance.
        board_map_reason: Why ``board_map`` is None; None otherwise.
        holder: What the column ``actor`` names; empty when the task has no actors.
        target_kind: What the column ``target`` names; empty when the task has no targets.
        variants: Name -> description; the first is the default.
        default_moves: Whether the default variant changes in time (the newest release), so that addresses name it.
        made_with_label: Slice column -> how it depends on the gold label. Nobody has these columns before the
            label is made: they say on what kind of item a system errs, and would give the label away as input.
        split_sets: Name of a way to split -> what makes it of the frame that ``read`` gives; see
            :mod:`standoff.tasks.split_sets`. The first is the default.
        source: Where the files come from, or None when they come with the package.
        read: Gives the frame of a variant, with the splits of its source, which are empty where it has none.
            Takes the folder of the files (the package's own folder when ``source`` is None) and the variant's
            name.
        coder_labels: Gives the labels that each coder gave, of which the gold label was made (columns ``id``,
            ``coder``, ``label``, see :mod:`standoff.tasks.coder_labels`); takes what ``read`` takes. None where
            upstream publishes one label per item, or labels that were reconciled: those say nothing of what a
            coder reaches alone. Who the coders are is what ``label_kind`` says.

    Raises:
        InputError: The declaration contradicts itself.
    """

    name: str
    version: int
    title: str
    description: str
    language: str
    label_kind: Literal["human", "model"]
    annotators: str
    agreement: str | None
    licence: str
    terms: str
    citation: str
    homepage: str
    labels: tuple[str, ...]
    metric: Literal["macro_f1"]
    paper_metric: Literal["macro_f1", "accuracy"] | None
    paper_scores: str
    board_map: Mapping[str, Literal["support", "oppose", "none"]] | None
    board_map_reason: str | None
    holder: str
    target_kind: str
    variants: Mapping[str, str]
    default_moves: bool
    made_with_label: Mapping[str, str]
    split_sets: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]]
    source: Source | None
    read: Callable[[Path, str], pd.DataFrame]
    coder_labels: Callable[[Path, str], pd.DataFrame] | None

    def __post_init__(self) -> None:
        problems = list(_contradictions(self))
        if problems:
            raise InputError(f"the task contradicts itself:\n{listed(problems)}", where=f"task {self.name}")

    def pick_variant(self, name: str | None) -> str:
        """Return ``name`` when the task has that variant, the default one for None.

        Raises:
            NotFoundError: The task has no such variant.
        """
        return _pick("variant", name, tuple(self.variants), self.name)

    def pick_split_set(self, name: str | None) -> str:
        """Return ``name`` when the task has that split set, the default one for None.

        Raises:
            NotFoundError: The task has no such split set.
        """
        return _pick("split set", name, tuple(self.split_sets), self.name)


@dataclass(frozen=True, kw_only=True, eq=False)
class LoadedTask:
    """A task with its items.

    Args:
        task: The declaration.
        variant: Which variant the frame is.
        split_set: Which split set the column ``split`` is.
        folder: Where the frame was read from: what the declaration's functions take.
        frame: The checked frame; see :func:`standoff.tasks.frame.check_frame`.
        digest: Its sha256; see :func:`standoff.tasks.frame.frame_digest`.

    Raises:
        InputError: The frame has not the slice columns that the task says are made with the label.
    """

    task: Task
    variant: str
    split_set: str
    folder: Path
    frame: pd.DataFrame
    digest: str

    def __post_init__(self) -> None:
        slices = [name for name in self.frame.columns if name not in COLUMNS]
        if unknown := [name for name in self.task.made_with_label if name not in slices]:
            raise InputError(
                "made_with_label names columns that are no slice columns of the frame",
                where=f"task {self.task.name}",
                got=unknown,
                expected=f"some of {slices}",
            )

    @property
    def address(self) -> str:
        """The text that loads this again, later too: ``seesaw``, ``seesaw:all``, ``intervention:0.1.0``.

        A default variant is left out, unless another one will be the default some day.
        """
        fixed_default = self.variant == self.task.pick_variant(None) and not self.task.default_moves
        return self.task.name if fixed_default else f"{self.task.name}:{self.variant}"

    @cached_property
    def folds(self) -> tuple[str, ...]:
        """The names of the folds, in order; empty where there are splits."""
        found = {str(name) for name in self.frame["split"] if FOLD.fullmatch(name)}
        return tuple(sorted(found, key=lambda name: int(name.partition("-")[2])))

    @property
    def scored(self) -> str:
        """What is scored unless asked otherwise: the split ``test``, or all folds."""
        return FOLDS if self.folds else "test"

    def rounds(self) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
        """Yield each pair of items to train on and items to predict: one pair, or one for each fold.

        Together the items to predict are ``split(scored)``, in another order where there are folds.
        """
        if not self.folds:
            yield self.split("train"), self.split("test")
        for fold in self.folds:
            yield self.frame[self.frame["split"] != fold].reset_index(drop=True), self.split(fold)

    def split(self, name: str) -> pd.DataFrame:
        """Return the rows of a split, a fold, or (``folds``) of all folds, in order, with a fresh index.

        Raises:
            NotFoundError: There is no such split, or it has no rows.
        """
        chosen = self._known(name)
        rows = self.frame[(chosen == FOLDS) | (self.frame["split"] == chosen)].reset_index(drop=True)
        if rows.empty:
            raise NotFoundError(
                f"the {self.split_label(name)} split has no rows",
                where=f"task {self.address}",
                expected="one of " + ", ".join(sorted(set(self.frame["split"]))),
            )
        return rows

    def coder_labels(self) -> pd.DataFrame | None:
        """Return the labels that each coder gave to the items of the frame, None where the task has none.

        They are read anew at each call. They are gold data, of which the label was made, and no input of a system.

        Returns:
            One row per item and coder: ``id``, ``coder``, ``label``. Not every item need have one.

        Raises:
            InputError: The task delivers labels that do not fit; see
                :func:`standoff.tasks.coder_labels.check_coder_labels`.
        """
        if self.task.coder_labels is None:
            return None
        found = self.task.coder_labels(self.folder, self.variant)
        check_coder_labels(found, self.task.labels, f"task {self.address}")
        return found[found["id"].isin(self.frame["id"])].reset_index(drop=True)

    def split_label(self, name: str) -> str:
        """Return the split's full name, such as ``official-test``, as it stands in a signature.

        Raises:
            NotFoundError: There is no such split.
        """
        return f"{self.split_set}-{self._known(name)}"

    def _known(self, name: str) -> str:
        return _pick("split", name, (*self.folds, FOLDS) if self.folds else SPLITS, self.address)


def _pick(kind: str, name: str | None, known: tuple[str, ...], task: str) -> str:
    if name is None:
        return known[0]
    if name not in known:
        raise unknown_name(f"{kind} of task {task}", name, known)
    return name


def _contradictions(task: Task) -> list[str]:
    """Return what is wrong in a declaration that types alone do not catch."""
    problems = []
    if not re.fullmatch(r"[a-z0-9]+([_-][a-z0-9]+)*", task.name):
        problems.append(f"name {task.name!r} is not lower-case letters, digits, '_' and '-'")
    if task.version < 1:
        problems.append(f"version {task.version} is not 1 or more")
    if len(task.labels) < 2 or len(set(task.labels)) < len(task.labels):
        problems.append(f"labels {task.labels} are not two or more different ones")
    if not task.variants or not task.split_sets:
        problems.append("there is not at least one variant and one split set")
    if (task.board_map is None) == (task.board_map_reason is None):
        problems.append("exactly one of board_map and board_map_reason must be given")
    if task.board_map is not None and list(task.board_map) != list(task.labels):
        problems.append(f"board_map covers {list(task.board_map)}, not the labels {list(task.labels)}")
    if task.board_map is not None and not set(task.board_map.values()) <= set(BOARD_LABELS):
        problems.append(f"board_map gives {sorted(task.board_map.values())}, not {', '.join(BOARD_LABELS)}")
    return problems
