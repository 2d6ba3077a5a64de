"""Does a request ask for a story, and is a text one? The stories in BELLE and Alpaca belong to the task stage."""

from __future__ import annotations

import re

from converters.text import HAN

WORDS = ("故事", "童话", "寓言", "小说", "传说", "神话")
_STORY = "(?:故事|童话|寓言|小说|传说|神话)"
_ABOUT_A_STORY = (
    "(?:标题|题目|名字|书名|大纲|提纲|梗概|主题|类型|流派|结局|结尾|开头|开场|开篇|情节|人物|角色|主角|主人公|背景|寓意|例子|摘要|简介|介绍"
    "|推荐|创意|构思|灵感|元素|作者|列表|读后感|评论|段落|场景|句|主意|点子|想法|情景|概要)"
)
_WRITES = "(?:写|创作|编[写造个一]|讲|撰写|生成|创造|创建|构思|改编|编织|构建|叙述|补全|来一?[个篇段则])"
_ASKS = re.compile(f"{_WRITES}[^。！？\n]{{0,60}}?{_STORY}(?!的?{_ABOUT_A_STORY})")
_NOT_ONE = re.compile(
    f"{_STORY}(?:的|中的?|里的?)?{_ABOUT_A_STORY}|(?:以下|上述|下面|给定|这[个篇段则])的?{_STORY}(?!.{{0,12}}(?:续写|写下去|改编|结局))"
    f"|(?:总结|概括|概述|分析|评价|解释|翻译|分类|归类|提取|找出|识别|判断|推荐|列[出举]|回答|改写|润色|评论|介绍)[^。！？\n]{{0,30}}{_STORY}"
    f"|{_STORY}[^。！？\n]{{0,12}}(?:总结|概括|分析|解释|分类|说明了|告诉我们|的意思)|[一两二三几]句话|标题|什么是|区别|《[^》]*{_STORY}|描述(?:主角|人物|角色|场景)"
    f"|{_STORY}[^，。]{{0,6}}主意"
)
LEAST_STORY = 120  # characters of Chinese: from here on something can happen, and end
LEAST_FABLE = 60  # what people wrote is denser than what models write

_PREFACE = re.compile(
    "^(?:好的|当然|没问题|以下是|下面是|这是|这里是|请看)[^\n]{0,60}[：:。]\\s*\n+|^(?:故事|标题|题目|名称)\\s*[：:][^\n]{0,30}\n+|^(?:《[^》\n]{1,30}》|#+[^\n]{1,40}|\\*\\*[^\n]{1,40}\\*\\*)\\s*\n+"
)
_AFTERWORD = re.compile(
    "\n+(?:\\(?（?(?:故事)?(?:完|结束|全文完|未完待续)[）)。]?|(?:希望|以上)[^\n]{0,60}(?:故事|喜欢|帮助)[^\n]{0,20})\\s*$"
)
_LISTED = re.compile(
    r"^\s*(?:\d{1,2}\s*[.、)）]|[-*•·]|第[一二三四五六七八九十]+[章幕步点]|(?:角色|人物|情节|场景|背景|主题|大纲|开头|结尾|高潮|主角)\s*[：:])",
    re.MULTILINE,
)
MOST_LISTED = 2  # lines; more of them are an outline
_ENDED = re.compile("[。！？!?…”’」』）)~～]$")
_TRAILS_OFF = re.compile("(?:…+|\\.{3,})[”’」』]?\\s*\\Z")
_UNFINISHED = re.compile("未完待续|待续|to be continued|请继续|接下来会", re.IGNORECASE)
_HAPPENS = re.compile("了|着|过|说|道|想|走|看见|来到|突然|一天|从前|终于|最后|后来|于是")
LEAST_HAPPENING = 4


def asks_for_story(request: str) -> bool:
    """写一个关于友谊的童话, not 给这个故事起个标题 or 总结下面的故事."""
    return (
        any(word in request for word in WORDS)
        and _ASKS.search(request) is not None
        and _NOT_ONE.search(request) is None
    )


def told(answer: str) -> str:
    """The story alone: 好的，以下是… before it and 希望你喜欢 behind it go; a title in a line of its own stays."""
    return _AFTERWORD.sub("", _opening_removed(answer)).strip()


def _opening_removed(answer: str) -> str:
    found = _PREFACE.match(answer)
    return answer[found.end() :] if found and not found[0].startswith(("《", "#", "*")) else answer


def fault(story: str, least: int = LEAST_STORY, *, happening: int = LEAST_HAPPENING) -> tuple[str, str] | None:
    """Why a text is no story that is worth learning."""
    length = len(re.findall(f"[{HAN}]", story))
    if length < least:
        return "short_story", f"{length} characters"
    if len(_LISTED.findall(story)) > MOST_LISTED:
        return "listed_story", _LISTED.findall(story)[0].strip()
    if _UNFINISHED.search(story) or not _ENDED.search(story.rstrip()) or _TRAILS_OFF.search(story):
        return "unfinished_story", story.rstrip()[-30:]
    if len(_HAPPENS.findall(story)) < happening:
        return "nothing_happens", story[:40]
    return None
