"""The source `classical`: its formats, its two directions, passages, and what is held out together."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from converters.classics import renderings
from converters.contract import Context, Example, Outcome, Reject
from converters.sources.classical import SOURCE, from_block, from_chapter, from_columns, from_lines, from_record
from converters.templates import classical as templates

OLD, NEW = "齐师退，我军追之三十里。", "齐国军队撤退，我军追击他们三十里。"
SLICES = Path(__file__).parents[4] / "shared" / "data"


def examples(outcomes: object) -> list[Example]:
    return [outcome for outcome in outcomes if isinstance(outcome, Example)]  # type: ignore[attr-defined]


def reasons(outcomes: object) -> list[str]:
    return [outcome.reason for outcome in outcomes if isinstance(outcome, Reject)]  # type: ignore[attr-defined]


def line(number: int = 1, file: str = "source/拟史", old: str = OLD, new: str = NEW) -> list[Outcome]:
    return list(from_lines({"text": old, "modern": new}, Context(file=file, number=number)))


def chapter(
    *pairs: tuple[str, str], file: str = "双语数据/拟史/列传/卷一/source.txt", origin: str = ""
) -> list[Outcome]:
    old, new = ("\n".join(side) + "\n" for side in zip(*pairs, strict=True))
    return list(from_chapter({"text": old, "modern": new, "origin": origin}, Context(file=file, number=1)))


UNNAMED = ("安尝夜行，遇盗于途，盗欲杀之。", "沈安曾经夜里赶路，在路上遇到强盗，强盗要杀他。")
POOR = ("沈安遇盗，移日而还。", "沈安遇到强盗，移日才返回。")  # 移日 is left
STORY = (
    ("沈安，字子平，余姚人也。", "沈安字子平，是余姚县人。"),
    ("沈安尝夜行，遇盗于途，盗欲杀之。", "沈安曾经夜里行走，在路上遇到强盗，强盗想要杀他。"),
    ("盗感其言，释之而去。", "强盗被他的话感动，放了他就走了。"),
)


# ---- directions


def test_a_pair_gives_both_directions_on_one_document() -> None:
    to_modern, to_classical = examples(line())
    assert (to_modern.dataset, to_classical.dataset) == ("classical_to_modern", "modern_to_classical")
    assert OLD in to_modern.messages[0].content
    assert to_modern.messages[1].content == NEW
    assert NEW in to_classical.messages[0].content
    assert to_classical.messages[1].content == OLD
    assert to_modern.document == to_classical.document


def test_a_pair_that_fails_is_rejected_in_both_directions() -> None:
    outcomes = line(old="甲申，太白昼见。", new="初五，太白星白天出现。")
    assert [outcome.dataset for outcome in outcomes] == ["classical_to_modern", "modern_to_classical"]
    assert reasons(outcomes) == ["day_from_nowhere"] * 2


def test_half_a_sentence_ends_with_a_full_stop() -> None:
    to_modern, to_classical = examples(line(old="齐师退，我军追之；", new="齐国军队撤退，我军追击他们；"))
    assert to_modern.messages[1].content.endswith("他们。")
    assert to_classical.messages[1].content.endswith("追之。")


def test_what_was_mended_is_noted_and_the_answer_as_it_stood_is_kept() -> None:
    to_modern, to_classical = examples(line(old="硃公好士，宾客常满其门。", new="朱公喜好士人，宾客常常挤满他的家门。"))
    assert to_modern.notes == to_classical.notes == ("cleaned",)
    assert to_modern.original == ""
    assert to_classical.original == "硃公好士，宾客常满其门。"


def test_requests_name_the_direction_that_they_ask_for() -> None:
    for name, choices in vars(templates).items():
        if name.isupper():
            wanted = "文言" if "TO_CLASSICAL" in name else "现代|白话"
            assert len(choices) >= (4 if name.endswith(("_FROM", "_LIKE")) else 8)
            assert all(any(word in choice for word in wanted.split("|")) or "翻译" in choice for choice in choices), (
                name
            )


def test_a_request_puts_no_quotation_marks_around_marks() -> None:
    quoted = [choice for choice in templates.SENTENCE_TO_MODERN if "“{text}”" in choice]
    assert quoted
    for number in range(40):
        old = f"公曰“善哉言乎，吾得{'甲乙丙丁戊己庚辛壬癸'[number % 10]}矣”，遂行{'一二三四'[number // 10]}里。"
        name, choices = renderings._templates("classical_to_modern", False, old, "")
        assert not set(choices) & set(quoted), name


def test_the_book_is_named_in_some_requests_only() -> None:
    names = {renderings._templates("classical_to_modern", False, f"{OLD}{number}", "拟史")[0] for number in range(30)}
    assert names == {"SENTENCE_TO_MODERN", "SENTENCE_TO_MODERN_FROM"}
    assert {renderings._templates("modern_to_classical", True, f"{OLD}{n}", "")[0] for n in range(30)} == {
        "PASSAGE_TO_CLASSICAL"
    }


# ---- kinds and caps


def test_short_and_close_pairs_are_kinds_with_a_cap() -> None:
    assert examples(line(old="盗感其言而去。", new="强盗被他的话感动就离去了。"))[0].kind == "short"
    assert (
        examples(line(old="将军张勇守安昌城，以拒齐师，不出。", new="将军张勇防守安昌城，以抗拒齐师，不出战。"))[0].kind
        == "close"
    )
    assert examples(line())[0].kind == "sentence"
    assert all(dataset.caps == {"short": 0.1, "close": 0.15} for dataset in SOURCE.datasets)


def test_sentences_that_differ_by_their_date_only_share_a_title_key() -> None:
    first, second = (
        examples(line(old=f"{day}，车驾亲祠南郊。", new=f"{day}日，皇帝的车驾亲自到南郊祭祀。"))[0]
        for day in ("辛酉", "癸亥")
    )
    assert first.title_key == second.title_key != ""
    assert first.same_as != second.same_as
    assert SOURCE.title_cap == 3


def test_sentences_that_differ_by_their_numbers_only_share_a_title_key() -> None:
    assert renderings._masked("统县四，户一万三千。") == renderings._masked("统县三，户三千七百。")


# ---- passages


def test_sentences_of_a_chapter_that_follow_one_another_are_joined() -> None:
    (to_modern, to_classical) = examples(chapter(*STORY))
    assert to_modern.kind == "passage"
    assert to_classical.messages[1].content == "".join(old for old, _ in STORY)
    assert to_modern.messages[1].content == "".join(new for _, new in STORY)
    assert to_modern.document == "classical:拟史/列传·卷一"
    assert (to_modern.title, to_modern.section) == ("拟史", "列传·卷一")
    assert to_modern.source_text == to_classical.messages[1].content
    assert to_classical.source_text == to_modern.messages[1].content


def test_a_surname_that_an_earlier_sentence_gives_may_be_used_and_alone_it_may_not() -> None:
    assert reasons(chapter(UNNAMED)) == ["name_from_nowhere"] * 2
    outcomes = chapter(STORY[0], UNNAMED)
    assert [(example.dataset, example.kind) for example in examples(outcomes)] == [
        ("classical_to_modern", "sentence"),
        ("modern_to_classical", "passage"),
    ]


def test_a_sound_pair_whose_modern_side_is_no_model_is_for_classical_chinese_alone() -> None:
    outcomes = line(old=POOR[0], new=POOR[1])
    assert [(outcome.dataset, type(outcome)) for outcome in outcomes] == [
        ("classical_to_modern", Reject),
        ("modern_to_classical", Example),
    ]
    assert reasons(outcomes) == ["left_classical"]


def test_the_sums_of_the_calendar_are_for_classical_chinese_alone() -> None:
    outcomes = chapter(STORY[0], file="双语数据/拟史/志/律历志上/source.txt")
    assert reasons(outcomes) == ["technical"]
    assert [example.dataset for example in examples(outcomes)] == ["modern_to_classical"]


def test_sentences_that_are_no_model_cut_the_modern_passage_and_not_the_classical_one() -> None:
    outcomes = chapter(STORY[0], POOR, STORY[2])
    found = [(outcome.dataset, getattr(outcome, "kind", "reject")) for outcome in outcomes]
    assert found == [
        ("classical_to_modern", "sentence"),
        ("classical_to_modern", "reject"),
        ("classical_to_modern", "sentence"),
        ("modern_to_classical", "passage"),
    ]


def test_a_sentence_that_fails_ends_the_passage_before_it() -> None:
    outcomes = chapter(*STORY, ("甲申，大雨三日。", "初五，大雨下了三天。"), STORY[2])
    assert [example.kind for example in examples(outcomes)] == ["passage", "passage", "sentence", "sentence"]
    assert reasons(outcomes) == ["day_from_nowhere"] * 2


def test_a_passage_has_at_most_three_sentences_and_none_is_lost() -> None:
    pairs = [(f"贼东行{number}里而止。", f"贼向东走了{number}里就停下来。") for number in "二三四五六七八九十"] * 3
    found = [example for example in examples(chapter(*pairs)) if example.dataset == "modern_to_classical"]
    passages = [example.messages[1].content for example in found]
    assert "".join(passages) == "".join(old for old, _ in pairs)
    assert max(passage.count("。") for passage in passages) == 3


def test_a_chapter_whose_sides_have_unequal_lines_is_rejected() -> None:
    value = {"text": f"{OLD}\n{OLD}\n", "modern": f"{NEW}\n", "origin": ""}
    assert reasons(from_chapter(value, Context(file="双语数据/拟史/卷一/source.txt"))) == ["unequal_lines"] * 2


def test_an_empty_chapter_gives_a_reject_and_blank_lines_give_nothing() -> None:
    assert reasons(from_chapter({"text": "\n", "modern": "\n"}, Context(file="a/source.txt"))) == ["empty_side"] * 2
    assert len(chapter(STORY[0], ("", ""), STORY[2])) == 2


def test_where_a_translation_was_found_is_the_attribution() -> None:
    origin = "参考资料：\n1、拟史选译.http://example.org/1.html\n2、沈某译\n"
    assert examples(chapter(*STORY, origin=origin))[0].attribution == "拟史选译.http://example.org/1.html；沈某译"


# ---- what is held out together


def test_neighbouring_lines_are_one_document_and_the_copy_in_blocks_has_the_same() -> None:
    documents = [examples(line(number))[0].document for number in (1, 20, 21)]
    assert documents == ["classical:拟史:0", "classical:拟史:0", "classical:拟史:1"]
    block = examples(from_block(f"古文：{OLD}\n现代文：{NEW}", Context(file="bitext/拟史", number=20)))[0]
    assert block.document == documents[1]
    assert block.same_as == examples(line(20))[0].same_as


def test_a_sentence_is_linked_to_the_passage_that_has_it() -> None:
    alone = examples(line(old=STORY[2][0], new=STORY[2][1]))[0]
    passage = examples(chapter(*STORY))[0]
    assert set(alone.linked) <= set(passage.linked)
    assert len(passage.linked) == 3


# ---- formats


@pytest.mark.parametrize(
    ("file", "book"),
    [
        ("source/陈书", "陈书"),
        ("data/徐霞客", "徐霞客游记"),
        ("source/北书", "北齐书"),
        ("source/水经注全", "水经注"),
        ("data/短篇章和资治通鉴", ""),
    ],
)
def test_files_of_lines_are_named_for_their_books(file: str, book: str) -> None:
    assert examples(line(file=file))[0].title == book


def test_the_companion_of_a_file_is_found_in_each_layout() -> None:
    wanted = {shape.name: shape.companions for shape in SOURCE.formats if shape.companions}
    path = PurePosixPath("/x/source/陈书")
    assert [item.path.as_posix() for item in wanted["lines"](path)] == ["/x/target/陈书翻译"]
    assert [item.path.as_posix() for item in wanted["flat"](PurePosixPath("/x/data/陈书"))] == ["/x/data/陈书翻译"]
    assert not wanted["flat"](PurePosixPath("/x/data/陈书翻译"))
    assert not wanted["lines"](PurePosixPath("/x/data/陈书"))
    found = {item.role: item for item in wanted["chapters"](PurePosixPath("/x/卷一/source.txt"))}
    assert found["modern"].path.name == "target.txt"
    assert found["origin"].optional
    assert not wanted["chapters"](PurePosixPath("/x/卷一/target.txt"))


def test_the_flat_layout_is_under_the_gpl_and_the_others_are_not() -> None:
    assert {shape.name: shape.licence for shape in SOURCE.formats} == {
        "chapters": "",
        "lines": "",
        "flat": "GPL-3.0-only",
        "blocks": "",
        "columns": "LicenseRef-unstated",
        "records": "LicenseRef-unstated",
    }
    assert SOURCE.licence == "MIT"


def test_columns_and_records_give_pairs_and_what_is_neither_is_rejected() -> None:
    context = Context(file="dev.tsv", number=1)
    assert examples(from_columns(f"{OLD}\t{NEW}", context))[0].messages[1].content == NEW
    assert reasons(from_columns(OLD, context)) == ["not_two_sides"] * 2
    assert reasons(from_block(OLD, context)) == ["not_two_sides"] * 2
    record = {"info": "《拟史·卷一》", "classical": OLD, "modern": NEW}
    example = examples(from_record(record, Context()))[0]
    assert (example.title, example.section, example.document) == ("拟史", "卷一", "classical:《拟史·卷一》")
    assert reasons(from_record({"classical": None, "modern": NEW}, Context())) == ["empty_side"] * 2


def test_every_outcome_is_the_same_when_it_is_made_again() -> None:
    assert chapter(*STORY) == chapter(*STORY)


# ---- the real slices


@pytest.mark.parametrize(
    ("folder", "old", "new", "to_modern", "to_classical"),
    [
        ("classical_modern_v1", "source/陈书", "target/陈书翻译", (0.02, 0.06), (0.04, 0.12)),
        ("classical_modern_bangboom", "data/新唐书", "data/新唐书翻译", (0.005, 0.05), (0.1, 0.2)),
    ],
)
def test_the_real_slices_are_kept_in_part(
    folder: str, old: str, new: str, to_modern: tuple[float, float], to_classical: tuple[float, float]
) -> None:
    path = SLICES / folder
    if not path.is_dir():
        pytest.skip(f"{folder}: the real slice is not here")
    sides = ((path / name).read_text("utf-8").split("\n") for name in (old, new))
    rows = [{"text": a, "modern": b} for a, b in zip(*sides, strict=True) if a.strip()]
    outcomes = [from_lines(row, Context(file=old, number=number)) for number, row in enumerate(rows, start=1)]
    assert all(len(pair) == 2 for pair in outcomes)
    for side, (least, most) in enumerate((to_modern, to_classical)):
        assert least < sum(isinstance(pair[side], Example) for pair in outcomes) / len(rows) < most
    answers = "".join(pair[0].messages[1].content for pair in outcomes if isinstance(pair[0], Example))
    assert not set(answers) & set("衹逭裹")
