"""Write the generated blocks and files; with --check, only say whether they are current (exit code 1)."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from standoff.annotation.codebook import codebook_file, newest
from standoff.annotation.studio.labeling import KINDS, labeling_config
from standoff.corpus.diff import read_rows
from standoff.corpus.load import release_folder, versions
from standoff.corpus.statistics import describe
from standoff.experiments.board import read_runs
from standoff.experiments.markdown import render, render_summary, score
from standoff.files import read_json, read_text, write_text
from standoff.tasks.audits.files import file_name
from standoff.tasks.intervention_slice import LISTS, read_readings
from standoff.tasks.registry import get_task, names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from standoff.experiments.board import Board

ROOT = Path(__file__).resolve().parents[1]
RUNS = ROOT / "experiments" / "runs"
AUDITS = ROOT / "experiments" / "audits"
LABELING = ROOT / "annotations" / "labelstudio"


def stats_block() -> str:
    """Return what the newest release holds, as a sentence and a table."""
    newest = versions()[-1]
    found = describe(read_rows(release_folder(newest)))
    whole = (
        f"Release {newest}: {found['articles']} articles on {found['conflicts']} conflicts, "
        f"{found['statements']} statements from {found['judgements']} judgements, "
        f"{found['propositions']} propositions, a registry of {found['actors']} actors."
    )
    counts = ("articles", "statements", "scored")
    headings = ("split", "conflicts", *counts, "support", "oppose", "none")
    rows = [
        [split, ", ".join(part["conflicts"]), *(part[count] for count in counts), *part["labels"].values()]
        for split, part in found["splits"].items()
    ]
    return f"{whole}\n\n{_table(headings, rows)}"


def sets_block() -> str:
    """Return the tasks: who labelled what in which language, and how many items are scored."""
    headings = ("task", "language", "items", "who (actor)", "toward what (target)", "labels", "as board labels")
    return _table(headings, [_set_row(name) for name in names()])


def _set_row(name: str) -> list[object]:
    task = get_task(name)
    audit = _audit(name, next(iter(task.split_sets)))
    board = ", ".join(task.board_map.values()) if task.board_map else f"none: {task.board_map_reason}"
    sizes = ", ".join(f"{split} {count:,}" for split, count in audit["splits"].items() if "fold" not in split)
    size = sizes or f"{audit['n']:,} in {len(audit['splits'])} folds"
    labels = ", ".join(task.labels)
    return [f"`{name}`", task.language, size, task.holder or "-", task.target_kind or "-", labels, board]


def terms_block() -> str:
    """Return who labelled each task and on what terms it is."""
    headings = ("task", "labelled by", "agreement", "the paper scores", "licence", "terms")
    tasks = [get_task(name) for name in names()]
    rows = [
        [f"`{t.name}`", t.annotators, t.agreement or "not found", t.paper_scores, t.licence, t.terms]
        for t in tasks
    ]
    return _table(headings, rows)


def leaks_block() -> str:
    """Return what the audited splits leave out of the official test sets, and how the anchor does on it.

    Training is the same on both, and so are the predictions on what is kept: what is right on the items left out
    is the difference of what is right on the two.
    """
    boards = {(board.task, board.split): board for board in read_runs(RUNS)}
    rows = []
    for (name, split), board in boards.items():
        audited = boards.get((name, split.replace("official-", "audited-")))
        if audited is None or audited is board:
            continue
        whole, kept = (next(row for row in one.rows if row.system == "tfidf_svm") for one in (board, audited))
        out = whole.n - kept.n
        right = whole.accuracy * whole.n - kept.accuracy * kept.n
        accuracies = [f"{100 * right / out:.1f}", f"{100 * kept.accuracy:.1f}"]
        rows.append([f"`{name}`", f"{out:,} of {whole.n:,}", *accuracies, score(whole), score(kept)])
    headings = (
        "task",
        "left out of the official test set",
        "accuracy on these",
        "accuracy on those kept",
        "macro-F1, official test",
        "macro-F1, audited test",
    )
    return _table(headings, rows)


def _audit(name: str, split_set: str) -> dict[str, Any]:
    found: dict[str, Any] = read_json(AUDITS / file_name(name))["split_sets"][split_set]
    return found


def slice_block() -> str:
    """Return how many items of each set the intervention slice holds, and how many of them are scored."""
    scored = {board.task: board.n_intervention for board in _default_boards()}
    rows = []
    for path in sorted(LISTS.glob("*.tsv")):
        readings = read_readings(path.stem)
        rows.append([f"`{path.stem}`", len(readings), sum(readings.values()), scored[path.stem]])
    return _table(("task", "proposed", "in", "in, and scored by default"), rows)


def _default_boards() -> list[Board]:
    defaults = {name: next(iter(get_task(name).split_sets)) for name in names()}
    return [one for one in read_runs(RUNS) if one.split.startswith(defaults[one.task.partition(":")[0]])]


def scores_block() -> str:
    """Return the published scores on the default split of each task in one table."""
    return render_summary(_default_boards())


def board_block() -> str:
    """Return the boards of all published runs."""
    return render(read_runs(RUNS))


def _table(headings: tuple[str, ...], rows: Sequence[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    return "\n".join([*lines, *("| " + " | ".join(map(_cell, row)) + " |" for row in rows)])


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


BLOCKS = {
    "stats": stats_block,
    "sets": sets_block,
    "terms": terms_block,
    "leaks": leaks_block,
    "slice": slice_block,
    "scores": scores_block,
    "board": board_block,
}
DOCUMENTS = tuple(
    ROOT / path
    for path in ("README.md", "docs/tasks.md", "docs/intervention-slice.md", "experiments/LEADERBOARD.md")
)
_BLOCK = re.compile(r"(?P<open><!-- generated: (?P<name>\w+) -->\n).*?(?P<close><!-- end -->)", flags=re.DOTALL)


def generated(text: str) -> str:
    """Return ``text`` with each block between its markers made anew."""
    if not _BLOCK.search(text):
        sys.exit("no block <!-- generated: NAME --> … <!-- end -->")
    return _BLOCK.sub(
        lambda found: found["open"] + BLOCKS[found["name"]]().rstrip("\n") + "\n" + found["close"], text
    )


def made() -> dict[Path, str]:
    """Return what the generated files should hold: documents with their blocks, and the labeling configs."""
    versions = [path.stem for path in (ROOT / "annotations" / "codebook").glob("v*.md")]
    codebook = read_text(codebook_file(ROOT, newest(versions)))
    configs = {LABELING / f"{kind}.xml": labeling_config(kind, codebook) for kind in KINDS}
    return {path: generated(read_text(path)) for path in DOCUMENTS} | configs


def main() -> None:
    """Write or check."""
    for path, after in made().items():
        if path.is_file() and read_text(path) == after:
            continue
        if "--check" in sys.argv[1:]:
            sys.exit(f"{path.name} is stale: run `uv run python docs/generate.py`")
        write_text(path, after)


if __name__ == "__main__":
    main()
