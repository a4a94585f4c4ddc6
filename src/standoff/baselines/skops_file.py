"""The file ``model.skops``: the same bytes for the same model, and read with trust in nothing that is not listed.

A skops file is a zip of arrays and one ``schema.json``, a tree of nodes. A node names a loader, a module and a
class, and loading imports and builds what the nodes name. Unlike a pickle it can be looked through before that.
"""

from __future__ import annotations

import io
import json
import re
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

import skops.io

from standoff.baselines.registry import BASELINES
from standoff.errors import InputError, RefusedError, StandoffError, listed, printable, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SCHEMA = "schema.json"

PARTS = frozenset(
    {
        "sklearn.feature_extraction.text.TfidfTransformer",
        "sklearn.linear_model._logistic.LogisticRegression",
        "sklearn.svm._classes.LinearSVC",
        "standoff.baselines.features.FrameTfidf",
        "standoff.baselines.first_level.FirstLevel",
        "standoff.baselines.nbsvm.NaiveBayesSvm",
        "standoff.baselines.relations.Relations",
    }
)
"""What the baselines are made of, beside themselves. A new part is a line here, after a look at what it does."""

TRUSTED: Mapping[str, frozenset[str]] = {
    "ObjectNode": PARTS | {one.path.replace(":", ".") for one in BASELINES.values()},
    "DictNode": frozenset({"builtins.dict"}),
    "ListNode": frozenset({"builtins.list"}),
    "TupleNode": frozenset({"builtins.tuple"}),
    "JsonNode": frozenset({"builtins.str"}),
    "TypeNode": frozenset({"builtins.str", "builtins.int"}),
    "NdArrayNode": frozenset(
        {"numpy.ndarray", *(f"numpy.{name}" for name in ("float64", "float32", "int64", "int32", "str_", "bool"))}
    ),
}
"""Loader -> what it may build, in full. It is narrower than what skops itself trusts, which is every estimator of
scikit-learn and every ufunc: no function is in it, and a name that one loader may build another may not."""

MAX_BYTES = 1 << 31
"""Of all members together, unpacked. The largest model of the public sets has less than a tenth."""

MAX_MEMBERS = 1000
MAX_SCHEMA_BYTES = 1 << 22
MAX_DEPTH = 100
"""Of objects and lists inside one another in the schema; a real one has some twenty."""

_MEMBER = re.compile(r"[0-9]{1,20}\.npy")
_STAMP = (1980, 1, 1, 0, 0, 0)


def to_bytes(model: object) -> bytes:
    """Return a fitted model as a skops file; equal models, made in whatever process, give equal bytes.

    skops names nodes and members by memory address and stamps them with the time: both are made plain here.

    Raises:
        RefusedError: The model has parts that :func:`from_bytes` would not load.
    """
    dumped = zipfile.ZipFile(io.BytesIO(skops.io.dumps(model)))
    schema = json.loads(dumped.read(SCHEMA))
    numbers: dict[int, int] = {}
    members: dict[str, str] = {}
    for node in _objects(schema):
        if not isinstance(node.get("__loader__"), str):
            continue  # holds the nodes of a dictionary by their keys, which may be any words
        node["__id__"] = numbers.setdefault(node["__id__"], len(numbers) + 1)
        if "file" in node:
            suffix = node["file"].rpartition(".")[2]
            node["file"] = members.setdefault(node["file"], f"{len(members) + 1}.{suffix}")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression=zipfile.ZIP_DEFLATED) as made:
        for old, new in members.items():
            made.writestr(zipfile.ZipInfo(new, _STAMP), dumped.read(old), zipfile.ZIP_DEFLATED, compresslevel=1)
        text = json.dumps(schema, separators=(",", ":"))
        made.writestr(zipfile.ZipInfo(SCHEMA, _STAMP), text, zipfile.ZIP_DEFLATED)
    data = buffer.getvalue()
    _check(data, "the model")
    return data


def from_bytes(data: bytes, where: str) -> Any:
    """Return the model in a skops file.

    The members' names and sizes are looked at before any is unpacked, and every node of the schema before anything
    is imported or built.

    Args:
        data: The whole file.
        where: What to name in messages.

    Raises:
        RefusedError: It names a type that is not in :data:`TRUSTED`; each is listed.
        InputError: It is no skops file, is too large or nested too deeply, or does not hold together.
    """
    try:
        return _load(data, where)
    except StandoffError:
        raise
    except Exception as error:
        # A file that is made to harm raises what it likes; whatever it is, nothing of the file is kept.
        raise InputError(
            f"is no skops file that holds together ({printable(shorten(str(error)))})",
            where=where,
            expected="a file that standoff train wrote",
            remedy="get the model again from where it came from; nothing was loaded",
        ) from error


def _load(data: bytes, where: str) -> Any:
    _check(data, where)
    ours = TRUSTED["ObjectNode"]
    # A second look, by skops itself: it knows what its loaders do with what it was told to trust.
    if unknown := set(skops.io.get_untrusted_types(data=data)) - ours:
        raise _refused(unknown, where)
    with warnings.catch_warnings():
        # Of a model made with another version of scikit-learn; the caller knows the versions, and says so.
        warnings.filterwarnings("ignore", message="Trying to unpickle", category=UserWarning)
        return skops.io.loads(data, trusted=sorted(ours))


def _check(data: bytes, where: str) -> None:
    """Refuse a file that may not be given to skops."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile as error:
        raise InputError(
            f"is not a skops file ({error})",
            where=where,
            got=data[:8],
            expected="a zip, as skops writes it; a pickle or joblib file is never loaded",
            remedy="train the model again with standoff train; nothing was loaded",
        ) from None
    with archive:
        _check_members(archive.infolist(), where)
        _check_nodes(json.loads(archive.read(SCHEMA)), where)


def _check_members(members: list[zipfile.ZipInfo], where: str) -> None:
    names = [member.filename for member in members]
    strange = [name for name in names if name != SCHEMA and not _MEMBER.fullmatch(name)]
    size = sum(member.file_size for member in members)
    of_schema = sum(member.file_size for member in members if member.filename == SCHEMA)
    faults = {
        f"has members that no model has: {', '.join(map(shorten, strange[:5]))}": bool(strange),
        "has two members of one name": len(set(names)) < len(names),
        f"has {len(names)} members, more than {MAX_MEMBERS}": len(names) > MAX_MEMBERS,
        f"unpacks to {size:,} bytes, more than {MAX_BYTES:,}": size > MAX_BYTES,
        f"has a schema of {of_schema:,} bytes, more than {MAX_SCHEMA_BYTES:,}": of_schema > MAX_SCHEMA_BYTES,
        f"has no {SCHEMA}": SCHEMA not in names,
    }
    if found := [what for what, holds in faults.items() if holds]:
        raise InputError(
            "; ".join(found),
            where=where,
            expected=f"{SCHEMA} and arrays called 1.npy, 2.npy, …",
            remedy="nothing was unpacked; do not use the file",
        )


def _check_nodes(schema: Any, where: str) -> None:
    unknown = set()
    for node in _objects(schema):
        if not node.keys() & {"__loader__", "__class__", "__module__"}:
            continue
        loader, name = node.get("__loader__"), f"{node.get('__module__')}.{node.get('__class__')}"
        if not isinstance(loader, str) or name not in TRUSTED.get(loader, frozenset()):
            unknown.add(f"{name} (as {loader})")
        elif loader == "JsonNode" and str(node.get("content")).lstrip()[:1] in {"[", "{"}:
            unknown.add("JSON inside JSON (as JsonNode)")
    if unknown:
        raise _refused(unknown, where)


def _objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects at any depth, the outer before the inner, in the order of the file.

    Raises:
        InputError: They are nested deeper than :data:`MAX_DEPTH`.
    """
    waiting = [(schema, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise InputError(f"is nested more than {MAX_DEPTH} deep", where=SCHEMA, remedy="do not use the file")
        if isinstance(value, dict):
            yield value
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        waiting += [(one, depth + 1) for one in reversed(list(inner))]


def _refused(unknown: set[str], where: str) -> RefusedError:
    names = sorted(printable(shorten(name)[1:-1]) for name in unknown)
    return RefusedError(
        f"has {len(names)} type(s) that are not trusted, and nothing was loaded:\n{listed(names)}",
        where=where,
        expected="baselines of this package, made of plain numbers, texts and lists",
        remedy="do not use the file unless you made it; a part of a baseline of your own goes into PARTS in "
        "baselines/skops_file.py",
    )
