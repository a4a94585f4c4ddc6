from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from standoff.files import sha256_text
from standoff.tasks.frame import check_frame, frame_digest
from standoff.tasks.getting.fetch import verify
from standoff.tasks.sets.handeset import SOURCE, TASK
from standoff.tasks.split_sets import without_leaks

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

DASH = "\N{EN DASH}"


@pytest.fixture(scope="session")
def frame(shared_data: Path) -> pd.DataFrame:
    folder = shared_data / "handeset"
    verify(folder, SOURCE)
    return TASK.read(folder, "all")


def counts(frame: pd.DataFrame, column: str) -> dict[object, int]:
    return dict(Counter(frame[column]))


def test_the_declaration_names_one_file_and_both_licences() -> None:
    assert list(SOURCE.checksums()) == ["HanDeSeT.csv"]
    assert TASK.licence == "OPL-UK-3.0 AND ODbL-1.0"
    assert "no licence is stated" in TASK.terms
    assert TASK.board_map == {"against": "oppose", "for": "support"}


def test_the_frame_has_not_changed(frame: pd.DataFrame) -> None:
    # It changes only with TASK.version.
    assert TASK.version == 1
    assert frame_digest(frame) == "7d1d457784bc37e4f9da63df4649d568e735116e3f039e91f6a5cdf70bc6778c"


def test_the_frame_fits_once_it_is_split(frame: pd.DataFrame) -> None:
    assert set(frame["split"]) == {""}
    folds = without_leaks(frame)
    check_frame(folds, TASK.labels, "handeset")
    assert set(folds["split"]) == {f"fold-{number}" for number in range(1, 6)}
    assert list(folds["id"]) == list(frame["id"])


def test_the_counts_are_the_published_ones(frame: pd.DataFrame) -> None:
    # The publisher's page: 1,251 units, 129 debates. PROVENANCE.md: labels, votes, titles.
    assert counts(frame, "label") == {"for": 706, "against": 545}
    assert counts(frame, "vote") == {"for": 713, "against": 538}
    assert (len(frame), frame["debate"].nunique(), frame["title"].nunique()) == (1251, 129, 122)


@pytest.mark.parametrize(
    ("place", "item", "label", "text"),
    [
        (0, "1", "against", "84f59d9496ad311a"),
        (9, "10", "against", "6af153e56529b331"),
        (-1, "1251", "against", "60bc757557ee3138"),
    ],
)
def test_first_tenth_and_last_item(frame: pd.DataFrame, place: int, item: str, label: str, text: str) -> None:
    row = frame.iloc[place]
    assert (row["id"], row["label"], sha256_text(row["text"])[:16]) == (item, label, text)


def test_ids_number_the_records_because_upstream_numbers_the_debates(frame: pd.DataFrame) -> None:
    assert list(frame["id"]) == [str(number) for number in range(1, 1252)]
    assert list(dict.fromkeys(frame["debate"])) == [str(number) for number in range(1, 130)]


def test_the_vote_is_another_label(frame: pd.DataFrame) -> None:
    assert Counter(zip(frame["label"], frame["vote"], strict=True)) == {
        ("for", "for"): 664,
        ("against", "against"): 496,
        ("against", "for"): 49,
        ("for", "against"): 42,
    }


def test_party_tells_much_without_the_text(frame: pd.DataFrame) -> None:
    own_motion = frame["party"] == frame["motion_party"]
    assert (own_motion == (frame["label"] == "for")).sum() == 946


def test_no_title_motion_or_debate_number_is_in_two_groups(frame: pd.DataFrame) -> None:
    for column in ("title", "target", "debate"):
        assert frame.groupby(column)["group"].nunique().max() == 1
    assert frame["group"].nunique() == 119
    debates = frame.drop_duplicates(["title", "debate"])
    assert sorted(Counter(debates["title"]).values(), reverse=True)[:6] == [5, 3, 2, 2, 2, 1]


def test_titles_linked_by_a_motion_or_a_debate_number_are_one_group(frame: pd.DataFrame) -> None:
    titles = frame.groupby("group")["title"].unique()
    linked = {group: sorted(set(found) - {group}) for group, found in titles.items() if len(found) > 1}
    assert linked == {
        "Higher Education Bill (Programme) (No. 4)": ["Housing Bill (Programme) (No. 2)"],
        f"Opposition Day {DASH} [15th Allotted Day] {DASH} Trade, Exports, Innovation and Productivity": [
            "Trade, Exports, Innovation and Production"
        ],
        "Planning and Compulsory Purchase Bill (Carry-Over)": [
            "Planning and Compulsory Purchase Bill (Extension of Period for Proceedings)"
        ],
    }


def test_debate_129_repeats_speeches_of_debate_76(frame: pd.DataFrame) -> None:
    repeated = frame[frame["text"].duplicated(keep=False)]
    assert counts(repeated, "debate") == {"76": 8, "129": 8}
    labels = repeated.groupby("text")["label"].nunique()
    assert counts(labels.to_frame(), "label") == {1: 7, 2: 1}


def test_debates_on_wars_are_there(frame: pd.DataFrame) -> None:
    found = counts(frame, "title")
    assert found[f"Backbench Business {DASH} Arms to Syria"] == 4
    assert found["Yemen"] == 8
    assert found["United Nations Security Council Resolution 1973"] == 10
    assert (
        sum(n for title, n in found.items() if "Approval for Participation in Armed Conflict" in str(title)) == 14
    )


def test_titles_are_one_line_and_motions_keep_their_paragraphs(frame: pd.DataFrame) -> None:
    assert not frame["title"].str.contains(r"\s\s|[\t\n]").any()
    assert (frame["target"] == frame["target"].str.strip()).all()
    several = frame[frame["target"].str.contains("\n")]
    assert (len(several), several["target"].nunique()) == (136, 24)


def test_the_text_is_the_utterances_that_are_not_empty(frame: pd.DataFrame) -> None:
    assert counts(frame, "n_utterances") == {1: 579, 2: 303, 3: 128, 4: 108, 5: 133}
    assert (frame["text"].str.count("\n\n") + 1 == frame["n_utterances"]).all()
    # The publisher's page: 31 to 1,049 words.
    words = [len(text.split()) for text in frame["text"]]
    assert (min(words), max(words)) == (31, 1049)


def test_quotations_are_a_token_and_some_characters_are_mis_encoded(frame: pd.DataFrame) -> None:
    assert frame["text"].str.contains("QUOTATION", regex=False).sum() == 169
    control = re.compile(r"[\x80-\x9f]")
    broken = [control.search(text + motion) for text, motion in zip(frame["text"], frame["target"], strict=True)]
    assert sum(match is not None for match in broken) == 241


def test_slices(frame: pd.DataFrame) -> None:
    assert counts(frame, "motion_party") == {"Lab": 858, "Con": 200, "SNP": 169, "LD": 13, "DUP": 11}
    assert counts(frame, "government_motion") == {False: 732, True: 519}
    assert counts(frame, "motion_polarity") == {"neg": 755, "pos": 496}
    assert (frame["party"].nunique(), frame["actor"].nunique()) == (13, 607)
    assert (frame["rebellion"].min(), frame["rebellion"].max()) == (0.0, 25.1)
    assert not frame["actor_spans"].str.len().any()
