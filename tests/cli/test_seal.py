"""``standoff seal`` and ``unseal``: whole rounds from the command line, and the page that describes one."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.tasks.sealed.rounds import LABELS, Round, sealed_round, write_task
from typer.testing import CliRunner

from standoff.cli.app import app
from standoff.errors import InputError, IntegrityError, NotFoundError, RefusedError, StandoffError
from standoff.experiments.evaluate import evaluate
from standoff.tasks.registry import load_task

PAGE = Path(__file__).parents[2] / "docs" / "sealed.md"


def invoke(*arguments: str | Path) -> str:
    done = CliRunner().invoke(app, list(map(str, arguments)))
    if isinstance(done.exception, StandoffError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def played(folder: Path, task: str, baseline: str, split: str = "test") -> dict[str, Any]:
    """Play a round: seal, train on the public folder, predict its items, score, unseal; return the scores."""
    public, gold = folder / "round", folder / "gold.jsonl"
    sealed = invoke("seal", task, "--split", split, "--public", public, "--private", gold)
    assert f"private: {gold}; keep it, and a copy" in sealed
    invoke("train", baseline, "--task", public / "task.toml", "--out", folder / "model")
    items = public / f"{split}.items.jsonl"
    invoke("predict", folder / "model", items, "--out", folder / "predictions.jsonl")
    scores: dict[str, Any] = json.loads(
        invoke("evaluate", folder / "predictions.jsonl", "--gold", gold, "--format", "json")
    )
    proof = invoke("unseal", public / "commitment.json", gold, "--out", folder / "labels.jsonl")
    assert proof.startswith("these are the labels that were sealed: ")
    assert invoke("unseal", public / "commitment.json", folder / "labels.jsonl") in proof
    again = invoke("evaluate", folder / "predictions.jsonl", "--gold", folder / "labels.jsonl", "--format", "json")
    assert json.loads(again) == scores
    return scores


# -- whole rounds ---------------------------------------------------------------------------------------


def test_a_round_on_the_corpus(tmp_path: Path) -> None:
    found = played(tmp_path, "intervention", "tfidf_svm")
    there = evaluate(tmp_path / "predictions.jsonl", "intervention").to_json()
    assert {name: found["scores"][name] for name in ("value", "low", "high", "n", "n_groups")} == {
        name: there["scores"][name] for name in ("value", "low", "high", "n", "n_groups")
    }
    assert (found["label_kind"], found["scores"]["n_missing"]) == ("model", 0)
    commitment = json.loads((tmp_path / "round" / "commitment.json").read_text(encoding="utf-8"))["commitment"]
    assert found["signature"] == re.sub(r"#\w{8}", f"#{commitment[:8]}", there["signature"])


def test_a_round_on_a_custom_task(tmp_path: Path) -> None:
    task = write_task(tmp_path / "data")
    found = played(tmp_path, str(task), "tfidf_logreg")
    assert found["scores"] == evaluate(tmp_path / "predictions.jsonl", str(task)).to_json()["scores"] | {
        "missing_ids": []
    }
    # The verbs say the label but for every fifth text: a model of words finds them.
    assert found["scores"]["value"] > 0.5


def test_a_round_on_a_fold(tmp_path: Path) -> None:
    task = write_task(tmp_path / "data", end="\n[splits]\nfolds = { count = 3, seed = 1 }\n")
    with pytest.raises(RefusedError, match="--split fold-3"):
        invoke("seal", task, "--public", tmp_path / "round", "--private", tmp_path / "gold.jsonl")
    assert "|split:audited-fold-2|" in played(tmp_path, str(task), "majority", "fold-2")["signature"]


def test_the_page_is_a_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of docs/sealed.md, in order, and the check without this package."""
    monkeypatch.chdir(tmp_path)
    write_task(tmp_path)
    Path("zoo.toml").rename("my-task.toml")
    text = PAGE.read_text(encoding="utf-8")
    commands = [
        shlex.split(line, comments=True)
        for block in re.findall(r"^```sh\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
        for line in block.splitlines()
    ]
    assert [words[1] for words in commands] == [
        *("seal", "train", "predict", "evaluate", "unseal"),
        *("unseal", "evaluate"),
    ]
    for program, *words in commands:
        assert program == "standoff"
        invoke(*words)
    (code,) = re.findall(r"^```python\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    done = subprocess.run([sys.executable, "-I", "-c", code], check=True, capture_output=True, text=True)
    promised = json.loads(Path("round/commitment.json").read_text(encoding="utf-8"))
    assert done.stdout.strip() == promised["commitment"]


def test_the_page_names_what_is_there(tmp_path: Path) -> None:
    found = sealed_round(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    for name in ("test.items.jsonl", "train.jsonl", "task.toml", "commitment.json"):
        assert f"| `{name}`" in text
        assert (found.public / name).is_file()


# -- what is printed ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Round:
    """A round with the made-up task; not to be written to."""
    return sealed_round(tmp_path_factory.mktemp("zoo"))


def test_sealing_says_what_is_where(tmp_path: Path) -> None:
    task = write_task(tmp_path / "data")
    text = invoke("seal", task, "--public", tmp_path / "p", "--private", tmp_path / "g.jsonl")
    made = json.loads((tmp_path / "p" / "commitment.json").read_text(encoding="utf-8"))
    assert text.splitlines() == [
        "sealed: 18 labels in 6 groups of zoo, audited-test",
        f"public: {tmp_path / 'p'}, with {', '.join([*made['files'], 'commitment.json'])}",
        f"private: {tmp_path / 'g.jsonl'}; keep it, and a copy: without it nothing can be scored or proven",
        f"commitment: {made['commitment']}",
        "note: the texts are published too; terms of the task: Made up.",
    ]


def test_sealing_and_proving_print_json(tmp_path: Path) -> None:
    task = write_task(tmp_path / "data")
    arguments = ("--public", tmp_path / "p", "--private", tmp_path / "g.jsonl", "--format", "json")
    printed = json.loads(invoke("seal", task, "--split-set", "official", *arguments))
    made = json.loads((tmp_path / "p" / "commitment.json").read_text(encoding="utf-8"))
    assert printed["commitment"] == made
    assert made["split"] == "official-test"
    assert (printed["public"], printed["private"]) == (str(tmp_path / "p"), str(tmp_path / "g.jsonl"))
    assert len(printed["notes"]) == 1
    proof = json.loads(
        invoke("unseal", tmp_path / "p" / "commitment.json", tmp_path / "g.jsonl", "--format", "json")
    )
    assert (proof["commitment"], proof["published"]) == (made["commitment"], None)
    assert proof["facts"]["data_sha256"] == load_task(str(task), split_set="official").digest


def test_a_built_in_task_is_said_to_be_public(tmp_path: Path) -> None:
    text = invoke("seal", "intervention", "--public", tmp_path / "p", "--private", tmp_path / "g.jsonl")
    assert "note: intervention is a public set: who looks its labels up there needs no private file" in text


def test_markup_and_control_characters_are_shown_and_not_obeyed(tmp_path: Path) -> None:
    task = write_task(tmp_path / "data")
    task.write_text(task.read_text(encoding="utf-8").replace("Made up.", "\\u001b[31m[bold]red[/bold]"))
    text = invoke("seal", task, "--public", tmp_path / "p", "--private", tmp_path / "g.jsonl")
    assert "\\x1b[31m[bold]red[/bold]" in text
    assert "\x1b" not in text


def test_the_help_has_examples() -> None:
    for command in ("seal", "unseal"):
        assert f"Example: standoff {command} " in invoke(command, "--help")
    assert "--private" in invoke("seal", "--help")


# -- refusals -------------------------------------------------------------------------------------------


def test_what_exists_is_refused_before_the_task_is_read(zoo: Round, tmp_path: Path) -> None:
    nowhere = tmp_path / "none.toml"
    with pytest.raises(RefusedError, match=r"exists already(.|\n)*--public"):
        invoke("seal", nowhere, "--public", zoo.public, "--private", tmp_path / "g.jsonl")
    with pytest.raises(RefusedError, match=r"exists already(.|\n)*--private"):
        invoke("seal", nowhere, "--public", tmp_path / "p", "--private", zoo.private)
    with pytest.raises(NotFoundError, match="no such file"):
        invoke("seal", nowhere, "--public", tmp_path / "p", "--private", tmp_path / "g.jsonl")
    with pytest.raises(RefusedError, match=r"exists already(.|\n)*--out"):
        invoke("unseal", zoo.commitment, zoo.private, "--out", zoo.private)
    assert list(tmp_path.iterdir()) == []


def test_both_places_have_to_be_named(zoo: Round) -> None:
    done = CliRunner().invoke(app, ["seal", str(zoo.task), "--public", "p"])
    assert done.exit_code == 2
    assert "--private" in done.output


def test_what_is_not_proven_is_not_published(zoo: Round, tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    label = zoo.gold[min(zoo.gold)]
    other = next(one for one in LABELS if one != label)
    text = zoo.private.read_text(encoding="utf-8")
    path.write_text(text.replace(f'"label":"{label}"', f'"label":"{other}"', 1), encoding="utf-8")
    with pytest.raises(IntegrityError, match="a label, a group or a slice was changed"):
        invoke("unseal", zoo.commitment, path, "--out", tmp_path / "labels.jsonl")
    assert not (tmp_path / "labels.jsonl").exists()


def test_files_in_the_wrong_place_are_told(zoo: Round) -> None:
    with pytest.raises(InputError, match="is a file of the public folder"):
        invoke("unseal", zoo.commitment, zoo.commitment)
    with pytest.raises(InputError, match=r"name the commitment\.json"):
        invoke("unseal", zoo.private, zoo.private)


@pytest.mark.parametrize("arguments", [("seal", "--help"), ("unseal", "none.json", "none.jsonl")])
def test_nothing_heavy_is_imported_for_nothing(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    code = (
        "import sys\n"
        "from standoff.cli.app import app\n"
        f"try: app({list(arguments)!r})\n"
        "except BaseException: pass\n"
        "print(*sorted(sys.modules.keys() & {'pandas', 'sklearn', 'scipy', 'pyarrow', 'datasets'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == ""
