"""What does a request ask for: which kind of task is it, and does it ask for anything at all?

Kinds are told by words of the request alone. They serve to balance a dataset, so a kind that is missed is counted as
"" and one that is wrong costs little; no example is rejected for its kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from converters.sieve import SIGNS, Sieve, Sign, things

ARITHMETIC = "arithmetic"
CODE = "code"
POEM = "poem"
TRANSLATION = "translation"
SCRIPT = "script"
CLASSIFICATION = "classification"
EXTRACTION = "extraction"
SUMMARY = "summary"
REWRITING = "rewriting"
CHAT = "chat"

_QUANTITY = re.compile(
    "\\d+|[一二两三四五六七八九十百]+(?:个|只|元|岁|米|公里|千克|小时|分钟|颗|支|本|人|朵|斤|块|道|张)"
)
_ASKS_AMOUNT = re.compile(
    "[几多]少?(?:个|只|元|块|岁|米|公里|千克|小时|分钟|颗|支|本|人|朵|斤|张|天|钱|根|枚|瓶|杯|棵|名|次|平方|面积|周长)|多少|概率是|百分之几|求[^，。]{0,12}(?:面积|周长|体积)"
)
_PROBLEM = re.compile("数学题|应用题|^题目[：:]|计算题|解方程|方程组|[鸡兔]同笼")
_PUPIL = re.compile("小[明红华丽刚李兰绿蓝玲美芳强军张王亮智].*(?:[?？]|几|多[少长大久]|求)", re.DOTALL)
_COMPUTES = re.compile(
    "计算|求[出解]?[：:]?\\s*\\d|等于(?:几|多少)|\\d\\s*[+×÷*=]\\s*\\d|\\d\\s+[-/]\\s+\\d|用数字\\s*\\d|用\\d[^。]{0,10}(?:得到|凑|组成)\\D{0,4}\\d"
)
_WEEKDAY = re.compile("星期[一二三四五六日天][^。]*星期几")
_SCHOOL_WORDS = re.compile(
    "(?:其中|每[一二个棵本支]|剩|平均|分给|比.{1,6}[多少])[^？?]{0,80}(?:[？?]|求.{0,16}(?:总数|总和|面积|体积|周长))"
)
_TEXTUAL = re.compile("文章|段落|文本|新闻|摘要|故事|代码|程序|函数")
LONGEST_PROBLEM = 250  # characters
LONGEST_SUM = 60


@lru_cache(maxsize=16)
def is_arithmetic(request: str) -> bool:
    """A word problem or a sum: something whose answer is a number that follows from the numbers given.

    Kept for a few requests: rules and kinds ask about one in turn.
    """
    if "题" in request and _PROBLEM.search(request):
        return True
    if len(request) > LONGEST_PROBLEM or _TEXTUAL.search(request):
        return False
    quantities = len(_QUANTITY.findall(request))
    if ("小" in request and _PUPIL.search(request)) or ("星期" in request and _WEEKDAY.search(request)):
        return True
    if quantities > 1 and (_ASKS_AMOUNT.search(request) or _SCHOOL_WORDS.search(request)):
        return True
    return quantities > 0 and len(request) <= LONGEST_SUM and _COMPUTES.search(request) is not None


# one of these stands in every sum and word problem
ARITHMETIC_SIGNS: tuple[Sign, ...] = (re.compile("[0-9０-９一二两三四五六七八九十百]"), "小", "星期", "题")

# Each kind with its signs and what finds it, in the order in which they are looked for.
KINDS: tuple[tuple[str, tuple[Sign, ...], Callable[[str], object]], ...] = (
    (ARITHMETIC, ARITHMETIC_SIGNS, is_arithmetic),
    (TRANSLATION, ("译",), re.compile("翻译|译[成为]|中译英|英译中").search),
    (
        CODE,
        (
            "代码",
            "程序",
            "函数",
            "SQL",
            "Python",
            "python",
            "正则",
            "算法",
            "脚本",
            "网页",
            "Java",
            "C++",
            "HTML",
        ),
        re.compile(
            "代码|(?:写|编写|实现|创建|设计|给出|生成).{0,20}(?:程序|函数|算法|脚本|类|查询|正则表达式|网页|HTML|SQL)|SQL|[Pp]ython|Java|C\\+\\+|HTML"
        ).search,
    ),
    (
        POEM,
        ("诗", "绝句", "对联", "俳句", "歌词"),
        re.compile("(?:写|作|创作|编|生成|续|创造|构思|来|填).{0,24}(?:诗|绝句|律诗|对联|俳句|歌词|词牌)").search,
    ),
    (
        CLASSIFICATION,
        ("分类", "归类", "情感", "是否", "属于", "积极", "正面"),
        re.compile("分类|归类|情感(?:分析|倾向|极性)|判断.{0,20}是否|属于(?:哪|什么)|正面还是负面|积极还是消极").search,
    ),
    (
        EXTRACTION,
        ("提取", "抽取", "找出", "识别", "标注"),
        re.compile("提取|抽取|(?:找出|识别|标注).{0,20}(?:文本|句子|段落|文章|实体|关键词|词)").search,
    ),
    (
        SUMMARY,
        ("总结", "概括", "摘要", "概述", "归纳"),
        re.compile("总结|概括|摘要|归纳.{0,10}(?:文|段)|主要(?:内容|思想|观点)").search,
    ),
    (
        REWRITING,
        ("改写", "重写", "改成", "润色", "扩写", "缩写", "重述", "替换", "改为", "修改"),
        re.compile("改写|重写|改[成为]|润色|扩写|重述|替换|修改.{0,10}(?:句|文|段)").search,
    ),
    (CHAT, ("你", "您"), re.compile("^.{0,6}[你您](?:好|是谁|叫什么|会|能做|喜欢|觉得|有|在|几岁|多大)").search),
)
_SIEVE = Sieve({place: signs for place, (_, signs, _) in enumerate(KINDS)}, SIGNS)


def kind_of(request: str) -> str:
    """The kind of a request, or "" for questions, lists and texts of the ordinary sort."""
    for place in things(_SIEVE.may_hold(request)):
        kind, _, finds = KINDS[place]
        if finds(request):
            return kind
    return ""


_ASKS = re.compile(
    "[?？]|什么|怎么|怎样|如何|为何|为什么|哪[个些里种位一天年]|[^，。]谁|谁[是会能]|多少|几|吗|呢|是否|能否|可否|能不能|是不是|有没有|请|帮[我忙]|可以|继续|试|"
    "(?:^|[，。；,;：:、\\s]|给我|为我|并|来|再|然后|试着|尝试|要求|需要|想要?你|让我们|一起)(?:"
    "写|列|举|给|说|讲|找|选|算|解|画|猜|造|编|改|译|问|排|用|将|把|对|为|以|根据|按|基于|针对|关于|假设|想象|想出|提|描|总结|概|分|识|判|确|比|生成|创|"
    "设|构|制|建|输|查|推|介|评|回|定义|预|翻|重|优|简|替|删|添|补|填|续|扩|缩|抽|模|扮|讨|研究|探|思|阐|论|叙|命名|起|取|拟|发布|发表|报告|演示|展|实现|开发|使|利用|教|"
    "规|安排|策|做|出[一两三几]|准备|调查|采|背|证|鉴|归|组|拼|连|阅|检|核|校|标|注|计|统|转|换|变|合|拆|整理|辨|区|指|引|回顾|推断|估|衡|搜|收集|罗|表|陈|比|证明|打印|运行|启动|去掉|移|修|扩)"
)
_TOPIC = re.compile(
    "(?:方法|步骤|[好坏害]处|区别|差异|优[势点]|缺点|劣势|特[点征性]|原因|意义|影响|作用|定义|含义|意思|例子|示例|建议|技巧|措施|策略|论点|论据|理由|危害|历史|用途|用法|原理|过程|流程|清单|列表|"
    "指南|计划|方案|标题|口号|对话|名称|名字|重要性|不同|关系|概念|介绍|简介|攻略|菜谱|食谱|做法|制作|翻译|诗歌?|故事|作文|文案|歌词|目的|来源|起源|类型|种类|组成|结构|功能|应用|"
    '教程|大纲|总结|评价|分析|反义词|同义词|近义词|区别|比较|对比|要素|因素|条件|要求|规则|玩法|用例|场景|发展|趋势|现状|前景|挑战|问题|案例|题|事|地点|国家|城市|人物|作品|代表作)[。.！!”"]*$'
)
_HOLDS_MORE = re.compile('[:：\n“"《「_=]|[A-Za-z]{3,}|\\d')
_QUESTION = re.compile(
    "[?？]|为什么|什么|如何|怎么|吗|是否|请|解释|说明|描述|讨论|列出|写[一下出]|论证|证明|阐述|谈谈|分析|评估|判断"
)
_STATES = re.compile("(?:非常|很|十分|至关|极其|都是?|是)?(?:重要|困难|必要|有趣|危险|美丽|值得[^，。]{0,4})的?[。.]$")
_FELT = re.compile("我(?!们)|你真|您真|好[累饿困烦难]|谢谢|再见|你好|您好|早上好|晚安|哈哈|救命")
LONGEST_STATEMENT = 30  # characters


def asks_nothing(request: str) -> str:
    """他站着不动。船和鲸鱼。The request, if it is a sentence or two words out of nowhere that leave nothing to answer.

    What someone tells of himself (我好累) is the beginning of a talk, and a bare topic (冥想的好处) is a request.
    """
    if len(request) > LONGEST_STATEMENT or _HOLDS_MORE.search(request) or _FELT.search(request):
        return ""
    states = _STATES.search(request) is not None and not _QUESTION.search(request)
    return request if states or not (_ASKS.search(request) or _TOPIC.search(request)) else ""
