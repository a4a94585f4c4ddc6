# ruff: noqa: INP001, T201 - a script, in no package, that prints
"""How long fitting takes: ours beside the anchor, our features beside scikit-learn's, all baselines on all sets.

Fits: ``standoff_linear`` and ``tfidf_svm`` on the training items of each public set, in turn, which of them first
alternating; the median of some rounds of each, in wall time and in time of this process. Each fit splits its texts
anew. Features: word 1-2-grams and character 3-5-grams of the texts of each set, beside ``TfidfVectorizer``; they
have to be the same, the last bit apart. With ``--all`` also ``standoff run --all`` over the eight sets in a fresh
interpreter: wall time, and the largest memory of all its processes together, looked at ten times a second.

Run: ``uv run python experiments/benchmarks/baseline_time.py [--all] [SET …]``
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from threadpoolctl import threadpool_limits

from standoff.baselines.features import FrameTfidf
from standoff.baselines.registry import make_baseline
from standoff.tasks.registry import get_task, load_task, names
from standoff.tasks.task import FOLDS

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

OURS, ANCHOR = "standoff_linear", "tfidf_svm"
AT_MOST = 3.0
"""How many times the anchor's time ours may take, on each set and on all together."""
ROUNDS = 3
SECONDS, MEGABYTES = 15 * 60, 4_000
"""What all baselines on all eight sets may take on two processors that do nothing else."""

EQUAL = 1e-15
"""By how much a value may differ: in the last bit, as the squares of a row are added up in another order."""

VIEWS: dict[str, dict[str, Any]] = {
    "text words": {"ngram_range": (1, 2)},
    "text characters": {"analyzer": "char_wb", "ngram_range": (3, 5)},
}
"""Our view -> scikit-learn's arguments for the same."""

Times = tuple[float, float]
"""Wall time and time of this process, in seconds."""


def taken(call: Callable[[], object]) -> Times:
    """Return what a call takes."""
    wall, own = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - own


def medians(first: Callable[[], object], second: Callable[[], object]) -> tuple[Times, Times]:
    """Return the medians over some rounds of two calls, which take turns in being the first."""
    rounds: list[tuple[Times, Times]] = []
    for number in range(ROUNDS):
        if number % 2:
            after = taken(second)
            rounds.append((taken(first), after))
        else:
            before = taken(first)
            rounds.append((before, taken(second)))
    wall_first, own_first = (median(one[0][clock] for one in rounds) for clock in (0, 1))
    wall_second, own_second = (median(one[1][clock] for one in rounds) for clock in (0, 1))
    return (wall_first, own_first), (wall_second, own_second)


def fits(items: dict[str, pd.DataFrame]) -> list[str]:
    """Print how long ours and the anchor take to be fitted; return what is too slow."""
    times: dict[str, NDArray[np.float64]] = {}
    for name, train in items.items():
        times[name] = np.array(medians(partial(fit, OURS, train), partial(fit, ANCHOR, train)))
        print(line(f"{name} ({len(train):,})", times[name]), flush=True)
    times["all"] = np.sum(list(times.values()), axis=0)
    print(line("all", times["all"]))
    ratios = {name: found[0, 1] / found[1, 1] for name, found in times.items()}
    return [f"fit on {name}: {ratio:.2f} times" for name, ratio in ratios.items() if ratio > AT_MOST]


def fit(system: str, train: pd.DataFrame) -> object:
    """Fit a baseline."""
    return make_baseline(system).fit(train, train["label"])


def line(name: str, found: NDArray[np.float64]) -> str:
    """Return a line of two systems' times, shape (system, clock): of this process, and both ratios."""
    wall, own = found[0] / found[1]
    return f"{name:<22} {found[0, 1]:7.2f} s {found[1, 1]:7.2f} s   {own:5.2f} times (wall {wall:5.2f})"


def features(items: dict[str, pd.DataFrame]) -> list[str]:
    """Print how long ours and scikit-learn's take for the same features; return what is not the same."""
    wrong = []
    for name, train in items.items():
        for view, arguments in VIEWS.items():
            ours, theirs = FrameTfidf([view]), TfidfVectorizer(sublinear_tf=True, **arguments)
            both = partial(ours.fit_transform, train), partial(theirs.fit_transform, train["text"])
            found = np.array(medians(*both))
            matrix, expected = (call() for call in both)
            terms = [feature.removeprefix(f"{view}: ") for feature in ours.get_feature_names_out()]
            same = terms == list(theirs.get_feature_names_out()) and abs(matrix - expected).max() <= EQUAL
            what = f"{name}, {view.removeprefix('text ')}"
            print(f"{line(what, found)}  {'equal' if same else 'DIFFERENT'}", flush=True)
            if not same:
                wrong.append(f"{view} of {name} are not scikit-learn's")
    return wrong


def everything(tasks: list[str]) -> list[str]:
    """Print what all baselines on these sets take together; return what is over the limits."""
    with tempfile.TemporaryDirectory() as folder, Path(folder, "out.txt").open("w") as printed:
        asked = [part for task in tasks for part in ("--task", task)]
        cli = "import sys; sys.argv[0] = 'standoff'; from standoff.cli import main; main()"
        command = [sys.executable, "-c", cli, "run", "--all", *asked, "--out", f"{folder}/runs"]
        start, peak = time.perf_counter(), 0.0
        process = subprocess.Popen(command, stdout=printed, stderr=printed)  # noqa: S603 - this package
        while process.poll() is None:
            peak = max(peak, megabytes(process.pid))
            time.sleep(0.1)
        seconds = time.perf_counter() - start
        n_runs = len(list(Path(folder, "runs").glob("*/run.json")))
        if process.returncode:
            print(Path(folder, "out.txt").read_text(encoding="utf-8"))
    print(
        f"run --all on {len(tasks)} sets: {n_runs} runs in {seconds:.0f} s, peak {peak:,.0f} MB of all processes"
    )
    found = {
        f"exit code {process.returncode}": process.returncode != 0,
        f"{seconds:.0f} s": seconds > SECONDS,
        f"{peak:,.0f} MB": peak > MEGABYTES,
    }
    return [f"run --all: {what}" for what, is_wrong in found.items() if is_wrong]


def megabytes(pid: int) -> float:
    """Return the memory of a process and all that it started, shared pages divided among them, in MB (Linux)."""
    total = 0
    try:
        for row in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if row.startswith("Pss:"):
                total = int(row.split()[1])
        children = [
            child
            for thread in Path(f"/proc/{pid}/task").iterdir()
            for child in (thread / "children").read_text(encoding="ascii").split()
        ]
    except (OSError, ProcessLookupError):  # it has ended meanwhile
        return 0.0
    return total * 1024 / 1e6 + sum(megabytes(int(child)) for child in children)


def main() -> None:
    """Print a line per set; exit code 1 when ours is slower or needs more than promised, or features differ."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true", help="also run all baselines on the sets")
    parser.add_argument("--only", choices=("fits", "features"), help="one of the two comparisons")
    parser.add_argument("sets", nargs="*", default=[name for name in names() if get_task(name).source])
    chosen = parser.parse_args()
    loaded = [load_task(name) for name in chosen.sets]
    items = {one.address: one.split(FOLDS if one.folds else "train") for one in loaded}
    wrong = []
    with threadpool_limits(1):
        if chosen.only != "features":
            print(f"fit: {OURS}, {ANCHOR}; median of {ROUNDS} rounds, time of the process")
            wrong += fits(items)
        if chosen.only != "fits":
            print(f"features: ours, TfidfVectorizer; median of {ROUNDS} rounds, time of the process")
            wrong += features(items)
    if chosen.all:
        wrong += everything(chosen.sets)
    if wrong:
        sys.exit("; ".join(wrong))


if __name__ == "__main__":
    main()
