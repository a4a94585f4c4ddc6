"""Coders' accounts on our server and on another, the real ones; what is kept, and what is said when it fails."""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from tests.annotation.studio.pilot import CODERS, NO_POSITION, Coder, make_pilot
from tests.annotation.studio.rooms import by_form, by_token
from typer.testing import CliRunner

from standoff.annotation.studio import seats, server
from standoff.annotation.studio.environment import INSIDE
from standoff.annotation.studio.invitation import VARIABLE, join, lead_token
from standoff.annotation.studio.seats import Seat, add_coder, checked_email, find_seats, make_password
from standoff.annotation.studio.secrets import read_secrets, update_secrets
from standoff.annotation.studio.server import Desk
from standoff.cli.app import app
from standoff.corpus.reader import read_sources
from standoff.errors import InputError, NotFoundError, RefusedError, StandoffError


@pytest.fixture(scope="module")
def anna(desk: Desk) -> Seat:
    return add_coder(desk, "anna")


def as_service(seat: Seat) -> dict[str, object]:
    answer = by_token(seat.url, f"Token {seat.token}").ask("GET", "/api/current-user/whoami")
    assert answer.status_code == 200
    found: dict[str, object] = answer.json()
    return found


def test_a_coder_gets_a_room_of_its_own(desk: Desk, anna: Seat) -> None:
    ben = add_coder(desk, "ben")
    assert (anna.coder_id, anna.url, anna.email) == ("anna", desk.url, "anna@standoff.invalid")
    assert anna.isolated
    assert as_service(anna)["email"] == "service+anna@standoff.invalid"
    assert as_service(anna)["active_organization"] != as_service(ben)["active_organization"]
    person = by_form(anna).ask("GET", "/api/current-user/whoami").json()
    assert person["email"] == anna.email
    assert person["active_organization"] == as_service(anna)["active_organization"]


def test_adding_again_leaves_everything(desk: Desk, anna: Seat) -> None:
    assert add_coder(desk, "anna") == anna == find_seats(desk, ["anna"])["anna"]


def test_secrets_are_kept_for_the_owners_eyes_and_shown_nowhere(desk: Desk, anna: Seat) -> None:
    path = desk.folder / "secrets.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["seats"]["anna"]["password"] == anna.password
    secret = (anna.password or "", anna.token)
    assert all(len(one) > 15 for one in secret)
    log = (desk.folder / "server.log").read_text()
    assert not any(one in text for one in secret for text in (repr(anna), log))


def test_secrets_do_not_pass_by_the_command_line_or_the_environment(
    desk: Desk, anna: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    real = subprocess.run

    def watched(*args: object, **kwargs: object) -> object:
        seen.append(repr(args) + repr(kwargs.get("env")))
        return real(*args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", watched)
    add_coder(desk, "anna")
    assert len(seen) == 1
    assert "accounts.py" in seen[0]
    assert str(anna.password) not in seen[0]
    assert anna.token not in seen[0]


def test_a_new_password_opens_and_the_old_one_does_not(desk: Desk) -> None:
    old = add_coder(desk, "carla")
    new = add_coder(desk, "carla", new_password=True)
    assert old.password != new.password
    assert by_form(new).ask("GET", "/api/current-user/whoami").status_code == 200
    with pytest.raises(AssertionError):
        by_form(old)


def test_another_e_mail_is_another_login_to_the_same_room(desk: Desk) -> None:
    before = add_coder(desk, "dora")
    after = add_coder(desk, "dora", email="Dora@Example.org")
    assert after.email == "dora@example.org"
    assert (after.password, after.token) == (before.password, before.token)
    assert by_form(after).ask("GET", "/api/current-user/whoami").status_code == 200
    assert add_coder(desk, "dora") == after


def test_an_e_mail_of_another_room_is_refused_and_nothing_is_made(desk: Desk, anna: Seat) -> None:
    with pytest.raises(InputError, match="belongs to another account"):
        add_coder(desk, "emil", email=anna.email)
    with pytest.raises(NotFoundError):
        find_seats(desk, ["emil"])
    emil = add_coder(desk, "emil")
    assert by_form(emil).ask("GET", "/api/current-user/whoami").json()["email"] == "emil@standoff.invalid"


def test_a_token_that_was_reset_is_found_again(desk: Desk, anna: Seat) -> None:
    fresh = by_token(anna.url, f"Token {anna.token}").make("/api/current-user/reset-token/", {})["token"]
    assert by_token(anna.url, f"Token {anna.token}").ask("GET", "/api/users/").status_code == 401
    assert add_coder(desk, "anna").token == fresh
    by_token(anna.url, f"Token {fresh}").ask("POST", "/api/jwt/settings", {"legacy_api_tokens_enabled": False})
    assert by_token(anna.url, f"Token {fresh}").ask("GET", "/api/users/").status_code == 401
    assert as_service(add_coder(desk, "anna"))["email"] == "service+anna@standoff.invalid"


def test_lost_secrets_come_back_but_for_the_password(desk: Desk) -> None:
    before = add_coder(desk, "fritz")
    with update_secrets(desk.folder) as kept:
        del kept["seats"]["fritz"]
    after = add_coder(desk, "fritz")
    assert (after.email, after.password, after.token) == (before.email, None, before.token)
    assert by_form(before).ask("GET", "/api/current-user/whoami").status_code == 200
    assert by_form(add_coder(desk, "fritz", new_password=True)).ask("GET", "/projects/").status_code == 200


def test_a_room_is_made_while_the_server_writes(desk: Desk, anna: Seat) -> None:
    owner = by_token(anna.url, f"Token {add_coder(desk, 'anna').token}")
    config = '<View><Text name="text" value="$text"/></View>'
    project = owner.make("/api/projects/", {"title": "busy", "label_config": config})["id"]
    tasks = [{"data": {"text": "x" * 500}}] * 300

    def write(_: int) -> int:
        return int(owner.make(f"/api/projects/{project}/import", tasks)["task_count"])

    with ThreadPoolExecutor(2) as pool:
        written = pool.map(write, range(6))
        assert add_coder(desk, "greta").email == "greta@standoff.invalid"
        assert list(written) == [300] * 6


def test_a_room_is_made_where_no_server_runs(server_template: Path, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "new", "", own=True)
    desk.folder.mkdir()
    for path in server_template.iterdir():
        if path.is_file():
            (desk.folder / path.name).write_bytes(path.read_bytes())
    seat = add_coder(desk, "anna")
    assert read_secrets(desk.folder)["seats"]["anna"]["token"] == seat.token


def test_a_script_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "accounts.py").write_text("import sys; sys.exit('no more room')\n")
    monkeypatch.setattr(seats, "INSIDE", tmp_path)
    with pytest.raises(StandoffError, match="no more room"):
        add_coder(Desk(tmp_path / "data", "", own=True), "anna")


def test_who_has_no_seat_is_named_with_the_command(desk: Desk, anna: Seat) -> None:
    with pytest.raises(NotFoundError, match=r"of nina, olga") as found:
        find_seats(desk, [anna.coder_id, "nina", "olga", "nina"])
    assert "standoff annotate coders add nina; standoff annotate coders add olga" in str(found.value)


def test_passwords_are_long_random_and_easy_to_copy() -> None:
    made = {make_password() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(r"([a-hj-kmnp-z2-9]{4}-){3}[a-hj-kmnp-z2-9]{4}", one) for one in made)


@pytest.mark.parametrize(
    "email", ["", "anna", "anna@", "@example.org", "a b@example.org", "anna@example", "ä@example.org"]
)
def test_what_is_no_e_mail_is_refused(email: str) -> None:
    with pytest.raises(InputError, match="not an e-mail"):
        checked_email(email)


# -- another server -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def foreign(server_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, str]]:
    """A Label Studio that is not ours, without the guard; the token of its one account, which leads the coding."""
    base = tmp_path_factory.mktemp("foreign")
    folder = base / "its-own"
    shutil.copytree(server_template, folder)
    shutil.copy(INSIDE / "start.py", base)
    (base / "guard.py").write_text("def install() -> None: ...\n", encoding="utf-8")
    started = server.start(folder, script=base / "start.py")
    lead = add_coder(server.open_desk(folder), "lead")
    add_coder(server.open_desk(folder), "stranger", email="elsewhere@example.org")
    yield server.open_desk(base / "ours", url=started.server.url), lead.token
    assert started.process is not None
    server.end(started.process)


def test_on_another_server_a_coder_is_invited(foreign: tuple[Desk, str], monkeypatch: pytest.MonkeyPatch) -> None:
    desk, token = foreign
    monkeypatch.setenv(VARIABLE, f" {token}\n")
    anna = add_coder(desk, "anna", email="anna@example.org")
    assert (anna.url, anna.token, anna.isolated, desk.own) == (desk.url, token, False, False)
    assert by_form(anna).ask("GET", "/api/current-user/whoami").json()["email"] == "anna@example.org"
    assert add_coder(desk, "anna") == anna == find_seats(desk, ["anna"])["anna"]
    assert token not in (desk.folder / "secrets.json").read_text()
    with pytest.raises(NotFoundError, match=f"coders add ben --url {desk.url}"):
        find_seats(desk, ["ben"])
    with pytest.raises(RefusedError, match="only our own server"):
        add_coder(desk, "anna", new_password=True)


def test_an_account_that_is_there_already_is_kept(
    foreign: tuple[Desk, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, token = foreign
    assert join(desk.url, token, "there@example.org", "a-password-of-hers")
    monkeypatch.setenv(VARIABLE, token)
    for _ in range(2):
        seat = add_coder(desk, "berta", email="there@example.org")
        assert seat.password is None
    hers = replace(seat, password="a-password-of-hers")  # noqa: S106 - of an account that is made for this test
    assert by_form(hers).ask("GET", "/projects/").status_code == 200


def test_a_personal_access_token_leads_as_well(foreign: tuple[Desk, str], monkeypatch: pytest.MonkeyPatch) -> None:
    desk, token = foreign
    personal = by_token(desk.url, f"Token {token}").make("/api/token/", {})["token"]
    monkeypatch.setenv(VARIABLE, personal)
    seat = add_coder(desk, "carla")
    assert seat.token == personal
    assert by_form(seat).ask("GET", "/projects/").status_code == 200


def test_a_campaign_on_another_server(
    foreign: tuple[Desk, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    desk, token = foreign
    monkeypatch.setenv(VARIABLE, token)
    seated = {coder_id: add_coder(desk, coder_id) for coder_id in CODERS}
    pilot = make_pilot(tmp_path, desk, seated, "elsewhere", coders=CODERS)
    here = ["annotate", "push", "elsewhere", "--root", str(pilot.root), "--folder", str(desk.folder)]
    said = CliRunner().invoke(app, [*here, "--url", desk.url])
    assert said.exit_code == 0, said.output
    assert "that they code blind rests on trust" in " ".join(said.output.split())
    pushed = pilot.push()
    assert [(one.sent, one.isolated) for one in pushed] == [(0, False)] * 2
    assert len({one.project_id for one in pushed}) == 2
    for coder_id in CODERS:
        project = pilot.project(coder_id)
        assert project is not None
        assert project.title == f"elsewhere · main · {coder_id}"
        coder = Coder(seated[coder_id])
        for task in pilot.stored(project.project_id, coder_id):
            coder.answer(task.task_id, NO_POSITION)
        coder.close()
    assert [(one.taken, one.refusals) for one in pilot.pull()] == [(3, ())] * 2
    judged = [entry.record.coder_id for entry in read_sources(pilot.root).judgements]
    assert judged == [coder_id for coder_id in CODERS for _ in range(3)]


def test_an_account_that_the_server_does_not_make_is_told(foreign: tuple[Desk, str]) -> None:
    desk, token = foreign
    with pytest.raises(RefusedError, match="does not make the account") as found:
        join(desk.url, token, "x@example.org", "short")
    assert "8 characters" in str(found.value)
    # The lead's organisation does not list it: it belongs to another.
    with pytest.raises(RefusedError, match="User with this email already exists"):
        join(desk.url, token, "elsewhere@example.org", make_password())
    assert token not in str(found.value)


@pytest.mark.parametrize("token", ["", "  ", "a b", "abc\ndef", "töken"])
def test_what_is_no_token_is_refused_and_not_shown(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, token)
    with pytest.raises(InputError, match=VARIABLE) as found:
        lead_token()
    assert not token.strip() or token not in str(found.value)


def test_a_token_that_the_server_does_not_take(foreign: tuple[Desk, str]) -> None:
    with pytest.raises(RefusedError, match="the token is not accepted") as found:
        join(foreign[0].url, "0" * 40, "x@example.org", make_password())
    assert "Invalid token" in str(found.value)
    assert "Account & Settings" in str(found.value)


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<html>a shop</html>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        pass


def test_something_else_that_answers_is_told() -> None:
    shop = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    Thread(target=shop.serve_forever, daemon=True).start()
    try:
        with pytest.raises(InputError, match="something else answers here"):
            join(f"http://127.0.0.1:{shop.server_port}", "0" * 40, "x@example.org", make_password())
    finally:
        shop.shutdown()
        shop.server_close()


def test_nothing_that_answers_is_told() -> None:
    with pytest.raises(NotFoundError, match="nothing answers"):
        join("http://127.0.0.1:9", "0" * 40, "x@example.org", make_password())
    with pytest.raises(NotFoundError, match="nothing answers"):
        join("http://standoff.invalid:9", "0" * 40, "x@example.org", make_password())
