"""Files made to harm, and files that are broken: nothing of them is imported, built, unpacked or run."""

from __future__ import annotations

import functools
import io
import json
import operator
import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from standoff.baselines import skops_file
from standoff.baselines.registry import BASELINES, make_baseline
from standoff.baselines.skops_file import MAX_DEPTH, SCHEMA, TRUSTED, from_bytes, to_bytes
from standoff.errors import InputError, RefusedError, StandoffError

MARKER = "was-run"


@pytest.fixture(autouse=True)
def nothing_is_run_or_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Work in an empty folder, and find it empty again."""
    monkeypatch.chdir(tmp_path)
    yield
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def good(items: pd.DataFrame) -> bytes:
    return to_bytes(make_baseline("majority").fit(items, items["label"]))


def zipped(members: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression=compression) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return buffer.getvalue()


def members_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def schema_of(data: bytes) -> Any:
    return json.loads(members_of(data)[SCHEMA])


def with_schema(data: bytes, schema: Any) -> bytes:
    return zipped(members_of(data) | {SCHEMA: json.dumps(schema).encode()})


def node(loader: str, name: str, **more: Any) -> dict[str, Any]:
    module, _, class_ = name.rpartition(".")
    return {"__class__": class_, "__module__": module, "__loader__": loader, "__id__": 999, **more}


def schema(**root: Any) -> dict[str, Any]:
    return {**root, "protocol": 2, "_skops_version": "0.16.0"}


TEXT = node("JsonNode", "builtins.str", content='"touch was-run"', is_json=True)
ARGUMENTS = node("TupleNode", "builtins.tuple", content=[TEXT])
NO_WORDS = node("DictNode", "builtins.dict", content={}, key_types=node("ListNode", "builtins.list", content=[]))

DUMPED: dict[str, tuple[Callable[[], Any], str]] = {
    "os.system": (lambda: os.system, f"{os.name}.system"),
    "builtins.eval": (lambda: eval, "builtins.eval"),
    "subprocess.run": (lambda: subprocess.run, "subprocess.run"),
    "partial": (lambda: functools.partial(os.system, f"touch {MARKER}"), "functools.partial"),
    "methodcaller": (lambda: operator.methodcaller("format", "x"), "operator.methodcaller"),
    "ufunc": (lambda: np.exp, "exp (as FunctionNode)"),
    "numpy function": (lambda: np.load, "numpy.load"),
    "bound method": (lambda: make_baseline("majority").fit, "(as MethodNode)"),
    "random generator": (lambda: np.random.default_rng(1), "Generator"),
    "another estimator of scikit-learn": (FunctionTransformer, "FunctionTransformer"),
    "pipeline": (lambda: make_pipeline(FunctionTransformer(np.exp)), "sklearn.pipeline.Pipeline"),
    "a path": (lambda: Path("x"), "pathlib"),
    "bytes": (lambda: b"x", "builtins.bytes"),
    "set": (lambda: {1}, "builtins.set"),
}


@pytest.mark.parametrize("name", DUMPED)
@pytest.mark.parametrize("inside", [False, True], ids=["alone", "inside a baseline"])
def test_what_skops_dumps_of_other_types_is_refused_by_name(name: str, inside: bool, items: pd.DataFrame) -> None:
    make, named = DUMPED[name]
    thing = make()
    if inside:
        model = make_baseline("majority").fit(items, items["label"])
        model.strategy = thing
        thing = model
    with pytest.raises(RefusedError, match="nothing was loaded") as caught:
        from_bytes(renamed(skops.io.dumps(thing)), "m.skops")
    assert named in str(caught.value)


def renamed(data: bytes) -> bytes:
    """Give members the names that this package gives, so that the names are not what is refused."""
    members, names = members_of(data), {}
    for number, name in enumerate(sorted(set(members) - {SCHEMA}), start=1):
        names[name] = f"{number}.npy"
    text = members[SCHEMA].decode()
    for old, new in names.items():
        text = text.replace(old, new)
    return zipped(
        {names.get(name, name): text.encode() if name == SCHEMA else data for name, data in members.items()}
    )


@pytest.mark.parametrize(
    "root",
    [
        node("ConstructorFromReduceNode", "subprocess.Popen", content=ARGUMENTS),
        node("ObjectNode", "hostile_module.Thing"),
        node("TypeNode", "hostile_module.Thing"),
        node("FunctionNode", "os.system"),
        node("FunctionNode", "builtins.str"),
        node("ObjectNode", "builtins.str"),
        node("TypeNode", "standoff.baselines.majority.Majority"),
        node("ListNode", "standoff.baselines.majority.Majority", content=[]),
        node("ListNode", "os.system", content=[TEXT]),
        node("OperatorFuncNode", "operator.attrgetter", attrs=ARGUMENTS),
        node("LossNode", "os.system", __reduce__={"args": ARGUMENTS}, content=NO_WORDS),
        node("TreeNode", "sklearn.tree._tree.Tree", __reduce__={"args": ARGUMENTS}, content=NO_WORDS),
        node("PartialNode", "functools.partial", content={"func": TEXT}),
        node("NoSuchNode", "builtins.dict"),
        node("DefaultDictNode", "collections.defaultdict", content={"main": NO_WORDS, "default_factory": TEXT}),
        {"__loader__": ["JsonNode"], "__class__": "str", "__module__": "builtins"},
        {"__class__": "str", "__module__": "builtins"},
        {"__loader__": "JsonNode", "__class__": {}, "__module__": None},
        node("JsonNode", "builtins.str", content="[" * 100_000),
        node("JsonNode", "builtins.str", content=' {"a": 1}'),
    ],
    ids=lambda root: f"{root.get('__loader__')} {root['__module__']}.{root['__class__']}"[:60],
)
@pytest.mark.parametrize("protocol", [0, 2])
def test_crafted_nodes_are_refused(
    root: dict[str, Any], protocol: int, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is imported either: importing runs a module."""
    folder = tmp_path_factory.mktemp("modules")
    (folder / "hostile_module.py").write_text(f"open({MARKER!r}, 'w')\nclass Thing: pass\n")
    monkeypatch.syspath_prepend(folder)
    made = schema(**root) | {"protocol": protocol}
    with pytest.raises(RefusedError):
        from_bytes(zipped({SCHEMA: json.dumps(made).encode()}), "m.skops")
    assert "hostile_module" not in sys.modules


def test_every_refused_type_is_listed(good: bytes) -> None:
    changed = schema_of(good)
    changed["content"]["content"]["strategy"] = node("FunctionNode", "os.system")
    changed["content"]["content"]["classes_"] = node("ObjectNode", "some.Where\x1b[31m")
    with pytest.raises(RefusedError, match=r"has 2 type\(s\)") as caught:
        from_bytes(with_schema(good, changed), "m.skops")
    assert "os.system (as FunctionNode)" in str(caught.value)
    assert "some.Where" in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_a_function_never_hides_behind_a_name_that_stands_twice(good: bytes) -> None:
    """Nodes are remembered by their ids; each place is looked at, and not each id."""
    changed = schema_of(good)
    first = changed["content"]["content"]["strategy"]
    changed["content"]["content"]["constant"] = node("FunctionNode", "os.system") | {"__id__": first["__id__"]}
    with pytest.raises(RefusedError, match=r"os\.system"):
        from_bytes(with_schema(good, changed), "m.skops")


def test_the_list_of_what_is_trusted_names_no_function_and_nothing_unknown() -> None:
    assert set(TRUSTED) == {
        "ObjectNode",
        "DictNode",
        "ListNode",
        "TupleNode",
        "JsonNode",
        "TypeNode",
        "NdArrayNode",
    }
    for names in TRUSTED.values():
        for name in names:
            module, _, class_ = name.rpartition(".")
            __import__(module)
            assert isinstance(getattr(sys.modules[module], class_), type), name
    assert {one.path.replace(":", ".") for one in BASELINES.values()} <= TRUSTED["ObjectNode"]


def test_a_pickle_is_not_looked_into() -> None:
    class Harm:
        def __reduce__(self) -> Any:
            return os.system, (f"touch {MARKER}",)

    for data in (pickle.dumps(Harm()), b"", b"PK", b"\x80\x04K\x01."):
        with pytest.raises(InputError, match=r"is not a skops file.*\n(.*\n)*.*pickle"):
            from_bytes(data, "model.skops")


def test_an_array_with_a_pickle_in_it_is_refused() -> None:
    class Harm:
        def __reduce__(self) -> Any:
            return os.system, (f"touch {MARKER}",)

    buffer = io.BytesIO()
    np.save(buffer, np.array([Harm()], dtype=object), allow_pickle=True)
    made = schema(**node("NdArrayNode", "numpy.ndarray", type="numpy", file="1.npy"))
    with pytest.raises(InputError, match="Object arrays cannot be loaded"):
        from_bytes(zipped({"1.npy": buffer.getvalue(), SCHEMA: json.dumps(made).encode()}), "m.skops")


def test_an_array_that_claims_to_be_huge_is_refused() -> None:
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(  # type: ignore[no-untyped-call]
        buffer, {"descr": "<f8", "fortran_order": False, "shape": (10**15,)}
    )
    made = schema(**node("NdArrayNode", "numpy.ndarray", type="numpy", file="1.npy"))
    with pytest.raises(InputError, match="holds together"):
        from_bytes(zipped({"1.npy": buffer.getvalue(), SCHEMA: json.dumps(made).encode()}), "m.skops")


@pytest.mark.parametrize(
    ("limit", "value", "members", "says"),
    [
        ("MAX_BYTES", 1 << 20, {"1.npy": bytes(1 << 24), SCHEMA: b"{}"}, "unpacks to 16,777,218 bytes, more than"),
        ("MAX_SCHEMA_BYTES", 1 << 10, {SCHEMA: b" " * (1 << 20)}, "a schema of 1,048,576 bytes, more than"),
        ("MAX_MEMBERS", 5, {SCHEMA: b"{}", **{f"{n}.npy": b"" for n in range(5)}}, "has 6 members, more than 5"),
    ],
)
def test_a_bomb_is_not_unpacked(
    limit: str, value: int, members: dict[str, bytes], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = zipped(members)
    monkeypatch.setattr(skops_file, limit, value)
    monkeypatch.delattr(zipfile.ZipFile, "read")
    monkeypatch.delattr(zipfile.ZipFile, "open")
    with pytest.raises(InputError, match=says):
        from_bytes(data, "m.skops")


def test_a_member_that_is_larger_than_it_says_is_cut_and_refused() -> None:
    data = zipped({SCHEMA: json.dumps(schema(**NO_WORDS)).encode() + b" " * (1 << 20)})
    place = data.rindex(b"PK\x01\x02") + 24  # the unpacked size in the directory
    lying = data[:place] + (100).to_bytes(4, "little") + data[place + 4 :]
    with pytest.raises(InputError, match="holds together"):
        from_bytes(lying, "m.skops")


@pytest.mark.parametrize(
    "name", ["../evil.npy", "/evil.npy", "a/1.npy", "..\\1.npy", "1.npz", "one.npy", "\uff11.npy"]
)
def test_members_with_other_names_are_refused(name: str, good: bytes) -> None:
    with pytest.raises(InputError, match="members that no model has"):
        from_bytes(zipped({**members_of(good), name: b"x"}), "m.skops")


def test_two_members_of_one_name_are_refused(good: bytes) -> None:
    buffer = io.BytesIO(good)
    with zipfile.ZipFile(buffer, "a") as made, pytest.warns(UserWarning, match="Duplicate name"):
        made.writestr(SCHEMA, members_of(good)[SCHEMA])
    with pytest.raises(InputError, match="two members of one name"):
        from_bytes(buffer.getvalue(), "m.skops")


@pytest.mark.parametrize(
    ("depth", "says"), [(MAX_DEPTH, "nested more than 100 deep"), (100_000, "holds together")]
)
@pytest.mark.parametrize("pair", [("[", "]"), ('{"a":', "}")], ids=["lists", "objects"])
def test_a_deep_schema_is_refused(depth: int, says: str, pair: tuple[str, str]) -> None:
    text = pair[0] * depth + "1" + pair[1] * depth
    with pytest.raises(InputError, match=says):
        from_bytes(zipped({SCHEMA: text.encode()}), "m.skops")


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", "NaN", '{"protocol": 99}', '{"protocol": -1}', '{"__loader__": "JsonNode"}']
)
def test_a_schema_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(StandoffError):
        from_bytes(zipped({SCHEMA: text.encode()}), "m.skops")


def test_a_missing_array_is_refused(good: bytes) -> None:
    members = members_of(good)
    del members["1.npy"]
    with pytest.raises(InputError, match="holds together"):
        from_bytes(zipped(members), "m.skops")


def test_a_cut_file_is_refused(good: bytes) -> None:
    for length in range(0, len(good), max(1, len(good) // 20)):
        with pytest.raises(InputError):
            from_bytes(good[:length], "m.skops")


def test_any_change_of_the_schema_loads_or_is_refused(good: bytes) -> None:
    """Whatever a hand changes in it, no other error comes out, and no other type comes in."""
    text = members_of(good)[SCHEMA].decode()
    random = np.random.default_rng(11)
    refused = 0
    for _ in range(300):
        at, length = int(random.integers(len(text))), int(random.integers(0, 6))
        piece = text[(start := int(random.integers(len(text)))) : start + int(random.integers(1, 12))]
        changed = (text[:at] + piece + text[at + length :]).encode()
        try:
            model = from_bytes(zipped(members_of(good) | {SCHEMA: changed}), "m.skops")
        except StandoffError:
            refused += 1
        else:
            assert type(model).__module__.startswith("standoff.") or type(model).__module__ in {
                "builtins",
                "numpy",
            }
    assert 100 < refused < 300


def test_a_model_with_a_strange_part_is_not_written(items: pd.DataFrame) -> None:
    model = make_baseline("majority").fit(items, items["label"])
    model.strategy = functools.partial(print)
    with pytest.raises(RefusedError, match=r"functools\.partial(.|\n)*PARTS"):
        to_bytes(model)


def array(values: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values)
    return buffer.getvalue()


@pytest.fixture
def anchor(items: pd.DataFrame) -> bytes:
    return to_bytes(make_baseline("tfidf_svm").fit(items, items["label"]))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (lambda _: np.array([0xFF, 0xFE], dtype=np.uint8), "utf-8"),
        (lambda words: words[: len(words) // 2], "terms, and idf weights|is empty"),
        (lambda words: np.concatenate([words, words]), "there twice|terms, and idf weights"),
        (lambda words: words.astype(np.int64), "not a row of bytes"),
        (lambda words: words.reshape(-1, 1), "not a row of bytes"),
        (lambda _: np.zeros(0, dtype=np.uint8), "0 terms, and idf weights"),
    ],
)
def test_a_vocabulary_made_to_harm_is_refused(changed: Callable[[Any], Any], says: str, anchor: bytes) -> None:
    members = members_of(anchor)
    arrays = {name: np.load(io.BytesIO(data)) for name, data in members.items() if name != SCHEMA}
    vocabularies = [name for name, values in arrays.items() if values.dtype == np.uint8 and 10 in values]
    assert len(vocabularies) == 5  # one more has a single term
    for name in vocabularies:
        harmed = changed(arrays[name])
        with pytest.raises(InputError, match=says):
            from_bytes(zipped(members | {name: array(harmed)}), "m.skops")


def test_weights_of_other_sizes_than_the_vocabulary_are_refused(anchor: bytes) -> None:
    members = members_of(anchor)
    weights = {
        name: np.load(io.BytesIO(data))
        for name, data in members.items()
        if name != SCHEMA and np.load(io.BytesIO(data)).dtype == np.float64
    }
    assert len(weights) == 6 + 2  # idf of each view, coef_ and intercept_
    for name, values in weights.items():
        for harmed in (values[..., :-1], np.concatenate([values, values], axis=-1), values[None], values[..., :0]):
            with pytest.raises(InputError, match=r"terms, and idf weights|not float64 of shape"):
                from_bytes(zipped(members | {name: array(harmed)}), "m.skops")


def test_the_same_model_has_the_same_bytes_in_another_process() -> None:
    code = (
        "import sys, hashlib; sys.path[:0] = sys.argv[1:]\n"
        "from conftest import made_items\n"
        "from standoff.baselines.registry import BASELINES, make_baseline\n"
        "from standoff.baselines.skops_file import to_bytes\n"
        "f = made_items()\n"
        "for name in BASELINES:\n"
        "    data = to_bytes(make_baseline(name).fit(f, f['label']))\n"
        "    print(name, hashlib.sha256(data).hexdigest())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code, str(Path(__file__).parent)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "99")
    }
    assert len(outputs) == 1
    assert len(outputs.pop().splitlines()) == len(BASELINES)


def test_members_are_numbered_and_do_not_say_when_they_were_made(good: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        *arrays, last = archive.namelist()
        assert arrays == [f"{number}.npy" for number in range(1, len(arrays) + 1)]
        assert last == SCHEMA


def test_dictionaries_with_the_words_that_the_format_uses_keep_them(items: pd.DataFrame) -> None:
    model = make_baseline("majority").fit(items, items["label"])
    model.words_ = {"file": 1, "content": 2, "__id__": 3, "type": 4}
    assert from_bytes(to_bytes(model), "m.skops").words_ == model.words_
