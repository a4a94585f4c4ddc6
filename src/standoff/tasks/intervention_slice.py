"""The intervention slice: items of public sets that concern the question of this project.

It is made in two steps. A rule proposes: :func:`proposed` finds a term of :data:`TERMS` in the fields that
docs/intervention-slice.md names for the set. A reading decides: each proposed item was read against the definition
there. The readings are the lists in ``sets/slices/``, one line per proposed item. A language model made them: they
say what to look at, and no label rests on them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from standoff.errors import InputError
from standoff.files import read_text

if TYPE_CHECKING:
    import pandas as pd

LISTS = Path(__file__).parent / "sets" / "slices"
SLICE = "intervention"
"""Name of the column, which holds True and False."""

_HEADER = "id\tin"
TERMS = re.compile(
    r"""(?<!\w)(?:
    # places and parties of interventions
    syria\w* | assad\w* | damascus | aleppo | iraq\w* | saddam | baghdad | kurd\w* | libya\w* | gadd?h?afi
    | benghazi | yemen\w* | houthi\w* | saudi[ -]led | afghan\w* | taliban | kabul
    | isis | isil | daesh | islamic\ state | crimea\w* | ukrain\w+ | kosovo
    | bosnia\w* | somalia\w* | sudan\w* | darfur | maduro | venezuela\w*
    | iran\w* | tehran | north\ korea\w* | pyongyang | gaza | hezbollah | nato
    # force, and its end
    | troops? | invasion\w* | invad\w+ | interven(?:e|es|ed|ing|tion|tions|tionis\w*) | occupation | coup
    | annex\w+ | air[ -]?strikes? | drone\ strikes? | bomb(?:ed|ing|ings|s)? | boots\ on\ the\ ground | no[ -]fly
    | war\ powers | military\ (?:aid|assistance|support|action|force|intervention|strike\w*|operation\w*
        |campaign|involvement|presence|withdrawal|invasion|option\w*)
    | insurgen\w+ | armed\ conflicts? | regime\ change | peacekeep\w+ | cease-?fires?
    # arms and sanctions
    | arms\ (?:to|for|sale\w*|deal\w*|embargo\w*|shipment\w*) | weapons?\ (?:to|for|sale\w*|deal\w*|shipment\w*)
    | arm(?:ing)?\ (?:the\ )?(?:\w+\ )?(?:rebels?|opposition|kurds?|ukraine\w*)
    | sanction\w* | embargo\w* | blockade\w*
    )(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)


def proposed(*fields: str) -> bool:
    """Return whether a term of the rule stands in one of the fields as a whole word, letter case apart."""
    return any(TERMS.search(field) for field in fields)


def read_readings(task: str) -> dict[str, bool]:
    """Return id -> whether the item is in the slice, for each item that the rule proposed.

    Raises:
        InputError: A line is not an id, a tab, and yes or no, or an id stands twice.
    """
    path = LISTS / f"{task}.tsv"
    header, *lines = read_text(path).splitlines()
    if header != _HEADER:
        raise InputError("has a wrong header", where=f"{path}:1", got=header, expected=_HEADER)
    found: dict[str, bool] = {}
    for number, line in enumerate(lines, start=2):
        item, _, said = line.partition("\t")
        if said not in {"yes", "no"} or item in found:
            raise InputError(
                "is not a reading",
                where=f"{path}:{number}",
                got=line,
                expected="an id, a tab, yes or no; ids once",
            )
        found[item] = said == "yes"
    return found


def has_slice(frame: pd.DataFrame) -> bool:
    """Return whether the frame has the slice: a column of that name that holds True and False alone."""
    return SLICE in frame and frame[SLICE].dtype == bool


def with_slice(frame: pd.DataFrame, task: str) -> pd.DataFrame:
    """Return the frame with the column ``intervention``, by the readings of ``task``; others are out."""
    readings = read_readings(task)
    return frame.assign(**{SLICE: [readings.get(item, False) for item in frame["id"]]})
