"""What does a 歇后语 of chinese-xinhua say, and is it whole and fit to be said?

Answers joined by ； are several sayings on one riddle. A bracket in an answer is the word that it puns on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from converters.text import HAN, tidy

LONGEST_RIDDLE, LONGEST_ANSWER = 20, 16

_WHOLE = re.compile(f"[{HAN}，、！？“”…]+")
_PUN = re.compile(f"（(?![{HAN}]*的）)[{HAN}]{{1,3}}）")  # 想（响）; （够受的） explains
_MISPRINT = re.compile("想人非非|打不晌|请贴|黄莲|列奏|壮但")
_GLOSS = re.compile("（[^（）]*）")
_COARSE = re.compile(
    "屎|尿|屁|粪|厕|茅坑|茅房|奶头|裤裆|妓|婊|窑姐|嫖|屌|鸡巴|王八|龟儿|光腚|脱裤|奸|强盗睡|偷汉|寡妇|麻子|瞎子|瘸子|拐子|聋子|哑巴(?!亏|吃黄)|哑子"
    "|驼子|秃子|傻子|疯子|癞(?!蛤|头鼋)|瞎|跛|哑(?!巴[亏吃])|聋|瘸|二姨太|小老婆|吸鸦片|抽大烟|鬼子|蛮子|鞑"
)


@dataclass(frozen=True, slots=True)
class Saying:
    riddle: str
    answers: tuple[str, ...]


def saying(record: dict[str, str]) -> Saying | tuple[str, str]:
    """The saying, or why it is left out."""
    riddle = _GLOSS.sub("", tidy(record["riddle"])).strip()
    answers = tuple(dict.fromkeys(filter(None, map(_answer, tidy(record["answer"]).split("；")))))
    shown = f"{record['riddle']} —— {record['answer']}"
    if not riddle or not answers:
        return "empty", shown
    for text in (riddle, *answers):
        if not _WHOLE.fullmatch(_PUN.sub("", text)) or _MISPRINT.search(text):
            return "damaged", shown
    if len(riddle) > LONGEST_RIDDLE or len(answers[0]) > LONGEST_ANSWER:
        return "too_long", shown
    if any(_COARSE.search(text) for text in (riddle, *answers)):
        return "coarse_or_demeaning", shown
    return Saying(riddle, answers)


def _answer(text: str) -> str:
    """An explanation in brackets goes, a pun stays."""
    text = text.strip().rstrip("。！")
    return _GLOSS.sub(lambda match: match[0] if _PUN.fullmatch(match[0]) else "", text)
