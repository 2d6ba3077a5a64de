from __future__ import annotations

import math
from pathlib import Path

import pytest

from ewc_plugin.metrics import poem, rhyme, tones, verse
from ewc_plugin.metrics.answers import Aids, Answers
from ewc_plugin.metrics.prosody import ProsodyError
from ewc_plugin.metrics.score import How

TABLE = str(Path(__file__).parents[3] / "dataset_info" / "prosody.json")
DENG = "白日依山尽，黄河入海流。\n欲穷千里目，更上一层楼。"
CHUNWANG = "国破山河在，城春草木深。\n感时花溅泪，恨别鸟惊心。\n烽火连三月，家书抵万金。\n白头搔更短，浑欲不胜簪。"
SWAPPED = "黄河入海流，白日依山尽。\n欲穷千里目，更上一层楼。"
SPRING = "春眠不觉晓，处处闻啼鸟。\n夜来风雨声，花落知多少。"
SAMEN = "小山重叠金明灭，鬓云欲度香腮雪。\n懒起画蛾眉，弄妆梳洗迟。\n照花前后镜，花面交相映。\n新帖绣罗襦，双双金鹧鸪。"


def values(measure, *items, question="请写一首诗。"):
    """items: (reference, answer) or (reference, answer, request)."""
    filled = [(*item, question)[:3] for item in items]
    turns = [[{"role": "user", "content": asked}] for *_, asked in filled]
    given = Answers([a for _, a, _ in filled], [r for r, *_ in filled], turns, aids=Aids(prosody=TABLE))
    return measure(given, How(resamples=10))


def value(measure, reference, answer, question="请写一首诗。"):
    return values(measure, (reference, answer, question)).items[0]


MEASURES = [
    verse.verse_form,
    verse.rhyme_pingshui,
    verse.rhyme_modern,
    verse.tonal_pattern,
    verse.repeated_characters,
]


# ---- what all have in common


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("reference", [DENG, CHUNWANG])
def test_the_reference_itself_is_right_and_an_empty_answer_is_worst(measure, reference):
    best, worst = (0, 1) if measure is verse.repeated_characters else (1, 0)
    assert value(measure, reference, reference) == best
    assert value(measure, reference, "") == worst


@pytest.mark.parametrize("measure", MEASURES[:4])
def test_an_answer_in_english_is_no_verse(measure):
    assert value(measure, DENG, "The white sun sets behind the hills.") == 0


@pytest.mark.parametrize("measure", MEASURES[1:4])
def test_the_signature_names_the_table(measure):
    assert len(values(measure, (DENG, DENG)).signature["table"]) == 12


@pytest.mark.parametrize("measure", MEASURES[1:4])
def test_without_a_table_the_error_says_how_to_write_one(measure):
    given = Answers([DENG], [DENG], [[{"role": "user", "content": "写诗"}]])
    with pytest.raises(ProsodyError, match="converters catalog"):
        measure(given, How())


@pytest.mark.parametrize("measure", MEASURES)
def test_which_items_apply_does_not_depend_on_the_answers(measure):
    # rows are compared item by item
    references = [DENG, CHUNWANG, SPRING, SAMEN, "闲坐说玄宗。"]
    found = [
        [math.isnan(item) for item in values(measure, *[(r, a) for r in references]).items]
        for a in ("", DENG, SAMEN, "为看听应思为看听应思，为看听应思为看听应思。", "hello")
    ]
    assert all(one == found[0] for one in found)


# ---- form


@pytest.mark.parametrize(
    ("answer", "share"),
    [
        (DENG.replace("\n", ""), 1),
        (DENG.replace("，", "\n").replace("。", ""), 1),
        ("《登鹳雀楼》\n" + DENG, 1),
        ("以下是一首五言绝句：\n\n" + DENG, 1),
        ("**登鹳雀楼：**\n" + DENG, 1),
        (DENG.replace("黄河", "滚滚黄河"), 3 / 4),
        (DENG[:12], 2 / 4),
        (DENG + "\n" + CHUNWANG, 4 / 12),
        ("抱歉，我没有办法写诗。", 0),
    ],
)
def test_lines_have_as_many_characters_as_those_of_the_reference(answer, share):
    assert value(verse.verse_form, DENG, answer) == share


def test_a_pause_and_quotation_marks_divide_no_verse():
    assert poem.poem_of("辽阳月、秣陵砧，“不传消息但传情”。").verses == ("辽阳月秣陵砧", "不传消息但传情")


def test_no_lines_at_all_are_right_nowhere():
    assert verse.form_kept(poem.NOTHING, poem.NOTHING) == 0


def test_how_many_answers_are_wholly_right_is_told_too():
    assert values(verse.verse_form, (DENG, DENG), (DENG, DENG[:12])).extra["whole"] == 0.5


def test_a_lyric_is_held_to_its_uneven_lines():
    assert value(verse.verse_form, SAMEN, SAMEN.replace("懒起画蛾眉", "懒起来画蛾眉")) == 7 / 8


# ---- what the request gives


@pytest.mark.parametrize(
    ("request_", "given"),
    [
        ("请续写这首诗的下一联：\n白日依山尽，黄河入海流。", "白日依山尽黄河入海流"),
        ("白日依山尽，黄河入海流。\n欲穷千里目，\n这一联的下句请你来写。", "白日依山尽黄河入海流欲穷千里目"),
        ("这首诗写到这里：\n白日依山尽，黄河入海流。\n下一句请你来写。", "白日依山尽黄河入海流"),
        ("写到这里：\n莫愁前路远，请向雁门行。\n白日依山尽，\n请接下句。", "莫愁前路远请向雁门行白日依山尽"),
        ("首句：白日依山尽\n请以此开头，作一首五言绝句。", ""),
        ("题目：登鹳雀楼\n体裁：五言绝句\n请按要求作诗。", ""),
        ("王之涣《登鹳雀楼》：“白日依山尽”，请接下句。", ""),
        ("以“白日依山尽”为首句，写一首五言绝句。", ""),
    ],
)
def test_lines_of_verse_in_the_request_are_known_from_what_asks(request_, given):
    assert "".join(poem.before(request_).verses) == given


def test_no_request_of_the_converters_is_taken_for_verse():
    from converters.templates import poetry

    fields = {"title": "春望", "tune": "菩萨蛮", "form": "五言绝句"}
    checked = 0
    for name in ("NEXT_COUPLET", "NEXT_SENTENCE", "SECOND_VERSE", "NEXT_OF_LYRIC", "NEXT_OF_TUNE", "NEXT_OF_ODE"):
        for template in getattr(poetry, name):
            asked = template.format(**fields | {"before": DENG})
            assert poem.before(asked) == poem.poem_of(DENG), asked
            checked += 1
    for name in ("TO_TITLE", "TO_TUNE", "TO_THEME", "TO_OPENING", "TO_TUNE_AND_OPENING", "TO_LYRIC", "WHOLE_POEM"):
        for template in getattr(poetry, name):
            asked = template.format(**fields, theme="送别", opening="白日依山尽", author="杜甫")
            assert not poem.before(asked).verses, asked
            checked += 1
    assert checked == 106


# ---- rhyme


def by_hand(*groups):
    return lambda character: frozenset(str(n) for n, group in enumerate(groups) if character in group)


@pytest.mark.parametrize(
    ("reference", "answer", "share"),
    [
        ("流楼秋舟", "流楼秋舟", 1),
        ("流楼秋舟", "楼流舟秋", 1),
        ("流楼秋舟", "流楼秋天", 3 / 4),
        ("流楼秋舟", "流楼天年", 2 / 4),
        ("流楼秋舟", "流天东霜", 0),
        ("流楼秋舟", "流流流流", 0),  # the same word is no rhyme
        ("流楼秋舟", "流楼流楼", 2 / 4),
        ("流楼秋舟", "流楼", 2 / 4),
        ("流楼天年", "天年流楼", 1),  # a change of rhyme, as in the reference
        ("流楼天年", "流楼秋舟", 1),
        ("流楼天年", "流天楼年", 0),
    ],
)
def test_rhyme_words_stand_where_the_reference_has_them(reference, answer, share):
    assert rhyme.kept(reference, answer, 0, by_hand("流楼秋舟", "天年", "东", "霜")) == share


@pytest.mark.parametrize(("answer", "share"), [("楼秋", 1), ("楼天", 1 / 2), ("天年", 0), ("流楼", 1 / 2), ("", 0)])
def test_what_goes_on_rhymes_with_what_went_before(answer, share):
    assert rhyme.kept("流舟秋", "流" + answer, 1, by_hand("流楼秋舟", "天年")) == share


def test_a_word_that_the_reference_says_twice_is_asked_for_once():
    book = by_hand("流楼秋舟")
    assert rhyme.kept("流楼流", "流楼秋", 0, book) == 1
    assert rhyme.kept("流流楼", "流舟天", 1, book) == 1


def test_the_rhyme_that_most_words_share_goes_first():
    assert rhyme.scheme("山间寒看", by_hand("山间", "间寒看")) == [[1, 2, 3]]


def test_a_reference_without_rhyme_asks_for_none():
    assert math.isnan(rhyme.kept("流天", "流楼", 0, by_hand("流楼", "天年")))


def test_a_character_of_two_readings_rhymes_by_either_but_not_by_both_at_once():
    book = by_hand("看寒", "看岸")
    assert rhyme.scheme("看寒岸", book) == [[0, 1]]


@pytest.mark.parametrize(
    ("ends", "pingshui", "today"), [("流楼", 1, 1), ("声风", 0, 1), ("来回", 1, 0), ("东山", 0, 0)]
)
def test_the_two_books_disagree_where_sounds_have_changed(ends, pingshui, today):
    answer = f"白日依山尽，黄河入海{ends[0]}。\n欲穷千里目，更上一层{ends[1]}。"
    assert value(verse.rhyme_pingshui, DENG, answer) == pingshui
    assert value(verse.rhyme_modern, DENG, answer) == today


def test_groups_that_lyrics_join_are_two_in_other_verse():
    lyric = "山上一夜东。\n天下夜来风。\n满地。"
    couplets = "白日依山尽，黄河入海东。\n欲穷千里目，更上一层风。"
    assert value(verse.rhyme_pingshui, couplets, couplets.replace("层风", "层冬")) == 0
    assert value(verse.rhyme_pingshui, lyric, lyric.replace("来风", "来冬")) == 1


def test_oblique_rhymes_are_rhymes():
    assert value(verse.rhyme_pingshui, SPRING, SPRING) == 1


def test_the_next_couplet_is_to_rhyme_with_the_lines_of_the_request():
    asked = "请续写这首诗的下一联：\n白日依山尽，黄河入海流。"
    assert value(verse.rhyme_pingshui, "欲穷千里目，更上一层楼。", "欲登高处望，却见一孤舟。", asked) == 1
    assert value(verse.rhyme_pingshui, "欲穷千里目，更上一层楼。", "欲登高处望，却见一孤山。", asked) == 0
    assert value(verse.rhyme_pingshui, "欲穷千里目，更上一层楼。", "欲登高处望，却见一江流。", asked) == 0


def test_the_second_verse_alone_is_to_rhyme_too():
    asked = "上句已有，请接出下句：\n白日依山尽，黄河入海流。\n欲穷千里目，"
    assert value(verse.rhyme_pingshui, "更上一层楼。", "天边一叶舟。", asked) == 1
    assert value(verse.rhyme_pingshui, "更上一层楼。", "天边一片云。", asked) == 0


def test_a_lyric_that_rhymes_within_its_sentences_is_held_to_that():
    # 灭 雪, 眉 迟, 镜 映, 襦 鸪: eight rhyme words, two by two
    assert value(verse.rhyme_pingshui, SAMEN, SAMEN) == 1
    assert value(verse.rhyme_pingshui, SAMEN, SAMEN.replace("双双金鹧鸪", "双双金鹧江")) == 6 / 8


def test_six_verses_of_seven_in_two_sentences_of_three_are_a_lyric():
    lyric = "一曲新词酒一杯，去年天气旧亭台，夕阳西下几时回。\n无可奈何花落去，似曾相识燕归来，小园香径独徘徊。"
    assert not poem.poem_of(lyric).is_couplets
    assert poem.poem_of(CHUNWANG).is_couplets


def test_a_lyric_rhymes_on_the_ends_of_its_sentences_in_the_wider_parts():
    lyric = "春风又绿江南岸。柳外谁家院。花落无人见。"
    assert value(verse.rhyme_pingshui, lyric, lyric) == 1
    assert value(verse.rhyme_pingshui, lyric, lyric.replace("院", "雨")) == 2 / 3


# ---- tones


def test_the_rules_of_a_quatrain_of_five_are_four_two_by_two_and_two():
    counted = [rule.name for rule in tones.rules(4, 5)]
    assert {name: counted.count(name) for name in tones.RULES} == {"alternation": 4, "opposition": 4, "adherence": 2}


def test_the_rules_of_an_octave_of_seven():
    counted = [rule.name for rule in tones.rules(8, 7)]
    assert {name: counted.count(name) for name in tones.RULES} == {"alternation": 16, "opposition": 12, "adherence": 9}


def spelled(verses):
    """Verses whose characters are their own tones."""
    return tones.judged(
        verses, len(verses), len(verses[0]), lambda character: character if character in "平仄多" else ""
    )


RIGHT = ("仄仄平平仄", "平平仄仄平", "平平平仄仄", "仄仄仄平平")


@pytest.mark.parametrize(
    ("verses", "broken"),
    [
        (RIGHT, {}),
        (("仄仄平仄仄", *RIGHT[1:]), {"alternation": 1, "opposition": 1}),
        ((RIGHT[0], "仄仄平平仄", *RIGHT[2:]), {"opposition": 2, "adherence": 2}),
        ((*RIGHT[:2], RIGHT[3], RIGHT[2]), {"adherence": 2}),
        (("仄多平多仄", *RIGHT[1:]), {}),
        (("仄?平平仄", *RIGHT[1:]), {"alternation": 1, "opposition": 1}),
        ((*RIGHT[:2], "平平仄平仄", RIGHT[3]), {}),  # 拗救
        (("仄仄平仄仄", "平平平仄平", *RIGHT[2:]), {}),  # 大拗
        (("仄多仄平仄", *RIGHT[1:]), {}),  # may be plain or mended
        ((*RIGHT[:2], "平平平平仄", RIGHT[3]), {"alternation": 1, "opposition": 1, "adherence": 1}),
        (("仄?平多仄", *RIGHT[1:]), {"alternation": 1, "opposition": 1}),
        (("平平仄平平", "仄仄仄平平", "仄仄平平仄", "平平仄仄平"), {"alternation": 1, "opposition": 1}),
        ((*RIGHT[:3], "仄仄仄平"), {"alternation": 1, "opposition": 2}),
        (RIGHT[:3], {}),
    ],
)
def test_each_rule_is_counted_where_it_is_broken(verses, broken):
    found = spelled(verses)
    assert {name: found[name, False] for name in tones.RULES if found[name, False]} == broken


def test_a_verse_that_is_missing_keeps_no_rule():
    kept = tones.judged(RIGHT[:2], 4, 5, lambda character: character)
    assert tones.share(kept) == 4 / 10


def test_where_nothing_is_decided_half_may_be_right():
    assert tones.share(spelled(("多多多多多",) * 4)) == 0.5


@pytest.mark.parametrize(
    ("verses", "regulated"),
    [
        (RIGHT, True),
        (("仄仄仄平平", *RIGHT[1:]), True),  # the first verse may rhyme
        ((*RIGHT[:2], "平平平仄平", RIGHT[3]), False),
        ((*RIGHT[:3], "仄仄平平仄"), False),
        ((*RIGHT[:2], RIGHT[3], RIGHT[2]), False),
        (RIGHT[:2], False),
        (RIGHT[:3], False),
        (tuple("平" + verse for verse in RIGHT), False),
        (("多多多多仄", "多多多多平") * 2, False),
        (("多仄多平仄", "多多多多平", "多多多多仄", "多多多多平"), False),  # one rule in ten proves nothing
    ],
)
def test_regulated_is_what_breaks_no_rule_and_ends_level_in_even_verses(verses, regulated):
    assert tones.is_regulated(verses, str) == regulated


def test_poems_that_are_not_regulated_are_left_out():
    score = values(verse.tonal_pattern, (CHUNWANG, SWAPPED), (SPRING, SPRING), (SAMEN, SAMEN), ("闲坐说玄宗。", "。"))
    assert [math.isnan(item) for item in score.items] == [False, True, True, True]
    assert score.extra["without"] == 3


def test_level_ends_that_do_not_rhyme_are_no_regulated_verse():
    score = values(verse.tonal_pattern, (DENG, DENG), (DENG.replace("楼", "山"), DENG))
    assert [math.isnan(item) for item in score.items] == [False, True]


def test_a_reference_of_which_no_place_is_decided_asks_for_nothing():
    asked = "上句已有，请接出下句：\n白日依山尽，黄河入海流。\n欲穷千里目，"
    score = values(verse.tonal_pattern, (DENG, DENG), ("只看人为楼。", "更上一层楼。", asked))
    assert [math.isnan(item) for item in score.items] == [False, True]


def test_lines_that_changed_places_break_opposition_and_adherence():
    score = values(verse.tonal_pattern, (DENG, "黄河入海流，欲穷千里目。\n白日依山尽，更上一层楼。"))
    assert score.items[0] < 0.8
    assert score.extra["alternation"] == 1
    assert score.extra["adherence"] == 0


def test_only_what_the_answer_added_is_judged():
    asked = "上句已有，请接出下句：\n白日依山尽，黄河入海流。\n欲穷千里目，"
    assert value(verse.tonal_pattern, "更上一层楼。", "更上一层楼。", asked) == 1
    assert value(verse.tonal_pattern, "更上一层楼。", "天明千里秋。", asked) < 0.5


# ---- repeated characters


@pytest.mark.parametrize(
    ("reference", "answer", "beyond"),
    [
        ("天地人。", "天天地。", 1 / 3),
        ("天天人。", "天天地。", 0),  # as many as the reference has
        ("天天人。", "天天天。", 1 / 3),
        ("天地人。", "日月星。", 0),
    ],
)
def test_characters_are_repeated_beyond_the_reference(reference, answer, beyond):
    assert value(verse.repeated_characters, reference, answer) == pytest.approx(beyond)


def test_an_empty_answer_is_worst_even_beside_a_reference_that_repeats():
    score = values(verse.repeated_characters, ("天天人。", ""))
    assert score.items == (1,)
    assert (score.extra["answers"], score.extra["references"]) == (1, pytest.approx(1 / 3))


def test_words_of_the_request_are_repeated_too():
    asked = "请续写这首诗的下一联：\n白日依山尽，黄河入海流。"
    reference = "欲穷千里目，更上一层楼。"
    assert value(verse.repeated_characters, reference, "白日依山尽，黄河入海流。", asked) == 1
    assert value(verse.repeated_characters, reference, "欲穷千里日，更上一层山。", asked) == pytest.approx(2 / 10)
