"""A translation into modern Chinese renders each clause in its place and adds no name of its own."""

from __future__ import annotations

import pytest

from converters.classics import clausewise
from converters.classics.completeness import FREE

NOWHERE = "name_from_nowhere"
# (classical, modern, reason): written for these tests
FAULTS = [
    ("沈安遇盗，渡水而还。", "沈安渡过水就返回，遇到了强盗。", FREE),
    ("沈安渡水，还见其妻。", "沈安渡过了水，返回来，见到他的妻子。", FREE),
    ("沈安东北行，渡水而还。", "沈安向东走，渡过水就返回了。", FREE),
    ("有文在其手。", "有字在他的左手。", FREE),
    ("沈安不能行，不得渡水。", "沈安不能走，能够渡过水。", FREE),
    ("沈安曰：无水，无盗。", "沈安说：没有水，是强盗。", FREE),
    ("沈安渡水而还。", "沈安渡过水返回了官。", FREE),
    ("盗夜渡水。", "强盗渡过水。", FREE),
    ("盗渡水。", "强盗渡过水捉鱼。", FREE),
    ("沈安殆死。", "沈安大死。", FREE),
    ("盗害沈安。", "强盗杀损沈安。", FREE),
    ("肇得罪而死。", "高肇得罪而死了。", NOWHERE),
    ("叔父允，诛贼。", "叔父王允，诛杀了贼。", NOWHERE),
    ("父同文，自有亲。", "父亲戚同文，自己有亲戚。", NOWHERE),
    ("桧畏水而还。", "秦桧怕水就返回了。", NOWHERE),
    ("龙、神卫畏水。", "龙、神、卫都怕水。", FREE),
    ("惠公渡水而还。", "晋惠公渡过水就返回了。", NOWHERE),
    ("代宗不渡水。", "唐代宗没有渡过水。", NOWHERE),
    ("以元年十月为始。", "以太元年十月为开始。", NOWHERE),
    ("沈安以不见盗，遂还。", "沈安以为没有见到强盗，于是返回了。", FREE),
    ("沈安渡水而还。", "但沈安渡过水就返回了。", FREE),
]
SOUND = [
    ("沈安遇盗，渡水而还。", "沈安遇到了强盗，渡过水就返回了。"),
    ("沈安还，渡水，见其妻。", "沈安返回渡过了水，见到他的妻子。"),
    ("沈安东北行，渡水而还。", "沈安向东北走，渡过水就返回了。"),
    ("沈安不能行，不得渡水。", "沈安不能走，不能渡过水。"),
    ("盗夜渡水。", "强盗夜里渡过水。"),
    ("盗渡水。", "强盗渡过了水。"),
    ("盗害沈安。", "强盗杀害沈安。"),
    ("沈安好其物。", "沈安喜好他的东西。"),
    ("肇得罪而死。", "肇得罪而死了。"),
    ("叔父允，诛贼。", "叔父允，诛杀了贼。"),
    ("父同文，自有亲。", "父亲同文，自己有亲戚。"),
    ("父歆畏水。", "父亲歆怕水。"),
    ("左右皆畏水。", "身边的人都怕水。"),
    ("秦桧畏水而还。", "秦桧怕水就返回了。"),
    ("龙、神卫畏水。", "龙、神卫都怕水。"),
    ("江淮之民还。", "江、淮的人民返回了。"),
    ("其年，葬于章陵。", "这年，安葬在章陵。"),
    ("晋惠公渡水而还。", "晋惠公渡过水就返回了。"),
    ("唐代宗不渡水。", "唐代宗没有渡过水。"),
    ("以元年十月为始。", "以元年十月为开始。"),
    ("沈安以为不见盗，遂还。", "沈安以为没有见到强盗，于是返回了。"),
    ("然沈安渡水而还。", "但沈安渡过水就返回了。"),
]


@pytest.mark.parametrize(("classical", "modern", "reason"), FAULTS)
def test_what_is_not_rendered_in_its_place_is_told(classical, modern, reason):
    assert (clausewise.fault(classical, modern) or ("", ""))[0] == reason


@pytest.mark.parametrize(("classical", "modern"), SOUND)
def test_a_translation_clause_by_clause_has_no_fault(classical, modern):
    assert clausewise.fault(classical, modern) is None


def test_only_the_usual_renderings_of_a_character_count():
    assert clausewise.usual("死") == {"亡", "杀"}
    assert len(clausewise.usual("丞")) == 4
