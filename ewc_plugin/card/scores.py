"""How good is a model at each task, and what did each stage change? The matrix with n and intervals."""

from collections.abc import Sequence

from ewc_plugin.forgetting import measured
from ewc_plugin.matrix import Matrix, headline
from ewc_plugin.report.changes import Changes, loss_of
from ewc_plugin.report.columns import markdown, paragraph
from ewc_plugin.report.data import ReportData
from ewc_plugin.report.metric_names import unit
from ewc_plugin.report.sentences import named, sentences
from ewc_plugin.report.tables import not_measured


def said(matrix: Matrix, changes: Changes) -> list[str]:
    """The report's own sentences."""
    told = [paragraph(text) for one in sentences(matrix, changes) for text in (one.chinese, one.english)]
    return ["## 学到了什么，忘了什么 What was learned, what was forgotten", *told]


def section(report: ReportData, changes: Changes) -> list[str]:
    matrix = report.matrix
    losses = [(c["name"], loss_of(c)) for c in matrix["columns"] if c["name"] in measured(matrix, loss_of(c))]
    scores = [(c["name"], metric) for c in matrix["columns"] if (metric := headline(matrix, c["name"]))]
    tables = [markdown(rows(matrix, changes, lines)) for lines in (losses, scores) if lines]
    return [
        "## 评测 Evaluation",
        "每行一个评测集，每列是该阶段之后；方括号内为 95% 区间，`*` 为与此前最好的一列相比超出误差的变化。"
        "损失的单位是每个词元的 "
        "nats，越小越好。 "
        "One evaluation set a row, the model after each stage a column, with 95 % intervals; `*` is a "
        "change against the best column before that is beyond noise. Losses are in nats a token, less is better. Every "
        "score has its signature in `stage_eval/matrix.json`.",
        *tables,
        *(paragraph(line) for line in [*not_measured(matrix), *matrix["notes"], *report.unread]),
    ]


def rows(matrix: Matrix, changes: Changes, lines: Sequence[tuple[str, str]]) -> list[list[str]]:
    """A header, then for each set and score its number of items and its value in every row of the matrix."""
    head = ["", "n", *(named(row["label"]) for row in matrix["rows"])]
    ways = range(len(matrix["rows"]))
    return [head, *([f"{n} {m}", _items(matrix, n, m), *(_value(changes, k, n, m) for k in ways)] for n, m in lines)]


def _items(matrix: Matrix, name: str, metric: str) -> str:
    found = {str(row["cells"][name][metric]["n"]) for row in matrix["rows"] if metric in row["cells"].get(name, {})}
    return "/".join(sorted(found))


def _value(changes: Changes, k: int, name: str, metric: str) -> str:
    cell, digits = changes.matrix["rows"][k]["cells"][name], unit(metric).digits
    if metric not in cell:
        return "failed" if "failed" in cell else "—"
    score, change = cell[metric], changes.against_best(k, name, metric)
    star = "*" if change and change.beyond_noise else ""
    return f"{score['value']:.{digits}f}{star} [{score['low']:.{digits}f}, {score['high']:.{digits}f}]"
