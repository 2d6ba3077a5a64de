"""Which score has each evaluation set after each stage, and what became better or worse? The matrix, coloured.

One row a set and one column a stage: there are dozens of sets and four stages, and a phone is narrow.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ewc_plugin.matrix import Matrix, better, headline
from ewc_plugin.report.changes import Change, Changes, loss_of
from ewc_plugin.report.markup import breakable, folded, note, scrolled, section, text
from ewc_plugin.report.metric_names import title, unit
from ewc_plugin.report.sentences import named

KEY = (
    ("b3", "好得多 much better"),
    ("b1", "略好 better"),
    ("zero", "没变或在误差之内 same, or within noise"),
    ("w1", "略差 worse"),
    ("w3", "差得多 much worse"),
)
Line = tuple[str, str]  # set and score
FEW_ITEMS = 5  # of so few a bootstrap interval says nothing


def heat_maps(matrix: Matrix, changes: Changes) -> str:
    key = "".join(f'<span class="{name}">{label}</span>' for name, label in KEY)
    about = note(
        "颜色和带符号的数字：与这个评测集此前最好的一列相比；* 表示配对检验超出误差"
        "（5%，对同一列的所有评测集作 Holm 校正）；方括号是 95% 区间。↓ 越小越好，↑ 越大越好。",
        "Colour and signed number: against the best earlier column of the set; * = beyond noise in a paired test (5 %, "
        "corrected after Holm for all sets of the column); brackets: 95 % interval. ↓ smaller is better, ↑ larger is "
        "better.",
    )
    names = [column["name"] for column in matrix["columns"]]
    first = {name: metric for name in names if (metric := headline(matrix, name))}
    losses = {column["name"]: loss_of(column) for column in matrix["columns"]}
    others = [(n, m) for n in names for m in _metrics(matrix, n) if m not in (losses[n], first.get(n))]
    parts = [
        f'<div class="key">{key}</div>\n{about}',
        "<h3>损失 <span class='en' lang='en'>loss in nats per supervised token ↓</span></h3>",
        _heat_map(matrix, changes, list(losses.items())),
    ]
    if first:
        parts.append("<h3>得分 <span class='en' lang='en'>first score of each task</span></h3>")
        parts.append(_heat_map(matrix, changes, list(first.items())))
    if others:
        parts.append(folded(f"其余得分 all other scores ({len(others)})", _heat_map(matrix, changes, others)))
    return section("矩阵", "Matrix", "\n".join(parts))


def _metrics(matrix: Matrix, name: str) -> list[str]:
    """Every score that the set has in any row, in the order of its cells."""
    cells = [row["cells"].get(name, {}) for row in matrix["rows"]]
    return list(dict.fromkeys(m for cell in cells if "failed" not in cell for m in cell))


def _heat_map(matrix: Matrix, changes: Changes, lines: Sequence[Line]) -> str:
    labels = "".join(f'<th scope="col">{text(named(row["label"]))}</th>' for row in matrix["rows"])
    about = {column["name"]: column for column in matrix["columns"]}
    stages = list(dict.fromkeys(column["stage"] for column in matrix["columns"]))
    body, stage = [], None
    for name, metric in sorted(lines, key=lambda line: stages.index(about[line[0]]["stage"])):
        if about[name]["stage"] != stage:
            stage = about[name]["stage"]
            body.append(
                f'<tr class="group"><th colspan="{1 + len(matrix["rows"])}" scope="rowgroup">'
                f"{text(named(stage))}</th></tr>"
            )
        body.append(_row(matrix, changes, about[name], metric))
    return scrolled(f"<tr><th></th>{labels}</tr>", body, columns=len(matrix["rows"]))


def _row(matrix: Matrix, changes: Changes, column: Mapping[str, Any], metric: str) -> str:
    name = column["name"]
    arrow = {"larger": " ↑", "smaller": " ↓", "neither": ""}[better(matrix, name, metric)]
    score = "" if metric == loss_of(column) == "loss" else f"<small>{text(title(metric) + arrow)}</small>"
    protected = " · 保护 protected" if column["protected"] else ""
    head = f'<th scope="row">{breakable(name)}{score}<small>{text(named(column["task"]))}{protected}</small></th>'
    cells = "".join(_cell(row, k, name, metric, changes) for k, row in enumerate(matrix["rows"]))
    return f"<tr>{head}{cells}</tr>"


def _cell(row: Mapping[str, Any], k: int, name: str, metric: str, changes: Changes) -> str:
    cell = row["cells"][name]
    if "failed" in cell:
        return f'<td class="failed">失败 failed: {text(cell["failed"])}</td>'
    if metric not in cell:
        return '<td class="zero">—</td>'
    score, change, digits = cell[metric], changes.against_best(k, name, metric), unit(metric).digits
    few = score["n"] <= FEW_ITEMS
    interval = f"n={score['n']}" if few else f"[{score['low']:.{digits}f}, {score['high']:.{digits}f}]"
    return (
        f'<td class="{colour(change, metric)}"><b>{score["value"]:.{digits}f}</b>'
        f"<small>{interval}</small><small>{_signed(change, digits)}</small></td>"
    )


def _signed(change: Change | None, digits: int) -> str:
    return "" if change is None else f"{change.delta:+.{digits}f}{'*' if change.beyond_noise else ''}"


def colour(change: Change | None, metric: str) -> str:
    """`b1`…`b3` better, `w1`…`w3` worse; `zero` without an earlier row, under the first step or within noise."""
    if change is None or (change.test is not None and not change.beyond_noise):
        return "zero"
    step = sum(abs(change.gain) >= edge for edge in unit(metric).steps)
    return f"{'b' if change.gain > 0 else 'w'}{step}" if step else "zero"
