"""Does an answer refuse? Its first words say so, in Chinese or English.

抱歉 alone says nothing: letters of apology begin with it, and an assistant that found no hotel says it too.
"""

import re

VERSION = 1
LATEST = 16  # characters before it: a refusal comes first, or the answer goes on to help
BEGINNING = 120  # characters that are looked at

_SORRY = "(?:抱歉|对不起|不好意思|遗憾)"
_MACHINE = (
    "(?:作为|身为|我只?是)(?:一[个名款种])?[^，。！？\n]{0,10}"
    "(?:AI|人工智能|语言模型|大模型|聊天机器人|机器人|智能助[手理]|虚拟助[手理]|助手)"
)
_ACT = "(?:提供|回答|协助|帮|满足|完成|执行|处理|讨论|生成|给出|参与|配合|答应|透露|编写|撰写|写|告诉|教|做|预测|播放)"
_NOT = "(?:无法|不能(?!不)|不可以|不便|没办法|没有办法|拒绝|不愿意?)"
_CANNOT = f"(?:{_NOT}|不会|不应该?)(?:再|直接|准确|[为向给][您你]|[对就]此|继续)*{_ACT}"
_HAS_NOT = (
    "(?:不知道|不清楚|不了解|不具备"
    "|没有(?:权限|(?:个人|自己|主观|真实)的?|实体|身体|感情|情感|[^，。！？\n]{1,12}的?能力))"
)
# without 抱歉 and 作为AI only what the speaker says of himself: 不能做剧烈运动 is advice
_FLATLY = (
    f"^(?:恕?(?:我们?|本人)(?:目前|暂时|恐怕|实在)?(?!不会){_CANNOT}|我做不到|恕难从命"
    "|(?:无法|不能)(?:提供|回答|协助|满足|完成|执行))"
)
_CHINESE = re.compile(
    f"{_SORRY}[^。！？\n]{{0,24}}?(?:{_CANNOT}|(?:我|本AI)[^，。！？\n]{{0,20}}?(?:{_NOT}|{_HAS_NOT}))"
    f"|{_MACHINE}[^。！？\n]{{0,24}}?(?:{_NOT}|{_CANNOT}|{_HAS_NOT})"
    f"|{_FLATLY}",
    re.IGNORECASE,
)
_SHORT_FORMS = (
    ("’", "'"),
    ("can't", "cannot"),
    ("can not", "cannot"),
    ("won't", "will not"),
    ("n't", " not"),
    ("i'm", "i am"),
)
_I_NOT = (
    "(?:cannot|could not|will not|am (?:not able|unable|not comfortable|not going)"
    "|(?:must |have to )?(?:decline|refuse)"
    r"|do not (?:have (?:access|the ability|personal|feelings|opinions)|know))\b"
    "(?! (?:stress|emphasi|wait|believe|thank|imagine|help but|forget|recommend))"
)
_ENGLISH = re.compile(
    rf"\b(?:sorry|apologi[sz]e|apologies|unfortunately|regrettably)\b[^.!?\n]{{0,40}}\bi (?:\w+ )?{_I_NOT}"
    rf"|\bas an? (?:ai|artificial intelligence|language model|assistant)\b[^.!?\n]{{0,40}}\bi (?:\w+ )?{_I_NOT}"
    rf"|^(?:no, )?i (?:really )?{_I_NOT}"
)


def refuses(answer: str) -> bool:
    """True where the beginning of the answer declines what was asked for."""
    beginning = answer.strip()[:BEGINNING]
    english = beginning.casefold()
    for short, long in _SHORT_FORMS:
        english = english.replace(short, long)
    found = _CHINESE.search(beginning) or _ENGLISH.search(english)
    return found is not None and found.start() <= LATEST
