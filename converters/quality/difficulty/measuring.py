"""What does the untouched model make of a sample of a task: losses of references, and answers of its own?"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from converters.quality.difficulty import generated
from converters.quality.difficulty.demonstrated import Demonstrated
from converters.quality.difficulty.knowledge import Parts
from converters.quality.difficulty.surprise import Losses
from converters.quality.models.batched import batched
from converters.quality.models.encoding import Encoded, Encoder
from converters.quality.models.likelihood import Asked, token_losses
from converters.quality.models.model import LanguageModel, load
from converters.quality.models.settings import ModelSettings
from converters.quality.rows import Row
from converters.quality.scoring.passes import Unscored
from converters.quality.scoring.stages import Conditional

Done = Callable[[int], object]
ROOM = 16  # tokens that an answer may be longer than twice its reference


@dataclass(frozen=True)
class Reader:
    """A model with its encoder, and how many tokens go through it at once."""

    model: LanguageModel
    encoder: Encoder
    tokens: int

    @classmethod
    def of(cls, settings: ModelSettings) -> Reader:
        """Raises SourceError for a model or a template that cannot be loaded."""
        encoder = Encoder(settings)
        return cls(load(settings, encoder), encoder, settings.batch_tokens)

    @property
    def longest(self) -> int:
        return min(self.encoder.cutoff, self.model.longest or self.encoder.cutoff)

    def length(self, row: Row) -> int:
        """Tokens of a conversation before the cutoff."""
        return self.encoder.encode(row.turns).whole


def references(reader: Reader, name: str, rows: Sequence[Row], done: Done) -> tuple[Losses, Counter[str]]:
    """Losses of all answers of conversations, as training would count them; and why some have none."""
    stage = Conditional(reader.encoder, reader.model)
    unscored = Counter[str]()
    kept, pieces = [], []
    for row in rows:
        try:
            piece = stage.piece(row)
        except Unscored as reason:
            unscored[str(reason)] += 1
            done(1)
        else:
            kept.append(row)
            pieces.append(piece)
    values = batched(pieces, lambda piece: piece.longest, stage.values, tokens=reader.tokens, done=done)
    columns = []
    for row, piece, value in zip(kept, pieces, values, strict=True):
        if isinstance(value, Unscored):
            unscored[str(value)] += 1
            continue
        nats, tokens = value["answer"]
        columns.append((row.id, nats, tokens, _bytes(reader, piece.what), row.document))
    ids, nats, tokens, sizes, documents = map(tuple, zip(*columns, strict=True)) if columns else [()] * 5
    return Losses(name, ids, nats, tokens, sizes, documents), unscored


def _bytes(reader: Reader, encoded: Encoded) -> int:
    """Of what the answers' tokens say, so that a cut answer counts what is left of it."""
    tokens = ([encoded.ids[at] for at in stretch] for stretch in encoded.answers())
    texts = (reader.encoder.tokenizer.decode(each, skip_special_tokens=True).strip() for each in tokens)
    return max(1, sum(len(text.encode()) for text in texts))


def parts(reader: Reader, shown: Sequence[Demonstrated | None], done: Done) -> list[Parts | None]:
    """Of each last answer its losses on facts and on the rest; None where it could not be shown or has no number."""
    asked = [one.asked for one in shown if one is not None]
    found = iter(batched(asked, _length, partial(token_losses, reader.model), tokens=reader.tokens, done=done))
    return [None if one is None else _parts(next(found).tolist(), one.states) for one in shown]


def _length(asked: Asked) -> int:
    return len(asked.ids)


def _parts(losses: Sequence[float], states: Sequence[bool]) -> Parts | None:
    if not all(map(math.isfinite, losses)):
        return None
    facts = [loss for loss, states_fact in zip(losses, states, strict=True) if states_fact]
    form = [loss for loss, states_fact in zip(losses, states, strict=True) if not states_fact]
    return Parts(math.fsum(facts), len(facts), math.fsum(form), len(form))


def answers(reader: Reader, shown: Sequence[Demonstrated], longest: int, done: Done) -> list[str]:
    """The model's own answer to each, of at most `longest` tokens, and little more than twice its reference's."""

    def room(one: Demonstrated) -> int:
        return min(2 * len(one.asked.targets) + ROOM, longest)

    def through(batch: Sequence[Demonstrated]) -> list[str]:
        prompts = [reader.encoder.prompt(one.turns) for one in batch]
        return generated.answers(reader.model, reader.encoder, prompts, rooms=[room(one) for one in batch])

    def length(one: Demonstrated) -> int:
        return len(one.asked.ids) + room(one)

    return batched(shown, length, through, tokens=reader.tokens, done=done)
