"""Write the generated blocks of the README; with --check, only say whether they are current (exit code 1)."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from standoff.corpus.diff import read_rows
from standoff.corpus.load import release_folder, versions
from standoff.corpus.statistics import describe
from standoff.experiments.board import read_runs
from standoff.experiments.markdown import render
from standoff.files import read_text, write_text

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"


def stats_block() -> str:
    """Return what the newest release holds, as a sentence and a table."""
    newest = versions()[-1]
    found = describe(read_rows(release_folder(newest)))
    whole = (
        f"Release {newest}: {found['articles']} articles on {found['conflicts']} conflicts, "
        f"{found['statements']} statements from {found['judgements']} judgements, "
        f"{found['propositions']} propositions, a registry of {found['actors']} actors."
    )
    lines = [
        whole,
        "",
        "| split | conflicts | articles | statements | scored | support | oppose | none |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for split, part in found["splits"].items():
        cells = [part["articles"], part["statements"], part["scored"], *part["labels"].values()]
        lines.append(f"| {split} | {', '.join(part['conflicts'])} | " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def board_block() -> str:
    """Return the boards of the committed runs."""
    return render(read_runs(ROOT / "experiments" / "runs")).rstrip("\n")


BLOCKS = {"stats": stats_block, "board": board_block}


def generated(text: str) -> str:
    """Return ``text`` with each block between its markers made anew."""
    for name, make in BLOCKS.items():
        pattern = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)", flags=re.DOTALL)
        if not pattern.search(text):
            sys.exit(f"{README.name}: no block <!-- generated: {name} --> … <!-- end -->")
        block = make()
        text = pattern.sub(lambda found, block=block: f"{found[1]}{block}\n{found[2]}", text)  # type: ignore[misc]
    return text


def main() -> None:
    """Write or check."""
    before = read_text(README)
    after = generated(before)
    if "--check" in sys.argv[1:]:
        if before != after:
            sys.exit("README.md is stale: run `uv run python docs/generate.py`")
        return
    write_text(README, after)


if __name__ == "__main__":
    main()
