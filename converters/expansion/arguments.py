"""The words of `expand`: what may be said on the command line, and what was said as values."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from converters import source_words
from converters.contract import GROUPS, Source, SourceError
from converters.expansion.asking import Rules
from converters.expansion.budget import Caps, Prices
from converters.expansion.contract import Task
from converters.expansion.journal import SUFFIX
from converters.expansion.session import Terms
from converters.expansion.tasks import TASKS, task_named
from converters.expansion.thresholds import described
from converters.source_words import count, positive, share_below_one

KEY = "EXPAND_API_KEY"
FOLDER = Path("expansion")
STRUCTURED = ("auto", "json_schema", "json_object", "none")


def add_asking(parser: argparse.ArgumentParser) -> None:
    """What is asked of whom, how fast, and for how much."""
    group = parser.add_argument_group("the model")
    group.add_argument("--endpoint", metavar="URL", help="OpenAI-compatible, such as http://localhost:8000/v1")
    group.add_argument("--model", default="", metavar="NAME", help="as the endpoint calls it")
    group.add_argument(
        "--key-env", default="", metavar="VAR", help=f"environment variable that holds the key (default: {KEY})"
    )
    group.add_argument("--temperature", type=float, default=0.7, metavar="X", help="(default: 0.7)")
    group.add_argument("--top-p", type=float, metavar="X", help="(default: the server's)")
    group.add_argument(
        "--answer-tokens",
        type=positive,
        default=2048,
        metavar="N",
        help="most tokens of an answer (default: 2048)",
    )
    group.add_argument(
        "--extra-body", default="", metavar="JSON", help="more keys of each request; null takes one of ours out"
    )
    group.add_argument(
        "--structured", choices=STRUCTURED, default="auto", help="response_format (auto: as much as the server knows)"
    )
    _add_pace(parser.add_argument_group("pace and patience"))
    _add_budget(parser.add_argument_group("budget, over all runs of a journal"))


def _add_pace(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--concurrency", type=positive, default=16, metavar="N", help="under way at once (default: 16)")
    group.add_argument("--requests-per-minute", type=count, default=0, metavar="N", help="in any sliding minute")
    group.add_argument("--tokens-per-minute", type=count, default=0, metavar="N", help="in any sliding minute")
    group.add_argument("--timeout", type=float, default=300.0, metavar="S", help="for a whole answer (default: 300)")
    group.add_argument(
        "--retries",
        type=count,
        default=6,
        metavar="N",
        help="failures of one request (5xx, timeouts; default: 6)",
    )
    group.add_argument(
        "--ask-again",
        type=count,
        default=2,
        metavar="N",
        help="times for an answer that cannot be read (default: 2)",
    )
    group.add_argument(
        "--patience",
        type=float,
        default=1800.0,
        metavar="S",
        help="stop when all fails for so long (default: 1800)",
    )
    group.add_argument(
        "--stop-after",
        type=count,
        default=50,
        metavar="N",
        help="unusable answers in a row; 0: never (default: 50)",
    )


def _add_budget(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--max-requests", type=count, default=0, metavar="N", help="attempts, failed ones included")
    group.add_argument("--max-tokens", type=count, default=0, metavar="N", help="of prompts and answers")
    group.add_argument("--max-cost", type=float, default=0.0, metavar="X", help="in the currency of the prices")
    group.add_argument("--price-in", type=float, default=0.0, metavar="X", help="of a million tokens of prompts")
    group.add_argument("--price-out", type=float, default=0.0, metavar="X", help="of a million tokens of answers")
    group.add_argument("--dry-run", action="store_true", help="ask nothing: what it would be, and one prompt")


def add_rows(parser: argparse.ArgumentParser, source: Source) -> None:
    """Which passages, which tasks, and what becomes of the answers."""
    group = parser.add_argument_group("passages")
    low, high = source.passage_lengths
    group.add_argument("--passages", type=positive, metavar="N", help="how many (default: all); more only adds some")
    group.add_argument("--shortest", type=positive, default=low, metavar="N", help=f"characters (default: {low})")
    group.add_argument("--longest", type=positive, default=high, metavar="N", help=f"characters (default: {high})")
    group.add_argument(
        "--per-document",
        type=count,
        default=source.passages_per_document,
        metavar="N",
        help=f"of an article, a chapter; 0: all (default: {source.passages_per_document})",
    )
    group = parser.add_argument_group("tasks and rows")
    names = ",".join(task.name for task in TASKS)
    group.add_argument("--tasks", type=tasks, default=tasks("qa"), metavar="NAMES", help=f"of {names} (default: qa)")
    group.add_argument(
        "--per-passage", default="", metavar="N", help="items of each passage: 3, or qa=4,summary=1 (default: by task)"
    )
    group.add_argument("--prompt-version", default="", metavar="TASK=V", help="qa=1,summary=2 (default: the newest)")
    group.add_argument("--prompts", type=Path, metavar="DIR", help="prompts of your own: DIR/qa/1.md")
    group.add_argument("--answer-first", action="store_true", help="have the answer chosen before its question")
    group.add_argument("--closed", type=share, default=0.0, metavar="X", help="share of questions without the passage")
    group.add_argument(
        "--thresholds", default="", metavar="TASK.NAME=X", help=f"what an item must fulfil: {described(TASKS)}"
    )
    group.add_argument(
        "--eval-share", type=share_below_one, metavar="X", help="of documents held out (default: as a conversion)"
    )
    group.add_argument("--journal", type=Path, metavar="FILE", help=f"(default: {FOLDER}/NAME{SUFFIX})")
    group.add_argument("--group", choices=GROUPS, default=source.group, help=f"of mixtures (default: {source.group})")
    group.add_argument("--weight", default="", metavar="X", help="in its group, of each dataset (default: by task)")


def add_reading(parser: argparse.ArgumentParser, source: Source) -> None:
    """What every command that reads a source understands, and where the result goes."""
    source_words.add_reading(parser, source)
    parser.add_argument("--name", default="", metavar="NEW", help=f"datasets are called by this, not {source.name}")
    parser.add_argument(
        "--dataset-dir",
        type=Path,
        default=Path("dataset_info"),
        metavar="DIR",
        help="where dataset_info.json and data/ are (default: dataset_info)",
    )


def share(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"expected a share from 0 to 1, found {text}")
    return number


def tasks(text: str) -> tuple[Task, ...]:
    try:
        return tuple(task_named(name.strip()) for name in dict.fromkeys(text.split(",")))
    except SourceError as error:
        raise argparse.ArgumentTypeError(f"expected {error.expected}, found {error.found}") from error


def terms(parsed: argparse.Namespace) -> Terms:
    """Raises SourceError."""
    caps = Caps(parsed.max_requests, parsed.max_tokens, parsed.max_cost)
    prices = Prices(parsed.price_in, parsed.price_out)
    if caps.cost and not (prices.prompt or prices.completion):
        raise SourceError(
            f"--max-cost {caps.cost:g}",
            expected="--price-in and --price-out, the prices of a million tokens",
            found="neither",
            remedy="Your provider's page of prices has them; any currency will do.",
        )
    rules = replace(
        Rules(),
        concurrency=parsed.concurrency,
        max_tokens=parsed.answer_tokens,
        retries=parsed.retries,
        ask_again=parsed.ask_again,
        unusable=parsed.stop_after,
    )
    return Terms(rules, parsed.requests_per_minute, parsed.tokens_per_minute, parsed.patience, caps, prices)


def versions(parsed: argparse.Namespace) -> dict[str, str]:
    return _pairs("--prompt-version", parsed.prompt_version)


def parameters(parsed: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {"temperature": parsed.temperature}
    if parsed.top_p is not None:
        found["top_p"] = parsed.top_p
    if not parsed.extra_body:
        return found
    try:
        extra = orjson.loads(parsed.extra_body)
    except orjson.JSONDecodeError as error:
        raise SourceError("--extra-body", expected="a JSON object", found=f"{parsed.extra_body} ({error})") from error
    ours = {"model", "messages", "stream", "response_format", "n"}
    if not isinstance(extra, dict) or ours & extra.keys():
        raise SourceError(
            "--extra-body", expected=f"a JSON object without {', '.join(sorted(ours))}", found=parsed.extra_body
        )
    return found | extra


def items(parsed: argparse.Namespace) -> dict[str, int]:
    given = parsed.per_passage
    found = {task.name: given for task in parsed.tasks} if given.isdigit() else _pairs("--per-passage", given)
    if wrong := [text for text in found.values() if not text.isdigit() or int(text) < 1]:
        raise SourceError("--per-passage", expected="a number, or TASK=NUMBER,…", found=wrong[0])
    return {task: int(number) for task, number in found.items()}


def _pairs(option: str, text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, sign, value = part.partition("=")
        if not sign or not value:
            raise SourceError(option, expected="TASK=VALUE,…", found=part)
        found[name.strip()] = value.strip()
    return found
