"""What does a model read of a conversation, and which tokens are its answer? Exactly what training would make of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from converters.mixing.leakage import Turn
from converters.quality.settings import ModelSettings

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
        """Raises nothing of its own: what cannot be supervised has no position in `answer`."""
        system, spoken = split(turns)
        answers = self.text.labels(spoken, system, on_prompt=False)
        prompts = self.text.labels(spoken, system, on_prompt=True)
        ids, labels = answers
        answer = tuple(at for at, label in enumerate(labels) if label != IGNORED)
        supervised = set(answer)
        instruction = tuple(at for at, label in enumerate(prompts[1]) if label != IGNORED and at not in supervised)
        chosen = prompts[1] if self.settings.keys.get("train_on_prompt") else labels
        whole = self.text.whole(spoken, system) if len(ids) >= self.cutoff else len(ids)
        return Encoded(tuple(ids), tuple(chosen), answer, instruction, whole)

    def prompt(self, turns: Sequence[Turn]) -> list[int]:
        """The tokens up to where the last answer begins, uncut: what is read before it is generated."""
        system, spoken = split(turns)
        return self.text.prompt(spoken, system)


def split(turns: Sequence[Turn]) -> tuple[str, list[dict[str, str]]]:
    """(the system message or "", all other turns as the host wants them)."""
    system = "".join(turn.content for turn in turns if turn.role == "system")
    return system, [{"role": turn.role, "content": turn.content} for turn in turns if turn.role != "system"]
