"""Is a selected part of the data worth more than a random part of the same size? Each method of `select`, on one task.

    OMP_NUM_THREADS=1 python benchmarks/selection.py              # five seeds; done runs are not done again
    OMP_NUM_THREADS=1 python benchmarks/selection.py --seeds 1 --size 60 --out /tmp/look

A tiny model that has read some prose learns to sort words from clean, noisy and repeated examples (`_selection_task`).
Its rows are scored, embedded, clustered and chosen by the commands of the converters, as a user would type them, with
that same model; no method is told which rows are clean. What it has learnt is measured on words and wordings that no
row had. What holds for a large model and real noise is not measured here.
"""

import argparse
import contextlib
import io
import json
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from _measure import RESULTS, circumstances
from _selection_model import Settings, asked, coded, encoder, read, trained
from _selection_rating import rating_model
from _selection_report import report
from _selection_task import Row, Task, task

from converters.__main__ import main as converters

SIZE, CLUSTERS = 160, 24
TAGS = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant"}
LIKELY = ("--perplexity", ":50%")
GOOD = ("--reward", "50%:")
WAYS: dict[str, tuple[str, ...]] = {
    "sample random": ("sample", "--method", "random", "--seed", "{seed}"),
    "sample stratified by cluster": ("sample", "--method", "stratified", "--by", "cluster"),
    "coreset": ("select", "--method", "coreset"),
    "coreset, likely half": ("select", "--method", "coreset", *LIKELY),
    "coreset, better half": ("select", "--method", "coreset", *GOOD),
    "coreset of the nearest half": ("select", "--method", "coreset", "--nearest", "670"),
    "representative of each": ("select", "--method", "representative", "--of", "each"),
    "representative of each, better half": ("select", "--method", "representative", "--of", "each", *GOOD),
    "quality by perplexity": ("select", "--method", "quality", "--rank", "least-perplexity"),
    "quality by reward": ("select", "--method", "quality"),
    "quality by reward, within clusters": ("select", "--method", "quality", "--within", "cluster"),
    "ifd": ("select", "--method", "ifd"),
    "ifd, likely half": ("select", "--method", "ifd", *LIKELY),
    "ifd, better half": ("select", "--method", "ifd", *GOOD),
}
# the best of them, and both filters together: once more, on seeds that had no part in calling them the best
FINALISTS = {
    "coreset, likely half": WAYS["coreset, likely half"],
    "coreset, better half": WAYS["coreset, better half"],
    "coreset, likely and better half": ("select", "--method", "coreset", *LIKELY, *GOOD),
}


@dataclass(frozen=True)
class Run:
    """`accuracy` with each class counting alike, `weighted` by its number of clean rows; `kinds` of the chosen rows."""

    seed: int
    way: str
    loss: float
    accuracy: float
    weighted: float
    kinds: dict[str, int]
    classes: int
    seconds: float


class World:
    """One seed: a base, a pool with all that the commands know of it, and the held-out questions."""

    def __init__(self, seed: int, folder: Path, settings: Settings) -> None:
        self.seed, self.folder, self.settings = seed, folder, settings
        self.task: Task = task(seed)
        self.base = folder / "base"
        if not (folder / "done").exists():
            self._make()
        by = encoder(self.base, settings)
        self.pool, self.asked = coded(self.task.pool, by), coded(self.task.asked, by)

    def _make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        read(self.task, self.base, seed=self.seed, settings=self.settings)
        rating_model(self.task, self.base, self.folder / "rating", seed=self.seed, settings=self.settings)
        _register(self.folder, self.task.pool)
        model = ("--model", str(self.base), "--template", "gemma2", "--cutoff-len", str(self.settings.cutoff))
        metrics = ("--metrics", "length,perplexity,ifd,reward", "--reward-model", str(self.folder / "rating"))
        self.command("score", "pool", *model, *metrics, "--reward-template", "gemma2", "--quiet")
        self.command("embed", "pool", *model)
        self.command("cluster", "pool", "--clusters", str(CLUSTERS))
        (self.folder / "done").touch()

    def command(self, *words: str) -> None:
        with contextlib.redirect_stdout(io.StringIO()) as said:
            code = converters([*words, "--dataset-dir", str(self.folder)])
        if code:
            raise SystemExit(f"python -m converters {' '.join(words)}: {said.getvalue()}")

    def chosen(self, way: str, size: int) -> list[int]:
        """Numbers of rows of the pool."""
        if way in OURS:
            return OURS[way](self, size)
        step, *words = (word.format(seed=self.seed) for word in (WAYS | FINALISTS)[way])
        self.command(step, "pool", *words, "--size", str(size), "--name", "chosen")
        lines = (self.folder / "data/chosen.jsonl").read_text(encoding="utf-8").splitlines()
        return [int(json.loads(line)["id"].removeprefix("pool:")) for line in lines]

    def run(self, way: str, size: int) -> Run:
        started, numbers = time.monotonic(), self.chosen(way, size)
        model = trained(self.base, [self.pool[number] for number in numbers], seed=self.seed, settings=self.settings)
        learnt, rows = asked(model, self.asked), [self.task.pool[number] for number in numbers]
        weights = [self.task.clean[row.topic] for row in self.task.asked]
        right = sum(weight for weight, exact in zip(weights, learnt.exact, strict=True) if exact)
        return Run(
            self.seed,
            way,
            sum(learnt.losses) / len(learnt.losses),
            sum(learnt.exact) / len(learnt.exact),
            right / sum(weights),
            _counted(row.kind for row in rows),
            len({row.topic for row in rows if row.kind in SOUND}),
            time.monotonic() - started,
        )


SOUND = ("clean", "same text", "nearly the same text")


def _by_chance(world: World, size: int) -> list[int]:
    """Of all rows, whatever they are: what one does who does not look."""
    return random.Random(world.seed).sample(range(len(world.task.pool)), size)


def _all_known(world: World, size: int) -> list[int]:
    """Clean rows alone, every class in turn: what could be had by one who knew. No method of ours."""
    waiting: dict[int, list[int]] = {}
    for number, row in enumerate(world.task.pool):
        if row.kind == "clean":
            waiting.setdefault(row.topic, []).append(number)
    found: list[int] = []
    while len(found) < size:
        found += [numbers.pop() for numbers in waiting.values() if numbers]
    return found[:size]


def _everything(world: World, size: int) -> list[int]:
    return list(range(len(world.task.pool)))


RANDOM, KNOWN, EVERYTHING = "random", "clean rows, evenly (who knew)", "all rows"
OURS: dict[str, Callable[[World, int], list[int]]] = {RANDOM: _by_chance, KNOWN: _all_known, EVERYTHING: _everything}


def _counted(kinds: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for kind in kinds:
        found[kind] = found.get(kind, 0) + 1
    return dict(sorted(found.items()))


def _register(folder: Path, rows: Sequence[Row]) -> None:
    (folder / "data").mkdir(exist_ok=True)
    with (folder / "data/pool.jsonl").open("w", encoding="utf-8", newline="\n") as stream:
        for number, row in enumerate(rows):
            messages = [{"role": "user", "content": row.question}, {"role": "assistant", "content": row.answer}]
            stream.write(json.dumps({"messages": messages, "id": f"pool:{number}"}, ensure_ascii=False) + "\n")
    entry = {
        "file_name": "data/pool.jsonl",
        "formatting": "sharegpt",
        "columns": {"messages": "messages"},
        "tags": TAGS,
    }
    (folder / "dataset_info.json").write_text(json.dumps({"pool": entry}), encoding="utf-8")


def everything(seeds: Iterable[int], ways: Sequence[str], size: int, folder: Path, settings: Settings) -> list[Run]:
    """These ways on these seeds; what an earlier call with the same size has done is read and not done again."""
    record = folder / f"runs_{size}.jsonl"
    lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    done = {(run.seed, run.way): run for run in (Run(**json.loads(line)) for line in lines)}
    found = []
    for seed in seeds:
        missing = [way for way in ways if (seed, way) not in done]
        world = World(seed, folder / f"seed_{seed}", settings) if missing else None
        for way in missing:
            assert world is not None
            done[seed, way] = run = world.run(way, size)
            _tell(run)
            with record.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(asdict(run)) + "\n")
        found += [done[seed, way] for way in ways]
    return found


def _tell(run: Run) -> None:
    sound = sum(count for kind, count in run.kinds.items() if kind in SOUND)
    print(
        f"seed {run.seed}  {run.way:36} loss {run.loss:.3f}  exact {run.accuracy:.3f}  weighted {run.weighted:.3f}  "
        f"clean {run.kinds.get('clean', 0):4}  sound {sound:4}  classes {run.classes:3}  {run.seconds:.0f} s",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--fresh", type=int, default=5, help="more seeds, for the best ways alone")
    parser.add_argument("--size", type=int, default=SIZE)
    parser.add_argument("--work", type=Path, default=Path("saves/benchmarks/selection"), help="models, data, done runs")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    settings, where = Settings(), circumstances()
    first, fresh = range(options.seeds), range(options.seeds, options.seeds + options.fresh)
    runs = everything(first, (*OURS, *WAYS), options.size, options.work, settings)
    again = everything(fresh, (RANDOM, *FINALISTS), options.size, options.work, settings)
    report(runs, again, methods=list(WAYS), size=options.size, settings=settings, where=where, folder=options.out)


if __name__ == "__main__":
    main()
