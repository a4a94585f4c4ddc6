"""``system.yaml``: what the makers of a submission declare about their system.

Everything in it may end on a board, so what a terminal, Markdown or HTML would obey is refused where it is read.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any

import yaml
from pydantic import AfterValidator, Field, ValidationError, ValidationInfo, field_validator

from standoff.baselines.registry import BASELINES
from standoff.corpus.located_yaml import Located, YamlError, parse
from standoff.errors import InputError, Problem, enumerated, listed, shorten
from standoff.experiments.plain_text import looks, plain
from standoff.files import read_text
from standoff.records import Day, Record
from standoff.tasks import registry

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

SYSTEM = "system.yaml"
"""Name of the file."""

MAX_BYTES = 1 << 16
"""Bytes of the file. What fits the fields is a tenth of it."""

RESERVED = frozenset({"aux", "con", "nul", "prn", "coder", "gold", "human", "panel"})
"""Names that Windows keeps for devices, and that a board has for people."""

SHOWN = 20
"""How many problems a refusal lists."""

QUOTES = "'\""

_NAME = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._/?#@!&+,;=%:-]*)?")
_LICENSE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*(?: (?:AND|OR|WITH) [A-Za-z0-9][A-Za-z0-9.+-]*)*")


def _baseline_like(text: str) -> str | None:
    """Return the baseline that a text could be taken for, if there is one."""
    seen = looks(text).replace("-", "")
    return next((name for name in BASELINES if looks(name).replace("-", "") == seen), None)


def name_fault(name: str) -> str | None:
    """Return what keeps ``name`` from being the name of a submission, if anything does."""
    if not _NAME.fullmatch(name) or len(name) > 64:
        return "is not a name: at most 64 of a to z, 0 to 9, and single _ or - between them"
    if name in RESERVED or re.fullmatch(r"(?:com|lpt)[0-9]", name):
        return "is kept for another use; choose another name"
    if (baseline := _baseline_like(name)) is not None:
        return f"could be taken for the baseline {baseline}; choose another name"
    return None


def _name(name: str) -> str:
    if fault := name_fault(name):
        raise ValueError(fault)
    return name


def _title(text: str) -> str:
    if (baseline := _baseline_like(text)) is not None:
        raise ValueError(f"could be taken for the baseline {baseline}; say what is yours")
    return text


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise ValueError("is not an address such as https://example.org/page, of plain letters, with no brackets")
    return text


def _license(text: str) -> str:
    if not _LICENSE.fullmatch(text):
        raise ValueError("is not an SPDX expression such as CC-BY-4.0 or Apache-2.0 OR MIT")
    return text


def _task(name: str) -> str:
    if name not in registry.TASKS:
        raise ValueError(f"is no task; {_meant(name, registry.names())}")
    return name


def _meant(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"there are {enumerated(known)}"


Name = Annotated[str, AfterValidator(_name)]
Words = Annotated[str, Field(max_length=100), AfterValidator(plain)]
Sentence = Annotated[str, Field(max_length=500), AfterValidator(plain)]
Title = Annotated[Words, AfterValidator(_title)]
Description = Annotated[str, Field(max_length=2000), AfterValidator(plain)]
Address = Annotated[str, Field(max_length=500), AfterValidator(_address)]
License = Annotated[str, Field(max_length=100), AfterValidator(_license)]
TaskName = Annotated[str, Field(max_length=100), AfterValidator(_task)]


class TrainingData(Record):
    """Labelled data that a system was fitted or tuned on.

    Args:
        name: Its name; of a task here, the task's.
        what: Which part of it, and what for.
        url: Where it is.
    """

    name: Words
    what: Sentence
    url: Address | None = None


class Pretrained(Record):
    """A model that a system is made from: a language model, word vectors, a parser.

    Args:
        name: Its name.
        version: Its version, revision or date.
        cutoff: No text after this day was seen when it was made; None where its makers do not say.
    """

    name: Words
    version: Words
    cutoff: Day | None = None


class System(Record):
    """What the makers of a submission declare. What decides how a score is read has no default.

    Args:
        name: The folder's name.
        title: As a board prints it.
        authors: Who made the system.
        description: What it does, in plain words; one paragraph.
        url: A page or paper about it.
        code_url: Its code.
        contact: Whom to ask.
        license: SPDX expression, of the predictions.
        training_data: All labelled data that it was fitted or tuned on; empty for none.
        pretrained: All models it was made from; empty for none.
        cutoff: No text after this day was seen in training or pre-training; None where that is not known.
        seen_test: Tasks whose test items or labels may have been seen; empty where none was, as far as is known.

    Raises:
        InputError: ``cutoff`` is not what those of the pretrained models allow.
    """

    name: Name
    title: Title
    authors: Annotated[tuple[Words, ...], Field(min_length=1, max_length=50)]
    description: Description
    url: Address | None = None
    code_url: Address | None = None
    contact: Words | None = None
    license: License | None = None
    training_data: Annotated[tuple[TrainingData, ...], Field(max_length=100)]
    pretrained: Annotated[tuple[Pretrained, ...], Field(max_length=20)]
    cutoff: Day | None
    seen_test: Annotated[tuple[TaskName, ...], Field(max_length=100)]

    @field_validator("cutoff")
    @classmethod
    def _cutoff_holds(cls, cutoff: dt.date | None, info: ValidationInfo) -> dt.date | None:
        for model in () if cutoff is None else info.data.get("pretrained", ()):
            if model.cutoff is None:
                raise ValueError(f"is a day, and that of {model.name} is not known: then this one is not either")
            if model.cutoff > cutoff:
                raise ValueError(f"is before that of {model.name}, {model.cutoff}")
        return cutoff


def read_system(path: Path) -> System:
    """Return what a ``system.yaml`` declares.

    Raises:
        NotFoundError: No such file.
        InputError: It is too large, not YAML, or uses of YAML what no declaration needs (anchors, aliases, tags,
            directives, a key twice); or fields do not fit: each is listed with its line.
    """
    if path.is_file() and (size := path.stat().st_size) > MAX_BYTES:
        raise InputError(f"is larger than {MAX_BYTES:,} bytes", where=path, got=size)
    text = read_text(path)
    located = _parse(text, path)
    try:
        return System.model_validate(located.value)
    except ValidationError as error:
        raise InputError(
            f"does not declare what it has to:\n{_problems(error, located)}",
            where=path,
            remedy="correct the lines named above; `standoff submit init FOLDER` writes a file with every field",
        ) from None


def _parse(text: str, path: Path) -> Located:
    try:
        located = parse(text)
    except YamlError as error:
        raise InputError(
            f"is not usable as YAML: {str(error)[:200]}",
            where=f"{path}:{error.line}",
            expected="lines such as: title: My system",
            remedy="correct the line; put a text in quotes when it holds a colon or begins with a sign",
        ) from None
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if what := _needless(event):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise InputError(
                f"uses {what}",
                where=f"{path}:{line}",
                expected="names and values, nothing else of YAML",
                remedy="write the value itself, in quotes when it begins with & or !",
            )
    if not isinstance(located.value, dict):
        raise InputError("is not a list of fields", where=path, expected="lines such as: title: My system")
    return located


def _needless(event: Any) -> str | None:
    """Return what an event of a YAML file has that no declaration needs, if it has."""
    if getattr(event, "anchor", None) is not None:
        return "an anchor (&name)"
    if getattr(event, "tag", None) is not None:
        return "a tag (!name)"
    if isinstance(event, yaml.DocumentStartEvent) and (event.version or event.tags):
        return "a directive (%NAME)"
    return None


def _problems(error: ValidationError, located: Located) -> str:
    """Return what does not fit as a list, in the order of the lines."""
    items = sorted(error.errors(include_url=False), key=lambda item: located.line(tuple(item["loc"])))
    # A hostile file has thousands of fields that are none, and the nearest name is not found in no time.
    first = [Problem(f"line {located.line(tuple(item['loc']))}", _what(item)) for item in items[:SHOWN]]
    return listed([*first, *items[SHOWN:]], limit=SHOWN)


def _what(item: Any) -> str:
    """Return in words what pydantic found, with the field's name before it."""
    path, got = tuple(item["loc"]), _shown(item["input"])
    known = list(_record_at(path).model_fields)
    match item["type"]:
        case "missing":
            found = "is not there"
        case "extra_forbidden":
            found = f"is no field; {_meant(str(path[-1]), known)}"
        case "string_type" if item["input"] is None:
            found = "is empty; write a text"
        case "tuple_type" if item["input"] is None:
            found = "is empty; write a list, [] for none"
        case "too_short":
            found = "is empty; write one at least"
        case "string_type":
            found = f"is {got}, not a text; write one, in quotes when it looks like a number"
        case "tuple_type":
            found = f"is {got}, not a list; write [ ] around it, or each on a line that begins with -"
        case "model_type":
            found = f"is {got}, not fields such as {{{known[0]}: …, {known[1]}: …}}"
        case _:
            found = f"{str(item['msg']).removeprefix('Value error, ')} (got {got})"
    return f"{'.'.join(repr(part).strip(QUOTES)[:60] for part in path)}: {found}"


def _shown(value: object) -> str:
    try:
        return shorten(value, 60)
    except ValueError:  # Python writes no whole number of more than 4,300 digits; YAML has a short way to say one
        return "a huge number"


def _record_at(path: tuple[str | int, ...]) -> type[Record]:
    """Return the record that a path leads to, or into."""
    inner: dict[str | int, type[Record]] = {"training_data": TrainingData, "pretrained": Pretrained}
    return inner[path[0]] if len(path) > 1 and path[0] in inner else System
