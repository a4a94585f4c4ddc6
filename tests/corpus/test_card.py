"""The card of a release: what ``datasets`` reads in it, and every number in it counted again from the tables."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
import yaml

from standoff.corpus.release import build, read_manifest
from standoff.corpus.tables import CANARY

if TYPE_CHECKING:
    from pathlib import Path

Tables = dict[str, dict[str, list[dict[str, Any]]]]

OF_MODELS_ONLY = (
    "All labels of this release are made by models",
    "The coders of kind `model` are separate runs of one language model",
    "So are its labels",
)


def card_parts(folder: Path) -> tuple[dict[str, Any], str]:
    """Return the front matter and the text of a card."""
    _, front, body = (folder / "README.md").read_text(encoding="utf-8").split("---\n", maxsplit=2)
    return yaml.safe_load(front), body


@pytest.fixture(scope="module")
def front(release: Path) -> dict[str, Any]:
    return card_parts(release)[0]


@pytest.fixture(scope="module")
def body(release: Path) -> str:
    return card_parts(release)[1]


@pytest.fixture(scope="module")
def tables(release: Path) -> Tables:
    """All rows, ``tables[config][split]``, read without the package."""
    found: Tables = {}
    for path in sorted((release / "data").rglob("*.parquet")):
        found.setdefault(path.parent.name, {})[path.stem] = pq.read_table(path).to_pylist()
    return found


def all_rows(tables: Tables, config: str) -> list[dict[str, Any]]:
    return [row for part in tables[config].values() for row in part]


def markdown_table(body: str, first: str) -> dict[str, list[str]]:
    """Return the rows of the table whose first column is ``first``, by their first cell."""
    lines = body.split(f"| {first} |", maxsplit=1)[1].split("\n\n", maxsplit=1)[0].split("\n")[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0].strip("`"): row[1:] for row in cells}


# -- front matter -------------------------------------------------------------------------------------------


def test_the_configs_are_the_data_files_with_rows(release: Path, front: dict[str, Any], tables: Tables) -> None:
    listed = {
        (config["config_name"], file["split"]): file["path"]
        for config in front["configs"]
        for file in config["data_files"]
    }
    assert listed == {
        (config, split): f"data/{config}/{split}.parquet"
        for config, parts in tables.items()
        for split, rows in parts.items()
        if rows
    }
    assert tables["stance"]["validation"] == []  # a split without rows: `datasets` would refuse the config
    assert all((release / path).is_file() for path in listed.values())
    assert [config["config_name"] for config in front["configs"] if config.get("default")] == ["stance"]


def test_each_config_carries_the_digest_of_its_content(release: Path, front: dict[str, Any]) -> None:
    digests = read_manifest(release)["configs_sha256"]
    assert len(set(digests.values())) == len(digests)
    for config in front["configs"]:
        assert config["description"].endswith(f" content sha256 {digests[config['config_name']]}")
        assert config["version"] == "0.1.0"


def test_what_the_hub_shows(front: dict[str, Any]) -> None:
    assert front["license"] == "cc-by-4.0"
    assert front["language"] == ["en"]
    assert front["size_categories"] == ["n<1K"]
    assert front["annotations_creators"] == ["machine-generated"]
    assert front["language_creators"] == ["machine-generated"]


# -- numbers ------------------------------------------------------------------------------------------------


def test_the_counts_of_the_first_paragraph(body: str, tables: Tables) -> None:
    articles = all_rows(tables, "articles")
    conflicts = {row["conflict_id"] for row in articles}
    rows = {config: len(all_rows(tables, config)) for config in tables}
    assert f"{len(articles)} articles on {len(conflicts)} conflicts, {rows['stance']} statements about " in body
    assert f" about {rows['propositions']} propositions, and a registry of {rows['actors']} actors." in body
    assert f"Texts that are `bring-your-own` ({sum(row['text'] is None for row in articles)} here)" in body
    assert (
        f"{len(all_rows(tables, 'judgements'))} judgements by coders who followed `annotations/codebook`" in body
    )


def test_the_rows_of_each_config(body: str, tables: Tables) -> None:
    printed = markdown_table(body, "config")
    assert printed.keys() == tables.keys()
    for config, (_, rows) in printed.items():
        counted = {split: len(part) for split, part in tables[config].items()}
        assert dict(re.findall(r"(\w+) (\d+)", rows)) == {split: str(number) for split, number in counted.items()}


def test_the_table_of_the_splits(body: str, tables: Tables) -> None:
    printed = markdown_table(body, "split")
    assert list(printed) == ["train", "validation", "test"]
    for split, cells in printed.items():
        articles, stance = tables["articles"][split], tables["stance"][split]
        scored = [row for row in stance if row["label"] and row["text"] and row["kind"] != "derived"]
        labels = Counter(row["label"] for row in scored)
        words = sum(len(row["text"].split()) for row in articles if row["text"])
        assert cells == [
            ", ".join(sorted({row["conflict_id"] for row in articles})),
            *map(str, (len(articles), words, len(stance), len(scored))),
            *(str(labels[label]) for label in ("support", "oppose", "none")),
        ]


def test_the_statements_by_status(body: str, tables: Tables) -> None:
    printed = re.search(r"Statements by status: (.*)\.\n", body)
    assert printed
    counted = Counter(row["status"] for row in all_rows(tables, "stance"))
    assert dict(part.rsplit(" ", 1) for part in printed[1].split(", ")) == {
        status: str(counted[status]) for status in ("adjudicated", "majority", "single")
    }


def test_the_agreement_of_the_coders(body: str, tables: Tables) -> None:
    """The two coders of the made-up corpus have both answered every unit."""
    pairs: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in all_rows(tables, "judgements"):
        pairs.setdefault((row["article_id"], row["actor_id"], row["proposition_id"]), []).append(row)
    assert {len(pair) for pair in pairs.values()} == {2}
    positioned = [pair for pair in pairs.values() if all(row["attribution"] is not None for row in pair)]
    assert f"the stance among {len(pairs)} units, the details among the {len(positioned)} in which" in body
    printed = markdown_table(body, "field")
    assert list(printed) == ["stance", "attribution", "commitment", "condition", "relay", "time"]
    for field, (share,) in printed.items():
        among = list(pairs.values()) if field == "stance" else positioned
        assert share == f"{sum(one[field] == other[field] for one, other in among) / len(among):.3f}"


# -- words --------------------------------------------------------------------------------------------------


def test_a_release_labelled_by_models_says_so(body: str, tables: Tables) -> None:
    assert "human" not in {row["kind"] for row in all_rows(tables, "stance")}
    assert all(sentence in body for sentence in OF_MODELS_ONLY)
    assert "labelled by people" not in body


def make_human(root: Path, *coder_ids: str) -> None:
    """Turn coders of the made-up corpus into people, in the list of coders and in every label of theirs."""
    notes = root / "annotations"
    for path in (notes / "coders.yaml", *(notes / "judgements").glob("*/*.jsonl")):
        text = path.read_text(encoding="utf-8")
        for coder_id in coder_ids:
            text = text.replace(f"coder_id: {coder_id}, kind: model", f"coder_id: {coder_id}, kind: human")
            text = text.replace(
                f'"coder_id":"{coder_id}","kind":"model"', f'"coder_id":"{coder_id}","kind":"human"'
            )
        path.write_text(text, encoding="utf-8")


def test_a_release_labelled_by_people_says_that_instead(mini: Path) -> None:
    make_human(mini, "model-a", "model-b")
    folder = build(mini, "0.1.0")
    front, body = card_parts(folder)
    rows = [row for path in (folder / "data" / "stance").iterdir() for row in pq.read_table(path).to_pylist()]
    kinds = Counter(row["kind"] for row in rows)
    assert set(kinds) == {"human", "derived"}
    assert front["annotations_creators"] == ["expert-generated", "machine-generated"]
    assert (
        f"Of the statements, **{kinds['human']} were labelled by people** (`kind: human`), **0 by models**" in body
    )
    assert not any(sentence in body for sentence in OF_MODELS_ONLY)


def test_one_human_coder_does_not_hide_the_models(mini: Path) -> None:
    make_human(mini, "model-a")
    for path in (mini / "annotations" / "judgements" / "ostmark-2002").glob("model-b.jsonl"):
        path.unlink()
    folder = build(mini, "0.1.0")
    _, body = card_parts(folder)
    rows = [row for path in (folder / "data" / "stance").iterdir() for row in pq.read_table(path).to_pylist()]
    kinds = Counter(row["kind"] for row in rows)
    assert kinds["human"]
    assert kinds["model"]
    assert f"**{kinds['human']} were labelled by people** (`kind: human`), **{kinds['model']} by models**" in body
    assert "runs of one language model" in body


def test_nothing_is_left_of_the_template_and_no_gap_is_wide(body: str) -> None:
    assert not re.search(r"\{\{|\}\}|\{%|%\}|Undefined", body)
    assert "\n\n\n" not in body
    assert body.endswith(f"{CANARY}\n")


def test_version_date_and_changes(release: Path, body: str) -> None:
    manifest = read_manifest(release)
    assert body.startswith(f"\n# standoff intervention {manifest['version']}\n")
    assert f"{manifest['version']}, {manifest['date']}: {manifest['changes']}" in body
