"""Reading the source files: what cannot be read becomes a level 1 incident.

``CONTRIBUTING.md`` describes the formats. Reading never raises for what a file contains: one broken file
must not hide the next.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from standoff.corpus.incidents import Finding, Location, make_incident
from standoff.corpus.located_yaml import Located, YamlError, parse
from standoff.corpus.rules import RuleBook
from standoff.corpus.sources import ArticleFront, Entry, R, ReleaseNote, Sources
from standoff.corpus.text import PARAGRAPH_BREAK, fingerprint, join_title
from standoff.errors import InputError, NotFoundError, shorten
from standoff.files import canonical_json, parse_json_object, sha256_text
from standoff.records import Actor, Article, Coder, Conflict, Decision, Judgement, Proposition, Split

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 1_000_000
"""A source file larger than this is not a news text."""

BOOK = RuleBook(level=1)
for _rule_id, _expected, _remedy in (
    ("file-empty", "content", "Write the record, or remove the file"),
    ("file-has-bom", "UTF-8 without a byte-order mark", "Save the file again as plain UTF-8"),
    ("file-has-crlf", "LF line ends", "Convert the line ends"),
    ("file-has-nul", "text without NUL characters", "Remove them; the file may be UTF-16 or binary"),
    ("file-no-final-newline", "a newline at the end", "Add it"),
    ("file-not-nfc", "Unicode normal form NFC", "Normalise the file"),
    ("file-not-utf8", "UTF-8", "Save the file again as UTF-8"),
    ("file-too-large", f"at most {MAX_BYTES:,} bytes", "A news text is smaller; check what the file is"),
    ("file-unexpected", "only the files that CONTRIBUTING.md names", "Move or remove the file"),
    ("yaml-syntax", "YAML", "Correct the line; a text with a colon needs quotes"),
    ("yaml-repeated-key", "each key once", "Remove one of the two"),
    ("yaml-shape", "a mapping (for coders.yaml and releases.yaml: a list of mappings)", "See CONTRIBUTING.md"),
    ("front-matter-missing", "a line ---, YAML, a line ---, the body", "Add the front matter"),
    ("jsonl-syntax", "one JSON object per line", "Correct the line"),
    ("jsonl-not-canonical", "canonical JSON, as the package writes it", "Write the file with the package"),
    ("field-missing", "all fields of the record", "Add the field; null where it may be empty"),
    ("field-unknown", "only fields of the record", "Remove it, or correct its name"),
    ("field-type", "a value of the field's type", "Correct the value"),
    ("field-value", "a value the field allows", "Correct the value"),
    ("field-inconsistent", "fields that fit together", "Correct one of them"),
    ("file-name", "the file named after its id", "Rename the file or the id"),
    ("article-folder", "the article in the folder of its conflict", "Move the file"),
    ("proposition-prefix", "an id that starts with the conflict's", "Rename the proposition"),
    ("article-prefix", "an id that starts with the conflict's", "Rename the article"),
    ("split-syntax", "one article id per line, sorted, each once", "Sort the list"),
):
    BOOK.declare(_rule_id, expected=_expected, remedy=_remedy)


def read_sources(root: Path) -> Sources:
    """Read ``corpus/sources`` and ``annotations`` under ``root``.

    Raises:
        NotFoundError: ``root`` holds no ``corpus/sources``.
    """
    if not (root / "corpus" / "sources").is_dir():
        raise NotFoundError(
            "holds no corpus/sources folder",
            where=root,
            remedy="run the command in a checkout of standoff, or name one with --root",
        )
    return _Reader(root).read()


@dataclass(slots=True)
class _Reader:
    root: Path
    sources: Sources = field(init=False)
    expected_files: set[Path] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.sources = Sources(self.root)

    def read(self) -> Sources:
        base, notes, found = self.root / "corpus" / "sources", self.root / "annotations", self.sources
        for path in self._files(base / "conflicts", "*.yaml"):
            self._read_conflict(path)
        for path in self._files(base / "actors", "*.yaml"):
            found.actors += self._read_record(path, Actor, "actor_id")
        for path in self._files(base / "articles", "*/*.md"):
            self._read_article(path)
        found.releases += self._read_list(base / "releases.yaml", ReleaseNote)
        found.coders += self._read_list(notes / "coders.yaml", Coder)
        for split in Split:
            self._read_split(base / "splits" / f"{split}.txt", split)
        for path in self._files(notes / "judgements", "*/*.jsonl"):
            found.judgements += self._read_jsonl(path, Judgement)
        for path in self._files(notes / "adjudicated", "*.jsonl"):
            found.decisions += self._read_jsonl(path, Decision)
        found.codebooks += [path.stem for path in self._files(notes / "codebook", "v*.md")]
        self._refuse_unexpected(base, notes / "judgements", notes / "adjudicated")
        found.incidents.sort(key=lambda incident: (incident.file, incident.line, incident.rule))
        return found

    # -- files ---------------------------------------------------------------------------------------

    def _files(self, folder: Path, pattern: str) -> list[Path]:
        paths = sorted(path for path in folder.glob(pattern) if path.is_file())
        self.expected_files.update(paths)
        return paths

    def _refuse_unexpected(self, *folders: Path) -> None:
        for folder in folders:
            for path in sorted(folder.rglob("*")):
                # A folder named like a file would stand for a file that is silently not read. What a killed write
                # left behind is none of the corpus's files.
                if path.name.startswith(".") and path.suffix == ".tmp":
                    continue
                if path not in self.expected_files and (path.suffix or not path.is_dir()):
                    self._report("file-unexpected", Location(self._name(path)), path.name)

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def _report(self, rule_id: str, where: Location, got: object, detail: str = "") -> None:
        self.sources.incidents.append(make_incident(BOOK.rules[rule_id], Finding(where, got, detail)))

    def _read_text(self, path: Path) -> str | None:
        """Return the text of a file, or None after reporting why it cannot be used."""
        name, data = self._name(path), path.read_bytes()
        self.expected_files.add(path)
        if len(data) > MAX_BYTES:
            self._report("file-too-large", Location(name), f"{len(data):,} bytes")
            return None
        if data.startswith(b"\xef\xbb\xbf"):
            self._report("file-has-bom", Location(name), "a byte-order mark")
            return None
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            self._report("file-not-utf8", Location(name, line), data[error.start : error.start + 4])
            return None
        for rule_id, character in (("file-has-nul", "\x00"), ("file-has-crlf", "\r")):
            if character in text:
                line = text.count("\n", 0, text.index(character)) + 1
                self._report(rule_id, Location(name, line), repr(character))
                return None
        if not text.strip():
            self._report("file-empty", Location(name), "nothing")
            return None
        if not text.endswith("\n"):
            self._report("file-no-final-newline", Location(name, text.count("\n") + 1), text[-10:])
        self._check_nfc(name, text)
        return text

    def _check_nfc(self, name: str, text: str) -> None:
        if not unicodedata.is_normalized("NFC", text):
            for number, line in enumerate(text.split("\n"), start=1):
                if not unicodedata.is_normalized("NFC", line):
                    self._report("file-not-nfc", Location(name, number), line.strip())

    # -- YAML ----------------------------------------------------------------------------------------

    def _parse_yaml(self, name: str, text: str, *, first_line: int = 1, shape: type = dict) -> Located | None:
        try:
            located = parse(text, first_line=first_line)
        except YamlError as problem:
            rule_id = "yaml-repeated-key" if problem.repeated else "yaml-syntax"
            self._report(rule_id, Location(name, problem.line), str(problem))
            return None
        if not isinstance(located.value, shape):
            self._report("yaml-shape", Location(name, first_line), located.value)
            return None
        return located

    def _validate(
        self, model: type[R], data: object, name: str, located: Located, path: tuple[str | int, ...] = ()
    ) -> Entry[R] | None:
        try:
            return Entry(model.model_validate(data), name, located, path=path)
        except ValidationError as error:
            for rule_id, at, got, detail in field_findings(error):
                self._report(rule_id, Location(name, located.line((*path, *at))), got, detail)
            return None

    def _read_record(self, path: Path, model: type[R], id_field: str) -> list[Entry[R]]:
        text, name = self._read_text(path), self._name(path)
        located = None if text is None else self._parse_yaml(name, text)
        entry = None if located is None else self._validate(model, located.value, name, located)
        if entry is None:
            return []
        self._check_file_name(path, str(getattr(entry.record, id_field)), entry.at(id_field))
        return [entry]

    def _check_file_name(self, path: Path, record_id: str, where: Location) -> None:
        if path.stem != record_id:
            self._report("file-name", where, record_id, f"The file is called {path.name}")

    def _read_list(self, path: Path, model: type[R]) -> list[Entry[R]]:
        if not path.is_file():
            return []
        text, name = self._read_text(path), self._name(path)
        located = None if text is None else self._parse_yaml(name, text, shape=list)
        if located is None:
            return []
        entries = (
            self._validate(model, item, name, located, (index,)) for index, item in enumerate(located.value)
        )
        return [entry for entry in entries if entry is not None]

    def _read_conflict(self, path: Path) -> None:
        text, name = self._read_text(path), self._name(path)
        located = None if text is None else self._parse_yaml(name, text)
        if located is None:
            return
        data = dict(located.value)
        items = data.pop("propositions", None)
        if not isinstance(items, list):
            self._report(
                "yaml-shape", Location(name, located.line(("propositions",))), items, "propositions: a list"
            )
            return
        conflict = self._validate(Conflict, data, name, located)
        if conflict is None:
            return
        self.sources.conflicts.append(conflict)
        conflict_id = conflict.record.conflict_id
        self._check_file_name(path, conflict_id, conflict.at("conflict_id"))
        for index, item in enumerate(items):
            at = ("propositions", index)
            if isinstance(item, dict) and "conflict_id" in item:
                self._report("field-unknown", Location(name, located.line((*at, "conflict_id"))), "conflict_id")
            completed = {**item, "conflict_id": conflict_id} if isinstance(item, dict) else item
            entry = self._validate(Proposition, completed, name, located, at)
            if entry is None:
                continue
            self.sources.propositions.append(entry)
            if not entry.record.proposition_id.startswith(conflict_id + "-"):
                self._report("proposition-prefix", entry.at("proposition_id"), entry.record.proposition_id)

    # -- articles ------------------------------------------------------------------------------------

    def _read_article(self, path: Path) -> None:
        text, name = self._read_text(path), self._name(path)
        if text is None:
            return
        match = re.match(r"---\n(.*?\n)---(?:\n|$)", text, flags=re.DOTALL)
        if match is None:
            self._report("front-matter-missing", Location(name), text[:40])
            return
        located = self._parse_yaml(name, match[1], first_line=2)
        front = None if located is None else self._validate(ArticleFront, located.value, name, located)
        if front is None:
            return
        record = front.record
        self._check_file_name(path, record.article_id, front.at("article_id"))
        if path.parent.name != record.conflict_id:
            self._report("article-folder", front.at("conflict_id"), record.conflict_id)
        if not record.article_id.startswith(record.conflict_id + "-"):
            self._report("article-prefix", front.at("article_id"), record.article_id)
        body = text[match.end() :].strip("\n")
        self.sources.articles.append(
            Entry(_make_article(record, body), name, _with_body_line(front, text, match.end()))
        )

    def _read_split(self, path: Path, split: Split) -> None:
        listed: list[tuple[str, Location]] = []
        text = self._read_text(path) if path.is_file() else None
        name, lines = self._name(path), [] if text is None else text.removesuffix("\n").split("\n")
        for number, line in enumerate(lines, start=1):
            if not re.fullmatch(r"[a-z0-9-]+", line) or (listed and line <= listed[-1][0]):
                self._report("split-syntax", Location(name, number), line)
            listed.append((line, Location(name, number)))
        self.sources.splits[split] = listed

    # -- JSONL ---------------------------------------------------------------------------------------

    def _read_jsonl(self, path: Path, model: type[R]) -> list[Entry[R]]:
        text, name = self._read_text(path), self._name(path)
        lines = [] if text is None else text.removesuffix("\n").split("\n")
        found = []
        for number, line in enumerate(lines, start=1):
            where = Location(name, number)
            try:
                data = parse_json_object(line, where=str(where))
                record = model.model_validate(data)
            except InputError as error:
                self._report("jsonl-syntax", where, error.got, error.what)
            except ValidationError as error:
                for rule_id, _, got, detail in field_findings(error):
                    self._report(rule_id, where, got, detail)
            else:
                if canonical_json(record.to_json()) != line:
                    self._report("jsonl-not-canonical", where, line[:40])
                found.append(Entry(record, name, line=number))
        return found


def _make_article(front: ArticleFront, body: str) -> Article:
    text = join_title(front.title, body) if body else None
    data = front.model_dump(exclude={"actors", "propositions", "text_sha256", "paragraphs"})
    return Article.model_validate(
        {
            **data,
            "text": text,
            # Text that is not shipped brings its hash and fingerprint; of shipped text they are computed.
            "text_sha256": sha256_text(text) if text else (front.text_sha256 or "0" * 64),
            "paragraphs": fingerprint(text) if text else (front.paragraphs or ()),
            "split": None,
            "actor_ids": front.actors,
            "proposition_ids": front.propositions,
        }
    )


def _with_body_line(front: Entry[ArticleFront], text: str, body_start: int) -> Located:
    assert front.located is not None  # noqa: S101 - an article's entry always comes from YAML
    body = text[body_start:]
    first = text.count("\n", 0, body_start) + 1 + (len(body) - len(body.lstrip("\n")))
    lines = dict(front.located.lines)
    for number, paragraph in enumerate(body.strip("\n").split(PARAGRAPH_BREAK)):
        lines["body", number] = first
        first += paragraph.count("\n") + 2
    return Located(front.located.value, lines)


def field_findings(error: ValidationError) -> list[tuple[str, tuple[str | int, ...], str, str]]:
    """Return (rule id, path, value, message) for each field that does not fit its record."""
    found = []
    for item in error.errors(include_url=False):
        kind = item["type"]
        if kind == "missing":
            rule_id = "field-missing"
        elif kind == "extra_forbidden":
            rule_id = "field-unknown"
        elif kind == "value_error" and _is_whole_record(item):
            rule_id = "field-inconsistent"
        elif kind.endswith("_type"):
            rule_id = "field-type"
        else:
            rule_id = "field-value"
        path = tuple(item["loc"])
        got = str(path[-1]) if kind in {"missing", "extra_forbidden"} and path else shorten(item["input"], 80)
        found.append((rule_id, path, got, f"{'.'.join(map(str, path)) or 'record'}: {item['msg']}"))
    return found


def _is_whole_record(item: Any) -> bool:
    return isinstance(item["input"], dict)
