"""What is kept, what is made, in which order, and what is refused before any work."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from standoff.errors import InputError, NotFoundError, RefusedError
from standoff.experiments.config import RunConfig
from standoff.experiments.jobs import Job
from standoff.experiments.plan import clear_leftovers, locked, make_plan, tasks_with_files
from standoff.experiments.run import run


def job(out: Path, baseline: str = "majority", task: str = "toy", **changes: Any) -> Job:
    config = RunConfig.parse({"task": task, "baseline": baseline, **changes}, where="test")
    return Job(config.name, config, out / config.name)


def made(one: Job) -> Job:
    run(one.config, one.folder)
    return one


def changed(one: Job, part: str, **changes: object) -> None:
    path = one.folder / "run.json"
    record = json.loads(path.read_text())
    record[part].update(changes)
    path.write_text(json.dumps(record))


def names(groups: tuple[tuple[Job, ...], ...]) -> list[list[str]]:
    return [[one.name for one in group] for group in groups]


@pytest.mark.usefixtures("toy")
def test_finished_runs_are_kept_and_the_others_are_to_be_made(tmp_path: Path) -> None:
    first, second = made(job(tmp_path)), job(tmp_path, "stratified")
    plan = make_plan([first, second], resume=True)
    assert plan.kept == ("majority-toy",)
    assert names(plan.groups) == [["stratified-toy"]]
    assert plan.broken == ()


@pytest.mark.usefixtures("toy")
def test_without_resume_a_finished_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="exists already") as caught:
        make_plan([job(tmp_path, "stratified"), made(job(tmp_path))], resume=False)
    assert "keep it with --resume" in str(caught.value)


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("part", "changes", "says"),
    [
        ("config", {"seed": 1}, "seed was 1, is to be 12345: majority-toy"),
        ("config", {"parameters": {"x": 1}}, "parameters was {'x': 1}, is to be {}: majority-toy"),
        ("config", {"seeds": 2}, "seeds was 2, is to be 5: majority-toy"),
        ("config", {"split_set": "official"}, "split_set was 'official', is to be None: majority-toy"),
        ("task", {"digest": "0" * 64}, "the data was #00000000, is #"),
        ("code", {"source_sha256": "0" * 64}, "the code has changed: it was standoff 0.1.0 (commit "),
        ("packages", {"scikit-learn": "0.1"}, "scikit-learn was 0.1, is "),
    ],
)
def test_a_finished_run_that_was_made_of_something_else_is_refused(
    tmp_path: Path, part: str, changes: dict[str, object], says: str
) -> None:
    first = made(job(tmp_path))
    changed(first, part, **changes)
    with pytest.raises(RefusedError, match="made of something else than what is here now") as caught:
        make_plan([first, job(tmp_path, "stratified")], resume=True)
    assert says in str(caught.value)
    assert "what to do: make all runs in another folder with --out, or remove those that differ" in str(
        caught.value
    )


@pytest.mark.usefixtures("toy")
def test_runs_that_differ_in_the_same_are_listed_together(tmp_path: Path) -> None:
    both = [made(job(tmp_path)), made(job(tmp_path, "stratified"))]
    for one in both:
        changed(one, "packages", numpy="0.1")
    with pytest.raises(RefusedError, match=r"numpy was 0\.1, is [^:]*: majority-toy, stratified-toy"):
        make_plan(both, resume=True)


@pytest.mark.usefixtures("toy")
def test_of_many_runs_that_differ_some_are_named(tmp_path: Path) -> None:
    of_seeds = [job(tmp_path, seed=seed) for seed in range(11)]
    many = [made(Job(f"m{one.config.seed}", one.config, tmp_path / f"m{one.config.seed}")) for one in of_seeds]
    for one in many:
        changed(one, "packages", numpy="0.1")
    with pytest.raises(RefusedError, match=r": m0, m1, m2, m3, m4, m5, m6, m7, and 3 more\n"):
        make_plan(many, resume=True)


@pytest.mark.usefixtures("toy")
def test_another_machine_is_no_reason_to_make_a_run_anew(tmp_path: Path) -> None:
    first = made(job(tmp_path))
    changed(first, "platform", processor="abacus", python="2.7")
    assert make_plan([first], resume=True).kept == ("majority-toy",)


def broken(one: Job, name: str, content: str | None) -> Job:
    path = made(one).folder / name
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    return one


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("predictions.jsonl", "[]", "predictions.jsonl: is not the file that was recorded"),
        ("predictions.jsonl", None, "predictions.jsonl: no such file"),
        ("scores.json", "{}", "scores.json: is not the file that was recorded"),
        ("run.json", "{", "run.json:1: is not JSON"),
        ("run.json", "{}", "run.json: is not a valid run record"),
        ("run.json", None, "run.json: no such file"),
    ],
)
def test_a_broken_run_is_left_and_the_others_are_to_be_made(
    tmp_path: Path, name: str, content: str | None, says: str
) -> None:
    asked = [made(job(tmp_path)), broken(job(tmp_path, "stratified"), name, content), job(tmp_path, "actor_blind")]
    plan = make_plan(asked, resume=True)
    assert plan.kept == ("majority-toy",)
    assert names(plan.groups) == [["actor_blind-toy"]]
    (told,) = plan.broken
    assert told.name == "stratified-toy"
    assert told.error.startswith(f"{tmp_path / 'stratified-toy'}/{says}")
    assert told.error.endswith(f"\n  what to do: remove this run: {tmp_path / 'stratified-toy'}")


@pytest.mark.usefixtures("toy")
def test_a_changed_bit_is_noticed(tmp_path: Path) -> None:
    path = made(job(tmp_path)).folder / "predictions.jsonl"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert [one.name for one in make_plan([job(tmp_path)], resume=True).broken] == ["majority-toy"]


@pytest.mark.usefixtures("toy")
def test_a_file_in_place_of_a_run_is_left(tmp_path: Path) -> None:
    (tmp_path / "majority-toy").write_text("mine")
    (told,) = make_plan([job(tmp_path)], resume=True).broken
    assert "cannot be read (Not a directory)" in told.error
    assert (tmp_path / "majority-toy").read_text() == "mine"


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        ({"baseline": "majorty"}, NotFoundError, "did you mean majority"),
        ({"task": "toyy"}, NotFoundError, "no task named 'toyy'"),
        ({"parameters": {"c": 1}}, InputError, "no parameter c"),
        ({"split_set": "none"}, NotFoundError, "no split set of task toy named 'none'"),
    ],
)
def test_what_cannot_be_run_is_refused_before_any_work(
    tmp_path: Path, wrong: dict[str, Any], error: type[Exception], says: str
) -> None:
    for resume in (True, False):
        with pytest.raises(error, match=says):
            make_plan([job(tmp_path, "stratified"), job(tmp_path, **wrong)], resume=resume)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("toy")
def test_two_runs_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="two runs would have one name"):
        make_plan([job(tmp_path), job(tmp_path, seed=3)], resume=True)


def test_large_tasks_come_first_and_a_split_set_is_loaded_once(
    tmp_path: Path, new_task: Callable[..., str]
) -> None:
    small, large = new_task("small", articles=8), new_task("large", articles=16)
    asked = [
        job(tmp_path, task=small),
        job(tmp_path, task=large),
        job(tmp_path, task=large, split_set="audited"),
        job(tmp_path, "stratified", task=large),
        *(job(tmp_path, name, task=small) for name in ("stratified", "actor_blind", "tfidf_svm")),
    ]
    assert names(make_plan(asked, resume=False).groups) == [
        ["majority-large", "stratified-large", "majority-large-audited"],
        ["majority-small", "stratified-small", "actor_blind-small", "tfidf_svm-small"],
    ]


def test_tasks_whose_files_are_not_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDOFF_DATA", str(tmp_path))
    assert tasks_with_files(["seesaw", "intervention", "dse"]) == {"intervention"}
    with pytest.raises(NotFoundError, match="did you mean seesaw"):
        tasks_with_files(["sesaw"])


@pytest.mark.usefixtures("toy")
def test_leftovers_of_the_runs_that_are_made_are_cleared(tmp_path: Path) -> None:
    for name in (".majority-toy.k2x.tmp", ".other-toy.k2x.tmp", "majority-toy.tmp", ".majority-toy-2.k.tmp"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "predictions.jsonl").write_text("half")
    clear_leftovers([job(tmp_path)])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".majority-toy-2.k.tmp",
        ".other-toy.k2x.tmp",
        "majority-toy.tmp",
    ]


def test_one_process_at_a_time_goes_on_with_a_folder(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from standoff.experiments.plan import locked
with locked(Path(sys.argv[1])):
    pass
"""
    command = [sys.executable, "-c", code, str(tmp_path / "runs")]
    with locked(tmp_path / "runs"):
        other = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "RefusedError" in other.stderr
        assert "another process is making runs here" in other.stderr
    assert list((tmp_path / "runs").iterdir()) == []
    (tmp_path / "runs" / ".lock").touch()  # as a killed process leaves it
    assert subprocess.run(command, check=False).returncode == 0
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_not_held(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be made"), locked(tmp_path / "file" / "runs"):
        pass
