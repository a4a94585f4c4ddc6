"""Explanations on a terminal."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from standoff.errors import printable
from standoff.experiments.analysis.explain import signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from standoff.experiments.analysis.explain import Explanation, Word

FOR, AGAINST = "black on bright_blue", "black on bright_yellow"
"""Two that colour-blind readers can tell apart, with signs beside them for those who see none."""

REPEATED = (
    "A text that several statements are about is printed whole for the first of them; for the others, the marked "
    "words stand with what is around them."
)

AROUND = 40
"""At least so many characters stand on either side of a marked word, where the rest of the text is left out."""


def print_explanations(found: Sequence[Explanation], title: str, notes: Sequence[str], words: int) -> None:
    """Print what moved the decision on each item.

    Args:
        found: The items of a text stand together.
        title: What stands above them.
        notes: What must be said below them.
        words: How many words to mark for and against.
    """
    console = Console(highlight=False)
    console.print(Text(printable(title), style="bold"))
    before = None
    for one in found:
        console.print()
        _print_one(console, one, words, whole=one.text != before)
        before = one.text
    console.print()
    repeated = any(one.text == other.text for one, other in pairwise(found))
    for note in [*notes, REPEATED] if repeated else notes:
        console.print(Text(note, style="dim"))


def _print_one(console: Console, one: Explanation, words: int, *, whole: bool) -> None:
    console.rule(style="dim")
    whose = " toward ".join(printable(name) for name in (one.actor, one.target) if name)
    console.print(Text(whose or "the text as a whole", style="bold"))
    console.print(Text(printable(one.id), style="dim"))
    gold = f"gold: {one.gold}, by a {one.gold_kind}" if one.gold else "no gold label"
    ahead = f"{one.margin:.3f} ahead of {one.runner_up} ({one.scale})"
    console.print(Text(printable(f"predicted: {one.predicted}, {ahead}; {gold}")))
    for name, weight in one.told:
        console.print(Text(f"being told the {name}: {signed(weight)}"))
    console.print()
    console.print(_marked(one, words, whole=whole))
    console.print()
    console.print(Text(_ranked("speak for it", one, one.strongest(words))))
    console.print(Text(_ranked("speak against it", one, one.strongest(words, -1))))


def _marked(one: Explanation, words: int, *, whole: bool) -> Text:
    """Return the text with its strongest words marked; if not ``whole``, these and what is around them."""
    marked = Text()
    pieces = list(one.pieces(words))
    for place, (piece, word) in enumerate(pieces):
        if word is not None:
            # Brackets and signs, not colour alone: the output may be a file, or the reader colour-blind.
            sign, style = ("+", FOR) if word.weight > 0 else ("-", AGAINST)
            marked.append(f"[{sign}{printable(piece)}]", style=style)
        elif whole:
            marked.append(printable(piece))
        else:
            marked.append(printable(_shortened(piece, first=place == 0, last=place == len(pieces) - 1)))
    return marked


def _shortened(piece: str, *, first: bool, last: bool) -> str:
    """Return what is around marked words: whole words of the start and the end of a stretch between two."""
    line = re.sub(r"\s+", " ", piece)
    after = 0 if first else line.find(" ", AROUND)
    before = len(line) if last else line.rfind(" ", 0, max(0, len(line) - AROUND)) + 1
    if after < 0 or after >= before:
        return line
    return f"{'' if first else line[:after] + ' '}\u2026{'' if last else ' ' + line[before:]}"


def _ranked(heading: str, one: Explanation, words: Sequence[Word]) -> str:
    shown = [
        f"{' '.join(printable(one.text[word.start : word.end]).split())} {signed(word.weight)}"
        + (f" (mention of the {word.part})" if word.part != "text" else "")
        for word in words
    ]
    return f"{heading}: {', '.join(shown) or 'no word'}"
