"""The page itself, on a real server and in a real browser: what a coder sees, presses and sends.

``STANDOFF_SCREENSHOTS=<folder>`` saves a picture of each page, as the documentation shows it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.annotation.studio import page as driven
from tests.annotation.studio.hard_texts import HARD_TEXTS
from tests.annotation.studio.page import (
    choose,
    chosen,
    close_instructions,
    double_click,
    fields,
    marked,
    press,
    refusal,
    select_text,
    submit,
    try_submit,
    wait_for_task,
)

from standoff.annotation.studio.client import Studio, connect
from standoff.annotation.studio.instructions import instructions_html
from standoff.annotation.studio.labeling import HOTKEYS, Kind, labeling_config
from standoff.annotation.studio.seats import Seat, add_coder
from standoff.annotation.studio.server import Desk
from standoff.files import read_text, sha256_text
from standoff.records import DETAIL_FIELDS, INVENTORIES, POSITIONED, Stance

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., tuple[int, list[int]]]
Picture = Callable[[str], None]

CODEBOOK = Path(__file__).parents[3] / "annotations" / "codebook" / "v1.md"
TEXT = """\
Norland's parliament approves mission to Sudmark

Norland's parliament on Thursday approved the deployment of a battalion to Sudmark by 80 votes to \
61, for six months.

"Not one soldier," the opposition leader, Ina Feld, told the chamber before the vote. She said that \
the government had no plan for the day after.

Through the envoy of Estland, Sudmark's prime minister had let it be known that Sudmark would leave \
the eastern pact in return for Norland's troops, diplomats said. Westland, which had argued for a \
deployment in spring, now wants talks in place of troops.

The capital's bishop is said to have pleaded with Norland to come, two aides reported. The rebels \
took two more towns as Norland debated. Westland pulled its advisers out of Sudmark.

Ostland's delegate abstained and gave no reason. Estland's answer, the paper wrote, was as short as \
it was polite."""
QUOTE = '"Not one soldier,"'
POSITION = "3qadzv9"
"""The keys of a position with all its details."""
POSITION_UNSHOWN = "Mark the words that show the position: press y and drag over them"
UNIT = {
    "article_id": "norland-vote",
    "actor_id": "ina-feld",
    "proposition_id": "norland-troops",
    "dateline": "The Northern Courier, 12 May 2021",
    "actor": "Ina Feld",
    "role": "leader of the opposition in Norland's parliament",
    "proposition": "Norland should send troops to Sudmark to defend its government.",
    "codebook": "v1",
}
NAMES = ("Norland", "Norland's parliament", "Ina Feld", "Sudmark's prime minister", "Westland", "Ostland")
PROPOSITIONS = {
    "norland-troops": UNIT["proposition"],
    "norland-involved": "Norland should get involved in Sudmark.",
    "westland-part": "Westland should take part in the mission to Sudmark.",
}
ANSWERS = (
    "<table><tr><th></th><th>A</th><th>B</th></tr>"
    "<tr><th>stance</th><td><mark>opposes</mark></td><td><mark>no_position</mark></td></tr>"
    f"<tr><th>evidence</th><td>“{QUOTE}”</td><td>&ndash;</td></tr>"
    "<tr><th>note</th><td></td><td>she speaks &lt;b&gt;for herself&lt;/b&gt; &amp; alone</td></tr></table>"
)


def task(text: str = TEXT, **fields: Any) -> dict[str, Any]:
    return {"data": UNIT | {"uid": "u", "text": text, "text_sha256": sha256_text(text)} | fields}


def article() -> dict[str, Any]:
    actors = [{"value": name, "alias": name.lower().replace(" ", "-").replace("'", "")} for name in NAMES]
    propositions = [{"value": text, "alias": name} for name, text in PROPOSITIONS.items()]
    return task(actors=actors, propositions=propositions)


def at(words: str) -> tuple[int, int]:
    assert TEXT.count(words) == 1, words
    return TEXT.index(words), TEXT.index(words) + len(words)


def toast(page: Page, act: Callable[[Page], None]) -> str:
    """Return what the page says at the bottom to what is done."""
    with page.expect_response(lambda got: "/annotations/" in got.url or "/annotations?" in got.url) as answered:
        act(page)
    answered.value.finished()
    newest = page.locator("[class*=toast__content]").last
    newest.wait_for()
    said = newest.inner_text()
    newest.click()
    return said


def update(page: Page) -> None:
    page.locator("button", has_text="Update").first.click()


def said(results: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return ``{control: value}``, the evidence as a list of (start, end)."""
    found: dict[str, Any] = {}
    for result in results:
        value = result["value"]
        if result["type"] == "labels":
            found.setdefault(result["from_name"], []).append((value["start"], value["end"]))
        else:
            (found[result["from_name"]],) = value.get("choices") or value["text"]
    return found


@dataclass(frozen=True)
class Room:
    """The coder's account, and the projects in it."""

    seat: Seat
    studio: Studio

    def make(self, kind: Kind, tasks: list[dict[str, Any]], **settings: Any) -> tuple[int, list[int]]:
        """Make a project; return its id and those of its tasks."""
        codebook = read_text(CODEBOOK)
        project = self.studio.create_project(
            {
                "title": f"page {kind}",
                "label_config": labeling_config(kind, codebook),
                "expert_instruction": instructions_html(codebook, "v1"),
                "sampling": "Sequential sampling",
                "maximum_annotations": 1,
                "show_skip_button": False,
                **settings,
            }
        )
        self.studio.add_tasks(project, tasks)
        return project, [stored.task_id for stored in self.studio.tasks(project)]

    def stored(self, project: int) -> list[list[dict[str, Any]]]:
        """Return the results of each task's annotation, as the server has them; empty without one."""
        exported = {item["id"]: item["annotations"] for item in json.loads(self.studio.export(project))}
        ids = [stored.task_id for stored in self.studio.tasks(project)]
        return [[result for made in exported.get(id_, []) for result in made["result"]] for id_ in ids]


@pytest.fixture(scope="module")
def room(desk: Desk) -> Iterator[Room]:
    seat = add_coder(desk, "anna")
    with connect(seat) as studio:
        yield Room(seat, studio)


@pytest.fixture
def open_page(room: Room, page: Page) -> Open:
    """Makes a project, logs the coder in and opens the first task."""

    def make(kind: Kind, *tasks: dict[str, Any], **settings: Any) -> tuple[int, list[int]]:
        project, ids = room.make(kind, list(tasks), **settings)
        assert room.seat.password
        driven.log_in(page, room.seat.url, room.seat.email, room.seat.password)
        driven.open_stream(page, room.seat.url, project)
        wait_for_task(page, ids[0])
        return project, ids

    return make


def open_task(page: Page, room: Room, project: int, task_id: int) -> None:
    """Open one task of a project, as the list of tasks does."""
    page.goto(f"{room.seat.url}/projects/{project}/data?task={task_id}")
    wait_for_task(page, task_id)


@pytest.fixture
def picture(page: Page) -> Picture:
    """Saves a picture of the page where the environment says so."""

    def save(name: str) -> None:
        if folder := os.environ.get("STANDOFF_SCREENSHOTS"):
            driven.screenshot(page, Path(folder) / f"{name}.png")

    return save


def test_a_coder_reads_the_codebook_judges_and_goes_on(
    room: Room, page: Page, open_page: Open, picture: Picture
) -> None:
    project, ids = open_page("classify", task(uid="1"), task(uid="2"), show_instruction=True)
    picture("instructions")
    said_first = close_instructions(page)
    assert "Codebook v1, sha256" in said_first
    assert "By what this text says, where does this actor stand" in said_first
    for shown in ("proposition", "actor", "role", "dateline"):
        assert page.locator(f".{shown}").inner_text() == UNIT[shown]
    select_text(page, *at(QUOTE))
    press(page, "3qadzv")
    assert chosen(page) == ["opposes", "direct_quote", "asserted", "none", "none", "current"]
    assert marked(page) == [QUOTE]
    press(page, "7")
    assert page.get_by_text("low needs a note").is_visible()
    page.get_by_placeholder("Note").fill("a note with the keys 1, q and y")
    page.keyboard.press("Enter")
    picture("classify")
    submit(page)
    wait_for_task(page, ids[1])
    assert (chosen(page), marked(page)) == ([], [])
    first, second = room.stored(project)
    assert second == []
    assert said(first) == {
        "stance": "opposes",
        "attribution": "direct_quote",
        "commitment": "asserted",
        "condition": "none",
        "relay": "none",
        "time": "current",
        "confidence": "low",
        "note": "a note with the keys 1, q and y",
        "evidence": [at(QUOTE)],
    }
    assert {result["origin"] for result in first} == {"manual"}


def test_details_are_seen_for_positions_only(page: Page, open_page: Open) -> None:
    open_page("classify", task())
    assert fields(page) == ["stance", "evidence", "confidence"]
    for stance, key in zip(Stance, HOTKEYS["stance"], strict=True):
        press(page, key)
        assert chosen(page) == [stance]
        seen = ["stance", *(DETAIL_FIELDS if stance in POSITIONED else ()), "evidence", "confidence"]
        assert fields(page) == seen
        needs_note = stance in {Stance.MIXED, Stance.CANNOT_TELL}
        assert page.locator(".reminder:visible").count() == needs_note


def test_every_key_chooses_its_value_and_a_click_does_too(page: Page, open_page: Open) -> None:
    open_page("classify", task())
    press(page, "4")
    for field, keys in HOTKEYS.items():
        for key, value in zip(keys, INVENTORIES[field], strict=True):
            press(page, key)
            row = page.locator(".field", has=page.get_by_text(field, exact=True))
            if field != "stance" or value in POSITIONED:
                assert row.locator("input:checked").evaluate_all("found => found.map(one => one.name)") == [value]
        press(page, "4" if field == "stance" else "")
    choose(page, "seeks")
    choose(page, "none", field="relay")
    assert chosen(page)[0] == "seeks"
    assert chosen(page)[4] == "none"


def test_what_is_missing_is_asked_for_and_nothing_is_sent(room: Room, page: Page, open_page: Open) -> None:
    project, ids = open_page("classify", task(), task())
    # The page asks for one after the other; the keys fill them in out of order.
    for key, missing in zip("2wsfxb7", ["stance", *DETAIL_FIELDS, "confidence"], strict=True):
        try_submit(page, key=missing != "relay")
        keys = HOTKEYS[missing]
        assert refusal(page) == f"Choose the {missing}: press {', '.join(keys[:-1])} or {keys[-1]}."
        assert room.stored(project) == [[], []]
        press(page, key)
    for sentence in (POSITION_UNSHOWN, "low needs a note"):
        assert toast(page, try_submit) == f"Runtime error: {sentence}"
        assert room.stored(project) == [[], []]
        assert chosen(page) == ["supports", "indirect", "hedged", "if_clause", "named", "past", "low"]
        if sentence == POSITION_UNSHOWN:
            press(page, "y")
            select_text(page, *at(QUOTE))
    page.get_by_placeholder("Note").fill("why")
    page.keyboard.press("Enter")
    submit(page, key=False)
    wait_for_task(page, ids[1])
    found = said(room.stored(project)[0])
    assert (len(found), found["evidence"], found["note"]) == (9, [at(QUOTE)], "why")


def test_what_an_update_lacks_is_asked_for_and_nothing_is_lost(room: Room, page: Page, open_page: Open) -> None:
    project, ids = open_page("classify", task())
    press(page, "59")
    submit(page)
    open_task(page, room, project, ids[0])
    choose(page, "supports")  # a click waits for the page; a key that is pressed too early is lost
    press(page, "qadzv")
    assert toast(page, update) == f"Runtime error: {POSITION_UNSHOWN}"
    assert said(room.stored(project)[0]) == {"stance": "no_position", "confidence": "high"}
    press(page, "y")
    select_text(page, *at(QUOTE))
    assert toast(page, update) == "Annotation updated successfully"
    found = said(room.stored(project)[0])
    assert (found["stance"], found["attribution"], found["evidence"]) == ("supports", "direct_quote", [at(QUOTE)])


@pytest.mark.parametrize("touched", [False, True])
def test_a_skip_is_cancelled_and_the_task_answered(
    room: Room, page: Page, open_page: Open, *, touched: bool
) -> None:
    failed: list[str] = []
    page.on("response", lambda got: failed.append(got.url) if got.status >= 400 and "/api/" in got.url else None)
    project, ids = open_page("classify", task(), task(), show_skip_button=True)
    page.locator("button", has_text="Skip").first.click()
    wait_for_task(page, ids[1])
    open_task(page, room, project, ids[0])
    cancel = page.locator("button", has_text="Cancel skip")
    cancel.wait_for()
    if touched:
        kept = re.compile(r"/api/tasks/\d+/annotations/\d+/drafts")
        # A click waits for the page; a key that is pressed too early is lost.
        with page.expect_response(kept):
            choose(page, "supports")
    cancel.click()
    page.locator("button[name=submit]").wait_for()
    press(page, "59")
    submit(page)
    (made,) = json.loads(room.studio.export(project))[0]["annotations"]
    assert (made["was_cancelled"], said(made["result"])) == (
        False,
        {"stance": "no_position", "confidence": "high"},
    )
    assert failed == []


def test_a_changed_stance_leaves_no_details_and_no_evidence(room: Room, page: Page, open_page: Open) -> None:
    project, ids = open_page("classify", task(), task(), task())
    press(page, "2qadzv9")
    select_text(page, *at(QUOTE))
    press(page, "5")
    unneeded = "no_position has no evidence: click the mark, press Backspace"
    assert toast(page, try_submit) == f"Runtime error: {unneeded}"
    page.locator(driven.MARK).click()
    page.keyboard.press("Backspace")
    submit(page)
    wait_for_task(page, ids[1])
    press(page, "qadzv59")  # keys reach what is hidden
    submit(page)
    wait_for_task(page, ids[2])
    press(page, "2qadzv52")  # there and back: the details are still chosen
    assert chosen(page) == ["supports", "direct_quote", "asserted", "none", "none", "current"]
    bare = {"stance": "no_position", "confidence": "high"}
    assert [said(results) for results in room.stored(project)] == [bare, bare, {}]


def test_spans_are_added_with_the_key_and_removed_with_backspace(room: Room, page: Page, open_page: Open) -> None:
    project, _ = open_page("classify", task())
    select_text(page, *at(QUOTE))
    select_text(page, *at("no plan"))
    assert marked(page) == [QUOTE]
    page.locator(".title", has_text="confidence").click()  # lets go of the words, which a drag would carry away
    press(page, "y")
    select_text(page, *at("talks in place"))
    press(page, "y")
    select_text(page, *at("pleaded with Norland"))
    assert marked(page) == [QUOTE, "talks in place", "pleaded with Norland"]
    page.locator(driven.MARK).nth(1).click()
    page.keyboard.press("Backspace")
    assert marked(page) == [QUOTE, "pleaded with Norland"]
    press(page, POSITION)
    submit(page)
    assert said(room.stored(project)[0])["evidence"] == [at(QUOTE), at("pleaded with Norland")]


def test_spans_end_where_words_end(room: Room, page: Page, open_page: Open) -> None:
    project, _ = open_page("classify", task())
    start, end = at("parliament on Thursday approved")
    select_text(page, start + 3, end - 4)
    press(page, "y")
    select_text(page, *at(" the government had "))
    press(page, POSITION)
    submit(page)
    spans = said(room.stored(project)[0])["evidence"]
    assert spans == [(start, end), at("the government had")]


def test_a_note_is_sent_whether_kept_or_only_typed(room: Room, page: Page, open_page: Open) -> None:
    project, ids = open_page("classify", task(), task())
    press(page, "59")
    page.get_by_placeholder("Note").fill("only typed")
    page.keyboard.press("Control+Enter")  # the box keeps this key to itself: nothing is sent
    submit(page, key=False)
    wait_for_task(page, ids[1])
    assert [said(results).get("note") for results in room.stored(project)] == ["only typed", None]


def test_offsets_are_code_points_in_every_text(room: Room, page: Page, open_page: Open) -> None:
    project, ids = open_page("classify", *(task(hard.text, uid=hard.name) for hard in HARD_TEXTS))
    for hard, task_id in zip(HARD_TEXTS, ids, strict=True):
        wait_for_task(page, task_id)
        select_text(page, *hard.where(hard.stretch))
        press(page, "y")
        double_click(page, *hard.where(hard.word))
        assert len(marked(page)) >= 2, hard.name
        press(page, POSITION)
        submit(page)
    stored = room.stored(project)
    for hard, results in zip(HARD_TEXTS, stored, strict=True):
        quotes = [hard.text[start:end] for start, end in said(results)["evidence"]]
        assert quotes == [hard.stretch, hard.word], hard.name
    texts = [stored.data["text"] for stored in room.studio.tasks(project)]
    assert texts == [hard.text for hard in HARD_TEXTS]


def test_an_article_of_a_million_characters(room: Room, page: Page, open_page: Open) -> None:
    long = "\n\n".join([TEXT] * (1_000_000 // len(TEXT))) + "\n\nThe 😀 end of the matter."
    project, _ = open_page("classify", task(long))
    start = long.index("end of the matter")
    select_text(page, start, start + len("end of the matter"))
    press(page, POSITION)
    submit(page)
    assert said(room.stored(project)[0])["evidence"] == [(start, start + len("end of the matter"))]


@pytest.mark.parametrize("size", [(1280, 800), (1440, 900)])
def test_unit_and_answer_stay_in_sight(page: Page, open_page: Open, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    proposition = "The security council of the union should mandate " + "a force for Sudmark, led by Norland, " * 6
    open_page("classify", task("\n\n".join([TEXT] * 20), proposition=proposition, role=""))
    press(page, "4")
    press(page, "7")
    page.locator(driven.TEXT).hover()
    page.mouse.wheel(0, 9000)
    page.wait_for_function("document.querySelector('.lsf-htx-richtext').getBoundingClientRect().top < -5000")
    assert page.locator(".role").inner_text() == ""
    seen = [page.locator(f".{name}") for name in ("proposition", "actor", "dateline")]
    seen += [page.locator(".field:visible").nth(n) for n in range(len(fields(page)))]
    for element in [*seen, page.get_by_placeholder("Note"), page.locator("button[name=submit]")]:
        box = element.bounding_box()
        assert box is not None
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert box["x"] >= 0, "to the left of the window"
        assert box["x"] + box["width"] <= size[0]
        assert box["y"] >= 40, "under the bar at the top"
        assert box["y"] + box["height"] <= size[1]
        covered = "([element, x, y]) => !element.contains(document.elementFromPoint(x, y))"
        assert not page.evaluate(covered, [element.element_handle(), *middle]), element


def test_what_a_task_says_is_text_and_not_a_page(page: Page, open_page: Open) -> None:
    hostile = '<img src=x onerror="window.ran=1"> {{7*7}} $text & &amp; <b>bold</b>'
    open_page("classify", task(f"{hostile}\n\nbody", proposition=hostile, actor=hostile, dateline=hostile))
    for shown in ("proposition", "actor", "dateline"):
        assert page.locator(f".{shown}").inner_text() == hostile
    assert page.locator(".lsf-richtext__line").first.inner_text() == hostile
    assert page.evaluate("window.ran") is None


def test_find_marks_who_takes_a_position_on_what(
    room: Room, page: Page, open_page: Open, picture: Picture
) -> None:
    project, _ = open_page("find", article())
    labels = [label.split("\n") for label in page.locator(".lsf-label").all_inner_texts()]
    assert labels[0] == ["other", "0"]
    keys = dict(labels)
    assert list(keys) == ["other", *NAMES, *PROPOSITIONS.values()]
    for words, *chosen_labels in (
        (QUOTE, "Ina Feld", PROPOSITIONS["norland-troops"]),
        ("Ina Feld", "Ina Feld"),
        ("pleaded with Norland to come", "other", PROPOSITIONS["norland-involved"]),
    ):
        press(page, "".join(keys[label] for label in chosen_labels))
        select_text(page, *at(words))
    try_submit(page)
    assert refusal(page) == "Type the name of the other actor."
    page.get_by_placeholder("Name of the other actor").fill("the bishop")
    page.keyboard.press("Enter")
    picture("find")
    submit(page)
    regions: dict[str, dict[str, Any]] = {}
    for result in room.stored(project)[0]:
        value = result["value"]
        region = regions.setdefault(result["id"], {"at": (value["start"], value["end"])})
        region[result["from_name"]] = value.get("labels") or value["text"]
    assert list(regions.values()) == [
        {"at": at(QUOTE), "found_actor": ["ina-feld"], "found_proposition": ["norland-troops"]},
        {"at": at("Ina Feld"), "found_actor": ["ina-feld"]},
        {
            "at": at("pleaded with Norland to come"),
            "found_actor": ["other"],
            "found_proposition": ["norland-involved"],
            "other_name": ["the bishop"],
        },
    ]


def test_adjudicate_shows_the_answers_and_asks_for_a_reason(
    room: Room, page: Page, open_page: Open, picture: Picture
) -> None:
    project, _ = open_page("adjudicate", task(answers=ANSWERS))
    cells = page.locator(".readings td").all_inner_texts()
    assert cells == ["opposes", "no_position", f"“{QUOTE}”", "\u2013", "", "she speaks <b>for herself</b> & alone"]
    press(page, "3qadzv")
    select_text(page, *at(QUOTE))
    assert fields(page) == ["stance", *DETAIL_FIELDS, "evidence"]
    try_submit(page)
    assert refusal(page) == "Give the reason for your decision."
    page.get_by_placeholder("Reason").fill("she leads the party")
    page.keyboard.press("Enter")
    picture("adjudicate")
    submit(page)
    found = said(room.stored(project)[0])
    assert (found["stance"], found["reason"], found["evidence"]) == ("opposes", "she leads the party", [at(QUOTE)])


def test_feedback_is_read_and_confirmed(room: Room, page: Page, open_page: Open, picture: Picture) -> None:
    project, _ = open_page("feedback", task(answers=ANSWERS))
    assert page.locator(".readings td").first.inner_text() == "opposes"
    picture("feedback")
    try_submit(page)
    assert refusal(page) == "Read the answers, then press 1."
    press(page, "1")
    submit(page)
    assert said(room.stored(project)[0]) == {"read": "read"}
