"""Requests to explain: the words of a lyric, from an editor's notes; what a poem says, from a retelling.

The notes of 花间集 and 南唐二主词 gloss words and allusions. They praise nothing, so 赏析 is not asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from converters.contract import Outcome, Reject
from converters.poems import misprints, verse
from converters.script import simplified
from converters.sources.poetry.compose import example
from converters.sources.poetry.poem import Poem
from converters.templates import fill
from converters.templates import poetry as words
from converters.text import han_count, punctuated

EXPLAIN = "poetry_explain"

# The repository is MIT; whose modern notes and retellings it took, it does not say.
LICENCE = "MIT AND LicenseRef-unstated"

FEWEST_GLOSSES = 2
MOST_GLOSSES = 8
SHORTEST_GLOSS = 2  # characters
LONGEST_WORD = 8
SHORTEST_RETELLING = 30

_ENTRY = re.compile(r"^\s*(?:\d+[.、．]|[（(\[【]\d+[)）\]】]|[①-⑳])?\s*(.+?)\s*(?:--+|——+|：|:)\s*(.+)$")
_SENTENCE = re.compile("[^。！？；]+[。！？；]*[”’」』]*")
# Collation is of no use without the editions that it compares.
_COLLATION = re.compile("[一又或别亦中本原]作|作“|[吕吴侯萧晨毛汤王各诸原一抄]本|本补|空一?格|无“|同“|按：|疑|参见.*注")
_PRONUNCIATION = re.compile("[（(][a-zA-Zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňḿɡ0-9\\s,，、·]+[)）]")
_LEFT_OF_PRONUNCIATION = re.compile("^[\u4e00-\u9fff]{0,2}读[：，、]?|[\u4e00-\u9fff]{1,2}：(?=[。；]|$)")
_LABEL = re.compile("^([\u4e00-\u9fff]{1,6})：(?=.)")
_BROKEN = re.compile("[□?\ufffd\ue000-\uf8ffa-zA-Z]|^[”’）)]|（）|--")
_FULL_WIDTH = str.maketrans("()", "（）")
_SENTENCE_MEANT = re.compile("^(?:这句|全句|此句|句意|意思是|两句)")


def explained(poem: Poem, notes: Sequence[str]) -> Outcome:
    glosses = _glosses(poem, notes)[:MOST_GLOSSES]
    if len(glosses) < FEWEST_GLOSSES:
        return Reject(
            EXPLAIN, "no_glosses" if not any(note.strip() for note in notes) else "few_glosses", str(notes)[:80]
        )
    asked = fill(
        "poetry.EXPLAIN_WORDS",
        words.EXPLAIN_WORDS,
        poem.hash,
        words="、".join(f"“{word}”" for word, _ in glosses),
        text="\n".join(poem.lines),
    )
    answer = "\n".join(f"{word}：{gloss}" for word, gloss in glosses)
    return replace(example(EXPLAIN, poem, asked, answer, same_as=poem.hash.hex()), licence=LICENCE)


def retold(poem: Poem, prose: str) -> Outcome:
    text = misprints.mended(punctuated(simplified("".join(prose.split())))).translate(_FULL_WIDTH)
    if not text:
        return Reject(EXPLAIN, "no_retelling", poem.title)
    if han_count(text) < SHORTEST_RETELLING or not re.search("[。！？”]$", text):
        return Reject(EXPLAIN, "retelling_cut", text[-60:])
    if re.search("（[^）]*$|\\?|□", text) or misprints.is_spoilt(text):
        return Reject(EXPLAIN, "retelling_damaged", text[:60])
    asked = fill("poetry.EXPLAIN_POEM", words.EXPLAIN_POEM, poem.hash, text="\n".join(poem.lines))
    return replace(example(EXPLAIN, poem, asked, text, same_as=poem.hash.hex()), licence=LICENCE)


def is_verse(text: str) -> bool:
    """True where the rest of the poem slipped into the field of its retelling."""
    lengths = [len(one) for one in verse.verses(text)[:4]]
    return len(lengths) == 4 and len(set(lengths)) == 1 and lengths[0] in (5, 7)


def _glosses(poem: Poem, notes: Sequence[str]) -> list[tuple[str, str]]:
    """Word and meaning, where the word stands in the poem and the meaning is more than another edition's reading."""
    text = "".join(poem.lines)
    found: dict[str, str] = {}
    for entry in filter(None, map(_ENTRY.match, notes)):
        word = misprints.mended(re.sub("[，。、]", "", simplified(_PRONUNCIATION.sub("", entry[1]))))
        word, gloss = _labelled(word, _meaning(entry[2]))
        if (
            word in text
            and len(word) <= LONGEST_WORD
            and han_count(gloss) >= SHORTEST_GLOSS
            and not _fault(word, gloss)
        ):
            found.setdefault(word, gloss)
    return list(found.items())


def _labelled(word: str, gloss: str) -> tuple[str, str]:
    """宝函：宝函：枕头 names its word twice; 何妨：频笑粲：频频地欢笑 is about the words that follow."""
    gloss = re.sub(f"^(?:{re.escape(word)}[：，。])+", "", gloss)
    label = _LABEL.match(gloss)
    return (label[1], gloss[label.end() :]) if label else (word, gloss)


def _meaning(gloss: str) -> str:
    """Without collation and without pronunciation, which was typed in many ways."""
    kept = [one for one in _SENTENCE.findall(gloss.strip()) if not _COLLATION.search(one)]
    text = misprints.mended(punctuated(simplified(_PRONUNCIATION.sub("", "".join(kept)))))
    text = _LEFT_OF_PRONUNCIATION.sub("", text).strip("：，、 ")
    return text if not text or text[-1] in "。！？；”" else text + "。"


def _fault(word: str, gloss: str) -> bool:
    """A gloss with a hole or a stray letter, a quotation that was cut, or one of the sentence, filed under a word."""
    if word == gloss.rstrip("。") or (len(word) <= 2 and _SENTENCE_MEANT.match(gloss)):
        return True
    if misprints.is_spoilt(f"{word}：{gloss}"):
        return True
    return bool(_BROKEN.search(gloss)) or gloss.count("“") != gloss.count("”")
