"""How fast is the client of `expand` beside a bare loop of httpx, and how much of a slow server's time does it fill?

    python benchmarks/expansion.py                    five minutes
    python benchmarks/expansion.py --rounds 3 --requests 300

* requests a second of a bare loop (httpx.AsyncClient, the same concurrency, the same bodies, the answer's JSON parsed);
  of the same loop over clients of four connections each, which is how `expand` holds them (httpx takes longer for each
  request the more connections a client has); and of `expand` with all that it does besides: prompts, ids, limits,
  budget, the journal with its fsync, the form of the answer. All ask the test server, a process of its own that answers
  at once (tests/chat_server.py), in turn, in one run; the ratio is taken within a round. Beside wall time stands this
  process's own processor time, which other work on the machine disturbs less;
* requests a second of both at 200 ms latency ÷ (concurrency / 0.2 s), which is what perfect overlap would give. Answers
  to requests that left together come together, and are taken in one after the other: that is what is missing to 1.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
from _measure import RESULTS, Spread, circumstances, little_garbage, ratios, spread, stated, table, write

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # before this folder, whose converters.py is a benchmark

from asking_world import Wish, requests, run
from chat_world import chat_server

from converters import chat

PATIENT = {"timeout": 60.0, "max_tokens": 400}
LATENCY = 0.2
TARGET = 0.8


@dataclass(frozen=True)
class Taken:
    wall: float
    processor: float


def taken(work: Callable[[], None]) -> Taken:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return Taken(time.perf_counter() - wall, time.process_time() - processor)


async def bare(url: str, bodies: Sequence[bytes], concurrency: int, clients: int = 1) -> None:
    """What one would write: workers that post, and look into the answer."""
    share = -(-concurrency // clients)
    limits = httpx.Limits(max_connections=share, max_keepalive_connections=share)
    headers = {"Content-Type": "application/json"}
    left = iter(bodies)

    async with AsyncExitStack() as stack:
        trusted = httpx.create_ssl_context()
        several = [
            httpx.AsyncClient(limits=limits, timeout=PATIENT["timeout"], headers=headers, verify=trusted)
            for _ in range(clients)
        ]
        for client in several:
            await stack.enter_async_context(client)

        async def work(client: httpx.AsyncClient) -> None:
            for body in left:
                answer = await client.post(f"{url}/chat/completions", content=body)
                orjson.loads(answer.content)["choices"][0]["message"]["content"]

        await asyncio.gather(*(work(several[number % clients]) for number in range(concurrency)))


@contextmanager
def variants(url: str, count: int, concurrency: int) -> Iterator[dict[str, Callable[[], None]]]:
    """The same requests for both; each run of ours begins a journal of its own."""
    bodies = [chat._body(request, int(PATIENT["max_tokens"]), "json_schema") for request in requests(count)]
    with tempfile.TemporaryDirectory() as folder:
        journals = iter(range(1_000_000))

        def ours() -> None:
            wish = Wish(concurrency=concurrency, **PATIENT)
            ended = run(Path(folder) / f"{next(journals)}.jsonl", url, requests(count), wish)
            assert ended.settled == count, ended

        yield {
            "bare httpx": lambda: asyncio.run(bare(url, bodies, concurrency)),
            "bare, four each": lambda: asyncio.run(bare(url, bodies, concurrency, -(-concurrency // chat.FEW))),
            "expand": ours,
        }


def compared(url: str, count: int, concurrency: int, rounds: int) -> dict[str, Any]:
    with variants(url, count, concurrency) as each, little_garbage():
        found: dict[str, list[Taken]] = {name: [] for name in each}
        for round_ in range(-1, rounds):
            for name in list(each) if round_ % 2 else list(each)[::-1]:
                one = taken(each[name])
                if round_ >= 0:
                    found[name].append(one)
    wall = {name: [one.wall for one in runs] for name, runs in found.items()}
    processor = {name: [one.processor for one in runs] for name, runs in found.items()}
    return {
        "concurrency": concurrency,
        "requests": count,
        "rounds": rounds,
        "requests_a_second": {name: spread([count / one for one in runs]) for name, runs in wall.items()},
        "milliseconds_of_processor": {
            name: spread([one * 1000 / count for one in runs]) for name, runs in processor.items()
        },
        # of rates: ours ÷ bare is bare's time ÷ ours
        "ratio": _of_the_bare(wall),
        "ratio_by_processor": _of_the_bare(processor),
    }


def _of_the_bare(seconds: dict[str, list[float]]) -> dict[str, Any]:
    return {name: ratio for name, ratio in ratios(seconds, "expand").items() if name != "expand"}


def overlapped(folder: Path, concurrency: int, turns: int, rounds: int) -> dict[str, Any]:
    count = turns * concurrency
    possible = concurrency / LATENCY
    with (
        chat_server(folder, log=f"slow{concurrency}.log", latency=LATENCY) as server,
        variants(server.url, count, concurrency) as each,
    ):
        rates: dict[str, list[float]] = {name: [] for name in each}
        for _ in range(rounds):
            for name, work in each.items():
                rates[name].append(count / taken(work).wall)
    return {
        "concurrency": concurrency,
        "requests": count,
        "requests_a_second": {name: spread(found) for name, found in rates.items()},
        "overlap": {name: spread([rate / possible for rate in found]) for name, found in rates.items()},
    }


def measured(given: argparse.Namespace) -> dict[str, Any]:
    where = circumstances(("httpx", "h11", "orjson", "pydantic", "llamafactory-ewc"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with chat_server(folder) as server:
            beside = [compared(server.url, given.requests, each, given.rounds) for each in given.concurrency]
        overlap = [overlapped(folder, each, given.turns, max(given.rounds // 3, 1)) for each in given.concurrency]
    return {"circumstances": where, "beside_httpx": beside, "at_latency": overlap, "latency_seconds": LATENCY}


def _whole(rate: Spread) -> str:
    return f"{rate.median:,.0f} ({rate.low:,.0f}–{rate.high:,.0f})"


def page(found: dict[str, Any]) -> str:
    beside = [
        (
            *(one["concurrency"], name, _whole(rate), one["ratio"].get(name, "")),
            *(cost, one["ratio_by_processor"].get(name, "")),
        )
        for one in found["beside_httpx"]
        for (name, rate), cost in zip(
            one["requests_a_second"].items(), one["milliseconds_of_processor"].values(), strict=True
        )
    ]
    heads = (
        *("requests under way", "client", "requests/s", "expand ÷ it"),
        *("ms of processor for a request", "expand ÷ it by processor"),
    )
    overlap = [
        (
            one["concurrency"],
            one["requests"],
            _whole(one["requests_a_second"]["expand"]),
            one["overlap"]["expand"],
            one["overlap"]["bare httpx"],
        )
        for one in found["at_latency"]
    ]
    first = found["beside_httpx"][0]
    return "\n".join(
        (
            "# The client of `expand`\n",
            f"Beside a bare httpx loop, against a local server that answers at once: {first['requests']:,} requests, "
            f"median (quartiles) of {first['rounds']} rounds in turn. The target is {TARGET} of a bare loop. “Four "
            "each” is the same loop over clients of four connections, as `expand` holds them: what then is left is the "
            "cost of all else that it does (prompts, ids, limits, budget, journal, the form of the answer).\n",
            table(heads, beside),
            f"\nAt {found['latency_seconds'] * 1000:.0f} ms latency; 1 is what perfect overlap would give:\n",
            table(("requests under way", "requests", "expand, requests/s", "of the possible", "bare httpx"), overlap),
            f"\n{stated(found['circumstances'])}",
        )
    )


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=1_500, help="of one run (default 1500)")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--turns", type=int, default=40, help="requests one after another at latency (default 40)")
    parser.add_argument("--concurrency", type=int, nargs="+", default=[16, 64])
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="DIR")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    given = arguments(words)
    found = measured(given)
    text = page(found)
    print(text)
    write("expansion", found, text, folder=given.results)


if __name__ == "__main__":
    main()
