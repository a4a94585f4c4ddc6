from __future__ import annotations

from typing import Any

import pytest
from tests.tasks.stress.made import changed, make_loaded, named

from standoff.corpus.diff import read_rows
from standoff.corpus.load import release_folder
from standoff.tasks.registry import load_task
from standoff.tasks.stress.names import PLACEHOLDERS, roles


def masked(task: str, **row: Any) -> list[dict[str, Any]]:
    label = {"seesaw": "neg", "heating": "agree"}.get(task, "for")
    return changed(make_loaded({"label": label, **row}, task=task), "names_masked")


def test_actor_and_target_are_called_by_placeholders_in_text_and_columns() -> None:
    text = "Ann Lee 😀 says no to Bo Ray. Ann Lee walked out."
    (row,) = masked(
        "seesaw", text=text, actor="Ann Lee", target="Bo Ray", actor_spans=[(0, 7)], target_spans=[(21, 27)]
    )
    assert row["text"] == "Entity A 😀 says no to Entity B. Entity A walked out."
    assert (row["actor"], row["target"], row["label"]) == ("Entity A", "Entity B", "neg")
    assert named(row, "actor") == ["Entity A", "Entity A"]
    assert named(row, "target") == ["Entity B"]


def test_a_target_that_is_a_topic_stays_and_its_spans_move_along() -> None:
    text = "Annabel wants schools open."
    item = {"text": text, "actor": "Annabel", "target": "schools", "target_spans": [(14, 21)]}
    (row,) = masked("seesaw", target_type="topic", **item)
    assert (row["text"], row["target"]) == ("Entity A wants schools open.", "schools")
    assert named(row, "target") == ["schools"]
    (row,) = masked("seesaw", target_type="people", **item)
    assert row["text"] == "Entity A wants Entity B open."


def test_a_target_that_is_a_proposition_stays() -> None:
    (row,) = masked("heating", text="Die SPD will das Gas.", actor="SPD", target="Gas")
    assert (row["text"], row["actor"], row["target"]) == ("Die Entity A will das Gas.", "Entity A", "Gas")


@pytest.mark.parametrize(
    ("text", "actor", "target", "why"),
    [
        ("Lee says no to Bo.", "Ann Lee", "Bo", "the actor has another form and no span"),
        ("Ann says no to him.", "Ann", "Bo", "the target has another form and no span"),
        ("Kenya is for Bo, and all Kenyans are.", "Kenya", "Bo", "another word gives the actor away"),
        ("Ann Bolton is for Bolton.", "Ann Bolton", "Bolton", "the mentions overlap"),
    ],
)
def test_an_item_of_which_a_name_would_stay_is_left_out(text: str, actor: str, target: str, why: str) -> None:
    assert masked("seesaw", text=text, actor=actor, target=target) == [], why


def test_an_actor_that_the_proposition_names_is_left_out() -> None:
    item = {"text": "Kenya is ready.", "actor": "Kenya", "label": "support"}
    assert changed(make_loaded({**item, "target": "Kenya should send police."}), "names_masked") == []
    (row,) = changed(make_loaded({**item, "target": "Police should be sent."}), "names_masked")
    assert row["text"] == "Entity A is ready."


def test_who_speaks_need_not_be_named_in_the_speech() -> None:
    (row,) = masked("handeset", text="I beg to move.", actor="Ann Lee", target="That the Bill be read.")
    assert (row["text"], row["actor"]) == ("I beg to move.", "Entity A")
    assert row["actor_spans"] == []


def test_a_name_cut_inside_a_word_is_masked_whole() -> None:
    (row,) = masked("seesaw", text="Chicag0ans back Bo.", actor="Chicag0an", target="Bo", actor_spans=[(0, 9)])
    assert row["text"] == "Entity A back Entity B."
    assert named(row, "actor") == ["Entity A"]


def test_the_first_span_of_a_target_stays_the_first() -> None:
    loaded = make_loaded(
        {"text": "Trump said Trump won.", "target": "Trump", "target_spans": [(11, 16), (0, 5)], "label": "neg"},
        task="newsmtsc",
    )
    (row,) = changed(loaded, "names_masked")
    assert row["text"] == "Entity B said Entity B won."
    assert row["target_spans"] == [(14, 22), (0, 8)]


def test_an_item_without_names_is_left_out() -> None:
    item = {"text": "It melts.", "target": "It is a serious concern.", "label": "agree"}
    assert changed(make_loaded(item, task="gwsd"), "names_masked") == []


def test_two_actors_trade_places_and_labels() -> None:
    text = "Redd 😀 wants the bridge. Blue does not."
    rows = [
        {"text": text, "actor": name, "target": "bridge", "target_spans": [(17, 23)], "label": label}
        for name, label in (("Redd", "support"), ("Blue", "oppose"))
    ]
    red, blue = changed(make_loaded(*rows), "actors_swapped")
    assert red["text"] == blue["text"] == "Blue 😀 wants the bridge. Redd does not."
    assert (red["actor"], red["label"], named(red, "actor")) == ("Redd", "oppose", ["Redd"])
    assert (blue["actor"], blue["label"], named(blue, "actor")) == ("Blue", "support", ["Blue"])
    assert named(red, "target") == ["bridge"]
    assert [row["original"] for row in (red, blue)] == ["0", "1"]


def test_another_form_comes_where_another_form_stood() -> None:
    text = "Joe Biden wants it; Biden said so. Jim Risch does not; Risch said so. Risch."
    biden = {"actor": "Joe Biden", "actor_spans": [(0, 9), (20, 25)], "label": "support"}
    risch = {"actor": "Jim Risch", "actor_spans": [(35, 44), (55, 60), (70, 75)], "label": "none"}
    one, other = changed(
        make_loaded(*({"text": text, "target": "it", **row} for row in (biden, risch))), "actors_swapped"
    )
    assert one["text"] == "Jim Risch wants it; Risch said so. Joe Biden does not; Biden said so. Biden."
    assert named(one, "actor") == ["Joe Biden", "Biden", "Biden"]
    assert named(other, "actor") == ["Jim Risch", "Risch"]


def test_an_actor_without_another_form_is_called_by_the_name() -> None:
    text = "Biden, Joe Biden, wants it. Ann does not."
    biden = {"actor": "Joe Biden", "actor_spans": [(0, 5), (7, 16)], "label": "support"}
    ann = {"actor": "Ann", "actor_spans": [(28, 31)], "label": "oppose"}
    one, _ = changed(
        make_loaded(*({"text": text, "target": "it", **row} for row in (biden, ann))), "actors_swapped"
    )
    assert one["text"] == "Ann, Ann, wants it. Joe Biden does not."


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ([{"label": "support"}] * 2, "the labels are the same"),
        ([{"target": "one thing"}, {"target": "another"}], "the targets differ"),
        ([{"actor_kind": "person"}, {"actor_kind": "party"}], "the kinds differ"),
        ([{}, {"actor_spans": [], "actor": "Mr Grey"}], "one is not mentioned"),
        ([{"target": "Redd should pay"}] * 2, "the target names one"),
        ([{"text": "Redd is for, Blue against it, say Redders."}] * 2, "another word gives one away"),
        ([{"target_spans": [(0, 7)]}] * 2, "the target is one of them"),
    ],
)
def test_actors_do_not_trade_places_where(changes: list[dict[str, Any]], why: str) -> None:
    text = "Redd is for, Blue against it."
    rows: list[dict[str, Any]] = [
        {"text": text, "actor": "Redd", "target": "it", "label": "support", "actor_spans": [(0, 4)]},
        {"text": text, "actor": "Blue", "target": "it", "label": "oppose", "actor_spans": [(13, 17)]},
    ]
    assert len(changed(make_loaded(*rows), "actors_swapped")) == 2, "the control"
    rows = [{**row, **change} for row, change in zip(rows, changes, strict=True)]
    assert changed(make_loaded(*rows), "actors_swapped") == [], why


def test_names_that_are_inflected_do_not_trade_places() -> None:
    text = "Redd is for, Blue against it."
    rows = [
        {"text": text, "actor": "Redd", "target": "it", "label": "support"},
        {"text": text, "actor": "Blue", "target": "it", "label": "oppose"},
    ]
    assert len(changed(make_loaded(*rows, language="en-US"), "actors_swapped")) == 2
    assert changed(make_loaded(*rows, language="ru"), "actors_swapped") == []


def test_an_actor_is_in_one_pair_and_a_contradicted_one_in_none() -> None:
    text = "Anna, Berta, Carla and Dora met."
    rows = [
        {"text": text, "actor": name, "target": "it", "label": label}
        for name, label in (
            ("Carla", "oppose"),
            ("Berta", "support"),
            ("Anna", "support"),
            ("Anna", "oppose"),
            ("Dora", "none"),
        )
    ]
    made = changed(make_loaded(*rows), "actors_swapped")
    assert [(row["actor"], row["label"], row["text"][:18]) for row in made] == [
        ("Carla", "support", "Anna, Carla, Berta"),
        ("Berta", "oppose", "Anna, Carla, Berta"),
    ]


def test_every_item_of_an_actor_follows() -> None:
    text = "Anna and Berta met."
    rows = [
        {"text": text, "actor": name, "target": "it", "label": label}
        for name, label in (("Anna", "support"), ("Anna", "support"), ("Berta", "none"))
    ]
    made = changed(make_loaded(*rows), "actors_swapped")
    assert [row["label"] for row in made] == ["none", "none", "support"]


def test_actors_are_called_by_the_role_of_that_day() -> None:
    made = {row["original"]: row for row in changed(load_task("intervention"), "role_titles")}
    ruto = next(row for row in made.values() if "/william-ruto/" in row["original"])
    assert ruto["actor"] == "the President of Kenya"
    assert set(named(ruto, "actor")) == {"the President of Kenya"}
    assert "Ruto" not in ruto["text"]
    assert "President the President" not in ruto["text"]  # the title has gone with the name
    biden = next(row for row in made.values() if "/joe-biden/" in row["original"])
    assert biden["text"].startswith("The President of the United States explains")
    assert set(named(biden, "actor")) == {
        "The President of the United States",
        "the President of the United States",
    }


def test_a_role_is_that_of_the_article_and_not_of_today() -> None:
    loaded = load_task("intervention")
    found = roles(loaded.variant)
    trump = {(item.partition("/")[0][:10], found[item]) for item in loaded.frame["id"] if "/donald-trump/" in item}
    assert trump == {
        ("syria-2024", "President-elect of the United States"),
        ("libya-2019", "President of the United States"),
    }


def test_of_several_roles_the_first_is_taken() -> None:
    rows = [row for part in read_rows(release_folder())["stance"].values() for row in part]
    several = {row["unit_id"]: row["actor_roles"] for row in rows if len(row["actor_roles"]) > 1}
    assert several
    found = roles(load_task("intervention").variant)
    assert {item: found[item] for item in several} == {item: held[0] for item, held in several.items()}


def test_actors_without_a_role_and_other_tasks_have_no_role_titles() -> None:
    made = changed(load_task("intervention"), "role_titles")
    assert not any("/russia/" in row["original"] for row in made)
    item = {"text": "Joe Biden won.", "actor": "Joe Biden", "target": "it", "label": "neg"}
    assert changed(make_loaded(item, task="seesaw"), "role_titles") == []


def test_placeholders_are_in_no_text() -> None:
    frame = load_task("intervention").frame
    assert not any(name in text for text in frame["text"] for name in PLACEHOLDERS.values())
