"""``standoff annotate coders`` beside a running server."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from tests.annotation.studio.rooms import by_form
from typer.testing import CliRunner

from standoff.annotation.studio.seats import find_seats
from standoff.annotation.studio.server import Desk
from standoff.cli.coders import coders_app


def run(*words: str) -> str:
    result = CliRunner().invoke(coders_app, words)
    assert result.exit_code == 0, result.exception
    return result.output


def test_a_coder_from_the_command_to_the_first_login(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "annotations").mkdir()
    (tmp_path / "corpus" / "sources").mkdir(parents=True)
    here = ("--root", str(tmp_path), "--folder", str(desk.folder))
    said = run("add", "anna", "--kind", "human", "--description", "A student", *here)
    seat = find_seats(desk, ["anna"])["anna"]
    assert f"anna logs in at {desk.url}/user/login/ as anna@standoff.invalid" in said
    assert seat.password is not None
    assert seat.password not in said
    assert seat.token not in said

    card = tmp_path / "cards" / "anna.txt"
    said = run("add", "anna", "--handout", str(card), *here)
    assert seat.password not in said
    assert stat.S_IMODE(card.stat().st_mode) == 0o600
    assert all(part in card.read_text() for part in (seat.url, seat.email, seat.password))
    assert seat.token not in card.read_text()
    assert by_form(seat).ask("GET", "/projects/").status_code == 200

    said = run("add", "anna", "--new-password", "--show-password", *here)
    changed = find_seats(desk, ["anna"])["anna"].password
    assert changed != seat.password
    assert f"password: {changed}" in said

    row = json.loads(run("list", "--format", "json", *here))[0]
    assert (row["email"], row["room"]) == ("anna@standoff.invalid", True)
    assert row.keys() == {"coder_id", "kind", "description", "email", "room"}
