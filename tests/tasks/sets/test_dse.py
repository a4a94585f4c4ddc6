from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from standoff.errors import InputError
from standoff.files import sha256_text
from standoff.tasks.frame import check_frame, frame_digest
from standoff.tasks.getting.fetch import verify
from standoff.tasks.sets.dse import LABELS, SOURCE, TASK

TRIPLE = ["text", "actor", "target"]


@pytest.fixture(scope="session")
def folder(shared_data: Path) -> Path:
    return shared_data / "dse_park2021"


@pytest.fixture(scope="session")
def frame(folder: Path) -> pd.DataFrame:
    verify(folder, SOURCE)
    return TASK.split_sets["official"](TASK.read(folder, "all"))


def part(frame: pd.DataFrame, split: str) -> pd.DataFrame:
    return frame[frame["split"] == split].reset_index(drop=True)


def triples(frame: pd.DataFrame) -> list[tuple[str, str, str]]:
    return list(zip(frame["text"], frame["actor"], frame["target"], strict=True))


def pairs(frame: pd.DataFrame) -> list[tuple[str, str, tuple[int, int]]]:
    """The text, a name and its only span, of the actors and then of the targets."""
    found = []
    for column in ("actor", "target"):
        rows = zip(frame["text"], frame[column], frame[f"{column}_spans"], strict=True)
        found += [(text, name, span) for text, name, (span,) in rows]
    return found


def test_the_declaration_says_what_is_read_and_on_what_terms(frame: pd.DataFrame) -> None:
    check_frame(frame, TASK.labels, "dse")
    assert TASK.variants.keys() == {"all"}
    assert list(SOURCE.checksums()) == ["dataset/test.txt", "dataset/train.txt", "dataset/valid.txt"]
    assert (TASK.licence, TASK.label_kind, TASK.board_map) == ("NOASSERTION", "human", None)
    assert "No licence is stated" in TASK.terms
    assert "park2021directed" in TASK.citation


def test_the_frame_has_not_changed(frame: pd.DataFrame) -> None:
    # Changes only with TASK.version.
    assert TASK.version == 1
    assert frame_digest(frame) == "b707f55381ad482c2d3b5b2233ae4bdbba90eff5d5d3612346d00e94fd5e8654"


@pytest.mark.parametrize(
    ("split", "counts"),
    [
        ("train", (8589, 1341, 265, 2562, 387)),
        ("validation", (955, 149, 29, 285, 43)),
        ("test", (1060, 166, 33, 316, 48)),
    ],
)
def test_labels_of_each_split(frame: pd.DataFrame, split: str, counts: tuple[int, ...]) -> None:
    assert Counter(part(frame, split)["label"]) == dict(zip(LABELS, counts, strict=True))


def test_the_labels_are_those_the_readme_counts(frame: pd.DataFrame, folder: Path) -> None:
    """The README's table sums to the rows of the files, not to the 16,288 sentences of its text."""
    table = {
        "neutral": "| Neutral | 10,604 |",
        "actor_pos": "| positive (*p*->*q*) | 1,656 |",
        "target_pos": "| positive (*p*<-*q*) | 327 |",
        "actor_neg": "| negative (*p*->*q*) | 3,163 |",
        "target_neg": "| negative (*p*<-*q*) | 478 |",
    }
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert all(line in readme for line in table.values())
    assert "16,288 sentences" in readme
    counts = {label: int(line.split("|")[2].replace(",", "")) for label, line in table.items()}
    assert Counter(frame["label"]) == counts
    assert len(frame) == sum(counts.values()) == 16_228


@pytest.mark.parametrize(
    ("split", "golden"),
    [
        (
            "train",
            [
                ("train|1", "neutral", "5fbe1d64c13e4c84"),
                ("train|10", "neutral", "1cb76dd1088af896"),
                ("train|13144", "actor_pos", "37063b051854a215"),
            ],
        ),
        (
            "validation",
            [
                ("valid|1", "neutral", "a078d45077b64407"),
                ("valid|10", "neutral", "a14880913052d822"),
                ("valid|1461", "actor_pos", "750ddb5fbc75c11d"),
            ],
        ),
        (
            "test",
            [
                ("test|1", "neutral", "571ae472ae476e17"),
                ("test|10", "neutral", "489a15ec2f8e070a"),
                ("test|1623", "actor_pos", "c0f41a313b8bc739"),
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


def test_an_id_is_the_line_of_the_file(frame: pd.DataFrame, folder: Path) -> None:
    lines = {
        stem: (folder / "dataset" / f"{stem}.txt").read_text(encoding="utf-8").split("\n")
        for stem in ("train", "valid", "test")
    }
    for item, actor, target in zip(frame["id"], frame["actor"], frame["target"], strict=True):
        stem, _, number = item.partition("|")
        _, p, q, _ = lines[stem][int(number) - 1].split("\t")
        assert [name.strip('"').replace('""', '"') for name in (p, q)] == [actor, target]


def test_both_entities_of_every_row_are_found_the_actor_first(frame: pd.DataFrame) -> None:
    assert all(text[start:end] == name for text, name, (start, end) in pairs(frame))
    spans = zip(frame["actor_spans"], frame["target_spans"], strict=True)
    assert all(actor[1] <= target[0] for (actor,), (target,) in spans)


def test_texts_are_the_sentences_without_brackets_and_outer_spaces(frame: pd.DataFrame, folder: Path) -> None:
    assert not frame["text"].str.contains(r"[\[\]]").any()
    assert (frame["text"] == frame["text"].str.strip()).all()
    published = pd.read_csv(folder / "dataset" / "test.txt", sep="\t", header=None, keep_default_na=False)
    without = published[0].str.replace("[", "").str.replace("]", "")
    assert (without != without.str.strip()).any()
    assert list(part(frame, "test")["text"]) == list(without.str.strip())


def test_entities_are_kept_as_published_cut_words_and_seams_and_all(frame: pd.DataFrame) -> None:
    def is_cut(text: str, start: int, end: int) -> bool:
        seams = [text[place - 1 : place + 1] for place in (start, end) if 0 < place < len(text)]
        return any(seam.isalnum() for seam in seams)

    cut = [is_cut(text, *span) for text, _, span in pairs(frame)]
    assert (sum(cut[: len(frame)]), sum(cut[len(frame) :])) == (2272, 2165)
    assert frame["actor"].iloc[0] == "Los Angele"
    seams = frame["actor"].str.contains('"') | frame["target"].str.contains('"')
    assert seams.sum() == 35


def test_the_official_splits_leak(frame: pd.DataFrame) -> None:
    train, validation, test = (part(frame, split) for split in ("train", "validation", "test"))
    known = dict(zip(triples(train), train["label"], strict=True))
    copies = [(key, label) for key, label in zip(triples(test), test["label"], strict=True) if key in known]
    assert len(copies) == 400
    assert all(known[key] == label for key, label in copies)
    assert sum(key in {*known, *triples(validation)} for key in triples(test)) == 442

    seen = test["text"].isin({*train["text"], *validation["text"]})
    assert (seen.sum(), (~seen).sum()) == (444, 1179)
    in_train = test[test["text"].isin(set(train["text"]))]
    assert round((in_train["label"] != "neutral").mean(), 2) == 0.60
    assert round((test["label"] != "neutral").mean(), 2) == 0.35


def test_copies_never_disagree(frame: pd.DataFrame) -> None:
    assert Counter(Counter(triples(frame)).values()) == {1: 11_233, 2: 2496, 3: 1}
    assert len(frame.drop_duplicates(TRIPLE)) == len(frame.drop_duplicates([*TRIPLE, "label"]))


def test_a_group_is_a_sentence_whatever_its_entities(frame: pd.DataFrame) -> None:
    assert len(set(frame["group"])) == len(set(frame["text"])) == 13_717
    assert len(set(zip(frame["group"], frame["text"], strict=True))) == 13_717
    homes = frame[["group", "split"]].drop_duplicates()
    assert (homes.groupby("group").size() > 1).sum() == 838
    assert frame["group"].iloc[0] == "s-5fbe1d64c13e"


def write(folder: Path, training_line: str) -> None:
    (folder / "dataset").mkdir()
    for stem, line in {
        "train": training_line,
        "valid": "[Bo] met [Al].\tBo\tAl\t0\n",
        "test": "[X] [Y]\tX\tY\t3\n",
    }.items():
        (folder / "dataset" / f"{stem}.txt").write_text(line, encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "text", "actor_span", "target_span"),
    [
        (" [Ann] backs [Bo]. \tAnn\tBo\t1\n", "Ann backs Bo.", (0, 3), (10, 12)),
        ("[ Ann] backs [Bo ]by.\tAnn\tBo\t1\n", "Ann backs Bo by.", (0, 3), (10, 12)),
        ("Ann: [Ann] backs [An]n.\tAnn\tAn\t1\n", "Ann: Ann backs Ann.", (5, 8), (15, 17)),
        ('"""😀"" [Ann] backs [Bo.""Ha]"\tAnn\t"Bo.""Ha"\t1\n', '"😀" Ann backs Bo."Ha', (4, 7), (14, 20)),
    ],
)
def test_brackets_quotes_and_spaces(
    tmp_path: Path, line: str, text: str, actor_span: tuple[int, int], target_span: tuple[int, int]
) -> None:
    write(tmp_path, line)
    row = TASK.read(tmp_path, "all").iloc[0]
    assert (row["text"], row["label"]) == (text, "actor_pos")
    assert (row["actor_spans"], row["target_spans"]) == ([actor_span], [target_span])


@pytest.mark.parametrize(
    "line",
    [
        "[Ann] backs Bo.\tAnn\tBo\t1\n",
        "[Ann] [x] backs [Bo].\tAnn\tBo\t1\n",
        "[Ann] backs [Bo].\tBo\tAnn\t1\n",
        "[Ann] backs [Bo].\tAnn\tBo\t5\n",
        "[Ann] backs [Bo].\tAnn\tBo\t\n",
        "[Ann] backs [Bo].\tAnn\t1\n",
        "\n",
    ],
)
def test_a_row_that_cannot_be_read_is_refused_with_its_place(tmp_path: Path, line: str) -> None:
    write(tmp_path, "[Ann] backs [Bo].\tAnn\tBo\t1\n" + line)
    with pytest.raises(InputError, match=r"train\.txt:2: is not a usable row"):
        TASK.read(tmp_path, "all")
