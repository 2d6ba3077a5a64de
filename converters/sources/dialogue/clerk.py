"""Whether a clerk says only what the database returned: no praise, no other place, plain words, no slip."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from converters.sources.dialogue import carried, grounding, service_talk, speech

# Praise that no column of the database holds.
_EMBELLISHED = re.compile(
    r"环境|优雅|优美|精致|好吃|味道|口味|齐全|性价比|偏远|偏僻|服务(?:态度|好|周到|一流)|招牌|特色|有名|著名|很近|不远|"
    r"交通|安静|好玩|干净|划算|风景|景色|漂亮|很美|人气|火爆|还可以的，地|排队|新鲜|正宗|历史|老字号|舒服|实惠|便宜得|便宜的是|价格有点贵|热闹|豪华|高档|高端|美味|可口|绝了|都说|去的人|很多人|包您|包你|诚意|有[玩吃]的"
)


_PLAIN = carried.lexicon(service_talk.WORDS)
# One eats a dish, one does not 用餐 it; 吃餐, 您在给 and 的喜欢的 are slips of the same kind.
_SLIP = re.compile(
    r"用餐[^，。]{0,12}这[道一两几][道个]?菜|非营业时段|去不是|可以的是|贵\d|太多家了，(?![^。]*(?:推荐|建议))|"
    r"看你去[^。]*去都|时间是[^，。]*时[^，。的 -]{2,}游玩|吃餐|[您你我]在[给帮查]|您.{1,3}的喜欢的|为您的推荐|"
    r"[他她它]么|[】]|[，。][)）]|[,，、；：][。！？]|那的人均|自已|是不合适|一下电话是|然后\d+的|"
    r"(?:^|[，。])周的|边的[酒餐景][店馆点][北首]|\.\.|…|能可以|真好[满符]|条件[^，。]{0,2}好|"
    r"[一二两三四]个地址|推荐[您你]去[^，。]{2,40}(?:餐馆|酒店|景点|饭店)有|[个家]评分[^，。]*的[？。]?$|"
    r"(?:其[他它余]|剩下)[^，。]*(?:符合|满足)"
)


def embellished(text: str, results: str) -> str:
    """Praise that does not stand in the results, or ""; that the user wished for it does not make it so."""
    return next((match[0] for match in _EMBELLISHED.finditer(text) if match[0] not in results), "")


# ---- what an answer states of a slot

_SCORE = re.compile(r"(\d(?:\.\d)?)分(?![以之钟左])")
_OR_MORE = re.compile(r"\d分以上")
_DENIES = re.compile(r"没有|没(?!问题|关系)|不(?!过|好意思|错|知道)|无(?!烟)")
_NOT_OF = {
    "餐馆": re.compile(r"住宿|入住|游玩|住的"),
    "酒店": re.compile(r"用餐|就餐|吃饭|游玩|品尝"),
    "景点": re.compile(r"住宿|入住|用餐|就餐|吃饭|品尝"),
}


def inexact(text: str, results: str) -> str:
    """A score or 免费 that the results do not give: of 评分：4分以上 nobody knows that it is 4, or "".

    Where the answer names a place, its own score counts, not that of another.
    """
    paragraphs = [paragraph for paragraph in re.split(r"(?m)^(?=【)", results) if paragraph.startswith("【")]
    named = [paragraph for paragraph in paragraphs if paragraph[1 : paragraph.index("】")] in text]
    scores = set(re.findall(r"评分：(\d(?:\.\d)?)分?(?=\n|$)", "\n".join(named or paragraphs)))
    if re.search("(?<!不)免费", text) and "免费" not in "".join(named or paragraphs):
        return "免费"
    if re.search("[没无]有?评分(?![是在达到这])", text) and "评分：无" not in "\n".join(named or paragraphs):
        return "没有评分"
    if _OR_MORE.search(text) and not _DENIES.search(text) and "评分：" not in "\n".join(named or paragraphs):
        return "以上"
    clauses = (clause for clause in re.split(r"[，。！？]", text) if not _DENIES.search(clause))
    return next((score[0] for clause in clauses for score in _SCORE.finditer(clause) if score[1] not in scores), "")


_NONE_FITS = re.compile(r"(?:没有|没|未能)[^，。！？]{0,12}?(?:符合|满足|合适)")
_FITS = re.compile(r"(?<!没有)(?<!没有完全)(?:完全|都|也|很|能够完全|正好)(?:能)?(?:符合|满足)")


def two_minded(text: str) -> str:
    """没有符合的 and 完全符合 in one answer, or ""."""
    none = _NONE_FITS.search(text)
    fits = _FITS.search(text, none.end()) if none else None
    return fits[0] if fits else ""


def contradicted(text: str, values: Sequence[str]) -> str:
    """`values` are 是 and 否 of the facilities asked for: an answer that affirms one that is not there, or denies."""
    denies = _DENIES.search(text) is not None
    return text if ("否" in values and not denies) or (set(values) == {"是"} and denies and "推荐" not in text) else ""


def misplaced(text: str, domains: Collection[str]) -> str:
    """To sleep in a restaurant or to dine in a sight, where the answer recommends nothing else, or ""."""
    [domain] = domains if len(domains) == 1 else [""]
    found = _NOT_OF[domain].search(text) if domain in _NOT_OF else None
    return found[0] if found else ""


_SERVICE = re.compile(r"(?:这|该|这两|这些|这几)[项个种]?[^，。]{0,2}(?:服务|设施)|有提供|都提供|不提供|也提供")


def unrecorded(text: str, slots: Sequence[str]) -> str:
    """A service that is affirmed or denied though the acts speak of none, or ""."""
    found = _SERVICE.search(text)
    return found[0] if found and not any(slot.startswith("酒店设施") for slot in slots) else ""


_DENIES_ALL = re.compile(
    r"(?:都|全)不(?:是|符合|满足|包含|提供)|都没有达到|(?:抱歉|不好意思|对不起)[，、]?(?:它|这家|该酒店)?不(?:是|符合|满足)"
)


def denies_all(text: str) -> str:
    """都不是 of the places named before, or ""."""
    found = _DENIES_ALL.search(text)
    return found[0] if found else ""


# What the scraped column 推荐菜 has beside dishes, and dishes that it has garbled.
_NO_DISH = re.compile(
    r"老字号|老建筑|景观餐厅|明星主厨|现场表演|锅底貌|炒红果呀|普通的火锅|当地(?:必吃|口味)|美食(?:街|林)|下午茶|"
    r"招牌烤鸭烤鸭|黄局南瓜|餐前小菜|烤鸭蘸碟|自助水果|推荐菜(?:有|是)?(?:酱料|环境|服务)"
)
_DAYS = re.compile(r"游玩时间：\D{0,4}(?:[3-9]|\d{2,})\s*天")


def no_dish(text: str) -> str:
    """What is served nowhere though the database calls it a dish (明星主厨), or ""."""
    found = _NO_DISH.search(text)
    return found[0] if found else ""


def days(results: str) -> str:
    """A stay of three days and more at one sight, which the database has of a museum, or ""."""
    found = _DAYS.search(results)
    return found[0] if found else ""


def glued(text: str, results: str) -> str:
    """Two places of a list without a mark between them (故宫天坛), one with a full stop inside (老街。面馆), or ""."""
    items = {item for line in re.findall(r"(?m)^周边..：(.*)$", results) for item in line.split("、") if len(item) > 1}
    whole = text.replace("。", "")
    parted = next((item for item in items if item in whole and item not in text), "")
    starts = ((item, text[match.end() :]) for item in items for match in re.finditer(re.escape(item), text))
    return parted or next((item + other for item, rest in starts for other in items if rest.startswith(other)), "")


# ---- words


def slip(text: str, names: Collection[str] = ()) -> str:
    """A slip of the clerk's own words: what stands twice in two names is none."""
    found = _SLIP.search(text)
    open_bracket = "" if len(re.findall("[(（]", text)) == len(re.findall("[)）]", text)) else "()"
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "它")
    return found[0] if found else open_bracket or speech.slip(text)


# What a user mistyped so that it says another thing (4.5分一下 for 以上), or looks for the wrong place (吃…的酒店).
_USER_SLIP = re.compile(
    r"的的(?!确)|[分元]一下|当让要|首菜肴|女朋(?!友)|你还，|瞒[有好不]|推荐推荐|帮我一[个家]|推荐一评分|[馆店]你的|，结束后|想吃[^，。]{1,14}，给我找个\d分的酒店"
)


def user_slip(text: str) -> str:
    found = _USER_SLIP.search(text)
    return found[0] if found else ""


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
