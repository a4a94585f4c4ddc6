"""Make the pictures of docs/images: the toy campaign's pages on a real server, seen as its coders see them.

Run it with ``uv run --all-extras python docs/screenshots.py`` after a change to the pages. It needs a Chromium.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright
from typer.testing import CliRunner

from standoff.annotation.campaign.campaign import Round, read_campaign
from standoff.annotation.demo import CAMPAIGN, code, make_project
from standoff.annotation.studio.client import connect
from standoff.annotation.studio.projects import find_project
from standoff.annotation.studio.seats import Seat, find_seats
from standoff.annotation.studio.server import DEFAULT_FOLDER, open_desk
from standoff.cli.app import app
from standoff.corpus.reader import read_sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
sys.path.insert(0, str(ROOT / "tests" / "annotation" / "studio"))

import page as drive  # type: ignore[import-not-found]  # noqa: E402 - the tests' helpers, from the folder above

STRICT, LENIENT, JUDGE = "rules-strict", "rules-lenient", "rules-judge"


def main() -> None:
    """Run the toy campaign and take the pictures."""
    folder = Path(tempfile.mkdtemp()) / "toy"
    make_project(folder)
    try:
        _standoff("serve", "--detach", root=folder)
        for coder_id in (STRICT, LENIENT, JUDGE):
            _standoff("coders", "add", coder_id, root=folder)
        coders = ("--coder", STRICT, "--coder", LENIENT, "--adjudicator", JUDGE)
        _standoff("plan", CAMPAIGN, "--conflict", "sudmark-2001", *coders, root=folder)
        _standoff("plan", CAMPAIGN, "--round", "find", root=folder)
        for round_ in (Round.MAIN, Round.FIND):
            _standoff("push", CAMPAIGN, round_, root=folder)
        _take(folder)
    finally:
        _standoff("stop", root=folder)
        shutil.rmtree(folder.parent)


def _take(folder: Path) -> None:
    with _stream(folder, STRICT, Round.MAIN) as page:
        drive.screenshot(page, IMAGES / "instructions.png")
        drive.close_instructions(page)
        _mark(page, folder, "“Not one soldier,”")
        drive.press(page, "3qadzv9")
        drive.screenshot(page, IMAGES / "classify.png")
    with _stream(folder, STRICT, Round.FIND) as page:
        drive.close_instructions(page)
        drive.screenshot(page, IMAGES / "find.png")
    for coder_id in (STRICT, LENIENT):
        code(folder, *_place(folder, coder_id, Round.MAIN))
    for command in (("pull", CAMPAIGN), ("adjudicate", CAMPAIGN), ("push", CAMPAIGN, "adjudication")):
        _standoff(*command, root=folder)
    with _stream(folder, JUDGE, Round.ADJUDICATION) as page:
        drive.close_instructions(page)
        drive.screenshot(page, IMAGES / "adjudicate.png")


def _mark(page: Page, folder: Path, quote: str) -> None:
    """Go on to a task whose text has ``quote`` and whose actor says it, and mark it."""
    article = read_sources(folder).articles_by_id["sudmark-2001-request"]
    text = article.text or ""
    while "Tor Aske" not in page.locator(".who").inner_text() or article.title not in page.inner_text(drive.TEXT):
        drive.press(page, "59")
        drive.submit(page)
        page.wait_for_timeout(1500)
    start = text.index(quote)
    drive.select_text(page, start, start + len(quote))


def _place(folder: Path, coder_id: str, round_: Round) -> tuple[Seat, int]:
    seat = find_seats(open_desk(folder / DEFAULT_FOLDER), [coder_id])[coder_id]
    with connect(seat) as studio:
        project = find_project(studio, read_campaign(folder, CAMPAIGN), round_, coder_id)
    if project is None:
        sys.exit(f"the round {round_} of {coder_id} is not on the server")
    return seat, project.project_id


@contextmanager
def _stream(folder: Path, coder_id: str, round_: Round) -> Iterator[Page]:
    seat, project_id = _place(folder, coder_id, round_)
    path = shutil.which("chromium") or sys.exit("no chromium on the path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(60_000)
        drive.log_in(page, seat.url, seat.email, seat.password or "")
        drive.open_stream(page, seat.url, project_id)
        yield page
        browser.close()


def _standoff(*command: str, root: Path) -> None:
    done = CliRunner().invoke(app, ["annotate", *command, "--root", str(root)])
    if done.exit_code:
        sys.exit(f"{command}: {done.output} {done.exception}")


if __name__ == "__main__":
    main()
