"""What is translated into modern Chinese is modern all through, and no verse or argument."""

from __future__ import annotations

import pytest

from converters.classics import modernity
from converters.classics.modernity import LEFT

# (classical, modern, reason): written for these tests
FAULTS = [
    ("朝日照高山，春风入我门。", "早晨的太阳照着高山，春天的风吹进我的家门。", "parallel"),
    ("先期选礼，肃若有承。", "提前选定了礼仪，肃敬得像有所承受。", "parallel"),
    ("甚矣汤，何能得雨。", "商汤怎么能够得到雨水呢。", "argument"),
    ("安家居，不知也。", "时沈安在家，他不知道这件事。", LEFT),
    ("王曰善，公曰可，士曰诺，众曰然。", "王说好，公说可以，士人说行，众人说对。", "parallel"),
    ("夫渡水者，必畏水。", "渡水的人，必定害怕水。", "argument"),
    ("无竞无害。", "没有竞争是祸害。", "argument"),
    ("宋军攻定州，沈安守临济，不出。", "宋军攻打定州，沈安守临济，不出。", LEFT),
    ("沈安迁南昌府通判。", "沈安升任南昌府通判。", LEFT),
    ("山中有大虎，众皆畏之。", "山中有大虎，众人都很怕他。", LEFT),
    ("宋军攻打定州，沈安不出。", "宋军攻打定州时，沈安并不出。", LEFT),
    ("盗众夜行登岸而还。", "这些强盗夜行登岸而还，没有人知道。", LEFT),
    ("沈安遇盗，移日而还。", "沈安遇到强盗，移日才返回。", LEFT),
    ("盗众畏沈安。", "强盗皆害怕沈安的名声。", LEFT),
    ("其威略多类此。", "他的威严与谋略多类此。", LEFT),
    ("又三里，为焦溪桥。", "又走了三里，为焦溪桥。", LEFT),
    ("年少为学生，甚贫。", "年轻时为学生，非常贫穷。", LEFT),
    ("沈安称“友多闻”。", "沈安常常称“友多闻”的话。", LEFT),
]
SOUND = [
    ("朝日照山，春风入我门。", "早晨的太阳照着高山，春天的风吹进我的家门。"),
    ("王曰善，公曰可，士曰诺。", "王说好，公说可以，士人说行。"),
    ("盗感其言，释之而去。", "强盗被他的话感动，放了他就走了。"),
    ("先期而选礼，肃若有承。", "提前选定了礼仪，肃敬得像有所承受。"),
    ("安家居，不知也。", "当时沈安在家，他不知道这件事。"),
    ("人渡水，必畏水。", "人要渡水，必定害怕水。"),
    ("无害。", "没有祸害。"),
    ("沈安迁南昌府通判。", "沈安升任了南昌府的通判。"),
    ("嘉靖十八年，沈安遇盗，次日而还。", "嘉靖十八年，沈安遇到强盗，第二天才返回。"),
    ("山有虎，众皆畏之。", "山有虎，众人都很怕他。"),
    ("吏部侍郎，众人皆畏之。", "吏部侍郎，众人都很怕他。"),
    ("九月癸丑，沈安遇盗。", "九月癸丑日，沈安遇到强盗。"),
    ("其威略多类此。", "他的威严与谋略大多像这样。"),
    ("又三里，为焦溪桥。", "又走了三里，就是焦溪桥。"),
    ("沈安自号“东山居士”。", "沈安称自己为“东山居士”。"),
]


@pytest.mark.parametrize(("classical", "modern", "reason"), FAULTS)
def test_what_is_still_classical_or_no_prose_is_told(classical, modern, reason):
    assert (modernity.fault(classical, modern) or ("", ""))[0] == reason


@pytest.mark.parametrize(("classical", "modern"), SOUND)
def test_modern_prose_has_no_fault(classical, modern):
    assert modernity.fault(classical, modern) is None


def test_a_fifth_is_new_and_a_quarter_where_no_modern_particle_stands():
    assert modernity._close("风雨雷电", "风雨雷电山") == (LEFT, "0.20 is new in: 风雨雷电山")
    assert modernity._close("风雨雷电", "风雨雷电的") is None
    assert modernity._close("风雨雷", "风雨雷山") is None
    assert modernity._close("风雨雷电云", "风雨雷的电云") == (LEFT, "0.17 is new in: 风雨雷的电云")


@pytest.mark.parametrize(("left", "is_told"), [("风雨雷电", False), ("风雨雷电雪", True)])
def test_five_characters_in_a_row_are_left(left, is_told):
    found = modernity._close(f"{left}。", f"那么说就是{left}。")
    assert (found is not None) == is_told


@pytest.mark.parametrize(("left", "is_told"), [("都督御史尚书令", False), ("都督御史尚书令史", True)])
def test_seven_characters_of_offices_may_stand_in_a_row_and_eight_may_not(left, is_told):
    found = modernity._close(f"{left}。", f"那么他们说的就都是{left}。")
    assert (found is not None) == is_told
