"""Is what `score` reads of an example what LLaMA-Factory trains on? Token by token, template by template."""

import json
from pathlib import Path
from typing import Any

import _tiny
import pytest

from converters.mixing.leakage import Turn
from converters.quality import host
from converters.quality.models.encoding import IGNORED, Encoder
from converters.quality.models.settings import ModelSettings
from converters.quality.rows import opened

TALKS = [
    [("user", "请把“春天的花开了”译成英语。"), ("assistant", "Flowers bloom in spring.")],
    [
        ("system", "你是一个图书管理员。"),
        ("user", "你好，请问今天天气怎么样？"),
        ("assistant", "<think>\n看看窗外。\n</think>\n\n很好。"),
        ("user", "请给我一杯热水。"),
        ("assistant", "好的，请稍等。"),
        ("user", "谢谢！"),
        ("assistant", "不客气，我们一起去图书馆读书吧。" * 3),
    ],
    [("user", "他每天早上六点起床。" * 20), ("assistant", "知道了。")],
    [("user", "写一个长故事"), ("assistant", "从前有一座山，" * 40)],
    [("user", "  两边有空白  "), ("assistant", "\n也有换行\n")],
]
# with a prefix and without one, with empty thoughts, with the system message in the user's turn
PLAIN = ["qwen", "llama3", "llama2", "deepseekr1", "qwen3", "qwen3_nothink", "alpaca"]
OWN_END = ["gemma2", "chatglm3", "bailing"]  # efficient_eos: the host refuses a loss on the prompt for them
WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "short": {"cutoff_len": 40},
    "history_masked": {"mask_history": True, "cutoff_len": 60},
    "on_prompt": {"train_on_prompt": True},
    "own_system": {"default_system": "只说中文。"},
}


@pytest.fixture(scope="module")
def talks(world: _tiny.World) -> Path:
    folder = world.folder / "talks"
    (folder / "data").mkdir(parents=True)
    entry = {"file_name": "data/talks.jsonl", **_tiny.SHAREGPT}
    entry["tags"] = {**_tiny.TAGS, "system_tag": "system"}
    (folder / "dataset_info.json").write_text(json.dumps({"talks": entry}), encoding="utf-8")
    rows = [{"messages": [{"role": role, "content": text} for role, text in talk]} for talk in TALKS]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "data" / "talks.jsonl").write_text(lines, encoding="utf-8")
    return folder


def trained_on(keys: dict[str, Any], folder: Path) -> list[dict[str, list[int]]]:
    """The training set as `llamafactory-cli train` builds it."""
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.hparams import get_train_args
    from llamafactory.model import load_tokenizer

    given = {
        "stage": "sft",
        "do_train": True,
        "finetuning_type": "lora",
        "dataset": "talks",
        "dataset_dir": str(folder),
    }
    output = {"output_dir": str(folder / "out"), "report_to": "none", "overwrite_cache": True}
    model, data, training, _, _ = get_train_args({**given, **output, **keys})
    module = load_tokenizer(model)
    with host._as_registered(keys["template"]):  # for the tests that come after in this process
        template = get_template_and_fix_tokenizer(module["tokenizer"], data)
    return list(get_dataset(template, model, data, training, stage="sft", **module)["train_dataset"])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("template", [*PLAIN, *OWN_END])
def test_tokens_and_labels_are_those_of_training(world: _tiny.World, talks: Path, template: str, way: str) -> None:
    if way == "on_prompt" and template in OWN_END:
        pytest.skip("the host refuses it for this template")
    keys = {"model_name_or_path": str(world.folder / "base"), "template": template, "cutoff_len": 1024, **WAYS[way]}
    with opened(talks, "talks") as rows:
        ours = [Encoder(ModelSettings(keys)).encode(row.turns) for row in rows]
    theirs = trained_on(keys, talks)
    assert len(ours) == len(theirs) == len(TALKS)
    for one, other in zip(ours, theirs, strict=True):
        assert list(one.ids) == other["input_ids"]
        assert list(one.labels) == other["labels"]


@pytest.mark.parametrize("template", ["qwen", "llama3", "qwen3"])
def test_the_instruction_is_what_a_loss_on_the_prompt_would_add(world: _tiny.World, talks: Path, template: str) -> None:
    keys = {"model_name_or_path": str(world.folder / "base"), "template": template, "cutoff_len": 1024}
    plain, on_prompt = trained_on(keys, talks), trained_on({**keys, "train_on_prompt": True}, talks)
    with opened(talks, "talks") as rows:
        for row, without, with_ in zip(rows, plain, on_prompt, strict=True):
            encoded = Encoder(ModelSettings(keys)).encode(row.turns)
            added = [
                at
                for at, (label, more) in enumerate(zip(without["labels"], with_["labels"], strict=True))
                if label == IGNORED and more != IGNORED
            ]
            assert list(encoded.instruction) == added
            assert list(encoded.answer) == [at for at, label in enumerate(without["labels"]) if label != IGNORED]


def test_what_the_cutoff_took_away_is_known(world: _tiny.World) -> None:
    turns = [Turn("user", "写一个长故事"), Turn("assistant", "从前有一座山，" * 40)]
    keys = {"model_name_or_path": str(world.folder / "base"), "template": "gemma2"}
    whole = Encoder(ModelSettings({**keys, "cutoff_len": 2048})).encode(turns)
    cut = Encoder(ModelSettings({**keys, "cutoff_len": 50})).encode(turns)
    assert (whole.truncated, cut.truncated) == (False, True)
    assert (len(cut.ids), cut.whole) == (50, len(whole.ids))
    exactly = Encoder(ModelSettings({**keys, "cutoff_len": len(whole.ids)})).encode(turns)
    assert not exactly.truncated


def test_a_key_of_one_recipe_does_not_stay_for_the_next(world: _tiny.World) -> None:
    keys = {"model_name_or_path": str(world.folder / "base"), "template": "qwen"}
    turns = [Turn("user", "问"), Turn("assistant", "答")]
    before = Encoder(ModelSettings(keys)).encode(turns)
    other = Encoder(ModelSettings({**keys, "default_system": "只说英语。"})).encode(turns)
    assert other.ids != before.ids
    assert Encoder(ModelSettings(keys)).encode(turns) == before


@pytest.mark.parametrize("template", OWN_END)
def test_the_end_of_an_answer_is_wanted_where_the_next_turn_begins(world: _tiny.World, template: str) -> None:
    keys = {"model_name_or_path": str(world.folder / "base"), "template": template}
    turns = [Turn("user", "一"), Turn("assistant", "甲"), Turn("user", "二"), Turn("assistant", "乙")]
    encoder = Encoder(ModelSettings(keys))
    first, last = (each[-1] for each in encoder.encode(turns).answers())
    encoded, end = encoder.encode(turns), encoder.tokenizer.eos_token_id
    assert (encoded.target(first), encoded.target(last)) == (end, end)
    assert encoded.ids[first] != end
    assert encoded.target(first + 1) == encoded.ids[first + 1]
