"""Copies of the made-up corpus, changed for tests: coders, judgements, campaigns, articles."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from standoff.annotation.campaign.campaign import Campaign
from standoff.annotation.store import judgement_id
from standoff.files import read_jsonl, sha256_text, to_jsonl
from standoff.records import DETAIL_FIELDS, POSITIONED, CoderKind, Decision, Judgement, Stance, UnitKey

MINI = Path(__file__).parents[1] / "data" / "mini"
NEWS_TEXT = MINI.parent / "norland-2001-news.txt"

HARBOUR: UnitKey = ("norland-2001-harbour", "westland", "norland-2001-troops")
SPRING: UnitKey = ("norland-2001-spring", "westland", "norland-2001-troops")
"""The two units on which the made-up coders differ."""

EXPORT = {"file": "norland-2001/made.jsonl", "sha256": "0" * 64, "annotation_id": "1"}


def copy(tmp_path: Path) -> Path:
    """Return a copy of the made-up corpus."""
    return Path(shutil.copytree(MINI, tmp_path / "mini"))


def undecided(root: Path) -> None:
    """Forget the decisions."""
    shutil.rmtree(root / "annotations" / "adjudicated")


def add_coder(root: Path, coder_id: str, kind: str = "model") -> None:
    with (root / "annotations" / "coders.yaml").open("a") as handle:
        handle.write(f"- {{coder_id: {coder_id}, kind: {kind}, description: Made up for tests.}}\n")


def change(root: Path, name: str, unit: UnitKey, **fields: Any) -> None:
    """Change the lines of one unit in a file below ``annotations``."""
    path = root / "annotations" / name
    rows = [row for _, row in read_jsonl(path)]
    for row in rows:
        if (row["article_id"], row["actor_id"], row["proposition_id"]) == unit:
            row.update(fields)
    path.write_text(to_jsonl(rows))


def copy_answers(root: Path, coder_id: str, *, of: str = "model-b", kind: str = "model", **fields: Any) -> None:
    """Let a further coder answer on Norland as another one did."""
    folder = root / "annotations" / "judgements" / "norland-2001"
    rows = [row for _, row in read_jsonl(folder / f"{of}.jsonl")]
    for row in rows:
        key = (row["article_id"], row["actor_id"], row["proposition_id"])
        row.update(judgement_id=judgement_id(coder_id, key), coder_id=coder_id, kind=kind, **fields)
    (folder / f"{coder_id}.jsonl").write_text(to_jsonl(rows))


def campaign(**fields: Any) -> Campaign:
    """Return a campaign on Norland which Anna, a made-up coder, adjudicates."""
    given = {
        "name": "pilot",
        "conflicts": ["norland-2001"],
        "codebook": "v1",
        "coders": ["model-a", "model-b"],
        "coders_per_unit": 2,
        "seed": 7,
        "adjudicator": "anna",
        **fields,
    }
    return Campaign.model_validate(given)


def write_campaign(root: Path, made: Campaign) -> None:
    folder = root / "annotations" / "campaigns" / made.name
    folder.mkdir(parents=True)
    lines = [f"{name} = {json.dumps(value)}" for name, value in made.to_json().items() if value is not None]
    (folder / "campaign.toml").write_text("\n".join(lines) + "\n")


def labels(stance: Stance, **details: str) -> dict[str, Any]:
    """Return the label fields of a stance, with details only where a position is taken."""
    usual = {
        "attribution": "indirect",
        "commitment": "asserted",
        "condition": "none",
        "relay": "none",
        "time": "current",
    }
    taken = stance in POSITIONED
    return {
        "stance": stance,
        "evidence": [],
        **{name: {**usual, **details}[name] if taken else None for name in DETAIL_FIELDS},
    }


def judgement(key: UnitKey, coder_id: str, stance: Stance, *, kind: str = "model", **details: str) -> Judgement:
    """Return a judgement of any unit, without evidence."""
    return Judgement.model_validate(
        {
            **dict(zip(("article_id", "actor_id", "proposition_id"), key, strict=True)),
            **labels(stance, **details),
            "judgement_id": judgement_id(coder_id, key),
            "coder_id": coder_id,
            "kind": CoderKind(kind),
            "confidence": "high",
            "note": "",
            "codebook_version": "v1",
            "created_at": "2002-05-20T12:00:00Z",
            "lead_time_s": None,
            "suggestion_shown": False,
            "export": EXPORT,
            "text_sha256": sha256_text(key[0]),
        }
    )


def decision(key: UnitKey, stance: Stance, reason: str = "The text says so.", **details: str) -> Decision:
    """Return a decision on any unit, without evidence."""
    return Decision.model_validate(
        {
            **dict(zip(("article_id", "actor_id", "proposition_id"), key, strict=True)),
            **labels(stance, **details),
            "decided_by": "anna",
            "kind": "human",
            "decided_at": "2002-05-27T09:30:00Z",
            "reason": reason,
            "from_judgements": [],
            "codebook_version": "v1",
            "export": EXPORT,
            "text_sha256": sha256_text(key[0]),
        }
    )


ARTICLE = """---
article_id: {article_id}
conflict_id: norland-2001
title: {title}
language: en
published: 2001-05-04
outlet: standoff
url: null
sources:
  - {{url: "https://example.org/made", publisher: Example Wire, published: 2001-05-03, accessed: 2001-06-01}}
  - {{url: "https://example.net/made", publisher: Example Post, published: null, accessed: 2001-06-01}}
origin: dispatch
text_availability: included
license: CC-BY-4.0
cluster_id: {article_id}
actors: [{actors}]
propositions: [norland-2001-troops]
---

{body}
"""


def add_article(root: Path, name: str, body: str, *, actors: str = "ada-berg, westland", split: str | None) -> str:
    """Add an article on Norland that nobody has coded, to a split or to none; return its id."""
    article_id = f"norland-2001-{name}"
    path = root / "corpus" / "sources" / "articles" / "norland-2001" / f"{article_id}.md"
    path.write_text(ARTICLE.format(article_id=article_id, title=f"The {name}", actors=actors, body=body))
    if split is not None:
        listed = root / "corpus" / "sources" / "splits" / f"{split}.txt"
        ids = listed.read_text().split() if listed.is_file() else []
        listed.write_text("\n".join(sorted({*ids, article_id})) + "\n")
    return article_id
