"""The leaderboard as files: written, checked against what it was made of, and frozen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from standoff.errors import InputError, NotFoundError, Problem, RefusedError, StandoffError
from standoff.experiments.analysis.results import rounded
from standoff.experiments.leaderboard.build import SHAPE, build, refuse_absent
from standoff.experiments.leaderboard.entries import FROZEN, input_digests, read_entries
from standoff.experiments.leaderboard.page import render
from standoff.experiments.leaderboard.standing import Settings
from standoff.files import (
    new_folder,
    pretty_json,
    read_bytes,
    read_json,
    refuse_existing,
    sha256_bytes,
    sha256_text,
    write_text,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from standoff.experiments.leaderboard.entries import BoardKey, Entry

DOCUMENT, PAGE = "LEADERBOARD.json", "LEADERBOARD.md"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

PARTS = {"settings", "overall", "intervention", "boards", "systems", "inputs"}
"""What every document has."""

SHOWN = 20
"""How many differing values a check lists."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found.

    Attributes:
        problems: What is not as it should be, and where.
        not_computed: Why the numbers were not computed again; None where they were.
    """

    problems: tuple[Problem, ...]
    not_computed: str | None


def write(experiments: Path, document: Mapping[str, Any]) -> None:
    """Write the document and its page, each atomically, the page last."""
    write_text(experiments / DOCUMENT, pretty_json(document))
    write_text(experiments / PAGE, render(document))


def read(path: Path) -> dict[str, Any]:
    """Return a stored document.

    Args:
        path: The file, or the folder that it is in.

    Raises:
        NotFoundError: There is none.
        InputError: It is none.
    """
    place = path / DOCUMENT if path.is_dir() else path
    found = read_json(place)
    if not isinstance(found, dict) or found.get("shape") != SHAPE or not found.keys() >= PARTS:
        raise InputError(
            "is not a leaderboard of this version",
            where=place,
            expected=f"a {DOCUMENT} of shape {SHAPE}",
            remedy="make it again: standoff leaderboard build; of a frozen one, use the version that made it",
        )
    return found


def check(
    experiments: Path, *, data_dir: Path | None = None, report: Callable[[str], None] = lambda _: None
) -> Checked:
    """Compare the leaderboard with what it is made of; nothing is written.

    Every file below ``runs`` and ``submissions`` has to be the one that the leaderboard was made of, every run's
    files those of its record, the page the one that the document gives, and frozen boards as they were frozen.
    Where the data of all tasks is here, every number is computed again.

    Args:
        experiments: The folder with the leaderboard.
        data_dir: A folder with the tasks' files; the stored sets by default.
        report: Called with a line before each board that is computed.
    """
    try:
        stored = read(experiments)
    except StandoffError as error:
        return Checked(
            (Problem(str(experiments / DOCUMENT), str(error)),), "there is no leaderboard to compare with"
        )
    try:
        problems = [*_changed_inputs(stored, experiments), *_changed_page(stored, experiments)]
    except (StandoffError, KeyError, TypeError, AttributeError, IndexError) as error:
        return Checked((Problem(str(experiments), f"cannot be compared: {error}"),), "it is broken")
    try:
        entries = read_entries(experiments)
    except StandoffError as error:
        return Checked((*problems, Problem(str(experiments), str(error))), "a run or submission is broken")
    problems += _changed_scores(stored, entries)
    try:
        refuse_absent(entries, data_dir=data_dir)
    except NotFoundError as error:
        return Checked(tuple(problems), str(error))
    settings = Settings(**{name: stored["settings"][name] for name in ("resamples", "permutations", "seed")})
    try:
        fresh = build(experiments, data_dir=data_dir, settings=settings, report=report)
    except StandoffError as error:
        return Checked((*problems, Problem(str(experiments), str(error))), "it cannot be built")
    found = [one for one in differing(stored, fresh) if not one[0].startswith("inputs")]  # which are told already
    problems += [
        Problem(f"{DOCUMENT}: {where}", f"is {here!r}; computed again it is {there!r}")
        for where, here, there in found[:SHOWN]
    ]
    if not found and pretty_json({**stored, "inputs": fresh["inputs"]}) != pretty_json(fresh):
        problems.append(Problem(DOCUMENT, "has the values that are computed, in another order or spelling"))
    return Checked(tuple(problems), None)


def freeze(experiments: Path, name: str, *, because: str, on: dt.date) -> Path:
    """Keep the leaderboard as it stands, and say why it will change: before labels are corrected, say.

    Args:
        experiments: The folder with the leaderboard.
        name: Of the frozen board; becomes a folder below ``boards``.
        because: What changes after it.
        on: The day.

    Returns:
        The new folder.

    Raises:
        InputError: The name is no name of a folder.
        RefusedError: There is a frozen board of that name, or the leaderboard is not made of what is there.
    """
    if not NAME.fullmatch(name):
        raise InputError(
            "is no name of a board", got=name, expected="letters, digits, '.', '_' and '-', such as 2026-11"
        )
    target = experiments / FROZEN / name
    refuse_existing(target)
    if problems := [
        *_changed_inputs(read(experiments), experiments),
        *_changed_page(read(experiments), experiments),
    ]:
        raise RefusedError(
            "the leaderboard is not current, so it is not worth keeping",
            where=experiments / DOCUMENT,
            got=f"{problems[0].where}: {problems[0].what}",
            remedy="bring it up to date first: standoff leaderboard build",
        )
    document = read(experiments) | {"frozen": {"name": name, "on": on.isoformat(), "because": because}}
    with new_folder(target) as made:
        write(made, document)
    # The current board lists the frozen ones, so that none of them is changed or removed unseen.
    write(experiments, read(experiments) | {"inputs": input_digests(experiments)})
    return target


def differing(one: Any, other: Any, where: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield the places where two JSON values differ, with both; what only one of them has is None in the other."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in dict.fromkeys([*one, *other]):
            yield from differing(one.get(name), other.get(name), f"{where}.{name}".removeprefix("."))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for at, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differing(left, right, f"{where}[{at}]")
    elif isinstance(one, list) and isinstance(other, list):
        yield where, f"{len(one)} entries", f"{len(other)} entries"
    elif one != other or type(one) is not type(other):
        yield where, one, other


def _changed_inputs(stored: Mapping[str, Any], experiments: Path) -> Iterator[Problem]:
    here = input_digests(experiments)
    for path, digest, now in differing_files(stored["inputs"], here):
        if now is None:
            yield Problem(path, "is gone; the leaderboard was made with it")
        elif digest is None:
            yield Problem(path, "is new; the leaderboard was made without it")
        else:
            yield Problem(path, f"is not the file that the leaderboard was made of (sha256 {now}, was {digest})")


def differing_files(
    before: Mapping[str, str], now: Mapping[str, str]
) -> Iterator[tuple[str, str | None, str | None]]:
    """Yield path, digest before and digest now of what was changed, added or removed."""
    for path in sorted({*before, *now}):
        if before.get(path) != now.get(path):
            yield path, before.get(path), now.get(path)


def _changed_page(stored: Mapping[str, Any], experiments: Path) -> Iterator[Problem]:
    wanted = {DOCUMENT: pretty_json(stored), PAGE: render(stored)}
    for name, text in wanted.items():
        try:
            if sha256_bytes(read_bytes(experiments / name)) != sha256_text(text):
                yield Problem(name, "is not what its content gives; it was edited by hand, or by another version")
        except StandoffError as error:
            yield Problem(name, str(error))


def _changed_scores(stored: Mapping[str, Any], entries: Mapping[BoardKey, Sequence[Entry]]) -> Iterator[Problem]:
    """Yield the scores of runs that are not those of their own ``scores.json``, for which no data is needed."""
    of_runs = {
        (one.scores["signature"], one.system): one.scores["scores"]
        for found in entries.values()
        for one in found
        if one.scores is not None and len(one.predictions) == 1
    }
    for board in stored["boards"]:
        for row in board["rows"]:
            own = of_runs.get((row["signature"], row["system"]))
            ends = ("value", "low", "high")
            if own is not None and rounded([own[end] for end in ends]) != [row[end] for end in ends]:
                where = f"{DOCUMENT}: {board['task']}, {board['split']}, {row['system']}"
                yield Problem(where, "is not what the run's scores.json says")
