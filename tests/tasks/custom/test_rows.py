"""Columns found by name over the levels of nested lists."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from standoff.tasks.custom.formats import read_rows
from standoff.tasks.custom.rows import Row, Rows, Source, UnknownColumnError
from standoff.tasks.custom.schema import Files

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = Source("data/a.json", "a", "row", "train")


def made(*levels: dict[str, Any]) -> Rows:
    """Return rows of one level each."""
    return Rows([Row(SOURCE, str(number), (level,)) for number, level in enumerate(levels, start=1)], ("",))


def nested(folder: Path, value: object, steps: str) -> Rows:
    (folder / "a.json").write_text(json.dumps(value), encoding="utf-8")
    return read_rows(Files(path="a.json", rows=steps), folder, [])


def column(rows: Rows, name: str) -> list[Any]:
    get = rows.getter(name)
    return [get(row) for row in rows.rows]


ARTICLES = {
    "id": "set",
    "articles": [
        {
            "id": "a1",
            "by": {"name": "Ann"},
            "sentences": [
                {"id": "s1", "text": "x", "stances": [{"id": "t1", "label": "for"}, {"label": "against"}]},
                {"text": "y", "stances": [{"label": "for", "meta": {"at": [3, 5]}}]},
            ],
        },
        {"id": "a2", "sentences": [{"id": "s3", "text": "z"}, {"id": "s4", "stances": None}]},
        {"id": "a3"},
    ],
}


def test_fields_of_outer_levels_are_reachable(tmp_path: Path) -> None:
    rows = nested(tmp_path, ARTICLES, "articles[].sentences[].stances[]")
    assert [row.place for row in rows.rows] == [
        "articles[0].sentences[0].stances[0]",
        "articles[0].sentences[0].stances[1]",
        "articles[0].sentences[1].stances[0]",
    ]
    assert column(rows, "text") == ["x", "x", "y"]
    assert column(rows, "by.name") == ["Ann", "Ann", "Ann"]
    assert column(rows, "meta.at.1") == [None, None, 5]
    assert column(rows, "meta.at.0") == [None, None, 3]


def test_a_name_means_one_level_for_all_rows(tmp_path: Path) -> None:
    """A field missing in one row is empty there, not an outer field of the same name."""
    rows = nested(tmp_path, ARTICLES, "articles[].sentences[].stances[]")
    assert column(rows, "id") == ["t1", None, None]
    assert column(rows, "stances.id") == ["t1", None, None]
    assert column(rows, "sentences.id") == ["s1", "s1", None]
    assert column(rows, "articles.id") == ["a1", "a1", "a1"]
    assert column(rows, "articles.by.name") == ["Ann", "Ann", "Ann"]


def test_maps_and_scalars(tmp_path: Path) -> None:
    rows = nested(tmp_path, {"items": [{"text": "x", "stances": {"Ann": "for", "Bo": None}}]}, "items[].stances.*")
    assert column(rows, "_key") == ["Ann", "Bo"]
    assert column(rows, "_value") == ["for", None]
    assert column(rows, "text") == ["x", "x"]
    assert column(rows, "items.text") == ["x", "x"]


def test_a_key_with_a_dot_comes_before_a_path() -> None:
    rows = made({"by.name": "dotted", "by": {"name": "inner", "age": 3}})
    assert column(rows, "by.name") == ["dotted"]
    assert column(rows, "by.age") == [3]


def test_a_list_is_reached_by_number() -> None:
    rows = made({"span": [3, 5]}, {"span": [7]}, {"span": None})
    assert column(rows, "span.1") == [5, None, None]


def test_the_columns_that_every_row_has() -> None:
    rows = made({"t": "x"}, {"t": "y"})
    assert column(rows, "_file") == ["a", "a"]
    assert column(rows, "_path") == ["data/a.json", "data/a.json"]
    assert column(rows, "_row") == ["1", "2"]
    assert column(rows, "_split") == ["train", "train"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("txt", "no column named 'txt'; did you mean text? Known: by, by.name, claims, text"),
        ("by.nmae", "no column named 'by.nmae'; did you mean by.name?"),
        ("stance", "what is in the list 'claims' needs: rows = \"claims[]\""),
    ],
)
def test_a_column_that_no_row_has_is_refused_with_the_nearest(name: str, message: str) -> None:
    rows = made({"text": "x", "by": {"name": "Ann"}, "claims": []}, {"text": "y"})
    with pytest.raises(UnknownColumnError, match=re.escape(message)):
        rows.getter(name)


def test_a_path_that_some_row_has_is_a_column() -> None:
    assert column(made({"by": None}, {"by": {"name": "Ann"}}, {}), "by.name") == [None, "Ann", None]


def test_where_a_row_stands() -> None:
    assert Row(SOURCE, "17", ({},)).where == "data/a.json: row 17"
    assert Row(Source("a.json", "a", "", ""), "claims[0]", ({},)).where == "a.json: claims[0]"
    assert Row(Source("a.txt", "a", "", ""), "", ({},)).where == "a.txt"
