"""One run of an expansion: phase by phase what is missing in the journal is asked, under one limit and one budget."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from converters.chat import Reply
from converters.expansion.asking import Asker, Ended, Rules, Run
from converters.expansion.breaker import Breaker
from converters.expansion.budget import Budget, Caps, Prices
from converters.expansion.contract import Request, Thresholds
from converters.expansion.journal import Journal
from converters.expansion.limits import Limits
from converters.expansion.live import Live


@dataclass(frozen=True)
class Phase:
    """Requests and whom they go to. `requests` is called when its turn has come: it may need what was answered before.

    `fault` says of an answer why it has to be asked again, "" if not.
    """

    word: str
    requests: Callable[[], Iterable[Request]]
    asker: Asker
    fault: Callable[[Request, Reply], str]
    number: Callable[[], int] | None = None

    def count(self) -> int:
        return self.number() if self.number else sum(1 for _ in self.requests())


@dataclass(frozen=True)
class Terms:
    """How fast, how long and for how much; `requests` and `tokens` are those of a sliding minute."""

    rules: Rules
    requests: int
    tokens: int
    patience: float
    caps: Caps
    prices: Prices


def held(
    journal: Journal, phases: Sequence[Phase], terms: Terms, thresholds: Mapping[str, Thresholds], *, quiet: bool
) -> list[Ended]:
    """How each phase ended; none is begun after one that stopped. Raises what `Run.ask` raises."""

    async def run() -> list[Ended]:
        limits = Limits(terms.requests, terms.tokens)
        limits.remember(journal.recent())
        ended: list[Ended] = []
        for phase in phases:
            live = Live(phase.count(), terms.prices, thresholds, phase.word)
            budget, breaker = Budget(journal.totals, terms.caps, terms.prices), Breaker(terms.patience)
            with live.shown(quiet=quiet):
                async with phase.asker as asker:
                    one = Run(asker, journal, limits, budget, breaker, terms.rules, phase.fault, live)
                    ended.append(await one.ask(phase.requests()))
            if ended[-1].stopped:
                break
        return ended

    return asyncio.run(run())
