from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.annotation.elsewhere.formats import (
    GIFT,
    HARBOUR,
    PLEA,
    REFUSAL,
    TROOPS,
    Span,
    Tsv,
    article,
    dna,
    doccano,
    paragraphs,
    said,
    units,
)
from tests.annotation.made import add_coder, copy

from standoff.annotation.elsewhere.bring import bring, read_exports
from standoff.annotation.elsewhere.losses import REASONS, Report
from standoff.annotation.elsewhere.mapping import Map, read_map
from standoff.corpus.check import check
from standoff.corpus.load import read_texts
from standoff.corpus.reader import read_sources
from standoff.errors import InputError, RefusedError
from standoff.files import read_jsonl, sha256_file
from standoff.records import Judgement

STANCE = "webanno.custom.Stance"
NEWS = "norland-2001-news"
NOW = dt.datetime(2002, 5, 20, 12, 0, tzinfo=dt.UTC)
BEN = "annotations/judgements/norland-2001/ben.jsonl"

DNA_MAP: dict[str, Any] = {
    "tool": "dna",
    "fields": {"actor": ["organization", "person"], "proposition": "concept", "stance": "agreement"},
    "always": {"confidence": "medium"},
    "documents": {"7": HARBOUR},
    "propositions": {"Send troops": TROOPS},
    "stances": {"1": "supports", "0": "opposes"},
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the made-up corpus, with a coder Ben who has judged nothing yet."""
    root = copy(tmp_path)
    add_coder(root, "ben", "human")
    return root


def run(root: Path, files: dict[str, str], given: dict[str, Any], **options: Any) -> Report:
    """Bring in files with these contents."""
    paths = []
    for name, text in files.items():
        path = root.parent / "work" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        paths.append(path)
    made = Map.model_validate(given)
    options = {"codebook": "v1", "coder_id": "ben", "given_at": NOW, **options}
    return bring(read_sources(root), read_exports(paths, made), made, **options)


def run_dna(root: Path, *rows: str, given: dict[str, Any] | None = None, **options: Any) -> Report:
    return run(root, {"events.csv": dna(rows)}, given or DNA_MAP, **options)


def judged(root: Path, name: str = BEN) -> list[Judgement]:
    path = root / name
    return [Judgement.model_validate(row) for _, row in read_jsonl(path)] if path.exists() else []


def contents(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): sha256_file(path) for path in sorted(root.rglob("*")) if path.is_file()}


def lost(report: Report) -> list[str]:
    return [f"{loss.reason} {loss.where}" for loss in report.losses if loss.reason != "attribute-dropped"]


def rules(root: Path) -> set[str]:
    return {incident.rule for incident in check(root).incidents}


# -- what is made ---------------------------------------------------------------------------------------


def test_statements_of_dna_become_judgements(root: Path) -> None:
    report = run_dna(root, said(3, GIFT), said(8, REFUSAL, "Noël Amari", 0))
    amari, westland = judged(root)
    assert (amari.actor_id, amari.stance, westland.actor_id, westland.stance) == (
        "noel-amari",
        "opposes",
        "westland",
        "supports",
    )
    text = article(root).text or ""
    (span,) = westland.evidence
    assert text[span.start : span.end] == GIFT
    assert (westland.coder_id, westland.kind, westland.codebook_version) == ("ben", "human", "v1")
    assert (westland.attribution, westland.time, westland.lead_time_s) == (None, None, None)
    assert (westland.confidence, westland.note, westland.suggestion_shown) == ("medium", "", False)
    assert westland.created_at == NOW
    assert westland.export.annotation_id == "3"
    kept = root / "annotations" / "exports" / westland.export.file
    assert kept.read_text() == dna([said(3, GIFT), said(8, REFUSAL, "Noël Amari", 0)])
    assert westland.export.sha256 == sha256_file(kept)
    assert westland.export.file == f"elsewhere/dna/events.{westland.export.sha256[:12]}.csv"
    assert (report.statements, report.kept, report.judgements, report.changed) == (2, 2, 2, 2)
    assert report.by_coder == {"ben (human)": 2}
    assert report.by_stance == {"supports": 1, "opposes": 1}
    assert report.anchors == {"quote": 2}
    assert report.to_complete == dict.fromkeys(("attribution", "commitment", "condition", "relay", "time"), 2)
    assert report.set_by_map == {"confidence": 2}
    assert report.exports == [westland.export.file]
    assert {loss.what for loss in report.losses} == {
        "document title: 2 values",
        "document source: 2 values",
        "document time: 2 values",
    }


def test_what_the_other_tool_did_not_have_the_checker_asks_for(root: Path) -> None:
    for name in ("judgements", "adjudicated"):
        shutil.rmtree(root / "annotations" / name)
    before = rules(root)
    run_dna(root, said(3, GIFT))
    assert rules(root) - before == {"details-missing"}


def test_columns_for_the_details_are_taken(root: Path) -> None:
    row = said(3, GIFT, how="says", when="now", condition="", memo="So it goes.", sure="5")
    given = {
        **DNA_MAP,
        "always": {"commitment": "hedged"},
        "fields": {
            **DNA_MAP["fields"],
            "attribution": "how",
            "time": "when",
            "condition": "condition",
            "note": "memo",
            "confidence": "sure",
        },
        "details": {"attribution": {"says": "indirect"}, "confidence": {"5": "high"}},
    }
    columns = ("person", "organization", "concept", "agreement", "how", "when", "condition", "memo", "sure")
    report = run(root, {"events.csv": dna([row], columns)}, given)
    (one,) = judged(root)
    assert (one.attribution, one.commitment, one.time, one.condition) == ("indirect", "hedged", None, None)
    assert (one.note, one.confidence) == ("So it goes.", "high")
    assert lost(report) == ["value-unmapped events.csv:2"]
    assert report.set_by_map == {"commitment": 1}


def test_spans_of_doccano_keep_their_place_behind_an_emoji(root: Path) -> None:
    text = article(root).text or ""
    quote = "Noël Amari wants no part of it"
    start = text.index(quote)
    assert "🚢" in text[:start]
    label = [units(text[:start]), units(text[: start + len(quote)]), "opposes"]
    row = {"id": 1, "text": text, "label": [label], "who": "Amari", "what": TROOPS, "Comments": []}
    given = {
        "tool": "doccano",
        "offsets": "utf-16",
        "fields": {"actor": "who", "proposition": "what", "stance": "label"},
        "always": {"confidence": "high"},
    }
    report = run(root, {"ben.jsonl": doccano([row])}, given, coder_id=None)
    (one,) = judged(root)
    assert text[one.evidence[0].start : one.evidence[0].end] == quote
    assert one.stance == "opposes"
    assert report.losses == []
    assert report.anchors == {"offset": 1}
    assert one.export.file.startswith("elsewhere/doccano/ben.")


def test_a_label_may_say_several_things(root: Path) -> None:
    text = article(root).text or ""
    row = {"id": 1, "text": text, "label": ["Westland helps", "weather", "half"]}
    given = {
        "tool": "doccano",
        "fields": {"label": "label"},
        "always": {"confidence": "high", "proposition": TROOPS},
        "labels": {
            "Westland helps": {"actor": "westland", "stance": "supports", "condition": "if_clause"},
            "half": {"actor": "ada-berg", "stance": ""},
        },
    }
    report = run(root, {"all.jsonl": doccano([row])}, given)
    (one,) = judged(root)
    assert (one.actor_id, one.stance, one.condition, one.evidence) == ("westland", "supports", "if_clause", ())
    assert report.to_complete["evidence"] == 1
    assert lost(report) == ["label-unresolved all.jsonl:1", "label-unresolved all.jsonl:1"]


def test_annotations_of_inception_keep_their_place(root: Path) -> None:
    text = article(root).text or ""
    values = {"actor": "Westland", "proposition": TROOPS, "stance": "supports"}
    spans = [
        Span(STANCE, text.index(quote), text.index(quote) + len(quote), values)
        for quote in (GIFT, "Westland would")
    ]
    spans.append(Span(STANCE, text.index("A vote"), text.index("A vote") + 6, {**values, "actor": None}))
    tsv = Tsv(text, paragraphs(text), {STANCE: ["actor", "proposition", "stance"]}, spans)
    given = {
        "tool": "webanno",
        "fields": {"actor": "actor", "proposition": "proposition", "stance": "stance"},
        "always": {"confidence": "high"},
        "coders": {"b.k": "ben"},
    }
    report = run(root, {"annotation/plea.txt/b.k.tsv": tsv.write()}, given, coder_id=None)
    (one,) = judged(root)
    assert [text[span.start : span.end] for span in one.evidence] == [GIFT]
    assert report.anchors == {"spacing": 2}
    assert [loss.reason for loss in report.losses] == ["actor-unresolved", "evidence-overlap"]
    assert one.export.file.startswith("elsewhere/webanno/b-k.")


# -- what is not kept -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "change", "reason"),
    [
        (said(1, GIFT, document=(9, "Another")), {}, "document-unknown"),
        (said(1, GIFT), {"documents": {"7": ""}}, "document-unknown"),
        (said(1, GIFT), {"documents": {"7": NEWS}}, "text-missing"),
        (said(1, GIFT, "Eastland"), {}, "actor-unresolved"),
        (said(1, GIFT, ""), {}, "actor-unresolved"),
        (said(1, GIFT), {"actors": {"Westland": ""}}, "actor-unresolved"),
        (said(1, GIFT), {"propositions": {}}, "proposition-unresolved"),
        (said(1, GIFT, agreement=3), {}, "stance-unresolved"),
        (said(1, GIFT), {"stances": {}}, "stance-unresolved"),
        (said(1, GIFT), {"always": {}}, "confidence-missing"),
        (said(1, GIFT), {"propositions": {"Send troops": "ostmark-2002-sanctions"}}, "unit-unknown"),
        (said(1, "Nobody said this"), {}, "quote-not-found"),
        (said(1, "the harbour"), {}, None),
        (said(1, "Westland"), {}, None),
        (said(1, "the"), {}, "quote-ambiguous"),
        (said(1, " "), {}, "span-empty"),
    ],
)
def test_a_statement_that_does_not_fit_is_reported(
    root: Path, row: str, change: dict[str, Any], reason: str | None
) -> None:
    before = contents(root)
    report = run_dna(root, row, given={**DNA_MAP, **change})
    if reason is None:
        assert report.kept == 1
        return
    assert lost(report) == [f"{reason} events.csv:2"]
    assert (report.statements, report.kept) == (1, 0)
    assert contents(root) == before


@pytest.mark.parametrize(("coder", "reason"), [(None, "coder-unknown"), ("carl", "coder-unlisted")])
def test_somebody_must_be_known_to_have_coded_it(root: Path, coder: str | None, reason: str) -> None:
    report = run_dna(root, said(1, GIFT), coder_id=coder)
    assert lost(report) == [f"{reason} events.csv:2"]
    assert report.kept == 0


def test_every_reason_of_a_statement_is_told_and_the_rest_is_kept(root: Path) -> None:
    rows = [said(1, "Never said", "Eastland", 7), said(2, GIFT)]
    report = run_dna(root, *rows)
    assert {loss.reason for loss in report.losses if loss.where == "events.csv:2"} == {
        "actor-unresolved",
        "stance-unresolved",
        "quote-not-found",
    }
    assert (report.statements, report.kept) == (2, 1)
    assert [one.actor_id for one in judged(root)] == ["westland"]


def test_statements_that_agree_are_one_judgement(root: Path) -> None:
    other = "ships with fuel and field hospitals were already being loaded"
    report = run_dna(
        root, said(1, other), said(2, GIFT), said(3, GIFT), said(4, GIFT + " , it"), said(5, GIFT[9:])
    )
    (one,) = judged(root)
    text = article(root).text or ""
    assert [text[span.start : span.end] for span in one.evidence] == [GIFT, other]
    assert one.export.annotation_id == "1, 2, 3, 5"
    assert lost(report) == [
        "quote-not-found events.csv:5",
        "duplicate events.csv:4",
        "evidence-overlap events.csv:6",
    ]
    assert (report.kept, report.judgements) == (4, 1)


def test_statements_that_differ_are_refused_with_both_lines(root: Path) -> None:
    report = run_dna(root, said(1, GIFT), said(2, "a mandate", agreement=0), said(3, REFUSAL, "Amari", 0))
    assert lost(report) == ["contradiction events.csv:2", "contradiction events.csv:3"]
    assert report.losses[-1].what == f"{HARBOUR} / westland / {TROOPS}: opposes (events.csv:2, events.csv:3)"
    assert [one.actor_id for one in judged(root)] == ["noel-amari"]


def test_a_unit_without_a_position_has_no_details_and_no_span(root: Path) -> None:
    given = {**DNA_MAP, "stances": {"1": "no_position"}, "always": {"confidence": "high", "time": "current"}}
    report = run_dna(root, said(1, GIFT), given=given)
    (one,) = judged(root)
    assert (one.stance, one.time, one.evidence) == ("no_position", None, ())
    assert lost(report) == ["detail-unneeded events.csv:2"] * 2
    assert not report.to_complete


def test_a_judgement_made_here_stays(root: Path) -> None:
    before = contents(root)
    report = run_dna(root, said(1, GIFT), coder_id="model-a")
    assert lost(report) == ["already-judged events.csv:2"]
    assert contents(root) == before


def test_another_version_of_the_text_is_told_and_its_words_are_sought(root: Path) -> None:
    text = "From our desk.\n\n" + (article(root).text or "")
    spans = [[text.index(GIFT), text.index(GIFT) + len(GIFT), "supports"], [0, 4, "opposes"]]
    row = {"id": HARBOUR, "text": text, "label": spans, "who": "Westland", "what": TROOPS}
    given = {
        "tool": "doccano",
        "offsets": "code-points",
        "fields": {"actor": "who", "proposition": "what", "stance": "label"},
        "always": {"confidence": "high"},
    }
    report = run(root, {"ben.jsonl": doccano([row])}, given)
    assert lost(report) == ["text-differs ben.jsonl:1", "quote-not-found ben.jsonl:1"]
    (one,) = judged(root)
    assert report.anchors == {"quote": 1}
    # A text that is not the published one is not published with the export.
    assert one.export.file.startswith("private/elsewhere/doccano/ben.")


# -- again, and privacy ---------------------------------------------------------------------------------


def test_the_same_again_changes_nothing(root: Path) -> None:
    run_dna(root, said(1, GIFT), said(2, REFUSAL, "Amari", 0))
    before = contents(root)
    report = run_dna(root, said(1, GIFT), said(2, REFUSAL, "Amari", 0), given_at=None)
    assert (report.kept, report.changed) == (2, 0)
    assert contents(root) == before


def test_a_later_export_replaces_and_says_so(root: Path) -> None:
    run_dna(root, said(1, GIFT))
    report = run_dna(root, said(1, GIFT, agreement=0))
    assert lost(report) == ["replaced events.csv:2"]
    assert [one.stance for one in judged(root)] == ["opposes"]


def test_a_dry_run_writes_nothing(root: Path) -> None:
    before = contents(root)
    report = run_dna(root, said(1, GIFT), dry_run=True)
    assert (report.kept, report.judgements, report.changed) == (1, 1, 0)
    assert contents(root) == before


def test_the_time_is_that_of_the_file_unless_told(root: Path) -> None:
    path = root.parent / "events.csv"
    path.write_text(dna([said(1, GIFT)]))
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    given = Map.model_validate(DNA_MAP)
    bring(read_sources(root), read_exports([path], given), given, codebook="v1", coder_id="ben")
    assert judged(root)[0].created_at == NOW


def test_an_export_with_words_of_unpublished_texts_stays_private(root: Path) -> None:
    texts = root.parent / "texts"
    texts.mkdir()
    (texts / f"{NEWS}.txt").write_bytes((Path(__file__).parents[2] / "data" / f"{NEWS}.txt").read_bytes())
    hydrated = read_texts(texts)
    quote = hydrated[NEWS].split("\n\n")[1]
    given = {**DNA_MAP, "documents": {"7": NEWS}}
    report = run_dna(root, said(1, quote), given=given, texts=hydrated)
    assert [name.split(".")[0] for name in report.exports] == ["private/elsewhere/dna/events"]
    assert "export-missing" not in rules(root)


def test_words_of_an_unknown_document_keep_the_export_private(root: Path) -> None:
    report = run_dna(root, said(1, GIFT), said(2, "Secret words", document=(9, "Leaked")))
    assert report.kept == 1
    assert report.exports[0].startswith("private/")


def test_several_files_are_one_import(root: Path) -> None:
    files = {"a b.csv": dna([said(1, GIFT)]), "c.csv": dna([said(1, GIFT, agreement=0)])}
    report = run(root, files, DNA_MAP)
    assert lost(report) == ["contradiction a b.csv:2", "contradiction c.csv:2"]
    files["c.csv"] = dna([said(1, "a mandate")])
    report = run(root, files, DNA_MAP)
    assert [name.split(".")[0] for name in report.exports] == ["elsewhere/dna/a-b", "elsewhere/dna/c"]
    assert len(list((root / "annotations" / "exports" / "elsewhere" / "dna").iterdir())) == 2


def test_labels_that_cannot_be_read_are_not_overwritten(root: Path) -> None:
    (root / BEN).write_text("{}\n")
    with pytest.raises(RefusedError, match="cannot be read"):
        run_dna(root, said(1, GIFT))
    assert not (root / "annotations" / "exports" / "elsewhere").exists()


def test_the_codebook_must_exist(root: Path) -> None:
    with pytest.raises(InputError, match="no codebook 'v9'"):
        run_dna(root, said(1, GIFT), codebook="v9")


# -- the map and the report -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tool = ", "is not TOML"),
        ('tool = "dna"\nwho = "me"', "is not a map"),
        ('tool = "doccano"', "is the map of another tool"),
        ('tool = "dna"\n[stances]\n1 = "for"', "'for' is no stance; known: seeks, supports"),
        ('tool = "dna"\n[details.tone]\n1 = "loud"', r"\[details\] has tone"),
        ('tool = "dna"\n[always]\nconfidence = "sure"', "'sure' is no confidence"),
        ('tool = "dna"\n[documents]\n7 = "nowhere"', "documents: no 'nowhere'"),
        ('tool = "dna"\n[actors]\nA = "nobody"', "actors: no 'nobody'"),
        ('tool = "dna"\n[propositions]\nA = "nothing"', "propositions: no 'nothing'"),
        ('tool = "dna"\n[labels]\nA = { actor = "nobody", proposition = "" }', "actor: no 'nobody'"),
    ],
)
def test_a_map_that_does_not_fit_is_told(root: Path, text: str, message: str) -> None:
    path = root.parent / "map.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_map(path, "dna", read_sources(root))


def test_a_name_that_two_actors_share_resolves_to_neither(root: Path) -> None:
    path = root / "corpus" / "sources" / "actors" / "river-front.yaml"
    path.write_text(path.read_text().replace("[the Front]", "[the Front, Westborg]"))
    report = run_dna(root, said(1, GIFT, "Westborg"))
    assert lost(report) == ["actor-unresolved events.csv:2"]


def test_the_report_is_json_with_every_line(root: Path) -> None:
    report = run_dna(root, said(1, "gone"), said(2, "gone too"), said(3, PLEA, "Ada Berg"))
    found = json.loads(json.dumps(report.to_json()))
    entry = found["losses"][0]
    assert (entry["reason"], entry["lost"], entry["count"]) == ("quote-not-found", "statement", 2)
    assert entry["where"][0] == {"line": "events.csv:2", "what": "1: 'gone'"}
    assert (found["statements"], found["kept"], found["by_stance"]) == (3, 1, {"supports": 1})
    assert {lost for lost, _ in REASONS.values()} == {"statement", "part", "nothing"}


# -- what decides over privacy, one by one --------------------------------------------------------------


def test_words_that_the_article_does_not_have_keep_the_export_private(root: Path) -> None:
    report = run_dna(root, said(1, GIFT), said(2, "Secret words"))
    assert report.exports[0].startswith("private/")


def test_another_version_of_a_text_keeps_the_export_private(root: Path) -> None:
    text = "From our desk.\n\n" + (article(root).text or "")
    row = {"id": HARBOUR, "text": text, "label": ["supports"], "who": "Westland", "what": TROOPS}
    fields = {"actor": "who", "proposition": "what", "stance": "label"}
    given = {"tool": "doccano", "fields": fields, "always": {"confidence": "high"}}
    assert run(root, {"ben.jsonl": doccano([row])}, given).exports[0].startswith("private/")


def test_a_private_export_again_changes_nothing(root: Path) -> None:
    rows = (said(1, GIFT), said(2, "Secret words"))
    run_dna(root, *rows)
    report = run_dna(root, *rows)
    assert (report.kept, report.changed) == (1, 0)


def test_a_text_that_is_not_the_published_one_does_not_count(root: Path) -> None:
    given = {**DNA_MAP, "documents": {"7": NEWS}}
    report = run_dna(root, said(1, "other words"), given=given, texts={NEWS: "Some other words."})
    assert lost(report) == ["text-missing events.csv:2"]
