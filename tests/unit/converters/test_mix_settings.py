"""Mistakes in the registry or on the command line are shown, all at once, before anything is written."""

import json

import pytest
from mix_world import World, row

from converters.contract import SourceError
from converters.mixing.registry import parse_ratio
from converters.mixing.settings import Problems

STAGES = ["foundation", "task", "domain"]


def complaints(world: World, *arguments: str) -> list[str]:
    """What `mix domain` says, having left every file as it was."""
    before = world.files()
    with pytest.raises(SourceError) as raised:
        world.mix(*arguments)
    assert world.files() == before
    return str(raised.value).split("\n")


def test_a_ratio_is_read_in_the_order_of_the_stages_or_by_name():
    assert parse_ratio("5:3:2", STAGES) == {"foundation": 5, "task": 3, "domain": 2}
    assert parse_ratio("domain=2.5, task=1", STAGES) == {"domain": 2.5, "task": 1}


@pytest.mark.parametrize("text", ["5:3", "5:3:2:1", "5,3,2", "", "a:b:c", "domain=", "domain=1,domain=2", "=1"])
def test_a_ratio_that_is_neither_names_both_ways(text):
    with pytest.raises(SourceError, match=r"one number for each of foundation:task:domain, or names"):
        parse_ratio(text, STAGES)


def test_an_unknown_name_lists_the_mixtures_and_the_one_that_was_meant(tmp_path):
    world = World(tmp_path)
    world.registry["domian_mix"] = world.registry.pop("domain_mix")
    world.save()
    assert complaints(world)[-1] == "Did you mean domian?"


def test_without_a_registry_the_command_that_writes_one_is_named(tmp_path):
    world = World(tmp_path)
    (tmp_path / "dataset_info.json").unlink()
    assert "python -m converters catalog" in complaints(world)[-1]
    (tmp_path / "dataset_info.json").write_text("{")
    assert "no JSON" in complaints(world)[0]
    (tmp_path / "dataset_info.json").write_text("[]")
    assert "found a list" in complaints(world)[0]


def test_a_dataset_that_was_not_converted_names_the_command_that_converts_it(tmp_path):
    world = World(tmp_path)
    world.path("belle").unlink()
    assert complaints(world) == [
        f"dataset_info.json, belle: expected its file {world.path('belle')}; found no such file (not converted).",
        f"Convert it: `python -m converters belle --dataset-dir {tmp_path}` — or set the weight of belle to 0 to "
        "leave it out. `--on-missing skip` leaves out all such.",
    ]


def test_datasets_that_were_not_converted_can_be_left_out_and_are_named(tmp_path, capsys):
    world = World(tmp_path)
    world.path("zh2en").unlink()
    assert world.mix("--on-missing", "skip") == 0
    assert world.counts() == {"belle": 50, "en2zh": 30, "verse": 20}
    assert world.manifest()["left_out"] == ["zh2en"]
    assert "left out, no example converted: zh2en" in capsys.readouterr().out


def test_a_dataset_of_which_nothing_is_left_is_left_out_too(tmp_path, capsys):
    world = World(tmp_path)
    world.path("zh2en").write_bytes(b"")
    assert world.mix("--on-missing", "skip") == 0
    assert world.manifest()["left_out"] == ["zh2en"]
    assert world.counts() == {"belle": 50, "en2zh": 30, "verse": 20}


def test_a_group_of_which_nothing_was_converted_cannot_be_left_out(tmp_path):
    world = World(tmp_path)
    world.path("verse").unlink()
    assert complaints(world, "--on-missing", "skip") == [
        "group domain of the ratio: expected at least one dataset that was converted; found none of verse.",
        f"Convert one of them (`python -m converters verse --dataset-dir {tmp_path}`), or leave the group out: "
        "--ratio foundation=5,task=3.",
    ]
    assert world.mix("--on-missing", "skip", "--ratio", "foundation=5,task=3") == 0


def test_a_dataset_of_weight_zero_needs_no_file(tmp_path):
    world = World(tmp_path)
    world.path("zh2en").unlink()
    world.registry["zh2en"]["mix"]["weight"] = 0
    world.save()
    assert world.mix() == 0
    assert world.counts() == {"belle": 50, "en2zh": 30, "verse": 20}


def test_a_group_of_ratio_zero_is_left_out_and_needs_no_files(tmp_path):
    world = World(tmp_path)
    world.path("belle").unlink()
    assert world.mix("--ratio", "0:3:2", "--total", "50") == 0
    assert world.counts() == {"en2zh": 15, "zh2en": 15, "verse": 20}
    assert list(world.manifest()["groups"]) == ["task", "domain"]


@pytest.mark.parametrize("weight", [-1, float("nan"), float("inf"), "1", True, None])
def test_a_weight_must_be_a_finite_number_of_zero_or_more(tmp_path, weight):
    world = World(tmp_path)
    world.registry["belle"]["mix"]["weight"] = weight
    world.save()
    assert "dataset_info.json, belle, mix, weight: expected a finite number of 0 or more" in complaints(world)[0]


def test_an_absent_weight_is_an_error(tmp_path):
    world = World(tmp_path)
    del world.registry["belle"]["mix"]["weight"]
    world.save()
    assert "found none" in complaints(world)[0]


def test_a_group_needs_a_dataset_with_a_weight(tmp_path):
    world = World(tmp_path)
    world.registry["en2zh"]["mix"]["weight"] = world.registry["zh2en"]["mix"]["weight"] = 0
    world.save()
    assert (
        "group task: expected at least one dataset with a weight above 0; found en2zh: 0, zh2en: 0"
        in complaints(world)[0]
    )


def test_a_mix_key_without_group_or_ratio_is_an_error(tmp_path):
    world = World(tmp_path)
    del world.registry["belle"]["mix"]["group"]
    world.save()
    assert 'dataset_info.json, belle, mix: expected "group"' in "\n".join(complaints(world))


def test_all_mistakes_are_shown_at_once(tmp_path):
    world = World(tmp_path)
    world.path("verse").unlink()
    world.registry["belle"]["mix"]["weight"] = -1
    world.registry["domain_mix"]["mix"] |= {"unit": "bytes", "max_repeat": 0, "seed": 1.5, "totl": 3}
    world.save()
    text = "\n".join(complaints(world, "--total", "0", "--ratio", "foundation=1,task=-1,domain=1,poems=2"))
    for part in (
        "found 'totl'.\nDid you mean total?",
        "--total: expected a whole number of at least 1; found 0",
        "mix, max_repeat: expected a whole number of at least 1; found 0",
        "mix, seed: expected a whole number; found 1.5",
        "mix, unit: expected one of examples, tokens; found 'bytes'",
        "--ratio: expected groups that datasets of dataset_info.json belong to: foundation, task, domain; found",
        "--ratio, task: expected a number of 0 or more; found -1",
        "belle, mix, weight",
        "verse: expected its file",
    ):
        assert part in text


def test_only_zeros_are_no_ratio(tmp_path):
    assert "found only zeros" in complaints(World(tmp_path), "--ratio", "0:0:0")[0]


def test_a_missing_ratio_in_the_entry_shows_an_example_of_one(tmp_path):
    world = World(tmp_path)
    world.registry["domain_mix"]["mix"]["ratio"] = "5:3:2"
    world.save()
    assert '{"foundation": 7, "task": 3}' in complaints(world)[0]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"eval": {}}, "found both"),
        ({"ranking": True}, "conversations with one answer"),
        ({"file_name": "data/belle.parquet"}, "a local .jsonl or .json file"),
        ({"file_name": None}, "found no file_name"),
    ],
)
def test_an_entry_that_cannot_be_mixed_says_why(tmp_path, change, expected):
    world = World(tmp_path)
    world.registry["belle"] |= change
    world.save()
    assert expected in complaints(world)[0]


def test_a_mixture_never_overwrites_a_dataset(tmp_path):
    world = World(tmp_path)
    assert "--name belle: expected a new name" in complaints(world, "--name", "belle")[0]
    assert "--name ../x: expected letters" in complaints(world, "--name", "../x")[0]
    for file_name in ("./data/belle.jsonl", "/tmp/x.jsonl", "../x.jsonl", "data/x.json"):
        world.registry["domain_mix"]["file_name"] = file_name
        world.save()
        assert "a .jsonl file of its own inside the dataset folder" in complaints(world)[0]


def test_a_named_mixture_is_registered_and_every_other_entry_stays_as_it_was(tmp_path):
    world = World(tmp_path)
    world.registry["foreign"] = {"hf_hub_url": "some/数据", "mix": []}
    world.save()
    assert world.mix("--name", "domain_only", "--ratio", "0:0:1", "--total", "30") == 0
    after = world.saved_registry()
    entry = after.pop("domain_only")
    assert after == world.registry
    assert list(after) == list(world.registry)
    assert entry["file_name"] == "data/domain_only.jsonl"
    assert entry["mix"] == {
        "stage": "domain",
        "ratio": {"foundation": 0, "task": 0, "domain": 1},
        "total": 30,
        "seed": 42,
        "on_shortage": "error",
    }
    assert (tmp_path / "dataset_info.json").read_bytes().isascii()
    assert world.counts("domain_only") == {"verse": 30}


def test_options_change_the_registry_only_with_save(tmp_path):
    world = World(tmp_path)
    world.mix("--total", "50", "--sampling", "random")
    assert world.saved_registry() == world.registry
    assert (world.manifest()["total"], world.manifest()["sampling"]) == (50, "random")
    world.mix("--total", "50", "--sampling", "random", "--save")
    saved = world.saved_registry()["domain_mix"]["mix"]
    assert (saved["total"], saved["sampling"]) == (50, "random")
    assert world.mix("--check") == 0


def test_problems_keep_the_four_parts_of_the_first():
    one = SourceError("here", expected="a", found="b", remedy="c")
    problems = Problems([one, SourceError("there", expected="d", found="e")])
    assert (problems.where, problems.expected, problems.found, problems.remedy) == ("here", "a", "b", "c")
    assert str(problems) == "here: expected a; found b.\nc\nthere: expected d; found e."


def test_a_users_own_dataset_takes_part(tmp_path):
    world = World(tmp_path)
    own = [{"instruction": f"问题{number}号", "output": f"回答{number}号"} for number in range(80)]
    (tmp_path / "my.json").write_text("\ufeff" + json.dumps(own, ensure_ascii=False, indent=1), encoding="utf-8")
    world.registry["mine"] = {"file_name": "my.json", "mix": {"group": "domain", "weight": 3}}
    world.save()
    assert world.mix() == 0
    assert world.counts() == {"belle": 50, "en2zh": 15, "zh2en": 15, "verse": 5, "mine": 15}
    taken = [each for each in world.rows() if each["source"] == "mine"]
    assert taken[0].keys() == {**row("verse", 0), "dataset": "mine"}.keys()
    assert taken[0]["id"].startswith("mine:")


def test_five_three_two_means_the_stages_in_their_order_however_the_entry_lists_them(tmp_path):
    world = World(tmp_path)
    world.registry["domain_mix"]["mix"]["ratio"] = {"domain": 2, "task": 3, "foundation": 5}
    world.save()
    world.mix("--ratio", "1:0:0")
    assert world.counts() == {"belle": 100}
