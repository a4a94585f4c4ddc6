"""Rows of Parquet files, which hold much in few bytes: equal values are stored once, with how often they come."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from standoff.errors import InputError, Problem, listed
from standoff.rows.bounds import too_large, too_many
from standoff.rows.footer import declared_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from standoff.rows.values import Choose, Rows

BATCH = 1000
"""Rows in memory at once."""

MAX_NESTING = 3
"""Lists, structs and maps inside each other in a column that is read: spans are two deep."""

MAX_LIST = 1000
"""The length of lists of fixed length, which take room where they are null."""


def read_parquet(path: Path, choose: Choose, *, max_bytes: int | None, max_rows: int | None) -> Rows:
    """Yield the rows of a Parquet file, numbered from 1; see :func:`standoff.rows.reading.read_rows`."""
    import pyarrow as pa  # noqa: PLC0415 - only where there is Parquet
    import pyarrow.parquet as pq  # noqa: PLC0415

    number = 0
    try:
        if (max_bytes, max_rows) != (None, None):
            _check_size(path, max_bytes, max_rows)
        with pq.ParquetFile(path) as file:
            names = choose(file.schema_arrow.names)
            _check_types(file.schema_arrow, names, path)
            texts = [
                column.path
                for column in map(file.schema.column, range(len(file.schema)))
                if column.physical_type == "BYTE_ARRAY"
            ]
        # Texts stay as they are stored, each once: a batch of one long text would not fit into the memory.
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            for batch in _batches(file, names):
                for row in zip(*(_values(batch.column(name)) for name in names), strict=True):
                    number += 1
                    yield number, dict(zip(names, row, strict=True))
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        behind = f" behind row {number}" if number else ""
        raise InputError(
            f"is not a whole Parquet file{behind} ({str(error)[:200]})", where=path, remedy="write it again"
        ) from None


def _batches(file: Any, names: Sequence[str]) -> Iterator[Any]:
    # Not over the ends of groups, each of which has dictionaries of its own: pyarrow cannot join those of maps.
    for group in range(file.num_row_groups):
        yield from file.iter_batches(batch_size=BATCH, row_groups=[group], columns=names)


def _check_size(path: Path, max_bytes: int | None, max_rows: int | None) -> None:
    size = declared_size(path)
    if max_rows is not None and size.rows > max_rows:
        raise too_many(path, max_rows)
    if max_bytes is not None and size.unpacked > max_bytes:
        raise too_large(path, max_bytes)


def _check_types(schema: Any, names: Iterable[str], path: Path) -> None:
    """Refuse columns whose values have no known size, or cannot be what is asked for anyway."""
    kinds = [(name, schema.field(name).type) for name in names]
    bad = [Problem(f"column {name!r}", f"is {str(kind)[:100]}") for name, kind in kinds if not _is_plain(kind)]
    if bad:
        raise InputError(
            f"has columns of types that are not read:\n{listed(bad)}",
            where=path,
            expected="text, numbers, lists, structs or maps of numbers",
            remedy="write these columns as text",
        )


def _is_plain(kind: Any, depth: int = 0) -> bool:
    from pyarrow import types  # noqa: PLC0415

    if types.is_map(kind):
        is_text = types.is_string(kind.key_type) or types.is_large_string(kind.key_type)
        return depth == 0 and is_text and _is_plain(kind.item_type, MAX_NESTING)
    if types.is_fixed_size_list(kind) and kind.list_size > MAX_LIST:
        return False
    if types.is_nested(kind):
        inner = (kind.field(index).type for index in range(kind.num_fields))
        return depth < MAX_NESTING and all(_is_plain(one, depth + 1) for one in inner)
    if types.is_primitive(kind) or types.is_null(kind):  # of a fixed width, of 8 bytes at most
        return True
    return depth == 0 and not types.is_fixed_size_binary(kind)


def _values(array: Any) -> list[Any]:
    """Return a column as Python's values; equal texts are one object, maps are dicts."""
    from pyarrow import types  # noqa: PLC0415

    if types.is_dictionary(array.type):
        used = array.indices.unique()
        values = dict(zip(used.to_pylist(), _texts(array.dictionary.take(used)), strict=True))
        return [values[index] for index in array.indices.to_pylist()]
    if types.is_map(array.type):
        pairs = list(zip(_values(array.keys), array.items.to_pylist(), strict=True))
        ends = array.offsets.to_pylist()
        found = [_as_dict(pairs[start:end]) for start, end in pairwise(ends)]
        return [value if there else None for value, there in zip(found, array.is_valid().to_pylist(), strict=True)]
    return _texts(array)


def _texts(array: Any) -> list[Any]:
    try:
        return list(array.to_pylist())
    except UnicodeDecodeError:  # as in CSV, for text_fault to find
        return [one and one.decode("utf-8", "surrogateescape") for one in array.cast("binary").to_pylist()]


def _as_dict(pairs: list[tuple[Any, Any]]) -> Any:
    """Return the pairs of a map as a dict, or as they are where that would lose one."""
    found = dict(pairs)
    return found if len(found) == len(pairs) else pairs
