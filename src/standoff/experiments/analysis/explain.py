"""Explanations by occlusion: how far a decision falls when one word of the text is blanked out.

A word's weight is the margin of the predicted label over the strongest other one with the word, minus the margin
without it (Zeiler and Fergus 2014, Visualizing and Understanding Convolutional Networks, ECCV, for images; Li,
Monroe and Jurafsky 2016, Understanding Neural Networks through Representation Erasure, arXiv:1612.08220, for
words). It asks nothing of a model but scores, so models of any kind can be compared. Weights do not add up to the
margin: words that say the same cover for one another, and a pair of words that works together counts for both.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from standoff.baselines.features import shared_analyses
from standoff.baselines.registry import BASELINES
from standoff.errors import InputError, RefusedError
from standoff.tasks.frame import SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sklearn.base import ClassifierMixin

    from standoff.evaluation.metrics import FloatArray
    from standoff.tasks.frame import Span

BATCH = 1024
"""Texts that a model is asked about at once."""

BLANK = " "
"""What a word's characters are replaced by: the one character that is in no word, n-gram or mark of a clause."""

NOISE = 1e-9
"""A weight that is smaller is rounding of sums, and is zero."""

WORD = re.compile(r"\w+(?:['\u2019-]\w+)*")
"""Letters and digits; an apostrophe, straight or curly, or a hyphen inside does not end a word."""

ANOTHER = "explain a model that does, such as tfidf_svm"
"""What to do about a model that cannot be explained."""

Part = Literal["text", "actor", "target"]


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or a mention as a whole, and what it is worth.

    Attributes:
        start: Where it starts, in code points.
        end: Where it ends, exclusive.
        part: ``actor`` or ``target`` where it is a mention of one by the item's spans; ``text`` otherwise.
        weight: By how much the margin falls without it: above zero it speaks for the predicted label. A weight
            above the margin turns the decision on its own.
    """

    start: int
    end: int
    part: Part
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """What moved the decision on one item.

    Attributes:
        id: The item.
        group: Its article.
        text: Its text.
        actor: Whose stance; empty where the item has none.
        target: Toward what; empty where the item has none.
        predicted: The predicted label.
        runner_up: The label with the next highest score.
        margin: Score of ``predicted`` minus that of ``runner_up``.
        scale: What a score is: a ``decision`` function, or a ``probability``.
        words: In the order of the text, each occurrence by itself.
        actor_weight: By how much the margin falls when the model is not told the actor's name.
        target_weight: The same for the target.
        gold: The label in the data; None where there is none.
        gold_kind: Who made it, ``human`` or ``model``; None where there is none.
    """

    id: str
    group: str
    text: str
    actor: str
    target: str
    predicted: str
    runner_up: str
    margin: float
    scale: Literal["decision", "probability"]
    words: tuple[Word, ...]
    actor_weight: float
    target_weight: float
    gold: str | None
    gold_kind: str | None

    @property
    def told(self) -> tuple[tuple[str, float], ...]:
        """What it is worth to be told the actor, and the target: where the item has one and it moves anything."""
        both = (("actor", self.actor, self.actor_weight), ("target", self.target, self.target_weight))
        return tuple((name, weight) for name, value, weight in both if value and weight)

    def strongest(self, n: int, sign: Literal[1, -1] = 1) -> tuple[Word, ...]:
        """Return the ``n`` words that speak most for (1) or against (-1) the label; of equal ones the earlier."""
        moving = [word for word in self.words if word.weight * sign > 0]
        return tuple(sorted(moving, key=lambda word: (-sign * word.weight, word.start))[:n])

    def pieces(self, n: int) -> Iterator[tuple[str, Word | None]]:
        """Yield the text cut into stretches, each with the word it is if that is among the strongest ``n``."""
        marked = sorted((*self.strongest(n), *self.strongest(n, -1)), key=lambda word: word.start)
        last = 0
        for word in marked:
            if word.start > last:
                yield self.text[last : word.start], None
            yield self.text[word.start : word.end], word
            last = word.end
        if last < len(self.text):
            yield self.text[last:], None

    def to_json(self) -> dict[str, Any]:
        """Return the explanation as JSON-ready values, each word with its characters."""
        words = [{"word": self.text[word.start : word.end], **asdict(word)} for word in self.words]
        return {**asdict(self), "words": words}


def explain(model: ClassifierMixin, frame: pd.DataFrame) -> list[Explanation]:
    """Return for each item the words of its text that moved the model's decision.

    Args:
        model: A fitted classifier with ``decision_function`` or ``predict_proba`` over the common frame.
        frame: Needs the columns ``text``, ``actor`` and ``target``; may have ``id``, ``group``, ``actor_spans``
            and ``target_spans``, and ``label`` with ``label_kind``, which the model does not see.

    Returns:
        One explanation per row, in order.

    Raises:
        InputError: A column is missing, or there are no rows.
        RefusedError: The model gives no scores, or does not look at the text.
    """
    items = _completed(frame)
    _refuse_blind(model)
    explained: list[Explanation] = []
    # The actors of an article share its texts with one word less; the next article has others.
    for _, rows in groupby(_records(items), key=itemgetter("text")):
        with threadpool_limits(1), shared_analyses():
            explained += [_explain(model, row) for row in rows]
    if not any(word.weight for one in explained for word in one.words):
        raise RefusedError(
            "no word of any of these texts moves this model's decision: it does not look at the text",
            got=type(model).__name__,
            remedy=ANOTHER,
        )
    return explained


def signed(weight: float) -> str:
    """Return a weight with its sign and three decimals; one that has less than two digits there has more."""
    return f"{weight:+.3f}" if abs(weight) >= 0.01 else f"{weight:+.2g}"


def units(text: str, actor_spans: Sequence[Span], target_spans: Sequence[Span]) -> list[tuple[int, int, Part]]:
    """Return what is blanked out one by one: words, and mentions as wholes, as (start, end, part) in order.

    A mention is one unit, however many words it has, since a name less its half is another name. Mentions that
    overlap are one unit, an actor's if one of them is the actor's; a mention that cuts a word takes it whole.
    """
    words = [match.span() for match in WORD.finditer(text)]
    mentions: list[tuple[int, int, Part]] = []
    named: list[tuple[int, int, Part]] = [(*span, "actor") for span in actor_spans]
    named += [(*span, "target") for span in target_spans]
    for start, end, part in sorted(named):
        touched = [word for word in words if word[0] < end and start < word[1]]
        start = min([start, *(word[0] for word in touched)])  # noqa: PLW2901 - the span, widened
        end = max([end, *(word[1] for word in touched)])  # noqa: PLW2901 - the span, widened
        if mentions and start < mentions[-1][1]:
            before = mentions.pop()
            start, end = before[0], max(before[1], end)  # noqa: PLW2901 - both spans, joined
            part = "actor" if "actor" in {part, before[2]} else "target"  # noqa: PLW2901
        mentions.append((start, end, part))
    free: list[tuple[int, int, Part]] = [
        (start, end, "text")
        for start, end in words
        if not any(start < mention[1] and mention[0] < end for mention in mentions)
    ]
    return sorted([*mentions, *free])


def blanked(item: dict[str, Any], start: int, end: int) -> dict[str, Any]:
    """Return an item with the characters from ``start`` to ``end`` blanked out, and the spans there dropped.

    The text keeps its length, so that all other spans stay where they are.
    """
    text = item["text"]
    kept = {
        name: [span for span in item[name] if span[1] <= start or end <= span[0]]
        for name in ("actor_spans", "target_spans")
    }
    return {**item, "text": text[:start] + BLANK * (end - start) + text[end:], **kept}


def _explain(model: ClassifierMixin, row: dict[str, Any]) -> Explanation:
    item = {name: row[name] for name in SHOWN}
    parts = units(item["text"], item["actor_spans"], item["target_spans"])
    asked = [
        item,
        {**item, "actor": "", "actor_spans": []},
        {**item, "target": "", "target_spans": []},
        *(blanked(item, start, end) for start, end, _ in parts),
    ]
    scores = np.concatenate(
        [_scores(model, pd.DataFrame(asked[at : at + BATCH])) for at in range(0, len(asked), BATCH)]
    )
    labels = [str(label) for label in model.classes_]
    # Asked by itself: a model may decide by more than the highest score.
    predicted = labels.index(str(model.predict(pd.DataFrame([item]))[0]))
    others = np.delete(scores, predicted, axis=1)
    margins = scores[:, predicted] - others.max(axis=1)
    weights = margins[0] - margins[1:]
    weights[np.abs(weights) < NOISE] = 0.0
    gold = row["label"] or None
    return Explanation(
        **{name: row[name] for name in ("id", "group", "text", "actor", "target")},
        predicted=labels[predicted],
        runner_up=[label for place, label in enumerate(labels) if place != predicted][int(others[0].argmax())],
        margin=float(margins[0]),
        scale="decision" if hasattr(model, "decision_function") else "probability",
        words=tuple(
            Word(start, end, part, float(weight))
            for (start, end, part), weight in zip(parts, weights[2:], strict=True)
        ),
        actor_weight=float(weights[0]),
        target_weight=float(weights[1]),
        gold=gold,
        gold_kind=row["label_kind"] if gold else None,
    )


def _scores(model: ClassifierMixin, frame: pd.DataFrame) -> FloatArray:
    """Return the scores of the labels, of shape (n, n_labels).

    With two labels, scikit-learn gives one number, the margin of the second over the first: (0, margin) says so.
    """
    if hasattr(model, "decision_function"):
        found = np.asarray(model.decision_function(frame), dtype=np.float64)
        return np.column_stack([np.zeros_like(found), found]) if found.ndim == 1 else found
    return np.asarray(model.predict_proba(frame), dtype=np.float64)


def _refuse_blind(model: ClassifierMixin) -> None:
    path = f"{type(model).__module__}:{type(model).__name__}"
    for name, baseline in BASELINES.items():
        if baseline.path == path and "text" not in baseline.sees:
            raise RefusedError(
                f"{name} does not look at the text, so no word of it moves a decision",
                remedy=ANOTHER,
            )
    if not hasattr(model, "decision_function") and not hasattr(model, "predict_proba"):
        raise RefusedError(
            f"{type(model).__name__} gives labels and no scores, so that a decision cannot be seen to fall",
            expected="a model with decision_function or predict_proba",
            remedy=ANOTHER,
        )


def _completed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with every column that an explanation needs."""
    missing = [name for name in ("text", "actor", "target") if name not in frame]
    if missing or frame.empty:
        raise InputError(
            f"columns {', '.join(missing)} are missing" if missing else "there is no item to explain",
            expected="rows with text, actor and target",
        )
    rows = frame.reset_index(drop=True)
    numbers = [str(number) for number in range(1, len(rows) + 1)]
    added: dict[str, list[Any]] = {"id": numbers, "group": numbers, "label": [""] * len(rows)}
    added |= {name: [[] for _ in numbers] for name in ("actor_spans", "target_spans")}
    added["label_kind"] = [None] * len(rows)
    return rows.assign(**{name: values for name, values in added.items() if name not in rows})


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
