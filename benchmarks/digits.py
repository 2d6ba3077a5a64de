"""Which way of computing the Fisher keeps old tasks best? Five ways, none and L2 on split digits.

    OMP_NUM_THREADS=1 python benchmarks/digits.py                   # about 20 minutes on one core

The set-up is van de Ven's (2025, "On the computation of the Fisher Information in continual learning") on the 8 × 8
digits that scikit-learn ships: five tasks of two classes, each with an output layer of its own, online EWC (one sum of
all F so far, re-centred at the newest weights), Adam. λ is tuned for each way on validation images and on seeds of its
own; what is reported are test images, other seeds. It knows neither the host nor a language model.
"""

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from _measure import RESULTS, circumstances, stated, table, write
from scipy.stats import t as student
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional

from ewc_plugin.curvature import squared_outer_sum
from ewc_plugin.fisher import draw
from ewc_plugin.penalty import weight_penalty

TASKS = [(0, 1), (2, 3), (4, 5), (6, 7), (8, 9)]
REFERENCE = {"none": 85.41, "exact": 99.12, "sampled": 99.12, "empirical": 99.12, "batched": 99.11}  # Split MNIST
TUNING_SEED = 1000  # tuning seeds count from here, reported ones from 0


@dataclass(frozen=True)
class Settings:
    """Everything that a run depends on but the way, λ and seed."""

    hidden: int = 100
    steps: int = 400
    batch_size: int = 32
    fisher_batch: int = 32  # of `batched` only
    learning_rate: float = 1e-3


@dataclass(frozen=True)
class Split:
    """Images (n, 64) in [0, 1] and labels 0 or 1 of one part of one task."""

    images: Tensor
    labels: Tensor


@dataclass(frozen=True)
class Task:
    train: Split
    validation: Split
    test: Split


class Network(nn.Module):
    """Two hidden layers that all tasks share, and one output layer per task."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.shared = nn.ModuleList([nn.Linear(64, hidden), nn.Linear(hidden, hidden)])
        self.heads = nn.ModuleList([nn.Linear(hidden, 2) for _ in TASKS])

    def forward(self, images: Tensor, task: int) -> Tensor:
        x = images
        for layer in self.shared:
            x = layer(x).relu()
        return self.heads[task](x)


def split_digits(seed: int) -> list[Task]:
    """60 % training, 20 % validation and 20 % test images of each task, shuffled by `seed`."""
    images, labels = load_digits(return_X_y=True)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    x, y = torch.tensor(images, dtype=torch.float32)[order] / 16, torch.tensor(labels)[order]
    tasks = []
    for first, second in TASKS:
        own = (y == first) | (y == second)
        part, answers = x[own], (y[own] == second).long()
        ends = [round(len(part) * share) for share in (0.6, 0.8)]
        pieces = zip(part.tensor_split(ends), answers.tensor_split(ends), strict=True)
        tasks.append(Task(*(Split(*piece) for piece in pieces)))
    return tasks


# The ways: training images and labels of one task → F of the shared layers' weights, biases as a last column.


def exact(network: Network, task: int, data: Split, *, seed: int, batch: int) -> list[Tensor]:
    """(1/n) Σ_n Σ_y p(y|x_n) (∂ log p(y|x_n))², the expectation over both classes written out."""
    probabilities = _probabilities(network, task, data)
    sums: list[list[Tensor]] = []
    for answer in (0, 1):
        labels = torch.full_like(data.labels, answer)
        # the weight of a squared gradient is the square of the gradient's
        sums.append(_squares(network, task, data.images, labels, weights=probabilities[:, answer].sqrt()))
    return [sum(parts[1:], start=parts[0]) / len(data.labels) for parts in zip(*sums, strict=True)]


def sampled(network: Network, task: int, data: Split, *, seed: int, batch: int) -> list[Tensor]:
    """(1/n) Σ_n (∂ log p(y_n|x_n))² with one label per image drawn from the model."""
    uniform = torch.rand(len(data.labels), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    labels = draw(_probabilities(network, task, data), uniform)
    return [F / len(labels) for F in _squares(network, task, data.images, labels)]


def empirical(network: Network, task: int, data: Split, *, seed: int, batch: int) -> list[Tensor]:
    """(1/n) Σ_n (∂ log p(y_n|x_n))² with the labels of the data."""
    return [F / len(data.labels) for F in _squares(network, task, data.images, data.labels)]


def batched(network: Network, task: int, data: Split, *, seed: int, batch: int) -> list[Tensor]:
    """Mean over mini-batches of the squared *mean* gradient, as Avalanche does it; no Fisher for any batch above one."""
    total, parts = None, list(zip(data.images.split(batch), data.labels.split(batch), strict=True))
    for images, labels in parts:
        # a mini-batch as one example of many positions: its gradients are added before they are squared
        squares = _squares(network, task, images, labels, together=True)
        means = [F / len(labels) ** 2 for F in squares]
        total = means if total is None else [a + b for a, b in zip(total, means, strict=True)]
    assert total is not None  # a task without images does not exist
    return [F / len(parts) for F in total]


def ones(network: Network, task: int, data: Split, *, seed: int, batch: int) -> list[Tensor]:
    """F = 1: L2 towards the last weights."""
    return [torch.ones(layer.out_features, layer.in_features + 1) for layer in network.shared]


WAYS: dict[str, Callable[..., list[Tensor]] | None] = {
    "none": None,
    "exact": exact,
    "sampled": sampled,
    "empirical": empirical,
    "batched": batched,
    "ones": ones,
}


def _probabilities(network: Network, task: int, data: Split) -> Tensor:
    with torch.no_grad():
        return network(data.images, task).softmax(-1)


def _squares(
    network: Network,
    task: int,
    images: Tensor,
    labels: Tensor,
    *,
    weights: Tensor | None = None,
    together: bool = False,
) -> list[Tensor]:
    """Σ_n (∂ log p(y_n|x_n))² for each shared layer (o, i + 1), by the project's own per-example squares."""
    inputs, outputs, x = [], [], images
    for layer in network.shared:
        inputs.append(torch.cat([x, torch.ones(len(x), 1)], dim=1).detach())  # the ones give the bias's gradient
        outputs.append(layer(x))
        x = outputs[-1].relu()
    scores = network.heads[task](x).log_softmax(-1)[torch.arange(len(labels)), labels]
    total = (scores if weights is None else scores * weights).sum()
    gradients = torch.autograd.grad(total, outputs)
    axis = 0 if together else 1  # one example of n positions, or n examples of one position
    return [squared_outer_sum(a.unsqueeze(axis), g.unsqueeze(axis)) for a, g in zip(inputs, gradients, strict=True)]


def learn(way: str, strength: float, seed: int, settings: Settings) -> tuple[float, float]:
    """Mean accuracy over the five tasks after the last, on validation and on test images, in per cent."""
    tasks = split_digits(seed)
    torch.manual_seed(seed)
    network = Network(settings.hidden)
    batches = torch.Generator().manual_seed(seed)
    fisher: list[Tensor] | None = None
    for number, task in enumerate(tasks):
        anchor = [_joint(layer).clone() for layer in network.shared]
        _train(network, number, task.train, fisher, anchor, strength=strength, settings=settings, batches=batches)
        estimator = WAYS[way]
        if estimator is not None:
            own = estimator(network, number, task.train, seed=seed * 10 + number, batch=settings.fisher_batch)
            fisher = own if fisher is None else [a + b for a, b in zip(fisher, own, strict=True)]
    return (
        _accuracy(network, [task.validation for task in tasks]),
        _accuracy(network, [task.test for task in tasks]),
    )


def _joint(layer: nn.Module) -> Tensor:
    """Weight and bias of a layer side by side, (o, i + 1)."""
    return torch.cat([layer.weight.detach(), layer.bias.detach().unsqueeze(1)], dim=1)


def _train(
    network: Network,
    number: int,
    data: Split,
    fisher: Sequence[Tensor] | None,
    anchor: Sequence[Tensor],
    *,
    strength: float,
    settings: Settings,
    batches: torch.Generator,
) -> None:
    chosen = [*network.shared.parameters(), *network.heads[number].parameters()]
    optimiser = torch.optim.Adam(chosen, lr=settings.learning_rate)
    for _ in range(settings.steps):
        rows = torch.randint(len(data.labels), (settings.batch_size,), generator=batches)
        optimiser.zero_grad()
        functional.cross_entropy(network(data.images[rows], number), data.labels[rows]).backward()
        if fisher is not None:
            for layer, F, old in zip(network.shared, fisher, anchor, strict=True):
                gradient = weight_penalty(_joint(layer), old, F, strength)[1]
                layer.weight.grad += gradient[:, :-1]
                layer.bias.grad += gradient[:, -1]
        optimiser.step()


def _accuracy(network: Network, parts: Sequence[Split]) -> float:
    with torch.no_grad():
        shares = [(network(p.images, n).argmax(-1) == p.labels).double().mean() for n, p in enumerate(parts)]
    return 100 * float(torch.stack(shares).mean())


def _job(job: tuple[str, float, int, Settings]) -> tuple[float, float]:
    torch.set_num_threads(1)
    return learn(*job)


def _run(jobs: list[tuple[str, float, int, Settings]], workers: int) -> list[tuple[float, float]]:
    if workers == 1:
        return [_job(job) for job in jobs]
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(_job, jobs, chunksize=4))


def tune(
    way: str, grid: Sequence[float], seeds: Sequence[int], settings: Settings, *, workers: int
) -> tuple[float, dict[float, float]]:
    """The λ with the best mean validation accuracy (the middle one of equals), and the mean of each λ."""
    if WAYS[way] is None:
        return 0.0, {}
    found = _run([(way, strength, seed, settings) for strength in grid for seed in seeds], workers)
    means = {
        strength: sum(validation for validation, _ in found[n * len(seeds) : (n + 1) * len(seeds)]) / len(seeds)
        for n, strength in enumerate(grid)
    }
    best = [strength for strength in grid if means[strength] >= max(means.values()) - 1e-9]
    return best[len(best) // 2], means


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean and half the width of its 95 % confidence interval (Student's t over seeds)."""
    sample = torch.tensor(values, dtype=torch.float64)
    n = len(values)
    return float(sample.mean()), float(student.ppf(0.975, n - 1) * sample.std() / math.sqrt(n))


def compare(
    *, seeds: int, tuning_seeds: int, grid: Sequence[float], settings: Settings, workers: int = 1
) -> dict[str, Any]:
    """Every way at its own λ on the same seeds; differences are paired by seed."""
    ways: dict[str, Any] = {}
    for way in WAYS:
        tuning = range(TUNING_SEED, TUNING_SEED + tuning_seeds)
        strength, means = tune(way, grid, tuning, settings, workers=workers)
        accuracies = [test for _, test in _run([(way, strength, seed, settings) for seed in range(seeds)], workers)]
        ways[way] = {"lambda": strength, "validation": means, "test": accuracies}
        print(f"{way}: λ = {strength:g}, test {interval(accuracies)[0]:.2f} %", flush=True)
    for way in ways.values():
        mean, half = interval(way["test"])
        paired = [own - other for own, other in zip(way["test"], ways["exact"]["test"], strict=True)]
        difference, width = interval(paired)
        way |= {"mean": mean, "half_width": half, "minus_exact": difference, "minus_exact_half_width": width}
        way["good_lambdas"] = [s for s, v in way["validation"].items() if v >= max(way["validation"].values()) - 1]
    return ways


def judgement(ways: Mapping[str, Any]) -> list[str]:
    """What the numbers say about van de Ven's table, in sentences made from them."""
    fishers = ("sampled", "empirical", "batched")
    apart = [w for w in fishers if abs(ways[w]["minus_exact"]) > ways[w]["minus_exact_half_width"]]
    gap = max(abs(ways[way]["minus_exact"]) for way in fishers)
    rise = -ways["none"]["minus_exact"]
    clear = rise > ways["none"]["minus_exact_half_width"]
    times = ways["batched"]["lambda"] / ways["exact"]["lambda"]
    return [
        f"EWC against none: {rise:+.2f} points here, {REFERENCE['exact'] - REFERENCE['none']:+.2f} in his table; "
        + ("the same direction, outside the interval." if clear else "not outside the interval here."),
        f"Between the ways: at most {gap:.2f} points from `exact` here, 0.01 in his table; "
        + (f"outside the 95 % interval: {', '.join(apart)}." if apart else "none outside its 95 % interval."),
        f"λ: `batched` was best at {times:g} times the λ of `exact` (he reports orders of magnitude).",
        f"`ones` (L2, not in his table): {ways['ones']['minus_exact']:+.2f} ± "
        f"{ways['ones']['minus_exact_half_width']:.2f} points against `exact`.",
    ]


def page(ways: Mapping[str, Any], where: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    rows = [
        (
            way,
            f"{found['lambda']:g}" if found["lambda"] else "–",
            f"{min(found['good_lambdas']):g} … {max(found['good_lambdas']):g}" if found["good_lambdas"] else "–",
            f"{found['mean']:.2f} ± {found['half_width']:.2f}",
            "–" if way == "exact" else f"{found['minus_exact']:+.2f} ± {found['minus_exact_half_width']:.2f}",
            REFERENCE.get(way, "–"),
        )
        for way, found in ways.items()
    ]
    headers = ("Fisher", "λ (tuned)", "λ within 1 point", "accuracy %", "minus `exact`", "van de Ven, Split MNIST")
    lines = "\n".join(f"* {sentence}" for sentence in judgement(ways))
    return f"""# Split digits: which Fisher?

Mean test accuracy over five tasks after the last, {about["seeds"]} seeds, ± half a 95 % confidence interval; differences
are paired by seed. λ per way from {len(about["grid"])} values ({min(about["grid"]):g} … {max(about["grid"]):g}) by
validation accuracy over {about["tuning_seeds"]} other seeds.

{table(headers, rows)}

{lines}

Settings: {", ".join(f"{key} {value}" for key, value in about["settings"].items())}. {stated(where)}
"""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--tuning-seeds", type=int, default=5)
    parser.add_argument("--grid", type=float, nargs="+", default=[10.0 ** (e / 2) for e in range(-2, 17)])
    parser.add_argument("--steps", type=int, default=Settings.steps)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args(arguments)
    settings = Settings(steps=given.steps)
    where = circumstances()
    ways = compare(
        seeds=given.seeds, tuning_seeds=given.tuning_seeds, grid=given.grid, settings=settings, workers=given.workers
    )
    about = {
        "seeds": given.seeds,
        "tuning_seeds": given.tuning_seeds,
        "grid": given.grid,
        "settings": asdict(settings),
    }
    text = page(ways, where, about)
    write("digits", {**about, "circumstances": where, "ways": ways, "reference": REFERENCE}, text, folder=given.results)
    print(text)


if __name__ == "__main__":
    main()
