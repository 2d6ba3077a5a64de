"""How the two sides of a line are cleaned, and what makes one of them unfit."""

from __future__ import annotations

import pytest

from converters.classics import bilingual


def cleaned(text: str) -> str:
    return bilingual.line(text, "王。").classical


def reason(classical: str, modern: str) -> str:
    found = bilingual.fault(bilingual.line(classical, modern))
    return found[0] if found else ""


def test_spaces_in_pairs_become_quotation_marks_and_a_single_one_goes() -> None:
    assert cleaned("时人语曰 宁见沈公 ，其得民心如此。") == "时人语曰“宁见沈公”，其得民心如此。"
    assert cleaned("王曰： 善！") == "王曰：善！"
    assert cleaned("此吾志也。 遂行。") == "此吾志也。遂行。"
    assert cleaned("王曰 善 ，公曰 否。") == "王曰善，公曰否。"


def test_marks_of_a_speech_that_ends_in_another_line_go() -> None:
    assert cleaned("『吾闻之矣。") == "吾闻之矣。"
    assert cleaned("王曰：『吾闻之矣。』") == "王曰：‘吾闻之矣。’"


def test_marks_around_the_whole_of_both_sides_go() -> None:
    pair = bilingual.line("『学不可以已。』", "『学习不可以停止。』")
    assert (pair.classical, pair.modern) == ("学不可以已。", "学习不可以停止。")


def test_what_a_conversion_left_behind_is_mended() -> None:
    assert cleaned("硃公好士。") == "朱公好士。"
    assert cleaned("公卒於鄴。") == "公卒于邺。"
    assert cleaned("惵々黎元，柰何？") == "惵惵黎元，奈何？"
    assert bilingual.line("王怒。", "大王怒了吗?").modern == "大王怒了吗？"


def test_a_changed_line_says_so_and_an_unchanged_one_does_not() -> None:
    assert bilingual.line("硃公好士。", "朱公喜好士人。").is_changed
    assert not bilingual.line("朱公好士。", "朱公喜好士人。").is_changed


@pytest.mark.parametrize(
    ("classical", "modern", "expected"),
    [
        ("王□于郊。", "大王在郊外祭祀。", "hole"),
        ("王\ue4c0于郊。", "大王在郊外祭祀。", "lost_character"),
        ("王祭于郊。", "大王（惠王）在郊外祭祀。", "editors_note"),
        ("案：此下有阙文。", "按：这以下有缺文。", "editors_note"),
        ("王祭于郊。", "大王±在郊外祭祀。", "odd_character"),
        ("王祭于郊。", "大王在郊外祭", "cut"),
        ("王祭于郊。", "，大王在郊外祭祀。", "cut"),
        ("又召王曰：", "又召来大王说：", "cut"),
        ("王祭于郊。", "", "empty_side"),
        ("王亲祭于郊。", "大王亲自在郊外祭祀。", "too_short"),
        ("王祭于郊。", "大王在郊外祭祀，" * 40 + "百姓都来观看。", "too_long"),
        ("王亲祭于南郊。", "大王亲自在南郊祭祀。", ""),
    ],
)
def test_a_side_that_is_unfit_is_named(classical: str, modern: str, expected: str) -> None:
    assert reason(classical, modern) == expected
