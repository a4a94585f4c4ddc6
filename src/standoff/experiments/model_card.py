"""The card of a saved model: ``README.md`` as model hubs read it, from the facts and the task's declaration."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import jinja2
import yaml

from standoff.baselines.probabilities import is_adjusted
from standoff.baselines.registry import make_baseline
from standoff.baselines.saving import Interval
from standoff.errors import printable
from standoff.experiments.markdown import in_points

if TYPE_CHECKING:
    from collections.abc import Mapping

    from standoff.baselines.saving import Facts
    from standoff.tasks.task import Task

HUB_LICENCES = frozenset({"apache-2.0", "cc-by-4.0", "cc-by-nc-sa-4.0", "cc-by-sa-4.0", "cc0-1.0", "mit"})
"""Licences by the names that model hubs know; the others are called ``other`` there, with their name beside it."""

_SPECIAL = re.compile(r"([\\`*_\[\]|~#!$])")


class Markdown(str):
    """Text that is Markdown already; every other text that a template prints is escaped."""

    __slots__ = ()


def make_card(facts: Facts, task: Task) -> str:
    """Return the text of a model's README.md.

    Args:
        facts: What is known about the model.
        task: The task it was trained on. Its texts are shown as they are, whatever is in them.
    """
    front = yaml.safe_dump(_front(facts, task), sort_keys=False, allow_unicode=True, width=100)
    evaluation = facts.scored.evaluation
    body = _template().render(
        facts=facts,
        task=task,
        sees=_listed(list(facts.columns)) if facts.columns else "no text at all",
        scores=evaluation["scores"],
        slices=evaluation["slices"],
        columns=_listed(["id", *facts.columns]),
        address=Markdown(json.dumps(facts.task.address)),
        scored=Markdown('"folds"' if facts.scored.how == "cross-validation" else '"test"'),
        adjusted=is_adjusted(make_baseline(facts.baseline, facts.parameters, seed=facts.seed)),
    )
    return f"---\n{front}---\n\n{body}"


def escape(text: str) -> str:
    r"""Return ``text`` so that Markdown shows it as it is, on one line.

    White space becomes single spaces, ``&``, ``<`` and ``>`` are written as entities, what is special inside a
    line has a backslash before it, and characters that are not visible are written as escapes. What is special
    only at the start of a line is left: a template puts words of its own there.
    """
    entities = _line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", entities)


def block(text: str, language: str = "") -> Markdown:
    """Return ``text`` as a fenced block that nothing in it can end."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return Markdown(f"{fence}{language}\n{printable(text.strip())}\n{fence}")


def estimate(found: Interval | Mapping[str, Any]) -> Markdown:
    """Return a score with its interval, in points of 100."""
    one = found.to_json() if isinstance(found, Interval) else found
    return Markdown(in_points(one["value"], one["low"], one["high"]))


def code(name: str) -> Markdown:
    """Return a plain name as code, in which Markdown shows every character as it is."""
    return Markdown(f"`{name}`")


def link(address: str) -> str:
    """Return an address as a link, or as text where it is not plainly one."""
    return Markdown(f"<{address}>") if re.fullmatch(r"https?://[\w./~%?=&#:@+-]+", address) else address


def _front(facts: Facts, task: Task) -> dict[str, Any]:
    licence = task.licence.lower()
    scores = facts.scored.evaluation["scores"]
    return {
        "language": [facts.task.language.partition("-")[0]],
        **(
            {"license": licence}
            if licence in HUB_LICENCES
            else {"license": "other", "license_name": _line(task.licence)}
        ),
        "library_name": "standoff",
        "pipeline_tag": "text-classification",
        "tags": ["stance-detection", "news", "scikit-learn", "skops"],
        "metrics": ["f1", "accuracy"],
        "model-index": [
            {
                "name": f"{facts.baseline} on {facts.task.name}",
                "results": [
                    {
                        "task": {"type": "text-classification", "name": "stance of an actor"},
                        "dataset": {
                            "type": facts.task.name,
                            "name": _line(task.title),
                            "split": facts.scored.evaluation["signature"].split("|")[2].removeprefix("split:"),
                            "revision": facts.task.digest,
                        },
                        "metrics": [
                            {"type": "f1", "name": "macro-F1", "value": round(scores["value"], 4)},
                            {"type": "accuracy", "value": round(scores["accuracy"]["value"], 4)},
                        ],
                    }
                ],
            }
        ],
    }


def _line(text: str) -> str:
    return printable(" ".join(text.split()))


def _listed(names: list[str]) -> Markdown:
    return Markdown(", ".join(map(code, names)))


def _template() -> jinja2.Template:
    # Markdown, not HTML: what is printed is escaped by `finalize`. A name missing from the data is an error.
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("standoff.experiments", "."),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701
        finalize=lambda value: (
            escape(value) if isinstance(value, str) and not isinstance(value, Markdown) else value
        ),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"block": block, "code": code, "estimate": estimate, "link": link}
    return environment.get_template("model_card.md.jinja")
