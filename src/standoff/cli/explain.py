"""``standoff explain``: the words that moved a decision, for each actor."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from standoff.cli.options import DataDir, Texts, print_json

if TYPE_CHECKING:
    import pandas as pd

    from standoff.experiments.analysis.explain import Explanation
    from standoff.experiments.analysis.systems import System


class ExplanationFormat(StrEnum):
    """How explanations are printed."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


def explain_command(
    system: Annotated[str, typer.Argument(help="A folder that standoff train wrote, or a baseline.")],
    article: Annotated[
        str | None, typer.Option("--article", help="An article of the task; or an item, or a group.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="Items of your own: JSONL, CSV or Parquet, as for predict.", dir_okay=False),
    ] = None,
    actor: Annotated[str | None, typer.Option(help="One actor of the article, by name or id.")] = None,
    proposition: Annotated[
        str | None, typer.Option(help="One proposition or target of the article, in words or by id.")
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            help="Where the article is, and what a baseline is fitted on.",
            show_default="the saved model's; for a baseline, intervention",
        ),
    ] = None,
    words: Annotated[int, typer.Option(min=1, help="How many words to mark for and against.")] = 10,
    texts: Texts = None,
    data_dir: DataDir = None,
    output: Annotated[
        ExplanationFormat, typer.Option("--format", help="Print text, JSON or a page of HTML.")
    ] = ExplanationFormat.TEXT,
) -> None:
    """Mark the words that moved a model's decision, for each actor and proposition of an article.

    Each word is blanked out by itself; its weight is by how much the margin of the predicted label falls.

    Example: standoff explain tfidf_svm --article syria-2024-assad-offer --actor "Donald Trump"
    """
    _refuse_unfit(system, article, file, task, picks=bool(actor or proposition))

    from standoff.experiments.analysis.explain import explain

    if file is not None:
        chosen, items = _from_file(system, file, task, data_dir)
        seen = False
    else:
        chosen, items = _from_article(system, str(article), actor, proposition, task, texts, data_dir)
        seen = chosen.has_seen(items, str(items["digest"].iloc[0]))
    found = explain(chosen.model, items)
    notes = _notes(chosen, found, seen=seen)
    if output is ExplanationFormat.JSON:
        print_json(
            {
                "system": chosen.name,
                "trained_on": chosen.address,
                "notes": notes,
                "explanations": [one.to_json() for one in found],
            }
        )
    elif output is ExplanationFormat.HTML:
        from standoff.site.explanations import render

        typer.echo(render(found, _title(chosen), notes, words=words), nl=False)
    else:
        from standoff.cli.explain_text import print_explanations

        print_explanations(found, _title(chosen), notes, words)


def _refuse_unfit(system: str, article: str | None, file: Path | None, task: str | None, *, picks: bool) -> None:
    """Refuse what needs no look at a model or a text, before anything is imported that takes seconds.

    Raises:
        InputError: Options that do not go together, or a file of another kind.
        NotFoundError: No such baseline, folder, task or file.
        RefusedError: The folder is no whole model.
    """
    from standoff.baselines.registry import BASELINES
    from standoff.baselines.saving import model_folder
    from standoff.errors import InputError, unknown_name
    from standoff.experiments.item_files import check_file
    from standoff.tasks.registry import parse_address

    if (article is None) == (file is None):
        raise InputError(
            "either an article or a file of items is explained",
            expected="--article ID or --file FILE",
            remedy="name one of the two",
        )
    if file is not None and picks:
        raise InputError(
            "--actor and --proposition choose from an article",
            expected="--article ID with them",
            remedy="leave them out: every item of the file is explained",
        )
    if file is not None and task is None and system in BASELINES:
        raise InputError(
            "names a baseline and no task to fit it on",
            got=system,
            expected="--task NAME, or a folder that `standoff train` wrote",
            remedy="add --task; `standoff tasks list` shows what there is",
        )
    if system not in BASELINES:
        if not Path(system).exists():
            remedy = "name a baseline, or a folder that `standoff train` wrote"
            raise unknown_name("model or baseline", system, BASELINES, remedy=remedy)
        model_folder(system)
    if task is not None:
        parse_address(task)
    if file is not None:
        check_file(file)


def _from_article(
    system: str,
    article: str,
    actor: str | None,
    proposition: str | None,
    task: str | None,
    texts: Path | None,
    data_dir: Path | None,
) -> tuple[System, pd.DataFrame]:
    from standoff.baselines.registry import BASELINES
    from standoff.experiments.analysis.articles import CORPUS, article_items
    from standoff.experiments.analysis.systems import resolve

    chosen = None if system in BASELINES else resolve(system, task=None)
    where = task or (chosen.address if chosen else CORPUS)
    items = article_items(where, article, actor=actor, proposition=proposition, texts=texts, data_dir=data_dir)
    # A baseline is fitted here, and on other articles than the one that it is asked about.
    return chosen or resolve(system, task=where, data_dir=data_dir, without=str(items["group"].iloc[0])), items


def _from_file(system: str, file: Path, task: str | None, data_dir: Path | None) -> tuple[System, pd.DataFrame]:
    import pandas as pd

    from standoff.baselines.saving import TEXTS
    from standoff.experiments.analysis.systems import resolve
    from standoff.experiments.item_files import read_items

    chosen = resolve(system, task=task, data_dir=data_dir)
    items = pd.concat(list(read_items(file, chosen.columns)), ignore_index=True)
    # What the model does not look at need not be there, and need not be text.
    return chosen, items.assign(**{name: "" for name in TEXTS if name not in chosen.columns})


def _title(system: System) -> str:
    return f"{system.name}, trained on {system.address}"


def _notes(system: System, found: list[Explanation], *, seen: bool) -> list[str]:
    """Return what must be said beside the explanations."""
    method = (
        "A word's weight is by how much the margin of the predicted label over the strongest other one falls when "
        "the word alone is blanked out. It says what moved this model, not what is true."
    )
    notes = [method]
    if any(one.gold_kind == "model" for one in found):
        notes.append("Gold labels marked “by a model” are made by models, not by people.")
    if seen:
        notes.append("The model was trained on this article: it may know its words by heart.")
    if system.without is not None:
        notes.append("The model was trained without this article.")
    return notes
