"""A real Label Studio, and a real browser, for the tests of this folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from filelock import FileLock

from standoff.annotation.studio import environment, server
from standoff.annotation.studio.server import Desk

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

StartDesk = Callable[[], Desk]
HERE = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a module's tests to one process, so that its server is started once."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group(item.path.name))


def unavailable(reason: str, variable: str) -> NoReturn:
    """Skip, or fail where the variable says that nothing that can run is to be skipped."""
    if os.environ.get(variable):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def server_template(request: pytest.FixtureRequest) -> Path:
    """A data folder whose database is made, to be copied: that takes a start from half a minute to some seconds.

    It is kept in pytest's cache, one for each version.
    """
    if os.environ.get("STANDOFF_REQUIRE_SERVER"):
        environment.make_ready(print)
    elif not environment.is_ready():
        pytest.skip("Label Studio is not here: run standoff annotate serve once, or set STANDOFF_REQUIRE_SERVER")
    kept = request.config.cache.mkdir("labelstudio") if request.config.cache else pytest.fail("no pytest cache")
    template = kept / environment.VERSION
    with FileLock(kept / "lock"):
        if not template.exists():
            new = kept / "new"
            shutil.rmtree(new, ignore_errors=True)
            started = server.start(new)
            close(new, started)
            for name in ("server.log", "start.lock"):
                (new / name).unlink()
            new.rename(template)
    return template


def close(folder: Path, started: server.Started) -> None:
    """Stop a server that this process has started."""
    server.stop(folder)
    assert started.process is not None
    assert started.process.stdin is not None
    started.process.stdin.close()
    started.process.wait(timeout=30)


@pytest.fixture(scope="module")
def start_desk(server_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartDesk]:
    """Starts a server of its own at each call; they are stopped after the module."""
    running: list[tuple[Path, server.Started]] = []

    def start() -> Desk:
        folder = tmp_path_factory.mktemp("desk") / server.DEFAULT_FOLDER
        shutil.copytree(server_template, folder)
        started = server.start(folder)
        running.append((folder, started))
        return server.open_desk(folder)

    yield start
    for folder, started in running:
        close(folder, started)


@pytest.fixture(scope="module")
def desk(start_desk: StartDesk) -> Desk:
    """The server of a module's tests, without accounts at first."""
    return start_desk()


@pytest.fixture
def folder(server_template: Path, tmp_path: Path) -> Iterator[Path]:
    """A data folder of its own; whatever runs on it is stopped after the test."""
    made = tmp_path / server.DEFAULT_FOLDER
    shutil.copytree(server_template, made)
    yield made
    server.stop(made)


@pytest.fixture(scope="session")
def browser_path() -> str:
    """Where a Chromium is: ``STANDOFF_BROWSER``, else the first on the path."""
    named = os.environ.get("STANDOFF_BROWSER")
    found = named or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        unavailable("no Chromium found: set STANDOFF_BROWSER to where it is", "STANDOFF_REQUIRE_BROWSER")
    return found


@pytest.fixture(scope="session")
def browser(browser_path: str) -> Iterator[Browser]:
    """A browser without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a new visitor: no cookies of another test."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.set_default_timeout(60_000)  # tests on all processors, beside servers: nothing is quick
    yield context.new_page()
    context.close()
