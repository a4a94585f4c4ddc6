from __future__ import annotations

from copy import deepcopy
from typing import Any

from standoff.experiments.stress_tables import COLUMNS, stress_tables


def estimate(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.1, "high": value + 0.1}


KEPT = {
    "stress": "names_masked",
    "version": 1,
    "digest": "0" * 64,
    "label_kind": "human",
    "n": 60,
    "n_groups": 40,
    "n_labels_changed": 0,
    "metric": "macro_f1",
    "score": estimate(0.5),
    "n_right": 33,
    "n_missing": 0,
    "originals": {
        "score": estimate(0.62),
        "drop": estimate(0.12),
        "n_right": 40,
        "n_moved": 15,
        "n_to_follow": 0,
        "n_followed": 0,
    },
    "caution": None,
}
DERIVED = {
    **KEPT,
    "stress": "target_swapped",
    "label_kind": "derived",
    "n_labels_changed": 50,
    "metric": "accuracy",
    "originals": {**KEPT["originals"], "n_to_follow": 36, "n_followed": 9},  # type: ignore[dict-item]
}
FEW = {
    **DERIVED,
    "stress": "actors_swapped",
    "n": 12,
    "score": None,
    "originals": {
        **DERIVED["originals"],  # type: ignore[dict-item]
        "score": None,
        "drop": None,
        "n_moved": 7,
        "n_to_follow": 9,
        "n_followed": 4,
    },
}
ALONE = {**KEPT, "stress": "spelling_noise", "originals": None, "n_missing": 3, "caution": "too narrow"}


def document(*stresses: dict[str, Any], label_kind: str = "human") -> dict[str, Any]:
    result = {
        "system": "tfidf_svm",
        "task": "seesaw",
        "split": "audited-test",
        "label_kind": label_kind,
        "stresses": deepcopy(list(stresses)),
    }
    return {"analysis": "stress", "resamples": 10_000, "min_items": 30, "results": [result]}


def test_a_row_says_what_was_lost() -> None:
    (table,) = stress_tables(document(KEPT))
    assert table.title == "tfidf_svm under stress on seesaw, audited-test, labels by humans"
    assert dict(zip(COLUMNS, table.rows[0], strict=True)) == {
        "stress": "names_masked",
        "items": "60",
        "labels": "human",
        "originals": "62.0",
        "changed": "50.0",
        "drop [95 %]": "+12.0 [+2.0, +22.0]",
        "predicted otherwise": "15 of 60 (25%)",
        "followed": "-",
    }
    assert len(table.notes) == 1
    assert "Sets under 30 items are counted only" in table.notes[0]


def test_derived_labels_and_accuracy_are_told() -> None:
    (table,) = stress_tables(document(KEPT, DERIVED))
    row = dict(zip(COLUMNS, table.rows[1], strict=True))
    assert (row["stress"], row["labels"], row["followed"]) == ("target_swapped°", "derived", "9 of 36 (25%)")
    notes = " ".join(table.notes)
    assert "°: accuracy" in notes
    assert "follow by rule from those of the task: nobody gave them" in notes


def test_few_items_are_counted() -> None:
    (table,) = stress_tables(document(FEW))
    row = dict(zip(COLUMNS, table.rows[0], strict=True))
    assert (row["originals"], row["changed"], row["drop [95 %]"]) == ("40 right", "33 right", "-")
    assert (row["predicted otherwise"], row["followed"]) == ("7 of 12", "4 of 9")


def test_without_originals_there_are_dashes() -> None:
    (table,) = stress_tables(document(ALONE))
    row = dict(zip(COLUMNS, table.rows[0], strict=True))
    assert [row[name] for name in ("originals", "drop [95 %]", "predicted otherwise", "followed")] == ["-"] * 4
    assert row["changed"] == "50.0"
    notes = " ".join(table.notes)
    assert "Without a prediction, and so wrong: spelling_noise 3." in notes
    assert "may be too narrow" in notes
    assert notes.endswith("behind them: spelling_noise.")


def test_labels_by_models_are_marked() -> None:
    (table,) = stress_tables(document(KEPT, label_kind="model"))
    assert "labels by models" in table.title
    assert "made by models, not by people" in table.notes[-1]


def test_a_share_of_few_has_no_percentage() -> None:
    nothing = {**DERIVED, "originals": {**DERIVED["originals"], "n_to_follow": 0, "n_followed": 0}}  # type: ignore[dict-item]
    (table,) = stress_tables(document(nothing))
    assert table.rows[0][-1] == "0 of 0"
