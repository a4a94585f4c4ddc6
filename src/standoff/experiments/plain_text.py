"""Short texts from strangers that a terminal, a page or a reader could take for more than words."""

from __future__ import annotations

import re
import unicodedata

MARKUP = re.compile(
    r"[<>\[\]{}|\\`*~$^]"  # Markdown, HTML, mathematics, templates, and the markup of terminal libraries
    r"|&#?\w+;"  # HTML's names of characters
    r"|://|\bwww\."  # becomes a link by itself
    r"|:[\w+-]+:"  # becomes a picture
    r"|(?<![^\W_])_|_(?![^\W_])",  # emphasis, where it is not inside a word
    flags=re.IGNORECASE,
)
BEGINS = re.compile(r"(?!\d+[.)](?:\s|$))(?:[^\W_]|[\"'(“„«¿¡])")
"""How a text begins that is no heading, list, quotation or formula, wherever it is put."""

INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters, marks and symbols of Unicode that leave nothing to be seen; ``str.isprintable`` takes them."""

MAX_MARKS = 3
"""Accents on one letter; more of them paint over the lines above and below."""

_LOOKALIKES = str.maketrans(
    "01i5\u0131" "авеҽкмнорстухіјѕһӏԁԛԝпгѵ" "αβγεικνορτυχω" "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",  # noqa: RUF001 - the point of it
    "ollsl" "abeekmhopctyxljshldqwnrv" "abyelkvoptuxw" "abezhlkmnoptyx",
)  # fmt: skip


def plain(text: str) -> str:
    """Return a text on one line, in Unicode's normal form C, each white space a single space.

    Raises:
        ValueError: It holds a control character (which a terminal would obey), one that is invisible or changes
            the direction of writing, or markup (which a page would obey); it does not begin with a letter, a
            digit, a quotation mark or a bracket; or it piles up accents. The message is to be put behind the
            text's name.
    """
    spaced = "".join(" " if c == "\n" or unicodedata.category(c) == "Zs" else c for c in text)
    line = unicodedata.normalize("NFC", re.sub(" +", " ", spaced).strip())
    if hidden := next((c for c in line if not c.isprintable() or c in INVISIBLE), None):
        raise ValueError(f"holds U+{ord(hidden):04X}, which is invisible or a control character; take it out")
    if markup := MARKUP.search(line):
        raise ValueError(f"holds {markup[0]!r}, which a page would obey; write words, and addresses as url")
    if not BEGINS.match(line):
        raise ValueError("does not begin with a letter or a digit")
    if "1" * (MAX_MARKS + 1) in "".join("1" if _is_mark(c) else "0" for c in line):
        raise ValueError(f"has more than {MAX_MARKS} accents on a letter")
    return line


def looks(text: str) -> str:
    """Return what a text looks like at a glance: the same for texts that a reader could take for one another.

    Accents, case and the kind of hyphen do not count, and Cyrillic and Greek letters count as the Latin ones that
    they look like. The letters are those that names here are likely to be forged with, not all of Unicode's.
    """
    letters = (c for c in unicodedata.normalize("NFKD", text) if not _is_mark(c) and c.isprintable())
    # Twice, since a capital may look like another letter than the small one: of Greek, Mu like M, mu like u.
    folded = "".join(letters).translate(_LOOKALIKES).casefold().translate(_LOOKALIKES)
    return re.sub(r"[\W_]+", "-", folded.replace("rn", "m").replace("vv", "w")).strip("-")


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in {"Mn", "Me"}
