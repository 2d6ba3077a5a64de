"""How does a stage's anchor come about? F is estimated at the final weights and joined with the anchors before.

It knows the space, the data and the ranks that it is given, not the host.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from ewc_plugin import anchor as anchors
from ewc_plugin import fisher, memory
from ewc_plugin.anchor import Anchor, Term
from ewc_plugin.evaluation.no_trace import leaving_no_trace
from ewc_plugin.fisher import Example
from ewc_plugin.plan import Plan
from ewc_plugin.probe import choose_probe
from ewc_plugin.ranks import Ranks
from ewc_plugin.spaces import Space
from ewc_plugin.tensors import Lazy

VERSIONS = ("torch", "transformers", "peft", "llamafactory")


@dataclass(frozen=True)
class Leaving:
    """What an anchor is made from: the model at its final weights, its space, and the run's settings."""

    model: nn.Module
    space: Space
    plan: Plan
    ranks: Ranks
    seed: int
    pad_id: int
    device: torch.device
    autocast: Any

    def require_memory(self) -> None:
        """Refuse a form of F that this machine cannot hold, before training; also layers that it cannot watch."""
        memory.require(self.space, self.plan, self.ranks)
        self.space.curvature(self.plan.form, self.plan.rank)

    def term(self, examples: Sequence[Example], *, stage: str, datasets: dict[str, str]) -> Term:
        """This stage's F, per supervised token of `examples`, with its provenance."""
        about: dict[str, Any] = {"stage": stage, "estimator": self.plan.fisher, "datasets": datasets}
        if self.plan.fisher == "ones":
            term = Term(self.plan.form, self.space.ones(self.plan.form), about=about)
        else:
            found = self._estimate(examples)
            about |= {"examples": found.examples, "tokens": found.tokens, "seed": self.seed}
            term = Term(self.plan.form, found.fisher, about=about)
        about["trace"] = anchors.trace(term)
        # one at a time: of full tuning no rank could hold them all
        return Term(term.form, Lazy(term.fisher, lambda name: self._stored(term.fisher, name)), about=about)

    def anchor(self, term: Term, examples: Sequence[Example], *, earlier: bool, about: dict[str, Any]) -> Anchor:
        """θ* and F of this stage, with those of the stages before when it was penalised by them."""
        centres, terms = self.space.earlier() if earlier else ((), ())
        plan = self.plan
        if plan.stages == "separate":
            kept, behind = anchors.separate(terms, term), centres
        else:
            kept, behind = anchors.online(terms, term, gamma=plan.gamma), ()
        history = [stage for t in terms for stage in t.about.get("sum_of", [t.about.get("stage")])]
        return Anchor(
            self.space.name,
            (self.space.snapshot(), *behind),
            kept,
            base=self.space.base(),
            about={
                "stages": plan.stages,
                "gamma": plan.gamma,
                "history": [*history, term.about["stage"]],
                "versions": {name: metadata.version(name) for name in VERSIONS},
                **about,
            },
            probe=tuple(choose_probe(examples)),
        )

    def _estimate(self, examples: Sequence[Example]) -> fisher.Estimate:
        assert self.plan.fisher != "ones"
        with leaving_no_trace(self.model):
            return fisher.estimate(
                self.model,
                examples,
                self.space.curvature(self.plan.form, self.plan.rank),
                labels=self.plan.fisher,
                seed=self.seed,
                batch_size=self.plan.fisher_batch_size,
                pad_id=self.pad_id,
                ranks=self.ranks,
                device=self.device,
                autocast=self.autocast,
                progress=lambda batches: tqdm(batches, desc="EWC Fisher", disable=self.ranks.rank != 0),
            )

    def _stored(self, fisher: Mapping[str, Tensor], name: str) -> Tensor:
        value = fisher[name].cpu()
        if self.plan.storage != "half":
            return value
        # of a sketch U Uᵀ + diag(d) the diagonal stays exact: d takes up what U loses, and stays float32
        if self.plan.form == "kronecker" and name.endswith(".d"):
            U = fisher[name.removesuffix(".d") + ".U"].cpu()
            lost = U.square().sum(1) - U.bfloat16().float().square().sum(1)
            return (value + lost).clamp_min(0)
        # exponents of F reach far below those of float16
        return value.bfloat16()
