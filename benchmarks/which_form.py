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
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import torch
from _measure import RESULTS, bytes_of, circumstances, in_units, spread, stated, table, write
from _stages import (
    MODERN,
    PAD,
    ROOT,
    VERSE,
    Data,
    Exchange,
    Settings,
    adapted,
    base,
    batches,
    convert,
    exchanges,
    mean_loss,
    plain,
    split,
    tokenizer,
    train,
)
from scipy.stats import t as student
from tokenizers import Tokenizer
from torch import Tensor, nn

from ewc_plugin.anchor import Anchor, Term
from ewc_plugin.fisher import Example, estimate
from ewc_plugin.penalty import LowRank
from ewc_plugin.penalty import difference as steps_between
from ewc_plugin.probe import LowRankDrift, choose_probe, second_order_kl
from ewc_plugin.spaces.adapter import AdapterSpace
from ewc_plugin.spaces.delta import DeltaSpace

PILOT = 1000  # the seed that λ is set on; reported ones count from 0
AIMS = (0.95, 0.85, 0.7, 0.45)  # shares of the unpenalised gain at which each form gets a λ, on the pilot seed
LEVELS = (0.9, 0.75, 0.5)  # shares at which the forms are compared
SHARES = (0.06, 0.125, 0.25)  # of replay
LITTLE = SHARES[0]  # the share that is combined with EWC
ALPHAS = (0.8, 0.65, 0.5, 0.35)  # of the weights after the stage, in averages
SMALLEST, LARGEST = 1e-6, 1e8  # of λ
PROBE = 200  # positions on which the exact second-order KL is taken
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Form:
    """A penalty: its space and form, the columns of a Kronecker sketch, and which F."""

    space: type[DeltaSpace] | type[AdapterSpace]
    form: str
    rank: int = 0
    fisher: Literal["sampled", "ones", "shuffled"] = "sampled"


FORMS = {
    "factored": Form(DeltaSpace, "factored"),
    "kronecker": Form(DeltaSpace, "kronecker", rank=32),
    "kronecker, rank 4": Form(DeltaSpace, "kronecker", rank=4),
    "dense": Form(DeltaSpace, "dense"),
    "adapter": Form(AdapterSpace, "dense"),
    "L2-SP": Form(DeltaSpace, "factored", fisher="ones"),
    "shuffled": Form(DeltaSpace, "factored", fisher="shuffled"),
}
WITH_REPLAY = ("factored", "kronecker")


@dataclass(frozen=True)
class Run:
    """One second stage: what it was, held-out losses after it, KL on old data, processor seconds."""

    seed: int
    way: str
    strength: float
    replay: float
    old: float
    new: float
    predicted: float | None = None
    second_order: float | None = None
    step_seconds: float | None = None
    penalty_seconds: float | None = None
    held_bytes: int | None = None


# -- one seed --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Started:
    """A seed after its first stage: model, weights to return to, and an anchor for each form."""

    seed: int
    data: Data
    model: nn.Module
    weights: Mapping[str, Tensor]
    anchors: Mapping[str, Anchor]
    probe: Sequence[Example]
    start: Run


def start(
    old: Sequence[Exchange], new: Sequence[Exchange], words: Tokenizer, *, seed: int, settings: Settings
) -> Started:
    data = split(old, new, words, seed=seed, settings=settings)
    model = adapted(base(data, seed=seed, settings=settings), seed=seed, settings=settings)
    steps = settings.first_steps
    first = batches(data.old, [], replay=0, steps=steps, seed=seed, settings=settings)
    train(model, first, steps=steps, settings=settings, penalty=tuple)
    examples = data.old[: settings.fisher_examples]
    anchors = {name: anchor(model, form, examples, seed=seed) for name, form in FORMS.items()}
    weights = {name: p.detach().clone() for name, p in model.named_parameters() if p.requires_grad}
    losses = mean_loss(model, data.old_held_out), mean_loss(model, data.new_held_out)
    return Started(seed, data, model, weights, anchors, choose_probe(examples, PROBE), Run(seed, "start", 0, 0, *losses))


def anchor(model: nn.Module, form: Form, examples: Sequence[Example], *, seed: int) -> Anchor:
    space = form.space(model)
    if form.fisher == "ones":
        fisher = space.ones(form.form)
    else:
        fisher = estimate(model, examples, space.curvature(form.form, form.rank), seed=seed, batch_size=32).fisher
    if form.fisher == "shuffled":
        fisher = shuffled(fisher, seed=seed)
    return Anchor(space.name, (space.snapshot(),), (Term(form.form, fisher),), space.base())


def shuffled(fisher: Mapping[str, Tensor], *, seed: int) -> dict[str, Tensor]:
    """The same numbers in each tensor, in an order that has nothing to do with the weights."""
    generator = torch.Generator().manual_seed(seed)
    return {n: v.flatten()[torch.randperm(v.numel(), generator=generator)].view_as(v) for n, v in fisher.items()}


def second_stage(begun: Started, way: str, *, strength: float, replay: float, settings: Settings) -> list[Run]:
    """One stage under `way`; without any penalty (λ = 0), also the averages of its weights with those before it."""
    form = "factored" if way == "none" else way
    model, data, steps = begun.model, begun.data, settings.second_steps
    model.load_state_dict(begun.weights, strict=False)
    space = FORMS[form].space(model)
    space.attach([begun.anchors[form]], CPU)
    work = batches(data.new, data.old, replay=replay, steps=steps, seed=begun.seed, settings=settings)
    gradients: Callable[[], Any] = (lambda: space.penalty(strength).gradients) if strength else tuple
    per_step, on_penalty = train(model, work, steps=steps, settings=settings, penalty=gradients)
    # the exact KL costs a third of a stage here: not where only λ is set, and not for what has no form to be judged
    judged = strength > 0 and begun.seed != PILOT
    found = second_order_kl(model, begun.probe, space.drift(), batch_size=16, pad_id=PAD) if judged else None
    run = Run(
        seed=begun.seed,
        way=way,
        strength=strength,
        replay=replay,
        old=mean_loss(model, data.old_held_out),
        new=mean_loss(model, data.new_held_out),
        predicted=sum(space.predicted().values()) if strength else None,
        second_order=found.nats if found else None,
        step_seconds=per_step,
        penalty_seconds=on_penalty,
        held_bytes=bytes_of([*begun.anchors[form].terms[0].fisher.values(), *begun.anchors[form].theta.values()]),
    )
    return [run] if strength or replay else [run, *averages(begun, space.snapshot())]


def averages(begun: Started, now: Mapping[str, Tensor]) -> list[Run]:
    """The weights θ* + α(θ − θ*) of the unpenalised stage (WiSE-FT: Wortsman et al. 2022), which cost no training."""
    before, runs = begun.anchors["factored"].theta, []
    names = [name.removesuffix(".A") for name in now if name.endswith(".A")]
    pairs = {n: [LowRank(part[f"{n}.A"], part[f"{n}.B"]) for part in (now, before)] for n in names}
    updates = {name: steps_between(*pair) for name, pair in pairs.items()}
    for alpha in ALPHAS:
        back = LowRankDrift({name: ((1 - alpha) * broad, tall) for name, (broad, tall) in updates.items()})
        with back.old(begun.model):
            losses = (mean_loss(begun.model, part) for part in (begun.data.old_held_out, begun.data.new_held_out))
            runs.append(Run(begun.seed, "average", 1 - alpha, 0.0, *losses))
    return runs


# -- λ of each form --------------------------------------------------------------------------------------------


def strengths(kept: Callable[[float], float], aims: Sequence[float] = AIMS) -> list[float]:
    """λ where `kept(λ)` is each of `aims`, read off on a logarithmic scale from decades around 1."""
    known = {1.0: kept(1.0)}
    while min(known.values()) > min(aims) and max(known) < LARGEST:
        known[max(known) * 10] = kept(max(known) * 10)
    while max(known.values()) < max(aims) and min(known) > SMALLEST:
        known[min(known) / 10] = kept(min(known) / 10)
    curve = [(share, math.log10(strength)) for strength, share in sorted(known.items())]
    return [10**place for aim in aims if (place := at_level(curve, aim)) is not None]


def at_level(curve: Sequence[tuple[float, float]], level: float) -> float | None:
    """The second number where the first falls to `level` for the first time, linear in between; None if it does not."""
    for (above, left), (below, right) in pairwise(curve):
        if above >= level >= below:
            return right if above == below else left + (right - left) * (above - level) / (above - below)
    return None


# -- all runs --------------------------------------------------------------------------------------------------


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
            for strength in grids[way]:
                made.run(seed, way, strength, replay=LITTLE)
    return grids


# -- what they say ---------------------------------------------------------------------------------------------

Curve = list[tuple[float, float]]
Curves = dict[str, dict[int, Curve]]


def curves(runs: Sequence[Run]) -> Curves:
    """For each way and seed, (share of the unpenalised gain, rise of old loss) from no protection to the most."""
    starts = {run.seed: run for run in runs if run.way == "start"}
    free = {run.seed: run for run in runs if run.way == "none" and run.replay == 0}
    found: Curves = defaultdict(lambda: defaultdict(list))

    def point(run: Run) -> tuple[float, float]:
        before = starts[run.seed]
        return (before.new - run.new) / (before.new - free[run.seed].new), run.old - before.old

    for run in sorted(runs, key=lambda r: (r.strength, r.replay)):
        if run.seed == PILOT or run.way == "start":
            continue
        if run.way == "none":
            names = ["replay", *(() if run.replay else (*FORMS, "average"))]
            names += [f"{way} + replay" for way in WITH_REPLAY] if run.replay == LITTLE else []
        else:
            names = [f"{run.way} + replay"] if run.replay else [run.way]
        for name in names:
            found[name][run.seed].append(point(run))
    return {name: dict(of_seed) for name, of_seed in found.items()}


@dataclass(frozen=True)
class Interval:
    """Mean over seeds and half the width of its 95 % confidence interval (Student's t)."""

    mean: float
    half: float
    seeds: int

    def __str__(self) -> str:
        return f"{self.mean:.3f} ± {self.half:.3f}"


def interval(values: Sequence[float]) -> Interval | None:
    n = len(values)
    if n < 2:
        return None
    sample = torch.tensor(values, dtype=torch.float64)
    return Interval(float(sample.mean()), float(student.ppf(0.975, n - 1) * sample.std() / math.sqrt(n)), n)


def forgotten(curves: Curves, way: str, level: float) -> dict[int, float]:
    """Rise of old loss at that share of the gain, for the seeds whose curve reaches it."""
    read = {seed: at_level(curve, level) for seed, curve in curves[way].items()}
    return {seed: value for seed, value in read.items() if value is not None}


def difference(curves: Curves, way: str, other: str, level: float) -> Interval | None:
    """`way` − `other` in nats per token of old loss, paired by seed: negative where `way` forgets less."""
    own, others = forgotten(curves, way, level), forgotten(curves, other, level)
    return interval([own[seed] - others[seed] for seed in own.keys() & others.keys()])


def costs(runs: Sequence[Run], way: str) -> dict[str, Any]:
    """Penalty ÷ the rest of its step, bytes of F and θ*, second-order ÷ predicted KL at each λ."""
    own = [run for run in runs if run.way == way and run.seed != PILOT and run.replay == 0]
    by_strength: dict[float, list[float]] = defaultdict(list)
    for run in own:
        by_strength[run.strength].append(run.second_order / run.predicted)
    return {
        "penalty_seconds": spread([run.penalty_seconds for run in own]),
        "share_of_step": spread([run.penalty_seconds / (run.step_seconds - run.penalty_seconds) for run in own]),
        "held_bytes": own[0].held_bytes,
        "calibration": {f"{strength:.3g}": spread(values) for strength, values in sorted(by_strength.items())},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT / "converters" / "samples", help="folder of downloads")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--reverse", action="store_true", help="verse first, then modern Chinese")
    parser.add_argument(
        "--work", type=Path, default=Path("saves/which_form"), help="where runs are recorded as they end"
    )
    options = parser.parse_args()
    where = circumstances()
    if not (options.work / "data").is_dir():
        convert(options.data, options.work)
    old, new = (exchanges(options.work, names) for names in ((VERSE, MODERN) if options.reverse else (MODERN, VERSE)))
    record = Record(options.work / f"runs-{digest(old, new, Settings())}.jsonl")
    made = experiment(old, new, Settings(), record)
    grids = everything(made, seeds=range(options.seeds))
    print(grids)


if __name__ == "__main__":
    main()
