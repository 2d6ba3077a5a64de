from __future__ import annotations

import json

import pytest

from ewc_plugin.metrics.prosody import ProsodyError, named

LEVEL = {"一東": "東东風", "七陽": "霜鄉"}
TABLE = {
    "format": "prosody",
    "version": 1,
    "pingshui": {
        "groups": {"平": {**LEVEL, "二冬": "冬"}, "去": {"一送": "送風"}},
        "parts": {"1": ["一東", "二冬", "一送"]},
    },
    "modern": {"rhymes": {"十一庚": ["ong", "eng"]}, "finals": {"ong1": "东冬", "ong4": "送", "eng1": "风"}},
}


@pytest.fixture
def read(tmp_path):
    def written(table):
        path = tmp_path / "mine.json"
        path.write_text(table if isinstance(table, str) else json.dumps(table, ensure_ascii=False), "utf-8")
        return named(str(path))

    return written


def test_a_character_has_the_tones_and_groups_of_all_its_places(read):
    table = read(TABLE)
    assert [table.tone(character) for character in "東送風x"] == ["平", "仄", "多", ""]
    assert table.groups["風"] == {"一東", "一送"}


def test_a_character_that_the_rhyme_books_do_not_know_has_its_tone_of_today(read):
    assert read(TABLE).tone("风") == "平"


def test_lyrics_rhyme_in_parts_and_a_group_without_one_is_its_own(read):
    table = read(TABLE)
    assert table.parts["東"] == table.parts["冬"] == {"1"}
    assert table.parts["霜"] == {"七陽"}


def test_modern_rhymes_join_finals_and_keep_level_and_oblique_apart(read):
    modern = read(TABLE).modern
    assert modern["东"] == modern["风"] == {"十一庚平"}
    assert modern["送"] == {"十一庚仄"}


def test_a_users_table_may_know_level_and_oblique_alone(read):
    table = read({"format": "prosody", "version": 1, "pingshui": {"groups": {"平": LEVEL, "仄": {"屋": "屋"}}}})
    assert [table.tone(character) for character in "東屋"] == ["平", "仄"]
    assert table.modern == {}


def test_the_digest_names_the_table(read):
    first, other = read(TABLE), read(TABLE | {"note": "another"})
    assert first.digest != other.digest


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("{", "a JSON object in UTF-8"),
        ("[]", '"format": "prosody"'),
        ({"format": "prosody", "version": 2}, "version 2"),
        ({"format": "prosody", "version": 1}, "pingshui: NoneType where an object is wanted"),
        (TABLE | {"pingshui": {"groups": {}}}, "without a character"),
        (
            TABLE | {"pingshui": {"groups": {"阴平": LEVEL}}},
            "pingshui.groups.阴平: not one of the tones 平 上 去 入 仄",
        ),
        (TABLE | {"pingshui": {"groups": {"平": {"一東": ["東"]}}}}, "pingshui.groups.平.一東: list where a string"),
        (TABLE | {"pingshui": {"groups": {"平": LEVEL}, "parts": {"1": "一東"}}}, "pingshui.parts.1: a list of names"),
        (TABLE | {"modern": {"rhymes": {}, "finals": {"ong1": "东"}}}, "modern.finals.ong1: not a final"),
        (TABLE | {"modern": {"rhymes": {"庚": ["ong"]}, "finals": {"ong": "东"}}}, "modern.finals.ong: not a final"),
    ],
)
def test_what_is_no_table_says_where_and_how_to_get_one(read, table, says):
    with pytest.raises(ProsodyError, match="python -m converters catalog") as raised:
        read(table)
    assert says in str(raised.value)
    assert "mine.json" in str(raised.value)


@pytest.mark.parametrize("path", ["", "nowhere/prosody.json"])
def test_without_a_table_the_error_says_how_to_write_one(path):
    with pytest.raises(ProsodyError, match="converters catalog"):
        named(path)


def test_a_table_that_changed_is_read_again(read):
    assert read(TABLE).tone("屋") == ""
    assert read(TABLE | {"pingshui": {"groups": {"入": {"一屋": "屋"}}}}).tone("屋") == "仄"
