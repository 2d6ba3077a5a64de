from __future__ import annotations

import re

import pytest

from converters.wikitext import extracted, holes, layout
from converters.wikitext.demanded_numbers import DEMANDED
from converters.wikitext.lonely_units import UNITS

# a unit or a measure word without its number
UNITS_ALONE = [
    *(
        "这条河长公里，",
        "该塔高约英尺。",
        "全县分个县。",
        "通过小时的谈判，",
        "行经公里后进入山区。",
        "到了世纪40年代，",
    ),
    *(
        "买来的艘驱逐舰",
        "派出架轰炸机",
        "全校有教师、名学生，",
        "人口约万人，",
        "作价约亿英镑。",
        "组成了万多个公社。",
        "海拔米的平原",
    ),
    *(
        "提供了款美元，",
        "历时天的会战",
        "为期个月的展览",
        "在天内完成",
        "他于月15日抵达",
        "早上时39分出发",
        "凌晨1点分04秒",
    ),
    *(
        "介乎15-的财政支出",
        "碘-的半衰期很短",
        "海拔500～，",
        "悬挂于10至高的旗杆",
        "占世界1/的人口",
        "生长率%，",
        "摄氏度以上",
    ),
    *(
        "报纸余种，",
        "县内的条公路",
        "位于长江路号，",
        "下午点开门",
        "发布了版。",
        "全书约卷。",
        "来敌人左右；",
        "满族（万）、回族（26万）",
    ),
    *(
        "在米以下的平原",
        "高出倍。",
        "开办小学所。",
        "约多万公吨",
        "近座庙宇",
        "生于公元前世纪",
        "成立周年，",
        "收入增至元。",
    ),
    *("登记的共有万人", "世纪年代初，", "在世纪后期传入", "万名居民撤离", "运到万台机器", "获奖次，", "每户仅人，"),
]
# a word that asks for a number
ASKING = [
    *(
        "总面积为，2012年人口为6万。",
        "相对落差。面积，人口。",
        "现存建筑，海拔，",
        "贫困率从下降至1%。",
        "距离介于和之间。",
        "，的农民加入了公社",
    ),
    *(
        "北临海，距芝加哥市中心。",
        "共计个席位",
        "超过名士兵",
        "赢得次冠军",
        "造成人死亡",
        "截至，该书",
        "自以来，",
        "直到为止，",
    ),
    *(
        "参加者约有，",
        "体长可达，",
        "覆盖率达到，",
        "人口减少到了，",
        "人数已超过，",
        "占全国总人口的，",
        "时速的列车",
        "位于北纬以北",
    ),
    *(
        "宽从12到不等。",
        "约左右，",
        "在之间，",
        "其中以上的席位",
        "最低为，",
        "以票对4票通过",
        "人口密度为每平方公里；",
        "面积（约等于",
    ),
    *(
        "预算将的支出",
        "楼高，",
        "只有，",
        "月底达到，",
        "一座的城堡",
        "以每年的速度",
        "从2.56%到。",
        "分别以、速度",
        "法国人（4.4%）、（4.2%）、荷兰人",
        "反应生成HO和氢气",
        "放射性同位素Xe的射线",
        "关于DRM/、专利的条款",
        "海平面升至现今的海拔左右。",
        "会造成约高的海啸",
        "恒河长为，流域广阔",
        "住在公屋的占全港人口。",
        "占地，",
        "由增加到",
    ),
    *(
        "人口共，",
        "入学率为，",
        "宽达。",
        "票价定为，",
        "有不到的人",
        "约被处死",
        "上升到万，",
        "年均气温：-。",
        "港口上有。",
        "，末开始",
    ),
    *(
        "直到以前，",
        "，至，",
        "自（创刊）",
        "从代倒退",
        "书于出版，",
        "2000年至的失业率",
        "，代初期",
        "由X于由",
        "截至底，",
        "出生在，",
    ),
]
SOUND = [
    "这条河长五公里，以公里为单位，吨公里，每公里票价，数公里外，三平方公里，清道光年间。",
    "这个、那个、有个、换个说法，若干个，图个热闹，n个，10²³个，个人，个别，个体，个中缘由。",
    "两小时，每小时，几个小时，小时候，小时工，按小时计费，90分钟。",
    "数万人参加，近万人，万里长城，万人空巷，上亿人，亿万富翁。",
    "上个世纪50年代，中世纪晚期，新世纪，世纪公园，娱乐世纪。",
    "5月日本投降，2小时40分，黄昏时分，台北-高雄市。",
    "达到人民币1.62兆元，超过新台币150万元，美元化。",
    "他取西经。距离很远，差距大，相距甚远，距今三千年，浪距长。",
    "面积扩大，人口增加了，他的身高很高，长、宽、高各不相同。",
    "的确如此，的士，的黎波里。大将的风度，军将的私属。",
    "拥有天使的血统，分为天神和地祇，拥有所有权，拥有名誉。",
    "条约集，节约，签约人。此条线路，该条公路。",
    "在存在以下的情况时，可以对比，所占的地方，日占时期来的。",
    "他召到左右，绝无仅有。大有人在。目的在于成立一个学会。",
    "约翰大约在1990年到北京，大约是这样。",
    "HO规格的模型，H₂O，同位素Xe-133，甲（5%）、乙（4%）。",
    "百分比（%），x%，5 %，20℃，北纬30度，东经120度。",
]


@pytest.mark.parametrize("text", [*UNITS_ALONE, *ASKING])
def test_a_number_that_is_gone_is_told_by_its_unit_or_by_what_asks_for_it(text):
    found = holes.lost_number(text)
    assert found is not None
    assert found[0] == "number_missing"


def test_each_case_has_an_alternative_of_its_own():
    compiled = [re.compile(alternative) for alternative in (*UNITS, *DEMANDED)]
    telling = {pattern.pattern for text in (*UNITS_ALONE, *ASKING) for pattern in compiled if pattern.search(text)}
    assert len(telling) >= len(UNITS_ALONE) + len(ASKING)


@pytest.mark.parametrize("text", SOUND)
def test_a_sound_sentence_has_lost_no_number(text):
    assert holes.lost_number(text) is None


def test_lost_numbers_are_looked_for_where_templates_leave_no_mark():
    text = "这座塔建于清代，塔身为砖石结构，塔高英尺，至今保存完好，是当地有名的古迹。"
    article = extracted.article(f"白塔\n\n{text}", "白塔", "1", "")
    assert [paragraph.fault for paragraph in article.lead.paragraphs] == ["hole"]


def test_a_page_of_a_dump_marks_its_holes_itself():
    text = "这座塔建于清代，塔身为砖石结构，塔高英尺，至今保存完好，是当地有名的古迹。"
    assert [paragraph.fault for paragraph in layout.article(text, "白塔", "1", "").lead.paragraphs] == [""]


def test_every_alternative_of_lost_numbers_begins_with_a_plain_character():
    alternatives = (*UNITS, *DEMANDED)
    assert len(alternatives) > 300
    assert [one for one in alternatives if one[0] in "[(^$.?*+|"] == []
