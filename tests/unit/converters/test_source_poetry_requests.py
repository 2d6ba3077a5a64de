from __future__ import annotations

import re
from itertools import product

import pytest

from converters.contract import Context, Example, Reject, Settings
from converters.sources.poetry.compose import COMPOSE, THEME, composed
from converters.sources.poetry.explain import EXPLAIN, explained, retold
from converters.sources.poetry.onward import NEXT, continued
from converters.sources.poetry.poem import Poem, Text, read
from converters.sources.poetry.recite import RECITE, of_chapter, of_primer, recited
from converters.templates import poetry as words

CONTEXT = Context(Settings())
# written for these tests
FOUR = ["春風開綠樹，細雨潤紅花。", "獨坐聽啼鳥，閒來問酒家。"]
LYRIC = [
    "小院深深落照斜。",
    "一帘疏雨湿桐花。",
    "薄寒微醉不思家。",
    "燕子不知春已老，衔泥犹绕旧窗纱。",
    "阑干倚遍数归鸦。",
]
ODE = ["采菱采菱，于水之滨。彼其之子，不我相亲。", "采菱采菱，于水之央。彼其之子，不我相将。", "日之夕矣，牛羊在冈。"]
TITLES = ["春日", "山居", "江上", "秋夜", "送友人", "寄遠", "古寺", "春雪", "野步", "晚晴"]


def poem(lines=FOUR, title="春日", author="某人", genre="poem", **more) -> Poem:
    found = read(Text(lines, title, author, genre, **more), CONTEXT, None)
    assert isinstance(found, Poem)
    return found


def variants():
    """Poems that differ in one character each, so that their hashes choose differently."""
    return [
        [line.replace("春", first).replace("問", last) for line in FOUR]
        for first, last in product("春東和清涼", "問尋望")
    ]


def asked(example: Example) -> str:
    return example.messages[0].content


def test_every_poem_answers_one_request_to_its_title_or_from_its_opening():
    made = [composed(poem(lines)) for lines in variants()]
    assert {example.dataset for example in made} == {COMPOSE, THEME}
    for example in made:
        assert "五言绝句" in asked(example)
        assert ("春日" in asked(example)) == (example.dataset == COMPOSE)
        assert example.messages[1].content.count("\n") == 1


@pytest.mark.parametrize("title", ["失題", "詩", "聞館中宣賜賞雪賦詩之會書五十六字呈秘閣侍郎", "次韻子瞻", "寄□君", ""])
def test_a_poem_whose_title_nobody_would_ask_for_is_asked_for_by_its_opening(title):
    for lines in variants():
        example = composed(poem(lines, title=title))
        assert example.dataset == THEME
        assert example.messages[1].content.split("，")[0] in asked(example)


def test_a_theme_comes_from_tags_that_name_one():
    for lines in variants():
        example = composed(poem(lines, title="失題", tags=["唐诗三百首", "小学古诗", "送别", "写景", "长江"]))
        assert "送别" in asked(example)
        assert "小学" not in asked(example)
        assert "长江" not in asked(example)


def test_a_lyric_is_asked_for_by_a_tune_that_its_lengths_confirm():
    for first in ("小院", "深院", "寒院", "旧院", "空院", "芳院", "荒院", "西院"):
        lines = [LYRIC[0].replace("小院", first), *LYRIC[1:]]
        assert "浣溪沙" in asked(composed(poem(lines, title="", genre="lyric", tune="浣溪沙")))


def test_a_lyric_of_a_tune_that_is_not_confirmed_is_asked_for_without_its_name():
    example = composed(poem(LYRIC, title="", genre="lyric", tune="满江红"))
    assert example.dataset == THEME
    assert "满江红" not in asked(example)
    assert "小院深深落照斜" in asked(example)


def test_a_lyric_that_does_not_rhyme_is_rejected():
    lines = [*LYRIC[:2], "薄寒微醉不思眠。", "燕子不知春已老，衔泥犹绕旧窗台。", "阑干倚遍数归舟。"]
    assert composed(poem(lines, title="", genre="lyric", tune="浣溪沙")) == Reject(
        COMPOSE, "unrhymed_lyric", f"浣溪沙: {''.join(lines)[:40]}"
    )


def test_nobody_asks_for_more_than_forty_verses():
    assert composed(poem(FOUR * 10)).dataset in (COMPOSE, THEME)
    assert composed(poem(FOUR * 11)).reason == "too_long"


def test_hymns_and_chants_are_of_a_kind_that_is_capped():
    assert composed(poem(title="郊廟歌辭 祀天樂章 迎神")).kind == "ritual"
    assert composed(poem(title="偈頌  其三")).kind == "chant"
    assert composed(poem()).kind == "poem"


def test_an_opening_of_two_characters_takes_the_next_verse_with_it():
    lines = ["海宇，称庆。", *LYRIC]
    assert "“海宇，称庆”" in asked(composed(poem(lines, title="", genre="lyric", tune="某调"))).replace(
        "首句：海宇，称庆", "“海宇，称庆”"
    )


# ---- the next line


def shown(example: Example) -> str:
    return "".join(line for line in asked(example).split("\n") if re.search("[，。]$", line) and "：" not in line)


def test_the_next_line_follows_the_lines_that_were_shown():
    whole = "".join(poem(FOUR).lines)
    for title in TITLES:
        example = continued(poem(title=title))
        assert shown(example) + example.messages[1].content in whole


def test_the_second_verse_is_asked_for_after_a_whole_couplet():
    asked_for = [continued(poem(lines)) for lines in variants()]
    halves = [example for example in asked_for if example.template.startswith("poetry.SECOND_VERSE")]
    assert halves
    assert all(len(example.messages[1].content) == 6 for example in halves)
    assert all(shown(example).count("，") == 2 for example in halves)


def test_the_same_question_from_two_printings_of_a_poem_has_one_key():
    other = continued(poem([line.replace("，", "！") for line in FOUR], title="無題", author="別人"))
    assert other.same_as == continued(poem()).same_as
    assert other.same_as != continued(poem(variants()[-1])).same_as


def test_a_refrain_is_never_asked_for():
    for first in "采掇蒸濯":
        lines = [line.replace("采", first) for line in [*ODE[:1], *ODE[:1], ODE[2]]]
        example = continued(poem(lines, title="采菱", author="", genre="ode"))
        assert example.messages[1].content not in shown(example)


def test_an_answer_of_three_characters_teaches_nothing():
    short = poem(["小院深深落照斜。", "风影定。", "深院静。", "人初醒。"], title="", genre="lyric", tune="某调")
    assert continued(short).reason == "too_short"


# ---- by heart


def test_only_what_schools_learn_is_recited():
    assert recited(poem()) is None
    assert isinstance(recited(poem(known=True)), Example)


def test_a_poem_of_a_series_is_asked_for_with_its_first_verse():
    wholes = [recited(poem(lines, title="春日二首 其一", known=True)) for lines in variants()]
    wholes = [example for example in wholes if "\n" in example.messages[1].content]
    assert wholes
    assert all(example.messages[1].content.split("，")[0] in asked(example) for example in wholes)


def test_a_line_that_stands_twice_has_no_one_answer():
    twice = ["采菱采菱，于水之滨。", "采菱采菱，于水之央。"]
    example = recited(
        poem(
            [*twice, *["登彼高冈，言采其薇。"] * 12, "日之夕矣，牛羊在冈。"],
            title="采菱",
            author="",
            genre="ode",
            known=True,
        )
    )
    assert {asked(example).count("日之夕矣"), asked(example).count("牛羊在冈")} == {0, 1}


def test_a_primer_gives_no_more_than_a_dozen_lines_and_only_even_ones():
    lines = [
        f"山高水{end}，日暖風{other}。"
        for end, other in zip("遠近深淺清濁緩急長短寬窄明暗", "清和柔輕微細涼溫香甜新舊早晚", strict=True)
    ]
    made = of_primer("千字文", "某人", [*lines, "云對雨，雪對風，晚照對晴空。"], CONTEXT)
    assert len(made) == 12
    assert all("云对雨" not in asked(example) for example in made)
    assert {example.document for example in made} == {"book:千字文"}


CHAPTERS = [
    "子曰：“读书而不疑，犹登山而不见其高也；疑而不问，犹临渊也。”",
    "子曰：“读书而不疑，不如无书；书不可尽信也。”",
    "曰：“何谓也？”",
    "子曰：“往者不可追也。",
]


def test_a_chapter_is_asked_for_by_words_that_no_other_begins_with():
    example = of_chapter("问学篇", 0, CHAPTERS, CONTEXT)
    assert "子曰：读书而不疑，犹登山而不见其高也" in asked(example)
    assert of_chapter("问学篇", 1, CHAPTERS, CONTEXT).messages[1].content == CHAPTERS[1]
    assert "不如无书" in asked(of_chapter("问学篇", 1, CHAPTERS, CONTEXT))
    assert "《论语·问学》" in asked(of_chapter("问学篇", 1, CHAPTERS, CONTEXT))


def test_a_turn_of_a_dialogue_and_a_broken_quotation_are_no_chapters():
    assert of_chapter("问学篇", 2, CHAPTERS, CONTEXT).reason == "turn_of_a_dialogue"
    assert of_chapter("问学篇", 3, CHAPTERS, CONTEXT).reason == "unbalanced_quotes"


TALK = ["某丑问曰：“人可以不学乎？”", "孟子曰：“不可。水可以无源乎？”", "曰：“敢问其次。”", "孟子曰：“其次在勤。”"]


def test_of_孟子_only_a_saying_that_answers_nobody_and_that_nobody_answers_is_a_chapter():
    assert of_chapter("告子上", 1, TALK, CONTEXT).reason == "turn_of_a_dialogue"
    assert of_chapter("告子上", 1, ["某丑退。", *TALK[1:]], CONTEXT).reason == "turn_of_a_dialogue"
    assert of_chapter("告子上", 1, TALK[:2], CONTEXT).reason == "turn_of_a_dialogue"
    assert of_chapter("告子上", 1, ["某子曰：“学犹水也。”", *TALK[1:2]], CONTEXT).reason == "turn_of_a_dialogue"
    assert "水可以无源" in of_chapter("告子上", 0, TALK[1:2], CONTEXT).messages[1].content
    alone = ["孟子曰：“水可以无源乎？”", "孟子曰：“学如掘井，不及泉则弃井也。”"]
    assert "不及泉" in of_chapter("告子上", 1, alone, CONTEXT).messages[1].content


def test_a_chapter_longer_than_anybody_recites_is_rejected():
    long = "子曰：“" + "读书而不疑，犹登山。" * 15 + "”"
    assert of_chapter("问学篇", 0, [long], CONTEXT).reason == "too_long"


# ---- explained

NOTES = [
    "1.落照--落照：夕阳的余光。",
    "2.桐花--清明前后开的花。一作“梨花”。",
    "3.归鸦--一作“栖鸦”。",
    "4.江楼--江边的楼。",
]


def lyric() -> Poem:
    return poem(LYRIC, title="", genre="lyric", tune="浣溪沙")


def test_words_of_the_lyric_are_explained_and_collation_is_not():
    example = explained(lyric(), NOTES)
    assert example.messages[1].content == "落照：夕阳的余光。\n桐花：清明前后开的花。"
    assert "“落照”、“桐花”" in asked(example)
    assert all(line in asked(example) for line in LYRIC)
    assert example.licence == "MIT AND LicenseRef-unstated"


def test_a_note_on_the_words_that_follow_is_filed_under_them():
    assert "\n阑干：栏杆" in explained(lyric(), [*NOTES, "倚遍--阑干：栏杆，用竹木做成。"]).messages[1].content


@pytest.mark.parametrize(
    "gloss",
    [
        *("欢l青之处所在", "见《西湖志》：“楼在江", "□边的花木所在", "这句意思是太阳落了", "落照", "（）的样子所在"),
        *("头上所属物", "用桐木做成。锦襜--马鞍垫"),
    ],
)
def test_a_gloss_with_a_hole_a_stray_letter_or_half_a_quotation_is_left_out(gloss):
    made = explained(lyric(), [*NOTES[:2], f"薄寒--{gloss}"])
    assert "薄寒" not in made.messages[1].content or gloss == "落照"


def test_a_misprint_is_mended_and_what_refers_to_another_page_is_cut():
    made = explained(lyric(), [*NOTES[:2], "薄寒--感到凑 凉。参见卷第二某人《某词》注。"])
    assert made.messages[1].content.endswith("薄寒：感到凄凉。")
    tree = poem(["桄榔叶暗蓼花红。", *LYRIC[1:]], title="", genre="lyric", tune="浣溪沙")
    assert "桄榔：树名。" in explained(tree, [*NOTES, "5.桃榔--树名。"]).messages[1].content


def test_one_gloss_is_not_enough_and_none_is_another_reason():
    assert explained(lyric(), NOTES[:1]).reason == "few_glosses"
    assert explained(lyric(), ["", " "]).reason == "no_glosses"


RETELLING = "这首诗写春天的景色。春风吹绿了树木，细雨滋润着红花，诗人独自坐着听鸟叫，闲了就去问问自已的酒家。"


def test_a_retelling_is_the_answer_with_its_typing_slip_mended():
    example = retold(poem(), RETELLING.replace("。春风", "。　　春风"))
    assert example.dataset == EXPLAIN
    assert example.messages[1].content == RETELLING.replace("自已", "自己")


def test_brackets_of_a_retelling_are_those_of_chinese_print():
    assert "细雨（春雨）滋润" in retold(poem(), RETELLING.replace("细雨", "细雨(春雨)")).messages[1].content


@pytest.mark.parametrize(
    ("prose", "reason"),
    [
        ("", "no_retelling"),
        (RETELLING[:20], "retelling_cut"),
        (RETELLING[:-1], "retelling_cut"),
        ("（" + RETELLING, "retelling_damaged"),
        ("将军拉开了他的弓简明。" + RETELLING, "retelling_damaged"),
    ],
)
def test_a_retelling_that_is_cut_or_damaged_is_rejected(prose, reason):
    assert retold(poem(), prose).reason == reason


# ---- the words


def test_there_are_at_least_eight_ways_to_ask_for_everything():
    lists = {name: value for name, value in vars(words).items() if name.isupper()}
    assert len(lists) == 21
    assert all(len(set(templates)) >= 8 for templates in lists.values())


def test_the_datasets_have_names_of_the_family():
    assert {COMPOSE, THEME, NEXT, EXPLAIN, RECITE} == {
        "poetry_compose", "poetry_theme", "poetry_next", "poetry_explain", "poetry_recite",
    }  # fmt: skip
