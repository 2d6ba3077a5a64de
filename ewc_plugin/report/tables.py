"""Which numbers stand in the report's tables? Shared by the page, the Markdown summary and the terminal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ewc_plugin.forgetting import Table, measured, scored, summary, table
from ewc_plugin.matrix import Matrix, headline
from ewc_plugin.report.changes import Changes, loss_of
from ewc_plugin.report.metric_names import unit
from ewc_plugin.report.sentences import named


@dataclass(frozen=True)
class Definition:
    """One number and, in a line each, what it is."""

    name: str
    value: str
    chinese: str
    english: str


def complete_table(matrix: Matrix) -> tuple[Table | None, list[str]]:
    """The losses of the columns that every row has, and the names of the columns that some row lacks.

    Of multiple choice and minimal pairs the loss of the right option among the options.
    """
    losses = {column["name"]: loss_of(column) for column in matrix["columns"]}
    known = {n: m for n, m in losses.items() if any(m in row["cells"].get(n, {}) for row in matrix["rows"])}
    whole = {n: m for n, m in known.items() if all(m in row["cells"][n] for row in matrix["rows"])}
    return (table(matrix, whole) if whole else None), [n for n in known if n not in whole]


def complete_scores(matrix: Matrix) -> Table | None:
    """The first scores of the columns that every row has."""
    rows = matrix["rows"]
    whole = {n: metric for n, metric in scored(matrix).items() if all(metric in row["cells"][n] for row in rows)}
    return table(matrix, whole) if whole else None


def definition_rows(losses: Table, scores: Table | None) -> list[list[str]]:
    """Name, of losses, of first scores where there are any, and what it is: a table with its header."""
    firsts = definitions(scores) if scores else [None] * len(definitions(losses))
    head = ["", "of losses", "of first scores", ""] if scores else ["", "", ""]
    body = [
        [d.name, d.value, *([first.value] if first else []), d.english]
        for d, first in zip(definitions(losses), firsts, strict=True)
    ]
    return [head, *body]


def definitions(scores: Table) -> list[Definition]:
    numbers = summary(scores)
    return [
        Definition(
            "平均 average",
            " → ".join(map(_signed, numbers.average)),
            "A_k：第 k 阶段之后各评测集分数的平均（从基座开始）",
            "A_k: mean score over the sets after each stage, from the base model on",
        ),
        Definition(
            "后向迁移 BWT",
            _signed(numbers.backward_transfer),
            "最后一行减去该集所属阶段刚学完时，旧集的平均；负数为忘",
            "last row minus the row of the set's own stage, mean over older sets; negative = forgotten",
        ),
        Definition(
            "遗忘 forgetting F",
            _signed(numbers.mean_forgetting),
            "此前最好的一行减去最后一行，旧集的平均；正数为忘",
            "best earlier row minus last row, mean over older sets; positive = forgotten",
        ),
        Definition(
            "前向迁移 FWT",
            _signed(numbers.forward_transfer),
            "该集所属阶段开始之前减去基座，平均",
            "just before the set's own stage minus base row, mean",
        ),
        Definition(
            "可塑性 plasticity",
            _signed(numbers.mean_plasticity),
            "该集所属阶段学完减去开始之前，平均",
            "after the set's own stage minus before it, mean",
        ),
    ]


def _signed(value: float | None) -> str:
    return "—" if value is None else f"{value:+.3f}"


def loss_rows(matrix: Matrix, changes: Changes) -> list[list[str]]:
    """The loss of each set after each stage, as text; `*` marks a change beyond noise."""
    lines = [(column["name"], loss_of(column)) for column in matrix["columns"]]
    return _score_rows(matrix, changes, [line for line in lines if line[0] in measured(matrix, line[1])], "loss")


def first_score_rows(matrix: Matrix, changes: Changes) -> list[list[str]]:
    """The first score of each set that has one; empty where none has."""
    lines = [(c["name"], metric) for c in matrix["columns"] if (metric := headline(matrix, c["name"]))]
    return _score_rows(matrix, changes, lines, "score") if lines else []


def _score_rows(matrix: Matrix, changes: Changes, lines: Sequence[tuple[str, str]], title: str) -> list[list[str]]:
    rows = [
        [
            name if metric == "loss" else f"{name} {metric}",
            *(_score(changes, k, name, metric) for k in range(len(matrix["rows"]))),
        ]
        for name, metric in lines
    ]
    return [[title, *(named(row["label"]) for row in matrix["rows"])], *rows]


def _score(changes: Changes, k: int, name: str, metric: str) -> str:
    cell, digits = changes.matrix["rows"][k]["cells"][name], unit(metric).digits
    if metric not in cell:
        return "failed" if "failed" in cell else "—"
    change = changes.against_best(k, name, metric)
    value = f"{cell[metric]['value']:.{digits}f}"
    return f"{value} ({change.delta:+.{digits}f}{'*' if change.beyond_noise else ''})" if change else value


def not_measured(matrix: Matrix) -> list[str]:
    """Measures that failed where their set did not, and why."""
    return [
        f"{row['label']}, {name}: {reason}"
        for row in matrix["rows"]
        for name, cell in row["cells"].items()
        if "loss" in cell
        for reason in cell["loss"].get("not_measured", ())
    ]


def curve_names(curves: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Which scalars are drawn, in which colour: the task loss and everything that is ours."""
    wanted = [(key, 1) for key in ("loss", "eval_loss") if key in curves]
    return wanted + [(key, 2) for key in sorted(curves) if key.startswith("ewc/")]


def mixture_rows(trained_on: Mapping[str, Any]) -> list[list[str]]:
    """Planned beside really trained, per group, with the share of what the loss saw."""
    planned, trained = trained_on.get("planned") or {}, trained_on.get("trained") or {}
    header = [
        "组 group",
        "计划条数 planned",
        "占比 share",
        "训练条数 trained",
        "占比 share",
        "监督词元 supervised tokens",
        "占比 share",
        "丢弃 dropped",
        "截断 truncated",
    ]
    groups = list(dict.fromkeys([*planned, *trained]))
    plan = [planned.get(g, {}).get("examples") for g in groups]
    examples = [trained.get(g, {}).get("examples") for g in groups]
    tokens = [trained.get(g, {}).get("supervised_tokens") for g in groups]
    return [header] + [
        [
            named(group),
            _count(plan[i]),
            _share(plan, i),
            _count(examples[i]),
            _share(examples, i),
            _count(tokens[i]),
            _share(tokens, i),
            _count(trained.get(group, {}).get("dropped")),
            _count(trained.get(group, {}).get("truncated")),
        ]
        for i, group in enumerate(groups)
    ]


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int | float) else "—"


def _share(values: Sequence[float | None], i: int) -> str:
    value, whole = values[i], sum(v for v in values if v is not None)
    return f"{100 * value / whole:.1f} %" if value is not None and whole else "—"
