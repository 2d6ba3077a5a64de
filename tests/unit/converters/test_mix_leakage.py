"""Nothing of an evaluation set enters a mixture."""

import unicodedata

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from converters.mixing.leakage import EvaluationIndex, Turn, conversation_text, normalised


def said(*contents: str) -> list[Turn]:
    return [Turn(("user", "assistant")[at % 2], content) for at, content in enumerate(contents)]


def index_of(*conversations: list[Turn]) -> EvaluationIndex:
    return EvaluationIndex((f"eval:{number}", turns) for number, turns in enumerate(conversations))


def jaccard_by_brute_force(left: str, right: str) -> float:
    def pieces(text: str) -> set[str]:
        return {text[at : at + 5] for at in range(len(text)) if at + 5 <= len(text)} or {text}

    return len(pieces(left) & pieces(right)) / len(pieces(left) | pieces(right))


LONG = "春江潮水连海平，海上明月共潮生。滟滟随波千万里，何处春江无月明！"


def test_an_example_with_the_id_of_an_evaluation_item_is_in_the_evaluation_set():
    index = EvaluationIndex([("verse:1", said("问", "答"))])
    assert index.leak("verse:1", said("另一个问题", "另一个回答")) == "in_evaluation_set"
    assert index.leak("verse:2", said("另一个问题", "另一个回答")) is None


@pytest.mark.parametrize("copy", ["你 好 吗?", "你好吗", "你好吗？？", "【你好吗】"])
def test_content_is_equal_whatever_its_punctuation_width_and_spaces(copy):
    assert index_of(said("你好吗？", "ＡＢＣ很好。")).leak("x", said(copy, "abc 很好")) == "in_evaluation_set"


def test_the_same_question_with_another_answer_is_another_example():
    assert index_of(said("写一首五言绝句", "白日依山尽")).leak("x", said("写一首五言绝句", "春眠不觉晓")) is None


def test_a_turn_of_a_longer_conversation_is_a_leak():
    index = index_of(said("请续写下面的诗句", LONG))
    assert index.leak("x", said("早上好", "早上好呀", "请续写下面的诗句", LONG)) == "in_evaluation_set"


def test_a_greeting_inside_a_conversation_is_no_leak_but_the_same_greeting_alone_is():
    index = index_of(said("谢谢", "不客气"))
    assert index.leak("x", said("今天天气如何", "晴朗无云", "谢谢", "不客气")) is None
    assert index.leak("x", said("谢谢！", "不客气。")) == "in_evaluation_set"


def test_a_longer_text_with_one_character_changed_is_a_near_duplicate():
    index = index_of(said("背诵《春江花月夜》", LONG * 2))
    changed = (LONG * 2)[:-3] + "光" + (LONG * 2)[-2:]
    assert index.leak("x", said("背诵《春江花月夜》", changed)) == "near_duplicate_of_evaluation"


def test_two_short_texts_that_differ_in_one_character_are_two_items():
    assert index_of(said("翻译：他喜欢猫", "He likes cats")).leak("x", said("翻译：他喜欢狗", "He likes dogs")) is None


def test_a_shared_system_prompt_makes_no_near_duplicates():
    system = Turn("system", "你是一个乐于助人的中文助手，回答要准确而且简短。" * 20)
    index = EvaluationIndex([("e", [system, *said("甲乙丙丁戊", "子丑寅卯辰")])])
    assert index.leak("x", [system, *said("己庚辛壬癸", "巳午未申酉")]) is None
    assert index.leak("x", said("甲乙丙丁戊", "子丑寅卯辰")) == "in_evaluation_set"


def test_texts_of_nothing_but_signs_are_compared_as_they_are():
    assert index_of(said("？？", "！！")).leak("x", said("。。", "……")) is None


def test_without_evaluation_sets_nothing_is_a_leak():
    assert index_of().leak("x", said("问", "答")) is None


@given(st.text())
def test_normalisation_changes_nothing_the_second_time_for_words(text):
    # a sign that decomposes into letters and back is the business of Unicode, not ours
    assume(unicodedata.normalize("NFKC", text.casefold()) == text)
    assert normalised(normalised(text)) == normalised(text)


small_alphabet = st.text(alphabet="天地玄黄宇", min_size=1, max_size=60)


@settings(max_examples=300)
@given(st.lists(small_alphabet, min_size=1, max_size=6), small_alphabet, st.integers(0, 59), st.integers(0, 5))
def test_near_duplicates_are_exactly_those_that_brute_force_finds(items, fresh, cut, pick):
    evaluation = [said("问题", item) for item in items]
    # half of the candidates are edits of an item, since two random texts are never near
    edited = items[pick % len(items)]
    for text in (
        fresh,
        edited[:cut] + edited[cut + 1 :],
        edited + "荒",
        edited[:cut] + "洪" + edited[cut:],
        edited[1:],
    ):
        candidate = said("问题", text or "荒")
        own = conversation_text(candidate)
        known = [conversation_text(turns) for turns in evaluation]
        near = any(jaccard_by_brute_force(own, other) >= 0.8 for other in known)
        expected = "in_evaluation_set" if own in known else "near_duplicate_of_evaluation" if near else None
        assert index_of(*evaluation).leak("x", candidate) == expected


def test_exactly_four_fifths_is_a_near_duplicate_and_a_little_less_is_not():
    digits = [chr(0x4E00 + number) for number in range(200)]
    question, tail = "".join(digits[:10]), "".join(digits[10:])
    # n shared grams and k of its own: J = n/(n+k); the separator is one character of the text
    for extra, verdict in ((10, "near_duplicate_of_evaluation"), (11, None)):
        item = said(question, tail[:33])  # 10 + 1 + 33 characters: 40 grams
        longer = said(question, tail[: 33 + extra])
        assert index_of(item).leak("x", longer) == verdict
