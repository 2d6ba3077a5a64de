"""Whole tales, where prose may be cut, and what is asked about a chapter."""

from __future__ import annotations

import pytest

from converters.contract import Context, Example, Reject, Settings
from converters.oldbooks import errata, pairs, prose, storytelling
from converters.oldbooks.chapters import Chapter, Section, side_by_side
from converters.oldbooks.tales import Tale, tales
from converters.text import han_count


@pytest.fixture(autouse=True)
def no_errata(monkeypatch):
    """What is known of real books must not decide about sentences that were written for a test."""
    monkeypatch.setattr(errata, "_known", lambda: frozenset())


# written for these tests
DRUM = (
    "永州城南有石鼓，叩之无声。里人相传，鼓鸣则岁丰。有樵者周生，贫而好施，每过其下，必拂其尘土而拜之。"
    "人皆笑曰：“石岂知汝拜耶？”周生曰：“彼不言，吾亦不求其言也。”\n"
    "一夕大雪，生负薪归，忽闻鼓声自林中出，遂循声而行，见灯火，则其家之门也。"
)
COMMENT = "异史氏曰：“世之叩石者多矣，求其鸣也，故石不鸣。周生无所求焉，而石为之鸣于风雪之中。”"
FISHER = (
    "张翁者，居太湖之滨，以捕鱼为业。尝得一巨鲤，将烹之，鲤忽作人语曰：“翁释我，当有以报。”翁异之，遂纵于湖。"
    "其夜梦一朱衣人来谢曰：“公往湖东。”明日得银一瓮，翁乃分给贫者，里人皆德之。"
)
CHESS = (
    "李叟善弈，每以棋自随。一日泊舟芦岸，有老者踏波而来，谓叟曰：“闻君善弈，愿赌一局。”叟许之。老者三北，乃笑曰："
    "“君之棋，江湖无敌矣。”言讫，忽不见，而风涛大作，叟急移舟入港，同泊者皆覆，叟独得免。"
)
SCENE = (
    "{a}上前问道：“{b}可曾看见我家的花篮？”{b}笑道：“昨日在桥上见过，如今不知那里去了。”{a}听了，只得往桥头走来，{c}。"
)


def chapter(*paragraphs: str, title: str = "石鼓", book: str = "青灯夜话", register="classical", **changes) -> Chapter:
    sections = changes.pop("sections", (Section(title, paragraphs),))
    return Chapter(book, title, f"novel:{book}/1", register, sections, genre="鬼怪神魔", **changes)


def novel() -> Chapter:
    names = [
        ("阿莲", "沈彦"),
        ("陈妈妈", "王二"),
        ("周老爹", "小红"),
        ("张先生", "李嫂"),
        ("赵四", "孙婆"),
        ("钱大", "吴妈"),
    ]
    ends = ["心里十分着急", "一面走一面想", "不觉天色晚了", "那雪越下越大", "再也寻不着他", "暗暗叫苦不迭"]
    lines = [f"一日，{a}提着篮儿走到柳桥边。" + SCENE.format(a=a, b=b, c=end) * 3 for end in ends for a, b in names]
    return chapter(*lines, title="卖花女桥头失玉", book="柳桥记", register="vernacular")


def asked(found: Chapter, dataset: str, **settings) -> list[Example]:
    outcomes = storytelling.outcomes(found, Context(Settings(**settings)))
    return [outcome for outcome in outcomes if isinstance(outcome, Example) and outcome.dataset == dataset]


def reasons(found: Chapter, dataset: str) -> list[str]:
    outcomes = storytelling.outcomes(found, Context())
    return [outcome.reason for outcome in outcomes if isinstance(outcome, Reject) and outcome.dataset == dataset]


# ---- prose


def test_a_sentence_keeps_its_end_mark_and_the_closing_marks_after_it():
    assert prose.sentences("曰：“可。”遂行。未") == ["曰：“可。”", "遂行。", "未"]


@pytest.mark.parametrize(
    ("text", "balanced"), [("“甲‘乙’。”", True), ("“甲。", False), ("甲。”", False), ("“甲“乙”丙。”", False)]
)
def test_marks_are_balanced_when_each_is_closed_in_order(text, balanced):
    assert prose.is_balanced(text) is balanced


def test_a_unit_is_never_cut_inside_a_speech():
    (run,) = prose.runs(["甲曰：“一。二。三。”乙去。"])
    assert [unit.text for unit in run] == ["甲曰：“一。二。三。”", "乙去。"]


def test_a_paragraph_that_never_closes_parts_those_beside_it():
    assert [prose.joined(run) for run in prose.runs(["甲。", "乙曰：“", "", "丙。", "丁。"])] == ["甲。", "丙。\n丁。"]


def test_a_paragraph_without_an_end_gives_nothing():
    assert prose.runs(["甲。乙"]) == []


def test_passages_lie_between_the_two_lengths():
    (run,) = prose.runs(["一二三四五。" * 10])
    found = prose.passages(run, 12, 20)
    assert [han_count(prose.joined(passage)) for passage in found] == [15, 15, 15]
    assert prose.passages(run, 12, 15) == []


# ---- tales


def test_a_tale_is_told_from_its_first_sentence():
    assert Tale("", DRUM).opening == "永州城南有石鼓，叩之无声"


def test_a_long_first_sentence_opens_with_its_first_clauses():
    text = "有客自江南来，携一古琴，其声清越，能令听者忘归，每至月夜辄自鸣焉，人以为神。"
    assert Tale("", text).opening == "有客自江南来，携一古琴"


def test_no_opening_ends_inside_a_speech():
    assert Tale("", "或问之曰：“何谓也？吾不知子之所言，请为我详说其故，庶几可以无惑于此。”").opening == ""


def test_the_comment_is_no_part_of_the_tale():
    (tale,) = tales(chapter(*DRUM.split("\n"), COMMENT))
    assert (tale.title, tale.text, tale.comment) == ("石鼓", DRUM, COMMENT)


def test_headings_part_the_tales_of_a_page_and_lose_the_name_of_a_class():
    sections = (Section("渔张翁", (FISHER,)), Section("弈", (CHESS,)), Section("卷二", ("张翁、李叟。",)))
    assert [(tale.title, tale.text) for tale in tales(chapter(sections=sections))] == [("张翁", FISHER), ("", CHESS)]


def test_paragraphs_are_anecdotes_only_in_books_that_are_made_so():
    lines = (FISHER, CHESS, DRUM.replace("\n", ""), FISHER.replace("张翁", "王翁"))
    assert [tale.text for tale in tales(chapter(*lines, title="卷三", book="搜神记"))] == list(lines)
    assert tales(chapter(*lines, title="卷三", book="青灯夜话")) == []


def test_a_paragraph_that_goes_on_from_another_is_no_anecdote_and_neither_is_the_other():
    lines = (
        FISHER,
        CHESS,
        CHESS.replace("李", "赵"),
        FISHER.replace("张", "王"),
        DRUM,
        "既而复至，遂大呼曰：“可。”乃去。",
    )
    found = tales(chapter(*lines, title="卷三", book="搜神记"))
    assert [tale.text for tale in found] == [lines[0], lines[1], lines[2], lines[3]]


def test_a_paragraph_in_which_another_man_or_reign_is_opened_is_two_anecdotes():
    two = FISHER + "吴兴人章苟者，五月中于田中耕，遂见一蛇。"
    reigns = CHESS + "晋太元中，有客曰：“可。”遂行。"
    lines = (FISHER, CHESS, two, reigns, DRUM.replace("\n", ""), FISHER.replace("张翁", "王翁"))
    found = [tale.text for tale in tales(chapter(*lines, title="卷三", book="搜神记"))]
    assert found == [lines[0], lines[1], lines[4], lines[5]]


@pytest.mark.parametrize(
    "changes",
    [{"book": "两晋秘史"}, {"register": "vernacular"}, {"title": "怪异三则"}],
)
def test_what_is_a_part_of_a_novel_or_several_tales_is_no_tale(changes):
    assert tales(chapter(*DRUM.split("\n"), **changes)) == []


def test_a_teller_of_novels_a_description_and_an_open_quotation_are_no_tale():
    assert tales(chapter("却说" + DRUM)) == []
    assert tales(chapter("按石鼓者，" + DRUM)) == []
    assert tales(chapter("龙脑香树，出婆利国。树高八九丈，大可六七围。叶圆而背白，无花实。" * 4)) == []
    assert tales(chapter(DRUM + "生曰：“")) == []


def test_a_tale_that_opens_with_a_quotation_has_no_opening_to_give():
    quoted = DRUM.replace("永州城南有石鼓，叩之无声。", "《鼓志》曰：“城南有石鼓，叩之无声。”")
    assert tales(chapter(*quoted.split("\n"))) == []


# ---- tasks


def test_to_tell_gives_title_and_opening_and_wants_the_whole_tale():
    (example,) = asked(chapter(*DRUM.split("\n")), "literature_tell")
    request, answer = (message.content for message in example.messages)
    assert "石鼓" in request
    assert "永州城南有石鼓，叩之无声" in request
    assert "志怪" in request
    assert answer == DRUM
    assert (example.document, example.kind) == ("novel:青灯夜话/1", "志怪小说")
    assert example.same_as == prose.without_marks(DRUM)  # printed in another collection too, it is one tale


def test_a_tale_with_a_hole_or_a_note_is_rejected():
    assert reasons(chapter(*DRUM.replace("石鼓", "□鼓").split("\n")), "literature_tell") == ["hole"]
    assert reasons(chapter(*DRUM.replace("薪", "薪（柴也）").split("\n")), "literature_tell") == ["note_in_text"]


def test_the_comment_of_the_author_is_asked_for_with_the_tale():
    (example,) = asked(chapter(*DRUM.split("\n"), COMMENT), "literature_style")
    assert DRUM in example.messages[0].content
    assert "异史氏" in example.messages[0].content
    assert example.messages[1].content == COMMENT


def test_an_anecdote_is_the_model_of_its_neighbour():
    lines = (FISHER, CHESS, DRUM.replace("\n", ""), FISHER.replace("张翁", "王翁"))
    first, second, third = asked(chapter(*lines, title="卷三", book="归田录"), "literature_style")
    assert [example.messages[1].content[:2] for example in (first, second, third)] == ["李叟", "永州", "王翁"]
    assert FISHER in first.messages[0].content
    assert "李叟善弈，每以棋自随" in first.messages[0].content
    assert first.messages[1].content == CHESS


def test_a_single_tale_has_no_model():
    assert reasons(chapter(*DRUM.split("\n")), "literature_style") == ["no_model"]


def test_continuations_follow_their_contexts_and_stay_in_bounds():
    found = novel()
    examples = asked(found, "literature_continue")
    assert 2 < len(examples) <= storytelling.MOST_CONTINUATIONS
    for example, (before, after) in zip(examples, pairs.continuations(found), strict=False):
        request, answer = (message.content for message in example.messages)
        assert before in request
        assert answer == after
        assert before + answer in found.text or f"{before}\n{answer}" in found.text
        assert pairs.ANSWER[0] <= han_count(answer)
        assert len(answer) <= pairs.ANSWER[1]


def test_a_chapter_gives_a_certain_number_of_continuations_at_most(monkeypatch):
    monkeypatch.setattr(storytelling, "MOST_CONTINUATIONS", 2)
    assert len(asked(novel(), "literature_continue")) == 2


def test_a_letter_in_a_vernacular_novel_is_no_model():
    letter = (
        "{}白：别来三月，其思之也无日不然，而书不至，其或有所阻乎？乃遣人往问之，其人曰：“未之见也。”"
        "于是夜坐以待旦，闻足音而起者数矣，以为足下之使也。及其至，则邻人之归于市者耳。"
    )
    found = chapter(
        *map(letter.format, ("沈彦", "王生", "周生", "李生")), title="寄书", book="柳桥记", register="vernacular"
    )
    assert reasons(found, "literature_style") == ["recited"]


def test_an_answer_counts_once_however_many_models_there_are():
    lines = (FISHER, CHESS, FISHER.replace("张翁", "王翁"), CHESS)
    examples = asked(chapter(*lines, title="卷三", book="归田录"), "literature_style")
    assert [example.same_as for example in examples] == [prose.without_marks(line) for line in lines[1:]]


def juan(title: str, *paragraphs: str, book: str = "太平广记") -> Chapter:
    return chapter(title=title, book=book, sections=(Section("张翁", paragraphs),))


def test_a_juan_on_things_has_notes_and_no_tales():
    assert [tale.text for tale in tales(juan("虎二", FISHER))] == [FISHER]
    assert tales(juan("草木三", FISHER)) == []
    assert tales(juan("博戏", FISHER)) == []


def test_under_a_heading_of_a_book_of_anecdotes_a_tale_is_one_paragraph():
    assert tales(juan("虎二", FISHER, CHESS)) == []
    assert tales(juan("虎二", FISHER, CHESS, book="青灯夜话"))


def test_a_tale_with_its_translation_is_none():
    translation = "你看这个老头的故事：他的网里那条鱼说话了，他们都很高兴。"
    assert tales(juan("张翁", FISHER, translation, book="青灯夜话")) == []


@pytest.mark.parametrize("before", ["耶？", "老仆又言，", "许方，即前所记醉者也。", "晓园说此事时，"])
def test_an_anecdote_that_hangs_on_another_is_not_told(before):
    lines = (FISHER, CHESS, FISHER.replace("张翁", "王翁"), CHESS.replace("李叟", "赵叟"), before + FISHER)
    found = [tale.text for tale in tales(chapter(*lines, title="卷三", book="搜神记"))]
    assert found == list(lines[:3])  # what stands before it may be gone on with


def test_a_memorial_is_not_gone_on_with_and_no_model():
    found = novel()
    lines = [line.replace("昨日在桥上见过", "臣闻圣人在桥上见过") for line in found.sections[0].paragraphs]
    recited = chapter(*lines, title=found.title, book=found.book, register=found.register)
    assert reasons(recited, "literature_continue") == ["recited"]
    assert reasons(recited, "literature_style") == ["recited"]


def test_two_scenes_of_a_chapter_do_not_touch():
    found = novel()
    examples = asked(found, "literature_style")
    assert len(examples) == pairs.MOST_MODELS
    for example in examples:
        answer = example.messages[1].content
        opening = Tale("", answer).opening
        assert opening in example.messages[0].content
        assert "“" not in opening
        assert answer not in example.messages[0].content


def test_a_scene_begins_with_the_narrator():
    lines = [
        f"“{name}可曾看见我家的花篮？”阿莲上前问道，那人只是摇头，{name}也不知那里去了，只得往桥头走来，一面走一面想，不觉天色已经晚了，那雪越下越大，再也寻不着他的踪影，心里十分着急。"
        * 2
        for name in "甲乙丙丁戊己庚辛"
    ]
    assert reasons(chapter(*lines, book="柳桥记", register="vernacular"), "literature_style") == ["no_model"]


def test_a_chapter_without_a_scene_that_is_long_enough_says_so():
    assert reasons(chapter(DRUM.split("\n")[0]), "literature_continue") == ["no_scene"]


def test_the_old_script_is_shown_on_request_and_kept_otherwise():
    printed = DRUM.replace("无声", "無聲").replace("门", "門")
    found = chapter(*DRUM.split("\n"), printed=side_by_side(DRUM, printed))
    (plain,) = asked(found, "literature_tell")
    assert plain.original == printed
    assert plain.notes == ("simplified",)
    (old,) = asked(found, "literature_tell", script="original")
    assert old.messages[1].content == printed
    assert "叩之無聲" in old.messages[0].content
    assert old.original == ""


def test_scripts_that_cannot_be_laid_side_by_side_are_not():
    assert side_by_side("甲乙", "甲乙丙") == ""
    assert side_by_side("甲乙", "甲乙") == ""


def test_a_tale_tells_what_somebody_says():
    silent = FISHER.replace("“翁释我，当有以报。”", "翁释我。").replace("“公往湖东。”", "“诺。”")
    assert tales(chapter(silent)) == []
    assert tales(chapter(silent.replace("“诺。”", "“往东。”"))) == []
    assert tales(chapter(silent.replace("“诺。”", "“公往湖东。”")))


@pytest.mark.parametrize(
    ("text", "opening"),
    [
        ("庾生，彦之弟也。彦死，庾生徒步往哭之。", "庾生，彦之弟也"),
        ("温公丧妇。从姑有女，甚慧。", "温公丧妇"),
        ("温公至。从姑有女，甚慧。", "温公至。从姑有女，甚慧"),
        ("沈彦家贫，佣书自给，" + "一日风雪交作" * 4 + "。", "沈彦家贫，佣书自给"),
    ],
)
def test_a_short_first_sentence_is_the_opening_and_of_a_long_one_its_first_clauses(text, opening):
    assert Tale("", text).opening == opening
