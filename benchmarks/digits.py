"""Which way of computing the Fisher keeps old tasks best? Five ways, none and L2 on split digits.

    OMP_NUM_THREADS=1 python benchmarks/digits.py                   # minutes on one core

The set-up is van de Ven's (2025, "On the computation of the Fisher Information in continual learning") on the 8 × 8
digits that scikit-learn ships: five tasks of two classes, each with an output layer of its own, online EWC (one sum of
all F so far, re-centred at the newest weights), Adam. λ is tuned for each way on validation images and on seeds of its
own; what is reported are test images, other seeds. It knows neither the host nor a language model.

All pairs of λ and seed of one way are trained at once: a stack of S networks in which each sees its own data only.
Weights carry the bias as their last column: (S, o, i + 1).
"""

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from _measure import RESULTS, circumstances, stated, table, write
from scipy.stats import t as student
from sklearn.datasets import load_digits
from torch import Tensor
from torch.nn import functional

from ewc_plugin.curvature import squared_outer_sum
from ewc_plugin.penalty import weight_penalty
from ewc_plugin.scores import draw

TASKS = [(0, 1), (2, 3), (4, 5), (6, 7), (8, 9)]
# his tables: accuracy, %, at the best λ of each way
REFERENCE = {
    "Split MNIST": {"none": 85.41, "exact": 99.12, "sampled": 99.12, "empirical": 99.12, "batched": 99.11},
    "Split CIFAR-10": {"none": 69.53, "exact": 84.91, "sampled": 83.77, "empirical": 83.28, "batched": 83.38},
}
TUNING_SEED = 1000  # tuning seeds count from here, reported ones from 0
GOOD = 1.0  # points of accuracy below the best within which a λ counts as good


@dataclass(frozen=True)
class Settings:
    """Everything that a run depends on but the way, λ and seed."""

    hidden: int = 50
    steps: int = 300
    batch_size: int = 32
    fisher_batch: int = 32  # of `batched` only
    learning_rate: float = 1e-3


@dataclass(frozen=True)
class Split:
    """Images (S, n, 64) in [0, 1] and labels (S, n), 0 or 1, of one part of one task."""

    images: Tensor
    labels: Tensor


@dataclass(frozen=True)
class Task:
    train: Split
    validation: Split
    test: Split


@dataclass(frozen=True)
class Networks:
    """S networks: two hidden layers that all tasks share, and one output layer per task."""

    shared: list[Tensor]
    heads: list[Tensor]

    def scores(self, images: Tensor, task: int) -> tuple[list[Tensor], list[Tensor], Tensor]:
        """Inputs (with ones) and outputs of the shared layers, and log p (S, n, 2) of the task's classes."""
        inputs, outputs, x = [], [], images
        for weight in self.shared:
            inputs.append(_with_ones(x))
            outputs.append(inputs[-1] @ weight.mT)
            x = outputs[-1].relu()
        return inputs, outputs, (_with_ones(x) @ self.heads[task].mT).log_softmax(-1)


def _with_ones(x: Tensor) -> Tensor:
    return functional.pad(x, (0, 1), value=1.0)


def networks(seeds: Sequence[int], hidden: int) -> Networks:
    """Uniform in ±1/√fan-in, as torch's own linear layers, from each seed."""

    def drawn(generator: torch.Generator, o: int, i: int) -> Tensor:
        return (2 * torch.rand(o, i + 1, generator=generator) - 1) / math.sqrt(i)

    shapes = [(hidden, 64), (hidden, hidden), *[(2, hidden)] * len(TASKS)]
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    weights = [torch.stack([drawn(g, *shape) for g in generators]).requires_grad_() for shape in shapes]
    return Networks(weights[:2], weights[2:])


def split_digits(seeds: Sequence[int]) -> list[Task]:
    """60 % training, 20 % validation and 20 % test images of each task, shuffled by each seed."""
    images, labels = load_digits(return_X_y=True)
    orders = [torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed)) for seed in seeds]
    x = torch.stack([torch.tensor(images, dtype=torch.float32)[order] / 16 for order in orders])
    y = torch.stack([torch.tensor(labels)[order] for order in orders])
    tasks = []
    for first, second in TASKS:
        own = (y == first) | (y == second)  # equally many for every seed
        part, answers = x[own].view(len(seeds), -1, 64), (y[own] == second).long().view(len(seeds), -1)
        ends = [round(part.shape[1] * share) for share in (0.6, 0.8)]
        pieces = zip(part.tensor_split(ends, 1), answers.tensor_split(ends, 1), strict=True)
        tasks.append(Task(*(Split(*piece) for piece in pieces)))
    return tasks


# The ways: training images and labels of one task → F of the shared weights, (S, o, i + 1) each.


def exact(nets: Networks, task: int, data: Split, *, seed: int, batch: int) -> list[Tensor]:
    """(1/n) Σ_n Σ_y p(y|x_n) (∂ log p(y|x_n))², the expectation over both classes written out."""
    probabilities = _probabilities(nets, task, data)
    sums = [
        # the weight of a squared gradient is the square of the gradient's
        _squares(nets, task, data.images, torch.full_like(data.labels, y), weights=probabilities[..., y].sqrt())
        for y in (0, 1)
    ]
    return [(zero + one) / data.labels.shape[1] for zero, one in zip(*sums, strict=True)]


def sampled(nets: Networks, task: int, data: Split, *, seed: int, batch: int) -> list[Tensor]:
    """(1/n) Σ_n (∂ log p(y_n|x_n))² with one label per image drawn from the model."""
    uniform = torch.rand(data.labels.numel(), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    labels = draw(_probabilities(nets, task, data).flatten(0, 1), uniform).view_as(data.labels)
    return empirical(nets, task, Split(data.images, labels), seed=seed, batch=batch)


def empirical(nets: Networks, task: int, data: Split, *, seed: int, batch: int) -> list[Tensor]:
    """(1/n) Σ_n (∂ log p(y_n|x_n))² with the labels of the data."""
    return [F / data.labels.shape[1] for F in _squares(nets, task, data.images, data.labels)]


def batched(nets: Networks, task: int, data: Split, *, seed: int, batch: int) -> list[Tensor]:
    """Mean over mini-batches of the squared *mean* gradient, as in Avalanche; no Fisher for a batch above one."""
    total = [torch.zeros_like(weight) for weight in nets.shared]
    parts = list(zip(torch.split(data.images, batch, 1), torch.split(data.labels, batch, 1), strict=True))
    for images, labels in parts:
        for F, squares in zip(total, _squares(nets, task, images, labels, together=True), strict=True):
            F += squares / labels.shape[1] ** 2 / len(parts)
    return total


def ones(nets: Networks, task: int, data: Split, *, seed: int, batch: int) -> list[Tensor]:
    """F = 1: L2 towards the last weights."""
    return [torch.ones_like(weight) for weight in nets.shared]


WAYS: dict[str, Callable[..., list[Tensor]] | None] = {
    "none": None,
    "exact": exact,
    "sampled": sampled,
    "empirical": empirical,
    "batched": batched,
    "ones": ones,
}


def _probabilities(nets: Networks, task: int, data: Split) -> Tensor:
    with torch.no_grad():
        return nets.scores(data.images, task)[2].exp()


def _squares(
    nets: Networks, task: int, images: Tensor, labels: Tensor, *, weights: Tensor | None = None, together: bool = False
) -> list[Tensor]:
    """Σ_n (w_n ∂ log p(y_n|x_n))² for each shared layer, by the project's own squares; `together`: (Σ_n …)²."""
    inputs, outputs, scores = nets.scores(images, task)
    chosen = scores.gather(-1, labels.unsqueeze(-1)).squeeze(-1)
    gradients = torch.autograd.grad((chosen if weights is None else chosen * weights).sum(), outputs)
    axis = 0 if together else 1  # one example of n positions, or n examples of one position
    return [
        torch.stack([squared_outer_sum(a.unsqueeze(axis), g.unsqueeze(axis)) for a, g in zip(*stacked, strict=True)])
        for stacked in zip((a.detach() for a in inputs), gradients, strict=True)
    ]


def learn(way: str, runs: Sequence[tuple[float, int]], settings: Settings) -> tuple[Tensor, Tensor]:
    """Mean accuracy over the five tasks after the last, in per cent, of each (λ, seed): validation and test."""
    strengths = torch.tensor([strength for strength, _ in runs]).view(-1, 1, 1)
    seeds = [seed for _, seed in runs]
    tasks, nets = split_digits(seeds), networks(seeds, settings.hidden)
    estimator = WAYS[way]
    fisher = [torch.zeros_like(weight) for weight in nets.shared]
    for number, task in enumerate(tasks):
        _train(nets, number, task.train, fisher, strengths=strengths, seeds=seeds, settings=settings)
        if estimator is not None:
            own = estimator(nets, number, task.train, seed=number, batch=settings.fisher_batch)
            fisher = [total + new for total, new in zip(fisher, own, strict=True)]
    return _accuracy(nets, [t.validation for t in tasks]), _accuracy(nets, [t.test for t in tasks])


def _train(
    nets: Networks,
    number: int,
    data: Split,
    fisher: Sequence[Tensor],
    *,
    strengths: Tensor,
    seeds: Sequence[int],
    settings: Settings,
) -> None:
    anchor = [weight.detach().clone() for weight in nets.shared]
    optimiser = torch.optim.Adam([*nets.shared, nets.heads[number]], lr=settings.learning_rate, fused=True)
    generators = [torch.Generator().manual_seed(seed * len(TASKS) + number) for seed in seeds]
    size = (settings.steps, settings.batch_size)
    orders = torch.stack([torch.randint(data.labels.shape[1], size, generator=g) for g in generators])
    stack = torch.arange(len(seeds)).unsqueeze(1)
    for rows in orders.unbind(1):
        optimiser.zero_grad()
        scores = nets.scores(data.images[stack, rows], number)[2]
        # a sum over networks: each gets the gradient of its own mean
        loss = -scores.gather(-1, data.labels[stack, rows].unsqueeze(-1)).sum() / rows.shape[1]
        torch.autograd.backward(loss)
        with torch.no_grad():
            for weight, F, old in zip(nets.shared, fisher, anchor, strict=True):
                assert weight.grad is not None  # the backward has just made it
                weight.grad += weight_penalty(weight, old, strengths * F, 1.0)[1]
        optimiser.step()


def _accuracy(nets: Networks, parts: Sequence[Split]) -> Tensor:
    with torch.no_grad():
        shares = [(nets.scores(p.images, n)[2].argmax(-1) == p.labels).double().mean(1) for n, p in enumerate(parts)]
    return 100 * torch.stack(shares).mean(0)


def tune(way: str, grid: Sequence[float], seeds: Sequence[int], settings: Settings) -> dict[float, float]:
    """Mean validation accuracy of each λ."""
    validation, _ = learn(way, [(strength, seed) for strength in grid for seed in seeds], settings)
    return dict(zip(grid, validation.view(len(grid), len(seeds)).mean(1).tolist(), strict=True))


def best(means: Mapping[float, float]) -> float:
    """The λ with the highest mean; the middle one of equals."""
    equals = sorted(strength for strength, mean in means.items() if mean >= max(means.values()) - 1e-9)
    return equals[len(equals) // 2]


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean and half the width of its 95 % confidence interval (Student's t over seeds)."""
    sample = torch.tensor(values, dtype=torch.float64)
    n = len(values)
    return float(sample.mean()), float(student.ppf(0.975, n - 1) * sample.std() / math.sqrt(n))


def compare(*, seeds: int, tuning_seeds: int, grid: Sequence[float], settings: Settings) -> dict[str, Any]:
    """Every way at its own λ on the same seeds; differences are paired by seed."""
    ways: dict[str, dict[str, Any]] = {}
    for way in WAYS:
        tuning = range(TUNING_SEED, TUNING_SEED + tuning_seeds)
        means = {} if way == "none" else tune(way, grid, tuning, settings)
        strength = best(means) if means else 0.0
        test = learn(way, [(strength, seed) for seed in range(seeds)], settings)[1].tolist()
        ways[way] = {"lambda": strength, "validation": means, "test": test}
        ways[way]["good"] = [s for s, mean in means.items() if mean >= max(means.values()) - GOOD]
        print(f"{way}: λ = {strength:g}, test {interval(test)[0]:.2f} %", flush=True)
    for found in ways.values():
        paired = [own - other for own, other in zip(found["test"], ways["exact"]["test"], strict=True)]
        found["accuracy"], found["minus_exact"] = interval(found["test"]), interval(paired)
    return ways


def judgement(ways: Mapping[str, Any], grid: Sequence[float]) -> list[str]:
    """What the numbers say about van de Ven's tables, in sentences made from them."""
    others = ("sampled", "empirical", "batched")
    differences = {way: ways[way]["minus_exact"] for way in ways}
    apart = [way for way in others if abs(differences[way][0]) > differences[way][1]]
    rise, width = -differences["none"][0], differences["none"][1]
    edge = [way for way, found in ways.items() if found["lambda"] in (min(grid), max(grid))]
    sentences = [
        f"EWC (`exact`) against none: {rise:+.2f} ± {width:.2f} points here ({_his('none', -1)}): "
        + ("the same order." if rise > width else "the order is not confirmed here."),
        *(
            f"`{way}` against `exact`: {differences[way][0]:+.2f} ± {differences[way][1]:.2f} ({_his(way)})."
            for way in others
        ),
        f"Outside the interval around `exact`: {', '.join(apart) or 'none'}. The intervals are over seeds at the λ "
        "that was chosen; that another λ may have been a little better is not in them.",
        f"Scale of λ: `batched` was best at {ways['batched']['lambda'] / ways['exact']['lambda']:.3g} × the λ of "
        "`exact` (he reports orders of magnitude more).",
        "`ones` (L2; not in his tables) against `exact`: {:+.2f} ± {:.2f}.".format(*differences["ones"]),
    ]
    return sentences + ([f"At the edge of the grid, so perhaps not at its best: {', '.join(edge)}."] if edge else [])


def _his(way: str, sign: int = 1) -> str:
    gaps = (f"{sign * (his[way] - his['exact']):+.2f} on {name}" for name, his in REFERENCE.items())
    return f"he: {', '.join(gaps)}"


def page(ways: Mapping[str, Any], where: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    rows = [
        (
            f"`{way}`",
            f"{found['lambda']:.3g}" if found["lambda"] else "–",
            f"{min(found['good']):.3g} … {max(found['good']):.3g}" if found["good"] else "–",
            "{:.2f} ± {:.2f}".format(*found["accuracy"]),
            "–" if way == "exact" else "{:+.2f} ± {:.2f}".format(*found["minus_exact"]),
            *(his.get(way, "–") for his in REFERENCE.values()),
        )
        for way, found in ways.items()
    ]
    headers = ["F", "λ (tuned)", f"λ within {GOOD:g} point", "accuracy, %", "minus `exact`"]
    lines = "\n".join(f"* {sentence}" for sentence in judgement(ways, about["grid"]))
    return f"""# Split digits: which Fisher?

Mean test accuracy over the five tasks after the last one, {about["seeds"]} seeds, ± half of a 95 % confidence interval;
differences are paired by seed. λ for each way from {len(about["grid"])} values ({min(about["grid"]):.3g} …
{max(about["grid"]):.3g}) by validation accuracy over {about["tuning_seeds"]} other seeds.

{table([*headers, *(f"his {name}" for name in REFERENCE)], rows)}

{lines}

Settings: {", ".join(f"{key} {value}" for key, value in about["settings"].items())}.
His: 2 × 400 ReLU, 2000 steps of 128 images, `batched` over 128. The network is smaller here because 2 × 400 forgets
almost nothing on these digits.

{stated(where)}
"""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--tuning-seeds", type=int, default=12)
    parser.add_argument("--grid", type=float, nargs="+", default=[10.0 ** (e / 2) for e in range(-8, 15)])
    parser.add_argument("--steps", type=int, default=Settings.steps)
    parser.add_argument("--hidden", type=int, default=Settings.hidden)
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args(arguments)
    settings = Settings(hidden=given.hidden, steps=given.steps)
    where = circumstances()
    ways = compare(seeds=given.seeds, tuning_seeds=given.tuning_seeds, grid=given.grid, settings=settings)
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
