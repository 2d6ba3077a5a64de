"""Which tone and which rhyme group a character has, in 平水韵, in a user's own table, or in today's Mandarin.

平水韵 is read from 廣韻 (package `tshet-uinh`), whose 206 rhymes fold into its 106 by the table below. Pure: nothing
is read before the first question, and it asks nothing of the rest of the project.
Not here: whether lines rhyme (`prosody`).
"""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, NamedTuple

from converters.poems import guangyun

Tone = Literal["平", "仄", "多", ""]

# 平水韵 : the rhymes of 廣韻 that it joins (王文郁 1223, 劉淵 1252; 106 groups).
_LEVEL = """
一東:東 二冬:冬鍾 三江:江 四支:支脂之 五微:微 六魚:魚 七虞:虞模 八齊:齊 九佳:佳皆 十灰:灰咍 十一真:真諄臻
十二文:文欣 十三元:元魂痕 十四寒:寒桓 十五刪:刪山 一先:先仙 二蕭:蕭宵 三肴:肴 四豪:豪 五歌:歌戈 六麻:麻 七陽:陽唐
八庚:庚耕清 九青:青 十蒸:蒸登 十一尤:尤侯幽 十二侵:侵 十三覃:覃談 十四鹽:鹽添嚴 十五咸:咸銜凡
"""
_RISING = """
一董:董 二腫:腫 三講:講 四紙:紙旨止 五尾:尾 六語:語 七麌:麌姥 八薺:薺 九蟹:蟹駭 十賄:賄海 十一軫:軫準 十二吻:吻隱
十三阮:阮混很 十四旱:旱緩 十五潸:潸產 十六銑:銑獮 十七篠:篠小 十八巧:巧 十九皓:晧 二十哿:哿果 二十一馬:馬
二十二養:養蕩 二十三梗:梗耿靜 二十四迥:迥拯等 二十五有:有厚黝 二十六寢:寑 二十七感:感敢 二十八琰:琰忝儼
二十九豏:豏檻范
"""
_GOING = """
一送:送 二宋:宋用 三絳:絳 四寘:寘至志 五未:未 六御:御 七遇:遇暮 八霽:霽祭 九泰:泰 十卦:卦怪夬 十一隊:隊代廢
十二震:震稕 十三問:問焮 十四願:願慁恨 十五翰:翰換 十六諫:諫襇 十七霰:霰線 十八嘯:嘯笑 十九效:效 二十號:号
二十一箇:箇過 二十二禡:禡 二十三漾:漾宕 二十四敬:映諍勁 二十五徑:徑證嶝 二十六宥:宥候幼 二十七沁:沁 二十八勘:勘闞
二十九豔:豔㮇釅 三十陷:陷鑑梵
"""
_ENTERING = """
一屋:屋 二沃:沃燭 三覺:覺 四質:質術櫛 五物:物迄 六月:月沒 七曷:曷末 八黠:黠鎋 九屑:屑薛 十藥:藥鐸 十一陌:陌麥昔
十二錫:錫 十三職:職德 十四緝:緝 十五合:合盍 十六葉:葉怗業 十七洽:洽狎乏
"""

# 词林正韵 (戈載 1821) joins the same rhymes into 19 parts; 佳, 卦 and 泰 go two ways.
_PARTS = """
1:東冬鍾董腫送宋用 2:江陽唐講養蕩絳漾宕 3:支脂之微齊灰紙旨止尾薺賄寘至志未霽祭泰隊廢 4:魚虞模語麌姥御遇暮
5:佳皆咍蟹駭海泰卦怪夬代 6:真諄臻文欣魂痕軫準吻隱混很震稕問焮慁恨 7:元寒桓刪山先仙阮旱緩潸產銑獮願翰換諫襇霰線
8:蕭宵肴豪篠小巧晧嘯笑效号 9:歌戈哿果箇過 10:佳麻馬卦禡 11:庚耕清青蒸登梗耿靜迥拯等映諍勁徑證嶝
12:尤侯幽有厚黝宥候幼 13:侵寑沁 14:覃談鹽添嚴咸銜凡感敢琰忝儼豏檻范勘闞豔㮇釅陷鑑梵 15:屋沃燭 16:覺藥鐸
17:質術櫛陌麥昔錫職德緝 18:物迄月沒曷末黠鎋屑薛葉怗 19:合盍業洽狎乏
"""

# Readings that 平水韵 has and 廣韻 has not.
_ADDED = """
一東:匆 二冬:胸 四支:髭 六魚:樗 七虞:摹 八齊:暌 十灰:玫 十一真:瀕緡 十四寒:漫歎嘆襴拚 十五刪:患 一先:磚 二蕭:瀟
四豪:淘 五歌:窩拖 六麻:涯佳啞撾揶琊爺 七陽:忘慷愴 八庚:撐 九青:婷 十一尤:叟 十四鹽:厭 二十八勘:探
"""
# Where 廣韻 notes a second reading for a name, a plant or a binome that verse does not use.
_ONLY_LEVEL = set(
    "風生何能光沙迴涼陳荒傷精齊蓮披鴻延茫潭寥毛巢蟲狂輿零薰圍饒汀萊寰堤科栖增呈絃隈袍抛拋丞稽濛躋臾沽儔摩顛耽編腥烹偏纔"
)
_ONLY_OBLIQUE = set("不尚列洞冷罷但衆眾只句枕淺請羨院鎮凍淡頌臉貫凜訟冉控抗挺俟若")

# Printed forms of words that 廣韻 writes otherwise: 間 stands there as 閒. A form in both has the readings of both.
_FORMS = dict(
    zip(
        "享茲肇荆鞍烹衮湧并斾橤敍茫棋裙回迥迴塘喚够帽碗盃杯嘆嘗亘劍剑葱間间窗魂衆众幷粧玳崑皓嚻蕚聯联琉卮畧扄剎麯糵韓韩墖冪幂敧倘皞橛"
        "謩匝緼媯頴颕蒞脈笻藳崙筓锺煮奩奁拿着裡駡麽鬭隣鵞駈覇飃蘓為偽敎録緑淸晩旣卽顔説絶凉艶栢舘搗捣綉髭沍晰",
        "亯兹肈荊鞌亨袞涌幷旆蘂敘汒棊帬囘逈廻隚嚾夠㡌椀桮桮歎甞亙劒劒蔥閒閒窻䰟眾眾并妝瑇崐晧囂萼連連瑠巵略扃刹麴蘖寒寒塔羃羃攲儻暤橜"
        "謨帀縕嬀穎颖莅脉筇稾崘笄鍾煑匳匳拏著裏罵麼鬬鄰鵝驅霸飄蘇爲僞教錄綠清晚既即顏說絕涼豔柏館擣擣繡頾冱晳",
        strict=True,
    )
)


class Rhyme(NamedTuple):
    """One reading of a character: 平 上 去 入 (平 or 仄 in a table that knows no more), and the group's name."""

    tone: str
    group: str


@dataclass(frozen=True)
class RhymeBook:
    """`rhymes` of a character as they are listed; `merged` of what print and simplified script write with it.

    `parts` are the wider groups in which lyrics rhyme, by the name of the rhyme.
    """

    name: str
    rhymes: Mapping[str, frozenset[Rhyme]]
    merged: Mapping[str, frozenset[Rhyme]]
    parts: Mapping[Rhyme, frozenset[str]]

    def readings(self, character: str, *, simplified: bool = False) -> frozenset[Rhyme]:
        """All that the character may be; in simplified script also what the characters merged into it may be."""
        found = self.rhymes.get(character, frozenset()) | self.rhymes.get(_FORMS.get(character, ""), frozenset())
        if simplified or not found:
            found |= self.merged.get(character, frozenset())
        # a table in simplified script, a text in traditional
        return found or self.rhymes.get(_simple(character), frozenset())

    def tone(self, character: str, *, simplified: bool = False) -> Tone:
        """平, 仄, 多 (has both), or "" where the table does not know the character."""
        tones = {"平" if rhyme.tone == "平" else "仄" for rhyme in self.readings(character, simplified=simplified)}
        if len(tones) == 2:
            return "多"
        return "" if not tones else "平" if "平" in tones else "仄"

    def parts_of(self, character: str, *, simplified: bool = False) -> frozenset[str]:
        """The 部 in which lyrics rhyme; where a table has none, the groups themselves."""
        readings = self.readings(character, simplified=simplified)
        return frozenset(part for rhyme in readings for part in self.parts.get(rhyme, (rhyme.group,)))


@cache
def pingshui() -> RhymeBook:
    """平水韵 for every character of 廣韻: 19,497 of them. Takes about a second, once a process."""
    group_of = {old: rhyme for rhyme, joined in _groups() for old in joined}
    parts: dict[str, set[str]] = defaultdict(set)
    for entry in _PARTS.split():
        number, joined = entry.split(":")
        for old in joined:
            parts[old].add(number)
    rhymes: dict[str, set[Rhyme]] = defaultdict(set)
    for character, old in guangyun.characters():
        if _is_used(character, group_of[old].tone):
            rhymes[character].add(group_of[old])
    named = {rhyme.group: rhyme for rhyme, _ in _groups()}
    for group, characters in (entry.split(":") for entry in _ADDED.split()):
        for character in characters:
            rhymes[character].add(named[group])
    wider: dict[Rhyme, set[str]] = defaultdict(set)
    for old, rhyme in group_of.items():
        wider[rhyme] |= parts[old]
    return _book("平水韵", rhymes, {rhyme: frozenset(names) for rhyme, names in wider.items()})


def from_table(table: Any, name: str = "") -> RhymeBook:
    """A user's own table, as {声部: {韵目: [字, …]}}, {韵部: {平声: [字, …]}} or {ping|ze: {声部: {韵目: ["字字…"]}}}.

    Raises ValueError, naming what was found, for any other shape.
    """
    rhymes: dict[str, set[Rhyme]] = defaultdict(set)
    for section, groups in _sections(table):
        for group, characters in groups.items():
            if not isinstance(characters, list) or not all(isinstance(item, str) for item in characters):
                raise ValueError(f"{section} {group}: a list of characters expected; found {str(characters)[:40]}")
            for character in "".join(characters):
                rhymes[character].add(_reading(section, group))
    if not rhymes:
        raise ValueError("a table without a character")
    return _book(name or "table", rhymes, {})


@cache
def modern() -> RhymeBook:
    """Today's Mandarin, as 中华新韵 rhymes it: tones 1 and 2 are 平, finals join by sound (package `pypinyin`)."""
    return _Mandarin("中华新韵", {}, {}, {})


class _Mandarin(RhymeBook):
    def readings(self, character: str, *, simplified: bool = False) -> frozenset[Rhyme]:
        return _spoken(character)


# 中华新韵: 14 groups, by final.
FINALS = {
    final: group
    for group, finals in {
        "一麻": "a ia ua", "二波": "o e uo", "三皆": "ie üe ve ê", "四开": "ai uai", "五微": "ei ui uei",
        "六豪": "ao iao", "七尤": "ou iu iou", "八寒": "an ian uan üan van", "九文": "en in un uen ün vn",
        "十唐": "ang iang uang", "十一庚": "eng ing ong iong ueng", "十二齐": "i er ü v", "十四姑": "u",
    }.items()
    for final in finals.split()
}  # fmt: skip


@cache
def _spoken(character: str) -> frozenset[Rhyme]:
    # imported here: only modern verse asks for it
    pinyin = importlib.import_module("pypinyin")
    both = (
        pinyin.pinyin(character, style=style, heteronym=True, errors="ignore")
        for style in (pinyin.Style.FINALS_TONE3, pinyin.Style.INITIALS)
    )
    finals, initials = ((found[0] if found else []) for found in both)
    hissing = any(initial in ("zh", "ch", "sh", "r", "z", "c", "s") for initial in initials)
    readings = set()
    for final in finals:
        sound, tone = final.rstrip("12345"), final[-1]
        group = "十三支" if sound == "i" and hissing else FINALS.get(sound, sound)
        readings.add(Rhyme("平" if tone in "12" else "仄", group))
    return frozenset(readings)


def _groups() -> Iterable[tuple[Rhyme, str]]:
    for tone, table in (("平", _LEVEL), ("上", _RISING), ("去", _GOING), ("入", _ENTERING)):
        for entry in table.split():
            group, joined = entry.split(":")
            yield Rhyme(tone, group), joined


def _is_used(character: str, tone: str) -> bool:
    return character not in (_ONLY_OBLIQUE if tone == "平" else _ONLY_LEVEL)


def _sections(table: Any) -> Iterable[tuple[str, Mapping[str, Any]]]:
    if not isinstance(table, dict):
        raise ValueError(f"an object of tones and groups expected; found {type(table).__name__}")
    for key, value in table.items():
        if not isinstance(value, dict):
            raise ValueError(f"{key}: an object of groups expected; found {str(value)[:40]}")
        if key in ("ping", "ze"):
            yield from _sections(value)
        else:
            yield key, value


def _reading(section: str, group: str) -> Rhyme:
    """上平聲部 and 平 are 平, 上聲部 is 上; the tone stands outside the group, or inside it (词林, 新韵)."""
    for outer, inner in ((section, group), (group, section)):
        tones = [tone for tone in "平上去入仄" if tone in outer]
        if tones:
            return Rhyme(tones[0], inner)
    raise ValueError(f"{section} {group}: a name with 平, 上, 去, 入 or 仄 expected")


def _book(name: str, rhymes: Mapping[str, set[Rhyme]], parts: Mapping[Rhyme, frozenset[str]]) -> RhymeBook:
    merged: dict[str, set[Rhyme]] = defaultdict(set)
    for character, simple in zip(rhymes, _simplified(rhymes), strict=True):
        merged[simple] |= rhymes[character]
    return RhymeBook(name, _frozen(rhymes), _frozen(merged), parts)


def _simplified(characters: Iterable[str]) -> list[str]:
    return str(_converter().convert("\n".join(characters))).split("\n")


@cache
def _converter() -> Any:
    return importlib.import_module("opencc").OpenCC("t2s")


@cache
def _simple(character: str) -> str:
    return _simplified([character])[0]


def _frozen(table: Mapping[str, set[Rhyme]]) -> dict[str, frozenset[Rhyme]]:
    return {character: frozenset(readings) for character, readings in table.items()}
