"""Saved models: a folder with the fitted baseline, the facts about it, and its card.

``model.skops`` is the estimator, ``model.json`` the facts (:class:`Facts`) with the sha256 of the first, and
``README.md`` says the same to people. The hash finds what went wrong on the way; whether a file may be loaded at
all is decided by what is in it, see :mod:`standoff.baselines.skops_file`.
"""

from __future__ import annotations

import warnings
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from standoff.baselines.probabilities import probable_baselines
from standoff.baselines.registry import BASELINES
from standoff.errors import InputError, IntegrityError, NotFoundError, RefusedError, listed, shorten, unknown_name
from standoff.files import pretty_json, read_bytes, read_json, sha256_bytes, write_bytes, write_text
from standoff.records import Line, Record, Sha256
from standoff.spans import SPANS, are_spans

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.base import ClassifierMixin

MODEL = "model.skops"
FACTS = "model.json"
CARD = "README.md"

TEXTS = ("text", "actor", "target")
"""The columns of a frame that hold one text each."""

AGAIN = "get the folder again from where it came from, or train the model again; nothing was loaded"
"""What to do about a folder that is not whole."""


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
        floors: Control -> primary metric on the same items.
        seen_actors: Share of the scored items whose actor occurs in the training items; null without actors.
    """

    how: Literal["held-out", "cross-validation"]
    evaluation: dict[str, Any]
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

    def check_probabilities(self) -> None:
        """Do nothing where there are probabilities.

        Raises:
            RefusedError: The baseline gives none; those that do are named.
        """
        if not self.has_probabilities:
            raise RefusedError(
                f"baseline {self.facts.baseline} gives no probabilities",
                expected=f"one that does: {', '.join(probable_baselines())}",
                remedy="leave out --probabilities (in Python: use predict), or train one that does",
            )

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

        A label that no training item had has probability 0. The most probable label need not be the one that
        :meth:`predict` gives: see :func:`standoff.baselines.probabilities.is_adjusted`.

        Raises:
            RefusedError: The baseline gives no probabilities.
            InputError: As :meth:`predict`.
        """
        self.check_probabilities()
        items = self._items(frame)
        found = np.zeros((len(items), len(self.labels)))
        if len(items):
            columns = [self.labels.index(str(label)) for label in self.estimator.classes_]
            found[:, columns] = self.estimator.predict_proba(items)
        return found

    def _items(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the frame with exactly the columns that a baseline is given, each filled."""
        if not isinstance(frame, pd.DataFrame):
            raise InputError(
                "items to predict are a DataFrame",
                got=type(frame).__name__,
                remedy=f"make one with the columns {', '.join(self.facts.columns) or 'id'}",
            )
        if missing := [name for name in self.facts.columns if name not in frame]:
            raise InputError(
                f"items to predict lack the column {', '.join(missing)}",
                got=list(frame.columns),
                expected=f"{', '.join(self.facts.columns)}: what {self.facts.baseline} looks at",
                remedy="rename your columns, or add those that are missing",
            )
        rows = range(len(frame))
        # Spans are places in the text: a model that does not look at the one has no use for the other.
        given = {name for name in SPANS if name in frame and "text" in self.facts.columns}
        filled: dict[str, list[Any]] = {name: list(frame.get(name, [""] * len(frame))) for name in TEXTS}
        filled |= {name: list(frame[name]) if name in given else [[] for _ in rows] for name in SPANS}
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
        problems += [
            f"row {row}: {name} is {shorten(value, 60)}, not a list of (start, end) inside 0 to {len(text)}"
            for name in SPANS
            for row, (value, text) in enumerate(zip(columns[name], columns["text"], strict=True))
            if isinstance(text, str) and not are_spans(value, len(text))
        ]
        if problems:
            raise InputError(
                f"{len(problems)} value(s) of items to predict do not fit:\n{listed(problems)}",
                remedy="correct them; an actor or target that an item does not have is an empty string",
            )


def save_model(estimator: ClassifierMixin, facts: Facts, folder: Path) -> None:
    """Write ``model.skops`` and ``model.json`` into a folder; the facts get the sha256 of what is written.

    Raises:
        RefusedError: The estimator has parts that :func:`load_model` would refuse.
    """
    from standoff.baselines.skops_file import to_bytes  # noqa: PLC0415 - see _read_estimator

    data = to_bytes(estimator)
    write_bytes(folder / MODEL, data)
    written = facts.model_copy(update={"model_sha256": sha256_bytes(data)})
    write_text(folder / FACTS, pretty_json(written.to_json()))


def load_model(path: Path | str) -> SavedModel:
    """Return a saved model.

    The file is read as data, and only types of this package's own list are built. A model may still be wrong on
    purpose: its predictions deserve the trust that its maker does.

    Args:
        path: As :func:`model_folder`.

    Raises:
        NotFoundError: As :func:`model_folder`, or no such baseline in this version of the package.
        IntegrityError: ``model.skops`` is not the file that ``model.json`` describes.
        RefusedError: As :func:`model_folder`, or the model has types that are not trusted; each is listed.
        InputError: A file is broken.
    """
    folder = model_folder(path)
    facts = Facts.parse(read_json(folder / FACTS), where=str(folder / FACTS))
    if facts.baseline not in BASELINES:
        raise unknown_name("baseline", facts.baseline, BASELINES, remedy="use the version that made the model")
    estimator = _read_estimator(folder / MODEL, facts)
    _check_estimator(estimator, facts, folder / MODEL)
    _warn_of_versions(facts)
    return SavedModel(estimator, facts)


def model_folder(path: Path | str) -> Path:
    """Return the folder of a saved model, by which files are there alone.

    Args:
        path: A folder that ``standoff train`` wrote, or ``model.skops`` in one.

    Raises:
        NotFoundError: No such folder, or neither of the two files is in it.
        RefusedError: One of the two is missing. Without ``model.json``, nothing says what the other is.
    """
    path = Path(path)
    folder = path.parent if path.name == MODEL else path
    missing = [name for name in (MODEL, FACTS) if not (folder / name).is_file()]
    if len(missing) == 2:
        raise NotFoundError(
            "no saved model",
            where=path,
            expected="a folder that `standoff train` wrote",
            remedy="name such a folder, or train a model: `standoff train tfidf_svm --task TASK --out FOLDER`",
        )
    if missing:
        raise RefusedError(
            f"half of a saved model: there is no {missing[0]}",
            where=folder,
            expected=f"{MODEL}, {FACTS} and {CARD} together, as standoff train wrote them",
            remedy=AGAIN,
        )
    return folder


def _read_estimator(path: Path, facts: Facts) -> Any:
    """Return what is in ``model.skops``, if that is the file that the facts describe."""
    # Imported here, so that a folder that is no model is refused without the seconds that skops takes.
    from standoff.baselines.skops_file import MAX_BYTES, from_bytes  # noqa: PLC0415

    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"is larger than {MAX_BYTES:,} bytes, as no model is", where=path, remedy=AGAIN)
    data = read_bytes(path)
    if (found := sha256_bytes(data)) != facts.model_sha256:
        raise IntegrityError(
            "is not the file that was saved",
            where=path,
            got=f"sha256 {found}",
            expected=f"sha256 {facts.model_sha256}",
            remedy=AGAIN,
        )
    return from_bytes(data, str(path))


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
            remedy=AGAIN,
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
