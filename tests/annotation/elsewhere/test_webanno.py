from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.annotation.elsewhere.formats import Span, Tsv, paragraphs, words

from standoff.annotation.elsewhere.foreign import Foreign
from standoff.annotation.elsewhere.webanno import read_webanno
from standoff.errors import InputError

STANCE = "webanno.custom.Stance"
NAMED = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
FEATURES = ("actor", "stance")

STACKED = """\
#FORMAT=WebAnno TSV 3.3
#T_SP=webanno.custom.Stance|stance


#Text=aaaaaa bbbbbb cccccc
1-1\t0-6\taaaaaa\tto[1]|too[2]|one\t
1-1.1\t3-6\taaa\tpart[7]\t
1-2\t7-13\tbbbbbb\tto[1]|part[7]\t
1-2.1\t7-7\t\tempty[15]\t
1-2.2\t9-10\tb\tmiddle\t
1-3\t14-20\tcccccc\t_\t
1-3.1\t14-17\tccc\tpart[7]\t
"""

LINKED = """\
#FORMAT=WebAnno TSV 3.3
#T_SP=webanno.custom.Host|ROLE_webanno.custom.Host:links_webanno.custom.LinkType|webanno.custom.Stance
#T_SP=webanno.custom.Stance|
#T_CH=de.tudarmstadt.ukp.dkpro.core.api.coref.type.CoreferenceLink|referenceType|referenceRelation
#T_RL=webanno.custom.Relation|value|BT_webanno.custom.Stance


#Text=This is a test .
1-1\t0-4\tThis\tp1;p2\t1-2[1];1-4[2]\t_\tpr[1]\t*->1-1\t_\t_\t
1-2\t5-7\tis\t_\t_\t*[1]\t_\t_\t_\t_\t
1-3\t8-9\ta\t_\t_\t*[1]\t_\t_\t_\t_\t
1-4\t10-14\ttest\t_\t_\t*[2]\t_\t_\tgoes\t1-2[1_2]\t
1-5\t15-16\t.\t_\t_\t*[2]\t_\t_\t_\t_\t
"""

Given = dict[tuple[str, int, int], dict[str, str]]


def read(tmp_path: Path, text: str, name: str = "plea.tsv", layer: str | None = STANCE) -> Foreign:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return read_webanno(path, layer=layer)


def refused(tmp_path: Path, text: str, **options: str | None) -> str:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text, **options)  # type: ignore[arg-type]  # names of the parameters above
    return str(caught.value)


def test_the_annotations_of_a_line_and_of_several(tmp_path: Path) -> None:
    found = read(tmp_path, STACKED)
    spans = [
        (one.annotation_id, one.values.get("stance"), one.start, one.end, one.line) for one in found.statements
    ]
    assert spans == [
        ("1-1[1]", "to", 0, 13, 6),
        ("1-1[2]", "too", 0, 6, 6),
        ("1-1/3", "one", 0, 6, 6),
        ("1-1.1[7]", "part", 3, 17, 7),
        ("1-2.1[15]", "empty", 7, 7, 9),
        ("1-2.2/1", "middle", 9, 10, 10),
    ]
    assert found.statements[3].values["span"] == "aaa bbbbbb ccc"
    assert found.documents["plea"].text == "aaaaaa bbbbbb cccccc"


def test_slots_chains_and_relations_are_losses(tmp_path: Path) -> None:
    found = read(tmp_path, LINKED)
    assert [(one.annotation_id, one.start, one.end) for one in found.statements] == [
        ("1-2[1]", 5, 9),
        ("1-4[2]", 10, 16),
    ]
    assert [(loss.reason, loss.where, loss.what) for loss in found.losses] == [
        ("relation-dropped", "plea.tsv:9", "de.tudarmstadt.ukp.dkpro.core.api.coref.type.CoreferenceLink at 1-1"),
        ("relation-dropped", "plea.tsv:12", "webanno.custom.Relation at 1-4"),
        ("relation-dropped", "plea.tsv:9", "slots of 1-1/1"),
        ("type-unmapped", "plea.tsv:9", "webanno.custom.Host 1-1/1"),
    ]


def test_other_layers_are_losses_and_the_one_custom_layer_is_found(tmp_path: Path) -> None:
    text = "Westland sends troops ."
    spans = [Span(NAMED, 0, 8, {"value": "LOC"}), Span(STANCE, 9, 21, {"actor": "Westland", "stance": None})]
    tsv = Tsv(text, [(0, len(text))], {NAMED: ["value"], STANCE: FEATURES}, spans)
    found = read(tmp_path, tsv.write(), layer=None)
    (one,) = found.statements
    assert one.values == {"actor": "Westland", "span": "sends troops"}
    assert [loss.reason for loss in found.losses] == ["type-unmapped"]
    assert "has no span layer x" in refused(tmp_path, tsv.write(), layer="x")
    two = Tsv(text, [(0, len(text))], {STANCE: FEATURES, "webanno.custom.Other": ["value"]})
    assert "does not have one custom span layer" in refused(tmp_path, two.write(), layer=None)


@pytest.mark.parametrize(
    ("name", "document", "coder"),
    [
        ("plea.tsv", "plea", None),
        ("annotation/plea.txt/anna.tsv", "plea.txt", "anna"),
        ("annotation/plea.txt/anna/anna.tsv", "plea.txt", "anna"),
        ("curation/plea.txt/CURATION_USER.tsv", "plea.txt", "CURATION_USER"),
        ("annotation/deep/down/below/plea.tsv", "plea", None),
    ],
)
def test_who_coded_what_is_in_the_path(tmp_path: Path, name: str, document: str, coder: str | None) -> None:
    (one, *_) = read(tmp_path, STACKED, name).statements
    assert (one.document, one.coder) == (document, coder)


def test_values_are_unescaped(tmp_path: Path) -> None:
    value = "a|b [1]_*;c->d \\n\t\n\\"
    tsv = Tsv("one two", [(0, 7)], {STANCE: FEATURES}, [Span(STANCE, 0, 7, {"actor": value})])
    (one,) = read(tmp_path, tsv.write()).statements
    assert one.values["actor"] == value


def test_control_characters_and_escaped_tokens_are_read(tmp_path: Path) -> None:
    """INCEpTION writes tokens as they are; the format's description has them escaped."""
    head = "\n".join(STACKED.split("\n")[:4])
    text = "#Text=a[1]_b \\\x01\\t\\\\q"
    for token in ("a[1]_b", "a\\[1\\]\\_b"):
        found = read(tmp_path, f"{head}\n{text}\n1-1\t0-6\t{token}\tto\t\n")
        assert found.documents["plea"].text == "a[1]_b \x01\t\\q"
        assert found.statements[0].values["span"] == "a[1]_b"


def test_the_text_between_sentences_is_as_long_as_it_was(tmp_path: Path) -> None:
    text = "  One.\n\nTwo 🚢\nlines.Three."
    tsv = Tsv(text, [(2, 6), (8, 20), (20, 26)], {STANCE: FEATURES})
    assert read(tmp_path, tsv.write()).documents["plea"].text == "   One.\n Two 🚢\nlines.Three."[1:]


# -- round trips ----------------------------------------------------------------------------------------

WORDS = st.lists(
    st.text(
        st.sampled_from("ab\u00e9\U0001f6a2\U0001d49c\U0001f468\u200de\u0301\u05e9\u05dc\u202e\u0639|[]_*;\\->"),
        min_size=1,
        max_size=6,
    ),
    min_size=1,
    max_size=5,
)
SENTENCES = st.lists(WORDS, min_size=1, max_size=3)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
@given(sentences=SENTENCES, gap=st.sampled_from(["\n", "\n\n", "\r\n\r\n"]), data=st.data())
def test_spans_survive_the_round_trip(
    tmp_path: Path, sentences: list[list[str]], gap: str, data: st.DataObject
) -> None:
    text = gap.join(" ".join(one) for one in sentences)
    bounds, at = [], 0
    for one in sentences:
        bounds.append((at, at + len(" ".join(one))))
        at = bounds[-1][1] + len(gap)
    inked = [place for start, end in bounds for word in words(text, start, end) for place in range(*word)]
    spans = []
    for _ in range(data.draw(st.integers(1, 3))):
        first, last = sorted((data.draw(st.sampled_from(inked)), data.draw(st.sampled_from(inked))))
        spans.append(Span(STANCE, first, last + 1, {"actor": text[first], "stance": None}))
    version = data.draw(st.sampled_from(["3.2", "3.3"]))
    found = read(tmp_path, Tsv(text, bounds, {STANCE: FEATURES}, spans, version).write())
    rebuilt = found.documents["plea"].text
    assert rebuilt is not None
    assert len(rebuilt) == len(text)
    assert rebuilt.split() == text.split()
    assert sorted((one.start, one.end, one.values["actor"]) for one in found.statements) == sorted(
        (span.start, span.end, span.values["actor"]) for span in spans
    )


# -- malformed ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "first",
    ["#FORMAT=WebAnno TSV 3.1", "#FORMAT=WebAnno TSV 2", "", "# webanno.custom.Stance", "#FORMAT=CoNLL 3.3"],
)
def test_other_formats_and_versions_are_told(tmp_path: Path, first: str) -> None:
    message = refused(tmp_path, first + STACKED.removeprefix("#FORMAT=WebAnno TSV 3.3"))
    assert "plea.tsv:1: is not WebAnno TSV of a version that can be read" in message


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("7-13\tbbbbbb\tto[1]|part[7]\t", "7-13\tbbb", "plea.tsv:8: is cut off or no token"),
        ("1-2\t", "1:2\t", "plea.tsv:8: is cut off or no token"),
        ("7-13\t", "7_13\t", "plea.tsv:8: is cut off or no token"),
        ("\t7-13\tbbbbbb", "\t8-14\tbbbbbb", "plea.tsv:8: has offsets that do not fit the text"),
        ("20\tcccccc", "25\tcccccc", "plea.tsv:11: has offsets that do not fit the text"),
        ("#Text=aaaaaa bbbbbb cccccc\n", "", "plea.tsv:5: is a sentence without its #Text= line"),
        ("#T_SP=", "#T_XX=", "plea.tsv:2: is no layer"),
        ("\n1-3\t14-20", "\n\n#Text=more\n\n1-3\t14-20", "is a sentence without tokens"),
        ("\n1-3\t", "\n\n#Text=cccccc\n1-3\t", "starts before the last sentence ends"),
    ],
)
def test_lines_that_are_none_are_told(tmp_path: Path, before: str, after: str, message: str) -> None:
    assert before in STACKED
    assert message in refused(tmp_path, STACKED.replace(before, after))


def test_offsets_in_code_points_do_not_pass(tmp_path: Path) -> None:
    text = "🚢 is a ship"
    good = Tsv(text, [(0, len(text))], {STANCE: FEATURES}).write()
    assert "3-5\tis" in good
    assert "has offsets that do not fit" in refused(tmp_path, good.replace("3-5\tis", "2-4\tis"))


def test_a_file_without_sentences_is_told(tmp_path: Path) -> None:
    assert "holds no sentence" in refused(tmp_path, STACKED.split("#Text", maxsplit=1)[0])


def test_the_helpers_cut_at_paragraphs() -> None:
    assert paragraphs("A b.\n\nC.") == [(0, 4), (6, 8)]
