"""What a second reading of a story from the web finds: slips of the pen, pieces of the page, essays and memories.

A story is the whole answer, so one with a wrong word in it is not worth learning.
"""

from __future__ import annotations

import re

from converters.conversations import stories
from converters.text import HAN, is_damaged

_LEFTOVER = re.compile(
    r"https?:|www\.|\.com|\.cn|QQ|微信|公众号|转载|版权|作者[：:]|<[a-z/]+|\[[A-Z]+\]|&[a-z]+;|点击|网址", re.IGNORECASE
)

_HOW = (
    "高兴|开心|伤心|快乐|愉快|生气|气愤|愤怒|不断|不停|慢慢|轻轻|静静|悄悄|飞快|羞愧|难过|认真|仔细|翼翼|大声|急忙|得意|亲切|温柔|"
    "着急|焦急|惊讶|惊奇|奇怪|好奇|不好意思|洋洋|微微|紧紧|深深|渐渐|默默|拼命|使劲|努力|不住|激动|兴奋|友好|骄傲|自豪|委屈|巴巴|"
    "吁吁|不忙|迅速|偷偷|热情|慌张|狠狠|不解|大摇大摆|兴冲冲|急匆匆|笑嘻嘻|笑眯眯|气冲冲|轻盈|崇拜|很好|旁敲侧击"
)
_DONE = (  # 奇怪的问 but not 奇怪的问题
    "[说问答走跑跳飞笑哭叫喊看望玩唱吃喝坐站躺点摇回对把向打抱拉拿睡听想找等离逃爬游追扑围过盯]"
    "(?![容脸声话料题法象念手忆事算扮守蚤机鸟行具伴偶食兽眠众心子戏导程去失求员师])|"
    "告诉|生活(?![，。])|帮助|照顾|保护|欢迎|接受|捕捉|掩饰|举办|暗示|庆祝"
)
_PARTICLES = re.compile(
    f"(?:{_HOW})的(?:{_DONE})|小心得(?:{_DONE})"
    "|(?:[唱跑飞长学睡玩笑哭吓气急累变写画卖]|高兴|羞愧|开心|相处|表现)[的地]"
    "(?:很(?![多久])|真|非常|十分|特别|那么|这么|更|越|可好|直|惟|发抖|团团|说不出|浑身|正[^在])"
)
_TWICE = re.compile(
    "(?<![目有众端])的的(?!确)|了了(?![解然])|(勇敢|美丽|高兴|快乐|巨大|神奇)\\1|(?<!先)是是(?!非)|着着|(?<!一)把把|很很|被被|在在|[这那]个[这那]|"
    "(?:很|非常|十分)[^，。的]{2}(?:万分|不已)"
)
_MARKS = re.compile(
    f"[{HAN}][.;:?!,][{HAN}]|[，；：、][，。；：、！？]|。[，。；：、！？]|[“（《][，。；：、！？]|[；;]“|\\?{{2,}}"
    f"|“[^”]*“|”[^“”]*”|：“[^”]*：“|[{HAN}]”\\s*\\Z|[－–]|(?<!—)—(?!—)|―|[{HAN}][a-z]{{1,2}}[{HAN}]"
)
_WORDS = re.compile(  # 间：“ is 问：“, 一致 before 只 is 一只
    "[人物子国们]地(?:想法|好奇|贵|首饰|样子|东西|声音|眼睛|心|话|家|头)|不由地|不有自主|时不时的|幸快乐|回来家|"
    "自已|己经|巳经|末来|以经|[^中时空]间：“|一致(?=[只巨大小])|不经(?:打了|笑了|想起|大笑)|在也(?=[没不])|"
    "[赶敢]到(?:非常|十分|很|奇怪|高兴|害怕|惊)|感[倒道](?:非常|很|十分)|那怕|既使|即然|掩示|葱忙|嘴又?谗|哼亮|奋气|喘呼呼|一一(?=[她他它])|了吗，|废了[^，]{0,4}劲|"
    "迫不急待|不加思索|莫明其妙|一股作气|再接再励|穿流|兴高彩烈|浮想连翩|赞不决口|显着|着称|[名著卓昭]着(?=[的，。])"
)
# a beginning that was cut off: 只小狗…, 位老人…
_CUT = re.compile("\\A(?:[，。、；：！？”）]|只(?![见要有是能好怕])|[位名匹])")


def slip(story: str) -> str | None:
    """What a second reading would have mended, if anything."""
    return miswritten(story) or _first(story, _MARKS, _CUT)


def miswritten(story: str) -> str | None:
    """Wrong characters and words that stand twice, whatever the marks are."""
    return _first(story, _PARTICLES, _TWICE, _WORDS)


def _first(story: str, *signs: re.Pattern[str]) -> str | None:
    return next((found[0][:30] for sign in signs if (found := sign.search(story))), None)


def fault(story: str) -> tuple[str, str] | None:
    """Why a story that somebody put on the web is none to be learnt."""
    leftover = _LEFTOVER.search(story)
    if is_damaged(story) or leftover:
        return "web_leftover", leftover[0] if leftover else story[:40]
    if story.count("“") != story.count("”"):
        return "open_quotation", story[:40]
    found = slip(story)
    if found:
        return "careless", found
    if len(story) > LONGEST:
        return "long_story", f"{len(story)} characters"
    if "我" in _THOUGHTS.sub("", _SPEECH.sub("", story)):
        return "told_by_me", story[:40]
    affairs = set(_AFFAIRS.findall(story))
    if len(affairs) > MOST_AFFAIRS or _ARTICLE.search(story):
        return "anecdote", "、".join(sorted(affairs))
    return stories.fault(story, stories.LEAST_FABLE, happening=max(2, len(story) // CHARACTERS_AN_EVENT))


LONGEST = 700  # characters; longer ones are two in one, or hold a wrong word somewhere
_SPEECH = re.compile("“[^”]*”")
_THOUGHTS = re.compile("[：想道说][^。]*|我们的|自我|我行我素")
# what is told of managers teaches no stories
_AFFAIRS = re.compile("总裁|销售|企业|市场|利润|客户|营销|竞争|员工|创业|投资|公司|经理|管理|成功|启示|哲理")
MOST_AFFAIRS = 2
_ARTICLE = re.compile("[％%]|统计|心理学|参与者|社会学|月刊|调查显示|有句话说|有研究|研究表明")
CHARACTERS_AN_EVENT = 80  # of a story; in more of them without one an essay is told
