"""Control: the anchor without the target. What it reaches, it reaches without asking toward what."""

from __future__ import annotations

from typing import ClassVar

from standoff.baselines.tfidf_svm import TfidfSvm


class TargetBlind(TfidfSvm):
    """:class:`TfidfSvm` that sees text and actor and is not told toward what the stance is."""

    columns: ClassVar[tuple[str, ...]] = ("text", "actor")
