"""The audit as a whole: findings, their order, and the JSON."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from standoff.tasks.audits.audit import audit
from standoff.tasks.audits.findings import KINDS
from standoff.tasks.split_sets import without_leaks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from standoff.tasks.task import LoadedTask

    Load = Callable[[Sequence[dict[str, Any]]], LoadedTask]

TEXT = "the minister said on Monday that no troops would be sent to the border this year"


def clean() -> list[dict[str, Any]]:
    """Return items without a fault; labels are equally frequent in the splits and say nothing of the names."""
    return [
        {
            "text": f"item {number} is its own text number {number} with words like w{number} and v{number}",
            "actor": ["Ann", "Bo"][number // 3 % 2],
            "target": ["a plan", "a bill"][number // 6 % 2],
            "label": ["neg", "none", "pos"][number % 3],
            "split": "train" if number < 72 else "test",
        }
        for number in range(108)
    ]


def found(loaded: LoadedTask) -> dict[str, tuple[int, tuple[str, ...]]]:
    return {one.id: (one.count, one.examples) for one in audit(loaded).findings}


def test_a_clean_task_has_no_findings(load: Load) -> None:
    result = audit(load(clean()))
    assert result.findings == ()
    assert (result.task, result.version, result.variant, result.split_set) == ("made", 1, "all", "official")
    assert (result.n, result.n_groups, result.splits) == (108, 108, {"train": 72, "test": 36})


@pytest.mark.parametrize(
    ("finding", "first", "second", "count"),
    [
        ("exact-duplicates-across", {"text": TEXT}, {"text": TEXT, "actor": "Bo", "split": "test"}, 1),
        ("near-duplicates-across", {"text": TEXT}, {"text": TEXT + " again", "split": "test"}, 1),
        ("exact-duplicates-within", {"text": TEXT}, {"text": TEXT + "!"}, 1),
        ("near-duplicates-within", {"text": TEXT}, {"text": TEXT + " again"}, 1),
        ("group-leak", {"group": "g"}, {"group": "g", "split": "test"}, 1),
        ("empty-text", {"text": "?"}, {}, 1),
        ("over-long-text", {"text": "word " * 201}, {}, 1),
        ("mis-encoded-text", {"text": "it\xe2\x80\x99s"}, {}, 1),
        ("markup-in-text", {"text": "<p>it is"}, {}, 1),
        ("span-cuts-word", {"text": "Annie", "actor_spans": [(0, 3)]}, {}, 1),
    ],
)
def test_each_fault_is_one_finding(
    load: Load, finding: str, first: dict[str, Any], second: dict[str, Any], count: int
) -> None:
    result = found(load([*clean(), first, second]))
    assert list(result) == [finding]
    assert result[finding][0] == count
    assert set(result[finding][1]) <= {"i108", "i109"}


def test_contradictory_labels_are_found_beside_the_repetition(load: Load) -> None:
    rows = [*clean(), {"text": TEXT, "label": "neg"}, {"text": TEXT, "label": "pos"}]
    assert found(load(rows)) == {
        "contradictory-labels": (2, ("i108", "i109")),
        "exact-duplicates-within": (1, ("i109",)),
    }


def test_drift_is_found_with_the_names_of_the_splits(load: Load) -> None:
    rows = [*clean(), *({"label": "pos", "split": "test", "text": f"more x{n} y{n} z{n}"} for n in range(60))]
    assert found(load(rows))["label-drift"] == (1, ("test",))


@pytest.mark.parametrize(
    ("sees", "told"),
    [
        ("actor", lambda row: {"actor": row["label"]}),
        ("target", lambda row: {"target": row["label"]}),
        ("length", lambda row: {"text": row["text"] + " and so on" * len(row["label"]) * (row["label"] != "pos")}),
    ],
)
def test_shortcuts_are_found(load: Load, sees: str, told: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    assert found(load([row | told(row) for row in clean()]))[f"shortcut-{sees}"] == (1, ())


def test_the_worst_comes_first_and_every_kind_says_what_to_do(load: Load) -> None:
    rows = [
        *clean(),
        {"text": TEXT, "label": "neg"},
        {"text": TEXT, "label": "pos", "split": "test"},
        {"text": "?"},
    ]
    findings = audit(load(rows)).findings
    assert [one.id for one in findings] == ["exact-duplicates-across", "contradictory-labels", "empty-text"]
    order = ["high", "medium", "low"]
    severities = [order.index(kind.severity) for kind in KINDS.values()]
    assert severities == sorted(severities)
    assert all(text.endswith(".") for kind in KINDS.values() for text in (kind.means, kind.remedy))


def test_twenty_examples_of_several_splits(load: Load) -> None:
    rows = [{"text": TEXT, "split": split} for split in ("train", "test") for _ in range(15)]
    count, examples = found(load([*clean(), *rows]))["exact-duplicates-within"]
    assert (count, len(examples)) == (28, 20)
    assert examples[:1] + examples[14:15] == ("i109", "i124")


def test_json_is_plain_rounded_and_the_same_again(load: Load) -> None:
    rows = [*clean(), {"text": TEXT, "label": "neg"}, {"text": TEXT, "label": "pos", "split": "test"}]
    facts = audit(load(rows)).to_json()
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    assert audit(load(rows)).to_json() == facts
    numbers = [facts["shortcuts"]["chance"], *(one["p_value"] for one in facts["drift"])]
    assert all(number == round(number, 4) for number in numbers)
    assert TEXT not in json.dumps(facts)
    assert facts["leaks"]["across"][0]["exact"] == {"count": 1, "ids": ["i109"]}


def test_a_variant_that_is_not_the_default_is_named(load: Load) -> None:
    assert audit(replace(load(clean()), variant="more")).task == "made:more"


@pytest.mark.parametrize("seed", range(5))
def test_audited_splits_leave_nothing_to_find_across(load: Load, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - made-up items
    base = [[f"w{rng.randrange(50)}" for _ in range(15)] for _ in range(20)]
    rows = []
    for _ in range(200):
        words = list(rng.choice(base))
        for _change in range(rng.randrange(5)):
            words[rng.randrange(15)] = f"w{rng.randrange(50)}"
        split = rng.choice(["train", "train", "validation", "test"])
        rows.append({"text": " ".join(words), "group": f"g{rng.randrange(150)}", "split": split, "label": "pos"})
    published = load(rows)
    audited = replace(published, frame=without_leaks(published.frame))
    across = {"exact-duplicates-across", "near-duplicates-across", "group-leak"}
    assert across <= set(found(published))
    assert not across & set(found(audited))
    unsplit = published.frame.assign(split="", group=[f"g{number}" for number in range(200)])
    in_folds = replace(published, frame=without_leaks(unsplit))
    assert len(in_folds.folds) == 5
    assert not across & set(found(in_folds))
