"""JSON, XML, text, Parquet and folders of ``datasets``, in the odd forms they come in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.tasks.custom.conftest import cells, problems_of, refusal, rows

from standoff.tasks.custom.formats import read_rows
from standoff.tasks.custom.schema import Files

if TYPE_CHECKING:
    from pathlib import Path


DOCUMENT = {"articles": [{"id": 1, "claims": [{"t": "x"}, {"t": "y"}]}, {"id": 2}]}
CLAIMS = [("articles[0].claims[0]", {"t": "x"}), ("articles[0].claims[1]", {"t": "y"})]


@pytest.mark.parametrize(
    ("value", "options", "expected"),
    [
        ([{"t": "x"}, {"t": "y"}], {}, [("[0]", {"t": "x"}), ("[1]", {"t": "y"})]),
        ([{"t": "x"}], {"rows": "[]"}, [("[0]", {"t": "x"})]),
        ({"t": "x"}, {}, [("", {"t": "x"})]),
        (DOCUMENT, {"rows": "articles[].claims[]"}, CLAIMS),
        ({"a": {"b": [["x", 1]]}}, {"rows": "a.b[]"}, [("a.b[0]", {"0": "x", "1": 1})]),
        ({"a": ["x", None]}, {"rows": "a[]"}, [("a[0]", {"_value": "x"}), ("a[1]", {"_value": None})]),
        ({"a": [["x"], ["y"]]}, {"rows": "a[][]"}, [("a[0][0]", {"_value": "x"}), ("a[1][0]", {"_value": "y"})]),
        ({"a": "x"}, {"rows": "a[]"}, [("a[0]", {"_value": "x"})]),
        ({"Ann": {"t": "x"}}, {"rows": "*"}, [('["Ann"]', {"t": "x", "_key": "Ann"})]),
        ({"a b": {"é\n": 1}}, {"rows": "a b.*"}, [('a b["é\\n"]', {"_value": 1, "_key": "é\n"})]),
        ({"a": {"1": [{"t": "x"}]}}, {"rows": "a.*[]"}, [('a["1"][0]', {"t": "x"})]),
    ],
)  # fmt: skip
def test_json(tmp_path: Path, value: object, options: dict[str, Any], expected: list[tuple[str, Any]]) -> None:
    (tmp_path / "a.json").write_text(json.dumps(value), encoding="utf-8")
    assert cells(tmp_path, path="a.json", **options) == expected


def test_json_that_is_not_as_rows_says_is_named_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"a": [{"b": {"c": 1}}, {"b": [1]}, {"b": 2}, 3]}', encoding="utf-8")
    assert problems_of(tmp_path, path="a.json", rows="a[].b[]") == [
        "a.json: a[0].b: is dict, where rows wants a list",
        "a.json: a[3]: is int, where rows wants an object with 'b'",
    ]
    assert problems_of(tmp_path, path="a.json", rows="a[].b.*")[-3:] == [
        "a.json: a[1].b: is list, where rows wants an object",
        "a.json: a[2].b: is int, where rows wants an object",
        "a.json: a[3]: is int, where rows wants an object with 'b'",
    ]


def test_rows_that_lead_nowhere_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"articles": []}', encoding="utf-8")
    assert "rows = 'artikles[]' leads to no row" in refusal(tmp_path, path="a.json", rows="artikles[]")


def test_json_syntax_is_named_by_line(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"t": "x"}\n{"t": "y"}\n', encoding="utf-8")
    found = refusal(tmp_path, path="a.json")
    assert "is not JSON: Extra data (line 2, column 1)" in found
    assert 'format = "jsonl"' in found


@pytest.mark.parametrize(
    "value",
    [
        {"t": {"0": "x", "7": "y"}, "l": {"0": 1, "7": 2}},
        {"t": ["x", "y"], "l": [1, 2]},
    ],
)
def test_json_that_holds_a_table_column_by_column(tmp_path: Path, value: object) -> None:
    (tmp_path / "a.json").write_text(json.dumps(value), encoding="utf-8")
    assert cells(tmp_path, path="a.json", by_column=True) == [
        ("[0]", {"t": "x", "l": 1}),
        ("[1]", {"t": "y", "l": 2}),
    ]


@pytest.mark.parametrize("value", [[], {}, {"t": "x"}, {"t": ["x"], "l": "y"}])
def test_json_that_does_not_is_refused(tmp_path: Path, value: object) -> None:
    (tmp_path / "a.json").write_text(json.dumps(value), encoding="utf-8")
    assert "does not hold a table column by column" in refusal(tmp_path, path="a.json", by_column=True)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"n": ' + "9" * 5_000 + "}"])
def test_json_that_python_will_not_read_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    assert "a.json: is not JSON: " in refusal(tmp_path, path="a.json")
    (tmp_path / "a.jsonl").write_text(text, encoding="utf-8")
    assert problems_of(tmp_path, path="a.jsonl")[0].startswith("a.jsonl: line 1: is not JSON: ")


def test_jsonl(tmp_path: Path) -> None:
    text = '\ufeff{"t": "x\u2028", "spans": [{"n": 1}, {"n": 2}]}\r\n\r\n{"t": "y", "n": NaN}\n'
    (tmp_path / "a.jsonl").write_bytes(text.encode())
    assert [place for place, _ in cells(tmp_path, path="a.jsonl")] == ["1", "3"]
    assert cells(tmp_path, path="a.jsonl")[0][1]["t"] == "x\u2028"
    exploded = rows(tmp_path, path="a.jsonl", rows="spans[]").rows
    assert [row.where for row in exploded] == ["a.jsonl: line 1.spans[0]", "a.jsonl: line 1.spans[1]"]
    (tmp_path / "a.ndjson").write_text('{"t": "x"}\n{"t": \n[]\n', encoding="utf-8")
    (problem,) = problems_of(tmp_path, path="a.ndjson")
    (tmp_path / "b.jsonl").write_text('[\n  {"t": "x"}\n]\n', encoding="utf-8")
    assert 'b.jsonl: is one JSON document over several lines\n  what to do: say format = "json"' in refusal(
        tmp_path, path="b.jsonl"
    )
    assert problem.startswith("a.ndjson: line 2: is not JSON: Expecting value")


XML = """<?xml version="1.0"?>
<r:reviews xmlns:r="http://example.org/r">
  <review id="1"><text>Ann backs Bo.</text><opinions><opinion target="Bo" stance="for"/></opinions></review>
  <review id="2"><text>Not <b>Al</b>.</text>
    <opinions><opinion target="Al"/><opinion target="Cy"/></opinions></review>
  <review id="3"><text lang="en">No.</text><tag>a</tag><tag>b</tag></review>
</r:reviews>
"""


def test_xml(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(XML, encoding="utf-8")
    found = rows(tmp_path, path="a.xml", rows="review[].opinions[].opinion[]")
    assert [(row.place, row.levels[0]["target"], row.levels[2]["id"]) for row in found.rows] == [
        ("review[0].opinions[0].opinion[0]", "Bo", "1"),
        ("review[1].opinions[0].opinion[0]", "Al", "2"),
        ("review[1].opinions[0].opinion[1]", "Cy", "2"),
    ]
    first, second, third = (level for _, level in cells(tmp_path, path="a.xml", rows="review[]"))
    assert first["text"] == "Ann backs Bo."
    assert second["text"][0]["_text"] == "Not Al."
    assert third["text"] == [{"lang": "en", "_text": "No."}]
    assert third["tag"] == ["a", "b"]
    (tmp_path / "a.xml").write_text("<a><b></a>", encoding="utf-8")
    assert "is not XML: mismatched tag: line 1" in refusal(tmp_path, path="a.xml")


def test_an_entity_bomb_is_refused(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE a [<!ENTITY e0 "{"x" * 100}">{entities}]><a>&e9;</a>'
    (tmp_path / "a.xml").write_text(bomb, encoding="utf-8")
    assert "is not XML" in refusal(tmp_path, path="a.xml")


def test_each_text_file_is_a_row(tmp_path: Path) -> None:
    for name in ("for/1.txt", "against/1.txt"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(f"text of {name}\n", encoding="utf-8")
    found = rows(tmp_path, path="*/*.txt", format="text")
    get = found.getter("_path")
    assert [(get(row), row.levels[0]["text"]) for row in found.rows] == [
        ("against/1.txt", "text of against/1.txt\n"),
        ("for/1.txt", "text of for/1.txt\n"),
    ]
    assert found.rows[0].where == "against/1.txt"


def test_a_text_file_is_cut_into_rows(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\ntwo\n\n\nthree\n \n", encoding="utf-8")
    found = rows(tmp_path, path="a.txt", format="text", cut=r"\n\s*\n").rows
    assert [(row.where, row.levels[0]["text"]) for row in found] == [
        ("a.txt: line 1", "one\ntwo"),
        ("a.txt: line 5", "three"),
    ]


def test_parquet(tmp_path: Path) -> None:
    table = pa.table(
        {
            "t": ["x", "y"],
            "label": pa.array(["for", "against"]).dictionary_encode(),
            "by": [{"name": "Ann", "year": 2024}, None],
            "spans": [[{"start": 0, "end": 1}], []],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    assert cells(tmp_path, path="a.parquet") == [
        ("1", {"t": "x", "label": "for", "by": {"name": "Ann", "year": 2024}, "spans": [{"start": 0, "end": 1}]}),
        ("2", {"t": "y", "label": "against", "by": None, "spans": []}),
    ]
    assert cells(tmp_path, path="a.parquet", rows="spans[]") == [("1.spans[0]", {"start": 0, "end": 1})]
    (tmp_path / "b.parquet").write_bytes(b"PAR1 not really")
    assert "b.parquet: is not a Parquet file" in (message := refusal(tmp_path, path="b.parquet"))
    assert "what to do: get it again, or say which format it has" in message


def made_dataset(labels: list[int]) -> datasets.Dataset:
    features = datasets.Features(
        {"t": datasets.Value("string"), "label": datasets.ClassLabel(names=["against", "for"])}
    )
    return datasets.Dataset.from_dict({"t": [f"t{n}" for n in range(len(labels))], "label": labels}, features)


def test_a_folder_written_by_save_to_disk(tmp_path: Path) -> None:
    parts = {"train": made_dataset([1, 0, -1]).select([2, 1]), "test": made_dataset([1])}
    datasets.DatasetDict(parts).save_to_disk(str(tmp_path / "set"))
    found = rows(tmp_path, path="set").rows
    assert [(row.where, row.source.split, row.source.stem, row.levels[0]) for row in found] == [
        ("set (train): row 1", "train", "train", {"t": "t2", "label": None}),
        ("set (train): row 2", "train", "train", {"t": "t1", "label": "against"}),
        ("set (test): row 1", "test", "test", {"t": "t0", "label": "for"}),
    ]
    (first, *_) = read_rows(Files(path="set"), tmp_path, [], split="test").rows
    assert first.source.split == "test"
    made_dataset([0]).save_to_disk(str(tmp_path / "one"))
    (row,) = rows(tmp_path, path="one").rows
    assert (row.where, row.source.split, row.levels[0]["label"]) == ("one: row 1", "", "against")


CARD = """---
configs:
- config_name: stance
  default: true
  data_files:
  - {split: train, path: data/train-*.parquet}
  - {split: test, path: data/test.parquet}
- config_name: other
  data_files:
  - {split: train, path: data/other.parquet}
---
"""


def test_a_folder_with_a_card_is_never_served_from_a_cache(tmp_path: Path) -> None:
    card = tmp_path / "set" / "README.md"
    (tmp_path / "set" / "data").mkdir(parents=True)
    card.write_text(CARD, encoding="utf-8")
    for turn in ("old", "new"):
        for name in ("train-1", "train-2", "test", "other"):
            pq.write_table(pa.table({"t": [f"{turn} {name}"]}), tmp_path / "set" / "data" / f"{name}.parquet")
        found = [
            (row.source.split, row.levels[0]["t"]) for row in rows(tmp_path, path="set", config="stance").rows
        ]
        assert found == [("train", f"{turn} train-1"), ("train", f"{turn} train-2"), ("test", f"{turn} test")]
    assert [row.levels[0]["t"] for row in rows(tmp_path, path="set", config="other").rows] == ["new other"]
    assert "'stanse' not found. Available: ['stance', 'other']" in refusal(tmp_path, path="set", config="stanse")


def test_a_folder_that_is_none_of_datasets_says_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    message = refusal(tmp_path, path="set")
    assert "set: is not a datasets folder that can be read" in message
    assert "expected: what save_to_disk wrote, or files of one format and a README" in message
    assert 'as in path = "set/*.parquet"' in message


def test_reading_datasets_leaves_its_progress_bars_as_they_were(tmp_path: Path) -> None:
    made_dataset([0]).save_to_disk(str(tmp_path / "one"))
    datasets.enable_progress_bars()
    rows(tmp_path, path="one")
    assert not datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    rows(tmp_path, path="one")
    assert datasets.are_progress_bars_disabled()
    datasets.enable_progress_bars()


def test_a_class_that_has_no_name_stays_a_number(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    feature = "{name: label, dtype: {class_label: {names: {'0': a, '1': b}}}}"
    card = f"---\ndataset_info:\n  features:\n  - {feature}\n---\n"
    (tmp_path / "set" / "README.md").write_text(card, encoding="utf-8")
    pq.write_table(pa.table({"label": pa.array([0, 7, None, -1])}), tmp_path / "set" / "train.parquet")
    assert [level["label"] for _, level in cells(tmp_path, path="set")] == ["a", 7, None, None]
