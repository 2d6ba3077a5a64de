"""Why a written exchange of MOSS is not worth learning: the first fault names the reject.

The texts were written by models for another model: they name it, break off at its limit, invent facts, translate
English prompts word for word. What is not listed here is not known to be right.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from converters.sources.dialogue.advice import outside, unpolished
from converters.sources.dialogue.turns import Pair
from converters.text import han_count, key, word_count

LEAST_HAN = 0.6  # of the letters of a turn: han characters against words in Latin script


def faults(pair: Pair, before: Sequence[Pair]) -> Sequence[tuple[str, str]]:
    """Every fault there is with what shows it, "" where it is not there."""
    both = pair.user + "\n" + pair.assistant
    return (
        ("empty_turn", "" if pair.user and pair.assistant else "a turn without text"),
        ("english_dialogue", "" if _is_chinese(pair.user) else pair.user[:60]),
        ("foreign_identity", _found(_FOREIGN, both)),
        ("self_description", _found(_ITSELF, pair.user) or _found(_MYSELF, pair.assistant)),
        ("code", _found(_CODE, both)),
        ("english_answer", "" if _is_chinese(pair.assistant) else pair.assistant[:60]),
        ("cut_off", _cut_off(pair.assistant)),
        ("english_labels", _found(_LABEL, pair.assistant)),
        ("unchecked_facts", _unchecked(pair)),
        ("missing_material", _found(_WITHOUT_TEXT, pair.assistant) or _found(_PROMISED, pair.user)),
        ("translated_role", _found(_TRANSLATED, pair.user)),
        ("role_broken", _breaks_role(pair, before)),
        ("loaded_question", _found(_LOADED, pair.user)),
        ("more_than_text", _found(_MORE_THAN_TEXT, pair.user)),
        ("disclaims", _found(_DISCLAIMS, pair.assistant)),
        ("repeats_itself", _repeats(pair.assistant, [earlier.assistant for earlier in before])),
        ("unpolished", unpolished(pair.user, pair.assistant)),
        ("outside_advice", outside(pair.user)),
    )


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[0][:80] if found else ""


def _is_chinese(text: str) -> bool:
    letters = han_count(text) + word_count(text)
    return letters == 0 or han_count(text) >= LEAST_HAN * letters


_FOREIGN = re.compile(
    r"MOSS|Moss(?![a-z])|复旦|Fudan|ChatGPT|GPT-?\d|OpenAI|文心一言|Siri|小冰|小爱同学|Alexa|天猫精灵|必应|Bing|Bard|Claude"
)
# Questions about the assistant as a program, and answers as one: what it says of its training was true of MOSS only.
_ITSELF = re.compile(
    r"[你您](?:是(?:谁|什么|一个|不是|真人|人类|机器|如何|怎么)|叫什么|的(?:名字|开发|创造|训练|模型|算法|参数|数据|功能|能力|局限|AI|回[答复]|工作原理)|"
    r"会不会(?:取代|有)|有(?:意识|感情|情感|自我|没有感情|什么功能|哪些功能|多少)|能(?:处理|帮助人们|做什么|干什么|否感)|"
    r"(?:喜欢|讨厌|害怕|梦想|相信|觉得自己))|作为(?:一个|一名)?(?:AI|人工智能|机器人|语言模型)(?!.{0,4}(?:工程|专家|老师|研究))"
)
_MYSELF = re.compile(
    r"我(?:是|只是|仅是|就是)一?[个名款种位台]?[^，。]{0,12}(?:语言模型|机器|程序|聊天)|"
    r"作为(?:一[个名款位种台])?[^，。]{0,10}(?:语言模型|机器|程序|聊天机器人)|"
    r"(?:我的|用于)(?:训练|知识截止|数据库|编程|设计者|开发者)|我(?:被|由|经过)[^，。]{0,10}(?:训练|开发|设计|编程|创造)"
)
_CODE = re.compile(
    r"```|`[^`]+`|\bdef \w+\(|\bimport \w+|#include|</?(?:div|html|body|script|p|a|h\d)\b|SELECT .+ FROM|"
    r"代码|编程|函数|数据库|SQL|Python|Java|HTML|CSS|C\+\+|PHP|Linux|算法"
)
_LABEL = re.compile(r"\b(?:verse|chorus|bridge|outro|intro|pre-chorus|hook)\b", re.ASCII | re.IGNORECASE)
_END = re.compile(r"[。！？…!?.”\"』」）)】》~～：:；;\d]$")


def _cut_off(text: str) -> str:
    """The end of a text that stops in a sentence, at the limit of the model that wrote it; verse may end bare."""
    last = text.rsplit("\n", 1)[-1].strip()
    bare_end = _END.search(last) is None and len(last) > 16
    stops = last.endswith(("，", ",", "、", "的", "和", "与", "或", "：", ":", "以及", "并")) or re.fullmatch(
        r"\d+[.、]?", last
    )
    return last[-30:] if bare_end or stops else ""


# ASCII: a Chinese character is no letter, so that a word ends before it
_NAME = re.compile(r"\b[A-Z][a-z]{2,}\b", re.ASCII)
LATIN_NAMES = 3  # more names in Latin script in one answer are a list of facts
TITLES = 2
_YEAR = re.compile(r"\d{3,4}\s*年(?!级)|\d世纪|公元")
_CLAIM = re.compile(
    r"https?://|www\.|\.com|研究(?:表明|显示|发现)|(?<!数)据[^，。：]{0,8}(?:统计|调查|报道)|数据显示|调查显示|\d+(?:\.\d+)?%|"
    r"电话[：:]|地址[：:]|邮箱|热线|[A-Z]{2,}）?(?:网站|官网)|美元|亿|万人|药物|药品|剂量|处方|阿司匹林|抗生素|手术|癌症|糖尿病|抑郁症|怀孕|孕妇|法律规定|《[^》]*法》"
)
_ASKS_SOURCES = re.compile(
    r"推荐.{0,12}(?:书|网站|课程|资源|文章|博客|软件|工具|电影|论文|应用|APP|app|公司|餐厅|酒店|作品|歌|小说|景点|学校|材料|平台)|"
    r"(?:著名|有名|知名|代表)的?.{0,8}(?:人物|作品|作家|公司|案例|例子|诗人|画家)|哪些(?:书|网站|公司|国家|品牌|大学|作品|课程|软件|工具)|"
    r"(?:介绍|分享|提供|列举|举|给).{0,12}(?:案例|例子|实例|资料|资源|链接|文献)|历史上|景点|旅行|旅游|行程|住宿|餐厅|美食|历史文化|法律|法规|计算|等于多少|解方程|翻译|最新|最近|现状|趋势|目前"
)


def _unchecked(pair: Pair) -> str:
    """Names, years, figures, links and sources: models invent them, and nothing here can tell."""
    found = _found(_CLAIM, pair.assistant) or _found(_YEAR, pair.assistant) or _found(_ASKS_SOURCES, pair.user)
    titles = re.findall(r"《[^》]+》", pair.assistant)
    if found or (len(titles) > TITLES and "《" not in pair.user):
        return found or "".join(titles[:3])
    names = set(_NAME.findall(pair.assistant)) - set(_NAME.findall(pair.user))
    return ", ".join(sorted(names)[:3]) if len(names) > LATIN_NAMES else ""


_WITHOUT_TEXT = re.compile(
    r"请(?:您|你)?(?:先)?(?:提供|告诉我|告知|说明|给我|输入|发送|上传|描述)(?:一下|更多|具体|需要|相关|您|你|我|原|以下|要|更|详细)|"
    r"需要(?:更多|您提供|你提供|知道更多)|没有(?:提供|看到|收到)|无法(?:访问|获取|查看|浏览|连接|得知|知道你|知道您)|抱歉，?我(?:无法|不能|没有|不知道|不确定)"
)
# An assistant that declines what it could do: to judge a character in a story, to say what to look for in a course.
_DISCLAIMS = re.compile(
    r"作为一?[个名位]?(?:AI|人工智能|智能)[^，。]{0,6}，我(?:不能|不会|无法)(?:做出|作出|进行|给出|提供|推荐|直接)?(?:任何|具体|个人)?"
    r"的?(?:评价|评论|具体的?(?:投资|机构|产品|建议)|主观|直接干预|有个人)"
)
_PROMISED = re.compile(
    r"我(?:将|会)(?:为[你您])?(?:提供|给出|输入|发送|描述|告诉|向[你您])|以下(?:是|为)?(?:文本|文章|段落)|给定的|指定的|这篇|这段|下面的|附件|图片"
)
_ASSIGNS_ROLE = re.compile(r"扮演|假装|模仿|^作为一?[名位个]")
_OUT_OF_ROLE = re.compile(r"作为(?:一[名个位款])?\s*(?:AI|人工智能|智能)|我个人(?:比较|最|很)?喜欢|我扮演的")


def _breaks_role(pair: Pair, before: Sequence[Pair]) -> str:
    """The words with which an answer steps out of the role that the first turn gave it."""
    first = (*before, pair)[0].user
    return _found(_OUT_OF_ROLE, pair.assistant) if _ASSIGNS_ROLE.search(first) else ""


_TRANSLATED = re.compile(
    r"我(?:希望|想|想要|要|需要)(?:让)?[你您]?(?:来)?(?:扮演|充当|担任|作为|成为|表现|做为|饰演)|^(?:充当|装扮|担当|假想)|"
    r"[你您]的(?:第一个)?任务是|我的第一个|不要写解释|只(?:需)?回复|帮助用户|(?:使用|利用|用|由)(?:AI|人工智能)[^，。]{0,10}(?:写|创作|生成|制作)"
)
# A question that takes a prejudice for granted; the answers often do, too.
_LOADED = re.compile(
    r"为什么.{0,14}(?:人|学生|女性|男性|女人|男人|孩子|族|国家).{0,12}(?:总是|都是|几乎都|比.{1,10}(?:更|这么|那么)|这么|那么|更)|"
    r"(?:女性|男性|女人|男人|黑人|白人|.{1,3}国人|.{1,3}族).{0,8}(?:几乎都|都是|总是|智商|更聪明|更优秀|不如)"
)
# What no answer in words can give.
_MORE_THAN_TEXT = re.compile(
    r"(?:画|绘制|绘画|设计|制作|创作|拍摄?|生成|播放|录制|弹奏|展示)[^，。？]{0,10}(?:画作|油画|一幅|插图|图[片像案标表]|海报|漫画|视频|音频|动画|曲子|旋律|照片|网站|游戏|界面)"
)
REPEATED = 0.35  # of an answer's runs of 8 characters


def _repeats(text: str, earlier: Sequence[str]) -> str:
    runs = _runs(text)
    known = set().union(*map(_runs, earlier)) if earlier else set()
    share = len(runs & known) / max(len(runs), 1)
    return f"{share:.0%} of an earlier answer" if share > REPEATED else ""


def _runs(text: str, length: int = 8) -> set[str]:
    bare = key(text)
    return {bare[start : start + length] for start in range(len(bare) - length + 1)}
