from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standoff.corpus.check import check
from standoff.corpus.reader import MAX_BYTES, read_sources
from standoff.corpus.sources import Entry, Sources, units_of
from standoff.corpus.text import fingerprint
from standoff.errors import NotFoundError
from standoff.files import sha256_text
from standoff.records import Article, Split, TextAvailability

MINI = Path(__file__).parents[1] / "data" / "mini"

COAL = "corpus/sources/articles/ostmark-2002/ostmark-2002-coal.md"
CODERS = "annotations/coders.yaml"
CONFLICT = "corpus/sources/conflicts/ostmark-2002.yaml"
FRONT = "corpus/sources/actors/river-front.yaml"
HARBOUR_LABELS = "annotations/judgements/norland-2001/model-a.jsonl"
LABELS = "annotations/judgements/ostmark-2002/model-a.jsonl"
RELEASES = "corpus/sources/releases.yaml"
TEST_SPLIT = "corpus/sources/splits/test.txt"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the made-up corpus."""
    return Path(shutil.copytree(MINI, tmp_path / "mini"))


@pytest.fixture(scope="module")
def sources() -> Sources:
    return read_sources(MINI)


def article(sources: Sources, article_id: str) -> Entry[Article]:
    (entry,) = (entry for entry in sources.articles if entry.record.article_id == article_id)
    return entry


# -- what is read ---------------------------------------------------------------------------------------


def test_everything_is_read(sources: Sources) -> None:
    assert sources.incidents == []
    assert [entry.record.article_id for entry in sources.articles] == [
        "norland-2001-harbour",
        "norland-2001-news",
        "norland-2001-spring",
        "ostmark-2002-coal",
    ]
    assert list(sources.actors_by_id) == ["ada-berg", "noel-amari", "river-front", "westland"]
    assert list(sources.propositions_by_id) == [
        "norland-2001-involvement",
        "norland-2001-troops",
        "ostmark-2002-sanctions",
    ]
    assert [entry.record.coder_id for entry in sources.coders] == ["model-a", "model-b", "anna"]
    assert [entry.record.version for entry in sources.releases] == ["0.1.0", "0.2.0", "1.0.0"]
    assert sources.codebooks == ["v1"]
    assert {split: [article_id for article_id, _ in listed] for split, listed in sources.splits.items()} == {
        Split.TRAIN: ["norland-2001-harbour", "norland-2001-news", "norland-2001-spring"],
        Split.VALIDATION: [],
        Split.TEST: ["ostmark-2002-coal"],
    }


def test_every_unit_has_the_judgements_of_both_coders(sources: Sources) -> None:
    units = [key for entry in sources.articles for key in units_of(entry.record)]
    judged = sources.judgements_by_unit()
    assert len(units) == 8 + 3 + 3 + 3
    assert judged.keys() == set(units)
    for entries in judged.values():
        assert [entry.record.coder_id for entry in entries] == ["model-a", "model-b"]
    assert len(sources.labelled) == 2 * len(units) + 2


def test_an_included_article_is_title_empty_line_body(sources: Sources) -> None:
    record = article(sources, "ostmark-2002-coal").record
    assert record.text is not None
    assert record.text.startswith(
        "Coal, tariffs and a letter\n\nA ban on coal from Ostmark took effect at midnight"
    )
    assert record.text.endswith("and a dog ran along the platform.")
    assert record.text.count("\n\n") == 4
    assert record.text_sha256 == sha256_text(record.text)
    assert record.paragraphs == fingerprint(record.text)
    assert record.split is None


def test_a_bring_your_own_article_has_no_text_and_the_fingerprint_of_its_file(sources: Sources) -> None:
    record = article(sources, "norland-2001-news").record
    text = (MINI.parent / "norland-2001-news.txt").read_text().removesuffix("\n")
    assert record.text is None
    assert record.text_availability is TextAvailability.BRING_YOUR_OWN
    assert record.text_sha256 == sha256_text(text)
    assert record.paragraphs == fingerprint(text)


def test_country_codes_are_words(root: Path) -> None:
    # YAML 1.1 reads a plain NO as false: Norway's code.
    (root / FRONT).write_bytes(actor(country="NO"))
    read = read_sources(root)
    assert read.incidents == []
    assert read.actors_by_id["river-front"].country == "NO"


def test_a_folder_without_sources(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    with pytest.raises(NotFoundError, match="holds no corpus/sources folder"):
        read_sources(tmp_path)


def test_sources_alone_are_enough(root: Path) -> None:
    shutil.rmtree(root / "annotations")
    for name in ("actors", "articles", "conflicts", "splits"):
        shutil.rmtree(root / "corpus" / "sources" / name)
    read = read_sources(root)
    assert read.incidents == []
    assert set(read.counts().values()) == {0}


# -- where it stands ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "start"),
    [
        (("title",), "title: Coal, tariffs"),
        (("published",), "published: 2002-05-06"),
        (("sources", 0), '  - {url: "https://example.org/coal"'),
        (("sources", 1, "publisher"), '  - {url: "https://example.net/letter"'),
        (("actors", 2), "actors: [ada-berg, noel-amari, westland]"),
        (("body", 0), "A ban on coal"),
        (("body", 2), "Ada Berg sees it otherwise."),
        (("body", 3), "At the frontier post"),
    ],
)
def test_the_line_of_a_field_of_an_article(sources: Sources, field: tuple[str | int, ...], start: str) -> None:
    where = article(sources, "ostmark-2002-coal").at(*field)
    assert where.file == COAL
    assert (MINI / COAL).read_text().split("\n")[where.line - 1].startswith(start)


def test_the_line_of_a_field_in_a_list(sources: Sources) -> None:
    lines = (MINI / "corpus/sources/conflicts/norland-2001.yaml").read_text().split("\n")
    troops = sources.propositions[1]
    assert troops.record.proposition_id == "norland-2001-troops"
    assert lines[troops.at("proposition_id").line - 1] == "  - proposition_id: norland-2001-troops"
    assert lines[troops.at("broader").line - 1] == "    broader: norland-2001-involvement"
    assert sources.coders[2].at("coder_id").line == 3


def test_the_line_of_a_judgement(sources: Sources) -> None:
    for entry in sources.judgements:
        line = (MINI / entry.file).read_text().split("\n")[entry.at("stance").line - 1]
        assert json.loads(line)["judgement_id"] == entry.record.judgement_id


def test_one_broken_file_does_not_hide_the_next(root: Path) -> None:
    (root / FRONT).write_text("a: [\n")
    (root / CODERS).write_text("- {coder_id: A B, kind: robot}\n- {coder_id: anna, kind: human, description: x}\n")
    (root / LABELS).write_text('{"a":1}\nnot JSON\n')
    read = read_sources(root)
    found = [(incident.file, incident.line, incident.rule) for incident in read.incidents]
    assert (FRONT, 2, "yaml-syntax") in found
    assert [rule for file, _, rule in found if file == CODERS] == ["field-missing", "field-value", "field-value"]
    assert {(line, rule) for file, line, rule in found if file == LABELS} == {
        (1, "field-missing"),
        (1, "field-unknown"),
        (2, "jsonl-syntax"),
    }
    assert [entry.record.coder_id for entry in read.coders] == ["anna"]
    assert len(read.judgements) == 31


def test_a_proposition_takes_its_conflict_from_the_file(root: Path) -> None:
    with (root / CONFLICT).open("a") as handle:
        handle.write("    conflict_id: norland-2001\n")
    (incident,) = read_sources(root).incidents
    assert (incident.rule, incident.line, incident.got) == ("field-unknown", 15, "conflict_id")


# -- bad inputs survived --------------------------------------------------------------------------------


def actor(**fields: str) -> bytes:
    """The file of an actor, some fields written otherwise."""
    text = (MINI / FRONT).read_text()
    given = {line.partition(": ")[0]: line.partition(": ")[2] for line in text.splitlines()}
    return "".join(f"{name}: {value}\n" for name, value in {**given, **fields}.items()).encode()


def labels(**changes: Any) -> bytes:
    """The judgements of model-a on ostmark-2002, the first one changed."""
    first, *rest = (json.loads(line) for line in (MINI / LABELS).read_text().splitlines())
    return to_lines([{**first, **changes}, *rest])


def to_lines(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows).encode()


def counted_in_utf16() -> bytes:
    """The judgements of model-a on norland-2001 with offsets as JavaScript counts: an emoji is two."""
    rows = [json.loads(line) for line in (MINI / HARBOUR_LABELS).read_text().splitlines()]
    texts = {entry.record.article_id: entry.record.text for entry in read_sources(MINI).articles}
    for row in rows:
        for span in row["evidence"]:
            text = texts[row["article_id"]]
            if text is not None:
                for end in ("start", "end"):
                    span[end] = len(text[: span[end]].encode("utf-16-le")) // 2
    return to_lines(rows)


def span(**changes: Any) -> list[dict[str, Any]]:
    first = json.loads((MINI / LABELS).read_text().splitlines()[0])
    return [{**first["evidence"][0], **changes}]


def coal(**changes: str) -> bytes:
    text = (MINI / COAL).read_text()
    for old, new in changes.items():
        text = text.replace(old, new)
    return text.encode()


LINE = (MINI / LABELS).read_bytes()
LEAD = b'"lead_time_s":null'
CYCLE = (MINI / CONFLICT).read_bytes().replace(b"broader: null", b"broader: ostmark-2002-b") + (
    b"  - {proposition_id: ostmark-2002-b, text: B., intervener: null, place: AT, beneficiary: null,"
    b" instrument: any, broader: ostmark-2002-sanctions}\n"
)
BOMB = b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: &d [*c, *c]\n"

# What is wrong: the file, its content, and the rule and line that are reported.
BAD: dict[str, tuple[str, bytes, str, int]] = {
    "YAML that is broken": (FRONT, b"actor_id: river-front\nname: [River\n", "yaml-syntax", 3),
    "a tab in YAML": (FRONT, b"actor_id: river-front\n\tname: x\n", "yaml-syntax", 2),
    "a YAML alias bomb": (FRONT, BOMB, "yaml-syntax", 2),
    "YAML nested deeply": (FRONT, b"a: " + b"[" * 100_000 + b"\n", "yaml-syntax", 1),
    "two YAML documents": (FRONT, actor() + b"---\n" + actor(), "yaml-syntax", 8),
    "a terminal escape in YAML": (FRONT, actor(name="\x1b[2J"), "yaml-syntax", 2),
    "an escaped terminal escape in YAML": (FRONT, actor(name='"a\\e[2J"'), "field-value", 2),
    "a YAML tag that does not fit": (FRONT, actor(country="!!bool maybe"), "yaml-syntax", 5),
    "a YAML tag for Python": (FRONT, actor(country="!!python/name:os.system"), "yaml-syntax", 5),
    "a lone surrogate in YAML": (CONFLICT, b'summary: "\\ud800"\npropositions: []\n', "field-value", 1),
    "only a comment": (FRONT, b"# nothing\n", "yaml-shape", 1),
    "a missing id": (FRONT, actor().partition(b"\n")[2], "field-missing", 1),
    "an id with spaces": (FRONT, actor(actor_id="river front"), "field-value", 1),
    "a name of white space": (FRONT, actor(aliases="[' ']"), "field-value", 3),
    "a number for a name": (FRONT, actor(name="2001"), "field-type", 2),
    "an id that another file has": ("corpus/sources/actors/front.yaml", actor(), "file-name", 1),
    "the same id twice": (RELEASES, (MINI / RELEASES).read_bytes() * 2, "id-repeated", 10),
    "an unreadable date": (FRONT, actor(roles="[{role: x, from: 2001-13-41, to: null}]"), "yaml-syntax", 7),
    "a date as a number": (FRONT, actor(roles="[{role: x, from: 20241208, to: null}]"), "field-value", 7),
    "a date as seconds": (FRONT, actor(roles="[{role: x, from: '86400', to: null}]"), "field-value", 7),
    "a cycle of propositions": (CONFLICT, CYCLE, "proposition-cycle", 14),
    "propositions that are words": (CONFLICT, b"conflict_id: x\npropositions: y\n", "yaml-shape", 2),
    "an empty file": (COAL, b"", "file-empty", 1),
    "only white space": (COAL, b" \n\n", "file-empty", 1),
    "an article without front matter": (COAL, b"---\n---\n", "front-matter-missing", 1),
    "an article of 5 MB": (COAL, coal() + b"x" * 5_000_000, "file-too-large", 1),
    "CRLF": (COAL, coal().replace(b"\n", b"\r\n"), "file-has-crlf", 1),
    "a lone CR": (COAL, coal(**{"took effect": "took\reffect"}), "file-has-crlf", 20),
    "a byte-order mark": (COAL, b"\xef\xbb\xbf" + coal(), "file-has-bom", 1),
    "UTF-16": (COAL, coal().decode().encode("utf-16"), "file-not-utf8", 1),
    "NUL": (COAL, coal(**{"took effect": "took\0effect"}), "file-has-nul", 20),
    "Windows-1252": (COAL, coal().decode().encode("cp1252"), "file-not-utf8", 20),
    "combining characters": (COAL, coal(ë="e\u0308"), "file-not-nfc", 20),
    "JSON with a key given twice": (LABELS, LINE.replace(b"{", b'{"stance":"opposes",', 1), "jsonl-syntax", 1),
    "JSON with NaN": (LABELS, LINE.replace(LEAD, b'"lead_time_s":NaN', 1), "jsonl-syntax", 1),
    "JSON with infinity": (LABELS, LINE.replace(LEAD, b'"lead_time_s":1e999', 1), "field-value", 1),
    "JSON nested deeply": (LABELS, b'{"a":' + b"[" * 100_000 + b"\n", "jsonl-syntax", 1),
    "JSON with a number of 5,000 digits": (LABELS, b'{"a":' + b"1" * 5_000 + b"}\n", "jsonl-syntax", 1),
    "JSON that is a list": (LABELS, b"[]\n", "jsonl-syntax", 1),
    "an empty line in JSONL": (LABELS, LINE + b"\n", "jsonl-syntax", 4),
    "a lone surrogate in JSON": (LABELS, labels(note="@").replace(b'"@"', b'"\\ud800"'), "field-value", 1),
    "a number as text in JSON": (LABELS, labels(evidence=span(start="724")), "jsonl-not-canonical", 1),
    "an unknown stance": (LABELS, labels(stance="against"), "field-value", 1),
    "a span without length": (LABELS, labels(evidence=span(end=724)), "field-inconsistent", 1),
    "an offset off by one": (LABELS, labels(evidence=span(start=725)), "evidence-changed", 1),
    "an offset past the end": (LABELS, labels(evidence=span(end=10**30)), "evidence-outside", 1),
    "offsets in UTF-16 after an emoji": (HARBOUR_LABELS, counted_in_utf16(), "evidence-changed", 3),
    "an export outside its folder": (
        LABELS,
        labels(export={"file": "../coders.yaml", "sha256": "0" * 64, "annotation_id": "1"}),
        "field-value",
        1,
    ),
    "a split with a line separator": (TEST_SPLIT, "ostmark-2002-coal\u2028\n".encode(), "split-syntax", 1),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_reported_and_nothing_is_raised(name: str, root: Path) -> None:
    file, content, rule_id, line = BAD[name]
    assert not (root / file).is_file() or (root / file).read_bytes() != content
    (root / file).write_bytes(content)
    report = check(root)
    assert report.errors
    assert (file, line, rule_id) in {(one.file, one.line, one.rule) for one in report.incidents}, report.to_text()


@pytest.mark.parametrize(
    "file", [COAL, CONFLICT, FRONT, LABELS, RELEASES, TEST_SPLIT, "corpus/sources/splits/validation.txt"]
)
def test_a_folder_where_a_file_is_expected(file: str, root: Path) -> None:
    (root / file).unlink(missing_ok=True)
    (root / file).mkdir()
    found = [(incident.rule, incident.file, incident.line) for incident in check(root).incidents]
    assert found == [("file-unexpected", file, 1)]


def test_a_link_to_nothing(root: Path) -> None:
    (root / FRONT).unlink()
    (root / FRONT).symlink_to("nothing.yaml")
    assert [(one.rule, one.file) for one in check(root).incidents] == [("file-unexpected", FRONT)]


def test_what_a_killed_write_leaves_behind_is_not_read(root: Path) -> None:
    shutil.copyfile(root / LABELS, root / LABELS.replace("model-a.jsonl", ".model-a.jsonl.x1.tmp"))
    read = read_sources(root)
    assert len(read.judgements) == 34
    assert not read.incidents


def test_a_file_of_the_largest_size_is_read(root: Path) -> None:
    filled = actor() + b"#" * (MAX_BYTES - len(actor()) - 1) + b"\n"
    assert len(filled) == MAX_BYTES
    (root / FRONT).write_bytes(filled)
    assert read_sources(root).incidents == []


FILES = sorted(path.relative_to(MINI).as_posix() for path in MINI.rglob("*.*") if "exports" not in path.parts)


@settings(derandomize=True, deadline=None, database=None, max_examples=300)
@given(
    file=st.sampled_from(FILES),
    at=st.floats(0, 1, exclude_max=True),
    cut=st.integers(0, 40),
    put=st.one_of(st.binary(max_size=8), st.text(max_size=8).map(lambda text: text.encode("utf-8", "replace"))),
)
def test_no_damage_to_a_file_raises(
    tmp_path_factory: pytest.TempPathFactory, file: str, at: float, cut: int, put: bytes
) -> None:
    root = tmp_path_factory.getbasetemp() / "damaged"
    if not root.exists():
        shutil.copytree(MINI, root)
    whole = (MINI / file).read_bytes()
    place = int(at * len(whole))
    (root / file).write_bytes(whole[:place] + put + whole[place + cut :])
    try:
        report = check(root)
    finally:
        (root / file).write_bytes(whole)
    for incident in report.incidents:
        assert str(incident).isprintable()
        assert incident.line >= 1


def test_another_locale_reads_the_same(root: Path) -> None:
    code = "import sys; from pathlib import Path; from standoff.corpus.check import check; "
    code += "print(ascii(check(Path(sys.argv[1])).to_json()))"
    printed = {
        subprocess.run(
            [sys.executable, "-c", code, str(root)],
            env={"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo"},
            capture_output=True,
            check=True,
        ).stdout
        for locale, seed in (("C", "1"), ("C.UTF-8", "2"))
    }
    assert printed == {(ascii(check(root).to_json()) + "\n").encode()}
