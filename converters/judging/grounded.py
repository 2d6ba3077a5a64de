"""Does an answer say of a text that it was given only what stands there: a summary, its key words, an answer from it?

Such an answer can be checked: its words are those of the text. What a model adds of its own is what it gets wrong.
"""

from __future__ import annotations

import re

from converters.text import HAN

LEAST_TEXT = 120  # characters of a request: shorter ones hold no text that is worth reading
LEAST_ANSWER = 12  # characters
MOST_ANSWER = 0.8  # of the request: a longer answer repeats the text
LEAST_SHARE = 0.75  # of the answer's pairs of characters

_READS = re.compile(
    "总结|概括|摘要|归纳|主要(?:内容|思想|观点)|关键词|(?:根据|基于)(?:以[上下]|上[述面]|这[段个篇])?[^。\n]{0,16}(?:回答|问题)"
)
_KEYWORDS = re.compile("关键词")
# what is asked for beside, and what models were told to say of themselves
_MORE = re.compile(
    "改写|重写|润色|扩写|翻译|译[成为]|标题|题目|评价|预测|建议|创作|续写|示例|例[子如]|预训练|GPT|模型|一句话|\\d+\\s*[个字句]|分类|情感"
)
_ORDERS_END = 80  # characters: an order stands before a text or behind it
_SEPARATED = re.compile("[、，,；;\n]+")
_LABEL = re.compile("\\A[^、，：:\n]{0,12}(?:关键词|如下|包括|有|是)[^、，：:\n]{0,6}[：:]|[。.\\s]+\\Z")
_NUMBER = re.compile(
    "\\d+(?:[.,]\\d+)*|[一二两三四五六七八九十百千]*[万亿]|[一二两三四五六七八九]?十[一二三四五六七八九]?"
)
_RUN = re.compile(f"[{HAN}A-Za-z0-9]+")


def is_grounded(request: str, answer: str) -> bool:
    """The request holds a text and asks only what it says, and nearly all that is answered stands in it."""
    order = request[:_ORDERS_END] + "\n" + request[-_ORDERS_END:]
    if len(request) < LEAST_TEXT or not LEAST_ANSWER <= len(answer) <= MOST_ANSWER * len(request):
        return False
    if not _READS.search(order) or _MORE.search(order):
        return False
    if _KEYWORDS.search(order):
        return all(word in request for word in _keywords(answer))
    known = set(_NUMBER.findall(request))
    return known.issuperset(_NUMBER.findall(answer)) and _share(answer, request) >= LEAST_SHARE


def _keywords(answer: str) -> list[str]:
    words = (word.strip("“”\"' ") for word in _SEPARATED.split(_LABEL.sub("", answer)))
    return [word for word in words if word]


def _share(answer: str, request: str) -> float:
    """Of the pairs of characters in an answer, the share that stands in the request."""
    said, known = _pairs(answer), set(_pairs(request))
    return sum(pair in known for pair in said) / len(said) if said else 0.0


def _pairs(text: str) -> list[str]:
    return [run[place : place + 2] for run in _RUN.findall(text) for place in range(len(run) - 1)]
