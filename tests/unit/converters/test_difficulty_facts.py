"""What is a fact that a prompt does not tell, which tokens state it, and which text does?"""

from __future__ import annotations

import pytest

from converters.contract import SourceError
from converters.mixing.leakage import Turn
from converters.quality.difficulty.alignment import characters_of, stating
from converters.quality.difficulty.facts import Span, facts, labels
from converters.quality.difficulty.sources import read_passages, source_of, with_source
from converters.quality.rows import Row


def stated(answer: str, prompt: str, task: str = "", known_labels: frozenset[str] = frozenset()) -> list[str]:
    return [answer[span.start : span.end] for span in facts(answer, prompt, task, known_labels)]


def test_a_short_answer_is_a_fact_as_a_whole_without_its_marks():
    assert stated("李白。", "《静夜思》是谁写的？") == ["李白"]


def test_what_stands_in_the_prompt_can_be_read_there():
    assert stated("李白", "李白和杜甫，谁写了《静夜思》？") == []


def test_a_label_that_several_items_share_is_no_fact():
    known = labels(["正面", "负面", "正面", "负面。", "李白"])
    assert known == {"正面", "负面"}
    assert stated("正面", "这句话的情感是？今天真高兴。", "", known) == []


def test_a_number_that_can_be_worked_out_is_no_fact():
    assert stated("12", "小明有5个苹果，又买了7个，一共多少个？") == []
    assert stated("1644年", "明朝哪一年灭亡？") == ["1644年"]


def test_in_a_long_answer_numbers_and_names_are_facts_and_only_those():
    answer = "他于1931年离开上海，前往巴黎学习绘画，后来在那里完成了《长夜》一书，并且一直住到去世。"
    assert stated(answer, "请介绍他的生平。") == ["1931年", "上海", "巴黎", "长夜"]
    assert stated(answer, "他1931年从上海到了巴黎。请介绍他的生平。") == ["长夜"]


def test_full_width_figures_are_found_where_they_stand():
    assert stated("这座塔建成于公元１９３１年，此后经过多次修缮，至今保存得相当完好。", "介绍这座塔。") == [
        "１９３１年"
    ]


def test_a_short_translation_is_a_sentence_and_no_fact():
    assert stated("请等一下！", "Wait!", "translation") == []


# ---- tokens


class Bytes:
    """A tokenizer whose tokens are bytes: a Chinese character takes three."""

    @staticmethod
    def encode(text: str) -> list[int]:
        return list(text.encode())

    @staticmethod
    def decode(ids: list[int], **_: bool) -> str:
        return bytes(ids).decode(errors="replace")


def test_every_byte_of_a_character_is_of_that_character():
    tokens = Bytes.encode("春天a<end>")
    found = characters_of(Bytes, tokens, "春天a")
    assert found is not None
    states = stating(found, [Span(1, 2)])
    assert states == [False] * 3 + [True] * 3 + [False] * (len(tokens) - 6)


def test_what_the_template_adds_states_no_fact():
    tokens = Bytes.encode("<think></think>李白<end>\n")
    found = characters_of(Bytes, tokens, "李白")
    assert found is not None
    states = stating(found, [Span(0, 2)])
    assert bytes(token for token, state in zip(tokens, states, strict=True) if state).decode() == "李白"


def test_tokens_that_do_not_give_the_answer_back_are_not_guessed_at():
    assert characters_of(Bytes, Bytes.encode("changed"), "原文") is None


# ---- sources


def item(answer: str, document: str = "") -> Row:
    return Row(0, "a", (Turn("user", "《静夜思》是谁写的？"), Turn("assistant", answer)), "", document, "")


def test_a_source_is_a_text_beside_the_item_that_states_its_facts():
    spans = facts("李白", "《静夜思》是谁写的？")
    raw = {"meta": {"original": "静夜思，唐代诗人李白所作。", "passage": "杜甫写了春望。"}}
    assert source_of(item("李白"), raw, spans, {}) == "静夜思，唐代诗人李白所作。"
    assert source_of(item("李白"), {"meta": {"original": "杜甫写了春望。"}}, spans, {}) == ""
    assert source_of(item("李白"), {}, spans, {}) == ""


def test_a_text_with_half_of_the_facts_is_a_source_and_one_with_a_third_is_none():
    answer = "他于1931年离开上海，前往巴黎学习绘画，后来在那里住了一辈子，直到去世也没有回来过。"
    told = Row(0, "a", (Turn("user", "请介绍他的生平。"), Turn("assistant", answer)), "", "", "")
    spans = facts(answer, "请介绍他的生平。")
    assert len(spans) == 3
    assert source_of(told, {"passage": "1931年他从上海出发。"}, spans, {}) == "1931年他从上海出发。"
    assert source_of(told, {"passage": "他从上海出发。"}, spans, {}) == ""


def test_passages_of_a_file_belong_to_items_by_document(tmp_path):
    path = tmp_path / "段落.jsonl"
    path.write_text(
        '{"document": "d", "text": "李白写了静夜思。"}\n{"document": "e", "text": "李白"}\n', encoding="utf-8"
    )
    passages = read_passages(path)
    spans = facts("李白", "《静夜思》是谁写的？")
    assert source_of(item("李白", "d"), {}, spans, passages) == "李白写了静夜思。"
    assert source_of(item("李白", "other"), {}, spans, passages) == ""


def test_a_file_of_passages_that_is_none_says_which_line(tmp_path):
    path = tmp_path / "p.jsonl"
    path.write_text('{"document": "d"}\n', encoding="utf-8")
    with pytest.raises(SourceError, match="line 1"):
        read_passages(path)


def test_a_source_stands_before_the_question_in_its_language():
    turns = with_source(item("李白"), "原文。").turns
    assert turns[0].content == "资料：\n原文。\n\n问题：\n《静夜思》是谁写的？"
    english = Row(0, "a", (Turn("user", "Who?"), Turn("assistant", "Li Bai")), "", "", "")
    assert with_source(english, "Text.").turns[0].content == "Passage:\nText.\n\nQuestion:\nWho?"
