"""What did an expansion use: attempts, tokens and money, and how much of it for nothing?

Tokens are `reported` by the server, `estimated` where it gave no usage with an answer, and `uncertain` where an attempt
failed or was under way when a run was killed: nobody knows whether it was charged. The estimates are those of the
journal, so that the sum of all three is what its budget counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from converters.expansion.budget import Prices

# what became of it, as the money is told apart
ACCEPTED, REJECTED, ASKED_AGAIN, PAIRS, FAILED = "accepted", "rejected", "asked_again", "pairs", "failed"
USES = (ACCEPTED, REJECTED, ASKED_AGAIN, PAIRS, FAILED)
LOST = "lost"  # the cause of what was under way when a run was killed


@dataclass
class Tokens:
    """Of prompts and of answers; an answer that is accepted in part is split, hence not whole numbers."""

    prompt: float = 0.0
    completion: float = 0.0

    def add(self, other: Tokens, share: float = 1.0) -> None:
        self.prompt += share * other.prompt
        self.completion += share * other.completion

    def as_json(self) -> dict[str, int]:
        return {"prompt": round(self.prompt), "completion": round(self.completion)}


@dataclass
class Spent:
    """Of one request while it is open; then of all of a task, prompt version and model."""

    settled: int = 0
    unsettled: int = 0
    attempts: int = 0
    answered: int = 0
    refused: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    asked_again: Counter[str] = field(default_factory=Counter)
    reported: Tokens = field(default_factory=Tokens)
    estimated: Tokens = field(default_factory=Tokens)
    uncertain: Counter[str] = field(default_factory=Counter)  # tokens of prompts, by the cause of the failure
    uses: dict[str, Tokens] = field(default_factory=lambda: {use: Tokens() for use in USES})
    under_way: dict[int, int] = field(default_factory=dict)  # attempt -> tokens of its prompt

    def add(self, other: Spent) -> None:
        for name in ("settled", "unsettled", "attempts", "answered", "refused"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.failed += other.failed
        self.asked_again += other.asked_again
        self.uncertain += other.uncertain
        self.reported.add(other.reported)
        self.estimated.add(other.estimated)
        for use, tokens in other.uses.items():
            self.uses[use].add(tokens)

    def answer(self, line: Mapping[str, Any], uses: Mapping[str, float]) -> None:
        """`uses`: what share of it is of which use."""
        self.answered += 1
        sent, usage = self.under_way.pop(line["attempt"], 0), line["usage"]
        used = Tokens(usage["prompt"], usage["completion"]) if usage else Tokens(sent, len(line["text"]))
        (self.reported if usage else self.estimated).add(used)
        for use, share in uses.items():
            self.uses[use].add(used, share)

    def fail(self, attempt: int, cause: str) -> None:
        if cause != LOST:
            self.failed[cause] += 1
        tokens = self.under_way.pop(attempt, 0)
        self.uncertain[cause] += tokens
        self.uses[FAILED].add(Tokens(tokens))

    def close(self) -> None:
        """What is still under way never came back."""
        for attempt in list(self.under_way):
            self.fail(attempt, LOST)

    def as_json(self, prices: Prices) -> dict[str, Any]:
        return {
            "requests": {"settled": self.settled, "unsettled": self.unsettled},
            "attempts": self.attempts,
            "answered": self.answered,
            "refused": self.refused,
            "failed": dict(self.failed.most_common()),
            "asked_again": dict(self.asked_again.most_common()),
            "lost": self.attempts - self.answered - self.refused - self.failed.total(),
            "tokens": {
                "reported": self.reported.as_json(),
                "estimated": self.estimated.as_json(),
                "uncertain": {"prompt": self.uncertain.total(), "by_cause": dict(self.uncertain.most_common())},
                "uses": {use: tokens.as_json() for use, tokens in self.uses.items()},
            },
            "cost": self.cost(prices),
        }

    def cost(self, prices: Prices) -> dict[str, float] | None:
        """By use, in the currency of the prices; None without any. What failed was perhaps not charged."""
        if not (prices.prompt or prices.completion):
            return None
        found = {use: prices.of(tokens.prompt, tokens.completion) for use, tokens in self.uses.items()}
        certain = sum(cost for use, cost in found.items() if use != FAILED)
        return {name: round(cost, 6) for name, cost in {"total": certain, **found}.items()}


Whose = tuple[str, str, str]  # task, prompt version, model


class Spending:
    """Fed line by line; a request is known by its id alone until it is settled."""

    def __init__(self) -> None:
        self.by: dict[Whose, Spent] = {}
        self.unsettled = Spent()
        self._open: dict[str, Spent] = {}

    def add(self, line: Mapping[str, Any], uses: Mapping[str, float]) -> None:
        if line["event"] == "journal":
            return
        spent = self._open.setdefault(line["id"], Spent())
        if line["event"] == "sent":
            spent.attempts += 1
            spent.under_way[line["attempt"]] = line["prompt"]
        elif line["event"] == "failed":
            spent.fail(line["attempt"], line["cause"])
        elif line["event"] == "answered":
            if not line["final"]:
                spent.asked_again[line["fault"]] += 1
            spent.answer(line, uses if line["final"] else {ASKED_AGAIN: 1.0})
        else:
            spent.refused += 1
            spent.under_way.pop(line["attempt"], None)  # refused before anything was read
        if line.get("final"):
            self._settle(line)

    def _settle(self, line: Mapping[str, Any]) -> None:
        spent = self._open.pop(line["id"])
        spent.close()
        spent.settled = 1
        self.by.setdefault((line["task"], line["version"], line["model"]), Spent()).add(spent)

    def close(self) -> None:
        """At the end of the journal: what is open has no answer, and nobody knows of which task it was."""
        for spent in self._open.values():
            spent.close()
            spent.unsettled = 1
            self.unsettled.add(spent)
        self._open.clear()

    @property
    def total(self) -> Spent:
        return total([*self.by.values(), self.unsettled])


def total(parts: Iterable[Spent]) -> Spent:
    found = Spent()
    for part in parts:
        found.add(part)
    return found
