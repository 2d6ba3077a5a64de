"""`mix --check` says whether a mixture is what the registry and the files ask for now."""

import hashlib
import json

import pytest
from mix_world import World, row, write_rows


@pytest.fixture
def world(tmp_path):
    built = World(tmp_path)
    built.add_evaluation("verse_eval", [row("verse_eval", 1)])
    built.mix()
    return built


def reasons(world, capsys, *arguments):
    """The lines below `domain_mix: stale`; [] when it is up to date. Checking changes nothing."""
    before = world.files()
    capsys.readouterr()
    exit_code = world.mix("--check", *arguments)
    lines = capsys.readouterr().out.splitlines()
    assert world.files() == before
    assert lines[0] == ("domain_mix: stale" if exit_code else "domain_mix: up to date")
    return [line.strip() for line in lines[1:]] if exit_code else []


def test_a_fresh_mixture_is_up_to_date_and_stays_so_when_built_again(world, capsys):
    assert reasons(world, capsys) == []
    before = world.files()
    world.mix()
    assert world.files() == before


def test_a_mixture_that_was_never_built(tmp_path, capsys):
    found = reasons(World(tmp_path), capsys)
    assert found == [f"{tmp_path / 'data/domain_mix.manifest.json'}: no such file (the mixture was not built)"]


def test_an_edited_and_a_missing_output(world, capsys):
    world.path().write_text(world.path().read_text()[:-9])
    assert reasons(world, capsys) == ["the mixture: data/domain_mix.jsonl was changed"]
    world.path().unlink()
    assert reasons(world, capsys) == ["the mixture: data/domain_mix.jsonl is gone"]


def test_a_changed_input_and_a_changed_evaluation_set(world, capsys):
    write_rows(world.path("belle"), [row("belle", number) for number in range(201)])
    write_rows(world.path("verse_eval"), [row("verse_eval", 2)])
    assert reasons(world, capsys) == [
        "input belle: data/belle.jsonl was changed",
        "evaluation set verse_eval: data/verse_eval.jsonl was changed",
    ]


def test_a_changed_weight_total_or_ratio(world, capsys):
    world.registry["belle"]["mix"]["weight"] = 2.0
    world.registry["domain_mix"]["mix"] |= {"total": 90, "ratio": {"foundation": 1, "task": 1, "domain": 1}}
    world.save()
    assert reasons(world, capsys) == [
        'mix: ratio was {"foundation": 5, "task": 3, "domain": 2}, now {"foundation": 1, "task": 1, "domain": 1}',
        "mix: total was 100, now 90",
        "dataset belle: weight was 1.0, now 2.0",
    ]


def test_a_dataset_that_joins_or_leaves(world, capsys):
    world.add("novel", [row("novel", 1)], "domain")
    world.registry["zh2en"]["mix"]["weight"] = 0
    world.save()
    assert reasons(world, capsys) == [
        "dataset zh2en: took part and does not now",
        "dataset novel: takes part now and did not then",
    ]


def test_a_dataset_of_another_group_or_an_unrelated_entry_makes_nothing_stale(world, capsys):
    world.add("other", [row("other", 1)], "preference")
    world.registry["belle"]["licence"] = "another"
    world.save()
    assert reasons(world, capsys) == []


def test_an_evaluation_set_that_appears_or_goes(world, capsys):
    world.add_evaluation("belle_eval", [row("belle", 1)])
    assert reasons(world, capsys) == ["evaluation set belle_eval: was not there, now data/belle_eval.jsonl"]
    world.path("belle_eval").unlink()
    world.path("verse_eval").unlink()
    assert reasons(world, capsys) == ["evaluation set verse_eval: data/verse_eval.jsonl, now gone"]


def test_columns_that_are_read_otherwise(world, capsys):
    world.registry["belle"]["columns"] = {"messages": "turns"}
    world.save()
    assert reasons(world, capsys) == ['dataset belle: columns was {"messages": "messages"}, now {"messages": "turns"}']


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"output": 1, "registry": 2}', "null"])
def test_a_torn_manifest_is_stale_and_no_crash(world, capsys, text):
    world.path().with_suffix(".manifest.json").write_text(text)
    assert "is not a manifest of ours" in reasons(world, capsys)[0]


def test_a_dataset_that_was_left_out_and_is_converted_now_makes_a_mixture_stale(world, capsys):
    rows = world.path("zh2en").read_bytes()
    world.path("zh2en").unlink()
    world.mix("--on-missing", "skip")
    assert reasons(world, capsys) == []
    world.path("zh2en").write_bytes(rows)
    assert reasons(world, capsys) == ["dataset zh2en: had no example then and has some now"]


def test_what_the_command_line_overrode_is_told_but_not_stale(world, capsys):
    world.mix("--total", "50")
    capsys.readouterr()
    assert world.mix("--check") == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["  built with total 50; the registry says 100"]


def test_options_beside_check_must_be_those_of_the_build(world, capsys):
    world.mix("--total", "50", "--ratio", "5:3:0")
    assert reasons(world, capsys, "--total", "50", "--ratio", "5:3:0") == []
    assert reasons(world, capsys, "--total", "60") == ["the build: total was 50, asked for 60"]
    assert reasons(world, capsys, "--ratio", "5:3:2") != []


def test_the_rule_can_be_checked_from_json_and_files_alone(world):
    manifest, registry = world.manifest(), world.saved_registry()
    for each in [manifest["output"], *manifest["inputs"], *manifest["evaluation_sets"]]:
        assert hashlib.sha256((world.folder / each["file"]).read_bytes()).hexdigest() == each["sha256"]
    assert manifest["registry"]["mixture"] == registry["domain_mix"]["mix"]
    keys = ("file_name", "formatting", "columns", "tags")
    assert manifest["registry"]["datasets"] == {
        name: {**registry[name]["mix"], **{key: registry[name][key] for key in keys}}
        for name in ("belle", "en2zh", "zh2en", "verse")
    }
    assert manifest["registry"]["evaluation_sets"] == {"verse_eval": "data/verse_eval.jsonl"}
    assert json.dumps(manifest, ensure_ascii=False, indent=2) + "\n" == (
        world.path().with_suffix(".manifest.json").read_text("utf-8")
    )
