"""What was a model trained on, and what does that oblige to? Datasets with weights and licences, of every stage."""

from typing import Any

from ewc_plugin.card.facts import Facts
from ewc_plugin.lineage import Stage
from ewc_plugin.report.columns import markdown, paragraph
from ewc_plugin.report.sentences import named
from ewc_plugin.shapes import is_number, list_of, table_of

HEAD = ("数据集 dataset", "组 group", "权重 weight", "取用 taken", "重复 repeats", "许可 licence", "来源 origin")


def section(facts: Facts) -> list[str]:
    """The last stage's data in full, those before it folded; the obligations of all."""
    known = [stage for stage in facts.stages if list_of(table_of(stage.get("data")).get("inputs"))]
    if not known:
        return []
    tables = [f"<details><summary>{paragraph(_title(s))}</summary>\n\n{_table(s)}\n\n</details>" for s in known[:-1]]
    return [
        "## 数据与许可 Data and licences",
        paragraph(_title(known[-1])),
        _table(known[-1]),
        *tables,
        *obligations(known),
    ]


def _title(stage: Stage) -> str:
    data = table_of(stage.get("data"))
    name = f": {data['mixture']}, seed {data.get('seed')}" if data.get("mixture") else ""
    return f"{named(str(stage['label']))}{name}"


def _table(stage: Stage) -> str:
    rows = [_row(table_of(one)) for one in list_of(table_of(stage.get("data")).get("inputs"))]
    return markdown([list(HEAD), *rows])


def _row(one: dict[str, Any]) -> list[str]:
    weight, taken, repeats = (one.get(key) for key in ("weight", "taken", "repeats"))
    return [
        str(one.get("dataset")),
        named(str(one["group"])) if one.get("group") else "—",
        f"{weight:g}" if is_number(weight) else "—",
        f"{taken:,}" if is_number(taken) else "—",
        f"{repeats:,}" if is_number(repeats) else "—",
        str(one.get("licence") or "未注明 not stated"),
        str(one.get("origin") or one.get("hf_hub_url") or one.get("ms_hub_url") or "—"),
    ]


def obligations(stages: list[Stage]) -> list[str]:
    """As `python -m converters licences` counted them when each mixture was built, from the records themselves."""
    lines: list[str] = []
    for stage in stages:
        found = list_of(table_of(table_of(stage.get("data")).get("licences")).get("obligations"))
        if found:
            told = "\n".join(f"  - {paragraph(str(line).strip())}" for line in found)
            lines.append(f"- {paragraph(_title(stage))}\n{told}")
    counted = "\n".join(lines) or (
        "- 未逐条统计；重新混合后训练，或运行 `python -m converters licences`。 "
        "Not counted record by record: build the "
        "mixtures anew, or run `python -m converters licences`."
    )
    return [
        "这些数据的许可要求如下；基座模型的许可同样适用。这不是法律意见。 "
        "What the licences of these data ask for, counted "
        "from the records; the terms of the base model hold too. No legal advice.",
        counted,
        "按许可要求署名的名单：`python -m converters licences <mixture> --attributions FILE`。 "
        "Whom to name, one a line: "
        "that command, with the mixture's name.",
    ]
