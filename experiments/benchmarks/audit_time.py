# ruff: noqa: INP001, T201 - a script, in no package, that prints
"""How long an audit of 100,000 made-up items takes, how much memory, and which planted duplicates it finds.

The first two cases are built like the tasks at hand; the others are the worst that a user may bring. Each is
audited in a fresh interpreter. At the end, near duplicates among some of the items, beside the exact pairwise loop
over sets of word pairs on the same ones.

Run: ``uv run python experiments/benchmarks/audit_time.py``
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from standoff.tasks.audits.audit import audit
from standoff.tasks.duplicates import Duplicates, jaccard, words
from standoff.tasks.near import THRESHOLD
from standoff.tasks.sets.seesaw import TASK
from standoff.tasks.task import LoadedTask

if TYPE_CHECKING:
    from collections.abc import Sequence

N = 100_000
PLANTED = 0.05
"""Share of items that copy a training item in the same words, and share that copy one nearly."""
CASES = ("ordinary", "folds", "identical", "template", "short template", "half alike", "long", "without spaces")
SAMPLE = 2_000
SECONDS, MEGABYTES = 60, 2_000
"""What an audit of 100,000 items may take on two processors that do nothing else."""
VOCABULARY = np.array([f"w{number}" for number in range(50_000)])


def made_text(generator: np.random.Generator, n_words: int) -> str:
    """Return words with frequencies as in a language: the r-th most frequent about 1 / r as often as the first."""
    ranks = np.exp(generator.random(n_words) * np.log(len(VOCABULARY))).astype(int) - 1
    return " ".join(VOCABULARY[ranks])


def ordinary(generator: np.random.Generator) -> tuple[list[str], int, int]:
    """Return n texts, the last of them copies, and the numbers of exact and of near copies."""
    n_copies = int(N * PLANTED)
    texts = [made_text(generator, int(length)) for length in generator.integers(40, 301, N - 2 * n_copies)]
    exact = [texts[place].upper().replace(" ", ", ") for place in generator.integers(0, N // 2, n_copies)]
    near: list[str] = []
    while len(near) < n_copies:
        original = texts[int(generator.integers(0, N // 2))]
        copy = original.split(" ")
        for at in generator.integers(0, len(copy), max(1, len(copy) // 16)):
            copy[at] = "changed"
        if jaccard(" ".join(copy), original) >= THRESHOLD:
            near.append(" ".join(copy))
    return [*texts, *exact, *near], n_copies, n_copies


def worst(case: str, generator: np.random.Generator) -> list[str]:
    """Return the texts of a case that is hard on time or memory."""
    half, other_half = made_text(generator, 20), made_text(generator, 20)
    if case == "identical":
        return [f"{half} {other_half}"] * N
    if case == "template":
        return [f"{half} x{number} {other_half}" for number in range(N)]
    if case == "short template":  # similarity 7/11: all are candidates, none is a near duplicate
        return [f"a b c d x{number} e f g h i" for number in range(N)]
    if case == "half alike":
        return [f"{half} {other_half} {made_text(generator, 20)}" for _ in range(N)]
    if case == "long":
        return [made_text(generator, 2_000) for _ in range(N // 5)]
    han = {f"w{number}": chr(0x4E00 + number % 20_000) for number in range(len(VOCABULARY))}
    return ["".join(map(han.__getitem__, made_text(generator, 170).split(" "))) for _ in range(N)]


def made_task(texts: Sequence[str], generator: np.random.Generator, *, folds: bool) -> LoadedTask:
    """Return a task of the texts: the last fifth is the test split, or all are in folds in turn."""
    n = len(texts)
    split = [
        f"fold-{number % 5 + 1}" if folds else "test" if number >= n * 4 // 5 else "train" for number in range(n)
    ]
    frame = pd.DataFrame(
        {
            "id": [f"i{number}" for number in range(n)],
            "group": [f"g{number}" for number in range(n)],
            "text": texts,
            "actor": [made_text(generator, 2) for _ in range(n)],
            "target": [made_text(generator, 3) for _ in range(n)],
            "label": generator.choice(["neg", "pos"], n),
            "actor_spans": [[(0, 2)]] * n,
            "target_spans": [[]] * n,
            "split": split,
        }
    )
    task = replace(TASK, name="made")
    variant = task.pick_variant(None)
    return LoadedTask(task=task, variant=variant, split_set="official", folder=Path(), frame=frame, digest="")


def measure(case: str) -> dict[str, float]:
    """Return what an audit of a case takes; for the fresh interpreter."""
    generator = np.random.default_rng(12345)
    planted = (0, 0)
    if case in {"ordinary", "folds"}:
        texts, *copies = ordinary(generator)
        planted = (copies[0], copies[1])
    else:
        texts = worst(case, generator)
    loaded = made_task(texts, generator, folds=case == "folds")
    before = peak()
    start = time.perf_counter()
    leaks = audit(loaded).leaks
    facts = {"seconds": time.perf_counter() - start, "before": before, "peak": peak(), "limited": leaks.n_limited}
    if case == "ordinary":
        facts["exact recall"] = leaks.exact_across.count / planted[0]
        facts["near recall"] = leaks.near_across.count / planted[1]
    return facts


def peak() -> float:
    """Return the largest memory so far, in MB (Linux counts in KiB, macOS in bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def beside_the_loop() -> None:
    """Print how both ways fare on the same items: originals and near copies of them."""
    texts, *_ = ordinary(np.random.default_rng(12345))
    sample = [*texts[: SAMPLE // 2], *(text.replace(" ", " new ", 1) for text in texts[: SAMPLE // 2])]
    start = time.perf_counter()
    clusters = Duplicates(sample).clusters()
    ours = time.perf_counter() - start
    start = time.perf_counter()
    sets = [set(pairwise(words(text).split(" "))) for text in sample]
    pairs = [
        (a, b)
        for a, b in combinations(range(len(sets)), 2)
        if len(sets[a] & sets[b]) >= THRESHOLD * len(sets[a] | sets[b])
    ]
    loop = time.perf_counter() - start
    found = sum(clusters[a] == clusters[b] for a, b in pairs)
    print(
        f"{len(sample)} items: pairwise loop {loop:.1f} s, {len(pairs)} pairs; ours {ours:.2f} s, {found} of them"
    )


def main() -> None:
    """Print a line per case, then the comparison; exit code 1 when a case is over the limits."""
    over = []
    for case in CASES:
        done = subprocess.run([sys.executable, __file__, case], check=True, capture_output=True, text=True)  # noqa: S603 - this file
        facts = {name: round(value, 4) for name, value in json.loads(done.stdout).items()}
        seconds, peak = facts.pop("seconds"), facts.pop("peak")
        print(f"{case:<15} {seconds:6.1f} s  peak {peak:6.0f} MB  {facts}", flush=True)
        if seconds > SECONDS or peak > MEGABYTES:
            over.append(case)
    print(f"limits: {SECONDS} s, {MEGABYTES} MB; 'before': peak in MB while the items were made;")
    print("'limited': see standoff.tasks.near")
    beside_the_loop()
    if over:
        sys.exit(f"over the limits: {', '.join(over)}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(sys.argv[1])))
    else:
        main()
