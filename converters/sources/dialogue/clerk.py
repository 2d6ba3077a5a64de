"""Whether a clerk says only what the database returned: no praise, no other place, plain words, no slip."""

from __future__ import annotations

import re

from converters.sources.dialogue import carried, grounding, plain_talk, service_talk, speech
from converters.sources.dialogue.everyday import everyday_words

# Praise that no column of the database holds.
_EMBELLISHED = re.compile(
    r"环境|优雅|优美|精致|好吃|味道|口味|齐全|性价比|偏远|偏僻|服务(?:态度|好|周到|一流)|招牌|特色|有名|著名|很近|不远|"
    r"交通|安静|干净|划算|风景|景色|漂亮|很美|人气|火爆|排队|新鲜|正宗|历史|老字号|舒服|实惠|便宜得|热闹|豪华|高档|高端|美味|可口|绝了|都说|去的人|很多人|包您|包你|诚意"
)


_PLAIN = carried.lexicon(service_talk.WORDS, plain_talk.WORDS, everyday_words())
# One eats a dish, one does not 用餐 it; 吃餐, 您在给 and 的喜欢的 are slips of the same kind.
_SLIP = re.compile(
    r"用餐[^，。]{0,12}这道菜|吃餐|[您你我]在[给帮查]|您.{1,3}的喜欢的|为您的推荐|[他她它]么|[】]|[，。][)）]|自已|是不合适|一下电话是|然后\d+的|(?:^|[，。])周的|边的[酒餐景][店馆点][北首]"
)


def embellished(text: str, known: str) -> str:
    """Praise that stands neither in the results nor in what the user said, or ""."""
    return next((match[0] for match in _EMBELLISHED.finditer(text) if match[0] not in known), "")


def slip(text: str) -> str:
    found = _SLIP.search(text)
    return found[0] if found else speech.slip(text)


def beyond(text: str, known: str) -> str:
    """The first clause that says more than `known` in other words than a clerk's, or ""."""
    return carried.beyond(text, known, _PLAIN)


# ---- lists

_LISTED = re.compile(r"[^，。；：！？]*、[^，。；：！？]*")
_PLACE = re.compile(
    r"(.*?(?:(?:[店馆园场院居宫寺城街山湖河桥府庄谷区苑厅楼村]|世界|大学|长城)(?:[（(][^）)]*[）)])*|[（(][^）)]*[）)]))"
    r"(?=[和与或等都这可供哦]|中的|游玩|$)"
)
_LEAD = re.compile(
    r"有|是|去|到|选择|尝尝|推荐(?:[您你]们?)?|个|家|像|比如|例如|如|包括|为|的|中|和|与|或者?|\d|景点|地方|多"
)
_KINDS = {"餐馆", "酒店", "景点", "公园", "宾馆", "饭店", "餐厅", "商店"}


def unlisted(text: str, known: str) -> str:
    """A place in a list of the clerk's that the database did not return: 北京饭店 is made of everyday words."""
    held = grounding.bare(known)
    for clause in _LISTED.findall(text):
        for item in clause.split("、"):
            place = _PLACE.match(item)
            if place and not any(name in held for name in _readings(place[1])):
                return place[1]
    return ""


def _readings(item: str) -> list[str]:
    """What may be the name at the end of `item`: the whole, or what follows a word that leads to it."""
    starts = [0, *(match.end() for match in _LEAD.finditer(item))]
    names = {grounding.bare(item[start:]) for start in starts} - _KINDS
    return [name for name in names if len(name) > 1]
