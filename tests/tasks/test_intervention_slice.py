from __future__ import annotations

from pathlib import Path

import pytest

from standoff.errors import InputError
from standoff.tasks import intervention_slice
from standoff.tasks.intervention_slice import proposed, read_readings
from standoff.tasks.registry import load_task, read_published

READ = {
    # task: which fields the rule looks at, and how many items were proposed and taken in
    "seesaw:all": (("text", "target", "story"), 1096, 381),
    "dse": (("text",), 1787, 664),
    "handeset": (("target", "title"), 84, 66),
}


@pytest.mark.parametrize(
    "field",
    [
        "Moscow said the Syrian army held.",
        "New SANCTIONS were announced",
        "an air-strike, an airstrike, an air strike",
        "arms to Syria",
        "arming the moderate rebels",
        "weapons sales",
        "a U.S. military withdrawal",
        "he would intervene",
        "no-fly zone",
        "armed conflicts abroad",
    ],
)
def test_a_term_proposes(field: str) -> None:
    assert proposed("nothing here", field)


@pytest.mark.parametrize(
    "field", ["Her interventionwas late", "a coupon", "troopers", "he armed himself", "NATOwide"]
)
def test_a_part_of_a_word_does_not_propose(field: str) -> None:
    assert not proposed(field)


@pytest.mark.parametrize("address", READ)
def test_exactly_the_proposed_items_were_read(shared_data: Path, address: str) -> None:
    fields, n_proposed, n_in = READ[address]
    frame = read_published(address, data_dir=shared_data)
    rule = [proposed(*values) for values in zip(*(frame[field] for field in fields), strict=True)]
    readings = read_readings(address.partition(":")[0])
    assert list(readings) == frame["id"][rule].to_list()
    assert (len(readings), sum(readings.values())) == (n_proposed, n_in)
    assert frame["id"][frame["intervention"]].to_list() == [item for item, said in readings.items() if said]


def test_what_is_scored_of_the_slice_has_every_label(shared_data: Path) -> None:
    for address in READ:
        loaded = load_task(address, data_dir=shared_data)
        rows = loaded.split(loaded.scored)
        assert set(rows["label"][rows["intervention"]]) == set(loaded.task.labels)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id\tsaid\n", ":1: has a wrong header"),
        ("id\tin\na\tmaybe\n", ":2: is not a"),
        ("id\tin\na\tno\na\tyes\n", ":3"),
    ],
)
def test_a_broken_list_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, says: str) -> None:
    (tmp_path / "made.tsv").write_text(text, encoding="utf-8")
    monkeypatch.setattr(intervention_slice, "LISTS", tmp_path)
    with pytest.raises(InputError, match=says):
        read_readings("made")
