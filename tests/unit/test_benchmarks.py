"""The benchmark scripts run, and their own arithmetic is right."""

import argparse
import dataclasses
import importlib
import json
import sys
from pathlib import Path

import pytest
import torch

FOLDER = Path(__file__).parents[2] / "benchmarks"
OF_THE_EVALUATION = ("sets", "world", "memory", "parts", "measures", "batches", "trace")
SCRIPTS = (
    *("_measure", "_language", "digits", "fisher_cost", "ewc_overhead", "evaluation", "expansion"),
    *(f"_evaluation_{name}" for name in OF_THE_EVALUATION),
)


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    yield
    for name in SCRIPTS:
        sys.modules.pop(name, None)


@pytest.fixture
def digits():
    return importlib.import_module("digits")


@pytest.fixture
def measure():
    return importlib.import_module("_measure")


def by_hand(nets, row, image, label):
    """The gradient of log p(label) of one image in one network, by autograd alone."""
    weights = [weight[row].detach().clone().requires_grad_() for weight in nets.shared]
    x = image
    for weight in weights:
        x = (torch.cat([x, torch.ones(1)]) @ weight.T).relu()
    score = (torch.cat([x, torch.ones(1)]) @ nets.heads[0][row].detach().T).log_softmax(-1)[label]
    return torch.autograd.grad(score, weights), score.exp().item()


def looped(digits, way, nets, task, row, batch):
    """F of one network from one image at a time."""
    images, labels = task.images[row], task.labels[row].tolist()
    total = [torch.zeros_like(weight[row]) for weight in nets.shared]
    if way == "batched":
        starts = range(0, len(labels), batch)
        for start in starts:
            part = [by_hand(nets, row, images[n], labels[n])[0] for n in range(len(labels))[start : start + batch]]
            for F, gradients in zip(total, zip(*part, strict=True), strict=True):
                F += torch.stack(gradients).mean(0).square() / len(starts)
        return total
    for image, label in zip(images, labels, strict=True):
        for answer in (0, 1) if way == "exact" else (label,):
            gradients, probability = by_hand(nets, row, image, answer)
            for F, gradient in zip(total, gradients, strict=True):
                F += gradient.square() * (probability if way == "exact" else 1) / len(labels)
    return total


@pytest.mark.parametrize("way", ["exact", "empirical", "batched"])
def test_each_way_of_computing_f_equals_a_loop_over_images(digits, way):
    nets = digits.networks([3, 4], hidden=5)
    whole = digits.split_digits([3, 4])[0].train
    task = digits.Split(whole.images[:, :7], whole.labels[:, :7])
    found = digits.WAYS[way](nets, 0, task, seed=0, batch=3)
    for row in (0, 1):
        for F, expected in zip(found, looped(digits, way, nets, task, row, 3), strict=True):
            torch.testing.assert_close(F[row], expected, rtol=1e-4, atol=1e-9)


def test_sampled_labels_average_to_the_exact_expectation(digits):
    nets, task = digits.networks([3], hidden=5), digits.split_digits([3])[0].train
    draws = [digits.sampled(nets, 0, task, seed=seed, batch=1)[0] for seed in range(200)]
    expected = digits.exact(nets, 0, task, seed=0, batch=1)[0]
    mean = torch.stack(draws).mean(0)
    assert float((mean - expected).norm() / expected.norm()) < 0.03
    assert float((draws[0] - expected).norm() / expected.norm()) > 0.03


def test_networks_of_a_stack_do_not_see_each_other(digits):
    settings = digits.Settings(hidden=8, steps=20)
    together = digits.learn("empirical", [(10.0, 1), (10.0, 2), (1e4, 1)], settings)
    for row, run in enumerate([(10.0, 1), (10.0, 2), (1e4, 1)]):
        alone = digits.learn("empirical", [run], settings)
        assert [float(part[row]) for part in together] == pytest.approx([float(part[0]) for part in alone], abs=1.0)


def test_splits_share_no_image_and_cover_the_task(digits):
    task = digits.split_digits([5])[0]
    rows = [tuple(image.tolist()) for part in (task.train, task.validation, task.test) for image in part.images[0]]
    assert len(rows) == len(set(rows)) == 360
    assert task.train.images.shape[1] == 216


def test_the_digits_benchmark_runs_and_writes_what_it_found(digits, tmp_path):
    arguments = [
        "--seeds",
        "2",
        "--tuning-seeds",
        "2",
        "--grid",
        "10",
        "1000",
        "--steps",
        "15",
        "--hidden",
        "8",
        "--results",
    ]
    digits.main([*arguments, str(tmp_path)])
    found = json.loads((tmp_path / "digits.json").read_text())
    assert set(found["ways"]) == set(digits.WAYS)
    assert len(found["ways"]["exact"]["test"]) == 2
    assert found["circumstances"]["versions"]["torch"] in (tmp_path / "digits.md").read_text()


def test_the_interval_is_that_of_students_t(digits):
    mean, half = digits.interval([1.0, 2.0, 3.0, 4.0])
    assert mean == 2.5
    assert half == pytest.approx(3.182446 * (5 / 3) ** 0.5 / 2, rel=1e-5)  # t(0.975, 3) from a printed table


def test_variants_take_turns_and_ratios_are_within_a_repetition(measure):
    seen = []
    variants = {name: measure.always(lambda name=name: seen.append(name)) for name in "ab"}
    seconds = measure.interleaved(variants, repetitions=2, device=torch.device("cpu"))
    assert "".join(seen) == "baabba"
    assert {name: len(values) for name, values in seconds.items()} == {"a": 2, "b": 2}
    found = measure.ratios({"a": [1.0, 10.0], "b": [2.0, 30.0]}, "a")
    assert found["a"].median == 1.0
    assert found["b"].median == 2.5  # of 2 and 3; the ratio of the medians would be 16 / 5.5


def test_a_target_holds_or_is_missed_only_beyond_the_noise(measure):
    spreads = [(0.9, 1.0, 1.1), (1.0, 1.1, 1.3), (1.3, 1.4, 1.5)]
    verdicts = [measure.verdict(measure.Spread(middle, low, high), 1.2) for low, middle, high in spreads]
    assert verdicts == ["holds", "within the noise", "missed"]


def test_extra_memory_is_the_most_that_is_held_at_once(measure):
    def variant():
        first = torch.zeros(1000, dtype=torch.float64)
        second = torch.zeros(500, dtype=torch.float64)
        del first
        third = torch.zeros(200, dtype=torch.float64)
        return second, third

    found = measure.extra_memory(variant, torch.device("cpu"))
    assert found == pytest.approx(12000, rel=0.05)  # first and second; never all three


def test_no_result_names_a_folder_or_the_machine(measure):
    import socket

    text = json.dumps(measure.circumstances())
    assert socket.gethostname() not in text
    assert "/" not in text.replace("/s", "")


TINY = {
    "shape": "tiny",
    "lora_rank": 4,
    "rank": 4,
    "device": "cpu",
    "dtype": "fp32",
    "length": 12,
    "micro_batch_tokens": 24,
    "checkpointing": False,
}


def test_the_one_by_one_loop_of_the_benchmark_has_the_f_that_the_fisher_pass_has():
    cost, language = importlib.import_module("fisher_cost"), importlib.import_module("_language")
    setting = cost.Setting(
        model=language.with_lora(language.model_of("tiny", torch.device("cpu"), torch.float32), 4),
        examples=language.examples_of("tiny", count=5, length=12),
        batch_size=2,
        rank=4,
        device=torch.device("cpu"),
        dtype=torch.float32,
    )
    expected = cost.loop(setting)
    curvature = cost.DeltaSpace(setting.model).curvature("dense", 4)
    found = cost.estimate(setting.model, setting.examples, curvature, labels="empirical", batch_size=2).fisher
    assert set(found) == set(expected)
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-3, atol=float(value.max()) * 1e-5)


def test_counted_sizes_are_those_of_what_the_penalty_holds(measure):
    overhead = importlib.import_module("ewc_overhead")
    setting = overhead.setting_of("lora", argparse.Namespace(**TINY))
    spaces = overhead.spaces_of("lora", setting, 12)
    shapes = [layer.shape for layer in overhead.lora_layers(setting.model).values()]
    counted = overhead.sizes(shapes, lora_rank=4, rank=4)
    assert counted["delta, dense"] == 4 * sum(o * i for o, i in shapes) > 0
    for form in ("factored", "kronecker", "dense"):
        stacks = spaces[f"delta, {form}"]()._stacks
        terms = [term for stack in stacks for _, held in stack.held for term in held]
        assert measure.bytes_of(tensors_of(terms)) == counted[f"delta, {form}"]
        centres = [centre for stack in stacks for centre, _ in stack.held]
        assert measure.bytes_of(tensors_of(centres)) == counted["θ* of LoRA (A and B)"]


def tensors_of(value):
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, list):
        return [tensor for part in value for tensor in tensors_of(part)]
    if not dataclasses.is_dataclass(value):
        return []
    return [tensor for field in dataclasses.fields(value) for tensor in tensors_of(getattr(value, field.name))]


def test_the_design_of_nine_billion_parameters_is_counted_from_its_config():
    overhead = importlib.import_module("ewc_overhead")
    found = overhead.counted_sizes("gemma-2-9b", lora_rank=16, rank=32)
    assert found["delta, factored"] == pytest.approx(13.5e6, rel=0.01)
    assert found["delta, dense"] == pytest.approx(33.3e9, rel=0.01)
    assert found["adapter"] == pytest.approx(216e6, rel=0.01)
    assert found["weights, float32, with θ*"] == pytest.approx(8 * 9.24e9, rel=0.01)


@pytest.mark.slow  # Avalanche is imported, and each variant runs several times
@pytest.mark.parametrize("script", ["fisher_cost", "ewc_overhead"])
def test_the_cost_benchmarks_run_and_write_a_table(script, tmp_path):
    options = ["--shape", "tiny", "--length", "12", "--rank", "4", "--lora-rank", "4", "--repetitions", "1"]
    options += ["--tokens", "24"] if script == "ewc_overhead" else ["--examples", "3", "--batch-size", "2"]
    importlib.import_module(script).main([*options, "--results", str(tmp_path)])
    (page,) = tmp_path.glob("*.md")
    assert "Avalanche" in page.read_text()
    assert json.loads(page.with_suffix(".json").read_text())["circumstances"]["date"]


FEW = ["--items", "4", "--generated", "2", "--new-tokens", "4", "--answers", "20", "--repetitions", "1"]


def test_the_evaluation_benchmark_asks_what_every_registered_measure_costs():
    from ewc_plugin.metrics import BY_TABLE, BY_TRAINING, MEASURES

    found = importlib.import_module("_evaluation_measures").measures()
    codes = {measure.__code__ for table in (MEASURES, BY_TABLE, BY_TRAINING) for ms in table.values() for measure in ms}
    assert {measure.__code__ for _, measure in found.values()} == codes


def test_a_set_of_the_recipe_is_reckoned_from_whole_batches(measure):
    parts = importlib.import_module("_evaluation_parts")
    counted = {"examples": 40, "tokens of the examples": 4000, "answers": 16, "answers with an end": 0}
    seconds = {"likelihood": 2.0, "generation": 10.0}  # 16 answers of 100 tokens together: 10 steps a second
    found = {
        "parts": {name: {"seconds": measure.spread([value])} for name, value in seconds.items()},
        "counted": {**counted, "tokens generated": 1600},
    }
    said = parts.speed(found, {"generated": 16})
    assert "160 tokens a second, all answers of a set together" in said
    assert "20 examples a second, of 100 tokens each" in said
    assert "200 items, 50 of them answered with 256 tokens" in said
    # 200 ÷ 20; 51 rows of 100 + 256 fit into 8 × (2048 + 256) positions: one batch × 256 steps ÷ 10 steps a second
    assert "takes 10.0 + 26 seconds" in said


def test_the_expansion_benchmark_asks_for_the_same_in_both_ways_and_writes_what_it_found(tmp_path):
    script = importlib.import_module("expansion")
    few = ("--requests", "30", "--rounds", "1", "--turns", "3", "--concurrency", "4")
    script.main([*few, "--results", str(tmp_path)])
    found = json.loads((tmp_path / "expansion.json").read_text(encoding="utf-8"))
    (beside,), (slow,) = found["beside_httpx"], found["at_latency"]
    rates = {name: rate["median"] for name, rate in beside["requests_a_second"].items()}
    for way in ("bare httpx", "bare, four each"):
        assert beside["ratio"][way]["median"] == pytest.approx(rates["expand"] / rates[way])
    for way in ("expand", "bare httpx"):
        assert slow["overlap"][way]["median"] == pytest.approx(slow["requests_a_second"][way]["median"] / (4 / 0.2))
        assert 0.1 < slow["overlap"][way]["median"] <= 1.001
    assert found["circumstances"]["versions"]["httpx"] in (tmp_path / "expansion.md").read_text(encoding="utf-8")


def test_the_questions_of_the_evaluation_benchmark_are_asked_alone_or_together():
    script = importlib.import_module("evaluation")

    def named(*arguments):
        given = script.arguments_of(arguments)
        return script.file_of(given), given.only, given.dtype

    on_a_gpu = ("--model", "gemma-2-9b", "--device", "cuda")
    assert named() == ("evaluation", ["parts", "measures", "batches", "trace"], "fp32")
    assert named("--only", "measures") == ("evaluation_measures", ["measures"], "fp32")
    assert named(*on_a_gpu) == ("evaluation_gemma-2-9b_cuda", ["parts", "batches", "trace"], "bf16")
    assert named(*on_a_gpu, "--only", "trace")[0] == "evaluation_gemma-2-9b_cuda_trace"


@pytest.mark.slow  # every measure and every part of a stage evaluation once
def test_the_evaluation_benchmark_splits_the_whole_and_leaves_no_trace(tmp_path):
    script = importlib.import_module("evaluation")
    script.main([*FEW, "--results", str(tmp_path)])
    found = json.loads((tmp_path / "evaluation.json").read_text())
    assert set(found["parts"]) == {*importlib.import_module("_evaluation_parts").PARTS, "whole"}
    assert 0.5 < found["all_parts_to_whole"]["median"] < 1.2
    assert found["largest_difference_of_a_weight"]["ours"] == 0
    assert found["largest_difference_of_a_weight"]["without putting back"] > 0
    assert "| `rouge_l` |" in (tmp_path / "evaluation.md").read_text()


@pytest.mark.slow  # a training step of the recipe's size on a CPU
def test_the_evaluation_benchmark_takes_a_model_of_a_real_shape(tmp_path):
    script = importlib.import_module("evaluation")
    tasks = ("--tasks", "instruction", "verse", "multiple_choice")
    script.main([*FEW, *tasks, "--model", "small", "--results", str(tmp_path)])
    found = json.loads((tmp_path / "evaluation_small_cpu.json").read_text())
    assert found["counted"]["tokens generated"] == 2 * 2 * 4  # no answer has an end
    assert found["peak_bytes"]["training step"] > found["peak_bytes"]["evaluation"] > 0
    compared = found["generation"]["compared"]
    assert set(compared) == {"model.generate", "one by one", "rows of the recipe"}
    assert all(one["same_answers"] == one["answers"] > 2 for one in compared.values())
    assert found["largest_difference_of_a_weight"]["ours"] == 0
    page = (tmp_path / "evaluation_small_cpu.md").read_text()
    assert "nothing on top of it" in page
