"""Homophones and look-alikes: doubted where what is written hardly ever meets and another writing does."""

from __future__ import annotations

import pytest

from converters.conversations import misspelt
from converters.conversations.misspelt import alike, learn, segments, vocabulary


def most(text: str, kind: str) -> misspelt.Doubt | None:
    return max(
        (doubt for doubt in misspelt.doubts(text) if doubt.kind == kind), key=lambda doubt: doubt.cheaper, default=None
    )


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("他在门口等了三个小石。", "小时"),
        ("大家都非长高兴。", "非常"),
        ("他终于明摆了这个道理。", "明白"),
    ],
)
def test_a_homophone_is_doubted_and_the_word_that_was_meant_is_named(written, instead):
    doubt = most(written, "another")
    assert doubt is not None
    assert instead in doubt.instead
    assert doubt.cheaper > 20


def test_a_look_alike_is_doubted():
    doubt = most("可以玩遍园内所有没施。", "another")
    assert doubt is not None
    assert "设施" in doubt.instead


def test_two_characters_in_the_wrong_order_are_doubted():
    doubt = most("孩子们都常非高兴。", "order")
    assert doubt is not None
    assert "非常" in doubt.instead


def test_what_stands_behind_a_verb_may_stand_before_what_follows_it():
    assert not [doubt for doubt in misspelt.doubts("国王的镜子生了锈。") if "生锈了" in doubt.instead]


def test_a_plain_sentence_is_hardly_doubted():
    assert max(doubt.cheaper for doubt in misspelt.doubts("孩子们都非常高兴地回家去了。")) < 40


def test_what_stands_three_times_is_a_name():
    once, thrice = "俄国作家赫尔岑笑了。", "俄国作家赫尔岑笑了。赫尔岑走了。赫尔岑来了。"
    assert any("岑" in doubt.written for doubt in misspelt.doubts(once))
    assert not any("尔岑" in doubt.written and "尔岑" not in doubt.instead for doubt in misspelt.doubts(thrice))


def test_a_clause_falls_into_the_words_that_cost_least():
    assert segments.cheapest("孩子们非常高兴").words == ("孩子们", "非常", "高兴")
    assert segments.cheapest("非常高兴").meets == (True, True)


def test_words_on_either_side_count():
    alone, between = segments.cheapest("高兴"), segments.cheapest("高兴", "非常", "")
    assert between.cost < alone.cost


def test_alike_are_homophones_without_tone_and_look_alikes():
    assert {"世", "时", "四"} <= set(alike.others("是"))  # shi and si: many a southerner does not tell them apart
    assert "设" in alike.others("没")
    assert "是" not in alike.others("是")
    assert alike.sounds_like("妮", "泥")
    assert alike.sounds_like("今", "京")
    assert not alike.sounds_like("妮", "猫")


ARPA = """\\data\\
ngram 1=4
ngram 2=2

\\1-grams:
-1.0\t<unk>\t0
-2.04\t小猫\t-0.5
-3.0\t喜欢
-4.0\tabc\t-0.1
-5.0\t鱼\t0

\\2-grams:
-0.8\t小猫 喜欢\t0
-4.8\t小猫 鱼\t0

\\3-grams:
-0.1\t小猫 喜欢 鱼

\\end\\
"""


@pytest.fixture
def arpa(tmp_path):
    path = tmp_path / "model.arpa"
    path.write_text(ARPA, encoding="utf-8")
    return path


def test_words_and_pairs_are_learnt_with_their_costs(arpa):
    assert learn.words(arpa) == {"小猫": (20, 5), "喜欢": (30, 0), "鱼": (50, 0)}
    assert dict(learn.together(arpa)) == {("小猫", "喜欢"): 8, ("小猫", "鱼"): 48}


def test_what_was_packed_is_read_again(arpa, tmp_path, monkeypatch):
    monkeypatch.setattr(learn, "TABLE", tmp_path / "words.bin")
    monkeypatch.setattr(vocabulary, "TABLE", tmp_path / "words.bin")
    learn.main(arpa)
    words, pairs = vocabulary._table.__wrapped__()
    assert words[vocabulary.fingerprint("小猫", vocabulary.WORD_BITS)] == (20, 5)
    # 小猫 鱼 costs as good as nothing less than its words do
    assert pairs == {vocabulary.fingerprint("小猫 喜欢", vocabulary.PAIR_BITS): 8}


def test_fingerprints_are_the_same_on_every_machine_and_the_table_is_small():
    assert vocabulary.fingerprint("非常 高兴", 34) == 14700103844
    assert vocabulary.together("非常", "高兴") == 24
    assert 100_000 < vocabulary.TABLE.stat().st_size < 1_000_000
