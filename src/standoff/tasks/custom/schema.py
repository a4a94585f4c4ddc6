"""What a task's TOML file may say: every table and key, checked before any data is read."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, field_validator, model_validator

from standoff.errors import InputError, Problem, listed, shorten
from standoff.files import read_text
from standoff.records import Language  # noqa: TC001 - pydantic reads it when the class is made
from standoff.tasks.custom.declared import AnyValue, Character, Encoding, Name, Pattern, Spans, Table, Text, Value
from standoff.tasks.frame import COLUMNS, SPLITS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FORMATS = ("csv", "tsv", "json", "jsonl", "xml", "parquet", "xlsx", "datasets", "text")

_TEXT_FORMATS = ("csv", "tsv", "json", "jsonl", "text")
_TABLES = ("csv", "tsv", "xlsx")
OPTIONS = {
    "encoding": _TEXT_FORMATS,
    "delimiter": ("csv", "tsv"),
    "quote": ("csv", "tsv"),
    "escape": ("csv", "tsv"),
    "comment": ("csv", "tsv"),
    "trim": ("csv", "tsv"),
    "header": _TABLES,
    "columns": _TABLES,
    "skip": _TABLES,
    "fill": _TABLES,
    "sheet": ("xlsx",),
    "by_column": ("json",),
    "cut": ("text",),
    "rows": ("json", "jsonl", "xml", "parquet", "datasets"),
    "config": ("datasets",),
}
"""The keys of a file that only some formats have."""

STEP = re.compile(r"(?P<key>[^.\[\]]*)(?P<lists>(?:\[\])*)")
"""A step of ``rows``: a key or ``*``, and a pair of brackets for each list to open."""


def _steps(text: str) -> str:
    if not all(STEP.fullmatch(part) and part for part in text.split(".")):
        raise ValueError(f"{text!r} is not a path such as articles[].claims[] or stances.*")
    return text


def _as_sequence(data: Any) -> Any:
    return [data] if isinstance(data, dict) else data


def _as_mapping(data: Any) -> Any:
    are_names = isinstance(data, list) and all(isinstance(name, str) for name in data)
    return {name: name for name in data} if are_names else data


class Columns(Table):
    """The parts of an item."""

    id: AnyValue | None = None
    group: AnyValue | None = None
    text: AnyValue
    actor: AnyValue | None = None
    target: AnyValue | None = None
    label: AnyValue
    actor_spans: Annotated[tuple[Spans, ...], BeforeValidator(_as_sequence)] = ()
    target_spans: Annotated[tuple[Spans, ...], BeforeValidator(_as_sequence)] = ()
    slices: Annotated[dict[Name, AnyValue], BeforeValidator(_as_mapping)] = Field(default_factory=dict)

    @field_validator("slices")
    @classmethod
    def _own_names(cls, slices: dict[str, Value]) -> dict[str, Value]:
        if taken := sorted(set(slices) & set(COLUMNS)):
            raise ValueError(f"{', '.join(taken)}: every item has this already; name the slice otherwise")
        return slices


class Labels(Table):
    """The label inventory, and what the file's labels become."""

    order: tuple[Text, ...]
    rename: dict[str, Text] = Field(default_factory=dict)
    drop: tuple[Text, ...] = ()
    board: dict[str, Literal["support", "oppose", "none"]] | None = None
    board_reason: str = "The task's file declares no map to the board's labels."


class FileTable(Table):
    """How files are read; see :data:`OPTIONS` for the formats that have a key."""

    path: Name
    format: Literal["csv", "tsv", "json", "jsonl", "xml", "parquet", "xlsx", "datasets", "text"] | None = None
    encoding: Encoding | None = None
    delimiter: Name | None = None
    quote: Annotated[str, Field(max_length=1)] = '"'
    escape: Character | None = None
    comment: Name | None = None
    trim: bool = False
    header: bool | None = None
    columns: tuple[Name, ...] | None = None
    skip: Annotated[int, Field(ge=0)] = 0
    fill: tuple[Name, ...] = ()
    sheet: Name | None = None
    rows: Annotated[str, AfterValidator(_steps)] | None = None
    each: tuple[Name, ...] = ()
    config: Name | None = None
    by_column: bool = False
    cut: Pattern | None = None

    @model_validator(mode="after")
    def _long_delimiter(self) -> Self:
        if len(self.delimiter or "") > 1 and self.quote:
            raise ValueError('has a delimiter of several characters, and no quotes then: say quote = ""')
        return self


class Files(FileTable):
    """Files whose rows are items."""

    split: Name | None = None


class Join(FileTable):
    """Files whose rows are looked up: where ``on`` of an item's row is ``key`` of a row here."""

    name: Name
    key: AnyValue
    on: AnyValue


class Tags(Table):
    """Marks in the text around the actor and the target: what opens, what closes."""

    actor: tuple[Name, Name] | None = None
    target: tuple[Name, Name] | None = None


class Folds(Table):
    """Folds to make, or a column that has them."""

    count: Annotated[int, Field(ge=2)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 12345
    column: AnyValue | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.count is None) == (self.column is None):
            raise ValueError("needs exactly one of count and column")
        return self


class Splits(Table):
    """Where an item's split stands, or the folds."""

    column: AnyValue | None = None
    rename: dict[str, Text] = Field(default_factory=dict)
    drop: tuple[Text, ...] = ()
    folds: Folds | None = None
    list_: Name | None = Field(None, alias="list")

    @field_validator("rename")
    @classmethod
    def _to_splits(cls, rename: dict[str, str]) -> dict[str, str]:
        if strange := sorted(set(rename.values()) - set(SPLITS)):
            raise ValueError(f"gives {', '.join(strange)}; the splits are {', '.join(SPLITS)}")
        return rename


class Rows(Table):
    """Which rows are items: column -> the values that are kept, and those that are dropped."""

    keep: dict[Name, tuple[Text, ...]] = Field(default_factory=dict)
    drop: dict[Name, tuple[Text, ...]] = Field(default_factory=dict)


class TaskFile(Table):
    """A task's TOML file."""

    name: Name
    language: Language
    label_kind: Literal["human", "model"]
    version: Annotated[int, Field(ge=1)] = 1
    title: str = ""
    description: str = ""
    annotators: str = "not stated"
    agreement: str | None = None
    licence: str = "NOASSERTION"
    terms: str = "The task's file states no terms."
    citation: str = ""
    homepage: str = ""
    holder: str | None = None
    target_kind: str | None = None
    labels: Labels
    files: tuple[Files, ...]
    join: tuple[Join, ...] = ()
    derive: dict[Name, AnyValue] = Field(default_factory=dict)
    columns: Columns
    tags: Tags = Tags()
    splits: Splits = Splits()
    rows: Rows = Rows()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems = list(_contradictions(self))
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @classmethod
    def read(cls, path: Path) -> TaskFile:
        """Return the content of a task's file.

        Raises:
            NotFoundError: No such file.
            InputError: Not TOML, or keys that do not fit; each is listed.
        """
        try:
            return cls.model_validate(tomllib.loads(read_text(path)))
        except tomllib.TOMLDecodeError as error:
            raise InputError(
                f"is not TOML: {error}", where=path, expected='lines such as: name = "my-task"'
            ) from None
        except ValidationError as error:
            problems = [_problem(item) for item in error.errors(include_url=False)]
            raise InputError(
                f"does not describe a task:\n{listed(problems)}",
                where=path,
                remedy="correct the keys named above; docs/custom-tasks.md has an example of each",
            ) from None


def _contradictions(spec: TaskFile) -> list[str]:
    """Return what is wrong between tables."""
    problems = [] if spec.files else ["files is empty, so there is nothing to read"]
    board, order = spec.labels.board, spec.labels.order
    if board is not None and set(board) != set(order):
        problems.append(f"labels.board has {', '.join(board)}, and needs each of labels.order: {', '.join(order)}")
    with_split = [entry for entry in spec.files if entry.split is not None]
    ways = {
        "files.split": with_split,
        "splits.column": spec.splits.column,
        "splits.folds": spec.splits.folds,
    }
    if spec.splits.list_ and spec.splits.folds and spec.splits.folds.count:
        problems.append("splits.list and splits.folds both say what the audited splits are; leave one")
    if len(given := [name for name, value in ways.items() if value]) > 1:
        problems.append(f"{' and '.join(given)} both say where an item's split is; leave one")
    if with_split and len(with_split) < len(spec.files):
        problems.append("some files have a split and others have none")
    for kind in ("actor", "target"):
        marks, spans = getattr(spec.tags, kind), getattr(spec.columns, f"{kind}_spans")
        if marks and spans:
            problems.append(f"tags.{kind} and columns.{kind}_spans both say where the {kind} stands; leave one")
    marked = [marks for marks in (spec.tags.actor, spec.tags.target) if marks]
    offsets = [span for span in (*spec.columns.actor_spans, *spec.columns.target_spans) if span.find is None]
    if marked and offsets:
        problems.append("offsets count in a text that still has its tags; give tags, or offsets, or use find")
    if len(marked) == 2 and marked[0] == marked[1] and not (spec.columns.actor and spec.columns.target):
        problems.append("actor and target have the same tags: columns.actor and columns.target tell them apart")
    names = [table.name for table in spec.join]
    if len(set(names)) < len(names):
        problems.append(f"join: the names {names} are not all different")
    return problems


_EXPECTED = {
    "not_text": "one value",
    "string_type": "text in quotes",
    "string_pattern_mismatch": 'a language tag, such as "en",',
    "string_too_short": "text that is not empty",
    "string_too_long": "one character",
    "tuple_type": 'a list, such as ["a", "b"],',
    "too_short": "a list that is not empty",
    "too_long": "a list of {max_length}",
    "dict_type": "a table",
    "model_type": "a table",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "greater_than_equal": "{ge} or more",
    "less_than": "less than {lt}",
    "literal_error": "{expected}",
}
"""What a mistake is told by: pydantic's type of it -> what would have been right."""


def _problem(item: Any) -> Problem:
    *outer, last = item["loc"] or ("(the file)",)
    given, kind = item["input"], item["type"]
    if kind == "missing" and isinstance(last, int):  # tags are the only list of a fixed length
        return Problem(_key(outer), f"is {shorten(given, 60)}, where a list of 2 is expected")
    where = _key([*outer, last])
    if kind == "missing":
        return Problem(where, "is missing, and every task needs it")
    if kind not in _EXPECTED:
        return Problem(where, item["msg"].removeprefix("Value error, "))
    shown = str(given) if isinstance(given, dt.date | dt.time) else shorten(given, 60)
    what = f"is {shown}, where {_EXPECTED[kind].format_map(item.get('ctx', {}))} is expected"
    # TOML takes -2.0 = "x" for a table -2 with the key 0.
    return Problem(where, what + '; a key with a dot needs quotes, as in "-2.0"' * isinstance(given, dict))


def _key(parts: Sequence[str | int]) -> str:
    """Return the way to a key, its tables and values counted from 1, as in ``files[1].path``."""
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in parts).removeprefix(".")
