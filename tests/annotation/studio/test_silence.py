"""The server calls nobody: each name that it looks up and each address that it calls is recorded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.annotation.studio.commands import PATIENCE_S

from standoff.annotation.studio import environment, server
from standoff.annotation.studio.seats import Seat, add_coder
from standoff.annotation.studio.server import open_desk
from standoff.errors import StandoffError

HOOKED = """
import json, runpy, socket, sys
record = open({record!r}, "a", buffering=1)
def hook(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        record.write(json.dumps([event, arguments[1]], default=str) + "\\n")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        record.write(json.dumps([event, arguments[:2]], default=str) + "\\n")
sys.addaudithook(hook)
socket.getaddrinfo({canary!r}, 443)  # a number: asks nobody
sys.path.insert(0, {inside!r})
runpy.run_path({inside!r} + "/start.py", run_name="__main__")
"""
CANARY = "192.0.2.1"  # an address for documentation
REPORTED_TO = ("sentry.io", "googletagmanager.com")
LOOPBACK = {"127.0.0.1", "localhost", "::1", None}
CONFIG = """<View><Text name="text" value="$text"/><Choices name="stance" toName="text">
<Choice value="a"/><Choice value="b"/></Choices></View>"""


def hooked(record: Path, script: Path) -> Path:
    """Write a script that starts the server and records each name it looks up and each address it calls."""
    script.write_text(
        HOOKED.format(record=str(record), canary=CANARY, inside=str(environment.INSIDE)), encoding="utf-8"
    )
    return script


def contacts(record: Path) -> set[str | None]:
    """Return the hosts that were looked up or called; that proxy stands for any host out of reach."""
    places = [json.loads(line)[1] for line in record.read_text(encoding="utf-8").splitlines()]
    return {environment.NOWHERE if place[:2] == ["127.0.0.1", 9] else place[0] for place in places}


def walk(url: str, seat: Seat) -> None:
    """Do what a lead and a coder do, and open the pages that they open."""
    with httpx.Client(base_url=url, headers={"Authorization": f"Token {seat.token}"}, timeout=PATIENCE_S) as lead:
        project = lead.post("/api/projects/", json={"title": "walk", "label_config": CONFIG}).json()["id"]
        sent = lead.post(f"/api/projects/{project}/import", json=[{"data": {"text": "one"}}])
        assert sent.status_code == 201
        assert lead.get("/trigger500/").status_code == 500  # a fault, which would be reported
    with httpx.Client(base_url=url, follow_redirects=True, timeout=PATIENCE_S) as coder:
        form = {"email": seat.email, "password": seat.password, "csrfmiddlewaretoken": ""}
        coder.get("/user/login/")
        form["csrfmiddlewaretoken"] = coder.cookies["csrftoken"]
        inside = coder.post("/user/login/", data=form, headers={"Referer": f"{url}/user/login/"})
        assert inside.url.path != "/user/login/"
        task = coder.get(f"/api/projects/{project}/next/").json()["id"]
        choice = {"from_name": "stance", "to_name": "text", "type": "choices", "value": {"choices": ["a"]}}
        written = coder.post(
            f"/api/tasks/{task}/annotations/?project={project}",
            json={"result": [choice]},
            headers={"X-CSRFToken": coder.cookies["csrftoken"], "Referer": url},
        )
        assert written.status_code == 201, written.text
        pages = (
            "/",
            "/projects/",
            f"/projects/{project}/data",
            "/user/account/",
            "/version",
            "/api/version",
            "/health",
        )
        for page in pages:
            answer = coder.get(page)
            assert answer.status_code == 200, page
            # Nor is the browser told to call anybody.
            assert [host for host in REPORTED_TO if host in answer.text] == [], page
        coder.get("/heidi-tips?version=1")  # fetched from the internet, were it not stopped
        coder.post("/__lsa/?data={}")
        coder.get("/no/such/page")


def test_the_server_calls_nobody(folder: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    started = server.start(folder, script=hooked(record, tmp_path / "hooked.py"))
    assert started.process is not None
    try:
        walk(started.server.url, add_coder(open_desk(folder), "anna"))
    finally:
        server.end(started.process)
    found = contacts(record)
    assert CANARY in found  # the record works
    assert found - {CANARY} <= LOOPBACK


def test_what_would_go_out_goes_nowhere(folder: Path, tmp_path: Path) -> None:
    """The last defence: what Label Studio may still ask others is sent to a closed port of this machine."""
    record = tmp_path / "record.jsonl"
    script = tmp_path / "asks.py"
    asks = "import requests\nrequests.get('https://192.0.2.2/tips')\n"
    lines = hooked(record, script).read_text(encoding="utf-8").splitlines()
    script.write_text("\n".join([*lines[:-1], asks]), encoding="utf-8")
    done = subprocess.run(
        environment.inside_command(str(script)),
        env=environment.server_environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ProxyError" in done.stderr
    assert contacts(record) == {CANARY, environment.NOWHERE}


ALONE = """
import fcntl, socket, struct, subprocess, sys
with socket.socket() as any_socket:  # brings the loopback interface up: flags UP and RUNNING
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 0x41))
sys.exit(subprocess.run([sys.executable, "-m", "pytest", "-q", "--numprocesses=0", sys.argv[1]]).returncode)
"""


def test_the_server_needs_no_network() -> None:
    """The walk of the test above, on a machine that has a loopback interface and no other."""
    alone = ["unshare", "--user", "--map-root-user", "--net"]
    if sys.platform != "linux" or subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system gives no network of one's own")
    walked = f"{__file__}::{test_the_server_calls_nobody.__name__}"
    done = subprocess.run(
        [*alone, sys.executable, "-c", ALONE, walked], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_a_shells_variables_do_not_reach_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leaks = {
        "LABEL_STUDIO_COLLECT_ANALYTICS": "true",
        "HEARTEX_SENTRY_DSN": "https://a@sentry.invalid/1",
        "USERNAME": "root",
        "PASSWORD": "swordfish",
        "HOST": "http://example.org",
        "DEBUG": "true",
        "DJANGO_DB": "default",
        "SECRET_KEY": "known",
        "HTTPS_PROXY": "http://proxy.invalid",
    }
    for name, value in leaks.items():
        monkeypatch.setenv(name, value)
    kept = environment.server_environment(tmp_path)
    assert kept["HTTPS_PROXY"] == kept["https_proxy"] == environment.NOWHERE
    assert kept["LABEL_STUDIO_COLLECT_ANALYTICS"] == "false"
    assert kept["PATH"] == os.environ["PATH"]
    assert {
        "HEARTEX_SENTRY_DSN",
        "USERNAME",
        "PASSWORD",
        "HOST",
        "DEBUG",
        "DJANGO_DB",
        "SECRET_KEY",
    } & kept.keys() == set()


def test_a_download_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    said: list[str] = []
    assert not environment.is_ready()
    with pytest.raises(StandoffError, match="could not be downloaded"):
        environment.make_ready(said.append)
    assert "about 1 GB" in said[0]
