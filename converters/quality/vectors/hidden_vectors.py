"""What is the vector of a conversation in the model that will be trained on it? Its last hidden state, pooled.

The text is that of training, template and cutoff included. Of `instruction` and `answer` the whole conversation is
read, and the states of their own tokens are pooled: those of an answer know what was asked, those of an instruction
know no answer to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from converters.mixing.leakage import Turn
from converters.quality.contract import Matrix
from converters.quality.models import model as loading
from converters.quality.models.encoding import Encoded, Encoder
from converters.quality.models.settings import ModelSettings
from converters.quality.vectors import pooling
from converters.quality.vectors.pieces import Piece


class Span(NamedTuple):
    """Tokens, and the positions whose states are wanted."""

    ids: tuple[int, ...]
    positions: tuple[int, ...]


class HiddenVectors:
    def __init__(self, settings: ModelSettings, *, pooling: str, text: str) -> None:
        self._encoder = Encoder(settings)
        self._model = loading.load(settings, self._encoder)
        self._pooling, self._text = pooling, text

    def piece(self, turns: Sequence[Turn]) -> Piece:
        encoded = self._encoder.encode(turns)
        positions = positions_of(encoded, self._text)
        if not positions:
            return Piece(0, None, lacking=f"no token of its {self._text} before the cutoff")
        # what comes after the last position is read by none of them
        ids = encoded.ids[: positions[-1] + 1]
        if self._model.longest is not None and len(ids) > self._model.longest:
            return Piece(0, None, lacking=f"longer than the {self._model.longest:,} tokens that the model was made for")
        return Piece(len(ids), Span(ids, positions), cut=encoded.truncated)

    def vectors(self, batch: Sequence[Any]) -> Matrix:
        model = self._model
        states = pooling.last_hidden_states(
            model.model, [span.ids for span in batch], pad=model.pad_token_id, device=model.device
        )
        return pooling.pooled(states, [span.positions for span in batch], self._pooling)


def positions_of(encoded: Encoded, text: str) -> tuple[int, ...]:
    """Of the answers: the supervised tokens; of the instruction: all others, the template's own included."""
    if text == "conversation":
        return tuple(range(len(encoded.ids)))
    if text == "answer":
        return encoded.answer
    answer = set(encoded.answer)
    return tuple(at for at in range(len(encoded.ids)) if at not in answer)
