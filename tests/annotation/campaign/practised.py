"""A checkout of the made-up corpus with a campaign on one conflict and practice on the other."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from standoff.annotation.campaign.campaign import Campaign, campaign_folder
from standoff.annotation.campaign.setup import write_campaign
from standoff.corpus.reader import read_sources
from standoff.corpus.sources import Sources
from standoff.files import read_jsonl

MINI = Path(__file__).parents[2] / "data" / "mini"

Row = dict[str, Any]


def known_rows(author: str = "anna") -> list[Row]:
    """Return the answers that the made-up corpus keeps on its second conflict, as known answers."""
    (path,) = (MINI / "annotations" / "exports" / "ostmark-2002").glob("model-a.*.jsonl")
    rows = [row for _, row in read_jsonl(path)]
    for row in rows:
        del row["confidence"], row["note"]
        row |= {"reason": f"Rule of {row['actor_id']}", "section": "1, rule 7", "author": author}
    return rows


def write_rows(path: Path, rows: list[Row]) -> Path:
    """Write rows as a person might."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def checkout(folder: Path) -> Path:
    """Return a copy of the made-up corpus."""
    return Path(shutil.copytree(MINI, folder / "mini"))


def practised(folder: Path, rows: list[Row] | None = None, **changed: object) -> tuple[Sources, Campaign]:
    """Return a checkout's sources and its campaign, whose practice key has these rows."""
    root = checkout(folder)
    decided = {
        "name": "pilot",
        "conflicts": ["norland-2001"],
        "codebook": "v1",
        "coders": ["model-a", "model-b"],
        "coders_per_unit": 2,
        "seed": 1,
        "practice": "practice.jsonl",
        "adjudicator": "anna",
    }
    campaign = Campaign.model_validate({**decided, **changed})
    write_campaign(root, campaign)
    write_rows(campaign_folder(root, "pilot") / "practice.jsonl", known_rows() if rows is None else rows)
    return read_sources(root), campaign
