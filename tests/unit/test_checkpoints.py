"""Markers and the choice of a checkpoint, on small folders that look like the host's."""

import json
from pathlib import Path

import pytest

from ewc_plugin import checkpoints
from ewc_plugin.checkpoints import MARKER, CheckpointError, Choice, Found, Regime
from ewc_plugin.ranks import OneProcess

REGIME = Regime(5.0, None, (("saves/task/ewc", "ab" * 32),))
BIG = 1001


@pytest.fixture(autouse=True)
def _few_bytes(monkeypatch):
    monkeypatch.setattr(checkpoints, "HASHED", BIG - 1)


def written(output_dir: Path, step: int) -> Path:
    """A checkpoint as the host leaves it, without a marker."""
    folder = output_dir / f"checkpoint-{step}"
    folder.mkdir(parents=True)
    (folder / "adapter_model.safetensors").write_bytes(b"w" * BIG)
    (folder / "optimizer.pt").write_bytes(b"o" * 100)
    (folder / "trainer_state.json").write_text("{}")
    return folder


def complete(output_dir: Path, step: int, *, run: str = "r", regime: Regime = REGIME) -> Path:
    folder = written(output_dir, step)
    checkpoints.mark(folder, step=step, run=run, regime=regime, controller=None)
    return folder


def torn(output_dir: Path, step: int) -> Path:
    folder = written(output_dir, step)
    (folder / "trainer_state.json").unlink()
    return folder


def chosen(requested, output_dir, *, automatic=False, ranks=None) -> Choice:
    return checkpoints.choose(requested, automatic=automatic, output_dir=output_dir, ranks=ranks or OneProcess())


# -- markers ---------------------------------------------------------------------------------------------------


def test_a_marker_lists_every_file_with_its_size_and_the_small_ones_with_their_content(tmp_path):
    folder = complete(tmp_path, 8)
    marker = json.loads((folder / MARKER).read_text())
    assert {name: entry["bytes"] for name, entry in marker["files"].items()} == {
        "adapter_model.safetensors": BIG,
        "optimizer.pt": 100,
        "trainer_state.json": 2,
    }
    assert "sha256" in marker["files"]["optimizer.pt"]
    assert "sha256" not in marker["files"]["adapter_model.safetensors"]
    assert (marker["step"], marker["lambda"], marker["anchors"][0]["sha256"]) == (8, 5.0, "ab" * 32)
    assert checkpoints.examined(folder).faults == ()


def test_files_in_folders_of_a_checkpoint_count_too(tmp_path):
    folder = written(tmp_path, 8)
    (folder / "global_step8").mkdir()
    (folder / "global_step8" / "zero_pp_rank_1_optim_states.pt").write_bytes(b"s" * 10)
    checkpoints.mark(folder, step=8, run="r", regime=REGIME, controller=None)
    (folder / "global_step8" / "zero_pp_rank_1_optim_states.pt").unlink()
    assert checkpoints.examined(folder).faults == ("global_step8/zero_pp_rank_1_optim_states.pt is absent",)


@pytest.mark.parametrize(
    ("name", "damage", "fault"),
    [
        ("adapter_model.safetensors", lambda p: p.write_bytes(b"w" * 7), f"has 7 of {BIG} bytes"),
        ("optimizer.pt", Path.unlink, "is absent"),
        ("optimizer.pt", lambda p: p.write_bytes(b"x" * 100), "was altered"),
        (MARKER, lambda p: p.write_text('{"version": 1, "fi'), "cannot be read"),
        (MARKER, lambda p: p.write_text('{"version": 1}'), "cannot be read"),
        (MARKER, lambda p: p.write_text('{"version": 9, "files": {}}'), "has version 9, not 2"),
        (MARKER, Path.unlink, "is absent"),
    ],
)
def test_whatever_is_lacking_or_short_or_altered_is_named(tmp_path, name, damage, fault):
    folder = complete(tmp_path, 8)
    damage(folder / name)
    (found,) = checkpoints.examined(folder).faults
    assert found.startswith(name)
    assert fault in found


def test_a_marker_of_the_version_before_is_still_understood(tmp_path):
    folder = complete(tmp_path, 8)
    old = json.loads((folder / MARKER).read_text()) | {"version": 1}
    (folder / MARKER).write_text(json.dumps(old))
    assert checkpoints.examined(folder).faults == ()


def test_a_file_that_was_added_later_does_not_tear_a_checkpoint(tmp_path):
    folder = complete(tmp_path, 8)
    (folder / "notes.txt").write_text("looked at")
    assert checkpoints.examined(folder).faults == ()


def test_a_folder_that_is_written_again_is_incomplete_until_it_is_marked_again(tmp_path):
    folder = complete(tmp_path, 8)
    checkpoints.unmark(folder)
    checkpoints.unmark(folder)
    assert checkpoints.examined(folder).faults == (f"{MARKER} is absent",)


def test_what_a_kill_left_of_writing_a_marker_is_not_part_of_the_checkpoint(tmp_path):
    folder = written(tmp_path, 8)
    (folder / f".{MARKER}.k3j2").write_text("{")
    checkpoints.mark(folder, step=8, run="r", regime=REGIME, controller=None)
    assert len(json.loads((folder / MARKER).read_text())["files"]) == 3


# -- the choice ------------------------------------------------------------------------------------------------

AUTOMATIC = [("automatic", True), (True, False)]  # set by the host's parser, or `resume_from_checkpoint: true`


@pytest.mark.parametrize(("requested", "automatic"), AUTOMATIC)
def test_the_newest_complete_checkpoint_is_used_and_a_line_names_the_torn_one(tmp_path, requested, automatic):
    complete(tmp_path, 4)
    before, last = complete(tmp_path, 8), torn(tmp_path, 12)
    found = chosen(str(last) if automatic else requested, tmp_path, automatic=automatic)
    assert found.path == before
    assert found.note == (
        "checkpoint-12 is torn (trainer_state.json and ewc_checkpoint.json, which are written last, are absent): "
        "resuming from checkpoint-8"
    )
    assert "\n" not in found.note


def test_steps_are_compared_as_numbers(tmp_path):
    complete(tmp_path, 9)
    last = complete(tmp_path, 100)
    assert chosen(True, tmp_path) == Choice(last, checkpoints.examined(last).marker)


def test_a_marker_with_a_short_file_is_torn_too(tmp_path):
    before, last = complete(tmp_path, 4), complete(tmp_path, 8)
    (last / "optimizer.pt").write_bytes(b"o")
    found = chosen(str(last), tmp_path, automatic=True)
    assert found.path == before
    assert "checkpoint-8 is torn (optimizer.pt has 1 of 100 bytes)" in found.note


@pytest.mark.parametrize(("requested", "automatic"), AUTOMATIC)
def test_training_never_starts_anew_where_there_are_only_torn_checkpoints(tmp_path, requested, automatic):
    torn(tmp_path, 4)
    last = complete(tmp_path, 8)
    (last / "optimizer.pt").unlink()
    with pytest.raises(CheckpointError, match=r"checkpoint-8 is torn.*checkpoint-4 is torn.*overwrite_output_dir"):
        chosen(str(last) if automatic else requested, tmp_path, automatic=automatic)


def test_without_any_checkpoint_true_starts_anew_and_says_so(tmp_path):
    assert chosen(True, tmp_path) == Choice(None, None, f"no checkpoint in {tmp_path}: training starts anew")
    assert chosen(True, tmp_path / "absent").path is None


@pytest.mark.parametrize("requested", [None, False])
def test_nothing_is_looked_at_when_nothing_is_to_be_resumed(tmp_path, requested):
    torn(tmp_path, 4)
    assert chosen(requested, tmp_path) == Choice(None)


def test_a_checkpoint_of_a_run_without_our_keys_is_an_error_that_says_how_to_go_on(tmp_path):
    last = written(tmp_path, 8)
    with pytest.raises(
        CheckpointError, match=rf"has no marker .*without the keys of llamafactory-ewc.*adapter_name_or_path.*{last}"
    ):
        chosen(str(last), tmp_path, automatic=True)


def test_a_torn_checkpoint_named_by_hand_is_an_error_that_names_the_complete_one(tmp_path):
    before, last = complete(tmp_path, 8), torn(tmp_path, 12)
    with pytest.raises(CheckpointError, match=rf"checkpoint-12 is torn.*{before}: name that"):
        chosen(str(last), tmp_path)
    assert chosen(str(before), tmp_path).path == before


def test_a_checkpoint_named_by_hand_may_lie_elsewhere_under_any_name(tmp_path):
    copied = complete(tmp_path / "here", 8).rename(tmp_path / "copied")
    assert chosen(str(copied), tmp_path / "out").path == copied
    with pytest.raises(CheckpointError, match="no such folder"):
        chosen(str(tmp_path / "absent"), tmp_path / "out")


def test_weights_without_an_optimiser_are_said_to_be_only_that(tmp_path):
    folder = written(tmp_path, 8)
    (folder / "optimizer.pt").unlink()
    checkpoints.mark(folder, step=8, run="r", regime=REGIME, controller=None)
    assert "weights only (save_only_model)" in chosen(True, tmp_path).note


def test_checkpoints_of_two_runs_in_one_folder_are_not_chosen_between(tmp_path):
    """After overwrite_output_dir the highest number can be of the run that was overwritten."""
    complete(tmp_path, 100, run="old")
    new = complete(tmp_path, 5, run="new")
    with pytest.raises(CheckpointError, match="checkpoints of one run; found those of 2: checkpoint-5, checkpoint-100"):
        chosen(True, tmp_path)
    assert chosen(str(new), tmp_path).path == new


def test_of_two_runs_that_which_was_begun_last_is_continued_where_that_is_known(tmp_path):
    complete(tmp_path, 100, run="old")
    new = complete(tmp_path, 5, run="new")
    found = [
        checkpoints.choose(True, automatic=True, output_dir=tmp_path, ranks=OneProcess(), run=run)
        for run in ("new", "newer")
    ]
    assert [choice.path for choice in found] == [new, None]
    assert found[1].note == f"the checkpoints in {tmp_path} are of an earlier run: training starts anew"


# -- many ranks ------------------------------------------------------------------------------------------------


class RankZeroOfTwo(OneProcess):
    """The other rank sees its own disk."""

    world_size = 2

    def __init__(self, other):
        self._other = other

    def gather(self, items):
        return [*items, self._other]


class RankOneOfTwo(OneProcess):
    rank, world_size = 1, 2

    def __init__(self, decided):
        self._decided = decided

    def gather(self, items):
        return []

    def broadcast(self, item):
        return self._decided


def test_a_checkpoint_is_complete_when_every_rank_finds_it_so(tmp_path):
    before, last = complete(tmp_path, 4), complete(tmp_path, 8)
    of_the_other = [Found(last, ("rng_state_1.pth is absent",), None), checkpoints.examined(before)]
    found = chosen(True, tmp_path, ranks=RankZeroOfTwo(of_the_other))
    assert found.path == before
    assert "checkpoint-8 is torn (rng_state_1.pth is absent)" in found.note
    assert chosen(True, tmp_path, ranks=RankZeroOfTwo([checkpoints.examined(last)])).path == last
    with pytest.raises(CheckpointError, match="rank 1 lacks it"):
        chosen(str(before), tmp_path, ranks=RankZeroOfTwo([checkpoints.examined(last)]))


def test_every_rank_follows_rank_zero_also_into_an_error(tmp_path):
    before, last = complete(tmp_path, 4), complete(tmp_path, 8)
    torn_there = Found(last, ("optimizer.pt is absent",), {})
    decided = [torn_there, checkpoints.examined(before)]
    assert chosen(True, tmp_path, ranks=RankOneOfTwo(decided)).path == before
    with pytest.raises(CheckpointError, match=r"optimizer\.pt is absent"):
        chosen(True, tmp_path, ranks=RankOneOfTwo([torn_there]))


# -- the same run ----------------------------------------------------------------------------------------------


def test_the_same_lambda_and_anchor_go_on_also_from_another_folder(tmp_path):
    marker = checkpoints.examined(complete(tmp_path, 8)).marker
    moved = Regime(5, None, (("moved/ewc", "ab" * 32),))
    checkpoints.require_same(marker, moved, where=tmp_path)


@pytest.mark.parametrize(
    ("now", "both"),
    [
        (Regime(7.0, None, REGIME.anchors), "expected ewc_lambda 5, .*found ewc_lambda 7"),
        (Regime("auto", 0.1, REGIME.anchors), "expected ewc_lambda 5; ewc_budget None, .*ewc_lambda auto; ewc_budget"),
        (Regime(5.0, None, (("b/ewc", "cd" * 32),)), r"ewc_anchor saves/task/ewc \(sha256 a.*found ewc_anchor b/ewc"),
        (Regime(0.0, None, ()), r"expected ewc_lambda 5.*found ewc_lambda 0; ewc_anchor none"),
    ],
)
def test_another_lambda_budget_or_anchor_is_an_error_that_names_both(tmp_path, now, both):
    marker = checkpoints.examined(complete(tmp_path, 8)).marker
    with pytest.raises(CheckpointError, match=both):
        checkpoints.require_same(marker, now, where=tmp_path)


def test_the_order_of_several_anchors_is_part_of_the_run(tmp_path):
    two = (("a", "ab" * 32), ("b", "cd" * 32))
    marker = checkpoints.examined(complete(tmp_path, 8, regime=Regime(5.0, None, two))).marker
    checkpoints.require_same(marker, Regime(5.0, None, two), where=tmp_path)
    with pytest.raises(CheckpointError, match="ewc_anchor"):
        checkpoints.require_same(marker, Regime(5.0, None, two[::-1]), where=tmp_path)
