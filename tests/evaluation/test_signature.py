from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standoff.errors import InputError, NotFoundError, StandoffError
from standoff.evaluation.metrics import METRICS
from standoff.evaluation.signature import Signature

EXAMPLE = Signature(
    version="0.3.0",
    task="seesaw",
    task_version=1,
    digest="3f9c00ab",
    split="official-test",
    n=1397,
    metric="macro_f1",
    labels=("neg", "pos"),
    missing=0,
    resamples=1000,
    seed=12345,
)
LINE = (
    "standoff:0.3.0|task:seesaw@1#3f9c00ab|split:official-test|n:1397"
    "|metric:macroF1[neg,pos]|missing:0|ci:cluster-bs(1000,12345)"
)


def test_the_line() -> None:
    assert str(EXAMPLE) == LINE


def test_parse_is_the_inverse() -> None:
    assert Signature.parse(LINE) == EXAMPLE


def test_a_task_with_its_variant() -> None:
    variant = replace(EXAMPLE, task="seesaw:all")
    assert "|task:seesaw:all@1#3f9c00ab|" in str(variant)
    assert Signature.parse(str(variant)) == variant


@pytest.mark.parametrize("version", ["0.1.0.dev3+gab12", "1!2.0rc1", "10"])
def test_any_python_version_fits(version: str) -> None:
    assert Signature.parse(str(replace(EXAMPLE, version=version))).version == version


def test_a_whole_digest_is_shortened() -> None:
    assert replace(EXAMPLE, digest="3f9c00ab" + "7" * 56) == EXAMPLE


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_has_its_place(name: str) -> None:
    assert Signature.parse(str(replace(EXAMPLE, metric=name))).metric == name


@pytest.mark.parametrize(
    ("label", "escaped"),
    [
        ("a,b", "a%2Cb"),
        ("a|b", "a%7Cb"),
        ("[a]", "%5Ba%5D"),
        ("100%", "100%25"),
        ("%2C", "%252C"),
        ("no position", "no%20position"),
        ("line\nend", "line%0Aend"),
        ("\u2028", "%E2%80%A8"),
        ("\x1b\x7f", "%1B%7F"),
        ("für_gegen-n/a#1@x:(y)", "für_gegen-n/a#1@x:(y)"),
    ],
)
def test_label_names_are_escaped_where_they_would_be_misread(label: str, escaped: str) -> None:
    signature = replace(EXAMPLE, labels=("neg", label))
    assert f"|metric:macroF1[neg,{escaped}]|" in str(signature)
    assert Signature.parse(str(signature)).labels == ("neg", label)


@settings(derandomize=True, deadline=None, database=None)
@given(
    labels=st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=5, unique=True),
    n=st.integers(1, 10**9),
    holes=st.integers(0, 10**9),
    seed=st.integers(0, 2**128 - 1),
    digest=st.text("0123456789abcdef", min_size=8, max_size=64),
)
def test_every_signature_survives_the_round_trip(
    labels: list[str], n: int, holes: int, seed: int, digest: str
) -> None:
    signature = replace(EXAMPLE, labels=tuple(labels), n=n, missing=min(n, holes), seed=seed, digest=digest)
    line = str(signature)
    assert Signature.parse(line) == signature
    assert line.count("|") == 6
    assert len(line.splitlines()) == 1


@pytest.mark.parametrize(
    ("part", "instead", "named"),
    [
        ("standoff:0.3.0", "sacrebleu:2.0", "standoff"),
        ("standoff:0.3.0", "standoff:", "standoff"),
        ("standoff:0.3.0", " standoff:0.3.0", "standoff"),
        ("task:seesaw@1#3f9c00ab", "task:seesaw#3f9c00ab", "task"),
        ("task:seesaw@1#3f9c00ab", "task:seesaw@1#3f9c", "task"),
        ("task:seesaw@1#3f9c00ab", "task:seesaw@1#3F9C00AB", "task"),
        ("task:seesaw@1#3f9c00ab", "task:seesaw@01#3f9c00ab", "task"),
        ("split:official-test", "split:official test", "split"),
        ("split:official-test", "set:official-test", "split"),
        ("n:1397", "n:many", "n"),
        ("n:1397", "n:01397", "n"),
        ("n:1397", "n:-1", "n"),
        ("n:1397", "n:0", "n"),
        ("n:1397", "n:" + "9" * 5000, "n"),
        ("n:1397", "n:१", "n"),
        ("macroF1[neg,pos]", "microF1[neg,pos]", "metric"),
        ("macroF1[neg,pos]", "macro_f1[neg,pos]", "metric"),
        ("macroF1[neg,pos]", "macroF1[]", "metric"),
        ("macroF1[neg,pos]", "macroF1[neg,,pos]", "metric"),
        ("macroF1[neg,pos]", "macroF1[neg,neg]", "metric"),
        ("macroF1[neg,pos]", "macroF1[neg,pos", "metric"),
        ("macroF1[neg,pos]", "macroF1[neg, pos]", "metric"),
        ("macroF1[neg,pos]", "macroF1[neg,p%6Fs]", "metric"),
        ("macroF1[neg,pos]", "macroF1[neg,%2c]", "metric"),
        ("macroF1[neg,pos]", "macroF1[neg,100%]", "metric"),
        ("macroF1[neg,pos]", "macroF1[neg,%FF]", "metric"),
        ("missing:0", "missing:1398", "missing"),
        ("missing:0", "missing:none", "missing"),
        ("cluster-bs(1000,12345)", "cluster-bs(1000)", "ci"),
        ("cluster-bs(1000,12345)", "cluster-bs(0,12345)", "ci"),
        ("cluster-bs(1000,12345)", "cluster-bs(1000,12345)\n", "ci"),
        ("cluster-bs(1000,12345)", "bs(1000,12345)", "ci"),
    ],
)
def test_the_wrong_part_is_named(part: str, instead: str, named: str) -> None:
    assert LINE.count(part) == 1
    with pytest.raises(InputError) as caught:
        Signature.parse(LINE.replace(part, instead))
    assert f"the part {named!r} of the signature is wrong" in str(caught.value)
    assert caught.value.expected


@pytest.mark.parametrize("kept", range(1, 7))
def test_a_missing_part_is_named(kept: int) -> None:
    parts = LINE.split("|")
    with pytest.raises(InputError) as caught:
        Signature.parse("|".join(parts[:kept]))
    name = parts[kept].partition(":")[0]
    assert f"the part {name!r} is missing from the signature" in str(caught.value)
    assert "something like " + name + ":" in str(caught.value)


def test_parts_out_of_order() -> None:
    with pytest.raises(InputError, match="the part 'n' of the signature is wrong"):
        Signature.parse(LINE.replace("n:1397|metric:macroF1[neg,pos]", "metric:macroF1[neg,pos]|n:1397"))


def test_something_after_the_end() -> None:
    with pytest.raises(InputError, match="goes on after its last part"):
        Signature.parse(LINE + "|n:1")


@pytest.mark.parametrize("text", ["", "|", "macro-F1 .35", LINE.replace("|", "\n")])
def test_no_signature_at_all(text: str) -> None:
    with pytest.raises(InputError, match="the part 'standoff' of the signature is wrong"):
        Signature.parse(text)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("version", "0.3|0", "standoff"),
        ("task", "see saw", "task"),
        ("task_version", -1, "task"),
        ("digest", "3f9c", "task"),
        ("split", "", "split"),
        ("n", 0, "n"),
        ("labels", (), "metric"),
        ("labels", ("neg", ""), "metric"),
        ("labels", ("neg", "neg"), "metric"),
        ("missing", 1398, "missing"),
        ("missing", -1, "missing"),
        ("resamples", 0, "ci"),
        ("seed", -1, "ci"),
    ],
)
def test_a_signature_that_could_not_be_read_back_is_not_made(field: str, value: object, named: str) -> None:
    with pytest.raises(InputError, match=f"the part '{named}' of the signature is wrong"):
        replace(EXAMPLE, **{field: value})  # type: ignore[arg-type]


def test_an_unknown_metric_is_not_made() -> None:
    with pytest.raises(NotFoundError, match="no metric named 'macroF1'"):
        replace(EXAMPLE, metric="macroF1")


@settings(derandomize=True, deadline=None, database=None, max_examples=300)
@given(position=st.integers(0, len(LINE) - 1), character=st.characters())
def test_one_altered_character_is_another_signature_or_an_error(position: int, character: str) -> None:
    altered = LINE[:position] + character + LINE[position + 1 :]
    try:
        parsed = Signature.parse(altered)
    except StandoffError:
        return
    assert str(parsed) == altered
    assert (parsed == EXAMPLE) == (altered == LINE)


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("intervention", "/intervention"),
        ("topic=iran", "/topic=iran"),
        ("topic=a/b|c d", "/topic=a%2Fb%7Cc%20d"),
        ("topic=100%", "/topic=100%25"),
    ],
)
def test_a_slice_stands_behind_its_split_and_reads_back(asked: str, written: str) -> None:
    signature = replace(Signature.parse(LINE), slice=asked)
    assert f"|split:official-test{written}|" in str(signature)
    assert Signature.parse(str(signature)) == signature


@pytest.mark.parametrize("part", ["split:official-test/", "split:official-test/a/b", "split:official-test/a b"])
def test_a_broken_slice_is_named(part: str) -> None:
    with pytest.raises(InputError, match="the part 'split' of the signature is wrong"):
        Signature.parse(LINE.replace("split:official-test", part))
