"""Loading releases: as a ``DatasetDict``, or a config as a pandas frame; offline, every byte verified."""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from standoff.corpus.diff import read_rows
from standoff.corpus.release import NAME, published_versions, require_whole
from standoff.corpus.tables import SCHEMAS
from standoff.errors import InputError, NotFoundError, RefusedError, unknown_name
from standoff.files import read_text, sha256_text
from standoff.records import Article, Evidence, Judgement, Record

if TYPE_CHECKING:
    import datasets
    import pandas as pd

R = TypeVar("R", bound=Record)


class SupersededWarning(UserWarning):
    """A release was loaded of which there is a newer one."""


def releases_folder() -> Path:
    """Return the folder of the releases: inside the installed package, or ``corpus/releases`` of a checkout."""
    return _travelling("releases", "corpus/releases")


def codebook_folder() -> Path:
    """Return the folder of the codebook: inside the package, or ``annotations/codebook`` of a checkout."""
    return _travelling("codebook", "annotations/codebook")


def _travelling(inside: str, in_checkout: str) -> Path:
    package = Path(__file__).resolve().parents[1]
    return package / inside if (package / inside).is_dir() else package.parents[1] / in_checkout


def versions(name: str = NAME) -> list[str]:
    """Return the versions at hand, oldest first.

    Raises:
        NotFoundError: No corpus of this name.
    """
    if name != NAME:
        raise unknown_name("corpus", name, [NAME])
    return published_versions(releases_folder())


def release_folder(version: str | None = None, *, name: str = NAME) -> Path:
    """Return the folder of a release after verifying every byte of it; the newest by default.

    An older one is returned with a :class:`SupersededWarning` that names the newest.

    Raises:
        NotFoundError: No such corpus or version.
        IntegrityError: A file is not as published.
    """
    known = versions(name)
    if not known:
        raise NotFoundError(
            "no release at hand", where=releases_folder(), remedy="run: standoff corpus build VERSION"
        )
    chosen = known[-1] if version is None else version
    if chosen not in known:
        raise unknown_name("version", chosen, known)
    if chosen != known[-1]:
        warnings.warn(
            f"{name} {chosen} is superseded by {known[-1]}; see corpus/ERRATA.md and corpus/sources/releases.yaml",
            SupersededWarning,
            stacklevel=3,
        )
    folder = releases_folder() / chosen
    _verify_once(folder)
    return folder


@cache
def _verify_once(folder: Path) -> None:
    require_whole(folder)


def load(
    name: str = NAME, version: str | None = None, *, config: str = "stance", texts: Path | str | None = None
) -> datasets.DatasetDict:
    """Return a release as a ``datasets.DatasetDict`` with the splits that have rows.

    Args:
        name: The corpus; there is one, ``intervention``.
        version: Such as ``0.1.0``; the newest at hand by default. Name it in anything you publish.
        config: ``stance``, ``judgements``, ``articles``, ``actors`` or ``propositions``.
        texts: A folder of texts made by ``standoff corpus hydrate``; they fill ``text``, and ``quote`` of the
            evidence, of their articles.

    Raises:
        NotFoundError: No such corpus, version or config.
        IntegrityError: A file of the release is not as published.
        InputError: A hydrated text is not the published one.
        RefusedError: The cache of `datasets` cannot be written.
    """
    import datasets  # noqa: PLC0415 - takes a second, which only this function needs

    if config not in SCHEMAS:
        raise unknown_name("config", config, SCHEMAS)
    folder = release_folder(version, name=name)
    try:
        loaded = datasets.load_dataset(str(folder), config)
    except OSError as error:
        # Every byte of the release was just read and verified: what fails is the cache that `datasets` writes.
        raise RefusedError(
            f"`datasets` cannot write its cache ({error.strerror or error})",
            where=error.filename or datasets.config.HF_DATASETS_CACHE,
            remedy="set HF_DATASETS_CACHE to a folder that can be written",
        ) from error
    if texts is None:
        return loaded
    filled = read_texts(Path(texts))
    _check_texts(filled, folder)
    if "article_id" not in SCHEMAS[config].names:
        return loaded
    return datasets.DatasetDict(
        {
            split: part.map(lambda row: _fill(row, filled), load_from_cache_file=False)
            for split, part in loaded.items()
        }
    )


def read_texts(folder: Path) -> dict[str, str]:
    """Return the hydrated texts of a folder by article id.

    Raises:
        NotFoundError: The folder does not exist, or holds no text.
    """
    if not folder.is_dir():
        raise NotFoundError("no such folder", where=folder, remedy="make it with: standoff corpus hydrate")
    found = {path.stem: read_text(path).removesuffix("\n") for path in sorted(folder.glob("*.txt"))}
    if not found:
        raise NotFoundError("holds no text", where=folder, remedy="make one with: standoff corpus hydrate")
    return found


def published_article(article_id: str, version: str | None = None) -> tuple[Article, list[Judgement], str]:
    """Return an article of a release, its judgements, and its split.

    Raises:
        NotFoundError: No such article in the release.
    """
    rows = read_rows(release_folder(version))
    known = {row["article_id"]: row for part in rows["articles"].values() for row in part}
    if article_id not in known:
        raise unknown_name("article", article_id, known)
    article = _as_record(Article, known[article_id])
    judgements = [
        _as_record(Judgement, row)
        for part in rows["judgements"].values()
        for row in part
        if row["article_id"] == article_id
    ]
    return article, judgements, known[article_id]["split"]


def _as_record(model: type[R], row: dict[str, Any]) -> R:
    """Return a row as the record that it was made from: the columns that were added fall away."""
    kept = {name: value for name, value in row.items() if name in model.model_fields}
    if "evidence" in kept:
        kept["evidence"] = [{name: span[name] for name in Evidence.model_fields} for span in kept["evidence"]]
    return model.parse(kept, where=f"release, {model.__name__.lower()}")


def _check_texts(texts: dict[str, str], folder: Path) -> None:
    published = {
        row["article_id"]: row["text_sha256"] for rows in read_rows(folder)["articles"].values() for row in rows
    }
    for article_id, text in texts.items():
        if article_id in published and sha256_text(text) != published[article_id]:
            raise InputError(
                "is not the published text, so that offsets would point at other words",
                where=f"{article_id}.txt",
                got=sha256_text(text),
                expected=f"sha256 {published[article_id]}",
                remedy="hydrate it again from a complete copy",
            )


def _fill(row: dict[str, Any], texts: dict[str, str]) -> dict[str, Any]:
    """Return the columns of a row that its hydrated text fills: the text, and the words of each span."""
    text = texts.get(row["article_id"])
    filled: dict[str, Any] = {}
    if "text" in row:
        filled["text"] = text if row["text"] is None else row["text"]
    if "evidence" in row:
        filled["evidence"] = [
            {**span, "quote": text[span["start"] : span["end"]]} if text and span["quote"] is None else span
            for span in row["evidence"]
        ]
    return filled


def frame(config: str, version: str | None = None) -> pd.DataFrame:
    """Return one config of a release as a pandas frame; a divided one has the column ``split`` added.

    Raises:
        NotFoundError: No such config or version.
        IntegrityError: A file of the release is not as published.
    """
    import pandas as pd  # noqa: PLC0415 - `import standoff` must not pay for it

    if config not in SCHEMAS:
        raise unknown_name("config", config, SCHEMAS)
    parts = read_rows(release_folder(version))[config]
    order = [split for split in ("train", "validation", "test", "registry") if split in parts]
    rows = [{**row, **({"split": split} if len(parts) > 1 else {})} for split in order for row in parts[split]]
    return pd.DataFrame(rows)


def articles(version: str | None = None) -> pd.DataFrame:
    """Return the articles of a release, one row each."""
    return frame("articles", version)


def actors(version: str | None = None) -> pd.DataFrame:
    """Return the registry of actors of a release, one row each."""
    return frame("actors", version)


def judgements(version: str | None = None) -> pd.DataFrame:
    """Return the judgements of a release, one row for each coder and unit."""
    return frame("judgements", version)


def statements(version: str | None = None) -> pd.DataFrame:
    """Return the statements of a release, one row for each unit: the config ``stance``."""
    return frame("stance", version)
