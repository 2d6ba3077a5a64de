"""Was a story thought in English? Such a one is translated word by word: its people are nouns and its deeds are things.

Counted are the turns that stand in every other of the stories that were translated with Alpaca, and in hardly one of
those that Chinese people told.
"""

from __future__ import annotations

import re

_TURNS = re.compile(
    "名叫|偶然发现|踏上了?|旅程|的生物|这[种个]生物|年轻(?:女|男|的)|永远不会|似乎|环顾|意识到|试图|的任务|的勇气|决心|最终|周围的|尽管|"
    "在寻找|穿[越过]|几个小时|一生中|从未|的力量|探索|冒险|充满了|发现自己|当[她他它](?!上)|时，[她他它]|，但[她他它]|[她他它]们?的|"
    "令[他她它]们?惊讶|难以置信|曾几何时|曾经有|每个人|并且|一种|随着时间|使得|成为了|不可|以及|对于|能够|注意到|与此同时|前所未有|随后|"
    "几乎|无论|遥远的?土地|回报|取得|做出|提供|渴望|感到|存在|任何|开始了|很快[，就]|之一|方式|过上了|新的|"
    "一个[^，。]{0,10}的(?:年轻|女孩|男孩|男人|人)"
)
MOST_TURNS = 2.0  # of a hundred characters

# Once upon a time, there was; it was a; marks and names as they stood; whose people are called John and Sarah
_ENGLISH = re.compile(
    "从前，|曾几何时|(?:\\A|[。！？]\\s*)那是(?:一年|夏天|一?个)|这一切都|太阳开始落山|[。！？，]\\s“|[一-鿿]\\s?[A-Z][a-z]+|他们中的|有目的地|"
    "杰[西生克]|[珍詹]娜|托马斯|[莎萨]拉|约翰|汤姆|玛[丽莎]|爱丽丝|艾[米利瑞]|[山萨]姆|苏珊|莉[莉娅]|鲍勃|丽贝卡|奥利[维弗]|凯[特蒂伦]|[罗萝][丝斯]|"
    "吉尔|[麦迈]克|大卫|彼得|露西|安娜|格蕾|詹姆|伊[丽娃]|亚历|本杰明|史[蒂密]|琼斯"
)


def thought_in_english(story: str) -> str:
    """The turns that show it, or ""."""
    plain = _ENGLISH.search(story)
    if plain:
        return plain[0]
    found = _TURNS.findall(story)
    return "、".join(found[:8]) if 100 * len(found) > MOST_TURNS * len(story) else ""
