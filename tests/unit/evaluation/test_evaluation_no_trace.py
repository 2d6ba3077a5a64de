"""An evaluation in mid-training leaves the run as it was."""

import random

import numpy as np
import pytest
import torch
from toy_host import ToyEncoder, tiny_llama

from ewc_plugin.evaluation import Settings, evaluate
from ewc_plugin.evaluation.no_trace import leaving_no_trace


def random_numbers(model):
    """What the next training step would draw, the dropout mask included."""
    mask = torch.nn.functional.dropout(torch.ones(8), 0.5, training=model.training).tolist()
    return random.random(), float(np.random.rand()), mask, torch.rand(3).tolist()


def seeded():
    random.seed(1)
    np.random.seed(2)
    torch.manual_seed(3)


def spend_everything(model, error):
    """What an evaluation may do to a run, and then its failure."""
    model.eval()
    model.config.use_cache = True
    model.generation_config.max_new_tokens = 99
    model.generation_config = None
    random.random(), np.random.rand(), torch.rand(1)
    raise error


def test_the_same_random_numbers_follow_with_and_without_an_evaluation(write_set, chats):
    model = tiny_llama().train()
    chosen = write_set(records=chats, task="translation")
    seeded()
    without = random_numbers(model)
    seeded()
    result = evaluate(model, [chosen], encoder=ToyEncoder(), settings=Settings(batch_size=2, max_new_tokens=4))
    assert not result.failed
    assert random_numbers(model) == without


def test_random_states_are_put_back_also_when_the_evaluation_raises(model):
    seeded()
    without = random_numbers(model)
    seeded()
    with pytest.raises(KeyboardInterrupt), leaving_no_trace(model):
        spend_everything(model, KeyboardInterrupt())
    assert random_numbers(model) == without


def test_modes_cache_flag_and_generation_config_are_put_back(model):
    model.train()
    model.model.layers[0].eval()  # a layer that the run keeps frozen must not wake up
    model.config.use_cache, model.generation_config.max_new_tokens = False, 7
    config, modes = model.generation_config, [m.training for m in model.modules()]
    with pytest.raises(RuntimeError), leaving_no_trace(model):
        spend_everything(model, RuntimeError())
    assert [m.training for m in model.modules()] == modes
    assert model.config.use_cache is False
    assert model.generation_config is config
    assert config.max_new_tokens == 7


def test_four_bit_layers_may_not_pack_their_weights_for_inference_meanwhile(model):
    layer = model.model.layers[0]
    layer.support_avx512bf16_for_cpu = True  # as bitsandbytes says on a CPU that could
    with leaving_no_trace(model):
        assert layer.support_avx512bf16_for_cpu is False
    assert layer.support_avx512bf16_for_cpu is True


def test_training_ends_with_the_same_weights_with_and_without_evaluation(write_set, chats):
    chosen = write_set(records=chats, task="translation")

    def trained(evaluations):
        model = tiny_llama(attention_dropout=0.3).train()
        torch.manual_seed(5)
        optimiser = torch.optim.SGD(model.parameters(), lr=0.01)
        for _ in range(3):
            ids = torch.randint(4, 40, (2, 12))
            model(input_ids=ids, labels=ids).loss.backward()
            optimiser.step()
            optimiser.zero_grad()
            if evaluations:
                evaluate(model, [chosen], encoder=ToyEncoder(), settings=Settings(max_new_tokens=3))
        return torch.cat([p.detach().flatten() for p in model.parameters()])

    assert torch.equal(trained(True), trained(False))


def test_no_gradients_are_left_behind(model, write_set, chats):
    model.train()
    evaluate(model, [write_set(records=chats)], encoder=ToyEncoder(), settings=Settings())
    assert all(p.grad is None for p in model.parameters())
    assert torch.is_grad_enabled()
