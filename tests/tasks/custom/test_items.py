"""Rows become items: filters, labels, splits, ids, and every problem by file, row and column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.tasks.custom.conftest import Folder

FILES = '[[files]]\npath = "a.csv"\n'
COLUMNS = '[columns]\ntext = "t"\nlabel = "l"\n'
WHOLE = FILES + COLUMNS


def test_an_item_has_every_part(folder: Folder) -> None:
    folder.write("a.csv", "key,doc,t,who,what,l,year\nk1,d1,Ann backs Bo.,Ann,Bo,for,2024\n")
    toml = (
        FILES + '[columns]\nid = "key"\ngroup = "doc"\ntext = "t"\nactor = "who"\ntarget = "what"\nlabel = "l"\n'
        'actor_spans = { find = "who" }\ntarget_spans = { find = "what" }\nslices = { when = "year" }\n'
    )
    assert folder.items(toml) == [
        {
            "id": "k1",
            "group": "d1",
            "text": "Ann backs Bo.",
            "actor": "Ann",
            "target": "Bo",
            "label": "for",
            "actor_spans": [(0, 3)],
            "target_spans": [(10, 12)],
            "split": "",
            "when": "2024",
        }
    ]


def test_what_is_not_declared_is_derived_or_empty(folder: Folder) -> None:
    folder.write("a.csv", "t,l\nx,for\ny,against\n")
    first, second = folder.items(WHOLE)
    assert (first["id"], first["group"], first["actor"], first["target"]) == ("a|2", "a|2", "", "")
    assert (second["id"], second["actor_spans"], second["target_spans"]) == ("a|3", [], [])


def test_derived_ids_tell_files_and_inner_rows_apart(folder: Folder) -> None:
    for name in ("x/a.jsonl", "y/a.jsonl", "b.jsonl"):
        folder.write(name, '{"c": [{"t": "x", "l": "for"}, {"t": "y", "l": "for"}]}\n')
    toml = '[[files]]\npath = "**/*.jsonl"\nrows = "c[]"\n' + COLUMNS
    assert [item["id"] for item in folder.items(toml)] == [
        "b|1.c[0]",
        "b|1.c[1]",
        "x/a.jsonl|1.c[0]",
        "x/a.jsonl|1.c[1]",
        "y/a.jsonl|1.c[0]",
        "y/a.jsonl|1.c[1]",
    ]
    folder.write("b.jsonl", '{"t": "x", "l": "for"}')
    folder.write("b.json", '{"t": "x", "l": "for"}')
    assert [item["id"] for item in folder.items('[[files]]\npath = "b.json"\n' + COLUMNS)] == ["b"]


def test_an_id_that_stands_twice_is_named_with_both_places(folder: Folder) -> None:
    folder.write("a.csv", "k,t,l\n1,x,for\n1,y,for\n2,z,for\n2.,w,for\n")
    message = folder.refusal(WHOLE + 'id = "k"\n')
    assert "a.csv: line 3: column 'id': '1' is also the id of a.csv: line 2" in message
    assert "1 problem(s)" in message


def test_labels_are_renamed_and_dropped_as_they_stand_in_the_file(folder: Folder) -> None:
    folder.write("a.csv", "t,l\nx,1\ny,-1\nz,0\nw,\n")
    labels = '[labels]\norder = ["against", "for"]\nrename = { "1" = "for", "-1" = "against" }\ndrop = [0, ""]\n'
    reading = folder.read(labels + WHOLE)
    assert [(item["text"], item["label"]) for item in reading.items] == [("x", "for"), ("y", "against")]
    assert reading.dropped == {"the label is '0'": 1, "the label is ''": 1}


def test_labels_outside_the_inventory_are_listed_with_their_numbers(folder: Folder) -> None:
    folder.write("a.csv", "t,l\nx,for\ny,maybe\nz,maybe\nw,FOR\n")
    message = folder.refusal(WHOLE)
    assert "a.csv: line 3, first: the label 'maybe' (2 rows) is not one of against, for" in message
    assert "a.csv: line 5, first: the label 'FOR' (1 rows) is not one of against, for; labels.rename" in message


def test_rows_are_kept_and_dropped_by_values(folder: Folder) -> None:
    folder.write("a.csv", "t,l,lang,bad\nx,for,en,0\ny,for,de,0\nz,for,en,1\nw,nonsense,fr,1\n")
    reading = folder.read(WHOLE + '[rows]\nkeep = { lang = ["en"] }\ndrop = { bad = [1] }\n')
    assert [item["text"] for item in reading.items] == ["x"]
    assert reading.dropped == {"lang is 'de'": 1, "bad is '1'": 1, "lang is 'fr'": 1}
    assert reading.files == {"a.csv": 4}


def test_filters_take_derived_columns(folder: Folder) -> None:
    folder.write("a.csv", "t,l,key\nx,for,en-1\ny,for,de-2\n")
    toml = WHOLE + '[derive]\nlang = { column = "key", match = "^[a-z]+" }\n[rows]\ndrop = { lang = ["de"] }\n'
    assert [item["text"] for item in folder.items(toml)] == ["x"]


def test_problems_of_many_rows_are_collected(folder: Folder) -> None:
    bad = "".join(f"{n},for,9,12\n" for n in range(25))
    folder.write("a.csv", f"t,l,s,e\n,for,,\n{bad}x,for,0,1\n")
    message = folder.refusal(WHOLE + 'actor_spans = { start = "s", end = "e" }\n')
    assert f"{folder.path / 'task.toml'}: 26 problem(s) in the task's data:" in message
    assert "a.csv: line 2: column 't': the text is empty" in message
    assert "a.csv: line 3: column 's': the span (9, 12) is not inside the text of 1 code-points" in message
    assert "and 6 more" in message


@pytest.mark.parametrize(
    ("row", "columns", "message"),
    [
        ('" ",for,k,g', 'id = "k"\n', "column 't': the text is empty"),
        ("x,for, ,g", 'id = "k"\n', "column 'k': the id is empty"),
        ("x,for,k,", 'group = "g"\n', "column 'g': the group is empty"),
        ("x,for,k,", 'group = { template = "{g}" }\n', "column 'group': the group is empty"),
        ("<a>x,for,k,", '[tags]\nactor = ["<a>", "</a>"]\n', "column 't': the tag of the actor does not close"),
    ],
)
def test_a_row_that_does_not_fit_is_named(folder: Folder, row: str, columns: str, message: str) -> None:
    folder.write("a.csv", f"t,l,k,g\nfine,for,k0,g0\n{row}\n".replace("fine", "<a>x</a>"))
    assert f"a.csv: line 3: {message}" in folder.refusal(WHOLE + columns)


def test_dropped_rows_may_be_as_they_like(folder: Folder) -> None:
    folder.write("a.csv", "t,l,k\nx,for,1\n,unclear,\n")
    labels = '[labels]\norder = ["against", "for"]\ndrop = ["unclear"]\n'
    assert len(folder.items(labels + WHOLE + 'id = "k"\n')) == 1


def test_unknown_columns_are_all_named_with_their_keys(folder: Folder) -> None:
    folder.write("a.csv", "text,label,year\nx,for,2024\n")
    message = folder.refusal(
        FILES + '[columns]\ntext = "txt"\nlabel = "label"\nactor_spans = { start = "s", end = "e" }\n'
        'slices = ["yaer"]\n[rows]\ndrop = { languge = ["en"] }\n[derive]\nunused = { column = "lable" }\n'
    )
    for part in (
        "a.csv: columns.text: no column named 'txt'; did you mean text",
        "a.csv: columns.actor_spans: no column named 's'",
        "a.csv: columns.slices.yaer: no column named 'yaer'; did you mean year",
        "a.csv: rows.drop: no column named 'languge'",
        "a.csv: derive.unused: no column named 'lable'; did you mean label",
    ):
        assert part in message


def test_a_split_per_file(folder: Folder) -> None:
    for name in ("a", "b", "c"):
        folder.write(f"{name}.csv", f"t,l\n{name},for\n")
    toml = "".join(
        f'[[files]]\npath = "{name}.csv"\nsplit = "{split}"\n'
        for name, split in (("a", "train"), ("b", "dev"), ("c", "test"))
    )
    splits = '[splits]\nrename = { dev = "validation" }\n'
    assert [item["split"] for item in folder.items(toml + COLUMNS + splits)] == ["train", "validation", "test"]
    assert "the split 'dev' (1 rows) is not one of train, validation, test" in folder.refusal(toml + COLUMNS)


def test_a_split_column(folder: Folder) -> None:
    folder.write("a.csv", "t,l,s\nx,for,train\ny,for,dev\nz,for,test\nw,for,unused\nv,for,test\n")
    splits = '[splits]\ncolumn = "s"\nrename = { dev = "validation" }\ndrop = ["unused"]\n'
    reading = folder.read(WHOLE + splits)
    assert [item["split"] for item in reading.items] == ["train", "validation", "test", "test"]
    assert reading.dropped == {"the split is 'unused'": 1}


def test_splits_without_a_test_are_refused(folder: Folder) -> None:
    folder.write("a.csv", "t,l,s\nx,for,train\n")
    message = folder.refusal(WHOLE + '[splits]\ncolumn = "s"\n')
    assert "has no item in the split test" in message
    assert "folds = { count = 5 }" in message


def test_a_task_without_an_item_is_refused_with_the_reasons(folder: Folder) -> None:
    folder.write("a.csv", "t,l,s\nx,for,train\n")
    message = folder.refusal(WHOLE + '[rows]\nkeep = { s = ["test"] }\n')
    assert "has no item: every row is left out\n" in message
    assert "{\"s is 'train'\": 1}" in message
    assert "rows.keep.s has 'test', which no row has; there are 'train'" in message
    assert "folds" not in message


@pytest.mark.parametrize(
    ("given", "folds"),
    [
        (["0", "1", "10", "2"], ["fold-1", "fold-2", "fold-4", "fold-3"]),
        (["b", "a", "b", "c"], ["fold-2", "fold-1", "fold-2", "fold-3"]),
        (["fold-1", "fold-2", "fold-1", "fold-2"], ["fold-1", "fold-2", "fold-1", "fold-2"]),
    ],
)
def test_folds_in_a_column_are_numbered(folder: Folder, given: list[str], folds: list[str]) -> None:
    folder.write("a.csv", "t,l,f\n" + "".join(f"x,for,{fold}\n" for fold in given))
    assert [item["split"] for item in folder.items(WHOLE + '[splits]\nfolds = { column = "f" }\n')] == folds


def test_one_fold_is_none(folder: Folder) -> None:
    folder.write("a.csv", "t,l,f\nx,for,1\n")
    assert "has one fold only" in folder.refusal(WHOLE + '[splits]\nfolds = { column = "f" }\n')


def test_an_empty_fold_is_named(folder: Folder) -> None:
    folder.write("a.csv", "t,l,f\nx,for,1\ny,for,\n")
    message = folder.refusal(WHOLE + '[splits]\nfolds = { column = "f" }\n')
    assert "a.csv: line 3: column 'splits.folds': the fold is empty" in message


def test_tags_name_the_actor_where_no_column_does(folder: Folder) -> None:
    folder.write("a.csv", "t,l,who\n<a>Ann</a> and <a>she</a> back Bo,for,A. Lee\nNobody does,against,\n")
    tags = '[tags]\nactor = ["<a>", "</a>"]\n'
    first, second = folder.items(WHOLE + tags)
    assert (first["text"], first["actor"], first["actor_spans"]) == (
        "Ann and she back Bo",
        "Ann",
        [(0, 3), (8, 11)],
    )
    assert (second["actor"], second["actor_spans"]) == ("", [])
    first, _ = folder.items(WHOLE + 'actor = "who"\n' + tags)
    assert first["actor"] == "A. Lee"


def test_names_are_found_in_the_text_without_its_tags(folder: Folder) -> None:
    folder.write("a.csv", "t,l,what\n<a>Ann</a> backs Bo,for,Bo\n")
    (item,) = folder.items(WHOLE + 'target_spans = { find = "what" }\n[tags]\nactor = ["<a>", "</a>"]\n')
    assert item["target_spans"] == [(10, 12)]


def test_a_joined_table(folder: Folder) -> None:
    folder.write("a.csv", "doc,l\nd2,for\nd1,against\n")
    folder.write("texts.jsonl", '{"doc": "d1", "body": "x"}\n{"doc": "d2", "body": "y"}\n')
    toml = (
        FILES + '[[join]]\nname = "texts"\npath = "texts.jsonl"\nkey = "doc"\non = "doc"\n'
        '[columns]\ntext = "texts.body"\nlabel = "l"\n'
    )
    assert [item["text"] for item in folder.items(toml)] == ["y", "x"]
    folder.write("a.csv", "doc,l\nd3,for\n")
    assert "a.csv: line 2: column 'texts.body': no row there has the key 'd3'" in folder.refusal(toml)
    folder.write("texts.jsonl", '{"doc": "d1", "body": "x"}\n{"doc": "d1", "body": "y"}\n')
    message = folder.refusal(toml)
    assert "texts.jsonl: line 2: the key 'd1' of join 'texts' is also that of texts.jsonl: line 1" in message
    assert "texts.jsonl: join.key: no column named 'dok'" in folder.refusal(
        toml.replace('key = "doc"', 'key = "dok"')
    )


def test_listed_spans_of_a_joined_table(folder: Folder) -> None:
    folder.write("a.csv", "doc,l\nd1,for\nd9,against\n")
    folder.write("texts.jsonl", '{"doc": "d1", "body": "Ann", "at": [{"s": 0, "e": 3}]}\n')
    toml = (
        FILES + '[[join]]\nname = "texts"\npath = "texts.jsonl"\nkey = "doc"\non = "doc"\n'
        '[columns]\ntext = "body"\nlabel = "l"\nactor_spans = { list = "at", start = "s", end = "e" }\n'
    )
    assert "a.csv: line 3: column 'texts.body': no row there has the key 'd9'" in folder.refusal(toml)
    (item,) = folder.items(toml + '[rows]\ndrop = { doc = ["d9"] }\n')
    assert item["actor_spans"] == [(0, 3)]


def test_what_no_row_made_use_of_is_remembered(folder: Folder) -> None:
    folder.write("a.csv", "t,l,s\nx,1,test\n")
    toml = (
        '[labels]\norder = ["against", "for"]\nrename = { "1" = "for", "2" = "against" }\ndrop = ["?"]\n'
        + WHOLE
        + '[splits]\ncolumn = "s"\nrename = { dev = "validation" }\n'
    )
    assert folder.read(toml).unused == [
        "labels.rename has '2', which no row has",
        "labels.drop has '?', which no row has",
        "splits.rename has 'dev', which no row has",
    ]


def test_values_to_keep_and_drop_that_no_row_has_are_remembered(folder: Folder) -> None:
    folder.write("a.csv", "t,l,lang,bad\nx,for,en,0\ny,for,de,2\n")
    toml = WHOLE + '[rows]\nkeep = { lang = ["en", "fr"] }\ndrop = { bad = [1, 2] }\n'
    assert folder.read(toml).unused == [
        "rows.keep.lang has 'fr', which no row has; there are 'de', 'en'",
        "rows.drop.bad has '1', which no row has; there are '0', '2'",
    ]
    folder.write("a.csv", "t,l,lang,bad\n" + "".join(f"x,for,l{number},0\n" for number in range(10, 30)))
    assert "has 'en', which no row has; there are 'l10', 'l11'" in (message := folder.refusal(toml))
    assert "'l24' and 5 more" in message


def test_numbers_in_place_of_splits_may_be_folds(folder: Folder) -> None:
    folder.write("a.csv", "t,l,s\nx,for,1\ny,for,dev\n")
    message = folder.refusal(WHOLE + '[splits]\ncolumn = "s"\n')
    folds = 'if these are folds: [splits] folds = { column = "s" }'
    assert [folds in line for line in message.splitlines() if "the split" in line] == [True, False]


def test_a_broken_file_is_told_before_its_columns(folder: Folder) -> None:
    folder.write("a.csv", "t,l,t\nx,for,y\n")
    message = folder.refusal(WHOLE)
    assert "the columns t stand twice" in message
    assert "no column" not in message


def test_every_file_has_all_its_lines_counted(folder: Folder) -> None:
    folder.write("a.csv", "t,l\nx,for\n")
    folder.write("b.csv", "t,l\ny,for\nz,against\n")
    assert folder.read('[[files]]\npath = "*.csv"\n' + COLUMNS).files == {"a.csv": 1, "b.csv": 2}
