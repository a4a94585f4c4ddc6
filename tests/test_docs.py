"""What the documents promise is what the code does."""

from __future__ import annotations

import ast
import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import standoff
from standoff.cli.app import app
from standoff.evaluation.signature import Signature
from standoff.experiments.config import RunConfig

ROOT = Path(__file__).resolve().parents[1]
DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )


def shell_commands() -> list[tuple[str, str]]:
    found = []
    for path in DOCS:
        for block in blocks(path, "sh"):
            for line in block.splitlines():
                found += [(path.name, part) for part in re.findall(r"standoff [^#&|>]+", line)]
    return found


@pytest.mark.parametrize(("document", "command"), shell_commands())
def test_a_documented_command_exists_with_its_options(document: str, command: str) -> None:
    words = shlex.split(command)[1:]
    node = typer.main.get_command(app)
    while words and hasattr(node, "commands") and words[0] in node.commands:
        node = node.commands[words.pop(0)]
    assert not hasattr(node, "commands"), f"{document}: {command} names no command"
    known = {option for parameter in node.params for option in parameter.opts}
    for word in words:
        if word.startswith("--"):
            assert word in known, f"{document}: {command}"


def test_the_readme_names_the_two_commands_that_ci_runs() -> None:
    readme, ci = (ROOT / "README.md").read_text(), (ROOT / ".ci" / "run").read_text()
    for command in ("uv run standoff quickstart", "uv run --all-extras pytest"):
        assert f"pip install uv && {command}" in readme
        assert command in ci


def test_the_python_of_the_readme_runs() -> None:
    (code,) = blocks(ROOT / "README.md", "python")
    names: dict[str, object] = {}
    exec(compile(ast.parse(code), "README.md", "exec"), names)  # noqa: S102 - our own document
    test = names["test"]
    assert len(test) > 50  # type: ignore[arg-type]
    promised = re.search(r"# columns: (.*), …", code)
    assert promised
    assert set(promised[1].split(", ")) <= set(test.columns)  # type: ignore[attr-defined]
    for call, shown in re.findall(r"^(standoff\.versions\(\)) +# (.*)$", code, flags=re.MULTILINE):
        assert eval(call, names) == json.loads(shown)  # noqa: S307 - our own document


def test_every_name_of_the_readme_is_public() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in DOCS)
    for name in set(re.findall(r"standoff\.([a-z_]+)\(", text)):
        assert hasattr(standoff, name), name


def test_the_configuration_in_the_docs_is_valid() -> None:
    (text,) = blocks(ROOT / "docs" / "runs.md", "toml")
    config = RunConfig.parse(tomllib.loads(text), where="docs/runs.md")
    assert config.baseline in standoff.baselines.registry.BASELINES


def test_the_prediction_in_the_docs_is_an_item() -> None:
    (line,) = blocks(ROOT / "docs" / "runs.md", "json")
    row = json.loads(line)
    loaded = standoff.load_task("intervention")
    assert row["id"] in set(loaded.split("test")["id"])
    assert row["label"] in loaded.task.labels


def test_the_signature_in_the_docs_parses() -> None:
    (block,) = blocks(ROOT / "docs" / "runs.md", "text")
    assert str(Signature.parse(block.strip())) == block.strip()
    stored = json.loads((ROOT / "experiments" / "runs" / "tfidf_svm-seesaw" / "scores.json").read_text())
    assert stored["signature"] == block.strip()


def test_links_lead_to_files() -> None:
    for path in DOCS:
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name} → {target}"


def test_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    citation = (ROOT / "CITATION.cff").read_text()
    assert project["version"] == standoff.__version__
    assert f"\nversion: {standoff.__version__}\n" in citation
    assert f"## {standoff.__version__}" in (ROOT / "CHANGELOG.md").read_text()
    assert CliRunner().invoke(app, ["--version"]).output.strip() == f"standoff {standoff.__version__}"


def test_links_lead_to_headings() -> None:
    for path in DOCS:
        for target, anchor in re.findall(r"\]\(((?!https?://)[^)#]*)#([^)]+)\)", path.read_text(encoding="utf-8")):
            text = ((path.parent / target) if target else path).read_text(encoding="utf-8")
            headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
            known = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
            assert anchor in known, f"{path.name} → {target}#{anchor}"


def test_the_remaking_names_commands_that_exist() -> None:
    script = (ROOT / "experiments" / "remake").read_text(encoding="utf-8")
    commands = re.findall(
        r"(?:analyse|reproduce|run) [^|;)\n]+",
        "\n".join(
            line.replace("uv run standoff ", "") for line in script.splitlines() if "uv run standoff" in line
        ),
    )
    assert len(commands) >= 7
    for command in commands:
        test_a_documented_command_exists_with_its_options("remake", f"standoff {command}")


def test_the_page_of_baselines_names_no_results_twice() -> None:
    """Tables of scores are generated, wherever they stand."""
    for path in DOCS:
        outside = re.sub(r"<!-- generated: .*?<!-- end -->", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.search(r"\d\d\.\d \(\d\d\.\d to ", outside), path.name
