"""The rules of one level, each with the function that checks it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from standoff.corpus.incidents import Finding, Incident, Rule, Severity, make_incident

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from standoff.corpus.sources import Sources


@dataclass(slots=True)
class RuleBook:
    """The rules of one level, each with the function that checks it."""

    level: Literal[1, 2, 3]
    rules: dict[str, Rule] = field(default_factory=dict)
    checks: dict[str, Callable[[Sources], Iterable[Finding]]] = field(default_factory=dict)

    def declare(self, rule_id: str, *, expected: str, remedy: str, severity: Severity = "error") -> Rule:
        """Enter a rule whose findings come from the reader.

        Raises:
            ValueError: The id is taken.
        """
        if rule_id in self.rules:
            raise ValueError(f"rule {rule_id!r} is declared twice")
        self.rules[rule_id] = Rule(rule_id, self.level, expected, remedy, severity)
        return self.rules[rule_id]

    def rule(
        self, rule_id: str, *, expected: str, remedy: str, severity: Severity = "error"
    ) -> Callable[[Callable[[Sources], Iterable[Finding]]], Callable[[Sources], Iterable[Finding]]]:
        """Enter the decorated function as the check of a new rule."""
        self.declare(rule_id, expected=expected, remedy=remedy, severity=severity)

        def enter(
            check: Callable[[Sources], Iterable[Finding]],
        ) -> Callable[[Sources], Iterable[Finding]]:
            self.checks[rule_id] = check
            return check

        return enter

    def run(self, sources: Sources) -> list[Incident]:
        """Return the incidents of all checks, in file order."""
        found = [
            make_incident(self.rules[rule_id], finding)
            for rule_id, check in self.checks.items()
            for finding in check(sources)
        ]
        return sorted(found, key=lambda incident: (incident.file, incident.line, incident.rule, incident.got))
