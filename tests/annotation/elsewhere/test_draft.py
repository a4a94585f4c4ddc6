from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.annotation.elsewhere.formats import (
    GIFT,
    HARBOUR,
    REFUSAL,
    TROOPS,
    Span,
    Tsv,
    article,
    dna,
    doccano,
    paragraphs,
    said,
)
from tests.annotation.made import add_coder, copy

from standoff.annotation.elsewhere.bring import bring, read_exports
from standoff.annotation.elsewhere.draft import draft_map
from standoff.annotation.elsewhere.mapping import Map, read_map
from standoff.corpus.reader import read_sources

STANCE = "webanno.custom.Stance"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = copy(tmp_path)
    add_coder(root, "ben", "human")
    return root


def draft(root: Path, name: str, text: str, **given: Any) -> tuple[str, dict[str, Any]]:
    """Draft a map for a file with this text; return it as text and read."""
    path = root.parent / name
    path.write_text(text)
    made = Map.model_validate(given)
    sources = read_sources(root)
    texts = {key: one.text for key, one in sources.articles_by_id.items() if one.text}
    drafted = draft_map(sources, read_exports([path], made, drafting=True), made, texts=texts)
    (root.parent / "map.toml").write_text(drafted)
    read_map(root.parent / "map.toml", made.tool, sources)
    return drafted, tomllib.loads(drafted)


def test_a_draft_for_dna_says_what_is_open(root: Path) -> None:
    title = article(root).title
    rows = [
        said(1, GIFT, document=(7, title)),
        said(2, REFUSAL, "Noel Amari", 0, document=(7, title)),
        said(3, GIFT, "Berg", document=(8, "Other")),
    ]
    text, found = draft(root, "events.csv", dna(rows), tool="dna")
    assert found["fields"] == {"actor": "organization", "proposition": "concept", "stance": "agreement"}
    assert found["documents"] == {"7": HARBOUR, "8": ""}
    assert "2 statements; only the title is the same: check" in text
    assert '"8" = ""  # decide: \'Other\', 1 statement' in text
    assert found["actors"] == {"Berg": "ada-berg", "Noel Amari": "", "Westland": "westland"}
    assert "near: 'Noël Amari'" in text
    assert found["propositions"] == {"Send troops": ""}
    assert found["stances"] == {"0": "", "1": ""}
    assert '# confidence = ""  # every judgement has one: low, medium, high' in text
    assert "# no place: 'document source', 3 values" in text
    assert "# 3 statements without a name: pass --coder" in text


def test_a_completed_draft_brings_everything_in(root: Path) -> None:
    rows = [said(1, GIFT), said(2, REFUSAL, "Noel Amari", 0)]
    text, _ = draft(root, "events.csv", dna(rows), tool="dna")
    decided = text.replace('"7" = ""', f'"7" = "{HARBOUR}"').replace('Amari" = ""', 'Amari" = "noel-amari"')
    decided = decided.replace('troops" = ""', f'troops" = "{TROOPS}"').replace(
        '# confidence = ""', 'confidence = "low"'
    )
    decided = decided.replace('"1" = ""', '"1" = "supports"').replace('"0" = ""', '"0" = "opposes"')
    path = root.parent / "map.toml"
    path.write_text(decided)
    sources = read_sources(root)
    given = read_map(path, "dna", sources)
    exports = read_exports([root.parent / "events.csv"], given)
    report = bring(sources, exports, given, codebook="v1", coder_id="ben")
    assert (report.statements, report.kept) == (2, 2)


def test_decisions_taken_stay_in_the_next_draft(root: Path) -> None:
    _, found = draft(
        root,
        "events.csv",
        dna([said(1, GIFT)]),
        tool="dna",
        stances={"1": "supports"},
        documents={"7": HARBOUR},
        always={"confidence": "high"},
        fields={"actor": ["person", "organization"], "note": "document source"},
    )
    assert found["stances"] == {"1": "supports"}
    assert found["documents"] == {"7": HARBOUR}
    assert found["always"] == {"confidence": "high"}
    assert found["fields"]["actor"] == ["person", "organization"]
    assert found["fields"]["note"] == "document source"


def test_labels_of_doccano_are_stances_or_to_be_explained(root: Path) -> None:
    text = article(root).text or ""
    rows = [
        {"id": 1, "text": text, "label": ["supports"], "attribution": "indirect"},
        {"id": 2, "text": "x", "label": []},
    ]
    drafted, found = draft(root, "ben.jsonl", doccano(rows), tool="doccano")
    assert found["fields"] == {"stance": "label", "attribution": "attribution"}
    assert found["stances"] == {"supports": "supports"}
    assert found["details"] == {"attribution": {"indirect": "indirect"}}
    assert found["documents"] == {"1": HARBOUR, "2": ""}
    assert found["coders"] == {"ben": "ben"}
    assert found["offsets"] == ""
    assert "needed: utf-16" in drafted
    labelled = [{"id": 1, "text": "plain", "label": [[0, 5, 'Westland "helps"']]}]
    drafted, found = draft(root, "carl.jsonl", doccano(labelled), tool="doccano")
    assert found["labels"] == {'Westland "helps"': {"actor": "", "proposition": "", "stance": ""}}
    assert found["coders"] == {"carl": ""}
    assert "makes no difference here" in drafted


def test_a_draft_for_inception_knows_the_text(root: Path) -> None:
    text = article(root).text or ""
    span = Span(STANCE, text.index(GIFT), text.index(GIFT) + len(GIFT), {"actor": "Westland", "stance": "pro"})
    tsv = Tsv(text, paragraphs(text), {STANCE: ["actor", "stance"]}, [span])
    drafted, found = draft(root, "plea.tsv", tsv.write(), tool="webanno", layer=STANCE)
    assert found["layer"] == STANCE
    assert found["documents"] == {"plea": HARBOUR}
    assert found["stances"] == {"pro": ""}
    assert "offsets" not in found
    assert "1 statement without a name" in drafted


def test_names_with_odd_characters_are_written_so_that_they_are_read(root: Path) -> None:
    odd = 'A "b" \\ # \u007f\t\u202e'
    text = "plain"
    _, found = draft(
        root, "all.jsonl", doccano([{"id": 1, "text": text, "label": ["supports"], "actor": odd}]), tool="doccano"
    )
    assert found["actors"] == {odd: ""}
