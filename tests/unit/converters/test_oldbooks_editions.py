"""Traces that the makers of a digital edition left in a history: notes in the text, characters chosen wrongly."""

from __future__ import annotations

import pytest

from converters.contract import Context, Reject
from converters.oldbooks import annals, editions, glean
from converters.sources import history

# written for these tests
PLAIN = "允恭至，召豪民诘之，豪民色变，叩头伏罪。"


@pytest.mark.parametrize(
    "note",
    [
        "案：《旧志》无此语。",
        "按《旧志》，在十年。",
        "《旧志》引作“二年”。",
        "下有阙文。",
        "今据改。",
        "原作“吴江”。",
        "疑脱，",
    ],
)
def test_a_note_of_an_editor_within_the_text_is_told(note):
    assert editions.fault(PLAIN) is None
    assert (editions.fault(PLAIN + note) or ("", ""))[0] == "note_in_text"


@pytest.mark.parametrize(
    "text",
    [
        "出为大籓，",
        "事涉僣越，",
        "硃氏，",
        "遇干之鼎，",
        "干为天，",
        "干隆三年，",
        "干元初，",
        "贷其家人，原代其死。",
        "兴宗因胃曰：",
        "项叛，",
        "诏褚氏第二十一人来。",
    ],
)
def test_a_character_that_a_conversion_or_a_scanner_chose_wrongly_is_told(text):
    assert (editions.fault(PLAIN + text) or ("", ""))[0] == "misconverted"


@pytest.mark.parametrize("text", ["党项叛，", "执干戈以卫之。", "原为吴江人。", "赐第一人，", "若干人，", "按兵不动。"])
def test_the_same_characters_in_their_own_right_are_sound(text):
    assert editions.fault(PLAIN + text) is None


def test_a_passage_with_such_a_trace_gives_no_row():
    sound = "迁南京户部主事，榷税浒墅关。故事，羡余皆入私橐，允恭独籍其数，悉上于官。商旅便之，立石于道，过者下马读之。"
    text = f"{sound}\n{sound.replace('官。', '籓。')}\n{sound}"
    chapter = annals.chapter(text, "古文原文/明史/列传/卷一/text.txt")
    assert not isinstance(chapter, tuple)
    assert len(history.passages(chapter, history.PUNCTUATED)) == 2


@pytest.mark.parametrize("book", ["旧五代史", "汉官六种", "南唐书", "明季北略"])
def test_books_that_are_half_apparatus_or_lack_quotation_marks_are_left_out(book):
    (first, _) = history.from_text({"text": PLAIN * 9}, Context(file=f"古文原文/{book}/卷一/text.txt"))
    assert isinstance(first, Reject)
    assert (first.reason, first.detail) == ("not_a_history", book)


def test_a_table_of_a_history_is_no_text():
    (first, _) = history.from_text({"text": PLAIN * 9}, Context(file="古文原文/辽史/表/卷八/text.txt"))
    assert isinstance(first, Reject)
    assert first.reason == "table"


@pytest.mark.parametrize(
    "opening", ["郎中胡琏，字重器，新喻人。", "韩宝元，撒拉尔回人。", "刘芳名，字孝五，汉军正白旗人。"]
)
def test_an_office_is_no_name_and_a_banner_no_home(opening):
    assert list(glean.questions(opening + PLAIN)) == []


def test_a_gesture_beside_the_name_is_no_part_of_it():
    talk = "光武曰：“欲何言？”众默然。宣叩头曰：“愿乞一言而死。”帝令小黄门持之，使宣叩头谢主，宣不从。"
    assert [one for one in glean.questions(talk) if one.kind == "speaker"] == []


def test_a_name_may_end_as_a_verb_with_its_object_does():
    talk = "弘曰：“谁任其罪？”敬之曰：“敬之请任之。”王子应之曰：“善哉敬之。”王子应之而去，弘乃止。"
    assert [one.values["person"] for one in glean.questions(talk) if one.kind == "speaker"] == ["敬之"]
