"""Is an answer whole and its own: not cut off, no echo of itself or the request, not pasted, in the right language?"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from converters.text import HAN, has_han, key

_ENDS_OPEN = "、，；：（《“「【"
_HAN_END = re.compile(f"[{HAN}](?<![年月日])")
_STOP = re.compile("[。！？!?；;]")
LONG_ANSWER = 200  # characters: from here on an end without a stop among stopped sentences is a cut
LONG_LINE = 24

LEAST_REPEATED = 400  # characters: shorter answers repeat for a reason (a refrain, a table)
_TAIL = 24
MOST_TAILS = 3

_PASTED = re.compile(
    "著作权归作者所有|商业转载请联系|来源[：:]\\s*(?:知乎|百度|CSDN|简书|搜狐|维基)|作者[：:].{1,20}\\n\\s*链接[：:]|\\[\\^\\d+\\^\\]"
    "|(?:\\n[ \\u3000]*){4}[^\\n]+(?:\\n[ \\u3000]*){4}"
)
_LINK = re.compile(r"(?:https?://|www\.)[\w.-]+(?:/[\w\-./?%&=#~]{6,})")
_ROLE_MARK = re.compile(r"(?:^|\n)\s*(?:Human|Assistant|User|###\s*(?:Instruction|Response|Input|指令|回答))\s*[:：]")
_NO_OUTPUT = re.compile(r"<\s*no\s?(?:output|input)\s*>|模型无法完成", re.IGNORECASE)

_FENCE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
COMMON = re.compile(
    r"\b(?:the|is|are|of|and|to|in|that|this|with|you|it|for|was|were|be|have|can|your)\b", re.IGNORECASE
)
_WANTS_FOREIGN = re.compile(
    "英[文语]|English|翻译|译[成为]|[法德日韩俄][文语]|西班牙语|拉丁|单词|字母(?!数字)|语法|双语|外语|另一种语言|域名|用户名|密码|网址|邮箱|推文"
)
LEAST_COMMON = 2  # English words of grammar in the first line: it is a sentence, not a name or a line of code
LEAST_WORDS = 6

_WANTS_TRADITIONAL = re.compile("繁[体體]|正體|正体|zh-han?t|港[澳台]?[字文]|台灣用語", re.IGNORECASE)


def cut_off(answer: str) -> str:
    """The end of an answer that stops in the middle."""
    last = answer.rstrip()
    if last[-1:] in _ENDS_OPEN or answer.count("```") % 2:
        return last[-30:]
    line = last.rpartition("\n")[2]
    if len(last) < LONG_ANSWER or len(line) < LONG_LINE or not _HAN_END.match(line[-1]):
        return ""
    stopped = sum(_STOP.search(other) is not None for other in last.split("\n"))
    return last[-30:] if stopped * 2 > len([other for other in last.split("\n") if len(other) >= LONG_LINE]) else ""


def repeated(answer: str) -> str:
    """An answer that goes round in a circle, or says a line twice running."""
    lines = [line.strip() for line in answer.split("\n") if line.strip()]
    twice = next((one for one, other in pairwise(lines) if one == other and len(one) > 2 and has_han(one)), "")
    if twice:
        return twice[:40]
    tail = answer.rstrip()[-_TAIL:]
    if len(answer) < LEAST_REPEATED or not re.search(f"[{HAN}]{{8}}", tail):
        return ""
    return tail if answer.count(tail) >= MOST_TAILS else ""


def echoed(request: str, answer: str) -> str:
    """The answer is the request again, or a text in it that should have been changed."""
    if len(answer) > LONGEST_ECHO * len(request):
        return ""
    said = key(answer)
    if len(said) < LEAST_SAID:
        return ""
    given = [key(piece) for piece in _PIECES.split(request)]
    if _OF_NO_KEY.search(request) and answer not in request:
        return ""
    same = said == key(request) or (said in given and _asks_for_change(request, answer))
    return answer[:60] if same else ""


def ordered(request: str, answer: str) -> str:
    """A clause of the request that orders a change, word for word in the answer."""
    if len(key(answer)) < LEAST_SAID:
        return ""
    return next((clause for clause in _CLAUSE.findall(request) if _ORDERS.match(clause) and clause in answer), "")


def restated(request: str, answer: str) -> str:
    """概括…: 主要思想：and then the sentence itself."""
    body = key(answer.partition("：")[2])
    if len(body) <= LEAST_RESTATED or not _CONDENSES.search(request):
        return ""
    given = (key(piece) for piece in _PIECES.split(request))
    return answer[:60] if any(_differ(body, piece) <= MOST_CHANGED for piece in given) else ""


_PIECES = re.compile(r"[\n：:“”\"]")
LONGEST_ECHO = 3  # times the length of the request: what a comparison ignores is never so much
LEAST_SAID, LEAST_RESTATED = 4, 9  # characters
MOST_CHANGED = 2  # characters
# sorting words, or mending one of them, leaves the same characters rightly
_CONDENSES = re.compile("概括|总结|归纳|主要|中心|大意|摘要|思想|简述")


def _differ(one: str, other: str) -> int:
    """Characters that only one of two texts has, wherever they stand."""
    return sum((Counter(one) - Counter(other)).values()) + sum((Counter(other) - Counter(one)).values())


_OF_NO_KEY = re.compile("[大小]写|[全半]角|标点|[逗句顿分引]号")  # the key knows no case and no marks
_CLAUSE = re.compile("[^，。！？；：:\n]{8,}")
_ORDERS = re.compile('(?:请|将|把)[^“”"]*(?:改|换|替换|转换|翻译|重写|编辑)')
_CHANGES = re.compile("改|换|转|重写|润色|扩写|缩[写短]|翻译|变成|简化|重述|复述|编辑|修正|纠正|更正|代替|优化|续写")


_PICKS = re.compile("提取|抽取|摘[取录]|找出|选出|挑出|哪[一个句段]|引用")


def _asks_for_change(request: str, text: str) -> bool:
    """By its own words, not by those of the text."""
    own = request.replace(text.strip(), "")[:LONGEST_ORDER]
    return _CHANGES.search(own) is not None and _PICKS.search(own) is None


LONGEST_ORDER = 60  # characters


def pasted(answer: str) -> str:
    found = _PASTED.search(answer)
    return found[0] if found else ""


def invented_link(request: str, answer: str) -> str:
    """A deep link that the request does not hold: models make them up."""
    for match in _LINK.finditer(_FENCE.sub("", answer)):
        if match[0] not in request and "example" not in match[0]:
            return match[0]
    return ""


def role_mark(answer: str) -> str:
    found = _ROLE_MARK.search(answer)
    return found[0].strip() if found else ""


GARBLED_SIGNS = re.compile(rf"[{HAN}](?:less|ness|ing|tion|able|ful|ment|ly)[{HAN}，。]|^[a-z]{{1,3}}[!.,] [A-Z]")
_GARBLED = re.compile(rf"[{HAN}](?:less|ness|ing|tion|able|ful|ment|ly)(?=[{HAN}，。])|^[a-z]{{1,3}}[!.,] [A-Z]")


def garbled(answer: str) -> str:
    """色less味less: the model fell out of one language into another."""
    found = _GARBLED.search(answer)
    return found[0] if found else ""


_MARKUP = re.compile(r"\{\{[^{}|\n]{1,24}\|[^{}\n]{0,60}\}\}|\[\[[^\[\]|\n]{1,24}\|[^\[\]\n]{1,40}\]\]")


def leaked_markup(answer: str) -> str:
    """{{d|雪}}: the markup of a wiki that the text was taken from."""
    found = _MARKUP.search(answer)
    return found[0] if found else ""


_STUB = re.compile(
    r"(?:^|\n)\s*(?://|#)\s*\.{3}|(?://|#)\s*(?:TODO|此处省略|省略|在这里(?:添加|编写|写)|Your code here)",
    re.IGNORECASE,
)


def stub(answer: str) -> str:
    """Code whose bodies are left to the reader."""
    found = _STUB.search(answer)
    return found[0].strip() if found else ""


_FLAT = re.compile(
    r"^([ \t]*)(?:(?:async )?def \w+\(.*\).*|class \w+.*|for \w[\w, ]* in .+|while .+):[ \t]*(?:#.*)?\n"
    r"(?:[ \t]*\n)*(?!\1[ \t])(?=[ \t]*\S)",
    re.MULTILINE,
)


def flat_code(answer: str) -> str:
    """Python whose indentation was lost: the line below def f(): does not begin deeper."""
    found = _FLAT.search(answer)
    return found[0].strip() if found else ""


def no_output(answer: str) -> str:
    found = _NO_OUTPUT.search(answer)
    return found[0] if found else ""


def in_english(request: str, answer: str) -> str:
    """A Chinese request for Chinese text, answered in English sentences."""
    first = next((line for line in _FENCE.sub("", answer).split("\n") if line.strip()), "")
    if re.search(f"[{HAN}]", first) or len(COMMON.findall(first)) < LEAST_COMMON or len(first.split()) < LEAST_WORDS:
        return ""
    asks_for_it = _WANTS_FOREIGN.search(request) or len(re.findall(r"[A-Za-z]+", request)) >= LEAST_WORDS
    return first.strip()[:60] if not asks_for_it and re.search(f"[{HAN}]", request) else ""


def wants_traditional(request: str) -> bool:
    return _WANTS_TRADITIONAL.search(request) is not None


_ADVERTISES = re.compile("车赴|自费|赠送|含早餐|地接|报名热线|咨询电话|欢迎致电|豪华游艇|优惠价|扫码|【[^】]{2,12}】")
MOST_ADVERTISING = 2
_ABROAD = re.compile("在美国|美国法律|联邦法|拨打\\s?911|社会保险号|美国的?(?:航空|法院|银行|医保)")


def advertisement(answer: str) -> str:
    """Copy of a travel agency: its phrases come together."""
    found = _ADVERTISES.findall(answer)
    return "、".join(found[:4]) if len(found) > MOST_ADVERTISING else ""


def abroad(request: str, answer: str) -> str:
    """Advice under the laws of a country that nobody named: translated data answer from where they come."""
    asks = len(request) <= LONGEST_QUESTION and re.search("我|如何|怎么|怎样|法律|建议", request)
    found = _ABROAD.search(answer) if asks else None
    return found[0] if found and "美" not in request else ""


LONGEST_QUESTION = 120  # characters; who asks for himself gives no text to read
