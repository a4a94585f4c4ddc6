"""Sealed labels: the private file, opened; and the proof that they are those that were sealed.

The file is JSON lines. The first says what it is and has the salt; the second has the facts of the round; each of
the others has an item: id, group, label, and the slice columns. The commitment is to the salt and to all from the
second line on. When the round is over, the same lines are published under another first one.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from standoff.errors import InputError, IntegrityError, Problem, listed, shorten
from standoff.files import (
    canonical_json,
    parse_json_object,
    read_bytes,
    refuse_existing,
    sha256_bytes,
    write_bytes,
)
from standoff.rows.values import HALF
from standoff.tasks.sealed.commitment import NAME, Facts, SealedFacts, committed, ids_digest, read_commitment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from standoff.tasks.sealed.commitment import Commitment

PRIVATE = "PRIVATE: the labels of a sealed split. Whoever reads this file can no longer take part in the round."
PUBLISHED = "The labels of a sealed split, published. `standoff unseal` checks them against the commitment."
"""What the first line says; a part of the format, since the line is compared whole."""

SALT_BYTES = 32
_SALT = re.compile(rf"[0-9a-f]{{{2 * SALT_BYTES}}}")

AS_WRITTEN = "put back the file as it was written; mail or git may have changed its line ends"


@dataclass(frozen=True, kw_only=True, eq=False)
class Gold:
    """Sealed labels, read and checked.

    Attributes:
        facts: What the round is about.
        salt: 32 bytes.
        content: The file from its second line on.
        commitment: To salt and content.
        items: One per item, sorted by id: ``id``, ``group``, ``label``, then the slice columns.
    """

    facts: SealedFacts
    salt: bytes
    content: bytes
    commitment: str
    items: tuple[dict[str, Any], ...]

    def rows(self) -> pd.DataFrame:
        """Return the items as a frame with the columns id, group, label, and the slice columns."""
        import pandas as pd  # noqa: PLC0415 - proving needs none of it

        # As objects: pandas would make 2024 a 2024.0 beside a null, and a slice is asked for by its text.
        frame = pd.DataFrame(list(self.items), dtype=object)
        booleans = [name for name in frame if all(isinstance(value, bool) for value in frame[name])]
        return frame.astype(dict.fromkeys(booleans, bool))


def first_line(says: str, salt: bytes, commitment: str) -> bytes:
    """Return the first line of a file with sealed labels; ``says`` is :data:`PRIVATE` or :data:`PUBLISHED`."""
    return (canonical_json({"what": says, "salt": salt.hex(), "commitment": commitment}) + "\n").encode()


def open_sealed(path: Path) -> Gold:
    """Return the labels in a private file, or in one that was published, if it is whole.

    The file is checked against itself: this finds whatever happened to it, but not a file that was made anew
    with other labels. :func:`unseal` does.

    Raises:
        NotFoundError: No such file.
        InputError: It is a file of the public folder, which holds no labels.
        IntegrityError: It is not as it was written.
    """
    gold, problems = _read(path)
    if problems:
        _refuse("is not a whole file of sealed labels", problems, path)
    return gold


def unseal(commitment: Path, private: Path) -> Gold:
    """Return the labels in a private file, or in one that was published, if they are those that were sealed.

    Args:
        commitment: The published commitment.
        private: The file with the labels.

    Raises:
        NotFoundError: No such file.
        InputError: The first file holds no commitment, or the second is one of the public folder.
        IntegrityError: The labels are not those that were committed to; the message says what differs.
    """
    promised = read_commitment(commitment)
    gold, problems = _read(private)
    if gold.commitment != promised.commitment:
        _refuse("these are not the labels that were sealed", _differences(promised, gold), private)
    if problems:
        _refuse("the labels are those that were sealed, but the file is not whole", problems, private)
    if differ := list(_other_facts(promised, gold)):
        _refuse("the labels are those that were sealed, but the commitment says otherwise", differ, commitment)
    return gold


def publish(gold: Gold, path: Path) -> None:
    """Write the labels with their salt to a new file, for everybody: ``unseal`` and ``open_sealed`` read it too.

    Raises:
        RefusedError: The file exists.
    """
    refuse_existing(path)
    write_bytes(path, first_line(PUBLISHED, gold.salt, gold.commitment) + gold.content)


def _read(path: Path) -> tuple[Gold, list[Problem]]:
    """Return what a file holds, and what in it is not as it was written.

    Raises:
        InputError: It is a file of the public folder.
        IntegrityError: It cannot even be read as sealed labels.
    """
    first, _, content = read_bytes(path).partition(b"\n")
    if first == b"{" and b'"salt_sha256"' in content:
        _refuse_public(path)
    head = _object(first, f"{path}:1")
    if "text" in head:
        _refuse_public(path)
    stated = head.get("salt")
    if not (isinstance(stated, str) and _SALT.fullmatch(stated)):
        raise IntegrityError(
            "does not start as a file of sealed labels does",
            where=f"{path}:1",
            got=first[:80],
            expected="a line with the salt",
            remedy=f"name the file that `standoff seal --private` wrote, or {AS_WRITTEN}",
        )
    salt = bytes.fromhex(stated)
    second, *others = content.split(b"\n")
    facts = _facts(second, f"{path}:2")
    items = tuple(_item(line, f"{path}:{number}") for number, line in enumerate(others, start=3) if line)
    gold = Gold(facts=facts, salt=salt, content=content, commitment=committed(salt, content), items=items)
    problems = list(_contradictions(gold))
    if first + b"\n" not in {first_line(says, salt, gold.commitment) for says in (PRIVATE, PUBLISHED)}:
        problems.append(Problem("line 1", "it was not written with this salt and these lines"))
    return gold, problems


def _refuse_public(path: Path) -> NoReturn:
    """Refuse what a participant has, and might try."""
    raise InputError(
        "is a file of the public folder, which holds no label of the sealed split",
        where=path,
        expected="the private file",
        remedy="whoever sealed the split has it, and can score the predictions",
    )


def _object(line: bytes, where: str) -> dict[str, Any]:
    try:
        return parse_json_object(line.decode("utf-8"), where=where)
    except (UnicodeDecodeError, InputError) as error:
        raise IntegrityError(
            "is no line of sealed labels", where=where, got=line[:80], expected="an object", remedy=AS_WRITTEN
        ) from error


def _facts(line: bytes, where: str) -> SealedFacts:
    try:
        return SealedFacts.parse(_object(line, where), where=where)
    except InputError as error:
        raise IntegrityError(error.what, where=where, remedy=AS_WRITTEN) from None


def _item(line: bytes, where: str) -> dict[str, Any]:
    found = _object(line, where)
    parts = {name: found.get(name) for name in ("id", "group", "label")}
    if wrong := [name for name, part in parts.items() if not isinstance(part, str) or HALF.search(part)]:
        raise IntegrityError(
            f"is no item: {', '.join(wrong)} is not a text", where=where, got=found, remedy=AS_WRITTEN
        )
    return found


def _contradictions(gold: Gold) -> Iterator[Problem]:
    """Yield what the items have otherwise than the facts say, as sealing would never write it."""
    facts, ids = gold.facts, [item["id"] for item in gold.items]
    groups = len({item["group"] for item in gold.items})
    if len(ids) != facts.items:
        yield Problem("items", f"{len(ids)}, where {facts.items} are stated")
    if groups != facts.groups:
        yield Problem("groups", f"{groups}, where {facts.groups} are stated")
    if ids_digest(ids) != facts.ids_sha256:
        yield Problem("ids", "not those that are stated")
    yield from (Problem(f"id {shorten(one)}", f"{n} times") for one, n in Counter(ids).items() if n > 1)
    for item in gold.items:
        if item["label"] not in facts.labels:
            yield Problem(
                f"id {shorten(item['id'])}", f"the label {shorten(item['label'])} is not in the inventory"
            )


def _differences(promised: Commitment, gold: Gold) -> list[Problem]:
    """Return in what sealed labels differ from those that were committed to."""
    found = list(_other_facts(promised, gold))
    ids = [item["id"] for item in gold.items]
    if len(ids) != promised.items:
        found.append(Problem("items", f"{len(ids)} in the file, where {promised.items} were sealed"))
    elif ids_digest(ids) != promised.ids_sha256:
        found.append(Problem("ids", "other ones than were sealed"))
    if sha256_bytes(gold.salt) != promised.salt_sha256:
        found.append(Problem("salt", "another one; nothing can be said of the labels, as no hash can be compared"))
    return found or [Problem("labels", "task, ids and salt are the same; a label, a group or a slice was changed")]


def _other_facts(promised: Commitment, gold: Gold) -> Iterator[Problem]:
    for name in Facts.model_fields:
        here, there = getattr(gold.facts, name), getattr(promised, name)
        if here != there:
            yield Problem(name, f"{shorten(here)} in the file, {shorten(there)} in the commitment")


def _refuse(what: str, problems: list[Problem], where: Path) -> NoReturn:
    raise IntegrityError(
        f"{what}:\n{listed(problems)}",
        where=where,
        expected=f"what `standoff seal` wrote together with {NAME}",
        remedy=AS_WRITTEN,
    )
