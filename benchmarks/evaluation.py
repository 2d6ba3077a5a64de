"""What does a stage evaluation cost: in each part, in each measure, in batches, and in the weights that are trained?

    OMP_NUM_THREADS=1 python benchmarks/evaluation.py                                   # two million weights, on a CPU
    python benchmarks/evaluation.py --model gemma-2-9b --device cuda --items 16 --generated 8 --new-tokens 32

Parts and the whole are measured in turn in one process, on the same sets: one of each task of the registry. The model
is the two million weights of recipes/smoke/tiny_model.py, so that everything that is not the model weighs as much as
it ever will: shares of reading, encoding, measures and report are upper bounds for a real one; or one of the shape of
a real one, with random weights and the batches of recipes/domain.yaml. Answers of an untrained model run to their
limit, as those of a trained one rarely do. Text is strung together here, nothing is downloaded.
Beside the costs: what batches gain, what our generation costs beside transformers' own, and whether training with an
evaluation after every step ends with the weights of training without. `--only` asks some of these questions.
"""

import argparse
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import _evaluation_batches as batches
import _evaluation_measures as measures
import _evaluation_parts as parts
import _evaluation_trace as trace
import torch
from _evaluation_sets import TASKS
from _evaluation_world import SMOKE, world
from _language import DTYPES, SHAPES
from _measure import RESULTS, circumstances, stated, write

QUESTIONS: dict[str, ModuleType] = {"parts": parts, "measures": measures, "batches": batches, "trace": trace}
LARGE_ENOUGH = [name for name, shape in SHAPES.items() if shape["vocab_size"] > 4000]  # for the sets' tokenizer


def answers(given: argparse.Namespace) -> Iterator[tuple[str, dict[str, Any]]]:
    """What each question finds, in the order asked."""
    with tempfile.TemporaryDirectory() as folder:
        asks = {"measures": partial(measures.measured, given)}
        if set(given.only) - {"measures"}:
            of = world(Path(folder), given)
            asks |= {
                "parts": partial(parts.measured, of, given),
                "batches": partial(batches.measured, of, given),
                "trace": partial(trace.measured, of),
            }
        for name in given.only:
            yield name, asks[name]()


def page(asked: Sequence[str], found: Mapping[str, Any], about: Mapping[str, Any], where: Mapping[str, Any]) -> str:
    sections = [QUESTIONS[name].section(found, about) for name in asked]
    return "\n\n".join(["# What a stage evaluation costs", measured_on(about), *sections, stated(where)])


def measured_on(about: Mapping[str, Any]) -> str:
    tasks = len(about["tasks"])
    kinds = "one of each task" if tasks == len(TASKS) else "each of another task"
    answered = f"{about['generated']} of them answered with at most {about['new_tokens']}"
    model = "a model of two million weights on one thread of a CPU"
    if about["shape"] != SMOKE:
        model = f"the shape of {about['shape']} with random weights ({about['dtype']}, LoRA as in recipes/domain.yaml)"
    seconds = "Seconds are of this process alone" if about["device"] == "cpu" else "Seconds are by the clock"
    return (
        f"{tasks} sets, {kinds}, {about['items']} items each with references of about {about['length']} "
        f"characters, {answered} tokens; {model}. {seconds}. Median (quartiles) of "
        f"{about['repetitions']} rounds; a share is taken within its round."
    )


def arguments_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=tuple(QUESTIONS), nargs="+", help="default: all; with --shape no measures")
    parser.add_argument("--shape", "--model", dest="shape", choices=(SMOKE, *LARGE_ENOUGH), default=SMOKE)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--dtype", choices=tuple(DTYPES), help="default: bf16 on a GPU, else fp32")
    parser.add_argument("--tasks", choices=TASKS, nargs="+", default=list(TASKS), metavar="TASK")
    parser.add_argument("--items", type=int, default=200, help="of each set, as in the recipes")
    parser.add_argument("--generated", type=int, default=50, help="of them that are answered, the default of a run")
    parser.add_argument("--new-tokens", type=int, default=64)
    parser.add_argument("--length", type=int, default=72, help="characters of a reference")
    parser.add_argument("--answers", type=int, default=10_000, help="that each measure sees")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args(arguments)
    # a measure costs the same whatever model answered
    given.only = given.only or [name for name in QUESTIONS if name != "measures" or given.shape == SMOKE]
    given.dtype = given.dtype or ("bf16" if given.device == "cuda" else "fp32")
    if given.shape == SMOKE and (given.device, given.dtype) != ("cpu", "fp32"):
        parser.error("the smoke model is measured on a CPU in fp32: choose a --shape for a GPU")
    counts = {name: vars(given)[name] for name in ("items", "generated", "new_tokens", "answers", "repetitions")}
    if few := [f"--{name.replace('_', '-')} {value}" for name, value in counts.items() if value < 1]:
        parser.error(f"expected 1 or more; found {', '.join(few)}")
    return given


def file_of(given: argparse.Namespace) -> str:
    """`evaluation`, with what differs from a whole run on the smoke model."""
    shape = [] if given.shape == SMOKE else [given.shape, given.device]
    asked = [name for name in QUESTIONS if name != "measures" or given.shape == SMOKE]
    return "_".join(["evaluation", *shape, *([] if set(given.only) >= set(asked) else given.only)])


def main(arguments: Sequence[str] | None = None) -> None:
    given = arguments_of(arguments)
    if given.device == "cpu":
        torch.set_num_threads(1)
    where = circumstances()
    about = {key: value for key, value in vars(given).items() if key != "results"}
    found: dict[str, Any] = {}
    asked: list[str] = []
    for name, answer in answers(given):
        asked.append(name)
        found |= answer
        text = page(asked, found, about, where)
        # at once: a later question may run out of time or memory
        write(file_of(given), {**about, "circumstances": where, **found}, text, folder=given.results)
        print(QUESTIONS[name].section(found, about), flush=True)


if __name__ == "__main__":
    main()
