"""Whose judgements and findings are compared: by conflict, by campaign and its plan, by coder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from standoff.annotation.agreement.gather import Gathered, gather
from standoff.annotation.campaign.campaign import Assignment, Round, make_uid, write_plan
from standoff.annotation.campaign.findings import Finding, read_findings
from standoff.corpus.reader import read_sources
from standoff.errors import InputError, NotFoundError, RefusedError
from standoff.files import write_jsonl

MINI = Path(__file__).parents[2] / "data" / "mini"
JUDGEMENTS = "annotations/judgements/norland-2001/model-b.jsonl"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the made-up corpus."""
    return Path(shutil.copytree(MINI, tmp_path / "mini"))


def counted(gathered: Gathered) -> dict[str, int]:
    coders = [one.coder_id for one in gathered.judgements]
    return {coder: coders.count(coder) for coder in sorted(set(coders))}


def make_campaign(root: Path, *, coders: str = '["model-a", "model-b"]') -> None:
    folder = root / "annotations" / "campaigns" / "pilot"
    folder.mkdir(parents=True)
    (folder / "campaign.toml").write_text(
        f'name = "pilot"\nconflicts = ["norland-2001"]\ncodebook = "v1"\ncoders = {coders}\n'
        "coders_per_unit = 1\nseed = 1\n"
    )


def assignment(coder: str, position: int, task: tuple[str, ...], round_: Round = Round.MAIN) -> Assignment:
    actor, proposition = task[1:] or (None, None)
    return Assignment(
        uid=make_uid("pilot", round_, coder, task),
        round=round_,
        coder_id=coder,
        position=position,
        article_id=task[0],
        actor_id=actor,
        proposition_id=proposition,
        occurrence=1,
        text_sha256="0" * 64,
    )


def finding(article_id: str, coder: str, *actors: str) -> Finding:
    span = {"start": 0, "end": 4, "quote_sha256": "0" * 64, "prefix": "", "suffix": ""}
    return Finding.model_validate(
        {
            "article_id": article_id,
            "coder_id": coder,
            "kind": "model",
            "statements": [
                {"actor": actor, "proposition_id": "norland-2001-troops", "evidence": [span]} for actor in actors
            ],
            "mentions": [],
            "codebook_version": "v1",
            "created_at": "2026-01-01T00:00:00Z",
            "lead_time_s": None,
            "export": {"file": "a/b.json", "sha256": "0" * 64, "annotation_id": "1"},
            "text_sha256": "0" * 64,
        }
    )


def store(root: Path, coder: str, *findings: Finding) -> None:
    path = root / "annotations" / "findings" / "norland-2001" / f"{coder}.jsonl"
    write_jsonl(path, (one.to_json() for one in findings))


def test_all_of_the_corpus_or_some_conflicts_or_some_coders(root: Path) -> None:
    sources = read_sources(root)
    assert counted(gather(sources)) == {"model-a": 17, "model-b": 17}
    assert counted(gather(sources, conflicts=["ostmark-2002"])) == {"model-a": 3, "model-b": 3}
    assert counted(gather(sources, coders=["model-b"])) == {"model-b": 17}


def test_findings_come_with_their_conflict(root: Path) -> None:
    store(root, "model-a", finding("norland-2001-news", "model-a", "ada-berg"))
    sources = read_sources(root)
    assert [one.coder_id for one in gather(sources).findings] == ["model-a"]
    assert gather(sources, conflicts=["ostmark-2002"]).findings == ()
    assert gather(sources, coders=["model-b"]).findings == ()


def test_a_campaign_without_a_plan_has_its_coders_and_conflicts(root: Path) -> None:
    make_campaign(root, coders='["model-b"]')
    store(root, "model-a", finding("norland-2001-news", "model-a", "ada-berg"))
    store(root, "model-b", finding("norland-2001-news", "model-b", "ada-berg"))
    gathered = gather(read_sources(root), campaign="pilot")
    assert counted(gathered) == {"model-b": 14}
    assert [one.coder_id for one in gathered.findings] == ["model-b"]


def test_a_campaign_with_a_plan_has_the_tasks_of_the_plan(root: Path) -> None:
    make_campaign(root)
    unit = ("norland-2001-news", "ada-berg", "norland-2001-troops")
    other = ("norland-2001-spring", "ada-berg", "norland-2001-troops")
    plan = [assignment("model-a", 0, unit), assignment("model-a", 1, other), assignment("model-b", 0, unit)]
    write_plan(root, "pilot", Round.MAIN, plan)
    write_plan(root, "pilot", Round.FIND, [assignment("model-a", 0, unit[:1], Round.FIND)])
    store(
        root, "model-a", *(finding(article, "model-a") for article in ("norland-2001-news", "norland-2001-spring"))
    )
    gathered = gather(read_sources(root), campaign="pilot")
    assert counted(gathered) == {"model-a": 2, "model-b": 1}
    assert [one.article_id for one in gathered.findings] == ["norland-2001-news"]


def test_what_is_not_there_is_named(root: Path) -> None:
    sources = read_sources(root)
    with pytest.raises(NotFoundError, match=r"no conflict named 'norland-2002'(.|\n)*norland-2001"):
        gather(sources, conflicts=["norland-2002"])
    with pytest.raises(NotFoundError, match=r"no coder named 'model-c'(.|\n)*model-a"):
        gather(sources, coders=["model-c"])
    with pytest.raises(NotFoundError, match="no campaign 'pilot'"):
        gather(sources, campaign="pilot")
    make_campaign(root, coders='["anna"]')
    with pytest.raises(NotFoundError, match="nobody has coded norland-2001, ostmark-2002 yet in pilot"):
        gather(sources, campaign="pilot")


def test_judgements_that_cannot_be_read_are_not_left_out_in_silence(root: Path) -> None:
    with (root / JUDGEMENTS).open("a", encoding="utf-8") as handle:
        handle.write("{broken\n")
    with pytest.raises(RefusedError, match=r"1 problems(.|\n)*model-b.jsonl"):
        gather(read_sources(root))


def test_findings_that_do_not_fit_are_refused_by_line(root: Path) -> None:
    row = finding("norland-2001-news", "model-a", "ada-berg").to_json()
    path = root / "annotations" / "findings" / "norland-2001" / "model-a.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(row) + "\n" + json.dumps({**row, "kind": "robot"}) + "\n")
    with pytest.raises(InputError, match=r"model-a.jsonl:2: is not a valid finding"):
        read_findings(root, "norland-2001")


def test_judgements_of_a_text_that_has_changed_since_are_left_out_and_counted(root: Path) -> None:
    before = gather(read_sources(root), conflicts=["norland-2001"])
    assert before.n_outdated == 0
    article = root / "corpus/sources/articles/norland-2001/norland-2001-harbour.md"
    article.write_text(article.read_text().replace("The cabinet met until dawn.", "The cabinet met until noon."))
    after = gather(read_sources(root), conflicts=["norland-2001"])
    old = [one for one in before.judgements if one.article_id == "norland-2001-harbour"]
    assert after.n_outdated == len(old) > 0
    assert len(after.judgements) == len(before.judgements) - len(old)
