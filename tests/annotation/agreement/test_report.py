"""The report: kinds apart, coverage, parts, outside tables."""

from __future__ import annotations

import csv
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from standoff.annotation.agreement.classifying import ratings_of
from standoff.annotation.agreement.fields import FIELDS, Question, Row, chosen_fields, rows_of
from standoff.annotation.agreement.finding import Resampling
from standoff.annotation.agreement.gather import Gathered
from standoff.annotation.agreement.intervals import estimate
from standoff.annotation.agreement.report import (
    AgreementReport,
    KindReport,
    report_on_judgements,
    report_on_table,
)
from standoff.annotation.agreement.table import read_table
from standoff.corpus.reader import read_sources
from standoff.errors import InputError, NotFoundError
from standoff.records import CoderKind, Judgement, Stance

MINI = Path(__file__).parents[2] / "data" / "mini"
FEW: Resampling = {"resamples": 100, "seed": 3}
STANCES = list(Stance)
POSITION = {
    "attribution": "indirect",
    "commitment": "asserted",
    "condition": "none",
    "relay": "none",
    "time": "past",
}


@pytest.fixture(scope="module")
def model() -> Judgement:
    """A judgement with a position, to change."""
    return next(entry.record for entry in read_sources(MINI).judgements if entry.record.stance == "seeks")


def coded(model: Judgement, *coders: tuple[str, CoderKind], seed: int, error: float) -> list[Judgement]:
    """Judgements of 24 articles of two conflicts, two units each; coders err with a probability."""
    drawn = random.Random(seed)  # noqa: S311  # made-up data
    made = []
    for number in range(24):
        for actor in ("ada-berg", "westland"):
            truth = drawn.choice(STANCES)
            for coder, kind in coders:
                stance = drawn.choice(STANCES) if drawn.random() < error else truth
                has = stance not in {Stance.NO_POSITION, Stance.CANNOT_TELL}
                made.append(
                    model.model_copy(
                        update={
                            "article_id": f"{'north' if number < 12 else 'south'}-{number}",
                            "actor_id": actor,
                            "coder_id": coder,
                            "kind": kind,
                            "stance": stance,
                            "evidence": model.evidence if has else (),
                            **{name: value if has else None for name, value in POSITION.items()},
                        }
                    )
                )
    return made


def gathered(judgements: list[Judgement]) -> Gathered:
    return Gathered(tuple(judgements), (), {one.article_id: one.article_id.split("-")[0] for one in judgements})


def reported(judgements: list[Judgement], *names: str, **options: Any) -> AgreementReport:
    fields = chosen_fields(names)
    return report_on_judgements(gathered(judgements), fields, about="made up", resampling=FEW, **options)


def the_kind(report: AgreementReport) -> KindReport:
    (kind,) = report.kinds
    return kind


PEOPLE = (("anna", CoderKind.HUMAN), ("ben", CoderKind.HUMAN), ("cem", CoderKind.HUMAN))
MODELS = (("model-a", CoderKind.MODEL), ("model-b", CoderKind.MODEL))


# -- kinds ----------------------------------------------------------------------------------------------


def test_people_and_models_are_reported_apart(model: Judgement) -> None:
    people = coded(model, *PEOPLE, seed=1, error=0.5)
    models = coded(model, *MODELS, seed=1, error=0)
    report = reported(people + models)
    assert [kind.kind for kind in report.kinds] == ["human", "model"]
    assert report.kinds[0] == the_kind(reported(people))
    assert report.kinds[1] == the_kind(reported(models))
    assert report.kinds[0].kind_in_words == "All coders are people."
    assert report.kinds[1].kind_in_words.startswith("No coder is a person")
    human, machine = (kind.fields[0].overall.alpha.value for kind in report.kinds)
    assert human is not None
    assert human < 0.9
    assert machine == 1


def test_kinds_are_pooled_only_when_asked_and_it_is_said(model: Judgement) -> None:
    both = coded(model, PEOPLE[0], MODELS[0], seed=2, error=0.3)
    apart = reported(both, "stance")
    assert [kind.fields[0].overall.alpha.undefined for kind in apart.kinds] == ["no unit has two ratings"] * 2
    assert [kind.planning for kind in apart.kinds] == [None, None]
    pooled = the_kind(reported(both, "stance", pool_kinds=True))
    assert (pooled.kind, [coder.kind for coder in pooled.coders]) == ("pooled", ["human", "model"])
    assert "taken together" in pooled.kind_in_words
    assert pooled.fields[0].overall.alpha.value is not None


def test_one_kind_alone_is_never_called_pooled(model: Judgement) -> None:
    assert the_kind(reported(coded(model, *MODELS, seed=2, error=0.3), "stance", pool_kinds=True)).kind == "model"


# -- what is counted ------------------------------------------------------------------------------------


def test_coverage_counts_units_by_their_coders(model: Judgement) -> None:
    people = coded(model, *PEOPLE, seed=4, error=0.2)
    kept = [one for one in people if one.coder_id != "cem" or one.article_id == "north-0"]
    kind = the_kind(reported(kept[1:], "relay"))  # anna has not coded the first unit
    assert [(coder.coder_id, coder.n_units) for coder in kind.coders] == [("anna", 47), ("ben", 48), ("cem", 2)]
    assert (kind.n_units, kind.n_units_by_coders, kind.n_groups) == (48, {2: 47, 3: 1}, 24)
    assert kind.codebooks == ("v1",)


def test_each_number_is_the_estimate_of_its_part(model: Judgement) -> None:
    people = coded(model, *PEOPLE, seed=5, error=0.4)
    kind = the_kind(reported(people, "stance"))
    (field,) = kind.fields
    rows = list(rows_of(people, [FIELDS["stance"]], gathered(people).conflict_of))
    whole = ratings_of(rows, STANCES)
    assert field.overall.alpha == estimate(whole, "alpha_nominal", **FEW)
    assert field.overall.kappa == estimate(whole, "fleiss_kappa", **FEW)
    assert field.overall.percent == estimate(whole, "percent_agreement", **FEW)
    north = ratings_of([row for row in rows if row.part == "north"], STANCES)
    assert [part.conflict_id for part in field.by_conflict] == ["north", "south"]
    assert field.by_conflict[0].alpha == estimate(north, "alpha_nominal", **FEW)
    assert [part.coders for part in field.by_pair] == [("anna", "ben"), ("anna", "cem"), ("ben", "cem")]
    assert field.by_pair[1].kappa == estimate(whole.restrict(("anna", "cem")), "cohen_kappa", **FEW)
    assert [label.label for label in field.by_label] == STANCES
    assert sum(label.n_ratings for label in field.by_label) == len(people)
    seeks = whole.map_labels({stance: "seeks" if stance == "seeks" else "rest" for stance in STANCES})
    assert field.by_label[0].alpha.value == pytest.approx(estimate(seeks, "alpha_nominal", **FEW).value)
    assert kind.planning is not None
    assert (kind.planning.field, kind.planning.coefficient) == ("stance", "alpha_nominal")
    assert {row.coders for row in kind.planning.rows} == {2, 3}


def test_two_coders_have_cohens_kappa_and_an_ordinal_field_has_ordinal_alpha(model: Judgement) -> None:
    kind = the_kind(reported(coded(model, *PEOPLE[:2], seed=6, error=0.3), "stance", "stance_ordinal"))
    stance, ordinal = kind.fields
    assert stance.overall.kappa is not None
    assert stance.overall.kappa.coefficient == "cohen_kappa"
    assert (ordinal.overall.kappa, ordinal.overall.alpha.coefficient) == (None, "alpha_ordinal")
    assert ordinal.overall.alpha.n_units < stance.overall.alpha.n_units  # cannot_tell is not rated


def test_finding_is_apart_from_classifying(model: Judgement) -> None:
    people = coded(model, *PEOPLE[:2], seed=7, error=0)
    turned = {Stance.SEEKS: Stance.OPPOSES, Stance.SUPPORTS: Stance.OPPOSES, Stance.OPPOSES: Stance.SUPPORTS}
    held = [
        one.model_copy(update={"stance": turned.get(one.stance, one.stance)}) if one.coder_id == "ben" else one
        for one in people
    ]
    fields = {field.field: field for field in the_kind(reported(held)).fields}
    assert fields["position"].overall.alpha.value == 1  # they see the same positions
    assert fields["polarity"].overall.percent.value == 0  # and never on the same side
    assert fields["polarity"].overall.alpha.n_units < fields["position"].overall.alpha.n_units
    assert [name for name, field in fields.items() if field.asks is Question.FOUND] == ["position", "polarity"]
    assert fields["attribution"].overall.alpha.undefined == "only one value occurs"


def test_the_order_of_judgements_does_not_matter_and_the_seed_does(model: Judgement) -> None:
    people = coded(model, *PEOPLE, seed=8, error=0.4)
    report = reported(people)
    assert reported(people[::-1]) == report
    other = report_on_judgements(
        gathered(people), chosen_fields(None), about="made up", resampling={"resamples": 100, "seed": 4}
    )
    assert other.kinds[0].fields[0].overall.alpha.value == report.kinds[0].fields[0].overall.alpha.value
    assert other.kinds[0].fields[0].overall.alpha.low != report.kinds[0].fields[0].overall.alpha.low
    assert (other.resamples, other.seed) == (100, 4)


def test_json_is_complete(model: Judgement) -> None:
    report = reported(coded(model, *PEOPLE, seed=9, error=0.4))
    made = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert (made["about"], made["group"], made["level"], made["seed"]) == ("made up", "article", 0.95, 3)
    kind = made["kinds"][0]
    assert kind["kind"] == "human"
    assert kind["kind_in_words"] == "All coders are people."
    assert [field["field"] for field in kind["fields"]] == [field.name for field in chosen_fields(None)]
    for field in kind["fields"]:
        assert len(field["by_conflict"]) == 2
        assert len(field["by_pair"]) == 3
        assert {"value", "low", "high", "n_units", "n_groups", "undefined"} <= field["overall"]["alpha"].keys()
    assert [(part["found"], part["criterion"]) for part in kind["finding"]] == [
        ("evidence", "overlap"),
        ("evidence", "exact"),
        ("evidence", "characters"),
    ]
    assert kind["planning"]["rows"]


# -- outside tables -------------------------------------------------------------------------------------


def table(*, kind: str = "unstated", coders: str = "abc", error: float = 0.3) -> list[Row]:
    drawn = random.Random(11)  # noqa: S311  # made-up data
    rows = []
    for unit in range(40):
        truth = drawn.choice(["low", "mid", "high"])
        for coder in coders:
            label = drawn.choice(["low", "mid", "high"]) if drawn.random() < error else truth
            rows.append(Row(f"u{unit}", f"{kind}-{coder}", "label", label, f"u{unit}", kind))
    return rows


def test_a_table_without_groups_resamples_units() -> None:
    report = report_on_table(table(), about="t.csv", resampling=FEW)
    assert (report.group, the_kind(report).kind) == ("unit", "unstated")
    (field,) = the_kind(report).fields
    assert (field.field, field.overall.alpha.n_groups) == ("label", 40)
    assert [label.label for label in field.by_label] == ["high", "low", "mid"]
    assert field.by_conflict == ()
    grouped = [replace(row, group=f"g{int(row.unit[1:]) // 4}") for row in table()]
    wider = report_on_table(grouped, about="t.csv", resampling=FEW)
    assert (wider.group, the_kind(wider).fields[0].overall.alpha.n_groups) == ("group", 10)
    partly = [row if row.unit == "u0" else other for row, other in zip(table(), grouped, strict=True)]
    assert report_on_table(partly, about="t.csv", resampling=FEW).group == "group"


def test_kinds_of_a_table_are_apart_too() -> None:
    report = report_on_table(table(kind="human") + table(kind="model"), about="t.csv", resampling=FEW)
    assert [kind.kind for kind in report.kinds] == ["human", "model"]
    pooled = report_on_table(
        table(kind="human") + table(kind="model"), about="t.csv", pool_kinds=True, resampling=FEW
    )
    assert [len(kind.coders) for kind in pooled.kinds] == [6]


def test_an_order_adds_ordinal_alpha_and_has_to_hold_all_labels() -> None:
    order = ["low", "mid", "high"]
    nominal, ordinal = the_kind(report_on_table(table(), about="t", order=order, resampling=FEW)).fields
    assert (ordinal.field, ordinal.describes, ordinal.ordinal) == ("label_ordinal", "low < mid < high", True)
    assert ordinal.overall.alpha == estimate(ratings_of(table(), order), "alpha_ordinal", **FEW)
    assert nominal.overall.alpha == estimate(ratings_of(table(), order), "alpha_nominal", **FEW)
    with pytest.raises(InputError, match="the order lacks labels"):
        report_on_table(table(), about="t", order=["low", "high"], resampling=FEW)


def test_a_label_for_nothing_there_tells_finding_from_classifying() -> None:
    fields = {field.field: field for field in the_kind(report_on_table(table(), about="t", none="mid")).fields}
    assert list(fields) == ["label", "label_found", "label_which"]
    whole = ratings_of(table(), ["high", "low", "mid"])
    found = estimate(whole.map_labels({"low": "yes", "mid": "no", "high": "yes"}), "alpha_nominal")
    which = estimate(whole.map_labels({"low": "low", "mid": None, "high": "high"}), "alpha_nominal")
    assert fields["label_found"].overall.alpha == found
    assert fields["label_which"].overall.alpha == which
    assert fields["label_which"].given == "neither coder says mid"
    with pytest.raises(NotFoundError, match="no label named 'none'"):
        report_on_table(table(), about="t", none="none")


def test_fields_of_a_table_are_reported_each() -> None:
    rows = [replace(row, field=field) for field in ("tone", "topic") for row in table()]
    assert [one.field for one in the_kind(report_on_table(rows, about="t", resampling=FEW)).fields] == [
        "tone",
        "topic",
    ]


def test_eight_people_on_2300_sentences(shared_data: Path, tmp_path: Path) -> None:
    """GWSD: whether a sentence takes a position is what its coders disagree on, not which one."""
    with (shared_data / "gwsd" / "GWSD.tsv").open(encoding="utf-8", newline="") as handle:
        wide = list(csv.DictReader(handle, delimiter="\t"))
    path = tmp_path / "gwsd.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["unit", "coder", "label", "kind"])
        for row in wide:
            writer.writerows([row["guid"], f"w{n}", row[f"worker_{n}"], "human"] for n in range(8))
    order = ["disagrees", "neutral", "agrees"]
    report = report_on_table(read_table(path), about="GWSD", order=order, none="neutral", resampling=FEW)
    kind = the_kind(report)
    assert (kind.kind, kind.n_units, kind.n_units_by_coders) == ("human", 2300, {8: 2300})
    alpha = {field.field: field.overall.alpha for field in kind.fields}
    assert {name: round(one.value or 0, 3) for name, one in alpha.items()} == {
        "label": 0.368,
        "label_ordinal": 0.460,
        "label_found": 0.293,
        "label_which": 0.640,
    }
    assert all(one.low is not None and one.low < (one.value or 0) < (one.high or 0) for one in alpha.values())
    assert alpha["label_found"].high < alpha["label_which"].low  # type: ignore[operator]  # checked above
