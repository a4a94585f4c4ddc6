"""Reading what coders did on the server: each annotation becomes a reading, or a refusal with its reason.

An annotation is refused alone; the rest is read. The quote that the server stores with a span is never used: it
writes line ends as two characters and joins spaces. Only offsets into the text count, and these are right.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from standoff.annotation.campaign.campaign import Round
from standoff.errors import printable
from standoff.files import sha256_text
from standoff.records import LABEL_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from standoff.annotation.campaign.campaign import Assignment

Raw = Mapping[str, Any]
"""A task or an annotation as the server exports it."""
CHOICES = frozenset({*LABEL_FIELDS, "confidence", "read"})
"""The controls that take one value."""
WRITTEN = frozenset({"note", "reason"})
"""The controls that take text."""
EVIDENCE = "evidence"
STATEMENT = {"found_actor": "actor", "found_proposition": "proposition", "other_name": "name"}
"""The controls of the round ``find``, and what each says about a region."""
OTHER = "other"
"""The label of an actor that is not listed."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An annotation that was not taken: by which rule, and why."""

    uid: str
    coder_id: str
    task_id: int
    annotation_id: str
    rule: str
    message: str

    def to_json(self) -> dict[str, Any]:
        """Return the refusal as JSON-ready values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Region:
    """A marked stretch of the text in the round ``find``."""

    start: int
    end: int
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Reading:
    """An annotation as it was read. ``values`` are by control; ``spans`` and ``regions`` are in text order.

    ``given_at`` is when the coder last changed it, to the second.
    """

    assignment: Assignment
    task_id: int
    annotation_id: str
    given_at: dt.datetime
    lead_time_s: float | None
    suggestion_shown: bool
    text: str = field(repr=False)
    values: dict[str, str] = field(default_factory=dict)
    spans: list[tuple[int, int]] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)


@dataclass(slots=True)
class Read:
    """What an export holds of one coder's round."""

    readings: list[Reading] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


class _Refused(Exception):  # noqa: N818 - it never leaves this module
    def __init__(self, rule: str, message: str) -> None:
        self.rule, self.message = rule, message
        super().__init__(message)


def read_export(
    tasks: Iterable[Mapping[str, Any]],
    plan: Sequence[Assignment],
    expected: Mapping[str, Mapping[str, Any]],
    user_id: int | None,
    users: Mapping[int, str],
) -> Read:
    """Read an export of one coder's project.

    Args:
        tasks: The exported tasks with their annotations.
        plan: The coder's assignments in this round.
        expected: What says on which unit a task is, by uid: fields that its data must hold unchanged.
        user_id: The coder's number on the server; None where the account is gone.
        users: The e-mail addresses on the server, by number.
    """
    by_uid: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for task in tasks:
        if task.get("annotations"):
            by_uid[str(task["data"].get("uid"))].append(task)
    assignments = {assignment.uid: assignment for assignment in plan}
    coder_id = plan[0].coder_id if plan else ""
    found = Read()
    for uid, versions in by_uid.items():
        reader = _TaskReader(uid, coder_id, user_id, users, found)
        reader.read(versions, assignments.get(uid), expected.get(uid, {}))
    return found


@dataclass(slots=True)
class _TaskReader:
    uid: str
    coder_id: str
    user_id: int | None
    users: Mapping[int, str]
    found: Read

    def refuse(self, task: Raw, annotation: Raw, rule: str, message: str) -> None:
        self.found.refusals.append(
            Refusal(self.uid, self.coder_id, int(task["id"]), str(annotation["id"]), rule, message)
        )

    def read(self, versions: Sequence[Raw], assignment: Assignment | None, expected: Raw) -> None:
        """Read all annotations of one uid; more than one task of it is one too many."""
        own = self._own(versions)
        live = [(task, annotation) for task, annotation in own if not annotation["was_cancelled"]]
        if not live:
            self._refuse_all(own, "skipped", "the coder skipped the task")
        elif len({task["id"] for task, _ in live}) > 1:
            self._refuse_all(live, "task-doubled", "the server has the task twice, and both are coded")
        elif len(live) > 1:
            self._refuse_all(live, "duplicate", f"it was coded {len(live)} times: keep the one that stands")
        else:
            task, annotation = live[0]
            try:
                self.found.readings.append(self._reading(task, annotation, assignment, expected))
            except _Refused as error:
                self.refuse(task, annotation, error.rule, error.message)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                # Whoever holds a token can send what no page would: no reason to lose the other answers.
                message = f"it is not made as the page makes it ({type(error).__name__}: {error})"
                self.refuse(task, annotation, "malformed", printable(message))

    def _own(self, versions: Sequence[Raw]) -> list[tuple[Raw, Raw]]:
        """Return the coder's own annotations, each with its task; those of others are refused."""
        own: list[tuple[Raw, Raw]] = []
        for task in versions:
            for annotation in task["annotations"]:
                maker = annotation["completed_by"]
                if maker == self.user_id:
                    own.append((task, annotation))
                else:
                    message = f"{self.users.get(maker, f'user {maker}')} made it, and the task is not theirs"
                    self.refuse(task, annotation, "wrong-coder", message)
        return own

    def _refuse_all(self, annotations: Iterable[tuple[Raw, Raw]], rule: str, message: str) -> None:
        for task, annotation in annotations:
            self.refuse(task, annotation, rule, message)

    def _reading(
        self,
        task: Raw,
        annotation: Raw,
        assignment: Assignment | None,
        expected: Raw,
    ) -> Reading:
        if assignment is None:
            raise _Refused("unit-unknown", "the plan has no task of this uid for the coder")
        self._require_unchanged(task["data"], assignment, expected)
        editor = annotation.get("updated_by")
        if editor not in {None, annotation["completed_by"]}:
            raise _Refused("foreign-edit", f"{self.users.get(editor, f'user {editor}')} edited it")
        reading = Reading(
            assignment,
            int(task["id"]),
            str(annotation["id"]),
            _moment(annotation["updated_at"]),
            annotation.get("lead_time"),
            # The server shows a suggestion to whoever opens the task, also where the coder starts afresh.
            suggestion_shown=bool(
                annotation.get("parent_prediction") or annotation.get("prediction") or task.get("predictions")
            ),
            text=task["data"]["text"],
        )
        _fill(reading, annotation["result"])
        if assignment.round not in {Round.FIND, Round.FEEDBACK} and "stance" not in reading.values:
            raise _Refused("stance-missing", "no stance was chosen")
        return reading

    @staticmethod
    def _require_unchanged(data: Raw, assignment: Assignment, expected: Raw) -> None:
        if not expected:
            raise _Refused("unit-unknown", "the corpus no longer has this unit")
        shown = data.get("text")
        if not isinstance(shown, str) or sha256_text(shown) != assignment.text_sha256:
            raise _Refused("text-changed", "the text on the server is not the one that was planned")
        for name, value in expected.items():
            if data.get(name) != value:
                raise _Refused("task-changed", f"{name} on the server is {data.get(name)!r}, and here {value!r}")


def _moment(stamp: str) -> dt.datetime:
    return dt.datetime.fromisoformat(stamp).astimezone(dt.UTC).replace(microsecond=0)


def _fill(reading: Reading, results: Iterable[Raw]) -> None:
    """Add what an annotation's results say to a reading."""
    regions: dict[str, Region] = {}
    for result in results:
        control, value = result.get("from_name"), result.get("value") or {}
        if control in CHOICES:
            _add_value(reading, str(control), _only(str(control), value.get("choices")))
        elif control in WRITTEN:
            _add_value(reading, str(control), _written(str(control), value.get("text")))
        elif control == EVIDENCE:
            reading.spans.append(_span(value, reading.text))
        elif control in STATEMENT:
            start, end = _span(value, reading.text)
            region = regions.setdefault(str(result.get("id")), Region(start, end))
            given = value.get("text") if control == "other_name" else value.get("labels")
            region.labels[STATEMENT[str(control)]] = _only(str(control), given).strip()
        else:
            raise _Refused("unknown-value", f"a control {control!r} that the configuration does not have")
    reading.spans.sort()
    reading.regions = sorted(regions.values(), key=lambda region: (region.start, region.end))


def _written(control: str, given: object) -> str:
    if not isinstance(given, list) or not all(isinstance(line, str) for line in given):
        raise _Refused("malformed", f"{control} is no list of texts: {given!r}")
    return "\n".join(given).strip()


def _add_value(reading: Reading, control: str, value: str) -> None:
    if control in reading.values:
        raise _Refused("several-choices", f"{control} is given more than once")
    reading.values[control] = value


def _only(control: str, given: object) -> str:
    match given:
        case [str(value)]:
            return value
        case [_, _, *_]:
            raise _Refused("several-choices", f"{control} has {len(given)} values: {given!r}")
    raise _Refused("unknown-value", f"{control} has no value: {given!r}")


def _span(value: Raw, text: str) -> tuple[int, int]:
    start, end = value.get("start"), value.get("end")
    # A truth value is a whole number to Python, and no offset.
    if type(start) is int and type(end) is int and 0 <= start < end <= len(text):
        return start, end
    raise _Refused("offsets", f"the span {start}:{end} is empty or leaves the text of {len(text)} characters")
