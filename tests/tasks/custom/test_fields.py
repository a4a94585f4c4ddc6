"""Values: from a row to a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from standoff.tasks.custom.declared import Value
from standoff.tasks.custom.fields import Columns, Joined
from standoff.tasks.custom.rows import Row, Rows, Source, UnknownColumnError
from standoff.tasks.custom.values import BadValueError

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = Source("a.csv", "a", "line", "")


def made(level: dict[str, Any]) -> Rows:
    return Rows([Row(SOURCE, "2", (level,))], ("",))


def text(folder: Path, level: dict[str, Any], value: dict[str, Any], derived: dict[str, Any] | None = None) -> str:
    rows = made(level)
    compiled = {name: Value.model_validate(one) for name, one in (derived or {}).items()}
    return Columns(rows, folder, compiled).text_of(Value.model_validate(value))(rows.rows[0])


@pytest.mark.parametrize(
    ("level", "value", "expected"),
    [
        ({"a": 2.0}, {"column": "a"}, "2"),
        ({}, {"constant": "the author"}, "the author"),
        ({}, {"constant": ""}, ""),
        ({}, {"constant": 3}, "3"),
        ({"a": "x", "b": True}, {"template": "{{{a}}}: {b}, {a}"}, "{x}: true, x"),
        ({}, {"template": "plain"}, "plain"),
        ({"a": "x", "b": "", "c": None, "d": "y"}, {"join": ["a", "b", "c", "d"]}, "x y"),
        ({"a": "x", "d": "y"}, {"join": ["a", "d"], "with": "\n\n"}, "x\n\ny"),
        ({"tokens": ["Ann", "backs", 2]}, {"join": ["tokens"]}, "Ann backs 2"),
        ({"a": "0.2", "b": "0.7", "c": ".1"}, {"largest": ["a", "b", "c"]}, "b"),
        ({"a": 1, "b": 0}, {"largest": ["a", "b"]}, "a"),
        ({"a": "-1", "b": ""}, {"largest": ["a", "b"]}, "a"),
        ({"a": 0.5, "b": 0.5}, {"largest": ["a", "b"]}, ""),
        ({"a": "", "b": None}, {"largest": ["a", "b"]}, ""),
        ({"a": "0,2", "b": "0,19"}, {"largest": ["a", "b"], "decimal": ","}, "a"),
        ({"s": [0.1, 0.9], "n": ["no", "yes"]}, {"largest": "s", "names": "n"}, "yes"),
        ({"s": [0.9, 0.9], "n": ["no", "yes"]}, {"largest": "s", "names": "n"}, ""),
        ({"s": [], "n": None}, {"largest": "s[]", "names": "n[]"}, ""),
        ({"c": [{"p": 0.1, "l": "no"}, {"p": 0.9, "l": "yes"}]}, {"largest": "c[].p", "names": "c[].l"}, "yes"),
        ({"c": [{"l": "for"}, {"l": "for"}, {"l": "against"}]}, {"majority": "c[].l"}, "for"),
        ({"c": [{"l": "for"}, {"l": None}], "d": "against"}, {"majority": ["c[].l", "d"]}, ""),
        ({"c": [{"w": "Ann"}, {"x": 1}, {"w": "Bo"}]}, {"join": "c[].w", "with": ", "}, "Ann, Bo"),
        ({"a": "for", "b": "against", "c": "for"}, {"majority": ["a", "b", "c"]}, "for"),
        ({"a": "for", "b": "against", "c": ""}, {"majority": ["a", "b", "c"]}, ""),
        ({"a": "", "b": "", "c": "for"}, {"majority": ["a", "b", "c"]}, "for"),
        ({"a": "", "b": ""}, {"majority": ["a", "b"]}, ""),
        ({"votes": ["for", "for", "against"]}, {"majority": ["votes"]}, "for"),
        ({"votes": {"w1": "for", "w2": "for", "w3": "against"}}, {"majority": ["votes"]}, "for"),
        ({"a": "art17_s3"}, {"column": "a", "match": r"^(art\d+)_"}, "art17"),
        ({"a": "art17_s3"}, {"column": "a", "match": r"\d+$"}, "3"),
        ({"a": "no"}, {"column": "a", "match": r"\d"}, ""),
        ({"a": "x"}, {"column": "a", "match": r"(y)?x"}, ""),
        ({"a": "p"}, {"column": "a", "rename": {"p": "policy", "c": "cuts"}}, "policy"),
        ({"a": "pc"}, {"column": "a", "rename": {"p": "policy", "c": "cuts"}}, "pc"),
        ({"a": None}, {"column": "a", "rename": {"": "nobody"}}, "nobody"),
        ({"a": 1.0}, {"column": "a", "rename": {"1": 2}}, "2"),
        ({"a": "x1"}, {"column": "a", "match": r"\d", "rename": {"1": "one"}}, "one"),
    ],
)
def test_a_value(tmp_path: Path, level: dict[str, Any], value: dict[str, Any], expected: str) -> None:
    assert text(tmp_path, level, value) == expected


@pytest.mark.parametrize(
    ("level", "value", "message"),
    [
        ({"a": ["x"]}, {"column": "a"}, "column 'a': is a list, where one value is expected"),
        ({"a": {"b": 1}}, {"template": "{a}"}, "column 'a': is an object"),
        ({"a": [["x"]]}, {"join": ["a"]}, "column 'a': is a list"),
        ({"a": "much", "b": "1"}, {"largest": ["a", "b"]}, "column 'a': is 'much', not a number"),
        ({"a": "0,5", "b": "1"}, {"largest": ["a", "b"]}, "column 'a': is '0,5', not a number"),
        ({"s": ["much", 1], "n": ["x", "y"]}, {"largest": "s", "names": "n"}, "column 's': is 'much', not a"),
        ({"s": [1, 2], "n": ["x"]}, {"largest": "s", "names": "n"}, "column 's': has 2 numbers for 1 names"),
        ({"c": [{"l": "for"}]}, {"column": "c[].l"}, "column 'c[].l': is a list, where one value is expected"),
        ({"a": "x"}, {"file": "texts/{a}.txt"}, r"column 'texts/{a}.txt': texts/x.txt no such file"),
    ],
)
def test_a_row_without_what_a_value_needs(
    tmp_path: Path, level: dict[str, Any], value: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadValueError) as caught:
        text(tmp_path, level, value)
    assert message in str(caught.value)


def test_a_text_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "x.txt").write_bytes("går\r\n".encode("cp1252"))
    assert text(tmp_path, {"doc": "x"}, {"file": "texts/{doc}.txt", "encoding": "cp1252"}) == "går\r\n"
    with pytest.raises(BadValueError, match=r"texts/x.txt is not utf-8 at byte 1 \(line 1\)"):
        text(tmp_path, {"doc": "x"}, {"file": "texts/{doc}.txt"})


def test_a_derived_column_is_one_like_others(tmp_path: Path) -> None:
    derived = {
        "name": {"template": "{doc}.txt"},
        "doc": {"column": "key", "match": r"^[a-z]+(?=_)"},
        "id": {"column": "id", "match": r"\d+$"},
    }
    level = {"key": "art_3", "id": "b_4"}
    assert text(tmp_path, level, {"template": "{name}, {id}"}, derived) == "art.txt, 4"


def test_columns_that_derive_from_each_other_are_refused(tmp_path: Path) -> None:
    derived = {"a": {"column": "b"}, "b": {"column": "a"}}
    with pytest.raises(UnknownColumnError, match="no column named 'a'"):
        text(tmp_path, {"t": "x"}, {"column": "a"}, derived)


def joined(found: dict[str, dict[str, Any]], on: dict[str, Any]) -> Joined:
    source = Source("texts.csv", "texts", "line", "")
    rows = [Row(source, str(number), (level,)) for number, level in enumerate(found.values(), start=2)]
    return Joined(Rows(rows, ("",)), dict(zip(found, rows, strict=True)), Value.model_validate(on))


def test_columns_of_a_joined_table(tmp_path: Path) -> None:
    rows = made({"doc": "d1", "id": "own", "texts": "shadowed"})
    texts = joined({"d1": {"id": "d1", "body": "x"}, "d2": {"id": "d2", "body": "y"}}, {"column": "doc"})
    outlets = joined({"x": {"outlet": "Gazette"}}, {"column": "texts.body"})
    columns = Columns(rows, tmp_path, {}, {"texts": texts, "outlets": outlets})
    (row,) = rows.rows
    got = {
        name: columns.getter(name)(row) for name in ("id", "texts.id", "body", "outlet", "texts._file", "texts")
    }
    assert got == {
        "id": "own",
        "texts.id": "d1",
        "body": "x",
        "outlet": "Gazette",
        "texts._file": "texts",
        "texts": "shadowed",
    }
    with pytest.raises(UnknownColumnError, match="no column named 'bdy'; did you mean body"):
        columns.getter("texts.bdy")
    with pytest.raises(UnknownColumnError, match="one of doc, id, texts") as caught:
        columns.getter("bodi")
    assert "in join 'texts': no column named 'bodi'; did you mean body" in str(caught.value)
    assert "in join 'outlets': no column named 'bodi'; one of outlet" in str(caught.value)


def test_a_key_that_is_not_there_is_refused_only_where_it_is_needed(tmp_path: Path) -> None:
    rows = made({"doc": "d9"})
    columns = Columns(rows, tmp_path, {}, {"texts": joined({"d1": {"body": "x"}}, {"column": "doc"})})
    (row,) = rows.rows
    assert columns.getter("doc")(row) == "d9"
    with pytest.raises(BadValueError, match=r"column 'texts.body': no row there has the key 'd9'"):
        columns.getter("body")(row)
