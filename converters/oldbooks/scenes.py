"""Which stretches of a novel are of one piece? A scene goes from one turn of the story to the next.

A teller says where he turns (却说, 不题, 次日); a poem stands between scenes and is no part of either. Whether a scene
is sound is not judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from converters.oldbooks import prose
from converters.text import HAN, han_count

SHORTEST_START = 8  # Chinese characters: less is the rest of something that was cut
SHORTEST_PARAGRAPH = 35  # characters at the head of a scene: less is a verse or an answer
LONGEST_LINE_OF_VERSE = 7
NEAR = 120  # characters after a cut in which something said before it comes up again

# How a teller begins anew; a date does so too, but in a chronicle, where one event stands beside another.
_OPENS = re.compile(
    "^(?:却说|却表|且说|话说|再说|单说|单表|话表|如今且说|话分两头|且不[说言表]|不说|不表|按下|且按下|闲话|书中|列位|看官"
    "|次[日早]|[一那这某]日|[一那是当][晚夜])"
)
_DATED = re.compile("^(?:是年|[正二三四五六七八九十]+[年月])")
_TURNED = re.compile("(?:不[题提表]|不在话下|暂且按下|分解)[。”]*$")
_PAUSES = re.compile(r"[，。！？；：、\s]+")
# A poem, a letter or a memorial that stands in the story: its words are not the teller's.
_RECITED = re.compile(
    "(?:[诗词歌赋赞偈曲铭诔表疏书诏檄论联]|诗句|祭文|表文|书文|札子)[略上]?[曰云道]：|[诗词曲歌赋]：|(?:正是|但见[他她]?|只见|有赞)：|怎见得|有诗|为证|[断论赞]曰|史臣|立(?:婚书|卖契|借契)|奉天承运|谨奏|臣闻|窃惟|顿首|[①-⑳]"
)
# Characters of grammar, of telling and of counting: two texts that share no more than these are of two things.
_COMMON = frozenset(
    "的了着过不是有在来去上下里外中前后这那个些么什怎我你他她它们咱自己人道说话听见看问答叫唤笑哭想知得只也都又还就便却再"
    "才方正已曾将把被与和同给对向从到往出入进起回走行坐立住拿取放做为作使令教着要可能会肯敢须当应该好大小多少一二三四五六七八"
    "九十百千万两几半数第日月年时天夜今明次早晚处地头面手心身口眼声色事物件样般等种如何若似像因此故所以于之其而以乃则者"
    "也矣焉哉乎曰云遂既即复亦皆悉各每且况虽然但或非无未莫勿必忽俄顷久先最更甚太很极真生死家门子儿女男父母兄弟夫妻老少"
)


def scenes(paragraphs: Iterable[str]) -> list[prose.Run]:
    """Scenes in order, each beginning where its teller begins: at the head of a paragraph or at a turn."""
    told, is_whole = [], True
    for paragraph in paragraphs:
        told.append(paragraph if is_whole and not is_verse(paragraph) else "")
        # a line break inside a sentence, or before a letter that is read out: what follows is no head
        is_whole = prose.is_ended(paragraph) or is_verse(paragraph)
    found = (scene for run in prose.runs(told) for scene in _between_turns(run))
    return [scene for scene in found if begins_well(scene)]


def _between_turns(run: prose.Run) -> Iterator[prose.Run]:
    start = 0
    for place in range(1, len(run)):
        if _turns(run[place].text) or _TURNED.search(run[place - 1].text):
            yield run[start:place]
            start = place
    yield run[start:]


def begins_well(scene: prose.Run) -> bool:
    """The narrator begins, not a speaker, not the end of what was cut before."""
    head = scene[0]
    line = prose.joined(scene).split("\n")[0]
    begins = head.starts or _turns(head.text)
    narrated = re.match(f"[{HAN}]", head.text) is not None
    return begins and narrated and han_count(head.text) >= SHORTEST_START and len(line) >= SHORTEST_PARAGRAPH


def opens(text: str) -> bool:
    """The teller says that he begins anew."""
    return _OPENS.match(text) is not None


def _turns(text: str) -> bool:
    return opens(text) or _DATED.match(text) is not None


def is_verse(paragraph: str) -> bool:
    """Clauses of one length: four to seven characters and no speech."""
    clauses = [clause for clause in _PAUSES.split(paragraph) if clause]
    same = len({len(clause) for clause in clauses}) == 1
    return same and len(clauses) > 1 and "“" not in paragraph and 4 <= len(clauses[0]) <= LONGEST_LINE_OF_VERSE


def recites(text: str) -> bool:
    return _RECITED.search(text) is not None


def is_connected(before: str, after: str) -> bool:
    """Something of the context, a name or a thing, comes up again soon after the cut."""
    return bool(_named(before) & _named(after[:NEAR]))


def _named(text: str) -> set[str]:
    """Pairs of neighbouring characters that can be a name or a part of one."""
    pairs = (text[place : place + 2] for place in range(len(text) - 1))
    return {pair for pair in pairs if han_count(pair) == 2 and not _COMMON & set(pair)}
