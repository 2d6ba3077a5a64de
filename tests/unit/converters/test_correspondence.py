"""Which pairs of a classical and a modern sentence correspond, and what names the ones that do not."""

from __future__ import annotations

import pytest

from converters.classics.correspondence import fault, new_share


def reason(classical: str, modern: str, known: str = "") -> str:
    found = fault(classical, modern, known)
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("classical", "modern"),
    [
        ("齐师退，我军追之三十里。", "齐国军队撤退，我军追击他们三十里。"),
        ("农者，国之本也，不可一日而废。", "农业是国家的根本，一天也不可以荒废。"),
        ("秋七月甲寅，大水，坏民庐舍三百余家。", "秋七月甲寅日，发大水，毁坏百姓房屋三百多家。"),
    ],
)
def test_a_faithful_translation_passes(classical: str, modern: str) -> None:
    assert reason(classical, modern) == ""


def test_the_translation_of_the_next_sentence_is_noticed() -> None:
    assert reason("公有疾，群臣皆忧之。", "先生能够这样对待百姓，实在难得。") == "not_rendered"


def test_a_clause_that_was_left_out_is_noticed() -> None:
    whole = "水深则鱼聚，林茂则鸟归，德盛则士附。"
    assert reason(whole, "水深鱼就聚集，树林茂密鸟就归来，德行盛大士人就归附。") == ""
    assert reason(whole, "水深鱼就聚集，树林茂密鸟就归来。") == "not_rendered"
    assert reason("盗感其言，释之而去，终不复来。", "强盗被他的话感动，就放了他走了。") == "not_rendered"


def test_a_clause_that_came_from_elsewhere_is_noticed() -> None:
    assert reason("盗感其言，释之而去。", "强盗被他的话感动，放了他就走了，大家都拍手叫好。") == "added_text"


def test_a_translation_several_times_as_long_is_none() -> None:
    long = "我听说水深鱼就聚集" + "，树林茂密鸟就归来" * 4 + "。"
    assert reason("水深则鱼聚。", long) == "length_ratio"


def test_a_modern_side_that_is_the_classical_one_again_is_untranslated() -> None:
    assert reason("兵部尚书李安为中书侍郎。", "兵部尚书李安为中书侍郎。") == "untranslated"
    assert reason("兵部侍郎李安、户部尚书王平并为节度使。", "兵部侍郎李安、户部尚书王平并任节度使。") == "untranslated"


def test_half_translated_sentences_are_still_classical() -> None:
    assert reason("公曰：吾知之矣。", "公曰：我知道这件事。") == "still_classical"
    assert reason("沈安曰：吾知之矣。", "沈安说：我知道这件事了。") == ""


@pytest.mark.parametrize(
    ("classical", "modern"),
    [
        ("遣使者问民疾苦。", "衹派使者询问百姓疾苦。"),
        ("家无斗米。", "家裹没有一斗米。"),
        ("死者数十人。", "死者有敷十人。"),
        ("诏罢之。", "下韶停止这件事。"),
        ("是时大饥，人相食。", "遣时发生大饥荒，人吃人。"),
        ("撝谦自守，不与人争。", "扌为谦自守，不和别人争夺。"),
        ("癸未，车驾还宫。", "癸未曰，皇帝的车驾回到宫中。"),
        ("有彗星见。", "有慧星出现。"),
    ],
)
def test_what_a_scanner_misread_is_noticed(classical: str, modern: str) -> None:
    assert reason(classical, modern) == "misread_character"


def test_a_character_that_is_right_where_it_stands_is_no_slip() -> None:
    assert reason("裹粮而往。", "包裹干粮前往。") == ""
    assert reason("王遣使者来。", "大王派遣使者来。") == ""


def test_a_rare_character_of_the_modern_side_must_stand_on_the_classical_one() -> None:
    assert reason("王善之。", "王珩认为很好。") in {"rare_character", "name_from_nowhere"}
    assert reason("亭上有旗。", "亭上有旗和鼙。") == "rare_character"


def test_a_word_of_everyday_may_be_added_and_a_new_thing_may_not() -> None:
    assert reason("城破，民多死。", "城被攻破，百姓大多死了。") == ""
    assert reason("城破，民多死。", "城被攻破，百姓大多死于瓷窑。") == "from_nowhere"


def test_marks_of_speech_that_were_lost_are_noticed_where_two_sentences_run_together() -> None:
    assert reason("公曰：善。乃募兵，得众一万。", "公说：好于是招募兵丁，招得部众一万人。") == "run_together"
    assert reason("天可违乎遂降。", "上天可以违背吗？于是投降了。") == "run_together"


def test_a_wish_that_was_simplified_to_an_origin_is_noticed() -> None:
    assert reason("原大王熟计之。", "希望大王仔细考虑这件事。") == "misread_character"
    assert reason("愿大王熟计之。", "希望大王仔细考虑这件事。") == ""


def test_new_share_counts_what_came_in_and_what_was_left_out() -> None:
    assert new_share("王降。", "王降。") == 0
    assert new_share("王降。", "大王投降。") == pytest.approx(2 / 4)
    assert new_share("王降于齐。", "王降。") == pytest.approx(2 / 2)


@pytest.mark.parametrize(
    ("classical", "modern", "expected"),
    [
        ("君臣猜忌，上下离心，政令烦苛。", "君臣相互怀疑，谁也不信谁，政令也多。", ("not_rendered", "5 of 12 words")),
        (
            "公性仁厚，爱民如子，省刑薄赋，吏民安之，远近归之。",
            "先生生性仁厚，爱护百姓像儿子一样，从来都是这样的，官吏百姓安于他的治理，远近的人都归附他。",
            ("not_rendered", "0 of 4 words in one clause"),
        ),
        ("其政简而民安。", "政治清明社会稳定经济发展人民安居。", ("added_text", "3 of 11 words")),
        (
            "王怒，斩之，诸将惧。",
            "大王发怒，斩了他，诸将惧怕，军营中间一片寂静。",
            ("added_text", "0 of 4 words in one clause"),
        ),
        (
            "非其义也，非其道也，虽予之以天下，弗之取也。",
            "不合义，不合道，给天下也不取。",
            ("length_ratio", "18 characters, 12 characters"),
        ),
    ],
)
def test_each_measure_settles_a_pair_alone(classical: str, modern: str, expected: tuple[str, str]) -> None:
    assert fault(classical, modern) == expected


def test_numbers_and_days_are_asked_for_too() -> None:
    assert reason("城高七丈。", "城很高。") == "number_lost"
    assert reason("甲申，王降。", "初五，大王投降。") == "day_from_nowhere"


def test_one_common_word_that_comes_in_makes_a_long_sentence_free_and_a_short_one_false() -> None:
    assert (
        reason(
            "敌军一万突至，吾军不能拒，引还旧城，闭门而守。",
            "敌军一万人突然杀到，我军不能抵抗，领兵回到旧城，关闭城门防守。",
        )
        == "free_translation"
    )
    assert reason("敌军突至。", "敌军突然杀到。") == "from_nowhere"
    assert reason(
        "敌军一万突至，吾军不能拒，引还旧城，闭门而守。",
        "敌军一万人突然担到，我军不能抵抗，领兵回到旧城，关闭城门防守。",
    ) == ("from_nowhere")
