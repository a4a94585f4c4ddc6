"""Documents: JSON, JSON lines, XML, plain text, Parquet, and folders of ``datasets``."""

from __future__ import annotations

import json
import re
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from standoff.errors import InputError, Problem, shorten
from standoff.files import read_bytes
from standoff.tasks.custom.text import file_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from standoff.tasks.custom.rows import Source
    from standoff.tasks.custom.schema import FileTable

    Documents = Iterator[tuple[Source, str, Any]]


def read_json(path: Path, source: Source, table: FileTable, _: list[Problem]) -> Documents:
    """Yield the one document of a JSON file, turned round where it holds a table column by column."""
    try:
        document = json.loads(file_text(path, table.encoding))
    except (ValueError, RecursionError) as error:
        at = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError(
            f"is not JSON: {getattr(error, 'msg', error)}{at}",
            where=path,
            remedy='if each line is an object, say format = "jsonl"',
        ) from None
    yield source, "", _by_rows(document, path) if table.by_column else document


def _by_rows(document: Any, path: Path) -> list[dict[str, Any]]:
    """Return a list of rows, given column -> list of values, or column -> (key of the row -> value)."""
    columns = document if isinstance(document, dict) else {}
    listed = {
        name: dict(enumerate(values)) if isinstance(values, list) else values for name, values in columns.items()
    }
    if not listed or not all(isinstance(values, dict) for values in listed.values()):
        raise InputError("does not hold a table column by column", where=path, expected='{"column": [value, …]}')
    keys = dict.fromkeys(key for values in listed.values() for key in values)
    return [{name: values.get(key) for name, values in listed.items()} for key in keys]


def read_jsonl(path: Path, source: Source, table: FileTable, problems: list[Problem]) -> Documents:
    """Yield a document per line that is not empty, as (source, line, document)."""
    text = file_text(path, table.encoding)
    # str.splitlines would also cut at U+2028 and form feeds, which JSON strings may hold.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as error:
                _refuse_one_document(text, path)
                what = f"is not JSON: {getattr(error, 'msg', error)} (got {shorten(line, 40)})"
                problems.append(Problem(f"{source.file}: line {number}", what))
                continue
            yield source, str(number), value


def _refuse_one_document(text: str, path: Path) -> None:
    with suppress(ValueError, RecursionError):
        json.loads(text)
        raise InputError("is one JSON document over several lines", where=path, remedy='say format = "json"')


def read_xml(path: Path, source: Source, _: FileTable, __: list[Problem]) -> Documents:
    """Yield the root of an XML file, as an object."""
    try:
        # Expat itself limits what entities may grow to, and outside ones are not fetched.
        root = ET.fromstring(read_bytes(path))  # noqa: S314
    except ET.ParseError as error:
        raise InputError(f"is not XML: {error}", where=path) from None
    yield source, "", _element(root)


def _element(element: ET.Element) -> dict[str, Any]:
    """Return an element as an object: attributes, ``_text``, and inner elements by name.

    An inner element that is text alone and the only one of its name is that text; others are in a list.
    """
    inner: dict[str, list[Any]] = {}
    for child in element:
        plain = not child.attrib and len(child) == 0
        inner.setdefault(child.tag.rpartition("}")[2], []).append(child.text or "" if plain else _element(child))
    found = {name: one[0] if len(one) == 1 and isinstance(one[0], str) else one for name, one in inner.items()}
    return {**element.attrib, "_text": "".join(element.itertext()), **found}


def read_text(path: Path, source: Source, table: FileTable, _: list[Problem]) -> Documents:
    """Yield a text file as one row, or its pieces between what ``cut`` finds, as (source, first line, row)."""
    text = file_text(path, table.encoding)
    if table.cut is None:
        yield source, "", {"text": text}
        return
    lined = replace(source, unit="line")
    start = 0
    ends = [match.span() for match in re.finditer(table.cut, text)]
    for end, after in [*ends, (len(text), len(text))]:
        if text[start:end].strip():
            yield lined, str(text.count("\n", 0, start) + 1), {"text": text[start:end]}
        start = after


def read_parquet(path: Path, source: Source, _: FileTable, __: list[Problem]) -> Documents:
    """Yield the rows of a Parquet file, as (source, row number, row)."""
    import pyarrow as pa  # noqa: PLC0415 - only where there is Parquet
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        rows = pq.read_table(path).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"is not a Parquet file ({error})", where=path, remedy="get it again, or say which format it has"
        ) from None
    for number, row in enumerate(rows, start=1):
        yield source, str(number), row


def read_datasets(path: Path, source: Source, table: FileTable, _: list[Problem]) -> Documents:
    """Yield the rows of every split of a folder, as (source of the split, row number, row)."""
    import datasets  # noqa: PLC0415 - most of a second, only where there is such a folder

    with _quiet_progress(datasets), tempfile.TemporaryDirectory() as cache:
        try:
            if (path / "dataset_dict.json").is_file() or (path / "state.json").is_file():
                loaded = datasets.load_from_disk(str(path))
            else:
                # The cache goes by the folder's name and card, not its files: a kept one would serve old rows.
                loaded = datasets.load_dataset(str(path), table.config, cache_dir=cache)
        except (OSError, ValueError, datasets.exceptions.DatasetsError) as error:
            raise InputError(
                f"is not a datasets folder that can be read ({error})",
                where=path,
                expected="what save_to_disk wrote, or files of one format and a README that names their configs",
                remedy=f'or name the files themselves, as in path = "{source.file}/*.parquet"',
            ) from None
        parts = loaded if isinstance(loaded, dict) else {"": loaded}
        found = [(str(split), _named(part)) for split, part in parts.items()]
    for split, rows in found:
        shown = f"{source.file} ({split})" if split else source.file
        part = replace(source, file=shown, stem=split or source.stem, split=source.split or split)
        for number, row in enumerate(rows, start=1):
            yield part, str(number), row


@contextmanager
def _quiet_progress(datasets: Any) -> Iterator[None]:
    shown = datasets.are_progress_bars_disabled() is False
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        if shown:
            datasets.enable_progress_bars()


def _named(dataset: Any) -> list[dict[str, Any]]:
    """Return the rows, with the names of class labels in place of their numbers (-1 is none)."""
    rows: list[dict[str, Any]] = dataset.with_format("arrow")[:].to_pylist()
    for column, feature in dataset.features.items():
        inner = getattr(feature, "feature", feature)
        if names := getattr(inner, "names", None):
            for row in rows:
                row[column] = _class_names(row[column], names)
    return rows


def _class_names(value: Any, names: Sequence[str]) -> Any:
    if isinstance(value, list):
        return [_class_names(one, names) for one in value]
    # A number that is no class stays a number, and is refused as a label that is not in the inventory.
    return value if value is None or value >= len(names) else names[value] if value >= 0 else None
