"""What does an OpenAI-compatible endpoint answer? Chat requests, a few at a time, each retried with growing pauses.

vLLM's server, `llamafactory-cli api` and hosted services speak this format. Needs the package `openai`, which is
imported when it is first used. Greedy: temperature 0, so that two runs may be compared.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

from ewc_plugin.errors import EwcError
from ewc_plugin.serving import kept

PATIENCE = 3  # requests in a row that the endpoint itself let fail, before the rest is not asked any more
LONGEST_PAUSE = 8  # seconds between two attempts, as the package waits where the server asks for nothing else
HOPELESS = {
    401: "is the key right?",
    403: "is the key right?",
    404: "does the URL end in /v1, and is the model served?",
}

Fault = Literal["item", "endpoint", "hopeless"]
Message = Mapping[str, str]


class EndpointError(EwcError):
    """An endpoint cannot be used as it is given."""


class NoAnswerError(Exception):
    """One request failed: for what it asks (item), or for the state of the endpoint, which may pass or not."""

    def __init__(self, reason: str, fault: Fault) -> None:
        super().__init__(reason)
        self.fault: Fault = fault


@dataclass(frozen=True)
class Endpoint:
    """timeout: seconds for one attempt; retries: after 429, 5xx, a timeout or a broken connection."""

    url: str
    model: str = ""
    key: str = ""
    concurrency: int = 8
    timeout: float = 120.0
    retries: int = 4

    @property
    def name(self) -> str:
        """The URL without a password in it."""
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


@dataclass(frozen=True)
class Reply:
    """`finished` is false when the limit of tokens cut the text off."""

    text: str
    finished: bool


class Line:
    """An open client of one endpoint."""

    def __init__(self, client: Any, endpoint: Endpoint) -> None:
        self._client, self.endpoint = client, endpoint
        self.faults = 0  # requests in a row that the endpoint let fail

    @property
    def dead(self) -> bool:
        """Whether the endpoint is not asked any more."""
        return self.faults >= PATIENCE

    async def reply(self, messages: Sequence[Message], max_tokens: int) -> Reply:
        """Raises NoAnswerError. Content that is null is an empty text: what a model does that only thinks."""
        create = self._client.chat.completions.create
        asked = {"model": self.endpoint.model, "messages": [dict(m) for m in messages], "max_tokens": max_tokens}
        return _reply(await self._in_time(create(**asked, temperature=0)))

    async def answer(self, messages: Sequence[Message], max_tokens: int) -> Reply:
        """To a conversation that ends with the reference, which is not sent. Raises NoAnswerError."""
        return await self.reply(messages[:-1], max_tokens)

    def key(self, messages: Sequence[Message], max_tokens: int) -> str:
        """Under what name such an answer is kept."""
        return kept.key(self.endpoint.name, self.endpoint.model, [dict(m) for m in messages[:-1]], max_tokens)

    def signed(self, signature: Mapping[str, Any]) -> dict[str, Any]:
        """A score's signature, with who answered; whoever serves the model cuts prompts, if anybody does."""
        uncut = {name: value for name, value in signature.items() if name != "cutoff"}
        return {**uncut, "answers": "endpoint", "served_model": self.endpoint.model}

    async def each(self, count: int, do: Callable[[int], Awaitable[None]]) -> dict[int, str]:
        """`do` for every place below `count`; returns why it failed where it failed.

        An endpoint that fails PATIENCE requests in a row, or says that no request will do, is not asked any more.
        """
        failures: dict[int, str] = {}
        places = iter(range(count))  # one for all workers

        async def work() -> None:
            for place in places:
                if self.dead:
                    failures[place] = "not asked any more: the endpoint had failed before"
                    continue
                try:
                    await do(place)
                    self.faults = 0
                except NoAnswerError as problem:
                    failures[place] = str(problem)
                    self.faults += {"item": 0, "endpoint": 1, "hopeless": PATIENCE}[problem.fault]

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self.endpoint.concurrency, count)):
                group.create_task(work())
        return failures

    async def models(self) -> list[str]:
        """What the endpoint serves. Raises NoAnswerError."""
        page = await self._in_time(self._client.models.list())
        listed = getattr(page, "data", None)
        return [str(getattr(card, "id", "")) for card in listed] if isinstance(listed, list) else []

    async def _in_time(self, call: Awaitable[Any]) -> Any:
        import openai

        attempts = self.endpoint.retries + 1
        # the package's own timeout is one of silence: a server that sends a byte a minute would never run into it
        most = attempts * (self.endpoint.timeout + LONGEST_PAUSE)
        try:
            async with asyncio.timeout(most):
                return await call
        except openai.APIStatusError as problem:
            raise NoAnswerError(_said(problem), _fault(problem.status_code)) from problem
        except openai.APITimeoutError as problem:
            raise NoAnswerError(
                f"no answer within {self.endpoint.timeout:g} s, {attempts} times", "endpoint"
            ) from problem
        except openai.APIConnectionError as problem:
            raise NoAnswerError(f"no connection: {problem.__cause__ or problem}", "endpoint") from problem
        except TimeoutError as problem:
            raise NoAnswerError(f"no whole answer within {most:g} s", "endpoint") from problem
        except (openai.OpenAIError, ValueError, TypeError, AttributeError) as problem:
            raise NoAnswerError(f"no chat completion: {type(problem).__name__}: {problem}", "endpoint") from problem


@asynccontextmanager
async def connected(endpoint: Endpoint) -> AsyncIterator[Line]:
    """A line to the endpoint. Without a model's name, the only one that it serves is asked."""
    client = package().AsyncOpenAI(
        base_url=endpoint.url,
        api_key=endpoint.key or "none",  # local servers want none, the package wants one
        timeout=endpoint.timeout,
        max_retries=endpoint.retries,
    )
    async with client:
        line = Line(client, endpoint)
        if not endpoint.model:
            line.endpoint = replace(endpoint, model=await _only_model(line))
        yield line


def package() -> Any:
    """`openai`; raises EndpointError where it is not installed."""
    try:
        import openai
    except ImportError as problem:
        raise EndpointError(
            "endpoint",
            expected="the package openai",
            found=str(problem),
            remedy="Install it: pip install 'llamafactory-ewc[endpoint]' (or: pip install openai).",
        ) from problem
    return openai


async def _only_model(line: Line) -> str:
    try:
        models, found = await line.models(), ""
    except NoAnswerError as problem:
        models, found = [], str(problem)
    if len(models) == 1:
        return models[0]
    raise EndpointError(
        f"endpoint {line.endpoint.name}",
        expected="one model that it serves",
        found=found or (", ".join(models) if models else "none"),
        remedy="Start the server, or name one of its models: --served-model NAME.",
    )


def _reply(found: Any) -> Reply:
    choices = getattr(found, "choices", None)
    first = choices[0] if isinstance(choices, list) and choices else None
    message = getattr(first, "message", None)
    content = getattr(message, "content", None)
    if message is None or not isinstance(content, str | None):
        raise NoAnswerError(f"no chat completion: {str(found)[:120]!r}", "endpoint")
    return Reply((content or "").strip(), getattr(first, "finish_reason", None) != "length")


def _fault(status: int) -> Fault:
    if status in HOPELESS:
        return "hopeless"
    return "endpoint" if status >= 500 or status in (408, 409, 429) else "item"


def _said(problem: Any) -> str:
    hint = HOPELESS.get(problem.status_code)
    return f"status {problem.status_code}: {str(problem.message)[:200]}" + (f" ({hint})" if hint else "")


def counted(failures: Mapping[Any, str], most: int = 3) -> str:
    """The reasons with how often each was given, the most frequent first."""
    reasons = list(failures.values())
    ranked = sorted(set(reasons), key=lambda reason: (-reasons.count(reason), reason))
    return "; ".join(f"{reasons.count(reason)} × {reason}" for reason in ranked[:most])
