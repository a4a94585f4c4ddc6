"""The card of a release: README.md with the YAML that ``datasets`` reads, and text with generated numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jinja2
import yaml

from standoff.corpus.tables import CANARY
from standoff.records import LABEL_FIELDS

if TYPE_CHECKING:
    from standoff.corpus.sources import ReleaseNote
    from standoff.corpus.tables import Tables

LICENSE = "cc-by-4.0"

_CONFIG_SAYS = {
    "stance": "One row per statement: an actor's agreed stance on a proposition, with text and evidence.",
    "judgements": "One row per judgement: what each coder answered, before any agreement.",
    "articles": "One row per article.",
    "actors": "The registry of actors, with aliases and dated roles.",
    "propositions": "The propositions of each conflict, as trees from broader to narrower.",
}


def make_card(note: ReleaseNote, tables: Tables, digests: dict[str, str], statistics: dict[str, Any]) -> str:
    """Return the text of a release's README.md."""
    front = yaml.safe_dump(
        _front(note, tables, digests, statistics), sort_keys=False, allow_unicode=True, width=100
    )
    body = _template().render(
        note=note,
        statistics=statistics,
        configs={
            config: (_CONFIG_SAYS[config], ", ".join(f"{split} {len(rows)}" for split, rows in parts.items()))
            for config, parts in tables.rows.items()
        },
        label_fields=LABEL_FIELDS,
        canary=CANARY,
    )
    return f"---\n{front}---\n\n{body}"


def _front(
    note: ReleaseNote, tables: Tables, digests: dict[str, str], statistics: dict[str, Any]
) -> dict[str, Any]:
    kinds = statistics["kinds"]
    return {
        "pretty_name": "standoff intervention",
        "version": note.version,
        "license": LICENSE,
        "language": sorted({row["language"] for rows in tables.rows["articles"].values() for row in rows}),
        "annotations_creators": [
            name
            for name, there in (
                ("expert-generated", kinds.get("human")),
                ("machine-generated", kinds.get("model") or kinds.get("derived")),
            )
            if there
        ],
        "language_creators": ["machine-generated"],
        "multilinguality": ["monolingual"],
        "size_categories": ["n<1K" if statistics["statements"] < 1000 else "1K<n<10K"],
        "source_datasets": ["original"],
        "task_categories": ["text-classification"],
        "task_ids": ["sentiment-classification"],
        "tags": ["stance-detection", "news", "foreign-policy", "stand-off-annotation"],
        "configs": [
            {
                "config_name": config,
                # `datasets` keys its cache by folder name and this YAML, not by the files: the digest keeps two
                # releases in folders of one name apart.
                "version": note.version,
                "description": f"{_CONFIG_SAYS[config]} content sha256 {digests[config]}",
                **({"default": True} if config == "stance" else {}),
                # A split without rows is left out: `datasets` cannot load one, and would refuse the whole config.
                "data_files": [
                    {"split": split, "path": f"data/{config}/{split}.parquet"}
                    for split, rows in tables.rows[config].items()
                    if rows
                ],
            }
            for config in tables.rows
        ],
    }


def _template() -> jinja2.Template:
    # The card is Markdown, not HTML: nothing is escaped. A name missing from the data is an error, not a gap.
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("standoff.corpus", "."),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("card.md.jinja")
