"""Multiple choice and minimal pairs: the likelihood of each option, held against the others."""

import pytest
import torch
from test_evaluation_sharded import on_ranks
from toy_host import ToyEncoder, chat, tiny_llama

from ewc_plugin.evaluation import Settings, evaluate
from ewc_plugin.evaluation.one_set import options_of
from ewc_plugin.evaluation.sets import EvaluationError, read
from ewc_plugin.metrics import How, choice

SETTINGS = Settings(batch_size=3)
HOW = How(resamples=50)


def asked(number, choices, answer):
    letter = "ABCD"[answer]
    return chat(f"问 {number}", letter.lower(), choices=choices, id=f"c:{number}") | {"answer": letter}


CHOICES = [asked(1, ["春", "江花", "月夜床前"], 1), asked(2, ["a", "b"], 0), asked(3, ["明月", "光"], 1)]


class CaseEncoder(ToyEncoder):
    """The toy alphabet has small letters only."""

    def tokens(self, text):
        return super().tokens(text.lower())


def nll(model, encoder, prompt, answer):
    """One option alone, token by token."""
    messages = [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]
    encoded = encoder.encode(messages)
    ids = torch.tensor([encoded.prompt_ids + encoded.answer_ids])
    with torch.no_grad():
        log_p = model(ids).logits.double().log_softmax(-1)[0]
    start = len(encoded.prompt_ids)
    return -sum(float(log_p[start + k - 1, token]) for k, token in enumerate(encoded.answer_ids))


def test_the_option_with_the_best_likelihood_is_the_model_s_choice(model, write_set):
    chosen, encoder = write_set("c", CHOICES, task="multiple_choice"), CaseEncoder()
    cell = evaluate(model, [chosen], encoder=encoder, settings=SETTINGS).cells["c"]
    hits_letters, hits_texts = [], []
    for item in read(chosen):
        letters = [nll(model, encoder, item.prompt, "abc"[k]) for k in range(len(item.choices))]
        texts = [nll(model, encoder, item.prompt, c) / len(c) for c in item.choices]
        hits_letters.append(min(range(len(letters)), key=letters.__getitem__) == item.right)
        hits_texts.append(min(range(len(texts)), key=texts.__getitem__) == item.right)
    assert cell["accuracy"]["value"] == pytest.approx(sum(hits_letters) / 3)
    assert cell["accuracy_options"]["value"] == pytest.approx(sum(hits_texts) / 3)
    assert cell["accuracy"]["n"] == 3


def test_a_long_option_is_not_worse_for_its_length():
    score = choice.by_options([[2.0, 8.0]], [["是", "是春江花月夜"]], [1], HOW)
    assert score.value == 1.0  # 8/6 < 2/1, though 8 > 2


def test_minimal_pairs_are_compared_as_they_are_and_a_tie_is_no_knowledge():
    score = choice.of_pairs([[3.0, 3.1], [2.0, 1.0], [1.0, 1.0]], [0, 0, 0], HOW)
    assert score.items == (1.0, 0.0, 0.0)


def test_grammar_asks_for_sentences_alone(write_set):
    items = read(write_set("g", CHOICES, task="grammar"))
    assert {option.kind for option in options_of(items, "grammar")} == {"text"}
    assert [o.number for o in options_of(items, "multiple_choice")] == [0, 1, 2, 0, 1, 2, 0, 1, 0, 1, 0, 1, 0, 1]


def test_ranks_keep_step_where_items_have_different_numbers_of_options(write_set):
    sets = [write_set("c", CHOICES, task="multiple_choice")]
    results, models, errors = on_ranks(3, sets, encoder=CaseEncoder())
    assert errors == []
    alone = evaluate(tiny_llama(), sets, encoder=CaseEncoder(), settings=SETTINGS)
    assert len({model.forwards for model in models}) == 1
    for kind in ("letter", "text"):
        for ours, theirs in zip(results[0].records["c"], alone.records["c"], strict=True):
            assert ours["options"][kind] == pytest.approx(theirs["options"][kind], rel=1e-4)


@pytest.mark.parametrize(
    ("choices", "answer"), [(None, "A"), (["a"], "A"), (["a", ""], "A"), (["a", "b"], "C"), (["a", "b"], True)]
)
def test_an_item_without_usable_options_fails_the_set_and_says_where(write_set, choices, answer):
    chosen = write_set("c", [chat("问", "a", choices=choices) | {"answer": answer}], task="multiple_choice")
    with pytest.raises(EvaluationError, match=r"line 1: choices .* answer"):
        read(chosen)


def test_other_choices_are_another_subset(write_set):
    from ewc_plugin.evaluation.sets import fingerprint

    first = read(write_set("c", [asked(1, ["a", "b"], 0)], task="multiple_choice"))
    second = read(write_set("d", [asked(1, ["a", "c"], 0)], task="multiple_choice"))
    assert fingerprint(first) != fingerprint(second)
