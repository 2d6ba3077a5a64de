"""What a person sees while an expansion runs: one line with counts, tokens, cost and the time that is left."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Any, TextIO

from converters.chat import Reply
from converters.expansion.answers import Fault, parsed
from converters.expansion.asking import Run
from converters.expansion.budget import Prices
from converters.expansion.contract import Request, Thresholds
from converters.expansion.judge import judged
from converters.expansion.repeats import repeats
from converters.expansion.tasks import TASKS

EVERY = 60.0  # seconds between two lines where nobody watches
JUDGING = 0.05  # of the time: where answers come faster than that, not all are judged while they come

_NAMES = {task.name: task for task in TASKS}


class Live:
    """Counts what settles. Items are judged as the dataset's will be, while that holds up nothing."""

    def __init__(self, planned: int, prices: Prices, thresholds: Mapping[str, Thresholds], word: str) -> None:
        self.planned, self.prices, self.word = planned, prices, word
        self.done = self.unusable = self.judged_items = self.good_items = 0
        self._thresholds = thresholds
        self._judging, self._began, self._said = 0.0, monotonic(), monotonic()
        self._bar: Any = None
        self._stream: TextIO | None = None

    # ---- Watch

    def settled(self, request: Request, reply: Reply | None, fault: str) -> int:
        self.done += 1
        self.unusable += bool(fault)
        if fault or reply is None or request.task not in _NAMES or not self._has_time():
            return 0 if fault else -1
        began = monotonic()
        good, items = _good(request, reply, self._thresholds)
        self._judging += monotonic() - began
        self.good_items += good
        self.judged_items += items
        return good

    def tick(self, run: Run) -> None:
        if self._bar is not None:
            self._bar.n = run.ended.before + self.done
            self._bar.set_postfix_str(self._state(run), refresh=False)
            self._bar.refresh()
        elif self._stream is not None and monotonic() - self._said >= EVERY:
            self._said = monotonic()
            print(
                f"{run.ended.before + self.done:,} of {self.planned:,} {self.word}: {self._state(run)}",
                file=self._stream,
            )
            self._stream.flush()

    # ----

    def _has_time(self) -> bool:
        return self._judging <= JUDGING * (monotonic() - self._began) + 0.5

    def _state(self, run: Run) -> str:
        totals = run.journal.totals
        parts = [f"rejected {self.unusable:,}", f"failed {sum(totals.failed.values()):,}"]
        if self.judged_items:
            parts.append(f"{self.good_items / self.judged_items:.0%} of {self.judged_items:,} items good")
        parts.append(f"{totals.tokens:,} tokens")
        if self.prices.prompt or self.prices.completion:
            parts.append(f"cost {totals.cost(self.prices.prompt, self.prices.completion):.2f}")
        if run.breaker.in_a_row and run.breaker.open:
            parts.append(f"the server fails ({run.breaker.last})")
        parts.append(f"ETA {self._left(run)}")
        return ", ".join(parts)

    def _left(self, run: Run) -> str:
        if not self.done:
            return "?"
        seconds = (self.planned - run.ended.before - self.done) * (monotonic() - self._began) / self.done
        hours, rest = divmod(max(round(seconds), 0), 3600)
        return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"

    @contextmanager
    def shown(self, *, quiet: bool) -> Iterator[None]:
        """A bar for who watches, a line a minute for a log, nothing for who wants quiet."""
        if quiet:
            yield
            return
        if not sys.stderr.isatty():
            self._stream = sys.stderr
            yield
            return
        from tqdm import tqdm

        form = "{n_fmt}/{total_fmt} |{bar:20}| {elapsed}{postfix}"
        with tqdm(total=self.planned, file=sys.stderr, dynamic_ncols=True, bar_format=form) as self._bar:
            yield
        self._bar = None


def _good(request: Request, reply: Reply, thresholds: Mapping[str, Thresholds]) -> tuple[int, int]:
    """(good items, items) of an answer, by the rules that the dataset is made with."""
    task = _NAMES[request.task]
    answer = parsed(task, reply.text, reply.finish)
    if isinstance(answer, Fault) or request.passage is None:
        return 0, 0
    items = answer.items
    good = 0
    for place, item in enumerate(items):
        if not repeats(item, items[:place]):
            good += not judged(task, item, request.passage, thresholds[task.name]).reason
    return good, len(items)
