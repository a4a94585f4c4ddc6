from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from standoff.files import sha256_text
from standoff.tasks.coder_labels import check_coder_labels, labels_by_item
from standoff.tasks.frame import check_frame, frame_digest
from standoff.tasks.getting.fetch import verify
from standoff.tasks.sets.gwsd import LABELS, SOURCE, TARGET, TASK

RATINGS = {"disagrees": "disagree", "neutral": "neutral", "agrees": "agree"}


@pytest.fixture(scope="session")
def folder(shared_data: Path) -> Path:
    return shared_data / "gwsd"


@pytest.fixture(scope="session")
def frame(folder: Path) -> pd.DataFrame:
    verify(folder, SOURCE)
    return TASK.split_sets["official"](TASK.read(folder, "all"))


@pytest.fixture(scope="session")
def published(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "GWSD.tsv", sep="\t", dtype=str, keep_default_na=False)


@pytest.fixture(scope="session")
def ratings(published: pd.DataFrame) -> dict[str, Counter[str]]:
    """How often each label was chosen for each sentence, screening sentences too."""
    workers = published[[f"worker_{number}" for number in range(8)]].replace(RATINGS)
    return {guid: Counter(row) for guid, row in zip(published["guid"], workers.to_numpy(), strict=True)}


def part(frame: pd.DataFrame, split: str) -> pd.DataFrame:
    return frame[frame["split"] == split].reset_index(drop=True)


def nominal_alpha(units: list[Counter[str]]) -> float:
    """Krippendorff's alpha for nominal data with equally many values, two or more, in each unit."""
    total = sum(units, Counter[str]())
    n = total.total()
    observed = sum(c * (unit.total() - c) / (unit.total() - 1) for unit in units for c in unit.values()) / n
    expected = sum(c * (n - c) for c in total.values()) / (n * (n - 1))
    return 1 - observed / expected


def test_the_declaration_says_what_is_read_and_on_what_terms(frame: pd.DataFrame) -> None:
    check_frame(frame, TASK.labels, "gwsd")
    assert TASK.variants.keys() == {"all"}
    assert list(SOURCE.checksums()) == ["GWSD.tsv"]
    assert (TASK.licence, TASK.label_kind) == ("NOASSERTION", "human")
    assert TASK.board_map == {"disagree": "oppose", "neutral": "none", "agree": "support"}
    assert "No licence is stated" in TASK.terms
    assert "luo-etal-2020-detecting" in TASK.citation


def test_the_frame_has_not_changed(frame: pd.DataFrame) -> None:
    # Changes only with TASK.version.
    assert TASK.version == 1
    assert frame_digest(frame) == "32bc582daf82f66d02e69fc3c5b785a357de002ec752ca6f8fa800114522f91f"


@pytest.mark.parametrize(("split", "counts"), [("train", (361, 788, 701)), ("test", (39, 85, 76))])
def test_labels_of_each_split(frame: pd.DataFrame, split: str, counts: tuple[int, ...]) -> None:
    assert Counter(part(frame, split)["label"]) == dict(zip(LABELS, counts, strict=True))


@pytest.mark.parametrize(
    ("split", "golden"),
    [
        (
            "train",
            [
                ("1_0_t0", "agree", "9c28440e265df8a7"),
                ("1_0_t18", "neutral", "9dc8e7798c347977"),
                ("5_9_t9", "disagree", "1b13bc01e8761f0d"),
            ],
        ),
        (
            "test",
            [
                ("1_0_t13", "disagree", "d86f99825ccf1e59"),
                ("1_2_t0", "agree", "227b4733234ba230"),
                ("5_9_t49", "neutral", "09becfadf82a1ff3"),
            ],
        ),
    ],
)
def test_first_tenth_and_last_item_of_each_split(
    frame: pd.DataFrame, split: str, golden: list[tuple[str, str, str]]
) -> None:
    rows = part(frame, split).iloc[[0, 9, -1]]
    hashes = [sha256_text(text)[:16] for text in rows["text"]]
    assert list(zip(rows["id"], rows["label"], hashes, strict=True)) == golden


def test_screening_sentences_are_left_out_and_nothing_else(frame: pd.DataFrame, published: pd.DataFrame) -> None:
    left_out = published[~published["guid"].isin(frame["id"])]
    assert (len(published), len(left_out)) == (2300, 250)
    assert (left_out["agree"] == "").all()
    assert left_out["sentence"].nunique() == 5
    assert set(Counter(left_out["sentence"]).values()) == {50}
    kept = published[published["guid"].isin(frame["id"])]
    assert list(kept["guid"]) == list(frame["id"])
    assert list(kept["sentence"]) == list(frame["text"])


def test_every_item_is_toward_the_one_proposition_and_names_no_holder(frame: pd.DataFrame, folder: Path) -> None:
    assert set(frame["target"]) == {TARGET}
    assert set(frame["actor"]) == {""}
    assert not frame["actor_spans"].str.len().any()
    assert not frame["target_spans"].str.len().any()
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "the target (that climate change/global warming is a serious concern)" in readme


def test_the_label_is_the_most_probable_one(frame: pd.DataFrame, published: pd.DataFrame) -> None:
    by_guid = published.set_index("guid")
    for item, label, probability in zip(frame["id"], frame["label"], frame["probability"], strict=True):
        others = [float(str(by_guid.loc[item, name])) for name in LABELS if name != label]
        assert probability == float(str(by_guid.loc[item, label]))
        assert probability > max(others)
        assert sum(others) + probability == pytest.approx(1)


def test_labels_of_the_test_split_are_those_the_authors_scored_against(frame: pd.DataFrame, folder: Path) -> None:
    theirs = pd.read_csv(
        folder / "3_stance_detection/2_Stance_model/data/held_out_balanced_test.tsv",
        sep="\t",
        dtype=str,
        keep_default_na=False,
    )
    ours = part(frame, "test")
    assert len(theirs) == 200
    assert dict(zip(ours["id"], ours["label"], strict=True)) == dict(
        zip(theirs["guid"], theirs["stance"], strict=True)
    )


def test_how_many_raters_chose_the_label(frame: pd.DataFrame, ratings: dict[str, Counter[str]]) -> None:
    rows = list(zip(frame["id"], frame["label"], frame["n_agree"], strict=True))
    assert all(ratings[item][label] == n for item, label, n in rows)
    assert Counter(frame["n_agree"]) == {8: 245, 7: 406, 6: 473, 5: 488, 4: 341, 3: 84, 2: 12, 1: 1}
    assert (frame["n_agree"] >= 5).sum() == 1612
    assert sum(max(ratings[item].values()) > n for item, _, n in rows) == 47


def test_the_agreement_declared_is_that_of_the_released_ratings(
    frame: pd.DataFrame, ratings: dict[str, Counter[str]]
) -> None:
    assert TASK.agreement is not None
    alpha = nominal_alpha([ratings[item] for item in frame["id"]])
    assert f"alpha (nominal) {alpha:.3f} over".replace("0.", ".") in TASK.agreement
    # The screening sentences, on which raters had to agree, would lift it.
    assert nominal_alpha(list(ratings.values())) == pytest.approx(0.368, abs=5e-4)


def test_alpha_on_a_case_worked_by_hand() -> None:
    # Units aa, ab, bb: 2 of 6 values stand in a unit with another; expected 2 * 3 * 3 / (6 * 5).
    assert nominal_alpha([Counter("aa"), Counter("ab"), Counter("bb")]) == pytest.approx(1 - (2 / 6) / (18 / 30))


def test_sentences_that_stand_twice_share_a_group(frame: pd.DataFrame) -> None:
    twice = frame[frame["text"].duplicated(keep=False)]
    assert (len(twice), twice["text"].nunique(), set(twice["split"])) == (16, 8, {"train"})
    assert len(twice.drop_duplicates(["text", "group"])) == 8
    assert len(twice.drop_duplicates(["text", "label"])) == 9  # one has two labels
    assert frame["group"].nunique() == 2042
    # A group is called after its first sentence.
    assert dict(zip(twice["id"], twice["group"], strict=True))["3_0_t34"] == "1_3_t19"
    first = frame.drop_duplicates("text")
    assert list(first["group"]) == list(first["id"])


def test_slices(frame: pd.DataFrame) -> None:
    assert set(frame["round"]) == {1, 2, 3, 4, 5}
    assert set(frame["batch"]) == set(range(10))
    where = frame["round"].astype(str) + "_" + frame["batch"].astype(str) + "_"
    assert all(item.startswith(prefix) for item, prefix in zip(frame["id"], where, strict=True))
    assert frame["probability"].between(1 / 3, 1).all()


def test_labels_of_coders_are_the_eight_ratings(
    folder: Path, frame: pd.DataFrame, published: pd.DataFrame
) -> None:
    assert TASK.coder_labels is not None
    found = TASK.coder_labels(folder, "all")
    check_coder_labels(found, TASK.labels, "gwsd")
    assert len(found) == 8 * 2050
    assert set(found["id"]) == set(frame["id"])  # no screening sentence
    by_guid = published.set_index("guid")
    for guid, worker, label in found.itertuples(index=False, name=None):
        assert RATINGS[str(by_guid.loc[guid, worker])] == label


def test_the_slice_of_agreement_counts_the_same_ratings(folder: Path, frame: pd.DataFrame) -> None:
    assert TASK.coder_labels is not None
    given = labels_by_item(TASK.coder_labels(folder, "all"))
    agree = [given[item].count(label) for item, label in zip(frame["id"], frame["label"], strict=True)]
    assert agree == list(frame["n_agree"])
