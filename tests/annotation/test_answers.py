from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from standoff.annotation.answers import Imported, import_decisions, import_judgements
from standoff.corpus.check import check
from standoff.corpus.load import read_texts
from standoff.corpus.reader import read_sources
from standoff.errors import InputError, NotFoundError, RefusedError, StandoffError
from standoff.files import read_jsonl, sha256_file

if TYPE_CHECKING:
    from collections.abc import Callable

MINI = Path(__file__).parents[1] / "data" / "mini"
NEWS = "norland-2001-news"
NOW = dt.datetime(2002, 5, 20, 12, 0, tzinfo=dt.UTC)
DECIDED = dt.datetime(2002, 5, 27, 9, 30, tzinfo=dt.UTC)

Rows = list[dict[str, Any]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the made-up corpus without labels, and a folder ``texts`` beside it."""
    root = Path(shutil.copytree(MINI, tmp_path / "mini"))
    for name in ("judgements", "adjudicated", "exports"):
        shutil.rmtree(root / "annotations" / name)
    (tmp_path / "texts").mkdir()
    shutil.copyfile(MINI.parent / f"{NEWS}.txt", tmp_path / "texts" / f"{NEWS}.txt")
    return root


def kept(conflict: str = "ostmark-2002", coder: str = "model-a") -> Path:
    """The one file of answers that the made-up corpus keeps of a coder on a conflict."""
    (path,) = (MINI / "annotations" / "exports" / conflict).glob(f"{coder}.*.jsonl")
    return path


def answers(conflict: str = "ostmark-2002", coder: str = "model-a") -> Rows:
    return [row for _, row in read_jsonl(kept(conflict, coder))]


def write(root: Path, rows: Rows) -> Path:
    """Write rows as a coder might: spaces, escapes, a last line without its end."""
    path = root.parent / "answers.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def texts_of(root: Path) -> dict[str, str]:
    return read_texts(root.parent / "texts")


def judge(root: Path, rows: Rows, *, coder: str = "model-a", texts: bool = True, codebook: str = "v1") -> Imported:
    given = texts_of(root) if texts else None
    return import_judgements(
        read_sources(root), write(root, rows), coder_id=coder, codebook=codebook, texts=given, given_at=NOW
    )


def refused(attempt: Callable[[], object], kind: type[StandoffError] = InputError) -> str:
    with pytest.raises(kind) as caught:
        attempt()
    return str(caught.value)


def contents(root: Path) -> dict[str, bytes]:
    folder = root / "annotations"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# -- what is written ------------------------------------------------------------------------------------


def test_the_labels_of_the_made_up_corpus_follow_from_its_exports(root: Path) -> None:
    sources, texts = read_sources(root), texts_of(root)
    for conflict in ("norland-2001", "ostmark-2002"):
        for coder in ("model-a", "model-b"):
            path = kept(conflict, coder)
            import_judgements(sources, path, coder_id=coder, codebook="v1", texts=texts, given_at=NOW)
    path = kept("norland-2001", "anna.decisions")
    import_decisions(read_sources(root), path, decided_by="anna", codebook="v1", texts=texts, given_at=DECIDED)
    assert contents(root) == contents(MINI)


def test_what_is_imported_waits_only_for_decisions(root: Path) -> None:
    for conflict in ("norland-2001", "ostmark-2002"):
        for coder in ("model-a", "model-b"):
            judge(root, answers(conflict, coder), coder=coder)
    assert {incident.rule for incident in check(root).incidents} == {"decision-missing"}


def test_the_answers_are_kept_byte_for_byte(root: Path) -> None:
    path = write(root, answers())
    raw = path.read_bytes()
    found = judge(root, answers())
    name = f"model-a.{sha256_file(path)[:12]}.jsonl"
    assert found.export == root / "annotations/exports/ostmark-2002" / name
    assert found.export.read_bytes() == raw
    assert raw != kept().read_bytes()
    assert found.labels == root / "annotations/judgements/ostmark-2002/model-a.jsonl"
    assert (found.lines, found.changed) == (3, 3)
    for entry in read_sources(root).judgements:
        assert entry.record.export.sha256 == sha256_file(path)


def test_a_judgement_says_from_which_line_it_comes(root: Path) -> None:
    rows = answers()
    judge(root, rows[::-1])
    entries = [entry.record for entry in read_sources(root).judgements]
    assert [record.actor_id for record in entries] == ["ada-berg", "noel-amari", "westland"]
    assert [record.export.annotation_id for record in entries] == ["3", "2", "1"]
    assert {record.created_at for record in entries} == {NOW}
    assert {(record.coder_id, record.codebook_version) for record in entries} == {("model-a", "v1")}
    assert all(record.judgement_id.startswith("model-a-") for record in entries)
    assert len({record.judgement_id for record in entries}) == 3


def test_importing_twice_changes_nothing(root: Path) -> None:
    first_time = judge(root, answers())
    first = contents(root)
    later = dt.datetime(2003, 1, 1, 13, 0, 0, 999, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    again = import_judgements(
        read_sources(root), first_time.export, coder_id="model-a", codebook="v1", given_at=later
    )
    assert contents(root) == first
    assert (again.lines, again.changed) == (3, 0)


def test_corrected_answers_replace_and_the_first_are_kept(root: Path) -> None:
    rows = answers()
    first = judge(root, rows)
    raw = first.export.read_bytes()
    second = judge(root, [{**rows[0], "confidence": "medium"}, *rows[1:]])
    assert second.export != first.export
    assert first.export.read_bytes() == raw
    assert (second.lines, second.changed) == (3, 3)
    assert {entry.record.export.sha256 for entry in read_sources(root).judgements} == {sha256_file(second.export)}


def test_without_a_time_it_is_when_the_file_was_last_changed(root: Path) -> None:
    path = write(root, answers())
    os.utime(path, (0, NOW.timestamp() + 0.75))
    import_judgements(read_sources(root), path, coder_id="model-a", codebook="v1")
    assert {entry.record.created_at for entry in read_sources(root).judgements} == {NOW}


def test_lines_that_cannot_be_read_are_not_lost(root: Path) -> None:
    rows = answers("norland-2001")
    labels = judge(root, rows).labels
    labels.write_text(labels.read_text().replace('"stance":"opposes"', '"stance":"oppose"', 1))
    before = contents(root)
    harbour = [row for row in rows if row["article_id"] == "norland-2001-harbour"]
    message = refused(lambda: judge(root, harbour), RefusedError)
    assert "1 lines of this file cannot be read and would be lost" in message
    assert "field-value" in message
    assert contents(root) == before


def test_quotes_become_spans_in_code_points(root: Path) -> None:
    judge(root, answers("norland-2001"))
    sources = read_sources(root)
    text = sources.articles_by_id["norland-2001-harbour"].text
    assert text is not None
    emoji = text.index("🚢")
    spans = [
        span
        for entry in sources.judgements
        if entry.record.article_id == "norland-2001-harbour"
        for span in entry.record.evidence
    ]
    (across,) = (span for span in spans if span.start < emoji < span.end)
    assert text[across.start : across.end].endswith("being loaded. 🚢 A vote of the union is due next week.")
    (after,) = (span for span in spans if span.start > emoji)
    assert text[after.start : after.end] == "The country should keep out of the war next door altogether"


def test_evidence_stands_in_text_order_and_may_be_offsets(root: Path) -> None:
    rows = answers()
    rows[0]["evidence"] = ["to drop the ban", [34, 42], "Coal, tariffs"]
    judge(root, rows)
    first = read_sources(root).judgements[0].record
    assert [(span.start, span.end) for span in first.evidence] == [(0, 13), (34, 42), (754, 769)]


def test_details_that_do_not_fit_the_stance_are_left_to_the_check(root: Path) -> None:
    rows = answers()
    rows[0]["stance"] = "no_position"
    judge(root, rows)
    assert {incident.rule for incident in check(root).incidents if incident.severity == "error"} == {
        "details-unneeded",
        "evidence-unneeded",
    }


# -- what is refused ------------------------------------------------------------------------------------


def cut(rows: Rows, **changes: Any) -> Rows:
    return [{**rows[0], **changes}, *rows[1:]]


FITS_NOT: list[tuple[str, Callable[[Rows], Rows], str]] = [
    ("missing unit", lambda rows: rows[1:], "no answer for ostmark-2002-coal / ada-berg / ostmark-2002-sanctions"),
    (
        "unit twice",
        lambda rows: [*rows, rows[0]],
        "line 4: ostmark-2002-coal / ada-berg / ostmark-2002-sanctions was",
    ),
    ("unknown article", lambda rows: cut(rows, article_id="ostmark-2002-ghost"), "line 1: ostmark-2002-ghost / "),
    ("unknown actor", lambda rows: cut(rows, actor_id="river-front"), "is not a unit of the corpus"),
    ("an id that is a list", lambda rows: cut(rows, actor_id=["ada-berg"]), "is not a unit of the corpus"),
    (
        "an id that is a number",
        lambda rows: cut(rows, actor_id=5),
        "ostmark-2002-coal / 5 / ostmark-2002-sanctions is",
    ),
    ("field missing", lambda rows: [{k: v for k, v in rows[0].items() if k != "note"}], "line 1: fields note are"),
    ("field unknown", lambda rows: cut(rows, colour="red"), "fields colour are missing or unknown"),
    (
        "bad stance",
        lambda rows: cut(rows, stance="against"),
        "line 1: stance: Input should be 'seeks', 'supports'",
    ),
    ("bad detail", lambda rows: cut(rows, time="now"), "line 1: time: Input should be 'current', 'past'"),
    ("no stance", lambda rows: cut(rows, stance=None), "(got None)"),
    (
        "bad confidence",
        lambda rows: cut(rows, confidence=3),
        "line 1: confidence: Input should be 'low', 'medium'",
    ),
    ("a note that is no text", lambda rows: cut(rows, note=None), "line 1: note: Input should be a valid string"),
    ("a note no file can hold", lambda rows: cut(rows, note="\ud800"), "line 1: note: "),
    ("quote not at all", lambda rows: cut(rows, evidence=["to keep the ban"]), "'to keep the ban' occurs 0 times"),
    (
        "quote in another case",
        lambda rows: cut(rows, evidence=["ada berg"]),
        "'ada berg' occurs 0 times in the text",
    ),
    ("quote twice", lambda rows: cut(rows, evidence=["a letter"]), "occurs 2 times in the text; quote more of it"),
    ("an empty quote", lambda rows: cut(rows, evidence=[""]), "evidence '' is neither a quote nor [start, end]"),
    (
        "offsets outside",
        lambda rows: cut(rows, evidence=[[5, 5000]]),
        "line 1: span 5:5000 is empty or leaves the text",
    ),
    ("offsets without length", lambda rows: cut(rows, evidence=[[5, 5]]), "span 5:5 is empty or leaves the text"),
    ("negative offsets", lambda rows: cut(rows, evidence=[[-5, 5]]), "span -5:5 is empty or leaves the text"),
    (
        "offsets that are not two numbers",
        lambda rows: cut(rows, evidence=[[1, 2, 3]]),
        "[1, 2, 3] is neither a quote",
    ),
    ("evidence that is no list", lambda rows: cut(rows, evidence=None), "evidence None is neither a quote"),
]


@pytest.mark.parametrize(("change", "message"), [row[1:] for row in FITS_NOT], ids=[row[0] for row in FITS_NOT])
def test_answers_that_do_not_fit(root: Path, change: Callable[[Rows], Rows], message: str) -> None:
    before = contents(root)
    refusal = refused(lambda: judge(root, change(answers())))
    assert message in refusal
    assert refusal.endswith("what to do: correct them; nothing was written")
    assert contents(root) == before


def test_all_problems_are_listed_not_the_first_alone(root: Path) -> None:
    rows = answers()
    rows[0]["stance"], rows[1]["evidence"], rows[2]["confidence"] = "against", ["nowhere"], "certain"
    message = refused(lambda: judge(root, rows))
    assert message.split("\n")[0].endswith("answers.jsonl: 3 answers do not fit:")
    assert [line.split(":")[0] for line in message.split("\n")[1:4]] == ["  - line 1", "  - line 2", "  - line 3"]


def test_a_file_that_is_not_jsonl(root: Path) -> None:
    before, path = contents(root), root.parent / "answers.jsonl"
    path.write_text(json.dumps(answers()[0]) + "\n{'stance': 'opposes'}\n")

    def attempt() -> Imported:
        return import_judgements(read_sources(root), path, coder_id="model-a", codebook="v1")

    assert f"{path}:2: is not JSON" in refused(attempt)
    path.unlink()
    assert "no such file" in refused(attempt, NotFoundError)
    assert contents(root) == before


@pytest.mark.parametrize("rows", [[], [*answers(), *answers("norland-2001")]], ids=["none", "two"])
def test_a_file_holds_the_answers_of_one_conflict(root: Path, rows: Rows) -> None:
    before = contents(root)
    message = refused(lambda: judge(root, rows))
    assert "holds answers of more than one conflict, or of none" in message
    assert contents(root) == before


def test_an_unknown_coder(root: Path) -> None:
    before = contents(root)
    assert refused(lambda: judge(root, answers(), coder="eve")).split("\n") == [
        "annotations/coders.yaml: no coder 'eve'",
        "  what to do: add the coder, with its kind, first",
    ]
    assert contents(root) == before


def test_a_codebook_version_has_a_form(root: Path) -> None:
    assert "codebook_version: String should match pattern" in refused(lambda: judge(root, answers(), codebook="1"))


# -- texts that are not shipped -------------------------------------------------------------------------


def news(**changes: Any) -> Rows:
    rows = answers("norland-2001")
    first = next(index for index, row in enumerate(rows) if row["article_id"] == NEWS)
    rows[first] = {**rows[first], **changes}
    return rows


def test_a_bring_your_own_text_is_quoted_by_offsets_only(root: Path) -> None:
    before = contents(root)
    message = refused(lambda: judge(root, news(evidence=["We need soldiers, not sympathy"])))
    assert "give [start, end], as this text may not be stored" in message
    assert contents(root) == before


def test_no_words_of_a_bring_your_own_text_are_stored_but_the_context(root: Path) -> None:
    judge(root, news())
    for name, data in contents(root).items():
        if name.startswith(("exports/", "judgements/")):
            assert b"soldiers, not sympathy" not in data


def test_a_bring_your_own_text_must_be_at_hand(root: Path) -> None:
    before = contents(root)
    assert f"the text of {NEWS} is not at hand: hydrate it and pass --texts" in refused(
        lambda: judge(root, news(), texts=False)
    )
    path = root.parent / "texts" / f"{NEWS}.txt"
    path.write_text(path.read_text().replace("two hours", "ten hours"))
    assert f"the text of {NEWS} is not at hand" in refused(lambda: judge(root, news()))
    assert contents(root) == before


# -- nothing is lost ------------------------------------------------------------------------------------


def test_judgements_of_other_articles_stay(root: Path) -> None:
    rows = answers("norland-2001")
    judge(root, rows)
    before = {entry.record.key: entry.record for entry in read_sources(root).judgements}
    harbour = [row for row in rows if row["article_id"] == "norland-2001-harbour"]
    found = judge(root, harbour)
    after = {entry.record.key: entry.record for entry in read_sources(root).judgements}
    assert (found.lines, found.changed) == (14, len(harbour))
    assert after.keys() == before.keys()
    changed = {key for key in after if after[key] != before[key]}
    assert changed == {key for key in after if key[0] == "norland-2001-harbour"}
    assert {after[key].export.sha256 for key in changed} == {sha256_file(found.export)}


def test_what_is_no_longer_a_unit_may_go(root: Path) -> None:
    judge(root, answers())
    path = root / "corpus/sources/articles/ostmark-2002/ostmark-2002-coal.md"
    path.write_text(path.read_text().replace("[ada-berg, noel-amari, westland]", "[ada-berg, noel-amari]"))
    judge(root, answers()[:2])
    assert len(read_sources(root).judgements) == 2
