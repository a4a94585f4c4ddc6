"""A saved model loads and predicts as before, and what is not whole or not ours does not load."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from standoff.baselines.probabilities import probable_baselines
from standoff.baselines.registry import make_baseline
from standoff.baselines.saving import CARD, FACTS, MODEL, Facts, SavedModel, load_model, model_folder, save_model
from standoff.baselines.skops_file import to_bytes
from standoff.errors import InputError, IntegrityError, NotFoundError, RefusedError
from standoff.files import sha256_bytes

SCORED: dict[str, Any] = {
    "how": "held-out",
    "evaluation": {},
    "floors": {},
    "seen_actors": None,
}


def facts_of(baseline: str = "tfidf_svm", **changes: Any) -> Facts:
    data: dict[str, Any] = {
        "model_sha256": "0" * 64,
        "task": {
            "name": "toy",
            "address": "toy",
            "version": 1,
            "variant": "item",
            "split_set": "official",
            "digest": "a" * 64,
            "language": "en",
            "label_kind": "model",
            "labels": ["support", "oppose", "none", "mixed"],
        },
        "trained_on": {
            "split": "official-train",
            "items": 48,
            "groups": 12,
            "actors": 4,
            "targets": 2,
            "labels": {"support": 16, "oppose": 16, "none": 16, "mixed": 0},
            "years": None,
            "ids_sha256": "b" * 64,
        },
        "baseline": baseline,
        "parameters": {},
        "seed": 7,
        "columns": ["text", "actor", "target"] if baseline == "tfidf_svm" else [],
        "scored": SCORED,
        "code": {},
        "packages": {},
        "python": "3.11",
    }
    return Facts.parse(data | changes, where="here")


def saved(folder: Path, items: pd.DataFrame, baseline: str = "tfidf_svm", **changes: Any) -> Path:
    folder.mkdir()
    model = make_baseline(baseline, {}, seed=7).fit(items, items["label"])
    save_model(model, facts_of(baseline, **changes), folder)
    return folder


@pytest.fixture
def folder(tmp_path: Path, items: pd.DataFrame) -> Path:
    return saved(tmp_path / "model", items)


@pytest.fixture
def model(folder: Path) -> SavedModel:
    return load_model(folder)


def test_a_saved_model_predicts_as_before(model: SavedModel, items: pd.DataFrame) -> None:
    fitted = make_baseline("tfidf_svm", {}, seed=7).fit(items, items["label"])
    predicted = model.predict(items.drop(columns="label"))
    assert list(predicted) == list(fitted.predict(items))
    assert all(type(label) is str for label in predicted)
    assert model.labels == ("support", "oppose", "none", "mixed")
    assert repr(model) == "SavedModel(tfidf_svm on toy, labels support, oppose, none, mixed)"


def test_the_file_itself_and_text_paths_are_taken(folder: Path) -> None:
    assert load_model(folder / MODEL).facts == load_model(str(folder)).facts


def test_the_facts_hold_the_hash_of_what_was_written(folder: Path, model: SavedModel) -> None:
    assert model.facts.model_sha256 == sha256_bytes((folder / MODEL).read_bytes())
    assert json.loads((folder / FACTS).read_text())["format"] == 1


def test_probabilities_come_in_the_order_of_the_tasks_labels(tmp_path: Path, items: pd.DataFrame) -> None:
    few = items[items["label"] != "none"]
    model = load_model(saved(tmp_path / "m", few, "tfidf_logreg"))
    shares = model.predict_proba(items)
    assert shares.shape == (48, 4)
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=0, atol=1e-12)
    assert (shares[:, 2:] == 0).all()  # never seen: none, mixed
    assert [model.labels[position] for position in shares.argmax(axis=1)] == list(model.predict(items))
    assert model.predict_proba(items[:0]).shape == (0, 4)


def test_probabilities_that_a_baseline_does_not_have_are_refused(model: SavedModel, items: pd.DataFrame) -> None:
    assert not model.has_probabilities
    with pytest.raises(RefusedError, match="tfidf_svm gives no probabilities") as caught:
        model.predict_proba(items)
    assert caught.value.expected == f"one that does: {', '.join(probable_baselines())}"
    assert "leave out --probabilities" in str(caught.value)


@pytest.mark.parametrize("position", [0, 100, -1])
def test_an_altered_file_is_refused(folder: Path, position: int) -> None:
    data = bytearray((folder / MODEL).read_bytes())
    data[position] ^= 1
    (folder / MODEL).write_bytes(data)
    with pytest.raises(IntegrityError, match="not the file that was saved"):
        load_model(folder)


def test_a_truncated_file_is_refused(folder: Path) -> None:
    (folder / MODEL).write_bytes((folder / MODEL).read_bytes()[:-1])
    with pytest.raises(IntegrityError, match="nothing was loaded"):
        load_model(folder)


@pytest.mark.parametrize("missing", [FACTS, MODEL])
def test_half_of_a_model_is_refused(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    for path in (folder, folder / MODEL):
        with pytest.raises(RefusedError, match=f"there is no {re.escape(missing)}\n") as caught:
            load_model(path)
        assert f"{MODEL}, {FACTS} and {CARD} together" in str(caught.value)
        assert caught.value.where == str(folder)


def test_what_is_no_model_at_all_is_not_found(tmp_path: Path, folder: Path) -> None:
    (folder / FACTS).unlink()
    (folder / MODEL).unlink()
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "none", tmp_path / "file", tmp_path, folder, tmp_path / "none" / MODEL):
        with pytest.raises(
            NotFoundError, match=r"no saved model(.|\n)*`standoff train tfidf_svm --task"
        ) as caught:
            load_model(path)
        assert caught.value.where == str(path)


def test_a_folder_is_told_to_be_a_model_by_its_files_alone(folder: Path) -> None:
    (folder / MODEL).write_text("broken")
    (folder / FACTS).write_text("broken")
    assert model_folder(folder) == model_folder(str(folder / MODEL)) == folder


def test_what_is_no_model_is_refused_without_what_takes_seconds_to_import(tmp_path: Path) -> None:
    code = (
        "import sys, standoff\n"
        f"try: standoff.load_model({str(tmp_path)!r})\n"
        "except standoff.StandoffError: print(*sorted(sys.modules.keys() & {'sklearn', 'skops', 'scipy'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "\n"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": 2}, "format"),
        ({"model_sha256": "x"}, "model_sha256"),
        ({"more": 1}, "more"),
        ({"columns": ["label"]}, "columns"),
        ({"task": None}, "task"),
    ],
)
def test_broken_facts_are_named(folder: Path, change: dict[str, Any], says: str) -> None:
    facts = json.loads((folder / FACTS).read_text())
    (folder / FACTS).write_text(json.dumps(facts | change))
    with pytest.raises(InputError, match=says):
        load_model(folder)


def test_a_baseline_of_another_version_is_not_found(folder: Path) -> None:
    facts = json.loads((folder / FACTS).read_text())
    (folder / FACTS).write_text(json.dumps(facts | {"baseline": "tfidf_svn"}))
    with pytest.raises(NotFoundError, match="did you mean tfidf_svm"):
        load_model(folder)


def replaced(folder: Path, model: object) -> None:
    """Put another model into the folder, with the right hash."""
    (folder / MODEL).write_bytes(to_bytes(model))
    facts = json.loads((folder / FACTS).read_text())
    facts["model_sha256"] = sha256_bytes((folder / MODEL).read_bytes())
    (folder / FACTS).write_text(json.dumps(facts))


def test_another_model_than_the_facts_describe_is_refused(folder: Path, items: pd.DataFrame) -> None:
    for other in (
        make_baseline("majority").fit(items, items["label"]),
        make_baseline("tfidf_svm"),
        make_baseline("tfidf_svm").fit(items, items["label"].str.upper()),
        {"a": 1},
        "text",
    ):
        replaced(folder, other)
        with pytest.raises(InputError, match=r"is not the model that model\.json describes"):
            load_model(folder)


def test_a_file_that_is_too_large_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("standoff.baselines.skops_file.MAX_BYTES", 100)
    with pytest.raises(InputError, match="larger than 100 bytes"):
        load_model(folder)


def test_other_versions_are_said_and_not_refused(tmp_path: Path, items: pd.DataFrame) -> None:
    packages = {"scikit-learn": "0.1", "pandas": "0.2"}
    folder = saved(tmp_path / "m", items, packages=packages)
    with pytest.warns(
        UserWarning, match=r"made with scikit-learn 0\.1 \(here [0-9.]+\); predictions may"
    ) as caught:
        load_model(folder)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert list(load_model(folder).predict(items)) == list(items["label"])


def test_columns_that_are_not_looked_at_are_filled(tmp_path: Path, items: pd.DataFrame, model: SavedModel) -> None:
    expected = list(model.predict(items))
    assert list(model.predict(items[["text", "actor", "target"]])) == expected
    assert (
        list(model.predict(items[["target", "actor", "text"]].set_index(pd.Index(["x"] * len(items))))) == expected
    )
    blind = load_model(saved(tmp_path / "blind", items, "actor_blind", columns=["text", "target"]))
    assert list(blind.predict(items[["text", "target"]])) == list(blind.predict(items))
    assert list(blind.predict(items.assign(actor=None))) == list(blind.predict(items))
    text_blind = load_model(saved(tmp_path / "names", items, "text_blind", columns=["actor", "target"]))
    names = items[["actor", "target", "actor_spans"]]  # places in a text that is not given
    assert list(text_blind.predict(names)) == list(text_blind.predict(items))
    majority = load_model(saved(tmp_path / "majority", items, "majority"))
    assert len(majority.predict(pd.DataFrame(index=range(5)))) == 5


def test_a_baseline_is_given_the_columns_of_the_common_frame_each_filled() -> None:
    given = []

    class Watching:
        classes_ = ("oppose",)

        def predict(self, frame: pd.DataFrame) -> list[str]:
            given.append(frame)
            return ["oppose"] * len(frame)

    model = SavedModel(Watching(), facts_of(columns=["text"]))
    frame = pd.DataFrame({"text": ["a", "b"], "actor": [None, "B"], "label": ["x", "y"]}, index=[7, 7])
    assert list(model.predict(frame)) == ["oppose", "oppose"]
    assert given[0].to_dict("list") == {
        "text": ["a", "b"],
        "actor": ["", "B"],
        "target": ["", ""],
        "actor_spans": [[], []],
        "target_spans": [[], []],
        "id": ["0", "1"],
        "group": ["0", "1"],
    }
    assert list(given[0].index) == [0, 1]
    model.predict(frame.assign(id=["p", "q"]))
    assert list(given[1]["group"]) == ["p", "q"]


def test_no_items_have_no_labels(model: SavedModel, items: pd.DataFrame) -> None:
    assert model.predict(items[:0]).shape == (0,)


@pytest.mark.parametrize("missing", ["text", "actor", "target"])
def test_a_missing_column_is_named(model: SavedModel, items: pd.DataFrame, missing: str) -> None:
    with pytest.raises(
        InputError, match=rf"lack the column {missing}\n(.|\n)*text, actor, target: what tfidf_svm"
    ):
        model.predict(items.drop(columns=missing))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        # With spans, which are of no text then: what is wrong is the text, and is told once.
        ({"text": [None] * 48}, r"^48 value\(s\)(.|\n)*row 0: text is None, not a string"),
        ({"text": ["x"] * 47 + [3.5]}, r"row 47: text is 3\.5, not a string"),
        ({"actor": [float("nan")] * 48}, "row 0: actor is nan, not a string"),
        ({"actor_spans": ["0-3"] * 48}, "row 0: actor_spans is '0-3', not a list of"),
        ({"target_spans": [[1, 2]] * 48}, r"row 0: target_spans is \[1, 2\], not a list of"),
        ({"target_spans": [None] * 48}, "row 0: target_spans is None, not a list of"),
        ({"text": ["x" * 9] * 48}, r"row 0: actor_spans is \[\(9, 12\)\], not a list of .* inside 0 to 9"),
    ],
)
def test_values_that_do_not_fit_are_named(
    model: SavedModel, items: pd.DataFrame, changes: dict[str, list[Any]], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        model.predict(items.assign(**changes))


def test_something_else_than_a_frame_is_refused(model: SavedModel) -> None:
    for value in ([{"text": "x"}], {"text": ["x"]}, "x", np.array([["x"]])):
        with pytest.raises(InputError, match=r"are a DataFrame\n(.|\n)*with the columns text, actor, target"):
            model.predict(value)  # type: ignore[arg-type]
