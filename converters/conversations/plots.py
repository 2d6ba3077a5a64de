"""What happens in a story, in its own clauses: an outline that a person could have written from loose phrases.

LOT's phrases were cut out by a program (谷子里长, 串葡萄), so each stands here for the clause that it is of. A clause
within a speech says what somebody said and not what happened.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_STOPS = "，。！？；：、…“”‘’《》（）()—－\n \u3000"
_LINKS = re.compile(
    "^(?:于是|可是|但是|然后|接着|结果|后来|这时候?|不料|忽然|突然|终于|原来|因为|所以|而且|只好|只得|就|便|却|"
    "[可而但又也才](?=[他她它这那一没]))+"
)
# a speech is announced, a time or a reason is named, or something is still to come
_HALVES = re.compile(
    "(?:[说道问答喊叫写想]|[时后前]|时候|时间|以来|开始|一天|的话|之际|[的地得着和与对把被给让向从在是]|起来|不但|不仅|一样|"
    "[呢吗啊吧]|为止|最大|[听看说吃做]完|[一了这那]个)\\Z"
    "|(?:(?<!去)问|告诉|吩咐|回答|询问|训斥)[^，]{0,6}\\Z|(?:能够?|可以|既)(?:在|没)|因(?!此)|据说|好像|仿佛|甚至"
    "|\\A[在从于][^把被将]{0,9}[里中上下]\\Z"
    "|\\A(?:[里的了着们吗呢]|中(?![国秋午])|连(?![忙夜连接着])|不是|即使|如果|假如|只要|无论|不管|虽然|尽管|每当|由于|为了|除了|随着|不但|不仅|"
    "当(?!上|了|兵|作)|要是|每[天次]|有一[天次]|从此|时间|例如|比如|总之|谁知|直至|直到|就在|并将|以[备便免求]|以获取|从而|致使|导致|还有|之下|之后|"
    "这样|那么|也许|一边|一面|一个劲)"
)
CLAUSE = range(4, 19)  # characters
MOST_CLAUSES = 6
HALF_TOLD = 0.5  # of the story: the first clause stands before it, the last behind it
LARGEST_SHARE = 0.4  # of the story: an outline of more of it leaves nothing to tell


def outline(story: str, phrases: Iterable[str]) -> list[str]:
    """The clauses that hold the phrases, in the order of the story: at most six, and not most of what there is.

    Empty if they are of one half of it.
    """
    clauses = list(dict.fromkeys(_clauses(story, phrases)))
    if (
        not clauses
        or story.index(clauses[0]) > HALF_TOLD * len(story)
        or story.index(clauses[-1]) < HALF_TOLD * len(story)
    ):
        return []
    while clauses and (len(clauses) > MOST_CLAUSES or sum(map(len, clauses)) > LARGEST_SHARE * len(story)):
        # the beginning and the end say most
        del clauses[len(clauses) // 2]
    return clauses


def _clauses(story: str, phrases: Iterable[str]) -> Iterator[str]:
    for place in sorted(story.index(phrase) for phrase in phrases):
        start = max(story.rfind(stop, 0, place) for stop in _STOPS) + 1
        ends = [end for stop in _STOPS if (end := story.find(stop, place)) >= 0]
        end = min(ends, default=len(story))
        clause = _LINKS.sub("", story[start:end])
        speaks = story.count("“", 0, start) != story.count("”", 0, start)
        listed = "、" in (story[start - 1 : start], story[end : end + 1])
        if len(clause) in CLAUSE and not speaks and not listed and not _HALVES.search(clause):
            yield clause
