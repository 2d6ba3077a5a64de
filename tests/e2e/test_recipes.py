"""Every recipe that ships is one that LLaMA-Factory's own parser takes."""

from pathlib import Path

import pytest
import yaml

RECIPES = Path(__file__).parents[2] / "recipes"
ALL = sorted(path.relative_to(RECIPES).as_posix() for path in RECIPES.rglob("*.yaml"))


def read(name):
    return yaml.safe_load((RECIPES / name).read_text(encoding="utf-8"))


def test_every_yaml_under_recipes_is_checked_here():
    assert len(ALL) == len(list(RECIPES.rglob("*.y*ml"))) == 7


@pytest.mark.parametrize("name", ALL)
def test_a_recipe_parses_through_the_hosts_own_parser(name):
    from llamafactory.hparams import parser

    recipe = read(name)
    if "export" in name:
        model, *_ = parser._parse_infer_args(recipe)
        assert model.export_dir == recipe["export_dir"]
        return
    # bf16 is refused on a machine without a GPU; everything else is taken as it stands
    model, data, training, finetuning, _ = parser._parse_train_args({**recipe, "bf16": False})
    assert model.model_name_or_path == recipe["model_name_or_path"]
    assert data.dataset == [recipe["dataset"]]
    assert training.output_dir == recipe["output_dir"]
    assert finetuning.stage_eval is True
    assert finetuning.ewc_save is True


@pytest.mark.parametrize("folder", ["", "smoke/"])
def test_each_stage_continues_from_the_one_before_and_protects_it(folder):
    foundation, task, domain = (read(f"{folder}{stage}.yaml") for stage in ("foundation", "task", "domain"))
    assert "ewc_lambda" not in foundation
    assert task["adapter_name_or_path"] == foundation["output_dir"]
    assert domain["adapter_name_or_path"] == task["output_dir"]
    assert task["ewc_lambda"] == domain["ewc_lambda"] > 0


@pytest.mark.parametrize("name", ALL)
def test_a_recipe_begins_with_how_it_is_run(name):
    text = (RECIPES / name).read_text(encoding="utf-8")
    verb = "export" if "export" in name else "train"
    assert f"llamafactory-cli {verb} recipes/{name}" in text.partition("\n\n")[0].replace("\n#", "")


def test_a_step_of_a_real_recipe_sees_about_fifty_thousand_tokens():
    for stage in ("foundation", "task", "domain"):
        recipe = read(f"{stage}.yaml")
        tokens = recipe["cutoff_len"] * recipe["per_device_train_batch_size"] * recipe["gradient_accumulation_steps"]
        assert 45_000 < tokens < 55_000


def test_the_recipes_learning_rate_falls_and_their_epochs_rise_from_stage_to_stage():
    rates, epochs = zip(
        *(
            (r["learning_rate"], r["num_train_epochs"])
            for r in map(read, ("foundation.yaml", "task.yaml", "domain.yaml"))
        ),
        strict=True,
    )
    assert list(rates) == sorted(rates, reverse=True)
    assert list(epochs) == sorted(epochs)
