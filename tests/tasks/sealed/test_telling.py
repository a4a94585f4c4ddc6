"""Ids and groups that name labels are refused; those that only sound like it are not."""

from __future__ import annotations

import pandas as pd
import pytest

from standoff.errors import RefusedError
from standoff.tasks.sealed.telling import refuse_telling

LABELS = ("against", "for", "strongly for")


def frame(ids: list[str], labels: list[str], groups: list[str] | None = None) -> pd.DataFrame:
    return pd.DataFrame({"id": ids, "group": groups or [f"g{n}" for n in range(len(ids))], "label": labels})


def tells(ids: list[str], labels: list[str], groups: list[str] | None = None) -> bool:
    try:
        refuse_telling(frame(ids, labels, groups), LABELS, "task made")
    except RefusedError:
        return True
    return False


HALF = ["against", "for"] * 10


@pytest.mark.parametrize(
    "pattern",
    ["{label}/{n}", "speeches/{label}/ann-{n}.txt", "{label}{n}", "{n}_{label}", "X-{upper}-{n}", "{label} {n}"],
)
def test_ids_that_name_their_label_are_refused(pattern: str) -> None:
    ids = [pattern.format(label=label, upper=label.upper(), n=n) for n, label in enumerate(HALF)]
    assert tells(ids, HALF)


def test_the_message_says_what_tells_and_what_to_do() -> None:
    ids = [f"{label}/{n}" for n, label in enumerate(HALF)]
    with pytest.raises(RefusedError) as caught:
        refuse_telling(frame(ids, HALF), LABELS, "task made")
    message = str(caught.value)
    assert "task made: the id says the label of 20 of 20 items, as 'against/0' does" in message
    assert "columns.id" in message


def test_groups_tell_too() -> None:
    ids = [f"i{n}" for n in range(20)]
    assert tells(ids, HALF, [f"{label}-{n // 4}" for n, label in enumerate(HALF)])
    assert not tells(ids, HALF, [f"debate-{n // 4}" for n in range(20)])


def test_some_ids_are_enough_and_a_few_wrong_ones_do_not_excuse() -> None:
    labels = ["for"] * 10 + ["against"] * 30
    some = [f"for-{n}" if n < 8 else f"item-{n}" for n in range(40)]
    assert tells(some, labels)
    assert not tells(
        [f"for-{n}" if n < 7 else f"item-{n}" for n in range(40)], labels
    )  # 7 of 40 are below a fifth
    wrong = [f"{label}-{n}" for n, label in enumerate(HALF)]
    assert tells(["for-0", "against-1", *wrong[2:]], HALF)  # 18 of 20 right
    assert not tells(["for-0", "against-1", "for-2", *wrong[3:]], HALF)  # 17 of 20


def test_a_few_items_are_no_system() -> None:
    labels = ["for", "against", "for", "against"]
    assert not tells([f"{label}-{n}" for n, label in enumerate(labels)], labels)
    assert tells([f"{label}-{n}" for n, label in enumerate([*labels, "for"])], [*labels, "for"])


def test_what_all_ids_say_says_nothing() -> None:
    labels = ["for"] * 19 + ["against"]
    assert not tells([f"for-and-less/{n}" for n in range(20)], labels)
    assert tells([f"for/{label}/{n}" for n, label in enumerate(HALF)], HALF)  # `against` is said of some


def test_parts_of_words_and_names_of_several_labels_say_nothing() -> None:
    assert not tells([f"{'forum' if label == 'for' else 'againstness'}-{n}" for n, label in enumerate(HALF)], HALF)
    assert not tells([f"for-against-{n}" if n % 2 else f"x-{n}" for n in range(20)], HALF)


def test_a_label_of_two_words_is_not_taken_for_one_of_them() -> None:
    labels = ["strongly for", "against"] * 10
    assert tells([f"strongly_for-{n}" if n % 2 == 0 else f"x-{n}" for n in range(20)], labels)
    assert not tells([f"strongly-{n}" if n % 2 == 0 else f"x-{n}" for n in range(20)], labels)


def test_row_numbers_are_not_taken_for_numbered_labels() -> None:
    labels = [str(n % 3 - 1) for n in range(60)]  # -1, 0, 1
    items = frame([f"quotes|{n + 2}" for n in range(60)], labels, [str(n // 3) for n in range(60)])
    refuse_telling(items, ("-1", "0", "1"), "task made")


def test_labels_without_words_are_passed_over() -> None:
    refuse_telling(frame([f"+/{n}" for n in range(20)], ["+", "-"] * 10), ("+", "-"), "task made")
    # Nor is an id without words taken to name one: 18 of these 20 would then be right.
    ids = [f"for-{n}" if n < 2 else f"x-{n}" for n in range(20)]
    refuse_telling(frame(ids, ["+"] * 20), ("+", "for"), "task made")
