"""Losses of chosen tokens: equal to a loop over one example at a time, whatever goes through the model together."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
import transformers

from converters.quality.models.encoding import IGNORED, Encoded
from converters.quality.models.heads import Head, head_of
from converters.quality.models.likelihood import Asked, losses, token_losses
from converters.quality.models.model import LanguageModel

WORDS = 97
SIZES = {"vocab_size": WORDS, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2}
HEADS = {"num_attention_heads": 4, "num_key_value_heads": 2}
KINDS: dict[str, Any] = {
    # with a soft cap behind the head, and sliding windows shorter than the examples
    "gemma2": lambda: transformers.Gemma2Config(
        **SIZES, **HEADS, head_dim=8, sliding_window=8, final_logit_softcapping=3.0, attn_implementation="eager"
    ),
    "llama": lambda: transformers.LlamaConfig(**SIZES, **HEADS),
    "qwen3": lambda: transformers.Qwen3Config(**SIZES, **HEADS, head_dim=8),
    "gpt2": lambda: transformers.GPT2Config(vocab_size=WORDS, n_embd=32, n_layer=2, n_head=4),
    # with a scale before and behind the head
    "cohere": lambda: transformers.CohereConfig(**SIZES, **HEADS, logit_scale=0.2),
    "granite": lambda: transformers.GraniteConfig(**SIZES, **HEADS, logits_scaling=3.0),
    "phi3": lambda: transformers.Phi3Config(**SIZES, **HEADS, pad_token_id=0),
    "mixtral": lambda: transformers.MixtralConfig(**SIZES, **HEADS, num_local_experts=3),
    "gpt_neox": lambda: transformers.GPTNeoXConfig(**SIZES, num_attention_heads=4),
    "opt": lambda: transformers.OPTConfig(
        vocab_size=WORDS, hidden_size=32, ffn_dim=48, num_hidden_layers=2, num_attention_heads=4, word_embed_proj_dim=32
    ),
}


def model_of(kind: str) -> LanguageModel:
    torch.manual_seed(0)
    model = transformers.AutoModelForCausalLM.from_config(KINDS[kind]()).eval()
    for parameter in model.parameters():  # away from where all words are equally likely
        parameter.data.mul_(4)
    return LanguageModel(model, None, None, torch.device("cpu"), pad_token_id=0)


@pytest.fixture(scope="module", params=KINDS)
def model(request: pytest.FixtureRequest) -> LanguageModel:
    return model_of(request.param)


def example(seed: int) -> Encoded:
    """Two turns of uneven lengths; the end of the first answer is wanted where the second prompt begins."""
    dice = random.Random(seed)
    ids: list[int] = []
    labels: list[int] = []
    for turn in range(2):
        asked, said = ([dice.randrange(5, WORDS) for _ in range(dice.randrange(1, 12))] for _ in range(2))
        ids += asked + said
        labels += [IGNORED if not turn else 3, *[IGNORED] * (len(asked) - 1), *said]
    answer = tuple(at for at, label in enumerate(labels) if label != IGNORED)
    instruction = tuple(at for at in range(len(ids)) if at not in answer)
    return Encoded(tuple(ids), tuple(labels), answer, instruction, len(ids))


EXAMPLES = [example(seed) for seed in range(12)]


def by_hand(model: LanguageModel, encoded: Encoded) -> dict[str, tuple[float, int]]:
    """One example, no padding, all logits, a loop over tokens in float64."""
    with torch.no_grad():
        logits = model.model(input_ids=torch.tensor([encoded.ids])).logits[0]

    def over(positions: Any) -> tuple[float, int]:
        total, count = 0.0, 0
        for at in positions:
            if at > 0:
                wanted = encoded.labels[at] if encoded.labels[at] != IGNORED else encoded.ids[at]
                row = logits[at - 1].double()
                total += (row.exp().sum().log() - row[wanted]).item()
                count += 1
        return total, count

    stretches = [at for at in encoded.answer if at - 1 not in encoded.answer]
    return {"answer": over(encoded.answer), "instruction": over(encoded.instruction), "first": over(stretches)}


def test_losses_of_a_batch_are_those_of_a_loop_over_examples(model: LanguageModel) -> None:
    for found, encoded in zip(losses(model, EXAMPLES), EXAMPLES, strict=True):
        for name, (nll, tokens) in by_hand(model, encoded).items():
            assert getattr(found, name).nll == pytest.approx(nll, rel=1e-4)
            assert getattr(found, name).tokens == tokens


def test_losses_do_not_depend_on_what_else_is_in_the_batch(model: LanguageModel) -> None:
    alone = [losses(model, [encoded])[0] for encoded in EXAMPLES]
    backwards = losses(model, EXAMPLES[::-1])[::-1]
    padded = losses(model, [*EXAMPLES, Encoded(*[tuple([7] * 60)] * 2, (59,), tuple(range(59)), 60)])[:-1]
    for one, *others in zip(alone, backwards, padded, strict=True):
        for other in others:
            assert other.answer.nll == pytest.approx(one.answer.nll, rel=1e-4)
            assert other.instruction.nll == pytest.approx(one.instruction.nll, rel=1e-4)


def test_the_head_is_run_over_chosen_positions_alone(model: LanguageModel) -> None:
    assert model.head.body is not None


def test_a_model_without_a_body_of_its_own_gives_all_its_logits() -> None:
    model = model_of("gemma2")
    whole = LanguageModel(model.model, None, None, model.device, 0)
    whole.__dict__["head"] = Head(model.model)
    for one, other in zip(losses(model, EXAMPLES), losses(whole, EXAMPLES), strict=True):
        assert one.answer.nll == pytest.approx(other.answer.nll, rel=1e-5)


def test_a_head_that_says_something_else_than_the_model_is_not_believed() -> None:
    class Louder(transformers.LlamaForCausalLM):
        def forward(self, input_ids: Any = None, **given: Any) -> Any:
            output = super().forward(input_ids=input_ids, **given)
            output.logits = output.logits + input_ids[..., None]  # of the very tokens, which a head alone does not see
            return output

    model = Louder(KINDS["llama"]()).eval()
    assert head_of(model).body is None


def test_few_positions_at_a_time_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of("gemma2")
    at_once = losses(model, EXAMPLES)
    monkeypatch.setattr("converters.quality.models.heads.ELEMENTS", 3 * WORDS)
    for one, other in zip(at_once, losses(model, EXAMPLES), strict=True):
        assert one.answer.nll == pytest.approx(other.answer.nll, rel=1e-6)


def test_the_body_is_itself_again_after_its_head_was_run() -> None:
    model = model_of("llama")
    losses(model, EXAMPLES[:1])
    assert "forward" not in model.head.body.__dict__


def test_the_first_token_of_all_is_predicted_by_nothing() -> None:
    model = model_of("llama")
    encoded = Encoded((9, 8, 7), (9, 8, 7), (0, 1, 2), (), 3)
    (found,) = losses(model, [encoded])
    assert (found.answer.tokens, found.instruction.tokens, found.first.tokens) == (2, 0, 0)


def test_a_row_of_which_nothing_is_asked_has_no_losses() -> None:
    found = token_losses(model_of("llama"), [Asked([5, 6], [], []), Asked([5, 6], [1], [6])])
    assert [len(each) for each in found] == [0, 1]


def test_the_softmax_is_in_float32_where_the_model_is_not() -> None:
    model = model_of("llama")
    half = LanguageModel(model_of("llama").model.to(torch.bfloat16), None, None, model.device, 0)
    with torch.no_grad():
        logits = half.model(input_ids=torch.tensor([EXAMPLES[0].ids])).logits[0].float().log_softmax(-1)
    at = EXAMPLES[0].answer[1]
    (found,) = token_losses(half, [Asked(EXAMPLES[0].ids, [at], [EXAMPLES[0].labels[at]])])
    assert found[0] == pytest.approx(-logits[at - 1, EXAMPLES[0].labels[at]].item(), rel=1e-6)
