"""Perplexity, IFD and what they are reckoned from: against the formulas of the papers, spelt out."""

from __future__ import annotations

import math

import pytest

from converters.quality.models.batches import Piece, batches, size
from converters.quality.models.encoding import IGNORED, Encoded
from converters.quality.scoring.metrics import conditional_of, ifd, perplexity
from converters.quality.scoring.passes import Unscored
from converters.quality.scoring.stages import alone

LOSSES = {"answer": [6.0, 4], "instruction": [10.0, 5], "first": [3.0, 1]}


def test_perplexity_is_the_exponential_of_the_mean_loss_of_answers() -> None:
    found = perplexity(LOSSES)
    assert (found["nll"], found["tokens"], found["mean"]) == (6.0, 4, 1.5)
    assert found["perplexity"] == pytest.approx(math.e**1.5, rel=1e-6)


def test_the_instruction_has_a_perplexity_of_its_own() -> None:
    assert perplexity(LOSSES)["instruction"]["perplexity"] == pytest.approx(math.e**2, rel=1e-6)


def test_an_instruction_that_the_cutoff_took_has_none() -> None:
    assert perplexity({**LOSSES, "instruction": [0.0, 0]})["instruction"] is None


def test_ifd_is_the_mean_loss_given_the_instruction_by_that_of_the_answer_alone() -> None:
    found = ifd(LOSSES, (8.0, 4))
    assert found["ifd"] == (6 / 4) / (8 / 4)
    assert found["perplexity_ratio"] == pytest.approx(math.exp(6 / 4) / math.exp(8 / 4), rel=1e-6)


def test_without_a_beginning_the_first_token_counts_on_neither_side() -> None:
    found = ifd(LOSSES, (4.5, 3))
    assert found["tokens"] == 3
    assert found["ifd"] == pytest.approx(((6 - 3) / 3) / (4.5 / 3))


@pytest.mark.parametrize(
    ("losses", "by_itself", "reason"),
    [
        ({**LOSSES, "instruction": [0.0, 0]}, (8.0, 4), "no_instruction"),
        (LOSSES, (0.0, 4), "not_a_number"),
        ({**LOSSES, "answer": [3.0, 1]}, (0.0, 0), "not_a_number"),
        ({**LOSSES, "answer": [9000.0, 4]}, (8.0, 4), "not_a_number"),
    ],
)
def test_what_has_no_ratio_says_why(losses: dict[str, list[float]], by_itself: tuple[float, int], reason: str) -> None:
    with pytest.raises(Unscored, match=reason):
        ifd(losses, by_itself)


def test_a_perplexity_tells_what_it_was_reckoned_from() -> None:
    assert conditional_of(perplexity(LOSSES)) == LOSSES
    assert conditional_of(perplexity({**LOSSES, "instruction": [0.0, 0]}))["instruction"] == [0.0, 0]


TALK = Encoded((1, 10, 20, 21, 11, 22), (IGNORED, IGNORED, 20, 21, 3, 22), (2, 3, 4, 5), (0, 1), 6)
TWO = Encoded((1, 10, 20, 11, 22), (IGNORED, IGNORED, 20, IGNORED, 22), (2, 4), (0, 1, 3), 5)


def test_an_answer_alone_is_what_the_template_begins_with_and_its_tokens() -> None:
    (found,) = alone(TALK, [1])
    assert (found.ids, found.positions, found.targets) == ([1, 20, 21, 3, 22], [1, 2, 3, 4], [20, 21, 3, 22])


def test_each_answer_of_a_conversation_is_alone_by_itself() -> None:
    assert [each.ids for each in alone(TWO, [1])] == [[1, 20], [1, 22]]


def test_alone_after_nothing_the_first_token_is_not_asked_for() -> None:
    (found,) = alone(TALK, [])
    assert (found.ids, found.positions, found.targets) == ([20, 21, 3, 22], [1, 2, 3], [21, 3, 22])


def pieces(*lengths: int, rows: int = 1) -> list[Piece]:
    return [Piece(number, rows, longest, None) for number, longest in enumerate(lengths)]


def test_a_batch_is_of_neighbours_in_length_within_its_tokens() -> None:
    found = batches(pieces(3, 9, 4, 8, 10), 20)
    assert [[piece.longest for piece in batch] for batch in found] == [[10, 9], [8, 4], [3]]
    assert all(size(batch) <= 20 for batch in found)


def test_a_piece_that_is_too_long_for_any_batch_goes_alone() -> None:
    assert [[piece.number for piece in batch] for batch in batches(pieces(5, 50, 5), 12)] == [[1], [0, 2]]


def test_pieces_of_several_rows_count_all_of_them() -> None:
    assert [len(batch) for batch in batches(pieces(5, 5, 5, rows=2), 20)] == [2, 1]


def test_every_piece_is_in_one_batch() -> None:
    lengths = [1 + number * 37 % 101 for number in range(500)]
    found = [piece.number for batch in batches(pieces(*lengths), 256) for piece in batch]
    assert sorted(found) == list(range(500))
