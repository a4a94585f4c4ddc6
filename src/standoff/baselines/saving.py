"""Saved models: a folder with the fitted baseline, the facts about it, and its card.

``model.skops`` is the estimator, ``model.json`` the facts (:class:`Facts`) with the sha256 of the first, and
``README.md`` says the same to people. The hash finds what went wrong on the way; whether a file may be loaded at
all is decided by what is in it, see :mod:`standoff.baselines.skops_file`.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from importlib.metadata import version
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from standoff.baselines.registry import BASELINES
from standoff.baselines.skops_file import MAX_BYTES, from_bytes, to_bytes
from standoff.errors import InputError, IntegrityError, NotFoundError, RefusedError, listed, shorten, unknown_name
from standoff.files import pretty_json, read_bytes, read_json, sha256_bytes, write_bytes, write_text
from standoff.records import Line, Record, Sha256

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.base import ClassifierMixin

MODEL = "model.skops"
FACTS = "model.json"
CARD = "README.md"

TEXTS = ("text", "actor", "target")
"""The columns of a frame that hold one text each."""

SPANS = ("actor_spans", "target_spans")


class Interval(Record):
    """A score with its 95 % interval, whose ends are null where there are too few groups for one."""

    value: float
    low: float | None
    high: float | None


class TaskFacts(Record):
    """The data behind a model.

    Args:
        name: Of the task.
        address: What loads the task again: ``name``, ``name:variant``, or the name of a task file.
        version: Of the task's definition.
        variant: Of the task.
        split_set: Which way it is split.
        digest: sha256 of its frame.
        language: BCP 47 tag.
        label_kind: Who made the labels.
        labels: In the task's order.
    """

    name: Line
    address: Line
    version: int
    variant: Line
    split_set: Line
    digest: Sha256
    language: Line
    label_kind: Literal["human", "model"]
    labels: Annotated[tuple[str, ...], Field(min_length=2)]


class TrainingFacts(Record):
    """The items that the stored model was fitted on.

    Args:
        split: Split set and split.
        items: How many.
        groups: Of how many groups (articles).
        actors: How many different ones.
        targets: How many different ones.
        labels: Label -> items, in the task's order.
        years: The first and the last, null where the task has none.
        ids_sha256: Of their ids, a line each, in order.
    """

    split: Line
    items: int
    groups: int
    actors: int
    targets: int
    labels: dict[str, int]
    years: tuple[int, int] | None
    ids_sha256: Sha256


class ScoringFacts(Record):
    """How a model was scored.

    Args:
        how: ``held-out``: this very model on a split it has not seen. ``cross-validation``: models of the same
            making, each on a fold it has not seen; the stored model has seen all folds.
        evaluation: Scores, intervals and signature, as a run has them.
        f1: Label -> F1.
        floors: Control -> primary metric on the same items.
        seen_actors: Share of the scored items whose actor occurs in the training items; null without actors.
    """

    how: Literal["held-out", "cross-validation"]
    evaluation: dict[str, Any]
    f1: dict[str, Interval]
    floors: dict[str, Interval]
    seen_actors: float | None


class Facts(Record):
    """What is known about a saved model: the content of ``model.json``.

    Args:
        format: Of the folder.
        model_sha256: Of ``model.skops``.
        task: The data.
        trained_on: The items it was fitted on.
        baseline: Its name in the registry.
        parameters: Given to the baseline.
        seed: Given to the baseline where it takes one.
        columns: The texts it looks at and its task has; a frame to predict needs these columns.
        scored: How well it does.
        code: Version and git state of this package.
        packages: Versions of the packages that it depends on.
        python: Version of Python.
    """

    format: Literal[1] = 1
    model_sha256: Sha256
    task: TaskFacts
    trained_on: TrainingFacts
    baseline: Line
    parameters: dict[str, Any]
    seed: int
    columns: tuple[Literal["text", "actor", "target"], ...]
    scored: ScoringFacts
    code: dict[str, Any]
    packages: dict[str, str]
    python: str


class SavedModel:
    """A fitted baseline with the facts about it.

    Args:
        estimator: The baseline.
        facts: What is known about it.

    Attributes:
        labels: The labels of its task, in the task's order.
    """

    def __init__(self, estimator: ClassifierMixin, facts: Facts) -> None:
        self.estimator = estimator
        self.facts = facts
        self.labels = facts.task.labels

    def __repr__(self) -> str:
        """Return what it is and what it was trained on."""
        return f"SavedModel({self.facts.baseline} on {self.facts.task.address}, labels {', '.join(self.labels)})"

    @property
    def has_probabilities(self) -> bool:
        """Whether :meth:`predict_proba` gives any."""
        return hasattr(self.estimator, "predict_proba")

    def predict(self, frame: pd.DataFrame) -> NDArray[np.object_]:
        """Return the label of each item, an array of strings of shape (n,).

        Args:
            frame: One row per item, with the columns of :attr:`Facts.columns`; others are filled where they are
                missing. Without the columns of spans, an item has none.

        Raises:
            InputError: A column is missing, or does not hold what it should.
        """
        items = self._items(frame)
        if items.empty:
            return np.empty(0, dtype=object)
        return np.array([str(label) for label in self.estimator.predict(items)], dtype=object)

    def predict_proba(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Return the probability of each label, of shape (n, n_labels), columns in the order of :attr:`labels`.

        A label that no training item had has probability 0.

        Raises:
            RefusedError: The baseline gives no probabilities.
            InputError: As :meth:`predict`.
        """
        if not self.has_probabilities:
            raise RefusedError(
                f"baseline {self.facts.baseline} gives no probabilities",
                remedy="use predict; or train a baseline that has them",
            )
        items = self._items(frame)
        found = np.zeros((len(items), len(self.labels)))
        if len(items):
            columns = [self.labels.index(str(label)) for label in self.estimator.classes_]
            found[:, columns] = self.estimator.predict_proba(items)
        return found

    def _items(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the frame with exactly the columns that a baseline is given, each filled."""
        if not isinstance(frame, pd.DataFrame):
            raise InputError("items to predict are a DataFrame", got=type(frame).__name__)
        if missing := [name for name in self.facts.columns if name not in frame]:
            raise InputError(
                f"items to predict lack the column {', '.join(missing)}",
                got=f"columns {', '.join(map(str, frame.columns)) or 'none'}",
                expected=f"{', '.join(self.facts.columns)}: what {self.facts.baseline} looks at",
                remedy="rename your columns",
            )
        rows = range(len(frame))
        filled: dict[str, list[Any]] = {name: list(frame.get(name, [""] * len(frame))) for name in TEXTS}
        filled |= {name: list(frame.get(name, [[] for _ in rows])) for name in SPANS}
        self._check(filled)
        for name in set(TEXTS) - set(self.facts.columns):
            filled[name] = [value if isinstance(value, str) else "" for value in filled[name]]
        filled["id"] = list(frame.get("id", [str(row) for row in rows]))
        filled["group"] = list(frame.get("group", filled["id"]))
        return pd.DataFrame(filled, dtype=object)

    def _check(self, columns: dict[str, list[Any]]) -> None:
        """Refuse texts that are looked at and are none, and spans that are none of their text."""
        problems = [
            f"row {row}: {name} is {shorten(value, 60)}, not a string"
            for name in self.facts.columns
            for row, value in enumerate(columns[name])
            if not isinstance(value, str)
        ]
        lengths = [len(text) if isinstance(text, str) else 0 for text in columns["text"]]
        problems += [
            f"row {row}: {name} is {shorten(value, 60)}, not a list of (start, end), 0 <= start < end <= {length}"
            for name in SPANS
            for row, (value, length) in enumerate(zip(columns[name], lengths, strict=True))
            if not are_spans(value, length)
        ]
        if problems:
            raise InputError(
                f"{len(problems)} value(s) of items to predict do not fit:\n{listed(problems)}",
                remedy="an actor or target that an item does not have is an empty string",
            )


def are_spans(value: object, length: int) -> bool:
    """Return whether a value is a list of spans of a text of ``length`` code points."""
    return (
        isinstance(value, Iterable)
        and not isinstance(value, str | bytes)
        and all(
            isinstance(span, tuple | list) and len(span) == 2 and is_span(span[0], span[1], length)
            for span in value
        )
    )


def is_span(start: object, end: object, length: int) -> bool:
    """Return whether two values are whole numbers with 0 <= start < end <= length."""
    if isinstance(start, bool) or isinstance(end, bool):
        return False
    return isinstance(start, Integral) and isinstance(end, Integral) and 0 <= int(start) < int(end) <= length


def save_model(estimator: ClassifierMixin, facts: Facts, folder: Path) -> None:
    """Write ``model.skops`` and ``model.json`` into a folder; the facts get the sha256 of what is written.

    Raises:
        RefusedError: The estimator has parts that :func:`load_model` would refuse.
    """
    data = to_bytes(estimator)
    write_bytes(folder / MODEL, data)
    written = facts.model_copy(update={"model_sha256": sha256_bytes(data)})
    write_text(folder / FACTS, pretty_json(written.to_json()))


def load_model(path: Path | str) -> SavedModel:
    """Return a saved model.

    The file is read as data, and only types of this package's own list are built. A model may still be wrong on
    purpose: its predictions deserve the trust that its maker does.

    Args:
        path: A folder that ``standoff train`` wrote, or ``model.skops`` in one.

    Raises:
        NotFoundError: No such folder, or no such baseline in this version of the package.
        IntegrityError: ``model.skops`` is not the file that ``model.json`` describes.
        RefusedError: There is no ``model.json``, or the model has types that are not trusted; each is listed.
        InputError: A file is broken.
    """
    path = Path(path)
    folder = path.parent if path.name == MODEL else path
    if not folder.is_dir():
        raise NotFoundError("no saved model", where=path, expected="a folder that standoff train wrote")
    if not (folder / FACTS).is_file():
        raise RefusedError(
            f"there is no {FACTS}, so that nothing says what the model is and whether it is whole",
            where=folder,
            remedy=f"keep {MODEL}, {FACTS} and {CARD} together, as standoff train wrote them; nothing was loaded",
        )
    facts = Facts.parse(read_json(folder / FACTS), where=str(folder / FACTS))
    if facts.baseline not in BASELINES:
        raise unknown_name("baseline", facts.baseline, BASELINES, remedy="use the version that made the model")
    estimator = from_bytes(_whole(folder / MODEL, facts), str(folder / MODEL))
    _check_estimator(estimator, facts, folder / MODEL)
    _warn_of_versions(facts)
    return SavedModel(estimator, facts)


def _whole(path: Path, facts: Facts) -> bytes:
    """Return the bytes that the facts describe."""
    if path.is_file() and path.stat().st_size > MAX_BYTES:
        raise InputError(f"is larger than {MAX_BYTES:,} bytes, as no model is", where=path)
    data = read_bytes(path)
    if (found := sha256_bytes(data)) != facts.model_sha256:
        raise IntegrityError(
            "is not the file that was saved",
            where=path,
            got=f"sha256 {found}",
            expected=f"sha256 {facts.model_sha256}",
            remedy="get the folder again from where it came from, or train the model again; nothing was loaded",
        )
    return data


def _check_estimator(estimator: Any, facts: Facts, path: Path) -> None:
    """Refuse a model that is not the one that its facts describe."""
    found = f"{type(estimator).__module__}:{type(estimator).__qualname__}"
    labels = [str(label) for label in getattr(estimator, "classes_", [])]
    if found != BASELINES[facts.baseline].path or not labels or not set(labels) <= set(facts.task.labels):
        raise InputError(
            f"is not the model that {FACTS} describes",
            where=path,
            got=f"{found} with the labels {', '.join(labels) or 'none'}",
            expected=f"{BASELINES[facts.baseline].path} with labels of {', '.join(facts.task.labels)}",
            remedy="get the folder again from where it came from",
        )


def _warn_of_versions(facts: Facts) -> None:
    differ = [
        f"{name} {made} (here {version(name)})"
        for name, made in facts.packages.items()
        if name in {"scikit-learn", "numpy", "scipy"} and made != version(name)
    ]
    if differ:
        warnings.warn(
            f"the model was made with {', '.join(differ)}; predictions may differ from those that were scored",
            stacklevel=3,
        )
