"""``standoff tasks audit``: duplicates, leaks, contradictions, drift, broken texts and shortcuts of tasks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from standoff.cli.options import (
    DataDir,
    EveryTask,
    Format,
    Output,
    SplitSet,
    TaskNames,
    chosen_tasks,
    print_json,
    print_table,
)
from standoff.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from standoff.errors import Problem
    from standoff.tasks.audits.audit import Audit
    from standoff.tasks.audits.shortcuts import Shortcut


def audit_command(
    names: TaskNames = None,
    every: EveryTask = False,
    split_set: SplitSet = None,
    data_dir: DataDir = None,
    out: Annotated[
        Path | None, typer.Option(help="Write a JSON file per task to this folder.", file_okay=False)
    ] = None,
    check: Annotated[
        Path | None, typer.Option(help="Fail when the files or the known issues in this folder are stale.")
    ] = None,
    output: Output = Format.TEXT,
) -> None:
    """Find duplicates, leaks, contradictory labels, drift, broken texts and shortcuts, with each way to split.

    Example: standoff tasks audit seesaw
    """
    from standoff.errors import InputError, listed
    from standoff.files import write_text
    from standoff.tasks.audits.files import file_name, file_text, read_issues, skeleton, stale

    if split_set is not None and (out is not None or check is not None):
        raise InputError("a file holds every way to split", got=f"--split-set {split_set}", remedy="leave it out")
    addresses, problems = _present(chosen_tasks(names, every=every), data_dir)
    audited = []
    for address in addresses:
        audits = _audits(address, split_set, data_dir)
        audited.append(audits)
        if output is Format.TEXT:
            _print_audits(audits)
        if out is not None:
            write_text(out / file_name(audits[0].task), file_text(audits))
    flat = [audit for audits in audited for audit in audits]
    if output is Format.JSON:
        print_json([audit.to_json() for audit in flat])
    if out is not None and (entries := skeleton(read_issues(out), flat)):
        typer.echo(f"not in the list of known issues; each entry needs its reason:\n\n{entries}", err=True)
    if check is not None:
        missing = {problem.where for problem in problems}
        problems += stale(check, audited, missing if every else None)
    if problems:
        raise InputError(f"{len(problems)} problem(s):\n{listed(problems, limit=len(problems))}")


def _print_audits(audits: Sequence[Audit]) -> None:
    """Print the audits of one task; ways to split that come to the same are printed once."""
    first = audits[0]
    for audit in audits:
        if audit is first or audit.digest != first.digest:
            print_audit(audit)
        else:
            typer.echo(f"{audit.task}, {audit.split_set} splits: the same as the {first.split_set} ones")


def print_audit(audit: Audit) -> None:
    """Print an audit: what was found, the worst first, then the facts in tables."""
    splits = ", ".join(f"{name} {n:,}" for name, n in audit.splits.items())
    title = f"{audit.task}, {audit.split_set} splits: {audit.n:,} items in {audit.n_groups:,} groups ({splits})"
    print_table(
        title,
        ("finding", "severity", "count", "of"),
        ((found.id, found.severity, found.count, found.unit) for found in audit.findings),
    )
    for line in lines(audit):
        typer.echo(line)
    print_table(
        "the same text in another split: its words; of these the actor and target; of these the label; nearly",
        ("split", "against", "items", "words", "question", "label", "nearly"),
        (
            (one.split, one.against, one.n, one.exact.count, one.same_question, one.same_label, one.near.count)
            for one in audit.leaks.across
        ),
    )
    print_table(
        "repeated within a split",
        ("split", "items", "texts", "items repeated", "texts nearly"),
        ((one.split, one.n, one.n_texts, one.exact.count, one.near.count) for one in audit.leaks.within),
    )
    print_table(
        "labels against training (items taken as independent)",
        ("split", "against", "distance", "p-value"),
        ((one.split, one.against, f"{one.distance:.3f}", f"{one.p_value:.2g}") for one in audit.drift),
    )
    _print_shortcuts(audit)


def lines(audit: Audit) -> Iterator[str]:
    """Yield what the findings mean and what to do, line by line."""
    if not audit.findings:
        yield "nothing found"
    for found in audit.findings:
        yield f"{found.id}: {found.means}"
        yield f"  what to do: {found.remedy}"
        if found.examples:
            more = found.count - len(found.examples)
            yield f"  {printable(', '.join(found.examples))}" + (f" and {more:,} more" if more else "")
    if audit.leaks.n_limited:
        yield (
            f"{audit.leaks.n_limited:,} texts are like so many others that not every pair was compared: near "
            "duplicates may be more than counted"
        )


def _print_shortcuts(audit: Audit) -> None:
    found = audit.shortcuts
    if found.none_because is not None or found.chance is None or found.majority is None:
        typer.echo(f"no shortcuts sought: {found.none_because}")
        return
    print_table(
        f"what models reach that do not read ({found.n:,} items)",
        ("sees", "macro-F1 [95 %]", "note"),
        (
            *((one.sees, _value(one), one.none_because or "") for one in found.models),
            ("the training labels' frequencies", f"{100 * found.chance:.1f}", "chance"),
            ("the most frequent training label", f"{100 * found.majority:.1f}", "majority"),
        ),
    )


def _value(one: Shortcut) -> str:
    from standoff.experiments.markdown import in_points

    return "none" if one.macro_f1 is None else in_points(one.macro_f1, one.low, one.high)


def _present(addresses: Sequence[str], data_dir: Path | None) -> tuple[list[str], list[Problem]]:
    """Return the tasks whose files are here, and what to do about those whose files are not."""
    from standoff.errors import NotFoundError, Problem
    from standoff.tasks.registry import parse_address, refuse_missing

    for address in addresses:
        parse_address(address)  # a misspelt name is told before the first audit, not after the last
    present, problems = [], []
    for address in addresses:
        try:
            refuse_missing(address, data_dir=data_dir)
        except NotFoundError as error:
            problems.append(Problem(address, f"not audited, its files are not here: {error.remedy or error.what}"))
        else:
            present.append(address)
    return present, problems


def _audits(address: str, split_set: str | None, data_dir: Path | None) -> list[Audit]:
    from standoff.tasks.audits.audit import audit
    from standoff.tasks.registry import load_task, parse_address

    sets = [split_set] if split_set is not None else list(parse_address(address)[0].split_sets)
    return [audit(load_task(address, data_dir=data_dir, split_set=name)) for name in sets]
