from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from standoff.files import read_json
from standoff.tasks.getting.fetch import get
from standoff.tasks.registry import get_task, load_task
from standoff.tasks.sets.seesaw import PLACEHOLDERS, SOURCE, TASK

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from standoff.tasks.task import LoadedTask

SPLITS = ("train", "validation", "test")


@pytest.fixture(scope="session")
def named(shared_data: Path) -> LoadedTask:
    return load_task("seesaw", data_dir=shared_data / "seesaw")


@pytest.fixture(scope="session")
def everything(shared_data: Path) -> LoadedTask:
    return load_task("seesaw:all", data_dir=shared_data / "seesaw")


def counts(frame: pd.DataFrame, column: str) -> dict[object, int]:
    return dict(Counter(frame[column]))


def test_the_declaration_is_registered_and_declares_what_is_read() -> None:
    assert get_task("seesaw") is TASK
    assert "non-commercial" in TASK.terms
    assert "zhang-etal-2022-seesaw" in TASK.citation
    folders = [path.split("/")[1] for path in SOURCE.checksums()]
    assert {name: folders.count(name) for name in set(folders)} == {
        "annotations": 609,
        "articles": 609,
        "meta": 203,
    }


def test_the_frame_has_not_changed(named: LoadedTask, everything: LoadedTask) -> None:
    # These change only with TASK.version.
    assert TASK.version == 2
    assert named.digest == "293af66cc0e51828761a366c9b23a00df74f35a008c0771441361ef2f14cce14"
    assert everything.digest == "2a75b3714aa7dfd3158c41b2792734ae0258d6a5317b1f39b0a412bc4a0b585f"


def test_the_counts_are_the_published_ones(everything: LoadedTask) -> None:
    # SEESAW/README.md: 10,619 annotations, 203 stories, 62.4 % of the triplets negative. Of its 609 articles three
    # have no sentence-level stance.
    frame = everything.frame
    assert len(frame) == 10_619
    assert (frame["article"].nunique(), frame["group"].nunique()) == (606, 203)
    assert round(100 * (frame["label"] == "neg").mean(), 1) == 62.4


@pytest.mark.parametrize(
    ("split", "labels", "stories"),
    [
        ("train", {"neg": 3817, "pos": 2446}, 127),
        ("validation", {"neg": 1601, "pos": 835}, 35),
        ("test", {"neg": 1206, "pos": 714}, 41),
    ],
)
def test_labels_and_stories_of_each_split(
    everything: LoadedTask, split: str, labels: dict[str, int], stories: int
) -> None:
    rows = everything.split(split)
    assert counts(rows, "label") == labels
    assert rows["group"].nunique() == stories


def test_named_items_by_split_and_those_about_an_issue(named: LoadedTask) -> None:
    assert counts(named.frame, "split") == {"train": 4559, "validation": 1803, "test": 1397}
    issues = named.frame[named.frame["target_type"].isin(["topic", "event"])]
    assert counts(issues, "split") == {"train": 1696, "validation": 587, "test": 587}
    labels = {split: counts(named.split(split), "label") for split in SPLITS}
    assert labels == {
        "train": {"neg": 2635, "pos": 1924},
        "validation": {"neg": 1142, "pos": 661},
        "test": {"neg": 836, "pos": 561},
    }


def test_no_story_is_cut_by_the_splits(everything: LoadedTask) -> None:
    pairs = set(zip(everything.frame["group"], everything.frame["split"], strict=True))
    assert len(pairs) == everything.frame["group"].nunique()


@pytest.mark.parametrize(
    ("split", "first", "tenth", "last"),
    [
        (
            "train",
            ("TRIPLET_000_DOCUMENT_0|0|0", "neg"),
            ("TRIPLET_000_DOCUMENT_0|8|0", "pos"),
            ("TRIPLET_230_DOCUMENT_2|39|0", "neg"),
        ),
        (
            "validation",
            ("TRIPLET_042_DOCUMENT_0|0|0", "neg"),
            ("TRIPLET_042_DOCUMENT_0|8|1", "neg"),
            ("TRIPLET_079_DOCUMENT_2|34|0", "pos"),
        ),
        (
            "test",
            ("TRIPLET_126_DOCUMENT_0|0|0", "pos"),
            ("TRIPLET_126_DOCUMENT_1|30|0", "neg"),
            ("TRIPLET_168_DOCUMENT_2|21|0", "pos"),
        ),
    ],
)
def test_first_tenth_and_last_item_of_each_split(
    named: LoadedTask, split: str, first: tuple[str, str], tenth: tuple[str, str], last: tuple[str, str]
) -> None:
    rows = named.split(split)
    found = [(rows["id"].iloc[place], rows["label"].iloc[place]) for place in (0, 9, -1)]
    assert found == [first, tenth, last]


def test_items_stand_in_reading_order(everything: LoadedTask) -> None:
    # Some annotation files have their sentences in another order.
    keys = [(article, int(sentence), int(n)) for article, sentence, n in everything.frame["id"].str.split("|")]
    assert keys == sorted(keys)


def test_named_is_all_without_the_placeholders(named: LoadedTask, everything: LoadedTask) -> None:
    frame = everything.frame
    assert counts(frame[frame["actor"].isin(PLACEHOLDERS)], "actor") == {"Not in the list": 1331, "None": 968}
    assert counts(frame[frame["target"].isin(PLACEHOLDERS)], "target") == {"Not in the list": 561}
    kept = frame[~frame["actor"].isin(PLACEHOLDERS) & ~frame["target"].isin(PLACEHOLDERS)]
    assert kept.reset_index(drop=True).equals(named.frame)


def test_placeholders_have_a_type_of_their_own_and_no_spans(everything: LoadedTask) -> None:
    frame = everything.frame
    assert (frame["actor_type"] == "none").sum() == 968
    assert (frame["actor_type"] == "unlisted").sum() == 1331
    assert (frame["target_type"] == "unlisted").sum() == 561
    assert not frame[frame["actor"].isin(PLACEHOLDERS)]["actor_spans"].str.len().any()
    assert not frame[frame["target"].isin(PLACEHOLDERS)]["target_spans"].str.len().any()


def test_two_triples_of_validation_carry_both_labels(everything: LoadedTask) -> None:
    key = ["text", "actor", "target"]
    both = everything.frame[everything.frame.groupby(key)["label"].transform("nunique") == 2]
    assert set(both["split"]) == {"validation"}
    assert dict(zip(both["id"], both["label"], strict=True)) == {
        "TRIPLET_052_DOCUMENT_0|8|0": "pos",
        "TRIPLET_052_DOCUMENT_0|8|3": "neg",
        "TRIPLET_055_DOCUMENT_2|44|1": "neg",
        "TRIPLET_055_DOCUMENT_2|44|3": "pos",
    }


def test_spans_hold_the_exact_names_as_whole_words(named: LoadedTask) -> None:
    for column in ("actor", "target"):
        rows = zip(named.frame["text"], named.frame[column], named.frame[f"{column}_spans"], strict=True)
        assert all(text[start:end] == name for text, name, spans in rows for start, end in spans)
    assert (named.frame["actor_spans"].str.len() > 0).sum() == 1858
    assert (named.frame["target_spans"].str.len() > 0).sum() == 1689


def test_slices(everything: LoadedTask) -> None:
    frame = everything.frame
    assert counts(frame, "n_annotators") == {1: 9745, 2: 414, 3: 292, 4: 134, 5: 34}
    assert set(frame["leaning"]) == {"left", "lean left", "center", "lean right", "right"}
    assert (frame["date"].min(), frame["date"].max()) == ("2012-08-02", "2021-07-14")
    assert (frame["date"].str[:4].astype(int) == frame["year"]).all()
    assert frame["story"].nunique() == frame["group"].nunique()
    assert (frame["article"].str[:11] == frame["group"]).all()
    assert frame["outlet"].nunique() == 24
    assert frame["topic"].nunique() == 52


def test_get_from_a_folder_then_load_end_to_end(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: LoadedTask
) -> None:
    monkeypatch.setenv("STANDOFF_DATA", str(tmp_path / "home"))
    result = get(TASK, from_dir=shared_data / "seesaw")
    assert (result.how, result.n_files) == ("copied", 1421)
    assert result.folder.is_relative_to(tmp_path / "home")
    assert load_task("seesaw").digest == named.digest
    assert get(TASK).how == "kept"


def test_no_sentence_occurs_in_two_splits(everything: LoadedTask) -> None:
    """What docs/runs.md says of the official splits."""
    sentences = [set(everything.split(split)["text"]) for split in ("train", "validation", "test")]
    assert sum(map(len, sentences)) == len(set.union(*sentences))


def test_two_annotators_of_one_pair_hardly_ever_differ(shared_data: Path) -> None:
    """Why the set has no labels of coders: those of people who label apart are not so alike."""
    same = differ = 0
    for path in sorted((shared_data / "seesaw" / "SEESAW" / "annotations").glob("*.json")):
        for stances in read_json(path)["sentence-level stances"].values():
            said: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
            for stance in stances:
                for annotator in stance["annotators"]:
                    said[stance["subject"], stance["object"]][annotator].add(stance["sentiment"])
            for by_annotator in said.values():
                for one, other in combinations(by_annotator.values(), 2):
                    same, differ = same + (one == other), differ + (one != other)
    assert (same + differ, differ) == (2437, 3)
    assert TASK.coder_labels is None
