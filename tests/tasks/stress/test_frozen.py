from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from standoff.errors import InputError, NotFoundError, RefusedError
from standoff.files import pretty_json
from standoff.tasks.registry import get_task, load_task, names
from standoff.tasks.stress import registry
from standoff.tasks.stress.frozen import check, freeze
from standoff.tasks.stress.registry import STRESSES, Stress

FROZEN = Path(__file__).parents[3] / "experiments" / "stress"


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def test_the_frozen_sets_are_what_comes_out(shared_data: Path) -> None:
    found = check(FROZEN, data_dir=shared_data)
    assert found.problems == ()
    assert (found.n_tasks, found.not_here) == (9, ())


def test_every_task_is_frozen_and_no_text_is() -> None:
    assert sorted(path.stem for path in FROZEN.iterdir()) == names()
    for path in FROZEN.iterdir():
        content = read(path)
        assert path.read_text(encoding="utf-8") == pretty_json(content)
        assert content["label_kind"] == get_task(path.stem).label_kind
        for name, one in content["stresses"].items():
            assert set(one) == {"version", "items", "groups", "labels_changed", "label_kind", "digest"}
            assert one["version"] == STRESSES[name].version
            assert one["items"] >= one["groups"] > 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    freeze(load_task("intervention"), tmp_path)
    return tmp_path


def test_what_was_just_frozen_holds(folder: Path) -> None:
    found = check(folder)
    assert (found.n_tasks, found.n_sets, found.problems, found.not_here) == (1, 6, (), ())
    assert read(folder / "intervention.json") == read(FROZEN / "intervention.json")


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (("stresses", "role_titles", "digest"), "0" * 64, "intervention.json, role_titles: digest is "),
        (("stresses", "role_titles", "items"), 1, "intervention.json, role_titles: items is 41, frozen was 1"),
        (("stresses", "spelling_noise", "version"), 2, "spelling_noise: version is 1, frozen was 2"),
        (("stresses", "gone"), {"version": 1}, "intervention.json, gone: changes no item now"),
        (("stresses", "role_titles"), None, "intervention.json, role_titles: is not frozen"),
        (("task_digest",), "0" * 64, "intervention.json: task_digest is "),
        (("label_kind",), "human", "intervention.json: label_kind is model, frozen was human"),
    ],
)
def test_a_difference_is_named(folder: Path, place: tuple[str, ...], value: object, told: str) -> None:
    path = folder / "intervention.json"
    content = read(path)
    inside = content
    for name in place[:-1]:
        inside = inside[name]
    if value is None:
        del inside[place[-1]]
    else:
        inside[place[-1]] = value
    path.write_text(json.dumps(content), encoding="utf-8")
    (problem,) = check(folder).problems
    assert told in str(problem)


def test_a_task_whose_files_are_not_here_is_named(folder: Path, tmp_path: Path) -> None:
    content = read(FROZEN / "gwsd.json")
    (folder / "gwsd.json").write_text(json.dumps(content), encoding="utf-8")
    empty = tmp_path / "empty"
    empty.mkdir()
    found = check(folder, data_dir=empty)
    assert (found.n_tasks, found.not_here) == (1, ("gwsd.json",))


@pytest.mark.parametrize("text", ["[]", "{}", '{"task": "intervention"}'])
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="is no file of frozen stress sets"):
        check(tmp_path)


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="has no frozen stress sets"):
        check(tmp_path)


def test_what_is_frozen_under_a_version_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    freeze(load_task("intervention"), folder)  # the same again
    one = STRESSES["role_titles"]
    other = Stress(one.name, STRESSES["spelling_noise"].change, one.version, one.labels, one.asks)
    monkeypatch.setitem(registry.STRESSES, one.name, other)
    before = (folder / "intervention.json").read_bytes()
    with pytest.raises(RefusedError, match="role_titles would be frozen anew under the same version"):
        freeze(load_task("intervention"), folder)
    assert (folder / "intervention.json").read_bytes() == before
    newer = Stress(one.name, other.change, one.version + 1, one.labels, one.asks)
    monkeypatch.setitem(registry.STRESSES, one.name, newer)
    freeze(load_task("intervention"), folder)
    assert read(folder / "intervention.json")["stresses"]["role_titles"]["version"] == 2


def test_other_data_may_be_frozen_anew(folder: Path) -> None:
    path = folder / "intervention.json"
    content = read(path)
    content["task_digest"] = "0" * 64
    content["stresses"]["role_titles"]["digest"] = "0" * 64
    path.write_text(json.dumps(content), encoding="utf-8")
    freeze(load_task("intervention"), folder)
    assert check(folder).problems == ()
