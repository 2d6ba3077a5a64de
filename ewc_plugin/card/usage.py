"""How is a model asked so that it answers as it was trained? Commands for LLaMA-Factory and vLLM, with its template."""

import shlex

from ewc_plugin.card.facts import Facts
from ewc_plugin.export.prompts import Compared
from ewc_plugin.shapes import table_of


def section(facts: Facts) -> list[str]:
    host = _host_keys(facts)
    return [
        "## 使用 How to load",
        f"训练所用的模板是 `{facts.template}`，换一个模板回答会变差。 "
        f"The template of training is `{facts.template}`; with "
        "another one the answers get worse.",
        _shell(
            f"llamafactory-cli chat {host}",
            f"API_PORT=8000 llamafactory-cli api {host}",
        ),
        *_vllm(facts),
        *([_prompts(facts.prompts)] if facts.prompts else []),
        "`ewc/` 与 `stage_eval/` 只用于继续训练和核对：推理不需要；其中有训练与评测的原文，公开发布前请删去。 "
        "`ewc/` and `stage_eval/` are for further stages and for checking; a server needs neither. They hold texts of "
        "training and evaluation: leave both out when you publish the model.",
    ]


def _host_keys(facts: Facts) -> str:
    own = _quoted(str(facts.folder))
    model = f"--model_name_or_path {_quoted(facts.serves)} --adapter_name_or_path {own}"
    return f"{model if facts.kind == 'adapter' else f'--model_name_or_path {own}'} --template {facts.template}"


def _vllm(facts: Facts) -> list[str]:
    """Sampling as vLLM has it by itself, not as the base model's generation_config.json has it."""
    own, common = _quoted(str(facts.folder)), "--generation-config vllm"
    if facts.kind != "adapter":
        remedy = facts.prompts.remedy if facts.prompts else None
        chosen = f" --chat-template {_quoted(str(facts.folder / remedy))}" if remedy else ""
        return [_shell(f"vllm serve {own} {common}{chosen}")]
    rank = max([16, *(table_of(s.get("keys")).get("lora_rank") or 0 for s in facts.stages)])
    # below an adapter vLLM has the base model's tokenizer, whose chat template may be another one, or none
    words = f"--enable-lora --max-lora-rank {rank} --lora-modules {_quoted(facts.name)}={own}"
    remedy = facts.prompts.remedy if facts.prompts else None
    template = _quoted(str(facts.folder / (remedy or "chat_template.jinja")))
    return [_shell(f"vllm serve {_quoted(facts.serves)} {common} {words} --chat-template {template}")]


def _prompts(compared: Compared) -> str:
    sentence = compared.sentence()
    return f"**{sentence}**" if compared.differing else sentence[:1].upper() + sentence[1:] + "."


def _quoted(word: str) -> str:
    return shlex.quote(word)


def _shell(*lines: str) -> str:
    return "```shell\n" + "\n".join(lines) + "\n```"
