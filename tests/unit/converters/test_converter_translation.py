from __future__ import annotations

import pytest

from converters.contract import Example, Settings
from converters.sources.translation import ASK_FOR_CHINESE, ASK_FOR_ENGLISH, from_pair

SETTINGS = Settings()
LICENCE = "CC-BY 2.0 (France) Attribution: tatoeba.org #1 (A) & #2 (B)"


def pair(line: str, settings: Settings = SETTINGS) -> tuple[Example, Example]:
    to_chinese, to_english = from_pair(line, settings)
    return to_chinese, to_english


def test_a_line_becomes_one_example_in_each_direction():
    to_chinese, to_english = pair(f"How are you?\t你好吗？\t{LICENCE}")
    assert (to_chinese.dataset, to_english.dataset) == ("translation_en2zh", "translation_zh2en")
    assert to_chinese.messages[1].content == "你好吗？"
    assert to_english.messages[1].content == "How are you?"
    assert "How are you?" in to_chinese.messages[0].content
    assert "你好吗？" in to_english.messages[0].content


def test_the_attribution_travels_as_the_licence_and_never_in_the_text():
    example, _ = pair(f"Hi.\t嗨。\t{LICENCE}")
    assert example.licence == LICENCE
    assert not any("tatoeba" in message.content for message in example.messages)


def test_files_of_two_columns_are_read():
    assert pair("Hi.\t嗨。")[0].licence == ""


def test_traditional_lines_are_simplified_and_the_original_is_kept():
    to_chinese, to_english = pair("I'm looking at you.\t我看著你呢!")
    assert to_chinese.messages[1].content == "我看着你呢！"
    assert to_chinese.original == to_english.original == "我看著你呢!"


def test_the_original_script_is_kept_when_asked_for():
    to_chinese, _ = pair("I'm looking at you.\t我看著你呢!", Settings(script="original"))
    assert (to_chinese.messages[1].content, to_chinese.original) == ("我看著你呢!", "")


def test_zero_width_characters_go():
    assert pair("Hi.\t\u200b嗨\u200b。")[0].messages[1].content == "嗨。"


def test_translations_of_one_sentence_and_both_directions_share_a_document():
    documents = {example.document for line in ("Wait!\t等等！", "wait.\t等一下！") for example in pair(line)}
    assert documents == {"wait"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Hi.\tHello.", "no_chinese"),
        ("你好\t您好", "no_english"),
        ("Hi.\t坏\ufffd字", "replacement_character"),
        ("Yes.\t" + "这句话明显太长" * 4, "length_ratio"),
    ],
)
def test_a_line_that_is_no_pair_is_rejected_in_both_directions(line, reason):
    assert [outcome.reason for outcome in from_pair(line, SETTINGS)] == [reason, reason]


def test_a_sentence_with_quotation_marks_is_not_quoted_again():
    for number in range(40):
        to_chinese, _ = pair(f'He said "no" {number} times.\t他说了{number}次“不”。')
        assert "“He" not in to_chinese.messages[0].content


def test_the_template_depends_on_the_pair_alone_and_all_of_them_are_used():
    asked = [pair(f"I have {n} books.\t我有{n}本书。") for n in range(200)]
    used = {prompt(example, f"I have {n} books.") for n, (example, _) in enumerate(asked)}
    assert used == set(ASK_FOR_CHINESE)
    used = {prompt(example, f"我有{n}本书。") for n, (_, example) in enumerate(asked)}
    assert used == set(ASK_FOR_ENGLISH)


def prompt(example: Example, text: str) -> str:
    return example.messages[0].content.replace(text, "{text}")


def test_golden_lines(run, written, tmp_path):
    (tmp_path / "cmn.txt").write_text(f"I read.\t我讀書。\t{LICENCE}\n", "utf-8")
    run("translation", "cmn.txt", "--eval-share", "0")
    (line,) = written.lines("translation_zh2en.jsonl")
    assert line == {
        "messages": [
            {"role": "user", "content": "将这句中文译成英文：\n我读书。"},
            {"role": "assistant", "content": "I read."},
        ],
        "id": line["id"],
        "source": "translation",
        "meta": {
            "file": "cmn.txt",
            "record": "1",
            "document": "iread",
            "licence": LICENCE,
            "author": "",
            "title": "",
            "original": "我讀書。",
        },
    }
