"""How does the test server behave? Which fault a request meets, what its tokens count, which limits it really has.

All of it follows from what is asked, so that two runs meet the same faults, in whatever order they ask.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

# a server that has trouble: asked again, it may answer
TROUBLES = (
    *("429", "429_seconds", "429_date", "429_nonsense", "500", "502", "503"),
    *("reset_before", "reset_headers", "reset_body", "cut_body", "closed", "hang", "dribble", "endless"),
    *("not_json", "html", "no_choices", "null_choices", "null_content", "empty_choice", "surrogate"),
)
# a server that answers, and the answer is of no use
LIES = ("broken_json", "wrong_schema", "length", "content_filter", "prose")
# a server that answers well in an odd way
ODDITIES = (
    *("slow", "no_usage", "odd_usage", "content_parts"),
    *("fenced", "think", "duplicates", "repairable", "separators", "closing"),
)
# a server that will say the same tomorrow
REFUSALS = ("400_context", "400_filter", "400_parameter", "422")
# a server that must be mended by a person
CLOSED = ("401", "402", "403", "404", "429_quota", "301", "307", "308")
FAULTS = (*TROUBLES, *LIES, *ODDITIES, *REFUSALS, *CLOSED)

OF_THE_ANSWER = ("response_format", "max_tokens", "max_completion_tokens", "stream")


@dataclass(frozen=True)
class Behaviour:
    """`shares`: of the first `faulty_attempts` attempts of a request, so many have a fault; the next one has none.

    `first`: the faults of the first, second, … attempt of every request. `lasting`: so many requests meet their fault
    whenever they are asked. `always`: every request does. `requests` and `tokens` are really allowed in any `window`
    seconds (0: without limit). `forms`: the best `response_format` that is understood.
    `key` is the only one that opens; `echo`: errors and answers say again what was shown.
    """

    shares: Mapping[str, float] = field(default_factory=dict)
    faulty_attempts: int = 3
    first: Sequence[str] = ()
    lasting: Mapping[str, float] = field(default_factory=dict)
    always: str = ""
    latency: float = 0.0
    retry_after: float = 1.0
    requests: int = 0
    tokens: int = 0
    window: float = 60.0
    tokens_per_character: float = 0.7
    redirect_to: str = ""
    forms: str = "json_schema"
    key: str = ""
    echo: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        named = {*self.shares, *self.lasting, *self.first, self.always} - {""}
        if named - set(FAULTS):
            raise ValueError(f"no such fault: {', '.join(sorted(named - set(FAULTS)))}")

    @classmethod
    def from_json(cls, text: str) -> Behaviour:
        return cls(**json.loads(text))

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    def fault(self, digest: str, attempt: int) -> str:
        """Of the `attempt`-th time (from 1) that this is asked; "" for none."""
        if self.always:
            return self.always
        if lasting := _drawn(self.lasting, self.seed, digest):
            return lasting
        if attempt <= len(self.first):
            return self.first[attempt - 1]
        return _drawn(self.shares, self.seed, f"{digest} {attempt}") if attempt <= self.faulty_attempts else ""

    def lasting_fault(self, digest: str) -> str:
        return _drawn(self.lasting, self.seed, digest)

    def count(self, text: str) -> int:
        """What a text has of tokens here."""
        return max(1, round(len(text) * self.tokens_per_character))


def _drawn(shares: Mapping[str, float], seed: int, what: str) -> str:
    place = int.from_bytes(hashlib.sha256(f"{seed} {what}".encode()).digest()[:8], "big") / 2**64
    for name, share in shares.items():
        place -= share
        if place < 0:
            return name
    return ""


def digest_of(body: Mapping[str, Any]) -> str:
    """What is asked, whatever is said of the answer's form and length: attempts of one request have the same."""
    asked = {name: value for name, value in body.items() if name not in OF_THE_ANSWER}
    return hashlib.sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:32]


class Limits:
    """What came in during the last `window` seconds. A request counts when it comes, whatever becomes of it."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, int]] = deque()
        self._tokens = 0
        self.attempts: Counter[str] = Counter()

    def exceeded(self, now: float, tokens: int, behaviour: Behaviour) -> float:
        """Counts one in; the seconds until the window has room for it, 0 if it has. One refused takes no room."""
        while self._recent and self._recent[0][0] <= now - behaviour.window:
            self._tokens -= self._recent.popleft()[1]
        full = behaviour.requests and len(self._recent) >= behaviour.requests
        dear = behaviour.tokens and self._tokens + tokens > behaviour.tokens
        if (full or dear) and self._recent:
            return self._recent[0][0] + behaviour.window - now
        self._recent.append((now, tokens))
        self._tokens += tokens
        return 0.0
