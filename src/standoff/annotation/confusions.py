"""Pairs of labels that coders confuse again and again, and what that asks of the codebook.

A unit counts for a pair when one coder gave it one of the two labels and another coder the other. The rate is the
share of such units among those to which anybody gave the rarer of the two: five units are little beside hundreds
of ``asserted``, and much beside twenty of ``hedged``. Units of one article are not independent, so that the
interval of the rate comes from a bootstrap over articles.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from standoff.annotation.agreement.intervals import FEW_GROUPS, cluster_interval
from standoff.annotation.agreement.rounding import percent
from standoff.annotation.codebook import Definitions, codebook_file, definitions, newest
from standoff.errors import unknown_name
from standoff.evaluation.resample import bootstrap_weights
from standoff.evaluation.scores import MIN_GROUPS, RESAMPLES, SEED
from standoff.files import read_text
from standoff.records import (
    INVENTORIES,
    LABEL_FIELDS,
    UNIT_FIELDS,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from enum import StrEnum

    from standoff.corpus.sources import Sources
    from standoff.records import Decision, Judgement, UnitKey

MIN_UNITS = 5
MIN_ARTICLES = 3
MIN_RATE = 0.05
RULE = (
    f"confused on at least {MIN_UNITS} units in at least {MIN_ARTICLES} articles, at a rate whose interval starts "
    f"above {MIN_RATE:.0%}"
)
"""What "again and again" means. Below it, a pair may owe its count to an odd article or two."""

N_EXAMPLES = 5
NO_POSITION = "no position"
"""What is decided on a detail where the decision is that no position is taken."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What an adjudicator chose on a unit, None where no position was seen, and why."""

    key: UnitKey
    chosen: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Confusion:
    """Two labels of a field between which coders differ.

    Attributes:
        field: The label field.
        labels: The two, in the inventory's order.
        n: Units on which one coder gave the first and another the second.
        rarer: That of the two which fewer units have.
        n_rarer: Units to which anybody gave it, of those with labels by two coders or more.
        n_articles: Articles of the ``n`` units.
        low: Lower end of the rate's 95 % interval; None with fewer than five articles behind ``n_rarer``.
        high: Upper end.
        few_groups: Whether there is an interval from so few articles that it comes out too narrow.
        decided: How often each label was chosen for the ``n`` units, the most frequent first, "no position" too.
        examples: The ``n`` units, in order.
        reasons: Of those that are decided, in order.
    """

    field: str
    labels: tuple[str, str]
    n: int
    rarer: str
    n_rarer: int
    n_articles: int
    low: float | None
    high: float | None
    few_groups: bool
    decided: Mapping[str, int]
    examples: tuple[UnitKey, ...]
    reasons: tuple[Reason, ...]

    @property
    def rate(self) -> float:
        """The share of the units with the rarer label on which coders differ between the two."""
        return self.n / self.n_rarer

    @property
    def again_and_again(self) -> bool:
        """Whether the pair reaches :data:`RULE`."""
        return (
            self.n >= MIN_UNITS
            and self.n_articles >= MIN_ARTICLES
            and self.low is not None
            and self.low > MIN_RATE
        )

    def to_json(self) -> dict[str, Any]:
        """Return the pair as JSON-ready values."""
        return {
            "field": self.field,
            "labels": list(self.labels),
            "n": self.n,
            "rarer": self.rarer,
            "n_rarer": self.n_rarer,
            "n_articles": self.n_articles,
            "rate": self.rate,
            "low": self.low,
            "high": self.high,
            "few_groups": self.few_groups,
            "again_and_again": self.again_and_again,
            "decided": dict(self.decided),
            "examples": [dict(zip(UNIT_FIELDS, key, strict=True)) for key in self.examples],
        }


def confusions(
    judgements: Iterable[Judgement], decisions: Iterable[Decision], fields: Sequence[str] = LABEL_FIELDS
) -> list[Confusion]:
    """Return the pairs of labels on which coders differ at least once, the most frequent of a field first.

    A detail counts where both coders see a position: where one sees none, they differ on the stance.

    Raises:
        NotFoundError: There is no such field.
    """
    by_unit: dict[UnitKey, list[Judgement]] = defaultdict(list)
    for judgement in judgements:
        by_unit[judgement.key].append(judgement)
    decided = {decision.key: decision for decision in decisions}
    return [found for field in fields for found in _of_field(field, by_unit, decided)]


def _of_field(
    field: str, by_unit: Mapping[UnitKey, Sequence[Judgement]], decided: Mapping[UnitKey, Decision]
) -> list[Confusion]:
    if field not in LABEL_FIELDS:
        raise unknown_name("label field", field, LABEL_FIELDS)
    order = [str(value) for value in INVENTORIES[field]]
    given: dict[UnitKey, set[str]] = {}
    for key, judgements in sorted(by_unit.items()):
        values = [str(value) for judgement in judgements if (value := getattr(judgement, field)) is not None]
        if len(values) > 1:
            given[key] = set(values)
    pairs = Counter(pair for values in given.values() for pair in combinations(sorted(values, key=order.index), 2))
    return [_confusion(field, pair, given, decided) for pair, _ in pairs.most_common()]


def _confusion(
    field: str,
    pair: tuple[str, str],
    given: Mapping[UnitKey, set[str]],
    decided: Mapping[UnitKey, Decision],
) -> Confusion:
    with_label = {label: [key for key, values in given.items() if label in values] for label in pair}
    rarer = min(pair, key=lambda label: len(with_label[label]))
    both = [key for key in with_label[rarer] if given[key] >= set(pair)]
    low, high = _interval(with_label[rarer], set(both))
    reasons = tuple(
        Reason(key, _plain(getattr(decided[key], field)), decided[key].reason) for key in both if key in decided
    )
    return Confusion(
        field=field,
        labels=pair,
        n=len(both),
        rarer=rarer,
        n_rarer=len(with_label[rarer]),
        n_articles=len({key[0] for key in both}),
        low=low,
        high=high,
        few_groups=low is not None and len({key[0] for key in with_label[rarer]}) < FEW_GROUPS,
        decided=dict(Counter(reason.chosen or NO_POSITION for reason in reasons).most_common()),
        examples=tuple(both),
        reasons=reasons,
    )


def _plain(value: StrEnum | None) -> str | None:
    return None if value is None else str(value)


def _interval(units: Sequence[UnitKey], both: set[UnitKey]) -> tuple[float | None, float | None]:
    """Return the 95 % interval of the share of ``both`` in ``units``, from a bootstrap over their articles."""
    total = Counter(key[0] for key in units)
    hits = Counter(key[0] for key in both)
    if len(total) < MIN_GROUPS:
        return None, None
    counts = np.array([(hits[article], n) for article, n in sorted(total.items())])
    drawn = bootstrap_weights(len(total), RESAMPLES, SEED) @ counts
    rate = len(both) / len(units)
    return cluster_interval(drawn[:, 0] / drawn[:, 1], rate, len(total), lowest=0)


def proposals(found: Sequence[Confusion], sources: Sources, judgements: Sequence[Judgement]) -> str:
    """Return the pairs that reach :data:`RULE` as Markdown for the editors of the codebook.

    The definitions are those of the latest codebook that the judgements follow.
    """
    versions = sorted({judgement.codebook_version for judgement in judgements}, key=lambda name: int(name[1:]))
    defined = definitions(read_text(codebook_file(sources.root, newest(versions))))
    repeated = [one for one in found if one.again_and_again]
    coders = Counter((judgement.coder_id, judgement.kind.value) for judgement in judgements)
    articles = {judgement.article_id for judgement in judgements}
    about = (
        f"From {sum(coders.values())} judgements by {len(coders)} coders "
        f"({', '.join(sorted({kind for _, kind in coders}))}) on {len(articles)} articles. Listed is each pair of "
        f"labels {RULE}. A proposal changes nothing by itself: the editors of the codebook decide, and a change "
        "is a new version."
    )
    lines = [f"# Proposals on codebook {', '.join(versions)}", "", about, ""]
    for one in repeated:
        lines += _proposal(one, defined)
    if not repeated:
        lines.append("There is no such pair.")
    return "\n".join(lines).rstrip() + "\n"


def _proposal(one: Confusion, defined: Definitions) -> list[str]:
    first, second = one.labels
    reasoned = {reason.key for reason in one.reasons}
    undecided = [key for key in one.examples if key not in reasoned]
    chosen = ", ".join(f"`{label}` {n}" for label, n in one.decided.items()) or "none of them"
    rate = (
        f"Confused on {one.n} of the {one.n_rarer} units that anybody called `{one.rarer}`: {percent(one.rate)} % "
        f"[{percent(one.low or 0)}, {percent(one.high or 0)}]. They stand in {one.n_articles} articles."
    )
    if one.few_groups:
        rate += " Few articles: such intervals come out too narrow."
    meant = [defined[one.field].get(label, "not in a table of the codebook") for label in one.labels]
    lines = [
        f"## {one.field}: `{first}` or `{second}`?",
        "",
        f"- `{first}`: {meant[0]}",
        f"- `{second}`: {meant[1]}",
    ]
    lines += ["", rate, f"Decided: {chosen}; undecided: {len(undecided)}.", ""]
    if undecided:
        lines += ["Undecided:", "", *(f"- {' / '.join(key)}" for key in undecided[:N_EXAMPLES]), ""]
    if one.reasons:
        lines += ["What was decided, and why:", ""]
        for reason in one.reasons[:N_EXAMPLES]:
            why = " ".join(reason.reason.split())
            lines.append(f"- {' / '.join(reason.key)}: `{reason.chosen or NO_POSITION}`. {why}")
        lines.append("")
    return [*lines, f"Open question: {_question(one)}", ""]


def _question(one: Confusion) -> str:
    first, second = one.labels
    question = f"which words of the codebook tell `{first}` from `{second}` in these units?"
    most, n = next(iter(one.decided.items()), (None, 0))
    # Two thirds of at least five decisions: fewer say little about the adjudicator's habit.
    if most in one.labels and len(one.reasons) >= MIN_UNITS and n * 3 >= len(one.reasons) * 2:
        return f"{question} The decisions mostly say `{most}`: should the codebook say so?"
    return f"{question} Is an example missing, a rule of precedence, or should the two be one?"
