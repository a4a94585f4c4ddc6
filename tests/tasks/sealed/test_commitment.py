"""The commitment: by hand, and only what may be public."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from pydantic import ValidationError
from tests.tasks.sealed.rounds import Round

from standoff.errors import InputError, NotFoundError
from standoff.tasks.sealed.commitment import Commitment, committed, ids_digest, read_commitment


def test_the_commitment_by_hand() -> None:
    """By coreutils: `(printf '%032d' 0; printf abc) | sha256sum`."""
    salt = b"0" * 32
    assert committed(salt, b"abc") == "af1f0da87873662f687d436bbf2c38eb309ce126fefc1ff4dea6b59b179e846b"
    assert len({committed(salt, b"abc"), committed(b"1" * 32, b"abc"), committed(salt, b"abd")}) == 3


def test_ids_are_hashed_in_one_order_and_cannot_run_together() -> None:
    assert ids_digest(["b", "a"]) == ids_digest(["a", "b"]) == hashlib.sha256(b'["a","b"]').hexdigest()
    assert len({ids_digest(ids) for ids in (["a\nb"], ["a", "b"], ["ab"], ['a","b'])}) == 4


def test_what_is_published_and_read_back(zoo: Round) -> None:
    assert read_commitment(zoo.commitment) == zoo.made
    facts = json.loads(zoo.commitment.read_text(encoding="utf-8"))
    assert (facts["task"], facts["task_version"], facts["split"]) == ("zoo", 2, "audited-test")
    assert facts["labels"] == ["quokka", "axolotl", "narwhal"]
    assert (facts["label_kind"], facts["metric"], facts["paper_metric"]) == ("human", "macro_f1", None)
    assert (facts["items"], facts["groups"]) == (18, 6)
    assert facts["ids_sha256"] == ids_digest(zoo.gold)
    others = {path.name: path.read_bytes() for path in zoo.public.iterdir() if path != zoo.commitment}
    assert facts["files"] == {name: hashlib.sha256(data).hexdigest() for name, data in others.items()}


def test_the_digest_of_the_data_is_not_published_as_it_is_a_hash_of_the_labels_without_salt(zoo: Round) -> None:
    for path in zoo.public.iterdir():
        assert zoo.loaded.digest not in path.read_text(encoding="utf-8")
    assert zoo.loaded.digest in zoo.private.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "change",
    [
        {"commitment": "0" * 63},
        {"commitment": "0" * 63 + "G"},
        {"salt_sha256": None},
        {"items": 0},
        {"labels": ["one"]},
        {"label_kind": "people"},
        {"metric": "a\x1b[31m"},
        {"surprise": 1},
        {"board_map": {"quokka": "love"}},
    ],
)
def test_what_is_no_commitment_is_refused(zoo: Round, tmp_path: Path, change: dict[str, object]) -> None:
    (name,) = change
    with pytest.raises(ValidationError):
        Commitment.model_validate({**zoo.made.to_json(), **change})
    path = tmp_path / "commitment.json"
    path.write_text(json.dumps({**zoo.made.to_json(), **change}), encoding="utf-8")
    with pytest.raises(InputError, match=rf"(?s){name}.*what to do: name the commitment\.json"):
        read_commitment(path)


def test_what_is_no_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such file"):
        read_commitment(tmp_path / "commitment.json")
    path = tmp_path / "commitment.json"
    for text in ("", "{", "[]", '"x"', "[" * 100_000):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError):
            read_commitment(path)
