"""What makes a pair of texts no translation of one another, one rule after the other."""

from __future__ import annotations

import pytest

from converters.pairs.counterparts import agreement, missing_name
from converters.pairs.pair_checks import (
    PAIR_CHECKS,
    SEGMENT_CHECKS,
    chinese_sentences,
    english_sentences,
    unbalanced,
)
from converters.pairs.parallel import Fault, Pair, examined, traditional


def kept(english: str, chinese: str) -> Pair:
    found = examined(english, chinese, "simplified", PAIR_CHECKS)
    assert isinstance(found, Pair), found
    return found


def reason(english: str, chinese: str, checks=PAIR_CHECKS) -> str:
    found = examined(english, chinese, "simplified", checks)
    return found.reason if isinstance(found, Fault) else ""


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("It &amp;#39;s late .", "It's late."),
        ("He said , &quot; Go on . &quot;", 'He said, "Go on."'),
        ("Wait here:the bus is late.", "Wait here: the bus is late."),
        ("See http://a.b:the/end for more.", "See http://a.b:the/end for more."),
        ("New apps help farmers。", "New apps help farmers."),
        ("Come at 10:30,please.", "Come at 10:30,please."),
        ("I\u00a0know\u200b that.", "I know that."),
        ("I do n't know the man 's name.", "I don't know the man's name."),
        ("It is a human' s duty.", "It is a human's duty."),
        ("It prevents diarrhoea.Hand washing helps.", "It prevents diarrhoea. Hand washing helps."),
        ("It fell to 40%.In spring it rose, too.", "It fell to 40%. In spring it rose, too."),
        ("We met in 2014.In spring, we left.", "We met in 2014. In spring, we left."),
        ("Math.Round and node.Com stay, U.S.Army too.", "Math.Round and node.Com stay, U.S.Army too."),
    ],
)
def test_english_is_unescaped_and_its_spaces_are_those_of_print(given, cleaned):
    assert examined(given, "好的。", "simplified", ()).english == cleaned


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("汤姆 喜欢 苹果 。", "汤姆喜欢苹果。"),
        ("我 有 3 个 iPad 和 Apple Watch 。", "我有3个iPad和Apple Watch。"),
        ("至少10，000 美元。", "至少10,000 美元。"),
        ("等等...", "等等……"),
        ("「好。」", "“好。”"),
        ("妳看著我", "你看着我。"),
        ("有趣的的书，，很好", "有趣的书，很好。"),
        ("的的确确", "的的确确。"),
    ],
)
def test_chinese_is_joined_and_set_as_on_the_mainland(given, cleaned):
    assert examined("All right.", given, "simplified", ()).chinese == cleaned


@pytest.mark.parametrize(
    ("english", "chinese", "ended"),
    [
        ("Who is it?", "是谁", "是谁？"),
        ('"Go!"', "“走”", "“走”！"),
        ('"Go!"', "“走！”", "“走！”"),
        ("A title", "一个标题", "一个标题"),
        ("Do you feel ill?", "你是否觉得不舒服。", "你是否觉得不舒服？"),
        ("Can I see the menu?", "麻烦给我菜单。", "麻烦给我菜单。"),
        ("Tom has short hair.", "汤姆(Tom)留短发。", "汤姆留短发。"),
        ("We had agreed.", "我們己經同意了。", "我们已经同意了。"),
        ("Tom (Thomas) sings.", "汤姆(Thomas)唱歌。", "汤姆(Thomas)唱歌。"),
    ],
)
def test_a_stop_that_only_the_chinese_lacks_is_added(english, chinese, ended):
    assert examined(english, chinese, "simplified", ()).chinese == ended


def test_sides_that_were_swapped_are_put_right_and_counted():
    pair = kept("他的演讲让大家都很感动。", "His speech moved everyone.")
    assert (pair.english, pair.notes) == ("His speech moved everyone.", ("sides_swapped",))


def test_the_traditional_text_keeps_its_script_and_gets_corner_brackets():
    assert traditional(kept('"Yes," said the doctor.', '"是，"醫生說')) == "「是，」醫生說。"


@pytest.mark.parametrize(
    ("english", "chinese", "expected"),
    [
        ("Hi.", "坏\ufffd字", "replacement_character"),
        ("12345", "一二三四五", "no_english"),
        ("Press 确定 to go on.", "按“确定”继续。", "no_english"),
        ("Hello there.", "Hello.", "no_chinese"),
        ("Привет, my friend.", "你好，我的朋友。", "foreign_language"),
        ("Ce jardin appartient aux enfants du quartier.", "这个花园属于这一带的孩子们。", "foreign_language"),
        ("He has gone home.", "佢返咗屋企。", "foreign_language"),
        ("He bought こんにちは mugs.", "他买了こんにちは杯子。", "foreign_language"),
        ("<b>Stop</b> here.", "<b>停</b>在这里。", "markup"),
        ("Stop here &nbsp2; now.", "现在停在这里。", ""),
        ("See the map (Fig. (Fig.2).2) here.", "见地图（图 2）。", "markup"),
        ("Set <name> first.", "先设置名称。", "markup"),
        ("Set <name> first.", "先设置 <name>。", ""),
        ("The town of () is small.", "这个镇（）很小。", "hole"),
        ("Call exec() first.", "先调用 exec()。", ""),
        ("do you have a fever", "你发烧吗", "transcribed_speech"),
        ("two books", "两本书", "cut_text"),
        ("and then Tom left.", "然后汤姆走了。", "cut_text"),
        ("iPhones are expensive.", "iPhone 很贵。", ""),
        ("He bought a house and", "他买了一座房子。", "cut_text"),
        ("He bought a house,", "他买了一座房子，", "cut_text"),
        ("Bring the following:", "请带上以下物品：", "cut_text"),
        ("The report that he wrote", "他写的报告很长。", "cut_text"),
        ('He said: "Go home.', "他说：“回家。”", "unbalanced"),
        ("He said yes.", "他说“是。", "unbalanced"),
        (
            "Read The Old Man and the Sea.",
            "请你们每个人都把 The Old Man and the Sea 这本小说再读一遍吧。",
            "untranslated",
        ),
        ("Read The Old Man and the Fish.", "请你们每个人都把 The Old Man and Fish 这本小说再读一遍吧。", ""),
        ("He and Tom Brown sang.", "He 和 Tom Brown sang。", "untranslated"),
        ("Yes.", "这句话明显比英文的那一句要长得多吧。", "length_ratio"),
        (
            "We walked along the river for a while, talking about school, friends, music and what to do next summer.",
            "我们走。",
            "length_ratio",
        ),
        (
            "We walked along the river and talked about our school.",
            "我们沿着那条长长的河慢慢地走，一边走一边聊学校里的事，聊老师，也聊同学。",
            "length_ratio",
        ),
        ("I like it.", "我喜欢。它好。真好。", "sentence_counts"),
        ("Ruben: I am tired of waiting.", "我等得不耐烦了。", "one_sided"),
        ("I am tired of waiting.", "鲁本：我等得不耐烦了。", "one_sided"),
        ("He said, I am tired.", "他说：我累了。", ""),
        ("The bank (founded by his uncle) is closed.", "银行关门了。", "one_sided"),
        ("The show is over.", "节目结束了（译者注：指第一季）。", "one_sided"),
        ("It was startedbyex-employees of the bank.", "它是银行的前雇员创办的。", "broken_words"),
        ("It was founded by softhearted men.", "它是心软的人创办的。", ""),
        ("I read the book of ' t Hooft.", "我读了特霍夫特的书。", "broken_words"),
        ("He lives in Vienna.", "他住在 Vienon。", "latin_disagrees"),
        ("He watches television.", "他看TV。", ""),
        ("I have thirty students.", "我有四十个学生。", "numbers_disagree"),
        ("Mary is here.", "汤姆在这里。", "names_disagree"),
        ("She lives in Japan.", "她住在中国。", "names_disagree"),
        ("I am from the south.", "他来自南方。", "persons_disagree"),
        ("How can you afford a house like this?", "我们怎么付得起这种房子的钱？", "persons_disagree"),
        ("Please don't lie to me about it.", "你不该在这件事上说谎。", "persons_disagree"),
        ("How can you afford our house?", "我们的房子怎么付得起？", ""),
        ("I get along without them.", "没有他们我也行。", ""),
        (
            '"What is in the cave? I am curious." "I have no idea."',
            "“洞里有什么？”我很好奇。“我不知道。”",
            "quotes_disagree",
        ),
        ('"Do you know her?" "No, I do not."', "你认识她吗？不认识。", "quotes_disagree"),
        ('"Do you know her?" "No, I do not."', "“你认识她吗？”“不认识。”", ""),
        ('"Do you know her?" he asked. "I do not."', "“你认识她吗？”他问。“不认识。”", ""),
        ("You made me laugh.", "我被逗乐了。", ""),
        ("I have had enough of your excuses.", "你给的理由够多了。", ""),
        ("It is fine not to eat.", "你不吃没关系。", ""),
        (
            "The doctor gave my sister some medicine yesterday.",
            "昨晚的电影真好看，我们都笑得停不下来。",
            "misaligned",
        ),
    ],
)
def test_each_fault_has_its_reason(english, chinese, expected):
    assert reason(english, chinese) == expected


def test_a_quotation_may_go_on_in_the_next_segment_but_not_in_the_next_pair():
    english, chinese = '"Run!" he cried. "They are', "“快跑！”他喊道，“他们"
    assert reason(english, chinese, SEGMENT_CHECKS) != "unbalanced"
    assert reason('"Run," he cried, "to the house.', "“快跑，”他喊道，“跑到屋里去。") == "unbalanced"
    assert reason('"Run," he cried, "to the house.', "“快跑，”他喊道，“跑到屋里去。", SEGMENT_CHECKS) == ""


def test_brackets_of_an_enumeration_and_faces_need_no_partner():
    assert unbalanced("1) Wash. 2) Dry.") == ""
    assert unbalanced("Well done :)") == ""
    assert unbalanced("On Saturday (September 29) he came.") == ""
    assert unbalanced("He came (late.") == "("


@pytest.mark.parametrize(
    ("text", "count"),
    [("Mr. Smith came. He sat down.", 2), ("It costs 3.5 dollars.", 1), ('"Go!" he said.', 1), ("A title", 1)],
)
def test_abbreviations_and_decimals_end_no_sentence(text, count):
    assert english_sentences(text) == count


def test_chinese_sentences_end_with_their_marks():
    assert chinese_sentences("“走吧！”他说。真的？") == 3


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("The old men in the village were afraid of the large animals.", "村里的老人都害怕那些大动物。"),
        ("She's been studying mathematics.", "她一直在学数学。"),
        ("Bridges and farmers", "桥和农民"),
        ("He was cheated and punished.", "他受骗又受罚。"),
    ],
)
def test_inflected_words_are_known(english, chinese):
    known, found = agreement(english, chinese)
    assert known == found > 1


def test_names_are_compared_in_both_directions_and_may_stay_in_latin_letters():
    assert missing_name("Tom is here.", "汤姆在这里。") == ""
    assert missing_name("Tom's here.", "Tom在这里。") == ""
    assert missing_name("Tom is here.", "他在这里。") == "Tom is not in the Chinese"
    assert missing_name("He is here.", "汤姆在这里。") == "汤姆 is not in the English"
    assert missing_name("The sea is calm this morning.", "今天早上海面很平静。") == ""
    assert missing_name("I rest on Sundays.", "我星期日休息。") == ""


@pytest.mark.parametrize(
    ("english", "chinese", "known", "found", "expected"),
    [
        (
            "The doctor opened the window for my grandmother and the cat.",
            "他打开那一扇，让外面的阳光照进来。",
            5,
            1,
            "",
        ),
        ("The doctor saw my grandmother.", "他看见了那位老人家。", 3, 1, ""),
        ("My grandmother loves cats and apples.", "那位老人家就好这一口呢。", 4, 1, ""),
        ("My grandmother feeds cats and horses.", "那位老人家在忙她的事。", 3, 0, ""),
        ("My grandmother feeds cats, dogs and horses.", "那位老人家在忙她的事。", 4, 0, "misaligned"),
    ],
)
def test_more_than_three_words_missing_than_found_is_another_sentence(english, chinese, known, found, expected):
    assert agreement(english, chinese) == (known, found)
    assert reason(english, chinese) == expected


def test_of_a_long_sentence_a_third_of_the_words_is_too_few():
    english = "The young teacher wrote a long letter to the president about water, health and education in his village."
    half = "那位年轻老师给总统写了一封信，谈到水、健康和别的事。"
    assert reason(english, half) == ""
    assert reason(english, "有人年轻时写过关于水的许多故事，读者很喜欢其中的几篇。") == "misaligned"
