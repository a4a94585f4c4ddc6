"""standoff: who, in a news text, stands where on an intervention?

The public names resolve when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from standoff.corpus.load import actors, articles, judgements, load, statements, versions
    from standoff.errors import StandoffError
    from standoff.tasks.registry import load_task

__version__ = "0.1.0"

_HOMES = {
    "StandoffError": "standoff.errors",
    "actors": "standoff.corpus.load",
    "articles": "standoff.corpus.load",
    "judgements": "standoff.corpus.load",
    "load": "standoff.corpus.load",
    "load_task": "standoff.tasks.registry",
    "statements": "standoff.corpus.load",
    "versions": "standoff.corpus.load",
}

__all__ = [
    "StandoffError",
    "__version__",
    "actors",
    "articles",
    "judgements",
    "load",
    "load_task",
    "statements",
    "versions",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'standoff' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
