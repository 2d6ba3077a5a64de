"""What goes through an embedding model together, and what is done where memory does not hold it."""

import numpy as np
import pytest
import torch

from converters.contract import SourceError
from converters.quality.models.batches import Piece as Sized
from converters.quality.models.batches import batches
from converters.quality.models.encoding import Encoded
from converters.quality.vectors import pooling
from converters.quality.vectors.hidden_vectors import positions_of
from converters.quality.vectors.pieces import Piece, embedded


def pieces(*sizes: int) -> list[Piece]:
    return [Piece(size, number) for number, size in enumerate(sizes)]


def test_batches_hold_a_budget_with_their_padding_and_each_piece_once() -> None:
    sized = [Sized(number, 1, size, None) for number, size in enumerate([3, 8, 2, 8, 100, 1])]
    assert [[piece.number for piece in batch] for batch in batches(sized, 16)] == [[4], [1, 3], [0, 2, 5]]


def test_vectors_come_in_the_order_of_the_pieces_whatever_the_batches() -> None:
    def embed(batch: list[int]) -> np.ndarray:
        return np.asarray([[number, -number] for number in batch], dtype=np.float32)

    for budget in (1, 10, 1000):
        assert embedded(pieces(5, 1, 7, 2), embed, budget)[:, 0].tolist() == [0, 1, 2, 3]


def test_where_memory_does_not_hold_a_batch_the_budget_is_halved_until_it_does() -> None:
    seen: list[int] = []

    def embed(batch: list[int]) -> np.ndarray:
        if len(batch) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        seen.append(len(batch))
        return np.asarray([[number] for number in batch], dtype=np.float32)

    assert embedded(pieces(*[1] * 7), embed, 1000)[:, 0].tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert seen == [1] * 7  # 7 tokens at once, then 3, then 1


def test_one_example_that_memory_does_not_hold_ends_the_run_with_advice() -> None:
    def embed(batch: list[int]) -> np.ndarray:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

    with pytest.raises(SourceError, match=r"room for one example; found CUDA out of memory\."):
        embedded(pieces(5), embed, 10)


def test_pooling_is_the_mean_over_chosen_positions_or_the_last_of_them() -> None:
    states = torch.arange(24, dtype=torch.float64).reshape(2, 3, 4)
    chosen = [[0, 2], [1]]
    assert pooling.pooled(states, chosen, "mean").tolist() == [[4, 5, 6, 7], [16, 17, 18, 19]]
    assert pooling.pooled(states, chosen, "last").tolist() == [[8, 9, 10, 11], [16, 17, 18, 19]]


def test_half_precision_is_averaged_in_float32() -> None:
    """1.00390625 is no number of bfloat16."""
    states = torch.tensor([[[1.0], [1.0078125]]], dtype=torch.bfloat16)
    assert pooling.pooled(states, [[0, 1]], "mean").tolist() == [[1.00390625]]


def test_instruction_and_answer_share_out_the_tokens_of_a_conversation() -> None:
    encoded = Encoded(
        ids=tuple(range(6)), labels=(-100, -100, 2, -100, 4, 5), answer=(2, 4, 5), instruction=(), whole=6
    )
    assert positions_of(encoded, "instruction") == (0, 1, 3)
    assert positions_of(encoded, "answer") == (2, 4, 5)
    assert positions_of(encoded, "conversation") == (0, 1, 2, 3, 4, 5)
