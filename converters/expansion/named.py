"""Which names does a text use that are names for sure: works, quoted words, foreign names, places, dynasties, people?

What is not surely a name is not one here: 高兴 begins with a surname, and 城市 ends like a city. Each name comes with
what must stand in another text for the name to stand there.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Set
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from converters.expansion.words import listed
from converters.text import HAN


class Named(NamedTuple):
    """`needed`: one of these is enough; `written` is for the reader."""

    written: str
    needed: tuple[str, ...]


# ---- marked as names (width and case folded; dots between names are all ·)

_WORK = re.compile("《([^《》]{1,40})》")
_QUOTED = re.compile('[“‘「『"]([^“”‘’「」『』"，。、；：？！,;:?!]{2,10})[”’」』"]')
# Chinese has no space to show where a name begins: two characters on either side of the dot
_DOTTED = re.compile(f"(?=([{HAN}]{{1,2}}|[a-z]+)·([{HAN}]{{1,2}}|[a-z]+))")
_LATIN = re.compile("[a-z](?<![a-z][a-z])(?:[a-z'’.-]*[a-z0-9])?(?:-?[0-9]+[a-z]?)?(?![a-z])")
_OF_UNITS = frozenset(("km", "kg", "mg", "cm", "mm", "ml", "hz", "khz", "mhz", "ghz", "kw", "mw", "ph"))

# ---- known names

PROVINCES = listed("""
北京 上海 天津 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 云南
陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门
""")
CITIES = listed("""
广州 深圳 南京 杭州 苏州 成都 武汉 西安 洛阳 开封 郑州 长沙 合肥 南昌 福州 厦门 泉州 济南 青岛 太原 石家庄 沈阳 大连
长春 哈尔滨 昆明 贵阳 南宁 桂林 拉萨 兰州 敦煌 西宁 银川 乌鲁木齐 呼和浩特 海口 宁波 温州 无锡 扬州 景德镇 台北 高雄
咸阳 邯郸 东京 大阪 京都 首尔 平壤 曼谷 新加坡 吉隆坡 雅加达 马尼拉 河内 新德里 孟买 加尔各答 德黑兰 巴格达
伊斯坦布尔 开罗 耶路撒冷 莫斯科 圣彼得堡 伦敦 巴黎 柏林 慕尼黑 维也纳 布拉格 华沙 布达佩斯 罗马 米兰 佛罗伦萨 威尼斯
马德里 巴塞罗那 里斯本 阿姆斯特丹 布鲁塞尔 日内瓦 苏黎世 雅典 哥本哈根 斯德哥尔摩 纽约 华盛顿 波士顿 芝加哥 洛杉矶
旧金山 西雅图 多伦多 渥太华 墨西哥城 里约热内卢 圣保罗 布宜诺斯艾利斯 悉尼 墨尔本 堪培拉
""")
COUNTRIES = listed("""
美国 英国 法国 德国 俄国 俄罗斯 苏联 日本 韩国 朝鲜 印度 越南 泰国 缅甸 老挝 柬埔寨 马来西亚 印度尼西亚 菲律宾
巴基斯坦 孟加拉国 斯里兰卡 尼泊尔 不丹 蒙古国 伊朗 伊拉克 叙利亚 土耳其 以色列 沙特阿拉伯 埃及 阿富汗 哈萨克斯坦
乌兹别克斯坦 意大利 西班牙 葡萄牙 荷兰 比利时 瑞士 奥地利 瑞典 挪威 丹麦 芬兰 冰岛 波兰 捷克 匈牙利 罗马尼亚 保加利亚
希腊 塞尔维亚 克罗地亚 乌克兰 爱尔兰 苏格兰 加拿大 墨西哥 古巴 巴西 阿根廷 智利 秘鲁 哥伦比亚 委内瑞拉 澳大利亚
新西兰 南非 埃塞俄比亚 肯尼亚 尼日利亚 阿尔及利亚 摩洛哥 刚果 欧洲 非洲 南美洲 北美洲 大洋洲 拉丁美洲
""")
_BY_PAIR: dict[str, list[str]] = defaultdict(list)
for _place in (*PROVINCES, *CITIES, *COUNTRIES):
    _BY_PAIR[_place[:2]].append(_place)
# 美军 and 中美 speak of a country too
_SHORT = dict(zip(listed("美国 英国 法国 德国 俄国 俄罗斯 苏联 日本 韩国 印度"), "美英法德俄俄苏日韩印", strict=True))
_SIDE = "军方籍裔制式文语属商联侨舰机系资"

DYNASTIES = "夏商周秦汉晋隋唐宋辽金元明清"
_DYNASTY = re.compile(f"([{DYNASTIES}])(?:朝|代(?!表)|王朝)|(三国|五代|南北朝|魏晋|春秋|战国|民国)(?!杀)")
_RULER = re.compile(f"[高太世中显肃代德顺宪穆敬文武宣懿僖昭哀仁英神哲徽钦孝光宁理度圣成庄][祖宗](?<=[{DYNASTIES}]..)")
_MINISTRY = re.compile("[吏户礼兵刑工]部(?=尚书|侍郎|郎中|主事)")
# 湖南省, 牛津大学: two characters before it tell which
_KIND = re.compile("省(?![份会长级])|县(?![城长令级])|自治[区州]|大学|学院|研究所|公司|银行|医院|出版社")
_NO_KIND = re.compile(
    "[的是在和与各该本全外某一二两三四五六七八九十几多个些邻跨出入到从于及同位属归辖行立知府大小名所家]|自治|地级|直辖|国际|综合|重点|这|那"
)
_SIDES = "东西南北"
_SIDE_OF = re.compile(f"([{_SIDES}]{{1,2}})(?:部|端|侧|岸|麓|坡|郊)")

# ---- people: a surname and one or two characters where the text itself says that a person stands there

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆"
    "郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂焦向柳邢岳齐梅莫庄辛管祝左涂"
    "谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边"
)
_COMPOUND = "欧阳|司马|诸葛|上官|夏侯|尉迟|公孙|慕容|令狐|皇甫|长孙|宇文|司徒|东方"
_OFFICE = (
    "作家|诗人|词人|画家|书法家|导演|演员|歌手|作曲家|音乐家|教授|学者|史学家|历史学家|科学家|物理学家|化学家|数学家|天文学家|生物学家|地质学家|哲学家"
    "|思想家|政治家|军事家|革命家|教育家|企业家|工程师|建筑师|设计师|发明家|医生|医学家|记者|将军|大将|将领|名将|元帅|总统|总理|首相|主席|部长|校长|院长|院士|博士"
    "|丞相|宰相|大臣|太守|知府|巡抚|总督|皇帝|太监|学生|弟子|老师|妻子|丈夫|儿子|女儿|长子|次子|父亲|母亲|弟弟|哥哥|好友|队长|教练|运动员|选手"
)
_AFTER = "，。、；：？！）（,.;:?!()的和与在于是所曾也又将把被从对向为以及等任率著写创提发说认主领负受出担设建首"
# what is said of a person whose name follows
_RELATION = "师从|名叫|嫁给|娶了|拜师|结识了?|击败了?|求教于|受教于"
_NAME = f"(?:{_COMPOUND}|[{SURNAMES}])[{HAN}]{{1,2}}"
_FIRST = "".join(sorted({word[0] for word in (*_OFFICE.split("|"), *_RELATION.split("|"))}))
_PERSON = re.compile(f"(?=[{_FIRST}])(?:{_OFFICE}|{_RELATION})({_NAME}?)(?=[{_AFTER}]|\\Z)")
_NO_PERSON = re.compile("[的了是在和与曾也又将把被从对向为以及等们人家者时后前中上下来去有不会能都很更最这那其]")


def names(text: str, pairs: Set[str]) -> Iterator[Named]:
    """Every sure name of a text whose width, case and script are folded; `pairs` are its pairs of characters."""
    if "《" in text:
        yield from (Named(f"《{work}》", (work,)) for work in _WORK.findall(text))
    for quoted in _QUOTED.findall(text):
        yield Named(f"“{quoted}”", (quoted,))
    if "·" in text:
        yield from (Named(f"{one}·{two}", (f"{one}·{two}",)) for one, two in _DOTTED.findall(text))
    for word in _LATIN.findall(text):
        if len(word) > 1 and word not in _OF_UNITS:
            yield Named(word, (word,))
    for pair in _BY_PAIR.keys() & pairs:
        yield from (Named(place, (place, *_shortened(place))) for place in _BY_PAIR[pair] if place in text)
    for dynasty, era in _DYNASTY.findall(text):
        yield Named(era or f"{dynasty}代", (era or dynasty,))
    yield from (Named(title, (title,)) for found in (_RULER, _MINISTRY) for title in found.findall(text))
    for side in _SIDE_OF.findall(text):
        yield Named(
            f"{side}部", tuple(f"{side}{end}" for end in "部端侧岸麓坡郊面边方") + tuple(f"{of}{side}" for of in "以之")
        )
    yield from _kinds(text)
    for person in _PERSON.findall(text):
        if not _NO_PERSON.search(person):
            yield Named(person, (person,))


@cache
def _sided(side: str) -> tuple[str, ...]:
    return (*(side + end for end in "部端侧岸麓坡郊面边方"), *(of + side for of in "以之"))


def _kinds(text: str) -> Iterator[Named]:
    """Whoever calls 湖南省 湖南, or 牛津大学 牛津, means the same."""
    for match in _KIND.finditer(text):
        stem = text[max(match.start() - 2, 0) : match.start()]
        if re.fullmatch(f"[{HAN}]{{2}}", stem) and not _NO_KIND.search(stem):
            yield Named(stem + match[0], (stem,))


@cache
def _shortened(country: str) -> tuple[str, ...]:
    short = _SHORT.get(country, "")
    return (*(short + side for side in _SIDE), *(other + short for other in "中美英法德日苏俄驻")) if short else ()


# ---- a list of which the text knows the others

_LIST = re.compile(f"(?:[{HAN}·]{{1,12}}、)+[{HAN}·]{{1,12}}")
_LAST = re.compile("(?<!以)[和与及]|以及")
LEAST_KNOWN = 2  # members
LONGEST_LISTED = 6  # characters; the first and the last one have words of the sentence at them


def listed_strangers(text: str, known: str, pairs: Set[str]) -> Iterator[str]:
    """丁 of 甲、乙、丁和丙, where the known text has two of the others and nothing of this one."""
    for found in _LIST.findall(text) if "、" in text else ():
        members = [part for member in found.split("、") for part in _LAST.split(member) if len(part) > 1]
        if sum(member in known for member in members) >= LEAST_KNOWN:
            yield from (member for member in members[1:] if _is_stranger(member, known, pairs))


def _is_stranger(member: str, known: str, pairs: Set[str]) -> bool:
    if len(member) > LONGEST_LISTED or member[0] in known:
        return False
    return pairs.isdisjoint(map("".join, pairwise(member)))
