"""How good does another model find the answers? An optional judge, off unless the environment names one.

Reads the stored answers of an evaluation, writes `judge.json` beside them and nothing else: its scores are in no cell
of the matrix. Verdicts are kept in `judge_cache.jsonl`, so that the same question is never asked twice.
"""

import asyncio
import hashlib
import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ewc_plugin.atomic import write_json
from ewc_plugin.evaluation import EvaluationError
from ewc_plugin.evaluation.stored import Stored
from ewc_plugin.judging import asking, prompt, results, tables
from ewc_plugin.judging.answers import Case, stored
from ewc_plugin.judging.asking import Outcome, Question
from ewc_plugin.metrics.score import How
from ewc_plugin.serving import kept
from ewc_plugin.serving.endpoint import Endpoint, EndpointError, connected

__all__ = ["compare", "endpoint", "grade"]

FILE, CACHE = "judge.json", "judge_cache.jsonl"
VERSION = 1
REPEATED = 0.1  # of the scores, asked a second time
HOW = How()
Sections = dict[str, dict[str, Any]]


def endpoint(environment: Mapping[str, str], **how: Any) -> Endpoint:
    """EWC_JUDGE_BASE_URL, EWC_JUDGE_MODEL and, where it asks for one, EWC_JUDGE_API_KEY."""
    lacking = [name for name in ("EWC_JUDGE_BASE_URL", "EWC_JUDGE_MODEL") if not environment.get(name)]
    if lacking:
        raise EndpointError(
            "judge",
            expected="an OpenAI-compatible endpoint in the environment",
            found=f"no {' and no '.join(lacking)}",
            remedy="export EWC_JUDGE_BASE_URL=https://…/v1 EWC_JUDGE_MODEL=… (EWC_JUDGE_API_KEY=… if it wants a key).",
        )
    key = environment.get("EWC_JUDGE_API_KEY", "")
    return Endpoint(environment["EWC_JUDGE_BASE_URL"], environment["EWC_JUDGE_MODEL"], key, **how)


def grade(output_dir: Path, judge: Endpoint) -> str:
    """Every stored answer from 1 to 10 against its reference; returns the table."""
    here = stored(output_dir)
    found = _asked(here, _grades(here), judge)
    sections: Sections = {
        name: {"task": here.tasks[name], **results.graded(cases, found.get(name, {}), HOW, judge=judge.model)}
        for name, cases in here.items.items()
    }
    sections |= {name: {"task": here.tasks[name], "failed": why} for name, why in here.failed.items()}
    _require_verdicts(sections, judge)
    write_json(here.folder / FILE, _file(here.folder, judge) | {"scores": sections})
    return tables.of_scores(sections, here.folder / FILE)


def compare(output_dir: Path, other_dir: Path, judge: Endpoint) -> str:
    """Every stored answer beside that of another evaluation to the same item, in both orders; returns the table."""
    here, there = stored(output_dir), stored(other_dir)
    pairs = {name: _pairs(here.items.get(name, ()), there.items.get(name, ())) for name in here.tasks}
    found = _asked(here, _comparisons(here, pairs), judge)
    sections: Sections = {}
    for name, both in pairs.items():
        counts = {"task": here.tasks[name], **_left_out(here, there, name, both)}
        result = results.compared(both, found.get(name, {}), HOW, judge=judge.model)
        sections[name] = counts | (result if both else {"failed": _why_none(here, there, name)})
    _require_verdicts(sections, judge)
    file = _file(here.folder, judge)
    label = Path(os.path.relpath(there.folder.resolve(), here.folder.resolve())).as_posix()
    write_json(here.folder / FILE, file | {"against": file["against"] | {label: sections}})
    return tables.of_comparison(sections, label, here.folder / FILE)


# -- what is asked ---------------------------------------------------------------------------------------------


def _grades(here: Stored[Case]) -> list[Question]:
    return [
        Question(name, case.id, part, "grade", prompt.grade(here.tasks[name], *_given(case), case.answer))
        for name, cases in here.items.items()
        for part, chosen in ((results.FIRST, cases), (asking.AGAIN, _repeated(cases)))
        for case in chosen
        if case.answer
    ]


def _repeated(cases: Sequence[Case]) -> list[Case]:
    """A tenth of the answers, at least one: those whose hash is smallest, whatever else is in the set."""
    asked = [case for case in cases if case.answer]
    ranked = sorted(asked, key=lambda case: hashlib.sha256(case.id.encode()).digest())
    return ranked[: math.ceil(REPEATED * len(asked))]


def _comparisons(here: Stored[Case], pairs: Mapping[str, Sequence[tuple[Case, Case]]]) -> list[Question]:
    questions = []
    for name, both in pairs.items():
        for mine, other in both:
            if results.without_asking(mine.answer, other.answer):
                continue
            for part, texts in ((results.FIRST, (mine, other)), (results.SECOND, (other, mine))):
                text = prompt.pair(here.tasks[name], *_given(mine), *(case.answer for case in texts))
                questions.append(Question(name, mine.id, part, "pair", text))
    return questions


def _given(case: Case) -> tuple[str, str]:
    return case.question, case.reference


def _pairs(here: Sequence[Case], there: Sequence[Case]) -> list[tuple[Case, Case]]:
    """The items that both have, with the same question and reference."""
    others = {case.id: case for case in there}
    return [(c, others[c.id]) for c in here if c.id in others and _given(c) == _given(others[c.id])]


def _left_out(here: Stored[Case], there: Stored[Case], name: str, pairs: Sequence[tuple[Case, Case]]) -> dict[str, int]:
    mine, others = ({case.id for case in side.items.get(name, ())} for side in (here, there))
    return {
        "only_here": len(mine - others),
        "only_there": len(others - mine),
        "of_another_text": len(mine & others) - len(pairs),
    }


def _why_none(here: Stored[Case], there: Stored[Case], name: str) -> str:
    nothing = "the other evaluation has no answer to the same items"
    return here.failed.get(name) or there.failed.get(name) or nothing


def _asked(
    here: Stored[Case], questions: Sequence[Question], judge: Endpoint
) -> dict[str, dict[str, dict[str, Outcome]]]:
    """Outcomes by set, item and part."""

    async def ask() -> dict[Question, Outcome]:
        async with connected(judge) as line:
            return await asking.outcomes(line, questions, kept.Kept(here.folder / CACHE))

    found: dict[str, dict[str, dict[str, Outcome]]] = {}
    for question, outcome in asyncio.run(ask()).items():
        found.setdefault(question.set, {}).setdefault(question.id, {})[question.part] = outcome
    return found


# -- what is written -------------------------------------------------------------------------------------------


def _require_verdicts(sections: Sections, judge: Endpoint) -> None:
    """Nothing is written where the judge gave nothing, so that earlier results stay."""
    if all("failed" in section for section in sections.values()):
        reasons = dict.fromkeys(
            f"{s['failed']} ({s['reasons']})" if "reasons" in s else s["failed"] for s in sections.values()
        )
        raise EvaluationError(
            f"judge {judge.model} at {judge.name}",
            expected="a verdict on at least one answer",
            found="; ".join(reasons),
            remedy="Look at the endpoint and run it again: verdicts that came are kept.",
        )


def _file(folder: Path, judge: Endpoint) -> dict[str, Any]:
    """`judge.json` as it is; each of its scores has its own signature. One that cannot be read is begun anew."""
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
        kept_of_it = {key: dict(found[key]) for key in ("scores", "against")} if found["version"] == VERSION else {}
    except (OSError, ValueError, KeyError, TypeError):
        kept_of_it = {}
    last = {"model": judge.model, "url": judge.name, "prompt": prompt.VERSION}
    return {"version": VERSION, "last_run": last, "scores": {}, "against": {}} | kept_of_it
