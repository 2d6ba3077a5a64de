"""Every bound of the wiki tasks from both of its sides."""

from __future__ import annotations

import pytest
from test_source_wiki import BUCKET, LEAD, ROTOR, SIZE, STRUCTURE, USE, article, headings, whole

from converters import article_tasks
from converters.article_tasks import Refusal, Task, coverage, next_paragraphs, openings
from converters.passage import Lengths
from converters.script import script_of, simplified
from converters.wikitext import kinds, prose
from converters.wikitext.article import Paragraph, Section


def reason(task: object) -> str:
    return task.reason if isinstance(task, Refusal) else "kept"


def next_after(*paragraphs: str) -> str:
    """Of an article whose headings are known."""
    section = Section("结构", whole(*paragraphs))
    return reason(next_paragraphs._next(section, len(paragraphs) - 1, article(section)))


def test_a_body_has_at_least_two_hundred_characters_and_twice_those_of_the_lead():
    assert 150 < len(ROTOR + BUCKET + SIZE) < 200
    assert reason(article_tasks.lead(article(Section("结构", whole(ROTOR, BUCKET, SIZE))))) == "short_body"
    assert reason(article_tasks.lead(article(STRUCTURE))) == "kept"
    long = (LEAD + ROTOR + BUCKET).replace("。", "，", 2)  # one sentence, so that nothing can be cut off
    assert reason(article_tasks.lead(article(STRUCTURE, lead=whole(long)))) == "short_body"


def test_a_request_shows_at_most_2900_characters_of_the_article():
    body = [
        ROTOR,
        BUCKET,
        SIZE,
        USE,
        *(f"{n}年的水车记录。" * 60 for n in ("甲子", "乙丑", "丙寅", "丁卯", "戊辰", "己巳")),
    ]
    task = article_tasks.lead(article(Section("结构", whole(*body))))
    assert isinstance(task, Task)
    assert 2000 < len(task.values["body"]) < 2950


@pytest.mark.parametrize(("times", "kept"), [(33, 33), (36, 34)])
def test_a_lead_has_at_most_800_characters_and_is_cut_to_them(times, kept):
    sentence = "转轮随之转动，带动水斗把河水提到高处的农田。"
    assert (len(LEAD), len(sentence)) == (45, 22)
    lead = LEAD + sentence * times
    body = Section("结构", whole(*[ROTOR, BUCKET, SIZE, USE] * 9))
    task = article_tasks.lead(article(body, lead=whole(lead)))
    assert isinstance(task, Task)
    assert task.answer == LEAD + sentence * kept


def test_the_next_paragraph_has_50_to_300_characters():
    assert next_after(ROTOR, BUCKET, SIZE[:45] + "转动。") == "length_of_paragraph"
    assert next_after(ROTOR, BUCKET, SIZE) == "kept"
    long = SIZE.replace("，", "，水斗装满河水，转轮升到高处，倒进木槽，流入农田，") * 2
    assert len(long) < next_paragraphs.LONGEST_NEXT < len(long + SIZE + SIZE)
    assert next_after(ROTOR, BUCKET, long) == "kept"
    assert next_after(ROTOR, BUCKET, long + SIZE + SIZE) == "length_of_paragraph"


def test_at_most_500_characters_stand_before():
    task = next_paragraphs._next(Section("结构", whole(ROTOR * 9, BUCKET, ROTOR, SIZE)), 3, article(STRUCTURE))
    assert isinstance(task, Task)
    assert task.values["before"] == f"{BUCKET}\n\n{ROTOR}"


def test_what_stands_before_begins_with_a_paragraph_that_a_reader_can_begin_with():
    section = Section("结构", whole(f"在这些情况下，{USE}", f"不过，{USE}", ROTOR, BUCKET, SIZE))
    task = next_paragraphs._next(section, 4, article(STRUCTURE))
    assert isinstance(task, Task)
    assert task.values["before"] == f"{ROTOR}\n\n{BUCKET}"


def test_a_paragraph_with_a_fault_of_grammar_is_not_shown_before():
    section = Section("结构", whole(f"由于水流使转轮转动。{USE}", ROTOR, BUCKET, SIZE))
    task = next_paragraphs._next(section, 3, article(STRUCTURE))
    assert isinstance(task, Task)
    assert task.values["before"] == f"{ROTOR}\n\n{BUCKET}"


def test_at_least_a_hundred_characters_stand_before():
    assert next_after(ROTOR, SIZE) == "too_little_before"
    assert next_after(ROTOR, BUCKET, SIZE) == "kept"


def test_the_paragraph_directly_before_must_be_of_the_same_matter():
    village = "村里的居民以种植果树为生，每年秋天举行庆祝活动，邀请邻近城镇的亲友前来做客，饮酒唱歌，直到深夜方才散去。"
    assert next_after(ROTOR, BUCKET, village, SIZE) == "not_derivable"
    assert next_after(village, ROTOR, BUCKET, SIZE) == "kept"


def test_where_fewer_than_two_headings_are_known_no_next_paragraph_is_asked_for():
    paragraphs = whole(ROTOR, BUCKET, SIZE)
    assert reason(article_tasks.continuations(article(lead=paragraphs))[0]) == "headings_unknown"
    one, other = Section("结构", paragraphs), Section("参考", ())
    assert reason(article_tasks.continuations(article(one))[0]) == "headings_unknown"
    assert reason(article_tasks.continuations(article(one, other))[0]) == "kept"


@pytest.mark.parametrize(
    "wrong", ["水车水车都能转动。", "水车在在河边。", "它生于于河边。", "它能转动.水斗也能。", "水车大都都能转动。"]
)
def test_a_slip_of_the_pen_is_no_answer(wrong):
    assert next_after(ROTOR, BUCKET, SIZE + wrong) == "slip"


@pytest.mark.parametrize("wrong", ["水车透过转轮转动。", "水车像是硬体。", "由于水流使转轮转动。", "水车就摛。"])
def test_words_of_another_region_faults_of_grammar_and_characters_from_nowhere_are_no_answer(wrong):
    assert next_after(ROTOR, BUCKET, SIZE + wrong) == "slip"


def test_a_rare_character_that_the_request_shows_is_right():
    assert next_after(ROTOR, "水斗俗称摛斗。" + BUCKET, SIZE + "摛斗浸入河水。") == "kept"


@pytest.mark.parametrize(
    "right", ["水车一圈一圈转动。", "水车转着转着停了。", "水车现在在河边。", "转轮越来越大，越来越高。"]
)
def test_words_that_are_written_twice_on_purpose_are_no_slip(right):
    assert next_after(ROTOR, BUCKET, SIZE + right) == "kept"


def test_a_quarter_of_the_words_must_stand_before_even_if_the_last_paragraph_is_near():
    few = "转轮外缘装有叶片，带动水斗，"
    new = "工匠师徒负责全部工序，雇主供应伙食茶水，工钱按照季节结算，逢年过节另外赠送布匹。"
    own = coverage.pairs(few + new)
    assert next_paragraphs.LEAST_LINK < len(own & coverage.pairs(ROTOR)) / len(own) < next_paragraphs.LEAST_NEXT_SHARE
    assert next_after(BUCKET, ROTOR, few + new) == "not_derivable"
    assert next_after(BUCKET, ROTOR, few + "水流冲击叶片，转轮便随之转动，把河水提到高处，" + new) == "kept"


def test_one_name_in_latin_letters_may_be_new_and_two_may_not():
    assert next_after(ROTOR, BUCKET, SIZE + "这种水车称为noria。") == "kept"
    assert next_after(ROTOR, BUCKET, SIZE + "这种水车称为water noria。") == "not_derivable"


def test_an_article_gives_two_rows_of_a_task():
    sections = [Section(title, whole(ROTOR, BUCKET)) for title in ("水斗", "转轮", "叶片", "木槽", "农田")]
    assert len(headings(*sections)) == 2


def test_there_are_three_to_six_choices():
    section = Section("历史", whole(ROTOR, BUCKET))
    others = [Section(title, ()) for title in ("用途", "产地", "修理", "税赋", "祭祀", "歌谣", "绘画", "诗文")]
    assert reason(headings(section, others[0])[0]) == "heading_not_told"
    [task] = [task for task in headings(section, *others) if isinstance(task, Task)]
    choices = task.values["choices"].split("、")
    assert len(choices) == 6
    assert "历史" in choices


def test_a_general_heading_is_not_asked_for_freely_even_if_its_word_stands_in_the_text():
    [refusal] = headings(Section("历史", whole(ROTOR + "水车历史悠久。", BUCKET)))
    assert reason(refusal) == "heading_not_told"


def test_a_heading_whose_words_do_not_stand_in_the_text_is_not_asked_for_freely():
    assert reason(headings(Section("水斗传说", whole(ROTOR, BUCKET)))[0]) == "heading_not_told"
    assert reason(headings(Section("水斗叶片", whole(ROTOR + "水斗叶片。", BUCKET)))[0]) == "kept"


@pytest.mark.parametrize(
    ("times", "expected"), [(1, "length_of_section"), (2, "kept"), (27, "kept"), (29, "length_of_section")]
)
def test_a_section_has_80_to_1500_characters(times, expected):
    assert reason(headings(Section("水斗", whole(ROTOR * times)))[0]) == expected


def test_a_passage_has_at_least_a_hundred_characters():
    short, enough = article(Section("结构", whole(ROTOR))), article(Section("结构", whole(ROTOR, BUCKET)))
    assert [reason(found) for found in article_tasks.passages(short, Lengths())] == ["too_short"] * 2
    assert [reason(found) for found in article_tasks.passages(enough, Lengths())] == ["too_short", "kept"]


def test_an_article_with_next_to_no_whole_text_is_a_stub():
    short, enough = article(lead=whole(LEAD)), article(lead=whole(LEAD, ROTOR))
    assert (kinds.of_article(short) or ("",))[0] == "too_little_text"
    assert kinds.of_article(enough) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("注1：水车被一些地方认定为风车。", "markup"),
        ("此专页的内容为广义上的水车。", "refers_elsewhere"),
        ("本页说的是水车。", "refers_elsewhere"),
        ("注意水车的转轮，本页岩层没有水车。", ""),
    ],
)
def test_what_speaks_of_the_page_itself_is_no_prose(text, fault):
    assert (prose.fault(text) or ("",))[0] == fault


def test_half_a_text_of_digits_is_no_prose():
    assert (prose.fault("水车在1990年，1991年，1992年停用了又再用。") or ("",))[0] == "not_prose"
    assert prose.fault("水车在1990年停用，过了几年村民又把它修好了。") is None


def test_a_paragraph_mostly_in_another_language_is_no_chinese_prose():
    assert (prose.fault("歌词为：Row, row, row your boat, gently down the stream。这是儿歌。") or ("",))[
        0
    ] == "not_prose"
    assert prose.fault("这是英语国家的儿童经常唱的一首轮唱歌曲，歌名为Row Your Boat。") is None


def test_a_share_of_pairs_counts_content_and_not_function_words():
    known = coverage.pairs("水车的转轮")
    assert coverage.share_of_pairs("水车和转轮", known) == 1.0
    assert coverage.share_of_pairs("水车风车", known) == pytest.approx(1 / 3)
    assert coverage.share_of_pairs("的了是", known) == 0.0


def test_numbers_and_latin_names_are_taken_whole():
    assert coverage.numbers("1,234人，3.5米，1990年") == {"1,234", "3.5", "1990"}
    assert coverage.names("Apple Pay与Élan，A") == {"apple", "pay", "élan"}


def test_a_name_that_no_table_has_stays_among_simplified_characters():
    assert simplified("仆固乾继位后，与邻国讲和，子徵为质。") == "仆固乾继位后，与邻国讲和，子徵为质。"
    assert simplified("僕固乾繼位後，湯已乾。") == "仆固干继位后，汤已干。"


def test_a_tenth_of_the_other_script_makes_a_text_mixed():
    text = "这说为从个们来时对会过还没给门问间长"
    assert script_of(text) == "simplified"
    assert script_of(text + "說從") == "mixed"


def test_the_examples_of_this_file_are_whole():
    assert [prose.fault(text) for text in (ROTOR, BUCKET, SIZE, USE, LEAD)] == [None] * 5
    assert Paragraph(ROTOR).whole


@pytest.mark.parametrize(
    "text",
    [
        "不过目前水车少了。",
        "在这些情况下，水车停转。",
        "该水车很大。",
        "此后水车停转。",
        "其中最大的是水车。",
        "他建造了水车。",
        "后来水车停转。",
        "与之相反，水车很小。",
        "从他的思想中发展而成的多种运动。",
    ],
)
def test_nobody_can_begin_with_what_goes_on(text):
    assert openings.hangs(text)


@pytest.mark.parametrize(
    "text",
    [
        "水车是农具。",
        "其他农具也用水。",
        "但丁写过水车。",
        "而今水车少了。",
        "故宫里没有水车。",
        "也门有水车。",
        "还魂草长在河边。",
        "水车是人们在思想中发展而成的多种工具。",
    ],
)
def test_one_can_begin_with_a_subject(text):
    assert not openings.hangs(text)
