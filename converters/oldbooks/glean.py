"""Which questions does a passage of history answer word for word? Who a man is, and who says what.

Only two patterns of the histories are trusted: the opening of a biography, and 某曰 before a quotation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from converters.text import HAN, han_count

LONGEST_NAME, LONGEST_QUOTE = 4, 30
FEWEST_SPEAKERS = 2  # with one the answer is no question
LONGEST_PASSAGE = 400

# What follows a courtesy name must be a mark, so that 字 as a word is none.
_H = f"[{HAN}]"
_WHO = re.compile(
    rf"^(?P<name>{_H}{{2,4}}?)(?:者)?，(?:字(?P<first>{_H}{{1,3}})，)?(?P<place>{_H}{{2,10}}?)人(?:也)?"
    rf"(?:，字(?P<second>{_H}{{1,3}}))?(?=[，。；])"
)
_NO_NAME = re.compile(
    "[之其而以于与曰者也]|^[是此时初先及又乃帝上太王公后某余予]|[年月日射战走]|^[一二三四五六七八九十百两数]"
    # an office before the name: 郎中胡琏
    "|^(?:郎中|主事|司务|知[县州府]|推官|御史|给事|员外|评事|行人|编修|修撰|博士|寺[副正]|经历|同知|通判|参将|总兵|都司|守备|千总"
    "|把总|游击|副将|教谕|训导|典史|县丞|主簿|指挥|千户|百户|参议|参政|佥事|副使|生员|举人|诸生|处士)"
)
_NO_PLACE = re.compile(
    "[之其而以曰者也不为有无时年月日子孙父母妻女弟兄生死名姓诸众数百千善能知皆遣使与少多夫云语谓伤杀射贾商擒获斩败卖双自加给一二三四五六七八九十两人]|^[本世祖先故亦]|[回族部番旗]$"
)
# Without a courtesy name to make it sure, the first character must be a surname: 将葬，开棺示人 tells of no home.
_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田"
    "任姜范方石姚谭廖邹熊金陆郝孔崔康毛邱秦江顾侯邵孟龙段雷钱汤尹黎易常武乔贺赖龚庞樊殷施洪季俞章鲁葛韦毕聂焦齐庄颜柴霍"
    "裴柳豆窦褚阮卫司欧东独宇长令尉慕拓元封房屈项祝甄娄牛卞左耿管詹游简甘桑裘解班祖祢羊荀郗庾刁温桓虞陶鲍费岑晁臧计伏成"
    "茅狄贝明米纪舒梅盛骆蒙楚滕辛查荆巩邢隗郎严敬寇仇仲宗麻嵇应栾厉戎符景束郜蓝牧山谷车宓巴弓牟车隋种靳邴糜井段富巫乌"
)
_SAYS = re.compile(rf"(?:^|[。！？”；])(?P<name>{_H}{{2,4}})曰：“(?P<quote>[^“”]+)”")
_NO_SPEAKER = re.compile(
    "[对谓问答言叹谏奏语告又乃因遂复皆或亦书诏笑怒泣呼进前辞谢请令使遣闻见还入出上表报骂责让首拜计议命策更徐悦喜移颔诫矢久数颜叩伏揖跪哭泪涕拊抚按执扣稽顿]|应之$|^[其是此或客人众左右].?$|^[诗书易传礼]|[诗书志传经赞史]$"
)


@dataclass(frozen=True, slots=True)
class Question:
    kind: Literal["who", "speaker"]
    passage: str
    values: Mapping[str, str]
    wants: str = ""


def questions(passage: str) -> Iterator[Question]:
    """At most one of each kind."""
    if len(passage) <= LONGEST_PASSAGE:
        yield from _who(passage)
        yield from _speaker(passage)


def _who(passage: str) -> Iterator[Question]:
    found = _WHO.match(passage)
    if not found:
        return
    name, place, courtesy = found["name"], found["place"], found["first"] or found["second"] or ""
    if _NO_NAME.search(name) or _NO_PLACE.search(place):
        return
    if not courtesy and name[0] not in _SURNAMES:
        return
    wants = "both" if courtesy else "place"
    asked = {"both": "字和籍贯", "place": "籍贯"}[wants]
    yield Question(
        "who",
        passage,
        {"text": passage, "person": name, "place": place, "courtesy": courtesy, "asked": asked, "evidence": found[0]},
        wants,
    )


def _speaker(passage: str) -> Iterator[Question]:
    """A name stands alone before 曰 at the head of a sentence and once more elsewhere; somebody else speaks too.

    What stands once only may be a name with a verb: 伍举更曰.
    """
    said = [
        match
        for match in _SAYS.finditer(passage)
        if not _NO_SPEAKER.search(match["name"]) and "‘" not in match["quote"] and passage.count(match["name"]) > 1
    ]
    if not said or len(set(re.findall("(.{2})曰：“", passage))) < FEWEST_SPEAKERS:
        return
    chosen = said[len(passage) % len(said)]
    said_first = re.split("(?<=[。！？])", chosen["quote"])[0]
    quote = said_first.rstrip("。；")
    if han_count(quote) >= 4 and len(quote) <= LONGEST_QUOTE and passage.count(quote) == 1:
        yield Question(
            "speaker", passage, {"text": passage, "person": chosen["name"], "quote": quote, "said": said_first}
        )
