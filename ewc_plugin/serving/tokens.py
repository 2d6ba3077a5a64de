"""What does vLLM answer to the very tokens that a stage feeds its model? Greedy, with the stage's own end tokens.

The stage's encoder writes prompts and reads answers, so that no chat template and no other tokenizer comes between.
"""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from ewc_plugin.evaluation.encoder import Encoder
from ewc_plugin.evaluation.generation import until_end
from ewc_plugin.serving import kept
from ewc_plugin.serving.endpoint import Endpoint, Line, Message, NoAnswerError, Reply, package

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Served:
    """identity: changes when the answers may (weights, precision); version: vLLM's, for signatures."""

    encoder: Encoder
    identity: str
    version: str


class TokenLine(Line):
    """A line that sends token ids in place of messages."""

    def __init__(self, client: Any, endpoint: Endpoint, served: Served) -> None:
        super().__init__(client, endpoint)
        self._served = served
        self._warned = False

    def key(self, messages: Sequence[Message], max_tokens: int) -> str:
        return kept.key(self._served.identity, self._prompt(messages), max_tokens)

    def signed(self, signature: Mapping[str, Any]) -> dict[str, Any]:
        return {**signature, "answers": f"vllm {self._served.version}", "served_model": self.endpoint.model}

    async def answer(self, messages: Sequence[Message], max_tokens: int) -> Reply:
        prompt = self._prompt(messages)
        create = self._client.completions.create
        asked = {"model": self.endpoint.model, "prompt": prompt, "max_tokens": max_tokens, "temperature": 0}
        more = {
            "stop_token_ids": sorted(self._served.encoder.eos_token_ids),
            "ignore_eos": True,  # the model's own files may name others
            "repetition_penalty": 1.0,
            "return_token_ids": True,
        }
        return self._read(await self._in_time(create(**asked, extra_body=more)), prompt)

    def _prompt(self, messages: Sequence[Message]) -> list[int]:
        return list(self._served.encoder.encode(messages).prompt_ids)

    def _read(self, found: Any, prompt: Sequence[int]) -> Reply:
        choices = getattr(found, "choices", None)
        first = choices[0] if isinstance(choices, list) and choices else None
        ids, text = getattr(first, "token_ids", None), getattr(first, "text", None)
        if not isinstance(text, str):
            raise NoAnswerError(f"no completion: {str(found)[:120]!r}", "endpoint")
        stopped = getattr(first, "finish_reason", None) != "length"
        if ids is None:
            self._warn()
            return Reply(text.strip(), stopped)
        if (seen := getattr(first, "prompt_token_ids", None)) not in (None, list(prompt)):
            raise NoAnswerError(f"asked with {len(prompt)} tokens, it read {len(seen)} or others", "hopeless")
        answer = until_end(ids, self._served.encoder.eos_token_ids)
        return Reply(self._served.encoder.decode(answer.ids).strip(), answer.finished or stopped)

    def _warn(self) -> None:
        if not self._warned:
            log.warning(
                "vLLM %s returns no token ids: answers are as its own tokenizer writes them", self._served.version
            )
        self._warned = True


@asynccontextmanager
async def connected(endpoint: Endpoint, *, served: Served) -> AsyncIterator[Line]:
    """A line to a vLLM on this machine, past any proxy that the environment names."""
    openai = package()
    client = openai.AsyncOpenAI(
        base_url=endpoint.url,
        api_key="none",
        timeout=endpoint.timeout,
        max_retries=endpoint.retries,
        http_client=openai.DefaultAsyncHttpxClient(trust_env=False),
    )
    async with client:
        yield TokenLine(client, endpoint, served)
