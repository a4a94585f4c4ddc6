"""Each example of docs/custom-tasks.md is written to a folder, loaded, and gives what the page says."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import datasets
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from standoff.cli.app import app
from standoff.errors import StandoffError
from standoff.tasks.custom.task import read_task
from standoff.tasks.frame import FOLD, check_frame
from standoff.tasks.split_sets import as_published

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

PAGE = Path(__file__).parents[3] / "docs" / "custom-tasks.md"
FENCE = re.compile(r"^```(?P<language>\w+)(?P<facts>[^\n]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
PROMISE = re.compile(r"\*\*(?P<items>\d+) items?\*\* in (?P<splits>.*)\.")


@dataclass
class Example:
    """A TOML block, its data blocks before it, those of the last example, and the promises after it."""

    toml: str
    line: int
    own: list[re.Match[str]]
    shared: list[re.Match[str]]
    promise: re.Match[str] | None = None
    first: dict[str, Any] = field(default_factory=dict)


def facts(block: re.Match[str]) -> dict[str, str]:
    return dict(re.findall(r'(\w+)="([^"]*)"', block["facts"]))


def examples() -> tuple[str, list[Example]]:
    """Return what stands in front of every example, and the examples."""
    text = PAGE.read_text(encoding="utf-8")
    head, found, data = "", list[Example](), list[re.Match[str]]()
    blocks = list(FENCE.finditer(text))
    for number, block in enumerate(blocks):
        end = blocks[number + 1].start() if number + 1 < len(blocks) else len(text)
        between = text[block.end() : end]
        if block["language"] == "toml" and "in front" in block["facts"]:
            head = block["text"]
        elif block["language"] == "toml":
            shared = (found[-1].own or found[-1].shared) if found else []
            found.append(Example(block["text"], text.count("\n", 0, block.start()) + 1, data, shared))
            found[-1].promise = PROMISE.search(between)
            data = []
        elif "title" in facts(block):
            data.append(block)
        elif block["language"] == "json":
            found[-1].first = json.loads(block["text"])
    return head, found


HEAD, EXAMPLES = examples()


def write(folder: Path, block: re.Match[str]) -> None:
    """Write a data block in the format that its title names."""
    about, text = facts(block), block["text"]
    path = folder / about["title"]
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        sheet = book.create_sheet(about["sheet"])
        for row in csv.reader(io.StringIO(text)):
            sheet.append([cell_value(cell) for cell in row])
        book.save(path)
    elif path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(json.loads(text)), path)
    elif "datasets" in about:
        rows = list(csv.DictReader(io.StringIO(text)))
        part = datasets.Dataset.from_list(rows).class_encode_column("label")
        datasets.DatasetDict(dict.fromkeys(about["datasets"].split(","), part)).save_to_disk(str(path))
    else:
        path.write_text(text, encoding=about.get("encoding", "utf-8"), newline="")


def cell_value(cell: str) -> object:
    """Return a cell as a spreadsheet program would take it: a number, a day, or text."""
    if cell.isdecimal():
        return int(cell)
    return dt.date.fromisoformat(cell) if re.fullmatch(r"\d{4}-\d\d-\d\d", cell) else cell


def whole(toml: str) -> str:
    """Return the example with what it leaves out in front."""
    head, _, labels = HEAD.partition("[labels]")
    if "name =" in toml.splitlines()[0]:
        return toml
    return f"{head}{toml}" if "[labels]" in toml else f"{head}[labels]{labels}\n{toml}"


def test_the_walk_through_ends_in_its_signature(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for block in EXAMPLES[0].own:
        write(tmp_path, block)
    Path("harbour.toml").write_text(EXAMPLES[0].toml, encoding="utf-8")
    Path("harbour-run.toml").write_text('task = "harbour.toml"\nbaseline = "tfidf_svm"\n', encoding="utf-8")
    assert CliRunner().invoke(app, ["run", "harbour-run.toml"]).exit_code == 0
    shutil.copy("runs/harbour-run/predictions.jsonl", "predictions.jsonl")
    done = CliRunner().invoke(app, ["evaluate", "predictions.jsonl", "--task", "harbour.toml"])
    (signature,) = re.findall(r"^```text\n(.*)\n```$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert signature in done.output.splitlines()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"line {example.line}")
def test_an_example_gives_what_the_page_says(
    example: Example, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for block in (*example.shared, *example.own):
        write(tmp_path, block)
    capfd.readouterr()  # `datasets` shows what it writes
    path = tmp_path / "task.toml"
    path.write_text(whole(example.toml), encoding="utf-8")
    task = read_task(path)
    refused = [facts(block)["refused"] for block in example.own if "refused" in facts(block)]
    if refused:
        with pytest.raises(StandoffError, match=re.escape(refused[0])):
            task.read(tmp_path, "default")
        return
    frame = task.read(tmp_path, "default")
    assert {name: json.loads(json.dumps(frame[name][0])) for name in example.first} == example.first
    if example.promise is not None:
        assert len(frame) == int(example.promise["items"])
        check_splits(example.promise["splits"], frame, task.split_sets["audited"])
    if "official" in task.split_sets:
        check_frame(as_published(frame), task.labels, "the example")


def check_splits(promised: str, frame: pd.DataFrame, audited: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Compare ``train 2, test 1`` (perhaps ``by the list``), ``5 folds`` or ``no split`` with what there is."""
    if promised == "no split":
        assert set(frame["split"]) == {""}
    elif folds := re.fullmatch(r"(\d+) folds", promised):
        assert {name for name in audited(frame)["split"] if FOLD.fullmatch(name)} == {
            f"fold-{number}" for number in range(1, int(folds[1]) + 1)
        }
    else:
        counted = audited(frame) if promised.endswith(" by the list") else frame
        shown = promised.removesuffix(" by the list").split(", ")
        assert {name: int(number) for name, number in map(str.split, shown)} == dict(
            counted["split"].value_counts()
        )
