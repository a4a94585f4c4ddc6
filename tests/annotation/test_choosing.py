"""What to code next: from the training articles only, by three reasons and their mix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.annotation import made

from standoff.annotation import learner
from standoff.annotation.campaign.campaign import Assignment, Round, make_uid, write_plan
from standoff.annotation.choosing import By, Choice, choose, make_pool
from standoff.corpus.reader import read_sources
from standoff.corpus.sources import units_of
from standoff.errors import InputError, NotFoundError, RefusedError
from standoff.records import Split

if TYPE_CHECKING:
    from pathlib import Path

    from standoff.corpus.sources import Sources

PLEA = (
    "Prime Minister Berg has asked Westland for two battalions to hold the harbour. Westland would send soldiers."
)
STRANGE = "A comet crossed the sky. Ada Berg watched it. Westland counted meteorites with borrowed telescopes."
QUIET = "Volunteers baked bread through the night. Ada Berg said nothing of battalions, and Westland sent none."


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The made-up corpus with three more training articles, and one each of every other place."""
    root = made.copy(tmp_path)
    for name, body in (("plea", PLEA), ("strange", STRANGE), ("quiet", QUIET)):
        made.add_article(root, name, body, split="train")
    made.add_article(root, "examined", PLEA, split="test")
    made.add_article(root, "validated", PLEA, split="validation")
    made.add_article(root, "unlisted", PLEA, split=None)
    return root


def chosen(root: Path, by: By, n: int = 20, *, whole_articles: bool = False, seed: int = 1) -> list[Choice]:
    sources = read_sources(root)
    judgements = [entry.record for entry in sources.judgements]
    return choose(sources, judgements, by=by, n=n, whole_articles=whole_articles, seed=seed)


def articles(choices: list[Choice]) -> list[str]:
    return [one.units[0][0].removeprefix("norland-2001-") for one in choices]


# -- only training data ---------------------------------------------------------------------------------


@pytest.mark.parametrize("by", By)
@pytest.mark.parametrize("whole_articles", [False, True])
def test_nothing_but_training_articles_is_ever_chosen(root: Path, by: By, whole_articles: bool) -> None:
    for seed, n in enumerate((1, 1000)):
        found = chosen(root, by, n, whole_articles=whole_articles, seed=seed)
        assert found
        assert set(articles(found)) <= {"plea", "strange", "quiet"}
    everything = [unit for one in found for unit in one.units]
    assert len(everything) == len(set(everything)) == 6, "each unit once, and none that is coded"


@pytest.mark.parametrize("split", ["test", "validation", "all", ""])
@pytest.mark.parametrize("by", By)
def test_every_other_split_is_refused(root: Path, by: By, split: str) -> None:
    with pytest.raises(RefusedError, match="a model chooses training data only") as caught:
        choose(read_sources(root), [], by=by, n=1, split=split)
    assert caught.value.expected == "train"


def test_an_article_that_is_listed_twice_is_not_chosen(root: Path) -> None:
    listed = root / "corpus" / "sources" / "splits" / "test.txt"
    listed.write_text("\n".join(sorted([*listed.read_text().split(), "norland-2001-plea"])) + "\n")
    assert "plea" not in articles(chosen(root, By.DIVERSITY))


def test_an_article_that_was_practised_on_is_not_chosen(root: Path) -> None:
    assert "plea" in articles(chosen(root, By.DIVERSITY))
    article = read_sources(root).articles_by_id["norland-2001-plea"]
    key = next(units_of(article))
    task = Assignment(
        uid=make_uid("pilot", Round.PRACTICE, "model-a", key),
        round=Round.PRACTICE,
        coder_id="model-a",
        position=0,
        article_id=key[0],
        actor_id=key[1],
        proposition_id=key[2],
        occurrence=1,
        text_sha256=article.text_sha256,
    )
    write_plan(root, "pilot", Round.PRACTICE, [task])
    assert "plea" not in articles(chosen(root, By.DIVERSITY))


def test_labels_of_other_splits_teach_nothing(root: Path) -> None:
    """Contradictory answers on the test article change no number."""
    before = chosen(root, By.MIX)
    sources = read_sources(root)
    changed = [
        entry.record.model_copy(update={"stance": "cannot_tell"})
        if entry.record.article_id.startswith("ostmark")
        else entry.record
        for entry in sources.judgements
    ]
    assert choose(sources, changed, by=By.MIX, n=20, seed=1) == before


def test_texts_of_other_splits_teach_nothing(root: Path) -> None:
    before = chosen(root, By.MIX)
    path = root / "corpus/sources/articles/norland-2001/norland-2001-examined.md"
    path.write_text(path.read_text().replace("battalions", "meteorites and comets"))
    assert chosen(root, By.MIX) == before


def test_what_is_left_out_is_named(root: Path) -> None:
    pool = make_pool(read_sources(root), Split.TRAIN, {})
    assert pool.without_split == ("norland-2001-unlisted",)
    assert pool.without_text == ("norland-2001-news",)
    assert len(pool.open) == 6
    assert {key[0] for key in pool.coded} == {"norland-2001-harbour", "norland-2001-spring"}
    with_text = make_pool(read_sources(root), Split.TRAIN, {"norland-2001-news": made.NEWS_TEXT.read_text()})
    assert with_text.without_text == ()
    assert {key[0] for key in with_text.coded} > {"norland-2001-news"}


def test_a_split_that_was_not_read_holds_nothing(root: Path) -> None:
    sources = read_sources(root)
    sources.splits.clear()
    assert make_pool(sources, "train", {}).open == ()


# -- how it is ranked -----------------------------------------------------------------------------------


@pytest.mark.parametrize("by", By)
def test_the_same_arguments_give_the_same_list(root: Path, by: By) -> None:
    assert chosen(root, by) == chosen(root, by)
    assert chosen(root, by, 2) == chosen(root, by, 20)[:2]


@pytest.mark.parametrize("by", [By.UNCERTAINTY, By.DISAGREEMENT])
def test_the_best_come_first(root: Path, by: By) -> None:
    found = chosen(root, by)
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    for one in found:
        assert one.score == getattr(one, by.value)
        assert 0 <= one.score <= 1


def test_the_farthest_come_first(root: Path) -> None:
    found = chosen(root, By.DIVERSITY, whole_articles=True)
    assert articles(found)[0] == "strange", "comets are in no other article"
    assert articles(found)[-1] == "plea", "it repeats a coded article"
    assert [one.score for one in found] == [one.distance for one in found]


def test_the_mix_is_half_what_the_models_say_and_half_the_distance(root: Path) -> None:
    for one in chosen(root, By.MIX):
        assert one.uncertainty is not None
        assert one.disagreement is not None
        said = (one.uncertainty + one.disagreement) / 2
        assert one.score == pytest.approx((said + one.distance) / 2)


def test_another_seed_is_another_committee(root: Path) -> None:
    votes = {
        tuple(sorted(one.disagreement or 0 for one in chosen(root, By.DISAGREEMENT, seed=s))) for s in range(6)
    }
    assert len(votes) > 1


def test_an_article_is_the_mean_of_its_units(root: Path) -> None:
    units = chosen(root, By.UNCERTAINTY)
    for article in chosen(root, By.UNCERTAINTY, whole_articles=True):
        own = [one.score for one in units if one.units[0][0] == article.units[0][0]]
        assert len(article.units) == len(own) == 2
        assert article.score == pytest.approx(np.mean(own))


def test_with_nothing_coded_only_distance_is_left(root: Path) -> None:
    sources: Sources = read_sources(root)
    sources.judgements.clear()
    found = choose(sources, [], by=By.DIVERSITY, n=100)
    assert {one.uncertainty for one in found} == {None}
    assert found[0].distance == 1
    assert len(found) == 17  # the six, the eight of harbour, and the three of spring
    for by in (By.UNCERTAINTY, By.DISAGREEMENT, By.MIX):
        with pytest.raises(InputError, match=f"{by} needs a model, and the training articles have labels of 0 st"):
            choose(sources, [], by=by, n=1)


def test_nothing_left_to_choose(root: Path) -> None:
    for name in ("plea", "strange", "quiet"):
        (root / f"corpus/sources/articles/norland-2001/norland-2001-{name}.md").unlink()
    with pytest.raises(NotFoundError, match="no unit of the training articles at hand is without") as caught:
        chosen(root, By.MIX)
    assert "norland-2001-unlisted" in str(caught.value)
    with pytest.raises(InputError, match="there is nothing to choose"):
        chosen(root, By.MIX, 0)


def test_a_choice_as_json(root: Path) -> None:
    (first,) = chosen(root, By.MIX, 1)
    shown = first.to_json()
    assert list(shown) == ["units", "score", "uncertainty", "disagreement", "distance"]
    assert list(shown["units"][0].values()) == list(first.units[0])


# -- the models -----------------------------------------------------------------------------------------


def training(*answers: list[str]) -> learner.Training:
    texts = ["war war", "war", "peace", "peace peace"]
    return learner.Training(learner.vectors(texts), answers, ["a", "b", "c", "d"])


def test_what_looks_like_both_is_uncertain() -> None:
    rows = learner.vectors(["war war", "war", "peace", "peace peace", "war peace"])
    known = learner.Training(rows[:4], [["x"], ["x"], ["y"], ["y"]], ["a", "b", "c", "d"])
    sure, both = learner.uncertainty(known, rows[[0, 4]])
    assert both == pytest.approx(1, abs=0.01)
    assert sure < 0.7


def test_units_on_which_coders_differ_are_disputed() -> None:
    rows = training(["x"], ["x"], ["y"], ["y"]).vectors
    agreed = learner.disagreement(training(["x"], ["x"], ["y"], ["y"]), rows, 0)
    differing = learner.disagreement(training(["x", "y"], ["x", "y"], ["y"], ["y"]), rows, 0)
    assert differing[:2].mean() > agreed[:2].mean()


def test_a_committee_of_one_mind() -> None:
    known = training(["x"], ["x"], ["x"], ["y"])
    of_one = learner.Training(known.vectors, [["x"], [], [], ["y"]], ["a", "a", "a", "a"])
    assert learner.disagreement(of_one, known.vectors, 0).tolist() == [0, 0, 0, 0]


def test_similarity_with_the_most_similar() -> None:
    rows = learner.vectors(["war", "peace", "war peace", "bread"])
    assert learner.nearest(rows, rows[:2]).tolist() == pytest.approx([1, 1, np.sqrt(1 / 2), 0])
    assert learner.nearest(rows, rows[:0]).tolist() == [0, 0, 0, 0]


def test_similarity_does_not_depend_on_the_size_of_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = learner.vectors([f"w{number % 7} v{number % 5}" for number in range(40)])
    whole = learner.nearest(rows[:20], rows[20:])
    monkeypatch.setattr(learner, "BLOCK", 3)
    assert learner.nearest(rows[:20], rows[20:]).tolist() == whole.tolist()


def test_the_mean_of_a_group() -> None:
    rows = learner.vectors(["war", "peace", "bread"])
    means = learner.group_vectors(rows, [[0, 1], [2]])
    assert learner.nearest(means, rows[:1]).tolist() == pytest.approx([np.sqrt(1 / 2), 0])
    assert learner.group_means(np.array([1.0, 3.0, 5.0]), [[0, 1], [2]]).tolist() == [2, 5]


def test_picking_far_apart() -> None:
    rows = learner.vectors(["war", "war", "peace", "bread", "war peace"])
    picked = learner.pick(rows[1:], rows[:1], None, weight=1, n=9)
    assert [one.place for one in picked] == [1, 2, 3, 0]
    left_over = 1 - float(learner.nearest(rows[4:], rows[:3])[0])  # the third is near to war and to peace
    assert 0 < left_over < 0.5
    assert [one.distance for one in picked] == pytest.approx([1, 1, left_over, 0])
    by_worth = learner.pick(rows[1:], rows[:1], np.array([0.1, 0.2, 0.3, 0.3]), weight=0, n=9)
    assert [one.place for one in by_worth] == [2, 3, 1, 0]
