"""The codebook as a page: its words, its version, and nothing that acts."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from standoff.annotation.studio.instructions import instructions_html
from standoff.errors import InputError, RefusedError
from standoff.files import sha256_text
from standoff.records import INVENTORIES

CODEBOOK = (Path(__file__).parents[3] / "annotations" / "codebook" / "v1.md").read_text(encoding="utf-8")


BLOCKS = {"h1", "h2", "p", "li", "td", "th"}


class Seen(HTMLParser):
    """Collects the tags, the attributes, and the text that is seen."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.text += " " * (tag in BLOCKS)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_version_and_the_hash_stand_on_top() -> None:
    seen = Seen(instructions_html(CODEBOOK, "v1"))
    assert seen.text.startswith(f" Codebook v1, sha256 {sha256_text(CODEBOOK)[:12]}")


def test_every_value_and_section_of_the_codebook_is_there() -> None:
    seen = Seen(instructions_html(CODEBOOK, "v1"))
    for inventory in INVENTORIES.values():
        assert all(value in seen.text for value in inventory)
    for heading in re.findall(r"^## (.+)$", CODEBOOK, re.MULTILINE):
        assert heading in seen.text
    assert seen.tags.count("tr") == len(re.findall(r"^\|(?!---)", CODEBOOK, re.MULTILINE))


def test_every_word_of_the_codebook_is_there() -> None:
    def words(text: str) -> set[str]:
        return set(re.findall(r"\w+", re.sub(r"^\d+\. ", "", text, flags=re.MULTILINE)))

    assert words(CODEBOOK) <= words(Seen(instructions_html(CODEBOOK, "v1")).text)


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[press](javascript:alert(1))",
        "[leave](/logout)",
        "[there]: /logout\n\n[there]",
        "<https://example.org/x>",
        "![picture](https://example.org/x.png)",
        "| a |\n|---|\n| <b onclick=alert(1)>x</b> |",
    ],
)
def test_nothing_in_it_can_be_clicked_loaded_or_run(hostile: str) -> None:
    seen = Seen(instructions_html(f"# Codebook v1\n\n{hostile}\n", "v1"))
    assert not {"script", "img", "a", "b"} & set(seen.tags)
    assert {name for name, _ in seen.attributes} <= {"style"}
    assert Seen(instructions_html("# Codebook v1\n", "v1")).tags != seen.tags


def test_line_ends_of_the_source_are_not_line_ends_of_the_page() -> None:
    html = instructions_html("# Codebook v1\n\nOne sentence\nover two lines.\n\n- a\n- b\n", "v1")
    assert "One sentence over two lines." in html
    assert "\n" not in html


def test_a_listing_keeps_its_lines() -> None:
    assert "<pre><code>one\ntwo\n</code></pre>" in instructions_html("# Codebook v1\n\n    one\n    two\n", "v1")


@pytest.mark.parametrize(
    "title", ["# Codebook v2", "# Codebook v10", "", "v1\n# Codebook v2", "# Codebook v1 (draft)"]
)
def test_a_codebook_of_another_version_is_refused(title: str) -> None:
    if title.startswith("v1\n"):
        assert instructions_html(title, "v1")  # only the first line counts
        return
    with pytest.raises(InputError, match="is another codebook"):
        instructions_html(f"{title}\n\nText\n", "v1")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "markdown_it", None)
    with pytest.raises(RefusedError, match=r"pip install 'standoff\[annotate\]'"):
        instructions_html(CODEBOOK, "v1")
