"""What does a chapter of Classical-Modern's 古文原文 say? `<书>/…/<篇>/text.txt` → Chapter, with its quotation marks.

The pages lost their quotation marks: a blank stands where each of them was. They are put back where the blanks of a
paragraph tell which is which; where they do not, the paragraph is an empty line, across which no passage is cut.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from converters.contract import Companion
from converters.oldbooks import diction
from converters.oldbooks.chapters import Chapter, Section, side_by_side
from converters.oldbooks.proofread import Fault
from converters.oldbooks.prose import is_balanced, marks_per_hundred
from converters.script import simplified
from converters.text import han_count, punctuated, tidy

FEWEST_MARKS = 8.0  # for a hundred characters
SHORTEST_CHAPTER = 80  # Chinese characters
CLASSICAL_SHARE = 0.5  # lower than for a book of tales: lists of offices have few function words at all
ROOT = "古文原文"
HEAD = 2000  # characters by which a file is known
FEWEST_IN_PARAGRAPHS = 0.7  # of the text, in lines of two sentences and more: in a list of sentences it is a tenth

# Without 旧五代史 and 汉官六种, which are put together from quotations with notes on them, and without 南唐书,
# 明季北略 and 明季南略, whose speeches have no quotation marks.
HISTORIES = frozenset(
    name
    for names in (
        "史记 汉书 后汉书 三国志 晋书 宋书 南齐书 梁书 陈书 魏书 北齐书 周书 隋书 南史 北史 旧唐书 新唐书",
        "新五代史 宋史 辽史 金史 元史 明史 清史稿 左传 国语 战国策 资治通鉴 续资治通鉴 贞观政要 吴越春秋 越绝书 列女传",
        "高士传 华阳国志 十六国春秋别传 五代史阙文 大唐创业起居注 东观奏记 史通 读通鉴论",
        "英雄记 九州春秋 江南野史 平宋录 奉天录 靖康传信录 西夏书事 逸周书 竹书纪年 谷梁传 公羊传 唐才子传",
        "三朝北盟会编",
    )
    for name in names.split()
)

_BLANKS = re.compile("[ \u3000]+")
_SPEAKS = re.compile("[：]$")
_ENDS = re.compile("[。！？；…]$")
_SENTENCE_END = re.compile("[。！？；]")
_OTHER_FILES = ("#", "{", "[", "<!", "<?", "<html", "<doc")
_PAGE = re.compile("<(?:pb:|br|p>|page>|div|td)|&nbsp;")
_TABLE = re.compile(r"\t|[,|][^,|\n]*[,|]|[A-D][.．、]|^(?:古文|现代文|译文|问|答|注释)[:：]", re.MULTILINE)
# An editor numbered the entries of a year: 五、秋八月甲戌，晋赵鞅帅师. In the 公羊传 a line holds several.
_ITEM = re.compile("(?:^|(?<=[。！？”]))[ \u3000]*[一二三四五六七八九十]{1,3}、(?=[\u4e00-\u9fff])")
_MARKUP = re.compile(r"<[^>]{0,40}>")


def origin_of(path: PurePosixPath) -> Sequence[Companion]:
    """古文原文 tells that a file is a chapter, whatever its first lines look like."""
    return [Companion("origin", path.with_name("数据来源.txt"), optional=True)] if ROOT in path.parts else []


def is_plain(text: str) -> bool:
    """Lines of Chinese: no markup, no table, no JSON."""
    head = text[:HEAD].lstrip("\ufeff \n")
    return not head.startswith(_OTHER_FILES) and not _PAGE.search(head) and han_count(head) > 0.6 * len(head)


def is_prose(text: str) -> bool:
    """Whole paragraphs of punctuated classical prose: no list of sentences, no questions, nothing of our time."""
    head = text[:HEAD]
    lines = [line for line in head.split("\n") if len(_SENTENCE_END.findall(line)) > 1]
    paragraphs = sum(map(len, lines)) >= FEWEST_IN_PARAGRAPHS * len(head.strip())
    is_marked = is_plain(text) and not _TABLE.search(head) and marks_per_hundred(head) >= FEWEST_MARKS
    return is_marked and paragraphs and _is_classical(simplified(head))


def chapter(text: str, file: str) -> Chapter | Fault:
    """The chapter, or why it cannot be used; the book and the title are folders of `file`."""
    book, title = names(file)
    if book and ROOT in PurePosixPath(file).parts and book not in HISTORIES:
        return "not_a_history", book
    if title.startswith("表·"):
        return "table", title
    lines = [_ITEM.sub("", _MARKUP.sub("", line).strip("\r")) for line in text.split("\n")]
    printed = [punctuated(tidy(with_quotes(line))) for line in lines if line.strip()]
    lost = sum(not line for line in printed)
    plain = tuple(simplified(line) for line in printed)
    whole = "\n".join(plain)
    if han_count(whole) < SHORTEST_CHAPTER:
        return ("quotation_marks_lost", text[:60]) if lost else ("too_short", whole[:40])
    if marks_per_hundred(whole) < FEWEST_MARKS:
        return "unpunctuated", whole[:60]
    if not _is_classical(whole):
        return "not_classical", whole[:60]
    return Chapter(
        book,
        title,
        f"annals:{book}/{title}",
        "classical",
        (Section(title, plain),),
        printed=side_by_side(whole, "\n".join(printed)),
        notes=(
            *(("quotes_restored",) if "“" in whole and "“" not in text else ()),
            *(("paragraph_dropped",) * min(lost, 1)),
        ),
    )


def _is_classical(text: str) -> bool:
    return diction.register(text) != "modern" and diction.classical_share(text) >= CLASSICAL_SHARE


def names(file: str) -> tuple[str, str]:
    """古文原文/史记/十二本纪/殷本纪/text.txt → 史记, 十二本纪·殷本纪."""
    folders = PurePosixPath(file).parts[:-1]
    if ROOT in folders:
        folders = folders[folders.index(ROOT) + 1 :]
    return (folders[0] if folders else ""), "·".join(folders[1:]) or PurePosixPath(file).stem


def with_quotes(line: str) -> str:
    """The line with marks for its blanks, or "" where the blanks do not tell which of them opens and which closes.

    A blank after ： opens, inside a quotation an inner one; two blanks in a row close and open; any other closes.
    """
    line = line.strip("\u3000\r\n").lstrip(" ")
    if not _BLANKS.search(line):
        return line
    restored = _restored(line)
    return restored if is_balanced(restored) and "“”" not in restored else ""


def _restored(line: str) -> str:
    done, depth, place = "", 0, 0
    for blank in _BLANKS.finditer(line):
        done += line[place : blank.start()]
        place = blank.end()
        if _SPEAKS.search(done):
            done += "“‘"[min(depth, 1)]
            depth += 1
        elif depth and _ENDS.search(done):
            depth -= 1
            done += "”’"[min(depth, 1)]
            if len(blank[0]) > 1 and depth == 0:
                done, depth = done + "“", 1
        else:
            return "”"  # a phrase that is quoted in passing: which of two blanks is which cannot be told
    return done + line[place:]
