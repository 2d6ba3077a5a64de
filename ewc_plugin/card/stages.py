"""How was a model trained? Its stages in a table, the keys of each, and what EWC held each of them to."""

from collections.abc import Mapping
from typing import Any

import yaml

from ewc_plugin.card.facts import Facts
from ewc_plugin.lineage import Stage
from ewc_plugin.report.columns import markdown, paragraph
from ewc_plugin.report.fidelity import CHINESE, ENGLISH, fidelity_rows
from ewc_plugin.report.sentences import named
from ewc_plugin.shapes import is_number, list_of, table_of

HEAD = ("阶段 stage", "数据 data", "条数 examples", "监督词元 supervised tokens", "步 steps", "λ", "保护 protects")


def section(facts: Facts) -> list[str]:
    """Absent where the stages were trained before such a record was kept."""
    if not facts.stages:
        return ["## 阶段 Stages", "没有训练记录。 No record of the stages: they were trained with an older version."]
    rows = [list(HEAD), *(_row(stage) for stage in facts.stages)]
    return ["## 阶段 Stages", markdown(rows), *(_keys(stage) for stage in facts.stages)]


def _row(stage: Stage) -> list[str]:
    data, trained, ewc = (table_of(stage.get(key)) for key in ("data", "trained_on", "ewc"))
    names = [str(table_of(one).get("dataset")) for one in list_of(data.get("inputs"))]
    groups = [table_of(one) for one in table_of(trained.get("trained")).values()]
    examples = sum(one["examples"] for one in groups if is_number(one.get("examples"))) if groups else None
    return [
        named(str(stage["label"])),
        _mixture(data) or ", ".join(names),
        _count(examples if groups else trained.get("sequences")),
        _count(trained.get("supervised_tokens_in_the_trainer")),
        "—" if stage.get("estimate") else _count(stage.get("steps")),
        _count(ewc.get("lambda")),
        ", ".join(map(str, list_of(ewc.get("protects")))) or "—",
    ]


def _mixture(data: Mapping[str, Any]) -> str:
    """`domain_mix 5:3:2`."""
    ratio = ":".join(f"{part:g}" for part in table_of(data.get("ratio")).values() if is_number(part))
    return f"{data['mixture']} {ratio}".strip() if data.get("mixture") else ""


def _count(value: object) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else f"{value:,}" if is_number(value) else "—"


def _keys(stage: Stage) -> str:
    """The keys that somebody who repeats the stage asks for, folded."""
    keys = {**table_of(stage.get("keys")), "processes": stage.get("processes")}
    text = yaml.safe_dump(keys, allow_unicode=True, sort_keys=False).replace("```", "'''")
    versions = ", ".join(f"{name} {version}" for name, version in table_of(stage.get("versions")).items())
    return (
        f"<details><summary>{paragraph(str(stage['label']))}: 配方 recipe</summary>\n\n```yaml\n{text}```\n\n"
        f"{paragraph(versions)}\n\n</details>"
    )


def penalty(facts: Facts) -> list[str]:
    """The anchor that lies beside the model, and how far its predictions came true."""
    parts = []
    if facts.anchor:
        terms = [table_of(term) for term in list_of(facts.anchor.get("terms"))]
        rows = [["F 的阶段 F of", "形式 form", "估计 estimator", "条数 examples", "监督词元 supervised tokens"]]
        rows += [
            [
                " + ".join(map(str, list_of(term.get("sum_of")) or [term.get("stage")])),
                str(term.get("form")),
                str(term.get("estimator")),
                _count(term.get("examples")),
                _count(term.get("tokens")),
            ]
            for term in terms
        ]
        parts += [
            "`ewc/` 是留给下一阶段的锚点。 The anchor in `ewc/` is for a next stage: space "
            f"{facts.anchor.get('space')}, {facts.anchor.get('stages', 'online')}.",
            markdown(rows),
        ]
    if facts.report and (found := fidelity_rows(facts.report.fidelity)):
        parts += [markdown(found), f"{CHINESE} {ENGLISH}"]
    return ["## EWC", *parts] if parts else []
