"""What came of an expansion: accepted and rejected by prompt, what it cost, how varied and how hard the questions are.

One pass over the journal. Judged as the conversion judges, with the same thresholds, so that the reasons are those of
the rejects; what the conversion itself drops (duplicates, what is held out) is in the manifests of its datasets.
Memory grows with the accepted questions (about a kilobyte each) and with nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from converters import __version__
from converters.contract import Context, Example, Outcome, Reject, Settings
from converters.digests import digest64
from converters.expansion import journal as journals
from converters.expansion.answers import Fault, parsed
from converters.expansion.budget import Prices
from converters.expansion.contract import Item, Passage
from converters.expansion.difficulty import Difficulty, Source
from converters.expansion.diversity import diversity
from converters.expansion.findings import findings
from converters.expansion.grounding import grounding
from converters.expansion.report_page import page
from converters.expansion.spending import ACCEPTED, PAIRS, REJECTED, Spending, Whose
from converters.expansion.tasks import TASKS, task_named
from converters.files import staged
from converters.sources.expansion import from_line

SUFFIX = ".expansion"
EXAMPLES = 3  # of each reason
SHOWN = 400  # characters of a text in an example
# tasks in which something is asked; elsewhere `Item.question` is a term to explain or a manner of rewriting
ASKING = ("qa", "classical_qa", "dialogue")
CHOOSING = ("versions", "model")  # options that pass over answers: all prompts are compared here
Line = Mapping[str, Any]


@dataclass
class Judged:
    """What became of the answers to one prompt version of one model. A faulty answer offers no item."""

    answers: int = 0
    wanted: int = 0
    items: int = 0
    accepted: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[tuple[int, dict[str, str]]]] = field(default_factory=dict)

    def reject(self, reject: Reject, item: Item | None, line: Line, place: int) -> None:
        self.reasons[reject.reason] += 1
        # the smallest digests: the same examples whatever the order in which answers came in
        kept = self.examples.setdefault(reject.reason, [])
        kept.append((digest64(f"{line['id']}{place}".encode()), _example(reject, item, line)))
        kept.sort(key=lambda pair: pair[0])
        del kept[EXAMPLES:]

    def as_json(self) -> dict[str, Any]:
        examples = {reason: [shown for _, shown in self.examples[reason]] for reason, _ in self.reasons.most_common()}
        return {
            "answers": self.answers,
            "wanted": self.wanted,
            "items": self.items,
            "accepted": self.accepted,
            "reasons": dict(self.reasons.most_common()),
            "examples": examples,
        }


def _example(reject: Reject, item: Item | None, line: Line) -> dict[str, str]:
    passage = line["passage"] or {}
    answer = "\n".join(item.answers) if item else line.get("text", "")
    question = "\n".join(questions_of(item)) if item else ""
    texts = {"question": question, "answer": answer, "missing": reject.detail, "passage": passage.get("text", "")}
    return {**{name: text[:SHOWN] for name, text in texts.items()}, "title": passage.get("title", ""), "id": line["id"]}


def questions_of(item: Item) -> list[str]:
    """What is asked: by the user's turns of a conversation, else by the item; [] where the task alone says it."""
    return [turn.content for turn in item.turns if turn.role == "user"] or ([item.question] if item.question else [])


class Report:
    """Fed with the lines of a journal."""

    def __init__(self, settings: Settings) -> None:
        self.spending, self.judged = Spending(), dict[Whose, Judged]()
        self.questions: dict[str, list[str]] = {}
        self.difficulty: dict[str, Difficulty] = {}
        self.kinds: dict[str, Counter[str]] = {}
        self.finals, self._tasks = 0, {task.name for task in TASKS}
        options = {name: value for name, value in settings.options.items() if name not in CHOOSING}
        self._settings = replace(settings, options=options)

    def add(self, line: Line) -> None:
        uses: Mapping[str, float] = {}
        if line.get("final"):
            uses = self._settled(line) if line["task"] in self._tasks else {PAIRS: 1.0}
        self.spending.add(line, uses)

    def _settled(self, line: Line) -> dict[str, float]:
        """Judge an answer; how much of it was for something."""
        self.finals += 1
        judged = self.judged.setdefault((line["task"], line["version"], line["model"]), Judged())
        items, outcomes = _judged(line, Context(self._settings, number=self.finals))
        judged.answers += 1
        judged.wanted += int(line["about"].get("items") or 0)
        # a faulty answer has one outcome and no item
        judged.items += len(outcomes) if items else 0
        for place, outcome in enumerate(outcomes):
            item = items[place] if place < len(items) else None
            if isinstance(outcome, Reject):
                judged.reject(outcome, item, line, place)
            elif item is not None:
                judged.accepted += 1
        kept = [item for item, outcome in zip(items, outcomes, strict=False) if isinstance(outcome, Example)]
        if kept:
            self._measure(line["task"], kept, Passage.from_json(line["passage"]))
        share = len(kept) / max(len(outcomes), 1)
        return {ACCEPTED: share, REJECTED: 1 - share}

    def _measure(self, task: str, items: Sequence[Item], passage: Passage) -> None:
        source = Source(passage.text)
        for item in items:
            if task in ASKING:
                self.questions.setdefault(task, []).extend(questions_of(item))
            self.kinds.setdefault(task, Counter())[item.kind] += 1
            measured = grounding("\n".join(item.answers), passage, item.question)
            self.difficulty.setdefault(task, Difficulty()).add(item, measured, source)

    # ---- what is told

    def as_json(self, name: str, prices: Prices, pairs: Mapping[str, Any] | None) -> dict[str, Any]:
        self.spending.close()
        total = self.spending.total
        told: dict[str, Any] = {
            "name": name,
            "created_by": f"llamafactory-ewc {__version__}",
            "settings": {"script": self._settings.script, **self._settings.options},
            "prices": {"prompt": prices.prompt, "completion": prices.completion},
            "accepted": sum(judged.accepted for judged in self.judged.values()),
            "totals": total.as_json(prices),
            "prompts": [self._prompt(whose, prices) for whose in sorted(self.judged)],
            "tasks": {task: self._task(task) for task in sorted(self.difficulty)},
            "pairs": self._pairs(prices, pairs),
        }
        told["cost_per_accepted"] = _per(told["totals"]["cost"], told["accepted"])
        return {**told, "findings": findings(told)}

    def _prompt(self, whose: Whose, prices: Prices) -> dict[str, Any]:
        task, version, model = whose
        judged, spent = self.judged[whose], self.spending.by[whose].as_json(prices)
        return {
            **{"task": task, "version": version, "model": model},
            **judged.as_json(),
            "spent": spent,
            "cost_per_accepted": _per(spent["cost"], judged.accepted),
        }

    def _task(self, task: str) -> dict[str, Any]:
        return {
            "kinds": dict(self.kinds[task].most_common(20)),
            "diversity": diversity(self.questions.get(task, [])),
            "difficulty": self.difficulty[task].as_json(),
        }

    def _pairs(self, prices: Prices, pairs: Mapping[str, Any] | None) -> dict[str, Any] | None:
        found = [
            {"task": task, "version": version, "model": model, "spent": spent.as_json(prices)}
            for (task, version, model), spent in sorted(self.spending.by.items())
            if task not in self._tasks
        ]
        return {**(pairs or {}), "asked": found} if found or pairs else None


def _judged(line: Line, context: Context) -> tuple[Sequence[Item], Sequence[Outcome]]:
    """The items of an answer and what became of them; of a faulty one no item and one outcome."""
    outcomes = from_line(line, context)
    answer = parsed(task_named(line["task"]), line["text"], line["finish"]) if line["event"] == "answered" else None
    return ((), outcomes) if answer is None or isinstance(answer, Fault) else (answer.items, outcomes)


def _per(cost: Mapping[str, float] | None, accepted: int) -> float | None:
    """Rejects and unreadable answers included; samples and grades for pairs are for something else."""
    return round((cost["total"] - cost[PAIRS]) / accepted, 8) if cost is not None and accepted else None


def write_report(
    journal: Path,
    data: Path,
    name: str,
    *,
    settings: Settings | None = None,
    prices: Prices | None = None,
    pairs: Mapping[str, Any] | None = None,
) -> tuple[Path, Path]:
    """`<data>/<name>.expansion.json` and `.html`; `settings` as the journal is converted, `pairs` of `Paired.as_json`.

    `data` is the folder of the datasets (dataset_info/data).
    """
    report = Report(settings or Settings())
    for line in _lines(journal):
        report.add(line)
    told = report.as_json(name, prices or Prices(), pairs)
    found = data / f"{name}{SUFFIX}.json", data / f"{name}{SUFFIX}.html"
    with staged(data) as files:
        files.open(found[0]).write(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode() + "\n")
        files.open(found[1]).write(page(told))
    return found


def _lines(path: Path) -> Iterator[Line]:
    with path.open("rb") as stream:
        yield from journals.lines(stream, str(path))
