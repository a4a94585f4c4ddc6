from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from standoff.errors import InputError
from standoff.files import sha256_text, write_jsonl
from standoff.tasks.frame import check_frame, frame_digest
from standoff.tasks.getting.fetch import verify
from standoff.tasks.sets.newsmtsc import SOURCE, TASK

PLACE = "NewsSentiment/controller_data/datasets/NewsMTSC-dataset"
VARIANTS = ("rw", "mt")


@pytest.fixture(scope="session")
def folder(shared_data: Path) -> Path:
    return shared_data / "newsmtsc"


@pytest.fixture(scope="session")
def frames(folder: Path) -> dict[str, pd.DataFrame]:
    verify(folder, SOURCE)
    return {variant: TASK.split_sets["official"](TASK.read(folder, variant)) for variant in VARIANTS}


def part(frame: pd.DataFrame, split: str) -> pd.DataFrame:
    return frame[frame["split"] == split].reset_index(drop=True)


def published(folder: Path, variant: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each (sentence, target) of a variant as published."""
    files = [folder / PLACE / "train.jsonl", folder / PLACE / f"devtest_{variant}.jsonl"]
    lines = [json.loads(line) for path in files for line in path.read_text(encoding="utf-8").split("\n") if line]
    return [(line, target) for line in lines for target in line["targets"]]


def test_the_declaration_says_what_is_read_and_on_what_terms(frames: dict[str, pd.DataFrame]) -> None:
    for frame in frames.values():
        check_frame(frame, TASK.labels, "newsmtsc")
    assert tuple(TASK.variants) == VARIANTS
    names = ("devtest_mt", "devtest_rw", "train")
    assert list(SOURCE.checksums()) == [f"{PLACE}/{name}.jsonl" for name in names]
    assert (TASK.licence, TASK.label_kind, TASK.board_map) == ("MIT", "human", None)
    assert "does not mention the data" in TASK.terms
    assert "hamborg-donnay-2021-newsmtsc" in TASK.citation


@pytest.mark.parametrize(
    ("variant", "digest"),
    [
        ("rw", "d3148d9cca6febc0d76f577efbf4800091d39cc417bbea65641c0f460e36347e"),
        ("mt", "8ba3b0be362e5bdb7444d352ce223f8fbb9ef5301a6570e7d56ddb4f2196f02e"),
    ],
)
def test_the_frame_has_not_changed(frames: dict[str, pd.DataFrame], variant: str, digest: str) -> None:
    # Changes only with TASK.version.
    assert TASK.version == 1
    assert frame_digest(frames[variant]) == digest


@pytest.mark.parametrize(
    ("variant", "split", "counts", "sentences"),
    [
        ("rw", "train", (3316, 3028, 2395), 7758),
        ("rw", "test", (429, 455, 262), 1067),
        ("mt", "train", (3316, 3028, 2395), 7758),
        ("mt", "test", (482, 748, 246), 721),
    ],
)
def test_labels_and_sentences_of_each_split(
    frames: dict[str, pd.DataFrame], variant: str, split: str, counts: tuple[int, ...], sentences: int
) -> None:
    rows = part(frames[variant], split)
    assert Counter(rows["label"]) == dict(zip(TASK.labels, counts, strict=True))
    # A sentence with n targets gives n items.
    assert sum(1 / n for n in rows["n_targets"]) == pytest.approx(sentences)


@pytest.mark.parametrize(
    ("variant", "split", "golden"),
    [
        (
            "rw",
            "train",
            [
                ("allsides_1000_401|25|0-6", "neutral", "d1e5d95426a4728d"),
                ("allsides_101_41|7|0-5", "neg", "9832326b8af86903"),
                ("polusa_v1_4354039_-1|7|0-2", "neg", "daa117862752d304"),
            ],
        ),
        (
            "rw",
            "test",
            [
                ("allsides_703_283|55|124-133", "neg", "5e937e0ec105bd08"),
                ("polusa_v1_59458672_-1|17|4-16", "neg", "487eb57b6a8ef7a1"),
                ("allsides_5183_2192|27|0-9", "neutral", "799c47917628495d"),
            ],
        ),
        (
            "mt",
            "test",
            [
                ("allsides_1002_402|12|229-246", "neg", "b3a1dcb9331b7497"),
                ("allsides_1166_466|62|228-233", "neutral", "a0f152221a2aa9d5"),
                ("polusa_v1_79088309_-1|13|0-9", "neutral", "9e34d9b4042855a7"),
            ],
        ),
    ],
)
def test_first_tenth_and_last_item_of_each_split(
    frames: dict[str, pd.DataFrame], variant: str, split: str, golden: list[tuple[str, str, str]]
) -> None:
    rows = part(frames[variant], split).iloc[[0, 9, -1]]
    hashes = [sha256_text(text)[:16] for text in rows["text"]]
    assert list(zip(rows["id"], rows["label"], hashes, strict=True)) == golden


def test_both_variants_have_the_same_training_items(frames: dict[str, pd.DataFrame]) -> None:
    assert part(frames["rw"], "train").equals(part(frames["mt"], "train"))


@pytest.mark.parametrize("variant", VARIANTS)
def test_items_are_the_published_targets_in_order(
    frames: dict[str, pd.DataFrame], folder: Path, variant: str
) -> None:
    frame = frames[variant]
    targets = published(folder, variant)
    assert list(frame["text"]) == [line["sentence_normalized"] for line, _ in targets]
    assert list(frame["target"]) == [target["mention"] for _, target in targets]
    assert list(frame["n_targets"]) == [len(line["targets"]) for line, _ in targets]
    codes = {2.0: "neg", 4.0: "neutral", 6.0: "pos"}
    assert list(frame["label"]) == [codes[target["polarity"]] for _, target in targets]
    for item, (_, target) in zip(frame["id"], targets, strict=True):
        document, sentence, place, *_ = item.split("|")
        assert target["Input.gid"].startswith(f"{document}_{sentence}_")
        assert place == f"{target['from']}-{target['to']}"


@pytest.mark.parametrize(("variant", "repeated"), [("rw", 117), ("mt", 116)])
def test_spans_hold_the_mention_and_then_the_further_mentions(
    frames: dict[str, pd.DataFrame], folder: Path, variant: str, repeated: int
) -> None:
    frame = frames[variant]
    n_repeated = 0
    rows = zip(frame["text"], frame["target"], frame["target_spans"], published(folder, variant), strict=True)
    for text, mention, spans, (_, target) in rows:
        further = target.get("further_mentions", [])
        start, end = spans[0]
        assert text[start:end] == mention
        assert {text[start:end] for start, end in spans} == {mention, *(each["mention"] for each in further)}
        assert len(set(spans)) == len(spans)
        n_repeated += 1 + len(further) - len(spans)
    assert n_repeated == repeated
    assert not frame["actor"].any()
    assert not frame["actor_spans"].str.len().any()


@pytest.mark.parametrize(("variant", "training", "test"), [("rw", 61, 0), ("mt", 61, 3)])
def test_mentions_labelled_more_than_once_are_told_apart_by_the_end_of_the_id(
    frames: dict[str, pd.DataFrame], variant: str, training: int, test: int
) -> None:
    frame = frames[variant]
    assert frame["id"].is_unique
    plain = frame["id"].str.split("|").str[:3].str.join("|")
    for split, expected in (("train", training), ("test", test)):
        rows = frame[frame["split"] == split].assign(place=plain)
        assert (rows.groupby("place").size() > 1).sum() == expected
        assert len(rows.drop_duplicates("place")) == len(rows.drop_duplicates(["place", "text", "label"]))
    later = frame["id"].str.count(r"\|") == 3
    assert set(frame["id"][later].str[-2:]) == {"|2", "|3"}
    assert set(plain[later]) <= set(frame["id"])


@pytest.mark.parametrize(("variant", "of_known_articles", "known_sentences"), [("rw", 564, 4), ("mt", 735, 2)])
def test_the_official_splits_cut_articles(
    frames: dict[str, pd.DataFrame], variant: str, of_known_articles: int, known_sentences: int
) -> None:
    train, test = part(frames[variant], "train"), part(frames[variant], "test")
    assert test["group"].isin(set(train["group"])).sum() == of_known_articles
    assert len(set(test["text"]) & set(train["text"])) == known_sentences


def test_a_group_is_an_article_of_one_collection(frames: dict[str, pd.DataFrame]) -> None:
    assert Counter(frames["rw"]["collection"]) == {"polusa": 5227, "allsides": 4658}
    assert Counter(frames["mt"]["collection"]) == {"polusa": 5477, "allsides": 4738}
    frame = pd.concat(frames.values(), ignore_index=True)
    assert {"allsides_1002", "polusa_4354039"} <= set(frame["group"])
    numbers = frame["id"].str.extract(r"^(allsides|polusa)(?:_v1)?_(\d+)_")
    assert (numbers[0] + "_" + numbers[1] == frame["group"]).all()
    assert (numbers[0] == frame["collection"]).all()
    # An article belongs to one story at most, so that the document in the id is no finer than the group.
    documents = set(zip(frame["id"].str.split("|").str[0], frame["group"], strict=True))
    assert len(documents) == len(set(frame["group"])) == 6303


def test_an_id_names_the_same_item_in_both_variants(frames: dict[str, pd.DataFrame]) -> None:
    """So that one list of audited splits serves both."""
    shared = [part(frame, "test").set_index("id") for frame in frames.values()]
    both = sorted(set(shared[0].index) & set(shared[1].index))
    assert len(both) == 2
    assert shared[0].loc[both, ["text", "label"]].equals(shared[1].loc[both, ["text", "label"]])


@pytest.mark.parametrize(
    ("variant", "counts"), [("rw", {1: 994, 2: 136, 3: 12, 4: 4}), ("mt", {2: 1376, 3: 96, 4: 4})]
)
def test_targets_per_sentence(frames: dict[str, pd.DataFrame], variant: str, counts: dict[int, int]) -> None:
    assert Counter(part(frames[variant], "test")["n_targets"]) == counts


@pytest.mark.parametrize("gid", ["allsides_1_2_Ann_0_3", "nyt_1_2_3_Ann_0_3"])
def test_a_gid_of_another_form_is_refused_with_its_place(tmp_path: Path, gid: str) -> None:
    def line(number: str) -> dict[str, Any]:
        target = {"Input.gid": number, "from": 0, "to": 3, "mention": "Ann", "polarity": 2.0}
        return {"primary_gid": number, "sentence_normalized": "Ann won.", "targets": [target]}

    (tmp_path / PLACE).mkdir(parents=True)
    write_jsonl(tmp_path / PLACE / "train.jsonl", [line("allsides_1_2_3_An_n_0_3"), line(gid)])
    with pytest.raises(InputError, match=r"train\.jsonl:2: is not a known form of gid"):
        TASK.read(tmp_path, "rw")
