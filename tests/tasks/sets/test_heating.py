from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from standoff.files import sha256_text
from standoff.tasks.frame import check_frame, frame_digest
from standoff.tasks.getting.fetch import verify
from standoff.tasks.sets.heating import SOURCE, TASK
from standoff.tasks.split_sets import without_leaks

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

STATEMENT = ["text", "actor", "target"]


@pytest.fixture(scope="session")
def frame(shared_data: Path) -> pd.DataFrame:
    folder = shared_data / "dna_heating_de"
    verify(folder, SOURCE)
    return TASK.read(folder, "all")


def counts(frame: pd.DataFrame, column: str) -> dict[object, int]:
    return dict(Counter(frame[column]))


def test_the_declaration_names_one_file_and_says_that_no_licence_is_stated() -> None:
    assert list(SOURCE.checksums()) == ["Code/Data/all_statements.xlsx"]
    assert TASK.licence == "NOASSERTION"
    assert "No licence is stated" in TASK.terms
    assert TASK.board_map == {"disagree": "oppose", "agree": "support"}


def test_the_frame_has_not_changed(frame: pd.DataFrame) -> None:
    # It changes only with TASK.version.
    assert TASK.version == 1
    assert frame_digest(frame) == "897c033629d4b16f676cd4b83937be85358b0073062f6e93ab85d3ac2e56bf9a"


def test_the_frame_fits_once_it_is_split(frame: pd.DataFrame) -> None:
    assert set(frame["split"]) == {""}
    folds = without_leaks(frame)
    check_frame(folds, TASK.labels, "heating")
    assert set(folds["split"]) == {f"fold-{number}" for number in range(1, 6)}
    assert list(folds["id"]) == list(frame["id"])


def test_the_counts_are_the_published_ones(frame: pd.DataFrame) -> None:
    # README.md: 559 statements in six newspapers, 2015-2019. PROVENANCE.md: the rest.
    assert list(frame["id"]) == [str(number) for number in range(1, 560)]
    assert counts(frame, "label") == {"agree": 385, "disagree": 174}
    assert [frame[name].nunique() for name in ("actor", "target", "group", "outlet")] == [94, 69, 250, 6]


@pytest.mark.parametrize(
    ("place", "item", "label", "text"),
    [
        (0, "1", "disagree", "a83dd17b4a73d7a5"),
        (9, "10", "agree", "56d0d61738761b28"),
        (-1, "559", "agree", "b9a2369b1d0e6cfd"),
    ],
)
def test_first_tenth_and_last_item(frame: pd.DataFrame, place: int, item: str, label: str, text: str) -> None:
    row = frame.iloc[place]
    assert (row["id"], row["label"], sha256_text(row["text"])[:16]) == (item, label, text)


def test_the_newspaper_itself_can_be_the_actor(frame: pd.DataFrame) -> None:
    own = frame[
        [actor.startswith(f"{paper} (") for actor, paper in zip(frame["actor"], frame["outlet"], strict=True)]
    ]
    assert len(own) == 174
    assert set(own["actor_category"]) == {"Zeitung national", "Zeitung regional"}
    assert counts(frame, "actor_category")["Zeitung national"] == 68
    assert counts(frame, "actor_category")["Zeitung regional"] == 106


def test_a_group_is_an_article(frame: pd.DataFrame) -> None:
    assert frame["group"].str.fullmatch(r"[0-9]+").all()
    assert len(frame.drop_duplicates(["group", "outlet", "year"])) == frame["group"].nunique()


def test_one_sentence_can_make_several_items(frame: pd.DataFrame) -> None:
    assert frame["text"].duplicated().sum() == 72
    assert Counter(Counter(frame["text"]).values()) == {1: 425, 2: 53, 3: 8, 4: 1}
    assert (frame.groupby("text")["group"].nunique() == 2).sum() == 2


def test_statements_are_repeated_mostly_for_another_framing(frame: pd.DataFrame) -> None:
    assert frame.duplicated(STATEMENT).sum() == 54
    repeated = [rows for _, rows in frame.groupby(STATEMENT) if len(rows) > 1]
    assert len(repeated) == 46
    assert sum(rows["framing"].nunique(dropna=False) == len(rows) for rows in repeated) == 42


def test_three_statements_carry_both_labels(frame: pd.DataFrame) -> None:
    both = frame[frame.groupby(STATEMENT)["label"].transform("nunique") == 2]
    assert dict(zip(both["id"], both["label"], strict=True)) == {
        "424": "agree",
        "425": "disagree",
        "443": "agree",
        "444": "disagree",
        "529": "agree",
        "530": "disagree",
    }


def test_spans_hold_the_name_or_its_short_form(frame: pd.DataFrame) -> None:
    for column, n_items in (("actor", 135), ("target", 103)):
        rows = list(zip(frame["text"], frame[column], frame[f"{column}_spans"], strict=True))
        assert sum(bool(spans) for _, _, spans in rows) == n_items
        for text, name, spans in rows:
            assert {text[start:end] for start, end in spans} <= {name, *name.removesuffix(")").split(" (")}
            assert all(end <= start for (_, end), (start, _) in pairwise(spans))


def test_a_short_form_inside_the_long_one_is_not_found_again(frame: pd.DataFrame) -> None:
    agora = frame[frame["actor"] == "Agora Energiewende (Agora)"]
    found = [
        text[start:end]
        for text, spans in zip(agora["text"], agora["actor_spans"], strict=True)
        for start, end in spans
    ]
    assert Counter(found) == {"Agora": 5, "Agora Energiewende": 3}


def test_slices(frame: pd.DataFrame) -> None:
    assert counts(frame, "year") == {2015: 149, 2016: 76, 2017: 64, 2018: 64, 2019: 206}
    assert counts(frame, "concept_category") == {
        "Politikmaßnahme": 245,
        "RE-Technologie": 147,
        "Andere": 85,
        "FF-Technologie": 82,
    }
    framings = frame["framing"]
    assert framings.isna().sum() == 112
    assert framings.dropna().value_counts().to_dict() == {
        "Umwelt": 154,
        "Kosten": 126,
        "Effizienz": 75,
        "Andere": 64,
        "Branche": 28,
    }
    assert (frame["actor"] == frame["actor"].str.strip()).all()
