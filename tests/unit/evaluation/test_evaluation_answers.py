"""Which items are answered, how long an answer may be, and what the base model says of it."""

import math
from contextlib import contextmanager

import pytest
from toy_host import chat

from ewc_plugin.evaluation import Settings, evaluate
from ewc_plugin.evaluation.sets import fingerprint, read


def test_the_answered_items_are_the_first_of_the_order_in_which_items_are_chosen(model, write_set, chats, encoder):
    chosen = write_set("t", chats, task="translation")

    def answered(samples, generated):
        settings = Settings(batch_size=4, samples=samples, generated=generated, max_new_tokens=4)
        records = evaluate(model, [chosen], encoder=encoder, settings=settings).records["t"]
        return [r["id"] for r in records if r["answer"] is not None]

    assert answered(None, 3) == answered(5, 3)
    assert set(answered(None, 3)) < set(answered(None, 5))
    assert len(answered(5, None)) == 5


def test_scores_of_answers_are_of_the_answered_items_and_the_loss_of_all(model, write_set, chats, encoder):
    chosen = write_set("t", chats, task="translation")
    settings = Settings(batch_size=4, generated=3, max_new_tokens=4)
    result = evaluate(model, [chosen], encoder=encoder, settings=settings)
    cell, places = result.cells["t"], [i for i, r in enumerate(result.records["t"]) if r["answer"] is not None]
    assert (cell["loss"]["n"], cell["chrf"]["n"], cell["chrf"]["signature"]["items"]) == (len(chats), 3, 3)
    items = read(chosen)
    assert cell["chrf"]["signature"]["subset"] == fingerprint([items[i] for i in places])
    assert cell["loss"]["signature"]["subset"] == fingerprint(items)


def test_nothing_is_generated_when_none_are_to_be_answered(model, write_set, chats, encoder, monkeypatch):
    monkeypatch.setattr(model, "generate", lambda **_: pytest.fail("generated"))
    settings = Settings(generated=0)
    result = evaluate(model, [write_set("t", chats, task="translation")], encoder=encoder, settings=settings)
    assert set(result.cells["t"]) == {"loss"}


@pytest.mark.parametrize(("length", "most", "limit"), [(3, 256, 32), (40, 256, 80), (40, 50, 50), (300, 256, 256)])
def test_an_answer_may_be_twice_the_longest_reference_long(model, write_set, encoder, monkeypatch, length, most, limit):
    seen = []
    whole = model.generate
    monkeypatch.setattr(
        model, "generate", lambda **named: seen.append(named["generation_config"].max_new_tokens) or whole(**named)
    )
    chosen = write_set("t", [chat("问", "月" * length), chat("问 a", "月")], task="translation")
    result = evaluate(model, [chosen], encoder=encoder, settings=Settings(max_new_tokens=most, generated=1))
    assert seen == [limit]
    assert result.cells["t"]["bleu"]["signature"]["max_new_tokens"] == limit


def test_the_base_model_says_how_likely_it_holds_each_answer(model, write_set, chats, encoder):
    inside = []

    @contextmanager
    def base():
        inside.append(True)
        weight = model.lm_head.weight.data.clone()
        model.lm_head.weight.data.zero_()  # a base that holds all words for equally likely
        yield
        model.lm_head.weight.data.copy_(weight)

    chosen = write_set("t", chats[:3], task="translation")
    settings = Settings(max_new_tokens=4)
    records = evaluate(model, [chosen], encoder=encoder, settings=settings, base=base).records["t"]
    assert inside == [True]
    words = model.config.vocab_size
    for record in records:
        assert record["base_nll"] == pytest.approx(record["base_tokens"] * math.log(words), rel=1e-4)
