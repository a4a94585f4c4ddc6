"""``standoff annotate plan``, ``practice`` and ``progress``: what they write, print and refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.annotation.campaign.practised import checkout, known_rows, write_rows
from tests.annotation.campaign.simulated import Behaviour, judgement, simulate
from typer.testing import CliRunner

from standoff.annotation.campaign.campaign import Round, campaign_folder, plan_file, read_campaign, read_plan
from standoff.cli.planning import plan_command, practice_command, progress_command
from standoff.corpus.reader import read_sources
from standoff.errors import InputError, NotFoundError, RefusedError, StandoffError
from standoff.files import sha256_file, write_jsonl
from standoff.records import Judgement, Stance

NEW = ("--conflict", "norland-2001", "--coder", "model-a", "--coder", "model-b")


@pytest.fixture(autouse=True)
def columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return checkout(tmp_path)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "known.jsonl", known_rows(author="model-b"))


def run(root: Path, *arguments: object) -> str:
    app = typer.Typer()
    for command in (plan_command, practice_command, progress_command):
        app.command(command.__name__.removesuffix("_command"))(command)
    result = CliRunner().invoke(app, [*map(str, arguments), "--root", str(root)], catch_exceptions=True)
    if isinstance(result.exception, StandoffError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def contents(root: Path) -> dict[str, str]:
    return {str(path): sha256_file(path) for path in root.rglob("*") if path.is_file()}


def fits(printed: str) -> bool:
    """Return whether every table, which is what cannot wrap, holds 80 columns."""
    return all(len(line) <= 80 for line in printed.splitlines() if line.startswith((" ", "─")))


# -- plan -----------------------------------------------------------------------------------------------


def test_a_new_campaign_is_written_and_told(root: Path, key: Path) -> None:
    printed = run(root, "plan", "pilot", *NEW, "--adjudicator", "anna", "--practice", key, "--seed", 7)
    campaign = read_campaign(root, "pilot")
    assert (campaign.coders, campaign.coders_per_unit, campaign.seed) == (("model-a", "model-b"), 2, 7)
    assert (campaign.adjudicator, campaign.practice, campaign.codebook) == ("anna", "practice.jsonl", "v1")
    assert (campaign_folder(root, "pilot") / "practice.jsonl").read_bytes() == key.read_bytes()
    units = {one for one in read_sources(root).units if one[0].startswith("norland")}
    main = read_plan(root, "pilot", Round.MAIN)
    assert {one.key for one in main} == units
    assert {one.key[0] for one in read_plan(root, "pilot", Round.PRACTICE)} == {"ostmark-2002-coal"}
    assert not plan_file(root, "pilot", Round.FIND).exists()
    assert f"main: {len(units)} units, each by 2 coders; new tasks: {len(main)}" in printed
    assert "practice: 3 units, each by every coder; new tasks: 6" in printed
    assert f"model-a and model-b {len(units)}" in printed
    assert "differ by at most 0" in printed
    assert "next: standoff annotate push pilot" in printed
    assert fits(printed)


def test_the_same_again_changes_nothing(root: Path, key: Path) -> None:
    run(root, "plan", "pilot", *NEW, "--practice", key)
    before = contents(root)
    assert "new tasks: 0" in run(root, "plan", "pilot")
    assert "new tasks: 0" in run(root, "plan", "pilot", *NEW, "--practice", key)
    assert contents(root) == before


def test_a_plan_that_was_cut_short_is_completed(root: Path) -> None:
    run(root, "plan", "pilot", *NEW)
    before = contents(root)
    plan_file(root, "pilot", Round.MAIN).unlink()
    run(root, "plan", "pilot")
    assert contents(root) == before


def test_an_edited_campaign_grows_and_the_plan_stays(root: Path) -> None:
    run(root, "plan", "pilot", *NEW)
    before = read_plan(root, "pilot", Round.MAIN)
    path = campaign_folder(root, "pilot") / "campaign.toml"
    path.write_text(path.read_text().replace('["norland-2001"]', '["norland-2001", "ostmark-2002"]'))
    printed = run(root, "plan", "pilot")
    after = read_plan(root, "pilot", Round.MAIN)
    assert set(before) < set(after)
    assert f"new tasks: {len(after) - len(before)}" in printed
    assert {one.article_id for one in set(after) - set(before)} == {"ostmark-2002-coal"}


def test_rounds_are_planned_when_asked_for(root: Path) -> None:
    run(root, "plan", "pilot", *NEW, "--round", "find")
    assert not plan_file(root, "pilot", Round.MAIN).exists()
    n = len({one.article_id for one in read_plan(root, "pilot", Round.FIND)})
    printed = run(root, "plan", "pilot", "--round", "main")
    assert f"find: {n} articles, each by 2 coders; new tasks: 0" in printed
    assert read_plan(root, "pilot", Round.MAIN)


def test_hours_follow_from_the_seconds_of_a_unit(root: Path) -> None:
    assert "seconds a task" not in run(root, "plan", "pilot", *NEW)
    n = len(read_plan(root, "pilot", Round.MAIN)) // 2
    printed = run(root, "plan", "pilot", "--seconds", 600)
    assert "hours at 600 seconds a task" in printed
    assert f"{round(n / 6, 1)}" in printed


def test_hours_follow_from_past_times(root: Path) -> None:
    run(root, "plan", "pilot", *NEW)
    answer(root, {})
    assert "seconds a task" in run(root, "plan", "pilot")


def test_a_changed_text_is_told(root: Path) -> None:
    run(root, "plan", "pilot", *NEW)
    article = root / "corpus" / "sources" / "articles" / "norland-2001" / "norland-2001-harbour.md"
    article.write_text(article.read_text().replace("two battalions", "three battalions"))
    printed = run(root, "plan", "pilot")
    assert "1 in this plan no longer fit" in printed
    assert "norland-2001-harbour: the text is not the one that was planned" in printed


def test_a_coder_without_tasks_is_told(root: Path) -> None:
    run(root, "plan", "pilot", *NEW)
    path = campaign_folder(root, "pilot") / "campaign.toml"
    path.write_text(path.read_text().replace('"model-b"]', '"model-b", "anna"]'))
    assert "no tasks for anna" in run(root, "plan", "pilot")


def test_the_plan_as_json(root: Path) -> None:
    printed = json.loads(run(root, "plan", "pilot", *NEW, "--format", "json"))
    assert printed["campaign"]["name"] == "pilot"
    main = printed["rounds"]["main"]
    assert [row["coder_id"] for row in main["coders"]] == ["model-a", "model-b"]
    assert main["new"] == sum(row["tasks"] for row in main["coders"])
    assert main["pairs"][0]["coders"] == ["model-a", "model-b"]
    assert main["stale"] == []


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (("--conflict", "norland-2001"), InputError, "a new one needs --coder"),
        ((), InputError, "--conflict and --coder"),
        ((*NEW, "--coder", "zoe"), InputError, "no coder zoe"),
        ((*NEW, "--conflict", "peace"), NotFoundError, "no conflict named 'peace'"),
        ((*NEW, "--codebook", "v9"), NotFoundError, "no codebook named 'v9'"),
        ((*NEW, "--adjudicator", "model-a"), InputError, "adjudicator model-a has coded"),
        ((*NEW, "--coders-per-unit", "3"), InputError, "3 coders per unit, and 2 coders"),
        ((*NEW, "--repeats", "0.9"), InputError, "repeats"),
        ((*NEW, "--round", "adjudication"), RefusedError, "annotate adjudicate"),
        ((*NEW, "--round", "practice"), InputError, "has no practice"),
        ((*NEW, "--practice", "absent.jsonl"), NotFoundError, r"absent\.jsonl"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    root: Path, arguments: tuple[str, ...], kind: type[StandoffError], message: str
) -> None:
    before = contents(root)
    with pytest.raises(kind, match=message):
        run(root, "plan", "pilot", *arguments)
    assert contents(root) == before


def test_practice_on_what_is_coded_is_refused_and_nothing_is_written(root: Path, key: Path) -> None:
    before = contents(root)
    with pytest.raises(RefusedError, match="nobody codes blind"):
        run(root, "plan", "pilot", *NEW, "--conflict", "ostmark-2002", "--practice", key)
    assert contents(root) == before


def test_contradictions_are_refused(root: Path, key: Path) -> None:
    run(root, "plan", "pilot", *NEW, "--practice", key)
    before = contents(root)
    with pytest.raises(RefusedError, match="seed: 5 is asked for, and the campaign has 0"):
        run(root, "plan", "pilot", "--seed", 5)
    other = write_rows(key.parent / "other.jsonl", known_rows()[:1])
    with pytest.raises(RefusedError, match="keeps another practice key"):
        run(root, "plan", "pilot", "--practice", other)
    assert contents(root) == before


# -- practice -------------------------------------------------------------------------------------------


def practise(root: Path, key: Path) -> None:
    """Answer practice: model-a as known, model-b wrongly and not all."""
    run(root, "plan", "pilot", *NEW, "--practice", key)
    right = [
        entry.record
        for entry in read_sources(root).judgements
        if entry.record.coder_id == "model-a" and entry.record.article_id == "ostmark-2002-coal"
    ]
    wrong = [one.model_copy(update={"coder_id": "model-b", "stance": Stance.MIXED}) for one in right[:2]]
    keep(root, Round.PRACTICE, [*right, *wrong])


def keep(root: Path, round_: Round, readings: list[Judgement]) -> None:
    path = campaign_folder(root, "pilot") / "readings" / f"{round_}.jsonl"
    write_jsonl(path, (one.to_json() for one in readings))


def test_practice_tells_who_passed_and_who_made_the_key(root: Path, key: Path) -> None:
    practise(root, key)
    printed = run(root, "practice", "pilot")
    assert "stance as known in 80 % passes" in printed
    a, b = (next(line for line in printed.splitlines() if line.startswith(f" {name}")) for name in NEW[3::2])
    assert "3 of 3" in a
    assert "3/3: 100 [44, 100]" in a
    assert a.rstrip().endswith("yes")
    assert "2 of 3" in b
    assert "0/2: 0 [0, 66]" in b
    assert b.rstrip().endswith("not done")
    assert "by model-b (model). A model's answer is a reading to argue with" in " ".join(printed.split())
    assert fits(printed)


def test_feedback_is_written_for_those_who_answered(root: Path, key: Path, tmp_path: Path) -> None:
    practise(root, key)
    run(root, "practice", "pilot", "--feedback", tmp_path / "told")
    assert {path.name for path in (tmp_path / "told").iterdir()} == {"model-a.md", "model-b.md"}
    assert "stance differs" in (tmp_path / "told" / "model-b.md").read_text()
    keep(root, Round.PRACTICE, [])
    run(root, "practice", "pilot", "--feedback", tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_practice_as_json(root: Path, key: Path) -> None:
    practise(root, key)
    printed = json.loads(run(root, "practice", "pilot", "--format", "json"))
    assert [(one["coder_id"], one["passed"]) for one in printed["coders"]] == [
        ("model-a", True),
        ("model-b", None),
    ]
    assert printed["coders"][0]["fields"]["stance"]["hits"] == 3


# -- progress -------------------------------------------------------------------------------------------


def answer(root: Path, behaviours: dict[str, Behaviour], *, until: int = 10**6) -> None:
    """Answer the plan of the main round as made-up coders would, up to a position."""
    plan = [task for task in read_plan(root, "pilot", Round.MAIN) if task.position < until]
    given = simulate(plan, behaviours, 1)
    for coder_id in ("model-a", "model-b"):
        mine = [one.judgement for one in given if one.task.coder_id == coder_id and one.task.occurrence == 1]
        path = root / "annotations" / "judgements" / "norland-2001" / f"{coder_id}.jsonl"
        write_jsonl(path, (one.to_json() for one in sorted(mine, key=lambda one: one.key)))
    keep(root, Round.MAIN, [one.judgement for one in given if one.task.occurrence == 2])


def test_progress_tells_how_far_and_whom_to_ask(root: Path) -> None:
    run(root, "plan", "pilot", *NEW, "--repeats", 0.2)
    answer(root, {"model-b": Behaviour(read=3, click=1)})
    printed = run(root, "progress", "pilot")
    assert "pilot, main: what was pulled" in printed
    assert "ask model-b: did 2 of 3 articles quicker than 600 words a minute" in printed
    assert "ask model-a" not in printed
    assert "units that came back" in printed
    assert "too few" in printed
    assert fits(printed)


def test_progress_before_the_first_pull(root: Path) -> None:
    run(root, "plan", "pilot", *NEW)
    for path in (root / "annotations" / "judgements").rglob("*.jsonl"):
        path.unlink()
    printed = run(root, "progress", "pilot")
    assert "no times are known" in printed
    assert "no repeated unit is answered twice" in printed
    assert "ask " not in printed
    assert "comparisons" not in printed


def test_progress_as_json_has_the_same_numbers(root: Path) -> None:
    run(root, "plan", "pilot", *NEW, "--repeats", 0.2)
    answer(root, {"model-b": Behaviour(read=3, click=1)}, until=6)
    printed: dict[str, Any] = json.loads(run(root, "progress", "pilot", "--format", "json"))
    assert printed["round"] == "main"
    plan = read_plan(root, "pilot", Round.MAIN)
    assert [(one["coder_id"], one["assigned"], one["done"]) for one in printed["work"]] == [
        (name, sum(task.coder_id == name for task in plan), 6) for name in ("model-a", "model-b")
    ]
    assert printed["work"][0]["last"].startswith("2001-05-01T")
    assert {one["coder_id"] for one in printed["flags"]} <= {"model-b"}
    assert [one["coder_id"] for one in printed["pace"]] == ["model-a", "model-b"]
    assert printed["drift_tests"] == 0


def test_self_agreement_is_told_unit_by_unit_in_json(root: Path) -> None:
    run(root, "plan", "pilot", *NEW, "--repeats", 0.2)
    answer(root, {})
    again = [task for task in read_plan(root, "pilot", Round.MAIN) if task.occurrence == 2]
    keep(root, Round.MAIN, [judgement(task, Stance.CANNOT_TELL, 5.0) for task in again])
    printed = json.loads(run(root, "progress", "pilot", "--format", "json"))
    changed = {(one["coder_id"], *unit["unit"]) for one in printed["self_agreement"] for unit in one["changed"]}
    assert changed == {(task.coder_id, *task.key) for task in again}
    assert {unit["second"] for one in printed["self_agreement"] for unit in one["changed"]} == {"cannot_tell"}


def test_practice_has_progress_too(root: Path, key: Path) -> None:
    practise(root, key)
    printed = run(root, "progress", "pilot", "--round", "practice")
    assert "pilot, practice: what was pulled" in printed
    assert "late half" not in printed


def test_a_round_that_is_not_planned_is_told(root: Path) -> None:
    run(root, "plan", "pilot", *NEW)
    with pytest.raises(NotFoundError, match="standoff annotate plan pilot --round find"):
        run(root, "progress", "pilot", "--round", "find")


def test_a_campaign_that_is_not_there_is_told(root: Path) -> None:
    for command in ("practice", "progress"):
        with pytest.raises(NotFoundError, match="no campaign 'other'"):
            run(root, command, "other")
