"""What is published of sealed labels: what the round is about, and a hash that only these labels can give."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from standoff.errors import InputError
from standoff.files import canonical_json, read_json, sha256_text
from standoff.records import Line, Record, Sha256

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAME = "commitment.json"

Count = Annotated[int, Field(ge=1)]


class Facts(Record):
    """What a round is about; nothing in it depends on the label of an item.

    The digest of the task's data is not among these: it is a hash of the labels without a salt, against which
    guesses could be tried out.

    Args:
        standoff: Version of the package that sealed.
        task: The address that loads the task where its labels are.
        task_version: Version of the task.
        split: Split set and split, such as ``audited-test``.
        labels: The label inventory, in order.
        label_kind: Who made the labels.
        metric: The primary metric.
        paper_metric: The metric of the dataset's paper; None where there is none.
        board_map: Label -> board label; None where the labels do not mean a stance.
        items: How many labels are sealed.
        groups: In how many groups.
        ids_sha256: Of the ids; see :func:`ids_digest`.
        files: Name -> sha256 of every other file of the public folder: the items, and what is there to train on.
    """

    standoff: Line
    task: Line
    task_version: Count
    split: Line
    labels: Annotated[tuple[str, ...], Field(min_length=2)]
    label_kind: Literal["human", "model"]
    metric: Line
    paper_metric: Line | None
    board_map: dict[str, Literal["support", "oppose", "none"]] | None
    items: Count
    groups: Count
    ids_sha256: Sha256
    files: dict[str, Sha256]


class Commitment(Facts):
    """The public promise of a round, stored as :data:`NAME`.

    It proves that labels shown later are those that were sealed. It does not prove that they are right, that
    nobody saw them in the meantime, or that whoever sealed them made only one commitment: publish it once, where
    it cannot be changed, before the round begins.

    Args:
        salt_sha256: Of the salt. It tells another salt from other labels, and the salt is too long to be guessed.
        commitment: See :func:`committed`.
    """

    salt_sha256: Sha256
    commitment: Sha256


class SealedFacts(Facts):
    """The second line of a file with sealed labels.

    Args:
        data_sha256: Digest of the task's data, labels and all; see :func:`standoff.tasks.frame.frame_digest`.
    """

    data_sha256: Sha256


def committed(salt: bytes, content: bytes) -> str:
    """Return the commitment to ``content``: the sha256 of the salt's bytes followed by those of the content.

    Without a salt, anyone who has the items could try labels out until the hash is right: 20 items with two
    labels have a million ways, and to who knows all labels but one there are two. With a salt of 256 random bits
    not even the right labels can be recognised before it is shown. Other labels with the same commitment would be
    a collision of sha256; the salt's length is fixed, so that nothing can be moved between salt and content.

    Source: Narayanan et al., Bitcoin and Cryptocurrency Technologies (2016), section 1.1, commit(msg, nonce).

    Args:
        salt: 32 bytes.
        content: The file from its second line on.
    """
    return hashlib.sha256(salt + content).hexdigest()


def ids_digest(ids: Iterable[str]) -> str:
    """Return the sha256 of the ids as a JSON list, sorted by code points, without spaces."""
    return sha256_text(canonical_json(sorted(ids)))


def read_commitment(path: Path) -> Commitment:
    """Return the commitment in a file.

    Raises:
        NotFoundError: No such file.
        InputError: It holds no commitment.
    """
    try:
        return Commitment.parse(read_json(path), where=str(path))
    except InputError as error:
        raise error.with_remedy(f"name the {NAME} that `standoff seal` wrote, as it was published") from None
