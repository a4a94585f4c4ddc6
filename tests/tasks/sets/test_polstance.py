from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest

from standoff.files import sha256_text
from standoff.tasks.frame import check_frame, frame_digest
from standoff.tasks.getting.fetch import verify
from standoff.tasks.sets.polstance import SOURCE, TARGETS, TASK
from standoff.tasks.split_sets import without_leaks

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

QUOTES = "Scraper/resources/parsedQuotes/quote_db.csv"


@pytest.fixture(scope="session")
def frame(shared_data: Path) -> pd.DataFrame:
    folder = shared_data / "polstance_da"
    verify(folder, SOURCE)
    return TASK.read(folder, "all")


@pytest.fixture(scope="session")
def twice(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """The quotes that stand twice, each as a frame of two rows."""
    repeated = frame[frame["text"].duplicated(keep=False)]
    return [rows for _, rows in repeated.groupby("text")]


def counts(frame: pd.DataFrame, column: str) -> dict[object, int]:
    return dict(Counter(frame[column]))


def test_the_declaration_names_one_file_and_maps_every_label() -> None:
    assert list(SOURCE.checksums()) == [QUOTES]
    assert TASK.licence == "CC-BY-4.0"
    assert TASK.board_map is None


def test_the_frame_has_not_changed(frame: pd.DataFrame) -> None:
    # It changes only with TASK.version.
    assert TASK.version == 1
    assert frame_digest(frame) == "ca8b226734bd309619e6224e6ad361eb0ebd875b0727b600fb48c5bd8b7db9cd"


def test_the_frame_fits_once_it_is_split(frame: pd.DataFrame) -> None:
    assert set(frame["split"]) == {""}
    folds = without_leaks(frame)
    check_frame(folds, TASK.labels, "polstance")
    assert set(folds["split"]) == {f"fold-{number}" for number in range(1, 6)}
    assert list(folds["id"]) == list(frame["id"])


def test_the_false_positives_are_left_out(shared_data: Path, frame: pd.DataFrame) -> None:
    lines = (shared_data / "polstance_da" / QUOTES).read_text(encoding="utf-16").splitlines()[1:]
    assert len(lines) == 1226
    marked = [line.split(";")[0] for line in lines if ";1;;;" in line]
    assert len(marked) == 326
    assert list(frame["id"]) == [line.split(";")[0] for line in lines if line.split(";")[0] not in marked]


def test_labels_targets_and_articles(frame: pd.DataFrame) -> None:
    # PROVENANCE.md: 900 labelled; the thesis has 898 (524, 197 and 177).
    assert counts(frame, "label") == {"for": 525, "against": 197, "neutral": 178}
    assert counts(frame, "target") == {TARGETS["p"]: 795, TARGETS["c"]: 105}
    assert frame["group"].nunique() == 528
    assert Counter(zip(frame["sub_topic"], frame["label"], strict=True)) == {
        ("national policy", "for"): 462,
        ("national policy", "against"): 173,
        ("national policy", "neutral"): 160,
        ("centralisation", "for"): 63,
        ("centralisation", "against"): 24,
        ("centralisation", "neutral"): 18,
    }


@pytest.mark.parametrize(
    ("place", "item", "label", "text"),
    [
        (0, "516", "for", "dd52863b1cf54324"),
        (9, "859", "for", "ff1573255d9d59bb"),
        (-1, "22", "neutral", "75b3fcfb2d455f6c"),
    ],
)
def test_first_tenth_and_last_item(frame: pd.DataFrame, place: int, item: str, label: str, text: str) -> None:
    row = frame.iloc[place]
    assert (row["id"], row["label"], sha256_text(row["text"])[:16]) == (item, label, text)


def test_the_label_follows_the_party(frame: pd.DataFrame) -> None:
    by_party = {party: Counter(rows["label"]) for party, rows in frame.groupby("party")}
    assert len(by_party) == 9
    assert by_party["Dansk Folkeparti"] == {"for": 192, "neutral": 32, "against": 23}
    assert by_party["Enhedslisten"] == {"against": 30, "neutral": 6, "for": 3}
    assert sum(max(labels.values()) for labels in by_party.values()) == 631


def test_a_date_is_month_day_year_upstream(frame: pd.DataFrame) -> None:
    dates = [date.fromisoformat(text) for text in frame["date"]]  # refuses a month 13
    assert (min(dates), max(dates)) == (date(2018, 1, 1), date(2018, 12, 29))
    assert max(found.day for found in dates) > 12


def test_an_article_has_one_politician_and_one_date(frame: pd.DataFrame) -> None:
    assert len(frame.drop_duplicates(["group", "actor", "party", "date"])) == frame["group"].nunique()


def test_one_spelling_of_a_name_is_mended(frame: pd.DataFrame) -> None:
    assert frame["actor"].nunique() == 46
    assert counts(frame, "actor")["Uffe Elbæk"] == 7
    assert all(name[0].isupper() for name in frame["actor"])


def test_fourteen_quotes_stand_twice(twice: list[pd.DataFrame]) -> None:
    assert [len(rows) for rows in twice] == [2] * 14
    assert sum(rows["label"].nunique() == 2 for rows in twice) == 3


def test_seven_of_them_have_a_label_for_each_target(twice: list[pd.DataFrame]) -> None:
    both = [rows for rows in twice if rows["target"].nunique() == 2]
    assert len(both) == 7
    assert all(len(set(rows["group"])) == 1 for rows in both)
    assert [sorted(rows["id"]) for rows in both if rows["label"].nunique() == 2] == [
        ["1185", "1700"],
        ["1701", "483"],
    ]


def test_six_are_under_two_politicians_and_one_under_two_parties(twice: list[pd.DataFrame]) -> None:
    others = [rows for rows in twice if len(set(rows["target"])) == 1]
    assert all(rows["group"].nunique() == 2 for rows in others)
    politicians = [rows for rows in others if rows["actor"].nunique() == 2]
    assert len(politicians) == 6
    assert [sorted(rows["id"]) for rows in politicians if rows["label"].nunique() == 2] == [["1205", "637"]]
    (parties,) = (rows for rows in others if len(set(rows["actor"])) == 1)
    assert dict(zip(parties["id"], parties["party"], strict=True)) == {
        "54": "Dansk Folkeparti",
        "712": "Radikale Venstre",
    }
