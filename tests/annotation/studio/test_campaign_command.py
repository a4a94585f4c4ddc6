"""``push``, ``status`` and ``pull`` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from tests.annotation.studio.pilot import NO_POSITION, OPPOSES, Coder, Lead, Pilot, make_pilot
from typer.testing import CliRunner

from standoff.annotation.studio.seats import Seat, add_coder
from standoff.annotation.studio.server import Desk
from standoff.cli.campaign import pull_command, push_command, status_command
from standoff.errors import NotFoundError

app = typer.Typer()
app.command("push")(push_command)
app.command("status")(status_command)
app.command("pull")(pull_command)


@pytest.fixture(scope="module")
def seat(desk: Desk) -> Seat:
    return add_coder(desk, "model-a")


@pytest.fixture
def pilot(tmp_path: Path, desk: Desk, seat: Seat) -> Pilot:
    return make_pilot(tmp_path, desk, {"model-a": seat}, "typed")


def run(pilot: Pilot, *order: str) -> tuple[str, str]:
    """Return what a command prints, and what it warns of."""
    places = ("--root", str(pilot.root), "--folder", str(pilot.desk.folder))
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, [*order, *places], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout, done.stderr


def test_a_round_there_and_back(pilot: Pilot, seat: Seat) -> None:
    out, err = run(pilot, "push", "typed", "main")
    assert err == ""
    (pushed,) = json.loads(run(pilot, "push", "typed", "--format", "json")[0])
    assert (pushed["coder_id"], pushed["assigned"], pushed["sent"], pushed["isolated"]) == ("model-a", 3, 0, True)
    assert pushed["link"] in out
    assert seat.password is not None
    assert seat.password not in out
    coder, lead = Coder(seat), Lead(seat)
    tasks = [task.task_id for task in pilot.stored(pushed["project_id"])]
    coder.answer(tasks[0], NO_POSITION)
    coder.answer(tasks[1], OPPOSES)
    lead.edit(tasks[2], text="Another text.")
    coder.close()
    lead.close()

    (standing,) = json.loads(run(pilot, "status", "typed", "--format", "json")[0])
    assert (standing["assigned"], standing["sent"], standing["done"], standing["skipped"]) == (3, 3, 1, 0)
    assert [(one["rule"], one["link"]) for one in standing["to_mend"]] == [
        ("evidence-missing", f"{pilot.desk.url}/projects/{pushed['project_id']}/data?task={tasks[1]}")
    ]
    assert "to mend: model-a: evidence-missing: opposes without evidence" in run(pilot, "status", "typed")[0]

    assert "refused: model-a: evidence-missing" in run(pilot, "pull", "typed")[0]
    (pulled,) = json.loads(run(pilot, "pull", "typed", "--format", "json")[0])
    assert (pulled["taken"], pulled["changed"], len(pulled["refused"])) == (1, 0, 1)
    assert pulled["export"].startswith("campaigns/typed/main.model-a.")

    warned = run(pilot, "push", "typed")[1]
    assert warned.startswith("warning: model-a: 1 tasks are not what would be sent now: delete them there")


def test_on_a_server_that_is_not_ours_it_is_said_that_blindness_rests_on_trust(
    tmp_path: Path, pilot: Pilot, seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Seen from another folder our own server is a foreign one, where one token serves for all coders.
    monkeypatch.setenv("STANDOFF_LABEL_STUDIO_TOKEN", seat.token)
    elsewhere = tmp_path / "elsewhere"
    order = ["push", "typed", "--root", str(pilot.root), "--folder", str(elsewhere), "--url", pilot.desk.url]
    with pytest.raises(NotFoundError, match="coders add model-a --url"):
        CliRunner().invoke(app, order, catch_exceptions=False)


def test_a_campaign_that_is_not_there(pilot: Pilot) -> None:
    with pytest.raises(NotFoundError, match="no campaign named 'piloot'"):
        run(pilot, "push", "piloot")
