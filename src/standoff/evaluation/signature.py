"""The signature of a score: one line that pins every choice behind the number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, unquote

from standoff.errors import InputError
from standoff.evaluation.metrics import METRICS, get_metric

DIGEST_DIGITS = 8
"""Hexadecimal digits of the data's digest that a signature shows; the whole one is in the run's record."""

_NUMBER = r"[0-9]{1,40}"
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_RESERVED = re.compile(r"[%,|\[\]\s\x00-\x1f\x7f]")

_PARTS = {
    "standoff": (r"(?P<version>[0-9][0-9A-Za-z.+!-]*)", "0.3.0"),
    "task": (
        rf"(?P<task>{_NAME}(:{_NAME})?)@(?P<task_version>{_NUMBER})#(?P<digest>[0-9a-f]{{{DIGEST_DIGITS}}})",
        "seesaw@1#3f9c00ab",
    ),
    "split": (rf"(?P<split>{_NAME})(/(?P<slice>[^/|\[\]\s]+))?", "audited-test or audited-test/intervention"),
    "n": (rf"(?P<n>{_NUMBER})", "1397"),
    "metric": (r"(?P<metric>[A-Za-z0-9]+)\[(?P<labels>[^\[\]]+)\]", "macroF1[neg,pos]"),
    "missing": (rf"(?P<missing>{_NUMBER})", "0"),
    "ci": (rf"cluster-bs\((?P<resamples>{_NUMBER}),(?P<seed>{_NUMBER})\)", "cluster-bs(1000,12345)"),
}
"""The parts in order: what follows ``name:``, as a pattern and as an example."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a score was computed on and how; ``str()`` is the line to print, :meth:`parse` its inverse.

    In the line, a comma, bar, bracket, percent sign, space or control character in a label or a slice (and
    a slash in a slice) is written as in a URL (``%2C`` for a comma), and can so be told from the line's own
    punctuation.

    Attributes:
        version: Version of this package.
        task: Name of the task, with its variant unless that is the default: ``seesaw`` or ``seesaw:all``.
        task_version: Version of the task.
        digest: Digest of the task's data, 8 or more lower-case hexadecimal digits; the first 8 are kept.
        split: Split set and split: ``official-test``.
        slice: The slice of the split that was scored, ``column`` or ``column=value``; None for all of it.
        n: Number of items scored.
        metric: Name of the primary metric in :data:`standoff.evaluation.metrics.METRICS`.
        labels: The label inventory, in order.
        missing: Number of items without a prediction, scored as wrong.
        resamples: Number of resamples of the cluster bootstrap.
        seed: Seed of the cluster bootstrap.

    Raises:
        InputError: A value that does not fit; the message names the part of the line.
        NotFoundError: No such metric.
    """

    version: str
    task: str
    task_version: int
    digest: str
    split: str
    n: int
    metric: str
    labels: tuple[str, ...]
    missing: int
    resamples: int
    seed: int
    slice: str | None = None

    def __post_init__(self) -> None:
        # Kept short from the start, so that a signature equals the one parsed from its line.
        object.__setattr__(self, "digest", self.digest[:DIGEST_DIGITS])
        parts = self._parts()
        for name, value in parts.items():
            _match(name, value)
        rules = {
            "n": (self.n >= 1, "1 item or more"),
            "metric": (
                "" not in self.labels and len(set(self.labels)) == len(self.labels),
                "each label once, none empty",
            ),
            "missing": (self.missing <= self.n, f"at most n, which is {self.n}"),
            "ci": (self.resamples >= 1, "1 resample or more"),
        }
        for name, (holds, expected) in rules.items():
            if not holds:
                raise _wrong(name, f"{name}:{parts[name]}", expected=expected)

    def __str__(self) -> str:
        return "|".join(f"{name}:{value}" for name, value in self._parts().items())

    def _parts(self) -> dict[str, str]:
        labels = ",".join(map(_escape, self.labels))
        return {
            "standoff": self.version,
            "task": f"{self.task}@{self.task_version}#{self.digest}",
            "split": self.split
            if self.slice is None
            else f"{self.split}/{_escape(self.slice).replace('/', '%2F')}",
            "n": str(self.n),
            "metric": f"{get_metric(self.metric).short}[{labels}]",
            "missing": str(self.missing),
            "ci": f"cluster-bs({self.resamples},{self.seed})",
        }

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the signature that ``text`` is the line of.

        Raises:
            InputError: A part is missing, unknown, out of order or does not fit; the message names it.
        """
        fields: dict[str, Any] = {}
        given = text.split("|")
        for position, name in enumerate(_PARTS):
            part = given[position] if position < len(given) else None
            if part is None or not part.startswith(f"{name}:"):
                raise _wrong(name, part)
            fields |= _match(name, part.removeprefix(f"{name}:"))
        if len(given) > len(_PARTS):
            raise InputError("the signature goes on after its last part", got="|".join(given[len(_PARTS) :]))
        signature = cls(
            version=fields["version"],
            task=fields["task"],
            task_version=int(fields["task_version"]),
            digest=fields["digest"],
            split=fields["split"],
            n=int(fields["n"]),
            metric=_metric_name(fields["metric"]),
            labels=tuple(unquote(label) for label in fields["labels"].split(",")),
            missing=int(fields["missing"]),
            resamples=int(fields["resamples"]),
            seed=int(fields["seed"]),
            slice=unquote(fields["slice"]) if fields["slice"] is not None else None,
        )
        # One signature has one spelling: no leading zeros, no needless or broken escapes.
        for part, (name, value) in zip(given, signature._parts().items(), strict=True):
            if part != f"{name}:{value}":
                raise _wrong(name, part, expected=f"{name}:{value}")
        return signature


def _match(name: str, value: str) -> dict[str, str | None]:
    found = re.fullmatch(_PARTS[name][0], value)
    if found is None:
        raise _wrong(name, f"{name}:{value}")
    return found.groupdict()


def _escape(text: str) -> str:
    return _RESERVED.sub(lambda found: quote(found[0], safe=""), text)


def _metric_name(short: str) -> str:
    for metric in METRICS.values():
        if metric.short == short:
            return metric.name
    raise _wrong("metric", short, expected="one of " + ", ".join(metric.short for metric in METRICS.values()))


def _wrong(name: str, got: str | None, *, expected: str | None = None) -> InputError:
    if got is None:
        return InputError(
            f"the part {name!r} is missing from the signature",
            expected=_like(name),
            remedy="copy the whole line, from 'standoff:' to the closing bracket",
        )
    return InputError(
        f"the part {name!r} of the signature is wrong",
        got=got,
        expected=expected or _like(name),
    )


def _like(name: str) -> str:
    return f"something like {name}:{_PARTS[name][1]}"
