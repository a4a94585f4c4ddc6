"""Texts on which tools that count characters differently disagree: bytes, UTF-16 units, what is seen, code points.

Each comes with a stretch and a single word to mark, both found once in it.
"""

# ruff: noqa: RUF001 - letters that look alike are what is tested

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HardText:
    name: str
    text: str
    stretch: str
    word: str

    def where(self, words: str) -> tuple[int, int]:
        """Return start and end of ``words``, in code points."""
        assert self.text.count(words) == 1, (self.name, words)
        start = self.text.index(words)
        return start, start + len(words)


HARD_TEXTS = (
    HardText("emoji", "Norland 😀 sends 👍🏽 troops to Sudmark 🚁 at dawn.", "👍🏽 troops to Sudmark 🚁", "dawn"),
    HardText("flags", "The 🇳🇴🇸🇪🇫🇮 columns crossed into Sudmark 🇩🇰 at dawn.", "🇳🇴🇸🇪🇫🇮 columns", "dawn"),
    HardText(
        "joined emoji", "A family 👨‍👩‍👧‍👦 and 🏴‍☠️ rebels left the capital.", "family 👨‍👩‍👧‍👦 and", "capital"
    ),
    HardText(
        "combining marks",
        "Le pre\u0301sident de\u0301cide a\u0300 l'aube, q\u0307\u0323 dit-il.",
        "de\u0301cide a\u0300",
        "pre\u0301sident",
    ),
    HardText(
        "CRLF", "Norland votes\r\n\r\nThe chamber said yes.\r\nSudmark waits.", "said yes.\r\nSudmark", "waits"
    ),
    HardText("CR", "Norland votes\r\rThe chamber said yes.\rSudmark waits.", "said yes.\rSudmark", "waits"),
    HardText(
        "right to left",
        "قال الوزير إن القوات ستغادر البلاد قريبا. שר החוץ סירב לשלוח חיילים.",
        "القوات ستغادر البلاد",
        "סירב",
    ),
    HardText(
        "letters beyond the first plane", "𝒩orland 𐐷𐐲𐑌 𠜎𠜱 sends 𝕥𝕣𝕠𝕠𝕡𝕤 to Sudmark.", "sends 𝕥𝕣𝕠𝕠𝕡𝕤", "Sudmark"
    ),
    HardText(
        "spaces",
        "Norland\u00a0sends\u200b two\tbattalions  to   Sudmark\u3000today, again.",
        "battalions  to   Sudmark",
        "again",
    ),
    HardText(
        "form feed",
        "Page one ends.\fPage two: Norland sends troops.\x0bDone then.",
        "Norland sends troops",
        "then",
    ),
    HardText(
        "line separators",
        "Norland votes.\u2028The chamber said yes.\u2029Sudmark waits\u0085long.",
        "chamber said yes",
        "long",
    ),
    HardText(
        "HTML",
        "<b>Norland</b> &amp; <script>alert(1)</script> 2 < 3 && <br> sends troops & waits.",
        "sends troops",
        "waits",
    ),
    HardText(
        "template", "{{x}} ${text} $actor {% if %} Norland sends \\n troops &lt; today.", "Norland sends", "today"
    ),
    HardText(
        "address",
        "See https://example.org/a?b=c&d=%20e#f or norland@example.org: troops leave now.",
        "troops leave",
        "now",
    ),
    HardText(
        "leading line ends",
        "\n\n  \n Norland votes.\n\n\nThe chamber said yes.\n\n",
        "votes.\n\n\nThe chamber",
        "yes",
    ),
)
