"""Vocabularies as one array of bytes: a saved model holds it as it is, and would hold each string as a node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


def packed(terms: Iterable[str]) -> NDArray[np.uint8]:
    """Return terms as UTF-8 with line feeds between, shape (n_bytes,); none is empty or has a line feed in it."""
    # Half of a surrogate pair, as JSON may hold it, is no UTF-8; it is a character of a text all the same.
    return np.frombuffer("\n".join(terms).encode(errors="surrogatepass"), dtype=np.uint8)


def places(vocabulary: Any) -> dict[str, int]:
    """Return term -> its position among the terms of :func:`packed`.

    Raises:
        ValueError: It is of another type or shape, no UTF-8, or has a term that is empty or there twice.
    """
    if not isinstance(vocabulary, np.ndarray) or vocabulary.dtype != np.uint8 or vocabulary.ndim != 1:
        raise ValueError("a vocabulary is not a row of bytes")
    if not vocabulary.size:
        return {}
    terms = vocabulary.tobytes().decode(errors="surrogatepass").split("\n")  # UnicodeDecodeError is a ValueError
    found = {term: at for at, term in enumerate(terms)}
    if len(found) < len(terms) or "" in found:
        raise ValueError("a vocabulary has a term that is empty or there twice")
    return found
