"""``standoff annotate agree`` in the terminal."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from standoff.annotation.agreement.fields import BY_DEFAULT, FIELDS
from standoff.annotation.agreement.table import COLUMNS
from standoff.cli.agreement import agree_command
from standoff.cli.app import app
from standoff.errors import InputError, NotFoundError, RefusedError, StandoffError

REPOSITORY = Path(__file__).parents[2]
MINI = REPOSITORY / "tests" / "data" / "mini"
TITLES = (
    "finding, apart from classifying",
    "classifying",
    "details, given that both coders see a position",
    "evidence: the words that show a position",
    "planning:",
)
TABLE = "unit,coder,label,kind\n" + "".join(
    f"u{unit},{coder},{'yes' if (unit + (coder == 'ben')) % 4 else 'no'},{kind}\n"
    for unit in range(20)
    for coder, kind in (("anna", "human"), ("ben", "human"), ("gpt", "model"), ("other", "model"))
)


def run(*arguments: object, width: int = 80) -> Any:
    app = typer.Typer()
    app.command()(agree_command)
    given = [str(argument) for argument in arguments]
    return CliRunner().invoke(app, [*given, "--resamples", "50"], env={"COLUMNS": str(width)})


def ok(*arguments: object, width: int = 80) -> str:
    result = run(*arguments, width=width)
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def error_of(kind: type[StandoffError], *arguments: object) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, kind), result.output
    assert result.output == ""
    return str(result.exception)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


# -- this repository ------------------------------------------------------------------------------------


def test_the_judgements_of_this_repository_are_of_models_and_it_says_so() -> None:
    text = ok("syria-2024", "--root", REPOSITORY)
    lines = text.splitlines()
    assert lines[:2] == ["Agreement on syria-2024", "coders: model-a (model), model-b (model)"]
    assert "No coder is a person: all are programs or language models." in text
    assert "All coders are people" not in text
    assert all(title in text for title in TITLES)
    assert max(map(len, lines)) <= 80
    (report,) = json.loads(ok("syria-2024", "--root", REPOSITORY, "--format", "json"))["kinds"]
    assert report["kind"] == "model"
    assert report["kind_in_words"].startswith("No coder is a person")
    assert report["n_units"] >= 144
    alphas = {field["field"]: field["overall"]["alpha"] for field in report["fields"]}
    assert tuple(alphas) == BY_DEFAULT
    assert 0.9 < alphas["stance"]["low"] < alphas["stance"]["value"] <= alphas["stance"]["high"] <= 1
    assert alphas["stance"]["n_groups"] == report["n_groups"] > 5


def test_the_paragraph_for_a_paper() -> None:
    text = ok("--root", REPOSITORY, "--paper", "--field", "stance")
    assert text.count("\n") == 1
    assert "The coders are not people but programs or language models." in text
    assert "haiti-2022, libya-2019, niger-2023, syria-2024" in text
    made = json.loads(ok("--root", REPOSITORY, "--paper", "--field", "stance", "--format", "json"))
    assert made["methods"] == [text.rstrip("\n")]


# -- what is shown --------------------------------------------------------------------------------------


def test_numbers_stand_in_their_tables() -> None:
    text = ok("norland-2001", "--root", MINI)
    assert "14 units in 3 articles: 14 by 2 coders; codebook v1" in text
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line.strip()}
    assert rows["stance"] == ["stance", "14", ".91", "(no", "interval)", ".90", "(no", "interval)", "93", "%"]
    assert rows["commitment"] == ["commitment", "9", "undefined", "undefined", "100", "%"]
    assert rows["stance_ordinal"][:3] == ["stance_ordinal", "14", ".93"]
    assert "commitment, relay: undefined, only one value occurs" in text
    assert "n too small" in text
    assert "planning: not from these units" in text
    assert " by label" not in text


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("label", ["stance by label", "no_position", "relay by label"]),
        ("conflict", ["by conflict", "ostmark-2002", "finding by conflict"]),
        ("pair", ["by pair of coders", "model-a, model-b", "finding by pair of coders"]),
        ("label, pair", ["stance by label", "by pair of coders"]),
    ],
)
def test_breakdowns(by: str, expected: list[str]) -> None:
    text = ok("--root", MINI, "--by", by)
    assert all(part in text for part in expected)
    assert "headline_only" not in text  # a label that nobody gave
    assert max(map(len, text.splitlines())) <= 80


def test_conflicts_coders_and_fields_are_chosen() -> None:
    whole = json.loads(ok("--root", MINI, "--format", "json"))
    assert whole["about"] == "norland-2001, ostmark-2002"
    some = json.loads(
        ok("ostmark-2002", "--root", MINI, "--format", "json", "--field", "time", "--coder", "model-b")
    )
    (kind,) = some["kinds"]
    assert (some["about"], [coder["coder_id"] for coder in kind["coders"]]) == ("ostmark-2002", ["model-b"])
    assert [field["field"] for field in kind["fields"]] == ["time"]
    assert kind["fields"][0]["overall"]["alpha"]["undefined"] == "no unit has two ratings"
    assert (some["resamples"], some["seed"]) == (50, 12345)


def test_the_round_find_has_its_own_table(tmp_path: Path) -> None:
    root = Path(shutil.copytree(MINI, tmp_path / "mini"))
    for coder, actors in (("anna", ["ada-berg", "westland"]), ("ben", ["ada-berg", "noel-amari", "river-front"])):
        path = root / "annotations" / "findings" / "norland-2001" / f"{coder}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(finding(coder, actors)) + "\n")
    text = ok("norland-2001", "--root", root, "--by", "pair")
    people, models = text.split("Agreement on norland-2001")[1:]
    assert "coders: anna (human), ben (human)" in people
    assert "1 articles in which statements were looked for; codebook v1" in people
    assert "the round find" not in models
    rows = [line.split() for line in people.splitlines() if line.strip()]
    assert next(row[-3:] for row in rows if row[0] == "statements") == [".40", "(no", "interval)"]
    assert next(row[-3:] for row in rows if row[0] == "spans") == [".80", "(no", "interval)"]
    assert "anna, ben" in people
    assert not any(title in people for title in TITLES)


def finding(coder: str, actors: list[str]) -> dict[str, Any]:
    """A made-up finding: each actor's words are ten characters long, a hundred after the one before."""
    spans = [
        {"start": 100 * n, "end": 100 * n + 10, "quote_sha256": "0" * 64, "prefix": "", "suffix": ""}
        for n in range(len(actors))
    ]
    return {
        "article_id": "norland-2001-news",
        "coder_id": coder,
        "kind": "human",
        "statements": [
            {"actor": actor, "proposition_id": "norland-2001-troops", "evidence": [span]}
            for actor, span in zip(actors, spans, strict=True)
        ],
        "mentions": [],
        "codebook_version": "v1",
        "created_at": "2026-01-01T00:00:00Z",
        "lead_time_s": None,
        "export": {"file": "a/b.json", "sha256": "0" * 64, "annotation_id": "1"},
        "text_sha256": "0" * 64,
    }


# -- tables ---------------------------------------------------------------------------------------------


def test_a_table_has_people_and_models_apart(table: Path) -> None:
    text = ok("--table", table)
    assert text.index("All coders are people.") < text.index("No coder is a person")
    assert "coders: anna (human), ben (human)" in text
    assert "20 units: 20 by 2 coders" in text
    assert text.count("alpha: Krippendorff's") == 1
    pooled = ok("--table", table, "--pool-kinds")
    assert "coders: anna (human), ben (human), gpt (model), other (model)" in pooled
    assert "taken together, as was asked for" in pooled


def test_a_table_with_an_order_and_a_label_for_nothing(table: Path) -> None:
    text = ok("--table", table, "--order", "no, yes", "--none", "no", "--coder", "anna", "--coder", "ben")
    assert all(name in text for name in ("label_ordinal", "label_found", "label_which"))
    assert "gpt" not in text
    labels = ok("--table", table, "--order", "no, yes", "--by", "label", "--pool-kinds")
    assert "label by label" in labels
    assert "label_ordinal by label" not in labels  # the same numbers once more


def test_control_characters_of_a_table_are_not_printed_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("unit,coder,label\nu1,a\x1b[2J,yes\x1b[2J\nu1,b,no\n", encoding="utf-8")
    for options in (["--by", "label,pair"], ["--paper"]):
        assert "\x1b" not in ok("--table", path, *options)


# -- the raw table --------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_raw_table_can_be_had_and_gives_the_same_agreement(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"raw.{ending}"
    made = json.loads(ok("--root", MINI, "--export", path, "--format", "json"))
    frame = pd.read_csv(path) if ending == "csv" else pd.read_parquet(path)
    assert list(frame.columns) == list(COLUMNS)
    assert set(frame["field"]) == set(FIELDS)
    assert set(frame["kind"]) == {"model"}
    assert (frame["field"] == "stance").sum() == 34
    again = json.loads(ok("--table", path, "--field", "stance", "--format", "json"))
    first, second = (one["kinds"][0]["fields"][0]["overall"]["alpha"]["value"] for one in (made, again))
    assert first == pytest.approx(second)


def test_only_the_chosen_fields_are_exported_and_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "raw.csv"
    ok("--root", MINI, "--export", path, "--field", "time")
    assert set(pd.read_csv(path)["field"]) == {"time"}
    before = path.read_bytes()
    assert "exists already" in error_of(RefusedError, "--root", MINI, "--export", path)
    assert path.read_bytes() == before
    assert "has no known ending" in error_of(InputError, "--root", MINI, "--export", tmp_path / "raw.txt")
    assert [found.name for found in tmp_path.iterdir()] == ["raw.csv"]


# -- refusals -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (["--by", "coder"], InputError, "label, conflict, pair"),
        (["--order", "a,b"], InputError, "name a table with --table"),
        (["--none", "a"], InputError, "name a table with --table"),
        (["--field", "stanse"], NotFoundError, "did you mean stance"),
        (["--coder", "model-z"], NotFoundError, "model-a"),
        (["--campaign", "none"], NotFoundError, "no campaign 'none'"),
        (["oslo-1990"], NotFoundError, "norland-2001"),
    ],
)
def test_what_does_not_fit_is_refused(arguments: list[str], kind: type[StandoffError], message: str) -> None:
    assert message in error_of(kind, "--root", MINI, *arguments)


def test_a_table_is_in_place_of_the_corpus(table: Path) -> None:
    assert "in place of the corpus" in error_of(InputError, "norland-2001", "--table", table)
    assert "in place of the corpus" in error_of(InputError, "--campaign", "x", "--table", table)
    assert "did you mean anna" in error_of(NotFoundError, "--table", table, "--coder", "ana")
    assert "no field named 'tone'" in error_of(NotFoundError, "--table", table, "--field", "tone")
    assert "the order lacks labels" in error_of(InputError, "--table", table, "--order", "yes,maybe")


# -- few articles, many coders --------------------------------------------------------------------------


def test_few_articles_are_said_in_text_paper_and_json() -> None:
    text = ok("syria-2024", "--root", REPOSITORY, "--by", "label")
    (report,) = json.loads(ok("syria-2024", "--root", REPOSITORY, "--format", "json"))["kinds"]
    alphas = {field["field"]: field["overall"]["alpha"] for field in report["fields"]}
    assert alphas["stance"]["n_groups"] < 20
    assert alphas["stance"]["few_groups"] is True
    assert "few articles: such intervals come out too narrow (stance" in " ".join(text.split())
    paper = ok("syria-2024", "--root", REPOSITORY, "--paper")
    assert "Few articles: such intervals come out too narrow (alpha for stance" in paper
    assert "drawn away from the value by G / (G - 1) for G articles" in paper


def test_many_units_are_not_few(table: Path) -> None:
    assert "come out too narrow" not in ok("--table", table, "--field", "label").split("planning:")[0]


def test_breakdowns_say_why_there_is_no_interval() -> None:
    text = " ".join(ok("norland-2001", "--root", MINI, "--by", "pair").split("by pair of coders")[1].split())
    assert "stance of model-a, model-b" in text
    assert "no interval, n too small, 3 groups; resampling needs at least 5" in text
    labels = ok("norland-2001", "--root", MINI, "--by", "label").split("stance by label")[1]
    assert "n too small, 3 groups" in labels.split("by label")[0]


def test_planning_says_how_far_panels_differ(table: Path) -> None:
    text = ok("--table", table, "--pool-kinds")
    assert "alpha, panel by panel: from the lowest to the highest" in " ".join(text.split())
    assert " to " in next(line for line in text.split("planning:")[1].splitlines() if line.split()[:1] == ["2"])


def test_pairs_and_planning_of_many_coders_are_left_out_and_it_is_said(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    cells = (f"u{unit},c{coder},{'xyz'[unit * coder % 3]}\n" for unit in range(8) for coder in range(21))
    path.write_text("unit,coder,label\n" + "".join(cells), encoding="utf-8")
    text = " ".join(ok("--table", path, "--by", "pair").split())
    assert "210 pairs are left out" in text
    assert "planning and the pairs of coders are left out, as coders are more than 20" in text
    (kind,) = json.loads(ok("--table", path, "--format", "json"))["kinds"]
    assert (kind["pairs_left_out"], kind["planning"], kind["fields"][0]["by_pair"]) == (210, None, [])


def test_an_export_read_again_gives_the_same_figures_and_ends(tmp_path: Path) -> None:
    """Nominal fields as they are, ordinal ones with their order named; conflicts and articles too."""
    path = tmp_path / "raw.csv"
    made = json.loads(ok("--root", REPOSITORY, "--export", path, "--format", "json"))
    fields = {field["field"]: field for field in made["kinds"][0]["fields"]}
    for name in ("stance", "relay", "stance_ordinal"):
        order = ["--order", "against,neither,for"] if name == "stance_ordinal" else []
        again = json.loads(ok("--table", path, "--field", name, *order, "--format", "json"))
        found = again["kinds"][0]["fields"][-1]
        assert found["overall"] == fields[name]["overall"]
        assert found["by_conflict"] == fields[name]["by_conflict"]


def test_answers_that_leave_the_stance_open_are_told() -> None:
    here = ["annotate", "agree", "--root", str(Path(__file__).parents[2]), "--resamples", "50"]
    assert "3 answers are cannot_tell" in CliRunner().invoke(app, here).output
    paper = CliRunner().invoke(app, [*here, "--paper"]).output
    assert "3 answers were that the text leaves the stance open" in paper
