"""How far can an answer of a model be relied on, by what was asked of it and by the form of the answer?

Models that wrote instruction data were right where they explained, advised and summed up at length, and wrong in a
quarter of what they had to recall, to find out, to count or to do with words. `risk` names the task, so that a dataset
can bear few of it; nothing is rejected here.
"""

from __future__ import annotations

import re

from converters.judging import advice, grounded, kinds, manner
from converters.sieve import SIGNS, Sieve, Sign, things
from converters.text import HAN

GIVEN = "given_text"
RECALL = "recall"
CURT = "curt"
WORDS = "words"
VISUAL = "visual"
UNUSUAL = "unusual"
BRIEF = "brief"
PROSE = "prose"
SCENE = "scene"
LORE = "lore"
ADVICE = "advice"
GROUNDED = "grounded"
UNSURE = (GIVEN, RECALL, CURT, WORDS, VISUAL, UNUSUAL, BRIEF)  # a quarter of them and more would fail a native reader
FORMS = (CURT, UNUSUAL, BRIEF, PROSE, LORE, ADVICE, GROUNDED)  # kinds that say how one is answered, not what is asked

LEAST_ANSWER = 80  # characters: a shorter answer is a word, a list of words or a sentence that explains nothing
LEAST_POINTS = 200  # characters of an answer in points
LEAST_PROSE = 250  # characters of one in paragraphs
LEAST_PARTS = 3  # paragraphs, or points that are named and explained
MOST_SPACED = 1  # 使用 AI 的: the spaces that translation machines put around Latin words
LEAST_REQUEST = 7  # characters: 你做了什么？ leaves all to guess
LONGEST_TASK = 60  # characters of a request that holds nothing to work on
_HOLDS_TEXT = re.compile('\\n|[：:]\\s*\\S{6,}|[“"「『][^”"」』]{8,}[”"」』]')
_PROGRAMS = re.compile(
    "算法|程序|代码|脚本|函数|SQL|HTML|CSS|正则|数据结构|编程|伪代码|网页|[Pp]ython|Java|C\\+\\+|查询|机器人"
)
_RECKONS = re.compile(
    "面积|体积|周长|公式|方程|定理|概率|导数|积分|平方|百分比|质数|素数|分数|三角形|圆|数列|序列|矩阵|向量|最[大小]|公约数|公倍数|成本|价格|预算表|日期"
)
_ABOUT_WORDS = re.compile(
    '(?:解释|定义|说明)(?:一下|术语|词语)?[“"]|名字|姓名|同义词|反义词|近义词|形容词|动词|名词|副词|词性|造句|单词|词语|短语|词组|句型|标点|成语|隐喻|明喻|比喻|类比|拟人|字母|语法|拼写|错别?字|人名|地名|组织名|实体|个词|一句话|[一二两三四五]个?句|用\\d+个?[词字]'
)
_PICTURES = (
    "标志|徽标|logo|Logo|海报|封面|图|网[页站]|吉祥物|T恤|名片|传单|横幅|服装|布局|表格|界面|房间|游戏|谱|曲|旋律|日历"
)
_PICTURED = re.compile(f"画|草图|素描|照片|(?:设计|创[建作造]|制作|生成)[^。，]{{0,24}}(?:{_PICTURES})")
_THINGS = (
    "电影|影片|书籍|本书|小说|歌曲|乐队|演员|导演|总统|国王|科学家|发明家|运动员|球队|名人|人物|作家|诗人|艺术家|画家|作曲家|哲学家|公司|品牌|大学|博物馆|景点|地标|"
    "城市|国家|首都|山脉|河流|战争|事件|革命|条约|法律|法案|宪法|语言|动物|植物|鸟|鱼|企鹅|恐龙|元素|网站|应用程序|软件|游戏|奖|节日|历史|神话|宗教|菜肴|年代|世纪|药|疾病|症状|品种|食谱|工具|成分|物种|化学|物质|海洋|灭火|量子|重力|引力|电动[汽车]|物品|用品|用途"
)
_NAMES_THINGS = re.compile(
    "(?:列[出举]|说出|举出?|推荐|提供|给出|生成|创建|写[下出]?|选择?|描述|介绍|讨论|总结|概述|解释|比较|建议|编制|制[定作]|谈谈|说明|分析|是)[^。！？\\n]{0,24}"
    f"(?:{_THINGS})"
)
_ASKS_FACT = re.compile(
    "谁|哪一?[年天部本位个座种项]|什么时候|何时|首都|人口|海拔|多[高远长大深久重]|最[大高长小古早深快贵重常新近受]|第[一二三四五六七八九十]|著名|多少|哪里|在哪|作者|发明|起源|时间[表线轴]|年表|指南|旅游"
    "|金字塔|帝国|王朝|文明|总统|法国|英国|美国|德国|日本|东京|纽约|印度|俄罗斯|加拿大|澳大利亚|欧洲|非洲|古代|世界大战|星|太阳|月球|宇宙|地球|光年|黑洞|南极|北极"
)
_CLAIMS_FACT = re.compile(
    "(?:1[0-9]|20)\\d\\d\\s*年|公元|《[^》]+》|[一-鿿]·[一-鿿]|\\d{2,}(?:\\.\\d+)?\\s*(?:%|％|万|亿|公里|千米|平方|摄氏|℃)"
)
_CLAIM = Sieve({0: (re.compile("[0-9０-９]\\s*(?:年|[%％万亿]|公里|千米|平方|摄氏|℃)|公元|《|·"),)}, SIGNS)
# How people open or end a request of their own; who translated began with 综合, 开发, 与学习者合作, 就…
_PLAIN = re.compile(
    "\\A(?:请|帮我|麻烦)?(?:你|您|给我|为我)?(?:如何|怎[么样]|为[什何]么?|什么|解释|描[述写]|介绍|写|列[出举]|说明|比较|对比|讨论|分析|总结|概述|简[要述]|给出|推荐|"
    "制[定作]|创作|撰写|编[写制]|生成|提出|举[例出一两三]|谈谈|阐[述明]|定义|说[出说明]|区分|评[价估])"
    "|\\A为[^，。]{2,20}(?:写|设计|制定|提供|生成|创[建作]|编写|提出|撰写|准备|想)"
    "|(?:是什么|有哪些|有什么[^，。]{0,8}|吗|怎么[样办]?|的(?:好处|优[点势]|缺点|区别|影响|方法|作用|重要性|原因|原理|步骤|意义|策略|技巧|特点))[？?。]?\\Z"
    "|(?:为什么|如何|怎样|怎么|什么)[^，。]{2,30}[？?]\\Z"
)


def risk(request: str, answer: str) -> str:
    """The kind of a task; in all but two of them, what a text says and long advice, such data err often."""
    kind = kinds.kind_of(request)
    if kind in _OF_ITS_OWN or (kind == kinds.CHAT and len(request) <= LONGEST_GREETING):
        return kind
    if grounded.is_grounded(request, answer):
        return GROUNDED
    given = len(request) > LONGEST_TASK or _HOLDS_TEXT.search(request) is not None
    done = _succeeds(request, answer) if given else ""
    if done:
        return done
    order = _ORDER_ENDS.split(request[:LONGEST_TASK], maxsplit=1)[0] if given else request
    told = next((_TASKS[place][0] for place in things(_SIEVE.may_hold(request)) if _TASKS[place][2].search(order)), "")
    if told or given:
        return told or GIVEN
    if len(answer) < LEAST_ANSWER or len(request) < LEAST_REQUEST:
        return CURT
    if _CLAIM.may_hold(answer) and _CLAIMS_FACT.search(answer):
        return RECALL
    if not _PLAIN.search(request):
        return UNUSUAL
    return _form(answer) or (ADVICE if advice.is_everyday(request) else LORE)


_OF_ITS_OWN = (kinds.ARITHMETIC, kinds.CODE, kinds.POEM, kinds.TRANSLATION)
LONGEST_GREETING = 16  # characters: 你好, 你叫什么名字？
LEAST_TEXT = 120  # characters of a text that is worth summing up
_SUMS_UP = re.compile("总结|概括|摘要|归纳|概述|主要(?:内容|思想|观点)")
_GOES_ON = re.compile("续写[^。\\n]{0,8}对话|继续[^。\\n]{0,8}对话")
_ORDER_ENDS = re.compile('[\\n：:“"「]')


def _succeeds(request: str, answer: str) -> str:
    """Of tasks on a text that is given, summing it up and going on with a talk."""
    if _GOES_ON.search(request):
        return kinds.SCRIPT
    whole = len(request) >= LEAST_TEXT and 2 * len(answer) <= len(request) and "[" not in request
    return kinds.SUMMARY if whole and _SUMS_UP.search(request) else ""


_POINT = re.compile(
    "^(?:\\d+|[一二三四五六七八九十])[.、．)）]\\s*(?:[^\\n：:]{2,24}[：:]\\s*\\S|[^\\n]{30})", re.MULTILINE
)
_SPACED = re.compile(f"[{HAN}] [A-Za-z0-9]")


def _form(answer: str) -> str:
    """GPT-4 names its points and explains each; what was translated is GPT-3's, and that wrote one paragraph."""
    if answer.count("\n") + 1 < LEAST_PARTS:
        return BRIEF
    if len(answer) >= LEAST_POINTS and len(_POINT.findall(answer)) >= LEAST_PARTS:
        form = ""
    elif len(answer) >= LEAST_PROSE and answer.count("\n\n") + 1 >= LEAST_PARTS:
        form = PROSE
    else:
        return BRIEF
    marked = len(_SPACED.findall(answer)) > MOST_SPACED or _two_hands(answer) or _DASHED.search(answer)
    return BRIEF if marked or manner.explained_in_english(answer) else form


_HANDS = tuple(
    (re.compile(one, re.MULTILINE), re.compile(other, re.MULTILINE))
    for one, other in (
        ("您", "你(?!好)"),
        ("^\\d+[.、．]\\S", "^\\d+[.、．]\\s"),
        ("^\\d+、", "^\\d+[.．]"),
        ("^一、", "^2"),
    )
)
# 沟通能力 - 能够…: so points are named in English; Chinese has a colon there
_DASHED = re.compile("^\\d+[.、．]\\s*[^\\n：:。]{2,24} [-–] ", re.MULTILINE)


def _two_hands(answer: str) -> bool:
    """1.多吃 beside 2. 多睡, 你 beside 您: a translation machine goes line by line and forgets the last one."""
    return any(one.search(answer) and other.search(answer) for one, other in _HANDS)


_SCENES = re.compile("对话|剧本|小品|角色|人物|台词|场景|采访")
# Each task with its signs and what finds it, in the order in which they are looked for.
_TASKS: tuple[tuple[str, Sign, re.Pattern[str]], ...] = (
    (kinds.CODE, _PROGRAMS, _PROGRAMS),
    (kinds.ARITHMETIC, _RECKONS, _RECKONS),
    (WORDS, _ABOUT_WORDS, _ABOUT_WORDS),
    (VISUAL, re.compile(f"画|草图|素描|照片|{_PICTURES}"), _PICTURED),
    (SCENE, _SCENES, _SCENES),
    (RECALL, re.compile(_THINGS), _NAMES_THINGS),
    (RECALL, _ASKS_FACT, _ASKS_FACT),
)
_SIEVE = Sieve({place: (signs,) for place, (_, signs, _) in enumerate(_TASKS)}, SIGNS)
