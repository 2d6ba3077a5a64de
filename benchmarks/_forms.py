"""What does one second stage do under one penalty? The forms that are compared, and one stage of one seed with each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from _measure import bytes_of
from _stages import PAD, Data, Exchange, Settings, adapted, base, batches, mean_loss, split, train
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
ALPHAS = (0.8, 0.65, 0.5, 0.35)  # of the weights after the stage, in averages
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
    return Started(
        seed, data, model, weights, anchors, choose_probe(examples, PROBE), Run(seed, "start", 0, 0, *losses)
    )


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
            old, new = (mean_loss(begun.model, part) for part in (begun.data.old_held_out, begun.data.new_held_out))
        runs.append(Run(begun.seed, "average", 1 - alpha, 0.0, old, new))
    return runs
