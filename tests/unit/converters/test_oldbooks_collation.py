"""Second editions: what stands in one word for word is known by its fingerprint."""

from __future__ import annotations

import numpy as np
import pytest

from converters.contract import Context, Example, Reject
from converters.oldbooks import collation, errata, proofread, storytelling
from converters.oldbooks.chapters import Chapter, Section
from converters.oldbooks.collation import learn

# written for these tests
FISHER = (
    "张翁者，居太湖之滨，以捕鱼为业。尝得一巨鲤，将烹之，鲤忽作人语曰：“翁释我，当有以报。”翁异之，遂纵于湖。"
    "其夜梦一朱衣人来谢曰：“公往湖东。”明日得银一瓮，翁乃分给贫者，里人皆德之，为立祠于湖上，岁时祭之，其后不绝，而湖上之人皆以为神焉。"
)
PLAIN = "张翁者居太湖之滨以捕鱼为业尝得一巨鲤将烹之鲤忽作人语曰"


def chapter(book: str) -> Chapter:
    return Chapter(book, "张翁", f"novel:{book}/1", "classical", (Section("张翁", (FISHER,)),))


def outcomes(book: str, dataset: str) -> list[Example | Reject]:
    return [each for each in storytelling.outcomes(chapter(book), Context()) if each.dataset == dataset]


@pytest.fixture
def known(monkeypatch):
    monkeypatch.setattr(errata, "_known", lambda: frozenset())
    known: set[int] = set()
    monkeypatch.setattr(collation, "_known", lambda: frozenset(known))
    return known


def test_a_tale_of_a_book_that_is_collated_needs_a_second_edition(known):
    assert outcomes("太平广记", storytelling.TELL) == [Reject(storytelling.TELL, "uncollated", FISHER[:40])]
    known.add(collation.fingerprint(FISHER))
    assert isinstance(outcomes("太平广记", storytelling.TELL)[0], Example)


def test_another_book_needs_none(known):
    assert isinstance(outcomes("青灯夜话", storytelling.TELL)[0], Example)


def test_what_a_second_edition_confirms_is_suspected_of_no_misreading(known, monkeypatch):
    monkeypatch.setattr(errata, "suspect", lambda text: 3)
    known.add(collation.fingerprint(FISHER))
    assert isinstance(outcomes("太平广记", storytelling.TELL)[0], Example)
    assert outcomes("青灯夜话", storytelling.TELL)[0].reason == "misread"


def test_no_model_and_no_context_comes_from_a_tale_that_nothing_confirms(known):
    assert {each.reason for each in outcomes("太平广记", storytelling.CONTINUE)} == {"no_scene"}
    assert {each.reason for each in outcomes("太平广记", storytelling.STYLE)} == {"no_model"}


def test_a_fingerprint_knows_no_punctuation_and_is_the_same_on_every_machine():
    assert collation.fingerprint("张翁，者。") == collation.fingerprint("张翁者") == 4697947769788363315
    assert collation.KNOWN.stat().st_size % 8 == 0
    assert collation.KNOWN.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("witness", "expected"),
    [
        (f"甲乙{PLAIN}丙丁", {}),
        (f"甲乙{PLAIN.replace('烹', '享')}丙丁", {19: ("烹", "享")}),
        (f"甲乙{PLAIN.replace('一巨', '巨')}丙丁", {15: ("一", "")}),
        (f"甲乙{PLAIN.replace('一巨', '一大巨')}丙丁", {16: ("", "大")}),
        ("甲乙丙丁", None),
    ],
)
def test_each_difference_is_found_where_it_stands(witness, expected):
    assert learn.differences(PLAIN, witness) == expected


def test_a_stretch_that_stands_twice_in_a_witness_places_nothing():
    assert learn.differences(PLAIN + "尾", f"{PLAIN}头{PLAIN}") is None


# 會 in a woodblock print; 会 is what a modern edition has
STORIES = ["甲乙会丙丁", "戊己会庚辛", "壬癸会子丑"]


def found(here: str, there: str, stories: list[str] = STORIES) -> dict[str, dict[int, tuple[str, str]]]:
    return {story.replace("会", here): {2: (here, there)} for story in stories}


def test_a_character_outside_the_standard_is_a_form_where_its_neighbours_vary():
    assert learn.forms(found("会", "㑹")) == {("会", "㑹")}


def test_two_contexts_are_too_few_for_a_form():
    assert learn.forms(found("会", "㑹", STORIES[:2])) == set()


def test_a_standard_character_is_no_form_of_another():
    assert learn.forms(found("会", "念")) == set()


def test_an_old_form_in_the_edition_itself_is_no_standard_for_a_witness():
    assert learn.forms(found("㑹", "𣌭")) == set()


def test_a_form_is_of_the_character_that_it_stands_for_most_often():
    assert learn.forms(found("会", "㑹") | found("念", "㑹", [*STORIES, "寅卯会辰巳"])) == {("念", "㑹")}


def test_a_story_with_forms_is_confirmed_and_one_with_a_misreading_is_not(monkeypatch):
    monkeypatch.setattr(learn, "forms", lambda found: {("烹", "享")})
    pool = PLAIN.replace("烹", "享")
    assert learn.confirmed([PLAIN], pool) == {PLAIN}
    assert learn.confirmed([PLAIN.replace("湖", "胡")], pool) == set()
    # the witness agrees, but the story is printed in an old form
    assert learn.confirmed([pool], pool) == set()


def test_learning_reads_woodblock_prints_and_plain_texts(tmp_path, monkeypatch, capsys):
    book = tmp_path / "resources" / "其他" / "太平广记"
    book.mkdir(parents=True)
    (book / "info.json").write_text('{"name": "太平广记", "catalogues": ["张翁"]}', encoding="utf-8")
    (book / "0.html").write_text(f"{FISHER}<br>", encoding="utf-8")
    juan = tmp_path / "juan.txt"
    traditional = "張翁者居太湖之濱以捕魚為業嘗得一巨鯉將烹之鯉忽作人語曰翁釋我當有以報翁異之遂縱於湖其夜"
    tail = "夢一朱衣人來謝曰公往湖東明日得銀一甕翁乃分給貧者里人皆德之為立祠於湖上歲時祭之其後不絕而湖上之人皆以為神焉"
    juan.write_text(
        f"#+TITLE: 搜神記\n#+PROPERTY: ID KR3x0001\n<pb:KR3x0001_WYG_1-1a>¶\n{traditional}(注/曰)¶\n{tail}¶\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(learn, "KNOWN", tmp_path / "collated.bin")
    learn.main(tmp_path, juan)
    known = np.frombuffer((tmp_path / "collated.bin").read_bytes(), dtype="<u8").tolist()
    assert known == [collation.fingerprint(FISHER)]
    assert "1 of      1  太平广记" in capsys.readouterr().out


def test_speech_that_lost_its_marks_is_a_fault_of_a_story_alone():
    story = "李翁道：“你来。”那人答道：我不来。"
    assert proofread.unquoted(story) == ("broken_marks", "李翁道：“你来。”那人答道：我不来。")
    assert proofread.unquoted("“好。”纸上写：沈兄如晤。") == ("broken_marks", "“好。”纸上写：沈兄如晤。")
    assert proofread.unquoted("诏曰：赦天下。") is None
    assert proofread.fault(story) is None
