"""What an expansion may use in all, over all runs of its journal: requests, tokens, money.

What is under way counts with the most that it can take, so that no cap is ever passed.
"""

from __future__ import annotations

from dataclasses import dataclass

from converters.expansion.totals import Totals


@dataclass(frozen=True)
class Prices:
    """Of a million tokens, in any currency; 0 where nothing was said."""

    prompt: float = 0.0
    completion: float = 0.0

    def of(self, prompt: float, completion: float) -> float:
        return (prompt * self.prompt + completion * self.completion) / 1e6


@dataclass(frozen=True)
class Caps:
    """0 where there is none."""

    requests: int = 0
    tokens: int = 0
    cost: float = 0.0


class Budget:
    """`totals` is the journal's own count, which it keeps up to date; what has not been counted there is set aside."""

    def __init__(self, totals: Totals, caps: Caps, prices: Prices) -> None:
        self.totals, self.caps, self.prices = totals, caps, prices
        self._requests, self._prompt, self._completion, self._under_way = 0, 0, 0, 0

    @property
    def under_way(self) -> bool:
        return bool(self._under_way)

    def passed(self, prompt: int, completion: int) -> str:
        """Which cap one more attempt could pass, with what is under way; "" if none. Both in tokens."""
        prompt, completion = prompt + self._prompt, completion + self._completion
        if self.caps.requests and self.totals.sent + self._requests + 1 > self.caps.requests:
            return f"--max-requests {self.caps.requests}"
        if self.caps.tokens and self.totals.tokens + self.totals.uncertain + prompt + completion > self.caps.tokens:
            return f"--max-tokens {self.caps.tokens}"
        cost = self.totals.cost(self.prices.prompt, self.prices.completion)
        cost += self.prices.of(prompt, completion + self.totals.uncertain)
        return f"--max-cost {self.caps.cost:g}" if self.caps.cost and cost > self.caps.cost else ""

    def begin(self, prompt: int, completion: int) -> None:
        self._under_way += 1
        self._requests += 1
        self._prompt += prompt
        self._completion += completion

    def sent(self, prompt: int, completion: int) -> None:
        """The journal has counted the request with its prompt, and the most that its answer can have as uncertain."""
        self._requests -= 1
        self._prompt -= prompt
        self._completion -= completion

    def end(self) -> None:
        self._under_way -= 1
