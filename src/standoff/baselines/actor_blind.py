"""Control: the anchor without the actor. What it reaches, a text reaches without asking who stands where."""

from __future__ import annotations

from typing import ClassVar

from standoff.baselines.tfidf_svm import TfidfSvm


class ActorBlind(TfidfSvm):
    """:class:`TfidfSvm` that sees text and target and is not told whose stance is asked for."""

    columns: ClassVar[tuple[str, ...]] = ("text", "target")
