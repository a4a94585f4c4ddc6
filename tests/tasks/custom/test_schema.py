"""What a task's file may say; every mistake is named by its key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from standoff.errors import InputError, NotFoundError
from standoff.tasks.custom.declared import Spans, Value
from standoff.tasks.custom.schema import (
    OPTIONS,
    Columns,
    Files,
    FileTable,
    Folds,
    Join,
    Labels,
    Rows,
    Splits,
    Tags,
    TaskFile,
)

if TYPE_CHECKING:
    from tests.tasks.custom.conftest import Folder

FILES = '[[files]]\npath = "a.csv"\n'
COLUMNS = '[columns]\ntext = "t"\nlabel = "l"\n'
WHOLE = FILES + COLUMNS


def refusal(folder: Folder, toml: str) -> str:
    path = folder.task(toml)
    with pytest.raises(InputError) as caught:
        TaskFile.read(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    return message


def test_a_small_file_is_enough(folder: Folder) -> None:
    spec = TaskFile.read(folder.task(WHOLE))
    assert spec.columns.text == Value(column="t")
    assert spec.labels.order == ("against", "for")
    assert (spec.version, spec.licence, spec.annotators) == (1, "NOASSERTION", "not stated")


def test_short_forms_stand_for_long_ones(folder: Folder) -> None:
    short = TaskFile.read(folder.task(WHOLE + 'slices = ["year"]\nactor_spans = { find = "a" }\n'))
    long = TaskFile.read(
        folder.task(
            FILES + '[columns]\ntext = { column = "t" }\nlabel = { column = "l" }\n'
            'slices = { year = { column = "year" } }\nactor_spans = [{ find = { column = "a" } }]\n'
        )
    )
    assert short == long


def test_numbers_and_booleans_are_values_of_files(folder: Folder) -> None:
    spec = TaskFile.read(
        folder.task(
            "[labels]\norder = [0, 1]\ndrop = [2.0, true]\n" + WHOLE + "[rows]\nkeep = { year = [2024, 2025.0] }\n"
        )
    )
    assert spec.labels.order == ("0", "1")
    assert spec.labels.drop == ("2", "true")
    assert spec.rows.keep == {"year": ("2024", "2025")}


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('[columns]\ntext = "t"\nlabel = "l"\n', "files: is missing, and every task needs it"),
        (FILES, "columns: is missing"),
        (FILES + '[columns]\ntext = "t"\n', "columns.label: is missing"),
        ('[labels]\norder = ["a", "b"]\nrenam = {}\n' + WHOLE, "labels: no key named 'renam'; did you mean"),
        (WHOLE + 'txt = "t"\n', "columns: no key named 'txt'; did you mean text"),
        ('tittle = "x"\n[labels]\norder = ["a", "b"]\n' + WHOLE, "no key named 'tittle'; did you mean title"),
        (WHOLE + 'actor = { colum = "a" }\n', "columns.actor: no key named 'colum'; did you mean column"),
        (WHOLE + 'actor = { column = "a", constant = "b" }\n', "has column and constant of column, constant"),
        (WHOLE + 'actor = { rename = { a = "b" } }\n', "columns.actor: has none of column"),
        (WHOLE + 'actor = { column = "a", with = "-" }\n', "has 'with', which goes with 'join' only"),
        (WHOLE + 'actor = { column = "a", encoding = "utf-8" }\n', "has 'encoding', which goes with 'file' only"),
        (WHOLE + 'actor = { template = "{a" }\n', "columns.actor.template: '{a' has a brace that is open"),
        (WHOLE + 'actor = { column = "a", match = "(" }\n', "columns.actor.match: is no regular expression"),
        (WHOLE + "actor = { join = [] }\n", "columns.actor.join"),
        (WHOLE + "actor = 3\n", "columns.actor: is 3, where a table is expected"),
        ("files = []\n[labels]\norder = [1, 2]\n" + COLUMNS, "files is empty"),
        (WHOLE + 'actor_spans = { start = "s" }\n', "columns.actor_spans[1]: has one of start and end"),
        (WHOLE + 'actor_spans = { unit = "bytes" }\n', "has none of start and end, list, find"),
        (WHOLE + 'actor_spans = { find = "a", unit = "bytes" }\n', "has find, which needs no other key"),
        (WHOLE + 'actor_spans = { list = "a", unit = "letters" }\n', "columns.actor_spans[1].unit"),
        (WHOLE + 'slices = ["year", "label"]\n', "columns.slices: label: every item has this already"),
        (FILES + 'encoding = "utf8-8"\n' + COLUMNS, "files[1].encoding: unknown encoding: utf8-8"),
        (FILES + 'encoding = "hex"\n' + COLUMNS, "files[1].encoding: 'hex' is not a text encoding"),
        (FILES + 'delimiter = "::"\n' + COLUMNS, "has a delimiter of several characters, and no quotes then"),
        (FILES + 'delimiter = ""\n' + COLUMNS, "files[1].delimiter"),
        (FILES + 'quote = "\'\'"\n' + COLUMNS, "files[1].quote"),
        (FILES + "skip = -1\n" + COLUMNS, "files[1].skip"),
        (FILES + 'cut = "("\n' + COLUMNS, "files[1].cut: is no regular expression"),
        (FILES + 'rows = "a[b]"\n' + COLUMNS, "files[1].rows: 'a[b]' is not a path such as"),
        (FILES + 'rows = "a..b"\n' + COLUMNS, "files[1].rows: 'a..b' is not a path"),
        (FILES + 'format = "xls"\n' + COLUMNS, "files[1].format: is 'xls', where 'csv', 'tsv', "),
        (WHOLE + '[splits]\nrename = { dev = "valid" }\n', "splits.rename: gives valid; the splits are train"),
        (WHOLE + "[splits]\nfolds = { count = 1 }\n", "splits.folds.count"),
        (WHOLE + "[splits]\nfolds = { seed = 1 }\n", "splits.folds: needs exactly one of count and column"),
        (WHOLE + '[splits]\ncolumn = "s"\nfolds = { count = 3 }\n', "splits.column and splits.folds both say"),
        (WHOLE + '[splits]\nlist = "s.tsv"\nfolds = { count = 3 }\n', "splits.list and splits.folds both say"),
        (FILES + 'split = "train"\n' + COLUMNS + '[splits]\ncolumn = "s"\n', "files.split and splits.column both"),
        (FILES + 'split = "train"\n' + FILES + COLUMNS, "some files have a split and others have none"),
        (WHOLE + 'actor_spans = { find = "a" }\n[tags]\nactor = ["<", ">"]\n', "columns.actor_spans both say"),
        (WHOLE + 'target_spans = { list = "a" }\n[tags]\nactor = ["<", ">"]\n', "offsets count in a text that"),
        (WHOLE + '[tags]\nactor = ["<", ">"]\ntarget = ["<", ">"]\n', "actor and target have the same tags"),
        (WHOLE + '[tags]\nactor = ["<"]\n', "tags.actor"),
        (WHOLE + 2 * '[[join]]\nname = "j"\npath = "b.csv"\nkey = "k"\non = "k"\n', "the names ['j', 'j'] are"),
        ('[labels]\norder = ["a", "b"]\nboard = { a = "opposes" }\n' + WHOLE, "labels.board.a: is 'opposes'"),
        ('[labels]\norder = ["a", "b"]\nboard = { a = "none" }\n' + WHOLE, "labels.board has a, and needs each"),
        ('[labels]\norder = ["a", "b"]\nboard = { a = "none", b = "none", c = "none" }\n' + WHOLE, "has a, b, c,"),
        (WHOLE + 'actor = { largest = ["a"] }\n', "largest needs two or more columns, or one that holds a list"),
        (WHOLE + 'actor = { largest = ["a", "b"], names = "n" }\n', "largest needs two or more columns, or one"),
        (WHOLE + 'actor = { join = "a", names = "n" }\n', "has 'names', which goes with 'largest' only"),
        (WHOLE + 'actor = { join = "a", decimal = "," }\n', "has 'decimal', which goes with 'largest' only"),
        (
            WHOLE + 'actor_spans = { list = "a", start = { column = "s", match = "x" }, end = "e" }\n',
            "columns.actor_spans[1]: has list, where start and end are keys of its objects",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_named_by_its_key(folder: Folder, toml: str, message: str) -> None:
    assert message in refusal(folder, toml)


LABELS = '[labels]\norder = ["a", "b"]\n'
LIST = 'a list, such as ["a", "b"],'


@pytest.mark.parametrize(
    ("toml", "given", "expected"),
    [
        (LABELS + 'rename = { -2.0 = "a" }\n' + WHOLE, "labels.rename.-2: is {'0': 'a'}", "one value"),
        (LABELS + 'rename = { 0.5 = "a" }\n' + WHOLE, "labels.rename.0: is {'5': 'a'}", "one value"),
        (LABELS + 'board = { 0.5 = "none" }\n' + WHOLE, "labels.board.0: is {", "'support', 'oppose' or 'none'"),
        (WHOLE + "actor = { constant = { a = 1 } }\n", "columns.actor.constant: is {'a': 1}", "one value"),
        (WHOLE + "[rows]\ndrop = { a.b = [1] }\n", "rows.drop.a: is {'b': [1]}", LIST),
        (LABELS + "drop = [[1]]\n" + WHOLE, "labels.drop[1]: is [1]", "one value"),
        ('[labels]\norder = [["a"], "b"]\n' + WHOLE, "labels.order[1]: is ['a']", "one value"),
        (LABELS + 'drop = "?"\n' + WHOLE, "labels.drop: is '?'", LIST),
        (WHOLE + "slices = [[1]]\n", "columns.slices: is [[1]]", "a table"),
        ("title = 2024-12-08\n" + LABELS + WHOLE, "title: is 2024-12-08", "text in quotes"),
        (FILES + "skip = 1.5\n" + COLUMNS, "files[1].skip: is 1.5", "a whole number"),
        (FILES + 'skip = "x"\n' + COLUMNS, "files[1].skip: is 'x'", "a whole number"),
        (FILES + "skip = [1]\n" + COLUMNS, "files[1].skip: is [1]", "a whole number"),
        (FILES + "skip = -1\n" + COLUMNS, "files[1].skip: is -1", "0 or more"),
        (FILES + "trim = 3\n" + COLUMNS, "files[1].trim: is 3", "true or false"),
        (FILES + "trim = []\n" + COLUMNS, "files[1].trim: is []", "true or false"),
        (FILES + 'delimiter = ""\n' + COLUMNS, "files[1].delimiter: is ''", "text that is not empty"),
        (FILES + 'escape = "ab"\n' + COLUMNS, "files[1].escape: is 'ab'", "one character"),
        (WHOLE + "actor = { join = [] }\n", "columns.actor.join: is []", "a list that is not empty"),
        (WHOLE + '[tags]\nactor = ["<"]\n', "tags.actor: is ['<']", "a list of 2"),
        (WHOLE + '[tags]\nactor = ["<", "|", ">"]\n', "tags.actor: is ['<', '|', '>']", "a list of 2"),
        (WHOLE + "[splits]\nfolds = { count = 3, seed = 5e9 }\n", "seed: is 5000000000.0", "less than 4294967296"),
    ],
)  # fmt: skip
def test_a_mistake_says_what_would_have_been_right(folder: Folder, toml: str, given: str, expected: str) -> None:
    (line,) = (one for one in refusal(folder, toml).splitlines() if given in one)
    assert f", where {expected} is expected" in line
    assert line.endswith('; a key with a dot needs quotes, as in "-2.0"') == (": is {" in line)
    assert not re.search(r"valid|should|Input|pattern", line)


def test_a_language_that_is_none_is_told_an_example(folder: Folder) -> None:
    path = folder.task(WHOLE)
    path.write_text(path.read_text(encoding="utf-8").replace('"en"', '"English"'), encoding="utf-8")
    with pytest.raises(
        InputError, match="language: is 'English', where a language tag, such as \"en\", is expected"
    ):
        TaskFile.read(path)


def test_all_mistakes_are_named_at_once(folder: Folder) -> None:
    message = refusal(folder, FILES + "skip = -1\n[columns]\nlabel = 3\n")
    assert message.count("\n  - ") == 3


def test_toml_syntax_is_named_by_line(folder: Folder) -> None:
    assert "is not TOML: " in (message := refusal(folder, WHOLE + "[rows\n"))
    assert "at line 11" in message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"my-task\.toml: no such file"):
        TaskFile.read(tmp_path / "my-task.toml")


@pytest.mark.parametrize("field", ["name", "language", "label_kind"])
def test_what_every_task_needs(folder: Folder, field: str) -> None:
    lines = folder.task(WHOLE).read_text(encoding="utf-8").splitlines()
    folder.write("task.toml", "\n".join(line for line in lines if not line.startswith(f"{field} =")))
    with pytest.raises(InputError, match=f"{field}: is missing"):
        TaskFile.read(folder.path / "task.toml")


def test_every_option_is_a_key_of_a_file() -> None:
    shared = {"path", "format", "each"}
    assert set(OPTIONS) == set(FileTable.model_fields) - shared


def test_every_key_is_in_the_reference() -> None:
    page = (Path(__file__).parents[3] / "docs" / "custom-tasks.md").read_text(encoding="utf-8")
    for model in (TaskFile, Labels, Files, Join, Columns, Value, Spans, Tags, Splits, Folds, Rows):
        for name, field in model.model_fields.items():
            key = field.alias or name
            written = (
                f"`{key}`",
                f"`{key} =",
                f"`[{key}]`",
                f"`[[{key}]]`",
                f"\n{key} =",
                f"{{ {key} =",
                f", {key} =",
            )
            assert any(form in page for form in written), f"{model.__name__}: {key}"
