"""standoff: who, in a news text, stands where on an intervention?

The public names resolve when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from standoff.version import __version__

if TYPE_CHECKING:
    from standoff.baselines.registry import make_baseline
    from standoff.baselines.saving import load_model
    from standoff.corpus.load import actors, articles, judgements, load, statements, versions
    from standoff.errors import StandoffError
    from standoff.experiments.analysis.explain import explain
    from standoff.experiments.comparison import compare
    from standoff.experiments.evaluate import evaluate
    from standoff.experiments.reproduce import reproduce
    from standoff.site.analysis_plots import plot_analysis
    from standoff.site.case import read_case
    from standoff.site.plots import plot_stances
    from standoff.site.reliability import plot_reliability
    from standoff.tasks.audits.audit import audit
    from standoff.tasks.overview import task_frame, task_summary
    from standoff.tasks.registry import load_task

_HOMES = {
    "StandoffError": "standoff.errors",
    "actors": "standoff.corpus.load",
    "articles": "standoff.corpus.load",
    "audit": "standoff.tasks.audits.audit",
    "compare": "standoff.experiments.comparison",
    "evaluate": "standoff.experiments.evaluate",
    "explain": "standoff.experiments.analysis.explain",
    "judgements": "standoff.corpus.load",
    "load": "standoff.corpus.load",
    "load_model": "standoff.baselines.saving",
    "load_task": "standoff.tasks.registry",
    "make_baseline": "standoff.baselines.registry",
    "plot_analysis": "standoff.site.analysis_plots",
    "plot_reliability": "standoff.site.reliability",
    "plot_stances": "standoff.site.plots",
    "read_case": "standoff.site.case",
    "reproduce": "standoff.experiments.reproduce",
    "statements": "standoff.corpus.load",
    "task_frame": "standoff.tasks.overview",
    "task_summary": "standoff.tasks.overview",
    "versions": "standoff.corpus.load",
}

__all__ = [
    "StandoffError",
    "__version__",
    "actors",
    "articles",
    "audit",
    "compare",
    "evaluate",
    "explain",
    "judgements",
    "load",
    "load_model",
    "load_task",
    "make_baseline",
    "plot_analysis",
    "plot_reliability",
    "plot_stances",
    "read_case",
    "reproduce",
    "statements",
    "task_frame",
    "task_summary",
    "versions",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'standoff' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
