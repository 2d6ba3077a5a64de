"""What is asked for as the lead of an article, and what is refused."""

from __future__ import annotations

import pytest
from test_source_wiki import BUCKET, LEAD, ROTOR, SIZE, STRUCTURE, USE, article, whole

from converters import article_tasks
from converters.article_tasks import Refusal, Task
from converters.article_tasks import task as task_bounds
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
        (whole("水车造于1834年，" + LEAD), "lead_not_covered"),  # a number from nowhere
        (whole("水车（noria）" + LEAD), "lead_not_covered"),  # a name from nowhere
        (whole("水车（водяное）" + LEAD), "lead_not_covered"),  # in any letters
        (
            whole(LEAD.replace("，", "，许多诗人曾经写诗歌咏这种古老的风景，", 1)),
            "lead_not_covered",
        ),  # a clause from nowhere
        (
            whole("张三是著名的男歌手，出道以来发行唱片多张，深受各地青年听众的喜爱，现居南方某座沿海的大城市。"),
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
    lead = f"{ROTOR[:-1]}，诗人写诗歌咏，水斗浸入河水。"
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
