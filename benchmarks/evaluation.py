"""What does a stage evaluation cost, part by part, and what does each measure cost on 10,000 answers?

    OMP_NUM_THREADS=1 python benchmarks/evaluation.py

Parts and the whole are measured in turn in one process, on the same sets: one of each task of the registry. The model
is the two million weights of recipes/smoke/tiny_model.py, so that everything that is not the model weighs as much as
it ever will: shares of reading, encoding, measures and report are upper bounds for a real one. Answers of an untrained
model run to their limit, as those of a trained one rarely do. Text is strung together here, nothing is downloaded.
Beside the costs: whether training with an evaluation after every step ends with the weights of training without.
"""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, cast
from unittest import mock

import torch
from _measure import RESULTS, Spread, always, circumstances, interleaved, ratios, spread, stated, table, write
from peft import LoraConfig, get_peft_model

from ewc_plugin import evaluation, matrix, report
from ewc_plugin.evaluation import Encoded, Settings, cells, one_set
from ewc_plugin.evaluation.generation import greedy_answers
from ewc_plugin.evaluation.likelihood import answer_likelihoods
from ewc_plugin.evaluation.no_trace import leaving_no_trace
from ewc_plugin.evaluation.sets import CHOICE_TASKS, EvaluationSet, Item, choose, read
from ewc_plugin.metrics import BY_TABLE, BY_TRAINING, MEASURES, Aids, Answers, How, Measure, NothingAppliesError
from ewc_plugin.metrics.characters import units
from ewc_plugin.metrics.poem import poem_of

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "recipes" / "smoke"))
import tiny_model  # noqa: E402  # a script beside the recipes, not a package

TABLE = ROOT / "dataset_info" / "prosody.json"
CPU = torch.device("cpu")
TASKS = (*MEASURES, "multiple_choice")
PARTS = ("reading", "encoding", "likelihood", "generation", "options", "measures", "files and report")
WORDS = (
    *("春天", "城市", "孩子", "老师", "图书馆", "旅行", "音乐", "历史", "明月", "江水", "故乡", "朋友", "天气", "道路"),
    *("认为", "开始", "喜欢", "离开", "听见", "改变", "记得", "因为", "但是", "所以", "已经", "常常", "慢慢", "这里"),
)
ENGLISH = ("the", "a", "moon", "river", "school", "friend", "reads", "finds", "quiet", "bright", "because", "and")
LEVEL, OBLIQUE, RHYMING = "江花春天山寒人", "月夜水日落雪路里", "流楼秋舟愁州"


# -- text ----------------------------------------------------------------------------------------------------------


def prose(generator: random.Random, length: int) -> str:
    """About `length` characters with marks."""
    said = ""
    while len(said) < length:
        said += "".join(generator.choices(WORDS, k=generator.randint(2, 6))) + generator.choice("，，。！？")
    return said[:length] + "。"


def verse(generator: random.Random) -> str:
    """A regulated quatrain: level, oblique and rhyming characters in their places."""
    shapes = ("OOLLO", "LLOOR", "LLLOO", "OOOLR")
    draw = {"L": LEVEL, "O": OBLIQUE, "R": RHYMING}
    lines = ["".join(generator.choice(draw[tone]) for tone in shape) for shape in shapes]
    return f"{lines[0]}，{lines[1]}。{lines[2]}，{lines[3]}。"


def reference(task: str, generator: random.Random, length: int) -> str:
    if task == "verse":
        return "".join(verse(generator) for _ in range(max(1, length // 24)))
    if task == "arithmetic":
        return f"{prose(generator, length - 8)}#### {generator.randint(1, 999)}"
    if task in ("english", "translation"):
        return " ".join(generator.choices(ENGLISH, k=max(3, length // 6)))
    if task == "code":
        return "```python\n" + "\n".join(f"x{i} = {i}" for i in range(max(1, length // 9))) + "\n```"
    return prose(generator, length)


def record(task: str, number: int, generator: random.Random, length: int) -> dict[str, Any]:
    said = reference(task, generator, length)
    fields: dict[str, Any] = {"refuse": False} if task == "refusal" else {}
    asked = prose(generator, 60)
    if task == "story":
        asked = f"请以“{said[:12]}”开头写一个{length}字左右的故事。"
    if task == "multiple_choice":
        choices = [prose(generator, 12) for _ in range(4)]
        fields, said = {"choices": choices, "answer": "ABCD"[number % 4]}, "ABCD"[number % 4]
    turns = [("user", asked)]
    if task == "dialogue":
        turns = [("user", prose(generator, 20)), ("assistant", prose(generator, 30)), ("user", asked)]
    messages = [{"role": role, "content": content} for role, content in (*turns, ("assistant", said))]
    return {"id": f"{task}:{number}", "messages": messages, **fields}


def write_sets(folder: Path, *, items: int, length: int) -> None:
    """A registry with one set of each task."""
    tags = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant"}
    shape = {"formatting": "sharegpt", "columns": {"messages": "messages"}, "tags": tags}
    registry = {}
    for task in TASKS:
        generator = random.Random(task)
        lines = [json.dumps(record(task, n, generator, length), ensure_ascii=False) for n in range(items)]
        (folder / f"{task}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        about = {"task": task, "stage": "foundation" if task == "instruction" else "domain", "protected": True}
        registry[task] = {"file_name": f"{task}.jsonl", **shape, "eval": about}
    (folder / "dataset_info.json").write_text(json.dumps(registry), encoding="utf-8")


# -- a stage -------------------------------------------------------------------------------------------------------


class ChatEncoder:
    """Gemma's markers around each turn; the host's template makes the same calls of the tokenizer."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.pad_token_id, self.eos_token_ids = 0, frozenset({1, 5})

    def encode(self, messages: Sequence[Mapping[str, str]]) -> Encoded:
        turns = "".join(f"<start_of_turn>{m['role']}\n{m['content']}<end_of_turn>\n" for m in messages[:-1])
        prompt = self._tokenizer(f"<bos>{turns}<start_of_turn>model\n")["input_ids"]
        return Encoded(prompt, self._tokenizer(f"{messages[-1]['content']}<end_of_turn>")["input_ids"])

    def decode(self, ids: Sequence[int]) -> str:
        return str(self._tokenizer.decode(ids, skip_special_tokens=True))


@dataclass(frozen=True)
class World:
    """A model with LoRA, its encoder, the folder of its sets, and how they are measured."""

    model: Any
    encoder: ChatEncoder
    folder: Path
    settings: Settings

    @property
    def sets(self) -> tuple[EvaluationSet, ...]:
        return evaluation.discover(self.folder).sets


def world(folder: Path, given: argparse.Namespace) -> World:
    write_sets(folder, items=given.items, length=given.length)
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.jsonl"))]
    tokenizer = tiny_model.tokenizer(texts)
    torch.manual_seed(0)
    bare = tiny_model.model(len(tokenizer))
    config = LoraConfig(r=8, lora_dropout=0.1, target_modules=["q_proj", "v_proj"])
    model = get_peft_model(bare, config)
    training = [line["messages"][-1]["content"] for path in (folder / "literature.jsonl",) for line in _lines(path)]
    settings = Settings(
        batch_size=8,
        samples=given.items,
        generated=given.generated,
        max_new_tokens=given.new_tokens,
        aids=Aids(prosody=str(TABLE) if TABLE.is_file() else "", training_texts=training),
    )
    return World(model.eval(), ChatEncoder(tokenizer), folder, settings)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def whole(of: World) -> evaluation.Evaluation:
    """As `evaluate` and what follows it in a run: everything a stage pays for."""
    _forget()
    found = evaluation.evaluate(
        of.model, of.sets, encoder=of.encoder, settings=of.settings, base=of.model.disable_adapter
    )
    assert found is not None  # one process
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
    grown = matrix.extend(matrix.new({"model": "tiny"}, rows[0]), rows[1])
    matrix.save(grown, folder / matrix.FILE)
    report.terminal_table(grown)
    report.write(folder)


def parts_of(of: World) -> dict[str, Callable[[], Any]]:
    """Each part alone, over all sets, with what the part before it gives made ready."""
    chosen = {s: choose(read(s), of.settings.samples, seed=of.settings.seed) for s in of.sets}
    found = whole(of)
    asked = [of.encoder.encode(item.messages) for items in chosen.values() for item in items]
    options = [one for s, items in chosen.items() if s.task in CHOICE_TASKS for one in _options(s, items, of.encoder)]
    likelihoods = partial(_likelihoods, of)

    def reading() -> None:
        for one in of.sets:
            choose(read(one), of.settings.samples, seed=of.settings.seed)

    def encoding() -> None:
        for s, items in chosen.items():
            for item in (*items, *_answered(s, items, of.settings)):
                of.encoder.encode(item.messages)
            if s.task in CHOICE_TASKS:
                _options(s, items, of.encoder)

    prompts = {
        s: [of.encoder.encode(item.messages).prompt_ids for item in _answered(s, items, of.settings)]
        for s, items in chosen.items()
    }

    def generation() -> None:
        for s, items in chosen.items():
            _answers(of, prompts[s], items)

    def measures() -> None:
        _forget()
        for s, items in chosen.items():
            settings = replace(of.settings, max_new_tokens=one_set.limit(items, of.settings))
            cells.scored([dict(r) for r in found.records[s.name]], s, items, settings)

    return {
        "reading": reading,
        "encoding": encoding,
        "likelihood": partial(likelihoods, asked),
        "generation": generation,
        "options": partial(likelihoods, options),
        "measures": measures,
        "files and report": partial(files, of, found),
    }


def _answered(chosen: EvaluationSet, items: Sequence[Item], settings: Settings) -> list[Item]:
    return [items[i] for i in one_set.answered(items, settings)] if settings.generates(chosen.task) else []


def _options(chosen: EvaluationSet, items: Sequence[Item], encoder: ChatEncoder) -> list[Encoded]:
    return [one_set._encoded_option(option, items, encoder) for option in one_set.options_of(items, chosen.task)]


def _likelihoods(of: World, encoded: Sequence[Encoded]) -> None:
    with torch.no_grad():
        answer_likelihoods(of.model, encoded, pad_token_id=0, batch_size=of.settings.batch_size)


def _answers(of: World, prompts: Sequence[list[int]], items: Sequence[Item]) -> None:
    with torch.no_grad(), leaving_no_trace(of.model):
        greedy_answers(
            of.model,
            prompts,
            pad_token_id=0,
            eos_token_ids=of.encoder.eos_token_ids,
            max_new_tokens=one_set.limit(items, of.settings),
            batch_size=of.settings.batch_size,
        )


def _forget() -> None:
    """What one evaluation has looked at the next one would find in the caches."""
    units.cache_clear()
    poem_of.cache_clear()


# -- measures ------------------------------------------------------------------------------------------------------


def answers_of(task: str, *, count: int, length: int) -> Answers:
    """Answers that begin as their references and go on differently: neither empty nor the same."""
    generator = random.Random(task)
    records = [record(task, number, generator, length) for number in range(count)]
    references = [r["messages"][-1]["content"] for r in records]
    texts = [reference(task, generator, length) for _ in references]
    said = [wanted[: length // 2] + other[length // 2 :] for wanted, other in zip(references, texts, strict=True)]
    aids = Aids(prosody=str(TABLE), training_texts=training_texts())
    turns = [r["messages"][:-1] for r in records]
    fields = [{k: v for k, v in r.items() if k not in ("id", "messages")} for r in records]
    return Answers(said, references, turns, fields, aids)


@cache
def training_texts() -> list[str]:
    """A million characters."""
    generator = random.Random(0)
    return [prose(generator, 2000) for _ in range(500)]


def measures() -> dict[str, tuple[str, Measure]]:
    """Every registered measure once, with a task that it is registered for."""
    found: dict[str, tuple[str, Measure]] = {}
    known = set()
    tables = (MEASURES, BY_TABLE if TABLE.is_file() else {}, BY_TRAINING)
    for task, measure in ((t, m) for one in tables for t, ms in one.items() for m in ms):
        try:
            name = measure(answers_of(task, count=4, length=72), How(resamples=2)).name
        except NothingAppliesError as problem:
            raise SystemExit(f"{task}: the benchmark's own text must be of the task; {problem}") from problem
        code = cast("Any", measure).__code__  # two closures of one measure are one
        if (name, code) not in known:
            known.add((name, code))
            found[f"{name}, {task}" if name in found else name] = task, measure
    return found


def bootstrap(count: int) -> None:
    """What is in every measure: the interval of a mean of `count` values."""
    from ewc_plugin.metrics.score import mean_score

    mean_score("x", [0.0, 1.0] * (count // 2), How(), version=1)


def measure_costs(given: argparse.Namespace) -> dict[str, list[float]]:
    """Seconds of each measure, and of the interval alone (`interval`)."""
    known = measures()
    answers = {task: answers_of(task, count=given.answers, length=300) for task, _ in known.values()}

    def timed(name: str) -> None:
        _forget()
        task, measure = known[name]
        measure(answers[task], How())

    variants = {"interval": always(partial(bootstrap, given.answers))}
    variants |= {name: always(partial(timed, name)) for name in known}
    return interleaved(variants, repetitions=given.repetitions, device=CPU, warmups=0)


# -- does it leave a trace? ----------------------------------------------------------------------------------------


def trained(of: World, *, evaluated: bool, steps: int = 3) -> torch.Tensor:
    """The adapter after a few steps with dropout, with or without an evaluation of two sets after each."""
    model, few = of.model, of.sets[:2]
    start = {name: value.clone() for name, value in model.state_dict().items()}
    model.train()
    torch.manual_seed(7)
    trainable = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trainable, lr=1e-3)
    for _ in range(steps):
        ids = torch.randint(6, 200, (4, 24))
        model(input_ids=ids, labels=ids).loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        if evaluated:
            settings = replace(of.settings, samples=4, generated=2, max_new_tokens=4, resamples=10)
            evaluation.evaluate(model, few, encoder=of.encoder, settings=settings)
    weights = torch.cat([p.detach().flatten().clone() for p in trainable])
    model.load_state_dict(start)
    model.eval()
    return weights


def trace(of: World) -> dict[str, float]:
    """Largest difference of a weight from training without evaluation: ours, and ours without what puts things back."""
    without = trained(of, evaluated=False)
    with mock.patch.object(evaluation, "leaving_no_trace", return_value=nullcontext()):
        careless = trained(of, evaluated=True)
    found = {"ours": trained(of, evaluated=True), "without putting back": careless}
    return {name: float((weights - without).abs().max()) for name, weights in found.items()}


# -- the page ------------------------------------------------------------------------------------------------------


def measured(given: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        of = world(Path(folder), given)
        variants: dict[str, Callable[[], Any]] = {"whole": partial(whole, of), **parts_of(of)}
        seconds = interleaved(
            {name: always(act) for name, act in variants.items()}, repetitions=given.repetitions, device=CPU, warmups=0
        )
        left = trace(of)
    sums = [sum(values) for values in zip(*(seconds[name] for name in PARTS), strict=True)]
    to_whole = ratios({**seconds, "all parts": sums}, "whole")
    costs = measure_costs(given)
    return {
        "parts": {name: {"seconds": spread(values), "to_whole": to_whole[name]} for name, values in seconds.items()},
        "all_parts_to_whole": to_whole["all parts"],
        "measures": {
            name: {"seconds": spread(v), "to_rouge_l": ratios(costs, "rouge_l")[name]} for name, v in costs.items()
        },
        "largest_difference_of_a_weight": left,
    }


def page(found: Mapping[str, Any], about: Mapping[str, Any], where: Mapping[str, Any]) -> str:
    parts = cast("dict[str, dict[str, Spread]]", found["parts"])
    lines: list[tuple[str, object, object]] = [
        (name, parts[name]["to_whole"], parts[name]["seconds"]) for name in PARTS
    ]
    lines += [("all parts", found["all_parts_to_whole"], ""), ("the whole", 1, parts["whole"]["seconds"])]
    by_cost = sorted(found["measures"].items(), key=lambda pair: pair[1]["seconds"].median)
    costs = [(f"`{name}`", one["seconds"], one["to_rouge_l"]) for name, one in by_cost]
    trace_of = found["largest_difference_of_a_weight"]
    tasks, answered = len(TASKS), f"{about['generated']} of them answered with at most {about['new_tokens']} tokens"
    return "\n\n".join(
        [
            "# What a stage evaluation costs",
            f"{tasks} sets, one of each task, {about['items']} items each with references of about {about['length']} "
            f"characters, {answered}; a model of two million weights on one thread of a CPU. Seconds are of this "
            "process alone. Median (quartiles) of "
            f"{about['repetitions']} rounds; a share is taken within its round.",
            "## Part by part",
            table(("part", "÷ the whole", "seconds"), lines),
            "Likelihood, generation and options grow with the model, the others do not: for one of billions of weights "
            "these three are nearly all. `the whole` has more than its parts: answers under the base "
            "model, the same sets read again for the minimal pairs, and what puts the run back as it was.",
            f"## Each measure on {about['answers']:,} answers of about 300 characters",
            table(("measure", "seconds", "÷ `rouge_l`"), costs),
            "`interval` is the bootstrap of a mean alone (1000 draws), which every measure holds. Those of `classical` "
            "also score the source handed back unchanged, and take Chinese apart with sacreBLEU's `zh`; `copied_share` "
            "reads a million characters of training text here. A real stage answers 50 items of a set, not ten "
            "thousand.",
            "## What is left behind",
            table(
                ("training with an evaluation after each of three steps, dropout on", "largest difference of a weight"),
                [(name, f"{value:.1e}" if value else "0: the same weights") for name, value in trace_of.items()],
            ),
            stated(where),
        ]
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=200, help="of each set, as in the recipes")
    parser.add_argument("--generated", type=int, default=50, help="of them that are answered, the default of a run")
    parser.add_argument("--new-tokens", type=int, default=64)
    parser.add_argument("--length", type=int, default=72, help="characters of a reference")
    parser.add_argument("--answers", type=int, default=10_000, help="that each measure sees")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    where = circumstances()
    found = measured(given)
    about = {key: value for key, value in vars(given).items() if key != "results"}
    text = page(found, about, where)
    write("evaluation", {**about, "circumstances": where, **found}, text, folder=given.results)
    print(text)


if __name__ == "__main__":
    main()
