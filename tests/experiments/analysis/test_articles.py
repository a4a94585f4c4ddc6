from __future__ import annotations

from pathlib import Path

import pytest

from standoff.corpus.diff import read_rows
from standoff.corpus.hydrate import hydrate, write_hydrated
from standoff.corpus.load import published_article, release_folder
from standoff.errors import InputError, NotFoundError, RefusedError
from standoff.experiments.analysis.articles import article_items
from standoff.tasks.registry import load_task

OFFER = "syria-2024-assad-offer"
BROUGHT = "syria-2024-voz-assad-begs"


def test_an_article_of_the_corpus_has_all_its_coded_statements() -> None:
    items = article_items("intervention", OFFER)
    rows = [
        row
        for part in read_rows(release_folder())["stance"].values()
        for row in part
        if row["article_id"] == OFFER and row["kind"] != "derived"
    ]
    assert list(items["id"]) == [row["unit_id"] for row in rows]
    assert list(items["label"]) == [row["label"] or row["stance"] for row in rows]
    assert set(items["label_kind"]) == {"model"}
    frame = load_task("intervention").frame.set_index("id")
    for row in items.to_dict("records"):
        if row["id"] in frame.index:
            expected = frame.loc[row["id"]]
            for name in ("group", "text", "actor", "target", "label", "actor_spans", "target_spans", "split"):
                assert row[name] == expected[name], name


def test_one_actor_and_one_proposition_are_chosen_by_name_or_id() -> None:
    every = article_items("intervention", OFFER)
    first = every.iloc[0]
    for actor in (first["actor"], first["actor"].upper(), first["actor_id"]):
        found = article_items("intervention", OFFER, actor=actor)
        assert set(found["actor"]) == {first["actor"]}
        assert len(found) == (every["actor"] == first["actor"]).sum()
    for proposition in (first["target"], first["proposition_id"]):
        (one,) = article_items("intervention", OFFER, actor=first["actor"], proposition=proposition)["id"]
        assert one == first["id"]
    with pytest.raises(NotFoundError, match="no actor of"):
        article_items("intervention", OFFER, actor="Nobody")
    with pytest.raises(NotFoundError, match="no proposition or target of"):
        article_items("intervention", OFFER, proposition="Nothing")
    with pytest.raises(NotFoundError, match=f"did you mean {OFFER}"):
        article_items("intervention", OFFER + "s")


def test_an_article_without_its_text_is_refused_clearly(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=r"bring-your-own[\s\S]*standoff corpus hydrate"):
        article_items("intervention", BROUGHT)
    (tmp_path / f"{BROUGHT}.txt").write_text("Another text.\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"not the published text\n  got: 'sha256 \w{64}'\n  expected: sha256 "):
        article_items("intervention", BROUGHT, texts=tmp_path)


def test_its_hydrated_text_can_be_explained(tmp_path: Path, seed_text: Path) -> None:
    article, judgements, _ = published_article(BROUGHT)
    write_hydrated(hydrate(article, judgements, seed_text.read_bytes(), where="copy.txt"), tmp_path)
    items = article_items("intervention", BROUGHT, texts=tmp_path)
    assert len(items) > 1
    assert "Assad" in items["text"].iloc[0]
    for row in items.to_dict("records"):
        assert all(row["text"][start:end].strip() for start, end in row["actor_spans"])


@pytest.mark.usefixtures("toy")
def test_elsewhere_an_item_or_a_group_is_an_article() -> None:
    assert list(article_items("toy", "3/1")["id"]) == ["3/1"]
    group = article_items("toy", "article-3", proposition="plan 2")
    assert list(group["id"]) == ["3/2"]
    assert list(group["label_kind"]) == ["human"]
    assert len(article_items("toy", "article-3", actor="ada")) == 4
    with pytest.raises(NotFoundError, match="no item or article of toy"):
        article_items("toy", "article-33")


def test_a_stance_that_stays_off_the_board_is_shown_as_it_is() -> None:
    items = article_items("intervention", "syria-2024-un-road-map", actor="syrian-opposition-coalition")
    assert "mixed" in set(items["label"])
    frame = load_task("intervention").frame
    assert not set(items.loc[items["label"] == "mixed", "id"]) & set(frame["id"])
