"""Every recipe that ships is one that LLaMA-Factory's own parser takes."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from ewc_plugin import arguments, deepspeed_config
from ewc_plugin.batch.reckoning import reckon

REPOSITORY = Path(__file__).parents[2]
RECIPES = REPOSITORY / "recipes"
ALL = sorted(path.relative_to(RECIPES).as_posix() for path in RECIPES.rglob("*.yaml"))
FOLDERS = ("", "smoke/", "qlora/", "full/", "rehearsal/")
STAGES = ("foundation", "task", "domain")
# those that train nothing, and the command of the host that takes them
OTHERS = {"export.yaml": "export", "qlora/export.yaml": "export", "chat.yaml": "chat"}
TRAINING = [name for name in ALL if name not in OTHERS]


def read(name: str) -> dict[str, Any]:
    recipe: dict[str, Any] = yaml.safe_load((RECIPES / name).read_text(encoding="utf-8"))
    return recipe


def parsed(recipe: dict[str, Any]) -> Any:
    from llamafactory.hparams import parser

    # bf16 is refused on a machine without a GPU, and DeepSpeed would change how this process loads models;
    # everything else is taken as it stands
    kept = {key: value for key, value in recipe.items() if key != "deepspeed"}
    return parser._parse_train_args({**kept, "bf16": False})


def test_every_yaml_under_recipes_is_checked_here() -> None:
    found = {
        Path(folder, name) for folder, _, names in os.walk(RECIPES) for name in names if name[-4:] in ("yaml", ".yml")
    }
    assert found == {RECIPES / name for name in ALL}
    assert {f"{folder}{stage}.yaml" for folder in FOLDERS for stage in STAGES} < set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_a_recipe_parses_through_the_hosts_own_parser(name: str) -> None:
    from llamafactory.hparams import parser

    recipe = read(name)
    if name in OTHERS:
        model, data, *_ = parser._parse_infer_args(recipe)
        assert model.export_dir == recipe.get("export_dir")
        assert data.template == recipe["template"]
        return
    model, data, training, finetuning, _ = parsed(recipe)
    assert model.model_name_or_path == recipe["model_name_or_path"]
    assert data.dataset == [recipe["dataset"]]
    assert training.output_dir == recipe["output_dir"]
    assert finetuning.stage_eval is True
    assert arguments.leaves_anchor(finetuning)
    assert (arguments.unusable(finetuning), arguments.meaningless(finetuning)) == ([], [])


@pytest.mark.parametrize("name", TRAINING)
def test_nothing_in_a_recipe_is_refused_with_ewc(name: str) -> None:
    from ewc_plugin.plan import _space_and_form, _unsupported

    model, data, training, finetuning, _ = parsed(read(name))
    # the parser leaves this one to what the host does after it
    data = SimpleNamespace(**{**vars(data), "streaming": bool(data.streaming)})
    assert _unsupported(model, data, training, finetuning) == []
    assert _space_and_form(finetuning)[0] == ("weights" if name.startswith("full/") else "delta")


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_stage_continues_from_the_one_before_and_protects_it(folder: str) -> None:
    foundation, task, domain = (read(f"{folder}{stage}.yaml") for stage in STAGES)
    key = "model_name_or_path" if folder == "full/" else "adapter_name_or_path"
    assert "ewc_lambda" not in foundation
    assert task[key] == foundation["output_dir"]
    assert domain[key] == task["output_dir"]
    assert task["ewc_lambda"] == domain["ewc_lambda"] > 0


@pytest.mark.parametrize("name", ALL)
def test_a_recipe_begins_with_how_it_is_run(name: str) -> None:
    text = (RECIPES / name).read_text(encoding="utf-8")
    verb = OTHERS.get(name, "train")
    assert f"llamafactory-cli {verb} recipes/{name}" in text.partition("\n\n")[0].replace("\n#", "")


@pytest.mark.parametrize("folder", ["", "qlora/"])
def test_what_is_merged_is_the_last_stage_in_sixteen_bit_with_its_own_template(folder: str) -> None:
    domain, export = read(f"{folder}domain.yaml"), read(f"{folder}export.yaml")
    assert export["adapter_name_or_path"] == domain["output_dir"]
    assert {key: export[key] for key in ("model_name_or_path", "template")} == {
        key: domain[key] for key in ("model_name_or_path", "template")
    }
    assert "quantization_bit" not in export
    assert export["infer_dtype"] == "bfloat16"


def test_what_is_talked_to_is_what_was_exported() -> None:
    assert read("chat.yaml")["model_name_or_path"] == read("export.yaml")["export_dir"]
    assert read("chat.yaml")["template"] == read("export.yaml")["template"]


@pytest.mark.parametrize("name", [name for name in ALL if not name.startswith("smoke/")])
def test_the_cost_of_a_recipe_is_said_to_be_an_estimate(name: str) -> None:
    head = (RECIPES / name).read_text(encoding="utf-8").partition("\n\n")[0].replace("\n# ", " ")
    assert "estimated" in head


@pytest.mark.parametrize("name", [name for name in TRAINING if "lora_alpha" in read(name)])
def test_alpha_is_twice_the_rank_and_rank_and_learning_rate_have_their_reasons(name: str) -> None:
    recipe, lines = read(name), (RECIPES / name).read_text(encoding="utf-8").splitlines()
    assert recipe["lora_alpha"] == 2 * recipe["lora_rank"]
    for key in ("lora_rank", "learning_rate"):
        (place,) = [i for i, line in enumerate(lines) if line.startswith(f"{key}:")]
        assert lines[place - 1].startswith("# "), f"{name}: {key} has no reason above it"


@pytest.mark.parametrize("stage", STAGES)
def test_full_tuning_begins_at_a_tenth_of_the_learning_rate_of_lora(stage: str) -> None:
    assert read(f"full/{stage}.yaml")["learning_rate"] == pytest.approx(read(f"{stage}.yaml")["learning_rate"] / 10)


def test_a_thousand_curated_rows_are_chosen_by_a_command_that_our_own_parser_takes() -> None:
    import argparse
    import shlex

    from converters import select

    text, recipe = (RECIPES / "lima.yaml").read_text(encoding="utf-8"), read("lima.yaml")
    commands = [shlex.split(line.lstrip("# ")) for line in text.splitlines() if line.startswith("#   python")]
    (words,) = [words[4:] for words in commands if words[3] == "select"]
    parser = argparse.ArgumentParser()
    select.add_arguments(parser)
    options = parser.parse_args(words)
    assert (options.dataset, options.size, options.name) == ("foundation_mix", "1000", recipe["dataset"])
    assert "adapter_name_or_path" not in recipe
    assert "ewc_lambda" not in recipe


@pytest.mark.parametrize("world", [1, 2, 4, 8])
@pytest.mark.parametrize("name", [f"{folder}{stage}.yaml" for folder in ("", "qlora/", "full/") for stage in STAGES])
def test_a_step_of_a_real_recipe_is_24_sequences_of_2048_tokens_on_any_number_of_gpus(name: str, world: int) -> None:
    from ewc_plugin import host

    recipe = read(name)
    length = host.length(host.unprepared(recipe), recipe)
    batch = reckon(recipe["batch_tokens"], length, world=world, at_most=recipe["per_device_train_batch_size"])
    assert "gradient_accumulation_steps" not in recipe
    assert (batch.sequences, batch.tokens) == (24, 24 * 2048)


@pytest.mark.parametrize("folder", ["", "qlora/", "full/"])
def test_the_learning_rate_falls_and_the_epochs_rise_from_stage_to_stage(folder: str) -> None:
    recipes = [read(f"{folder}{stage}.yaml") for stage in STAGES]
    rates, epochs = ([recipe[key] for recipe in recipes] for key in ("learning_rate", "num_train_epochs"))
    assert rates == sorted(rates, reverse=True)
    assert epochs == sorted(epochs)


@pytest.mark.parametrize("stage", STAGES)
def test_a_rehearsal_is_the_ordinary_stage_on_fewer_examples_in_folders_of_its_own(stage: str) -> None:
    ordinary, rehearsal = read(f"{stage}.yaml"), read(f"rehearsal/{stage}.yaml")
    assert rehearsal["max_samples"] == 5000
    shorter = {"max_samples", "warmup_steps", "logging_steps", "save_steps", "eval_steps"}
    folders = {"output_dir", "adapter_name_or_path"} & ordinary.keys()
    differ = {key for key in ordinary.keys() | rehearsal.keys() if ordinary.get(key) != rehearsal.get(key)}
    assert differ == shorter | folders
    assert all(rehearsal[key].startswith("saves/rehearsal/") for key in folders)


@pytest.mark.parametrize("stage", STAGES)
def test_qlora_is_the_ordinary_stage_in_four_bit(stage: str) -> None:
    ordinary, quantised = read(f"{stage}.yaml"), read(f"qlora/{stage}.yaml")
    assert quantised["quantization_bit"] == 4
    paths = {"output_dir", "adapter_name_or_path"}
    sizes = {"per_device_train_batch_size", "per_device_eval_batch_size"}
    differ = {key for key in ordinary.keys() | quantised.keys() if ordinary.get(key) != quantised.get(key)}
    assert differ - paths == {"quantization_bit", "upcast_layernorm", *sizes}


@pytest.mark.parametrize("stage", STAGES)
def test_full_tuning_uses_a_deepspeed_config_of_ours_that_ewc_accepts(stage: str) -> None:
    path = REPOSITORY / read(f"full/{stage}.yaml")["deepspeed"]
    assert path.parent == RECIPES / "deepspeed"
    assert deepspeed_config.problems(str(path)) == []
