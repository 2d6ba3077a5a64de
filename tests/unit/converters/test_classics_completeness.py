"""Nothing is left out of a translation and nothing is added, character by character."""

from __future__ import annotations

import pytest

from converters.classics import completeness, correspondence
from converters.classics.completeness import FREE

# (classical, modern, reason): written for these tests
FAULTS = [
    ("乞早正典刑，以绝祸本。", "乞求早正典刑，以断绝本。", FREE),
    ("沈安，盗也，安斩之，师还。", "沈安是强盗，斩了他回来。", FREE),
    ("贼东行二里而止。", "贼向东走了二里就停下来，官军追了上去，没有追上。", FREE),
    ("沈安出，见盗而还。", "沈安出来，见到强盗，就返回了自己的家里去。", FREE),
    ("贼东行二里，渡水而去。", "贼向东走了二里，渡过渭水离去了。", FREE),
    ("宋军攻定州，取临济。", "宋军攻占定州，占领临济。", FREE),
    ("礼毕，内外皆哭。", "祭礼结东，内外都哭。", FREE),
    ("季昌许之，遂行。", "高季昌答应了他，于是走了。", FREE),
    ("贼渡水而去。", "贼就就渡水离去了。", "stutter"),
    ("贼不渡水而去。", "贼渡过水离去了。", FREE),
    ("十七年春，贼渡水而去。", "至正十七年春，贼渡水离去。", "name_from_nowhere"),
    ("沈安曰：贼渡水而去。", "沈安说。贼渡水离去了。", "odd_mark"),
    ("答曰：欲得王耳。又曰：君知贼否？", "回答说：想要得到王：又说：您知道贼吗？", "odd_mark"),
    ("以此而观，彼岂能渡水。", "由此看来，你怎么能够渡水。", FREE),
    ("二月五日，贼至城下。", "二月五日，贼到了太原城下。", FREE),
    ("陈侯吴归于陈。", "陈侯回到陈国。", FREE),
    ("诏叔丁等还师。", "下诏何叔丁等返回军队。", FREE),
]
SOUND = [
    ("以此而观，彼岂能渡水。", "由此看来，他怎么能够渡水。"),
    ("二月五日，贼至太原城下。", "二月五日，贼到了太原城下。"),
    ("陈侯吴归于陈。", "陈侯吴回到陈国。"),
    ("陈侯归于陈，师还。", "陈侯回到陈国，军队返回。"),
    ("乞早正典刑，以绝祸本。", "乞求早正典刑，以断绝祸本。"),
    ("沈安，盗也，安斩之，师还。", "沈安是强盗，沈安斩了他，军队返回。"),
    ("沈安出，见盗而还。", "沈安出来，见到强盗，就返回了。"),
    ("贼东行二里，渡渭而去。", "贼向东走了二里，渡过渭水离去了。"),
    ("宋军攻定州，取之。", "宋军攻打定州，占领了它。"),
    ("礼毕，内外皆哭。", "祭礼结束，内外都哭。"),
    ("久之，贼渡水而去。", "很久，贼渡水离去了。"),
    ("非久，贼渡水而去。", "很快，贼渡水离去了。"),
    ("贼不渡水而去。", "贼没有渡过水就离去了。"),
    ("十七年春，贼渡水而去。", "十七年春天，贼渡水离去。"),
    ("沈安曰：贼渡水而去。", "沈安说：贼渡水离去了。"),
    ("答曰：欲得王耳。又曰：君知贼否？", "回答说：想要得到王。又说：您知道贼吗？"),
    ("众皆传说，贼渡水而去。", "众人都传说。贼渡水离去了。"),
]


@pytest.mark.parametrize(("classical", "modern", "reason"), FAULTS)
def test_what_one_side_lacks_is_told(classical, modern, reason):
    assert (completeness.fault(classical, modern) or ("", ""))[0] == reason


@pytest.mark.parametrize(("classical", "modern"), SOUND)
def test_a_whole_translation_has_no_fault(classical, modern):
    assert completeness.fault(classical, modern) is None


def test_characters_without_a_partner_are_named():
    assert completeness.left_out("以绝祸本。", "来断绝根本。") == ["祸"]
    assert completeness.brought_in("朝议许之。", "朝廷商议许可桧。", known="") == ["桧"]


def test_a_name_is_known_from_the_sentence_before():
    old, new = "安出，见盗而还。", "沈安出来，见到强盗就返回了。"
    assert completeness.brought_in(old, new, known="") == ["沈"]
    assert completeness.brought_in(old, new, known="沈安，余姚人也。") == []


def test_a_word_is_completed_by_what_renders_and_by_no_place_or_particle():
    assert completeness.brought_in("朝议。", "朝廷商议。", known="") == []
    assert completeness.brought_in("渡水。", "渡过渭水。", known="") == ["渭"]
    assert completeness.brought_in("油杉为上。", "油杉马上等。", known="") == ["马"]


def test_completeness_is_asked_of_every_pair():
    found = correspondence.fault("贼不渡水而去，我军追之。", "贼渡过水离去了，我军追击他们。")
    assert (found or ("", ""))[0] == FREE


@pytest.mark.parametrize(("longer", "is_free"), [(14 + 4, False), (14 + 5, True)])
def test_a_translation_is_at_most_four_tenths_and_four_characters_longer(longer, is_free):
    found = completeness.fault("水" * 10 + "。", "水" + "的" * (longer - 1) + "。")
    assert (found == (FREE, f"10 characters, {longer} characters")) == is_free


@pytest.mark.parametrize(("longer", "is_free"), [(12 + 4, False), (12 + 5, True)])
def test_with_a_clause_more_it_is_at_most_two_tenths_longer(longer, is_free):
    found = completeness.fault("水" * 10 + "。", "水，" + "的" * (longer - 1) + "。")
    assert (found == (FREE, f"10 characters, {longer} characters")) == is_free


def test_one_side_has_at_most_one_clause_more():
    assert completeness.fault("水，水，水。", "水，水水。") is None
    assert completeness.fault("水，水，水。", "水水水。") == (FREE, "3 clauses, 1 clauses")
    assert completeness.fault("水水水。", "水，水，水。") == (FREE, "3 characters, 3 characters")


def test_a_verb_may_stand_alone_and_the_half_of_a_word_may_not():
    assert completeness.fault("诛贼。", "杀贼。") is None
    assert (completeness.fault("贼毕，师还。", "贼结，师还。") or ("", ""))[1] == "结 makes no word in: 贼结，师还。"


def test_somebody_may_say_what_another_says():
    assert completeness.fault("帝曰：沈安曰：善。", "帝说：沈安说：善。") is None


def test_an_everyday_noun_makes_a_word():
    assert completeness.brought_in("贼夺财于官。", "贼夺财于官府。", known="") == []
