"""What holds for every public set: declared in full, split as the rule says, found as its publisher left it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from standoff.cli.app import app
from standoff.files import read_text
from standoff.tasks.getting.fetch import locate
from standoff.tasks.registry import audited_changes, get_task, load_task, names, read_published
from standoff.tasks.split_sets import FOLDS, LEFT_OUT, LISTS, SEED, list_text

SETS = [name for name in names() if get_task(name).source is not None]
VARIANTS = [f"{name}:{variant}" for name in SETS for variant in get_task(name).variants]

# Items of each split of the audited and of the official split set; folds are not sizes to remember.
SIZES: dict[str, dict[str, tuple[int, ...]]] = {
    "dse:all": {"audited": (13144, 1065, 1178), "official": (13144, 1461, 1623)},
    "gwsd:all": {"audited": (1850, 0, 197), "official": (1850, 0, 200)},
    "handeset:all": {"audited": (1251,)},
    "heating:all": {"audited": (559,)},
    "newsmtsc:mt": {"audited": (8739, 0, 739), "official": (8739, 0, 1476)},
    "newsmtsc:rw": {"audited": (8739, 0, 582), "official": (8739, 0, 1146)},
    "polstance:all": {"audited": (900,)},
    "rusentrel:articles": {"audited": (566, 0, 548), "official": (566, 0, 794)},
    "rusentrel:sentences": {"audited": (566, 0, 548), "official": (566, 0, 794)},
    "seesaw:all": {"audited": (6263, 2436, 1920), "official": (6263, 2436, 1920)},
    "seesaw:named": {"audited": (4559, 1803, 1397), "official": (4559, 1803, 1397)},
}


def test_there_are_eight_public_sets() -> None:
    assert SETS == ["dse", "gwsd", "handeset", "heating", "newsmtsc", "polstance", "rusentrel", "seesaw"]
    assert sorted(SIZES) == sorted(VARIANTS)


@pytest.mark.parametrize("name", SETS)
def test_a_set_is_declared_in_full(name: str) -> None:
    task = get_task(name)
    assert task.name == name
    assert task.source is not None
    assert re.fullmatch(r"[0-9a-f]{40}", task.source.commit)
    assert task.source.url.startswith("https://")
    assert task.label_kind == "human"
    for field in (
        task.title,
        task.description,
        task.annotators,
        task.paper_scores,
        task.licence,
        task.terms,
        task.homepage,
    ):
        assert len(field) >= 3
    assert task.target_kind
    assert next(iter(task.split_sets)) == "audited"
    assert ("non-commercial" in task.terms) == ("-NC-" in task.licence)


def test_one_set_publishes_what_each_coder_said() -> None:
    assert [name for name in SETS if get_task(name).coder_labels is not None] == ["gwsd"]


@pytest.mark.parametrize("name", SETS)
def test_a_citation_is_one_bibtex_entry(name: str) -> None:
    citation = get_task(name).citation
    assert re.match(r"@(inproceedings|article|mastersthesis)\{[^,\s]+,\n", citation)
    assert citation.endswith("\n}\n")
    assert citation.count("{") == citation.count("}")
    for field in ("title", "author", "year"):
        assert len(re.findall(rf"^ +{field} = ", citation, flags=re.MULTILINE)) == 1


@pytest.mark.parametrize("name", SETS)
def test_the_checksums_are_the_publishers(name: str, shared_data: Path) -> None:
    task = get_task(name)
    assert task.source is not None
    listed = (
        line.split("  ", 1) for line in read_text(locate(shared_data, task.source) / "SHA256SUMS").splitlines()
    )
    published = {path.removeprefix("./"): sha256 for sha256, path in listed}
    declared = task.source.checksums()
    assert declared
    assert declared.items() <= published.items()


@pytest.mark.parametrize("address", VARIANTS)
def test_the_sizes_of_the_splits(address: str, shared_data: Path) -> None:
    found = {}
    for split_set in get_task(address.partition(":")[0]).split_sets:
        loaded = load_task(address, data_dir=shared_data, split_set=split_set)
        sizes = loaded.frame["split"].value_counts()
        found[split_set] = (
            (len(loaded.frame),)
            if loaded.folds
            else tuple(int(sizes.get(split, 0)) for split in ("train", "validation", "test"))
        )
        assert len(loaded.folds) in {0, FOLDS}
        assert set(loaded.split(loaded.scored)["label"]) == set(loaded.task.labels)
    assert found == SIZES[address]


@pytest.mark.parametrize("name", SETS)
def test_the_frozen_splits_are_what_the_rule_gives(name: str, shared_data: Path) -> None:
    changed = audited_changes(name, data_dir=shared_data, folds=FOLDS, seed=SEED)
    assert list_text(changed) == read_text(LISTS / f"{name}.tsv")


@pytest.mark.parametrize("address", VARIANTS)
def test_auditing_leaves_out_and_changes_nothing_else(address: str, shared_data: Path) -> None:
    published = read_published(address, data_dir=shared_data).set_index("id")
    audited = load_task(address, data_dir=shared_data).frame.set_index("id")
    assert audited.drop(columns="split").equals(published.drop(columns="split").loc[audited.index])
    if (published["split"] != "").all():
        assert (audited["split"] == published["split"].loc[audited.index]).all()
        left_out = published.drop(index=audited.index)
        assert LEFT_OUT not in set(audited["split"])
        assert "train" not in set(left_out["split"])


@pytest.mark.parametrize("address", VARIANTS)
def test_no_group_is_in_two_audited_splits(address: str, shared_data: Path) -> None:
    frame = load_task(address, data_dir=shared_data).frame
    assert frame.groupby("group")["split"].nunique().max() == 1


@pytest.mark.parametrize("name", SETS)
def test_the_command_prints_the_citation(name: str) -> None:
    assert CliRunner().invoke(app, ["tasks", "cite", name]).output == get_task(name).citation


def test_all_citations_are_one_file_with_a_key_each() -> None:
    text = CliRunner().invoke(app, ["tasks", "cite", "--all"]).output
    keys = re.findall(r"^@\w+\{(.+),$", text, flags=re.MULTILINE)
    assert len(keys) == len(set(keys)) == len(SETS)
