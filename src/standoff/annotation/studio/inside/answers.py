"""What the labelling page sends: the form that every answer has, and what an answer lacks. Standard library alone.

The server itself stores any JSON as an answer, and then fails at each export of the project.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

MAX_BYTES = 8_000_000
"""Of a request with an answer: a long article marked from end to end is one tenth of it."""
MAX_RESULTS = 2_000
MAX_DEPTH = 8
MAX_NUMBER = 1e15
"""Larger, infinite and no numbers are not in JSON that everybody reads."""


def flaw(answer: object) -> str:
    """Return, as a sentence, in what an answer is not of the page's form; "" where it is."""
    if not isinstance(answer, dict):
        return "An answer is a JSON object."
    if not is_plain(answer, MAX_DEPTH):
        return "An answer holds text in Unicode, finite numbers, and few levels of lists and objects."
    if "result" not in answer:
        return ""
    results = answer["result"]
    if not isinstance(results, list) or len(results) > MAX_RESULTS:
        return f"The result of an answer is a list of up to {MAX_RESULTS} objects."
    for number, result in enumerate(results, start=1):
        if not is_result(result):
            return f"Part {number} of the result is not what the page sends."
    return ""


def is_plain(value: object, depth: int) -> bool:
    """Return whether JSON is no deeper than ``depth``, and all of it can be written again."""
    match value:
        case str():
            # A lone half of a surrogate pair has no UTF-8.
            return not any("\ud800" <= character <= "\udfff" for character in value)
        case int() | float():
            return -MAX_NUMBER < value < MAX_NUMBER  # False for what is no number, too
        case dict():
            return depth > 0 and all(is_plain(part, depth - 1) for pair in value.items() for part in pair)
        case list():
            return depth > 0 and all(is_plain(part, depth - 1) for part in value)
    return value is None


def is_result(result: object) -> bool:
    """Return whether this is a choice, a text or a marked stretch as the page sends it."""
    if not isinstance(result, dict) or not isinstance(result.get("value"), dict):
        return False
    value: dict[str, Any] = result["value"]
    named = all(isinstance(result.get(key), str) for key in ("from_name", "to_name", "type"))
    # A choice that a program hands in may have no id.
    named = named and isinstance(result.get("id", ""), str)
    listed = all(is_texts(value[key]) for key in ("choices", "labels") if key in value)
    # Beside its label, a stretch has its words as one text; what is typed is a list.
    words = value.get("text", [])
    written = is_texts(words) if result.get("type") == "textarea" else is_texts(words) or isinstance(words, str)
    counted = all(type(value[key]) is int for key in ("start", "end") if key in value)
    return named and listed and written and counted


def is_texts(value: object) -> bool:
    """Return whether this is a list of strings."""
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def lack(results: list[dict[str, Any]], config: str) -> str:
    """Return, in the config's words, which of its rules an answer breaks; "" where none.

    A rule is a box of a labeling config of ours, seen while certain values are chosen in a control, of the class
    ``needs <control>`` or ``excludes <control>``; its header is the sentence.

    Args:
        results: An answer's results, of the page's form.
        config: The labeling config as XML.
    """
    given: dict[str, set[str]] = {}
    for result in results:
        value = result["value"]
        parts = value.get("choices") or value.get("labels") or value.get("text") or []
        filled = {part for part in parts if part.strip()}
        if filled:
            given.setdefault(result["from_name"], set()).update(filled)
    for box in ET.fromstring(config).iter("View"):  # noqa: S314 - the owner's, and parsed by the server before
        match box.get("className", "").split():
            case ["needs" | "excludes" as rule, control]:
                chosen = given.get(box.get("whenTagName", ""), set())
                applies = not chosen.isdisjoint(box.get("whenChoiceValue", "").split(","))
                if applies and (control in given) == (rule == "excludes"):
                    return str(next(box.iter("Header")).get("value"))
    return ""
