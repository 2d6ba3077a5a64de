"""How does the judge come to a verdict? Each question once, asked again while the reply is none, and kept for ever."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tqdm import tqdm

from ewc_plugin.judging import prompt, verdict
from ewc_plugin.serving import kept
from ewc_plugin.serving.endpoint import Line, NoAnswerError

ATTEMPTS = 3  # replies that are read, before a question is given up
MOST_TOKENS = 2048  # of a reply: a verdict takes fifty, a model that thinks before it more
AGAIN = "again"

Kind = Literal["grade", "pair"]
Outcome = Mapping[str, Any]
"""A verdict, or {"failed": why there is none}."""

_READ = {"grade": verdict.grade, "pair": verdict.pair}
_FORM = {"grade": prompt.GRADE_FORM, "pair": prompt.PAIR_FORM}


@dataclass(frozen=True)
class Question:
    """One question about one item of a set. part: which of those that are asked about the item."""

    set: str
    id: str
    part: str
    kind: Kind
    text: str

    def key(self, model: str) -> str:
        """Of the model, the prompt and all that stands in it; a repetition is another question."""
        return kept.key(model, prompt.VERSION, self.kind, self.text, self.part == AGAIN)


async def outcomes(line: Line, questions: Sequence[Question], cache: kept.Kept) -> dict[Question, Outcome]:
    """Of every question, those in the cache without asking. Failures are not kept: a rerun asks them again."""
    keys = [question.key(line.endpoint.model) for question in questions]
    missing = [place for place, name in enumerate(keys) if cache.get(name) is None]
    with tqdm(total=len(questions), initial=len(questions) - len(missing), desc="judge", disable=None) as bar:

        async def ask(nth: int) -> None:
            cache.add(keys[missing[nth]], await _verdict(line, questions[missing[nth]]))
            bar.update()

        failures = await line.each(len(missing), ask)
    failed = {missing[nth]: why for nth, why in failures.items()}
    return {
        question: {"failed": failed[place]} if place in failed else cache.get(keys[place]) or {}
        for place, question in enumerate(questions)
    }


async def _verdict(line: Line, question: Question) -> verdict.Verdict:
    messages, last = [{"role": "user", "content": question.text}], ""
    for _ in range(ATTEMPTS):
        reply = await line.reply(messages, MOST_TOKENS)
        try:
            return _READ[question.kind](reply.text)
        except (ValueError, RecursionError) as problem:
            last = f"{problem}, in {reply.text[:60]!r}"
        again = {"role": "user", "content": prompt.again(_FORM[question.kind])}
        messages = [messages[0], {"role": "assistant", "content": reply.text[:500] or "…"}, again]
    # the endpoint answered: other items may fare better
    raise NoAnswerError(f"no verdict in {ATTEMPTS} replies: {last}", "item")
