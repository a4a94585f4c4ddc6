"""The stresses by name. A stress is one function and one line here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from standoff.errors import NotFoundError, unknown_name
from standoff.tasks.frame import SHOWN, frame_digest
from standoff.tasks.stress.items import ORIGINAL, Item, scored_items, to_frame
from standoff.tasks.stress.names import actors_swapped, names_masked, role_titles
from standoff.tasks.stress.surface import quotation_marks_removed, spelling_noise
from standoff.tasks.stress.targets import target_negated, target_swapped

if TYPE_CHECKING:
    import pandas as pd

    from standoff.tasks.task import LoadedTask

Change = Callable[["LoadedTask", Sequence[Item]], Iterator[Item]]

DERIVED = "derived"
"""The kind of a label that a rule gave: nobody, human or model, has read the changed item."""


@dataclass(frozen=True, slots=True)
class Stress:
    """A way to change items.

    Args:
        name: The name in :data:`STRESSES`, which ids end in.
        change: Yields those of the scored items that it can change, changed, in their order and with their ids.
        version: Raised whenever the same items would come out otherwise.
        labels: ``kept`` where the label is the original's, as what the change leaves of the text is enough to tell
            it; ``derived`` where a rule makes it, since what is asked is another thing.
        asks: What it asks of a system, as one sentence.
    """

    name: str
    change: Change
    version: int
    labels: Literal["kept", "derived"]
    asks: str


STRESSES: dict[str, Stress] = {
    one.name: one
    for one in (
        Stress("names_masked", names_masked, 1, "kept", "Does it read, or go by who the actor and target are?"),
        Stress("actors_swapped", actors_swapped, 1, "derived", "Does it tell the actors of a text apart?"),
        Stress("role_titles", role_titles, 1, "kept", "Does it know an actor by role where no name stands?"),
        Stress(
            "target_swapped", target_swapped, 1, "derived", "Does it look at what is asked, or at the text alone?"
        ),
        Stress("target_negated", target_negated, 1, "derived", "Does it see a 'not' in what is asked?"),
        Stress("spelling_noise", spelling_noise, 1, "kept", "Does it bear typing errors?"),
        Stress(
            "quotation_marks_removed", quotation_marks_removed, 1, "kept", "Does it need the marks of a quote?"
        ),
    )
}
"""In the order in which they are listed."""


@dataclass(frozen=True, eq=False)
class StressSet:
    """The items that a stress makes of a task.

    Attributes:
        stress: The way they were changed.
        loaded: The task.
        frame: One row per changed item: the nine columns of a task, and ``original``, the id of the item it was
            made of; none where the stress has nothing to change.
    """

    stress: Stress
    loaded: LoadedTask
    frame: pd.DataFrame

    @cached_property
    def originals(self) -> pd.DataFrame:
        """The rows of the task that the items were made of, in the order of the items."""
        rows = self.loaded.frame.set_index("id", drop=False)
        return rows.loc[self.frame[ORIGINAL]].reset_index(drop=True)

    @property
    def digest(self) -> str:
        """The sha256 of the items: see :func:`stress_digest`."""
        return stress_digest(self.frame)

    @property
    def n_groups(self) -> int:
        """Of how many groups they are."""
        return int(self.frame["group"].nunique())

    @property
    def n_labels_changed(self) -> int:
        """How many have another label than their original."""
        return sum(new != old for new, old in zip(self.frame["label"], self.originals["label"], strict=True))

    @property
    def label_kind(self) -> str:
        """Who made the labels: ``human`` or ``model`` as in the task, or ``derived``, all of them, by rule.

        A label that a rule gives is derived even where it is the original's: another question is asked, and nobody
        has answered it.
        """
        return DERIVED if self.stress.labels == DERIVED else self.loaded.task.label_kind


def get_stress(name: str) -> Stress:
    """Return the stress of that name.

    Raises:
        NotFoundError: No such stress; the nearest are suggested.
    """
    if name not in STRESSES:
        raise unknown_name("stress", name, STRESSES, remedy="`standoff stress list` shows them")
    return STRESSES[name]


def make_set(loaded: LoadedTask, name: str) -> StressSet:
    """Return the set that a stress makes of the scored items of a task.

    An item that comes out as it was, in text, actor and target, is left out.

    Raises:
        NotFoundError: No such stress, or it changes no item of the task.
    """
    made = _made(loaded, get_stress(name), scored_items(loaded))
    if made.frame.empty:
        raise NotFoundError(
            f"{name} changes no item",
            where=f"task {loaded.address}",
            remedy=f"`standoff stress list {loaded.address}` shows what there is",
        )
    return made


def make_sets(loaded: LoadedTask, names: Sequence[str] = ()) -> list[StressSet]:
    """Return the sets of a task that have items, of all stresses or of those named.

    Raises:
        NotFoundError: No such stress.
    """
    chosen = [get_stress(name) for name in dict.fromkeys(names)] or list(STRESSES.values())
    items = scored_items(loaded)
    return [made for stress in chosen if not (made := _made(loaded, stress, items)).frame.empty]


def _made(loaded: LoadedTask, stress: Stress, items: Sequence[Item]) -> StressSet:
    originals = {item.id: item for item in items}
    pairs = [(originals[changed.id], changed) for changed in stress.change(loaded, items)]
    differing = [(item, changed) for item, changed in pairs if _question(item) != _question(changed)]
    return StressSet(stress, loaded, to_frame(differing, stress.name))


def _question(item: Item) -> tuple[str, str, str]:
    return item.text, item.actor, item.target


def unlabelled(made: StressSet) -> pd.DataFrame:
    """Return the items of a set as a system may see them: id, group, texts and spans, and no label."""
    return made.frame[list(SHOWN)].map(
        lambda value: [list(span) for span in value] if isinstance(value, list) else value
    )


def stress_digest(frame: pd.DataFrame) -> str:
    """Return the sha256 of a stress set: that of its frame, see :func:`standoff.tasks.frame.frame_digest`."""
    return frame_digest(frame)
