"""How much was learned and forgotten, by which definition, and per task over the stages?"""

from collections.abc import Sequence
from statistics import fmean

from ewc_plugin.forgetting import Table
from ewc_plugin.forgetting import forgetting as forgotten
from ewc_plugin.matrix import Matrix
from ewc_plugin.report.markup import folded, legend, note, plain_row, section, table, text
from ewc_plugin.report.sentences import named
from ewc_plugin.report.svg import COLOURS, Point, curves_chart
from ewc_plugin.report.tables import Definition, complete_scores, complete_table, definitions


def learning_section(matrix: Matrix) -> str:
    scores, left_out = complete_table(matrix)
    if scores is None or scores.last == 0:
        return ""
    firsts = complete_scores(matrix)
    about = note(
        "损失的符号已反转：数字越大越好，只有遗忘 F 是越小越好。选择题和语法用正确选项相对于其他选项的损失。",
        "Losses enter with their sign turned: larger is better, except forgetting F, where smaller is. Of multiple "
        "choice and minimal pairs it is the loss of the right option among the options.",
    )
    gaps = note(f"没有算进来：{', '.join(left_out)}。", "left out: a cell failed.") if left_out else ""
    mixed = (
        note(
            f"得分：{len(firsts.columns)} 个评测集各自的首要得分，满分为 1（BLEU 与 chrF 除以 100）。"
            "不同的量取平均只能看大势，细处看矩阵。",
            "Scores: the first score of each set, 1 is perfect (BLEU and chrF by 100). A mean of different measures "
            "shows the drift alone; the matrix shows where it comes from.",
        )
        if firsts
        else ""
    )
    numbers = _definition_list(definitions(scores), definitions(firsts) if firsts else None)
    parts = [about, gaps, mixed, numbers, _per_task(scores, matrix), _per_set(scores), _per_set(firsts, of="score")]
    return section("学与忘", "Learning and forgetting", "\n".join(part for part in parts if part))


def _definition_list(losses: Sequence[Definition], scores: Sequence[Definition] | None) -> str:
    # a list and not a table: on a phone the definitions would stand outside the screen
    firsts: Sequence[Definition | None] = scores or [None] * len(losses)
    rows = "\n".join(
        f"<div><dt>{text(d.name)}</dt><dd>{_values(d, first)}<small>{text(d.chinese)}</small>"
        f'<small lang="en">{text(d.english)}</small></dd></div>'
        for d, first in zip(losses, firsts, strict=True)
    )
    return f'<dl class="numbers">\n{rows}\n</dl>'


def _values(of_losses: Definition, of_scores: Definition | None) -> str:
    if of_scores is None:
        return text(of_losses.value)
    return f"损失 loss {text(of_losses.value)}<br>得分 score {text(of_scores.value)}"


def per_task(scores: Table, matrix: Matrix) -> dict[str, list[Point]]:
    """F_k(j) of each task, the mean over its sets, for k = 1 … T; the tasks that forgot most at the end first."""
    tasks = {column["name"]: column["task"] for column in matrix["columns"]}
    of = {task: [j for j, name in enumerate(scores.columns) if tasks[name] == task] for task in tasks.values()}
    curves = {
        task: [(float(k), fmean(forgotten(scores, k, j) for j in sets)) for k in range(1, len(scores.rows))]
        for task, sets in of.items()
        if sets
    }
    return dict(sorted(curves.items(), key=lambda pair: -pair[1][-1][1]))


def _per_task(scores: Table, matrix: Matrix) -> str:
    """A chart from the second stage on, and the same numbers as a table."""
    curves = per_task(scores, matrix)
    rows = [[named(task), *(f"{value:+.3f}" for _, value in points)] for task, points in curves.items()]
    head = ["", *(named(label) for label in scores.rows[1:])]
    numbers = table(head, [plain_row(row) for row in rows])
    heading = '<h3>各类任务的遗忘 <span class="en" lang="en">forgetting F per task, after each stage</span></h3>'
    if len(scores.rows) < 3:
        return f"{heading}\n{numbers}"
    shown = dict(list(curves.items())[:COLOURS])
    chart = curves_chart(shown, title="forgetting per task", x_label="阶段 stage", y_label="遗忘 F (nats)", whole=True)
    names = legend([named(task) for task in shown])
    return f'{heading}\n<div class="charts"><figure>{chart}{names}</figure></div>\n{numbers}'


def _per_set(scores: Table | None, of: str = "loss") -> str:
    if scores is None:
        return ""
    rows = [
        [name, *(f"{forgotten(scores, k, j):+.3f}" for k in range(1, len(scores.rows)))]
        for j, name in enumerate(scores.columns)
    ]
    body = table(["", *(named(label) for label in scores.rows[1:])], [plain_row(row) for row in rows])
    what = {"loss": "损失 loss", "score": "首要得分 first score"}[of]
    return folded(f"每个评测集的遗忘 forgetting of every set · {what} ({len(rows)})", body)
