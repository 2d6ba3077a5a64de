"""What parts of the data weigh, and what they might: reckoned by hand, and as the command says it."""

from __future__ import annotations

import json
import math

import pytest
from mix_world import World

from converters.quality.balance.balancing import Part, effective_number, proposal, times_used


def parts(**sizes):
    whole = sum(sizes.values())
    return [Part(name, size, size, size, size / whole) for name, size in sizes.items()]


def test_equal_parts_are_as_many_as_they_are_and_one_alone_is_one():
    assert effective_number([0.25] * 4) == pytest.approx(4)
    assert effective_number([1, 0, 0]) == pytest.approx(1)
    assert effective_number([3, 1]) == pytest.approx(math.exp(-(0.75 * math.log(0.75) + 0.25 * math.log(0.25))))


def test_the_square_root_of_sizes_is_the_share_at_temperature_two():
    assert proposal(parts(a=900, b=100), 2, whole=None, uses=1).shares == {"a": 0.75, "b": 0.25}
    assert proposal(parts(a=900, b=100), 1, whole=None, uses=1).shares == {"a": 0.9, "b": 0.1}


def test_no_part_is_proposed_more_often_than_a_mixture_may_use_it():
    found = proposal(parts(a=900, b=100), 2, whole=800, uses=1).shares
    assert found == {"a": 700 / 800, "b": 100 / 800}
    assert proposal(parts(a=900, b=100), 2, whole=800, uses=2).shares == {"a": 0.75, "b": 0.25}
    assert times_used(0.25, 800, 100) == 2.0


def test_too_few_examples_for_a_whole_are_said_and_each_has_its_share_of_them():
    found = proposal(parts(a=900, b=100), 2, whole=3000, uses=2)
    assert (found.shares, found.short) == ({"a": 0.9, "b": 0.1}, (3000, 2000))


@pytest.fixture
def world(tmp_path, monkeypatch):
    """en2zh and zh2en are of the group task, 90 and 10 examples; the mixture takes 40 of them."""
    monkeypatch.chdir(tmp_path)
    world = World(tmp_path / "dataset_info", {"belle": 100, "en2zh": 90, "zh2en": 10, "verse": 50})
    world.registry["domain_mix"]["mix"]["ratio"] = {"foundation": 4, "task": 4, "domain": 2}
    world.save()
    return world


def test_a_stage_is_shown_by_group_with_uses_and_proposed_weights(run, world, tmp_path):
    result = run("balance", "domain", "--json", "balance.json")
    assert result.code == 0, result.err
    groups = {group["group"]: group for group in json.loads((tmp_path / "balance.json").read_text("utf-8"))}
    task = {part["name"]: part for part in groups["task"]["parts"]}
    assert groups["task"]["whole"] == 40
    # both weigh 1: 20 of 90 and 20 of 10, which is more than there are
    assert task["zh2en"]["now"] == {"share": 0.5, "used": 2.0}
    # √90 : √10 = 3 : 1, and 10 of 40 are all that zh2en has
    assert task["zh2en"]["proposed"] == {"share": 0.25, "used": 1.0, "weight": 0.5}
    assert task["en2zh"]["proposed"]["weight"] == 1.5
    assert "task: 100 examples, 40 of them wanted" in result.out


def test_saved_weights_are_those_of_the_next_mixture_and_nothing_else_changes(run, world):
    before = world.saved_registry()
    result = run("balance", "domain", "--save")
    assert result.code == 0, result.err
    assert '"zh2en": 1.0' in result.out
    after = world.saved_registry()
    assert (after["en2zh"]["mix"]["weight"], after["zh2en"]["mix"]["weight"]) == (1.5, 0.5)
    for name in ("en2zh", "zh2en"):
        after[name]["mix"]["weight"] = 1.0
    assert after == before
    assert run("mix", "domain").code == 0
    assert (world.counts()["en2zh"], world.counts()["zh2en"]) == (30, 10)


def test_weights_of_named_datasets_keep_their_sum_so_that_the_others_keep_their_share(run, world):
    assert run("balance", "en2zh", "zh2en", "--temperature", "1", "--save").code == 0
    weights = [world.saved_registry()[name]["mix"]["weight"] for name in ("en2zh", "zh2en")]
    assert weights == [1.8, 0.2]


def test_strata_are_counted_and_a_proposal_says_what_it_would_repeat(run, world, tmp_path):
    result = run("balance", "en2zh", "zh2en", "--by", "dataset", "--json", "a.json")
    assert result.code == 0, result.err
    result = run("balance", "en2zh", "zh2en", "--by", "source", "--size", "100", "--json", "b.json")
    assert result.code == 0, result.err
    (group,) = json.loads((tmp_path / "b.json").read_text("utf-8"))
    small = next(part for part in group["parts"] if part["name"] == "zh2en")
    assert (small["examples"], small["now"]["share"]) == (10, 0.1)
    assert small["proposed"]["used"] == 2.5
    assert "would be repeated: zh2en 2.50×" in result.out
    assert "sample en2zh --size 100 --method stratified --by source --temperature 2" in result.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--temperature", "0"), "a number above 0"),
        (("belle", "--by", "kind", "--save"), "Strata of rows have no weight"),
        (("--by", "kind"), "the datasets whose rows are meant"),
        (("domain", "belle"), "one stage or mixture, or datasets"),
        (("nothing",), "no such entry"),
        (("domain_mix", "--by", "kind"), "mix domain_mix"),
        (("domain", "--by", "kind"), "mix domain_mix"),
        (("belle", "--size", "5"), "A mixture has its own total"),
    ],
)
def test_what_cannot_be_weighed_is_said(run, world, words, said):
    result = run("balance", *words)
    assert result.code == 2
    assert said in result.err
