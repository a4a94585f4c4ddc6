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


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("articles.by.nmae", "articles.by.name"),
        ("sentences.stances.foo", None),
        ("stances.meta.att", "stances.meta.at"),
        ("stances.meta.at.first", None),
        ("meta.att", "meta.at"),
    ],
)
def test_a_name_inside_a_level_that_no_row_has_is_refused_too(tmp_path: Path, name: str, near: str | None) -> None:
    rows = nested(tmp_path, ARTICLES, "articles[].sentences[].stances[]")
    with pytest.raises(UnknownColumnError, match=re.escape(f"no column named {name!r}")) as caught:
        rows.getter(name)
    assert near is None or f"did you mean {near}" in str(caught.value)
    assert "needs: rows" not in str(caught.value)  # all lists are open


def test_the_keys_of_a_map_are_no_columns(tmp_path: Path) -> None:
    rows = nested(tmp_path, {"items": [{"text": "x", "stances": {"Ann": {"label": "for"}}}]}, "items[].stances.*")
    assert rows.known() == ["label", "_key", "text", "stances", "items"]
    assert rows.known("items") == ["label", "_key", "items.text", "items.stances", "items"]
    assert nested(tmp_path, {"Ann": {"label": "for"}}, "*").known() == ["label", "_key"]
    each = made({"t": "x", "Ann": "for"}).each(["Ann"])
    assert each.known() == ["_key", "_value", "t", "Ann"]


def test_fields_of_all_elements_of_a_list() -> None:
    rows = made(
        {
            "codes": [{"who": {"id": 1}, "l": "for"}, {"l": "against", "at": [{"s": 1}, {"s": 2}]}],
            "n": {"x": ["a"]},
        },
        {"codes": None},
        {"codes": {"l": "for"}, "n": {"x": ["b", "c"]}},
    )
    assert column(rows, "codes[].l") == [["for", "against"], [], ["for"]]
    assert column(rows, "codes[].who.id") == [[1, None], [], [None]]
    assert column(rows, "codes[].at[].s") == [[1, 2], [], []]
    assert column(rows, "n.x[]") == [["a"], [], ["b", "c"]]
    assert column(made({"l[].x": "literal"}), "l[].x") == ["literal"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("codes[].stanse", "in the list 'codes': no column named 'stanse'; did you mean stance"),
        ("kodes[].stance", "no column named 'kodes'; did you mean codes"),
        ("empty[].stance", "in the list 'empty': no column named 'stance'; there are no columns"),
        ("kodes[]", "no column named 'kodes'; did you mean codes"),
    ],
)
def test_a_field_that_no_element_has_is_refused(name: str, message: str) -> None:
    with pytest.raises(UnknownColumnError, match=re.escape(message)) as caught:
        made({"codes": [{"stance": "for"}], "empty": []}).getter(name)
    assert "skip" not in str(caught.value)  # which is for tables


def test_rows_without_columns_say_so() -> None:
    with pytest.raises(
        UnknownColumnError, match="there are no columns; where a table starts below other lines, skip"
    ):
        made({}).getter("text")


def test_a_column_that_is_not_in_the_sheet_names_the_sheet() -> None:
    source = Source("a.xlsx", "a", "row", "", "Notes")
    with pytest.raises(UnknownColumnError, match="the sheet read is 'Notes', and sheet names another"):
        Rows([Row(source, "2", ({"x": 1},))], ("",)).getter("text")


def test_a_path_that_some_row_has_is_a_column() -> None:
    assert column(made({"by": None}, {"by": {"name": "Ann"}}, {}), "by.name") == [None, "Ann", None]


def test_where_a_row_stands() -> None:
    assert Row(SOURCE, "17", ({},)).where == "data/a.json: row 17"
    assert Row(Source("a.json", "a", "", ""), "claims[0]", ({},)).where == "a.json: claims[0]"
    assert Row(Source("a.txt", "a", "", ""), "", ({},)).where == "a.txt"
