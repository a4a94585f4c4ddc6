"""Control: the anchor without the text. What it reaches, names alone reach."""

from __future__ import annotations

from typing import ClassVar

from standoff.baselines.tfidf_svm import TfidfSvm


class TextBlind(TfidfSvm):
    """:class:`TfidfSvm` that sees actor and target and does not read."""

    columns: ClassVar[tuple[str, ...]] = ("actor", "target")
