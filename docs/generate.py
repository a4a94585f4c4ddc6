"""Write the generated blocks and files; with --check, only say whether they are current (exit code 1)."""

from __future__ import annotations

import re
import runpy
import sys
import tempfile
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from standoff.annotation.codebook import codebook_file, newest
from standoff.annotation.studio.labeling import KINDS, labeling_config
from standoff.baselines.registry import BASELINES
from standoff.corpus.diff import read_rows
from standoff.corpus.load import release_folder, versions
from standoff.corpus.statistics import describe
from standoff.experiments.analysis.results import read_document
from standoff.experiments.analysis.tables import tables
from standoff.experiments.board import read_runs
from standoff.experiments.config import RunConfig
from standoff.experiments.markdown import in_points, render_summary, score
from standoff.files import read_json, read_text, write_text
from standoff.site.analysis_plots import save_plot
from standoff.tasks.audits.files import file_name
from standoff.tasks.intervention_slice import LISTS, read_readings
from standoff.tasks.registry import get_task, names, parse_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from standoff.experiments.board import Board

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
CONFIGS = ROOT / "experiments" / "configs"
RUNS = ROOT / "experiments" / "runs"
ANALYSES = ROOT / "experiments" / "analysis"
AUDITS = ROOT / "experiments" / "audits"
STUDIES = ROOT / "experiments" / "studies"
LABELING = ROOT / "annotations" / "labelstudio"
MORE_RUNS = (RunConfig(baseline="tfidf_svm", task="newsmtsc:mt"),)
"""Runs beside those of every baseline on every task: a score that is known from elsewhere."""


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
    return [one for one in read_runs(RUNS) if is_default(one)]


def is_default(board: Board) -> bool:
    """Return whether a board is of a task's default variant, as it is split by default."""
    task, variant = parse_address(board.task)
    return variant == task.pick_variant(None) and board.split.startswith(f"{task.pick_split_set(None)}-")


def scores_block() -> str:
    """Return the published scores of a floor, the anchors and ours on the default split of each task."""
    shown = {"majority", *(name for name, one in BASELINES.items() if one.role != "control")}
    boards = [
        replace(one, rows=tuple(row for row in one.rows if row.system in shown)) for one in _default_boards()
    ]
    return render_summary(boards)


def all_scores_block() -> str:
    """Return the published scores of every baseline on the default split of each task."""
    return render_summary(_default_boards())


def baselines_block() -> str:
    """Return what each baseline is, by the first line of its module, and what it sees."""
    rows = []
    for name, one in BASELINES.items():
        module = one.path.partition(":")[0]
        what = str(import_module(module).__doc__).splitlines()[0].rpartition(": ")[2]
        source = f"../src/{module.replace('.', '/')}.py"
        rows.append(
            [f"[`{name}`]({source})", one.role, ", ".join(one.sees) or "nothing", what[:1].upper() + what[1:]]
        )
    return _table(("baseline", "role", "sees", "what it is"), rows)


def known_scores_block() -> str:
    """Return what the anchor was known to reach, what it reaches here, and what it reaches asked the same."""
    published = {(one.task, one.split): one for one in read_runs(RUNS)}
    rows = []
    for known in read_document(STUDIES / "known_scores.json")["known"]:
        split = next(
            split
            for task, split in published
            if task == known["task"] and split.startswith(f"{known['split_set']}-")
        )
        ours = next(row for row in published[known["task"], split].rows if row.system == "tfidf_svm")
        same = sorted(known["asked_the_same"])
        reached = f"{same[0]:.1f}" if len(same) == 1 else f"{same[0]:.1f} to {same[-1]:.1f} in {len(same)} cuts"
        rows.append(
            [f"`{known['task']}`", split, f"{known['score']:.1f}", f"{100 * ours.value:.1f}"]
            + ([known["differs"], reached] if known["differs"] else ["", ""])
        )
    headings = (
        "task",
        "split of the run",
        "known",
        "`tfidf_svm`",
        "what the known one did otherwise",
        "with that",
    )
    return _table(headings, rows)


def calibration_block() -> str:
    """Return how far probabilities can be believed."""
    found = read_document(STUDIES / "calibration.json")["systems"]
    baselines = list(dict.fromkeys(one["baseline"] for one in found))
    by_task: dict[str, dict[str, dict[str, Any]]] = {}
    for one in found:
        by_task.setdefault(one["task"], {})[one["baseline"]] = one
    rows = [
        [
            f"`{task}`",
            f"{next(iter(ones.values()))['n']:,}",
            *(f"{ones[name]['calibration_error']:.3f}" for name in baselines),
            *(f"{100 * ones[name]['predicted_another']:.1f}" for name in baselines),
        ]
        for task, ones in by_task.items()
    ]
    errors = (f"error of `{name}`" for name in baselines)
    others = (f"`{name}` predicts another label than its most probable, %" for name in baselines)
    return _table(("task", "items", *errors, *others), rows)


def significance_block() -> str:
    """Return how often intervals hold the truth, and how often tests find what is not there."""
    study = runpy.run_path(str(STUDIES / "significance.py"))
    found: str = study["to_markdown"](read_document(STUDIES / "significance.json"))
    return found


def left_out_conflict_block() -> str:
    """Return what baselines reach with and without training articles about the conflict."""
    found = read_document(STUDIES / "left_out_conflict.json")
    rows = [
        [f"`{one['baseline']}`", *(in_points(**one[cut]) for cut in ("articles", "conflicts"))]
        for one in found["systems"]
    ]
    headings = ("baseline", "other articles of the conflict are trained on", "none is")
    return f"{_table(headings, rows)}\n\n*Macro-F1 on {found['n']} items, labels by models.*"


def analysis_block(kind: str) -> str:
    """Return picture, tables and origin of every stored analysis of a kind."""
    found = _analyses(kind)
    return "\n\n".join(shown_analysis(path, document) for path, document in found.items()) or "*Not made yet.*"


def _analyses(kind: str = "") -> dict[Path, dict[str, Any]]:
    """Return the stored analyses of a kind, or all, by path."""
    documents = {path: read_document(path) for path in sorted(ANALYSES.glob("*.json"))}
    return {path: one for path, one in documents.items() if kind in {"", one["analysis"]}}


def shown_analysis(path: Path, document: Mapping[str, Any]) -> str:
    """Return picture, tables and origin of an analysis."""
    found = tables(document)
    shown = [table.to_markdown().strip() for table in found]
    if document["analysis"] in FOLDED:
        shown = [f"<details><summary>{path.stem} in numbers</summary>", *shown, "</details>"]
    picture = f"![{found[0].title}](images/{_picture(path).name})"
    made = document["provenance"]
    code = f"commit {made['commit'][:7]}" if made.get("commit") else f"source {made['source_sha256'][:8]}"
    source = f"[{path.name}](../experiments/analysis/{path.name}), made by standoff {made['standoff']}, {code}."
    return "\n\n".join([picture, *shown, source])


FOLDED = ("errors", "stress", "curve", "transfer")
"""Analyses whose pictures say what most readers look for; their long tables are unfolded with a click."""


def _picture(path: Path) -> Path:
    return IMAGES / f"analysis-{path.stem}.svg"


def pictures() -> Iterator[tuple[Path, str]]:
    """Yield path and content of the picture of each stored analysis."""
    with tempfile.TemporaryDirectory() as folder:
        drawn = Path(folder, "drawn.svg")
        for path, document in _analyses().items():
            save_plot(document, drawn)
            yield _picture(path), read_text(drawn)


def configs() -> dict[Path, str]:
    """Return the configurations of every baseline on every task, as it is split by default.

    On official splits that are other ones only the anchors and ours are run, for comparison with papers.
    """
    wanted = [RunConfig(baseline=baseline, task=task) for baseline in BASELINES for task in names()]
    wanted += [
        RunConfig(baseline=baseline, task=task, split_set="official")
        for baseline, one in BASELINES.items()
        for task in names()
        if one.role != "control" and _is_split_otherwise(task)
    ]
    return {CONFIGS / f"{one.name}.toml": _config(one) for one in (*wanted, *MORE_RUNS)}


def _is_split_otherwise(task: str) -> bool:
    """Return whether a task has official splits that are not those it is split by."""
    default, *others = get_task(task).split_sets
    return "official" in others and _audit(task, "official")["splits"] != _audit(task, default)["splits"]


def _config(config: RunConfig) -> str:
    lines = [f'task = "{config.task}"', f'baseline = "{config.baseline}"']
    return "\n".join([*lines, *([f'split_set = "{config.split_set}"'] if config.split_set else []), ""])


def _table(headings: tuple[str, ...], rows: Sequence[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    return "\n".join([*lines, *("| " + " | ".join(map(_cell, row)) + " |" for row in rows)])


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


BLOCKS: dict[str, Callable[[], str]] = {
    "stats": stats_block,
    "sets": sets_block,
    "terms": terms_block,
    "leaks": leaks_block,
    "slice": slice_block,
    "scores": scores_block,
    "all_scores": all_scores_block,
    "baselines": baselines_block,
    "known_scores": known_scores_block,
    "calibration": calibration_block,
    "significance": significance_block,
    "left_out_conflict": left_out_conflict_block,
    **{
        kind: partial(analysis_block, kind)
        for kind in ("against", "ablation", "curve", "transfer", "errors", "stress")
    },
}
DOCUMENTS = tuple(
    ROOT / path
    for path in (
        "README.md",
        "docs/baselines.md",
        "docs/compare.md",
        "docs/models.md",
        "docs/stress.md",
        "docs/tasks.md",
        "docs/intervention-slice.md",
    )
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
    """Return what the generated files should hold: documents, pictures, run and labeling configurations."""
    versions = [path.stem for path in (ROOT / "annotations" / "codebook").glob("v*.md")]
    codebook = read_text(codebook_file(ROOT, newest(versions)))
    labeling = {LABELING / f"{kind}.xml": labeling_config(kind, codebook) for kind in KINDS}
    documents = {path: generated(read_text(path)) for path in DOCUMENTS}
    return documents | labeling | configs() | dict(pictures())


def main() -> None:
    """Write or check."""
    for path, after in made().items():
        if path.is_file() and read_text(path) == after:
            continue
        if "--check" in sys.argv[1:]:
            sys.exit(f"{path.name} is stale: run `uv run --all-extras python docs/generate.py`")
        write_text(path, after)


if __name__ == "__main__":
    main()
