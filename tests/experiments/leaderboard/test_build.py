from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from standoff.errors import InputError, IntegrityError, NotFoundError
from standoff.evaluation.predictions import write_predictions
from standoff.experiments.evaluate import score_split
from standoff.experiments.leaderboard import store
from standoff.experiments.leaderboard.build import build, is_default
from standoff.experiments.leaderboard.standing import Settings
from standoff.files import pretty_json, read_json, sha256_file
from standoff.tasks.registry import load_task

FEW = Settings(permutations=200)

SYSTEM = """name: {name}
title: A made system
authors: [The tests]
description: Says what its file says.
training_data: []
pretrained: []
cutoff: {cutoff}
seen_test: []
"""


def submit(experiments: Path, name: str, labels: dict[str, str], *, cutoff: str = "null") -> Path:
    folder = experiments / "submissions" / name
    folder.mkdir(parents=True)
    (folder / "system.yaml").write_text(SYSTEM.format(name=name, cutoff=cutoff))
    write_predictions(folder / "intervention-0.1.0.jsonl", list(labels), list(labels.values()))
    return folder


def gold() -> dict[str, str]:
    rows = load_task("intervention").split("test")
    return dict(zip(rows["id"], rows["label"], strict=True))


def test_every_system_has_its_score_and_the_floor_has_no_rank(made: Path) -> None:
    (board,) = store.read(made)["boards"]
    assert board["label_kind"] == "model"
    roles = {row["system"]: row["role"] for row in board["rows"]}
    assert [roles[row["system"]] for row in board["rows"]] == ["anchor"] * 2 + ["control"] * 3
    for row in board["rows"]:
        stored = read_json(made / "runs" / f"{row['system']}-intervention" / "scores.json")
        first = stored["seeds"]["values"][0]["value"] if "seeds" in stored else stored["scores"]["value"]
        assert stored["scores"]["value"] == pytest.approx(first)
        wanted = stored["seeds"]["mean"] if "seeds" in stored else first
        assert row["value"] == pytest.approx(wanted, abs=1e-6)
        if row["seeds"] is None:
            assert row["low"] == pytest.approx(stored["scores"]["low"], abs=1e-6)
        assert row["signature"] == stored["signature"]
        assert (row["rank"] is None) == (row["role"] == "control")
    assert board["rows"][-1]["above_floor"] is None
    values = {row["system"]: row["value"] for row in board["rows"]}
    for row in board["rows"][:2]:
        assert row["above_floor"]["control"] == max(("majority", "text_blind"), key=values.__getitem__)
        expected = row["value"] - max(values["majority"], values["text_blind"])
        assert row["above_floor"]["difference"]["value"] == pytest.approx(expected, abs=2e-6)


def test_without_human_labels_there_is_no_overall_board(made: Path) -> None:
    document = store.read(made)
    assert document["overall"] is None
    assert document["intervention"] is None


def test_it_is_a_function_of_the_files(experiments: Path) -> None:
    before = pretty_json(build(experiments, settings=FEW))
    assert before == (experiments / store.DOCUMENT).read_text()
    # Neither the place nor the time nor the order in which a folder lists its files is in it.
    elsewhere = experiments.parent / "other"
    elsewhere.mkdir()
    for path in sorted(experiments.iterdir(), reverse=True):
        target = elsewhere / path.name
        shutil.copytree(path, target, copy_function=shutil.copyfile) if path.is_dir() else None
    assert pretty_json(build(elsewhere, settings=FEW)) == before


def test_a_submission_stands_among_the_runs(experiments: Path) -> None:
    submit(experiments, "oracle", gold())
    some = dict(list(gold().items())[:100])
    submit(experiments, "tired", some)
    document = build(experiments, settings=FEW)
    rows = {row["system"]: row for row in document["boards"][0]["rows"]}
    assert document["boards"][0]["rows"][0]["system"] == "oracle"
    assert (rows["oracle"]["rank"], rows["oracle"]["value"], rows["oracle"]["missing"]) == (1, 1.0, 0)
    assert rows["tired"]["missing"] == len(gold()) - 100
    scored = score_split(load_task("intervention"), some)
    assert rows["tired"]["value"] == pytest.approx(scored.scores.primary.value, abs=1e-6)
    assert rows["tired"]["signature"] == str(scored.signature)
    assert document["systems"]["oracle"]["title"] == "A made system"
    assert document["inputs"]["submissions/oracle/system.yaml"] == sha256_file(
        experiments / "submissions" / "oracle" / "system.yaml"
    )


def test_of_a_system_with_a_cut_off_later_items_are_scored_apart(experiments: Path) -> None:
    rows = load_task("intervention").split("test")
    years = sorted(set(rows["year"]))
    submit(experiments, "young", gold(), cutoff=f"{years[0] - 1}-06-30")
    submit(experiments, "old", gold(), cutoff=f"{years[-1]}-12-31")
    found = {row["system"]: row for row in build(experiments, settings=FEW)["boards"][0]["rows"]}
    assert found["young"]["after_cutoff"]["n"] == len(rows)
    assert found["young"]["after_cutoff"]["value"] == 1.0
    assert found["old"]["after_cutoff"] is None
    assert found["majority"]["after_cutoff"] is None


def test_what_does_not_fit_a_task_is_refused_by_name(experiments: Path) -> None:
    submit(experiments, "strange", {"no-such-item": "support"})
    with pytest.raises(InputError, match="no-such-item"):
        build(experiments, settings=FEW)


def test_a_run_on_other_data_is_refused(experiments: Path) -> None:
    record = experiments / "runs" / "majority-intervention" / "run.json"
    document = json.loads(record.read_text())
    document["task"]["digest"] = "0" * 64
    record.write_text(pretty_json(document))
    with pytest.raises(IntegrityError, match="other data"):
        build(experiments, settings=FEW)


def test_scores_that_the_predictions_do_not_give_are_refused(experiments: Path) -> None:
    folder = experiments / "runs" / "nbsvm-intervention"
    scores = read_json(folder / "scores.json")
    scores["scores"]["value"] += 0.01
    (folder / "scores.json").write_text(pretty_json(scores))
    record = read_json(folder / "run.json")
    record["files"]["scores.json"] = sha256_file(folder / "scores.json")
    (folder / "run.json").write_text(pretty_json(record))
    with pytest.raises(IntegrityError, match=r"scores\.json is not what the predictions give"):
        build(experiments, settings=FEW)


def test_one_system_stands_once(experiments: Path) -> None:
    shutil.copytree(experiments / "runs" / "majority-intervention", experiments / "runs" / "again")
    with pytest.raises(InputError, match="majority stands twice"):
        build(experiments, settings=FEW)


def test_nothing_is_no_leaderboard(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no runs and no submissions"):
        build(tmp_path)


def test_default_boards_are_those_of_the_default_variant_and_split() -> None:
    assert is_default(("seesaw", "audited"))
    assert not is_default(("seesaw", "official"))
    assert not is_default(("seesaw:all", "audited"))
