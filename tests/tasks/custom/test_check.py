"""What ``check`` finds in a task's file and its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from standoff.errors import InputError, NotFoundError
from standoff.files import pretty_json
from standoff.tasks.custom.check import check

if TYPE_CHECKING:
    from tests.tasks.custom.conftest import Folder

DATA = """key,doc,t,who,l,s
1,d1,Ann backs the bill.,Ann,for,train
2,d1,Bo fights the bill.,Bo,against,train
3,d2,Cy has no view on it at all.,,for,dev
4,d3,Di would never vote for such a thing.,Di,for,test
5,d3,Ann backs the bill.,Ann,for,test
6,d4,Ed was not asked.,Ed,unclear,test
"""
TOML = """[labels]
order = ["against", "for"]
drop = ["unclear", "?"]
[[files]]
path = "a.csv"
[columns]
id = "key"
group = "doc"
text = "t"
actor = "who"
label = "l"
actor_spans = { find = "who" }
[splits]
column = "s"
rename = { dev = "validation" }
"""


def test_what_a_check_finds(folder: Folder) -> None:
    folder.write("a.csv", DATA)
    found = check(folder.task(TOML))
    assert (found.name, found.labels, found.files) == ("made", ("against", "for"), {"a.csv": 6})
    assert (found.n_items, found.n_groups, found.n_spans) == (5, 3, {"actor": 4, "target": 0})
    assert found.dropped == {"the label is 'unclear'": 1}
    official = {
        "train": {"against": 1, "for": 1},
        "validation": {"against": 0, "for": 1},
        "test": {"against": 0, "for": 2},
    }
    # The text of item 5 is that of item 1, which is in train.
    assert found.counts == {"audited": {**official, "test": {"against": 0, "for": 1}}, "official": official}
    assert list(found.counts["official"]) == ["train", "validation", "test"]
    assert {split: item["id"] for split, item in found.first.items()} == {
        "train": "1",
        "validation": "3",
        "test": "4",
    }
    assert found.first["test"]["actor_spans"] == [(0, 2)]
    assert found.warnings == (
        "1 of 5 items have an empty actor",
        "audited splits: against never occurs in validation",
        "audited splits: against never occurs in test",
        "audited splits leave out 1 items, whose text or group stands in an earlier split",
        "official splits: against never occurs in validation",
        "official splits: against never occurs in test",
        "labels.drop has '?', which no row has",
    )
    assert '"split": "train"' in pretty_json(found.to_json())


def test_the_digest_is_that_of_the_default_split_set(folder: Folder) -> None:
    folder.write("a.csv", DATA)
    before = check(folder.task(TOML)).digest
    folder.write("a.csv", DATA.replace("5,d3,Ann backs the bill.", "5,d3,Ann  backs the bill."))
    assert check(folder.task(TOML)).digest == before  # item 5 is left out of the audited splits
    folder.write("a.csv", DATA.replace("4,d3,Di", "4,d3,Du"))
    assert check(folder.task(TOML)).digest != before


def small(n: int) -> str:
    return "t,l\n" + "".join(f"w{n} x{n} y{n},{('for', 'against')[n % 2]}\n" for n in range(n))


FOLDED = '[[files]]\npath = "a.csv"\n[columns]\ntext = "t"\nlabel = "l"\n'


def test_of_folds_one_first_item_is_enough(folder: Folder) -> None:
    folder.write("a.csv", small(20))
    found = check(folder.task(FOLDED))
    assert list(found.counts["audited"]) == [f"fold-{number}" for number in range(1, 6)]
    assert len(found.first) == 1
    assert found.warnings[0].startswith("columns.group is not declared")


def test_ten_folds_stand_in_order(folder: Folder) -> None:
    folder.write("a.csv", small(40))
    found = check(folder.task(FOLDED + "[splits]\nfolds = { count = 10 }\n"))
    assert list(found.counts["audited"])[-2:] == ["fold-9", "fold-10"]


def test_what_is_allowed_and_perhaps_not_meant_is_a_warning(folder: Folder) -> None:
    folder.write("a.csv", "t,l,s,k\nx y z,for,test,1\nu v w,against,test,2\n")
    toml = FOLDED.replace('label = "l"', 'label = "l"\ngroup = "k"\ntarget_spans = { find = "k" }')
    assert check(folder.task(toml + '[splits]\ncolumn = "s"\n')).warnings == (
        "every item has another group, as if none were declared",
        "no item has a span of its target",
        "audited splits: nothing is in train, so no baseline can be run",
        "official splits: nothing is in train, so no baseline can be run",
    )


SPANS = "t,l,who,s,e,k\n"
ACTOR = 'actor = "who"\n'


@pytest.mark.parametrize(
    ("rows", "columns", "count", "cases"),
    [
        ("Hi Bo Ray.,for,Bo Ray,4,10,k1\nAnn did,for,Ann,0,3,k2\n", ACTOR, 1, "line 2 'o Ray.' is not 'Bo Ray'"),
        (
            "".join(f"Hello Bo {n},for,Bo,5,7,k{n}\n" for n in range(5)),
            ACTOR,
            5,
            "line 2 ' B' is not 'Bo'; a.csv: line 3 ' B' is not 'Bo'; a.csv: line 4 ' B' is not 'Bo'",
        ),
        ("Hello Bo Ray now,for,,1,5,k1\n", "", 1, "line 2 'ello' cuts a word"),
        ("Hello Bo Ray now,for,,0,3,k1\n", "", 1, "line 2 'Hel' cuts a word"),
        ("Hello Bo Ray now,for, BO ray,5,12,k1\nNobody,for,Ann,,,k2\n", ACTOR, 0, ""),
        ("Hello Bo-Ray now,for,,6,8,k1\n人人都支持,for,,1,3,k2\n", "", 0, ""),
    ],
)  # fmt: skip
def test_spans_that_may_not_be_the_actor_are_a_warning(
    folder: Folder, rows: str, columns: str, count: int, cases: str
) -> None:
    folder.write("a.csv", SPANS + rows + "".join(f"fill {n} {n + 7},for,,,,f{n}\n" for n in range(9)))
    toml = FOLDED + 'id = "k"\nactor_spans = { start = "s", end = "e" }\n' + columns
    warned = f"actor_spans: in {count} items the spans may not be the actor: a.csv: {cases}; "
    warned += "is the unit of the offsets right?"
    found = [one for one in check(folder.task(toml)).warnings if "may not be" in one]
    assert found == [warned] * bool(count)


def test_one_span_that_is_the_actor_is_enough(folder: Folder) -> None:
    rows = "".join(f"Ann says {n} she backs it,for,Ann,,,k{n}\n" for n in range(6))
    folder.write("a.csv", SPANS + rows)
    toml = (
        FOLDED + 'actor = "who"\n[columns.actor_spans]\nlist = "x"\n[derive]\nx = { constant = "[[11, 14]%s]" }\n'
    )
    assert any("'she' is not 'Ann'" in one for one in check(folder.task(toml % "")).warnings)
    assert not any("may not be" in one for one in check(folder.task(toml % ", [0, 3]")).warnings)


def test_a_task_that_cannot_be_scored_does_not_pass(folder: Folder) -> None:
    folder.write("a.csv", small(4))
    with pytest.raises(InputError, match="cannot fill 5 folds"):
        check(folder.task(FOLDED))
    with pytest.raises(NotFoundError, match=r"no file is or matches 'b\.csv'"):
        check(folder.task(FOLDED.replace("a.csv", "b.csv")))
    with pytest.raises(InputError, match="is that of a built-in task"):
        check(folder.task(FOLDED), reserved={"made"})
