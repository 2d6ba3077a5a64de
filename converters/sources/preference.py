"""Any set that says which of two answers is better: pairs, whole conversations, ratings, ranks, votes.

Whether the better answer is good is not judged here, only whether there is a difference to learn from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from converters.contract import (
    Context,
    Dataset,
    Download,
    Example,
    Format,
    Hub,
    Message,
    Option,
    Outcome,
    Reject,
    Source,
    assistant,
    system,
    user,
)
from converters.conversations.layouts import conversation, message_of, order_fault
from converters.judging.filters import first_fault
from converters.judging.script_asked import in_asked_script
from converters.text import key, tidy

NAME = "preference"

Record = Mapping[str, Any]

# The better and the worse answer, by the names that public sets have for them.
PAIRS = (
    ("chosen", "rejected"),
    ("chosen_response", "rejected_response"),
    ("response_chosen", "response_rejected"),
    ("pos_resp", "neg_resp"),
    ("response_j", "response_k"),
    ("better_response", "worse_response"),
    ("preferred", "dispreferred"),
)
PROMPTS = ("prompt", "instruction", "question", "query", "context", "conversations", "messages", "input")


@dataclass(frozen=True)
class Ranked:
    """A request and two answers; `margin` is the difference of their ratings, 0 where there are none."""

    messages: Sequence[Message]
    better: str
    worse: str
    margin: float = 0.0


def _outcome(ranked: Ranked, context: Context) -> Outcome:
    fault = _fault(ranked)
    if fault:
        return Reject(NAME, *fault)
    given = [*ranked.messages, assistant(ranked.better), assistant(ranked.worse)]
    *messages, better, worse = in_asked_script(given, context.script)
    return Example(
        NAME,
        tuple(messages),
        document=f"prompt:{key(next(message.content for message in messages if message.role == 'user'))}",
        licence=context.option("licence"),
        chosen=better,
        rejected=worse,
        extra={"margin": round(float(ranked.margin), 4)},
        notes=("simplified",) if [*messages, better, worse] != given else (),
    )


def _fault(ranked: Ranked) -> tuple[str, str] | None:
    order = order_fault(ranked.messages)
    if order:
        return "turn_order", order
    if not all(message.content for message in ranked.messages):
        return "empty_prompt", ""
    if not ranked.better or not ranked.worse:
        return "empty_answer", "the better answer" if not ranked.better else "the worse answer"
    if key(ranked.better) == key(ranked.worse):
        return "identical_answers", ranked.better[:80]
    return first_fault([*ranked.messages, assistant(ranked.better)])


# ---- two answers


def _pair_names(record: Any) -> tuple[str, str] | None:
    if not isinstance(record, Mapping):
        return None
    return next(((better, worse) for better, worse in PAIRS if better in record and worse in record), None)


def _is_pair(record: Any) -> bool:
    names = _pair_names(record)
    return names is not None and all(_as_turns(record[name]) is not None for name in names)


def _has_pair(record: Any) -> bool:
    return _pair_names(record) is not None


def _as_turns(value: Any) -> list[Message] | None:
    """An answer alone, one turn, or a conversation that ends with the answer."""
    turns = conversation(value)
    if turns is not None:
        return turns
    if isinstance(value, str):
        return [assistant(tidy(value))]
    turn = message_of(value)
    return [turn] if turn else None


def from_pair(record: Record, context: Context) -> Sequence[Outcome]:
    """`chosen` and `rejected` (or their like), as texts, turns or conversations that share their beginning."""
    better, worse = (_as_turns(record[name]) for name in _pair_names(record) or PAIRS[0])
    if better is None or worse is None:
        return [Reject(NAME, "missing_columns", "chosen and rejected must be texts, turns or lists of turns")]
    shared = _shared(better, worse)
    ends = better[shared:], worse[shared:]
    if [len(end) for end in ends] != [1, 1] or any(end[0].role != "assistant" for end in ends):
        detail = f"{len(ends[0])} and {len(ends[1])} turns differ, expected one answer each"
        return [Reject(NAME, "identical_answers" if not any(ends) else "turn_order", detail)]
    messages = better[:shared] or _request(record)
    return [_outcome(Ranked(_with_system(messages, record), ends[0][0].content, ends[1][0].content), context)]


def _shared(one: Sequence[Message], other: Sequence[Message]) -> int:
    """How many turns two conversations have in common, the last answers not counted."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _request(record: Record) -> list[Message]:
    """What was asked: a conversation, or a text, with an input and the turns before it."""
    for name in PROMPTS:
        value = record.get(name)
        turns = conversation(value)
        if turns:
            # a flattened conversation ends with a bare `Assistant:`
            return turns if turns[-1].content or turns[-1].role == "user" else turns[:-1]
        if isinstance(value, str) and value.strip():
            more = record.get("input") if name == "instruction" else ""
            asked = "\n".join(tidy(part) for part in (value, more) if isinstance(part, str) and part.strip())
            return [*(conversation(record.get("history")) or []), user(asked)]
    return []


def _with_system(messages: Sequence[Message], record: Record) -> list[Message]:
    told = record.get("system")
    if not isinstance(told, str) or not told.strip() or (messages and messages[0].role == "system"):
        return list(messages)
    return [system(tidy(told)), *messages]


# ---- LLaMA-Factory's former layout: output is a list, the better answer first


def _is_output_list(record: Any) -> bool:
    output = record.get("output") if isinstance(record, Mapping) else None
    return (
        isinstance(output, list)
        and len(output) == 2
        and all(isinstance(text, str) for text in output)
        and isinstance(record.get("instruction"), str)
    )


def from_output_list(record: Record, context: Context) -> Sequence[Outcome]:
    better, worse = (tidy(text) for text in record["output"])
    return [_outcome(Ranked(_with_system(_request(record), record), better, worse), context)]


# ---- several answers with ratings or ranks

ANSWERS = ("completions", "answers", "responses", "candidates")
_ANSWER_TEXTS = ("response", "answer", "text", "content", "output", "completion")


def _answers(record: Any) -> list[Mapping[str, Any]]:
    if not isinstance(record, Mapping):
        return []
    found: list[Any] = next((record[name] for name in ANSWERS if isinstance(record.get(name), list)), [])
    return [item for item in found if isinstance(item, Mapping) and _answer_text(item)]


def _answer_text(answer: Mapping[str, Any]) -> str:
    return next((tidy(answer[name]) for name in _ANSWER_TEXTS if isinstance(answer.get(name), str)), "")


def _is_rated(record: Any) -> bool:
    answers = _answers(record)
    return len(answers) > 1 and any(_score(answer) is not None for answer in answers)


def _has_answers(record: Any) -> bool:
    return isinstance(record, Mapping) and any(isinstance(record.get(name), list) for name in ANSWERS)


def from_ratings(record: Record, context: Context) -> Sequence[Outcome]:
    """The best and the worst of several answers (UltraFeedback, Nectar); equal ratings say nothing."""
    scored = [(score, _answer_text(answer)) for answer in _answers(record) if (score := _score(answer)) is not None]
    if len(scored) < 2:
        return [Reject(NAME, "no_ratings", f"{len(scored)} answers with a rating")]
    best, worst = max(scored, key=lambda item: item[0]), min(scored, key=lambda item: item[0])
    if best[0] == worst[0]:
        return [Reject(NAME, "tie", f"all answers are rated {best[0]:g}")]
    ranked = Ranked(_with_system(_request(record), record), best[1], worst[1], best[0] - worst[0])
    return [_outcome(ranked, context)]


def _score(answer: Mapping[str, Any]) -> float | None:
    """The mean of the ratings of several aspects; else a score; else a rank, of which the first is the best.

    UltraFeedback's overall_score comes last: it holds tens that its own critique takes for ones.
    """
    aspects = answer.get("annotations")
    if isinstance(aspects, Mapping):
        ratings = [_number(aspect.get("Rating")) for aspect in aspects.values() if isinstance(aspect, Mapping)]
        known = [rating for rating in ratings if rating is not None]
        if known and len(known) == len(ratings):
            return sum(known) / len(known)
    for name in ("fine-grained_score", "score", "rating", "reward", "overall_score"):
        if (score := _number(answer.get(name))) is not None:
            return score
    rank = _number(answer.get("rank"))
    return -rank if rank is not None else None


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


# ---- two answers and a vote

_VOTES = (
    ("response_0", "response_1", ("better_response_id",)),
    ("response_a", "response_b", ("winner", "preference", "label")),
    ("conversation_a", "conversation_b", ("winner",)),
    ("answer_a", "answer_b", ("winner", "preference")),
)
_FIRST, _SECOND = {"0", "a", "model_a", "response_a", "left"}, {"1", "b", "model_b", "response_b", "right"}


def _vote(record: Any) -> tuple[str, str, str] | None:
    if not isinstance(record, Mapping):
        return None
    for one, other, names in _VOTES:
        vote = next((record[name] for name in names if name in record), None)
        if one in record and other in record and vote is not None:
            return one, other, str(vote).strip().lower()
    return None


def _is_vote(record: Any) -> bool:
    return _vote(record) is not None


def from_vote(record: Record, context: Context) -> Sequence[Outcome]:
    """Two answers and who won (PKU-SafeRLHF, the chatbot arena)."""
    one, other, vote = _vote(record) or ("", "", "")
    if vote not in _FIRST | _SECOND:
        return [Reject(NAME, "tie", f"the vote is {vote}")]
    better, worse = (one, other) if vote in _FIRST else (other, one)
    return from_pair({**record, "chosen": record[better], "rejected": record[worse]}, context)


SOURCE = Source(
    name=NAME,
    group="foundation",
    licence="LicenseRef-unstated",
    origin="your own, or the hub: any set with ranked answers",
    formats=(
        Format(
            "pairs",
            "chosen and rejected, as texts, turns or conversations, with prompt, instruction or conversations",
            "record",
            _is_pair,
            from_pair,
            has_columns=_has_pair,
        ),
        Format(
            "output_list", "instruction, input, output: [better, worse]", "record", _is_output_list, from_output_list
        ),
        Format(
            "ratings",
            "instruction, completions: [{response, annotations, overall_score}] (UltraFeedback), or answers with rank",
            "record",
            _is_rated,
            from_ratings,
            has_columns=_has_answers,
        ),
        Format(
            "votes",
            "response_0, response_1, better_response_id (PKU-SafeRLHF), or conversation_a, conversation_b, winner",
            "record",
            _is_vote,
            from_vote,
        ),
    ),
    datasets=(Dataset(NAME, "which of two answers is better", 0, "preference", purpose="preference"),),
    wanted=("*.json, *.jsonl or *.parquet with chosen and rejected",),
    options=(Option("licence", "SPDX id of the licence of the set"),),
    catalogued=False,
    downloads=(
        Download(
            "DPO-En-Zh-20k",
            Hub("llamafactory/DPO-En-Zh-20k", files=("dpo_zh.json",)),
            "Apache-2.0",
            "the Chinese half",
            size=28_700_000,
        ),
    ),
)
