"""One article with its actors' stances and the words that show them: the case a reader looks at first."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import jinja2

from standoff.corpus.diff import read_rows
from standoff.corpus.load import release_folder
from standoff.errors import NotFoundError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST_CASE = "syria-2024-assad-offer"
FIRST_PROPOSITION = "syria-2024-us-keep-assad"
"""Assad asks for American help to stay in power, Trump wants none of it."""

COLOURS = {"support": "#c9e7c8", "oppose": "#f6c9c5", "none": "#e6e6e6", None: "#f7e8b0"}
"""Background of each board label; None is for stances that stay off the board."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text, and the numbers of the statements that it is evidence for."""

    text: str
    statements: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """An article, its statements on one proposition, and its text cut where evidence begins and ends.

    Attributes:
        article: The row of the article.
        proposition: The wording.
        statements: Rows of ``stance`` that take a position, numbered from 1 by their place.
        without: Names of actors that are coded and take none.
        pieces: The text in order; joined, they are the text.
    """

    article: dict[str, Any]
    proposition: str
    statements: tuple[dict[str, Any], ...]
    without: tuple[str, ...]
    pieces: tuple[Piece, ...]

    def _repr_html_(self) -> str:
        """Return the case as HTML, for notebooks; every text in it is escaped."""
        return _template().render(case=self, colours=COLOURS)


def read_case(
    article_id: str = FIRST_CASE, proposition_id: str = FIRST_PROPOSITION, *, version: str | None = None
) -> Case:
    """Return the case of an article of a release.

    Args:
        article_id: An article whose text is included.
        proposition_id: One of its propositions.
        version: The release; the newest by default.

    Raises:
        NotFoundError: No such article, its text is not included, or it does not have the proposition.
    """
    rows = read_rows(release_folder(version))
    articles = {row["article_id"]: row for part in rows["articles"].values() for row in part}
    if article_id not in articles:
        raise unknown_name("article", article_id, articles)
    article = articles[article_id]
    if article["text"] is None:
        raise NotFoundError(
            f"the text of {article_id} is not included", remedy="hydrate it from a copy of your own"
        )
    coded = [
        row
        for part in rows["stance"].values()
        for row in part
        if row["article_id"] == article_id and row["kind"] != "derived"
    ]
    if proposition_id not in article["proposition_ids"]:
        raise unknown_name("proposition of this article", proposition_id, article["proposition_ids"])
    on_it = [row for row in coded if row["proposition_id"] == proposition_id]
    positioned = sorted(
        (row for row in on_it if row["evidence"]), key=lambda row: int(row["evidence"][0]["start"])
    )
    texts = {row["proposition_id"]: row["text"] for part in rows["propositions"].values() for row in part}
    return Case(
        article=article,
        proposition=texts[proposition_id],
        statements=tuple(positioned),
        without=tuple(row["actor"] for row in on_it if not row["evidence"]),
        pieces=cut(article["text"], [row["evidence"] for row in positioned]),
    )


def cut(text: str, evidence: Sequence[Sequence[dict[str, Any]]]) -> tuple[Piece, ...]:
    """Return ``text`` cut at every start and end of a span, each piece with the statements it is evidence for.

    Args:
        text: The text.
        evidence: For each statement its spans, with ``start`` and ``end``.
    """
    edges = {0, len(text)} | {span[edge] for spans in evidence for span in spans for edge in ("start", "end")}
    ordered = sorted(edges)
    return tuple(
        Piece(
            text[start:end],
            tuple(
                number
                for number, spans in enumerate(evidence, start=1)
                if any(span["start"] <= start and end <= span["end"] for span in spans)
            ),
        )
        for start, end in pairwise(ordered)
    )


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("standoff.site", "."),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("case.html.jinja")
