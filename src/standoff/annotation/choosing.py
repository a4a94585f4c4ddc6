"""What to code next: the articles or units of the training data from which a model would learn most.

A sample chosen by a model says nothing about the texts it was chosen from. So only training articles are ranked,
and a model only ever sees training labels. Validation and test articles stay what they are: a sample that nobody
chose by what a model finds hard. An article without a split may end up there, and is not ranked either.

- ``uncertainty``: the entropy of a classifier's stance probabilities (Lewis and Gale 1994, A sequential algorithm
  for training text classifiers, SIGIR, 3-12).
- ``disagreement``: the vote entropy of a committee, each member trained on a bootstrap sample of the coded
  articles and on the answer of one coder, drawn at random, per unit (Dagan and Engelson 1995, Committee-based
  sampling for training probabilistic classifiers, ICML, 150-157). Members differ where data are few and where
  coders differ.
- ``diversity``: the farthest from all that is coded or chosen already (Gonzalez 1985, Clustering to minimize the
  maximum intercluster distance, Theoretical Computer Science 38:293-306).
- ``mix``: half the mean of the first two, half the third, chosen one by one (maximal marginal relevance; Carbonell
  and Goldstein 1998, SIGIR, 335-336).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from standoff.annotation.campaign.campaign import practised
from standoff.corpus.sources import units_of
from standoff.corpus.text import PARAGRAPH_BREAK, find_mentions
from standoff.errors import InputError, NotFoundError, RefusedError
from standoff.records import UNIT_FIELDS, Split

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from standoff.corpus.sources import Sources
    from standoff.evaluation.metrics import FloatArray
    from standoff.records import Judgement, UnitKey

SEED = 12345


class By(StrEnum):
    """What makes a unit worth coding."""

    UNCERTAINTY = "uncertainty"
    DISAGREEMENT = "disagreement"
    DIVERSITY = "diversity"
    MIX = "mix"


DISTANCE_WEIGHT = {By.UNCERTAINTY: 0.0, By.DISAGREEMENT: 0.0, By.DIVERSITY: 1.0, By.MIX: 0.5}
"""What the distance from all that is coded or chosen counts in the score; what a model says counts the rest."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What to code next, in order.

    Attributes:
        units: One unit; of an article, all that are not coded.
        score: By what was asked for.
        uncertainty: Entropy of the stance probabilities, 0 to 1; of an article, the mean of its units. None where
            nothing was trained.
        disagreement: Entropy of the committee's votes, 0 to 1; as above.
        distance: Cosine distance, 0 to 1, from the nearest that is coded or stands above in the list.
    """

    units: tuple[UnitKey, ...]
    score: float
    uncertainty: float | None
    disagreement: float | None
    distance: float

    def to_json(self) -> dict[str, Any]:
        """Return the choice as JSON-ready values."""
        return {
            "units": [dict(zip(UNIT_FIELDS, key, strict=True)) for key in self.units],
            "score": self.score,
            "uncertainty": self.uncertainty,
            "disagreement": self.disagreement,
            "distance": self.distance,
        }


@dataclass(frozen=True, slots=True)
class Pool:
    """What can be chosen from.

    Attributes:
        coded: Units of training articles with judgements, in order.
        open: Units of training articles without any, in order.
        without_text: Training articles left out, as their texts are not at hand.
        without_split: Articles with units that nobody has coded, left out as they belong to no split.
    """

    coded: tuple[UnitKey, ...]
    open: tuple[UnitKey, ...]
    without_text: tuple[str, ...]
    without_split: tuple[str, ...]


def make_pool(sources: Sources, split: str, texts: Mapping[str, str]) -> Pool:
    """Return what can be chosen from.

    Raises:
        RefusedError: The split is not ``train``.
    """
    if split != Split.TRAIN:
        raise RefusedError(
            "a model chooses training data only: what it finds hard is no sample of the texts to test on",
            got=f"split {split}",
            expected="train",
            remedy="code all articles of the other splits, or a random sample of them",
        )
    training = {article_id for article_id, _ in sources.splits.get(Split.TRAIN, [])}
    elsewhere = {
        article_id
        for name, listed in sources.splits.items()
        if name is not Split.TRAIN
        for article_id, _ in listed
    }
    elsewhere |= practised(sources.root)  # who knows the answers from practice cannot code them blind
    judged = {entry.record.key for entry in sources.judgements}
    coded, open_, without_text, without_split = [], [], [], []
    for entry in sorted(sources.articles, key=lambda entry: entry.record.article_id):
        article, keys = entry.record, list(units_of(entry.record))
        if article.article_id in training - elsewhere:
            if article.text is None and article.article_id not in texts:
                without_text.append(article.article_id)
                continue
            coded += [key for key in keys if key in judged]
            open_ += [key for key in keys if key not in judged]
        elif article.article_id not in elsewhere and not judged.issuperset(keys):
            without_split.append(article.article_id)
    return Pool(tuple(coded), tuple(open_), tuple(without_text), tuple(without_split))


def choose(
    sources: Sources,
    judgements: Iterable[Judgement],
    *,
    by: By,
    n: int,
    split: str = Split.TRAIN,
    texts: Mapping[str, str] | None = None,
    whole_articles: bool = False,
    seed: int = SEED,
) -> list[Choice]:
    """Return what to code next, at most ``n``, best first. The same arguments give the same list.

    Args:
        sources: The checked sources.
        judgements: Whose answers train the models; those outside the training articles are not looked at.
        by: What makes a unit worth coding.
        n: How many.
        split: ``train``; everything else is refused.
        texts: Texts of bring-your-own articles, by id.
        whole_articles: Rank articles by the mean of their units that are not coded, as an article is read once.
        seed: Of the committee.

    Raises:
        RefusedError: Another split than ``train`` is asked for.
        InputError: ``n`` is below 1, or ``by`` needs a model and fewer than two stances are coded to train it on.
        NotFoundError: All training units at hand are coded.
    """
    pool = make_pool(sources, split, texts or {})
    if n < 1:
        raise InputError("there is nothing to choose", got=n, expected="a number of 1 or more")
    if not pool.open:
        left_out = pool.without_text + pool.without_split
        raise NotFoundError(
            "no unit of the training articles at hand is without a judgement",
            where="corpus/sources/splits/train.txt",
            got=f"left out: {', '.join(left_out)}" if left_out else None,
            remedy="list new articles of training conflicts there; name texts kept elsewhere with --texts",
        )
    from standoff.annotation import learner  # noqa: PLC0415 - scikit-learn, which takes a second

    answers: dict[UnitKey, list[str]] = {key: [] for key in pool.coded}
    for judgement in judgements:
        if judgement.key in answers:
            answers[judgement.key].append(judgement.stance.value)
    keys = [*pool.coded, *pool.open]
    vectors = learner.vectors(*_words(sources, keys, texts or {}))
    coded, candidates = vectors[: len(pool.coded)], vectors[len(pool.coded) :]
    groups = _together(pool.open, whole_articles=whole_articles)
    n_stances = len({stance for given in answers.values() for stance in given})
    worth: dict[str, FloatArray] = {}
    if n_stances > 1:
        training = learner.Training(
            coded, [sorted(given) for given in answers.values()], [key[0] for key in answers]
        )
        worth = {
            By.UNCERTAINTY: learner.group_means(learner.uncertainty(training, candidates), groups),
            By.DISAGREEMENT: learner.group_means(learner.disagreement(training, candidates, seed), groups),
        }
        worth[By.MIX] = (worth[By.UNCERTAINTY] + worth[By.DISAGREEMENT]) / 2
    elif by is not By.DIVERSITY:
        raise InputError(
            f"{by} needs a model, and the training articles have labels of {n_stances} stances",
            expected="two stances or more",
            remedy="choose by diversity, or code some articles at random",
        )
    picked = learner.pick(
        learner.group_vectors(candidates, groups),
        coded,
        worth.get(by),
        weight=DISTANCE_WEIGHT[by],
        n=n,
    )
    return [
        Choice(
            units=tuple(pool.open[index] for index in groups[one.place]),
            score=one.score,
            uncertainty=float(worth[By.UNCERTAINTY][one.place]) if worth else None,
            disagreement=float(worth[By.DISAGREEMENT][one.place]) if worth else None,
            distance=one.distance,
        )
        for one in picked
    ]


def _words(
    sources: Sources, keys: Sequence[UnitKey], texts: Mapping[str, str]
) -> tuple[list[str], list[str], list[str]]:
    """Return what a model reads of each unit: the paragraphs that name the actor, its name, the proposition.

    Where no paragraph names the actor, it is the whole text.
    """
    articles, actors = sources.articles_by_id, sources.actors_by_id
    propositions = sources.propositions_by_id
    passages: dict[tuple[str, str], str] = {}
    for article_id, actor_id, _ in keys:
        if (article_id, actor_id) not in passages:
            text = articles[article_id].text or texts[article_id]
            named = [part for part in text.split(PARAGRAPH_BREAK) if find_mentions(part, [actors[actor_id]])]
            passages[article_id, actor_id] = PARAGRAPH_BREAK.join(named) or text
    return (
        [passages[key[:2]] for key in keys],
        [actors[key[1]].name for key in keys],
        [propositions[key[2]].text for key in keys],
    )


def _together(keys: Sequence[UnitKey], *, whole_articles: bool) -> list[list[int]]:
    """Return the places of the units that are chosen together."""
    groups: dict[object, list[int]] = defaultdict(list)
    for index, key in enumerate(keys):
        groups[key[0] if whole_articles else key].append(index)
    return list(groups.values())
