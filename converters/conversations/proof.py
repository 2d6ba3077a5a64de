"""What a second reading of a story from the web finds: slips of the pen, pieces of the page, essays and memories.

A story is the whole answer, so one with a wrong word in it is not worth learning.
"""

from __future__ import annotations

import re

from converters.conversations import names, schoolbook, stories
from converters.text import HAN, is_damaged

_LEFTOVER = re.compile(
    r"https?:|www\.|\.com|\.cn|QQ|微信|公众号|转载|版权|作者[：:]|<[a-z/]+|\[[A-Z]+\]|&[a-z]+;|点击|网址", re.IGNORECASE
)

_HOW = (
    "高傲|傲慢|高兴|开心|伤心|快乐|愉快|生气|气愤|愤怒|不断|不停|慢慢|轻轻|静静|悄悄|飞快|羞愧|难过|认真|仔细|翼翼|大声|急忙|得意|亲切|温柔|"
    "着急|焦急|惊讶|惊奇|奇怪|好奇|不好意思|洋洋|微微|紧紧|深深|渐渐|默默|拼命|使劲|努力|不住|激动|兴奋|友好|骄傲|自豪|委屈|巴巴|"
    "吁吁|不忙|迅速|偷偷|热情|慌张|狠狠|不解|大摇大摆|兴冲冲|急匆匆|笑嘻嘻|笑眯眯|气冲冲|轻盈|崇拜|很好|旁敲侧击"
)
_DONE = (  # 奇怪的问 but not 奇怪的问题
    "[说问答走跑跳飞笑哭叫喊看望玩唱吃喝坐站躺点摇回对把向打抱拉拿睡听想找等离逃爬游追扑围过盯]"
    "(?![容脸声话料题法象念手忆事算扮守蚤机鸟行具伴偶食兽眠众心子戏导程去失求员师])|"
    "告诉|生活(?![，。])|帮助|照顾|保护|欢迎|接受|捕捉|掩饰|举办|暗示|庆祝"
)
_PARTICLES = re.compile(
    f"(?:{_HOW})的(?:{_DONE})|小心得(?:{_DONE})|(?:{_HOW})的(?:[跑走飞]去|[踢推拉咬挖拍敲])"
    f"|[{HAN}]的(?:{_DONE}|[背读念冲扔拿端拉推咬唱滚写])了?(?:起|出|过|下|上|回|进)来(?!的)"
    "|(?:打扮|收拾|淋|弄|搞)的(?![人是时那样事话，。]|东西|孩子)"
    "|(?:渐渐|慢慢|静静|悄悄|轻轻|默默|突然|忽然)的，|[吓气急累乐笑哭]的(?:猛|大[哭笑叫]|要[命死]|不[敢轻行得停])"
    "|长的(?:漂亮|好看|美|丑|帅|像|又|亭亭|英俊|可爱|难看|高大|胖|瘦)|[说聊谈玩唱笑哭跑飞]的正|[吹跑跳飞唱画写做长学干玩]的(?:比|跟|和)"
    "|(?:[唱跑飞长学睡玩笑哭吓气急累变写画卖]|高兴|羞愧|开心|相处|表现)[的地]"
    "(?:很(?![多久])|真|非常|十分|特别|那么|这么|更|越|可好|直|惟|发抖|团团|说不出|浑身|正[^在])"
)
# 开开心心的去; 六了包子
_DOUBLED = re.compile(
    f"([{HAN}])\\1([{HAN}])\\2的(?:{_DONE}|来|去)|(?<![第十初廿])[二两三四五六七八九]了(?![，。！？百千万])"
)
_TWICE = re.compile(
    "(?<![目有众端])的的(?!确)|(?<!不)了了(?![解然])|(勇敢|美丽|高兴|快乐|巨大|神奇)\\1|(?<!先)是是(?!非)|着着|有有|就就|也也|与与|(?<!一)把把|很很|被被|(?<!现)在在|[这那]个[这那]|"
    "(?:很|非常|十分)[^，。的]{2}(?:万分|不已)"
)
LONGEST_CLAUSE = 30  # characters; a longer one has lost a mark
_MARKS = re.compile(
    f"[{HAN}][.;:?!,][{HAN}]|[，；：、][，。；：、！？]|。[，。；：、！？]|[“（《][，。；：、！？]|[；;]“|道“(?=[^”]*[。！？…，]”)|\\?{{2,}}"
    f"|：“[^”]{{2,}}[{HAN}]”(?![，。；、])|[{HAN}](?:哎[哟呀]|哇|咦|唉)[，！]|[{HAN}]{{{LONGEST_CLAUSE},}}"
    "|[！？]{3,}|！{2,}"
    f"|“[^”]*“|”[^“”]*”|：“[^”]*：“|[{HAN}]”\\s*\\Z|[－–]|(?<!—)—(?!—)|―|[{HAN}][a-z]{{1,2}}[{HAN}]"
)
_WORDS = re.compile(  # 间：“ is 问：“, 一致 before 只 is 一只
    "[人物子国们]地(?:想法|好奇|贵|首饰|样子|东西|声音|眼睛|心|话|家|头)|不由地|不有自主|时不时的|幸快乐|回来家|"
    "自已|己经|巳经|末来|以经|[^中时空]间：“|一致(?=[只巨大小])|不经(?:打了|笑了|想起|大笑)|在也(?=[没不])|"
    "[赶敢]到(?:非常|十分|很|奇怪|高兴|害怕|惊)|感[倒道](?:非常|很|十分)|那怕|既使|即然|掩示|葱忙|嘴又?谗|哼亮|奋气|喘呼呼|一一(?=[她他它])|了吗，(?=[^”]*(?:“|\\Z))|废了[^，]{0,4}劲|"
    "迫不急待|不加思索|莫明其妙|一股作气|再接再励|穿流|兴高彩烈|浮想连翩|赞不决口|俩个|显着|着称|着名(?=的|[家作画诗歌演导音])|[名著卓昭]着(?=[的，。])"
)
# a beginning that was cut off: 只小狗…, 位老人…
_CUT = re.compile(
    "\\A(?:[，。、；：！？”）]|只(?![见要有是能好怕])|[位名匹])"
    # 一次，他们看到…; 皮诺乔就夹着…
    f"|\\A(?:(?:有?一[次天]|后来|这时|这天|突然|当时|那时|于是)，)?[在当从]?(?:他|她|它|那[个只位天]|其(?!实))"
    f"|\\A[{HAN}]{{1,4}}(?:就[{HAN}]|便|却|又|于是|也)(?!一)"
    # 山谷回音有个男孩: the title runs on
    f"|\\A[{HAN}]{{2,8}}?(?<![里上下中边旁前后内外地国村城乡处头间时日天次是们年代候家店市县镇岛林园州氏省然某])(?:从前|有一?[个只位天]|一天，)"
    # 卖书一个作家
    f"|\\A(?!从前|以前|古时|据说|听说|相传|传说|话说|曾经|过去|当年|早年|[他她它我])[{HAN}]{{2}}(?<![被有见到着了在是叫养来给把向出])一[个位](?![人个位])"
)


def slip(story: str) -> str | None:
    """What a second reading would have mended, if anything."""
    return miswritten(story) or _first(story, _MARKS, _CUT)


def miswritten(story: str) -> str | None:
    """Wrong characters and words that stand twice, whatever the marks are."""
    return _first(story, _PARTICLES, _DOUBLED, _TWICE, _WORDS) or schoolbook.miswritten(story)


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
    told = _SPEECH.sub("", story)
    if "我" in _THOUGHTS.sub("", told):
        return "told_by_me", story[:40]
    affairs = set(_AFFAIRS.findall(story))
    if len(affairs) > MOST_AFFAIRS or _ARTICLE.search(story):
        return "anecdote", "、".join(sorted(affairs))
    flat = stories.fault(story, stories.LEAST_FABLE, happening=max(2, len(story) // CHARACTERS_AN_EVENT))
    return flat or _doubtful(story)


# who abridges a story turns what was said into a report, and seldom reads it again: of the slips that no rule finds
# most stand in stories without speech
def _doubtful(story: str) -> tuple[str, str] | None:
    """What is not trusted, though nothing in it is sure to be wrong."""
    if not _SAID.search(story):
        return "without_speech", story[:40]
    if _changes_pronoun(story):
        return "changing_pronoun", story[:40]
    variant = names.variant(story)
    return ("changing_name", variant) if variant else None


def _changes_pronoun(story: str) -> bool:
    """它 and then 他, where nobody is told of, or once only."""
    things, persons = story.count("它"), len(re.findall("(?<!其)[他她]", story))
    return things > 0 and persons > 0 and (not _PEOPLE.search(story) or (persons == 1 and things >= MANY))


MANY = 3  # times
LONGEST = 400  # characters; the longer a story is, the likelier it holds a wrong word somewhere
_PEOPLE = re.compile(
    "[农渔樵屠]夫|皇帝|主人|[猎商牧富穷仆老男女工诗匠]人|牧羊人|[一这那个位的]人(?![都们类心])|孩子|先生|姑娘|少年|青年|男孩|女孩|老汉|和尚"
    "|师傅|老师|医生|士兵|将军|牧童|王子|公主"
)
_SAID = re.compile("“[^”]{2,}[。！？…，]”")
_SPEECH = re.compile("“[^”]*”")
_THOUGHTS = re.compile("[：想道说][^。]*|我们的|自我|我行我素")
# what is told of managers teaches no stories
_AFFAIRS = re.compile("总裁|销售|企业|市场|利润|客户|营销|竞争|员工|创业|投资|公司|经理|管理|成功|启示|哲理")
MOST_AFFAIRS = 2
_ARTICLE = re.compile("[％%]|统计|心理学|参与者|社会学|月刊|调查显示|有句话说|有研究|研究表明")
CHARACTERS_AN_EVENT = 80  # of a story; in more of them without one an essay is told
