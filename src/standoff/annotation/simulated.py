"""Simulated coders, to try a campaign on: programs that look for cue words; what they hand in has kind ``model``.

They are made to differ as people do: one takes only clear cues in sentences that name the actor; another follows
pronouns too, and reads a position into hints. On other texts than the toy campaign's they are of no use.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from standoff.corpus.text import find_mentions
from standoff.records import (
    Attribution,
    Commitment,
    Condition,
    Confidence,
    Relay,
    Stance,
    Time,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from standoff.records import Actor

SENTENCE = re.compile(r"[^\s](?:[^.!?\n]|[.!?](?!\s|$|”))*(?:[.!?]+”?|(?=\n)|$)")

CLEAR: Mapping[str, Stance] = {
    r"\bhas asked\b|\basked once more\b|\bcalled for\b|in return for": Stance.SEEKS,
    r"\bapproved\b|would come only if": Stance.SUPPORTS,
    r"not one soldier|voted no|demand that every one|in place of troops|cast a veto|a mistake|not send a single": (
        Stance.OPPOSES
    ),
}
HINTS: Mapping[str, Stance] = {
    r"\brelieved\b|not stand in the way|leans towards|keeps one battalion|\bstays\b": Stance.SUPPORTS,
    r"\bpulled its advisers\b|stay out|wants Norland out|promise to leave|had warned": Stance.OPPOSES,
}
DETAILS: Mapping[str, Mapping[str, object]] = {
    "attribution": {
        "[“”]": Attribution.DIRECT_QUOTE,
        r"\b(?:said|told|asked|warned|called|call|repeated|known)\b": Attribution.INDIRECT,
        r"\b(?:approved|voted|cast|signed|pulled|scattered)\b": Attribution.REPORTED_ACT,
        "": Attribution.INFERRED,
    },
    "commitment": {r"reportedly|is said to|leans": Commitment.HEDGED, "": Commitment.ASSERTED},
    "condition": {
        r"in return for": Condition.QUID_PRO_QUO,
        r"\bonly if\b|\bif the talks\b": Condition.IF_CLAUSE,
        r"for six months|until the": Condition.SCOPE_OR_TIME_LIMIT,
        "": Condition.NONE,
    },
    "relay": {r"diplomats|aides": Relay.ANONYMOUS, r"through an envoy": Relay.NAMED, "": Relay.NONE},
    "time": {"": Time.CURRENT},
}
"""For each detail, cues in the order in which they count; the empty one always fits."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a coder hands in on one unit; the details are empty where no position is taken."""

    stance: Stance
    details: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[tuple[int, int], ...] = ()
    confidence: Confidence = Confidence.HIGH
    note: str = ""


@dataclass(frozen=True, slots=True)
class SimulatedCoder:
    """A coder made of cue words.

    Args:
        hints: Whether hints count as positions.
        pronouns: Whether a sentence that goes on with a pronoun is about the actor of the one before.
    """

    hints: bool
    pronouns: bool

    def answer(self, text: str, actor: Actor, actors: Sequence[Actor]) -> Answer:
        """Return the coder's answer on what ``text`` says of ``actor``, who is one of ``actors``.

        Whatever the proposition is: the propositions of the toy campaign are about one and the same deployment.
        """
        cues = {**CLEAR, **HINTS} if self.hints else CLEAR
        for start, end in self._sentences_about(text, actor, actors):
            sentence = text[start:end]
            for cue, stance in cues.items():
                if re.search(cue, sentence, flags=re.IGNORECASE):
                    confidence = Confidence.HIGH if cue in CLEAR else Confidence.MEDIUM
                    return Answer(stance, _details(sentence), ((start, end),), confidence)
        return Answer(Stance.NO_POSITION)

    def _sentences_about(self, text: str, actor: Actor, actors: Sequence[Actor]) -> Iterator[tuple[int, int]]:
        mentions = find_mentions(text, actors)
        before_was_about = False
        for match in SENTENCE.finditer(text):
            inside = [m.actor_id for m in mentions if match.start() <= m.start < match.end()]
            # The first actor named is the one the sentence is about; a second one is talked about.
            about = bool(inside) and inside[0] == actor.actor_id
            goes_on = self.pronouns and before_was_about and not inside and _goes_on(match[0])
            if about or goes_on:
                yield match.start(), match.end()
            before_was_about = about or goes_on


CODERS = {
    "rules-strict": SimulatedCoder(hints=False, pronouns=False),
    "rules-lenient": SimulatedCoder(hints=True, pronouns=True),
    "rules-judge": SimulatedCoder(hints=False, pronouns=True),
}
"""The simulated coders of the toy campaign, by id; the last one is its adjudicator."""


def _goes_on(sentence: str) -> bool:
    return re.match(r"(?:He|She|It|Its|The country|Her|His)\b", sentence) is not None


def _details(sentence: str) -> dict[str, str]:
    return {
        name: next(str(value) for cue, value in cues.items() if re.search(cue, sentence, flags=re.IGNORECASE))
        for name, cues in DETAILS.items()
    }
