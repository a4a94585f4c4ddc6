"""The Croissant metadata, as ``mlcroissant`` reads it."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import mlcroissant
import pyarrow.parquet as pq
import pytest

from standoff.corpus.release import read_manifest
from standoff.corpus.tables import CANARY, SCHEMAS

pytestmark = [
    # mlcroissant 1.1 parses JSON-LD by a class that rdflib 7 deprecates, and resets an index as pandas 3.1 does.
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.reset_index is deprecated"),
]


@pytest.fixture(scope="module")
def document(release: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((release / "croissant.json").read_text(encoding="utf-8"))
    return found


def plain(value: Any, record_set: str, column: str) -> Any:
    """Return a value as Parquet has it: text for bytes, and sub-fields by their own names."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, dict):
        prefix = f"{record_set}/{column}/"
        return {name.removeprefix(prefix): plain(part, record_set, column) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(part, record_set, column) for part in value]
    return value


def test_it_is_read_without_errors_or_warnings(release: Path, caplog: pytest.LogCaptureFixture) -> None:
    issues = mlcroissant.Dataset(jsonld=release / "croissant.json").metadata.ctx.issues
    assert (issues.errors, issues.warnings) == (set(), set())
    assert warned(caplog) == []


def warned(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_context_with_a_hole_would_be_warned_of(
    document: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The control: the warnings of mlcroissant do reach the test above."""
    context = {name: value for name, value in document["@context"].items() if name != "equivalentProperty"}
    (tmp_path / "croissant.json").write_text(json.dumps({**document, "@context": context}), encoding="utf-8")
    mlcroissant.Dataset(jsonld=tmp_path / "croissant.json")
    assert len(warned(caplog)) == 1
    assert "equivalentProperty" in warned(caplog)[0]


def test_each_record_set_yields_the_rows_of_its_file(release: Path) -> None:
    dataset = mlcroissant.Dataset(jsonld=release / "croissant.json")
    rows = {
        path.removeprefix("data/").removesuffix(".parquet").replace("/", "-"): (path, entry["rows"])
        for path, entry in read_manifest(release)["files"].items()
        if path.startswith("data/")
    }
    assert {record_set.id for record_set in dataset.metadata.record_sets} == rows.keys()
    for record_set, (path, number) in rows.items():
        records = list(dataset.records(record_set))
        assert len(records) == number
        for record, row in zip(records, pq.read_table(release / path).to_pylist(), strict=True):
            assert list(record) == [f"{record_set}/{column}" for column in row]
            for column, value in row.items():
                # An absent value and an empty list come out of pandas in forms of their own.
                if value is not None and value != [] and not has_null(value):
                    assert plain(record[f"{record_set}/{column}"], record_set, column) == value


def has_null(value: Any) -> bool:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value is None or any(has_null(part) for part in parts)


def test_the_validator_accepts_it(release: Path) -> None:
    command = [
        str(Path(sys.executable).with_name("mlcroissant")),
        "validate",
        "--jsonld",
        str(release / "croissant.json"),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    assert "Done." in done.stderr


def test_a_field_without_a_file_would_be_an_error(document: dict[str, Any], tmp_path: Path) -> None:
    """The control: the validator does look at what it accepts."""
    broken = json.loads(json.dumps(document))
    broken["recordSet"][0]["field"][0]["source"]["fileObject"]["@id"] = "no-such-file"
    (tmp_path / "croissant.json").write_text(json.dumps(broken), encoding="utf-8")
    with pytest.raises(mlcroissant.ValidationError):
        mlcroissant.Dataset(jsonld=tmp_path / "croissant.json")


def test_it_names_version_date_licence_and_how_labels_came_to_be(release: Path, document: dict[str, Any]) -> None:
    manifest = read_manifest(release)
    assert document["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    assert (document["version"], document["datePublished"]) == (manifest["version"], manifest["date"])
    assert document["license"] == "https://spdx.org/licenses/CC-BY-4.0.html"
    assert manifest["version"] in document["citeAs"]
    assert CANARY in document["description"]
    assert "language models" in document["rai:machineAnnotationTools"]


def test_the_files_are_those_of_the_manifest(release: Path, document: dict[str, Any]) -> None:
    files = {path: e for path, e in read_manifest(release)["files"].items() if path.startswith("data/")}
    listed = {entry["contentUrl"]: entry for entry in document["distribution"]}
    assert listed.keys() == files.keys()
    for path, entry in listed.items():
        assert entry["sha256"] == files[path]["sha256"]
        assert entry["contentSize"] == f"{files[path]['bytes']} B"


def test_every_column_has_a_field_and_a_list_is_repeated(document: dict[str, Any]) -> None:
    for record_set in document["recordSet"]:
        schema = SCHEMAS[record_set["name"].split("-")[0]]
        assert [field["name"] for field in record_set["field"]] == schema.names
        repeated = {field["name"] for field in record_set["field"] if field.get("repeated")}
        assert repeated == {column.name for column in schema if str(column.type).startswith("list")}
