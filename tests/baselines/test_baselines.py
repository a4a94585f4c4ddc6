"""The registry, and what every baseline does with made-up items; their contract is in test_contract.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from standoff.baselines.registry import BASELINES, is_random, make_baseline
from standoff.errors import InputError, NotFoundError

LEARNING = [name for name, one in BASELINES.items() if one.role != "control"]


def test_the_same_bits_under_other_hash_seeds_and_numbers_of_threads() -> None:
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from conftest import made_items; from standoff.baselines.registry import BASELINES, make_baseline\n"
        "f = made_items()\n"
        "for name in BASELINES:\n"
        "    m = make_baseline(name, {}, seed=3).fit(f, f['label'])\n"
        "    values = m.decision_function(f).tobytes().hex() if hasattr(m, 'decision_function') else ''\n"
        "    print(name, ''.join(m.predict(f)), values)"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code, str(Path(__file__).parent)],
            env={
                **os.environ,
                "PYTHONHASHSEED": seed,
                "OMP_NUM_THREADS": threads,
                "OPENBLAS_NUM_THREADS": threads,
            },
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, threads in (("0", "1"), ("1", "2"), ("4242", "1"))
    }
    assert len(outputs) == 1
    assert len(outputs.pop().splitlines()) == len(BASELINES)


def test_the_majority_is_the_most_frequent_training_label(items: pd.DataFrame) -> None:
    few = pd.concat([items, items[items["label"] == "oppose"]])
    model = make_baseline("majority", {}, seed=0).fit(few, few["label"])
    assert set(model.predict(items)) == {"oppose"}


@pytest.mark.parametrize("name", LEARNING)
def test_what_the_words_tell_is_learnt(name: str, items: pd.DataFrame) -> None:
    known, asked = items[:36], items[36:]
    model = make_baseline(name, {}, seed=0).fit(known, known["label"])
    assert f1_score(asked["label"], model.predict(asked.drop(columns="label")), average="macro") > 0.9


def test_the_seed_goes_to_what_is_random_and_to_nothing_else(items: pd.DataFrame) -> None:
    assert [name for name in BASELINES if is_random(name)] == ["stratified"]
    for name in BASELINES:
        one, other = (make_baseline(name, seed=seed).fit(items, items["label"]).predict(items) for seed in (1, 2))
        assert np.array_equal(one, other) is not is_random(name)


@pytest.mark.parametrize(
    ("name", "parameters", "error", "says"),
    [
        ("majorty", {}, NotFoundError, "did you mean majority"),
        ("majority", {"c": 1}, InputError, "no parameters"),
        ("tfidf_svm", {"C": 1}, InputError, "candidates"),
        ("stratified", {"random_state": 1}, InputError, "no parameter random_state"),
    ],
)
def test_wrong_names_are_refused(name: str, parameters: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        make_baseline(name, parameters, seed=0)


def test_asking_whether_an_unknown_baseline_is_random_is_refused() -> None:
    with pytest.raises(NotFoundError, match="did you mean stratified"):
        is_random("stratifed")
