"""Rewards of LLaMA-Factory's own reward models are those that its trainer itself computes."""

import json
import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import _tiny
import pytest

from converters.contract import SourceError
from converters.mixing.leakage import Turn
from converters.quality import host
from converters.quality.rewards import reward
from converters.quality.rewards.reward_folder import recognised

CLOSE = 1e-5
TALK = [
    (Turn("user", f"{_tiny.SPEECH[i % 5]}（{i}）"), Turn("assistant", _tiny.SPEECH[(i + 1) % 5] * (1 + i % 4)))
    for i in range(7)
] + [
    (
        Turn("system", "说中文。"),
        Turn("user", _tiny.ENGLISH[0]),
        Turn("assistant", _tiny.SPEECH[2]),
        Turn("user", _tiny.ENGLISH[1]),
        Turn("assistant", _tiny.SPEECH[3]),
    )
]


@pytest.fixture(scope="module")
def adapter(world: _tiny.World) -> Path:
    """A LoRA adapter and a value head of random numbers, as stage rm leaves them."""
    import torch
    from peft import LoraConfig, get_peft_model
    from safetensors.torch import save_file
    from transformers import AutoModelForCausalLM, AutoTokenizer

    base, folder = world.folder / "base", world.folder / "random_reward"
    torch.manual_seed(1)
    wish = LoraConfig(r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False, task_type="CAUSAL_LM")
    get_peft_model(AutoModelForCausalLM.from_pretrained(base), wish).save_pretrained(folder)
    head = {"v_head.summary.weight": torch.randn(1, 128), "v_head.summary.bias": torch.randn(1)}
    save_file(head, folder / "value_head.safetensors")
    AutoTokenizer.from_pretrained(base).save_pretrained(folder)
    return folder


def settings(folder: Path, **more: Any) -> reward.Settings:
    return reward.Settings(str(folder), **{"template": "gemma2", "device": "cpu", **more})


def rated(model: reward.RewardModel, conversations: Sequence[Sequence[Turn]]) -> list[float]:
    return model.scores([model.encode(turns) for turns in conversations])


def test_rewards_are_the_host_s_own_forward_at_the_last_token(world: _tiny.World, adapter: Path) -> None:
    import torch

    model = reward.load(settings(adapter))
    keys = {"model_name_or_path": str(world.folder / "base"), "adapter_name_or_path": str(adapter)}
    theirs = host.rating_model(host.text({**keys, "template": "gemma2"}), dtype="float32", device="cpu")
    expected = []
    for turns in TALK:
        ids = torch.tensor([model.encode(turns)])
        with torch.no_grad():
            _, _, values = theirs(input_ids=ids, output_hidden_states=True, return_dict=True, use_cache=False)
        expected.append(values[0, -1].item())
    assert rated(model, TALK) == pytest.approx(expected, rel=CLOSE, abs=CLOSE)
    assert len(set(expected)) == len(TALK)


def test_rewards_do_not_depend_on_what_else_is_in_the_batch_or_its_order(adapter: Path) -> None:
    model = reward.load(settings(adapter))
    alone = [rated(model, [turns])[0] for turns in TALK]
    backwards = rated(model, TALK[::-1])[::-1]
    assert backwards == pytest.approx(alone, rel=CLOSE, abs=CLOSE)


def test_a_conversation_ends_in_the_token_that_stage_rm_rates_at(world: _tiny.World, adapter: Path) -> None:
    model = reward.load(settings(adapter))
    ids = model.encode(TALK[0])
    tokens = host.text({"model_name_or_path": str(world.folder / "base"), "template": "gemma2"}).tokenizer
    assert tokens.decode(ids).endswith("<end_of_turn>\n<eos>")
    assert tokens.decode(ids).startswith("<bos><start_of_turn>user\n你好")


def test_a_longer_conversation_is_cut_as_in_stage_rm(adapter: Path) -> None:
    whole = reward.load(settings(adapter)).encode(TALK[-1])
    cut = reward.load(settings(adapter, cutoff_len=24)).encode(TALK[-1])
    assert len(cut) == 24 < len(whole)
    assert cut[:5] == whole[:5]


def test_what_has_no_answer_is_not_rated(adapter: Path) -> None:
    model = reward.load(settings(adapter))
    for turns in ((Turn("user", "你好"),), (Turn("user", "你好"), Turn("assistant", " \n"))):
        with pytest.raises(reward.Unrated, match="no_answer"):
            model.encode(turns)


def test_a_number_that_is_not_finite_is_nan(adapter: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    broken = tmp_path / "broken"
    shutil.copytree(adapter, broken)
    head = load_file(broken / "value_head.safetensors")
    save_file({**head, "v_head.summary.bias": torch.tensor([math.inf])}, broken / "value_head.safetensors")
    assert all(math.isnan(value) for value in rated(reward.load(settings(broken)), TALK[:2]))


def test_an_adapter_without_its_value_head_is_refused(adapter: Path, tmp_path: Path) -> None:
    """LLaMA-Factory would rate with random numbers."""
    shutil.copytree(adapter, tmp_path / "bare", ignore=shutil.ignore_patterns("value_head*"))
    with pytest.raises(SourceError, match="without a value head"):
        reward.load(settings(tmp_path / "bare"))


def test_a_value_head_that_the_host_does_not_load_is_refused(adapter: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    shutil.copytree(adapter, tmp_path / "renamed")
    head = load_file(adapter / "value_head.safetensors")
    save_file(
        {name.replace("summary", "score"): value for name, value in head.items()},
        tmp_path / "renamed/value_head.safetensors",
    )
    with pytest.raises(SourceError, match=r"expected a value head that LLaMA-Factory loads"):
        reward.load(settings(tmp_path / "renamed"))


def test_an_older_value_head_in_a_bin_file_rates_alike(adapter: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    shutil.copytree(adapter, tmp_path / "old", ignore=shutil.ignore_patterns("value_head*"))
    torch.save(load_file(adapter / "value_head.safetensors"), tmp_path / "old/value_head.bin")
    assert rated(reward.load(settings(tmp_path / "old")), TALK) == rated(reward.load(settings(adapter)), TALK)


def test_the_model_beneath_an_adapter_can_be_named(world: _tiny.World, adapter: Path, tmp_path: Path) -> None:
    """The adapter knows where it was trained, and that may be another machine."""
    shutil.copytree(adapter, tmp_path / "moved")
    config = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = "/elsewhere/base"
    (tmp_path / "moved/adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(SourceError, match="/elsewhere/base"):
        reward.load(settings(tmp_path / "moved"))
    model = reward.load(settings(tmp_path / "moved", base=str(world.folder / "base")))
    assert rated(model, TALK) == rated(reward.load(settings(adapter)), TALK)


# -- models that were trained by `llamafactory-cli` -------------------------------------------------------------


def preferences(world: _tiny.World) -> list[dict[str, Any]]:
    """Those of a reader who likes long answers, registered as `rewarded`; some are longer than 32 tokens."""
    speech = _tiny.SPEECH

    def turn(role: str, content: str) -> dict[str, str]:
        return {"role": role, "content": content}

    rows = [
        {
            "messages": [turn("system", speech[i % 3])] * (i % 2) + [turn("user", f"{speech[i % 5] * (1 + i % 3)}{i}")],
            "chosen": turn("assistant", speech[(i + 1) % 5] * 3),
            "rejected": turn("assistant", speech[(i + 2) % 5] * 3),
        }
        for i in range(16)
    ]
    registry = json.loads((world.folder / "data/dataset_info.json").read_text(encoding="utf-8"))
    columns = {"messages": "messages", "chosen": "chosen", "rejected": "rejected"}
    form = {"formatting": "sharegpt", "tags": {**_tiny.TAGS, "system_tag": "system"}, "columns": columns}
    registry["rewarded"] = {"file_name": "rewarded.jsonl", **form, "ranking": True}
    (world.folder / "data/dataset_info.json").write_text(json.dumps(registry), encoding="utf-8")
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (world.folder / "data/rewarded.jsonl").write_text(text, encoding="utf-8")
    return rows


def untied(world: _tiny.World) -> Path:
    """The model with a head of its own: LLaMA-Factory 0.9.5 cannot save a whole reward model whose head is tied."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    base, folder = world.folder / "base", world.folder / "untied"
    model = AutoModelForCausalLM.from_pretrained(base)
    model.config.tie_word_embeddings = False
    model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(base).save_pretrained(folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("finetuning_type", ["lora", "full"])
def test_rewards_are_those_that_the_trainer_itself_predicts(world: _tiny.World, finetuning_type: str) -> None:
    """Of adapters and of whole models, of conversations that are cut at 32 tokens and of shorter ones."""
    rows = preferences(world)
    keys = {"stage": "rm", "finetuning_type": finetuning_type, "max_new_tokens": None, "cutoff_len": 32}
    name, learn = f"rm_{finetuning_type}", {"dataset": "rewarded", "num_train_epochs": 2}
    if finetuning_type == "full":
        keys |= {"lora_rank": None, "lora_target": None, "model_name_or_path": str(untied(world))}
    ended = _tiny.cli("train", world.recipe(name, **keys, **learn), cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    folder = world.folder / name
    where = {"adapter_name_or_path": str(folder)} if finetuning_type == "lora" else {"model_name_or_path": str(folder)}
    ask = {"do_train": False, "do_predict": True, "dataset": None, "eval_dataset": "rewarded", **where}
    (world.folder / f"{name}_predicted").mkdir()
    ended = _tiny.cli("train", world.recipe(f"{name}_predicted", **{**keys, **ask}), cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    lines = (world.folder / f"{name}_predicted/generated_predictions.jsonl").read_text(encoding="utf-8").splitlines()
    expected = [json.loads(line) for line in lines]
    assert recognised(str(folder)).kind == "value_head"
    model, whole = reward.load(settings(folder, cutoff_len=32)), reward.load(settings(folder))
    compared, cut = 0, 0
    for row, found in zip(rows, expected, strict=True):
        sides = [[Turn(**turn) for turn in (*row["messages"], row[side])] for side in ("chosen", "rejected")]
        lengths = [len(whole.encode(side)) for side in sides]
        # the trainer cuts both sides of a pair for the longer of the two
        if lengths[0] == lengths[1] or max(lengths) <= 32:
            compared, cut = compared + 1, cut + (max(lengths) > 32)
            # and writes two decimals
            assert rated(model, sides) == pytest.approx([found["chosen"], found["rejected"]], abs=0.0051)
    assert compared > cut > 0
    # the chat template that was saved makes the same tokens, where nothing is cut
    own = reward.load(settings(folder, template=""))
    for row in rows:
        turns = [Turn(**turn) for turn in (*row["messages"], row["chosen"])]
        assert own.encode(turns) == whole.encode(turns)
