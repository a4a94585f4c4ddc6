"""Starting a campaign: the file reads back, is kept, and does not name what is not there."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from tests.annotation.campaign.practised import checkout
from tests.annotation.campaign.simulated import made_campaign, made_sources, several

from standoff.annotation.campaign.campaign import Campaign, Round, read_campaign, write_plan
from standoff.annotation.campaign.plan import make_plan
from standoff.annotation.campaign.setup import (
    campaign_toml,
    check_campaign,
    refuse_contradictions,
    refuse_double_work,
    write_campaign,
)
from standoff.corpus.reader import read_sources
from standoff.errors import InputError, NotFoundError, RefusedError

FULL = {"adjudicator": "dora", "practice": "practice.jsonl", "pass_mark": 0.75, "repeats": 1e-05, "seed": 2**40}


@pytest.mark.parametrize(
    "changed",
    [{}, FULL, {"repeats": 0}, {"conflicts": ["war", "strike"]}, {"practice": 'a "b"\\c\x7f\t\U0001f6a2.jsonl'}],
)
def test_what_is_written_reads_back_the_same(tmp_path: Path, changed: dict[str, object]) -> None:
    campaign = made_campaign(**changed)
    path = write_campaign(tmp_path, campaign)
    assert read_campaign(tmp_path, "trial") == campaign
    assert path.read_text() == campaign_toml(campaign)


def test_every_field_stands_in_the_file_with_a_comment() -> None:
    text = campaign_toml(made_campaign(**FULL))
    assert tomllib.loads(text).keys() == Campaign.model_fields.keys()
    assert text.count("\n# ") >= 6
    assert max(map(len, text.splitlines())) < 120


def test_what_is_not_decided_stands_as_an_example() -> None:
    text = campaign_toml(made_campaign())
    assert '# adjudicator = "dora"' in text
    assert '# practice = "practice.jsonl"' in text
    assert tomllib.loads(text.replace('# adjudicator = "dora"', 'adjudicator = "dora"'))["adjudicator"] == "dora"


def test_a_file_that_people_may_have_edited_is_kept(tmp_path: Path) -> None:
    path = write_campaign(tmp_path, made_campaign())
    before = path.read_bytes()
    with pytest.raises(RefusedError, match="exists already"):
        write_campaign(tmp_path, made_campaign(seed=2))
    assert path.read_bytes() == before


# -- what it names --------------------------------------------------------------------------------------


def mini(**changed: object) -> Campaign:
    named = {"conflicts": ["norland-2001"], "coders": ["model-a", "model-b"], "adjudicator": "anna"}
    return made_campaign(**{**named, **changed})


def test_what_is_there_may_be_named(tmp_path: Path) -> None:
    check_campaign(mini(), read_sources(checkout(tmp_path)))


def test_coders_who_are_not_there_are_told_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        check_campaign(mini(coders=["model-a", "zoe"], adjudicator="yan"), read_sources(checkout(tmp_path)))
    assert "no coder zoe, yan" in str(caught.value)
    assert "anna, model-a, model-b" in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"conflicts": ["norland-2002"]}, "did you mean norland-2001"),
        ({"codebook": "v7"}, "no codebook named 'v7'"),
    ],
)
def test_what_is_not_there_is_told(tmp_path: Path, changed: dict[str, object], message: str) -> None:
    with pytest.raises(NotFoundError, match=message):
        check_campaign(mini(**changed), read_sources(checkout(tmp_path)))


# -- options against the file ---------------------------------------------------------------------------


def test_options_that_say_the_same_or_nothing_are_taken() -> None:
    asked = {"coders": ["carla", "ben", "anna"], "seed": 1, "repeats": 0.1, "adjudicator": None, "codebook": None}
    refuse_contradictions(made_campaign(), asked, Path("campaign.toml"))


def test_every_contradiction_is_told() -> None:
    asked = {"coders": ["anna", "ben"], "seed": 2, "repeats": 0.1, "adjudicator": "dora"}
    with pytest.raises(RefusedError) as caught:
        refuse_contradictions(made_campaign(), asked, Path("campaign.toml"))
    message = str(caught.value)
    assert 'coders: ["anna", "ben"] is asked for, and the campaign has ["anna", "ben", "carla"]' in message
    assert "seed: 2 is asked for, and the campaign has 1" in message
    assert 'adjudicator: "dora" is asked for, and the campaign has null' in message
    assert "repeats" not in message


def test_a_coder_does_not_code_again_what_it_codes_in_another_campaign(tmp_path: Path) -> None:
    sources = made_sources(several(4), tmp_path)
    first = made_campaign()
    write_campaign(tmp_path, first)
    plan = make_plan(sources, first, Round.MAIN)
    write_plan(tmp_path, first.name, Round.MAIN, plan)
    refuse_double_work(first, sources, plan)
    second = made_campaign(name="second")
    again = make_plan(sources, second, Round.MAIN)
    with pytest.raises(RefusedError, match="in the campaign trial already"):
        refuse_double_work(second, sources, again)
    others = [one.model_copy(update={"coder_id": f"{one.coder_id}-2"}) for one in again]
    refuse_double_work(second, sources, others)
    changed = [one.model_copy(update={"text_sha256": "1" * 64}) for one in again]
    refuse_double_work(second, sources, changed)


def test_who_has_decided_does_not_code_the_article(tmp_path: Path) -> None:
    sources = read_sources(checkout(tmp_path))
    campaign = made_campaign(
        conflicts=("norland-2001",), coders=("anna", "model-a"), coders_per_unit=2, adjudicator=None
    )
    plan = make_plan(sources, campaign, Round.MAIN)
    with pytest.raises(RefusedError, match="anna has decided on norland-2001-"):
        refuse_double_work(campaign, sources, plan)
    refuse_double_work(campaign, sources, [one for one in plan if one.coder_id != "anna"])
