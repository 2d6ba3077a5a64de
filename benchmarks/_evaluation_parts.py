"""Where does the time of a stage evaluation go? Each part alone beside the whole, over all sets."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

import torch
from _evaluation_measures import forget
from _evaluation_memory import peaks_of, room
from _evaluation_world import BATCH, RECIPE, SMOKE, ChatEncoder, World
from _measure import Spread, always, interleaved, ratios, spread, table

from ewc_plugin import evaluation, matrix, report
from ewc_plugin.arguments import EwcArguments
from ewc_plugin.evaluation import Encoded, cells, one_set
from ewc_plugin.evaluation.batches import batches
from ewc_plugin.evaluation.generation import Answer
from ewc_plugin.evaluation.no_trace import leaving_no_trace
from ewc_plugin.evaluation.sets import CHOICE_TASKS, EvaluationSet, Item, choose, read

PARTS = ("reading", "encoding", "likelihood", "generation", "options", "measures", "files and report")
Chosen = Mapping[EvaluationSet, Sequence[Item]]


def whole(of: World) -> evaluation.Evaluation:
    """As `evaluate` and what follows it in a run: everything a stage pays for."""
    forget()
    with of.around():
        found = evaluation.evaluate(
            of.model, of.sets, encoder=of.encoder, settings=of.settings, base=of.model.disable_adapter
        )
    assert found is not None  # one process
    if found.failed:
        raise SystemExit(f"a set of the benchmark failed, its time would be no evaluation's: {found.failed}")
    files(of, found)
    return found


def files(of: World, found: evaluation.Evaluation) -> None:
    """Predictions, metrics, a matrix of two rows, the table and the page."""
    folder = of.folder / "out" / "stage_eval"
    rows = [
        evaluation.row(
            found, stage=stage, label=stage or "base", predictions=evaluation.write(found, folder / (stage or "base"))
        )
        for stage in (None, "domain")
    ]
    grown = matrix.extend(matrix.new({"model": of.shape}, rows[0]), rows[1])
    matrix.save(grown, folder / matrix.FILE)
    report.terminal_table(grown)
    report.write(folder)


# -- each part alone -----------------------------------------------------------------------------------------------


def parts_of(of: World, found: evaluation.Evaluation, counted: dict[str, int]) -> dict[str, Callable[[], Any]]:
    """Each part over all sets, with what the part before it gives made ready; `counted` gets what is worked on."""
    chosen = {s: choose(read(s), of.settings.samples, seed=of.settings.seed) for s in of.sets}
    asked = [of.encoder.encode(item.messages) for items in chosen.values() for item in items]
    options = [one for s, items in chosen.items() if s.task in CHOICE_TASKS for one in _options(s, items, of.encoder)]
    counted |= {
        "examples": len(asked),
        "tokens of the examples": sum(len(e.prompt_ids) + len(e.answer_ids) for e in asked),
        "options": len(options),
    }
    return {
        "reading": partial(reading, of),
        "encoding": partial(encoding, of, chosen),
        "likelihood": partial(likelihoods, of, asked),
        "generation": partial(generation, of, chosen, prompts(of, chosen), counted),
        "options": partial(likelihoods, of, options),
        "measures": partial(scoring, of, chosen, found),
        "files and report": partial(files, of, found),
    }


def reading(of: World) -> None:
    for one in of.sets:
        choose(read(one), of.settings.samples, seed=of.settings.seed)


def encoding(of: World, chosen: Chosen) -> None:
    for s, items in chosen.items():
        for item in (*items, *_answered(of, s, items)):
            of.encoder.encode(item.messages)
        if s.task in CHOICE_TASKS:
            _options(s, items, of.encoder)


def likelihoods(of: World, encoded: Sequence[Encoded]) -> None:
    with torch.no_grad(), of.around():
        one_set.likelihoods(of.model, encoded, of.encoder, of.settings)


def prompts(of: World, chosen: Chosen) -> dict[EvaluationSet, list[list[int]]]:
    return {
        s: [of.encoder.encode(item.messages).prompt_ids for item in _answered(of, s, items)]
        for s, items in chosen.items()
    }


def generation(
    of: World, chosen: Chosen, asked: Mapping[EvaluationSet, list[list[int]]], counted: dict[str, int]
) -> None:
    answers = [a for s, items in chosen.items() for a in answered(of, asked[s], one_set.limit(items, of.settings))]
    counted |= {
        "answers": len(answers),
        "answers with an end": sum(a.finished for a in answers),
        "tokens generated": sum(len(a.ids) + a.finished for a in answers),
    }


def answered(of: World, asked: Sequence[list[int]], limit: int) -> list[Answer]:
    with torch.no_grad(), of.around(), leaving_no_trace(of.model):
        return one_set.answers(of.model, asked, of.encoder, replace(of.settings, max_new_tokens=limit))


def scoring(of: World, chosen: Chosen, found: evaluation.Evaluation) -> None:
    forget()
    for s, items in chosen.items():
        settings = replace(of.settings, max_new_tokens=one_set.limit(items, of.settings))
        cells.scored([dict(r) for r in found.records[s.name]], s, items, settings)


def _answered(of: World, chosen: EvaluationSet, items: Sequence[Item]) -> list[Item]:
    return [items[i] for i in one_set.answered(items, of.settings)] if of.settings.generates(chosen.task) else []


def _options(chosen: EvaluationSet, items: Sequence[Item], encoder: ChatEncoder) -> list[Encoded]:
    return [one_set._encoded_option(option, items, encoder) for option in one_set.options_of(items, chosen.task)]


# -- what was measured ---------------------------------------------------------------------------------------------


def measured(of: World, given: argparse.Namespace) -> dict[str, Any]:
    once: list[evaluation.Evaluation] = []  # its answers are what is scored and written in the parts; also the warm-up
    peaks = peaks_of(of, lambda: once.append(whole(of)))
    counted: dict[str, int] = {}
    variants: dict[str, Callable[[], Any]] = {"whole": partial(whole, of), **parts_of(of, once[0], counted)}
    seconds = interleaved(
        {name: always(act) for name, act in variants.items()},
        repetitions=given.repetitions,
        device=of.device,
        warmups=0,
    )
    sums = [sum(values) for values in zip(*(seconds[name] for name in PARTS), strict=True)]
    to_whole = ratios({**seconds, "all parts": sums}, "whole")
    return {
        "parts": {name: {"seconds": spread(values), "to_whole": to_whole[name]} for name, values in seconds.items()},
        "all_parts_to_whole": to_whole["all parts"],
        "counted": counted,
        "peak_bytes": peaks,
    }


# -- the page ------------------------------------------------------------------------------------------------------


def section(found: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    parts = cast("dict[str, dict[str, Spread]]", found["parts"])
    lines: list[tuple[str, object, object]] = [
        (name, parts[name]["to_whole"], parts[name]["seconds"]) for name in PARTS
    ]
    lines += [("all parts", found["all_parts_to_whole"], ""), ("the whole", 1, parts["whole"]["seconds"])]
    return "\n\n".join(
        [
            "## Part by part",
            table(("part", "÷ the whole", "seconds"), lines),
            "Likelihood, generation and options grow with the model, the others do not: for one of billions of weights "
            "these three are nearly all. `the whole` has more than its parts: answers under the base "
            "model, the same sets read again for the minimal pairs, and what puts the run back as it was.",
            *([] if about["shape"] == SMOKE else [speed(found, about), room(found)]),
        ]
    )


def speed(found: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    """Rates, and what a set of the recipe would take at these."""
    seconds, counted = {n: one["seconds"].median for n, one in found["parts"].items()}, found["counted"]
    examples, tokens = counted["examples"] / seconds["likelihood"], counted["tokens generated"] / seconds["generation"]
    items, limit, length = RECIPE["stage_eval_samples"], RECIPE["max_new_tokens"], RECIPE["cutoff_len"]
    answers, prompt = EwcArguments.stage_eval_generated, counted["tokens of the examples"] // counted["examples"]
    allowed = BATCH * (length + limit)
    # the short answers that were measured all go together; those of the recipe need as many steps as they have batches
    steps = limit * len(batches([prompt + limit] * answers, rows=BATCH, positions=allowed))
    scored, generated = items / examples, steps * about["generated"] / tokens
    return (
        f"Generation: {tokens:.0f} tokens a second, all answers of a set together "
        f"({counted['tokens generated']:,} tokens, {counted['answers']} answers, {counted['answers with an end']} of "
        "them with an end token: random weights give none, so that answers take all their new tokens). "
        f"Likelihood: {examples:.0f} examples a second, of "
        f"{counted['tokens of the examples'] / counted['examples']:.0f} tokens each. At these rates a set with the "
        f"recipes' numbers ({items} items, {answers} of them answered with {limit} tokens each, the most they may) "
        f"takes {scored:.1f} + {generated:.0f} seconds: reckoned, not measured, and longer with longer items."
    )
