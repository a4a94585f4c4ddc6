# ruff: noqa: RUF001 - Russian names have letters that look Latin
from __future__ import annotations

import re
import shutil
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from standoff.errors import InputError
from standoff.files import read_text, sha256_file, sha256_text
from standoff.tasks.duplicates import Duplicates
from standoff.tasks.frame import check_frame, frame_digest
from standoff.tasks.registry import get_task
from standoff.tasks.sets.rusentrel import SOURCE, TASK, Article, Mention, Synonyms, read_article
from standoff.tasks.split_sets import without_leaks

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

DOCUMENTS = [path[:-4] for path in SOURCE.checksums() if re.fullmatch(r"(train|test)/art\d+\.txt", path)]
LABELS_IN = {"train": "train", "test": "etalon"}
COPIES = {f"test/art{n + 61}": f"train/art{n}" for n in (*range(1, 9), *range(10, 15))}


@pytest.fixture(scope="session")
def folder(shared_data: Path) -> Path:
    return shared_data / "rusentrel"


@pytest.fixture(scope="session")
def sentences(folder: Path) -> pd.DataFrame:
    return TASK.read(folder, "sentences")


@pytest.fixture(scope="session")
def articles(folder: Path) -> pd.DataFrame:
    return TASK.read(folder, "articles")


def label_lines(folder: Path, document: str) -> list[str]:
    split, _, name = document.partition("/")
    lines = read_text(folder / LABELS_IN[split] / f"{name}.opin.txt").splitlines()
    return [line for line in lines if line.strip()]


def author_lines(folder: Path) -> list[str]:
    files = [*folder.glob("train/*.author.txt"), *folder.glob("test/*.author.txt")]
    return [line for path in files for line in read_text(path).splitlines() if line.strip()]


def counts(frame: pd.DataFrame, *columns: str) -> dict[object, int]:
    return {key: int(n) for key, n in frame.groupby(list(columns)).size().items()}


def pairs(frame: pd.DataFrame) -> dict[tuple[str, str], str]:
    return dict(zip(zip(frame["actor"], frame["target"], strict=True), frame["label"], strict=True))


def test_the_declaration_is_registered_and_declares_what_is_read(folder: Path) -> None:
    assert get_task("rusentrel") is TASK
    assert "MIT" in TASK.terms
    assert "loukachevitch2018extracting" in TASK.citation
    assert TASK.board_map is None
    kinds = Counter(re.sub(r"art\d+", "artN", path) for path in SOURCE.checksums())
    assert kinds.pop("synonyms.txt") == 1
    assert {name for name, n in kinds.items() if n == 42} == {
        "train/artN.txt",
        "train/artN.ann",
        "train/artN.opin.txt",
    }
    assert {name for name, n in kinds.items() if n == 29} == {
        "test/artN.txt",
        "test/artN.ann",
        "etalon/artN.opin.txt",
    }
    assert len(kinds) == 6
    assert all(sha256_file(folder / path) == sha256 for path, sha256 in SOURCE.checksums().items())


@pytest.mark.parametrize(
    ("variant", "digest"),
    [
        ("sentences", "18066fde6ad953704c374c1b2ac9fa9eb54f73a34b1fa981e94ad4e1761ea01c"),
        ("articles", "546bade7eb6c7048e8e50f034cb95761d741f39cdd4c09d36c718134d18a60c9"),
    ],
)
def test_the_frame_fits_and_has_not_changed(folder: Path, variant: str, digest: str) -> None:
    # The digests change only with TASK.version.
    frame = TASK.read(folder, variant)
    check_frame(TASK.split_sets["official"](frame), TASK.labels, "rusentrel")
    assert (TASK.version, frame_digest(frame)) == (1, digest)


def test_the_counts_are_those_of_the_files(folder: Path, sentences: pd.DataFrame) -> None:
    assert counts(sentences, "split", "label") == {
        ("train", "neg"): 336,
        ("train", "pos"): 230,
        ("test", "neg"): 388,
        ("test", "pos"): 406,
    }
    assert counts(sentences.drop_duplicates("document"), "split") == {"train": 42, "test": 29}
    assert counts(sentences, "document") == {name: len(label_lines(folder, name)) for name in DOCUMENTS}


@pytest.mark.parametrize(
    ("split", "items"),
    [
        (
            "train",
            [
                ("train/art1|1", "neg", "053109e2eb409620", "3be033a00d7f8834"),
                ("train/art1|10", "neg", "8191507cfff1553d", "3be033a00d7f8834"),
                ("train/art45|13", "neg", "ff3b489e98b19b33", "3db6e363e64f4759"),
            ],
        ),
        (
            "test",
            [
                ("test/art46|1", "neg", "2621d7e7caa89502", "12a5133cd1d2f19e"),
                ("test/art46|10", "pos", "39908a1bdba39ad6", "12a5133cd1d2f19e"),
                ("test/art75|43", "pos", "a5723fb3cc2a4375", "4f18f0625bb1242a"),
            ],
        ),
    ],
)
def test_first_tenth_and_last_item_of_each_split(
    sentences: pd.DataFrame, articles: pd.DataFrame, split: str, items: list[tuple[str, str, str, str]]
) -> None:
    for column, frame in ((2, sentences), (3, articles)):
        rows = frame[frame["split"] == split].iloc[[0, 9, -1]]
        found = zip(rows["id"], rows["label"], [sha256_text(text)[:16] for text in rows["text"]], strict=True)
        assert list(found) == [(item[0], item[1], item[column]) for item in items]


def test_items_stand_in_the_order_of_the_source(sentences: pd.DataFrame) -> None:
    found = [re.fullmatch(r"(train|test)/art(\d+)\|(\d+)", name) for name in sentences["id"]]
    keys = [(match[1] == "test", int(match[2]), int(match[3])) for match in found if match]
    assert len(keys) == len(sentences)
    assert all(one < other for one, other in pairwise(keys))


def test_four_articles_are_missing_and_the_readme_counts_two_of_them(folder: Path) -> None:
    numbers = {int(document.partition("/art")[2]) for document in DOCUMENTS}
    assert set(range(1, 76)) - numbers == {9, 22, 26, 70}
    assert re.search(r"Number of documents\s+\| 44\s+\| 29\s+\|", read_text(folder / "README.md"))
    # One of the four left its labels behind.
    assert len(label_lines(folder, "train/art22")) == 9
    assert not (folder / "train" / "art22.txt").exists()


def test_copied_articles_share_a_group(folder: Path, sentences: pd.DataFrame) -> None:
    moved = sentences[sentences["group"] != sentences["document"]]
    assert dict(zip(moved["document"], moved["group"], strict=True)) == COPIES
    assert all(sha256_file(folder / f"{a}.txt") == sha256_file(folder / f"{b}.txt") for a, b in COPIES.items())
    assert sentences["group"].nunique() == 58


def test_no_other_article_is_a_copy_or_nearly_one(articles: pd.DataFrame) -> None:
    firsts = articles.drop_duplicates("document")
    clusters = Duplicates(list(firsts["text"])).clusters()
    together = firsts.groupby(clusters)["document"].agg(frozenset)
    assert {names for names in together if len(names) > 1} == {frozenset(pair) for pair in COPIES.items()}


def test_copies_are_labelled_anew(sentences: pd.DataFrame) -> None:
    items = shared = opposite = 0
    for copy, first in COPIES.items():
        ours, theirs = (pairs(sentences[sentences["document"] == name]) for name in (copy, first))
        items += len(ours)
        shared += len(ours.keys() & theirs.keys())
        opposite += sum(ours[pair] != theirs[pair] for pair in ours.keys() & theirs.keys())
    assert (items, shared, opposite) == (246, 112, 4)
    # Over all articles more pairs return: countries are much the same everywhere.
    train, test = (sentences[sentences["split"] == split] for split in ("train", "test"))
    assert len(pairs(train).keys() & pairs(test).keys()) == 142


def test_the_audited_rule_leaves_out_the_copies_and_nothing_else(sentences: pd.DataFrame) -> None:
    kept = without_leaks(sentences)
    assert set(sentences["id"]) - set(kept["id"]) == set(sentences[sentences["document"].isin(COPIES)]["id"])
    assert counts(kept[kept["split"] == "test"], "label") == {"neg": 243, "pos": 305}


def test_no_pair_stands_twice_in_an_article(sentences: pd.DataFrame) -> None:
    assert not sentences.duplicated(["document", "actor", "target"]).any()
    assert not (sentences["actor"] == sentences["target"]).any()


def test_names_have_no_comma_and_nine_lines_lack_a_space(folder: Path, sentences: pd.DataFrame) -> None:
    lines = [line for document in DOCUMENTS for line in label_lines(folder, document)]
    assert {line.count(",") for line in lines} == {3}
    assert sum(line.count(", ") < 3 for line in lines) == 9
    assert all(
        (sentences[column] == sentences[column].str.strip()).all() for column in ("actor", "target", "label")
    )


def test_present_is_current(folder: Path, sentences: pd.DataFrame) -> None:
    times = Counter(line.rpartition(",")[2].strip() for name in DOCUMENTS for line in label_lines(folder, name))
    assert times == {"current": 1164, "past": 191, "present": 5}
    assert counts(sentences, "split", "time") == {
        ("train", "current"): 507,
        ("train", "past"): 59,
        ("test", "current"): 662,
        ("test", "past"): 132,
    }


def test_the_authors_own_attitudes_are_not_items(folder: Path, sentences: pd.DataFrame) -> None:
    holders = Counter(line.partition(",")[0].lower() for line in author_lines(folder))
    assert holders == {"author": 87, "автор": 4}
    assert not set(sentences["actor"].str.lower()) & set(holders)
    assert not set(sentences["target"].str.lower()) & set(holders)


def test_offsets_upstream_count_the_characters_of_the_file_as_it_is(folder: Path) -> None:
    marked = fitting = fitting_without_cr = 0
    for document in DOCUMENTS:
        raw = read_text(folder / f"{document}.txt")
        for line in read_text(folder / f"{document}.ann").splitlines():
            _, place, name = line.split("\t")
            start, end = map(int, place.split(" ")[1:])
            marked += 1
            fitting += raw[start:end] == name
            fitting_without_cr += raw.replace("\r", "")[start:end] == name
    assert (marked, fitting, fitting_without_cr) == (19_509, 19_509, 198)


def test_all_sentences_and_entities_are_read_and_the_prefix_is_not(folder: Path) -> None:
    found = {document: read_article(folder / f"{document}.txt") for document in DOCUMENTS}
    assert sum(len(article.sentences) for article in found.values()) == 5222
    # 19,509 without "Author" and "Unknown" on 5,222 lines and on 124 with nothing else.
    assert sum(len(article.entities) for article in found.values()) == 19_509 - 2 * (5222 + 124)
    for document, (lines, entities) in found.items():
        raw = read_text(folder / f"{document}.txt")
        assert "".join(raw.replace("{Author, Unknown}", "").split()) == "".join("".join(lines).split())
        assert all(line == line.strip() and not set(line) & set("\r\n{}") for line in lines)
        assert all(lines[mention.sentence][mention.start : mention.end] == name for mention, name in entities)
        assert entities == sorted(entities)


def test_every_entity_and_every_name_is_in_the_synonyms(folder: Path, sentences: pd.DataFrame) -> None:
    synonyms = Synonyms(read_text(folder / "synonyms.txt").splitlines())
    entities = [name for document in DOCUMENTS for _, name in read_article(folder / f"{document}.txt").entities]
    several = sum(len(synonyms.groups(name)) > 1 for name in entities)
    assert all(synonyms.groups(name) for name in {*entities, *sentences["actor"], *sentences["target"]})
    assert (len(entities), several) == (8817, 174)
    # Without case endings a third of the entities would not be there.
    listed = {name.strip() for line in read_text(folder / "synonyms.txt").splitlines() for name in line.split(",")}
    assert sum(name.lower() in listed for name in entities) == 6013


def test_context_says_what_the_sentences_name(sentences: pd.DataFrame) -> None:
    assert counts(sentences, "split", "context") == {
        ("train", "together"): 472,
        ("train", "apart"): 92,
        ("train", "one"): 2,
        ("test", "together"): 669,
        ("test", "apart"): 123,
        ("test", "one"): 2,
    }
    columns = ("text", "context", "actor_spans", "target_spans")
    for text, context, actor, target in zip(*(sentences[name] for name in columns), strict=True):
        by_actor, by_target = ({text.count("\n", 0, start) for start, _ in spans} for spans in (actor, target))
        every_line = set(range(text.count("\n") + 1))
        if context == "together":
            assert by_actor == by_target == every_line
        else:
            assert not by_actor & by_target
            assert by_actor | by_target == every_line
            assert (context == "apart") == bool(by_actor and by_target)


def test_context_and_names_are_the_same_in_both_variants(sentences: pd.DataFrame, articles: pd.DataFrame) -> None:
    varying = ["text", "actor_spans", "target_spans"]
    assert sentences.drop(columns=varying).equals(articles.drop(columns=varying))
    for few, whole in zip(sentences["text"], articles["text"], strict=True):
        lines = iter(whole.split("\n"))
        assert all(line in lines for line in few.split("\n"))  # in the order of the article


@pytest.mark.parametrize(("variant", "held"), [("sentences", (5662, 5792)), ("articles", (18_310, 19_492))])
def test_spans_hold_the_entities_of_the_holder_and_of_the_target(
    request: pytest.FixtureRequest, folder: Path, variant: str, held: tuple[int, int]
) -> None:
    frame = request.getfixturevalue(variant)
    marked = {name: {entity for _, entity in read_article(folder / f"{name}.txt").entities} for name in DOCUMENTS}
    found, sought = [], 0
    for column in ("actor", "target"):
        for document, text, name, spans in frame[["document", "text", column, f"{column}_spans"]].to_numpy():
            names = [text[start:end] for start, end in spans]
            found.append((column, len(names)))
            assert all(end <= start for (_, end), (start, _) in pairwise(spans))
            if not set(names) <= marked[document]:
                sought += 1  # no entity is marked, and the name itself stands there
                assert {other.lower()[:2] for other in names} == {name.lower()[:2]}
    assert tuple(sum(n for other, n in found if other == column) for column in ("actor", "target")) == held
    assert tuple(sum(n > 0 for other, n in found if other == column) for column in ("actor", "target")) == (
        1359,
        1357,
    )
    assert sought == 26


def test_one_item_has_its_two_people_on_one_line_of_the_synonyms(sentences: pd.DataFrame) -> None:
    zipped = zip(sentences["id"], sentences["actor_spans"], sentences["target_spans"], strict=True)
    assert [name for name, actor, target in zipped if set(actor) & set(target)] == ["test/art46|14"]


@pytest.mark.parametrize(
    ("frame", "lengths"),
    [("sentences", [46, 353, 2368, 18_398]), ("articles", [1467, 12_649, 37_193, 43_172])],
)
def test_texts_are_long(request: pytest.FixtureRequest, frame: str, lengths: list[int]) -> None:
    found = request.getfixturevalue(frame)["text"].str.len()
    assert found.quantile([0, 0.5, 0.9, 1], interpolation="nearest").tolist() == lengths


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("Иран", {0}),
        ("Ирана", {0}),
        ("Ираком", {1}),
        ("Китаем", {2}),
        ("КИТАЯ", {2}),
        ("КНР", {2}),
        ("Стефану Лёвену", {3}),
        ("Левен", {3, 4}),
        ("Стефан", set()),
        ("Российская Федерация", {5}),
        ("Российской Федерацией", {5}),
        ("Федерация Российская", set()),
        ("россияне", set()),
        ("ЕС", {6}),
        ("Е", set()),
    ],
)
def test_names_are_the_same_in_every_case(name: str, groups: set[int]) -> None:
    lines = ["иран", "ирак", "китай, кнр", "лёвен, стефан лёвен", "левен", "россия, российская федерация", "ес"]
    assert Synonyms(lines).groups(name) == groups


def test_a_name_that_nobody_marked_is_sought_itself() -> None:
    sentences = ["Лига арабских государств и Лиги арабских стран.", "От Лиги арабских государств: нет."]
    marked = (Mention(0, 0, 4), "Лига")
    synonyms = Synonyms(["лига", "лига арабских государств"])
    article = Article(sentences, [marked])
    assert synonyms.mentions(article, "Лигой") == [marked[0]]
    assert synonyms.mentions(article, "Лига арабских государств") == [Mention(0, 0, 24), Mention(1, 3, 27)]
    assert synonyms.mentions(article, "Франция") == []


@pytest.mark.parametrize("line", ["Россия, США, neg", "Россия, США, neg, today", "Россия, США, РФ, neg, past"])
def test_a_line_that_is_no_attitude_is_refused_with_its_place(folder: Path, tmp_path: Path, line: str) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    path = tmp_path / "copy" / "etalon" / "art46.opin.txt"
    path.write_text(f"\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(f"{path}:2: is not an attitude")):
        TASK.read(tmp_path / "copy", "sentences")
