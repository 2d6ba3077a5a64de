"""What an LLM made of passages, from the journal of its requests: questions, summaries, conversations and so on.

The journal is an ordinary input: what was asked is paid for once, and judging it anew, with other thresholds, costs
nothing. `python -m converters expand` writes it and then converts it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import IO, Any

from converters.contract import (
    GROUPS,
    Context,
    Dataset,
    Example,
    Format,
    Option,
    Outcome,
    Reject,
    Source,
    SourceError,
)
from converters.digests import digest64
from converters.expansion import journal
from converters.expansion.answers import Fault, parsed
from converters.expansion.contract import Item, Passage, Task, Thresholds
from converters.expansion.judge import judged
from converters.expansion.line_forms import is_final_line
from converters.expansion.pair_format import PREFERENCE, from_pair, is_pair
from converters.expansion.questions import stands_alone
from converters.expansion.repeats import repeats
from converters.expansion.tasks import TASKS, task_named
from converters.expansion.thresholds import described, thresholds_of
from converters.script import has_traditional
from converters.text import key

NAME = "expansion"
LONGEST_KIND = 24  # characters: a model that was asked for a word sometimes writes a sentence


def dataset_of(task: Task) -> str:
    return f"{NAME}_{task.name}"


def from_line(line: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    """A final line of a journal: one outcome for each item of the answer, or one for the answer as a whole."""
    task = task_named(line["task"])
    dataset = dataset_of(task)
    if other := _not_asked_for(line, context):
        return [Reject(dataset, "not_asked_for", other)]
    if line["event"] == "refused":
        return [Reject(dataset, "refused_request", f"HTTP {line['status']}: {line['detail']}"[:200])]
    answer = parsed(task, line["text"], line["finish"])
    if isinstance(answer, Fault):
        return [Reject(dataset, answer.reason, answer.detail)]
    row = _Rows(task, line, context)
    cut = [Reject(dataset, "cut_item", answer.cut)] if answer.cut else []
    notes = ("repaired",) if answer.repaired else ()
    return [*(row.outcome(item, answer.items[:place], notes) for place, item in enumerate(answer.items)), *cut]


def _not_asked_for(line: Mapping[str, Any], context: Context) -> str:
    """What an earlier run had of another prompt or model, where rows of one are wanted; "" where it is the one."""
    versions = dict(part.split("=", 1) for part in context.option("versions").split(",") if "=" in part)
    model = context.option("model")
    if line["version"] == versions.get(line["task"], line["version"]) and line["model"] == (model or line["model"]):
        return ""
    return f"prompt {line['task']} {line['version']}, model {line['model']}"


class _Rows:
    """What the rows of one answer have in common."""

    def __init__(self, task: Task, line: Mapping[str, Any], context: Context) -> None:
        self._task, self._dataset = task, dataset_of(task)
        self._passage = Passage.from_json(line["passage"])
        self._thresholds = _thresholds(context.option("thresholds"))[task.name]
        self._closed = _closed_share(context.option("closed"), line["about"]) if task.can_be_closed else 0.0
        self._script = context.script

    def outcome(self, item: Item, before: Sequence[Item], notes: tuple[str, ...]) -> Outcome:
        fault = self._fault(item) or repeats(item, before)
        return Reject(self._dataset, *fault) if fault else self._example(item, notes)

    def _fault(self, item: Item) -> tuple[str, str] | None:
        if self._passage.classical and not item.evidence:
            return "evidence_absent", "none was given"  # by it alone is seen what such a question is about
        verdict = judged(self._task, item, self._passage, self._thresholds)
        return (verdict.reason, verdict.detail) if verdict.reason else self._in_other_script(item)

    def _in_other_script(self, item: Item) -> tuple[str, str] | None:
        """A character that the passage has is its own affair: names that an editor kept (花壇鄉)."""
        if self._script != "simplified":
            return None
        own = set(self._passage.text) | set(self._passage.title)
        strange = "".join(c for text in (item.question, *item.answers) for c in text if c not in own)
        return ("traditional_characters", _shown(item)) if has_traditional(strange) else None

    def _example(self, item: Item, notes: tuple[str, ...]) -> Example:
        passage = self._passage
        said = "\0".join([key(item.question), *(key(turn.content) for turn in item.turns), *map(key, item.answers)])
        place = f"{passage.document}\0{said}"
        closed = digest64(place.encode()) < self._closed * 2.0**64 and stands_alone(item, passage)
        messages, label = self._task.messages(item, passage, place, closed)
        # a passage that two documents have, and a question without one, must not stand on both sides of the split
        alone = [f"question:{key(item.question)}"] if closed else []
        return Example(
            self._dataset,
            tuple(messages),
            document=passage.document,
            licence=passage.licence,
            attribution=passage.attribution,
            author=passage.author,
            title=passage.title,
            section=passage.section,
            kind=item.kind[:LONGEST_KIND],
            template=label,
            same_as=place,
            linked=(f"passage:{key(passage.text)}", *alone),
            notes=notes,
        )


def _shown(item: Item) -> str:
    return f"{item.question} → {item.answers[0]}"[:160]


@lru_cache(maxsize=8)
def _thresholds(given: str) -> Mapping[str, Thresholds]:
    return thresholds_of(given, TASKS)


def _closed_share(given: str, about: Mapping[str, Any]) -> float:
    """What the user says now, or said when it was asked."""
    if not given:
        return float(about.get("closed") or 0)
    with suppress(ValueError):
        if 0 <= (share := float(given)) <= 1:
            return share
    raise SourceError("--closed", expected="a share from 0 to 1", found=given)


# ---- what a journal is


_TASKS = frozenset(task.name for task in TASKS)


def _begins(head: bytes) -> bool:
    return head.startswith(journal.BEGINNING)


def _records(stream: IO[bytes]) -> Iterator[Mapping[str, Any]]:
    """The final lines of requests for rows, each request once; those for pairs make none."""
    try:
        for line in journal.finals(journal.lines(stream, "")):
            if line.get("task") in _TASKS:
                yield line
    except SourceError as error:
        raise SourceError(
            error.where.removeprefix(", "), expected=error.expected, found=error.found, remedy=error.remedy
        ) from error


def _is_final(record: Any) -> bool:
    return is_final_line(record, _TASKS)


SOURCE = Source(
    name=NAME,
    group="foundation",
    licence="LicenseRef-unstated",
    origin="what `python -m converters expand` asked an LLM",
    formats=(
        Format(
            "journal",
            "the journal of an expansion: what was asked of a model, and all that it answered",
            "stream",
            _is_final,
            from_line,
            begins=_begins,
            records=_records,
            datasets=tuple(dataset_of(task) for task in TASKS),
        ),
        Format(
            "pairs",
            "answers to a row's own request, the better and a worse one, as `expand --pairs` writes them",
            "record",
            is_pair,
            from_pair,
            datasets=(PREFERENCE,),
        ),
    ),
    datasets=(
        *(Dataset(dataset_of(task), task.description, task.weight, task.eval_task) for task in TASKS),
        Dataset(PREFERENCE, "which of two answers is better", 0, "preference", purpose="preference"),
    ),
    wanted=("*.journal.jsonl", "*.pairs.jsonl, together with the journal"),
    ignored={"*.passages.jsonl": "passages, which nothing was asked about yet"},
    options=(
        Option("group", "the group of mixtures that it belongs to", "foundation", GROUPS),
        Option("weight", "the weight in the group of each of its datasets (default: by task)"),
        Option("versions", "of these prompts only: qa=2,summary=1 (default: of all in the journal)"),
        Option("model", "of this model only"),
        Option("thresholds", f"what an item must fulfil: {described(TASKS)}"),
        Option("closed", "share of questions whose row has no passage (default: as was asked for)"),
    ),
    catalogued=False,
    # own passages are often a few hundred, of which two hundredths would measure nothing
    least_eval=40,
)
