"""A whole campaign: by two coders in the browser who do not see each other, and by the demo's programs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.annotation.studio import page as drive
from typer.testing import CliRunner

from standoff.annotation.demo import make_project
from standoff.annotation.studio.projects import handout_file
from standoff.annotation.studio.seats import find_seats
from standoff.annotation.studio.server import DEFAULT_FOLDER, find_server
from standoff.cli.app import app
from standoff.corpus.check import check
from standoff.corpus.reader import read_sources
from standoff.files import read_jsonl
from standoff.records import CoderKind, Stance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from standoff.annotation.studio.seats import Seat
    from standoff.annotation.studio.server import Desk
    from standoff.records import Judgement

ARTICLE = "harlund-1999-practice"
CODERS = ("rules-strict", "rules-lenient")
SECRET = {"rules-strict": "seen by the strict one alone", "rules-lenient": "seen by the lenient one alone"}
NEXT = "before => document.querySelector('.who')?.innerText.split('\\n')[0].trim().toLowerCase() !== before"
QUOTES = {
    "harlund": "Harlund has asked Norland for soldiers",
    "norland": "We shall not send a single man",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "toy"
    make_project(folder)
    return folder


def standoff(root: Path, *command: str) -> str:
    done = CliRunner().invoke(app, [*command, "--root", str(root)])
    assert done.exit_code == 0, f"{command}: {done.output} {done.exception!r}"
    return done.output


def test_two_coders_in_the_browser_code_blind_and_their_labels_arrive(
    root: Path, desk: Desk, browser: Browser
) -> None:
    at = ("--folder", str(desk.folder))
    for coder_id in CODERS:
        standoff(root, "annotate", "coders", "add", coder_id, *at)
    coders = [part for coder_id in CODERS for part in ("--coder", coder_id)]
    standoff(root, "annotate", "plan", "page", "--conflict", "harlund-1999", *coders, "--repeats", "0")
    links = push(root, at)
    seats = find_seats(desk, CODERS)
    for coder_id in CODERS:
        other = next(one for one in CODERS if one != coder_id)
        for shown in code(browser, seats[coder_id], links[coder_id], differ=coder_id == CODERS[1]):
            assert SECRET[other] not in shown
            assert other not in shown
        assert handout_file(desk, coder_id).read_text().count(links[coder_id]) == 1
    standoff(root, "annotate", "pull", "page", *at)
    sources = read_sources(root)
    judged = {(one.record.coder_id, one.record.actor_id): one.record for one in sources.judgements}
    assert len(judged) == 6
    assert {one.kind for one in judged.values()} == {CoderKind.MODEL}
    for coder_id in CODERS:
        hold(judged[coder_id, "harlund"], Stance.SEEKS, QUOTES["harlund"], SECRET[coder_id])
        expected = Stance.OPPOSES if coder_id == CODERS[0] else Stance.MIXED
        hold(judged[coder_id, "norland"], expected, QUOTES["norland"], SECRET[coder_id])
        assert judged[coder_id, "westland"].stance is Stance.NO_POSITION
    assert {incident.rule for incident in check(root).incidents} <= {"unit-uncoded", "decision-missing"}
    assert "67 %" in standoff(root, "annotate", "agree", "--campaign", "page", "--field", "stance")


def push(root: Path, at: tuple[str, str]) -> dict[str, str]:
    """Push, and return each coder's link."""
    said = json.loads(standoff(root, "annotate", "push", "page", *at, "--format", "json"))
    return {one["coder_id"]: one["link"] for one in said}


def hold(judgement: Judgement, stance: Stance, quote: str, note: str) -> None:
    """Hold a judgement against what the coder did on the page."""
    sources = read_sources(Path(__file__).parents[3] / "src" / "standoff" / "annotation" / "toy")
    text = sources.articles_by_id[ARTICLE].text or ""
    assert judgement.stance is stance
    assert [text[span.start : span.end] for span in judgement.evidence] == [quote]
    assert judgement.note == note
    assert judgement.lead_time_s is not None


def code(browser: Browser, seat: Seat, link: str, *, differ: bool) -> Iterator[str]:
    """Code the three units as a person does, by the link that was handed out; yield each page as it is seen."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.set_default_timeout(60_000)
    page = context.new_page()
    drive.log_in(page, seat.url, seat.email, seat.password or "")
    page.goto(link)
    page.wait_for_selector(drive.TEXT)
    drive.close_instructions(page)
    for place in range(3):
        actor = page.locator(".who").inner_text().split("\n")[0].strip().lower()
        yield page.content()
        answer(page, actor, SECRET[seat.coder_id], differ=differ)
        drive.submit(page)
        if place < 2:
            page.wait_for_function(NEXT, arg=actor)
            page.wait_for_selector(drive.TEXT)
    context.close()


def answer(page: Page, actor: str, note: str, *, differ: bool) -> None:
    if actor == "westland":
        drive.press(page, "59")
        return
    sources = read_sources(Path(__file__).parents[3] / "src" / "standoff" / "annotation" / "toy")
    start = (sources.articles_by_id[ARTICLE].text or "").index(QUOTES[actor])
    drive.select_text(page, start, start + len(QUOTES[actor]))
    stance = {"harlund": "1", "norland": "4" if differ else "3"}[actor]
    attribution = {"harlund": "w", "norland": "q"}[actor]
    drive.press(page, f"{stance}{attribution}adzv8")
    box = page.get_by_placeholder("Note: one short sentence, then Enter")
    box.fill(note)
    box.press("Enter")


def test_the_demo_runs_a_campaign_from_nothing_to_decisions(tmp_path: Path, server_template: Path) -> None:
    assert server_template.is_dir()  # Label Studio is here
    out = tmp_path / "demo"
    command = [str(Path(sys.executable).with_name("standoff")), "annotate", "demo", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for step in ("push toy main", "pull toy main", "agree --campaign toy", "adjudicate toy", "stop"):
        assert f"$ standoff annotate {step} " in done.stdout
    assert "No coder is a person" in done.stdout
    sources = read_sources(out)
    assert len(sources.judgements) == 84
    assert len(sources.decisions) == 14
    assert {entry.record.kind for entry in sources.labelled} == {CoderKind.MODEL}
    assert not [incident for incident in check(out).incidents if incident.severity == "error"]
    repeats = list(read_jsonl(out / "annotations" / "campaigns" / "toy" / "readings" / "main.jsonl"))
    assert repeats
    assert find_server(out / DEFAULT_FOLDER) is None
