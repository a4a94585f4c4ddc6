"""What changed between two releases, the version step that it needs, and builds that promise too little."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from standoff.cli.app import app
from standoff.corpus.diff import KEYS, Bump, compare, read_rows
from standoff.corpus.release import build, read_manifest
from standoff.corpus.tables import SCHEMAS
from standoff.corpus.text import fingerprint
from standoff.errors import IntegrityError, NotFoundError, RefusedError
from standoff.files import canonical_json, sha256_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from standoff.corpus.diff import ConfigDiff, Rows

# -- rows ---------------------------------------------------------------------------------------------------


def rows(**actors: dict[str, str]) -> Rows:
    """Return a release that holds actors only, by split: ``rows(train={"ada": "Ada Berg"})``."""
    empty: Rows = {config: {} for config in KEYS}
    parts = {split: [{"actor_id": i, "name": name} for i, name in part.items()] for split, part in actors.items()}
    return {**empty, "actors": parts}


def actors_diff(before: Rows, after: Rows) -> ConfigDiff:
    found = compare(before, after)
    others = [diff for config, diff in found.configs.items() if config != "actors"]
    assert all(diff.bump is Bump.PATCH for diff in others)
    assert found.bump is found.configs["actors"].bump
    return found.configs["actors"]


BEFORE = rows(train={"ada": "Ada Berg", "noel": "Noël Amari"}, test={"front": "River Front"})


def test_every_config_has_a_key_among_its_columns() -> None:
    assert KEYS.keys() == SCHEMAS.keys()
    assert all(key in SCHEMAS[config].names for config, key in KEYS.items())


def test_the_same_rows_in_another_order_are_the_same() -> None:
    after = rows(test={"front": "River Front"}, train={"noel": "Noël Amari", "ada": "Ada Berg"})
    diff = actors_diff(BEFORE, after)
    assert (diff.added, diff.removed, diff.moved, diff.changed) == ((), (), (), {})
    assert diff.bump is Bump.PATCH


def test_an_added_row_is_minor() -> None:
    after = rows(train={"ada": "Ada Berg", "noel": "Noël Amari", "west": "W"}, test={"front": "River Front"})
    diff = actors_diff(BEFORE, after)
    assert (diff.added, diff.removed, diff.moved, diff.changed) == (("west",), (), (), {})
    assert diff.bump is Bump.MINOR


def test_a_removed_row_is_major_even_beside_an_added_one() -> None:
    diff = actors_diff(BEFORE, rows(train={"ada": "Ada Berg", "west": "W"}, test={"front": "River Front"}))
    assert (diff.added, diff.removed, diff.moved, diff.changed) == (("west",), ("noel",), (), {})
    assert diff.bump is Bump.MAJOR


def test_a_row_in_another_split_is_major() -> None:
    diff = actors_diff(
        BEFORE, rows(train={"ada": "Ada Berg"}, test={"noel": "Noël Amari", "front": "River Front"})
    )
    assert (diff.added, diff.removed, diff.moved, diff.changed) == ((), (), ("noel",), {})
    assert diff.bump is Bump.MAJOR


def test_an_edited_value_is_major_and_its_column_is_named() -> None:
    after = rows(train={"ada": "Ada Berg", "noel": "Noel Amari"}, test={"front": "River Front"})
    diff = actors_diff(BEFORE, after)
    assert (diff.added, diff.removed, diff.moved, diff.changed) == ((), (), (), {"noel": ("name",)})
    assert diff.bump is Bump.MAJOR


@pytest.mark.parametrize("swap", [False, True])
def test_a_column_that_comes_or_goes_is_a_change(swap: bool) -> None:
    one = rows(train={"ada": "Ada Berg"})
    other = rows(train={"ada": "Ada Berg"})
    other["actors"]["train"][0]["country"] = "NO"
    diff = actors_diff(other, one) if swap else actors_diff(one, other)
    assert diff.changed == {"ada": ("country",)}
    assert diff.bump is Bump.MAJOR


def test_the_largest_step_of_any_config_is_the_release_s() -> None:
    after = {**BEFORE, "propositions": {"registry": [{"proposition_id": "p"}]}}
    assert compare(BEFORE, after).bump is Bump.MINOR
    assert compare(after, BEFORE).bump is Bump.MAJOR


def test_json_of_the_differences() -> None:
    found = compare(BEFORE, rows(train={"ada": "Ada B."}, test={"noel": "Noël Amari", "west": "W"})).to_json()
    assert found["bump"] == "MAJOR"
    assert found["configs"]["actors"] == {
        "added": ["west"],
        "removed": ["front"],
        "moved": ["noel"],
        "changed": {"ada": ["name"]},
    }
    assert found["configs"]["stance"] == {"added": [], "removed": [], "moved": [], "changed": {}}


def test_a_folder_without_tables_holds_no_release(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="holds no release"):
        read_rows(tmp_path)


# -- sources that change between releases -------------------------------------------------------------------


def list_version(root: Path, version: str) -> None:
    with (root / "corpus" / "sources" / "releases.yaml").open("a", encoding="utf-8") as history:
        history.write(f"- version: {version}\n  date: 2002-09-01\n  changes: For a test.\n")


def add_article(root: Path) -> None:
    """Add a bring-your-own article to the test conflict, in its split."""
    text = "Grain on the river\n\nNoël Amari has not changed his mind."
    marks = "".join(f"  - {{words: {p.words}, sha256: {p.sha256}}}\n" for p in fingerprint(text))
    sources = root / "corpus" / "sources"
    (sources / "articles" / "ostmark-2002" / "ostmark-2002-grain.md").write_text(
        "---\narticle_id: ostmark-2002-grain\nconflict_id: ostmark-2002\ntitle: Grain on the river\nlanguage: en\n"
        "published: 2002-05-07\noutlet: Example Post\nurl: https://example.net/grain\nsources: []\n"
        "origin: newswire\ntext_availability: bring-your-own\nlicense: LicenseRef-all-rights-reserved\n"
        "cluster_id: ostmark-2002-grain\nactors: [noel-amari]\npropositions: [ostmark-2002-sanctions]\n"
        f"text_sha256: {sha256_text(text)}\nparagraphs:\n{marks}---\n",
        encoding="utf-8",
    )
    (sources / "splits" / "test.txt").write_text("ostmark-2002-coal\nostmark-2002-grain\n", encoding="utf-8")


def edit_label(root: Path) -> None:
    """Edit a label that the coders agree on: they all turn from ``asserted`` to ``hedged``."""
    for path in (root / "annotations" / "judgements" / "ostmark-2002").iterdir():
        records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for record in records:
            if record["actor_id"] == "ada-berg":
                assert record["commitment"] == "asserted"
                record["commitment"] = "hedged"
        path.write_text("".join(canonical_json(record) + "\n" for record in records), encoding="utf-8")


def move_conflict(root: Path) -> None:
    splits = root / "corpus" / "sources" / "splits"
    (splits / "test.txt").rename(splits / "validation.txt")


def remove_conflict(root: Path) -> None:
    """Remove the one article of the test conflict, with its labels."""
    shutil.rmtree(root / "corpus" / "sources" / "articles" / "ostmark-2002")
    (root / "corpus" / "sources" / "splits" / "test.txt").unlink()
    shutil.rmtree(root / "annotations" / "judgements" / "ostmark-2002")


def nothing(_: Path) -> None:
    pass


@pytest.mark.parametrize(
    ("change", "version", "needed"),
    [
        (nothing, "0.1.1", None),
        (add_article, "0.1.1", "MINOR"),
        (add_article, "0.2.0", None),
        (add_article, "1.0.0", None),
        (edit_label, "0.1.1", "MAJOR"),
        (edit_label, "0.2.0", "MAJOR"),
        (edit_label, "1.0.0", None),
        (remove_conflict, "0.2.0", "MAJOR"),
        (remove_conflict, "1.0.0", None),
    ],
)
def test_a_version_that_promises_less_change_than_there_is_is_refused(
    mini: Path, change: Callable[[Path], None], version: str, needed: str | None
) -> None:
    first = build(mini, "0.1.0")
    list_version(mini, "0.1.1")
    change(mini)
    if needed is None:
        after = build(mini, version)
        same = read_manifest(after)["content_sha256"] == read_manifest(first)["content_sha256"]
        assert same is (change is nothing)
        return
    with pytest.raises(RefusedError, match=f"the changes need a {needed} one") as caught:
        build(mini, version)
    assert f"choose the next {needed} version" in str(caught.value)
    assert [folder.name for folder in (mini / "corpus" / "releases").iterdir()] == ["0.1.0"]


def test_a_build_elsewhere_is_held_to_the_published_releases_too(mini: Path, tmp_path: Path) -> None:
    build(mini, "0.1.0")
    edit_label(mini)
    with pytest.raises(RefusedError, match="the changes need a MAJOR one"):
        build(mini, "0.2.0", out=tmp_path / "elsewhere")
    assert list((tmp_path / "elsewhere").iterdir()) == []


# -- frozen splits ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["0.2.0", "1.0.0"])
def test_an_article_never_changes_its_split_whatever_the_version(mini: Path, version: str) -> None:
    build(mini, "0.1.0")
    move_conflict(mini)
    with pytest.raises(RefusedError, match="splits are frozen") as caught:
        build(mini, version)
    message = str(caught.value)
    assert "ostmark-2002-coal: is in validation, was published in test by 0.1.0" in message
    assert "not even a MAJOR step moves it" in message
    assert [folder.name for folder in (mini / "corpus" / "releases").iterdir()] == ["0.1.0"]


def test_an_article_that_was_away_for_a_release_comes_back_to_its_split_only(mini: Path, tmp_path: Path) -> None:
    complete = shutil.copytree(mini, tmp_path / "complete")
    build(mini, "0.1.0")
    remove_conflict(mini)
    build(mini, "1.0.0")
    for changed in (mini, complete):
        list_version(changed, "1.1.0")
    shutil.copytree(mini / "corpus" / "releases", complete / "corpus" / "releases")
    moved = shutil.copytree(complete, tmp_path / "moved")
    move_conflict(moved)
    with pytest.raises(RefusedError, match=r"was published in test by 0\.1\.0"):
        build(moved, "1.1.0")
    assert read_manifest(build(complete, "1.1.0"))["splits"]["test"] == ["ostmark-2002-coal"]


def test_nothing_is_built_on_a_published_release_that_was_tampered_with(mini: Path) -> None:
    published = build(mini, "0.1.0")
    (published / "splits" / "test.txt").write_text("", encoding="utf-8")
    with pytest.raises(IntegrityError, match=r"splits/test\.txt"):
        build(mini, "0.2.0")


# -- the command --------------------------------------------------------------------------------------------


def diff_command(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["corpus", "diff", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_command_shows_the_differences(mini: Path, use_releases: Callable[[Path], None]) -> None:
    releases = build(mini, "0.1.0").parent
    add_article(mini)
    edit_label(mini)
    build(mini, "1.0.0")
    use_releases(releases)
    printed = diff_command("0.1.0", "1.0.0")
    assert printed.startswith("0.1.0 → 1.0.0: a MAJOR step")
    unit = "ostmark-2002-coal/ada-berg/ostmark-2002-sanctions"
    assert f"stance {unit}: commitment\n" in printed
    found: dict[str, Any] = json.loads(diff_command(str(releases / "0.1.0"), "1.0.0", "--format", "json"))
    assert found["bump"] == "MAJOR"
    assert found["configs"]["articles"]["added"] == ["ostmark-2002-grain"]
    assert found["configs"]["stance"] == {
        "added": [],
        "removed": [],
        "moved": [],
        "changed": {unit: ["commitment"]},
    }
    assert len(found["configs"]["judgements"]["changed"]) == 2
    assert json.loads(diff_command("1.0.0", "1.0.0", "--format", "json"))["bump"] == "PATCH"
