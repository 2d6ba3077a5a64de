"""What does the evaluation need of the host's template and tokenizer? Two functions and three numbers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

Message = Mapping[str, str]


@dataclass(frozen=True)
class Encoded:
    """The tokens of one conversation as in training: what is given, and what the loss would see."""

    prompt_ids: list[int]
    answer_ids: list[int]


class Encoder(Protocol):
    @property
    def pad_token_id(self) -> int: ...

    @property
    def eos_token_ids(self) -> Collection[int]: ...

    def encode(self, messages: Sequence[Message]) -> Encoded:
        """Messages end with the assistant's; its content is the answer; the whole is cut to the cutoff."""
        ...

    def decode(self, ids: Sequence[int]) -> str: ...
