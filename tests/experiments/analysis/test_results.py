from __future__ import annotations

import json
from pathlib import Path

import pytest

from standoff.errors import InputError, NotFoundError
from standoff.experiments.analysis.results import document, read_document, rounded, write_document
from standoff.experiments.environment import last_change
from standoff.tasks.registry import load_task
from standoff.version import __version__

pytestmark = pytest.mark.usefixtures("toy")


def made() -> dict[str, object]:
    return document("errors", {"value": 1 / 3, "n": 3}, tasks=[load_task("toy")], seeds={"bootstrap": 7})


def test_a_document_says_what_it_was_computed_from() -> None:
    loaded = load_task("toy")
    found = made()
    provenance = found["provenance"]
    assert isinstance(provenance, dict)
    assert found["analysis"] == "errors"
    assert (found["value"], found["n"]) == (0.333333, 3)
    assert provenance["standoff"] == __version__
    assert len(provenance["source_sha256"]) == 64
    assert provenance["commit"] == last_change()
    assert {"numpy", "scikit-learn"} <= set(provenance["packages"])
    assert provenance["seeds"] == {"bootstrap": 7}
    assert provenance["tasks"] == {
        "toy": {
            "version": 3,
            "split_set": "official",
            "digest": loaded.digest,
            "language": "en",
            "label_kind": "human",
        }
    }


def test_it_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    write_document(tmp_path / "a.json", made())
    write_document(tmp_path / "b.json", made())
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert read_document(tmp_path / "a.json") == made()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.json", "b.json"]


def test_numbers_are_rounded_wherever_they_are() -> None:
    given = {"a": [0.12345678, (1.00000001, {"b": -0.0000001})], "c": True, "d": None, "e": 5}
    found = rounded(given)
    assert found == {"a": [0.123457, [1.0, {"b": 0.0}]], "c": True, "d": None, "e": 5}
    assert json.dumps(found["a"][1][1]["b"]) == "0.0"
    assert found["c"] is True


@pytest.mark.parametrize("content", ["[]", "{}", '{"analysis": 1, "provenance": {}}', '{"analysis": "errors"}'])
def test_another_file_is_no_analysis(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(InputError, match="is not an analysis"):
        read_document(tmp_path / "x.json")
    with pytest.raises(NotFoundError):
        read_document(tmp_path / "y.json")
