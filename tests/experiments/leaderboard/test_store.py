from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from standoff.errors import InputError, NotFoundError, RefusedError
from standoff.experiments.leaderboard import store
from standoff.experiments.leaderboard.build import build
from standoff.experiments.leaderboard.diff import moves
from standoff.experiments.leaderboard.standing import Settings
from standoff.files import pretty_json, read_json

DAY = dt.date(2026, 1, 2)


def whats(experiments: Path) -> str:
    return "\n".join(f"{one.where}: {one.what}" for one in store.check(experiments).problems)


def test_what_was_built_passes_and_every_number_is_computed_again(experiments: Path) -> None:
    found = store.check(experiments)
    assert found.problems == ()
    assert found.not_computed is None


@pytest.mark.parametrize("name", ["predictions.jsonl", "scores.json", "run.json"])
@pytest.mark.parametrize("place", [0, -2])
def test_a_changed_byte_in_any_run_is_found(experiments: Path, name: str, place: int) -> None:
    path = experiments / "runs" / "tfidf_logreg-intervention" / name
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    assert f"runs/tfidf_logreg-intervention/{name}: is not the file that the leaderboard was made of" in whats(
        experiments
    )


def test_a_run_that_is_gone_and_one_that_is_new_are_found(experiments: Path) -> None:
    (experiments / "runs" / "nbsvm-intervention").rename(experiments / "runs" / "moved")
    found = whats(experiments)
    assert "runs/nbsvm-intervention/run.json: is gone" in found
    assert "runs/moved/run.json: is new" in found


@pytest.mark.parametrize("name", [store.DOCUMENT, store.PAGE])
def test_an_edited_page_or_number_is_found(experiments: Path, name: str) -> None:
    path = experiments / name
    text = path.read_text()
    assert "nbsvm" in text
    path.write_text(text.replace("nbsvm", "nbsvm2"))
    assert store.check(experiments).problems


def test_a_number_that_the_files_do_not_give_is_found(experiments: Path) -> None:
    document = read_json(experiments / store.DOCUMENT)
    document["boards"][0]["rows"][0]["value"] += 0.01
    store.write(experiments, document)  # page and document agree with one another
    assert "boards[0].rows[0].value: is " in whats(experiments)


def test_no_leaderboard_and_one_of_another_shape_are_told(experiments: Path) -> None:
    document = read_json(experiments / store.DOCUMENT)
    store.write(experiments, document | {"shape": 0})
    assert "is not a leaderboard of this version" in whats(experiments)
    (experiments / store.DOCUMENT).unlink()
    assert "no such file" in whats(experiments)
    (experiments / store.DOCUMENT).write_text("{}")
    with pytest.raises(InputError, match="shape"):
        store.read(experiments)


def test_a_broken_run_keeps_nothing_else_from_being_told(experiments: Path) -> None:
    (experiments / "runs" / "majority-intervention" / "scores.json").write_text("{}")
    found = store.check(experiments)
    assert found.not_computed == "a run or submission is broken"
    assert len(found.problems) == 2


def test_a_frozen_board_says_so_and_does_not_change(experiments: Path) -> None:
    folder = store.freeze(experiments, "first", because="Labels are corrected in 0.2.0.", on=DAY)
    assert folder == experiments / "boards" / "first"
    text = (folder / store.PAGE).read_text()
    assert "Frozen on 2026-01-02, and no longer the current board: Labels are corrected in 0.2.0." in text
    assert store.check(experiments).problems == ()
    with pytest.raises(RefusedError):
        store.freeze(experiments, "first", because="Again.", on=DAY)
    # What it was made of may go; the frozen board stays as it is.
    shutil.rmtree(experiments / "runs" / "nbsvm-intervention")
    store.write(experiments, build(experiments, settings=Settings(permutations=200)))
    assert store.check(experiments).problems == ()
    (folder / store.PAGE).write_text(text.replace("Frozen", "Current"))
    assert f"boards/first/{store.PAGE}: is not the file that the leaderboard was made of" in whats(experiments)
    shutil.rmtree(folder)
    assert f"boards/first/{store.PAGE}: is gone" in whats(experiments)


@pytest.mark.parametrize("name", ["../elsewhere", "a/b", "", ".hidden", "x" * 65])
def test_a_frozen_board_has_the_name_of_a_folder(experiments: Path, name: str) -> None:
    with pytest.raises(InputError, match="is no name of a board"):
        store.freeze(experiments, name, because="Why not.", on=DAY)


def test_links_of_a_frozen_page_lead_to_files(experiments: Path) -> None:
    text = (store.freeze(experiments, "first", because="Labels change.", on=DAY) / store.PAGE).read_text()
    assert "](../../runs)" in text
    assert "](../../../docs/leaderboard.md)" in text
    assert "](LEADERBOARD.json)" in text


def test_a_link_is_refused_as_what_it_leads_to_is_not_looked_at(experiments: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (experiments / "runs" / "nbsvm-intervention").rename(elsewhere)
    (experiments / "runs" / "nbsvm-intervention").symlink_to(elsewhere)
    assert "is a link" in whats(experiments)
    with pytest.raises(InputError, match="is a link"):
        build(experiments)


def test_what_is_no_run_and_what_does_not_list_its_files_is_refused(experiments: Path) -> None:
    record = experiments / "runs" / "nbsvm-intervention" / "run.json"
    document = read_json(record)
    record.write_text(pretty_json({**document, "files": {}}))
    with pytest.raises(InputError, match=r"does not say what was recorded of predictions\.jsonl"):
        build(experiments)
    record.unlink()
    with pytest.raises(InputError, match="holds what is no run: nbsvm-intervention"):
        build(experiments)


def test_the_same_values_in_another_spelling_are_found(experiments: Path) -> None:
    document = read_json(experiments / store.DOCUMENT)
    store.write(experiments, {**document, "systems": dict(reversed(document["systems"].items()))})
    assert "in another order or spelling" in whats(experiments)
    document["boards"][0]["rows"][0]["rank"] = True
    store.write(experiments, document)
    assert "rows[0].rank: is True; computed again it is 1" in whats(experiments)


def test_a_forged_score_is_found_without_the_data(experiments: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = read_json(experiments / store.DOCUMENT)
    document["boards"][0]["rows"][0]["value"] = 0.99
    store.write(experiments, document)

    def absent(*_: object, **__: object) -> None:
        raise NotFoundError("the files of 1 task(s) are not here yet")

    monkeypatch.setattr(store, "refuse_absent", absent)
    found = store.check(experiments)
    assert found.not_computed is not None
    assert "is not what the run's scores.json says" in found.problems[0].what


def test_only_a_current_board_is_frozen(experiments: Path) -> None:
    (experiments / "runs" / "majority-intervention" / "more.txt").write_text("more")
    with pytest.raises(RefusedError, match="not current"):
        store.freeze(experiments, "first", because="Why not.", on=DAY)
    assert not (experiments / "boards").exists()


def test_moves_between_boards(experiments: Path) -> None:
    before = store.read(experiments)
    assert moves(before, before) == []
    shutil.rmtree(experiments / "runs" / "tfidf_logreg-intervention")
    (table,) = moves(before, build(experiments, settings=Settings(permutations=200)))
    assert table.title == "intervention:0.1.0, official-test"
    rows = {row[0]: row for row in table.rows}
    assert rows["tfidf_logreg"][1:3] == (rows["tfidf_logreg"][1], "-")
    assert rows["tfidf_logreg"][-1] == "-"
    assert "majority" not in rows
    changed = {**before, "boards": [{**before["boards"][0], "digest": "0", "version": 2}]}
    (table,) = moves(before, {**changed, "boards": [changed["boards"][0] | {"rows": []}]})
    assert "other data (version 1, now 2)" in table.title or "other data (version" in table.title
