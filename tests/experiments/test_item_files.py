"""Items to predict from files: the same items in every format, and each problem named by its row."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from standoff.baselines.saving import SavedModel, load_model
from standoff.errors import InputError, NotFoundError, RefusedError
from standoff.experiments.config import RunConfig
from standoff.experiments.item_files import READERS, predict_file, read_items
from standoff.experiments.training import train
from standoff.tasks.registry import load_task

ALL = ("text", "actor", "target")

ROWS: list[dict[str, Any]] = [
    {"id": "1", "text": "Ada, a\n“mayor”,\u2028welcomes plan 1.", "actor": "Ada", "target": "plan 1"},
    {"id": "a/b", "text": "Ada refuses plan 2.", "actor": "Ada", "target": "plan 2", "group": "g"},
    {"id": "ç", "text": "x" * 200_000, "actor": "", "target": ""},
]
SPANS: dict[str, Any] = {"actor_spans": [[0, 3]], "target_spans": [[12, 18], [0, 1]]}


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    names = list({name: None for row in rows for name in row})
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, names, restval="")
        writer.writeheader()
        writer.writerows(
            {key: json.dumps(value) if isinstance(value, list) else value for key, value in row.items()}
            for row in rows
        )


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    names = list({name: None for row in rows for name in row})
    pq.write_table(pa.table({name: [row.get(name) for row in rows] for name in names}), path)


WRITERS: dict[str, Callable[[Path, list[dict[str, Any]]], None]] = {
    ".jsonl": write_jsonl,
    ".csv": write_csv,
    ".parquet": write_parquet,
}

every_format = pytest.mark.parametrize("ending", WRITERS)


def written(folder: Path, ending: str, rows: list[dict[str, Any]]) -> Path:
    path = folder / f"items{ending}"
    WRITERS[ending](path, rows)
    return path


def read(path: Path, needed: tuple[str, ...] = ALL, **more: Any) -> pd.DataFrame:
    return pd.concat(list(read_items(path, needed, **more)), ignore_index=True)


def test_every_reader_is_tested() -> None:
    assert WRITERS.keys() == READERS.keys()


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
    with pytest.raises(InputError, match=f"no column named '{missing}'.*{missing}s") as caught:
        read(written(tmp_path, ending, rows))
    assert "the columns id, text, actor, target" in str(caught.value)


PROBLEMS: list[tuple[dict[str, Any], str]] = [
    ({"id": "1"}, r"the id '1' is that of (line|row) \d+ already; make it unique"),
    ({"id": ""}, "id is empty"),
    ({"text": ""}, "text is empty; fill it, or leave the item out"),
    ({"text": " \n"}, "text is empty"),
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
    with pytest.raises(InputError, match=rf"1 problem\(s\):\n  - {place}: {says}"):
        read(written(tmp_path, ending, rows))


@pytest.mark.parametrize("ending", [".jsonl", ".parquet"])
@pytest.mark.parametrize("name", ["id", "text"])
def test_null_where_a_text_must_be_is_named(tmp_path: Path, ending: str, name: str) -> None:
    rows = [{**ROWS[1], name: None}, {**ROWS[1], "id": "other"}]
    with pytest.raises(InputError, match=rf"(line|row) 1: {name} is None; write it as text"):
        read(written(tmp_path, ending, rows))


@pytest.mark.parametrize("value", [3, True, ["x"], {"a": 1}, 1.5])
def test_wrong_types_are_named(tmp_path: Path, value: Any) -> None:
    for name in ("text", "actor", "target", *(("id",) if value is True or value != 3 else ())):
        with pytest.raises(InputError, match=rf"line 1: {name} is .*; write it as text"):
            read(written(tmp_path, ".jsonl", [{**ROWS[1], name: value}]))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "line 2: is not JSON"),
        (b"[1]", "line 2: is not a JSON object"),
        (b'{"id": "a", "id": "b"}', "line 2: .*given twice"),
        (b'{"id": "\xff"}', "line 2: is not UTF-8 at byte 8; save the file as UTF-8"),
        (
            b'{"id": "a", "text": "\\ud800", "actor": "", "target": ""}',
            "line 2: text holds half of a surrogate pair",
        ),
        (b'{"id": "a"}', "line 2: text is None"),
    ],
)
def test_broken_lines_are_named(tmp_path: Path, line: bytes, says: str) -> None:
    path = written(tmp_path, ".jsonl", ROWS[:1])
    path.write_bytes(path.read_bytes() + line + b"\n\n")
    with pytest.raises(InputError, match=says):
        read(path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"id,text,actor,target\na,b,c\n", "line 2: has 3 cells; the header has 4"),
        (b'id,text,actor,target\na,"b\nc",d,e\nf,g,h,i,j\n', "line 4: has 5 cells"),
        (b'id,text,actor,target\na,"b"x,c,d\n', r"line 2: is not CSV \(.*\); double each quote"),
        (b'id,text,actor,target\na,"b,c,d\n', r"is not CSV"),
        (b"id,text,actor,target\na,\xff,c,d\n", "is not UTF-8"),
        (b"id,text,text,actor,target\na,b,b,c,d\n", "two columns are named 'text'"),
        (b"id;text;actor;target\na;b;c;d\n", "no column named 'id'"),
        (b"", "no column named 'id'"),
        (b"id,text,actor,target\n", "holds no items"),
    ],
)
def test_broken_csv_is_named(tmp_path: Path, text: bytes, says: str) -> None:
    (tmp_path / "i.csv").write_bytes(text)
    with pytest.raises(InputError, match=says):
        read(tmp_path / "i.csv")


def test_a_byte_order_mark_of_a_spreadsheet_is_no_part_of_a_column(tmp_path: Path) -> None:
    (tmp_path / "i.csv").write_bytes(b"\xef\xbb\xbfid,text,actor,target\na,b,c,d\n")
    assert list(read(tmp_path / "i.csv")["id"]) == ["a"]


def test_reading_leaves_the_limit_of_the_csv_module_as_it_was(tmp_path: Path) -> None:
    before = csv.field_size_limit(1000)
    try:
        read(written(tmp_path, ".csv", ROWS))
        assert csv.field_size_limit() == 1000
    finally:
        csv.field_size_limit(before)


def test_broken_parquet_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, ".parquet", ROWS)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(InputError, match="is not a whole Parquet file"):
        read(path)
    write_parquet(path, [{**row, "text": 1} for row in ROWS])
    with pytest.raises(InputError, match="row 1: text is 1; write it as text"):
        read(path)


def test_the_first_twenty_problems_are_listed_and_all_are_counted(tmp_path: Path) -> None:
    rows = [{**ROWS[1], "id": str(number), "text": ""} for number in range(2500)]
    with pytest.raises(InputError, match=r"2500 problem\(s\), the first 20 of them") as caught:
        read(written(tmp_path, ".jsonl", rows))
    assert str(caught.value).count("text is empty") == 20
    assert "… and" not in str(caught.value)  # that there are more is said once


def test_what_is_no_file_of_items(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such file"):
        read(tmp_path / "none.csv")
    (tmp_path / "items.txt").write_text("x")
    with pytest.raises(InputError, match=r"\.jsonl or \.csv or \.parquet"):
        read(tmp_path / "items.txt")
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
    with pytest.raises(RefusedError, match="no probabilities"):
        list(predict_file(model, path, probabilities=True))
    train(RunConfig(task="toy", baseline="majority"), tmp_path / "majority")
    rows = list(predict_file(load_model(tmp_path / "majority"), path, probabilities=True))
    assert rows[0] == {"id": "1", "label": "neg", "probabilities": {"neg": 1.0, "pos": 0.0}}
