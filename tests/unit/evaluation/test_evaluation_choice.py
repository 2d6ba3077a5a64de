"""Multiple choice and minimal pairs: the likelihood of each option, held against the others."""

import math

import pytest
import torch
from test_evaluation_sharded import on_ranks
from toy_host import ToyEncoder, chat, tiny_llama

from ewc_plugin import gate, matrix
from ewc_plugin.evaluation import Settings, evaluate
from ewc_plugin.evaluation.one_set import options_of
from ewc_plugin.evaluation.predictions import prediction_file, write_predictions
from ewc_plugin.evaluation.sets import EvaluationError, read
from ewc_plugin.metrics import How, choice
from ewc_plugin.metrics.likelihood import loss
from ewc_plugin.metrics.score import mean_score
from ewc_plugin.report.changes import Changes
from ewc_plugin.report.heat_map import heat_maps
from ewc_plugin.report.sentences import sentences

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


def test_the_loss_of_the_right_option_is_that_among_the_options_alone():
    score = choice.option_loss([[5.0, 5.0], [0.5, 1.5]], [1, 1], HOW, by="sentences")
    assert score.items == pytest.approx([math.log(2), math.log(1 + math.e)])
    assert score.better == "smaller"
    assert score.extra["chance"] == pytest.approx(math.log(2))
    # a habit of writing sentences like these, or none, changes both alike
    habit = choice.option_loss([[1005.0, 1005.0], [1000.5, 1001.5]], [1, 1], HOW, by="sentences")
    assert habit.items == pytest.approx(score.items)


def test_a_liking_for_one_letter_is_no_knowledge_and_hides_none():
    liking = [0.1, 3.0, 4.0, 5.0]
    blind = choice.option_loss([liking] * 6, [0, 1, 2, 3, 0, 0], HOW, by="letters")
    assert blind.items == pytest.approx([math.log(4)] * 6)
    right = [0, 1, 2, 3, 0, 1, 2, 3]
    sure = [[-2.0 * (k == wanted) for k in range(4)] for wanted in right]
    biased = [[value + liking[k] for k, value in enumerate(item)] for item in sure]
    plain, hidden = (choice.option_loss(nll, right, HOW, by="letters") for nll in (sure, biased))
    assert plain.value == pytest.approx(math.log(1 + 3 * math.exp(-2)))
    assert hidden.items == pytest.approx(plain.items, abs=1e-12)
    assert hidden.value < math.log(4) / 2 < choice.option_loss(biased, right, HOW, by="sentences").value


def test_items_with_fewer_options_have_a_chance_of_their_own():
    score = choice.option_loss([[1.0, 1.0], [1.0, 1.0, 1.0, 1.0]], [0, 3], HOW, by="letters")
    assert score.extra["chance"] == pytest.approx((math.log(2) + math.log(4)) / 2)


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


def stage(folder, letter_loss, option_loss):
    """A row of one protected set of questions; both losses by item, and half of the answers right."""
    ids = [f"quiz:{i}" for i in range(40)]
    scores = [{"accuracy": float(i % 2), "option_loss": option_loss + 0.01 * (i % 5)} for i in range(40)]
    records = [
        {"id": name, "prompt": "问", "reference": "B", "answer": None, "finished": None, "nll": letter_loss + 0.01 * i,
         "tokens": 1, "scores": of}
        for i, (name, of) in enumerate(zip(ids, scores, strict=True))
    ]  # fmt: skip
    write_predictions(prediction_file(folder, "quiz"), records)
    measured = [
        loss([r["nll"] for r in records], [1] * 40, resamples=50),
        mean_score("accuracy", [of["accuracy"] for of in scores], HOW, version=1),
        mean_score(
            "option_loss",
            [of["option_loss"] for of in scores],
            HOW,
            version=1,
            better="smaller",
            extra={"chance": math.log(4)},
        ),
    ]
    columns = [{"name": "quiz", "task": "multiple_choice", "stage": "foundation", "protected": True}]
    cells = {"quiz": {score.name: score.cell(subset="0f") for score in measured}}
    return {"stage": "foundation", "label": folder.name, "columns": columns, "cells": cells, "predictions": str(folder)}


@pytest.mark.parametrize(
    ("letter_loss", "before", "option_loss", "said"),
    [
        (3.0, 1.2, 1.2, "the loss of none of 1 older sets rose beyond noise"),
        (1.0, 1.2, 1.5, "quiz option loss rose 1.220 → 1.520 (+0.300 [+0.300, +0.300], beyond noise)"),
        (1.0, 1.4, 1.7, "the loss of none of 1 older sets rose beyond noise"),  # guessed before, guessed after
    ],
)
def test_the_loss_of_letters_alone_is_no_forgetting_but_that_among_the_options_is(
    tmp_path, letter_loss, before, option_loss, said
):
    first = matrix.new({"m": "x"}, stage(tmp_path / "a", 1.0, before))
    grown = matrix.extend(first, stage(tmp_path / "b", letter_loss, option_loss) | {"stage": "task"})
    changes = Changes(grown)
    assert said in sentences(grown, changes)[1].english
    assert bool(gate.failures(grown, 0.1)) is (option_loss == 1.5)
    page = heat_maps(grown, changes)
    first_part, others = page.split("<h3>得分")
    assert "选项损失" in first_part
    assert "损失 loss per token" in others
