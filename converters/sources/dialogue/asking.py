"""Where an answer asks the user for a fact: the one who holds the knowledge would not. An offer is no such question."""

from __future__ import annotations

import re

_CLAUSE = re.compile(r"[^，。！？；,!?;]*[，。！？；,!?;]*")
_OFFER = re.compile(
    r"[你您](?:需要|想(?!起)|要|感兴趣|有兴趣|喜欢|看过|听过|去过|觉得|打算)|"
    r"要不要|需要|感兴趣|想不想|怎么样|是吗|好吗|行吗|可以吗"
)
_ASKS_FACT = re.compile(r"多[长少久大]|几[点个]|什么时候|知道|记得|了解|清楚|说出|说说|考考|听说")
_REQUEST = re.compile(r"(?:告诉|给|帮|发|教|跟|陪|考考)我|推荐一下|说说看|说来听听|考考你")
_ASKS_BARE = re.compile(r"(?:知道|记得|清楚).{0,12}(?:吗|嘛|么|不)[，。！]?$")
_WONDERS = re.compile(r"不知道[他她它].{0,8}(?:哪|谁|多|几|什么)")
_TAG = re.compile(r"^.{0,3}吧[？?]")


# What the answer to a question must have a word of: 适合小孩去吗 wants yes or no, 有什么好玩的 something to do there.
_WANTS = (
    (re.compile(r"适合[^，。]{0,12}[吗么吧]"), re.compile(r"适合|可以|行|不|是的|对|当然")),
    (
        re.compile(r"有(?:什么|啥|哪些)(?:好玩|特色|亮点|好看|可玩)"),
        re.compile(r"有|可以|(?<!功)能|汇集|展出|看|玩|包括"),
    ),
    (re.compile(r"有(?:什么|啥|哪些)(?:动物|植物|展品|项目|建筑|小吃|菜)"), re.compile(r"、|包括|比如|例如")),
    (re.compile(r"(?:需要|收取?|要)(?:门?票|钱|费)[^，。]{0,4}[吗么]"), re.compile(r"收|免费|需|要|不|元")),
    (re.compile(r"(?:有名气?|出名|著名)[吗么]"), re.compile(r"名|当然|是|获|奖|第一")),
)


def misses(question: str, answer: str) -> str:
    """The answer, where it speaks past the question, or ""."""
    past = any(asked.search(question) and not wanted.search(answer) for asked, wanted in _WANTS)
    return answer if past else ""


def without_question(text: str) -> tuple[str, bool]:
    """The text before it asks the user for a fact, and whether it did."""
    start = 0
    for clause in _CLAUSE.findall(text):
        if clause and _asks_user(clause):
            return text[:start].rstrip("，,；;"), True
        start += len(clause)
    return text, False


def _asks_user(clause: str) -> bool:
    if _REQUEST.search(clause):
        return True
    if _WONDERS.search(clause):
        return True
    asks = re.search(r"[？?]", clause) or _ASKS_BARE.search(clause)
    if not asks or _TAG.search(clause):
        return False
    return not _OFFER.search(clause) or _ASKS_FACT.search(clause) is not None
