"""Do our keys behave like the host's own: listed, spelt right, without effect where they are not used?"""

import functools
import hashlib
import json
from concurrent.futures import Future

import pytest
from _tiny import Process, World, at_once, cli, python
from safetensors import safe_open

from ewc_plugin.arguments import KEYS, EwcArguments

# Parses each recipe with the host's own function; prints what came of it.
PARSE = """
import contextlib, io, json
from llamafactory.hparams import get_train_args
found = {}
for name, given in json.loads(%r).items():
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            parsed = get_train_args(given)
        found[name] = "EWC" if hasattr(parsed[3], "ewc") else "the host's own run"
    except Exception as error:
        found[name] = f"{type(error).__name__}: {error}"
print(json.dumps(found))
"""
PLAIN = {"max_steps": 2, "per_device_train_batch_size": 4, "gradient_accumulation_steps": 1}


def parsing(world: World, recipes: dict[str, object]) -> dict[str, str]:
    ended = python(PARSE % json.dumps(recipes), cwd=world.folder)
    return ended.last_json()  # type: ignore[no-any-return]


def words(recipe: dict[str, object]) -> list[str]:
    return [word for key, value in recipe.items() for word in (f"--{key}", str(value))]


@pytest.fixture(scope="session")
def parsed(world: World) -> dict[str, str]:
    short = {
        "model_name_or_path": str(world.folder / "base"),
        "dataset": "talk",
        "dataset_dir": str(world.folder / "data"),
        "output_dir": "out",
        "report_to": "none",
        "do_train": True,
    }
    recipes: dict[str, object] = {
        "plain": short,
        "lambda 0": {**short, "ewc_lambda": 0},
        "save": {**short, "finetuning_type": "lora", "ewc_save": True},
        "save in words": words({**short, "ewc_save": True}),
        "with a hyphen": words({**short, "ewc-save": True}),
        "misspelt": {**short, "ewc_lamda": 1},
        "misspelt in words": [*words(short), "--ewc_lamda", "1"],
        "not ours": {**short, "lora_rnk": 8},
        "not ours in words": [*words(short), "--lora_rnk", "8"],
        "no lora": {**short, "finetuning_type": "oft", "ewc_save": True},
    }
    return parsing(world, recipes)


@pytest.mark.parametrize("recipe", ["save", "save in words", "with a hyphen"])
def test_our_keys_are_understood_in_yaml_and_in_words(recipe: str, parsed: dict[str, str]) -> None:
    assert parsed[recipe] == "EWC"


@pytest.mark.parametrize("recipe", ["plain", "lambda 0"])
def test_a_recipe_in_which_no_key_of_ours_acts_is_the_hosts_own_run(recipe: str, parsed: dict[str, str]) -> None:
    assert parsed[recipe] == "the host's own run"


@pytest.mark.parametrize("recipe", ["misspelt", "misspelt in words"])
def test_a_misspelt_key_of_ours_is_an_error_that_suggests_the_right_one(recipe: str, parsed: dict[str, str]) -> None:
    expected = "key ewc_lamda: expected a known key; found an unknown one. Did you mean ewc_lambda?"
    assert parsed[recipe] == f"ArgumentsError: {expected}"


@pytest.mark.parametrize("recipe", ["not ours", "not ours in words"])
def test_an_unknown_key_that_is_not_ours_stays_the_hosts_own_error(recipe: str, parsed: dict[str, str]) -> None:
    assert parsed[recipe].startswith("ValueError: Some ")
    assert "lora_rnk" in parsed[recipe]


def test_a_combination_that_is_not_supported_is_an_error_before_a_model_is_loaded(parsed: dict[str, str]) -> None:
    assert parsed["no lora"].startswith("ArgumentsError: recipe: expected keys that can be honoured")
    assert "oft" in parsed["no lora"]


# -- true command lines ----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def command_lines(world: World) -> dict[str, Future[Process]]:
    misspelt = world.recipe("misspelt", ewc_lamda=1)
    plain = {name: world.recipe(name, **PLAIN) for name in ("plain", "switched_off")}
    nothing = world.recipe("nothing", **PLAIN, ewc_lambda=0)
    start = functools.partial(cli, "train", cwd=world.folder)
    return at_once(
        {
            "plain": functools.partial(start, plain["plain"]),
            "switched_off": functools.partial(start, plain["switched_off"], LLAMAFACTORY_EWC="0"),
            "nothing": functools.partial(start, nothing),
            "help": functools.partial(start, "-h", COLUMNS="2000"),
            "misspelt": functools.partial(start, misspelt),
        }
    )


def test_the_command_line_suggests_the_right_key(command_lines: dict[str, Future[Process]]) -> None:
    ended = command_lines["misspelt"].result()
    assert ended.code == 1
    assert "Did you mean ewc_lambda?" in ended.err


@pytest.mark.parametrize("key", KEYS)
def test_help_lists_each_key_with_its_text(key: str, command_lines: dict[str, Future[Process]]) -> None:
    ended = command_lines["help"].result()
    assert ended.code == 0
    text = " ".join(ended.out.split())
    assert f"--{key} " in text
    assert EwcArguments.__dataclass_fields__[key].metadata["help"].split(" (default")[0] in text


def digest(world: World, name: str) -> str:
    """sha256 over the names and bytes of the trained tensors."""
    found = hashlib.sha256()
    with safe_open(world.folder / name / "adapter_model.safetensors", framework="numpy") as tensors:
        for key in sorted(tensors.keys()):
            found.update(key.encode() + tensors.get_tensor(key).tobytes())
    return found.hexdigest()


@pytest.mark.parametrize("recipe", ["plain", "nothing"])
def test_without_our_keys_or_with_lambda_0_the_weights_are_the_hosts_bit_for_bit(
    recipe: str, command_lines: dict[str, Future[Process]], world: World
) -> None:
    for ended in (command_lines[recipe].result(), command_lines["switched_off"].result()):
        assert ended.code == 0, ended.err[-3000:]
    assert digest(world, recipe) == digest(world, "switched_off")


def test_the_weights_that_are_compared_were_trained(command_lines: dict[str, Future[Process]], world: World) -> None:
    assert command_lines["plain"].result().code == 0
    with safe_open(world.folder / "plain" / "adapter_model.safetensors", framework="numpy") as tensors:
        updates = [tensors.get_tensor(key) for key in tensors.keys() if "lora_B" in key]  # noqa: SIM118
    assert len(updates) == 28
    assert all(abs(update).max() > 0 for update in updates)  # zero before training
