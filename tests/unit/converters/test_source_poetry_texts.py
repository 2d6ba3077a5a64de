from __future__ import annotations

from dataclasses import replace

import pytest

from converters.contract import Context, Settings
from converters.poems import verse
from converters.sources.poetry.poem import Fault, Poem, Text, is_series, read

# written for these tests
FOUR = ["春風開綠樹，細雨潤紅花。", "獨坐聽啼鳥，閒來問酒家。"]
EIGHT = [
    "江城五月雨初晴，獨上高樓望遠行。",
    "遠樹含煙連野色，孤舟帶月聽潮聲。",
    "十年湖海三秋夢，萬里關山一夜情。",
    "欲寄相思無雁到，白雲深處有鐘鳴。",
]


def poem(lines=FOUR, title="春日", author="某人", genre="poem", script="simplified", **more) -> Poem | Fault:
    return read(Text(lines, title, author, genre, **more), Context(Settings(script=script)), None)


def reason(**changes) -> str:
    found = poem(**changes)
    return found.reason if isinstance(found, Fault) else "kept"


def test_a_text_is_simplified_and_its_original_kept_for_rhyme_and_tone():
    found = poem()
    assert found.lines == ("春风开绿树，细雨润红花。", "独坐听啼鸟，闲来问酒家。")
    assert found.original == "\n".join(FOUR)
    assert found.changes == ("simplified",)


def test_the_original_script_stays_where_it_is_asked_for():
    found = poem(script="original")
    assert (found.lines, found.original, found.changes) == (tuple(FOUR), "", ())


def test_a_form_is_named_where_tones_confirm_it_and_counted_where_not():
    assert poem(EIGHT).wanted_form == "七言律诗"
    assert poem([*EIGHT[1::-1], *EIGHT[2:]]).wanted_form == "七言八句的诗"
    long = poem([*EIGHT, *EIGHT[1::-1]])
    assert long.wanted_form == "七言诗（共十二句）"
    assert poem(["登高台，望四方。", "山川何浩蕩，雲樹鬱蒼蒼。"]).wanted_form == "句式长短不拘的古体诗"


def test_one_poem_under_two_names_with_other_marks_or_in_another_script_has_one_hash():
    other = poem([line.replace("，", "！") for line in FOUR], title="無題", author="別人")
    assert poem().hash == other.hash == poem(script="original").hash
    assert poem().document.startswith("poem:")


@pytest.mark.parametrize(
    ("line", "cleaned"),
    [
        ("[春]風開綠樹（一作「桃李」），細雨潤紅花。", "春風開綠樹，細雨潤紅花。"),
        ("忧从中来，不可断绝。(明明 一作：佼佼)", "忧从中来，不可断绝。"),
        ("花面交 相映。", "花面交相映。"),
        ("何不改乎此度?", "何不改乎此度？"),
        ("沿洄安得住？。", "沿洄安得住？"),
        ('常言道"女大不中留"。', "常言道“女大不中留”。"),
    ],
)
def test_marks_of_editors_and_typists_are_cleaned(line, cleaned):
    assert verse.cleaned(line) == cleaned


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("春風開□樹，細雨潤紅花。", "missing_characters"),
        ("春風開{艹/尔}樹，細雨潤紅花。", "missing_characters"),
        ("春風開?樹，細雨潤紅花。", "missing_characters"),
        ("春風開\ufffd樹，細雨潤紅花。", "missing_characters"),
        ("春風開綠樹（某按）細雨潤紅花。", "editor_note"),
        ("作者不詳。", "editor_note"),
        ("弔春風開綠樹，細雨潤紅花。", "uneven_verse"),
        ("春風開z1樹，細雨潤紅花。", "odd_characters"),
        ("春風開\U00029289樹，細雨潤紅花。", "rare_character"),
        ("春風開綠樹...", "cut_text"),
        ("余少好遊足跡半天下所至必登高以望也，細雨潤紅花。", "prose"),
    ],
)
def test_what_is_no_whole_poem_is_rejected_by_its_reason(first, expected):
    assert reason(lines=[first, FOUR[1]]) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"title": "句  其一○"}, "fragment"),
        ({"title": "存目"}, "fragment"),
        ({"tune": "失调名", "genre": "lyric"}, "fragment"),
        ({"lines": []}, "empty_text"),
        ({"lines": [" ", "，。"]}, "empty_text"),
        ({"lines": FOUR[:1]}, "too_short"),
        ({"lines": [*FOUR, "閒來問酒家。"]}, "odd_number_of_verses"),
    ],
)
def test_fragments_are_rejected(changes, expected):
    assert reason(**changes) == expected


def test_a_poem_of_two_sentences_a_paragraph_is_divided_into_couplets():
    assert len(poem(["".join(FOUR)]).lines) == 2


def test_one_verse_with_a_character_too_many_is_a_slip_and_two_are_a_form():
    assert verse.is_uneven(["弔春風開綠樹，細雨潤紅花。", FOUR[1]])
    assert not verse.is_uneven(["弔春風開綠樹，細雨潤紅花。", "弔獨坐聽啼鳥，閒來問酒家。", *FOUR])


def test_a_title_names_a_沈_unless_it_says_how_it_sinks():
    assert poem(title="沈湯輔隱軒詩").title == "沈汤辅隐轩诗"
    assert poem(title="沈香亭").title == "沉香亭"


def test_a_signature_is_no_verse():
    assert reason(lines=[*FOUR, "本堂老人書。"]) == "editor_note"


def test_two_characters_too_many_are_a_slip_in_a_poem_of_eight_verses_and_none_in_a_song():
    twice = [EIGHT[0].replace("獨上", "獨上獨上"), *EIGHT[1:]]
    assert verse.is_uneven(twice)
    assert not verse.is_uneven([*twice, EIGHT[1]])


QUATRAIN = ["小院無人日影斜，東風吹落滿庭花。", "門前流水知何處，夢裡青山是我家。"]


def test_two_regulated_poems_under_one_title_are_a_series_and_one_is_none():
    assert is_series(poem([*EIGHT[:2], *QUATRAIN]))
    assert not is_series(poem(EIGHT))
    assert not is_series(replace(poem(QUATRAIN), form=""))
    assert not is_series(poem([*EIGHT[:2], QUATRAIN[0], EIGHT[3]]))


def test_a_name_that_lost_a_character_is_no_name():
    assert poem(author="韓").author == ""
    assert poem(author="韓疁").author == "韩疁"


def test_songs_that_breathe_at_xi_may_have_longer_verses():
    old = ["踔宇宙而遺俗兮眇翩翩而獨征。", "情志泊兮心亭亭。", "和液暢兮神氣寧。", "練余心兮浸太清。"]
    assert isinstance(poem(old), Poem)
    assert reason(lines=[old[0].replace("兮", "乎"), *(line.replace("兮", "乎") for line in old[1:])]) == "prose"


def test_verses_that_each_end_a_sentence_are_not_paired():
    assert len(poem(["北方有佳人。絕世而獨立。一顧傾人城。再顧傾人國。"]).lines) == 4


def test_a_question_in_the_middle_does_not_divide_a_couplet():
    assert len(poem(["借問酒家何處是？牧童遙指杏花村。", "春風開綠樹上鳥，細雨潤紅花下人。"]).lines) == 2


def test_lines_without_a_last_mark_get_one_and_it_is_noted():
    found = poem(["春風開綠樹，細雨潤紅花", "獨坐聽啼鳥，閒來問酒家"])
    assert found.lines[-1].endswith("家。")
    assert "last_mark_added" in found.changes


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("千尋鐵鎖沈江底，沈郎憔悴", "千寻铁锁沉江底，沈郎憔悴"),
        ("沈君有弟，沈公無子，沈沈夜色", "沈君有弟，沈公无子，沉沉夜色"),
        ("徵人歸日，宮商角徵羽", "征人归日，宫商角徵羽"),
        ("祇今惟有鷓鴣飛，神祇在上", "只今惟有鹧鸪飞，神祇在上"),
        ("映堦碧草，髪白燈孤，馀寒", "映阶碧草，发白灯孤，余寒"),
        ("柰何人老，世閒無柰，李柰初熟，人閒桂花", "奈何人老，世间无奈，李柰初熟，人闲桂花"),
        ("江邉畱客，閙處穏眠，嵓下峩冠", "江边留客，闹处稳眠，岩下峨冠"),
    ],
)
def test_old_forms_get_the_printed_form_of_today(printed, shown):
    assert verse.simplified_verse(printed) == shown


@pytest.mark.parametrize(
    ("title", "parts"),
    [
        ("帝京篇十首 一", ["帝京篇"]),
        ("郊廟歌辭 祀圜丘樂章 豫和", ["祀圜丘樂章", "豫和"]),
        ("橫吹曲辭：隴頭水", ["隴頭水"]),
        ("又賦如山", ["賦如山"]),
        ("又雪", ["雪"]),
        ("又", ["又"]),
        ("九思 其四 悯上", ["九思", "悯上"]),
        ("凉州词二首”", ["凉州词"]),
        ("冬宵各為四韻", ["冬宵"]),
        ("三首", ["三首"]),
    ],
)
def test_a_title_is_what_somebody_would_ask_for(title, parts):
    assert verse.title_parts(title) == parts


@pytest.mark.parametrize(
    ("title", "ritual"),
    [("郊廟歌辭 祀圜丘樂章 豫和", True), ("導引", True), ("享太廟樂章", True), ("郊行", False), ("祭灶詞", False)],
)
def test_hymns_of_the_state_cult_are_told_from_poems(title, ritual):
    assert verse.is_ritual(title) is ritual


@pytest.mark.parametrize(
    ("title", "answers"),
    [
        ("次韻子瞻見寄", True),
        ("奉和聖製春日", True),
        ("和張僕射塞下曲", True),
        ("又和寄光山徐員外", True),
        ("和靖墓", False),
        ("寄遠", False),
    ],
)
def test_an_answer_to_a_poem_that_is_not_shown_is_known_by_its_title(title, answers):
    assert verse.answers_a_poem(title) is answers


@pytest.mark.parametrize(
    ("author", "shown"),
    [
        ("（唐）孟浩然", "孟浩然"),
        ("唐代：元稹 ", "元稹"),
        ("不詳", ""),
        ("闕名", ""),
        ("耿[湋]", "耿湋"),
        ("唐寅", "唐寅"),
    ],
)
def test_an_author_has_a_name_and_no_dynasty(author, shown):
    assert poem(author=author).author == shown


def test_numerals_are_chinese():
    assert [verse.numeral(number) for number in (4, 10, 16, 40, 100, 108, 110, 120)] == [
        "四", "十", "十六", "四十", "一百", "一百零八", "一百一十", "一百二十",
    ]  # fmt: skip
