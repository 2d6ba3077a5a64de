"""How does the report look in a browser? One self-contained page: no network, no script, Chinese and English.

Every text that came from a model, a data set or a file passes through `text`.
"""

import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ewc_plugin.forgetting import Table
from ewc_plugin.forgetting import forgetting as forgotten
from ewc_plugin.report import comparison as runs
from ewc_plugin.report import fidelity
from ewc_plugin.report.changes import Change, Changes
from ewc_plugin.report.data import ReportData, Sample
from ewc_plugin.report.sentences import FEW, named, sentences
from ewc_plugin.report.svg import Mark, interval_chart, line_chart
from ewc_plugin.report.tables import Definition, complete_table, curve_names, definitions, mixture_rows

STYLE = Path(__file__).with_name("report.css")

# upper edges of the colour steps: nats per token for losses, points for BLEU and chrF
STEPS = {"loss": (0.01, 0.05, 0.2), "bleu": (0.5, 2.0, 5.0), "chrf": (0.5, 2.0, 5.0)}
NAMES = {"loss": "损失 loss per token", "bleu": "BLEU", "chrf": "chrF++"}


def text(value: object) -> str:
    return escape(str(value), quote=True)


def page(data: ReportData) -> str:
    changes = Changes(data.matrix)
    parts = [
        _head(data),
        _sentences(data, changes),
        _comparison(data),
        _heat_maps(data, changes),
        _forgetting(data),
        _curves(data),
        _mixture(data),
        _fidelity(data),
        _facts(data),
        _samples(data),
        _gaps(data),
    ]
    title = text("阶段评测 · " + " → ".join(row["label"] for row in data.matrix["rows"]))
    head = (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>\n"
    )
    return head + "\n".join(part for part in parts if part) + "\n</body>\n</html>\n"


def _section(chinese: str, english: str, body: str) -> str:
    return f'<section>\n<h2>{text(chinese)} <span class="en" lang="en">{text(english)}</span></h2>\n{body}\n</section>'


def _table(head: Sequence[str], rows: Sequence[str]) -> str:
    """Cells of the header are text; rows are ready markup."""
    names = "".join(f'<th scope="col">{_breakable(name)}</th>' for name in head)
    return _scrolled(f"<tr>{names}</tr>", rows)


def _scrolled(head: str, rows: Sequence[str]) -> str:
    body = "\n".join(rows)
    return f'<div class="scroll"><table>\n<thead>{head}</thead>\n<tbody>\n{body}\n</tbody>\n</table></div>'


def _note(chinese: str, english: str) -> str:
    return f'<p class="note">{text(chinese)} <span lang="en">{text(english)}</span></p>'


def _head(data: ReportData) -> str:
    stages = " → ".join(named(row["label"]) for row in data.matrix["rows"])
    base = ", ".join(str(value) for value in data.matrix["base"].values())
    return (
        f'<header>\n<h1>阶段评测 <span class="en" lang="en">Stage evaluation</span></h1>\n<p>{text(stages)}</p>\n'
        f'<p class="note path">{text(base)}</p>\n</header>'
    )


def _sentences(data: ReportData, changes: Changes) -> str:
    said = "\n".join(
        f'<p>{text(s.chinese)}</p>\n<p class="en" lang="en">{text(s.english)}</p>'
        for s in sentences(data.matrix, changes)
    )
    return f'<section class="says">\n{said}\n</section>'


def _heat_maps(data: ReportData, changes: Changes) -> str:
    maps = [_heat_map(data, changes, metric) for metric in ("loss", "bleu", "chrf")]
    key = "".join(
        f'<span class="{name}">{label}</span>'
        for name, label in (
            ("b3", "好得多 much better"),
            ("b1", "略好 better"),
            ("zero", "没变或在误差之内 same, or within noise"),
            ("w1", "略差 worse"),
            ("w3", "差得多 much worse"),
        )
    )
    note = _note(
        "颜色和带符号的数字：与这一列此前最好的一行相比；* 表示配对检验超出误差；方括号是 95% 区间。",
        "Colour and signed number: against the best earlier row of the column; * = beyond noise in a paired test; "
        "brackets: 95 % interval. A smaller loss is better, a larger BLEU or chrF is better.",
    )
    return _section("矩阵", "Matrix", f'<div class="key">{key}</div>\n{note}\n' + "\n".join(maps))


def _heat_map(data: ReportData, changes: Changes, metric: str) -> str:
    rows = data.matrix["rows"]
    columns = [c for c in data.matrix["columns"] if any(metric in r["cells"][c["name"]] for r in rows)]
    if not columns:
        return ""
    head = "".join(_column_head(column) for column in columns)
    body = [
        f'<tr><th scope="row">{text(named(row["label"]))}</th>'
        + "".join(_heat_cell(row, k, c["name"], metric, changes) for c in columns)
        + "</tr>"
        for k, row in enumerate(rows)
    ]
    return f"<h3>{text(NAMES[metric])}</h3>\n" + _scrolled(f"<tr><th></th>{head}</tr>", body)


def _column_head(column: Mapping[str, Any]) -> str:
    protected = " · 保护 protected" if column["protected"] else ""
    about = f"{named(column['task'])}<br>{named(column['stage'])}"
    escaped = "<br>".join(text(part) for part in about.split("<br>"))
    return f'<th scope="col">{_breakable(column["name"])}<small>{escaped}{protected}</small></th>'


def _breakable(name: str) -> str:
    """A long name may go on in the next line after an underscore, so that a phone shows more than one column."""
    return "<wbr>".join(text(part) for part in re.split(r"(?<=_)", name))


def _heat_cell(row: Mapping[str, Any], k: int, name: str, metric: str, changes: Changes) -> str:
    cell = row["cells"][name]
    if metric not in cell:
        return f'<td class="failed">失败 failed: {text(cell.get("failed", "—"))}</td>'
    score, change = cell[metric], changes.against_best(k, name, metric)
    digits = 3 if metric == "loss" else 1
    interval = f"[{score['low']:.{digits}f}, {score['high']:.{digits}f}]"
    return (
        f'<td class="{_colour(change, metric)}"><b>{score["value"]:.{digits}f}</b>'
        f"<small>{interval}</small><small>{_signed(change, digits)}</small></td>"
    )


def _signed(change: Change | None, digits: int) -> str:
    return "" if change is None else f"{change.delta:+.{digits}f}{'*' if change.beyond_noise else ''}"


def _colour(change: Change | None, metric: str) -> str:
    """`b1`…`b3` better, `w1`…`w3` worse; `zero` without an earlier row, under the first step or within noise."""
    if change is None or (change.test is not None and not change.test.beyond_noise):
        return "zero"
    better = change.delta < 0 if metric == "loss" else change.delta > 0
    step = sum(abs(change.delta) >= edge for edge in STEPS[metric])
    return f"{'b' if better else 'w'}{step}" if step else "zero"


def _forgetting(data: ReportData) -> str:
    scores, left_out = complete_table(data.matrix)
    if scores is None or scores.last == 0:
        return ""
    numbers = _definition_table(definitions(scores))
    note = _note(
        "由损失算出，符号已反转：数字越大越好，只有遗忘 F 是越小越好。",
        "Computed from losses with their sign turned: larger is better, except forgetting F, where smaller is.",
    )
    gaps = _note(f"没有算进来：{', '.join(left_out)}。", "left out: a cell failed.") if left_out else ""
    return _section("学与忘", "Learning and forgetting", f"{note}\n{gaps}\n{numbers}\n{_per_column(scores)}")


def _definition_table(numbers: Sequence[Definition]) -> str:
    # a list and not a table: on a phone the definitions would stand outside the screen
    rows = "\n".join(
        f"<div><dt>{text(d.name)}</dt><dd>{text(d.value)}<small>{text(d.chinese)}</small>"
        f'<small lang="en">{text(d.english)}</small></dd></div>'
        for d in numbers
    )
    return f'<dl class="numbers">\n{rows}\n</dl>'


def _per_column(scores: Table) -> str:
    """F_k(j): how far column j is, after stage k, below the best it had been before."""
    title = '遗忘 F<sub>k</sub>(j) <span class="en" lang="en">forgetting per set, after each stage</span>'
    rows = [
        [
            named(scores.rows[k]),
            *(f"{forgotten(scores, k, j):+.3f}" for j in range(len(scores.columns))),
        ]
        for k in range(1, len(scores.rows))
    ]
    return f"<h3>{title}</h3>\n" + _table(["", *scores.columns], [_plain_row(row) for row in rows])


def _curves(data: ReportData) -> str:
    charts = "\n".join(
        f"<figure>{line_chart(data.curves[key], title=key, x_label='步 step', series=series)}"
        f"<figcaption>{text(key)}</figcaption></figure>"
        for key, series in curve_names(data.curves)
    )
    return _section("训练曲线", "Training curves", f'<div class="charts">\n{charts}\n</div>') if charts else ""


def _mixture(data: ReportData) -> str:
    if data.trained_on is None:
        return ""
    rows = mixture_rows(data.trained_on)
    agrees = data.trained_on.get("agrees_with_the_trainer") is not False
    warning = _note("注意：这里的计数与训练器的不一致。", "The counts do not agree with the trainer's.")
    name = _note(f"混合数据集：{data.trained_on.get('mixture')}", "the mixture, as planned and as really trained on")
    table = _table(rows[0], [_plain_row(row) for row in rows[1:]])
    return _section("真正训练的数据", "What was really trained on", name + ("" if agrees else warning) + table)


def _plain_row(row: Sequence[str]) -> str:
    return f'<tr><th scope="row">{text(row[0])}</th>' + "".join(f"<td>{text(v)}</td>" for v in row[1:]) + "</tr>"


def _fidelity(data: ReportData) -> str:
    rows = fidelity.fidelity_rows(data.fidelity)
    if not rows:
        return ""
    table = _table(rows[0], [_plain_row(row) for row in rows[1:]])
    return _section("Fisher 保真度", "Fisher fidelity", _note(fidelity.CHINESE, fidelity.ENGLISH) + table)


def _facts(data: ReportData) -> str:
    rows = "\n".join(f"<div><dt>{text(key)}</dt><dd>{text(value)}</dd></div>" for key, value in data.ewc.items())
    return _section("EWC 记录", "EWC facts", f'<dl class="numbers">\n{rows}\n</dl>') if rows else ""


def _samples(data: ReportData) -> str:
    if not data.samples:
        return ""
    labels = [row["label"] for row in data.matrix["rows"]]
    body = "\n".join(
        f"<h3>{text(name)}</h3>\n" + "\n".join(_sample(sample, labels) for sample in found)
        for name, found in data.samples.items()
    )
    return _section("同一题，各阶段的回答", "The same prompts after each stage", body)


def _sample(sample: Sample, labels: Sequence[str]) -> str:
    given = [("题目 prompt", sample.prompt), ("参考 reference", sample.reference)]
    answered = [(named(label), answer) for label, answer in zip(labels, sample.answers, strict=True)]
    pairs = "".join(f'<dt>{text(k)}</dt><dd class="given">{text(v)}</dd>' for k, v in given)
    pairs += "".join(f"<dt>{text(k)}</dt><dd>{_answer(v)}</dd>" for k, v in answered)
    return f'<div class="sample"><dl>{pairs}</dl></div>'


def _answer(answer: str | None) -> str:
    if answer is None:
        return '<span class="note">（已不在 not kept）</span>'
    return text(answer) if answer else '<span class="note">（空 empty）</span>'


def _comparison(data: ReportData) -> str:
    return comparison_section(data.comparison) if data.comparison else ""


def comparison_section(compared: runs.Comparison) -> str:
    """Old and new loss of several runs: a chart of the trade-off and the numbers."""
    head, *rows = runs.cells(compared)
    chinese = {"run": "训练 run", "old loss": "旧损失 old loss", "new loss": "新损失 new loss"}
    head = [chinese.get(name, name) for name in head]
    body = [_plain_row([f"{i}. {row[0]}", *row[1:]]) for i, row in enumerate(rows, start=1)]
    return _section(
        "几种训练方式的比较",
        "Runs side by side",
        f'{_trade_off(compared)}{_table(head, body)}<p class="note">{text(runs.footnote(compared))}</p>',
    )


def _trade_off(compared: runs.Comparison) -> str:
    marks = [
        Mark(str(i), run.new.value, run.old.value, (run.new.low, run.new.high), (run.old.low, run.old.high))
        for i, run in enumerate(compared.runs, start=1)
        if run.new and run.old
    ]
    if not marks:
        return ""
    chart = interval_chart(
        marks,
        title="old loss against new loss",
        x_label="新任务损失 new loss",
        y_label="旧任务损失 old loss（左下更好 lower left is better）",
    )
    return f'<div class="charts"><figure>{chart}</figure></div>\n'


def _gaps(data: ReportData) -> str:
    """What is not on this page, and why: nothing is left out in silence."""
    lines = [f"{row['label']}, {n}: {c['failed']}" for row in data.matrix["rows"] for n, c in _failed(row)]
    lines += [f"{label}: 逐条结果已不在 predictions not found" for label in data.rows_without_predictions]
    lines += [*data.matrix["notes"], *data.unread]
    body = _not_built(data.matrix["not_built"]) + "\n".join(f'<p class="path">{text(line)}</p>' for line in lines)
    return _section("缺的和要注意的", "Gaps and notes", body) if body else ""


def _not_built(names: Sequence[str]) -> str:
    """One line, which opens where there are many: most users convert a few of the known evaluation sets."""
    listed, head = text(", ".join(names)), f"未转换 not built ({len(names)})"
    if len(names) <= FEW:
        return f'<p class="path">{head}: {listed}</p>\n' if names else ""
    return f'<details><summary>{head}</summary><p class="path">{listed}</p></details>\n'


def _failed(row: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [(name, cell) for name, cell in row["cells"].items() if "failed" in cell]
