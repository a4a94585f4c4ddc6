"""Every rule is broken once, by the folder of its name in tests/invalid, and found.

The folder holds the bad files at their path below the root of the made-up corpus in tests/data/mini; an empty file
``<path>.removed`` takes ``<path>`` away; ``<path>.padded`` stands for ``<path>`` with a megabyte of comment lines.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from standoff.cli.app import app
from standoff.corpus.check import BOOKS, RULES, check
from standoff.corpus.incidents import Finding, Incident, Location, Report, Rule, make_incident
from standoff.corpus.reader import MAX_BYTES
from standoff.corpus.rules import RuleBook

REPOSITORY = Path(__file__).parents[2]
MINI = REPOSITORY / "tests" / "data" / "mini"
INVALID = REPOSITORY / "tests" / "invalid"

ARTICLES = "corpus/sources/articles"
COAL = f"{ARTICLES}/ostmark-2002/ostmark-2002-coal.md"
TEST_SPLIT = "corpus/sources/splits/test.txt"
DECISIONS = "annotations/adjudicated/norland-2001.jsonl"
JUDGEMENTS = "annotations/judgements/ostmark-2002/model-a.jsonl"
FRONT = "corpus/sources/actors/river-front.yaml"

NOT_ALONE = {
    # One article in two splits cuts its conflict and its cluster, which are at least itself.
    "split-article-twice": {"split-conflict-cut", "split-cluster-cut"},
}
ELSEWHERE = {
    # A rule about two files is reported in the one that refers to the other.
    "article-outside-conflict": COAL,
    "coder-unknown": DECISIONS,
    "decision-missing": "annotations/judgements/norland-2001/model-a.jsonl",
    "export-altered": JUDGEMENTS,
    "export-missing": JUDGEMENTS,
    "split-article-missing": f"{ARTICLES}/norland-2001/norland-2001-spring.md",
    "split-article-twice": TEST_SPLIT,
    "split-cluster-cut": TEST_SPLIT,
    "unit-uncoded": COAL,
    "unit-unknown": JUDGEMENTS,
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the made-up corpus."""
    return Path(shutil.copytree(MINI, tmp_path / "mini"))


def lay_over(root: Path, folder: Path) -> set[str]:
    """Copy the bad files over ``root``; return the paths of those that are there afterwards."""
    laid = set()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            if name.endswith(".removed"):
                (root / name.removesuffix(".removed")).unlink()
            elif name.endswith(".padded"):
                padded = path.read_bytes() + b"# \n" * (MAX_BYTES // 3)
                (root / name.removesuffix(".padded")).write_bytes(padded)
                laid.add(name.removesuffix(".padded"))
            else:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, root / name)
                laid.add(name)
    return laid


def replace(root: Path, name: str, old: str, new: str) -> None:
    """Replace the one ``old`` in a file of the corpus."""
    text = (root / name).read_text()
    assert text.count(old) == 1
    (root / name).write_text(text.replace(old, new))


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["corpus", "check", *map(str, arguments)])
    return result.exit_code, result.output


# -- one bad folder per rule ----------------------------------------------------------------------------


def test_the_made_up_corpus_breaks_no_rule() -> None:
    report = check(MINI)
    assert report.incidents == (), report.to_text()
    assert report.reached == 3
    assert report.counts == {
        "conflicts": 2,
        "propositions": 3,
        "actors": 4,
        "articles": 4,
        "judgements": 34,
        "decisions": 2,
    }


def test_every_rule_has_a_folder_and_every_folder_a_rule() -> None:
    assert {path.name for path in INVALID.iterdir()} == set(RULES)


def test_the_tables_of_exceptions_name_rules() -> None:
    assert set(NOT_ALONE) | set(ELSEWHERE) <= set(RULES)


@pytest.mark.parametrize("rule_id", RULES)
def test_the_rule_is_reported_alone(rule_id: str, root: Path) -> None:
    laid = lay_over(root, INVALID / rule_id)
    report = check(root)

    found = [incident for incident in report.incidents if incident.rule == rule_id]
    assert found, report.to_text()
    assert found[0].file in ({ELSEWHERE[rule_id]} if rule_id in ELSEWHERE else laid)
    rule = RULES[rule_id]
    for incident in found:
        lines = (root / incident.file).read_bytes().count(b"\n") + 1
        assert 1 <= incident.line <= lines
        assert incident.got
        assert (incident.expected, incident.remedy) == (rule.expected, rule.remedy)
        assert (incident.level, incident.severity) == (rule.level, rule.severity)

    others = {incident.rule for incident in report.incidents if incident.severity == "error"} - {rule_id}
    assert others == NOT_ALONE.get(rule_id, set()), report.to_text()


@pytest.mark.parametrize("rule_id", RULES)
def test_only_errors_make_the_command_fail(rule_id: str, root: Path) -> None:
    lay_over(root, INVALID / rule_id)
    code, _ = run("--root", root)
    assert code == (1 if RULES[rule_id].severity == "error" else 0)


def test_which_rules_only_warn() -> None:
    assert {rule.rule_id for rule in RULES.values() if rule.severity == "warning"} == {
        "unit-uncoded",
        "decision-needless",
    }


def test_every_rule_says_what_is_right_and_what_to_do() -> None:
    for rule_id, rule in RULES.items():
        assert rule.rule_id == rule_id
        assert rule.expected[0] != " "
        assert rule.remedy[0].isupper()
        assert not rule.remedy.endswith("."), "the full stop is added when it is printed"
    assert [book.level for book in BOOKS] == [1, 2, 3]


def test_a_rule_id_is_declared_once() -> None:
    book = RuleBook(level=1)
    book.declare("some-rule", expected="this", remedy="Do that")
    with pytest.raises(ValueError, match="rule 'some-rule' is declared twice"):
        book.rule("some-rule", expected="this", remedy="Do that")


# -- levels ---------------------------------------------------------------------------------------------


def break_all_levels(root: Path) -> None:
    """One error on each level; level 3's is in a file that levels 1 and 2 find nothing wrong with."""
    replace(root, FRONT, "kind: armed-group", "kind: militia")
    (root / TEST_SPLIT).write_text("ostmark-2002-coal\nostmark-2002-ghost\n")
    replace(root, COAL, "license: CC-BY-4.0", "license: MIT")


def test_an_error_on_level_1_stops_levels_2_and_3(root: Path) -> None:
    break_all_levels(root)
    report = check(root)
    assert [incident.rule for incident in report.incidents] == ["field-value"]
    assert (report.level, report.reached) == (3, 1)
    assert "Level 2 was not run: mend the errors of level 1 first." in report.to_text()
    assert report.to_text().endswith("1 errors, 0 warnings (level 1).")


def test_an_error_on_level_2_stops_level_3(root: Path) -> None:
    break_all_levels(root)
    shutil.copyfile(MINI / FRONT, root / FRONT)
    report = check(root)
    assert [incident.rule for incident in report.incidents] == ["split-article-unknown"]
    assert report.reached == 2
    assert "Level 3 was not run: mend the errors of level 2 first." in report.to_text()

    shutil.copyfile(MINI / TEST_SPLIT, root / TEST_SPLIT)
    report = check(root)
    assert [incident.rule for incident in report.incidents] == ["dispatch-license"]
    assert report.reached == 3
    assert "was not run" not in report.to_text()


def test_a_warning_on_level_2_does_not_stop_level_3(root: Path) -> None:
    lay_over(root, INVALID / "unit-uncoded")
    replace(root, COAL, "license: CC-BY-4.0", "license: MIT")
    assert [incident.rule for incident in check(root).incidents] == ["unit-uncoded", "dispatch-license"]


@pytest.mark.parametrize("level", [1, 2, 3])
def test_no_level_above_the_one_asked_for_is_run(level: int, root: Path) -> None:
    lay_over(root, INVALID / "dispatch-license")
    code, output = run("--root", root, "--level", level)
    assert code == (1 if level == 3 else 0)
    assert f"(level {level})." in output
    assert "was not run" not in output, "nobody asked for it"


# -- what is printed ------------------------------------------------------------------------------------


def test_json_and_text_say_the_same(root: Path) -> None:
    for rule_id in ("export-altered", "coder-unknown", "split-article-twice"):
        lay_over(root, INVALID / rule_id)
    report = check(root)
    text, data = report.to_text(repeats=100), json.loads(json.dumps(report.to_json()))
    assert data["errors"] == report.errors == len(data["incidents"]) > 3
    assert (data["warnings"], data["level"], data["reached"]) == (0, 3, 2)
    assert data["counts"] == report.counts
    for line, item in zip(text.splitlines(), data["incidents"], strict=False):
        assert line == str(Incident(**item))
        for part in (f"{item['file']}:{item['line']}: ", f"[L2 error {item['rule']}]", f"Got {item['got']}."):
            assert part in line
        assert line.endswith(f"Expected {item['expected']}. {item['remedy']}.")


def test_the_command_prints_the_report_as_text_and_as_json(root: Path) -> None:
    lay_over(root, INVALID / "export-altered")
    report = check(root)
    assert run("--root", root) == (1, report.to_text() + "\n")
    code, output = run("--root", root, "--format", "json")
    assert (code, json.loads(output)) == (1, report.to_json())


def test_the_report_counts_what_was_read() -> None:
    code, output = run("--root", MINI)
    counted = "2 conflicts, 3 propositions, 4 actors, 4 articles, 34 judgements, 2 decisions"
    assert (code, output) == (0, f"{counted}: 0 errors, 0 warnings (level 3).\n")


def test_the_incident_names_line_value_expectation_and_remedy(root: Path) -> None:
    lay_over(root, INVALID / "dispatch-license")
    _, output = run("--root", root)
    assert output.splitlines()[0] == (
        f"{COAL}:14: [L3 error dispatch-license] Got CC-BY-SA-4.0. Expected CC-BY-4.0. "
        "Dispatches are published under this licence only."
    )


def test_repeats_of_a_rule_are_counted_and_not_printed(root: Path) -> None:
    lay_over(root, INVALID / "coder-unknown")
    (root / "annotations/coders.yaml").write_text("- {coder_id: model-c, kind: model, description: New.}\n")
    report = check(root)
    assert Counter(incident.rule for incident in report.incidents) == {"coder-unknown": 36}
    text = report.to_text()
    assert text.count("[L2 error coder-unknown]") == 10
    assert "… and 26 more of coder-unknown" in text
    assert report.to_text(repeats=36).count("[L2 error coder-unknown]") == 36
    assert "more of" not in report.to_text(repeats=36)
    assert len(report.to_json()["incidents"]) == 36


def test_the_order_of_incidents_is_stable(root: Path) -> None:
    for rule_id in ("coder-unknown", "split-article-twice", "export-missing"):
        lay_over(root, INVALID / rule_id)
    incidents = check(root).incidents
    keys = [(incident.file, incident.line, incident.rule) for incident in incidents]
    assert keys == sorted(keys)
    assert len({incident.rule for incident in incidents}) > 3
    again = root.with_name("again")
    # Files that are made in another order are listed in another order by some file systems.
    for path in sorted(root.rglob("*"), reverse=True):
        if path.is_file():
            (again / path.relative_to(root)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, again / path.relative_to(root))
    assert check(again).incidents == incidents


@pytest.mark.parametrize("output", ["text", "json"])
def test_terminal_escapes_in_files_are_not_printed(output: str, root: Path) -> None:
    escapes = ("\x1b[2J", "\x9b31m", "\u202e", "\x07")
    (root / TEST_SPLIT).write_text("".join(f"ostmark{escape}\n" for escape in escapes))
    (root / "corpus/sources/actors/\x1b[31m.txt").write_text("x\n")
    code, printed = run("--root", root, "--format", output)
    assert code == 1
    assert not any(escape in printed for escape in escapes)
    assert "file-unexpected" in printed
    assert printed.count("split-syntax") == len(escapes)
    backslash = "\\\\" if output == "json" else "\\"
    for shown in ("x1b[2J", "x9b31m", "u202e", "x07"):
        assert f"ostmark{backslash}{shown}" in printed


def test_an_incident_is_one_line_whatever_the_value_holds() -> None:
    finding = Finding(Location("a\nb.yaml", 3), "x\nc.yaml:1: [L1 error file-empty]", "and\nso on")
    text = str(make_incident(Rule("some-rule", 1, "this", "Do that"), finding))
    assert "\n" not in text
    assert text.startswith("a\\nb.yaml:3: [L1 error some-rule] and\\nso on. Got x\\nc.yaml:1: ")


def test_long_values_are_cut() -> None:
    rule = Rule("some-rule", 1, "this", "Do that")
    where = Location("a.yaml")
    assert make_incident(rule, Finding(where, "x" * 100)).got == "x" * 100
    assert make_incident(rule, Finding(where, "x" * 101)).got == "x" * 99 + "…"
    assert make_incident(rule, Finding(where, ["x"])).got == "['x']"


def test_a_report_counts_errors_and_warnings() -> None:
    where = Location("a.yaml", 2)
    warning = make_incident(Rule("soft", 1, "this", "Do that", "warning"), Finding(where, "x"))
    error = make_incident(Rule("hard", 1, "this", "Do that"), Finding(where, "x"))
    report = Report((warning, error, warning), level=1, reached=1, counts={"articles": 1})
    assert (report.errors, report.warnings) == (1, 2)
    assert report.to_text(repeats=1).splitlines() == [
        "a.yaml:2: [L1 warning soft] Got x. Expected this. Do that.",
        "a.yaml:2: [L1 error hard] Got x. Expected this. Do that.",
        "… and 1 more of soft",
        "1 articles: 1 errors, 2 warnings (level 1).",
    ]


# -- the command ----------------------------------------------------------------------------------------


def test_rules_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")  # wide enough that no cell is folded
    code, output = run("--rules")
    assert code == 0
    assert output.split()[:2] == [str(len(RULES)), "rules"]
    rows = [re.split(r"\s{2,}", line.strip()) for line in output.splitlines()]
    assert [row for row in rows if row[0] in RULES] == [
        [rule.rule_id, str(rule.level), rule.severity, rule.expected] for rule in RULES.values()
    ]


@pytest.mark.parametrize("level", ["0", "4", "two"])
def test_there_are_three_levels(level: str) -> None:
    assert run("--root", MINI, "--level", level)[0] == 2


def real_command(*arguments: object) -> subprocess.CompletedProcess[str]:
    code = "from standoff.cli import main; main()"
    command = [sys.executable, "-c", code, "corpus", "check", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")


def test_the_real_command_exits_with_0_or_1(root: Path) -> None:
    good = real_command("--root", root)
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.endswith("0 errors, 0 warnings (level 3).\n")
    lay_over(root, INVALID / "file-has-crlf")
    bad = real_command("--root", root)
    assert (bad.returncode, bad.stderr) == (1, "")
    assert f"{FRONT}:1: [L1 error file-has-crlf]" in bad.stdout


def test_a_folder_without_sources_is_no_corpus(tmp_path: Path) -> None:
    result = real_command("--root", tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"error: {tmp_path}: holds no corpus/sources folder\n")
    assert "what to do: run the command in a checkout of standoff, or name one with --root" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_corpus_of_this_repository_has_no_errors() -> None:
    report = check(REPOSITORY)
    assert report.errors == 0, report.to_text(repeats=5)
    assert report.reached == 3
