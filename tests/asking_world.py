"""What the tests of asking share: requests about numbered passages, and a run over them, here or in its own process.

python tests/asking_world.py JOURNAL URL COUNT [JSON of further `Wish` fields]
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chat_behaviour import digest_of
from chat_world import TEXT

from converters.chat import Chat, Endpoint, Reply
from converters.expansion.answers import form_fault
from converters.expansion.asking import Ended, Rules, Run
from converters.expansion.breaker import Breaker
from converters.expansion.budget import Budget, Caps, Prices
from converters.expansion.contract import Passage, Request
from converters.expansion.journal import Journal
from converters.expansion.limits import Limits
from converters.expansion.prompt_files import load
from converters.expansion.tasks import task_named
from converters.expansion.tasks.forms import form

QA, PROMPT = task_named("qa"), load("qa", "1")


@dataclass(frozen=True)
class Wish:
    """What a run is asked to keep to; the defaults have no limit and much patience."""

    requests: int = 0
    tokens: int = 0
    window: float = 60.0
    caps: tuple[int, int, float] = (0, 0, 0.0)
    prices: tuple[float, float] = (0.0, 0.0)
    concurrency: int = 16
    max_tokens: int = 400
    retries: int = 6
    timeout: float = 1.0
    first_wait: float = 0.02
    longest_wait: float = 0.2
    patience: float = 60.0
    unusable: int = 50
    key: str = field(default="", repr=False)


def requests(count: int, start: int = 0) -> Iterator[Request]:
    for number in range(start, start + count):
        text = TEXT.format(number)
        messages = (
            {"role": "system", "content": "你为中文阅读题出题。"},
            {"role": "user", "content": f"段落：\n{text}"},
        )
        passage = Passage(text, f"桥{number}", "wiki", title=f"第{number}座石桥", licence="CC0-1.0")
        messages = PROMPT.messages(passage, items=2)
        yield Request("qa", "1", "test", messages, {"temperature": 0.7}, passage, {"items": 2}, form(QA))


def digests(asked: Sequence[Request]) -> list[str]:
    """As the server names them."""
    return [digest_of({"model": one.model, "messages": list(one.messages), **one.parameters}) for one in asked]


class Nobody:
    def settled(self, request: Request, reply: Reply | None, fault: str) -> int:
        return -1

    def tick(self, run: Run) -> None:
        pass


@dataclass
class Watcher(Nobody):
    """Counts every request that is settled: a second time is what must not happen."""

    settled_as: dict[str, list[str]] = field(default_factory=dict)

    def settled(self, request: Request, reply: Reply | None, fault: str) -> int:
        self.settled_as.setdefault(request.id, []).append(fault)
        return -1


def run(journal: Path, url: str, asked: Sequence[Request] | Iterator[Request], wish: Wish, watch: Any = None) -> Ended:
    return asyncio.run(_run(journal, url, asked, wish, watch or Watcher()))


async def _run(journal: Path, url: str, asked: Any, wish: Wish, watch: Any) -> Ended:
    rules = Rules(
        concurrency=wish.concurrency, max_tokens=wish.max_tokens, retries=wish.retries, unusable=wish.unusable,
        first_wait=wish.first_wait, longest_wait=wish.longest_wait,
    )  # fmt: skip
    server = Endpoint(url, wish.key, timeout=wish.timeout, connect=wish.timeout, connections=wish.concurrency)
    with Journal(journal) as opened:
        async with Chat(server) as chat:
            budget = Budget(opened.totals, Caps(*wish.caps), Prices(*wish.prices))
            limits = Limits(wish.requests, wish.tokens, wish.window)
            breaker = Breaker(wish.patience)
            return await Run(chat, opened, limits, budget, breaker, rules, _fault, watch).ask(asked)


def _fault(request: Request, reply: Reply) -> str:
    return form_fault(QA, reply.text, reply.finish)


def journal_lines(path: Path) -> list[dict[str, Any]]:
    """Read with the plainest tools there are, a torn last line left out."""
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1] if line]


def main() -> None:
    journal, url, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    wish = Wish(**json.loads(sys.argv[4])) if len(sys.argv) > 4 else Wish()
    ended = run(journal, url, requests(count), wish, Nobody())
    status = Path("/proc/self/status").read_text(encoding="utf-8")  # getrusage would count the parent's memory
    peak = int(status.partition("VmHWM:")[2].split()[0])
    print(json.dumps({"whole": ended.whole, "stopped": ended.stopped, "settled": ended.settled, "kilobytes": peak}))


if __name__ == "__main__":
    main()
