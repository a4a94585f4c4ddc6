from __future__ import annotations

import gzip
import json
import os
import tracemalloc
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

from standoff.errors import InputError, NotFoundError
from standoff.evaluation.predictions import Predictions, read_predictions, write_predictions

if TYPE_CHECKING:
    from pathlib import Path

GOOD = '{"id":"a","label":"neg"}\n{"id":"b","label":"pos"}\n'
PAIRS = {"a": "neg", "b": "pos"}


def written(folder: Path, content: str | bytes, name: str = "predictions.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path


def refusal(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        read_predictions(path)
    assert str(path) in str(caught.value)
    return caught.value


def test_reads_in_file_order(tmp_path: Path) -> None:
    path = written(tmp_path, '{"id":"b","label":"pos"}\n{"id":"a","label":"neg"}\n')
    assert list(read_predictions(path).labels.items()) == [("b", "pos"), ("a", "neg")]


def test_takes_a_path_as_text(tmp_path: Path) -> None:
    assert read_predictions(str(written(tmp_path, GOOD))) == Predictions(PAIRS)


@pytest.mark.parametrize(
    "content",
    [
        GOOD.rstrip("\n"),
        GOOD.replace("\n", "\r\n"),
        "\n" + GOOD.replace("\n", "\n  \n"),
        '{"score": [0.1, {"deep": null}], "label": "neg", "id": "a"}\n{"id":"b","label":"pos","text":"x"}\n',
    ],
    ids=["no final newline", "windows line ends", "empty lines", "other keys"],
)
def test_reads_harmless_variants(tmp_path: Path, content: str) -> None:
    assert read_predictions(written(tmp_path, content)) == Predictions(PAIRS)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_gzip_and_a_byte_order_mark_make_no_difference(tmp_path: Path, pack: type[bytes]) -> None:
    for name in ("predictions.jsonl", "predictions.jsonl.gz", "predictions"):
        assert read_predictions(written(tmp_path, pack(GOOD.encode("utf-8-sig")), name)).labels == PAIRS


def test_ids_and_labels_are_kept_as_they_are_written(tmp_path: Path) -> None:
    """Neither spaces nor spellings of Unicode are made equal: the ids of a task are compared by code points."""
    ids = ["a", " a", "é", "e\u0301", "\u2028a", "\U0001f600", "\u202ea", "<b>", "../a"]
    text = "".join(json.dumps({"id": item, "label": f" {item}"}, ensure_ascii=False) + "\n" for item in ids)
    assert read_predictions(written(tmp_path, text)).labels == {item: f" {item}" for item in ids}


def test_equal_labels_are_one_object(tmp_path: Path) -> None:
    first, second = read_predictions(written(tmp_path, GOOD.replace("neg", "pos"))).labels.values()
    assert first is second


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("neg", "is not JSON"),
        ('{"id":"c","label":"pos"', "is not JSON"),
        ('{"id":"c","label":"pos"} {"id":"d","label":"pos"}', "Extra data"),
        ('["c","pos"]', "is not a JSON object"),
        ('{"id":"c","label":"pos","score":NaN}', "NaN is not a number"),
        ('{"id":"c","id":"d","label":"pos"}', "key 'id' is given twice"),
        ('{"id":"c","label":"pos","x":' + "[" * 100_000 + "]" * 100_000 + "}", "is nested more than 100 deep"),
        ("[" * 900 + "]" * 900, "is nested more than 100 deep"),
        ('{"id":"c"}', "has no \"label\"; found 'id'"),
        ("{}", 'has no "id" and "label"; found no keys'),
        ('{"id":"c","label":null}', '"label" is None; write it as text'),
        ('{"id":"c","label":1}', '"label" is 1; write it as text'),
        ('{"id":7.0,"label":true}', '"id" is 7.0; write it as text; "label" is True; write it as text'),
        ('{"id":true,"label":"pos"}', '"id" is True; write it as text'),
        ('{"id":"c","label":["pos"]}', "\"label\" is ['pos']; write it as text"),
        ('{"id":"","label":"pos"}', '"id" is empty'),
        ('{"id":" \\n","label":"pos"}', '"id" is empty'),
        ('{"id":"c","label":""}', '"label" is empty'),
        ('{"id":"\\ud83d","label":"pos"}', "\"id\" holds '\\ud83d', which is no character"),
        ('{"id":"c\\u0000","label":"pos"}', '"id" holds a NUL character'),
        ('{"id":"c","label":"\\u001b[31m"}', "\"label\" holds the control character '\\x1b'"),
        ('{"id":"c\\nd","label":"pos"}', "\"id\" holds the control character '\\n'"),
        ('{"id":"a","label":"neg"}', "id 'a' is already on line 1"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, says: str) -> None:
    message = str(refusal(written(tmp_path, GOOD + "\n" + line + "\n")))
    assert "1 problem:" in message
    assert "  - line 4: " in message  # as an editor counts: the empty third line too
    assert says in message


@pytest.mark.parametrize(
    ("keys", "renames"),
    [
        (("item_id", "prediction"), ["rename 'item_id' to \"id\"", "rename 'prediction' to \"label\""]),
        (("ID", "Label "), ["rename 'ID' to \"id\"", "rename 'Label ' to \"label\""]),
        (("id", "y-pred"), ["rename 'y-pred' to \"label\""]),
    ],
)
def test_wrong_columns_are_recognised(tmp_path: Path, keys: tuple[str, str], renames: list[str]) -> None:
    message = str(refusal(written(tmp_path, json.dumps(dict.fromkeys(keys, "x")))))
    assert f'found {keys[0]!r}, {keys[1]!r}; expected "id" and "label"' in message
    for rename in renames:
        assert rename in message


def test_all_problems_are_counted_and_twenty_listed(tmp_path: Path) -> None:
    bad = "".join(f'{{"id":"x{i}"}}\n' for i in range(25))
    message = str(refusal(written(tmp_path, GOOD + bad + "oops\n")))
    assert "26 problems, the first 20 of them:" in message
    assert message.count("  - line ") == 20
    assert "line 3: " in message
    assert "line 22: " in message
    assert "line 23: " not in message


def test_problems_of_different_kinds_are_listed_together(tmp_path: Path) -> None:
    message = str(refusal(written(tmp_path, b'{"id":"a"}\n{"id":"b","label":"\xe9"}\n[]\n')))
    assert "3 problems:" in message
    assert "line 1: has no" in message
    assert "line 2: is not UTF-8 at byte 19 of the line (got b'\\xe9\"}\\n')" in message
    assert "line 3: is not a JSON object" in message


@pytest.mark.parametrize("content", [b"", b"\n \n\r\n", gzip.compress(b"")], ids=["empty", "blank", "empty gzip"])
def test_a_file_without_predictions_is_refused(tmp_path: Path, content: bytes) -> None:
    assert "holds no predictions" in str(refusal(written(tmp_path, content)))


def test_whole_numbers_are_ids(tmp_path: Path) -> None:
    assert read_predictions(written(tmp_path, '{"id":7,"label":"neg"}')).labels == {"7": "neg"}
    message = str(refusal(written(tmp_path, '{"id":7,"label":"neg"}\n{"id":"7","label":"neg"}')))
    assert "line 2: id '7' is already on line 1" in message


def test_repeated_ids_are_named_with_where_they_stood_first(tmp_path: Path) -> None:
    """Lines that are no prediction are counted, as an editor does."""
    lines = ["", *(f'{{"id":"i{number}","label":"neg"}}' for number in range(40))]
    message = str(refusal(written(tmp_path, "\n".join([*lines, *lines[:25]]))))
    assert "24 problems, the first 20 of them" in message
    assert "line 43: id 'i0' is already on line 2" in message
    assert "line 62: id 'i19' is already on line 21" in message


def many(count: int = 2000) -> bytes:
    return "".join(f'{{"id":"item-{i}","label":"neg"}}\n' for i in range(count)).encode()


def test_line_problems_before_a_gzip_break_are_listed_too(tmp_path: Path) -> None:
    altered = bytearray(gzip.compress(b'{"id":"a"}\n' + many(1)))
    altered[-6] ^= 1
    message = str(refusal(written(tmp_path, bytes(altered))))
    assert "2 problems:" in message
    assert 'line 1: has no "label"' in message
    assert "line 3: the gzip stream is broken here" in message


def test_a_file_is_read_up_to_a_bound(tmp_path: Path) -> None:
    path = written(tmp_path, gzip.compress(many()))
    assert len(read_predictions(path, max_bytes=len(many())).labels) == 2000
    with pytest.raises(InputError, match="when unpacked"):
        read_predictions(path, max_bytes=len(many()) - 1)


def test_memory_does_not_grow_with_the_number_of_bad_lines(tmp_path: Path) -> None:
    path = written(tmp_path, b'{"id":"a","label":0}\n' * 20_000)

    tracemalloc.start()
    message = str(refusal(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert "20000 problems, the first 20" in message
    assert peak < 1_000_000  # the file has 420,000 bytes; a list of all complaints would take several million


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such file"):
        read_predictions(tmp_path / "absent.jsonl")
    with pytest.raises(NotFoundError, match="this is a folder"):
        read_predictions(tmp_path)


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    loop = tmp_path / "loop.jsonl"
    loop.symlink_to(loop)
    assert "cannot be read" in str(refusal(loop))


def test_reads_from_a_pipe(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, GOOD.encode())
    os.close(writer)
    path = tmp_path / "pipe"
    try:
        path.symlink_to(f"/dev/fd/{reader}")
        assert read_predictions(path).labels == PAIRS
    finally:
        os.close(reader)


def test_written_bytes_are_canonical(tmp_path: Path) -> None:
    path = tmp_path / "new" / "predictions.jsonl"
    write_predictions(path, ["b", "ä"], ["pos", "neg"])
    assert path.read_bytes() == '{"id":"b","label":"pos"}\n{"id":"ä","label":"neg"}\n'.encode()
    assert [entry.name for entry in path.parent.iterdir()] == ["predictions.jsonl"]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    ids = ["plain", 'quote"', "back\\slash", "\u2028a", "\U0001f600"]
    write_predictions(path, iter(ids), ("pos" for _ in ids))
    assert read_predictions(path) == Predictions(dict.fromkeys(ids, "pos"))


def test_probabilities_are_written_behind_the_labels(tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    quarter = cast("float", np.float32(0.25))
    write_predictions(path, ["b", "a"], ["pos", "neg"], [{"pos": 0.75, "neg": quarter}, {"pos": 0, "neg": 1}])
    assert path.read_text() == (
        '{"id":"b","label":"pos","probabilities":{"pos":0.75,"neg":0.25}}\n'
        '{"id":"a","label":"neg","probabilities":{"pos":0.0,"neg":1.0}}\n'
    )
    assert read_predictions(path).probabilities == {"b": {"pos": 0.75, "neg": 0.25}, "a": {"pos": 0.0, "neg": 1.0}}


HALVES = {"neg": 0.5, "pos": 0.5}


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ((["a", "b"], ["neg"]), "got: '2 of id, 1 of label'"),
        ((["a"], ["neg"], [HALVES, HALVES]), "got: '1 of id, 1 of label, 2 of probabilities'"),
        (([], []), "got: '0 of id, 0 of label'"),
        ((["a", "b", "a"], ["neg", "neg", "neg"]), "line 3: id 'a' is already on line 1"),
        ((["a", 2.5], ["neg", "neg"]), 'line 2: "id" is 2.5; write it as text'),
        ((["a", "b"], ["neg", float("nan")]), 'line 2: "label" is nan; write it as text'),
        ((["a", ""], ["neg", "neg"]), 'line 2: "id" is empty'),
        ((["\ud800"], ["neg"]), "line 1: \"id\" holds '\\ud800', which is no character"),
        ((["a\n"], ["neg"]), "line 1: \"id\" holds the control character '\\n'"),
        ((["a", "b"], ["neg", "neg"], [HALVES, {"neg": 0.5}]), "line 2: the probabilities sum to 0.5"),
        ((["a"], ["neg"], [{"neg": np.float64("nan")}]), "line 1: the probability of 'neg' is nan"),
        ((["a"], ["neg"], [{"neg": np.True_}]), "line 1: the probability of 'neg' is np.True_"),
        ((["a"], ["neg"], [{}]), 'line 1: "probabilities" is {}'),
        ((["a", "b"], ["neg", "neg"], [HALVES, {"neg": None}]), "line 2: has no probabilities"),
    ],
)
def test_bad_rows_are_not_written(tmp_path: Path, columns: Any, says: str) -> None:
    path = written(tmp_path, GOOD)
    with pytest.raises(InputError) as caught:
        write_predictions(path, *columns)
    assert says in str(caught.value).replace("np.float64(nan)", "nan")
    assert path.read_text(encoding="utf-8") == GOOD
    assert [entry.name for entry in tmp_path.iterdir()] == ["predictions.jsonl"]


def test_probabilities_are_those_of_the_same_items() -> None:
    assert Predictions({"a": "neg"}, {"a": {"neg": 1.0}}).probabilities is not None
    for given in ({}, {"b": {"neg": 1.0}}, {"a": {"neg": 1.0}, "b": {"neg": 1.0}}):
        with pytest.raises(InputError, match="given for all items that are predicted, and for no others"):
            Predictions({"a": "neg"}, given)
