"""How good is an answer to a row's request: by its grounding, by the grade of a judge, or by a reward model?

A judge sees one answer at a time, so that no order can favour one. A reward model is LLaMA-Factory's own
(`llamafactory-cli api` with `stage: rm`): its address /v1/score/evaluation takes whole texts and neither adds the chat
template nor the special tokens that the model was trained with, so the texts are rendered here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from converters.contract import SourceError
from converters.expansion.contract import Passage, Request
from converters.expansion.grounding import grounding

Turns = Sequence[Mapping[str, str]]
ChatTemplate = Callable[[Turns], str]

SCORE, REWARD = "score", "reward"
JUDGE_VERSION = "1"
JUDGE_PARAMETERS: Mapping[str, Any] = {"temperature": 0.0, "max_tokens": 512}
LOWEST, HIGHEST = 1, 10
FORM: Mapping[str, Any] = {
    "type": "object",
    "properties": {"reason": {"type": "string"}, "score": {"type": "integer"}},
    "required": ["reason", "score"],
    "additionalProperties": False,
}
PROMPTS = Path(__file__).resolve().parent / "prompts"
REWARD_PATH = "/score/evaluation"


def grounded(answer: str, passage: Passage, question: str) -> float | None:
    """What share of an answer's words, times its numbers, times its names, its passage has: 0 to 1.

    A product, so that one wrong number of two halves it, however many words are right. None where nothing can be
    looked for: 是 may be right or wrong.
    """
    measured = grounding(answer, passage, question)
    if not any(measured.weighed):
        return None
    return measured.ngrams * measured.numbers * measured.names


def score_of(version: str, text: str) -> float | None:
    """What an answer to a request for a score says; None if nothing."""
    return rating(text) if version == REWARD else grade(text)


# ---- a judge


def judge_prompt(version: str = JUDGE_VERSION) -> tuple[str, str]:
    """(what the judge is told, the form of what it is shown)."""
    told, shown = (PROMPTS / SCORE / f"{version}.md").read_text("utf-8").split("\n---\n")
    return told.strip(), shown.strip()


def judge_request(
    asked: str, answer: str, *, passage: Passage, reference: str, model: str, about: Mapping[str, Any]
) -> Request:
    """The grading of one answer; `about` is kept in the journal with the grade."""
    told, shown = judge_prompt()
    texts = {"passage": passage.text, "question": asked, "reference": reference, "answer": answer}
    # in one pass: a text that holds {answer} is a text
    filled = re.sub(r"\{(passage|question|reference|answer)\}", lambda found: texts[found[1]], shown)
    messages = ({"role": "system", "content": told}, {"role": "user", "content": filled})
    return Request(SCORE, JUDGE_VERSION, model, messages, JUDGE_PARAMETERS, about=about, form=FORM)


_GRADE = re.compile(r'"?(?:score|分数)"?\s*[:：]\s*"?(\d+(?:\.\d+)?)')
_THOUGHT = re.compile(r"^.*</think>", re.DOTALL)


def grade(text: str) -> float | None:
    """The grade in a judge's answer, the last one if it names several; None without one from 1 to 10.

    The form is so small that it is read as it stands, in a fence or beside prose.
    """
    found = _GRADE.findall(_THOUGHT.sub("", text))
    number = float(found[-1]) if found else math.nan
    return number if LOWEST <= number <= HIGHEST else None


# ---- a reward model


def chat_template(path: str) -> ChatTemplate:
    """That of a model folder or name, rendered as text with its special tokens.

    `llamafactory-cli train` writes the template of its `template:` into the folder that it saves.
    """
    try:
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(path)
    except (ImportError, OSError, ValueError) as error:
        raise SourceError(
            f"--reward-tokenizer {path}",
            expected="the folder or name of the reward model, which transformers.AutoTokenizer loads",
            found=str(error).split("\n")[0].rstrip("."),
        ) from error
    if not tokenizer.chat_template:
        raise SourceError(
            f"--reward-tokenizer {path}",
            expected="a tokenizer with a chat template",
            found="none",
            remedy="Name the folder that `llamafactory-cli train` wrote with stage: rm, it has one.",
        )
    end = str(tokenizer.eos_token or "")
    return lambda turns: _ended(str(tokenizer.apply_chat_template([dict(turn) for turn in turns], tokenize=False)), end)


def _ended(text: str, end: str) -> str:
    """A text with the end of the sequence, which stage rm rates at.

    The templates of LLaMA-Factory whose turns do not end in it (gemma, baichuan, chatglm3, …) have it added in
    training and not by the chat template (`efficient_eos`).
    """
    return text if text.rstrip().endswith(end) else text + end


def reward_request(turns: Turns, *, model: str, chat: ChatTemplate, about: Mapping[str, Any]) -> Request:
    """The rating of a conversation that ends with the answer: a text for /v1/score/evaluation, not a chat."""
    return Request(SCORE, REWARD, model, ({"role": "text", "content": chat(turns)},), {}, about=about)


def reward_body(request: Request) -> dict[str, Any]:
    """What is posted to `<endpoint>/score/evaluation`; without max_length the server takes the model's longest."""
    return {"model": request.model, "messages": [message["content"] for message in request.messages]}


def reward_text(found: Mapping[str, Any]) -> str:
    """The rating in the server's reply, as the text of an answer; "" without one, which `fault` then names."""
    scores = found.get("scores")
    values = scores if isinstance(scores, list) else []
    first = values[0] if values else None
    if isinstance(first, list):
        first = first[0] if first else None
    return repr(float(first)) if isinstance(first, int | float) and not isinstance(first, bool) else ""


def rating(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
