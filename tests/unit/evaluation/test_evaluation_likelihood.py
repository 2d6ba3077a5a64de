"""Batched, padded likelihoods against a loop that does one answer at a time."""

import pytest
import torch

from ewc_plugin.evaluation.encoder import Encoded
from ewc_plugin.evaluation.likelihood import answer_likelihoods

UNEVEN = [
    Encoded([1, 5, 6, 7], [8, 9, 2]),
    Encoded([1], [10, 2]),
    Encoded([1, *range(5, 30)], [11, 12, 13, 14, 15, 16, 2]),
    Encoded([1, 9], [2]),
    Encoded([1, 7, 7, 7, 7, 7, 7, 7, 7], [20, 21, 22, 2]),
]


def one_by_one(model, encoded):
    """No padding, no batch, no kept logits: a token at a time from the whole softmax in float64."""
    total = 0.0
    row = encoded.prompt_ids + encoded.answer_ids
    logits = model(input_ids=torch.tensor([row])).logits[0].double()
    for position in range(len(encoded.prompt_ids), len(row)):
        total -= torch.log_softmax(logits[position - 1], -1)[row[position]].item()
    return total


@torch.no_grad()
@pytest.mark.parametrize("batch_size", [1, 2, 5])
def test_batched_losses_equal_a_loop_without_padding(make_model, batch_size):
    model = make_model()
    found = answer_likelihoods(model, UNEVEN, pad_token_id=0, batch_size=batch_size)
    assert [tokens for _, tokens in found] == [3, 2, 7, 1, 4]
    for (nll, _), encoded in zip(found, UNEVEN, strict=True):
        assert nll == pytest.approx(one_by_one(model, encoded), rel=1e-5)


@torch.no_grad()
def test_half_precision_logits_are_summed_in_float32(model):
    model = model.to(torch.bfloat16)
    encoded = Encoded([1, 5], list(range(6, 40)))
    row = torch.tensor([encoded.prompt_ids + encoded.answer_ids])
    logits = model(input_ids=row).logits[0, 1:-1]
    assert logits.dtype == torch.bfloat16
    exact = torch.nn.functional.cross_entropy(logits.double(), row[0, 2:], reduction="sum").item()
    [(nll, _)] = answer_likelihoods(model, [encoded], pad_token_id=0, batch_size=1)
    assert nll == pytest.approx(exact, rel=1e-5)


@torch.no_grad()
def test_a_long_answer_is_summed_over_all_its_chunks(model, monkeypatch):
    whole = answer_likelihoods(model, UNEVEN, pad_token_id=0, batch_size=2)
    monkeypatch.setattr("ewc_plugin.evaluation.likelihood._ROWS", 2)
    assert answer_likelihoods(model, UNEVEN, pad_token_id=0, batch_size=2) == [
        (pytest.approx(nll, rel=1e-6), tokens) for nll, tokens in whole
    ]


@torch.no_grad()
def test_an_answer_without_tokens_has_no_likelihood(model):
    found = answer_likelihoods(model, [Encoded([1, 5], []), UNEVEN[0]], pad_token_id=0, batch_size=2)
    assert found[0] == (0.0, 0)
    assert found[1][0] == pytest.approx(one_by_one(model, UNEVEN[0]), rel=1e-5)


@torch.no_grad()
def test_the_first_token_of_an_answer_without_prompt_is_not_counted(model):
    [(nll, tokens)] = answer_likelihoods(model, [Encoded([], [1, 5, 2])], pad_token_id=0, batch_size=1)
    assert tokens == 2
    assert nll == pytest.approx(one_by_one(model, Encoded([1], [5, 2])), rel=1e-5)


@torch.no_grad()
def test_a_model_that_cannot_keep_part_of_its_logits_gives_the_same(model):
    class Plain(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = model

        def get_input_embeddings(self):
            return self.inner.get_input_embeddings()

        def forward(self, input_ids, attention_mask, use_cache):
            return self.inner(input_ids=input_ids, attention_mask=attention_mask, use_cache=use_cache)

    kept = answer_likelihoods(model, UNEVEN, pad_token_id=0, batch_size=3)
    plain = answer_likelihoods(Plain(), UNEVEN, pad_token_id=0, batch_size=3)
    assert [nll for nll, _ in plain] == pytest.approx([nll for nll, _ in kept], rel=1e-6)
