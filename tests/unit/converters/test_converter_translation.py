from __future__ import annotations

from pathlib import PurePosixPath

import pyarrow
import pytest
from pyarrow import parquet

from converters.contract import Context, Example, Reject, Settings
from converters.sources.translation import SOURCE
from converters.sources.translation.examples import TRADITIONAL_ONE_IN
from converters.sources.translation.readers import (
    chinese_lines,
    from_article,
    from_crawled,
    from_line_pair,
    from_record,
    from_tatoeba_export,
    from_tatoeba_line,
    from_tmx_run,
    from_wmt_document,
    sgm_reference,
)
from converters.templates import translation as templates

CREDIT = "CC-BY 2.0 (France) Attribution: tatoeba.org #1 (A) & #2 (B)"
HERE = Context(file="pairs.tsv", number=1)
ORIGINAL = Context(Settings(script="original"), "pairs.tsv", 1)


def pair(line: str, context: Context = HERE) -> tuple[Example, Example]:
    to_chinese, to_english = from_tatoeba_line(line, context)
    assert isinstance(to_chinese, Example)
    assert isinstance(to_english, Example)
    return to_chinese, to_english


def test_a_line_becomes_one_example_in_each_direction():
    to_chinese, to_english = pair(f"Did you give Tom the key?\t你把钥匙给汤姆了吗？\t{CREDIT}")
    assert (to_chinese.dataset, to_english.dataset) == ("translation_en2zh", "translation_zh2en")
    assert to_chinese.messages[1].content == "你把钥匙给汤姆了吗？"
    assert to_english.messages[1].content == "Did you give Tom the key?"
    assert "Did you give Tom the key?" in to_chinese.messages[0].content
    assert "你把钥匙给汤姆了吗？" in to_english.messages[0].content


def test_the_credit_of_a_line_becomes_licence_and_attribution_and_never_text():
    example, _ = pair(f"Thank you.\t谢谢你。\t{CREDIT}")
    assert (example.licence, example.attribution) == ("CC-BY-2.0-FR", "tatoeba.org #1 (A) & #2 (B)")
    assert not any("tatoeba" in message.content for message in example.messages)


@pytest.mark.parametrize(
    ("file", "credit", "licence"),
    [
        ("cmn.txt", "", "CC-BY-2.0-FR"),
        ("cmn.txt", "\tCC0 1.0 Attribution: our own #1", "CC0-1.0"),
        ("pairs.tsv", "", ""),
        ("pairs.tsv", "\ta comment", ""),
    ],
)
def test_a_licence_is_taken_from_the_line_or_from_the_name_of_an_old_copy_of_cmn(file, credit, licence):
    assert pair(f"Thank you.\t谢谢你。{credit}", Context(file=file, number=1))[0].licence == licence


def test_a_licence_given_on_the_command_line_stands_where_a_file_states_none():
    told = Settings(options={"licence": "CC-BY-4.0"})
    assert pair("Thank you.\t谢谢你。", Context(told, "pairs.tsv", 1))[0].licence == "CC-BY-4.0"
    assert pair(f"Thank you.\t谢谢你。\t{CREDIT}", Context(told, "pairs.tsv", 1))[0].licence == "CC-BY-2.0-FR"


def test_columns_in_the_other_order_are_told_apart_by_their_script():
    to_chinese, to_english = pair("我喜欢早上喝茶。\tI like to drink tea in the morning.")
    assert to_chinese.messages[1].content == "我喜欢早上喝茶。"
    assert to_english.messages[1].content == "I like to drink tea in the morning."


def test_traditional_lines_are_simplified_and_the_original_is_kept():
    to_chinese, to_english = pair("I'm looking at you.\t我看著你呢!")
    assert to_chinese.messages[1].content == "我看着你呢！"
    assert to_chinese.original == to_english.original == "我看著你呢!"


def test_the_original_script_is_kept_when_asked_for():
    to_chinese, _ = pair("I'm looking at you.\t我看著你呢!", ORIGINAL)
    assert (to_chinese.messages[1].content, to_chinese.original) == ("我看著你呢!", "")


def test_a_share_of_traditional_lines_asks_for_traditional_characters_and_gets_the_original():
    lines = [f"We have been waiting for the bus for {n} minutes.\t我們等公車等了{n}分鐘了。" for n in range(3, 303)]
    answers = [pair(line)[0] for line in lines]
    asked = [example for example in answers if example.template.startswith("translation.TO_TRADITIONAL")]
    assert 0.6 < len(asked) * TRADITIONAL_ONE_IN / len(lines) < 1.5
    assert all("繁体" in x.messages[0].content or "台湾" in x.messages[0].content for x in asked)
    assert all("我們等公車" in x.messages[1].content for x in asked)
    assert all("我们等公车" in x.messages[1].content for x in answers if x not in asked)


def test_a_simplified_or_mixed_line_never_answers_in_traditional_characters():
    lines = [f"We have been waiting for the bus for {n} minutes.\t我们等公車等了{n}分钟了。" for n in range(3, 103)]
    assert not any("TRADITIONAL" in pair(line)[0].template for line in lines)


def test_both_directions_and_all_translations_of_one_sentence_share_a_document():
    documents = {example.document for line in ("Wait!\t等等！", "wait.\t等一下！") for example in pair(line)}
    assert documents == {"english:wait"}


def test_a_pair_is_linked_to_every_other_pair_with_either_of_its_sentences():
    one, _ = pair("I miss you.\t我想你。")
    other, _ = pair("I long for you.\t我想你。")
    assert one.document != other.document
    assert set(one.linked) & set(other.linked) == {"我想你"}


def test_a_chinese_sentence_held_out_under_one_english_side_stands_in_training_under_no_other(run, written, tmp_path):
    lines = [f"{verb} on {n} trains.\t我坐了{n}趟火车。" for n in range(3, 203) for verb in ("I rode", "I have ridden")]
    (tmp_path / "pairs.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    run("translation", "pairs.tsv", "--eval-share", "0.1", "--cap", "short=1")
    trained = {line["messages"][1]["content"] for line in written.lines("translation_en2zh.jsonl")}
    held_out = {line["messages"][1]["content"] for line in written.lines("translation_en2zh_eval.jsonl")}
    assert held_out
    assert not trained & held_out


@pytest.mark.parametrize(("words", "kind"), [(7, "short"), (8, "sentence")])
def test_pairs_under_eight_words_are_of_the_capped_kind(words, kind):
    english = " ".join(["I", "can", "see", "the", "big", "old", "red", "house"][:words]) + "."
    chinese = "我能看见那座大大的旧红房子。" if words == 8 else "我能看见那又大又旧又红的。"
    assert pair(f"{english}\t{chinese}")[0].kind == kind


def test_of_each_direction_a_fifth_may_be_short_a_twentieth_from_the_web_a_hundredth_in_traditional_script():
    assert {dataset.name: dict(dataset.caps) for dataset in SOURCE.datasets} == {
        "translation_en2zh": {"short": 0.2, "crawled": 0.05, "traditional": 0.01},
        "translation_zh2en": {"short": 0.2, "crawled": 0.05, "traditional": 0.01},
    }


def test_a_fault_rejects_both_directions():
    outcomes = from_tatoeba_line("Hi.\tHello.", HERE)
    assert [(x.dataset, x.reason) for x in outcomes if isinstance(x, Reject)] == [
        ("translation_en2zh", "no_chinese"),
        ("translation_zh2en", "no_chinese"),
    ]


def test_a_sentence_with_quotation_marks_is_not_quoted_again():
    for number in range(3, 60):
        to_chinese, to_english = pair(f'He said "no" {number} times.\t他说了{number}次“不”。')
        assert "“He" not in to_chinese.messages[0].content
        assert "“他" not in to_english.messages[0].content


def test_the_template_depends_on_the_pair_alone_and_all_of_them_are_used():
    asked = [pair(f"I have {n} books.\t我有{n}本书。") for n in range(3, 403)]
    assert asked[0] == pair("I have 3 books.\t我有3本书。")
    labels = {example.template for example, _ in asked}
    assert len(labels) == len(templates.SENTENCE_TO_CHINESE + templates.QUOTED_TO_CHINESE)
    labels = {example.template for _, example in asked}
    assert len(labels) == len(templates.SENTENCE_TO_ENGLISH + templates.QUOTED_TO_ENGLISH)


def test_every_template_has_the_text_in_it_once():
    names = [name for name in dir(templates) if name.isupper()]
    texts = [text for name in names for text in getattr(templates, name)]
    assert len(names) == 7
    assert all(text.count("{text}") == 1 for text in texts)
    assert len(set(texts)) == len(texts) > 50


def test_tatoebas_own_export_names_both_sentences():
    example = from_tatoeba_export("12\tLet us try it.\t34\t我們試試吧。", HERE)[0]
    assert isinstance(example, Example)
    assert example.attribution == "tatoeba.org #12 & #34"
    assert example.messages[1].content == "我们试试吧。"


def test_of_a_list_that_is_not_tatoebas_no_evidence_is_asked():
    line = "Don't beat around the bush.\t不要拐弯抹角。"
    assert isinstance(from_tatoeba_line(line, HERE)[0], Example)
    assert isinstance(from_tatoeba_line(line, Context(file="cmn.txt", number=1))[0], Reject)


def test_a_hub_row_and_a_table_row_are_read_alike():
    row = {"translation": {"en": "The door is open.", "zh": "门开着。"}}
    table = {"id": "7", "EN": "The door is open.", "zh_CN": "门开着。"}
    assert [x.messages for x in from_record(row, HERE)] == [x.messages for x in from_record(table, HERE)]


def test_text_from_the_web_must_agree_in_all_of_its_words():
    english, chinese = "The children are playing under the big tree.", "孩子们在大树底下唱着歌。"
    assert isinstance(from_tatoeba_line(f"{english}\t{chinese}", HERE)[0], Example)
    rejected = from_crawled({"english": english, "chinese": chinese}, HERE)[0]
    assert isinstance(rejected, Reject)
    assert rejected.reason == "unproven"
    accepted = from_crawled({"english": english, "chinese": "孩子们正在大树底下玩。"}, HERE)[0]
    assert isinstance(accepted, Example)
    assert accepted.kind == "crawled"


def test_what_is_in_traditional_characters_is_of_a_kind_of_its_own():
    traditional, simplified = "我們今天下午都在圖書館看書。", "我们今天下午都在图书馆看书。"
    line = "We were all reading in the library this afternoon.\t"
    assert [example.kind for example in pair(line + traditional)] == ["traditional", "traditional"]
    assert [example.kind for example in pair(line + simplified)] == ["sentence", "sentence"]
    repunctuated = traditional.replace("都", "，，都")
    assert [example.kind for example in pair(line + repunctuated, ORIGINAL)] == ["sentence", "sentence"]


def units(*pairs: tuple[str, str]) -> dict[str, object]:
    found = [{"id": f"Doc:{n}", "note": "https://example.org", "en": en, "zh": zh} for n, (en, zh) in enumerate(pairs)]
    return {"document": "Doc", "units": found}


STORY = (
    ("The rain stopped at noon.", "中午雨停了。"),
    ("We opened all the windows.", "我们打开了所有的窗户。"),
    ("The air smelled of wet grass.", "空气里有湿草的气味。"),
)


def test_units_of_one_document_are_joined_in_their_order():
    to_chinese, _ = from_tmx_run(units(*STORY), HERE)
    assert isinstance(to_chinese, Example)
    assert to_chinese.messages[1].content == "中午雨停了。我们打开了所有的窗户。空气里有湿草的气味。"
    assert (to_chinese.kind, to_chinese.document, to_chinese.section) == ("passage", "document:Doc", "Doc:0–Doc:2")
    assert to_chinese.attribution == "https://example.org"


def test_a_unit_that_is_refused_divides_the_passage():
    refused = ("Only twelve people came.", "只来了十五个人。")
    outcomes = from_tmx_run(units(*STORY[:2], refused, STORY[2]), HERE)
    english = [x for x in outcomes if x.dataset == "translation_zh2en"]
    assert [x.section if isinstance(x, Example) else x.reason for x in english] == [
        "Doc:0–Doc:1",
        "numbers_disagree",
        "Doc:3",
    ]


def test_a_quotation_over_two_units_is_whole_when_they_are_joined_and_refused_when_it_never_ends():
    opened, closed = ('"We are late," he said, "so run.', "“我们迟到了，”他说，“快跑。"), ('I am coming."', "我来了。”")
    assert isinstance(from_tmx_run(units(opened, closed), HERE)[0], Example)
    alone = from_tmx_run(units(opened, STORY[0]), HERE)[0]
    assert isinstance(alone, Reject)
    assert alone.reason == "unbalanced"


def test_phrases_in_alphabetical_order_are_a_list_and_stay_alone():
    phrases = [
        (f"{letter}sk for {n} stamps.", f"要{n}张邮票。") for n, letter in zip(range(3, 11), "ABCDEFGH", strict=True)
    ]
    examples = from_tmx_run(units(*phrases), HERE)
    assert {x.kind for x in examples if isinstance(x, Example)} == {"short"}
    assert len(examples) == 2 * len(phrases)


def test_an_article_is_joined_line_by_line_under_its_headline():
    block = "A Harvest Without Rain\t没有雨水的收成\nNAIROBI – Farmers are waiting for rain.\t内罗毕—农民在等雨。"
    example = from_article(block, HERE)[0]
    assert isinstance(example, Example)
    assert example.title == "A Harvest Without Rain"
    assert example.messages[1].content == "没有雨水的收成\n内罗毕—农民在等雨。"


def test_a_document_of_a_shared_task_takes_source_and_first_reference_whatever_their_order():
    def side(role, language, *texts):
        segments = [{"id": str(n), "paragraph": 1, "text": text} for n, text in enumerate(texts)]
        return {"role": role, "language": language, "translator": "", "segments": segments}

    english = [en for en, _ in STORY]
    sides = [side("src", "zh", *[zh for _, zh in STORY]), side("ref", "en", *english), side("ref", "en", "Other.")]
    example = from_wmt_document({"document": "d", "origin": "zh", "sides": sides}, HERE)[1]
    assert isinstance(example, Example)
    assert example.messages[1].content == " ".join(english)


def test_line_pairs_find_the_other_language_by_the_name_of_the_file():
    names = {c.path.name for c in chinese_lines(PurePosixPath("/data/train.en"))}
    assert {"train.zh", "train.zh_CN", "train.zh-CN"} <= names
    assert "UN.en-zh.zh" in {c.path.name for c in chinese_lines(PurePosixPath("UN.en-zh.en"))}
    assert "books.zh.txt" in {c.path.name for c in chinese_lines(PurePosixPath("books.en.txt"))}
    assert chinese_lines(PurePosixPath("train.zh")) == ()
    assert "UN.en-zh.ids" in {c.path.name for c in chinese_lines(PurePosixPath("UN.en-zh.en"))}
    assert chinese_lines(PurePosixPath("garden")) == ()


def test_an_sgm_source_names_its_reference():
    (companion,) = sgm_reference(PurePosixPath("/x/talks-zhen-src.zh.sgm"))
    assert companion.path == PurePosixPath("/x/talks-zhen-ref.en.sgm")
    assert sgm_reference(PurePosixPath("/x/talks-zhen-ref.en.sgm")) == ()


def test_a_line_separator_inside_a_line_does_not_move_the_lines_after_it(run, written, tmp_path):
    (tmp_path / "a.en").write_bytes(
        "One red\u2028apple is on the old table.\r\nThe dog sleeps under the tree all day.\r\n".encode()
    )
    (tmp_path / "a.zh").write_bytes("旧桌子上有一个红\u2028苹果。\r\n狗整天在树下睡觉。\r\n".encode())
    run("translation", "a.en", "--eval-share", "0")
    answers = [line["messages"][1]["content"] for line in written.lines("translation_en2zh.jsonl")]
    assert answers == ["旧桌子上有一个红苹果。", "狗整天在树下睡觉。"]


@pytest.mark.parametrize(
    "files",
    [
        {"newstest2019-src.eng.txt": "Rain is expected today.\n"},
        {"newstest2019-ref.zho-CN.txt": "预计今天有雨。\n"},
        {"wmttest2022.en-zh.src.en": "Rain is expected today.\n"},
        {"x.xml": '<dataset id="wmttest2022"><collection id="g"><doc id="a"/></collection></dataset>'},
        {
            "n-enzh-src.en.sgm": '<srcset setid="newstest2017" srclang="en"><doc docid="a"></doc></srcset>',
            "n-enzh-ref.zh.sgm": '<refset setid="newstest2017" trglang="zh"><doc docid="a"></doc></refset>',
        },
    ],
    ids=["ntrex", "its other side", "wmt", "xml", "sgm"],
)
def test_a_set_to_measure_with_is_refused_with_the_way_to_use_it(run, tmp_path, files):
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    ran = run("translation", next(iter(files)))
    assert ran.code == 2
    assert "never to train on: python -m converters evaluation" in ran.err


def test_of_a_folder_from_the_hub_only_the_training_split_is_read(run, written, tmp_path):
    for name, english in (("train", "The door is open."), ("test", "The dog sleeps."), ("validation", "I sing.")):
        table = pyarrow.table({"translation": [{"en": english, "zh": "好的。"}]})
        path = tmp_path / "wmt19" / "zh-en" / f"{name}-00000-of-00001.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(table, path)
    run("translation", "wmt19", "--eval-share", "0", "--cap", "short=1")
    assert [line["messages"][1]["content"] for line in written.lines("translation_zh2en.jsonl")] == [
        "The door is open."
    ]
    assert written.manifest("translation_zh2en")["ignored"] == {"a split to measure with": 2}


def test_lines_of_unequal_files_are_not_guessed_at(run, tmp_path):
    (tmp_path / "a.en").write_text("The door is open.\nThe dog sleeps.\n", "utf-8")
    (tmp_path / "a.zh").write_text("门开着。\n", "utf-8")
    ran = run("translation", "a.en")
    assert ran.code == 2
    assert "2 lines in a.en" in ran.err


def test_from_line_pair_takes_the_first_chinese_side_that_there_is():
    example = from_line_pair({"text": "The door is open.", "zh0": "", "zh1": "门开着。"}, HERE)[0]
    assert isinstance(example, Example)
    assert example.messages[1].content == "门开着。"


@pytest.mark.parametrize(
    ("ids", "document", "section"),
    [
        ("en/a/1.xml.gz\tzh/a/1.xml.gz\t3\t3 4", "document:en/a/1.xml", "3 / 3 4"),
        ("", "english:thedoorisopen", ""),
        ("3\t4", "english:thedoorisopen", ""),
    ],
)
def test_the_ids_of_opus_say_which_document_a_line_is_of(ids, document, section):
    example = from_line_pair({"text": "The door is open.", "zh0": "门开着。", "ids": ids}, HERE)[0]
    assert isinstance(example, Example)
    assert (example.document, example.section) == (document, section)
