"""Agreement on one field, against numbers worked out by hand."""

from __future__ import annotations

from itertools import product

import pytest

from standoff.annotation.agreement.classifying import MAX_PAIRED, FieldAgreement, field_agreement, ratings_of
from standoff.annotation.agreement.fields import Question, Row
from standoff.annotation.agreement.finding import Resampling
from standoff.errors import InputError

FEW: Resampling = {"resamples": 50, "seed": 2}
LABELS = ("no", "maybe", "yes")


def rows(*units: str, coders: str = "abc") -> list[Row]:
    """One unit per word, one letter per coder: n, m, y, or - where the coder has not rated it."""
    labels = {"n": "no", "m": "maybe", "y": "yes"}
    return [
        Row(f"u{number}", coder, "tone", labels[letter], f"g{number}", "human", f"part-{number % 2}")
        for number, word in enumerate(units)
        for coder, letter in zip(coders, word, strict=False)
        if letter != "-"
    ]


def agreed(given: list[Row], *, ordinal: bool = False) -> FieldAgreement:
    return field_agreement("tone", given, LABELS, describes="a tone", ordinal=ordinal, resampling=FEW)


def test_two_coders_by_hand() -> None:
    """Ten units: 4 yes-yes, 3 no-no, 2 yes-no, 1 no-yes."""
    made = agreed(rows(*["yy"] * 4, *["nn"] * 3, *["yn"] * 2, "ny"))
    assert made.overall.percent.value == pytest.approx(0.7)
    # Cohen 1960: p_e = .6 * .5 + .4 * .5 = .5
    assert made.overall.kappa is not None
    assert made.overall.kappa.value == pytest.approx((0.7 - 0.5) / (1 - 0.5))
    # Krippendorff 2011: 11 yes and 9 no among 20 ratings, 6 of them in units that differ.
    assert made.overall.alpha.value == pytest.approx(1 - 19 * 6 / (2 * 11 * 9))
    specific = {one.label: one.specific.value for one in made.by_label}
    assert specific["yes"] == pytest.approx(2 * 4 / (2 * 4 + 3))
    assert specific["no"] == pytest.approx(2 * 3 / (2 * 3 + 3))
    assert specific["maybe"] is None
    assert [one.n_ratings for one in made.by_label] == [9, 0, 11]


def test_three_coders_by_hand() -> None:
    """Fleiss 1971 on four units: P-bar is (1 + 1/3 + 1/3 + 1) / 4."""
    made = agreed(rows("yyy", "yyn", "nny", "nnn"))
    assert made.overall.percent.value == pytest.approx(2 / 3)
    assert made.overall.kappa is not None
    assert made.overall.kappa.coefficient == "fleiss_kappa"
    assert made.overall.kappa.value == pytest.approx((2 / 3 - 0.5) / 0.5)
    assert made.overall.alpha.value == pytest.approx(1 - 11 * (4 / 2 * 2) / (2 * 6 * 6))
    assert [pair.coders for pair in made.by_pair] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [pair.percent.value for pair in made.by_pair] == [1, 0.5, 0.5]
    assert {pair.kappa.coefficient for pair in made.by_pair if pair.kappa} == {"cohen_kappa"}


def test_a_step_is_less_than_two_only_where_the_field_is_ordinal() -> None:
    near = rows("nn", "nm", "mm", "my", "yy", "yy", "nn", "mm")
    far = rows("nn", "ny", "mm", "yn", "yy", "yy", "nn", "mm")
    ordinal = [agreed(given, ordinal=True).overall.alpha.value or 0 for given in (near, far)]
    nominal = [agreed(given).overall.alpha.value or 0 for given in (near, far)]
    assert ordinal[0] > ordinal[1] + 0.3
    assert nominal[0] == pytest.approx(nominal[1], abs=0.05)
    assert agreed(near, ordinal=True).overall.kappa is None


def test_what_one_coder_alone_rated_does_not_count() -> None:
    whole = agreed(rows("yy", "nn", "yn", "mm", "nn"))
    more = agreed(rows("yy", "nn", "yn", "mm", "nn", "y-", "-n"))
    assert more.overall == whole.overall
    assert sum(one.n_ratings for one in more.by_label) == 12


def test_parts_have_only_their_units() -> None:
    made = agreed(rows("yy", "yn", "nn", "ny", "yy", "yn", "nn", "ny"))
    assert [(part.conflict_id, part.percent.value, part.alpha.n_units) for part in made.by_conflict] == [
        ("part-0", 1, 4),
        ("part-1", 0, 4),
    ]


def test_nothing_to_compare() -> None:
    for given in ([], rows("y", "n")):
        made = agreed(given)
        assert made.overall.alpha.value is None
        assert made.overall.alpha.undefined == "no unit has two ratings"
        assert made.by_pair == ()


def test_only_one_value_is_undefined_and_not_perfect() -> None:
    made = agreed(rows(*["yy"] * 8))
    assert (made.overall.percent.value, made.overall.alpha.value) == (1, None)
    assert made.overall.alpha.undefined == "only one value occurs"


def test_a_label_outside_the_inventory_is_refused() -> None:
    with pytest.raises(InputError, match="unknown label 'other'"):
        ratings_of([Row("u", "a", "tone", "other", "u", "human")], LABELS)


def test_what_the_field_is_stays_with_it() -> None:
    made = field_agreement(
        "tone", rows("yy"), LABELS, describes="a tone", asks=Question.DETAIL, given="it is there", resampling=FEW
    )
    assert (made.field, made.describes, made.asks, made.given) == ("tone", "a tone", "detail", "it is there")
    assert [one.label for one in made.by_label] == list(LABELS)


def test_articles_are_resampled_as_a_whole() -> None:
    words = ["".join(word) for word in product("yn", repeat=2)] * 6
    apart = rows(*words)
    together = [
        Row(row.unit, row.coder, row.field, row.value, f"g{int(row.unit[1:]) % 6}", row.kind) for row in apart
    ]
    first, second = (agreed(given).overall.percent for given in (apart, together))
    assert (first.n_groups, second.n_groups) == (24, 6)
    assert first.value == second.value == 0.5
    assert (first.low, first.high) != (second.low, second.high)


def test_pairs_of_many_coders_are_left_out() -> None:
    for n_coders, n_pairs in ((MAX_PAIRED, 190), (MAX_PAIRED + 1, 0)):
        rows = [
            Row(f"u{unit}", f"c{coder:02}", "f", "xy"[(unit * coder) % 2], f"u{unit}", "human")
            for unit in range(6)
            for coder in range(n_coders)
        ]
        made = field_agreement("f", rows, ["x", "y"], describes="d", resampling={"resamples": 5, "seed": 1})
        assert len(made.by_pair) == n_pairs
        assert made.overall.alpha.value is not None
