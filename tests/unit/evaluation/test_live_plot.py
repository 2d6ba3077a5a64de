"""The host's live plot gets our curves where its log has our scalars, and is the host's own where it has none."""

import copy
import json
from types import SimpleNamespace

import pytest

from ewc_plugin import live_plot

PLAIN = [{"current_steps": step, "loss": 2.0 / step} for step in (1, 2, 3)]
OURS = [
    {"current_steps": 1, "loss": 2.0, "ewc/penalty": 0.0},
    {"current_steps": 1, "eval_talk/loss": 3.0, "eval_verse/loss": 4.0, "eval_verse/bleu": 50.0},
    {"current_steps": 2, "loss": 1.0, "ewc/penalty": 0.5},
    {"current_steps": 2, "eval_talk/loss": 2.5},
]


@pytest.fixture
def plot():
    pytest.importorskip("matplotlib")
    ploting = pytest.importorskip("llamafactory.extras.ploting")
    return getattr(ploting.gen_loss_plot, "__wrapped__", ploting.gen_loss_plot)


def curves(figure):
    return {
        line.get_label(): [tuple(point) for point in line.get_xydata()] for axes in figure.axes for line in axes.lines
    }


def picture(figure):
    figure.canvas.draw()
    return bytes(figure.canvas.buffer_rgba())


def test_losses_of_sets_and_the_penalty_are_drawn_over_the_hosts_steps(plot):
    figure = live_plot.extended_plot(plot)(OURS)
    found = curves(figure)
    assert found.keys() == {"original", "smoothed", "talk", "verse", "ewc/penalty"}
    assert found["talk"] == [(1, 3.0), (2, 2.5)]
    assert found["verse"] == [(1, 4.0)]
    assert found["ewc/penalty"] == [(1, 0.0), (2, 0.5)]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(found)


def test_twenty_sets_can_be_told_apart(plot):
    log = [{"current_steps": 1, "loss": 2.0}, {"current_steps": 1, **{f"eval_set{n}/loss": n for n in range(20)}}]
    (axes,) = live_plot.extended_plot(plot)(log).axes
    assert len({(line.get_color(), line.get_linestyle()) for line in axes.lines[1:]}) == 21


def test_a_log_without_our_scalars_is_drawn_as_the_host_draws_it(plot):
    theirs = picture(plot(PLAIN))
    assert picture(live_plot.extended_plot(plot)(PLAIN)) == theirs
    assert picture(live_plot.extended_plot(plot)(OURS)) != theirs


class LogCallback:
    """What our extension needs of the host's, without its clock."""

    def __init__(self):
        self.thread_pool, self.lines = None, []

    def _create_thread_pool(self, output_dir):
        self.thread_pool = SimpleNamespace(submit=lambda do, *given: do(*given))

    def _close_thread_pool(self):
        self.thread_pool = None

    def _write_log(self, output_dir, logs):
        self.lines.append(json.dumps(logs))

    def on_log(self, args, state, control, **_):
        if args.should_save and self.thread_pool is not None:
            self.thread_pool.submit(self._write_log, "out", {"loss": state.log_history[-1].get("loss")})


@pytest.fixture
def written():
    """What a log entry becomes, in training and after it."""
    extended = type("Extended", (LogCallback,), {})
    live_plot.extend_log(extended)
    live_plot.extend_log(extended)  # every trainer asks for it

    def write(entry, *, training=True, rank=0):
        callback = extended()
        if training:
            callback._create_thread_pool("out")
        before = copy.copy(vars(callback))
        args = SimpleNamespace(should_save=rank == 0, output_dir="out")
        callback.on_log(args, SimpleNamespace(log_history=[entry]), None)
        assert vars(callback) == before
        return [json.loads(line) for line in callback.lines]

    return write


def test_our_scalars_ride_on_the_hosts_line(written):
    assert written({"loss": 2.0, "ewc/penalty": 0.5, "grad_norm": 1.0}) == [{"loss": 2.0, "ewc/penalty": 0.5}]


def test_the_row_of_a_stage_is_written_after_training(written):
    assert written({"eval_talk/loss": 2.0}, training=False) == [{"loss": None, "eval_talk/loss": 2.0}]
    assert written({"loss": 2.0}, training=False) == []  # the host's own way


def test_the_hosts_own_evaluation_is_not_ours(written):
    assert written({"loss": 2.0, "eval_loss": 3.0, "eval_talk_loss": 3.0}) == [{"loss": 2.0}]


def test_only_the_rank_that_saves_writes(written):
    assert written({"eval_talk/loss": 2.0}, training=False, rank=1) == []
