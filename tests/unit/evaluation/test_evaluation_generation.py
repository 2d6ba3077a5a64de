"""Batched, left-padded generation against one prompt at a time, and against a loop without a cache."""

import pytest
import torch
from toy_host import EOS, PAD

from ewc_plugin.evaluation.generation import greedy_answers
from ewc_plugin.evaluation.no_trace import leaving_no_trace

PROMPTS = [[1, 5, 6], [1], [1, *range(5, 30)], [1, 9, 9, 9, 30, 31], [1, 7, 8, 30, 4, 12, 40, 41, 42]]
GREEDY = {"pad_token_id": PAD, "eos_token_ids": {EOS}, "max_new_tokens": 12}


def without_cache(model, prompt, steps):
    """The most likely next token, again and again, from the whole text."""
    row = list(prompt)
    for _ in range(steps):
        row.append(int(model(input_ids=torch.tensor([row]), use_cache=False).logits[0, -1].argmax()))
        if row[-1] == EOS:
            return row[len(prompt) : -1], True
    return row[len(prompt) :], False


@torch.no_grad()
@pytest.mark.parametrize("batch_size", [2, 5])
def test_batched_answers_equal_the_answers_one_by_one(make_model, batch_size):
    model = make_model()
    with leaving_no_trace(model):
        answers = greedy_answers(model, PROMPTS, batch_size=batch_size, **GREEDY)
    assert [(a.ids, a.finished) for a in answers] == [without_cache(model, p, 12) for p in PROMPTS]
    assert len({tuple(a.ids) for a in answers}) > 2, "the toy model must not give the same answer to everything"


@torch.no_grad()
def test_short_prompts_go_through_the_model_together_and_answer_the_same(make_model):
    model, calls = make_model(), []
    model.generate = lambda **given: calls.append(len(given["input_ids"])) or type(model).generate(model, **given)
    alone = greedy_answers(model, PROMPTS, batch_size=1, **GREEDY)
    assert calls == [1] * 5
    calls.clear()
    # the longest has 26 + 12 tokens, the next 9 + 12: 84 positions hold two of the first, or four of the others
    assert greedy_answers(model, PROMPTS, batch_size=1, positions=84, **GREEDY) == alone
    assert calls == [2, 3]


@torch.no_grad()
def test_an_answer_ends_before_the_end_token(model):
    end = greedy_answers(model, [PROMPTS[2]], batch_size=1, **GREEDY)[0].ids[3]
    [answer] = greedy_answers(model, [PROMPTS[2]], batch_size=1, **GREEDY | {"eos_token_ids": {EOS, end}})
    assert answer.finished
    assert end not in answer.ids
    assert len(answer.ids) <= 3


@torch.no_grad()
def test_sampling_and_penalties_of_the_models_own_config_do_not_enter(model):
    plain = greedy_answers(model, PROMPTS, batch_size=2, **GREEDY)
    model.generation_config.update(do_sample=True, temperature=5.0, repetition_penalty=9.0, no_repeat_ngram_size=1)
    with leaving_no_trace(model):
        assert greedy_answers(model, PROMPTS, batch_size=2, **GREEDY) == plain
    assert model.generation_config.repetition_penalty == 9.0


@torch.no_grad()
def test_gradient_checkpointing_does_not_change_answers(model):
    plain = greedy_answers(model, PROMPTS, batch_size=2, **GREEDY)
    model.gradient_checkpointing_enable()
    model.config.use_cache = False
    assert greedy_answers(model, PROMPTS, batch_size=2, **GREEDY) == plain
    assert model.is_gradient_checkpointing


@torch.no_grad()
def test_where_the_end_token_is_also_the_padding_answers_are_the_same(model):
    """Many models have no padding token of their own; a finished row is then filled with end tokens."""
    end = greedy_answers(model, [PROMPTS[2]], batch_size=1, **GREEDY)[0].ids[3]
    shared = GREEDY | {"eos_token_ids": {end}, "pad_token_id": end}
    together = greedy_answers(model, PROMPTS, batch_size=5, **shared)
    assert together == [greedy_answers(model, [p], batch_size=1, **shared)[0] for p in PROMPTS]
    assert {a.finished for a in together} == {True, False}
    assert all(end not in a.ids for a in together)
