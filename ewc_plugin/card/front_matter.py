"""What does a hub read at the head of a model card? YAML by huggingface_hub, from what is known and nothing else."""

import re

from huggingface_hub import ModelCardData

from ewc_plugin.card.facts import HUB_NAME, Facts, is_hub_name
from ewc_plugin.shapes import list_of, table_of

ADDRESS = re.compile(r"https://huggingface\.co/datasets/([\w.-]+/[\w.-]+)")
TAGS = ("llama-factory", "ewc", "continual-learning", "chinese")


def front_matter(facts: Facts) -> str:
    """Licence `other`: the base model's and the data's terms both hold, and no identifier says so."""
    adapter = facts.kind == "adapter"
    lora = adapter or facts.kind == "merged"
    data = ModelCardData(
        language="zh",
        license="other",
        license_name="terms-of-base-model-and-data",
        base_model=facts.base_on_hub,
        base_model_relation=("adapter" if adapter else "finetune") if facts.base_on_hub else None,
        library_name="peft" if adapter else "transformers",
        pipeline_tag="text-generation",
        datasets=datasets(facts) or None,
        tags=[*TAGS, *(["lora"] if lora else [])],
    )
    return f"{data.to_yaml()}\n"


def datasets(facts: Facts) -> list[str]:
    """Names on the hub of what the stages were trained on, by the addresses that their sources declare."""
    found: dict[str, None] = {}
    for stage in facts.stages:
        for one in map(table_of, list_of(table_of(stage.get("data")).get("inputs"))):
            found |= dict.fromkeys(ADDRESS.findall(str(one.get("origin", ""))))
            address = str(one.get("hf_hub_url", ""))
            if HUB_NAME.fullmatch(address) and is_hub_name(address):
                found[address] = None
    return list(found)
