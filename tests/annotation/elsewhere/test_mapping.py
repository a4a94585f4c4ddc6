from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.annotation.elsewhere.formats import HARBOUR, TROOPS
from tests.annotation.made import MINI

from standoff.annotation.elsewhere.foreign import Document, Statement
from standoff.annotation.elsewhere.mapping import Map, Resolver, read_map
from standoff.corpus.reader import read_sources
from standoff.records import Stance

FIELDS = {"actor": ["person", "group"], "proposition": "claim", "stance": "side"}
ALWAYS = {"confidence": "high"}


def resolver(**given: Any) -> Resolver:
    sources = read_sources(MINI)
    texts = {key: one.text for key, one in sources.articles_by_id.items() if one.text}
    fields = {"tool": "dna", "fields": FIELDS, "always": ALWAYS, **given}
    return Resolver(Map.model_validate(fields), sources, texts)


def said(**values: str) -> Statement:
    return Statement("1", 2, "7", {"claim": TROOPS, "side": "opposes", **values})


@pytest.mark.parametrize(
    ("values", "actor"),
    [
        ({"person": "Ada Berg"}, "ada-berg"),
        ({"person": "Prime Minister Berg"}, "ada-berg"),
        ({"person": "ada-berg"}, "ada-berg"),
        ({"person": " Berg ", "group": "Westland"}, "ada-berg"),
        ({"person": " ", "group": "Westland"}, "westland"),
        ({"person": "berg"}, None),
        ({"person": "Nobody", "group": "Westland"}, None),
        ({}, None),
    ],
)
def test_names_of_the_registry_resolve_by_themselves_and_nothing_near_does(
    values: dict[str, str], actor: str | None
) -> None:
    found = resolver().resolve(said(**values))
    assert found.actor_id == actor
    assert [reason for reason, _ in found.problems] == ([] if actor else ["actor-unresolved"])


def test_the_map_goes_before_the_registry() -> None:
    found = resolver(actors={"Berg": "westland", "The West": "westland"})
    assert found.resolve(said(person="Berg")).actor_id == "westland"
    assert found.resolve(said(person="The West")).actor_id == "westland"
    assert found.resolve(said(person="Amari")).actor_id == "noel-amari"


def test_a_proposition_resolves_by_its_words_or_id() -> None:
    text = read_sources(MINI).propositions_by_id[TROOPS].text
    assert resolver().resolve(said(person="Berg", claim=text)).proposition_id == TROOPS
    assert resolver().resolve(said(person="Berg")).proposition_id == TROOPS


@pytest.mark.parametrize("stance", list(Stance))
def test_our_own_values_stand_for_themselves(stance: Stance) -> None:
    found = resolver().resolve(said(person="Berg", side=stance.value))
    assert found.stance == stance
    assert found.problems == []


def test_one_is_no_stance_unless_the_map_says_so() -> None:
    assert resolver().resolve(said(person="Berg", side="1")).problems == [("stance-unresolved", "1")]
    assert resolver(stances={"1": "supports"}).resolve(said(person="Berg", side="1")).stance == "supports"
    assert resolver(stances={"1": ""}).resolve(said(person="Berg", side="1")).stance is None


def test_a_statement_goes_before_its_label_and_a_label_before_the_whole() -> None:
    given = {
        "fields": {"label": "tag", "actor": "person", "note": "memo"},
        "always": {"confidence": "low", "stance": "mixed", "proposition": TROOPS, "actor": "westland"},
        "labels": {"t": {"stance": "seeks", "actor": "river-front", "note": "So."}, "u": {"time": "past"}},
    }
    one = resolver(**given).resolve(Statement("1", 2, "7", {"tag": "t", "person": "Berg"}))
    assert (one.actor_id, one.stance, one.note, one.set_by_map) == (
        "ada-berg",
        "seeks",
        "So.",
        {"proposition", "confidence"},
    )
    two = resolver(**given).resolve(Statement("1", 2, "7", {"tag": "u", "memo": "Hm."}))
    assert (two.actor_id, two.stance, two.details["time"], two.note) == ("westland", "mixed", "past", "Hm.")
    three = resolver(**given).resolve(Statement("1", 2, "7", {"tag": "v"}))
    assert three.problems == [("label-unresolved", "v")]


def test_a_document_is_known_by_the_map_its_id_or_its_words() -> None:
    found = resolver(documents={"7": HARBOUR, "8": ""})
    text = (read_sources(MINI).articles_by_id[HARBOUR].text or "").replace("\n\n", "\r\n \r\n")
    assert found.article_id(Document("7")) == HARBOUR
    assert found.article_id(Document("8", text=text)) is None
    assert found.article_id(Document(HARBOUR, text="other")) == HARBOUR
    assert found.article_id(Document("9", text=text)) == HARBOUR
    assert found.article_id(Document("9", text=text + "x")) is None
    assert found.article_id(Document("9")) is None


def test_a_coder_is_mapped_or_stands_for_itself() -> None:
    found = resolver(coders={"a.k": "anna", "b": ""})
    assert [found.coder_id(name) for name in ("a.k", "anna", "b", "", None)] == ["anna", "anna", None, None, None]


def test_a_map_is_read(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(f'tool = "webanno"\nlayer = "webanno.custom.Stance"\n[documents]\nplea = "{HARBOUR}"\n')
    found = read_map(path, "webanno", read_sources(MINI))
    assert (found.layer, found.documents, found.evidence, found.offsets) == (
        "webanno.custom.Stance",
        {"plea": HARBOUR},
        "to",
        "",
    )
    assert found.used == set()
