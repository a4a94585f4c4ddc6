"""The baselines by name. A baseline is one file and one line here; its module is imported when it is asked for."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from standoff.errors import InputError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sklearn.base import ClassifierMixin


@dataclass(frozen=True, slots=True)
class Baseline:
    """A line of the registry.

    Args:
        path: ``module:Class``.
        role: ``control`` sees less than the task shows, on purpose; an ``anchor`` is what everyone knows.
        sees: The columns of the common frame that it looks at. A saved model needs those with text.
    """

    path: str
    role: Literal["control", "anchor", "ours"]
    sees: tuple[str, ...]


BASELINES: dict[str, Baseline] = {
    "majority": Baseline("standoff.baselines.majority:Majority", "control", ()),
    "stratified": Baseline("standoff.baselines.stratified:Stratified", "control", ()),
    "text_blind": Baseline("standoff.baselines.text_blind:TextBlind", "control", ("actor", "target")),
    "actor_blind": Baseline("standoff.baselines.actor_blind:ActorBlind", "control", ("text", "target")),
    "target_blind": Baseline("standoff.baselines.target_blind:TargetBlind", "control", ("text", "actor")),
    "tfidf_svm": Baseline("standoff.baselines.tfidf_svm:TfidfSvm", "anchor", ("text", "actor", "target")),
    "tfidf_logreg": Baseline("standoff.baselines.tfidf_logreg:TfidfLogreg", "anchor", ("text", "actor", "target")),
    "nbsvm": Baseline("standoff.baselines.nbsvm:NbSvm", "anchor", ("text", "actor", "target")),
    "standoff_linear": Baseline(
        "standoff.baselines.standoff_linear:StandoffLinear",
        "ours",
        ("text", "actor", "target", "actor_spans", "target_spans"),
    ),
}
"""From the least to the most that a system may look at."""


def make_baseline(name: str, parameters: Mapping[str, Any] | None = None, *, seed: int = 12345) -> ClassifierMixin:
    """Return an unfitted baseline.

    Args:
        name: A name in :data:`BASELINES`.
        parameters: Arguments of its constructor, except ``random_state``.
        seed: Becomes ``random_state`` where the baseline has one.

    Raises:
        NotFoundError: No such baseline.
        InputError: A parameter that the baseline does not have.
    """
    estimator, known = _class(name)
    chosen = dict(parameters or {})
    unknown = sorted(set(chosen) - (known - {"random_state"}))
    if unknown:
        raise InputError(
            f"baseline {name} has no parameter {', '.join(unknown)}",
            expected=", ".join(sorted(known - {"random_state"})) or "no parameters",
        )
    seeded = {"random_state": seed} if "random_state" in known else {}
    made: ClassifierMixin = estimator(**chosen, **seeded)
    return made


def is_random(name: str) -> bool:
    """Return whether a baseline's predictions depend on a seed.

    Raises:
        NotFoundError: No such baseline.
    """
    return "random_state" in _class(name)[1]


def _class(name: str) -> tuple[type[ClassifierMixin], set[str]]:
    """Return a baseline's class and the names of its constructor's parameters."""
    if name not in BASELINES:
        raise unknown_name("baseline", name, BASELINES)
    module, _, attribute = BASELINES[name].path.partition(":")
    estimator: type[ClassifierMixin] = getattr(import_module(module), attribute)
    return estimator, set(inspect.signature(estimator).parameters)
