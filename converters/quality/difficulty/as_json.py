"""A study for programs: every number that is told, with what it was reckoned of, item by item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

from converters.quality.difficulty.answers import Scored, signature
from converters.quality.difficulty.intervals import LEVEL, RESAMPLES, SEED
from converters.quality.difficulty.levels import Step, rules
from converters.quality.difficulty.study import Study
from converters.quality.difficulty.surprise import Losses
from converters.quality.difficulty.tried import Tried, shots_shown


def as_json(study: Study, signature_of_model: Mapping[str, Any]) -> dict[str, Any]:
    found, gathered = study.difficulty, study.gathered
    return {
        "dataset": gathered.name,
        "verdict": {"kind": study.verdict.kind, "says": study.verdict.says, "evidence": list(study.verdict.evidence)},
        "level": found.at.level,
        "level_over_interval": [found.lowest.level, found.highest.level],
        "begin_with": _amount(found.at),
        "begin_with_over_interval": [_amount(found.lowest), _amount(found.highest)],
        "ratio_of_perplexities": found.ratio.as_json(),
        "ratio_by_bytes": study.by_bytes.ratio.as_json() if study.by_bytes else None,
        "thresholds": [found.steps[0].below, found.steps[2].below],
        "rules": list(rules(found.steps, study.parameters)),
        "parameters": study.parameters,
        "references": [_losses(study.task), *map(_losses, study.general)],
        "unscored": study.unscored,
        "shots_from": gathered.shots_from,
        "shots": {str(one.shots): _tried(study, one) for one in study.tried},
        "facts": plain(study.known),
        "signature": {
            "model": dict(signature_of_model),
            "data": dict(gathered.digests),
            "task": gathered.task,
            "answers": signature(),
            "interval": f"{LEVEL:.0%} percentile bootstrap over documents, {RESAMPLES} resamples, seed {SEED}",
        },
        "items": [_item(study, at) for at in range(len(study.items))],
    }


def _amount(step: Step) -> dict[str, Any]:
    return {"least": step.least, "most": step.most}


def _losses(losses: Losses) -> dict[str, Any]:
    return {
        "name": losses.name,
        "examples": len(losses),
        "tokens": sum(losses.tokens),
        "nats": sum(losses.nats),
        "bytes": sum(losses.bytes),
        "perplexity": losses.perplexity,
        "bits_per_byte": losses.bits_per_byte,
    }


def _tried(study: Study, one: Tried) -> dict[str, Any]:
    return {
        "loss": one.loss.as_json(),
        "shots_shown": {str(number): count for number, count in sorted(shots_shown(one).items())},
        "scores": [{**plain(score), "solved": score.is_solved} for score in _scores(study, one)],
    }


def _scores(study: Study, one: Tried) -> list[Scored]:
    return list(study.seen.scores[one.shots])


def _item(study: Study, at: int) -> dict[str, Any]:
    item = study.items[at]
    answer = item.row.turns[-1].content
    return {
        "id": item.row.id,
        "document": item.row.document,
        "question": item.row.turns[-2].content,
        "reference": answer,
        "facts": [answer[span.start : span.end] for span in item.facts],
        "has_source": bool(item.source),
        "shots": {
            str(one.shots): {"answer": one.answers[at], **plain(one.parts[at]), "examples": one.shown[at].shots}
            for one in study.tried
        },
    }


def plain(value: Any) -> Any:
    """Dataclasses as objects."""
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
