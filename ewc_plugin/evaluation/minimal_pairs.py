"""Which of two sentences is right? Pairs that differ in one place, made from held-out text by rules of grammar.

The right sentence is the text's own; the wrong one breaks one rule of modern Chinese: 的/地/得, a measure word that the
noun does not take, the order of two neighbours, or the second half of a pair of conjunctions. After the English BLiMP
(Warstadt et al. 2020) and the Chinese SLING (Song et al. 2022); the rules and their tables are our own.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

SHORTEST, LONGEST = 8, 60  # characters of a sentence
_SENTENCE = re.compile(r"[^。！？；\n…]+[。！？]")
_HAN = re.compile(r"[一-鿿]")
# headings, lists, formulas and quotations are no plain sentences
_ODD = re.compile(r"[A-Za-z0-9#*_=<>|{}\[\]()（）:：“”\"'《》「」『』]")

Wrong = Callable[[re.Match[str]], str | None]


@dataclass(frozen=True)
class Pair:
    """`kind` is the rule that `wrong` breaks."""

    kind: str
    right: str
    wrong: str


@dataclass(frozen=True)
class Rule:
    """Where it applies, and what stands there instead (None: here not)."""

    kind: str
    sign: re.Pattern[str]
    wrong: Wrong


def pairs_of(text: str) -> Iterator[Pair]:
    """Every pair that the sentences of a text give, at most one a rule and sentence."""
    for sentence in sentences(text):
        for rule in RULES:
            for match in rule.sign.finditer(sentence):
                instead = rule.wrong(match)
                if instead is not None and instead != match[0]:
                    yield Pair(rule.kind, sentence, sentence[: match.start()] + instead + sentence[match.end() :])
                    break


def sentences(text: str) -> list[str]:
    """Whole plain sentences of a length that a rule can be seen in."""
    found = (match[0].strip() for match in _SENTENCE.finditer(text))
    return [s for s in found if SHORTEST <= len(s) <= LONGEST and not _ODD.search(s) and _HAN.match(s)]


def chosen(pairs: Sequence[Pair], each: int, *, seed: int) -> list[Pair]:
    """`each` pairs of every kind, those whose hash with the seed is smallest; a sentence is used once."""
    kinds: dict[str, list[Pair]] = {}
    for pair in sorted(set(pairs), key=lambda p: _key(p, seed)):
        kinds.setdefault(pair.kind, []).append(pair)
    taken: set[str] = set()
    found: list[Pair] = []
    # the rarest kind chooses first: a sentence of two kinds goes to the one that needs it
    for kind in sorted(kinds, key=lambda k: (len(kinds[k]), k)):
        fresh = [pair for pair in kinds[kind] if pair.right not in taken][:each]
        taken.update(pair.right for pair in fresh)
        found += fresh
    return found


def _key(pair: Pair, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}:{pair.kind}:{pair.right}:{pair.wrong}".encode()).digest()


def _spread(match: re.Match[str], options: Sequence[str]) -> str:
    """One of the options, the same for the same sentence."""
    digest = hashlib.sha256(f"{match.string}{match.start()}".encode()).digest()
    return options[digest[0] % len(options)]


# ---- 的, 地, 得

_MANNER = (
    "不断|认真|仔细|积极|努力|迅速|成功|轻松|自由|清楚|准确|有效|充分|直接|广泛|热情|严格|合理|顺利|逐渐|耐心|主动|及时|正确|"
    "明显|自然|完全|全面|细心|快速|深入|平静|温柔|勇敢|开心|高兴|愉快|更好|更加有效|坚定|悄悄|默默|渐渐|慢慢|深深|紧紧|轻轻"
)
_ADVERBIAL = re.compile(rf"(?:{_MANNER})地(?![区方点位理带球面上下铁图产主质段名壳域毯板形震势道])")
_COMPLEMENT = re.compile(
    r"(?:变|做|说|写|过|长得|跑|学|玩|表现|发展|睡|吃|走)得(?=很|非常|更|十分|特别|太|比较|如此|那么|越来越)"
)
_OWNER = re.compile(r"(?:我们|他们|她们|人们|大家|人类|孩子|社会|世界|生活|公司|城市|国家)的(?=[一-鿿]{2})")

# ---- measure words: which nouns take them

_NOUNS = {
    "本": "书 小说 杂志 词典 日记 字典",
    "辆": "车 汽车 自行车 卡车 公交车 摩托车 出租车",
    "朵": "花 云 玫瑰 白云 鲜花 小花",
    "棵": "树 草 白菜 大树 小树 松树 果树",
    "座": "山 桥 城市 塔 大山 寺庙 岛屿 大桥 城堡 山峰",
    "条": "河 路 鱼 狗 蛇 裤子 裙子 街 小路 河流 道路 街道 小河 大河",
    "张": "纸 照片 桌子 床 票 图片 地图 桌 嘴 脸",
    "把": "刀 伞 椅子 钥匙 剑 锁 扇子 雨伞",
    "只": "猫 狗 鸟 鸡 羊 兔子 老虎 小鸟 小猫 小狗 狐狸 蝴蝶 猴子 鸭子 小兔子",
    "支": "笔 铅笔 钢笔 队伍 球队 军队",
    "架": "飞机 钢琴 相机",
    "艘": "船 轮船 军舰 飞船",
    "首": "诗 歌 歌曲 曲子 诗歌",
    "部": "电影 小说 作品 法律 电视剧 纪录片",
    "篇": "文章 论文 作文 日记 小说 课文 报道",
    "封": "信 邮件 情书",
    "件": "衣服 事 事情 毛衣 外套 礼物 作品",
    "双": "鞋 筷子 眼睛 袜子 手 鞋子",
    "位": "老师 同学 医生 科学家 作家 老人 先生 客人 朋友 诗人 教授 艺术家 画家 母亲 父亲 女士",
    "名": "学生 教师 医生 记者 工人 员工 运动员 士兵 警察 科学家 志愿者",
    "家": "公司 企业 餐厅 医院 银行 商店 酒店 饭店 餐馆 超市",
    "杯": "水 茶 咖啡 牛奶 酒 果汁",
    "场": "雨 比赛 电影 雪 战争 音乐会 演出 会议 大火 大雨",
    "门": "课 课程 语言 学科 艺术 科学 技术",
    "台": "电脑 电视 机器 计算机 冰箱 洗衣机",
    "颗": "星 心 星星 种子 牙齿 珍珠 糖 行星",
    "片": "叶子 树叶 森林 草地 云 沙漠 土地 草原",
    "滴": "水 血 眼泪 泪水 汗水",
}
_UNLIKELY = ("辆", "朵", "艘", "首", "滴", "顶", "匹")
_TAKES = {measure: frozenset(nouns.split()) for measure, nouns in _NOUNS.items()}
_NOUN_FORMS = "|".join(sorted({noun for nouns in _TAKES.values() for noun in nouns}, key=len, reverse=True))
_MEASURED = re.compile(
    rf"(?P<number>[一两三四五六七八九十几这那每])(?P<measure>[{''.join(_TAKES)}])(?P<noun>{_NOUN_FORMS})"
    r"(?=[，。！？、的在是和了就也都被从有很不会能]|$)"
)


def _other_measure(match: re.Match[str]) -> str | None:
    if match["noun"] not in _TAKES[match["measure"]]:
        return None
    options = [m for m in _UNLIKELY if m != match["measure"] and match["noun"] not in _TAKES.get(m, ())]
    return f"{match['number']}{_spread(match, options)}{match['noun']}"


# ---- the order of two neighbours

_COUNTED = re.compile(r"(?P<a>[两三四五六七八九几])(?P<b>个)(?![或以和与及])(?=[一-鿿]{2})")
_DEGREE = re.compile(
    r"(?P<a>非常|十分|特别|更加|比较|极其)(?P<b>重要|困难|复杂|美丽|漂亮|简单|容易|高兴|有趣|丰富|严重|广泛|常见|有效|方便|快乐|明显|关键|必要)"
    r"(?=[，。！？的])"
)
_ALREADY = re.compile(
    r"(?P<a>已经)(?P<b>成为|开始|完成|形成|取得|达到|存在|建立|发展|离开|结束|知道|准备)(?=[一-鿿]{2}|了)"
)
_MODAL = re.compile(
    r"(?P<a>可以|能够|应该|必须)(?P<b>帮助|提高|使用|通过|选择|增加|减少|提供|学习|保护|促进|改善|避免|保持|了解|尊重|解决|成为|得到)"
    r"(?=[一-鿿]{2})"
)


def _swapped(match: re.Match[str]) -> str:
    return match["b"] + match["a"]


# ---- paired conjunctions: the second half does not belong to the first

_THEN = "(?<!那)(?P<w>就(?![医业餐座读职任诊近地])|那么)"
_SECOND = {
    "虽然": (r"，(?P<w>但是|但|可是|却)", ("所以", "因此")),
    "因为": (r"，(?P<w>所以|因此|因而)", ("但是", "而且")),
    "由于": (r"，(?P<w>所以|因此|因而)", ("但是", "而且")),
    "不仅": (r"，(?P<w>而且|并且|还|也)", ("但是", "所以")),
    "不但": (r"，(?P<w>而且|并且|还|也)", ("但是", "所以")),
    "只要": (rf"，[^，]{{0,6}}?{_THEN}", ("才",)),
    "只有": (r"，[^，]{0,6}?(?P<w>才)", ("就", "也")),
    "如果": (rf"，[^，]{{0,6}}?{_THEN}", ("才", "而且")),
    "即使": (r"，[^，]{0,8}?(?P<w>也)", ("才", "就")),
    "无论": (r"，[^，]{0,8}?(?P<w>都)", ("就", "才")),
    "不管": (r"，[^，]{0,8}?(?P<w>都)", ("就", "才")),
    "与其": (r"，(?P<w>不如)", ("而且", "所以")),
}


def _conjunction(first: str) -> Rule:
    second, others = _SECOND[first]

    def wrong(match: re.Match[str]) -> str:
        at = match.start("w") - match.start()
        return match[0][:at] + _spread(match, others)

    return Rule("conjunction", re.compile(rf"{first}[^，。]{{2,24}}{second}"), wrong)


RULES: tuple[Rule, ...] = (
    Rule("de", _ADVERBIAL, lambda match: match[0][:-1] + "得"),
    Rule("de", _COMPLEMENT, lambda match: match[0][:-1] + "地"),
    Rule("de", _OWNER, lambda match: match[0][:-1] + "地"),
    Rule("measure", _MEASURED, _other_measure),
    Rule("order", _COUNTED, _swapped),
    Rule("order", _DEGREE, _swapped),
    Rule("order", _ALREADY, _swapped),
    Rule("order", _MODAL, _swapped),
    *(_conjunction(first) for first in _SECOND),
)
