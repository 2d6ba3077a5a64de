"""How does the matrix look in a README? A PNG of the heat map, with ASCII labels: Chinese fonts may be missing."""

from pathlib import Path
from typing import Any

from ewc_plugin.matrix import FILE, Matrix, load
from ewc_plugin.report.changes import Change, Changes, loss_of
from ewc_plugin.report.comparison import stage_eval_folder
from ewc_plugin.visible import in_one_line

# the page's colours: blue better, orange worse, told apart by the colour-blind
_BETTER, _WORSE, _NEUTRAL = "#7fb2de", "#eb9f5e", "#f1f1ee"
# nats per token at which a change has the full colour
_FULL = 0.2


def draw(folder: Path, path: Path) -> Path:
    """Loss per token of every row and set of an output folder, coloured by change against the best earlier row."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    matrix = load(stage_eval_folder(folder) / FILE)
    names = [c["name"] for c in matrix["columns"]]
    rows = matrix["rows"]
    figure = Figure(figsize=(2.2 + 1.5 * len(names), 1.2 + 0.7 * len(rows)), dpi=160, layout="constrained")
    FigureCanvasAgg(figure)
    axes: Any = figure.add_subplot()
    axes.set(xlim=(0, len(names)), ylim=(len(rows), 0))
    axes.set_xticks([j + 0.5 for j in range(len(names))], [_label(name) for name in names], fontsize=8)
    axes.set_yticks([k + 0.5 for k in range(len(rows))], [_label(row["label"]) for row in rows], fontsize=9)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    _cells(axes, matrix, names)
    axes.set_xlabel("loss per token (nats); change against the best earlier row; * beyond noise", fontsize=7)
    path.parent.mkdir(parents=True, exist_ok=True)
    # no creation date or version inside: the same matrix gives the same bytes
    figure.savefig(path, metadata={"Software": None})
    return path


def _label(name: str) -> str:
    # a dollar would begin a formula
    shown = in_one_line(name).replace("$", "\\$")
    return shown.replace("_", "\n", 1).encode("ascii", "replace").decode()


def _cells(axes: Any, matrix: Matrix, names: list[str]) -> None:
    from matplotlib.patches import Rectangle

    changes, losses = Changes(matrix), {column["name"]: loss_of(column) for column in matrix["columns"]}
    for k, row in enumerate(matrix["rows"]):
        for j, name in enumerate(names):
            change = changes.against_best(k, name, losses[name])
            axes.add_patch(Rectangle((j, k), 1, 1, facecolor=_colour(change), edgecolor="white", linewidth=2))
            axes.text(
                j + 0.5,
                k + 0.5,
                _text(row["cells"][name].get(losses[name]), change),
                ha="center",
                va="center",
                fontsize=9,
            )


def _text(score: dict[str, Any] | None, change: Change | None) -> str:
    if score is None:
        return "failed"
    value = f"{score['value']:.3f}"
    return f"{value}\n{change.delta:+.3f}{'*' if change.beyond_noise else ''}" if change else value


def _colour(change: Change | None) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    neutral = to_rgb(_NEUTRAL)
    if change is None or (change.test is not None and not change.beyond_noise):
        return neutral
    end = to_rgb(_BETTER if change.delta < 0 else _WORSE)
    strength = min(abs(change.delta) / _FULL, 1.0)
    red, green, blue = (n + strength * (e - n) for n, e in zip(neutral, end, strict=True))
    return red, green, blue
