from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

import datasets
import pyarrow.parquet as pq
import pytest

import standoff
from standoff.corpus.load import SupersededWarning, frame, published_article, release_folder
from standoff.corpus.release import build, read_manifest
from standoff.corpus.tables import SCHEMAS
from standoff.errors import IntegrityError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.corpus.conftest import Case

DIVIDED = ("stance", "judgements", "articles")


@pytest.fixture
def releases(mini: Path, use_releases: Callable[[Path], None]) -> Path:
    """The folder of the releases at hand: 0.1.0 and 0.2.0, which differ in their version only."""
    for version in ("0.1.0", "0.2.0"):
        folder = build(mini, version)
    use_releases(folder.parent)
    return folder.parent


def table(folder: Path, config: str, split: str) -> list[dict[str, Any]]:
    """Return the rows of one Parquet file, read without the package."""
    return [dict(row) for row in pq.read_table(folder / "data" / config / f"{split}.parquet").to_pylist()]


def manifest_rows(folder: Path, config: str) -> dict[str, int]:
    """Return the number of rows of each split that has any."""
    counted = re.compile(rf"data/{config}/(\w+)\.parquet")
    files = read_manifest(folder)["files"].items()
    return {
        match[1]: entry["rows"] for path, entry in files if (match := counted.fullmatch(path)) and entry["rows"]
    }


# -- by `datasets` alone ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("hf_cache")
@pytest.mark.parametrize("config", SCHEMAS)
def test_datasets_loads_the_rows_and_columns_of_every_config(release: Path, config: str) -> None:
    loaded = datasets.load_dataset(str(release), config)
    assert {split: len(part) for split, part in loaded.items()} == manifest_rows(release, config)
    for split, part in loaded.items():
        assert part.column_names == SCHEMAS[config].names
        assert part.to_list() == table(release, config, split)


@pytest.mark.usefixtures("hf_cache")
def test_stance_is_the_config_loaded_by_default(release: Path) -> None:
    assert datasets.get_dataset_config_names(str(release)) == list(SCHEMAS)
    assert datasets.load_dataset(str(release))["train"].column_names == SCHEMAS["stance"].names


def two_of_one_name(mini: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Build two releases of one version, in folders of one name, whose registries differ in an actor's name."""
    one = build(mini, "0.1.0", out=tmp_path / "one")
    actor = mini / "corpus" / "sources" / "actors" / "westland.yaml"
    actor.write_text(
        actor.read_text(encoding="utf-8").replace("name: Westland", "name: Eastland"), encoding="utf-8"
    )
    actor.write_text(
        actor.read_text(encoding="utf-8").replace("[Westborg]", "[Westborg, Westland]"), encoding="utf-8"
    )
    return one, build(mini, "0.1.0", out=tmp_path / "other")


def load_names(folder: Path) -> list[str]:
    return [str(name) for name in datasets.load_dataset(str(folder), "actors")["registry"]["name"]]


@pytest.mark.usefixtures("hf_cache")
def test_two_releases_in_folders_of_one_name_do_not_shadow_each_other(mini: Path, tmp_path: Path) -> None:
    one, other = two_of_one_name(mini, tmp_path)
    assert one.name == other.name
    assert [load_names(folder)[-1] for folder in (one, other, one, other)] == [
        "Westland",
        "Eastland",
        "Westland",
        "Eastland",
    ]


@pytest.mark.usefixtures("hf_cache")
def test_without_the_digest_on_the_card_one_would_shadow_the_other(mini: Path, tmp_path: Path) -> None:
    """The control: should ``datasets`` come to key its cache by content, the digest is no longer needed."""
    folders = two_of_one_name(mini, tmp_path)
    for folder in folders:
        card = (folder / "README.md").read_text(encoding="utf-8")
        without, removed = re.subn(r" content\s+sha256\s+[0-9a-f]{64}", "", card)
        assert removed == len(SCHEMAS)
        (folder / "README.md").write_text(without, encoding="utf-8")
    assert [load_names(folder)[-1] for folder in folders] == ["Westland", "Westland"]


# -- by the package -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("hf_cache", "releases")
@pytest.mark.parametrize("config", SCHEMAS)
def test_load_returns_the_newest_release(releases: Path, config: str) -> None:
    loaded = standoff.load("intervention", config=config)
    assert {split: len(part) for split, part in loaded.items()} == manifest_rows(releases / "0.2.0", config)
    for split, part in loaded.items():
        assert part.to_list() == table(releases / "0.2.0", config, split)


@pytest.mark.usefixtures("releases")
def test_versions_oldest_first() -> None:
    assert standoff.versions() == standoff.versions("intervention") == ["0.1.0", "0.2.0"]


@pytest.mark.parametrize("config", SCHEMAS)
def test_a_frame_has_the_rows_of_all_splits_and_says_which(releases: Path, config: str) -> None:
    splits = ("train", "validation", "test") if config in DIVIDED else ("registry",)
    found = frame(config)
    names = SCHEMAS[config].names
    assert list(found.columns) == (names if config not in DIVIDED or "split" in names else [*names, "split"])
    assert found["unit_id" if config == "stance" else names[0]].is_unique
    expected = [
        {**row, **({"split": split} if config in DIVIDED else {})}
        for split in splits
        for row in table(releases / "0.2.0", config, split)
    ]
    assert found.astype(object).where(found.notna(), None).to_dict("records") == expected


@pytest.mark.usefixtures("releases")
def test_the_named_frames_are_those_of_their_configs() -> None:
    assert standoff.articles().equals(frame("articles"))
    assert standoff.actors().equals(frame("actors"))
    assert standoff.judgements().equals(frame("judgements"))
    assert standoff.statements().equals(frame("stance"))


@pytest.mark.usefixtures("hf_cache", "releases")
def test_an_older_release_warns_and_names_the_newest() -> None:
    for load in (
        lambda: standoff.load(version="0.1.0"),
        lambda: standoff.articles("0.1.0"),
        lambda: standoff.statements(version="0.1.0"),
    ):
        with pytest.warns(SupersededWarning, match=r"^intervention 0\.1\.0 is superseded by 0\.2\.0; see "):
            load()


@pytest.mark.usefixtures("releases")
def test_the_newest_release_does_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert release_folder().name == release_folder("0.2.0").name == "0.2.0"


@pytest.mark.usefixtures("releases")
@pytest.mark.parametrize(
    ("load", "message"),
    [
        (lambda: standoff.load("interventions"), "no corpus named 'interventions'\n.*did you mean intervention"),
        (lambda: standoff.versions("other"), "no corpus named 'other'\n.*one of intervention"),
        (lambda: standoff.load(version="0.2.1"), r"no version named '0\.2\.1'\n.*did you mean 0\.2\.0"),
        (lambda: standoff.articles("9"), r"no version named '9'\n.*one of 0\.1\.0, 0\.2\.0"),
        (lambda: standoff.articles("../releases/0.2.0"), r"no version named '\.\./releases/0\.2\.0'"),
        (lambda: standoff.load(config="stances"), "no config named 'stances'\n.*did you mean stance"),
        (lambda: frame("judgement"), "no config named 'judgement'\n.*did you mean judgements"),
        (lambda: published_article("norland-2001-new"), "no article named .*\n.*did you mean norland-2001-news"),
    ],
)
def test_an_unknown_name_is_refused_with_a_suggestion(load: Callable[[], object], message: str) -> None:
    with pytest.raises(NotFoundError, match=message):
        load()


def test_without_any_release_the_message_says_how_to_build_one(
    tmp_path: Path, use_releases: Callable[[Path], None]
) -> None:
    use_releases(tmp_path / "none")
    assert standoff.versions() == []
    with pytest.raises(NotFoundError, match="standoff corpus build VERSION"):
        standoff.load()


@pytest.mark.parametrize("path", ["data/actors/registry.parquet", "README.md", "MANIFEST.json"])
def test_a_release_with_a_changed_byte_does_not_load(releases: Path, path: str) -> None:
    data = bytearray((releases / "0.2.0" / path).read_bytes())
    data[len(data) // 2] ^= 1
    (releases / "0.2.0" / path).write_bytes(data)
    for load in (standoff.load, standoff.articles, lambda: published_article("norland-2001-news")):
        with pytest.raises(IntegrityError, match=re.escape(path)):
            load()
    with pytest.warns(SupersededWarning):
        assert len(standoff.articles("0.1.0")) == 4  # the other release is whole


@pytest.mark.usefixtures("releases")
def test_an_article_of_a_release_is_the_record_it_was_made_from(news: Case) -> None:
    article, judgements, split = published_article("norland-2001-news")
    assert split == "train"
    assert article == news.article.model_copy(update={"split": "train"})
    assert sorted(judgements, key=lambda j: j.judgement_id) == sorted(
        news.judgements, key=lambda j: j.judgement_id
    )


def test_the_releases_of_a_checkout_are_those_of_the_corpus() -> None:
    from standoff.corpus.load import releases_folder

    assert releases_folder().parts[-2:] == ("corpus", "releases")
    assert (releases_folder().parent / "sources").is_dir()
