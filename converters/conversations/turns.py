"""Do the turns of a conversation fit together: does a user speak as a user, and was he content with what he got?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from converters.contract import Message
from converters.judging.refusals import refuses

# What someone says whose answer was wrong: the turn before it is not to be learned.
_CORRECTS = re.compile(
    "胡说|^不对|不对[，。！啊吧]|[你您](?:说|答|写|算|搞|弄)?错|错了|是错的|答错|回答错误|不是[^，。！？]{0,12}啊|根本[不没]|不算[，。]|重新(?:接|回答|写|算|来)|"
    "答非所问|没有?回答|没(?:有)?听懂|我问的(?:是|不是)|我(?:还|又)?没(?:有)?问|不是这个意思|新增了|存在一?[个处]?[^，。]{0,12}错误|难道你|^不[,，]|瞎编|编造|不存在"
)
# What only one who answers says.
_AGREES = re.compile("^(?:是的|对的|没错|你说的没错|您说的没错|您提到|你提到|好的，你|谢谢您的分享)")
_ASKS = re.compile("[?？]|吗|呢|请|帮|怎么|如何|什么|为什么|能不能|可以|我(?!们)")
_OFFERS = re.compile(
    "有(?:什么|啥)(?:我?(?:可以|能够?|需要)|需要我?)?帮(?:忙|助|到|[您你])|我(?:能|可以)(?:怎么|如何)?(?:帮|为)[您你](?:做)?(?:什么|些什么)"
)
LONGEST_OFFER = 40  # characters; a longer request quotes it
LEAST_LECTURE = 50  # characters: a user who says so much and asks nothing gives an answer himself


def offers_help(request: str) -> str:
    """有什么可以帮您: a first turn in the words of the one who should answer."""
    found = _OFFERS.search(request) if len(request) <= LONGEST_OFFER else None
    return found[0] if found else ""


def corrected(turns: Sequence[Message]) -> str:
    """The words with which a later turn of the user takes an answer back, or ""."""
    for turn in turns[2::2]:
        found = _CORRECTS.search(turn.content)
        if found:
            return turn.content[:60]
    return ""


def swapped(turns: Sequence[Message]) -> str:
    """A turn of the user that is an answer: volunteers sometimes wrote in the wrong role."""
    for place in range(2, len(turns), 2):
        asked, said = turns[place].content, turns[place + 1].content
        lectures = len(asked) >= LEAST_LECTURE and not _ASKS.search(asked)
        repeats = any(asked[:30] == earlier.content[:30] for earlier in turns[1:place:2] if len(asked) >= LEAST_LECTURE)
        if refuses(asked) or repeats or (lectures and _AGREES.match(said)):
            return asked[:60]
    return ""
