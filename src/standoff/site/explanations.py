"""Explanations as one page of HTML that needs nothing else; every text in it is escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jinja2

from standoff.experiments.analysis.explain import signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from standoff.experiments.analysis.explain import Explanation, Word


def render(explanations: Sequence[Explanation], title: str, notes: Sequence[str] = (), *, words: int = 10) -> str:
    """Return a page with each text, the words that moved the decision marked.

    Words for the predicted label are underlined and blue, words against it dotted and orange, so that neither
    colour nor print is needed to tell them apart; the stronger a word, the fuller its colour.

    Args:
        explanations: What :func:`standoff.experiments.analysis.explain.explain` returns.
        title: Of the page.
        notes: What must be said beside them, a paragraph each.
        words: How many words to mark for and against in each text.
    """
    return _template().render(
        title=title, notes=notes, shown=[(one, list(_marked(one, words))) for one in explanations], words=words
    )


def _marked(one: Explanation, words: int) -> list[tuple[str, Word | None, float]]:
    """Return the pieces of a text, each marked one with its share of the strongest weight, from 0 to 1."""
    pieces = list(one.pieces(words))
    strongest = max((abs(word.weight) for _, word in pieces if word), default=1.0)
    return [(piece, word, abs(word.weight) / strongest if word else 0.0) for piece, word in pieces]


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("standoff.site", "."),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["signed"] = signed
    return environment.get_template("explanations.html.jinja")
