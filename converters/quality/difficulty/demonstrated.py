"""An item behind its demonstrations, as tokens: what of it is the reference, and which of its tokens state a fact?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from converters.mixing.leakage import Turn
from converters.quality.difficulty.alignment import characters_of, stating
from converters.quality.difficulty.facts import Span
from converters.quality.difficulty.shots import shown
from converters.quality.models.encoding import Encoded, Encoder
from converters.quality.models.likelihood import Asked
from converters.quality.rows import Row


@dataclass(frozen=True)
class Demonstrated:
    """`turns` as they are shown, with `examples` before the item's own; `asked` the tokens of the last answer, `states`
    of each of them whether it states a fact.
    """

    turns: tuple[Turn, ...]
    examples: tuple[Row, ...]
    asked: Asked
    states: tuple[bool, ...]

    @property
    def shots(self) -> int:
        return len(self.examples)


def demonstrated(
    encoder: Encoder, item: Row, shots: Sequence[Row], facts: Sequence[Span], *, longest: int
) -> Demonstrated | None:
    """With as many of the shots as fit below the cutoff and `longest` tokens; None where the item alone does not.

    None also where the tokens of the answer do not give it back, so that nobody knows which of them state a fact.
    """
    for count in range(len(shots), -1, -1):
        turns = shown(shots[:count], item)
        encoded = encoder.encode(turns)
        if not encoded.truncated and len(encoded.ids) <= longest and encoded.answer:
            return _marked(encoder, turns, tuple(shots[:count]), encoded, facts)
    return None


def _marked(
    encoder: Encoder, turns: Sequence[Turn], examples: tuple[Row, ...], encoded: Encoded, facts: Sequence[Span]
) -> Demonstrated | None:
    positions = encoded.answers()[-1]
    tokens = [encoded.ids[at] for at in positions]
    states = [False] * len(tokens)
    if facts:
        characters = characters_of(encoder.tokenizer, tokens, turns[-1].content)
        if characters is None:
            return None
        states = stating(characters, facts)
    asked = Asked(encoded.ids, positions, [encoded.target(at) for at in positions])
    return Demonstrated(tuple(turns), examples, asked, tuple(states))
