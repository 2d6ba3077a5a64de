import re
from contextlib import suppress

import pytest

from converters.sieve import Sieve, Signs, things


def test_only_things_with_a_sign_in_the_text_may_be_there():
    sieve = Sieve({0: ("苹果", "梨"), 1: ("桃",), 2: ("苹",)}, Signs())
    assert list(things(sieve.may_hold("一个苹果"))) == [0, 2]
    assert list(things(sieve.may_hold("桃和梨"))) == [0, 1]
    assert list(things(sieve.may_hold("葡萄"))) == []


def test_a_thing_without_signs_may_be_anywhere():
    sieve = Sieve({3: (), 70: ("a",)}, Signs())
    assert list(things(sieve.may_hold(""))) == [3]
    assert list(things(sieve.may_hold("a"))) == [3, 70]


def test_special_characters_of_a_literal_mean_themselves():
    signs = (".", "a+b", "[^", "(x)", "C++", "\\n", "$", "^", "{2}", "a|b", "*", "?")
    sieve = Sieve(dict(enumerate((sign,) for sign in signs)), Signs())
    for place, sign in enumerate(signs):
        assert place in things(sieve.may_hold(f"…{sign}…")), sign
    assert list(things(sieve.may_hold("aab b nothing"))) == []


def test_patterns_are_read_as_python_reads_them():
    patterns = [re.compile(r"[\u4e00-\u9fff\U00020000-\U0003ffff]ing"), re.compile("the", re.IGNORECASE)]
    sieve = Sieve(dict(enumerate((pattern,) for pattern in patterns)), Signs())
    for text in ("味ing", "𠀀ing", "sing", "THE", "tHe end", ""):
        held = sieve.may_hold(text)
        assert [bool(pattern.search(text)) for pattern in patterns] == [bool(held >> place & 1) for place in (0, 1)]


@pytest.mark.parametrize("kilobytes", [4, 16, 24, 32, 64, 128, 256, 1024])
def test_a_sieve_that_outgrows_its_memory_raises_and_calls_no_text_clean(monkeypatch, kilobytes):
    monkeypatch.setattr("converters.sieve.MEMORY", kilobytes << 10)
    patterns = [re.compile(f"{chr(0x4E00 + place)}.{{0,9}}x") for place in range(20)]
    sieve = Sieve(dict(enumerate((pattern,) for pattern in patterns)), Signs())
    text = "".join(chr(0x4E00 + (place * 7 + place * place) % 40) + "x" * (place % 3) for place in range(300))
    with suppress(MemoryError):
        held = set(things(sieve.may_hold(text)))
        assert held == {place for place, pattern in enumerate(patterns) if pattern.search(text)}


def test_sieves_that_share_their_signs_answer_each_for_itself():
    signs = Signs()
    fruit, trees = Sieve({0: ("苹果",), 1: ("梨",)}, signs), Sieve({0: ("梨", "松")}, signs)
    assert list(things(fruit.may_hold("梨"))) == [1]
    assert list(things(trees.may_hold("梨"))) == [0]
    assert list(things(fruit.may_hold("梨树"))) == [1]
    late = Sieve({5: ("梨树",)}, signs)
    assert list(things(late.may_hold("梨树"))) == [5]
    assert list(things(fruit.may_hold("梨树"))) == [1]


def test_an_automaton_that_fails_on_a_text_raises(monkeypatch):
    signs = Signs()
    sieve = Sieve({0: ("梨",)}, signs)
    assert sieve.may_hold("梨") == 1
    monkeypatch.setattr(signs, "_match", lambda text: None)  # what RE2 answers when it runs out of room
    with pytest.raises(MemoryError, match="more than 67,108,864 bytes for 2 signs"):
        sieve.may_hold("苹果")
