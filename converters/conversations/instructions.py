"""A request with its answer, or a whole conversation → one example or reject: cleaned, judged, sent to its dataset.

What BELLE and Alpaca have in common. A conversation that begins with a request for a story and its story goes to the
dataset of stories and never to the general one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from converters.contract import Context, Example, Message, Outcome, Reject
from converters.conversations import stories
from converters.conversations import turns as talk
from converters.digests import digest
from converters.judging.filters import exchange_fault, first_fault
from converters.judging.kinds import kind_of
from converters.judging.refusals import refuses
from converters.judging.wholeness import wants_traditional
from converters.script import script_of, simplified_modern
from converters.text import has_han, key, tidy, word_count


@dataclass(frozen=True)
class Home:
    """Where examples go: stories to `stories`, everything else to `general`."""

    general: str
    stories: str


@dataclass(frozen=True)
class Marks:
    """What a source knows of a conversation beside its words."""

    notes: tuple[str, ...] = ()
    kind: str = ""
    told: Callable[[str, str], str] | None = None  # the kind by request and answer, of what is no story
    title_key: str = ""
    section: str = ""
    template: str = ""
    document: str = ""  # what the document is known by, if that is not the first request


REFUSAL = "refusal"
LEAST_WORDS = 4  # words in Latin script: a shorter text without Chinese is a formula or a name


def outcome(home: Home, turns: Sequence[Message], context: Context, marks: Marks = Marks()) -> Outcome:
    """`turns` are tidied texts; a last turn of the user that nobody answered is trimmed."""
    notes = list(marks.notes)
    if len(turns) > 1 and turns[-1].role == "user":
        # a question that nobody answered teaches nothing; the turns before it do
        turns = turns[:-1]
        notes.append("trimmed_unanswered_turn")
    fault = _shape_fault(turns)
    if fault:
        return Reject(home.general, *fault)
    messages = [_cleaned(message, notes) for message in turns]
    # the rules know simplified characters only
    plain = [Message(message.role, simplified_modern(message.content)) for message in messages]
    name, fault = _judged(home, plain)
    fault = fault or _script_fault(messages)
    if fault:
        return Reject(name, *fault)
    if plain != messages and not _stays_traditional(messages, context):
        messages = _simplified(messages, plain, notes)
    if name == home.stories:
        messages = _with_the_story_alone(messages, notes)
    kind = marks.kind or _kind(messages, marks.told if name == home.general else None)
    return _example(name, messages, marks, kind=kind, notes=tuple(dict.fromkeys(notes)))


def _shape_fault(turns: Sequence[Message]) -> tuple[str, str] | None:
    roles = [turn.role for turn in turns]
    if not roles or roles != ["user", "assistant"] * (len(roles) // 2):
        return "turn_order", "roles: " + ", ".join(roles[:12])
    for turn in turns:
        if not turn.content:
            return ("empty_answer" if turn.role == "assistant" else "empty_prompt"), ""
    return first_fault(turns)


# ---- cleaning

# GSM8K's calculator annotations, copied by the model that wrote the answers: 5 x 200 = <<5*200=1000>>1000
_CALCULATOR = re.compile(r"<<[^<>\n]{0,60}=[^<>\n]{0,30}>>")
_LITERAL_BREAK = re.compile(r"\s*\\n\s*")
# where a backslash and an n may be meant: code, regular expressions, LaTeX
_MEANT = re.compile(r"`|\\[tdwsrx\"'(\[{]|[\"']\\n|\\n[\"']|print|\\n[a-z]{2}|echo|正则|转义")
_LABELLED = re.compile(r"\A(?:#+\s*)?输出\s*[:：]\s*")


def _cleaned(message: Message, notes: list[str]) -> Message:
    text = message.content
    if "<<" in text and _CALCULATOR.search(text):
        text = _CALCULATOR.sub("", text)
        notes.append("calculator_marks_removed")
    if "\\n" in text and not _MEANT.search(text):
        text = tidy(_LITERAL_BREAK.sub("\n", text))
        notes.append("literal_breaks_mended")
    if text.startswith(("输出", "#")) and message.role == "assistant" and _LABELLED.match(text):
        text = tidy(_LABELLED.sub("", text)) or text
        notes.append("label_removed")
    return Message(message.role, text) if text is not message.content else message


# ---- script: simplified, unless a request asks for 繁体; then what answers it must be in it


def _script_fault(messages: Sequence[Message]) -> tuple[str, str] | None:
    asking = next((place for place, message in enumerate(messages) if _asks_for_traditional(message)), None)
    if asking is None:
        return None
    answers = "".join(message.content for message in messages[asking:] if message.role == "assistant")
    right = script_of(answers) in ("traditional", "mixed")
    return None if right else ("wrong_script", messages[asking].content[:60])


def _stays_traditional(messages: Sequence[Message], context: Context) -> bool:
    return context.script == "original" or any(_asks_for_traditional(message) for message in messages)


_TO_SIMPLIFIED = re.compile("(?:转|换|改|译|变)[^。！？\n]{0,10}简体")
_KEPT = re.compile("[\u3041-\u3096\u30a1-\u30fa]|繁[体體]")


def _asks_for_traditional(message: Message) -> bool:
    return message.role == "user" and wants_traditional(message.content) and not _TO_SIMPLIFIED.search(message.content)


def _simplified(messages: list[Message], plain: Sequence[Message], notes: list[str]) -> list[Message]:
    # Japanese has traditional forms of its own, and who asks about 繁体字 quotes them
    chosen = [message if _KEPT.search(message.content) else plain[place] for place, message in enumerate(messages)]
    if chosen != messages:
        notes.append("simplified")
    return chosen


# ---- judging


def _judged(home: Home, messages: Sequence[Message]) -> tuple[str, tuple[str, str] | None]:
    """The dataset, and the first thing that is wrong."""
    request, answer = messages[0].content, messages[1].content
    is_story = stories.asks_for_story(request) and not _is_other_work(answer)
    name = home.stories if is_story else home.general
    if not any(has_han(message.content) for message in messages) and word_count(request) >= LEAST_WORDS:
        return name, ("not_chinese", request[:60])
    for reason, finds in _TALK:
        detail = finds(messages)
        if detail:
            return name, (reason, detail)
    only = len(messages) == 2
    for place in range(0, len(messages), 2):
        asked, said = messages[place].content, messages[place + 1].content
        fault = exchange_fault(asked, said, first=place == 0, only=only)
        if fault:
            return name, fault
    return name, stories.fault(stories.told(answer)) if is_story else None


_TALK = (("corrected_answer", talk.corrected), ("swapped_roles", talk.swapped))


def _is_other_work(answer: str) -> bool:
    """写一个讲故事的程序: the answer is code."""
    return "```" in answer or "def " in answer or "<html" in answer


def _with_the_story_alone(messages: list[Message], notes: list[str]) -> list[Message]:
    story = stories.told(messages[1].content)
    if story == messages[1].content:
        return messages
    notes.append("preface_removed")
    return [messages[0], Message("assistant", story), *messages[2:]]


def _kind(messages: Sequence[Message], told: Callable[[str, str], str] | None) -> str:
    asked, said = messages[0].content, messages[1].content
    if refuses(said):
        return REFUSAL
    return told(asked, said) if told else kind_of(asked)


def _example(name: str, messages: Sequence[Message], marks: Marks, *, kind: str, notes: tuple[str, ...]) -> Example:
    first = messages[0].content
    # the same request with another answer, or as the first turn of a conversation, is the same document
    root = digest(key(marks.document or first).encode()).hex()[:16]
    same = "\x1f".join(f"{message.role}:{' '.join(message.content.split())}" for message in messages)
    return Example(
        name,
        tuple(messages),
        document=f"prompt:{root}",
        same_as=same,
        kind=kind,
        title_key=marks.title_key,
        section=marks.section,
        template=marks.template,
        notes=notes,
    )
