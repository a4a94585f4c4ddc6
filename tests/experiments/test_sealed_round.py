"""Scores from the private file alone are those on the task; who has the public folder alone gets none."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.tasks.sealed.rounds import LABELS, Round, sealed_round

from standoff.errors import InputError, IntegrityError, NotFoundError
from standoff.evaluation.signature import Signature
from standoff.experiments.evaluate import Evaluation, evaluate, score_split
from standoff.experiments.sealed_round import evaluate_sealed
from standoff.tasks.sealed.gold import open_sealed, publish
from standoff.tasks.sealed.seal import seal


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Round:
    """A round with the made-up task; not to be written to."""
    return sealed_round(tmp_path_factory.mktemp("zoo"))


def predictions(zoo: Round) -> dict[str, str]:
    """Return predictions of which every third is wrong and one is missing."""
    found = {
        item: label if n % 3 else LABELS[(LABELS.index(label) + 1) % 3]
        for n, (item, label) in enumerate(zoo.gold.items())
    }
    return dict(list(found.items())[:-1])


def write(path: Path, predicted: dict[str, str]) -> Path:
    path.write_text("".join(json.dumps({"id": i, "label": one}) + "\n" for i, one in predicted.items()))
    return path


def same(sealed: Evaluation, open_: Evaluation, commitment: str) -> bool:
    """Return whether all is the same but what stands in the signature for the data."""
    return (
        sealed.scores == open_.scores
        and sealed.signature == replace(open_.signature, digest=commitment[:8])
        and (sealed.task, sealed.label_kind, sealed.paper_metric)
        == (open_.task, open_.label_kind, open_.paper_metric)
        and sealed.slices.keys() == open_.slices.keys()
        and all(same(sealed.slices[name], open_.slices[name], commitment) for name in sealed.slices)
    )


def test_the_scores_are_those_on_the_task(zoo: Round) -> None:
    predicted = predictions(zoo)
    for resamples, seed in ((1000, 12345), (50, 9)):
        there = evaluate(predicted, str(zoo.task), resamples=resamples, seed=seed)
        here = evaluate_sealed(predicted, zoo.private, resamples=resamples, seed=seed)
        assert same(here, there, zoo.made.commitment)
    assert same(evaluate_sealed(predicted, zoo.private), evaluate(predicted, str(zoo.task)), zoo.made.commitment)
    assert 0.5 < here.scores.primary.value < 0.8
    assert (here.scores.n, here.scores.n_groups, here.scores.n_missing) == (18, 6, 1)
    assert here.label_kind == "human"


def test_the_signature_names_the_commitment_and_reads_back(zoo: Round) -> None:
    signature = str(evaluate_sealed(predictions(zoo), zoo.private).signature)
    assert f"|task:zoo@2#{zoo.made.commitment[:8]}|split:audited-test|n:18|" in signature
    assert str(Signature.parse(signature)) == signature


def test_a_signature_pasted_back_scores_exactly_the_same(zoo: Round) -> None:
    first = evaluate_sealed(predictions(zoo), zoo.private, slice_="year=2021", metric="accuracy", seed=3)
    assert evaluate_sealed(predictions(zoo), zoo.private, signature=str(first.signature)) == first
    other = str(replace(first.signature, digest="0" * 8))
    with pytest.raises(IntegrityError, match="not what the signature was made on"):
        evaluate_sealed(predictions(zoo), zoo.private, signature=other)


def test_slices_are_scored_without_the_data(zoo: Round) -> None:
    predicted = predictions(zoo)
    there = evaluate(predicted, str(zoo.task), slice_="year=2021")
    assert same(evaluate_sealed(predicted, zoo.private, slice_="year=2021"), there, zoo.made.commitment)
    assert there.scores.n == 6
    with pytest.raises(NotFoundError, match="did you mean year"):
        evaluate_sealed(predicted, zoo.private, slice_="years=2021")


def test_the_slice_intervention_stands_beside_the_whole(zoo: Round, tmp_path: Path) -> None:
    frame = zoo.loaded.frame.assign(intervention=[n % 2 == 0 for n in range(len(zoo.loaded.frame))])
    loaded = replace(zoo.loaded, frame=frame)
    made = seal(loaded, "test", tmp_path / "p", tmp_path / "g.jsonl")
    here, there = evaluate_sealed(predictions(zoo), tmp_path / "g.jsonl"), score_split(loaded, predictions(zoo))
    assert list(here.slices) == ["intervention"]
    assert same(here, there, made.commitment)


def test_nothing_but_the_private_file_is_read(tmp_path: Path) -> None:
    found = sealed_round(tmp_path)
    before = evaluate_sealed(predictions(found), found.private)
    shutil.rmtree(found.task.parent)
    shutil.rmtree(found.public)
    path = write(tmp_path / "p.jsonl", predictions(found))
    assert evaluate_sealed(path, found.private) == evaluate_sealed(str(path), str(found.private)) == before


def test_the_published_labels_give_everybody_the_same_scores(zoo: Round, tmp_path: Path) -> None:
    publish(open_sealed(zoo.private), tmp_path / "labels.jsonl")
    predicted = predictions(zoo)
    assert evaluate_sealed(predicted, tmp_path / "labels.jsonl") == evaluate_sealed(predicted, zoo.private)


def test_a_file_for_several_tasks_is_scored_on_the_sealed_one(zoo: Round, tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    rows = [{"id": item, "label": label, "task": "zoo"} for item, label in predictions(zoo).items()]
    path.write_text("".join(json.dumps(row) + "\n" for row in [*rows, {"id": "x", "label": "y", "task": "other"}]))
    assert evaluate_sealed(path, zoo.private) == evaluate_sealed(predictions(zoo), zoo.private)


def test_what_does_not_belong_is_refused(zoo: Round, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere/1"):
        evaluate_sealed({**predictions(zoo), "nowhere/1": "quokka"}, zoo.private)
    with pytest.raises(InputError, match="nowhere/1"):
        evaluate_sealed({**predictions(zoo), "nowhere/1": "quokka"}, zoo.private, slice_="year=2021")
    with pytest.raises(InputError, match="'wombat' is unknown"):
        evaluate_sealed({**zoo.gold, next(iter(zoo.gold)): "wombat"}, zoo.private)
    with pytest.raises(NotFoundError, match="no such file"):
        evaluate_sealed(tmp_path / "none.jsonl", zoo.private)


def test_a_changed_private_file_scores_nothing(zoo: Round, tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_bytes(zoo.private.read_bytes().replace(b'"label":"narwhal"', b'"label":"axolotl"'))
    with pytest.raises(IntegrityError, match="not a whole file of sealed labels"):
        evaluate_sealed(predictions(zoo), path)


def test_who_has_the_public_folder_alone_cannot_score(zoo: Round) -> None:
    for name in ("commitment.json", "test.items.jsonl", "train.jsonl"):
        with pytest.raises(
            InputError, match=r"(?s)public folder, which holds no label.*can score the predictions"
        ):
            evaluate_sealed(predictions(zoo), zoo.public / name)
    task = str(zoo.public / "task.toml")
    with pytest.raises(InputError, match="ids that are not items of the task: 17"):
        evaluate(predictions(zoo), task)
    with pytest.raises(NotFoundError, match="no split of task zoo-sealed named 'test'"):
        evaluate(predictions(zoo), task, split="test")
