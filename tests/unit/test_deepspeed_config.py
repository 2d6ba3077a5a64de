"""Which DeepSpeed configs are accepted with EWC, and what is said of the others."""

import copy
import json
from pathlib import Path

import pytest

from ewc_plugin.deepspeed_config import REFUSED, problems

SHIPPED = sorted((Path(__file__).resolve().parents[2] / "recipes/deepspeed").glob("*.json"))
GOOD = {"zero_optimization": {"stage": 2, "round_robin_gradients": False}, "bf16": {"enabled": "auto"}}
# one value for each key that is refused
SPOILERS = {
    "zero_optimization.round_robin_gradients": True,
    "zero_optimization.zero_hpz_partition_size": 8,
    "zero_optimization.mics_shard_size": 4,
    "zero_optimization.zero_quantized_weights": True,
    "zero_optimization.zero_quantized_nontrainable_weights": True,
    "zero_optimization.zero_quantized_gradients": True,
    "zero_optimization.offload_param.device": "nvme",
    "zero_optimization.offload_optimizer.device": "nvme",
    "zero_optimization.zenflow": {"topk_ratio": 0.1},
    "bf16.bf16_master_weights_and_grads": True,
    "fp16.fp16_master_weights_and_grads": True,
    "amp.enabled": True,
    "torch_autocast.enabled": True,
    "sparse_gradients": True,
    "sequence_parallel_size": 2,
    "tensor_parallel.autotp_size": 2,
    "progressive_layer_drop.enabled": True,
    "compile.deepcompile": True,
    "hybrid_engine.enabled": True,
    "optimizer.type": "OneBitAdam",
}
HARMLESS = {
    "zero_optimization.zero_hpz_partition_size": 1,
    "zero_optimization.mics_shard_size": -1,
    "zero_optimization.offload_optimizer.device": "cpu",
    "zero_optimization.offload_param.device": "cpu",
    "bf16.enabled": "auto",
    "torch_autocast.enabled": False,
    "optimizer.type": "AdamW",
    "sequence_parallel_size": 1,
}


def with_value(key, value):
    config = copy.deepcopy(GOOD)
    at = config
    *path, last = key.split(".")
    for part in path:
        at = at.setdefault(part, {})
    at[last] = value
    return config


def test_without_deepspeed_there_is_nothing_to_refuse():
    assert problems(None) == problems("") == problems(GOOD) == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_configs_that_we_ship_are_accepted(path):
    assert problems(str(path)) == []
    assert json.loads(path.read_text())["zero_optimization"]["round_robin_gradients"] is False


def test_a_config_is_shipped_for_each_stage_and_for_offload():
    assert [p.stem for p in SHIPPED] == ["zero1", "zero2", "zero2_offload", "zero3", "zero3_offload"]


@pytest.mark.parametrize(("key", "value"), SPOILERS.items())
def test_a_setting_that_spoils_the_penalty_is_refused_by_its_name(key, value):
    (problem,) = problems(with_value(key, value))
    assert key in problem
    assert "cannot be used with EWC: " in problem
    assert "recipes/deepspeed" in problem


def test_every_refusal_has_a_test():
    assert set(SPOILERS) == {key for key, _, _ in REFUSED}


@pytest.mark.parametrize(("key", "value"), HARMLESS.items())
def test_a_harmless_value_of_such_a_setting_is_accepted(key, value):
    assert problems(with_value(key, value)) == []


def test_the_hosts_own_zero2_config_is_refused_for_its_round_robin_gradients(tmp_path):
    # as in LLaMA-Factory's examples/deepspeed/ds_z2_config.json
    path = tmp_path / "ds_z2_config.json"
    path.write_text(
        json.dumps({"zero_optimization": {"stage": 2, "overlap_comm": False, "round_robin_gradients": True}})
    )
    (problem,) = problems(str(path))
    assert "round_robin_gradients: true" in problem
    assert "other parameters' weights" in problem


@pytest.mark.parametrize("stage", [0, None, 4, True, "auto"])
def test_a_stage_that_was_not_tested_is_refused(stage):
    (problem,) = problems({"zero_optimization": {"stage": stage}})
    assert "expected 1, 2 or 3" in problem


def test_all_problems_are_listed_at_once():
    config = {"zero_optimization": {"stage": 0, "round_robin_gradients": True, "zero_quantized_gradients": True}}
    assert len(problems(config)) == 3


def test_a_file_that_is_absent_or_no_json_is_a_problem(tmp_path):
    torn = tmp_path / "torn.json"
    torn.write_text('{"zero_optimization": ')
    for path in (torn, tmp_path / "absent.json"):
        (problem,) = problems(str(path))
        assert "expected a JSON file" in problem
