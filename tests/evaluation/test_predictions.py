from __future__ import annotations

import gzip
import json
import os
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from standoff.errors import InputError, NotFoundError
from standoff.evaluation import predictions as module
from standoff.evaluation.predictions import read_predictions, write_predictions

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
    assert list(read_predictions(path).items()) == [("b", "pos"), ("a", "neg")]


def test_takes_a_path_as_text(tmp_path: Path) -> None:
    assert read_predictions(str(written(tmp_path, GOOD))) == PAIRS


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
    assert read_predictions(written(tmp_path, content)) == PAIRS


def test_keeps_unicode_line_separators_inside_strings(tmp_path: Path) -> None:
    assert read_predictions(written(tmp_path, '{"id":"a\u2028b\x85","label":"für"}\n')) == {"a\u2028b\x85": "für"}


@pytest.mark.parametrize("name", ["predictions.jsonl.gz", "predictions.jsonl"])
def test_gzip_is_known_by_content_not_name(tmp_path: Path, name: str) -> None:
    assert read_predictions(written(tmp_path, gzip.compress(GOOD.encode()), name)) == PAIRS


def test_plain_text_under_a_gzip_name(tmp_path: Path) -> None:
    assert read_predictions(written(tmp_path, GOOD, "predictions.jsonl.gz")) == PAIRS


def test_gzip_of_several_members(tmp_path: Path) -> None:
    first, second = GOOD.encode().splitlines(keepends=True)
    assert read_predictions(written(tmp_path, gzip.compress(first) + gzip.compress(second))) == PAIRS


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("neg", "is not JSON"),
        ('{"id":"c","label":"pos"', "is not JSON"),
        ('{"id":"c","label":"pos"} {"id":"d","label":"pos"}', "Extra data"),
        ('["c","pos"]', "is not a JSON object"),
        ('{"id":"c","label":"pos","score":NaN}', "NaN is not a number"),
        ('{"id":"c","id":"d","label":"pos"}', "key 'id' is given twice"),
        ('{"id":"c","label":"pos","x":' + "[" * 100_000 + "]" * 100_000 + "}", "is not usable JSON"),
        ('{"id":"c"}', "has no \"label\"; found 'id'"),
        ("{}", 'has no "id" and "label"; found no keys'),
        ('{"id":"c","label":null}', '"label" is not a string (got None)'),
        ('{"id":"c","label":1}', '"label" is not a string (got 1)'),
        ('{"id":7,"label":true}', '"id" is not a string (got 7); "label" is not a string (got True)'),
        ('{"id":"c","label":["pos"]}', "\"label\" is not a string (got ['pos'])"),
        ('{"id":"","label":"pos"}', '"id" is empty'),
        ('{"id":"c","label":""}', '"label" is empty'),
        ('{"id":"\\ud83d","label":"pos"}', '"id" holds half of a surrogate pair'),
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


@pytest.mark.parametrize(
    "content",
    [
        b"PAR1\x15\x04\x15\x00",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        GOOD.encode("utf-16"),
        gzip.compress(b"a\x00b"),
    ],
    ids=["parquet", "png", "utf-16", "binary in gzip"],
)
def test_binary_is_refused_at_once(tmp_path: Path, content: bytes) -> None:
    message = str(refusal(written(tmp_path, content)))
    assert "is a binary file, or UTF-16" in message
    assert "export the predictions as JSONL" in message


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_byte_order_mark_is_refused_with_a_remedy(tmp_path: Path, pack: type[bytes]) -> None:
    error = refusal(written(tmp_path, pack(GOOD.encode("utf-8-sig"))))
    assert "starts with a byte-order mark" in str(error)
    assert error.remedy == "save the file again as plain UTF-8"


def many(count: int = 2000) -> bytes:
    return "".join(f'{{"id":"item-{i}","label":"neg"}}\n' for i in range(count)).encode()


def test_a_truncated_gzip_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(many())
    message = str(refusal(written(tmp_path, whole[: len(whole) // 2])))
    assert "the gzip stream is broken here" in message
    assert "the file may be incomplete" in message


def test_a_gzip_with_an_altered_byte_is_refused(tmp_path: Path) -> None:
    altered = bytearray(gzip.compress(many()))
    altered[-6] ^= 1  # in the checksum at the end: every line has been read by then
    message = str(refusal(written(tmp_path, bytes(altered))))
    assert "line 2001: the gzip stream is broken here (CRC check failed" in message


def test_a_gzip_with_a_broken_body_is_refused(tmp_path: Path) -> None:
    assert "broken here" in str(
        refusal(written(tmp_path, b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff\xff\xff"))
    )


def test_line_problems_before_a_gzip_break_are_listed_too(tmp_path: Path) -> None:
    altered = bytearray(gzip.compress(b'{"id":"a"}\n' + many(1)))
    altered[-6] ^= 1
    message = str(refusal(written(tmp_path, bytes(altered))))
    assert "2 problems:" in message
    assert 'line 1: has no "label"' in message
    assert "line 3: the gzip stream is broken here" in message


def test_a_line_too_long_is_skipped_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINE", 64)
    fits = '{"id":"a","label":"neg","x":""}'
    fits = fits.replace('""', '"' + "x" * (63 - len(fits)) + '"')  # 63 bytes and the line end: just allowed
    over = json.dumps({"id": "b", "label": "neg", "x": "x" * 500})
    message = str(refusal(written(tmp_path, f"{fits}\n{over}\n[]\n{over}")))
    assert "3 problems:" in message
    assert "line 2: is longer than 64 bytes" in message
    assert "line 3: is not a JSON object" in message
    assert "line 4: is longer than 64 bytes" in message


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
        assert read_predictions(path) == PAIRS
    finally:
        os.close(reader)


def test_written_bytes_are_canonical(tmp_path: Path) -> None:
    path = tmp_path / "new" / "predictions.jsonl"
    write_predictions(path, ["b", "ä"], ["pos", "neg"])
    assert path.read_bytes() == '{"id":"b","label":"pos"}\n{"id":"ä","label":"neg"}\n'.encode()
    assert [entry.name for entry in path.parent.iterdir()] == ["predictions.jsonl"]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    ids = ["plain", 'quote"', "back\\slash", "new\nline", "\u2028", "\U0001f600", "nul\x00"]
    write_predictions(path, iter(ids), ("pos" for _ in ids))
    assert read_predictions(path) == dict.fromkeys(ids, "pos")


@pytest.mark.parametrize(
    ("ids", "labels", "says"),
    [
        (["a", "b"], ["neg"], "2 ids and 1 labels"),
        ([], [], "0 ids and 0 labels"),
        (["a", "b", "a"], ["neg", "neg", "neg"], "line 3: id 'a' is already on line 1"),
        (["a", 2], ["neg", "neg"], 'line 2: "id" is not a string (got 2)'),
        (["a", "b"], ["neg", float("nan")], 'line 2: "label" is not a string (got nan)'),
        (["a", ""], ["neg", "neg"], 'line 2: "id" is empty'),
        (["\ud800"], ["neg"], 'line 1: "id" holds half of a surrogate pair'),
    ],
)
def test_bad_rows_are_not_written(tmp_path: Path, ids: list[str], labels: list[str], says: str) -> None:
    path = written(tmp_path, GOOD)
    with pytest.raises(InputError) as caught:
        write_predictions(path, ids, labels)
    assert says in str(caught.value)
    assert path.read_text(encoding="utf-8") == GOOD
