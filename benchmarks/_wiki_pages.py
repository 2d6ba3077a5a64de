"""What does a page of the Chinese Wikipedia look like to a program? Made-up pages with all its markup.

Names, places and numbers are drawn, so that no two sentences are alike and the dump compresses as prose does; the
markup (templates in templates, references, tables, galleries, -{}-, links, both scripts in one article) is what
editors write. Nothing here is taken from Wikipedia.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator, Sequence
from typing import Any

import opencc


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(" ".join(lines).split())


_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉萍红玲芬燕鹏辉云莲真环雪荣爱妹香月莺媛珍莉茂进林有坚和彪博诚先敬震"
    "振壮会思群豪心邦承乐绍功松善厚庆民友裕河哲江浩亮政谦亨奇固之轮翰朗伯宏言若鸣朋斌梁栋维启克伦翔旭泽晨辰士以建家致树炎"
    "德行时泰盛雄琛钧冠策腾楠榕风航弘"
)
_PLACE = (
    "安宁平江河山阳海州城临清东西南北永新太长丰泉石金龙凤云溪湖沙兴昌武定福德广乐仁信"
    "阴陵渡浦港岭坪塘关桥堂林谷源泽水口台"
)
_LEVEL = "市县区镇乡村"
_TRADE = _words(
    "作家 画家 工程师 数学家 物理学家 化学家 医生 将领 诗人 教育家 建筑师 记者 演员 导演 作曲家 棋手 律师",
    "企业家 翻译家",
)
_THING = _words(
    "算法 协议 桥梁 铁路 水库 运河 寺庙 大学 图书馆 博物馆 剧院 报纸 杂志 电台 工厂 矿山 蒸汽机 望远镜",
    "显微镜 钟表 瓷器 织物 乐器",
)
_FIELD = _words(
    "天文学 地理学 植物学 动物学 地质学 统计学 语言学 经济学 考古学 光学 力学 声学 热学 机械 建筑 水利",
    "冶金 纺织 印刷 航海 农业",
)
_DEED = _words(
    "设计 修建 改良 出版 研究 主持 创办 翻译 编写 考察 测量 整理 发现 证明 推广 介绍 制造 资助 保存 重建",
)
_HEADINGS = _words(
    "历史 地理 早年 生平 结构 原理 应用 影响 评价 交通 经济 人口 文化 教育 建筑 气候 研究 发展 争议 特点",
    "分类 背景 命名 保护",
)
_LATIN = _words(
    "Alder Berg Corvin Dalton Ebner Falk Garner Hollis Ivers Jansen Keller Lorenz Marten Norden Osten",
    "Palmer",
)
_TO_TRADITIONAL = opencc.OpenCC("s2t")


class Draw:
    """Everything that a page takes by chance."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def of(self, values: Sequence[str]) -> str:
        return self.random.choice(values)

    def name(self) -> str:
        return self.of(_SURNAMES) + "".join(self.of(_GIVEN) for _ in range(self.random.choice((1, 2, 2))))

    def place(self) -> str:
        return "".join(self.of(_PLACE) for _ in range(self.random.choice((1, 2, 2, 3)))) + self.of(_LEVEL)

    def work(self) -> str:
        return f"《{''.join(self.of(_GIVEN + _PLACE) for _ in range(self.random.randint(2, 6)))}》"

    def latin(self) -> str:
        return f"{self.of(_LATIN)} {self.of(_LATIN)}"

    def year(self) -> int:
        return self.random.randint(1701, 2024)

    def date(self) -> str:
        return f"{self.year()}年{self.random.randint(1, 12)}月{self.random.randint(1, 28)}日"

    def number(self) -> str:
        return f"{self.random.randint(2, 98765):,}"

    def small(self) -> str:
        return str(self.random.randint(2, 60))

    def named(self, kind: str) -> str:
        lists = {"trade": _TRADE, "thing": _THING, "field": _FIELD, "deed": _DEED, "heading": _HEADINGS}
        return self.of(lists[kind]) if kind in lists else str(getattr(self, kind)())

    def entity(self) -> str:
        return self.named(self.of(("name", "place", "thing", "field")))


def _linked(draw: Draw, text: str) -> str:
    chance = draw.random.random()
    if chance < 0.55:
        return text
    if chance < 0.8:
        return f"[[{text}]]"
    if chance < 0.92:
        return f"[[{text}_({draw.of(_FIELD)})|{text}]]"
    if chance < 0.95:
        return f"{{{{le|{text}|{draw.latin()}}}}}"
    if chance < 0.97:
        return f"{{{{link-en|{text}|{draw.latin()}|{text}}}}}"
    if chance < 0.98:
        return f"-{{zh-hans:{text}; zh-hant:{_TO_TRADITIONAL.convert(text)};}}-"
    return f"{{{{tsl|en|{draw.latin()}|{text}}}}}"


_REFERENCES = (
    (
        0.18,
        '<ref name="{latin}{year}">{{cite web|url=http://www.source.example/{number}|title={latin} {field}'
        "|accessdate={date}|publisher={place}}}</ref>",
    ),
    (0.10, "<ref>{name}：{work}，{place}：{field}出版社，{year}年，第{number}页。</ref>"),
    (0.06, '<ref name="{latin}{year}" />'),
    (0.04, "{{R|{latin}}}"),
)


def _reference(draw: Draw) -> str:
    chance = draw.random.random()
    for share, form in _REFERENCES:
        if chance < share:
            return _filled(draw, form)
        chance -= share
    return ""


# What stands in braces is drawn: a method of Draw, a list, or (with a capital) something that may carry a link.
_SENTENCES = (
    "{year}年，{Name}在{Place}{deed}了{Thing}，前后用了{small}年",
    "据{work}记载，{subject}与{Place}相距约{{convert|{small}|km|mi}}，往来多走水路",
    "{Name}认为{Field}应当从{Thing}的{heading}入手，并为此写成{work}一书",
    "到{date}为止，登记在册的{thing}共有{number}处，其中{small}处由{Place}管理",
    "这种做法后来传到{Place}，当地人将其与{Field}结合，逐渐形成了自己的{heading}",
    "{Name}（{{lang-en|{latin}}}）曾在{Place}任教，学生中有{Name}、{Name}等人",
    "关于{subject}的{heading}，学者意见不一，{Name}主张早期说，{Name}则举出{year}年的文献加以反驳",
    "工程在{date}开工，总长{number}米，耗资{number}元，参加者来自{Place}和{Place}",
    "其主要用途是{deed}{Thing}，也常见于{Field}的实验当中",
    "''{latin}''一词最早由{Name}译成中文，今日通行的写法始于{year}年",
    "夏季平均气温为{small}℃，年降水量约{number}毫米，适合种植水稻和{thing}所需的木材",
)
_DRAWN = re.compile(r"(?<!\{)\{(\w+)\}")


def _filled(draw: Draw, form: str, subject: str = "") -> str:
    def drawn(match: re.Match[str]) -> str:
        name = match[1]
        if name == "subject":
            return subject
        text = draw.named(name.lower())
        return _linked(draw, text) if name[0].isupper() else text

    return _DRAWN.sub(drawn, form)


def _sentence(draw: Draw, subject: str) -> str:
    return _filled(draw, draw.of(_SENTENCES), subject) + _reference(draw) + draw.of("。。。。；")


def _paragraph(draw: Draw, subject: str) -> str:
    count = max(1, round(draw.random.lognormvariate(1.2, 0.5)))
    text = "".join(_sentence(draw, subject) for _ in range(count))
    return text[:-1] + "。" if text.endswith("；") else text


def _lines(draw: Draw, form: str, least: int, most: int, between: str = "\n") -> str:
    return between.join(_filled(draw, form) for _ in range(draw.random.randint(least, most)))


def _block(draw: Draw, subject: str) -> str:
    chance = draw.random.random()
    if chance < 0.72:
        return _paragraph(draw, subject)
    if chance < 0.84:
        return _lines(draw, "* {Entity}：{place}", 3, 9)
    if chance < 0.92:
        rows = _lines(draw, "| {name} || {year}年 || {{nowrap|{place}}} || {number}", 3, 14, "\n|-\n")
        head = '{| class="wikitable sortable" style="text-align:center"'
        return f"{head}\n{_filled(draw, '|+ {heading}表')}\n! 姓名 !! 年份 !! 地点 !! 数量\n|-\n{rows}\n|}}"
    if chance < 0.97:
        picture = _filled(draw, "[[File:{latin}.jpg|thumb|right|{small}0px|{Place}的{thing}]]")
        return f"{picture}\n{_paragraph(draw, subject)}"
    if chance < 0.985:
        return f"<gallery>\n{_lines(draw, 'File:{latin} {small}.jpg|{place}', 4, 4)}\n</gallery>"
    return _filled(draw, "设<math>f(x)=\\frac 1{x^2+{small}}</math>，则{thing}的{field}性质由此可知。")


def _infobox(draw: Draw, subject: str) -> str:
    kind = draw.of(("person", "settlement", "building", "software"))
    fields = "\n".join(
        _filled(draw, f"| field{n} = {{Entity}}") + _reference(draw) for n in range(draw.random.randint(4, 16))
    )
    picture = _filled(draw, "| image = {latin}.jpg\n| caption = {{nowrap|{place}}}")
    return f"{{{{Infobox {kind}\n| name = {subject}\n{picture}\n{fields}\n}}}}"


def _lead(draw: Draw, subject: str) -> str:
    born = "（{{bd|{year}年|3月2日|{year}年|5月{small}日}}）" if draw.random.random() < 0.4 else ""
    opening = _filled(draw, f"'''{subject}'''{born}，{{Place}}{{trade}}，以{{deed}}{{thing}}知名。")
    return opening + _paragraph(draw, subject) + "\n"


def _sections(draw: Draw, subject: str) -> Iterator[str]:
    count = min(len(_HEADINGS), 1 + int(draw.random.lognormvariate(1.1, 0.7)))
    for heading in draw.random.sample(_HEADINGS, k=count):
        yield f"== {heading} =="
        for _ in range(1 + int(draw.random.lognormvariate(0.4, 0.6))):
            yield _block(draw, subject) + "\n"
            if draw.random.random() < 0.15:
                yield _filled(draw, "=== {heading}与{heading} ===")


_RULES = "{{NoteTA\n|G1=IT\n|1=zh-hans:{thing}; zh-hant:{thing}器;\n}}"
_FOOT = (
    "== 参考文献 ==\n{{reflist|2}}\n\n== 外部链接 ==\n* [http://www.example.org/ 官方网站]{{en}}\n\n"
    "{{导航-{field}}}\n{{Authority control}}\n[[Category:{place}{trade}|{subject}]]\n[[Category:{field}]]"
)


def article(draw: Draw, subject: str) -> str:
    """A few kilobytes with a long tail, as the real ones are."""
    parts: list[str] = []
    if draw.random.random() < 0.3:
        parts.append(_filled(draw, _RULES))
    if draw.random.random() < 0.65:
        parts.append(_infobox(draw, subject))
    parts += [_lead(draw, subject), *_sections(draw, subject), _filled(draw, _FOOT, subject)]
    lines = "\n".join(parts).split("\n")
    share = 1 if draw.random.random() < 0.3 else 0.25
    return "\n".join(_TO_TRADITIONAL.convert(line) if draw.random.random() < share else line for line in lines)


def _page(number: int, kind: int, title: str, text: str, ns: int = 0, redirect: str = "") -> dict[str, Any]:
    return {"id": number * 5 + kind, "ns": ns, "title": title, "text": text, "redirect": redirect}


def pages(seed: int) -> Iterator[dict[str, Any]]:
    """Without end, in the proportions of zhwiki: for each article a redirect, now and then a template or a category."""
    for number in itertools.count(1):
        draw = Draw(seed * 1_000_003 + number)
        subject = draw.entity() if draw.random.random() < 0.3 else draw.name() + draw.of(_PLACE)
        subject = f"{subject}{draw.random.randint(1, 999)}"
        yield _page(number, 0, subject, article(draw, subject))
        if draw.random.random() < 0.95:
            yield _page(number, 1, subject + "號", f"#REDIRECT [[{subject}]]", redirect=subject)
        if draw.random.random() < 0.25:
            fields = "\n".join(f"| label{n} = {draw.of(_HEADINGS)}\n| data{n} = {{{{{{{n}|}}}}}}" for n in range(9))
            text = f"{{{{Infobox\n{fields}\n}}}}<noinclude>{{{{doc}}}}</noinclude>"
            yield _page(number, 2, f"Template:{draw.of(_FIELD)}{number}", text, ns=10)
        if draw.random.random() < 0.3:
            yield _page(number, 3, f"Category:{draw.place()}{number}", f"[[Category:{draw.place()}]]", ns=14)
        if draw.random.random() < 0.04:
            text = f"'''{subject}'''可以指：\n{_lines(draw, '* [[{name}]]，{trade}', 4, 4)}\n{{{{disambig}}}}"
            yield _page(number, 4, f"{subject} (消歧义)", text)
