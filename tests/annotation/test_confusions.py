"""Pairs of labels that coders confuse, and what is proposed to the editors of the codebook."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.annotation import made

from standoff.annotation.codebook import codebook_file
from standoff.annotation.confusions import (
    MIN_ARTICLES,
    MIN_UNITS,
    Confusion,
    confusions,
    proposals,
)
from standoff.annotation.selection import judgements_of_kind
from standoff.corpus.reader import read_sources
from standoff.errors import NotFoundError
from standoff.records import DETAIL_FIELDS, INVENTORIES, LABEL_FIELDS, Decision, Judgement, Labelled, Stance

REPOSITORY = Path(__file__).parents[2]
PAIR = ("x", "y", "z")


def pair(
    article: str, one: Stance, other: Stance, *, actor: str = "ada", **details: tuple[str, str]
) -> list[Judgement]:
    """Return two coders' judgements of one unit; details as (first coder's, second coder's)."""
    key = (article, actor, "troops")
    first, second = ({name: values[place] for name, values in details.items()} for place in (0, 1))
    return [made.judgement(key, "model-a", one, **first), made.judgement(key, "model-b", other, **second)]


def agreed(article: str, stance: Stance, n: int, **details: str) -> list[Judgement]:
    """Return judgements of ``n`` units of an article on which two coders agree."""
    both = {name: (value, value) for name, value in details.items()}
    return [one for number in range(n) for one in pair(article, stance, stance, actor=f"agreed-{number}", **both)]


def only(found: list[Confusion], field: str, *labels: str) -> Confusion:
    (one,) = (one for one in found if one.field == field and one.labels == labels)
    return one


# -- what is counted ------------------------------------------------------------------------------------


def test_every_label_field_has_its_inventory() -> None:
    for field in LABEL_FIELDS:
        annotation = Labelled.model_fields[field].annotation
        assert str(INVENTORIES[field].__name__) in str(annotation)
    assert tuple(INVENTORIES) == (*LABEL_FIELDS, "confidence")


def test_a_pair_in_the_order_of_the_inventory() -> None:
    judgements = [*pair("a", Stance.OPPOSES, Stance.SEEKS), *pair("b", Stance.SEEKS, Stance.OPPOSES)]
    (found,) = confusions(judgements, [], ["stance"])
    assert found.labels == ("seeks", "opposes")
    assert (found.n, found.n_articles) == (2, 2)
    assert found.examples == (("a", "ada", "troops"), ("b", "ada", "troops"))
    assert found.decided == {}


def test_the_rate_is_of_the_rarer_label() -> None:
    judgements = [
        *pair("a", Stance.SUPPORTS, Stance.SUPPORTS, commitment=("asserted", "hedged")),
        *agreed("b", Stance.SUPPORTS, 20, commitment="asserted"),
        *agreed("c", Stance.SUPPORTS, 3, commitment="hedged"),
    ]
    found = only(confusions(judgements, []), "commitment", "asserted", "hedged")
    assert (found.rarer, found.n, found.n_rarer) == ("hedged", 1, 4)
    assert found.rate == pytest.approx(1 / 4)


def test_a_detail_counts_where_two_coders_see_a_position() -> None:
    judgements = [
        *pair("a", Stance.SUPPORTS, Stance.NO_POSITION),
        *pair("b", Stance.SUPPORTS, Stance.MIXED, relay=("none", "named")),
    ]
    found = confusions(judgements, [])
    assert {(one.field, one.labels) for one in found} == {
        ("stance", ("supports", "no_position")),
        ("stance", ("supports", "mixed")),
        ("relay", ("none", "named")),
    }
    assert [one.field for one in found] == ["stance", "stance", "relay"]


def test_three_coders_can_confuse_three_pairs_of_one_unit() -> None:
    key = ("a", "ada", "troops")
    judgements = [
        made.judgement(key, coder, stance)
        for coder, stance in (("a", Stance.SEEKS), ("b", Stance.SUPPORTS), ("c", Stance.OPPOSES))
    ]
    found = confusions(judgements, [], ["stance"])
    assert [one.labels for one in found] == [("seeks", "supports"), ("seeks", "opposes"), ("supports", "opposes")]
    assert {one.n for one in found} == {1}


def test_what_one_coder_alone_says_is_no_base_for_a_rate() -> None:
    judgements = [
        *pair("a", Stance.SEEKS, Stance.SUPPORTS),
        made.judgement(("b", "ada", "troops"), "model-a", Stance.SEEKS),
        made.judgement(("c", "ada", "troops"), "model-a", Stance.SUPPORTS),
    ]
    (found,) = confusions(judgements, [], ["stance"])
    assert found.n_rarer == 1


def test_the_most_frequent_pair_of_a_field_comes_first() -> None:
    judgements = [
        *pair("a", Stance.SEEKS, Stance.SUPPORTS),
        *pair("b", Stance.MIXED, Stance.OPPOSES),
        *pair("c", Stance.MIXED, Stance.OPPOSES),
    ]
    assert [one.n for one in confusions(judgements, [], ["stance"])] == [2, 1]


def test_which_way_it_was_decided_and_why() -> None:
    judgements = [row for name in "abcd" for row in pair(name, Stance.SUPPORTS, Stance.NO_POSITION)]
    decisions = [
        made.decision(("a", "ada", "troops"), Stance.NO_POSITION, "first"),
        made.decision(("b", "ada", "troops"), Stance.SUPPORTS, "second"),
        made.decision(("c", "ada", "troops"), Stance.NO_POSITION, "third"),
        made.decision(("elsewhere", "ada", "troops"), Stance.SEEKS),
    ]
    (found,) = confusions(judgements, decisions, ["stance"])
    assert found.decided == {"no_position": 2, "supports": 1}
    assert [(reason.key[0], reason.chosen, reason.reason) for reason in found.reasons] == [
        ("a", "no_position", "first"),
        ("b", "supports", "second"),
        ("c", "no_position", "third"),
    ]


def test_a_detail_of_what_was_decided_to_be_no_position() -> None:
    judgements = pair("a", Stance.SUPPORTS, Stance.SUPPORTS, time=("current", "past"))
    (found,) = confusions(judgements, [made.decision(("a", "ada", "troops"), Stance.NO_POSITION)])
    assert found.decided == {"no position": 1}
    assert found.reasons[0].chosen is None


def test_an_unknown_field() -> None:
    with pytest.raises(NotFoundError, match="no label field named 'sentiment'"):
        confusions([], [], ["sentiment"])


# -- the interval and the rule --------------------------------------------------------------------------


def confused(n_articles: int, n_each: int, n_agreed: int = 0) -> Confusion:
    """Return the confusion of hedged with asserted: so many units of so many articles, beside agreed ones."""
    judgements = []
    for number in range(n_articles):
        for place in range(n_each):
            judgements += pair(
                f"article-{number}",
                Stance.SUPPORTS,
                Stance.SUPPORTS,
                actor=f"confused-{place}",
                commitment=("asserted", "hedged"),
            )
    for number in range(5):
        judgements += agreed(f"article-{number}", Stance.SUPPORTS, n_agreed, commitment="hedged")
        judgements += agreed(f"other-{number}", Stance.SUPPORTS, 9, commitment="asserted")
    return only(confusions(judgements, []), "commitment", "asserted", "hedged")


def test_a_bootstrap_over_articles() -> None:
    even = confused(5, 1, n_agreed=1)
    assert (even.rate, even.low, even.high) == (0.5, 0.5, 0.5), "every article has the same rate"
    uneven = confused(2, 5, n_agreed=2)
    assert uneven.rate == pytest.approx(10 / 20)
    assert uneven.low is not None
    assert uneven.high is not None
    assert uneven.low < 0.2
    assert uneven.high > 0.65
    assert confused(2, 5, n_agreed=2) == uneven


def test_no_interval_with_few_articles() -> None:
    few = confused(4, 3)
    assert (few.low, few.high) == (None, None)
    assert not few.again_and_again


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (confused(5, 1), True),
        (confused(4, 1, n_agreed=1), False),
        (confused(MIN_ARTICLES, 2, n_agreed=1), True),
        (confused(MIN_ARTICLES - 1, MIN_UNITS, n_agreed=1), False),
        (confused(5, 1, n_agreed=30), False),
    ],
    ids=["often", "too few units", "three articles", "two articles", "too rarely"],
)
def test_again_and_again(found: Confusion, expected: bool) -> None:
    assert found.again_and_again is expected


# -- the codebook ---------------------------------------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = made.copy(tmp_path)
    (root / "annotations" / "codebook" / "v1.md").write_text(
        "| field | value | when |\n|---|---|---|\n"
        "| commitment | `asserted` | as a fact |\n| | `hedged` | maybe \\| so |\n"
    )
    return root


def often() -> tuple[list[Judgement], list[Decision]]:
    judgements = [
        row
        for number in range(7)
        for row in pair(f"article-{number}", Stance.SUPPORTS, Stance.SUPPORTS, commitment=("asserted", "hedged"))
    ]
    decisions = [
        made.decision(
            (f"article-{number}", "ada", "troops"), Stance.SUPPORTS, f"Reason\n{number}.", commitment=label
        )
        for number, label in enumerate(["hedged", "hedged", "hedged", "hedged", "asserted", "hedged"])
    ]
    return judgements, decisions


def test_a_proposal_quotes_the_definitions_the_counts_and_the_reasons(root: Path) -> None:
    judgements, decisions = often()
    text = proposals(confusions(judgements, decisions), read_sources(root), judgements)
    assert text.startswith("# Proposals on codebook v1\n\nFrom 14 judgements by 2 coders (model) on 7 articles.")
    assert "A proposal changes nothing by itself" in text
    assert "## commitment: `asserted` or `hedged`?" in text
    assert "- `asserted`: as a fact\n- `hedged`: maybe \\| so\n" in text
    assert "Confused on 7 of the 7 units that anybody called `asserted`: 100 % [100, 100]. They" in text
    assert "Few articles: such intervals come out too narrow." in text
    assert "Decided: `hedged` 5, `asserted` 1; undecided: 1." in text
    assert "Undecided:\n\n- article-6 / ada / troops\n" in text
    assert "- article-0 / ada / troops: `hedged`. Reason 0.\n" in text
    assert "article-5" not in text, "five reasons are enough"
    assert "The decisions mostly say `hedged`: should the codebook say so?" in text
    assert text.endswith("?\n")
    for name in ("model-a", "model-b", "anna"):
        assert name not in text


def test_decisions_that_go_both_ways_ask_another_question(root: Path) -> None:
    judgements, decisions = often()
    assert "Is an example missing" in proposals(
        confusions(judgements, decisions[2:]), read_sources(root), judgements
    ), "four decisions are few"
    assert "Decided: none of them; undecided: 7." in proposals(
        confusions(judgements, []), read_sources(root), judgements
    )


def test_a_label_that_the_codebook_does_not_define(root: Path) -> None:
    (root / "annotations" / "codebook" / "v1.md").write_text("# Codebook\n")
    judgements, decisions = often()
    text = proposals(confusions(judgements, decisions), read_sources(root), judgements)
    assert "- `hedged`: not in a table of the codebook" in text


def test_the_definitions_are_of_the_latest_codebook_followed(root: Path) -> None:
    judgements, _ = often()
    for version in ("v2", "v10"):
        codebook_file(root, version).write_text(f"| commitment | `hedged` | in {version} |\n")
    newer = [
        row.model_copy(update={"codebook_version": f"v{2 + 8 * (place % 2)}"})
        for place, row in enumerate(judgements)
    ]
    text = proposals(confusions(newer, []), read_sources(root), newer)
    assert text.startswith("# Proposals on codebook v2, v10\n")
    assert "- `hedged`: in v10" in text


def test_nothing_to_propose(root: Path) -> None:
    sources = read_sources(root)
    judgements = [entry.record for entry in sources.judgements]
    found = confusions(judgements, [entry.record for entry in sources.decisions])
    assert {one.field for one in found} == {"stance", "condition"}
    assert proposals(found, sources, judgements).endswith("There is no such pair.\n")


# -- this repository's own coders -----------------------------------------------------------------------


def test_our_own_coders_are_models_and_confuse_what_the_proposal_says() -> None:
    """Counted over the judgements of release 0.1.0, which later ones may add to."""
    sources = read_sources(REPOSITORY)
    judgements = judgements_of_kind(sources)
    assert {judgement.kind.value for judgement in judgements} == {"model"}
    found = confusions(judgements, [entry.record for entry in sources.decisions])
    hedged = only(found, "commitment", "asserted", "hedged")
    assert hedged.n >= 5
    for one in found:
        assert one.n == len(one.examples) <= one.n_rarer
        assert len(one.reasons) == one.n, "every difference is decided"
        assert one.field in {"stance", *DETAIL_FIELDS}
