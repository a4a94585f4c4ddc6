"""Formats: files become documents, each with the place it stands at; lists in them are opened by ``rows``."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

from standoff.errors import InputError, NotFoundError, Problem
from standoff.tasks.custom import documents, tables
from standoff.tasks.custom.rows import Opener, Row, Rows, Source, UnknownColumnError
from standoff.tasks.custom.schema import FORMATS, OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from standoff.tasks.custom.schema import FileTable

    Documents = Iterator[tuple[Source, str, Any]]

_ENDINGS = {
    ".tab": "tsv",
    ".ndjson": "jsonl",
    ".xlsm": "xlsx",
    **{f".{name}": name for name in FORMATS if name != "text"},
}
_UNITS = {"csv": "line", "tsv": "line", "jsonl": "line", "json": "", "xml": "", "text": ""}


def read_rows(table: FileTable, folder: Path, problems: list[Problem], *, split: str = "") -> Rows:
    """Return the rows of all files that a table names.

    Args:
        table: A ``[[files]]`` or ``[[join]]`` table.
        folder: What its paths are relative to.
        problems: Gets what is wrong with single rows.
        split: The split that the table gives its files.

    Raises:
        NotFoundError: No such file.
        InputError: A file cannot be read, an option is not one of its format, or there are no rows at all.
    """
    opener = Opener(table.rows, problems)
    found: list[Row] = []
    for path in _paths(table.path, folder):
        name = _format(table, path)
        shown = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
        plain = path.with_suffix("") if path.suffix == ".gz" else path
        source = Source(shown, plain.stem, _UNITS.get(name, "row"), split)
        for origin, place, document in _READERS[name](path, source, table, problems):
            found.extend(opener.open(origin, place, document))
    if not found and not problems:
        what = f"rows = {table.rows!r} leads to no row" if table.rows else "has no rows"
        raise InputError(what, where=table.path, remedy="look at the file, and correct path or rows")
    rows = Rows(found, opener.names)
    try:
        return rows.each(table.each) if table.each else rows
    except UnknownColumnError as error:
        raise InputError(f"each: {error}", where=table.path) from None


def _paths(pattern: str, folder: Path) -> list[Path]:
    if (folder / pattern).exists():
        return [folder / pattern]
    found = sorted(Path(name) for name in glob.glob(str(Path(glob.escape(str(folder))) / pattern), recursive=True))  # noqa: PTH207 - Path.glob refuses absolute patterns, which a task may have
    if not found:
        raise NotFoundError(
            f"no file is or matches {pattern!r}", where=folder, remedy="paths are relative to the task's TOML file"
        )
    return found


def _format(table: FileTable, path: Path) -> str:
    ending = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    name = table.format or _ENDINGS.get(ending.lower()) or ("datasets" if path.is_dir() else None)
    if name is None:
        raise InputError(
            "its name does not tell its format", where=path, remedy=f"say format = one of {', '.join(FORMATS)}"
        )
    foreign = [key for key, formats in OPTIONS.items() if key in table.model_fields_set and name not in formats]
    if foreign:
        raise InputError(
            f"{', '.join(foreign)}: a {name} file has no such option",
            where=path,
            expected="; ".join(f"{key} is for {', '.join(OPTIONS[key])}" for key in foreign),
        )
    return name


_READERS: dict[str, Callable[[Path, Source, FileTable, list[Problem]], Documents]] = {
    "csv": tables.read_csv,
    "tsv": tables.read_tsv,
    "json": documents.read_json,
    "jsonl": documents.read_jsonl,
    "xml": documents.read_xml,
    "text": documents.read_text,
    "parquet": documents.read_parquet,
    "xlsx": tables.read_xlsx,
    "datasets": documents.read_datasets,
}
