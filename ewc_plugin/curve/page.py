"""How does a learning curve look in a browser? One self-contained page: no network, no script, Chinese and English."""

from collections.abc import Iterator, Sequence

import numpy as np

from ewc_plugin.curve.chart import Measured, Through, size_chart
from ewc_plugin.curve.losses import Series
from ewc_plugin.curve.measured import Point
from ewc_plugin.curve.outcome import MEAN, Outcome
from ewc_plugin.curve.power_law import Law
from ewc_plugin.curve.sentences import sentences
from ewc_plugin.curve.tables import change_rows, loss_rows, point_rows, score_rows, verdict_rows
from ewc_plugin.report.markup import breakable, folded, legend, note, plain_row, prose, section, table, text
from ewc_plugin.report.page import STYLE
from ewc_plugin.report.sentences import named
from ewc_plugin.report.svg import COLOURS, curves_chart

FIRST = 4  # charts of single sets that are open; more open on demand
STEPS = 60  # points at which a law is drawn


def page(found: Outcome, *, recipe: Sequence[str], notes: Sequence[str]) -> str:
    parts = [_head(found, recipe), _sentences(found), _whole(found), _forgetting(found), _sets(found)]
    parts += [_on_the_way(found), _points(found), _notes(found, notes)]
    title = text(f"学习曲线 · {found.stage}")
    head = (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>\n"
    )
    return head + "\n".join(part for part in parts if part) + "\n</body>\n</html>\n"


def _head(found: Outcome, recipe: Sequence[str]) -> str:
    sizes = " → ".join(f"{point.n:,}" for point in found.points)
    return (
        f'<header>\n<h1>学习曲线 <span class="en" lang="en">Learning curve</span></h1>\n'
        f"<p>{text(named(found.stage))}: {sizes}</p>\n"
        f'<p class="note path">{text(" ".join(recipe))}</p>\n</header>'
    )


def _sentences(found: Outcome) -> str:
    said = sentences(found)
    body = "\n".join(f'<p>{prose(s.chinese)}</p>\n<p class="en" lang="en">{prose(s.english)}</p>' for s in said)
    return f'<section class="says">\n{body}\n</section>'


def _whole(found: Outcome) -> str:
    if found.whole is None:
        return ""
    charts = [_of_series(found.whole, found.verdicts[MEAN].law, "自己的评测集（平均） own sets, mean")]
    if trained := [(p.n, loss, loss, loss) for p in found.points if (loss := p.training_loss) is not None]:
        chart = size_chart([_measured(found.whole), trained], title="held-out and training loss", y_label="nats")
        names = ["验证损失 held-out loss", "训练损失 training loss（最后一个 epoch last epoch）"]
        about = (
            "训练损失是整个混合数据的：比走势，不比高低 training loss is of the whole mixture: compare courses alone"
        )
        charts.append(f"<figure>{chart}{legend(names)}<figcaption>{about}</figcaption></figure>")
    about = note(
        "点是在留出条目上测到的损失，竖线是 95% 区间；各样本量用同样的条目，点与点之差比竖线看上去的可靠得多。"
        "曲线是幂律 a + b·n^(−c)，虚线是外推，色带是它的 95% 区间（条目和训练的随机性都算在内）。",
        "Points are measured on held-out items, with 95 % intervals; the items are the same at every size, so that a "
        "difference between two is much surer than these look. The curve is the power law a + b·n^(−c), dashed where "
        "it is extrapolated, the band its 95 % interval, with the noise of items and of training in it.",
    )
    return section("更多数据有用吗", "Does more data help?", f'{about}<div class="charts">\n{"".join(charts)}</div>')


def _of_series(one: Series, law: Law | None, caption: str) -> str:
    chart = size_chart([_measured(one)], title=one.name, y_label="损失 loss, nats", law=_through(law) if law else None)
    said = f"L(n) = {law.numbers[0]:.3g} + {law.numbers[1]:.3g} · n^−{law.numbers[2]:.3g}" if law else ""
    return f'<figure>{chart}<figcaption>{text(caption)}<br><span class="en">{said}</span></figcaption></figure>'


def _measured(one: Series) -> list[Measured]:
    return [
        (n, float(value), *one.interval(place))
        for place, (n, value) in enumerate(zip(one.sizes, one.values, strict=True))
    ]


def _through(law: Law) -> Through:
    largest = law.sizes[-1]
    n = np.unique([*np.geomspace(law.sizes[0], 2 * largest, STEPS), largest])
    values, low, high = law.at(n)
    return Through(n.tolist(), values.tolist(), low.tolist(), high.tolist(), largest)


def _forgetting(found: Outcome) -> str:
    lost = found.forgotten
    if lost is None:
        return ""
    points = [(n, *lost.gained(place)) for place, n in enumerate(lost.sizes)]
    chart = size_chart([points], title="what older sets lost", y_label="损失变化 change of loss, nats", zero=True)
    count = len(found.older)
    caption = f"{count} 个旧集的平均 mean of {count} older sets" if count > 1 else next(iter(found.older))
    about = note(
        "旧集损失相对于本阶段之前的变化：高于零是忘。每格括号里是 95% 区间，* 超出误差（Holm 校正）。",
        "Change of the older sets' losses against before the stage: above zero is forgotten; 95 % intervals, * beyond "
        "noise after Holm.",
    )
    rows = change_rows(found)
    numbers = table(rows[0], [_two_lines(row) for row in rows[1:]])
    figure = f'<div class="charts"><figure>{chart}<figcaption>{text(caption)}</figcaption></figure></div>'
    return section("更多数据忘掉多少", "What more data costs", about + figure + numbers)


def _two_lines(row: Sequence[str]) -> str:
    """A value over its interval, so that more sizes fit a phone."""
    cells = (text(cell).partition("\n") for cell in row[1:])
    shown = "".join(f"<td>{value}<small>{interval}</small></td>" for value, _, interval in cells)
    return f'<tr><th scope="row">{breakable(row[0])}</th>{shown}</tr>'


def _sets(found: Outcome) -> str:
    """Every own set by itself, where there are several."""
    if not found.own:
        return ""
    charts = [_of_series(one, found.verdicts[name].law, name) for name, one in found.own.items()]
    open_ones, more = charts[:FIRST], charts[FIRST:]
    drawn = f'<div class="charts">\n{"".join(open_ones)}</div>' if len(charts) > 1 else ""
    rest = (
        folded(f"另外 {len(more)} 个 {len(more)} more", f'<div class="charts">\n{"".join(more)}</div>') if more else ""
    )
    tables = [loss_rows(found), verdict_rows(found), *([rows] if (rows := score_rows(found)) else [])]
    numbers = "\n".join(table(rows[0], [plain_row(row) for row in rows[1:]]) for rows in tables)
    return section("各评测集", "Set by set", drawn + rest + numbers)


def _on_the_way(found: Outcome) -> str:
    """The held-out loss of each own set of texts over the epochs, one curve a size."""
    figures = list(_figures_on_the_way(found))
    about = note(
        "每条曲线是一个样本量；先降后升就是过拟合。", "One curve a size; one that falls and then rises overfits."
    )
    body = f'{about}<div class="charts">\n{"".join(figures[:FIRST])}</div>'
    return section("训练途中的验证损失", "Held-out loss on the way", body) if figures else ""


def _figures_on_the_way(found: Outcome) -> Iterator[str]:
    for name in found.sets.texts:
        curves = {f"{p.n:,}": p.by_epoch(p.on_the_way(name)) for p in found.points[-COLOURS:]}
        shown = {size: curve for size, curve in curves.items() if len(curve) > 1}
        if shown:
            chart = curves_chart(shown, title=name, x_label="epoch", y_label="nats")
            yield f"<figure>{chart}{legend(list(shown))}<figcaption>{text(name)}</figcaption></figure>"


def _points(found: Outcome) -> str:
    rows = point_rows(found)
    return section("各点", "The points", table(rows[0], [plain_row(row) for row in rows[1:]]) + _folders(found.points))


def _folders(points: Sequence[Point]) -> str:
    links = (f"{point.folder.name}/stage_eval/report.html" for point in points)
    listed = " · ".join(f'<a href="{text(link)}">{text(link)}</a>' for link in links)
    return f'<p class="note path">{listed}</p>'


def _notes(found: Outcome, notes: Sequence[str]) -> str:
    lines = [*notes, *(f"{name}: 逐条结果不全，未算 items gone or others, left out" for name in found.left_out)]
    body = "\n".join(f'<p class="path">{text(line)}</p>' for line in lines)
    return section("要注意的", "Notes", body) if lines else ""
