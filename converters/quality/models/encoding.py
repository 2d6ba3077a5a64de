"""What does a model read of a conversation, and which tokens are its answer? Exactly what training would make of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from converters.mixing.leakage import Turn
from converters.quality.models.settings import ModelSettings

if TYPE_CHECKING:
    from converters.quality import host

IGNORED = -100  # of a label: no loss there


@dataclass(frozen=True, slots=True)
class Encoded:
    """Tokens and labels of one conversation after the cutoff, as LLaMA-Factory trains on them (never packed).

    `answer` are the positions of supervised answers, `instruction` those that train_on_prompt adds to them. Position 0
    is predicted by nothing: a loss there is none. `whole` counts tokens before the cutoff.
    """

    ids: tuple[int, ...]
    labels: tuple[int, ...]
    answer: tuple[int, ...]
    instruction: tuple[int, ...]
    whole: int

    @property
    def truncated(self) -> bool:
        return self.whole > len(self.ids)

    def target(self, at: int) -> int:
        """The token that is wanted at a position.

        Not always that which is read there: templates with `efficient_eos` want the end of an answer where the next
        turn begins.
        """
        label = self.labels[at]
        return self.ids[at] if label == IGNORED else label

    def answers(self) -> list[tuple[int, ...]]:
        """The positions of each unbroken stretch of answer: one for each supervised turn."""
        found: list[list[int]] = []
        for at in self.answer:
            if found and found[-1][-1] == at - 1:
                found[-1].append(at)
            else:
                found.append([at])
        return [tuple(each) for each in found]


class Encoder:
    """Conversations → tokens, by the host's own processor; `prefix` are the tokens that every conversation begins with.

    It holds the tokenizer and the template, no weights.
    """

    def __init__(self, settings: ModelSettings) -> None:
        from converters.quality import host

        self.settings = settings
        self.text: host.Text = host.text(settings.keys)
        self.cutoff = settings.cutoff

    @property
    def tokenizer(self) -> Any:
        return self.text.tokenizer

    @property
    def template(self) -> Any:
        return self.text.template

    @property
    def pad_token_id(self) -> int:
        return int(self.text.tokenizer.pad_token_id)

    @property
    def prefix(self) -> tuple[int, ...]:
        """Of the template, or the tokenizer's BOS; () where there is neither."""
        return self.text.prefix

    def encode(self, turns: Sequence[Turn]) -> Encoded:
        """What cannot be supervised, because the cutoff leaves nothing of it, has no position in `answer`."""
        system, spoken = split(turns)
        conversation = self.text.conversation(spoken, system)
        ids, labels = conversation.labels(on_prompt=False)
        _, asked = conversation.labels(on_prompt=True)
        answer = tuple(at for at, label in enumerate(labels) if label != IGNORED)
        instruction = tuple(at for at, label in enumerate(asked) if label != IGNORED and labels[at] == IGNORED)
        chosen = asked if self.settings.keys.get("train_on_prompt") else labels
        whole = conversation.whole() if len(ids) >= self.cutoff else len(ids)
        return Encoded(tuple(ids), tuple(chosen), answer, instruction, whole)

    def prompt(self, turns: Sequence[Turn]) -> list[int]:
        """The tokens up to where the last answer begins, uncut: what is read before it is generated."""
        system, spoken = split(turns)
        return self.text.prompt(spoken, system)


def split(turns: Sequence[Turn]) -> tuple[str, list[dict[str, str]]]:
    """(the system message or "", all other turns as the host wants them)."""
    system = "".join(turn.content for turn in turns if turn.role == "system")
    return system, [{"role": turn.role, "content": turn.content} for turn in turns if turn.role != "system"]
