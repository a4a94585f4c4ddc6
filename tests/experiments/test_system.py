"""``system.yaml``: what it may say, how refusals name the line, and that no file of it does harm."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from standoff.baselines.registry import BASELINES
from standoff.errors import InputError, NotFoundError
from standoff.experiments.submission_start import TEMPLATE
from standoff.experiments.system import MAX_BYTES, System, name_fault, read_system

GOOD: dict[str, Any] = {
    "name": "my-system",
    "title": "My system (large)",
    "authors": ["Ada Berg", "José Núñez"],
    "description": "Two lines\nof words.\n",
    "url": "https://example.org/paper?id=1#top",
    "code_url": "http://example.org:8080/code",
    "contact": "ada@example.org",
    "license": "CC-BY-4.0",
    "training_data": [{"name": "seesaw", "what": "fitted on the train split", "url": "https://example.org"}],
    "pretrained": [{"name": "encoder", "version": "1.0", "cutoff": "2023-06-30"}],
    "cutoff": "2023-06-30",
    "seen_test": ["seesaw"],
}
OPTIONAL = ("url", "code_url", "contact", "license")


def read(folder: Path, text: str | bytes) -> System:
    path = folder / "system.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_system(path)


def write(folder: Path, **changed: object) -> System:
    return read(folder, yaml.safe_dump({**GOOD, **changed}, allow_unicode=True, sort_keys=False))


def refusal(folder: Path, text: str | bytes) -> str:
    with pytest.raises(InputError) as caught:
        read(folder, text)
    message = str(caught.value)
    assert all(c.isprintable() or c == "\n" for c in message)
    assert len(message) < 20_000
    return message


def test_what_is_declared_is_read(tmp_path: Path) -> None:
    system = write(tmp_path)
    assert system.authors == ("Ada Berg", "José Núñez")
    assert system.description == "Two lines of words."
    assert system.cutoff == system.pretrained[0].cutoff == dt.date(2023, 6, 30)
    assert system.to_json() == {**GOOD, "description": "Two lines of words."}


def test_what_is_optional_may_be_left_out(tmp_path: Path) -> None:
    system = read(tmp_path, yaml.safe_dump({key: value for key, value in GOOD.items() if key not in OPTIONAL}))
    assert [getattr(system, name) for name in OPTIONAL] == [None] * 4


@pytest.mark.parametrize("name", [name for name in GOOD if name not in OPTIONAL])
def test_what_decides_how_a_score_is_read_has_no_default(tmp_path: Path, name: str) -> None:
    message = refusal(tmp_path, yaml.safe_dump({key: value for key, value in GOOD.items() if key != name}))
    assert f"- line 1: {name}: is not there" in message


def test_nothing_to_declare_is_said(tmp_path: Path) -> None:
    system = write(tmp_path, training_data=[], pretrained=[], cutoff=None, seen_test=[])
    assert (system.training_data, system.pretrained, system.cutoff, system.seen_test) == ((), (), None, ())


def test_problems_come_with_their_lines_and_in_their_order(tmp_path: Path) -> None:
    message = refusal(
        tmp_path,
        """\
name: my-system
titel: X
authors: Ada
description:
training_data:
  - {name: seesaw, what: all of it, when: now}
  - gwsd
pretrained:
  - name: encoder
    version: 3.5
cutoff: 20230630
seen_test: [seesow]
""",
    )
    assert message.split("\n")[1:-1] == [
        "  - line 1: title: is not there",
        "  - line 2: titel: is no field; did you mean title?",
        "  - line 3: authors: is 'Ada', not a list; write [ ] around it, or each on a line that begins with -",
        "  - line 4: description: is empty; write a text",
        "  - line 6: training_data.0.when: is no field; there are name, what, url",
        "  - line 7: training_data.1: is 'gwsd', not fields such as {name: …, what: …}",
        "  - line 10: pretrained.0.version: is 3.5, not a text; write one, in quotes when it looks like a number",
        "  - line 11: cutoff: a day is written YYYY-MM-DD, a time YYYY-MM-DDTHH:MM:SSZ (got 20230630)",
        "  - line 12: seen_test.0: is no task; did you mean seesaw? (got 'seesow')",
    ]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"title": "x" * 101}, "at most 100"),
        ({"title": ""}, "does not begin"),
        ({"title": "Tfidf SVM"}, "could be taken for the baseline tfidf_svm"),
        ({"title": "t\u0435xt_blind"}, "could be taken for the baseline text_blind"),
        ({"authors": []}, "authors: is empty; write one at least"),
        ({"authors": None}, "authors: is empty; write a list"),
        ({"authors": ["A"] * 51}, "at most 50"),
        ({"authors": ["[link](http://example.org)"]}, "authors.0: holds '['"),
        ({"authors": [["A"]]}, "authors.0: is ['A'], not a text"),
        ({"description": "x" * 2001}, "at most 2000"),
        ({"description": "see https://example.org"}, "description: holds '://'"),
        ({"url": "javascript:alert(1)"}, "url: is not an address"),
        ({"url": "https://example.org/a)b"}, "url: is not an address"),
        ({"url": "https://example.org/\u202ea"}, "url: is not an address"),
        ({"url": "https://user:pass@example.org"}, "url: is not an address"),
        ({"url": "https://\u0435xample.org"}, "url: is not an address"),
        ({"url": "https://example.org\n"}, "url: is not an address"),
        ({"code_url": "https://example.org/" + "a" * 500}, "at most 500"),
        ({"license": "my own"}, "license: is not an SPDX expression"),
        ({"license": "CC-BY-4.0|x"}, "license: is not an SPDX expression"),
        ({"training_data": [{"name": "a", "what": "b"} for _ in range(101)]}, "at most 100"),
        ({"training_data": [{"name": "a"}]}, "training_data.0.what: is not there"),
        ({"training_data": {"name": "a", "what": "b"}}, "not a list"),
        ({"pretrained": [{"name": "a", "version": "1"} for _ in range(21)]}, "at most 20"),
        ({"pretrained": [{"name": "a", "version": "1", "cutof": None}]}, "did you mean cutoff?"),
        ({"cutoff": "2023-02-30"}, "cutoff: "),
        ({"cutoff": "soon"}, "a day is written YYYY-MM-DD"),
        ({"cutoff": True}, "a day is written YYYY-MM-DD"),
        ({"seen_test": ["../x"]}, "seen_test.0: is no task; there are dse"),
        ({"seen_test": ["newsmtsc:mt"]}, "did you mean newsmtsc?"),
        ({"seen_test": ["my.toml"]}, "is no task"),
        ({"authors\x1b[31m\nready: yes": 1}, r": authors\x1b[31m\nready: yes: is no field"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, changed: dict[str, object], message: str) -> None:
    assert message in refusal(tmp_path, yaml.safe_dump({**GOOD, **changed}, allow_unicode=True))


def test_the_cutoff_is_what_the_models_allow(tmp_path: Path) -> None:
    assert write(tmp_path, cutoff="2024-01-01").cutoff == dt.date(2024, 1, 1)
    assert write(tmp_path, cutoff=None).cutoff is None
    early = refusal(tmp_path, yaml.safe_dump({**GOOD, "cutoff": "2023-06-29"}))
    assert "cutoff: is before that of encoder, 2023-06-30" in early
    unknown = {**GOOD, "pretrained": [{"name": "encoder", "version": "1"}]}
    assert "cutoff: is a day, and that of encoder is not known" in refusal(tmp_path, yaml.safe_dump(unknown))
    assert write(tmp_path, pretrained=unknown["pretrained"], cutoff=None).cutoff is None


# -- names ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a", "my-system", "my_system-2", "7b", "x" * 64])
def test_a_name(name: str) -> None:
    assert name_fault(name) is None


@pytest.mark.parametrize(
    "name",
    [
        *("", "A", "My-System", "a b", "-a", "a-", "a--b", "_a", ".a", "a.b", "x" * 65, "x" * 10**4),
        *("../x", "..", "/etc/passwd", "a/b", "a\\b", "C:", "a\x00b", "a\n", "a\u202eb"),
        *("s\u0443stem", "a\u0301", "\uff41"),
        *("nul", "con", "com1", "lpt9", "human", "gold"),
        *BASELINES,
        *("tfidf-svm", "tfidfsvm", "rnajority", "nbsvrn", "tf1df_svm", "text-b1ind"),
    ],
)
def test_what_is_no_name(tmp_path: Path, name: str) -> None:
    assert name_fault(name)
    assert "name: " in refusal(tmp_path, yaml.safe_dump({**GOOD, "name": name}, allow_unicode=True))


# -- files ----------------------------------------------------------------------------------------------

PLAIN = yaml.safe_dump(GOOD, allow_unicode=True, sort_keys=False)


def test_windows_line_ends_are_read(tmp_path: Path) -> None:
    assert read(tmp_path, PLAIN.replace("\n", "\r\n")) == write(tmp_path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xef\xbb\xbf" + PLAIN.encode(), "starts with a byte-order mark"),
        (PLAIN.encode("utf-16"), "is not UTF-8"),
        (b"name: \xff\n", "is not UTF-8"),
        (b"name: a\x00b\n", "contains a NUL character"),
        (b"", "is not a list of fields"),
        (b"- a\n", "is not a list of fields"),
        (b"text", "is not a list of fields"),
        (b"name: a: b\n", "system.yaml:1: is not usable as YAML"),
        (b"name: a\nname: b\n", "key 'name' is given twice"),
        (b"name: \x1b[31m\n", "character U+001B is not allowed"),
        (b'title: "\\e]8;;http://x\\a"\n', "title: holds U+001B"),
        (b'title: "\\u202eevil"\n', "title: holds U+202E"),
        (b'title: "\\ud800"\n', "title: "),
        (b'"\\x1b[31m": 1\n', r"\x1b[31m: is no field"),
        (b"title: a\nname: &x b\n", "system.yaml:2: uses an anchor"),
        (b"title: &x a\nname: *x\n", "aliases (*name) are not used here"),
        (b"name: !!python/object/apply:os.system [ls]\n", "system.yaml:1: uses a tag"),
        (b"name: !!python/object:os.system {a: b}\n", "uses a tag"),
        (b"name: !!python/name:os.system\n", "could not determine a constructor"),
        (b"name: !!str a\n", "uses a tag"),
        (b"name: ! a\n", "uses a tag"),
        (b"%YAML 1.1\n---\nname: a\n", "uses a directive"),
        (b"%TAG ! tag:x,2000:\n---\nname: a\n", "uses a directive"),
        (b"<<: {name: a}\n", "<<: is no field"),
        (b"name: a\n---\nname: b\n", "but found another document"),
        (b"[" * 60_000, "nested too deeply"),
        (b"- " * 30_000, "nested too deeply"),
        (b"{a: " * 15_000, "nested too deeply"),
        (b"name: " + b"1" * 60_000, "is not usable as YAML: '1111"),
        (b"name: 1:1" + b":1" * 10_000, "name: is a huge number"),
        (b"authors: [[1:1" + b":1" * 10_000 + b"]]", "authors.0: is a huge number"),
        (b"name: .nan\n", "name: is nan, not a text"),
        (b"authors: [" + b"a," * 30_000 + b"]", "at most 50"),
    ],
)
def test_what_no_declaration_needs_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    assert message in refusal(tmp_path, data)


def test_a_billion_laughs_are_refused(tmp_path: Path) -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for before, name in pairwise("abcdefghijklmnop"):
        bomb += f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n"
    assert "aliases" in refusal(tmp_path, bomb)


def test_thousands_of_fields_are_refused_with_the_first_twenty(tmp_path: Path) -> None:
    message = refusal(tmp_path, "".join(f"k{number}: 1\n" for number in range(7000)))
    assert message.count("  - line ") == 20
    assert "… and 6988 more" in message  # 7,000 and the eight that are missing, without the twenty


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "system.yaml"
    with path.open("wb") as handle:
        handle.truncate(1 << 36)  # holes: to read it would fill the memory
    with pytest.raises(InputError, match="is larger than 65,536 bytes"):
        read_system(path)
    assert read(tmp_path, PLAIN + "#" * (MAX_BYTES - len(PLAIN.encode()))).name == "my-system"
    assert "larger" in refusal(tmp_path, PLAIN + "#" * (MAX_BYTES - len(PLAIN.encode()) + 1))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_system(tmp_path / "system.yaml")


# -- the template ---------------------------------------------------------------------------------------


def test_the_template_has_every_field_in_order() -> None:
    given = [line.removeprefix("# ").partition(":")[0] for line in TEMPLATE.splitlines()]
    assert [name for name in given if name in System.model_fields] == [
        *("name", "title", "authors", "description", "url", "code_url", "contact", "license"),
        *("training_data", "pretrained", "cutoff", "seen_test"),
    ]
    assert list(System.model_fields) == [name for name in given if name in System.model_fields]


def test_the_template_is_not_valid_until_it_is_filled_in(tmp_path: Path) -> None:
    message = refusal(tmp_path, TEMPLATE.format(name="my-system"))
    empty = ("title", "authors", "description", "training_data", "pretrained", "seen_test")
    assert message.count("  - line ") == len(empty)
    assert all(f": {name}: is empty" in message for name in empty)


def test_the_examples_of_the_template_are_valid(tmp_path: Path) -> None:
    text = TEMPLATE.format(name="my-system")
    for before, after in (
        ("title:  ", "title: A title"),
        ("authors:            # ", "authors: "),
        ("description:  ", "description: words"),
        ("# url", "url"),
        ("# code_url", "code_url"),
        ("# contact", "contact"),
        ("# license", "license"),
        ("#   - {", "   - {"),
        ("cutoff: null", "cutoff: 2023-06-30"),
        ("seen_test:", "seen_test: []"),
    ):
        assert before in text
        text = text.replace(before, after)
    system = read(tmp_path, text)
    assert system.authors == ("Ada Berg", "Bo Carlsen")
    assert system.pretrained[0].cutoff == dt.date(2023, 6, 30)
    assert system.training_data[0].name == "seesaw"
    assert system.contact
    assert system.url
