"""How is one evaluation set measured? Likelihoods, answers and options of its items, each once, by one of the ranks.

Every rank knows the whole list of work and takes its share. Where the weights are shared out (ZeRO-3), all ranks run
equally many forwards, and a failure inside one stops the run; elsewhere it is contained and fails the set alone.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from ewc_plugin.errors import EwcError
from ewc_plugin.evaluation.cells import Cell, Record, scored
from ewc_plugin.evaluation.encoder import Encoded, Encoder
from ewc_plugin.evaluation.generation import Answer, greedy_answers, sharded
from ewc_plugin.evaluation.likelihood import answer_likelihoods
from ewc_plugin.evaluation.passes import Share, share
from ewc_plugin.evaluation.predictions import carried
from ewc_plugin.evaluation.sets import CHOICE_TASKS, LETTERS, EvaluationError, EvaluationSet, Item, choose, read
from ewc_plugin.evaluation.settings import Base, Settings
from ewc_plugin.ranks import Ranks

log = logging.getLogger(__name__)

SHORTEST_LIMIT = 32  # new tokens that every set may use


@dataclass(frozen=True)
class Option:
    """One option of one item: its letter, or its own text."""

    item: int
    number: int
    kind: str


@dataclass(frozen=True)
class Pass:
    """A list of work that the ranks share: which of it is this rank's, and that encoded."""

    name: str
    share: Share
    encoded: list[Encoded]


Done = tuple[str, int, Any]
"""(pass, place in its list, result)"""


def measure(
    model: Any, chosen: EvaluationSet, encoder: Encoder, settings: Settings, ranks: Ranks, base: Base | None
) -> tuple[Cell, list[Record]]:
    """The cell and the records of one set on rank 0, empty ones elsewhere. Every rank gathers exactly once."""
    in_step = sharded(model)
    items: list[Item] = []
    passes: list[Pass] = []
    done: list[Done | str] = []
    settings_of_set = settings
    try:
        items = choose(read(chosen), settings.samples, seed=settings.seed)
        settings_of_set = replace(settings, max_new_tokens=limit(items, settings))
        passes = _prepared(chosen, items, encoder, settings, ranks, in_step=in_step)
    except Exception as problem:  # contained, as long as no forward has begun
        done = [reason(problem)]
    if in_step and float(ranks.sum(torch.tensor(float(len(done))))):
        return _gathered(done, chosen, items, settings_of_set, ranks)
    try:
        log.info("evaluating %s: %d items on all ranks", chosen.name, len(items))
        done = done or [*_run(model, chosen, passes, encoder, settings_of_set, base)]
    except Exception as problem:  # contained: one set must not lose the others or the trained weights
        if in_step:
            raise
        done = [reason(problem)]
    return _gathered(done, chosen, items, settings_of_set, ranks)


def reason(problem: Exception) -> str:
    """Our own errors speak for themselves; others are named."""
    return str(problem) if isinstance(problem, EwcError) else f"{type(problem).__name__}: {problem}"


def answered(items: Sequence[Item], settings: Settings) -> list[int]:
    """The places of the items that are answered: the first of the order in which items are chosen."""
    wanted = {item.id for item in choose(items, settings.generated, seed=settings.seed)}
    return [place for place, item in enumerate(items) if item.id in wanted]


def options_of(items: Sequence[Item], task: str) -> list[Option]:
    """Every option to be held against the others, in the order in which all ranks deal them out."""
    kinds = ("letter", "text") if task == "multiple_choice" else ("text",)
    return [
        Option(place, number, kind)
        for place, item in enumerate(items)
        for kind in kinds
        for number in range(len(item.choices))
    ]


def limit(items: Sequence[Item], settings: Settings) -> int:
    """Twice the longest reference in characters: what goes on after that is no answer any more."""
    longest = max((len(item.reference) for item in items), default=0)
    return min(settings.max_new_tokens, max(SHORTEST_LIMIT, 2 * longest))


def _prepared(
    chosen: EvaluationSet, items: Sequence[Item], encoder: Encoder, settings: Settings, ranks: Ranks, *, in_step: bool
) -> list[Pass]:
    def dealt(name: str, count: int, encode: Callable[[int], Encoded]) -> Pass:
        mine = share(count, ranks, in_step=in_step)
        return Pass(name, mine, [encode(place) for place in mine.places])

    passes = [dealt("likelihood", len(items), lambda place: encoder.encode(items[place].messages))]
    if settings.generates(chosen.task):
        places = answered(items, settings)
        passes.append(dealt("answer", len(places), lambda place: encoder.encode(items[places[place]].messages)))
    if chosen.task in CHOICE_TASKS:
        options = options_of(items, chosen.task)
        passes.append(dealt("option", len(options), lambda place: _encoded_option(options[place], items, encoder)))
    return passes


def _encoded_option(option: Option, items: Sequence[Item], encoder: Encoder) -> Encoded:
    item = items[option.item]
    text = LETTERS[option.number] if option.kind == "letter" else item.choices[option.number]
    return encoder.encode((*item.messages[:-1], {"role": "assistant", "content": text}))


def _run(
    model: Any,
    chosen: EvaluationSet,
    passes: Sequence[Pass],
    encoder: Encoder,
    settings: Settings,
    base: Base | None,
) -> Sequence[Done]:
    done: list[Done] = []
    for one in passes:
        results: list[Any]
        if one.name == "answer":
            said = answers(model, [asked.prompt_ids for asked in one.encoded], encoder, settings)
            results = [(encoder.decode(a.ids).strip(), a.finished) for a in said]
            if base is not None and chosen.stage == "foundation":
                done += _under_the_base(model, one, said, encoder, settings, base)
        else:
            results = likelihoods(model, one.encoded, encoder, settings)
        done += [(one.name, place, result) for place, result in one.share.done(results)]
    return done


def likelihoods(
    model: Any, encoded: Sequence[Encoded], encoder: Encoder, settings: Settings
) -> list[tuple[float, int]]:
    """Of each answer."""
    return answer_likelihoods(model, encoded, pad_token_id=encoder.pad_token_id, batch_size=settings.batch_size)


def answers(model: Any, prompts: Sequence[list[int]], encoder: Encoder, settings: Settings) -> list[Answer]:
    """To each prompt; where ranks need not keep step, short prompts go together."""
    together = None if sharded(model) else settings.batch_size * (settings.cutoff + settings.max_new_tokens)
    return greedy_answers(
        model,
        prompts,
        pad_token_id=encoder.pad_token_id,
        eos_token_ids=encoder.eos_token_ids,
        max_new_tokens=settings.max_new_tokens,
        batch_size=settings.batch_size,
        positions=together,
    )


def _under_the_base(
    model: Any, one: Pass, said: Sequence[Answer], encoder: Encoder, settings: Settings, base: Base
) -> list[Done]:
    """How likely the base model holds each generated answer: fluency, judged by another than who wrote it."""
    encoded = [Encoded(asked.prompt_ids, answer.ids) for asked, answer in zip(one.encoded, said, strict=True)]
    with base():
        results = likelihoods(model, encoded, encoder, settings)
    return [("base", place, result) for place, result in one.share.done(results)]


def _gathered(
    mine: list[Done | str], chosen: EvaluationSet, items: Sequence[Item], settings: Settings, ranks: Ranks
) -> tuple[Cell, list[Record]]:
    """What all ranks found, scored on rank 0; failures too are contained there."""
    gathered = ranks.gather(mine)
    if ranks.rank != 0:
        return {}, []
    try:
        if failures := [part for part in gathered if isinstance(part, str)]:
            raise EvaluationError(
                f"evaluation set {chosen.name}",
                expected="a score for every item",
                found=failures[0],
                remedy="The other sets were scored; repair this one and evaluate again.",
            )
        return scored(_results(gathered, chosen, items, settings), chosen, items, settings)
    except Exception as problem:  # contained: one set must not lose the others or the trained weights
        log.warning("evaluation set %s failed: %s", chosen.name, reason(problem))
        return {"failed": reason(problem)}, []


def _results(
    gathered: Sequence[Done], chosen: EvaluationSet, items: Sequence[Item], settings: Settings
) -> list[Record]:
    """One record an item, from the results of all passes. Raises where a place has none or more than one."""
    places = answered(items, settings) if settings.generates(chosen.task) else []
    options = options_of(items, chosen.task) if chosen.task in CHOICE_TASKS else []
    counts = {"likelihood": len(items), "answer": len(places), "option": len(options)}
    by_pass = {name: _in_order(name, gathered, count, chosen) for name, count in counts.items()}
    base = {place: result for name, place, result in gathered if name == "base"}
    records = [_record(item, by_pass["likelihood"][place]) for place, item in enumerate(items)]
    for nth, (place, (answer, finished)) in enumerate(zip(places, by_pass["answer"], strict=True)):
        records[place] |= {"answer": answer, "finished": finished}
        if nth in base:
            records[place] |= {"base_nll": base[nth][0], "base_tokens": base[nth][1]}
    for option, result in zip(options, by_pass["option"], strict=True):
        records[option.item].setdefault("options", {}).setdefault(option.kind, []).append(result[0])
    return records


def _in_order(name: str, gathered: Sequence[Done], count: int, chosen: EvaluationSet) -> list[Any]:
    parts = sorted(((place, result) for part, place, result in gathered if part == name), key=lambda part: part[0])
    if [place for place, _ in parts] != list(range(count)):
        raise EvaluationError(
            f"evaluation set {chosen.name}, {name}",
            expected=f"each of {count} scored once",
            found=f"{len(parts)} scored, {len({place for place, _ in parts})} of them different",
            remedy="Please report this: it is a fault in the gathering of ranks.",
        )
    return [result for _, result in parts]


def _record(item: Item, likelihood: tuple[float, int]) -> Record:
    return {
        "id": item.id,
        "prompt": item.prompt,
        **carried(item.fields),
        "reference": item.reference,
        "answer": None,
        "finished": None,
        "nll": likelihood[0],
        "tokens": likelihood[1],
        "scores": {},
    }
