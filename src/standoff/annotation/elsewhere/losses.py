"""Why something of an export is not kept, and the report on what an import brought."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from standoff.annotation.elsewhere.foreign import Loss

REASONS: dict[str, tuple[str, str]] = {
    "document-unknown": ("statement", "the document is no article of the corpus: name it under [documents]"),
    "text-missing": ("statement", "the article's text is not at hand: hydrate it and pass --texts"),
    "coder-unknown": ("statement", "no coder is named: map the name under [coders], or pass --coder"),
    "coder-unlisted": ("statement", "the coder is not in annotations/coders.yaml: add coder and kind first"),
    "actor-unresolved": ("statement", "no actor of the registry: name it under [actors]"),
    "proposition-unresolved": ("statement", "no proposition: name it under [propositions]"),
    "stance-unresolved": ("statement", "the value stands for no stance: decide under [stances]"),
    "label-unresolved": ("statement", "the label is not explained under [labels]"),
    "confidence-missing": ("statement", "no confidence: say where it is, or set one under [always]"),
    "unit-unknown": ("statement", "the article does not list this actor on this proposition"),
    "offset-unit-unknown": ("statement", "what its offsets count is not known: set offsets in the map"),
    "span-splits-character": ("statement", "an end of the span lies within a character"),
    "span-empty": ("statement", "the span holds no words"),
    "quote-not-found": ("statement", "the words are not in the article"),
    "quote-ambiguous": ("statement", "the words occur more than once, and nothing says which is meant"),
    "contradiction": ("statement", "one coder said two things on one unit; only the coder can say which holds"),
    "already-judged": ("statement", "the coder's judgement made here stays"),
    "record-invalid": ("statement", "the judgement is not a valid record"),
    "type-unmapped": ("part", "an annotation of another type or layer than the map's"),
    "relation-dropped": ("part", "a relation, slot or chain, which judgements do not have"),
    "span-unrelated": ("part", "a span that no relation joins"),
    "value-unmapped": ("part", "a detail's value is not in the map; the detail stays empty"),
    "detail-unneeded": ("part", "a detail or span of a unit without a position"),
    "evidence-overlap": ("part", "a span that overlaps an earlier one of the same unit"),
    "attribute-dropped": ("part", "a column or feature that the map gives no place"),
    "duplicate": ("nothing", "the same statement again"),
    "replaced": ("nothing", "the judgement of an earlier export of the same tool is replaced"),
    "text-differs": ("nothing", "the text coded there is not the article's; its spans were sought by their words"),
}
"""For each reason what is lost, a whole statement, a part of one, or nothing, and what it means."""


@dataclass(slots=True)
class Report:
    """What an import brought, by which way spans were found, what is still to be completed, and all losses."""

    statements: int = 0
    kept: int = 0
    judgements: int = 0
    changed: int = 0
    by_coder: Counter[str] = field(default_factory=Counter)
    by_stance: Counter[str] = field(default_factory=Counter)
    anchors: Counter[str] = field(default_factory=Counter)
    to_complete: Counter[str] = field(default_factory=Counter)
    set_by_map: Counter[str] = field(default_factory=Counter)
    files: list[str] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)

    @property
    def reasons(self) -> Counter[str]:
        """How often each reason occurs."""
        return Counter(loss.reason for loss in self.losses)

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON-ready values."""
        reasons = [
            {
                "reason": reason,
                "lost": lost,
                "means": means,
                "count": self.reasons[reason],
                "where": [
                    {"line": loss.where, "what": loss.what} for loss in self.losses if loss.reason == reason
                ],
            }
            for reason, (lost, means) in REASONS.items()
            if self.reasons[reason]
        ]
        counts = ("by_coder", "by_stance", "anchors", "to_complete", "set_by_map")
        return {
            "statements": self.statements,
            "kept": self.kept,
            "judgements": self.judgements,
            "changed": self.changed,
            **{name: dict(sorted(getattr(self, name).items())) for name in counts},
            "files": self.files,
            "exports": self.exports,
            "losses": reasons,
        }
