from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from standoff.baselines.registry import make_baseline
from standoff.errors import InputError, RefusedError
from standoff.experiments.analysis.explain import BATCH, Explanation, blanked, explain, signed, units

TEXT = "Ada Byron welcomes the plan. Ben's aides refuse, Ada Byron said; she welcomes it."


class Cues:
    """Scores by words that are counted: every weight below can be worked out by hand."""

    def __init__(self, **weights: float) -> None:
        self.weights = weights
        self.classes_ = np.array(["neg", "pos"])
        self.asked: list[int] = []

    def decision_function(self, frame: pd.DataFrame) -> npt.NDArray[np.float64]:
        assert "label" not in frame
        self.asked.append(len(frame))
        return np.array([self._score(row) for row in frame.to_dict("records")])

    def _score(self, row: dict[Any, Any]) -> float:
        score = sum(weight * row["text"].count(word) for word, weight in self.weights.items())
        score += 0.25 * (row["actor"] == "Ada Byron") - 0.5 * (row["target"] == "the plan")
        return float(score + 0.125 * len(row["actor_spans"]))

    def predict(self, frame: pd.DataFrame) -> npt.NDArray[np.str_]:
        chosen: npt.NDArray[np.str_] = self.classes_[(self.decision_function(frame) > 0).astype(int)]
        return chosen


def frame(text: str = TEXT, **columns: object) -> pd.DataFrame:
    return pd.DataFrame([{"text": text, "actor": "Ada Byron", "target": "the plan", **columns}])


def weights(one: Explanation) -> dict[tuple[str, int], float]:
    """The words that weigh anything, by their characters and where they start."""
    return {(one.text[word.start : word.end], word.start): word.weight for word in one.words if word.weight}


def test_a_weight_is_what_the_margin_loses_without_the_word() -> None:
    (one,) = explain(Cues(welcomes=1.0, refuse=-0.5), frame())
    # 2 * 1 - 0.5 from the words, 0.25 for the actor, -0.5 for the target.
    assert (one.predicted, one.runner_up, one.scale) == ("pos", "neg", "decision")
    assert one.margin == pytest.approx(1.25)
    first, second = TEXT.index("welcomes"), TEXT.rindex("welcomes")
    assert weights(one) == {
        ("welcomes", first): pytest.approx(1.0),
        ("refuse", TEXT.index("refuse")): pytest.approx(-0.5),
        ("welcomes", second): pytest.approx(1.0),
    }
    assert one.actor_weight == pytest.approx(0.25)
    assert one.target_weight == pytest.approx(-0.5)


def test_what_it_is_worth_to_be_told_the_names() -> None:
    (one,) = explain(Cues(welcomes=1.0), frame())
    assert [(name, round(weight, 9)) for name, weight in one.told] == [("actor", 0.25), ("target", -0.5)]
    (unnamed,) = explain(Cues(welcomes=1.0), frame(actor="", target="another"))  # neither moves anything
    assert unnamed.told == ()


@pytest.mark.parametrize(
    ("weight", "shown"),
    [
        (2.7754, "+2.775"),
        (-123.4, "-123.400"),
        (0.01, "+0.010"),
        (0.00213, "+0.0021"),
        (-0.00034, "-0.00034"),
        (-4e-7, "-4e-07"),
    ],
)
def test_no_weight_is_shown_as_zero(weight: float, shown: str) -> None:
    assert signed(weight) == shown


def test_weights_speak_for_the_predicted_label_whichever_it_is() -> None:
    (one,) = explain(Cues(welcomes=-1.0), frame())
    assert one.predicted == "neg"
    assert one.margin == pytest.approx(2.25)
    assert {word for word, _ in weights(one)} == {"welcomes"}
    assert all(weight > 0 for weight in weights(one).values())


def test_the_strongest_come_first_and_of_equal_ones_the_earlier() -> None:
    (one,) = explain(Cues(welcomes=1.0, refuse=-0.5, plan=2.0), frame())
    assert [one.text[word.start : word.end] for word in one.strongest(2)] == ["plan", "welcomes"]
    assert one.strongest(2)[1].start == TEXT.index("welcomes")
    assert [one.text[word.start : word.end] for word in one.strongest(9, -1)] == ["refuse"]


def test_the_pieces_are_the_text_with_the_strongest_marked() -> None:
    (one,) = explain(Cues(welcomes=1.0, refuse=-0.5, plan=2.0), frame())
    pieces = list(one.pieces(1))
    assert "".join(piece for piece, _ in pieces) == TEXT
    assert [piece for piece, word in pieces if word] == ["plan", "refuse"]
    assert "".join(piece for piece, _ in one.pieces(50)) == TEXT
    assert all(word is None or word.weight for _, word in one.pieces(50))


def test_a_mention_is_blanked_as_a_whole_and_with_its_span() -> None:
    spans = [(0, 9), (TEXT.rindex("Ada"), TEXT.rindex("Ada") + 9)]
    (one,) = explain(Cues(Byron=1.0), frame(actor_spans=spans))
    mentions = [word for word in one.words if word.part == "actor"]
    assert [(word.start, word.end) for word in mentions] == spans
    # The name's characters, and being mentioned here.
    assert [word.weight for word in mentions] == [pytest.approx(1.125)] * 2


def test_units_are_words_and_mentions() -> None:
    text = "Al-Assad's envoy, the U.S. envoy."
    assert [text[start:end] for start, end, _ in units(text, [], [])] == [
        "Al-Assad's",
        "envoy",
        "the",
        "U",
        "S",
        "envoy",
    ]
    assert units(text, [(0, 8)], [(18, 26)]) == [
        (0, 10, "actor"),
        (11, 16, "text"),
        (18, 26, "target"),
        (27, 32, "text"),
    ]
    # Overlapping mentions are one, the actor's; those that touch are two.
    assert units("abc def ghi", [(4, 11)], [(0, 7)]) == [(0, 11, "actor")]
    assert units("(abc)(def)", [(1, 4)], [(6, 9)]) == [(1, 4, "actor"), (6, 9, "target")]
    assert units("", [], []) == []


def test_blanking_keeps_every_other_span_in_place() -> None:
    item = {"text": "Ada and Ben met.", "actor_spans": [(0, 3)], "target_spans": [(8, 11)]}
    found = blanked(item, 0, 3)
    assert found["text"] == "    and Ben met."
    assert (found["actor_spans"], found["target_spans"]) == ([], [(8, 11)])
    assert found["text"][8:11] == "Ben"
    assert item["actor_spans"] == [(0, 3)]  # the item itself stays as it was


class Three(Cues):
    """Three labels, the scores of each its own word's."""

    def __init__(self) -> None:
        super().__init__()
        self.classes_ = np.array(["a", "b", "c"])

    def decision_function(self, frame: pd.DataFrame) -> npt.NDArray[np.float64]:
        return np.array(
            [[text.count(word) for word in ("one", "two", "six")] for text in frame["text"]], dtype=float
        )

    def predict(self, frame: pd.DataFrame) -> npt.NDArray[np.str_]:
        chosen: npt.NDArray[np.str_] = self.classes_[self.decision_function(frame).argmax(axis=1)]
        return chosen


def test_the_margin_is_over_the_strongest_other_label_each_time() -> None:
    (one,) = explain(Three(), frame("one one one two two six"))
    assert (one.predicted, one.runner_up, one.margin) == ("a", "b", 1.0)
    assert {word: weight for (word, _), weight in weights(one).items()} == {"one": 1.0, "two": -1.0}
    # Without "two" twice the third label would be next: with it out once, both others are level.
    (tied,) = explain(Three(), frame("one one two six"))
    assert (tied.runner_up, tied.margin) == ("b", 1.0)
    assert {word for word, _ in weights(tied)} == {"one"}


class Probable:
    """Probabilities and no decision function."""

    def __init__(self) -> None:
        self.classes_ = np.array(["neg", "pos"])

    def predict_proba(self, frame: pd.DataFrame) -> npt.NDArray[np.float64]:
        share = np.array([0.75 if "good" in text else 0.5 for text in frame["text"]])
        return np.column_stack([1 - share, share])

    def predict(self, frame: pd.DataFrame) -> npt.NDArray[np.str_]:
        return np.array(["pos"] * len(frame))


def test_probabilities_do_where_there_is_no_decision_function() -> None:
    (one,) = explain(Probable(), frame("a good plan"))
    assert (one.scale, one.margin) == ("probability", 0.5)
    assert weights(one) == {("good", 2): 0.5}


def test_rounding_is_no_weight() -> None:
    (one,) = explain(Cues(welcomes=1.0, plan=1e-12), frame())
    assert {word for word, _ in weights(one)} == {"welcomes"}


def test_a_long_text_is_asked_in_batches() -> None:
    model = Cues(welcomes=1.0)
    (one,) = explain(model, frame("word " * (BATCH + 10) + "welcomes"))
    assert max(model.asked) == BATCH
    assert len(one.words) == BATCH + 11
    assert weights(one) == {("welcomes", 5 * (BATCH + 10)): 1.0}


def test_every_item_has_its_own_explanation_in_order() -> None:
    items = pd.concat([frame(), frame("Ben welcomes it."), frame("Nobody.")], ignore_index=True)
    items["id"] = ["x", "y", "z"]
    items["label"], items["label_kind"] = ["pos", "neg", ""], ["human", "model", "model"]
    found = explain(Cues(welcomes=1.0), items)
    assert [(one.id, one.gold, one.gold_kind) for one in found] == [
        ("x", "pos", "human"),
        ("y", "neg", "model"),
        ("z", None, None),
    ]
    assert weights(found[2]) == {}
    # Alone, an item without a group is numbered anew, and explained the same.
    (alone,) = explain(Cues(welcomes=1.0), items[1:2])
    assert (found[1].words, found[1].margin) == (alone.words, alone.margin)


def test_an_explanation_is_json() -> None:
    (one,) = explain(Cues(welcomes=1.0), frame(id="x", group="g"))
    found = json.loads(json.dumps(one.to_json()))
    assert (found["id"], found["group"], found["margin"]) == ("x", "g", 1.75)
    assert found["words"][2] == {"word": "welcomes", "start": 10, "end": 18, "part": "text", "weight": 1.0}


@pytest.mark.parametrize("name", ["majority", "stratified"])
def test_a_model_that_looks_at_no_text_is_refused(name: str) -> None:
    items = pd.concat([frame(), frame("Other.")], ignore_index=True)
    model = make_baseline(name).fit(items, ["pos", "neg"])
    with pytest.raises(RefusedError, match=rf"{name} does not look at the text.*\n  what to do: explain a model"):
        explain(model, items)


def test_a_model_that_no_word_moves_is_refused() -> None:
    with pytest.raises(RefusedError, match="does not look at the text"):
        explain(Cues(), frame())


def test_a_model_without_scores_is_refused() -> None:
    class Silent:
        classes_ = np.array(["neg", "pos"])

        def predict(self, items: pd.DataFrame) -> list[str]:
            return ["pos"] * len(items)

    with pytest.raises(RefusedError, match="gives labels and no scores"):
        explain(Silent(), frame())


def test_what_has_no_text_is_refused() -> None:
    with pytest.raises(InputError, match="text"):
        explain(Cues(), frame().drop(columns="text"))
    with pytest.raises(InputError, match="no item"):
        explain(Cues(), frame()[:0])


def fitted() -> tuple[Any, pd.DataFrame]:
    """A real linear model over TF-IDF of texts, and items to explain."""
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    texts = [
        f"{name} {verb} the {thing} again, and {other} is glad"
        for name in ("Ada", "Ben")
        for verb in ("welcomes", "refuses", "reports")
        for thing, other in (("plan", "nobody"), ("offer", "everyone"), ("war", "Eve"))
    ]
    labels = ["pos" if "welcomes" in text else "neg" if "refuses" in text else "neutral" for text in texts]
    items = pd.DataFrame({"text": texts, "actor": "", "target": ""})
    columns = [
        ("words", TfidfVectorizer(ngram_range=(1, 2)), "text"),
        ("characters", TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5)), "text"),
    ]
    return make_pipeline(ColumnTransformer(columns), LogisticRegression()).fit(items, labels), items


def test_a_real_model_is_explained_as_asking_it_by_hand_does() -> None:
    model, items = fitted()
    for one, text in zip(explain(model, items[4:6]), items["text"][4:6], strict=True):
        labels = list(model.classes_)

        def margin(changed: str, chosen: int = labels.index(one.predicted)) -> float:
            scores = model.decision_function(pd.DataFrame([{"text": changed, "actor": "", "target": ""}]))[0]
            return float(scores[chosen] - max(np.delete(scores, chosen)))

        assert one.margin == pytest.approx(margin(text))
        assert len(one.words) == len(text.replace(",", "").split())
        for word in one.words:
            # For this model, spaces where the word was are the text without it.
            without = f"{text[: word.start]} {text[word.end :]}"
            assert word.weight == pytest.approx(margin(text) - margin(without), abs=1e-9)
        assert one.actor_weight == one.target_weight == 0


def test_the_word_that_decides_is_the_strongest_and_can_turn_the_decision() -> None:
    model, items = fitted()
    for one in explain(model, items):
        verb = one.strongest(1)[0]
        assert one.text[verb.start : verb.end] in {"welcomes", "refuses", "reports"}
        changed = one.text[: verb.start] + " " * (verb.end - verb.start) + one.text[verb.end :]
        (again,) = model.predict(pd.DataFrame([{"text": changed, "actor": "", "target": ""}]))
        assert (verb.weight > one.margin) == (again != one.predicted)


def test_explaining_twice_gives_the_same() -> None:
    model, items = fitted()
    assert explain(model, items[:3]) == explain(model, items[:3])


def test_the_frame_is_left_as_it_was() -> None:
    items = frame(actor_spans=[(0, 9)])
    before = items.copy(deep=True)
    explain(Cues(welcomes=1.0), items)
    pd.testing.assert_frame_equal(items, before)


def test_the_model_sees_the_columns_of_the_common_frame_alone() -> None:
    class Watching(Cues):
        def decision_function(self, items: pd.DataFrame) -> npt.NDArray[np.float64]:
            assert list(items.columns) == [
                "id",
                "group",
                "text",
                "actor",
                "target",
                "actor_spans",
                "target_spans",
            ]
            return super().decision_function(items)

    explain(Watching(welcomes=1.0), frame(label="neg", label_kind="human", stance="opposes"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "…!?",
        "\u0430\u0301\u0434\u0430 welcomes",
        "日本 welcomes 日本",
        "🙂🙂 welcomes",
        "x" * 5000 + " welcomes",
        "welcomes\u2028welcomes",
    ],
)
def test_any_text_has_pieces_that_join_to_it(text: str) -> None:
    (one, _) = explain(Cues(welcomes=1.0), pd.concat([frame(text), frame()], ignore_index=True))
    assert "".join(piece for piece, _ in one.pieces(10)) == text
    assert [one.text[word.start : word.end] for word in one.strongest(5)] == ["welcomes"] * text.count("welcomes")


def test_the_target_is_blanked_with_its_mentions() -> None:
    class Targets(Cues):
        def _score(self, row: dict[Any, Any]) -> float:
            return float(row["text"].count("welcomes") + (row["target"] != "") + 2 * len(row["target_spans"]))

    start = TEXT.index("the plan")
    (one,) = explain(Targets(), frame(target_spans=[(start, start + 8)]))
    assert one.target_weight == 3
    (mention,) = (word for word in one.words if word.part == "target")
    assert (mention.start, mention.end, mention.weight) == (start, start + 8, 2.0)

    class Actors(Cues):
        def _score(self, row: dict[Any, Any]) -> float:
            return float(row["text"].count("welcomes") + (row["actor"] != "") + 2 * len(row["actor_spans"]))

    (other,) = explain(Actors(), frame(actor_spans=[(0, 9)]))
    assert other.actor_weight == 3


def test_a_long_mention_swallows_a_short_one_inside_it() -> None:
    assert units("the plan of Ada Byron today", [(12, 21)], [(0, 21)]) == [
        (0, 21, "actor"),
        (22, 27, "text"),
    ]
    assert units("the plan of Ada Byron today", [(0, 21)], [(4, 8)]) == [(0, 21, "actor"), (22, 27, "text")]
    assert units("abc def ghi", [(0, 7)], [(4, 11)]) == [(0, 11, "actor")]
