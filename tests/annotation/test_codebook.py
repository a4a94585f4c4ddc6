"""The codebook's tables, read by value."""

from __future__ import annotations

from pathlib import Path

from standoff.annotation.codebook import codebook_file, definitions, newest
from standoff.files import read_text
from standoff.records import INVENTORIES, LABEL_FIELDS

REPOSITORY = Path(__file__).parents[2]


def test_our_codebook_defines_every_value_in_the_order_of_the_inventories() -> None:
    defined = definitions(read_text(codebook_file(REPOSITORY, "v1")))
    assert {field: list(values) for field, values in defined.items()} == {
        field: list(inventory) for field, inventory in INVENTORIES.items()
    }
    assert defined["commitment"]["asserted"] == "the text states it as fact"
    assert defined["condition"]["none"] == "no condition"
    assert defined["relay"]["none"].startswith("the text has it from the actor itself")
    assert defined["stance"]["cannot_tell"] == "the text points at a stance and leaves open which"
    assert defined["confidence"]["low"] == "near a coin toss"


def test_a_codebook_without_tables_defines_nothing() -> None:
    found = definitions("# Codebook\n\nFor tests.\n\n| a | b | c | d |\n| word | other |\n")
    assert found == {field: {} for field in INVENTORIES}
    assert tuple(found) == (*LABEL_FIELDS, "confidence")


def test_a_pipe_within_a_cell_is_escaped() -> None:
    assert definitions(r"| `seeks` | asks \| begs |")["stance"] == {"seeks": r"asks \| begs"}


def test_the_newest_is_by_number() -> None:
    assert newest(["v2", "v10", "v9"]) == "v10"
    assert newest([]) == "v1"
