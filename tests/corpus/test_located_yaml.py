from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from standoff.corpus.located_yaml import Located, YamlError, parse

DOCUMENT = """\
# A comment.
name: Ada Berg
aliases: [Berg, "Prime Minister
  Berg"]
roles:
  - role: Mayor

    from: null
  - {role: Minister, from: 2000-01-01}
"""


def refusal(text: str, *, first_line: int = 1) -> YamlError:
    with pytest.raises(YamlError) as caught:
        parse(text, first_line=first_line)
    return caught.value


# -- values ---------------------------------------------------------------------------------------------


def test_the_value() -> None:
    assert parse(DOCUMENT).value == {
        "name": "Ada Berg",
        "aliases": ["Berg", "Prime Minister Berg"],
        "roles": [{"role": "Mayor", "from": None}, {"role": "Minister", "from": "2000-01-01"}],
    }


@pytest.mark.parametrize("word", ["NO", "no", "No", "yes", "on", "off", "y", "n", "TRUE", "True", "False"])
def test_plain_words_are_words(word: str) -> None:
    # PyYAML alone reads all but y and n as a boolean; Norway's code is NO.
    assert parse(f"country: {word}").value == {"country": word}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("1.5", 1.5),
        ("'12'", "12"),
        ("2001-03-04", "2001-03-04"),
        ("'2001-03-04'", "2001-03-04"),
        ("2001-03-04T05:06:07Z", "2001-03-04T05:06:07+00:00"),
    ],
)
def test_other_plain_values(written: str, value: object) -> None:
    found = parse(f"a: {written}").value["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n"])
def test_an_empty_document_is_none(text: str) -> None:
    assert parse(text).value is None


@pytest.mark.parametrize(("text", "value"), [("word", "word"), ("- a\n- b\n", ["a", "b"]), ("{}", {}), ("3", 3)])
def test_a_document_may_be_other_than_a_mapping(text: str, value: object) -> None:
    assert parse(text).value == value


def test_keys_are_words_whatever_they_look_like() -> None:
    assert parse("1: a\nno: b\n2001-01-01: c\n").value == {"1": "a", "no": "b", "2001-01-01": "c"}


# PyYAML takes the other line ends of Unicode for its own, and does not read back those that it writes.
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x85\u2028\u2029\ufeff"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | WORDS,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text("abcxyz", min_size=1), children),
    max_leaves=12,
)


@settings(derandomize=True, deadline=None, database=None, max_examples=200)
@given(value=JSON, flow=st.booleans())
def test_what_pyyaml_writes_is_read_back(value: Any, flow: bool) -> None:
    written = yaml.safe_dump(value, default_flow_style=flow, allow_unicode=True)
    assert parse(written).value == value


@settings(derandomize=True, deadline=None, database=None, max_examples=500)
@given(text=st.text(st.sampled_from("ab:-[]{}?&*!|>'\"%@`#,\n \t\\\x1b0179.é🚢"), max_size=30))
def test_any_text_is_a_document_or_refused_in_one_of_its_lines(text: str) -> None:
    try:
        line = parse(text, first_line=1).line(())
    except YamlError as error:
        line = error.line
    assert 1 <= line <= text.count("\n") + 1


# -- lines ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 2),
        (("name",), 2),
        (("aliases",), 3),
        (("aliases", 0), 3),
        (("aliases", 1), 3),
        (("roles",), 5),
        (("roles", 0), 6),
        (("roles", 0, "role"), 6),
        (("roles", 0, "from"), 8),
        (("roles", 1), 9),
        (("roles", 1, "from"), 9),
    ],
)
def test_the_line_of_each_value(path: tuple[str | int, ...], line: int) -> None:
    assert parse(DOCUMENT).line(path) == line


def test_lines_count_from_where_the_document_starts() -> None:
    located = parse(DOCUMENT, first_line=11)
    assert located.line(("name",)) == 12
    assert located.line(("roles", 1)) == 19


def test_what_is_not_there_is_where_the_part_above_it_is() -> None:
    located = parse(DOCUMENT)
    assert located.line(("roles", 0, "to")) == 6
    assert located.line(("roles", 7, "to")) == 5
    assert located.line(("wikidata",)) == 2
    assert parse("").line(("wikidata",)) == 1
    assert Located(None, {}).line(()) == 1


# -- refusals -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: x: y\n", 2, "mapping values are not allowed here"),
        ("a: 1\n\tb: 2\n", 2, "cannot start any token"),
        ("a: [1\nb: 2\n", 2, "expected ',' or ']'"),
        ("a: 1\n--- \nb: 2\n", 2, "but found another document"),
        ("a: &x [1]\nb: *x\n", 2, r"aliases \(\*name\) are not used here"),
        ("a: 1\n? [b]\n: 2\n", 2, "a key must be a word"),
        ("a: 1\nb: 2001-13-41\n", 2, "'2001-13-41' is not a usable value"),
        ("a: 1\nb: 2001-01-01T25:00:00Z\n", 2, "is not a usable value"),
        ("a:\n- !!bool maybe\n", 2, "'maybe' is not a usable value"),
        ("a:\n- !!int ''\n", 2, "'' is not a usable value"),
        ("a:\n- !!timestamp soon\n", 2, "'soon' is not a usable value"),
        (f"a:\n- {'1' * 5000}\n", 2, "is not a usable value"),
        ("a: 1\nb: !!python/name:os.system\n", 2, "could not determine a constructor"),
        ("a: 1\nb: !own x\n", 2, "could not determine a constructor"),
        ("a: 1\nb: x\x1b[2Jy\n", 2, r"character U\+001B is not allowed"),
        ("a: " + "[" * 100_000, 1, "nested too deeply"),
        ("a:\n" + "".join(" " * depth + "- \n" for depth in range(2000)) + "x: [", 1, "nested too deeply"),
    ],
)
def test_what_is_refused_and_in_which_line(text: str, line: int, message: str) -> None:
    with pytest.raises(YamlError, match=message) as caught:
        parse(text)
    assert caught.value.line == line
    assert not caught.value.repeated
    assert refusal(text, first_line=5).line == line + 4


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "a"),
        ("{a: 1, a: 1}", 1, "a"),
        ("x:\n  - b: 1\n    b: 2\n", 3, "b"),
        ("1: x\n'1': y\n", 2, "1"),
    ],
)
def test_a_key_given_twice(text: str, line: int, key: str) -> None:
    error = refusal(text)
    assert error.repeated
    assert (error.line, str(error)) == (line, f"key '{key}' is given twice")


def test_an_alias_bomb_is_refused_before_it_grows() -> None:
    names = "abcdefghijklmnopqrstuvwxyz"
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for before, name in pairwise(names):
        bomb += f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n"
    assert refusal(bomb).line == 2
