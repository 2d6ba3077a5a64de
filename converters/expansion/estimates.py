"""About how many tokens a prompt has, before the server has counted it: rather too many than too few."""

from __future__ import annotations

from converters.expansion.contract import Request

FIRST_RATIO = 1.5  # tokens of a character, until the server has counted some: the old tokenizers' two are rare
MOST_RATIO = 4.0  # the bytes of a character: a server that counts more is not believed
TOKENS_OF_A_CHAT = 16  # what a chat template adds to the texts


class PromptTokens:
    """Learns from what the server counts: the most that a character has taken so far."""

    def __init__(self) -> None:
        self._of_a_character = FIRST_RATIO
        self._counted = False

    def of(self, request: Request) -> int:
        return round(_characters(request) * self._of_a_character) + TOKENS_OF_A_CHAT

    def learn(self, request: Request, tokens: int) -> None:
        found = min(tokens / max(_characters(request), 1), MOST_RATIO)
        self._of_a_character = max(found, self._of_a_character) if self._counted else found
        self._counted = True


def _characters(request: Request) -> int:
    return sum(len(message["content"]) for message in request.messages)
