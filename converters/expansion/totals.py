"""What all runs of a journal have used, and where a single request stands."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Totals:
    """What all runs of a journal have used. Tokens that a server did not report are estimated, and told apart.

    `failed` counts attempts by cause; what was sent and has no outcome was under way when a run was killed.
    `uncertain` are the most tokens that answers may have had which were charged, perhaps, and never came.
    """

    sent: int = 0
    answered: int = 0
    refused: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    prompt: int = 0
    completion: int = 0
    estimated_prompt: int = 0
    estimated_completion: int = 0
    uncertain: int = 0

    @property
    def tokens(self) -> int:
        return self.prompt + self.completion + self.estimated_prompt + self.estimated_completion

    def cost(self, price_in: float, price_out: float) -> float:
        """In the currency of the prices, which are those of a million tokens."""
        completion = self.completion + self.estimated_completion
        return ((self.prompt + self.estimated_prompt) * price_in + completion * price_out) / 1e6


@dataclass(slots=True)
class Standing:
    """Where a request stands: attempts sent, refusals that did not settle it, answers without use, tokens under way.

    `under_way` are those of the prompt, `most` are the most that its answer may have.
    """

    attempts: int = 0
    refusals: int = 0
    unread: int = 0
    under_way: int = 0
    most: int = 0
