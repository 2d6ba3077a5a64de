from __future__ import annotations

import re

import pytest

from converters.wikitext import extracted, holes, residue
from converters.wikitext.missing_numbers import NUMBERS

WITH_HOLES = [
    ("他说就是那样。（1763），安托万接着写", "doubled_punctuation"),
    ("其一为由支配并具有的勃起组织", "noun_missing"),
    ("阴道会完全闭合，形成；随后打开", "noun_missing"),
    ("这种动物具有，因此活得更久", "noun_missing"),
    ("力学系统的是一个错误的观念", "noun_missing"),
    ("同时其的其他思想家也有贡献", "nothing_before_de"),
    ("与新南威尔斯大学的和其他的一些机构共同管理", "nothing_before_de"),
    ("数学（）一词源自古希腊", "empty_brackets"),
    ("著作《》里提到数学", "empty_brackets"),
    ("扮装者在日文称为“”。", "empty_brackets"),
    ("华佗的上古音[]与药神相近", "empty_brackets"),
    ("卡西米尔·冯克（，），波兰人", "bracket_with_hole"),
    ("姜（学名：），原产于热带", "bracket_with_hole"),
    ("计算机科学（，有时缩写）", "bracket_with_hole"),
    ("贡献者有巴塔尼、、比鲁尼", "doubled_punctuation"),
    ("皆在此举行。。", "doubled_punctuation"),
    ("，研究物质的性质", "opens_with_hole"),
    ("是某公司发行的一款游戏", "opens_with_hole"),
    ("的字根来自拉丁语", "opens_with_hole"),
    ("最早的是古埃及文学及。", "dangling_word"),
    ("其所出现的系统称为。", "dangling_word"),
    ("以民族这个名词来对应或，之后传入", "dangling_word"),
    ("斯多葛学派和。这些学派", "dangling_word"),
    ("电影制作本身是艺术也是。", "dangling_word"),
    ("故事的主人公名为，是前警察", "dangling_word"),
    ("这座城市位于的东岸", "nothing_before_de"),
    ("在的帮助下完成", "nothing_before_de"),
    ("因为的影响而变化", "nothing_before_de"),
    ("每一个点都有的的性质", "nothing_before_de"),
    ("他是罗马教廷的之一", "noun_missing"),
    ("在洛杉矶举行的时确立", "noun_missing"),
    ("例如新进作家或是等", "noun_missing"),
    ("例如、认定法学没有", "noun_missing"),
    ("一词源于（máthema）", "noun_missing"),
    ("“经济学”一词源于古希腊的。", "noun_missing"),
    ("著名的问题是计算理论的一个。", "noun_missing"),
    ("全长约公里", "number_missing"),
    ("面积为平方公里", "number_missing"),
    ("生卒年不详（－1905年）", "number_missing"),
    ("他于年3月出生", "number_missing"),
    ("形式如formula_1的等式", "placeholder"),
    ("导演：小津<br>摄影", "placeholder"),
    ("新的-{zh-hans:甲", "placeholder"),
    ("zh-hant:; zh-hans:;研究的目标", "placeholder"),
    ("这种观测必须用、气球或卫星进行", "dangling_word"),
    ("例如H（氕）与H（氘）互称同位素", "twins"),
    ("铀有U、U等核素", "twins"),
    ("这种说法曾经引起，使作者不得不出面", "dangling_word"),
    ("演出，或（masquerade），是一种短剧", "noun_missing"),
    ("这类设施包括（SAGE）、超级神冈探测器", "noun_missing"),
    ("其他学科也有批评，例如便提出了熵的理论", "noun_missing"),
    ("它的数值是6.02×10，可以约去", "number_missing"),
    ("例如磷酸根离子（PO）和铵离子", "noun_missing"),
    ("年约十九岁，在家中排行第二", "opens_with_hole"),
    ("在拉丁原文'，以及德语中", "stray_quote"),
    ("尹清枫 ，海军上校", "stray_space"),
    ("尤斯图斯·、让·博丹等人", "noun_missing"),
    ("还有莱布尼茨、·沃尔夫等人", "noun_missing"),
    ("亚里士多德写作的和《政治学》", "noun_missing"),
    ("贝多芬写作的中也加入人声", "noun_missing"),
    ("文章的标题是（How to Read）", "noun_missing"),
    ("所有代数数的集合记作，是一个数域", "noun_missing"),
    ("虚数单位也是代数数，所以不是的子域", "nothing_before_de"),
    ("任何代数数域都可以视作上的向量空间", "nothing_before_de"),
    ("发表题为的社论", "nothing_before_de"),
    ("这一协议对来说相当重要", "nothing_before_de"),
    ("可通过天文台等卫星或来观测", "dangling_word"),
    ("康拉德·格斯纳和也写了药用植物的著作", "dangling_word"),
    ("都是由以和水为基础的细胞构成", "dangling_word"),
    ("物理学（希腊文，自然）是自然科学", "bracket_with_hole"),
]
WITHOUT_A_NUMBER = [
    *("全长约公里", "生卒年不详（－1905年）", "他于年3月出生", "全镇共有人。", "它的数值是6.02×10，"),
    *("城市排行第名，", "长达的浊水溪", "全长的福尔摩沙高速公路", "大约有的战俘", "房价收入比约为，", "文盲率下降到，"),
    *(
        "每天的评弹节目多达档。",
        "两者相差达。",
        "该车的装载量为，",
        "实辖领土面积，包括岛屿",
        "位居第14名，约。",
        "穆斯林占，",
    ),
    *("北距惠州仅。", "降水量占全省，", "山坡地占全部面积的，", "人口以上，", "达全年的左右。", "为平均降雨量的倍，"),
    *("前到前202年", "经济保持的增长", "平价为亿美元", "剧增余倍", "挟持岁的小皇帝", "服个月的兵役", "每月元。"),
    *(
        "海拔1000～米",
        "下午时50分",
        "盛行在世纪至18世纪",
        "总体而言，世纪后期",
        "公元前世纪",
        "小说在到1942年出现",
        "截至，该书出版",
    ),
    *(
        "反右运动、-1962年",
        "占总预算的至19.51%",
        "耶律阿保机于公元推翻",
        "公元前多年",
        "进行了次探通",
        "197人死亡，人受伤",
    ),
    *("浦东新区占经济比重近。", "约占海外华人总数的。", "总里程分别为及14万公里"),
]
SOUND = [
    "大厦由此组成了新的天际线，理由控制得当。",
    "这是人类所具有，也是一般动物所没有的。",
    "风暴在海上逐渐形成；次日登陆。",
    "更重要的是一个人的态度。",
    "尤其的确如此。",
    "他或来自英国，或来到中国。田中和也是作家，以和平方式解决。Libertas（拉丁文，自由）是一个词。",
    "教育逐渐普及，埃及、印度也提到及此。",
    "他有三个理由，自由、缘由都在其中。",
    "两地保持缓和，总和、温和、共和都不缺，昭和、平和也是年号。",
    "这种物质确实存在，所在、现在、内在的问题也在。",
    "于是，最重要的是，但是，问题不在于，终于，至于。",
    "他认为。以此为由，不予批准。这种行为、作为。",
    "存在的问题、所在的城市、服从的人、参与的人、埃及的历史、终于的确如此。",
    "他的目的的确如此。可以的士代步。",
    "约翰全长约3公里，面积为20平方公里，1998年3月出版。",
    "当年3月，次年10月，民国三十八年7月。",
    "在校的时候，举行的时间，一年的时长。",
    "他及第，居第三，是门第、等第之分。",
    "温度为-5℃（-5度），公司以及工厂和学校。",
    "他说：“是的。”",
    "他写道：“……”。",
    "总和等于零。上等、同等、平等、高等。",
    "大约公里数不明。",
    "由细菌引起，并引起争议，一，或（二），皆可；正离子（Na⁺）带电，包括（但不限于）盐。",
    "4×100米接力，6.02×10²³个，例如便携的机器，例如则天皇帝。",
    "C和C++是两种语言，H与He是两种元素，A、B、C三点。",
    "这个办法可用、可靠、有用，他们必须用笔。",
]


SOUND_NUMBERS = [
    "他名列第三名，及第名臣，勃艮第公爵，诺曼第省，班第率军。",
    "全长的三分之一，总长的12%。",
    "条约、纽约，公约的规定，双方签订界约，有约在先，节约。",
    "数万人、近万元、万吨级货船，二万美元，几亿元，10万吨。",
    "该地区被日军攻占，寡占，独占，德军进占。",
    "他年岁，八岁的孩子，45亿岁的地球，去岁的收成，岁时民俗。",
    "三个月，上个月，整个月，没有个别的人，具有个人特色。",
    "每年元旦，每月三千元，世纪公园，20世纪末，在世纪之交，中世纪的城堡。",
    "公元前5世纪，公元后，公元元年，公元十世纪。",
    "他写了号召书，附近。接近。不仅。",
    "卡尔·马克思、恩格斯，列夫·托尔斯泰。",
    "不是的。如果不是的话。",
    "平均气温为20℃，面积为20平方公里，比例为30%。",
]


@pytest.mark.parametrize(("text", "name"), WITH_HOLES)
def test_a_hole_is_found_by_what_a_reader_trips_over(text, name):
    found = holes.find(text)
    assert found is not None
    assert found[0] == name


@pytest.mark.parametrize("text", WITHOUT_A_NUMBER)
def test_a_number_that_is_missing_is_found_by_what_counts_or_compares(text):
    assert (holes.find(text) or ("", ""))[0] == "number_missing"


def test_each_missing_number_is_told_by_an_alternative_of_its_own():
    compiled = [re.compile(alternative) for alternative in NUMBERS]
    telling = {pattern.pattern for text in WITHOUT_A_NUMBER for pattern in compiled if pattern.search(text)}
    assert len(telling) >= len(WITHOUT_A_NUMBER)


@pytest.mark.parametrize("text", [*SOUND, *SOUND_NUMBERS])
def test_a_sound_sentence_has_no_hole(text):
    assert holes.find(text) is None


def test_every_pattern_has_a_case():
    assert {name for _, name in WITH_HOLES} | {"mark"} == {*holes.PATTERNS, "opens_with_hole", "twins"}


def test_every_alternative_begins_with_a_plain_character():
    # a set or a look behind in the first place makes `re` try every pattern at every character
    alternatives = [one for group in holes.PATTERNS.values() for one in group]
    assert len(alternatives) > 100
    assert [one for one in alternatives if one[0] in "[(^$.?*+|"] == []


@pytest.mark.parametrize(
    "text",
    [
        "国旗旗面之红色象征革命3715。",
        "在红地上显出光明3715-3716。",
        "物体运动速度小于光速。2当今仍是研究领域。",
        "主要商业区包括新天地和淮海路d，以及徐家汇e。",
        "多起未经审判的拘禁、Forced abortion、折磨逼供。",
        "公民有宗教自由、Right to a fair trial、财产权。",
        "只能够采取Strategic defence作战。",
        "比如收取排放税  由政府规定。",
        "见于经济学 McGraw-Hill, ch. 18中的说法。",
        "出版于纽约 by author et al.。",
        "龙堂兄弟的爷爷，也是茉理的外公。共和学院的创办人。龙堂兄弟的姑丈，茉理的父亲。",
    ],
)
def test_what_is_left_of_footnotes_links_and_lists_is_found(text):
    assert residue.find(text)


@pytest.mark.parametrize(
    "text",
    [
        "他出生于公元1715。",
        "飞机的型号是波音型747。",
        "速度小于光速。2008年又测了一次。",
        "速度小于光速。12个国家参加。",
        "公司名为Natus Vincere，总部在基辅。",
        "这种水车（water wheel）很常见。",
        "王某是李某的父亲。他有三个儿子。",
        "维生素A、B、C，都很重要。",
    ],
)
def test_sound_numbers_and_names_are_no_remainders(text):
    assert residue.find(text) == ""


def test_a_space_between_two_characters_is_where_a_template_stood():
    assert residue.parted("阴道 会完全闭合")
    assert not residue.parted("使用 Linux 系统 3 年")
    [section] = extracted.article("水车\n\n水车 会随水流转动，把水提到高处。", "水车", "1", "", "simplified").sections
    assert [paragraph.fault for paragraph in section.paragraphs] == ["hole"]
