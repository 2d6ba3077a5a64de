"""What does a model say of chosen positions only? Its last hidden states, and its head over a few of them at a time.

Over a vocabulary of 256,000 the logits of a whole batch would be most of the memory. What stands behind the head
(Gemma's soft cap, a scale) differs from model to model, so that the model's own forward is what is run over the chosen
states: its body is asked once, and after that gives back what it is told. Whether this is the same as the whole model
is tried once on a few tokens; a model for which it is not gives all its logits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

ELEMENTS = 2**26  # of logits at a time: 256 MB in float32
PROBE = 5  # tokens


@dataclass(frozen=True)
class Head:
    """`model` without any wrapper of peft; `body` is None where all logits have to be asked for.

    `says` is the class of what the body returns.
    """

    model: Any
    body: Any = None
    says: Any = None

    def losses(
        self, ids: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor, targets: torch.Tensor
    ) -> torch.Tensor:
        """−log p of `targets` at `positions` (n), which count through the rows of `ids` (b × t): float32 on the CPU.

        What is said of position p is said at p − 1. The log-softmax is in float32 whatever the model computes in.
        """
        import torch
        from torch.nn.functional import cross_entropy

        with torch.no_grad():
            states = self._states(ids, mask)
            chosen = states.flatten(0, 1).index_select(0, (positions - 1).to(states.device))
            size = max(1, ELEMENTS // self._vocabulary())
            found = [
                cross_entropy(
                    self._logits(chosen[at : at + size]).float(),
                    targets[at : at + size].to(chosen.device),
                    reduction="none",
                )
                for at in range(0, len(positions), size)
            ]
        return torch.cat(found).cpu() if found else torch.zeros(0)

    def _vocabulary(self) -> int:
        config = getattr(self.model.config, "text_config", self.model.config)
        return int(config.vocab_size)

    def _states(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Last hidden states (b × t × d); logits (b × t × V) where there is no body."""
        given = {"input_ids": ids, "attention_mask": mask, "use_cache": False}
        return self.model(**given).logits if self.body is None else self.body(**given).last_hidden_state  # type: ignore[no-any-return]

    def _logits(self, states: torch.Tensor) -> torch.Tensor:
        return states if self.body is None else _after(self, states)


def head_of(model: Any) -> Head:
    """How this model's logits are had; tried on a few tokens."""
    inner = model.get_base_model() if hasattr(model, "peft_config") and hasattr(model, "get_base_model") else model
    for body in (getattr(inner, "base_model", inner), _decoder(inner)):
        if body is not inner and (head := _tried(inner, body)) is not None:
            return head
    return Head(inner)


def _decoder(model: Any) -> Any:
    return model.get_decoder() if hasattr(model, "get_decoder") else model  # code that a model brings may not have it


def _tried(model: Any, body: Any) -> Head | None:
    """None where the head over the body's states does not say what the whole model says."""
    import torch

    place = model.get_input_embeddings().weight.device
    ids = torch.arange(1, PROBE + 1, device=place)[None]
    given = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "use_cache": False}
    try:
        with torch.no_grad():
            whole = model(**given).logits[0].float()
            output = body(**given)
            head = Head(model, body, type(output))
            ours = _after(head, output.last_hidden_state[0]).float().to(whole.device)
    except (AttributeError, TypeError, ValueError, IndexError):
        return None
    same = whole.shape == ours.shape and torch.allclose(whole, ours, rtol=1e-2, atol=1e-2)
    return head if same else None


def _after(head: Head, states: torch.Tensor) -> torch.Tensor:
    """What the model makes of the states (n × d) of its body: logits (n × V)."""
    import torch

    place = head.model.get_input_embeddings().weight.device
    ids = torch.zeros((1, len(states)), dtype=torch.long, device=place)
    with _saying(head.body, head.says(last_hidden_state=states[None])):
        return head.model(input_ids=ids, use_cache=False).logits[0]  # type: ignore[no-any-return]


@contextmanager
def _saying(body: Any, output: Any) -> Iterator[None]:
    # a body that is spread over devices has a forward of its own already
    before: Sequence[Any] = [body.__dict__["forward"]] if "forward" in body.__dict__ else ()
    body.forward = lambda *given, **named: output
    try:
        yield
    finally:
        del body.forward
        if before:
            body.forward = before[0]
