"""Scenes of a novel, what is connected with what, and which passages make a pair."""

from __future__ import annotations

import pytest

from converters.oldbooks import errata, pairs, prose, scenes
from converters.oldbooks.chapters import Chapter, Section
from converters.text import han_count


@pytest.fixture(autouse=True)
def no_errata(monkeypatch):
    """What is known of real books must not decide about sentences that were written for a test."""
    monkeypatch.setattr(errata, "_known", lambda: frozenset())


# written for these tests
BRIDGE = (
    "却说阿莲提着花篮，冒雪走到柳桥边，只见沈彦立在桥头，手里拿着一把旧伞。沈彦见了阿莲，忙上前道："
    "“这样大雪，你还出来卖花么？”阿莲道：“家里没有米了，不卖花，我娘吃什么？”"
)
INN = (
    "次日雪住了，沈彦收拾书箱，往城里赶考。走了半日，到一座酒店前歇脚。店主人迎出来道：“客官可是赶考的？”"
    "沈彦道：“正是。”店主人便引他到楼上，摆了一壶热酒，两碟小菜。"
)
MOTHER = (
    "且说阿莲回到家中，陈妈妈正坐在灶前烧火，见女儿空着手进来，便问道：“花卖完了？”阿莲把花钱放在桌上，"
    "说道：“今日遇着沈家相公，他把一篮花都买了去。”陈妈妈听了，半晌不言语。"
)
RIVER = (
    "话说那条河唤做柳河，两岸都是人家，河里终年有船来往。这一年春天，忽然来了一只大船，船头立着一个老者，"
    "向岸上人问道：“此处可有一个姓陈的卖花人？”岸上人都说不知。"
)
LETTER = (
    "周老爹收了卖花钱，走到镇上茶馆里坐下，要了一碗热茶。茶博士认得他，笑道：“老爹今日买卖好早。”"
    "周老爹叹口气道：“雪大路滑，那里有人买花？不过换几文钱打酒罢了。”"
)
TALK = "沈彦道：“我买一篮。”阿莲笑了一笑，把篮子递与沈彦。"
VERSE = "柳桥风雪卖花声，十里寒灯一夜明。"


def chapter(*paragraphs: str, book: str = "柳桥记", register="vernacular") -> Chapter:
    return Chapter(book, "卖花女", f"novel:{book}/1", register, (Section("卖花女", paragraphs),))


# ---- scenes


def starts(*paragraphs: str) -> list[str]:
    return [scene[0].text[:4] for scene in scenes.scenes(paragraphs)]


def test_a_scene_begins_where_its_teller_says_so_also_inside_a_paragraph():
    assert starts(BRIDGE + INN, MOTHER) == ["却说阿莲", "次日雪住", "且说阿莲"]


def test_a_scene_ends_where_its_teller_turns_away():
    first, second = scenes.scenes(
        [BRIDGE + "阿莲自回家去不题。", "沈彦望着他的背影，立了半日，那雪落满了一身，心里只是放不下，也不知道冷。"]
    )
    assert prose.joined(first).endswith("自回家去不题。")
    assert prose.joined(second).startswith("沈彦望着他")


def test_a_paragraph_after_a_line_break_inside_a_sentence_is_no_head():
    cut = "那沈彦看着阿莲，脸上一红，低了头，只管把那把旧伞推在他手里，半日方才换了一副笑"
    rest = "脸来，说道：“你且拿去，明日还我。”阿莲接了旧伞，谢了又谢，冒着大雪一步一步走回家去了。"
    assert scenes.scenes([cut, rest]) == []
    assert prose.joined(scenes.scenes([cut + "。", rest])[0]) == f"{cut}。\n{rest}"


def test_a_letter_after_a_colon_is_no_head():
    read = "那沈彦拆开信来，就着灯光，把那信从头念道："
    letter = "自别之后，不觉三年，柳桥风雪，时时在念，今托便人寄上旧伞一把，望乞收纳，余不多言。阿莲手书。"
    assert scenes.scenes([read, letter]) == []


def test_a_poem_parts_two_scenes_and_belongs_to_neither():
    found = [prose.joined(scene) for scene in scenes.scenes([BRIDGE, VERSE, MOTHER])]
    assert found == [BRIDGE, MOTHER]


@pytest.mark.parametrize(
    "paragraph",
    [
        "“你往那里去？”阿莲道。" + BRIDGE[2:],  # somebody speaks before the narrator
        "众人道：“好。”",  # an answer
        "罢。" + BRIDGE[2:],  # the end of what was cut
    ],
)
def test_a_scene_that_does_not_begin_with_the_narrator_is_none(paragraph):
    assert scenes.scenes([paragraph]) == []


def test_a_scene_with_a_short_first_paragraph_is_none():
    assert scenes.scenes(["阿莲听了，点头走过桥去。", "沈彦在后面看见，只得跟上前来。" * 5]) == []


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        (VERSE, True),
        ("一言既出，驷马难追。", True),
        ("阿莲道：“是了，你去。”", False),
        ("阿莲听了，心中十分欢喜。", False),
        ("阿莲提着篮儿走过柳桥去，沈彦立在桥头望了大半日。", False),
        ("不知后事如何，且听下回分解再说罢了。", False),
    ],
)
def test_clauses_of_one_length_are_verse(paragraph, expected):
    assert scenes.is_verse(paragraph) is expected


@pytest.mark.parametrize(
    "text",
    [
        "阿莲口占一绝，诗曰：柳桥风雪。",
        "但见：朱门绣户。",
        "奏道：“臣闻圣人之治天下。”",
        "正是：柳暗花明。",
        "有诗为证。",
        "按史臣断曰：齐王舍其忠谋。",
    ],
)
def test_a_poem_or_a_memorial_inside_is_recited(text):
    assert scenes.recites(text)
    assert not scenes.recites(BRIDGE)


def test_what_follows_is_connected_by_a_name_that_comes_up_again_soon():
    assert scenes.is_connected(BRIDGE, "阿莲说罢，提着篮儿便走。")
    assert not scenes.is_connected(BRIDGE, "那老者便问道：“此处是那里？”众人都说不知道。")
    assert not scenes.is_connected(BRIDGE, "那老者便问众人。" * 20 + "阿莲道：“是了。”")


# ---- pairs


def test_a_continuation_stays_in_its_scene():
    found = list(pairs.continuations(chapter(BRIDGE + TALK * 8, INN + TALK * 8, RIVER)))
    assert found
    for before, after in found:
        assert before[:2] in {"却说", "次日"}
        assert "次日" not in after
        assert "却说" not in after


def test_in_a_novel_what_follows_is_connected_and_a_tale_is_one_in_any_case():
    apart = BRIDGE + "那老者便问众人：“此处是那里？”众人都说不知道。" * 20
    assert list(pairs.continuations(chapter(apart))) == []
    tale = "永州城南有石鼓，叩之无声。人皆相传，鼓鸣则岁丰。" * 7 + "其人乃曰：“吾不知也。”遂去，不复见焉。" * 10
    assert list(pairs.continuations(chapter(tale, book="青灯夜话", register="classical")))


def test_a_continuation_has_its_bounds_and_ends_with_its_paragraph_where_it_can():
    tail = "阿莲提着空篮，沿着柳河慢慢走回家去，一路上只想着那把旧伞。"
    ((before, after),) = pairs.continuations(chapter(BRIDGE + TALK * 6 + tail))
    assert pairs.CONTEXT[0] <= han_count(before)
    assert pairs.ANSWER[0] <= han_count(after)
    assert len(after) <= pairs.ANSWER[1]
    assert after.endswith(tail)


def test_a_classical_story_is_gone_on_with_only_where_it_is_whole():
    told = (
        "永州城南有石鼓，叩之无声。里人相传，鼓鸣则岁丰。有樵者周生，贫而好施，每过石鼓，必拂其尘土而拜之。"
        "人皆笑曰：“石岂知汝拜耶？”周生曰：“石鼓不言，吾亦不求其言也。”"
    )
    told += (
        "一夕大雪，周生负薪而归，忽闻石鼓声自林中出，遂循声而行，见灯火，则其家之门也。周生异之，明日以告里人，里人皆不信。"
        * 4
    )
    whole = Chapter("青灯夜话", "石鼓", "novel:青灯夜话/1", "classical", (Section("石鼓", (told,)),))
    shelf = Chapter("青灯夜话", "卷三", "novel:青灯夜话/3", "classical", (Section("卷三", (told,)),))
    together = Chapter("北梦琐言", "石鼓", "novel:北梦琐言/1", "classical", (Section("石鼓", (told,)),))
    assert list(pairs.continuations(whole))
    assert list(pairs.continuations(shelf)) == []
    assert list(pairs.continuations(together)) == []


def models(found: Chapter) -> list[pairs.Pair]:
    return pairs.models(found, pairs.candidates(found, []))


def test_a_model_and_its_answer_are_scenes_that_do_not_touch():
    found = chapter(*(text + TALK * 3 for text in (BRIDGE, LETTER, MOTHER, RIVER)))
    assert [(model[:4], answer[:4]) for model, answer in models(found)] == [("却说阿莲", "且说阿莲")]
    assert models(chapter(BRIDGE + TALK * 3, LETTER + TALK * 3)) == []


def test_two_scenes_of_a_chapter_are_too_few():
    assert models(chapter(BRIDGE + TALK * 3, VERSE, MOTHER + TALK * 3)) == []


@pytest.mark.parametrize("opening", ["他见了阿莲，", "次日天色大明，", "众人都到桥头，", "说罢，"])
def test_a_scene_that_hangs_on_what_was_told_before_is_no_model(opening):
    lines = []
    for text in (BRIDGE, MOTHER, RIVER, LETTER):
        lines += [opening + text[2:] + TALK * 3, VERSE]
    assert len(scenes.scenes(lines)) == 4
    assert not [text for text in pairs.candidates(chapter(*lines), []) if text.startswith(opening)]


def test_a_verse_is_no_opening_of_a_scene():
    riddle = "有眼无珠腹内空，荷花出水喜相逢。阿莲看了这四句，便笑道：“这是甚么？”陈妈妈也不答应，只管低头看那灯影。"
    assert pairs.candidates(chapter(riddle + TALK * 3), []) == []


def test_after_a_misreading_a_passage_may_begin_in_the_midst_of_a_paragraph_with_a_sentence_that_stands_alone(
    monkeypatch,
):
    monkeypatch.setattr(errata, "_known", lambda: frozenset({errata.fingerprint("着空蓝走回")}))
    wrong, alone, hanging = (
        "阿莲提着空蓝走回家去。",
        "沈彦立在桥头看那河里的船来船往。",
        "他看见河里的船来船往，心里十分欢喜。",
    )
    text = wrong + hanging + alone + TALK * 9
    assert [before[:6] for before, _ in pairs.continuations(chapter(text))] == ["沈彦立在桥头"]


def test_nothing_goes_on_across_a_sentence_with_a_misreading(monkeypatch):
    wrong = "阿莲提着空蓝走回家去。"
    monkeypatch.setattr(errata, "_known", lambda: frozenset({errata.fingerprint("着空蓝走回")}))
    found = list(pairs.continuations(chapter(BRIDGE + TALK * 4 + wrong + INN + TALK * 4)))
    assert found
    assert not [pair for pair in found if wrong in "".join(pair)]


def test_a_scene_whose_paragraph_is_too_long_is_no_model():
    assert models(chapter(*(text + TALK * 15 for text in (BRIDGE, INN, MOTHER, RIVER)))) == []
