"""Which numbers of a learning curve stand in tables? Rows of text, shared by the page and the terminal."""

from collections.abc import Sequence

from ewc_plugin.curve.losses import Series
from ewc_plugin.curve.measured import Point
from ewc_plugin.curve.outcome import MEAN, Outcome
from ewc_plugin.matrix import headline
from ewc_plugin.report.metric_names import unit

Rows = list[list[str]]
KINDS = {
    "more": "更多数据有用 more data",
    "plateau": "平台 plateau",
    "overfitting": "过拟合 overfitting",
    "worse": "越多越差 worse",
    "unclear": "说不清 unclear",
    "no_law": "不合幂律 no law",
    "few": "点太少 few sizes",
}


def point_rows(found: Outcome) -> Rows:
    """A row a size: steps, epochs, training loss, the mean held-out loss of own sets and the change of older ones."""
    head = ["样本 examples", "步 steps", "epochs", "训练 training", "验证 held-out", "旧集 older"]
    lost = found.forgotten
    rows = []
    for place, point in enumerate(found.points):
        trained = point.training_loss
        whole = "—" if found.whole is None else f"{found.whole.values[place]:.3f}"
        older = "—" if lost is None else f"{lost.gained(place)[0]:+.3f}"
        own = "—" if trained is None else f"{trained:.3f}"
        few = "" if point.stepped else " !"
        rows.append([f"{point.n:,}", f"{point.steps:,}{few}", f"{point.epochs:.3g}", own, whole, older])
    return [head, *rows]


def loss_rows(found: Outcome) -> Rows:
    """A row an own set: its loss before the stage and at each size."""
    head = ["损失 loss", "之前 before", *(f"{point.n:,}" for point in found.points)]
    many = [found.whole] if found.whole is not None and len(found.own) > 1 else []
    return [head, *(_losses(one) for one in (*many, *found.own.values()))]


def _losses(one: Series) -> list[str]:
    name = "平均 mean" if one.name == MEAN else one.name
    return [name, f"{one.before:.3f}", *(f"{value:.3f}" for value in one.values)]


def change_rows(found: Outcome) -> Rows:
    """A row an older set: the change of its loss at each size, * beyond noise, and in a second line its interval."""
    head = ["变化 change", *(f"{point.n:,}" for point in found.points)]
    beyond = {(point.n, c.column) for point in found.points for c in point.forgotten if c.beyond_noise}
    return [head, *(_changes(one, beyond) for one in found.older.values())]


def _changes(one: Series, beyond: set[tuple[int, str]]) -> list[str]:
    cells = []
    for place, n in enumerate(one.sizes):
        value, low, high = one.gained(place)
        cells.append(f"{value:+.3f}{'*' if (n, one.name) in beyond else ''}\n[{low:+.3f}, {high:+.3f}]")
    return [one.name, *cells]


def verdict_rows(found: Outcome) -> Rows:
    """A row an own set: what follows, and the number that it follows from."""
    head = ["判断 verdict", "", "n → 2n", "95 %"]
    rows = []
    for name, one in found.verdicts.items():
        if name == MEAN and len(found.own) < 2:
            continue
        gain = one.law.gain(one.law.sizes[-1]) if one.law else None
        numbers = [f"{-gain[0]:+.3f}", f"[{-gain[2]:+.3f}, {-gain[1]:+.3f}]"] if gain else ["—", "—"]
        rows.append(["平均 mean" if name == MEAN else name, KINDS[one.kind], *numbers])
    return [head, *rows]


def score_rows(found: Outcome) -> Rows:
    """A row a set with a first score beside its loss: that score before and at each size; [] where none has."""
    head = ["得分 score", "之前 before", *(f"{point.n:,}" for point in found.points)]
    firsts = {name: headline(found.points[-1].matrix, name) for name in (*found.own, *found.older)}
    rows = [_scores(found.points, name, metric) for name, metric in firsts.items() if metric is not None]
    return [head, *rows] if rows else []


def _scores(points: Sequence[Point], name: str, metric: str) -> list[str]:
    digits = unit(metric).digits
    cells = [points[-1].before["cells"][name], *(point.after["cells"][name] for point in points)]
    values = [f"{cell[metric]['value']:.{digits}f}" if metric in cell else "—" for cell in cells]
    return [f"{name} {metric}", *values]
