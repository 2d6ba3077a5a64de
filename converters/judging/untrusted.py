"""What is no model to be believed about? Today's weather, this year's products, drugs for a stranger, boards, rankings.

Such answers were right on one day, or by chance; what they teach is to sound sure.
"""

from __future__ import annotations

import re

from converters.judging.refusals import refuses

_ASKS_PRESENT = re.compile(
    "天气|气温|股价|股票价格|汇率|航班|路况|比分|几点了|今天(?:是)?(?:几号|星期几|周几)|空气质量"
)
_TELLS_PRESENT = re.compile(
    "(?:今天|目前|当前|现在|今日)[^。！？\n]{0,20}(?:晴|多云|小雨|阴天|℃|[一二三四五六七八九十\\d]+度|元|点\\d|上涨|下跌)|天气(?:很|非常|不错|晴|好)|今天是20\\d\\d年"
)


def invented_present(request: str, answer: str) -> str:
    """Today's weather, told by one who cannot know it."""
    told = _TELLS_PRESENT.search(answer) if not refuses(answer) else None
    asked = _ASKS_PRESENT.search(request) and not re.search(
        "写|故事|对话|作文|翻译|造句|脚本|题|概括|总结|[:：].{8}", request
    )
    return told[0] if told and told[0] not in request and (asked or told[0].startswith("今天是20")) else ""


_WEIGHS_PRODUCTS = re.compile(
    "(?:哪一?[款个部台辆种]|[值更][^，。]{0,4}(?:购买|入手|买)|推荐[^，。]{0,8}[款部台辆]|比较一?下|对比一?下)[^。]{0,40}(?:手机|电脑|笔记本|平板|汽车|相机|耳机|显卡|车型)"
    "|(?:手机|电脑|笔记本|平板|汽车|相机|耳机|显卡|车型)[^。]{0,20}(?:哪一?[款个部台辆种]|值得)"
)
_OFFICE = re.compile(
    "(?:现任|目前的?|现在的?|当前的?|最新的?|最近的?)[^，。]{0,8}"
    "(?:总统|总理|首相|主席|CEO|首富|冠军|人口|GDP|市值|票房|版本|发展|新闻|进展)"
)


def dated_fact(request: str, answer: str) -> str:
    """What was true when the answer was written: products of a year, who is in office, the latest of anything."""
    found = _WEIGHS_PRODUCTS.search(request) or _OFFICE.search(request)
    return found[0] if found and not refuses(answer) and "\n" not in request.strip() else ""


_ILL = re.compile("症状|[发高]烧|咳嗽|头[痛疼晕]|肚子[痛疼]|胃[痛疼]|恶心|呕吐|腹泻|胸[闷痛]|皮疹|过敏|失眠|感冒")
_ASKS_FOR_A_DRUG = re.compile("诊断|什么病|可能的疾病|(?:吃|用|服用?|开|推荐|建议)[^，。]{0,8}药")
_DRUG = re.compile(
    "抗生素|头孢|阿莫西林|布洛芬|激素|处方药|抗病毒药|止[痛咳泻]药|退烧药|抗[组过][胺敏]药|对乙酰氨基酚|阿司匹林|口服|毫克"
)


def prescribed(request: str, answer: str) -> str:
    """A diagnosis with its drugs, for someone who named two symptoms."""
    asked = _ILL.search(request) and _ASKS_FOR_A_DRUG.search(request)
    found = _DRUG.search(answer) if asked else None
    return found[0] if found else ""


_ORDERS = re.compile(
    "(?:按|依)[^。\n]{0,20}排[列序成]|从[大小高低早晚多少快慢长短轻重远近]到.[^，。\n]{0,8}排[列序成]|排序|(?:对|给|将|把|为)[^，。\n]{0,16}排名"
)
_PROGRAMS = re.compile("数组|函数|算法|代码|程序|SQL|Python|Java|C\\+\\+|网页|搜索引擎")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_WORD = re.compile("[A-Za-z]+")
LEAST_ORDERED = 3


_NO_ORDER = re.compile("任[意何]|随意|正确的?顺序|原来的?顺序")


def unverifiable_order(request: str, answer: str) -> str:
    """Things put in order by what must be looked up or counted; an order of plain numbers is checked."""
    found = _ORDERS.search(request)
    if found is None or _PROGRAMS.search(request) or _NO_ORDER.search(found[0]):
        return ""
    given = [float(number) for number in _NUMBER.findall(request)]
    said = [float(number) for number in _NUMBER.findall(answer)]
    ordered = len(given) >= LEAST_ORDERED and said in (sorted(given), sorted(given, reverse=True))
    words = _WORD.findall(request)
    alphabetical = len(words) >= LEAST_ORDERED and _WORD.findall(answer) == sorted(words, key=str.casefold)
    return "" if ordered or alphabetical else found[0]


_BOARD = re.compile(
    "FEN|象棋(?:谜题|残局|棋局|开局)|残局|数独|幻方|填字(?:游戏|谜)|(?:走|解)迷宫|围棋棋谱|五线谱|日历|月历|[钢吉][琴他](?:曲?谱|和弦谱)|简谱|乐谱"
)


def unverifiable_board(request: str) -> str:
    """Boards, grids and notes: a model that writes text line by line rarely gets one right, and nobody checked."""
    found = _BOARD.search(request) if _MAKES.search(request) else None
    return found[0] if found else ""


_MAKES = re.compile("设计|生成|创[建造作]|制作|构建|出一|解|完成|填|给出|编[辑写]|写|画|改|走")
