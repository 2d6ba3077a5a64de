"""What speaks for a pair: words with a counterpart, small words that agree, plain sentences from the web."""

from __future__ import annotations

import pytest

from converters.pairs import lexicon
from converters.pairs.evidence import evidence, surprises
from converters.pairs.lexicon import Meaning, forms, meaning, parsed, words
from converters.pairs.lexicon.learn import Table
from converters.pairs.parallel import Fault, Pair, examined
from converters.pairs.particulars import (
    other_certainty,
    other_contrast,
    other_day,
    other_frequency,
    other_gender,
    other_half,
    other_number,
    other_part_of_day,
    other_person,
    unrendered,
    untranslated_name,
    word_by_word,
)
from converters.pairs.strictness import CRAWLED_CHECKS, TATOEBA_CHECKS


def found(english: str, chinese: str, checks) -> str:
    result = examined(english, chinese, "simplified", checks)
    return result.reason if isinstance(result, Fault) else ""


# ---- the table


def test_a_line_of_the_table_has_a_word_its_characters_and_what_is_usual():
    assert parsed(["paris^ 巴黎", "dog 狗犬 狗了只"]) == {
        "paris": Meaning(frozenset("巴黎"), frozenset(), is_name=True),
        "dog": Meaning(frozenset("狗犬"), frozenset("狗了只"), is_name=False),
    }


@pytest.mark.parametrize(
    ("form", "base"),
    [
        ("cities", "city"),
        ("stopped", "stop"),
        ("took", "take"),
        ("happily", "happy"),
        ("darkness", "dark"),
        ("as", "as"),
    ],
)
def test_inflected_forms_are_looked_up_under_their_base(form, base):
    assert base in forms(form)


def test_words_are_small_and_lose_what_is_glued_to_them():
    assert words("Tom's dog didn't bark, o'clock.") == ["tom", "dog", "did", "bark", "o'clock"]


def test_a_word_means_what_all_that_it_may_be_a_form_of_mean():
    assert meaning("building").characters >= meaning("build").characters
    assert meaning("paris").is_name
    assert not meaning("dog").is_name
    assert meaning("qwrtzp") is None


def test_the_shipped_table_names_its_sources_and_covers_common_words():
    first, *lines = (lexicon.Path(lexicon.__file__).with_name("words.txt")).read_text("utf-8").splitlines()
    assert "Tatoeba (https://tatoeba.org, CC BY 2.0 FR)" in first
    assert len(lines) > 4_000
    for word, character in {"dog": "狗", "water": "水", "government": "政", "decide": "决", "china": "中"}.items():
        assert character in meaning(word).characters


def test_what_a_word_becomes_is_learnt_from_pairs_alone():
    others = [([word], [character]) for word, character in zip("abcdef", "甲乙丙丁戊己", strict=True)]
    pairs = [
        (["red", "fish"], ["红", "鱼"]),
        (["red", "book"], ["红", "书"]),
        (["old", "fish"], ["老", "鱼"]),
        *others,
    ] * 3
    table = Table(pairs)
    for _ in range(5):
        table.learn(pairs)
    learnt = table.learnt(pairs)
    assert "红" in learnt["red"]
    assert "鱼" not in learnt["red"]
    assert "红" not in learnt["fish"]


# ---- evidence


def test_words_without_a_counterpart_are_missing_and_characters_without_one_are_strange():
    result = evidence("The dog drinks milk.", "狗喝咖啡。")
    assert (result.missing, result.strange, result.unknown) == (("milk",), "咖啡", ())
    assert evidence("The qwrtzp drinks milk.", "狗喝牛奶。").unknown == ("qwrtzp",)
    assert evidence("I like my iPad.", "我喜欢我的iPad。") == ((), (), 2, "")


def test_a_sentence_of_usual_words_holds_no_surprise():
    assert surprises("The children are playing under the tree.", "孩子们正在树底下玩。") == ()
    assert "誉" in surprises("May I use my credit card?", "我能使用信誉卡吗？")
    assert "cake" in surprises("I met her with a cake.", "我遇到了她。")


# ---- the small words


@pytest.mark.parametrize(
    ("differs", "english", "chinese", "expected"),
    [
        (other_person, "I didn't go to school.", "你没有去学校。", "first / second"),
        (other_person, "Why do you have two cars?", "他为什么有两辆车？", "second / third"),
        (other_person, "I didn't see you.", "你没有看见。", ""),
        (other_person, "Please forgive me.", "请您原谅。", ""),
        (other_person, "It will take long.", "我要花很长时间。", ""),
        (other_gender, "She wrote to her parents.", "他给父母写信。", "she / 他"),
        (other_gender, "He speaks French.", "她会说法语。", "he / 她"),
        (other_gender, "She met him.", "她遇到了他。", ""),
        (other_gender, "He likes others.", "她喜欢其他人。", "he / 她"),
        (other_gender, "Tom lost his hat.", "她的帽子丢了。", ""),
        (other_day, "I hope he comes today.", "我希望他明天来。", "today / 明天"),
        (other_day, "He comes the day after tomorrow.", "他后天来。", ""),
        (other_day, "Tom nearly died tonight.", "汤姆昨晚差点死了。", "tonight / 昨天"),
        (other_day, "I saw him yesterday.", "我昨天看见他了。", ""),
        (other_frequency, "Tom is always tired.", "汤姆经常累。", "always / 经常"),
        (other_frequency, "Tom is always tired.", "汤姆总是经常累。", ""),
        (other_frequency, "Tom is often tired.", "汤姆经常累。", ""),
        (other_half, "It took half an hour.", "花了一个半小时。", "half an hour / 个半小时"),
        (other_half, "It took an hour and a half.", "花了一个半小时。", ""),
        (other_half, "It took an hour and a half.", "花了一个小时。", "and a half"),
        (other_half, "It took half an hour.", "花了半小时。", ""),
        (other_number, "I thought they were sick.", "我以为他病了。", "they / 他"),
        (other_number, "I thought they were sick.", "我以为他们病了。", ""),
        (other_number, "Everyone says they were sick.", "每个人都说他病了。", ""),
        (other_number, "We bought two others.", "我买了其他两个。", "we / 我"),
        (other_number, "We went home.", "我们回家了。", ""),
        (other_number, "We like our country.", "我国很好。", ""),
        (other_number, "I went home.", "我们回家了。", "I / 我们"),
        (other_number, "I met us both.", "我们见面了。", ""),
        (other_part_of_day, "I have classes tomorrow.", "我明天早上有课。", "早上 in the Chinese alone"),
        (other_part_of_day, "I have classes in the morning.", "我早上有课。", ""),
        (other_part_of_day, "I had lunch.", "我中午吃了饭。", ""),
        (other_part_of_day, "I will see him.", "我下午见他。", "下午 in the Chinese alone"),
        (other_part_of_day, "Did you sleep last night?", "你昨天睡了吗？", "last night in the English alone"),
        (other_part_of_day, "Did you sleep last night?", "你昨晚睡了吗？", ""),
        (other_certainty, "He is not likely to succeed.", "他不可能成功。", "不可能"),
        (other_certainty, "He is not likely to succeed.", "他不太可能成功。", ""),
        (other_certainty, "That can't be true.", "那不可能是真的。", ""),
        (other_certainty, "That is impossible.", "那不可能。", ""),
        (other_contrast, "He is not a singer, but an actor.", "他不是歌手，但是个演员。", "不是歌手，但是"),
        (other_contrast, "He is not a singer, but an actor.", "他不是歌手，而是演员。", ""),
        (other_contrast, "He is not a singer, but he sings.", "他不是歌手，但是他会唱歌。", ""),
        (unrendered, "I still have my pride.", "我有我的骄傲。", "still in the English alone"),
        (unrendered, "I still have my pride.", "我还有我的骄傲。", ""),
        (unrendered, "Sit still!", "坐好！", ""),
        (unrendered, "They work together.", "他们在一个队里工作。", "together in the English alone"),
        (unrendered, "Is Tom really nice?", "汤姆是好人吗？", "really in the English alone"),
        (unrendered, "Is Tom really nice?", "汤姆真的是好人吗？", ""),
        (unrendered, "I'm not absolutely sure.", "我不确定。", "absolutely in the English alone"),
        (unrendered, "That's so perfect.", "那是完美的。", "'s so perfect in the English alone"),
        (unrendered, "That's so perfect.", "那太完美了。", ""),
        (unrendered, "I am learning two languages.", "我学两种语言。", "am learning in the English alone"),
        (unrendered, "I am learning two languages.", "我在学两种语言。", ""),
        (unrendered, "It is interesting.", "很有趣。", ""),
        (unrendered, "I was able to find it.", "我能找到。", "was able to in the English alone"),
        (unrendered, "I was able to find it.", "我找到了。", ""),
        (word_by_word, "Why should it be necessary?", "为什么它是必要的？", "它"),
        (word_by_word, "Put it back.", "把它放回去。", ""),
        (word_by_word, "I bought it for my cats.", "我给它们买的。", ""),
        (word_by_word, "Let me know if you come.", "让我知道你来不来。", "让我知道"),
        (word_by_word, "Let me know if you come.", "来的话告诉我。", ""),
        (word_by_word, "I'm not the one who complained.", "我不是抱怨的人。", "是抱怨的人"),
        (word_by_word, "I'm not the one who complained.", "抱怨的不是我。", ""),
        (word_by_word, "He is a man who complains.", "他是抱怨的人。", ""),
    ],
)
def test_small_words_agree_or_are_named(differs, english, chinese, expected):
    assert differs(english, chinese) == expected


def test_a_name_that_every_translator_renders_is_not_left_in_latin_letters():
    assert untranslated_name("Tom把Mary拉出水。") == "Tom"
    assert untranslated_name("他喜欢 Tomcat 和 iPad。") == ""


# ---- Tatoeba


@pytest.mark.parametrize(
    ("english", "chinese", "expected"),
    [
        ("We often play chess.", "我们经常下棋。", ""),
        ("Whose glass is this?", "这是谁的杯子？", ""),
        ("He likes the qwrtzp.", "他喜欢这个。", ""),  # what the table does not have proves nothing
        ("Don't beat around the bush.", "不要拐弯抹角。", "free_translation"),
        ("I will wait here until she comes.", "我 会 在 这里 等到 她 来 。", ""),
        ("What do you want to say to me?", "你想对我说什么？", ""),
        ("They are jealous of our success.", "他们嫉妒我们的成功。", ""),
        ("Did you give Tom the key?", "你把钥匙给汤姆了吗？", ""),
        ("Tom knows my name.", "汤姆不知道我的名字。", "polarity"),
        ("Who wants it?", "谁想要它？", "word_by_word"),
        ("Is Tom a good man?", "汤姆是个好人。", "ends_otherwise"),
        ("What do you want to eat?", "你想吃什么吗？", "ends_otherwise"),
        ("Does she know your phone number?", "她知道你的电话号码？", "ends_otherwise"),
        ("Does she know your phone number?", "她知不知道你的电话号码？", ""),
        ("The problem was that I had nothing to say.", "问题是 我没什么要说的。", "unpunctuated"),
        ("You really are an idiot.", "你真的是（一）个笨蛋。", "unpunctuated"),
        ("There are many castles here.", "这里有许多城堡？", "ends_otherwise"),
        ("He works on Monday.", "他周一上班。。", "ends_otherwise"),
        ("He works on Monday...", "他周一上班……", ""),
        ("Tom is at home.", "Tom在家。", "untranslated_name"),
        ("He became an artist.", "他当上了兿术家。", "rare_character"),
        ("She is at home.", "他在家。", "particulars_disagree"),
    ],
)
def test_tatoeba_is_asked_for_evidence(english, chinese, expected):
    assert found(english, chinese, TATOEBA_CHECKS) == expected


def test_a_question_mark_behind_a_space_is_the_end_of_the_sentence():
    assert examined("Do you like it?", "你喜欢吗 ?", "simplified", ()).chinese == "你喜欢吗？"


# ---- text from the web

PLAIN = "The children are playing under the big tree."


@pytest.mark.parametrize(
    ("english", "chinese", "expected"),
    [
        (PLAIN, "孩子们正在大树底下玩。", ""),
        ("The children play here.", "孩子们在这里玩。", "not_plain"),
        ("After school, the children are playing under the tree.", "放学后孩子们正在树底下玩。", "not_plain"),
        (PLAIN, "孩子们正在大树底下玩，很高兴。", "not_plain"),
        (PLAIN, "孩子们 happy 正在大树底下玩。", "not_plain"),
        ("If the children are playing under the tree.", "如果孩子们正在树底下玩。", "not_plain"),
        ("The children were studied under the big tree.", "孩子们在大树底下被研究了。", "not_plain"),
        ("Children playing is good for the big tree.", "孩子们玩对大树有好处。", "poor_english"),
        ("He like playing under the big tree.", "他喜欢在大树底下玩。", "poor_english"),
        ("The children can to play under the tree.", "孩子们可以在树底下玩。", "poor_english"),
        ("The children with a old big tree are here.", "有老大树的孩子们在这里。", "poor_english"),
        ("Paris is a big city with many old houses.", "巴黎是一个有许多老房子的大城市。", ""),
        (PLAIN, "孩子们正在大树底下玩？", "ends_otherwise"),
        ("He was tired but he did not want to sleep.", "他很累但是不想睡觉。", "unproven"),
        (PLAIN, "孩子们不在大树底下玩。", "polarity"),
        ("The children are not playing under the tree.", "孩子们正在树底下玩。", "polarity"),
        ("Are the children playing under the tree?", "孩子们是不是在树底下玩？", ""),
        (PLAIN, "孩子们正在大树底下玩游戏机呢。", "unproven"),
        (PLAIN, "孩子们正在底下玩。", "unproven"),
        ("May I use my credit card here today?", "今天我能在这里使用信誉卡吗？", "unproven"),
        ("The qwrtzps are playing under the big tree.", "孩子们正在大树底下玩。", "unproven"),
    ],
)
def test_text_from_the_web_is_one_plain_clause_and_proven_word_by_word(english, chinese, expected):
    assert found(english, chinese, CRAWLED_CHECKS) == expected


def test_a_pair_from_the_web_that_passes_is_a_pair():
    assert isinstance(examined(PLAIN, "孩子们正在大树底下玩。", "simplified", CRAWLED_CHECKS), Pair)
