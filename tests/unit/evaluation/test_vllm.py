"""`python -m ewc_plugin evaluate CHECKPOINT --vllm`, against a command that behaves as vLLM's without a model."""

import json
import os
import sys
from functools import partial
from pathlib import Path

import fake_vllm
import pytest
from toy_host import ToyEncoder

pytest.importorskip("openai", reason="pip install -c constraints.txt -e '.[dev]'")

from ewc_plugin import later
from ewc_plugin.__main__ import main
from ewc_plugin.evaluation.recipe import Recipe
from ewc_plugin.serving import command, served
from ewc_plugin.serving import vllm as vllm_module
from ewc_plugin.serving.command import VllmError
from ewc_plugin.serving.endpoint import Endpoint

ADAPTER = {"peft_type": "LORA", "r": 12, "bias": "none", "modules_to_save": None, "use_dora": False}
TAGS = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant"}
FORM = {"formatting": "sharegpt", "columns": {"messages": "messages"}, "tags": TAGS}
STAGE = Recipe(model_name_or_path="org/base", template="toy", model={"infer_dtype": "float32"})


@pytest.fixture
def checkpoint(tmp_path):
    """An adapter of rank 12, and a set of three translations."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps(ADAPTER))
    (folder / "adapter_model.safetensors").write_text("weights")
    lines = [
        {"messages": [{"role": "user", "content": f"to {word}"}, {"role": "assistant", "content": word}], "id": word}
        for word in ("one", "two", "three")
    ]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    entry = FORM | {"file_name": "t.jsonl", "eval": {"task": "translation", "stage": "task"}}
    (tmp_path / "dataset_info.json").write_text(json.dumps({"t": entry}))
    return folder


@pytest.fixture
def vllm(tmp_path, monkeypatch):
    """The fake's command. The toy encoder stands for the host's."""
    monkeypatch.setattr(later, "encoder", lambda checkpoint, recipe: ToyEncoder())
    path = tmp_path / "bin" / "vllm"
    path.parent.mkdir()
    path.write_text(f"#!{sys.executable}\n" + Path(fake_vllm.__file__).read_text(encoding="utf-8"), encoding="utf-8")
    path.chmod(0o755)
    return path


def evaluate(checkpoint, *words):
    keys = [f"dataset_dir={checkpoint.parent}", "template=toy", "model_name_or_path=org/base"]
    return main(["evaluate", str(checkpoint), *keys, *map(str, words)])


def asked(vllm):
    return [json.loads(line) for line in (vllm.parent / "asked.jsonl").read_text().splitlines()]


def started(vllm):
    return json.loads((vllm.parent / "command.json").read_text())


def answers(checkpoint):
    lines = (checkpoint / served.FOLDER / "predictions" / "t.jsonl").read_text(encoding="utf-8").splitlines()
    return [(record["answer"], record["finished"]) for record in map(json.loads, lines)]


def test_vllm_is_asked_with_the_tokens_of_the_stage_and_its_tokens_are_read_by_the_stages_encoder(checkpoint, vllm):
    assert evaluate(checkpoint, "--vllm", vllm) == 0
    toy = ToyEncoder()
    prompts = [toy.encode([{"content": f"to {word}"}, {"content": ""}]).prompt_ids for word in ("one", "two", "three")]
    assert sorted(body["prompt"] for body in asked(vllm)) == sorted(prompts)
    for body in asked(vllm):
        assert body["stop_token_ids"] == [fake_vllm.END]
        assert (body["ignore_eos"], body["temperature"], body["repetition_penalty"]) == (True, 0, 1.0)
        assert body["max_tokens"] == 32
        assert body["model"] == "run"
    assert answers(checkpoint) == [(toy.decode([fake_vllm.ANSWER]), True)] * 3
    found = json.loads((checkpoint / served.FOLDER / "metrics.json").read_text())["sets"]["t"]["bleu"]["signature"]
    assert (found["answers"], found["served_model"], found["cutoff"]) == ("vllm 0.0.1", "run", 2048)


def test_the_server_is_gone_afterwards_and_was_started_with_room_for_the_longest_item(checkpoint, vllm, capsys):
    assert evaluate(checkpoint, "--vllm", vllm, "--vllm-args=--tensor-parallel-size 2 --dtype half") == 0
    pid, words = started(vllm)
    assert not Path(f"/proc/{pid}").exists()
    assert words[:2] == ["serve", "org/base"]
    assert words[words.index("--max-model-len") + 1] == str(1 + len("to three") + 32)
    assert words.index("--tensor-parallel-size") > words.index("--dtype")
    assert words[words.index("--tensor-parallel-size") + 2 :][:2] == ["--dtype", "half"]
    assert "vllm.log" in capsys.readouterr().out


def test_the_command_on_path_is_taken_unless_another_is_named(checkpoint, vllm, monkeypatch):
    monkeypatch.setenv("PATH", str(vllm.parent) + os.pathsep + os.environ["PATH"])
    assert evaluate(checkpoint, "--vllm") == 0
    assert len(asked(vllm)) == 3


def test_a_proxy_of_the_environment_is_not_asked(checkpoint, vllm, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert evaluate(checkpoint, "--vllm", vllm) == 0


def test_a_prompt_that_vllm_read_otherwise_is_an_error(checkpoint, vllm, capsys):
    (vllm.parent / "adds_bos").touch()
    assert evaluate(checkpoint, "--vllm", vllm) == 2
    assert "asked with 7 tokens, it read 8 or others" in capsys.readouterr().err
    assert not Path(f"/proc/{started(vllm)[0]}").exists()


def test_without_token_ids_the_text_is_taken_and_that_is_said(checkpoint, vllm, caplog):
    (vllm.parent / "no_ids").touch()
    assert evaluate(checkpoint, "--vllm", vllm) == 0
    assert answers(checkpoint) == [("told", True)] * 3
    assert len([r for r in caplog.records if "returns no token ids" in r.message]) == 1


def test_a_server_that_dies_while_it_is_asked_is_named_with_its_last_words(checkpoint, vllm, monkeypatch, capsys):
    monkeypatch.setattr(vllm_module, "Endpoint", partial(Endpoint, retries=0))
    (vllm.parent / "dies").touch()
    assert evaluate(checkpoint, "--vllm", vllm) == 2
    said = capsys.readouterr().err
    assert "vLLM, while it was asked" in said
    assert "status 7: torch.OutOfMemoryError: no memory left" in said


def test_answers_of_an_unfinished_run_are_kept_for_the_same_weights_only(checkpoint, vllm):
    (checkpoint.parent / "u.jsonl").write_text("no json\n")
    registry = json.loads((checkpoint.parent / "dataset_info.json").read_text())
    registry["u"] = registry["t"] | {"file_name": "u.jsonl"}
    (checkpoint.parent / "dataset_info.json").write_text(json.dumps(registry))
    counts = []
    for weights in ("weights", None, "others"):
        if weights:
            (checkpoint / "adapter_model.safetensors").write_text(weights)
        assert evaluate(checkpoint, "--vllm", vllm) == 0
        counts.append(len(asked(vllm)))
    assert counts == [3, 3, 6]


def test_a_command_that_is_not_there_is_an_error_before_anything_starts(checkpoint, vllm, capsys):
    assert evaluate(checkpoint, "--vllm", "template=gemma2") == 2
    said = capsys.readouterr().err
    assert "no command 'template=gemma2'" in said
    assert "come before --vllm" in said


def test_an_open_quotation_in_the_arguments_is_an_error(checkpoint, vllm, capsys):
    assert evaluate(checkpoint, "--vllm", vllm, "--vllm-args=--name 'a") == 2
    assert "No closing quotation" in capsys.readouterr().err


def test_an_endpoint_and_vllm_together_are_refused(checkpoint):
    with pytest.raises(SystemExit):
        evaluate(checkpoint, "--endpoint", "http://127.0.0.1:9/v1", "--vllm")


def test_a_command_that_ends_at_once_is_reported_with_what_it_said(checkpoint, vllm, capsys):
    vllm.write_text("#!/bin/sh\necho 'vllm serve: error: unrecognized arguments: --fast'\nexit 1\n")
    assert evaluate(checkpoint, "--vllm", vllm) == 2
    assert "status 1: error: unrecognized arguments: --fast" in capsys.readouterr().err


# -- which command, for which checkpoint -----------------------------------------------------------------------


def test_an_adapter_is_served_on_its_base_with_room_for_its_rank(checkpoint):
    found = command.serve(checkpoint, STAGE, 100)
    assert found == [
        *("serve", "org/base", "--dtype", "float32", "--max-model-len", "100", "--generation-config", "vllm"),
        *("--served-model-name", "base of run", "--enable-lora", "--max-lora-rank", "16"),
        *("--lora-modules", json.dumps({"name": "run", "path": str(checkpoint)})),
    ]


def test_a_whole_model_is_served_by_itself_in_the_precision_of_its_stage(tmp_path):
    recipe = Recipe(model_name_or_path="org/base", bf16=True, model={"infer_dtype": "float32", "model_revision": "v2"})
    found = command.serve(tmp_path, recipe, 100)
    assert found[:4] == ["serve", str(tmp_path), "--dtype", "bfloat16"]
    assert found[-2:] == ["--served-model-name", tmp_path.name]


def test_what_the_base_was_loaded_with_is_passed_on(checkpoint):
    recipe = Recipe(model_name_or_path="org/base", fp16=True, model={"trust_remote_code": True, "model_revision": "v2"})
    found = command.serve(checkpoint, recipe, 100)
    assert found[found.index("--dtype") + 1] == "float16"
    assert found[-3:] == ["--trust-remote-code", "--revision", "v2"]


@pytest.mark.parametrize(
    ("adapter", "recipe", "reason"),
    [
        ({"r": 513}, {}, "rank 513, above 512"),
        ({"peft_type": "OFT"}, {}, "type OFT"),
        ({"use_dora": True}, {}, "DoRA"),
        ({"modules_to_save": ["lm_head"]}, {}, "lm_head"),
        ({"bias": "all"}, {}, "biases"),
        ({"alpha_pattern": {"q_proj": 4}}, {}, "alphas of single modules"),
        ({}, {"adapter_name_or_path": ("below",)}, "adapters below"),
        ({}, {"model": {"quantization_bit": 4}}, "quantization_bit 4"),
        ({}, {"model": {"rope_scaling": "yarn"}}, "rope_scaling yarn"),
    ],
)
def test_what_vllm_cannot_hold_as_the_stage_left_it_is_refused(checkpoint, adapter, recipe, reason):
    command.require_fit(checkpoint, STAGE, [])
    (checkpoint / "adapter_config.json").write_text(json.dumps(ADAPTER | adapter))
    with pytest.raises(VllmError, match=reason):
        command.require_fit(checkpoint, Recipe(model_name_or_path="org/base", **recipe), [])


def test_a_quantised_base_is_served_when_the_user_says_how(checkpoint):
    recipe = Recipe(model_name_or_path="org/base", model={"quantization_bit": 4})
    command.require_fit(checkpoint, recipe, ["--quantization", "bitsandbytes"])


def test_a_folder_without_a_model_and_a_broken_adapter_are_refused(checkpoint, tmp_path):
    with pytest.raises(VllmError, match=r"neither adapter_config.json nor config.json"):
        command.require_fit(tmp_path, STAGE, [])
    (checkpoint / "adapter_config.json").write_text("[]")
    with pytest.raises(VllmError, match="as PEFT writes it"):
        command.require_fit(checkpoint, STAGE, [])


def test_vllm_loads_from_the_hub_of_the_host_and_reports_no_use(monkeypatch):
    assert command.environment()["VLLM_NO_USAGE_STATS"] == "1"
    assert "VLLM_USE_MODELSCOPE" not in command.environment()
    monkeypatch.setenv("USE_MODELSCOPE_HUB", "1")
    assert command.environment()["VLLM_USE_MODELSCOPE"] == "True"
