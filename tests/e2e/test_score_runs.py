"""`score` as true processes: killed and gone on with, several of them under torchrun, in four bits, with adapters."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import _tiny
import pytest
import torch
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

from converters.quality.models.encoding import IGNORED, Encoder
from converters.quality.models.settings import ModelSettings
from converters.quality.rows import opened

EXAMPLES = 400
COMMAND = ["-m", "converters", "score", "many", "--metrics", "length,perplexity,ifd", "--batch-tokens", "300"]


@pytest.fixture(scope="module")
def data(world: _tiny.World) -> Path:
    """The dataset `many`, in a folder whose name a terminal has to quote."""
    folder = world.folder / "许多 例子"
    folder.mkdir()
    rows = [
        (f"{_tiny.SPEECH[i % 5] * (1 + i % 4)}（{i}）", f"{_tiny.ENGLISH[i % 5]} {i}" * (1 + i % 3))
        for i in range(EXAMPLES)
    ]
    _tiny.write_rows(folder / "many.jsonl", rows)
    entry = {"file_name": "many.jsonl", **_tiny.SHAREGPT}
    (folder / "dataset_info.json").write_text(json.dumps({"many": entry}), encoding="utf-8")
    return folder


def copy_of(data: Path, folder: Path) -> Path:
    return shutil.copytree(data, folder / data.name, ignore=shutil.ignore_patterns("data"))


def words(world: _tiny.World, data: Path, *more: str) -> list[str]:
    model = ["--model", str(world.folder / "base"), "--template", "gemma2", "--dataset-dir", str(data)]
    return [*COMMAND, *model, *more]


def launched(world: _tiny.World, data: Path, processes: int) -> list[str]:
    given = words(world, data)
    if processes == 1:
        return [sys.executable, *given]
    torchrun = [str(Path(sys.executable).with_name("torchrun")), "--standalone", f"--nproc-per-node={processes}"]
    return [*torchrun, *given]


def files(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((data / "data").glob("many*"))}


@pytest.fixture(scope="module")
def whole(world: _tiny.World, data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one process writes that nobody disturbs."""
    folder = copy_of(data, tmp_path_factory.mktemp("whole"))
    ended = _tiny.run(launched(world, folder, 1), cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    assert "400" in ended.out
    found = files(folder)
    assert set(found) == {"many.scores.json", "many.scores.jsonl"}
    return found


def killed(world: _tiny.World, data: Path, processes: int, lines: int, stage: str) -> None:
    """SIGKILL for all as soon as the parts of a stage have so many lines together."""
    log = (data / "log").open("wb")
    started = subprocess.Popen(
        launched(world, data, processes),
        cwd=world.folder,
        env=_tiny.environment(),
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    until = time.monotonic() + _tiny.PATIENCE
    while started.poll() is None and time.monotonic() < until:
        parts = list((data / "data").glob(f"many.scores.{stage}.part*.jsonl"))
        if sum(part.read_bytes().count(b"\n") for part in parts) >= lines:
            break
        time.sleep(0.001)
    assert started.poll() is None, (data / "log").read_text(encoding="utf-8")[-2000:]
    os.killpg(started.pid, signal.SIGKILL)
    started.wait()
    log.close()
    assert list((data / "data").glob("many.scores.*.part*.jsonl"))
    assert not (data / "data/many.scores.jsonl").exists()


@pytest.mark.parametrize(("lines", "stage"), [(40, "conditional"), pytest.param(200, "alone", marks=pytest.mark.slow)])
def test_a_killed_run_goes_on_to_the_same_bytes(
    world: _tiny.World, data: Path, whole: dict[str, bytes], tmp_path: Path, lines: int, stage: str
) -> None:
    folder = copy_of(data, tmp_path)
    killed(world, folder, 1, lines, stage)
    parts = sorted((folder / "data").glob("many.scores.*.part*"))
    with parts[0].open("ab") as torn:  # as a kill within a write leaves it
        torn.write(b'{"row":3,"val')
    ended = _tiny.run(launched(world, folder, 1), cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    assert "13 bytes of a torn last line" in ended.out
    assert files(folder) == whole


def test_two_processes_write_the_same_bytes_as_one(
    world: _tiny.World, data: Path, whole: dict[str, bytes], tmp_path: Path
) -> None:
    folder = copy_of(data, tmp_path)
    ended = _tiny.run(launched(world, folder, 2), cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    assert files(folder) == whole
    assert ended.out.count("scores: ") == 1


@pytest.mark.slow
@pytest.mark.parametrize(("before", "after"), [(2, 1), (2, 2), (1, 2)])
def test_another_number_of_processes_goes_on_to_the_same_bytes(
    world: _tiny.World, data: Path, whole: dict[str, bytes], tmp_path: Path, before: int, after: int
) -> None:
    folder = copy_of(data, tmp_path)
    killed(world, folder, before, 60, "conditional")
    ended = _tiny.run(launched(world, folder, after), cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    assert files(folder) == whole


def test_what_one_of_two_processes_refuses_is_said_once(world: _tiny.World, data: Path, tmp_path: Path) -> None:
    folder = copy_of(data, tmp_path)
    (folder / "data").mkdir()
    other = folder / "data/many.scores.length.part0.jsonl"
    other.write_text('{"stage": "length", "of": "something else"}\n', encoding="utf-8")
    ended = _tiny.run(launched(world, folder, 2), cwd=world.folder)
    assert ended.code != 0
    assert ended.err.count("error: ") == 1


# ---- weights


def in_process(data: Path, *given: str) -> dict[str, dict[str, Any]]:
    from converters.__main__ import main

    assert main(["score", "many", "--metrics", "perplexity", "--dataset-dir", str(data), *given]) == 0
    lines = (data / "data/many.scores.jsonl").read_text(encoding="utf-8").splitlines()
    return {line["id"]: line for line in map(json.loads, lines)}


def alone(model: Any, base: Path, data: Path, count: int) -> list[tuple[str, float]]:
    """(id, −Σ log p of the answer) of the first rows: one at a time, by transformers' own loss."""
    encoder = Encoder(ModelSettings({"model_name_or_path": str(base), "template": "gemma2"}))
    found = []
    with opened(data, "many") as rows:
        for row in list(rows)[:count]:
            encoded = encoder.encode(row.turns)
            with torch.no_grad():
                loss = model(input_ids=torch.tensor([encoded.ids]), labels=torch.tensor([encoded.labels])).loss.item()
            found.append((row.id, loss * sum(label != IGNORED for label in encoded.labels)))
    return found


def test_four_bits_are_those_of_bitsandbytes(world: _tiny.World, data: Path, tmp_path: Path) -> None:
    pytest.importorskip("bitsandbytes")
    base, folder = world.folder / "base", copy_of(data, tmp_path)
    found = in_process(folder, "--model", str(base), "--template", "gemma2", "--quantization-bit", "4")
    four = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True)
    model = AutoModelForCausalLM.from_pretrained(
        base, quantization_config=four, attn_implementation="eager", dtype=torch.float32
    ).eval()
    whole = AutoModelForCausalLM.from_pretrained(base, attn_implementation="eager").eval()
    beside = alone(whole, base, folder, 20)
    for (identity, nll), (_, unquantised) in zip(alone(model, base, folder, 20), beside, strict=True):
        assert found[identity]["perplexity"]["nll"] == pytest.approx(nll, rel=1e-4)
        assert found[identity]["perplexity"]["nll"] != pytest.approx(unquantised, rel=1e-5)
    about = json.loads((folder / "data/many.scores.json").read_text(encoding="utf-8"))
    assert about["metrics"]["perplexity"]["signature"]["quantisation"] == {"quantization_bit": 4}


@pytest.fixture(scope="module")
def adapter(world: _tiny.World) -> Path:
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(3)
    model = AutoModelForCausalLM.from_pretrained(world.folder / "base")
    adapted = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "down_proj"]))
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    adapted.save_pretrained(world.folder / "adapter")
    return world.folder / "adapter"


@pytest.mark.parametrize("bits", [None, 4])
def test_an_adapter_stands_on_top(
    world: _tiny.World, data: Path, adapter: Path, tmp_path: Path, bits: int | None
) -> None:
    from peft import PeftModel

    base, folder = world.folder / "base", copy_of(data, tmp_path)
    more = ["--quantization-bit", str(bits)] if bits else []
    words = ["--model", str(base), "--template", "gemma2"]
    found = in_process(folder, *words, "--adapter", str(adapter), *more)
    four = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True)
    plain = AutoModelForCausalLM.from_pretrained(
        base, attn_implementation="eager", dtype=torch.float32, **({"quantization_config": four} if bits else {})
    )
    for identity, nll in alone(PeftModel.from_pretrained(plain, adapter).eval(), base, folder, 10):
        assert found[identity]["perplexity"]["nll"] == pytest.approx(nll, rel=1e-4)
    assert in_process(folder, *words, "--again") != found  # without it


def test_another_adapter_is_another_model(
    world: _tiny.World, data: Path, adapter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from converters.__main__ import main

    folder = copy_of(data, tmp_path)
    words = ["--model", str(world.folder / "base"), "--template", "gemma2"]
    in_process(folder, *words)
    again = [
        "score",
        "many",
        "--metrics",
        "perplexity",
        "--dataset-dir",
        str(folder),
        *words,
        "--adapter",
        str(adapter),
    ]
    assert main(again) == 2
    assert "adapter_weights: nothing there" in capsys.readouterr().err


@pytest.mark.slow
def test_half_precision_is_near(world: _tiny.World, data: Path, tmp_path: Path) -> None:
    folder = copy_of(data, tmp_path)
    words = ["--model", str(world.folder / "base"), "--template", "gemma2"]
    full = in_process(folder, *words)
    half = in_process(folder, *words, "--dtype", "bfloat16", "--again")
    for identity, line in full.items():
        assert half[identity]["perplexity"]["nll"] == pytest.approx(line["perplexity"]["nll"], rel=1e-2)
    assert half != full
