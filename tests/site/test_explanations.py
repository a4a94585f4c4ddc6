from __future__ import annotations

import re
from html.parser import HTMLParser

from standoff.experiments.analysis.explain import Explanation, Word
from standoff.site.explanations import render

TEXT = "<b>Ada</b> & Ben\nwelcome it; nobody refuses."


def made(**changed: object) -> Explanation:
    facts: dict[str, object] = {
        "id": "<x>",
        "group": "g",
        "text": TEXT,
        "actor": "<script>alert(1)</script>",
        "target": "it & that",
        "predicted": "pos",
        "runner_up": "neg",
        "margin": 1.5,
        "scale": "decision",
        "words": (
            Word(3, 6, "actor", 0.5),
            Word(17, 24, "text", 2.0),
            Word(29, 35, "text", 0.0),
            Word(36, 43, "text", -1.0),
        ),
        "actor_weight": 0.25,
        "target_weight": 0.0,
        "gold": "neg",
        "gold_kind": "model",
    }
    return Explanation(**(facts | changed))  # type: ignore[arg-type]


class Page(HTMLParser):
    """The texts of a page: of its paragraphs of text, and of what is marked in them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.inside: list[str] = []
        self.text = ""
        self.marks: list[tuple[str, str]] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        self.links += [str(given[name]) for name in ("src", "href") if name in given]
        self.inside.append(f"{tag}.{given.get('class', '')}")
        if tag == "mark":
            self.marks.append((str(given["class"]), ""))

    def handle_endtag(self, tag: str) -> None:
        while self.inside and not self.inside.pop().startswith(f"{tag}."):
            pass

    def handle_data(self, data: str) -> None:
        if "p.text" in self.inside:
            self.text += data
        if self.inside and self.inside[-1].startswith("mark."):
            self.marks[-1] = (self.marks[-1][0], self.marks[-1][1] + data)


def test_the_text_is_whole_with_its_words_marked() -> None:
    page = Page(render([made()], "title"))
    assert page.text == TEXT
    assert page.marks == [("for", "Ada"), ("for", "welcome"), ("against", "refuses")]


def test_everything_is_escaped_and_nothing_is_fetched() -> None:
    html = render([made()], "<i>title</i>", ["a <u>note</u>"])
    page = Page(html)
    assert page.tags & {"script", "b", "i", "u", "x", "link", "img"} == set()
    assert page.links == []
    assert "&lt;script&gt;" in html


def test_it_says_what_was_decided_and_who_labelled() -> None:
    html = " ".join(render([made()], "title", ["a note"]).split())
    assert "Predicted <strong>pos</strong>, 1.500 ahead of neg (decision)" in html
    assert "Gold label: <strong>neg</strong>, by a model" in html
    assert "(mention of the actor)" in html
    assert "Being told the actor: +0.250" in html
    assert "Being told the target" not in html
    assert "a note" in html
    assert "No gold label" in render([made(gold=None)], "title")


def test_being_told_the_names_comes_first_and_no_weight_is_shown_as_zero() -> None:
    html = render([made(target_weight=-0.0004)], "title")
    places = [
        html.index(part) for part in ("Predicted", "told the actor", "told the target: -0.0004", 'class="text"')
    ]
    assert places == sorted(places)
    assert html.index('class="text"') < html.index("speak for it")


def test_the_stronger_a_word_the_fuller_its_colour() -> None:
    shades = [float(found) for found in re.findall(r"rgba\([^)]*, ([0-9.]+)\)", render([made()], "title"))]
    assert shades == [0.2, 0.5, 0.3]


def test_only_the_strongest_are_marked() -> None:
    page = Page(render([made()], "title", words=1))
    assert [text for _, text in page.marks] == ["welcome", "refuses"]


def test_a_text_that_no_word_moves_is_shown_without_marks() -> None:
    page = Page(render([made(words=())], "title"))
    assert (page.text, page.marks) == (TEXT, [])
    assert "no word" in render([made(words=())], "title")
