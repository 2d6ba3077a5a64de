"""Slips of a translation that single characters do not tell, and books that are retold."""

from __future__ import annotations

import pytest

from converters.classics import correspondence, slips
from converters.classics.bilingual import line
from converters.classics.renderings import LOOSE, VERNACULAR
from converters.contract import Context, Reject
from converters.sources.classical import from_chapter, from_lines

# (classical, modern, reason): written for these tests
SLIPS = [
    ("杨思、苏瑰、李峤闭门自守。", "杨思、苏、李峤闭门坚守。", "name_lost"),
    ("珪曰：今日之事已定。", "王说：今天的事情已经定了。", "name_lost"),
    ("王修曰：此人不反。", "王说：这个人不会反叛。", "name_lost"),
    ("其意以为上皇一子得天下。", "房的用心是皇上的一个儿子得天下。", "name_lost"),
    ("元帅兀良哈入交阯。", "统帅兀良进入交趾。", "name_lost"),
    ("以沈安为左卫将军。", "任命沈安为右卫将军。", "name_changed"),
    ("魏将文钦伪叛，权遣据迎钦。", "魏将文钦假装反叛，孙权派吕据迎接王钦。", "name_changed"),
    ("南间有虎。", "南问有老虎。", "misread_character"),
    ("间南有虎。", "问南有老虎。", "misread_character"),
    ("久之，卒于家。", "不久在家里去世。", "opposite"),
    ("荷恩深厚，敢不尽言？", "受到深厚的恩泽，怎敢知无不言。", "opposite"),
    ("长浮华而废考绩，六也。", "助长浮华而废除考绩。", "number_lost"),
    ("是年，琉球、丁阗、占城入贡。", "这一年，琉球、于阗、占城进贡。", "name_changed"),
    ("又以泾原兵马都监为副总管。", "又任命径原兵马都监为副总管。", "misread_character"),
    ("于谦于谦，字廷益。", "于谦字廷益。", "run_together"),
    ("薛提，太原人也，皇始中，补太学生。", "皇始年间，被选补为太学生。", "name_lost"),
    ("升州刺史张雄卒。", "州刺史张雄死去。", "name_lost"),
    ("车驾幸鲁口，太守南奔。", "皇帝亲临鲁，太守向南逃走。", "name_lost"),
    ("乃撰为《别起居注》六百卷。", "就撰写成《流别起居注》六百卷。", "name_changed"),
    ("其下品皆异国之人。", "第五等都是别国的人。", "number_from_nowhere"),
    ("五月为参将罗象乾所克。", "五月被参将罗乾象攻克了。", "name_changed"),
    ("召主簿问之。", "召来主薄问他。", "misread_character"),
    ("洪武中，为县丞。", "洪武中年，担任县丞。", "odd_word"),
    ("桂州将士回戈。", "桂州将士挥戈挥戈回来。", "stutter"),
    ("又曰：今日之计，莫若守城。", "“又说”：今天的办法，不如守城。", "broken_quotes"),
    ("沈安曰：“请辟球场。”数日未成。", "沈安说：“请开辟球场”几天过去了没有修成。", "broken_quotes"),
]
SOUND = [
    ("杨思、苏瑰、李峤闭门自守。", "杨思、苏瑰、李峤闭门坚守。"),
    ("今收复伊、洛，敌国屡败。", "现在收复了伊、洛，敌国屡次战败。"),
    ("说曰：诚然。", "张说说：确实是这样。"),
    ("王修曰：此人不反。", "王修说：这个人不会反叛。"),
    ("以沈安为左卫将军，右军从之。", "任命沈安为右军的左卫将军。"),
    ("魏将文钦伪叛，权遣据迎钦。", "魏将文钦假装反叛，孙权派吕据迎接文钦。"),
    ("南间有虎。", "南间有老虎，没有人问。"),
    ("射著我。", "射着我。"),
    ("久之，出知荆门军，寻改成都。", "过了很长时间，出任荆门军知军，不久改任成都。"),
    ("荷恩深厚，敢不尽言？", "受到深厚的恩泽，怎敢不把话说完。"),
    ("长浮华而废考绩，六也。", "助长浮华而废除考绩，这是第六。"),
    ("是年，琉球、于阗、占城入贡。", "这一年，琉球、于阗、占城进贡。"),
    ("毁城郭、田庐、冢墓万数。", "毁坏城郭、田地、坟墓数以万计。"),
    ("得粟、大豕、鸡三种。", "得到小米、大猪、鸡三种。"),
    ("又以泾原兵马都监为副总管。", "又任命泾原兵马都监为副总管。"),
    ("已而已而，今之从政者殆而！", "算了吧，算了吧，现在当政的人危险！"),
    ("薛提，太原人也，皇始中，补太学生。", "薛提是太原人，皇始年间，被选补为太学生。"),
    ("欧阳询，字信本，潭州临湘人也。", "询，字信本，潭州临湘人。"),
    ("升州刺史张雄卒。", "升州刺史张雄死去。"),
    ("车驾幸鲁口，太守南奔。", "皇帝亲临鲁口，太守向南逃走。"),
    ("乃撰为《别起居注》六百卷，又论《诗》。", "就撰写成《别起居注》六百卷，又评论《诗经》。"),
    ("其五等皆异国之人。", "第五等都是别国的人。"),
    ("五月为参将罗象乾所克。", "五月被参将罗象乾攻克了。"),
    ("是年，周于阗、占城入贡。", "这一年，小阗国、占城进贡。"),
    ("元年，州刺史张雄卒。", "元年，州刺史张雄死去。"),
    ("于谦于谦，何其忠也。", "于谦于谦，多么忠诚啊。"),
    ("魏葬安定文公。", "西魏安葬了安定文公。"),
    ("知者不惑。", "智者不迷惑。"),
    ("中年好道。", "他中年喜好道术，"),
    ("行行重行行，不信。", "走着走着，他就是不相信。"),
    ("得地一一分之。", "得到的土地一个一个分了。"),
    ("沈安曰：“请辟球场。”数日未成。", "沈安说：“请开辟球场。”几天没有修成。"),
]


@pytest.mark.parametrize(("classical", "modern", "reason"), SLIPS)
def test_a_slip_is_told_by_what_stands_beside_it(classical, modern, reason):
    assert (slips.fault(classical, modern) or ("", ""))[0] == reason


@pytest.mark.parametrize(("classical", "modern"), SOUND)
def test_a_sound_pair_has_no_slip(classical, modern):
    assert slips.fault(classical, modern) is None


def test_slips_are_looked_for_in_every_pair():
    found = correspondence.fault("以沈安为左卫将军。", "任命沈安为右卫将军。")
    assert found == ("name_changed", "左卫 is 右卫")


def test_a_semicolon_after_said_is_a_colon():
    assert line("燕王曰：何也？", "燕王说；为什么？").modern == "燕王说：为什么？"
    assert line("皆传说；众信之。", "都是传说；大家相信它。").modern == "都是传说；大家相信它。"


def test_the_fourth_note_is_not_simplified():
    assert line("岂不知宫羽之殊、商征之别。", "难道不知道宫羽的差异、商徵的不同。").classical.endswith("商徵之别。")
    assert line("征羽林之士，商征之。", "征召羽林军士，商人征集。").classical == "征羽林之士，商征之。"


def test_a_common_character_that_stands_where_a_rare_one_is_lost_is_no_word_that_came_in():
    old = "流星入，甲子日，主粟；丙午日，主麦；庚申日，主蕡；壬戌日，主黍。"
    new = "流星进入，甲子日，主粟；丙午日，主麦；庚申日，主黄；壬戌日，主黍。"
    assert (correspondence.fault(old, new) or ("", ""))[0] in {"name_lost", "name_changed"}


@pytest.mark.parametrize(
    "reason_and_pair",
    [
        (
            "length_ratio",
            "牛死什八九，谷输京师。",
            "朝廷从各地区调运谷物供应京师，在路途上运送粮食的牛，有十分之八、九都死于途中。",
        ),
        (
            "run_together",
            "以羊祜都督荆州诸军事，镇襄阳。",
            "世祖武皇帝上之上泰始五年任命羊祜为都督荆州诸军事，镇守襄阳。",
        ),
        ("misread_character", "米一石用钞五十贯，乃驰布帛交易之禁。", "米一石用钞五十贯，于是放松布帛交易的禁令。"),
        (
            "not_rendered",
            "畴素与夏侯惇善，太祖语惇曰：且往以情喻之，自从君所言，无告吾意也。惇就畴宿，如太祖所戒。",
            "田畴向来跟夏侯惇关系很好，太祖对夏侯惇说：你去以情谊劝说他，就说都是你的意思，不要告诉他我的想法。",
        ),
        (
            "not_rendered",
            "先是，荧惑守心。帝大惧，问左右以吉凶之故。",
            "皇帝大为恐惧，向左右的人询问吉凶的缘故，大家都说不知道，皇帝又问荧惑守心。",
        ),
        ("not_rendered", "在此不？此故未易得。", "这本来是不容易得到的。"),
        ("misread_character", "角闳据汧。", "角闳占据了阝地。"),
        ("name_lost", "角闳据汧，骆延据雍。", "角闳占据，骆延占据雍地。"),
        ("misread_character", "帝手毁其表而竞行猎。", "皇帝亲手撕毁他的奏表，终于去打猎。"),
        ("misread_character", "象犀之属毋献。", "像犀之类的东西不要进献。"),
        ("misread_character", "凡求人才者，欲以治民也。", "寻求人才，是为了用他们的来治理民众。"),
        ("misread_character", "原寝兵休士卒养马。", "愿意停战，修养士卒，喂养马匹。"),
        (
            "from_nowhere",
            "楚许魏六城，与之伐齐而存燕。齐畏三国之合也。",
            "楚国答应给魏国六座城邑，同它一起攻打弃国保存燕国。齐国害怕三国的联合。",
        ),
        ("free_translation", "惟陛下哀原之。", "希望陛下怜悯宽恕他。"),
        ("misread_character", "愿人粟者听。", "愿意交纳粮食的听便。"),
        ("misread_character", "戊寅，丁丑之明日，故礼官据此。", "戊寅，是丁丑的次，因此礼官根据此记载。"),
        ("odd_mark", "明年夏五月，火始昏见。", "，第二年夏五月，火星开始在黄昏出现。"),
        ("odd_mark", "不过见之月。明年夏五月。", "不过当月。，第二年夏五月。"),
        ("", "惠王欲以卿位待之，髡谢而去。", "惠王想用卿位接待他，淳于髡辞谢离去。"),
        ("misread_character", "以罪发为庶人。", "因罪被废为百姓。"),
        ("misread_character", "渭水东南人于河。", "渭水往东南流人黄河。"),
        ("misread_character", "渭水东南注于河。", "渭水往东南注人黄河。"),
        ("misread_character", "渭水自北来注之。", "渭水从北方流来注人。"),
        ("", "渭水东南入于河。", "渭水往东南流入黄河。"),
        ("misread_character", "臧儿卜筮之。", "臧儿为他们算封。"),
        ("misread_character", "李逢吉为相，内结王守澄。", "李逢吉但任宰相，在宫中交结王守澄。"),
        ("misread_character", "帝入宫殿。", "皇帝走进了官殿。"),
        ("misread_character", "太祖临兖州。", "太祖来到衮州。"),
    ],
)
def test_bounds_and_scanners_slips(reason_and_pair):
    reason, old, new = reason_and_pair
    assert (correspondence.fault(old, new) or ("", ""))[0] == reason


@pytest.mark.parametrize(("book", "reason"), [(*LOOSE, "loose_translation"), (*VERNACULAR, "vernacular"), ("史记", "")])
def test_a_book_that_is_retold_gives_one_reject_a_chapter(book, reason):
    value = {"text": "世有山神，其神甚灵验。\n", "modern": "世上有位山神，这位神很灵验。\n"}
    found = from_chapter(value, Context(file=f"双语数据/{book}/卷一/source.txt"))
    rejects = [(one.reason, one.detail) for one in found if isinstance(one, Reject)]
    assert rejects == ([(reason, book)] * 2 if reason else [])
    (first, _) = from_lines(
        {"text": "世有山神，其神甚灵验。", "modern": "世上有位山神，这位神很灵验。"},
        Context(file=f"source/{book}", number=1),
    )
    assert (first.reason if isinstance(first, Reject) else "") == reason
