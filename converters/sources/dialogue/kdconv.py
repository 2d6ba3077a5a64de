"""KdConv: two people talk about a film, a song or a sight, each message with the facts that its writer looked up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from converters.contract import Context, Outcome, Reject
from converters.digests import digest
from converters.sources.dialogue import carried, grounding
from converters.sources.dialogue.everyday import everyday_words
from converters.sources.dialogue.knowledge import Fact, about, cleaned, rendered
from converters.sources.dialogue.plain_talk import WORDS
from converters.sources.dialogue.stretches import LEAST_PAIRS, QUESTION, Answer, Manner, Said, best
from converters.sources.dialogue.turns import MOST_CHARACTERS, finished, shortened, spoken
from converters.templates import dialogue as templates
from converters.templates import fill

DATASET = "dialogue_knowledge"
KNOWLEDGE_ROOM = 3_600  # characters of the longest prompt
MOST_PAIRS = 6


def matches(record: Any) -> bool:
    messages = record.get("messages") if isinstance(record, dict) else None
    return isinstance(messages, list) and bool(messages) and all(map(_is_message, messages))


def _is_message(message: Any) -> bool:
    return isinstance(message, dict) and isinstance(message.get("message"), str) and "role" not in message


def convert(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    said = [_said(message) for message in record["messages"]]
    known = tuple(dict.fromkeys(fact for message in said for fact in message.facts))
    if not known:
        return [Reject(DATASET, "no_knowledge", "no message has attrs")]
    talk = Talk("kdconv", spoken(str(record.get("name") or "")), _domain(known, context))
    return [over_facts(said, known, talk, context)]


class Talk(NamedTuple):
    """What is said of a dialogue in its example: the corpus, the name that the corpus has for it, the kind."""

    corpus: str
    name: str
    kind: str


def over_facts(said: Sequence[Said], known: Sequence[Fact], talk: Talk, context: Context) -> Outcome:
    """The example of two people's talk about `known`, or the fault."""
    names = tuple({re.sub(r"[（(].*", "", fact.name) for fact in known})
    manner = Manner(lambda text: opens(text, names), lambda text: opens(text, names) and begins(text, names), beyond)
    stretch = best(said, rendered(known), manner)
    if isinstance(stretch, tuple):
        return Reject(DATASET, *stretch)
    return _example(said, stretch, known, talk, context)


def _said(message: dict[str, Any]) -> Said:
    attributes = message.get("attrs")
    facts = [
        Fact(*(cleaned(spoken(str(attribute.get(key) or ""))) for key in ("name", "attrname", "attrvalue")))
        for attribute in (attributes if isinstance(attributes, list) else ())
        if isinstance(attribute, dict)
    ]
    return Said(spoken(message["message"]), tuple(fact for fact in facts if fact.name and fact.value))


_PLAIN = carried.lexicon(WORDS)
_OPENING = carried.lexicon(WORDS, everyday_words())


def beyond(text: str, known: str) -> str:
    """What an answer says that is not known: its words, a run of a fact or a name with a character lost."""
    names = _names(known)
    return (
        carried.beyond(text, known, _PLAIN)
        or carried.lost(text, known)
        or carried.beheaded(text, names, known)
        or carried.halved(text, known)
        or carried.unmarked(text, known)
        or carried.run_on(text, names)
        or grounding.unstated(text, known)
    )


def _names(known: str) -> list[str]:
    return re.findall(r"【([^】（(]+)", known)


# ---- where a dialogue may begin


def opens(text: str, names: Sequence[str]) -> bool:
    """True where a first message is plain talk about one of the names, without a slip."""
    return not carried.beyond(text, "\n".join(names), _OPENING)


# What answers or takes up something said before; a dialogue that begins with it is not understood.
_REPLIES = re.compile(
    r"^(?:嗯|哦|噢|啊|哇|哈|是|对(?!.{1,20}(?:了解|印象|熟悉))|不|没|当然|知道的|知道[呀啊，]|记得|要不|里面|其中|看|听过|去过|有|可|"
    r"那|这|他|她|它|也|还|好|确实|必须|而|所以|因为|其实|真|原来|怪不得|难怪|能[，呀啊]|会[，呀啊]|行|除|说到|听说过[，呀啊]|"
    r"就|都|谢|太好|但|并且|然后|等|最|跟|和|同|像|比如|由|我(?!想|打算|们想|对))|"
    r"[你您](?:刚才|刚刚|上面|之前)?(?:说|提到?)的|[你您](?:这么|这样)一?说|刚才|上面|之前|.{1,6}是[它他她]的|[它他她](?:周边|边上|旁边|附近|的代表)"
)
_ATTRIBUTE = re.compile(
    r"^.{0,2}(?:地址|电话|门票|开放|参演|主演|主唱|导演|编剧|发行|片长|票房|代表|成就|奖|歌手|制作|填词|作曲|出生|原唱|编曲|谱曲|唱片|专辑语言)"
)
_PRONOUN = re.compile(r"[它他她]|这[个首部张]")
NAMED_BY = 8  # characters before the name; 听说过……吗 fits, a whole answer does not


def begins(text: str, names: Sequence[str]) -> bool:
    """True where a reader who has seen nothing else understands: a thing is named, and asked about."""
    if _REPLIES.search(text) or _ATTRIBUTE.search(text) or not QUESTION.search(text):
        return False
    places = [text.index(name) for name in names if len(name) > 1 and name in text]
    pointed = _PRONOUN.search(text)
    return bool(places) and min(places) <= NAMED_BY and (pointed is None or min(places) < pointed.start())


# ---- the example


def _example(
    said_by_both: Sequence[Said], stretch: Sequence[Answer], known: Sequence[Fact], talk: Talk, context: Context
) -> Outcome:
    pairs = shortened([answer.pair for answer in stretch], room=MOST_CHARACTERS - KNOWLEDGE_ROOM, most=MOST_PAIRS)
    while pairs and not stretch[len(pairs) - 1].informed:
        pairs = pairs[:-1]
    used = [fact for answer in stretch[: len(pairs)] for fact in answer.facts]
    said = "".join(pair.user + pair.assistant for pair in pairs)
    faults = (
        ("too_short", "" if len(pairs) >= LEAST_PAIRS else f"{len(pairs)} exchanges"),
        ("stranger", _stranger(used, said)),
        ("mistaken", _misnamed(used, said)),
    )
    if fault := next((fault for fault in faults if fault[1]), None):
        return Reject(DATASET, *fault)
    facts = rendered(about(known, used))
    asked = "".join(pair.user for pair in pairs)
    answers = [pair.assistant for pair in pairs]
    unknown = grounding.missing("".join(answers), facts + asked) or _first_beyond(answers, facts + "\n" + asked)
    if unknown:
        return Reject(DATASET, "ungrounded", unknown)
    prompt = fill("dialogue.KNOWLEDGE", templates.KNOWLEDGE, by=asked, known=facts)
    notes = ["part_of_dialogue"] if len(pairs) < len(said_by_both) // 2 else []
    notes += ["question_to_user_cut"] if stretch[len(pairs) - 1].last else []
    name = talk.name or digest(asked.encode()).hex()
    return finished(
        DATASET,
        prompt,
        pairs,
        context,
        document=f"dialogue:{talk.corpus}:{name}",
        kind=talk.kind,
        notes=tuple(notes),
    )


def _stranger(used: Sequence[Fact], said: str) -> str:
    """A thing whose facts were used though nobody names it: they are told of another, or ""."""
    names = {re.sub(r"[（(].*", "", fact.name) for fact in used}
    return next((name for name in sorted(names) if name and not grounding.shared(said, name, min(3, len(name)))), "")


_BORN = {"成立时间", "组建时间", "解散时间", "主唱", "国籍", "出生日期", "出生地", "职业", "毕业院校"}
_SONG = {"歌曲语言", "歌曲原唱", "歌曲时长", "填词", "谱曲", "所属专辑"}
_ALBUM = {"专辑歌手", "专辑语言", "曲目数量", "专辑时长", "唱片销量"}


def _misnamed(known: Sequence[Fact], said: str) -> str:
    """A band between 《》, a song that is called an album, an album that is called a song; or ""."""
    for fact in known:
        name = f"《{re.sub(r'[（(].*', '', fact.name)}》"
        wrong = (
            (fact.attribute in _BORN, name),
            (fact.attribute in _SONG, f"{name}这张专辑"),
            (fact.attribute in _ALBUM, f"{name}这首歌"),
        )
        if found := next((words for holds, words in wrong if holds and words.casefold() in said.casefold()), ""):
            return found
    return ""


def _first_beyond(answers: Sequence[str], known: str) -> str:
    return next((found for answer in answers if (found := beyond(answer, known))), "")


_TRAVEL = {"门票", "开放时间", "周边景点", "建议游玩时间", "地址"}
_MUSIC = {"音乐风格", "专辑歌手", "歌曲原唱", "填词", "谱曲", "曲目数量", "唱片公司", "所属专辑", "发行时间"}


def _domain(known: Sequence[Fact], context: Context) -> str:
    """film, music or travel: the folder says, or else the attributes do."""
    folder = next((part for part in context.file.split("/") if part in ("film", "music", "travel")), "")
    attributes = {fact.attribute for fact in known}
    return folder or ("travel" if attributes & _TRAVEL else "music" if attributes & _MUSIC else "film")
