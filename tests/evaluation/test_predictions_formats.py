"""Predictions in JSONL, CSV and Parquet: the same in each, with probabilities and for several tasks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.rows.made import WRITERS, every_format, put, written

from standoff.errors import InputError, NotFoundError
from standoff.evaluation.predictions import (
    Predictions,
    read_predictions,
    read_predictions_by_task,
    write_predictions,
)
from standoff.rows.values import name_fault

ROWS: list[dict[str, Any]] = [{"id": "b", "label": "pos"}, {"id": "a", "label": "neg"}]
SHARES = [{"neg": 0.25, "pos": 0.75}, {"neg": 1.0, "pos": 0.0}]
GIVEN = Predictions({"b": "pos", "a": "neg"}, {"b": {"neg": 0.25, "pos": 0.75}, "a": {"neg": 1.0, "pos": 0.0}})


def whole(shares: Any = SHARES) -> list[dict[str, Any]]:
    """Return the rows with probabilities in one column."""
    return [row | {"probabilities": one} for row, one in zip(ROWS, shares, strict=True)]


def single(shares: Any = SHARES) -> list[dict[str, Any]]:
    """Return the rows with probabilities in a column for each label."""
    return [
        row | {f"probability_{label}": value for label, value in one.items()}
        for row, one in zip(ROWS, shares, strict=True)
    ]


def refusal(path: Path, task: str | None = None) -> str:
    with pytest.raises(InputError) as caught:
        read_predictions(path, task)
    assert str(path) in str(caught.value)
    return str(caught.value)


@every_format
def test_without_probabilities(tmp_path: Path, ending: str) -> None:
    found = read_predictions(written(tmp_path, ending, [row | {"text": "x", "score": 1} for row in ROWS]))
    assert list(found.labels.items()) == [("b", "pos"), ("a", "neg")]
    assert found.probabilities is None


@every_format
@pytest.mark.parametrize("rows", [whole(), single()], ids=["in one column", "a column each"])
def test_with_probabilities(tmp_path: Path, ending: str, rows: list[dict[str, Any]]) -> None:
    assert read_predictions(written(tmp_path, ending, rows)) == GIVEN


def test_probabilities_of_parquet_may_be_json_or_a_map(tmp_path: Path) -> None:
    maps = pa.array([list(one.items()) for one in SHARES], pa.map_(pa.string(), pa.float64()))
    for column in (maps, pa.array([json.dumps(one) for one in SHARES])):
        pq.write_table(
            pa.table({"id": ["b", "a"], "label": ["pos", "neg"], "probabilities": column}), tmp_path / "p"
        )
        assert read_predictions(tmp_path / "p") == GIVEN


@every_format
def test_whole_numbers_are_ids_and_no_labels(tmp_path: Path, ending: str) -> None:
    rows: list[dict[str, Any]] = [{"id": 3, "label": "neg"}, {"id": 20, "label": "pos"}]
    assert read_predictions(written(tmp_path, ending, rows)).labels == {"3": "neg", "20": "pos"}
    path = written(tmp_path, ending, [{"id": "a", "label": 1}])
    if ending == ".csv":
        assert read_predictions(path).labels == {"a": "1"}  # where all is text
    else:
        assert '1: "label" is 1; write it as text' in refusal(path)


@pytest.mark.parametrize("ids", [[1.0, 2.0], [True, False], [b"a", b"b"], [None, "a"]], ids=str)
def test_other_types_are_no_ids(tmp_path: Path, ids: list[Any]) -> None:
    rows = [{"id": item, "label": "neg"} for item in ids]
    assert f'row 1: "id" is {ids[0]!r}; write it as text' in refusal(written(tmp_path, ".parquet", rows))


PLACES = {".jsonl": "line {}", ".csv": "line {}", ".parquet": "row {}"}


def place(ending: str, row: int) -> str:
    return PLACES[ending].format(row + (ending == ".csv"))


@every_format
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": ""}, '"id" is empty'),
        ({"label": "  "}, '"label" is empty'),
        ({"label": "a\tb"}, "\"label\" holds the control character '\\t'; remove it"),
        ({"id": "\x1b]0;x\x07"}, "\"id\" holds the control character '\\x1b'"),
        ({"id": "a\x00"}, '"id" holds a NUL character'),
        ({"id": "b"}, "id 'b' is already on {first}"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, ending: str, change: dict[str, Any], says: str) -> None:
    # The longer text puts what is no text behind the block in which it would make the file a binary one.
    rows = [*({**row, "text": "x" * 50_000} for row in ROWS), {"id": "c", "label": "pos", "text": ""} | change]
    message = refusal(written(tmp_path, ending, rows))
    assert f"1 problem:\n  - {place(ending, 3)}: {says.format(first=place(ending, 1))}" in message


@every_format
def test_ids_that_differ_by_unicode_normalisation_are_two(tmp_path: Path, ending: str) -> None:
    rows = [{"id": "\xe9", "label": "neg"}, {"id": "e\u0301", "label": "pos"}]
    assert list(read_predictions(written(tmp_path, ending, rows)).labels) == ["\xe9", "e\u0301"]


@every_format
def test_other_names_of_columns_are_recognised(tmp_path: Path, ending: str) -> None:
    message = refusal(written(tmp_path, ending, [{"item_id": "a", "Label": "pos"}]))
    assert "has no \"id\" and \"label\"; found 'item_id', 'Label'" in message
    assert "rename 'item_id' to \"id\", rename 'Label' to \"label\"?" in message
    assert ("line 1: has" in message) == (ending == ".jsonl")


def test_many_other_names_are_not_all_listed(tmp_path: Path) -> None:
    names = ["Label" + " " * number for number in range(2000)]
    message = refusal(put(tmp_path, "id," + ",".join(names) + "\n", "p.csv"))
    assert message.count("rename") == 4
    assert len(message) < 1000


@every_format
def test_a_file_of_no_bytes(tmp_path: Path, ending: str) -> None:
    message = refusal(put(tmp_path, b"", f"p{ending}"))
    assert ("is not a whole Parquet file" if ending == ".parquet" else "holds no predictions") in message


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_file_of_no_rows(tmp_path: Path, ending: str) -> None:
    assert "holds no predictions" in refusal(header_only(tmp_path, ending))


def header_only(folder: Path, ending: str) -> Path:
    if ending == ".csv":
        return put(folder, "id,label\n", "p.csv")
    pq.write_table(
        pa.table({"id": pa.array([], pa.string()), "label": pa.array([], pa.string())}), folder / "p.parquet"
    )
    return folder / "p.parquet"


DISTRIBUTIONS: list[tuple[Any, str]] = [
    ({"neg": float("nan"), "pos": 0.5}, "the probability of 'neg' is nan; write a number from 0 to 1"),
    ({"neg": float("inf"), "pos": 0.5}, "the probability of 'neg' is inf"),
    ({"neg": -0.1, "pos": 1.1}, "the probability of 'neg' is -0.1"),
    ({"neg": 0.0, "pos": 1.0001}, "the probability of 'pos' is 1.0001"),
    ({"neg": 0.5, "pos": 0.4989}, "the probabilities sum to 0.9989; their sum is 1, up to 0.001"),
    ({"neg": 0.5, "pos": 0.5011}, "the probabilities sum to 1.0011"),
    ({"neg": 0.0, "pos": 0.0}, "the probabilities sum to 0;"),
]


@every_format
@pytest.mark.parametrize(("shares", "says"), DISTRIBUTIONS)
def test_what_is_no_distribution_is_named(
    tmp_path: Path, ending: str, shares: dict[str, float], says: str
) -> None:
    message = refusal(written(tmp_path, ending, single([SHARES[0], shares])))
    in_json = ending == ".jsonl" and not all(map(json_can, shares.values()))
    assert f"1 problem:\n  - {place(ending, 2)}: " in message
    if in_json:
        says = "is not a number that JSON knows"
    assert says in message.replace("'nan'", "nan").replace("'inf'", "inf")  # in CSV they are text


@every_format
@pytest.mark.parametrize(("shares", "says"), DISTRIBUTIONS)
def test_what_is_no_distribution_is_named_in_one_column(
    tmp_path: Path, ending: str, shares: dict[str, float], says: str
) -> None:
    message = refusal(written(tmp_path, ending, whole([SHARES[0], shares])))
    in_json = ending != ".parquet" and not all(map(json_can, shares.values()))
    assert f"1 problem:\n  - {place(ending, 2)}: " in message
    assert ("is not a number that JSON knows" if in_json else says) in message


def json_can(value: float) -> bool:
    return abs(value) < float("inf")


@every_format
def test_sums_may_be_off_by_what_rounding_does(tmp_path: Path, ending: str) -> None:
    """And are kept so."""
    shares = [{"neg": 0.3333, "pos": 0.6661}, {"neg": 0.5, "pos": 0.5009}]
    found = read_predictions(written(tmp_path, ending, whole(shares)))
    assert list((found.probabilities or {}).values()) == shares


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ('{"neg": true, "pos": 0}', "the probability of 'neg' is True"),
        ('{"neg": "0.5", "pos": 0.5}', "the probability of 'neg' is '0.5'"),
        ('{"neg": [1], "pos": 0}', "the probability of 'neg' is [1]"),
        ('{"neg": 1e999, "pos": 0}', "the probability of 'neg' is inf"),
        ('{"neg": 0.5, "neg": 0.5}', "key 'neg' is given twice"),
        ('{"": 0.5, "pos": 0.5}', "a label of the probabilities is empty"),
        ('{"\\u001b": 0.5, "pos": 0.5}', "a label of the probabilities holds the control character"),
        ("{}", '"probabilities" is {}; write an object of label to number'),
        ("[0.5, 0.5]", '"probabilities" is [0.5, 0.5]; write an object'),
        ("0.5", '"probabilities" is 0.5; write an object'),
        ("true", '"probabilities" is True'),
        ('"x"', "\"probabilities\" is not JSON: Expecting value at column 1 (got 'x')"),
        ('"[1]"', '"probabilities" is not a JSON object (got [1])'),
        (json.dumps("[" * 5000), '"probabilities" is nested more than 100 deep'),
    ],
)
def test_what_is_no_object_of_probabilities_is_named(tmp_path: Path, given: str, says: str) -> None:
    line = f'{{"id": "a", "label": "neg", "probabilities": {given}}}\n'
    assert says in refusal(put(tmp_path, line))


@pytest.mark.parametrize("cell", ["1", "1.0", "1.", " 1e0 ", "+.1E1"])
def test_numbers_in_cells(tmp_path: Path, cell: str) -> None:
    path = put(tmp_path, f"id,label,probability_neg,probability_pos\na,neg,{cell},0\n", "p.csv")
    assert read_predictions(path).probabilities == {"a": {"neg": 1.0, "pos": 0.0}}


@pytest.mark.parametrize(
    "cell", ["x", "nan", "inf", "True", "1_0", '"1,0"', "0x1", "\u0661", "1 0", "-", ".", "1" * 99999 + "x"]
)
def test_what_is_no_number_in_a_cell(tmp_path: Path, cell: str) -> None:
    path = put(tmp_path, f"id,label,probability_neg,probability_pos\na,neg,{cell},0\n", "p.csv")
    assert "line 2: the probability of 'neg' is '" in refusal(path)


@every_format
def test_two_ways_at_once_are_refused(tmp_path: Path, ending: str) -> None:
    rows = [{**one, **other} for one, other in zip(whole(), single(), strict=True)]
    assert 'both "probabilities" and columns "probability_…" are given' in refusal(written(tmp_path, ending, rows))


@every_format
@pytest.mark.parametrize("rows", [whole, single], ids=["in one column", "a column each"])
def test_probabilities_in_some_rows_only_are_refused(tmp_path: Path, ending: str, rows: Any) -> None:
    some = [*({"id": f"x{number}", "label": "neg"} for number in range(25)), *rows()]
    message = refusal(written(tmp_path, ending, some))
    assert "gives probabilities in some rows only, 25 problems, the first 20 of them:" in message
    assert f"\n  - {place(ending, 1)}: has no probabilities\n" in message
    assert f"\n  - {place(ending, 20)}: " in message
    assert f"\n  - {place(ending, 21)}: " not in message


@every_format
def test_columns_of_probabilities_that_hold_nothing_give_none(tmp_path: Path, ending: str) -> None:
    empty = "" if ending == ".csv" else None
    for column in ("probabilities", "probability_neg"):
        without = {column: empty}
        rows = [row | without for row in ROWS]
        assert read_predictions(written(tmp_path, ending, rows)).probabilities is None


# Two tasks with labels of their own, and the same id in both.
SEVERAL: list[dict[str, Any]] = [
    {"task": "seesaw", "id": "a", "label": "neg", "probability_neg": 0.5, "probability_pos": 0.5},
    {"task": "newsmtsc:mt", "id": "a", "label": "for", "probability_for": 1.0},
    {"task": "seesaw", "id": "b", "label": "pos", "probability_neg": 0.0, "probability_pos": 1.0},
]
SEESAW = Predictions({"a": "neg", "b": "pos"}, {"a": {"neg": 0.5, "pos": 0.5}, "b": {"neg": 0.0, "pos": 1.0}})
MTSC = Predictions({"a": "for"}, {"a": {"for": 1.0}})


@every_format
def test_a_file_for_several_tasks(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path, ending, SEVERAL)
    assert read_predictions(path, "seesaw") == SEESAW
    assert read_predictions(path, "newsmtsc:mt") == MTSC
    assert list(read_predictions_by_task(path).items()) == [("seesaw", SEESAW), ("newsmtsc:mt", MTSC)]
    for other in ("newsmtsc", "SeeSaw", ""):
        with pytest.raises(NotFoundError) as caught:
            read_predictions(path, other)
        assert f"holds no predictions for the task {other!r}" in str(caught.value)
        assert "one of the tasks that its rows name: 'newsmtsc:mt', 'seesaw'" in str(caught.value)
    assert "holds predictions for 2 tasks" in refusal(path)


@every_format
def test_a_file_that_names_one_task(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path, ending, SEVERAL[::2])
    assert read_predictions(path) == read_predictions(path, "seesaw") == SEESAW
    with pytest.raises(NotFoundError, match="'seesaw'"):
        read_predictions(path, "gwsd")


@every_format
def test_a_file_that_names_no_task(tmp_path: Path, ending: str) -> None:
    """Neither without the column nor with an empty one."""
    without = {"task": "" if ending == ".csv" else None}
    for rows in (ROWS, [row | without for row in ROWS]):
        path = written(tmp_path, ending, rows)
        assert read_predictions(path, "seesaw") == read_predictions(path) == Predictions(GIVEN.labels)
        with pytest.raises(InputError, match="does not say for which tasks"):
            read_predictions_by_task(path)


@every_format
def test_tasks_in_some_rows_only_are_refused(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path, ending, [*SEVERAL, {"id": "z", "label": "neg"}])
    message = refusal(path, "seesaw")
    assert f"names a task in some rows only, 1 problem:\n  - {place(ending, 4)}: has no task" in message
    with pytest.raises(InputError, match="names a task in some rows only"):
        read_predictions_by_task(path)


@every_format
def test_the_rows_of_other_tasks_are_checked_too(tmp_path: Path, ending: str) -> None:
    repeated = written(tmp_path, ending, [*SEVERAL, SEVERAL[1]])
    assert f"{place(ending, 4)}: id 'a' is already on {place(ending, 2)}" in refusal(repeated, "seesaw")
    without = written(tmp_path, ending, [*SEVERAL, {"task": "newsmtsc:mt", "id": "b", "label": "for"}])
    assert f"{place(ending, 4)}: has no probabilities" in refusal(without, "seesaw")


@every_format
def test_one_task_may_have_probabilities_and_another_none(tmp_path: Path, ending: str) -> None:
    rows = [*SEVERAL[::2], {"task": "gwsd", "id": "a", "label": "for"}]
    found = read_predictions_by_task(written(tmp_path, ending, rows))
    assert found == {"seesaw": SEESAW, "gwsd": Predictions({"a": "for"})}


@pytest.mark.parametrize(
    ("task", "says"), [(5, "is 5; write it"), ("a\n", "holds the control"), (" ", "is empty")]
)
def test_what_is_no_task(tmp_path: Path, task: object, says: str) -> None:
    assert f'line 1: "task" {says}' in refusal(written(tmp_path, ".jsonl", [ROWS[0] | {"task": task}]))


def test_many_tasks_are_not_all_listed(tmp_path: Path) -> None:
    rows = [{"task": f"{number} " + "x" * 1000, "id": "a", "label": "neg"} for number in range(1000)]
    path = written(tmp_path, ".jsonl", rows)
    with pytest.raises(NotFoundError, match="and 960 more") as caught:
        read_predictions(path, "seesaw")
    assert len(str(caught.value)) < 5000


names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(lambda name: name_fault(name) is None)
distributions = st.lists(st.integers(1, 1000), min_size=2, max_size=2)


@pytest.mark.parametrize("ending", WRITERS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.dictionaries(names, st.tuples(names, distributions), min_size=1, max_size=5), st.booleans(), st.booleans()
)
def test_predictions_come_out_as_they_went_in(
    tmp_path: Path, ending: str, given_: dict[str, tuple[str, list[int]]], apart: bool, tasked: bool
) -> None:
    rows: list[dict[str, Any]] = []
    for item, (label, parts) in given_.items():
        shares = dict(zip(("neg", 'ï,"'), (part / sum(parts) for part in parts), strict=True))
        more = (
            {f"probability_{name}": share for name, share in shares.items()}
            if apart
            else {"probabilities": shares}
        )
        rows.append({"id": item, "label": label, **more, **({"task": "t:v"} if tasked else {})})
    expected = Predictions(
        {row["id"]: row["label"] for row in rows},
        {
            row["id"]: row.get("probabilities")
            or {name.removeprefix("probability_"): row[name] for name in row if name.startswith("probability_")}
            for row in rows
        },
    )
    assert read_predictions(written(tmp_path, ending, rows), "t:v") == expected
    write_predictions(
        tmp_path / "again.jsonl",
        expected.labels,
        expected.labels.values(),
        (expected.probabilities or {}).values(),
    )
    assert read_predictions(tmp_path / "again.jsonl") == expected
