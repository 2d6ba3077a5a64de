"""Which form of F forgets least when all learn equally much? Every form, L2, a shuffled F and replay on small stages.

    OMP_NUM_THREADS=1 python benchmarks/which_form.py                        # the samples that the project ships
    OMP_NUM_THREADS=1 python benchmarks/which_form.py --data ../downloads    # real text, as for `make demo`

A small Llama is pretrained on modern Chinese, answers questions in it (first stage, LoRA) and then learns verse (second
stage, the same LoRA) under each penalty. λ means something else for every form, so none is compared at its λ: each has
several, set on a seed of its own where it keeps given shares of what the unpenalised stage learns, and the old loss is
read off between them where equally much was learnt. What a large model does is not measured here.
"""

import argparse
import hashlib
import json
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from _form_curves import LITTLE, SHARES, at_level, beside_replay
from _form_report import report
from _forms import FORMS, PILOT, WITH_REPLAY, Run, Started, second_stage, start
from _measure import RESULTS, circumstances
from _stages import MODERN, ROOT, VERSE, Exchange, Settings, convert, exchanges, plain, tokenizer
from tokenizers import Tokenizer

AIMS = (0.98, 0.93, 0.8, 0.45)  # shares of the unpenalised gain at which each form gets a λ, on the pilot seed
SMALLEST, LARGEST = 1e-6, 1e8  # of λ
TEXTS = {"modern": "instructions and translation in modern Chinese", "verse": "classical verse"}


def strengths(kept: Callable[[float], float], aims: Sequence[float] = AIMS) -> list[float]:
    """λ where `kept(λ)` is each of `aims`, read off on a logarithmic scale from decades around 1."""
    known = {1.0: kept(1.0)}
    while min(known.values()) > min(aims) and max(known) < LARGEST:
        known[max(known) * 10] = kept(max(known) * 10)
    while max(known.values()) < max(aims) and min(known) > SMALLEST:
        known[min(known) / 10] = kept(min(known) / 10)
    curve = [(share, math.log10(strength)) for strength, share in sorted(known.items())]
    return [10**place for aim in aims if (place := at_level(curve, aim)) is not None]


class Record:
    """The runs so far, one line each in a file: what was done is not done again after an interruption."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self.runs = [Run(**json.loads(line)) for line in lines]
        self._started = time.monotonic()

    def add(self, runs: Iterable[Run]) -> None:
        with self._path.open("a", encoding="utf-8") as stream:
            for run in runs:
                self.runs.append(run)
                stream.write(json.dumps(asdict(run)) + "\n")
        last = self.runs[-1]
        print(
            f"{time.monotonic() - self._started:6.0f} s  seed {last.seed}  {last.way:18} λ {last.strength:<10.4g} "
            f"replay {last.replay:<5} old {last.old:.4f}  new {last.new:.4f}",
            flush=True,
        )

    def find(self, seed: int, way: str, strength: float = 0.0, replay: float = 0.0) -> Run | None:
        wanted = (seed, way, replay)
        same = (run for run in self.runs if (run.seed, run.way, run.replay) == wanted)
        return next((run for run in same if math.isclose(run.strength, strength, rel_tol=1e-9)), None)


@dataclass(frozen=True)
class Experiment:
    """The texts, the settings and the record; a seed is begun when one of its runs is needed."""

    old: Sequence[Exchange]
    new: Sequence[Exchange]
    words: Tokenizer
    settings: Settings
    record: Record
    begun: dict[int, Started]

    def run(self, seed: int, way: str, strength: float = 0.0, replay: float = 0.0) -> Run:
        found = self.record.find(seed, way, strength, replay)
        if found is None:
            made = second_stage(self._begin(seed), way, strength=strength, replay=replay, settings=self.settings)
            self.record.add(made)
            found = made[0]
        return found

    def start(self, seed: int) -> Run:
        return self.record.find(seed, "start") or self._begin(seed).start

    def kept(self, way: str, strength: float) -> float:
        """Share of the unpenalised gain in new loss, on the pilot seed."""
        before, free = self.start(PILOT), self.run(PILOT, "none")
        return (before.new - self.run(PILOT, way, strength).new) / (before.new - free.new)

    def _begin(self, seed: int) -> Started:
        if seed not in self.begun:
            made = start(self.old, self.new, self.words, seed=seed, settings=self.settings)
            self.begun[seed] = made
            if self.record.find(seed, "start") is None:
                self.record.add([made.start])
        return self.begun[seed]


def experiment(old: Sequence[Exchange], new: Sequence[Exchange], settings: Settings, record: Record) -> Experiment:
    words = tokenizer((plain(exchange) for exchange in (*old, *new)), settings.vocabulary)
    return Experiment(old, new, words, settings, record, {})


def digest(old: Sequence[Exchange], new: Sequence[Exchange], settings: Settings) -> str:
    """Of everything that runs depend on but this program: only runs of the same are continued."""
    return hashlib.sha256(repr((settings, FORMS.keys(), AIMS, old, new)).encode()).hexdigest()[:12]


def everything(made: Experiment, *, seeds: Sequence[int]) -> dict[str, list[float]]:
    """All runs; returns the strengths of each form."""
    grids = {way: strengths(partial(made.kept, way)) for way in FORMS}
    for seed in seeds:
        made.run(seed, "none")
        for way, grid in grids.items():
            for strength in grid:
                made.run(seed, way, strength)
    for seed in seeds:
        for share in SHARES:
            made.run(seed, "none", replay=share)
        for way in WITH_REPLAY:
            for strength in beside_replay(grids[way]):
                made.run(seed, way, strength, replay=LITTLE)
    return grids


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=None, help="folder of downloads (default: the samples shipped)")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--reverse", action="store_true", help="verse first, then modern Chinese")
    parser.add_argument("--work", type=Path, default=Path("saves/which_form"), help="where runs are recorded")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    texts, where = prepared(options.work, options.data or ROOT / "converters" / "samples")
    first, second = ("verse", "modern") if options.reverse else ("modern", "verse")
    record = Record(options.work / f"runs-{digest(texts[first], texts[second], Settings())}.jsonl")
    made = experiment(texts[first], texts[second], Settings(), record)
    seeds = range(options.seeds)
    grids = everything(made, seeds=seeds)
    runs = [run for run in record.runs if run.seed in (*seeds, PILOT)]
    about = {
        "first": TEXTS[first],
        "second": TEXTS[second],
        "data": f"{'downloads' if options.data else 'samples'}: {len(made.old)} and {len(made.new)} exchanges",
        "seeds": options.seeds,
        "settings": asdict(Settings()),
        "aims": AIMS,
        "command": "OMP_NUM_THREADS=1 python benchmarks/which_form.py"
        + (" --data <downloads>" if options.data else "")
        + (" --reverse" if options.reverse else ""),
    }
    report(runs, grids, where, about, folder=options.out)


def prepared(work: Path, source: Path) -> tuple[dict[str, list[Exchange]], dict[str, Any]]:
    """The texts, converted once, and the circumstances of the first start: a continued run began there."""
    kept = work / "circumstances.json"
    if not kept.exists():
        work.mkdir(parents=True, exist_ok=True)
        convert(source, work)
        kept.write_text(json.dumps(circumstances()), encoding="utf-8")
    texts = {"modern": exchanges(work, MODERN), "verse": exchanges(work, VERSE)}
    return texts, json.loads(kept.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
