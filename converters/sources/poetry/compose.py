"""Requests to write: to a title and a form, to a tune, to a theme, from an opening verse.

A poem answers one request: to its title, or, where it has none that anybody could be asked for, to its theme or its
opening. Which one it is when several are possible is decided by the poem's hash.
"""

from __future__ import annotations

from converters.contract import Example, Outcome, Reject, assistant, user
from converters.poems import tunes, verse
from converters.sources.poetry.poem import Poem
from converters.templates import Filled, fill
from converters.templates import poetry as words

COMPOSE = "poetry_compose"
THEME = "poetry_theme"

LONGEST_POEM = 40  # verses
SHORTEST_OPENING = 3  # characters

# Tags of chinese-poetry that say what a poem is about; the others are school years, forms, places named in passing.
_THEMES = """
送别 离别 惜别 思乡 思念 相思 思归 思亲 怀人 春天 夏天 秋天 冬天 惜春 伤春 悲秋
边塞 战争 友情 爱情 爱国 忧国忧民 山水 田园 农村 乡村 怀古 咏史怀古 咏史 闺怨 宫怨
孤独 羁旅 漂泊 登高 登楼 饮酒 宴饮 归隐 隐居 闲适 悼亡 贬谪 怀才不遇 壮志未酬 月亮
月夜 梅花 菊花 荷花 牡丹 桃花 竹子 柳树 写雪 写雨 春节 元宵节 寒食节 清明节 端午节
七夕节 中秋节 重阳节 音乐 读书 儿童 惜时 题画 访友 寻访
"""
THEMES = frozenset(_THEMES.split())
_SPOKEN = {"写雪": "雪", "写雨": "雨", "咏史怀古": "咏史", "农村": "乡村", "惜别": "离别"}


def composed(poem: Poem) -> Outcome:
    """The one request that the poem answers, in whichever of the two datasets it stands."""
    if poem.count > LONGEST_POEM:
        return Reject(COMPOSE, "too_long", f"{poem.count} verses")
    if poem.genre == "lyric":
        return _lyric(poem)
    title_fault = fault_of_title(poem)
    theme = _theme(poem)
    if theme and (title_fault or poem.hash[1] % 2):
        return _to_theme(poem, theme)
    # most poems have a usable title: a third of them teach to begin with a given verse
    if title_fault or poem.hash[1] % 3 == 0:
        return _to_opening(poem)
    asked = fill("poetry.TO_TITLE", words.TO_TITLE, poem.hash, title=poem.title, form=poem.wanted_form)
    return _example(COMPOSE, poem, asked, poem.title_key or poem.title)


def fault_of_title(poem: Poem) -> str:
    """Why nobody would ask for a poem by its title; "" where somebody would."""
    if verse.is_untitled(poem.raw_title) or verse.is_generic(poem.title) or not poem.title:
        return "untitled"
    if len(poem.title) > verse.LONGEST_TITLE:
        return "long_title"
    if verse.fault([poem.title]):
        return "title_damaged"
    return "answers_a_poem" if verse.answers_a_poem(poem.raw_title) else ""


def opening(poem: Poem) -> str:
    """The first verse without its mark, and the second too where the first is a word or two."""
    first, rest = verse.halves(poem.lines[0])
    if len(verse.verses(first)[0]) < SHORTEST_OPENING and rest:
        first += verse.halves(rest)[0]
    return first.rstrip("，。？！；：、")


def _lyric(poem: Poem) -> Outcome:
    if not poem.tune:
        return _without_tune(poem)
    if poem.hash[1] % 4 == 0:
        return _example(COMPOSE, poem, fill("poetry.TO_TUNE", words.TO_TUNE, poem.hash, tune=poem.tune), poem.tune)
    templates = words.TO_TUNE_AND_OPENING
    asked = fill("poetry.TO_TUNE_AND_OPENING", templates, poem.hash, tune=poem.tune, opening=opening(poem))
    return _example(THEME, poem, asked, "")


def _without_tune(poem: Poem) -> Outcome:
    """A rare tune, or a rare variant of a common one: asked for without its name, as long as it rhymes."""
    if tunes.rhymed_share(poem.lines, simplified=True) < tunes.FEWEST_RHYMED:
        return Reject(COMPOSE, "unrhymed_lyric", f"{poem.raw_title}: {''.join(poem.lines)[:40]}")
    asked = fill("poetry.TO_LYRIC", words.TO_LYRIC, poem.hash, opening=opening(poem))
    return _example(THEME, poem, asked, "")


def _theme(poem: Poem) -> str:
    themes = dict.fromkeys(_SPOKEN.get(tag, tag) for tag in poem.tags if tag in THEMES)
    return "、".join(list(themes)[:2])


def _to_theme(poem: Poem, theme: str) -> Outcome:
    asked = fill("poetry.TO_THEME", words.TO_THEME, poem.hash, theme=theme, form=poem.wanted_form)
    return _example(THEME, poem, asked, f"{theme} {poem.wanted_form}")


def _to_opening(poem: Poem) -> Outcome:
    asked = fill("poetry.TO_OPENING", words.TO_OPENING, poem.hash, opening=opening(poem), form=poem.wanted_form)
    return _example(THEME, poem, asked, poem.title_key)


def _example(dataset: str, poem: Poem, asked: Filled, title_key: str) -> Example:
    return example(dataset, poem, asked, "\n".join(poem.lines), title_key=title_key, same_as=poem.hash.hex())


def example(dataset: str, poem: Poem, asked: Filled, answer: str, *, title_key: str = "", same_as: str = "") -> Example:
    """What all tasks on a poem share; `same_as` where the poem may stand in the dataset once only."""
    return Example(
        dataset,
        (user(asked.text), assistant(answer)),
        document=poem.document,
        author=poem.author,
        title=poem.title or poem.tune,
        section=poem.book,
        original=poem.original,
        kind=poem.kind,
        template=asked.label,
        same_as=same_as,
        title_key=title_key,
        notes=poem.changes,
    )
