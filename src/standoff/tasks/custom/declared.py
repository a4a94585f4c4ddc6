"""The parts of a task's TOML file that stand in many places: a table, a value, spans."""

from __future__ import annotations

import io
import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from standoff.records import Record
from standoff.tasks.custom.values import as_text, template_columns, unknown


def _text(value: Any) -> str:
    try:
        return as_text(value)
    except TypeError as error:  # which pydantic would let pass, as a mistake of the program
        raise PydanticCustomError("not_text", "not one value") from error


def _encoding(name: str) -> str:
    try:
        io.TextIOWrapper(
            io.BytesIO(), encoding=name
        )  # knows which codecs are of text; decode() of nothing does not
    except LookupError as error:
        raise ValueError(str(error)) from None
    return name


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from None
    return text


def _template(text: str) -> str:
    template_columns(text)
    return text


def _as_names(data: Any) -> Any:
    return [data] if isinstance(data, str) else data


Text = Annotated[str, BeforeValidator(_text)]
Name = Annotated[str, Field(min_length=1)]
Names = Annotated[tuple[Name, ...], Field(min_length=1), BeforeValidator(_as_names)]
"""Columns; a bare name is short for a list of one."""
Encoding = Annotated[str, AfterValidator(_encoding)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Template = Annotated[str, AfterValidator(_template)]
Character = Annotated[str, Field(min_length=1, max_length=1)]


class Table(Record):
    """A table of the file; a key it does not know is refused with the nearest ones."""

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        if isinstance(data, dict):
            known = [field.alias or name for name, field in cls.model_fields.items()]
            for key in data:
                if key not in known:
                    raise ValueError(unknown("key", key, known))
        return data


class Value(Table):
    """Where a text of an item comes from: one of the first seven keys; then ``match``, then ``rename``.

    Args:
        column: A column.
        constant: The same text for every item.
        template: Text with ``{column}`` in it.
        file: A template of a path; the text is that file's content.
        join: Columns (or one that holds a list or object), those that are not empty joined by ``with``.
        largest: Columns of numbers; the text is the name of the one with the largest, empty where two have it.
        majority: Columns (or one that holds a list or object); the text that more of them have than any other,
            empty where two are level.
        with_: What stands between joined texts.
        names: Column with a list of what the numbers in the list of ``largest`` belong to.
        decimal: The decimal mark of the numbers of ``largest``.
        encoding: Of ``file``; see :attr:`Files.encoding`.
        match: A regular expression: its first group, or all it finds, becomes the text; empty without a find.
        rename: Texts to replace, whole texts only.
    """

    column: Name | None = None
    constant: Text | None = None
    template: Template | None = None
    file: Template | None = None
    join: Names | None = None
    largest: Names | None = None
    majority: Names | None = None
    with_: str = Field(" ", alias="with")
    names: Name | None = None
    decimal: Literal[".", ","] = "."
    encoding: Encoding | None = None
    match: Pattern | None = None
    rename: dict[str, Text] = Field(default_factory=dict)

    @property
    def bare(self) -> str:
        """The column that the value is, as it stands; empty where it is made of more."""
        return self.column or "" if self.match is None and not self.rename else ""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = ("column", "constant", "template", "file", "join", "largest", "majority")
        given = [name for name in sources if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"has {' and '.join(given) or 'none'} of {', '.join(sources)}; exactly one is needed")
        for key, owner in (("with_", "join"), ("encoding", "file"), ("names", "largest"), ("decimal", "largest")):
            if key in self.model_fields_set and owner not in given:
                raise ValueError(f"has {key.strip('_')!r}, which goes with {owner!r} only")
        if self.largest is not None and (len(self.largest) == 1) != (self.names is not None):
            raise ValueError(
                "largest needs two or more columns, or one that holds a list and names of its numbers"
            )
        return self


def _as_value(data: Any) -> Any:
    return {"column": data} if isinstance(data, str) else data


AnyValue = Annotated[Value, BeforeValidator(_as_value)]
"""A value; a bare text is short for ``{ column = … }``."""


class Spans(Table):
    """Where an actor or target stands in the text: offsets in two columns, a list of them, or a name to find.

    Args:
        start: The first offset, a value; in a list, the key.
        end: The last, a value; in a list, the key.
        list_: Column with a list of objects, or of ``[start, end]`` where ``start`` and ``end`` are not given.
        find: What to look for, as whole words.
        inclusive_end: Whether ``end`` is the last character and not the one after it.
        counts_from: The number of the first character.
        unit: What the offsets count.
    """

    start: AnyValue | None = None
    end: AnyValue | None = None
    list_: Name | None = Field(None, alias="list")
    find: AnyValue | None = None
    inclusive_end: bool = False
    counts_from: Literal[0, 1] = 0
    unit: Literal["code-points", "utf-16", "bytes", "words"] = "code-points"

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.start is None) != (self.end is None):
            raise ValueError("has one of start and end; both are needed")
        if self.find is not None and self.model_fields_set != {"find"}:
            raise ValueError("has find, which needs no other key")
        if self.find is None and self.list_ is None and self.start is None:
            raise ValueError("has none of start and end, list, find")
        if self.list_ is not None and any(offset and not offset.bare for offset in (self.start, self.end)):
            raise ValueError("has list, where start and end are keys of its objects")
        return self
