"""The leaderboard as files: written, checked against what it was made of, and frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from standoff.errors import InputError, NotFoundError, Problem, RefusedError, StandoffError
from standoff.experiments.leaderboard.build import SHAPE, build
from standoff.experiments.leaderboard.entries import input_digests, read_entries
from standoff.experiments.leaderboard.page import render
from standoff.experiments.leaderboard.standing import Settings
from standoff.files import (
    new_folder,
    pretty_json,
    read_bytes,
    read_json,
    read_text,
    refuse_existing,
    sha256_bytes,
    sha256_file,
    sha256_text,
    write_text,
)
from standoff.tasks.registry import refuse_missing

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

DOCUMENT, PAGE = "LEADERBOARD.json", "LEADERBOARD.md"
FROZEN = "boards"
"""Folder of frozen boards below ``experiments``, one folder each."""

SUMS = "SHA256SUMS"
"""In the folder of a frozen board: what its files were when it was frozen."""

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
    if not isinstance(found, dict) or found.get("shape") != SHAPE:
        raise InputError(
            "is not a leaderboard of this version",
            where=place,
            expected=f"a {DOCUMENT} of shape {SHAPE}",
            remedy="make it again: standoff leaderboard build",
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
    problems = [
        *_changed_inputs(stored, experiments),
        *_changed_page(stored, experiments),
        *_changed_frozen(experiments),
    ]
    try:
        entries = read_entries(experiments)
    except StandoffError as error:
        return Checked((*problems, Problem(str(experiments), str(error))), "a run or submission is broken")
    try:
        for address, _ in entries:
            refuse_missing(address, data_dir=data_dir)
    except NotFoundError as error:
        return Checked(tuple(problems), str(error))
    settings = Settings(**{name: stored["settings"][name] for name in ("resamples", "permutations", "seed")})
    try:
        fresh = build(experiments, data_dir=data_dir, settings=settings, report=report)
    except StandoffError as error:
        return Checked((*problems, Problem(str(experiments), str(error))), "it cannot be built")
    for where, here, there in list(differing(stored, fresh))[:SHOWN]:
        if not where.startswith("inputs"):  # told already
            problems.append(Problem(f"{DOCUMENT}: {where}", f"is {here!r}; computed again it is {there!r}"))
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
        RefusedError: There is a frozen board of that name, or the leaderboard is not what its inputs give.
    """
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
        sums = [f"{sha256_file(made / file)}  {file}\n" for file in (DOCUMENT, PAGE)]
        write_text(made / SUMS, "".join(sums))
    return target


def differing(one: Any, other: Any, where: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield the places where two JSON values differ, with both; what only one of them has is None in the other."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in dict.fromkeys([*one, *other]):
            yield from differing(one.get(name), other.get(name), f"{where}.{name}".removeprefix("."))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for at, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differing(left, right, f"{where}[{at}]")
    elif one != other:
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


def _changed_frozen(experiments: Path) -> Iterator[Problem]:
    for folder in sorted((experiments / FROZEN).glob("*/")):
        where = folder.relative_to(experiments).as_posix()
        try:
            lines = read_text(folder / SUMS).splitlines()
        except StandoffError as error:
            yield Problem(f"{where}/{SUMS}", str(error))
            continue
        listed = {path: digest for digest, _, path in (line.partition("  ") for line in lines)}
        here = {path.name: sha256_file(path) for path in sorted(folder.iterdir()) if path.name != SUMS}
        for path, _, _ in differing_files(listed, here):
            yield Problem(f"{where}/{path}", "is not what was frozen; a frozen board does not change")
