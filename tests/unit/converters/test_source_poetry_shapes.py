from __future__ import annotations

import pytest

from converters.contract import Context, Example, Reject, Settings, SourceError
from converters.sources.poetry import SOURCE
from converters.sources.poetry.readers import from_annotated, from_poem

CONTEXT = Context(Settings())
# written for these tests
FOUR = ["春風開綠樹，細雨潤紅花。", "獨坐聽啼鳥，閒來問酒家。"]
RECORDS = {
    "poem": {"author": "某人", "paragraphs": FOUR, "title": "春日", "id": "x", "tags": ["春天"]},
    "lyric": {"author": "某人", "paragraphs": ["小院深深落照斜。"] * 4, "rhythmic": "某调"},
    "annotated-lyric": {
        "author": "某人",
        "paragraphs": ["小院深深落照斜。"] * 4,
        "rhythmic": "某调",
        "notes": [],
        "title": "",
    },
    "aria": {"dynasty": "yuan", "author": "某人", "paragraphs": ["野花路畔开，村酒槽头榨。"], "title": "送别・一枝花"},
    "ode": {"title": "采菱", "chapter": "国风", "section": "南风", "content": ["采菱采菱，于水之滨。"]},
    "elegy": {"title": "江蓠", "section": "九歌", "author": "某人", "content": ["采江蓠兮中洲，望佳人兮高楼。"]},
    "nalan": {"title": "浣溪沙·春", "para": ["小院深深落照斜"], "author": "某人"},
    "caocao": {"title": "登台行", "paragraphs": FOUR},
    "imperial": {
        "title": "春日",
        "author": "某人",
        "biography": "",
        "paragraphs": FOUR,
        "notes": [""],
        "volume": "卷一",
        "no#": 1,
    },
    "retold": {"author": "某人", "title": "春日", "paragraphs": FOUR, "prologue": ""},
    "classic": {"chapter": "问学篇", "paragraphs": ["子曰：“君子慎言。”"]},
    "primer": {"title": "千家詩", "content": [{"type": "五言絕句", "content": []}]},
    "csv": {"题目": "春日", "朝代": "宋", "作者": "某人", "内容": "".join(FOUR)},
    "suspect": {
        "author": "某人",
        "paragraphs": FOUR,
        "title": "春日",
        "id": "x",
        "error_type": ["平仄"],
        "strains": [],
    },
    "strains": {"strains": {"strains": {"strains": ["平平"], "id": "x"}, "id": "x"}, "id": "x"},
    "biographies": {"name": "某人", "desc": "吴人。", "id": "x"},
    "ranks": {"author": "某人", "baidu": 1, "title": "春日"},
    "aphorisms": {"content": "读书宜静。", "comment": ["某曰：是。"]},
}


@pytest.mark.parametrize("name", RECORDS)
def test_each_shape_is_recognised_by_its_content_and_by_no_other(name):
    assert [shape.name for shape in SOURCE.formats if shape.matches(RECORDS[name])] == [name]


def test_every_shape_has_a_record_here():
    assert set(RECORDS) == {shape.name for shape in SOURCE.formats}


@pytest.mark.parametrize(
    "record",
    [None, [], "春", {}, {"title": 3}, {"paragraphs": FOUR}, {"author": "某人", "paragraphs": "春", "title": "春日"}],
)
def test_what_is_none_of_them_matches_none(record):
    assert not any(shape.matches(record) for shape in SOURCE.formats)


@pytest.mark.parametrize("name", ["三字經", "朱子家訓"])
def test_a_primer_with_the_columns_of_a_poem_is_a_primer(name):
    record = {"title": name, "author": "某人", "paragraphs": ["晨早起，須掃地，衣與帽，置有位。"]}
    assert [shape.name for shape in SOURCE.formats if shape.matches(record)] == ["primer"]


def outcomes(name, **changes):
    shape = next(shape for shape in SOURCE.formats if shape.name == name)
    return shape.convert(RECORDS[name] | changes, CONTEXT)


@pytest.mark.parametrize("shape", SOURCE.readable, ids=lambda shape: shape.name)
def test_every_record_has_an_outcome_in_the_datasets_that_its_shape_feeds(shape):
    made = shape.convert(RECORDS[shape.name], CONTEXT)
    if shape.name != "primer":  # an anthology without a poem
        assert made
    assert {outcome.dataset for outcome in made} <= set(SOURCE.fed_by(shape))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"paragraphs": []}, "empty_text"),
        ({"title": "幺・花落水流红，闲愁万种。谁与共"}, "verse_in_title"),
        ({"paragraphs": ["(云)敢问先生何处去？", "野花路畔开，村酒槽头榨。"]}, "spoken_parts"),
        ({"paragraphs": ["（末云了）野花路畔开，村酒向人筛。", "唱罢归来，月上高台。"]}, "kept"),
        (
            {"paragraphs": ["野花路畔开。", "今日好风光。", "往前村走一遭。", "桥边水又流。"]},
            "unrhymed_aria",
        ),
    ],
)
def test_arias_with_speech_or_verse_in_the_title_are_rejected_and_directions_cut(changes, reason):
    (outcome,) = outcomes("aria", **changes)
    assert (outcome.reason if isinstance(outcome, Reject) else "kept") == reason
    if reason == "kept":
        assert "云了" not in outcome.messages[0].content


def test_a_poem_that_goes_on_in_the_field_of_its_retelling_is_cut():
    made = outcomes("retold", prologue="春風開綠樹，細雨潤紅花。獨坐聽啼鳥，閒來問酒家。这首诗写春天。")
    assert {outcome.reason for outcome in made} == {"poem_goes_on_in_prologue"}


def test_a_poem_of_the_imperial_collection_that_lost_a_verse_is_cut():
    lines = ["江城五月雨初晴，獨上高樓望遠行。遠樹含煙連野色，", "十年湖海三秋夢，萬里關山一夜情。欲寄相思無雁到，"]
    made = outcomes("imperial", paragraphs=lines)
    assert [(outcome.dataset, outcome.reason) for outcome in made] == [
        ("poetry_compose", "cut_text"),
        ("poetry_next", "cut_text"),
    ]
    assert all(isinstance(outcome, Example) for outcome in outcomes("imperial", paragraphs=["".join(FOUR)]))


def test_poems_of_the_imperial_collection_that_run_together_are_rejected():
    one = "江城五月雨初晴，獨上高樓望遠行。遠樹含煙連野色，孤舟帶月聽潮聲。"
    other = "小院無人日影斜，東風吹落滿庭花。門前流水知何處，夢裡青山是我家。"
    assert {outcome.reason for outcome in outcomes("imperial", paragraphs=[one, other])} == {"run_together"}
    assert all(isinstance(outcome, Example) for outcome in outcomes("poem", paragraphs=[one, other]))


def test_misprints_of_the_annotated_books_are_mended_in_the_verse_too():
    made = outcomes("retold", paragraphs=["遠目寒山石徑斜，白雲生處有人家。".replace("遠", "远"), FOUR[1]])
    assert all("远上寒山" in "".join(message.content for message in one.messages) for one in made[:2])


def test_a_row_whose_title_is_a_tune_is_a_lyric():
    text = "小院深深落照斜。一帘疏雨湿桐花。薄寒微醉不思家。燕子不知春已老，衔泥犹绕旧窗纱。阑干倚遍数归鸦。"
    made = outcomes("csv", 题目="浣溪沙 春晚", 内容=text)
    assert all("浣溪沙" in outcome.messages[0].content for outcome in made)
    assert {outcome.kind for outcome in made} == {"lyric"}


def test_an_anthology_gives_its_poems_with_their_authors_and_chapters_of_a_series():
    record = {
        "title": "千家詩",
        "content": [
            {"type": "五言絕句", "content": [{"chapter": "春日", "author": "（唐）某人", "paragraphs": FOUR}]},
            {
                "type": "五言絕句",
                "content": [
                    {
                        "chapter": "江行",
                        "author": "（唐）某人",
                        "paragraphs": [{"subchapter": "其一", "paragraphs": FOUR}],
                    }
                ],
            },
        ],
    }
    made = outcomes("primer", **record)
    assert {outcome.author for outcome in made} == {"某人"}
    assert {outcome.title for outcome in made} == {"春日", "江行"}
    assert sum(outcome.dataset == "poetry_recite" for outcome in made) == 2


def test_prose_in_a_book_for_children_is_rejected():
    made = outcomes(
        "primer",
        title="古文觀止",
        content=[{"title": "卷一", "content": [{"chapter": "遊記", "paragraphs": ["余少好遊。"]}]}],
    )
    assert [outcome.reason for outcome in made] == ["prose"]


def test_a_users_rhyme_table_decides_which_forms_are_named(tmp_path):
    path = tmp_path / "rhymes.json"
    path.write_text('{"平": {"一": ["花"]}, "仄": {"二": ["家"]}}', encoding="utf-8")
    shape = next(shape for shape in SOURCE.formats if shape.name == "poem")
    with_table = Context(Settings(options={"rhymes": str(path)}))
    prompts = [
        next(
            one.messages[0].content
            for one in shape.convert(RECORDS["poem"] | {"tags": []}, context)
            if isinstance(one, Example)
        )
        for context in (CONTEXT, with_table)
    ]
    assert ["五言绝句" in prompt for prompt in prompts] == [True, False]


@pytest.mark.parametrize("text", ["[]", "{", '{"平": 3}'])
def test_a_table_that_is_none_is_an_error_that_names_it(tmp_path, text):
    path = tmp_path / "rhymes.json"
    path.write_text(text, encoding="utf-8")
    shape = next(shape for shape in SOURCE.formats if shape.name == "poem")
    with pytest.raises(SourceError, match=r"rhymes\.json"):
        shape.convert(RECORDS["poem"], Context(Settings(options={"rhymes": str(path)})))


def test_what_is_plentiful_weighs_more_than_what_is_not():
    weights = {dataset.name: dataset.weight for dataset in SOURCE.datasets}
    assert sum(weights.values()) == pytest.approx(0.34)
    assert weights["poetry_compose"] > weights["poetry_explain"] > weights["poetry_recite"]


def test_a_lyric_whose_notes_are_none_is_composed_and_not_explained():
    lyric = {"author": "柳溪", "rhythmic": "浣溪沙", "notes": None, "title": "浣溪沙"}
    verses = ["江上梅花落晚风。", "冰弦弹罢意无穷。", "一声征雁过楼东。"]
    outcomes = from_annotated(lyric | {"paragraphs": verses}, Context())
    assert [outcome.dataset for outcome in outcomes] == ["poetry_compose", "poetry_next", "poetry_explain"]
    assert isinstance(outcomes[2], Reject)


def test_tags_that_are_no_list_are_none():
    poem = {"author": "沈石田", "title": "春日", "paragraphs": ["江上梅花落晚风，冰弦弹罢意无穷。"], "tags": 1}
    assert from_poem(poem, Context()) == from_poem(poem | {"tags": []}, Context())
