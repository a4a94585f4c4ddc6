"""Submissions read as a whole, from folders that mean well and folders that do not."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from standoff.errors import InputError, NotFoundError, StandoffError
from standoff.experiments import submissions
from standoff.experiments.submissions import MAX_BYTES, find_submissions, look, read_submission
from standoff.tasks.task import Task

SYSTEM = """\
name: {name}
title: A system
authors: [Ada Berg]
description: Words.
training_data: []
pretrained: []
cutoff: null
seen_test: []
"""

ROWS: list[dict[str, Any]] = [{"id": "6/0", "label": "neg"}, {"id": "6/1", "label": "pos"}]
LABELS = {"6/0": "neg", "6/1": "pos"}


def jsonl(*rows: object) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path, toy: Task) -> Make:
    """What makes a submission: of its name, and the contents of its files other than ``system.yaml``."""
    assert toy.name == "toy"

    def make(files: dict[str, bytes], name: str = "my-system", system: str = SYSTEM) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for file, data in {"system.yaml": system.format(name=name).encode(), **files}.items():
            (folder / file).write_bytes(data)
        return folder

    return make


def refusal(folder: Path) -> str:
    """Return the message of a refusal, which is fit to be printed."""
    with pytest.raises(StandoffError) as caught:
        read_submission(folder)
    message = str(caught.value)
    assert all(c.isprintable() or c == "\n" for c in message)
    assert len(message) < 20_000
    assert caught.value.remedy
    return message


# -- what is read ---------------------------------------------------------------------------------------


def test_one_file_for_all_tasks(make: Make) -> None:
    rows = [{"task": "toy", **row} for row in ROWS] + [{"task": "seesaw", "id": "a", "label": "pos"}]
    folder = make({"predictions.jsonl": jsonl(*rows), "README.md": b"# Notes\n\n\tAll of *them*.\r\n"})
    found = read_submission(folder)
    assert found.folder == folder
    assert found.system.title == "A system"
    assert list(found.predictions) == ["toy", "seesaw"]
    assert found.predictions["toy"].labels == LABELS
    assert found.predictions["toy"].probabilities is None


def test_a_file_for_each_task(make: Make) -> None:
    folder = make({"toy.jsonl": jsonl(*ROWS), "newsmtsc-mt.csv": b"id,label\na,pos\n"})
    found = read_submission(folder)
    assert set(found.predictions) == {"toy", "newsmtsc:mt"}
    assert found.predictions["newsmtsc:mt"].labels == {"a": "pos"}
    assert look(folder).files == {"toy": folder / "toy.jsonl", "newsmtsc:mt": folder / "newsmtsc-mt.csv"}


def parquet(rows: list[dict[str, Any]]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return bytes(sink.getvalue())


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("toy.jsonl", jsonl(*ROWS)),
        ("toy.jsonl", b"\xef\xbb\xbf" + jsonl(*ROWS)),
        ("toy.jsonl", jsonl(*ROWS).replace(b"\n", b"\r\n")),
        ("toy.jsonl.gz", gzip.compress(jsonl(*ROWS))),
        ("toy.csv", b"id,label\r\n6/0,neg\r\n6/1,pos\r\n"),
        ("toy.csv", b"\xef\xbb\xbfid,label\n6/0,neg\n6/1,pos\n"),
        ("toy.csv", b"id,label,task\n6/0,neg,toy\n6/1,pos,toy\n"),
        ("toy.parquet", parquet(ROWS)),
        ("predictions.parquet", parquet([{"task": "toy", **row} for row in ROWS])),
    ],
)
def test_the_formats(make: Make, name: str, data: bytes) -> None:
    assert read_submission(make({name: data})).predictions["toy"].labels == LABELS


def test_probabilities(make: Make) -> None:
    shares = {"neg": 0.25, "pos": 0.75}
    found = read_submission(make({"toy.jsonl": jsonl({**ROWS[0], "probabilities": shares})}))
    assert found.predictions["toy"].probabilities == {"6/0": shares}


# -- what is refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "task",
    [
        *("../x", "/etc/passwd", "C:", "a\x00b", "x" * 10_000, "toy\u202e", "t\u043ey", "TOY", "toy ", "toy:item"),
        *("[red]toy", "<b>toy</b>", "\x1b[31mtoy", "evil.toml", "intervention", "predictions", "toy\nready"),
    ],
)
def test_the_name_of_another_task_is_refused(make: Make, task: str) -> None:
    folder = make({"predictions.jsonl": jsonl({"task": task, **ROWS[0]})})
    message = refusal(folder)
    assert message.startswith(f"{folder / 'predictions.jsonl'}: ")
    assert "names tasks that there are none of, 1 in all" in message or "character" in message
    assert look(folder).predictions == {}


def test_a_task_file_that_a_row_names_is_not_read(make: Make, task_writer: Callable[..., str]) -> None:
    folder = make({})
    address = task_writer(folder.parent, "own")
    (folder / "predictions.jsonl").write_bytes(jsonl({"task": address, **ROWS[0]}))
    assert "names tasks that there are none of" in refusal(folder)


def test_names_of_other_tasks_are_listed_up_to_twenty_with_the_nearest(make: Make) -> None:
    rows = [{"task": f"sesaw{number}", **ROWS[0]} for number in range(25)]
    message = refusal(make({"predictions.jsonl": jsonl(*rows)}))
    assert "25 in all" in message
    assert message.count("did you mean seesaw?") == 20
    assert "… and 5 more" in message


def test_a_file_for_one_task_that_is_for_others_is_refused(make: Make) -> None:
    both = jsonl({"task": "toy", **ROWS[0]}, {"task": "seesaw", **ROWS[0]})
    assert "holds predictions for 2 tasks" in refusal(make({"toy.jsonl": both}, "one"))
    assert "no predictions for the task 'toy'" in refusal(
        make({"toy.jsonl": jsonl({"task": "seesaw", **ROWS[0]})}, "two")
    )
    assert "does not say for which tasks" in refusal(make({"predictions.jsonl": jsonl(*ROWS)}, "three"))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('{"id": "6/0", "label": "neg", "probabilities": {"neg": NaN, "pos": 1}}', "NaN"),
        ('{"id": "6/0", "label": "neg", "probabilities": {"neg": Infinity, "pos": 1}}', "Infinity"),
        ('{"id": "6/0", "label": "neg", "probabilities": {"neg": -1, "pos": 2}}', "from 0 to 1"),
        ('{"id": "6/0", "label": "neg", "probabilities": {"neg": 1e999}}', "probability of 'neg' is inf"),
        ('{"id": "6/0", "label": "neg", "x": ' + "[" * 100_000, "nested"),
        ('{"id": "6/0", "label": "neg", "x": ' + '{"a":' * 100_000, "nested"),
        ('{"id": "6/0", "label": "\\u001b[31mred"}', "control character"),
        ('{"id": "a\\nready", "label": "neg"}', "control character"),
        ('{"id": "\\ud800", "label": "neg"}', "no character"),
        ('{"id": "6/0", "label": "neg"}\n{"id": "6/0", "label": "pos"}', "already on line 1"),
        ('{"id": "6/0", "id": "6/1", "label": "neg"}', "given twice"),
        ('{"id": "6/0", "label": ["neg"]}', "label"),
        ("not json", "not JSON"),
        ("", "holds no predictions"),
    ],
)
def test_a_bad_row_is_refused(make: Make, row: str, message: str) -> None:
    assert message in refusal(make({"toy.jsonl": row.encode()}))


def test_a_huge_file_is_refused_unread(make: Make) -> None:
    folder = make({})
    for name in ("toy.jsonl", "seesaw.csv", "dse.parquet", "README.md", "system.yaml"):
        with (folder / name).open("wb") as handle:
            handle.truncate(1 << 36)  # holes: to read them would fill the memory, if it ever ended
    found = look(folder)
    assert len(found.problems) == 5
    for problem in found.problems:
        assert "bytes" in problem.what


@pytest.mark.parametrize("name", ["toy.jsonl.gz", "toy.csv", "toy.jsonl", "predictions.jsonl.gz"])
def test_a_gzip_bomb_is_refused(make: Make, name: str) -> None:
    lines = b"id,label\n" + (b" " * 10_000 + b"\n") * (MAX_BYTES // 10_000 + 1)
    folder = make({name: gzip.compress(lines, compresslevel=1)})
    assert (folder / name).stat().st_size < MAX_BYTES / 100
    assert f"more than {MAX_BYTES:,} bytes when unpacked" in refusal(folder)


def test_a_parquet_bomb_is_refused(make: Make, tmp_path: Path) -> None:
    number = MAX_BYTES // 8  # each counts for what it takes in memory
    table = pa.table({"id": pa.nulls(number, pa.string()), "label": pa.nulls(number, pa.string())})
    pq.write_table(table, tmp_path / "nulls.parquet")
    data = (tmp_path / "nulls.parquet").read_bytes()
    assert len(data) < MAX_BYTES / 100
    assert f"more than {MAX_BYTES:,} bytes when unpacked" in refusal(make({"toy.parquet": data}))


BROKEN = (b"PAR1" + b"\x00" * 100, b"\x1f\x8b" + b"\x00" * 100, b"\x00" * 100, b"\xff\xfe")


@pytest.mark.parametrize("data", BROKEN)
@pytest.mark.parametrize("name", ["toy.jsonl", "toy.jsonl.gz", "toy.csv", "toy.parquet"])
def test_a_broken_file_is_refused(make: Make, name: str, data: bytes) -> None:
    assert str(name) in refusal(make({name: data}))


def test_more_predictions_than_all_tasks_have_are_refused(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submissions, "MAX_PREDICTIONS", 3)
    files = {f"{name}.jsonl": jsonl(*ROWS) for name in ("dse", "toy", "seesaw")}
    folder = make(files)
    message = refusal(folder)
    assert "seesaw.jsonl: with this file there are more than 3 predictions" in message
    assert list(look(folder).predictions) == ["dse"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a\x1b[2Jb", r"holds the control character '\x1b'"),
        ("a\u202eb".encode(), r"holds the control character '\u202e'"),
        (b"\xff", "is not UTF-8"),
        (b"a\x00", "NUL"),
        (b"x" * ((1 << 16) + 1), "is larger than 65,536 bytes"),
    ],
)
def test_what_a_readme_may_not_hold(make: Make, data: bytes, message: str) -> None:
    assert message in refusal(make({"toy.jsonl": jsonl(*ROWS), "README.md": data}))


def test_the_name_is_that_of_the_folder(make: Make) -> None:
    folder = make({"toy.jsonl": jsonl(*ROWS)}).rename(Path(make({}, "x").parent / "other"))
    assert "the name is 'my-system', that of the folder 'other'" in refusal(folder)


def test_a_homoglyph_of_a_baseline_is_refused(make: Make) -> None:
    system = SYSTEM.replace("A system", "tfidf_\u0455vm")
    assert "could be taken for the baseline tfidf_svm" in refusal(make({"toy.jsonl": jsonl(*ROWS)}, system=system))


def test_all_problems_are_found_at_once(make: Make) -> None:
    system = SYSTEM.replace("A system", "[red]")
    folder = make({"toy.jsonl": b"{", "seesaw.jsonl": jsonl(*ROWS), "notes.txt": b""}, system=system)
    message = refusal(folder)
    assert "is not a submission, 3 problems" in message
    for part in ("notes.txt: is not a file of a submission", "line 2: title: ", "toy.jsonl: is not a valid"):
        assert part in message
    found = look(folder)
    assert found.system is None
    assert list(found.predictions) == ["seesaw"]


def test_a_single_problem_is_told_as_itself(make: Make) -> None:
    with pytest.raises(NotFoundError, match="has no predictions"):
        read_submission(make({}))


# -- all of them ----------------------------------------------------------------------------------------


def test_submissions_are_found_by_name(make: Make) -> None:
    folder = make({}, "b").parent
    make({}, "a")
    (folder / ".hidden").mkdir()
    (folder / "README.md").touch()
    assert find_submissions(folder) == [folder / "a", folder / "b"]


def test_what_is_no_submission_is_not_left_out_in_silence(make: Make) -> None:
    folder = make({}, "a").parent
    (folder / "empty").mkdir()
    (folder / "file.zip").touch()
    (folder / "link").symlink_to(folder / "a")
    assert [path.name for path in find_submissions(folder)] == ["a", "empty", "file.zip", "link"]
    for path, message in (("empty", "has no system.yaml"), ("file.zip", "no such folder"), ("link", "is a link")):
        assert message in refusal(folder / path)


def test_no_folder_has_no_submissions(tmp_path: Path) -> None:
    assert find_submissions(tmp_path / "none") == []
    assert find_submissions(tmp_path) == []


@pytest.mark.parametrize(
    ("one", "other"), [("my-system", "my_system"), ("my-system", "My-System"), ("bert-1", "bert-l"), ("rn", "m")]
)
def test_names_that_look_alike_are_refused(make: Make, one: str, other: str) -> None:
    folder = make({}, one).parent
    try:
        make({}, other)
    except FileExistsError:
        pytest.skip("this file system takes them for one")
    with pytest.raises(InputError, match="look alike") as caught:
        find_submissions(folder)
    assert f"'{one}'" in str(caught.value)
    assert f"'{other}'" in str(caught.value)
