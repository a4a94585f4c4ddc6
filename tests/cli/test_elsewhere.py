"""``standoff annotate bring``: what it writes, prints and refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.annotation.elsewhere.formats import GIFT, HARBOUR, REFUSAL, TROOPS, dna, said
from tests.annotation.made import add_coder, copy
from typer.testing import CliRunner

from standoff.annotation.elsewhere.losses import REASONS
from standoff.cli.elsewhere import SHOWN, bring_command
from standoff.errors import InputError, NotFoundError, RefusedError, StandoffError
from standoff.files import read_jsonl, sha256_file

MAP = f"""\
tool = "dna"
[fields]
actor = "organization"
proposition = "concept"
stance = "agreement"
[always]
confidence = "high"
[documents]
7 = "{HARBOUR}"
[propositions]
"Send troops" = "{TROOPS}"
[stances]
1 = "supports"
0 = "opposes"
"""
BEN = "annotations/judgements/norland-2001/ben.jsonl"


@pytest.fixture(autouse=True)
def columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = copy(tmp_path)
    add_coder(root, "ben", "human")
    return root


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events.csv"
    path.write_text(dna([said(1, GIFT), said(2, REFUSAL, "Eastland", 0)]))
    return path


@pytest.fixture
def the_map(tmp_path: Path) -> Path:
    path = tmp_path / "map.toml"
    path.write_text(MAP)
    return path


def run(root: Path, *arguments: Any) -> str:
    app = typer.Typer()
    app.command("bring")(bring_command)
    app.command("other")(lambda: None)
    result = CliRunner().invoke(app, ["bring", *map(str, arguments), "--root", str(root)])
    if isinstance(result.exception, StandoffError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def contents(root: Path) -> dict[str, str]:
    return {str(path): sha256_file(path) for path in root.rglob("*") if path.is_file()}


def test_what_fits_is_kept_and_the_rest_told(root: Path, events: Path, the_map: Path) -> None:
    printed = run(root, "dna", events, "--map", the_map, "--coder", "ben", "--at", "2002-05-20T12:00:00")
    ((_, row),) = read_jsonl(root / BEN)
    assert (row["actor_id"], row["stance"], row["created_at"]) == ("westland", "supports", "2002-05-20T12:00:00Z")
    assert "1 of 2 statements kept, in 1 judgement, 1 of them new or changed" in printed
    assert "ben (human)" in printed
    assert "still to be completed before a release" in printed
    assert "attribution" in printed
    assert "actor-unresolved" in printed
    assert "events.csv:3: actor-unresolved: 2: Eastland" in printed
    assert f"kept as annotations/exports/{row['export']['file']}" in printed


def test_the_report_goes_to_a_file_and_to_json(root: Path, events: Path, the_map: Path, tmp_path: Path) -> None:
    report = tmp_path / "out" / "report.json"
    arguments = ("dna", events, "--map", the_map, "--coder", "ben", "--report", report, "--format", "json")
    printed = json.loads(run(root, *arguments))
    assert json.loads(report.read_text()) == printed
    assert printed["losses"][0]["reason"] == "actor-unresolved"
    assert printed["changed"] == 1


def test_a_dry_run_tells_and_writes_nothing(root: Path, events: Path, the_map: Path) -> None:
    before = contents(root)
    printed = run(root, "dna", events, "--map", the_map, "--coder", "ben", "--dry-run")
    assert "1 of 2 statements would be kept" in printed
    assert "would be kept as annotations/exports/" in printed
    assert contents(root) == before


def test_many_losses_are_cut_short(root: Path, the_map: Path, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text(dna(said(number, "gone") for number in range(40)))
    printed = run(root, "dna", path, "--map", the_map, "--coder", "ben")
    assert "… and 23 more: --report FILE has all" in printed
    assert printed.count("quote-not-found: ") == SHOWN
    assert "kept as" not in printed


def test_a_draft_is_written_once_and_nothing_brought_in(root: Path, events: Path, tmp_path: Path) -> None:
    before = contents(root)
    draft = tmp_path / "draft.toml"
    assert "decide what is" in run(root, "dna", events, "--draft-map", draft)
    assert '"Eastland" = ""' in draft.read_text()
    assert '"Westland" = "westland"' in draft.read_text()
    with pytest.raises(RefusedError, match="exists already"):
        run(root, "dna", events, "--draft-map", draft)
    assert contents(root) == before


def test_a_draft_takes_over_a_map(root: Path, events: Path, the_map: Path, tmp_path: Path) -> None:
    draft = tmp_path / "draft.toml"
    run(root, "dna", events, "--map", the_map, "--draft-map", draft)
    assert '"1" = "supports"' in draft.read_text()


def test_without_a_map_nothing_is_read(root: Path) -> None:
    with pytest.raises(InputError, match="there is no map") as caught:
        run(root, "dna", "none.csv")
    assert "--draft-map" in str(caught.value)


def test_errors_name_file_and_line(root: Path, events: Path, the_map: Path) -> None:
    events.write_text(events.read_text() + ";1")
    with pytest.raises(InputError, match=r"events\.csv:3: is cut off"):
        run(root, "dna", events, "--map", the_map)
    with pytest.raises(NotFoundError, match="no such file"):
        run(root, "dna", events.with_name("none.csv"), "--map", the_map)
    with pytest.raises(InputError, match="the map of another tool"):
        run(root, "webanno", events, "--map", the_map)


def test_texts_at_hand_are_used(root: Path, the_map: Path, tmp_path: Path) -> None:
    news = "norland-2001-news"
    given = Path(__file__).parents[1] / "data" / f"{news}.txt"
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / f"{news}.txt").write_bytes(given.read_bytes())
    the_map.write_text(MAP.replace(HARBOUR, news))
    events = tmp_path / "events.csv"
    events.write_text(dna([said(1, given.read_text().split("\n\n")[2])]))
    arguments = ("dna", events, "--map", the_map, "--coder", "ben")
    assert "text-missing" in run(root, *arguments)
    assert "1 of 1 statements kept" in run(root, *arguments, "--texts", texts)


# -- the page about it ----------------------------------------------------------------------------------

PAGE = Path(__file__).parents[2] / "docs" / "elsewhere.md"


def test_the_example_of_the_page_works(root: Path, tmp_path: Path) -> None:
    for name, text in re.findall(r'```\w+ title="([^"]+)"\n(.*?)```', PAGE.read_text(), re.DOTALL):
        (tmp_path / name).write_text(text)
    printed = run(root, "dna", tmp_path / "events.csv", "--map", tmp_path / "map.toml", "--coder", "ben")
    assert "2 of 2 statements kept, in 2 judgements" in printed
    rows = {row["actor_id"]: row["stance"] for _, row in read_jsonl(root / BEN)}
    assert rows == {"ada-berg": "supports", "noel-amari": "opposes"}


def test_the_page_lists_every_reason_as_the_code_does() -> None:
    table = re.findall(r"^\| `([\w-]+)` \| (\w+) \| (.*) \|$", PAGE.read_text(), re.MULTILINE)
    assert [(reason, (lost, means)) for reason, lost, means in table] == list(REASONS.items())
