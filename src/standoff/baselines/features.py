"""Features over the common frame: TF-IDF of chosen columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


def tfidf(columns: Sequence[str]) -> ColumnTransformer:
    """Return word 1-2 and character 3-5 TF-IDF (within word boundaries) of each column, side by side.

    A column has a vocabulary of its own: the actor's name in the column ``actor`` is another feature than the same
    name in the text.
    """
    words = {"ngram_range": (1, 2), "sublinear_tf": True}
    characters = {"analyzer": "char_wb", "ngram_range": (3, 5), "sublinear_tf": True}
    return ColumnTransformer(
        [
            (f"{column}_{kind}", TfidfVectorizer(**arguments), column)
            for column in columns
            for kind, arguments in (("words", words), ("characters", characters))
        ]
    )


def filled(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that hold any text: a task without targets has an empty column ``target``."""
    return tuple(column for column in columns if frame[column].str.strip().any())
