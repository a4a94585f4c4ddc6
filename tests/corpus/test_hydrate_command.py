from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

import standoff
from standoff.cli.app import app
from standoff.corpus.hydrate import write_hydrated
from standoff.errors import InputError, NotFoundError, RefusedError, StandoffError
from standoff.files import sha256_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.corpus.conftest import Case

NEWS = "norland-2001-news"


@pytest.fixture
def folder(tmp_path: Path, release: Path, use_releases: Callable[[Path], None]) -> Path:
    """An empty folder for texts; the releases at hand are those of the made-up corpus."""
    use_releases(release.parent)
    (tmp_path / "texts").mkdir()
    return tmp_path / "texts"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["corpus", "hydrate", *map(str, arguments)])


def test_the_command_reports_and_writes(news: Case, folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.txt"
    copy.write_text(news.page, encoding="cp1252")
    result = run(NEWS, copy, "--out", folder)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == (
        f"{NEWS} (train): verified, 4 of 4 paragraphs as published, 0 altered, 0 missing (read as cp1252)"
    )
    assert lines[1] == f"spans: {len(news.spans)} by offset"
    assert lines[2] == f"written: {folder / f'{NEWS}.txt'}"
    assert lines[3].startswith("load with: standoff.load(")
    assert (folder / f"{NEWS}.txt").read_text(encoding="utf-8") == news.text + "\n"


def test_the_command_reports_in_json(news: Case, folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.txt"
    copy.write_text("\n\n".join(news.paragraphs[:-1]), encoding="utf-8")
    result = run(NEWS, copy, "--out", folder, "--accept-altered", "--format", "json")
    assert result.exit_code == 0, result.output
    amari = [judgement for judgement, _ in news.spans if judgement.actor_id == "noel-amari"]
    assert json.loads(result.stdout) == {
        "article_id": NEWS,
        "split": "train",
        "outcome": "altered",
        "encoding": "utf-8",
        "paragraphs": {"exact": 3, "altered": [], "missing": [4]},
        "spans": {"offset": len(news.spans) - len(amari), "lost": len(amari)},
        "lost_by_stance": {"opposes": len(amari)},
    }


def test_the_command_names_lost_spans_and_refuses_an_altered_text(
    news: Case, folder: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.txt"
    copy.write_text("\n\n".join(news.paragraphs[:-1]), encoding="utf-8")
    result = run(NEWS, copy, "--out", folder)
    assert result.exit_code == 1
    lost = sum(judgement.actor_id == "noel-amari" for judgement, _ in news.spans)
    assert f"{lost} lost" in result.stdout
    assert f"  lost: {lost} of opposes" in result.stdout.splitlines()
    assert isinstance(result.exception, RefusedError)
    assert "--accept-altered" in str(result.exception)
    assert list(folder.iterdir()) == []


def a_folder(folder: Path) -> Path:
    folder.mkdir()
    return folder


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


REFUSED: dict[str, tuple[str, Callable[[Path, str], Path], type[StandoffError], str]] = {
    "a folder": (NEWS, lambda at, _: a_folder(at), NotFoundError, "this is a folder, not a file"),
    "a missing file": (NEWS, lambda at, _: at, NotFoundError, "no such file"),
    "an empty file": (NEWS, lambda at, _: written(at, ""), InputError, "is empty"),
    "a large file": (NEWS, lambda at, text: written(at, text * 3000), InputError, "is too large for a news text"),
    "another text": (NEWS, lambda at, _: written(at, "Coal, tariffs"), RefusedError, "0 of its 63 words"),
    "an included article": (
        "ostmark-2002-coal",
        written,
        InputError,
        "comes with its text",
    ),
    "a mistyped id": (
        "norland-2001-newz",
        written,
        NotFoundError,
        "did you mean norland-2001-news",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_the_command_refuses_leaves_nothing_behind(
    news: Case, folder: Path, tmp_path: Path, what: str
) -> None:
    article_id, make, error, message = REFUSED[what]
    result = run(article_id, make(tmp_path / "copy.txt", news.text), "--out", folder, "--accept-altered")
    assert result.exit_code == 1
    assert type(result.exception) is error
    assert message in str(result.exception)
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("hf_cache")
def test_a_hydrated_text_fills_its_rows_when_loaded(news: Case, folder: Path) -> None:
    write_hydrated(news.hydrate(news.page), folder)
    for config in ("stance", "articles", "judgements"):
        without, filled = standoff.load(config=config), standoff.load(config=config, texts=folder)
        assert filled.keys() == without.keys()
        for split in filled:
            assert filled[split].features == without[split].features
            for before, after in zip(without[split], filled[split], strict=True):
                if before["article_id"] != NEWS:
                    assert after == before
                    continue
                assert {**after, "text": None, "evidence": None} == {**before, "text": None, "evidence": None}
                assert after.get("text", news.text) == news.text
    for config in ("stance", "judgements"):
        part = standoff.load(config=config, texts=folder)["train"]
        spans = [row["evidence"] for row in part if row["article_id"] == NEWS]
        assert any(spans)
        for span in itertools.chain(*spans):
            assert span["quote"] == news.text[span["start"] : span["end"]]
            assert sha256_text(span["quote"]) == span["quote_sha256"]


@pytest.mark.usefixtures("hf_cache")
@pytest.mark.parametrize("config", ["actors", "propositions"])
def test_configs_without_article_texts_load_as_they_are(news: Case, folder: Path, config: str) -> None:
    write_hydrated(news.hydrate(news.text), folder)
    plain, filled = standoff.load(config=config), standoff.load(config=config, texts=str(folder))
    assert {split: part.to_list() for split, part in filled.items()} == {
        split: part.to_list() for split, part in plain.items()
    }


@pytest.mark.usefixtures("hf_cache")
def test_an_altered_text_is_refused_when_loaded(news: Case, folder: Path) -> None:
    write_hydrated(news.hydrate("\n\n".join(news.paragraphs[:-1])), folder, accept_altered=True)
    with pytest.raises(InputError, match=f"{NEWS}.txt: is not the published text"):
        standoff.load(texts=folder)


@pytest.mark.usefixtures("hf_cache")
def test_a_missing_folder_of_texts_is_refused(folder: Path) -> None:
    with pytest.raises(NotFoundError, match="no such folder"):
        standoff.load(texts=folder / "elsewhere")
