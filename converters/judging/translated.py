"""What is lost where a request was translated from English, or its answer was: told by words alone.

What was written in Chinese (BELLE, volunteers) needs none of this.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from converters.sieve import SIGNS, Sieve, things
from converters.text import HAN, has_han


@dataclass(frozen=True)
class Trace:
    """A pattern that can match only where one of `words` stands."""

    reason: str
    words: tuple[str, ...]
    pattern: re.Pattern[str]

    def found(self, text: str) -> str:
        match = self.pattern.search(text)
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
    _trace("translated_request", "革命了", "革命了(?!吗|，|。)"),
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
        f"|\\A[^\\n]*(?:这|那|该|此)(?:篇|本|部|段|首|张|幅)(?:[^\\n：:，。]{{0,24}}的)?(?:{_WORK}|诗|歌|图|文)[^\\n：:]{{0,24}}\\Z",
    ),
    # 为两个角色写几句对话, 描述这个产品: whose, and which?
    _trace(
        "asks_vaguely",
        "两个 三个 此 这 该 某 主角 角色 人物 件事 任务",
        # what is given in lines of its own or in quotation marks may be meant
        f'\\A(?!.*[\\n“"「]|[^。]*。.{{15,}})(?:.*?)(?:(?<!的)[两三]个(?:给定的)?(?:{_THING})(?:之间)?(?:的|写|，|。|创|构|生|编|进|$)|此[人物]'
        "|(?:这|该|此)(?:个|位|种|款|家|部|本)?(?:人|角色|产品|公司|问题|主题|话题|概念|情[况境]|故事|书|电影|情节|事件)(?![^，。]{0,4}[：:])"
        "|某(?:个|种|事|一)|[给与和对向为]某人|[一两三四五六七八九十\\d]件事|任务\\s?[A-Z]|\\A[^，。]{0,6}(?:主角|角色|人物)[。？]?\\Z)",
    ),
    # 描述你过去见过的日落: the assistant has seen none; 您认为: nor does it hold views
    _trace(
        "asks_for_a_life",
        "你 您",
        "[你您](?:认为|相信|怎么看)|[你您](?:当地|所在|住的|家乡)|\\A[你您](?:觉得|最喜欢|会如何描述)|(?:描述|总结|分享|讲述|谈谈|写[^，。]{0,8}关于|告诉我|回忆|举|提供)[^，。]{0,10}[你您](?:的|在|最|过去|曾|所|如何|当|上|是如何|解决|克服|经历|见|去|做)(?!的(?:国家|公司|客户|产品|团队))",
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
        f'([{HAN}]{{2,6}})[”"’]?(?:(?:、[^、。，；：\\n]{{1,8}})*(?:和|或|与|及|、|/|以及|或者|并)[“"‘]?\\1(?=[^{HAN}]|[的等会将可是能都和或来被分]|\\Z)'
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
    _trace(
        "broken_word",
        "可能可以 能够可以 可以能够 先进救援 革命了 显着 着名的 卓着 着作权",
        "可能可以|能够可以|可以能够|先进救援|革命了|(?<!明)显着|(?<![叫喊])着名的|卓着|着作权",
    ),
    # 诗：… 合唱：…, 介绍：… 身体：…: verse, chorus, body
    Trace(
        "translated_layout",
        ("诗：", "身体：", "合唱：", "Person", "&"),
        re.compile("^(?:诗|身体|合唱)：\\s*$|^Person ?\\d|&#?\\w+;", re.MULTILINE),
    ),
)
_CODE = re.compile("</|[{};]\\s*$|^\\s*(?:def|import|class|for|if|SELECT|#include)\\b", re.MULTILINE)
_MAY_BE_FOREIGN = re.compile(
    "[A-Za-z]{4,}|[Cc][Ss][Ss]|[Ss][Qq][Ll]|样式|代码|程序|函数|脚本|查询|网页|算法|方程|公式|翻译|译成|[英法德日韩俄]语|英文|西班牙语|正则|表达式|网址|命令|数组|标签|变量|计算|化学|因式|求"
)


_REQUEST, _ANSWER = (
    Sieve({place: trace.words for place, trace in enumerate(traces)}, SIGNS) for traces in (_IN_REQUEST, _IN_ANSWER)
)


def fault(request: str, answer: str) -> tuple[str, str] | None:
    """(reason, detail) of what shows that something was lost on the way into Chinese."""
    for traces, sieve, text in ((_IN_REQUEST, _REQUEST, request), (_IN_ANSWER, _ANSWER, answer)):
        for place in things(sieve.may_hold(text)):
            trace = traces[place]
            found = trace.found(text)
            # what is asked in miles may be answered in them
            if found and not (trace.reason == "foreign_measures" and trace.found(request)):
                return trace.reason, found
    if has_han(request) and not has_han(answer) and len(answer) >= FEWEST_OF_LETTERS and not _CODE.search(answer):
        return None if _MAY_BE_FOREIGN.search(request) else ("in_english", answer[:60])
    opened, closed = answer.count("“"), answer.count("”")
    return ("open_quotation", f"{opened} “ and {closed} ”") if opened != closed else None


FEWEST_OF_LETTERS = 40  # characters: a shorter answer without Chinese is a name or a number
