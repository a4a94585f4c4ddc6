"""The baselines by name. A baseline is one file and one line here; its module is imported when it is asked for."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Any

from standoff.errors import InputError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sklearn.base import ClassifierMixin

BASELINES: dict[str, str] = {
    "majority": "standoff.baselines.majority:Majority",
    "stratified": "standoff.baselines.stratified:Stratified",
    "actor_blind": "standoff.baselines.actor_blind:ActorBlind",
    "tfidf_svm": "standoff.baselines.tfidf_svm:TfidfSvm",
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
    if name not in BASELINES:
        raise unknown_name("baseline", name, BASELINES)
    module, _, attribute = BASELINES[name].partition(":")
    estimator = getattr(import_module(module), attribute)
    known = set(inspect.signature(estimator).parameters)
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
