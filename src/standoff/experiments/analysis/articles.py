"""The items of one article: of a task, or every coded statement of an article of the corpus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from standoff.corpus.diff import read_rows
from standoff.corpus.load import read_texts, release_folder
from standoff.errors import InputError, RefusedError, unknown_name
from standoff.files import sha256_text
from standoff.tasks.registry import load_task, parse_address

if TYPE_CHECKING:
    from pathlib import Path

CORPUS = "intervention"
"""The task that is the corpus itself; its articles have statements that no task item is made from."""

PLACES = ("id", "group", "article", "document")
"""The columns in which an article is looked for, in order."""


def article_items(
    task: str,
    article: str,
    *,
    actor: str | None = None,
    proposition: str | None = None,
    texts: Path | None = None,
    data_dir: Path | None = None,
) -> pd.DataFrame:
    """Return the items about one article, with their gold labels and who made them.

    Of the corpus, all coded statements are given, also those whose label (mixed, cannot tell) stays off the board.

    Args:
        task: Address of a task.
        article: The id of an article of the corpus; elsewhere an item, a group, or an article.
        actor: Name or id of an actor; all of them by default, as for the proposition.
        proposition: Wording or id; elsewhere the target.
        texts: Folder of hydrated texts, for articles of the corpus that come without.
        data_dir: A folder with the task's files; the stored set by default.

    Returns:
        The columns of the common frame, and ``label_kind``, ``digest`` of the task's frame, ``actor_id`` and
        ``proposition_id``, which are empty outside the corpus.

    Raises:
        NotFoundError: No such task, article, actor or proposition.
        RefusedError: The article comes without its text, and no folder has it.
        InputError: A hydrated text is not the published one.
    """
    name = parse_address(task)[0].name
    rows = _of_corpus(task, article, texts) if name == CORPUS else _of_task(task, article, data_dir)
    for wanted, columns, what in (
        (actor, ("actor", "actor_id"), "actor"),
        (proposition, ("target", "proposition_id"), "proposition or target"),
    ):
        if wanted is not None:
            folded = [rows[column].str.casefold() == wanted.casefold() for column in columns]
            known = {value for column in columns for value in rows[column] if value}
            rows = rows[folded[0] | folded[1]].reset_index(drop=True)
            if rows.empty:
                raise unknown_name(f"{what} of {article}", wanted, known)
    return rows


def _of_task(task: str, article: str, data_dir: Path | None) -> pd.DataFrame:
    loaded = load_task(task, data_dir=data_dir)
    frame = loaded.frame
    for column in PLACES:
        if column in frame and (frame[column] == article).any():
            rows = frame[frame[column] == article].reset_index(drop=True)
            kind = loaded.task.label_kind
            return rows.assign(label_kind=kind, digest=loaded.digest, actor_id="", proposition_id="")
    raise unknown_name(f"item or article of {loaded.address}", article, set(frame["group"]))


def _of_corpus(task: str, article: str, texts: Path | None) -> pd.DataFrame:
    loaded = load_task(task)
    rows = read_rows(release_folder(loaded.variant))
    articles = {row["article_id"]: row for part in rows["articles"].values() for row in part}
    if article not in articles:
        raise unknown_name("article", article, articles)
    text = articles[article]["text"] or _hydrated(articles[article], texts)
    return pd.DataFrame(
        [
            _item(row, text, split) | {"digest": loaded.digest}
            for split, part in rows["stance"].items()
            for row in part
            if row["article_id"] == article and row["kind"] != "derived"
        ]
    )


def _item(row: dict[str, Any], text: str, split: str) -> dict[str, Any]:
    return {
        "id": row["unit_id"],
        "group": row["article_id"],
        "text": text,
        "actor": row["actor"],
        "target": row["proposition"],
        "label": row["label"] or row["stance"],
        "actor_spans": [(mention["start"], mention["end"]) for mention in row["mentions"]],
        "target_spans": [],
        "split": split,
        "label_kind": row["kind"],
        "actor_id": row["actor_id"],
        "proposition_id": row["proposition_id"],
    }


def _hydrated(article: dict[str, Any], texts: Path | None) -> str:
    name = article["article_id"]
    found = read_texts(texts).get(name) if texts else None
    if found is None:
        raise RefusedError(
            f"the text of {name} is not published with the corpus (tier {article['text_availability']})",
            where=texts,
            expected="a copy of your own, made usable by `standoff corpus hydrate`",
            remedy="name the folder it wrote with --texts, or explain an article whose text is included",
        )
    if sha256_text(found) != article["text_sha256"]:
        raise InputError(
            "is not the published text",
            where=f"{name}.txt",
            got=f"sha256 {sha256_text(found)}",
            expected=f"sha256 {article['text_sha256']}",
            remedy="hydrate it again from a complete copy",
        )
    return found
