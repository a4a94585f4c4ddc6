"""RuSentRel 1.1: attitudes between entities in Russian analytical articles (Loukachevitch & Rusnachenko 2018).

An item is one line of an ``.opin.txt`` file: in this article, the holder's attitude toward the target is negative
or positive. The ids are ``<split>/art<N>|<line>``, as in ``train/art1|3``: the third line of that article's file,
counted from 1. The labels of the test articles stand in the folder ``etalon``.

The label is of a whole article. The sentences that name holder and target are found here, by the entities marked
in the ``.ann`` files. A holder or target is in the nominative and a mention in any case, so both name one entity
when a line of ``synonyms.txt`` has both, case endings apart.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from standoff.errors import InputError
from standoff.files import read_text
from standoff.tasks.getting.source import github
from standoff.tasks.split_sets import LISTS, as_published, frozen
from standoff.tasks.task import Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from standoff.tasks.frame import Span

SOURCE = github("nicolay-r/RuSentRel", "552b16533a7a067bc4492a38aee6ba024edcde50", files="rusentrel.txt")

_LABELS_IN = {"train": "train", "test": "etalon"}
_TIMES = {"current": "current", "present": "current", "past": "past"}  # "present" five times, for "current"
# Every line that is not empty starts with this prefix, and on 124 lines nothing follows it.
_SENTENCE = re.compile(r"^\{Author, Unknown\} (?P<sentence>\S.*?) *\r?$", re.MULTILINE)
_WORD = re.compile(r"\w+")
# Case endings of Russian nouns and adjectives, singular and plural.
_ENDINGS = (
    *("а", "я", "у", "ю", "ы", "и", "е", "о", "ь", "й"),  # noqa: RUF001 - Russian letters
    *("ой", "ей", "ою", "ею", "ью", "ом", "ем", "ам", "ям", "ах", "ях"),  # noqa: RUF001 - Russian letters
    *("ов", "ев", "ами", "ями", "ий", "ый", "ая", "яя", "ее", "ое", "ые", "ие"),  # noqa: RUF001 - Russian letters
    *("ого", "его", "ому", "ему", "ым", "им", "ых", "их", "ыми", "ими", "ую", "юю"),  # noqa: RUF001 - Russian letters
)


class Mention(NamedTuple):
    """A name in an article: the number of the sentence, from 0, and the span in it in code points."""

    sentence: int
    start: int
    end: int


class Article(NamedTuple):
    """The sentences of an article without the prefix, and what its ``.ann`` file marks in them, by place."""

    sentences: list[str]
    entities: list[tuple[Mention, str]]


class Synonyms:
    """Which names mean the same entity, by the lines of ``synonyms.txt``: names of one entity, comma-separated."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._known: dict[str, list[tuple[tuple[str, ...], int]]] = {}
        self._found: dict[str, frozenset[int]] = {}
        for group, line in enumerate(lines):
            for words in map(_words, line.split(",")):
                for stem in _stems(words[0]):
                    self._known.setdefault(stem, []).append((words, group))

    def groups(self, name: str) -> frozenset[int]:
        """Return the lines, counted from 0, that have the name in any case; a few names are on two of them."""
        if name not in self._found:
            words = _words(name)
            near = (entry for stem in _stems(words[0]) for entry in self._known.get(stem, ()))
            self._found[name] = frozenset(group for other, group in near if _same(words, other))
        return self._found[name]

    def mentions(self, article: Article, name: str) -> list[Mention]:
        """Return where the article names the entity: as marked, or else where the name itself stands."""
        groups = self.groups(name)
        marked = [mention for mention, entity in article.entities if groups & self.groups(entity)]
        return marked or list(_occurrences(article.sentences, _words(name)))


def read(folder: Path, variant: str) -> pd.DataFrame:
    """Return the frame of a variant: the articles by split and number, in each the lines of its labels.

    Slice columns: ``document``, ``time`` (of the attitude: ``current`` or ``past``) and ``context``: whether a
    sentence of the article names both (``together``), sentences name the one or the other (``apart``), or the
    holder or the target is named nowhere (``one``).

    Args:
        folder: The files, laid out as upstream.
        variant: ``sentences`` or ``articles``.

    Raises:
        InputError: A line of labels is not of the form ``holder, target, label, time``.
    """
    synonyms = Synonyms(read_text(folder / "synonyms.txt").splitlines())
    first: dict[tuple[str, ...], str] = {}
    rows: list[dict[str, Any]] = []
    for split, name in _articles():
        document = f"{split}/{name}"
        article = read_article(folder / f"{document}.txt")
        group = first.setdefault(tuple(article.sentences), document)
        for number, holder, target, label, time in _labels(folder / _LABELS_IN[split] / f"{name}.opin.txt"):
            rows.append(
                {
                    "id": f"{document}|{number}",
                    "group": group,
                    **_item(article, synonyms, holder, target, whole=variant == "articles"),
                    "label": label,
                    "split": split,
                    "document": document,
                    "time": time,
                }
            )
    return pd.DataFrame(rows)


def read_article(path: Path) -> Article:
    """Return the article in ``<path>``, and the entities in the ``.ann`` file (brat's format) beside it.

    Upstream, offsets count the characters of the file as it is, with the prefixes and both characters of a CRLF.
    The words of the prefix, which are marked as entities too, are left out.
    """
    found = list(_SENTENCE.finditer(read_text(path)))
    starts = [match.start("sentence") for match in found]
    entities = []
    for line in read_text(path.with_suffix(".ann")).splitlines():
        _, place, name = line.split("\t")
        start, end = map(int, place.split(" ")[1:])
        number = bisect_right(starts, start) - 1
        if number >= 0 and end <= found[number].end("sentence"):
            entities.append((Mention(number, start - starts[number], end - starts[number]), name))
    return Article([match["sentence"] for match in found], sorted(entities))


def _articles() -> Iterator[tuple[str, str]]:
    """Yield split and name of each article, such as ``train`` and ``art1``, by split and number."""
    matches = [re.fullmatch(r"(train|test)/art(\d+)\.txt", path) for path in SOURCE.checksums()]
    for split in _LABELS_IN:
        for number in sorted(int(match[2]) for match in matches if match and match[1] == split):
            yield split, f"art{number}"


def _labels(path: Path) -> Iterator[tuple[int, str, str, str, str]]:
    """Yield number, holder, target, label and time of each line that is not empty."""
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        # No name has a comma in it, and after some commas the space is missing.
        match [field.strip() for field in line.split(",")]:
            case [holder, target, label, time] if time in _TIMES:
                yield number, holder, target, label, _TIMES[time]
            case [""]:
                continue
            case _:
                raise InputError(
                    "is not an attitude",
                    where=f"{path}:{number}",
                    got=line,
                    expected=f"holder, target, label, one of {', '.join(_TIMES)}",
                )


def _item(article: Article, synonyms: Synonyms, holder: str, target: str, *, whole: bool) -> dict[str, Any]:
    """Return the columns that come from the article and the two names."""
    by_holder, by_target = (synonyms.mentions(article, name) for name in (holder, target))
    of_holder, of_target = ({mention.sentence for mention in found} for found in (by_holder, by_target))
    together = of_holder & of_target
    kept = range(len(article.sentences)) if whole else sorted(together or of_holder | of_target)
    start_of, length = {}, 0
    for number in kept:
        start_of[number] = length
        length += len(article.sentences[number]) + 1  # the line end
    return {
        "text": "\n".join(article.sentences[number] for number in kept),
        "actor": holder,
        "target": target,
        "actor_spans": _spans(by_holder, start_of),
        "target_spans": _spans(by_target, start_of),
        "context": "together" if together else "apart" if of_holder and of_target else "one",
    }


def _spans(mentions: list[Mention], start_of: dict[int, int]) -> list[Span]:
    return [(start_of[n] + start, start_of[n] + end) for n, start, end in mentions if n in start_of]


def _occurrences(sentences: list[str], words: tuple[str, ...]) -> Iterator[Mention]:
    for number, sentence in enumerate(sentences):
        found = list(_WORD.finditer(sentence))
        for place in range(len(found) - len(words) + 1):
            part = found[place : place + len(words)]
            if _same(words, tuple(_fold(match[0]) for match in part)):
                yield Mention(number, part[0].start(), part[-1].end())


def _words(name: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(_fold(name)))


def _fold(text: str) -> str:
    return text.lower().replace("ё", "е")  # noqa: RUF001 - the Russian letter, often written without dots


def _same(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two names have the same words, case endings apart."""
    return len(one) == len(other) and not any(
        _stems(word).isdisjoint(_stems(counterpart)) for word, counterpart in zip(one, other, strict=True)
    )


@cache
def _stems(word: str) -> frozenset[str]:
    """Return the word and what is left of it, three letters or more, without each ending that it may have."""
    cut = (word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending))
    return frozenset({word, *(stem for stem in cut if len(stem) >= 3)})


TASK = Task(
    name="rusentrel",
    version=1,
    title="RuSentRel 1.1: attitudes between entities in Russian analytical articles",
    description=(
        "An item is an article about international politics, a holder and a target; the label is the holder's "
        "attitude in the whole article. Pairs without an attitude are not in the set, nor are the author's own 91 "
        "attitudes (`*.author.txt`), which are kept apart upstream. 13 of the 29 test articles are copies of "
        "training articles, labelled anew: they hold 246 of the 794 test items, of which 112 have a holder and "
        "target that the training copy has too, 4 of them with the other label. Copies share a group. The "
        "repository has 42 + 29 articles and not the 44 + 29 of its README: 9, 22, 26 and 70 are missing. The "
        "sentences that name holder and target are found by the entities that a program marked upstream and by "
        "the list of synonyms. The slice `context` says whether a sentence names both (1,141 items), sentences "
        "name the one or the other (215) or one of the two is named nowhere (4)."
    ),
    language="ru",
    label_kind="human",
    annotators="experts; how many labelled each article is not stated in the repository",
    agreement=(
        "F1 0.55, averaged over positive and negative, of one more expert against the labels, for finding and "
        "labelling pairs (README); none is stated for the label of a given pair"
    ),
    licence="MIT",
    terms=(
        "RuSentRel is under the MIT licence; its articles are translations published by inosmi.ru. The paper to "
        "cite is Loukachevitch and Rusnachenko (2018)."
    ),
    citation="""\
@inproceedings{loukachevitch2018extracting,
    title = "Extracting Sentiment Attitudes from Analytical Texts",
    author = "Loukachevitch, Natalia  and
      Rusnachenko, Nicolay",
    booktitle = "Computational Linguistics and Intellectual Technologies: Proceedings of the International
      Conference {Dialogue} 2018",
    year = "2018",
    url = "https://arxiv.org/abs/1808.08932",
}
""",
    homepage="https://github.com/nicolay-r/RuSentRel",
    labels=("neg", "pos"),
    metric="macro_f1",
    # The paper finds the pairs too. The authors' later F1 on given pairs is not ours: it averages precision and
    # recall over articles first.
    paper_metric=None,
    paper_scores="F1 averaged over positive and negative, from precision and recall averaged over documents",
    board_map=None,
    board_map_reason=(
        "The labels are sentiment of one country, person or organisation toward another: hostile or friendly, and "
        "not for or against an action that someone proposes."
    ),
    holder="a named entity of the article (a person, organisation, place or state), in the nominative",
    target_kind="another named entity of the article, in the nominative",
    variants={
        "sentences": "the sentences that name both, or where none does, those that name either, one a line",
        "articles": "the whole article, one sentence a line",
    },
    default_moves=False,
    made_with_label={"time": "read from the text by the coders together with the label"},
    split_sets={"audited": frozen(LISTS / "rusentrel.tsv"), "official": as_published},
    source=SOURCE,
    read=read,
    coder_labels=None,  # one label per pair; those of the other expert, whom the README scores, are not published
)
