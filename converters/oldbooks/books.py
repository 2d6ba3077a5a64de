"""Which books of chinese-novel are left out whole, and why, and which are made of anecdotes, one a paragraph?

Lists to be read, argued with and changed.
"""

from __future__ import annotations

from collections.abc import Mapping

_EROTIC = "erotic fiction: sex is what it tells"
_COURT = "court scandal of the 1920s and 1930s, not a pre-modern book"
_RECENT = "written or translated after 1911, perhaps not in the public domain everywhere"
_DEBATE = "a modern annotated edition: translation and notes are mixed into every chapter"
_GLUED = "the titles of its tales are glued to their first words"
_SCAN = "scanned so badly that every page has wrong characters"
_NO_TALE = "no narrative: treatises and lists"

LEFT_OUT: Mapping[str, str] = {
    name: reason
    for reason, names in {
        _EROTIC: (
            "金瓶梅 三续金瓶梅 续金瓶梅 隔帘花影 金屋梦 肉蒲团 灯草和尚 绣榻野史 痴婆子传 "
            "杏花天 浓情快史 巫山艳史 僧尼孽海 欢喜冤家 姑妄言 国色天香 花神三妙传 "
            "祁生天缘奇遇 八段锦 空空幻 灯月缘 玉楼春 鸳鸯阵 妖狐艳史 品花宝鉴 红楼春梦 "
            "绮楼重梦 野叟曝言 蜃楼志 隋炀帝艳史 禅真后史 禅真逸史 武瞾传 游仙窟 飞燕外传 "
            "汉杂事秘辛 醋葫芦 风流悟 风月鉴 一枕奇 艳异编 艳异编续集 株林野史 昭阳趣史 "
            "九尾龟 九尾狐 北里志 青楼梦 蟫史"
        ),
        _COURT: (
            "唐代宫廷艳史 汉代宫廷艳史 清代宫廷艳史 明代宫闱史 隋代宫闱史 宋代宫闱史 "
            "宋代十八朝艳史演义 皇清秘史 昭君艳史演义 西施艳史演 貂蝉艳史演义 贵妃艳史演义 "
            "西太后艳史演义"
        ),
        _RECENT: ("御香缥缈录 上古秘史 观音菩萨传奇 张文祥刺马案 青红帮演义 杨乃武与小白菜 神魔列国志"),
        _DEBATE: ("罗织经 荣枯鉴 长短经 冥音录"),
        _SCAN: (
            "枕中记 龙城录 西游补 新石头记 第一才女传 绘芳录 剑侠奇中奇全传 南朝秘史 "
            "东汉秘史 喻世明言 周朝秘史 后宋慈云走国全传 隋唐两朝志传 女聊斋志异"
        ),
        _GLUED: "子不语 续子不语",
        _NO_TALE: "山海经 洞天福地记 钟吕传道集 全相平话",
    }.items()
    for name in names.split()
}

# In these a juan has no headings and each paragraph is a tale of its own; elsewhere a paragraph is a part of one.
# Not here: 唐国史补, 唐语林, 大唐新语, 唐摭言 and 独异志, whose pages run two or three anecdotes into one paragraph.
ANECDOTES = frozenset(
    name
    for names in (
        "世说新语 搜神记 搜神后记 幽冥录 北梦琐言 朝野佥载 归田录 因话录 大唐传载 渑水燕谈录",
        "明皇杂录 次柳氏旧闻 开天传信记 阅微草堂笔记 酉阳杂俎 西京杂记 广异记 定命录 冥报记",
        "中朝故事 魏晋世语 步里客谈 太平广记",
    )
    for name in names.split()
)
