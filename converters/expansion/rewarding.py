"""Ratings by a reward model as answers to requests: limits, retries and the journal are those of any other request."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Self

from converters.chat import Chat, Reply
from converters.expansion.contract import Request
from converters.expansion.scoring import REWARD_PATH, reward_body, reward_text


class Rewards:
    """Takes the place of a chat: its requests are `scoring.reward_request`s, and an answer is a number as text."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    async def __aenter__(self) -> Self:
        await self._chat.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._chat.__aexit__(*error)

    async def ask(self, request: Request, max_tokens: int, on_sent: Callable[[], None]) -> Reply:
        """Raises what `Chat.post_json` raises."""
        began = monotonic()
        on_sent()
        found = await self._chat.post_json(REWARD_PATH, reward_body(request))
        return Reply(reward_text(found), "stop", None, monotonic() - began)
