"""What is asked for as the lead of an article, and what is refused."""

from __future__ import annotations

import pytest
from test_source_wiki import BUCKET, LEAD, ROTOR, SIZE, STRUCTURE, USE, article, whole

from converters import article_tasks
from converters.article_tasks import Refusal, Task
from converters.article_tasks import task as task_bounds
from converters.templates import wiki as templates
from converters.wikitext.article import Section


def test_a_lead_is_asked_for_with_the_whole_body_and_its_headings():
    task = article_tasks.lead(article(STRUCTURE))
    assert isinstance(task, Task)
    assert task.answer == LEAD
    assert task.values["body"] == f"【结构】\n\n{ROTOR}\n\n{BUCKET}\n\n{SIZE}\n\n{USE}"


@pytest.mark.parametrize(
    ("lead", "reason"),
    [
        (whole("水车（）是机械。", fault="hole"), "lead_not_whole"),
        (whole("水车是机械。"), "length_of_lead"),
        (whole(LEAD.replace("，", "，造于1834年，", 1)), "lead_not_covered"),  # a number from nowhere
        (whole(LEAD.replace("，", "（noria），", 1)), "lead_not_covered"),  # a name from nowhere
        (whole(LEAD.replace("，", "（водяное），", 1)), "lead_not_covered"),  # in any letters
        (
            whole(LEAD.replace("，", "，许多诗人曾经写诗歌咏这种古老的风景，", 1)),
            "lead_not_covered",
        ),  # a clause from nowhere
        (
            whole("水车是著名的男歌手，出道以来发行唱片多张，深受各地青年听众的喜爱，现居南方某座沿海的大城市。"),
            "lead_not_covered",
        ),
        ((), "no_lead"),
    ],
)
def test_a_lead_that_the_body_does_not_tell_is_refused(lead, reason):
    refusal = article_tasks.lead(article(STRUCTURE, lead=lead))
    assert isinstance(refusal, Refusal)
    assert refusal.reason == reason


@pytest.mark.parametrize("more", ["最早的水车造于1834年。", "英文称为noria。", "许多诗人曾经写诗歌咏这种古老的风景。"])
def test_a_lead_is_cut_before_the_sentence_that_the_body_does_not_tell(more):
    task = article_tasks.lead(article(STRUCTURE, lead=whole(f"{LEAD}水流越急，水斗也越多。{more}水车带动石磨。")))
    assert isinstance(task, Task)
    assert task.answer == f"{LEAD}水流越急，水斗也越多。"


def test_a_lead_is_not_cut_within_a_quotation():
    quoted = f"介绍水车的文字这样说：“{ROTOR}许多诗人曾经写诗歌咏这种古老的风景。”"
    assert isinstance(article_tasks.lead(article(STRUCTURE, lead=whole(quoted))), Refusal)


def test_a_lead_is_not_cut_to_a_bare_definition():
    bare = "转轮外缘装有叶片，转轮随之转动。许多诗人曾经写诗歌咏这种古老的风景，农田因此更加美丽。"
    assert isinstance(article_tasks.lead(article(STRUCTURE, lead=whole(bare))), Refusal)


def test_one_clause_that_the_body_does_not_tell_spoils_its_sentence():
    lead = f"水车是竖立的转轮，{ROTOR[15:-1]}，诗人写诗歌咏，水斗浸入河水。"
    refusal = article_tasks.lead(article(STRUCTURE, lead=whole(lead)))
    assert refusal == Refusal("lead_not_covered", "诗人写诗歌咏")


def test_a_lead_of_whose_words_hardly_half_stand_in_the_body_is_refused():
    lead = "水车是古代农具，转轮外缘装有木板，水流冲击木板带动轴承，水斗装满河水倒进石槽，灌溉农田里的庄稼作物。"
    refusal = article_tasks.lead(article(STRUCTURE, lead=whole(lead)))
    assert refusal == Refusal("lead_not_covered", "0.48 of its words stand in the body")


def test_as_many_paragraphs_of_a_lead_are_asked_for_as_the_body_tells():
    paragraphs = whole(LEAD, "水流越急，水斗也越多。", "最早的水车造于1834年。")
    task = article_tasks.lead(article(STRUCTURE, lead=paragraphs))
    assert isinstance(task, Task)
    assert task.answer == f"{LEAD}\n水流越急，水斗也越多。"


def test_where_the_whole_lead_is_not_told_its_first_paragraph_is_tried():
    task = article_tasks.lead(article(STRUCTURE, lead=whole(LEAD, "最早的水车造于1834年，发明者是某位工匠。")))
    assert isinstance(task, Task)
    assert task.answer == LEAD


def test_without_headings_the_lead_is_the_first_paragraph_and_the_body_the_others():
    task = article_tasks.lead(article(lead=whole(LEAD, ROTOR, BUCKET, SIZE, USE)))
    assert isinstance(task, Task)
    assert (task.answer, task.values["body"]) == (LEAD, f"{ROTOR}\n\n{BUCKET}\n\n{SIZE}\n\n{USE}")


def test_paragraphs_with_a_hole_and_references_are_not_shown_and_a_short_body_is_no_body():
    notes = Section("参考文献", whole(ROTOR * 4))
    broken = Section("结构", whole(ROTOR * 4, fault="hole"))
    refusal = article_tasks.lead(article(broken, notes))
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "short_body"


def test_of_a_long_body_the_paragraphs_that_tell_the_lead_are_shown_in_their_order():
    filler = [f"{letter}城的居民以种植果树为生，每年秋天举行庆祝活动。" * 20 for letter in "甲乙丙丁戊己"]
    body = [*filler[:3], ROTOR, *filler[3:], BUCKET, SIZE]
    task = article_tasks.lead(article(Section("结构", whole(*body))))
    assert isinstance(task, Task)
    assert len(task.values["body"]) <= task_bounds.LONGEST_REQUEST + 50
    places = [task.values["body"].find(text) for text in (ROTOR, BUCKET, SIZE)]
    assert places == sorted(places)
    assert -1 not in places


# ---- what a lead may say


def lead_of(text: str, *body: str, title: str = "水车") -> Task | Refusal:
    return article_tasks.lead(
        article(Section("结构", whole(ROTOR, BUCKET, SIZE, USE, *body)), lead=whole(text), title=title)
    )


@pytest.mark.parametrize(
    ("title", "headword"),
    [("水车", "水车"), ("水车（农具）", "水车"), ("水车 (农具)", "“水车”")],
)
def test_a_lead_begins_with_its_title(title, headword):
    assert isinstance(lead_of(LEAD.replace("水车", headword, 1), title=title), Task)


@pytest.mark.parametrize(("title", "headword"), [("水车乡", "水车"), ("水", "水车"), ("转轮", "水车")])
def test_a_lead_that_begins_with_another_name_is_refused(title, headword):
    refusal = lead_of(LEAD.replace("水车", headword, 1), title=title)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "other_headword"


@pytest.mark.parametrize("other", ["简称筒", "别称申", "又称桶、翻", "或只有车字"])
def test_another_name_must_stand_in_the_body_even_if_it_is_a_single_character(other):
    lead = LEAD.replace("，", f"，{other}，", 1)
    refusal = lead_of(lead)
    assert isinstance(refusal, Refusal)
    assert refusal.detail.startswith("another name")
    assert isinstance(lead_of(lead, f"水车{other}。"), Task)


def test_what_may_be_one_thing_or_another_is_no_other_name():
    assert isinstance(lead_of(LEAD.replace("叶片和水斗", "叶片或是水斗")), Task)


def test_the_word_for_what_the_subject_is_must_stand_in_the_body():
    lead = LEAD.replace("的转轮，", "的直辖市，")
    refusal = lead_of(lead)
    assert refusal == Refusal("lead_not_covered", "what it is: 辖市")
    assert isinstance(lead_of(lead, "这座直辖市里也有水车。"), Task)


def test_a_thing_that_the_body_does_not_speak_of_spoils_a_clause_whose_other_words_stand_there():
    lead = LEAD.replace("提到高处的农田", "提到高处的农田和旧热河省")
    assert lead_of(lead) == Refusal("lead_not_covered", "旧热河省")
    assert isinstance(lead_of(LEAD.replace("提到高处的农田", "提到高处的农田和新谷仓")), Task)  # three new characters


def test_only_where_every_word_is_told_may_a_request_forbid_to_add_any():
    told = "水车的主体是一个竖立的转轮，转轮外缘装有叶片，水流冲击叶片，转轮便随之转动，带动水斗把河水提到高处。"
    assert ("水车是" + told[6:], "LEAD_OF_ALL") == _answer_and_templates("水车是" + told[6:])
    assert _answer_and_templates(LEAD) == (LEAD, "LEAD")
    assert all("没有的东西" not in template and "以上文为准" not in template for template in templates.LEAD)


def _answer_and_templates(lead: str) -> tuple[str, str]:
    task = lead_of(lead)
    assert isinstance(task, Task)
    return task.answer, task.templates


def test_the_name_in_letters_behind_the_subject_is_left_out_and_noted():
    task = lead_of(LEAD.replace("水车", "水车（英语：noria）", 1))
    assert isinstance(task, Task)
    assert (task.answer, task.notes) == (LEAD, ("name_in_letters_removed",))


def test_a_body_that_opens_in_mid_air_is_not_shown():
    refusal = article_tasks.lead(article(Section("结构", whole(f"不过{ROTOR}", BUCKET, SIZE, USE))))
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "opens_in_mid_air"
