"""The made-up corpus of ``tests/data/mini``, as a checkout to change and as a release to read."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from standoff.corpus.hydrate import Hydration, hydrate
from standoff.corpus.reader import read_sources
from standoff.corpus.release import build
from standoff.corpus.text import make_evidence

if TYPE_CHECKING:
    from collections.abc import Callable

    from standoff.records import Article, Evidence, Judgement

REPOSITORY = Path(__file__).parents[2]
DATA = REPOSITORY / "tests" / "data"
MINI = DATA / "mini"
NEWS = "norland-2001-news"
VOZ = "syria-2024-voz-assad-begs"


@pytest.fixture
def mini(tmp_path: Path) -> Path:
    """A checkout of the made-up corpus, of the test's own."""
    return Path(shutil.copytree(MINI, tmp_path / "checkout"))


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Release 0.1.0 of the made-up corpus; no test may change it."""
    return build(MINI, "0.1.0", out=tmp_path_factory.mktemp("releases"))


@pytest.fixture
def use_releases(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Make a folder the one in which the package looks for its releases."""

    def use(folder: Path) -> None:
        monkeypatch.setattr("standoff.corpus.load.releases_folder", lambda: folder)

    return use


@pytest.fixture
def hf_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache for ``datasets``, which may not look anything up on a network."""
    import datasets

    cache = tmp_path / "hf-cache"
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", cache)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    return cache


@dataclass(frozen=True)
class Case:
    """A bring-your-own article, its judgements, and its text as published."""

    article: Article
    judgements: list[Judgement]
    text: str

    @property
    def paragraphs(self) -> list[str]:
        """The paragraphs, the title first."""
        return self.text.split("\n\n")

    @property
    def page(self) -> str:
        """The text with page furniture before, between and after its paragraphs."""
        body = "\n\nAdvertisement | Subscribe now\n\n".join(self.paragraphs)
        return f"Home > World\nSign in\n\n{body}\n\nRead next: Ten more\n© Example Post\n"

    @property
    def spans(self) -> list[tuple[Judgement, Evidence]]:
        """All spans of all judgements, each with its judgement."""
        return [(judgement, span) for judgement in self.judgements for span in judgement.evidence]

    def hydrate(self, copy: str | bytes) -> Hydration:
        """Hydrate the article from a copy."""
        data = copy.encode() if isinstance(copy, str) else copy
        return hydrate(self.article, self.judgements, data, where="copy.txt")


def _read_case(root: Path, article_id: str, text: str) -> Case:
    sources = read_sources(root)
    judgements = [entry.record for entry in sources.judgements if entry.record.article_id == article_id]
    return Case(sources.articles_by_id[article_id], judgements, text)


@pytest.fixture(scope="session")
def news() -> Case:
    """The made-up bring-your-own article."""
    return _read_case(MINI, NEWS, (DATA / f"{NEWS}.txt").read_text(encoding="utf-8").removesuffix("\n"))


@pytest.fixture(scope="session")
def voz(seed_text: Path, news: Case) -> Case:
    """The first article, its paragraphs cut out of the saved page by the lines they stand on.

    Besides the judgements there is a made one, with a span in the middle of each paragraph.
    """
    lines = [" ".join(line.split()) for line in seed_text.read_text(encoding="utf-8").split("\n") if line.strip()]
    furniture = {0, 3, 4, len(lines) - 1}  # the site's name, a caption, "Published by", "tracking"
    text = "\n\n".join(line for number, line in enumerate(lines) if number not in furniture)
    case, evidence, start = _read_case(REPOSITORY, VOZ, text), [], 0
    for paragraph in case.paragraphs:
        third = len(paragraph) // 3
        evidence.append(make_evidence(text, start + third, start + 2 * third))
        start += len(paragraph) + len("\n\n")
    made = news.judgements[0].model_copy(update={"article_id": VOZ, "evidence": tuple(evidence)})
    return replace(case, judgements=[*case.judgements, made])


@pytest.fixture(params=["news", "voz"])
def case(request: pytest.FixtureRequest) -> Case:
    """Both articles: the made-up one and, where its text is at hand, the real one."""
    found: Case = request.getfixturevalue(request.param)
    return found
