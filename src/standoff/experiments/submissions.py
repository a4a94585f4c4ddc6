"""Submissions: a folder each, with a ``system.yaml`` and the predictions of a system that was run elsewhere.

All of it may be hostile. Names and kinds of files are checked before one is opened
(:mod:`standoff.experiments.submission_files`), sizes are bounded while it is read, and what is declared may be
printed (:mod:`standoff.experiments.system`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

from standoff.errors import InputError, StandoffError, enumerated, listed, shorten
from standoff.evaluation.predictions import read_predictions, read_predictions_by_task
from standoff.experiments.plain_text import looks
from standoff.experiments.submission_files import README, TOGETHER, addresses, list_files
from standoff.experiments.system import read_system
from standoff.files import read_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from standoff.evaluation.predictions import Predictions
    from standoff.experiments.system import System

MAX_BYTES = 1 << 26
"""Bytes of a file of predictions, unpacked: a hundred times what the largest task needs."""

MAX_PREDICTIONS = 1_000_000
"""Predictions in a submission: many files, each within its bounds, could fill the memory together."""

MAX_README = 1 << 16

SHOWN = 20
"""How many problems a refusal lists."""

OBEYED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters other than tabs and line ends, and those that turn the direction of writing."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A submission as it was read.

    Args:
        folder: Where it is.
        system: What is declared of the system.
        predictions: Address of a task -> predictions for its default split set; whether they fit the task's items
            is for scoring to say.
    """

    folder: Path
    system: System
    predictions: Mapping[str, Predictions]


@dataclass(slots=True)
class Look:
    """What can be had of a folder.

    Args:
        folder: Where it is.
        name: Its name.
        system: What is declared of the system; None where that cannot be read.
        predictions: As in :class:`Submission`, of the files that can be read.
        files: Address of a task -> the file that its predictions are from.
        problems: What keeps the folder from being a submission.
    """

    folder: Path
    name: str
    system: System | None = None
    predictions: dict[str, Predictions] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    problems: list[StandoffError] = field(default_factory=list)


def find_submissions(folder: Path) -> list[Path]:
    """Return what is in a folder of submissions, by name: all but its ``README.md`` and what is hidden.

    Whether each is a submission is for :func:`read_submission` to say, so that none is left out in silence. A
    folder that does not exist has none.

    Raises:
        InputError: The names of two look alike: they differ by case, the kind of hyphen, or as ``1`` and ``l`` do.
    """
    if not folder.exists():
        return []
    found = sorted(path for path in folder.iterdir() if path.name != README and not path.name.startswith("."))
    alike = defaultdict(list)
    for path in found:
        alike[looks(path.name)].append(shorten(path.name))
    if doubled := [" and ".join(names) for names in alike.values() if len(names) > 1]:
        raise InputError(
            f"holds submissions whose names look alike:\n{listed(doubled)}",
            where=folder,
            expected="names that a reader can tell apart",
            remedy="rename one of them: the folder, and the name in its system.yaml",
        )
    return found


def read_submission(folder: Path) -> Submission:
    """Return a submission.

    Raises:
        NotFoundError: No such folder, or something is missing in it.
        InputError: Something in it is not what it may be; where there are several problems, all are listed.
    """
    found = look(folder)
    if len(found.problems) == 1:
        raise found.problems[0]
    if found.problems or found.system is None:
        raise InputError(
            f"is not a submission, {len(found.problems)} problems:\n{listed(found.problems)}",
            where=folder,
            remedy="correct them one by one; `standoff submit check FOLDER` says what is left",
        )
    return Submission(folder, found.system, found.predictions)


def look(folder: Path) -> Look:
    """Return what can be had of a folder, and all that keeps it from being a submission.

    Raises:
        NotFoundError: No such folder.
        InputError: Nothing in it can be looked at; see
            :func:`standoff.experiments.submission_files.list_files`.
    """
    files = list_files(folder)
    found = Look(folder, files.name, problems=files.problems)
    if files.system is not None:
        _look_at_system(found, files.system)
    if files.readme is not None:
        _look_at_readme(found, files.readme)
    _look_at_predictions(found, files.predictions)
    return found


def _look_at_system(found: Look, path: Path) -> None:
    try:
        found.system = read_system(path)
    except StandoffError as error:
        found.problems.append(error)
        return
    if found.system.name != found.name:
        what = f"the name is {found.system.name!r}, that of the folder {found.name!r}"
        found.problems.append(InputError(what, where=path, remedy="give both the same name"))


def _look_at_readme(found: Look, path: Path) -> None:
    try:
        if (size := path.stat().st_size) > MAX_README:
            raise InputError(f"is larger than {MAX_README:,} bytes", where=path, got=size, remedy="shorten it")
        if bad := OBEYED.search(read_text(path)):
            raise InputError(f"holds the control character {bad[0]!r}", where=path, remedy="take it out")
    except StandoffError as error:
        found.problems.append(error)


def _look_at_predictions(found: Look, stems: Mapping[str, Path]) -> None:
    known, total = addresses(), 0
    for stem, path in stems.items():
        try:
            read = _by_task(path) if stem == TOGETHER else {known[stem]: _of_one_task(path, known[stem])}
        except StandoffError as error:
            found.problems.append(error)
            continue
        total += sum(len(one.labels) for one in read.values())
        if total > MAX_PREDICTIONS:
            what = f"with this file there are more than {MAX_PREDICTIONS:,} predictions"
            remedy = "leave out what is no scored item; this file and those behind it were not looked at"
            found.problems.append(InputError(what, where=path, remedy=remedy))
            return
        for task, predictions in read.items():
            found.predictions.setdefault(task, predictions)
            found.files.setdefault(task, path)


def _by_task(path: Path) -> dict[str, Predictions]:
    """Return the predictions of a file for several tasks.

    Raises:
        StandoffError: As :func:`standoff.evaluation.predictions.read_predictions_by_task`.
        InputError: It names tasks that there are none of.
    """
    read = read_predictions_by_task(path, max_bytes=MAX_BYTES)
    known = sorted(addresses().values())
    unknown = [task for task in read if task not in known]
    if unknown:
        raise InputError(
            f"names tasks that there are none of, {len(unknown)} in all:\n"
            f"{listed([*(_with_near(task, known) for task in unknown[:SHOWN]), *unknown[SHOWN:]], limit=SHOWN)}",
            where=path,
            expected=f"tasks of {enumerated(known)}",
            remedy="write what `standoff tasks frame TASK --scored` puts into the column task",
        )
    return read


def _with_near(task: str, known: list[str]) -> str:
    """Return a task's name, cut where it is long, and the one that may be meant."""
    near = get_close_matches(task[:100], known, n=1)
    return shorten(task, 60) + (f" (did you mean {near[0]}?)" if near else "")


def _of_one_task(path: Path, address: str) -> Predictions:
    """Return the predictions of a file for one task; if its rows name a task, it is this one.

    Raises:
        StandoffError: As :func:`standoff.evaluation.predictions.read_predictions`.
    """
    read_predictions(path, max_bytes=MAX_BYTES)  # refuses a file for several tasks, of which one would be read
    return read_predictions(path, address, max_bytes=MAX_BYTES)
