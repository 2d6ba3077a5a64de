"""Which verses does a text have, and which went before it? Counting alone: tones and rhymes are not looked at."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

_IGNORED = re.compile("[“”‘’「」『』\"'、·—*#>`]")
_SENTENCE = re.compile(r"[^。！？；.!?;\n]+")
_VERSE = re.compile(r"[^\s，。！？；：,.!?;:]+")
# 《春望》, 标题：春望, 以下是一首五言绝句： stand above a poem and are not of it
_ABOVE = re.compile(r"[\s*#]*(?:《[^》\n]*》[^\n，。！？]{0,12}|[^\n]*[：:][\s*]*|(?:题目|标题|词牌|作者)[：:][^\n]*)")
_LINE = re.compile(r"(?:[^\W\da-zA-Z_]+[，。！？；、])+")
_ASKS = re.compile("请(?![君看问谢缨])|续[写上一]|接[着下出]|下[一半]?[句联]|上句|一句|一联|怎么|补[出上全]")

Verses = tuple[str, ...]


@dataclass(frozen=True)
class Poem:
    """`sentences`, each a tuple of verses; 、 and quotation marks divide no verse."""

    sentences: tuple[Verses, ...]

    @cached_property
    def verses(self) -> Verses:
        return tuple(verse for sentence in self.sentences for verse in sentence)

    @cached_property
    def is_couplets(self) -> bool:
        """An even number of verses of one length, each second of which ends a sentence; else it is read as a lyric."""
        verses, ends, place = self.verses, set(), 0
        for sentence in self.sentences:
            place += len(sentence)
            ends.add(place)
        even = set(range(2, len(verses) + 1, 2))
        return len(verses) % 2 == 0 and len(set(map(len, verses))) == 1 and even <= ends

    def after(self, before: "Poem") -> "Poem":
        """One poem of both; a couplet that began in the one may end in the other."""
        return Poem(before.sentences + self.sentences)


NOTHING = Poem(())


@lru_cache(maxsize=65_536)
def poem_of(text: str) -> Poem:
    """The poem in an answer, without a title or announcement above it."""
    lines = [line for line in text.split("\n") if line.strip()]
    while lines and _ABOVE.fullmatch(lines[0]):
        lines.pop(0)
    sentences = (_VERSE.findall(one) for one in _SENTENCE.findall(_IGNORED.sub("", "\n".join(lines))))
    return Poem(tuple(tuple(verses) for verses in sentences if verses))


def before(question: str) -> Poem:
    """The verses that a request gives to go on from: its lines of verse, without what asks for more."""
    lines = [_IGNORED.sub("", line).strip() for line in question.split("\n") if line.strip()]
    if len(lines) < 2:
        return NOTHING
    outer = {0, len(lines) - 1}
    kept = [one for n, one in enumerate(lines) if _LINE.fullmatch(one) and not (n in outer and _ASKS.search(one))]
    return poem_of("\n".join(kept))
