from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

import standoff
from standoff.errors import IntegrityError, NotFoundError
from standoff.tasks import registry
from standoff.tasks.frame import frame_digest
from standoff.tasks.getting.fetch import get

if TYPE_CHECKING:
    from tests.tasks.conftest import Made

    from standoff.tasks.task import Task


def register(monkeypatch: pytest.MonkeyPatch, task: Task) -> None:
    """Put a task under the name "made", as a new file and a new line would."""
    module = ModuleType("made_task")
    monkeypatch.setattr(module, "TASK", task, raising=False)
    monkeypatch.setitem(sys.modules, "made_task", module)
    monkeypatch.setitem(registry.TASKS, "made", "made_task:TASK")


def test_names_are_sorted_and_name_a_module_and_an_attribute() -> None:
    assert registry.names() == sorted(registry.TASKS)
    assert {"intervention", "seesaw"} <= set(registry.names())
    assert all(len(line.split(":")) == 2 for line in registry.TASKS.values())


def test_listing_imports_no_task_and_writes_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from standoff.tasks import registry; registry.names(); "
        "print(sorted(set(sys.modules) & {line.partition(':')[0] for line in registry.TASKS.values()}))"
    )
    home = tmp_path / "home"
    environment = {"STANDOFF_DATA": str(home), "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout == "[]\n"
    assert list(tmp_path.iterdir()) == []


def test_a_task_is_found_by_its_name() -> None:
    assert registry.get_task("seesaw").name == "seesaw"


def test_an_unknown_task_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(NotFoundError, match="did you mean seesaw") as caught:
        registry.get_task("seasaw")
    assert "standoff tasks list" in str(caught.value)


def test_an_address_names_task_and_variant(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, made.task())
    default = registry.load_task("made", data_dir=made.folder)
    other = registry.load_task("made:all", data_dir=made.folder)
    assert (default.variant, default.address, set(default.frame["variant"])) == ("named", "made", {"named"})
    assert (other.variant, other.address, set(other.frame["variant"])) == ("all", "made:all", {"all"})
    assert default.split_set == "official"
    assert default.digest == frame_digest(default.frame) != other.digest


@pytest.mark.parametrize("address", ["made:", "made:nmaed", "made:named:x"])
def test_an_unknown_variant_is_refused(made: Made, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    register(monkeypatch, made.task())
    with pytest.raises(NotFoundError, match="no variant of task made"):
        registry.load_task(address, data_dir=made.folder)


def test_an_unknown_split_set_is_refused(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, made.task())
    with pytest.raises(NotFoundError, match="no split set of task made named 'audited'"):
        registry.load_task("made", data_dir=made.folder, split_set="audited")


def test_a_given_folder_is_verified_in_full(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, made.task())
    (made.folder / "data" / "b.txt").write_bytes(b"changed")
    with pytest.raises(IntegrityError, match=r"data/b\.txt: altered"):
        registry.load_task("made", data_dir=made.folder)
    with pytest.raises(NotFoundError, match="no such folder"):
        registry.load_task("made", data_dir=made.folder / "nowhere")


def test_without_a_folder_the_stored_set_is_read(
    made: Made, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    register(monkeypatch, made.task())
    monkeypatch.setenv("STANDOFF_DATA", str(tmp_path / "home"))
    with pytest.raises(NotFoundError, match="standoff tasks get made"):
        registry.load_task("made")
    stored = get(made.task(), from_dir=made.folder).folder
    assert set(registry.load_task("made").frame["folder"]) == {str(stored)}


def test_a_task_that_comes_with_the_package_reads_the_packages_folder(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(monkeypatch, replace(made.task(), source=None))
    assert standoff.__file__ is not None
    assert set(registry.load_task("made").frame["folder"]) == {str(Path(standoff.__file__).parent)}
    assert registry.load_task("made").folder == Path(standoff.__file__).parent
    # One folder is given for several tasks: those that need none take no notice.
    assert registry.load_task("made", data_dir=made.folder).digest == registry.load_task("made").digest


def test_a_folder_that_has_the_tasks_folder_will_do(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, made.task())
    registry.refuse_missing("made", data_dir=made.folder.parent)
    found = registry.load_task("made", data_dir=made.folder.parent)
    assert set(found.frame["folder"]) == {str(found.folder)} == {str(made.folder)}


def test_missing_files_are_refused_without_reading(
    made: Made, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    register(monkeypatch, made.task())
    monkeypatch.setenv("STANDOFF_DATA", str(tmp_path / "home"))
    with pytest.raises(NotFoundError, match="standoff tasks get made"):
        registry.refuse_missing("made")
    with pytest.raises(NotFoundError):
        registry.refuse_missing("made", data_dir=tmp_path / "nowhere")
    with pytest.raises(NotFoundError, match="no task named"):
        registry.refuse_missing("maid")
    registry.refuse_missing("intervention")


def test_the_published_frame_is_the_one_before_any_split_set(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, replace(made.task(), split_sets={"none": lambda frame: frame.assign(split="test")}))
    assert registry.read_published("made", data_dir=made.folder)["split"].to_list() == [
        "train",
        "validation",
        "test",
    ]
    assert set(registry.load_task("made", data_dir=made.folder).frame["split"]) == {"test"}
