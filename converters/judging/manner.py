"""Was a text thought in English? Such a one is translated word by word: its people are nouns and its deeds are things.

Counted are the turns that stand in every other of the stories and explanations that were translated with Alpaca, and
in hardly one of those that were written in Chinese.
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


_EXPLAINING_TURNS = re.compile(
    "好方法|任何|帮助您|[您他]们?的|跟踪|创建|可用于|引人入胜|潜在|可实现|切合实际|随着时间|正轨|参与度|这(?:可以|将|使|些都|包括|意味)|将(?:有助|帮助)|"
    "以(?:确[保定]|帮助|创|获得|减少|提高|改善)|并(?:确保|提供|与|减少|帮助|使)|使(?:其|[^，。]{1,6}能够)|允许|访问|轻松|生产力|专业人[士员]|至关重要|和其他|"
    "正在|驱动的|提供有关|识别|量身|最大限度|最佳|许多|个人(?=的|能|可|需)|一致|现实的|花时间|无需|易于|对于|同一页|更好的|更容易|更具|重要的是|导致"
)
MOST_EXPLAINING_TURNS = 1.3  # of a hundred characters
MOST_IN_PARAGRAPHS = 2.5  # where an empty line stands between points: so GPT-4 wrote, and GPT-3 did not
LEAST_IN_PARAGRAPHS = 250  # characters


def explained_in_english(answer: str) -> bool:
    """Three of four explanations that were translated are so, and one of five that were written in Chinese."""
    turns = 100 * len(_EXPLAINING_TURNS.findall(answer))
    in_paragraphs = "\n\n" in answer and len(answer) >= LEAST_IN_PARAGRAPHS
    return turns > (MOST_IN_PARAGRAPHS if in_paragraphs else MOST_EXPLAINING_TURNS) * len(answer)
