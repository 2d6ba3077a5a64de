"""How do our scalars come into LlamaBoard's live plot? On the lines of trainer_log.jsonl, from which it is drawn.

Losses of evaluation sets join the training loss on its axis, the penalty has one of its own. A log without any of them
is written and drawn by the host alone.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

LOSS, PENALTY = "/loss", "ewc/penalty"
Log = Sequence[Mapping[str, Any]]


def ours(entry: Mapping[str, Any]) -> dict[str, float]:
    """The scalars of ours in one entry of the trainer's log."""
    return {key: value for key, value in entry.items() if key.startswith("ewc/") or _is_of_a_set(key)}


def _is_of_a_set(key: str) -> bool:
    return key.startswith("eval_") and "/" in key


def extend_log(callback: Any) -> None:
    """Let the host's LogCallback write our scalars too; once for its class."""
    if hasattr(callback.on_log, "__wrapped__"):
        return
    original = callback.on_log

    @functools.wraps(original)
    def on_log(self: Any, args: Any, state: Any, control: Any, **named: Any) -> None:
        scalars = ours(state.log_history[-1])
        if not scalars or not args.should_save:
            original(self, args, state, control, **named)
            return
        late = self.thread_pool is None  # the row of a stage comes after training
        if late:
            self._create_thread_pool(args.output_dir)
        self._write_log = _with(scalars, self._write_log)  # the host hands it to its thread, line by line
        try:
            original(self, args, state, control, **named)
        finally:
            del self._write_log
            if late:
                self._close_thread_pool()

    callback.on_log = on_log


def _with(scalars: Mapping[str, float], write: Callable[..., None]) -> Callable[..., None]:
    def write_both(output_dir: str, logs: Mapping[str, Any]) -> None:
        write(output_dir, {**logs, **scalars})

    return write_both


def extended_plot(original: Callable[..., Any]) -> Callable[..., Any]:
    """The host's figure, with our curves where the log has any."""

    @functools.wraps(original)
    def gen_loss_plot(trainer_log: Log) -> Any:
        figure = original(trainer_log)
        draw(figure, trainer_log)
        return figure

    return gen_loss_plot


def draw(figure: Any, log: Log) -> None:
    """Our curves over the host's steps; the legend goes below, since there may be many sets."""
    losses = sorted({key for entry in log for key in entry if key.endswith(LOSS) and _is_of_a_set(key)})
    penalty = _curve(log, PENALTY)
    if not losses and not penalty[0]:
        return
    (axes,) = figure.axes
    for number, key in enumerate(losses):
        looks = {"color": f"C{1 + number % 9}", "linestyle": ("-", "--", "-.")[number // 9 % 3]}  # C0 is the host's
        name = key.removeprefix("eval_").removesuffix(LOSS)
        axes.plot(*_curve(log, key), marker=".", linewidth=1, label=name, **looks)
    if penalty[0]:
        right = axes.twinx()
        right.plot(*penalty, color="black", linestyle=":", label=PENALTY)
        right.set_ylabel(PENALTY)
    axes.get_legend().remove()
    figure.set_layout_engine("constrained")
    figure.legend(loc="outside lower center", ncols=3, fontsize="small")


def _curve(log: Log, key: str) -> tuple[list[int], list[float]]:
    points = [(entry["current_steps"], entry[key]) for entry in log if key in entry]
    return [step for step, _ in points], [value for _, value in points]
