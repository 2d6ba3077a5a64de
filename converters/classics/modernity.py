"""Is a translation in modern Chinese all through, and its original one that can be translated line by line?

Much of what stands in these corpora as modern is the original with a word exchanged. Verse is put into prose that
says less than the verse, and reasoning turns on particles that a translation clause by clause gets wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from converters.classics.completeness import ALONE, neighbourhoods
from converters.classics.correspondence import new_share
from converters.classics.glosses import EVERYDAY, glosses, is_common, is_rare, is_word, mostly_stays
from converters.classics.namesakes import SURNAMES
from converters.classics.sexagenary import CYCLE
from converters.text import HAN

Fault = tuple[str, str]

LEFT = "left_classical"

LEAST_NEW = 0.2  # share of characters that a translation changes or adds
LEAST_NEW_UNMARKED = 0.25  # the same where no particle or pronoun of modern Chinese stands
LONGEST_LEFT = 7  # characters in a row that both sides have
LONGEST_LEFT_OF_TEXT = 4  # the same, names, offices and titles apart
LONGEST_CLAUSE_LEFT = 3  # characters of a whole clause that both sides have
LINES_OF_VERSE = (5, 6, 7)  # characters of each line; maxims and couplets have them as well
LINE_OF_A_HYMN = 4  # of prose as well, where somebody does something
MANY_LINES = 4  # that are equally long, whatever their length

_RUN = re.compile(f"[{HAN}]+")
_CLAUSE = re.compile("[，。；？！：]+")
_ARGUMENT = re.compile(
    "^夫|^盖|是以|是故|岂|况|故曰|孰|焉[有得能]|莫不|无不|者，|何[以谓能得]|若夫|且夫|所谓"
    "|无[^，。]*无|不[^，。]{1,4}不|则[^。]*，[^，。]*则"
)
_TELLS = re.compile(
    "[年月日里曰谓卒死薨封迁拜除授徵遣使伐攻击战破克围还至入出渡行泊次立即遇去来归奔走止杀斩降释逃见问州郡县城]"
)
_MODERN = re.compile("[的了是在被把这那他她它我你着过到说就都很将没和对向从给让使也]")
# What modern Chinese says in other words.
_LITERARY = re.compile(
    "(?<![因如到在从由对就为至于])此[，。]|(?<![^，。；])时(?![候常期机而至年])|于时|乃(?!至|是)|亦|矣|焉(?!知)|岂|毋|弗|吾|汝|尔(?![后时等])|皆|甚(?!至|么)|曰|俱|咸"
    "|悉(?![心数])|其(?![他中实余次它间])|则|何(?![人事时种处地])|之(?=[^前后间中一内外上下时际所类辈，。])"
    "|(?<![^，。；])[后又复]?为(?![了什此他她它我你])|时为"
)
# What somebody says, in the words of the original; a name in quotation marks stays.
_QUOTED = re.compile("[说道言云称]：?“([^”]{3,})”")
# Names, offices, reigns and titles stay as they are.
_OFFICE = (
    "大夫|御史|诸侯|司徒|公卿|廷尉|尚书|中书|侍[郎中御读]|将军|京兆|太守|刺史|都督|给事|舍人|参军|节度使|学士|博士|郡君"
    "|[太县郡国]公|[令卿]|诏书?|[春夏秋冬]|朔日|鲜卑|吐[蕃谷]|洛阳|[辽河淮]|归附|夷人|犬戎|单于|可汗|突厥|契丹|丞相|[知通]判"
    "|员外|主簿|仆射|[武高太世文景宣明穆庄桓惠昭成康平定元哀灵献闵顷简][祖宗帝王公]"
)
_NAME = (
    f"[{''.join(sorted(SURNAMES))}][{HAN}]{{1,2}}|[{HAN}]{{1,2}}[州县郡水山府国城江河岭关公侯王帝军营寺宫]"
    f"|[{HAN}]{{2}}(?:[元一二三四五六七八九十]+年|初年|末年|年间)|《[^》]*》|{'|'.join(sorted(CYCLE))}"
)
_STAYS = re.compile(f"{_OFFICE}|{_NAME}")
_NUMBERED = re.compile("[一二三四五六七八九十百千万]+.|、")
# Words of one character that both languages have.
_BOTH = ALONE | frozenset("斩入诏春夏秋冬卿武夷诸尹仕")


def fault(classical: str, modern: str) -> Fault | None:
    return _kind(classical) or _close(classical, modern) or _words(classical, modern)


def _kind(classical: str) -> Fault | None:
    lengths = [len("".join(_RUN.findall(clause))) for clause in _clauses(classical)]
    is_even = len(lengths) > 1 and len(set(lengths)) == 1
    is_hymn = lengths[0] == LINE_OF_A_HYMN and not _TELLS.search(classical)
    if is_even and (lengths[0] in LINES_OF_VERSE or len(lengths) >= MANY_LINES or is_hymn):
        return "parallel", classical
    match = _ARGUMENT.search(classical)
    return ("argument", match[0]) if match else None


def _clauses(text: str) -> list[str]:
    return [clause for clause in _CLAUSE.split(text) if _RUN.search(clause)]


def _close(classical: str, modern: str) -> Fault | None:
    share = new_share(classical, modern)
    if share < LEAST_NEW or (share < LEAST_NEW_UNMARKED and not _MODERN.search(modern)):
        return LEFT, f"{share:.2f} is new in: {modern}"
    for longest, old, new in (
        (LONGEST_LEFT, classical, modern),
        (LONGEST_LEFT_OF_TEXT, _without_names(classical), _without_names(modern)),
    ):
        for piece in _pieces(new, longest + 1):
            if piece in old:
                return LEFT, piece
    clauses = frozenset(_clauses(classical))
    for clause in _clauses(modern):
        if clause in clauses and len("".join(_RUN.findall(_without_names(clause)))) > LONGEST_CLAUSE_LEFT:
            return LEFT, clause
    return None


def _without_names(text: str) -> str:
    return _NUMBERED.sub("·", _STAYS.sub("·", text))


def _pieces(text: str, length: int) -> Iterator[str]:
    for run in _RUN.findall(text):
        yield from (run[at : at + length] for at in range(len(run) - length + 1))


def _words(classical: str, modern: str) -> Fault | None:
    """A character that usually becomes another and stayed, but makes no modern word: 移日, 寻罪."""
    match = _LITERARY.search(modern)
    if match:
        return LEFT, match[0]
    for quoted in _QUOTED.findall(modern):
        if quoted in classical:
            return LEFT, quoted
    masked = _STAYS.sub(lambda name: "·" * len(name[0]) if name[0] in classical else name[0], modern)
    named = iter("".join(masked[at] for run in _RUN.finditer(modern) for at in range(*run.span())))
    for (character, pairs), shown in zip(neighbourhoods(modern), named, strict=True):
        if shown != "·" and character in classical and _changes(character) and not any(map(is_word, pairs)):
            return LEFT, f"{character} in: {modern}"
    return None


def _changes(character: str) -> bool:
    if character in EVERYDAY or character in _BOTH or mostly_stays(character) or is_rare(character):
        return False
    return bool(glosses(character)) and not is_common(character)
