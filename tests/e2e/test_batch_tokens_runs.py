"""`batch_tokens` through llamafactory-cli: the same batch in one process and in two, the host's weights, and a count.

The tiny world has 48 examples of about 27 tokens: 600 tokens are nearest to 24 of them, so two steps make an epoch.
"""

import json
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
import torch
from _parity import relative, weights, zero
from _tiny import Process, World, at_once, cli, selected

from ewc_plugin.estimating.estimate import estimate
from ewc_plugin.estimating.gpus import named
from ewc_plugin.estimating.recipe import read

ASKED = {"batch_tokens": 600, "gradient_accumulation_steps": None}
TWO = {"FORCE_TORCHRUN": "1", "NPROC_PER_NODE": "2"}
PLAIN = {"lora_dropout": 0.0, "seed": 3, "num_train_epochs": 2}
PAIRS = {"columns": {"prompt": "q", "chosen": "good", "rejected": "bad"}, "ranking": True}
RECIPES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "one": (ASKED, {}),
    "two": (ASKED, TWO),
    "by hand": ({"per_device_train_batch_size": 8, "gradient_accumulation_steps": 3}, {}),
    "beside": ({**ASKED, "gradient_accumulation_steps": 3}, {}),
    "packed": ({**ASKED, "packing": True, "neat_packing": True, "cutoff_len": 64}, {}),
    "packed in two": ({**ASKED, "packing": True, "cutoff_len": 64}, TWO),
    "zero 2": ({**ASKED, "deepspeed": zero(2)}, {**TWO, "DS_ACCELERATOR": "cpu"}),
    "pairs": ({**ASKED, "stage": "dpo", "dataset": "pairs"}, {}),
    "texts": ({**ASKED, "stage": "pt", "cutoff_len": 32, "template": None}, {}),
    "penalised": ({**ASKED, "ewc_save": True, "ewc_fisher_samples": 8}, TWO),
}
SLOW = ("packed in two", "zero 2", "pairs", "texts", "penalised")


@pytest.fixture(scope="module")
def ended(world: World, request: pytest.FixtureRequest) -> dict[str, Future[Process]]:
    _add_pairs(world.folder / "data")
    wanted = selected(request, "name")
    if "test_the_weights" in " ".join(item.name for item in request.session.items):
        wanted |= {"one", "two", "by hand"}

    def job(name: str) -> Process:
        keys, variables = RECIPES[name]
        recipe = world.recipe(f"batch {name}".replace(" ", "_"), **PLAIN, **keys)
        return cli("train", recipe, cwd=world.folder, **variables)

    return at_once({name: (lambda name=name: job(name)) for name in RECIPES if name in wanted})  # type: ignore[misc]


def _add_pairs(folder: Path) -> None:
    rows = [json.loads(line) for line in (folder / "talk.jsonl").read_text(encoding="utf-8").splitlines()]
    pairs = [{"q": r["messages"][0]["content"], "good": r["messages"][1]["content"], "bad": "不知道。"} for r in rows]
    text = "".join(json.dumps(pair, ensure_ascii=False) + "\n" for pair in pairs)
    (folder / "pairs.jsonl").write_text(text, encoding="utf-8")
    registry = json.loads((folder / "dataset_info.json").read_text(encoding="utf-8"))
    registry["pairs"] = {"file_name": "pairs.jsonl", **PAIRS}
    (folder / "dataset_info.json").write_text(json.dumps(registry), encoding="utf-8")


def found(world: World, ended: dict[str, Future[Process]], name: str) -> tuple[Path, str]:
    process = ended[name].result()
    assert process.code == 0, process.err[-3000:]
    return world.folder / f"batch {name}".replace(" ", "_"), process.out


def state(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "trainer_state.json").read_text(encoding="utf-8"))
    return read


def logged(folder: Path) -> list[float]:
    return [entry["batch_tokens"] for entry in state(folder)["log_history"] if "loss" in entry]


def counted(world: World) -> int:
    """Every token of the 48 conversations, by the tokenizer alone, on what gemma2's template writes."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(world.folder / "base")
    total = 0
    for line in (world.folder / "data/talk.jsonl").read_text(encoding="utf-8").splitlines():
        question, answer = (message["content"] for message in json.loads(line)["messages"])
        prompt = f"<bos><start_of_turn>user\n{question}<end_of_turn>\n<start_of_turn>model\n"
        for part in (prompt, f"{answer}<end_of_turn>\n"):  # each for itself: no word lies across
            total += len(tokenizer.encode(part, add_special_tokens=False))
        total += 1  # and <eos>
    return total


@pytest.mark.parametrize("name", ["one", "two"])
def test_one_process_and_two_take_the_same_steps_of_24_sequences(
    world: World, ended: dict[str, Future[Process]], name: str
) -> None:
    folder, out = found(world, ended, name)
    assert state(folder)["global_step"] == 4
    split = {"one": "8 × 3 accumulated × 1 rank,", "two": "6 × 2 accumulated × 2 ranks,"}[name]
    assert f"batch_tokens: 600 asked; 24 sequences a step = {split} of " in out


@pytest.mark.parametrize("name", ["one", "two"])
def test_the_measured_mean_is_what_a_count_by_the_tokenizer_gives(
    world: World, ended: dict[str, Future[Process]], name: str
) -> None:
    folder, out = found(world, ended, name)
    tokens, steps = counted(world), logged(folder)
    assert sum(steps) == 2 * tokens  # two epochs, one line a step
    assert f"batch_tokens: {tokens / 2:,.0f} tokens a step, measured over 4 steps" in out
    results = json.loads((folder / "train_results.json").read_text(encoding="utf-8"))
    assert results["train_batch_tokens"] == tokens / 2


def test_the_weights_of_one_process_are_the_hosts_own_with_that_accumulation_bit_for_bit(
    world: World, ended: dict[str, Future[Process]]
) -> None:
    ours, hosts = (weights(found(world, ended, name)[0]) for name in ("one", "by hand"))
    assert ours.keys() == hosts.keys() != set()
    assert all(torch.equal(ours[name], hosts[name]) for name in hosts)


def test_the_weights_of_two_processes_are_those_of_one_up_to_rounding(
    world: World, ended: dict[str, Future[Process]]
) -> None:
    one, two = (weights(found(world, ended, name)[0]) for name in ("one", "two"))
    assert relative(two, one) < 1e-5


@pytest.mark.parametrize("name", ["beside"])
def test_an_accumulation_beside_it_stops_before_a_model_is_loaded(
    world: World, ended: dict[str, Future[Process]], name: str
) -> None:
    process = ended[name].result()
    assert process.code != 0
    assert "batch_tokens and gradient_accumulation_steps both set the batch" in process.err
    assert "Traceback" not in process.err.partition("ArgumentsError")[2]


@pytest.mark.parametrize("name", ["packed", pytest.param("packed in two", marks=pytest.mark.slow)])
def test_a_packed_sequence_is_reckoned_as_full_and_the_log_shows_how_full_it_was(
    world: World, ended: dict[str, Future[Process]], name: str
) -> None:
    folder, out = found(world, ended, name)
    assert "8 sequences a step" in out
    assert "of 64 tokens each (packed up to cutoff_len): 512 tokens, -14.7%" in out
    if name == "packed":  # 24 sequences of two conversations each: three steps an epoch, none of them filled up
        assert sum(logged(folder)) == 2 * counted(world)


@pytest.mark.parametrize(
    "name", ["one", "two", "by hand", "packed", *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)]
)
def test_estimate_said_how_many_steps_of_how_many_tokens_it_would_be(
    world: World, ended: dict[str, Future[Process]], name: str
) -> None:
    folder, _ = found(world, ended, name)
    ranks = 2 if RECIPES[name][1] else 1
    said = estimate(read(folder.with_suffix(".yaml")), named("RTX 4090"), ranks)
    assert said.data is not None
    assert said.steps is not None
    assert said.data.exact
    assert said.steps.total == state(folder)["global_step"]
    if name != "by hand":  # without batch_tokens nothing is counted in training
        # where the ranks do not come out even, the host fills the last round up with examples of the first
        assert 0 <= sum(logged(folder)) - 2 * said.data.tokens <= (0 if ranks == 1 else 2 * 64)
    if name in ("one", "two", "by hand"):
        assert said.data.tokens == counted(world)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["zero 2"])
def test_deepspeed_steps_when_it_should(world: World, ended: dict[str, Future[Process]], name: str) -> None:
    folder, _ = found(world, ended, name)
    assert state(folder)["global_step"] == 4
    assert sum(logged(folder)) == 2 * counted(world)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pairs"])
def test_a_pair_counts_both_its_answers(world: World, ended: dict[str, Future[Process]], name: str) -> None:
    folder, out = found(world, ended, name)
    assert "pairs a step" in out
    results = json.loads((folder / "train_results.json").read_text(encoding="utf-8"))
    assert results["train_batch_tokens"] * state(folder)["global_step"] > 2 * 1.5 * counted(world)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["texts"])
def test_blocks_of_text_are_full(world: World, ended: dict[str, Future[Process]], name: str) -> None:
    folder, out = found(world, ended, name)
    assert "of 32 tokens each (packed up to cutoff_len)" in out
    assert all(tokens % 32 == 0 for tokens in logged(folder))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["penalised"])
def test_it_stands_beside_the_other_keys(world: World, ended: dict[str, Future[Process]], name: str) -> None:
    folder, _ = found(world, ended, name)
    assert (folder / "ewc/ewc.json").is_file()
    assert sum(logged(folder)) == 2 * counted(world)


@pytest.mark.parametrize("words", [["batch_tokens=600"], None])
@pytest.mark.slow
def test_it_may_be_given_on_the_command_line(world: World, words: list[str] | None) -> None:
    import yaml

    recipe = world.recipe("batch_words", gradient_accumulation_steps=None, num_train_epochs=1)
    if words is None:
        keys = yaml.safe_load(recipe.read_text(encoding="utf-8"))
        given = [word for key, value in keys.items() for word in (f"--{key}", str(value))]
        ended = cli("train", *given, "--batch_tokens", "600", cwd=world.folder)
    else:
        ended = cli("train", recipe, *words, cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    assert "24 sequences a step = 8 × 3 accumulated" in ended.out
    assert state(world.folder / "batch_words")["global_step"] == 2
