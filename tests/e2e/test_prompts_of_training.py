"""A chat template is compared with the template of training, token by token; what differs is shown and mended."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from ewc_plugin.export import prompts

# one character a token, and the marks of the templates whole, as the models' own tokenizers have them
MARKS = ["<bos>", "<eos>", "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<start_of_turn>", "<end_of_turn>"]
MARKS += ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]


def tokenizer(chat_template: str | None = None) -> Any:
    texts = [turn["content"] for turns in prompts.CONVERSATIONS.values() for turn in turns]
    characters = sorted({*"".join(texts), *map(chr, range(32, 127)), "\n", "你", "晴", "。", "今", "天"})
    known = {word: i for i, word in enumerate([*MARKS, "<unk>", *characters])}
    core = Tokenizer(models.WordLevel(known, unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    made = PreTrainedTokenizerFast(
        tokenizer_object=core, bos_token="<bos>", eos_token="<eos>", unk_token="<unk>", additional_special_tokens=MARKS
    )
    made.chat_template = chat_template
    return made


def host(name: str, tokens: Any) -> Any:
    """The template as `get_template_and_fix_tokenizer` gives it to an export."""
    from llamafactory.data.template import get_template_and_fix_tokenizer

    arguments = {"train_on_prompt": False, "tool_format": None, "default_system": None, "enable_thinking": True}
    return get_template_and_fix_tokenizer(tokens, SimpleNamespace(template=name, preserve_thinking=False, **arguments))


@pytest.mark.parametrize("name", ["gemma2", "qwen", "qwen3_nothink", "llama3"])
def test_the_chat_template_that_the_host_writes_gives_the_prompts_of_training(name: str, tmp_path: Path) -> None:
    tokens = tokenizer()
    compared = prompts.compare(host(name, tokens), tokens, tmp_path)
    assert compared.differing == {}
    assert "token by token" in compared.sentence()
    assert list(tmp_path.iterdir()) == []


# of a base model whose own template begins with another system message
OTHER = (
    "{{ '<|im_start|>system\\nBe brief.<|im_end|>\\n' if messages[0].role != 'system' else '' }}"
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def test_another_system_message_is_shown_where_it_begins_and_a_right_template_is_left(tmp_path: Path) -> None:
    tokens = tokenizer(OTHER)
    template = host("qwen", tokens)
    compared = prompts.compare(template, tokens, tmp_path)
    assert set(compared.differing) == {"one turn", "two turns"}  # with a system message both are the same
    told = compared.differing["one turn"].replace(" ", "")  # this tokenizer puts one between characters
    assert told == "trained…'Youare',served…'Bebrief'"
    assert "does NOT give the prompts that the model was trained" in compared.sentence()
    assert compared.remedy == prompts.TRAINED
    mended = (tmp_path / prompts.TRAINED).read_text(encoding="utf-8")
    assert prompts.differences(template, tokens, mended) == {}


def test_a_chat_template_that_refuses_a_system_message_says_so(tmp_path: Path) -> None:
    refusing = "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    tokens = tokenizer(refusing)
    compared = prompts.differences(host("qwen", tokens), tokens, refusing)
    assert compared["a system message"] == "refused (System role not supported)"


def test_a_tokenizer_without_a_chat_template_differs_in_everything() -> None:
    tokens = tokenizer()
    template = host("qwen", tokens)
    assert prompts.differences(template, tokens, None) == {"every conversation": "the tokenizer has no chat template"}
