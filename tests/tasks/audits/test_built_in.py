"""The audit on the tasks that come with the package, as far as their sets are known to leak or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from standoff.tasks import registry
from standoff.tasks.audits.audit import audit
from standoff.tasks.audits.leaks import Leaks, find_leaks
from standoff.tasks.registry import get_task, load_task


def leaks_of(name: str, shared_data: Path, split_set: str) -> Leaks:
    data_dir = None if get_task(name).source is None else shared_data
    return find_leaks(load_task(name, data_dir=data_dir, split_set=split_set))


@pytest.mark.parametrize("name", registry.names())
def test_no_default_splits_leak(shared_data: Path, name: str) -> None:
    default = next(iter(get_task(name).split_sets))
    leaks = leaks_of(name, shared_data, default)
    assert leaks.exact_across.count == leaks.near_across.count == leaks.in_cut_groups.count == 0
    assert leaks.n_limited == 0  # every pair that may be near was compared


@pytest.mark.parametrize(
    ("name", "exact", "near", "in_cut_groups"),
    [
        ("dse", 838, 3, 838),
        ("gwsd", 1, 2, 0),
        ("newsmtsc", 4, 1, 564),
        ("rusentrel", 162, 8, 246),
        ("seesaw", 0, 0, 0),
    ],
)
def test_what_the_published_splits_leak(
    shared_data: Path, name: str, exact: int, near: int, in_cut_groups: int
) -> None:
    leaks = leaks_of(name, shared_data, "official")
    assert (leaks.exact_across.count, leaks.near_across.count) == (exact, near)
    assert leaks.in_cut_groups.count == in_cut_groups


def test_the_contradictions_of_seesaw_are_those_its_description_tells(shared_data: Path) -> None:
    leaks = leaks_of("seesaw", shared_data, "official")
    assert (leaks.n_contradictory_inputs, leaks.contradictory.count) == (2, 4)
    assert "Two (sentence, holder, target) of the validation split carry both labels" in " ".join(
        get_task("seesaw").description.split()
    )


def test_memory_of_entities_helps_on_the_published_splits_of_dse_and_not_on_the_audited(shared_data: Path) -> None:
    official, audited = (
        {one.id for one in audit(load_task("dse", data_dir=shared_data, split_set=name)).findings}
        for name in ("official", "audited")
    )
    assert official - audited == {
        "exact-duplicates-across",
        "near-duplicates-across",
        "group-leak",
        "shortcut-target",
        "shortcut-actor",
    }


def test_the_encoding_of_handeset_is_broken_upstream(shared_data: Path) -> None:
    """Quotation marks and dashes came as their UTF-8 bytes, read one by one: U+0080, U+0094 and so on."""
    loaded = load_task("handeset", data_dir=shared_data)
    broken = next(one for one in audit(loaded).findings if one.id == "mis-encoded-text")
    texts = dict(zip(loaded.frame["id"], loaded.frame["text"], strict=True))
    assert broken.count == 190
    assert all(any("\x80" <= character <= "\x9f" for character in texts[item]) for item in broken.examples)
