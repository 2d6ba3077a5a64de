"""How much of an answer stands in its passage: each measure against a slower count, and what is equal in writing."""

from __future__ import annotations

import itertools
import re

import pytest
from expansion_cases import CASES, PASSAGES, passage
from hypothesis import given, settings
from hypothesis import strategies as st

from converters.expansion.contract import Passage
from converters.expansion.grounding import fold, grounding, stands
from converters.expansion.words import GLUE, GRAMMAR, SINGLE
from converters.text import HAN

ROAD = PASSAGES["tea"]
DATES = passage(
    "纪年",
    "１９４９年10月1日，全国约有３万人，占百分之五；路长三千八百多公里，面积1,234.5平方公里。一九七八年十二月开会。20世纪30年代有"
    "298,000件，重三分之一吨。从1937年到1945年打了仗。他住在北纬30度，走了3个月。第二届有5.5%。一千多万亩。",
)


def missing_numbers(answer: str, of: Passage = DATES, question: str = "") -> tuple[str, ...]:
    return grounding(answer, of, question).missing_numbers


def missing_names(answer: str, text: str, title: str = "", question: str = "") -> tuple[str, ...]:
    return grounding(answer, passage(title, text), question).missing_names


# ---- words


def slow_ngrams(answer: str, text: str, question: str) -> float:
    """The same share, pair by pair, with lists and no sets."""
    grammar = [word[at : at + 2] for word in (*GRAMMAR, *GLUE) for at in range(len(word) - 1)]
    answer, text, question = fold(answer), fold(text), fold(question)
    found = lost = 0
    for run in re.findall(f"[{HAN}]+", re.sub(r"[\d〇零一二两三四五六七八九十百千万亿][\d.,]*", " ", answer)):
        pairs = [run[at : at + 2] for at in range(len(run) - 1)]
        for at, pair in enumerate(pairs):
            if pair in question or pair in grammar or any(character in SINGLE for character in pair):
                continue
            beside = [pairs[other] for other in (at - 1, at + 1) if 0 <= other < len(pairs)]
            known = [
                (other in text and not any(character in SINGLE for character in other))
                or other in grammar
                or other in question
                for other in beside
            ]
            if pair in text:
                found += 1
            elif not (len(beside) == 2 and all(known)):
                lost += 1
    return found / (found + lost) if found + lost else 1.0


PLAIN = [
    case for case in CASES if not case.item.turns and not re.search("[A-Za-z0-9〇一-九十百千万亿]", case.item.answer)
]


@pytest.mark.parametrize("case", PLAIN, ids=lambda case: case.item.answer[:12])
def test_the_share_of_ngrams_is_that_of_a_slow_count(case):
    known = PASSAGES[case.passage]
    slow = slow_ngrams(case.item.answer, f"{known.title}\n{known.text}", case.item.question)
    assert grounding(case.item.answer, known, case.item.question).ngrams == pytest.approx(slow)


def test_there_are_answers_to_compare():
    assert len(PLAIN) > 30


def test_words_of_grammar_and_of_the_question_are_not_counted():
    asked = "茶马古道为什么在一九四二年以后又重要起来？"
    measured = grounding("因为这个，所以它后来又重要起来了。", ROAD, asked)
    assert (measured.ngrams, measured.weighed[0]) == (1.0, 0)


def test_an_unknown_pair_that_joins_two_known_words_is_not_counted():
    # 云南 and 普洱茶 stand in the passage, 南普 does not
    assert grounding("云南普洱茶", ROAD).ngrams == 1.0
    assert grounding("云南绿茶", ROAD).missing_ngrams == ("南绿", "绿茶")


def test_both_scripts_are_one():
    assert grounding("馬幫把雲南的普洱茶馱進西藏。", ROAD).ngrams == 1.0
    assert grounding("馬可·波羅", passage("", "马可•波罗到过这里。")).names == 1.0


def test_a_word_of_latin_script_is_whole():
    known = passage("", "青霉素叫作penicillin。")
    assert grounding("Penicillin", known).ngrams == 1.0
    assert grounding("penicill", known).missing_ngrams == ("penicill",)


# ---- copies


def slow_run(answer: str, text: str) -> float:
    letters, known = (re.sub(r"[\W_]+", "", fold(each)) for each in (answer, text))
    runs = (letters[start:end] for start, end in itertools.combinations(range(len(letters) + 1), 2))
    longest = max((len(run) for run in runs if len(run) > 1 and run in known), default=0)
    return longest / len(letters) if letters else 0.0


@given(st.text("马帮把茶驮进西藏，。甲乙丙", max_size=40), st.text("马帮把茶驮进西藏，。甲乙丙", max_size=80))
@settings(max_examples=200, deadline=None)
def test_the_longest_run_is_that_of_all_runs(answer, text):
    assert grounding(answer, passage("", text)).copied == pytest.approx(slow_run(answer, text))


# ---- numbers and dates


@pytest.mark.parametrize(
    "said",
    [
        "一九四九年十月一日",
        "二十世纪三十年代",
        "1930年代",
        "30,000人",
        "三万人",
        "5％",
        "5.5%",
        "百分之五点五",
        "3800公里",
        "超过3800千米",
        "1234.5平方千米",
        "近30万件",
        "约30万件",
        "1/3吨",
        "历时八年",
        "第2届",
        "三个月",
        "一千多万亩",
        "1000多万亩",
        "20世纪",
        "45年",
    ],
)
def test_a_number_is_the_same_however_it_is_written(said):
    assert missing_numbers(said) == ()


@pytest.mark.parametrize(
    "said",
    [
        "1948年",
        "二〇二三年",
        "1949年1月",
        "10日",
        "3800米",
        "3.8万人",
        "20世纪50年代",
        "19世纪",
        "约20万件",
        "6%",
        "四分之一",
        "历时九年",
        "三千多万亩",
        "12个人",
        "1250平方公里",
        "第三届",
    ],
)
def test_another_number_another_unit_another_part_of_a_date_is_missing(said):
    assert len(missing_numbers(said)) == 1


@pytest.mark.parametrize(
    "said",
    [
        "十分重要",
        "几十年",
        "数百人",
        "一两年",
        "三四十岁",
        "百分之百",
        "三番五次",
        "成千上万的人",
        "五四运动",
        "一些人",
        "两种办法",
        "五六个人",
        "千万不要",
        "第一，快；第二，省。",
        "1. 快\n2. 省",
    ],
)
def test_words_with_numerals_and_marks_of_points_state_no_number(said):
    assert missing_numbers(said, passage("", "没有数字。")) == ()


def test_a_count_of_what_the_answer_lists_need_not_be_told():
    assert missing_numbers("有四种：甲、乙、丙和丁。", passage("", "有甲、乙、丙、丁。")) == ()
    assert missing_numbers("有四种颜色。", passage("", "有红、黄、蓝。")) == ("四",)


def test_a_number_may_be_that_of_the_question_or_of_an_equation_that_holds():
    assert missing_numbers("2024年还没有。", question="2024年有了吗？") == ()
    assert missing_numbers("1945-1937=8，打了8年。") == ()
    assert missing_numbers("1945-1937=9，打了9年。") != ()
    assert missing_numbers("1945-1936=9，打了9年。") != ()


@given(st.integers(1, 99_999_999))
@settings(max_examples=300, deadline=None)
def test_a_number_in_chinese_numerals_is_the_number_in_digits(number):
    assert missing_numbers(f"有{number}人", passage("", f"有{in_chinese(number)}人")) == ()


def in_chinese(number: int) -> str:
    """Written digit by digit, each with its unit; 10 to 19 without the first 一."""
    digits, units = "零一二三四五六七八九", ("", "十", "百", "千")
    parts = []
    for part, unit in ((number // 10_000, "万"), (number % 10_000, "")):
        if part:
            written = "".join(
                digits[int(digit)] + (units[3 - place] if digit != "0" else "")
                for place, digit in enumerate(f"{part:04d}")
            )
            parts.append(re.sub("零+", "零", written).rstrip("零").lstrip("" if parts else "零") + unit)
    return re.sub("^一十", "十", "".join(parts))


# ---- names

TOLD = "英国人弗莱明与恩斯特·钱恩在牛津大学工作，读过《自然》。湖南的美军到过唐代的长安西部，有甲烷、乙醇、丙酮。"


@pytest.mark.parametrize(
    "said",
    [
        "《自然》",
        "“甲烷”",
        "钱恩",
        "恩斯特・钱恩",
        "湖南省",
        "美国的军队",
        "唐朝",
        "牛津大学的教授弗莱明",
        "长安的西边",
        "甲烷、乙醇和丙酮。",
        "高兴的城市、方便的县城，各省都有，这所大学也是。",
    ],
)
def test_a_name_is_the_same_in_another_form(said):
    assert missing_names(said, TOLD) == ()


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("《科学》", "《科学》"),
        ("称为“霉王”。", "“霉王”"),
        ("卡尔·钱恩", "卡尔·钱恩"),
        ("他住在湖北省。", "湖北"),
        ("德国的军队", "德国"),
        ("到了宋朝", "宋代"),
        ("在剑桥大学工作", "剑桥大学"),
        ("由作家王小明写成", "王小明"),
        ("师从李普曼。", "李普曼"),
        ("长安的东部", "东部"),
        ("有甲烷、乙醇和石墨。", "石墨"),
        ("唐太宗来过", "太宗"),
        ("写了DNA", "dna"),
    ],
)
def test_a_name_from_elsewhere_is_missing(said, name):
    assert name in missing_names(said, TOLD)


def test_a_name_may_stand_in_the_title_or_in_the_question():
    assert missing_names("《科学》", TOLD, title="科学") == ()
    assert missing_names("《科学》", TOLD, question="《科学》是什么？") == ()


# ---- quotations


def test_a_quotation_stands_whatever_its_marks_its_script_and_what_it_leaves_out():
    known = passage("", "郑人有欲买履者，先自度其足，而置之其坐。")
    assert stands("鄭人有欲買履者……而置之其坐", known)
    assert not stands("郑人有欲卖履者", known)
    assert not stands("……", known)
