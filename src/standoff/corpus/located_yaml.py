"""YAML with the line of every value, without the surprises: no repeated keys, no ``NO`` that means false."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

import yaml

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Located:
    """A parsed document: its value, and the line of each value by its path."""

    value: Any
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """Return the line of ``path``, or of the nearest part above it that has one."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1


class YamlError(Exception):
    """A document that cannot be read: why, and in which line."""

    def __init__(self, what: str, line: int, *, repeated: bool = False) -> None:
        super().__init__(what)
        self.line = line
        self.repeated = repeated


class _Loader(yaml.SafeLoader):
    """Reads plain ``no``, ``on``, ``off`` and ``yes`` as the words they are, as YAML 1.2 does; no aliases."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            # Aliases let a small file stand for a huge value; no source needs them.
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases (*name) are not used here", mark)
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def parse(text: str, *, first_line: int = 1) -> Located:
    """Return the one YAML document in ``text``, which starts at line ``first_line`` of its file.

    Raises:
        YamlError: Not YAML, a key given twice, an alias, or nested too deeply.
    """
    lines: dict[Path, int] = {}
    try:
        node = (loader := _Loader(text)).get_single_node()
        value = None if node is None else _build(loader, node, (), lines, first_line)
    except yaml.reader.ReaderError as error:
        line = first_line + text.count("\n", 0, error.position)
        raise YamlError(f"character U+{error.character:04X} is not allowed", line) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(str(error.problem or error.context), first_line + (mark.line if mark else 0)) from None
    except RecursionError:
        raise YamlError("nested too deeply", first_line) from None
    return Located(value, lines)


def _build(loader: _Loader, node: yaml.Node, path: Path, lines: dict[Path, int], first: int) -> Any:
    line = first + node.start_mark.line
    # A value without children is where its key is; a block starts a line below its key.
    lines.setdefault(path, line)
    if isinstance(node, yaml.MappingNode):
        return _build_mapping(loader, node, path, lines, first)
    if isinstance(node, yaml.SequenceNode):
        return [_build(loader, item, (*path, i), lines, first) for i, item in enumerate(node.value)]
    try:
        value = loader.construct_object(node)
    # A date such as 2024-13-41; a tag such as !!bool, !!int or !!timestamp on what is none.
    except (ValueError, LookupError, AttributeError):
        raise YamlError(f"{node.value!r} is not a usable value", line) from None
    # One type for days: a time of day is refused later, by the field that holds it.
    return value.isoformat() if isinstance(value, (dt.date, dt.datetime)) else value


def _build_mapping(
    loader: _Loader, node: yaml.MappingNode, path: Path, lines: dict[Path, int], first: int
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = first + key_node.start_mark.line
        if not isinstance(key_node, yaml.ScalarNode):
            raise YamlError("a key must be a word", line)
        key = str(key_node.value)
        if key in found:
            raise YamlError(f"key {key!r} is given twice", line, repeated=True)
        lines[(*path, key)] = line
        found[key] = _build(loader, value_node, (*path, key), lines, first)
    return found
