"""Which whole tales stand in a chapter of classical prose, and how does each of them open and end?

A chapter is one tale under its own title, or a juan in which headings part the tales, or one in which each paragraph
is an anecdote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from converters.oldbooks import prose
from converters.oldbooks.books import ANECDOTES, RUN_TOGETHER
from converters.oldbooks.chapters import Chapter, Section
from converters.text import HAN, han_count

SHORTEST_TALE, LONGEST_TALE = 50, 600  # Chinese characters
SHORTEST_SENTENCE, LONGEST_SENTENCE = 4, 24  # of one that opens a tale
SHORTEST_OPENING, LONGEST_OPENING = 8, 50  # of clauses that do
SHORTEST_COMMENT, LONGEST_COMMENT = 25, 400
FEWEST_ANECDOTES = 4  # in a juan without headings
LONGEST_TITLE = 8
MOST_SPOKEN = 4  # words of speech in a paragraph: with them it is a translation of the one before
# A juan of 太平广记 on things and offices: what stands in it are notes on them.
_NO_STORY = re.compile(
    "^(?:草木|器玩|乐|书|画|博物|铨选|职官|石|水|山|文章|算术|食|酒|博戏)(?:[一二三四五六七八九十（]|$)"
)

# A juan, a class of anecdotes, a number: the name of a shelf, not of a tale.
_SHELF = re.compile(
    "^[第卷]|卷[上中下〇一二三四五六七八九十百]*$|第?[〇一二三四五六七八九十百]+$|[类部门]$|[上中下]$|^（.*）$|[（）]"
)
# What goes on from the paragraph before, or hangs on it.
_GOES_ON = re.compile(
    "^(?:[耶乎哉也矣者]|[^，。]{0,8}又[言云述]|[^。]{0,12}[即前](?:前?所[记载述]|记)|[^，。]{1,6}说此|[是此翌次明]日|俄|既而|已而|遂|乃|于是|其[后时夜夕年人妻]|又|后[数一二三年月日乃遂]|久之|未几|少顷|须臾|因|则|故|然|而|且|或[曰云问]"
    "|一日，|[正元二三四五六七八九十]+[年月日]|[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]|[诗词歌赞铭偈赋辞]曰|其[一二三四诗词]|曰|乃曰|余|予|按|案|右|以上|[^，。]{0,3}[答对问]曰|至[是此]|逾|越[日数]|居无何|无何|由是|自[是此])"
)
_COMMENT = re.compile(
    r"(?:(?<=[。！？”’\n])|^)((?:[异外野情]史氏|虚白道人|坐花主人|懊侬氏|兰岩|闲斋|恩茂先|子犹|里乘子|赞)曰：)"
)
# A teller of novels, who hands a plot on from one chapter to the next.
_NOVEL_BOOK = re.compile("演义|秘史|志传|全传|野史|列国|残唐|传灯|释厄|西游记|姜氏")
_NOVEL_TEXT = re.compile("却说|话说|且说|再说|看官|下回|分解")
# Two words at least of speaking and seeing, and of one thing after another: not a list, a recipe or a description.
# Somebody says something, in more than a cry (marks count): a description of a bird or a pedigree has none.
_SAID = re.compile("“[^“”]{4,}|‘[^‘’]{4,}")
_SPEECH, _SEQUENCE = re.compile("曰|云：|谓|问|呼|闻|见"), re.compile("遂|乃|忽|俄|既|因|复|竟|卒|果|后")
_SEVERAL = re.compile("[一二三四五六七八九十两数]+[则事条]$")
# A reign, or a man with his home, that opens inside an anecdote: the line break between two of them was lost.
_ANOTHER = re.compile(
    "[。”](?:(?:唐|后?汉|[东西]?晋|魏|隋|[北南]?宋|[北南]?齐|梁|陈|前?秦|后周|后唐)[^，。“”]{0,6}(?:[中初末时朝]|年间?)，"
    f"|[{HAN}]{{2,4}}人[{HAN}]{{2,3}}[者，]|[{HAN}]{{4,6}}者?，(?:年[{HAN}]{{1,3}}，|字[{HAN}]|居|家[于在]))"
)
_SPOKEN = re.compile("[的了们这那你她它]|说：|什么")
_CLAUSE = re.compile("[^，。！？；：]*[，。！？；：]?")


@dataclass(frozen=True, slots=True)
class Tale:
    """`text` goes from its opening to its end, `comment` is what its author says of it afterwards, or ""."""

    title: str
    text: str
    comment: str = ""

    @property
    def opening(self) -> str:
        """The first words, from whom or what the tale is of, without the mark at their end.

        A first sentence that is short is the opening; of a long one, its first clauses.
        """
        line = self.text.split("\n")[0]
        sentence = prose.sentences(line)[0] if line else ""
        if SHORTEST_SENTENCE <= han_count(sentence) <= LONGEST_SENTENCE and prose.is_balanced(sentence):
            return sentence.rstrip("。")
        opening = ""
        for clause in _CLAUSE.findall(line):
            opening += clause
            is_whole = prose.is_balanced(opening) and clause.endswith(("，", "；", "。"))
            if len(opening) > LONGEST_OPENING or (is_whole and han_count(opening) >= SHORTEST_OPENING):
                return opening.rstrip("，。；") if is_whole and len(opening) <= LONGEST_OPENING else ""
        return ""


def is_novel(chapter: Chapter) -> bool:
    """A part of a long story, whatever its language; a juan of anecdotes is none, even in the vernacular."""
    if chapter.book in ANECDOTES or chapter.book in RUN_TOGETHER:
        return False
    is_named = _NOVEL_BOOK.search(chapter.book) or _NOVEL_TEXT.search(chapter.text)
    return chapter.register != "classical" or is_named is not None


def tales(chapter: Chapter) -> list[Tale]:
    """Tales that can be told in one answer, in order, none judged for its state."""
    return [tale for tale in stories(chapter) if _is_tale(tale)]


def stories(chapter: Chapter) -> list[Tale]:
    """What is one story from its opening to its end, long or short; nothing where only a part of one stands."""
    if chapter.register != "classical" or chapter.book in RUN_TOGETHER or is_novel(chapter):
        return []
    if _NO_STORY.search(chapter.title):
        return []
    found: list[Tale] = []
    for section in chapter.sections:
        is_shelf = _is_shelf(section.title, chapter.book)
        anecdotes = [line for line in section.paragraphs if _is_anecdote(line)]
        if is_shelf and chapter.book in ANECDOTES and len(anecdotes) >= FEWEST_ANECDOTES:
            found.extend(Tale("", line) for line in _alone(section.paragraphs) if not _ANOTHER.search(line))
        elif not is_shelf and (chapter.book not in ANECDOTES or len(section.paragraphs) == 1):
            found.append(_whole(section, of_many=len(chapter.sections) > 1))
    return [tale for tale in found if tale.text]


def _is_shelf(title: str, book: str) -> bool:
    return not title or _SHELF.search(title) is not None or (title == book and not book.endswith("传"))


def _is_tale(tale: Tale) -> bool:
    is_told = len(_SPEECH.findall(tale.text)) >= 2 and len(_SEQUENCE.findall(tale.text)) >= 2
    says = _SAID.search(tale.text) is not None
    is_whole = prose.is_balanced(tale.text) and prose.is_ended(tale.text) and not _COMMENT.search(tale.text)
    # 按 begins what an editor has to say of a word or an art
    is_translated = any(len(_SPOKEN.findall(line)) >= MOST_SPOKEN for line in tale.text.split("\n"))
    is_opened = tale.opening != "" and "“" not in tale.opening and not tale.text.startswith(("按", "案"))
    return (
        is_told
        and says
        and is_whole
        and is_opened
        and not is_translated
        and SHORTEST_TALE <= han_count(tale.text) <= LONGEST_TALE
    )


def _whole(section: Section, *, of_many: bool) -> Tale:
    if _SEVERAL.search(section.title):
        return Tale("", "")
    text = section.text
    comment = _COMMENT.search(text)
    body = text[: comment.start()].strip() if comment else text
    return Tale(
        _title(section.title, body, of_many=of_many), body, _comment(text[comment.start() :]) if comment else ""
    )


def _title(title: str, text: str, *, of_many: bool) -> str:
    """A heading inside a page may have the name of a class before that of the tale: 鹅史悝 is 史悝 under 鹅."""
    if _SHELF.search(title) or not 2 <= len(title) <= LONGEST_TITLE:
        return ""
    named = [title[place:] for place in range(len(title) - 1) if title[place:] in text]
    return title if not of_many else named[0] if named else ""


def _comment(text: str) -> str:
    """The first comment alone; another author's may follow it."""
    text = re.sub("曰：\n", "曰：", text.strip())
    following = _COMMENT.search(text, 5)
    text = text[: following.start()].strip() if following else text
    whole = SHORTEST_COMMENT <= han_count(text) <= LONGEST_COMMENT
    return text if whole and prose.is_balanced(text) and prose.is_ended(text) else ""


def _alone(paragraphs: tuple[str, ...]) -> Iterator[str]:
    """Paragraphs that neither go on from the one before nor are gone on from by the one after."""
    for place, line in enumerate(paragraphs):
        after = paragraphs[place + 1] if place + 1 < len(paragraphs) else ""
        if _is_anecdote(line) and (not after or _is_anecdote(after)):
            yield line


def _is_anecdote(line: str) -> bool:
    starts = re.match(f"[{HAN}]", line) is not None and not _GOES_ON.match(line)
    return starts and prose.is_ended(line) and prose.is_balanced(line)
