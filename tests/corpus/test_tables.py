"""The rows of a release, each column recomputed from the sources or from the text."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from standoff.corpus.reader import read_sources
from standoff.corpus.release import build
from standoff.corpus.sources import Sources, units_of
from standoff.corpus.statistics import is_scored
from standoff.corpus.tables import CANARY, SCHEMAS, Tables, make_tables
from standoff.corpus.text import find_mentions
from standoff.records import Article, Stance

if TYPE_CHECKING:
    from pathlib import Path

LABEL = {
    "seeks": "support",
    "supports": "support",
    "opposes": "oppose",
    "no_position": "none",
    "mixed": None,
    "cannot_tell": None,
}


@pytest.fixture
def sources(mini: Path) -> Sources:
    return read_sources(mini)


@pytest.fixture
def tables(sources: Sources) -> Tables:
    return make_tables(sources)


def all_rows(tables: Tables, config: str) -> list[dict[str, Any]]:
    return [row for part in tables.rows[config].values() for row in part]


def stance_of(tables: Tables, article: str, actor: str, proposition: str) -> dict[str, Any]:
    unit_id = f"{article}/{actor}/{proposition}"
    (row,) = (row for row in all_rows(tables, "stance") if row["unit_id"] == unit_id)
    return row


# -- which rows ---------------------------------------------------------------------------------------------


def test_every_coded_unit_has_one_statement_in_its_split(sources: Sources, tables: Tables) -> None:
    for split, ids in tables.splits.items():
        articles = [sources.articles_by_id[article_id] for article_id in ids]
        units = ["/".join(key) for article in articles for key in units_of(article)]
        assert [row["unit_id"] for row in tables.rows["stance"][split]] == units
        assert [row["article_id"] for row in tables.rows["articles"][split]] == ids == sorted(ids)


def test_every_judgement_actor_and_proposition_has_one_row(sources: Sources, tables: Tables) -> None:
    judged = [row["judgement_id"] for row in all_rows(tables, "judgements")]
    assert sorted(judged) == sorted(entry.record.judgement_id for entry in sources.judgements)
    assert [row["actor_id"] for row in all_rows(tables, "actors")] == sorted(sources.actors_by_id)
    assert [row["proposition_id"] for row in all_rows(tables, "propositions")] == sorted(
        sources.propositions_by_id
    )


def test_the_judgements_of_a_unit_stand_together_in_the_order_of_their_coders(tables: Tables) -> None:
    for part in tables.rows["judgements"].values():
        units = [(row["article_id"], row["proposition_id"], row["actor_id"]) for row in part]
        assert len(list(itertools.groupby(units))) == len(set(units))
        assert [row["coder_id"] for row in part] == ["model-a", "model-b"] * (len(part) // 2)


def test_an_uncoded_unit_and_an_undecided_one_have_no_statement(mini: Path) -> None:
    (mini / "annotations" / "judgements" / "ostmark-2002" / "model-b.jsonl").unlink()
    (mini / "annotations" / "judgements" / "ostmark-2002" / "model-a.jsonl").unlink()
    (mini / "annotations" / "adjudicated" / "norland-2001.jsonl").unlink()
    sources = read_sources(mini)
    differing = {
        "/".join(key)
        for key, (one, other) in sources.judgements_by_unit().items()
        if one.record.label_values != other.record.label_values
    }
    assert differing
    tables = make_tables(sources)
    assert tables.rows["stance"]["test"] == []
    units = ["/".join(key) for i in tables.splits["train"] for key in units_of(sources.articles_by_id[i])]
    left = {row["unit_id"] for row in tables.rows["stance"]["train"]}
    assert left == set(units) - differing


# -- text, evidence, mentions -------------------------------------------------------------------------------


@pytest.mark.parametrize("config", ["stance", "judgements"])
def test_a_quote_is_the_slice_of_the_text_and_absent_where_the_text_is(
    sources: Sources, tables: Tables, config: str
) -> None:
    quoted = absent = 0
    for row in all_rows(tables, config):
        text = sources.articles_by_id[row["article_id"]].text
        for span in row["evidence"]:
            if text is None:
                assert span["quote"] is None
                absent += 1
                continue
            assert span["quote"] == text[span["start"] : span["end"]]
            assert hashlib.sha256(span["quote"].encode()).hexdigest() == span["quote_sha256"]
            assert text[: span["start"]].endswith(span["prefix"])
            assert text[span["end"] :].startswith(span["suffix"])
            quoted += 1
    assert quoted
    assert absent


def test_a_position_has_evidence_and_none_has_none(tables: Tables) -> None:
    for row in [*all_rows(tables, "stance"), *all_rows(tables, "judgements")]:
        positioned = row["stance"] in {"seeks", "supports", "opposes", "mixed"}
        assert bool(row["evidence"]) is positioned
        assert (row["attribution"] is not None) is positioned


def test_mentions_are_those_found_in_the_text(sources: Sources, tables: Tables) -> None:
    actors = sources.actors_by_id
    for row in all_rows(tables, "stance"):
        text = row["text"] or ""
        found = [m for m in find_mentions(text, actors.values()) if m.actor_id == row["actor_id"]]
        assert row["mentions"] == [{"start": m.start, "end": m.end} for m in found]
        assert bool(found) is (row["text"] is not None)
        assert {text[m["start"] : m["end"]] for m in row["mentions"]} <= set(actors[row["actor_id"]].names)


def test_mentions_after_a_character_beyond_the_basic_plane_count_code_points(tables: Tables) -> None:
    row = stance_of(tables, "norland-2001-harbour", "noel-amari", "norland-2001-involvement")
    ship = row["text"].index("🚢")
    after = [mention for mention in row["mentions"] if mention["start"] > ship]
    assert [row["text"][m["start"] : m["end"]] for m in after] == ["Noël Amari"]


def test_a_bring_your_own_text_is_in_no_row(tables: Tables) -> None:
    for config in ("stance", "articles"):
        for row in all_rows(tables, config):
            assert (row["text"] is None) is (row["text_availability"] == "bring-your-own")
    (news,) = (row for row in all_rows(tables, "articles") if row["article_id"] == "norland-2001-news")
    assert news["words"] == 63
    assert len(news["paragraphs"]) == 4


def test_articles_carry_what_the_sources_say(sources: Sources, tables: Tables) -> None:
    for split, rows in tables.rows["articles"].items():
        for row in rows:
            article = sources.articles_by_id[row["article_id"]]
            stored = {**article.to_json(), "split": split}
            assert {name: row[name] for name in Article.model_fields} == stored
            if article.text is not None:
                assert row["words"] == len(article.text.split())
                assert hashlib.sha256(article.text.encode()).hexdigest() == row["text_sha256"]
    assert {row["conflict"] for row in all_rows(tables, "articles")} == {
        "The Norland crisis",
        "The Ostmark blockade",
    }


# -- labels -------------------------------------------------------------------------------------------------


def test_the_label_follows_from_the_stance(tables: Tables) -> None:
    assert LABEL.keys() == set(Stance)
    for row in all_rows(tables, "stance"):
        assert row["label"] == LABEL[row["stance"]]


@pytest.mark.parametrize("stance", ["mixed", "cannot_tell"])
def test_mixed_and_cannot_tell_stay_in_the_release_without_a_label(mini: Path, stance: str) -> None:
    path = mini / "annotations" / "judgements" / "ostmark-2002"
    for file in path.iterdir():
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        changed = [line.replace('"stance":"opposes"', f'"stance":"{stance}"') for line in lines]
        assert changed != lines
        file.write_text("".join(changed), encoding="utf-8")
    row = stance_of(make_tables(read_sources(mini)), "ostmark-2002-coal", "ada-berg", "ostmark-2002-sanctions")
    assert (row["stance"], row["label"]) == (stance, None)
    assert not is_scored(row)


def test_opposition_to_the_broader_proposition_is_derived_for_the_narrower_and_not_scored(tables: Tables) -> None:
    """Amari is coded on both: opposes involvement at all, and takes no position on troops as such."""
    unit = ("norland-2001-harbour", "noel-amari")
    broader = stance_of(tables, *unit, "norland-2001-involvement")
    narrower = stance_of(tables, *unit, "norland-2001-troops")
    coded = {
        row["stance"]
        for row in all_rows(tables, "judgements")
        if (row["article_id"], row["actor_id"], row["proposition_id"]) == (*unit, "norland-2001-troops")
    }
    assert coded == {"no_position"}
    assert (broader["stance"], broader["kind"]) == ("opposes", "model")
    assert (narrower["stance"], narrower["kind"]) == ("opposes", "derived")
    assert narrower["rule"] == "opposition carried down from norland-2001-involvement"
    assert narrower["evidence"] == broader["evidence"]
    assert narrower["votes"] == [{"stance": "no_position", "n": 2}]
    assert is_scored(broader)
    assert not is_scored(narrower)


def test_what_is_scored_is_coded_labelled_and_has_its_text(tables: Tables) -> None:
    for row in all_rows(tables, "stance"):
        expected = row["kind"] in {"human", "model"} and row["label"] is not None and row["text"] is not None
        assert is_scored(row) is expected
    assert {row["article_id"] for row in all_rows(tables, "stance") if not is_scored(row)} == {
        "norland-2001-news",
        "norland-2001-harbour",
    }


def test_the_kind_of_a_label_is_that_of_everybody_behind_it(sources: Sources, tables: Tables) -> None:
    """Both coders are models; that a person adjudicated does not make a label human."""
    decided = {"/".join(entry.record.key): entry.record.decided_by for entry in sources.decisions}
    assert set(decided.values()) == {"anna"}
    assert {row["kind"] for row in all_rows(tables, "judgements")} == {"model"}
    for row in all_rows(tables, "stance"):
        assert row["kind"] in {"model", "derived"}
        assert (row["status"] == "adjudicated") is (row["unit_id"] in decided)
        assert row["n_coders"] == sum(vote["n"] for vote in row["votes"]) == 2


def test_roles_are_those_of_the_article_s_day(sources: Sources, tables: Tables) -> None:
    """Noël Amari leads the opposition until 2002-03-01, and is Prime Minister from that day on."""
    for row in all_rows(tables, "stance"):
        day = dt.date.fromisoformat(row["published"])
        expected = [
            role.role
            for role in sources.actors_by_id[row["actor_id"]].roles
            if (role.from_ or dt.date.min) <= day < (role.to or dt.date.max)
        ]
        assert row["actor_roles"] == expected
        if row["actor_id"] == "noel-amari":
            before = "Leader of the opposition in Westland"
            assert row["actor_roles"] == ["Prime Minister of Westland" if day >= dt.date(2002, 3, 1) else before]
    assert stance_of(tables, "norland-2001-spring", "river-front", "norland-2001-troops")["actor_roles"] == []


@pytest.mark.parametrize(
    ("day", "role"),
    [("2002-02-28", "Leader of the opposition in Westland"), ("2002-03-01", "Prime Minister of Westland")],
)
def test_a_role_ends_on_the_day_the_next_begins(mini: Path, day: str, role: str) -> None:
    article = mini / "corpus" / "sources" / "articles" / "ostmark-2002" / "ostmark-2002-coal.md"
    text = article.read_text(encoding="utf-8")
    article.write_text(text.replace("published: 2002-05-06\n", f"published: {day}\n"), encoding="utf-8")
    tables = make_tables(read_sources(mini))
    row = stance_of(tables, "ostmark-2002-coal", "noel-amari", "ostmark-2002-sanctions")
    assert (row["published"], row["actor_roles"]) == (day, [role])


# -- form ---------------------------------------------------------------------------------------------------


def test_rows_have_the_columns_of_their_schema_and_survive_parquet(mini: Path, tables: Tables) -> None:
    folder = build(mini, "0.1.0")
    for config, parts in tables.rows.items():
        for split, rows in parts.items():
            assert all(list(row) == SCHEMAS[config].names for row in rows)
            stored = pq.read_table(folder / "data" / config / f"{split}.parquet")
            assert stored.to_pylist() == rows
            assert stored.schema.equals(SCHEMAS[config])
            assert stored.schema.metadata == {b"canary": CANARY.encode()}


def test_the_digest_sees_rows_their_order_their_split_and_nothing_else(tables: Tables) -> None:
    digest = tables.digest("actors")
    (split, rows), *_ = tables.rows["actors"].items()

    def digest_of(parts: dict[str, list[dict[str, Any]]]) -> str:
        return Tables({**tables.rows, "actors": parts}, tables.splits).digest("actors")

    assert digest_of({split: [dict(row) for row in rows]}) == digest
    others = [
        digest_of({split: rows[::-1]}),
        digest_of({split: rows[1:]}),
        digest_of({"train": rows}),
        digest_of({split: rows[:1], "train": rows[1:]}),
        digest_of({split: [{**rows[0], "name": "Ada"}, *rows[1:]]}),
    ]
    assert len({digest, *others}) == len(others) + 1
