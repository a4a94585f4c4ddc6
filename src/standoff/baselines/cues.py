"""Cues: the words around and between actor and target, with the side they stand on and who comes first."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from standoff.baselines.mentions import ACTOR, TARGET

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from standoff.baselines.mentions import MarkedWords

WINDOW = 5
"""Words on either side of a mention."""

REACH = 25
"""Words between two mentions that are looked at together."""

STEM = 5
"""Letters of a word that are kept: "criticised", "criticism" and "criticises" are one cue in any language."""


def actor_cues(words: MarkedWords) -> list[str]:
    """Return the stems and pairs of stems within :data:`WINDOW` words of each mention of the actor."""
    return list(_around(_stems(words), ACTOR))


def target_cues(words: MarkedWords) -> list[str]:
    """Return the stems and pairs of stems within :data:`WINDOW` words of each mention of the target."""
    return list(_around(_stems(words), TARGET))


def between_cues(words: MarkedWords) -> list[str]:
    """Return what stands between neighbouring mentions of actor and target, before them and after them.

    Each cue says whether the actor (``AT``) or the target (``TA``) comes first, which is what tells "ACTOR accused
    TARGET" from "TARGET accused ACTOR".
    """
    return list(_between(_stems(words)))


def near_characters(words: MarkedWords) -> list[str]:
    """Return the character 3- to 5-grams of each word near a mention, with the mention and the side."""
    found: list[str] = []
    for at, word in enumerate(words):
        if word not in (ACTOR, TARGET):
            continue
        for side, near in (("L", words[max(0, at - WINDOW) : at]), ("R", words[at + 1 : at + 1 + WINDOW])):
            found += [
                f"{word} {side}:{gram}" for one in near if one not in (ACTOR, TARGET) for gram in word_grams(one)
            ]
    return found


def word_grams(word: str) -> list[str]:
    """Return the character 3- to 5-grams of a word between spaces, as scikit-learn's ``char_wb`` makes them."""
    padded = f" {word} "
    grams: list[str] = []
    for n in (3, 4, 5):
        grams += [padded[at : at + n] for at in range(max(1, len(padded) - n + 1))]
        if len(padded) <= n:
            break  # a short word counts once, as it is
    return grams


def _stems(words: MarkedWords) -> list[str]:
    return [word if word in (ACTOR, TARGET) else word[:STEM] for word in words]


def _around(words: Sequence[str], mark: str) -> Iterator[str]:
    for at, word in enumerate(words):
        if word != mark:
            continue
        left, right = words[max(0, at - WINDOW) : at], words[at + 1 : at + 1 + WINDOW]
        yield from (f"L:{gram}" for gram in _grams(left))
        yield from (f"R:{gram}" for gram in _grams(right))
        for side, near in (("l:", left[::-1][:2]), ("r:", right[:2])):
            if near:
                yield side + near[0]
                yield side + " ".join(near)


def _between(words: Sequence[str]) -> Iterator[str]:
    marks = [(at, word) for at, word in enumerate(words) if word in (ACTOR, TARGET)]
    for (start, first), (end, second) in pairwise(marks):
        if first == second or end - start > REACH:
            continue
        order = "AT" if first == ACTOR else "TA"
        middle = words[start + 1 : end]
        yield f"{order} {min(len(middle) // 3, 6)}"
        yield from (f"{order}:{gram}" for gram in _grams(middle))
        if len(middle) <= 4:
            yield f"{order}={' '.join(middle)}"
        if middle:
            yield f"{order}>{middle[0]}"
            yield f"{order}<{middle[-1]}"
        yield from (f"{order} before:{word}" for word in words[max(0, start - 4) : start])
        yield from (f"{order} after:{gram}" for gram in _grams(words[end + 1 : end + 5]))


def _grams(words: Sequence[str]) -> list[str]:
    return [*words, *(f"{one} {two}" for one, two in pairwise(words))]
