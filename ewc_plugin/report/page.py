"""How does the report look in a browser? One self-contained page: no network, no script, Chinese and English."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ewc_plugin.report import comparison as runs
from ewc_plugin.report import fidelity
from ewc_plugin.report.advice_section import advice_of, advice_section, to_do
from ewc_plugin.report.changes import Changes, last_stage_columns, loss_of
from ewc_plugin.report.data import ReportData
from ewc_plugin.report.heat_map import heat_maps
from ewc_plugin.report.learning import learning_section
from ewc_plugin.report.markup import legend, note, plain_row, prose, section, table, text
from ewc_plugin.report.samples import sample_section
from ewc_plugin.report.sentences import FEW, Sentence, named, sentences
from ewc_plugin.report.svg import COLOURS, Mark, curves_chart, interval_chart, line_chart
from ewc_plugin.report.tables import curve_names, mixture_rows, not_measured

STYLE = Path(__file__).with_name("report.css")


def page(data: ReportData, changes: Changes) -> str:
    compares = len(data.matrix["rows"]) > 1
    advice = advice_of(data, changes)
    said = sentences(data.matrix, changes)
    said = [*said[:-1], *([to_do(advice)] if compares else []), said[-1]]
    parts = [
        _head(data),
        _sentences(said),
        advice_section(advice) if compares else "",
        _comparison(data),
        heat_maps(data.matrix, changes),
        learning_section(data.matrix),
        _curves(data),
        _mixture(data),
        _fidelity(data),
        _facts(data),
        sample_section(data),
        _gaps(data),
    ]
    title = text("阶段评测 · " + " → ".join(row["label"] for row in data.matrix["rows"]))
    head = (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>\n"
    )
    return head + "\n".join(part for part in parts if part) + "\n</body>\n</html>\n"


def _head(data: ReportData) -> str:
    stages = " → ".join(named(row["label"]) for row in data.matrix["rows"])
    base = ", ".join(str(value) for value in data.matrix["base"].values())
    return (
        f'<header>\n<h1>阶段评测 <span class="en" lang="en">Stage evaluation</span></h1>\n<p>{text(stages)}</p>\n'
        f'<p class="note path">{text(base)}</p>\n</header>'
    )


def _sentences(said: Sequence[Sentence]) -> str:
    body = "\n".join(f'<p>{prose(s.chinese)}</p>\n<p class="en" lang="en">{prose(s.english)}</p>' for s in said)
    return f'<section class="says">\n{body}\n</section>'


def _curves(data: ReportData) -> str:
    charts = [
        f"<figure>{line_chart(data.curves[key], title=key, x_label='步 step', series=series)}"
        f"<figcaption>{text(key)}</figcaption></figure>"
        for key, series in curve_names(data.curves)
    ]
    charts += [_losses_on_the_way(data)]
    body = "\n".join(chart for chart in charts if chart)
    return section("训练曲线", "Training curves", f'<div class="charts">\n{body}\n</div>') if body else ""


def _losses_on_the_way(data: ReportData) -> str:
    """Losses of evaluation sets while training: the stage's own first, then the protected ones."""
    own, columns = last_stage_columns(data.matrix), [c for c in data.matrix["columns"] if loss_of(c) == "loss"]
    names = [c["name"] for c in columns if c["name"] in own]
    names += [c["name"] for c in columns if c["protected"] and c["name"] not in own]
    curves = {name: data.curves[key] for name in names if (key := f"eval_{name}/loss") in data.curves}
    shown = dict(list(curves.items())[:COLOURS])
    if not shown:
        return ""
    chart = curves_chart(shown, title="evaluation losses while training", x_label="步 step", y_label="nats")
    caption = "训练中的评测损失 evaluation losses while training"
    return f"<figure>{chart}{legend(list(shown))}<figcaption>{caption}</figcaption></figure>"


def _mixture(data: ReportData) -> str:
    if data.trained_on is None:
        return ""
    rows = mixture_rows(data.trained_on)
    agrees = data.trained_on.get("agrees_with_the_trainer") is not False
    warning = note("注意：这里的计数与训练器的不一致。", "The counts do not agree with the trainer's.")
    name = note(f"混合数据集：{data.trained_on.get('mixture')}", "the mixture, as planned and as really trained on")
    numbers = table(rows[0], [plain_row(row) for row in rows[1:]])
    return section("真正训练的数据", "What was really trained on", name + ("" if agrees else warning) + numbers)


def _fidelity(data: ReportData) -> str:
    rows = fidelity.fidelity_rows(data.fidelity)
    if not rows:
        return ""
    numbers = table(rows[0], [plain_row(row) for row in rows[1:]])
    return section("Fisher 保真度", "Fisher fidelity", note(fidelity.CHINESE, fidelity.ENGLISH) + numbers)


def _facts(data: ReportData) -> str:
    rows = "\n".join(f"<div><dt>{text(key)}</dt><dd>{text(value)}</dd></div>" for key, value in data.ewc.items())
    return section("EWC 记录", "EWC facts", f'<dl class="numbers">\n{rows}\n</dl>') if rows else ""


def _comparison(data: ReportData) -> str:
    return comparison_section(data.comparison) if data.comparison else ""


def comparison_section(compared: runs.Comparison) -> str:
    """Old and new loss of several runs: a chart of the trade-off and the numbers."""
    head, *rows = runs.cells(compared)
    chinese = {"run": "训练 run", "old loss": "旧损失 old loss", "new loss": "新损失 new loss"}
    head = [chinese.get(name, name) for name in head]
    body = [plain_row([f"{i}. {row[0]}", *row[1:]]) for i, row in enumerate(rows, start=1)]
    return section(
        "几种训练方式的比较",
        "Runs side by side",
        f'{_trade_off(compared)}{table(head, body)}<p class="note">{text(runs.footnote(compared))}</p>',
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
    lines += [*not_measured(data.matrix), *data.matrix["notes"], *data.unread]
    body = _not_built(data.matrix["not_built"]) + "\n".join(f'<p class="path">{text(line)}</p>' for line in lines)
    return section("缺的和要注意的", "Gaps and notes", body) if body else ""


def _not_built(names: Sequence[str]) -> str:
    """One line, which opens where there are many: most users convert a few of the known evaluation sets."""
    listed, head = text(", ".join(names)), f"未转换 not built ({len(names)})"
    if len(names) <= FEW:
        return f'<p class="path">{head}: {listed}</p>\n' if names else ""
    return f'<details><summary>{head}</summary><p class="path">{listed}</p></details>\n'


def _failed(row: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [(name, cell) for name, cell in row["cells"].items() if "failed" in cell]
