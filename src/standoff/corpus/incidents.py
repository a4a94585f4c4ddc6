"""What a check reports: rules with stable ids, incidents with file and line, a report as text or JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, Literal

from standoff.errors import printable

Severity = Literal["error", "warning"]

MAX_GOT = 100
"""Characters of the offending value that an incident shows."""


@dataclass(frozen=True, slots=True)
class Location:
    """A file, relative to the project's root, and a line in it (1 where the file as a whole is meant)."""

    file: str
    line: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that is checked. The id never changes its meaning.

    Args:
        rule_id: Stable kebab-case name.
        level: 1 format, 2 references, 3 content.
        expected: What is right.
        remedy: What to do about an incident.
        severity: Only errors make the check fail.
    """

    rule_id: str
    level: Literal[1, 2, 3]
    expected: str
    remedy: str
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """A place that breaks a rule: where, what is there, and, if it helps, why that is wrong."""

    where: Location
    got: object
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """A finding with its rule, ready to print."""

    file: str
    line: int
    rule: str
    level: int
    severity: Severity
    got: str
    expected: str
    remedy: str
    detail: str

    def __str__(self) -> str:
        detail = f" {self.detail}." if self.detail else ""
        return (
            f"{self.file}:{self.line}: [L{self.level} {self.severity} {self.rule}]{detail} "
            f"Got {self.got}. Expected {self.expected}. {self.remedy}."
        )


def make_incident(rule: Rule, finding: Finding) -> Incident:
    """Return the incident of ``finding`` under ``rule``, safe to print on one line whatever the files hold."""
    got = finding.got if isinstance(finding.got, str) else repr(finding.got)
    return Incident(
        file=_one_line(finding.where.file),
        line=finding.where.line,
        rule=rule.rule_id,
        level=rule.level,
        severity=rule.severity,
        got=_one_line(got if len(got) <= MAX_GOT else got[: MAX_GOT - 1] + "…"),
        expected=rule.expected,
        remedy=rule.remedy,
        detail=_one_line(finding.detail),
    )


def _one_line(text: str) -> str:
    return printable(text).replace("\n", "\\n")


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a check: incidents, the level asked for and the level reached."""

    incidents: tuple[Incident, ...]
    level: int
    reached: int
    counts: dict[str, int]

    @property
    def errors(self) -> int:
        """How many incidents are errors."""
        return sum(incident.severity == "error" for incident in self.incidents)

    @property
    def warnings(self) -> int:
        """How many incidents are warnings."""
        return len(self.incidents) - self.errors

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON-ready values."""
        return {
            "level": self.level,
            "reached": self.reached,
            "errors": self.errors,
            "warnings": self.warnings,
            "counts": self.counts,
            "incidents": [asdict(incident) for incident in self.incidents],
        }

    def to_text(self, *, repeats: int = 10) -> str:
        """Return the report as text; of each rule the first ``repeats`` incidents are printed."""
        shown: Counter[str] = Counter()
        lines = []
        for incident in self.incidents:
            shown[incident.rule] += 1
            if shown[incident.rule] <= repeats:
                lines.append(str(incident))
        lines += [
            f"… and {count - repeats} more of {rule}" for rule, count in sorted(shown.items()) if count > repeats
        ]
        if self.reached < self.level:
            lines.append(f"Level {self.reached + 1} was not run: mend the errors of level {self.reached} first.")
        counted = ", ".join(f"{number} {name}" for name, number in self.counts.items())
        lines.append(f"{counted}: {self.errors} errors, {self.warnings} warnings (level {self.reached}).")
        return "\n".join(lines)
