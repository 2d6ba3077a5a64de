"""The words of `expand --pairs`, and the two phases that they add: further answers, and what these are worth."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from converters.chat import Chat, Endpoint, Reply, endpoint
from converters.contract import Settings, SourceError
from converters.expansion import pairs, scoring
from converters.expansion.arguments import parameters
from converters.expansion.contract import Request
from converters.expansion.journal import Journal
from converters.expansion.pair_rows import MARGINS, PairPlan
from converters.expansion.session import Phase
from converters.source_words import positive

SUFFIX = ".pairs.jsonl"
SCORES = ("grounding", "judge", "reward")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("preference pairs")
    group.add_argument("--pairs", action="store_true", help="sample further answers to the rows' requests, for DPO")
    group.add_argument("--pair-samples", type=positive, default=4, metavar="N", help="for each row (default: 4)")
    group.add_argument("--pair-rows", type=positive, metavar="N", help="of how many rows (default: all)")
    group.add_argument("--pairs-model", default="", metavar="NAME", help="a weaker one may do (default: --model)")
    group.add_argument("--pairs-temperature", type=float, default=1.0, metavar="X", help="(default: 1)")
    group.add_argument(
        "--score", choices=SCORES, default="grounding", help="what tells which answer is better (default: grounding)"
    )
    group.add_argument("--score-model", default="", metavar="NAME", help="the judge, or the reward model")
    group.add_argument("--reward-tokenizer", default="", metavar="PATH", help="of the reward model: its chat template")
    margins = ", ".join(f"{name} {margin:g}" for name, margin in MARGINS.items())
    group.add_argument("--min-margin", type=float, metavar="X", help=f"least difference of scores (default: {margins})")
    group.add_argument(
        "--chosen", choices=("reference", "best"), default="reference", help="the better answer (default: reference)"
    )
    for who in ("pairs", "score"):
        group.add_argument(f"--{who}-endpoint", default="", metavar="URL", help="(default: --endpoint)")
        # a key goes to its own host alone: another endpoint has its own, or none
        group.add_argument(f"--{who}-key-env", default="", metavar="VAR", help=f"the key of --{who}-endpoint")


def pair_plan(parsed: argparse.Namespace, settings: Settings) -> PairPlan:
    """Raises SourceError for what is missing."""
    if parsed.score != "grounding" and not parsed.score_model:
        raise SourceError(
            f"--score {parsed.score}", expected="--score-model, the name of the model that weighs", found="nothing"
        )
    if parsed.score == "reward" and not (parsed.reward_tokenizer and parsed.score_endpoint):
        raise SourceError(
            "--score reward",
            expected="--score-endpoint, a `llamafactory-cli api` with stage: rm, and --reward-tokenizer, its folder",
            found="one or both of them missing",
        )
    return PairPlan(
        model=parsed.pairs_model or parsed.model,
        samples=parsed.pair_samples,
        temperature=parsed.pairs_temperature,
        max_tokens=parsed.answer_tokens,
        tasks=tuple(task.name for task in parsed.tasks),
        score=parsed.score,
        judge=parsed.score_model,
        min_margin=parsed.min_margin,
        chosen=parsed.chosen,
        most=parsed.pair_rows,
        settings=settings,
        chat=scoring.chat_template(parsed.reward_tokenizer) if parsed.score == "reward" else None,
        extra=_extra(parsed),
    )


def _extra(parsed: argparse.Namespace) -> dict[str, Any]:
    """What is added to each request's body, or taken out of it; a sample and a grade have temperatures of their own."""
    own = ("temperature", "top_p")
    return {name: value for name, value in parameters(parsed).items() if name not in own or value is None}


def phases(parsed: argparse.Namespace, plan: PairPlan, journal: Journal, server: Endpoint) -> list[Phase]:
    asker = Chat(_server(parsed, "pairs", server))
    sampled = Phase("further answers", lambda: pairs.sample_requests(journal, plan), asker, _fault)
    if plan.score == "grounding":
        return [sampled]
    judge = _server(parsed, "score", server)
    weigher = Chat(judge) if plan.score == "judge" else Rewarder(judge)
    return [sampled, Phase("scores", lambda: pairs.score_requests(journal, plan), weigher, _fault)]


def _server(parsed: argparse.Namespace, who: str, server: Endpoint) -> Endpoint:
    url, variable = getattr(parsed, f"{who}_endpoint"), getattr(parsed, f"{who}_key_env")
    if not url:
        return server
    return endpoint(url, variable, required=bool(variable), timeout=parsed.timeout, connections=parsed.concurrency)


def _fault(request: Request, reply: Reply) -> str:
    return pairs.fault(request, reply.text, reply.finish)


class Rewarder(Chat):
    """LLaMA-Factory's address for reward models, asked as a chat is."""

    async def ask(self, request: Request, max_tokens: int, on_sent: Callable[[], None]) -> Reply:
        found = await self.post_json(scoring.REWARD_PATH, scoring.reward_body(request))
        on_sent()
        return Reply(scoring.reward_text(found), "stop", None, 0.0)
