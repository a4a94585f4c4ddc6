"""The private file: opened, proven, published; and whatever is done to it is found."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.tasks.sealed.rounds import LABELS, Round, lines, with_labels

from standoff.errors import InputError, IntegrityError, NotFoundError, RefusedError
from standoff.files import sha256_bytes
from standoff.tasks.sealed.commitment import committed, ids_digest
from standoff.tasks.sealed.gold import PRIVATE, first_line, open_sealed, publish, unseal
from standoff.tasks.sealed.seal import seal
from standoff.tasks.slices import pick


def refused(zoo: Round, path: Path) -> str:
    """Return the message with which a changed file is refused by the proof; it is an integrity error."""
    with pytest.raises(IntegrityError) as caught:
        unseal(zoo.commitment, path)
    return str(caught.value)


def changed(folder: Path, data: bytes) -> Path:
    path = folder / "changed.jsonl"
    path.write_bytes(data)
    return path


def forged(zoo: Round, folder: Path, change: Callable[[list[dict[str, Any]]], object]) -> Path:
    """Write the private file with changed lines (facts, then items) and a first line that fits them."""
    first, *rest = lines(zoo.private)
    change(rest)
    content = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rest).encode()
    salt = bytes.fromhex(first["salt"])
    return changed(folder, first_line(PRIVATE, salt, committed(salt, content)) + content)


# -- opened ---------------------------------------------------------------------------------------------


def test_what_was_sealed_is_read(zoo: Round) -> None:
    gold = open_sealed(zoo.private)
    assert {item["id"]: item["label"] for item in gold.items} == zoo.gold
    assert gold.commitment == zoo.made.commitment
    assert (gold.facts.items, gold.facts.data_sha256) == (18, zoo.loaded.digest)
    assert sha256_bytes(gold.salt) == zoo.made.salt_sha256
    assert list(gold.rows().columns) == ["id", "group", "label", "year", "note"]


def test_slices_are_asked_for_as_on_the_task(zoo: Round, tmp_path: Path) -> None:
    """A whole number beside a null stays one; True and False are booleans."""
    numbers = range(len(zoo.loaded.frame))
    page = pd.Series([None if n % 4 == 0 else n % 3 for n in numbers], dtype=object)
    frame = zoo.loaded.frame.assign(page=page, short=[n % 2 == 0 for n in numbers])
    loaded = replace(zoo.loaded, frame=frame)
    seal(loaded, "test", tmp_path / "p", tmp_path / "g.jsonl")
    there, here = loaded.split("test"), open_sealed(tmp_path / "g.jsonl").rows()
    assert here["short"].dtype == bool
    for wanted in ("page=1", "page=null", "short", "short=false", "year=2021"):
        assert set(pick(here, wanted)["id"]) == set(pick(there, wanted)["id"]), wanted


def test_files_of_the_public_folder_are_told_apart(zoo: Round) -> None:
    for path in (zoo.commitment, zoo.public / "test.items.jsonl", zoo.public / "train.jsonl"):
        with pytest.raises(InputError, match=r"(?s)public folder, which holds no label.*whoever sealed the split"):
            open_sealed(path)


NUMBER = b'{"salt":' + b"1" * 64 + b"}\n{}\n"
"""As many digits as a salt has, but no text."""


def test_other_files_are_no_sealed_labels(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such file"):
        open_sealed(tmp_path / "none.jsonl")
    for data in (
        b"",
        b"\n",
        b"id,label\n",
        b"[1]\n",
        b"\xff\xfe\n",
        b'{"salt":"00"}\n',
        b'{"salt":null}\n{}\n',
        NUMBER,
    ):
        with pytest.raises(IntegrityError, match=r"changed\.jsonl:1"):
            open_sealed(changed(tmp_path, data))


# -- whatever is done to it -----------------------------------------------------------------------------


def test_every_changed_byte_is_found(zoo: Round, tmp_path: Path) -> None:
    data = zoo.private.read_bytes()
    for place in range(len(data)):
        path = changed(tmp_path, data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(IntegrityError):
            unseal(zoo.commitment, path) if place % 2 else open_sealed(path)


@pytest.mark.parametrize("how", ["lost", "doubled", "moved", "cut off"])
def test_every_changed_line_is_found(zoo: Round, tmp_path: Path, how: str) -> None:
    rows = zoo.private.read_bytes().splitlines(keepends=True)
    for place in range(len(rows) - 1):
        kept = {
            "lost": rows[:place] + rows[place + 1 :],
            "doubled": rows[: place + 1] + rows[place:],
            "moved": [*rows[:place], rows[place + 1], rows[place], *rows[place + 2 :]],
            "cut off": rows[: place + 1],
        }[how]
        path = changed(tmp_path, b"".join(kept))
        with pytest.raises(IntegrityError):
            open_sealed(path)
        with pytest.raises(IntegrityError):
            unseal(zoo.commitment, path)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data + b"\n",
        lambda data: data[:-1],
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.replace(b",", b", "),
        lambda data: data + b'{"id":"new","group":"g","label":"quokka"}\n',
        lambda data: data.replace(b"PRIVATE", b"Public "),
    ],
)
def test_other_spellings_of_the_same_are_found(
    zoo: Round, tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    path = changed(tmp_path, change(zoo.private.read_bytes()))
    with pytest.raises(IntegrityError, match=r"what to do: .*mail or git may have changed its line ends"):
        open_sealed(path)


# -- what differs ---------------------------------------------------------------------------------------


def other_label(rows: list[dict[str, Any]]) -> None:
    rows[3]["label"] = next(label for label in LABELS if label != rows[3]["label"])


@pytest.mark.parametrize("fits", [True, False])
def test_a_changed_label_is_found_whether_the_first_line_was_made_to_fit_or_not(
    zoo: Round, tmp_path: Path, fits: bool
) -> None:
    path = forged(zoo, tmp_path, other_label)
    if fits:
        open_sealed(path)  # by itself, such a file is whole: only the commitment tells
    else:
        first, _, _ = zoo.private.read_bytes().partition(b"\n")
        _, _, rest = path.read_bytes().partition(b"\n")
        path = changed(tmp_path, first + b"\n" + rest)
        with pytest.raises(IntegrityError, match="line 1: it was not written with this salt and these lines"):
            open_sealed(path)
    message = refused(zoo, path)
    assert "these are not the labels that were sealed" in message
    assert "task, ids and salt are the same; a label, a group or a slice was changed" in message


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: rows[1].update(group=rows[-1]["group"]), "a label, a group or a slice was changed"),
        (lambda rows: rows[1].update(note=""), "a label, a group or a slice was changed"),
        (lambda rows: rows[0].update(data_sha256="0" * 64), "a label, a group or a slice was changed"),
        (lambda rows: rows.pop(), "items: 17 in the file, where 18 were sealed"),
        (lambda rows: rows.append(dict(rows[1], id="new")), "items: 19 in the file, where 18 were sealed"),
        (lambda rows: rows[1].update(id="new"), "ids: other ones than were sealed"),
        (lambda rows: rows[0].update(task="other"), "task: 'other' in the file, 'zoo' in the commitment"),
        (lambda rows: rows[0].update(split="audited-train"), "split: 'audited-train' in the file, 'audited-test'"),
        (lambda rows: rows[0].update(label_kind="model"), "label_kind: 'model' in the file, 'human'"),
        (lambda rows: rows[0].update(items=17), "items: 17 in the file, 18 in the commitment"),
        (lambda rows: rows[0]["labels"].reverse(), "labels: ("),
    ],
)
def test_the_proof_says_what_differs(
    zoo: Round, tmp_path: Path, change: Callable[[list[dict[str, Any]]], object], says: str
) -> None:
    assert says in refused(zoo, forged(zoo, tmp_path, change))


def test_another_salt_is_told_from_other_labels(zoo: Round, tmp_path: Path) -> None:
    seal(zoo.loaded, "test", tmp_path / "p", tmp_path / "g.jsonl")
    message = refused(zoo, tmp_path / "g.jsonl")
    assert "salt: another one; nothing can be said of the labels" in message
    assert message.count("\n  - ") == 1
    others = with_labels(zoo.loaded, dict.fromkeys(zoo.gold, LABELS[0]))
    seal(others, "test", tmp_path / "p2", tmp_path / "g2.jsonl")
    assert message.replace("g.jsonl", "g2.jsonl") == refused(zoo, tmp_path / "g2.jsonl")


def test_another_task_is_told(zoo: Round, tmp_path: Path) -> None:
    seal(load_intervention(), "test", tmp_path / "p", tmp_path / "g.jsonl")
    message = refused(zoo, tmp_path / "g.jsonl")
    assert "task: 'intervention:" in message
    assert "113 in the file, where 18 were sealed" in message


def load_intervention() -> Any:
    from standoff.tasks.registry import load_task

    return load_task("intervention")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: rows.append(rows[-1]), "19, where 18 are stated"),
        (lambda rows: rows.append(rows[-1]), "2 times"),
        (lambda rows: rows[1].update(id="new"), "ids: not those that are stated"),
        (lambda rows: [row.update(group="one") for row in rows[1:]], "groups: 1, where 6 are stated"),
        (lambda rows: rows[1].update(label="wombat"), "the label 'wombat' is not in the inventory"),
        (lambda rows: rows[1].update(label=None), "label is not a text"),
        (lambda rows: rows[1].update(id="\ud800"), "id is not a text"),
        (lambda rows: rows[1].pop("group"), "group is not a text"),
        (lambda rows: rows[0].pop("labels"), "labels: Field required"),
        (lambda rows: rows[0].update(surprise=1), "surprise"),
        (lambda rows: rows.__delitem__(slice(1, None)), "0, where 18 are stated"),
    ],
)
def test_a_file_made_to_fit_must_still_be_one_that_sealing_writes(
    zoo: Round, tmp_path: Path, change: Callable[[list[dict[str, Any]]], object], says: str
) -> None:
    with pytest.raises(IntegrityError) as caught:
        open_sealed(forged(zoo, tmp_path, change))
    assert says in str(caught.value)


def test_a_commitment_whose_facts_were_changed_is_found(zoo: Round, tmp_path: Path) -> None:
    path = tmp_path / "commitment.json"
    path.write_text(json.dumps({**zoo.made.to_json(), "label_kind": "model"}), encoding="utf-8")
    with pytest.raises(
        IntegrityError, match=r"(?s)but the commitment says otherwise.*label_kind: 'human' in the f"
    ):
        unseal(path, zoo.private)


def test_a_changed_first_line_is_found_though_the_labels_are_right(zoo: Round, tmp_path: Path) -> None:
    path = changed(tmp_path, zoo.private.read_bytes().replace(b"PRIVATE", b"Public "))
    assert "the labels are those that were sealed, but the file is not whole" in refused(zoo, path)


# -- published ------------------------------------------------------------------------------------------


def test_what_is_published_is_proof_for_everybody(zoo: Round, tmp_path: Path) -> None:
    out = tmp_path / "labels.jsonl"
    publish(unseal(zoo.commitment, zoo.private), out)
    again = unseal(zoo.commitment, out)
    assert {item["id"]: item["label"] for item in again.items} == zoo.gold
    assert open_sealed(out).commitment == zoo.made.commitment
    first, _, content = out.read_bytes().partition(b"\n")
    assert b"PRIVATE" not in first
    # By hand, without this package's code.
    salt = bytes.fromhex(json.loads(first)["salt"])
    assert hashlib.sha256(salt + content).hexdigest() == zoo.made.commitment
    assert zoo.private.read_bytes().partition(b"\n")[2] == content
    if os.name == "posix":
        assert stat.S_IMODE(out.stat().st_mode) == 0o644


def test_a_published_file_that_was_changed_is_found_too(zoo: Round, tmp_path: Path) -> None:
    publish(open_sealed(zoo.private), tmp_path / "labels.jsonl")
    data = (tmp_path / "labels.jsonl").read_bytes()
    label = zoo.gold[min(zoo.gold)].encode()
    other = next(one.encode() for one in LABELS if one.encode() != label)
    path = changed(tmp_path, data.replace(b'"label":"' + label, b'"label":"' + other, 1))
    assert "a label, a group or a slice was changed" in refused(zoo, path)


def test_publishing_writes_over_nothing(zoo: Round, tmp_path: Path) -> None:
    out = tmp_path / "labels.jsonl"
    out.write_text("mine")
    with pytest.raises(RefusedError, match="exists already"):
        publish(open_sealed(zoo.private), out)
    assert out.read_text() == "mine"


def test_the_ids_digest_is_that_of_the_items(zoo: Round) -> None:
    assert open_sealed(zoo.private).facts.ids_sha256 == ids_digest(zoo.gold)
