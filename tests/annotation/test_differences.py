"""The differences of two coders, and the decisions on them."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from standoff.annotation.answers import Imported, import_decisions
from standoff.annotation.differences import differences
from standoff.cli.app import app
from standoff.corpus.check import check
from standoff.corpus.reader import read_sources
from standoff.errors import InputError, StandoffError
from standoff.files import read_jsonl, sha256_file
from standoff.records import LABEL_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable

MINI = Path(__file__).parents[1] / "data" / "mini"
NEWS = "norland-2001-news"
NOW = dt.datetime(2002, 5, 27, 9, 30, tzinfo=dt.UTC)
NORLAND_B = "annotations/judgements/norland-2001/model-b.jsonl"

Rows = list[dict[str, Any]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the made-up corpus in which nothing is decided."""
    root = Path(shutil.copytree(MINI, tmp_path / "mini"))
    shutil.rmtree(root / "annotations" / "adjudicated")
    (root / "annotations" / "exports" / "norland-2001" / kept("anna.decisions").name).unlink()
    return root


def kept(name: str) -> Path:
    """The one file that the made-up corpus keeps of a coder's answers or decisions on Norland."""
    (path,) = (MINI / "annotations" / "exports" / "norland-2001").glob(f"{name}.*.jsonl")
    return path


def decisions() -> Rows:
    return [row for _, row in read_jsonl(kept("anna.decisions"))]


def decide(root: Path, rows: Rows, *, by: str = "anna") -> Imported:
    path = root.parent / "decisions.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return import_decisions(read_sources(root), path, decided_by=by, codebook="v1", given_at=NOW)


def cut(rows: Rows, **changes: Any) -> Rows:
    return [{**rows[0], **changes}, *rows[1:]]


def found(root: Path, conflict_id: str = "norland-2001") -> list[dict[str, Any]]:
    return differences(read_sources(root), conflict_id)


def refused(attempt: Callable[[], object], kind: type[StandoffError] = InputError) -> str:
    with pytest.raises(kind) as caught:
        attempt()
    return str(caught.value)


def contents(root: Path) -> dict[str, bytes]:
    folder = root / "annotations"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def change_labels(root: Path, name: str, unit: tuple[str, str, str], **changes: Any) -> None:
    """Change one judgement in a file of them."""
    rows = [row for _, row in read_jsonl(root / name)]
    (row,) = (row for row in rows if (row["article_id"], row["actor_id"], row["proposition_id"]) == unit)
    row.update(changes)
    (root / name).write_text(
        "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    )


# -- differences ----------------------------------------------------------------------------------------


def test_the_units_on_which_the_coders_differ(root: Path) -> None:
    harbour, spring = found(root)
    assert [harbour[name] for name in ("article_id", "actor_id", "proposition_id")] == [
        "norland-2001-harbour",
        "westland",
        "norland-2001-troops",
    ]
    assert spring["article_id"] == "norland-2001-spring"
    assert [answer["condition"] for answer in harbour["answers"]] in (
        ["if_clause", "scope_or_time_limit"],
        ["scope_or_time_limit", "if_clause"],
    )
    by_stance = {answer["stance"]: answer for answer in spring["answers"]}
    assert by_stance["supports"]["confidence"] == "low"
    assert by_stance["supports"]["note"] == "It voted for more and then sends too few."
    assert by_stance["supports"]["evidence"] == ["Westland voted last month to prolong the mission by half a year"]
    assert by_stance["no_position"]["evidence"] == []
    assert found(root, "ostmark-2002") == []


def test_spans_confidence_and_note_are_no_difference(root: Path) -> None:
    before = found(root)
    unit = ("norland-2001-harbour", "ada-berg", "norland-2001-involvement")
    one, other = (entry.record for entry in read_sources(root).judgements_by_unit()[unit])
    assert one.evidence != other.evidence
    change_labels(root, NORLAND_B, unit, confidence="low", note="It says neighbour.")
    assert found(root) == before


def test_the_answers_are_blind(root: Path) -> None:
    printed = json.dumps(found(root))
    for name in ("model-a", "model-b", "coder", "judgement_id", "export"):
        assert name not in printed
    for unit in found(root):
        for answer in unit["answers"]:
            assert list(answer) == [*LABEL_FIELDS, "evidence", "confidence", "note"]


def test_the_order_of_the_answers_does_not_follow_the_coders(root: Path) -> None:
    sources = read_sources(root)
    for key in sorted({entry.record.key for entry in sources.judgements if entry.file == NORLAND_B}):
        if key[0] != NEWS:
            change_labels(root, NORLAND_B, key, stance="mixed", note="b")
    units = [unit for unit in found(root) if unit["article_id"] != NEWS]
    places = [[answer["note"] for answer in unit["answers"]].index("b") for unit in units]
    assert set(places) == {0, 1}
    assert found(root) == found(root)


def test_evidence_in_a_text_that_is_not_shipped_stays_offsets(root: Path) -> None:
    unit = (NEWS, "noel-amari", "norland-2001-troops")
    change_labels(root, NORLAND_B, unit, stance="mixed", note="It is not.")
    (shown,) = (one for one in found(root) if one["article_id"] == NEWS)
    spans = sorted(span for answer in shown["answers"] for span in answer["evidence"])
    assert spans == [[237, 262], [323, 356], [323, 356]]
    text = (MINI.parent / f"{NEWS}.txt").read_text()
    assert text[237:262] == "Norland's war is not ours"


def test_a_third_coder_makes_a_majority(root: Path) -> None:
    with (root / "annotations" / "coders.yaml").open("a") as handle:
        handle.write("- {coder_id: model-c, kind: model, description: A third one.}\n")
    third = (root / NORLAND_B).read_text().replace("model-b-", "model-c-")
    third = third.replace('"coder_id":"model-b"', '"coder_id":"model-c"')
    (root / NORLAND_B.replace("model-b", "model-c")).write_text(third)
    assert found(root) == []


# -- decisions ------------------------------------------------------------------------------------------


def test_what_is_decided_is_no_difference(root: Path) -> None:
    decide(root, decisions()[:1])
    assert [unit["article_id"] for unit in found(root)] == ["norland-2001-spring"]
    decide(root, decisions())
    assert found(root) == []
    assert check(root).incidents == ()


def test_a_decision_names_the_judgements_it_was_made_on(root: Path) -> None:
    before = contents(root)
    done = decide(root, decisions()[::-1])
    assert done.labels == root / "annotations/adjudicated/norland-2001.jsonl"
    assert (done.lines, done.changed) == (2, 2)
    digest = sha256_file(root.parent / "decisions.jsonl")
    assert done.export == root / f"annotations/exports/norland-2001/anna.decisions.{digest[:12]}.jsonl"
    assert done.export.read_bytes() == (root.parent / "decisions.jsonl").read_bytes()
    sources = read_sources(root)
    by_unit = sources.judgements_by_unit()
    assert [entry.record.article_id for entry in sources.decisions] == [
        "norland-2001-harbour",
        "norland-2001-spring",
    ]
    for entry in sources.decisions:
        both = tuple(judged.record.judgement_id for judged in by_unit[entry.record.key])
        assert entry.record.from_judgements == both
        assert len(both) == 2
        assert (entry.record.decided_by, entry.record.decided_at) == ("anna", NOW)
        assert entry.record.export.sha256 == digest
    assert before.items() <= contents(root).items(), "the judgements stay as they are"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda rows: [*rows, rows[0]],
            "line 3: norland-2001-harbour / westland / norland-2001-troops was answered",
        ),
        (lambda rows: cut(rows, actor_id="ghost"), "is not a unit of the corpus"),
        (lambda rows: cut(rows, reason=""), "line 1: reason: String should have at least 1 character"),
        (lambda rows: cut(rows, note=""), "fields note are missing or unknown"),
        (lambda rows: cut(rows, evidence=["Havn"]), "'Havn' occurs 3 times in the text"),
        (lambda rows: cut(rows, stance="for"), "line 1: stance: Input should be 'seeks'"),
    ],
    ids=["twice", "unit", "reason", "field", "quote", "stance"],
)
def test_decisions_that_do_not_fit(root: Path, change: Callable[[Rows], Rows], message: str) -> None:
    before = contents(root)
    assert message in refused(lambda: decide(root, change(decisions())))
    assert contents(root) == before


def test_an_unknown_adjudicator(root: Path) -> None:
    before = contents(root)
    assert "annotations/coders.yaml: no coder 'eve'" in refused(lambda: decide(root, decisions(), by="eve"))
    assert contents(root) == before


def test_what_nobody_judged_cannot_be_decided(root: Path) -> None:
    for coder in ("model-a", "model-b"):
        (root / f"annotations/judgements/norland-2001/{coder}.jsonl").unlink()
    before = contents(root)
    message = refused(lambda: decide(root, decisions()))
    assert (
        "line 1: norland-2001-harbour / westland / norland-2001-troops has no judgements to decide on" in message
    )
    assert contents(root) == before


def test_decisions_may_come_in_batches(root: Path) -> None:
    """`differences` prints only what is open, so a second file holds only that."""
    first = decide(root, decisions()[:1])
    second = decide(root, decisions()[1:])
    assert (second.lines, second.changed) == (2, 1)
    assert first.export.is_file()
    records = [entry.record for entry in read_sources(root).decisions]
    assert {record.export.sha256 for record in records} == {sha256_file(first.export), sha256_file(second.export)}
    assert check(root).incidents == ()


def test_deciding_twice_changes_nothing(root: Path) -> None:
    decide(root, decisions())
    before = contents(root)
    path = root.parent / "decisions.jsonl"
    again = import_decisions(read_sources(root), path, decided_by="anna", codebook="v1")
    assert contents(root) == before
    assert again.changed == 0


# -- the commands ---------------------------------------------------------------------------------------


def run(root: Path, *arguments: object) -> str:
    result = CliRunner().invoke(
        app, ["annotate", *map(str, arguments), "--root", str(root)], catch_exceptions=False
    )
    assert result.exit_code == 0
    return result.output


def test_the_commands_from_units_to_decisions(root: Path) -> None:
    texts = root.parent / "texts"
    shutil.rmtree(root / "annotations" / "judgements" / "norland-2001")
    texts.mkdir()
    shutil.copy(MINI.parent / f"{NEWS}.txt", texts)
    units = json.loads(run(root, "units", "norland-2001"))
    for coder in ("model-a", "model-b"):
        path = kept(coder)
        answered = [{name: row[name] for name in units[0]} for _, row in read_jsonl(path)]
        assert sorted(answered, key=str) == sorted(units, key=str)
        output = run(root, "import", path, "--coder", coder, "--texts", texts)
        assert f"{coder}.jsonl: 14 judgements, 14 of them new; answers kept as " in output
    assert json.loads(run(root, "differences", "norland-2001")) == found(root) != []
    output = run(root, "decide", kept("anna.decisions"), "--coder", "anna")
    assert "norland-2001.jsonl: 2 decisions, 2 of them new; answers kept as " in output
    assert json.loads(run(root, "differences", "norland-2001")) == []
    assert check(root).incidents == ()
