from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from standoff.annotation.campaign.campaign import Assignment, Campaign, Round
from standoff.annotation.campaign.fetch import Fetched, keep
from standoff.annotation.campaign.plan import make_plan
from standoff.corpus.reader import read_sources
from standoff.errors import IntegrityError
from standoff.files import sha256_bytes
from standoff.records import Export

MINI = Path(__file__).parents[2] / "data" / "mini"


def campaign(conflict: str = "ostmark-2002") -> Campaign:
    return Campaign(
        name="pilot", conflicts=(conflict,), codebook="v1", coders=("anna",), coders_per_unit=1, seed=1, repeats=0
    )


def plan(conflict: str = "ostmark-2002") -> list[Assignment]:
    return make_plan(read_sources(MINI), campaign(conflict), Round.MAIN)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = Path(shutil.copytree(MINI, tmp_path / "mini"))
    shutil.rmtree(root / "annotations" / "exports")
    return root


def kept(root: Path, tasks: list[dict[str, Any]], conflict: str = "ostmark-2002") -> Export | None:
    data = json.dumps(tasks, indent=1).encode()
    fetched = Fetched("anna", 3, 9, "http://127.0.0.1:1", data, tasks, {}, 2)
    return keep(fetched, read_sources(root), campaign(conflict), Round.MAIN, plan(conflict))


def task(stance: str = "opposes", ago: str = "1 minute", **changes: Any) -> dict[str, Any]:
    annotation = {"id": 7, "result": [stance], "prediction": {"id": 2, "created_ago": ago}}
    return {"id": 1, "annotations": [annotation], **changes}


def files(root: Path) -> set[str]:
    folder = root / "annotations" / "exports"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_an_export_is_kept_byte_for_byte_under_its_hash(root: Path) -> None:
    export = kept(root, [task()])
    assert export is not None
    path = root / "annotations" / "exports" / export.file
    data = json.dumps([task()], indent=1).encode()
    assert path.read_bytes() == data
    assert export.sha256 == sha256_bytes(data)
    assert export.file == f"campaigns/pilot/main.anna.{export.sha256[:12]}.json"


def test_nothing_annotated_is_nothing_to_keep(root: Path) -> None:
    assert kept(root, []) is None
    assert files(root) == set()


def test_the_same_export_is_kept_once_also_when_only_its_age_differs(root: Path) -> None:
    first = kept(root, [task()])
    assert kept(root, [task()]) == first
    assert kept(root, [task(ago="2 hours")]) == first
    assert len(files(root)) == 1


def test_another_export_is_kept_beside_the_first(root: Path) -> None:
    first, second = kept(root, [task()]), kept(root, [task("seeks")])
    assert first != second
    assert len(files(root)) == 2
    assert kept(root, [task(ago="a day")]) == first


def test_an_export_of_another_round_or_coder_is_not_taken_for_it(root: Path) -> None:
    first = kept(root, [task()])
    assert first is not None
    folder = root / "annotations" / "exports" / "campaigns" / "pilot"
    (path,) = folder.iterdir()
    path.rename(folder / path.name.replace("main.anna", "main.anna-2"))
    assert kept(root, [task(ago="a day")]) != first
    assert len(files(root)) == 2


def test_an_export_that_was_altered_is_not_built_upon(root: Path) -> None:
    first = kept(root, [task()])
    assert first is not None
    path = root / "annotations" / "exports" / first.file
    path.write_bytes(path.read_bytes().replace(b"opposes", b"support"))
    with pytest.raises(IntegrityError, match="is not the export that its name says"):
        kept(root, [task("seeks")])


def test_texts_that_may_not_be_passed_on_are_kept_where_git_does_not_look(root: Path) -> None:
    export = kept(root, [task()], "norland-2001")
    assert export is not None
    assert export.file.startswith("private/pilot/main.anna.")
    assert files(root) == {export.file, "private/.gitignore"}
    assert "*" in (root / "annotations/exports/private/.gitignore").read_text().splitlines()


def test_where_a_coders_exports_lie_does_not_depend_on_what_is_done(root: Path) -> None:
    """Also an export in which no text of that kind is annotated yet lies with the others."""
    export = kept(root, [task(data={"article_id": "norland-2001-harbour"})], "norland-2001")
    assert export is not None
    assert export.file.startswith("private/")
