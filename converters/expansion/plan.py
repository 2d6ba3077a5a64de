"""Passages times tasks: which requests an expansion consists of, and about what they will cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from converters.contract import SourceError
from converters.expansion.contract import Passage, Request, Task
from converters.expansion.prompt_files import Prompt
from converters.expansion.tasks import form

TOKENS_OF_A_CHARACTER = 0.7  # of Chinese, in the tokenizers of today's models (0.55 to 0.8)
# of an item in JSON, of the lengths that the prompts ask for
TOKENS_OF_AN_ITEM = {"rewrite": 300, "dialogue": 450, "story": 400, "classical_qa": 180}
TOKENS_OF_ANOTHER = 140  # a question with its answer, a summary, an explanation
TOKENS_OF_EVIDENCE = 80  # with the answer first
_EXAMPLE = Passage("一句话。", "", "")


@dataclass(frozen=True)
class Wanted:
    """One task as it is asked for now: `items` for each passage."""

    task: Task
    prompt: Prompt
    items: int


@dataclass(frozen=True)
class Plan:
    """What an expansion asks. `parameters` go into each body."""

    model: str
    wanted: Sequence[Wanted]
    parameters: Mapping[str, Any]
    answer_first: bool = False

    def requests(self, passages: Iterable[Passage]) -> Iterator[Request]:
        """All of a passage before the next: whoever stops early has passages that are done."""
        for passage in passages:
            for wanted in self.wanted:
                if wanted.task.suits(passage):
                    yield self._request(wanted, passage)

    def check(self) -> None:
        """Raises SourceError where a prompt cannot be asked in this way."""
        for wanted in self.wanted:
            wanted.prompt.messages(_EXAMPLE, items=wanted.items, answer_first=self.answer_first)

    def count(self, passages: Iterable[Passage]) -> int:
        return sum(wanted.task.suits(passage) for passage in passages for wanted in self.wanted)

    def _request(self, wanted: Wanted, passage: Passage) -> Request:
        first = self.answer_first
        about = {"items": wanted.items, "answer_first": first}
        return Request(
            task=wanted.task.name,
            version=wanted.prompt.version,
            model=self.model,
            messages=wanted.prompt.messages(passage, items=wanted.items, answer_first=first),
            parameters=self.parameters,
            passage=passage,
            about=about,
            form=form(wanted.task, answer_first=first),
        )


def wanted(
    tasks: Sequence[Task], versions: Mapping[str, str], items: Mapping[str, int], load: Callable[..., Prompt]
) -> list[Wanted]:
    """Raises SourceError for a version or a number of a task that is not asked for."""
    names = {task.name for task in tasks}
    for option, given in (("--prompt-version", versions), ("--per-passage", items)):
        if strange := given.keys() - names:
            raise SourceError(
                option, expected=f"a task of --tasks ({', '.join(sorted(names))})", found=", ".join(sorted(strange))
            )
    return [
        Wanted(task, load(task.name, versions.get(task.name)), items.get(task.name, task.per_passage)) for task in tasks
    ]


@dataclass
class Forecast:
    """Requests by task, and the tokens of their prompts and answers, by rule of thumb."""

    requests: dict[str, int]
    prompt: float = 0.0
    completion: float = 0.0


def forecast(plan: Plan, passages: Iterable[Passage], is_final: Callable[[str], bool]) -> Forecast:
    """Of what is not answered yet."""
    found = Forecast({wanted.task.name: 0 for wanted in plan.wanted})
    for request in plan.requests(passages):
        if is_final(request.id):
            continue
        found.requests[request.task] += 1
        found.prompt += TOKENS_OF_A_CHARACTER * sum(len(message["content"]) for message in request.messages)
        each = TOKENS_OF_AN_ITEM.get(request.task, TOKENS_OF_ANOTHER) + TOKENS_OF_EVIDENCE * plan.answer_first
        found.completion += each * int(request.about["items"])
    return found
