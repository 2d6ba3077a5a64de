"""What does `score` gain by batches of equal length, and are its numbers those of one example at a time?

    python benchmarks/scoring.py                                    # the small shape, one thread of a CPU
    python benchmarks/scoring.py --shape gemma-2-9b --device cuda   # about three minutes on an H100

First whether the numbers are right: the losses of batches against one example at a time by a plain forward and
transformers' own loss, in float32, then how far bfloat16 is from them. Then tokens a second, in turn in one process:
batches by length, the same budget in the order of the file, and one by one; the memory of chosen logits beside that of
all; and 4 bits. Random weights of a published shape and random tokens of uneven lengths: nothing is downloaded, and
LLaMA-Factory is not needed. What is found is written as it comes.
"""

import argparse
import gc
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from _measure import RESULTS, circumstances, in_units, stated, table, write
from _scoring_measured import (
    DTYPES,
    EXACT,
    MEDIANS,
    LanguageModel,
    correct,
    memory,
    model_of,
    quantised,
    speed,
)
from _shapes import SHAPES

from converters.quality.models.settings import BATCH_TOKENS, BATCH_TOKENS_OF_A_CPU

PACKAGES = ("torch", "transformers", "bitsandbytes", "llamafactory-ewc")


def short(value: float) -> str:
    return f"{value:.1e}"


def section_correct(of: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    rows = [("float32", f"{name}, from a plain loop", *map(short, one.values())) for name, one in of["float32"].items()]
    if about["dtype"] in of:
        rows += [(about["dtype"], name, *map(short, one.values())) for name, one in of[about["dtype"]].items()]
    verdict = "holds" if of["holds"] else "MISSED"
    return "\n\n".join(
        [
            "## Are the numbers right?",
            table(("format", "what", "median deviation", "largest"), rows),
            f"Summed losses of the answers of {of['examples']} examples, relative; the plain loop is one example at a "
            f"time and transformers' own loss. At most {EXACT:g} in float32: {verdict}. In bfloat16 a sum over other "
            "shapes rounds otherwise, whoever reckons it: `one by one, from float32` is what the format itself costs.",
        ]
    )


def section_speed(of: Mapping[str, Any], about: Mapping[str, Any], title: str = "How fast?") -> str:
    rows = [
        (name, one["batches"], f"{one['padding']:.0%}", one["tokens_per_second"], one["faster_than_one_by_one"])
        for name, one in of["ways"].items()
    ]
    low, high = of["lengths"]
    return "\n\n".join(
        [
            f"## {title}",
            table(("batches", "number", "padding", "tokens a second", "× one by one"), rows),
            f"{of['examples']} examples, {of['tokens']:,} tokens without padding, {low} to {high} an example "
            f"(log-normal, medians {MEDIANS[0]} and {MEDIANS[1]}); at most {about['batch_tokens']:,} tokens at once. "
            "Losses of answers and instruction: every position is asked for.",
        ]
    )


def section_memory(of: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    ours, whole = of["chosen positions"], of["all logits"]
    return (
        "## How much memory?\n\n"
        f"Beyond the weights, {of['rows']} examples of 512 tokens of which half are answers: {in_units(ours)} with "
        f"logits of chosen positions a few at a time, {in_units(whole)} with all logits at once ({whole / ours:.1f} ×)."
    )


def section_four(of: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    batched = of["by length, from one by one"]
    return "\n\n".join(
        [
            section_speed(of, about, "Four bits"),
            f"Batches by length deviate from one by one by {short(batched['median'])} (median; largest "
            f"{short(batched['largest'])}), from the unquantised model by {short(of['from unquantised']['median'])}: "
            "random weights, so that this says nothing about a trained one.",
        ]
    )


SECTIONS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], str]] = {
    "correct": section_correct,
    "speed": section_speed,
    "memory": section_memory,
    "four bits": section_four,
}


def section(name: str, of: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    if "not measured" in of:
        return f"## {name.capitalize()}\n\nNot measured: {of['not measured']}."
    return SECTIONS[name](of, about)


def page(found: Mapping[str, Any], about: Mapping[str, Any], where: Mapping[str, Any]) -> str:
    head = (
        f"The shape of {about['shape']} with random weights in {about['dtype']}. "
        f"{'Seconds are of this process alone' if about['device'] == 'cpu' else 'Seconds are by the clock'}; median "
        f"(quartiles) of {about['repetitions']} rounds."
    )
    sections = [section(name, of, about) for name, of in found.items()]
    return "\n\n".join(["# What scoring costs", head, *sections, stated(where)])


def questions(given: argparse.Namespace, device: torch.device) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each answer as it comes; what cannot be measured here says why, and the next is asked all the same."""
    made: list[LanguageModel] = []

    def model() -> LanguageModel:
        if not made:
            made.append(model_of(given.shape, device, DTYPES[given.dtype]))
        return made[0]

    def checked() -> dict[str, Any]:
        found, exact = correct(given, device)
        made.append(exact)
        return found

    asked: dict[str, Callable[[], dict[str, Any]]] = {
        "correct": checked,
        "speed": lambda: speed(model(), given, device),
        "memory": lambda: memory(model(), given, device),
        "four bits": lambda: quantised(model(), given, device),
    }
    for name in [*asked][: None if given.four_bits else -1]:
        yield name, tried(asked[name])
        gc.collect()
        if device.type == "cuda":
            torch.cuda.empty_cache()


def tried(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return ask()
    except (ImportError, RuntimeError, AttributeError, TypeError) as error:  # memory, a package, another version of one
        traceback.print_exc()
        return {"not measured": f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"}


def arguments_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=tuple(SHAPES), default="small")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--dtype", choices=tuple(DTYPES), help="default: bf16 on a GPU, else fp32")
    parser.add_argument("--examples", type=int, help="default: 256 on a GPU, else 32")
    parser.add_argument("--quantised-examples", type=int, help="of those in four bits; default: a quarter")
    parser.add_argument("--checked", type=int, default=24, help="examples whose numbers are compared")
    parser.add_argument("--cutoff", type=int, default=2048)
    parser.add_argument("--batch-tokens", type=int, help="default: those of `score`")
    parser.add_argument("--repetitions", type=int, help="default: 2 on a GPU, else 3")
    parser.add_argument("--no-four-bits", dest="four_bits", action="store_false")
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args(arguments)
    gpu = given.device == "cuda"
    given.dtype = given.dtype or ("bf16" if gpu else "fp32")
    given.examples = given.examples or (256 if gpu else 32)
    given.repetitions = given.repetitions or (2 if gpu else 3)
    given.quantised_examples = given.quantised_examples or max(8, given.examples // 4)
    given.batch_tokens = given.batch_tokens or (BATCH_TOKENS if gpu else BATCH_TOKENS_OF_A_CPU)
    return given


def main(arguments: Sequence[str] | None = None) -> None:
    given = arguments_of(arguments)
    device = torch.device(given.device, 0) if given.device == "cuda" else torch.device("cpu")
    if device.type == "cpu":
        torch.set_num_threads(1)
    torch.backends.cuda.matmul.allow_tf32 = False
    where, about = circumstances(PACKAGES), {k: v for k, v in vars(given).items() if k != "results"}
    found: dict[str, Any] = {}
    started = time.monotonic()
    for name, answer in questions(given, device):
        found[name] = answer
        # at once: a later question may run out of time or memory
        text = page(found, about, where)
        write(
            f"scoring_{given.shape}_{given.device}",
            {**about, "circumstances": where, **found},
            text,
            folder=given.results,
        )
        print(f"[{time.monotonic() - started:.0f} s]\n{section(name, answer, about)}\n", flush=True)


if __name__ == "__main__":
    main()
