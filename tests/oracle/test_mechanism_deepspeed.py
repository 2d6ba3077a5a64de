"""Half-precision engines of DeepSpeed: the penalty acts on their float32 masters, whatever the loss scale."""

import functools
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("deepspeed")


@functools.cache
def steps():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launched = {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    ended = subprocess.run(
        [sys.executable, Path(__file__).with_name("_deepspeed_steps.py")],
        env={**os.environ, **launched, "DS_ACCELERATOR": "cpu", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    return json.loads(ended.stdout.strip().splitlines()[-1])


@pytest.mark.parametrize("stage", ["1", "2", "3"])
@pytest.mark.parametrize(("precision", "scale", "error"), [("fp16", 256.0, 1e-3), ("bf16", 1.0, 2e-3)])
def test_the_float32_masters_move_by_the_penalty_alone_and_an_overflow_moves_nothing(stage, precision, scale, error):
    if steps()[precision] is None:
        pytest.skip(f"DeepSpeed computes no {precision} on this processor")
    found = steps()[precision][stage]
    assert found["scale"] == scale
    assert found["live"] == {"fp16": "torch.float16", "bf16": "torch.bfloat16"}[precision]
    # the gradient passes through half precision on its way, the weights do not
    assert max(found["moved"][:2]) <= error
    if precision == "fp16":
        assert found["moved"][2] == 0.0


@pytest.mark.parametrize("stage", ["1", "2", "3"])
def test_shapes_are_those_of_the_whole_parameters(stage):
    assert steps()["bf16"][stage]["shapes"]
