"""What does a reward model read of a conversation? The tokens in its own form, or in that of a template.

* a template of LLaMA-Factory: exactly what its stage rm makes of it;
* the chat template of the model's tokenizer;
* `pair`: (question, answer) as two texts, for encoders without a chat template.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from converters.contract import SourceError
from converters.mixing.leakage import Turn
from converters.quality.models.encoding import split

PAIR = "pair"
NO_ANSWER = "no_answer"
Encode = Callable[[Sequence[Turn]], list[int]]


class Unrated(Exception):  # noqa: N818 - counted by its reason, never the end of a run
    """Why a conversation has no rating, in a few words."""


def trained(text: Any) -> Encode:
    """As stage rm has it: `text` is a `host.Text`."""

    def encode(turns: Sequence[Turn]) -> list[int]:
        system, spoken = split(_answered(turns))
        return list(text.rated(spoken, system))

    return encode


def chat(tokenizer: Any, path: str, *, end: bool) -> Encode:
    """By the tokenizer's chat template; `end`: with the end of the sequence, where stage rm rates.

    Templates of LLaMA-Factory whose turns do not end in it (gemma, chatglm3, …) have it added in training, and not by
    the chat template that is saved. Raises SourceError where there is none.
    """
    if not tokenizer.chat_template:
        raise SourceError(
            f"--reward-model {path}",
            expected="a model whose tokenizer has a chat template",
            found="none",
            remedy="--reward-template NAME names one of LLaMA-Factory; --reward-template pair gives an encoder the "
            "question and the answer as two texts.",
        )

    def encode(turns: Sequence[Turn]) -> list[int]:
        from jinja2 import TemplateError

        messages = [turn._asdict() for turn in _answered(turns)]
        try:
            text = str(tokenizer.apply_chat_template(messages, tokenize=False))
        except TemplateError as error:  # some refuse a system message
            raise Unrated(f"chat_template_refuses: {error}") from error
        ids = list(tokenizer(text, add_special_tokens=False)["input_ids"])
        # the text may end in a line break after it
        ended = not end or text.rstrip().endswith(tokenizer.eos_token)
        return ids if ended else [*ids, int(tokenizer.eos_token_id)]

    return encode


def pair(tokenizer: Any) -> Encode:
    """All that stands before the last answer, and the answer."""

    def encode(turns: Sequence[Turn]) -> list[int]:
        *before, last = _answered(turns)
        asked = "\n".join(turn.content for turn in before)
        return list(tokenizer(asked, last.content, truncation=False, verbose=False)["input_ids"])

    return encode


def _answered(turns: Sequence[Turn]) -> Sequence[Turn]:
    if len(turns) < 2 or turns[-1].role != "assistant" or not turns[-1].content.strip():
        raise Unrated(NO_ANSWER)
    return turns
