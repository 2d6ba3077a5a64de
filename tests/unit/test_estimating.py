"""`estimate`: each count beside a second, stupider one."""

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from accelerate.data_loader import BatchSamplerShard
from torch.utils.data import BatchSampler, SequentialSampler
from transformers import Gemma2Config, LlamaConfig, Qwen2Config

from ewc_plugin import host
from ewc_plugin.errors import ArgumentsError
from ewc_plugin.estimating import gpus, measured, memory, speed, tokens
from ewc_plugin.estimating.model import Model, build, config
from ewc_plugin.estimating.recipe import read
from ewc_plugin.estimating.steps import steps
from ewc_plugin.estimating.tracing import Trace, trace

SMALL = {
    "hidden_size": 64,
    "intermediate_size": 160,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 512,
}
FAMILIES = {
    "gemma2": Gemma2Config(**SMALL, num_hidden_layers=9, head_dim=16, query_pre_attn_scalar=16),
    "llama": LlamaConfig(**SMALL, num_hidden_layers=9),
    "qwen2": Qwen2Config(**SMALL, num_hidden_layers=9, tie_word_embeddings=True),
}


# -- steps -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("world", [1, 2, 3, 8])
@pytest.mark.parametrize("per_device", [1, 3, 4])
@pytest.mark.parametrize("accumulation", [1, 2, 5])
@pytest.mark.parametrize("sequences", [1, 7, 24, 44, 45, 100])
def test_steps_are_those_that_a_walk_through_accelerates_own_batches_takes(
    sequences: int, per_device: int, accumulation: int, world: int
) -> None:
    batches = BatchSampler(SequentialSampler(range(sequences)), per_device, drop_last=False)
    mine = list(BatchSamplerShard(batches, num_processes=world, process_index=0))
    walked = window = 0
    for _ in mine:
        window += 1
        if window == accumulation:
            walked, window = walked + 1, 0
    walked += window > 0  # the last window of an epoch is stepped on too
    found = steps(sequences, per_device=per_device, accumulation=accumulation, world=world, epochs=3)
    assert (found.micro, found.per_epoch, found.total) == (len(mine), walked, 3 * walked)


def test_max_steps_and_parts_of_epochs_count_as_in_transformers() -> None:
    how: dict[str, Any] = {"per_device": 1, "accumulation": 1, "world": 1}
    assert steps(10, epochs=1.25, **how).total == 13
    assert steps(10, epochs=3, max_steps=7, **how).total == 7


# -- tokens ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rows", "workers"), [(2500, None), (2500, 1), (2500, 8), (5, 8), (1001, 3)])
def test_the_batches_are_those_that_a_dataset_maps(rows: int, workers: int | None) -> None:
    from datasets import Dataset

    data = Dataset.from_dict({"n": list(range(rows))})
    shards = min(workers or 1, rows)
    seen = []
    for index in range(shards):
        part = data.shard(shards, index, contiguous=True)["n"][:]
        seen += [part[first : first + 1000] for first in range(0, len(part), 1000)]
    assert [list(range(a, b)) for a, b in tokens.batches(rows, 1000, workers)] == seen


class Doubling:
    """A stand-in for the host's processor: each row is a sequence of as many tokens as it says, padded to 10."""

    tokenizer = SimpleNamespace(pad_token_id=0)

    def preprocess_dataset(self, rows: dict[str, list[int]]) -> dict[str, list[list[int]]]:
        return {
            "input_ids": [[1] * n + [0] * (10 - n) for n in rows["n"]],
            "labels": [[-100] * (n - 1) + [1] + [-100] * (10 - n) for n in rows["n"]],
        }


def counted(lengths: list[int], **how: Any) -> tokens.Data:
    from datasets import Dataset

    return tokens.count(Doubling(), Dataset.from_dict({"n": lengths}), batch_size=10, workers=None, **how)


def test_padding_is_no_token_and_a_supervised_end_is_one() -> None:
    found = counted([3, 5, 10])
    assert (found.sequences, found.tokens, found.supervised, found.exact) == (3, 18, 3, True)


def test_of_a_large_dataset_some_batches_are_encoded_and_the_interval_holds_the_truth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tokens, "ALL", 100)
    lengths = [1 + (index * 7) % 10 for index in range(5003)]
    found, whole = counted(lengths), counted(lengths, everything=True)
    assert found.encoded == 80
    assert found.examples == 5003
    assert not found.exact
    assert whole.tokens == sum(lengths)
    assert abs(found.tokens - whole.tokens) <= max(found.half_width, 0.01) * whole.tokens
    assert found.sequences == 5003


def test_a_batch_is_as_wide_as_its_longest_up_to_eight() -> None:
    data = tokens.Data(2, 2, 2, 0, 0, 0, widths=(3, 30))
    assert data.padded(1) == pytest.approx((8 + 32) / 2, rel=0.05)
    assert data.padded(64) == 32


# -- the model -------------------------------------------------------------------------------------------------


def arguments(folder: Path, family: str, **keys: Any) -> Any:
    FAMILIES[family].save_pretrained(folder)
    given = {"model_name_or_path": str(folder), "output_dir": "out", "bf16": True, "lora_rank": 4, "flash_attn": "sdpa"}
    return host.unprepared({**given, **keys})


def built(folder: Path, family: str, **keys: Any) -> Model:
    model, _, training, finetuning, _ = arguments(folder, family, **keys)
    return build(model, training, finetuning, cutoff=64)


def real(family: str) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_config(FAMILIES[family])


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_are_counted_as_those_of_a_real_model(family: str, tmp_path: Path) -> None:
    from peft import LoraConfig, get_peft_model

    found = built(tmp_path, family)
    assert found.parameters == sum(p.numel() for p in real(family).parameters())
    adapted = get_peft_model(real(family), LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM"))
    assert found.trainable == adapted.get_nb_trainable_parameters()[0]
    assert found.frozen_bytes == 2 * found.parameters
    assert found.trainable_bytes == 4 * found.trainable


def test_in_four_bit_the_linear_layers_take_half_a_byte_and_the_vocabulary_two(tmp_path: Path) -> None:
    found = built(tmp_path, "llama", quantization_bit=4)
    module = real("llama")
    linear = sum(
        m.weight.numel() for n, m in module.named_modules() if isinstance(m, torch.nn.Linear) and n != "lm_head"
    )
    kept = linear * (0.5 + 1 / 64 + 4 / 64 / 256) + 2 * (found.parameters - linear)
    assert found.frozen_bytes == pytest.approx(kept)
    assert found.largest == 160 * 64


@pytest.mark.parametrize("family", ["gemma2", "llama"])
def test_operations_of_lora_with_checkpointing_are_six_a_weight_and_token(family: str, tmp_path: Path) -> None:
    """2 forward, 2 again, 2 backward through frozen weights; the output layer is not run again, LoRA has its own 8."""
    length, found = 32, built(tmp_path, family)
    inside = sum(m.weight.numel() for n, m in real(family).named_modules() if _of_a_layer(n, m))
    head = 512 * 64
    attention = 9 * 4 * length * 64  # Q·K and ·V of nine layers: 2 operations each, forward
    expected = 6 * inside + 4 * head + 8 * found.trainable + (1 + 1 + 2.5) * attention
    assert trace(found, 2, length, checkpointing=True).per_position == pytest.approx(expected, rel=0.01)


def test_operations_of_full_tuning_are_six_without_checkpointing_and_eight_with_it(tmp_path: Path) -> None:
    found = built(tmp_path, "llama", finetuning_type="full")
    inside = sum(m.weight.numel() for n, m in real("llama").named_modules() if _of_a_layer(n, m))
    head, attention = 512 * 64, 9 * 4 * 32 * 64
    plain, again = (trace(found, 2, 32, checkpointing=c).per_position for c in (False, True))
    assert plain == pytest.approx(6 * (inside + head) + 3.5 * attention, rel=0.01)
    assert again == pytest.approx(8 * inside + 6 * head + 4.5 * attention, rel=0.01)


def _of_a_layer(name: str, module: Any) -> bool:
    return isinstance(module, torch.nn.Linear) and ".layers." in name


@pytest.mark.parametrize("checkpointing", [False, True])
def test_what_lies_between_few_layers_and_more_is_what_all_layers_give(
    checkpointing: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = built(tmp_path, "gemma2")
    between = trace(found, 2, 16, checkpointing=checkpointing)
    monkeypatch.setattr("ewc_plugin.estimating.tracing.MORE", 9)  # all of them
    assert trace(found, 2, 16, checkpointing=checkpointing) == between


@pytest.mark.parametrize("family", ["gemma2", "llama"])
@pytest.mark.parametrize("checkpointing", [False, True])
def test_the_peak_is_what_torch_allocates_on_a_real_run(family: str, checkpointing: bool, tmp_path: Path) -> None:
    """On the CPU in float32, with a vocabulary that counts, torch's profiler sums what is allocated and freed."""
    ids = torch.zeros(2, 128, dtype=torch.long)
    found = built(tmp_path, family, bf16=False, finetuning_type="full")
    expected = trace(found, *ids.shape, checkpointing=checkpointing).peak
    model = real(family).train()
    if checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)  # there already, so that they do not count
    assert _allocated(lambda: model(input_ids=ids, labels=ids, use_cache=False).loss.backward()) == pytest.approx(
        expected, rel=0.15
    )


def _allocated(run: Any) -> int:
    from itertools import accumulate

    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
        run()
    assert profile.profiler is not None
    events = [e for e in profile.profiler.kineto_results.events() if e.name() == "[memory]"]
    return max(accumulate(e.nbytes() for e in sorted(events, key=lambda e: e.start_ns())), default=0)


# -- memory ----------------------------------------------------------------------------------------------------


def table(folder: Path, shared: memory.Sharing, **keys: Any) -> dict[str, float]:
    model, _, training, finetuning, _ = arguments(folder, "llama", **keys)
    found = build(model, training, finetuning, cutoff=64, zero=shared.zero)
    micro = Trace(1, 64, 0, 0, kept=100, outside=20, layer=10, logits=30)
    return {p.name: p.bytes for p in memory.parts(found, micro, shared, training, finetuning, fisher=1.0)}


def test_full_tuning_takes_sixteen_bytes_a_weight_with_or_without_deepspeed(tmp_path: Path) -> None:
    for zero in (0, 1, 2, 3):
        found = table(tmp_path, memory.Sharing(zero=zero), finetuning_type="full")
        kept = found["weights, trained"] + found["gradients"] + found["optimiser"]
        assert kept == 16 * sum(p.numel() for p in real("llama").parameters())


@pytest.mark.parametrize(("zero", "kept"), [(1, 2 + 2 + 12 / 4), (2, 2 + 2 / 4 + 12 / 4), (3, 16 / 4)])
def test_zero_shares_out_the_optimiser_then_gradients_then_weights(zero: int, kept: float, tmp_path: Path) -> None:
    found = table(tmp_path, memory.Sharing(world=4, zero=zero), finetuning_type="full")
    weights = sum(p.numel() for p in real("llama").parameters())
    assert found["weights, trained"] + found["gradients"] + found["optimiser"] == pytest.approx(kept * weights)


def test_offload_takes_the_optimiser_and_the_weights_off_the_gpu(tmp_path: Path) -> None:
    path = Path(__file__).parents[2] / "recipes/deepspeed/zero3_offload.json"
    shared = memory.sharing(str(path), 4)
    found = table(tmp_path, shared, finetuning_type="full")
    assert shared.zero == 3
    assert found["optimiser"] == found["weights, trained"] == 0


def test_the_ewc_rows_are_the_bytes_that_the_overhead_benchmark_counted(tmp_path: Path) -> None:
    """Of Gemma-2-9B's shape; counted there from the layers, by other code."""
    results = Path(__file__).parents[2] / "benchmarks/results/ewc_overhead_gemma-2-9b_cuda.json"
    counts = json.loads(results.read_text(encoding="utf-8"))["counted_bytes"]["gemma-2-9b"]
    shape = {"hidden_size": 3584, "intermediate_size": 14336, "num_attention_heads": 16, "num_key_value_heads": 8}
    Gemma2Config(**shape, vocab_size=256000, num_hidden_layers=42, head_dim=256).save_pretrained(tmp_path)
    for form in ("factored", "kronecker", "dense"):
        keys = {"model_name_or_path": str(tmp_path), "output_dir": "o", "bf16": True, "lora_rank": 16}
        model, _, training, finetuning, _ = host.unprepared({**keys, "ewc_lambda": "1", "ewc_form": form})
        found = build(model, training, finetuning, cutoff=64)
        (part,) = memory._ewc(found, memory.Sharing(), finetuning)
        assert part.bytes == counts[f"delta, {form}"] + counts["θ* of LoRA (A and B)"]


def test_only_the_largest_of_what_follows_one_another_is_in_the_peak() -> None:
    part = memory.Part
    assert memory.total([part("a", 5, ""), part("b", 7, "", peak=True), part("c", 9, "", peak=True)]) == 14


# -- GPUs, measurements, recipes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("H200", "H200"),
        ("h100", "H100 SXM"),
        ("H100 PCIe", "H100 PCIe"),
        ("4090", "RTX 4090"),
        ("RTX 4090 D", "RTX 4090 D"),
        ("NVIDIA H200", "H200"),
        ("NVIDIA GeForce RTX 4090", "RTX 4090"),
        ("NVIDIA L40S", "L40S"),
    ],
)
def test_a_gpu_is_known_by_a_part_of_its_name_and_by_what_torch_calls_it(name: str, found: str) -> None:
    assert gpus.named(name).name == found


def test_an_unknown_gpu_is_answered_with_all_that_are_known() -> None:
    with pytest.raises(ArgumentsError, match=r"--gpu Riva: expected one of H200, H100 SXM, .*V100; found another"):
        gpus.named("Riva")


def test_every_gpu_says_where_its_numbers_are_from() -> None:
    assert all(len(gpu.source) > 10 for gpu in gpus.GPUS)
    assert len({gpu.name for gpu in gpus.GPUS}) == len(gpus.GPUS) >= 14


def test_ranks_exchange_nothing_alone_and_gather_weights_three_times_a_micro_batch_under_zero_3(tmp_path: Path) -> None:
    found = built(tmp_path, "llama", finetuning_type="full")
    gpu = gpus.named("A100 80GB")
    assert speed.exchanged(found, memory.Sharing(), gpu, 4) == 0
    shared = memory.Sharing(world=4, zero=3)
    half = 3 / 4 * found.trainable_bytes
    assert speed.exchanged(found, shared, gpu, 2) == pytest.approx((3 + 2) * half * 2 / gpu.link)


def test_what_a_run_measured_is_read_from_what_it_left(tmp_path: Path) -> None:
    assert measured.read(tmp_path) is None
    (tmp_path / "trainer_state.json").write_text(json.dumps({"global_step": 100}), encoding="utf-8")
    results = {"train_runtime": 3600.0, "train_batch_tokens": 720.0, "train_peak_gpu_bytes": 5e9}
    (tmp_path / "train_results.json").write_text(json.dumps(results), encoding="utf-8")
    assert measured.read(tmp_path) == measured.Measured(100, 720.0, 20.0, 1.0, 5.0)


def test_a_model_whose_config_cannot_be_had_is_an_error_that_says_what_to_name(tmp_path: Path) -> None:
    model, *_ = host.unprepared({"model_name_or_path": str(tmp_path / "none"), "output_dir": "o"})
    with pytest.raises(ArgumentsError, match=r"config\.json is enough, weights are not needed"):
        config(model)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("model_name_or_path: a\nbatch_token: 5\n", "unknown keys batch_token"),
        ("template: a\n", "expected model_name_or_path"),
        ("model_name_or_path: a\nstage: ppo\n", "reward_model"),
        ("model_name_or_path: a\nstage: kto\n", "found stage kto"),
    ],
)
def test_a_recipe_that_cannot_be_estimated_says_why(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ArgumentsError, match=said):
        read(tmp_path / "r.yaml")


def test_keys_behind_the_recipe_come_before_its_own(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text("model_name_or_path: a\ncutoff_len: 64\npacking: true\n", encoding="utf-8")
    recipe = read(tmp_path / "r.yaml", ["cutoff_len=128"])
    assert recipe.cutoff == 128
    assert recipe.packed
    assert math.isclose(recipe.training.num_train_epochs, 3)
