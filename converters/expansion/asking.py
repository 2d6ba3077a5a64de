"""Every request is asked until it is answered, refused, or has failed too often: the loop of an expansion.

Each attempt stands in the journal before it is sent and after it ended. Workers take requests one after another;
limits, the circuit breaker and the budget are one for all of them.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from itertools import islice
from time import monotonic

from converters.chat import FailedError, HopelessError, RefusedError, Reply, UnstructuredError
from converters.expansion.breaker import Breaker
from converters.expansion.budget import Budget
from converters.expansion.contract import Request
from converters.expansion.estimates import PromptTokens
from converters.expansion.journal import REFUSED, Journal
from converters.expansion.limits import Limits, Ticket
from converters.expansion.rules import Asker, Ended, Rules, Watch
from converters.expansion.signals import interrupted_by_signals

__all__ = ["Asker", "Ended", "Rules", "Run", "Watch"]

BATCH = 64  # requests that are made at a time, in a thread: reading passages must not hold up answers
FLUSHED = 2.0  # seconds between two times at which the journal is brought to the disk
REJECTED = "rejected"
REFUSALS = 5  # before any answer, after which no more is asked
NO_ITEMS = "no_items"  # an honest answer where the passage has nothing for the task
LAST = ("content_filter", NO_ITEMS)  # faults of form that asking again does not mend
UNBILLED = ("429", "connect")  # causes of failures for which a server counts no tokens


class _StoppedError(Exception):
    """All has stopped before this attempt could leave."""


class Run:
    """One run over one journal."""

    def __init__(
        self,
        asker: Asker,
        journal: Journal,
        limits: Limits,
        budget: Budget,
        breaker: Breaker,
        rules: Rules,
        form_fault: Callable[[Request, Reply], str],
        watch: Watch,
    ) -> None:
        self.asker, self.journal, self.limits, self.budget = asker, journal, limits, budget
        self.breaker, self.rules, self.watch = breaker, rules, watch
        self.ended = Ended()
        self._form_fault = form_fault
        self._asked: set[bytes] = set()
        self._unusable: Counter[str] = Counter()  # faults of the answers since one could be used
        self._prompts = PromptTokens()
        self._cooling = 0  # answers of 429 in a row that named no time
        self._answered = self._refusals = 0  # in this run

    # ---- the whole

    async def ask(self, requests: Iterable[Request]) -> Ended:
        """Raises what stops a run at once: SourceError (a full disk), KeyboardInterrupt (a second Ctrl-C)."""
        source, turn = self._unsettled(iter(requests)), asyncio.Lock()

        async def work() -> None:
            while not self.is_stopped():
                async with turn:
                    request = await anext(source, None)
                if request is None:
                    return
                await self._settle(request)

        background = asyncio.create_task(self._in_the_background())
        try:
            with interrupted_by_signals(self._interrupted):
                async with asyncio.TaskGroup() as group:
                    for _ in range(self.rules.concurrency):
                        group.create_task(work())
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from several
        except asyncio.CancelledError as error:
            raise KeyboardInterrupt from error
        finally:
            background.cancel()
            self.journal.flush()
        return self.ended

    def stop(self, why: str) -> None:
        """Nothing more is asked; what is under way is waited for, because it is paid for."""
        self.ended.stopped = self.ended.stopped or why

    def is_stopped(self) -> bool:
        return bool(self.ended.stopped)

    async def _unsettled(self, requests: Iterator[Request]) -> AsyncIterator[Request]:
        """Each request once, without those that the journal holds the end of."""
        async for request in _in_batches(requests):
            key = bytes.fromhex(request.id)
            if key in self._asked:
                continue
            self._asked.add(key)
            self.ended.planned += 1
            if self.journal.is_final(request.id):
                self.ended.before += 1
            else:
                yield request

    async def _in_the_background(self) -> None:
        """What may be known only after a crash of the machine must be on the disk; a killed process loses nothing."""
        flushed = monotonic()
        while True:
            await asyncio.sleep(0.25)
            self.watch.tick(self)
            if monotonic() - flushed >= FLUSHED:
                await asyncio.to_thread(self.journal.flush)
                flushed = monotonic()

    def _interrupted(self) -> None:
        print("\nwaiting for what is under way, which is paid for; Ctrl-C again leaves it", file=sys.stderr)
        self.ended.interrupted = True
        self.stop("interrupted")

    # ---- one request

    async def _settle(self, request: Request) -> None:
        failures = 0
        most = max_tokens = int(request.parameters.get("max_tokens") or self.rules.max_tokens)
        while await self._may_leave(request, max_tokens):
            outage = self.breaker.open
            try:
                reply, attempt = await self._attempt(request, max_tokens)
            except _StoppedError:
                return
            except FailedError as error:
                # what the whole server does wrong is not held against one request
                failures += not (outage or error.cause == "429")
                if failures > self.rules.retries:
                    self.ended.unanswered[error.cause] += 1
                    return
                await self._pause(self._wait(failures) if error.asked is None else error.asked)
            except UnstructuredError:
                continue
            except (RefusedError, HopelessError):
                return
            else:
                if self._is_settled(request, attempt, reply):
                    return
                if reply.finish == "length":
                    max_tokens = self.limits.at_most(min(2 * max_tokens, 4 * most), beside=self._prompts.of(request))

    async def _may_leave(self, request: Request, max_tokens: int) -> bool:
        """Wait for the breaker and the budget. False where all has stopped."""
        while not self.is_stopped():
            seconds = self.breaker.wait(monotonic())
            cap = "" if seconds else self.budget.passed(self._prompts.of(request), max_tokens)
            if not seconds and not cap:
                return True
            if cap and not self.budget.under_way:
                self.stop(f"one more request could pass {cap}")
            # what is under way may use less than was set aside for it
            await asyncio.sleep(0.05 if cap else min(seconds, 0.25))
        return False

    async def _attempt(self, request: Request, max_tokens: int) -> tuple[Reply, int]:
        """One attempt, from its place in the limits to its line in the journal (an answer's is the caller's)."""
        prompt = self._prompts.of(request)
        self.breaker.begin()
        self.budget.begin(prompt, max_tokens)
        sent = False
        try:
            ticket = await self.limits.admitted(prompt + max_tokens, self.is_stopped)
            if ticket is None:
                raise _StoppedError
            attempt = self.journal.sent(request, prompt, max_tokens)
            self.budget.sent(prompt, max_tokens)
            sent = True
            reply = await self._reply(request, attempt, max_tokens, ticket)
        finally:
            if not sent:
                self.budget.sent(prompt, max_tokens)
            self.budget.end()
        return reply, attempt

    async def _reply(self, request: Request, attempt: int, max_tokens: int, ticket: Ticket) -> Reply:
        try:
            reply = await self.asker.ask(request, max_tokens, lambda: ticket.sent(monotonic()))
        except FailedError as error:
            self._failed(request, attempt, error)
            if error.cause in UNBILLED:
                self.limits.settle(ticket, 0)
            raise
        except UnstructuredError as error:
            self.journal.failed(request, attempt, "no_response_format", str(error))
            self.breaker.succeed()
            raise
        except RefusedError as error:
            self.breaker.succeed()
            self._refused(request, attempt, error)
            raise
        except HopelessError as error:
            self.journal.failed(request, attempt, "hopeless", error.found)
            self.ended.hopeless = True
            self.stop(f"{error.found}.\n{error.remedy}")
            raise
        self.breaker.succeed()
        self._cooling = 0
        self._answered += 1
        if reply.usage:
            self.limits.settle(ticket, reply.usage.prompt + reply.usage.completion)
            self._prompts.learn(request, reply.usage.prompt)
        return reply

    def _refused(self, request: Request, attempt: int, error: RefusedError) -> None:
        """For ever, where the server answers others; where it refuses all, the request is not what is wrong.

        One that was refused before the first answer of its run is asked again by the next run, once.
        """
        before = self.journal.totals.answered and self.journal.standing(request.id).refusals
        if self._answered or before:
            self.journal.refused(request, attempt, error.status, error.detail)
            self._end_of(request, None, f"refused_{error.status}")
            return
        self.journal.failed(request, attempt, f"{REFUSED}{error.status}", error.detail)
        self.ended.unanswered[f"{REFUSED}{error.status}"] += 1
        self._refusals += 1
        if self._refusals >= REFUSALS:
            self.ended.hopeless = True
            self.stop(
                f"the server has refused every request so far: status {error.status}: {error.detail}\n"
                "A key that it does not know is taken out with --extra-body '{\"temperature\": null}'; --answer-tokens "
                "may be too many."
            )

    def _failed(self, request: Request, attempt: int, error: FailedError) -> None:
        self.journal.failed(request, attempt, error.cause, error.detail)
        now = monotonic()
        self.breaker.fail(f"{error.cause}: {error.detail}" if error.detail else error.cause, now)
        if error.cause == "429" or error.asked is not None:
            self._cooling += error.asked is None
            seconds = self._wait(self._cooling) if error.asked is None else error.asked
            self.limits.cool_down(seconds, now)
            if error.asked is not None and seconds > self.breaker.patience:
                self.stop(
                    f"the server asks to be left alone for {seconds:,.0f} s, longer than --patience "
                    f"({error.cause}: {error.detail})"
                )
        if self.breaker.given_up(now):
            self.stop(
                f"the server has failed {self.breaker.in_a_row} times in a row, for more than "
                f"{self.breaker.patience:,.0f} s (--patience); the last time: {self.breaker.last}"
            )

    def _is_settled(self, request: Request, attempt: int, reply: Reply) -> bool:
        """Write the answer down; False where it has to be asked for again, because its form is no good."""
        fault = self._form_fault(request, reply)
        unread = self.journal.standing(request.id).unread + 1
        final = not fault or fault in LAST or unread > self.rules.ask_again
        usage = {"prompt": reply.usage.prompt, "completion": reply.usage.completion} if reply.usage else None
        answer = {"text": reply.text, "finish": reply.finish, "usage": usage, "seconds": round(reply.seconds, 3)}
        self.journal.answered(request, attempt, answer, final=final, fault=fault)
        if final:
            self._end_of(request, reply, fault)
        return final

    def _end_of(self, request: Request, reply: Reply | None, fault: str) -> None:
        self.ended.settled += 1
        good = self.watch.settled(request, reply, fault)
        if good > 0:
            self._unusable.clear()
        elif fault == NO_ITEMS:
            return
        elif fault or good == 0:
            self._unusable[fault or REJECTED] += 1
        else:  # it can be read; whether it is good is not known
            self._unusable = Counter({REJECTED: self._unusable[REJECTED]})
        number = self._unusable.total()
        if self.rules.unusable and number >= self.rules.unusable:
            reasons = ", ".join(f"{reason} {count}" for reason, count in self._unusable.most_common())
            self.stop(
                f"nothing in the last {number} answers can be used ({reasons}): the model, or the prompt, is not up to "
                "it (--stop-after 0 goes on all the same). What was answered is not asked again: once it is mended, "
                "take another --journal, or delete this one if nothing in it was good"
            )

    # ---- waiting and estimates

    def _wait(self, failures: int) -> float:
        """Doubled each time, and not the same for all, so that they do not come back at once."""
        longest = min(self.rules.longest_wait, self.breaker.patience)
        seconds = min(self.rules.first_wait * 2 ** max(failures - 1, 0), longest)
        return float(seconds * random.uniform(0.75, 1.25))

    async def _pause(self, seconds: float) -> None:
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0 and not self.is_stopped():
            await asyncio.sleep(min(left, 0.25))


async def _in_batches(requests: Iterator[Request]) -> AsyncIterator[Request]:
    while batch := await asyncio.to_thread(lambda: list(islice(requests, BATCH))):
        for request in batch:
            yield request
