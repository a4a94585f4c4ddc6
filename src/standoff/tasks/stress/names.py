"""Stresses on names: who is meant can be told by the text alone, and by nothing known of the actor."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from standoff.tasks.stress.items import (
    Edit,
    Item,
    Rewritten,
    actor_mentions,
    names_left,
    overlap,
    rewrite,
    target_mentions,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from standoff.tasks.frame import Span
    from standoff.tasks.task import LoadedTask

PLACEHOLDERS = {"actor": "Entity A", "target": "Entity B"}
"""The same in every language, and names of nobody."""

NAMED_TARGETS = frozenset({"dse", "newsmtsc", "rusentrel", "seesaw"})
"""The tasks whose targets are named entities. In all others they are propositions or topics."""

SPEAKERS = frozenset({"handeset", "polstance"})
"""The tasks whose text is what the actor says, so that it need not name the actor."""

TOPICS = frozenset({"topic", "event"})
"""Values of the column ``target_type`` that mean no name."""

KINDS = ("actor_kind", "actor_type")
"""Columns that say what an actor is: a person, a government."""

UNINFLECTED = frozenset({"da", "de", "en", "es", "fr", "it", "nb", "nl", "pt", "sv"})
"""Languages in which a name has one form for who does something and whom it is done to."""

# What stands before a name and belongs to it.
_TITLE = re.compile(r"(?:(?:(?:Prime|Foreign) )?(?:President|Minister)|Secretary-General|General|Sen\.|Rep\.) $")


def names_masked(loaded: LoadedTask, items: Sequence[Item]) -> Iterator[Item]:
    """Yield items whose actor, and target where it is a name, is called by a placeholder in text and columns.

    The label stays: who is meant is said by the placeholder, what they hold by the rest of the text. Left out are
    items of which a name would stay: it is not named in the text by a span or in its exact form; another word of
    the text, or a target that is a proposition, gives it away ("Kenyan"); or the mentions of both overlap.
    """
    for item in items:
        places = _places_to_mask(loaded, item)
        if places and not _a_name_stays(item, places):
            yield _masked(item, places)


def _places_to_mask(loaded: LoadedTask, item: Item) -> dict[str, list[Span]]:
    """Return the mentions by column, ``actor`` or ``target``; nothing where a name to mask is not mentioned."""
    found: dict[str, list[Span]] = {}
    if item.actor:
        found["actor"] = actor_mentions(item)
        if not found["actor"] and loaded.task.name not in SPEAKERS:
            return {}
    if loaded.task.name in NAMED_TARGETS and item.slices.get("target_type") not in TOPICS:
        found["target"] = target_mentions(item)
        if not found["target"]:
            return {}
    return found


def _a_name_stays(item: Item, places: Mapping[str, list[Span]]) -> bool:
    everywhere = [place for found in places.values() for place in found]
    target = "" if "target" in places else item.target
    return overlap(places.get("actor", []), places.get("target", [])) or any(
        names_left(item.text, name, everywhere) or names_left(target, name)
        for name in (getattr(item, side) for side in places)
    )


def _masked(item: Item, places: Mapping[str, list[Span]]) -> Item:
    edits = [Edit(*place, PLACEHOLDERS[side]) for side, found in places.items() for place in found]
    # Mentions without a span get one. The first of newsmtsc, which is the labelled one, stays the first.
    spanned = replace(
        item,
        actor_spans=(*item.actor_spans, *places.get("actor", ())),
        target_spans=(*item.target_spans, *places.get("target", ())),
    )
    names = {side: PLACEHOLDERS[side] if side in places else getattr(item, side) for side in PLACEHOLDERS}
    return replace(rewrite(spanned, edits), actor=names["actor"], target=names["target"])


def actors_swapped(loaded: LoadedTask, items: Sequence[Item]) -> Iterator[Item]:
    """Yield items of one text and target in which the names of two actors have traded places; so do their labels.

    The labels of the two differ, so a model that goes by who usually says what, or by the text as a whole, is
    wrong about one of them at least. A full name comes where the other's full name stood, and another form of it,
    where the text has one, in place of another form. A description ("the Jamaican prime minister") stays where it
    is, beside another name then: what an actor of the changed text holds is what that text says of the name.

    Left out are actors of two kinds (a president would be a country), those that another word gives away
    ("Kenyan"), those named in the target, which stays, and languages in which the case of a name says who does
    what to whom. An actor is in one pair at most, the first in the order of names.
    """
    if loaded.task.language.partition("-")[0] not in UNINFLECTED:
        return
    by_question: dict[tuple[str, str], dict[str, list[Item]]] = {}
    for item in items:
        if item.actor:
            by_question.setdefault((item.text, item.target), {}).setdefault(item.actor, []).append(item)
    swapped: dict[str, Item] = {}
    for by_actor in by_question.values():
        paired: set[str] = set()
        for one, other in combinations(sorted(by_actor), 2):
            if paired.isdisjoint((one, other)) and _can_trade(by_actor[one], by_actor[other]):
                paired |= {one, other}
                swapped |= {item.id: item for item in _traded(by_actor[one], by_actor[other])}
    yield from (swapped[item.id] for item in items if item.id in swapped)


def _can_trade(some: list[Item], others: list[Item]) -> bool:
    one, other = some[0], others[0]
    labels = [{item.label for item in side} for side in (some, others)]
    if any(len(found) > 1 for found in labels) or labels[0] == labels[1]:
        return False
    if any(one.slices.get(column) != other.slices.get(column) for column in KINDS):
        return False
    sides = [actor_mentions(one), actor_mentions(other)]
    if not all(sides) or overlap(*sides) or overlap([*sides[0], *sides[1]], target_mentions(one)):
        return False
    return not any(
        names_left(one.text, name, [*sides[0], *sides[1]]) or names_left(one.target, name)
        for name in (one.actor, other.actor)
    )


def _traded(some: list[Item], others: list[Item]) -> Iterator[Item]:
    one, other = some[0], others[0]
    places = actor_mentions(one), actor_mentions(other)
    edits = [
        Edit(start, end, there.actor if here.text[start:end] == here.actor else _short_form(there, forms))
        for here, there, found, forms in ((one, other, places[0], places[1]), (other, one, places[1], places[0]))
        for start, end in found
    ]
    made = Rewritten(one.text, edits)
    for side, other_side, found in ((some, others, places[1]), (others, some, places[0])):
        for item in side:
            yield replace(
                item,
                text=made.text,
                label=other_side[0].label,
                actor_spans=made.spans(found),
                target_spans=made.spans(item.target_spans),
            )


def _short_form(item: Item, places: Sequence[Span]) -> str:
    """Return the first form of the actor's name in the text that is not the name itself, or else the name."""
    forms = (item.text[start:end] for start, end in places)
    return next((form for form in forms if form != item.actor), item.actor)


def role_titles(loaded: LoadedTask, items: Sequence[Item]) -> Iterator[Item]:
    """Yield items whose actor is called by the role held on the day of the article, in text and column.

    Only the corpus has dated roles; of several held at once the first in the registry is taken. A title before the
    name ("President") goes with it. The label stays: that day, "the President of Kenya" was William Ruto. Left out
    are items of which the name would stay, as in :func:`names_masked`.
    """
    if loaded.task.name != "intervention":
        return
    held = roles(loaded.variant)
    for item in items:
        found = actor_mentions(item)
        if item.id in held and found and not _a_name_stays(item, {"actor": found}):
            title = f"the {held[item.id]}"
            edits = [_retitled(item.text, place, title) for place in found]
            yield replace(rewrite(replace(item, actor_spans=tuple(found)), edits), actor=title)


def roles(release: str) -> dict[str, str]:
    """Return the first role of the actor on the day of the article, by item; those without one are not in it."""
    from standoff.corpus.diff import read_rows  # noqa: PLC0415 - only the corpus needs it
    from standoff.corpus.load import release_folder  # noqa: PLC0415

    parts = read_rows(release_folder(release))["stance"].values()
    return {row["unit_id"]: row["actor_roles"][0] for part in parts for row in part if row["actor_roles"]}


def _retitled(text: str, place: Span, title: str) -> Edit:
    """Return the edit that puts a title in place of a name, with a capital letter where a sentence begins."""
    start, end = place
    if before := _TITLE.search(text, 0, start):
        start = before.start()
    begins = not text[:start].strip() or text[:start].rstrip(" ").endswith(("\n", ".", "!", "?"))
    return Edit(start, end, title[0].upper() + title[1:] if begins else title)
