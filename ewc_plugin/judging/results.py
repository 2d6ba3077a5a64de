"""What follows from the verdicts? A mean or a share with its interval, and how far the judge agrees with itself.

Items without a verdict are named with the reason and are in no number. An item's order of the two answers is not
believed alone: a win counts when the judge says so both ways round, else it is a tie.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from ewc_plugin.judging import prompt
from ewc_plugin.judging.answers import Case
from ewc_plugin.judging.asking import AGAIN, Outcome
from ewc_plugin.metrics.score import How, Score, mean_score
from ewc_plugin.serving.endpoint import counted

VERSION = 1
FIRST = "first"  # the question about one answer; of two, the one in which the answer judged stands first
SECOND = "second"
WORST = {"score": 1, "reason": "(empty answer, not asked)"}
# what 甲, 乙 and 平 mean for the answer that is judged, by where it stands
_MEANS = {FIRST: {"甲": "win", "乙": "loss", "平": "tie"}, SECOND: {"甲": "loss", "乙": "win", "平": "tie"}}
_WORTH = {"win": 1.0, "tie": 0.5, "loss": 0.0}

Parts = Mapping[str, Outcome]
"""The outcomes of the questions that were asked about one item."""
Result = dict[str, Any]


def graded(cases: Sequence[Case], found: Mapping[str, Parts], how: How, **judge: Any) -> Result:
    """The mean score from 1 to 10. An empty answer has the worst, and the judge is not asked for it."""
    items = [{"id": case.id, **(found[case.id][FIRST] if case.answer else WORST)} for case in cases]
    scores = [item["score"] for item in items if "score" in item]
    return _with_failures(items) | {
        "empty": sum(not case.answer for case in cases),
        **_entered(_score("judge", scores, cases, how, judge)),
        "agreement": _with_itself([parts for parts in found.values() if AGAIN in parts]),
        "items": items,
    }


def _with_itself(twice: Sequence[Parts]) -> Result:
    pairs = [(parts[FIRST]["score"], parts[AGAIN]["score"]) for parts in twice if not _failed(parts)]
    apart = [abs(one - other) for one, other in pairs]
    if not apart:
        return {"repeated": 0}
    return {
        "repeated": len(apart),
        "same": fmean(gap == 0 for gap in apart),
        "within_one": fmean(gap <= 1 for gap in apart),
        "mean_difference": fmean(apart),
    }


def compared(pairs: Sequence[tuple[Case, Case]], found: Mapping[str, Parts], how: How, **judge: Any) -> Result:
    """The share preferred, ties counting half: 0.5 means as good as the other."""
    items = [_verdict(mine, other, found.get(mine.id, {})) for mine, other in pairs]
    verdicts = [item["verdict"] for item in items if "verdict" in item]
    worth = [_WORTH[verdict] for verdict in verdicts]
    cases = [mine for mine, _ in pairs]
    return _with_failures(items) | {
        **{f"{kind}s": verdicts.count(kind) for kind in ("win", "tie")},
        "losses": verdicts.count("loss"),
        "not_asked": sum(not found.get(mine.id) for mine, _ in pairs),
        **_entered(_score("preferred", worth, cases, how, judge)),
        "agreement": _both_ways([parts for parts in found.values() if not _failed(parts)]),
        "items": items,
    }


def _verdict(mine: Case, other: Case, parts: Parts) -> dict[str, Any]:
    if not parts:
        return {"id": mine.id, "verdict": without_asking(mine.answer, other.answer), "reason": "(not asked)"}
    if failed := _failed(parts):
        return {"id": mine.id, "failed": failed}
    says = {part: _MEANS[part][outcome["better"]] for part, outcome in parts.items()}
    both = says[FIRST] if says[FIRST] == says[SECOND] else "tie"
    reasons = {part: outcome["reason"] for part, outcome in parts.items()}
    return {"id": mine.id, "verdict": both, "says": says, "reasons": reasons}


def without_asking(mine: str, other: str) -> str | None:
    """Of the same two texts neither is better, and any text is better than none; None where a judge is needed."""
    if mine == other:
        return "tie"
    return None if mine and other else "win" if mine else "loss"


def _both_ways(asked: Sequence[Parts]) -> Result:
    if not asked:
        return {"asked": 0}
    same = [_MEANS[FIRST][p[FIRST]["better"]] == _MEANS[SECOND][p[SECOND]["better"]] for p in asked]
    places = [parts[part]["better"] for parts in asked for part in (FIRST, SECOND)]
    decided = [place for place in places if place != "平"]
    share = {"first_preferred": fmean(place == "甲" for place in decided)} if decided else {}
    return {"asked": len(asked), "both_ways": fmean(same), **share}


def _failed(parts: Parts) -> str:
    return next((outcome["failed"] for outcome in parts.values() if "failed" in outcome), "")


def _with_failures(items: Sequence[Mapping[str, Any]]) -> Result:
    failed = {item["id"]: item["failed"] for item in items if "failed" in item}
    return {"without_verdict": len(failed), **({"reasons": counted(failed)} if failed else {})}


def _score(
    name: str, values: Sequence[float], cases: Sequence[Case], how: How, judge: Mapping[str, Any]
) -> Score | None:
    if not values:
        return None
    signature = {"prompt": prompt.VERSION, "temperature": 0, "subset": subset(cases), **judge}
    return mean_score(name, values, how, version=VERSION, **signature)


def _entered(score: Score | None) -> Result:
    return {score.name: score.cell()} if score else {"failed": "no item has a verdict"}


def subset(cases: Sequence[Case]) -> str:
    """16 hex digits that change when any question or reference changes; answers are what is measured."""
    text = json.dumps([[case.id, case.question, case.reference] for case in cases], ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
