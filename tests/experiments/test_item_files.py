"""Items to predict from files: the same items in every format, and each problem named by its row."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.rows.made import WRITERS, every_format, written

from standoff.baselines.saving import SavedModel, load_model
from standoff.errors import InputError, NotFoundError, RefusedError
from standoff.experiments.config import RunConfig
from standoff.experiments.item_files import check_file, predict_file, read_items
from standoff.experiments.training import train
from standoff.rows.problems import SHOWN
from standoff.rows.reading import ENDINGS
from standoff.tasks.registry import load_task

ALL = ("text", "actor", "target")

ROWS: list[dict[str, Any]] = [
    {"id": "1", "text": "Ada, a\n“mayor”,\u2028welcomes plan 1.", "actor": "Ada", "target": "plan 1"},
    {"id": "a/b", "text": "Ada refuses plan 2.", "actor": "Ada", "target": "plan 2", "group": "g"},
    {"id": "ç", "text": "x" * 200_000, "actor": "", "target": ""},
]
SPANS: dict[str, Any] = {"actor_spans": [[0, 3]], "target_spans": [[12, 18], [0, 1]]}


def read(path: Path, needed: tuple[str, ...] = ALL, **more: Any) -> pd.DataFrame:
    return pd.concat(list(read_items(path, needed, **more)), ignore_index=True)


def test_every_reader_is_tested() -> None:
    assert list(WRITERS) == list(ENDINGS)


@every_format
def test_items_come_out_as_they_went_in(tmp_path: Path, ending: str) -> None:
    rows = [{**row, "group": row.get("group", f"g{row['id']}"), "label": "pos", "other": 1} for row in ROWS]
    found = read(written(tmp_path, ending, rows))
    no_spans: dict[str, list[Any]] = {"actor_spans": [], "target_spans": []}
    assert found.to_dict("records") == [
        {key: value for key, value in row.items() if key not in {"label", "other"}} | no_spans for row in rows
    ]
    assert list(found) == ["id", "group", "text", "actor", "target", "actor_spans", "target_spans"]


@every_format
def test_a_group_that_is_not_given_is_the_item(tmp_path: Path, ending: str) -> None:
    rows = [{key: value for key, value in row.items() if key != "group"} for row in ROWS]
    assert list(read(written(tmp_path, ending, rows))["group"]) == ["1", "a/b", "ç"]
    assert list(read(written(tmp_path, ending, ROWS))["group"]) == ["1", "g", "ç"]


@every_format
def test_spans_become_pairs(tmp_path: Path, ending: str) -> None:
    rows = [{**ROWS[1], **SPANS}, {**ROWS[0], "group": "h", "actor_spans": [], "target_spans": []}]
    found = read(written(tmp_path, ending, rows))
    assert list(found["actor_spans"]) == [[(0, 3)], []]
    assert list(found["target_spans"]) == [[(12, 18), (0, 1)], []]


def test_spans_of_a_parquet_file_may_be_arrays_of_two_and_null(tmp_path: Path) -> None:
    two = pa.list_(pa.list_(pa.int32(), 2))
    table = pa.table({**{key: [value] * 2 for key, value in ROWS[1].items() if key != "id"}, "id": ["a", "b"]})
    table = table.append_column("actor_spans", pa.array([[[0, 3]], None], type=two))
    pq.write_table(table, tmp_path / "i.parquet")
    assert list(read(tmp_path / "i.parquet")["actor_spans"]) == [[(0, 3)], []]


@every_format
def test_whole_numbers_are_ids(tmp_path: Path, ending: str) -> None:
    rows = [{**row, "id": number} for number, row in enumerate(ROWS)]
    assert list(read(written(tmp_path, ending, rows))["id"]) == ["0", "1", "2"]


@pytest.mark.parametrize("ending", [".jsonl", ".parquet"])
def test_null_is_an_actor_that_an_item_does_not_have(tmp_path: Path, ending: str) -> None:
    rows = [{**ROWS[0], "actor": None}, {**ROWS[2], "target": None}]
    found = read(written(tmp_path, ending, rows))
    assert (found["actor"][0], found["target"][1]) == ("", "")


@every_format
def test_columns_that_the_model_does_not_look_at_may_be_absent_or_anything(tmp_path: Path, ending: str) -> None:
    rows = [{"id": row["id"], "text": row["text"], "actor": 5} for row in ROWS]
    assert list(read(written(tmp_path, ending, rows), ("text",))["id"]) == ["1", "a/b", "ç"]
    assert len(read(written(tmp_path, ending, [{"id": "a"}, {"id": "b"}]), ())) == 2


@every_format
def test_batches_hold_no_more_than_they_may(tmp_path: Path, ending: str) -> None:
    rows = [{**ROWS[1], "id": str(number)} for number in range(25)]
    frames = list(read_items(written(tmp_path, ending, rows), ALL, batch=10))
    assert [len(frame) for frame in frames] == [10, 10, 5]
    assert [item for frame in frames for item in frame["id"]] == [row["id"] for row in rows]


def test_a_file_is_not_read_further_than_its_batches(tmp_path: Path) -> None:
    path = written(tmp_path, ".jsonl", [{**ROWS[1], "id": str(number)} for number in range(30)])
    path.write_bytes(path.read_bytes() + b"broken\n")
    frames = read_items(path, ALL, batch=10)
    assert len(next(frames)) == 10
    with pytest.raises(InputError, match="line 31"):
        list(frames)


@every_format
@pytest.mark.parametrize("missing", ["id", "text", "actor", "target"])
def test_a_missing_column_is_named_with_those_there(tmp_path: Path, ending: str, missing: str) -> None:
    rows = [{f"{key}s" if key == missing else key: value for key, value in row.items()} for row in ROWS]
    with pytest.raises(InputError, match=f"no column named '{missing}'; did you mean {missing}s") as caught:
        read(written(tmp_path, ending, rows))
    assert "the columns id, text, actor, target" in str(caught.value)
    assert "rename the columns" in str(caught.value)


@every_format
def test_of_several_missing_columns_what_there_is_is_said_once(tmp_path: Path, ending: str) -> None:
    rows = [{"id": "1", "words": "x", "who": "y"}]
    with pytest.raises(
        InputError, match="'text'; no column named 'actor'; no column named 'target'; one of"
    ) as caught:
        read(written(tmp_path, ending, rows))
    assert str(caught.value).count("words") == 1
    assert ("rows.jsonl: line 1: no column" in str(caught.value)) == (ending == ".jsonl")


@pytest.mark.parametrize("missing", ["id", "text", "actor", "target"])
def test_a_line_that_lacks_a_key_is_named(tmp_path: Path, missing: str) -> None:
    other = {**ROWS[1], "id": "other"}
    rows = [ROWS[0], {key: value for key, value in other.items() if key != missing}, ROWS[2]]
    mend = "write null where there is none" if missing in {"actor", "target"} else "add what is missing"
    with pytest.raises(InputError, match=rf"1 problem:\n  - line 2: there is no {missing}; {mend}"):
        read(written(tmp_path, ".jsonl", rows))


def test_a_line_that_lacks_a_key_is_looked_at_further(tmp_path: Path) -> None:
    rows = [ROWS[0], {"id": "1", "text": "", "actor_spans": 3}]
    with pytest.raises(InputError) as caught:
        read(written(tmp_path, ".jsonl", rows))
    assert [line.strip(" -") for line in str(caught.value).splitlines()[1:5]] == [
        "line 2: there is no actor and no target; write null where there is none",
        "line 2: text is empty; fill it, or leave the item out",
        "line 2: actor_spans is 3; write it as [[start, end], …]",
        "line 2: the id '1' is that of line 1 already; make it unique",
    ]


def test_after_a_broken_line_a_missing_key_is_one_more_problem(tmp_path: Path) -> None:
    (tmp_path / "i.jsonl").write_text('{\n{"id": "1"}\n')
    with pytest.raises(
        InputError, match=r"2 problems(.|\n)*line 1: is not JSON(.|\n)*line 2: there is no text and"
    ):
        read(tmp_path / "i.jsonl")


@every_format
def test_spans_are_not_read_for_a_model_that_looks_at_no_text(tmp_path: Path, ending: str) -> None:
    rows = [{**row, **SPANS, "text": "x"} for row in ROWS]
    found = read(written(tmp_path, ending, rows), ("actor", "target"))
    assert list(found) == ["id", "group", "actor", "target"]


PROBLEMS: list[tuple[dict[str, Any], str]] = [
    ({"id": "1"}, r"the id '1' is that of (line|row) \d+ already; make it unique"),
    ({"id": ""}, "id is empty"),
    ({"text": ""}, "text is empty; fill it, or leave the item out"),
    ({"text": " \n"}, "text is empty"),
    ({"text": "", "actor_spans": "[[0, 0]]"}, "text is empty"),
    ({"actor_spans": "[[0, 3]"}, r"actor_spans is .*; write it as \[\[start, end\], …\]"),
    ({"actor_spans": "[3]"}, "actor_spans is"),
    ({"target_spans": "[[0, 20]]"}, r"target_spans holds \(0, 20\); a span is 0 <= start < end <= 19"),
    ({"target_spans": "[[3, 3]]"}, r"target_spans holds \(3, 3\)"),
    ({"target_spans": "[[-1, 3]]"}, r"target_spans holds \(-1, 3\)"),
    ({"target_spans": "[[0.0, 3.0]]"}, r"target_spans holds \(0\.0, 3\.0\)"),
    ({"target_spans": "[[false, true]]"}, r"target_spans holds \(False, True\)"),
]


@every_format
@pytest.mark.parametrize(("change", "says"), PROBLEMS)
def test_a_row_that_does_not_fit_is_named(tmp_path: Path, ending: str, change: dict[str, Any], says: str) -> None:
    good: dict[str, Any] = {**ROWS[1], "actor_spans": "", "target_spans": ""}
    rows = [{**good, "id": "1"}, {**good, "id": "2"}, {**good, "id": "3", **change}]
    place = {".jsonl": "line 3", ".csv": "line 4", ".parquet": "row 3"}[ending]
    with pytest.raises(InputError, match=rf"1 problem:\n  - {place}: {says}"):
        read(written(tmp_path, ending, rows))


@pytest.mark.parametrize("ending", [".jsonl", ".parquet"])
@pytest.mark.parametrize("name", ["id", "text"])
def test_null_where_a_text_must_be_is_named(tmp_path: Path, ending: str, name: str) -> None:
    rows = [{**ROWS[1], name: None}, {**ROWS[1], "id": "other"}]
    with pytest.raises(InputError, match=rf"1 problem.*\n  - (line|row) 1: {name} is None; write it as text"):
        read(written(tmp_path, ending, rows))


def test_spans_of_a_text_that_is_none_are_no_second_problem(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"1 problem:\n  - line 1: text is 5; write it as text"):
        read(written(tmp_path, ".jsonl", [{**ROWS[1], **SPANS, "text": 5}]))


@pytest.mark.parametrize("value", [0, False, 1.5, "nothing", '{"a": 1}', [1], [[1, 2, 3]]])
def test_what_is_no_list_of_spans_is_named(tmp_path: Path, value: Any) -> None:
    with pytest.raises(InputError, match=r"line 1: actor_spans (is|holds) "):
        read(written(tmp_path, ".jsonl", [{**ROWS[1], "actor_spans": value}]))


@pytest.mark.parametrize("value", [3, True, ["x"], {"a": 1}, 1.5])
def test_wrong_types_are_named(tmp_path: Path, value: Any) -> None:
    for name in ("text", "actor", "target", *(("id",) if value is True or value != 3 else ())):
        with pytest.raises(InputError, match=rf"line 1: {name} is .*; write it as text"):
            read(written(tmp_path, ".jsonl", [{**ROWS[1], name: value}]))


def test_the_first_twenty_problems_are_listed_and_all_are_counted(tmp_path: Path) -> None:
    rows = [{**ROWS[1], "id": str(number), "text": ""} for number in range(2500)]
    with pytest.raises(InputError, match=r"2500 problems, the first 20 of them") as caught:
        read(written(tmp_path, ".jsonl", rows))
    assert str(caught.value).count("text is empty") == 20
    assert "… and" not in str(caught.value)  # that there are more is said once


@pytest.mark.parametrize("ending", [".jsonl", ".csv"])
def test_problems_are_in_the_order_of_the_file_whoever_finds_them(tmp_path: Path, ending: str) -> None:
    """Broken lines are found by a reader, empty texts after it: among the first twenty both are, as they come."""
    path = written(tmp_path, ending, [{**ROWS[1], "id": str(number), "text": ""} for number in range(60)])
    lines = path.read_bytes().splitlines(keepends=True)
    broken = b"{\n" if ending == ".jsonl" else b"a,b\n"
    path.write_bytes(b"".join(broken if number % 5 == 4 else line for number, line in enumerate(lines)))
    with pytest.raises(InputError, match=r"60 problems, the first 20") as caught:
        read(path)
    listed = [int(line) for line in re.findall(r"- line (\d+): ", str(caught.value))]
    first = 1 if ending == ".jsonl" else 2
    assert listed == list(range(first, first + SHOWN))
    assert str(caught.value).count("text is empty") == 16


def test_what_is_no_file_of_items(tmp_path: Path) -> None:
    for refuses in (read, check_file):
        with pytest.raises(NotFoundError, match=r"no such file(.|\n)*check the path; `standoff tasks frame"):
            refuses(tmp_path / "none.csv")
        with pytest.raises(InputError, match=r"\.jsonl or \.csv or \.parquet\n  what to do: give the file"):
            refuses(tmp_path / "items.txt")
    (tmp_path / "empty.jsonl").write_text("\n\n")
    with pytest.raises(InputError, match="holds no items"):
        read(tmp_path / "empty.jsonl")


@pytest.fixture
def model(tmp_path: Path, toy: Any) -> SavedModel:
    train(RunConfig(task=toy.name, baseline="tfidf_svm"), tmp_path / "model")
    return load_model(tmp_path / "model")


@every_format
def test_a_file_is_predicted_as_its_frame_is(tmp_path: Path, ending: str, model: SavedModel) -> None:
    items = load_task("toy").split("test")
    rows = [
        {key: row[key] for key in ("id", "group", "text", "actor", "target", "label")}
        | {"actor_spans": [list(span) for span in row["actor_spans"]]}
        for row in items.to_dict("records")
    ]
    found = list(predict_file(model, written(tmp_path, ending, rows)))
    assert found == [
        {"id": item, "label": label} for item, label in zip(items["id"], model.predict(items), strict=True)
    ]


def test_probabilities_are_added_where_there_are_any(tmp_path: Path, model: SavedModel) -> None:
    path = written(tmp_path, ".jsonl", ROWS)
    with pytest.raises(RefusedError, match="no probabilities"):  # before the file is looked at
        list(predict_file(model, tmp_path / "none.jsonl", probabilities=True))
    train(RunConfig(task="toy", baseline="majority"), tmp_path / "majority")
    rows = list(predict_file(load_model(tmp_path / "majority"), path, probabilities=True))
    assert rows[0] == {"id": "1", "label": "neg", "probabilities": {"neg": 1.0, "pos": 0.0}}
