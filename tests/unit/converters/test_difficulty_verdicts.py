"""A prompt, training or retrieval: what follows from which numbers."""

from __future__ import annotations

import random

import pytest

from converters.quality.difficulty.answers import Asked, scored
from converters.quality.difficulty.knowledge import Parts, knowledge
from converters.quality.difficulty.verdicts import Seen, verdict

N = 40
NAMES = [f"人{chr(0x4E00 + 7 * at)}" for at in range(N)]
WRONG = ["不知道"] * N
LONG = [f"{name}在很久以前写下了这一本关于山水和田园的书，后来人人都读。" for name in NAMES]


def parts(fact: float, form: float, seed: int = 0) -> list[Parts]:
    """Of 40 answers of two fact tokens and two others, about so many nats a token."""
    draw = random.Random(seed)
    return [Parts(2 * draw.gauss(fact, 0.2), 2, 2 * max(0.0, draw.gauss(form, 0.02)), 2) for _ in range(N)]


def seen(zero: list[str], few: list[str], references: list[str] = NAMES, task: str = "") -> Seen:
    items = [Asked("谁？", reference, "") for reference in references]
    return Seen({0: scored(items, zero, task), 4: scored(items, few, task)})


def known(zero, few, own=None, other=None):
    found = knowledge(zero, few, [""] * N, own or [None] * N, other or [None] * N)
    assert found is not None
    return found


UNKNOWN = known(parts(6, 2), parts(5.5, 0.1), parts(0.5, 0.1), parts(5.4, 0.1))


def test_a_prompt_that_solves_the_items_ends_the_matter():
    found = verdict(seen(WRONG, NAMES), UNKNOWN, "")
    assert (found.kind, found.says) == ("prompt", "A prompt already solves it: no training is needed for these items.")
    assert "4 examples in the prompt: exact match 100.0" in found.evidence[0]


def test_facts_that_stay_dear_and_fall_with_their_source_belong_into_the_prompt():
    found = verdict(seen(WRONG, WRONG), UNKNOWN, "")
    assert found.kind == "retrieval"
    assert "retrieval" in found.says
    assert "halves that" in found.evidence[-1]


def test_without_a_source_short_answers_that_are_no_task_of_making_are_taken_for_facts():
    untried = known(parts(6, 2), parts(5.5, 0.1))
    assert verdict(seen(WRONG, WRONG), untried, "").kind == "retrieval"
    assert verdict(seen(WRONG, WRONG), untried, "arithmetic").kind == "train"
    assert verdict(seen(WRONG, WRONG, LONG), untried, "").kind == "train"


def test_a_source_that_helps_no_more_than_any_text_is_none():
    any_text = known(parts(6, 2), parts(5.5, 0.1), parts(2.5, 0.1), parts(2.5, 0.1, seed=1))
    assert verdict(seen(WRONG, WRONG), any_text, "").kind == "train"


def test_a_source_that_takes_a_tenth_off_is_not_enough():
    little = known(parts(6, 2), parts(5.5, 0.1), parts(5.0, 0.1), parts(5.5, 0.1))
    assert verdict(seen(WRONG, WRONG), little, "").kind == "train"


def test_where_the_form_is_not_learned_either_training_comes_first():
    foreign = known(parts(6, 2), parts(6, 2.1), parts(0.5, 2), parts(6, 2))
    assert verdict(seen(WRONG, WRONG), foreign, "").kind == "train"


def test_facts_that_cost_no_more_than_words_are_held():
    held = known(parts(1, 0.3), parts(0.5, 0.3), parts(0.1, 0.3), parts(0.5, 0.3))
    assert verdict(seen(WRONG, WRONG), held, "").kind == "train"


def test_answers_that_have_the_fact_in_other_words_show_that_it_is_held():
    talkative = [f"我想应该是{name}吧" for name in NAMES]
    assert verdict(seen(talkative, talkative), UNKNOWN, "").kind == "train"


def test_of_fewer_than_ten_facts_nothing_is_said():
    few = parts(5, 0.1)[:9]
    assert knowledge(few, few, [""] * 9, [None] * 9, [None] * 9) is None
    assert "not tested" in verdict(seen(WRONG, WRONG), None, "").evidence[-1]


def test_differences_are_those_of_the_same_items():
    zero, few = parts(6, 2), parts(5.5, 0.1, seed=1)
    found = known(zero, few)
    by_hand = [sum(part.fact_nats for part in each) / sum(part.fact_tokens for part in each) for each in (few, zero)]
    assert found.fact_change.value == pytest.approx(by_hand[0] - by_hand[1])
    form = sum(part.form_nats for part in few) / sum(part.form_tokens for part in few)
    assert found.dearer.value == pytest.approx(by_hand[0] - form)
