"""``standoff compare`` on a terminal, as JSON and as Markdown."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from standoff.cli.compare import compare_command
from standoff.cli.compare_text import NO_PROOF, sentence, tables
from standoff.errors import InputError, StandoffError
from standoff.evaluation.scores import MIN_GROUPS
from standoff.evaluation.significance import smallest_difference
from standoff.experiments.comparison import compare
from standoff.tasks.registry import load_task

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
app.command("compare")(compare_command)

QUICK = ("--permutations", "200", "--resamples", "50")


def call(*arguments: object, width: int = 200) -> str:
    found = CliRunner().invoke(app, [*map(str, arguments), *QUICK], env={"COLUMNS": str(width)})
    if isinstance(found.exception, StandoffError):
        raise found.exception
    assert found.exit_code == 0, found.output
    return found.stdout


def gold() -> dict[str, str]:
    rows = load_task("intervention").split("test")
    return dict(zip(rows["id"], rows["label"], strict=True))


def written(path: Path, labels: dict[str, str]) -> Path:
    path.write_text("".join(json.dumps({"id": item, "label": label}) + "\n" for item, label in labels.items()))
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder, labels = tmp_path_factory.mktemp("predictions"), gold()
    ids = list(labels)
    nearly = {item: labels[item] for item in ids if item != ids[3]}
    return {
        "best": written(folder / "best.jsonl", labels),
        "nearly": written(folder / "nearly.jsonl", nearly),
        "none": written(folder / "none.jsonl", dict.fromkeys(ids, "none")),
    }


def test_two_systems_are_told_apart_in_a_sentence_on_top(files: dict[str, Path]) -> None:
    out = call(files["none"], files["best"], "--task", "intervention")
    first = out.splitlines()[0]
    pattern = (
        r"best is ahead of none by (\d+\.\d) points of macro-F1 \[(\d+\.\d), (\d+\.\d)\], p 0\.0\d+\. "
        r"Between these two, this test set can be relied on to show a difference of (\d+\.\d) points or more\."
    )
    value, low, high, least = map(float, re.fullmatch(pattern, first).groups())  # type: ignore[union-attr]
    assert low < value < high
    assert least < value
    assert "113 items in 9 groups, labels by models" in out
    assert "made by models, not by people" in " ".join(out.split())


def test_the_ranks_and_the_pairs_are_tables(files: dict[str, Path]) -> None:
    out = call(*files.values(), "--task", "intervention")
    rows = [line.split() for line in out.splitlines()]
    assert ["1", "best"] in [row[:2] for row in rows]
    assert ["1", "nearly"] in [row[:2] for row in rows]
    assert ["3", "none"] in [row[:2] for row in rows]
    assert sum(row[1:2] == ["-"] for row in rows) == 3
    assert "can be told apart in a sentence" not in out
    assert not out.startswith("best")
    plain = " ".join(out.split())
    assert NO_PROOF in plain
    assert "adjusted for 3 pairs by Holm's method" in plain
    assert f"Missing from nearly, counted as wrong: 1 ({list(gold())[3]})." in plain
    assert "Caution: intervals may be too narrow, as gold labels are in fewer than 20 groups" in plain


def test_p_values_are_shown_as_adjusted_and_starred(files: dict[str, Path]) -> None:
    found = compare(list(files.values()), task="intervention", permutations=200, resamples=50)
    _, pairs = tables(found)
    shown = {row[0]: (row[2], row[4]) for row in pairs.rows}
    for pair in found.comparison.pairs:
        for cell, tested in zip(shown[f"{pair.first} - {pair.second}"], (pair.metric, pair.accuracy), strict=True):
            assert cell == f"{tested.p_adjusted:.4f}" + ("*" if tested.p_adjusted < 0.05 else "")
    assert sum(cell.endswith("*") for cell, _ in shown.values()) == 2
    assert sum(pair.metric.p < pair.metric.p_adjusted for pair in found.comparison.pairs) == 2


def test_nothing_is_cut_on_a_narrow_terminal(files: dict[str, Path]) -> None:
    out = call(*files.values(), "--task", "intervention", width=70)
    table = out.split("The first minus")[0].split("items in 9 groups, two")[1]
    assert max(map(len, table.splitlines())) <= 70
    assert "…" not in table
    assert table.count("nearly - none") >= 1


def test_json_is_what_the_function_gives(files: dict[str, Path]) -> None:
    out = call(files["best"], files["none"], "--task", "intervention", "--format", "json")
    found = compare([files["best"], files["none"]], task="intervention", permutations=200, resamples=50)
    assert json.loads(out) == json.loads(json.dumps(found.to_json()))


def test_markdown_has_the_same_tables(files: dict[str, Path]) -> None:
    out = call(*files.values(), "--task", "intervention", "--format", "markdown")
    assert "| rank | system | macro-F1 [95 %] | accuracy [95 %] | missing | better than | worse than |" in out
    assert "| best - none |" in out
    assert "| 3 | none |" in out
    two = call(files["best"], files["none"], "--task", "intervention", "--format", "markdown")
    assert two.startswith("best is ahead of none by")


def test_accuracy_is_not_shown_twice(files: dict[str, Path]) -> None:
    out = call(*files.values(), "--task", "intervention", "--metric", "accuracy")
    assert "macro" not in out
    assert out.count("accuracy [95 %]") == 2
    assert "by swapping" not in out


def test_a_metric_and_a_slice_are_named(files: dict[str, Path]) -> None:
    two = (files["best"], files["none"], "--task", "intervention")
    assert "points of gate-F1" in call(*two, "--metric", "gate_f1")
    sliced = call(*two, "--slice", "actor_kind=person")
    assert "intervention:0.1.0, official-test, actor_kind=person: " in sliced


def test_equal_systems_are_said_to_be_equal(files: dict[str, Path], tmp_path: Path) -> None:
    other = written(tmp_path / "other.jsonl", gold())
    out = call(files["best"], other, "--task", "intervention")
    assert out.startswith(
        "best and other reach the same macro-F1: the difference is 0.0 points of macro-F1 [0.0, 0.0], p 1.0000.\n"
    )


def test_systems_that_differ_by_chance_cannot_be_told_apart(files: dict[str, Path]) -> None:
    out = call(files["best"], files["nearly"], "--task", "intervention")
    assert out.startswith("best and nearly cannot be told apart: the first is ahead by ")


def test_without_intervals_there_is_neither_an_end_nor_a_smallest_difference(files: dict[str, Path]) -> None:
    rows = load_task("intervention").split("test")
    assert rows[rows["stance"] == "seeks"]["group"].nunique() < MIN_GROUPS
    found = compare(
        [files["best"], files["none"]], task="intervention", slice_="stance=seeks", permutations=200, resamples=50
    )
    said = sentence(found.comparison)
    assert "[" not in said
    assert "Between these" not in said
    assert "(no interval)" in tables(found)[0].rows[0][2]


def test_hostile_names_are_shown_and_not_obeyed(files: dict[str, Path], tmp_path: Path) -> None:
    # The bell too: where output is no terminal, sequences of colours would be taken out of it anyway.
    evil = written(tmp_path / "a\x1b[31m\x07[bold]|*x*.jsonl", gold())
    for arguments in ((), ("--format", "markdown")):
        out = call(evil, files["none"], "--task", "intervention", *arguments)
        assert not {"\x1b", "\x07"} & set(out)
        assert out.count("\\x07") >= 3  # in the sentence, the ranks and the pairs
        assert "[bold]" in out
    assert "\\|" in out
    assert "\\*x\\*" in out


def test_one_system_is_refused(files: dict[str, Path]) -> None:
    with pytest.raises(InputError, match="two systems or more"):
        call(files["best"], "--task", "intervention")


def test_help_is_quick_and_names_an_example() -> None:
    code = (
        "import sys\n"
        "from standoff.cli.compare import compare_command\n"
        "assert 'Example: standoff compare' in compare_command.__doc__\n"
        "heavy = {'pandas', 'scipy', 'sklearn', 'pyarrow', 'numpy'} & set(sys.modules)\n"
        "sys.exit(f'imports {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


ROOT = Path(__file__).resolve().parents[2]


def documented() -> list[str]:
    (block,) = re.findall(
        r"^```sh\n(.*?)^```", (ROOT / "docs" / "compare.md").read_text(), re.DOTALL | re.MULTILINE
    )
    return [line.partition("#")[0].strip() for line in block.splitlines()]


@pytest.mark.parametrize("line", documented())
def test_the_commands_of_the_page_run(
    line: str, tmp_path: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "experiments").symlink_to(ROOT / "experiments")
    shutil.copy(ROOT / "experiments" / "runs" / "nbsvm-seesaw" / "predictions.jsonl", tmp_path / "mine.jsonl")
    monkeypatch.chdir(tmp_path)
    _, command, *arguments = shlex.split(line)
    assert command == "compare"
    out = call(*arguments, "--data", shared_data)
    assert "labels by humans" in out
    if "mine.jsonl" in line:
        assert "mine and tfidf_svm" in out or "tfidf_svm and mine" in out


def test_the_page_is_right_about_nine_systems_on_nine_groups() -> None:
    page = (ROOT / "docs" / "compare.md").read_text()
    assert f"{2 / 2**9 * 36:.2f}" in page
    assert "2.80 standard errors" in page
    assert smallest_difference(1) == pytest.approx(2.80, abs=0.005)
    found = compare(ROOT / "experiments" / "runs", task="intervention", permutations=1000, resamples=20)
    assert len(found.comparison.systems) >= 9
    assert found.comparison.is_exact
    assert {one.rank for one in found.comparison.systems} == {1}
    assert any(one.startswith("no two systems can be told apart") for one in found.comparison.cautions)
