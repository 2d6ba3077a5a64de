"""Faults of expression that a Chinese school teaches to strike out: a sentence without a subject, a thing said twice.

They are told by the words alone. What volunteers type in a talk is not held to it.
"""

from __future__ import annotations

import re

from converters.text import HAN, key

_TWO = f"[{HAN}]{{2}}"
# what one takes (采取), and what somebody has and is not
_TAKEN = (
    "措施|行动|步骤|方法|策略|政策|手段|态度|做法|形式|立场|对策|办法|战略|姿态|姿势|方案|举措|原则|模式|行为|预防|防护"
    "|攻势|守势|制裁|途径|[的种][\u4e00-\u9fff]{0,2}方式"
)
_QUALITY = "动机|动力|态度|心态|精神|热情|自信|技能|经验|知识|能力"
_PEOPLE = "人|员工|工人|学生|孩子|领导|团队|客户|作家|老师|教师|运动员|求职者"

_GRAMMAR = (
    # 由于监督使系统能够纠正: what makes it able? Both words stand before the subject
    "[。；：！？\n](?:由于|通过|经过)[^，。；：！？\n]{2,40}，?(?:使得?|让|令)(?![用命])",
    # 目标应该具体、可测量的。
    f"应该?(?!该?[是当为])(?:[{HAN}]{{2,8}}、)+[^，。；：是]{{2,24}}的(?=[。；])",
    # 通过本地生产来生产
    f"(?:通过|利用|借助)[^，。；]{{0,8}}({_TWO})[^，。；]{{0,2}}来\\1",
    f"(?:要想|为了)({_TWO})[^，。；]{{2,24}}，[^，。；]{{2,24}}来\\2",
    "由于[^，。；因]{1,12}因(?![为素果此应])",
    # 将哲学的推上高度, 对约束地了解, 才有它的地位的: 的 and 地 where none belongs
    "[将把][^，。；]{2,12}的(?:推|带|引|变|改|转|译)[上向入到为成]",
    "对[^，。；]{2,50}地(?:了解|认识|理解|研究|分析)(?=[，。])",
    "去[^，。；去]{2,10}去(?![掉除世年留向])",
    "，才[^，。；是]{2,14}的。",
    # 网络进行检测具有准确性; 如太阳能等能源不会…: two verbs without a mark, and an example for a subject
    "[。，；：\\n][^，。；：对在\\n]{2,12}进行[^，。；：]{2,8}(?:具有|拥有)",
    "[。：\\n]如(?![果何此同今若])[^，。：]{2,24}等[^，。：]{2,12}(?:会|可以|能)",
    # 一个积极动机的工人: who has it?
    f"(?:一[个名位]|每[个位])[^，。；有具抱带持富]{{0,4}}(?:{_QUALITY})的(?:{_PEOPLE})",
    # 采取交通方式: what is taken is a measure
    f"采取(?!的|[^，。；！？\n]{{0,24}}(?:{_TAKEN}))[^，。；！？\n]",
    # 能源是指通过能源发电的能源: a definition by what is to be defined
    f"是指(?<=({_TWO})是指)[^。\n]*\\3[^。\n]*的\\3。",
    "最(?![近后初终])[^，。；最]{1,16}(?:有|存在)(?:很|许)?多[种个]",
    # 各地地区, but 各国国民, 各人人品
    f"各(?!地地[方形理名]|国国[民内王会旗歌语籍际]|人人|方方)([{HAN}])\\4",
)
_TWICE_SAID = (
    "同时并且|目的是为了|原因是(?:因为|由于)|可以有助于|可以能|免费赠送|凯旋归来|更近一步|之所以[^。]{2,40}的原因|增添[^，。；]{0,4}添",
    "(?:大约|大概|将近)[^，。；、]{1,8}左右|(?:超过|至少|不低于|多达|高达)[^，。；、]{1,8}以上",
)
_MISWRITTEN = (
    "针炙|既使|按装|一愁莫展|迫不急待|再接再励|重覆|不径而走|走头无路|谈笑风声|默守成规|穿流不息",
    "[。\n]如此，",  # thus, …
)
# Words that stand side by side are parted by 、; a half-width sign follows no Chinese character.
_SIGNS = (
    f"，(?<=[{HAN}]{{2}}，)[{HAN}]{{2,4}}，[{HAN}]{{2,4}}(?:和|或|与|及|以及|等)(?!待|到|于|级)",
    f"，(?<!此外，)(?<!因此，)(?!例如|包括|如)[{HAN}]{{2,4}}以及[{HAN}]",
    f"，[{HAN}]{{1,5}}，以及[{HAN}]",
    f"，[{HAN}]{{2,3}}等。",
    "，(?<=[A-Za-z]，)[A-Z][\\w.+#-]*(?:，|和|等)",
    f"。 (?=[{HAN}])",
)
_FAULT = re.compile("|".join((*_GRAMMAR, *_TWICE_SAID, *_MISWRITTEN, *_SIGNS)))
_HALF_WIDTH = re.compile(f"[,:;](?<=[{HAN}].)(?: |[{HAN}])")
_FULL_WIDTH = re.compile("[，：；]")


def solecism(text: str) -> str:
    """The first fault with the characters around it, or ""."""
    match = _FAULT.search(f"\n{text}")
    if match:
        return match.string[max(1, match.start() - 6) : match.end() + 6]
    return _mixed_marks(text)


def _mixed_marks(text: str) -> str:
    """减少排放: 通过… beside ，; "革命" beside “革命”: two hands wrote it."""
    if '"' in text and "“" in text:
        return '" and “'
    half = _HALF_WIDTH.search(text)
    return text[max(0, half.start() - 6) : half.end() + 6] if half and _FULL_WIDTH.search(text) else ""


_ASKS_HOW = re.compile("\\A(?:请问)?(?:如何|怎[么样])(?:才能)?|[？?。]\\Z")
_AS = re.compile("\\A(?:作为|成为)(?:一[名个位])?")
LEAST_RESTATED = 6  # characters


def hanging_request(request: str, answer: str) -> str:
    """如何更具创新性？ → 更具创新性，你可以…: the request said again as a sentence, without 要 or 为了 before it."""
    opening, found, rest = answer.partition("，")
    asked = _AS.sub("", key(_ASKS_HOW.sub("", request)))
    said = _AS.sub("", key(opening))
    hangs = found and len(said) >= LEAST_RESTATED and said == asked and re.match("[你您]?可以", rest)
    return answer[:40] if hangs else ""
