"""What goes wrong in requests and answers that were translated from English, or that answer a request that was.

Faults name rows that cannot be kept; risks name the tasks in which Chinese Alpaca errs so often that a dataset bears
few of them. Both are told by words alone. What was written in Chinese (BELLE, volunteers) needs none of this.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from converters.judging import kinds
from converters.text import HAN, has_han

# ---- faults


@dataclass(frozen=True)
class Trace:
    """A pattern that can match only where one of `words` stands, which is cheaper to look for."""

    reason: str
    words: tuple[str, ...]
    pattern: re.Pattern[str]

    def found(self, text: str) -> str:
        match = self.pattern.search(text) if any(word in text for word in self.words) else None
        return match[0] if match else ""


def _trace(reason: str, words: str, pattern: str) -> Trace:
    return Trace(reason, tuple(words.split()), re.compile(pattern))


_WORK = "文章|论文|报告|报道|新闻|书籍?|电影|研究|博客|演讲|故事|小说"
_THING = "物体|角色|人物|人|概念|单词|词|事物|对象|产品|公司|地点|国家|物品|主题|想法"

_IN_REQUEST = (
    # rhymes, puns and sayings live in the sound and the memory of one language
    _trace(
        "untranslatable_wit",
        "笑话 双关 谜 绕口令 俏皮 押韵 头韵 打油 拟声 谚语 习语 俗语 首字母 缩略 韵 说唱",
        "笑话|双关|谜语|谜题|猜谜|绕口令|俏皮话|押韵|头韵|打油诗|拟声|谚语|习语|俗语|首字母|缩略[词语]|韵[脚律]|说唱",
    ),
    # 确定传真机的主要组件, 命名三种鱼: identify, name, find
    _trace(
        "translated_request",
        "确定 识别 辨 查找 寻找 找到 命名 集思 产生 套用 追踪 构造 输出 收集 估计 研究 指示 方法 方式 步骤",
        "的指示[：:]?\\Z|(?:如何|怎[么样])[^，。？?]*的(?:最佳|最好)?(?:方[法式]|步骤)[？?。]?\\Z|\\A(?:请)?(?:确定|识别|辨[认别]|查找|寻找|找到|命名|集思广益|产生|套用|追踪|构造|输出|收集|估计|研究(?!生|所|院|员))(?!的)",
    ),
    _trace(
        "translated_request",
        "给定 所给 给出 提供",
        '\\A[^\\n：:“”"]{0,40}(?:给定|所给|给出|提供)的(?:输入|信息|数据|主题|情[况境景]|场景)[^\\n：:]{0,12}[。.]?\\Z',
    ),
    # a text that somebody once had before him
    _trace(
        "missing_material",
        "文章 论文 报告 报道 新闻 书 电影 研究 博客 演讲 故事 小说 段落 文本",
        f"\\A(?:请)?(?:总结|概括|概述|归纳|评[价论估]|摘要|阅读|改写|编辑|审[查阅])[^\\n：:]{{0,40}}(?:{_WORK})(?:的(?:主要)?(?:内容|观点|要点|论点|思想|主题|情节))?[。.]?\\Z"
        "|(?:文章|段落|文本|故事|书)[里中]?(?:提到|提及|描述|讨论|包含)的"
        f"|(?:这|那|该|此)(?:篇|本|部|段|首|张|幅)(?:[^\\n：:，。]{{0,24}}的)?(?:{_WORK}|诗|歌|图|文)[^\\n：:]{{0,24}}\\Z",
    ),
    # 为两个角色写几句对话, 描述这个产品: whose, and which?
    _trace(
        "asks_vaguely",
        "两个 三个 此 这 该 某 主角 角色 人物 件事 任务",
        f"[两三]个(?:给定的)?(?:{_THING})(?:之间)?(?:的|写|，|。|创|构|生|编|进|$)|此[人物]"
        "|(?:这|该|此)(?:个|位|种|款|家|部|本)?(?:人|角色|产品|公司|问题|主题|话题|概念|情[况境]|故事|书|电影|情节|事件)(?![^，。]{0,4}[：:])"
        "|某(?:个|种|人|事|一)|[一两三四五六七八九十\\d]件事|任务\\s?[A-Z]|\\A[^，。]{0,6}(?:主角|角色|人物)[。？]?\\Z",
    ),
    # 描述你过去见过的日落: the assistant has seen none
    _trace(
        "asks_for_a_life",
        "你 您",
        "[你您](?:当地|所在|住的|家乡)|\\A[你您](?:觉得|最喜欢|会如何描述)|(?:描述|总结|分享|讲述|谈谈|写[^，。]{0,8}关于|告诉我|回忆|举|提供)[^，。]{0,10}[你您](?:的|在|最|过去|曾|所|如何|当|上|是如何|解决|克服|经历|见|去|做)(?!的(?:国家|公司|客户|产品|团队))",
    ),
    _trace(
        "invented_quotation",
        "名言 引言 引语 语录 箴言 格言",
        "名言|引语|语录|箴言|格言|(?:写|找|给|生成|提供|创建)[^，。]{0,12}引言",
    ),
    _trace("dated_fact", "新冠 冠状病毒 COVID 股票 疫情", "新冠|冠状病毒|COVID|疫情|(?:推荐|建议|选择)[^。]{0,20}股票"),
)

_IN_ANSWER = (
    # needs and wants → 需求和需求: two words of English that have one in Chinese
    _trace(
        "one_word_twice",
        "和 或 与 及 、 / 并 （ (",
        f'([{HAN}]{{2,6}})[”"’]?(?:(?:、[^、。，；：\\n]{{1,8}})*(?:和|或|与|及|、|/|以及|或者|并)[“"‘]?\\1(?![{HAN}]?[又再还])'
        '|[（(]\\1[）)]|（[A-Za-z ]+），?即[“"]?\\1)',
    ),
    _trace(
        "foreign_measures",
        "英寸 英尺 英里 磅 加仑 华氏 盎司",
        "(?:\\d|[一二两三四五六七八九十百千半几])\\s*(?:平方|立方)?(?:英寸|英尺|英里|磅|加仑|盎司)|华氏",
    ),
    # 开胃 菜, 类型： 爱情: what a machine leaves between two characters
    Trace(
        "broken_word",
        (" ",),
        # a line without stops is a signature: 学生 李明
        re.compile(
            f"^(?=[^\n]*[，。；、])[^\n]*?[{HAN}]{{2}} [{HAN}](?=[{HAN}。，、；])|[：（] (?=[{HAN}])|[{HAN}] (?=（)",
            re.MULTILINE,
        ),
    ),
    # 诗：… 合唱：…, 介绍：… 身体：…: verse, chorus, body
    Trace(
        "translated_layout",
        ("诗：", "身体：", "合唱：", "Person", "&"),
        re.compile("^(?:诗|身体|合唱)：\\s*$|^Person ?\\d|&#?\\w+;", re.MULTILINE),
    ),
)
_MAY_BE_FOREIGN = re.compile(
    "[A-Za-z]{4,}|代码|程序|函数|脚本|查询|网页|算法|方程|公式|翻译|译成|[英法德日韩俄]语|英文|西班牙语|正则|表达式|网址|命令|数组|标签|变量|计算|化学|因式|求"
)


def fault(request: str, answer: str) -> tuple[str, str] | None:
    """(reason, detail) of what shows that something was lost on the way into Chinese."""
    for traces, text in ((_IN_REQUEST, request), (_IN_ANSWER, answer)):
        for trace in traces:
            found = trace.found(text)
            if found:
                return trace.reason, found
    if has_han(request) and not has_han(answer) and len(answer) >= FEWEST_OF_LETTERS:
        return None if _MAY_BE_FOREIGN.search(request) else ("in_english", answer[:60])
    opened, closed = answer.count("“"), answer.count("”")
    return ("open_quotation", f"{opened} “ and {closed} ”") if opened != closed else None


FEWEST_OF_LETTERS = 40  # characters: a shorter answer without Chinese is a name or a number

# ---- risks

GIVEN = "given_text"
RECALL = "recall"
CURT = "curt"
WORDS = "words"
VISUAL = "visual"
UNUSUAL = "unusual"
BRIEF = "brief"
PROSE = "prose"
SCENE = "scene"
UNSURE = (GIVEN, RECALL, CURT, WORDS, VISUAL, UNUSUAL, BRIEF)  # a quarter of them and more would fail a native reader

LEAST_ANSWER = 80  # characters: a shorter answer is a word, a list of words or a sentence that explains nothing
LEAST_POINTS = 150  # characters of an answer in points
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
    "面积|体积|周长|公式|方程|定理|概率|导数|积分|平方|百分比|质数|素数|分数|三角形|圆|数列|序列|矩阵|向量|最[大小]值"
)
_ABOUT_WORDS = re.compile(
    '[“"][^”"]+[”"]|名字|姓名|同义词|反义词|近义词|形容词|动词|名词|副词|词性|造句|单词|词语|短语|词组|句型|标点|成语|隐喻|明喻|比喻|类比|拟人|字母|语法|个词|句子|一句话|[一二两三四五]个?句|用\\d+个?[词字]'
)
_PICTURED = re.compile(
    "画|草图|素描|照片|(?:设计|创[建作造]|制作|生成)[^。，]{0,24}(?:标志|徽标|logo|Logo|海报|封面|图|网[页站]|吉祥物|T恤|名片|传单|横幅|服装|布局|表格|界面|房间|游戏|谱|曲|旋律|日历)"
)
_NAMES_THINGS = re.compile(
    "(?:列[出举]|说出|举出?|推荐|提供|给出|生成|创建|写[下出]?|选择?|描述|介绍|讨论|总结|概述|解释|比较|建议|编制|制[定作]|谈谈|说明|分析|是)[^。！？\\n]{0,24}"
    "(?:电影|影片|书籍|本书|小说|歌曲|乐队|演员|导演|总统|国王|科学家|发明家|运动员|球队|名人|人物|作家|诗人|艺术家|画家|作曲家|哲学家|公司|品牌|大学|博物馆|景点|地标|"
    "城市|国家|首都|山脉|河流|战争|事件|革命|条约|法律|法案|宪法|语言|动物|植物|鸟|鱼|企鹅|恐龙|元素|网站|应用程序|软件|游戏|奖|节日|历史|神话|宗教|菜肴|年代|世纪|药|疾病|症状|品种|食谱|工具|成分|物种|化学|物质|海洋|灭火|量子|重力|引力|电动[汽车])"
)
_ASKS_FACT = re.compile(
    "谁|哪一?[年天部本位个座种项]|什么时候|何时|首都|人口|海拔|多[高远长大深久重]|最[大高长小古早深快贵重常新近受]|第[一二三四五六七八九十]|著名|多少|哪里|在哪|作者|发明|起源|时间[表线轴]|年表|指南|旅游"
    "|金字塔|帝国|王朝|文明|总统|法国|英国|美国|德国|日本|东京|纽约|印度|俄罗斯|加拿大|澳大利亚|欧洲|非洲|古代|世界大战|星|太阳|月球|宇宙|地球|光年|黑洞|南极|北极"
)
_CLAIMS_FACT = re.compile(
    "(?:1[0-9]|20)\\d\\d\\s*年|公元|《[^》]+》|[一-鿿]·[一-鿿]|\\d{2,}(?:\\.\\d+)?\\s*(?:%|％|万|亿|公里|千米|平方|摄氏|℃)"
)
# How people open or end a request of their own; who translated began with 综合, 开发, 与学习者合作, 就…
_PLAIN = re.compile(
    "\\A(?:请|帮我|麻烦)?(?:你|您|给我|为我)?(?:如何|怎[么样]|为[什何]么?|什么|解释|描[述写]|介绍|写|列[出举]|说明|比较|对比|讨论|分析|总结|概述|简[要述]|给出|推荐|"
    "制[定作]|创作|撰写|编[写制]|生成|提出|举[例出一两三]|谈谈|阐[述明]|定义|说[出说明]|区分|评[价估])"
    "|\\A为[^，。]{2,20}(?:写|设计|制定|提供|生成|创[建作]|编写|提出|撰写|准备|想)"
    "|(?:是什么|有哪些|有什么[^，。]{0,8}|吗|怎么[样办]?|的(?:好处|优[点势]|缺点|区别|影响|方法|作用|重要性|原因|原理|步骤|意义|策略|技巧|特点))[？?。]?\\Z"
    "|(?:为什么|如何|怎样|怎么|什么)[^，。]{2,30}[？?]\\Z"
)


def risk(request: str, answer: str) -> str:
    """The kind of a task in which such data err often, or "" for what is asked openly and answered at length."""
    if kinds.kind_of(request) in (kinds.ARITHMETIC, kinds.CODE, kinds.POEM, kinds.TRANSLATION):
        return ""
    if len(request) > LONGEST_TASK or _HOLDS_TEXT.search(request):
        return GIVEN
    for kind, pattern in _TOLD_BY_REQUEST:
        if pattern.search(request):
            return kind
    if len(answer) < LEAST_ANSWER or len(request) < LEAST_REQUEST:
        return CURT
    if _NAMES_THINGS.search(request) or _ASKS_FACT.search(request) or _CLAIMS_FACT.search(answer):
        return RECALL
    if not _PLAIN.search(request):
        return UNUSUAL
    return _form(answer)


_POINT = re.compile(
    "^(?:\\d+|[一二三四五六七八九十])[.、．)）]\\s*(?:[^\\n：:]{2,24}[：:]\\s*\\S|[^\\n]{30})", re.MULTILINE
)
_SPACED = re.compile(f"[{HAN}] [A-Za-z0-9]")


def _form(answer: str) -> str:
    """GPT-4 names its points and explains each; what was translated is GPT-3's, and that wrote one paragraph."""
    spaced = len(_SPACED.findall(answer)) > MOST_SPACED
    if not spaced and len(answer) >= LEAST_POINTS and len(_POINT.findall(answer)) >= LEAST_PARTS:
        return ""
    if not spaced and len(answer) >= LEAST_PROSE and answer.count("\n\n") + 1 >= LEAST_PARTS:
        return PROSE
    return BRIEF


_TOLD_BY_REQUEST = (
    (kinds.CODE, _PROGRAMS),
    (kinds.ARITHMETIC, _RECKONS),
    (WORDS, _ABOUT_WORDS),
    (VISUAL, _PICTURED),
    (SCENE, re.compile("对话|剧本|小品|角色|人物|台词|场景|采访")),
)
