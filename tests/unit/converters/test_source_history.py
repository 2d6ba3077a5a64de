"""Histories: quotation marks put back, passages, punctuation as question and answer, questions word for word."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from converters.contract import Context, Example, Reject, Settings
from converters.oldbooks import annals, glean, punctuation
from converters.oldbooks.chapters import Chapter
from converters.oldbooks.prose import without_marks
from converters.reading.look import look
from converters.reading.places import Place
from converters.reading.recognition import recognise
from converters.sources import history

# written for these tests
LIFE = (
    "顾允恭，字汝敬，吴江人。万历中，举于乡，授建昌推官。郡有豪民杀人，赂吏以免，久不决。允恭至，召豪民诘之，曰： "
    "汝衣上血，何自来？ 豪民色变，曰： 昨屠豕耳。 允恭笑曰： 豕血安得溅于背？ 豪民叩头伏罪，一郡惊为神明。"
    "居官三年，狱无滞囚，郡人为立石以纪其事。"
)
DUTY = (
    "迁南京户部主事，榷税浒墅关。故事，羡余皆入私橐。允恭独籍其数，悉上于官，商旅便之。居三年，以母老乞归，里居二十载，"
    "足迹不至公府，乡人皆称之。卒年七十有四，葬于城南，郡人至今祠之。"
)
FILE = "古文原文/明史/列传/卷九十九/text.txt"


def outcomes(text: str, file: str = FILE, **settings) -> list[Example | Reject]:
    return list(history.from_text({"text": text}, Context(Settings(**settings), file)))


def examples(text: str, dataset: str, **settings) -> list[Example]:
    return [one for one in outcomes(text, **settings) if isinstance(one, Example) and one.dataset == dataset]


# ---- quotation marks


def test_blanks_after_a_colon_open_and_blanks_after_an_end_mark_close():
    assert annals.with_quotes("祝曰： 始谋者谁？ 王曰： 司空锜也。 ") == "祝曰：“始谋者谁？”王曰：“司空锜也。”"


def test_a_quotation_inside_a_quotation_is_single():
    line = "孔叔曰： 谚有之曰： 心则不竞，何惮于病。 既不能强，所以毙也。 公曰： 善。 "
    assert annals.with_quotes(line) == "孔叔曰：“谚有之曰：‘心则不竞，何惮于病。’既不能强，所以毙也。”公曰：“善。”"


def test_two_blanks_close_one_quotation_and_open_the_next():
    assert (
        annals.with_quotes("乃叹曰： 吾已矣夫！  文不在兹乎？ 于是去。") == "乃叹曰：“吾已矣夫！”“文不在兹乎？”于是去。"
    )


@pytest.mark.parametrize("line", ["所谓 疾雷破山而不震 者乎！", "公曰： 可。乃行。", "公乃行。 众从之。"])
def test_a_line_whose_blanks_do_not_tell_is_given_up(line):
    assert annals.with_quotes(line) == ""


def test_no_passage_is_cut_across_a_line_that_was_given_up():
    half = DUTY[: len(DUTY) // 2].rsplit("，", 1)[0] + "。"
    text = f"{half}\n所谓 疾雷破山而不震 者乎！\n{half}\n{DUTY}"
    found = annals.chapter(text, FILE)
    assert isinstance(found, Chapter)
    assert "paragraph_dropped" in found.notes
    assert all(half + half not in passage.replace("\n", "") for passage in history.passages(found))


# ---- chapters


def test_book_and_title_are_folders():
    assert annals.names("古文原文/史记/十二本纪/殷本纪/text.txt") == ("史记", "十二本纪·殷本纪")
    assert annals.names("raw/古文原文/明史/列传/卷一/text.txt") == ("明史", "列传·卷一")


def shape_of(tmp_path, text: str, name: str = "明史/卷九十九.txt") -> str:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    fit = recognise(history.SOURCE.formats, look(Place(path), name))
    return fit.format.name if fit else ""


def test_a_chapter_of_prose_is_known_by_what_stands_in_it(tmp_path):
    assert shape_of(tmp_path, f"{LIFE}\n{DUTY}") == "prose"


def test_what_lies_under_the_folder_of_originals_is_a_chapter_whatever_its_first_lines(tmp_path):
    sentences = LIFE.replace("。", "。\n")
    assert shape_of(tmp_path, sentences, f"raw/{FILE}") == "text"
    assert shape_of(tmp_path, sentences) == ""


@pytest.mark.parametrize(
    "text",
    [
        f"id,question,answer\n1,{LIFE},A\n2,{DUTY},B\n",  # CSV
        f"1\t{LIFE}\n2\t{DUTY}\n",
        f"{LIFE}\nA. 允恭\nB. 豪民\nC. 郡守\nD. 乡人\n",  # a question of an examination
        f"古文：{LIFE}\n现代文：{DUTY}\n",  # pairs
        f"<p>{LIFE}</p><br>{DUTY}",  # a page
        without_marks(LIFE + DUTY),
        "会议昨天在北京召开，代表们讨论了经济问题。他们认为，目前的情况已经好转，社会也会继续发展。\n" * 9,
        "话说那人听了，便笑道：“我不知道。”说着就走了。" * 9,
    ],
)
def test_questions_tables_pairs_pages_and_other_prose_are_no_chapter(tmp_path, text):
    assert shape_of(tmp_path, text) == ""


def test_where_a_text_was_found_is_its_attribution():
    value = {"text": f"{LIFE}\n{DUTY}", "origin": "来源：江渚文库\n"}
    found = history.from_text(value, Context(file=FILE))
    assert {one.attribution for one in found if isinstance(one, Example)} == {"来源：江渚文库"}
    assert annals.origin_of(PurePosixPath(FILE))[0].path.name == "数据来源.txt"
    assert annals.origin_of(PurePosixPath("明史/卷一.txt")) == []


def test_the_numbers_of_an_editor_are_no_text():
    found = annals.chapter(f"三、{LIFE}四、{DUTY}\n五、{DUTY}", FILE)
    assert isinstance(found, Chapter)
    assert found.text.startswith("顾允恭，字")
    assert "为神明。" in found.text
    assert not {"三、", "四、", "五、"} & {found.text[i : i + 2] for i in range(len(found.text))}


def test_a_text_whose_quotation_marks_cannot_be_put_back_says_so():
    lost = "".join(f"所谓 {name}事 者，{name}氏知之，不敢以告人也。" for name in "甲乙丙丁戊己庚辛")
    assert [one.reason for one in outcomes(lost)] == ["quotation_marks_lost"] * 2


@pytest.mark.parametrize(
    ("text", "file", "reason"),
    [
        (LIFE, "古文原文/本草纲目/卷一/text.txt", "not_a_history"),
        (LIFE[:40], FILE, "too_short"),
        (without_marks(LIFE + DUTY), FILE, "unpunctuated"),
        ("话说那人听了，便笑道：“我不知道。”说着就走了。" * 6, FILE, "not_classical"),
    ],
)
def test_an_unfit_text_says_why_in_both_datasets(text, file, reason):
    assert [(one.dataset, one.reason) for one in outcomes(text, file)] == [
        ("history_punctuate", reason),
        ("history_read", reason),
    ]


# ---- punctuation


def test_the_question_has_the_characters_of_the_answer_and_nothing_else():
    for example in examples(f"{LIFE}\n{DUTY}", "history_punctuate"):
        request, answer = (message.content for message in example.messages)
        assert punctuation.stripped(answer) in request
        assert not set("，。：“”") & set(punctuation.stripped(answer))


def test_an_answer_has_the_marks_of_the_edition():
    found = [one.messages[1].content for one in examples(f"{LIFE}\n{DUTY}", "history_punctuate") if one.kind == "marks"]
    assert any("允恭笑曰：“豕血安得溅于背？”豪民叩头伏罪" in answer for answer in found)


def test_slashes_stand_where_a_reader_pauses_and_not_in_an_enumeration():
    assert punctuation.slashes("出秦、楚，曰：“善！”《诗》云。") == "出秦楚/曰/善/诗云"


def test_a_passage_with_a_note_or_few_marks_is_passed_over():
    chapter = annals.chapter(f"{LIFE}\n{DUTY}", FILE)
    noted = annals.chapter(f"{LIFE}\n{DUTY.replace('私橐', '私（公）橐')}", FILE)
    assert len(history.passages(chapter)) == len(history.passages(noted)) + 1


def test_what_is_to_be_punctuated_is_shorter_than_what_is_to_be_read():
    written = [len(without_marks(one.messages[1].content)) for one in examples(f"{LIFE}\n{DUTY}", "history_punctuate")]
    chapter = annals.chapter(f"{LIFE}\n{DUTY}", FILE)
    assert isinstance(chapter, Chapter)
    assert 40 <= min(written) < 70 <= min(len(without_marks(passage)) for passage in history.passages(chapter))


def test_many_passages_are_thinned_evenly():
    text = "\n".join(DUTY.replace("三年", f"{number}年") for number in "一二三四五六七八九十" * 4)
    found = examples(text, "history_punctuate")
    assert len(found) == 12


def test_the_old_script_on_request():
    text = LIFE.replace("吴", "吳").replace("贿", "賄").replace("惊", "驚")
    *_, old = examples(text, "history_punctuate", script="original")
    *_, plain = examples(text, "history_punctuate")
    assert "驚为神明" in old.messages[1].content.replace("/", "")
    assert "惊为神明" in plain.messages[1].content.replace("/", "")
    assert "驚" in plain.original


def test_a_page_without_line_breaks_is_known_as_a_page(tmp_path):
    book = tmp_path / "青灯夜话"
    book.mkdir()
    (book / "0.html").write_text(DUTY * 2, encoding="utf-8")
    (book / "info.json").write_text('{"catalogues":["卷一 清吏"],"name":"青灯夜话"}', encoding="utf-8")
    fit = recognise(history.SOURCE.formats, look(Place(book / "0.html"), "0.html"))
    assert fit is not None
    assert fit.format.name == "novel"


def test_tales_of_chinese_novel_are_punctuated_and_novels_are_not():
    value = {"text": f"{DUTY}<br>{DUTY}", "info": '{"catalogues":["卷一 清吏"],"name":"青灯夜话"}'}
    found = history.from_page(value, Context(file="a/b/0.html"))
    assert {one.dataset for one in found} == {"history_punctuate"}
    assert all(isinstance(one, Example) and one.document == "novel:青灯夜话/0" for one in found)
    told = {"text": "话说那人听了，便笑道：“我不知道。”说着就走了。" * 6, "info": value["info"]}
    assert [one.reason for one in history.from_page(told, Context(file="a/b/0.html"))] == ["not_classical"]


# ---- reading


def who(passage: str) -> list[tuple[str, str, str]]:
    found = [question for question in glean.questions(passage) if question.kind == "who"]
    return [(one.values["person"], one.values["courtesy"], one.values["place"]) for one in found]


@pytest.mark.parametrize(
    ("passage", "expected"),
    [
        ("顾允恭，字汝敬，吴江人。", ("顾允恭", "汝敬", "吴江")),
        ("项籍者，下相人也，字羽。", ("项籍", "羽", "下相")),
        ("苏秦者，东周雒阳人也。", ("苏秦", "", "东周雒阳")),
    ],
)
def test_the_opening_of_a_life_tells_who_a_man_is(passage, expected):
    assert who(passage) == [expected]


@pytest.mark.parametrize(
    "passage",
    [
        "将葬，开棺示人，则空棺也。",
        "三人还射，伤中贵人。",
        "青衣十人，车辐十人。",
        "吕不韦者，阳翟大贾人也。",
        "侯康，字君谟，亦番禺人。",
        "允恭至，召吴江人问之。",
    ],
)
def test_what_only_looks_like_a_life_is_not_asked_about(passage):
    assert who(passage) == []


TALK = "吴王问计。伍员曰：“越不可赦。”太宰嚭曰：“赦之可也。”吴王从太宰嚭，太宰嚭受金于越，伍员知之，伍员乃退。"


def test_a_speaker_is_asked_for_when_he_is_named_before_his_words_and_again():
    (question,) = [one for one in glean.questions(TALK) if one.kind == "speaker"]
    assert (question.values["person"], question.values["quote"]) in {
        ("伍员", "越不可赦"),
        ("太宰嚭", "赦之可也"),
    }
    assert question.values["said"] == question.values["quote"] + "。"


@pytest.mark.parametrize(
    "passage",
    [
        "吴王问计。伍员曰：“越不可赦。”伍员乃退。",
        "伍举佯曰：“越不可赦。”王子笑曰：“何也？”伍举退，王子不言。",
        "伍举更曰：“越不可赦。”王怒曰：“何也？”伍举退，王更不言。",
        "伍员对曰：“越不可赦。”吴王叹曰：“然。”伍员对吴王如此。",
    ],
)
def test_no_question_where_one_speaks_alone_or_a_verb_stands_by_the_name(passage):
    assert [one for one in glean.questions(passage) if one.kind == "speaker"] == []


def test_an_answer_stands_word_for_word_in_the_passage():
    (example,) = examples(LIFE, "history_read")
    request, answer = (message.content for message in example.messages)
    assert "顾允恭" in request
    assert "吴江" in answer
    assert "汝敬" in answer
    assert "顾允恭，字汝敬，吴江人" in request
