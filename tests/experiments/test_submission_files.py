"""What may lie in a submission's folder: nothing is opened that does not belong there."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from standoff.errors import InputError, NotFoundError
from standoff.experiments.submission_files import MAX_ENTRIES, Files, addresses, list_files
from standoff.tasks import registry


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with all files of a submission, which are not looked into here."""
    made = tmp_path / "my-system"
    made.mkdir()
    for name in ("system.yaml", "README.md", "predictions.jsonl"):
        (made / name).write_text("", encoding="utf-8")
    return made


def problems(folder: Path) -> str:
    found = list_files(folder)
    text = "\n".join(map(str, found.problems))
    assert all(c.isprintable() or c == "\n" for c in text)
    assert all(problem.remedy for problem in found.problems)
    return text


def test_the_files_of_a_submission(folder: Path) -> None:
    assert list_files(folder) == Files(
        "my-system", folder / "system.yaml", folder / "README.md", {"predictions": folder / "predictions.jsonl"}
    )


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "csv", "parquet"])
@pytest.mark.parametrize("stem", ["predictions", "seesaw", "newsmtsc-mt"])
def test_the_endings_of_predictions(folder: Path, stem: str, ending: str) -> None:
    (folder / "predictions.jsonl").unlink()
    (folder / f"{stem}.{ending}").touch()
    found = list_files(folder)
    assert found.predictions == {stem: folder / f"{stem}.{ending}"}
    assert found.problems == []


def test_a_file_for_each_task(folder: Path) -> None:
    (folder / "predictions.jsonl").unlink()
    for name in ("seesaw.csv", "newsmtsc.jsonl", "newsmtsc-mt.jsonl"):
        (folder / name).touch()
    found = list_files(folder)
    assert sorted(found.predictions) == ["newsmtsc", "newsmtsc-mt", "seesaw"]
    assert found.problems == []


# -- addresses ------------------------------------------------------------------------------------------


def test_a_stem_stands_for_one_address() -> None:
    known = addresses()
    assert known["newsmtsc"] == "newsmtsc"
    assert known["newsmtsc-mt"] == "newsmtsc:mt"
    assert "newsmtsc-rw" not in known  # the default variant has no second name
    assert len(set(known.values())) == len(known)
    assert known["intervention-0.1.0"] == "intervention:0.1.0"
    assert "intervention" not in known  # it would be another release some day
    assert {address.partition(":")[0] for address in known.values()} == set(registry.names())


def test_addresses_are_those_of_loaded_tasks(shared_data: Path) -> None:
    for address in addresses().values():
        assert registry.load_task(address, data_dir=shared_data).address == address


def test_no_stem_is_that_of_another_file() -> None:
    assert not {"predictions", "system", "README"} & addresses().keys()


# -- what is missing ------------------------------------------------------------------------------------


def test_an_empty_folder(tmp_path: Path) -> None:
    text = problems(tmp_path)
    assert "has no system.yaml" in text
    assert "standoff submit init" in text
    assert "has no predictions" in text


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such folder"):
        list_files(tmp_path / "none")
    (tmp_path / "file").touch()
    with pytest.raises(NotFoundError, match="no such folder"):
        list_files(tmp_path / "file")


def test_both_layouts_at_once(folder: Path) -> None:
    (folder / "seesaw.jsonl").touch()
    assert "there are files for single ones too: seesaw.jsonl" in problems(folder)


def test_a_task_in_two_formats(folder: Path) -> None:
    (folder / "predictions.csv").touch()
    assert "predictions.jsonl: there is predictions.csv already" in problems(folder)


def test_a_folder_that_may_not_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> None:  # the rights of a folder do not bind the superuser, who may be running this
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InputError, match="cannot be read"):
        list_files(folder)


# -- what does not belong there -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("notes.txt", "is not a file of a submission"),
        ("model.pkl", "is not a file of a submission"),
        (".hidden", "is not a file of a submission"),
        (".jsonl", "is not a file of a submission"),
        ("System.yaml", "is not a file of a submission"),
        ("SYSTEM.YAML", "is not a file of a submission"),
        ("readme.md", "is not a file of a submission"),
        ("system.yml", "is not a file of a submission"),
        ("predictions.JSONL", "is not a file of a submission"),
        ("Predictions.jsonl", "did you mean predictions"),
        ("sesaw.jsonl", "did you mean seesaw"),
        ("newsmtsc:mt.jsonl", "did you mean newsmtsc-mt"),
        ("intervention.jsonl", "did you mean intervention-0.1.0"),
        ("newsmtsc-rw.jsonl", "did you mean newsmtsc"),
        ("se\u0435saw.jsonl", "no file of predictions named"),
        ("C:.jsonl", "no file of predictions named 'C:'"),
        ("..jsonl", "no file of predictions named '.'"),
        ("...jsonl", "no file of predictions named '..'"),
        ("..\\x.jsonl", r"no file of predictions named '..\\x'"),
        ("x" * 240 + ".jsonl", "no file of predictions named 'xxx"),
        ("x\u202egpj.jsonl", r"'x\u202egpj.jsonl'"),
        ("x\x1b[31m.jsonl", r"'x\x1b[31m.jsonl'"),
        ("x\x1b]8;;http:.csv", r"'x\x1b]8;;http:.csv'"),
        ("x\nready: all is well", r"'x\nready: all is well'"),
        ("[red]x.md", "is not a file of a submission"),
        ("seesaw.toml", "is not a file of a submission"),
        ("con.jsonl", "no file of predictions named 'con'"),
    ],
)
def test_another_name_is_refused(folder: Path, name: str, message: str) -> None:
    (folder / name).touch()
    text = problems(folder)
    assert message in text
    assert text.count("what to do") == 1


def test_a_name_that_is_no_text_is_refused(folder: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.jsonl")).touch()
    except OSError:
        pytest.skip("this file system has no such names")
    assert r"\udcff" in problems(folder)


@pytest.mark.parametrize("name", ["predictions.csv", "system.yaml", "README.md"])
@pytest.mark.parametrize("target", ["/etc/passwd", "../other.csv", "predictions.jsonl", "nowhere", "/dev/zero"])
def test_a_link_is_refused_and_not_followed(folder: Path, name: str, target: str) -> None:
    (folder.parent / "other.csv").touch()
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(target)
    found = list_files(folder)
    assert [(problem.what, problem.where) for problem in found.problems] == [("is a link", str(folder / name))]
    assert folder / name not in {found.system, found.readme, *found.predictions.values()}


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the path of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


@pytest.mark.parametrize("make", [a_pipe, a_socket, Path.mkdir])
@pytest.mark.parametrize("name", ["predictions.csv", "system.yaml", "README.md", "seesaw.jsonl", "sub"])
def test_what_is_no_file_is_refused(folder: Path, name: str, make: Callable[[Path], None]) -> None:
    (folder / name).unlink(missing_ok=True)
    make(folder / name)
    found = list_files(folder)
    assert [(problem.what, problem.where) for problem in found.problems] == [("is not a file", str(folder / name))]


def test_a_folder_that_is_a_link_is_refused(folder: Path) -> None:
    link = folder.with_name("link")
    link.symlink_to(folder)
    with pytest.raises(InputError, match="is a link"):
        list_files(link)


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    link = tmp_path / "x\ny"
    link.symlink_to(link)
    with pytest.raises(InputError, match="is a link") as caught:
        list_files(link)
    assert "x\ny" not in str(caught.value)


@pytest.mark.parametrize("name", ["x\u202ey", "x\x1b[2J", "x\ny"])
def test_a_folder_whose_name_cannot_be_printed_is_refused(folder: Path, name: str) -> None:
    renamed = folder.rename(folder.with_name(name))
    with pytest.raises(InputError, match="cannot be printed") as caught:
        list_files(renamed)
    assert str(caught.value).isprintable() or str(caught.value).count("\n") == 1
    assert name not in str(caught.value)


def test_the_name_is_that_of_the_folder_however_it_is_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert list_files(Path()).name == "my-system"
    assert list_files(Path("../my-system/.")).name == "my-system"


def test_very_many_files_are_refused_without_a_list_of_them(folder: Path) -> None:
    for number in range(MAX_ENTRIES - 2):
        (folder / f"x{number}").touch()
    with pytest.raises(InputError, match="has more than 100 files"):
        list_files(folder)
    (folder / "x0").unlink()
    assert len(list_files(folder).problems) == MAX_ENTRIES - 3
