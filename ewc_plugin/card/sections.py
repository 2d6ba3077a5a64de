"""What stands in a model card? The sections one after another, in Markdown: tables and sentences, no charts."""

from collections.abc import Iterator

from ewc_plugin.card import data, scores, stages, usage
from ewc_plugin.card.facts import Facts
from ewc_plugin.report.changes import Changes
from ewc_plugin.report.columns import paragraph

MADE_BY = "[LLaMA-Factory](https://github.com/hiyouga/LLaMA-Factory) 与 llamafactory-ewc"
KINDS = {
    "adapter": ("LoRA 适配器，基座为", "LoRA adapter for"),
    "merged": ("合并了 LoRA 的完整模型，基座为", "Whole model, with its LoRA merged into"),
    "full": ("全参数微调的完整模型，基座为", "Whole model, all weights tuned, from"),
}


def body(facts: Facts) -> str:
    """Everything below the YAML head."""
    changes = Changes(facts.report.matrix) if facts.report else None  # the tests are most of the time
    parts = [f"# {paragraph(facts.name)}", *_opening(facts)]
    if facts.report and changes:
        parts += scores.said(facts.report.matrix, changes)
    parts += stages.section(facts)
    parts += data.section(facts)
    if facts.report and changes:
        parts += scores.section(facts.report, changes)
    parts += stages.penalty(facts)
    parts += usage.section(facts)
    parts += limits(facts)
    return "\n\n".join(parts) + "\n"


def _opening(facts: Facts) -> Iterator[str]:
    chinese, english = KINDS[facts.kind]
    rows = facts.report.matrix["rows"][1:] if facts.report else []
    labels = [paragraph(str(stage["label"])) for stage in facts.stages or rows]
    base, names = paragraph(facts.base or "?"), " → ".join(labels)
    yield f"{chinese} `{base}`，经 {len(labels)} 个阶段（{names}）训练，工具：{MADE_BY}。"
    yield (
        f"{english} `{base}`, trained in {len(labels)} stage{'s' * (len(labels) != 1)} ({names}) with "
        f"{MADE_BY.replace(' 与 ', ' and ')}, whose EWC penalty holds back what earlier stages learned."
    )


def limits(facts: Facts) -> list[str]:
    """What this card cannot promise, with this model's own numbers where there are any."""
    told = [
        "EWC 只保护估计 Fisher 信息时用到的数据所体现的能力，其余能力可能悄悄变差。 "
        "EWC protects what the data of F show; "
        "abilities that no evaluation set measures may have been lost unseen.",
        "区间来自评测条目的重抽样，不含训练随机性；换一个随机种子，结果会变。 "
        "Intervals are over evaluation items, not over "
        "runs: another seed gives other numbers.",
        "没有做过安全性、偏见与事实性评测；请勿直接用于医疗、法律等场合。 "
        "Not evaluated for safety, bias or factual accuracy.",
    ]
    if facts.report is None:
        told.insert(
            0,
            "没有阶段评测，学到与忘掉多少都不知道。 No stage evaluation: nothing is known of what was learned or lost.",
        )
    elif missing := facts.report.matrix["not_built"]:
        told.append(
            f"有 {len(missing)} 个登记的评测集没有转换，未测。 "
            f"{len(missing)} registered evaluation sets were not built and "
            "so not measured."
        )
    if facts.quantised and facts.kind != "adapter":
        told.append(
            "训练与评测都在量化的基座上进行，合并则是合进 16 位的基座：分数可能与表中略有不同。 "
            "Trained and measured on a "
            "quantised base, merged into the 16-bit one: its own scores may differ a little from the table."
        )
    return ["## 局限 Limits", "\n".join(f"- {line}" for line in told)]
