"""Which of two answers to the same request is better: what an expansion accepted against further answers to it.

Everything here is a pure function of the journal. Two lists of requests are asked for in between:

    plan = PairPlan(model="small", samples=4, score="judge", judge="large")
    ask(sample_requests(journal, plan))        # task "sample": the rows' own requests
    ask(score_requests(journal, plan))         # task "score": none for the score "grounding"
    write_pairs(journal, plan, path)           # JSON Lines, which the source `expansion` converts to <name>_preference

`fault` says of an answer to either whether it is asked again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from converters.contract import Message
from converters.expansion import scoring
from converters.expansion.contract import Request
from converters.expansion.judge import judged
from converters.expansion.pair_rows import Journal, PairPlan, Row, rows
from converters.expansion.tasks import TASKS
from converters.expansion.thresholds import thresholds_of
from converters.files import staged
from converters.text import key, tidy

__all__ = ["Journal", "PairPlan", "Paired", "fault", "pairs", "sample_requests", "score_requests", "write_pairs"]

SAMPLE = "sample"


# ---- what is asked


def sample_requests(journal: Journal, plan: PairPlan) -> Iterator[Request]:
    """`samples` further answers to each row's own request; ordinals tell them apart."""
    for row in rows(journal, plan):
        yield from _samples(row, plan)


def score_requests(journal: Journal, plan: PairPlan) -> Iterator[Request]:
    """What must be rated, once the samples are in: each different answer, and the reference. None for "grounding".

    Of a reward model's requests `scoring.reward_body` is what is posted to `scoring.REWARD_PATH`, and
    `scoring.reward_text` of the reply the text of the answer.
    """
    if plan.score == "grounding":
        return
    for row in rows(journal, plan):
        found = _answers(row, journal, plan)
        for answer in found if len(found) > 1 else ():
            yield _scoring(row, answer, plan)


def fault(request: Request, text: str, finish: str) -> str:
    """Why an answer to a sample or a score is asked for again, or ""; a sample need not be good."""
    if finish in ("length", "content_filter"):
        return "truncated" if finish == "length" else "content_filter"
    if request.task == SAMPLE:
        return "" if spoken(text) else "empty_answer"
    return "" if scoring.score_of(request.version, text) is not None else "no_score"


def _samples(row: Row, plan: PairPlan) -> Iterator[Request]:
    messages = tuple({"role": turn.role, "content": turn.content} for turn in row.messages)
    parameters = {"temperature": plan.temperature, "max_tokens": plan.max_tokens, **plan.extra}
    about = {"of": row.id, "reference": row.reference}
    for ordinal in range(plan.samples):
        yield Request(SAMPLE, "1", plan.model, messages, parameters, about=about, ordinal=ordinal)


def _scoring(row: Row, answer: str, plan: PairPlan) -> Request:
    about = {"of": row.id, "answer": answer}
    if plan.score == "judge":
        asked = scoring.judge_request(
            row.asked, answer, passage=row.passage, reference=row.reference, model=plan.judge, about=about
        )
        return replace(asked, parameters={**asked.parameters, **plan.extra})
    if plan.chat is None:
        raise ValueError("a reward model needs its chat template")
    turns = [*({"role": turn.role, "content": turn.content} for turn in row.messages)]
    turns.append({"role": "assistant", "content": answer})
    return scoring.reward_request(turns, model=plan.judge, chat=plan.chat, about=about)


def _answers(row: Row, journal: Journal, plan: PairPlan) -> list[str]:
    """The reference, then the sampled answers that are none of those before; only what the model ended itself."""
    found = {key(row.reference): row.reference}
    for request in _samples(row, plan):
        line = journal.final(request.id)
        if line is None or line["event"] != "answered" or line["fault"]:
            continue
        answer = spoken(line["text"])
        found.setdefault(key(answer), answer)
    found.pop("", None)
    return list(found.values())


_THOUGHT = re.compile(r"^\s*<think>.*?(</think>|$)|^.*</think>", re.DOTALL)


def spoken(text: str) -> str:
    """An answer without what the model thought before it; "" of nothing else."""
    return tidy(_THOUGHT.sub("", text))


# ---- what comes of it


def pairs(journal: Journal, plan: PairPlan) -> Iterator[dict[str, Any]]:
    """A record for each row: a pair, or `fault`, why there is none.

    "chosen" is the better answer, "rejected" the worst of the sampled ones that are worse by the margin at least; of
    several, the one that is nearest to the better one in length.
    """
    for row in rows(journal, plan):
        record = {"event": "pair", "task": row.task.name, "of": row.id, "messages": _as_json(row.messages)}
        yield {**record, **_weighed(row, journal, plan), **_whose(row)}


def _as_json(messages: tuple[Message, ...]) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in messages]


def _whose(row: Row) -> dict[str, Any]:
    """What the example says of where it is from; the passage itself stands in the request."""
    names = ("document", "licence", "attribution", "author", "title", "section", "kind", "template", "linked")
    return {name: getattr(row.example, name) for name in names}


def _weighed(row: Row, journal: Journal, plan: PairPlan) -> dict[str, Any]:
    reference, *sampled = _answers(row, journal, plan)
    if not sampled:
        return {"fault": "no_other_answer", "detail": f"{plan.samples} were wanted"}
    scores = {answer: _score(row, answer, journal, plan) for answer in (reference, *sampled)}
    known = {answer: score for answer, score in scores.items() if score is not None}
    better = _better(row, reference, known, plan)
    if better is None:
        return {"fault": "no_score", "detail": "of the reference"}
    worse = [answer for answer in sampled if answer in known and _is_worse(known[answer], known[better], plan.margin)]
    if not worse:
        near = ", ".join(f"{score:.3g}" for answer, score in known.items() if answer != better)
        return {"fault": "no_worse_answer", "detail": f"{known[better]:.3g} against {near or 'no score'}"}
    rejected = min(worse, key=lambda answer: (known[answer], abs(len(answer) - len(better)), answer))
    return {
        "chosen": better,
        "rejected": rejected,
        "margin": round(known[better] - known[rejected], 6),
        "scores": {"chosen": known[better], "rejected": known[rejected]},
        "by": plan.score,
        "chosen_is": "reference" if better == reference else "sample",
        "models": {"samples": plan.model, **({"scores": plan.judge} if plan.judge else {})},
    }


def _is_worse(score: float, best: float, margin: float) -> bool:
    """Never an equal one, however small the margin; a difference that is the margin but for rounding will do."""
    return score < best and best - score >= margin - 1e-9


def _better(row: Row, reference: str, known: Mapping[str, float], plan: PairPlan) -> str | None:
    """The reference, or an answer that has a higher score and passes as a reference would."""
    if plan.chosen == "best":
        for answer in sorted(known, key=lambda each: (-known[each], each != reference)):
            if answer == reference or _passes(row, answer, plan):
                return answer
    return reference if reference in known else None


def _passes(row: Row, answer: str, plan: PairPlan) -> bool:
    thresholds = thresholds_of(plan.settings.options.get("thresholds", ""), TASKS)[row.task.name]
    return not judged(row.task, replace(row.item, answer=answer, evidence=""), row.passage, thresholds).reason


def _score(row: Row, answer: str, journal: Journal, plan: PairPlan) -> float | None:
    if plan.score == "grounding":
        return scoring.grounded(answer, row.passage, row.item.question)
    request = _scoring(row, answer, plan)
    line = journal.final(request.id)
    usable = line is not None and line["event"] == "answered" and not line["fault"]
    return scoring.score_of(request.version, line["text"]) if line is not None and usable else None


@dataclass
class Paired:
    """What came of the rows: pairs, why there is none, and whether length alone could tell the two answers apart."""

    pairs: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    chosen: int = 0
    rejected: int = 0
    longer: int = 0
    margin: float = 0.0
    references: int = 0

    def add(self, record: Mapping[str, Any]) -> None:
        if "fault" in record:
            self.faults[record["fault"]] += 1
            return
        chosen, rejected = len(record["chosen"]), len(record["rejected"])
        self.pairs += 1
        self.chosen += chosen
        self.rejected += rejected
        self.longer += chosen > rejected
        self.margin += record["margin"]
        self.references += record["chosen_is"] == "reference"

    def as_json(self) -> dict[str, Any]:
        """Means; `chosen_longer` is the share of pairs whose better answer is the longer one."""
        count = max(self.pairs, 1)
        return {
            "rows": self.pairs + self.faults.total(),
            "pairs": self.pairs,
            "faults": dict(self.faults.most_common()),
            "mean_margin": round(self.margin / count, 4),
            "mean_characters": {"chosen": round(self.chosen / count, 1), "rejected": round(self.rejected / count, 1)},
            "chosen_longer": round(self.longer / count, 4),
            "chosen_is_reference": round(self.references / count, 4),
        }


def write_pairs(journal: Journal, plan: PairPlan, path: Path) -> Paired:
    """`path` (<name>.pairs.jsonl) anew. Converted together with the journal, no pair is of a document held out."""
    found = Paired()
    with staged(path.parent) as files:
        stream = files.open_binary(path)
        for record in pairs(journal, plan):
            found.add(record)
            stream.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
    return found
