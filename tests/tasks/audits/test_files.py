"""The committed results, and the list of known issues that must not be stale."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from standoff.errors import InputError
from standoff.tasks.audits.audit import Audit, audit
from standoff.tasks.audits.files import file_name, file_text, read_issues, skeleton, stale

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from standoff.tasks.task import LoadedTask

    Load = Callable[[Sequence[dict[str, Any]]], LoadedTask]

ISSUE = """
[[issue]]
task = "made"
split_set = "official"
finding = "empty-text"
count = 2
why = "They are question marks upstream too."
"""


@pytest.fixture
def audits(load: Load) -> list[Audit]:
    """The audits of one task, with one finding."""
    return [audit(load([{"text": "?", "actor": "Bo"}, {"text": "!"}, {}]))]


@pytest.fixture
def folder(tmp_path: Path, audits: list[Audit]) -> Path:
    """A folder of results that is not stale."""
    (tmp_path / "made.json").write_text(file_text(audits), encoding="utf-8")
    (tmp_path / "known-issues.toml").write_text(ISSUE, encoding="utf-8")
    return tmp_path


def problems(folder: Path, audits: list[Audit], others: set[str] | None = None) -> list[str]:
    return [problem.what for problem in stale(folder, [audits] if audits else [], others)]


def test_a_file_holds_every_way_to_split(audits: list[Audit]) -> None:
    both = [replace(audits[0], split_set="audited"), audits[0]]
    facts = json.loads(file_text(both))
    assert list(facts["split_sets"]) == ["audited", "official"]
    assert facts["split_sets"]["official"] == audits[0].to_json()
    assert (file_name("made"), file_name("made:more")) == ("made.json", "made-more.json")


def test_what_was_just_written_is_not_stale(folder: Path, audits: list[Audit]) -> None:
    assert problems(folder, audits) == []
    assert problems(folder, audits, set()) == []


def test_a_missing_file(folder: Path, audits: list[Audit]) -> None:
    (folder / "made.json").unlink()
    assert problems(folder, audits) == ["is not there: write it with --out"]


def test_a_file_that_differs_in_one_number(folder: Path, audits: list[Audit]) -> None:
    path = folder / "made.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"n": 3', '"n": 4', 1), encoding="utf-8")
    (what,) = problems(folder, audits)
    assert what.startswith("is not what the audit gives now")


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("", "made official empty-text (2) is new: mend it, or add it with the reason why it stays"),
        (
            ISSUE.replace("count = 2", "count = 3"),
            "made official empty-text has count 3, and now 2: see why, then correct it",
        ),
        (
            ISSUE + ISSUE.replace("empty-text", "group-leak"),
            "made official group-leak does not occur any more: remove the entry",
        ),
        (
            ISSUE + ISSUE.replace('"official"', '"audited"'),
            "made audited empty-text does not occur any more: remove the entry",
        ),
    ],
)
def test_a_stale_list(folder: Path, audits: list[Audit], listed: str, expected: str) -> None:
    (folder / "known-issues.toml").write_text(listed, encoding="utf-8")
    assert problems(folder, audits) == [expected]


def test_a_folder_without_a_list_has_no_known_issues(folder: Path, audits: list[Audit]) -> None:
    (folder / "known-issues.toml").unlink()
    assert len(problems(folder, audits)) == 1


def test_other_tasks_are_let_be_unless_it_is_known_which_there_are(folder: Path, audits: list[Audit]) -> None:
    (folder / "other.json").write_text("{}\n", encoding="utf-8")
    (folder / "known-issues.toml").write_text(ISSUE + ISSUE.replace("made", "other"), encoding="utf-8")
    assert problems(folder, audits) == []
    assert problems(folder, audits, {"other"}) == []
    assert problems(folder, audits, set()) == [
        "is of no task: remove it",
        "other official empty-text is of no task: remove the entry",
    ]


def test_the_entries_that_lack_come_without_reasons(folder: Path, audits: list[Audit]) -> None:
    assert skeleton(read_issues(folder), audits) == ""
    text = skeleton([], [audits[0], replace(audits[0], split_set="audited")])
    entries = tomllib.loads(text)["issue"]
    assert [entry["split_set"] for entry in entries] == ["official", "audited"]
    assert entries[0] == {
        "task": "made",
        "split_set": "official",
        "finding": "empty-text",
        "count": 2,
        "why": "",
    }
    (folder / "known-issues.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="why"):  # an entry without its reason is not accepted
        read_issues(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[issue]\n", "is not TOML"),
        (ISSUE.replace("count = 2", "count = 0"), "count"),
        (ISSUE.replace("task =", "tusk ="), "tusk"),
        (ISSUE.replace("empty-text", "emty-text"), "no such finding"),
        (ISSUE + ISSUE, "listed twice"),
        (ISSUE.replace("[[issue]]", "[[issues]]"), "issues"),
    ],
)
def test_a_list_that_does_not_fit_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "known-issues.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        read_issues(tmp_path)
    assert "known-issues.toml" in str(caught.value)
