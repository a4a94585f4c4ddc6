"""What the coders of a task reach on its metric, on the items that systems are scored on: rows for a board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from standoff.evaluation.ceiling import coder_against_gold, leave_one_out, panel_against_panel
from standoff.evaluation.scores import RESAMPLES, SEED
from standoff.tasks.coder_labels import labels_by_item

if TYPE_CHECKING:
    from standoff.evaluation.ceiling import Ceiling
    from standoff.tasks.task import LoadedTask

SINGLE_NOTE = (
    "Against the majority of the item's other coders, a noisier label than the gold one of systems, which lowers "
    "the score; items on which the others tie are left out, which raises it."
)
PAIR_NOTE = "Each of the item's two coders against the other, a noisier label than the gold one of systems."
PANEL_NOTE = (
    "The majority of a panel against that of another, over all ways to draw the two from the item's coders: a "
    "noisier label than the gold one of systems, which lowers the score; items on which a panel ties are left "
    "out, which raises it."
)
GOLD_NOTE = "Against the gold label of systems, of which the coder's own label is a part: this favours the coder."


@dataclass(frozen=True, slots=True)
class CeilingRow:
    """A ceiling with its name on a board, and in which direction it is off."""

    name: str
    note: str
    ceiling: Ceiling

    def to_json(self) -> dict[str, Any]:
        """Return the row as JSON-ready values."""
        return {"name": self.name, "note": self.note, **self.ceiling.to_json()}


@dataclass(frozen=True, slots=True)
class Ceilings:
    """What the coders of a task reach; no human ceiling unless ``label_kind`` says ``human``.

    Attributes:
        task: Its address.
        split: Full name of the split, as in a signature.
        label_kind: Who the coders are: ``human``, or ``model`` where any label of the task is made by one.
        n: Number of scored items, with coders' labels or without.
        single: A coder against the majority of the others.
        panel: Panels against one another; None where too few coders labelled an item.
        against_gold: A coder against the gold label.
        resamples: Number of resamples behind the intervals.
        seed: Their seed.
    """

    task: str
    split: str
    label_kind: Literal["human", "model"]
    n: int
    single: Ceiling
    panel: Ceiling | None
    against_gold: Ceiling
    resamples: int
    seed: int

    @property
    def rows(self) -> tuple[CeilingRow, ...]:
        """The ceilings by name; the last one favours the coder, and belongs beside the scores of no system."""
        single = CeilingRow(
            "single coder (leave one out)", PAIR_NOTE if self.single.n_coders == 2 else SINGLE_NOTE, self.single
        )
        gold = CeilingRow("single coder against gold", GOLD_NOTE, self.against_gold)
        if self.panel is None:
            return single, gold
        name = f"panel of {self.panel.k} against panel of {self.panel.k}"
        return single, CeilingRow(name, PANEL_NOTE, self.panel), gold

    def to_json(self) -> dict[str, Any]:
        """Return the ceilings as JSON-ready values: what they are of, and their rows."""
        return {
            "task": self.task,
            "split": self.split,
            "label_kind": self.label_kind,
            "n": self.n,
            "rows": [row.to_json() for row in self.rows],
            "resamples": self.resamples,
            "seed": self.seed,
        }


def ceilings(loaded: LoadedTask, *, resamples: int = RESAMPLES, seed: int = SEED) -> Ceilings | None:
    """Return what the coders of a task reach on the items that are scored, by the task's metric.

    Args:
        loaded: The task.
        resamples: Number of resamples of the bootstrap over groups.
        seed: Its seed, that of every published interval by default.

    Returns:
        None where the labels of single coders are not known, or no scored item has two that can be compared.

    Raises:
        InputError: The task's labels of coders do not fit, or ``resamples`` or ``seed`` is out of range.
    """
    frame = loaded.coder_labels()
    if frame is None:
        return None
    items = loaded.split(loaded.scored)
    given = labels_by_item(frame[frame["id"].isin(items["id"])])
    groups, gold = (dict(zip(items["id"], items[name], strict=True)) for name in ("group", "label"))
    task = loaded.task
    single = leave_one_out(given, groups, task.labels, metric=task.metric, resamples=resamples, seed=seed)
    against = coder_against_gold(
        given, gold, groups, task.labels, metric=task.metric, resamples=resamples, seed=seed
    )
    if single is None or against is None:
        return None
    return Ceilings(
        task=loaded.address,
        split=loaded.split_label(loaded.scored),
        label_kind=task.label_kind,
        n=len(items),
        single=single,
        panel=panel_against_panel(given, groups, task.labels, metric=task.metric, resamples=resamples, seed=seed),
        against_gold=against,
        resamples=resamples,
        seed=seed,
    )
