"""What does the doctor say of GPUs, disk, hubs and terminals?"""

import io
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import peft
import pytest
import torch
import transformers
from _cases import TORCH, case, problems

from ewc_plugin.doctor import disk, environment, gpu, hub, terminal
from ewc_plugin.doctor.case import Answer

GIGABYTE = 10**9
A100 = {"name": "NVIDIA A100", "memory": 80 * GIGABYTE, "free": 79 * GIGABYTE, "capability": [8, 0]}
V100 = {"name": "Tesla V100", "memory": 32 * GIGABYTE, "free": 31 * GIGABYTE, "capability": [7, 0]}


def of_torch(*devices: Any, said: str = "", **facts: Any) -> Answer:
    return Answer({**TORCH, "available": bool(devices), "devices": devices, "computes": True, **facts}, said=said)


def driver(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(gpu, "driver", lambda: list(lines))


def test_an_environment_with_a_space_in_its_path_starts_torchrun_by_hand() -> None:
    """The host splits the command of torchrun at every space."""
    spaced = Answer({"host": "/home/小 明/site-packages/llamafactory/__init__.py"})
    (found,) = environment._spaces(case(host=spaced))
    assert found.remedy == ("torchrun --nproc_per_node 2 '/home/小 明/site-packages/llamafactory/launcher.py' RECIPE",)
    assert not environment._spaces(case(host=Answer({"host": "/home/x/llamafactory/__init__.py"})))


# -- GPU -------------------------------------------------------------------------------------------------------


def test_without_a_gpu_only_the_smoke_recipes_make_sense(monkeypatch: pytest.MonkeyPatch) -> None:
    driver(monkeypatch)
    (found,) = gpu.findings(case())
    assert (found.level, found.found) == ("note", gpu.ONLY_SMALL)


def test_equal_gpus_are_counted() -> None:
    found = gpu.findings(case(torch=of_torch(A100, A100, bf16=True)))
    assert [f.level for f in found] == ["ok", "ok"]
    assert found[0].found.startswith("2 × NVIDIA A100, 80.0 GB (79.0 GB free), capability 8.0")


def test_a_gpu_without_bf16_is_told_of_fp16() -> None:
    found = gpu.findings(case(torch=of_torch(V100, bf16=False)))
    assert (found[-1].level, found[-1].remedy[0].split("#")[0].strip()) == ("note", "fp16: true")


def test_a_torch_that_has_no_kernel_for_the_gpu_is_a_problem() -> None:
    answer = of_torch(A100, bf16=True, computes="CUDA error: no kernel image is available")
    assert "no kernel image" in problems(gpu.findings(case(torch=answer)))[0]


def test_a_gpu_that_torch_does_not_see_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    driver(monkeypatch, "NVIDIA A100, 470.57")
    old = "UserWarning: CUDA initialization: The NVIDIA driver on your system is too old (found version 11040)."
    assert "too old (found version 11040)" in problems(gpu.findings(case(torch=of_torch(said=old))))[0]
    findings = gpu.findings(case(torch=of_torch(cuda=None)))
    assert "built without CUDA" in problems(findings)[0]
    # such a build came without NVIDIA's libraries, which the other one needs
    assert [line for f in findings for line in f.remedy if "--no-deps" in line] == []
    (hidden,) = gpu.findings(case(torch=of_torch(), CUDA_VISIBLE_DEVICES=""))
    assert (hidden.level, hidden.remedy) == ("note", ("unset CUDA_VISIBLE_DEVICES",))


# -- disk ------------------------------------------------------------------------------------------------------


def test_the_weights_of_an_adapter_are_those_that_peft_makes() -> None:
    config = transformers.Gemma2Config(
        hidden_size=48, intermediate_size=80, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
        head_dim=16, vocab_size=99,
    )  # fmt: skip
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(config)
        made = peft.get_peft_model(model, peft.LoraConfig(r=16, target_modules="all-linear", task_type="CAUSAL_LM"))
    counted = sum(p.numel() for p in made.parameters() if p.requires_grad)
    told = disk.Model("m", 1e9, config.to_dict(), to_fetch=False)
    assert disk.adapter({"lora_rank": 16}, told) == counted


def test_a_full_stage_writes_its_checkpoints_its_result_and_its_anchor() -> None:
    keys = {"do_train": True, "finetuning_type": "full", "save_total_limit": 2, "ewc_save": True}
    model = disk.Model("m", 9e9, None, to_fetch=False)
    # three checkpoints (one while it is written) of half-precision weights, float32 masters and two moments
    assert disk.written(keys, model) == 3 * 9e9 * (2 + 4 + 4 + 4) + 9e9 * 2 + 9e9 * 8
    assert disk.written({**keys, "save_strategy": "no", "ewc_save": False}, model) == 9e9 * 2


def test_a_disk_that_is_too_small_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recipes").mkdir()
    text = "model_name_or_path: google/gemma-2-9b\nfinetuning_type: full\ndo_train: true\noutput_dir: saves/a\n"
    (tmp_path / "recipes" / "a.yaml").write_text(text + "save_total_limit: 1\n", encoding="utf-8")
    for free, level in ((200, "problem"), (2000, "ok")):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: SimpleNamespace(free=free * GIGABYTE))
        found = disk.findings(case(Path(), HOME=str(tmp_path)))
        assert found[0].level == level, found
        # 2 × (18 + 108) GB of checkpoints, 18 GB of result, 18 GB from the hub
        assert "write about 288.0 GB (estimated)" in found[0].found


# -- hubs ------------------------------------------------------------------------------------------------------


def test_no_secret_is_ever_shown() -> None:
    secrets = {"HF_TOKEN": "hf_secret", "HF_ENDPOINT": "https://me:secret@mirror.example/"}
    said = " ".join(f.found for f in hub.findings(case(**secrets)))
    assert "a token is set (HF_TOKEN)" in said
    assert "https://mirror.example" in said
    assert "secret" not in said


def test_a_stored_token_is_seen_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hf_secret", encoding="utf-8")
    found = hub.findings(case(HF_HOME=str(tmp_path)))
    assert [f.level for f in found] == ["ok", "ok"]
    assert "hf_secret" not in " ".join(f.found for f in found)


def test_an_endpoint_without_a_scheme_is_a_problem() -> None:
    assert problems(hub.findings(case(HF_ENDPOINT="hf-mirror.com"))) == ["HF_ENDPOINT=hf-mirror.com is no address"]


def test_modelscope_has_names_of_its_own() -> None:
    assert "LLM-Research/gemma-2-9b" in hub.findings(case(USE_MODELSCOPE_HUB="1"))[0].found


# -- terminal --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "level"), [("utf-8", "ok"), ("gb18030", "ok"), ("gbk", "note"), ("ascii", "note"), ("latin-1", "note")]
)
def test_an_output_that_lacks_characters_is_told_how_to_get_them(
    encoding: str, level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    (found,) = terminal.findings(case())
    assert found.level == level


def test_a_chinese_terminal_is_not_told_to_switch_to_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding="gbk"))
    assert terminal.findings(case())[0].remedy == ("export PYTHONIOENCODING=gb18030",)
