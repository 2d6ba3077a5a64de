"""Does a question or an answer speak of the text instead of the thing: 文中提到, 根据上述材料, 这段话的主旨, 文中没说?

A row may have no passage, and whoever is answered has not asked about one. Words that only look like it (英文中,
日本文化, 文中子, 复合材料中) are no such talk; neither is what the passage says of other texts.
"""

from __future__ import annotations

import re

from converters.text import HAN

# what may stand before 文中, 本文, 上文 where these are words of their own
_ALONE = f"(?:(?<![{HAN}])|(?<=[在据由于如跟与和请是])|(?<=(?<!沈)从))"
_TEXT = "文字|文章|文本|短文|课文|材料|资料|段落|选段|选文|内容|信息|描述|介绍|背景|原文|叙述|表述|说法|记述"
_SAYS = "提到|提及|指出|显示|介绍|所述|所说|表明|说明|可知|讲到|讲述|写道|描述|没有|未|还说|主要"
_REFERS = re.compile(
    f"{_ALONE}(?:文中(?!子|宗|间|华)|本文(?![化明字学献件体库])|[上下前]文(?![化明字学献件采武])|全文(?!检索))"
    f"|原文(?:中|里|{_SAYS})|(?:根据|依据|按照|从|据)原文"
    f"|文章(?:中|里|的?(?:开头|结尾|最后|作者)|{_SAYS})|(?:该|此|本|这篇|那篇)(?:短文|文章|课文|报道(?!称))"
    f"|这[一]?[段篇则](?:{_TEXT}|话)|该段(?:落|文字|话)?(?![时路铁公线])"
    f"|(?:以上|上述|上面|下面|下列|给定|所给|给出的?|提供的?|已知)(?:的)?(?:{_TEXT})"
    f"|(?:根据|依据|按照)(?:给定|所给|提供|材料|段落|文字|短文|题目|题干)"
    f"|(?<![{HAN}])(?:材料|资料|段落|短文|选文|题目)(?:中|里|上|{_SAYS})"
    "|第[一二三四五六]段(?:落|文字|主要|讲|介绍|写|中|的)|(?:最后|开头|首|末)一?段(?:落|文字|主要|讲|介绍|写|中|的)"
    "|(?:本|该|此|这个)(?:条目|词条|段落|选段)|作者(?:在(?:文|本文|这里|最后)|认为|指出|提到|写道|通过|用了?|为什么|想要?|的(?:观点|态度|意图|目的|看法))"
)
_META = re.compile(
    "(?:主要|中心|核心)(?:内容|思想|意思|论点|讲|介绍|描述|说|写)了?(?:的是|的)?(?:什么|哪些|是什么)|主旨|段意|大意是|中心思想"
    "|写作(?:手法|目的|顺序|背景|特点)|修辞(?:手法|方法)|什么(?:体裁|文体|人称|说明方法|论证方法)|(?:拟|起|取|换)[一个]{0,2}(?:合适的?)?标题"
    "|(?:以下|下列|下面)(?:哪|选项|说法|各项|关于|不|有关|正确|错误)|(?:正确|错误|恰当)的(?:选项|一项)|单选|多选|选择题|填空"
    "|[_＿]{2,}|[（(]\\s*[）)]"
    "|(?:你|您)(?:认为|觉得|怎么看|怎样看|有什么(?:看法|感想|启示|体会)|能从|从中|学到)|谈谈你|给(?:我们|你|读者)(?:什么|哪些|怎样的)启[示发]"
)
# a work is asked about by its name
_OF_A_WORK = re.compile("《[^》]+》|这(?:部(?!分)|本|首|幅|出)")
_UNANSWERED = re.compile(
    f"(?:{_TEXT}|文中|上下文)(?:中|里|内)?(?:并)?(?:没有|没|未|无)(?:[^，。；\n]{{0,8}})?(?:提|说|给|涉及|交代|介绍|描述|记载|信息|内容|包含|明确)"
    "|(?:没有|并未|未|未曾)(?:明确|具体|直接|进一步)?(?:提及|提到|说明|提供|给出|交代|指出|介绍|涉及)"
    "|(?:无法|不能)(?:确定|得知|判断|知道|回答|确认|从中)|无从(?:得知|知晓|判断)|不得而知|没有(?:相关|具体|足够|更多)的?(?:信息|资料|内容|记载|说明)"
    "|(?:信息|资料)(?:不足|有限|不够)"
)


def refers(text: str, passage: str) -> str:
    """The words that point at a text, unless the passage has them too."""
    return _strange(_REFERS, text, passage)


def asks_about_text(question: str, passage: str) -> str:
    """The words that ask about the text, its choices, or for an opinion."""
    return "" if _OF_A_WORK.search(question) else _strange(_META, question, passage)


def leaves_unanswered(answer: str, passage: str) -> str:
    """The words that say that the text does not tell; a passage may tell that nobody knows (生年没有记载)."""
    return _strange(_UNANSWERED, answer, passage)


def _strange(pattern: re.Pattern[str], text: str, passage: str) -> str:
    return next((match[0] for match in pattern.finditer(text) if match[0] not in passage), "")
