"""What a task's TOML file makes of its data, for a person to look at before anything is scored."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from standoff.errors import shorten
from standoff.tasks.custom.items import read_items
from standoff.tasks.custom.schema import TaskFile
from standoff.tasks.custom.spans import KINDS
from standoff.tasks.custom.task import read_task, to_frame
from standoff.tasks.frame import SPLITS, check_frame, frame_digest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    import pandas as pd

    from standoff.tasks.custom.items import Reading


@dataclass(frozen=True, kw_only=True)
class Check:
    """What was found.

    Args:
        name: The task's name.
        digest: Of its frame in the default split set.
        labels: The inventory, in order.
        files: File -> rows in it.
        dropped: Why rows are no items -> how many.
        counts: Split set -> split -> label -> items; the default split set is the first.
        n_items: Items read, before a split set leaves any out.
        n_groups: Different groups among them.
        n_spans: Kind -> items whose text has such a span.
        first: Split -> its first item, by the columns of the frame.
        warnings: What is allowed and perhaps not meant, a sentence each.
    """

    name: str
    digest: str
    labels: tuple[str, ...]
    files: dict[str, int]
    dropped: dict[str, int]
    counts: dict[str, dict[str, dict[str, int]]]
    n_items: int
    n_groups: int
    n_spans: dict[str, int]
    first: dict[str, dict[str, Any]]
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the same as JSON-ready values."""
        return asdict(self)


def check(path: Path, *, reserved: Collection[str] = ()) -> Check:
    """Read a task's file and all its data, and make every split set.

    Args:
        path: The TOML file.
        reserved: As in :func:`standoff.tasks.custom.task.read_task`.

    Raises:
        NotFoundError: A file is missing.
        InputError: The TOML file or the data do not fit; see :func:`standoff.tasks.custom.items.read_items`.
    """
    task = read_task(path, reserved=reserved)
    spec = TaskFile.read(path)
    reading = read_items(spec, path)
    frame = to_frame(reading)
    made = {name: split(frame) for name, split in task.split_sets.items()}
    for name, one in made.items():
        check_frame(one, task.labels, f"{path}, {name} splits")
    default = next(iter(made.values()))
    firsts = default.drop_duplicates("split").to_dict("records")
    # One fold is like another; a split is not.
    shown = [row for row in firsts if row["split"] in SPLITS] or firsts[:1]
    return Check(
        name=task.name,
        digest=frame_digest(default),
        labels=task.labels,
        files=dict(reading.files),
        dropped=dict(reading.dropped),
        counts={name: _counts(one, task.labels) for name, one in made.items()},
        n_items=len(frame),
        n_groups=int(frame["group"].nunique()),
        n_spans={kind: int(frame[f"{kind}_spans"].map(bool).sum()) for kind in KINDS},
        first={row["split"]: {str(part): value for part, value in row.items()} for row in shown},
        warnings=tuple(_warnings(spec, reading, frame, made)),
    )


def _counts(frame: pd.DataFrame, labels: Collection[str]) -> dict[str, dict[str, int]]:
    found = frame.groupby(["split", "label"], sort=False).size()
    return {
        str(split): {label: int(found.get((split, label), 0)) for label in labels}
        for split in sorted(frame["split"].unique(), key=_split_order)
    }


def _split_order(name: str) -> int:
    return SPLITS.index(name) if name in SPLITS else int(name.partition("-")[2])


def _warnings(
    spec: TaskFile, reading: Reading, frame: pd.DataFrame, made: dict[str, pd.DataFrame]
) -> Iterator[str]:
    if spec.columns.group is None:
        yield (
            "columns.group is not declared, so each item is its own group: nothing but duplicates keeps items of "
            "one article together, and intervals take items as independent"
        )
    elif frame["group"].is_unique:
        yield "every item has another group, as if none were declared"
    yield from _unnamed(spec, frame)
    for kind in KINDS:
        yield from _strange_spans(spec, reading, kind)
    for name, one in made.items():
        yield from (f"{name} splits: {what}" for what in _thin(one, spec.labels.order))
        if left_out := len(frame) - len(one):
            yield f"{name} splits leave out {left_out} items, whose text or group stands in an earlier split"
    yield from reading.unused


def _unnamed(spec: TaskFile, frame: pd.DataFrame) -> Iterator[str]:
    """Yield what the actors and targets lack."""
    for kind in KINDS:
        if getattr(spec.columns, kind) is not None and (empty := int((frame[kind] == "").sum())):
            yield f"{empty} of {len(frame)} items have an empty {kind}"
        declared = getattr(spec.tags, kind) or getattr(spec.columns, f"{kind}_spans")
        if declared and not frame[f"{kind}_spans"].map(bool).any():
            yield f"no item has a span of its {kind}"


def _strange_spans(spec: TaskFile, reading: Reading, kind: str) -> Iterator[str]:
    """Yield what offsets point at, where no span of an item is its actor (or target), or one cuts a word."""
    if all(spans.find is not None for spans in getattr(spec.columns, f"{kind}_spans")):
        return
    found = [case for item in reading.items if (case := _strange(item, kind))]
    if found:
        shown = "; ".join(f"{reading.places[item]} {what}" for item, what in found[:3])
        yield (
            f"{kind}_spans: in {len(found)} items the spans may not be the {kind}: {shown}; "
            "is the unit of the offsets right?"
        )


def _strange(item: dict[str, Any], kind: str) -> tuple[str, str] | None:
    text, name, spans = item["text"], item[kind].strip(), item[f"{kind}_spans"]
    if name and spans and all(text[start:end].strip().casefold() != name.casefold() for start, end in spans):
        return item["id"], f"{shorten(text[slice(*spans[0])], 60)} is not {shorten(name, 60)}"
    cut = [span for span in spans if any(_is_inside_a_word(text, place) for place in span)]
    if not name and cut:
        return item["id"], f"{shorten(text[slice(*cut[0])], 60)} cuts a word"
    return None


def _is_inside_a_word(text: str, place: int) -> bool:
    """Return whether letters with cases stand on both sides; other scripts do not part words by spaces alone."""
    around = text[max(place - 1, 0) : place + 1]
    return len(around) == 2 and all(letter.lower() != letter.upper() for letter in around)


def _thin(frame: pd.DataFrame, labels: Collection[str]) -> Iterator[str]:
    """Yield what a split set lacks."""
    for split, counts in _counts(frame, labels).items():
        if absent := [label for label, count in counts.items() if not count]:
            yield f"{', '.join(absent)} never occurs in {split}"
    if "test" in set(frame["split"]) and "train" not in set(frame["split"]):
        yield "nothing is in train, so no baseline can be run"
