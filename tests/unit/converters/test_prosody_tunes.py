from __future__ import annotations

import pytest

from converters.poems.tunes import PATTERNS, is_confirmed, keeps_to, lengths, name_of, rhymed_share

# written for these tests
LYRIC = [
    "小院深深落照斜。",
    "一帘疏雨湿桐花。",
    "薄寒微醉不思家。",
    "燕子不知春已老，衔泥犹绕旧窗纱。",
    "阑干倚遍数归鸦。",
]


def test_a_lyric_that_keeps_lengths_and_rhyme_is_its_tune():
    assert is_confirmed("浣溪沙", LYRIC, simplified=True)


def test_another_tune_of_the_same_verses_is_not():
    assert not is_confirmed("鹧鸪天", LYRIC, simplified=True)
    assert not is_confirmed("没有这个词牌", LYRIC, simplified=True)


def test_a_lyric_without_rhyme_is_no_tune_although_its_lengths_are_right():
    unrhymed = [*LYRIC[:2], "薄寒微醉不思眠。", "燕子不知春已老，衔泥犹绕旧窗台。", "阑干倚遍数归舟。"]
    assert keeps_to("浣溪沙", unrhymed)
    assert not is_confirmed("浣溪沙", unrhymed, simplified=True)


def test_a_pause_within_a_verse_divides_nothing():
    assert lengths(["西子方来、越相功成去，", "千里沧江一叶舟。"]) == "97"


def test_a_rhyme_inside_a_printed_line_counts():
    assert rhymed_share(["小山重叠照，鬓云如此好。", "门前流水东，楼外夕阳红。"], simplified=True) == 1.0
    assert rhymed_share([]) == 0.0


@pytest.mark.parametrize(
    ("printed", "name"), [("望江南・忆江南", "望江南"), ("菩萨蛮·春", "菩萨蛮"), ("浣溪沙 其二", "浣溪沙")]
)
def test_a_tune_has_one_name(printed, name):
    assert name_of(printed) == name


def test_the_common_tunes_have_the_number_of_characters_that_every_manual_gives():
    wanted = {
        "浣溪沙": 42,
        "菩萨蛮": 44,
        "清平乐": 46,
        "西江月": 50,
        "鹧鸪天": 55,
        "蝶恋花": 60,
        "渔家傲": 62,
        "水调歌头": 95,
        "沁园春": 114,
    }
    sums = {name: {sum(int(digit, 36) for digit in pattern) for pattern in PATTERNS[name]} for name in wanted}
    assert all(number in sums[name] for name, number in wanted.items()), sums
