"""`batch_tokens`: which batch it amounts to, what may not stand beside it, and what is counted as a token."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from ewc_plugin.batch import keys, lengths
from ewc_plugin.batch.meter import Meter, tokens
from ewc_plugin.batch.reckoning import Batch, Length, common, reckon
from ewc_plugin.errors import ArgumentsError, MechanismError
from ewc_plugin.ranks import OneProcess

PACKED = lengths.packed(2048)


def batch(asked: int, world: int = 1, at_most: int = 4, length: Length = PACKED) -> Batch:
    return reckon(asked, length, world=world, at_most=at_most)


# -- sequences of a step ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("world", "per_device", "accumulation"), [(1, 4, 6), (2, 4, 3), (4, 3, 2), (8, 3, 1)])
def test_one_two_four_and_eight_ranks_train_with_the_same_batch(world: int, per_device: int, accumulation: int) -> None:
    found = batch(50_000, world)
    assert (found.per_device, found.accumulation) == (per_device, accumulation)
    assert found.sequences == per_device * accumulation * world == 24


def test_the_batch_is_the_nearest_that_these_ranks_can_share_and_the_log_says_by_how_much_it_differs() -> None:
    said = batch(50_000).sentence()
    assert said.startswith(
        "batch_tokens: 50,000 asked; 24 sequences a step = 4 × 6 accumulated × 1 rank, of 2048 tokens"
    )
    assert "49,152 tokens, -1.7%" in said


@pytest.mark.parametrize(("world", "sequences"), [(3, 24), (5, 25), (6, 24), (7, 21), (12, 24), (16, 32)])
def test_other_numbers_of_ranks_get_what_is_nearest(world: int, sequences: int) -> None:
    assert batch(50_000, world).sequences == sequences


def test_a_batch_that_other_ranks_do_not_share_is_said_to_be_one() -> None:
    assert "5 ranks cannot share what 1, 2, 4 or 8 train with" in batch(50_000, 5).sentence()
    assert "cannot share" not in batch(50_000, 8).sentence()


def test_a_micro_batch_that_was_made_smaller_is_said() -> None:
    assert "per_device_train_batch_size 3 instead of 4" in batch(50_000, 8).sentence()
    assert "instead" not in batch(50_000, 1).sentence()


@pytest.mark.parametrize(("wanted", "sequences"), [(0.9, 1), (1.4, 1), (1.5, 2), (3, 4), (5.6, 4), (5.7, 8), (12, 16)])
def test_below_eight_sequences_it_is_a_power_of_two(wanted: float, sequences: int) -> None:
    assert common(wanted) == sequences


@pytest.mark.parametrize("wanted", [9.0, 24.4, 100.0, 1234.5])
def test_above_it_is_a_multiple_of_eight_and_no_other_is_nearer(wanted: float) -> None:
    def times(count: int) -> float:
        return max(count / wanted, wanted / count)

    assert common(wanted) == min(range(8, 4000, 8), key=times)


@pytest.mark.parametrize("world", range(1, 17))
@pytest.mark.parametrize("at_most", [1, 2, 3, 4, 6, 8])
def test_ranks_times_accumulation_times_micro_batch_is_the_batch_and_no_micro_batch_is_too_large(
    world: int, at_most: int
) -> None:
    found = batch(100_000, world, at_most)
    assert 1 <= found.per_device <= at_most
    assert found.accumulation >= 1
    assert found.world * found.accumulation * found.per_device == found.sequences
    assert abs(found.sequences - 100_000 / 2048) <= world / 2 + 4


def test_more_tokens_than_asked_by_half_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(ArgumentsError) as caught:
        batch(4096, world=8)
    assert str(caught.value) == (
        "batch_tokens: 4096: expected at least 10923 with 8 ranks, each of which takes at least one sequence of 2048 "
        "tokens (packed up to cutoff_len); found 4096, which the nearest batch of 8 sequences misses by +300%. Raise "
        "batch_tokens, lower cutoff_len, or use fewer GPUs."
    )


def test_what_the_error_says_would_do_does() -> None:
    assert batch(10_923, world=8).sequences == 8


# -- the length of a sequence ----------------------------------------------------------------------------------


def test_a_pair_of_preferences_counts_both_its_answers() -> None:
    encoded = {"chosen_input_ids": [[1, 2, 3]], "rejected_input_ids": [[1, 2, 3, 4, 5]]}
    assert lengths.lengths(encoded) == [8]
    assert lengths.mean([8], "rm").unit == "pair"


def test_the_mean_has_a_95_percent_interval() -> None:
    found = lengths.mean([1, 2, 3, 4, 5], "sft")
    assert found.tokens == 3
    assert found.half_width == pytest.approx(1.96 * (2.5 / 5) ** 0.5)  # variance 10/4


def test_no_examples_is_an_error() -> None:
    with pytest.raises(ArgumentsError, match="found none among those looked at"):
        lengths.mean([], "sft")


def test_rows_of_a_stream_are_its_first_ones() -> None:
    assert lengths.some(iter([{"a": 1}, {"a": 2}])) == {"a": [1, 2]}


# -- keys ------------------------------------------------------------------------------------------------------


def refused(given: tuple[str, ...] = (), asked: Any = 50_000, **changed: Any) -> str:
    training = {"per_device_train_batch_size": 4, "auto_find_batch_size": False, "deepspeed": None, **changed}
    finetuning = SimpleNamespace(use_mca=changed.get("use_mca", False))
    with pytest.raises(ArgumentsError) as caught:
        keys.check(asked, SimpleNamespace(**training), finetuning, dict.fromkeys(given))
    return str(caught.value)


def test_an_accumulation_beside_it_is_an_error_that_names_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(keys.LLAMABOARD, raising=False)
    assert "batch_tokens and gradient_accumulation_steps both set the batch" in refused(
        ("gradient_accumulation_steps",)
    )


@pytest.mark.parametrize("key", keys.OF_DEEPSPEED)
def test_a_batch_in_the_deepspeed_config_is_an_error_and_auto_is_not(key: str, tmp_path: Path) -> None:
    path = tmp_path / "zero.json"
    path.write_text(json.dumps({**dict.fromkeys(keys.OF_DEEPSPEED, "auto"), key: 7}), encoding="utf-8")
    said = refused(deepspeed=str(path))
    assert f"batch_tokens and {key}: 7 of deepspeed" in said
    assert "1 problem;" not in said.partition("Mend")[2]
    assert said == refused(deepspeed=json.loads(path.read_text(encoding="utf-8")))


def test_auto_find_batch_size_other_trainers_and_no_number_are_errors_all_at_once() -> None:
    said = refused(asked="many", auto_find_batch_size=True, use_mca=True, per_device_train_batch_size=0)
    assert "found 4 problems" in said
    assert "batch_tokens: expected a whole number above 0; found 'many'" in said


def test_the_form_of_the_web_ui_always_has_an_accumulation_which_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(keys.LLAMABOARD, "1")
    training = SimpleNamespace(per_device_train_batch_size=4, auto_find_batch_size=False, deepspeed=None)
    keys.check(50_000, training, SimpleNamespace(), {"gradient_accumulation_steps": 8})
    raw = {"gradient_accumulation_steps": 8, "per_device_train_batch_size": 4, "seed": 1}
    assert keys.with_batch(raw, batch(50_000, 8)) == {
        "gradient_accumulation_steps": 1,
        "per_device_train_batch_size": 3,
        "seed": 1,
    }


def test_on_a_command_line_the_words_are_appended() -> None:
    assert keys.with_batch(["--seed", "1"], batch(50_000)) == [
        *("--seed", "1", "--per_device_train_batch_size", "4", "--gradient_accumulation_steps", "6")
    ]


# -- what is counted -------------------------------------------------------------------------------------------

PAD = 0
#                    a sequence        that ends with the padding's own token, supervised
IDS = torch.tensor([[5, 6, 7, 0, 0, 0], [5, 0, 6, 0, 0, 0]])
LABELS = torch.tensor([[-100, 6, 7, -100, -100, -100], [-100, -100, 6, 0, -100, -100]])


def test_padding_is_not_counted_and_an_end_that_looks_like_it_is() -> None:
    assert int(tokens({"input_ids": IDS, "labels": LABELS}, PAD)) == 3 + 4


def test_packing_marks_its_padding_as_attended_to_and_it_is_not_counted_all_the_same() -> None:
    assert int(tokens({"input_ids": IDS, "labels": LABELS, "attention_mask": torch.ones_like(IDS)}, PAD)) == 7


def test_what_the_mask_leaves_out_is_not_counted() -> None:
    mask = torch.tensor([[1, 1, 0, 0, 0, 0], [1, 1, 1, 1, 0, 0]])
    assert int(tokens({"input_ids": IDS, "labels": LABELS, "attention_mask": mask}, PAD)) == 2 + 4


def test_a_mask_of_blocks_is_left_alone() -> None:
    mask = torch.zeros(2, 1, 6, 6)
    assert int(tokens({"input_ids": IDS, "labels": LABELS, "attention_mask": mask}, PAD)) == 7


def test_the_mean_is_per_optimiser_step_since_the_last_log_and_the_total_over_all() -> None:
    meter = Meter(batch(50_000), OneProcess(), PAD)
    row = {"input_ids": IDS[:1], "labels": LABELS[:1]}  # three tokens
    for closes in (False, True, False, True):
        meter.count(row, closes_step=closes)
    assert meter.mean() == 6
    assert meter.mean() is None
    meter.count(row, closes_step=True)
    assert meter.total() == (15 / 3, 3)


def test_a_trainer_with_another_batch_than_was_reckoned_stops() -> None:
    meter = Meter(batch(50_000), OneProcess(), PAD)
    meter.check(1, 4, 6)
    with pytest.raises(MechanismError, match="expected 1 ranks × 4 sequences × 6 accumulated; found 2 × 4 × 6"):
        meter.check(2, 4, 6)
