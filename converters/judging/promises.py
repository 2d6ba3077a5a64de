"""Does an answer keep what the request counts: so many items, sentences, lines, characters, verses of a form?

Only numbers that the request states and the answer shows; where the text is read in two ways the answer is believed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from converters.reckoning.numerals import named
from converters.text import HAN

_COUNT = "(\\d{1,3}|[一二两三四五六七八九十]{1,3})"
_ITEMS = re.compile(
    f'(?:列[出举]|写[出下]?|给出(?!的)|提供(?!的)|生成|举出?|说出|推荐|提出|想出|创[建作造]|找出|选择?|描述|介绍|编写|设计|推荐|罗列|(?<!给[出定])(?<!提供)的|做)(?:[^，。！？\n“”"0-9]{{0,12}}?)'
    f"{_COUNT}\\s*(?:个|种|条|项|点|件|首|本|部|类|款|道|位|名|座|样|步)(?!人|月|小时|字|词的|不同之处的|世纪|星期|多)"
)
_ONE_OF_THEM = re.compile(
    "(?:生成|写|给出|提供|提出|想|创[建作造]|举|列出|推荐|设计)出?一[个句条则](?!列表|清单|关于)[^，。\n和及、]{0,30}"
    "(?:问题|例子|口号|标题|名字|理由|句子|标语)[。.]?\\Z"
)
_LOOSE = re.compile(
    "至少|以上|不少于|多个|左右|大约|几[个种条]|每[个种条一]|各|最多|不超过|以内|到|至|[-~～]|之一|两[个种]人|选项"
)
_NUMBERED = re.compile(r"^\s*(?:第)?(\d{1,3}|[一二三四五六七八九十]{1,2})\s*[.、．)）:：]", re.MULTILINE)

_ONE_SENTENCE = re.compile(
    "(?:用|以(?![下上])|写|给出|生成|造|创[建造作])[^，。\n每各\\d]{0,6}?[一1](?:句话|个句子)(?!的|[，,](?:找|判断|指|识别|分析|改|把|将))"
)
_AND_MORE = re.compile("并|再|然后|同时|另外|以及|分别")  # 写出反义词，并造一个句子: the sentence is not all
_SENTENCES = re.compile(f"(?:用|以(?![下上])|写|生成|造)[^，。\n至少一每]{{0,6}}?{_COUNT}(?:句话|个句子)")
_EACH = re.compile("[每各]|分别")
_VAGUE = re.compile("[一二两三四五六七八九]{2}")  # 一两句, 三五句
_SENTENCE_END = re.compile("[。！？!?]+[”\"’'）)]*|\\n+")
_LINES = re.compile(f"{_COUNT}\\s*行(?:的)?(?:[^，。]{{0,6}})?(?:诗|歌|打油诗|俳句)")
_WRITES = re.compile("写|作|创|编|生成|造|来|构|撰")  # 是自由诗还是十四行诗 asks for none
_STANZA_TITLE = re.compile("^(?:[《【#].*|.{1,12}[：:]|\\*\\*.*\\*\\*)$")

_LENGTH = re.compile(
    "(?:(?P<most>不(?:能|得|要|可|应|宜|允许)?(?:超过|多于|大于)|最多|少于)|(?P<least>至少|最少|不(?:能|得|要|可|应)?(?:少于|低于)|超过|多于)|大约|约)?"
    "\\s*(?P<number>\\d{2,5})\\s*(?:个)?(?:汉?字|字符)(?P<after>以内|之内|以下|以上|左右|的|之间|内)?(?!符集|段|典|母)"
)
# 为600字的文章写标题, 输入不超过100个字符: not the answer is so long
_OF_SOMETHING_ELSE = re.compile(
    "字符串|程序|函数|\\d+\\s*字的[^，。\\n]{0,12}(?:写|拟|起|取)[^，。\\n]{0,6}(?:标题|题目|摘要|概述|大纲|提纲)"
)
_VERSE_FORMS = (
    (re.compile("五言绝句|五绝"), 4, 5),
    (re.compile("七言绝句|七绝"), 4, 7),
    (re.compile("五言律诗|五律"), 8, 5),
    (re.compile("七言律诗|七律"), 8, 7),
    (re.compile("绝句"), 4, 0),
    (re.compile("(?<!韵)律诗"), 8, 0),
    (re.compile("五言"), 0, 5),
    (re.compile("七言"), 0, 7),
    (re.compile("二十字诗"), 4, 5),
)
_WRITES_VERSE = re.compile(
    "二十字诗|(?:写|作|创作|编|生成|创造|来|赋).{0,24}(?:绝句|(?<!韵)律诗|[五七][言绝律]|对联|二十字诗|上联|下联)"
)
_PIECES = re.compile("[，。！？；、,.!?;\n]+")

_WORDS_ASKED = re.compile("(?:单词|词)(?:的)?(?:数量|个数|数|总数)|(?:多少|几)个(?:英文)?(?:单词|词)")
_LETTERS_ASKED = re.compile("(?:字母|字符)(?:的)?(?:数量|个数|数|总数)|(?:多少|几)个(?:英文)?(?:字母|字符)")
_QUOTED = re.compile("“([^”]{2,200})”|\"([^\"]{2,200})\"|「([^」]{2,200})」|‘([^’]{2,200})’|'([^']{2,200})'")


def missed_items(request: str, answer: str) -> str:
    """三个 were asked for and five are numbered."""
    asked = _ITEMS.search(request)
    if not asked or _LOOSE.search(request):
        return ""
    wanted, found = int(named(asked[1])[0]), _numbering(answer)
    return f"{asked[0]}: {found} items" if found > 1 and wanted > 1 and found != wanted else ""


def more_than_one(request: str, answer: str) -> str:
    """One question was asked for and ten are numbered."""
    asked = _ONE_OF_THEM.search(request)
    found = _numbering(answer) if asked else 0
    return f"{asked[0]}: {found} items" if asked and found > 2 else ""


def _numbering(answer: str) -> int:
    """How far the numbers at the beginnings of lines run, 0 if they do not run 1, 2, 3 … once."""
    found = _NUMBERED.findall(answer)
    numbers = [int(number) if number.isdecimal() else int(named(number)[0]) for number in found]
    return len(numbers) if numbers == list(range(1, len(numbers) + 1)) else 0


def missed_sentences(request: str, answer: str) -> str:
    if _EACH.search(request):
        return ""
    count = len(_sentences(answer))
    if _ONE_SENTENCE.search(request) and not _AND_MORE.search(request):
        return f"one sentence asked, {count} given" if count > 1 else ""
    asked = _SENTENCES.search(request)
    wanted = int(named(asked[1])[0]) if asked and not _VAGUE.match(asked[1]) else 0
    return f"{wanted} sentences asked, {count} given" if wanted > 1 and abs(count - wanted) > 1 else ""


def _sentences(text: str) -> list[str]:
    return [piece for piece in _SENTENCE_END.split(text) if re.search(f"[{HAN}A-Za-z]", piece)]


def missed_lines(request: str, answer: str) -> str:
    asked = _LINES.search(request)
    if not asked or not _WRITES.search(request[: asked.start()]):
        return ""
    wanted, lines = int(named(asked[1])[0]), _verse_lines(answer)
    return f"{wanted} lines asked, {len(lines)} given" if len(lines) != wanted else ""


def missed_length(request: str, answer: str) -> str:
    """The characters of the answer are far from the number that the request states."""
    asked = _LENGTH.search(request)
    if not asked or _OF_SOMETHING_ELSE.search(request):
        return ""
    number, length = int(asked["number"]), len(re.sub(r"\s", "", answer))
    least, most = 0.6, 1.6
    if asked["most"] or asked["after"] in ("以内", "之内", "以下", "内"):
        least, most = 0.1, 1.15
    elif asked["least"] or asked["after"] == "以上":
        least, most = 0.85, 10.0
    return f"{asked[0]}: {length} characters" if not least * number <= length <= most * number else ""


def missed_form(request: str, answer: str) -> str:
    """A named form of verse has another number of verses or of characters in them."""
    if not _WRITES_VERSE.search(request):
        return ""
    if "联" in request:
        return _uneven_couplet(answer)
    verses = _verses(answer)
    for form, count, length in _VERSE_FORMS:
        if form.search(request):
            lengths = {len(verse) for verse in verses}
            if (count and len(verses) != count) or len(lengths) != 1 or lengths - ({length} if length else {5, 7}):
                return f"{form.pattern}: " + " ".join(str(len(verse)) for verse in verses[:16])
            return ""
    return ""


def _uneven_couplet(answer: str) -> str:
    halves = [
        re.sub("^(?:上联|下联|横批)?[：:]?", "", piece.strip()) for piece in re.split("[，。；;\n]+|下联[：:]", answer)
    ]
    halves = [half for half in halves if re.search(f"[{HAN}]", half)]
    if len(halves) < 2:
        return "a couplet has two lines"
    return f"{halves[0]} / {halves[1]}" if len(halves[0]) != len(halves[1]) else ""


def _verses(answer: str) -> list[str]:
    lines = _verse_lines(answer)
    return [
        re.sub(f"[^{HAN}]", "", piece)
        for line in lines
        for piece in _PIECES.split(line)
        if re.search(f"[{HAN}]", piece)
    ]


def _verse_lines(answer: str) -> Sequence[str]:
    lines = [line.strip() for line in answer.split("\n") if line.strip()]
    return lines[1:] if len(lines) > 1 and _STANZA_TITLE.match(lines[0]) else lines


def miscounted(request: str, answer: str) -> str:
    """Words or letters of a quoted text were to be counted, and the answer has another number."""
    quoted = _QUOTED.search(request)
    text = quoted[quoted.lastindex or 0] if quoted else ""
    if not quoted or not text.replace("’", "'").isascii():
        return ""
    if _WORDS_ASKED.search(request):
        count = len(re.findall(r"[A-Za-z0-9]+(?:['’-][A-Za-z]+)*", text))
    elif _LETTERS_ASKED.search(request):
        count = len(re.findall(r"[A-Za-z]", text))
    else:
        return ""
    said = named(_QUOTED.sub("", answer))
    return f"{quoted[0]}: {count}" if said and count not in said else ""
